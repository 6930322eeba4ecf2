extension Parser {
  /// Reads the calls that have a grammar of their own, such as `EXTRACT(x FROM y)`.
  ///
  /// The word is the current token and `(` the next one; `nil` for an ordinary function.
  mutating func parseSpecialCall() throws(ParseFailure) -> ExpressionSyntax? {
    let start = current.span
    let kind: ExpressionKind
    switch current.text {
    case "coalesce":
      kind = .coalesce(try parseSpecialArguments(atLeast: 1))
    case "greatest":
      kind = .greatest(try parseSpecialArguments(atLeast: 1))
    case "least":
      kind = .least(try parseSpecialArguments(atLeast: 1))
    case "nullif":
      let values = try parseSpecialArguments(atLeast: 2)
      guard values.count == 2 else {
        throw fail(
          .syntaxError, "`NULLIF` takes two values", at: span(from: start),
          help: "write NULLIF(value, the value that becomes NULL)")
      }
      kind = .nullif(values[0], values[1])
    case "extract":
      kind = try parseExtract()
    case "position":
      kind = try parsePosition()
    case "substring":
      guard let form = try parseSubstring() else { return nil }
      kind = form
    case "trim":
      kind = try parseTrim()
    case "overlay", "normalize", "treat", "grouping", "xmlelement", "xmlforest", "xmlagg",
      "xmlconcat", "xmlparse", "xmlserialize", "xmlexists", "json_table":
      throw fail(
        .unsupportedFunction, "`\(current.text)` is not simulated", at: current.span,
        help: "write it with the functions that docs/SQL.md lists")
    default:
      return nil
    }
    return ExpressionSyntax(kind, at: span(from: start))
  }

  private mutating func parseSpecialArguments(
    atLeast count: Int
  ) throws(ParseFailure) -> [ExpressionSyntax] {
    let name = advance()
    let values = try parseArgumentsInBrackets()
    guard values.count >= count else {
      throw fail(
        .syntaxError, "`\(name.text.uppercased())` needs at least \(count) values",
        at: span(from: name.span), help: "write the values between the brackets")
    }
    return values
  }

  /// Reads `EXTRACT(field FROM source)`.
  private mutating func parseExtract() throws(ParseFailure) -> ExpressionKind {
    advance()
    let opening = advance().span
    let field: NameSyntax
    if current.kind == .string {
      let token = advance()
      field = NameSyntax(token.text.lowercased(), at: token.span)
    } else {
      field = try expectLabel("a field such as `epoch`, `day` or `hour`")
    }
    try expect("from")
    let source = try parseExpression()
    try expectClosing(")", of: opening)
    return .extract(field, source)
  }

  /// Reads `POSITION(needle IN haystack)`.
  private mutating func parsePosition() throws(ParseFailure) -> ExpressionKind {
    advance()
    let opening = advance().span
    let needle = try parseTightExpression()
    try expect("in")
    let haystack = try parseTightExpression()
    try expectClosing(")", of: opening)
    return .position(needle, in: haystack)
  }

  /// Reads `SUBSTRING(text FROM start FOR count)`, with commas the ordinary call.
  private mutating func parseSubstring() throws(ParseFailure) -> ExpressionKind? {
    let name = takeName()
    let opening = advance().span
    let text = try parseExpression()
    if accept(symbol: ",") {
      let rest = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
      try expectClosing(")", of: opening)
      let arguments = ([text] + rest).map { FunctionCallSyntax.Argument(value: $0) }
      return .call(
        FunctionCallSyntax(name: QualifiedNameSyntax([name]), arguments: arguments))
    }
    var from: ExpressionSyntax?
    var count: ExpressionSyntax?
    while from == nil || count == nil {
      if from == nil, accept("from") {
        from = try parseExpression()
      } else if count == nil, accept("for") {
        count = try parseExpression()
      } else {
        break
      }
    }
    guard from != nil || count != nil else { throw unexpected("`FROM`, `FOR` or `,`") }
    try expectClosing(")", of: opening)
    return .substring(text, from: from, count: count)
  }

  /// Reads `TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] text)`.
  private mutating func parseTrim() throws(ParseFailure) -> ExpressionKind {
    advance()
    let opening = advance().span
    var side = TrimSide.both
    if let named = TrimSide(rawValue: current.text), current.kind == .word {
      side = named
      advance()
    }
    if accept("from") {
      let text = try parseExpression()
      try expectClosing(")", of: opening)
      return .trim(side, characters: nil, text)
    }
    let first = try parseExpression()
    var characters: ExpressionSyntax?
    var text = first
    if accept("from") {
      characters = first
      text = try parseExpression()
    } else if accept(symbol: ",") {
      characters = try parseExpression()
    }
    try expectClosing(")", of: opening)
    return .trim(side, characters: characters, text)
  }
}
