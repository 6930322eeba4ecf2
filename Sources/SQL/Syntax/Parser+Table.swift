/// CREATE TABLE, CREATE INDEX, ALTER TABLE.
extension Parser {
  /// Reads CREATE TABLE behind the word TABLE.
  mutating func parseCreateTable() throws(ParseFailure) -> StatementKind {
    let ifNotExists = accept(words: "if", "not", "exists")
    let name = try expectQualifiedName("the name of the table")
    if ignoresMaintenance, let table = try parseTableFromQuery(name, ifNotExists) { return table }
    if isWords("partition", "of") { return try parsePartition(name, ifNotExists) }
    if isWord("as") || isWord("of") {
      throw fail(
        .unsupportedStatement, "this form of CREATE TABLE is not simulated", at: current.span,
        help: "list the columns, and fill the table with INSERT")
    }
    let opening = current.span
    try expect(symbol: "(")
    var table = CreateTableSyntax(
      name: name, ifNotExists: ifNotExists, columns: [], constraints: [])
    if !isSymbol(")") {
      repeat { try parseTableItem(into: &table) } while accept(symbol: ",")
    }
    try expectClosing(")", of: opening)
    try parseTableOptions(of: &table)
    return .createTable(table)
  }

  /// Reads `[(columns)] AS query [WITH [NO] DATA]`; `nil` if it is not there.
  private mutating func parseTableFromQuery(
    _ name: QualifiedNameSyntax, _ ifNotExists: Bool
  ) throws(ParseFailure) -> StatementKind? {
    let listsNames = isSymbol("(") && (isSymbol(",", at: 2) || isSymbol(")", at: 2))
    guard isWord("as") || listsNames else { return nil }
    var table = CreateTableSyntax(
      name: name, ifNotExists: ifNotExists, columns: [], constraints: [])
    if listsNames { table.queryColumns = try nameList() }
    try expect("as")
    table.query = try parseQuery()
    if accept(words: "with", "no", "data") {
      table.hasNoRows = true
    } else {
      _ = accept(words: "with", "data")
    }
    return .createTable(table)
  }

  /// Reads CREATE MATERIALIZED VIEW behind MATERIALIZED: a table that a query fills.
  mutating func parseCreateMaterializedView() throws(ParseFailure) -> StatementKind {
    try expect("view")
    let ifNotExists = accept(words: "if", "not", "exists")
    let name = try expectQualifiedName("the name of the materialized view")
    guard case .createTable(var table)? = try parseTableFromQuery(name, ifNotExists) else {
      throw unexpected("`AS` and a query")
    }
    if table.hasNoRows {
      throw fail(
        .unsupportedClause, "a materialized view without data is not simulated", at: name.span,
        help: "leave `WITH NO DATA` out")
    }
    table.isMaterializedView = true
    return .createTable(table)
  }

  mutating func parseTableItem(into table: inout CreateTableSyntax) throws(ParseFailure) {
    if isTableConstraint {
      table.constraints.append(try parseTableConstraint())
    } else if ignoresMaintenance, accept("like") {
      table.likes.append(try parseLike(behind: table.columns.count))
    } else if isWord("like") {
      throw fail(
        .unsupportedClause, "`LIKE` in CREATE TABLE is not simulated", at: current.span,
        help: "list the columns")
    } else if isWord("exclude") {
      throw fail(
        .unsupportedClause, "exclusion constraints are not simulated", at: current.span,
        help: "use UNIQUE or CHECK")
    } else {
      table.columns.append(try parseColumn())
    }
  }

  private mutating func parseLike(behind position: Int) throws(ParseFailure) -> LikeSyntax {
    var like = LikeSyntax(
      table: try expectQualifiedName("the table to be like"), parts: [], position: position)
    while isAnyWord(["including", "excluding"]) {
      let isIncluded = advance().text == "including"
      let option = try expectLabel("what of it")
      let parts: [LikeSyntax.Part]
      switch option.text {
      case "all": parts = LikeSyntax.Part.allCases
      // What of it is kept elsewhere changes neither rows nor locks.
      case "comments", "compression", "statistics", "storage": parts = []
      default:
        guard let part = LikeSyntax.Part(rawValue: option.text) else {
          throw fail(
            .unsupportedClause, "`\(option.text.uppercased())` of a table is not simulated",
            at: option.span, help: "list the columns")
        }
        parts = [part]
      }
      if isIncluded { like.parts.formUnion(parts) } else { like.parts.subtract(parts) }
    }
    return like
  }

