extension Parser {
  /// Reads a type: `int`, `numeric(10, 2)`, `timestamp with time zone`, `t.c%TYPE`, `text[]`.
  package mutating func parseType() throws(ParseFailure) -> TypeNameSyntax {
    let start = current.span
    let isSet = accept("setof")
    guard current.kind == .word || current.kind == .quoted, isTypeStart else {
      throw unexpected("a type")
    }
    var modifiers: [Int] = []
    var kind: TypeNameSyntax.Kind
    if let name = try parseWordyType(modifiers: &modifiers) {
      kind = .named(QualifiedNameSyntax([name]))
    } else {
      let name = try parseTypeName()
      kind = .named(name)
      if isSymbol("%") {
        kind = try parseTypeReference(name)
      } else if isSymbol("(") {
        modifiers = try parseTypeModifiers()
      }
    }
    let dimensions = try parseArrayDimensions()
    return TypeNameSyntax(
      kind: kind, modifiers: modifiers, arrayDimensions: dimensions, isSet: isSet,
      span: span(from: start))
  }

  /// Whether the next token may begin a type.
  private var isTypeStart: Bool {
    current.kind == .quoted || !Keywords.reserved.contains(current.text)
  }

  private mutating func parseTypeName() throws(ParseFailure) -> QualifiedNameSyntax {
    var parts = [takeName()]
    while isSymbol("."), parts.count < 3 {
      advance()
      parts.append(try expectLabel("the rest of the type's name"))
    }
    return QualifiedNameSyntax(parts)
  }

  /// Reads a type whose name is several words, which leaves one name for all spellings.
  private mutating func parseWordyType(
    modifiers: inout [Int]
  ) throws(ParseFailure) -> NameSyntax? {
    guard current.kind == .word else { return nil }
    let start = current.span
    let first = current.text
    switch first {
    case "double" where isWord("precision", at: 1):
      advance()
      advance()
      return NameSyntax("double precision", at: span(from: start))
    case "character", "char", "nchar", "bit":
      guard isWord("varying", at: 1) else { return nil }
      advance()
      advance()
      let name = NameSyntax(
        first == "bit" ? "bit varying" : "character varying", at: span(from: start))
      if isSymbol("(") { modifiers = try parseTypeModifiers() }
      return name
    case "national" where isWord("character", at: 1) || isWord("char", at: 1):
      advance()
      advance()
      let isVarying = accept("varying")
      let name = NameSyntax(
        isVarying ? "character varying" : "character", at: span(from: start))
      if isSymbol("(") { modifiers = try parseTypeModifiers() }
      return name
    case "timestamp", "time":
      return try parseTimeType(modifiers: &modifiers)
    default:
      return nil
    }
  }

  /// Reads `timestamp [(p)] [{WITH | WITHOUT} TIME ZONE]`.
  private mutating func parseTimeType(
    modifiers: inout [Int]
  ) throws(ParseFailure) -> NameSyntax {
    let start = current.span
    let base = advance().text
    if isSymbol("("), peek(1).kind == .integer { modifiers = try parseTypeModifiers() }
    var zone = "without"
    if isWords("with", "time", "zone") || isWords("without", "time", "zone") {
      zone = advance().text
      advance()
      advance()
    }
    return NameSyntax("\(base) \(zone) time zone", at: span(from: start))
  }

  private mutating func parseTypeModifiers() throws(ParseFailure) -> [Int] {
    let opening = advance().span
    let numbers = try list { (parser) throws(ParseFailure) in
      let isNegative = parser.accept(symbol: "-")
      let value = try parser.expectInteger("a number")
      return isNegative ? -value : value
    }
    try expectClosing(")", of: opening)
    return numbers
  }

  /// Reads `%TYPE` or `%ROWTYPE`.
  private mutating func parseTypeReference(
    _ name: QualifiedNameSyntax
  ) throws(ParseFailure) -> TypeNameSyntax.Kind {
    advance()
    if accept("type") { return .typeOf(name) }
    if accept("rowtype") { return .rowOf(name) }
    throw unexpected("`TYPE` or `ROWTYPE` after `%`")
  }

  private mutating func parseArrayDimensions() throws(ParseFailure) -> Int {
    var dimensions = 0
    if accept("array") {
      dimensions = 1
      guard isSymbol("[") else { return dimensions }
      dimensions = 0
    }
    while isSymbol("[") {
      let opening = advance().span
      if current.kind == .integer { advance() }
      try expectClosing("]", of: opening)
      dimensions += 1
    }
    return dimensions
  }
}
