import Testing

@testable import Store

/// Tables that get another shape while a spec runs.
@Suite("Reshaping")
struct ReshapingTests {
  private func database() -> (DatabaseState, Schema) {
    var schema = Schema()
    schema.tables = [
      Table(name: "t", isWorld: false, columns: [Table.Column(name: "a", type: .integer)])
    ]
    var state = DatabaseState(schema: schema, sessionCount: 2)
    state.isHeapOrdered = true
    for (row, value) in [Int64(30), 10, 20].enumerated() {
      let cells = Int32(state.cells.count)
      state.cells.append(Value(integer: value))
      state.versions.append(
        DatabaseState.Version(
          table: 0, row: Int32(row), begin: 0, end: DatabaseState.Version.forever, cells: cells,
          root: cells))
      state.heap.append(DatabaseState.HeapEntry(table: 0, cells: cells))
    }
    return (state, schema)
  }

  private func rows(_ state: DatabaseState, width: Int) -> [[Value]] {
    state.versions.map { Array(state.cells[Int($0.cells)..<Int($0.cells) + width]) }
  }

  @Test("rows get their new words in the order of the heap, and their old ones back")
  func thereAndBack() throws {
    var (state, _) = database()
    let before = state.versions.map(\.cells)
    let former = try state.reshape(TableID(0), width: 1) { [$0[0], Value(integer: 7)] }
    #expect(
      rows(state, width: 2) == [30, 10, 20].map { [Value(integer: $0), Value(integer: 7)] })
    #expect(state.versions.map(\.cells) == state.versions.map(\.cells).sorted())
    #expect(state.heap.map(\.cells) == state.versions.map(\.cells))
    state.undoReshape(of: TableID(0), former)
    #expect(state.versions.map(\.cells) == before)
    #expect(state.heap.map(\.cells) == before)
  }

  @Test("a row that cannot be converted leaves all as it was")
  func failures() {
    var (state, _) = database()
    let before = state.versions.map(\.cells)
    #expect(throws: SQLError.self) {
      _ = try state.reshape(TableID(0), width: 1) { (row) throws(SQLError) in
        throw SQLError(.datatypeMismatch, "no")
      }
    }
    #expect(state.versions.map(\.cells) == before)
  }

  @Test("old snapshots find no rows in a table that was written anew")
  func rewriting() {
    var (state, _) = database()
    state.commits = 5
    state.noteRewrite(of: TableID(0))
    #expect(state.versions.allSatisfy { $0.begin == 6 })
  }

  @Test("definitions are told of when their transaction or savepoint ends")
  func endings() {
    var (state, _) = database()
    func begin(_ session: Int) {
      state.begin(
        session: session, isolation: .readCommitted, isReadOnly: false, isDeferrable: false,
        isImplicit: false, clock: 0)
    }
    begin(0)
    begin(1)
    state.noteDefinition(1, session: 0)
    state.noteDefinition(2, session: 1)
    state.rollback(session: 0)
    let first = state.takeEndedDefinitions()
    #expect(first.map(\.number) == [1] && first.map(\.isKept) == [false])
    #expect(state.takeEndedDefinitions().isEmpty)
    state.commitSwitches(session: 1)
    let second = state.takeEndedDefinitions()
    #expect(second.map(\.number) == [2] && second.map(\.isKept) == [true])
  }
}