  /// Accepts what changes neither rows nor locks and refuses the rest.
  mutating func parseTableOptions(of table: inout CreateTableSyntax) throws(ParseFailure) {
    if accept("inherits") {
      let opening = current.span
      try expect(symbol: "(")
      table.inherited = try list { (parser) throws(ParseFailure) in
        try parser.expectQualifiedName("the table to inherit from")
      }
      try expectClosing(")", of: opening)
    }
    if isWords("partition", "by") { table.partitionKey = try parsePartitionKey() }
    if isWord("with"), isSymbol("(", at: 1) {
      advance()
      skipBrackets()
    }
    if isWords("on", "commit") {
      throw fail(
        .unsupportedClause, "`\(current.text.uppercased())` of a table is not simulated",
        at: current.span, help: "delete it")
    }
    if accept("tablespace") { _ = try expectLabel() }
  }

  /// Skips `( … )`, which must come next.
  mutating func skipBrackets() {
    var open = 0
    repeat {
      if isSymbol("(") { open += 1 }
      if isSymbol(")") { open -= 1 }
      if isAtEnd || isSymbol(";") { return }
      advance()
    } while open > 0
  }

  // MARK: Columns

  private mutating func parseColumn() throws(ParseFailure) -> ColumnSyntax {
    let start = current.span
    let name = try expectName("the name of a column")
    let type = try parseType()
    var constraints: [ColumnConstraintSyntax] = []
    while let constraint = try parseColumnConstraint() { constraints.append(constraint) }
    return ColumnSyntax(
      name: name, type: type, constraints: constraints, span: span(from: start))
  }

  private mutating func parseColumnConstraint() throws(ParseFailure) -> ColumnConstraintSyntax? {
    let start = current.span
    let name = accept("constraint") ? try expectName("the constraint's name") : nil
    guard let kind = try parseColumnConstraintKind() else {
      guard name == nil else { throw unexpected("the constraint behind its name") }
      return nil
    }
    let deferral = try parseDeferral()
    return ColumnConstraintSyntax(
      name: name, kind: kind, deferral: deferral, span: span(from: start))
  }

  private mutating func parseColumnConstraintKind()
    throws(ParseFailure) -> ColumnConstraintSyntax.Kind?
  {
    switch current.kind == .word ? current.text : "" {
    case "not" where isWord("null", at: 1):
      advance()
      advance()
      return .notNull
    case "not" where !isWord("deferrable", at: 1):
      advance()
      throw unexpected("`NULL`")
    case "null":
      advance()
      return .null
    case "default":
      advance()
      return .defaultValue(try parseTightExpression())
    case "primary":
      advance()
      try expect("key")
      skipIndexOptions()
      return .primaryKey
    case "unique":
      advance()
      let nullsNotDistinct = try parseNullsDistinct()
      skipIndexOptions()
      return .unique(nullsNotDistinct: nullsNotDistinct)
    case "check":
      return .check(try parseCheck())
    case "references":
      return .references(try parseReference())
    case "generated":
      return try parseGenerated()
    case "collate":
      throw fail(
        .unsupportedClause, "`COLLATE` is not simulated", at: current.span,
        help: "delete it; text is ordered by its bytes, as under the collation \"C\"")
    default:
      return nil
    }
  }

  private mutating func parseNullsDistinct() throws(ParseFailure) -> Bool {
    guard accept("nulls") else { return false }
    let isNot = accept("not")
    try expect("distinct")
    return isNot
  }

