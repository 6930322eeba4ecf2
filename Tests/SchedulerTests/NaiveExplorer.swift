import SQL
import Store
import Writers

/// The search's judge: every schedule, one after the other, from the first step to the last.
///
/// No fingerprints, no canonical states, no symmetry, no memory of what it has seen. It drives the machine
/// through the same seam, decides for itself what is broken, and is too slow for all but small scenarios.
struct NaiveExplorer {
  /// The shortest schedule that breaks a property, and the fewest switches among those of that length.
  struct Best: Equatable {
    var steps: Int
    var switches: Int
  }

  private(set) var broken: [String: Best] = [:]
  /// Complete schedules that break a property.
  private(set) var violating: [String: Int] = [:]
  /// Rows and outcomes at the end of some schedule.
  private(set) var finalStates: Set<String> = []
  private(set) var interleavings = 0
  /// There are more steps than the judge has time for; its findings are then worth nothing.
  private(set) var isTooLarge = false

  private let model: Model
  private var machine: Machine
  private var stepsLeft: Int

  init(_ model: Model, options: MachineOptions, stepsLimit: Int) throws {
    self.model = model
    var options = options
    options.usesSymmetry = false
    machine = Machine(model: model, options: options)
    stepsLeft = stepsLimit
    explore(try machine.initialState(), [], [])
  }

  private mutating func explore(_ state: MachineState, _ path: [Choice], _ before: Set<String>) {
    stepsLeft -= 1
    guard stepsLeft > 0 else { return isTooLarge = true }
    var choices: ContiguousArray<Choice> = []
    machine.appendChoices(in: state, to: &choices)
    let found = broken(in: state, choices)
    for property in found {
      let best = Best(steps: path.count, switches: Self.switches(in: path))
      let known = broken[property] ?? Best(steps: .max, switches: .max)
      if (best.steps, best.switches) < (known.steps, known.switches) { broken[property] = best }
    }
    if machine.isFinal(state) { finalStates.insert(Self.text(of: state, machine)) }
    let all = before.union(found)
    if choices.isEmpty {
      interleavings += 1
      for property in all { violating[property, default: 0] += 1 }
    }
    for choice in choices where !isTooLarge {
      var next = state
      var recorder = Recorder(isOn: false)
      machine.apply(choice, to: &next, recorder: &recorder)
      explore(next, path + [choice], all)
    }
  }

  private mutating func broken(
    in state: MachineState, _ choices: ContiguousArray<Choice>
  ) -> Set<String> {
    var found: Set<String> = []
    let isFinal = machine.isFinal(state)
    for (index, invariant) in model.invariants.enumerated()
    where invariant.moment == .always || isFinal {
      do {
        if try !machine.violations(of: index, in: state).isEmpty { found.insert(invariant.name) }
      } catch {
        found.insert(invariant.name)
      }
    }
    var deadlocked: ContiguousArray<Int> = []
    machine.appendDeadlocked(in: state, to: &deadlocked)
    if deadlocked.contains(where: { !model.allowances.deadlock.contains($0) }) {
      found.insert(BuiltInProperty.deadlock.rawValue)
    }
    for (session, control) in state.controls.enumerated() {
      if control.status == .ready, choices.isEmpty, !model.allowances.stuck.contains(session) {
        found.insert(BuiltInProperty.stuck.rawValue)
      }
      guard control.status == .ended, let code = control.sqlState.asText else { continue }
      // No entry allows no error, an empty one allows all.
      let allowed = model.allowances.errors[session]?.map(\.code)
      let isAllowed = allowed.map { $0.isEmpty || $0.contains(code) } ?? false
      if !isAllowed { found.insert(BuiltInProperty.unhandledError.rawValue) }
    }
    return found
  }

  static func switches(in path: [Choice]) -> Int {
    let sessions = path.filter { $0.kind != .clock }.map(\.session)
    return zip(sessions, sessions.dropFirst()).count { $0 != $1 }
  }

  /// All that can be told apart at the end: rows in no order, and outcomes, in no order within a group.
  static func text(of state: MachineState, _ machine: Machine) -> String {
    let model = machine.model
    var lines: [String] = []
    for (index, table) in model.program.schema.tables.enumerated() {
      let rows = machine.rows(of: TableID(index), in: state)
      lines.append("\(table.name): \(rows.map { "\($0.values)" }.sorted().joined(separator: " "))")
    }
    let ends = state.controls.enumerated().map { session, control in
      "\(model.sessions[session].group): \(control.status) \(control.outcome) \(control.sqlState)"
    }
    return (lines + ends.sorted()).joined(separator: "\n")
  }
}
