import Store

// INSERT, UPDATE, DELETE.
extension ProgramBuilder {
  /// The table that a statement changes; reports CTEs, views and the like.
  func target(_ syntax: TargetTableSyntax, _ scope: Scope) -> TableID? {
    guard let table = table(named: syntax.name) else { return nil }
    touch(table, at: syntax.name.span, scope)
    return table
  }

  func columns(of table: TableID) -> [OutputColumn] {
    program.schema[table].columns.map { OutputColumn(name: $0.name, type: $0.type) }
  }

  /// A value cast to a column's type; reports where there is no such cast.
  func stored(_ typed: Typed, in column: Int, of table: TableID) -> Typed? {
    let target = program.schema[table].columns[column]
    if let result = converted(typed, to: target.type, .assignment) { return result }
    report(
      Diagnostic(
        .typeMismatch,
        "column `\(target.name)` is of type `\(name(target.type))` but expression is of type "
          + "`\(name(typed.type))`", at: typed.span, help: "cast the expression"))
    return nil
  }

  /// A column's default as code, NULL for none.
  func defaultCode(_ column: Int, of table: TableID, at span: SourceSpan) -> Typed {
    let type = program.schema[table].columns[column].type
    guard let code = defaults[table]?[column] else { return .constant(.null, type, at: span) }
    return Typed(code, type, at: span)
  }

  // MARK: RETURNING

  private func returning(
    _ targets: [TargetSyntax], _ level: QueryLevel, _ scope: Scope
  ) -> (outputs: [Typed], columns: [OutputColumn])? {
    let place = scope.inside(.returning).refusingCalls("RETURNING is evaluated for each row")
    guard let expanded = expanded(targets, level, place) else { return nil }
    let outputs = expanded.map { resolve($0, place).map(resolvingUnknown) }
    let sound = outputs.compactMap { $0 }
    guard sound.count == outputs.count else { return nil }
    let columns = zip(expanded, sound).map { OutputColumn(name: $0.name, type: $1.type) }
    return (sound, columns)
  }

  // MARK: INSERT

  func compile(_ syntax: InsertSyntax, _ span: SourceSpan, _ scope: Scope) -> StatementPart? {
    guard let scope = defining(syntax.with, scope) else { return nil }
    guard let table = target(syntax.table, scope) else { return nil }
    guard let listed = insertColumns(syntax, table),
      let source = source(of: syntax, listed, table, span, scope)
    else { return nil }
    let level = QueryLevel()
    let alias = syntax.table.alias?.text ?? syntax.table.name.last.text
    guard
      let joined = addRelation(
        .table(table), alias: alias, columns: columns(of: table),
        RelationDetail(kind: .table(table), span: syntax.table.name.span),
        definition: tableSpans[table], to: level)
    else { return nil }
    level.namespace = joined.items
    guard let returned = returning(syntax.returning, level, scope.entering(level)) else {
      return nil
    }
    var insert = Insert(
      table: table, source: source.id, columns: Array(listed.prefix(source.columns.count)),
      defaults: program.schema[table].columns.indices.map {
        commit(defaultCode($0, of: table, at: span).code)
      },
      returning: returned.outputs.map { commit($0.code) })
    var computed = insert.returning
    if let clause = syntax.onConflict {
      guard let conflict = conflict(clause, alias, table, scope) else { return nil }
      insert.onConflict = conflict
      computed += (conflict.assignments ?? []).map(\.value)
      computed += [conflict.condition].compactMap { $0 }
    }
    var part = StatementPart(body: .insert(insert), columns: returned.columns)
    let hasSubquery = computed.contains { self.hasSubquery(code(of: $0)) }
    part.rereadsSnapshot = hasSubquery
    part.touchesOneRowByKey = !hasSubquery && isOneRow(source.id)
    return part
  }

  private func isOneRow(_ id: QueryID) -> Bool {
    guard case .values(let rows) = program.queries[Int(id.index)].body, rows.count == 1 else {
      return false
    }
    return !facts(of: id).readsTables
  }

  /// The positions of the columns that the source fills, at most.
  func insertColumns(_ syntax: InsertSyntax, _ table: TableID) -> [Int]? {
    if case .defaultValues = syntax.source { return [] }
    guard !syntax.columns.isEmpty else { return program.schema[table].listedColumns }
    var result: [Int] = []
    var isSound = true
    for name in syntax.columns {
      guard let position = column(name, of: table) else {
        isSound = false
        continue
      }
      if result.contains(position) {
        report(
          Diagnostic(
            .duplicateName, "column `\(name.text)` specified more than once", at: name.span))
        isSound = false
      }
      result.append(position)
    }
    return isSound ? result : nil
  }