  /// Skips `WITH (…)` and `USING INDEX TABLESPACE name` behind a key.
  private mutating func skipIndexOptions() {
    if isWord("with"), isSymbol("(", at: 1) {
      advance()
      skipBrackets()
    }
    if accept(words: "using", "index", "tablespace") { advance() }
  }

  /// Reads `CHECK (expression) [NO INHERIT]`.
  private mutating func parseCheck() throws(ParseFailure) -> ExpressionSyntax {
    advance()
    let opening = current.span
    try expect(symbol: "(")
    let condition = try parseExpression()
    try expectClosing(")", of: opening)
    _ = accept(words: "no", "inherit")
    return condition
  }

  private mutating func parseGenerated() throws(ParseFailure) -> ColumnConstraintSyntax.Kind {
    advance()
    let always = accept("always")
    if !always {
      guard accept(words: "by", "default") else { throw unexpected("`ALWAYS` or `BY DEFAULT`") }
    }
    try expect("as")
    if accept("identity") {
      guard isSymbol("(") else { return .identity(always: always, SequenceOptionsSyntax()) }
      let opening = advance().span
      let options = try parseSequenceOptions()
      try expectClosing(")", of: opening)
      return .identity(always: always, options)
    }
    let opening = current.span
    try expect(symbol: "(")
    let value = try parseExpression()
    try expectClosing(")", of: opening)
    try expect("stored")
    return .generated(value)
  }

  /// Reads `REFERENCES table [(columns)] [MATCH …] [ON DELETE …] [ON UPDATE …]`.
  private mutating func parseReference() throws(ParseFailure) -> ReferenceSyntax {
    try expect("references")
    let table = try expectQualifiedName("the table that is referenced")
    var reference = ReferenceSyntax(table: table, columns: isSymbol("(") ? try nameList() : [])
    while true {
      if accept("match") {
        reference.isMatchFull = isWord("full")
        guard isAnyWord(["full", "simple", "partial"]) else {
          throw unexpected("`FULL` or `SIMPLE`")
        }
        advance()
      } else if accept(words: "on", "delete") {
        reference.onDelete = try parseReferenceAction()
      } else if accept(words: "on", "update") {
        reference.onUpdate = try parseReferenceAction()
      } else {
        return reference
      }
    }
  }

  private mutating func parseReferenceAction() throws(ParseFailure) -> ReferenceSyntax.Action {
    if accept(words: "no", "action") { return .noAction }
    if accept("restrict") { return .restrict }
    if accept("cascade") { return .cascade }
    if accept(words: "set", "null") { return .setNull }
    if accept(words: "set", "default") { return .setDefault }
    throw unexpected("`NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`")
  }

  /// Reads `[NOT] DEFERRABLE [INITIALLY …]` and `NOT VALID`.
  mutating func parseDeferral() throws(ParseFailure) -> DeferralSyntax {
    var deferral = DeferralSyntax()
    while true {
      if accept("deferrable") {
        deferral.isDeferrable = true
      } else if isWords("not", "deferrable") || isWords("not", "valid") {
        deferral.isNotValid = deferral.isNotValid || isWord("valid", at: 1)
        advance()
        advance()
      } else if accept("initially") {
        deferral.isInitiallyDeferred = isWord("deferred")
        if deferral.isInitiallyDeferred { deferral.isDeferrable = true }
        guard accept("deferred") || accept("immediate") else {
          throw unexpected("`DEFERRED` or `IMMEDIATE`")
        }
      } else {
        return deferral
      }
    }
  }

  // MARK: Table constraints

  private var isTableConstraint: Bool {
    isAnyWord(["constraint", "primary", "unique", "check", "foreign"])
  }

