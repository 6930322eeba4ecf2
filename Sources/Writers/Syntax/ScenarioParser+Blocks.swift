internal import SQL

/// Parameters, statements, the clock, writers and invariants.
extension ScenarioParser {
  /// Reads `param name type = expression`.
  mutating func parseParameter() throws(ParseFailure) -> ParameterSyntax {
    let start = parser.advance().span
    let name = try expectName("the name of a parameter")
    let type = try parser.parseType()
    guard parser.accept(symbol: "=") else { throw parser.unexpected("`=` and a value") }
    let value = try parser.parseExpression()
    return ParameterSyntax(name: name, type: type, value: value, span: parser.span(from: start))
  }

  /// Reads `schema`, `world` or `data` with the SQL in its braces.
  mutating func parseStatements() throws(ParseFailure) -> StatementsSyntax {
    let word = parser.advance()
    let opening = try openBlock()
    let statements = parser.parseStatements()
    try closeBlock(opening, word.text)
    return StatementsSyntax(statements: statements, span: parser.span(from: word.span))
  }

  /// Reads `clock 'instant', …` or `clock from … to … every …`.
  mutating func parseClock() throws(ParseFailure) -> ClockSyntax {
    let start = parser.advance().span
    if parser.accept("from") {
      let first = try parser.expectString("the first instant in quotes")
      try parser.expect("to")
      let last = try parser.expectString("the last instant in quotes")
      try parser.expect("every")
      let step = try parser.expectString("an interval in quotes")
      return ClockSyntax(
        .range(from: first, to: last, every: step), at: parser.span(from: start))
    }
    let instants = try parser.list { (parser) throws(ParseFailure) in
      try parser.expectString("an instant in quotes, or `from`")
    }
    return ClockSyntax(.instants(instants), at: parser.span(from: start))
  }

  /// Reads `isolation level`.
  mutating func parseIsolation() throws(ParseFailure) -> IsolationSyntax {
    let start = parser.advance().span
    _ = parser.accept("level")
    let level = try parser.parseIsolationLevel()
    return IsolationSyntax(level: level, span: parser.span(from: start))
  }

  // MARK: Writers

  /// Reads `writer name[(parameters)] [options] ["label"] { program }`.
  mutating func parseWriter() throws(ParseFailure) -> WriterSyntax {
    let start = parser.advance().span
    let name = try expectName("the name of a writer")
    var writer = WriterSyntax(
      name: name, program: ProgramSyntax(statements: [], span: name.span), span: start)
    if parser.isSymbol("(") {
      writer.parameters = try parser.nameList("the name of a parameter")
    }
    while !parser.isSymbol("{") { try parseWriterOption(&writer) }
    let opening = try openBlock()
    let statements = parser.parseProgram()
    try closeBlock(opening, "writer")
    writer.program = ProgramSyntax(
      statements: statements, span: parser.span(from: opening))
    writer.span = parser.span(from: start)
    return writer
  }

  private mutating func parseWriterOption(_ writer: inout WriterSyntax) throws(ParseFailure) {
    if isText, writer.label == nil {
      writer.label = parseText()
    } else if parser.isWord("for"), writer.bindings == nil {
      writer.bindings = try parseBindings()
    } else if parser.isWord("times"), writer.times == nil {
      parser.advance()
      let span = parser.current.span
      writer.times =
        parser.accept("many") ? .many(span) : try parseCount("how many sessions, or `many`")
    } else if parser.isWord("isolation"), writer.isolation == nil {
      writer.isolation = try parseIsolation()
    } else if parser.isWord("retry"), writer.retry == nil {
      writer.retry = try parseRetry()
    } else if parser.isWord("restarts"), writer.restarts == nil {
      parser.advance()
      writer.restarts = try parseCount("how often it may run again")
      if parser.accept("on") {
        guard parser.accept("crash") else { throw parser.unexpected("`crash`") }
        writer.restartsOnCrashOnly = true
      }
    } else {
      throw failWriterOption()
    }
  }

