import Store

// Functions that return rows: in FROM, and as the output of a SELECT.
extension ProgramBuilder {
  // MARK: generate_series

  /// `generate_series(from, to [, step])` of integers, numerics, or points in time.
  func series(
    _ call: FunctionCallSyntax, _ alias: AliasSyntax?, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    let name = alias?.name.text ?? call.name.last.text
    let place = scope.refusingCalls("it stands in FROM")
    let bounds = call.arguments.map { resolve($0.value, place) }
    let sound = bounds.compactMap { $0 }
    guard sound.count == bounds.count else { return nil }
    guard (2...3).contains(sound.count) else {
      report(
        Diagnostic(
          .wrongArgumentCount, "`generate_series` takes two or three arguments",
          at: call.name.span))
      return nil
    }
    guard let types = seriesTypes(sound) else {
      report(unknownSeries(call, sound.map(\.type)))
      return nil
    }
    let converted = zip(sound, [types.value, types.value, types.step]).compactMap {
      self.converted($0, to: $1, .implicit)
    }
    guard converted.count == sound.count,
      let columns = renamed(
        [OutputColumn(name: name, type: types.value)], alias?.columns ?? [], of: name),
      let joined = addRelation(
        .series(converted.map { commit($0.code) }), alias: name, columns: columns,
        RelationDetail(kind: .other, span: span), to: level)
    else { return nil }
    if !types.value.isInteger {
      let index = level.relations.count - 1
      level.relations[index].addition =
        Builtins.resolveOperator("+", types.value, types.step)?.id
      if let zero = self.converted(
        .constant(Value(text: "0"), .unknown, at: span), to: types.step, .implicit)
      {
        level.relations[index].zero = zero.code.constant ?? Value(integer: 0)
      }
    }
    return joined
  }

  private func unknownSeries(_ call: FunctionCallSyntax, _ types: [DataType]) -> Diagnostic {
    let list = types.map { self.name($0) }.joined(separator: ", ")
    return Diagnostic(
      .unknownFunction, "no function `generate_series(\(list))`", at: call.name.span,
      help: "it takes integers, numerics, or two points in time and an interval")
  }

  /// What the series is of, and what its step is.
  private func seriesTypes(_ bounds: [Typed]) -> (value: DataType, step: DataType)? {
    let types = bounds.prefix(2).map(\.type).filter { $0 != .unknown }
    if bounds.count == 3, types.contains(where: { $0.group == .datetime }) {
      let isLocal = types.allSatisfy { $0.withoutModifiers == .timestamp }
      let value: DataType = isLocal ? .timestamp : .timestamptz
      let fits = (types + [bounds[2].type]).enumerated().allSatisfy { index, type in
        Casts.canCast(
          from: type, to: index == types.count ? .interval : value, context: .implicit)
      }
      return fits ? (value, .interval) : nil
    }
    let numbers = bounds.map(\.type).filter { $0 != .unknown }
    guard numbers.allSatisfy({ $0.isInteger || $0.withoutModifiers == .numeric }) else {
      return nil
    }
    if numbers.contains(where: { !$0.isInteger }) { return (.numeric, .numeric) }
    let type: DataType = numbers.contains(.bigint) ? .bigint : .integer
    return (type, type)
  }

  // MARK: The scenario's own functions

  /// A call of a function that returns rows.
  func ownRows(
    _ call: FunctionCallSyntax, _ alias: AliasSyntax?, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    guard checkSchema(of: call.name), let (signature, arguments) = chosen(call, scope) else {
      return nil
    }
    let name = alias?.name.text ?? call.name.last.text
    var columns = signature.rowColumns
    // A single column without a name of its own goes by the alias (`chooseScalarFunctionAlias`).
    if signature.outputs.isEmpty { columns[0].name = name }
    guard let columns = renamed(columns, alias?.columns ?? [], of: name) else { return nil }
    let traits = self.traits(of: signature)
    var source = Relation.Source.function(
      signature.routine, arguments.map { commit($0.code) })
    if signature.volatility == .volatile, traits.hasStatements {
      guard let result = hoistedRows(signature, arguments, call.name, at: span, scope) else {
        return nil
      }
      source = result
    } else if traits.readsTables {
      touchDatabase(scope, at: span)
    }
    return addRelation(
      source, alias: name, columns: columns, RelationDetail(kind: .other, span: span),
      definition: signature.syntax.name.span, to: level)
  }

