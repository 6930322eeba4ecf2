import Store

/// Locks on tables: those that LOCK TABLE and TRUNCATE name, and those that every statement takes before it
/// looks at its tables.
extension Executor {
  /// Takes the locks that the statement needs before its start, one after the other.
  ///
  /// Under READ COMMITTED the snapshot comes after them (`exec_simple_query`).
  mutating func lockTables(_ statement: Statement) throws(SQLError) -> Progression {
    var isFirst = true
    while progress.found < statement.tableLocks.count {
      let lock = statement.tableLocks[progress.found]
      if lock.parent != nil { seePartitions() }
      if isForeign(lock.table) || lock.parent != nil && !isAttached(lock.table, isNow: false) {
        progress.found += 1
        continue
      }
      let object = LockObject(table: lock.table)
      let isHeld = database.heldModes(of: object, session: session).contains(lock.mode.bit)
      if statement.isLockTable && !isHeld && !isFirst && !options.runsWholeStatements {
        return .boundary
      }
      if !isHeld { isFirst = false }
      if let permission = lock.permission { try check(permission, lock.table) }
      if lock.permission == .silentOwner, program.hasRoles, !owns(lock.table) { break }
      if lock.permission == .maintenance, program.hasRoles, !owns(lock.table) {
        // It is looked at before the work, under the weakest lock (`expand_vacuum_rel`).
        let look = TableLock(
          table: lock.table, mode: .accessShare, waits: lock.skip == nil, skip: lock.skip)
        guard try lockTable(look) else { return .waiting }
        if passesOver(lock.table, statement) { break }
      }
      guard try lockTable(lock) else { return .waiting }
      if lock.skip != nil,
        !database.heldModes(of: object, session: session).contains(lock.mode.bit)
      {
        // The rest is what its table would be analysed with.
        break
      }
      if statement.utility == .vacuum || statement.utility == .analyze,
        progress.found == 0, passesOver(lock.table, statement)
      {
        break
      }
      if case .truncate(let truncate) = statement.parts[statement.resultPart].body {
        if truncate.tables[..<truncate.namedCount].contains(lock.table) {
          try refusePending(lock.table)
        }
        try noteCascade(truncate, lock.table)
      }
      progress.found += 1
    }
    try refuseWrites(statement)
    try checkPermissions(statement)
    progress.found = 0
    progress.phase = .start
    if !statement.isLockTable { progress.snapshot = database.statementSnapshot(session: session) }
    return .done
  }

  /// - Returns: False if the session must wait.
  mutating func lockTable(_ lock: TableLock) throws(SQLError) -> Bool {
    let object = LockObject(table: lock.table)
    let held = database.heldModes(of: object, session: session)
    // It has been granted in the queue.
    if lock.isForSession, held.contains(lock.mode.bit) { return true }
    switch database.lock(
      object, lock.mode, session: session, isForSession: lock.isForSession, waits: lock.waits)
    {
    case .granted:
      if !held.contains(lock.mode.bit) {
        recorder.record(.lockedObject(object, mode: lock.mode))
      }
      return true
    case .unavailable where lock.skip != nil:
      guard lock.skip == .warning else { return true }
      let isVacuum = program.statements[progress.statement].utility == .vacuum
      recorder.record(
        .notice(
          level: .warning,
          message: "skipping \(isVacuum ? "vacuum" : "analyze") of "
            + "\"\(program.schema[lock.table].name)\" --- lock not available"))
      return true
    case .unavailable:
      recorder.record(.refused(.object(object, mode: lock.mode)))
      throw SQLError.relationLockNotAvailable(relation: program.schema[lock.table].name)
    case .mustWait:
      recordWait(.object(object, mode: lock.mode))
      return false
    }
  }

  /// The lock that a query on behalf of a foreign key takes on the other table.
  ///
  /// - Returns: False if the session must wait.
  mutating func lockForReference(
    _ table: TableID, _ mode: ObjectLockMode
  ) throws(SQLError) -> Bool {
    guard program.tracksTable(table) else { return true }
    return try lockTable(TableLock(table: table, mode: mode))
  }

  /// What is put off for rows of a table keeps it from being emptied, and so does a cursor that reads it
  /// (`CheckTableNotInUse`).
  private func refusePending(_ table: TableID) throws(SQLError) {
    for cursor in database.cursors where Int(cursor.session) == session && !cursor.isKept {
      if program.statements[Int(cursor.statement)].tableLocks.contains(where: { $0.table == table })
      {
        throw SQLError.usedByQueries(table: program.schema[table].name)
      }
    }
    for item in database.deferred where Int(item.session) == session && item.takenLevel == 0 {
      let row = database.cells[Int(item.cells) + 1]
      if row.isRow, row.rowTable == Int(table.index) {
        throw SQLError.pendingTriggerEvents(table: program.schema[table].name)
      }
    }
  }

  /// Each table that CASCADE adds is told of once it is locked (`ExecuteTruncateGuts`).
  private mutating func noteCascade(_ truncate: Truncate, _ table: TableID) throws(SQLError) {
    guard truncate.tables[truncate.namedCount...].contains(table) else { return }
    let name = program.schema[table].name
    recorder.record(.notice(level: .notice, message: "truncate cascades to table \"\(name)\""))
    try check(.any(.truncate), table)
    try refusePending(table)
  }

  /// Empties tables for everybody, old snapshots too.
  mutating func truncate(_ truncate: Truncate) throws(SQLError) {
    for table in truncate.tables[..<truncate.namedCount] { try refusePending(table) }
    if let reference = truncate.reference {
      throw SQLError.truncateReferenced(
        parent: program.schema[reference.parent].name, child: program.schema[reference.child].name)
    }
    let statement = program.statements[progress.statement]
    for table in truncate.tables[truncate.namedCount...]
    where !statement.tableLocks.contains(where: { $0.table == table }) {
      try noteCascade(truncate, table)
    }
    for table in truncate.tables where !isForeign(table) {
      let parent = program.schema[table].partitioned
      if let parent, truncate.tables.contains(parent), !isAttached(table, isNow: false) { continue }
      if recorder.isOn {
        var scan = database.scan(
          table.index, session: session, snapshot: database.commits, command: .max)
        let width = program.schema[table].columns.count
        while let found = database.next(&scan) {
          let start = Int(found.cells)
          recorder.record(
            .deleted(
              table: table, row: found.row, before: Array(database.cells[start..<start + width])))
        }
      }
      if isWatched { try database.emptyTable(table.index, session: session) }
      database.truncate(table: table.index, session: session, command: progress.command)
    }
    var restart = SequenceChange()
    restart.restart = .some(nil)
    for sequence in truncate.sequences {
      try database.alter(
        sequence: Int(sequence), restart, session: session, schema: program.schema)
    }
  }
}
