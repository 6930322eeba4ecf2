import Testing

@testable import Store

@Suite("Sleeping on subtransactions")
struct SleeperTests {
  /// Session 0 has changed row 0 in the inner one of two savepoints, which is released or not; session 1 waits.
  private func world(isReleased: Bool, waitsFirst: Bool = false) -> DatabaseWorld {
    var world = DatabaseWorld()
    world.begin(0)
    world.state.defineSavepoint(session: 0, name: Value(text: "p"))
    world.state.defineSavepoint(session: 0, name: Value(text: "q"))
    world.update(0, row: 0, to: "x")
    if waitsFirst { wait(1, in: &world) }
    if isReleased { world.state.release(session: 0, level: 2, schema: world.schema) }
    if !waitsFirst { wait(1, in: &world) }
    return world
  }

  private func wait(_ session: Int, in world: inout DatabaseWorld) {
    world.begin(session)
    world.state.waitForRow(session: session, table: 0, row: 0, mode: .noKeyUpdate)
    world.state.noteSleeps()
  }

  private func isOver(_ session: Int, _ world: DatabaseWorld) -> Bool {
    world.state.isWaitOver(session: session, schema: world.schema)
  }

  private func undo(_ world: inout DatabaseWorld) {
    world.state.rollback(
      session: 0, toLevel: 1, keepsSavepoint: true, schema: world.schema)
  }

  @Test("who sleeps on an open subtransaction is woken when it is undone")
  func open() {
    var world = world(isReleased: false)
    undo(&world)
    #expect(isOver(1, world))
  }

  @Test(
    "who sleeps on one that has ended is not, until the whole transaction ends",
    arguments: [true, false])
  func ended(waitsFirst: Bool) {
    var world = world(isReleased: true, waitsFirst: waitsFirst)
    undo(&world)
    #expect(!isOver(1, world))
    var blockers: ContiguousArray<Int> = []
    world.state.appendBlockers(of: 1, schema: world.schema, to: &blockers)
    #expect(blockers == [0])
    // The row is free for others.
    world.begin(2)
    let grant = world.state.lock(table: 0, row: 0, mode: .noKeyUpdate, session: 2)
    #expect(grant == .granted)
    world.state.commit(session: 2)
    world.state.commit(session: 0)
    #expect(isOver(1, world))
    #expect(world.state.locks.isEmpty)
  }

  @Test("an error that undoes the savepoint keeps them asleep, too")
  func failed() {
    var world = world(isReleased: true)
    world.state.fail(session: 0, schema: world.schema)
    #expect(!isOver(1, world))
    world.state.rollback(session: 0)
    #expect(isOver(1, world))
  }

  @Test("a subtransaction that ends makes who sleeps on it sleep anew")
  func anew() {
    var world = DatabaseWorld()
    world.begin(0)
    world.state.defineSavepoint(session: 0, name: Value(text: "p"))
    world.update(0, row: 0, to: "x")
    wait(1, in: &world)
    let rank = world.state.sessions[1].sleepRank
    world.state.release(session: 0, level: 1, schema: world.schema)
    #expect(world.state.sessions[1].sleepRank > rank)
  }

  @Test(
    "REPEATABLE READ sleeps on all who hold the version before it looks at it again",
    arguments: [true, false])
  func several(isHeldBefore: Bool) {
    var world = DatabaseWorld()
    world.state.resumption = .inOrder
    for session in [0, 2] { world.begin(session) }
    world.update(0, row: 0, to: "x")
    func share() { _ = world.state.lock(table: 0, row: 0, mode: .keyShare, session: 2) }
    if isHeldBefore { share() }
    world.begin(1, .repeatableRead)
    _ = world.state.statementSnapshot(session: 1)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .update)
    if !isHeldBefore { share() }
    world.state.commit(session: 0)
    #expect(!isOver(1, world))
    #expect(world.unpacked().state.sessions[1].isVersionHeld)
    var other = world
    other.state.sessions[1].isVersionHeld = false
    #expect(world.words() != other.words())
    world.state.commit(session: 2)
    #expect(isOver(1, world))
  }

  @Test("REPEATABLE READ sleeps on who holds the version that it sees, not on who came later")
  func below() {
    var world = DatabaseWorld()
    world.state.resumption = .inOrder
    for session in [0, 2] { world.begin(session) }
    world.begin(1, .repeatableRead)
    _ = world.state.statementSnapshot(session: 1)
    world.update(0, row: 0, to: "x")
    _ = world.state.lock(table: 0, row: 0, mode: .keyShare, session: 2)
    world.state.commit(session: 0)
    #expect(world.state.isHeldBelow(0, 0, .update, session: 1))
    #expect(!world.state.isHeldBelow(0, 0, .noKeyUpdate, session: 1))
    world.begin(0)
    _ = world.state.lock(table: 0, row: 0, mode: .keyShare, session: 0)
    world.state.commit(session: 2)
    #expect(!world.state.isHeldBelow(0, 0, .update, session: 1))
  }

  @Test("who holds only the newest version is not waited for")
  func newest() {
    var world = DatabaseWorld()
    for session in [0, 2] { world.begin(session) }
    world.update(0, row: 0, to: "x")
    world.begin(1, .repeatableRead)
    world.state.waitForRow(session: 1, table: 0, row: 0, mode: .update)
    world.state.commit(session: 0)
    _ = world.state.lock(table: 0, row: 0, mode: .keyShare, session: 2)
    #expect(isOver(1, world))
  }

  @Test("an insert that is not decided yet is another state")
  func tentative() {
    var world = DatabaseWorld()
    world.begin(0)
    world.insert(0, 3, "c")
    var other = world
    other.state.writes[0].isTentative = true
    #expect(world.words() != other.words())
    #expect(other.unpacked().state.writes[0].isTentative)
  }

  @Test("states that differ in it have other words, and words are read back whole")
  func words() {
    var open = world(isReleased: false)
    var ended = world(isReleased: true)
    // The released savepoint itself is one of the differences; another takes its place.
    ended.state.defineSavepoint(session: 0, name: Value(text: "q"))
    open.state.writes[0].level = 1
    open.state.locks[0].level = 1
    #expect(open.words() != ended.words())
    #expect(ended.unpacked().words() == ended.words())
    undo(&open)
    undo(&ended)
    #expect(open.words() != ended.words())
    let read = ended.unpacked()
    #expect(read.words() == ended.words())
    #expect(!isOver(1, read))
    let kept = read.state.locks.filter { $0.isGone }
    #expect(kept.count == 1)
  }
}
