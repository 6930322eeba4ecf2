import Store

// Calls of functions: built in, special, the scenario's own.
extension ProgramBuilder {
  func resolveCall(_ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope) -> Typed? {
    let name = call.name.last.text
    guard checkSchema(of: call.name), let call = makingDocuments(call, scope) else { return nil }
    let isOwn = functions.contains { $0.name == name }
    if call.over != nil { return window(call, at: span, scope) }
    if Self.windowFunctions[name] != nil, !isOwn {
      report(
        Diagnostic(
          .misplacedAggregate, "window function \(name) requires an OVER clause",
          at: call.name.span))
      return nil
    }
    if Aggregates.exists(name), !isOwn { return aggregate(call, at: span, scope) }
    if call.isStar || call.isDistinct || !call.orderBy.isEmpty || call.filter != nil {
      let isKnown = isOwn || Builtins.exists(name)
      report(
        isKnown
          ? Diagnostic(
            .misplacedAggregate, "`\(name)` is not an aggregate function", at: call.name.span)
          : unknownFunction(call.name, []))
      return nil
    }
    if isOwn { return ownCall(call, at: span, scope) }
    if let function = Self.arrayFunctions[name] {
      return arrayCall(function, call, at: span, scope)
    }
    if let function = LockFunction(named: name) { return lockCall(function, call, at: span, scope) }
    if name == "current_setting" || name == "set_config" {
      return settingCall(call, at: span, scope)
    }
    if switchesTriggers, name == "pg_typeof", call.arguments.count == 1 {
      guard let typed = resolve(call.arguments[0].value, scope) else { return nil }
      return .constant(Value(text: self.name(typed.type.withoutModifiers)), .text, at: span)
    }
    if switchesTriggers, name == "pg_sleep_for" || name == "pg_sleep_until",
      call.arguments.count == 1
    {
      return resolve(Self.sleep(call, at: span), scope)
    }
    if switchesTriggers, let function = SessionFunction(rawValue: name) {
      return sessionCall(function, call, at: span, scope)
    }
    if let refusal = Self.refusal(of: call.name) {
      report(refusal)
      return nil
    }
    if Self.sequenceFunctions.contains(name) { return sequenceCall(call, at: span, scope) }
    return builtinCall(call, at: span, scope)
  }

  /// `pg_sleep_for` and `pg_sleep_until` as `pg_sleep` (system_functions.sql).
  private static func sleep(_ call: FunctionCallSyntax, at span: SourceSpan) -> ExpressionSyntax {
    func name(_ text: String) -> QualifiedNameSyntax {
      QualifiedNameSyntax([NameSyntax(text, at: span)])
    }
    func cast(_ value: ExpressionSyntax, _ type: String) -> ExpressionSyntax {
      ExpressionSyntax(
        .cast(value, TypeNameSyntax(kind: .named(name(type)), span: span)), at: span)
    }
    let clock = ExpressionSyntax(
      .call(FunctionCallSyntax(name: name("clock_timestamp"), arguments: [])), at: span)
    var result = call
    result.name = name("pg_sleep")
    let value = call.arguments[0].value
    let (left, right) =
      call.name.last.text == "pg_sleep_for"
      ? (ExpressionSyntax(.binary(.add, clock, cast(value, "interval")), at: span), clock)
      : (cast(value, "timestamptz"), clock)
    let length = ExpressionSyntax(.binary(.subtract, left, right), at: span)
    result.arguments[0].value = ExpressionSyntax(
      .extract(NameSyntax("epoch", at: span), length), at: span)
    return ExpressionSyntax(.call(result), at: span)
  }

  /// `pg_notify` and its like, in an isolation spec.
  private func sessionCall(
    _ function: SessionFunction, _ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let arguments = call.arguments.map { resolve($0.value, scope) }
    let sound = arguments.compactMap { $0 }
    guard sound.count == arguments.count else { return nil }
    let cast = zip(sound, function.argumentTypes).compactMap { converted($0, to: $1, .implicit) }
    guard sound.count == function.argumentCount, cast.count == sound.count else {
      report(unknownFunction(call.name, sound.map(\.type)))
      return nil
    }
    touchDatabase(scope, at: span)
    var code = Code()
    for argument in cast { code.append(argument.code) }
    code.append(.sessionCall(function), at: span)
    return Typed(code, function.resultType, at: span)
  }

  // MARK: Built-in functions

  private func builtinCall(
    _ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let name = call.name.last.text
    guard let arguments = builtinArguments(call, scope) else { return nil }
    return builtin(name, arguments, named: call.name, at: span)
  }

