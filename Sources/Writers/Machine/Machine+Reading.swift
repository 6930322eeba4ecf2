package import SQL
package import Store

/// What others read in a state: invariants and reports.
extension Machine {
  /// The rows that an invariant's query returns in the state; empty if it holds.
  ///
  /// - Throws: the query's error (a division by zero, say), which counts as a violation of its own.
  package mutating func violations(
    of invariant: Int, in state: MachineState
  ) throws(SQLError) -> [[Value]] {
    lendForReading(state)
    return try executor.readRows(of: model.invariants[invariant].query)
  }

  /// Whether the invariant's query returns a row.
  package mutating func isViolated(
    _ invariant: Int, in state: MachineState
  ) throws(SQLError) -> Bool {
    lendForReading(state)
    return try executor.readsRow(of: model.invariants[invariant].query)
  }

  private mutating func lendForReading(_ state: MachineState) {
    executor.database.assign(from: state.database)
    executor.clock = state.clock
    executor.recorder.isOn = false
    executor.stack.removeAll(keepingCapacity: true)
    guard readsOutcomes else { return }
    executor.outcomes = state.controls.indices.compactMap { session in
      let control = state.controls[session]
      guard control.status != .ready else { return nil }
      let definition = model.sessions[session]
      return Self.outcome(
        (control.status, control.outcome, control.sqlState), writer: definition.writer,
        session: definition.name)
    }
  }

  /// A session's row in `outcomes`.
  private static func outcome(_ end: SessionEnd, writer: String, session: String) -> [Value] {
    let outcome: Value =
      end.status == .crashed
      ? "crashed" : end.outcome.isNull && !end.sqlState.isNull ? "error" : end.outcome
    return [Value(text: writer), Value(text: session), outcome, end.sqlState]
  }

  /// How a session has ended.
  package typealias SessionEnd = (
    status: MachineState.Status, outcome: Value, sqlState: Value
  )

  /// Whether a query on `outcomes` alone returns a row, or fails, where one session has ended and no more.
  package mutating func counts(_ end: SessionEnd, writer: String, _ query: QueryID) -> Bool {
    executor.outcomes = [Self.outcome(end, writer: writer, session: "")]
    do throws(SQLError) {
      return try executor.readsRow(of: query)
    } catch {
      return true
    }
  }

  /// Whether a query of the program reads the virtual table `outcomes`.
  static func readsOutcomes(_ program: Program) -> Bool {
    program.queries.contains {
      guard case .select(let select) = $0.body else { return false }
      return select.relations.contains { if case .outcomes = $0.source { true } else { false } }
    }
  }

  /// The newest committed rows of a table, for reports; with `session`, as that session sees them.
  package func rows(
    of table: TableID, in state: MachineState, seenBy session: Int? = nil
  ) -> [(row: Int32, values: [Value])] {
    let width = model.program.schema[table].columns.count
    var scan = state.database.scan(
      table.index, session: session ?? Int(UInt16.max),
      snapshot: DatabaseState.Version.forever - 1, command: .max)
    var rows: [(row: Int32, values: [Value])] = []
    while let found = state.database.next(&scan) {
      let start = Int(found.cells)
      rows.append((found.row, Array(state.database.cells[start..<start + width])))
    }
    return rows
  }

  /// Where a session is: the source text of what it does next, `nil` if it has ended.
  package func position(of session: Int, in state: MachineState) -> SourceSpan? {
    guard state.controls[session].status == .ready else { return nil }
    let start = Int(state.controls[session].stackStart)
    let stack = state.stack[start..<start + Int(state.controls[session].stackCount)]
    return executor.span(at: ContiguousArray(stack))
  }

  /// Where a session is in its program and functions, `nil` if it has ended.
  package func place(of session: Int, in state: MachineState) -> ProgramPlace? {
    guard state.controls[session].status == .ready else { return nil }
    let start = Int(state.controls[session].stackStart)
    let stack = state.stack[start..<start + Int(state.controls[session].stackCount)]
    return executor.place(at: ContiguousArray(stack))
  }

  /// The function that a session is in, `nil` in its own program.
  package func routine(of session: Int, in state: MachineState) -> String? {
    let start = Int(state.controls[session].stackStart)
    let stack = state.stack[start..<start + Int(state.controls[session].stackCount)]
    return executor.routine(at: ContiguousArray(stack)).map {
      model.program.routines[Int($0.index)].name
    }
  }
}
