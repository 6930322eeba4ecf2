import Store

/// Triggers (trigger.c).
///
/// A trigger's function is called in the middle of a statement: the statement is put on the stack, the
/// function's frame above it, and when the frame has gone the statement goes on. What the function does at
/// the database are statements like any others, with steps, snapshots and waits of their own.
extension Executor {
  /// The row that BEFORE ROW triggers are called for, in ``StatementProgress/pending``: two headers, the row,
  /// the triggers that are left, the tuple that the change is made in (the old row in its first relation),
  /// and the new row.
  struct PendingRow {
    enum Kind: UInt8 {
      case insert = 1
      case update, delete
      /// The row that is in the way of an insert.
      case conflict
      /// A foreign key's action on a child.
      case cascadingUpdate, cascadingDelete
      /// The two halves of an update that moves a row to another partition.
      case movingDelete, movingInsert
    }

    static let header = 4

    var kind: Kind
    var table: TableID
    var row: Int32
    /// Bits of positions in ``Program/tableTriggers``.
    var triggers: UInt64
    var tupleWidth: Int
    var newWidth: Int
    /// The first command that the triggers can have run.
    var command: Int32

    init(
      _ kind: Kind, _ table: TableID, _ row: Int32, triggers: UInt64, tupleWidth: Int,
      newWidth: Int, command: Int32
    ) {
      self.command = command
      self.kind = kind
      self.table = table
      self.row = row
      self.triggers = triggers
      self.tupleWidth = tupleWidth
      self.newWidth = newWidth
    }

    init?(_ words: ContiguousArray<Value>) {
      guard words.count >= Self.header, let kind = Kind(rawValue: words[0].headerKind) else {
        return nil
      }
      self.init(
        kind, TableID(words[1].headerA), words[2].isRow ? Int32(words[2].rowID) : -1,
        triggers: UInt64(words[3].asRaw ?? 0), tupleWidth: words[0].headerA,
        newWidth: words[1].headerB, command: Int32(words[0].headerB))
    }

    func appendHeader(to words: inout ContiguousArray<Value>) {
      words.append(.header(kind: kind.rawValue, a: tupleWidth, b: Int(command)))
      words.append(.header(kind: 0, a: Int(table.index), b: newWidth))
      words.append(row < 0 ? .null : .row(table: Int(table.index), id: Int(row)))
      words.append(.raw(Int(triggers)))
    }

    var event: RowEvent {
      switch kind {
      case .insert, .movingInsert: .insert
      case .update, .conflict, .cascadingUpdate: .update
      case .delete, .cascadingDelete, .movingDelete: .delete
      }
    }

    /// Whether a trigger's function finds the new row in NEW.
    var showsNew: Bool { newWidth > 0 && event != .delete }

    /// Where the old row's columns begin in the words.
    var oldStart: Int { Self.header + 1 }
    var newStart: Int { Self.header + tupleWidth }
  }

  /// Whether a table has a BEFORE ROW trigger for an event, whatever columns it is for.
  func mayFireBefore(_ table: TableID, _ event: RowEvent) -> Bool {
    program.mayFireBefore(table, event, inactive: database.inactiveTriggers)
  }

  // MARK: BEFORE ROW

  /// Begins the BEFORE ROW triggers for a change of a row, if there are any.
  ///
  /// - Parameters:
  ///   - kind: What is being done.
  ///   - table: The row's table.
  ///   - row: The row, -1 for one that is to be inserted.
  ///   - tupleWidth: How many words of the top tuple to keep; its first relation is the old row.
  ///   - values: Where the new row begins in the operands; `nil` for a deletion.
  /// - Returns: Whether the triggers take over: the phase is then ``StatementProgress/Phase/rowTriggers``.
  mutating func beginRowTriggers(
    _ kind: PendingRow.Kind, _ table: TableID, _ row: Int32, tupleWidth: Int, values: Int?
  ) -> Bool {
    guard !program.triggers.isEmpty else { return false }
    let width = program.schema[table].columns.count
    var pending = PendingRow(
      kind, table, row, triggers: 0, tupleWidth: tupleWidth, newWidth: values == nil ? 0 : width,
      command: database.sessions[session].command)
    pending.triggers = program.triggers(
      of: table, .before, isForEachRow: true, pending.event, assigned: assignedColumns,
      inactive: database.inactiveTriggers)
    guard pending.triggers != 0 else { return false }
    progress.pending.removeAll(keepingCapacity: true)
    pending.appendHeader(to: &progress.pending)
    if tupleWidth > 0 {
      let base = levels[levels.count - 1]
      progress.pending.append(contentsOf: tuples[base..<base + tupleWidth])
    }
    if let values { progress.pending.append(contentsOf: operands[values..<values + width]) }
    progress.phase = .rowTriggers
    statementsAtCall = statementsBegun
    return true
  }

