import Store

/// Blocks, their exception handlers, and GET DIAGNOSTICS.
extension RoutineCompiler {
  /// `[DECLARE …] BEGIN … [EXCEPTION …] END`.
  ///
  /// The defaults of the declarations are evaluated outside the subtransaction, so the block's own
  /// handlers do not catch their errors.
  func compileBlock(_ block: BlockSyntax) {
    let openRecords = recordEntries.count
    if isWriter, block.handlers.isEmpty, block.declarations.isEmpty, block.label == nil {
      builder.report(
        Diagnostic(
          .blockForTransaction, "this `BEGIN` opens a block and no transaction",
          at: headOfBlock(block), help: "write `BEGIN;` and `COMMIT;` if one is meant"))
    }
    variables.enterBlock(label: block.label?.text)
    declare(block.declarations)
    let end = newLabel()
    if block.handlers.isEmpty {
      inBlock(block.label, hasHandlers: false, end: end) { compile(block.statements) }
      place(end)
    } else {
      compileHandledBlock(block, end: end)
    }
    variables.leaveBlock()
    for index in openRecords..<recordEntries.count { recordEntries[index].isOpen = false }
  }

  private func compileHandledBlock(_ block: BlockSyntax, end: Label) {
    span = headOfBlock(block)
    let index = routine.blocks.count
    routine.blocks.append(Routine.Block(handlers: [], isClient: isWriter))
    emit(.enterBlock(Int32(index)))
    inBlock(block.label, hasHandlers: true, end: end) { compile(block.statements) }
    span = block.span.atEnd
    emit(.leaveBlock)
    jump(to: end)
    var handlers: [Routine.Handler] = []
    for syntax in block.handlers {
      span = syntax.conditions.first?.span ?? syntax.span
      let target = labelHere()
      var handler = Routine.Handler(
        conditions: conditions(syntax.conditions), target: target.index)
      let outer = handlerFields
      handlerFields = []
      inBlock(block.label, hasHandlers: false, end: end) { compileHandler(syntax) }
      handler.fields = handlerFields
      handlerFields = outer
      handlers.append(handler)
      jump(to: end)
    }
    routine.blocks[index].handlers = handlers
    place(end)
  }

  /// A handler's statements, with SQLSTATE and SQLERRM as local variables.
  ///
  /// The machine puts every error that it hands to a handler into the same two slots. A handler that
  /// has handlers inside keeps copies of its own.
  private func compileHandler(_ syntax: ExceptionHandlerSyntax) {
    let outer = handler
    var slots = HandlerSlots.fixed
    if syntax.statements.contains(where: { $0.hasHandlers }) {
      slots = HandlerSlots(
        state: variables.temporary(.text), message: variables.temporary(.text))
      copy(HandlerSlots.fixed.state, to: slots.state)
      copy(HandlerSlots.fixed.message, to: slots.message)
    }
    handler = slots
    variables.enterBlock(label: nil)
    variables.declare(
      "sqlstate",
      as: .variable(VariableScope.Variable(slot: slots.state, type: .text, isConstant: true)))
    variables.declare(
      "sqlerrm",
      as: .variable(VariableScope.Variable(slot: slots.message, type: .text, isConstant: true)))
    compile(syntax.statements)
    variables.leaveBlock()
    handler = outer
  }

  /// The codes that a handler's conditions stand for; `nil` for OTHERS.
  private func conditions(_ syntax: [ConditionSyntax]) -> [SQLState]? {
    var states: [SQLState] = []
    var hasOthers = false
    for condition in syntax {
      if case .name(let name) = condition, name.text == "others" {
        hasOthers = true
      } else {
        states.append(contentsOf: self.states(of: condition))
      }
    }
    return hasOthers ? nil : states
  }

  /// The codes of a condition; none after a mistake.
  func states(of condition: ConditionSyntax) -> [SQLState] {
    switch condition {
    case .sqlstate(let code):
      if let state = SQLState(code.text) { return [state] }
      report(
        Diagnostic(
          .unknownCondition, "`\(code.text)` is no SQLSTATE", at: code.span,
          help: "a SQLSTATE is five digits or capital letters, as `23505`"))
      return []
    case .name(let name):
      let states = SQLState.conditions(named: name.text)
      if states.isEmpty {
        report(
          .misspelt(
            .unknownCondition, "there is no condition `\(name.text)`", at: name.span,
            name: name.text, among: SQLState.conditionNames + ["others"]))
      }
      return states
    }
  }

