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
    result.isUntargeted = syntax.target == nil
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
      guard let typed = listedCondition(condition, "WHERE", place.inside(.condition)) else {
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
      if let index = indexes.firstIndex(where: { $0.name == name.text && $0.isConstraint }) {
        return [index]
      }
      report(
        .misspelt(
          .unknownConstraint,
          "no unique constraint `\(name.text)` on `\(program.schema[table].name)`", at: name.span,
          name: name.text, among: indexes.filter(\.isConstraint).map(\.name)))
      return nil
    case .elements(let elements, let condition)?:
      guard let target = inferred(elements, condition, table) else { return nil }
      let matches = indexes.indices.filter { isInferred(indexes[$0], by: target, table) }
      if matches.isEmpty { reportNoArbiter(target, syntax, table) }
      return matches.isEmpty ? nil : matches
    }
  }

  /// What a conflict target names.
  private struct ConflictTarget {
    var columns: Set<Int> = []
    var expressions: [Code] = []
    /// The parts of its WHERE that are connected by AND.
    var conditions: [Code] = []
  }

  private func inferred(
    _ elements: [ExpressionSyntax], _ condition: ExpressionSyntax?, _ table: TableID
  ) -> ConflictTarget? {
    var target = ConflictTarget()
    for element in elements {
      if case .column(let name) = element.kind, name.parts.count == 1 {
        guard let position = column(name.last, of: table) else { return nil }
        target.columns.insert(position)
      } else {
        guard let typed = indexOperand(element, isPredicate: false, table) else { return nil }
        target.expressions.append(typed.code)
      }
    }
    for part in condition.map(Self.conjuncts) ?? [] {
      guard let typed = indexOperand(part, isPredicate: true, table) else { return nil }
      target.conditions.append(typed.code)
    }
    return target
  }

  /// Whether the target names an index's columns and expressions, and its WHERE says at least what the
  /// index's does (`infer_arbiter_indexes` in plancat.c; of the proofs there, the plain one: each part of
  /// the index's condition is a part of the target's).
  private func isInferred(
    _ index: Table.UniqueIndex, by target: ConflictTarget, _ table: TableID
  ) -> Bool {
    let columns = program.schema[table].columns.count
    guard target.columns == Set(index.columns.filter { $0 < columns }) else { return false }
    let expressions = index.columns.filter { $0 >= columns }.compactMap {
      computedSyntax[table]?[$0 - columns].code
    }
    func contains(_ list: [Code], _ code: Code) -> Bool {
      list.contains { $0.computesSame(as: code) }
    }
    guard target.expressions.allSatisfy({ contains(expressions, $0) }),
      expressions.allSatisfy({ contains(target.expressions, $0) })
    else { return false }
    guard let predicate = index.predicate,
      let condition = computedSyntax[table]?[predicate - columns]
    else { return true }
    return Self.conjuncts(of: condition.syntax).allSatisfy { part in
      indexOperand(part, isPredicate: true, table).map { contains(target.conditions, $0.code) }
        ?? false
    }
  }

  private func reportNoArbiter(
    _ target: ConflictTarget, _ syntax: OnConflictSyntax, _ table: TableID
  ) {
    let shape = program.schema[table]
    var diagnostic = Diagnostic(
      .noMatchingUniqueKey,
      "there is no unique constraint matching the ON CONFLICT specification", at: syntax.span,
      help: "name the columns of a primary key or unique constraint")
    if let definition = tableSpans[table] {
      let keys = shape.uniqueIndexes.map { index in
        let key = "(" + index.columns.map { shape.stored($0).name }.joined(separator: ", ") + ")"
        return index.predicate.map { "\(key) WHERE \(shape.stored($0).name)" } ?? key
      }
      let list = keys.isEmpty ? "no unique keys" : "the unique keys \(keys.joined(separator: ", "))"
      diagnostic.labels = [.init("`\(shape.name)` has \(list)", at: definition)]
    }
    if shape.uniqueIndexes.contains(where: { $0.predicate != nil }) {
      diagnostic.help = Diagnostic.Help(
        "name what the index is over, and repeat a partial index's WHERE as it was written")
    }
    report(diagnostic)
  }
}
