/// Waits for the ends of other transactions, as the concurrent forms of index commands have them: of isolation specs.
///
/// Whoever waits makes the other session hold an object that stands for its transaction, and asks for it, as
/// `VirtualXactLock` does; so queues, deadlocks and timeouts are those of other locks.
///
/// - Note: Only runs of specs have such waits, which pack no states: none of this is in a state's words.
extension DatabaseState {
  /// A transaction whose end a session waits for.
  package struct Awaited: Hashable, Sendable {
    var waiter: UInt16
    var holder: UInt16
    var transaction: LockObject
  }

  /// Which transactions a session waits for.
  package enum AwaitedKind: Hashable, Sendable {
    /// Those that hold a lock on a table against the mode (`WaitForLockers`).
    case lockers(TableID, ObjectLockMode)
    /// Those that have a snapshot (`WaitForOlderSnapshots`).
    case snapshots
  }

  /// The other sessions that a wait is for, in order.
  private func holders(of kind: AwaitedKind, besides session: Int) -> [Int] {
    sessions.indices.filter { other in
      guard other != session, sessions[other].phase == .active else { return false }
      switch kind {
      case .lockers(let table, let mode):
        return heldModes(of: LockObject(table: table), session: other).conflicts(with: mode)
      case .snapshots: return hasSnapshot(other)
      }
    }
  }

  /// Whether a session has a snapshot now: that of its transaction, of a statement that waits, or of a cursor.
  private func hasSnapshot(_ session: Int) -> Bool {
    let it = sessions[session]
    return it.snapshot >= 0 || it.isInSnapshot
      || cursors.contains { Int($0.session) == session && !$0.isKept }
  }

  /// Whether a session has begun to wait for the ends of transactions.
  package func isAwaiting(_ session: Int) -> Bool {
    awaited.contains { Int($0.waiter) == session }
  }

  /// Begins to wait for the ends of the transactions that are there now.
  package mutating func awaitEnds(_ kind: AwaitedKind, session: Int) {
    for holder in holders(of: kind, besides: session) {
      awaited.append(
        Awaited(
          waiter: UInt16(session), holder: UInt16(holder), transaction: transaction(of: holder)))
    }
  }

  /// The object that stands for a session's transaction, which it holds from now on.
  private mutating func transaction(of session: Int) -> LockObject {
    let known = objectLocks.first {
      Int($0.session) == session && $0.object.space == .transaction
        && $0.modes.contains(.exclusive)
    }
    if let known { return known.object }
    transactionsAwaited += 1
    let object = LockObject(space: .transaction, key: transactionsAwaited)
    objectLocks.append(
      ObjectLock(session: UInt16(session), object: object, modes: .exclusive, level: 0))
    return object
  }

  /// The next transaction that a session still has to wait for; `nil` if all have ended.
  ///
  /// Where it is for snapshots, those that have none any more need not be waited for.
  package mutating func nextAwaited(_ kind: AwaitedKind, session: Int) -> LockObject? {
    // What it has been granted stands for transactions that are over.
    objectLocks.removeAll {
      Int($0.session) == session && $0.object.space == .transaction && $0.modes == .share
    }
    while let first = awaited.firstIndex(where: { Int($0.waiter) == session }) {
      let entry = awaited[first]
      let isOpen = objectLocks.contains {
        $0.object == entry.transaction && $0.modes.contains(.exclusive)
      }
      if isOpen, kind != .snapshots || hasSnapshot(Int(entry.holder)) { return entry.transaction }
      awaited.remove(at: first)
    }
    return nil
  }

  /// Forgets for whom a session waits, and the locks of its own on tables: its command has failed.
  mutating func rollbackAwaited(session: Int) {
    awaited.removeAll { Int($0.waiter) == session }
    releaseTables(ofSession: session)
  }
}
