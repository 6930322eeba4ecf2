/// CREATE FUNCTION, CREATE PROCEDURE, DO.
extension Parser {
  /// The clauses that follow a function's arguments, in any order.
  private struct FunctionOptions {
    var result = CreateFunctionSyntax.Result.none
    var volatility = CreateFunctionSyntax.Volatility.volatile
    var isStrict = false
    var settings: [SetSyntax] = []
    var language: NameSyntax?
    var body: Token?
    /// A body in standard SQL.
    var standardBody: FunctionBodySyntax?
  }

  /// Reads CREATE FUNCTION or PROCEDURE behind that word.
  mutating func parseCreateFunction(
    isProcedure: Bool, orReplace: Bool
  ) throws(ParseFailure) -> StatementKind {
    let name = try expectQualifiedName("the name of the function")
    let arguments = try parseArguments()
    var options = FunctionOptions()
    while try parseFunctionOption(&options) {}
    var body = options.standardBody
    if body == nil {
      guard let token = options.body else { throw unexpected("`AS $$ … $$` with the body") }
      body = try parseBody(token, language: options.language)
    }
    guard let body else { throw unexpected("a body") }
    return .createFunction(
      CreateFunctionSyntax(
        name: name, isProcedure: isProcedure, orReplace: orReplace, arguments: arguments,
        result: options.result, volatility: options.volatility, isStrict: options.isStrict,
        settings: options.settings, body: body))
  }

  // MARK: Arguments

  /// Reads `(arguments)`.
  private mutating func parseArguments() throws(ParseFailure) -> [ArgumentSyntax] {
    let opening = current.span
    try expect(symbol: "(")
    if accept(symbol: ")") { return [] }
    let arguments = try list { (parser) throws(ParseFailure) in try parser.parseArgument() }
    try expectClosing(")", of: opening)
    return arguments
  }

  private mutating func parseArgument() throws(ParseFailure) -> ArgumentSyntax {
    let start = current.span
    var mode = parseArgumentMode()
    var name: NameSyntax?
    if isArgumentName {
      name = takeName()
      if mode == nil { mode = parseArgumentMode() }
    }
    let type = try parseType()
    var defaultValue: ExpressionSyntax?
    if accept("default") || accept(symbol: "=") { defaultValue = try parseExpression() }
    return ArgumentSyntax(
      mode: mode ?? .in, name: name, type: type, defaultValue: defaultValue,
      span: span(from: start))
  }

  private mutating func parseArgumentMode() -> ArgumentSyntax.Mode? {
    guard current.kind == .word else { return nil }
    if isWords("in", "out") {
      advance()
      advance()
      return .inout
    }
    guard let mode = ArgumentSyntax.Mode(rawValue: current.text) else { return nil }
    // OUT and INOUT may also name an argument or a type.
    guard peek(1).kind == .word || peek(1).kind == .quoted else { return nil }
    advance()
    return mode
  }

  /// Whether the next token names the argument, and its type comes after it.
  private var isArgumentName: Bool {
    guard current.kind == .quoted || current.kind == .word else { return false }
    let next = peek(1)
    guard next.kind == .word || next.kind == .quoted, next.text != "default" else { return false }
    guard current.kind == .word else { return true }
    switch current.text {
    case "double": return next.text != "precision"
    case "character", "char", "bit", "nchar": return next.text != "varying"
    case "national": return next.text != "character" && next.text != "char"
    case "timestamp", "time": return next.text != "with" && next.text != "without"
    case "setof": return false
    default: return next.text != "array"
    }
  }

  // MARK: Options

