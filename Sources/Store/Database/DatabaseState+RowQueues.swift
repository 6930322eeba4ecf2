/// Waiting for a row.
///
/// PostgreSQL's waiters line up on a heavyweight lock of the row *version* that they have come to (LockTuple, the
/// "tuple lock" of README.tuplock); the first, which holds it, sleeps on the transactions that hold the row. What
/// they do when a holder has updated the row and committed depends on the statement (heapam.c):
///
/// - UPDATE and DELETE give the tuple lock back, one after the other, and go to the newest version, whoever is
///   first; only those who find that one locked line up again, on its tuple lock. Those who find it updated
///   already sleep on the updater, without a queue (`heapam_tuple_lock`).
/// - A locking SELECT that has found the row updated when it came keeps the tuple lock and locks the newest version
///   from there, or sleeps on those who hold that (`heap_lock_updated_tuple`). Those behind it stay behind it; who
///   comes later comes to the newest version, and is in no order with them.
/// - One that has found the row locked and no more looks again when it is woken (`heap_lock_tuple`), finds it updated
///   by then, and goes the way of an UPDATE. So does one that has found it updated if the holder has updated it more
///   than once: the next version is superseded, too.
///
///     holder updates and commits:
///                    ┌ UPDATE                       ──▶ direct     ┐
///     queued, in     ├ SELECT, before the update    ──▶ direct     │ any of them, or the first of a new queue,
///     this order     ├ SELECT, after it             ──▶ previous   │ may be next
///                    └ UPDATE                       ──▶ previous,  ┘ but this one not before the SELECT
///
/// Who is woken and finds the row held by somebody else looks again, too. How soon it does depends on how fast it is:
/// before that one updates the row, after, or when that has committed. An exploration has it look early, so that all
/// orders are left open; a server that is left alone until nobody moves has it look at once.
///
/// Which place a session has that has been woken and goes to the newest version depends on how fast it is, and so
/// does what it waits for. An exploration leaves that open (``QueuePlace/unknown``) instead of branching: such a
/// session may be next at any time, and wherever it could stand in the queue it counts as a member of a cycle
/// of waits.
extension DatabaseState {
  /// Where a session stands that waits for a row.
  package enum QueuePlace: UInt8, Sendable {
    /// In the queue of the row's newest committed version.
    case queued
    /// In the queue of the version before: it is a locking SELECT that stays there, or behind one.
    case previous
    /// In no queue: on its way to the newest version, or asleep on the transaction that has updated that.
    case direct
    /// On its way, asleep on a transaction, or at some place in the queue of the newest version.
    case unknown
    /// The same, or still in the queue of the version before, behind a locking SELECT.
    case adrift
    /// In no queue, as it holds a weaker lock on the row.
    case upgrading
  }

  /// How it is decided who of several that are woken goes on first.
  package enum Resumption: UInt8, Sendable {
    /// Any of them may.
    case open
    /// In order of arrival, all that can before anything else happens: a server that is left alone until nobody
    /// moves (isolationtester).
    case inOrder
    /// The same, in a model of such a server in which a row has one queue, whatever becomes of the row. Those
    /// who wait when it is updated stay before those who come later, and no longer wait for each other.
    case oneQueue
  }

  /// Puts the session in the queue for a row.
  ///
  /// `isLockingSelect` says whether it is one, which keeps its place if it finds the row updated;
  /// `isStale` whether the session comes from a version that has been superseded, so that it sleeps on
  /// whoever is updating the newest one without lining up; `foundAt` is as for
  /// ``lock(table:row:mode:session:isWrittenAtOnce:foundAt:)``.
  package mutating func waitForRow(
    session: Int, table: UInt16, row: Int32, mode: RowLockMode, isLockingSelect: Bool = false,
    isStale: Bool = false, foundAt: Int32? = nil
  ) {
    sessions[session].wait = .row
    sessions[session].waitTable = table
    sessions[session].waitRow = row
    sessions[session].waitMode = mode
    sessions[session].isLockingSelect = isLockingSelect
    sessions[session].waitRank = nextWaitRank()
    sessions[session].waitsSince = resumption == .inOrder ? foundAt ?? commits : 0
    let isHolder = locks.contains {
      $0.row == row && $0.table == table && Int($0.session) == session && !$0.isGone
    }
    let isDirect =
      resumption != .oneQueue
      && (isStale && uncommittedWriter(table, row, besides: session) != nil
        || sessions[session].isolation == .readCommitted
          && isChainInTheWay(table, row, mode, session: session))
    sessions[session].place = isHolder ? .upgrading : isDirect ? .direct : .queued
    noteFound(session)
  }

