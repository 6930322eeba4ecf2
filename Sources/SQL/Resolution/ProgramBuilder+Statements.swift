package import Store

// Statements: SELECT, INSERT, UPDATE, DELETE.
extension ProgramBuilder {
  /// Compiles SELECT, INSERT, UPDATE or DELETE; the statement's INTO is the caller's.
  package func statement(_ syntax: StatementSyntax, in scope: Scope) -> CompiledStatement? {
    let context = StatementContext(takesParts: true)
    var scope = scope
    scope.statement = context
    let firstQuery = program.queries.count
    guard let (main, kind) = mainPart(syntax, scope) else { return nil }
    var statement = arranged(context.parts, main, queries: firstQuery, at: syntax.span)
    var facts = self.facts(of: statement)
    facts.calls = context.calls
    guard checkTouches(context, facts, scope, at: syntax.span) else { return nil }
    statement.readsClock = facts.readsClock
    statement.resultCount = context.resultCount
    statement.isWorld =
      context.touchesWorld && !context.touchesDatabase && scope.access == .databaseOrWorld
    statement.isTrivial =
      kind == .select && statement.parts.count == 1 && !facts.readsTables && !facts.usesSequence
      && !facts.callsLocks
    statement.readsTables = facts.readsTables || kind != .select
    if facts.callsLocks { markLockCalls(&statement) }
    if facts.usesSequence { markDrawnNumbers(&statement) }
    program.statements.append(statement)
    return CompiledStatement(
      index: Int32(clamping: program.statements.count - 1), columns: main.columns, facts: facts,
      kind: kind)
  }

  /// Compiles `SELECT expression`, for an expression that reads tables; with a type, cast to it as an
  /// assignment to a variable is.
  package func statement(
    computing syntax: ExpressionSyntax, as type: DataType?, in scope: Scope
  ) -> CompiledStatement? {
    let target = TargetSyntax(value: syntax, span: syntax.span)
    let select = SelectSyntax(targets: [target], span: syntax.span)
    let query = QuerySyntax(body: .select(select), span: syntax.span)
    guard var compiled = statement(query, in: scope) else { return nil }
    guard let type else { return compiled }
    let statement = program.statements[Int(compiled.index)]
    let last = statement.resultPart
    guard case .query(let id) = statement.parts[last].body else { return compiled }
    let before = CompiledQuery(id: id, columns: compiled.columns)
    let source = before.columns.first?.type ?? .unknown
    let isDirect = Casts.canCast(from: source, to: type, context: .assignment)
    if !isDirect { _ = cast(before, to: [.text], .assignment, at: syntax.span) }
    guard
      let after = cast(before, to: [type], isDirect ? .assignment : .explicit, at: syntax.span)
    else { return nil }
    compiled.columns = after.columns
    program.statements[Int(compiled.index)].parts[last].columns = after.columns
    return compiled
  }

  private func mainPart(
    _ syntax: StatementSyntax, _ scope: Scope
  ) -> (StatementPart, CompiledStatement.Kind)? {
    switch syntax.kind {
    case .select(let query):
      guard let compiled = compile(query, scope),
        let settled = settled(compiled, at: query.span)
      else { return nil }
      var part = StatementPart(body: .query(settled.id), columns: settled.columns)
      describe(&part, query: settled.id)
      return (part, .select)
    case .lockTable(let lock): return compile(lock, scope).map { ($0, .lockTable) }
    case .truncate(let truncate): return compile(truncate, scope).map { ($0, .truncate) }
    case .insert: return changingPart(syntax, scope).map { ($0, .insert) }
    case .update: return changingPart(syntax, scope).map { ($0, .update) }
    case .delete: return changingPart(syntax, scope).map { ($0, .delete) }
    case .merge: return changingPart(syntax, scope).map { ($0, .merge) }
    default:
      _ = changingPart(syntax, scope)
      return nil
    }
  }

  /// A statement that writes, as a part.
  func changingPart(_ syntax: StatementSyntax, _ scope: Scope) -> StatementPart? {
    if scope.access == .everything {
      report(
        Diagnostic(
          .misplacedStatement, "an invariant is a query; it cannot write", at: syntax.span))
      return nil
    }
    guard checkChangeable(syntax) else { return nil }
    switch syntax.kind {
    case .insert(let insert): return compile(insert, syntax.span, scope)
    case .update(let update): return compile(update, syntax.span, scope)
    case .delete(let delete): return compile(delete, syntax.span, scope)
    case .merge(let merge): return compile(merge, syntax.span, scope)
    default:
      reportUnsupported(syntax)
      return nil
    }
  }

  /// Reports a change of a materialized view that is not REFRESH's.
  private func checkChangeable(_ syntax: StatementSyntax) -> Bool {
    let target: TargetTableSyntax
    switch syntax.kind {
    case .insert(let insert): target = insert.table
    case .update(let update): target = update.table
    case .delete(let delete): target = delete.table
    case .merge(let merge): target = merge.table
    default: return true
    }
    guard materializedViews.contains(target.name.last.text),
      target.alias?.text != Self.refreshAlias
    else { return true }
    report(
      Diagnostic(
        .unsupportedStatement, "cannot change materialized view `\(target.name.last.text)`",
        at: target.name.span, help: "change the tables that it reads, and refresh it"))
    return false
  }

  private func reportUnsupported(_ syntax: StatementSyntax) {
    switch syntax.kind {
    case .createTable, .createIndex, .createFunction, .createEnum, .createTrigger,
      .createSequence, .alterSequence, .createView, .createSchema, .drop, .alterTable:
      report(
        Diagnostic(
          .misplacedStatement, "definitions cannot stand here", at: syntax.span,
          help: "move it into the schema block"))
    default:
      report(
        Diagnostic(
          .misplacedStatement, "this statement cannot stand here", at: syntax.span,
          help: "SELECT, INSERT, UPDATE and DELETE can"))
    }
  }

  // MARK: What parts touch

  private func facts(of statement: Statement) -> Facts {
    var facts = Facts()
    for part in statement.parts {
      for query in part.queries { facts.add(self.facts(of: query)) }
      for expression in part.computed { facts.add(self.facts(of: code(of: expression))) }
      switch part.body {
      case .lockTable, .truncate, .alter: facts.readsTables = true
      case .query, .insert, .update, .delete, .merge: break
      }
    }
    return facts
  }

  /// Says what a part that reads (and locks) needs of its snapshot.
  func describe(_ part: inout StatementPart, query id: QueryID) {
    let query = program.queries[Int(id.index)]
    guard !query.locks.isEmpty, case .select(let select) = query.body else { return }
    describe(&part, select, select.outputs + query.order.map(\.expression))
    if query.offset != nil || query.limit != nil {
      let limits = [query.limit, query.offset].compactMap { $0 }
      if limits.contains(where: { hasSubquery(code(of: $0)) }) { part.touchesOneRowByKey = false }
    }
  }

  /// Says the same of a part whose rows a select finds, with what is computed for each of them.
  func describe(_ part: inout StatementPart, _ select: Select, _ computed: [Expression]) {
    let all = computed + [select.filter].compactMap { $0 }
    let hasSubquery = all.contains { self.hasSubquery(code(of: $0)) }
    var others = select.relations.count > 1
    for relation in select.relations {
      switch relation.source {
      case .table, .part, .given, .series, .outcomes, .function, .result, .working: break
      case .query: others = true
      }
    }
    part.rereadsSnapshot = hasSubquery || others
    guard select.relations.count == 1, let relation = select.relations.first,
      case .table = relation.source
    else { return }
    part.touchesOneRowByKey = !hasSubquery && hasConstantKey(relation)
  }
}
