import Store

extension Executor {
  /// Does the next candidate of a world statement: at once and for good.
  mutating func processWorldRow(_ part: StatementPart) throws(SQLError) {
    defer { progress.next += progress.stride }
    switch part.body {
    case .insert(let insert): try insertIntoWorld(insert)
    case .update(let update): try changeWorld(update.table, update.source, update, update.returning)
    case .delete(let delete): try changeWorld(delete.table, delete.source, nil, delete.returning)
    case .query, .lockTable: throw SQLError.unsupported("row locks on world tables")
    }
  }
}

extension Executor {
  private mutating func insertIntoWorld(_ insert: Insert) throws(SQLError) {
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    try pushInsertedRow(insert)
    let width = program.schema[insert.table].columns.count
    try checkRow(insert.table, values: values)
    let cells = database.append(cells: operands[values..<values + width])
    let row = database.nextRow[Int(insert.table.index)]
    try checkWorldKeys(insert.table, row, cells)
    if recorder.isOn {
      recorder.record(
        .inserted(
          table: insert.table, row: row, after: Array(operands[values..<values + width])))
    }
    database.insertCommitted(table: insert.table.index, cells: cells)
    progress.affected += 1
    guard !insert.returning.isEmpty else { return }
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    try emit(insert.returning)
  }

  private mutating func changeWorld(
    _ table: TableID, _ source: QueryID, _ update: Update?, _ returning: [Expression]
  ) throws(SQLError) {
    guard case .select(let select) = program.queries[Int(source.index)].body else { return }
    let row = Int32(progress.candidates[progress.next].rowID)
    // A join may find a row twice; it is changed once.
    guard let found = database.newestCommitted(table.index, row),
      !hasChangedInStatement(table, row)
    else { return }
    let depth = levels.count
    defer { while levels.count > depth { popLevel() } }
    pushCandidate(select)
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    let base = levels[levels.count - 1] + 1
    let width = program.schema[table].columns.count
    let before = Array(tuples[base..<base + width])
    progress.affected += 1
    progress.parts.append(.row(table: Int(table.index), id: Int(row)))
    guard let update else {
      recorder.record(.deleted(table: table, row: row, before: before))
      database.replaceCommitted(table: table.index, row: row, cells: nil)
      try emit(returning)
      return
    }
    try pushNewValues(update, select)
    try checkRow(table, values: values)
    let cells = database.append(cells: operands[values..<values + width])
    try checkWorldKeys(table, row, cells)
    recorder.record(
      .updated(
        table: table, row: row, before: before, after: Array(operands[values..<values + width])))
    database.replaceCommitted(table: table.index, row: found.row, cells: cells)
    for column in 0..<width { tuples[base + column] = operands[values + column] }
    try emit(returning)
  }

  private func hasChangedInStatement(_ table: TableID, _ row: Int32) -> Bool {
    progress.parts.contains(.row(table: Int(table.index), id: Int(row)))
  }

  private func checkWorldKeys(
    _ table: TableID, _ row: Int32, _ cells: Int32
  ) throws(SQLError) {
    let definition = program.schema[table]
    for (number, index) in definition.uniqueIndexes.enumerated() {
      let conflict = database.keyConflict(
        number, of: definition, table: table.index, row: row, cells: cells, session: session)
      guard case .duplicate = conflict else { continue }
      throw duplicate(definition, index, cells: cells)
    }
  }
}
