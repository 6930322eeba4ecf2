import Store

// What compiled code touches.
extension ProgramBuilder {
  /// What evaluating the code needs, the calls left out.
  func facts(of code: Code) -> Facts {
    var facts = Facts()
    walk(code.operations[...], level: 0, facts: &facts)
    return facts
  }

  func facts(of query: QueryID) -> Facts {
    var facts = Facts()
    visit(
      query, level: 0, operation: { operation, _ in add(operation, to: &facts) },
      relation: { relation in add(relation, to: &facts) })
    return facts
  }

  private func walk(_ operations: ArraySlice<Operation>, level: Int, facts: inout Facts) {
    visit(
      operations, level: level, operation: { operation, _ in add(operation, to: &facts) },
      relation: { relation in add(relation, to: &facts) })
  }

  private func add(_ operation: Operation, to facts: inout Facts) {
    switch operation {
    case .call(let function, _, _):
      if clockFunctions.contains(function) { facts.readsClock = true }
    case .cast(let index):
      let cast = program.casts[Int(index)]
      // The text might say 'now'.
      if cast.source.isString, cast.target.group == .datetime { facts.readsClock = true }
    case .routine(let index, _):
      guard let signature = functions.first(where: { $0.routine.index == index }) else { return }
      let traits = self.traits(of: signature)
      facts.readsTables = facts.readsTables || traits.readsTables
      facts.readsClock = facts.readsClock || traits.readsClock
      facts.usesSequence = facts.usesSequence || traits.usesSequence
      if switchesTriggers, signature.volatility == .volatile, traits.hasEffects {
        facts.callsLocks = true
      }
    case .nextValue, .sequence: facts.usesSequence = true
    case .lockCall, .sessionCall: facts.callsLocks = true
    case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
      if !program.queries[Int(query.index)].locks.isEmpty { facts.callsLocks = true }
    case .setting, .configure: facts.usesSettings = true
    case .constant, .column, .slot, .and, .or, .not, .isNull, .isNotNull, .isTrue, .isFalse,
      .isDistinct, .pop, .jump, .jumpIfFalseKeeping, .jumpUnlessTrueKeeping, .jumpIfTrueKeeping,
      .jumpIfNotNullKeeping,
      .jumpUnlessTrue, .greatest, .least, .refused, .row,
      .tableName, .place, .array, .anyElement:
      break
    }
  }

  private func add(_ relation: Relation, to facts: inout Facts) {
    switch relation.source {
    case .table(let table):
      facts.readsTables = true
      if program.schema[table].isWorld { facts.readsWorld = true }
    case .part, .outcomes: facts.readsTables = true
    case .function(let routine, _):
      add(.routine(routine.index, arguments: 0), to: &facts)
    case .query, .series, .given, .result, .working: break
    }
  }

  /// Calls `body` for each column that code names outside of its own subqueries, with the number of
  /// the query around the code that has it: 0 for the code's own.
  func visitColumns(of code: Code, _ body: (Int, Int) -> Void) {
    visit(
      code.operations[...], level: 0,
      operation: { operation, level in
        guard case .column(let depth, let offset) = operation, Int(depth) >= level else { return }
        body(Int(depth) - level, Int(offset))
      }, relation: { _ in })
  }

  /// The same for a subquery that stands in code.
  func visitColumns(of query: QueryID, _ body: (Int, Int) -> Void) {
    visit(
      query, level: 0,
      operation: { operation, level in
        guard case .column(let depth, let offset) = operation, Int(depth) >= level else { return }
        body(Int(depth) - level, Int(offset))
      }, relation: { _ in })
  }

  /// Whether a query names columns of the queries around it.
  func isCorrelated(_ query: QueryID) -> Bool {
    var result = false
    visitColumns(of: query) { _, _ in result = true }
    return result
  }

  /// Whether code holds a subquery, or calls a function that reads.
  func hasSubquery(_ code: Code) -> Bool {
    code.operations.contains { operation in
      switch operation {
      case .scalarSubquery, .exists, .quantified: true
      case .routine(let index, _):
        functions.first { $0.routine.index == index }.map { traits(of: $0).readsTables } ?? false
      default: false
      }
    }
  }

  // MARK: Walking

  /// Visits operations and those of the queries in them.
  ///
  /// The level counts the queries entered.
  func visit(
    _ operations: ArraySlice<Operation>, level: Int, operation body: (Operation, Int) -> Void,
    relation: (Relation) -> Void
  ) {
    for operation in operations {
      body(operation, level)
      switch operation {
      case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
        visit(query, level: level, operation: body, relation: relation)
      default: break
      }
    }
  }

  private func visit(
    _ expression: Expression?, level: Int, operation: (Operation, Int) -> Void,
    relation: (Relation) -> Void
  ) {
    guard let expression else { return }
    visit(
      program.operations[program.range(of: expression)], level: level, operation: operation,
      relation: relation)
  }

