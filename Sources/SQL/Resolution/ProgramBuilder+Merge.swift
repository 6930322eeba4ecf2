import Store

// MERGE.
extension ProgramBuilder {
  func compile(_ syntax: MergeSyntax, _ span: SourceSpan, _ scope: Scope) -> StatementPart? {
    guard let scope = defining(syntax.with, scope) else { return nil }
    guard let table = target(syntax.table, scope) else { return nil }
    let place = scope.refusingCalls("MERGE evaluates it for each row")
    var draft = SelectDraft(level: QueryLevel())
    let inner = place.entering(draft.level)
    guard let items = joinSource(of: syntax, to: table, &draft, inner) else { return nil }
    let source = QueryID(0)
    var merge = Merge(table: table, source: source, clauses: [])
    var isSound = true
    for clause in syntax.clauses {
      if let compiled = compile(clause, syntax, table, items, draft.level, inner) {
        merge.clauses.append(compiled)
      } else {
        isSound = false
      }
    }
    guard checkReachable(syntax), isSound else { return nil }
    merge.source = append(Query(body: .select(mergeSelect(draft)), columns: []))
    var part = StatementPart(body: .merge(merge), columns: [])
    part.rereadsSnapshot = true
    return part
  }

  /// What the target and the source bring to the names that clauses may use.
  private struct MergeNames {
    var target: [NamespaceItem]
    var source: [NamespaceItem]
  }

  /// Puts the target and the source into the draft, joined: a row of the source without a partner
  /// counts only where a clause asks for it.
  private func joinSource(
    of syntax: MergeSyntax, to table: TableID, _ draft: inout SelectDraft, _ scope: Scope
  ) -> MergeNames? {
    var detail = RelationDetail(kind: .table(table), span: syntax.table.name.span)
    detail.isWorld = program.schema[table].isWorld
    guard
      let target = addRelation(
        .table(table), alias: syntax.table.alias?.text ?? syntax.table.name.last.text,
        columns: columns(of: table), detail, definition: tableSpans[table], to: draft.level),
      let source = resolve(syntax.source, draft.level, scope)
    else { return nil }
    let keepsSource = syntax.clauses.contains { !$0.isMatched }
    let isFree =
      !keepsSource && draft.level.relations.dropFirst().allSatisfy { !dependsOnOthers($0) }
    // Where the source is scanned first, none of the target's words decide its keys.
    draft.level.hasRightJoin = !isFree
    draft.level.scansFirstLast = !isFree
    draft.level.namespace = target.items + source.items
    var conditions: [Typed] = []
    for part in Self.conjuncts(of: syntax.condition) {
      guard let typed = booleanOperand(part, "JOIN/ON", scope.inside(.join)) else { return nil }
      conditions.append(typed)
    }
    let condition = conjunction(conditions)
    let narrowed = keepsSource ? target.relations : 0..<Int.max
    draft.level.accessConditions.append(
      AccessCondition(uses: condition?.uses ?? [], relations: narrowed))
    draft.level.keyConditions += (condition?.equalities ?? []).map {
      KeyCondition(equality: $0, relations: narrowed)
    }
    let on = condition.map { commit($0.code) }
    guard isFree else {
      draft.select.from = .join(keepsSource ? .left : .inner, source.tree, target.tree, on: on)
      return MergeNames(target: target.items, source: source.items)
    }
    draft.select.from = .join(.inner, target.tree, source.tree, on: on)
    orderJoin(&draft, scope)
    return MergeNames(target: target.items, source: source.items)
  }

  private func mergeSelect(_ draft: SelectDraft) -> Select {
    var select = draft.select
    select.relations = draft.level.relations
    for index in select.relations.indices {
      select.relations[index].key = keyLookup(of: index, in: draft.level)
      select.relations[index].access = access(of: index, in: draft.level)
    }
    select.groupOffset = draft.level.width
    select.tupleWidth = draft.level.width
    return select
  }

  /// A clause behind one of its kind without a condition is a mistake.
  private func checkReachable(_ syntax: MergeSyntax) -> Bool {
    for isMatched in [true, false] {
      let clauses = syntax.clauses.filter { $0.isMatched == isMatched }
      guard let last = clauses.firstIndex(where: { $0.condition == nil }),
        last + 1 < clauses.count
      else { continue }
      report(
        Diagnostic(
          .syntaxError, "unreachable WHEN clause specified after unconditional WHEN clause",
          at: clauses[last + 1].span,
          labels: [.init("this one has no condition", at: clauses[last].span)],
          help: Diagnostic.Help("put the clause without a condition last")))
      return false
    }
    return true
  }

  private func compile(
    _ clause: MergeSyntax.When, _ syntax: MergeSyntax, _ table: TableID, _ names: MergeNames,
    _ level: QueryLevel, _ scope: Scope
  ) -> MergeClause? {
    level.namespace = clause.isMatched ? names.target + names.source : names.source
    var result = MergeClause(isMatched: clause.isMatched, condition: nil, action: .nothing)
    if let condition = clause.condition {
      guard
        let typed = listedCondition(condition, "MERGE WHEN", scope.inside(.condition))
      else { return nil }
      result.condition = commit(typed.code)
    }
    switch clause.action {
    case .nothing: break
    case .delete: result.action = .delete
    case .update(let items):
      guard let assignments = assignments(items, table, scope.inside(.assignment)) else {
        return nil
      }
      result.action = .update(
        Update(table: table, source: QueryID(0), assignments: assignments, returning: []))
    case .insert(let columns, let overriding, let values):
      let insert = InsertSyntax(
        table: syntax.table, columns: columns, overriding: overriding,
        source: values.map { .values([$0]) } ?? .defaultValues)
      guard let row = insertedRow(insert, values ?? [], table, at: clause.span, scope) else {
        return nil
      }
      result.action = .insert(
        Insert(table: table, source: QueryID(0), columns: [], defaults: row, returning: []))
    }
    return result
  }

  /// The expressions of a whole row: the values written, and the defaults of the other columns.
  private func insertedRow(
    _ insert: InsertSyntax, _ values: [ExpressionSyntax], _ table: TableID, at span: SourceSpan,
    _ scope: Scope
  ) -> [Expression?]? {
    guard let listed = insertColumns(insert, table),
      checkCount(values.count, insert, listed, at: values.last?.span ?? span)
    else { return nil }
    var row = program.schema[table].columns.indices.map { defaultCode($0, of: table, at: span) }
    var isSound = true
    for (item, position) in zip(values, listed) {
      if let typed = insertValue(item, position, table, insert, scope.inside(.values)) {
        row[position] = typed
      } else {
        isSound = false
      }
    }
    return isSound ? row.map { commit($0.code) } : nil
  }
}
