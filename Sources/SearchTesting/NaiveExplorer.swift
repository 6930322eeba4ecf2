package import SQL
import Store
package import Writers

/// The search's judge: every schedule, one after the other, from the first step to the last.
///
/// No fingerprints, no canonical states, no symmetry, no reductions, no memory of what it has seen. It drives
/// the machine through the same seam, decides for itself what is broken, and is too slow for all but small
/// scenarios.
package struct NaiveExplorer {
  /// The shortest schedule that breaks a property, and the fewest switches among those of that length.
  package struct Best: Hashable, Sendable {
    package var steps: Int
    package var switches: Int?
  }

  /// By the properties' names.
  package private(set) var broken: [String: Best] = [:]
  /// Complete schedules that break a property.
  package private(set) var violating: [String: Int] = [:]
  /// What some schedule ends with.
  package private(set) var finalStates = FinalStateSet()
  package private(set) var interleavings = 0
  package private(set) var steps = 0
  /// Somebody waited, or a cycle of waits was met, in some schedule.
  package private(set) var hasWaits = false
  package private(set) var hasDeadlocks = false
  /// There are more steps than the judge has time for; its findings are then worth nothing.
  package private(set) var isTooLarge = false

  private let referee: Referee
  private let names: [String]
  private var machine: Machine
  private let stepsLimit: Int
  private var recorder = Recorder(isOn: false)
  /// The states of the schedule so far; those beyond it are memory to be used again.
  private var states: [MachineState] = []
  private var path: [Choice] = []
  private var best: [Best?]
  private var violatingCounts: [Int]
  /// What serial runs end with; `nil` if the scenario does not ask.
  private var serialEnds: SerialEnds?

  /// The longest schedule that is followed: a program may have no end.
  private static let depthLimit = 300

  /// Goes through all schedules.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package init(_ model: Model, options: MachineOptions, stepsLimit: Int) throws(Diagnostic) {
    var options = options
    options.usesSymmetry = false
    referee = Referee(model)
    names = referee.propertyNames + [BuiltInProperty.serializable.rawValue]
    machine = Machine(model: model, options: options)
    self.stepsLimit = stepsLimit
    best = Array(repeating: nil, count: names.count)
    violatingCounts = Array(repeating: 0, count: names.count)
    states.append(try machine.initialState())
    if model.checksSerializable {
      serialEnds = SerialEnds(states[0], machine, stepsLimit: stepsLimit)
      isTooLarge = serialEnds == nil
    }
    if !isTooLarge { explore([]) }
    for (index, best) in best.enumerated() where best != nil {
      broken[names[index]] = best
      violating[names[index]] = violatingCounts[index]
    }
  }

  /// Goes on from the state at the end of ``path`` in every way.
  ///
  /// `before` has the properties that states on the way break.
  private mutating func explore(_ before: Set<Int>) {
    let depth = path.count
    steps += 1
    guard steps < stepsLimit, depth < Self.depthLimit else { return isTooLarge = true }
    var choices: ContiguousArray<Choice> = []
    machine.appendChoices(in: states[depth], to: &choices)
    let all = before.union(look(choices))
    if choices.isEmpty {
      interleavings += 1
      for property in all { violatingCounts[property] += 1 }
    }
    if states.count == depth + 1 { states.append(states[depth]) }
    for choice in choices where !isTooLarge {
      states[depth + 1].assign(from: states[depth])
      machine.apply(choice, to: &states[depth + 1], recorder: &recorder)
      path.append(choice)
      explore(all)
      path.removeLast()
    }
  }

  /// Notes what the state breaks that the schedule has led to.
  private mutating func look(_ choices: ContiguousArray<Choice>) -> [Int] {
    let state = states[path.count]
    var found: [Int] = []
    referee.appendBroken(in: state, &machine, choices: choices, to: &found)
    if state.database.sessions.contains(where: { $0.wait != .none }) { hasWaits = true }
    if choices.contains(where: { $0.kind == .victim }) { hasDeadlocks = true }
    if machine.isFinal(state) {
      finalStates.insert(state, machine, broken: found.map { names[$0] })
      if let serialEnds, !serialEnds.contains(state, machine) { found.append(names.count - 1) }
    }
    for property in found {
      let here = Best(steps: path.count, switches: Referee.switches(in: path))
      let known = best[property] ?? Best(steps: .max, switches: 0)
      if (here.steps, here.switches ?? 0) < (known.steps, known.switches ?? 0) {
        best[property] = here
      }
    }
    return found
  }
}

/// What serial runs of a model end with: one session after the other, the clock moving at any point.
///
/// A session that an error of SQLSTATE's class 40 has ended counts as one that has not run, and runs of some
/// of the sessions count.
private struct SerialEnds {
  private var ends: Set<[[UInt64]]> = []
  private var stepsLeft: Int
  private var recorder = Recorder(isOn: false)

  init?(_ initial: MachineState, _ machine: Machine, stepsLimit: Int) {
    stepsLeft = stepsLimit
    var machine = machine
    explore(initial, &machine)
    if stepsLeft <= 0 { return nil }
  }

  private mutating func explore(_ state: MachineState, _ machine: inout Machine) {
    stepsLeft -= 1
    if stepsLeft <= 0 { return }
    let running = state.controls.firstIndex { $0.status == .ready && $0.hasBegun }
    if running == nil { ends.insert(Self.end(state, machine)) }
    var choices: ContiguousArray<Choice> = []
    machine.appendChoices(in: state, to: &choices)
    for choice in choices {
      if choice.kind != .clock, let running, running != Int(choice.session) { continue }
      var next = state
      machine.apply(choice, to: &next, recorder: &recorder)
      explore(next, &machine)
    }
  }

  func contains(_ state: MachineState, _ machine: Machine) -> Bool {
    ends.contains(Self.end(state, machine))
  }

  private static func end(_ state: MachineState, _ machine: Machine) -> [[UInt64]] {
    let model = machine.model
    let tables = model.program.schema.tables.indices.map { table in
      machine.rows(of: TableID(table), in: state).map { $0.values.map(\.bits) }
        .sorted { $0.lexicographicallyPrecedes($1) }.flatMap(\.self) + [UInt64(table)]
    }
    let sessions = state.controls.enumerated().map { session, control in
      let group = UInt64(model.sessions[session].group)
      switch control.status {
      case .crashed: return [group, 2]
      case .ready: return [group, 0]
      case .ended:
        let isTurnedAway = control.sqlState.asText?.hasPrefix("40") ?? false
        return isTurnedAway
          ? [group, 0] : [group, 1, control.outcome.bits, control.sqlState.bits]
      }
    }
    return tables + sessions.sorted { $0.lexicographicallyPrecedes($1) }
  }
}
