extension DatabaseState {
  /// The answer to a request for a row lock or a key.
  package enum Grant: Hashable, Sendable {
    case granted
    case mustWait
  }

  /// Takes a row lock, or reports that another session's stands against it.
  ///
  /// A newcomer may be served before sessions that wait for the row but have not been woken, and a
  /// session that holds a weaker lock never queues: as in PostgreSQL, where only those who must wait
  /// line up (README.tuplock).
  ///
  /// With `isWrittenAtOnce` the row is updated before anybody can find it locked. `foundAt` says how many transactions
  /// had committed when the version was found that is locked; `nil` for the newest.
  package mutating func lock(
    table: UInt16, row: Int32, mode: RowLockMode, session: Int, isWrittenAtOnce: Bool = false,
    foundAt: Int32? = nil
  ) -> Grant {
    if isConflicting(table: table, row: row, mode: mode, session: session) { return .mustWait }
    addLock(table: table, row: row, mode: mode, session: session, foundAt)
    if !isWrittenAtOnce { noteArrivals() }
    return .granted
  }

  /// Whether another session holds a lock on the row that stands against the mode.
  package func isConflicting(table: UInt16, row: Int32, mode: RowLockMode, session: Int) -> Bool {
    noteLock(table: table, row: row, mode: mode, session: session)
    for lock in locks
    where lock.row == row && lock.table == table && Int(lock.session) != session
      && lock.mode.conflicts(with: mode) && !lock.isGone
    {
      return true
    }
    return false
  }

  /// Whether the session already holds the row in this mode or a stronger one.
  package func holds(table: UInt16, row: Int32, mode: RowLockMode, session: Int) -> Bool {
    locks.contains {
      $0.row == row && $0.table == table && Int($0.session) == session && $0.mode >= mode
        && !$0.isGone
    }
  }

  private mutating func addLock(
    table: UInt16, row: Int32, mode: RowLockMode, session: Int, _ foundAt: Int32?
  ) {
    let level = sessions[session].level
    numberTransaction(session: session)
    for lock in locks
    where lock.row == row && lock.table == table && Int(lock.session) == session && !lock.isGone {
      // One taken in an inner subtransaction goes away with it, so a weaker outer one is kept beside.
      if lock.mode >= mode { return }
    }
    let takenAt = resumption == .inOrder ? foundAt ?? commits : 0
    locks.append(
      RowLock(
        session: UInt16(session), table: table, row: row, mode: mode, level: level,
        takenAt: takenAt))
    locks.removeAll {
      $0.row == row && $0.table == table && Int($0.session) == session && $0.mode < mode
        && $0.level == level && !$0.isGone && $0.takenAt == takenAt
    }
  }

  /// Gives up a lock that was taken on a row which turned out to be deleted.
  package mutating func dropLocks(table: UInt16, row: Int32, session: Int) {
    locks.removeAll {
      $0.row == row && $0.table == table && Int($0.session) == session && !$0.isGone
    }
  }

  // MARK: Keys

  /// What stands in the way of a key in a unique index.
  package enum KeyConflict: Hashable, Sendable {
    case none
    /// A committed row (or one of the session's own) has the key.
    case duplicate(row: Int32)
    /// Another session has written the key, or deleted the row that has it, and not committed.
    case uncommitted(session: Int)
  }

  /// Looks for another row with the same key, as `_bt_check_unique` does: among the newest versions,
  /// whatever any snapshot shows.
  ///
  /// The values of the new version begin at `start`.
  ///
  /// - Note: An open transaction that has changed such a row is waited for even if it left the key alone,
  ///   so that the key stays taken whether it commits or not.
  package func keyConflict(
    _ index: Int, of definition: Table, table: UInt16, row: Int32, cells start: Int32, session: Int
  ) -> KeyConflict {
    switch keyObstacle(
      index, of: definition, table: table, row: row, cells: start, session: session)
    {
    case .none: return .none
    case .duplicate(let row): return .duplicate(row: row)
    case .write(let position): return .uncommitted(session: Int(writes[position].session))
    }
  }

  /// A ``KeyConflict`` with the write that stands in the way: of several to one row the first, whose
  /// transaction number the index leads to.
  private enum KeyObstacle {
    case none
    case duplicate(row: Int32)
    case write(position: Int)
  }

  /// What is found of a key that several rows have, as those of a deferrable key may.
  private struct KeySearch {
    var obstacle = KeyObstacle.none
    var place = Int32.max

