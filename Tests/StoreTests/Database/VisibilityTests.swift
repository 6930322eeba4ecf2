import Testing

@testable import Store

@Suite("Visibility")
struct VisibilityTests {
  @Test("an uncommitted write is seen by its own session only")
  func uncommitted() {
    var world = DatabaseWorld()
    world.begin(0)
    world.update(0, row: 0, to: "x")
    #expect(world.seen(by: 0) == "1x 2b")
    #expect(world.seen(by: 1) == "1a 2b")
  }

  @Test("a snapshot keeps showing what was committed when it was taken")
  func snapshot() {
    var world = DatabaseWorld()
    let snapshot = world.state.commits
    world.begin(0)
    world.update(0, row: 0, to: "x")
    world.state.commit(session: 0)
    #expect(world.seen(by: 1, snapshot: snapshot) == "1a 2b")
    #expect(world.seen(by: 1) == "1x 2b")
  }

  @Test("a command does not see its own writes, the next one does")
  func ownCommand() {
    var world = DatabaseWorld()
    world.begin(0)
    world.insert(0, 3, "c", command: 4)
    #expect(world.seen(by: 0, command: 4) == "1a 2b")
    #expect(world.seen(by: 0, command: 5) == "1a 2b 3c")
    #expect(world.state.isWritten(0, 2, session: 0, byCommand: 4))
    #expect(!world.state.isWritten(0, 2, session: 0, byCommand: 5))
  }

  @Test("rows are scanned in the order of insertion, whoever commits first")
  func scanOrder() {
    var world = DatabaseWorld(rows: [])
    world.begin(0)
    world.begin(1)
    world.insert(0, 9, "first")
    world.insert(1, 1, "second")
    world.state.commit(session: 1)
    world.insert(0, 5, "third")
    #expect(world.seen(by: 0) == "9first 1second 5third")
    world.state.commit(session: 0)
    #expect(world.seen(by: 2) == "9first 1second 5third")
  }

  @Test("rolling back forgets writes and locks; a deleted row is back")
  func rollback() {
    var world = DatabaseWorld()
    world.begin(0)
    world.delete(0, row: 0)
    world.insert(0, 3, "c")
    #expect(world.seen(by: 0) == "2b 3c")
    world.state.rollback(session: 0)
    #expect(world.seen(by: 0) == "1a 2b")
    #expect(world.state.locks.isEmpty)
  }

  @Test("rolling back to a savepoint undoes what came after it, and its locks")
  func savepoint() {
    var world = DatabaseWorld()
    world.begin(0)
    world.update(0, row: 0, to: "kept")
    world.state.defineSavepoint(session: 0, name: "s")
    world.update(0, row: 1, to: "undone")
    world.update(0, row: 0, to: "undone")
    #expect(world.seen(by: 0) == "1undone 2undone")
    world.state.rollback(session: 0, toLevel: 1, keepsSavepoint: true, schema: world.schema)
    #expect(world.seen(by: 0) == "1kept 2b")
    #expect(!world.state.isConflicting(table: 0, row: 1, mode: .update, session: 1))
    #expect(world.state.isConflicting(table: 0, row: 0, mode: .update, session: 1))
    #expect(world.state.savepointLevel(session: 0, named: "s") == 1)
  }

  @Test("releasing a savepoint makes its work part of what is around it")
  func release() {
    var world = DatabaseWorld()
    world.begin(0)
    world.state.defineSavepoint(session: 0, name: "s")
    world.update(0, row: 0, to: "x")
    world.state.release(session: 0, level: 1, schema: world.schema)
    #expect(world.state.savepointLevel(session: 0, named: "s") == nil)
    world.state.defineSavepoint(session: 0, name: "t")
    world.state.rollback(session: 0, toLevel: 1, keepsSavepoint: false, schema: world.schema)
    #expect(world.seen(by: 0) == "1x 2b")
  }

  @Test("settled writes to one row become one; an insert that is deleted again leaves no row")
  func settle() {
    var world = DatabaseWorld(rows: [])
    world.begin(0)
    world.insert(0, 3, "c", command: 1)
    world.update(0, row: 0, to: "d", command: 2)
    world.state.settleWrites(session: 0, schema: world.schema)
    #expect(world.state.writes.count == 1)
    #expect(world.state.writes[0].kind == .insert)
    #expect(world.seen(by: 0) == "3d")
    world.delete(0, row: 0, command: 3)
    world.state.settleWrites(session: 0, schema: world.schema)
    #expect(world.seen(by: 0) == "")
    #expect(world.state.commit(session: 0) == false || world.seen(by: 1) == "")
  }
}
