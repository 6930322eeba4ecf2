extension Parser {
  /// Reads `OVER (…)`.
  mutating func parseWindow() throws(ParseFailure) -> WindowSyntax {
    let start = advance().span
    guard isSymbol("(") else {
      throw fail(
        .unsupportedWindow, "named windows are not simulated", at: current.span,
        help: "write the window out: OVER (PARTITION BY … ORDER BY …)")
    }
    let opening = advance().span
    var window = WindowSyntax(span: start)
    if accept(words: "partition", "by") {
      window.partition = try list { (parser) throws(ParseFailure) in
        try parser.parseExpression()
      }
    }
    if accept(words: "order", "by") { window.order = try parseOrderItems() }
    try parseFrame(&window)
    try expectClosing(")", of: opening)
    window.span = span(from: start)
    return window
  }

  /// Reads a frame that begins with the partition, if one stands here.
  private mutating func parseFrame(_ window: inout WindowSyntax) throws(ParseFailure) {
    guard isAnyWord(["rows", "range", "groups"]) else { return }
    let start = current.span
    window.countsRows = isWord("rows")
    let isKnownUnit = !isWord("groups")
    advance()
    let isBetween = accept("between")
    guard isKnownUnit, accept(words: "unbounded", "preceding") else {
      throw failFrame(start)
    }
    guard isBetween else { return }
    try expect("and")
    if accept(words: "current", "row") { return }
    guard accept(words: "unbounded", "following") else { throw failFrame(start) }
    window.isWhole = true
  }

  private mutating func failFrame(_ start: SourceSpan) -> ParseFailure {
    fail(
      .unsupportedWindow, "this window frame is not simulated", at: start.through(current.span),
      help: "frames can go from UNBOUNDED PRECEDING to CURRENT ROW or UNBOUNDED FOLLOWING")
  }
}
