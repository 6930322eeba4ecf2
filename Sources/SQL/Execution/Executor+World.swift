import Store

extension Executor {
  /// Does the next candidate of a world statement: at once and for good.
  mutating func processWorldRow(_ part: StatementPart) throws(SQLError) {
    defer { progress.next += progress.stride }
    switch part.body {
    case .insert(let insert): try insertIntoWorld(insert)
    case .update(let update): try changeWorld(update.table, update.source, update, update.returning)
    case .delete(let delete): try changeWorld(delete.table, delete.source, nil, delete.returning)
    case .merge(let merge): try mergeWorldRow(merge)
    case .query, .lockTable, .truncate, .alter:
      throw SQLError.unsupported("row locks on world tables")
    }
  }
}

extension Executor {
  mutating func insertIntoWorld(_ insert: Insert) throws(SQLError) {
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    try pushInsertedRow(insert)
    let width = program.schema[insert.table].columns.count
    try checkRow(insert.table, values: values)
    let cells = try append(insert.table, values: values)
    let row = database.nextRow[Int(insert.table.index)]
    if let onConflict = insert.onConflict, let other = worldConflict(onConflict, insert, row, cells)
    {
      try update(onConflict, insert, other, excluded: values)
      return
    }
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
    guard database.newestCommitted(table.index, row) != nil, !hasChangedInStatement(table, row)
    else { return }
    let depth = levels.count
    defer { while levels.count > depth { popLevel() } }
    pushCandidate(select)
    try changeWorldRow(table, row, update)
    try emit(returning)
  }

  /// Updates or deletes the row at the start of the top tuple.
  mutating func changeWorldRow(
    _ table: TableID, _ row: Int32, _ update: Update?
  ) throws(SQLError) {
    progress.affected += 1
    progress.references.append(.row(table: Int(table.index), id: Int(row)))
    guard let update else {
      let base = levels[levels.count - 1] + 1
      let width = program.schema[table].columns.count
      recorder.record(
        .deleted(table: table, row: row, before: Array(tuples[base..<base + width])))
      database.replaceCommitted(table: table.index, row: row, cells: nil)
      return
    }
    try replaceInWorld(update.assignments, of: table, row)
  }

  /// Puts the new values of the row at the start of the top tuple in its place, for everybody.
  private mutating func replaceInWorld(
    _ assignments: [Assignment], of table: TableID, _ row: Int32
  ) throws(SQLError) {
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    try pushNewValues(assignments, of: table)
    try checkRow(table, values: values)
    let base = levels[levels.count - 1] + 1
    let width = program.schema[table].columns.count
    let cells = try append(table, values: values)
    try checkWorldKeys(table, row, cells)
    if recorder.isOn {
      recorder.record(
        .updated(
          table: table, row: row, before: Array(tuples[base..<base + width]),
          after: Array(operands[values..<values + width])))
    }
    database.replaceCommitted(table: table.index, row: row, cells: cells)
    for column in 0..<width { tuples[base + column] = operands[values + column] }
  }

  /// World tables have no foreign keys to check later: the list holds the rows changed so far.
  func hasChangedInStatement(_ table: TableID, _ row: Int32) -> Bool {
    progress.references.contains(.row(table: Int(table.index), id: Int(row)))
  }

  private mutating func checkWorldKeys(
    _ table: TableID, _ row: Int32, _ cells: Int32
  ) throws(SQLError) {
    let definition = program.schema[table]
    for (number, index) in definition.uniqueIndexes.enumerated() {
      let conflict = probe(number, of: table, row: row, cells: cells)
      guard case .duplicate = conflict else { continue }
      throw duplicate(definition, index, cells: cells)
    }
  }

  private mutating func worldConflict(
    _ onConflict: OnConflict, _ insert: Insert, _ row: Int32, _ cells: Int32
  ) -> Int32? {
    for index in onConflict.indexes {
      let conflict = probe(index, of: insert.table, row: row, cells: cells)
      if case .duplicate(let other) = conflict { return other }
    }
    return nil
  }

  private mutating func update(
    _ onConflict: OnConflict, _ insert: Insert, _ row: Int32, excluded: Int
  ) throws(SQLError) {
    let table = insert.table
    guard let assignments = onConflict.assignments,
      let found = database.newestCommitted(table.index, row)
    else { return }
    let width = program.schema[table].columns.count
    pushLevel(width: 2 * (1 + width))
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width {
      tuples[base + 1 + column] = database.cells[Int(found.cells) + column]
      tuples[base + 2 + width + column] = operands[excluded + column]
    }
    guard try isTrue(onConflict.condition) else { return }
    try replaceInWorld(assignments, of: table, row)
    progress.affected += 1
    try emit(insert.returning)
  }
}
