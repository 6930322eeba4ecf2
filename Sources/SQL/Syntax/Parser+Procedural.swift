/// Blocks and simple statements of PL/pgSQL and of writer programs.
extension Parser {
  /// Reads a writer's program up to its `}` or to the end of the text.
  package mutating func parseProgram() -> [ProceduralStatementSyntax] {
    context = .writer
    defer { context = .sql }
    return parseList(in: .program)
  }

  /// What a list of statements stands in, which decides the words that end it.
  enum Construct: Hashable, Sendable {
    case program, block, branch, caseArm, loop

    /// The word behind END.
    var word: String {
      switch self {
      case .program, .block: ""
      case .branch: "if"
      case .caseArm: "case"
      case .loop: "loop"
      }
    }

    /// The other words that end a list of its statements.
    var dividers: Set<String> {
      switch self {
      case .program, .loop: []
      case .block: ["exception", "when"]
      case .branch: ["else", "elsif", "elseif"]
      case .caseArm: ["else", "when"]
      }
    }
  }

  /// Whether the list of a construct ends here.
  private func endsList(of construct: Construct) -> Bool {
    guard !isAtBlockEnd else { return true }
    guard current.kind == .word else { return false }
    if construct.dividers.contains(current.text) { return !isAssignment }
    guard isWord("end"), construct != .program else { return false }
    let closed = structureEnd ?? ""
    return closed == construct.word || !hasErrors
  }

  /// The construct's word behind an END that closes no block: outside of all, `END;` is COMMIT.
  private var structureEnd: String? {
    guard isWord("end") else { return nil }
    return ["if", "loop", "case"].first { isWord($0, at: 1) }
  }

  /// Reads statements up to a word that ends their list; broken ones are left out.
  private mutating func parseList(in construct: Construct) -> [ProceduralStatementSyntax] {
    var statements: [ProceduralStatementSyntax] = []
    while !endsList(of: construct) {
      if context == .writer, accept(symbol: ";") { continue }
      let before = offset
      do throws(ParseFailure) {
        try checkStray()
        try checkUndeclared(first: statements.isEmpty)
        statements.append(try parseProceduralStatement())
        while isBehindDeclaration(statements.last), isDeclaration(at: 0) {
          statements.append(try parseFurtherDeclaration())
        }
      } catch {
        if offset == before, !isSymbol(";") { advance() }
        skipStatement()
      }
    }
    return statements
  }

  /// Refuses a word that ends a construct which is not open.
  ///
  /// Behind an earlier mistake nothing new is said: the construct's beginning was not understood.
  private mutating func checkStray() throws(ParseFailure) {
    let isDivider = isAnyWord(["else", "elsif", "elseif", "when", "exception"])
    guard !isAssignment, isDivider || structureEnd != nil else { return }
    guard !hasErrors else { throw ParseFailure.again }
    guard isWord("exception"), context == .writer else { throw unexpected("a statement") }
    throw fail(
      .syntaxError, unexpectedMessage, at: current.span,
      help: "put the statements that may fail into a block: `BEGIN … EXCEPTION WHEN … THEN … END;`")
  }

  /// Refuses a writer's `v_name type;` without DECLARE before it.
  private mutating func checkUndeclared(first isFirst: Bool) throws(ParseFailure) {
    guard context == .writer, isFirst, isDeclaration(at: 0) else { return }
    throw fail(
      .syntaxError, unexpectedMessage, at: current.span,
      help: "write `DECLARE` before the name if this declares a variable")
  }

  /// Reads the statements inside a construct that has an END of its own.
  mutating func parseBody(in construct: Construct) -> [ProceduralStatementSyntax] {
    parseList(in: construct)
  }

  /// Reads `<<label>>` if one is here.
  mutating func parseLabel() throws(ParseFailure) -> NameSyntax? {
    guard accept(symbol: "<<") else { return nil }
    let name = try expectLabel("a label")
    try expect(symbol: ">>")
    return name
  }

