import Store

/// Unique indexes: what is stored for them, and entering a row's keys.
extension Executor {
  // MARK: What is stored

  /// Stores the row that lies on the operands, with what its indexes need behind the columns.
  ///
  /// - Returns: Where its words begin.
  mutating func append(_ table: TableID, values: Int) throws(SQLError) -> Int32 {
    let width = program.schema[table].columns.count
    guard Int(table.index) < program.computed.count,
      !program.computed[Int(table.index)].isEmpty
    else { return database.append(cells: operands[values..<values + width]) }
    let start = operands.count
    defer { operands.removeLast(operands.count - start) }
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    for cell in program.computed[Int(table.index)] {
      let value = try evaluate(cell.expression)
      operands.append(cell.isPredicate && !value.isTrue ? .null : value)
    }
    let cells = database.append(cells: operands[values..<values + width])
    _ = database.append(cells: operands[start...])
    return cells
  }

  /// Whether a new version has another key than the newest one in some unique index.
  func changesStoredKey(_ table: TableID, _ row: Int32, _ cells: Int32) -> Bool {
    guard let old = database.newest(table.index, row, session: session) else { return true }
    return program.schema[table].uniqueIndexes.contains { index in
      (index.columns + [index.predicate].compactMap { $0 }).contains {
        database.cells[Int(old.cells) + $0] != database.cells[Int(cells) + $0]
      }
    }
  }

  // MARK: Entering

  var isIndexed: Bool {
    guard let write = lastWrite else { return true }
    return Int(database.writes[write].indexed)
      >= program.schema.tables[Int(database.writes[write].table)].uniqueIndexes.count
  }

  var lastWrite: Int? {
    database.writes.lastIndex { Int($0.session) == session }
  }

  mutating func markIndexed() {
    guard let write = lastWrite else { return }
    database.writes[write].indexed = UInt8(
      program.schema.tables[Int(database.writes[write].table)].uniqueIndexes.count)
  }

  /// Enters the last written row in its unique indexes, in order.
  ///
  /// - Returns: False if it must wait for another transaction that has written the key.
  mutating func enterIndexes() throws(SQLError) -> Bool {
    guard let write = lastWrite else { return true }
    let it = database.writes[write]
    let table = program.schema.tables[Int(it.table)]
    while Int(database.writes[write].indexed) < table.uniqueIndexes.count {
      let index = Int(database.writes[write].indexed)
      let conflict =
        isCertainlyNew(it, index: index, of: table)
        ? .none
        : probe(index, of: TableID(Int(it.table)), row: it.row, cells: it.cells)
      switch conflict {
      case .none:
        try noteEntry(index: index, of: TableID(Int(it.table)), cells: it.cells)
        database.writes[write].indexed += 1
      case .duplicate, .uncommitted:
        guard let deferrable = table.uniqueIndexes[index].deferrable else { break }
        database.writes[write].indexed += 1
        queueUniqueCheck(it.table, it.row, index: index, deferrable)
        continue
      }
      switch conflict {
      case .none: break
      case .duplicate:
        // The error would hide a dependency: `_bt_check_unique` looks for one first.
        try noteEntry(index: index, of: TableID(Int(it.table)), cells: it.cells)
        throw duplicate(table, table.uniqueIndexes[index], cells: it.cells)
      case .uncommitted:
        waitForKey(of: write, index: index)
        return false
      }
    }
    try notePlainEntries()
    return true
  }

  /// Asks a unique index for the key of a row that is to be in it.
  mutating func probe(
    _ index: Int, of table: TableID, row: Int32, cells: Int32
  ) -> DatabaseState.KeyConflict {
    let definition = program.schema[table]
    if recorder.isOn {
      let columns = definition.uniqueIndexes[index].columns
      let values = columns.map { database.cells[Int(cells) + $0] }
      recorder.record(.probed(IndexKey(table: table, index: index, values: values)))
    }
    return database.keyConflict(
      index, of: definition, table: table.index, row: row, cells: cells, session: session)
  }

  mutating func waitForKey(of write: Int, index: Int) {
    let it = database.writes[write]
    database.waitForKey(session: session, table: it.table, row: it.row, index: index)
    guard recorder.isOn else { return }
    let columns = program.schema.tables[Int(it.table)].uniqueIndexes[index].columns
    recordWait(
      .key(
        table: TableID(Int(it.table)), index: index,
        values: columns.map { database.cells[Int(it.cells) + $0] }))
  }

  func describeColumns(_ table: Table, _ columns: [Int]) -> String {
    columns.map { table.stored($0).name }.joined(separator: ", ")
  }

  func describeKey(_ table: Table, _ columns: [Int], cells: Int32) -> String {
    columns.map {
      let value = database.cells[Int(cells) + $0]
      return value.isNull
        ? "null"
        : value.formatted(
          as: table.stored($0).type, catalog: program.types, options: context.options)
    }.joined(separator: ", ")
  }

  func duplicate(_ table: Table, _ index: Table.UniqueIndex, cells: Int32) -> SQLError {
    SQLError.uniqueViolation(
      constraint: index.name, table: table.name, key: describeColumns(table, index.columns),
      values: describeKey(table, index.columns, cells: cells))
  }
}
