import SQL

/// Prints expressions with every bracket that precedence left out.
struct SyntaxDescription {
  static func of(_ expression: ExpressionSyntax) -> String {
    literal(expression) ?? operation(expression) ?? form(expression)
  }

  static func of(_ expressions: [ExpressionSyntax]) -> String {
    expressions.map(of).joined(separator: " ")
  }

  private static func of(_ type: TypeNameSyntax) -> String {
    var text: String
    switch type.kind {
    case .named(let name): text = name.text
    case .typeOf(let name): text = "\(name.text)%type"
    case .rowOf(let name): text = "\(name.text)%rowtype"
    }
    if !type.modifiers.isEmpty { text += "\(type.modifiers)" }
    return (type.isSet ? "setof " : "") + text
      + String(repeating: "[]", count: type.arrayDimensions)
  }

  private static func literal(_ expression: ExpressionSyntax) -> String? {
    switch expression.kind {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let digits), .decimal(let digits): digits
    case .string(let text): "'\(text)'"
    case .typedLiteral(let type, let text): "(\(of(type)) '\(text.text)')"
    case .parameter(let name): ":\(name.text)"
    case .positional(let number): "$\(number)"
    case .column(let name): name.text
    case .star(let name): name.map { "\($0.text).*" } ?? "*"
    case .keywordFunction(let function): function.rawValue
    case .defaultValue: "default"
    default: nil
    }
  }

  private static func operation(_ expression: ExpressionSyntax) -> String? {
    switch expression.kind {
    case .field(let value, let name): "(field \(of(value)) \(name.text))"
    case .unary(let symbol, let value): "(\(symbol.rawValue) \(of(value)))"
    case .binary(let symbol, let left, let right): "(\(symbol.rawValue) \(of(left)) \(of(right)))"
    case .and(let left, let right): "(and \(of(left)) \(of(right)))"
    case .or(let left, let right): "(or \(of(left)) \(of(right)))"
    case .not(let value): "(not \(of(value)))"
    case .isTest(let value, let test, let negated):
      "(is\(negated ? "-not" : "")-\(test.rawValue) \(of(value)))"
    case .isDistinct(let left, let right, let negated):
      "(\(negated ? "not-" : "")distinct \(of(left)) \(of(right)))"
    case .between(let value, let low, let high, let symmetric, let negated):
      "(\(negated ? "not-" : "")between\(symmetric ? "-symmetric" : "") "
        + "\(of(value)) \(of(low)) \(of(high)))"
    case .inList(let value, let list, let negated):
      "(\(negated ? "not-" : "")in \(of(value)) [\(of(list))])"
    case .inSubquery(let value, _, let negated):
      "(\(negated ? "not-" : "")in \(of(value)) query)"
    case .like(let value, let pattern, let escape, let caseInsensitive, let negated):
      "(\(negated ? "not-" : "")\(caseInsensitive ? "i" : "")like \(of(value)) \(of(pattern))"
        + (escape.map { " \(of($0))" } ?? "") + ")"
    case .quantified(let symbol, let left, let quantifier, let operand):
      switch operand {
      case .subquery: "(\(symbol.rawValue) \(of(left)) \(quantifier) query)"
      case .array(let array): "(\(symbol.rawValue) \(of(left)) \(quantifier) \(of(array)))"
      }
    case .cast(let value, let type): "(cast \(of(value)) \(of(type)))"
    case .atTimeZone(let value, let zone): "(zone \(of(value)) \(of(zone)))"
    default: nil
    }
  }

  private static func form(_ expression: ExpressionSyntax) -> String {
    switch expression.kind {
    case .exists: "(exists query)"
    case .scalarSubquery: "query"
    case .array(let values): "[\(of(values))]"
    case .arraySubquery: "(array query)"
    case .row(let values): "(row \(of(values)))"
    case .caseWhen(let operand, let branches, let otherwise):
      "(case"
        + (operand.map { " \(of($0))" } ?? "")
        + branches.map { " [\(of($0.condition)) \(of($0.result))]" }.joined()
        + (otherwise.map { " else \(of($0))" } ?? "") + ")"
    case .call(let call): of(call)
    case .coalesce(let values): "(coalesce \(of(values)))"
    case .nullif(let left, let right): "(nullif \(of(left)) \(of(right)))"
    case .greatest(let values): "(greatest \(of(values)))"
    case .least(let values): "(least \(of(values)))"
    case .extract(let field, let source): "(extract \(field.text) \(of(source)))"
    case .position(let needle, let haystack): "(position \(of(needle)) \(of(haystack)))"
    case .substring(let text, let from, let count):
      "(substring \(of(text)) \(from.map(of) ?? "-") \(count.map(of) ?? "-"))"
    case .trim(let side, let characters, let text):
      "(trim \(side) \(characters.map(of) ?? "-") \(of(text)))"
    default: "?"
    }
  }

  private static func of(_ call: FunctionCallSyntax) -> String {
    var parts = [call.name.text]
    if call.isStar { parts.append("*") }
    if call.isDistinct { parts.append("distinct") }
    for argument in call.arguments {
      let name = argument.name.map { "\($0.text)=>" } ?? ""
      parts.append(name + of(argument.value))
    }
    for item in call.orderBy {
      parts.append("order \(of(item.value))\(item.isDescending ? " desc" : "")")
    }
    if let filter = call.filter { parts.append("filter \(of(filter))") }
    return "(" + parts.joined(separator: " ") + ")"
  }
}
