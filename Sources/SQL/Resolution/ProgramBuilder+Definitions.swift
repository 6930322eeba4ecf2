import Store

// DDL: what a schema block defines.
extension ProgramBuilder {
  /// Defines tables, indexes, enums, sequences, views and functions; functions by their heads only.
  package func define(_ statements: [StatementSyntax], isWorld: Bool) {
    for statement in statements { define(statement, isWorld: isWorld) }
  }

  private func define(_ syntax: StatementSyntax, isWorld: Bool) {
    if isWorld, refusesInWorld(syntax) { return }
    switch syntax.kind {
    case .createTable(let table): define(table, isWorld: isWorld)
    case .createIndex(let index):
      define(index, at: syntax.span)
      program.schema.table(named: index.table.last.text).map {
        updatePartitions(of: $0, at: syntax.span)
      }
    case .createFunction(let function): define(function, at: syntax.span)
    case .createEnum(let enumeration): define(enumeration)
    case .createSequence(let sequence): define(sequence)
    case .alterSequence(let sequence): alter(sequence)
    case .createView(let view): define(view)
    case .alterTable(let change): alter(change, at: syntax.span)
    case .drop(let drop): self.drop(drop, at: syntax.span)
    case .createTrigger(let trigger):
      define(trigger, at: syntax.span)
      program.schema.table(named: trigger.table.last.text).map {
        updatePartitions(of: $0, at: syntax.span)
      }
    case .createSchema(let name):
      if name.text != "public" {
        report(
          Diagnostic(
            .unsupportedStatement, "a scenario has one schema, `public`", at: syntax.span,
            help: "delete the line, and the schema's name before each table"))
      }
    case .ignored: break
    case .set, .show, .reset:
      report(
        Diagnostic(
          .statementIgnored, "this setting has no effect in a schema block", at: syntax.span,
          help: "delete the line"))
    default:
      report(
        Diagnostic(
          .misplacedStatement, "only definitions can stand in a schema block", at: syntax.span,
          help: "rows go into the data block"))
    }
  }

  private func refusesInWorld(_ syntax: StatementSyntax) -> Bool {
    switch syntax.kind {
    case .createTable, .createIndex, .createEnum, .createView, .alterTable, .drop, .ignored, .set,
      .createSchema:
      return false
    default:
      report(
        Diagnostic(
          .misplacedStatement, "the world has tables only", at: syntax.span,
          help: "move it into the schema block"))
      return true
    }
  }

  /// Claims a name that tables, indexes, sequences and views share; reports a second use.
  func claim(_ name: String, at span: SourceSpan) -> Bool {
    guard relationNames.contains(name) else {
      relationNames.insert(name)
      return true
    }
    var diagnostic = Diagnostic(.duplicateName, "relation `\(name)` already exists", at: span)
    if let table = program.schema.table(named: name), let first = tableSpans[table] {
      diagnostic.labels = [.init("defined here", at: first)]
    }
    report(diagnostic)
    return false
  }

  // MARK: Types, sequences, views

  private func define(_ syntax: CreateEnumSyntax) {
    guard checkSchema(of: syntax.name) else { return }
    let name = syntax.name.last.text
    guard !program.types.enums.contains(where: { $0.name == name }), DataType(named: name) == nil
    else {
      report(
        Diagnostic(.duplicateName, "type `\(name)` already exists", at: syntax.name.span))
      return
    }
    var labels: [String] = []
    for label in syntax.labels {
      if labels.contains(label.text) {
        report(
          Diagnostic(
            .duplicateName, "enum label `\(label.text)` already exists", at: label.span))
      } else {
        labels.append(label.text)
      }
    }
    program.types.enums.append(EnumType(name: name, labels: labels))
  }

  /// A view is expanded where it is used; here its query is only checked.
  private func define(_ syntax: CreateViewSyntax) {
    guard checkSchema(of: syntax.name) else { return }
    let name = syntax.name.last.text
    if views[name] == nil || !syntax.orReplace {
      guard claim(name, at: syntax.name.span) else { return }
    }
    if let clause = syntax.query.locking.first {
      report(
        Diagnostic(
          .unsupportedClause, "a view that locks rows is not simulated", at: clause.span,
          help: "lock the rows in the statements"))
      return
    }
    var scope = Scope(access: .everything)
    scope.statement = StatementContext(takesParts: false)
    scope.callRefusal = "it stands in a view"
    guard let compiled = compile(syntax.query, scope) else { return }
    guard renamed(compiled.columns, syntax.columns, of: name) != nil else { return }
    views[name] = syntax
  }

  // MARK: Tables

