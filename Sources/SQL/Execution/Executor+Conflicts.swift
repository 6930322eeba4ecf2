import Store

/// `INSERT … ON CONFLICT`.
///
/// The new row is written first, in no index and so noticed by nobody; then the arbiter indexes are
/// looked at (`ExecCheckIndexConstraints`). An equal key of an open transaction is waited for. One that is
/// there withdraws the row again, and DO UPDATE turns to the row that is there, whether or not the
/// statement's snapshot shows it (READ COMMITTED).
extension Executor {
  enum Arbitration {
    /// The row goes on into the indexes (or nothing has to be decided).
    case inserts
    /// The conflict has been dealt with.
    case handled
    case waiting
  }

  /// Enters the row of the last write in its indexes, after the clause has had its say.
  ///
  /// A row that waits for an index that is no arbiter goes on with that index. If an arbiter that it has not been
  /// entered in is against it by then, all begins anew (a "speculative insertion" that failed, `ExecInsert`).
  ///
  /// - Returns: False if it must wait.
  mutating func enterRow(_ part: StatementPart) throws(SQLError) -> Bool {
    while true {
      if progress.phase == .indexes {
        switch try arbitrate(part) {
        case .waiting: return false
        case .handled: return true
        case .inserts: break
        }
      }
      if isRefusedByArbiter(part) {
        progress.phase = .indexes
        continue
      }
      guard try enterIndexes() else {
        if arbitratedInsert(part) != nil { progress.phase = .arbitrated }
        return false
      }
      progress.phase = .indexes
      try announceArbitrated(part)
      return true
    }
  }

  /// The insert that a part has, if it has an ON CONFLICT clause and its last write is an inserted row.
  private func arbitratedInsert(_ part: StatementPart) -> Insert? {
    guard case .insert(let insert) = part.body, insert.onConflict != nil, let write = lastWrite,
      database.writes[write].kind == .insert
    else { return nil }
    return insert
  }

  /// Whether an arbiter index is against a row that has waited for another one; its entries are then taken back.
  private mutating func isRefusedByArbiter(_ part: StatementPart) -> Bool {
    guard progress.phase == .arbitrated, let insert = arbitratedInsert(part),
      let onConflict = insert.onConflict, let write = lastWrite
    else { return false }
    let it = database.writes[write]
    let table = program.schema.tables[Int(it.table)]
    // What comes before the arbiter may still be an error, or a wait.
    for index in Int(it.indexed)..<table.uniqueIndexes.count {
      let conflict = probe(index, of: TableID(Int(it.table)), row: it.row, cells: it.cells)
      if conflict == .none { continue }
      guard arbiters(of: onConflict, it.table).contains(index) else { return false }
      database.writes[write].indexed = 0
      database.writes[write].isTentative = true
      return true
    }
    return false
  }

  /// The arbiter indexes of the table that a row goes into: without a target, all that it has.
  private func arbiters(of onConflict: OnConflict, _ table: UInt16) -> [Int] {
    onConflict.isUntargeted
      ? Array(program.schema.tables[Int(table)].uniqueIndexes.indices) : onConflict.indexes
  }

  mutating func arbitrate(_ part: StatementPart) throws(SQLError) -> Arbitration {
    guard case .insert(let insert) = part.body, let onConflict = insert.onConflict,
      let write = lastWrite
    else { return .inserts }
    let it = database.writes[write]
    guard it.kind == .insert, it.indexed == 0 else { return .inserts }
    for index in arbiters(of: onConflict, it.table) {
      let conflict = probe(index, of: TableID(Int(it.table)), row: it.row, cells: it.cells)
      switch conflict {
      case .none: continue
      case .uncommitted:
        waitForKey(of: write, index: index)
        return .waiting
      case .duplicate(let row):
        return try settle(onConflict, insert, with: row, by: index, write)
      }
    }
    database.writes[write].isTentative = false
    try noteWrite(.relation, TableID(Int(it.table)))
    return .inserts
  }

  /// The row of an arbitrated insert is in all indexes: only now does it stand.
  mutating func announceArbitrated(_ part: StatementPart) throws(SQLError) {
    guard case .insert(let insert) = part.body, insert.onConflict != nil, let write = lastWrite,
      database.writes[write].kind == .insert
    else { return }
    try announceInsert(insert)
  }

  /// Withdraws the insert and does what the clause says with the row that is in its way.
  private mutating func settle(
    _ onConflict: OnConflict, _ insert: Insert, with row: Int32, by index: Int, _ write: Int
  ) throws(SQLError) -> Arbitration {
    let table = TableID(Int(database.writes[write].table))
    // Who has waited for the row has read it before.
    let hasWaited = endedWait.map { $0.table == table.index && $0.row == row } ?? false
    if !hasWaited { try noteConflictRead(table, row, index: index) }
    guard let assignments = onConflict.assignments else {
      try refuseUnseen(table, row)
      database.writes.remove(at: write)
      return .handled
    }
    let definition = program.schema[table]
    let mode: RowLockMode = setsKey(assignments, table) ? .update : .noKeyUpdate
    guard requestLock(table, row, mode) else { return .waiting }
    if database.isWritten(table.index, row, session: session, byCommand: progress.command) {
      throw SQLError.conflictRowTwice
    }
    guard let newest = database.newest(table.index, row, session: session) else {
      if database.isMoved(table.index, row) { throw SQLError.rowMoved }
      preconditionFailure("row \(row) of \(definition.name) conflicts and is not there")
    }
    try refuseUnseen(table, row)
    recorder.record(.read(table: table, row: row, version: newest.version))
    let excluded = database.writes[write].cells
    database.writes.remove(at: write)
    return try update(onConflict, assignments, insert, table, row, newest, excluded)
  }

  /// REPEATABLE READ and above: the version that is in the way must be one that the snapshot shows
  /// (`ExecCheckTupleVisible`).
  private func refuseUnseen(_ table: TableID, _ row: Int32) throws(SQLError) {
    guard database.sessions[session].isolation != .readCommitted else { return }
    let newest = database.newest(table.index, row, session: session)
    if let newest, newest.version == FoundRow.own { return }
    if visible(table, row)?.version != newest?.version { throw SQLError.concurrentUpdate }
  }

  private mutating func update(
    _ onConflict: OnConflict, _ assignments: [Assignment], _ insert: Insert, _ table: TableID,
    _ row: Int32, _ newest: FoundRow, _ excluded: Int32
  ) throws(SQLError) -> Arbitration {
    let width = program.schema[table].columns.count
    pushLevel(width: 2 * (1 + width))
    defer { popLevel() }
    let base = levels[levels.count - 1]
    tuples[base] = .row(table: Int(table.index), id: Int(row))
    tuples[base + 1 + width] = .raw(1)
    for column in 0..<width {
      tuples[base + 1 + column] = database.cells[Int(newest.cells) + column]
      tuples[base + 2 + width + column] = database.cells[Int(excluded) + column]
    }
    guard try isTrue(onConflict.condition) else { return .handled }
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    try pushNewValues(assignments, of: table)
    noteAssigned(assignments)
    if beginRowTriggers(.conflict, table, row, tupleWidth: 2 * (1 + width), values: values) {
      return .handled
    }
    if moves(table, values: values) { throw SQLError.conflictMovesRow }
    try checkRow(table, values: values)
    try writeUpdate(changed: assignments, of: table, row, values)
    progress.affected += 1
    try emit(insert.returning)
    // A new key has still to be entered in the indexes, as an inserted row's would.
    return isIndexed ? .handled : .inserts
  }
}
