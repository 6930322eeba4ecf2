import Store
import Testing

/// One line of a table: what is asked, and what PostgreSQL 15 answers.
///
///     op +|integer 1|numeric 0.50 ⟹ numeric ⇒ 1.50
///     fn round|numeric 2.345|integer 2 ⟹ numeric ⇒ 2.35
///     in interval|1 hour ⟹ interval ⇒ 01:00:00
///     cast smallint|integer 40000 ⟹ !22003 smallint out of range
///
/// After an error follow its detail (`;;`) and its hint (`??`). `␀` is NULL.
struct Expectation: CustomTestStringConvertible, Sendable {
  var question: String
  var answer: String

  var testDescription: String { question }

  static func read(_ table: String) -> [Expectation] {
    table.split(separator: "\n").map { line in
      let parts = line.split(separator: " ⟹ ", maxSplits: 1)
      return Expectation(question: String(parts[0]), answer: String(parts[1]))
    }
  }

  static let context = EvaluationContext(
    catalog: TypeCatalog(enums: [EnumType(name: "mood", labels: ["sad", "ok", "happy"])]))

  /// The answer of the module under test, in the form of the table.
  func actual() -> String {
    do throws(SQLError) {
      let (value, type) = try evaluate()
      let text = value.isNull ? "␀" : value.formatted(as: type, catalog: Self.context.catalog)
      return "\(type.withoutModifiers.name(in: Self.context.catalog)) ⇒ \(text)"
    } catch {
      let detail = error.detail.map { " ;; \($0)" } ?? ""
      let hint = error.hint.map { " ?? \($0)" } ?? ""
      return "!\(error.state) \(error.message)\(detail)\(hint)"
    }
  }

  private func evaluate() throws(SQLError) -> (Value, DataType) {
    var (kind, name, arguments) = parts
    let catalog = Self.context.catalog
    if kind == "in" {
      let type = Self.type(name)
      let value = try Value.parse(arguments.joined(separator: "|"), as: type, catalog: catalog)
      return (value, type)
    }
    arguments = Self.rejoined(arguments)
    var types: [DataType] = []
    var values: [Value] = []
    for argument in arguments {
      let words = argument.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let text = String(words[1])
      types.append(Self.type(String(words[0])))
      let isText = types[types.count - 1] == .unknown
      values.append(
        text == "NULL"
          ? .null
          : isText
            ? Value(text: text)
            : try Casts.cast(
              Value(text: text), from: .unknown, to: types[types.count - 1], isExplicit: true,
              Self.context))
    }
    if kind == "cast" {
      let type = Self.type(name)
      guard Casts.canCast(from: types[0], to: type, context: .explicit) else {
        throw Casts.noCast(from: types[0], to: type, catalog: catalog)
      }
      return (
        try Casts.cast(values[0], from: types[0], to: type, isExplicit: true, Self.context), type
      )
    }
    let function = try resolve(kind, name, types)
    for (index, type) in function.argumentTypes.enumerated() {
      values[index] = try Casts.cast(
        values[index], from: types[index], to: type, isExplicit: false, Self.context)
    }
    return (try Builtins.call(function.id, values, Self.context), function.resultType)
  }

  private func resolve(_ kind: String, _ name: String, _ types: [DataType]) throws(SQLError)
    -> ResolvedFunction
  {
    let catalog = Self.context.catalog
    if kind == "fn" {
      if let function = Builtins.resolveFunction(name, types) { return function }
      if let reason = Builtins.refusal(function: name, types) { throw .unsupported(reason) }
      throw Builtins.unresolved(function: name, types, catalog: catalog)
    }
    let left = types.count == 2 ? types[0] : nil
    let right = types[types.count - 1]
    if let function = Builtins.resolveOperator(name, left, right) { return function }
    if let reason = Builtins.refusal(operator: name, left, right) { throw .unsupported(reason) }
    throw Builtins.unresolved(operator: name, left, right, catalog: catalog)
  }

  /// The kind of question, the name in it, and what follows, cut at every bar.
  private var parts: (kind: String, name: String, arguments: [String]) {
    for name in ["||", "|"] where question.hasPrefix("op \(name)|") {
      let rest = question.dropFirst(name.count + 4)
      return ("op", name, rest.split(separator: "|").map(String.init))
    }
    let pieces = question.split(separator: "|", omittingEmptySubsequences: false)
    let words = pieces[0].split(separator: " ", maxSplits: 1)
    return (String(words[0]), String(words[1]), pieces.dropFirst().map(String.init))
  }

  /// Puts a bar back that belonged to a literal.
  private static func rejoined(_ pieces: [String]) -> [String] {
    var arguments: [String] = []
    for piece in pieces {
      let word = piece.prefix { $0 != " " && $0 != "(" }
      let isArgument =
        piece.contains(" ") && (word == "mood" || DataType(named: String(word)) != nil)
      if isArgument || arguments.isEmpty {
        arguments.append(piece)
      } else {
        arguments[arguments.count - 1] += "|" + piece
      }
    }
    return arguments
  }

  private static func type(_ name: String) -> DataType {
    if name == "mood" { return .enumeration(0) }
    let word = String(name.prefix { $0 != "(" })
    let modifiers = name.dropFirst(word.count + 1).dropLast().split(separator: ",")
      .compactMap { Int($0) }
    guard let type = DataType(named: word, modifiers: modifiers) else {
      preconditionFailure("no type \(name)")
    }
    return type
  }
}
