import Store

/// PREPARE, EXECUTE and DEALLOCATE.
///
/// A prepared statement is compiled anew by each EXECUTE, with the arguments in temporaries; whether it is prepared when
/// the EXECUTE runs, and which statement of that name, is part of the session's state.
extension RoutineCompiler {
  func compilePrepared(_ statement: StatementSyntax) {
    guard isWriter else {
      report(
        Diagnostic(
          .unsupportedDynamicSQL, "dynamic SQL is not simulated", at: statement.span,
          help: "write the statement itself"))
      return
    }
    switch statement.kind {
    case .prepare(let syntax):
      if !prepared.contains(syntax) { prepared.append(syntax) }
      let index = prepared.firstIndex(of: syntax) ?? 0
      emit(
        builder.utility(analysis(of: syntax), at: statement.span),
        then: .prepare(Value(text: syntax.name.text), Int32(index)))
    case .deallocate(let name):
      emit(
        builder.utility(.none, at: statement.span),
        then: .deallocate(name.map { Value(text: $0.text) } ?? .null))
    case .execute(let name, let arguments): compileExecute(name, arguments, statement)
    default: break
    }
  }

  private func emit(_ utility: CompiledStatement, then instruction: Instruction) {
    markedAsClient {
      emit(.statement(utility.index, .discard))
      emit(instruction)
    }
  }

  /// The statement whose tables PREPARE locks; none that has parameters without types.
  private func analysis(of syntax: PrepareSyntax) -> Statement.Utility {
    let outer = variables.positional
    defer { variables.positional = outer }
    variables.positional = []
    for type in syntax.types {
      guard let type = builder.dataType(type) else { return .none }
      variables.positional.append(
        VariableScope.Variable(slot: newTemporary(type), type: type, isConstant: true))
    }
    guard syntax.parameterCount <= syntax.types.count,
      let compiled = builder.statement(syntax.statement, in: scope)
    else { return .none }
    return .analysis(of: compiled.index)
  }

  private func compileExecute(
    _ name: NameSyntax, _ arguments: [ExpressionSyntax], _ statement: StatementSyntax
  ) {
    let candidates = prepared.indices.filter { prepared[$0].name.text == name.text }
    guard !candidates.isEmpty else {
      report(
        .misspelt(
          .unknownFunction, "there is no prepared statement `\(name.text)`",
          at: name.span, name: name.text, among: prepared.map(\.name.text)))
      return
    }
    let end = newLabel()
    for index in candidates {
      let next = newLabel()
      emit(.jumpUnlessPrepared(Value(text: name.text), Int32(index), next.index))
      compile(prepared[index], arguments, statement)
      jump(to: end)
      place(next)
    }
    span = statement.span
    // There is none of that name by now, so that this is the error that says so.
    markedAsClient { emit(.deallocate(Value(text: name.text))) }
    place(end)
  }

  private func compile(
    _ syntax: PrepareSyntax, _ arguments: [ExpressionSyntax], _ statement: StatementSyntax
  ) {
    guard syntax.types.isEmpty || syntax.types.count == arguments.count else {
      report(
        Diagnostic(
          .wrongArgumentCount,
          "prepared statement `\(syntax.name.text)` takes \(syntax.types.count) arguments, not "
            + "\(arguments.count)", at: statement.span, help: "give one for each type"))
      return
    }
    var positional: [VariableScope.Variable] = []
    for (index, argument) in arguments.enumerated() {
      let type = index < syntax.types.count ? builder.dataType(syntax.types[index]) : nil
      guard let value = value(of: argument, as: type) else { return }
      let held = value.type == .unknown ? DataType.text : value.type
      let slot = newTemporary(held)
      emit(.assign(slot: slot, value.expression))
      positional.append(VariableScope.Variable(slot: slot, type: held, isConstant: true))
    }
    let outer = variables.positional
    variables.positional = positional
    var inner = syntax.statement
    inner.into = statement.into
    compile(inner)
    variables.positional = outer
  }
}

extension PrepareSyntax {
  /// The greatest number of a parameter.
  var parameterCount: Int {
    var greatest = 0
    SyntaxWalker(expression: { expression in
      if case .positional(let number) = expression.kind { greatest = max(greatest, number) }
    }).walk(statement)
    return greatest
  }

  /// All that a client's statements prepare, in the order of the text.
  static func all(in statements: [StatementSyntax]) -> [PrepareSyntax] {
    all { walker in for statement in statements { walker.walk(statement) } }
  }

  static func all(in statements: [ProceduralStatementSyntax]) -> [PrepareSyntax] {
    all { $0.walk(statements) }
  }

  private static func all(_ walk: (SyntaxWalker) -> Void) -> [PrepareSyntax] {
    var found: [PrepareSyntax] = []
    walk(
      SyntaxWalker(statement: { statement in
        if case .prepare(let syntax) = statement.kind { found.append(syntax) }
      }))
    return found
  }
}
