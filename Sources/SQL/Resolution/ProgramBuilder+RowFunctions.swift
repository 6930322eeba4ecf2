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
    if own.isEmpty { return name == "generate_series" ? call : nil }
    return own.contains { $0.isSet && $0.rowColumns.count == 1 } ? call : nil
  }

  /// `SELECT f(…) FROM t` of a function that returns rows, as `SELECT x FROM t, LATERAL f(…) AS x`.
  ///
  /// PostgreSQL expands it after WHERE, where it gives the same rows; grouped queries stay as they are and
  /// are refused.
  func expandingRowCalls(_ syntax: SelectSyntax) -> SelectSyntax {
    let calls = syntax.targets.indices.filter { isRowCall(syntax.targets[$0].value) != nil }
    guard let index = calls.first, calls.count == 1, syntax.groupBy.isEmpty,
      syntax.having == nil, let call = isRowCall(syntax.targets[index].value)
    else { return syntax }
    var result = syntax
    let target = syntax.targets[index]
    // A name that no text can spell.
    let name = NameSyntax("$\(call.name.last.text)", at: target.span, isQuoted: true)
    let column = QualifiedNameSyntax([name, name])
    result.from.append(
      FromSyntax(
        .function(call, alias: AliasSyntax(name: name, columns: [name]), lateral: true),
        at: target.value.span))
    result.targets[index] = TargetSyntax(
      value: ExpressionSyntax(.column(column), at: target.value.span),
      alias: target.alias ?? call.name.last, span: target.span)
    return result
  }
}
