package import Store

/// The entry points: functions, writers, the data block.
extension ProgramBuilder {
  /// Compiles all functions registered by `define`.
  ///
  /// Their heads are known, so that they may call each other.
  package func compileFunctions() {
    routineCompiler = { builder, signature in builder.compileBody(of: signature) }
    compileBodies()
    compileTriggers()
  }

  /// Compiles a writer's program.
  ///
  /// The parameters, which it reads as `:name`, become the first slots after the fixed ones.
  ///
  /// - Returns: `nil` where there are mistakes; they are in ``diagnostics``.
  package func compileWriter(
    name: String, parameters: [(NameSyntax, DataType)], program syntax: [ProceduralStatementSyntax]
  ) -> RoutineID? {
    compileProgram(
      name: name, parameters: parameters, syntax,
      span: syntax.first?.span ?? parameters.first?.0.span)
  }

  /// Compiles the data blocks into a routine that fills the tables.
  package func compileSetup(_ statements: [StatementSyntax]) -> RoutineID? {
    for statement in statements { checkSetup(statement) }
    return compileProgram(
      name: "data", parameters: [],
      statements.map { ProceduralStatementSyntax(.sql($0), at: $0.span) },
      span: statements.first?.span)
  }

  private func checkSetup(_ statement: StatementSyntax) {
    switch statement.kind {
    case .select, .insert, .update, .delete, .merge, .call, .anonymousBlock, .ignored: break
    default:
      report(
        Diagnostic(
          .misplacedStatement, "this statement cannot stand in a `data` block",
          at: statement.span, help: "it takes INSERT, UPDATE, DELETE and SELECT"))
    }
  }

  private func compileProgram(
    name: String, parameters: [(NameSyntax, DataType)], _ syntax: [ProceduralStatementSyntax],
    span: SourceSpan?
  ) -> RoutineID? {
    let errorsBefore = errorCount
    let id = newRoutine()
    let routine = Routine(
      name: name, kind: .writer,
      parameters: parameters.map { Routine.Variable(name: $0.0.text, type: $0.1) })
    let span = span ?? SourceSpan(file: 0, start: 0, end: 0)
    let compiler = RoutineCompiler(builder: self, routine: routine, label: nil, span: span)
    compiler.declareParameters(parameters)
    compiler.prepared = PrepareSyntax.all(in: syntax)
    compiler.compile(syntax)
    compiler.span = (syntax.last?.span ?? span).atEnd
    compiler.emit(.finish(nil))
    install(compiler, as: id)
    return errorCount == errorsBefore ? id : nil
  }

  /// Compiles the body of DO.
  func compileAnonymous(_ body: FunctionBodySyntax, at span: SourceSpan) -> RoutineID {
    let id = newRoutine()
    let routine = Routine(name: "DO", kind: .procedure, parameters: [])
    let compiler = RoutineCompiler(builder: self, routine: routine, label: nil, span: span)
    switch body {
    case .procedural(let block): compiler.compileBlock(block)
    case .sql(let statements): for statement in statements { compiler.compile(statement) }
    }
    compiler.span = span.atEnd
    compiler.emit(.finish(nil))
    install(compiler, as: id)
    return id
  }

  /// Whether a function runs texts, and is not compiled for certain arguments.
  private func needsConstants(_ signature: FunctionSignature) -> Bool {
    signature.constants == nil && !signature.isTrigger && isDynamic(signature)
  }

  func newRoutine() -> RoutineID {
    program.routines.append(Routine(name: "", kind: .procedure, parameters: []))
    return RoutineID(program.routines.count - 1)
  }

  /// Puts a compiled routine in its place.
  func install(_ compiler: RoutineCompiler, as id: RoutineID) {
    var routine = compiler.finish()
    routine.computeLiveness(in: program)
    compiler.warnOfUnfilledRecords(routine)
    while program.routines.count <= Int(id.index) { _ = newRoutine() }
    program.routines[Int(id.index)] = routine
  }

  var errorCount: Int { diagnostics.count { $0.severity == .error } }

  /// The type that an expression would have; mistakes in it are not reported.
  func quietType(of syntax: ExpressionSyntax, in scope: Scope) -> DataType? {
    let reported = diagnostics
    defer { diagnostics = reported }
    return expression(syntax, in: scope)?.type
  }

  // MARK: Functions

  private func compileBody(of signature: FunctionSignature) {
    let kind: Routine.Kind =
      signature.isTrigger ? .trigger : signature.isProcedure ? .procedure : .function
    var routine = Routine(
      name: signature.name, kind: kind,
      parameters: signature.parameters.enumerated().map { index, parameter in
        Routine.Variable(name: parameter.name ?? "$\(index + 1)", type: parameter.type)
      })
    routine.returnType = signature.returnType
    routine.volatility = signature.volatility
    routine.rowWidth = signature.returnsRows ? signature.rowColumns.count : nil
    let compiler = RoutineCompiler(
      builder: self, routine: routine, label: signature.name, signature: signature,
      span: signature.span)
    // What depends on a call's arguments is compiled for the calls.
    if signature.isPolymorphic || needsConstants(signature) { return }
    // A trigger's function can be called by its trigger only, and triggers are refused.
    if !signature.isTrigger, compiler.checkResult(of: signature) {
      compiler.declareArguments(of: signature)
      for setting in signature.syntax.settings {
        _ = compiler.isHarmless(setting, at: setting.name.span)
      }
      switch signature.syntax.body {
      case .procedural(let block): compiler.compileFunction(block, signature)
      case .sql(let statements): compiler.compileSQLFunction(statements, signature)
      }
    }
    compiler.emit(.finish(nil))
    install(compiler, as: signature.routine)
  }
}

