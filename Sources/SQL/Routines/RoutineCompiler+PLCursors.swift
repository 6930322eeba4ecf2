import Store

/// A cursor of PL/pgSQL: its rows lie in arrays, one for each column, and its position is a number.
///
///     c CURSOR FOR SELECT id, n FROM t           rows   {1,2,3} {10,20,30}
///     FETCH c INTO a, b                          at     1
///
/// One that locks keeps the keys of its rows instead, and each FETCH reads and locks the row of the next key.
struct PLCursor {
  var name: String
  var definition: CursorDefinitionSyntax?
  /// The cursor's arguments, and copies of the variables that its query names, as they are when it is opened.
  var inputs: [(name: String, variable: VariableScope.Variable)] = []
  /// What OPEN runs; `nil` before the first.
  var query: QuerySyntax?
  /// The columns of its rows, and the arrays that hold them; empty for a cursor that locks.
  var columns: [OutputColumn] = []
  var rows: [UInt16] = []
  /// The key of its table, where it reads only one: the columns' names and the arrays of values.
  var key: [(column: String, slot: UInt16)] = []
  var table: TableID?
  /// How many rows there are.
  var count: UInt16 = 0
  /// Before the first row it is 0, NULL before OPEN, and -1 after CLOSE.
  var position: UInt16

  /// Whether it locks; a variant may leave the clause out.
  var isLocking = false
  var hasLockingClause: Bool { !(query?.locking.isEmpty ?? true) }
}

extension RoutineCompiler {
  // MARK: Declaring

  func declareCursor(_ name: NameSyntax, _ definition: CursorDefinitionSyntax?) {
    let position = variables.declare(name.text, type: .integer, isConstant: true)
    assign(position.slot, .null)
    cursors[position.slot] = PLCursor(
      name: name.text, definition: definition, position: position.slot)
  }

  /// The cursor of a name; reports where there is none.
  private func cursor(_ name: NameSyntax) -> PLCursor? {
    if case .variable(let variable)? = variables.find([name.text]),
      let cursor = cursors[variable.slot]
    {
      return cursor
    }
    report(
      .misspelt(
        .unknownVariable, "there is no cursor `\(name.text)`", at: name.span, name: name.text,
        among: cursors.values.map(\.name).sorted()))
    return nil
  }

  func compileCursor(_ action: CursorActionSyntax, _ statement: ProceduralStatementSyntax) {
    switch action {
    case .open(let name, let query, let arguments):
      guard let cursor = cursor(name) else { return }
      open(cursor, query, arguments, at: statement.span)
    case .fetch(let name, let into):
      guard let cursor = opened(name) else { return }
      fetch(cursor, into: into, at: statement.span)
    case .close(let name):
      guard let cursor = cursor(name) else { return }
      requireOpen(cursor)
      assign(cursor.position, Value(integer: -1))
    case .loop(let record, let name, let arguments, let body):
      guard let cursor = cursor(name) else { return }
      loop(record, cursor, arguments, body, statement)
    }
  }

  private func opened(_ name: NameSyntax) -> PLCursor? {
    guard let cursor = cursor(name) else { return nil }
    guard cursor.query != nil else {
      report(
        Diagnostic(
          .unsupportedCursor, "the cursor `\(name.text)` is not opened before this place",
          at: name.span, help: "put `OPEN` before it in the text"))
      return nil
    }
    return cursor
  }

  // MARK: Expressions

  private func hidden(_ name: String, _ slot: UInt16, _ type: DataType) -> ExpressionSyntax {
    let variable = VariableScope.Variable(slot: slot, type: type)
    variables.declare(name, as: .variable(variable))
    let syntax = NameSyntax(name, at: span, isQuoted: true)
    return ExpressionSyntax(.column(QualifiedNameSyntax([syntax])), at: span)
  }

  private func element(_ name: String, _ slot: UInt16, of cursor: PLCursor) -> ExpressionSyntax {
    let type = variables.slots[Int(slot)].type
    return .call(
      "$element", [hidden(name, slot, type), hidden("$at", cursor.position, .integer)], at: span)
  }

  /// Jumps where a comparison of the position with something is true.
  private func jump(where symbol: String, _ left: UInt16, _ right: Operation, to label: Label) {
    guard let function = Builtins.resolveOperator(symbol, .integer, .integer) else { return }
    let holds = expression([
      .slot(left), right, .call(function: function.id, arguments: 2, isStrict: true), .isTrue, .not,
    ])
    jump(unless: holds, to: label)
  }

