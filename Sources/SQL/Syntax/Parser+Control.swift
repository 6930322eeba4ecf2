/// Branches, loops and the other statements of PL/pgSQL.
extension Parser {
  // MARK: Branches

  /// Reads `IF condition THEN … [ELSIF …] [ELSE …] END IF`.
  mutating func parseIf() throws(ParseFailure) -> ProceduralStatementKind {
    let opening = current.span
    var branches: [BranchSyntax] = []
    repeat {
      advance()
      let condition = try parseConditionUpTo("then")
      branches.append(BranchSyntax(condition: condition, statements: parseBody(in: .branch)))
    } while isWord("elsif") || isWord("elseif")
    let otherwise = accept("else") ? parseBody(in: .branch) : nil
    try expectEnd("if", of: opening)
    return .ifElse(branches, otherwise: otherwise)
  }

  /// Reads a condition and the word behind it; a broken one is reported and skipped.
  private mutating func parseConditionUpTo(
    _ word: String
  ) throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    do throws(ParseFailure) {
      let condition = try parseProceduralValue()
      try expect(word)
      return condition
    } catch {
      while !isAtEnd, !isSymbol(";"), !isSymbol("}"), !isWord(word) { advance() }
      guard accept(word) else { throw error }
      return ExpressionSyntax(.null, at: start)
    }
  }

  /// Reads `CASE [operand] WHEN … THEN … [ELSE …] END CASE`.
  mutating func parseCaseStatement() throws(ParseFailure) -> ProceduralStatementKind {
    let opening = advance().span
    let operand = isWord("when") ? nil : try parseProceduralValue()
    var arms: [CaseArmSyntax] = []
    while accept("when") {
      let values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
      guard operand != nil || values.count == 1 else {
        throw fail(
          .syntaxError, "a CASE without an operand takes one condition after WHEN",
          at: span(from: values[1].span), help: "put OR between the conditions")
      }
      try expect("then")
      arms.append(CaseArmSyntax(values: values, statements: parseBody(in: .caseArm)))
    }
    guard !arms.isEmpty else { throw unexpected("`WHEN`") }
    let otherwise = accept("else") ? parseBody(in: .caseArm) : nil
    try expectEnd("case", of: opening)
    return .caseOf(operand, arms, otherwise: otherwise)
  }

  // MARK: Loops

  /// Reads `LOOP … END LOOP [label]`.
  mutating func parseLoopBody(
    _ label: NameSyntax?
  ) throws(ParseFailure) -> [ProceduralStatementSyntax] {
    let opening = current.span
    try expect("loop")
    return try parseLoopBody(label, openedBy: opening)
  }

  /// Reads a loop's statements behind the word LOOP.
  private mutating func parseLoopBody(
    _ label: NameSyntax?, openedBy opening: SourceSpan
  ) throws(ParseFailure) -> [ProceduralStatementSyntax] {
    let statements = parseBody(in: .loop)
    try expectEnd("loop", of: opening)
    try expectEndLabel(label)
    return statements
  }

  /// Reads `WHILE condition LOOP …`.
  mutating func parseWhile(_ label: NameSyntax?) throws(ParseFailure) -> ProceduralStatementKind {
    let opening = advance().span
    let condition = try parseConditionUpTo("loop")
    return .whileLoop(condition, try parseLoopBody(label, openedBy: opening))
  }

  /// Reads `FOR …` over numbers or over a query.
  mutating func parseFor(_ label: NameSyntax?) throws(ParseFailure) -> ProceduralStatementKind {
    advance()
    let targets = try list { (parser) throws(ParseFailure) in
      try parser.expectQualifiedName("a variable for the loop")
    }
    try expect("in")
    if context == .function, targets.count == 1, targets[0].parts.count == 1, isName(),
      isWord("loop", at: 1) || isSymbol("(", at: 1),
      let loop = try parseCursorLoop(targets[0], label)
    {
      return loop
    }
    if let source = try parseQuerySource() {
      return .forQuery(targets, source, try parseLoopBody(label))
    }
    return .forRange(try parseForRange(targets, label))
  }

  /// Reads `FOREACH target IN ARRAY array LOOP …` as a loop over the array's elements.
  mutating func parseForeach(_ label: NameSyntax?) throws(ParseFailure) -> ProceduralStatementKind {
    let start = advance().span
    let target = try expectQualifiedName("a variable for the loop")
    if isWord("slice") {
      throw fail(
        .unsupportedClause, "`SLICE` is not simulated", at: current.span,
        help: "arrays have one dimension here: leave it out")
    }
    try expect("in")
    try expect("array")
    let array = try parseProceduralValue()
    let elements = ExpressionSyntax.call(
      "unnest", [.call("$looped", [array], at: array.span)], at: array.span)
    let select = SelectSyntax(
      targets: [TargetSyntax(value: elements, span: array.span)], span: span(from: start))
    let query = QuerySyntax(body: .select(select), span: select.span)
    return .forQuery([target], .query(query), try parseLoopBody(label))
  }

  /// Reads a query or a statement with RETURNING; `nil` where neither begins here.
  private mutating func parseQuerySource() throws(ParseFailure) -> QuerySourceSyntax? {
    if context == .function, accept("execute") {
      let text = try parseExpression()
      guard accept("using") else { return .dynamic(text, values: []) }
      return .dynamic(
        text,
        values: try list { (parser) throws(ParseFailure) in try parser.parseExpression() })
    }
    let isQuery = isQueryStart() || (isSymbol("(") && isQueryStart(at: 1))
    guard isQuery || isAnyWord(["insert", "update", "delete", "merge"]) else { return nil }
    let outer = allowsInto
    allowsInto = false
    defer { allowsInto = outer }
    let statement = try parseRowStatement()
    if case .select(let query) = statement.kind { return .query(query) }
    return .statement(statement)
  }

  private mutating func parseForRange(
    _ targets: [QualifiedNameSyntax], _ label: NameSyntax?
  ) throws(ParseFailure) -> ForRangeSyntax {
    let isReverse = accept("reverse")
    let isCursor = isName() && (isWord("loop", at: 1) || isSymbol("(", at: 1))
    let low = try parseExpression()
    guard accept(symbol: "..") else {
      guard isCursor, isWord("loop"), context != .function else {
        throw unexpected("`..` and the last number")
      }
      throw fail(
        .unsupportedCursor, "cursors are simulated in PL/pgSQL functions only", at: low.span,
        help: "write the query: FOR r IN SELECT … LOOP")
    }
    let high = try parseExpression()
    let step = accept("by") ? try parseExpression() : nil
    guard targets.count == 1, targets[0].parts.count == 1 else {
      throw fail(
        .syntaxError, "integer FOR loop must have only one target variable",
        at: targets[0].span, help: "name one variable")
    }
    let body = try parseLoopBody(label)
    return ForRangeSyntax(
      variable: targets[0].last, isReverse: isReverse, low: low, high: high, step: step,
      body: body)
  }

  /// Reads `EXIT` or `CONTINUE` with its label and condition.
  mutating func parseExit() throws(ParseFailure) -> ProceduralStatementKind {
    let isExit = advance().text == "exit"
    let hasLabel = current.kind == .quoted || (current.kind == .word && !isWord("when"))
    let label = hasLabel && !isBlockStart ? takeName() : nil
    let condition = accept("when") ? try parseProceduralValue() : nil
    return isExit
      ? .exit(label: label, condition: condition) : .next(label: label, condition: condition)
  }

  // MARK: Results

  /// Reads RETURN in all its forms.
  mutating func parseReturn() throws(ParseFailure) -> ProceduralStatementKind {
    advance()
    if isSymbol(";") || isSymbol("}") || isAtEnd { return .returnValue(nil) }
    if accept("next") {
      return .returnNext(isSymbol(";") ? nil : try parseProceduralValue())
    }
    if isWord("query"), peek(1).kind == .word || isSymbol("(", at: 1) {
      advance()
      guard let source = try parseQuerySource() else { throw unexpected("a query") }
      return .returnQuery(source)
    }
    return .returnValue(try parseProceduralValue())
  }

  /// Reads what follows PERFORM as a SELECT.
  mutating func parsePerform() throws(ParseFailure) -> QuerySyntax {
    let start = advance().span
    if isWord("select") {
      throw fail(
        .syntaxError, unexpectedMessage, at: current.span,
        help: "PERFORM stands in place of SELECT: delete SELECT")
    }
    let targets = try parseTargets()
    let select = try parseSelectTail(distinct: nil, targets: targets, from: start)
    return try parseQueryTail(with: [], body: .select(select), from: start)
  }

  // MARK: RAISE and ASSERT

  /// Reads RAISE in all its forms.
  mutating func parseRaise() throws(ParseFailure) -> RaiseSyntax {
    advance()
    var raise = RaiseSyntax(level: .exception, subject: .again, options: [])
    var hasLevel = false
    if current.kind == .word, let level = RaiseSyntax.Level(rawValue: current.text) {
      raise.level = level
      hasLevel = true
      advance()
    }
    if isString() {
      let format = try expectString()
      var arguments: [ExpressionSyntax] = []
      while accept(symbol: ",") { arguments.append(try parseExpression()) }
      raise.subject = .format(format, arguments)
      try checkPlaceholders(format, arguments)
    } else if isName(), !isSymbol(";") {
      raise.subject = .condition(try parseCondition())
    } else if isWord("using") {
      raise.subject = .options
    } else if hasLevel {
      throw unexpected("a message in quotes, a condition's name or `USING`")
    }
    if accept("using") {
      raise.options = try list { (parser) throws(ParseFailure) in
        try parser.parseRaiseOption()
      }
    }
    return raise
  }

  /// Compares the number of `%` in a format with its arguments; `%%` is a per cent sign.
  private mutating func checkPlaceholders(
    _ format: StringSyntax, _ arguments: [ExpressionSyntax]
  ) throws(ParseFailure) {
    let percent = UInt8(ascii: "%")
    var count = 0
    var isEscaped = false
    let bytes = Array(format.text.utf8)
    for (index, byte) in bytes.enumerated() where byte == percent {
      if isEscaped {
        isEscaped = false
      } else if index + 1 < bytes.count, bytes[index + 1] == percent {
        isEscaped = true
      } else {
        count += 1
      }
    }
    guard count != arguments.count else { return }
    throw fail(
      .wrongArgumentCount,
      "too \(count < arguments.count ? "many" : "few") parameters specified for RAISE",
      at: format.span, caption: "\(count) `%`, and \(arguments.count) values",
      help: "write one value for every `%`")
  }

  private mutating func parseRaiseOption() throws(ParseFailure) -> RaiseSyntax.Option {
    let name = try expectLabel("`MESSAGE`, `ERRCODE`, `DETAIL` or `HINT`")
    guard let option = RaiseSyntax.Option.Name(rawValue: name.text) else {
      throw fail(
        .misspelt(
          .syntaxError, "unrecognized RAISE statement option `\(name.text)`", at: name.span,
          name: name.text.uppercased(),
          among: RaiseSyntax.Option.Name.allCases.map { $0.rawValue.uppercased() }))
    }
    guard accept(symbol: "=") || accept(symbol: ":=") else { throw unexpected("`=`") }
    return RaiseSyntax.Option(name: option, value: try parseExpression())
  }

  /// Reads `ASSERT condition [, message]`.
  mutating func parseAssert() throws(ParseFailure) -> ProceduralStatementKind {
    advance()
    let condition = try parseExpression()
    let message = accept(symbol: ",") ? try parseExpression() : nil
    return .assert(condition, message: message)
  }

  // MARK: GET DIAGNOSTICS

  /// Reads `GET [CURRENT | STACKED] DIAGNOSTICS variable = item, …`.
  mutating func parseGetDiagnostics() throws(ParseFailure) -> GetDiagnosticsSyntax {
    advance()
    let isStacked = accept("stacked")
    if !isStacked { _ = accept("current") }
    try expect("diagnostics")
    let items = try list { (parser) throws(ParseFailure) in
      let target = try parser.expectQualifiedName("the name of a variable")
      guard parser.accept(symbol: "=") || parser.accept(symbol: ":=") else {
        throw parser.unexpected("`=`")
      }
      let item = try parser.expectLabel("an item such as `ROW_COUNT`")
      return GetDiagnosticsSyntax.Item(target: target, item: item)
    }
    return GetDiagnosticsSyntax(isStacked: isStacked, items: items)
  }
}
