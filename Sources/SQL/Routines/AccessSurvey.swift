package import Store

/// What routines do to tables, in the order of their code: the columns that they read, the conditions by
/// which they find rows, the locks that they take, and what they write.
///
/// Found by walking the compiled program through all that it calls and the triggers that it fires:
///
///     UPDATE stock SET n = n - 1 WHERE id = 1 AND n > 0
///     updates n, reads n, where id and n
package struct AccessSurvey {
  /// What a statement does to one table.
  package struct Access: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      case reads
      case locks(RowLockMode, WaitPolicy)
      case inserts, updates, deletes, truncates
      case locksTable(ObjectLockMode)
      /// A foreign key looks for the row that is referred to, and locks it.
      case refers
      /// A foreign key's action on the rows that refer to a deleted one.
      case cascades
    }

    package var table: TableID
    package var kind: Kind
    /// The routine in whose code it stands.
    package var routine: RoutineID
    /// Positions in the table: what is read for its value, by what rows are found, what gets new values.
    package var reads: Set<Int> = []
    package var guards: Set<Int> = []
    package var writes: Set<Int> = []

    fileprivate var isChange: Bool {
      switch kind {
      case .inserts, .updates, .deletes: true
      default: false
      }
    }

    init(_ kind: Kind, of table: TableID, in routine: RoutineID) {
      self.kind = kind
      self.table = table
      self.routine = routine
    }
  }

  /// In the order of the code; one that is repeated is here once.
  package private(set) var accesses: [Access] = []

  private let program: Program
  private var visited: Set<Int> = []
  private var routine = RoutineID(0)
  /// The selects around the expression that is walked, outermost first.
  private var scopes: [Scope] = []
  /// Whether it is a condition on rows.
  private var isCondition = false
  /// What the statement that is walked does so far.
  private var drafts: [Access] = []
  /// Whether foreign keys and triggers are left out.
  private var isOfStatementAlone = false
  /// The functions of the triggers that it fires.
  private var fired: [RoutineID] = []

  /// Where the words of a select's tuple come from.
  private struct Scope {
    var relations: [(words: Range<Int>, draft: Int?)] = []
  }

  package init(of program: Program) { self.program = program }

  /// Adds what a routine does, and all that it calls.
  package mutating func add(_ id: RoutineID) {
    guard visited.insert(Int(id.index)).inserted else { return }
    let outer = (routine, scopes, drafts, isCondition)
    (routine, scopes, drafts, isCondition) = (id, [], [], false)
    for instruction in program.routines[Int(id.index)].instructions {
      add(instruction)
      flush()
      let triggers = fired
      fired = []
      for trigger in triggers { add(trigger) }
    }
    (routine, scopes, drafts, isCondition) = outer
  }

  /// What a role must be allowed to run a statement, in the order of its tables; what functions and triggers do is
  /// asked for by their own statements.
  static func permissions(of statement: Statement, in program: Program) -> [TablePermission] {
    var survey = AccessSurvey(of: program)
    survey.isOfStatementAlone = true
    survey.add(statement)
    var permissions: [TablePermission] = []
    // What it changes stands before what it reads (`rangetable`).
    let changes = survey.drafts.filter(\.isChange)
    for access in changes + survey.drafts.filter({ !$0.isChange }) {
      var needed: Privileges
      switch access.kind {
      case .reads: needed = .select
      case .locks: needed = [.select, .update]
      case .inserts: needed = .insert
      case .updates: needed = .update
      case .deletes: needed = .delete
      case .truncates, .locksTable, .refers, .cascades: continue
      }
      // A statement reads what it changes where it names a column.
      if !access.reads.isEmpty || !access.guards.isEmpty { needed.insert(.select) }
      if let known = permissions.firstIndex(where: { $0.table == access.table }) {
        permissions[known].privileges.formUnion(needed)
      } else {
        permissions.append(TablePermission(table: access.table, privileges: needed))
      }
    }
    return permissions
  }

  private mutating func add(_ instruction: Instruction) {
    switch instruction {
    case .statement(let index, _), .openCursor(let index): add(program.statements[Int(index)])
    case .call(let callee, let arguments, _):
      let start = Int(arguments.start)
      for expression in program.arguments[start..<(start + Int(arguments.count))] {
        add(expression)
      }
      flush()
      add(callee)
    case .assign(_, let expression), .jumpUnless(let expression, _),
      .sleepUntil(let expression, _):
      add(expression)
    case .finish(let expression): add(expression)
    case .raise(let index):
      let raise = program.routines[Int(routine.index)].raises[Int(index)]
      add(raise.message)
      add(raise.stateExpression)
    default: break
    }
  }

  private mutating func flush() {
    for draft in drafts where !accesses.contains(draft) { accesses.append(draft) }
    drafts = []
  }

  // MARK: Statements

  private mutating func add(_ statement: Statement) {
    if statement.isLockTable {
      for lock in statement.tableLocks {
        drafts.append(Access(.locksTable(lock.mode), of: lock.table, in: routine))
      }
    }
    for part in statement.parts { add(part) }
  }

  private mutating func add(_ part: StatementPart) {
    switch part.body {
    case .query(let query): add(query)
    case .insert(let insert): add(insert)
    case .update(let update):
      let target = add(target: update.source, kind: .updates) { survey in
        for assignment in update.assignments { survey.add(assignment.value) }
        for expression in update.returning { survey.add(expression) }
      }
      finish(target, update.table, .update, update.assignments.map(\.column))
    case .delete(let delete):
      let target = add(target: delete.source, kind: .deletes) { survey in
        for expression in delete.returning { survey.add(expression) }
      }
      finish(target, delete.table, .delete, [])
    case .merge(let merge): add(merge)
    case .truncate(let truncate):
      for table in truncate.tables {
        drafts.append(Access(.truncates, of: table, in: routine))
      }
    case .lockTable, .alter: break
    }
  }

  private mutating func add(_ insert: Insert) {
    add(insert.source)
    for expression in insert.defaults { add(expression) }
    var access = Access(.inserts, of: insert.table, in: routine)
    access.writes = Set(insert.columns)
    drafts.append(access)
    let position = drafts.count - 1
    let width = program.schema[insert.table].columns.count
    if let conflict = insert.onConflict {
      for index in conflict.indexes {
        drafts[position].guards.formUnion(program.schema[insert.table].uniqueIndexes[index].columns)
      }
      if let assignments = conflict.assignments {
        drafts.append(Access(.updates, of: insert.table, in: routine))
        let update = drafts.count - 1
        drafts[update].guards = drafts[position].guards
        scopes.append(Scope(relations: [(0..<(width + 1), update)]))
        for assignment in assignments { add(assignment.value) }
        add(condition: conflict.condition)
        scopes.removeLast()
        finish(update, insert.table, .update, assignments.map(\.column))
      }
    }
    scopes.append(Scope(relations: [(0..<(width + 1), position)]))
    for expression in insert.returning { add(expression) }
    scopes.removeLast()
    finish(position, insert.table, .insert, [])
  }

  private mutating func add(_ merge: Merge) {
    var kinds: [(Access.Kind, RowEvent, TableID, [Int])] = []
    let target = add(target: merge.source, kind: .reads) { survey in
      for clause in merge.clauses { survey.add(condition: clause.condition) }
      for expression in merge.expressions { survey.add(expression) }
    }
    for clause in merge.clauses {
      switch clause.action {
      case .nothing: break
      case .delete: kinds.append((.deletes, .delete, merge.table, []))
      case .update(let update):
        kinds.append((.updates, .update, update.table, update.assignments.map(\.column)))
      case .insert(let insert): kinds.append((.inserts, .insert, insert.table, insert.columns))
      }
    }
    for (kind, event, table, columns) in kinds {
      var access = Access(kind, of: table, in: routine)
      if let target, kind != .inserts { access.guards = drafts[target].guards }
      access.writes = Set(columns)
      drafts.append(access)
      finish(drafts.count - 1, table, event, columns)
    }
  }

  /// Adds the query that finds the rows to change, and what is evaluated in its tuple; gives the position of
  /// the changed table's draft.
  private mutating func add(
    target source: QueryID, kind: Access.Kind, _ body: (inout AccessSurvey) -> Void
  ) -> Int? {
    let query = program.queries[Int(source.index)]
    guard case .select(let select) = query.body else { return nil }
    scopes.append(scope(of: select))
    let target = scopes.last?.relations.first?.draft
    if let target { drafts[target].kind = kind }
    add(select, query)
    body(&self)
    scopes.removeLast()
    return target
  }

  /// Notes what a change brings with it: new values, foreign keys, triggers.
  private mutating func finish(
    _ target: Int?, _ table: TableID, _ event: RowEvent, _ columns: [Int]
  ) {
    if let target { drafts[target].writes.formUnion(columns) }
    if isOfStatementAlone { return }
    let shape = program.schema[table]
    for key in shape.foreignKeys where event != .delete {
      guard event == .insert || key.columns.contains(where: columns.contains) else { continue }
      var access = Access(.refers, of: key.parent, in: routine)
      access.guards = Set(key.parentColumns)
      drafts.append(access)
    }
    if event == .delete { addActions(on: table) }
    guard Int(table.index) < program.tableTriggers.count else { return }
    for index in program.tableTriggers[Int(table.index)] {
      let trigger = program.triggers[Int(index)]
      let isMeant =
        trigger.columns.isEmpty || event != .update
        || trigger.columns.contains(where: columns.contains)
      if trigger.events & event.bit != 0, isMeant { fired.append(trigger.routine) }
    }
  }

  /// What foreign keys do to the rows that refer to a deleted one.
  private mutating func addActions(on parent: TableID) {
    for (index, child) in program.schema.tables.enumerated() {
      for key in child.foreignKeys where key.parent == parent {
        var access = Access(.cascades, of: TableID(index), in: routine)
        access.guards = Set(key.columns)
        switch key.onDelete {
        case .noAction, .restrict: access.kind = .reads
        case .cascade: break
        case .setNull, .setDefault: access.writes = Set(key.columns)
        }
        guard !drafts.contains(access) else { continue }
        drafts.append(access)
        if key.onDelete == .cascade, TableID(index) != parent { addActions(on: TableID(index)) }
      }
    }
  }

  // MARK: Queries

  private mutating func add(_ id: QueryID) {
    let query = program.queries[Int(id.index)]
    switch query.body {
    case .select(let select):
      scopes.append(scope(of: select))
      add(select, query)
      scopes.removeLast()
    case .values(let rows):
      // Its tuple holds no table's columns, but it is a level of its own.
      scopes.append(Scope())
      for expression in rows.joined() { add(expression) }
      scopes.removeLast()
    case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
      add(left)
      add(right)
    }
  }

  /// The select's tuple, with a draft for each table in it.
  private mutating func scope(of select: Select) -> Scope {
    var scope = Scope()
    for relation in select.relations {
      let words = relation.offset..<(relation.offset + 1 + relation.columnCount)
      guard case .table(let table) = relation.source else {
        scope.relations.append((words, nil))
        continue
      }
      drafts.append(Access(.reads, of: table, in: routine))
      scope.relations.append((words, drafts.count - 1))
    }
    return scope
  }

  /// Adds a select whose scope is the innermost.
  private mutating func add(_ select: Select, _ query: Query) {
    for lock in query.locks {
      guard let draft = scopes.last?.relations[lock.relation].draft else { continue }
      drafts[draft].kind = .locks(lock.mode, lock.policy)
    }
    for relation in select.relations {
      switch relation.source {
      case .query(let inner, _): add(inner)
      case .series(let bounds): bounds.forEach { add($0) }
      case .function(let callee, let arguments):
        arguments.forEach { add($0) }
        add(callee)
      case .table, .part, .working, .outcomes, .given, .result: break
      }
    }
    if let from = select.from { add(from) }
    add(condition: select.filter)
    if let grouping = select.grouping {
      grouping.keys.forEach { add($0) }
      for aggregate in grouping.aggregates {
        aggregate.arguments.forEach { add($0) }
        add(condition: aggregate.filter)
        aggregate.order.forEach { add($0.expression) }
      }
    }
    add(condition: select.having)
    for window in select.windows { window.expressions.forEach { add($0) } }
    select.outputs.forEach { add($0) }
    if case .on(let keys) = select.distinct { keys.forEach { add($0) } }
    query.order.forEach { add($0.expression) }
    add(query.limit)
    add(query.offset)
  }

  private mutating func add(_ from: FromTree) {
    if case .join(_, let left, let right, let condition) = from {
      add(left)
      add(right)
      add(condition: condition)
    }
  }

  // MARK: Expressions

  private mutating func add(condition: Expression?) {
    let outer = isCondition
    isCondition = true
    add(condition)
    isCondition = outer
  }

  private mutating func add(_ expression: Expression?) {
    guard let expression else { return }
    for operation in program.operations[program.range(of: expression)] {
      switch operation {
      case .column(let depth, let offset): read(depth: Int(depth), offset: Int(offset))
      case .routine(let callee, _): add(RoutineID(Int(callee)))
      case .scalarSubquery(let query), .exists(let query): add(query)
      case .quantified(let query, _, _, _): add(query)
      default: break
      }
    }
  }

  private mutating func read(depth: Int, offset: Int) {
    guard depth < scopes.count else { return }
    let scope = scopes[scopes.count - 1 - depth]
    guard let relation = scope.relations.first(where: { $0.words.contains(offset) }),
      let draft = relation.draft, offset > relation.words.lowerBound
    else { return }
    let column = offset - relation.words.lowerBound - 1
    if isCondition {
      drafts[draft].guards.insert(column)
    } else {
      drafts[draft].reads.insert(column)
    }
  }
}
