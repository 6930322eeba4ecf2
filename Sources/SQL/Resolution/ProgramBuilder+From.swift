import Store

// FROM: tables, subqueries, functions and joins.
extension ProgramBuilder {
  /// An item of FROM, resolved: how it joins, and the names that it brings.
  struct Joined {
    var tree: FromTree
    var items: [NamespaceItem]
    /// The positions of its relations.
    var relations: Range<Int>
  }

  /// Resolves an item; the level's namespace holds what a LATERAL item may name.
  func resolve(_ syntax: FromSyntax, _ level: QueryLevel, _ scope: Scope) -> Joined? {
    let scope = scope.inside(.from)
    switch syntax.kind {
    case .table(let name, let alias): return table(name, alias, level, scope)
    case .subquery(let query, let alias, let lateral):
      guard let alias else {
        report(
          Diagnostic(
            .syntaxError, "a subquery in FROM must have an alias", at: syntax.span,
            help: "write `(…) AS name`"))
        return nil
      }
      return subquery(query, alias, lateral, syntax.span, level, scope)
    case .function(let call, let alias, _):
      return function(call, alias, syntax.span, level, scope)
    case .join(let join): return resolve(join, syntax.span, level, scope)
    }
  }

  /// Adds a relation to the level and gives its names.
  func addRelation(
    _ source: Relation.Source, alias: String, columns: [OutputColumn], _ detail: RelationDetail,
    definition: SourceSpan? = nil, to level: QueryLevel
  ) -> Joined? {
    if level.relations.contains(where: { $0.alias == alias }) {
      report(
        Diagnostic(
          .duplicateName, "table name `\(alias)` specified more than once", at: detail.span,
          help: "give it another alias"))
      return nil
    }
    guard level.width + columns.count + 1 < QueryLevel.widthLimit, level.relations.count < 255
    else {
      report(
        Diagnostic(.limitExceeded, "the query has too many columns", at: detail.span))
      return nil
    }
    let offset = level.width
    level.relations.append(
      Relation(source: source, alias: alias, offset: offset, columnCount: columns.count))
    level.details.append(detail)
    level.width += columns.count + 1
    let index = level.relations.count - 1
    let named = columns.enumerated().map { position, column in
      NamespaceItem.Column(
        name: column.name, type: column.type, source: .offset(offset + 1 + position))
    }
    var item = NamespaceItem(
      alias: alias, columns: named, relation: index, definition: definition)
    if case .table(let table) = detail.kind, !program.schema[table].writtenOrder.isEmpty {
      item.columns = program.schema[table].writtenOrder.map { named[$0] }
    }
    return Joined(tree: .relation(index), items: [item], relations: index..<index + 1)
  }

  /// The columns under the names that an alias gives them.
  func renamed(_ columns: [OutputColumn], _ names: [NameSyntax], of alias: String)
    -> [OutputColumn]?
  {
    guard names.count <= columns.count else {
      report(
        Diagnostic(
          .columnCountMismatch,
          "`\(alias)` has \(columns.count) columns available but \(names.count) columns specified",
          at: names[columns.count].span))
      return nil
    }
    var result = columns
    for (index, name) in names.enumerated() { result[index].name = name.text }
    return result
  }

  // MARK: Tables

  private func table(
    _ name: QualifiedNameSyntax, _ alias: AliasSyntax?, _ level: QueryLevel, _ scope: Scope
  ) -> Joined? {
    let text = name.last.text
    let alias = alias ?? AliasSyntax(name: name.last)
    if name.parts.count == 1, let common = scope.commonTables.last(where: { $0.name == text }) {
      return reference(to: common, alias, name.span, level, scope)
    }
    if let view = views[text], name.parts.count == 1 || name.parts[0].text == "public" {
      return expand(view, alias, name.span, level, scope)
    }
    if text == "outcomes", scope.access == .everything, program.schema.table(named: text) == nil {
      return outcomes(alias, name.span, level)
    }
    guard let table = table(named: name) else { return nil }
    touch(table, at: name.span, scope)
    let columns = program.schema[table].columns.map { OutputColumn(name: $0.name, type: $0.type) }
    guard let renamed = renamed(columns, alias.columns, of: alias.name.text) else { return nil }
    var detail = RelationDetail(kind: .table(table), span: name.span)
    detail.isWorld = program.schema[table].isWorld
    return addRelation(
      .table(table), alias: alias.name.text, columns: renamed, detail,
      definition: tableSpans[table], to: level)
  }

  private func outcomes(_ alias: AliasSyntax, _ span: SourceSpan, _ level: QueryLevel) -> Joined? {
    let columns = ["writer", "session", "outcome", "sqlstate"].map {
      OutputColumn(name: $0, type: .text)
    }
    guard let renamed = renamed(columns, alias.columns, of: alias.name.text) else { return nil }
    return addRelation(
      .outcomes, alias: alias.name.text, columns: renamed,
      RelationDetail(kind: .other, span: span), to: level)
  }

