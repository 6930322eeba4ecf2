/// How tightly operators bind, loosest first (manual, table 4.2).
private enum Precedence {
  static let or = 1
  static let and = 2
  static let not = 3
  static let isTest = 4
  static let comparison = 5
  static let pattern = 6
  static let other = 7
  static let sum = 8
  static let product = 9
  static let power = 10
  static let timeZone = 11
  static let sign = 13
  static let cast = 15
}

/// What may stand behind an operand and use it as its left side.
private enum Infix {
  case or
  case and
  case isTest
  case isNull(negated: Bool)
  case comparison(BinaryOperator)
  case pattern(negated: Bool)
  case binary(BinaryOperator, Int)
  case atTimeZone
  case cast
  case subscripted
  case unsupported

  var precedence: Int {
    switch self {
    case .or: Precedence.or
    case .and: Precedence.and
    case .isTest, .isNull: Precedence.isTest
    case .comparison: Precedence.comparison
    case .pattern: Precedence.pattern
    case .binary(_, let precedence): precedence
    case .atTimeZone: Precedence.timeZone
    case .cast, .subscripted, .unsupported: Precedence.cast
    }
  }

  /// Operators that cannot stand in a row: `a < b < c` means nothing.
  var isNonassociative: Bool {
    switch self {
    case .comparison, .pattern: true
    default: false
    }
  }
}

extension Parser {
  /// Reads an expression.
  package mutating func parseExpression() throws(ParseFailure) -> ExpressionSyntax {
    try parseOperators(0)
  }

  /// Reads an operand without AND, OR, IN, LIKE and comparisons, such as the bounds of BETWEEN.
  mutating func parseTightExpression() throws(ParseFailure) -> ExpressionSyntax {
    try parseOperators(Precedence.other)
  }

  /// Reads operands and operators that bind at least as tightly as `minimum`.
  private mutating func parseOperators(
    _ minimum: Int
  ) throws(ParseFailure) -> ExpressionSyntax {
    try enter()
    defer { leave() }
    let outer = beginChain()
    defer { endChain(outer) }
    var left = try parsePrefix(minimum)
    var lastNonassociative = Int.max
    while let infix = nextInfix(), infix.precedence >= minimum {
      guard infix.precedence != lastNonassociative else {
        throw unexpected("`AND`, `OR` or the end of the expression; use brackets for more")
      }
      try growChain()
      left = try parseInfix(infix, left)
      lastNonassociative = infix.isNonassociative ? infix.precedence : .max
    }
    return left
  }

  // MARK: Prefix operators

