internal import SQL

/// The words that begin a block of a scenario file.
///
/// A new kind of block is a case here, a function in ``ScenarioParser`` and a list in
/// ``ScenarioSyntax``.
enum BlockWord: String, CaseIterable {
  case include, scenario, description, param, schema, world, data, clock, isolation, writer
  case invariant, always, finally, faults, allow, check, expect, variant, timeline

  /// All words in the order in which a message lists them.
  static let all = allCases.map(\.rawValue)
}

/// Reads the blocks of one scenario file; the SQL inside is read from the same tokens.
struct ScenarioParser {
  var parser: Parser

  /// What was read so far, from this file and those before it.
  var scenario: ScenarioSyntax

  /// The title of this file.
  private var title: TextSyntax?

  init(_ file: SourceFile, index: UInt16, scenario: ScenarioSyntax) {
    self.parser = Parser(file, index: index)
    self.scenario = scenario
    parser.blockWords = Set(BlockWord.all)
  }

  /// Reads the whole file; `include` is called for every include with its place.
  mutating func parseFile(
    include: (_ path: StringSyntax, _ parser: inout ScenarioParser) -> UInt16?
  ) {
    while !parser.isAtEnd {
      if parser.accept(symbol: ";") { continue }
      let before = parser.offset
      do throws(ParseFailure) {
        try parseBlock(include: include)
      } catch {
        if parser.offset == before { parser.advance() }
        skipBlock()
      }
    }
  }

  private mutating func parseBlock(
    include: (_ path: StringSyntax, _ parser: inout ScenarioParser) -> UInt16?
  ) throws(ParseFailure) {
    let token = parser.current
    guard token.kind == .word, let word = BlockWord(rawValue: token.text) else {
      throw failUnknownBlock()
    }
    switch word {
    case .include:
      let start = parser.advance().span
      let path = try parser.expectString("the path of a file in quotes")
      let file = include(path, &self)
      scenario.includes.append(
        IncludeSyntax(path: path, file: file, span: parser.span(from: start)))
    case .scenario: try parseTitle()
    case .description:
      parser.advance()
      scenario.descriptions.append(try expectText("the description in quotes"))
    case .param: scenario.parameters.append(try parseParameter())
    case .schema: scenario.schemas.append(try parseStatements())
    case .world: scenario.worlds.append(try parseStatements())
    case .data: scenario.data.append(try parseStatements())
    case .clock: scenario.clocks.append(try parseClock())
    case .isolation: scenario.isolations.append(try parseIsolation())
    case .writer: scenario.writers.append(try parseWriter())
    case .invariant, .always: scenario.invariants.append(try parseInvariant(.always))
    case .finally: scenario.invariants.append(try parseInvariant(.finally))
    case .faults: scenario.faults += try parseFaults()
    case .allow: scenario.allowances += try parseAllowances()
    case .check: scenario.checks.append(try parseCheck())
    case .expect: scenario.expectations.append(try parseExpectation())
    case .variant: scenario.variants.append(try parseVariant())
    case .timeline: scenario.timelines.append(try parseTimeline())
    }
  }

  // MARK: Mistakes

  private mutating func failUnknownBlock() -> ParseFailure {
    let token = parser.current
    guard token.kind == .word else { return parser.unexpected("a block such as `writer`") }
    let sql = ["select", "insert", "update", "delete", "create", "begin", "with"]
    if sql.contains(token.text) {
      return parser.fail(
        .unknownBlock, "a SQL statement outside of a block", at: token.span,
        help: "put it into `schema { … }`, `data { … }` or `writer name { … }`")
    }
    var diagnostic = Diagnostic.misspelt(
      .unknownBlock, "no block is called `\(token.text)`", at: token.span, name: token.text,
      among: BlockWord.all)
    diagnostic.notes = ["the blocks are " + BlockWord.all.joined(separator: ", ")]
    return parser.fail(diagnostic)
  }

  /// Skips to the next block: a known word at the start of a line, outside of braces.
  private mutating func skipBlock() {
    var braces = 0
    while !parser.isAtEnd {
      let isKnown = parser.isFirstOnLine && BlockWord(rawValue: parser.current.text) != nil
      if parser.isBlockStart || (braces == 0 && isKnown) { return }
      if parser.isSymbol("{") { braces += 1 }
      if parser.isSymbol("}") {
        braces -= 1
        if braces <= 0 {
          parser.advance()
          return
        }
      }
      parser.advance()
    }
  }

  // MARK: Braces

  /// Takes the `{` of a block and returns its place.
  mutating func openBlock() throws(ParseFailure) -> SourceSpan {
    let span = parser.current.span
    try parser.expect(symbol: "{")
    return span
  }