  /// Calls the next BEFORE trigger of the pending row, or makes the change.
  mutating func continueRowTriggers(_ part: StatementPart) throws(SQLError) -> Progression {
    guard let pending = PendingRow(progress.pending) else { return .done }
    var left = pending.triggers
    while left != 0 {
      let position = left.trailingZeroBitCount
      left &= left - 1
      let trigger = program.triggers[
        Int(program.tableTriggers[Int(pending.table.index)][position])]
      progress.pending[3] = .raw(Int(left))
      guard try meetsCondition(trigger, pending) else { continue }
      try call(trigger, pending)
      return .calling
    }
    return try finishRowTriggers(pending, part)
  }

  /// WHEN of a BEFORE trigger.
  private mutating func meetsCondition(
    _ trigger: Trigger, _ pending: PendingRow
  ) throws(SQLError) -> Bool {
    guard let condition = trigger.condition else { return true }
    let width = program.schema[pending.table].columns.count
    pushLevel(width: 2 * (1 + width))
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width {
      if pending.event != .insert {
        tuples[base + 1 + column] = progress.pending[pending.oldStart + column]
      }
      if pending.showsNew {
        tuples[base + 2 + width + column] = progress.pending[pending.newStart + column]
      }
    }
    return try evaluate(condition).isTrue
  }

  private mutating func call(_ trigger: Trigger, _ pending: PendingRow) throws(SQLError) {
    let width = program.schema[pending.table].columns.count
    let first = try pushTriggerFrame(trigger, pending.event)
    for column in 0..<width {
      if pending.event != .insert {
        stack[first + column] = progress.pending[pending.oldStart + column]
      }
      if pending.showsNew {
        stack[first + width + column] = progress.pending[pending.newStart + column]
      }
    }
  }

  /// Puts the statement on the stack and the frame of a trigger's function above it.
  ///
  /// - Returns: Where the slots of OLD's columns begin; NEW's follow.
  private mutating func pushTriggerFrame(
    _ trigger: Trigger, _ event: RowEvent
  ) throws(SQLError) -> Int {
    guard stack.count < Self.stackLimit else { throw Self.tooDeep }
    progress.encode(to: &stack)
    isInStatement = false
    pushFrame(trigger.routine, resultSlot: nil)
    let first = frame + Self.frameHeader + Int(Routine.Slot.first)
    stack[first] = Value(text: event.name)
    return first + 1
  }

  /// A trigger's function has ended: the statement below goes on with the row that it returned.
  mutating func finishTrigger(_ row: SlotList?, _ record: Routine.TriggerRow) throws(SQLError) {
    var returned: ContiguousArray<Value> = []
    if let row {
      for index in 0..<Int(row.count) {
        returned.append(slot(program.slotLists[Int(row.start) + index]))
      }
    }
    leaveFrame()
    let entry = topEntry
    progress.decode(from: stack, at: entry)
    stack.removeSubrange(entry...)
    isInStatement = true
    guard progress.phase == .rowTriggers, let pending = PendingRow(progress.pending) else {
      isAfterTrigger = true
      return
    }
    let isNull =
      row == nil || record == .new && pending.event == .delete
      || record == .old && pending.event == .insert
    if isNull {
      skipRow(pending)
    } else if pending.showsNew {
      progress.pending.replaceSubrange(pending.newStart..., with: returned)
    }
  }

