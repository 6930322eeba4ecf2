import Store

// Operators: arithmetic, comparison, logic.
extension ProgramBuilder {
  func unary(
    _ symbol: UnaryOperator, _ operand: ExpressionSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    if symbol == .minus, let digits = Self.negatedDigits(operand) {
      let isInteger = digits.allSatisfy { $0 == "-" || $0.isNumber }
      return number(digits, isInteger: isInteger, at: span)
    }
    guard let typed = resolve(operand, scope) else { return nil }
    guard let function = Builtins.resolveOperator(symbol.rawValue, nil, typed.type) else {
      reportNoOperator(symbol.rawValue, nil, typed, at: span)
      return nil
    }
    return call(function, [typed], at: span)
  }

  /// The literal after a minus sign with the sign changed: the sign belongs to the number, so that
  /// `-2147483648` is an integer.
  private static func negatedDigits(_ syntax: ExpressionSyntax) -> String? {
    switch syntax.kind {
    case .integer(let digits), .decimal(let digits): "-" + digits
    case .unary(.minus, let inner):
      negatedDigits(inner).map { $0.hasPrefix("-") ? String($0.dropFirst()) : "-" + $0 }
    default: nil
    }
  }

  func binary(
    _ symbol: BinaryOperator, _ left: ExpressionSyntax, _ right: ExpressionSyntax,
    at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    if let pair = rowPair(left, right, scope) {
      return compareRows(symbol, pair.0, pair.1, at: span, scope)
    }
    let leftTyped = resolve(left, scope)
    guard let rightTyped = resolve(right, scope), let leftTyped else { return nil }
    return apply(symbol.rawValue, leftTyped, rightTyped, at: span)
  }

  /// An operator on two values, with the equality that it states.
  func apply(_ symbol: String, _ left: Typed, _ right: Typed, at span: SourceSpan) -> Typed? {
    if let result = arrayOperator(symbol, left, right, at: span) { return result }
    guard let function = Builtins.resolveOperator(symbol, left.type, right.type) else {
      reportNoOperator(symbol, left, right, at: span)
      return nil
    }
    guard
      let leftCast = argument(left, function.argumentTypes[0]),
      let rightCast = argument(right, function.argumentTypes[1])
    else {
      reportNoOperator(symbol, left, right, at: span)
      return nil
    }
    guard var result = call(function, [leftCast, rightCast], at: span) else { return nil }
    if ["=", "<", ">", "<=", ">="].contains(symbol) {
      result.uses = [
        [
          Comparison(
            left: leftCast, right: rightCast, isEquality: symbol == "=", code: result.code)
        ]
      ]
    }
    if symbol == "=" { result.equalities = [Equality(left: leftCast, right: rightCast)] }
    return result
  }

  /// An argument of a function that was chosen; one that takes any type may want it as text.
  private func argument(_ typed: Typed, _ target: DataType) -> Typed? {
    converted(typed, to: target, .implicit) ?? converted(typed, to: target, .assignment)
  }

  /// A call of a built-in function on arguments, which are converted.
  func call(_ function: ResolvedFunction, _ arguments: [Typed], at span: SourceSpan) -> Typed? {
    var code = Code()
    for (typed, target) in zip(arguments, function.argumentTypes) {
      guard let converted = argument(typed, target) else {
        report(
          Diagnostic(
            .typeMismatch,
            "a value of type `\(name(typed.type))` cannot be used as `\(name(target))`",
            at: typed.span))
        return nil
      }
      code.append(converted.code)
    }
    if function.usesTime { clockFunctions.insert(function.id) }
    code.append(
      .call(
        function: function.id, arguments: UInt8(clamping: arguments.count),
        isStrict: function.isStrict), at: span)
    return Typed(code, function.resultType, at: span)
  }

