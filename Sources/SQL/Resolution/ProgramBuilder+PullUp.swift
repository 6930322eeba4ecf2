import Store

// FOR UPDATE over subqueries in FROM and views.
extension ProgramBuilder {
  /// The clauses of the query around that lock an item of its FROM.
  func clauses(locking alias: String, _ level: QueryLevel) -> [LockingClauseSyntax] {
    level.locking.filter { clause in
      clause.tables.isEmpty || clause.tables.contains { $0.last.text == alias }
    }
  }

  /// What a relation of a subquery is called among those of the query around it.
  static func pulledAlias(_ outer: String, _ inner: String) -> String { "\(outer)\u{0}\(inner)" }

  /// A query whose relations can be those of the query around it (`is_simple_subquery`); `nil` for others, whose
  /// rows are locked before they are joined.
  func pullable(_ query: QuerySyntax) -> SelectSyntax? {
    guard case .select(let select) = query.body, query.with.isEmpty, query.orderBy.isEmpty,
      query.limit == nil, query.offset == nil, query.locking.isEmpty, select.distinct == nil,
      select.groupBy.isEmpty, select.having == nil, !select.from.isEmpty,
      select.targets.allSatisfy({ Self.isPlain($0.value) })
    else { return nil }
    return select
  }

  /// Whether an output is a column or a constant.
  private static func isPlain(_ syntax: ExpressionSyntax) -> Bool {
    switch syntax.kind {
    case .column, .star, .integer, .string, .null, .boolean: true
    default: false
    }
  }

  /// Makes the relations of a subquery in FROM, or of a view, those of the query around it, which locks their rows
  /// once they are joined.
  ///
  /// Source: `pull_up_simple_subquery` in prepjointree.c, and `transformLockingClause`, which hands the clause down.
  func pullUp(
    _ select: SelectSyntax, _ alias: AliasSyntax, _ clauses: [LockingClauseSyntax],
    _ span: SourceSpan, _ level: QueryLevel, _ scope: Scope
  ) -> Joined? {
    let outside = (level.namespace, level.locking)
    let first = level.relations.count
    let aliases = level.relations.map(\.alias)
    for index in 0..<first { level.relations[index].alias = Self.pulledAlias("", "\(index)") }
    level.namespace = []
    level.locking = clauses.map(\.everywhere)
    defer {
      (level.namespace, level.locking) = outside
      for index in 0..<first { level.relations[index].alias = aliases[index] }
    }
    guard let tree = pulledTree(select, level, scope),
      let targets = expanded(select.targets, level, scope)
    else { return nil }
    let place = scope.inside(.condition).refusingCalls("WHERE is evaluated for each row")
    for part in select.condition.map(Self.conjuncts) ?? [] {
      guard let typed = booleanOperand(part, "WHERE", place) else { return nil }
      level.pulledConditions.append(typed)
    }
    var columns: [NamespaceItem.Column] = []
    for target in targets {
      guard let typed = resolve(target, scope.inside(.output)).map(resolvingUnknown) else {
        return nil
      }
      guard let source = Self.source(of: typed.code, target) else {
        report(
          Diagnostic(
            .unsupportedClause, "a subquery that is locked from outside gives columns only",
            at: target.span, help: "put the clause into the subquery, or name the tables: `OF …`"))
        return nil
      }
      columns.append(NamespaceItem.Column(name: target.name, type: typed.type, source: source))
    }
    let outputs = columns.map { OutputColumn(name: $0.name, type: $0.type) }
    guard let renamed = renamed(outputs, alias.columns, of: alias.name.text) else { return nil }
    for index in columns.indices { columns[index].name = renamed[index].name }
    for index in first..<level.relations.count {
      level.relations[index].alias =
        Self.pulledAlias(alias.name.text, level.relations[index].alias)
    }
    let item = NamespaceItem(alias: alias.name.text, columns: columns, relation: nil)
    return Joined(tree: tree, items: [item], relations: first..<level.relations.count)
  }

  private func pulledTree(
    _ select: SelectSyntax, _ level: QueryLevel, _ scope: Scope
  ) -> FromTree? {
    var tree: FromTree?
    for item in select.from {
      guard let joined = resolve(item, level, scope) else { return nil }
      level.namespace += joined.items
      tree = tree.map { .join(.inner, $0, joined.tree, on: nil) } ?? joined.tree
    }
    return tree
  }

  /// Where a pulled output comes from.
  private static func source(of code: Code, _ target: Target) -> NamespaceItem.Source? {
    if case .column(let column) = target.content { return column.source }
    if let offset = code.ownColumn { return .offset(offset) }
    if code.operations.count == 1, case .constant(let value) = code.operations[0] {
      return .constant(value)
    }
    return nil
  }
}

extension QuerySyntax {
  /// The same, locking all that it reads as the clauses say.
  func locked(by clauses: [LockingClauseSyntax]) -> QuerySyntax {
    if case .select(let select) = body, select.from.isEmpty { return self }
    var query = self
    query.locking += clauses.map(\.everywhere)
    return query
  }
}

extension LockingClauseSyntax {
  /// The same without OF.
  fileprivate var everywhere: LockingClauseSyntax {
    var clause = self
    clause.tables = []
    return clause
  }
}