  /// A BEFORE trigger has returned NULL: the row is left alone.
  private mutating func skipRow(_ pending: PendingRow) {
    progress.pending.removeAll(keepingCapacity: true)
    switch pending.kind {
    case .insert, .update, .delete, .movingDelete, .movingInsert:
      dropCandidate()
      progress.phase = .rows
      isAfterTrigger = true
    case .conflict:
      progress.phase = .rows
      isAfterTrigger = true
    case .cascadingUpdate, .cascadingDelete:
      progress.passed.append(.row(table: Int(pending.table.index), id: Int(pending.row)))
      progress.phase = .references
      isAfterTrigger = true
    }
  }

  /// All BEFORE triggers have let the row through: makes the change.
  private mutating func finishRowTriggers(
    _ pending: PendingRow, _ part: StatementPart
  ) throws(SQLError) -> Progression {
    if statementsBegun != statementsAtCall {
      // The functions have taken steps, so that the change is one of its own.
      statementsAtCall = statementsBegun
      return .boundary
    }
    let depth = levels.count
    let values = operands.count
    defer {
      popLevels(to: depth)
      operands.removeLast(operands.count - values)
    }
    pushLevel(width: pending.tupleWidth)
    let base = levels[levels.count - 1]
    for word in 0..<pending.tupleWidth {
      tuples[base + word] = progress.pending[PendingRow.header + word]
    }
    operands.append(contentsOf: progress.pending[pending.newStart...])
    if pending.showsNew {
      try generate(pending.table, values: values)
      if pending.event == .insert {
        if moves(pending.table, values: values), wasRouted(pending, part) {
          throw SQLError.triggerMovesRow
        }
      } else if pending.kind != .update || !moves(pending.table, values: values) {
        try checkRow(pending.table, values: values)
      }
    }
    if pending.event != .insert { try refuseTriggered(pending, part) }
    if pending.event == .update,
      changesKey(pending.table, base: base, values: values)
        || moves(pending.table, values: values)
    {
      guard requestLock(pending.table, pending.row, .update) else { return .waiting }
    }
    noteAssigned(pending, part)
    try make(pending, part, values)
    if progress.phase != .rowTriggers { progress.pending.removeAll(keepingCapacity: true) }
    return .done
  }

  private mutating func make(
    _ pending: PendingRow, _ part: StatementPart, _ values: Int
  ) throws(SQLError) {
    let table = pending.table
    switch pending.kind {
    case .insert:
      guard let insert = Self.insert(of: part) else { return }
      try writeNewRow(insert, into: table, values: values)
      dropCandidate()
      progress.phase = .indexes
      if insert.onConflict == nil { try announceInsert(insert) }
    case .movingDelete:
      progress.phase = .rows
      try finishMove(
        table, pending.row, named: Self.changedTable(of: part), tupleWidth: pending.tupleWidth,
        values, Self.returning(of: part))
    case .movingInsert:
      try finishMove(into: table, values, Self.returning(of: part))
    case .conflict where moves(table, values: values): throw SQLError.conflictMovesRow
    case .update where moves(table, values: values):
      progress.phase = .rows
      try move(
        table, pending.row, named: Self.changedTable(of: part), tupleWidth: pending.tupleWidth,
        values, Self.returning(of: part))
    case .update, .conflict:
      try writeUpdate(changed: nil, of: table, pending.row, values)
      progress.affected += 1
      try emit(Self.returning(of: part))
      if pending.kind == .update { dropCandidate() }
      progress.phase = isIndexed ? .rows : .indexes
    case .delete:
      try writeDelete(table, pending.row)
      progress.affected += 1
      try emit(Self.returning(of: part))
      dropCandidate()
      progress.phase = .rows
    case .cascadingUpdate:
      try writeUpdate(changed: nil, of: table, pending.row, values)
      markIndexed()
      noteFollowed(followedAction, table, pending.row)
      progress.phase = .references
    case .cascadingDelete:
      try writeDelete(table, pending.row)
      progress.phase = .references
    }
  }

