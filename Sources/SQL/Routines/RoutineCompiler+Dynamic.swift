import Store

/// `EXECUTE text` of PL/pgSQL, where the text is known when the function is compiled: a constant, or made of
/// constants and of arguments that the call gives as constants.
extension RoutineCompiler {
  func compileDynamic(
    _ text: ExpressionSyntax, _ into: IntoSyntax?, _ values: [ExpressionSyntax],
    at place: SourceSpan
  ) {
    span = place
    guard let (statement, parameters) = dynamicStatement(text, values) else { return }
    let found = newTemporary(.boolean)
    copy(Routine.Slot.found, to: found)
    defer { copy(found, to: Routine.Slot.found) }
    let compiled = variables.hidingNames(positional: parameters) {
      builder.statement(statement, in: scope)
    }
    guard let compiled else { return }
    guard let into else {
      emit(compiled, into: .discard)
      return
    }
    guard let row = rowTargets(into.targets, columns: compiled.columns) else { return }
    emit(compiled, into: .slots(slotList(row.received), isStrict: into.isStrict))
    storeRow(row)
  }

  /// The statement of a text, and the values that it takes; `nil` after a mistake.
  func dynamicStatement(
    _ text: ExpressionSyntax, _ values: [ExpressionSyntax]
  ) -> (StatementSyntax, [VariableScope.Variable])? {
    guard let command = builder.constantText(text, in: scope, knowing: constants) else {
      report(
        Diagnostic(
          .unsupportedDynamicSQL, "the text of `EXECUTE` is not a constant here", at: text.span,
          help: builder.switchesTriggers
            ? "call the function with constants for what the text is made of"
            : "write the statement itself, or a text of constants"))
      return nil
    }
    var parameters: [VariableScope.Variable] = []
    for value in values {
      guard let typed = self.value(of: value) else { return nil }
      let type = typed.type == .unknown ? .text : typed.type
      let slot = newTemporary(type)
      emit(.assign(slot: slot, typed.expression))
      parameters.append(VariableScope.Variable(slot: slot, type: type))
    }
    return statement(command, at: text.span).map { ($0, parameters) }
  }

  /// Parses the text; all that is in it stands where the text is made.
  private func statement(_ text: String, at place: SourceSpan) -> StatementSyntax? {
    let bytes = Array(text.utf8)
    var parser = Parser(
      LexerInput(
        bytes: bytes, range: bytes.indices, file: place.file,
        offsets: Array(repeating: place.start, count: bytes.count + 1)))
    let statements = parser.parseStatements()
    for diagnostic in parser.diagnostics { report(diagnostic) }
    guard parser.diagnostics.isEmpty else { return nil }
    guard statements.count == 1, var statement = statements.first, statement.isRowStatement else {
      report(
        Diagnostic(
          .unsupportedDynamicSQL,
          "`EXECUTE` of anything but one SELECT, INSERT, UPDATE, DELETE or MERGE is not simulated",
          at: place, caption: "the text is \(text.inBackticks)",
          help: "write the statement itself"))
      return nil
    }
    statement.span = place
    return statement
  }
}

extension StatementSyntax {
  fileprivate var isRowStatement: Bool {
    switch kind {
    case .select, .insert, .update, .delete, .merge: true
    default: false
    }
  }
}

extension ProgramBuilder {
  /// The value of a text, where it depends on constants and known variables only.
  func constantText(
    _ syntax: ExpressionSyntax, in scope: Scope, knowing constants: [UInt16: Value]
  ) -> String? {
    let reported = diagnostics
    let context = StatementContext(takesParts: false)
    var scope = scope
    scope.statement = context
    guard let typed = resolve(syntax, scope), !facts(of: typed.code).readsClock else {
      return nil
    }
    var code = typed.code
    for (index, operation) in code.operations.enumerated() {
      guard case .slot(let slot) = operation, let value = constants[slot] else { continue }
      code.replace(index, with: .constant(value))
    }
    do throws(ConstantEvaluator.Failure) {
      return try ConstantEvaluator(program: program).evaluate(code).asText
    } catch {
      diagnostics = reported
      return nil
    }
  }
}
