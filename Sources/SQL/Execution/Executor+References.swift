import Store

/// Foreign keys, checked at the end of the statement that changed a row.
///
/// PostgreSQL runs a query for each: `SELECT 1 FROM ONLY parent WHERE … FOR KEY SHARE` for a new
/// reference, the same on the child for a parent that went away, or the constraint's action
/// (ri_triggers.c).
///
/// A pending check is a run of words: a header (child or parent side; table; foreign key), the row, and
/// for the parent side the old values of the referenced columns.
extension Executor {
  enum Side: UInt8 {
    case child = 1
    case parent
    /// Before the check that waited: the row, and the newest snapshot when the wait began.
    case waited
    /// An AFTER trigger's call: the trigger and the event in the header, the row, OLD and NEW.
    case trigger
    /// A deferrable unique key: the table and the index in the header, the row.
    case unique
    /// The parent's side of a row that has moved to another partition: the partitioned table was updated.
    case movedParent
  }

  /// Notes the foreign keys that a change of a row calls into question.
  ///
  /// - Parameters:
  ///   - table: The row's table.
  ///   - row: The row.
  ///   - old: Where the old values begin in ``tuples``; `nil` for an insert.
  ///   - new: Where the new values begin in ``operands``; `nil` for a delete.
  ///   - isMoving: Whether the delete is half of a move to another partition.
  /// - Throws: What the condition of a trigger throws.
  mutating func queueReferences(
    _ table: TableID, _ row: Int32, old: Int?, new: Int?, isMoving: Bool = false
  ) throws(SQLError) {
    if !program.triggers.isEmpty {
      try queueTriggers(table, row, old: old, new: new, beforeForeignKeys: true)
    }
    let unique = takeUniqueChecks(table, row)
    defer { putUniqueChecks(unique, table, row) }
    // Those of the parent's side first, as PostgreSQL names their triggers.
    if let old {
      queueParentChecks(table, row, of: table, old: old, new: new)
      // What refers to the partitioned table sees a row that moves as one that is updated.
      if let partitioned = partitioned(table), !isMoving {
        queueParentChecks(table, row, of: partitioned, old: old, new: new)
      }
    }
    if new != nil { queueChildChecks(table, row, old: old, new: new) }
    if !program.triggers.isEmpty {
      try queueTriggers(table, row, old: old, new: new, beforeForeignKeys: false)
    }
  }

  /// A new version over one of the transaction's own is checked whether or not the key changes
  /// (`RI_FKey_fk_upd_check_required`).
  private mutating func queueChildChecks(_ table: TableID, _ row: Int32, old: Int?, new: Int?) {
    guard !program.schema[table].foreignKeys.isEmpty else { return }
    let isOverOwn =
      old != nil
      && database.ownWrite(table.index, row, session: session, command: .max) != nil
    for (index, key) in program.schema[table].foreignKeys.enumerated()
    where (isOverOwn || changes(key.columns, old, new)) && database.isActive(key) {
      // An update to NULL calls for no check; an insert's finds that out itself.
      if old != nil, let new, key.columns.contains(where: { operands[new + $0].isNull }) {
        continue
      }
      let start = progress.references.count
      progress.references.append(
        .header(kind: Side.child.rawValue, a: Int(table.index), b: index))
      progress.references.append(.row(table: Int(table.index), id: Int(row)))
      // A row that is new has not been queued before.
      postpone(from: start, key.deferrable, isOnce: old != nil)
    }
  }

  /// Notes the foreign keys that refer to `parent`, which is the row's table or has it as a partition.
  mutating func queueParentChecks(
    _ table: TableID, _ row: Int32, of parent: TableID, old: Int, new: Int?,
    side: Side = .parent
  ) {
    for (childIndex, child) in program.schema.tables.enumerated() {
      for (index, key) in child.foreignKeys.enumerated()
      where key.parent == parent && !key.isInherited && database.isActive(key)
        && changes(key.parentColumns, old, new)
      {
        let start = progress.references.count
        progress.references.append(.header(kind: side.rawValue, a: childIndex, b: index))
        progress.references.append(.row(table: Int(table.index), id: Int(row)))
        for column in key.parentColumns { progress.references.append(tuples[old + column]) }
        // Only NO ACTION can be put off.
        if (new == nil ? key.onDelete : key.onUpdate) == .noAction {
          postpone(from: start, key.deferrable, isOnce: true)
        }
      }
    }
  }