  func reportNoOperator(_ symbol: String, _ left: Typed?, _ right: Typed?, at span: SourceSpan) {
    if let reason = Builtins.refusal(operator: symbol, left?.type, right?.type) {
      report(
        Diagnostic(
          .unsupportedOperator, "this use of the operator `\(symbol)` is not simulated", at: span,
          help: reason))
      return
    }
    let types = [left.map { name($0.type) }, symbol, right.map { name($0.type) }].compactMap { $0 }
    let error = Builtins.unresolved(
      operator: symbol, left?.type, right?.type, catalog: program.types)
    let isAmbiguous = error.state == .ambiguousFunction
    let spelling = types.joined(separator: " ")
    var diagnostic = Diagnostic(
      isAmbiguous ? .ambiguousName : .unknownOperator,
      isAmbiguous ? "operator `\(spelling)` is not unique" : "no operator `\(spelling)`", at: span)
    if isAmbiguous { diagnostic.help = Diagnostic.Help("cast an operand") }
    for side in [left, right].compactMap({ $0 }) where side.span.file == span.file {
      diagnostic.labels.append(.init("this is `\(name(side.type))`", at: side.span))
    }
    report(diagnostic)
  }

  // MARK: Logic

  func booleanOperand(_ syntax: ExpressionSyntax, _ clause: String, _ scope: Scope) -> Typed? {
    resolve(syntax, scope).flatMap { condition($0, of: clause) }
  }

  func connective(
    _ left: ExpressionSyntax, _ right: ExpressionSyntax, isAnd: Bool, at span: SourceSpan,
    _ scope: Scope
  ) -> Typed? {
    let word = isAnd ? "AND" : "OR"
    let first = booleanOperand(left, word, scope)
    let second = booleanOperand(
      right, word, scope.refusingCalls("the right side of \(word) is not always evaluated"))
    guard let first, let second else { return nil }
    return connect(first, second, isAnd: isAnd, at: span)
  }

  /// `left AND right` or `left OR right`, the right side only where it matters.
  ///
  /// A part of a list of conditions matters no more where one before it is NULL.
  func connect(
    _ left: Typed, _ right: Typed, isAnd: Bool, isList: Bool = false, at span: SourceSpan
  ) -> Typed {
    var code = left.code
    let jump = code.appendJump(
      !isAnd
        ? .jumpIfTrueKeeping(0) : isList ? .jumpUnlessTrueKeeping(0) : .jumpIfFalseKeeping(0),
      at: span)
    code.append(right.code)
    code.append(isAnd ? .and : .or, at: span)
    code.land(jump)
    var result = Typed(code, .boolean, at: span)
    if isAnd { result.equalities = left.equalities + right.equalities }
    result.uses = isAnd ? Typed.bothOf(left, right) : Typed.eitherOf(left, right)
    return result
  }

  func negated(_ typed: Typed?, _ isNegated: Bool) -> Typed? {
    guard var result = typed, isNegated else { return typed }
    result.code.append(.not, at: result.span)
    result.equalities = []
    result.uses = []
    return result
  }

  func isTest(
    _ operand: ExpressionSyntax, _ test: IsTest, _ negated: Bool, at span: SourceSpan,
    _ scope: Scope
  ) -> Typed? {
    if test == .null, let items = rowItems(operand, scope) {
      return rowIsNull(items, negated, at: span, scope)
    }
    guard var typed = resolve(operand, scope) else { return nil }
    if test != .null {
      guard let boolean = condition(typed, of: "IS \(test.rawValue.uppercased())") else {
        return nil
      }
      typed = boolean
    }
    var code = typed.code
    switch test {
    case .null, .unknown: code.append(negated ? .isNotNull : .isNull, at: span)
    case .true: code.append(.isTrue, at: span)
    case .false: code.append(.isFalse, at: span)
    }
    if negated, test == .true || test == .false { code.append(.not, at: span) }
    return Typed(code, .boolean, at: span)
  }

  /// `(a, b) IS NULL`: all are NULL; `IS NOT NULL`: none is.
  private func rowIsNull(
    _ items: [ExpressionSyntax], _ negated: Bool, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var result: Typed?
    for item in items {
      guard var typed = resolve(item, scope) else { return nil }
      typed.code.append(negated ? .isNotNull : .isNull, at: span)
      typed = Typed(typed.code, .boolean, at: span)
      result = result.map { connect($0, typed, isAnd: true, at: span) } ?? typed
    }
    return result
  }