  /// Notes whether a session in the queue of a version finds that updated.
  ///
  /// Of two sessions in all one waits for the other wherever it stands.
  private mutating func noteFound(_ session: Int) {
    let it = sessions[session]
    sessions[session].looksAgain = false
    sessions[session].staysOnVersion =
      it.isLockingSelect && it.place == .queued && resumption != .oneQueue && sessions.count > 2
      && uncommittedWrite(it.waitTable, it.waitRow, besides: session) != nil
  }

  /// Writes and locks have gone without a commit of theirs: who was to stay on a version because of such a write will
  /// find it no more.
  mutating func noteUndone() {
    for session in sessions.indices
    where sessions[session].isLockingSelect && sessions[session].place == .queued {
      let it = sessions[session]
      if it.staysOnVersion, uncommittedWrite(it.waitTable, it.waitRow, besides: session) == nil {
        sessions[session].staysOnVersion = false
      }
      if resumption == .inOrder, !locks.contains(where: { isAgainst($0, session) }) {
        sessions[session].looksAgain = true
      }
    }
  }

  /// Has the first in a queue look again what it finds, where one server's course is followed.
  mutating func lookAgain(_ session: Int) {
    guard sessions[session].looksAgain, sessions[session].place == .queued else { return }
    noteFound(session)
  }

  /// Whether the version that is to be locked could be locked, and only later ones of the same transaction are held
  /// against the mode: these are waited for without a place in the queue, whatever NOWAIT and SKIP LOCKED say
  /// (`heap_lock_updated_tuple`).
  package func isChainInTheWay(
    _ table: UInt16, _ row: Int32, _ mode: RowLockMode, session: Int
  ) -> Bool {
    guard mode == .keyShare, let position = uncommittedWrite(table, row, besides: session) else {
      return false
    }
    return writes[position].kind == .update && !writes[position].endsKey
  }

  func isWaiting(_ session: Int, _ table: UInt16, _ row: Int32) -> Bool {
    sessions[session].wait == .row && sessions[session].waitRow == row
      && sessions[session].waitTable == table
  }

  private func isSameRow(_ first: Int, _ second: Int) -> Bool {
    sessions[first].wait == .row
      && isWaiting(second, sessions[first].waitTable, sessions[first].waitRow)
  }

  /// Whether `first` stands before `second` in the queue of a version, in a mode that keeps that one waiting.
  func isAhead(_ first: Int, of second: Int) -> Bool {
    guard first != second, isSameRow(first, second) else { return false }
    let a = sessions[first]
    let b = sessions[second]
    guard a.waitMode.conflicts(with: b.waitMode) else { return false }
    if resumption == .oneQueue {
      return b.place == .queued && (a.place == .direct || a.waitRank < b.waitRank)
    }
    guard a.place == b.place, a.place == .queued || a.place == .previous else { return false }
    return a.waitRank < b.waitRank
  }

  /// Whether the session waits for a row and nobody stands behind it in the queue of the newest version.
  package func isLastInQueue(_ session: Int) -> Bool {
    let it = sessions[session]
    guard it.wait == .row, it.place == .queued else { return false }
    return !sessions.indices.contains {
      isSameRow(session, $0) && sessions[$0].place == .queued
        && sessions[$0].waitRank > it.waitRank
    }
  }

  /// Whether `first` may stand before `second` in the queue of a version, or after it: nobody knows.
  func mayBeAhead(_ first: Int, of second: Int) -> Bool {
    guard first != second, isSameRow(first, second) else { return false }
    let a = sessions[first]
    let b = sessions[second]
    guard a.waitMode.conflicts(with: b.waitMode) else { return false }
    switch (a.place, b.place) {
    case (.unknown, .queued), (.adrift, .queued): return true
    case (.queued, .unknown), (.unknown, .unknown), (.adrift, .unknown): return true
    case (.queued, .adrift), (.unknown, .adrift), (.adrift, .adrift): return true
    case (.previous, .adrift): return true
    case (.adrift, .previous): return a.isLockingSelect
    case (.queued, _), (.previous, _), (.direct, _), (.unknown, _), (.adrift, _), (.upgrading, _):
      return false
    }
  }