    /// Takes what an index leads to first: equal keys lie in it in the order of the heap.
    mutating func meet(_ next: KeyObstacle, at root: Int32) {
      guard root <= place else { return }
      obstacle = next
      place = root
    }
  }

  private func keyObstacle(
    _ index: Int, of definition: Table, table: UInt16, row: Int32, cells start: Int32, session: Int
  ) -> KeyObstacle {
    guard isEntered(start, in: definition.uniqueIndexes[index]) else { return .none }
    if footprint != nil {
      let unique = definition.uniqueIndexes[index]
      noteLookup(
        table, unique.columns, unique.columns.map { cells[Int(start) + $0] },
        takesNulls: unique.areNullsEqual)
    }
    var search = KeySearch()
    for version in versions[versionRange(of: table)]
    where version.end == Version.forever && version.row != row {
      guard isSameKey(definition.uniqueIndexes[index], version.cells, start) else { continue }
      // Superseded by an own write, which is looked at below.
      if ownWrite(table, version.row, session: session, command: .max) != nil { continue }
      let position = uncommittedWrite(table, version.row, besides: session)
      if let position, !isHeapOrdered { return .write(position: position) }
      search.meet(
        position.map { .write(position: $0) } ?? .duplicate(row: version.row),
        at: isHeapOrdered ? version.root : 0)
    }
    for position in writes.indices {
      let write = writes[position]
      guard write.table == table, write.row != row, write.kind != .delete else { continue }
      guard isSameKey(definition.uniqueIndexes[index], write.cells, start) else { continue }
      let root = isHeapOrdered ? write.root : 0
      if Int(write.session) == session {
        let last = ownWrite(table, write.row, session: session, command: .max)
        if last == position { search.meet(.duplicate(row: write.row), at: root) }
      } else if Int(write.indexed) > index {
        if !isHeapOrdered { return .write(position: position) }
        search.meet(.write(position: position), at: root)
      }
    }
    return search.obstacle
  }

  /// The session, other than the given one, with uncommitted writes to the row.
  package func uncommittedWriter(_ table: UInt16, _ row: Int32, besides session: Int) -> Int? {
    uncommittedWrite(table, row, besides: session).map { Int(writes[$0].session) }
  }

  /// The first uncommitted write to the row by another session than the given one.
  package func uncommittedWrite(_ table: UInt16, _ row: Int32, besides session: Int) -> Int? {
    for position in writes.indices {
      let write = writes[position]
      if write.row == row, write.table == table, Int(write.session) != session { return position }
    }
    return nil
  }

  /// Whether a version can conflict in an index: it meets a partial one's condition, and no NULL makes its
  /// key distinct.
  func isEntered(_ start: Int32, in index: Table.UniqueIndex) -> Bool {
    if let predicate = index.predicate, cells[Int(start) + predicate].isNull { return false }
    if index.areNullsEqual { return true }
    for column in index.columns where cells[Int(start) + column].isNull { return false }
    return true
  }

  /// Whether a version conflicts with another that is entered in the index.
  func isSameKey(_ index: Table.UniqueIndex, _ other: Int32, _ entered: Int32) -> Bool {
    for column in index.columns {
      let a = cells[Int(other) + column]
      let b = cells[Int(entered) + column]
      if a.isNull || b.isNull {
        guard index.areNullsEqual, a.isNull, b.isNull else { return false }
      } else if !Value.equal(a, b) {
        return false
      }
    }
    guard let predicate = index.predicate else { return true }
    return !cells[Int(other) + predicate].isNull
  }

  // MARK: Waiting

  /// Lets the session wait for whoever wrote the key that its last write has in an index.
  package mutating func waitForKey(session: Int, table: UInt16, row: Int32, index: Int) {
    sessions[session].wait = .key
    sessions[session].waitIndex = UInt8(index)
    sessions[session].waitTable = table
    sessions[session].waitRow = row
    sessions[session].waitRank = nextWaitRank()
  }

  /// Lets the session sleep until the clock has reached an instant.
  package mutating func waitForClock(session: Int, until instant: Int64) {
    sessions[session].wait = .clock
    sessions[session].wakeTime = instant
  }

