package import Store

// Expressions: one case for each form of syntax.
extension ProgramBuilder {
  /// Compiles an expression; where a type is expected, a quoted literal takes it.
  package func expression(
    _ syntax: ExpressionSyntax, in scope: Scope, expecting type: DataType? = nil
  ) -> TypedExpression? {
    let context = StatementContext(takesParts: false)
    var scope = scope
    scope.statement = context
    guard var typed = resolve(syntax, scope) else { return nil }
    if let type, typed.isUntypedLiteral {
      guard let literal = converted(typed, to: type, .assignment) else {
        return mismatch(typed, type)
      }
      typed = literal
    }
    var facts = self.facts(of: typed.code)
    facts.calls = context.calls
    guard checkTouches(context, facts, scope, at: syntax.span) else { return nil }
    return TypedExpression(expression: commit(typed.code), type: typed.type, facts: facts)
  }

  private func mismatch(_ typed: Typed, _ target: DataType) -> TypedExpression? {
    // A variable whose own type is a mistake, which has been reported.
    guard target != .unknown else { return nil }
    report(
      Diagnostic(
        .typeMismatch,
        "a value of type `\(name(typed.type))` cannot be used as `\(name(target))`",
        at: typed.span))
    return nil
  }

  /// Adds the cast that storing into a column or variable makes.
  ///
  /// A variable takes whatever can be
  /// converted through text.
  package func assignmentCast(
    _ expression: TypedExpression, to type: DataType, at span: SourceSpan, isVariable: Bool
  ) -> TypedExpression? {
    let operations = program.operations[program.range(of: expression.expression)]
    var code = Code()
    for operation in operations { code.append(operation, at: span) }
    let typed = Typed(code, expression.type, at: span)
    if let result = converted(typed, to: type, .assignment) {
      return TypedExpression(
        expression: commit(result.code), type: type, facts: expression.facts)
    }
    if isVariable, Casts.canCast(from: expression.type, to: .text, context: .assignment),
      let text = converted(typed, to: .text, .assignment),
      let result = converted(text, to: type, .explicit)
    {
      return TypedExpression(
        expression: commit(result.code), type: type, facts: expression.facts)
    }
    return mismatch(typed, type)
  }

  /// Evaluates an expression of literals and parameters; a quoted literal takes the type.
  package func constant(_ syntax: ExpressionSyntax, as type: DataType?) -> (Value, DataType)? {
    guard var typed = resolve(syntax, Scope(access: .database)) else { return nil }
    if let type {
      guard let cast = converted(typed, to: type, .assignment) else {
        _ = mismatch(typed, type)
        return nil
      }
      typed = cast
    }
    typed = resolvingUnknown(typed)
    do throws(ConstantEvaluator.Failure) {
      if facts(of: typed.code).readsClock { throw .notConstant }
      return (try ConstantEvaluator(program: program).evaluate(typed.code), typed.type)
    } catch {
      report(failure: error, at: syntax.span)
      return nil
    }
  }

  /// Reports why something has no value before the scenario runs.
  func report(failure: ConstantEvaluator.Failure, at span: SourceSpan) {
    switch failure {
    case .error(let error):
      report(Diagnostic(.invalidLiteral, error.message.inBackticks, at: span))
    case .notConstant:
      report(
        Diagnostic(
          .invalidLiteral, "this must be a constant", at: span,
          help: "use literals and parameters only"))
    }
  }

  /// Puts code into the program.
  func commit(_ code: Code) -> Expression {
    let start = program.operations.count
    program.operations += code.operations
    return Expression(start: Int32(clamping: start), count: Int32(clamping: code.count))
  }

  /// Puts several expressions into ``Program/arguments``.
  func commit(arguments: [Typed]) -> Expressions {
    let expressions = arguments.map { commit($0.code) }
    let start = program.arguments.count
    program.arguments += expressions
    return Expressions(start: start, count: expressions.count)
  }

  // MARK: Forms

