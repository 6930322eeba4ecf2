internal import SQL

/// Faults, allowances, expectations, variants and timelines.
extension ScenarioParser {
  // MARK: Faults

  /// Reads `faults { crash writer up to N; … }`.
  mutating func parseFaults() throws(ParseFailure) -> [FaultSyntax] {
    parser.advance()
    var faults: [FaultSyntax] = []
    try parseLines("faults block") { (parser) throws(ParseFailure) in
      faults.append(try parser.parseFault())
    }
    return faults
  }

  private mutating func parseFault() throws(ParseFailure) -> FaultSyntax {
    let start = parser.current.span
    guard parser.accept("crash") else {
      throw parser.fail(
        .misspelt(
          .unknownOption, "no fault is called `\(parser.current.text)`", at: start,
          name: parser.current.text, among: ["crash"], caption: "the fault is `crash`"))
    }
    let name = try expectName("the name of a writer, or `any`")
    var limit = NumberSyntax(1, at: name.span.atEnd)
    if parser.accept(words: "up", "to") {
      limit = try expectNumber("how many times")
      if !parser.accept("times") { _ = parser.accept("time") }
    }
    return FaultSyntax(
      target: name.text == "any" ? .any : .writer(name), limit: limit,
      span: parser.span(from: start))
  }

  // MARK: Allowances

  /// Reads `allow deadlock`, `allow stuck`, `allow endless`, `allow unhandled error …`, with commas between them.
  mutating func parseAllowances() throws(ParseFailure) -> [AllowanceSyntax] {
    parser.advance()
    var allowances = [try parseAllowance()]
    while parser.accept(symbol: ",") { allowances.append(try parseAllowance()) }
    return allowances
  }

  private mutating func parseAllowance() throws(ParseFailure) -> AllowanceSyntax {
    let start = parser.current.span
    var kind: AllowanceSyntax.Kind
    if parser.accept("deadlock") {
      kind = .deadlock
    } else if parser.accept("stuck") {
      kind = .stuck
    } else if parser.accept("endless") {
      kind = .endless
    } else if parser.isWords("unhandled", "error") || parser.isWords("unhandled", "errors")
      || parser.isWord("error") || parser.isWord("errors")
    {
      _ = parser.accept("unhandled")
      parser.advance()
      kind = .unhandledError(try parseAllowedErrors())
    } else {
      throw failUnknown("property", among: ["deadlock", "stuck", "endless", "unhandled error"])
    }
    var writers: [NameSyntax] = []
    if parser.accept("in") { writers = try expectNames("the name of a writer") }
    return AllowanceSyntax(kind: kind, writers: writers, span: parser.span(from: start))
  }

  /// Refuses a word where one of a few may stand.
  private mutating func failUnknown(_ noun: String, among words: [String]) -> ParseFailure {
    let token = parser.current
    guard token.kind == .word, didYouMean(token.text, among: words) != nil else {
      return parser.unexpected(quoted(words))
    }
    return parser.fail(
      .misspelt(
        .unknownOption, "no \(noun) is called `\(token.text)`", at: token.span,
        name: token.text, among: words))
  }

  /// Reads conditions: names, `sqlstate 'code'`, or the code alone.
  private mutating func parseAllowedErrors() throws(ParseFailure) -> [ConditionSyntax] {
    guard parser.isString() || continuesWithName else { return [] }
    return try parser.list { (parser) throws(ParseFailure) in
      if parser.isString() { return .sqlstate(try parser.expectSQLState()) }
      return try parser.parseCondition()
    }
  }

  // MARK: Checks and expectations

  /// Reads `check serializable`.
  mutating func parseCheck() throws(ParseFailure) -> CheckSyntax {
    let start = parser.advance().span
    let token = parser.current
    guard token.kind == .word, let kind = CheckSyntax.Kind(rawValue: token.text) else {
      throw failUnknown("property", among: CheckSyntax.Kind.allCases.map(\.rawValue))
    }
    parser.advance()
    return CheckSyntax(kind: kind, span: parser.span(from: start))
  }

  /// Reads `expect proved`, `expect violated names` or `expect inconclusive`.
  mutating func parseExpectation() throws(ParseFailure) -> ExpectationSyntax {
    let start = parser.advance().span
    let verdict: ExpectationSyntax.Verdict
    if parser.accept("proved") {
      verdict = .proved
    } else if parser.accept("inconclusive") {
      verdict = .inconclusive
    } else if parser.accept("violated") {
      verdict = .violated(
        continuesWithName ? try expectNames("the name of an invariant") : [])
    } else {
      throw failUnknown("verdict", among: ["proved", "violated", "inconclusive"])
    }
    return ExpectationSyntax(verdict: verdict, span: parser.span(from: start))
  }

  // MARK: Variants

  /// Reads `variant "name" { changes }`.
  mutating func parseVariant() throws(ParseFailure) -> VariantSyntax {
    let start = parser.advance().span
    let name = try expectText("the variant's name in double quotes")
    var changes: [VariantChangeSyntax] = []
    try parseLines("variant", lineWords: Set(Self.variantWords)) { (parser) throws(ParseFailure) in
      changes += try parser.parseVariantChange()
    }
    return VariantSyntax(name: name, changes: changes, span: parser.span(from: start))
  }

