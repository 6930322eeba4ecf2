import Store

// Partitioned tables and inheritance: tables whose rows are those of other tables, in isolation specs.
extension ProgramBuilder {
  // MARK: PARTITION BY

  /// Makes a table a partitioned one.
  func partition(_ table: TableID, by key: PartitionKeySyntax) {
    guard checkPartitions(at: key.span) else { return }
    let strategy: Partitioning.Strategy
    switch key.strategy.text {
    case "range": strategy = .range
    case "list": strategy = .list
    case "hash":
      report(
        Diagnostic(
          .unsupportedClause, "partitions by hash are not simulated", at: key.strategy.span,
          help: "use RANGE or LIST"))
      return
    default:
      report(
        Diagnostic(
          .syntaxError, "unrecognized partitioning strategy `\(key.strategy.text)`",
          at: key.strategy.span, help: "write RANGE or LIST"))
      return
    }
    var columns: [Int] = []
    for element in key.elements {
      guard case .column(let name) = element.kind, name.parts.count == 1 else {
        report(
          Diagnostic(
            .unsupportedClause, "expressions in a partition key are not simulated",
            at: element.span, help: "store the value in a column, and use that"))
        return
      }
      guard let position = column(name.last, of: table) else { return }
      columns.append(position)
    }
    if strategy == .list, columns.count > 1 {
      report(
        Diagnostic(
          .invalidDefinition, "cannot use \"list\" partition strategy with more than one column",
          at: key.span))
      return
    }
    program.schema[table].partitioning = Partitioning(strategy: strategy, columns: columns)
    for index in program.schema[table].uniqueIndexes {
      _ = checkPartitionKey(index, of: table, at: key.span)
    }
  }

  /// Families of tables are known in isolation specs alone, whose states are not compared.
  private func checkPartitions(at span: SourceSpan) -> Bool {
    if switchesTriggers { return true }
    report(
      Diagnostic(
        .unsupportedClause, "partitions and inheritance are simulated in isolation specs only",
        at: span, help: "write one table"))
    return false
  }

  /// A unique key of a partitioned table holds the partition key (`DefineIndex`).
  func checkPartitionKey(
    _ index: Table.UniqueIndex, of table: TableID, at span: SourceSpan
  ) -> Bool {
    let shape = program.schema[table]
    guard let partitioning = shape.partitioning,
      let missing = partitioning.columns.first(where: { !index.columns.contains($0) })
    else { return true }
    report(
      Diagnostic(
        .invalidDefinition,
        "a unique key of partitioned table `\(shape.name)` must have all columns of the partition "
          + "key", at: span, help: "add `\(shape.columns[missing].name)` to the key"))
    return false
  }

  // MARK: PARTITION OF, ATTACH PARTITION

  /// Makes a new table a partition with the columns, defaults, checks and keys of its partitioned table.
  func define(_ table: TableID, as syntax: PartitionSyntax) {
    guard checkPartitions(at: syntax.span), let parent = partitionedTable(syntax) else { return }
    takeColumns(of: parent, into: table)
    guard let bound = bound(syntax.bound, of: parent, at: syntax.span) else { return }
    add(table, bound, to: parent, at: syntax.span)
  }

  /// ATTACH PARTITION: the columns take the order of the partitioned table.
  func attach(_ name: QualifiedNameSyntax, _ syntax: PartitionSyntax) {
    guard checkPartitions(at: syntax.span), let table = self.table(named: name),
      let parent = partitionedTable(syntax)
    else { return }
    guard program.schema[table].partitioning == nil, program.schema[table].family.isEmpty,
      program.schema[table].partitioned == nil
    else {
      report(
        Diagnostic(
          .unsupportedClause, "partitions that are partitioned are not simulated", at: name.span,
          help: "attach a plain table"))
      return
    }
    guard arrange(table, as: parent, at: name.span),
      let bound = bound(syntax.bound, of: parent, at: syntax.span)
    else { return }
    add(table, bound, to: parent, at: syntax.span)
  }

  private func partitionedTable(_ syntax: PartitionSyntax) -> TableID? {
    guard let parent = table(named: syntax.table) else { return nil }
    if program.schema[parent].partitioning != nil { return parent }
    report(
      Diagnostic(
        .invalidDefinition, "`\(syntax.table.text)` is not partitioned", at: syntax.table.span,
        help: "create it with PARTITION BY"))
    return nil
  }