  private func changes(_ columns: [Int], _ old: Int?, _ new: Int?) -> Bool {
    guard let old, let new else { return true }
    return columns.contains { operands[new + $0] != tuples[old + $0] }
  }

  /// Does the next pending check.
  ///
  /// - Returns: False if it must wait.
  mutating func checkReference() throws(SQLError) -> Bool {
    try refuseChangedInWait()
    let header = progress.references[0]
    let key = program.schema.tables[header.headerA].foreignKeys[header.headerB]
    let word = progress.references[1]
    let isChild = header.headerKind == Side.child.rawValue
    let isDone =
      isChild
      ? try checkChild(TableID(header.headerA), key, Int32(word.rowID))
      : try checkParent(TableID(header.headerA), key, word)
    if isDone {
      progress.references.removeFirst(isChild ? 2 : 2 + key.columns.count)
      progress.passed.removeAll(keepingCapacity: true)
    } else if !isChild, progress.phase != .rowTriggers, database.sessions[session].wait == .row {
      let it = database.sessions[session]
      let note: [Value] = [
        .header(kind: Side.waited.rawValue, a: header.headerA, b: header.headerB),
        .row(table: Int(it.waitTable), id: Int(it.waitRow)), .snapshot(Int(database.commits)),
      ]
      progress.references.insert(contentsOf: note, at: 0)
    }
    return isDone
  }

  /// A child row that was found and waited for, and was then changed.
  ///
  /// FOR KEY SHARE locks the version that was found where the changes keep the keys: it is a child, whatever parent
  /// the newest names. REPEATABLE READ and above: else it is an error, though it may no longer be a child.
  private mutating func refuseChangedInWait() throws(SQLError) {
    let header = progress.references[0]
    guard header.headerKind == Side.waited.rawValue else { return }
    let table = TableID(header.headerA)
    let row = Int32(progress.references[1].rowID)
    let snapshot = Int32(progress.references[2].asSnapshot ?? 0)
    progress.references.removeFirst(3)
    let before = database.visible(
      table.index, row, session: session, snapshot: snapshot, command: .max)
    let after = database.newest(table.index, row, session: session)
    guard before?.version != after?.version else { return }
    let isRepeatable = database.sessions[session].isolation != .readCommitted
    switch followedAction {
    case .noAction, .restrict:
      if keepsKeys(table, row, since: before) {
        let key = program.schema[table].foreignKeys[header.headerB]
        let values = Array(progress.references[2..<2 + key.columns.count])
        throw stillReferenced(table, key, values, by: progress.references[1])
      }
      if isRepeatable { throw SQLError.concurrentUpdate }
    case .cascade, .setNull, .setDefault:
      guard isRepeatable else { return }
      throw after == nil && !isUpdated(table, before) ? .concurrentDelete : .concurrentUpdate
    }
  }

  /// A row that a check has waited for, and that has gone to another partition meanwhile, is an error.
  private func refuseMovedInWait() throws(SQLError) {
    guard let endedWait, database.isMoved(endedWait.table, endedWait.row) else { return }
    throw database.sessions[session].isolation == .readCommitted
      ? SQLError.rowMoved : SQLError.concurrentUpdate
  }

  /// REPEATABLE READ and above: a partitioned parent was found as it was when the wait began, not by the
  /// transaction's snapshot.
  private func refuseLostInWait(
    _ key: Table.ForeignKey, _ values: [Value]
  ) throws(SQLError) {
    guard let endedWait, database.sessions[session].isolation != .readCommitted,
      partitioned(TableID(Int(endedWait.table))) == key.parent
    else { return }
    let newest = database.newest(endedWait.table, endedWait.row, session: session)
    guard let newest, hasKey(newest.cells, key.parentColumns, values) else {
      throw SQLError.concurrentUpdate
    }
  }

