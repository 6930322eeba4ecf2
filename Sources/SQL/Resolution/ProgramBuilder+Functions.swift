import Store

/// What a function's body does, as its text tells; what it calls included.
struct FunctionTraits {
  /// Holds SQL statements or subqueries, or calls a function that must be called as a statement.
  var hasStatements = false
  var readsTables = false
  var readsClock = false
  var usesSequence = false
  /// Changes or locks rows, or the transaction.
  var changes = false
  /// Does what its caller can tell: raises, takes advisory locks.
  var hasEffects = false
}

// The heads of functions; what their bodies do.
extension ProgramBuilder {
  /// Compiles the bodies of the functions defined since the last call.
  package func compileBodies() {
    while compiledBodies < functions.count {
      let signature = functions[compiledBodies]
      compiledBodies += 1
      routineCompiler?(self, signature)
    }
  }

  /// Registers CREATE FUNCTION or CREATE PROCEDURE.
  func define(_ syntax: CreateFunctionSyntax, at span: SourceSpan) {
    guard checkSchema(of: syntax.name) else { return }
    guard var signature = head(of: syntax, at: span) else { return }
    let types = signature.parameters.map(\.type.withoutModifiers)
    let same = functions.firstIndex {
      $0.name == signature.name && $0.parameters.map(\.type.withoutModifiers) == types
    }
    let variables = signature.parameters.map {
      Routine.Variable(name: $0.name ?? "", type: $0.type)
    }
    if let same {
      guard syntax.orReplace else {
        report(
          Diagnostic(
            .duplicateName, "function `\(signature.name)` already exists with same argument types",
            at: syntax.name.span,
            labels: [.init("defined here", at: functions[same].syntax.name.span)]))
        return
      }
      signature.routine = functions[same].routine
      functions[same] = signature
      traitsCache = [:]
      program.routines[Int(signature.routine.index)].parameters = variables
      return
    }
    let kind: Routine.Kind =
      signature.isTrigger ? .trigger : syntax.isProcedure ? .procedure : .function
    var routine = Routine(name: signature.name, kind: kind, parameters: variables)
    routine.returnType = signature.returnType
    routine.volatility = signature.volatility
    routine.rowWidth = signature.returnsRows ? signature.rowColumns.count : nil
    signature.routine = RoutineID(program.routines.count)
    program.routines.append(routine)
    functions.append(signature)
    traitsCache = [:]
  }

  private func head(of syntax: CreateFunctionSyntax, at span: SourceSpan) -> FunctionSignature? {
    var signature = FunctionSignature(
      name: syntax.name.last.text, routine: RoutineID(0), syntax: syntax, span: span,
      parameters: [])
    var isSound = true
    for argument in syntax.arguments {
      guard argument.mode != .variadic else {
        report(
          Diagnostic(.unsupportedClause, "`VARIADIC` is not simulated", at: argument.span))
        return nil
      }
      guard let type = parameterType(argument.type, &signature) else {
        isSound = false
        continue
      }
      if argument.mode != .out || syntax.isProcedure && argument.mode != .out {
        signature.parameters.append(
          FunctionSignature.Parameter(
            name: argument.name?.text, type: type, defaultValue: argument.defaultValue))
      }
      if argument.mode != .in {
        let name = argument.name?.text ?? "column\(signature.outputs.count + 1)"
        signature.outputs.append(OutputColumn(name: name, type: type))
      }
    }
    guard isSound, resolveResult(syntax, &signature) else { return nil }
    return signature
  }

  /// A parameter's type; `unknown` for one that stands for the type of the argument.
  private func parameterType(
    _ syntax: TypeNameSyntax, _ signature: inout FunctionSignature
  ) -> DataType? {
    let polymorphic: Set<String> = [
      "anyelement", "anynonarray", "anyenum", "anycompatible", "anycompatiblenonarray",
    ]
    guard switchesTriggers, case .named(let name) = syntax.kind, syntax.arrayDimensions == 0,
      polymorphic.contains(name.last.text)
    else { return dataType(syntax) }
    signature.isPolymorphic = true
    return .unknown
  }