  private func takeColumns(of parent: TableID, into table: TableID) {
    program.schema[table].columns = program.schema[parent].columns
    defaults[table] = defaults[parent]
    generatedSyntax[table] = generatedSyntax[parent]
    ownedSequences[table] = ownedSequences[parent]
  }

  /// Puts a table's columns into the order that its partitioned table has.
  private func arrange(_ table: TableID, as parent: TableID, at span: SourceSpan) -> Bool {
    let own = program.schema[table].columns
    let wanted = program.schema[parent].columns
    func refuse(_ message: String) -> Bool {
      report(Diagnostic(.invalidDefinition, message, at: span))
      return false
    }
    // Where each column of the partitioned table is here.
    var places: [Int] = []
    for column in wanted {
      guard let place = own.firstIndex(where: { $0.name == column.name }) else {
        return refuse("child table is missing column `\(column.name)`")
      }
      if own[place].type != column.type {
        return refuse("child table has different type for column `\(column.name)`")
      }
      if column.isNotNull, !own[place].isNotNull {
        return refuse("column `\(column.name)` in child table must be marked NOT NULL")
      }
      places.append(place)
    }
    if let extra = own.indices.first(where: { !places.contains($0) }) {
      return refuse("the partition has a column `\(own[extra].name)` of its own")
    }
    guard places != Array(own.indices) else { return true }
    if !program.schema[table].computed.isEmpty {
      report(
        Diagnostic(
          .unsupportedClause,
          "columns in another order under an index over expressions are not "
            + "simulated", at: span, help: "write the columns as in the partitioned table"))
      return false
    }
    let moved = { (position: Int) in places.firstIndex(of: position) ?? position }
    program.schema[table].writtenOrder = own.indices.map(moved)
    program.schema[table].columns = places.map { own[$0] }
    for index in program.schema[table].uniqueIndexes.indices {
      program.schema[table].uniqueIndexes[index].columns =
        program.schema[table].uniqueIndexes[index].columns.map(moved)
    }
    for index in program.schema[table].plainIndexes.indices {
      program.schema[table].plainIndexes[index].columns =
        program.schema[table].plainIndexes[index].columns.map(moved)
    }
    for key in program.schema[table].foreignKeys.indices {
      program.schema[table].foreignKeys[key].columns =
        program.schema[table].foreignKeys[key].columns.map(moved)
    }
    func moving<Entry>(_ entries: [Int: Entry]?) -> [Int: Entry]? {
      entries.map { Dictionary(uniqueKeysWithValues: $0.map { (moved($0.key), $0.value) }) }
    }
    defaults[table] = moving(defaults[table])
    identities[table] = moving(identities[table])
    generatedSyntax[table] = moving(generatedSyntax[table])
    return true
  }

  private func bound(
    _ syntax: PartitionSyntax.Bound, of parent: TableID, at span: SourceSpan
  ) -> Partitioning.Bound? {
    guard let partitioning = program.schema[parent].partitioning else { return nil }
    func mismatch(_ strategy: String) -> Partitioning.Bound? {
      report(
        Diagnostic(
          .invalidDefinition, "invalid bound specification for a \(strategy) partition",
          at: span))
      return nil
    }
    func value(_ syntax: ExpressionSyntax, _ position: Int) -> Value? {
      let type = program.schema[parent].columns[partitioning.columns[position]].type
      return constant(syntax, as: type)?.0
    }
    switch syntax {
    case .otherwise: return .otherwise
    case .list(let items):
      guard partitioning.strategy == .list else { return mismatch("range") }
      let values = items.compactMap { value($0, 0) }
      return values.count == items.count ? .list(values) : nil
    case .range(let low, let high):
      guard partitioning.strategy == .range else { return mismatch("list") }
      guard low.count == partitioning.columns.count, high.count == low.count else {
        report(
          Diagnostic(
            .invalidDefinition,
            "FROM and TO must specify exactly one value per partitioning column",
            at: span))
        return nil
      }
      func limits(_ items: [PartitionSyntax.Limit]) -> [Partitioning.Limit]? {
        let limits = items.enumerated().compactMap { position, item -> Partitioning.Limit? in
          switch item {
          case .minimum: .minimum
          case .maximum: .maximum
          case .value(let syntax): value(syntax, position).map { .value($0) }
          }
        }
        return limits.count == items.count ? limits : nil
      }
      guard let first = limits(low), let last = limits(high) else { return nil }
      let bound = Partitioning.Bound.range(first, last)
      if Partitioning.isEmpty(bound) {
        report(
          Diagnostic(.invalidDefinition, "empty range bound specified for the partition", at: span))
        return nil
      }
      return bound
    }
  }

