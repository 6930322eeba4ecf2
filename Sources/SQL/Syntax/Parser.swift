/// Thrown when a construct cannot be read; its diagnostic has been recorded already.
///
/// It is empty because a large error would need room in every frame of the recursion.
package struct ParseFailure: Error {
  fileprivate init() {}

  /// A failure that follows from one that was recorded before.
  static let again = ParseFailure()
}

/// Reads tokens from left to right into a syntax tree: recursive descent, one token ahead, with
/// PostgreSQL's grammar (`gram.y`, `pl_gram.y`) as the model.
///
/// A function that meets what it cannot read records a diagnostic and throws ``ParseFailure``.
/// The loops over statements and blocks catch it, skip to where the next one begins and go on, so
/// that a file's mistakes are reported together. The grammar is in the extensions:
///
///     Parser+Statement     which statement it is        Parser+Expression   operators
///     Parser+Query, +From  SELECT                       Parser+Primary      operands
///     Parser+Change        INSERT, UPDATE, DELETE       Parser+Type         type names
///     Parser+Table, …      CREATE, ALTER, DROP          Parser+Procedural   PL/pgSQL, writers
///
/// The module `Writers` builds on it to read the blocks around the SQL from the same tokens.
package struct Parser: Sendable {
  /// Where the text stands; decides what `BEGIN`, `INTO` and `:=` mean.
  package enum Context: Hashable, Sendable {
    /// Plain statements: a schema, data, an invariant.
    case sql

    /// The body of a function.
    case function

    /// The program of a writer.
    case writer
  }

  /// What the tokens were read from.
  package let input: LexerInput

  private let tokens: [Token]
  private var position = 0

  /// What was wrong so far.
  package private(set) var diagnostics: [Diagnostic] = []

  /// Where the text stands.
  package var context: Context = .sql

  /// The words that begin a block of a scenario; at one of them a block that lacks its `}` ends.
  package var blockWords: Set<String> = []

  /// Whether statements that only look after the server (VACUUM, ANALYZE, …) are passed over.
  package var ignoresMaintenance = false

  /// The INTO clause of the statement that is being read.
  var into: IntoSyntax?

  /// The last alias that was taken without the word AS before it.
  var implicitAlias: NameSyntax?

  /// Whether an INTO clause may stand here: not in a subquery.
  var allowsInto = false

  /// Whether DEFAULT may be a value of the next VALUES list.
  var allowsDefaultInValues = false

  /// How many constructs are open around the current token.
  private(set) var depth = 0

  /// The height of the tallest operator chain that was read in the current construct.
  private var height = 0

  /// Whether a string, a name or a comment runs to the end of the text.
  private let isCutShort: Bool

  /// The last token that was taken.
  private var lastSpan: SourceSpan

  /// How deep constructs may nest.
  ///
  /// NB: the deepest text that passes needs between 1 and 2 MiB of stack in a release build and
  /// between 2 and 4 MiB in a debug build: parse on the main thread, or on one with 8 MiB.
  static let depthLimit = 200

  /// How many operators may follow one another in a chain such as `a + b + c`.
  static let heightLimit = 500

  /// A parser of a whole file.
  package init(_ file: SourceFile, index: UInt16 = 0) {
    self.init(LexerInput(bytes: file.bytes, range: file.bytes.indices, file: index))
  }

  /// A parser of a part of a file.
  package init(_ input: LexerInput) {
    let lexed = Lexer.tokens(of: input)
    precondition(lexed.tokens.last?.kind == .endOfFile, "the last token must end the text")
    self.input = input
    self.tokens = lexed.tokens
    self.diagnostics = lexed.diagnostics
    self.isCutShort = lexed.diagnostics.contains { $0.code.isUnterminated }
    self.lastSpan = lexed.tokens[0].span.atStart
  }

  // MARK: Tokens

  /// The next token.
  package var current: Token { tokens[position] }

  /// The token at a distance after the next one.
  package func peek(_ distance: Int = 1) -> Token {
    tokens[min(position + distance, tokens.count - 1)]
  }

  /// Whether all tokens were taken.
  package var isAtEnd: Bool { current.kind == .endOfFile }

  /// The span of the token that was taken last.
  package var previousSpan: SourceSpan { lastSpan }

  /// Takes the next token; the end of the text stays where it is.
  @discardableResult
  package mutating func advance() -> Token {
    let token = tokens[position]
    if position + 1 < tokens.count {
      position += 1
      lastSpan = token.span
    }
    return token
  }

  /// From the start of `span` to the end of the last token taken.
  package func span(from span: SourceSpan) -> SourceSpan {
    lastSpan.end >= span.start ? span.through(lastSpan) : span
  }

  /// A measure of progress: loops that recover check that it grows.
  package var offset: Int { position }

  // MARK: Questions

  /// Whether the token at a distance is this unquoted word.
  package func isWord(_ word: String, at distance: Int = 0) -> Bool {
    let token = peek(distance)
    return token.kind == .word && token.text == word
  }

  /// Whether these words come next.
  package func isWords(_ words: String...) -> Bool {
    for (distance, word) in words.enumerated() where !isWord(word, at: distance) { return false }
    return true
  }

  /// Whether the next token is one of these words.
  package func isAnyWord(_ words: Set<String>) -> Bool {
    current.kind == .word && words.contains(current.text)
  }

  /// Whether the token at a distance is this mark.
  package func isSymbol(_ symbol: String, at distance: Int = 0) -> Bool {
    let token = peek(distance)
    return token.kind == .symbol && token.text == symbol
  }

  /// Whether the token at a distance is a string in quotes of any kind.
  package func isString(at distance: Int = 0) -> Bool {
    let kind = peek(distance).kind
    return kind == .string || kind == .dollarString
  }

  // MARK: Taking tokens

  /// Takes the word if it comes next.
  package mutating func accept(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  /// Takes these words if all of them come next.
  package mutating func accept(words: String...) -> Bool {
    for (distance, word) in words.enumerated() where !isWord(word, at: distance) { return false }
    for _ in words { advance() }
    return true
  }

  /// Takes the mark if it comes next.
  package mutating func accept(symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  /// Takes the word, which must come next.
  package mutating func expect(_ word: String) throws(ParseFailure) {
    guard accept(word) else { throw unexpected("`\(word.uppercased())`") }
  }

  /// Takes the mark, which must come next.
  package mutating func expect(symbol: String) throws(ParseFailure) {
    guard accept(symbol: symbol) else { throw unexpected("`\(symbol)`") }
  }

  /// Takes the closing mark of a pair; without it, the opening one is shown too.
  package mutating func expectClosing(
    _ symbol: String, of opening: SourceSpan
  ) throws(ParseFailure) {
    guard !accept(symbol: symbol) else { return }
    guard isAtEnd || isSymbol(";") || isSymbol("}") else {
      throw unexpected("`\(symbol)` or `,`")
    }
    throw fail(
      .unclosedParenthesis, "this bracket is never closed", at: opening,
      help: "add a closing `\(symbol)`")
  }

  /// Takes an identifier that may name a column, a table or a variable.
  package mutating func expectName(_ expected: String = "a name") throws(ParseFailure) -> NameSyntax
  {
    guard isName() else { throw unexpected(expected) }
    return takeName()
  }

  /// Takes any identifier or keyword as a name: after AS, after a dot, in a list of labels.
  package mutating func expectLabel(_ expected: String = "a name") throws(ParseFailure)
    -> NameSyntax
  {
    guard current.kind == .word || current.kind == .quoted else { throw unexpected(expected) }
    return takeName()
  }

  /// Whether the token at a distance may name a column, a table or a variable.
  package func isName(at distance: Int = 0) -> Bool {
    let token = peek(distance)
    return token.kind == .quoted
      || (token.kind == .word && Keywords.isColumnName(token.text))
  }

  /// Takes the next token as a name, whatever it is.
  package mutating func takeName() -> NameSyntax {
    let token = advance()
    return NameSyntax(token.text, at: token.span, isQuoted: token.kind == .quoted)
  }

  /// Takes a string in quotes of any kind.
  package mutating func expectString(
    _ expected: String = "text in quotes"
  ) throws(ParseFailure) -> StringSyntax {
    guard isString() else { throw unexpected(expected) }
    let token = advance()
    return StringSyntax(token.text, at: token.span)
  }

  /// Takes a whole number that fits a machine word.
  package mutating func expectInteger(
    _ expected: String = "a whole number"
  ) throws(ParseFailure) -> Int {
    guard current.kind == .integer else { throw unexpected(expected) }
    guard let value = Int(current.text) else {
      throw fail(
        .invalidNumber, "`\(current.text)` is too large", at: current.span,
        help: "write a number below \(Int.max)")
    }
    advance()
    return value
  }

  /// Takes `a.b.c`, at most three parts.
  package mutating func expectQualifiedName(
    _ expected: String = "a name"
  ) throws(ParseFailure) -> QualifiedNameSyntax {
    var parts = [try expectName(expected)]
    while isSymbol("."), !isSymbol("*", at: 1) {
      advance()
      parts.append(try expectLabel())
    }
    guard parts.count <= 4 else {
      throw fail(
        .syntaxError, "improper qualified name (too many dotted names)",
        at: parts[0].span.through(parts[parts.count - 1].span),
        help: "write `schema.table.column` at most")
    }
    return QualifiedNameSyntax(parts)
  }

  /// Reads one or more elements with commas between them.
  package mutating func list<Element>(
    _ element: (inout Parser) throws(ParseFailure) -> Element
  ) throws(ParseFailure) -> [Element] {
    var elements = [try element(&self)]
    while accept(symbol: ",") {
      elements.append(try element(&self))
    }
    return elements
  }

  /// Reads `(a, b, …)` of names.
  package mutating func nameList(
    _ expected: String = "a column name"
  ) throws(ParseFailure) -> [NameSyntax] {
    let opening = current.span
    try expect(symbol: "(")
    let names = try list { (parser) throws(ParseFailure) in try parser.expectName(expected) }
    try expectClosing(")", of: opening)
    return names
  }

  // MARK: Mistakes

  /// Records a diagnostic.
  package mutating func record(_ diagnostic: Diagnostic) {
    // The lexer's mistakes come first in the list; a mistake in the same place follows from one.
    let isConsequence = diagnostics.contains {
      $0.severity == .error && $0.span.file == diagnostic.span.file
        && $0.span.start <= diagnostic.span.start && diagnostic.span.start < $0.span.end
    }
    guard diagnostics.count < Diagnostic.countLimit, !isConsequence else { return }
    // A text that is never closed swallows the brackets and words that would be missed here.
    let isUnclosed = [.unclosedBlock, .unclosedParenthesis].contains(diagnostic.code)
    guard !isCutShort || !(isUnclosed || isAtEnd) else { return }
    diagnostics.append(diagnostic)
  }

  /// Records a diagnostic and returns what to throw.
  package mutating func fail(_ diagnostic: Diagnostic) -> ParseFailure {
    record(diagnostic)
    return ParseFailure()
  }

  /// Records a diagnostic with a sentence as its help and returns what to throw.
  package mutating func fail(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, caption: String = "",
    help: String
  ) -> ParseFailure {
    fail(Diagnostic(code, message, at: span, caption: caption, help: help))
  }

  /// Records that something else should stand here, in PostgreSQL's words.
  package mutating func unexpected(_ expected: String) -> ParseFailure {
    if let misspelt = misspeltAlias { return fail(misspelt) }
    guard current.kind == .word, current.text.count >= 4,
      !Self.clauseWords.contains(current.text),
      let meant = didYouMean(current.text, among: Self.clauseWords)
    else {
      return fail(.syntaxError, unexpectedMessage, at: current.span, help: "expected \(expected)")
    }
    let word = meant.uppercased()
    return fail(
      Diagnostic(
        .syntaxError, unexpectedMessage, at: current.span,
        help: Diagnostic.Help(
          "did you mean `\(word)`?",
          replacement: Diagnostic.Replacement(word, at: current.span))))
  }

  /// Says that the alias before the token that does not fit was meant to begin a clause.
  ///
  ///     FROM orders WEHRE id = 1      -- `WEHRE` is an alias, and `id` the token that does not fit
  private var misspeltAlias: Diagnostic? {
    guard let alias = implicitAlias, alias.span == lastSpan, alias.text.count >= 3,
      let meant = didYouMean(alias.text, among: Self.clauseWords + ["set", "for"])
    else { return nil }
    let word = meant.uppercased()
    return Diagnostic(
      .syntaxError, "syntax error at or near \"\(input.text(alias.span))\"", at: alias.span,
      help: Diagnostic.Help(
        "did you mean `\(word)`?", replacement: Diagnostic.Replacement(word, at: alias.span)))
  }

  /// Words in the middle of statements that hurried fingers misspell.
  private static let clauseWords = [
    "from", "where", "values", "group", "order", "having", "limit", "returning", "join", "using",
    "union", "then", "loop", "into", "conflict", "nowait", "locked", "else", "exception",
  ]

  /// PostgreSQL's message for a token that fits nowhere.
  package var unexpectedMessage: String {
    if current.kind == .endOfFile { return "syntax error at the end" }
    let source = input.offsets == nil ? input.text(current.span) : current.text
    return "syntax error at or near \"\(Self.shortened(source))\""
  }

  /// The first line of a text, cut at 40 letters.
  private static func shortened(_ text: String) -> String {
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" }
    return line.count == text.count && text.count <= 40 ? text : "\(line.prefix(40))…"
  }

  /// Whether an error was recorded.
  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  // MARK: Depth

  /// Enters a construct that may hold itself; ``leave()`` must follow.
  package mutating func enter() throws(ParseFailure) {
    guard depth < Self.depthLimit else {
      throw fail(
        .nestedTooDeeply, "this is nested too deeply", at: current.span,
        help: "at most \(Self.depthLimit) levels; give inner queries a name with WITH")
    }
    depth += 1
  }

  /// Leaves a construct.
  package mutating func leave() {
    precondition(depth > 0, "left more constructs than were entered")
    depth -= 1
  }

  /// Begins the measuring of a chain of operators and returns what ``endChain(_:)`` needs.
  mutating func beginChain() -> Int {
    defer { height = 0 }
    return height
  }

  /// Counts one more operator over everything read since ``beginChain()``.
  mutating func growChain() throws(ParseFailure) {
    height += 1
    guard height <= Self.heightLimit else {
      throw fail(
        .nestedTooDeeply, "this expression has too many operators", at: current.span,
        help: "at most \(Self.heightLimit) in a row; use `IN (…)` or a table of values")
    }
  }

  /// Ends the measuring of a chain.
  mutating func endChain(_ outer: Int) {
    height = max(outer, height)
  }

  // MARK: Recovery

  /// Skips to the end of the broken statement: behind its `;`, or before the `}` of its block.
  package mutating func skipStatement() {
    var braces = 0
    while !isAtEnd {
      if isBlockStart { return }
      if isSymbol(";"), braces == 0 {
        advance()
        return
      }
      if isSymbol("{") { braces += 1 }
      if isSymbol("}") {
        if braces == 0 { return }
        braces -= 1
      }
      advance()
    }
  }

  /// Whether the statements of a block end here: at its `}`, at the end of the text, or, where the
  /// `}` is missing, at the next block.
  package var isAtBlockEnd: Bool { isAtEnd || isSymbol("}") || isBlockStart }

  /// Whether a block with braces begins with the next word.
  package var isBlockStart: Bool {
    guard !blockWords.isEmpty, isAnyWord(blockWords), isFirstOnLine else { return false }
    for distance in 1...24 {
      let token = peek(distance)
      if token.kind == .endOfFile { return false }
      guard token.kind == .symbol else { continue }
      if token.text == "{" { return true }
      if [";", "}", ":=", "=", "."].contains(token.text) { return false }
    }
    return false
  }

  /// Whether only blanks come before the next token on its line.
  package var isFirstOnLine: Bool {
    var offset = Int(current.span.start) - 1
    guard input.offsets == nil else { return false }
    while offset >= 0 {
      switch input.bytes[offset] {
      case UInt8(ascii: "\n"): return true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset -= 1
      default: return false
      }
    }
    return true
  }

  // MARK: Texts within the text

  /// Reads the content of a string as a text of its own, whose spans point into this file.
  package mutating func readContent<Value>(
    of string: Token, context: Context,
    _ body: (inout Parser) throws(ParseFailure) -> Value
  ) throws(ParseFailure) -> Value {
    // A text that is never closed has been reported; its content would only repeat that.
    guard !diagnostics.contains(where: { $0.span.start == string.span.start }) else {
      throw ParseFailure.again
    }
    var inner = Parser(contentInput(of: string))
    inner.context = context
    inner.ignoresMaintenance = ignoresMaintenance
    inner.depth = depth
    defer { for diagnostic in inner.diagnostics { record(diagnostic) } }
    return try body(&inner)
  }

  /// The content of a string as an input for a lexer.
  private func contentInput(of string: Token) -> LexerInput {
    let range = string.content.range
    let isOwnText = input.offsets == nil
    if isOwnText, string.text.utf8.elementsEqual(input.bytes[range]) {
      return LexerInput(bytes: input.bytes, range: range, file: input.file)
    }
    // The text has quotes doubled or escaped: every byte is traced back to its place.
    let decoded = Array(string.text.utf8)
    var offsets: [Int32] = []
    var place = range.lowerBound
    for byte in decoded {
      if isOwnText {
        while place < range.upperBound, input.bytes[place] != byte { place += 1 }
      }
      offsets.append(Int32(clamping: min(place, range.upperBound)))
      place = min(place + 1, range.upperBound)
    }
    offsets.append(Int32(clamping: range.upperBound))
    return LexerInput(bytes: decoded, range: decoded.indices, file: input.file, offsets: offsets)
  }
}

extension DiagnosticCode {
  /// Whether something in quotes, or a comment, lacks its end.
  fileprivate var isUnterminated: Bool {
    switch self {
    case .unterminatedString, .unterminatedIdentifier, .unterminatedDollarQuote,
      .unterminatedComment:
      true
    default:
      false
    }
  }
}
