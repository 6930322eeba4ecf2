extension Parser {
  /// Whether a query begins at a distance: SELECT, VALUES or WITH.
  package func isQueryStart(at distance: Int = 0) -> Bool {
    let token = peek(distance)
    guard token.kind == .word else { return false }
    switch token.text {
    case "select", "with": return true
    case "values": return isSymbol("(", at: distance + 1)
    default: return false
    }
  }

  /// Whether a query in brackets goes on here.
  var isQueryContinuation: Bool {
    isAnyWord(["union", "intersect", "except", "order", "limit", "offset", "fetch"])
      || (isWord("for") && isLockStrength(at: 1))
  }

  /// Reads `(query)`.
  mutating func parseSubquery() throws(ParseFailure) -> QuerySyntax {
    try enter()
    defer { leave() }
    let outerInto = allowsInto
    allowsInto = false
    allowsDefaultInValues = false
    defer { allowsInto = outerInto }
    let opening = current.span
    try expect(symbol: "(")
    let query = try parseQuery()
    try expectClosing(")", of: opening)
    return query
  }

  /// Reads a query: `[WITH …] body [ORDER BY …] [LIMIT …] [FOR UPDATE …]`.
  package mutating func parseQuery() throws(ParseFailure) -> QuerySyntax {
    let start = current.span
    let with = isWord("with") ? try parseWith() : []
    return try parseQuery(with: with, from: start)
  }

  /// Reads the rest of a query behind its WITH clause.
  mutating func parseQuery(
    with: [CommonTableSyntax], from start: SourceSpan
  ) throws(ParseFailure) -> QuerySyntax {
    try enter()
    defer { leave() }
    let body = try parseQueryBody()
    return try parseQueryTail(with: with, body: body, from: start)
  }

  /// Reads the rest of a query whose first part, in brackets, has been read.
  mutating func parseQuery(after first: QuerySyntax) throws(ParseFailure) -> QuerySyntax {
    let body = try parseSetOperators(.nested(first), minimum: 1)
    return try parseQueryTail(with: [], body: body, from: first.span)
  }

  // MARK: Set operations

  private mutating func parseQueryBody() throws(ParseFailure) -> QueryBodySyntax {
    let first = try parseQueryTerm()
    return try parseSetOperators(first, minimum: 1)
  }

  /// Reads UNION and EXCEPT (1) and the tighter INTERSECT (2).
  private mutating func parseSetOperators(
    _ first: QueryBodySyntax, minimum: Int
  ) throws(ParseFailure) -> QueryBodySyntax {
    let outer = beginChain()
    defer { endChain(outer) }
    var left = first
    while current.kind == .word, let symbol = SetOperator(rawValue: current.text) {
      let precedence = symbol == .intersect ? 2 : 1
      guard precedence >= minimum else { break }
      try growChain()
      advance()
      let all = accept("all")
      if !all { _ = accept("distinct") }
      let term = try parseQueryTerm()
      let right = try parseSetOperators(term, minimum: precedence + 1)
      left = .setOperation(symbol, all: all, left, right)
    }
    return left
  }

  private mutating func parseQueryTerm() throws(ParseFailure) -> QueryBodySyntax {
    if isWord("select") { return .select(try parseSelect()) }
    if isWord("values") { return .values(try parseValues()) }
    if isSymbol("(") {
      let query = try parseSubquery()
      let isPlain =
        query.with.isEmpty && query.orderBy.isEmpty && query.limit == nil
        && query.offset == nil && query.locking.isEmpty
      return isPlain ? query.body : .nested(query)
    }
    if isWord("table"), isName(at: 1) {
      let start = advance().span
      let name = try expectQualifiedName("the name of a table")
      let star = TargetSyntax(value: ExpressionSyntax(.star(nil), at: start), span: start)
      var select = SelectSyntax(distinct: nil, targets: [star], span: span(from: start))
      select.from = [FromSyntax(.table(name, alias: nil), at: name.span)]
      return .select(select)
    }
    throw unexpected("`SELECT` or `VALUES`")
  }

  /// Reads `VALUES (…), (…)`.
  mutating func parseValues() throws(ParseFailure) -> [[ExpressionSyntax]] {
    try expect("values")
    let allowsDefault = allowsDefaultInValues
    allowsDefaultInValues = false
    defer { allowsDefaultInValues = allowsDefault }
    let first = current.span
    let rows = try list { (parser) throws(ParseFailure) in
      let opening = parser.current.span
      try parser.expect(symbol: "(")
      let row = try parser.list { (inner) throws(ParseFailure) in
        try inner.parseValue(allowsDefault: allowsDefault)
      }
      try parser.expectClosing(")", of: opening)
      return row
    }
    for row in rows where row.count != rows[0].count {
      let place = row[0].span.through(row[row.count - 1].span)
      throw fail(
        Diagnostic(
          .columnCountMismatch, "VALUES lists must all be the same length", at: place,
          caption: "\(row.count) values",
          labels: [Diagnostic.Label("the first has \(rows[0].count)", at: first)]))
    }
    return rows
  }

  /// Reads an expression, or DEFAULT where that is a value.
  mutating func parseValue(allowsDefault: Bool) throws(ParseFailure) -> ExpressionSyntax {
    if allowsDefault, isWord("default") {
      return ExpressionSyntax(.defaultValue, at: advance().span)
    }
    return try parseExpression()
  }

  // MARK: SELECT

  private mutating func parseSelect() throws(ParseFailure) -> SelectSyntax {
    let start = current.span
    try expect("select")
    let distinct = try parseDistinct()
    try parseIntoIfPresent()
    let endsEarly =
      isAnyWord(["from", "where", "group", "having", "order", "limit"]) || isAtBlockEnd
      || isSymbol(";") || isSymbol(")")
    let targets = endsEarly ? [] : try parseTargets()
    return try parseSelectTail(distinct: distinct, targets: targets, from: start)
  }

  /// Reads what follows the targets of a SELECT.
  mutating func parseSelectTail(
    distinct: SelectSyntax.Distinct?, targets: [TargetSyntax], from start: SourceSpan
  ) throws(ParseFailure) -> SelectSyntax {
    var select = SelectSyntax(distinct: distinct, targets: targets, span: start)
    try parseIntoIfPresent()
    if accept("from") {
      select.from = try list { (parser) throws(ParseFailure) in try parser.parseFromItem() }
      try parseIntoIfPresent()
    }
    if accept("where") {
      select.condition = try parseExpression()
      try parseIntoIfPresent()
    }
    if accept(words: "group", "by") {
      select.groupBy = try parseGroupBy()
      try parseIntoIfPresent()
    }
    if accept("having") {
      select.having = try parseExpression()
      try parseIntoIfPresent()
    }
    if isWord("window") {
      throw fail(
        .unsupportedWindow, "the `WINDOW` clause is not simulated", at: current.span,
        help: "write the window out behind each OVER")
    }
    select.span = span(from: start)
    return select
  }

  private mutating func parseDistinct() throws(ParseFailure) -> SelectSyntax.Distinct? {
    if accept("all") { return nil }
    guard accept("distinct") else { return nil }
    guard accept("on") else { return .all }
    return .on(try parseArgumentsInBrackets())
  }

  /// Reads result columns.
  mutating func parseTargets() throws(ParseFailure) -> [TargetSyntax] {
    try list { (parser) throws(ParseFailure) in try parser.parseTarget() }
  }

  private mutating func parseTarget() throws(ParseFailure) -> TargetSyntax {
    let start = current.span
    if accept(symbol: "*") {
      let star = ExpressionSyntax(.star(nil), at: start)
      return TargetSyntax(value: star, span: start)
    }
    let value = try parseExpression()
    var alias: NameSyntax?
    if accept("as") {
      alias = try expectLabel("the column's name after AS")
    } else if current.kind == .quoted || isBareLabel {
      alias = takeName()
    }
    return TargetSyntax(value: value, alias: alias, span: span(from: start))
  }

  private var isBareLabel: Bool {
    current.kind == .word && Keywords.isBareLabel(current.text) && !isProceduralStop
  }

  /// Whether the next word ends a query in PL/pgSQL: `FOR r IN SELECT … LOOP`.
  var isProceduralStop: Bool { context != .sql && isWord("loop") }

  private mutating func parseGroupBy() throws(ParseFailure) -> [ExpressionSyntax] {
    if isAnyWord(["rollup", "cube", "grouping"]), isSymbol("(", at: 1) || isWord("sets", at: 1) {
      throw fail(
        .unsupportedClause, "grouping sets are not simulated", at: current.span,
        help: "write one query for each grouping, with UNION ALL between them")
    }
    if !accept("all") { _ = accept("distinct") }
    return try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
  }

  // MARK: Behind the body

  /// Reads ORDER BY, LIMIT, OFFSET, FETCH and the row locks.
  mutating func parseQueryTail(
    with: [CommonTableSyntax], body: QueryBodySyntax, from start: SourceSpan
  ) throws(ParseFailure) -> QuerySyntax {
    var query = QuerySyntax(with: with, body: body, span: start)
    if accept(words: "order", "by") {
      query.orderBy = try parseOrderItems()
      try parseIntoIfPresent()
    }
    var goesOn = true
    while goesOn {
      switch current.kind == .word ? current.text : "" {
      case "limit" where query.limit == nil:
        advance()
        query.limit = accept("all") ? nil : try parseExpression()
      case "offset" where query.offset == nil:
        advance()
        query.offset = try parseExpression()
        if !accept("rows") { _ = accept("row") }
      case "fetch" where query.limit == nil:
        query.limit = try parseFetch()
      case "for":
        try parseLocking(into: &query)
      default:
        goesOn = false
      }
      if goesOn { try parseIntoIfPresent() }
    }
    try parseIntoIfPresent()
    query.span = span(from: start)
    return query
  }

  /// Reads the items of ORDER BY.
  mutating func parseOrderItems() throws(ParseFailure) -> [OrderItemSyntax] {
    try list { (parser) throws(ParseFailure) in
      var item = OrderItemSyntax(value: try parser.parseExpression())
      try parser.parseOrder(of: &item)
      return item
    }
  }

  /// Reads `[ASC | DESC] [NULLS FIRST | LAST]`.
  mutating func parseOrder(of item: inout OrderItemSyntax) throws(ParseFailure) {
    if isWord("using") {
      throw fail(
        .unsupportedClause, "`ORDER BY … USING` is not simulated", at: current.span,
        help: "write ASC or DESC")
    }
    item.isDescending = accept("desc")
    if !item.isDescending { _ = accept("asc") }
    guard accept("nulls") else { return }
    if accept("first") {
      item.nullsFirst = true
    } else {
      guard accept("last") else { throw unexpected("`FIRST` or `LAST` after NULLS") }
      item.nullsFirst = false
    }
  }

  /// Reads `FETCH {FIRST | NEXT} [n] {ROW | ROWS} ONLY`.
  private mutating func parseFetch() throws(ParseFailure) -> ExpressionSyntax {
    let start = advance().span
    guard accept("first") || accept("next") else { throw unexpected("`FIRST` or `NEXT`") }
    var count = ExpressionSyntax(.integer("1"), at: span(from: start))
    if !isAnyWord(["row", "rows"]) { count = try parseOperand() }
    guard accept("row") || accept("rows") else { throw unexpected("`ROWS`") }
    if isWords("with", "ties") {
      throw fail(
        .unsupportedClause, "`WITH TIES` is not simulated", at: current.span,
        help: "write ONLY")
    }
    try expect("only")
    return count
  }

  // MARK: Row locks

  /// Whether the words at a distance name a row lock.
  func isLockStrength(at distance: Int) -> Bool {
    isWord("update", at: distance) || isWord("share", at: distance)
      || (isWord("no", at: distance) && isWord("key", at: distance + 1))
      || (isWord("key", at: distance) && isWord("share", at: distance + 1))
  }

  private mutating func parseLocking(into query: inout QuerySyntax) throws(ParseFailure) {
    let start = advance().span
    if accept(words: "read", "only") { return }
    let strength: LockingClauseSyntax.Strength
    if accept("update") {
      strength = .update
    } else if accept("share") {
      strength = .share
    } else if accept(words: "no", "key", "update") {
      strength = .noKeyUpdate
    } else if accept(words: "key", "share") {
      strength = .keyShare
    } else {
      throw unexpected("`UPDATE`, `NO KEY UPDATE`, `SHARE` or `KEY SHARE` after FOR")
    }
    var tables: [QualifiedNameSyntax] = []
    if accept("of") {
      tables = try list { (parser) throws(ParseFailure) in
        try parser.expectQualifiedName("a table of this query")
      }
    }
    let policy = parseWaitPolicy()
    query.locking.append(
      LockingClauseSyntax(
        strength: strength, tables: tables, waitPolicy: policy, span: span(from: start)))
  }

  private mutating func parseWaitPolicy() -> LockWaitPolicy {
    if accept("nowait") { return .nowait }
    if accept(words: "skip", "locked") { return .skipLocked }
    return .wait
  }
}
