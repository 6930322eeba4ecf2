import Store

// Arrays: ARRAY[…], subscripts, functions and operators on them.
extension ProgramBuilder {
  /// The functions of arrays by their names; those that begin with `$` stand for syntax.
  static let arrayFunctions: [String: ArrayFunction] = [
    "$element": .element, "$slice": .slice, "$assign": .assign, "$looped": .looped,
    "array_length": .length, "array_lower": .lower, "array_upper": .upper,
    "array_ndims": .dimensions, "cardinality": .cardinality, "array_append": .append,
    "array_prepend": .prepend, "array_cat": .concatenate, "array_remove": .remove,
    "array_replace": .replace, "array_position": .position, "array_positions": .positions,
    "$elements": .jsonElements, "$texts": .jsonElementTexts, "jsonb_set": .jsonSet,
    "array_to_string": .join, "string_to_array": .split, "trim_array": .trim,
  ]

  /// The type of an array; reports elements of which there are none.
  func arrayType(of element: DataType, at span: SourceSpan) -> DataType? {
    switch element.kind {
    case .array, .void, .record, .trigger, .unknown, .doublePrecision:
      report(
        Diagnostic(
          .unsupportedType, "arrays of `\(name(element))` are not simulated", at: span,
          help: "use a table with a row for each element"))
      return nil
    default: return .array(of: element)
    }
  }

  // MARK: Making arrays

  /// `ARRAY[…]`, whose elements agree on a type.
  func array(_ items: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope) -> Typed? {
    guard !items.isEmpty else {
      report(
        Diagnostic(
          .typeMismatch, "cannot determine type of empty array", at: span,
          help: "say what it is of: `ARRAY[]::integer[]`"))
      return nil
    }
    let resolved = items.compactMap { resolve($0, scope) }
    guard resolved.count == items.count, let (values, type) = unified(resolved, in: "ARRAY"),
      let array = arrayType(of: type, at: span)
    else { return nil }
    return call(.make, values, array, at: span)
  }

  /// `ARRAY[…]::type[]`: each element is cast.
  func array(
    _ items: [ExpressionSyntax], of type: DataType, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var values: [Typed] = []
    for item in items {
      guard let typed = resolve(item, scope) else { return nil }
      guard let value = converted(typed, to: type, .explicit) else {
        report(
          Diagnostic(
            .typeMismatch, "cannot cast type `\(name(typed.type))` to `\(name(type))`",
            at: item.span))
        return nil
      }
      values.append(value)
    }
    return call(.make, values, .array(of: type), at: span)
  }

  /// `ARRAY(query)`: what `array_agg` collects of its rows, or an empty array.
  static func collected(_ query: QuerySyntax, at span: SourceSpan) -> ExpressionSyntax {
    let name = NameSyntax("$array", at: span, isQuoted: true)
    let column = ExpressionSyntax(.column(QualifiedNameSyntax([name, name])), at: span)
    let from = FromSyntax(
      .subquery(query, alias: AliasSyntax(name: name, columns: [name]), lateral: false), at: span)
    var select = SelectSyntax(
      targets: [TargetSyntax(value: .call("array_agg", [column], at: span), span: span)],
      span: span)
    select.from = [from]
    let collected = ExpressionSyntax(
      .scalarSubquery(QuerySyntax(body: .select(select), span: span)), at: span)
    let none = ExpressionSyntax(.string("{}"), at: span)
    return ExpressionSyntax(.coalesce([collected, none]), at: span)
  }

  private func call(
    _ function: ArrayFunction, _ arguments: [Typed], _ type: DataType, at span: SourceSpan
  ) -> Typed {
    var code = Code()
    for argument in arguments { code.append(argument.code) }
    code.append(.array(function, arguments: UInt8(clamping: arguments.count)), at: span)
    if arguments.allSatisfy({ $0.code.constant != nil }),
      let value = try? ConstantEvaluator(program: program).evaluate(code)
    {
      return .constant(value, type, at: span)
    }
    return Typed(code, type, at: span)
  }

  // MARK: Functions

  func arrayCall(
    _ function: ArrayFunction, _ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let resolved = call.arguments.map { resolve($0.value, scope) }
    let arguments = resolved.compactMap { $0 }
    guard arguments.count == resolved.count else { return nil }
    guard !call.arguments.contains(where: { $0.name != nil }),
      Self.counts(of: function).contains(arguments.count),
      let (converted, type) = prepared(function, arguments)
    else {
      report(
        call.name.last.text.hasPrefix("$")
          ? Diagnostic(
            .typeMismatch,
            "cannot subscript type `\(name(arguments.first?.type ?? .unknown))`", at: span)
          : unknownFunction(call.name, arguments.map(\.type)))
      return nil
    }
    return self.call(function, converted, type, at: span)
  }