  /// A view is its query, which sees nothing of the place where it is used.
  private func expand(
    _ view: CreateViewSyntax, _ alias: AliasSyntax, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    var inner = scope.refusingCalls("it stands in a view")
    for index in inner.levels.indices { inner.levels[index].isVisible = false }
    inner.variables = nil
    inner.commonTables = []
    let before = diagnostics.count
    guard viewsInUse.insert(view.name.last.text).inserted else { return nil }
    defer { viewsInUse.remove(view.name.last.text) }
    let clauses = clauses(locking: alias.name.text, level)
    if !clauses.isEmpty, let select = pullable(view.query) {
      for index in inner.levels.indices.dropLast() { inner.levels[index].isVisible = false }
      inner.levels[inner.levels.count - 1].isVisible = true
      let names = alias.columns + view.columns.dropFirst(alias.columns.count)
      return pullUp(
        select, AliasSyntax(name: alias.name, columns: names), clauses, span, level, inner)
    }
    guard let nested = nested(view.query.locked(by: clauses), inner) else {
      if diagnostics.count == before {
        report(Diagnostic(.invalidDefinition, "the view cannot be expanded", at: span))
      }
      return nil
    }
    guard let columns = renamed(nested.columns, view.columns, of: view.name.last.text),
      let outer = renamed(columns, alias.columns, of: alias.name.text)
    else { return nil }
    var detail = RelationDetail(kind: .subquery, span: span)
    detail.isLockedInside = true
    return addRelation(
      nested.source, alias: alias.name.text, columns: outer, detail,
      definition: view.name.span, to: level)
  }

  // MARK: Subqueries and functions

  func subquery(
    _ query: QuerySyntax, _ alias: AliasSyntax, _ lateral: Bool, _ span: SourceSpan,
    _ level: QueryLevel, _ scope: Scope
  ) -> Joined? {
    var inner = scope.refusingCalls(Self.inSubquery)
    let clauses = clauses(locking: alias.name.text, level)
    if !clauses.isEmpty, !lateral, let select = pullable(query) {
      return pullUp(select, alias, clauses, span, level, inner)
    }
    if !lateral, !inner.levels.isEmpty { inner.levels[inner.levels.count - 1].isVisible = false }
    var isValues = false
    if case .values = query.body { isValues = true }
    let query = isValues ? query : query.locked(by: clauses)
    guard let nested = nested(query, inner) else { return nil }
    guard let columns = renamed(nested.columns, alias.columns, of: alias.name.text) else {
      return nil
    }
    var detail = RelationDetail(kind: isValues ? .other : .subquery, span: span)
    detail.isLockedInside = true
    return addRelation(
      nested.source, alias: alias.name.text, columns: columns, detail, to: level)
  }

  private func function(
    _ call: FunctionCallSyntax, _ alias: AliasSyntax?, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    let name = alias?.name.text ?? call.name.last.text
    let isOwn = functions.contains { $0.name == call.name.last.text }
    if call.name.last.text == "generate_series", !isOwn {
      return series(call, alias, span, level, scope)
    }
    if Self.elementFunctions.contains(call.name.last.text), !isOwn {
      return elements(call, alias, span, level, scope)
    }
    if functions.contains(where: { $0.name == call.name.last.text && $0.returnsRows }) {
      return ownRows(call, alias, span, level, scope)
    }
    // A function that gives one value is a row of one column, and may name the items before it.
    let inner = scope.entering(QueryLevel()).inside(.values)
    guard let typed = resolveCall(call, at: span, inner).map(resolvingUnknown) else { return nil }
    let column = OutputColumn(name: name, type: typed.type)
    guard let columns = renamed([column], alias?.columns ?? [], of: name) else { return nil }
    let id = append(Query(body: .values([[commit(typed.code)]]), columns: columns))
    return addRelation(
      .query(id, isLateral: isLateral(id)), alias: name, columns: columns,
      RelationDetail(kind: .other, span: span), to: level)
  }

  /// Whether a query in FROM names columns of the items beside it.
  func isLateral(_ id: QueryID) -> Bool {
    var result = false
    visitColumns(of: id) { level, _ in if level == 0 { result = true } }
    return result
  }

  // MARK: Joins

