import Store

/// REINDEX, CLUSTER, and indexes that steps of an isolation spec make and drop.
///
/// What an index does to plans is not followed: tables that somebody has counted are read as a whole anyway.
extension RoutineCompiler {
  func compileIndexWork(_ work: IndexWorkSyntax, at place: SourceSpan) {
    span = place
    switch work {
    case .reindexTable(let name, let isConcurrent):
      guard let table = builder.ordinaryTable(name) else { return }
      reindex(table, isConcurrent: isConcurrent, .owner, at: place)
    case .reindexIndex(let name, let isConcurrent):
      guard let table = builder.table(ofIndex: name.last) else { return }
      reindex(table, isConcurrent: isConcurrent, .ownerOfIndex(name.last.text), at: place)
    case .cluster(let name, let index): cluster(name, by: index, at: place)
    }
  }

  private func reindex(
    _ table: TableID, isConcurrent: Bool, _ permission: TableLock.Permission, at place: SourceSpan
  ) {
    let name = builder.program.schema[table].name
    let hasIndexes = builder.hasIndexes(table)
    guard isConcurrent else {
      var locks = [TableLock(table: table, mode: .share, permission: permission)]
      if let indexes = builder.indexTables[table] {
        locks.append(TableLock(table: indexes, mode: .accessExclusive))
      }
      emit(builder.utility(.none, locks: locks, at: place), into: .discard)
      if !hasIndexes { emit(.notice("table \"\(name)\" has no indexes to reindex")) }
      return
    }
    beginConcurrently("REINDEX CONCURRENTLY", table, permission, at: place)
    if hasIndexes {
      emit(.awaits(.lockers(table, .share)))
      emit(.awaits(.lockers(table, .share)))
      emit(.awaits(.snapshots))
      emit(.awaits(.lockers(table, .accessExclusive)))
      emit(.awaits(.lockers(table, .accessExclusive)))
    } else {
      emit(
        .notice("table \"\(name)\" has no indexes that can be reindexed concurrently"))
    }
    emit(.unlock(table, .shareUpdateExclusive))
  }

  /// Locks a table for longer than a transaction.
  private func beginConcurrently(
    _ command: String, _ table: TableID, _ permission: TableLock.Permission?,
    at place: SourceSpan
  ) {
    var lock = TableLock(table: table, mode: .shareUpdateExclusive, permission: permission)
    lock.isForSession = true
    builder.awaitedTables.insert(table)
    emit(builder.utility(.alone(command), locks: [lock], at: place), into: .discard)
  }

  func emit(_ step: IndexStep) {
    markedAsClient { emit(.indexStep(step)) }
  }

  // MARK: CLUSTER

  private func cluster(
    _ name: QualifiedNameSyntax, by index: NameSyntax, at place: SourceSpan
  ) {
    guard let table = builder.table(named: name),
      let columns = builder.clusterColumns(of: index, table)
    else { return }
    guard let partitioning = builder.program.schema[table].partitioning else {
      emit(builder.clustering(table, by: columns, .owner, at: place), into: .discard)
      return
    }
    // The partitions come in transactions of their own.
    let lock = TableLock(table: table, mode: .accessExclusive, permission: .owner)
    emit(builder.utility(.alone("CLUSTER"), locks: [lock], at: place), into: .discard)
    for partition in partitioning.partitions {
      emit(
        builder.clustering(partition.table, by: columns, .silentOwner, at: place), into: .discard)
    }
  }

  // MARK: CREATE and DROP INDEX

  func compileCreateIndex(_ index: CreateIndexSyntax, at place: SourceSpan) {
    guard let table = builder.ordinaryTable(index.table) else { return }
    guard index.isPlain else {
      report(
        Diagnostic(
          .unsupportedStatement,
          "only plain indexes over columns are simulated where a step makes them", at: place,
          help: "move the index to a `setup` block"))
      return
    }
    for element in index.elements {
      if case .column(let name) = element.value.kind {
        guard builder.column(name.last, of: table) != nil else { return }
      }
    }
    span = place
    let changes = index.name.map { name in
      [
        builder.indexChange(
          name.text, of: table, isCreated: true, isLenient: index.ifNotExists)
      ]
    }
    change(
      "CREATE INDEX", isConcurrent: index.isConcurrent, table, changes ?? [],
      TableLock(
        table: table, mode: index.isConcurrent ? .shareUpdateExclusive : .share,
        permission: .owner), at: place)
    guard index.isConcurrent else { return }
    // Where there is nothing to do, nobody is waited for.
    let isKnown = index.ifNotExists && index.name.map { builder.hasIndex($0.text) } ?? false
    if !isKnown {
      emit(.awaits(.lockers(table, .share)))
      emit(.awaits(.lockers(table, .share)))
      emit(.awaits(.snapshots))
    }
    emit(.unlock(table, .shareUpdateExclusive))
  }

  /// The first part of a command that makes or drops an index, or all of it.
  private func change(
    _ command: String, isConcurrent: Bool, _ table: TableID, _ changes: [Alteration.Change],
    _ lock: TableLock, at place: SourceSpan
  ) {
    var lock = lock
    lock.isForSession = isConcurrent
    let compiled = builder.alteration(named: command, changes, locks: [lock], at: place)
    if isConcurrent {
      builder.awaitedTables.insert(table)
      builder.program.statements[Int(compiled.index)].utility = .alone("\(command) CONCURRENTLY")
    }
    emit(compiled, into: .discard)
  }

  func compileDropIndex(_ drop: DropSyntax, at place: SourceSpan) {
    span = place
    guard drop.names.count == 1, let name = drop.names.first?.last else {
      report(
        Diagnostic(
          .unsupportedStatement, "a step drops one index at a time here", at: place,
          help: "write a statement for each"))
      return
    }
    if drop.ifExists, !builder.hasIndex(name.text), builder.createdIndexes[name.text] == nil {
      if drop.isConcurrent {
        emit(
          builder.utility(.alone("DROP INDEX CONCURRENTLY"), locks: [], at: place),
          into: .discard)
      }
      emit(.notice("index \"\(name.text)\" does not exist, skipping"))
      return
    }
    guard let table = builder.table(ofIndex: name) else { return }
    guard builder.isPlainIndex(name.text, of: table) else {
      report(
        Diagnostic(
          .unsupportedStatement, "a step that drops a unique index is not simulated", at: name.span,
          help: "drop one that is not unique"))
      return
    }
    let permission = TableLock.Permission.ownerOfIndex(name.text)
    let change = builder.indexChange(
      name.text, of: table, isCreated: false, isLenient: drop.ifExists)
    guard drop.isConcurrent else {
      let lock = TableLock(table: table, mode: .accessExclusive, permission: permission)
      self.change("DROP INDEX", isConcurrent: false, table, [change], lock, at: place)
      return
    }
    self.change(
      "DROP INDEX", isConcurrent: true, table, [change],
      TableLock(table: table, mode: .shareUpdateExclusive, permission: permission), at: place)
    emit(.awaits(.lockers(table, .accessExclusive)))
    emit(.awaits(.lockers(table, .accessExclusive)))
    emit(.unlock(table, .shareUpdateExclusive))
  }
}