  /// Compiles an expression to code; `nil` after reporting what is wrong.
  func resolve(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    switch syntax.kind {
    case .null, .boolean, .integer, .decimal, .string, .typedLiteral, .parameter, .positional:
      return resolveLiteral(syntax, scope)
    case .column(let name): return resolve(name, scope)
    case .unary(let symbol, let operand): return unary(symbol, operand, at: span, scope)
    case .binary(let symbol, let left, let right):
      return binary(symbol, left, right, at: span, scope)
    case .and(let left, let right):
      return connective(left, right, isAnd: true, at: span, scope)
    case .or(let left, let right):
      return connective(left, right, isAnd: false, at: span, scope)
    case .not(let operand):
      guard var typed = booleanOperand(operand, "NOT", scope) else { return nil }
      typed.code.append(.not, at: span)
      return Typed(typed.code, .boolean, at: span)
    case .isTest(let operand, let test, let negated):
      return isTest(operand, test, negated, at: span, scope)
    case .isDistinct(let left, let right, let negated):
      return isDistinct(left, right, negated, at: span, scope)
    case .between, .inList, .like: return resolveComparison(syntax, scope)
    case .inSubquery, .exists, .scalarSubquery, .quantified, .arraySubquery:
      return resolveSubquery(syntax, scope)
    case .caseWhen, .coalesce, .nullif, .greatest, .least:
      return resolveConditional(syntax, scope)
    case .cast(let operand, let type):
      if let typed = tableName(operand, type, scope) { return typed }
      guard let target = dataType(type, in: scope) else {
        _ = resolve(operand, scope)
        return nil
      }
      return explicitCast(operand, to: target, at: span, scope)
    case .call(let call): return resolveCall(call, at: span, scope)
    case .extract, .position, .substring, .trim, .atTimeZone, .keywordFunction:
      return resolveSpecialCall(syntax, scope)
    case .row(let items): return row(items, at: span, scope)
    case .field(let operand, let name): return field(operand, name, at: span, scope)
    case .array(let items): return array(items, at: span, scope)
    case .star, .defaultValue:
      reportMisplaced(syntax)
      return nil
    }
  }

  private func resolveLiteral(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    switch syntax.kind {
    case .null: return .constant(.null, .unknown, at: span)
    case .boolean(let value): return .constant(Value(value), .boolean, at: span)
    case .integer(let digits): return number(digits, isInteger: true, at: span)
    case .decimal(let digits): return number(digits, isInteger: false, at: span)
    case .string(let text): return .constant(Value(text: text), .unknown, at: span)
    case .typedLiteral(let type, let text):
      guard let target = dataType(type, in: scope) else { return nil }
      let typed = Typed.constant(Value(text: text.text), .unknown, at: text.span)
      return literal(typed, as: target).map { Typed($0.code, target, at: span) }
    case .parameter(let name): return parameter(name, scope)
    case .positional(let number): return positional(number, at: span, scope)
    default: return nil
    }
  }

  /// The smallest of integer, bigint and numeric that holds the digits.
  func number(_ digits: String, isInteger: Bool, at span: SourceSpan) -> Typed? {
    if isInteger, let number = Int64(digits) {
      let type: DataType = Int32(exactly: number) == nil ? .bigint : .integer
      return .constant(Value(integer: number), type, at: span)
    }
    return literal(.constant(Value(text: digits), .unknown, at: span), as: .numeric)
  }

  private func literal(_ typed: Typed, as type: DataType) -> Typed? {
    if let result = converted(typed, to: type, .explicit) { return result }
    report(
      Diagnostic(.invalidLiteral, "no literal can have the type `\(name(type))`", at: typed.span))
    return nil
  }

  private func reportMisplaced(_ syntax: ExpressionSyntax) {
    let message: String
    var help: String?
    switch syntax.kind {
    case .star:
      message = "`*` cannot stand here"
      help = "name one column or field; `r.*` fills `VALUES (r.*)`"
    case .defaultValue:
      message = "`DEFAULT` cannot stand here"
      help = "it is a whole value of INSERT or UPDATE"
    default: message = "this expression is not simulated"
    }
    report(
      Diagnostic(
        .unsupportedExpression, message, at: syntax.span,
        help: help.map { Diagnostic.Help($0) }))
  }

  // MARK: Casts

  private func explicitCast(
    _ operand: ExpressionSyntax, to target: DataType, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    if case .array(let items) = operand.kind, let element = target.element {
      return array(items, of: element, at: span, scope)
    }
    var typed: Typed?
    if case .star(let name?) = operand.kind {
      typed = starRow(name, scope)
    } else {
      typed = resolve(operand, scope)
    }
    guard let typed else { return nil }
    guard let result = converted(typed, to: target, .explicit) else {
      report(
        Diagnostic(
          .typeMismatch, "cannot cast type `\(name(typed.type))` to `\(name(target))`", at: span))
      return nil
    }
    return Typed(folded(result).code, target, at: span)
  }

  /// A cast of a constant, done at once; a failing one is reported.
  private func folded(_ typed: Typed) -> Typed {
    guard typed.code.count == 2, case .constant = typed.code.operations[0],
      case .cast = typed.code.operations[1], !facts(of: typed.code).readsClock
    else { return typed }
    do throws(ConstantEvaluator.Failure) {
      let value = try ConstantEvaluator(program: program).evaluate(typed.code)
      return .constant(value, typed.type, at: typed.span)
    } catch {
      report(failure: error, at: typed.span)
      return .constant(.null, typed.type, at: typed.span)
    }
  }
}