  /// Takes the semicolon behind a statement; a writer's last one needs none.
  mutating func expectSemicolon() throws(ParseFailure) {
    if accept(symbol: ";") { return }
    if context == .writer, isAtBlockEnd { return }
    let failure = unexpected("`;` or more of this statement")
    // The END of the construct around it is no part of the statement.
    guard !isWord("end"), !isAnyWord(["else", "elsif"]) else { return }
    throw failure
  }

  // MARK: Dispatch

  private mutating func parseProceduralStatement() throws(ParseFailure) -> ProceduralStatementSyntax
  {
    try enter()
    defer { leave() }
    let start = current.span
    let label = try parseLabel()
    if label != nil, !isAnyWord(["loop", "while", "for", "foreach", "begin", "declare"]) {
      throw unexpected("a loop or a block behind the label")
    }
    let kind = try parseProceduralKind(label: label, from: start)
    let span = span(from: start)
    try expectSemicolon()
    return ProceduralStatementSyntax(kind, label: label, at: span)
  }

  private mutating func parseProceduralKind(
    label: NameSyntax?, from start: SourceSpan
  ) throws(ParseFailure) -> ProceduralStatementKind {
    if isAssignment { return try parseAssignmentStatement() }
    guard current.kind == .word else { return .sql(try parseStatement()) }
    switch current.text {
    case "begin" where !isTransactionCommand:
      return .block(try parseBlock(label: label, from: start))
    case "declare":
      return try parseDeclare(label: label, from: start)
    case "if": return try parseIf()
    case "case": return try parseCaseStatement()
    case "loop": return .loop(try parseLoopBody(label))
    case "while": return try parseWhile(label)
    case "for": return try parseFor(label)
    case "foreach": return try parseForeach(label)
    case "exit", "continue": return try parseExit()
    case "return": return try parseReturn()
    case "raise": return .raise(try parseRaise())
    case "assert": return try parseAssert()
    case "perform": return .perform(try parsePerform())
    case "execute" where context == .function: return try parseDynamic()
    case "open", "fetch", "move", "close":
      guard context == .function else { return .sql(try parseStatement()) }
      return .cursor(try parseCursorAction())
    case "execute" where isString(at: 1):
      throw fail(
        .unsupportedDynamicSQL, "dynamic SQL is not simulated", at: current.span,
        caption: "its text is known only while it runs",
        help: "write the statement itself")
    case "get": return .getDiagnostics(try parseGetDiagnostics())
    case "null" where isSymbol(";", at: 1) || isSymbol("}", at: 1):
      advance()
      return .null
    default:
      return .sql(try parseStatement())
    }
  }

  /// Reads `EXECUTE text [INTO …] [USING …]`.
  private mutating func parseDynamic() throws(ParseFailure) -> ProceduralStatementKind {
    advance()
    let text = try parseExpression()
    var values: [ExpressionSyntax] = []
    let outer = (into, allowsInto)
    into = nil
    allowsInto = true
    defer { (into, allowsInto) = outer }
    while isWord("into") || isWord("using") {
      if accept("using") {
        values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
      } else {
        try parseIntoIfPresent()
      }
    }
    return .dynamic(text, into: into, values: values)
  }

  /// Whether `BEGIN` here begins a transaction, not a block.
  private var isTransactionCommand: Bool {
    guard context == .writer else { return false }
    let next = peek(1)
    if next.kind == .endOfFile { return true }
    if next.kind == .symbol { return next.text == ";" || next.text == "}" }
    guard next.kind == .word else { return false }
    switch next.text {
    case "transaction", "work", "isolation", "deferrable", "not": return true
    case "read": return isWord("only", at: 2) || isWord("write", at: 2)
    default: return false
    }
  }

  // MARK: Assignment

  /// Whether `name[.field] :=` comes next, or the same with `=`.
  private var isAssignment: Bool {
    guard current.kind == .word || current.kind == .quoted else { return false }
    var distance = 1
    while isSymbol(".", at: distance), distance < 5 { distance += 2 }
    return isSymbol(":=", at: distance) || isSymbol("=", at: distance)
      || (isSymbol("[", at: distance) && isName())
  }