extension RoutineCompiler {
  // MARK: Parameters

  /// Gives a writer's parameters their slots; their names are read with a colon only.
  fileprivate func declareParameters(_ parameters: [(NameSyntax, DataType)]) {
    variables.enterBlock(label: nil)
    for (name, type) in parameters {
      var variable = variables.declare(name.text, type: type)
      variable.isConstant = true
      variables.parameters[name.text] = variable
    }
    variables.leaveBlock()
  }

  /// Gives a function's arguments their slots, then the OUT arguments; `$1` names the first.
  fileprivate func declareArguments(of signature: FunctionSignature) {
    for (index, parameter) in signature.parameters.enumerated() {
      let name = parameter.name ?? "$\(index + 1)"
      if parameter.name != nil, variables.isDeclaredHere(name) {
        report(
          Diagnostic(
            .duplicateName, "argument `\(name)` is declared twice", at: signature.span,
            help: "give it another name"))
      }
      let variable = variables.declare(name, type: parameter.type)
      variables.positional.append(variable)
      if let value = signature.constants?[index] { constants[variable.slot] = value }
    }
    for output in signature.hasOutputVariables ? signature.outputs : [] {
      if let index = signature.parameters.firstIndex(where: { $0.name == output.name }) {
        outputSlots.append(variables.positional[index].slot)
      } else {
        let variable = variables.declare(output.name, type: output.type)
        assign(variable.slot, .null)
        outputSlots.append(variable.slot)
      }
    }
    guard signature.syntax.isStrict else { return }
    // A strict function's body does not run for NULL.
    for variable in variables.positional {
      let isThere = newLabel()
      jump(unless: expression([.slot(variable.slot), .isNull]), to: isThere)
      if signature.returnsRows, !signature.isSet {
        // One row of NULLs.
        emit(.returnNext(slotList(signature.rowColumns.map { _ in variable.slot })))
      }
      emit(.finish(constant(.null)))
      place(isThere)
    }
  }

  /// Refuses records whose shape nobody knows, and procedures with several results.
  fileprivate func checkResult(of signature: FunctionSignature) -> Bool {
    guard signature.returnType == .record else { return true }
    guard signature.outputs.isEmpty || signature.isProcedure else { return true }
    report(
      Diagnostic(
        .unsupportedFunction,
        "`\(signature.name)` returns "
          + (signature.isProcedure ? "several values" : "records of any shape")
          + ", which is not simulated", at: signature.span,
        help: signature.isProcedure
          ? "let it return one value" : "write `RETURNS TABLE (…)`"))
    return false
  }

  // MARK: Bodies

  fileprivate func compileFunction(_ block: BlockSyntax, _ signature: FunctionSignature) {
    compileBlock(block)
    span = block.span.atEnd
    if signature.returnsRows {
      endRows(signature)
    } else if returnsValue(signature) {
      raise(.functionExecutedNoReturn, "control reached end of function without RETURN")
    } else {
      emitEnd()
    }
  }

  /// `LANGUAGE sql`: the first row of the last statement is the result.
  fileprivate func compileSQLFunction(
    _ statements: [StatementSyntax], _ signature: FunctionSignature
  ) {
    variables.columnsWin = true
    let type = signature.outputs.first?.type ?? signature.returnType
    for (index, statement) in statements.enumerated() {
      span = statement.span
      withTemporaries {
        if index == statements.count - 1, signature.returnsRows {
          compileRowResult(statement, signature)
        } else if index == statements.count - 1, type != .void {
          compileResult(statement, type, signature)
        } else {
          compileDropped(statement)
        }
      }
    }
    if statements.isEmpty, type != .void || signature.returnsRows {
      refuseResult(signature, at: signature.span)
    }
  }

  /// A statement of a SQL function whose rows nobody sees.
  private func compileDropped(_ statement: StatementSyntax) {
    switch statement.kind {
    case .select(let query): compilePerform(query, at: statement.span)
    case .insert, .update, .delete, .merge, .truncate:
      guard let compiled = builder.statement(statement, in: scope) else { return }
      emit(compiled, into: .discard)
    default: compile(statement)
    }
  }

  /// The last statement: its rows are fetched like a loop's, because more than one is no error.
  private func compileResult(
    _ statement: StatementSyntax, _ type: DataType, _ signature: FunctionSignature
  ) {
    guard let compiled = builder.statement(statement, in: scope) else { return }
    guard compiled.columns.count == 1 else {
      refuseResult(signature, at: statement.span)
      return
    }
    let result = newTemporary(compiled.columns[0].type)
    guard
      let value = builder.assignmentCast(
        typed(result, compiled.columns[0].type), to: type, at: statement.span, isVariable: false)
    else { return }
    if compiled.kind == .select {
      emit(compiled, into: .slots(slotList([result]), isStrict: false))
    } else {
      let end = newLabel()
      emit(calls: compiled.facts.calls)
      emit(.openCursor(compiled.index))
      assign(result, .null)
      emit(.nextRow(into: slotList([result]), atEnd: end.index))
      emit(.closeCursor)
      place(end)
    }
    emit(.finish(value.expression))
  }

  func refuseResult(_ signature: FunctionSignature, at place: SourceSpan) {
    let type = signature.returnType.name(in: builder.program.types)
    report(
      Diagnostic(
        .invalidReturn, "the last statement of `\(signature.name)` must return one `\(type)`",
        at: place, help: "end with a `SELECT` of one column"))
  }
}