  /// What the check at hand, of a parent that is gone or has another key, does to its children.
  var followedAction: Table.ForeignKey.Action {
    let header = progress.references[0]
    let key = program.schema.tables[header.headerA].foreignKeys[header.headerB]
    let word = progress.references[1]
    let parent = database.newest(UInt16(word.rowTable), Int32(word.rowID), session: session)
    return parent == nil ? key.onDelete : key.onUpdate
  }

  /// The snapshot that foreign-key queries run on: the transaction's, or a new one.
  private var referenceSnapshot: Int32 {
    database.sessions[session].isolation == .readCommitted
      ? database.commits : max(database.sessions[session].snapshot, 0)
  }

  /// Whether the queries of foreign keys run, which see partitions as they are now.
  var isInReferences: Bool { progress.phase == .references || progress.phase == .deferred }

  /// A partitioned parent is looked at as it is now (`RI_FKey_check`).
  private func snapshot(forParent parent: TableID) -> Int32 {
    program.schema.tables[Int(parent.index)].partitioning == nil
      ? referenceSnapshot : database.commits
  }

  /// Begins to look for a child's parent in the table that is referred to, or one of its members.
  private mutating func lookUp(
    _ values: [Value], of key: Table.ForeignKey, in parent: TableID
  ) -> ParentWalk {
    database.noteLookup(parent.index, key.parentColumns, values)
    let snapshot = snapshot(forParent: key.parent)
    if let rows = indexedParents(values, of: key, in: parent, snapshot) { return .rows(rows[...]) }
    return .scan(
      database.scan(
        parent.index, session: session, snapshot: snapshot, command: .max, isNoted: true))
  }

  private func next(_ walk: inout ParentWalk) -> FoundRow? {
    switch walk {
    case .scan(var scan):
      let found = database.next(&scan)
      walk = .scan(scan)
      return found
    case .rows(let rows):
      walk = .rows(rows.dropFirst())
      return rows.first
    }
  }

  private mutating func checkChild(
    _ table: TableID, _ key: Table.ForeignKey, _ row: Int32
  ) throws(SQLError) -> Bool {
    guard let child = database.newest(table.index, row, session: session) else { return true }
    let values = key.columns.map { database.cells[Int(child.cells) + $0] }
    if values.contains(where: \.isNull) { return true }
    guard try lockForReference(key.parent, .rowShare) else { return false }
    try refuseMovedInWait()
    try refuseLostInWait(key, values)
    for parent in keyMembers(of: key.parent) {
      if parent != key.parent, try !lockForReference(parent, .rowShare) { return false }
      if isWatched, !isResumed { try noteParentRead(key, parent, values) }
      var walk = lookUp(values, of: key, in: parent)
      while let found = next(&walk) {
        guard hasKey(found.cells, key.parentColumns, values) else { continue }
        let isOwn = found.version == FoundRow.own
        if !isOwn, database.sessions[session].isolation != .readCommitted {
          // Gone since the snapshot: an error without a wait.
          _ = try isStillThere(parent, found, key.parentColumns, values)
        }
        guard isOwn || lockForReference(parent, found.row) else { return false }
        var isThere = isOwn
        if !isOwn { isThere = try isStillThere(parent, found, key.parentColumns, values) }
        if isThere {
          recorder.record(.referenced(table: parent, row: found.row))
          return true
        }
        database.dropLocks(table: parent.index, row: found.row, session: session)
      }
    }
    let definition = program.schema[table]
    throw SQLError.foreignKeyMissingParent(
      constraint: key.name, table: definition.name, parent: program.schema[key.parent].name,
      key: describeColumns(definition, key.columns),
      values: describeKey(definition, key.columns, cells: child.cells))
  }

  /// Whether the next check is of a child whose parent the session has locked or written already: it
  /// cannot wait, and its answer cannot change.
  var isReferenceQuiet: Bool {
    mutating get { isNextReferenceQuiet() }
  }