  /// The words that begin a line of a variant.
  private static let variantWords = [
    "set", "without", "only", "isolation", "expect", "allow", "check", "faults", "clock",
  ]

  private mutating func parseVariantChange() throws(ParseFailure) -> [VariantChangeSyntax] {
    switch parser.current.kind == .word ? parser.current.text : "" {
    case "set": return [try parseVariantSetting()]
    case "without": return [try parseWithout()]
    case "only": return [try parseOnly()]
    case "isolation": return [.isolation(try parseIsolation())]
    case "clock": return [.clock(try parseClock())]
    case "faults": return [.faults(try parseFaults())]
    case "allow": return try parseAllowances().map { .allow($0) }
    case "check": return [.check(try parseCheck())]
    case "expect": return [.expect(try parseExpectation())]
    default: throw failUnknown("line of a variant", among: Self.variantWords)
    }
  }

  private mutating func parseVariantSetting() throws(ParseFailure) -> VariantChangeSyntax {
    parser.advance()
    let name = try expectName("the name of a parameter")
    guard parser.accept(symbol: "=") else { throw parser.unexpected("`=`") }
    return .set(name, try parser.parseExpression())
  }

  private mutating func parseWithout() throws(ParseFailure) -> VariantChangeSyntax {
    let start = parser.advance().span
    if parser.accept("locks") { return .withoutLocks(parser.span(from: start)) }
    if parser.accept("lock") {
      return .withoutLock(try expectNumber("the lock's number, counted from 1 in the file"))
    }
    if parser.accept("writer") || parser.accept("writers") {
      return .withoutWriters(try expectNames("the name of a writer"))
    }
    if parser.accept("invariant") || parser.accept("invariants") {
      return .withoutInvariants(try expectNames("the name of an invariant"))
    }
    throw failUnknown("part of a scenario", among: ["locks", "lock", "writer", "invariant"])
  }

  private mutating func parseOnly() throws(ParseFailure) -> VariantChangeSyntax {
    parser.advance()
    if parser.accept("writer") || parser.accept("writers") {
      return .onlyWriters(try expectNames("the name of a writer"))
    }
    if parser.accept("invariant") || parser.accept("invariants") {
      return .onlyInvariants(try expectNames("the name of an invariant"))
    }
    throw failUnknown("part of a scenario", among: ["writers", "invariants"])
  }

  // MARK: Timelines

  /// Reads `timeline name ["text"] { entries [expect …] }`.
  mutating func parseTimeline() throws(ParseFailure) -> TimelineSyntax {
    let start = parser.advance().span
    let name = try expectName("the name of a timeline")
    let text = parseText()
    var entries: [TimelineEntrySyntax] = []
    var expectation: ExpectationSyntax?
    try parseLines("timeline", lineWords: ["clock", "expect"]) { (parser) throws(ParseFailure) in
      if parser.parser.isWord("expect") {
        expectation = try parser.parseExpectation()
      } else {
        entries.append(try parser.parseTimelineEntry())
      }
    }
    return TimelineSyntax(
      name: name, text: text, entries: entries, expectation: expectation,
      span: parser.span(from: start))
  }

  private mutating func parseTimelineEntry() throws(ParseFailure) -> TimelineEntrySyntax {
    let start = parser.current.span
    let hasTime = parser.accept("at")
    let time = hasTime ? try parser.expectString("a time in quotes, such as '2s'") : nil
    let action: TimelineEntrySyntax.Action
    if parser.isWord("clock"), parser.isString(at: 1) {
      parser.advance()
      action = .clock(try parser.expectString())
    } else if parser.isWord("token"), parser.isString(at: 1) {
      parser.advance()
      action = .token(try parser.expectString())
    } else {
      var sessions = [try parseSession()]
      while parser.accept(symbol: ",") { sessions.append(try parseSession()) }
      action = .move(sessions, try parseExtent())
    }
    return TimelineEntrySyntax(time: time, action: action, span: parser.span(from: start))
  }

  /// Reads `writer`, `writer(values)`, or the same with `#number` as reports write it.
  private mutating func parseSession() throws(ParseFailure) -> SessionReferenceSyntax {
    let start = parser.current.span
    let name = try expectName("the name of a writer, or `clock`")
    var arguments: [ExpressionSyntax] = []
    if parser.isSymbol("(") {
      parser.advance()
      arguments = try parser.list { (parser) throws(ParseFailure) in
        try parser.parseExpression()
      }
      try parser.expectClosing(")", of: start)
    }
    if parser.accept(symbol: "#") { arguments.append(try parser.parseExpression()) }
    return SessionReferenceSyntax(
      writer: name, arguments: arguments, span: parser.span(from: start))
  }

  /// Reads `to completion`, `until waiting` or `N steps`.
  private mutating func parseExtent() throws(ParseFailure) -> TimelineEntrySyntax.Extent {
    if parser.accept("to") {
      try parser.expect("completion")
      return .completion
    }
    if parser.accept("until") {
      guard parser.accept("waiting") || parser.accept("it") else {
        throw parser.unexpected("`waiting`")
      }
      _ = parser.accept("waits")
      return .waiting
    }
    guard parser.current.kind == .integer else { return .untilEndOrWait }
    let count = try expectNumber("how many steps")
    guard parser.accept("steps") || parser.accept("step") else {
      throw parser.unexpected("`steps`")
    }
    return .steps(count)
  }
}
