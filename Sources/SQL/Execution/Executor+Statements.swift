import Store

extension Executor {
  /// What one unit of work on a statement came to.
  enum Progression {
    /// The part (or the row) is done; go on within the step.
    case done
    /// The step ends here.
    case boundary
    case waiting
  }

  /// Starts the statement at the current position, unless the step must end before it.
  mutating func beginStatement(_ index: Int) throws(SQLError) -> Result? {
    let statement = program.statements[index]
    if !isStepless(statement) {
      // Whole client statements end their step where the next begins.
      if options.runsWholeStatements && !statement.isWorld {
        isConsumed = true
      } else if let result = consume() {
        return result
      }
    }
    recordBegin()
    if frame == 0 { database.sessions[session].statementStart = clock }
    setTime()
    if statement.isWorld {
      try runWorldStatement(statement, index)
      return nil
    }
    guard database.sessions[session].phase != .failed else { throw SQLError.inFailedTransaction }
    if !statement.isTrivial, database.sessions[session].isReadOnly { try refuseWrites(statement) }
    let snapshot =
      statement.isTrivial
      ? database.commits : database.statementSnapshot(session: session)
    progress.begin(index, snapshot: snapshot, command: database.sessions[session].command)
    database.sessions[session].command += 1
    isInStatement = true
    return nil
  }

  /// Whether the statement does nothing that could be noticed, nor reads a clock that moves.
  func isStepless(_ statement: Statement) -> Bool {
    statement.isTrivial && !(statement.readsClock && instants.count > 1)
  }

  private func refuseWrites(_ statement: Statement) throws(SQLError) {
    for part in statement.parts {
      switch part.body {
      case .insert: throw SQLError.readOnlyTransaction("INSERT")
      case .update: throw SQLError.readOnlyTransaction("UPDATE")
      case .delete: throw SQLError.readOnlyTransaction("DELETE")
      case .query(let query):
        if let lock = program.queries[Int(query.index)].locks.first {
          throw SQLError.readOnlyTransaction("SELECT \(lock.mode.name)")
        }
      case .lockTable: break
      }
    }
  }

  /// Goes on with the statement in progress.
  ///
  /// - Returns: `nil` when it has ended and the program goes on in the same step.
  mutating func continueStatement() throws(SQLError) -> Result? {
    setTime()
    let statement = program.statements[progress.statement]
    while true {
      let part = statement.parts[progress.part]
      view = View(
        snapshot: progress.snapshot < 0 ? database.commits : progress.snapshot,
        command: progress.command)
      switch try continuePart(part, isLast: progress.part + 1 == statement.parts.count) {
      case .boundary:
        if options.runsWholeStatements { continue }
        return .yielded
      case .waiting: return .waiting
      case .done: break
      }
      if progress.part + 1 == statement.parts.count {
        try finishStatement(statement)
        return nil
      }
      progress.endPart(width: part.columns.count)
    }
  }

  /// Does the next piece of work of a part; foreign keys wait for the end of the statement (the after
  /// triggers of PostgreSQL's queries).
  private mutating func continuePart(
    _ part: StatementPart, isLast: Bool
  ) throws(SQLError) -> Progression {
    if progress.phase == .start {
      try startPart(part)
      if progress.phase == .start {
        guard isLast, !progress.references.isEmpty else { return .done }
        progress.phase = .references
        return .boundary
      }
      let isJoined = part.touchesOneRowByKey || !progress.hasCandidates
      if !isJoined && !options.runsWholeStatements { return .boundary }
    }
    while true {
      switch progress.phase {
      case .start: return .done
      case .rows:
        guard progress.hasCandidates, progress.limit != 0 else {
          progress.phase = .references
          continue
        }
        let result = try processRow(part)
        if case .waiting = result { return .waiting }
        if progress.phase == .indexes { continue }
        if progress.hasCandidates && progress.limit != 0 { return .boundary }
        progress.phase = .references
        if isLast && endsBeforeReferences(part) { return .boundary }
      case .indexes:
        switch try arbitrate(part) {
        case .waiting: return .waiting
        case .handled: break
        case .inserts:
          if try !enterIndexes() { return .waiting }
          try announceArbitrated(part)
        }
        progress.phase = .rows
        if progress.hasCandidates { return .boundary }
        progress.phase = .references
        if isLast && endsBeforeReferences(part) { return .boundary }
      case .references:
        if !isLast || progress.references.isEmpty { return .done }
        if try !checkReference() { return .waiting }
        if !progress.references.isEmpty && !isReferenceQuiet { return .boundary }
      }
    }
  }