  /// Whether the session will fail as soon as it looks at the row: REPEATABLE READ refuses a row that has been
  /// changed, without waiting for those who hold its newest version.
  ///
  /// FOR KEY SHARE passes over changes that keep the keys.
  func isRefusedAtOnce(_ session: Int) -> Bool {
    let it = sessions[session]
    return it.place == .direct && it.isolation != .readCommitted
      && resumption != .oneQueue && !isVersionHeld(session)
      && (it.waitMode != .keyShare || endsKey(it.waitTable, it.waitRow, after: it.snapshot))
  }

  /// Whether the version that the session waits for is held by others, though it has been superseded.
  private func isVersionHeld(_ session: Int) -> Bool {
    let it = sessions[session]
    guard resumption == .inOrder else { return it.isVersionHeld }
    return isHeldBelow(it.waitTable, it.waitRow, it.waitMode, session: session)
  }

  /// REPEATABLE READ and above, where one server's course is followed: whether others hold the version that the
  /// session sees against it, from before that was superseded.
  ///
  /// Such a version is not looked at before the last of them has ended (`HeapTupleSatisfiesUpdate`).
  package func isHeldBelow(
    _ table: UInt16, _ row: Int32, _ mode: RowLockMode, session: Int
  ) -> Bool {
    let snapshot = sessions[session].snapshot
    guard resumption == .inOrder, sessions[session].isolation != .readCommitted,
      let seen = versions[versionRange(of: table, row)].first(where: {
        $0.begin <= snapshot && $0.end > snapshot
      })
    else { return false }
    return locks.contains {
      $0.row == row && $0.table == table && Int($0.session) != session && !$0.isGone
        && $0.mode.conflicts(with: mode) && $0.takenAt < seen.end
    }
  }

  /// Whether a version of the row, one that stood after so many commits or a later one, was superseded with its keys
  /// held against FOR KEY SHARE: by a change of a key, under FOR UPDATE, or by DELETE.
  package func endsKey(_ table: UInt16, _ row: Int32, after commit: Int32) -> Bool {
    guard commit >= 0 else { return false }
    return versions[versionRange(of: table, row)].contains {
      $0.endsKey && $0.end > commit && $0.end != Version.forever
    }
  }

  /// Whether a session that waits for a row may go on: nobody holds it against the session, and nobody stands
  /// before it.
  ///
  /// A newcomer may be served before those who have not been woken, and those in no queue, or in that of
  /// another version, before those in it.
  func isRowWaitOver(_ session: Int) -> Bool {
    let waiter = sessions[session]
    if isRefusedAtOnce(session) { return true }
    if isConflicting(
      table: waiter.waitTable, row: waiter.waitRow, mode: waiter.waitMode, session: session)
    {
      return false
    }
    for index in sessions.indices where isAhead(index, of: session) { return false }
    return true
  }

  /// Appends those whom a session waits for that waits for a row: those before it in the queue, which keep the
  /// tuple lock from it, or at its head those who hold the row.
  func appendRowBlockers(of session: Int, to blockers: inout ContiguousArray<Int>) {
    let count = blockers.count
    for index in sessions.indices where isAhead(index, of: session) { blockers.append(index) }
    if blockers.count > count || isRefusedAtOnce(session) { return }
    appendRowHolders(of: session, to: &blockers)
  }

  private func appendRowHolders(of session: Int, to holders: inout ContiguousArray<Int>) {
    if let holder = sessions[session].sleepsOn {
      holders.append(Int(holder))
      return
    }
    let count = holders.count
    for lock in locks
    where isAgainst(lock, session) && !holders[count...].contains(Int(lock.session)) {
      holders.append(Int(lock.session))
    }
  }

  /// Whether a lock stands against what the session waits for.
  func isAgainst(_ lock: RowLock, _ session: Int) -> Bool {
    lock.row == sessions[session].waitRow && lock.table == sessions[session].waitTable
      && Int(lock.session) != session && lock.mode.conflicts(with: sessions[session].waitMode)
      && !lock.isGone
  }

  /// Of several who hold a row, a session sleeps on one after the other, in the order of their transactions' numbers
  /// (`MultiXactIdWait`); the deadlock check sees only that one.
  ///
  /// - Returns: Whether it sleeps on another than before.
  mutating func chooseHolder(for session: Int) -> Bool {
    guard resumption == .inOrder, sessions[session].wait == .row,
      !sessions.indices.contains(where: { isAhead($0, of: session) })
    else {
      sessions[session].sleepsOn = nil
      return false
    }
    let old = sessions[session].sleepsOn
    if let old, locks.contains(where: { $0.session == old && isAgainst($0, session) }) {
      return false
    }
    sessions[session].sleepsOn =
      locks.filter { isAgainst($0, session) }.map(\.session)
      .min { sessions[Int($0)].number < sessions[Int($1)].number }
    return old != nil && old != sessions[session].sleepsOn
  }

