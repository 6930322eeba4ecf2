import Store

extension Executor {
  /// What one unit of work on a statement came to.
  enum Progression {
    /// The part (or the row) is done; go on within the step.
    case done
    /// The step ends here.
    case boundary
    case waiting
    /// The frame of a trigger's function is on the stack, and runs first.
    case calling
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
    if statement.isLockTable, statement.utility == nil, frame == 0, isAlone(statement),
      database.sessions[session].isImplicit
    {
      throw SQLError.onlyInTransactionBlock("LOCK TABLE")
    }
    if let name = statement.utility?.nameAlone,
      frame != 0 || !isAlone(statement) || !database.sessions[session].isImplicit
    {
      throw SQLError.notInTransactionBlock(name)
    }
    var snapshot: Int32 = -1
    var hasSnapshot = true
    let isSnapshotLess = statement.isLockTable && statement.utility == nil
    if isSnapshotLess || (statement.isLockTable || statement.isTrivial) && !takesFirstSnapshot {
      snapshot = database.commits
    } else if statement.tableLocks.isEmpty || takesSnapshotFirst {
      hasSnapshot = takeSnapshot()
      if hasSnapshot { snapshot = database.statementSnapshot(session: session) }
    }
    // A statement has its snapshot and its tables when it is asked whether it may run; TRUNCATE does not.
    if hasSnapshot, statement.tableLocks.isEmpty || statement.isTruncate {
      try refuseWrites(statement)
    }
    if database.isHeapOrdered {
      // LOCK TABLE and what works on whole tables have none while they wait.
      database.sessions[session].isInSnapshot = !statement.isLockTable
      if !isNested { database.sessions[session].partitionsSeen = -1 }
    }
    progress.begin(index, snapshot: snapshot, command: database.sessions[session].command)
    if !statement.tableLocks.isEmpty { progress.phase = .tables }
    if !statement.isLockTable { database.sessions[session].command += 1 }
    hasRead = statement.readsTables
    if !statement.isTrivial { statementsBegun += 1 }
    isInStatement = true
    return hasSnapshot ? nil : .waiting
  }

  /// Whether the client's statement is a transaction of its own, not one of several in a string.
  func isAlone(_ statement: Statement) -> Bool {
    if statement.isOneOfSeveral { return false }
    let instructions = program.routines[routine].instructions
    return position > 0 && instructions[position - 1] == .beginImplicit
      && position + 1 < instructions.count && instructions[position + 1] == .commitImplicit
  }

  /// Whether the transaction's snapshot is taken before the statement locks its tables.
  private var takesSnapshotFirst: Bool {
    database.sessions[session].isolation != .readCommitted
  }

  /// Whether the statement does nothing that could be noticed, nor reads a clock that moves.
  func isStepless(_ statement: Statement) -> Bool {
    statement.isTrivial && !(statement.readsClock && instants.count > 1)
      && (statement.isLockTable && statement.utility == nil || !takesFirstSnapshot)
  }

  /// Whether the next statement is the first of a transaction that keeps its snapshot.
  private var takesFirstSnapshot: Bool {
    let it = database.sessions[session]
    return it.phase == .active && !it.isImplicit && it.isolation != .readCommitted
      && it.snapshot < 0
  }

  /// Fails if the statement is none for a READ ONLY transaction (`ExecCheckXactReadOnly`).
  func refuseWrites(_ statement: Statement) throws(SQLError) {
    guard !statement.isTrivial, database.sessions[session].isReadOnly else { return }
    let writes = statement.parts.contains { part in
      switch part.body {
      case .insert, .update, .delete, .truncate, .alter: true
      case .merge(let merge): merge.clauses.contains(where: \.isChange)
      case .query(let query):
        !program.queries[Int(query.index)].locks.isEmpty || part.lockedInside != nil
      case .lockTable: false
      }
    }
    if writes { throw SQLError.readOnlyTransaction(commandName(of: statement)) }
  }

  /// What the statement as a whole is called: a SELECT by the first lock in it, wherever that stands
  /// (`CreateCommandTag`).
  private func commandName(of statement: Statement) -> String {
    let name = commandName(of: statement.parts[statement.resultPart])
    guard name == "SELECT" else { return name }
    for part in statement.parts {
      guard case .query(let query) = part.body,
        let mode = program.queries[Int(query.index)].locks.first?.mode ?? part.lockedInside
      else { continue }
      return "SELECT \(mode.name)"
    }
    return name
  }