  private mutating func isNextReferenceQuiet() -> Bool {
    guard let header = progress.references.first else { return false }
    // A trigger's function takes steps of its own.
    if header.headerKind == Side.trigger.rawValue { return true }
    guard header.headerKind == Side.child.rawValue else { return false }
    let key = program.schema.tables[header.headerA].foreignKeys[header.headerB]
    let row = Int32(progress.references[1].rowID)
    guard let child = database.newest(UInt16(header.headerA), row, session: session) else {
      return true
    }
    let values = key.columns.map { database.cells[Int(child.cells) + $0] }
    if values.contains(where: \.isNull) { return true }
    if program.tracksTable(key.parent),
      !database.heldModes(of: LockObject(table: key.parent), session: session).contains(.rowShare)
    {
      return false
    }
    for parent in keyMembers(of: key.parent) {
      var walk = lookUp(values, of: key, in: parent)
      while let found = next(&walk) {
        guard hasKey(found.cells, key.parentColumns, values) else { continue }
        return found.version == FoundRow.own
          || database.holds(table: parent.index, row: found.row, mode: .keyShare, session: session)
      }
    }
    return false
  }

  func hasKey(_ cells: Int32, _ columns: [Int], _ values: [Value]) -> Bool {
    for (column, value) in zip(columns, values) {
      let cell = database.cells[Int(cells) + column]
      if cell.isNull || value.isNull || !Value.equal(cell, value) { return false }
    }
    return true
  }

  private mutating func lockForReference(_ table: TableID, _ row: Int32) -> Bool {
    let isHeld = database.holds(table: table.index, row: row, mode: .keyShare, session: session)
    let foundAt = foundBeforeWait(table, row)
    switch database.lock(
      table: table.index, row: row, mode: .keyShare, session: session, foundAt: foundAt)
    {
    case .granted:
      if !isHeld { recorder.record(.locked(table: table, row: row, mode: .keyShare)) }
      return true
    case .mustWait:
      database.waitForRow(
        session: session, table: table.index, row: row, mode: .keyShare, isLockingSelect: true,
        foundAt: foundAt)
      recordWait(.row(table: table, row: row, mode: .keyShare))
      return false
    }
  }

  /// Where the check has waited for the row: how many transactions had committed when it found the version that it locks,
  /// if that has kept its keys.
  private func foundBeforeWait(_ table: TableID, _ row: Int32) -> Int32? {
    guard database.resumption == .inOrder, let endedWait, endedWait.table == table.index,
      endedWait.row == row
    else { return nil }
    let before = database.visible(
      table.index, row, session: session, snapshot: endedWait.since, command: .max)
    return keepsKeys(table, row, since: before) ? endedWait.since : nil
  }

  /// Whether the locked row still has the key.
  ///
  /// - Throws: 40001 under REPEATABLE READ and above if it has gone since the snapshot.
  private func isStillThere(
    _ table: TableID, _ found: FoundRow, _ columns: [Int], _ values: [Value]
  ) throws(SQLError) -> Bool {
    let isRepeatable = database.sessions[session].isolation != .readCommitted
    if isRepeatable, database.committed(table.index, found)?.endsKey ?? false {
      throw SQLError.concurrentUpdate
    }
    let newest = database.newest(table.index, found.row, session: session)
    if let newest, hasKey(newest.cells, columns, values) { return true }
    if isRepeatable { throw SQLError.concurrentUpdate }
    if newest == nil, database.isMoved(table.index, found.row) { throw SQLError.rowMoved }
    return false
  }

  // MARK: The parent's side

