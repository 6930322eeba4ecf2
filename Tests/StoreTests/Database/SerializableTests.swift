import Testing

@testable import Store

@Suite("Serializable transactions")
struct SerializableTests {
  /// Two accounts, and as many serializable transactions as sessions, all with their snapshots.
  private func world(sessions: Int = 2) -> DatabaseWorld {
    var world = DatabaseWorld(sessions: sessions)
    world.state.serializable.tracking = .precise
    for session in 0..<sessions { begin(session, &world) }
    return world
  }

  private func begin(_ session: Int, _ world: inout DatabaseWorld) {
    world.begin(session, .serializable)
    _ = world.state.statementSnapshot(session: session)
  }

  private func read(_ session: Int, key: Int64, _ world: inout DatabaseWorld) {
    var lock = SerializableState.Lock(.key, table: 0)
    lock.cells = world.state.append(cells: [Value(integer: key)])
    lock.count = 1
    world.state.addPredicateLock(lock, session: session)
  }

  private func write(
    _ session: Int, row: Int32, _ world: inout DatabaseWorld
  ) throws(SQLError) {
    let found = world.state.newest(0, row, session: session)
    let target = DatabaseState.WriteTarget.row(
      row, version: found?.version ?? 0, cells: found?.cells ?? 0)
    try world.state.beginWrite(table: 0, session: session)
    var next = 0
    while let reader = world.state.nextReader(
      of: target, table: 0, of: world.schema.tables[0], session: session, from: &next)
    {
      _ = try world.state.dependIn(session: session, from: reader, .certain)
    }
    try world.state.endWrite(target, table: 0, session: session)
    world.update(session, row: row, to: "new")
  }

  private func commit(_ session: Int, _ world: inout DatabaseWorld) throws(SQLError) {
    try world.state.checkCommit(session: session)
    world.state.commit(session: session)
  }

  private func fails(_ body: () throws(SQLError) -> Void) -> Bool {
    do throws(SQLError) {
      try body()
      return false
    } catch {
      return error.isReadWriteDependency
    }
  }

  @Test("of two that each read what the other writes, the second to commit fails")
  func writeSkew() throws {
    var world = world()
    read(0, key: 1, &world)
    read(1, key: 2, &world)
    try write(0, row: 1, &world)
    try write(1, row: 0, &world)
    try commit(0, &world)
    let isRefused = fails { () throws(SQLError) in try commit(1, &world) }
    #expect(isRefused)
    world.state.rollback(session: 1)
    #expect(world.state.serializable.transactions.isEmpty)
    #expect(world.state.serializable.conflicts.isEmpty)
    #expect(world.state.serializable.locks.isEmpty)
  }

  @Test("a pivot fails at the write that makes it one, if the last of the three has committed")
  func pivot() throws {
    var world = world(sessions: 3)
    read(0, key: 1, &world)
    read(1, key: 2, &world)
    try write(2, row: 1, &world)
    try commit(2, &world)
    let isRefused = fails { () throws(SQLError) in try write(1, row: 0, &world) }
    #expect(isRefused)
  }

  @Test("it passes if the last of the three does not commit first")
  func harmless() throws {
    var world = world(sessions: 3)
    read(0, key: 1, &world)
    read(1, key: 2, &world)
    try write(2, row: 1, &world)
    try commit(0, &world)
    try write(1, row: 0, &world)
    try commit(1, &world)
    try commit(2, &world)
  }

  @Test("rows that only share their table make a failure possible, not certain")
  func possible() throws {
    var world = world()
    read(0, key: 1, &world)
    try write(0, row: 0, &world)
    read(1, key: 2, &world)
    try world.state.readTablePossibly(session: 1, table: 0)
    try write(1, row: 1, &world)
    try commit(0, &world)
    #expect(world.state.mayRefuse(session: 1))
    try commit(1, &world)
  }

  @Test("a committed transaction is kept while one that overlapped it is open, and no longer")
  func forgotten() throws {
    var world = world()
    read(0, key: 1, &world)
    try commit(0, &world)
    #expect(world.state.serializable.transactions.count == 2)
    begin(0, &world)
    try commit(1, &world)
    // What the first one read is forgotten with it; the second overlapped the third.
    #expect(world.state.serializable.transactions.count == 2)
    #expect(world.state.serializable.locks.isEmpty)
    world.state.rollback(session: 0)
    #expect(world.state.serializable.transactions.isEmpty)
  }

  @Test("a read-only snapshot is safe at once when nobody writes, else when the writers have ended")
  func safeSnapshots() throws {
    var world = DatabaseWorld(sessions: 3)
    world.state.serializable.tracking = .precise
    world.state.begin(
      session: 0, isolation: .serializable, isReadOnly: true, isDeferrable: true,
      isImplicit: false, clock: 0)
    _ = world.state.statementSnapshot(session: 0)
    #expect(!world.state.isWatched(session: 0))
    begin(1, &world)
    world.state.begin(
      session: 2, isolation: .serializable, isReadOnly: true, isDeferrable: true,
      isImplicit: false, clock: 0)
    _ = world.state.statementSnapshot(session: 2)
    let isSafe = world.state.takeSafeSnapshot(session: 2)
    #expect(!isSafe)
    #expect(!world.state.isWaitOver(session: 2, schema: world.schema))
    try commit(1, &world)
    #expect(world.state.isWaitOver(session: 2, schema: world.schema))
  }

  @Test("states in which other buckets of a hash index have been read are different")
  func buckets() throws {
    func reading(_ bucket: Int32) -> DatabaseWorld {
      var world = world(sessions: 2)
      world.state.serializable.tracking = .server
      var lock = SerializableState.Lock(.indexPage, table: 0)
      lock.index = UInt8(Table.plainIndexBase)
      lock.row = bucket
      world.state.addPredicateLock(lock, session: 0)
      return world
    }
    #expect(reading(1).words() == reading(1).words())
    #expect(reading(1).words() != reading(2).words())
    let read = reading(5).unpacked()
    #expect(read.words() == reading(5).words())
    #expect(read.state.serializable.locks.map(\.row) == [5])
  }

  @Test("the order of reads says nothing, and a state is the same when it is read back")
  func words() throws {
    var first = world(sessions: 3)
    read(0, key: 1, &first)
    read(0, key: 2, &first)
    var second = world(sessions: 3)
    read(0, key: 2, &second)
    read(0, key: 1, &second)
    #expect(first.words() == second.words())
    try write(1, row: 0, &first)
    #expect(first.words() != second.words())
    try commit(1, &first)
    read(2, key: 1, &first)
    #expect(first.unpacked().words() == first.words())
    #expect(first.unpacked().state.serializable.transactions.count == 3)
    #expect(first.unpacked().state.serializable.conflicts.count == 1)
  }
}