  package mutating func endWait(session: Int) {
    let ended = sessions[session]
    if ended.wait == .object { leaveQueue(session: session) }
    sessions[session].wait = .none
    sessions[session].waitMode = .keyShare
    sessions[session].place = .queued
    sessions[session].isLockingSelect = false
    sessions[session].staysOnVersion = false
    sessions[session].looksAgain = false
    sessions[session].waitTable = 0
    sessions[session].waitRow = 0
    sessions[session].waitIndex = 0
    sessions[session].waitRank = 0
    sessions[session].sleepRank = 0
    sessions[session].isBehindWaiter = false
    sessions[session].isStuck = false
    sessions[session].sleepsOn = nil
    sessions[session].isVersionHeld = false
    sessions[session].waitsSince = 0
    sessions[session].wakeTime = 0
    if ended.place == .previous { leavePrevious(table: ended.waitTable, row: ended.waitRow) }
  }

  /// Brings ``Session/sleepRank`` up to date after a step, as PostgreSQL's timers have it: a session sleeps
  /// first behind the waiter before it (the tuple lock), then, at the head of the queue, anew for the
  /// row's holder.
  package mutating func noteSleeps() {
    lineUpArrivals()
    for session in sessions.indices where isBlocked(session) {
      let isBehind = sessions.indices.contains { isAhead($0, of: session) }
      if !isBehind { lookAgain(session) }
      let hasMoved = chooseHolder(for: session)
      guard
        sessions[session].sleepRank == 0 || isBehind != sessions[session].isBehindWaiter || hasMoved
      else { continue }
      sessions[session].isBehindWaiter = isBehind
      sessions[session].sleepRank = nextSleepRank()
    }
  }

  func nextSleepRank() -> Int32 { (sessions.lazy.map(\.sleepRank).max() ?? 0) + 1 }

  /// Whether the session waits for other sessions.
  package func isBlocked(_ session: Int) -> Bool {
    switch sessions[session].wait {
    case .none, .clock: false
    case .row, .key, .safeSnapshot: true
    case .object: !sessions[session].request.isGranted
    }
  }

  func nextWaitRank() -> Int32 {
    (sessions.lazy.map(\.waitRank).max() ?? 0) + 1
  }

  /// Whether a session that waits at the database may go on now.
  package func isWaitOver(session: Int, schema: Schema) -> Bool {
    let waiter = sessions[session]
    if waiter.isStuck { return false }
    switch waiter.wait {
    case .none: return true
    case .clock: return false
    case .safeSnapshot:
      return serializable.position(ofSession: session).map {
        serializable.transactions[$0].isUnsafe
      } ?? true
    case .key: return keyBlocker(of: session, schema: schema) == nil
    case .object: return waiter.request.isGranted
    case .row: return isRowWaitOver(session)
    }
  }

  /// The session whose end a key wait waits for.
  package func keyBlocker(of session: Int, schema: Schema) -> Int? {
    keyBlockingWrite(of: session, schema: schema).map { Int(writes[$0].session) }
  }

  /// The write that a key wait waits for, to be committed or undone.
  func keyBlockingWrite(of session: Int, schema: Schema) -> Int? {
    let waiter = sessions[session]
    guard
      let position = ownWrite(
        waiter.waitTable, waiter.waitRow, session: session, command: .max)
    else { return nil }
    let write = writes[position]
    let table = schema.tables[Int(write.table)]
    let obstacle = keyObstacle(
      Int(waiter.waitIndex), of: table, table: write.table, row: write.row, cells: write.cells,
      session: session)
    guard case .write(let blocking) = obstacle else { return nil }
    return blocking
  }

  /// Appends the sessions that a waiting session waits for.
  ///
  /// Behind another waiter it waits for that one, which holds the place at the head of the queue
  /// (PostgreSQL's tuple lock); at the head, for those who hold the row.
  package func appendBlockers(
    of session: Int, schema: Schema, to blockers: inout ContiguousArray<Int>
  ) {
    let waiter = sessions[session]
    if waiter.isStuck {
      for lock in locks where isKept(lock, for: session) { blockers.append(Int(lock.session)) }
      return
    }
    switch waiter.wait {
    case .none, .clock: return
    case .safeSnapshot: appendUnsafe(of: session, to: &blockers)
    case .key:
      if let blocker = keyBlocker(of: session, schema: schema) { blockers.append(blocker) }
    case .object: appendObjectBlockers(of: session, to: &blockers)
    case .row: appendRowBlockers(of: session, to: &blockers)
    }
  }