  private mutating func checkParent(
    _ childTable: TableID, _ key: Table.ForeignKey, _ word: Value
  ) throws(SQLError) -> Bool {
    let values = Array(progress.references[2..<2 + key.columns.count])
    if values.contains(where: \.isNull) { return true }
    let parent = database.newest(
      UInt16(word.rowTable), Int32(word.rowID), session: session)
    if let parent, hasKey(parent.cells, key.parentColumns, values) { return true }
    let action = parent == nil ? key.onDelete : key.onUpdate
    if action == .noAction, isKeyTaken(key, values) { return true }
    let isQuery = action == .noAction || action == .restrict
    guard try lockForReference(childTable, isQuery ? .rowShare : .rowExclusive) else {
      return false
    }
    try refuseMovedInWait()
    for child in keyMembers(of: childTable) {
      if child != childTable,
        try !lockForReference(child, isQuery ? .rowShare : .rowExclusive)
      {
        return false
      }
      if isWatched, !isResumed { try noteChildRead(child, key, values) }
      database.noteLookup(child.index, key.columns, values)
      var scan = database.scan(
        child.index, session: session, snapshot: database.commits, command: .max, isNoted: true)
      while let found = database.next(&scan) {
        guard hasKey(found.cells, key.columns, values) else { continue }
        switch action {
        case .noAction, .restrict:
          guard lockForReference(child, found.row) else { return false }
          guard let newest = database.newest(child.index, found.row, session: session),
            hasKey(newest.cells, key.columns, values)
          else {
            if database.isMoved(child.index, found.row) { throw SQLError.rowMoved }
            continue
          }
          throw stillReferenced(childTable, key, values, by: word)
        case .cascade, .setNull, .setDefault:
          guard try follow(action, child, key, found, parent: parent) else { return false }
        }
      }
    }
    if action != .setDefault { return true }
    return try checkDefault(childTable, key, values, by: word)
  }

  /// SET DEFAULT may have left a child with the key that is gone, which calls for no check of the child's
  /// own (`RI_FKey_setdefault_del`).
  private mutating func checkDefault(
    _ childTable: TableID, _ key: Table.ForeignKey, _ values: [Value], by word: Value
  ) throws(SQLError) -> Bool {
    if isKeyTaken(key, values) { return true }
    for child in keyMembers(of: childTable) {
      database.noteLookup(child.index, key.columns, values)
      var scan = database.scan(
        child.index, session: session, snapshot: database.commits, command: .max, isNoted: true)
      while let found = database.next(&scan) {
        guard hasKey(found.cells, key.columns, values) else { continue }
        guard lockForReference(child, found.row) else { return false }
        throw stillReferenced(childTable, key, values, by: word)
      }
    }
    return true
  }

  private func stillReferenced(
    _ childTable: TableID, _ key: Table.ForeignKey, _ values: [Value], by word: Value
  ) -> SQLError {
    let parent = program.schema[key.parent]
    let isMoved = progress.references[0].headerKind == Side.movedParent.rawValue
    let named = isMoved ? parent : program.schema.tables[word.rowTable]
    let constraint =
      isMoved ? key.name : key.partitionNames.first { Int($0.table.index) == word.rowTable }?.name
    let texts = zip(key.parentColumns, values).map { column, value in
      value.formatted(
        as: parent.columns[column].type, catalog: program.types, options: context.options)
    }
    return SQLError.foreignKeyStillReferenced(
      constraint: constraint ?? key.name, table: named.name,
      child: program.schema[childTable].name,
      key: describeColumns(parent, key.parentColumns), values: texts.joined(separator: ", "))
  }

  /// NO ACTION is content if another parent has the key by now.
  private func isKeyTaken(_ key: Table.ForeignKey, _ values: [Value]) -> Bool {
    for parent in keyMembers(of: key.parent) {
      database.noteLookup(parent.index, key.parentColumns, values)
      var scan = database.scan(
        parent.index, session: session, snapshot: database.commits, command: .max, isNoted: true)
      while let found = database.next(&scan) {
        if hasKey(found.cells, key.parentColumns, values) { return true }
      }
    }
    return false
  }

