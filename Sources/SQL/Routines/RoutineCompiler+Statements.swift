import Store

/// The statements of a body, one by one.
extension RoutineCompiler {
  func compile(_ statements: [ProceduralStatementSyntax]) {
    for statement in statements {
      span = statement.span
      withTemporaries { compile(statement) }
    }
  }

  private func compile(_ statement: ProceduralStatementSyntax) {
    switch statement.kind {
    case .sql(let sql): compile(sql)
    case .block(var block):
      block.label = block.label ?? statement.label
      compileBlock(block)
    case .declare(let declaration):
      if isWriter { declare(declaration) } else { refuseDeclaration(declaration) }
    case .assign(let target, let value): compileAssignment(target, value, at: statement.span)
    case .ifElse(let branches, let otherwise): compileIf(branches, otherwise)
    case .caseOf(let operand, let arms, let otherwise):
      compileCase(operand, arms, otherwise, at: statement.span)
    case .loop(let body): compileLoop(body, statement)
    case .whileLoop(let condition, let body):
      compileWhile(condition, body, label: statement.label)
    case .forRange(let loop): compileForRange(loop, label: statement.label)
    case .forQuery(let targets, let source, let body):
      compileForQuery(targets, source, body, label: statement.label)
    case .exit(let label, let condition): compileExit(label, condition, statement)
    case .next(let label, let condition): compileNext(label, condition, statement)
    case .returnValue(let value): compileReturn(value, at: statement.span)
    case .returnNext(let value): compileReturnNext(value, at: statement.span)
    case .returnQuery(let source): compileReturnQuery(source, at: statement.span)
    case .raise(let raise): compileRaise(raise, at: statement.span)
    case .assert(let condition, let message):
      compileAssert(condition, message, at: statement.span)
    case .perform(let query): compilePerform(query, at: statement.span)
    case .getDiagnostics(let syntax): compileGetDiagnostics(syntax, at: statement.span)
    case .dynamic(let text, let into, let values):
      compileDynamic(text, into, values, at: statement.span)
    case .cursor(let action): compileCursor(action, statement)
    case .null: break
    }
  }

  private func refuseDeclaration(_ declaration: DeclarationSyntax) {
    report(
      Diagnostic(
        .misplacedStatement, "`DECLARE` cannot stand between the statements of a function",
        at: declaration.span, help: "declare `\(declaration.name.text)` before `BEGIN`"))
    variables.declare(declaration.name.text, type: .unknown)
  }

  // MARK: Assignment

  /// `variable := value`, or one record to another.
  private func compileAssignment(
    _ target: QualifiedNameSyntax, _ value: ExpressionSyntax, at place: SourceSpan
  ) {
    if case .record(let fields) = variables.find(target.parts.map(\.text)) {
      compileRecordAssignment(target, fields, value, at: place)
      return
    }
    guard let variable = assignable(target) else { return }
    guard let value = self.value(of: value, as: variable.type) else { return }
    span = place
    store(value, in: variable, at: place)
  }

  private func compileRecordAssignment(
    _ target: QualifiedNameSyntax, _ fields: [VariableScope.Field]?, _ value: ExpressionSyntax,
    at place: SourceSpan
  ) {
    switch value.kind {
    case .null:
      for field in fields ?? [] { assign(field.variable.slot, .null) }
      return
    case .column(let name):
      guard case .record(let source?) = variables.find(name.parts.map(\.text)) else { break }
      let columns = source.map { OutputColumn(name: $0.name, type: $0.variable.type) }
      guard let row = rowTargets([target], columns: columns) else { return }
      for (field, slot) in zip(source, row.received) { copy(field.variable.slot, to: slot) }
      storeRow(row)
      return
    default: break
    }
    report(
      Diagnostic(
        .notAssignable, "only another record or NULL can be assigned to record `\(target.text)`",
        at: value.span, help: "use `SELECT … INTO \(target.text)`"))
  }

  // MARK: IF and CASE

  private func compileIf(
    _ branches: [BranchSyntax], _ otherwise: [ProceduralStatementSyntax]?
  ) {
    let end = newLabel()
    for (index, branch) in branches.enumerated() {
      let next = newLabel()
      span = branch.condition.span
      jump(unlessTrue: branch.condition, to: next)
      compile(branch.statements)
      let isLast = index == branches.count - 1 && otherwise == nil
      if !isLast { jump(to: end) }
      place(next)
    }
    if let otherwise { compile(otherwise) }
    place(end)
  }

