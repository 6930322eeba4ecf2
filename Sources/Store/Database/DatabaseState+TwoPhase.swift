/// Two-phase commit, in runs of isolation specs: PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED.
///
/// A prepared transaction belongs to no client. Here it is an open transaction of a session without one, to which
/// `PREPARE TRANSACTION` hands over all that the preparing session holds (`PrepareTransaction` in xact.c,
/// `PostPrepare_Locks`, `PostPrepare_PredicateLocks`).
///
/// - Note: Only runs of specs prepare transactions, which pack no states: ``SerializableState/Transaction/prepared``
///   is not in a state's words.
extension DatabaseState {
  /// Hands a session's open transaction over to one that has no client, and leaves the session without one.
  ///
  /// - Throws: What the server says where it cannot prepare the transaction; it is still open then.
  package mutating func prepareTransaction(
    of session: Int, as other: Int, named name: String
  ) throws(SQLError) {
    try refuseUnprepared(session)
    guard sessions[other].phase == .idle else {
      throw SQLError(.duplicateObject, "transaction identifier \"\(name)\" is already in use")
    }
    let from = UInt16(session)
    let to = UInt16(other)
    for index in writes.indices where writes[index].session == from { writes[index].session = to }
    for index in locks.indices where locks[index].session == from { locks[index].session = to }
    for index in objectLocks.indices
    where objectLocks[index].session == from && objectLocks[index].count == 0 {
      objectLocks[index].session = to
    }
    for index in switches.indices where switches[index].session == from {
      switches[index].session = to
    }
    for index in roleFacts.indices where roleFacts[index].session == from {
      roleFacts[index].session = to
    }
    for index in sessions.indices where sessions[index].sleepsOn == from {
      sessions[index].sleepsOn = to
    }
    if let position = serializable.position(ofSession: session) {
      serializable.commits += 1
      serializable.transactions[position].prepared = serializable.commits
      serializable.transactions[position].session = to
    }
    sessions[other] = sessions[session]
    sessions[session] = Session()
    commitSettings(session: session)
    rollbackSettings(session: session, from: 0)
    rollbackCursors(session: session, from: 0)
    deliverNotifications()
  }

  /// Whether a transaction is prepared whose session that is.
  package func isPrepared(_ session: Int) -> Bool { sessions[session].phase == .active }

  private func refuseUnprepared(_ session: Int) throws(SQLError) {
    let isNotifying =
      notifications.pending.contains { Int($0.session) == session }
      || notifications.actions.contains { Int($0.session) == session }
    if isNotifying {
      throw SQLError.preparedNotification
    }
    if cursors.contains(where: { Int($0.session) == session && $0.isHeld && !$0.isKept }) {
      throw SQLError.preparedCursor
    }
    for lock in objectLocks where Int(lock.session) == session && lock.count == 0 {
      let isShared = objectLocks.contains {
        Int($0.session) == session && $0.object == lock.object && $0.count > 0
      }
      if isShared { throw SQLError.preparedSessionLock }
    }
  }
}

extension SQLError {
  package static let preparedNotification = SQLError(
    .featureNotSupported,
    "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY")
  package static let preparedCursor = SQLError(
    .featureNotSupported, "cannot PREPARE a transaction that has created a cursor WITH HOLD")
  package static let preparedSessionLock = SQLError(
    .featureNotSupported,
    "cannot PREPARE while holding both session-level and transaction-level locks "
      + "on the same object")
}
