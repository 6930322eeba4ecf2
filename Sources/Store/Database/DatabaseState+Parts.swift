extension DatabaseState {
  /// Whether nobody else can notice the session: it has written nothing, holds no lock, waits for nobody and
  /// keeps no version alive.
  ///
  /// - Parameters:
  ///   - session: Which.
  ///   - hiddenInserts: For each table whether rows that are added are no matter; empty for none.
  ///   - hiddenLocks: For each table the modes of locks that are no matter, a bit for each; empty for none.
  /// - Returns: Whether that is so.
  package func isUnnoticed(
    _ session: Int, hiddenInserts: [Bool] = [], hiddenLocks: [UInt8] = []
  ) -> Bool {
    let it = sessions[session]
    return it.wait == .none && it.snapshot < 0
      && !holdsSomething(session, hiddenInserts: hiddenInserts, hiddenLocks: hiddenLocks)
  }

  /// Whether the session has written something or holds a lock, besides what is no matter.
  package func holdsSomething(
    _ session: Int, hiddenInserts: [Bool], hiddenLocks: [UInt8]
  ) -> Bool {
    writes.contains {
      Int($0.session) == session
        && !($0.kind == .insert && !hiddenInserts.isEmpty && hiddenInserts[Int($0.table)])
    }
      || locks.contains {
        Int($0.session) == session
          && !(!hiddenLocks.isEmpty && hiddenLocks[Int($0.table)] >> $0.mode.rawValue & 1 == 1)
      }
      || objectLocks.contains { Int($0.session) == session }
      || deferred.contains { Int($0.session) == session }
  }
}