  /// Those who hold what a session wants, then those before it in the queue that it could not be held beside.
  private func appendObjectBlockers(of session: Int, to blockers: inout ContiguousArray<Int>) {
    let request = sessions[session].request
    guard !request.isGranted else { return }
    for other in sessions.indices
    where other != session
      && heldModes(of: request.object, session: other).conflicts(with: request.mode)
    {
      blockers.append(other)
    }
    for other in sessions.indices
    where other != session && isQueued(other, for: request.object)
      && sessions[other].request.place < request.place
      && request.mode.conflicts.contains(sessions[other].request.mode.bit)
      && !blockers.contains(other)
    {
      blockers.append(other)
    }
  }

  /// Whether a session that is first in its queue waits for one that waits itself.
  ///
  /// Every cycle of waits has such a session: those behind others wait for sessions further ahead in
  /// the same queue, which alone leads to no cycle.
  private func isAnyoneKeptByWaiter(schema: Schema) -> Bool {
    var blockers: ContiguousArray<Int> = []
    for session in sessions.indices where isBlocked(session) {
      if sessions[session].wait == .row,
        sessions.indices.contains(where: { isAhead($0, of: session) })
      {
        continue
      }
      blockers.removeAll(keepingCapacity: true)
      appendBlockers(of: session, schema: schema, to: &blockers)
      for blocker in blockers where isBlocked(blocker) { return true }
    }
    return false
  }

  /// Appends the sessions whose deadlock check would find a cycle of waits through them, in order of their
  /// numbers; if one of them fails without waiting, only that.
  package func appendCycles(schema: Schema, to members: inout ContiguousArray<Int>) {
    // Few sessions wait at once, so reachability by repeated sweeps costs less than anything clever.
    var waiting = 0
    for session in sessions.indices where isBlocked(session) { waiting += 1 }
    guard waiting > 1 else { return }
    if let doomed = doomedSession {
      members.append(doomed)
      return
    }
    guard isAnyoneKeptByWaiter(schema: schema) else { return }
    let isOpen = sessions.contains {
      $0.wait == .row && ($0.place == .unknown || $0.place == .adrift)
    }
    for session in sessions.indices where isBlocked(session) {
      let isMember =
        isOpen ? mayBeInCycle(session, schema: schema) : isInCycle(session, schema: schema)
      if isMember { members.append(session) }
    }
  }

  private func isInCycle(_ session: Int, schema: Schema) -> Bool {
    var reached: ContiguousArray<Int> = []
    appendBlockers(of: session, schema: schema, to: &reached)
    var next = 0
    while next < reached.count {
      if reached[next] == session { return true }
      var further: ContiguousArray<Int> = []
      appendBlockers(of: reached[next], schema: schema, to: &further)
      for blocker in further where !reached.contains(blocker) { reached.append(blocker) }
      next += 1
    }
    return false
  }

  /// Whether the session is in a cycle of waits in some order of those whose places in a row's queue are open.
  ///
  /// A way round that only passes through the queue of one row is none: whoever is first there waits for those
  /// who hold the row.
  private func mayBeInCycle(_ session: Int, schema: Schema) -> Bool {
    // Twice the session, and one more if a holder has been waited for on the way.
    var reached: ContiguousArray<Int> = [2 * session]
    var next = 0
    while next < reached.count {
      let from = reached[next] / 2
      let flag = reached[next] % 2
      next += 1
      var blockers: ContiguousArray<Int> = []
      appendBlockers(of: from, schema: schema, to: &blockers)
      for blocker in blockers {
        let node = 2 * blocker + (isAhead(blocker, of: from) ? flag : 1)
        if node == 2 * session + 1 { return true }
        if !reached.contains(node) { reached.append(node) }
      }
      for other in sessions.indices where mayBeAhead(other, of: from) {
        let node = 2 * other + flag
        if node == 2 * session + 1 { return true }
        if !reached.contains(node) { reached.append(node) }
      }
    }
    return false
  }

  /// Appends those of the sessions of ``appendCycles(schema:to:)`` that can only be ended by an error: no other
  /// order of the queues would break their cycles.
  package func appendDeadlocked(
    schema: Schema, to members: inout ContiguousArray<Int>
  ) {
    let count = members.count
    appendCycles(schema: schema, to: &members)
    guard members.count > count, sessions.contains(where: { $0.wait == .object }) else { return }
    var index = count
    while index < members.count {
      if checkDeadlock(of: members[index], schema: schema) == .hard {
        index += 1
      } else {
        members.remove(at: index)
      }
    }
  }
}
