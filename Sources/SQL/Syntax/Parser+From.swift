extension Parser {
  /// Reads one item of a FROM list with its joins.
  mutating func parseFromItem() throws(ParseFailure) -> FromSyntax {
    try enter()
    defer { leave() }
    let outer = beginChain()
    defer { endChain(outer) }
    var left = try parseFromOperand()
    while let kind = try parseJoinKind() {
      try growChain()
      left = try parseJoin(kind, left)
    }
    return left
  }

  // MARK: Joins

  /// The words before the right side of a join.
  private struct JoinWords {
    var kind: JoinSyntax.Kind
    var isNatural: Bool
  }

  private mutating func parseJoinKind() throws(ParseFailure) -> JoinWords? {
    let isNatural = isWord("natural") && peek(1).kind == .word
    if isNatural { advance() }
    var kind = JoinSyntax.Kind.inner
    switch current.kind == .word ? current.text : "" {
    case "join": break
    case "inner" where isWord("join", at: 1): advance()
    case "cross" where isWord("join", at: 1):
      advance()
      kind = .cross
    case "left", "right", "full":
      kind = JoinSyntax.Kind(rawValue: advance().text) ?? .left
      _ = accept("outer")
    default:
      if isNatural { throw unexpected("`JOIN`") }
      return nil
    }
    try expect("join")
    return JoinWords(kind: kind, isNatural: isNatural)
  }

  private mutating func parseJoin(
    _ words: JoinWords, _ left: FromSyntax
  ) throws(ParseFailure) -> FromSyntax {
    if words.isNatural || words.kind == .cross {
      let right = try parseFromOperand()
      return join(words, left, right, words.isNatural ? .natural : .none)
    }
    // `a JOIN b JOIN c ON … ON …`: the right side may be a join of its own.
    var right = try parseFromOperand()
    while let inner = try nestedJoinKind() {
      try enter()
      defer { leave() }
      try growChain()
      right = try parseJoin(inner, right)
    }
    if accept("on") {
      let condition = try parseExpression()
      return join(words, left, right, .on(condition))
    }
    guard accept("using") else { throw unexpected("`ON` or `USING` with the join's condition") }
    return join(words, left, right, .using(try nameList()))
  }

  private mutating func nestedJoinKind() throws(ParseFailure) -> JoinWords? {
    isAnyWord(["on", "using"]) ? nil : try parseJoinKind()
  }

  private func join(
    _ words: JoinWords, _ left: FromSyntax, _ right: FromSyntax, _ condition: JoinSyntax.Condition
  ) -> FromSyntax {
    let syntax = JoinSyntax(kind: words.kind, left: left, right: right, condition: condition)
    return FromSyntax(.join(syntax), at: span(from: left.span))
  }

  // MARK: Operands

  private mutating func parseFromOperand() throws(ParseFailure) -> FromSyntax {
    let start = current.span
    let lateral = accept("lateral")
    if isSymbol("(") { return try parseFromBrackets(start, lateral: lateral) }
    if accept("only") {
      let isBracketed = accept(symbol: "(")
      var name = try expectQualifiedName("a table")
      name.isOnly = true
      if isBracketed { try expect(symbol: ")") }
      return FromSyntax(.table(name, alias: try parseAlias()), at: span(from: start))
    }
    if isWords("rows", "from") {
      throw fail(
        .unsupportedClause, "`ROWS FROM` is not simulated", at: current.span,
        help: "call one function in FROM")
    }
    let isFunction = isSymbol("(", at: 1) && !Keywords.reserved.contains(current.text)
    guard isName() || (isFunction && current.kind == .word) else {
      throw unexpected("a table, a subquery or a function")
    }
    let name = isName() ? try expectQualifiedName("a table") : QualifiedNameSyntax([takeName()])
    _ = accept(symbol: "*")
    if isSymbol("(") { return try parseFromFunction(name, start, lateral: lateral) }
    guard !lateral else { throw unexpected("`(` with a subquery after LATERAL") }
    let alias = try parseAlias()
    if isWord("tablesample") {
      throw fail(
        .unsupportedClause, "`TABLESAMPLE` is not simulated", at: current.span,
        help: "write a WHERE clause")
    }
    return FromSyntax(.table(name, alias: alias), at: span(from: start))
  }

  private mutating func parseFromFunction(
    _ name: QualifiedNameSyntax, _ start: SourceSpan, lateral: Bool
  ) throws(ParseFailure) -> FromSyntax {
    let call = try parseCall(name)
    if isWords("with", "ordinality") {
      throw fail(
        .unsupportedClause, "`WITH ORDINALITY` is not simulated", at: current.span,
        help: "use generate_series for numbers")
    }
    let alias = try parseAlias()
    return FromSyntax(.function(call, alias: alias, lateral: lateral), at: span(from: start))
  }

  /// Reads `(query) alias`, or a join in brackets.
  private mutating func parseFromBrackets(
    _ start: SourceSpan, lateral: Bool
  ) throws(ParseFailure) -> FromSyntax {
    if isQueryStart(at: 1) {
      let query = try parseSubquery()
      let alias = try parseAlias()
      return FromSyntax(.subquery(query, alias: alias, lateral: lateral), at: span(from: start))
    }
    let opening = advance().span
    let inner = try parseFromItem()
    // `((SELECT …) UNION (SELECT …)) alias`: the brackets belong to a query after all.
    if case .subquery(let first, nil, _) = inner.kind, isQueryContinuation || isSymbol(")") {
      let query = isSymbol(")") ? first : try parseQuery(after: first)
      try expectClosing(")", of: opening)
      let alias = try parseAlias()
      return FromSyntax(.subquery(query, alias: alias, lateral: lateral), at: span(from: start))
    }
    try expectClosing(")", of: opening)
    if isWord("as") || isAlias {
      throw fail(
        .unsupportedClause, "an alias of a join is not simulated", at: current.span,
        help: "give the tables aliases instead")
    }
    return FromSyntax(inner.kind, at: span(from: start))
  }

  // MARK: Aliases

  /// Whether the next token is the alias of a table.
  private var isAlias: Bool {
    guard isName(), !isProceduralStop else { return false }
    // SET and others follow tables and are no reserved words.
    return current.kind == .quoted || !["set", "values", "nowait", "skip"].contains(current.text)
  }

  /// Reads `[AS] alias [(columns)]`.
  mutating func parseAlias() throws(ParseFailure) -> AliasSyntax? {
    let isImplicit = !accept("as")
    guard !isImplicit || isAlias else { return nil }
    let name = try expectName("an alias")
    if isImplicit { implicitAlias = name }
    guard isSymbol("(") else { return AliasSyntax(name: name) }
    if isName(at: 1), !isSymbol(",", at: 2), !isSymbol(")", at: 2) {
      throw fail(
        .unsupportedClause, "column definitions in an alias are not simulated",
        at: current.span, help: "list the names of the columns only")
    }
    return AliasSyntax(name: name, columns: try nameList())
  }

  // MARK: WITH

  /// Reads `WITH [RECURSIVE] name AS (statement), …`.
  mutating func parseWith() throws(ParseFailure) -> [CommonTableSyntax] {
    try expect("with")
    let isRecursive = accept("recursive")
    let outerInto = allowsInto
    allowsInto = false
    defer { allowsInto = outerInto }
    return try list { (parser) throws(ParseFailure) in
      var table = try parser.parseCommonTable()
      table.isRecursive = isRecursive
      return table
    }
  }

  private mutating func parseCommonTable() throws(ParseFailure) -> CommonTableSyntax {
    let name = try expectName("the name of a WITH query")
    let columns = isSymbol("(") ? try nameList() : []
    try expect("as")
    var isMaterialized: Bool?
    if accept(words: "not", "materialized") {
      isMaterialized = false
    } else if accept("materialized") {
      isMaterialized = true
    }
    let opening = current.span
    try expect(symbol: "(")
    try enter()
    defer { leave() }
    let statement = try parseRowStatement()
    try expectClosing(")", of: opening)
    if isAnyWord(["search", "cycle"]) {
      throw fail(
        .unsupportedRecursion,
        "`\(current.text.uppercased())` of a recursive query is not simulated",
        at: current.span, help: "keep the way in a column, and order by it")
    }
    return CommonTableSyntax(
      name: name, columns: columns, isMaterialized: isMaterialized, statement: statement)
  }
}
