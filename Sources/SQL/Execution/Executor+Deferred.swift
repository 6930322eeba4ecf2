import Store

/// Deferrable constraints: unique keys that are checked later, and what waits for COMMIT.
extension Executor {
  /// Moves what was queued last to the end of the transaction, if its constraint is deferred.
  mutating func postpone(from start: Int, _ constraint: UInt8?, isOnce: Bool) {
    guard let constraint,
      database.isDeferred(constraint, session: session, schema: program.schema)
    else { return }
    database.postpone(
      progress.references[start...], constraint: constraint, isOnce: isOnce, session: session)
    progress.references.removeSubrange(start...)
  }

  // MARK: Unique keys

  /// Queues the check of a deferrable key that somebody else has, too.
  ///
  /// Source: `UNIQUE_CHECK_PARTIAL` of `index_insert`, `unique_key_recheck`.
  mutating func queueUniqueCheck(_ table: UInt16, _ row: Int32, index: Int, _ deferrable: UInt8) {
    let check: [Value] = [
      .header(kind: Side.unique.rawValue, a: Int(table), b: index),
      .row(table: Int(table), id: Int(row)),
    ]
    guard !database.isDeferred(deferrable, session: session, schema: program.schema) else {
      let start = progress.references.count
      progress.references.append(contentsOf: check)
      postpone(from: start, deferrable, isOnce: true)
      return
    }
    putUniqueChecks(check, TableID(Int(table)), row)
  }

  /// Takes the checks of a row's deferrable keys out of the queue, where an index was entered before the foreign keys were
  /// queued (INSERT … ON CONFLICT).
  mutating func takeUniqueChecks(_ table: TableID, _ row: Int32) -> [Value] {
    guard program.schema[table].uniqueIndexes.contains(where: { $0.deferrable != nil }) else {
      return []
    }
    var found: [Value] = []
    var place = 0
    while place < progress.references.count {
      let length = queuedLength(at: place)
      let isOfRow = progress.references[place + 1] == .row(table: Int(table.index), id: Int(row))
      if progress.references[place].headerKind == Side.unique.rawValue, isOfRow {
        found.append(contentsOf: progress.references[place..<place + length])
        progress.references.removeSubrange(place..<place + length)
      } else {
        place += length
      }
    }
    return found
  }

  /// Queues checks of a row's deferrable keys.
  mutating func putUniqueChecks(_ checks: [Value], _ table: TableID, _ row: Int32) {
    if checks.isEmpty { return }
    // Its trigger is called `Unique_ConstraintTrigger_…`: behind the foreign keys', before those of lower-case names.
    var place = 0
    while place < progress.references.count, !isTrigger(place, of: table.index, row) {
      place += queuedLength(at: place)
    }
    progress.references.insert(contentsOf: checks, at: place)
  }

  /// Whether an item of the queue is a call of a trigger for the row, behind those of the constraints.
  private func isTrigger(_ place: Int, of table: UInt16, _ row: Int32) -> Bool {
    let header = progress.references[place]
    guard header.headerKind == Side.trigger.rawValue else { return false }
    let word = progress.references[place + 1]
    let trigger = program.triggers[header.headerA]
    return word.isRow && Int32(word.rowID) == row && trigger.table.index == table
      && !trigger.firesBeforeForeignKeys
  }

  /// Does the check of a deferrable key that is at the head of the queue.
  ///
  /// - Returns: False if it must wait for another transaction that has written the key.
  mutating func checkUnique() throws(SQLError) -> Bool {
    let header = progress.references[0]
    let table = program.schema.tables[header.headerA]
    let row = Int32(progress.references[1].rowID)
    let write = database.ownWrite(
      UInt16(header.headerA), row, session: session, command: .max)
    if let write, database.writes[write].kind != .delete {
      let cells = database.writes[write].cells
      let conflict = probe(header.headerB, of: TableID(header.headerA), row: row, cells: cells)
      switch conflict {
      case .none: break
      case .duplicate:
        // The error would hide a dependency: `_bt_check_unique` looks for one first.
        try noteEntry(index: header.headerB, of: TableID(header.headerA), cells: cells)
        throw duplicate(table, table.uniqueIndexes[header.headerB], cells: cells)
      case .uncommitted:
        waitForKey(of: write, index: header.headerB)
        return false
      }
    }
    progress.references.removeFirst(2)
    return true
  }

  // MARK: COMMIT and SET CONSTRAINTS

  /// Begins the work that the constraints of the mask have put off.
  ///
  /// It is done as if by a statement; then the instruction runs again (COMMIT), or the next one does.
  mutating func beginDeferred(mask: UInt32, commits: Bool) {
    progress.begin(0, snapshot: -1, command: database.sessions[session].command)
    database.sessions[session].command += 1
    progress.phase = .deferred
    progress.limit = Int(mask)
    progress.offset = commits ? 1 : 0
    isInStatement = true
  }

  /// Goes on with it.
  mutating func continueDeferred() throws(SQLError) -> Result? {
    while true {
      if progress.references.isEmpty {
        database.takeDeferred(
          session: session, mask: UInt32(truncatingIfNeeded: progress.limit),
          into: &progress.references)
      }
      guard !progress.references.isEmpty else { break }
      switch try doQueued() {
      case .calling: return nil
      case .waiting: return .waiting
      case .boundary:
        if options.runsWholeStatements { continue }
        return .yielded
      case .done: break
      }
      if !progress.references.isEmpty, !isReferenceQuiet, !options.runsWholeStatements {
        return .yielded
      }
    }
    isInStatement = false
    settle()
    if progress.offset == 0 {
      recorder.record(Answer())
      advance()
    } else {
      isDeferredDone = options.runsWholeStatements
    }
    return nil
  }

  /// `SET CONSTRAINTS … DEFERRED | IMMEDIATE`: what was put off is due at once when it is IMMEDIATE again.
  mutating func setConstraints(_ mask: UInt32, deferred isDeferred: Bool) throws(SQLError)
    -> Result?
  {
    let isDue = !isDeferred && database.hasDeferred(session: session, mask: mask)
    if isDue, let result = consume() { return result }
    recordBegin()
    switch database.sessions[session].phase {
    case .failed: throw SQLError.inFailedTransaction
    case .idle:
      recorder.record(
        .notice(
          level: .warning, message: "SET CONSTRAINTS can only be used in transaction blocks"))
    case .active:
      database.setConstraints(
        mask, deferred: isDeferred, session: session, schema: program.schema)
      recorder.record(.finished(tag: "SET CONSTRAINTS", columns: [], rows: []))
      if isDue {
        beginDeferred(mask: mask, commits: false)
        return nil
      }
    }
    recorder.record(Answer())
    advance()
    return nil
  }
}