  /// Goes on with the statement in progress.
  ///
  /// - Returns: `nil` when it has ended and the program goes on in the same step.
  mutating func continueStatement() throws(SQLError) -> Result? {
    setTime()
    if progress.phase == .deferred { return try continueDeferred() }
    let statement = program.statements[progress.statement]
    if isResumedForSnapshot {
      isResumedForSnapshot = false
      guard awaitSafeSnapshot() else { return .waiting }
      progress.snapshot = database.sessions[session].snapshot
      if statement.tableLocks.isEmpty || statement.isTruncate { try refuseWrites(statement) }
    }
    while progress.phase == .tables {
      switch try lockTables(statement) {
      case .boundary: return .yielded
      case .waiting: return .waiting
      case .done, .calling: break
      }
    }
    while true {
      let part = statement.parts[progress.part]
      keepsCalls = part.callsLocks || part.drawsNumbers
      view = View(
        snapshot: progress.snapshot < 0 ? database.commits : progress.snapshot,
        command: progress.command)
      switch try continuePart(part, isLast: progress.part + 1 == statement.parts.count) {
      case .boundary:
        if options.runsWholeStatements { continue }
        return .yielded
      case .waiting: return .waiting
      case .calling: return nil
      case .done: break
      }
      if progress.part + 1 == statement.parts.count {
        try finishStatement(statement)
        return nil
      }
      if progress.part == statement.resultPart { progress.resultAffected = progress.affected }
      progress.endPart(width: part.columns.count)
      if hasTouchedRow, !options.runsWholeStatements,
        touchesRows(statement.parts[progress.part])
      {
        return .yielded
      }
    }
  }

  /// Whether a part locks or changes rows, each in a step.
  private func touchesRows(_ part: StatementPart) -> Bool {
    guard case .query(let id) = part.body else { return true }
    return !program.queries[Int(id.index)].locks.isEmpty
  }

  /// Does the next piece of work of a part; foreign keys wait for the end of the statement (the after
  /// triggers of PostgreSQL's queries).
  private mutating func continuePart(
    _ part: StatementPart, isLast: Bool
  ) throws(SQLError) -> Progression {
    if progress.phase == .start, !program.triggers.isEmpty { beginStatementTriggers(part) }
    if progress.phase == .statementTriggers {
      switch try continueStatementTriggers() {
      case .calling: return .calling
      case .boundary: return .boundary
      case .done, .waiting: break
      }
    }
    if progress.phase == .start || progress.phase == .started {
      callIndex = 0
      try startPart(part)
      if keepsCalls { progress.scanCalls = progress.calls.count }
      if progress.phase == .start {
        guard isLast, !progress.references.isEmpty else { return .done }
        progress.phase = .references
        return .boundary
      }
      let isJoined =
        !hasCalled && (part.touchesOneRowByKey || findsOneByOne(part)) || !progress.hasCandidates
      if !isJoined && !options.runsWholeStatements { return .boundary }
    }
    while true {
      switch progress.phase {
      case .start, .tables, .started, .statementTriggers, .deferred: return .done
      case .rows:
        if findsOneByOne(part), !progress.hasCandidates, progress.limit != 0 {
          if try findNextCandidate(part), hasCalled { return .boundary }
        }
        if keepsCalls { callIndex = progress.scanCalls }
        guard progress.hasCandidates, progress.limit != 0 else {
          endRows(part)
          continue
        }
        if isAfterTrigger {
          isAfterTrigger = false
          return .boundary
        }
        hasTouchedRow = true
        let result = try processRow(part)
        if case .waiting = result {
          giveUpSnapshot(part)
          return .waiting
        }
        isResumed = false
        if progress.phase == .indexes || progress.phase == .rowTriggers { continue }
        if keepsCalls { forgetRowCalls() }
        if findsOneByOne(part) {
          // The search for the next row goes on within the step as long as nobody can notice.
          hasCalled = true
          continue
        }
        if progress.hasCandidates && progress.limit != 0 { return .boundary }
        endRows(part)
        if isLast && endsBeforeReferences(part) { return .boundary }
      case .indexes, .arbitrated:
        hasTouchedRow = true
        guard try enterRow(part) else { return .waiting }
        isResumed = false
        if progress.phase == .rowTriggers { continue }
        progress.phase = .rows
        if keepsCalls { forgetRowCalls() }
        if progress.hasCandidates || findsOneByOne(part) { return .boundary }
        endRows(part)
        if isLast && endsBeforeReferences(part) { return .boundary }
      case .rowTriggers:
        let result = try continueRowTriggers(part)
        guard case .done = result else { return result }
        if progress.phase != .rows { continue }
        if keepsCalls { forgetRowCalls() }
        if progress.hasCandidates || findsOneByOne(part) { return .boundary }
        endRows(part)
        if isLast && endsBeforeReferences(part) { return .boundary }
      case .references:
        if !isLast || progress.references.isEmpty { return .done }
        let result = try doQueued()
        guard case .done = result else { return result }
        if progress.phase == .rowTriggers { continue }
        if !progress.references.isEmpty && !isReferenceQuiet { return .boundary }
      }
    }
  }