  private mutating func parseAssignmentStatement() throws(ParseFailure) -> ProceduralStatementKind {
    var parts = [takeName()]
    while accept(symbol: ".") { parts.append(try expectLabel("the name of a field")) }
    let name = QualifiedNameSyntax(parts)
    guard isSymbol("[") else {
      advance()
      return .assign(name, try parseProceduralValue())
    }
    // `a[i] := v` gives the whole array another value.
    let opening = advance().span
    let number = try parseExpression()
    try expectClosing("]", of: opening)
    guard accept(symbol: ":=") || accept(symbol: "=") else { throw unexpected("`:=`") }
    let value = try parseProceduralValue()
    let array = ExpressionSyntax(.column(name), at: name.span)
    return .assign(name, .call("$assign", [array, number, value], at: span(from: name.span)))
  }

  /// Reads an expression, or PL/pgSQL's `expression FROM table …` without a SELECT.
  mutating func parseProceduralValue() throws(ParseFailure) -> ExpressionSyntax {
    let start = current.span
    let value = try parseExpression()
    guard isWord("from") else { return value }
    let target = TargetSyntax(value: value, span: value.span)
    let select = try parseSelectTail(distinct: nil, targets: [target], from: start)
    let query = QuerySyntax(body: .select(select), span: span(from: start))
    return ExpressionSyntax(.scalarSubquery(query), at: query.span)
  }

  // MARK: Blocks

  /// Reads `[DECLARE …] BEGIN … [EXCEPTION …] END [label]`.
  mutating func parseBlock(
    label: NameSyntax?, from start: SourceSpan
  ) throws(ParseFailure) -> BlockSyntax {
    var declarations: [DeclarationSyntax] = []
    while accept("declare") {
      while !isWord("begin"), !isWord("declare"), !isAtBlockEnd {
        if let declaration = parseDeclarationOrSkip() { declarations.append(declaration) }
      }
    }
    return try parseBlock(label: label, declarations: declarations, from: start)
  }

  /// Reads a block from its BEGIN.
  private mutating func parseBlock(
    label: NameSyntax?, declarations: [DeclarationSyntax], from start: SourceSpan
  ) throws(ParseFailure) -> BlockSyntax {
    let opening = current.span
    try expect("begin")
    let statements = parseBody(in: .block)
    var handlers: [ExceptionHandlerSyntax] = []
    if accept("exception") {
      guard isWord("when") else { throw unexpected("`WHEN condition THEN`") }
      while isWord("when") { handlers.append(try parseHandler()) }
    }
    try expectEnd("", of: opening)
    try expectEndLabel(label)
    return BlockSyntax(
      label: label, declarations: declarations, statements: statements, handlers: handlers,
      span: span(from: start))
  }

  /// Takes `END word`; without it, the construct's opening is shown too.
  mutating func expectEnd(_ word: String, of opening: SourceSpan) throws(ParseFailure) {
    let isEnd = isWord("end") && (structureEnd ?? "") == word
    guard isEnd else {
      let text = word.isEmpty ? "END" : "END \(word.uppercased())"
      guard isAtBlockEnd else {
        throw fail(
          Diagnostic(
            .syntaxError, unexpectedMessage, at: current.span,
            labels: [Diagnostic.Label("opened here", at: opening)],
            help: Diagnostic.Help("expected `\(text)`")))
      }
      throw fail(
        .unclosedBlock, "this is never closed", at: opening,
        help: context == .writer && word.isEmpty
          ? "add `END;`, or write `BEGIN;` if it begins a transaction" : "add `\(text);`")
    }
    advance()
    if !word.isEmpty { advance() }
  }