  /// A CASE statement: the operand is evaluated once, and no match without ELSE is an error.
  private func compileCase(
    _ operand: ExpressionSyntax?, _ arms: [CaseArmSyntax],
    _ otherwise: [ProceduralStatementSyntax]?, at place: SourceSpan
  ) {
    var subject: ExpressionSyntax?
    if let operand {
      span = operand.span
      guard let value = value(of: operand) else { return }
      subject = hiddenVariable(value, at: operand.span)
    }
    let end = newLabel()
    for arm in arms {
      guard let condition = condition(of: arm, subject) else { continue }
      let next = newLabel()
      span = condition.span
      jump(unlessTrue: condition, to: next)
      compile(arm.statements)
      jump(to: end)
      self.place(next)
    }
    if let otherwise {
      compile(otherwise)
    } else {
      span = place
      raise(.caseNotFound, "case not found")
    }
    self.place(end)
  }

  /// `subject IN (a, b)`, or the condition itself.
  private func condition(of arm: CaseArmSyntax, _ subject: ExpressionSyntax?) -> ExpressionSyntax? {
    guard let first = arm.values.first else { return nil }
    guard let subject else { return first }
    let span = arm.values.reduce(first.span) { $0.through($1.span) }
    return ExpressionSyntax(.inList(subject, arm.values, negated: false), at: span)
  }

  /// Keeps a value in a temporary and gives it a name that no source text can spell.
  func hiddenVariable(_ value: TypedExpression, at place: SourceSpan) -> ExpressionSyntax {
    let type = value.type == .unknown ? DataType.text : value.type
    let slot = newTemporary(type)
    emit(.assign(slot: slot, value.expression))
    let name = "$\(slot)"
    variables.declare(name, as: .variable(VariableScope.Variable(slot: slot, type: type)))
    let syntax = QualifiedNameSyntax([NameSyntax(name, at: place, isQuoted: true)])
    return ExpressionSyntax(.column(syntax), at: place)
  }

  // MARK: RETURN

  /// `RETURN [expression]`; leaving loops and blocks is the machine's.
  private func compileReturn(_ value: ExpressionSyntax?, at place: SourceSpan) {
    if isWriter {
      guard let value else {
        emit(.finish(nil))
        return
      }
      guard let outcome = self.value(of: castToText(value), as: .text) else { return }
      span = place
      emit(.finish(outcome.expression))
      return
    }
    if routine.kind == .trigger {
      compileTriggerReturn(value, at: place)
      return
    }
    if let signature, signature.returnsRows {
      compileRowReturn(value, signature, at: place)
      return
    }
    guard let signature, returnsValue(signature) else {
      if let value {
        report(
          Diagnostic(
            .invalidReturn, "`RETURN` cannot have a value in \(whatReturnsNone)", at: value.span,
            help: signature?.outputs.isEmpty == false
              ? "assign to the OUT argument, and write `RETURN;`" : "write `RETURN;`"))
      }
      emitEnd()
      return
    }
    guard let value else {
      report(
        Diagnostic(
          .invalidReturn, "`RETURN` needs a value in `\(signature.name)`", at: place,
          help: "it returns `\(signature.returnType.name(in: builder.program.types))`"))
      return
    }
    guard let result = self.value(of: value, as: signature.returnType) else { return }
    span = place
    emit(.finish(result.expression))
  }

  private var whatReturnsNone: String {
    guard let signature else { return "a DO block" }
    if signature.isProcedure { return "a procedure" }
    return signature.outputs.isEmpty
      ? "a function that returns void" : "a function with OUT arguments"
  }

  /// Whether the function's RETURN gives its value.
  func returnsValue(_ signature: FunctionSignature) -> Bool {
    !signature.isProcedure && signature.outputs.isEmpty && signature.returnType != .void
  }

  /// Ends a routine that RETURN gives no value: with its OUT argument, or nothing.
  func emitEnd() {
    emit(.finish(outputSlots.first.map { read($0) }))
  }
}