  func isDistinct(
    _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ negated: Bool, at span: SourceSpan,
    _ scope: Scope
  ) -> Typed? {
    if let pair = rowPair(left, right, scope) {
      guard let count = rowLength(pair.0, pair.1, at: span) else { return nil }
      var result: Typed?
      for index in 0..<count {
        guard
          let one = isDistinct(pair.0[index], pair.1[index], false, at: span, scope)
        else { return nil }
        result = result.map { connect($0, one, isAnd: false, at: span) } ?? one
      }
      return self.negated(result, negated)
    }
    let leftTyped = resolve(left, scope)
    guard let rightTyped = resolve(right, scope), let leftTyped else { return nil }
    guard let function = Builtins.resolveOperator("=", leftTyped.type, rightTyped.type),
      let leftCast = argument(leftTyped, function.argumentTypes[0]),
      let rightCast = argument(rightTyped, function.argumentTypes[1])
    else {
      reportNoOperator("=", leftTyped, rightTyped, at: span)
      return nil
    }
    var code = leftCast.code
    code.append(rightCast.code)
    code.append(.isDistinct, at: span)
    return self.negated(Typed(code, .boolean, at: span), negated)
  }

  // MARK: Rows

  /// The items of both sides, where both are rows.
  private func rowPair(
    _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ scope: Scope
  ) -> ([ExpressionSyntax], [ExpressionSyntax])? {
    guard let left = rowItems(left, scope), let right = rowItems(right, scope) else { return nil }
    return (left, right)
  }

  private func rowItems(_ syntax: ExpressionSyntax, _ scope: Scope) -> [ExpressionSyntax]? {
    if case .row(let items) = syntax.kind {
      guard items.count == 1, let only = items.first else { return items }
      return recordItems(only, scope) ?? items
    }
    return recordItems(syntax, scope)
  }

  private func rowLength(
    _ left: [ExpressionSyntax], _ right: [ExpressionSyntax], at span: SourceSpan
  ) -> Int? {
    guard left.count == right.count, !left.isEmpty else {
      report(Diagnostic(.columnCountMismatch, "unequal number of entries in rows", at: span))
      return nil
    }
    return left.count
  }

  func compareRows(
    _ symbol: BinaryOperator, _ left: [ExpressionSyntax], _ right: [ExpressionSyntax],
    at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    guard rowLength(left, right, at: span) != nil else { return nil }
    let lefts = left.map { resolve($0, scope) }
    let rights = right.map { resolve($0, scope.refusingCalls(Self.inComparison)) }
    let pairs = zip(lefts, rights).compactMap { pair -> (Typed, Typed)? in
      guard let left = pair.0, let right = pair.1 else { return nil }
      return (left, right)
    }
    guard pairs.count == left.count else { return nil }
    switch symbol {
    case .equal, .notEqual: return compareAll(symbol, pairs, at: span)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return compareInOrder(symbol, pairs[...], at: span)
    default:
      report(
        Diagnostic(.unknownOperator, "no operator `\(symbol.rawValue)` compares rows", at: span))
      return nil
    }
  }

  static let inComparison = "it is not always evaluated here"
  static let inSubquery = "it stands in or beside a subquery"

  private func compareAll(
    _ symbol: BinaryOperator, _ pairs: [(Typed, Typed)], at span: SourceSpan
  ) -> Typed? {
    var result: Typed?
    for (left, right) in pairs {
      guard let one = apply(symbol.rawValue, left, right, at: span) else { return nil }
      result = result.map { connect($0, one, isAnd: symbol == .equal, at: span) } ?? one
    }
    return result
  }

  /// `(a, b) < (c, d)` is `a < c OR (a = c AND b < d)`.
  private func compareInOrder(
    _ symbol: BinaryOperator, _ pairs: ArraySlice<(Typed, Typed)>, at span: SourceSpan
  ) -> Typed? {
    guard let (left, right) = pairs.first else { return nil }
    if pairs.count == 1 { return apply(symbol.rawValue, left, right, at: span) }
    let strict = symbol == .less || symbol == .lessOrEqual ? "<" : ">"
    guard let first = apply(strict, left, right, at: span),
      let same = apply("=", left, right, at: span),
      let rest = compareInOrder(symbol, pairs.dropFirst(), at: span)
    else { return nil }
    let second = connect(same, rest, isAnd: true, at: span)
    return connect(first, second, isAnd: false, at: span)
  }