  /// Takes the label behind END, which must be that of the construct.
  mutating func expectEndLabel(_ label: NameSyntax?) throws(ParseFailure) {
    guard current.kind == .word || current.kind == .quoted, !isBlockStart else { return }
    let name = takeName()
    guard name.text != label?.text else { return }
    throw fail(
      .labelMismatch, "end label `\(name.text)` differs from the block's label", at: name.span,
      help: label.map { "write `\($0.text)`" } ?? "put `<<\(name.text)>>` before the block")
  }

  private mutating func parseHandler() throws(ParseFailure) -> ExceptionHandlerSyntax {
    let start = advance().span
    var conditions = [try parseCondition()]
    while accept("or") { conditions.append(try parseCondition()) }
    try expect("then")
    let statements = parseBody(in: .block)
    return ExceptionHandlerSyntax(
      conditions: conditions, statements: statements, span: span(from: start))
  }

  /// Reads the name of a condition, or `SQLSTATE 'code'`.
  package mutating func parseCondition() throws(ParseFailure) -> ConditionSyntax {
    if isWord("sqlstate"), isString(at: 1) {
      advance()
      return .sqlstate(try expectSQLState())
    }
    return .name(try expectName("the name of a condition, such as `unique_violation`"))
  }

  /// Takes a string of five digits and capital letters.
  package mutating func expectSQLState() throws(ParseFailure) -> StringSyntax {
    let string = try expectString("a code of five characters")
    let isValid =
      string.text.utf8.count == 5
      && string.text.utf8.allSatisfy { $0.isDigit || ($0 >= 0x41 && $0 <= 0x5A) }
    guard isValid else {
      throw fail(
        .invalidLiteral, "invalid SQLSTATE code \"\(string.text)\"", at: string.span,
        help: "a code has five digits or capital letters, such as '40001'")
    }
    return string
  }

  // MARK: Declarations

  /// Reads DECLARE in a program: one declaration, or those of a block.
  ///
  /// What a writer declares outside of all constructs is there for the whole program, also where a block
  /// follows at once: the block may end before the program does.
  private mutating func parseDeclare(
    label: NameSyntax?, from start: SourceSpan
  ) throws(ParseFailure) -> ProceduralStatementKind {
    guard context == .writer, label == nil else {
      return .block(try parseBlock(label: label, from: start))
    }
    advance()
    var declarations: [DeclarationSyntax] = []
    if !isWord("begin") { declarations.append(try parseDeclaration()) }
    guard isSymbol(";"), !isOutermost, continuesDeclarations else {
      guard isWord("begin"), declarations.isEmpty else {
        return .declare(declarations[0])
      }
      return .block(try parseBlock(label: nil, declarations: [], from: start))
    }
    advance()
    while !isWord("begin"), !isAtBlockEnd {
      if accept("declare") { continue }
      if let declaration = parseDeclarationOrSkip() { declarations.append(declaration) }
    }
    return .block(try parseBlock(label: nil, declarations: declarations, from: start))
  }

  /// Whether the statement that is being read stands in no other one.
  private var isOutermost: Bool { depth == 1 }

  /// Whether, behind the semicolon of a writer's declaration, a block's declarations go on.
  ///
  /// A declaration is `name type`; a statement that begins so begins with a keyword. The answer
  /// is yes where declarations lead up to a BEGIN that opens a block.
  private var continuesDeclarations: Bool {
    var distance = 1
    while true {
      let token = peek(distance)
      if token.kind == .endOfFile { return false }
      if isWord("begin", at: distance) { return !isTransactionBegin(at: distance) }
      guard isDeclaration(at: distance) else { return false }
      while !isSymbol(";", at: distance) {
        guard peek(distance).kind != .endOfFile, !isSymbol("}", at: distance) else { return false }
        distance += 1
      }
      distance += 1
    }
  }

