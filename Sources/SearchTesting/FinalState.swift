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

  package init(_ state: MachineState, _ machine: Machine, broken: [String]) {
    let model = machine.model
    var words: [UInt64] = []
    for table in model.program.schema.tables.indices {
      let rows = machine.rows(of: TableID(table), in: state).map { $0.values.map(\.bits) }
      words.append(UInt64(rows.count))
      for row in rows.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        words.append(contentsOf: row)
      }
    }
    let ends = state.controls.enumerated().map { session, control in
      [
        UInt64(model.sessions[session].group), UInt64(control.status.rawValue),
        control.outcome.bits, control.sqlState.bits,
      ]
    }
    for end in ends.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      words.append(contentsOf: end)
    }
    for invariant in model.invariants { words.append(broken.contains(invariant.name) ? 1 : 0) }
    self.words = words
  }

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
