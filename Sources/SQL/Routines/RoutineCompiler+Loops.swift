import Store

/// LOOP, WHILE, FOR, EXIT and CONTINUE.
extension RoutineCompiler {
  /// `LOOP … END LOOP`.
  func compileLoop(_ body: [ProceduralStatementSyntax], _ statement: ProceduralStatementSyntax) {
    warnIfEndless(body, statement)
    span = head(of: statement)
    let head = span
    let top = labelHere()
    let end = newLabel()
    inLoop(statement.label, next: top, end: end) { compile(body) }
    span = head
    jump(to: top)
    place(end)
  }

  /// `WHILE condition LOOP … END LOOP`.
  func compileWhile(
    _ condition: ExpressionSyntax, _ body: [ProceduralStatementSyntax], label: NameSyntax?
  ) {
    let top = labelHere()
    let end = newLabel()
    span = condition.span
    jump(unlessTrue: condition, to: end)
    inLoop(label, next: top, end: end) { compile(body) }
    span = condition.span
    jump(to: top)
    place(end)
  }

  /// `FOR i IN [REVERSE] low..high [BY step] LOOP … END LOOP`.
  ///
  /// The counter is kept apart from the variable, which the body may change, and is a `bigint`, so
  /// that it cannot overflow before it passes the bound.
  ///
  /// Source: `exec_stmt_fori` in pl_exec.c.
  func compileForRange(_ loop: ForRangeSyntax, label: NameSyntax?) {
    span = loop.variable.span.through(loop.step?.span ?? loop.high.span)
    let head = span
    let counter = newTemporary(.bigint)
    let bound = newTemporary(.bigint)
    let looped = newTemporary(.boolean)
    setBound(loop.low, counter, "lower bound of FOR loop cannot be null")
    setBound(loop.high, bound, "upper bound of FOR loop cannot be null")
    let step = stepOfRange(loop)
    assign(looped, .false)

    let top = labelHere()
    let next = newLabel()
    let end = newLabel()
    guard let isInside = comparison(loop.isReverse ? ">=" : "<=", counter, bound),
      let advance = arithmetic(loop.isReverse ? "-" : "+", counter, step)
    else { return }
    jump(unless: isInside, to: end)
    assign(looped, .true)
    variables.enterBlock(label: label?.text)
    let variable = variables.declare(loop.variable.text, type: .integer)
    copy(counter, to: variable.slot)
    inLoop(label, next: next, end: end) { compile(loop.body) }
    variables.leaveBlock()
    span = head
    place(next)
    emit(.assign(slot: counter, advance))
    jump(to: top)
    place(end)
    copy(looped, to: Routine.Slot.found)
  }

  /// Evaluates a bound of a range into a slot, as PostgreSQL does: as an `integer`, never NULL.
  private func setBound(_ syntax: ExpressionSyntax, _ slot: UInt16, _ message: String) {
    guard let value = value(of: syntax, as: .integer) else { return }
    emit(.assign(slot: slot, value.expression))
    if !isNeverNull(value.expression) { raiseIfNull(slot, .nullValueNotAllowed, message) }
  }

  /// The operations that give a range's step.
  private func stepOfRange(_ loop: ForRangeSyntax) -> Operation {
    guard let syntax = loop.step else { return .constant(Value(integer: 1)) }
    let step = newTemporary(.bigint)
    setBound(syntax, step, "BY value of FOR loop cannot be null")
    if let isPositive = comparison(">", step, .constant(Value(integer: 0))) {
      let isFine = newLabel()
      let isWrong = newLabel()
      jump(unless: isPositive, to: isWrong)
      jump(to: isFine)
      place(isWrong)
      raise(.invalidParameterValue, "BY value of FOR loop must be greater than zero")
      place(isFine)
    }
    return .slot(step)
  }

  private func comparison(_ symbol: String, _ left: UInt16, _ right: UInt16) -> Expression? {
    arithmetic(symbol, left, .slot(right))
  }

  private func comparison(_ symbol: String, _ left: UInt16, _ right: Operation) -> Expression? {
    arithmetic(symbol, left, right)
  }