  /// A call of a built-in function by its name.
  func builtin(
    _ name: String, _ arguments: [Typed], named syntax: QualifiedNameSyntax?, at span: SourceSpan
  ) -> Typed? {
    let types = arguments.map(\.type)
    if let function = Builtins.resolveFunction(name, types) {
      return self.call(function, arguments, at: span)
    }
    if let reason = Builtins.refusal(function: name, types) {
      report(
        Diagnostic(
          .unsupportedFunction, "the function `\(name)` is not simulated",
          at: syntax?.span ?? span, help: reason))
      return nil
    }
    // `text('x')`, `int4(…)`: a type's name as a function is a cast.
    if arguments.count == 1, !Builtins.exists(name), let type = DataType(named: name),
      let cast = converted(arguments[0], to: type, .explicit)
    {
      return cast
    }
    if let syntax {
      report(unknownFunction(syntax, types))
    } else {
      let list = types.map { self.name($0) }.joined(separator: ", ")
      report(Diagnostic(.unknownFunction, "no function `\(name)(\(list))`", at: span))
    }
    return nil
  }

  /// The arguments in order; names are known for `make_interval` only.
  private func builtinArguments(_ call: FunctionCallSyntax, _ scope: Scope) -> [Typed]? {
    let places =
      call.name.last.text == "make_interval"
      ? ["years", "months", "weeks", "days", "hours", "mins", "secs"] : []
    var arguments: [Typed] = []
    var isSound = true
    for argument in call.arguments {
      guard let typed = resolve(argument.value, scope) else {
        isSound = false
        continue
      }
      guard let name = argument.name else {
        arguments.append(typed)
        continue
      }
      guard let place = places.firstIndex(of: name.text) else {
        report(
          Diagnostic(
            .unknownFunction, "`\(call.name.text)` has no argument `\(name.text)`", at: name.span))
        return nil
      }
      while arguments.count <= place {
        arguments.append(.constant(Value(integer: 0), .integer, at: argument.value.span))
      }
      arguments[place] = typed
    }
    return isSound ? arguments : nil
  }

  func unknownFunction(_ name: QualifiedNameSyntax, _ types: [DataType]) -> Diagnostic {
    let text = name.last.text
    let list = types.map { self.name($0) }.joined(separator: ", ")
    if Builtins.exists(text) || functions.contains(where: { $0.name == text }) {
      return Diagnostic(
        .unknownFunction, "no function `\(text)(\(list))`", at: name.span,
        caption: "there is one with other arguments", help: "cast the arguments")
    }
    let candidates = functions.map(\.name) + Builtins.similarNames(to: text)
    return .misspelt(
      .unknownFunction, "no function `\(text)\(tracksAllTables ? "(\(list))" : "")`",
      at: name.last.span, name: text, among: candidates)
  }

  /// Functions that would need what expressions do not have.
  static func refusal(of name: QualifiedNameSyntax) -> Diagnostic? {
    let text = name.last.text
    let message: String
    var help: String?
    switch text {
    case "pg_sleep", "pg_sleep_for", "pg_sleep_until":
      message = "`\(text)` can only be a statement of its own"
      help = "write `SELECT \(text)(…)` or `PERFORM \(text)(…)`"
    case "generate_series":
      message = "`generate_series` can only stand in FROM"
    case "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "ntile":
      return Diagnostic(
        .unsupportedWindow, "window functions are not simulated", at: name.span)
    case "pg_notify":
      message = "`pg_notify` is not simulated"
      help = "it has no effect on rows or locks; delete it"
    default: return nil
    }
    return Diagnostic(
      .unsupportedFunction, message, at: name.span, help: help.map { Diagnostic.Help($0) })
  }

  // MARK: Functions with a syntax of their own

  func resolveSpecialCall(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    func all(_ items: [ExpressionSyntax?]) -> [Typed]? {
      let values = items.compactMap { $0 }.map { resolve($0, scope) }
      let sound = values.compactMap { $0 }
      return sound.count == values.count ? sound : nil
    }
    switch syntax.kind {
    case .extract(let field, let source):
      guard let source = resolve(source, scope) else { return nil }
      let name = Typed.constant(Value(text: field.text), .text, at: field.span)
      return builtin("extract", [name, source], named: nil, at: span)
    case .position(let needle, let haystack):
      return all([haystack, needle]).flatMap { builtin("strpos", $0, named: nil, at: span) }
    case .substring(let text, let from, let count):
      guard var arguments = all([text, from, count]) else { return nil }
      if from == nil {
        arguments.insert(.constant(Value(integer: 1), .integer, at: span), at: 1)
      }
      return builtin("substring", arguments, named: nil, at: span)
    case .trim(let side, let characters, let text):
      let name = side == .both ? "btrim" : side == .leading ? "ltrim" : "rtrim"
      return all([text, characters]).flatMap { builtin(name, $0, named: nil, at: span) }
    case .atTimeZone(let value, let zone):
      return all([zone, value]).flatMap { builtin("timezone", $0, named: nil, at: span) }
    case .keywordFunction(let function): return keyword(function, at: span)
    default: return nil
    }
  }