  private func inBlock(
    _ label: NameSyntax?, hasHandlers: Bool, end: Label, _ body: () -> Void
  ) {
    enclosures.append(
      Enclosure(kind: .block(hasHandlers: hasHandlers), label: label, end: end))
    body()
    enclosures.removeLast()
  }

  /// `BEGIN`, or the whole of a block that begins otherwise.
  private func headOfBlock(_ block: BlockSyntax) -> SourceSpan {
    let start = Int(block.span.start)
    let end = block.statements.first.map { max(start, Int($0.span.start)) }
    return SourceSpan(
      file: block.span.file, start: start, end: min(end ?? start, start + 5, Int(block.span.end)))
  }

  // MARK: GET DIAGNOSTICS

  /// `GET [STACKED] DIAGNOSTICS variable = item, …`.
  func compileGetDiagnostics(_ syntax: GetDiagnosticsSyntax, at place: SourceSpan) {
    if syntax.isStacked, handler == nil {
      report(
        Diagnostic(
          .misplacedStatement,
          "`GET STACKED DIAGNOSTICS` cannot be used outside an exception handler", at: place,
          help: "move it after `EXCEPTION WHEN … THEN`"))
      return
    }
    for item in syntax.items {
      guard let target = assignable(item.target, suggesting: .text) else { continue }
      guard let source = diagnosticsItem(item.item, isStacked: syntax.isStacked) else { continue }
      store(source, in: target, at: item.target.span)
    }
  }

  /// What the handled error names; the machine puts it into a slot of the handler's own.
  private func errorField(_ item: Routine.ErrorField.Item) -> TypedExpression {
    builder.errorFieldSpans.append(span)
    if let field = handlerFields.first(where: { $0.item == item }) {
      return typed(field.slot, .text)
    }
    let slot = variables.temporary(.text)
    handlerFields.append(Routine.ErrorField(item: item, slot: slot))
    return typed(slot, .text)
  }

  private func diagnosticsItem(_ item: NameSyntax, isStacked: Bool) -> TypedExpression? {
    if isStacked, let handler {
      switch item.text {
      case "returned_sqlstate": return typed(handler.state, .text)
      case "message_text": return typed(handler.message, .text)
      default:
        if let item = Routine.ErrorField.Item(rawValue: item.text) { return errorField(item) }
      }
    } else if item.text == "row_count" {
      return typed(Routine.Slot.rowCount, .bigint)
    }
    let known =
      isStacked
      ? ["returned_sqlstate", "message_text"]
        + Routine.ErrorField.Item.allCases.map(\.rawValue) : ["row_count"]
    var diagnostic = Diagnostic(
      .unsupportedClause, "diagnostics item `\(item.text)` is not simulated", at: item.span,
      help: "there \(known.count == 1 ? "is" : "are") " + known.joined(separator: ", "))
    if let best = didYouMean(item.text, among: known) {
      diagnostic.help = Diagnostic.Help(
        "did you mean `\(best)`?", replacement: Diagnostic.Replacement(best, at: item.span))
    }
    report(diagnostic)
    return nil
  }
}

extension ProceduralStatementSyntax {
  /// Whether there is a block with handlers in the statement.
  fileprivate var hasHandlers: Bool {
    switch kind {
    case .block(let block):
      !block.handlers.isEmpty || block.statements.contains { $0.hasHandlers }
    case .ifElse(let branches, let otherwise):
      (branches.flatMap(\.statements) + (otherwise ?? [])).contains { $0.hasHandlers }
    case .caseOf(_, let arms, let otherwise):
      (arms.flatMap(\.statements) + (otherwise ?? [])).contains { $0.hasHandlers }
    case .loop(let body), .whileLoop(_, let body), .forQuery(_, _, let body):
      body.contains { $0.hasHandlers }
    case .cursor(.loop(_, _, _, let body)): body.contains { $0.hasHandlers }
    case .forRange(let loop): loop.body.contains { $0.hasHandlers }
    case .sql, .declare, .assign, .exit, .next, .returnValue, .returnNext, .returnQuery, .raise,
      .assert, .perform, .getDiagnostics, .dynamic, .cursor, .null:
      false
    }
  }
}