  /// Reads one clause; false where none comes next.
  private mutating func parseFunctionOption(
    _ options: inout FunctionOptions
  ) throws(ParseFailure) -> Bool {
    switch current.kind == .word ? current.text : "" {
    case "returns":
      try parseReturns(&options)
    case "language":
      advance()
      if isString() {
        let token = advance()
        options.language = NameSyntax(token.text.lowercased(), at: token.span)
      } else {
        options.language = try expectLabel("a language: `plpgsql` or `sql`")
      }
    case "immutable", "stable", "volatile":
      options.volatility = CreateFunctionSyntax.Volatility(rawValue: advance().text) ?? .volatile
    case "strict":
      advance()
      options.isStrict = true
    case "set":
      advance()
      options.settings.append(try parseSetting(isLocal: true))
    case "as":
      advance()
      guard isString() else { throw unexpected("the body between `$$` and `$$`") }
      options.body = advance()
    case "return":
      let start = advance().span
      let value = try parseExpression()
      let target = TargetSyntax(value: value, span: value.span)
      let place = span(from: start)
      let query = QuerySyntax(
        body: .select(SelectSyntax(targets: [target], span: place)), span: place)
      options.standardBody = .sql([StatementSyntax(.select(query), at: place)])
    case "begin":
      advance()
      try expect("atomic")
      var statements: [StatementSyntax] = []
      while !isWord("end") {
        statements.append(try parseStatement())
        guard accept(symbol: ";") else { throw unexpected("`;` behind a statement of the body") }
      }
      advance()
      options.standardBody = .sql(statements)
    default:
      return try skipFunctionOption()
    }
    return true
  }

  private mutating func parseReturns(_ options: inout FunctionOptions) throws(ParseFailure) {
    advance()
    if accept(words: "null", "on", "null", "input") {
      options.isStrict = true
    } else if accept("void") {
      options.result = .void
    } else if accept("trigger") {
      options.result = .trigger
    } else if isWord("table"), isSymbol("(", at: 1) {
      advance()
      options.result = .table(try parseArguments())
    } else {
      options.result = .type(try parseType())
    }
  }

  /// Skips a clause that changes nothing that RaceSim knows.
  private mutating func skipFunctionOption() throws(ParseFailure) -> Bool {
    if accept(words: "called", "on", "null", "input") { return true }
    if accept("leakproof") || accept(words: "not", "leakproof") { return true }
    if isWord("security") || isWords("external", "security") {
      _ = accept("external")
      advance()
      guard accept("definer") || accept("invoker") else {
        throw unexpected("`DEFINER` or `INVOKER`")
      }
      return true
    }
    if accept("parallel") || accept("support") {
      _ = try expectLabel()
      return true
    }
    if accept("cost") || accept("rows") {
      guard current.kind == .integer || current.kind == .decimal else {
        throw unexpected("a number")
      }
      advance()
      return true
    }
    return false
  }

  // MARK: Bodies

  /// Reads a function's body, whose spans point into this file.
  mutating func parseBody(
    _ token: Token, language: NameSyntax?
  ) throws(ParseFailure) -> FunctionBodySyntax {
    try enter()
    defer { leave() }
    switch language?.text ?? "plpgsql" {
    case "plpgsql":
      return try readContent(of: token, context: .function) {
        (parser) throws(ParseFailure) in
        .procedural(try parser.parseFunctionBlock())
      }
    case "sql":
      return try readContent(of: token, context: .sql) { (parser) throws(ParseFailure) in
        .sql(parser.parseStatements())
      }
    default:
      throw fail(
        .unsupportedLanguage, "the language `\(language?.text ?? "")` is not simulated",
        at: language?.span ?? token.span, help: "write the body in plpgsql or sql")
    }
  }

  /// Reads the block that is a function's body, and nothing behind it.
  private mutating func parseFunctionBlock() throws(ParseFailure) -> BlockSyntax {
    // `#variable_conflict` and its like stand before the block.
    guard !isSymbol("#") else {
      throw fail(
        .unsupportedClause, "compiler options are not simulated", at: current.span,
        help: "give variables names that no column has")
    }
    let start = current.span
    let label = try parseLabel()
    guard isWord("declare") || isWord("begin") else { throw unexpected("`DECLARE` or `BEGIN`") }
    let block = try parseBlock(label: label, from: start)
    _ = accept(symbol: ";")
    guard isAtEnd else { throw unexpected("nothing after the `END` of the body") }
    return block
  }

  /// Reads `DO [LANGUAGE name] body`.
  mutating func parseDo() throws(ParseFailure) -> StatementKind {
    advance()
    var language = accept("language") ? try expectLabel("a language") : nil
    guard isString() else { throw unexpected("the body between `$$` and `$$`") }
    let token = advance()
    if accept("language") { language = try expectLabel("a language") }
    return .anonymousBlock(try parseBody(token, language: language))
  }
}
