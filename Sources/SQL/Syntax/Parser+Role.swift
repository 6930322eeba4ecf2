/// Roles, owners and privileges: in isolation specs; elsewhere such statements are passed over.
extension Parser {
  private var readsRoles: Bool { ignoresMaintenance && context == .sql }

  /// Options of a role that say nothing of what it may do to tables, and SUPERUSER.
  private static let roleOptions: Set<String> = [
    "superuser", "nosuperuser", "login", "nologin", "inherit", "noinherit", "createdb",
    "nocreatedb", "nocreaterole", "replication", "noreplication", "nobypassrls", "password",
  ]

  /// Reads CREATE ROLE from the kind of role on; `nil` if it is none.
  mutating func parseCreateRole() throws(ParseFailure) -> StatementKind? {
    guard readsRoles, isAnyWord(["role", "user", "group"]) else { return nil }
    advance()
    let name = try expectName("the name of the role")
    _ = accept("with")
    var isSuperuser = false
    while !isSymbol(";"), !isSymbol("}"), !isAtEnd {
      guard isAnyWord(Self.roleOptions) else {
        throw fail(
          .unsupportedClause, "this option of a role is not simulated", at: current.span,
          help: "use SUPERUSER or none")
      }
      let option = advance().text
      if option == "superuser" { isSuperuser = true }
      if option == "password" { advance() }
    }
    return .role(.create(name, isSuperuser: isSuperuser))
  }

  /// Reads DROP ROLE from the kind of role on; `nil` if it is none.
  mutating func parseDropRole() throws(ParseFailure) -> StatementKind? {
    guard readsRoles, isAnyWord(["role", "user", "group"]) else { return nil }
    advance()
    let ifExists = accept(words: "if", "exists")
    return .role(.drop(try nameList(of: "a role"), ifExists: ifExists))
  }

  private mutating func nameList(of what: String) throws(ParseFailure) -> [NameSyntax] {
    try list { (parser) throws(ParseFailure) in try parser.expectName("the name of \(what)") }
  }

  /// Reads what follows SET [LOCAL | SESSION] if it is a role; `nil` if not.
  mutating func parseSetRole(isLocal: Bool, hasSession: Bool) throws(ParseFailure)
    -> StatementKind?
  {
    guard readsRoles else { return nil }
    if isWord("role") {
      advance()
      if !accept(symbol: "=") { _ = accept("to") }
      if accept("none") || accept("default") {
        return .role(.assume(nil, isLocal: isLocal))
      }
      return .role(.assume(try expectRole(), isLocal: isLocal))
    }
    let isAuthorization =
      hasSession && isWord("authorization") || isWords("session", "authorization")
    guard isAuthorization else { return nil }
    if accept("session") {}
    advance()
    if accept("default") { return .role(.authorize(nil, isLocal: isLocal)) }
    return .role(.authorize(try expectRole(), isLocal: isLocal))
  }

  /// A role's name, which may stand in single quotes.
  private mutating func expectRole() throws(ParseFailure) -> NameSyntax {
    guard current.kind == .string else { return try expectName("the name of a role") }
    let text = try expectString("the name of a role")
    return NameSyntax(text.text, at: text.span)
  }

  /// Reads what follows RESET if it is a role; `nil` if not.
  mutating func parseResetRole() -> StatementKind? {
    guard readsRoles else { return nil }
    if accept("role") { return .role(.assume(nil, isLocal: false)) }
    if accept(words: "session", "authorization") { return .role(.authorize(nil, isLocal: false)) }
    return nil
  }

  /// Reads GRANT or REVOKE of privileges on tables; others are passed over.
  mutating func parseGrant() throws(ParseFailure) -> StatementKind {
    let word = advance().text
    guard readsRoles, word != "comment", grantsOnTables else {
      skipToStatementEnd()
      return .ignored(word)
    }
    var grant = GrantSyntax(isRevoke: word == "revoke", privileges: [], tables: [], roles: [])
    if accept(words: "grant", "option", "for") {
      throw fail(
        .unsupportedClause, "`GRANT OPTION` is not simulated", at: current.span,
        help: "revoke the privilege")
    }
    if accept("all") {
      _ = accept("privileges")
    } else {
      grant.privileges = try list { (parser) throws(ParseFailure) in
        let name = try parser.expectLabel("a privilege")
        if parser.isSymbol("(") {
          throw parser.fail(
            .unsupportedClause, "privileges on columns are not simulated", at: parser.current.span,
            help: "grant it on the table")
        }
        return name
      }
    }
    try expect("on")
    _ = accept("table")
    grant.tables = try list { (parser) throws(ParseFailure) in
      try parser.expectQualifiedName("a table")
    }
    guard accept(grant.isRevoke ? "from" : "to") else {
      throw unexpected(grant.isRevoke ? "`FROM`" : "`TO`")
    }
    grant.roles = try list { (parser) throws(ParseFailure) -> NameSyntax? in
      _ = parser.accept("group")
      return parser.accept("public") ? nil : try parser.expectName("the name of a role")
    }
    if !accept("cascade") { _ = accept("restrict") }
    if isWord("with") {
      throw fail(
        .unsupportedClause, "`WITH GRANT OPTION` is not simulated", at: current.span,
        help: "let the owner grant it")
    }
    return .role(.grant(grant))
  }

  /// Whether what is granted is on tables: behind ON stands a name, or TABLE.
  private var grantsOnTables: Bool {
    var distance = 0
    while peek(distance).kind != .endOfFile, !isSymbol(";", at: distance) {
      if isWord("on", at: distance) {
        if isWord("table", at: distance + 1) { return true }
        let others = [
          "sequence", "database", "domain", "foreign", "function", "language", "large",
          "parameter", "procedure", "routine", "schema", "tablespace", "type", "all",
        ]
        let isOther = others.contains { isWord($0, at: distance + 1) }
        return !isOther || isWord("to", at: distance + 2) || isWord("from", at: distance + 2)
      }
      distance += 1
    }
    return false
  }
}