  private func resolveResult(
    _ syntax: CreateFunctionSyntax, _ signature: inout FunctionSignature
  ) -> Bool {
    switch syntax.result {
    case .none:
      switch signature.outputs.count {
      case 0: signature.returnType = .void
      case 1: signature.returnType = signature.outputs[0].type
      default: signature.returnType = .record
      }
    case .void: signature.returnType = .void
    case .trigger: signature.returnType = .trigger
    case .type(let type):
      signature.isSet = type.isSet
      if case .named(let name) = type.kind, type.arrayDimensions == 0,
        program.schema.table(named: name.last.text) != nil,
        DataType(named: name.last.text) == nil, let columns = rowType(name)
      {
        signature.outputs = columns
        signature.returnType = .record
        return true
      }
      guard let result = parameterType(type, &signature) else { return false }
      signature.returnType = result
    case .table(let columns):
      signature.isSet = true
      signature.returnType = .record
      for column in columns {
        guard let type = dataType(column.type) else { return false }
        signature.outputs.append(OutputColumn(name: column.name?.text ?? "", type: type))
      }
      if columns.count == 1 { signature.returnType = signature.outputs[0].type }
    }
    return true
  }

  // MARK: Traits

  /// Whether a call is evaluated in place, in the middle of an expression.
  package func isInline(_ signature: FunctionSignature) -> Bool {
    signature.volatility != .volatile || !traits(of: signature).hasStatements
  }

  func traits(of signature: FunctionSignature) -> FunctionTraits {
    let key = Int(signature.routine.index)
    if let known = traitsCache[key] { return known }
    // While a function that calls itself is looked at, the inner call adds nothing.
    traitsCache[key] = FunctionTraits()
    let traits = computeTraits(of: signature)
    traitsCache[key] = traits
    return traits
  }

  private func computeTraits(of signature: FunctionSignature) -> FunctionTraits {
    var traits = FunctionTraits()
    let walker = SyntaxWalker(
      query: { query in
        traits.hasStatements = true
        if !query.locking.isEmpty { traits.changes = true }
      },
      expression: { expression in self.add(expression, to: &traits) },
      statement: { statement in
        traits.hasStatements = true
        if case .select = statement.kind { return }
        traits.changes = true
      },
      from: { item in
        if case .table = item.kind { traits.readsTables = true }
      },
      procedural: { statement in
        switch statement.kind {
        case .dynamic, .cursor: traits.hasStatements = true
        case .forQuery(_, .dynamic, _), .returnQuery(.dynamic): traits.hasStatements = true
        case .raise: traits.hasEffects = true
        default: break
        }
      })
    if case .sql(let statements) = signature.syntax.body,
      let values = Self.computedValues(of: statements)
    {
      // A body that only computes something is like an expression (`inline_function` in clauses.c).
      for value in values { walker.walk(value) }
    } else {
      walker.walk(signature.syntax.body)
    }
    return traits
  }

  /// The outputs of a body that is one SELECT of nothing but values.
  private static func computedValues(of statements: [StatementSyntax]) -> [ExpressionSyntax]? {
    guard statements.count == 1, case .select(let query) = statements[0].kind,
      case .select(let select) = query.body, select.from.isEmpty, query.with.isEmpty,
      query.locking.isEmpty
    else { return nil }
    return select.targets.map(\.value) + [select.condition].compactMap { $0 }
  }

  private func add(_ expression: ExpressionSyntax, to traits: inout FunctionTraits) {
    switch expression.kind {
    case .keywordFunction: traits.readsClock = true
    case .call(let call):
      let name = call.name.last.text
      if name == "nextval" { traits.usesSequence = true }
      if LockFunction(named: name) != nil {
        traits.hasStatements = true
        traits.hasEffects = true
      }
      let clock = [
        "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "age",
        "current_timestamp", "current_date", "localtimestamp", "localtime",
      ]
      if clock.contains(name) { traits.readsClock = true }
      for called in functions where called.name == name {
        let inner = self.traits(of: called)
        traits.readsTables = traits.readsTables || inner.readsTables
        traits.readsClock = traits.readsClock || inner.readsClock
        traits.usesSequence = traits.usesSequence || inner.usesSequence
        traits.changes = traits.changes || inner.changes
        traits.hasEffects = traits.hasEffects || inner.hasEffects
        if called.volatility == .volatile, inner.hasStatements { traits.hasStatements = true }
      }
    case .cast(_, let type), .typedLiteral(let type, _):
      // The text might say 'now'.
      if case .named(let name) = type.kind,
        let group = DataType(named: name.last.text)?.group, group == .datetime
      {
        traits.readsClock = true
      }
    default: break
    }
  }
}
