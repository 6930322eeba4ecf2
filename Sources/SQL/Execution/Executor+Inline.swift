import Store

/// STABLE and IMMUTABLE functions (and others without SQL), run inside an expression: they see what the
/// calling statement sees and cannot write, lock or wait.
extension Executor {
  mutating func callInline(_ number: Int, _ count: Int) throws(SQLError) {
    operands.append(try runInline(number, count).value)
  }

  /// The rows of a function that is called in place.
  mutating func callInlineRows(
    _ routine: RoutineID, _ arguments: [Expression]
  ) throws(SQLError) -> RowSet {
    for argument in arguments { operands.append(try evaluate(argument)) }
    return try runInline(Int(routine.index), arguments.count).rows
  }

  /// Runs a routine on the topmost operands.
  private mutating func runInline(
    _ number: Int, _ count: Int
  ) throws(SQLError) -> (value: Value, rows: RowSet) {
    guard inlineDepth < Self.depthLimit else { throw Self.tooDeep }
    inlineDepth += 1
    let caller = frame
    let callerProgress = progress
    // In a re-check only the statement's own relations are fixed, not those that the function reads.
    let callerFixedTuple = fixedTuple
    fixedTuple = nil
    let bottom = stack.count
    let callerView = view
    if program.routines[number].volatility == .volatile,
      database.sessions[session].isolation == .readCommitted
    {
      // Its queries have snapshots of their own.
      view = View(
        snapshot: database.commits, command: max(view.command, database.sessions[session].command))
    }
    defer {
      inlineDepth -= 1
      stack.removeSubrange(bottom...)
      frame = caller
      // What its calls have given is the caller's to remember.
      let calls = progress.calls
      progress = callerProgress
      progress.calls = calls
      view = callerView
      fixedTuple = callerFixedTuple
    }
    pushFrame(ofFunction: RoutineID(number), resultSlot: nil)
    let first = operands.count - count
    for index in 0..<count {
      stack[frame + Self.frameHeader + Int(Routine.Slot.first) + index] = operands[first + index]
    }
    operands.removeLast(count)
    let value = try runInline()
    var rows = RowSet(width: program.routines[number].rowWidth ?? 0)
    if program.routines[number].rowWidth != nil {
      rows.count = stack[bottom].headerB
      rows.words.append(contentsOf: stack[bottom + 1..<bottom + 1 + rows.count * rows.width])
    }
    return (value, rows)
  }

  private mutating func runInline() throws(SQLError) -> Value {
    let instructions = program.routines[routine].instructions
    while position < instructions.count {
      controlSteps += 1
      if controlSteps > Self.controlStepsLimit {
        throw SQLError(
          .programLimitExceeded, "\(program.routines[routine].name) does not come to an end")
      }
      switch instructions[position] {
      case .assign(let slot, let expression):
        assign(try evaluate(expression), to: slot)
        advance()
      case .jump(let target): position = Int(target)
      case .jumpUnless(let condition, let target):
        if try evaluate(condition).isTrue { advance() } else { position = Int(target) }
      case .finish(let value):
        return try value.map { (value) throws(SQLError) in try evaluate(value) } ?? .null
      case .call(let callee, let arguments, let slot):
        for index in 0..<Int(arguments.count) {
          operands.append(try evaluate(program.arguments[Int(arguments.start) + index]))
        }
        let result = try runInline(Int(callee.index), Int(arguments.count))
        if let slot { assign(result.value, to: slot) }
        if program.routines[Int(callee.index)].rowWidth != nil {
          stack.append(
            .header(
              kind: EntryKind.result.rawValue, a: result.rows.width, b: result.rows.count))
          stack.append(contentsOf: result.rows.words)
        }
        advance()
      case .returnNext(let row):
        try returnNext(row)
        advance()
      case .raise(let index):
        let raise = program.routines[routine].raises[Int(index)]
        let message = try evaluate(raise.message).asText ?? "<NULL>"
        if raise.level == .exception {
          let text = try raise.stateExpression.map { (state) throws(SQLError) in
            try evaluate(state).asText
          }
          throw SQLError(Self.state(named: text ?? nil) ?? raise.state, message)
        }
        // Work that is done again says nothing twice.
        if !keepsCalls || nextKnownCall() == nil {
          recorder.record(.notice(level: raise.level, message: message))
          if keepsCalls { noteCall(.null) }
        }
        advance()
      case .enterBlock, .leaveBlock, .beginImplicit, .commitImplicit: advance()
      case .nextRow(let slots, let target): nextRow(into: slots, atEnd: Int(target))
      case .closeCursor:
        stack.removeSubrange(topEntry...)
        advance()
      case .statement(let index, _), .openCursor(let index): try readInline(Int(index))
      case .reraise, .sleepUntil, .begin, .setTransaction, .commit, .rollback, .twoPhase,
        .savepoint, .rollbackTo, .release, .finishTrigger, .setConstraints, .set, .resetAll,
        .listen, .unlisten, .fetch, .endCursor, .notify, .role, .indexStep,
        .prepare, .deallocate, .jumpUnlessPrepared:
        throw SQLError.unsupported("this statement in a function that a query calls")
      }
    }
    if program.routines[routine].rowWidth != nil { return .null }
    if program.routines[routine].returnType != .void { throw SQLError.functionWithoutReturn }
    return .null
  }

  private mutating func readInline(_ index: Int) throws(SQLError) {
    let statement = program.statements[index]
    guard statement.parts.count == 1, case .query(let query) = statement.parts[0].body,
      program.queries[Int(query.index)].locks.isEmpty
    else {
      throw SQLError(
        .featureNotSupported, "a function that is not VOLATILE cannot write or lock rows")
    }
    let rows = try rows(of: query)
    progress.statement = index
    progress.affected = rows.count
    progress.output = rows.words
    progress.outputCount = rows.count
    try deliver(width: rows.width, count: rows.count)
  }
}
