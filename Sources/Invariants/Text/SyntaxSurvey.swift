import SQL

/// What a piece of SQL mentions: tables, conditions, columns, functions; subqueries included.
struct SyntaxSurvey {
  struct TableMention {
    var name: String
    var alias: String?

    /// Whether a qualifier of a column means this mention.
    func isCalled(_ qualifier: String) -> Bool { qualifier == alias ?? name }
  }

  private(set) var tables: [TableMention] = []
  /// The parts of WHERE, ON and HAVING that must all hold, in the order of the text.
  private(set) var conjuncts: [ExpressionSyntax] = []
  /// Every column that is mentioned.
  private(set) var columns: [QualifiedNameSyntax] = []
  private(set) var groupColumns: [String] = []
  private(set) var readsClock = false
  /// A condition reads the clock: what it finds depends on when it runs.
  private(set) var hasDeadline = false
  private(set) var hasAggregate = false
  /// It has FOR UPDATE or the like.
  private(set) var hasLockingClause = false

  init() {}

  // MARK: Statements

  mutating func visit(_ statement: StatementSyntax) {
    switch statement.kind {
    case .select(let query): visit(query)
    case .insert(let insert):
      for table in insert.with { visit(table.statement) }
      if case .query(let query) = insert.source { visit(query) }
      if case .values(let rows) = insert.source { rows.joined().forEach { visit($0) } }
    case .update(let update):
      for table in update.with { visit(table.statement) }
      mention(update.table)
      for item in update.from { visit(item) }
      for assignment in update.assignments { visit(assignment.value) }
      visit(condition: update.condition)
    case .delete(let delete):
      for table in delete.with { visit(table.statement) }
      mention(delete.table)
      for item in delete.using { visit(item) }
      visit(condition: delete.condition)
    case .merge(let merge):
      mention(merge.table)
      visit(merge.source)
      visit(condition: merge.condition)
    default: return
    }
  }

  private mutating func mention(_ table: TargetTableSyntax) {
    tables.append(TableMention(name: table.name.last.text, alias: table.alias?.text))
  }

  // MARK: Queries

  mutating func visit(_ query: QuerySyntax) {
    for table in query.with { visit(table.statement) }
    visit(query.body)
    if !query.locking.isEmpty { hasLockingClause = true }
    for item in query.orderBy { visit(item.value) }
  }

  private mutating func visit(_ body: QueryBodySyntax) {
    switch body {
    case .select(let select): visit(select)
    case .values(let rows): rows.joined().forEach { visit($0) }
    case .setOperation(_, _, let left, let right):
      visit(left)
      visit(right)
    case .nested(let query): visit(query)
    }
  }

  private mutating func visit(_ select: SelectSyntax) {
    for item in select.from { visit(item) }
    visit(condition: select.condition)
    visit(condition: select.having)
    for target in select.targets { visit(target.value) }
    for expression in select.groupBy {
      if case .column(let name) = expression.kind { groupColumns.append(name.last.text) }
      visit(expression)
    }
  }

  private mutating func visit(_ item: FromSyntax) {
    switch item.kind {
    case .table(let name, let alias):
      tables.append(TableMention(name: name.last.text, alias: alias?.name.text))
    case .subquery(let query, _, _): visit(query)
    case .function(let call, _, _): call.arguments.forEach { visit($0.value) }
    case .join(let join):
      visit(join.left)
      visit(join.right)
      if case .on(let condition) = join.condition { visit(condition: condition) }
    }
  }

  // MARK: Expressions

  private mutating func visit(condition: ExpressionSyntax?) {
    guard let condition else { return }
    conjuncts += condition.conjuncts
    var inner = SyntaxSurvey()
    inner.visit(condition)
    if inner.readsClock { hasDeadline = true }
    visit(condition)
  }

  private static let clockFunctions: Set<String> = [
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
  ]
  private static let aggregates: Set<String> = [
    "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "string_agg", "array_agg",
  ]

  mutating func visit(_ expression: ExpressionSyntax) {
    switch expression.kind {
    case .column(let name): columns.append(name)
    case .keywordFunction(let function):
      switch function {
      case .currentTimestamp, .currentDate, .currentTime, .localTimestamp, .localTime:
        readsClock = true
      default: break
      }
    case .call(let call):
      let name = call.name.last.text
      if Self.clockFunctions.contains(name) { readsClock = true }
      if Self.aggregates.contains(name) { hasAggregate = true }
    default: break
    }
    for query in expression.subqueries { visit(query) }
    for operand in expression.operands { visit(operand) }
  }
}

extension ExpressionSyntax {
  /// The operands of AND at the top, from left to right.
  var conjuncts: [ExpressionSyntax] {
    if case .and(let left, let right) = kind { return left.conjuncts + right.conjuncts }
    return [self]
  }

  /// The queries directly inside.
  var subqueries: [QuerySyntax] {
    switch kind {
    case .exists(let query), .scalarSubquery(let query), .arraySubquery(let query),
      .inSubquery(_, let query, _), .quantified(_, _, _, .subquery(let query)):
      return [query]
    default: return []
    }
  }

  /// The expressions directly inside, from left to right.
  var operands: [ExpressionSyntax] {
    switch kind {
    case .field(let inner, _), .unary(_, let inner), .not(let inner), .isTest(let inner, _, _),
      .cast(let inner, _), .inSubquery(let inner, _, _), .extract(_, let inner):
      return [inner]
    case .binary(_, let left, let right), .and(let left, let right), .or(let left, let right),
      .isDistinct(let left, let right, _), .nullif(let left, let right),
      .position(let left, in: let right), .atTimeZone(let left, let right):
      return [left, right]
    case .between(let value, let low, let high, _, _): return [value, low, high]
    case .inList(let value, let list, _): return [value] + list
    case .like(let value, let pattern, let escape, _, _):
      return [value, pattern] + [escape].compactMap { $0 }
    case .quantified(_, let value, _, let operand):
      if case .array(let array) = operand { return [value, array] }
      return [value]
    case .array(let list), .row(let list), .coalesce(let list), .greatest(let list),
      .least(let list):
      return list
    case .caseWhen(let operand, let branches, let otherwise):
      return [operand].compactMap { $0 } + branches.flatMap { [$0.condition, $0.result] }
        + [otherwise].compactMap { $0 }
    case .call(let call):
      return call.arguments.map(\.value) + [call.filter].compactMap { $0 }
    case .substring(let text, let from, let count):
      return [text] + [from, count].compactMap { $0 }
    case .trim(_, let characters, let text): return [characters].compactMap { $0 } + [text]
    case .null, .boolean, .integer, .decimal, .string, .typedLiteral, .parameter, .positional,
      .column, .star, .exists, .scalarSubquery, .arraySubquery, .keywordFunction, .defaultValue:
      return []
    }
  }
}
