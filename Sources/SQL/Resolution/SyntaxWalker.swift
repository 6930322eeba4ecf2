/// Walks syntax trees and shows each query, expression and statement that it comes by, from the
/// outside in.
struct SyntaxWalker {
  var query: (QuerySyntax) -> Void = { _ in }
  var expression: (ExpressionSyntax) -> Void = { _ in }
  var statement: (StatementSyntax) -> Void = { _ in }
  var from: (FromSyntax) -> Void = { _ in }
  var procedural: (ProceduralStatementSyntax) -> Void = { _ in }

  // MARK: Statements

  func walk(_ syntax: StatementSyntax) {
    statement(syntax)
    switch syntax.kind {
    case .select(let query): walk(query)
    case .insert(let insert): walk(insert)
    case .update(let update):
      walk(update.with)
      walk(update.assignments)
      for item in update.from { walk(item) }
      walk([update.condition])
      walk(update.returning)
    case .delete(let delete):
      walk(delete.with)
      for item in delete.using { walk(item) }
      walk([delete.condition])
      walk(delete.returning)
    case .merge(let merge): walk(merge)
    case .createFunction(let function): walk(function.body)
    case .createView(let view): walk(view.query)
    case .declareCursor(let cursor): walk(cursor.query)
    case .anonymousBlock(let body): walk(body)
    case .call(let call): walk(call)
    case .prepare(let prepare): walk(prepare.statement)
    case .execute(_, let arguments): walk(arguments)
    case .createTable, .createIndex, .createEnum, .createTrigger, .createSequence, .alterSequence,
      .createSchema,
      .drop, .alterTable, .truncate, .ignored, .begin, .commit, .rollback, .savepoint,
      .rollbackTo, .release, .twoPhase, .setTransaction, .setSessionCharacteristics, .set,
      .setConstraints, .show, .reset,
      .lockTable, .maintenance, .refresh, .role, .indexWork, .deallocate, .listen, .unlisten,
      .notify, .fetch,
      .closeCursor:
      break
    }
  }

  private func walk(_ insert: InsertSyntax) {
    walk(insert.with)
    switch insert.source {
    case .defaultValues: break
    case .values(let rows): for row in rows { walk(row) }
    case .query(let query): walk(query)
    }
    if case .update(let assignments, let condition)? = insert.onConflict?.action {
      walk(assignments)
      walk([condition])
    }
    walk(insert.returning)
  }

  private func walk(_ merge: MergeSyntax) {
    walk(merge.with)
    walk(merge.source)
    walk(merge.condition)
    for clause in merge.clauses {
      walk([clause.condition])
      switch clause.action {
      case .nothing, .delete: break
      case .update(let assignments): walk(assignments)
      case .insert(_, _, let values): walk(values ?? [])
      }
    }
  }

  func walk(_ body: FunctionBodySyntax) {
    switch body {
    case .procedural(let block): walk(block)
    case .sql(let statements): for statement in statements { walk(statement) }
    }
  }

  // MARK: Procedures

  func walk(_ block: BlockSyntax) {
    for declaration in block.declarations { walk(declaration) }
    walk(block.statements)
    for handler in block.handlers { walk(handler.statements) }
  }

  private func walk(_ declaration: DeclarationSyntax) {
    walk([declaration.value])
    if case .cursor(let cursor?) = declaration.kind { walk(cursor.query) }
  }

  private func walk(_ action: CursorActionSyntax) {
    switch action {
    case .open(_, let query, let arguments):
      if let query { walk(query) }
      walk(arguments)
    case .fetch, .close: break
    case .loop(_, _, let arguments, let body):
      walk(arguments)
      walk(body)
    }
  }

  func walk(_ statements: [ProceduralStatementSyntax]) {
    for statement in statements { walk(statement) }
  }