  /// Whether the check of foreign keys is a step of its own.
  ///
  /// It is not where nobody could notice the difference: after inserting a row that no unique index knows,
  /// and where the session already holds what the check would lock.
  private mutating func endsBeforeReferences(_ part: StatementPart) -> Bool {
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
      if !findsOneByOne(part) { try findCandidates(id, order: query.order) }
    case .insert(let insert):
      if drawsRowByRow(insert) {
        postponeRows(insert)
        break
      }
      var rows: ContiguousArray<Value> = []
      swap(&rows, &progress.candidates)
      let count = try appendRows(of: insert.source, to: &rows)
      swap(&rows, &progress.candidates)
      let width = program.queries[Int(insert.source.index)].columns.count
      progress.stride = max(width, 1)
      if width == 0 { for _ in 0..<count { progress.candidates.append(.null) } }
    case .update(let update):
      if !findsOneByOne(part) { try findCandidates(update.source, order: []) }
    case .delete(let delete):
      if !findsOneByOne(part) { try findCandidates(delete.source, order: []) }
    case .merge(let merge): try findCandidates(merge.source, order: [])
    case .lockTable: return
    case .truncate(let truncate):
      try self.truncate(truncate)
      return
    case .alter(let alteration):
      try alter(alteration)
      return
    }
    guard progress.candidates.count / max(progress.stride, 1) <= options.rowsLimit else {
      throw SQLError(
        .programLimitExceeded,
        "a statement touches more than \(options.rowsLimit) rows; RaceSim goes no further")
    }
    progress.phase = .rows
    if isTouchedAtOnce(part), mayGiveUpSnapshot(part) { progress.snapshot = -1 }
    if case .update = part.body { isFirstLook = true }
  }

  /// Whether a part looks at its only row in the step in which it finds it.
  private func isTouchedAtOnce(_ part: StatementPart) -> Bool {
    part.touchesOneRowByKey && progress.candidates.count <= progress.stride
  }

  /// Whether every row of the part is looked at in its newest version anyway.
  private func mayGiveUpSnapshot(_ part: StatementPart) -> Bool {
    let isLast = progress.part + 1 == program.statements[progress.statement].parts.count
    return isLast && !part.rereadsSnapshot && !part.callsLocks && !part.drawsNumbers
      && database.sessions[session].isolation == .readCommitted && !takesKeyShare(part)
  }

  /// A session that waits for the last row of its statement needs the snapshot no more: its place in the queue
  /// tells whether it came from an older version.
  ///
  /// But a change that is an error as the snapshot shows the row stays one whatever becomes of the row.
  private mutating func giveUpSnapshot(_ part: StatementPart) {
    guard progress.snapshot >= 0, progress.candidates.count - progress.next <= progress.stride,
      mayGiveUpSnapshot(part)
    else { return }
    if case .update(let update) = part.body, failsOnSnapshot(update) { return }
    progress.snapshot = -1
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
      executor.appendCandidate(select, to: &found.words)
      for key in order { found.words.append(try executor.evaluate(key.expression)) }
      found.count += 1
      return true
    }
    progress.candidates =
      Self.arrange(found, width: stride, order: order, offset: 0, limit: nil).words
    progress.stride = stride
  }

  /// Appends the top tuple as a candidate.
  func appendCandidate(_ select: Select, to words: inout ContiguousArray<Value>) {
    let base = levels[levels.count - 1]
    for relation in select.relations {
      let start = base + relation.offset
      let length = Self.isTable(relation) ? 1 : 1 + relation.columnCount
      words.append(contentsOf: tuples[start..<start + length])
    }
  }

  /// Whether the part's rows are looked for one by one, because a condition calls lock functions.
  func findsOneByOne(_ part: StatementPart) -> Bool {
    guard part.callsLocks else { return false }
    switch part.body {
    case .query(let id):
      let query = program.queries[Int(id.index)]
      return !query.locks.isEmpty && (query.order.isEmpty || query.isInScanOrder)
    case .update, .delete: return true
    case .insert, .merge, .lockTable, .truncate, .alter: return false
    }
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
    let part = statement.parts[statement.resultPart]
    isInStatement = false
    if statement.resultPart < progress.part { progress.restore(part: statement.resultPart) }
    let width = part.columns.count
    let count = progress.outputCount
    if recorder.isOn, statement.utility == nil {
      let rows = (0..<count).map { Array(progress.output[$0 * width..<($0 + 1) * width]) }
      let tag = tag(of: part)
      recorder.record(.finished(tag: tag, columns: part.columns, rows: rows))
      answer(part.columns, rows, tag)
    }
    settle()
    try deliver(width: width, count: count)
  }

  /// Notes what the client gets for its statement, unless its program takes the rows.
  private mutating func answer(_ columns: [OutputColumn], _ rows: [[Value]], _ tag: String) {
    guard frame == 0,
      case .statement(_, .discard) = program.routines[routine].instructions[position]
    else { return }
    var answer = Answer(columns: columns, rows: rows, tag: tag)
    let instructions = program.routines[routine].instructions
    answer.isBeforeCommit =
      position + 1 < instructions.count && instructions[position + 1] == .commitImplicit
    recorder.record(answer)
  }

  /// Hands the result over to the instruction that ran the statement.
  mutating func deliver(width: Int, count: Int) throws(SQLError) {
    let affected = progress.affected
    dropResults(program.statements[progress.statement].resultCount)
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
    case .statement(_, .cursor(let cursor)):
      try declare(cursor, width: width, count: count)
    case .statement(_, .result):
      try appendToResult(progress.output.prefix(width * count), rows: count)
      stack[frame + Self.frameHeader + Int(Routine.Slot.found)] = Value(count > 0)
      stack[frame + Self.frameHeader + Int(Routine.Slot.rowCount)] = Value(integer: Int64(count))
    default:
      stack[slots + Int(Routine.Slot.found)] = Value(affected > 0)
      stack[slots + Int(Routine.Slot.rowCount)] = Value(integer: Int64(affected))
    }
    advance()
  }

  private func isQuery(_ statement: Int) -> Bool {
    let it = program.statements[statement]
    if case .query = it.parts[it.resultPart].body { return true }
    return false
  }

  /// Where no statement is in progress below, writes need not be told apart by command.
  mutating func settle() {
    if isNested { return }
    database.sessions[session].isInSnapshot = false
    database.settleWrites(session: session, schema: program.schema)
  }

  func tag(of part: StatementPart) -> String {
    switch part.body {
    case .insert: "INSERT 0 \(progress.affected)"
    case .lockTable: "LOCK TABLE"
    case .alter(let alteration): alteration.name
    default: "\(commandName(of: part)) \(progress.affected)"
    }
  }

  private func commandName(of part: StatementPart) -> String {
    switch part.body {
    case .query: "SELECT"
    case .insert: "INSERT"
    case .update: "UPDATE"
    case .delete: "DELETE"
    case .merge: "MERGE"
    case .lockTable: "LOCK TABLE"
    case .truncate: "TRUNCATE TABLE"
    case .alter(let alteration): alteration.name
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
        if index == statement.resultPart { progress.resultAffected = progress.affected }
        if index + 1 < statement.parts.count { progress.endPart(width: part.columns.count) }
      }
    } catch {
      database = before
      throw error
    }
    let part = statement.parts[statement.resultPart]
    if statement.resultPart < progress.part { progress.restore(part: statement.resultPart) }
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
