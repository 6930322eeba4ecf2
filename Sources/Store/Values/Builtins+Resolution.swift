/// Choosing a line of the catalogue by argument types: chapter 10 of PostgreSQL's manual
/// (`func_select_candidate` in `parse_func.c`).
extension Builtins {
  /// Chooses an operator; `left` is nil for a prefix operator.
  ///
  /// Nil where none fits: ``unresolved(operator:_:_:catalog:)`` says why.
  package static func resolveOperator(
    _ symbol: String, _ left: DataType?, _ right: DataType?
  ) -> ResolvedFunction? {
    if let left, let right, left.element != nil || right.element != nil {
      return arrayComparison(symbol, left, right)
    }
    let (choice, types) = chooseOperator(symbol, left, right)
    return choice.id.flatMap { resolved($0, types) }
  }

  /// A comparison of two arrays of one type, or of one with a literal: values know how they compare.
  private static func arrayComparison(
    _ symbol: String, _ left: DataType, _ right: DataType
  ) -> ResolvedFunction? {
    let types = [left, right].filter { $0 != .unknown }.map(\.withoutModifiers)
    guard let type = types.first, types.allSatisfy({ $0 == type }),
      ["=", "<>", "!=", "<", "<=", ">", ">="].contains(symbol),
      let element = type.element, resolveOperator("<", element, element) != nil || element == .uuid,
      var function = resolveOperator(symbol, .integer, .integer)
    else { return nil }
    function.argumentTypes = [type, type]
    return function
  }

  /// Chooses a function by its name, in lower case.
  ///
  /// Nil where none fits: ``unresolved(function:_:catalog:)`` says why.
  package static func resolveFunction(_ name: String, _ arguments: [DataType]) -> ResolvedFunction?
  {
    let types = arguments.map(\.withoutModifiers)
    guard let lines = functionLines[name], let id = choose(lines, types).id else { return nil }
    return resolved(id, types)
  }

  /// Why PostgreSQL would find a function here and this program does not, if so.
  package static func refusal(function name: String, _ arguments: [DataType]) -> String? {
    if let reason = refused[name] { return reason }
    let types = arguments.map(\.withoutModifiers)
    guard let lines = functionLines[name], let id = choose(lines, types).id else { return nil }
    return refusal(id)
  }

  /// The same for an operator.
  package static func refusal(
    operator symbol: String, _ left: DataType?, _ right: DataType?
  ) -> String? {
    if ["~", "!~", "~*", "!~*"].contains(symbol), left != nil {
      return "regular expressions are not supported; use LIKE"
    }
    return chooseOperator(symbol, left, right).choice.id.flatMap { refusal($0) }
  }

  private static func refusal(_ id: Int) -> String? {
    catalogue[id].result == .doublePrecision
      ? "it yields double precision, which is not exact; cast the argument to numeric" : nil
  }

  private static func chooseOperator(
    _ symbol: String, _ left: DataType?, _ right: DataType?
  ) -> (choice: Choice, types: [DataType]) {
    let types = [left, right].compactMap { $0?.withoutModifiers }
    let name = symbol == "!=" ? "<>" : symbol
    guard let lines = operatorLines[name] else { return (.none, types) }
    return (choose(lines.filter { catalogue[$0].parameters.count == types.count }, types), types)
  }

  private static func resolved(_ id: Int, _ types: [DataType]) -> ResolvedFunction? {
    let line = catalogue[id]
    guard line.result != .doublePrecision else { return nil }
    let common = line.enumType(among: types)
    let arguments = types.indices.map { index -> DataType in
      switch line.parameter(index) {
      case .any: return line.argumentType(any: types[index])
      case .enumeration: return common ?? types[index]
      case .type(.doublePrecision):
        // Routines take the numbers as they are; comparisons are of doubles.
        let isDouble = line.isComparison || types[index] == .doublePrecision
        return isDouble ? .doublePrecision : .numeric
      case .type(let type): return type
      }
    }
    return ResolvedFunction(
      id: UInt16(id), argumentTypes: arguments, resultType: line.result,
      isStrict: line.isStrict, volatility: line.volatility, usesTime: line.usesTime)
  }

  /// Why an operator was not found, as PostgreSQL says it: there is none, or there are several.
  package static func unresolved(
    operator symbol: String, _ left: DataType?, _ right: DataType?, catalog: TypeCatalog
  ) -> SQLError {
    var error = SQLError.undefinedOperator(symbol, left, right, catalog: catalog)
    guard case .several = chooseOperator(symbol, left, right).choice else { return error }
    error.state = .ambiguousFunction
    error.message =
      "operator is not unique" + error.message.dropFirst("operator does not exist".count)
    error.hint =
      "Could not choose a best candidate operator. You might need to add explicit type casts."
    return error
  }

