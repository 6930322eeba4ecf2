import Store

/// Rows of partitioned tables, and of tables that others inherit from: each row is in a table of its own, which its
/// identity word names; a statement that names the partitioned table finds and places them.
extension Executor {
  /// The tables that have the rows of one.
  func members(of table: TableID) -> [TableID] {
    let shape = program.schema.tables[Int(table.index)]
    if program.switchesPartitions, shape.partitioning != nil {
      return shape.family.filter { isAttached($0, isNow: isInReferences) }
    }
    return shape.family.isEmpty ? [table] : shape.family.filter { !isForeign($0) }
  }

  /// The tables that have the rows of one for its foreign keys, which are not inherited (`ONLY` in ri_triggers.c).
  func keyMembers(of table: TableID) -> [TableID] {
    program.schema.tables[Int(table.index)].partitioning == nil ? [table] : members(of: table)
  }

  /// Whether a table is another session's temporary one.
  func isForeign(_ table: TableID) -> Bool {
    program.schema.tables[Int(table.index)].owner.map { Int($0) != session } ?? false
  }

  /// The members that can have the rows that a relation's key asks for (partition pruning).
  mutating func wantedMembers(
    of table: TableID, _ relation: Relation
  ) throws(SQLError) -> [TableID] {
    guard let partitioning = partitioning(of: table) else { return members(of: table) }
    guard let key = relation.key else { return members(of: table) }
    var values: [Value] = []
    for column in partitioning.columns {
      guard let place = key.columns.firstIndex(of: column) else { return members(of: table) }
      values.append(try evaluate(key.values[place]))
    }
    return partitioning.partition { values[$0] }.map { [$0] } ?? []
  }

  // MARK: Placing

  /// The table that the row on the operands goes into.
  ///
  /// - Throws: 23514 if it has no partition.
  func route(_ table: TableID, values: Int) throws(SQLError) -> TableID {
    guard let partitioning = partitioning(of: table) else { return table }
    let found = partitioning.partition { operands[values + partitioning.columns[$0]] }
    if let found { return found }
    let shape = program.schema[table]
    let names = partitioning.columns.map { shape.columns[$0].name }.joined(separator: ", ")
    let texts = partitioning.columns.map { column -> String in
      let value = operands[values + column]
      return value.isNull
        ? "null"
        : value.formatted(
          as: shape.columns[column].type, catalog: program.types, options: context.options)
    }
    throw SQLError.noPartition(
      of: shape.name, key: "(\(names)) = (\(texts.joined(separator: ", ")))")
  }

  /// Locks the partition that an insert through the partitioned table goes into.
  ///
  /// - Returns: False if the session must wait.
  mutating func lockPartition(
    _ table: TableID, of named: TableID
  ) throws(SQLError) -> Bool {
    if table == named { return true }
    return try lockForReference(table, .rowExclusive)
  }

  /// Whether the row on the operands belongs elsewhere than into a partition.
  func moves(_ table: TableID, values: Int) -> Bool {
    guard let partitioned = partitioned(table),
      let partitioning = partitioning(of: partitioned, isNow: true)
    else { return false }
    return partitioning.partition { operands[values + partitioning.columns[$0]] } != table
  }

  /// Refuses a row that was given to a partition directly and belongs elsewhere (`ExecPartitionCheckEmitError`).
  func refuseMisplaced(_ table: TableID, values: Int) throws(SQLError) {
    guard moves(table, values: values) else { return }
    throw SQLError.partitionViolation(
      table: program.schema[table].name, row: describeRow(table, values: values))
  }

  // MARK: Moving

  /// A row that the command has moved itself, after another transaction had changed it: who comes to its old
  /// version again follows the chain to where it ends.
  func refuseMoved(_ table: TableID, _ row: Int32) throws(SQLError) {
    guard
      let own = database.ownWrite(table.index, row, session: session, command: .max),
      database.writes[own].isMoved, let newest = database.newestCommitted(table.index, row),
      let seen = database.visible(
        table.index, row, session: session, snapshot: view.snapshot, command: progress.command),
      seen.version != newest.version
    else { return }
    throw SQLError.rowMoved
  }

  /// Moves a row of the partition `table` to the one that its new values on the operands belong to: it is deleted
  /// in the one and inserted in the other, with the triggers of both (`ExecCrossPartitionUpdate`).
  ///
  /// `named` is the table that the statement names.
  mutating func move(
    _ table: TableID, _ row: Int32, named: TableID?, tupleWidth: Int, _ values: Int,
    _ returning: [Expression]
  ) throws(SQLError) {
    guard let named, named != table else {
      try refuseMisplaced(table, values: values)
      return
    }
    if beginRowTriggers(.movingDelete, table, row, tupleWidth: tupleWidth, values: values) {
      return
    }
    try finishMove(table, row, named: named, tupleWidth: tupleWidth, values, returning)
  }

  /// Deletes the row of a move, and goes on to the insert.
  mutating func finishMove(
    _ table: TableID, _ row: Int32, named: TableID?, tupleWidth: Int, _ values: Int,
    _ returning: [Expression]
  ) throws(SQLError) {
    try writeDelete(table, row, isMoving: true)
    let target = try route(named ?? table, values: values)
    if beginRowTriggers(.movingInsert, target, -1, tupleWidth: tupleWidth, values: values) {
      return
    }
    try finishMove(into: target, values, returning)
  }

  /// Inserts the row of a move into its new partition; the old row is at the start of the top tuple.
  mutating func finishMove(
    into table: TableID, _ values: Int, _ returning: [Expression]
  ) throws(SQLError) {
    try checkRow(table, values: values)
    try refuseMisplaced(table, values: values)
    let cells = try append(table, values: values)
    try noteWrite(.relation, table)
    let row = database.insert(
      table: table.index, session: session, command: progress.command, cells: cells)
    let base = levels[levels.count - 1]
    let width = program.schema[table].columns.count
    if recorder.isOn {
      recorder.record(
        .inserted(table: table, row: row, after: Array(operands[values..<values + width])))
    }
    if let partitioned = partitioned(table) {
      queueParentChecks(
        table, row, of: partitioned, old: base + 1, new: values, side: .movedParent)
    }
    try queueReferences(table, row, old: nil, new: values)
    tuples[base] = .row(table: Int(table.index), id: Int(row))
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    progress.affected += 1
    try emit(returning)
    dropCandidate()
    progress.phase = .indexes
  }
}
