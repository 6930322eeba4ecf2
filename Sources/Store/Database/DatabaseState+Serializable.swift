/// The rules of predicate.c: which dependencies fail whom.
extension DatabaseState {
  /// Whether the session's open transaction is watched for read/write dependencies.
  package func isWatched(session: Int) -> Bool {
    serializable.tracking != .off && serializable.position(ofSession: session) != nil
  }

  /// Whether the database may fail the session for a dependency that only coarser locks show.
  package func mayRefuse(session: Int) -> Bool {
    guard serializable.tracking == .precise else { return false }
    return serializable.position(ofSession: session).map { serializable.transactions[$0].mayFail }
      ?? false
  }

  // MARK: Beginning

  /// Notes a serializable transaction that has taken its snapshot (`GetSerializableTransactionSnapshotInt`).
  mutating func watch(session: Int) {
    let it = sessions[session]
    let open = serializable.transactions.filter { !$0.isCommitted }
    // Nobody is there who could make a read-only snapshot unsafe.
    if it.isReadOnly, open.allSatisfy({ $0.isDeclaredReadOnly || $0.isDoomed }) { return }
    var new = SerializableState.Transaction(id: serializable.nextID, session: UInt16(session))
    serializable.nextID += 1
    new.isDeclaredReadOnly = it.isReadOnly
    new.isReadOnly = it.isReadOnly
    new.commitsBefore = serializable.commits
    new.xmin = sessions.lazy.map(\.number).filter { $0 > 0 }.min() ?? serializable.nextNumber
    if it.isReadOnly {
      for other in open where !other.isDeclaredReadOnly && !other.isDoomed {
        serializable.conflicts.append(
          SerializableState.Conflict(reader: new.id, writer: other.id, kind: .unsafe))
      }
    }
    serializable.transactions.append(new)
  }

  /// Lets a READ ONLY DEFERRABLE transaction wait until its snapshot is known to be safe (`GetSafeSnapshot`).
  ///
  /// - Returns: False if the session must wait.
  package mutating func takeSafeSnapshot(session: Int) -> Bool {
    guard let position = serializable.position(ofSession: session) else { return true }
    if serializable.transactions[position].isUnsafe {
      forgetTransaction(session: session)
      sessions[session].snapshot = commits
      watch(session: session)
      guard isWatched(session: session) else { return true }
    }
    sessions[session].wait = .safeSnapshot
    sessions[session].waitRank = nextWaitRank()
    return false
  }

  /// Appends the sessions whose end a wait for a safe snapshot waits for.
  func appendUnsafe(of session: Int, to blockers: inout ContiguousArray<Int>) {
    guard let position = serializable.position(ofSession: session) else { return }
    let id = serializable.transactions[position].id
    for conflict in serializable.conflicts where conflict.kind == .unsafe && conflict.reader == id {
      guard let writer = transaction(conflict.writer) else { continue }
      blockers.append(Int(writer.session))
    }
  }

  /// Gives the session a transaction number, as the server does before its first write or row lock.
  mutating func numberTransaction(session: Int) {
    guard serializable.tracking == .server, sessions[session].number == 0 else { return }
    sessions[session].number = serializable.nextNumber
    serializable.nextNumber += 1
  }

  // MARK: Dependencies

  /// The session has read past a change by another transaction (`CheckForSerializableConflictOut`).
  ///
  /// - Returns: Whether the dependency is a new one.
  @discardableResult
  package mutating func dependOut(
    session: Int, on writer: Int, _ kind: SerializableState.Conflict.Kind
  ) throws(SQLError) -> Bool {
    guard let reader = serializable.position(ofSession: session), reader != writer else {
      return false
    }
    if serializable.transactions[writer].isDoomed { return false }
    return try depend(reader: reader, writer: writer, kind, session: session)
  }

  /// Whether the writer, committed, can be in no dangerous structure with a read-only reader, which then
  /// comes first.
  private func isHarmless(_ reader: SerializableState.Transaction, _ first: Int32) -> Bool {
    first == 0 || (reader.isReadOnly && reader.commitsBefore < first)
  }