  /// The insert that writes a pending row; those of MERGE differ in the values alone, which are there.
  private static func insert(of part: StatementPart) -> Insert? {
    switch part.body {
    case .insert(let insert): insert
    case .merge(let merge): merge.inserts.first
    default: nil
    }
  }

  /// The table that an UPDATE or MERGE names.
  private static func changedTable(of part: StatementPart) -> TableID? {
    switch part.body {
    case .update(let update): update.table
    case .merge(let merge): merge.table
    default: nil
    }
  }

  /// Whether a row that a trigger may have changed came to its partition through the partitioned table.
  private func wasRouted(_ pending: PendingRow, _ part: StatementPart) -> Bool {
    if pending.kind == .movingInsert { return true }
    return Self.insert(of: part).map { $0.table != pending.table } ?? false
  }

  private static func returning(of part: StatementPart) -> [Expression] {
    switch part.body {
    case .insert(let insert): insert.returning
    case .update(let update): update.returning
    case .delete(let delete): delete.returning
    default: []
    }
  }

  private func changesKey(_ table: TableID, base: Int, values: Int) -> Bool {
    let definition = program.schema[table]
    return definition.columns.indices.contains {
      definition.isKeyColumn($0) && operands[values + $0] != tuples[base + 1 + $0]
    }
  }

  /// A row that one of its own triggers has changed cannot be changed by the command any more
  /// (`TM_SelfModified`).
  private func refuseTriggered(_ pending: PendingRow, _ part: StatementPart) throws(SQLError) {
    if database.isWritten(
      pending.table.index, pending.row, session: session, byCommand: pending.command)
    {
      if case .merge = part.body { throw SQLError.alreadyModified(toBe: "updated or deleted") }
      throw SQLError.alreadyModified(toBe: pending.event == .delete ? "deleted" : "updated")
    }
  }

  /// A row that the command has changed already is passed over.
  ///
  /// - Throws: 27000 if not the command itself did, but a trigger's function that it called.
  func refuseTriggered(
    _ table: TableID, _ row: Int32, isDelete: Bool, isMerge: Bool = false
  ) throws(SQLError) {
    if !program.triggers.isEmpty,
      database.isWritten(table.index, row, session: session, byCommand: progress.command + 1)
    {
      // Where triggers would be called for it, the row is locked first, by whatever command (`GetTupleForTrigger`).
      if mayFireBefore(table, isDelete ? .delete : .update) {
        throw SQLError.alreadyModified(toBe: "updated")
      }
      let change = isMerge ? "updated or deleted" : isDelete ? "deleted" : "updated"
      throw SQLError.alreadyModified(toBe: change)
    }
  }

  /// Brings ``assignedColumns`` up to date for UPDATE OF.
  private mutating func noteAssigned(_ pending: PendingRow, _ part: StatementPart) {
    switch (pending.kind, part.body) {
    case (.update, .update(let update)): noteAssigned(update.assignments)
    case (.update, .merge(let merge)): noteAssigned(merge.assignments)
    case (.conflict, .insert(let insert)): noteAssigned(insert.onConflict?.assignments ?? [])
    case (.cascadingUpdate, _):
      guard let header = progress.references.first else { return }
      assignedColumns =
        program.schema.tables[header.headerA].foreignKeys[header.headerB].columns
    default: break
    }
  }

  /// Notes the columns that an UPDATE sets, for triggers that are for some columns only.
  mutating func noteAssigned(_ assignments: [Assignment]) {
    guard !program.triggers.isEmpty else { return }
    assignedColumns.removeAll(keepingCapacity: true)
    for assignment in assignments { assignedColumns.append(assignment.column) }
  }

  // MARK: BEFORE STATEMENT

