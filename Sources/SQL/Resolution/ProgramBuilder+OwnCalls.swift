import Store

// Calls of the scenario's own functions and procedures.
extension ProgramBuilder {
  /// Resolves `CALL name(…)`, or a function that is called as a statement of its own.
  package func call(_ syntax: FunctionCallSyntax, at span: SourceSpan, in scope: Scope)
    -> ResolvedCall?
  {
    let context = StatementContext(takesParts: false)
    var scope = scope
    scope.statement = context
    guard checkSchema(of: syntax.name) else { return nil }
    guard let (signature, arguments) = chosen(syntax, scope) else { return nil }
    var facts = Facts()
    for argument in arguments { facts.add(self.facts(of: argument.code)) }
    facts.calls = context.calls
    guard checkTouches(context, facts, scope, at: span) else { return nil }
    return ResolvedCall(
      function: signature, arguments: commit(arguments: arguments), facts: facts)
  }

  /// A call in an expression: evaluated in place, or hoisted before the statement.
  func ownCall(_ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope) -> Typed? {
    guard let (signature, arguments) = chosen(call, scope) else { return nil }
    guard isCallable(signature, call.name) else { return nil }
    let traits = self.traits(of: signature)
    let isInline = signature.volatility != .volatile || !traits.hasStatements
    if isInline || isReadInPlace(signature, arguments, traits, scope) {
      var code = Code()
      for argument in arguments { code.append(argument.code) }
      code.append(
        .routine(signature.routine.index, arguments: UInt8(clamping: arguments.count)), at: span)
      if traits.readsTables { touchDatabase(scope, at: span) }
      return Typed(code, signature.returnType, at: span)
    }
    return hoisted(signature, arguments, call.name, at: span, scope)
  }

  /// Whether an isolation spec's VOLATILE function, which only reads, is called in place: where a call before the
  /// statement would not do.
  private func isReadInPlace(
    _ signature: FunctionSignature, _ arguments: [Typed], _ traits: FunctionTraits, _ scope: Scope
  ) -> Bool {
    switchesTriggers && !traits.changes && hoistingRefusal(arguments, scope) != nil
  }

  private func hoisted(
    _ signature: FunctionSignature, _ arguments: [Typed], _ name: QualifiedNameSyntax,
    at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    guard let (context, variables) = hoistingPlace(signature, arguments, name, scope) else {
      return nil
    }
    let slot = variables.temporary(signature.returnType)
    context.calls.append(
      HoistedCall(
        routine: signature.routine, arguments: commit(arguments: arguments), slot: slot,
        span: span))
    touchDatabase(scope, at: span)
    return Typed(.slot(slot), signature.returnType, at: span)
  }

  /// The same for a function that returns rows: they are the n-th result of the statement.
  func hoistedRows(
    _ signature: FunctionSignature, _ arguments: [Typed], _ name: QualifiedNameSyntax,
    at span: SourceSpan, _ scope: Scope
  ) -> Relation.Source? {
    guard let (context, _) = hoistingPlace(signature, arguments, name, scope) else { return nil }
    context.calls.append(
      HoistedCall(
        routine: signature.routine, arguments: commit(arguments: arguments), slot: nil,
        span: span))
    touchDatabase(scope, at: span)
    context.resultCount += 1
    return .result(context.resultCount - 1)
  }

  /// Where a call before the statement is noted; reports where it would not be evaluated exactly once.
  private func hoistingPlace(
    _ signature: FunctionSignature, _ arguments: [Typed], _ name: QualifiedNameSyntax,
    _ scope: Scope
  ) -> (StatementContext, VariableScope)? {
    let reason = hoistingRefusal(arguments, scope)
    guard reason == nil, let context = scope.statement, let variables = scope.variables else {
      report(
        Diagnostic(
          .unsupportedClause, "the VOLATILE function `\(signature.name)` cannot be called here",
          at: name.span, caption: reason ?? "it may write",
          help: scope.variables == nil
            ? "declare it STABLE or IMMUTABLE if it only reads"
            : "call it before and keep the result: `v := \(signature.name)(…)`"))
      return nil
    }
    return (context, variables)
  }

  /// Why a call cannot be made once, before the statement.
  private func hoistingRefusal(_ arguments: [Typed], _ scope: Scope) -> String? {
    var reason = scope.callRefusal
    for argument in arguments where reason == nil {
      let facts = facts(of: argument.code)
      if facts.readsTables { reason = "its arguments read a table" }
      if facts.callsLocks { reason = "its arguments take advisory locks" }
      visitColumns(of: argument.code) { _, _ in reason = "its arguments are columns" }
    }
    return reason
  }

