import Testing

@testable import Store

/// Who may be next after a holder that several wait for, as a PostgreSQL 15 server has it whose first waiter is stopped
/// when it comes to the newest version.
@Suite("Queues for rows")
struct RowQueueTests {
  enum Waiter { case select, change }

  /// Session 0 is the holder; 1 and 2 wait for row 0, in this order.
  struct Case: Sendable, CustomTestStringConvertible {
    /// What the holder does before the first wait, before the second, and after it: `lock`, `update`, `delete`,
    /// `savepoint`, `undo`, `release`.
    var before: String
    var between = ""
    var after = ""
    var first = Waiter.select
    var second = Waiter.select
    /// The second may go before the first.
    var isOpen: Bool
    var commits = true

    var testDescription: String { "\(before) | \(between) | \(after), \(first) \(second)" }
  }

  private static let cases = [
    Case(before: "lock", after: "update", isOpen: true),
    Case(before: "update", isOpen: false),
    Case(before: "update", first: .change, isOpen: true),
    Case(before: "update", second: .change, isOpen: false),
    Case(before: "update", first: .change, second: .change, isOpen: true),
    Case(before: "lock", after: "update", second: .change, isOpen: true),
    Case(before: "lock", after: "update", first: .change, isOpen: true),
    Case(before: "lock", between: "update", isOpen: true),
    Case(before: "lock update", isOpen: false),
    Case(before: "update lock", isOpen: false),
    Case(before: "update update", isOpen: true),
    Case(before: "update", after: "update", isOpen: true),
    Case(before: "lock", isOpen: false),
    Case(before: "lock", after: "update", isOpen: false, commits: false),
    Case(before: "update", isOpen: false, commits: false),
    Case(before: "lock", after: "delete", isOpen: true),
    Case(before: "delete", isOpen: true),
    Case(before: "lock savepoint update undo", isOpen: false),
    Case(before: "lock savepoint update", after: "undo", isOpen: false),
    Case(before: "lock savepoint update", after: "undo update", isOpen: true),
    Case(before: "lock savepoint update undo", after: "update", isOpen: true),
    Case(before: "savepoint update", after: "undo", isOpen: false),
    Case(before: "lock savepoint update release", isOpen: false),
    Case(before: "lock", after: "savepoint update release", isOpen: true),
    Case(before: "update savepoint update undo", isOpen: false),
  ]

  private func hold(_ steps: String, in world: inout DatabaseWorld) {
    for step in steps.split(separator: " ") {
      switch step {
      case "lock": _ = world.state.lock(table: 0, row: 0, mode: .update, session: 0)
      case "update": world.update(0, row: 0, to: "x")
      case "delete": world.delete(0, row: 0)
      case "savepoint": world.state.defineSavepoint(session: 0, name: Value(text: "s"))
      case "undo":
        world.state.rollback(session: 0, toLevel: 1, keepsSavepoint: false, schema: world.schema)
      default: world.state.release(session: 0, level: 1, schema: world.schema)
      }
    }
  }

  private func wait(_ session: Int, _ waiter: Waiter, in world: inout DatabaseWorld) {
    world.begin(session)
    world.state.waitForRow(
      session: session, table: 0, row: 0, mode: .update, isLockingSelect: waiter == .select)
    world.state.noteSleeps()
  }

  private func isOver(_ session: Int, _ world: DatabaseWorld) -> Bool {
    world.state.isWaitOver(session: session, schema: world.schema)
  }

  @Test("keep the order of arrival, or do not", arguments: cases)
  func order(it: Case) {
    var world = DatabaseWorld(sessions: 3)
    world.begin(0)
    hold(it.before, in: &world)
    wait(1, it.first, in: &world)
    hold(it.between, in: &world)
    wait(2, it.second, in: &world)
    hold(it.after, in: &world)
    world = world.unpacked()
    if it.commits { world.state.commit(session: 0) } else { world.state.rollback(session: 0) }
    #expect(isOver(1, world))
    #expect(isOver(2, world) == it.isOpen)
    // Whoever is behind can go when the first has got the row and given it back.
    if !it.isOpen {
      world.state.endWait(session: 1)
      _ = world.state.lock(table: 0, row: 0, mode: .update, session: 1)
      world.state.commit(session: 1)
      #expect(isOver(2, world))
    }
  }