  private func source(
    of syntax: InsertSyntax, _ listed: [Int], _ table: TableID, _ span: SourceSpan, _ scope: Scope
  ) -> CompiledQuery? {
    switch syntax.source {
    case .defaultValues:
      return CompiledQuery(id: append(Query(body: .values([[]]), columns: [])), columns: [])
    case .values(let rows): return insertValues(rows, syntax, listed, table, scope)
    case .query(let query):
      if case .values(let rows) = query.body, query.orderBy.isEmpty, query.limit == nil,
        query.offset == nil, query.with.isEmpty, query.locking.isEmpty
      {
        return insertValues(rows, syntax, listed, table, scope)
      }
      return insertQuery(query, syntax, listed, table, scope)
    }
  }

  private func insertQuery(
    _ query: QuerySyntax, _ syntax: InsertSyntax, _ listed: [Int], _ table: TableID,
    _ scope: Scope
  ) -> CompiledQuery? {
    let place = scope.refusingCalls("it stands in the query of an INSERT")
    guard let nested = nested(query, place, settles: false) else { return nil }
    guard checkCount(nested.columns.count, syntax, listed, at: query.span) else { return nil }
    for position in listed.prefix(nested.columns.count) {
      guard checkIdentity(position, table, syntax, at: query.span) else { return nil }
    }
    var compiled = CompiledQuery(id: QueryID(0), columns: nested.columns)
    if case .query(let id, _) = nested.source {
      compiled.id = id
    } else {
      compiled = reading(nested)
    }
    for (index, position) in listed.prefix(nested.columns.count).enumerated() {
      let target = program.schema[table].columns[position]
      let source = nested.columns[index].type
      guard Casts.canCast(from: source, to: target.type, context: .assignment) else {
        report(
          Diagnostic(
            .typeMismatch,
            "column `\(target.name)` is of type `\(name(target.type))` but expression is of type "
              + "`\(name(source))`", at: query.span))
        return nil
      }
    }
    let types = listed.prefix(nested.columns.count).map { program.schema[table].columns[$0].type }
    return cast(compiled, to: types, .assignment, at: query.span)
  }

  func checkCount(
    _ count: Int, _ syntax: InsertSyntax, _ listed: [Int], at span: SourceSpan
  ) -> Bool {
    if count > listed.count {
      report(
        Diagnostic(
          .columnCountMismatch, "INSERT has more expressions than target columns", at: span))
      return false
    }
    if count < listed.count, !syntax.columns.isEmpty {
      report(
        Diagnostic(
          .columnCountMismatch, "INSERT has more target columns than expressions",
          at: syntax.columns[count].span))
      return false
    }
    return true
  }

  private func insertValues(
    _ rows: [[ExpressionSyntax]], _ syntax: InsertSyntax, _ listed: [Int], _ table: TableID,
    _ scope: Scope
  ) -> CompiledQuery? {
    let rows = rows.map { row in row.flatMap { recordItems($0, scope) ?? [$0] } }
    var place = scope.entering(QueryLevel()).inside(.values)
    if rows.count > 1 { place = place.refusingCalls("the INSERT has several rows") }
    let width = rows.first?.count ?? 0
    var compiled: [[Expression]] = []
    var isSound = true
    for row in rows {
      guard row.count == width else {
        report(
          Diagnostic(
            .columnCountMismatch, "VALUES lists must all be the same length",
            at: (row.last ?? rows.first?.last)?.span ?? syntax.table.name.span))
        return nil
      }
      let end = row.last?.span ?? syntax.table.name.span
      guard checkCount(width, syntax, listed, at: end) else { return nil }
      var values: [Expression] = []
      for (item, position) in zip(row, listed) {
        if let typed = insertValue(item, position, table, syntax, place) {
          values.append(commit(typed.code))
        } else {
          isSound = false
        }
      }
      compiled.append(values)
    }
    guard isSound else { return nil }
    let columns = listed.prefix(width).map { position in
      let column = program.schema[table].columns[position]
      return OutputColumn(name: column.name, type: column.type)
    }
    return CompiledQuery(
      id: append(Query(body: .values(compiled), columns: columns)), columns: columns)
  }