  // MARK: Changes

  /// The row has a new committed version, or is gone, by the commit of a session that still holds it: its waiters
  /// take their places anew.
  ///
  /// With `isRewritten` the session has updated it more than once, so that nobody stays on the version before.
  ///
  /// - Note: FOR KEY SHARE stays if the later updates keep the keys. That is not told apart from others.
  mutating func startRace(table: UInt16, row: Int32, committing: Int, isRewritten: Bool) {
    guard sessions.contains(where: { $0.wait == .row }) else { return }
    for index in sessions.indices where isWaiting(index, table, row) {
      noteHolders(of: index, besides: committing)
    }
    let isLeft = isRewritten || newestCommitted(table, row) == nil
    if isLeft {
      for index in sessions.indices where isWaiting(index, table, row) {
        sessions[index].staysOnVersion = false
      }
    }
    var stayers = 0
    for index in sessions.indices where isWaiting(index, table, row) && mayStay(index) {
      stayers += 1
    }
    let isGone = newestCommitted(table, row) == nil
    for index in sessions.indices where isWaiting(index, table, row) {
      let others = mayStay(index) ? stayers - 1 : stayers
      switch sessions[index].place {
      case .upgrading: if isGone { sessions[index].place = .direct }
      case .previous, .direct: sessions[index].place = .direct
      case .queued:
        sessions[index].place = isGone || resumption == .oneQueue ? .direct : .previous
      case .unknown, .adrift:
        sessions[index].place = isLeft || others == 0 ? .direct : .adrift
      }
      if sessions[index].place != .previous { sessions[index].staysOnVersion = false }
      sessions[index].looksAgain = false
    }
    leavePrevious(table: table, row: row)
  }

  /// Whether a session that waits for a row may be one that stays in the queue of its version when it is superseded.
  private func mayStay(_ session: Int) -> Bool {
    switch sessions[session].place {
    case .queued: sessions[session].staysOnVersion
    case .unknown, .adrift: sessions[session].isLockingSelect
    case .previous, .direct, .upgrading: false
    }
  }

  /// Notes whether others still hold the version that the session waits for, which has been superseded.
  ///
  /// Such a version is not looked at before the last of them has ended (`HeapTupleSatisfiesUpdate`: one that has
  /// several holders is being modified as long as any of them runs).
  private mutating func noteHolders(of session: Int, besides committing: Int) {
    let isFirst = sessions[session].place != .direct
    guard isFirst || sessions[session].isVersionHeld else { return }
    sessions[session].isVersionHeld =
      sessions[session].isolation != .readCommitted
      && locks.contains { Int($0.session) != committing && isAgainst($0, session) }
  }

  private func leavesPrevious(_ session: Int) -> Bool {
    sessions[session].place == .previous && !sessions[session].staysOnVersion
      && !sessions.indices.contains { isAhead($0, of: session) }
  }

  /// Lets those go to the newest version who are at the head of the queue of the version before, up to the first
  /// that stays there.
  mutating func leavePrevious(table: UInt16, row: Int32) {
    while let next = sessions.indices.first(where: {
      isWaiting($0, table, row) && leavesPrevious($0)
    }) {
      sessions[next].place = .direct
    }
  }

  /// Somebody has locked the row, or undone changes to it: those on their way to it may find it locked and not
  /// updated, and line up.
  mutating func noteArrivals() {
    guard resumption == .open else { return }
    for index in sessions.indices where isArriving(index) { sessions[index].place = .unknown }
  }

  /// The same where all who have been woken go on at once, in order of arrival.
  mutating func lineUpArrivals() {
    guard resumption == .inOrder else { return }
    while let next = sessions.indices.filter({ isArriving($0) }).min(by: {
      sessions[$0].waitRank < sessions[$1].waitRank
    }) {
      sessions[next].place = .queued
      sessions[next].waitRank = nextWaitRank()
      noteFound(next)
    }
  }

  /// Whether the session finds the row locked against it by those who have not updated it.
  private func isArriving(_ session: Int) -> Bool {
    let waiter = sessions[session]
    guard waiter.wait == .row, waiter.place == .direct, !isRefusedAtOnce(session) else {
      return false
    }
    return uncommittedWriter(waiter.waitTable, waiter.waitRow, besides: session) == nil
      && isConflicting(
        table: waiter.waitTable, row: waiter.waitRow, mode: waiter.waitMode, session: session)
  }
}