  /// Whether the check of foreign keys is a step of its own.
  ///
  /// It is not where nobody could notice the difference: after inserting a row that no unique index knows,
  /// and where the session already holds what the check would lock.
  private func endsBeforeReferences(_ part: StatementPart) -> Bool {
    if progress.references.isEmpty || isReferenceQuiet { return false }
    guard case .insert(let insert) = part.body else { return true }
    return !program.schema[insert.table].uniqueIndexes.isEmpty
  }

  /// Finds the rows of a part; a part without row locks or writes is then done (the phase stays).
  private mutating func startPart(_ part: StatementPart) throws(SQLError) {
    switch part.body {
    case .query(let id):
      let query = program.queries[Int(id.index)]
      if query.locks.isEmpty {
        var output: ContiguousArray<Value> = []
        swap(&output, &progress.output)
        progress.outputCount = try appendRows(of: id, to: &output)
        swap(&output, &progress.output)
        progress.affected = progress.outputCount
        return
      }
      progress.offset = try count(query.offset, clause: "OFFSET") ?? 0
      progress.limit = try count(query.limit, clause: "LIMIT").map { $0 } ?? -1
      try findCandidates(id, order: query.order)
    case .insert(let insert):
      var rows: ContiguousArray<Value> = []
      swap(&rows, &progress.candidates)
      let count = try appendRows(of: insert.source, to: &rows)
      swap(&rows, &progress.candidates)
      let width = program.queries[Int(insert.source.index)].columns.count
      progress.stride = max(width, 1)
      if width == 0 { for _ in 0..<count { progress.candidates.append(.null) } }
    case .update(let update): try findCandidates(update.source, order: [])
    case .delete(let delete): try findCandidates(delete.source, order: [])
    case .lockTable: throw SQLError.unsupported("LOCK TABLE")
    }
    guard progress.candidates.count / max(progress.stride, 1) <= Self.rowsLimit else {
      throw SQLError(
        .programLimitExceeded,
        "a statement touches more than \(Self.rowsLimit) rows; RaceSim goes no further")
    }
    progress.phase = .rows
    let isLast = progress.part + 1 == program.statements[progress.statement].parts.count
    if isLast, !part.rereadsSnapshot, database.sessions[session].isolation == .readCommitted,
      !takesKeyShare(part), !needsSnapshotForError(part)
    {
      // Every row is looked at in its newest version anyway.
      progress.snapshot = -1
    }
  }

  /// A row that is not dealt with at once, and whose change is an error as the snapshot shows it, stays one
  /// whatever becomes of the row.
  private mutating func needsSnapshotForError(_ part: StatementPart) -> Bool {
    guard case .update(let update) = part.body else { return false }
    isFirstLook = true
    let isAtOnce = part.touchesOneRowByKey && progress.candidates.count <= progress.stride
    return !isAtOnce && failsOnSnapshot(update)
  }

  /// Appends all rows of a query to a buffer, the plain ones without a detour.
  ///
  /// - Returns: The number of rows.
  private mutating func appendRows(
    of id: QueryID, to words: inout ContiguousArray<Value>
  ) throws(SQLError) -> Int {
    var count = 0
    switch program.queries[Int(id.index)].body {
    case .select(let select) where isStreamed(id, select):
      try forEachTuple(of: select) { (executor) throws(SQLError) in
        for output in select.outputs { words.append(try executor.evaluate(output)) }
        count += 1
        return true
      }
    case .values(let rows) where program.queries[Int(id.index)].isPlain:
      pushLevel(width: 0)
      for row in rows {
        for expression in row { words.append(try evaluate(expression)) }
        count += 1
      }
      popLevel()
    default:
      let rows = try rows(of: id)
      words.append(contentsOf: rows.words)
      count = rows.count
    }
    return count
  }

  /// FOR KEY SHARE returns the old version of a row whose keys have not changed.
  private func takesKeyShare(_ part: StatementPart) -> Bool {
    guard case .query(let id) = part.body else { return false }
    return program.queries[Int(id.index)].locks.contains { $0.mode == .keyShare }
  }

