/// Cursors of PL/pgSQL.
extension Parser {
  /// Reads what follows a cursor's name in DECLARE; `nil` for a `refcursor`.
  mutating func parseCursorDefinition(
    from start: SourceSpan
  ) throws(ParseFailure) -> CursorDefinitionSyntax? {
    guard context == .function else {
      throw fail(
        .unsupportedCursor, "cursors are simulated in PL/pgSQL functions only",
        at: span(from: start), help: "loop over the query: FOR r IN SELECT … LOOP")
    }
    if accept("refcursor") { return nil }
    _ = accept("no")
    _ = accept("scroll")
    try expect("cursor")
    var arguments: [CursorDefinitionSyntax.Argument] = []
    if isSymbol("(") {
      let opening = advance().span
      arguments = try list { (parser) throws(ParseFailure) in
        let name = try parser.expectName("the name of an argument")
        return CursorDefinitionSyntax.Argument(name: name, type: try parser.parseType())
      }
      try expectClosing(")", of: opening)
    }
    guard accept("for") || accept("is") else { throw unexpected("`FOR` and a query") }
    return CursorDefinitionSyntax(arguments: arguments, query: try parseCursorQuery())
  }

  private mutating func parseCursorQuery() throws(ParseFailure) -> QuerySyntax {
    guard isQueryStart() else { throw unexpected("a query") }
    let outer = allowsInto
    allowsInto = false
    defer { allowsInto = outer }
    let statement = try parseRowStatement()
    guard case .select(let query) = statement.kind else { throw unexpected("a query") }
    return query
  }

  /// Reads `OPEN`, `FETCH`, `MOVE` and `CLOSE`.
  mutating func parseCursorAction() throws(ParseFailure) -> CursorActionSyntax {
    let word = advance()
    switch word.text {
    case "open":
      let name = try expectName("the name of a cursor")
      if isSymbol("(") { return .open(name, nil, arguments: try parseCursorArguments()) }
      let isScroll = isWord("scroll") || isWord("no")
      if isScroll {
        _ = accept("no")
        try expect("scroll")
      }
      guard accept("for") else { return .open(name, nil, arguments: []) }
      if isWord("execute") {
        throw fail(
          .unsupportedDynamicSQL, "a cursor over dynamic SQL is not simulated", at: current.span,
          help: "write the query itself")
      }
      return .open(name, try parseCursorQuery(), arguments: [])
    case "close": return .close(try expectName("the name of a cursor"))
    default:
      try parseNext()
      if !accept("from") { _ = accept("in") }
      let name = try expectName("the name of a cursor")
      if word.text == "move" { return .fetch(name, into: nil) }
      let outer = (into, allowsInto)
      into = nil
      allowsInto = true
      defer { (into, allowsInto) = outer }
      guard isWord("into") else { throw unexpected("`INTO` and variables") }
      try parseIntoIfPresent()
      return .fetch(name, into: into)
    }
  }

  /// Reads the direction of FETCH, which can only be the next row.
  private mutating func parseNext() throws(ParseFailure) {
    if accept("next") { return }
    let isForward = isWord("forward") && (isWord("from", at: 1) || isWord("in", at: 1))
    if isForward {
      advance()
      return
    }
    let others: Set = [
      "prior", "first", "last", "absolute", "relative", "forward", "backward", "all",
    ]
    guard current.kind == .word, others.contains(current.text), !isWord("into", at: 1) else {
      return
    }
    throw fail(
      .unsupportedCursor, "`\(current.text.uppercased())` of a cursor is not simulated",
      at: current.span, help: "fetch the next row")
  }

  private mutating func parseCursorArguments() throws(ParseFailure) -> [ExpressionSyntax] {
    let opening = advance().span
    if accept(symbol: ")") { return [] }
    let values = try list { (parser) throws(ParseFailure) in
      if parser.isName(), parser.isSymbol(":=", at: 1) || parser.isSymbol("=>", at: 1) {
        throw parser.fail(
          .unsupportedCursor, "named arguments of a cursor are not simulated",
          at: parser.current.span, help: "give them in their order")
      }
      return try parser.parseExpression()
    }
    try expectClosing(")", of: opening)
    return values
  }

  /// Reads `cursor [(arguments)] LOOP …` of a FOR; `nil` where that is not what follows.
  mutating func parseCursorLoop(
    _ record: QualifiedNameSyntax, _ label: NameSyntax?
  ) throws(ParseFailure) -> ProceduralStatementKind? {
    if isSymbol("(", at: 1) {
      var distance = 2
      var depth = 1
      while depth > 0 {
        if peek(distance).kind == .endOfFile || isSymbol(";", at: distance) { return nil }
        if isSymbol("(", at: distance) { depth += 1 }
        if isSymbol(")", at: distance) { depth -= 1 }
        distance += 1
      }
      guard isWord("loop", at: distance) else { return nil }
    }
    let cursor = takeName()
    let arguments = isSymbol("(") ? try parseCursorArguments() : []
    let body = try parseLoopBody(label)
    return .cursor(.loop(record.last, over: cursor, arguments: arguments, body))
  }
}

extension CursorActionSyntax {
  /// What `WHERE CURRENT OF` is as an expression: a call of this name with the cursor.
  static let currentRow = "$current"
}