  /// The columns of a table that a query fills.
  private func columns(of query: QuerySyntax, _ syntax: CreateTableSyntax) -> [Table.Column] {
    var scope = Scope(access: .everything)
    scope.statement = StatementContext(takesParts: false)
    guard let compiled = compile(query, scope),
      let columns = renamed(compiled.columns, syntax.queryColumns, of: syntax.name.last.text)
    else { return [] }
    return columns.map {
      Table.Column(name: $0.name, type: $0.type == .unknown ? .text : $0.type)
    }
  }

  private func define(_ syntax: CreateTableSyntax, isWorld: Bool) {
    guard checkSchema(of: syntax.name) else { return }
    let name = syntax.name.last.text
    if syntax.ifNotExists, relationNames.contains(name) { return }
    guard claim(name, at: syntax.name.span) else { return }
    let id = TableID(program.schema.tables.count)
    program.schema.tables.append(Table(name: name, isWorld: isWorld, columns: []))
    program.checks.append([])
    tableSpans[id] = syntax.name.span
    if syntax.isMaterializedView { materializedViews.insert(name) }
    if let query = syntax.query {
      program.schema.tables[Int(id.index)].columns = columns(of: query, syntax)
      return
    }
    if let partition = syntax.partition {
      define(id, as: partition)
      return
    }
    var isSound = define(
      id, inheriting: syntax.inherited, isTemporary: syntax.isTemporary)
    for position in 0...syntax.columns.count {
      for like in syntax.likes where like.position == position && !addColumns(like, to: id) {
        isSound = false
      }
      if position < syntax.columns.count, !addColumn(syntax.columns[position], to: id) {
        isSound = false
      }
    }
    // A table with a broken column is there with its keys, so that its other uses are no mistakes.
    guard isSound else {
      let columns = Set(program.schema[id].columns.map(\.name))
      for constraint in Self.inOrder(syntax) where Self.isKey(constraint, over: columns) {
        add(constraint, to: id)
      }
      return
    }
    for constraint in Self.inOrder(syntax) { add(constraint, to: id) }
    compileChecks(of: id)
    compileGenerated(of: id)
    if !syntax.inherited.isEmpty { _ = checkInherited(id, at: syntax.name.span) }
    if let key = syntax.partitionKey { partition(id, by: key) }
  }

  /// Adds the columns of another table, with what is wanted of it besides.
  private func addColumns(_ like: LikeSyntax, to table: TableID) -> Bool {
    guard let source = self.table(named: like.table) else { return false }
    let shape = program.schema[source]
    let hasIndexes = !shape.uniqueIndexes.isEmpty || !shape.plainIndexes.isEmpty
    if like.parts.contains(.indexes) && hasIndexes
      || like.parts.contains(.identity) && identities[source]?.isEmpty == false
    {
      report(
        Diagnostic(
          .unsupportedClause, "indexes and identity columns of another table are not simulated",
          at: like.table.span, help: "write them out"))
      return false
    }
    for (position, column) in shape.columns.enumerated() {
      guard !program.schema[table].columns.contains(where: { $0.name == column.name }) else {
        report(
          Diagnostic(
            .duplicateName, "column `\(column.name)` specified more than once",
            at: like.table.span))
        return false
      }
      let new = program.schema[table].columns.count
      program.schema[table].columns.append(
        Table.Column(name: column.name, type: column.type, isNotNull: column.isNotNull))
      if let generated = generatedSyntax[source]?[position] {
        if like.parts.contains(.generated) {
          generatedSyntax[table, default: [:]][new] = generated
        }
      } else if like.parts.contains(.defaults), let value = defaults[source]?[position] {
        defaults[table, default: [:]][new] = value
      }
    }
    if like.parts.contains(.constraints) {
      for (name, check) in checkSyntax[source] ?? [:] {
        checkSyntax[table, default: [:]][name] = check
      }
    }
    return true
  }

  /// A table's constraints, columns' own first, primary keys before other unique keys.
  private static func inOrder(_ syntax: CreateTableSyntax) -> [TableConstraintSyntax] {
    let all = syntax.columns.flatMap { constraints(of: $0) } + syntax.constraints
    func rank(_ constraint: TableConstraintSyntax) -> Int {
      switch constraint.kind {
      case .primaryKey: 0
      case .unique: 1
      case .check: 2
      case .foreignKey: 3
      }
    }
    return (0...3).flatMap { wanted in all.filter { rank($0) == wanted } }
  }