  /// Fails unless the cursor is open (`exec_stmt_fetch`).
  private func requireOpen(_ cursor: PLCursor) {
    // One with a query of its own has its name from the start.
    if cursor.definition == nil {
      raiseIfNull(
        cursor.position, .nullValueNotAllowed, "cursor variable \"\(cursor.name)\" is null")
    }
    let isOpen = newLabel()
    jump(where: ">=", cursor.position, .constant(Value(integer: 0)), to: isOpen)
    raise(.invalidCursorName, "cursor \"\(cursor.name)\" does not exist")
    place(isOpen)
  }

  // MARK: OPEN

  private func open(
    _ found: PLCursor, _ query: QuerySyntax?, _ arguments: [ExpressionSyntax], at place: SourceSpan
  ) {
    var cursor = found
    guard let query = query ?? cursor.definition?.query else {
      report(
        Diagnostic(
          .syntaxError, "`\(cursor.name)` has no query of its own", at: place,
          help: "write `OPEN \(cursor.name) FOR SELECT …`"))
      return
    }
    let parameters = cursor.definition?.arguments ?? []
    guard parameters.count == arguments.count else {
      report(
        Diagnostic(
          .wrongArgumentCount, "the cursor `\(cursor.name)` takes \(parameters.count) arguments",
          at: place))
      return
    }
    if let other = cursor.query, other != query {
      report(
        Diagnostic(
          .unsupportedCursor, "the cursor `\(cursor.name)` is opened for different queries",
          at: place, help: "use a cursor for each"))
      return
    }
    span = place
    let isFree = newLabel()
    jump(unless: expression([.slot(cursor.position), .isNotNull]), to: isFree)
    jump(where: "<", cursor.position, .constant(Value(integer: 0)), to: isFree)
    raise(SQLState("42P03") ?? .invalidCursorName, "cursor \"\(cursor.name)\" already in use")
    self.place(isFree)
    cursor.query = query
    cursor.isLocking = query.locking.contains(where: builder.isKept)
    guard take(&cursor, parameters, arguments), fill(&cursor, at: place) else { return }
    assign(cursor.position, Value(integer: 0))
    cursors[cursor.position] = cursor
  }

  /// Evaluates the arguments, and copies the variables that the query names.
  private func take(
    _ cursor: inout PLCursor, _ parameters: [CursorDefinitionSyntax.Argument],
    _ arguments: [ExpressionSyntax]
  ) -> Bool {
    var inputs: [(name: String, variable: VariableScope.Variable)] = []
    for (parameter, argument) in zip(parameters, arguments) {
      guard let type = builder.dataType(parameter.type, in: scope),
        let value = value(of: argument, as: type)
      else { return false }
      let slot = slot(for: parameter.name.text, type, in: cursor)
      emit(.assign(slot: slot, value.expression))
      inputs.append((parameter.name.text, VariableScope.Variable(slot: slot, type: type)))
    }
    guard let query = cursor.query else { return false }
    var names: [QualifiedNameSyntax] = []
    SyntaxWalker(expression: { expression in
      if case .column(let name) = expression.kind { names.append(name) }
    }).walk(query)
    for name in names where !inputs.contains(where: { $0.name == name.parts[0].text }) {
      switch variables.find(name.parts.map(\.text)) {
      case .variable(let variable) where name.parts.count == 1:
        let slot = slot(for: name.last.text, variable.type, in: cursor)
        copy(variable.slot, to: slot)
        inputs.append(
          (name.last.text, VariableScope.Variable(slot: slot, type: variable.type)))
      case .variable where !query.locking.isEmpty, .record where !query.locking.isEmpty:
        report(
          Diagnostic(
            .unsupportedCursor, "a cursor that locks cannot name the record `\(name.text)`",
            at: name.span, help: "give the value as an argument of the cursor"))
        return false
      default: break
      }
    }
    cursor.inputs = inputs
    return true
  }

  private func slot(for name: String, _ type: DataType, in cursor: PLCursor) -> UInt16 {
    cursor.inputs.first { $0.name == name && $0.variable.type == type }?.variable.slot
      ?? variables.temporary(type)
  }

  private func inside<Result>(_ cursor: PLCursor, _ body: () -> Result) -> Result {
    variables.enterBlock(label: nil)
    defer { variables.leaveBlock() }
    for input in cursor.inputs { variables.declare(input.name, as: .variable(input.variable)) }
    return body()
  }

