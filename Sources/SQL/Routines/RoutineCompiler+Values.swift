import Store

/// Expressions in control flow: conditions, assigned values, arguments.
///
/// One that needs nothing but variables is evaluated where it stands. One that reads tables, the
/// world, a sequence or (in a writer) the clock is a query of its own, whose result goes to a
/// temporary first.
extension RoutineCompiler {
  /// Compiles an expression, with what has to run before it; `nil` after a mistake.
  ///
  /// With a type, the value is cast to it as an assignment to a variable of that type does.
  func value(of syntax: ExpressionSyntax, as type: DataType? = nil) -> TypedExpression? {
    if locksRows(syntax) { return queriedValue(of: syntax, as: type) }
    guard let typed = builder.expression(syntax, in: scope, expecting: type) else { return nil }
    if needsStatement(typed.facts) { return queriedValue(of: syntax, as: type) }
    if !typed.facts.calls.isEmpty {
      markedAsClient { emit(calls: typed.facts.calls) }
    }
    var result = typed
    if let type {
      guard let cast = castForVariable(typed, to: type, at: syntax.span) else { return nil }
      result = cast
    }
    result.facts = Facts()
    return result
  }

  /// Whether a subquery of an expression locks rows, which only a statement can.
  private func locksRows(_ syntax: ExpressionSyntax) -> Bool {
    var result = false
    SyntaxWalker(query: { query in result = result || !query.locking.isEmpty }).walk(syntax)
    return result
  }

  /// Whether an expression is a statement of its own for the database.
  private func needsStatement(_ facts: Facts) -> Bool {
    facts.readsTables || facts.readsWorld || facts.usesSequence || facts.callsLocks
      || facts.usesSettings
      || (isWriter && facts.readsClock)
  }

  /// Runs `SELECT expression` into a temporary; FOUND stays as it was, as in PL/pgSQL.
  private func queriedValue(of syntax: ExpressionSyntax, as type: DataType?) -> TypedExpression? {
    guard let statement = builder.statement(computing: syntax, as: type, in: scope),
      let column = statement.columns.first
    else { return nil }
    let found = newTemporary(.boolean)
    let result = newTemporary(type ?? column.type)
    copy(Routine.Slot.found, to: found)
    emit(statement, into: .slots(slotList([result]), isStrict: false))
    copy(found, to: Routine.Slot.found)
    return TypedExpression(
      expression: read(result), type: type ?? column.type, facts: Facts())
  }

  /// Adds the cast that an assignment to a variable makes, where one is needed.
  func castForVariable(
    _ typed: TypedExpression, to type: DataType, at span: SourceSpan
  ) -> TypedExpression? {
    if typed.type == type { return typed }
    return builder.assignmentCast(typed, to: type, at: span, isVariable: true)
  }

  /// The value of a slot.
  func typed(_ slot: UInt16, _ type: DataType) -> TypedExpression {
    TypedExpression(expression: read(slot), type: type, facts: Facts())
  }

  /// Jumps unless a condition is true; NULL jumps.
  func jump(unlessTrue condition: ExpressionSyntax, to label: Label) {
    guard let value = value(of: condition, as: .boolean) else { return }
    jump(unless: value.expression, to: label)
  }

  /// An expression `value::text`.
  func castToText(_ syntax: ExpressionSyntax) -> ExpressionSyntax {
    let name = QualifiedNameSyntax([NameSyntax("text", at: syntax.span)])
    let type = TypeNameSyntax(kind: .named(name), span: syntax.span)
    return ExpressionSyntax(.cast(syntax, type), at: syntax.span)
  }

  // MARK: Statements

  /// Emits a statement with the calls that go before it; in a writer, as a client's statement.
  func emit(_ statement: CompiledStatement, into: Into) {
    let isWorld = builder.program.statements[Int(statement.index)].isWorld
    builder.program.statements[Int(statement.index)].isOneOfSeveral = isOneTransaction
    markedAsClient(unless: isWorld) {
      emit(calls: statement.facts.calls)
      emit(.statement(statement.index, into))
    }
  }

  /// Emits calls of VOLATILE functions whose results a statement reads.
  func emit(calls: [HoistedCall]) {
    for call in calls {
      emit(.call(call.routine, arguments: call.arguments, into: call.slot))
    }
  }

  /// Emits instructions that are one client statement if this is a writer's program.
  func markedAsClient(unless isWorld: Bool = false, _ body: () -> Void) {
    let isMarked = isWriter && !isWorld
    if isMarked { emit(.beginImplicit) }
    body()
    if isMarked && !isOneTransaction { emit(.commitImplicit) }
  }

  /// Runs a query whose rows a loop takes one by one; returns its columns.
  func openCursor(_ syntax: StatementSyntax) -> [OutputColumn]? {
    guard let statement = builder.statement(syntax, in: scope) else { return nil }
    guard !statement.columns.isEmpty else {
      report(
        Diagnostic(
          .invalidReturn, "this \(statement.kind.rawValue) returns no rows to loop over",
          at: syntax.span, help: "add `RETURNING …`"))
      return nil
    }
    let isWorld = builder.program.statements[Int(statement.index)].isWorld
    markedAsClient(unless: isWorld) {
      emit(calls: statement.facts.calls)
      emit(.openCursor(statement.index))
    }
    return statement.columns
  }
}
