/// VACUUM and ANALYZE.
extension Parser {
  /// Reads `VACUUM [(option, …)] [table, …]` and `ANALYZE`, also with VACUUM's old order of options.
  mutating func parseMaintenance() throws(ParseFailure) -> StatementKind {
    var result = MaintenanceSyntax(isVacuum: current.text == "vacuum")
    result.analyzes = advance().text != "vacuum"
    if isSymbol("(") {
      let opening = current.span
      try expect(symbol: "(")
      repeat { try parseMaintenanceOption(into: &result) } while accept(symbol: ",")
      try expectClosing(")", of: opening)
    } else {
      while isAnyWord(["full", "freeze", "verbose", "analyze", "analyse"]) {
        let word = advance().text
        if word == "full" { result.isFull = true }
        if word.hasPrefix("analy") { result.analyzes = true }
      }
    }
    guard isName() else { return .maintenance(result) }
    result.tables = try list { (parser) throws(ParseFailure) in
      let table = try parser.expectQualifiedName("a table")
      if parser.isSymbol("(") { _ = try parser.nameList() }
      return table
    }
    return .maintenance(result)
  }

  /// Reads `option [value]`; those that change neither locks nor rows are passed over.
  private mutating func parseMaintenanceOption(
    into result: inout MaintenanceSyntax
  ) throws(ParseFailure) {
    let option = try expectLabel().text
    var isOn = true
    if !isSymbol(","), !isSymbol(")") {
      isOn = !isAnyWord(["false", "off"]) && current.text != "0"
      advance()
    }
    switch option {
    case "full": result.isFull = isOn
    case "skip_locked": result.skipsLocked = isOn
    case "analyze", "analyse": result.analyzes = isOn
    default: break
    }
  }

  /// Reads `REFRESH MATERIALIZED VIEW [CONCURRENTLY] name [WITH DATA]`.
  mutating func parseRefresh() throws(ParseFailure) -> StatementKind {
    advance()
    try expect("materialized")
    try expect("view")
    let isConcurrent = accept("concurrently")
    let name = try expectQualifiedName("the materialized view")
    let start = current.span
    if accept(words: "with", "no", "data") {
      throw fail(
        .unsupportedClause, "a materialized view without data is not simulated",
        at: span(from: start), help: "leave `WITH NO DATA` out")
    }
    _ = accept(words: "with", "data")
    return .refresh(RefreshSyntax(name: name, isConcurrent: isConcurrent))
  }

  /// Reads REINDEX and CLUSTER.
  mutating func parseIndexWork() throws(ParseFailure) -> StatementKind {
    let start = current.span
    let isCluster = advance().text == "cluster"
    var isConcurrent = false
    if isSymbol("(") {
      let opening = advance().span
      repeat {
        let option = try expectLabel("an option").text
        let isOn =
          isSymbol(",") || isSymbol(")") || !["false", "off", "0"].contains(advance().text)
        if option == "concurrently" { isConcurrent = isOn }
      } while accept(symbol: ",")
      try expectClosing(")", of: opening)
    }
    if isCluster {
      _ = accept("verbose")
      guard isName() else {
        throw fail(
          .unsupportedStatement, "CLUSTER of all tables is not simulated", at: start,
          help: "name the table and the index: `CLUSTER t USING i`")
      }
      let table = try expectQualifiedName("the table to cluster")
      guard accept("using") else {
        throw fail(
          .unsupportedClause, "CLUSTER by the index of last time is not simulated",
          at: table.span, help: "name the index: `CLUSTER \(table.text) USING i`")
      }
      return .indexWork(.cluster(table, by: try expectName("the name of an index")))
    }
    let kind = current.text
    guard accept("table") || accept("index") else {
      throw fail(
        .unsupportedStatement, "REINDEX of more than a table is not simulated",
        at: start.through(current.span), help: "write `REINDEX TABLE t` or `REINDEX INDEX i`")
    }
    if accept("concurrently") { isConcurrent = true }
    let name = try expectQualifiedName("what to build anew")
    return .indexWork(
      kind == "table"
        ? .reindexTable(name, isConcurrent: isConcurrent)
        : .reindexIndex(name, isConcurrent: isConcurrent))
  }
}