  /// Visits a query's operations and relations.
  ///
  /// A select and VALUES are a level; so is the row that
  /// the others are sorted by; LIMIT belongs to the query around.
  func visit(
    _ query: QueryID, level: Int, operation: (Operation, Int) -> Void,
    relation: (Relation) -> Void
  ) {
    let entry = program.queries[Int(query.index)]
    func expressions(_ list: [Expression?], _ level: Int) {
      for item in list { visit(item, level: level, operation: operation, relation: relation) }
    }
    switch entry.body {
    case .select(let select):
      visit(select, level: level + 1, operation: operation, relation: relation)
    case .values(let rows): for row in rows { expressions(row, level + 1) }
    case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
      visit(left, level: level, operation: operation, relation: relation)
      visit(right, level: level, operation: operation, relation: relation)
    }
    expressions(entry.order.map(\.expression), level + 1)
    expressions([entry.limit, entry.offset], level)
  }

  /// Visits what decides whether a query returns rows: all but the outputs and the order of a plain select.
  func visitConditions(
    of query: QueryID, operation: (Operation, Int) -> Void, relation: (Relation) -> Void
  ) {
    guard case .select(var select) = program.queries[Int(query.index)].body else {
      return visit(query, level: 0, operation: operation, relation: relation)
    }
    select.outputs = []
    visit(select, level: 1, operation: operation, relation: relation)
  }

  private func visit(
    _ select: Select, level: Int, operation: (Operation, Int) -> Void,
    relation body: (Relation) -> Void
  ) {
    func expressions(_ list: [Expression?]) {
      for item in list { visit(item, level: level, operation: operation, relation: body) }
    }
    for relation in select.relations {
      body(relation)
      switch relation.source {
      case .query(let query, _):
        visit(query, level: level, operation: operation, relation: body)
      case .series(let bounds): expressions(bounds)
      case .function(_, let arguments): expressions(arguments)
      case .table, .part, .working, .outcomes, .given, .result: break
      }
      // The key's values are parts of conditions, which are visited.
    }
    func joins(_ tree: FromTree) {
      guard case .join(_, let left, let right, let on) = tree else { return }
      joins(left)
      joins(right)
      expressions([on])
    }
    if let from = select.from { joins(from) }
    expressions([select.filter, select.having] + select.outputs)
    if case .on(let keys) = select.distinct { expressions(keys) }
    for window in select.windows { expressions(window.expressions) }
    if let grouping = select.grouping {
      expressions(grouping.keys)
      for aggregate in grouping.aggregates {
        expressions(aggregate.arguments + [aggregate.filter])
        expressions(aggregate.order.map(\.expression))
      }
    }
  }

  // MARK: The world

  func touch(_ table: TableID, at span: SourceSpan, _ scope: Scope) {
    if program.schema[table].isWorld {
      scope.statement?.touchesWorld = true
      if scope.statement?.worldSpan == nil { scope.statement?.worldSpan = span }
    } else {
      touchDatabase(scope, at: span)
    }
  }

  func touchDatabase(_ scope: Scope, at span: SourceSpan) {
    scope.statement?.touchesDatabase = true
    if scope.statement?.databaseSpan == nil { scope.statement?.databaseSpan = span }
  }

  /// Whether the statement keeps to the world or to the database, as its place demands.
  func checkTouches(
    _ context: StatementContext, _ facts: Facts, _ scope: Scope, at span: SourceSpan
  ) -> Bool {
    if !context.calls.isEmpty, facts.readsTables || facts.callsLocks {
      report(
        Diagnostic(
          .unsupportedClause,
          "a VOLATILE function cannot be called in a statement that also "
            + (facts.readsTables ? "reads tables" : "takes advisory locks"),
          at: context.calls.first?.span ?? span,
          help: "call it before and keep the result in a variable"))
      return false
    }
    guard context.touchesWorld else { return true }
    switch scope.access {
    case .everything: return true
    case .database:
      report(
        Diagnostic(
          .worldAndDatabase, "the database cannot touch the world", at: context.worldSpan ?? span,
          caption: "a world table",
          help: "let the writer read it before, and pass the value"))
      return false
    case .databaseOrWorld:
      guard context.touchesDatabase else { return true }
      var diagnostic = Diagnostic(
        .worldAndDatabase, "a statement touches the world or the database, not both",
        at: context.worldSpan ?? span, caption: "a world table",
        help: "make it two statements, with a variable between them")
      if let database = context.databaseSpan {
        diagnostic.labels = [.init("this is in the database", at: database)]
      }
      report(diagnostic)
      return false
    }
  }
}

extension Facts {
  /// Joins what another expression needs; its calls come after.
  mutating func add(_ other: Facts) {
    readsTables = readsTables || other.readsTables
    readsWorld = readsWorld || other.readsWorld
    readsClock = readsClock || other.readsClock
    usesSequence = usesSequence || other.usesSequence
    callsLocks = callsLocks || other.callsLocks
    usesSettings = usesSettings || other.usesSettings
    calls += other.calls
  }
}