  private static func counts(of function: ArrayFunction) -> ClosedRange<Int> {
    switch function {
    case .make: 0...0
    case .dimensions, .cardinality, .looped, .jsonElements, .jsonElementTexts: 1...1
    case .element, .length, .lower, .upper, .append, .prepend, .concatenate, .remove, .positions,
      .contains, .containedIn, .overlaps, .trim:
      2...2
    case .slice, .assign, .replace: 3...3
    case .jsonPath, .jsonPathText: 2...2
    case .jsonSet: 3...4
    case .position, .join, .split: 2...3
    }
  }

  /// The arguments as a function takes them, and the type of its result; `nil` where they do not fit.
  private func prepared(
    _ function: ArrayFunction, _ arguments: [Typed]
  ) -> (arguments: [Typed], type: DataType)? {
    switch function {
    case .split:
      let texts = arguments.compactMap { converted($0, to: .text, .implicit) }
      return texts.count == arguments.count ? (texts, .array(of: .text)) : nil
    case .join:
      guard let array = asTexts(arguments[0]) else { return nil }
      return others(arguments, [.text, .text]).map { ([array] + $0, .text) }
    case .append, .prepend, .remove, .replace, .position, .positions, .concatenate:
      guard let (values, element) = agreed(function, arguments) else { return nil }
      switch function {
      case .position: return (values, .integer)
      case .positions: return (values, .array(of: .integer))
      default: return (values, .array(of: element))
      }
    case .jsonElements, .jsonElementTexts:
      guard let document = converted(arguments[0], to: .jsonb, .implicit) else { return nil }
      return ([document], .array(of: function == .jsonElements ? .jsonb : .text))
    case .jsonSet:
      let types: [DataType] = [.jsonb, .array(of: .text), .jsonb, .boolean]
      let values = zip(arguments, types).compactMap { converted($0, to: $1, .implicit) }
      return values.count == arguments.count ? (values, .jsonb) : nil
    default: break
    }
    guard let type = arguments[0].type.element else { return nil }
    let array = arguments[0]
    switch function {
    case .element: return others(arguments, [.integer]).map { ([array] + $0, type) }
    case .slice: return others(arguments, [.integer, .integer]).map { ([array] + $0, array.type) }
    case .assign:
      guard let number = converted(arguments[1], to: .integer, .assignment),
        let value = converted(arguments[2], to: type, .assignment)
      else { return nil }
      return ([array, number, value], array.type)
    case .length, .lower, .upper:
      return others(arguments, [.integer]).map { ([array] + $0, .integer) }
    case .dimensions, .cardinality: return ([array], .integer)
    case .trim: return others(arguments, [.integer]).map { ([array] + $0, array.type) }
    case .looped: return ([array], array.type)
    default: return nil
    }
  }

  /// All arguments but the first, converted.
  private func others(_ arguments: [Typed], _ types: [DataType]) -> [Typed]? {
    let rest = zip(arguments.dropFirst(), types).map { converted($0, to: $1, .implicit) }
    return rest.contains { $0 == nil } ? nil : rest.compactMap { $0 }
  }

  /// Arrays and elements, converted to the type of elements that they have in common (`anycompatible`).
  private func agreed(
    _ function: ArrayFunction, _ arguments: [Typed]
  ) -> (values: [Typed], element: DataType)? {
    let arrays = function == .concatenate ? [0, 1] : [function == .prepend ? 1 : 0]
    let numbers = function == .position ? [2] : []
    let types = arguments.indices.filter { !numbers.contains($0) }.compactMap { index in
      arrays.contains(index) ? arguments[index].type.element : arguments[index].type
    }
    guard arrays.contains(where: { arguments[$0].type.element != nil }),
      arrays.allSatisfy({ arguments[$0].type == .unknown || arguments[$0].type.element != nil }),
      let element = commonType(types.map(\.withoutModifiers))
    else { return nil }
    let values = arguments.indices.compactMap { index in
      converted(
        arguments[index],
        to: numbers.contains(index)
          ? .integer : arrays.contains(index) ? .array(of: element) : element,
        .implicit)
    }
    return values.count == arguments.count ? (values, element) : nil
  }

  /// An array whose elements are written as text.
  private func asTexts(_ array: Typed) -> Typed? {
    // A boolean is written `t` here, and `true` by a cast.
    guard let element = array.type.element, element != .boolean else { return nil }
    return converted(array, to: .array(of: .text), .assignment)
  }

  // MARK: Operators