  /// Notes a dependency, and fails somebody if it completes a dangerous structure (`FlagRWConflict`).
  private mutating func depend(
    reader: Int, writer: Int, _ kind: SerializableState.Conflict.Kind, session: Int
  ) throws(SQLError) -> Bool {
    let from = serializable.transactions[reader]
    let to = serializable.transactions[writer]
    if from.isReadOnly, to.isCommitted, isHarmless(from, to.firstPossibleOut) { return false }
    let known = serializable.conflict(from: from.id, to: to.id)
    // TRUNCATE by a victim asks again for what is known: `RWConflictExists` is false for those who must fail.
    if let known, serializable.conflicts[known].kind >= kind, !from.isDoomed, !to.isDoomed {
      return false
    }
    switch danger(from, to, kind) {
    case .certain:
      if Int(to.session) == session, !to.isCommitted {
        throw SQLError.readWriteDependencies(
          reason: "Canceled on identification as a pivot, during write")
      }
      if to.isPrepared {
        throw SQLError.readWriteDependencies(
          reason: "Canceled on conflict out to pivot, during read")
      }
      serializable.transactions[writer].isDoomed = true
    case .possible: serializable.transactions[to.isCommitted ? reader : writer].mayFail = true
    case .unsafe: break
    }
    if let known {
      serializable.conflicts[known].kind = max(kind, serializable.conflicts[known].kind)
    } else {
      serializable.conflicts.append(
        SerializableState.Conflict(reader: from.id, writer: to.id, kind: kind))
    }
    return true
  }

  /// How surely a new dependency completes a dangerous structure; `unsafe` stands for not at all
  /// (`OnConflict_CheckForSerializationFailure`).
  private func danger(
    _ reader: SerializableState.Transaction, _ writer: SerializableState.Transaction,
    _ kind: SerializableState.Conflict.Kind
  ) -> SerializableState.Conflict.Kind {
    var worst = SerializableState.Conflict.Kind.unsafe
    // The writer has committed and is a pivot.
    if writer.isCommitted {
      if !isHarmless(reader, writer.firstPossibleOut) { worst = .possible }
      if !isHarmless(reader, writer.firstOut) { worst = kind }
    }
    for next in serializable.conflicts where next.kind != .unsafe {
      if next.reader == writer.id, let last = transaction(next.writer), last.isPrepared,
        !reader.isCommitted || last.preparedPlace <= reader.place,
        !writer.isCommitted || last.preparedPlace <= writer.place,
        !reader.isReadOnly || last.preparedPlace <= reader.commitsBefore
      {
        // The writer has become a pivot.
        worst = max(worst, min(kind, next.kind))
      }
      if next.writer == reader.id, writer.isPrepared, !reader.isReadOnly,
        let first = transaction(next.reader), !first.isDoomed,
        !first.isCommitted || first.place >= writer.preparedPlace,
        !first.isReadOnly || first.commitsBefore >= writer.preparedPlace
      {
        // The reader has become one.
        worst = max(worst, min(kind, next.kind))
      }
    }
    return worst
  }

  private func transaction(_ id: Int32) -> SerializableState.Transaction? {
    serializable.position(of: id).map { serializable.transactions[$0] }
  }

  /// Whether the session's transaction must fail.
  package func isDoomed(session: Int) -> Bool {
    serializable.position(ofSession: session).map { serializable.transactions[$0].isDoomed }
      ?? false
  }

  /// Fails a transaction that another has chosen as the victim of a dangerous structure.
  package func refuseDoomed(session: Int, during: String) throws(SQLError) {
    guard isDoomed(session: session) else { return }
    throw SQLError.readWriteDependencies(
      reason: "Canceled on identification as a pivot, during \(during)")
  }

  /// The session is about to write (`CheckForSerializableConflictIn`): those who have read what it changes
  /// come before it.
  package mutating func dependIn(
    session: Int, from reader: Int, _ kind: SerializableState.Conflict.Kind
  ) throws(SQLError) -> Bool {
    guard let writer = serializable.position(ofSession: session), writer != reader else {
      return false
    }
    let it = serializable.transactions[reader]
    if it.isDoomed { return false }
    if it.isCommitted, !serializable.overlaps(it, serializable.transactions[writer]) {
      return false
    }
    return try depend(reader: reader, writer: writer, kind, session: session)
  }