  /// Queues the BEFORE STATEMENT triggers of a part; the main part's come first of all, before it asks for rows.
  ///
  /// Of several parts that do the same to a table only the first has any (`before_stmt_triggers_fired`).
  mutating func beginStatementTriggers(_ part: StatementPart) {
    let statement = program.statements[progress.statement]
    var fired: [StatementEvent] = []
    if progress.part == 0, statement.resultPart > 0 {
      for event in statementEvents(of: statement.parts[statement.resultPart]) {
        appendStatementTriggers(event, .before)
      }
    }
    if statement.resultPart > 0 || progress.part > 0 {
      fired += statementEvents(of: statement.parts[statement.resultPart])
    }
    for earlier in statement.parts[..<progress.part] { fired += statementEvents(of: earlier) }
    for event in statementEvents(of: part) where !fired.contains(where: event.isSame) {
      appendStatementTriggers(event, .before)
    }
    if !progress.pending.isEmpty { progress.phase = .statementTriggers }
  }

  /// What a part may do to a table, whether or not it finds a row.
  private struct StatementEvent {
    var table: TableID
    var event: RowEvent
    var assignments: [Assignment] = []

    func isSame(_ other: StatementEvent) -> Bool { table == other.table && event == other.event }
  }

  private func statementEvents(of part: StatementPart) -> [StatementEvent] {
    switch part.body {
    case .insert(let insert):
      var events = [StatementEvent(table: insert.table, event: .insert)]
      if let updates = insert.onConflict?.assignments {
        events.append(
          StatementEvent(table: insert.table, event: .update, assignments: updates))
      }
      return events
    case .update(let update):
      return [
        StatementEvent(table: update.table, event: .update, assignments: update.assignments)
      ]
    case .delete(let delete): return [StatementEvent(table: delete.table, event: .delete)]
    case .merge(let merge):
      // Those of all that the clauses may do, done or not (`fireBSTriggers`, `fireASTriggers`).
      let events: [RowEvent] = [.insert, .update, .delete]
      return events.filter { event in merge.clauses.contains { $0.event == event } }.map {
        StatementEvent(
          table: merge.table, event: $0, assignments: $0 == .update ? merge.assignments : [])
      }
    case .query, .lockTable, .truncate, .alter: return []
    }
  }

  private mutating func appendStatementTriggers(_ it: StatementEvent, _ timing: Trigger.Timing) {
    var left = program.triggers(
      of: it.table, timing, isForEachRow: false, it.event,
      assigned: it.assignments.map(\.column), inactive: database.inactiveTriggers)
    while left != 0 {
      let index = program.tableTriggers[Int(it.table.index)][left.trailingZeroBitCount]
      left &= left - 1
      switch timing {
      case .before:
        progress.pending.append(
          .header(kind: Side.trigger.rawValue, a: Int(index), b: Int(it.event.rawValue)))
      case .after:
        progress.references.append(
          .header(kind: Side.trigger.rawValue, a: Int(index), b: Int(it.event.rawValue)))
        progress.references.append(.null)
      }
    }
  }

  /// Calls the next BEFORE STATEMENT trigger; `.done` when there is none left.
  mutating func continueStatementTriggers() throws(SQLError) -> Progression {
    while let header = progress.pending.first {
      progress.pending.removeFirst()
      let trigger = program.triggers[header.headerA]
      if let condition = trigger.condition, try !evaluate(condition).isTrue { continue }
      _ = try pushTriggerFrame(trigger, RowEvent(rawValue: UInt8(header.headerB)) ?? .insert)
      return .calling
    }
    progress.phase = .started
    if isAfterTrigger {
      isAfterTrigger = false
      return .boundary
    }
    return .done
  }

  // MARK: AFTER

  /// The part has done its rows: its AFTER STATEMENT triggers are queued behind those of the rows, unless a later
  /// part does the same to the table (`cancel_prior_stmt_triggers`).
  mutating func endRows(_ part: StatementPart) {
    progress.phase = .references
    guard !program.triggers.isEmpty else { return }
    let later = program.statements[progress.statement].parts[(progress.part + 1)...]
      .flatMap { statementEvents(of: $0) }
    for event in statementEvents(of: part).reversed() where !later.contains(where: event.isSame) {
      appendStatementTriggers(event, .after)
    }
  }