  /// `||`, `@>`, `<@` and `&&` with an array; `nil` for others.
  func arrayOperator(
    _ symbol: String, _ left: Typed, _ right: Typed, at span: SourceSpan
  ) -> Typed? {
    if symbol == "#>" || symbol == "#>>" { return path(symbol, left, right, at: span) }
    let isArray = (left.type.element != nil, right.type.element != nil)
    guard isArray.0 || isArray.1 else { return nil }
    let function: ArrayFunction
    switch symbol {
    case "||":
      let isUnknown = left.type == .unknown || right.type == .unknown
      function =
        isUnknown || isArray.0 && isArray.1 ? .concatenate : isArray.0 ? .append : .prepend
      return prepared(function, [left, right]).map {
        call(function, $0.arguments, $0.type, at: span)
      }
    case "@>": function = .contains
    case "<@": function = .containedIn
    case "&&": function = .overlaps
    default: return nil
    }
    let type = (isArray.0 ? left : right).type.withoutModifiers
    guard [left.type, right.type].allSatisfy({ $0 == .unknown || $0.withoutModifiers == type }),
      let one = converted(left, to: type, .implicit),
      let other = converted(right, to: type, .implicit)
    else { return nil }
    return call(function, [one, other], .boolean, at: span)
  }

  /// `#>` and `#>>` of a document and a path.
  private func path(
    _ symbol: String, _ left: Typed, _ right: Typed, at span: SourceSpan
  ) -> Typed? {
    guard left.type == .jsonb || left.type == .json,
      let keys = converted(right, to: .array(of: .text), .implicit)
    else { return nil }
    let isText = symbol == "#>>"
    return call(
      isText ? .jsonPathText : .jsonPath, [left, keys], isText ? .text : left.type, at: span)
  }

  /// `value = ANY (array)` and its like.
  func comparedWithElements(
    _ symbol: BinaryOperator, _ operand: ExpressionSyntax, _ isAll: Bool,
    _ array: ExpressionSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let value = resolve(operand, scope)
    guard let elements = resolve(array, scope), let value else { return nil }
    guard let element = elements.type.element else {
      report(
        Diagnostic(
          .typeMismatch, "op ANY/ALL (array) requires array on right side", at: array.span,
          caption: "this is `\(name(elements.type))`"))
      return nil
    }
    guard let function = Builtins.resolveOperator(symbol.rawValue, value.type, element),
      function.resultType == .boolean,
      let left = converted(value, to: function.argumentTypes[0], .implicit),
      let right = converted(elements, to: .array(of: function.argumentTypes[1]), .implicit)
    else {
      let other = Typed(elements.code, element, at: array.span)
      reportNoOperator(symbol.rawValue, value, other, at: span)
      return nil
    }
    var code = left.code
    code.append(right.code)
    code.append(.anyElement(function: function.id, isAll: isAll), at: span)
    return Typed(code, .boolean, at: span)
  }

  // MARK: Rows

  /// The functions that give a row for each element.
  static let elementFunctions = ["unnest", "jsonb_array_elements", "jsonb_array_elements_text"]

  /// `unnest(array)` in FROM: a subquery with a row for each element.
  func elements(
    _ call: FunctionCallSyntax, _ alias: AliasSyntax?, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    guard call.arguments.count == 1, call.arguments[0].name == nil else {
      report(
        Diagnostic(
          .wrongArgumentCount, "`\(call.name.text)` takes one argument here", at: call.name.span,
          help: "join the elements by their numbers: `generate_series(1, cardinality(a))`"))
      return nil
    }
    let isDocument = call.name.last.text != "unnest"
    let array =
      isDocument
      ? ExpressionSyntax.call(
        call.name.last.text.hasSuffix("_text") ? "$texts" : "$elements", [call.arguments[0].value],
        at: span) : call.arguments[0].value
    let number = NameSyntax("$number", at: span, isQuoted: true)
    let column = ExpressionSyntax(.column(QualifiedNameSyntax([number, number])), at: span)
    let one = ExpressionSyntax(.integer("1"), at: span)
    let count = ExpressionSyntax.call("cardinality", [array], at: span)
    let series = FunctionCallSyntax(
      name: QualifiedNameSyntax([NameSyntax("generate_series", at: span)]),
      arguments: [.init(value: one), .init(value: count)])
    let element = ExpressionSyntax.call("$element", [array, column], at: array.span)
    var select = SelectSyntax(targets: [TargetSyntax(value: element, span: span)], span: span)
    select.from = [
      FromSyntax(
        .function(series, alias: AliasSyntax(name: number, columns: [number]), lateral: true),
        at: span)
    ]
    let query = QuerySyntax(body: .select(select), span: span)
    let name = alias?.name ?? call.name.last
    // A function with an OUT argument names its column itself.
    let named = isDocument ? NameSyntax("value", at: span) : name
    let columns = alias.map { $0.columns.isEmpty ? [named] : $0.columns } ?? [named]
    return subquery(
      query, AliasSyntax(name: name, columns: columns), true, span, level, scope)
  }
}

extension ExpressionSyntax {
  /// A call of a function by a name of one word.
  static func call(
    _ name: String, _ arguments: [ExpressionSyntax], at span: SourceSpan
  ) -> ExpressionSyntax {
    let syntax = QualifiedNameSyntax([NameSyntax(name, at: span, isQuoted: true)])
    return ExpressionSyntax(
      .call(
        FunctionCallSyntax(
          name: syntax, arguments: arguments.map { FunctionCallSyntax.Argument(value: $0) })),
      at: span)
  }
}