  /// Reads a number, or a parameter that has it.
  private mutating func parseCount(_ meaning: String) throws(ParseFailure) -> CountSyntax {
    parser.current.kind == .parameter
      ? .parameter(try parser.parseExpression()) : .number(try expectNumber(meaning))
  }

  private mutating func failWriterOption() -> ParseFailure {
    let options = ["for", "times", "isolation", "retry", "restarts"]
    let token = parser.current
    guard token.kind == .word, !options.contains(token.text) else {
      return parser.unexpected("`{` with the writer's program")
    }
    guard didYouMean(token.text, among: options) != nil else {
      return parser.unexpected("`{`, a label in quotes, or one of " + quoted(options))
    }
    return parser.fail(
      .misspelt(
        .unknownOption, "a writer has no option `\(token.text)`", at: token.span,
        name: token.text, among: options))
  }

  /// The words in backticks with commas between them.
  func quoted(_ words: [String]) -> String {
    words.map { "`\($0)`" }.joined(separator: ", ")
  }

  /// Reads `for name in first..last`, `for name in (…)` or `for (a, b) in ((…), …)`.
  private mutating func parseBindings() throws(ParseFailure) -> BindingsSyntax {
    let start = parser.advance().span
    let names: [NameSyntax]
    if parser.isSymbol("(") {
      names = try parser.nameList("the name of a parameter")
    } else {
      names = [try expectName("the name of a parameter")]
    }
    try parser.expect("in")
    let opening = parser.current.span
    guard parser.accept(symbol: "(") else {
      let first = try parser.parseExpression()
      guard parser.accept(symbol: "..") else { throw parser.unexpected("`..` or a list") }
      let last = try parser.parseExpression()
      return BindingsSyntax(
        names: names, values: .range(first, last), span: parser.span(from: start))
    }
    let values = try parser.list { (parser) throws(ParseFailure) in
      try parser.parseExpression()
    }
    try parser.expectClosing(")", of: opening)
    var rows: [[ExpressionSyntax]] = []
    for value in values { rows.append(try row(value, length: names.count)) }
    return BindingsSyntax(names: names, values: .list(rows), span: parser.span(from: start))
  }

  /// The values that one session gets.
  private mutating func row(
    _ value: ExpressionSyntax, length: Int
  ) throws(ParseFailure) -> [ExpressionSyntax] {
    if length == 1 { return [value] }
    guard case .row(let values) = value.kind, values.count == length else {
      throw parser.fail(
        .columnCountMismatch, "\(length) values are needed here", at: value.span,
        help: "write them in brackets: (1, 2)")
    }
    return values
  }

  /// Reads `retry N on condition, …` or `retry on condition, …`.
  private mutating func parseRetry() throws(ParseFailure) -> RetrySyntax {
    let start = parser.advance().span
    let count = parser.isWord("on") ? nil : try parseCount("how often to try again, or `on`")
    try parser.expect("on")
    let conditions = try parser.list { (parser) throws(ParseFailure) in
      try parser.parseCondition()
    }
    return RetrySyntax(count: count, conditions: conditions, span: parser.span(from: start))
  }

  // MARK: Invariants

  /// Reads `invariant name "text" { query }`, `always …` or `finally …`.
  mutating func parseInvariant(
    _ moment: InvariantSyntax.Moment
  ) throws(ParseFailure) -> InvariantSyntax {
    let start = parser.advance().span
    let name = try expectName("the name of an invariant")
    let text = parseText()
    let opening = try openBlock()
    let query = try parser.parseQuery()
    _ = parser.accept(symbol: ";")
    if !parser.isAtBlockEnd {
      throw parser.unexpected("`}`: an invariant is one query")
    }
    try closeBlock(opening, "invariant")
    return InvariantSyntax(
      moment: moment, name: name, text: text, query: query, span: parser.span(from: start))
  }
}