  private func add(
    _ table: TableID, _ bound: Partitioning.Bound, to parent: TableID, at span: SourceSpan
  ) {
    guard var partitioning = program.schema[parent].partitioning else { return }
    if let other = partitioning.overlap(with: bound) {
      report(
        Diagnostic(
          .invalidDefinition,
          "partition `\(program.schema[table].name)` would overlap partition "
            + "`\(program.schema[other].name)`", at: span))
      return
    }
    partitioning.add(Partitioning.Partition(table: table, bound: bound))
    program.schema[parent].partitioning = partitioning
    program.schema[parent].family = partitioning.partitions.map(\.table)
    program.schema[table].partitioned = parent
    for child in program.schema.tables.indices {
      for key in program.schema.tables[child].foreignKeys.indices
      where program.schema.tables[child].foreignKeys[key].parent == parent
        && !program.schema.tables[child].foreignKeys[key].isInherited
      {
        nameReference(TableID(child), key, of: table)
      }
    }
    inherit(from: parent, into: table, at: span)
  }

  // MARK: What partitions take over

  /// Gives the partitions what their partitioned table has by now.
  func updatePartitions(of parent: TableID, at span: SourceSpan) {
    guard let partitioning = program.schema[parent].partitioning else { return }
    for index in program.schema[parent].uniqueIndexes
    where !checkPartitionKey(index, of: parent, at: span) {
      return
    }
    for partition in partitioning.partitions {
      inherit(from: parent, into: partition.table, at: span)
    }
  }

  private func inherit(from parent: TableID, into table: TableID, at span: SourceSpan) {
    let shape = program.schema[parent]
    for position in shape.columns.indices where shape.columns[position].isNotNull {
      program.schema[table].columns[position].isNotNull = true
    }
    for (name, syntax) in checkSyntax[parent] ?? [:] {
      checkSyntax[table, default: [:]][name] = syntax
    }
    computedSyntax[table] = computedSyntax[parent]
    program.schema[table].computed = shape.computed
    program.schema[table].expressionColumns = shape.expressionColumns
    for (position, index) in shape.uniqueIndexes.enumerated() {
      guard takeIndex(index, at: position, into: table, span) else { return }
    }
    let taken = program.schema[table].plainIndexes.count
    for index in shape.plainIndexes.dropFirst(taken) {
      program.schema[table].plainIndexes.append(index)
    }
    for key in shape.foreignKeys
    where !program.schema[table].foreignKeys.contains(where: { $0.name == key.name }) {
      var copy = key
      copy.isInherited = true
      program.schema[table].foreignKeys.append(copy)
    }
    for definition in triggerDefinitions
    where definition.table == parent && definition.syntax.isForEachRow {
      let isKnown = triggerDefinitions.contains {
        $0.table == table && $0.syntax.name.text == definition.syntax.name.text
      }
      if isKnown { continue }
      var clone = definition
      clone.table = table
      triggerDefinitions.append(clone)
    }
    compileChecks(of: table)
    compileGenerated(of: table)
    compileComputed(of: table)
  }

  /// A partition's own index that is like one of the partitioned table's is taken for it; else it gets one.
  ///
  /// Keys have the same positions in a partition as in its partitioned table, so that conflicts and locks can name
  /// them by those.
  private func takeIndex(
    _ index: Table.UniqueIndex, at position: Int, into table: TableID, _ span: SourceSpan
  ) -> Bool {
    let shape = program.schema[table]
    if position < shape.uniqueIndexes.count {
      let own = shape.uniqueIndexes[position]
      if own.columns == index.columns, own.predicate == index.predicate,
        own.isPrimary == index.isPrimary
      {
        return true
      }
      report(
        Diagnostic(
          .unsupportedClause,
          "a unique key of partition `\(shape.name)` before those of its partitioned table is not "
            + "simulated", at: span, help: "give the partitioned table its keys first"))
      return false
    }
    var copy = index
    let columns = index.columns.map { shape.stored($0).name }.joined(separator: "_")
    copy.name =
      index.isPrimary
      ? unusedName(shape.name, nil, "pkey")
      : unusedName(shape.name, columns, index.isConstraint ? "key" : "idx")
    relationNames.insert(copy.name)
    if index.isPrimary {
      for column in index.columns { program.schema[table].columns[column].isNotNull = true }
    }
    program.schema[table].uniqueIndexes.append(copy)
    return true
  }