  /// Takes the `}` of a block; without it, the opening one is shown.
  mutating func closeBlock(_ opening: SourceSpan, _ word: String) throws(ParseFailure) {
    guard !parser.accept(symbol: "}") else { return }
    var diagnostic = Diagnostic(
      .unclosedBlock, "this block is never closed", at: opening,
      help: "add a closing `}`")
    if parser.isBlockStart {
      diagnostic.labels = [
        Diagnostic.Label("the next block begins here", at: parser.current.span)
      ]
      parser.record(diagnostic)
      return
    }
    guard parser.isAtEnd else { throw parser.unexpected("`}` at the end of the \(word)") }
    throw parser.fail(diagnostic)
  }

  /// Reads the lines of a block up to its `}`; a broken line is reported and skipped.
  ///
  /// `lineWords` begin lines of this block, though elsewhere they may begin blocks.
  mutating func parseLines(
    _ word: String, lineWords: Set<String> = [],
    _ line: (inout ScenarioParser) throws(ParseFailure) -> Void
  ) throws(ParseFailure) {
    let outerWords = parser.blockWords
    parser.blockWords.subtract(lineWords)
    defer { parser.blockWords = outerWords }
    let opening = try openBlock()
    // A variant has a `faults` block inside, where another block would mean a missing `}`.
    while !parser.isAtBlockEnd || (word == "variant" && parser.isWord("faults")) {
      if parser.accept(symbol: ";") || parser.accept(symbol: ",") { continue }
      let before = parser.offset
      do throws(ParseFailure) {
        try line(&self)
      } catch {
        if parser.offset == before, !parser.isSymbol(";") { parser.advance() }
        skipLine()
      }
    }
    try closeBlock(opening, word)
  }

  /// Skips to the next line, behind the next `;`, or before the block's `}`.
  private mutating func skipLine() {
    var braces = 0
    while !parser.isAtEnd {
      if braces == 0 {
        if parser.isFirstOnLine || parser.isSymbol("}") { return }
        if parser.accept(symbol: ";") { return }
      }
      if parser.isSymbol("{") { braces += 1 }
      if parser.isSymbol("}") { braces -= 1 }
      parser.advance()
    }
  }

  // MARK: Texts, names, numbers

  /// Whether a text in quotes comes next.
  var isText: Bool { parser.current.kind == .quoted || parser.isString() }

  /// Takes a text in double or single quotes.
  mutating func expectText(_ expected: String) throws(ParseFailure) -> TextSyntax {
    guard isText else { throw parser.unexpected(expected) }
    let token = parser.advance()
    return TextSyntax(token.text, at: token.span)
  }

  /// Takes a text if one comes next.
  mutating func parseText() -> TextSyntax? {
    guard isText else { return nil }
    let token = parser.advance()
    return TextSyntax(token.text, at: token.span)
  }

  /// Takes a whole number.
  mutating func expectNumber(_ expected: String) throws(ParseFailure) -> NumberSyntax {
    let span = parser.current.span
    return NumberSyntax(try parser.expectInteger(expected), at: span)
  }

  /// Takes the name of a writer, an invariant or a parameter.
  mutating func expectName(_ expected: String) throws(ParseFailure) -> NameSyntax {
    guard parser.current.kind == .word else { throw parser.unexpected(expected) }
    return parser.takeName()
  }

  /// Reads names with commas between them.
  mutating func expectNames(_ expected: String) throws(ParseFailure) -> [NameSyntax] {
    var names = [try expectName(expected)]
    while parser.accept(symbol: ",") { names.append(try expectName(expected)) }
    return names
  }

  /// Whether a name goes on the current line, which no block or line of a variant begins.
  var continuesWithName: Bool {
    let token = parser.current
    guard token.kind == .word, !parser.isFirstOnLine else { return false }
    return BlockWord(rawValue: token.text) == nil
      && !["set", "without", "only", "in"].contains(token.text)
  }

  /// Reads the title of the file.
  private mutating func parseTitle() throws(ParseFailure) {
    let start = parser.advance().span
    let text = try expectText("the scenario's title in double quotes")
    if let first = title {
      throw parser.fail(
        Diagnostic(
          .duplicateBlock, "a file has one title", at: start.through(text.span),
          labels: [Diagnostic.Label("the first title", at: first.span)],
          help: Diagnostic.Help("put the second scenario into a file of its own")))
    }
    title = text
    if scenario.title == nil || scenario.title?.span.file != 0 { scenario.title = text }
  }
}
