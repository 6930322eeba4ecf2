import Store

/// Cursors of a client, in isolation specs.
extension Parser {
  /// Reads DECLARE, FETCH, MOVE and CLOSE.
  mutating func parseCursorCommand() throws(ParseFailure) -> StatementKind {
    let word = advance().text
    switch word {
    case "declare": return .declareCursor(try parseCursorDeclaration())
    case "close":
      if accept("all") { return .closeCursor(nil) }
      return .closeCursor(try expectName("the name of a cursor"))
    default:
      let direction = try parseFetchDirection()
      if !accept("from") { _ = accept("in") }
      let name = try expectName("the name of a cursor")
      return .fetch(name, direction, isMove: word == "move")
    }
  }

  private mutating func parseCursorDeclaration() throws(ParseFailure) -> CursorSyntax {
    let name = try expectName("a name for the cursor")
    var isScroll = false
    while !isWord("cursor") {
      if accept("scroll") {
        isScroll = true
      } else if accept(words: "no", "scroll") {
        isScroll = false
      } else if !accept("binary"), !accept("insensitive"), !accept("asensitive") {
        throw unexpected("`CURSOR`")
      }
    }
    advance()
    let isHeld = accept(words: "with", "hold")
    if !isHeld { _ = accept(words: "without", "hold") }
    try expect("for")
    return CursorSyntax(
      name: name, isScroll: isScroll, isHeld: isHeld, query: try parseQuery())
  }

  private mutating func parseFetchDirection() throws(ParseFailure) -> FetchDirection {
    if accept("next") { return .forward(1) }
    if accept("prior") { return .backward(1) }
    if accept("first") { return .absolute(1) }
    if accept("last") { return .absolute(-1) }
    if accept("absolute") { return .absolute(try parseFetchCount() ?? 1) }
    if accept("relative") { return .relative(try parseFetchCount() ?? 1) }
    if accept("all") { return .forward(nil) }
    if accept("forward") {
      if accept("all") { return .forward(nil) }
      return .forward(try parseFetchCount() ?? 1)
    }
    if accept("backward") {
      if accept("all") { return .backward(nil) }
      return .backward(try parseFetchCount() ?? 1)
    }
    return .forward(try parseFetchCount() ?? 1)
  }

  /// Reads a number with a sign; `nil` if there is none.
  private mutating func parseFetchCount() throws(ParseFailure) -> Int? {
    let isNegative = accept(symbol: "-")
    guard current.kind == .integer, let number = Int(current.text) else {
      if isNegative { throw unexpected("a number of rows") }
      return nil
    }
    advance()
    return isNegative ? -number : number
  }
}