  // MARK: Ending

  /// Looks for a dangerous structure that the commit would complete (`PreCommit_CheckForSerializationFailure`).
  ///
  /// - Throws: 40001 if the transaction has been chosen as a victim. It dooms the pivots that are still open.
  package mutating func checkCommit(session: Int) throws(SQLError) {
    guard serializable.tracking != .off,
      let position = serializable.position(ofSession: session)
    else { return }
    try refuseDoomed(session: session, during: "commit attempt")
    let id = serializable.transactions[position].id
    for near in serializable.conflicts where near.writer == id && near.kind != .unsafe {
      guard let pivot = serializable.position(of: near.reader),
        !serializable.transactions[pivot].isCommitted, !serializable.transactions[pivot].isDoomed
      else { continue }
      for far in serializable.conflicts
      where far.writer == near.reader && far.kind != .unsafe {
        guard let first = transaction(far.reader) else { continue }
        guard far.reader == id || !(first.isCommitted || first.isReadOnly || first.isDoomed) else {
          continue
        }
        if min(near.kind, far.kind) == .certain {
          // Who is prepared cannot be the victim.
          if serializable.transactions[pivot].isPrepared {
            throw SQLError.readWriteDependencies(
              reason: "Canceled on commit attempt with conflict in from prepared pivot")
          }
          serializable.transactions[pivot].isDoomed = true
        } else {
          serializable.transactions[pivot].mayFail = true
        }
      }
    }
  }

  /// Keeps of a transaction that commits what those that overlapped it may ask (`ReleasePredicateLocks`).
  ///
  /// `commit` is the number that its versions have, -1 if it has none.
  mutating func keepCommitted(session: Int, commit: Int32) {
    guard serializable.tracking != .off,
      let position = serializable.position(ofSession: session)
    else { return }
    serializable.commits += 1
    var it = serializable.transactions[position]
    it.isCommitted = true
    it.place = serializable.commits
    it.commit = commit
    it.finishedBefore = serializable.nextNumber
    it.isDoomed = false
    if !it.didWrite { it.isReadOnly = true }
    serializable.transactions[position] = it
    settleOut(position)
    settleReaders(position)
    it = serializable.transactions[position]
    if !it.isDeclaredReadOnly {
      settleSnapshots(it, makesUnsafe: it.didWrite ? it.firstOut : 0)
    }
    serializable.conflicts.removeAll { $0.kind == .unsafe && $0.reader == it.id }
    // The commit ends what it could fail for.
    serializable.transactions[position].mayFail = false
    forgetSettled()
  }

  /// Of dependencies on committed transactions, only the first place counts once the reader has committed.
  private mutating func settleOut(_ position: Int) {
    let id = serializable.transactions[position].id
    var firstOut: Int32 = 0
    var firstPossible: Int32 = 0
    serializable.conflicts.removeAll { conflict in
      guard conflict.reader == id, conflict.kind != .unsafe else { return false }
      guard let writer = serializable.transactions.first(where: { $0.id == conflict.writer }),
        writer.isCommitted
      else { return false }
      let place = writer.preparedPlace
      if firstPossible == 0 || place < firstPossible { firstPossible = place }
      if conflict.kind == .certain, firstOut == 0 || place < firstOut { firstOut = place }
      return true
    }
    guard !serializable.transactions[position].isReadOnly else { return }
    serializable.transactions[position].firstOut = firstOut
    serializable.transactions[position].firstPossibleOut = firstPossible
  }

