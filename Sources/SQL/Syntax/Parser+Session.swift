/// Transaction and session commands.
extension Parser {
  // MARK: Transactions

  /// Reads `BEGIN` or `START TRANSACTION` with modes.
  mutating func parseBegin() throws(ParseFailure) -> StatementKind {
    if accept("start") {
      try expect("transaction")
    } else {
      advance()
      if !accept("transaction") { _ = accept("work") }
    }
    return .begin(try parseTransactionModes())
  }

  private mutating func parseTransactionModes() throws(ParseFailure) -> TransactionModesSyntax {
    var modes = TransactionModesSyntax()
    while true {
      if accept("isolation") {
        try expect("level")
        modes.isolation = try parseIsolationLevel()
      } else if accept(words: "read", "only") {
        modes.isReadOnly = true
      } else if accept(words: "read", "write") {
        modes.isReadOnly = false
      } else if accept("deferrable") {
        modes.isDeferrable = true
      } else if accept(words: "not", "deferrable") {
        modes.isDeferrable = false
      } else {
        return modes
      }
      _ = accept(symbol: ",")
    }
  }

  /// Reads an isolation level's words.
  package mutating func parseIsolationLevel() throws(ParseFailure) -> IsolationLevelSyntax {
    if accept(words: "read", "committed") { return .readCommitted }
    if accept(words: "read", "uncommitted") { return .readUncommitted }
    if accept(words: "repeatable", "read") { return .repeatableRead }
    if accept("serializable") { return .serializable }
    throw unexpected("`READ COMMITTED`, `REPEATABLE READ` or `SERIALIZABLE`")
  }

