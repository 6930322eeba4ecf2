import Store

/// Partitions that come and go while a spec runs.
extension Executor {
  /// Whether a table is a partition now, or else as the statement in progress has found it.
  func isAttached(_ table: TableID, isNow: Bool = true) -> Bool {
    guard program.switchesPartitions else { return true }
    let it = database.sessions[session]
    let limit = isNow || it.partitionsSeen < 0 ? Int32.max : it.partitionsSeen
    let known = database.partitionState(of: table, for: session, until: limit)
    guard let known else { return !program.schema.tables[Int(table.index)].isLatePartition }
    switch known.state {
    case .attached: return true
    case .detached: return false
    case .pending where isInReferences: return false
    case .pending:
      // Those who keep a snapshot from before see it still (`find_inheritance_children_extended`).
      return it.isolation != .readCommitted && it.snapshot >= 0 && it.snapshotClock < known.clock
    }
  }

  /// Notes which partitions there are, for the rest of the statement.
  mutating func seePartitions() {
    guard program.switchesPartitions, database.sessions[session].partitionsSeen < 0 else { return }
    database.sessions[session].partitionsSeen = database.factClock
  }

  /// The partitioned table that a table is a partition of now.
  func partitioned(_ table: TableID) -> TableID? {
    guard let parent = program.schema.tables[Int(table.index)].partitioned, isAttached(table) else {
      return nil
    }
    return parent
  }

  /// How a table's rows are spread, as the statement has found it.
  func partitioning(of table: TableID, isNow: Bool = false) -> Partitioning? {
    guard var partitioning = program.schema.tables[Int(table.index)].partitioning else {
      return nil
    }
    if program.switchesPartitions {
      partitioning.partitions.removeAll { !isAttached($0.table, isNow: isNow) }
    }
    return partitioning
  }

  /// Checks the default partition's rows again once it is locked: other partitions may have come meanwhile
  /// (`ExecFindPartition`).
  func checkDefault(_ table: TableID, of named: TableID, values: Int) throws(SQLError) {
    guard program.switchesPartitions, table != named else { return }
    try refuseMisplaced(table, values: values)
  }

  // MARK: ATTACH and DETACH

  mutating func setPartition(
    _ table: TableID, of parent: TableID, _ state: DatabaseState.PartitionState
  ) throws(SQLError) {
    let name = program.schema[table].name
    let known = database.partitionState(of: table, for: session, until: .max)?.state
    let isThere = known.map { $0 != .detached } ?? !program.schema[table].isLatePartition
    switch state {
    case .attached:
      if isThere {
        throw SQLError(
          SQLState("42809") ?? .undefinedTable, "\"\(name)\" is already a partition")
      }
      try checkBounds(table, of: parent)
    case .pending, .detached:
      guard isThere else {
        throw SQLError(
          .undefinedTable,
          "relation \"\(name)\" is not a partition of relation \"\(program.schema[parent].name)\"")
      }
      if state == .pending, known == .pending {
        throw SQLError(
          .objectNotInPrerequisiteState,
          "partition \"\(name)\" already pending detach in partitioned table "
            + "\"public.\(program.schema[parent].name)\"")
      }
    }
    if state != .attached, known != .pending { try checkRemoval(of: table, from: parent) }
    try database.setPartitionState(state, of: table, session: session)
  }

  /// No row may refer to one of a partition that goes (`RI_PartitionRemove_Check`).
  private func checkRemoval(of table: TableID, from parent: TableID) throws(SQLError) {
    let leaving = newestCells(table)
    for child in program.schema.tables.indices.map({ TableID($0) }) {
      for key in program.schema[child].foreignKeys
      where key.parent == parent && !key.isInherited && database.isActive(key) {
        for cells in members(of: child).flatMap({ newestCells($0) }) {
          let values = key.columns.map { database.cells[Int(cells) + $0] }
          if values.contains(where: \.isNull) { continue }
          guard leaving.contains(where: { hasKey($0, key.parentColumns, values) }) else { continue }
          let name = key.partitionNames.first { $0.table == table }?.name ?? key.name
          throw SQLError(
            .foreignKeyViolation,
            "removing partition \"\(program.schema[table].name)\" violates foreign key constraint "
              + "\"\(name)\"")
        }
      }
    }
  }

  /// The rows of a table that becomes a partition must belong there, and none of the default partition's.
  private func checkBounds(_ table: TableID, of parent: TableID) throws(SQLError) {
    guard var alone = program.schema[parent].partitioning,
      let partition = alone.partitions.first(where: { $0.table == table })
    else { return }
    let others = partitioning(of: parent, isNow: true)?.partitions ?? []
    let rest = others.first { if case .otherwise = $0.bound { true } else { false } }
    func isMisplaced(_ table: TableID, _ belongs: (TableID?) -> Bool) -> Bool {
      newestCells(table).contains { cells in
        !belongs(alone.partition { database.cells[Int(cells) + alone.columns[$0]] })
      }
    }
    if case .otherwise = partition.bound {
      // What is in none of the others.
      alone.partitions = others + [partition]
    } else {
      alone.partitions = [partition]
    }
    if isMisplaced(table, { $0 == table }) {
      throw SQLError(
        .checkViolation,
        "partition constraint of relation \"\(program.schema[table].name)\" is violated by some row"
      )
    }
    guard let rest, isMisplaced(rest.table, { $0 != table }) else { return }
    throw SQLError(
      .checkViolation,
      "updated partition constraint for default partition \"\(program.schema[rest.table].name)\" "
        + "would be violated by some row")
  }
}
