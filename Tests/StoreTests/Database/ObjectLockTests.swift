import Testing

@testable import Store

@Suite("Locks on tables and advisory locks")
struct ObjectLockTests {
  /// Four open transactions.
  private var world: DatabaseWorld

  init() {
    world = DatabaseWorld()
    for session in 0..<3 { world.begin(session) }
  }

  private let first = LockObject(advisory: 1)
  private let second = LockObject(advisory: 2)

  @discardableResult
  private mutating func lock(
    _ session: Int, _ object: LockObject, _ mode: ObjectLockMode, forSession: Bool = false,
    waits: Bool = true
  ) -> DatabaseState.ObjectGrant {
    world.state.lock(object, mode, session: session, isForSession: forSession, waits: waits)
  }

  private mutating func expect(
    _ grant: DatabaseState.ObjectGrant, _ session: Int, _ object: LockObject,
    _ mode: ObjectLockMode, waits: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = lock(session, object, mode, waits: waits)
    #expect(found == grant, sourceLocation: sourceLocation)
  }

  private mutating func expectUnlock(
    _ isHeld: Bool, _ object: LockObject, _ mode: ObjectLockMode,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = world.state.unlock(object, mode, session: 0)
    #expect(found == isHeld, sourceLocation: sourceLocation)
  }

  private var deadlocked: [Int] {
    var members: ContiguousArray<Int> = []
    world.state.appendDeadlocked(schema: world.schema, to: &members)
    return Array(members)
  }

  private var cycles: [Int] {
    var members: ContiguousArray<Int> = []
    world.state.appendCycles(schema: world.schema, to: &members)
    return Array(members)
  }

  private func goesOn(_ session: Int) -> Bool {
    world.state.isWaitOver(session: session, schema: world.schema)
  }

  @Test("modes conflict as PostgreSQL's table of table-level locks says")
  func conflicts() {
    let table: [(ObjectLockMode, String)] = [
      (.accessShare, ".......X"), (.rowShare, "......XX"), (.rowExclusive, "....XXXX"),
      (.shareUpdateExclusive, "...XXXXX"), (.share, "..XX.XXX"),
      (.shareRowExclusive, "..XXXXXX"), (.exclusive, ".XXXXXXX"), (.accessExclusive, "XXXXXXXX"),
    ]
    for (mode, row) in table {
      for (other, mark) in zip(ObjectLockMode.allCases, row) {
        #expect(other.bit.conflicts(with: mode) == (mark == "X"), "\(mode) and \(other)")
      }
    }
  }

  @Test("a request waits behind one before it that it conflicts with, holder or not")
  mutating func fifo() {
    lock(0, first, .share)
    expect(.mustWait, 1, first, .exclusive)
    expect(.mustWait, 2, first, .share)
    expect(.granted, 2, second, .share, waits: false)
    world.state.commit(session: 0)
    #expect(goesOn(1))
    #expect(!goesOn(2))
    world.state.endWait(session: 1)
    world.state.commit(session: 1)
    #expect(goesOn(2))
    #expect(world.state.heldModes(of: first, session: 2) == [.share])
  }

  @Test("a holder's other request goes before those who wait for it, and need not wait")
  mutating func holderPassesQueue() {
    lock(0, first, .share)
    expect(.mustWait, 1, first, .exclusive)
    expect(.unavailable, 0, first, .rowShare, waits: false)
    expect(.granted, 0, first, .rowShare)
  }

  @Test("of two holders that both want more, the second fails without waiting")
  mutating func simpleDeadlock() {
    lock(0, first, .accessShare)
    lock(1, first, .accessShare)
    expect(.mustWait, 0, first, .accessExclusive)
    #expect(deadlocked.isEmpty)
    expect(.mustWait, 1, first, .accessExclusive)
    #expect(cycles == [1])
    #expect(deadlocked == [1])
    world.state.fail(session: 1, schema: world.schema)
    #expect(goesOn(0))
  }

  @Test("a cycle through a queue is broken by another order of the queue")
  mutating func softDeadlock() {
    // 0 holds `first`; 1 wants all of it; 2, which holds `second`, wants a share of `first` behind 1;
    // 0 wants `second`: only 1, which holds nothing, is in the way.
    lock(0, first, .accessShare)
    lock(2, second, .accessExclusive)
    expect(.mustWait, 1, first, .accessExclusive)
    expect(.mustWait, 2, first, .accessShare)
    expect(.mustWait, 0, second, .accessShare)
    #expect(cycles == [0, 1, 2])
    #expect(deadlocked.isEmpty)
    guard case .soft(let orders) = world.state.checkDeadlock(of: 0, schema: world.schema) else {
      Issue.record("another order solves it")
      return
    }
    #expect(orders == [DatabaseState.QueueOrder(object: first, sessions: [2, 1])])
    world.state.rearrange(orders)
    #expect(goesOn(2))
    #expect(!goesOn(1))
    #expect(cycles.isEmpty)
  }