  func walk(_ syntax: ProceduralStatementSyntax) {
    procedural(syntax)
    switch syntax.kind {
    case .sql(let statement): walk(statement)
    case .block(let block): walk(block)
    case .declare(let declaration): walk(declaration)
    case .cursor(let action): walk(action)
    case .assign(_, let value): walk(value)
    case .ifElse(let branches, let otherwise):
      for branch in branches {
        walk(branch.condition)
        walk(branch.statements)
      }
      walk(otherwise ?? [])
    case .caseOf(let operand, let arms, let otherwise):
      walk([operand])
      for arm in arms {
        walk(arm.values)
        walk(arm.statements)
      }
      walk(otherwise ?? [])
    case .loop(let body): walk(body)
    case .whileLoop(let condition, let body):
      walk(condition)
      walk(body)
    case .forRange(let loop):
      walk([loop.low, loop.high, loop.step])
      walk(loop.body)
    case .forQuery(_, let source, let body):
      walk(source)
      walk(body)
    case .exit(_, let condition), .next(_, let condition): walk([condition])
    case .returnValue(let value), .returnNext(let value): walk([value])
    case .returnQuery(let source): walk(source)
    case .raise(let raise):
      if case .format(_, let arguments) = raise.subject { walk(arguments) }
      walk(raise.options.map(\.value))
    case .assert(let condition, let message): walk([condition, message])
    case .perform(let query): walk(query)
    case .dynamic(let text, _, let values):
      walk(text)
      walk(values)
    case .getDiagnostics, .null: break
    }
  }

  private func walk(_ source: QuerySourceSyntax) {
    switch source {
    case .query(let query): walk(query)
    case .statement(let statement): walk(statement)
    case .dynamic(let text, let values): walk([text] + values)
    }
  }

  // MARK: Queries

  func walk(_ syntax: QuerySyntax) {
    query(syntax)
    walk(syntax.with)
    walk(syntax.body)
    walk(syntax.orderBy.map(\.value))
    walk([syntax.limit, syntax.offset])
  }

  private func walk(_ body: QueryBodySyntax) {
    switch body {
    case .select(let select):
      if case .on(let keys)? = select.distinct { walk(keys) }
      walk(select.targets)
      for item in select.from { walk(item) }
      walk([select.condition])
      walk(select.groupBy)
      walk([select.having])
    case .values(let rows): for row in rows { walk(row) }
    case .setOperation(_, _, let left, let right):
      walk(left)
      walk(right)
    case .nested(let query): walk(query)
    }
  }

  private func walk(_ tables: [CommonTableSyntax]) {
    for table in tables { walk(table.statement) }
  }

  private func walk(_ targets: [TargetSyntax]) {
    for target in targets { walk(target.value) }
  }

  private func walk(_ assignments: [AssignmentSyntax]) {
    for assignment in assignments { walk(assignment.value) }
  }

  private func walk(_ syntax: FromSyntax) {
    from(syntax)
    switch syntax.kind {
    case .table: break
    case .subquery(let query, _, _): walk(query)
    case .function(let call, _, _): walk(call)
    case .join(let join):
      walk(join.left)
      walk(join.right)
      if case .on(let condition) = join.condition { walk(condition) }
    }
  }

  // MARK: Expressions

  private func walk(_ call: FunctionCallSyntax) {
    walk(call.arguments.map(\.value))
    walk(call.orderBy.map(\.value))
    walk([call.filter])
    guard let window = call.over else { return }
    walk(window.partition)
    walk(window.order.map(\.value))
  }

  private func walk(_ items: [ExpressionSyntax?]) {
    for item in items.compactMap({ $0 }) { walk(item) }
  }

  func walk(_ syntax: ExpressionSyntax) {
    expression(syntax)
    switch syntax.kind {
    case .null, .boolean, .integer, .decimal, .string, .typedLiteral, .parameter, .positional,
      .column, .star, .keywordFunction, .defaultValue:
      break
    case .field(let item, _), .unary(_, let item), .not(let item), .isTest(let item, _, _),
      .cast(let item, _), .extract(_, let item):
      walk(item)
    case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right),
      .isDistinct(let left, let right, _), .nullif(let left, let right),
      .position(let left, let right), .atTimeZone(let left, let right):
      walk([left, right])
    case .between(let item, let low, let high, _, _): walk([item, low, high])
    case .inList(let item, let items, _): walk([item] + items)
    case .inSubquery(let item, let query, _):
      walk(item)
      walk(query)
    case .like(let item, let pattern, let escape, _, _): walk([item, pattern, escape])
    case .exists(let query), .scalarSubquery(let query), .arraySubquery(let query): walk(query)
    case .quantified(_, let item, _, let operand):
      walk(item)
      switch operand {
      case .subquery(let query): walk(query)
      case .array(let array): walk(array)
      }
    case .array(let items), .row(let items), .coalesce(let items), .greatest(let items),
      .least(let items):
      walk(items)
    case .caseWhen(let operand, let branches, let otherwise):
      walk([operand] + branches.flatMap { [$0.condition, $0.result] } + [otherwise])
    case .call(let call): walk(call)
    case .substring(let item, let from, let count): walk([item, from, count])
    case .trim(_, let characters, let item): walk([characters, item])
    }
  }
}