  /// An operator between two `bigint`s.
  private func arithmetic(_ symbol: String, _ left: UInt16, _ right: Operation) -> Expression? {
    guard let function = Builtins.resolveOperator(symbol, .bigint, .bigint) else {
      report(
        Diagnostic(.unknownOperator, "there is no operator `\(symbol)` for `bigint`", at: span))
      return nil
    }
    return expression([
      .slot(left), right,
      .call(function: function.id, arguments: 2, isStrict: function.isStrict),
    ])
  }

  // MARK: Loops over rows

  /// `FOR target, … IN query LOOP … END LOOP`.
  ///
  /// The machine keeps the rows, so that the body may change what the query read. The targets are
  /// NULL if there is no row, and keep the last row after the loop.
  ///
  /// Source: `exec_for_query` in pl_exec.c.
  func compileForQuery(
    _ targets: [QualifiedNameSyntax], _ source: QuerySourceSyntax,
    _ body: [ProceduralStatementSyntax], label: NameSyntax?
  ) {
    span = (targets.first?.span).map { $0.through(source.span) } ?? source.span
    let head = span
    guard let opened = openRows(of: source) else {
      // The body is compiled all the same, to report what is wrong in it.
      variables.enterBlock(label: label?.text)
      inLoop(label, next: newLabel(), end: newLabel()) { compile(body) }
      variables.leaveBlock()
      return
    }
    variables.enterBlock(label: label?.text)
    guard let row = rowTargets(targets, columns: opened, isLoop: true) else {
      variables.leaveBlock()
      return
    }
    let looped = newTemporary(.boolean)
    for target in row.targets { assign(target.slot, .null) }
    assign(looped, .false)
    let top = labelHere()
    let end = newLabel()
    emit(.nextRow(into: slotList(row.received), atEnd: end.index))
    assign(looped, .true)
    storeRow(row)
    inLoop(label, hasCursor: true, next: top, end: end) { compile(body) }
    span = head
    jump(to: top)
    place(end)
    variables.leaveBlock()
    copy(looped, to: Routine.Slot.found)
  }

  private func openRows(of source: QuerySourceSyntax) -> [OutputColumn]? {
    withStatement(of: source) { openCursor($0) } ?? nil
  }

  /// Does something with the statement behind a loop's rows, with names meaning what they mean in it; `nil` after a
  /// mistake.
  func withStatement<Result>(
    of source: QuerySourceSyntax, _ body: (StatementSyntax) -> Result
  ) -> Result? {
    switch source {
    case .query(let query): return body(StatementSyntax(.select(query), at: query.span))
    case .statement(let statement): return body(statement)
    case .dynamic(let text, let values):
      guard let (statement, parameters) = dynamicStatement(text, values) else { return nil }
      return variables.hidingNames(positional: parameters) { body(statement) }
    }
  }

  // MARK: EXIT and CONTINUE

  /// `EXIT [label] [WHEN condition]`.
  func compileExit(
    _ label: NameSyntax?, _ condition: ExpressionSyntax?, _ statement: ProceduralStatementSyntax
  ) {
    guard let target = enclosure(named: label, isExit: true, at: statement.span) else { return }
    when(condition) {
      span = statement.span
      leave(through: target, closingIt: true)
      jump(to: enclosures[target].end)
    }
  }

  /// `CONTINUE [label] [WHEN condition]`.
  func compileNext(
    _ label: NameSyntax?, _ condition: ExpressionSyntax?, _ statement: ProceduralStatementSyntax
  ) {
    guard let target = enclosure(named: label, isExit: false, at: statement.span),
      case .loop(_, let next) = enclosures[target].kind
    else { return }
    when(condition) {
      span = statement.span
      leave(through: target, closingIt: false)
      jump(to: next)
    }
  }

  private func when(_ condition: ExpressionSyntax?, _ body: () -> Void) {
    guard let condition else {
      body()
      return
    }
    let skip = newLabel()
    span = condition.span
    jump(unlessTrue: condition, to: skip)
    body()
    place(skip)
  }

