import Store

// What steps of an isolation spec do with indexes.
extension ProgramBuilder {
  /// A table that has no partitions and is none; reports others.
  func ordinaryTable(_ name: QualifiedNameSyntax) -> TableID? {
    guard let table = table(named: name) else { return nil }
    guard program.schema[table].family.isEmpty, program.schema[table].partitioning == nil else {
      report(
        Diagnostic(
          .unsupportedStatement,
          "this is not simulated for a table that has partitions or children", at: name.span,
          help: "name a partition, or an ordinary table"))
      return nil
    }
    return table
  }

  func hasIndex(_ name: String) -> Bool {
    program.schema.tables.contains { table in
      table.uniqueIndexes.contains { $0.name == name }
        || table.plainIndexes.contains { $0.name == name }
    }
  }

  func isPlainIndex(_ name: String, of table: TableID) -> Bool {
    program.schema[table].plainIndexes.contains { $0.name == name } || createdIndexes[name] != nil
  }

  /// Whether DROP INDEX names one index that is not unique, or may name none.
  func dropsPlainIndex(_ drop: DropSyntax) -> Bool {
    guard drop.names.count == 1, let name = drop.names.first?.last.text else { return false }
    return createdIndexes[name] != nil || drop.ifExists && !hasIndex(name)
      || program.schema.tables.contains { $0.plainIndexes.contains { $0.name == name } }
  }

  /// Whether REINDEX finds anything: indexes, or those of the values that are kept elsewhere when they are long.
  func hasIndexes(_ table: TableID) -> Bool {
    let shape = program.schema[table]
    return !shape.uniqueIndexes.isEmpty || !shape.plainIndexes.isEmpty
      || shape.columns.contains { $0.type.mayBeLong }
  }

  /// The table of an index; reports where there is none.
  func table(ofIndex name: NameSyntax) -> TableID? {
    for (number, table) in program.schema.tables.enumerated() {
      let names = table.uniqueIndexes.map(\.name) + table.plainIndexes.map(\.name)
      if names.contains(name.text) { return TableID(number) }
    }
    if let table = createdIndexes[name.text] { return table }
    report(
      .misspelt(
        .unknownTable, "no index `\(name.text)`", at: name.span, name: name.text,
        among: program.schema.tables.flatMap { table in
          table.uniqueIndexes.map(\.name) + table.plainIndexes.map(\.name)
        }))
    return nil
  }

  /// The values that CLUSTER sorts by; reports an index that it cannot use.
  func clusterColumns(of name: NameSyntax, _ table: TableID) -> [Int]? {
    let shape = program.schema[table]
    if descendingIndexes.contains(name.text) {
      report(
        Diagnostic(
          .unsupportedStatement, "CLUSTER by an index that is not sorted upwards is not simulated",
          at: name.span, help: "use another index"))
      return nil
    }
    if let index = shape.uniqueIndexes.first(where: { $0.name == name.text }),
      index.predicate == nil
    {
      return index.columns
    }
    if let index = shape.plainIndexes.first(where: { $0.name == name.text }), index.isSearchable {
      return index.columns
    }
    report(
      .misspelt(
        .unknownTable, "no index `\(name.text)` over all rows and columns of `\(shape.name)`",
        at: name.span, name: name.text,
        among: shape.uniqueIndexes.map(\.name) + shape.plainIndexes.map(\.name)))
    return nil
  }

  /// Notes the tables whose indexes are locked, before anything is compiled.
  package func noteIndexWork(in statements: [StatementSyntax]) {
    for statement in statements {
      var table: TableID?
      switch statement.kind {
      case .indexWork(.reindexTable(let name, isConcurrent: false)):
        table = program.schema.table(named: name.last.text)
      case .createIndex(let index):
        if let name = index.name?.text, !hasIndex(name) {
          createdIndexes[name] = program.schema.table(named: index.table.last.text)
        }
        continue
      case .indexWork(.reindexIndex(let name, isConcurrent: false)):
        if hasIndex(name.last.text) { table = self.table(ofIndex: name.last) }
      default: continue
      }
      guard let table, indexTables[table] == nil, hasIndexes(table) else { continue }
      let indexes = "$indexes of \(program.schema[table].name)"
      indexTables[table] = TableID(program.schema.tables.count)
      program.schema.tables.append(Table(name: indexes, isWorld: false, columns: []))
      program.checks.append([])
    }
  }

  /// What becomes of an index that a step makes or drops.
  func indexChange(
    _ name: String, of table: TableID, isCreated: Bool, isLenient: Bool
  ) -> Alteration.Change {
    let number = program.stepIndexes.firstIndex(of: name) ?? program.stepIndexes.count
    if number == program.stepIndexes.count { program.stepIndexes.append(name) }
    return .index(
      Alteration.IndexChange(
        table: table, number: UInt16(clamping: number), isCreated: isCreated,
        isInitial: hasIndex(name), isLenient: isLenient))
  }

  // MARK: Statements

  /// A command that locks tables, and does nothing to their rows.
  func utility(
    _ utility: Statement.Utility, locks: [TableLock], at span: SourceSpan
  ) -> CompiledStatement {
    let compiled = self.utility(utility, at: span)
    program.statements[Int(compiled.index)].tableLocks = locks
    return compiled
  }

  /// A change of definitions with its locks.
  func alteration(
    named name: String, _ changes: [Alteration.Change], locks: [TableLock], at span: SourceSpan
  ) -> CompiledStatement {
    let part = StatementPart(
      body: .alter(Alteration(name: name, changes: changes)), columns: [])
    var statement = Statement(parts: [part], span: span)
    statement.readsTables = true
    statement.tableLocks = locks
    program.statements.append(statement)
    return CompiledStatement(
      index: Int32(clamping: program.statements.count - 1), columns: [], facts: Facts(),
      kind: .lockTable)
  }

  func clustering(
    _ table: TableID, by columns: [Int], _ permission: TableLock.Permission, at span: SourceSpan
  ) -> CompiledStatement {
    alteration(
      named: "CLUSTER", [.cluster(table, columns)],
      locks: [TableLock(table: table, mode: .accessExclusive, permission: permission)], at: span)
  }
}

extension CreateIndexSyntax {
  /// Whether it is over all rows and over columns alone, and not unique.
  var isPlain: Bool {
    !isUnique && condition == nil && method.map { $0.text == "btree" } ?? true
      && elements.allSatisfy { if case .column = $0.value.kind { true } else { false } }
  }
}

extension DataType {
  /// Whether its values may be so long that they are kept in a table of their own, which has an index.
  fileprivate var mayBeLong: Bool {
    switch kind {
    case .text, .json, .jsonb, .numeric, .bytea, .array: true
    default: false
    }
  }
}
