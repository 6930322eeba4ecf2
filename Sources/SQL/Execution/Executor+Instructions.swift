import Store

extension Executor {
  /// Executes instructions until a statement begins (then ``isInStatement`` is set) or the step ends.
  mutating func execute() throws(SQLError) -> Result? {
    while !isInStatement {
      controlSteps += 1
      if controlSteps > Self.controlStepsLimit {
        throw SQLError(
          .programLimitExceeded,
          "\(program.routines[routine].name) runs \(Self.controlStepsLimit) instructions without a step"
        )
      }
      let instructions = program.routines[routine].instructions
      guard position < instructions.count else {
        if let result = try finish(nil) { return result }
        continue
      }
      if let result = try execute(instructions[position]) { return result }
    }
    return nil
  }

  private mutating func execute(_ instruction: Instruction) throws(SQLError) -> Result? {
    switch instruction {
    case .assign(let slot, let expression):
      setTime()
      assign(try evaluateInFrame(expression), to: slot)
      advance()
    case .jump(let target): position = Int(target)
    case .jumpUnless(let condition, let target):
      setTime()
      if try evaluateInFrame(condition).isTrue { advance() } else { position = Int(target) }
    case .call(let routine, let arguments, let slot): try call(routine, arguments, into: slot)
    case .finish(let value):
      setTime()
      let result = try value.map { (value) throws(SQLError) in try evaluateInFrame(value) }
      return try finish(result)
    case .returnNext(let row):
      try returnNext(row)
      advance()
    case .finishTrigger(let row, let record): try finishTrigger(row, record)
    case .setConstraints(let mask, let isDeferred):
      return try setConstraints(mask, deferred: isDeferred)
    case .raise(let index): try raise(program.routines[routine].raises[Int(index)])
    case .reraise:
      throw SQLError(
        SQLState(slot(Routine.Slot.sqlState).asText ?? "") ?? .raiseException,
        slot(Routine.Slot.sqlMessage).asText ?? "")
    case .enterBlock(let index): enterBlock(index)
    case .leaveBlock: leaveBlock()
    case .nextRow(let slots, let target): nextRow(into: slots, atEnd: Int(target))
    case .closeCursor:
      stack.removeSubrange(topEntry...)
      advance()
    case .statement(let index, _): return try beginStatement(Int(index))
    case .openCursor(let index): return try beginStatement(Int(index))
    case .beginImplicit: return try beginImplicit()
    case .commitImplicit: return try commitImplicit()
    case .sleepUntil(let instant, let isPause): return try sleep(until: instant, isPause)
    case .listen, .unlisten, .notify: try notify(instruction)
    case .role(let command): try changeRoles(command)
    case .indexStep(let step): return run(step)
    case .fetch(let name, let direction, let isMove): try fetch(name, direction, isMove)
    case .endCursor(let name):
      recordBegin()
      try database.closeCursor(name, session: session)
      recorder.record(Answer())
      advance()
    case .begin, .setTransaction, .commit, .rollback, .savepoint, .rollbackTo, .release, .set,
      .resetAll, .prepare, .deallocate, .twoPhase:
      return try executeTransactionCommand(instruction)
    case .jumpUnlessPrepared(let name, let index, let target):
      if database.preparedStatement(name, session: session) == index {
        advance()
      } else {
        position = Int(target)
      }
    }
    return nil
  }

  /// Evaluates an expression of control flow: it reads no table.
  private mutating func evaluateInFrame(_ expression: Expression) throws(SQLError) -> Value {
    view = View(snapshot: database.commits, command: database.sessions[session].command)
    return try evaluate(expression)
  }

  private func span(_ position: Int) -> SourceSpan {
    program.routines[routine].spans[position]
  }

  /// Notes that the text at the current position begins to run.
  mutating func recordBegin() {
    guard recorder.isOn else { return }
    recorder.record(
      .began(span: span(position), routine: RoutineID(routine), depth: depth - 1))
  }

  // MARK: Calls

  private mutating func call(
    _ callee: RoutineID, _ arguments: Expressions, into slot: UInt16?
  ) throws(SQLError) {
    setTime()
    if database.sessions[session].phase == .failed { throw SQLError.inFailedTransaction }
    guard stack.count < Self.stackLimit else { throw Self.tooDeep }
    recordBegin()
    if depth == 1 { database.sessions[session].statementStart = clock }
    let first = operands.count
    for index in 0..<Int(arguments.count) {
      operands.append(try evaluateInFrame(program.arguments[Int(arguments.start) + index]))
    }
    advance()
    pushFrame(ofFunction: callee, resultSlot: slot)
    for index in first..<operands.count {
      stack[frame + Self.frameHeader + Int(Routine.Slot.first) + index - first] = operands[index]
    }
    operands.removeLast(operands.count - first)
  }

