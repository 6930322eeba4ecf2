extension Parser {
  /// Reads SELECT, INSERT, UPDATE, DELETE or MERGE with the WITH clause before it.
  mutating func parseRowStatement() throws(ParseFailure) -> StatementSyntax {
    let start = current.span
    let with = isWord("with") ? try parseWith() : []
    let kind: StatementKind
    switch current.kind == .word ? current.text : "" {
    case "insert": kind = .insert(try parseInsert(with: with))
    case "update": kind = .update(try parseUpdate(with: with))
    case "delete": kind = .delete(try parseDelete(with: with))
    case "merge": kind = .merge(try parseMerge(with: with))
    default:
      guard isQueryStart() || isSymbol("(") || isWord("table") else {
        throw unexpected("`SELECT`, `INSERT`, `UPDATE`, `DELETE` or `MERGE`")
      }
      kind = .select(try parseQuery(with: with, from: start))
    }
    return StatementSyntax(kind, at: span(from: start))
  }

  // MARK: INSERT

  private mutating func parseInsert(
    with: [CommonTableSyntax]
  ) throws(ParseFailure) -> InsertSyntax {
    try expect("insert")
    try expect("into")
    let name = try expectQualifiedName("the table to insert into")
    let alias = accept("as") ? try expectName("an alias") : nil
    // `INSERT INTO t (SELECT …)` has no column list.
    let hasColumns = isSymbol("(") && !isQueryStart(at: 1) && !isSymbol("(", at: 1)
    let columns = hasColumns ? try nameList() : []
    var insert = InsertSyntax(
      with: with, table: TargetTableSyntax(name: name, alias: alias), columns: columns,
      overriding: try parseOverriding(), source: .defaultValues)
    insert.source = try parseInsertSource()
    if isWords("on", "conflict") { insert.onConflict = try parseOnConflict() }
    insert.returning = try parseReturning()
    return insert
  }

  private mutating func parseOverriding() throws(ParseFailure) -> InsertSyntax.Overriding? {
    guard accept("overriding") else { return nil }
    guard isAnyWord(["system", "user"]) else { throw unexpected("`SYSTEM` or `USER`") }
    let overriding = InsertSyntax.Overriding(rawValue: advance().text)
    try expect("value")
    return overriding
  }

  private mutating func parseInsertSource() throws(ParseFailure) -> InsertSyntax.Source {
    if accept(words: "default", "values") { return .defaultValues }
    guard isQueryStart() || isSymbol("(") || isWord("table") else {
      throw unexpected("`VALUES`, `SELECT` or `DEFAULT VALUES`")
    }
    allowsDefaultInValues = isWord("values")
    defer { allowsDefaultInValues = false }
    let query = try parseQuery()
    let isPlain =
      query.with.isEmpty && query.orderBy.isEmpty && query.limit == nil && query.offset == nil
      && query.locking.isEmpty
    if isPlain, case .values(let rows) = query.body { return .values(rows) }
    return .query(query)
  }

  private mutating func parseOnConflict() throws(ParseFailure) -> OnConflictSyntax {
    let start = advance().span
    advance()
    var target: OnConflictSyntax.Target?
    if accept(words: "on", "constraint") {
      target = .constraint(try expectName("the name of a constraint"))
    } else if isSymbol("(") {
      target = try parseConflictElements()
    }
    try expect("do")
    let action: OnConflictSyntax.Action
    if accept("nothing") {
      action = .nothing
    } else {
      guard accept("update") else { throw unexpected("`NOTHING` or `UPDATE`") }
      try expect("set")
      let assignments = try parseAssignments()
      let condition = accept("where") ? try parseExpression() : nil
      action = .update(assignments, condition: condition)
      guard target != nil else {
        throw fail(
          .syntaxError,
          "ON CONFLICT DO UPDATE requires inference specification or constraint name",
          at: span(from: start), help: "for example, ON CONFLICT (column_name)")
      }
    }
    return OnConflictSyntax(target: target, action: action, span: span(from: start))
  }

  /// Reads `(column or expression, …) [WHERE predicate]`.
  private mutating func parseConflictElements() throws(ParseFailure) -> OnConflictSyntax.Target {
    let elements = try parseArgumentsInBrackets()
    let condition = accept("where") ? try parseExpression() : nil
    return .elements(elements, condition: condition)
  }

  // MARK: UPDATE

  private mutating func parseUpdate(
    with: [CommonTableSyntax]
  ) throws(ParseFailure) -> UpdateSyntax {
    try expect("update")
    let table = try parseTargetTable("the table to update")
    try expect("set")
    var update = UpdateSyntax(with: with, table: table, assignments: try parseAssignments())
    if accept("from") {
      update.from = try list { (parser) throws(ParseFailure) in try parser.parseFromItem() }
    }
    update.condition = try parseChangeCondition()
    update.returning = try parseReturning()
    return update
  }

  /// Reads `[ONLY] table [[AS] alias]`.
  private mutating func parseTargetTable(
    _ expected: String
  ) throws(ParseFailure) -> TargetTableSyntax {
    let isOnly = accept("only")
    var name = try expectQualifiedName(expected)
    name.isOnly = isOnly
    _ = accept(symbol: "*")
    var alias: NameSyntax?
    if accept("as") {
      alias = try expectName("an alias")
    } else if isName(), !isWord("set") {
      alias = takeName()
      implicitAlias = alias
    }
    return TargetTableSyntax(name: name, alias: alias)
  }

  /// Reads the assignments after SET.
  mutating func parseAssignments() throws(ParseFailure) -> [AssignmentSyntax] {
    try list { (parser) throws(ParseFailure) in try parser.parseAssignment() }
  }

  private mutating func parseAssignment() throws(ParseFailure) -> AssignmentSyntax {
    let start = current.span
    if isSymbol("(") {
      let columns = try nameList()
      try expect(symbol: "=")
      let value = try parseRowValue()
      return AssignmentSyntax(
        columns: columns, isRow: true, value: value, span: span(from: start))
    }
    let column = try expectName("the name of a column")
    if isSymbol(".") || isSymbol("[") {
      throw fail(
        .unsupportedExpression, "assigning to a part of a column is not simulated",
        at: span(from: start),
        help: "write the column's name alone; SET takes no table name before it")
    }
    try expect(symbol: "=")
    let value = try parseValue(allowsDefault: true)
    return AssignmentSyntax(
      columns: [column], isRow: false, value: value, span: span(from: start))
  }

  /// Reads `(a, b)`, `ROW (a, b)` with DEFAULT among the values, or `(SELECT …)`.
  private mutating func parseRowValue() throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    let hasKeyword = accept("row")
    guard isSymbol("(") else { throw unexpected("`(` with one value for each column") }
    if !hasKeyword, isQueryStart(at: 1) {
      let query = try parseSubquery()
      return ExpressionSyntax(.scalarSubquery(query), at: span(from: start))
    }
    let opening = advance().span
    let values = try list { (parser) throws(ParseFailure) in
      try parser.parseValue(allowsDefault: true)
    }
    try expectClosing(")", of: opening)
    return ExpressionSyntax(.row(values), at: span(from: start))
  }

  /// Reads the WHERE clause of UPDATE and DELETE.
  private mutating func parseChangeCondition() throws(ParseFailure) -> ExpressionSyntax? {
    guard accept("where") else { return nil }
    if isWords("current", "of") {
      let start = advance().span
      advance()
      guard context == .function else {
        throw fail(
          .unsupportedCursor, "`WHERE CURRENT OF` is simulated in PL/pgSQL functions only",
          at: span(from: start), help: "name the row by its key")
      }
      let name = try expectName("the name of a cursor")
      let cursor = ExpressionSyntax(.column(QualifiedNameSyntax([name])), at: name.span)
      return .call(CursorActionSyntax.currentRow, [cursor], at: span(from: start))
    }
    return try parseExpression()
  }

  /// Reads `[RETURNING targets [INTO variables]]`, and an INTO that stands alone.
  private mutating func parseReturning() throws(ParseFailure) -> [TargetSyntax] {
    guard accept("returning") else { return [] }
    let targets = try parseTargets()
    try parseIntoIfPresent()
    return targets
  }

  // MARK: DELETE

  private mutating func parseDelete(
    with: [CommonTableSyntax]
  ) throws(ParseFailure) -> DeleteSyntax {
    try expect("delete")
    try expect("from")
    var delete = DeleteSyntax(with: with, table: try parseTargetTable("the table to delete from"))
    if accept("using") {
      delete.using = try list { (parser) throws(ParseFailure) in try parser.parseFromItem() }
    }
    delete.condition = try parseChangeCondition()
    delete.returning = try parseReturning()
    return delete
  }

  // MARK: MERGE

  private mutating func parseMerge(
    with: [CommonTableSyntax]
  ) throws(ParseFailure) -> MergeSyntax {
    try expect("merge")
    try expect("into")
    let table = try parseTargetTable("the table to merge into")
    try expect("using")
    let source = try parseFromItem()
    try expect("on")
    let condition = try parseExpression()
    var clauses: [MergeSyntax.When] = []
    while isWord("when") { clauses.append(try parseMergeClause()) }
    guard !clauses.isEmpty else { throw unexpected("`WHEN MATCHED` or `WHEN NOT MATCHED`") }
    if isWord("returning") {
      throw fail(
        .unsupportedClause, "`MERGE … RETURNING` is not part of PostgreSQL 15",
        at: current.span, help: "read the rows with a SELECT")
    }
    return MergeSyntax(
      with: with, table: table, source: source, condition: condition, clauses: clauses)
  }

  private mutating func parseMergeClause() throws(ParseFailure) -> MergeSyntax.When {
    let start = advance().span
    let isMatched = !accept("not")
    try expect("matched")
    let condition = accept("and") ? try parseExpression() : nil
    try expect("then")
    let action: MergeSyntax.Action
    if accept(words: "do", "nothing") {
      action = .nothing
    } else if isMatched, accept("delete") {
      action = .delete
    } else if isMatched, accept(words: "update", "set") {
      action = .update(try parseAssignments())
    } else if !isMatched, accept("insert") {
      action = try parseMergeInsert()
    } else {
      throw unexpected(
        isMatched ? "`UPDATE SET`, `DELETE` or `DO NOTHING`" : "`INSERT` or `DO NOTHING`")
    }
    return MergeSyntax.When(
      isMatched: isMatched, condition: condition, action: action, span: span(from: start))
  }

  private mutating func parseMergeInsert() throws(ParseFailure) -> MergeSyntax.Action {
    let columns = isSymbol("(") ? try nameList() : []
    let overriding = try parseOverriding()
    if accept(words: "default", "values") {
      return .insert(columns: columns, overriding: overriding, values: nil)
    }
    try expect("values")
    let opening = current.span
    try expect(symbol: "(")
    let values = try list { (parser) throws(ParseFailure) in
      try parser.parseValue(allowsDefault: true)
    }
    try expectClosing(")", of: opening)
    return .insert(columns: columns, overriding: overriding, values: values)
  }

  // MARK: INTO

  /// Reads PL/pgSQL's `INTO [STRICT] variables` if it stands here.
  mutating func parseIntoIfPresent() throws(ParseFailure) {
    guard isWord("into") else { return }
    let start = current.span
    guard allowsInto else {
      let isProgram = context != .sql
      let message =
        isProgram ? "INTO may not stand in a subquery" : "`SELECT INTO` makes a table"
      throw fail(
        isProgram ? .syntaxError : .unsupportedStatement, message, at: start,
        help: isProgram
          ? "put INTO behind the columns of the outer query" : "use INSERT INTO … SELECT")
    }
    guard into == nil else {
      throw fail(
        Diagnostic(
          .syntaxError, "INTO specified more than once", at: start,
          labels: [Diagnostic.Label("the first INTO", at: into?.span ?? start)],
          help: Diagnostic.Help("list all variables after one INTO")))
    }
    advance()
    let isStrict = accept("strict")
    let targets = try list { (parser) throws(ParseFailure) in
      try parser.expectQualifiedName("the name of a variable")
    }
    into = IntoSyntax(isStrict: isStrict, targets: targets, span: span(from: start))
  }
}
