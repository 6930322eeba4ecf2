import SQL
import Store
import Writers

/// The final states that serial orders of a model's sessions lead to: one session after the other, each to
/// its end, with the clock moving at any point.
///
/// A final state is what a user can tell apart: the rows of each table, in no order, and how each session
/// ended. A session that the database turned away (SQLSTATE class 40: a deadlock, a serialization failure)
/// is as good as one that has not run, so runs of some of the sessions count as well.
///
/// - Note: A session with several transactions, of which a later one is turned away, equals no serial run:
///   the check then reports what is no fault of the database's.
struct SerialOutcomes: Sendable {
  /// Sorted, without duplicates.
  private var fingerprints: [Fingerprint] = []

  /// Goes through all serial runs.
  ///
  /// - Returns: `nil` if they have more than `statesLimit` states.
  init?(machine: consuming Machine, statesLimit: Int) throws(Diagnostic) {
    var visited = VisitedSet()
    var arena = StateArena()
    var recorder = Recorder(isOn: false)
    var choices: ContiguousArray<Choice> = []
    var words: ContiguousArray<UInt64> = []
    var order: ContiguousArray<Int> = []
    var current = try machine.initialState()
    var next = current
    machine.pack(current, to: &words, order: &order)
    _ = visited.insert(Fingerprint(words))
    arena.append(words)
    while !arena.isEmpty {
      arena.takeFirst { machine.unpack($0, into: &current) }
      let running = current.controls.firstIndex { $0.status == .ready && $0.hasBegun }
      if running == nil { fingerprints.append(Self.fingerprint(of: current, machine)) }
      choices.removeAll(keepingCapacity: true)
      machine.appendChoices(in: current, to: &choices)
      for choice in choices {
        if choice.kind != .clock, let running, running != Int(choice.session) { continue }
        next.assign(from: current)
        machine.apply(choice, to: &next, recorder: &recorder)
        words.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        machine.pack(next, to: &words, order: &order)
        guard visited.insert(Fingerprint(words)).isNew else { continue }
        if visited.count > statesLimit { return nil }
        arena.append(words)
      }
    }
    sort()
  }

  private mutating func sort() {
    fingerprints.sort(by: Self.isAscending)
    var last: Fingerprint?
    fingerprints.removeAll { fingerprint in
      defer { last = fingerprint }
      return fingerprint == last
    }
  }

  private static func isAscending(_ left: Fingerprint, _ right: Fingerprint) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// Whether a serial run ends like this.
  func contains(_ state: MachineState, _ machine: Machine) -> Bool {
    let wanted = Self.fingerprint(of: state, machine)
    var low = 0
    var high = fingerprints.count
    while low < high {
      let middle = (low + high) / 2
      if Self.isAscending(fingerprints[middle], wanted) { low = middle + 1 } else { high = middle }
    }
    return low < fingerprints.count && fingerprints[low] == wanted
  }

  /// Of the rows that are committed and how the sessions ended; identical sessions in no order.
  private static func fingerprint(of state: MachineState, _ machine: Machine) -> Fingerprint {
    var words: ContiguousArray<UInt64> = []
    for table in machine.model.program.schema.tables.indices {
      let rows = machine.rows(of: TableID(table), in: state).map { $0.values.map(\.bits) }
      words.append(UInt64(rows.count))
      for row in rows.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        words.append(contentsOf: row)
      }
    }
    let ends = state.controls.enumerated().map { session, control in
      [UInt64(machine.model.sessions[session].group)] + end(of: control)
    }
    for end in ends.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      words.append(contentsOf: end)
    }
    return Fingerprint(words)
  }

  private static func end(of control: MachineState.Control) -> [UInt64] {
    switch control.status {
    case .crashed: return [2, 0, 0]
    case .ready: return [0, 0, 0]
    case .ended:
      if let state = control.sqlState.asText, state.hasPrefix("40") { return [0, 0, 0] }
      return [1, control.outcome.bits, control.sqlState.bits]
    }
  }
}
