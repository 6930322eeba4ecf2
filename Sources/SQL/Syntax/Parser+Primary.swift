extension Parser {
  /// Reads one operand: a literal, a name, a call, something in brackets.
  mutating func parseOperand() throws(ParseFailure) -> ExpressionSyntax {
    let token = current
    switch token.kind {
    case .word:
      return try parseWordOperand()
    case .quoted:
      return try parseNameOperand()
    case .string, .dollarString:
      advance()
      return ExpressionSyntax(.string(token.text), at: token.span)
    case .integer:
      advance()
      return ExpressionSyntax(.integer(token.text), at: token.span)
    case .decimal:
      advance()
      return ExpressionSyntax(.decimal(token.text), at: token.span)
    case .parameter:
      advance()
      return ExpressionSyntax(
        .parameter(NameSyntax(token.text, at: token.span)), at: token.span)
    case .positional:
      return try parsePositional()
    case .symbol where token.text == "(":
      return try parseBrackets()
    case .symbol where token.text == "?" || token.text == "%":
      throw fail(
        .syntaxError, unexpectedMessage, at: token.span,
        help: "placeholders have no value here; write the value, or `:name` for a parameter")
    case .symbol, .invalid, .endOfFile:
      throw unexpected("an expression")
    }
  }

  private mutating func parsePositional() throws(ParseFailure) -> ExpressionSyntax {
    let token = current
    guard let number = Int(token.text), number >= 1, number <= 65_535 else {
      throw fail(
        .invalidNumber, "there is no parameter `$\(token.text)`", at: token.span,
        help: "parameters are numbered from $1")
    }
    advance()
    return ExpressionSyntax(.positional(number), at: token.span)
  }

  // MARK: Brackets

  /// Reads `(expression)`, `(a, b)`, `(SELECT …)`, and a field behind them.
  private mutating func parseBrackets() throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    var inner: ExpressionSyntax
    if isQueryStart(at: 1) {
      let query = try parseSubquery()
      inner = ExpressionSyntax(.scalarSubquery(query), at: span(from: start))
    } else {
      inner = try parseBracketedValues(start)
    }
    while isSymbol("."), !isSymbol("*", at: 1) {
      advance()
      try growChain()
      let field = try expectLabel("the name of a field")
      inner = ExpressionSyntax(.field(inner, field), at: span(from: start))
    }
    return inner
  }

  private mutating func parseBracketedValues(
    _ start: SourceSpan
  ) throws(ParseFailure) -> ExpressionSyntax {
    advance()
    let values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
    if values.count == 1, case .scalarSubquery(let query) = values[0].kind, isQueryContinuation {
      // `((SELECT …) UNION …)`: what looked like an operand is the first part of a query.
      let whole = try parseQuery(after: query)
      try expectClosing(")", of: start)
      return ExpressionSyntax(.scalarSubquery(whole), at: span(from: start))
    }
    try expectClosing(")", of: start)
    guard values.count == 1 else {
      return ExpressionSyntax(.row(values), at: span(from: start))
    }
    return ExpressionSyntax(values[0].kind, at: span(from: start))
  }

  // MARK: Words

  /// Reads an operand that begins with a word.
  private mutating func parseWordOperand() throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    let word = current.text
    switch word {
    case "null":
      advance()
      return ExpressionSyntax(.null, at: start)
    case "true", "false":
      advance()
      return ExpressionSyntax(.boolean(word == "true"), at: start)
    case "case":
      return try parseCase()
    case "cast":
      return try parseCast()
    case "exists" where isSymbol("(", at: 1):
      advance()
      let query = try parseSubquery()
      return ExpressionSyntax(.exists(query), at: span(from: start))
    case "array":
      return try parseArray()
    case "row" where isSymbol("(", at: 1):
      return try parseRow()
    case "default":
      throw unexpected("an expression; DEFAULT may only be a whole value of INSERT or UPDATE")
    default:
      break
    }
    if let function = KeywordFunction(rawValue: word), !isSymbol("(", at: 1) {
      advance()
      return ExpressionSyntax(.keywordFunction(function), at: start)
    }
    if isSymbol("(", at: 1), let form = try parseSpecialCall() { return form }
    if let literal = try parseTypedLiteral() { return literal }
    return try parseNameOperand()
  }

  private mutating func parseCase() throws(ParseFailure) -> ExpressionSyntax {
    let start = advance().span
    let operand = isWord("when") ? nil : try parseExpression()
    var branches: [CaseBranchSyntax] = []
    while accept("when") {
      let condition = try parseExpression()
      try expect("then")
      branches.append(CaseBranchSyntax(condition: condition, result: try parseExpression()))
    }
    guard !branches.isEmpty else { throw unexpected("`WHEN`") }
    let otherwise = accept("else") ? try parseExpression() : nil
    guard accept("end") else { throw unexpected("`WHEN`, `ELSE` or `END` of this CASE") }
    return ExpressionSyntax(
      .caseWhen(operand: operand, branches: branches, otherwise: otherwise),
      at: span(from: start))
  }

  private mutating func parseCast() throws(ParseFailure) -> ExpressionSyntax {
    let start = advance().span
    let opening = current.span
    try expect(symbol: "(")
    let value = try parseExpression()
    try expect("as")
    let type = try parseType()
    try expectClosing(")", of: opening)
    return ExpressionSyntax(.cast(value, type), at: span(from: start))
  }

  private mutating func parseArray() throws(ParseFailure) -> ExpressionSyntax {
    let start = advance().span
    if isSymbol("(") {
      let query = try parseSubquery()
      return ExpressionSyntax(.arraySubquery(query), at: span(from: start))
    }
    let opening = current.span
    try expect(symbol: "[")
    var elements: [ExpressionSyntax] = []
    if !isSymbol("]") {
      elements = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
    }
    try expectClosing("]", of: opening)
    return ExpressionSyntax(.array(elements), at: span(from: start))
  }

  private mutating func parseRow() throws(ParseFailure) -> ExpressionSyntax {
    let start = advance().span
    let values = try parseArgumentsInBrackets()
    return ExpressionSyntax(.row(values), at: span(from: start))
  }

  /// Reads `(a, b, …)`, which may be empty.
  mutating func parseArgumentsInBrackets() throws(ParseFailure) -> [ExpressionSyntax] {
    let opening = current.span
    try expect(symbol: "(")
    if accept(symbol: ")") { return [] }
    let values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
    try expectClosing(")", of: opening)
    return values
  }

  // MARK: Typed literals

  private static let intervalFields: Set<String> = [
    "year", "month", "day", "hour", "minute", "second",
  ]

  /// Reads `interval '1 day'`, `timestamp with time zone '…'`, `date '…'`; `nil` if none is here.
  private mutating func parseTypedLiteral() throws(ParseFailure) -> ExpressionSyntax? {
    guard isTypedLiteral else { return nil }
    let start = current.span
    let type = try parseType()
    guard isString() else { throw unexpected("text in quotes behind the type") }
    let token = advance()
    var string = StringSyntax(token.text, at: token.span)
    let isInterval = type.kind.isNamed("interval")
    if isInterval, isAnyWord(Self.intervalFields) {
      guard Int(string.text) != nil, !isWord("to", at: 1) else {
        throw fail(
          .unsupportedExpression, "fields of an interval are not simulated", at: current.span,
          help: "write the unit inside the quotes: interval '1 day'")
      }
      string = StringSyntax(
        "\(string.text) \(advance().text)", at: span(from: token.span))
    }
    return ExpressionSyntax(.typedLiteral(type, string), at: span(from: start))
  }

  /// Whether a type name comes next and then a string.
  private var isTypedLiteral: Bool {
    guard current.kind == .word, !Keywords.reserved.contains(current.text) else { return false }
    var length = 1
    switch current.text {
    case "double", "character", "char", "national":
      if isWord("precision", at: 1) || isWord("varying", at: 1) { length = 2 }
    case "timestamp", "time", "interval":
      if isSymbol("(", at: 1), peek(2).kind == .integer, isSymbol(")", at: 3) { length = 4 }
      let hasZone = isWord("time", at: length + 1) && isWord("zone", at: length + 2)
      if hasZone, isWord("with", at: length) || isWord("without", at: length) { length += 3 }
    default:
      while isSymbol(".", at: length), peek(length + 1).kind == .word, length < 5 { length += 2 }
    }
    return isString(at: length)
  }

  // MARK: Names and calls

  /// Reads a column, a variable, or a call of a function by its name.
  private mutating func parseNameOperand() throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    let isFunction = isSymbol("(", at: 1) && !Keywords.reserved.contains(current.text)
    guard isName() || isFunction else { throw unexpected("an expression") }
    var parts = [takeName()]
    while isSymbol("."), parts.count < 4 {
      advance()
      if accept(symbol: "*") {
        return ExpressionSyntax(.star(QualifiedNameSyntax(parts)), at: span(from: start))
      }
      parts.append(try expectLabel("a name or `*` after the dot"))
    }
    let name = QualifiedNameSyntax(parts)
    guard isSymbol("(") else {
      return try parseTriggerArgument(name, start)
        ?? ExpressionSyntax(.column(name), at: span(from: start))
    }
    let call = try parseCall(name)
    return ExpressionSyntax(.call(call), at: span(from: start))
  }

  /// Reads the brackets of a call and what may follow them.
  mutating func parseCall(
    _ name: QualifiedNameSyntax
  ) throws(ParseFailure) -> FunctionCallSyntax {
    let opening = current.span
    try expect(symbol: "(")
    var call = FunctionCallSyntax(name: name, arguments: [])
    if accept(symbol: "*") {
      call.isStar = true
    } else if !isSymbol(")") {
      call.isDistinct = accept("distinct")
      if !call.isDistinct { _ = accept("all") }
      call.arguments = try list { (parser) throws(ParseFailure) in try parser.parseArgument() }
      if accept(words: "order", "by") { call.orderBy = try parseOrderItems() }
    }
    try expectClosing(")", of: opening)
    if isWords("within", "group") {
      throw fail(
        .unsupportedExpression, "ordered-set aggregates are not simulated", at: current.span,
        help: "use count, sum, min, max, avg, bool_and, bool_or, string_agg or array_agg")
    }
    if isWord("filter"), isSymbol("(", at: 1) {
      advance()
      let filterOpening = advance().span
      try expect("where")
      call.filter = try parseExpression()
      try expectClosing(")", of: filterOpening)
    }
    if isWord("over"), isSymbol("(", at: 1) || isName(at: 1) { call.over = try parseWindow() }
    return call
  }

  private mutating func parseArgument() throws(ParseFailure) -> FunctionCallSyntax.Argument {
    if isWord("variadic") {
      throw fail(
        .unsupportedExpression, "`VARIADIC` is not simulated", at: current.span,
        help: "pass the values one by one")
    }
    let isNamed = isSymbol("=>", at: 1) || isSymbol(":=", at: 1)
    guard isNamed, isName() else {
      return FunctionCallSyntax.Argument(value: try parseExpression())
    }
    let name = takeName()
    advance()
    return FunctionCallSyntax.Argument(name: name, value: try parseExpression())
  }
}

extension TypeNameSyntax.Kind {
  /// Whether this is the type of that plain name.
  fileprivate func isNamed(_ name: String) -> Bool {
    guard case .named(let qualified) = self else { return false }
    return qualified.parts.count == 1 && qualified.last.text == name
  }
}

extension Parser {
  /// Reads the number behind `TG_ARGV`, the only array of which single elements are known: each is a variable
  /// with a name like `tg_argv[0]`.
  private mutating func parseTriggerArgument(
    _ name: QualifiedNameSyntax, _ start: SourceSpan
  ) throws(ParseFailure) -> ExpressionSyntax? {
    guard name.text == "tg_argv", isSymbol("["), peek(1).kind == .integer, isSymbol("]", at: 2)
    else { return nil }
    advance()
    let number = advance().text
    advance()
    let place = span(from: start)
    let element = NameSyntax("tg_argv[\(number)]", at: place)
    return ExpressionSyntax(.column(QualifiedNameSyntax([element])), at: place)
  }
}
