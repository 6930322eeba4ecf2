extension DatabaseState {
  /// Opens a transaction; its snapshot comes with its first statement.
  package mutating func begin(
    session: Int, isolation: IsolationLevel, isReadOnly: Bool, isDeferrable: Bool, isImplicit: Bool,
    clock: Int32
  ) {
    precondition(sessions[session].phase == .idle, "session \(session) is in a transaction already")
    var opened = Session()
    opened.phase = .active
    opened.isolation = isolation
    opened.isReadOnly = isReadOnly
    opened.isDeferrable = isDeferrable
    opened.isImplicit = isImplicit
    opened.command = Self.firstCommand
    opened.transactionStart = clock
    opened.statementStart = clock
    sessions[session] = opened
  }

  /// The snapshot of a statement that begins now: a new one under READ COMMITTED, the transaction's
  /// from its first statement on otherwise.
  package mutating func statementSnapshot(session: Int) -> Int32 {
    guard sessions[session].isolation != .readCommitted else { return commits }
    if sessions[session].snapshot < 0 {
      sessions[session].snapshot = commits
      sessions[session].snapshotClock = factClock
      if sessions[session].isolation == .serializable, serializable.tracking != .off {
        watch(session: session)
      }
    }
    return sessions[session].snapshot
  }

  /// Whether the open transaction has done anything that another session could ever notice.
  package func isNoticeable(session: Int) -> Bool {
    writes.contains { Int($0.session) == session } || locks.contains { Int($0.session) == session }
      || isWatched(session: session)
      || objectLocks.contains { Int($0.session) == session && $0.count == 0 }
  }

  /// Makes the session's writes the newest committed versions, and lets go of its locks.
  ///
  /// - Returns: Whether a row was written.
  @discardableResult
  package mutating func commit(session: Int) -> Bool {
    precondition(sessions[session].phase == .active, "session \(session) has nothing to commit")
    var didWrite = false
    let isLast = lastWrites(session: session)
    for position in writes.indices where Int(writes[position].session) == session {
      let write = writes[position]
      // Only the last write to a row counts.
      if let isLast {
        guard isLast[position] else { continue }
      } else {
        let last = ownWrite(write.table, write.row, session: session, command: .max)
        guard last == position else { continue }
      }
      if !didWrite { commits += 1 }
      didWrite = true
      if write.isTruncation {
        eraseVersions(table: write.table, row: write.row)
        continue
      }
      let wasCommitted = newestCommitted(write.table, write.row) != nil
      if wasCommitted {
        endVersion(
          table: write.table, row: write.row, endsKey: write.endsKey, isUpdated: write.isUpdated,
          isMoved: write.isMoved)
      }
      if write.kind != .delete {
        addVersion(
          Version(
            table: write.table, row: write.row, begin: commits, end: Version.forever,
            cells: write.cells, root: write.root, isRewritten: write.isRewritten))
      }
      if wasCommitted {
        startRace(
          table: write.table, row: write.row, committing: session, isRewritten: write.isRewritten)
      }
    }
    keepCommitted(session: session, commit: didWrite ? commits : -1)
    commitSettings(session: session)
    commitSwitches(session: session)
    commitRoles(session: session)
    commitNotifications(session: session)
    commitCursors(session: session)
    close(session: session)
    return didWrite
  }

  /// For each position whether it is the session's last write to a row, where there are too many for a search
  /// for each.
  private func lastWrites(session: Int) -> [Bool]? {
    guard writes.count > OwnWrites.least else { return nil }
    var isLast = Array(repeating: false, count: writes.count)
    var seen: Set<Int64> = []
    for position in writes.indices.reversed() where Int(writes[position].session) == session {
      let row = Int64(writes[position].table) << 32 | Int64(writes[position].row)
      isLast[position] = seen.insert(row).inserted
    }
    return isLast
  }

  /// Forgets all that the transaction did and lets go of its locks; sequences stay.
  package mutating func rollback(session: Int) {
    close(session: session)
    if !awaited.isEmpty || !objectLocks.isEmpty { rollbackAwaited(session: session) }
  }

  /// An error in a transaction block: the innermost subtransaction is undone and its locks go at once
  /// (all of them where there is none), and every statement fails until the client says ROLLBACK.
  package mutating func fail(session: Int, schema: Schema) {
    let failed = sessions[session]
    if failed.level > 0 {
      keepSleepers(on: session, level: failed.level, schema: schema)
      writes.removeAll { Int($0.session) == session && $0.level >= failed.level }
      locks.removeAll { Int($0.session) == session && $0.level >= failed.level }
      rollbackDeferred(session: session, from: failed.level)
      endWait(session: session)
      releaseObjects(session: session, from: failed.level)
      rollbackSettings(session: session, from: failed.level)
      rollbackSwitches(session: session, from: failed.level)
      rollbackRoles(session: session, from: failed.level)
      rollbackNotifications(session: session, from: failed.level)
      rollbackCursors(session: session, from: failed.level)
      noteUndone()
      noteArrivals()
    } else {
      close(session: session)
      sessions[session].isolation = failed.isolation
      sessions[session].transactionStart = failed.transactionStart
      sessions[session].statementStart = failed.statementStart
    }
    sessions[session].phase = .failed
  }

  private mutating func close(session: Int) {
    writes.removeAll { Int($0.session) == session }
    locks.removeAll { Int($0.session) == session }
    savepoints.removeAll { Int($0.session) == session }
    forgetTransaction(session: session)
    endWait(session: session)
    // What a commit has not kept is rolled back.
    rollbackSettings(session: session, from: 0)
    rollbackSwitches(session: session, from: 0)
    rollbackRoles(session: session, from: 0)
    rollbackNotifications(session: session, from: 0)
    rollbackCursors(session: session, from: 0)
    deferred.removeAll { Int($0.session) == session }
    sessions[session] = Session()
    deliverNotifications()
    releaseObjects(session: session, from: 0)
    freeSleepers()
    noteUndone()
  }

  /// Called where no statement of the session is in progress: its writes need no longer be told apart
  /// by command, and of several to one row at one level the last stands for all.
  ///
  /// An earlier one stays if it has left a key behind: PostgreSQL's index still leads to it, and whoever wants
  /// the key waits for the transaction.
  package mutating func settleWrites(session: Int, schema: Schema) {
    sessions[session].command = Self.settledCommand
    var index = writes.count - 1
    while index >= 0 {
      // Those settled before have been merged; only what is new can stand for others.
      if Int(writes[index].session) == session, writes[index].command > 0 {
        writes[index].command = 0
        mergeEarlierWrites(into: index, schema.tables[Int(writes[index].table)])
      }
      index -= 1
    }
    writes.removeAll { $0.level == Self.merged }
  }

  private static var merged: UInt16 { .max }

  /// The number of a transaction's first command, and of the next one where all before are settled.
  package static var firstCommand: Int32 { 1 }
  package static var settledCommand: Int32 { 2 }

  private mutating func mergeEarlierWrites(into last: Int, _ table: Table) {
    let write = writes[last]
    // Nothing comes before an insert.
    guard write.level != Self.merged, write.kind != .insert else { return }
    var leavesKey = false
    for index in writes.indices.prefix(last).reversed()
    where writes[index].session == write.session && writes[index].table == write.table
      && writes[index].row == write.row && writes[index].level == write.level
    {
      if writes[index].endsKey { writes[last].endsKey = true }
      if hasKeyOfItsOwn(writes[index], besides: writes[last], table) {
        leavesKey = true
        continue
      }
      // Behind a version that stays, an insert remains one, so that the row is still a new one.
      if writes[index].kind == .insert {
        if leavesKey { continue }
        if write.kind == .delete { writes[last].level = Self.merged }
        writes[last].kind = write.kind == .delete ? .delete : .insert
      }
      // Who wants the key sleeps on the first of them.
      writes[last].isEnded = writes[index].isEnded
      writes[index].level = Self.merged
    }
  }

  /// Whether a write is in a unique index under a key that the later one does not have.
  private func hasKeyOfItsOwn(_ write: Write, besides later: Write, _ table: Table) -> Bool {
    guard write.kind != .delete else { return false }
    for (position, index) in table.uniqueIndexes.enumerated() where position < Int(write.indexed) {
      guard isEntered(write.cells, in: index) else { continue }
      if later.kind == .delete || !isSameKey(index, later.cells, write.cells) { return true }
    }
    return false
  }

  // MARK: Subtransactions

  /// Opens a subtransaction; `name` is NULL for a block with handlers.
  package mutating func defineSavepoint(session: Int, name: Value) {
    sessions[session].level += 1
    savepoints.append(
      Savepoint(
        session: UInt16(session), name: name, constraintFlips: sessions[session].constraintFlips))
  }

  /// The level of the session's newest savepoint of that name.
  package func savepointLevel(session: Int, named name: Value) -> UInt16? {
    var level: UInt16 = 0
    var found: UInt16?
    for savepoint in savepoints where Int(savepoint.session) == session {
      level += 1
      if savepoint.name == name { found = level }
    }
    return found
  }

  /// Undoes what was done at the level and above; their locks go too.
  ///
  /// With `keepsSavepoint` the savepoint itself stays in being, as after ROLLBACK TO.
  package mutating func rollback(
    session: Int, toLevel level: UInt16, keepsSavepoint: Bool, schema: Schema
  ) {
    keepSleepers(on: session, level: level, schema: schema)
    writes.removeAll { Int($0.session) == session && $0.level >= level }
    locks.removeAll { Int($0.session) == session && $0.level >= level }
    releaseObjects(session: session, from: level)
    rollbackSettings(session: session, from: level)
    rollbackSwitches(session: session, from: level)
    rollbackRoles(session: session, from: level)
    rollbackNotifications(session: session, from: level)
    rollbackCursors(session: session, from: level)
    rollbackDeferred(session: session, from: level)
    restoreConstraints(session: session, level: level)
    dropSavepoints(session: session, from: keepsSavepoint ? level + 1 : level)
    sessions[session].phase = .active
    noteUndone()
    noteArrivals()
  }

  /// Makes the work of the level and above part of the level below.
  ///
  /// With `keepsCommands` a statement is in progress below, which must go on to tell its own writes from
  /// those of the subtransaction.
  ///
  /// Who sleeps on a subtransaction that ends goes to sleep anew, on the whole transaction
  /// (`XactLockTableWait`).
  package mutating func release(
    session: Int, level: UInt16, keepsCommands: Bool = false, schema: Schema
  ) {
    for sleeper in sleepers(
      on: session, level: level, haveEnded: false, schema: schema)
    where sessions[sleeper].sleepRank > 0 {
      sessions[sleeper].sleepRank = nextSleepRank()
    }
    for index in writes.indices
    where Int(writes[index].session) == session && writes[index].level >= level {
      writes[index].level = level - 1
      writes[index].isEnded = level > 1
      // May now stand for one before it.
      if !keepsCommands { writes[index].command = Self.firstCommand }
    }
    for index in locks.indices
    where Int(locks[index].session) == session && locks[index].level >= level {
      locks[index].level = level - 1
      locks[index].isEnded = level > 1
    }
    mergeObjects(session: session, from: level)
    mergeSettings(session: session, from: level)
    mergeSwitches(session: session, from: level)
    mergeRoles(session: session, from: level)
    mergeNotifications(session: session, from: level)
    mergeCursors(session: session, from: level)
    mergeDeferred(session: session, from: level)
    dropSavepoints(session: session, from: level)
  }

  /// SET CONSTRAINTS is undone with the subtransaction (`AfterTriggerEndSubXact`).
  private mutating func restoreConstraints(session: Int, level: UInt16) {
    var current: UInt16 = 0
    for savepoint in savepoints where Int(savepoint.session) == session {
      current += 1
      if current == level { sessions[session].constraintFlips = savepoint.constraintFlips }
    }
  }

  private mutating func dropSavepoints(session: Int, from level: UInt16) {
    var current: UInt16 = 0
    savepoints.removeAll {
      guard Int($0.session) == session else { return false }
      current += 1
      return current >= level
    }
    sessions[session].level = min(sessions[session].level, level - 1)
  }
}
