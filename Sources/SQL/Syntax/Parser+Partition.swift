/// PARTITION BY, PARTITION OF and ATTACH PARTITION.
extension Parser {
  /// Reads `PARTITION BY strategy (column, …)`.
  mutating func parsePartitionKey() throws(ParseFailure) -> PartitionKeySyntax {
    let start = current.span
    advance()
    advance()
    let strategy = try expectName("`RANGE`, `LIST` or `HASH`")
    let opening = current.span
    try expect(symbol: "(")
    let elements = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
    try expectClosing(")", of: opening)
    return PartitionKeySyntax(strategy: strategy, elements: elements, span: span(from: start))
  }

  /// Reads CREATE TABLE from the words PARTITION OF on.
  mutating func parsePartition(
    _ name: QualifiedNameSyntax, _ ifNotExists: Bool
  ) throws(ParseFailure) -> StatementKind {
    let start = current.span
    advance()
    advance()
    let parent = try expectQualifiedName("the partitioned table")
    var table = CreateTableSyntax(
      name: name, ifNotExists: ifNotExists, columns: [], constraints: [])
    if isSymbol("(") {
      throw fail(
        .unsupportedClause, "columns and constraints of a partition's own are not simulated",
        at: current.span, help: "give them to the partitioned table")
    }
    let bound = try parsePartitionBound()
    table.partition = PartitionSyntax(table: parent, bound: bound, span: span(from: start))
    try parseTableOptions(of: &table)
    return .createTable(table)
  }

  /// Reads an action of ALTER TABLE behind ATTACH PARTITION.
  mutating func parseAttachment() throws(ParseFailure) -> AlterTableSyntax.Action {
    let start = current.span
    let name = try expectQualifiedName("the table that becomes a partition")
    let bound = try parsePartitionBound()
    return .attachPartition(
      name, PartitionSyntax(table: name, bound: bound, span: span(from: start)))
  }

  private mutating func parsePartitionBound() throws(ParseFailure) -> PartitionSyntax.Bound {
    if accept("default") { return .otherwise }
    guard accept(words: "for", "values") else { throw unexpected("`FOR VALUES` or `DEFAULT`") }
    if accept("in") {
      let opening = current.span
      try expect(symbol: "(")
      let values = try list { (parser) throws(ParseFailure) in try parser.parseExpression() }
      try expectClosing(")", of: opening)
      return .list(values)
    }
    if isWord("with") {
      throw fail(
        .unsupportedClause, "partitions by hash are not simulated", at: current.span,
        help: "use `PARTITION BY RANGE` or `PARTITION BY LIST`")
    }
    guard accept("from") else { throw unexpected("`IN`, `FROM` or `WITH`") }
    let low = try parsePartitionLimits()
    try expect("to")
    return .range(low, try parsePartitionLimits())
  }

  private mutating func parsePartitionLimits() throws(ParseFailure) -> [PartitionSyntax.Limit] {
    let opening = current.span
    try expect(symbol: "(")
    let limits = try list { (parser) throws(ParseFailure) -> PartitionSyntax.Limit in
      if parser.accept("minvalue") { return .minimum }
      if parser.accept("maxvalue") { return .maximum }
      return .value(try parser.parseExpression())
    }
    try expectClosing(")", of: opening)
    return limits
  }
}
