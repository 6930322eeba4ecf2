import Store

// The order in which a statement's parts run.
extension ProgramBuilder {
  /// Puts the parts of a statement in the order of their execution.
  ///
  /// First those whose rows the main part asks for, directly or through others: those in FROM and WHERE before
  /// those in what is computed of each row, each in the order of the text.
  /// After it the CTEs that write and that it does not ask for: the last first, each after those that it
  /// asks for itself (`ExecPostprocessPlan` in execMain.c; `es_auxmodifytables` is in reverse order). CTEs
  /// that only lock and that nothing asks for are left out: PostgreSQL does not run them.
  ///
  /// - Parameters:
  ///   - parts: What WITH and locking subqueries have left.
  ///   - main: The part whose rows are the statement's.
  ///   - queries: The first query of the statement.
  ///   - span: The statement's place.
  /// - Returns: The statement.
  func arranged(
    _ parts: [StatementPart], _ main: StatementPart, queries: Int, at span: SourceSpan
  ) -> Statement {
    guard !parts.isEmpty else { return Statement(parts: [main], span: span) }
    var order: [Int] = []
    func addNeeds(_ first: [Int]) {
      var needed: Set<Int> = []
      var pending = first
      while let next = pending.popLast() {
        guard !order.contains(next), needed.insert(next).inserted else { continue }
        pending += partsRead(by: parts[next])
      }
      order += needed.sorted()
    }
    func addNeeds(of part: StatementPart) {
      addNeeds(partsSearched(by: part))
      addNeeds(partsRead(by: part))
    }
    addNeeds(of: main)
    let result = order.count
    order.append(parts.count)
    for index in parts.indices.reversed() where !order.contains(index) {
      if case .query = parts[index].body { continue }
      // One that a later part asked for has run with it.
      addNeeds(of: parts[index])
      order.append(index)
    }
    renumberParts(order, from: queries)
    var statement = Statement(
      parts: order.map { $0 < parts.count ? parts[$0] : main }, span: span)
    statement.resultPart = result
    return statement
  }

  /// The parts that are asked for before anything is computed of a row: in FROM, and in WHERE.
  private func partsSearched(by part: StatementPart) -> [Int] {
    var result: [Int] = []
    func note(_ relation: Relation) {
      if case .part(let index) = relation.source { result.append(index) }
    }
    for query in part.queries {
      guard case .select(let select) = program.queries[Int(query.index)].body else {
        return partsRead(by: part)
      }
      for relation in select.relations {
        note(relation)
        if case .query(let inner, _) = relation.source {
          visit(inner, level: 0, operation: { _, _ in }, relation: note)
        }
      }
      guard let filter = select.filter else { continue }
      visit(code(of: filter).operations[...], level: 0, operation: { _, _ in }, relation: note)
    }
    return result
  }

  private func partsRead(by part: StatementPart) -> [Int] {
    var result: [Int] = []
    func note(_ relation: Relation) {
      if case .part(let index) = relation.source { result.append(index) }
    }
    for query in part.queries {
      visit(query, level: 0, operation: { _, _ in }, relation: note)
    }
    for expression in part.computed {
      visit(
        code(of: expression).operations[...], level: 0, operation: { _, _ in }, relation: note)
    }
    return result
  }

  /// Makes relations find their parts in the new order.
  private func renumberParts(_ order: [Int], from first: Int) {
    for query in first..<program.queries.count {
      guard case .select(var select) = program.queries[query].body else { continue }
      var hasChanged = false
      for relation in select.relations.indices {
        guard case .part(let old) = select.relations[relation].source,
          let new = order.firstIndex(of: old), new != old
        else { continue }
        select.relations[relation].source = .part(new)
        hasChanged = true
      }
      if hasChanged { program.queries[query].body = .select(select) }
    }
  }
}

extension StatementPart {
  /// The queries that find the part's rows.
  var queries: [QueryID] {
    switch body {
    case .query(let query): [query]
    case .insert(let insert): [insert.source]
    case .update(let update): [update.source]
    case .delete(let delete): [delete.source]
    case .merge(let merge): [merge.source]
    case .lockTable, .truncate, .alter: []
    }
  }

  /// What is evaluated for each of them.
  var computed: [Expression] {
    switch body {
    case .query, .lockTable, .truncate, .alter: return []
    case .insert(let insert):
      let defaults = insert.defaults.enumerated().filter { !insert.columns.contains($0.offset) }
      let assignments = (insert.onConflict?.assignments ?? []).map(\.value)
      let condition = [insert.onConflict?.condition].compactMap { $0 }
      return defaults.compactMap(\.element) + insert.returning + assignments + condition
    case .update(let update): return update.assignments.map(\.value) + update.returning
    case .delete(let delete): return delete.returning
    case .merge(let merge): return merge.expressions
    }
  }
}