  /// Those who read before a pivot that has committed may fail in its place.
  private mutating func settleReaders(_ position: Int) {
    let it = serializable.transactions[position]
    for conflict in serializable.conflicts
    where conflict.writer == it.id && conflict.kind != .unsafe {
      guard let reader = serializable.position(of: conflict.reader),
        !serializable.transactions[reader].isCommitted
      else { continue }
      if !isHarmless(serializable.transactions[reader], it.firstPossibleOut) {
        serializable.transactions[reader].mayFail = true
      }
    }
    serializable.conflicts.removeAll { conflict in
      guard conflict.writer == it.id, conflict.kind != .unsafe else { return false }
      let reader = serializable.transactions.first { $0.id == conflict.reader }
      return reader.map { $0.isCommitted || $0.isReadOnly } ?? true
    }
  }

  /// A writing transaction has ended: READ ONLY snapshots that waited for it turn out unsafe, or are safe
  /// when it was the last, and then nothing that they read matters.
  private mutating func settleSnapshots(
    _ ended: SerializableState.Transaction, makesUnsafe first: Int32
  ) {
    var index = 0
    while index < serializable.conflicts.count {
      let pair = serializable.conflicts[index]
      index += 1
      guard pair.kind == .unsafe, pair.writer == ended.id,
        let reader = serializable.position(of: pair.reader)
      else { continue }
      let id = pair.reader
      if first != 0, first <= serializable.transactions[reader].commitsBefore {
        serializable.transactions[reader].isUnsafe = true
        serializable.conflicts.removeAll { $0.kind == .unsafe && $0.reader == id }
      } else {
        serializable.conflicts.removeAll {
          $0.kind == .unsafe && $0.reader == id && $0.writer == ended.id
        }
        if !serializable.conflicts.contains(where: { $0.kind == .unsafe && $0.reader == id }) {
          removeTransaction(id)
        }
      }
      index = 0
    }
  }

  /// Forgets a transaction that is rolled back, or that nobody needs to watch any more.
  mutating func forgetTransaction(session: Int) {
    guard serializable.tracking != .off,
      let position = serializable.position(ofSession: session)
    else { return }
    let it = serializable.transactions[position]
    removeTransaction(it.id)
    if !it.isDeclaredReadOnly { settleSnapshots(it, makesUnsafe: 0) }
    serializable.conflicts.removeAll { $0.reader == it.id || $0.writer == it.id }
    forgetSettled()
  }

  private mutating func removeTransaction(_ id: Int32) {
    serializable.transactions.removeAll { $0.id == id }
    serializable.locks.removeAll { $0.owner == id }
    serializable.conflicts.removeAll {
      ($0.reader == id || $0.writer == id) && ($0.kind != .unsafe || $0.reader == id)
    }
  }

  /// Forgets committed transactions that no open one overlapped, and of the others what no open writer can
  /// run into (`ClearOldPredicateLocks`).
  private mutating func forgetSettled() {
    var index = 0
    while index < serializable.transactions.count {
      let it = serializable.transactions[index]
      index += 1
      guard it.isCommitted else { continue }
      let isNeeded = serializable.transactions.contains {
        !$0.isCommitted && serializable.overlaps(it, $0)
      }
      let mayBeWritten = serializable.transactions.contains {
        !$0.isCommitted && !$0.isDeclaredReadOnly && serializable.overlaps(it, $0)
      }
      if !isNeeded || (it.isReadOnly && !mayBeWritten) {
        removeTransaction(it.id)
        index = 0
      } else if !mayBeWritten {
        serializable.locks.removeAll { $0.owner == it.id }
        serializable.transactions[index - 1].tablesRead = 0
      }
    }
  }
}

extension DatabaseState {
  /// The sessions of those whom the session's open transaction must come after, and of those whom it must come
  /// before: for telling a run.
  package func neighbours(ofSession session: Int) -> (before: [Int], after: [Int]) {
    guard let position = serializable.position(ofSession: session) else { return ([], []) }
    let id = serializable.transactions[position].id
    var before: [Int] = []
    var after: [Int] = []
    for conflict in serializable.conflicts where conflict.kind != .unsafe {
      if conflict.writer == id, let other = transaction(conflict.reader) {
        before.append(Int(other.session))
      }
      if conflict.reader == id, let other = transaction(conflict.writer) {
        after.append(Int(other.session))
      }
    }
    return (before, after)
  }
}
