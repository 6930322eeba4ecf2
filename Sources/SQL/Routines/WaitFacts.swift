package import Store

/// Which statements could as well begin to wait for a row later than they do.
///
/// A session that waits for a row holds nothing more than before, and when it goes on it looks at the newest
/// version. So a run in which it arrives only when the row is free comes to the same, unless
///
/// - its WHERE clause was met when it arrived and is no longer met by the newest version: having waited it holds
///   the row's lock for nothing, having come late it does not. That makes no difference if the clause is about
///   columns that nobody changes, or if the transaction asks for no more locks, so that the useless one can only
///   keep others waiting for a while, and holds nothing, so that nobody waits for it while it waits;
/// - the step that begins to wait fixes something that a later one would find different: a transaction's
///   snapshot, the time;
/// - somebody waits behind it whom those it waits for do not keep waiting, as he asks for the row in a mode that stands
///   against its own and not against theirs: a cycle of waits may then close through it that would not without
///   it. That cannot be where any two modes in which the table's rows are asked for stand against each other, nor
///   where nobody who holds something else asks for a row of the table. Whether that is so is looked at
///   in each step that is carried out (``isUniform``).
///
/// Found once for a program; ``isPossible`` is false where something in it could notice who waits: NOWAIT, SKIP
/// LOCKED, functions that try for a lock, timeouts; or where what a transaction does is not all in its
/// statements: triggers, deferred checks.
package struct WaitFacts: Sendable {
  package let isPossible: Bool
  /// For each statement, whether nobody changes the columns that its WHERE clause is about.
  let hasFixedCondition: [Bool]
  /// For each routine and instruction, whether no statement is run from it on in the same transaction, if that is
  /// a block.
  let isCalm: [[Bool]]
  /// The same if the transaction is that of one client statement.
  let isCalmAlone: [[Bool]]
  /// For each table, whether who waits behind somebody for one of its rows also waits for all whom that one waits
  /// for.
  package let isUniform: [Bool]

  package init(of program: Program, setup: RoutineID) {
    var isPossible =
      program.triggers.isEmpty && program.schema.deferrables.isEmpty && !program.hasSettings
    for query in program.queries where query.locks.contains(where: { $0.policy != .wait }) {
      isPossible = false
    }
    for case .lockCall(let call) in program.operations where call.action == .tryLock {
      isPossible = false
    }
    for statement in program.statements where !statement.tableLocks.isEmpty { isPossible = false }
    self.isPossible = isPossible
    guard isPossible else {
      hasFixedCondition = []
      isCalm = []
      isCalmAlone = []
      isUniform = []
      return
    }
    let modes = LockModes(of: program, setup: setup)
    isUniform = program.schema.tables.indices.map(modes.isUniform)
    let changed = Self.changedColumns(program)
    hasFixedCondition = program.statements.map {
      Self.hasFixedCondition($0, changed, program)
    }
    func calm(alone isAlone: Bool) -> [[Bool]] {
      program.routines.map { routine in
        routine.instructions.indices.map {
          Self.isCalm(from: $0, routine, program, isAlone: isAlone)
        }
      }
    }
    isCalm = calm(alone: false)
    isCalmAlone = calm(alone: true)
  }

  // MARK: Conditions

  /// For each table the columns that some statement or foreign key may give new values.
  private static func changedColumns(_ program: Program) -> [Set<Int>] {
    var changed = [Set<Int>](repeating: [], count: program.schema.tables.count)
    func note(_ assignments: [Assignment], _ table: TableID) {
      changed[Int(table.index)].formUnion(assignments.map(\.column))
    }
    for part in program.statements.flatMap(\.parts) {
      switch part.body {
      case .update(let update): note(update.assignments, update.table)
      case .insert(let insert): note(insert.onConflict?.assignments ?? [], insert.table)
      case .merge(let merge):
        for clause in merge.clauses {
          if case .update(let update) = clause.action { note(update.assignments, merge.table) }
        }
      case .query, .delete, .lockTable, .truncate, .alter: break
      }
    }
    for (index, table) in program.schema.tables.enumerated() {
      for key in table.foreignKeys {
        for action in [key.onDelete, key.onUpdate] where action != .noAction && action != .restrict
        {
          changed[index].formUnion(key.columns)
        }
      }
    }
    for (index, columns) in program.generated.enumerated()
    where columns.contains(where: { !changed[index].isDisjoint(with: $0.reads) }) {
      changed[index].formUnion(columns.map(\.column))
    }
    return changed
  }

  private static func hasFixedCondition(
    _ statement: Statement, _ changed: [Set<Int>], _ program: Program
  ) -> Bool {
    guard statement.parts.count == 1 else { return false }
    let source: QueryID
    switch statement.parts[0].body {
    case .query(let query): source = query
    case .update(let update): source = update.source
    case .delete(let delete): source = delete.source
    case .insert, .merge, .lockTable, .truncate, .alter: return false
    }
    let query = program.queries[Int(source.index)]
    guard query.isPlain, case .select(let select) = query.body, select.relations.count == 1,
      case .table(let table) = select.relations[0].source, select.grouping == nil
    else { return false }
    if let key = select.relations[0].key,
      !changed[Int(table.index)].isDisjoint(with: key.columns)
    {
      return false
    }
    guard let filter = select.filter else { return true }
    let first = select.relations[0].offset + 1
    for operation in program.operations[program.range(of: filter)] {
      switch operation {
      case .column(let depth, let offset):
        guard depth == 0, Int(offset) >= first,
          !changed[Int(table.index)].contains(Int(offset) - first)
        else { return false }
      case .call, .cast: break
      default: if !operation.onlyCompares { return false }
      }
    }
    return true
  }

  // MARK: Control flow

  private static func isCalm(
    from start: Int, _ routine: Routine, _ program: Program, isAlone: Bool
  ) -> Bool {
    var met: Set<Int> = []
    var pending = [start]
    while let position = pending.popLast() {
      guard position < routine.instructions.count, met.insert(position).inserted else { continue }
      let instruction = routine.instructions[position]
      switch instruction {
      case .commit, .rollback: continue
      // In a transaction block these are nothing.
      case .commitImplicit where isAlone: continue
      case .beginImplicit, .commitImplicit: break
      case .assign, .jump, .jumpUnless, .finish, .nextRow, .closeCursor, .leaveBlock: break
      case .raise(let index):
        if routine.raises[Int(index)].level == .exception { return false }
      case .statement(let index, _):
        guard program.statements[Int(index)].isTrivial else { return false }
      default: return false
      }
      if let target = instruction.target { pending.append(Int(target)) }
      if instruction.fallsThrough(in: routine) { pending.append(position + 1) }
    }
    return true
  }
}

