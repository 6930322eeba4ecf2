extension DatabaseState {
  /// Whether nobody else can notice the session: it has written nothing, holds no lock, waits for nobody and
  /// keeps no version alive.
  package func isUnnoticed(_ session: Int) -> Bool {
    let it = sessions[session]
    return it.wait == .none && it.snapshot < 0
      && !writes.contains { Int($0.session) == session }
      && !locks.contains { Int($0.session) == session }
      && !objectLocks.contains { Int($0.session) == session }
      && !deferred.contains { Int($0.session) == session }
  }
}
