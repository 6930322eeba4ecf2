import Store

// ATTACH and DETACH PARTITION in the steps of an isolation spec.
extension ProgramBuilder {
  /// Makes a table what it will be once a step has attached it; until then it is no partition.
  ///
  /// - Returns: False after a report.
  func defineAttachment(
    _ name: QualifiedNameSyntax, _ partition: PartitionSyntax, at span: SourceSpan
  ) -> Bool {
    guard let table = self.table(named: name), let parent = self.table(named: partition.table)
    else {
      return false
    }
    program.switchesPartitions = true
    // It was a partition before, or becomes one by another step.
    if program.schema[table].partitioned == parent { return true }
    let keys = program.schema[table].foreignKeys.count
    guard hasAll(of: parent, table, at: name.span) else { return false }
    let errors = errorCount
    attach(name, partition)
    guard errorCount == errors else { return false }
    program.schema[table].isLatePartition = true
    switchReferences(of: table, from: keys, at: span)
    return true
  }

  /// What ATTACH would add to the table, foreign keys apart, it has to have from the start.
  private func hasAll(of parent: TableID, _ table: TableID, at span: SourceSpan) -> Bool {
    func refuse(_ what: String, _ help: String) -> Bool {
      report(
        Diagnostic(
          .unsupportedStatement, "a step that attaches a table without \(what) is not simulated",
          at: span, help: .init(help)))
      return false
    }
    let shape = program.schema[table]
    for index in program.schema[parent].uniqueIndexes {
      let names = index.columns.map { program.schema[parent].stored($0).name }
      let isThere = shape.uniqueIndexes.contains {
        $0.columns.map { shape.stored($0).name } == names && $0.isPrimary == index.isPrimary
      }
      guard isThere else {
        return refuse("the keys of the partitioned table", "give the table the same keys")
      }
    }
    for check in (checkSyntax[parent] ?? [:]).keys.sorted() where checkSyntax[table]?[check] == nil
    {
      return refuse("the check `\(check)`", "give the table the check")
    }
    let hasTriggers = triggerDefinitions.contains {
      $0.table == parent && $0.syntax.isForEachRow
    }
    if hasTriggers {
      return refuse("the triggers of the partitioned table", "attach the table in a `setup` block")
    }
    return true
  }

  /// Notes a table that a step detaches.
  func defineDetachment(_ name: QualifiedNameSyntax, of parent: TableID) -> Bool {
    guard let table = table(named: name) else { return false }
    program.switchesPartitions = true
    guard program.schema[table].partitioned == parent else {
      report(
        Diagnostic(
          .invalidDefinition,
          "`\(name.text)` is no partition of `\(program.schema[parent].name)`", at: name.span))
      return false
    }
    let isReferred = program.schema.tables.contains { child in
      child.foreignKeys.contains {
        $0.parent == table || $0.parent == parent && $0.onDelete.changes
      }
    }
    guard program.schema[parent].foreignKeys.isEmpty, !isReferred else {
      report(
        Diagnostic(
          .unsupportedStatement,
          "DETACH PARTITION is not simulated where the partitioned table has foreign keys, or others with "
            + "actions refer to it", at: name.span, help: "leave the foreign keys out"))
      return false
    }
    return true
  }

  /// The default partition of a partitioned table.
  func defaultPartition(of table: TableID, besides other: TableID) -> TableID? {
    program.schema[table].partitioning?.partitions.first {
      if case .otherwise = $0.bound { $0.table != other } else { false }
    }?.table
  }

  /// The tables that refer to a partitioned table, which DETACH PARTITION locks against changes
  /// (`ATDetachCheckNoForeignKeyRefs`).
  func referringLocks(to parent: TableID) -> [TableLock] {
    let tables = program.schema.tables.indices.filter { child in
      program.schema.tables[child].foreignKeys.contains { $0.parent == parent && !$0.isInherited }
    }
    return tables.map { TableLock(table: TableID($0), mode: .share) }
  }

  /// The locks of ATTACH PARTITION (`ATExecAttachPartition`).
  func attachmentLocks(_ child: TableID, of parent: TableID) -> [TableLock] {
    var locks = [
      TableLock(table: parent, mode: .shareUpdateExclusive),
      TableLock(table: child, mode: .accessExclusive),
    ]
    if let rest = defaultPartition(of: parent, besides: child) {
      var lock = TableLock(table: rest, mode: .accessExclusive)
      lock.parent = parent
      locks.append(lock)
    }
    return locks
  }
}

extension AlterTableSyntax {
  /// The partition that it detaches in more than one transaction, or in the second of them.
  var detachment: (partition: QualifiedNameSyntax, kind: DetachmentSyntax)? {
    guard actions.count == 1, case .detachPartition(let name, let kind)? = actions.first,
      kind != .atOnce
    else { return nil }
    return (name, kind)
  }
}

extension Table.ForeignKey.Action {
  /// Whether it changes the rows that refer to one that goes.
  fileprivate var changes: Bool {
    switch self {
    case .noAction, .restrict: false
    case .cascade, .setNull, .setDefault: true
    }
  }
}