  // MARK: INHERITS

  /// Gives a table that was just named the columns, defaults and checks of the table that it inherits from.
  func define(
    _ table: TableID, inheriting names: [QualifiedNameSyntax], isTemporary: Bool
  ) -> Bool {
    guard let name = names.first else { return true }
    guard checkPartitions(at: name.span) else { return false }
    guard names.count == 1 else {
      report(
        Diagnostic(
          .unsupportedClause, "a table that inherits from several is not simulated",
          at: names[1].span, help: "inherit from one"))
      return false
    }
    guard let parent = self.table(named: name) else { return false }
    let isLeaf = program.schema[parent].family.first.map { $0 == parent } ?? true
    guard program.schema[parent].partitioning == nil, isLeaf, !isChild(parent) else {
      report(
        Diagnostic(
          .unsupportedClause, "a table that inherits from a child or a partition is not simulated",
          at: name.span, help: "inherit from an ordinary table"))
      return false
    }
    takeColumns(of: parent, into: table)
    program.schema[table].owner = isTemporary ? definingSession.map { UInt16($0) } : nil
    for (name, syntax) in checkSyntax[parent] ?? [:] {
      checkSyntax[table, default: [:]][name] = syntax
    }
    if program.schema[parent].family.isEmpty { program.schema[parent].family = [parent] }
    program.schema[parent].family.append(table)
    return true
  }

  /// Whether a table inherits from another.
  func isChild(_ table: TableID) -> Bool {
    program.schema.tables.indices.contains {
      TableID($0) != table && program.schema.tables[$0].family.contains(table)
    }
  }

  /// A table that inherits has its parent's columns alone.
  func checkInherited(_ table: TableID, at span: SourceSpan) -> Bool {
    let parent = program.schema.tables.first { $0.partitioning == nil && $0.family.contains(table) }
    guard let parent, parent.columns.count != program.schema[table].columns.count else {
      return true
    }
    report(
      Diagnostic(
        .unsupportedClause, "columns of its own in a table that inherits are not simulated",
        at: span, help: "list no columns: `CREATE TABLE c () INHERITS (p)`"))
    return false
  }

  // MARK: Statements

  /// Tables, each followed by those whose rows it has, where they are others.
  func withFamilies(_ tables: [TableID]) -> [TableID] {
    var result: [TableID] = []
    for table in tables {
      for member in [table] + program.schema[table].family where !result.contains(member) {
        result.append(member)
      }
    }
    return result
  }

  /// `tableoid::regclass`: the name of the table that a row is in; `nil` where something else is cast.
  func tableName(_ operand: ExpressionSyntax, _ type: TypeNameSyntax, _ scope: Scope) -> Typed? {
    guard allowsSystemColumns, case .named(let target) = type.kind, target.last.text == "regclass",
      case .column(let name) = operand.kind, name.last.text == "tableoid"
    else { return nil }
    return rowIdentity(name, .tableName, scope)
  }

  /// `ctid`: where a row's version lies; `nil` where it is not known which table is meant.
  func place(_ name: QualifiedNameSyntax, _ scope: Scope) -> Typed? {
    guard name.last.text == "ctid" else { return nil }
    return rowIdentity(name, .place, scope)
  }

  /// What an operation makes of the identity of the row that a system column belongs to.
  private func rowIdentity(
    _ name: QualifiedNameSyntax, _ operation: Operation, _ scope: Scope
  ) -> Typed? {
    for (index, reference) in scope.levels.enumerated().reversed() where reference.isVisible {
      let level = reference.level
      let items = level.namespace.filter { item in
        item.relation != nil && (name.parts.count == 1 || item.alias == name.parts[0].text)
      }
      guard items.count == 1, let relation = items[0].relation,
        case .table = level.relations[relation].source
      else { continue }
      let word = NamespaceItem.Source.offset(level.relations[relation].offset)
      var code = self.code(for: word, depth: scope.levels.count - 1 - index, at: name.span)
      code.append(operation, at: name.span)
      return Typed(code, .text, at: name.span)
    }
    return nil
  }
}