  /// Carries a parent's deletion or new key over to a child row.
  private mutating func follow(
    _ action: Table.ForeignKey.Action, _ table: TableID, _ key: Table.ForeignKey,
    _ found: FoundRow, parent: FoundRow?
  ) throws(SQLError) -> Bool {
    if progress.passed.contains(.row(table: Int(table.index), id: Int(found.row))) { return true }
    let isDelete = action == .cascade && parent == nil
    let definition = program.schema[table]
    let changesKey = !isDelete && key.columns.contains { definition.isKeyColumn($0) }
    let mode: RowLockMode = isDelete || changesKey ? .update : .noKeyUpdate
    switch database.lock(table: table.index, row: found.row, mode: mode, session: session) {
    case .granted: recorder.record(.locked(table: table, row: found.row, mode: mode))
    case .mustWait:
      database.waitForRow(session: session, table: table.index, row: found.row, mode: mode)
      recordWait(.row(table: table, row: found.row, mode: mode))
      return false
    }
    let values = Array(progress.references[2..<2 + key.columns.count])
    guard let newest = database.newest(table.index, found.row, session: session),
      hasKey(newest.cells, key.columns, values)
    else { return true }
    try crossCheck(table, newest)
    let width = definition.columns.count
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1] + 1
    for column in 0..<width { tuples[base + column] = database.cells[Int(newest.cells) + column] }
    try noteRowWrite(table, found.row)
    if isDelete {
      let isTriggered = beginRowTriggers(
        .cascadingDelete, table, found.row, tupleWidth: 1 + width, values: nil)
      if isTriggered { return false }
      try writeDelete(table, found.row)
      return true
    }
    return try rewriteChild(action, table, key, found.row, base: base, parent: parent)
  }

  /// A child that SET DEFAULT has given the key that it had is not changed again when the search for children
  /// begins anew, after a wait or a trigger.
  mutating func noteFollowed(_ action: Table.ForeignKey.Action, _ table: TableID, _ row: Int32) {
    guard action == .setDefault else { return }
    progress.passed.append(.row(table: Int(table.index), id: Int(row)))
  }

  /// REPEATABLE READ and above: an action may only change a version that the transaction's snapshot shows,
  /// although it finds the newest (the crosscheck of `ri_PerformCheck`).
  private func crossCheck(_ table: TableID, _ newest: FoundRow) throws(SQLError) {
    guard database.sessions[session].isolation != .readCommitted else { return }
    guard newest.version != FoundRow.own else { return }
    let seen = database.visible(
      table.index, newest.row, session: session, snapshot: referenceSnapshot, command: .max)
    if seen?.version != newest.version { throw SQLError.concurrentUpdate }
  }

  private mutating func rewriteChild(
    _ action: Table.ForeignKey.Action, _ table: TableID, _ key: Table.ForeignKey, _ row: Int32,
    base: Int, parent: FoundRow?
  ) throws(SQLError) -> Bool {
    let width = program.schema[table].columns.count
    let values = operands.count
    defer { operands.removeLast(operands.count - values) }
    operands.append(contentsOf: tuples[base..<base + width])
    for (index, column) in key.columns.enumerated() {
      switch action {
      case .cascade:
        guard let parent else { continue }
        operands[values + column] = database.cells[Int(parent.cells) + key.parentColumns[index]]
      case .setNull: operands[values + column] = .null
      default:
        let value = program.defaults[Int(table.index)][column]
        operands[values + column] =
          try value.map { (value) throws(SQLError) in
            try evaluate(value)
          } ?? .null
      }
    }
    try generate(table, values: values)
    if moves(table, values: values) {
      throw SQLError.unsupported(
        "a foreign key's action that moves a row to another partition is not simulated")
    }
    if !program.triggers.isEmpty { assignedColumns = key.columns }
    if beginRowTriggers(.cascadingUpdate, table, row, tupleWidth: 1 + width, values: values) {
      return false
    }
    try checkRow(table, values: values)
    recorder.record(
      .updated(
        table: table, row: row, before: Array(tuples[base..<base + width]),
        after: Array(operands[values..<values + width])))
    let isHeapOnly = isHeapOnly(table, old: base, new: values)
    try queueReferences(table, row, old: base, new: values)
    let cells = try append(table, values: values)
    database.write(
      .update, table: table.index, row: row, session: session, command: progress.command,
      cells: cells, isHeapOnly: isHeapOnly)
    try noteUpdatedEntries(table, isHeapOnly: isHeapOnly)
    noteFollowed(action, table, row)
    return true
  }
}