  func insertValue(
    _ item: ExpressionSyntax, _ position: Int, _ table: TableID, _ syntax: InsertSyntax,
    _ scope: Scope
  ) -> Typed? {
    if case .defaultValue = item.kind { return defaultCode(position, of: table, at: item.span) }
    if identities[table]?[position] != nil, syntax.overriding == .user {
      _ = resolve(item, scope)
      return defaultCode(position, of: table, at: item.span)
    }
    guard checkIdentity(position, table, syntax, at: item.span) else { return nil }
    return resolve(item, scope).flatMap { stored($0, in: position, of: table) }
  }

  private func checkIdentity(
    _ position: Int, _ table: TableID, _ syntax: InsertSyntax, at span: SourceSpan
  ) -> Bool {
    guard checkNotGenerated(position, of: table, isUpdate: false, at: span) else { return false }
    guard identities[table]?[position] == true, syntax.overriding != .system else { return true }
    let name = program.schema[table].columns[position].name
    report(
      Diagnostic(
        .notAssignable, "cannot insert a non-DEFAULT value into column `\(name)`", at: span,
        caption: "the column is GENERATED ALWAYS AS IDENTITY",
        help: "use DEFAULT, or write OVERRIDING SYSTEM VALUE"))
    return false
  }

  // MARK: UPDATE

  func compile(_ syntax: UpdateSyntax, _ span: SourceSpan, _ scope: Scope) -> StatementPart? {
    guard let scope = defining(syntax.with, scope) else { return nil }
    guard let table = target(syntax.table, scope) else { return nil }
    let place = scope.refusingCalls("UPDATE evaluates it for each row")
    var draft = SelectDraft(level: QueryLevel())
    let inner = place.entering(draft.level)
    let isSound = resolveTarget(
      syntax.table, table, syntax.from, syntax.condition, &draft, inner)
    let assignments = assignments(syntax.assignments, table, inner.inside(.assignment))
    guard isSound, let assignments,
      let returned = returning(syntax.returning, draft.level, inner)
    else { return nil }
    let select = targetSelect(draft)
    let source = append(Query(body: .select(select), columns: []))
    let update = Update(
      table: table, source: source, assignments: assignments,
      returning: returned.outputs.map { commit($0.code) })
    var part = StatementPart(body: .update(update), columns: returned.columns)
    describe(&part, select, assignments.map(\.value) + update.returning)
    return part
  }

  /// Puts the target and the other tables into the draft, the target first.
  private func resolveTarget(
    _ target: TargetTableSyntax, _ table: TableID, _ others: [FromSyntax],
    _ condition: ExpressionSyntax?, _ draft: inout SelectDraft, _ scope: Scope
  ) -> Bool {
    var detail = RelationDetail(kind: .table(table), span: target.name.span)
    detail.isWorld = program.schema[table].isWorld
    guard
      let joined = addRelation(
        .table(table), alias: target.alias?.text ?? target.name.last.text,
        columns: columns(of: table), detail, definition: tableSpans[table], to: draft.level)
    else { return false }
    draft.select.from = joined.tree
    // The items of FROM see each other, but not the target.
    guard resolveFrom(others, condition: nil, &draft, scope) else { return false }
    draft.level.namespace = joined.items + draft.level.namespace
    guard resolveFrom([], condition: condition, &draft, scope) else { return false }
    orderJoin(&draft, scope)
    return true
  }

  private func targetSelect(_ draft: SelectDraft) -> Select {
    var select = draft.select
    select.relations = draft.level.relations
    for index in select.relations.indices {
      select.relations[index].key = keyLookup(of: index, in: draft.level)
      select.relations[index].access = access(of: index, in: draft.level)
    }
    settleJoinedReads(draft.filters, in: draft.level)
    select.filter = conjunction(cheapestFirst(draft.filters, in: draft.level)).map {
      commit($0.code)
    }
    select.gate = gate(draft.filters)
    select.groupOffset = draft.level.width
    select.tupleWidth = draft.level.width
    return select
  }

  func assignments(
    _ syntax: [AssignmentSyntax], _ table: TableID, _ scope: Scope
  ) -> [Assignment]? {
    var result: [Assignment] = []
    var isSound = true
    for item in syntax {
      var positions: [Int] = []
      for name in item.columns {
        guard let position = column(name, of: table) else { continue }
        if (result.map(\.column) + positions).contains(position) {
          report(
            Diagnostic(
              .duplicateName, "multiple assignments to same column `\(name.text)`",
              at: name.span))
          isSound = false
        }
        positions.append(position)
      }
      guard positions.count == item.columns.count,
        let values = assigned(item, positions, table, scope)
      else {
        isSound = false
        continue
      }
      for (position, value) in zip(positions, values) {
        result.append(Assignment(column: position, value: commit(value.code)))
      }
    }
    return isSound ? result : nil
  }