  /// Closes the loops and blocks inside an enclosure, innermost first, and perhaps itself.
  private func leave(through target: Int, closingIt: Bool) {
    for index in stride(from: enclosures.count - 1, through: target, by: -1)
    where index > target || closingIt {
      switch enclosures[index].kind {
      case .loop(let hasCursor, _): if hasCursor { emit(.closeCursor) }
      case .block(let hasHandlers): if hasHandlers { emit(.leaveBlock) }
      }
    }
  }

  /// The loop or block that EXIT or CONTINUE means.
  private func enclosure(named label: NameSyntax?, isExit: Bool, at place: SourceSpan) -> Int? {
    let keyword = isExit ? "EXIT" : "CONTINUE"
    guard let label else {
      let loop = enclosures.lastIndex { $0.isLoop }
      if loop == nil {
        report(
          Diagnostic(
            .unknownLabel,
            isExit
              ? "`EXIT` cannot be used outside a loop, unless it has a label"
              : "`CONTINUE` cannot be used outside a loop",
            at: place, help: "use `RETURN` to leave the program"))
      }
      return loop
    }
    guard let found = enclosures.lastIndex(where: { $0.label?.text == label.text }) else {
      let labels = enclosures.compactMap { $0.label?.text }
      report(
        .misspelt(
          .unknownLabel, "there is no label `\(label.text)` around this `\(keyword)`",
          at: label.span, name: label.text, among: labels))
      return nil
    }
    guard isExit || enclosures[found].isLoop else {
      report(
        Diagnostic(
          .unknownLabel, "block label `\(label.text)` cannot be used in `CONTINUE`",
          at: label.span, help: "use `EXIT` to leave the block"))
      return nil
    }
    return found
  }

  /// Compiles the body of a loop.
  func inLoop(
    _ label: NameSyntax?, hasCursor: Bool = false, next: Label, end: Label, _ body: () -> Void
  ) {
    enclosures.append(
      Enclosure(kind: .loop(hasCursor: hasCursor, next: next), label: label, end: end))
    body()
    enclosures.removeLast()
  }

  /// The first words of a statement that has others inside.
  func head(of statement: ProceduralStatementSyntax) -> SourceSpan {
    let start = Int(statement.span.start)
    let length = min(4, Int(statement.span.end) - start)
    return SourceSpan(file: statement.span.file, start: start, end: start + length)
  }

  private func warnIfEndless(
    _ body: [ProceduralStatementSyntax], _ statement: ProceduralStatementSyntax
  ) {
    guard !body.contains(where: { $0.mayLeaveOrStep }) else { return }
    var diagnostic = Diagnostic(
      .neverRuns, "this loop never ends: nothing in it leaves it", at: head(of: statement),
      help: "add `EXIT WHEN …`")
    diagnostic.severity = .warning
    report(diagnostic)
  }
}

extension QuerySourceSyntax {
  var span: SourceSpan {
    switch self {
    case .query(let query): query.span
    case .statement(let statement): statement.span
    case .dynamic(let text, _): text.span
    }
  }
}

extension Enclosure {
  var isLoop: Bool {
    if case .loop = kind { return true }
    return false
  }
}

extension ProceduralStatementSyntax {
  /// Whether the statement might leave a loop around it, or does something at the database.
  fileprivate var mayLeaveOrStep: Bool {
    switch kind {
    case .sql, .dynamic, .cursor, .exit, .returnValue, .returnQuery, .raise, .perform, .assert: true
    case .block(let block):
      (block.statements + block.handlers.flatMap(\.statements)).contains { $0.mayLeaveOrStep }
    case .ifElse(let branches, let otherwise):
      (branches.flatMap(\.statements) + (otherwise ?? [])).contains { $0.mayLeaveOrStep }
    case .caseOf(_, let arms, let otherwise):
      // Without ELSE it may fail, which leaves the loop too.
      otherwise == nil
        || (arms.flatMap(\.statements) + (otherwise ?? [])).contains { $0.mayLeaveOrStep }
    case .loop(let body), .whileLoop(_, let body): body.contains { $0.mayLeaveOrStep }
    case .forRange(let loop): loop.body.contains { $0.mayLeaveOrStep }
    case .forQuery: true
    case .assign: true
    case .declare, .next, .returnNext, .getDiagnostics, .null: false
    }
  }
}
