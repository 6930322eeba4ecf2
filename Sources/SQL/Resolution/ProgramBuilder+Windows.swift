import Store

// Window functions.
extension ProgramBuilder {
  /// The functions that are nothing but window functions, with how many arguments they take.
  static let windowFunctions: [String: (function: WindowCall.Function, count: ClosedRange<Int>)] = [
    "row_number": (.rowNumber, 0...0), "rank": (.rank, 0...0), "dense_rank": (.denseRank, 0...0),
    "lag": (.lag, 1...3), "lead": (.lead, 1...3), "first_value": (.firstValue, 1...1),
    "last_value": (.lastValue, 1...1),
  ]

  func window(_ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope) -> Typed? {
    guard let syntax = call.over, let level = windowLevel(call, scope) else { return nil }
    if call.isDistinct || !call.orderBy.isEmpty {
      let what = call.isDistinct ? "DISTINCT" : "aggregate ORDER BY"
      report(
        Diagnostic(
          .unsupportedWindow, "\(what) is not implemented for window functions", at: span))
      return nil
    }
    let place = scope.inside(.window).refusingCalls("it is evaluated for each row")
    let arguments = call.arguments.compactMap { resolve($0.value, place) }
    let partition = syntax.partition.compactMap { resolve($0, place).map(resolvingUnknown) }
    let order = syntax.order.compactMap { item in
      resolve(item.value, place).map { orderKey(item, resolvingUnknown($0)) }
    }
    guard arguments.count == call.arguments.count, partition.count == syntax.partition.count,
      order.count == syntax.order.count,
      let (function, values, type) = windowFunction(call, arguments)
    else { return nil }
    var filter: Expression?
    if let written = call.filter {
      guard case .aggregate = function else {
        report(
          Diagnostic(
            .unsupportedWindow,
            "FILTER is not implemented for non-aggregate window functions", at: written.span))
        return nil
      }
      guard let condition = booleanOperand(written, "FILTER", place) else { return nil }
      filter = commit(condition.code)
    }
    var window = WindowCall(
      function: function, arguments: values.map { commit($0.code) }, filter: filter,
      partition: partition.map { commit($0.code) }, order: order)
    window.countsRows = syntax.countsRows
    window.isWhole = syntax.isWhole
    level.windows.append(window)
    level.windowSpan = level.windowSpan ?? span
    let offset = level.width + level.windows.count - 1
    return Typed(.column(depth: 0, offset: UInt16(clamping: offset)), type, at: span)
  }

  /// The query whose rows the window is over; reports where there is none.
  private func windowLevel(_ call: FunctionCallSyntax, _ scope: Scope) -> QueryLevel? {
    if scope.clause == .output || scope.clause == .orderBy, let last = scope.levels.last,
      last.isVisible
    {
      return last.level
    }
    let place = scope.clause == .none ? "here" : "in \(scope.clause.rawValue)"
    report(
      Diagnostic(
        .misplacedAggregate, "window functions are not allowed \(place)", at: call.name.span,
        help: "use a subquery"))
    return nil
  }

  private func windowFunction(
    _ call: FunctionCallSyntax, _ arguments: [Typed]
  ) -> (WindowCall.Function, [Typed], DataType)? {
    let name = call.name.last.text
    guard let known = Self.windowFunctions[name] else { return windowAggregate(call, arguments) }
    func unknown() -> (WindowCall.Function, [Typed], DataType)? {
      report(unknownFunction(call.name, arguments.map(\.type)))
      return nil
    }
    guard known.count.contains(arguments.count), !call.isStar else { return unknown() }
    guard let first = arguments.first else { return (known.function, [], .bigint) }
    var values = [resolvingUnknown(first)]
    if arguments.count > 1 {
      guard let offset = converted(arguments[1], to: .integer, .implicit) else { return unknown() }
      values.append(offset)
    }
    if arguments.count > 2 {
      guard let other = converted(arguments[2], to: values[0].type, .implicit) else {
        return unknown()
      }
      values.append(other)
    }
    return (known.function, values, values[0].type)
  }

  private func windowAggregate(
    _ call: FunctionCallSyntax, _ arguments: [Typed]
  ) -> (WindowCall.Function, [Typed], DataType)? {
    let name = call.name.last.text
    guard Aggregates.exists(name) else {
      report(
        Diagnostic(
          .unsupportedWindow, "`\(name)` is not simulated as a window function",
          at: call.name.span,
          help: "there are \(Self.windowFunctions.keys.sorted().joined(separator: ", ")) and "
            + "aggregates"))
      return nil
    }
    guard let function = Aggregates.resolve(name, arguments.map(\.type)),
      !arguments.isEmpty || call.isStar
    else {
      report(unknownFunction(call.name, arguments.map(\.type)))
      return nil
    }
    let values = zip(arguments, function.argumentTypes).compactMap {
      converted($0, to: $1, .implicit)
    }
    guard values.count == arguments.count else { return nil }
    return (.aggregate(function), values, function.resultType)
  }

  /// Whether nothing stands in the way of a query's window functions; reports it.
  func checkWindows(_ level: QueryLevel, isGrouped: Bool) -> Bool {
    guard let span = level.windowSpan, isGrouped else { return true }
    report(
      Diagnostic(
        .unsupportedWindow, "window functions over grouped rows are not simulated", at: span,
        help: "group in a subquery: `FROM (SELECT … GROUP BY …) x`"))
    return false
  }
}
