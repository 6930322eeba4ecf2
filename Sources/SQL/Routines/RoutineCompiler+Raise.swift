import Store

/// RAISE and ASSERT.
extension RoutineCompiler {
  /// `RAISE` in all its forms.
  ///
  /// Source: `exec_stmt_raise` in pl_exec.c, `check_raise_parameters` in pl_gram.y.
  func compileRaise(_ syntax: RaiseSyntax, at place: SourceSpan) {
    if case .again = syntax.subject {
      compileReraise(at: place)
      return
    }
    refuseRepeatedOptions(syntax)
    var code = code(of: syntax)
    var message: ExpressionSyntax?
    var condition: SQLState?
    var isOption = false
    switch syntax.subject {
    case .again, .options: break
    case .format(let format, let arguments):
      guard let composed = self.message(format, arguments) else { return }
      message = composed
    case .condition(let named):
      let states = states(of: named)
      guard let state = states.first else { return }
      condition = state
      message = text(Self.name(of: named), at: named.span)
    }
    for option in syntax.options {
      switch option.name {
      case .message:
        message = option.value
        isOption = true
      case .column, .constraint, .table: builder.losesErrorFields = true
      case .errcode, .detail, .hint, .datatype, .schema: break
      }
    }
    if code.state == nil { code.state = condition }
    let level = Self.level(syntax.level)
    let fallback = message ?? code.name ?? text((code.state ?? .raiseException).code, at: place)
    guard let value = value(of: castToText(fallback), as: .text) else { return }
    span = place
    let text = isOption ? refusingNull(value) : value
    raise(
      Routine.Raise(
        level: level, message: text.expression, state: code.state ?? .raiseException,
        stateExpression: code.expression))
  }

  private func compileReraise(at place: SourceSpan) {
    guard let handler else {
      report(
        Diagnostic(
          .misplacedStatement,
          "`RAISE` without parameters cannot be used outside an exception handler", at: place,
          help: "say what to raise, as in `RAISE EXCEPTION 'message'`"))
      return
    }
    if handler.state != HandlerSlots.fixed.state {
      copy(handler.state, to: HandlerSlots.fixed.state)
      copy(handler.message, to: HandlerSlots.fixed.message)
    }
    builder.losesErrorFields = true
    emit(.reraise)
  }

  /// USING options must not be NULL.
  private func refusingNull(_ value: TypedExpression) -> TypedExpression {
    let slot = newTemporary(.text)
    emit(.assign(slot: slot, value.expression))
    raiseIfNull(slot, .nullValueNotAllowed, "RAISE statement option cannot be null")
    return typed(slot, .text)
  }

  private static func level(_ level: RaiseSyntax.Level) -> Routine.RaiseLevel {
    switch level {
    case .debug: .debug
    case .log: .log
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .exception: .exception
    }
  }

  private static func name(of condition: ConditionSyntax) -> String {
    switch condition {
    case .name(let name): name.text
    case .sqlstate(let code): code.text
    }
  }

  private func refuseRepeatedOptions(_ syntax: RaiseSyntax) {
    var seen: [RaiseSyntax.Option.Name] = []
    if case .format = syntax.subject { seen.append(.message) }
    if case .condition = syntax.subject { seen.append(.errcode) }
    for option in syntax.options {
      if seen.contains(option.name) {
        report(
          Diagnostic(
            .syntaxError,
            "RAISE option already specified: \(option.name.rawValue.uppercased())",
            at: option.value.span, help: "give it once"))
      }
      seen.append(option.name)
    }
  }

  // MARK: ERRCODE

  private struct Code {
    var state: SQLState?
    /// The code as written, which is the message if there is no other.
    var name: ExpressionSyntax?
    var expression: Expression?
  }

  /// What `USING ERRCODE = …` says: a constant is looked up now.
  private func code(of syntax: RaiseSyntax) -> Code {
    guard let option = syntax.options.first(where: { $0.name == .errcode }) else { return Code() }
    guard case .string(let name) = option.value.kind else {
      guard let value = value(of: castToText(option.value), as: .text) else { return Code() }
      return Code(name: option.value, expression: refusingNull(value).expression)
    }
    if let state = SQLState.conditions(named: name).first ?? SQLState(name) {
      return Code(state: state, name: option.value)
    }
    report(
      .misspelt(
        .unknownCondition, "there is no condition `\(name)`", at: option.value.span, name: name,
        among: SQLState.conditionNames))
    return Code()
  }