  @Test("who has found the row updated stays behind those before it and before those behind it")
  func middle() {
    var world = DatabaseWorld(sessions: 4)
    world.begin(0)
    hold("lock", in: &world)
    wait(1, .select, in: &world)
    hold("update", in: &world)
    wait(2, .select, in: &world)
    wait(3, .change, in: &world)
    world.state.commit(session: 0)
    #expect([1, 2, 3].map { isOver($0, world) } == [true, true, false])
  }

  @Test("who waits behind one that updates at once has found the row updated, or not yet")
  func behind() {
    func world(_ resumption: DatabaseState.Resumption) -> DatabaseWorld {
      var world = DatabaseWorld(sessions: 4)
      world.state.resumption = resumption
      world.begin(0)
      hold("lock", in: &world)
      wait(1, .change, in: &world)
      wait(2, .select, in: &world)
      wait(3, .select, in: &world)
      world.state.commit(session: 0)
      world.state.endWait(session: 1)
      world.update(1, row: 0, to: "y")
      world.state.noteSleeps()
      world.state.commit(session: 1)
      world.state.noteSleeps()
      return world
    }
    #expect([2, 3].map { isOver($0, world(.open)) } == [true, true])
    // Woken when the first in line has gone, it looks again, and is then first in line itself.
    #expect([2, 3].map { isOver($0, world(.inOrder)) } == [true, false])
  }

  @Test("a server that is left alone has the next in line look again while the row is locked only")
  func looksAgain() {
    var world = DatabaseWorld(sessions: 4)
    world.state.resumption = .inOrder
    world.begin(0)
    hold("lock", in: &world)
    for session in 1...3 { wait(session, .select, in: &world) }
    // Others that end leave it asleep.
    hold("update", in: &world)
    world.state.noteSleeps()
    #expect(!world.state.sessions[1].staysOnVersion)
    world.state.rollback(session: 0)
    world.state.endWait(session: 1)
    _ = world.state.lock(table: 0, row: 0, mode: .update, session: 1)
    world.state.noteSleeps()
    world.update(1, row: 0, to: "y")
    world.state.noteSleeps()
    world.state.commit(session: 1)
    #expect([2, 3].map { isOver($0, world) } == [true, true])
  }

  @Test("states differ by what a waiter has found, and by how often the row was updated")
  func words() {
    func world(_ before: String, _ after: String, _ waiter: Waiter = .select) -> DatabaseWorld {
      var world = DatabaseWorld()
      world.begin(0)
      hold(before, in: &world)
      wait(1, waiter, in: &world)
      hold(after, in: &world)
      world.state.settleWrites(session: 0, schema: world.schema)
      return world
    }
    let found = world("lock update", "")
    #expect(found.words() != world("lock", "update").words())
    #expect(found.words() != world("lock update", "update").words())
    #expect(found.words() != world("lock update", "", .change).words())
    let read = found.unpacked()
    #expect(read.words() == found.words())
    #expect(read.state.sessions[1].isLockingSelect && read.state.sessions[1].staysOnVersion)
    let twice = world("lock update", "update").unpacked()
    #expect(twice.state.writes.last?.isRewritten == true)
  }

  @Test("in a model with one queue for each row nobody is told apart by what it has found")
  func oneQueue() {
    func world(_ before: String, _ after: String) -> DatabaseWorld {
      var world = DatabaseWorld()
      world.state.resumption = .oneQueue
      world.begin(0)
      hold(before, in: &world)
      wait(1, .select, in: &world)
      hold(after, in: &world)
      return world
    }
    #expect(world("lock update", "").words() == world("lock", "update").words())
  }
}