  /// Collects the tuples that a locking or writing part has to touch, in the order in which it will.
  ///
  /// A tuple is kept as the identities of its tables' rows, and all words of other relations.
  private mutating func findCandidates(_ id: QueryID, order: [OrderKey]) throws(SQLError) {
    guard case .select(let select) = program.queries[Int(id.index)].body else {
      preconditionFailure("rows to lock come from a SELECT")
    }
    let stride = Self.candidateWidth(select)
    var found = RowSet(width: stride + order.count)
    swap(&found.words, &progress.candidates)
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      guard try executor.isTrue(select.having) else { return true }
      let base = executor.levels[executor.levels.count - 1]
      for relation in select.relations {
        let start = base + relation.offset
        let length = Self.isTable(relation) ? 1 : 1 + relation.columnCount
        found.words.append(contentsOf: executor.tuples[start..<start + length])
      }
      for key in order { found.words.append(try executor.evaluate(key.expression)) }
      found.count += 1
      return true
    }
    progress.candidates =
      Self.arrange(found, width: stride, order: order, offset: 0, limit: nil).words
    progress.stride = stride
  }

  static func isTable(_ relation: Relation) -> Bool {
    if case .table = relation.source { return true }
    return false
  }

  static func candidateWidth(_ select: Select) -> Int {
    select.relations.reduce(0) { $0 + (isTable($1) ? 1 : 1 + $1.columnCount) }
  }

  // MARK: The end

  private mutating func finishStatement(_ statement: Statement) throws(SQLError) {
    guard let part = statement.parts.last else { return }
    isInStatement = false
    let width = part.columns.count
    let count = progress.outputCount
    if recorder.isOn {
      let rows = (0..<count).map { Array(progress.output[$0 * width..<($0 + 1) * width]) }
      recorder.record(.finished(tag: tag(of: part), columns: part.columns, rows: rows))
      answer(part.columns, rows)
    }
    settle()
    try deliver(width: width, count: count)
  }

  /// Notes what the client gets for its statement, unless its program takes the rows.
  private mutating func answer(_ columns: [OutputColumn], _ rows: [[Value]]) {
    guard frame == 0,
      case .statement(_, .discard) = program.routines[routine].instructions[position]
    else { return }
    recorder.answers.append(Answer(columns: columns, rows: rows))
  }

  /// Hands the result over to the instruction that ran the statement.
  mutating func deliver(width: Int, count: Int) throws(SQLError) {
    let affected = progress.affected
    let slots = frame + Self.frameHeader
    switch program.routines[routine].instructions[position] {
    case .openCursor:
      stack.append(.header(kind: EntryKind.cursor.rawValue, a: width, b: count))
      stack.append(contentsOf: progress.output.prefix(width * count))
      advance()
      return
    case .statement(_, .slots(let list, let isStrict)):
      if isStrict && count == 0 { throw SQLError.queryNoRows }
      if count > 1 && (isStrict || !isQuery(progress.statement)) { throw SQLError.queryManyRows }
      for index in 0..<Int(list.count) {
        assign(
          count > 0 && index < width ? progress.output[index] : .null,
          to: program.slotLists[Int(list.start) + index])
      }
      stack[slots + Int(Routine.Slot.found)] = Value(max(affected, count) > 0)
      stack[slots + Int(Routine.Slot.rowCount)] = Value(integer: Int64(min(affected, 1)))
      if !isQuery(progress.statement) {
        stack[slots + Int(Routine.Slot.rowCount)] = Value(integer: Int64(affected))
      }
    default:
      stack[slots + Int(Routine.Slot.found)] = Value(affected > 0)
      stack[slots + Int(Routine.Slot.rowCount)] = Value(integer: Int64(affected))
    }
    advance()
  }

  private func isQuery(_ statement: Int) -> Bool {
    guard case .query = program.statements[statement].parts.last?.body else { return false }
    return true
  }

  /// Where no statement is in progress below, writes need not be told apart by command.
  private mutating func settle() {
    database.settleWrites(session: session, schema: program.schema)
  }

  func tag(of part: StatementPart) -> String {
    switch part.body {
    case .query: "SELECT \(progress.affected)"
    case .insert: "INSERT 0 \(progress.affected)"
    case .update: "UPDATE \(progress.affected)"
    case .delete: "DELETE \(progress.affected)"
    case .lockTable: "LOCK TABLE"
    }
  }

  // MARK: World tables

  /// Runs a statement on the world: at once, whole, and for good.
  private mutating func runWorldStatement(_ statement: Statement, _ index: Int) throws(SQLError) {
    let before = database
    progress.begin(index, snapshot: database.commits, command: 0)
    view = View(snapshot: DatabaseState.Version.forever - 1, command: 0)
    do throws(SQLError) {
      for (index, part) in statement.parts.enumerated() {
        try runWorldPart(part)
        if index + 1 < statement.parts.count { progress.endPart(width: part.columns.count) }
      }
    } catch {
      database = before
      throw error
    }
    guard let part = statement.parts.last else { return }
    if recorder.isOn {
      let width = part.columns.count
      let rows = (0..<progress.outputCount).map {
        Array(progress.output[$0 * width..<($0 + 1) * width])
      }
      recorder.record(.finished(tag: tag(of: part), columns: part.columns, rows: rows))
    }
    if statement.parts.contains(where: { if case .query = $0.body { false } else { true } }) {
      hasChangedData = true
    }
    try deliver(width: part.columns.count, count: progress.outputCount)
  }

  private mutating func runWorldPart(_ part: StatementPart) throws(SQLError) {
    try startPart(part)
    guard progress.phase == .rows else { return }
    while progress.hasCandidates && progress.limit != 0 { try processWorldRow(part) }
  }
}
