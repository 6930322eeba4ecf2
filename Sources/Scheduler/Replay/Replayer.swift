package import SQL
import Store
package import Writers

/// Runs one schedule of a model, step by step, and says for each step what it did.
///
///     var replayer = try Replayer(model: model, options: options)
///     for choice in schedule {
///       let step = try replayer.take(choice)
///       …
///     }
///
/// The schedule can be given as choices, as a token (``ScheduleToken/decode(_:fingerprint:)``), as names
/// (``NamedStep/choices(_:in:)``) or as a timeline. Each step is checked before it is taken. Unlike a search, a replay never renumbers a state: row and commit numbers name the same
/// versions from its first step to its last.
package struct Replayer {
  /// A step that was taken.
  package struct Step: Sendable {
    /// From 1.
    package var number: Int
    package var choice: Choice
    /// The margin's label in a timeline.
    package var label: String?
    /// What could have happened, ``choice`` among them.
    package var alternatives: [Choice]
    package var before: MachineState
    package var after: MachineState
    package var events: [Event]
    /// Whether invariants can have changed.
    package var isChanged: Bool
  }

  package var machine: Machine
  /// The state after the steps taken so far.
  package private(set) var state: MachineState
  /// How many steps have been taken.
  package private(set) var count = 0

  private let names: [String]
  private var choices: ContiguousArray<Choice> = []

  /// - Throws: What is wrong with the scenario's setup.
  package init(model: Model, options: MachineOptions) throws(Diagnostic) {
    machine = Machine(model: model, options: options)
    names = model.sessions.map(\.name)
    state = try machine.initialState()
  }

  /// What can happen next.
  package mutating func enabled() -> [Choice] {
    choices.removeAll(keepingCapacity: true)
    machine.appendChoices(in: state, to: &choices)
    return Array(choices)
  }

  /// Takes a step.
  package mutating func take(_ choice: Choice, label: String? = nil) throws(Divergence) -> Step {
    let alternatives = enabled()
    guard alternatives.contains(choice) else {
      throw Divergence(
        step: count + 1, wanted: words(for: choice),
        reason: reason(against: choice, among: alternatives))
    }
    var recorder = Recorder(isOn: true)
    let before = state
    let isChanged = machine.apply(choice, to: &state, recorder: &recorder)
    count += 1
    return Step(
      number: count, choice: choice, label: label, alternatives: alternatives, before: before,
      after: state, events: recorder.events, isChanged: isChanged)
  }

  /// Takes the steps of a schedule.
  package mutating func replay(_ schedule: [Choice]) throws(Divergence) -> [Step] {
    var steps: [Step] = []
    for choice in schedule { steps.append(try take(choice)) }
    return steps
  }

  /// How far a schedule can be followed, and why not further.
  package mutating func replayAsFarAsPossible(
    _ schedule: [Choice]
  ) -> (steps: [Step], divergence: Divergence?) {
    var steps: [Step] = []
    for choice in schedule {
      do throws(Divergence) {
        steps.append(try take(choice))
      } catch {
        return (steps, error)
      }
    }
    return (steps, nil)
  }

  // MARK: Words

  private func words(for choice: Choice) -> String {
    guard choice.kind != .clock else { return "clock" }
    let session = Int(choice.session)
    let name = session < names.count ? names[session] : "session \(session + 1)"
    switch choice.kind {
    case .step, .clock: return name
    default: return name + NamedStep.suffix(of: choice.kind)
    }
  }

  private func reason(against choice: Choice, among alternatives: [Choice]) -> String {
    let session = Int(choice.session)
    if choice.kind == .clock {
      return Int(state.clock) + 1 >= machine.model.clock.count
        ? "the clock is at its last instant" : "the clock cannot move now"
    }
    guard session < names.count else {
      return "the scenario has only \(names.count) session\(names.count == 1 ? "" : "s")"
    }
    let name = names[session]
    switch state.controls[session].status {
    case .ended: return "\(name) has ended"
    case .crashed: return "\(name) has crashed"
    case .ready: break
    }
    switch choice.kind {
    case .victim: return "\(name) is in no deadlock"
    case .refused: return "\(name) is in no dangerous structure"
    case .lockTimeout, .statementTimeout:
      return "no wait of \(name) can outlast its `\(choice.kind.timeout?.name ?? "")` now"
    case .idleTimeout: return "\(name) is not idle in a transaction with a timeout"
    case .crash:
      let hasFault = machine.model.faults.contains { $0.sessions.contains(session) }
      return hasFault
        ? "\(name) has no crashes left" : "the scenario has no fault that crashes \(name)"
    case .step, .clock: break
    }
    if alternatives.contains(Choice(.victim, session: session)) {
      return "\(wait(of: session)), in a deadlock (`\(name)!v` makes it the victim)"
    }
    return wait(of: session)
  }

  /// `alice is waiting for bob on seat(1)`.
  package func wait(of session: Int) -> String {
    let name = names[session]
    let waiter = state.database.sessions[session]
    switch waiter.wait {
    case .none: return "\(name) cannot step"
    case .clock: return "\(name) is sleeping until the clock has moved on"
    case .safeSnapshot: return "\(name) is waiting for a safe snapshot"
    case .row, .key, .object: break
    }
    let table = TableID(Int(waiter.waitTable))
    let what =
      waiter.wait == .object
      ? waiter.request.object.name(in: machine.model.program.schema)
      : waiter.wait == .key
        ? "a key of \(machine.model.program.schema[table].name)"
        : rowName(waiter.waitRow, of: table)
    var blockers: ContiguousArray<Int> = []
    state.database.appendBlockers(
      of: session, schema: machine.model.program.schema, to: &blockers)
    guard !blockers.isEmpty else { return "\(name) is waiting on \(what)" }
    let others = blockers.map { names[$0] }.joined(separator: " and ")
    return "\(name) is waiting for \(others) on \(what)"
  }

  /// `seat(1)`: the table and the primary key, or the row's place if there is none.
  private func rowName(_ row: Int32, of table: TableID) -> String {
    let definition = machine.model.program.schema[table]
    let found = machine.rows(of: table, in: state).first { $0.row == row }
    let key = definition.uniqueIndexes.first(where: \.isPrimary)
    guard let values = found?.values, let key else { return "a row of \(definition.name)" }
    let texts = key.columns.map { column in
      values[column].formatted(
        as: definition.columns[column].type, catalog: machine.model.program.types)
    }
    return "\(definition.name)(\(texts.joined(separator: ", ")))"
  }
}