  // MARK: The message

  /// The text that a format and its arguments make, as one expression: each `%` stands for the next
  /// argument, `<NULL>` if it is NULL, and `%%` for a percent sign.
  private func message(
    _ format: StringSyntax, _ arguments: [ExpressionSyntax]
  ) -> ExpressionSyntax? {
    var pieces: [ExpressionSyntax] = []
    var literal = ""
    var used = 0
    var characters = format.text.unicodeScalars.makeIterator()
    var current = characters.next()
    while let scalar = current {
      current = characters.next()
      guard scalar == "%" else {
        literal.unicodeScalars.append(scalar)
        continue
      }
      if current == "%" {
        literal += "%"
        current = characters.next()
      } else if used < arguments.count {
        pieces.append(text(literal, at: format.span))
        pieces.append(printed(arguments[used]))
        literal = ""
        used += 1
      } else {
        used += 1
      }
    }
    guard used == arguments.count else {
      let problem = used < arguments.count ? "too many" : "too few"
      report(
        Diagnostic(
          .wrongArgumentCount, "\(problem) parameters specified for RAISE", at: format.span,
          caption: "\(used) placeholder\(used == 1 ? "" : "s"), \(arguments.count) given",
          help: "each `%` takes one parameter; write `%%` for a percent sign"))
      return nil
    }
    pieces.append(text(literal, at: format.span))
    return concatenation(pieces.filter { !$0.isEmptyText }, at: format.span)
  }

  private func concatenation(_ pieces: [ExpressionSyntax], at span: SourceSpan) -> ExpressionSyntax
  {
    guard var result = pieces.first else { return text("", at: span) }
    for piece in pieces.dropFirst() {
      result = ExpressionSyntax(
        .binary(.concatenate, castToText(result), piece), at: result.span.through(piece.span))
    }
    return result
  }

  /// An argument as its type's output function prints it.
  ///
  /// The output of a boolean is `t` or `f`, while its cast to text gives the whole word.
  private func printed(_ argument: ExpressionSyntax) -> ExpressionSyntax {
    let place = argument.span
    var value = castToText(argument)
    if builder.quietType(of: argument, in: scope) == .boolean,
      let boolean = self.value(of: argument)
    {
      let variable = hiddenVariable(boolean, at: place)
      value = ExpressionSyntax(
        .caseWhen(
          operand: nil,
          branches: [
            CaseBranchSyntax(condition: variable, result: text("t", at: place)),
            CaseBranchSyntax(
              condition: ExpressionSyntax(.not(variable), at: place), result: text("f", at: place)),
          ], otherwise: nil), at: place)
    }
    return ExpressionSyntax(.coalesce([value, text("<NULL>", at: place)]), at: place)
  }

  func text(_ text: String, at span: SourceSpan) -> ExpressionSyntax {
    ExpressionSyntax(.string(text), at: span)
  }

  // MARK: ASSERT

  /// `ASSERT condition [, message]`.
  func compileAssert(
    _ condition: ExpressionSyntax, _ message: ExpressionSyntax?, at place: SourceSpan
  ) {
    let fails = newLabel()
    let holds = newLabel()
    jump(unlessTrue: condition, to: fails)
    jump(to: holds)
    self.place(fails)
    if let message {
      if let value = value(of: castToText(message), as: .text) {
        let slot = newTemporary(.text)
        emit(.assign(slot: slot, value.expression))
        let isThere = newLabel()
        jump(unless: expression([.slot(slot), .isNull]), to: isThere)
        assign(slot, Value(text: "assertion failed"))
        self.place(isThere)
        raise(Routine.Raise(level: .exception, message: read(slot), state: .assertFailure))
      }
    } else {
      raise(.assertFailure, "assertion failed")
    }
    self.place(holds)
  }
}

extension ExpressionSyntax {
  fileprivate var isEmptyText: Bool {
    if case .string("") = kind { return true }
    return false
  }
}
