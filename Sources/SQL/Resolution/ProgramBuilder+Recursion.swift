import Store

// WITH RECURSIVE: queries that name themselves.
extension ProgramBuilder {
  /// Whether a query names a table anywhere in it.
  func namesTable(_ query: QuerySyntax, _ table: String) -> Bool {
    var isNamed = false
    let walker = SyntaxWalker(from: { item in
      guard case .table(let name, _) = item.kind, name.parts.count == 1 else { return }
      isNamed = isNamed || name.last.text == table
    })
    walker.walk(query)
    return isNamed
  }

  /// Compiles `name AS (first UNION [ALL] next)`, where the second query names the whole (`checkWellFormedRecursion`).
  func recursiveTable(
    _ syntax: CommonTableSyntax, _ query: QuerySyntax, _ scope: Scope
  ) -> CommonTable? {
    let name = syntax.name.text
    guard case .setOperation(.union, let isAll, let first, let next) = query.body,
      !namesTable(QuerySyntax(body: first, span: query.span), name)
    else {
      report(
        Diagnostic(
          .syntaxError,
          "recursive query `\(name)` does not have the form non-recursive-term UNION [ALL] recursive-term",
          at: syntax.name.span))
      return nil
    }
    guard checkRecursionClauses(query), let scope = defining(query.with, scope),
      let start = branch(first, query.span, scope),
      let base = settled(start, at: query.span),
      let columns = renamed(base.columns, syntax.columns, of: name)
    else { return nil }
    let table = program.workingTableCount
    program.workingTableCount += 1
    var inner = scope
    inner.commonTables.append(
      CommonTable(
        name: name, columns: columns, meaning: .working(table, depth: scope.levels.count + 1)))
    guard let step = branch(next, query.span, inner),
      checkRecursiveTerm(step.id, name, table, at: query.span),
      let matched = matching(step, base.columns, name, at: query.span)
    else { return nil }
    let id = append(
      Query(
        body: .recursive(isAll: isAll, base.id, matched.id, table: table), columns: columns))
    if facts(of: id).usesSequence {
      report(
        Diagnostic(.unsupportedClause, "`nextval` in WITH is not simulated", at: syntax.name.span))
      return nil
    }
    guard !isCorrelated(id) else {
      report(
        Diagnostic(
          .unsupportedRecursion,
          "a recursive query that refers to the query around it is not simulated",
          at: syntax.name.span, help: "join with it instead"))
      return nil
    }
    return CommonTable(name: name, columns: columns, meaning: .query(id))
  }

  private func checkRecursionClauses(_ query: QuerySyntax) -> Bool {
    guard checkNoLocks(query, "a recursive query") else { return false }
    guard query.orderBy.isEmpty, query.limit == nil, query.offset == nil else {
      report(
        Diagnostic(
          .unsupportedClause, "ORDER BY, LIMIT and OFFSET in a recursive query are not implemented",
          at: query.span, help: "put them into the query that reads it"))
      return false
    }
    return true
  }

  /// The recursive term's types must be those that the first term has given.
  private func matching(
    _ step: CompiledQuery, _ columns: [OutputColumn], _ name: String, at span: SourceSpan
  ) -> CompiledQuery? {
    guard step.columns.count == columns.count else {
      report(
        Diagnostic(
          .columnCountMismatch, "each UNION query must have the same number of columns", at: span))
      return nil
    }
    for (index, (own, wanted)) in zip(step.columns, columns).enumerated()
    where own.type != .unknown {
      guard let common = commonType([wanted.type, own.type]) else {
        report(
          Diagnostic(
            .typeMismatch,
            "UNION types `\(self.name(wanted.type))` and `\(self.name(own.type))` cannot be matched",
            at: span))
        return nil
      }
      guard common == wanted.type else {
        report(
          Diagnostic(
            .typeMismatch,
            "recursive query `\(name)` column \(index + 1) has type \(self.name(wanted.type)) in "
              + "non-recursive term but type \(self.name(common)) overall",
            at: span, help: "cast the output of the non-recursive term to the correct type"))
        return nil
      }
    }
    return cast(step, to: columns.map(\.type), .implicit, at: span)
  }

  /// What a recursive term may not do: name the whole twice, on the empty side of an outer join, or group.
  private func checkRecursiveTerm(
    _ id: QueryID, _ name: String, _ table: Int, at span: SourceSpan
  ) -> Bool {
    func refuse(_ message: String) -> Bool {
      report(Diagnostic(.unsupportedRecursion, message, at: span))
      return false
    }
    guard case .select(let select) = program.queries[Int(id.index)].body else {
      return refuse("a recursive term that is no plain SELECT is not simulated")
    }
    let references = select.relations.indices.filter {
      if case .working(table) = select.relations[$0].source { true } else { false }
    }
    guard references.count < 2 else {
      return refuse("recursive reference to query `\(name)` must not appear more than once")
    }
    if select.grouping != nil {
      return refuse("aggregate functions are not allowed in a recursive query's recursive term")
    }
    if let from = select.from, references.contains(where: { from.isOptional($0) }) {
      return refuse("recursive reference to query `\(name)` must not appear within an outer join")
    }
    return true
  }
}

extension FromTree {
  /// Whether an outer join may leave the relation without a row.
  fileprivate func isOptional(_ relation: Int) -> Bool {
    guard case .join(let kind, let left, let right, _) = self else { return false }
    let isLeft = left.relations.contains(relation)
    switch kind {
    case .inner: break
    case .left: if !isLeft { return true }
    case .right: if isLeft { return true }
    case .full: return true
    }
    return isLeft ? left.isOptional(relation) : right.isOptional(relation)
  }
}