  /// The same for a function.
  package static func unresolved(
    function name: String, _ arguments: [DataType], catalog: TypeCatalog
  ) -> SQLError {
    var error = SQLError.undefinedFunction(name, arguments, catalog: catalog)
    let types = arguments.map(\.withoutModifiers)
    guard let lines = functionLines[name], case .several = choose(lines, types) else {
      return error
    }
    error.state = .ambiguousFunction
    error.message = error.message.dropLast("does not exist".count) + "is not unique"
    error.hint =
      "Could not choose a best candidate function. You might need to add explicit type casts."
    return error
  }

  // MARK: Candidates

  private enum Choice {
    case none, several
    case one(Int)

    var id: Int? {
      if case .one(let id) = self { return id }
      return nil
    }
  }

  private static func choose(_ lines: [Int], _ types: [DataType]) -> Choice {
    if let exact = lines.first(where: { isExact($0, types) }) { return .one(exact) }
    // An untyped literal beside a typed operand takes its type.
    if types.count == 2, let known = types.first(where: { $0 != .unknown }),
      types.contains(.unknown),
      let exact = lines.first(where: { isExact($0, [known, known]) })
    {
      return .one(exact)
    }
    var candidates = lines.filter { accepts($0, types) }
    guard candidates.count > 1 else { return candidates.first.map { .one($0) } ?? .none }
    candidates = best(candidates) { id in
      types.indices.count { catalogue[id].isExact($0, types[$0]) && types[$0] != .unknown }
    }
    if candidates.count == 1 { return .one(candidates[0]) }
    candidates = best(candidates) { id in
      types.indices.count { index in
        guard types[index] != .unknown else { return false }
        if catalogue[id].isExact(index, types[index]) { return true }
        guard case .type(let wanted) = catalogue[id].parameter(index) else { return false }
        return wanted.isPreferred && wanted.category == types[index].category
      }
    }
    if candidates.count == 1 { return .one(candidates[0]) }
    return chooseForUnknowns(candidates, types).map { .one($0) } ?? .several
  }

  private static func best(_ candidates: [Int], _ score: (Int) -> Int) -> [Int] {
    let scores = candidates.map(score)
    let highest = scores.max() ?? 0
    return zip(candidates, scores).filter { $0.1 == highest }.map(\.0)
  }

  private static func isExact(_ id: Int, _ types: [DataType]) -> Bool {
    let line = catalogue[id]
    return line.takes(types.count) && types.indices.allSatisfy { line.isExact($0, types[$0]) }
  }

  private static func accepts(_ id: Int, _ types: [DataType]) -> Bool {
    let line = catalogue[id]
    guard line.takes(types.count) else { return false }
    for (index, type) in types.enumerated() {
      switch line.parameter(index) {
      case .any: if !line.takesAny(type) { return false }
      case .enumeration:
        guard let common = line.enumType(among: types), type == common || type == .unknown else {
          return false
        }
      case .type(let wanted):
        guard Casts.canCast(from: type, to: wanted, context: .implicit) else { return false }
      }
    }
    return true
  }

  /// The rules for untyped literals: strings first, then the category that all candidates share.
  private static func chooseForUnknowns(_ candidates: [Int], _ types: [DataType]) -> Int? {
    var candidates = candidates
    guard types.contains(.unknown) else { return nil }
    for (index, type) in types.enumerated() where type == .unknown {
      let categories = candidates.map { catalogue[$0].category(index) }
      guard let first = categories.first else { return nil }
      let isString = categories.contains(.string)
      guard isString || categories.allSatisfy({ $0 == first }) else { continue }
      let category = isString ? TypeCategory.string : first
      candidates = candidates.filter { catalogue[$0].category(index) == category }
      let preferred = candidates.filter { id in
        guard case .type(let wanted) = catalogue[id].parameter(index) else { return false }
        return wanted.isPreferred
      }
      if !preferred.isEmpty { candidates = preferred }
    }
    if candidates.count == 1 { return candidates[0] }
    // All known arguments being of one type, the literals may be of it too.
    let known = types.filter { $0 != .unknown }
    guard let first = known.first, known.allSatisfy({ $0 == first }) else { return nil }
    let matching = candidates.filter { accepts($0, types.map { _ in first }) }
    return matching.count == 1 ? matching[0] : nil
  }
}

/// PostgreSQL's groups of types, within which it prefers one.
enum TypeCategory: Hashable, Sendable {
  case boolean, string, number, datetime, timespan, user, enumeration, unknown, pseudo
}

extension DataType {
  var category: TypeCategory {
    switch kind {
    case .boolean: .boolean
    case .smallint, .integer, .bigint, .numeric, .doublePrecision: .number
    case .text, .varchar, .char: .string
    case .timestamptz, .timestamp, .date, .time: .datetime
    case .interval: .timespan
    case .uuid, .json, .jsonb, .bytea, .array: .user
    case .enumeration: .enumeration
    case .unknown: .unknown
    case .void, .record, .trigger: .pseudo
    }
  }

  var isPreferred: Bool {
    switch kind {
    case .boolean, .doublePrecision, .text, .timestamptz, .interval: true
    default: false
    }
  }
}
