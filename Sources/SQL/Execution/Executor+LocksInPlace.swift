import Store

/// Subqueries that lock their rows where they stand in an expression.
///
/// PostgreSQL evaluates such a subquery for each row of the query around it, and locks its rows one by one as they
/// are asked for (nodeLockRows.c). So it is here: a lock is a call like those on advisory keys, which may have to
/// wait; the work is then given up and done again (``callLock(_:)``), and each lock that has been granted is
/// remembered with what was found.
extension Executor {
  /// What became of a row that was to be locked; the words are kept as results of calls.
  private enum LockedInPlace: Int64 {
    case unchanged, changed
    /// Deleted, passed over, or changed by the statement itself.
    case gone
  }

  /// Calls `body` with the place of each row in ``rowBuffer``, once it is locked, until it returns false.
  mutating func forEachLockedRow(
    of query: Query, _ select: Select, _ body: (inout Executor, Int) throws(SQLError) -> Bool
  ) throws(SQLError) {
    var offset = try count(query.offset, clause: "OFFSET") ?? 0
    var limit = try count(query.limit, clause: "LIMIT") ?? .max
    guard limit > 0 else { return }
    func give(_ executor: inout Executor) throws(SQLError) -> Bool {
      guard try executor.lockTuple(query, select) else { return true }
      if offset > 0 {
        offset -= 1
        return true
      }
      let start = executor.rowBuffer.count
      defer { executor.rowBuffer.removeLast(executor.rowBuffer.count - start) }
      for output in select.outputs { executor.rowBuffer.append(try executor.evaluate(output)) }
      limit -= 1
      return try body(&executor, start) && limit > 0
    }
    if query.order.isEmpty { return try forEachTuple(of: select, give) }
    // Sorted first, and then locked one by one.
    var found = RowSet(width: select.tupleWidth + query.order.count)
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      let base = executor.levels[executor.levels.count - 1]
      found.words.append(contentsOf: executor.tuples[base..<base + select.tupleWidth])
      for key in query.order { found.words.append(try executor.evaluate(key.expression)) }
      found.count += 1
      return true
    }
    let sorted = Self.arrange(
      found, width: select.tupleWidth, order: query.order, offset: 0, limit: nil)
    pushLevel(width: select.tupleWidth)
    let depth = levels.count
    defer { popLevels(to: depth - 1) }
    let base = levels[depth - 1]
    for index in 0..<sorted.count {
      for (word, value) in sorted.row(index).enumerated() { tuples[base + word] = value }
      guard try give(&self) else { return }
    }
  }

  /// Locks the rows of the tuple on top, and checks them again if they have changed.
  ///
  /// - Returns: Whether the tuple is still one of the query's.
  private mutating func lockTuple(_ query: Query, _ select: Select) throws(SQLError) -> Bool {
    var hasChanged = false
    for lock in query.locks {
      let relation = select.relations[lock.relation]
      let word = tuples[levels[levels.count - 1] + relation.offset]
      guard case .table = relation.source, word.isRow else { continue }
      let table = TableID(word.rowTable)
      let row = Int32(word.rowID)
      switch try lockInPlace(lock, table, row) {
      case .gone: return false
      case .unchanged: break
      case .changed:
        guard let newest = database.newest(table.index, row, session: session) else { return false }
        setRow(relation, table: table, row: row, cells: newest.cells)
        recorder.record(.read(table: table, row: row, version: newest.version))
        hasChanged = true
      }
    }
    guard hasChanged else { return true }
    // The query around must be found at the same depth.
    let base = levels.removeLast()
    defer { levels.append(base) }
    return try recheck(select, at: base)
  }

  private mutating func lockInPlace(
    _ lock: LockClause, _ table: TableID, _ row: Int32
  ) throws(SQLError) -> LockedInPlace {
    if let known = nextKnownCall()?.asInteger { return LockedInPlace(rawValue: known) ?? .gone }
    if hasCalled, !options.runsWholeStatements { throw suspend(.boundary) }
    let result = try takeLockInPlace(lock, table, row)
    hasCalled = true
    noteCall(Value(integer: result.rawValue))
    return result
  }

  private mutating func takeLockInPlace(
    _ lock: LockClause, _ table: TableID, _ row: Int32
  ) throws(SQLError) -> LockedInPlace {
    if database.isWritten(table.index, row, session: session, byCommand: progress.command) {
      return .gone
    }
    let seen = visible(table, row)
    if lock.mode != .keyShare || !keepsKeys(table, row, since: seen) {
      try refuseChanged(table, row, seen: seen, lock.mode, deletion: .concurrentUpdate)
    }
    if try isRefused(lock, table, row, seen: seen) { return .gone }
    guard requestLock(table, row, lock.mode, from: seen, isLockingSelect: true) else {
      throw suspend(.waiting)
    }
    switch try lockedVersion(table, row, lock.mode) {
    case .unchanged: return .unchanged
    case .changed: return .changed
    case .deleted:
      database.dropLocks(table: table.index, row: row, session: session)
      recorder.record(.rechecked(table: table, row: row, matches: false))
      return .gone
    }
  }
}