extension Executor {
  /// Whether a session has a statement in progress.
  package func isInStatement(_ stack: ArraySlice<Value>) -> Bool {
    var position = stack.startIndex
    while position < stack.endIndex {
      if stack[position].headerKind == EntryKind.statement.rawValue { return true }
      position += entryLength(of: stack[position])
    }
    return false
  }

  /// Whether a session that has just begun to wait for a row could do so later, by what its program goes on to
  /// do; `beganBefore` says whether its statement had begun in an earlier step, `isAlone` whether that is a transaction
  /// of its own.
  package func mayWaitLater(
    _ stack: ArraySlice<Value>, beganBefore: Bool, isAlone: Bool, holdsNothing: Bool,
    _ facts: WaitFacts
  ) -> Bool {
    guard facts.isPossible else { return false }
    if beganBefore { return true }
    var statement: Int?
    var position = stack.startIndex
    while position < stack.endIndex {
      let header = stack[position]
      if header.headerKind == EntryKind.statement.rawValue { statement = header.headerA }
      position += entryLength(of: header)
    }
    guard let statement, program.statements[statement].parts.count == 1,
      program.statements[statement].parts[0].touchesOneRowByKey
    else { return false }
    return facts.hasFixedCondition[statement]
      || holdsNothing && endsCalmly(stack, after: statement, isAlone: isAlone, facts)
  }

  /// Whether the transaction runs no other statement after the one in progress.
  private func endsCalmly(
    _ stack: ArraySlice<Value>, after statement: Int, isAlone: Bool, _ facts: WaitFacts
  ) -> Bool {
    var position = stack.startIndex
    while position < stack.endIndex {
      let header = stack[position]
      switch EntryKind(rawValue: header.headerKind) {
      case .block: return false
      case .frame:
        let instructions = program.routines[header.headerA].instructions
        var next = header.headerB
        if next < instructions.count {
          switch instructions[next] {
          case .statement(let index, _) where Int(index) == statement: next += 1
          case .call: next += 1
          default: break
          }
        }
        let isCalm = isAlone ? facts.isCalmAlone : facts.isCalm
        guard next >= instructions.count || isCalm[header.headerA][next] else { return false }
      case .cursor, .statement, .result, nil: break
      }
      position += entryLength(of: header)
    }
    return true
  }
}
