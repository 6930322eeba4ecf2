import Store

// INSERT … ON CONFLICT.
extension ProgramBuilder {
  /// The clause, its action resolved in a tuple of the row that is there and EXCLUDED.
  func conflict(
    _ syntax: OnConflictSyntax, _ alias: String, _ table: TableID, _ scope: Scope
  ) -> OnConflict? {
    guard let indexes = arbiters(syntax, table) else { return nil }
    if indexes.contains(where: { program.schema[table].uniqueIndexes[$0].deferrable != nil }) {
      report(
        Diagnostic(
          .invalidDefinition,
          "ON CONFLICT does not support deferrable unique constraints as arbiters",
          at: syntax.span, help: "drop DEFERRABLE, or name an immediate key"))
      return nil
    }
    var result = OnConflict(indexes: indexes, assignments: nil, condition: nil)
    guard case .update(let items, let condition) = syntax.action else { return result }
    if syntax.target == nil {
      report(
        Diagnostic(
          .syntaxError,
          "ON CONFLICT DO UPDATE requires inference specification or constraint name",
          at: syntax.span, help: "write `ON CONFLICT (column) DO UPDATE …`"))
      return nil
    }
    let level = QueryLevel()
    let span = syntax.span
    let columns = columns(of: table)
    guard
      let own = addRelation(
        .table(table), alias: alias, columns: columns,
        RelationDetail(kind: .table(table), span: span), definition: tableSpans[table], to: level),
      let excluded = addRelation(
        .given, alias: "excluded", columns: columns, RelationDetail(kind: .other, span: span),
        definition: tableSpans[table], to: level)
    else { return nil }
    level.namespace = own.items + excluded.items
    let place = scope.entering(level).refusingCalls("it is evaluated only on a conflict")
    guard let assignments = assignments(items, table, place.inside(.assignment)) else {
      return nil
    }
    result.assignments = assignments
    if let condition {
      guard let typed = booleanOperand(condition, "WHERE", place.inside(.condition)) else {
        return nil
      }
      result.condition = commit(typed.code)
    }
    return result
  }

  /// The unique indexes whose conflicts the clause handles, in the order of the table.
  private func arbiters(_ syntax: OnConflictSyntax, _ table: TableID) -> [Int]? {
    let indexes = program.schema[table].uniqueIndexes
    switch syntax.target {
    case nil: return Array(indexes.indices)
    case .constraint(let name)?:
      if let index = indexes.firstIndex(where: { $0.name == name.text }) { return [index] }
      report(
        .misspelt(
          .unknownConstraint,
          "no unique constraint `\(name.text)` on `\(program.schema[table].name)`", at: name.span,
          name: name.text, among: indexes.map(\.name)))
      return nil
    case .elements(let elements, let condition)?:
      if let condition {
        report(
          Diagnostic(
            .unsupportedClause, "a partial index as conflict target is not simulated",
            at: condition.span))
        return nil
      }
      return arbiters(elements, syntax, table)
    }
  }

  private func arbiters(
    _ elements: [ExpressionSyntax], _ syntax: OnConflictSyntax, _ table: TableID
  ) -> [Int]? {
    var positions: Set<Int> = []
    for element in elements {
      guard case .column(let name) = element.kind, name.parts.count == 1 else {
        report(
          Diagnostic(
            .unsupportedClause, "an expression as conflict target is not simulated",
            at: element.span, help: "name the columns of a unique key"))
        return nil
      }
      guard let position = column(name.last, of: table) else { return nil }
      positions.insert(position)
    }
    let indexes = program.schema[table].uniqueIndexes
    let matches = indexes.indices.filter { Set(indexes[$0].columns) == positions }
    guard matches.isEmpty else { return matches }
    var diagnostic = Diagnostic(
      .noMatchingUniqueKey,
      "there is no unique constraint matching the ON CONFLICT specification", at: syntax.span,
      help: "name the columns of a primary key or unique constraint")
    if let definition = tableSpans[table] {
      let keys = indexes.map { index in
        "(" + index.columns.map { program.schema[table].columns[$0].name }.joined(separator: ", ")
          + ")"
      }
      let list = keys.isEmpty ? "no unique keys" : "the unique keys \(keys.joined(separator: ", "))"
      diagnostic.labels = [.init("`\(program.schema[table].name)` has \(list)", at: definition)]
    }
    report(diagnostic)
    return nil
  }
}