  private static func isKey(_ constraint: TableConstraintSyntax, over columns: Set<String>) -> Bool
  {
    switch constraint.kind {
    case .primaryKey(let names), .unique(let names, _):
      names.allSatisfy { columns.contains($0.text) }
    case .check, .foreignKey: false
    }
  }

  /// A column's constraints as the table's.
  static func constraints(of column: ColumnSyntax) -> [TableConstraintSyntax] {
    column.constraints.compactMap { constraint in
      let kind: TableConstraintSyntax.Kind
      switch constraint.kind {
      case .primaryKey: kind = .primaryKey([column.name])
      case .unique(let nullsNotDistinct):
        kind = .unique([column.name], nullsNotDistinct: nullsNotDistinct)
      case .check(let condition): kind = .check(condition)
      case .references(let reference): kind = .foreignKey([column.name], reference)
      case .notNull, .null, .defaultValue, .identity, .generated: return nil
      }
      return TableConstraintSyntax(
        name: constraint.name, kind: kind, deferral: constraint.deferral, span: constraint.span)
    }
  }

  private static let serialTypes: [String: DataType] = [
    "serial": .integer, "serial4": .integer, "bigserial": .bigint, "serial8": .bigint,
    "smallserial": .smallint, "serial2": .smallint,
  ]

  /// Adds a column with its default; its other constraints are the table's.
  func addColumn(_ syntax: ColumnSyntax, to table: TableID) -> Bool {
    let name = syntax.name.text
    guard !program.schema[table].columns.contains(where: { $0.name == name }) else {
      report(
        Diagnostic(
          .duplicateName, "column `\(name)` specified more than once", at: syntax.name.span))
      return false
    }
    guard program.schema[table].columns.count < 1600 else {
      report(Diagnostic(.limitExceeded, "tables can have at most 1600 columns", at: syntax.span))
      return false
    }
    var serial: DataType?
    if case .named(let type) = syntax.type.kind { serial = Self.serialTypes[type.last.text] }
    guard let type = serial ?? dataType(syntax.type) else { return false }
    switch type.kind {
    case .void, .record, .trigger, .unknown:
      report(
        Diagnostic(
          .invalidDefinition, "column `\(name)` has pseudo-type `\(self.name(type))`",
          at: syntax.type.span))
      return false
    default: break
    }
    program.schema.tables[Int(table.index)].columns.append(
      Table.Column(name: name, type: type, isNotNull: serial != nil))
    let position = program.schema[table].columns.count - 1
    program.schema[table].moveIndexes(past: position - 1, by: 1)
    if serial != nil {
      addSequence(to: position, of: table, SequenceOptionsSyntax(), at: syntax.name.span)
    }
    var isSound = true
    for constraint in syntax.constraints where !apply(constraint, to: position, of: table) {
      isSound = false
    }
    return isSound
  }

  private func apply(
    _ constraint: ColumnConstraintSyntax, to position: Int, of table: TableID
  ) -> Bool {
    switch constraint.kind {
    case .notNull:
      program.schema.tables[Int(table.index)].columns[position].isNotNull = true
    case .defaultValue(let value): return setDefault(value, position, of: table)
    case .identity(let always, let options):
      guard program.schema[table].columns[position].type.isInteger else {
        report(
          Diagnostic(
            .invalidDefinition, "identity column type must be smallint, integer, or bigint",
            at: constraint.span))
        return false
      }
      program.schema.tables[Int(table.index)].columns[position].isNotNull = true
      identities[table, default: [:]][position] = always
      addSequence(to: position, of: table, options, at: constraint.span)
    case .generated(let expression):
      guard defaults[table]?[position] == nil else {
        report(
          Diagnostic(
            .invalidDefinition, "both default and generation expression specified for column",
            at: constraint.span))
        return false
      }
      generatedSyntax[table, default: [:]][position] = expression
    case .null, .primaryKey, .unique, .check, .references: break
    }
    return true
  }

  func setDefault(_ syntax: ExpressionSyntax?, _ position: Int, of table: TableID) -> Bool {
    guard let syntax else {
      defaults[table]?[position] = nil
      return true
    }
    var scope = Scope(access: .database).inside(.defaultValue)
    scope.callRefusal = "it stands in DEFAULT"
    guard let typed = resolve(syntax, scope) else { return false }
    let column = program.schema[table].columns[position]
    guard let cast = converted(typed, to: column.type, .assignment) else {
      report(
        Diagnostic(
          .typeMismatch,
          "column `\(column.name)` is of type `\(name(column.type))` but default expression is of "
            + "type `\(name(typed.type))`", at: syntax.span))
      return false
    }
    defaults[table, default: [:]][position] = cast.code
    return true
  }
}