  /// Reads `COMMIT`, `END`.
  mutating func parseCommit() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if isWord("prepared") { return try parseTwoPhase(.commit, from: start) }
    return .commit(andChain: try parseChain())
  }

  /// Reads `ROLLBACK [TO savepoint]`, `ABORT`.
  mutating func parseRollback() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if isWord("prepared") { return try parseTwoPhase(.rollback, from: start) }
    if !accept("transaction") { _ = accept("work") }
    if accept("to") {
      _ = accept("savepoint")
      return .rollbackTo(try expectName("the name of a savepoint"))
    }
    return .rollback(andChain: try parseChain())
  }

  /// Reads what follows the first word of `PREPARE TRANSACTION 'name'` and of what ends it.
  private mutating func parseTwoPhase(
    _ command: TwoPhaseCommand, from start: SourceSpan
  ) throws(ParseFailure) -> StatementKind {
    guard ignoresMaintenance, context == .sql else {
      throw fail(
        .unsupportedStatement, "two-phase commit is not simulated",
        at: start.through(current.span), help: "use COMMIT or ROLLBACK alone")
    }
    advance()
    return .twoPhase(command, try expectString("the name of the transaction, in quotes"))
  }

  private mutating func parseChain() throws(ParseFailure) -> Bool {
    if !accept("transaction") { _ = accept("work") }
    guard accept("and") else { return false }
    let isChained = !accept("no")
    try expect("chain")
    return isChained
  }

  /// Reads `SAVEPOINT name`.
  mutating func parseSavepoint() throws(ParseFailure) -> StatementKind {
    advance()
    return .savepoint(try expectName("the name of a savepoint"))
  }

  /// Reads `RELEASE [SAVEPOINT] name`.
  mutating func parseRelease() throws(ParseFailure) -> StatementKind {
    advance()
    _ = accept("savepoint")
    return .release(try expectName("the name of a savepoint"))
  }

  // MARK: Settings

  /// Reads SET in all its forms.
  mutating func parseSet() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if accept("transaction") {
      if isWord("snapshot") {
        throw fail(
          .unsupportedStatement, "`SET TRANSACTION SNAPSHOT` is not simulated",
          at: span(from: start), help: "delete the line")
      }
      return .setTransaction(try expectTransactionModes())
    }
    if accept(words: "session", "characteristics") {
      try expect("as")
      try expect("transaction")
      return .setSessionCharacteristics(try expectTransactionModes())
    }
    if accept("constraints") {
      return try parseSetConstraints()
    }
    let isLocal = accept("local")
    let hasSession = !isLocal && accept("session")
    if let role = try parseSetRole(isLocal: isLocal, hasSession: hasSession) { return role }
    if isAnyWord(["role", "authorization"]), !isSymbol("=", at: 1), !isWord("to", at: 1) {
      skipToStatementEnd()
      return .ignored("set role")
    }
    if isLocal, accept("transaction") { return .setTransaction(try expectTransactionModes()) }
    return .set(try parseSetting(isLocal: isLocal))
  }

  private mutating func parseSetConstraints() throws(ParseFailure) -> StatementKind {
    var names: [QualifiedNameSyntax]?
    if !accept("all") {
      names = try list { (parser) throws(ParseFailure) in
        try parser.expectQualifiedName("`ALL` or the name of a constraint")
      }
    }
    let isDeferred = isWord("deferred")
    guard accept("deferred") || accept("immediate") else {
      throw unexpected("`DEFERRED` or `IMMEDIATE`")
    }
    return .setConstraints(names, isDeferred: isDeferred)
  }

  private mutating func expectTransactionModes() throws(ParseFailure) -> TransactionModesSyntax {
    let modes = try parseTransactionModes()
    guard modes != TransactionModesSyntax() else {
      throw unexpected("`ISOLATION LEVEL …`, `READ ONLY`, `READ WRITE` or `DEFERRABLE`")
    }
    return modes
  }

  /// Reads `name {= | TO} value, …`.
  mutating func parseSetting(isLocal: Bool) throws(ParseFailure) -> SetSyntax {
    if isWords("time", "zone") {
      let start = advance().span
      advance()
      let name = NameSyntax("timezone", at: span(from: start))
      return SetSyntax(isLocal: isLocal, name: name, values: try parseSettingValues())
    }
    let name = try expectSettingName()
    guard accept(symbol: "=") || accept("to") else { throw unexpected("`=` or `TO`") }
    return SetSyntax(isLocal: isLocal, name: name, values: try parseSettingValues())
  }

  private mutating func expectSettingName() throws(ParseFailure) -> NameSyntax {
    let start = current.span
    var text = try expectLabel("the name of a setting").text
    while accept(symbol: ".") {
      text += "." + (try expectLabel("the rest of the setting's name").text)
    }
    return NameSyntax(text, at: span(from: start))
  }

  /// Reads the values of a setting; empty for DEFAULT.
  private mutating func parseSettingValues() throws(ParseFailure) -> [StringSyntax] {
    if accept("default") { return [] }
    return try list { (parser) throws(ParseFailure) in
      let start = parser.current.span
      let sign = parser.accept(symbol: "-") ? "-" : ""
      switch parser.current.kind {
      case .word, .quoted, .string, .integer, .decimal, .dollarString:
        let text = parser.advance().text
        return StringSyntax(sign + text, at: parser.span(from: start))
      default:
        throw parser.unexpected("a value")
      }
    }
  }

  /// Reads `SHOW name`.
  mutating func parseShow() throws(ParseFailure) -> StatementKind {
    advance()
    if isWords("transaction", "isolation", "level") {
      let start = advance().span
      advance()
      advance()
      return .show(NameSyntax("transaction_isolation", at: span(from: start)))
    }
    return .show(try expectSettingName())
  }

  /// Reads `RESET name`.
  mutating func parseReset() throws(ParseFailure) -> StatementKind {
    advance()
    if accept("all") { return .reset(nil) }
    if let role = parseResetRole() { return role }
    return .reset(try expectSettingName())
  }

  // MARK: Notifications

  /// Reads `LISTEN channel`, `UNLISTEN {channel | *}`, `NOTIFY channel [, payload]`.
  mutating func parseNotification() throws(ParseFailure) -> StatementKind {
    let word = advance().text
    if word == "unlisten", accept(symbol: "*") { return .unlisten(nil) }
    let channel = try expectName("the name of a channel")
    if word == "listen" { return .listen(channel) }
    if word == "unlisten" { return .unlisten(channel) }
    let payload = accept(symbol: ",") ? try expectString("a payload in quotes") : nil
    return .notify(channel, payload: payload)
  }

  // MARK: Table locks

  /// Reads `LOCK [TABLE] tables [IN mode MODE] [NOWAIT]`.
  mutating func parseLockTable() throws(ParseFailure) -> StatementKind {
    advance()
    _ = accept("table")
    let tables = try list { (parser) throws(ParseFailure) in
      let isOnly = parser.accept("only")
      var name = try parser.expectQualifiedName("the table to lock")
      name.isOnly = isOnly
      _ = parser.accept(symbol: "*")
      return name
    }
    var mode = LockTableSyntax.Mode.accessExclusive
    if accept("in") {
      mode = try parseLockMode()
      try expect("mode")
    }
    return .lockTable(LockTableSyntax(tables: tables, mode: mode, isNowait: accept("nowait")))
  }

  private mutating func parseLockMode() throws(ParseFailure) -> LockTableSyntax.Mode {
    var words: [String] = []
    while current.kind == .word, !isWord("mode"), words.count < 3 { words.append(advance().text) }
    guard let mode = LockTableSyntax.Mode(rawValue: words.joined(separator: " ")) else {
      let modes = LockTableSyntax.Mode.allCases.map { "`\($0.rawValue.uppercased())`" }
      throw unexpected("a lock mode: " + modes.joined(separator: ", "))
    }
    return mode
  }

  // MARK: Prepared statements

  /// Reads `PREPARE name [(types)] AS statement`.
  mutating func parsePrepare() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if isWord("transaction") { return try parseTwoPhase(.prepare, from: start) }
    let name = try expectName("a name for the statement")
    var types: [TypeNameSyntax] = []
    if isSymbol("(") {
      let opening = advance().span
      types = try list { (parser) throws(ParseFailure) in try parser.parseType() }
      try expectClosing(")", of: opening)
    }
    try expect("as")
    let statement = try parseRowStatement()
    return .prepare(PrepareSyntax(name: name, types: types, statement: statement))
  }

  /// Reads `EXECUTE name [(arguments)]`.
  mutating func parseExecute() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    guard isName() else {
      throw fail(
        .unsupportedDynamicSQL, "`EXECUTE` of a text is not simulated", at: start,
        help: "write the statement itself; dynamic SQL cannot be analysed before it runs")
    }
    let name = takeName()
    let arguments = isSymbol("(") ? try parseArgumentsInBrackets() : []
    return .execute(name, arguments: arguments)
  }

  /// Reads `DEALLOCATE [PREPARE] {name | ALL}`.
  mutating func parseDeallocate() throws(ParseFailure) -> StatementKind {
    advance()
    _ = accept("prepare")
    if accept("all") { return .deallocate(nil) }
    return .deallocate(try expectName("the name of a prepared statement"))
  }

  /// Reads `CALL procedure(arguments)`.
  mutating func parseCallStatement() throws(ParseFailure) -> StatementKind {
    advance()
    let name = try expectQualifiedName("the name of a procedure")
    return .call(try parseCall(name))
  }

  /// Skips to before the statement's semicolon.
  mutating func skipToStatementEnd() {
    while !isAtEnd, !isSymbol(";"), !isSymbol("}") { advance() }
  }
}