  private func isCallable(_ signature: FunctionSignature, _ name: QualifiedNameSyntax) -> Bool {
    let message: String
    var help: String?
    if signature.isProcedure {
      message = "`\(signature.name)` is a procedure"
      help = "use CALL"
    } else if signature.isTrigger {
      message = "the trigger function `\(signature.name)` cannot be called"
    } else if signature.isSet {
      message = "the set-returning function `\(signature.name)` cannot be called here"
      help = "call it in FROM"
    } else if signature.returnType == .record {
      message = "`\(signature.name)` returns a record, which cannot be a value"
      help = "call it in FROM"
    } else {
      return true
    }
    report(
      Diagnostic(
        .unsupportedFunction, message, at: name.span, help: help.map { Diagnostic.Help($0) }))
    return false
  }

  // MARK: Choosing

  /// The function that a call means, and its arguments, converted, with defaults.
  func chosen(
    _ call: FunctionCallSyntax, _ scope: Scope
  ) -> (FunctionSignature, [Typed])? {
    let arguments = call.arguments.map { resolve($0.value, scope) }
    let sound = arguments.compactMap { $0 }
    guard sound.count == arguments.count else { return nil }
    let named = functions.filter { $0.name == call.name.last.text && $0.constants == nil }
    let matches = named.compactMap { signature in
      placement(of: call, in: signature).map { (signature, $0) }
    }
    var best: [(signature: FunctionSignature, places: [Int?], score: Int)] = []
    for (signature, places) in matches {
      guard let score = score(sound, places, signature) else { continue }
      if let first = best.first, score < first.score { continue }
      if let first = best.first, score > first.score { best = [] }
      best.append((signature, places, score))
    }
    guard let match = best.first, best.count == 1 else {
      report(mismatch(call, sound, named, isAmbiguous: best.count > 1))
      return nil
    }
    let signature = match.signature.concrete(sound, match.places)
    guard let arguments = placed(sound, match.places, signature, call) else { return nil }
    guard match.signature.isPolymorphic || isDynamic(match.signature) else {
      return (signature, arguments)
    }
    return (instance(of: signature, arguments), arguments)
  }

  /// For each parameter, the argument that it gets; `nil` in it for the default.
  private func placement(of call: FunctionCallSyntax, in signature: FunctionSignature) -> [Int?]? {
    var places = [Int?](repeating: nil, count: signature.parameters.count)
    for (index, argument) in call.arguments.enumerated() {
      var place = index
      if let name = argument.name {
        guard let found = signature.parameters.firstIndex(where: { $0.name == name.text }) else {
          return nil
        }
        place = found
      }
      guard places.indices.contains(place), places[place] == nil else { return nil }
      places[place] = index
    }
    for (place, parameter) in zip(places, signature.parameters) {
      if place == nil, parameter.defaultValue == nil { return nil }
    }
    return places
  }

  /// How many arguments fit exactly; `nil` if one does not fit at all.
  private func score(
    _ arguments: [Typed], _ places: [Int?], _ signature: FunctionSignature
  ) -> Int? {
    var score = 0
    for (place, parameter) in zip(places, signature.parameters) {
      guard let place else { continue }
      let type = arguments[place].type
      // It stands for whatever type is given.
      if signature.isPolymorphic, parameter.type == .unknown { continue }
      guard Casts.canCast(from: type, to: parameter.type, context: .implicit) else { return nil }
      if type.withoutModifiers == parameter.type.withoutModifiers { score += 2 }
      if type == .unknown, parameter.type.group == .string { score += 1 }
    }
    return score
  }

  /// The arguments in the order of the parameters, converted, defaults filled in.
  private func placed(
    _ arguments: [Typed], _ places: [Int?], _ signature: FunctionSignature,
    _ call: FunctionCallSyntax
  ) -> [Typed]? {
    var result: [Typed] = []
    for (place, parameter) in zip(places, signature.parameters) {
      var typed: Typed?
      if let place {
        typed = arguments[place]
      } else if let value = parameter.defaultValue {
        typed = resolve(value, Scope(access: .database)).map {
          Typed($0.code, $0.type, at: call.name.span)
        }
      }
      guard let typed else { return nil }
      // A parameter has no modifiers: `varchar(3)` takes any length.
      let type = parameter.type.withoutModifiers
      guard let cast = converted(typed, to: type, .assignment) else {
        report(unknownFunction(call.name, arguments.map(\.type)))
        return nil
      }
      result.append(cast)
    }
    return result
  }

