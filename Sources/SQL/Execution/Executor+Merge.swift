import Store

/// `MERGE`.
///
/// The pairs of source and target rows are found by the statement's snapshot. For each the first WHEN
/// clause that fits says what happens; only UPDATE and DELETE lock the target's row. If it has changed by
/// then, READ COMMITTED locks its newest version, joins it again (the source's row stays what it was), and
/// goes through the clauses from the top; a row that no longer joins, or is gone, is NOT MATCHED
/// (`ExecMergeMatched` in nodeModifyTable.c).
extension Executor {
  private enum Matched {
    /// Nothing has been changed, or the row is gone: no index is to be entered.
    case done
    case updated
    /// The row has gone to another partition, or triggers take over first.
    case moved
    /// BEFORE ROW triggers take over.
    case triggered
    case waiting
    case notMatched
  }

  mutating func mergeRow(_ merge: Merge) throws(SQLError) -> Progression {
    let select = select(of: merge.source)
    let depth = levels.count
    let values = operands.count
    defer {
      popLevels(to: depth)
      operands.removeLast(operands.count - values)
    }
    pushCandidate(select)
    let word = tuples[levels[levels.count - 1]]
    if word.isRow {
      switch try mergeMatched(merge, select, word, values: values) {
      case .waiting: return .waiting
      case .triggered, .moved: return .done
      case .done:
        dropCandidate()
        return .done
      case .updated:
        dropCandidate()
        if !isIndexed { progress.phase = .indexes }
        return .done
      case .notMatched: operands.removeLast(operands.count - values)
      }
    }
    let action = try mergeAction(merge, isMatched: false)
    if case .insert(let insert) = action {
      try pushInsertedRow(insert)
      seePartitions()
      let table = try route(insert.table, values: values)
      guard try lockPartition(table, of: insert.table) else { return .waiting }
      try checkDefault(table, of: insert.table, values: values)
      if beginRowTriggers(.insert, table, -1, tupleWidth: 0, values: values) {
        return .done
      }
      try writeNewRow(insert, into: table, values: values)
      progress.phase = .indexes
      try announceInsert(insert)
    }
    dropCandidate()
    return .done
  }

  /// What the first clause that fits the tuple on top does.
  private mutating func mergeAction(
    _ merge: Merge, isMatched: Bool
  ) throws(SQLError) -> MergeClause.Action {
    for clause in merge.clauses where clause.isMatched == isMatched {
      if try isTrue(clause.condition) { return clause.action }
    }
    return .nothing
  }

  private mutating func mergeMatched(
    _ merge: Merge, _ select: Select, _ word: Value, values: Int
  ) throws(SQLError) -> Matched {
    let table = TableID(word.rowTable)
    let row = Int32(word.rowID)
    let seen = visible(table, row)
    noteAssigned(merge.assignments)
    var isHeld = false
    // Who has waited for the row has chosen a clause before.
    repeatsReads = endedWait.map { $0.table == table.index && $0.row == row } ?? false
    defer { repeatsReads = false }
    while true {
      operands.removeLast(operands.count - values)
      let action = try mergeAction(merge, isMatched: true)
      var mode = RowLockMode.update
      var kind = PendingRow.Kind.delete
      switch action {
      case .nothing, .insert: return .done
      case .delete: break
      case .update(let update):
        kind = .update
        try pushNewValues(update.assignments, of: table)
        if mayFireBefore(table, .update) {
          // They may change the row, which is checked after them.
          mode = lockMode(of: merge)
        } else {
          if !moves(table, values: values) { try checkRow(table, values: values) }
          mode = lockMode(update, table, values)
        }
      }
      let isTriggered = mayFireBefore(table, kind == .delete ? .delete : .update)
      if database.isWritten(table.index, row, session: session, byCommand: progress.command) {
        try refuseMoved(table, row)
        try refuseTriggered(table, row, isDelete: kind == .delete, isMerge: true)
        throw SQLError.mergeRowTwice
      }
      if !isHeld {
        try refuseChanged(table, row, seen: seen, mode, deletion: .concurrentDelete)
        // Before its triggers a row is locked, else only when it is written.
        guard
          isTriggered
            ? requestLock(table, row, mode, from: seen) : awaitRow(table, row, mode, from: seen)
        else { return .waiting }
        repeatsReads = false
        switch try newestVersion(table, row, seen: seen, deletion: .concurrentDelete) {
        case .unchanged: break
        case .deleted:
          recorder.record(.rechecked(table: table, row: row, matches: false))
          clearTarget(select)
          return .notMatched
        case .changed(let newest):
          guard requestLock(table, row, lockMode(of: merge)) else { return .waiting }
          guard try rejoin(select, table, row, newest) else { return .notMatched }
          isHeld = true
          continue
        }
      }
      guard requestLock(table, row, mode, from: seen, isWrittenAtOnce: !isTriggered) else {
        return .waiting
      }
      if beginRowTriggers(
        kind, table, row, tupleWidth: select.tupleWidth, values: kind == .delete ? nil : values)
      {
        return .triggered
      }
      if isTriggered, case .update(let update) = action {
        // None of them fires for these columns.
        if !moves(table, values: values) { try checkRow(table, values: values) }
        guard requestLock(table, row, lockMode(update, table, values)) else { return .waiting }
      }
      if case .update = action, moves(table, values: values) {
        try move(table, row, named: merge.table, tupleWidth: select.tupleWidth, values, [])
        return .moved
      }
      try write(action, table, row, values: values)
      if case .update = action { return .updated }
      return .done
    }
  }