  @Test("a cycle of holders is a deadlock")
  mutating func hardDeadlock() {
    lock(0, first, .exclusive)
    lock(1, second, .exclusive)
    lock(0, second, .exclusive)
    lock(1, first, .exclusive)
    #expect(deadlocked == [0, 1])
    #expect(world.state.checkDeadlock(of: 0, schema: world.schema) == .hard)
    #expect(world.state.checkDeadlock(of: 2, schema: world.schema) == .none)
  }

  @Test("a session's own locks are counted and survive its transactions; a transaction's do not")
  mutating func sessionLocks() {
    lock(0, first, .exclusive, forSession: true)
    lock(0, first, .exclusive, forSession: true)
    lock(0, second, .exclusive)
    world.state.rollback(session: 0)
    expect(.granted, 1, second, .exclusive, waits: false)
    expect(.unavailable, 1, first, .exclusive, waits: false)
    expectUnlock(true, first, .exclusive)
    expectUnlock(false, first, .share)
    expect(.unavailable, 1, first, .exclusive, waits: false)
    expectUnlock(true, first, .exclusive)
    expectUnlock(false, first, .exclusive)
    expect(.granted, 1, first, .exclusive, waits: false)
  }

  @Test("a savepoint's locks go with it, and stay when it is released")
  mutating func savepoints() {
    lock(0, first, .share)
    world.state.defineSavepoint(session: 0, name: "a")
    lock(0, first, .exclusive)
    lock(0, second, .exclusive)
    world.state.defineSavepoint(session: 0, name: "b")
    world.state.release(session: 0, level: 2, schema: world.schema)
    world.state.rollback(session: 0, toLevel: 1, keepsSavepoint: true, schema: world.schema)
    #expect(world.state.heldModes(of: first, session: 0) == [.share])
    #expect(world.state.heldModes(of: second, session: 0) == [])
    lock(0, second, .exclusive)
    world.state.release(session: 0, level: 1, schema: world.schema)
    #expect(world.state.objectLocks.map(\.level) == [0, 0])
  }

  @Test("a pair of keys and a key of 64 bits are different locks")
  mutating func keySpaces() {
    lock(0, LockObject(advisory: 0, 1), .exclusive)
    expect(.granted, 1, first, .exclusive, waits: false)
    expect(.unavailable, 1, LockObject(advisory: 0, 1), .exclusive, waits: false)
    #expect(LockObject(advisory: -1, -2).name(in: world.schema) == "advisory lock (-1, -2)")
  }

  @Test(
    "canonical words keep locks and queues, and the order in which locks were taken is forgotten")
  mutating func words() {
    lock(0, second, .exclusive)
    lock(0, first, .share, forSession: true)
    lock(1, first, .exclusive)
    lock(2, first, .exclusive)
    var other = DatabaseWorld()
    for session in 0..<3 { other.begin(session) }
    _ = other.state.lock(first, .share, session: 0, isForSession: true, waits: true)
    _ = other.state.lock(second, .exclusive, session: 0, isForSession: false, waits: true)
    _ = other.state.lock(first, .exclusive, session: 1, isForSession: false, waits: true)
    _ = other.state.lock(first, .exclusive, session: 2, isForSession: false, waits: true)
    let written = words(of: world)
    #expect(written == words(of: other))

    let canonicalizer = Canonicalizer(schema: world.schema, keepsWaitOrder: false)
    var state = DatabaseState(schema: world.schema, sessionCount: 3)
    written.withUnsafeBufferPointer { words in
      var cursor = 0
      canonicalizer.readShared(words, at: &cursor, into: &state)
      for _ in 0..<3 { canonicalizer.readSession(words, at: &cursor, into: &state) }
      #expect(cursor == words.count)
    }
    #expect(Set(state.objectLocks) == Set(world.state.objectLocks))
    #expect(state.queue(for: first) == [1, 2])
  }

  private func words(of world: DatabaseWorld) -> ContiguousArray<UInt64> {
    var canonicalizer = Canonicalizer(schema: world.schema, keepsWaitOrder: false)
    canonicalizer.prepare(world.state, stack: [])
    var words: ContiguousArray<UInt64> = []
    canonicalizer.appendShared(world.state, to: &words)
    for session in 0..<3 { canonicalizer.appendSession(session, of: world.state, to: &words) }
    return words
  }

  @Test(
    "after TRUNCATE has committed no snapshot shows the rows, before that only its own does not")
  mutating func truncation() {
    world.state.truncate(table: 0, session: 0, command: world.state.sessions[0].command)
    let snapshot = world.state.commits
    func sees(_ session: Int) -> Bool {
      world.state.visible(0, 0, session: session, snapshot: snapshot, command: .max) != nil
    }
    #expect(!sees(0))
    #expect(sees(1))
    world.state.commit(session: 0)
    #expect(!sees(1))
  }
}