  private func keyword(_ function: KeywordFunction, at span: SourceSpan) -> Typed? {
    switch function {
    case .currentTimestamp, .currentDate, .localTimestamp, .localTime:
      return builtin(function.rawValue, [], named: nil, at: span)
    case .currentUser where !program.roles.isEmpty, .currentRole where !program.roles.isEmpty,
      .user where !program.roles.isEmpty:
      return Typed(.setting(.currentUser), .text, at: span)
    case .sessionUser where !program.roles.isEmpty:
      return Typed(.setting(.sessionUser), .text, at: span)
    case .currentTime, .currentUser, .currentRole, .sessionUser, .user, .currentCatalog,
      .currentSchema:
      report(
        Diagnostic(
          .unsupportedFunction, "`\(function.rawValue.uppercased())` is not simulated", at: span,
          help: function == .currentTime ? "use LOCALTIME" : "use a literal"))
      return nil
    }
  }

  // MARK: Aggregates

  private func aggregate(
    _ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let name = call.name.last.text
    guard let level = aggregateLevel(name, call.name.span, scope) else { return nil }
    let inner = scope.inside(.aggregate).refusingCalls("it is evaluated for each row")
    let arguments = call.arguments.compactMap { resolve($0.value, inner) }
    guard arguments.count == call.arguments.count else { return nil }
    if isOuter(arguments) {
      report(
        Diagnostic(
          .unsupportedExpression, "an aggregate of the outer query is not simulated here",
          at: span, help: "compute it in the outer query"))
      return nil
    }
    if arguments.isEmpty, !call.isStar {
      report(unknownFunction(call.name, []))
      return nil
    }
    guard let function = Aggregates.resolve(name, arguments.map(\.type)) else {
      report(unknownFunction(call.name, arguments.map(\.type)))
      return nil
    }
    let converted = zip(arguments, function.argumentTypes).compactMap {
      self.converted($0, to: $1, .implicit)
    }
    guard converted.count == arguments.count else { return nil }
    var result = AggregateCall(function: function, arguments: converted.map { commit($0.code) })
    result.isDistinct = call.isDistinct
    if let filter = call.filter {
      let place = scope.inside(.filter).refusingCalls("it is evaluated for each row")
      guard let condition = booleanOperand(filter, "FILTER", place) else { return nil }
      result.filter = commit(condition.code)
    }
    guard let order = aggregateOrder(call, converted, inner) else { return nil }
    result.order = order
    level.aggregates.append(result)
    level.aggregateSpan = level.aggregateSpan ?? span
    let offset = level.width + level.keyCount + level.aggregates.count - 1
    return Typed(
      .column(depth: 0, offset: UInt16(clamping: offset)), function.resultType, at: span)
  }

  private func aggregateOrder(
    _ call: FunctionCallSyntax, _ arguments: [Typed], _ scope: Scope
  ) -> [OrderKey]? {
    var keys: [OrderKey] = []
    for item in call.orderBy {
      guard let typed = resolve(item.value, scope).map(resolvingUnknown) else { return nil }
      if call.isDistinct, !arguments.contains(where: { $0.code.computesSame(as: typed.code) }) {
        report(
          Diagnostic(
            .invalidReference,
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
            at: item.value.span))
        return nil
      }
      keys.append(orderKey(item, typed))
    }
    return keys
  }

  /// The query whose rows an aggregate collects; reports where there is none.
  private func aggregateLevel(_ name: String, _ span: SourceSpan, _ scope: Scope) -> QueryLevel? {
    switch scope.clause {
    case .output, .having, .orderBy:
      if let last = scope.levels.last, last.isVisible { return last.level }
    case .aggregate, .filter:
      report(
        Diagnostic(
          .misplacedAggregate, "aggregate function calls cannot be nested", at: span))
      return nil
    case .window:
      report(
        Diagnostic(
          .unsupportedWindow, "window functions over grouped rows are not simulated", at: span,
          help: "group in a subquery: `FROM (SELECT … GROUP BY …) x`"))
      return nil
    case .none, .from, .join, .condition, .groupBy, .limit, .values, .assignment, .returning,
      .check, .defaultValue, .index, .indexPredicate, .generation, .trigger:
      break
    }
    let place = scope.clause == .none ? "here" : "in \(scope.clause.rawValue)"
    report(
      Diagnostic(
        .misplacedAggregate, "aggregate functions are not allowed \(place)", at: span,
        help: scope.clause == .condition ? "use HAVING, or a subquery" : "use a subquery"))
    return nil
  }

  private func isOuter(_ arguments: [Typed]) -> Bool {
    var hasOwn = false
    var hasOuter = false
    for argument in arguments {
      visitColumns(of: argument.code) { level, _ in
        if level == 0 { hasOwn = true } else { hasOuter = true }
      }
    }
    return hasOuter && !hasOwn
  }
}