  private func resolve(
    _ join: JoinSyntax, _ span: SourceSpan, _ level: QueryLevel, _ scope: Scope
  ) -> Joined? {
    let scope = scope.refusingCalls("it stands in a join")
    let outside = level.namespace
    defer { level.namespace = outside }
    guard let left = resolve(join.left, level, scope) else { return nil }
    level.namespace = outside + left.items
    guard let right = resolve(join.right, level, scope) else { return nil }
    let kind: JoinKind =
      switch join.kind {
      case .inner, .cross: .inner
      case .left: .left
      case .right: .right
      case .full: .full
      }
    if kind == .left || kind == .full { level.makeNullable(right.relations) }
    if kind == .right || kind == .full { level.makeNullable(left.relations) }
    if kind == .right || kind == .full { level.hasRightJoin = true }
    let relations = left.relations.lowerBound..<right.relations.upperBound
    var joined = Joined(
      tree: left.tree, items: left.items + right.items, relations: relations)
    level.namespace = joined.items
    var condition: Typed?
    switch join.condition {
    case .none: break
    case .on(let syntax):
      let place = scope.inside(.join)
      var parts: [Typed] = []
      for part in Self.conjuncts(of: syntax) {
        guard let typed = booleanOperand(part, "JOIN/ON", place) else { return nil }
        parts.append(typed)
      }
      if kind == .inner { pushDown(parts, in: level, scope) }
      condition = conjunction(parts)
    case .using, .natural:
      guard let merged = merge(left, right, kind, join.condition, span) else { return nil }
      condition = merged.condition
      joined.items = merged.items
    }
    addKeyConditions(condition, kind, left.relations, right.relations, level)
    joined.tree = .join(kind, left.tree, right.tree, on: condition.map { commit($0.code) })
    return joined
  }

  private func addKeyConditions(
    _ condition: Typed?, _ kind: JoinKind, _ left: Range<Int>, _ right: Range<Int>,
    _ level: QueryLevel
  ) {
    let narrowed: Range<Int>
    switch kind {
    case .inner: narrowed = left.lowerBound..<right.upperBound
    case .left: narrowed = right
    case .right: narrowed = left
    case .full: return
    }
    level.accessConditions.append(
      AccessCondition(uses: condition?.uses ?? [], relations: narrowed))
    level.keyConditions += (condition?.equalities ?? []).map {
      KeyCondition(equality: $0, relations: narrowed)
    }
  }

  /// USING and NATURAL: each common column is there once, before the others.
  private func merge(
    _ left: Joined, _ right: Joined, _ kind: JoinKind, _ condition: JoinSyntax.Condition,
    _ span: SourceSpan
  ) -> (condition: Typed?, items: [NamespaceItem])? {
    let lefts = left.items.flatMap(\.bareColumns)
    let rights = right.items.flatMap(\.bareColumns)
    var names: [NameSyntax]
    if case .using(let list) = condition {
      names = list
    } else {
      let common = Set(rights.map(\.name))
      names = lefts.filter { common.contains($0.name) }.map { NameSyntax($0.name, at: span) }
    }
    var conditions: [Typed] = []
    var merged: [NamespaceItem.Column] = []
    for name in names {
      guard let a = only(name, lefts, "left"), let b = only(name, rights, "right") else {
        return nil
      }
      guard let (equal, column) = merge(a, b, kind, name) else { return nil }
      conditions.append(equal)
      merged.append(column)
    }
    let hidden = Set(names.map(\.text))
    let items = (left.items + right.items).map { item in
      var item = item
      item.hiddenColumns.formUnion(hidden)
      return item
    }
    let front = NamespaceItem(alias: nil, columns: merged, relation: nil)
    return (conjunction(conditions), [front] + items)
  }

  private func only(
    _ name: NameSyntax, _ columns: [NamespaceItem.Column], _ side: String
  ) -> NamespaceItem.Column? {
    let matches = columns.filter { $0.name == name.text }
    if let match = matches.first, matches.count == 1 { return match }
    report(
      matches.isEmpty
        ? .misspelt(
          .unknownColumn,
          "column `\(name.text)` specified in USING clause does not exist in \(side) table",
          at: name.span, name: name.text, among: columns.map(\.name))
        : Diagnostic(
          .ambiguousName,
          "common column name `\(name.text)` appears more than once in \(side) table",
          at: name.span))
    return nil
  }

  private func merge(
    _ left: NamespaceItem.Column, _ right: NamespaceItem.Column, _ kind: JoinKind,
    _ name: NameSyntax
  ) -> (Typed, NamespaceItem.Column)? {
    func typed(_ column: NamespaceItem.Column) -> Typed {
      Typed(code(for: column.source, depth: 0, at: name.span), column.type, at: name.span)
    }
    guard let equal = apply("=", typed(left), typed(right), at: name.span) else { return nil }
    guard let type = commonType([left.type, right.type]) else {
      report(
        Diagnostic(
          .typeMismatch,
          "JOIN/USING types `\(self.name(left.type))` and `\(self.name(right.type))` "
            + "cannot be matched", at: name.span))
      return nil
    }
    func source(_ column: NamespaceItem.Column) -> NamespaceItem.Source {
      column.type == type ? column.source : .cast(column.source, from: column.type, to: type)
    }
    let merged: NamespaceItem.Source =
      switch kind {
      case .inner, .left: source(left)
      case .right: source(right)
      case .full: .merged(source(left), source(right))
      }
    return (equal, NamespaceItem.Column(name: name.text, type: type, source: merged))
  }
}