  /// Whether a declaration without the word DECLARE comes: a name, a type, and what may follow it.
  ///
  /// A misspelled statement has two words at its start too; the token behind them tells.
  private func isDeclaration(at distance: Int) -> Bool {
    let name = peek(distance)
    let type = peek(distance + 1)
    guard isName(at: distance), type.kind == .word || type.kind == .quoted else { return false }
    guard name.kind == .quoted || !Self.statementStarts.contains(name.text) else { return false }
    if type.kind == .word, type.text == "constant" { return true }
    let behind = peek(distance + 2)
    if behind.kind == .symbol { return [";", ":=", "=", "(", "%", ".", "["].contains(behind.text) }
    guard behind.kind == .word else { return false }
    return ["default", "not", "precision", "varying", "with", "without"].contains(behind.text)
  }

  private func isBehindDeclaration(_ statement: ProceduralStatementSyntax?) -> Bool {
    guard context == .writer, case .declare = statement?.kind else { return false }
    return true
  }

  /// Reads a writer's declaration that goes on behind the semicolon of another: `a int; b text;`.
  private mutating func parseFurtherDeclaration() throws(ParseFailure) -> ProceduralStatementSyntax
  {
    let declaration = try parseDeclaration()
    try expectSemicolon()
    return ProceduralStatementSyntax(.declare(declaration), label: nil, at: declaration.span)
  }

  private func isTransactionBegin(at distance: Int) -> Bool {
    let next = peek(distance + 1)
    return next.kind != .word
      || ["transaction", "work", "isolation", "deferrable", "not"].contains(next.text)
      || (next.text == "read" && isWord("only", at: distance + 2))
      || (next.text == "read" && isWord("write", at: distance + 2))
  }

  /// The words that begin statements and could be taken for a variable's name.
  private static let statementStarts: Set<String> = [
    "insert", "update", "delete", "merge", "set", "lock", "start", "commit", "rollback", "abort",
    "savepoint", "release", "if", "loop", "while", "exit", "continue", "return", "raise",
    "assert", "perform", "get", "call", "execute", "prepare", "deallocate", "truncate", "show",
    "reset", "alter", "drop", "values", "declare", "begin",
    "close", "cluster", "comment", "copy", "discard", "explain", "listen", "move", "notify", "open",
    "refresh", "reindex", "security", "unlisten", "vacuum",
  ]

  private mutating func parseDeclarationOrSkip() -> DeclarationSyntax? {
    let before = offset
    do throws(ParseFailure) {
      let declaration = try parseDeclaration()
      try expect(symbol: ";")
      return declaration
    } catch {
      if offset == before { advance() }
      skipStatement()
      return nil
    }
  }

  /// Reads one declaration without its semicolon.
  private mutating func parseDeclaration() throws(ParseFailure) -> DeclarationSyntax {
    let start = current.span
    let name = try expectName("the name of a variable")
    if accept(words: "alias", "for") {
      let other: QualifiedNameSyntax
      if current.kind == .positional {
        let token = advance()
        other = QualifiedNameSyntax([NameSyntax("$\(token.text)", at: token.span)])
      } else {
        other = try expectQualifiedName("the name of a variable")
      }
      return DeclarationSyntax(name: name, kind: .alias(other), span: span(from: start))
    }
    let isScroll = isWords("scroll", "cursor") || isWords("no", "scroll")
    if isWord("cursor") || isScroll || isWord("refcursor") {
      let kind = DeclarationSyntax.Kind.cursor(try parseCursorDefinition(from: start))
      return DeclarationSyntax(name: name, kind: kind, span: span(from: start))
    }
    let isConstant = accept("constant")
    let kind: DeclarationSyntax.Kind
    if isWord("record"), !isSymbol("%", at: 1), !isSymbol(".", at: 1) {
      advance()
      kind = .record
    } else {
      kind = .type(try parseType())
    }
    let isNotNull = accept(words: "not", "null")
    var value: ExpressionSyntax?
    if accept(symbol: ":=") || accept(symbol: "=") || accept("default") {
      value = try parseProceduralValue()
    }
    return DeclarationSyntax(
      name: name, kind: kind, isConstant: isConstant, isNotNull: isNotNull, value: value,
      span: span(from: start))
  }
}