  /// Runs the query, and keeps its rows, or the keys of the rows to lock.
  private func fill(_ cursor: inout PLCursor, at place: SourceSpan) -> Bool {
    guard var query = cursor.query else { return false }
    let isLocking = cursor.isLocking
    query.locking = []
    let plain = StatementSyntax(.select(query), at: query.span)
    guard let shape = inside(cursor, { builder.statement(plain, in: scope) }) else { return false }
    let key = isGrouped(shape) ? nil : keyedTable(query)
    guard !cursor.hasLockingClause || key != nil else {
      report(
        Diagnostic(
          .unsupportedCursor,
          "a cursor that locks must read one table with a primary key, without LIMIT, groups or DISTINCT",
          at: cursor.query?.locking.first?.span ?? place,
          help: "lock the rows in a loop: FOR r IN SELECT … LOOP SELECT … FOR UPDATE"))
      return false
    }
    let columns = shape.columns
    var names = columns.indices.map { "$c\($0)" }
    if let key, case .select(var select) = query.body {
      for (index, column) in key.columns.enumerated() {
        let name = QualifiedNameSyntax([key.alias, NameSyntax(column, at: place, isQuoted: true)])
        select.targets.append(
          TargetSyntax(value: ExpressionSyntax(.column(name), at: place), span: place))
        names.append("$k\(index)")
      }
      query.body = .select(select)
    }
    let kept = isLocking ? Array(names.dropFirst(columns.count)) : names
    guard let collected = collect(query, names, kept, cursor, at: place) else { return false }
    if cursor.count == 0 {
      cursor.columns = columns
      cursor.rows = isLocking ? [] : Array(collected.prefix(columns.count))
      let keys = isLocking ? collected[...] : collected.dropFirst(columns.count)
      cursor.key = zip(key?.columns ?? [], keys).map { ($0, $1) }
      cursor.table = key?.table
      cursor.count = variables.temporary(.integer)
    }
    let slots = cursor.rows + cursor.key.map(\.slot)
    for (source, target) in zip(collected, slots) { copy(source, to: target) }
    let length = expression([
      .slot(slots[0]), .array(.cardinality, arguments: 1), .constant(Value(integer: 0)),
      .greatest(count: 2),
    ])
    emit(.assign(slot: cursor.count, length))
    return true
  }

  /// Runs a query, and gives the slots of arrays with the values of some of its columns.
  private func collect(
    _ query: QuerySyntax, _ names: [String], _ kept: [String], _ cursor: PLCursor,
    at place: SourceSpan
  ) -> [UInt16]? {
    let alias = NameSyntax("$cursor", at: place, isQuoted: true)
    let list = names.map { NameSyntax($0, at: place, isQuoted: true) }
    let from = FromSyntax(
      .subquery(query, alias: AliasSyntax(name: alias, columns: list), lateral: false), at: place)
    var select = SelectSyntax(
      targets: kept.map { name in
        let column = QualifiedNameSyntax([alias, NameSyntax(name, at: place, isQuoted: true)])
        return TargetSyntax(
          value: .call("array_agg", [ExpressionSyntax(.column(column), at: place)], at: place),
          span: place)
      }, span: place)
    select.from = [from]
    let statement = StatementSyntax(
      .select(QuerySyntax(body: .select(select), span: place)), at: place)
    guard let compiled = inside(cursor, { builder.statement(statement, in: scope) }) else {
      return nil
    }
    let slots =
      cursor.count == 0
      ? compiled.columns.map { variables.temporary($0.type) }
      : cursor.rows + cursor.key.map(\.slot)
    let found = newTemporary(.boolean)
    copy(Routine.Slot.found, to: found)
    emit(compiled, into: .slots(slotList(slots), isStrict: false))
    copy(found, to: Routine.Slot.found)
    return slots
  }

  private func isGrouped(_ statement: CompiledStatement) -> Bool {
    let compiled = builder.program.statements[Int(statement.index)]
    guard case .query(let id) = compiled.parts[compiled.resultPart].body,
      case .select(let select) = builder.program.queries[Int(id.index)].body
    else { return true }
    return select.grouping != nil
  }