  private mutating func parsePrefix(_ minimum: Int) throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    if isWord("not") {
      guard minimum <= Precedence.not else { throw unexpected("a value; put NOT in brackets") }
      advance()
      let operand = try parseOperators(Precedence.not)
      return ExpressionSyntax(.not(operand), at: span(from: start))
    }
    guard current.kind == .symbol else { return try parseOperand() }
    let sign: UnaryOperator
    switch current.text {
    case "-": sign = .minus
    case "+": sign = .plus
    case "~": sign = .bitNot
    case "@": sign = .absolute
    default: return try parseOperand()
    }
    advance()
    let isSign = sign == .minus || sign == .plus
    let operand = try parseOperators(isSign ? Precedence.sign : Precedence.sum)
    return ExpressionSyntax(.unary(sign, operand), at: span(from: start))
  }

  // MARK: Infix operators

  private func nextInfix() -> Infix? {
    switch current.kind {
    case .symbol: nextInfixSymbol()
    case .word: nextInfixWord()
    default: nil
    }
  }

  private func nextInfixSymbol() -> Infix? {
    let text = current.text
    if text == "::" { return .cast }
    if text == "[" { return .subscripted }
    guard let known = BinaryOperator(rawValue: text) else {
      let isOperator = text != "=>" && text.utf8.allSatisfy(\.isOperatorCharacter)
      return isOperator ? .unsupported : nil
    }
    switch known {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .comparison(known)
    case .add, .subtract:
      return .binary(known, Precedence.sum)
    case .multiply, .divide, .modulo:
      return .binary(known, Precedence.product)
    case .power:
      return .binary(known, Precedence.power)
    default:
      return .binary(known, Precedence.other)
    }
  }

  private func nextInfixWord() -> Infix? {
    switch current.text {
    case "or": return .or
    case "and": return .and
    case "is": return .isTest
    case "isnull": return .isNull(negated: false)
    case "notnull": return .isNull(negated: true)
    case "in", "between", "like", "ilike", "similar": return .pattern(negated: false)
    case "not":
      let next = peek(1)
      let isPattern =
        next.kind == .word
        && ["in", "between", "like", "ilike", "similar"].contains(next.text)
      return isPattern ? .pattern(negated: true) : nil
    case "at" where isWord("time", at: 1) && isWord("zone", at: 2): return .atTimeZone
    case "collate", "overlaps", "operator": return .unsupported
    default: return nil
    }
  }

  private mutating func parseInfix(
    _ infix: Infix, _ left: ExpressionSyntax
  ) throws(ParseFailure) -> ExpressionSyntax {
    switch infix {
    case .or:
      advance()
      let right = try parseOperators(Precedence.or + 1)
      return joined(.or(left, right), left)
    case .and:
      advance()
      let right = try parseOperators(Precedence.and + 1)
      return joined(.and(left, right), left)
    case .isTest:
      return try parseIs(left)
    case .isNull(let negated):
      advance()
      return joined(.isTest(left, .null, negated: negated), left)
    case .comparison(let comparison):
      return try parseBinary(comparison, Precedence.comparison, left)
    case .binary(let known, let precedence):
      return try parseBinary(known, precedence, left)
    case .pattern(let negated):
      return try parsePattern(left, negated: negated)
    case .atTimeZone:
      for _ in 0..<3 { advance() }
      let zone = try parseOperators(Precedence.timeZone + 1)
      return joined(.atTimeZone(left, zone), left)
    case .cast:
      advance()
      let type = try parseType()
      return joined(.cast(left, type), left)
    case .subscripted: return try parseSubscript(left)
    case .unsupported:
      throw failUnsupportedOperator()
    }
  }

  /// Reads `[number]` or `[from:to]` behind an array.
  private mutating func parseSubscript(
    _ array: ExpressionSyntax
  ) throws(ParseFailure) -> ExpressionSyntax {
    let opening = advance().span
    let low = isSymbol(":") ? nil : try parseExpression()
    guard accept(symbol: ":") else {
      try expectClosing("]", of: opening)
      return .call("$element", [array, low].compactMap { $0 }, at: span(from: array.span))
    }
    let high = isSymbol("]") ? nil : try parseExpression()
    try expectClosing("]", of: opening)
    let first = ExpressionSyntax(.integer("1"), at: opening)
    let last = ExpressionSyntax.call("cardinality", [array], at: opening)
    return .call("$slice", [array, low ?? first, high ?? last], at: span(from: array.span))
  }

  /// A node from the start of `left` to the last token.
  private func joined(_ kind: ExpressionKind, _ left: ExpressionSyntax) -> ExpressionSyntax {
    ExpressionSyntax(kind, at: span(from: left.span))
  }

  private mutating func failUnsupportedOperator() -> ParseFailure {
    switch current.text {
    case "collate":
      return fail(
        .unsupportedExpression, "`COLLATE` is not simulated", at: current.span,
        help: "delete it; text is ordered by its bytes, as under the collation \"C\"")
    case "==", "!==", "===":
      return fail(
        Diagnostic(
          .unsupportedOperator, "there is no operator `\(current.text)` in SQL", at: current.span,
          help: Diagnostic.Help(
            current.text == "!==" ? "write `<>`" : "write `=`",
            replacement: Diagnostic.Replacement(
              current.text == "!==" ? "<>" : "=", at: current.span))))
    case "&&":
      return fail(
        .unsupportedOperator, "the operator `&&` is not simulated", at: current.span,
        help: "write `AND` between conditions; arrays and ranges are not simulated")
    default:
      return fail(
        .unsupportedOperator, "the operator `\(current.text)` is not simulated",
        at: current.span, help: "write the condition with comparisons, LIKE or functions")
    }
  }

  private mutating func parseBinary(
    _ symbol: BinaryOperator, _ precedence: Int, _ left: ExpressionSyntax
  ) throws(ParseFailure) -> ExpressionSyntax {
    advance()
    let isQuantified = isAnyWord(["any", "all", "some"]) && isSymbol("(", at: 1)
    if isQuantified { return try parseQuantified(symbol, left) }
    let right = try parseOperators(precedence + 1)
    return joined(.binary(symbol, left, right), left)
  }

  /// Reads `ANY (…)` or `ALL (…)` behind an operator.
  private mutating func parseQuantified(
    _ symbol: BinaryOperator, _ left: ExpressionSyntax
  ) throws(ParseFailure) -> ExpressionSyntax {
    let quantifier: Quantifier = advance().text == "all" ? .all : .any
    let operand: QuantifiedOperand
    if isQueryStart(at: 1) {
      operand = .subquery(try parseSubquery())
    } else {
      let opening = advance().span
      let array = try parseExpression()
      try expectClosing(")", of: opening)
      if case .scalarSubquery(let query) = array.kind {
        operand = .subquery(query)
      } else {
        operand = .array(array)
      }
    }
    return joined(.quantified(symbol, left, quantifier, operand), left)
  }

  /// Reads `IS [NOT] …`.
  private mutating func parseIs(_ left: ExpressionSyntax) throws(ParseFailure) -> ExpressionSyntax {
    advance()
    let negated = accept("not")
    if isWords("distinct", "from") {
      advance()
      advance()
      let right = try parseOperators(Precedence.isTest + 1)
      return joined(.isDistinct(left, right, negated: negated), left)
    }
    guard current.kind == .word, let test = IsTest(rawValue: current.text) else {
      throw unexpected("`NULL`, `TRUE`, `FALSE`, `UNKNOWN` or `DISTINCT FROM`")
    }
    advance()
    return joined(.isTest(left, test, negated: negated), left)
  }

  /// Reads `[NOT] IN`, `BETWEEN`, `LIKE` or `ILIKE`.
  private mutating func parsePattern(
    _ left: ExpressionSyntax, negated: Bool
  ) throws(ParseFailure) -> ExpressionSyntax {
    if negated { advance() }
    switch advance().text {
    case "in":
      return try parseIn(left, negated: negated)
    case "between":
      let symmetric = accept("symmetric")
      if !symmetric { _ = accept("asymmetric") }
      let low = try parseTightExpression()
      try expect("and")
      let high = try parseTightExpression()
      return joined(
        .between(left, low: low, high: high, symmetric: symmetric, negated: negated), left)
    case "like":
      return try parseLike(left, caseInsensitive: false, negated: negated)
    case "ilike":
      return try parseLike(left, caseInsensitive: true, negated: negated)
    default:
      throw fail(
        .unsupportedExpression, "`SIMILAR TO` is not simulated", at: previousSpan,
        help: "use LIKE")
    }
  }

  private mutating func parseLike(
    _ left: ExpressionSyntax, caseInsensitive: Bool, negated: Bool
  ) throws(ParseFailure) -> ExpressionSyntax {
    if isAnyWord(["any", "all", "some"]) {
      throw fail(
        .unsupportedExpression, "`LIKE` with a list of patterns is not simulated",
        at: current.span, help: "write one LIKE for each pattern, with OR or AND between them")
    }
    let pattern = try parseTightExpression()
    let escape = accept("escape") ? try parseTightExpression() : nil
    return joined(
      .like(
        left, pattern: pattern, escape: escape, caseInsensitive: caseInsensitive,
        negated: negated), left)
  }

  private mutating func parseIn(
    _ left: ExpressionSyntax, negated: Bool
  ) throws(ParseFailure) -> ExpressionSyntax {
    guard isSymbol("(") else { throw unexpected("`(` after IN") }
    if isQueryStart(at: 1) {
      let query = try parseSubquery()
      return joined(.inSubquery(left, query, negated: negated), left)
    }
    let opening = advance().span
    let isBracketed = isSymbol("(")
    let values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
    try expectClosing(")", of: opening)
    if isBracketed, values.count == 1, case .scalarSubquery(let query) = values[0].kind {
      return joined(.inSubquery(left, query, negated: negated), left)
    }
    return joined(.inList(left, values, negated: negated), left)
  }
}