  private mutating func write(
    _ action: MergeClause.Action, _ table: TableID, _ row: Int32, values: Int
  ) throws(SQLError) {
    progress.affected += 1
    if case .update(let update) = action {
      try writeUpdate(changed: update.assignments, of: table, row, values)
    } else {
      try writeDelete(table, row)
    }
  }

  /// Whether the row can be locked in a mode, which is not done yet; the session waits if not.
  private mutating func awaitRow(
    _ table: TableID, _ row: Int32, _ mode: RowLockMode, from seen: FoundRow?
  ) -> Bool {
    guard database.isConflicting(table: table.index, row: row, mode: mode, session: session) else {
      return true
    }
    return requestLock(table, row, mode, from: seen)
  }

  /// The lock on a version that is joined again, whatever is then done with it: by the columns that any
  /// clause may set (`ExecUpdateLockMode`).
  private func lockMode(of merge: Merge) -> RowLockMode {
    let setsKey = merge.clauses.contains { clause in
      guard case .update(let update) = clause.action else { return false }
      return settableLockMode(update, merge.table) == .update
    }
    return setsKey ? .update : .noKeyUpdate
  }

  /// Joins the target's newest version to the source's row.
  ///
  /// - Returns: Whether they match; if not, the target's part of the tuple is NULL.
  private mutating func rejoin(
    _ select: Select, _ table: TableID, _ row: Int32, _ newest: FoundRow
  ) throws(SQLError) -> Bool {
    setRow(select.relations[0], table: table, row: row, cells: newest.cells)
    var matches = try recheck(select)
    if !matches { clearTarget(select) }
    matches = matches && tuples[levels[levels.count - 1]].isRow
    recorder.record(.rechecked(table: table, row: row, matches: matches))
    recorder.record(.read(table: table, row: row, version: newest.version))
    return matches
  }

  private mutating func clearTarget(_ select: Select) {
    let base = levels[levels.count - 1]
    for word in base...base + select.relations[0].columnCount { tuples[word] = .null }
  }
}

// World tables.
extension Executor {
  /// Does a pair of a MERGE on a world table: at once and for good.
  mutating func mergeWorldRow(_ merge: Merge) throws(SQLError) {
    let select = select(of: merge.source)
    let depth = levels.count
    defer { popLevels(to: depth) }
    pushCandidate(select)
    let word = tuples[levels[levels.count - 1]]
    let action = try mergeAction(merge, isMatched: word.isRow)
    switch action {
    case .nothing: return
    case .insert(let insert): try insertIntoWorld(insert)
    case .update, .delete:
      let row = Int32(word.rowID)
      guard !hasChangedInStatement(merge.table, row) else { throw SQLError.mergeRowTwice }
      if case .update(let update) = action {
        try changeWorldRow(merge.table, row, update)
      } else {
        try changeWorldRow(merge.table, row, nil)
      }
    }
  }
}