  private mutating func parseTableConstraint() throws(ParseFailure) -> TableConstraintSyntax {
    let start = current.span
    let name = accept("constraint") ? try expectName("the constraint's name") : nil
    let kind: TableConstraintSyntax.Kind
    switch current.kind == .word ? current.text : "" {
    case "primary":
      advance()
      try expect("key")
      kind = .primaryKey(try nameList())
    case "unique":
      advance()
      let nullsNotDistinct = try parseNullsDistinct()
      kind = .unique(try nameList(), nullsNotDistinct: nullsNotDistinct)
    case "check":
      kind = .check(try parseCheck())
    case "foreign":
      advance()
      try expect("key")
      let columns = try nameList()
      kind = .foreignKey(columns, try parseReference())
    case "exclude":
      throw fail(
        .unsupportedClause, "exclusion constraints are not simulated", at: current.span,
        help: "use UNIQUE or CHECK")
    default:
      throw unexpected("`PRIMARY KEY`, `UNIQUE`, `CHECK` or `FOREIGN KEY`")
    }
    if isAnyWord(["include", "using", "with"]) { try skipKeyOptions() }
    let deferral = try parseDeferral()
    return TableConstraintSyntax(
      name: name, kind: kind, deferral: deferral, span: span(from: start))
  }

  private mutating func skipKeyOptions() throws(ParseFailure) {
    if accept("include") { _ = try nameList() }
    skipIndexOptions()
  }

  // MARK: Indexes

  /// Reads CREATE INDEX behind the word INDEX.
  mutating func parseCreateIndex(isUnique: Bool) throws(ParseFailure) -> StatementKind {
    let isConcurrent = accept("concurrently")
    let ifNotExists = accept(words: "if", "not", "exists")
    let name = isWord("on") ? nil : try expectName("a name for the index, or `ON`")
    try expect("on")
    _ = accept("only")
    let table = try expectQualifiedName("the table of the index")
    let method = accept("using") ? try expectName("an index method") : nil
    let opening = current.span
    try expect(symbol: "(")
    let elements = try list { (parser) throws(ParseFailure) in try parser.parseIndexElement() }
    try expectClosing(")", of: opening)
    let include = accept("include") ? try nameList() : []
    let nullsNotDistinct = try parseNullsDistinct()
    if isWord("with"), isSymbol("(", at: 1) {
      advance()
      skipBrackets()
    }
    if accept("tablespace") { _ = try expectLabel() }
    let condition = accept("where") ? try parseExpression() : nil
    var index = CreateIndexSyntax(
      name: name, isUnique: isUnique, ifNotExists: ifNotExists, table: table, method: method,
      elements: elements, include: include, nullsNotDistinct: nullsNotDistinct,
      condition: condition)
    index.isConcurrent = isConcurrent
    return .createIndex(index)
  }

  private mutating func parseIndexElement() throws(ParseFailure) -> OrderItemSyntax {
    var item = OrderItemSyntax(value: try parseExpression())
    // An operator class changes no result that RaceSim knows.
    if isName(), !isAnyWord(["nulls"]) { _ = try expectQualifiedName() }
    try parseOrder(of: &item)
    return item
  }

  // MARK: ALTER TABLE

  /// Reads ALTER TABLE behind the word TABLE.
  mutating func parseAlterTable() throws(ParseFailure) -> StatementKind {
    let ifExists = accept(words: "if", "exists")
    _ = accept("only")
    let name = try expectQualifiedName("the table to alter")
    if isWord("set"), isSymbol("(", at: 1) {
      skipToStatementEnd()
      return .ignored("alter table")
    }
    if ignoresMaintenance, accept(words: "owner", "to") {
      let action = AlterTableSyntax.Action.setOwner(try expectName("the name of a role"))
      return .alterTable(AlterTableSyntax(name: name, ifExists: ifExists, actions: [action]))
    }
    let isTrigger = isWords("disable", "trigger") || isWords("enable", "trigger")
    if !isTrigger,
      isWords("owner", "to") || isAnyWord(["enable", "disable", "force", "replica", "cluster"])
    {
      skipToStatementEnd()
      return .ignored("alter table")
    }
    var actions = try list { (parser) throws(ParseFailure) in try parser.parseAlterAction() }
    for index in actions.indices {
      guard case .attachPartition(let partition, var bound) = actions[index] else { continue }
      bound.table = name
      actions[index] = .attachPartition(partition, bound)
    }
    return .alterTable(AlterTableSyntax(name: name, ifExists: ifExists, actions: actions))
  }

