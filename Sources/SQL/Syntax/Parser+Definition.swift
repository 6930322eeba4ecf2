/// CREATE, DROP and ALTER of everything but tables and functions.
extension Parser {
  /// Reads CREATE in all its forms.
  mutating func parseCreate() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    let orReplace = accept(words: "or", "replace")
    let isConstraint = isWords("constraint", "trigger") && accept("constraint")
    if let role = try parseCreateRole() { return role }
    switch current.kind == .word ? current.text : "" {
    case "table":
      advance()
      return try parseCreateTable()
    case "unlogged", "temporary", "temp", "local", "global":
      return try parseCreateSpecial(start)
    case "unique" where isWord("index", at: 1):
      advance()
      advance()
      return try parseCreateIndex(isUnique: true)
    case "index":
      advance()
      return try parseCreateIndex(isUnique: false)
    case "function", "procedure":
      let isProcedure = advance().text == "procedure"
      return try parseCreateFunction(isProcedure: isProcedure, orReplace: orReplace)
    case "type":
      advance()
      return try parseCreateType(start)
    case "trigger":
      advance()
      return try parseCreateTrigger(orReplace: orReplace, isConstraint: isConstraint)
    case "sequence":
      advance()
      return try parseCreateSequence()
    case "view":
      advance()
      return try parseCreateView(orReplace: orReplace)
    case "materialized" where ignoresMaintenance && context == .sql:
      advance()
      return try parseCreateMaterializedView()
    case "schema":
      advance()
      _ = accept(words: "if", "not", "exists")
      let name = try expectName("the name of the schema")
      return .createSchema(name)
    case "extension":
      skipToStatementEnd()
      return .ignored("create extension")
    default:
      throw failUnsupportedCreate(start)
    }
  }

  private mutating func failUnsupportedCreate(_ start: SourceSpan) -> ParseFailure {
    guard current.kind == .word, !isAtEnd else { return unexpected("what to create: `TABLE`, …") }
    let known = ["TABLE", "INDEX", "FUNCTION", "PROCEDURE", "TYPE", "TRIGGER", "SEQUENCE", "VIEW"]
    let word = current.text.uppercased()
    if didYouMean(word, among: known) != nil {
      return fail(
        .misspelt(
          .syntaxError, unexpectedMessage, at: current.span, name: word, among: known))
    }
    return fail(
      .unsupportedStatement, "`CREATE \(word)` is not simulated",
      at: start.through(current.span), help: "delete the statement")
  }

  /// Reads CREATE UNLOGGED TABLE as an ordinary one; refuses temporary tables.
  private mutating func parseCreateSpecial(_ start: SourceSpan) throws(ParseFailure)
    -> StatementKind
  {
    if ignoresMaintenance, !isWord("unlogged") {
      // Each spec's own name is its own table: nobody else can name it.
      if isAnyWord(["local", "global"]) { advance() }
      guard accept("temp") || accept("temporary") else { throw unexpected("`TEMPORARY`") }
      try expect("table")
      guard case .createTable(var table) = try parseCreateTable() else {
        throw unexpected("a table")
      }
      table.isTemporary = true
      return .createTable(table)
    }
    guard accept("unlogged") else {
      throw fail(
        .unsupportedStatement, "temporary tables are not simulated",
        at: start.through(current.span), help: "create an ordinary table in the schema block")
    }
    try expect("table")
    return try parseCreateTable()
  }

  // MARK: Types

  private mutating func parseCreateType(_ start: SourceSpan) throws(ParseFailure) -> StatementKind {
    let name = try expectQualifiedName("the name of the type")
    guard accept(words: "as", "enum") else {
      throw fail(
        .unsupportedStatement, "this form of CREATE TYPE is not simulated",
        at: span(from: start), help: "use AS ENUM ('label', …), or columns instead of a type")
    }
    let opening = current.span
    try expect(symbol: "(")
    var labels: [StringSyntax] = []
    if !isSymbol(")") {
      labels = try list { (parser) throws(ParseFailure) in
        try parser.expectString("a label in quotes")
      }
    }
    try expectClosing(")", of: opening)
    return .createEnum(CreateEnumSyntax(name: name, labels: labels))
  }

  // MARK: Triggers

  private mutating func parseCreateTrigger(
    orReplace: Bool, isConstraint: Bool
  ) throws(ParseFailure) -> StatementKind {
    let name = try expectName("the name of the trigger")
    let timing = try parseTriggerTiming()
    var events = [try parseTriggerEvent()]
    while accept("or") { events.append(try parseTriggerEvent()) }
    try expect("on")
    let table = try expectQualifiedName("the table of the trigger")
    let deferral = try parseDeferral()
    if isWord("referencing") || isWord("from") {
      throw fail(
        .unsupportedClause, "`\(current.text.uppercased())` of a trigger is not simulated",
        at: current.span, help: "use OLD and NEW of a FOR EACH ROW trigger")
    }
    var isForEachRow = isConstraint
    if accept("for") {
      _ = accept("each")
      isForEachRow = isWord("row")
      guard accept("row") || accept("statement") else { throw unexpected("`ROW` or `STATEMENT`") }
    }
    var condition: ExpressionSyntax?
    if accept("when") {
      let opening = current.span
      try expect(symbol: "(")
      condition = try parseExpression()
      try expectClosing(")", of: opening)
    }
    try expect("execute")
    guard accept("function") || accept("procedure") else { throw unexpected("`FUNCTION`") }
    let function = try expectQualifiedName("the trigger's function")
    let arguments = try parseArgumentsInBrackets()
    return .createTrigger(
      CreateTriggerSyntax(
        name: name, orReplace: orReplace, timing: timing, events: events, table: table,
        isForEachRow: isForEachRow, isConstraint: isConstraint, deferral: deferral,
        condition: condition,
        function: function, arguments: arguments))
  }

  private mutating func parseTriggerTiming() throws(ParseFailure) -> CreateTriggerSyntax.Timing {
    if accept("before") { return .before }
    if accept("after") { return .after }
    if accept(words: "instead", "of") { return .insteadOf }
    throw unexpected("`BEFORE`, `AFTER` or `INSTEAD OF`")
  }

  private mutating func parseTriggerEvent() throws(ParseFailure) -> CreateTriggerSyntax.Event {
    if accept("insert") { return .insert }
    if accept("delete") { return .delete }
    if accept("truncate") { return .truncate }
    guard accept("update") else {
      throw unexpected("`INSERT`, `UPDATE`, `DELETE` or `TRUNCATE`")
    }
    guard accept("of") else { return .update([]) }
    return .update(
      try list { (parser) throws(ParseFailure) in try parser.expectName("a column") })
  }

  // MARK: Sequences and views

  private mutating func parseCreateSequence() throws(ParseFailure) -> StatementKind {
    let ifNotExists = accept(words: "if", "not", "exists")
    let name = try expectQualifiedName("the name of the sequence")
    return .createSequence(
      CreateSequenceSyntax(
        name: name, ifNotExists: ifNotExists, options: try parseSequenceOptions()))
  }

  /// Reads the options of a sequence, as far as they are simulated.
  mutating func parseSequenceOptions() throws(ParseFailure) -> SequenceOptionsSyntax {
    var options = SequenceOptionsSyntax()
    while current.kind == .word {
      switch advance().text {
      case "start":
        _ = accept("with")
        options.start = try parseSignedInteger()
      case "increment":
        _ = accept("by")
        options.increment = try parseSignedInteger()
      case "minvalue": options.minimum = try parseSignedInteger()
      case "maxvalue": options.maximum = try parseSignedInteger()
      case "cache": options.cache = try parseSignedInteger()
      case "cycle": options.isCycle = true
      case "restart":
        let hasValue = accept("with") || current.kind == .integer
        options.restart = .some(hasValue ? try parseSignedInteger() : nil)
      case "no":
        if accept("minvalue") {
          options.resetsMinimum = true
        } else if accept("maxvalue") {
          options.resetsMaximum = true
        } else if accept("cycle") {
          options.isCycle = false
        } else {
          throw unexpected("`MINVALUE`, `MAXVALUE` or `CYCLE`")
        }
      case "as": options.type = try parseType()
      case "owned":
        try expect("by")
        let name = try expectQualifiedName("a column or `NONE`")
        options.owner = name.parts.count == 1 ? [] : name.parts.suffix(2).map { $0 }
      default:
        throw fail(
          .unsupportedClause, "this option of a sequence is not simulated", at: previousSpan,
          help: "use START, INCREMENT, MINVALUE, MAXVALUE, CYCLE and CACHE")
      }
    }
    return options
  }

  private mutating func parseSignedInteger() throws(ParseFailure) -> Int {
    let isNegative = accept(symbol: "-")
    let value = try expectInteger()
    return isNegative ? -value : value
  }

  private mutating func parseCreateView(orReplace: Bool) throws(ParseFailure) -> StatementKind {
    let name = try expectQualifiedName("the name of the view")
    let columns = isSymbol("(") ? try nameList() : []
    try expect("as")
    let query = try parseQuery()
    return .createView(
      CreateViewSyntax(name: name, orReplace: orReplace, columns: columns, query: query))
  }

  // MARK: DROP, ALTER, TRUNCATE

  mutating func parseDrop() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if let role = try parseDropRole() { return role }
    if ignoresMaintenance, context == .sql, accept(words: "materialized", "view") {
      return try parseDrop(.materializedView)
    }
    guard current.kind == .word, let kind = DropSyntax.Kind(rawValue: current.text) else {
      if isAnyWord(["extension", "owned", "role", "user", "policy"]) {
        skipToStatementEnd()
        return .ignored("drop")
      }
      guard current.kind == .word else { throw unexpected("what to drop: `TABLE`, …") }
      throw fail(
        .unsupportedStatement, "`DROP \(current.text.uppercased())` is not simulated",
        at: start.through(current.span), help: "delete the statement")
    }
    advance()
    return try parseDrop(kind)
  }

  private mutating func parseDrop(_ kind: DropSyntax.Kind) throws(ParseFailure) -> StatementKind {
    let isConcurrent = kind == .index && accept("concurrently")
    let ifExists = accept(words: "if", "exists")
    var arguments: [[TypeNameSyntax]?] = []
    let names = try list { (parser) throws(ParseFailure) in
      let name = try parser.expectQualifiedName("the name of what to drop")
      arguments.append(try parser.parseDroppedArguments())
      return name
    }
    var table: QualifiedNameSyntax?
    if kind == .trigger {
      try expect("on")
      table = try expectQualifiedName("the table of the trigger")
    }
    let isCascade = accept("cascade")
    if !isCascade { _ = accept("restrict") }
    var drop = DropSyntax(
      kind: kind, ifExists: ifExists, names: names, table: table, isCascade: isCascade)
    drop.arguments = arguments
    drop.isConcurrent = isConcurrent
    return .drop(drop)
  }

  /// Reads the types of a function's arguments, with or without their names; `nil` if there are no brackets.
  private mutating func parseDroppedArguments() throws(ParseFailure) -> [TypeNameSyntax]? {
    let opening = current.span
    guard accept(symbol: "(") else { return nil }
    var types: [TypeNameSyntax] = []
    if !isSymbol(")") {
      types = try list { (parser) throws(ParseFailure) in
        if parser.peek().kind == .word, !parser.isWords("double", "precision"),
          !parser.isWords("character", "varying"), !parser.isWord("timestamp"),
          !parser.isWord("time")
        {
          parser.advance()
        }
        return try parser.parseType()
      }
    }
    try expectClosing(")", of: opening)
    return types
  }

  mutating func parseAlter() throws(ParseFailure) -> StatementKind {
    let start = advance().span
    if accept("table") { return try parseAlterTable() }
    if isWord("sequence"), !isOwnerChange { return try parseAlterSequence() }
    guard current.kind == .word else { throw unexpected("`TABLE`") }
    let word = current.text
    let others: Set<String> = [
      "function", "procedure", "sequence", "schema", "default", "role", "database", "extension",
      "policy", "view", "type",
    ]
    while !isAtEnd, !isSymbol(";"), !isSymbol("}"), !isWords("owner", "to") { advance() }
    if others.contains(word), isWords("owner", "to") || word == "default" {
      skipToStatementEnd()
      return .ignored("alter \(word)")
    }
    throw fail(
      .unsupportedStatement, "`ALTER \(word.uppercased())` is not simulated", at: start,
      help: "write the definition as it is after the migration")
  }

  /// Whether an ALTER is `… OWNER TO …`, `… RENAME …` or `… SET SCHEMA …`.
  private var isOwnerChange: Bool {
    var distance = 1
    while distance < 8, peek(distance).kind != .endOfFile, !isSymbol(";", at: distance) {
      if isWord("owner", at: distance) || isWord("rename", at: distance)
        || isWord("set", at: distance)
      {
        return !isWord("owned", at: distance)
      }
      distance += 1
    }
    return false
  }

  private mutating func parseAlterSequence() throws(ParseFailure) -> StatementKind {
    advance()
    let ifExists = accept(words: "if", "exists")
    let name = try expectQualifiedName("the name of the sequence")
    return .alterSequence(
      CreateSequenceSyntax(
        name: name, ifNotExists: ifExists, options: try parseSequenceOptions()))
  }

  mutating func parseTruncate() throws(ParseFailure) -> StatementKind {
    advance()
    _ = accept("table")
    let tables = try list { (parser) throws(ParseFailure) in
      let isOnly = parser.accept("only")
      var name = try parser.expectQualifiedName("the table to empty")
      name.isOnly = isOnly
      _ = parser.accept(symbol: "*")
      return name
    }
    var restarts = false
    if accept(words: "restart", "identity") {
      restarts = true
    } else {
      _ = accept(words: "continue", "identity")
    }
    let isCascade = accept("cascade")
    if !isCascade { _ = accept("restrict") }
    return .truncate(
      TruncateSyntax(tables: tables, restartsIdentity: restarts, isCascade: isCascade))
  }
}