  /// The only table of a query whose rows are the table's rows, and its primary key.
  private func keyedTable(
    _ query: QuerySyntax
  ) -> (table: TableID, alias: NameSyntax, columns: [String])? {
    guard case .select(let select) = query.body, query.with.isEmpty, query.limit == nil,
      query.offset == nil, select.distinct == nil, select.groupBy.isEmpty, select.having == nil,
      select.from.count == 1, case .table(let name, let alias) = select.from[0].kind,
      let table = builder.program.schema.table(named: name.last.text),
      let key = builder.program.schema[table].uniqueIndexes.first(where: { $0.isPrimary })
    else { return nil }
    // Tables that inherit have keys of their own: one key may be several rows'.
    let shape = builder.program.schema[table]
    guard shape.family.isEmpty || shape.partitioning != nil else { return nil }
    let columns = key.columns.map { builder.program.schema[table].columns[$0].name }
    return (table, alias?.name ?? name.last, columns)
  }

  // MARK: FETCH

  private func fetch(_ cursor: PLCursor, into: IntoSyntax?, at place: SourceSpan) {
    span = place
    requireOpen(cursor)
    guard cursor.isLocking else {
      advance(cursor)
      let outputs = zip(cursor.columns, cursor.rows).enumerated().map { index, column in
        (column.0.name, element("$c\(index)", column.1, of: cursor))
      }
      deliver(outputs, of: cursor, into: into, at: place)
      return
    }
    fetchLocking(cursor, into: into, at: place)
  }

  /// One row further, or behind the last one.
  private func advance(_ cursor: PLCursor) {
    guard let sum = Builtins.resolveOperator("+", .integer, .integer) else { return }
    let next: [Operation] = [
      .slot(cursor.position), .constant(Value(integer: 1)),
      .call(function: sum.id, arguments: 2, isStrict: true),
    ]
    let end: [Operation] = [
      .slot(cursor.count), .constant(Value(integer: 1)),
      .call(function: sum.id, arguments: 2, isStrict: true),
    ]
    emit(.assign(slot: cursor.position, expression(next + end + [.least(count: 2)])))
  }

  /// Hands a row to the targets, or none behind the last: they are NULL then, and FOUND is false.
  private func deliver(
    _ outputs: [(name: String, value: ExpressionSyntax)], of cursor: PLCursor, into: IntoSyntax?,
    at place: SourceSpan
  ) {
    let at = hidden("$at", cursor.position, .integer)
    let count = hidden("$count", cursor.count, .integer)
    var select = SelectSyntax(
      targets: outputs.map { output in
        TargetSyntax(
          value: output.value, alias: NameSyntax(output.name, at: place, isQuoted: true),
          span: place)
      }, span: place)
    select.condition = ExpressionSyntax(.binary(.lessOrEqual, at, count), at: place)
    var statement = StatementSyntax(
      .select(QuerySyntax(body: .select(select), span: place)), at: place)
    statement.into = into
    guard into == nil else { return compile(statement) }
    let isLeft = newTemporary(.boolean)
    guard let condition = select.condition, let found = value(of: condition, as: .boolean) else {
      return
    }
    emit(.assign(slot: isLeft, found.expression))
    copy(isLeft, to: Routine.Slot.found)
  }

  /// Locks the rows of the keys, until one is there and still meets the query's condition.
  private func fetchLocking(_ cursor: PLCursor, into: IntoSyntax?, at place: SourceSpan) {
    guard var query = cursor.query, case .select(var select) = query.body else { return }
    let top = labelHere()
    let end = newLabel()
    advance(cursor)
    jump(where: ">", cursor.position, .slot(cursor.count), to: end)
    let slots = cursor.columns.map { variables.temporary($0.type) }
    let fits = newTemporary(.boolean)
    let condition = select.condition ?? ExpressionSyntax(.boolean(true), at: place)
    let isTrue = ExpressionSyntax(.isTest(condition, .true, negated: false), at: place)
    let isSound = inside(cursor) { () -> Bool in
      select.targets.append(TargetSyntax(value: isTrue, span: place))
      select.condition = keyCondition(of: cursor, alias: Self.alias(of: select))
      query.body = .select(select)
      query.orderBy = []
      let statement = StatementSyntax(.select(query), at: place)
      guard let compiled = builder.statement(statement, in: scope) else { return false }
      emit(compiled, into: .slots(slotList(slots + [fits]), isStrict: false))
      return true
    }
    guard isSound else { return }
    jump(unless: expression([.slot(fits), .isTrue]), to: top)
    self.place(end)
    let outputs = zip(cursor.columns, slots).enumerated().map { index, column in
      (column.0.name, hidden("$c\(index)", column.1, column.0.type))
    }
    deliver(outputs, of: cursor, into: into, at: place)
  }

  private static func alias(of select: SelectSyntax) -> NameSyntax? {
    guard case .table(let name, let alias)? = select.from.first?.kind else { return nil }
    return alias?.name ?? name.last
  }

