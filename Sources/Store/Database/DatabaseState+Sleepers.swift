/// Sleeping on subtransactions.
///
/// A session that waits for a row or a key sleeps on the transaction number that it finds there, that of a
/// subtransaction where one has written it. When that one ends without an error, it sleeps on the whole transaction
/// instead (`XactLockTableWait` in lmgr.c):
///
///     holder   SAVEPOINT p    SAVEPOINT q    UPDATE …    RELEASE q        ROLLBACK TO p      COMMIT
///     waiter                                 sleeps ─────▶ sleeps anew ────▶ (row is free) ───▶ goes on
///
/// So its `deadlock_timeout` begins anew, and it goes on sleeping where an outer savepoint undoes what it waits for.
extension DatabaseState {
  /// Those who sleep on what subtransactions of the session have done, from a level on: on ones that have ended, or
  /// on open ones.
  ///
  /// Of several holders of a row a session sleeps on the first.
  func sleepers(on session: Int, level: UInt16, haveEnded: Bool, schema: Schema) -> [Int] {
    sessions.indices.filter { sleeper in
      guard sleeper != session, !sessions[sleeper].isStuck else { return false }
      switch sessions[sleeper].wait {
      case .row:
        return sleepsOnRow(sleeper, session, level, haveEnded)
      case .key:
        guard let position = keyBlockingWrite(of: sleeper, schema: schema) else { return false }
        let write = writes[position]
        return Int(write.session) == session && write.level >= level && write.isEnded == haveEnded
      case .none, .clock, .safeSnapshot, .object: return false
      }
    }
  }

  private func sleepsOnRow(
    _ sleeper: Int, _ session: Int, _ level: UInt16, _ haveEnded: Bool
  ) -> Bool {
    let waiter = sessions[sleeper]
    guard !isRefusedAtOnce(sleeper), !sessions.indices.contains(where: { isAhead($0, of: sleeper) })
    else { return false }
    let held = locks.first {
      isAgainst($0, sleeper) && (waiter.sleepsOn == nil || waiter.sleepsOn == $0.session)
    }
    guard let held, Int(held.session) == session else { return false }
    return held.level >= level && held.isEnded == haveEnded
  }

  /// What a level and those above it have done is about to be undone: who sleeps on the whole transaction is not
  /// woken.
  mutating func keepSleepers(on session: Int, level: UInt16, schema: Schema) {
    for sleeper in sleepers(on: session, level: level, haveEnded: true, schema: schema) {
      sessions[sleeper].isStuck = true
      let waiter = sessions[sleeper]
      var kept = RowLock(
        session: UInt16(session), table: waiter.waitTable, row: waiter.waitRow,
        mode: waiter.waitMode, level: 0)
      kept.isGone = true
      if !locks.contains(where: { isKept($0, for: sleeper) && Int($0.session) == session }) {
        locks.append(kept)
      }
    }
  }

  /// Whether a lock that was undone still stands against the session.
  func isKept(_ lock: RowLock, for session: Int) -> Bool {
    lock.isGone && lock.row == sessions[session].waitRow
      && lock.table == sessions[session].waitTable
      && Int(lock.session) != session
  }

  /// A transaction has ended: those who slept on it look again.
  mutating func freeSleepers() {
    for sleeper in sessions.indices where sessions[sleeper].isStuck {
      sessions[sleeper].isStuck = locks.contains { isKept($0, for: sleeper) }
    }
  }
}
