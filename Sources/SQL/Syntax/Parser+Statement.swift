extension Parser {
  /// Reads statements with semicolons between them, up to the end of the text or to a `}`.
  ///
  /// A broken statement is reported and left out.
  package mutating func parseStatements() -> [StatementSyntax] {
    var statements: [StatementSyntax] = []
    while !isAtBlockEnd {
      if accept(symbol: ";") { continue }
      let before = offset
      do throws(ParseFailure) {
        let statement = try parseStatement()
        try expectStatementEnd()
        statements.append(statement)
      } catch {
        if offset == before, !isSymbol(";") { advance() }
        skipStatement()
      }
    }
    return statements
  }

  /// Takes the semicolon behind a statement; it may be missing before the end or a `}`.
  mutating func expectStatementEnd() throws(ParseFailure) {
    guard !accept(symbol: ";"), !isAtBlockEnd else { return }
    throw unexpected("`;` or more of this statement")
  }

  /// Reads one statement without its semicolon.
  package mutating func parseStatement() throws(ParseFailure) -> StatementSyntax {
    try enter()
    defer { leave() }
    let start = current.span
    into = nil
    allowsInto = context != .sql
    allowsDefaultInValues = false
    defer { allowsInto = false }
    let kind = try parseStatementKind()
    defer { into = nil }
    if case .select = kind { try parseIntoIfPresent() }
    return StatementSyntax(kind, into: into, at: span(from: start))
  }

  private mutating func parseStatementKind() throws(ParseFailure) -> StatementKind {
    guard current.kind == .word else {
      if isSymbol("(") { return try parseRowStatement().kind }
      throw unexpected("a statement")
    }
    switch current.text {
    case "select", "values", "with", "table", "insert", "update", "delete", "merge":
      return try parseRowStatement().kind
    case "create": return try parseCreate()
    case "drop": return try parseDrop()
    case "alter": return try parseAlter()
    case "truncate": return try parseTruncate()
    case "begin", "start": return try parseBegin()
    case "commit", "end": return try parseCommit()
    case "rollback", "abort": return try parseRollback()
    case "savepoint": return try parseSavepoint()
    case "release": return try parseRelease()
    case "set": return try parseSet()
    case "show": return try parseShow()
    case "reset": return try parseReset()
    case "lock": return try parseLockTable()
    case "prepare": return try parsePrepare()
    case "execute": return try parseExecute()
    case "deallocate": return try parseDeallocate()
    case "call": return try parseCallStatement()
    case "do": return try parseDo()
    case "listen", "unlisten", "notify":
      guard ignoresMaintenance else { throw failUnknownStatement() }
      return try parseNotification()
    case "declare", "fetch", "move", "close":
      guard ignoresMaintenance, context == .sql else { throw failUnknownStatement() }
      return try parseCursorCommand()
    case "comment", "grant", "revoke": return try parseGrant()
    case "vacuum", "analyze", "analyse":
      guard ignoresMaintenance, context == .sql else { throw failUnknownStatement() }
      return try parseMaintenance()
    case "refresh":
      guard ignoresMaintenance, context == .sql else { throw failUnknownStatement() }
      return try parseRefresh()
    case "reindex", "cluster":
      guard ignoresMaintenance, context == .sql else { throw failUnknownStatement() }
      return try parseIndexWork()
    case "checkpoint" where ignoresMaintenance:
      skipToStatementEnd()
      return .ignored("checkpoint")
    default:
      throw failUnknownStatement()
    }
  }

  // MARK: What is no statement

  /// Statements of PostgreSQL that RaceSim refuses, and why.
  private static let refused: [String: String] = [
    "listen": "statements of this kind have no effect on rows or locks",
    "notify": "statements of this kind have no effect on rows or locks",
    "unlisten": "statements of this kind have no effect on rows or locks",
    "explain": "it shows a plan, and RaceSim has none",
    "analyze": "statements of this kind have no effect on rows or locks",
    "analyse": "statements of this kind have no effect on rows or locks",
    "vacuum": "statements of this kind have no effect on rows or locks",
    "cluster": "it reorders a table's storage",
    "reindex": "it rebuilds a table's storage",
    "checkpoint": "it writes the server's storage",
    "discard": "it resets a session",
    "copy": "it reads or writes a file; use INSERT",
    "declare": "cursors are not simulated; use a loop over a query",
    "fetch": "cursors are not simulated; use a loop over a query",
    "move": "cursors are not simulated; use a loop over a query",
    "open": "cursors are not simulated; use a loop over a query",
    "close": "cursors are not simulated; use a loop over a query",
    "load": "it loads a library",
    "import": "it reads another server",
    "security": "it labels objects",
    "reassign": "it changes owners",
    "refresh": "materialized views are simulated in isolation specs only",
  ]

  /// The words that statements begin with.
  private static let statementWords = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "CREATE", "DROP", "ALTER",
    "TRUNCATE", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "SHOW",
    "RESET", "LOCK", "PREPARE", "EXECUTE", "DEALLOCATE", "CALL", "DO", "COMMENT", "GRANT",
    "REVOKE",
  ]

  /// The words that statements of PL/pgSQL begin with.
  static let proceduralWords = [
    "IF", "CASE", "LOOP", "WHILE", "FOR", "EXIT", "CONTINUE", "RETURN", "RAISE", "ASSERT",
    "PERFORM", "GET", "DECLARE", "NULL",
  ]

  mutating func failUnknownStatement() -> ParseFailure {
    let word = current.text
    if let reason = Self.refused[word] { return failUnsupportedStatement(word, reason: reason) }
    let candidates = Self.statementWords + (context == .sql ? [] : Self.proceduralWords)
    var diagnostic = Diagnostic.misspelt(
      .syntaxError, unexpectedMessage, at: current.span, name: word.uppercased(),
      among: candidates)
    if diagnostic.help == nil, context == .sql, Self.proceduralWords.contains(word.uppercased()) {
      diagnostic.help = Diagnostic.Help(
        "control flow belongs into a writer or into a function's body")
    }
    if diagnostic.help == nil { diagnostic.help = Diagnostic.Help("expected a statement") }
    return fail(diagnostic)
  }

  /// Refuses the statement that begins with `words` here.
  mutating func failUnsupportedStatement(_ words: String, reason: String) -> ParseFailure {
    let isCursor = reason.hasPrefix("cursors")
    return fail(
      Diagnostic(
        isCursor ? .unsupportedCursor : .unsupportedStatement,
        "`\(words.uppercased())` is not simulated", at: current.span, caption: reason,
        notes: [
          "RaceSim knows SELECT, INSERT, UPDATE, DELETE, SET, BEGIN, COMMIT, ROLLBACK, "
            + "SAVEPOINT, CALL, DO and the definitions of tables, indexes, views, functions, "
            + "procedures, enums and sequences"
        ], help: Diagnostic.Help("delete the statement")))
  }
}