  /// That a row is the cursor's current one.
  private func keyCondition(of cursor: PLCursor, alias: NameSyntax?) -> ExpressionSyntax? {
    var result: ExpressionSyntax?
    for (index, key) in cursor.key.enumerated() {
      let column = [alias, NameSyntax(key.column, at: span, isQuoted: true)].compactMap { $0 }
      let equal = ExpressionSyntax(
        .binary(
          .equal, ExpressionSyntax(.column(QualifiedNameSyntax(column)), at: span),
          element("$k\(index)", key.slot, of: cursor)), at: span)
      result = result.map { ExpressionSyntax(.and($0, equal), at: span) } ?? equal
    }
    return result
  }

  // MARK: WHERE CURRENT OF

  /// A statement with the key of a cursor's row in place of `WHERE CURRENT OF`; `nil` after a mistake.
  func namingCurrentRow(_ statement: StatementSyntax) -> StatementSyntax? {
    var result = statement
    switch statement.kind {
    case .update(var update):
      guard let name = update.condition?.currentCursor else { return statement }
      guard let condition = currentRow(name, update.table) else { return nil }
      update.condition = condition
      result.kind = .update(update)
    case .delete(var delete):
      guard let name = delete.condition?.currentCursor else { return statement }
      guard let condition = currentRow(name, delete.table) else { return nil }
      delete.condition = condition
      result.kind = .delete(delete)
    default: break
    }
    return result
  }

  private func currentRow(_ name: NameSyntax, _ target: TargetTableSyntax) -> ExpressionSyntax? {
    guard let cursor = opened(name) else { return nil }
    // Rows that were sorted can be named only where they are locked, too.
    let isScan = cursor.hasLockingClause || cursor.query?.orderBy.isEmpty ?? false
    // Of a partitioned table all partitions would have to be in the cursor's plan, those as well that it leaves out.
    guard let table = cursor.table, !cursor.key.isEmpty, isScan,
      builder.program.schema[table].family.isEmpty,
      builder.program.schema.table(named: target.name.last.text) == table
    else {
      report(
        Diagnostic(
          .unsupportedCursor,
          "cursor `\(name.text)` is not a simply updatable scan of table `\(target.name.text)`",
          at: name.span, help: "name the row by its key, or add FOR UPDATE to the cursor"))
      return nil
    }
    requireOpen(cursor)
    let isOnRow = newLabel()
    jump(where: ">", cursor.position, .constant(Value(integer: 0)), to: isOnRow)
    raise(
      SQLState("24000") ?? .invalidCursorName,
      "cursor \"\(cursor.name)\" is not positioned on a row")
    place(isOnRow)
    return keyCondition(of: cursor, alias: target.alias ?? target.name.last)
  }

  // MARK: The loop

  /// `FOR record IN cursor LOOP`: the record is the loop's own.
  private func loop(
    _ record: NameSyntax, _ cursor: PLCursor, _ arguments: [ExpressionSyntax],
    _ body: [ProceduralStatementSyntax], _ statement: ProceduralStatementSyntax
  ) {
    let head = self.head(of: statement)
    open(cursor, nil, arguments, at: head)
    guard let cursor = cursors[cursor.position], cursor.query != nil else { return }
    variables.enterBlock(label: nil)
    variables.declareRecord(record.text, columns: nil)
    let (looped, found) = (newTemporary(.boolean), newTemporary(.boolean))
    assign(looped, .false)
    let (top, end) = (labelHere(), newLabel())
    copy(Routine.Slot.found, to: found)
    let into = IntoSyntax(
      isStrict: false, targets: [QualifiedNameSyntax([record])], span: record.span)
    fetch(cursor, into: into, at: head)
    let isLeft = newTemporary(.boolean)
    copy(Routine.Slot.found, to: isLeft)
    copy(found, to: Routine.Slot.found)
    jump(unless: read(isLeft), to: end)
    assign(looped, .true)
    inLoop(statement.label, next: top, end: end) { compile(body) }
    span = head
    jump(to: top)
    place(end)
    variables.leaveBlock()
    assign(cursor.position, Value(integer: -1))
    copy(looped, to: Routine.Slot.found)
  }
}

extension ExpressionSyntax {
  /// The cursor of `WHERE CURRENT OF`.
  fileprivate var currentCursor: NameSyntax? {
    guard case .call(let call) = kind, call.name.last.text == CursorActionSyntax.currentRow,
      case .column(let name)? = call.arguments.first?.value.kind
    else { return nil }
    return name.last
  }
}