  /// The values of one assignment, one for each column.
  private func assigned(
    _ item: AssignmentSyntax, _ positions: [Int], _ table: TableID, _ scope: Scope
  ) -> [Typed]? {
    if item.isRow, case .scalarSubquery(let query) = item.value.kind {
      return assignedRow(query, positions, table, scope)
    }
    var values = [item.value]
    if item.isRow {
      if case .row(let row) = item.value.kind {
        values = row
      } else if positions.count > 1 {
        report(
          Diagnostic(
            .columnCountMismatch,
            "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
            at: item.value.span))
        return nil
      }
    }
    guard values.count == positions.count else {
      report(
        Diagnostic(
          .columnCountMismatch, "number of columns does not match number of values",
          at: item.value.span))
      return nil
    }
    let typed = zip(values, positions).map { value, position -> Typed? in
      if case .defaultValue = value.kind { return defaultCode(position, of: table, at: value.span) }
      guard checkNotGenerated(position, of: table, isUpdate: true, at: value.span) else {
        return nil
      }
      if identities[table]?[position] == true {
        let name = program.schema[table].columns[position].name
        report(
          Diagnostic(
            .notAssignable, "column `\(name)` can only be updated to DEFAULT", at: value.span,
            caption: "the column is GENERATED ALWAYS AS IDENTITY"))
        return nil
      }
      return resolve(value, scope).flatMap { stored($0, in: position, of: table) }
    }
    let sound = typed.compactMap { $0 }
    return sound.count == typed.count ? sound : nil
  }

  /// `(a, b) = (SELECT x, y …)`: for each column the query with that output first.
  private func assignedRow(
    _ query: QuerySyntax, _ positions: [Int], _ table: TableID, _ scope: Scope
  ) -> [Typed]? {
    guard let nested = nested(query, scope.refusingCalls(Self.inSubquery)) else { return nil }
    for position in positions {
      guard checkNotGenerated(position, of: table, isUpdate: true, at: query.span) else {
        return nil
      }
    }
    guard nested.columns.count == positions.count else {
      report(
        Diagnostic(
          .columnCountMismatch, "number of columns does not match number of values",
          at: query.span))
      return nil
    }
    var id: QueryID
    if case .query(let query, _) = nested.source { id = query } else { id = reading(nested).id }
    let original = program.queries[Int(id.index)]
    guard case .select(let select) = original.body, case .no = select.distinct,
      !facts(of: id).usesSequence
    else {
      report(
        Diagnostic(
          .unsupportedExpression, "this subquery cannot be assigned to several columns",
          at: query.span, help: "read it into variables before"))
      return nil
    }
    var values: [Typed] = []
    for (index, position) in positions.enumerated() {
      if index > 0 {
        var copy = original
        var rotated = select
        rotated.outputs.swapAt(0, index)
        copy.columns.swapAt(0, index)
        copy.body = .select(rotated)
        id = append(copy)
      }
      let typed = Typed(.scalarSubquery(id), nested.columns[index].type, at: query.span)
      guard let value = stored(typed, in: position, of: table) else { return nil }
      values.append(value)
    }
    return values
  }

  // MARK: DELETE

  func compile(_ syntax: DeleteSyntax, _ span: SourceSpan, _ scope: Scope) -> StatementPart? {
    guard let scope = defining(syntax.with, scope) else { return nil }
    guard let table = target(syntax.table, scope) else { return nil }
    let place = scope.refusingCalls("DELETE evaluates it for each row")
    var draft = SelectDraft(level: QueryLevel())
    let inner = place.entering(draft.level)
    guard
      resolveTarget(syntax.table, table, syntax.using, syntax.condition, &draft, inner),
      let returned = returning(syntax.returning, draft.level, inner)
    else { return nil }
    let select = targetSelect(draft)
    let source = append(Query(body: .select(select), columns: []))
    let delete = Delete(
      table: table, source: source, returning: returned.outputs.map { commit($0.code) })
    var part = StatementPart(body: .delete(delete), columns: returned.columns)
    describe(&part, select, delete.returning)
    return part
  }
}