  /// Whether the output of a SELECT is a call of a function that returns rows.
  private func isRowCall(_ syntax: ExpressionSyntax) -> FunctionCallSyntax? {
    guard case .call(let call) = syntax.kind else { return nil }
    let name = call.name.last.text
    let own = functions.filter { $0.name == name }
    if own.isEmpty {
      return name == "generate_series" || Self.elementFunctions.contains(name) ? call : nil
    }
    return own.contains { $0.isSet && $0.rowColumns.count == 1 } ? call : nil
  }

  /// `SELECT f(…) FROM t` of a function that returns rows, as `SELECT x FROM t, LATERAL f(…) AS x`; the call may be
  /// an operand, as in `f(…) % 4`.
  ///
  /// PostgreSQL expands it after WHERE, where it gives the same rows; grouped queries stay as they are and
  /// are refused.
  func expandingRowCalls(_ syntax: SelectSyntax) -> SelectSyntax {
    var calls: [(target: Int, call: ExpressionSyntax)] = []
    for (index, target) in syntax.targets.enumerated() {
      for call in rowCalls(in: target.value) { calls.append((index, call)) }
    }
    guard calls.count == 1, let (index, place) = calls.first, syntax.groupBy.isEmpty,
      syntax.having == nil, let call = isRowCall(place)
    else { return syntax }
    var result = syntax
    let target = syntax.targets[index]
    // A name that no text can spell.
    let name = NameSyntax("$\(call.name.last.text)", at: target.span, isQuoted: true)
    let column = ExpressionSyntax(.column(QualifiedNameSyntax([name, name])), at: place.span)
    guard let value = Self.replacing(place, with: column, in: target.value) else { return syntax }
    result.from.append(
      FromSyntax(
        .function(call, alias: AliasSyntax(name: name, columns: [name]), lateral: true),
        at: place.span))
    let alias =
      target.alias
      ?? NameSyntax(outputName(of: target.value), at: target.value.span, isQuoted: true)
    result.targets[index] = TargetSyntax(value: value, alias: alias, span: target.span)
    return result
  }

  /// The calls of functions that return rows, where ``replacing(_:with:in:)`` finds them.
  private func rowCalls(in syntax: ExpressionSyntax) -> [ExpressionSyntax] {
    if isRowCall(syntax) != nil { return [syntax] }
    return Self.operands(of: syntax).flatMap { rowCalls(in: $0) }
  }

  private static func operands(of syntax: ExpressionSyntax) -> [ExpressionSyntax] {
    switch syntax.kind {
    case .unary(_, let operand), .cast(let operand, _): [operand]
    case .binary(_, let left, let right): [left, right]
    case .call(let call): call.arguments.map(\.value)
    default: []
    }
  }

  /// The expression with an operand exchanged; `nil` if it is none of its operands.
  private static func replacing(
    _ old: ExpressionSyntax, with new: ExpressionSyntax, in syntax: ExpressionSyntax
  ) -> ExpressionSyntax? {
    if syntax == old { return new }
    var result = syntax
    func replaced(_ operand: ExpressionSyntax) -> ExpressionSyntax? {
      replacing(old, with: new, in: operand)
    }
    switch syntax.kind {
    case .unary(let symbol, let operand):
      guard let inner = replaced(operand) else { return nil }
      result.kind = .unary(symbol, inner)
    case .cast(let operand, let type):
      guard let inner = replaced(operand) else { return nil }
      result.kind = .cast(inner, type)
    case .binary(let symbol, let left, let right):
      let inner = (replaced(left), replaced(right))
      guard inner.0 != nil || inner.1 != nil else { return nil }
      result.kind = .binary(symbol, inner.0 ?? left, inner.1 ?? right)
    case .call(var call):
      guard let index = call.arguments.firstIndex(where: { replaced($0.value) != nil }),
        let inner = replaced(call.arguments[index].value)
      else { return nil }
      call.arguments[index].value = inner
      result.kind = .call(call)
    default: return nil
    }
    return result
  }
}
