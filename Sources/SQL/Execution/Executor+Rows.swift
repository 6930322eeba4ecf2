import Store

extension Executor {
  /// Does the next candidate of a part, or waits for it.
  mutating func processRow(_ part: StatementPart) throws(SQLError) -> Progression {
    switch part.body {
    case .query(let id): return try lockRow(program.queries[Int(id.index)])
    case .insert(let insert): return try insertRow(insert)
    case .update(let update):
      return try changeRow(update.source, update: update, returning: update.returning)
    case .delete(let delete):
      return try changeRow(delete.source, update: nil, returning: delete.returning)
    case .merge(let merge): return try mergeRow(merge)
    case .lockTable, .truncate, .alter: return .done
    }
  }

  mutating func dropCandidate() {
    progress.next += progress.stride
    if progress.next >= progress.candidates.count {
      progress.candidates.removeAll(keepingCapacity: true)
      progress.next = 0
    }
  }

  /// Puts the candidate's tuple on top of ``tuples``, its tables' rows as the snapshot shows them.
  mutating func pushCandidate(_ select: Select) {
    pushLevel(width: select.tupleWidth)
    let base = levels[levels.count - 1]
    var source = progress.next
    for relation in select.relations {
      let word = progress.candidates[source]
      source += 1
      guard case .table = relation.source else {
        tuples[base + relation.offset] = word
        for column in 0..<relation.columnCount {
          tuples[base + relation.offset + 1 + column] = progress.candidates[source]
          source += 1
        }
        continue
      }
      guard word.isRow else { continue }
      let table = TableID(word.rowTable)
      if let found = visible(table, Int32(word.rowID)) {
        setRow(relation, table: table, row: found.row, cells: found.cells)
      } else {
        tuples[base + relation.offset] = word
      }
    }
  }

  mutating func popLevels(to depth: Int) {
    while levels.count > depth { popLevel() }
  }

  /// Whether a candidate's new values, or their constraints, are an error by the snapshot; whoever changes
  /// the row later, the error comes before the wait.
  mutating func failsOnSnapshot(_ update: Update) -> Bool {
    let select = select(of: update.source)
    let depth = levels.count
    let values = operands.count
    let first = progress.next
    defer {
      popLevels(to: depth)
      operands.removeLast(operands.count - values)
      progress.next = first
    }
    while progress.hasCandidates {
      let table = TableID(progress.candidates[progress.next].rowTable)
      pushCandidate(select)
      do throws(SQLError) {
        try pushNewValues(update.assignments, of: table)
        if !mayFireBefore(table, .update), !moves(table, values: values) {
          try checkRow(table, values: values)
        }
      } catch {
        return true
      }
      popLevels(to: depth)
      operands.removeLast(operands.count - values)
      progress.next += progress.stride
    }
    return false
  }

  func select(of query: QueryID) -> Select {
    guard case .select(let select) = program.queries[Int(query.index)].body else {
      preconditionFailure("rows to change come from a SELECT")
    }
    return select
  }

  /// Evaluates FROM and WHERE again with the relations as they stand in the top tuple, subqueries
  /// still on the snapshot.
  ///
  /// What comes out (an outer join may lose its partner) replaces the tuple.
  mutating func recheck(_ select: Select) throws(SQLError) -> Bool {
    try recheck(select, at: levels[levels.count - 1])
  }