  private func mismatch(
    _ call: FunctionCallSyntax, _ arguments: [Typed], _ named: [FunctionSignature],
    isAmbiguous: Bool
  ) -> Diagnostic {
    let types = arguments.map { name($0.type) }.joined(separator: ", ")
    let text = call.name.last.text
    if isAmbiguous {
      return Diagnostic(
        .ambiguousName, "function `\(text)(\(types))` is not unique", at: call.name.span,
        help: "cast the arguments")
    }
    guard let first = named.first else { return unknownFunction(call.name, arguments.map(\.type)) }
    let takes = first.parameters.map { parameter in
      (parameter.name.map { "\($0) " } ?? "") + name(parameter.type)
    }.joined(separator: ", ")
    let isCountWrong = named.allSatisfy { $0.parameters.count != arguments.count }
    var diagnostic = Diagnostic(
      isCountWrong ? .wrongArgumentCount : .unknownFunction,
      "no function `\(text)(\(types))`", at: call.name.span)
    diagnostic.labels = [
      .init("`\(text)` takes (\(takes))", at: first.syntax.name.span)
    ]
    return diagnostic
  }
}

// Functions that are compiled for the arguments of their calls.
extension ProgramBuilder {
  /// Whether a function runs texts, which constants of the call may be part of.
  func isDynamic(_ signature: FunctionSignature) -> Bool {
    guard switchesTriggers else { return false }
    var isDynamic = false
    SyntaxWalker(procedural: { statement in
      switch statement.kind {
      case .dynamic, .forQuery(_, .dynamic, _), .returnQuery(.dynamic): isDynamic = true
      default: break
      }
    }).walk(signature.syntax.body)
    return isDynamic
  }

  /// The function compiled for types and constants of a call.
  private func instance(
    of signature: FunctionSignature, _ arguments: [Typed]
  ) -> FunctionSignature {
    var result = signature
    var constants: [Int: Value] = [:]
    let assigned = assignedNames(in: signature.syntax.body)
    for (index, argument) in arguments.enumerated() {
      guard let value = argument.code.constant,
        !(signature.parameters[index].name.map { assigned.contains($0) } ?? false)
      else { continue }
      constants[index] = value
    }
    result.constants = constants
    result.isPolymorphic = false
    let same = functions.first {
      $0.constants == constants && $0.name == signature.name && $0.span == signature.span
        && $0.parameters.map(\.type) == signature.parameters.map(\.type)
    }
    if let same { return same }
    var routine = Routine(
      name: signature.name, kind: .function,
      parameters: signature.parameters.map { Routine.Variable(name: $0.name ?? "", type: $0.type) })
    routine.returnType = signature.returnType
    routine.volatility = signature.volatility
    result.routine = RoutineID(program.routines.count)
    program.routines.append(routine)
    functions.append(result)
    compileBodies()
    return result
  }

  /// The names that a body assigns to.
  private func assignedNames(in body: FunctionBodySyntax) -> Set<String> {
    var names: Set<String> = []
    SyntaxWalker(
      statement: { statement in
        names.formUnion(statement.into?.targets.map(\.last.text) ?? [])
      },
      procedural: { statement in
        switch statement.kind {
        case .assign(let name, _): names.insert(name.parts[0].text)
        case .dynamic(_, let into?, _): names.formUnion(into.targets.map(\.last.text))
        case .forQuery(let targets, _, _): names.formUnion(targets.map(\.last.text))
        case .cursor(.fetch(_, let into?)): names.formUnion(into.targets.map(\.last.text))
        case .getDiagnostics: names.insert("")
        default: break
        }
      }
    ).walk(body)
    return names
  }
}

extension FunctionSignature {
  /// The signature with the types of arguments in place of those that stand for them.
  fileprivate func concrete(_ arguments: [Typed], _ places: [Int?]) -> FunctionSignature {
    guard isPolymorphic else { return self }
    var result = self
    var type = DataType.text
    for (place, parameter) in zip(places, parameters).reversed() where parameter.type == .unknown {
      guard let place, arguments[place].type != .unknown else { continue }
      type = arguments[place].type.withoutModifiers
    }
    for index in result.parameters.indices where result.parameters[index].type == .unknown {
      result.parameters[index].type = type
    }
    if result.returnType == .unknown { result.returnType = type }
    return result
  }
}
