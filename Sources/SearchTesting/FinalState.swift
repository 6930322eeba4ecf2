import SQL
import Store
package import Writers

/// A state in which nobody can go on, up to an exchange of identical sessions: the committed rows of each
/// table, how each session has ended, and which invariants the state breaks.
///
/// What only bookkeeping knows is left out: numbers of rows and commits, the clock, how many faults are
/// left.
package struct FinalState: Hashable, Sendable {
  private let words: [UInt64]
  /// For each invariant, whether it is broken.
  private let broken: [Bool]

  package init(_ state: MachineState, _ machine: Machine, broken: [String]) {
    self.init(
      Ending(state, machine), broken: machine.model.invariants.map { broken.contains($0.name) })
  }

  init(_ ending: Ending, broken: [Bool]) {
    var words: [UInt64] = []
    for rows in ending.tables {
      words.append(UInt64(rows.count))
      for row in rows { words.append(contentsOf: row) }
    }
    for end in ending.sessions { words.append(contentsOf: end) }
    self.words = words
    self.broken = broken
  }

  private init(words: [UInt64]) {
    self.words = words
    broken = []
  }

  /// The same without what it breaks.
  var withoutRules: FinalState { FinalState(words: words) }

  /// The same for people: a line for each table, each group of sessions, and what is broken.
  package static func text(
    of state: MachineState, _ machine: Machine, broken: [String]
  ) -> String {
    let model = machine.model
    var lines: [String] = []
    for (index, table) in model.program.schema.tables.enumerated() {
      let rows = machine.rows(of: TableID(index), in: state).map { row in
        let cells = zip(row.values, table.columns).map { value, column in
          value.isNull
            ? "NULL" : value.formatted(as: column.type, catalog: model.program.types)
        }
        return "(\(cells.joined(separator: ", ")))"
      }
      lines.append("\(table.name): \(rows.sorted().joined(separator: " "))")
    }
    let ends = state.controls.enumerated().map { session, control in
      let writer = model.sessions[session].writer
      switch control.status {
      case .ready: return "\(writer): not ended"
      case .crashed: return "\(writer): crashed"
      case .ended:
        return "\(writer): ended \(control.outcome.asText ?? "") \(control.sqlState.asText ?? "")"
      }
    }
    let invariants = model.invariants.map(\.name).filter(broken.contains)
    lines += ends.sorted()
    if !invariants.isEmpty { lines.append("breaks \(invariants.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }
}

/// The rows and the ends of sessions in a state of a model, or of some of its sessions.
struct Ending: Hashable, Sendable {
  /// The rows of each table, sorted.
  var tables: [[[UInt64]]]
  /// Group, status, outcome and SQLSTATE of each session, sorted.
  var sessions: [[UInt64]]

  init(_ state: MachineState, _ machine: Machine) {
    let model = machine.model
    tables = model.program.schema.tables.indices.map { table in
      Self.sorted(machine.rows(of: TableID(table), in: state).map { $0.values.map(\.bits) })
    }
    sessions = Self.sorted(
      state.controls.enumerated().map { session, control in
        [
          UInt64(model.sessions[session].group), UInt64(control.status.rawValue),
          control.outcome.bits, control.sqlState.bits,
        ]
      })
  }

  /// What comes of it if, beside, a part of the sessions that has begun with one state ends with another.
  ///
  /// - Returns: `nil` if that part has taken away rows that are not there.
  func adding(_ end: Ending, after initial: Ending) -> Ending? {
    var whole = self
    for table in tables.indices {
      guard let rows = Self.sum(tables[table], end.tables[table], minus: initial.tables[table])
      else { return nil }
      whole.tables[table] = rows
    }
    whole.sessions = Self.sorted(sessions + end.sessions)
    return whole
  }

  private static func sum(
    _ rows: [[UInt64]], _ more: [[UInt64]], minus less: [[UInt64]]
  ) -> [[UInt64]]? {
    var counts: [[UInt64]: Int] = [:]
    for row in rows + more { counts[row, default: 0] += 1 }
    for row in less { counts[row, default: 0] -= 1 }
    guard counts.values.allSatisfy({ $0 >= 0 }) else { return nil }
    return sorted(counts.flatMap { Array(repeating: $0.key, count: $0.value) })
  }

  private static func sorted(_ rows: [[UInt64]]) -> [[UInt64]] {
    rows.sorted { $0.lexicographicallyPrecedes($1) }
  }
}
