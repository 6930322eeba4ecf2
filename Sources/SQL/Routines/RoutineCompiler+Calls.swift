import Store

/// CALL, DO and pg_sleep.
extension RoutineCompiler {
  /// `CALL procedure(…)`; an OUT or INOUT argument that is a variable receives the result.
  func compileCall(_ syntax: FunctionCallSyntax, at place: SourceSpan) {
    guard let call = builder.call(syntax, at: place, in: scope) else { return }
    let function = call.function
    guard function.outputs.count <= 1 else {
      report(
        Diagnostic(
          .unsupportedStatement,
          "`\(function.name)` has several OUT arguments, which is not simulated", at: place,
          help: "let it return one value, or store its results in a table"))
      return
    }
    let arguments = evaluated(call)
    let result = function.outputs.first.map { newTemporary($0.type) }
    span = place
    markedAsClient {
      emit(calls: call.facts.calls)
      emit(.call(function.routine, arguments: arguments, into: result))
    }
    guard let result, let output = function.outputs.first else { return }
    storeOutput(typed(result, output.type), of: function, syntax, at: place)
  }

  /// Arguments that read tables are queried before the call.
  private func evaluated(_ call: ResolvedCall) -> Expressions {
    let facts = call.facts
    guard facts.readsTables || facts.readsWorld || facts.usesSequence || facts.callsLocks else {
      return call.arguments
    }
    var select = Select()
    let start = Int(call.arguments.start)
    select.outputs = Array(
      builder.program.arguments[start..<(start + Int(call.arguments.count))])
    let columns = call.function.parameters.enumerated().map { index, parameter in
      OutputColumn(name: parameter.name ?? "column\(index + 1)", type: parameter.type)
    }
    builder.program.queries.append(Query(body: .select(select), columns: columns))
    let query = QueryID(builder.program.queries.count - 1)
    var statement = Statement(
      parts: [StatementPart(body: .query(query), columns: columns)], span: span)
    statement.isWorld = facts.readsWorld
    statement.readsClock = facts.readsClock
    builder.program.statements.append(statement)
    let slots = columns.map { newTemporary($0.type) }
    let found = newTemporary(.boolean)
    copy(Routine.Slot.found, to: found)
    markedAsClient(unless: facts.readsWorld) {
      emit(
        .statement(
          Int32(builder.program.statements.count - 1), .slots(slotList(slots), isStrict: false)))
    }
    copy(found, to: Routine.Slot.found)
    return self.arguments(slots.map { read($0) })
  }

  private func storeOutput(
    _ value: TypedExpression, of function: FunctionSignature, _ syntax: FunctionCallSyntax,
    at place: SourceSpan
  ) {
    guard let index = outputPosition(of: function, in: syntax) else { return }
    let argument = syntax.arguments[index].value
    if case .column(let name) = argument.kind {
      guard let variable = assignable(name, suggesting: value.type) else { return }
      store(value, in: variable, at: place)
    } else if !isWriter {
      report(
        Diagnostic(
          .notAssignable, "the OUT argument of `\(function.name)` must be a variable",
          at: argument.span, help: "declare one and pass it"))
    }
  }

  /// Which of the call's arguments stands for the only OUT or INOUT one.
  private func outputPosition(
    of function: FunctionSignature, in syntax: FunctionCallSyntax
  ) -> Int? {
    let declared = function.syntax.arguments
    guard let output = declared.firstIndex(where: { $0.mode == .out || $0.mode == .inout }) else {
      return nil
    }
    if let name = declared[output].name?.text,
      let named = syntax.arguments.firstIndex(where: { $0.name?.text == name })
    {
      return named
    }
    guard output < syntax.arguments.count, syntax.arguments[output].name == nil else { return nil }
    return output
  }

  /// `DO $$ … $$`: a routine of its own, called once.
  func compileDo(_ body: FunctionBodySyntax, at place: SourceSpan) {
    let id = builder.compileAnonymous(body, at: place)
    span = place
    markedAsClient { emit(.call(id, arguments: arguments([]), into: nil)) }
  }

  // MARK: Sleep

  /// The call of `SELECT pg_sleep(…)`, if the query is just that.
  func sleepCall(in query: QuerySyntax) -> FunctionCallSyntax? {
    guard case .select(let select) = query.body, select.from.isEmpty, select.targets.count == 1,
      select.condition == nil, query.with.isEmpty,
      case .call(let call) = select.targets[0].value.kind,
      ["pg_sleep", "pg_sleep_for", "pg_sleep_until"].contains(call.name.last.text)
    else { return nil }
    return call
  }

  /// Sleeps until an instant that the clock gives when the statement begins.
  func compileSleep(_ call: FunctionCallSyntax, at place: SourceSpan) {
    guard call.arguments.count == 1, let argument = call.arguments.first?.value else {
      report(
        Diagnostic(
          .wrongArgumentCount, "`\(call.name.last.text)` takes one argument", at: place,
          help: "as in `pg_sleep(5)`"))
      return
    }
    let instant = wakingTime(call.name.last.text, argument, at: place)
    guard
      let statement = builder.statement(computing: instant, as: .timestamptz, in: scope)
    else { return }
    span = place
    let wake = newTemporary(.timestamptz)
    markedAsClient {
      emit(calls: statement.facts.calls)
      emit(.statement(statement.index, .slots(slotList([wake]), isStrict: false)))
      emit(
        .sleepUntil(read(wake), isPause: call.name.last.text != "pg_sleep_until"))
    }
    routine.readsClock = true
  }

  /// `clock_timestamp() + argument`, in the way that the function means it.
  private func wakingTime(
    _ function: String, _ argument: ExpressionSyntax, at place: SourceSpan
  ) -> ExpressionSyntax {
    func type(_ name: String) -> TypeNameSyntax {
      TypeNameSyntax(
        kind: .named(QualifiedNameSyntax([NameSyntax(name, at: place)])), span: place)
    }
    if function == "pg_sleep_until" { return ExpressionSyntax(argument.kind, at: place) }
    let now = ExpressionSyntax(
      .call(
        FunctionCallSyntax(
          name: QualifiedNameSyntax([NameSyntax("clock_timestamp", at: place)]), arguments: [])),
      at: place)
    var length = ExpressionSyntax(.cast(argument, type("interval")), at: place)
    if function == "pg_sleep" {
      let second = ExpressionSyntax(
        .typedLiteral(type("interval"), StringSyntax("1 second", at: place)), at: place)
      length = ExpressionSyntax(
        .binary(
          .multiply, second, ExpressionSyntax(.cast(argument, type("numeric")), at: place)),
        at: place)
    }
    return ExpressionSyntax(.binary(.add, now, length), at: place)
  }
}