  // MARK: BETWEEN, IN, LIKE

  func resolveComparison(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    switch syntax.kind {
    case .between(let operand, let low, let high, let symmetric, let negated):
      return between(operand, low, high, symmetric, negated, at: span, scope)
    case .inList(let operand, let items, let negated):
      return self.negated(inList(operand, items, at: span, scope), negated)
    case .like(let operand, let pattern, let escape, let caseInsensitive, let negated):
      let symbol = (negated ? "!" : "") + "~~" + (caseInsensitive ? "*" : "")
      let left = resolve(operand, scope)
      guard var right = resolve(pattern, scope), let left else { return nil }
      if let escape {
        guard let character = resolve(escape, scope),
          let escaped = builtin(
            "like_escape", [right, character], named: nil,
            at: pattern.span.through(escape.span))
        else { return nil }
        right = escaped
      }
      return apply(symbol, left, right, at: span)
    default: return nil
    }
  }

  private func between(
    _ operand: ExpressionSyntax, _ low: ExpressionSyntax, _ high: ExpressionSyntax,
    _ symmetric: Bool, _ negated: Bool, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let inner = scope.refusingCalls(Self.inComparison)
    guard let value = resolve(operand, inner), let lower = resolve(low, inner),
      let upper = resolve(high, inner), isRepeatable(value)
    else { return nil }
    func inside(_ from: Typed, _ to: Typed) -> Typed? {
      guard let above = apply(">=", value, from, at: span),
        let below = apply("<=", value, to, at: span)
      else { return nil }
      return connect(above, below, isAnd: true, at: span)
    }
    guard let result = inside(lower, upper) else { return nil }
    guard symmetric else { return self.negated(result, negated) }
    guard let reverse = inside(upper, lower) else { return nil }
    return self.negated(connect(result, reverse, isAnd: false, at: span), negated)
  }

  /// `x IN (a, b)`: `x = a OR x = b`, the items converted to the type that all have in common.
  private func inList(
    _ operand: ExpressionSyntax, _ items: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    if case .row(let row) = operand.kind { return rowInList(row, items, at: span, scope) }
    let inner = scope.refusingCalls(Self.inComparison)
    guard let value = resolve(operand, items.count == 1 ? scope : inner) else { return nil }
    let resolved = items.compactMap { resolve($0, inner) }
    guard resolved.count == items.count, isRepeatable(value) else { return nil }
    return matchesAny(value, resolved, symbol: "=", isAll: false, commonWith: value, at: span)
  }

  /// The comparison of a value with each of a list, connected by OR (ALL: by AND).
  func matchesAny(
    _ value: Typed, _ items: [Typed], symbol: String, isAll: Bool, commonWith other: Typed?,
    at span: SourceSpan
  ) -> Typed? {
    var items = items
    let types = ([other].compactMap { $0 } + items).map(\.type)
    if let common = commonType(types.map(\.withoutModifiers)) {
      let cast = items.compactMap { converted($0, to: common, .implicit) }
      if cast.count == items.count { items = cast }
    }
    var result: Typed?
    for item in items {
      guard let one = apply(symbol, value, item, at: span) else { return nil }
      result = result.map { connect($0, one, isAnd: isAll, at: span) } ?? one
    }
    return result ?? .constant(Value(isAll), .boolean, at: span)
  }

  private func rowInList(
    _ row: [ExpressionSyntax], _ items: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var result: Typed?
    let inner = scope.refusingCalls(Self.inComparison)
    for item in items {
      guard case .row(let other) = item.kind else {
        report(
          Diagnostic(.columnCountMismatch, "a row can only be compared with a row", at: item.span))
        return nil
      }
      guard let one = compareRows(.equal, row, other, at: span, inner) else { return nil }
      result = result.map { connect($0, one, isAnd: false, at: span) } ?? one
    }
    return result
  }

  /// Whether code may be evaluated twice; reports where it may not.
  func isRepeatable(_ typed: Typed) -> Bool {
    guard facts(of: typed.code).usesSequence else { return true }
    report(
      Diagnostic(
        .unsupportedExpression, "`nextval` cannot stand here", at: typed.span,
        help: "assign it to a variable first"))
    return false
  }
}