  /// Queues the AFTER ROW triggers of a change: those that fire before its foreign keys, or after them.
  ///
  /// The parameters are those of ``queueReferences(_:_:old:new:)``.
  mutating func queueTriggers(
    _ table: TableID, _ row: Int32, old: Int?, new: Int?, beforeForeignKeys: Bool
  ) throws(SQLError) {
    let event: RowEvent = old == nil ? .insert : new == nil ? .delete : .update
    var left = program.triggers(
      of: table, .after, isForEachRow: true, event, assigned: assignedColumns,
      inactive: database.inactiveTriggers)
    while left != 0 {
      let index = program.tableTriggers[Int(table.index)][left.trailingZeroBitCount]
      left &= left - 1
      let trigger = program.triggers[Int(index)]
      guard trigger.firesBeforeForeignKeys == beforeForeignKeys,
        try meetsCondition(trigger, old: old, new: new)
      else { continue }
      let start = progress.references.count
      progress.references.append(
        .header(kind: Side.trigger.rawValue, a: Int(index), b: Int(event.rawValue)))
      progress.references.append(.row(table: Int(table.index), id: Int(row)))
      let width = program.schema[table].columns.count
      if let old { progress.references.append(contentsOf: tuples[old..<old + width]) }
      if let new { progress.references.append(contentsOf: operands[new..<new + width]) }
      postpone(from: start, trigger.deferrable, isOnce: false)
    }
  }

  /// WHEN of an AFTER trigger, which is evaluated when the row is changed (`TriggerEnabled`).
  private mutating func meetsCondition(
    _ trigger: Trigger, old: Int?, new: Int?
  ) throws(SQLError) -> Bool {
    guard let condition = trigger.condition else { return true }
    let width = program.schema[trigger.table].columns.count
    pushLevel(width: 2 * (1 + width))
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width {
      if let old { tuples[base + 1 + column] = tuples[old + column] }
      if let new { tuples[base + 2 + width + column] = operands[new + column] }
    }
    return try evaluate(condition).isTrue
  }

  /// How many words the item of the queue takes that begins at a place.
  func queuedLength(at place: Int) -> Int {
    let header = progress.references[place]
    switch Side(rawValue: header.headerKind) {
    case .trigger:
      return length(of: header, isForEachRow: progress.references[place + 1].isRow)
    case .parent, .movedParent:
      return 2
        + program.schema.tables[header.headerA].foreignKeys[header.headerB].columns.count
    case .waited: return 3
    case .child, .unique, nil: return 2
    }
  }

  /// How many words of the queue the trigger at its head takes.
  private func length(of header: Value, isForEachRow: Bool) -> Int {
    guard isForEachRow else { return 2 }
    let table = program.triggers[header.headerA].table
    let width = program.schema[table].columns.count
    return 2 + (header.headerB == Int(RowEvent.update.rawValue) ? 2 : 1) * width
  }

  /// Does what is at the head of the queue of ``StatementProgress/references``.
  mutating func doQueued() throws(SQLError) -> Progression {
    let kind = Side(rawValue: progress.references[0].headerKind)
    if kind == .trigger {
      try callQueuedTrigger()
      return .calling
    }
    if isAfterTrigger {
      isAfterTrigger = false
      if !isReferenceQuiet { return .boundary }
    }
    let isDone = kind == .unique ? try checkUnique() : try checkReference()
    guard isDone || progress.phase == .rowTriggers else { return .waiting }
    isResumed = false
    return .done
  }

  /// Takes the trigger at the head of the queue off it and calls its function.
  private mutating func callQueuedTrigger() throws(SQLError) {
    parentIndexes.removeAll()
    let header = progress.references[0]
    let trigger = program.triggers[header.headerA]
    let event = RowEvent(rawValue: UInt8(header.headerB)) ?? .insert
    let length = length(of: header, isForEachRow: progress.references[1].isRow)
    let words = Array(progress.references[2..<length])
    progress.references.removeFirst(length)
    let first = try pushTriggerFrame(trigger, event)
    // NEW follows OLD, in the queue and in the frame.
    let width = program.schema[trigger.table].columns.count
    let start = event == .insert ? first + width : first
    for (index, word) in words.enumerated() { stack[start + index] = word }
  }
}