  private mutating func parseAlterAction() throws(ParseFailure) -> AlterTableSyntax.Action {
    if accept("add") {
      if isTableConstraint { return .addConstraint(try parseTableConstraint()) }
      _ = accept("column")
      let ifNotExists = accept(words: "if", "not", "exists")
      return .addColumn(try parseColumn(), ifNotExists: ifNotExists)
    }
    if accept("drop") { return try parseAlterDrop() }
    if accept("alter") { return try parseAlterColumn() }
    if accept(words: "attach", "partition") { return try parseAttachment() }
    if ignoresMaintenance, let action = try parseLateAction() { return action }
    if ignoresMaintenance, accept(words: "detach", "partition") {
      let name = try expectQualifiedName("the partition")
      if accept("concurrently") { return .detachPartition(name, .concurrently) }
      return .detachPartition(name, accept("finalize") ? .finalize : .atOnce)
    }
    if ignoresMaintenance, accept(words: "validate", "constraint") {
      return .validateConstraint(try expectName("the constraint's name"))
    }
    if isAnyWord(["enable", "disable"]), isWord("trigger", at: 1) {
      return try parseTriggerSwitch()
    }
    throw fail(
      .unsupportedClause, "this ALTER TABLE is not simulated", at: current.span,
      help: "write CREATE TABLE as the table is after the migration")
  }

  /// Reads RENAME, INHERIT and NO INHERIT, which isolation specs have in steps; `nil` if there is none.
  private mutating func parseLateAction() throws(ParseFailure) -> AlterTableSyntax.Action? {
    if accept("rename") {
      if accept("to") { return .renameTable(try expectName("the table's new name")) }
      _ = accept("column")
      let name = try expectName("the column's name")
      try expect("to")
      return .renameColumn(name, try expectName("the column's new name"))
    }
    let isOff = isWords("no", "inherit") && accept("no")
    guard accept("inherit") else { return nil }
    return .inherit(try expectQualifiedName("the table that it inherits from"), isOn: !isOff)
  }

  /// Reads `{ENABLE | DISABLE} TRIGGER {name | USER}`.
  private mutating func parseTriggerSwitch() throws(ParseFailure) -> AlterTableSyntax.Action {
    let start = current.span
    let isEnabled = advance().text == "enable"
    advance()
    if isWord("all") {
      throw fail(
        .unsupportedClause, "`TRIGGER ALL`, which is for foreign keys too, is not simulated",
        at: start.through(current.span), help: "write `USER`, and leave out the foreign keys")
    }
    if accept("user") { return .setTrigger(nil, isEnabled: isEnabled) }
    return .setTrigger(try expectName("the name of the trigger"), isEnabled: isEnabled)
  }

  private mutating func parseAlterDrop() throws(ParseFailure) -> AlterTableSyntax.Action {
    let isConstraint = accept("constraint")
    if !isConstraint { _ = accept("column") }
    let ifExists = accept(words: "if", "exists")
    let name = try expectName(isConstraint ? "the constraint's name" : "the column's name")
    if !accept("cascade") { _ = accept("restrict") }
    return isConstraint
      ? .dropConstraint(name, ifExists: ifExists) : .dropColumn(name, ifExists: ifExists)
  }

  private mutating func parseAlterColumn() throws(ParseFailure) -> AlterTableSyntax.Action {
    _ = accept("column")
    let name = try expectName("the column's name")
    if accept(words: "set", "not", "null") { return .setNotNull(name) }
    if accept(words: "drop", "not", "null") { return .dropNotNull(name) }
    if accept(words: "drop", "default") { return .setDefault(name, nil) }
    if accept(words: "set", "default") { return .setDefault(name, try parseExpression()) }
    if ignoresMaintenance, accept(words: "set", "data", "type") || accept("type") {
      let type = try parseType()
      return .setType(name, type, using: accept("using") ? try parseExpression() : nil)
    }
    throw fail(
      .unsupportedClause, "this ALTER COLUMN is not simulated", at: current.span,
      help: "use SET NOT NULL, DROP NOT NULL, SET DEFAULT or DROP DEFAULT")
  }
}
