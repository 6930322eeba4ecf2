import Testing

@testable import Store

@Suite("Row locks")
struct RowLockTests {
  @Test("modes conflict as PostgreSQL's table of row-level locks says")
  func conflicts() {
    let table: [(RowLockMode, [RowLockMode])] = [
      (.keyShare, [.update]),
      (.share, [.noKeyUpdate, .update]),
      (.noKeyUpdate, [.share, .noKeyUpdate, .update]),
      (.update, [.keyShare, .share, .noKeyUpdate, .update]),
    ]
    for (mode, others) in table {
      for other in RowLockMode.allCases {
        #expect(mode.conflicts(with: other) == others.contains(other), "\(mode) and \(other)")
        #expect(mode.conflicts(with: other) == other.conflicts(with: mode))
      }
    }
  }

  @Test("several sessions share a row; an updater waits for all of them")
  func sharing() {
    var world = DatabaseWorld()
    for session in 0..<3 { world.begin(session) }
    #expect(world.state.lock(table: 0, row: 0, mode: .share, session: 0) == .granted)
    #expect(world.state.lock(table: 0, row: 0, mode: .share, session: 1) == .granted)
    #expect(world.state.lock(table: 0, row: 0, mode: .update, session: 2) == .mustWait)
    world.state.waitForRow(session: 2, table: 0, row: 0, mode: .update)
    var blockers: ContiguousArray<Int> = []
    world.state.appendBlockers(of: 2, schema: world.schema, to: &blockers)
    #expect(blockers == [0, 1])
    world.state.commit(session: 0)
    #expect(!world.state.isWaitOver(session: 2, schema: world.schema))
    world.state.commit(session: 1)
    #expect(world.state.isWaitOver(session: 2, schema: world.schema))
  }

  @Test("after a holder that only locked, waiters go in order of arrival")
  func fifo() {
    var world = DatabaseWorld()
    for session in 0..<3 { world.begin(session) }
    _ = world.state.lock(table: 0, row: 0, mode: .update, session: 0)
    world.state.waitForRow(session: 2, table: 0, row: 0, mode: .update)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .update)
    world.state.commit(session: 0)
    #expect(world.state.isWaitOver(session: 2, schema: world.schema))
    #expect(!world.state.isWaitOver(session: 1, schema: world.schema))
  }

  @Test("after a holder that updated and committed, any waiter may be first")
  func race() {
    var world = DatabaseWorld()
    for session in 0..<3 { world.begin(session) }
    world.update(0, row: 0, to: "x")
    world.state.waitForRow(session: 2, table: 0, row: 0, mode: .noKeyUpdate)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .noKeyUpdate)
    world.state.commit(session: 0)
    #expect(world.state.isWaitOver(session: 2, schema: world.schema))
    #expect(world.state.isWaitOver(session: 1, schema: world.schema))
  }

  @Test("the second in line waits for the first, so that a cycle runs through the queue")
  func queueCycle() {
    var world = DatabaseWorld()
    for session in 0..<3 { world.begin(session) }
    _ = world.state.lock(table: 0, row: 0, mode: .update, session: 0)
    _ = world.state.lock(table: 0, row: 1, mode: .update, session: 2)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .update)
    world.state.waitForRow(session: 2, table: 0, row: 0, mode: .update)
    var members: ContiguousArray<Int> = []
    world.state.appendDeadlocked(schema: world.schema, to: &members)
    #expect(members.isEmpty)
    world.state.waitForRow(session: 0, table: 0, row: 1, mode: .update)
    world.state.appendDeadlocked(schema: world.schema, to: &members)
    #expect(members == [0, 1, 2])
  }

  @Test("a session outside the cycle that waits for it is no member")
  func bystander() {
    var world = DatabaseWorld(rows: [(1, "a"), (2, "b"), (3, "c")])
    for session in 0..<3 { world.begin(session) }
    _ = world.state.lock(table: 0, row: 0, mode: .update, session: 0)
    _ = world.state.lock(table: 0, row: 2, mode: .update, session: 0)
    _ = world.state.lock(table: 0, row: 1, mode: .update, session: 1)
    world.state.waitForRow(session: 0, table: 0, row: 1, mode: .update)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .update)
    world.state.waitForRow(session: 2, table: 0, row: 2, mode: .update)
    var members: ContiguousArray<Int> = []
    world.state.appendDeadlocked(schema: world.schema, to: &members)
    #expect(members == [0, 1])
  }
}

@Suite("Unique keys")
struct KeyTests {
  @Test("a key of another open transaction is waited for; its end decides")
  func uncommittedInsert() {
    var world = DatabaseWorld()
    world.begin(0)
    world.begin(1)
    world.insert(0, 3, "c")
    let row = world.insert(1, 3, "d")
    let cells = world.state.writes[1].cells
    func conflict() -> DatabaseState.KeyConflict {
      world.state.keyConflict(
        0, of: world.schema.tables[0], table: 0, row: row, cells: cells, session: 1)
    }
    #expect(conflict() == .uncommitted(session: 0))
    let before = world
    world.state.commit(session: 0)
    #expect(conflict() == .duplicate(row: 2))
    world = before
    world.state.rollback(session: 0)
    #expect(conflict() == .none)
  }

  @Test("a key whose row another transaction has deleted is waited for")
  func uncommittedDelete() {
    var world = DatabaseWorld()
    world.begin(0)
    world.begin(1)
    world.delete(0, row: 0)
    let row = world.insert(1, 1, "new")
    let cells = world.state.writes[1].cells
    let table = world.schema.tables[0]
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: row, cells: cells, session: 1)
        == .uncommitted(session: 0))
    world.state.commit(session: 0)
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: row, cells: cells, session: 1) == .none)
  }

  @Test("an update that leaves the key alone is waited for all the same, then it is a duplicate")
  func updatedRowKeepsKey() {
    var world = DatabaseWorld()
    world.begin(0)
    world.begin(1)
    world.update(0, row: 0, to: "x")
    let row = world.insert(1, 1, "new")
    let cells = world.state.writes[1].cells
    let table = world.schema.tables[0]
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: row, cells: cells, session: 1)
        == .uncommitted(session: 0))
    world.state.commit(session: 0)
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: row, cells: cells, session: 1)
        == .duplicate(row: 0))
  }

  @Test("NULL is no key")
  func nullKeys() {
    var world = DatabaseWorld(rows: [], uniqueValue: true)
    world.begin(0)
    let first = world.state.append(cells: [1, .null])
    world.state.insertCommitted(table: 0, cells: first)
    let second = world.state.append(cells: [2, .null])
    #expect(
      world.state.keyConflict(
        1, of: world.schema.tables[0], table: 0, row: 5, cells: second, session: 0) == .none)
  }

  @Test("an own row with the key is a duplicate, an own deleted one is not")
  func ownRows() {
    var world = DatabaseWorld()
    world.begin(0)
    world.delete(0, row: 0)
    let table = world.schema.tables[0]
    let cells = world.state.append(cells: [1, "again"])
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: 9, cells: cells, session: 0) == .none)
    world.insert(0, 1, "again", command: 1)
    #expect(
      world.state.keyConflict(0, of: table, table: 0, row: 9, cells: cells, session: 0)
        == .duplicate(row: 2))
  }
}
