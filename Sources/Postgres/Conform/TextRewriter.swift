import SQL
import Store
import Writers

/// Rewrites the scenario's own text for the server, as little as can be.
///
/// | in the text | becomes |
/// |---|---|
/// | `:name`, and a writer's variables | their values, as typed constants |
/// | `CURRENT_TIMESTAMP` and its kin | `now()`, which the search path finds in our clock |
/// | `public.` | the schema of the run |
/// | `SET search_path = …` of a function | the search path of the run |
/// | a lock that the variant leaves out | nothing |
struct TextRewriter {
  let model: Model
  let namespace: NamespaceNames
  private(set) var edits: SourceEdits

  init(model: Model, namespace: NamespaceNames) {
    self.model = model
    self.namespace = namespace
    edits = SourceEdits(model.program.sources)
  }

  /// A session's own values, for the statements that its client sends.
  struct Variables {
    /// By slot.
    var values: [Value]
    var routine: Routine
  }

  /// A typed constant.
  static func literal(_ value: Value, _ type: DataType, in catalog: TypeCatalog) -> String {
    let text = value.isNull ? nil : value.formatted(as: type, catalog: catalog)
    switch type.kind {
    case .unknown, .void, .record, .trigger: return Quoting.literal(text)
    case .enumeration:
      return Quoting.literal(text) + "::" + Quoting.identifier(type.name(in: catalog))
    default: return Quoting.literal(text) + "::" + type.name(in: catalog)
    }
  }

  /// The text of a span, rewritten.
  mutating func text(of span: SourceSpan, _ variables: Variables? = nil) -> String {
    edit(span, variables)
    return edits.text(of: span)
  }

  /// Enters a text's edits.
  mutating func edit(_ span: SourceSpan, _ variables: Variables? = nil) {
    for site in model.lockSites
    where model.omittedLocks.contains(site.number) && span.covers(site.span) {
      edits.replace(site.span, with: "")
    }
    if let variables { editVariables(in: span, variables) }
    editTokens(SQLReader.tokens(in: model.program.sources, span), variables, isQuoted: false)
  }

  /// Inserts a text, such as a gate, before what a span covers.
  mutating func insert(_ text: String, before span: SourceSpan) {
    edits.replace(span.atStart, with: text)
  }

  /// Puts a text in the place of another; nothing in it is rewritten again.
  mutating func replace(_ span: SourceSpan, with text: String) {
    edits.replace(span, with: text)
  }

  // MARK: Variables and tokens

  private mutating func editVariables(in span: SourceSpan, _ variables: Variables) {
    let uses = model.variableUses.filter { span.covers($0.key) }
    for (place, slot) in uses.sorted(by: { $0.key.start < $1.key.start }) {
      guard let slot, Int(slot) < variables.values.count,
        Int(slot) < variables.routine.variables.count
      else { continue }
      let type = variables.routine.variables[Int(slot)].type
      edits.replace(
        place,
        with: Self.literal(variables.values[Int(slot)], type, in: model.program.types))
    }
  }

  private mutating func editTokens(_ tokens: [Token], _ variables: Variables?, isQuoted: Bool) {
    for (index, token) in tokens.enumerated() {
      let next = index + 1 < tokens.count ? tokens[index + 1] : nil
      switch token.kind {
      case .parameter:
        guard let literal = literal(of: token.text, variables) else { continue }
        edits.replace(
          token.span, with: isQuoted ? literal.replacing("'", with: "''") : literal)
      case .word:
        if let replacement = Self.clockWords[token.text] {
          edits.replace(token.span, with: replacement)
        } else if token.text == "public", next?.text == "." {
          edits.replace(token.span, with: namespace.main)
        } else if token.text == "search_path", index > 0, tokens[index - 1].text == "set" {
          editSearchPath(tokens, from: index + 1)
        }
      case .dollarString:
        editTokens(
          SQLReader.tokens(in: model.program.sources, token.content), variables, isQuoted: false)
      case .string:
        // A function's body in single quotes.
        guard index > 0, tokens[index - 1].kind == .word, tokens[index - 1].text == "as",
          tokens.first?.text == "create"
        else { continue }
        editTokens(
          SQLReader.tokens(in: model.program.sources, token.content), variables, isQuoted: true)
      default: break
      }
    }
  }

  /// What stands in SQL for the time without being a function's name.
  private static let clockWords = [
    "current_timestamp": "now()", "current_date": "(now()::date)",
    "current_time": "(now()::timetz)", "localtimestamp": "(now()::timestamp)",
    "localtime": "(now()::time)",
  ]

  private func literal(of name: String, _ variables: Variables?) -> String? {
    let types = model.program.types
    if let variables {
      let slots = variables.routine.parameters.indices.map { Int(Routine.Slot.first) + $0 }
      for (parameter, slot) in zip(variables.routine.parameters, slots)
      where parameter.name == name && slot < variables.values.count {
        return Self.literal(variables.values[slot], parameter.type, in: types)
      }
    }
    guard let parameter = model.parameters.first(where: { $0.name == name }) else { return nil }
    return Self.literal(parameter.value, parameter.type, in: types)
  }

  /// `SET search_path = a, b` in a function's head.
  private mutating func editSearchPath(_ tokens: [Token], from start: Int) {
    guard start + 1 < tokens.count, ["=", "to"].contains(tokens[start].text) else { return }
    var last = start + 1
    while last + 2 < tokens.count, tokens[last + 1].text == "," { last += 2 }
    edits.replace(
      tokens[start + 1].span.through(tokens[last].span), with: namespace.searchPath)
  }
}