  /// Ends the top frame's routine.
  private mutating func finish(_ value: Value?) throws(SQLError) -> Result? {
    if frame == 0 {
      if !options.keepsTransactions, !database.sessionLocks(of: session).isEmpty,
        let result = consume()
      {
        return result
      }
      if database.sessions[session].phase != .idle, !options.keepsTransactions {
        // The client goes away with its transaction open.
        recorder.record(.rolledBack(isFailure: true))
        database.rollback(session: session)
      }
      if !options.keepsTransactions { database.endSession(session) }
      stack.removeAll(keepingCapacity: true)
      return .ended(value ?? .null)
    }
    if value == nil, program.routines[routine].kind == .function,
      program.routines[routine].returnType != .void,
      program.routines[routine].rowWidth == nil,
      position >= program.routines[routine].instructions.count
    {
      throw SQLError.functionWithoutReturn
    }
    let target = (stack[frame + 1].asRaw ?? 0) - 1
    leaveFrame()
    if target >= 0 { assign(value ?? .null, to: UInt16(target)) }
    return nil
  }

  /// Drops the top frame; RETURN may leave blocks with subtransactions, whose work stays.
  mutating func leaveFrame() {
    var entry = frame
    while entry < stack.count {
      let header = stack[entry]
      if header.headerKind == EntryKind.block.rawValue && header.headerB > 0 {
        database.release(
          session: session, level: UInt16(header.headerB), keepsCommands: isNested,
          schema: program.schema)
        break
      }
      entry += entryLength(at: entry)
    }
    popFrame()
  }

  // MARK: Blocks and cursors

  private mutating func enterBlock(_ index: Int32) {
    let isClient = program.routines[routine].blocks[Int(index)].isClient
    var level = 0
    if !isClient {
      database.defineSavepoint(session: session, name: .null)
      level = Int(database.sessions[session].level)
    }
    stack.append(.header(kind: EntryKind.block.rawValue, a: Int(index), b: level))
    advance()
  }

  private mutating func leaveBlock() {
    let entry = topEntry
    let level = stack[entry].headerB
    stack.removeSubrange(entry...)
    if level > 0 {
      database.release(
        session: session, level: UInt16(level), keepsCommands: isNested, schema: program.schema)
    }
    advance()
  }

  mutating func nextRow(into slots: SlotList, atEnd target: Int) {
    let entry = topEntry
    let width = stack[entry].headerA
    let count = stack[entry].headerB
    guard count > 0 else {
      stack.removeSubrange(entry...)
      position = target
      return
    }
    for index in 0..<Int(slots.count) {
      assign(
        index < width ? stack[entry + 1 + index] : .null,
        to: program.slotLists[Int(slots.start) + index])
    }
    stack.removeSubrange(entry + 1..<entry + 1 + width)
    stack[entry] = .header(kind: EntryKind.cursor.rawValue, a: width, b: count - 1)
    advance()
  }

  // MARK: Raise and sleep

  private mutating func raise(_ raise: Routine.Raise) throws(SQLError) {
    setTime()
    let message = try evaluateInFrame(raise.message).asText ?? "<NULL>"
    guard raise.level == .exception else {
      recorder.record(.notice(level: raise.level, message: message))
      advance()
      return
    }
    var state = raise.state
    if let expression = raise.stateExpression {
      state = Self.state(named: try evaluateInFrame(expression).asText) ?? raise.state
    }
    isClientError = frame == 0
    hasClientRaised = isClientError
    throw SQLError(state, message)
  }

  /// The SQLSTATE of a code or a condition's name.
  static func state(named text: String?) -> SQLState? {
    guard let text else { return nil }
    return SQLState(text) ?? SQLState.conditions(named: text).first
  }

  private mutating func sleep(
    until instant: Expression, _ isPause: Bool
  ) throws(SQLError) -> Result? {
    setTime()
    guard let wake = try evaluateInFrame(instant).asTimestamp else {
      advance()
      return nil
    }
    if wake <= instants[Int(clock)] {
      recordBegin()
      advance()
      return nil
    }
    if isPause, instants.count == 1, !options.keepsTransactions {
      // Time stands still: others may go on meanwhile, and that is all.
      if let result = consume() { return result }
      recordBegin()
      recorder.record(.finished(tag: "SELECT 1", columns: [], rows: []))
      advance()
      return nil
    }
    recordBegin()
    database.waitForClock(session: session, until: wake)
    recorder.record(.waits(.clock(until: wake), blockers: []))
    return .waiting
  }
}
