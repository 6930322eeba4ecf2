import SQL
import Store

// Materialized views: tables that REFRESH fills by their query.
extension SpecCompilation {
  /// Where a session's REFRESH keeps the new rows.
  private func scratchName(_ view: QualifiedNameSyntax, _ session: Int) -> QualifiedNameSyntax {
    QualifiedNameSyntax([
      NameSyntax("$refresh \(session) \(view.last.text)", at: view.span, isQuoted: true)
    ])
  }

  /// Notes the query of a materialized view.
  mutating func noteView(_ table: CreateTableSyntax) {
    guard table.isMaterializedView, let query = table.query else { return }
    if let other = materializedViews[table.name.last.text], other.query != query {
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement,
          "two materialized views of the name `\(table.name.last.text)` are not simulated",
          at: table.name.span, help: "give one of them another name"))
    }
    materializedViews[table.name.last.text] = table
  }

  /// Makes the tables in which sessions keep what a query gives, before they lock its view.
  mutating func defineScratch(_ statements: [StatementSyntax], session: Int) {
    for case .refresh(let refresh) in statements.map(\.kind) {
      let name = scratchName(refresh.name, session)
      guard var table = materializedViews[refresh.name.last.text],
        builder.program.schema.table(named: name.last.text) == nil
      else { continue }
      table.name = name
      table.isMaterializedView = false
      table.hasNoRows = true
      builder.define(
        [StatementSyntax(.createTable(table), at: refresh.name.span)], isWorld: false)
      takeDiagnostics()
    }
  }

  /// Refuses materialized views that steps create and drop.
  mutating func refuseView(_ statement: StatementSyntax) {
    let what: String
    switch statement.kind {
    case .createTable(let table) where table.isMaterializedView: what = "creates"
    case .drop(let drop) where drop.kind == .materializedView: what = "drops"
    default: return
    }
    diagnostics.append(
      Diagnostic(
        .unsupportedStatement, "a step that \(what) a materialized view is not simulated",
        at: statement.span, help: "move it to a `setup` or `teardown` block"))
  }

  /// REFRESH in other statements, and everything else as it is (`ExecRefreshMatView`).
  ///
  /// The query is run on the snapshot with which the command begins, before it has the view's lock; what it gives is held
  /// against the view as it is then. With CONCURRENTLY only the rows that differ are changed, and others may read the view.
  mutating func refreshing(_ statement: StatementSyntax, session: Int) -> [StatementSyntax] {
    guard case .refresh(let refresh) = statement.kind else { return [statement] }
    let name = refresh.name
    guard let view = materializedViews[name.last.text], let query = view.query,
      let table = builder.program.schema.table(named: name.last.text)
    else {
      diagnostics.append(
        .misspelt(
          .unknownTable, "there is no materialized view `\(name.text)`", at: name.span,
          name: name.last.text, among: materializedViews.keys.sorted()))
      return []
    }
    let definition = builder.program.schema[table]
    if refresh.isConcurrent,
      !definition.uniqueIndexes.contains(where: \.isPlain)
    {
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement,
          "cannot refresh materialized view `\(name.last.text)` concurrently",
          at: statement.span,
          help: "make a unique index with no WHERE clause on one or more of its columns"))
      return []
    }
    let writer = RefreshWriter(
      view: name, scratch: scratchName(name, session), columns: definition.columns.map(\.name),
      span: statement.span)
    let lock = LockTableSyntax(
      tables: [name], mode: refresh.isConcurrent ? .exclusive : .accessExclusive, isNowait: false)
    let kinds: [StatementKind] = [
      writer.insert(.query(query), into: TargetTableSyntax(name: writer.scratch)),
      .lockTable(lock),
      writer.delete(writer.target, besides: refresh.isConcurrent ? writer.scratch : nil),
      writer.fill(besides: refresh.isConcurrent),
      writer.delete(TargetTableSyntax(name: writer.scratch), besides: nil),
    ]
    return kinds.map { StatementSyntax($0, at: statement.span) }
  }
}

/// Writes the statements that stand for REFRESH.
private struct RefreshWriter {
  let view: QualifiedNameSyntax
  let scratch: QualifiedNameSyntax
  let columns: [String]
  let span: SourceSpan

  /// The view, under the name that may change it.
  var target: TargetTableSyntax {
    var target = TargetTableSyntax(name: view)
    target.alias = NameSyntax(ProgramBuilder.refreshAlias, at: span, isQuoted: true)
    return target
  }

  func insert(_ source: InsertSyntax.Source, into target: TargetTableSyntax) -> StatementKind {
    .insert(InsertSyntax(table: target, columns: [], overriding: nil, source: source))
  }

  /// Deletes all rows, or those of which there is no equal in another table.
  func delete(_ target: TargetTableSyntax, besides other: QualifiedNameSyntax?) -> StatementKind {
    let alias = target.alias ?? target.name.last
    return .delete(
      DeleteSyntax(
        table: target, condition: other.map { lacks($0, as: "$other", row: alias.text) }))
  }

  /// Adds the new rows to the view, or those of which it has no equal.
  func fill(besides isPartial: Bool) -> StatementKind {
    let star = ExpressionSyntax(.star(nil), at: span)
    var select = SelectSyntax(targets: [TargetSyntax(value: star, span: span)], span: span)
    select.from = [from(scratch, as: "$new")]
    if isPartial { select.condition = lacks(view, as: "$old", row: "$new") }
    return insert(.query(QuerySyntax(body: .select(select), span: span)), into: target)
  }

  /// That a table has no row equal to one.
  private func lacks(
    _ table: QualifiedNameSyntax, as alias: String, row: String
  ) -> ExpressionSyntax {
    var condition = ExpressionSyntax(.boolean(true), at: span)
    for column in columns {
      let equal = ExpressionSyntax(
        .isDistinct(self.column(alias, column), self.column(row, column), negated: true), at: span)
      condition = ExpressionSyntax(.and(condition, equal), at: span)
    }
    let one = ExpressionSyntax(.boolean(true), at: span)
    var select = SelectSyntax(targets: [TargetSyntax(value: one, span: span)], span: span)
    select.from = [from(table, as: alias)]
    select.condition = condition
    let query = QuerySyntax(body: .select(select), span: span)
    return ExpressionSyntax(.not(ExpressionSyntax(.exists(query), at: span)), at: span)
  }

  private func column(_ alias: String, _ name: String) -> ExpressionSyntax {
    ExpressionSyntax(
      .column(
        QualifiedNameSyntax([
          NameSyntax(alias, at: span, isQuoted: true), NameSyntax(name, at: span, isQuoted: true),
        ])), at: span)
  }

  private func from(_ table: QualifiedNameSyntax, as alias: String) -> FromSyntax {
    let name = AliasSyntax(name: NameSyntax(alias, at: span, isQuoted: true))
    return FromSyntax(.table(table, alias: name), at: span)
  }
}