  /// The same for the tuple that begins at a place.
  mutating func recheck(_ select: Select, at base: Int) throws(SQLError) -> Bool {
    var matches = false
    let outerFixedTuple = fixedTuple
    fixedTuple = base
    let wasReadingNewest = readsNewest
    readsNewest = true
    defer {
      fixedTuple = outerFixedTuple
      readsNewest = wasReadingNewest
    }
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      let inner = executor.levels[executor.levels.count - 1]
      for word in 0..<select.tupleWidth {
        executor.tuples[base + word] = executor.tuples[inner + word]
      }
      matches = true
      return false
    }
    return matches
  }

  // MARK: UPDATE, DELETE

  /// The row's newest version, after its lock is held.
  enum Newest {
    case unchanged(FoundRow)
    case changed(FoundRow)
    case deleted
  }

  /// `deletion` is the error for a row that has gone; a locking SELECT calls that an update (nodeLockRows.c).
  ///
  /// - Throws: 40001 under REPEATABLE READ and above if the row has changed since the snapshot.
  func newestVersion(
    _ table: TableID, _ row: Int32, seen: FoundRow?, deletion: SQLError
  ) throws(SQLError) -> Newest {
    let isSnapshotKept = progress.snapshot >= 0
    let mayRecheck = database.sessions[session].isolation == .readCommitted
    guard let newest = database.newest(table.index, row, session: session) else {
      if !mayRecheck { throw isUpdated(table, seen) ? .concurrentUpdate : deletion }
      if database.isMoved(table.index, row) { throw SQLError.rowMoved }
      return .deleted
    }
    if isSnapshotKept, let seen, newest.version == seen.version { return .unchanged(newest) }
    if !mayRecheck { throw SQLError.concurrentUpdate }
    return .changed(newest)
  }

  /// REPEATABLE READ and above: a row that another transaction has changed and committed since the snapshot
  /// is an error at once, whoever holds its newest version.
  ///
  /// Only what others hold of the version that was seen is waited for before.
  func refuseChanged(
    _ table: TableID, _ row: Int32, seen: FoundRow?, _ mode: RowLockMode, deletion: SQLError
  ) throws(SQLError) {
    guard database.sessions[session].isolation != .readCommitted else { return }
    guard let seen, seen.version != FoundRow.own,
      !database.isHeldBelow(table.index, row, mode, session: session)
    else { return }
    guard let newest = database.newestCommitted(table.index, row) else {
      throw isUpdated(table, seen) ? .concurrentUpdate : deletion
    }
    if newest.version != seen.version { throw SQLError.concurrentUpdate }
  }

  /// Whether the version that was seen was updated before the row was deleted.
  func isUpdated(_ table: TableID, _ seen: FoundRow?) -> Bool {
    seen.flatMap { database.committed(table.index, $0) }?.isUpdated ?? false
  }

  /// Takes a row lock, or waits for it.
  ///
  /// `seen` is the version from which the statement comes to the newest one, where that can be an older one;
  /// `isLockingSelect` says whether it is one (``DatabaseState/QueuePlace/previous``),
  /// `isWrittenAtOnce` whether the row is changed in the same breath, if the version that the statement has
  /// come to is the newest: `heap_update` locks none first.
  ///
  /// - Returns: Whether the session holds it.
  mutating func requestLock(
    _ table: TableID, _ row: Int32, _ mode: RowLockMode, from seen: FoundRow? = nil,
    isLockingSelect: Bool = false, isWrittenAtOnce: Bool = false
  ) -> Bool {
    let isHeld = database.holds(table: table.index, row: row, mode: mode, session: session)
    let isStale = isStale(table, row, seen)
    switch database.lock(
      table: table.index, row: row, mode: mode, session: session,
      isWrittenAtOnce: isWrittenAtOnce && !isStale,
      foundAt: mode == .keyShare ? keptVersion(table, row, seen) : nil)
    {
    case .granted:
      if !isHeld { recorder.record(.locked(table: table, row: row, mode: mode)) }
      return true
    case .mustWait:
      database.waitForRow(
        session: session, table: table.index, row: row, mode: mode,
        isLockingSelect: isLockingSelect, isStale: isStale)
      recordWait(.row(table: table, row: row, mode: mode))
      return false
    }
  }

  /// The version that FOR KEY SHARE locks although it has been superseded, as it keeps its keys.
  private func keptVersion(_ table: TableID, _ row: Int32, _ seen: FoundRow?) -> Int32? {
    guard database.resumption == .inOrder, let seen, seen.version != FoundRow.own,
      keepsKeys(table, row, since: seen)
    else {
      return nil
    }
    return seen.version
  }

  /// Whether the version that a statement has come to has been superseded.
  private func isStale(_ table: TableID, _ row: Int32, _ seen: FoundRow?) -> Bool {
    if let endedWait, endedWait.table == table.index, endedWait.row == row {
      return endedWait.place != .queued && endedWait.place != .upgrading
    }
    guard let seen, seen.version != FoundRow.own else { return false }
    return database.newestCommitted(table.index, row)?.version != seen.version
  }

  mutating func recordWait(_ reason: WaitReason) {
    guard recorder.isOn else { return }
    var blockers: ContiguousArray<Int> = []
    database.appendBlockers(of: session, schema: program.schema, to: &blockers)
    recorder.record(.waits(reason, blockers: Array(blockers)))
  }

  private mutating func changeRow(
    _ source: QueryID, update: Update?, returning: [Expression]
  ) throws(SQLError) -> Progression {
    let table = TableID(progress.candidates[progress.next].rowTable)
    let row = Int32(progress.candidates[progress.next].rowID)
    let select = select(of: source)
    let depth = levels.count
    let values = operands.count
    defer {
      popLevels(to: depth)
      operands.removeLast(operands.count - values)
    }
    pushCandidate(select)
    if database.isWritten(table.index, row, session: session, byCommand: progress.command) {
      try refuseMoved(table, row)
      // Its new values come first, and what they must meet.
      if let update { _ = try firstLockMode(update, table, row, values: values) }
      try refuseTriggered(table, row, isDelete: update == nil)
      dropCandidate()
      return .done
    }
    let seen = visible(table, row)

    var mode = RowLockMode.update
    if let update {
      mode =
        seen == nil
        ? settableLockMode(update, table) : try firstLockMode(update, table, row, values: values)
    }
    try refuseChanged(table, row, seen: seen, mode, deletion: .concurrentDelete)
    guard
      requestLock(
        table, row, mode, from: seen,
        isWrittenAtOnce: !mayFireBefore(table, update == nil ? .delete : .update))
    else { return .waiting }
    switch try newestVersion(table, row, seen: seen, deletion: .concurrentDelete) {
    case .unchanged: break
    case .deleted:
      database.dropLocks(table: table.index, row: row, session: session)
      recorder.record(.rechecked(table: table, row: row, matches: false))
      dropCandidate()
      return .done
    case .changed(let newest):
      setRow(select.relations[0], table: table, row: row, cells: newest.cells)
      let hasChanged = isResumed || seen?.version != newest.version
      let matches = try recheck(select)
      if hasChanged { recorder.record(.rechecked(table: table, row: row, matches: matches)) }
      recorder.record(.read(table: table, row: row, version: newest.version))
      guard matches else {
        dropCandidate()
        return .done
      }
      operands.removeLast(operands.count - values)
      if let update {
        try pushNewValues(update.assignments, of: table)
        if !mayFireBefore(table, .update) {
          if !moves(table, values: values) { try checkRow(table, values: values) }
          guard requestLock(table, row, lockMode(update, table, values)) else { return .waiting }
        }
      }
    }
    if let update { noteAssigned(update.assignments) }
    if beginRowTriggers(
      update == nil ? .delete : .update, table, row, tupleWidth: select.tupleWidth,
      values: update == nil ? nil : values)
    {
      return .done
    }
    if let update {
      if mayFireBefore(table, .update) {
        // None of them fires for these columns.
        if !moves(table, values: values) { try checkRow(table, values: values) }
        guard requestLock(table, row, lockMode(update, table, values)) else { return .waiting }
      }
      if moves(table, values: values) {
        try move(table, row, named: update.table, tupleWidth: select.tupleWidth, values, returning)
        return .done
      }
      try writeUpdate(changed: update.assignments, of: table, row, values)
    } else {
      try writeDelete(table, row)
    }
    progress.affected += 1
    try emit(returning)
    dropCandidate()
    if update != nil, !isIndexed { progress.phase = .indexes }
    return .done
  }

  /// Evaluates the assignments to the row at the start of the top tuple, and pushes the whole new row onto
  /// the operands.
  mutating func pushNewValues(
    _ assignments: [Assignment], of table: TableID
  ) throws(SQLError) {
    let base = levels[levels.count - 1] + 1
    let start = operands.count
    for column in program.schema[table].columns.indices { operands.append(tuples[base + column]) }
    for assignment in assignments {
      let value = try evaluate(assignment.value)
      operands[start + assignment.column] = value
    }
    try generate(table, values: start)
  }

  /// The lock to ask for first, by the new values of the row as the snapshot shows it.
  ///
  /// They and their constraints are evaluated before the lock is asked for, so that an error needs no wait (`ExecUpdateAct`).
  ///
  /// A snapshot that was given up can no longer say so, but ``failsOnSnapshot(_:)`` has looked: what
  /// fails now fails after the lock.
  private mutating func firstLockMode(
    _ update: Update, _ table: TableID, _ row: Int32, values: Int
  ) throws(SQLError) -> RowLockMode {
    // Who has waited for the row has computed them, and read what they need, before.
    repeatsReads = endedWait.map { $0.table == table.index && $0.row == row } ?? false
    defer { repeatsReads = false }
    do throws(SQLError) {
      try pushNewValues(update.assignments, of: table)
      // BEFORE triggers may change the row, which is checked after them.
      if mayFireBefore(table, .update) {
        return settableLockMode(update, table)
      }
      // A row that moves is deleted here, and checked where it goes.
      if moves(table, values: values) { return .update }
      try checkRow(table, values: values)
    } catch {
      if progress.snapshot >= 0 || isFirstLook { throw error }
      operands.removeLast(operands.count - values)
      return settableLockMode(update, table)
    }
    return lockMode(update, table, values)
  }

  /// FOR UPDATE if a key column's value changes, else FOR NO KEY UPDATE (`heap_update`).
  func lockMode(_ update: Update, _ table: TableID, _ values: Int) -> RowLockMode {
    if moves(table, values: values) { return .update }
    let base = levels[levels.count - 1] + 1
    for assignment in update.assignments
    where program.schema[table].isKeyColumn(assignment.column)
      && operands[values + assignment.column] != tuples[base + assignment.column]
    {
      return .update
    }
    return changesGeneratedKey(table, values) ? .update : .noKeyUpdate
  }

  /// The lock for new values that are not known: by the columns in SET, changed or not
  /// (`ExecUpdateLockMode`).
  func settableLockMode(_ update: Update, _ table: TableID) -> RowLockMode {
    setsKey(update.assignments, table) ? .update : .noKeyUpdate
  }

  /// Writes the new row that lies on the operands, over the one at the start of the top tuple.
  ///
  /// A row whose keys do not change counts as entered in its indexes. Without `assignments` any column may
  /// have changed.
  mutating func writeUpdate(
    changed assignments: [Assignment]?, of table: TableID, _ row: Int32, _ values: Int
  ) throws(SQLError) {
    try noteRowWrite(table, row)
    let width = program.schema[table].columns.count
    let base = levels[levels.count - 1] + 1
    if recorder.isOn {
      recorder.record(
        .updated(
          table: table, row: row, before: Array(tuples[base..<base + width]),
          after: Array(operands[values..<values + width])))
    }
    try queueReferences(table, row, old: base, new: values)
    var hasNewKey =
      assignments.map { $0.contains { changesKey(table, $0.column, base, values) } }
      ?? (0..<width).contains { changesKey(table, $0, base, values) }
    hasNewKey = hasNewKey || changesGeneratedKey(table, values)
    let isHeapOnly = !hasNewKey && isHeapOnly(table, old: base, new: values)
    let cells = try append(table, values: values)
    if !hasNewKey, !program.schema[table].computed.isEmpty {
      hasNewKey = changesStoredKey(table, row, cells)
    }
    // Another transaction may have written a deferrable key that stays as it is: whoever enters it again finds that.
    if !isHeapOnly, program.schema[table].uniqueIndexes.contains(where: { $0.deferrable != nil }) {
      hasNewKey = true
    }
    database.write(
      .update, table: table.index, row: row, session: session, command: progress.command,
      cells: cells, isHeapOnly: isHeapOnly)
    if !hasNewKey {
      markIndexed()
      try noteUpdatedEntries(table, isHeapOnly: isHeapOnly)
    }
    for column in 0..<width { tuples[base + column] = operands[values + column] }
  }

  private func changesKey(_ table: TableID, _ column: Int, _ base: Int, _ values: Int) -> Bool {
    program.schema[table].isKeyColumn(column)
      && operands[values + column] != tuples[base + column]
  }

  mutating func writeDelete(
    _ table: TableID, _ row: Int32, isMoving: Bool = false
  ) throws(SQLError) {
    try noteRowWrite(table, row)
    let base = levels[levels.count - 1] + 1
    let width = program.schema[table].columns.count
    if recorder.isOn {
      recorder.record(
        .deleted(table: table, row: row, before: Array(tuples[base..<base + width])))
    }
    try queueReferences(table, row, old: base, new: nil, isMoving: isMoving)
    database.write(
      .delete, table: table.index, row: row, session: session, command: progress.command,
      cells: 0)
    if isMoving { database.markMoved(session: session) }
  }

  /// Adds the row that RETURNING (or a locking SELECT) gives to the output.
  mutating func emit(_ outputs: [Expression]) throws(SQLError) {
    readsNewest = true
    defer { readsNewest = false }
    for expression in outputs { progress.output.append(try evaluate(expression)) }
    if !outputs.isEmpty { progress.outputCount += 1 }
  }

  // MARK: INSERT

  private mutating func insertRow(_ insert: Insert) throws(SQLError) -> Progression {
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    try pushInsertedRow(insert)
    seePartitions()
    let table = try route(insert.table, values: values)
    guard try lockPartition(table, of: insert.table) else { return .waiting }
    try checkDefault(table, of: insert.table, values: values)
    if beginRowTriggers(.insert, table, -1, tupleWidth: 0, values: values) { return .done }
    try writeNewRow(insert, into: table, values: values)
    dropCandidate()
    progress.phase = .indexes
    if insert.onConflict == nil { try announceInsert(insert) }
    return .done
  }

  /// Writes the row that an insert computes; it is in no index yet.
  mutating func writeInsert(_ insert: Insert, values: Int) throws(SQLError) {
    try pushInsertedRow(insert)
    try writeNewRow(insert, into: try route(insert.table, values: values), values: values)
  }

  /// Writes the row that lies on the operands.
  mutating func writeNewRow(
    _ insert: Insert, into table: TableID, values: Int
  ) throws(SQLError) {
    try checkRow(table, values: values)
    try refuseMisplaced(table, values: values)
    let cells = try append(table, values: values)
    if insert.onConflict == nil { try noteWrite(.relation, table) }
    _ = database.insert(
      table: table.index, session: session, command: progress.command, cells: cells)
    if insert.onConflict != nil, let write = lastWrite {
      database.writes[write].isTentative = true
    }
  }

  /// The last write is an insert that stands: it is counted, returned, and its foreign keys noted.
  mutating func announceInsert(_ insert: Insert) throws(SQLError) {
    guard let position = lastWrite else { return }
    let write = database.writes[position]
    let table = TableID(Int(write.table))
    let width = program.schema[table].columns.count
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    for column in 0..<width { operands.append(database.cells[Int(write.cells) + column]) }
    if recorder.isOn {
      recorder.record(
        .inserted(
          table: table, row: write.row, after: Array(operands[values..<values + width])))
    }
    try queueReferences(table, write.row, old: nil, new: values)
    progress.affected += 1
    guard !insert.returning.isEmpty else { return }
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1]
    tuples[base] = .row(table: Int(table.index), id: Int(write.row))
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    try emit(insert.returning)
  }

  mutating func pushInsertedRow(_ insert: Insert) throws(SQLError) {
    try evaluatePostponed(insert)
    let values = operands.count
    for column in program.schema[insert.table].columns.indices {
      if let source = insert.columns.firstIndex(of: column) {
        operands.append(progress.candidates[progress.next + source])
      } else if column < insert.defaults.count, let expression = insert.defaults[column] {
        operands.append(try evaluate(expression))
      } else {
        operands.append(.null)
      }
    }
    assert(operands.count - values == program.schema[insert.table].columns.count)
    try generate(insert.table, values: values)
  }

  /// NOT NULL, then the checks in the order of their names (`ExecConstraints`).
  mutating func checkRow(_ table: TableID, values: Int) throws(SQLError) {
    let definition = program.schema[table]
    let width = definition.columns.count
    for (index, column) in definition.columns.enumerated()
    where column.isNotNull && operands[values + index].isNull {
      throw SQLError.notNullViolation(
        column: column.name, table: definition.name, row: describeRow(table, values: values))
    }
    guard Int(table.index) < program.checks.count, !program.checks[Int(table.index)].isEmpty else {
      return
    }
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    for check in program.checks[Int(table.index)] where try evaluate(check.condition).isFalse {
      throw SQLError.checkViolation(
        constraint: check.name, table: definition.name, row: describeRow(table, values: values))
    }
  }

  func describeRow(_ table: TableID, values: Int) -> String {
    program.schema[table].columns.enumerated().map { index, column in
      let value = operands[values + index]
      return value.isNull
        ? "null"
        : value.formatted(as: column.type, catalog: program.types, options: context.options)
    }.joined(separator: ", ")
  }

  // MARK: SELECT … FOR

  private mutating func lockRow(_ query: Query) throws(SQLError) -> Progression {
    guard case .select(let select) = query.body else { return .done }
    let depth = levels.count
    defer { popLevels(to: depth) }
    pushCandidate(select)
    var hasChanged = false
    for lock in query.locks {
      let relation = select.relations[lock.relation]
      let word = tuples[levels[levels.count - 1] + relation.offset]
      guard case .table = relation.source, word.isRow else { continue }
      let table = TableID(word.rowTable)
      let row = Int32(word.rowID)
      // What another part of the statement has changed is passed over (`TM_SelfModified`).
      if progress.part > 0,
        database.isWritten(table.index, row, session: session, byCommand: progress.command)
      {
        dropCandidate()
        return .done
      }
      let seen = visible(table, row)
      if lock.mode != .keyShare || !keepsKeys(table, row, since: seen) {
        try refuseChanged(table, row, seen: seen, lock.mode, deletion: .concurrentUpdate)
      }
      if try isRefused(lock, table, row, seen: seen) {
        dropCandidate()
        return .done
      }
      guard requestLock(table, row, lock.mode, from: seen, isLockingSelect: true) else {
        return .waiting
      }
      switch try lockedVersion(table, row, lock.mode) {
      case .unchanged: break
      case .deleted:
        database.dropLocks(table: table.index, row: row, session: session)
        recorder.record(.rechecked(table: table, row: row, matches: false))
        dropCandidate()
        return .done
      case .changed(let newest):
        setRow(relation, table: table, row: row, cells: newest.cells)
        recorder.record(.read(table: table, row: row, version: newest.version))
        hasChanged = true
      }
    }
    if hasChanged {
      let matches = try recheck(select)
      if recorder.isOn { recordRecheck(query, select, matches) }
      guard matches else {
        dropCandidate()
        return .done
      }
    }
    dropCandidate()
    if progress.offset > 0 {
      progress.offset -= 1
      return .done
    }
    try emitLocked(select)
    return .done
  }

  /// Whether a row is passed over because others hold it (SKIP LOCKED).
  ///
  /// - Throws: 55P03 under NOWAIT.
  mutating func isRefused(
    _ lock: LockClause, _ table: TableID, _ row: Int32, seen: FoundRow?
  ) throws(SQLError) -> Bool {
    guard lock.policy != .wait,
      database.isConflicting(table: table.index, row: row, mode: lock.mode, session: session),
      !database.isChainInTheWay(table.index, row, lock.mode, session: session),
      lock.mode != .keyShare || !isStale(table, row, seen)
    else { return false }
    if lock.policy == .error {
      recorder.record(.refused(.row(table: table, row: row, mode: lock.mode)))
      throw SQLError.rowLockNotAvailable(relation: program.schema[table].name)
    }
    recorder.record(.skippedLocked(table: table, row: row))
    return true
  }

  private mutating func recordRecheck(_ query: Query, _ select: Select, _ matches: Bool) {
    for lock in query.locks {
      let relation = select.relations[lock.relation]
      let word = tuples[levels[levels.count - 1] + relation.offset]
      guard case .table = relation.source, word.isRow else { continue }
      let table = TableID(word.rowTable)
      let row = Int32(word.rowID)
      let seen = visible(table, row)
      let newest = database.newest(table.index, row, session: session)
      if isResumed || seen?.version != newest?.version {
        recorder.record(.rechecked(table: table, row: row, matches: matches))
      }
    }
  }

  private mutating func emitLocked(_ select: Select) throws(SQLError) {
    readsNewest = true
    defer { readsNewest = false }
    for output in select.outputs { progress.output.append(try evaluate(output)) }
    progress.outputCount += 1
    progress.affected += 1
    if progress.limit > 0 { progress.limit -= 1 }
  }

  /// What a locking SELECT finds; FOR KEY SHARE is content with an old version whose keys still hold.
  func lockedVersion(
    _ table: TableID, _ row: Int32, _ mode: RowLockMode
  ) throws(SQLError) -> Newest {
    let seen = visible(table, row)
    if mode == .keyShare, let seen, keepsKeys(table, row, since: seen) { return .unchanged(seen) }
    return try newestVersion(table, row, seen: seen, deletion: .concurrentUpdate)
  }

  /// Whether the row is still there, with the keys that it had in an earlier version.
  func keepsKeys(_ table: TableID, _ row: Int32, since seen: FoundRow?) -> Bool {
    guard let seen, let newest = database.newest(table.index, row, session: session) else {
      return false
    }
    if database.endsKey(table.index, row, after: seen.version) { return false }
    let definition = program.schema[table]
    return definition.columns.indices.allSatisfy {
      !definition.isKeyColumn($0)
        || database.cells[Int(seen.cells) + $0] == database.cells[Int(newest.cells) + $0]
    }
  }
}
