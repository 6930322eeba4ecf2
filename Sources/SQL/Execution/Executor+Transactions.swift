import Store

extension Executor {
  /// Whether the step must end before something that others could notice; if not, it now does it.
  ///
  /// - Returns: `.yielded` to end the step here.
  mutating func consume() -> Result? {
    if isConsumed { return .yielded }
    isConsumed = true
    return nil
  }

  /// A client statement begins outside a transaction block: it is one of its own.
  mutating func beginImplicit() throws(SQLError) -> Result? {
    let isTrivial = isClientStatementTrivial
    if !isTrivial || options.countsEveryStatement, isConsumed { return .yielded }
    if options.countsEveryStatement || (options.runsWholeStatements && !isTrivial) {
      isConsumed = true
    }
    if database.sessions[session].phase == .failed {
      recordBeginOfClientStatement()
      throw SQLError.inFailedTransaction
    }
    if database.sessions[session].phase == .idle {
      database.begin(
        session: session, isolation: usualIsolation, isReadOnly: isUsuallyReadOnly,
        isDeferrable: false, isImplicit: true, clock: clock)
    }
    database.sessions[session].statementStart = clock
    advance()
    return nil
  }

  private mutating func recordBeginOfClientStatement() {
    guard recorder.isOn else { return }
    let spans = program.routines[routine].spans
    let next = min(position + 1, spans.count - 1)
    recorder.record(.began(span: spans[next], routine: RoutineID(routine), depth: 0))
  }

  /// Whether the client statement that begins here does nothing that takes a step.
  private var isClientStatementTrivial: Bool {
    let instructions = program.routines[routine].instructions
    var index = position + 1
    while index < instructions.count {
      switch instructions[index] {
      case .commitImplicit: return true
      case .call, .sleepUntil: return false
      case .statement(let statement, _), .openCursor(let statement):
        if !isStepless(program.statements[Int(statement)]) { return false }
      default: break
      }
      index += 1
    }
    return true
  }

  mutating func commitImplicit() throws(SQLError) -> Result? {
    guard database.sessions[session].phase == .active, database.sessions[session].isImplicit else {
      database.sessions[session].statementStart = 0
      advance()
      return nil
    }
    if database.hasDeferred(session: session) {
      if !options.runsWholeStatements, let result = consume() { return result }
      beginDeferred(mask: .max, commits: true)
      return nil
    }
    if isNoticeable && !options.runsWholeStatements, let result = consume() { return result }
    try checkCommit()
    let didWrite = database.commit(session: session)
    if didWrite { hasChangedData = true }
    recorder.record(.committed(isImplicit: true, didWrite: didWrite))
    isDeferredDone = false
    advance()
    return nil
  }

  /// Whether ending the transaction could make a difference to anybody.
  private var isNoticeable: Bool { database.isNoticeable(session: session) }

  mutating func executeTransactionCommand(_ command: Instruction) throws(SQLError) -> Result? {
    if isDeferredDone {
      // COMMIT goes on.
    } else if options.countsEveryStatement {
      if !command.isInClientStatement, !followsImplicitBegin, let result = consume() {
        return result
      }
    } else if case .begin = command, isConsumed {
      // BEGIN runs with what comes next, so that now() is no older than it must be.
      return .yielded
    }
    let phase = database.sessions[session].phase
    switch command {
    case .begin(let options): return try begin(options)
    case .twoPhase(let name, let number) where name != .prepare:
      recordBegin()
      try finishPrepared(name, number)
    case .commit, .rollback, .twoPhase:
      if frame > 0 { try checkTermination(command) }
      if !isDeferredDone {
        if isNoticeable, !options.countsEveryStatement, let result = consume() { return result }
        recordBegin()
      }
      // What is checked now is checked in the transaction itself.
      let commits = command != .rollback && phase == .active
      if commits, database.sessions[session].level > 0 {
        database.release(session: session, level: 1, schema: program.schema)
      }
      if commits, database.hasDeferred(session: session) {
        beginDeferred(mask: .max, commits: true)
        return nil
      }
      defer { setMessageLevel() }
      isDeferredDone = false
      var prepared: UInt16?
      if case .twoPhase(_, let number) = command { prepared = number }
      try endTransaction(commits: commits, as: prepared)
      if frame > 0 {
        // A procedure goes on in a new transaction.
        database.begin(
          session: session, isolation: usualIsolation, isReadOnly: isUsuallyReadOnly,
          isDeferrable: false, isImplicit: true, clock: clock)
        database.sessions[session].command = DatabaseState.settledCommand
      }
    case .savepoint(let name):
      recordBegin()
      try requireBlock("SAVEPOINT", phase)
      if phase == .failed { throw SQLError.inFailedTransaction }
      guard database.sessions[session].level < 200 else {
        throw SQLError(.programLimitExceeded, "too many savepoints")
      }
      database.defineSavepoint(session: session, name: name)
      recorder.record(.savepoint(name: name.asText ?? ""))
    case .rollbackTo(let name):
      if isNoticeable, !options.countsEveryStatement, let result = consume() { return result }
      recordBegin()
      try requireBlock("ROLLBACK TO SAVEPOINT", phase)
      let level = try savepointLevel(name)
      database.rollback(
        session: session, toLevel: level, keepsSavepoint: true, schema: program.schema)
      recorder.record(.rolledBackTo(name: name.asText ?? ""))
    case .release(let name):
      recordBegin()
      try requireBlock("RELEASE SAVEPOINT", phase)
      if phase == .failed { throw SQLError.inFailedTransaction }
      database.release(
        session: session, level: try savepointLevel(name), schema: program.schema)
      recorder.record(.finished(tag: "RELEASE", columns: [], rows: []))
    case .setTransaction(let options):
      recordBegin()
      try setTransaction(options)
    case .set, .resetAll:
      recordBegin()
      if phase == .failed { throw SQLError.inFailedTransaction }
      changeSettings(command)
    case .prepare(let name, let index):
      recordBegin()
      if phase == .failed { throw SQLError.inFailedTransaction }
      guard database.prepare(name, as: index, session: session) else {
        throw SQLError.duplicatePreparedStatement(name.asText ?? "")
      }
      recorder.record(.finished(tag: "PREPARE", columns: [], rows: []))
    case .deallocate(let name):
      recordBegin()
      if phase == .failed { throw SQLError.inFailedTransaction }
      guard database.deallocate(name, session: session) else {
        throw SQLError.noPreparedStatement(name.asText ?? "")
      }
      recorder.record(.finished(tag: "DEALLOCATE", columns: [], rows: []))
    default: preconditionFailure("\(command) is no transaction command")
    }
    recorder.record(Answer())
    advance()
    return nil
  }

  /// Whether the command belongs to several statements of a string, which have taken its step by then.
  private var followsImplicitBegin: Bool {
    position > 0 && program.routines[routine].instructions[position - 1] == .beginImplicit
  }

  /// Procedures and DO blocks may end the transaction if the client has called them outside a transaction
  /// block, and no block with handlers is open.
  ///
  /// Source: `_SPI_commit` in spi.c.
  private func checkTermination(_ command: Instruction) throws(SQLError) {
    var position = 0
    var isAtomic = !database.sessions[session].isImplicit
    while position < stack.count {
      let header = stack[position]
      switch EntryKind(rawValue: header.headerKind) {
      case .frame where position > 0:
        if program.routines[header.headerA].kind != .procedure { isAtomic = true }
      case .statement: isAtomic = true
      default: break
      }
      position += entryLength(at: position)
    }
    if isAtomic {
      throw SQLError(.invalidTransactionTermination, "invalid transaction termination")
    }
    if database.sessions[session].level > 0 {
      throw SQLError(
        .invalidTransactionTermination,
        "cannot \(command == .commit ? "commit" : "roll back") while a subtransaction is active")
    }
  }

  private func requireBlock(_ name: String, _ phase: DatabaseState.Phase) throws(SQLError) {
    if phase == .idle || database.sessions[session].isImplicit {
      throw SQLError.onlyInTransactionBlock(name)
    }
  }

  private func savepointLevel(_ name: Value) throws(SQLError) -> UInt16 {
    guard let level = database.savepointLevel(session: session, named: name) else {
      throw SQLError.noSuchSavepoint(name.asText ?? "")
    }
    return level
  }

  private mutating func begin(_ transaction: TransactionOptions) throws(SQLError) -> Result? {
    let readsClock = instants.count > 1 && program.routines[routine].readsClock
    if readsClock && !options.countsEveryStatement {
      // now() is fixed here, and the clock may move before the next statement.
      if let result = consume() { return result }
    }
    recordBegin()
    switch database.sessions[session].phase {
    case .failed: throw SQLError.inFailedTransaction
    case .active where database.sessions[session].isImplicit:
      // BEGIN in a string of several statements: those before it are part of the block.
      try setModes(transaction)
      database.sessions[session].isImplicit = false
    case .active:
      recorder.record(
        .notice(level: .warning, message: "there is already a transaction in progress"))
      try setModes(transaction)
    case .idle:
      database.begin(
        session: session, isolation: transaction.isolation ?? usualIsolation,
        isReadOnly: transaction.isReadOnly ?? isUsuallyReadOnly,
        isDeferrable: transaction.isDeferrable ?? false, isImplicit: false, clock: clock)
      recorder.record(.beganTransaction(isImplicit: false))
    }
    recorder.record(Answer())
    advance()
    return nil
  }

  /// Fails the transaction if its commit would complete a dangerous structure.
  private mutating func checkCommit() throws(SQLError) {
    guard database.serializable.tracking != .off else { return }
    do throws(SQLError) {
      try database.checkCommit(session: session)
    } catch {
      // Nothing of a transaction is left, not even a failed block, when its COMMIT fails.
      database.sessions[session].isImplicit = true
      throw error
    }
  }

  /// Ends the transaction, or with `prepared` hands it over to the one of that number.
  private mutating func endTransaction(commits: Bool, as prepared: UInt16?) throws(SQLError) {
    if frame == 0, database.sessions[session].isImplicit {
      recorder.record(.notice(level: .warning, message: "there is no transaction in progress"))
    }
    switch database.sessions[session].phase {
    case .idle:
      recorder.record(.notice(level: .warning, message: "there is no transaction in progress"))
    case .active where commits:
      try checkCommit()
      if let prepared {
        try database.prepareTransaction(
          of: session, as: session(ofPrepared: prepared),
          named: program.preparedNames[Int(prepared)])
        return
      }
      let didWrite = database.commit(session: session)
      if didWrite { hasChangedData = true }
      recorder.record(.committed(isImplicit: false, didWrite: didWrite))
    case .active, .failed:
      let isFailure = database.sessions[session].phase == .failed
      database.rollback(session: session)
      recorder.record(.rolledBack(isFailure: isFailure))
    }
  }

  private mutating func setTransaction(_ options: TransactionOptions) throws(SQLError) {
    switch database.sessions[session].phase {
    case .failed: throw SQLError.inFailedTransaction
    case .idle:
      recorder.record(
        .notice(
          level: .warning, message: "SET TRANSACTION can only be used in transaction blocks"))
      return
    case .active: break
    }
    try setModes(options)
    recorder.record(.finished(tag: "SET", columns: [], rows: []))
  }

  private mutating func setModes(_ options: TransactionOptions) throws(SQLError) {
    if let isolation = options.isolation, isolation != database.sessions[session].isolation {
      if database.sessions[session].command > DatabaseState.firstCommand {
        throw SQLError.isolationAfterQuery
      }
      if database.sessions[session].level > 0 { throw SQLError.isolationInSubtransaction }
      database.sessions[session].isolation = isolation
    }
    if let isReadOnly = options.isReadOnly { database.sessions[session].isReadOnly = isReadOnly }
    if let isDeferrable = options.isDeferrable {
      database.sessions[session].isDeferrable = isDeferrable
    }
  }

  // MARK: Errors

  /// Unwinds to the nearest handler for the error, or to the client.
  ///
  /// - Returns: `nil` if the session goes on at a handler (or the client with its next statement).
  mutating func handle(_ error: SQLError) -> Result? {
    database.endWait(session: session)
    recorder.record(.failed(error))
    reset()
    isInStatement = false
    while frame > 0 {
      if unwindToBlock(for: error) { return nil }
      popFrame()
    }
    if !isClientError { failTransaction() }
    isClientError = false
    if unwindToBlock(for: error) { return nil }
    if options.goesOnAfterErrors {
      skipClientStatement()
      return nil
    }
    return .failed(error)
  }

  /// Drops entries of the top frame down to a block that handles the error, and goes to its handler.
  private mutating func unwindToBlock(for error: SQLError) -> Bool {
    while true {
      let entry = topEntry
      guard entry > frame else { return false }
      let header = stack[entry]
      stack.removeSubrange(entry...)
      guard header.headerKind == EntryKind.block.rawValue else { continue }
      if header.headerB > 0 {
        database.rollback(
          session: session, toLevel: UInt16(header.headerB), keepsSavepoint: false,
          schema: program.schema)
      }
      let block = program.routines[routine].blocks[header.headerA]
      guard let handler = block.handlers.first(where: { $0.handles(error.state) }) else { continue }
      recorder.record(.caught(error))
      assign(Value(text: error.state.code), to: Routine.Slot.sqlState)
      assign(Value(text: error.message), to: Routine.Slot.sqlMessage)
      for field in handler.fields {
        let name: String? =
          switch field.item {
          case .constraint: error.constraint
          case .table: error.table
          case .column: error.column
          }
        assign(Value(text: name ?? ""), to: field.slot)
      }
      position = Int(handler.target)
      return true
    }
  }

  /// The client's statement has failed: an implicit transaction is gone, a block is in the failed state.
  private mutating func failTransaction() {
    let it = database.sessions[session]
    guard it.phase == .active else { return }
    let isCommit = program.routines[routine].instructions[position].isCommit
    if it.isImplicit || isCommit {
      // What COMMIT had to do first has failed: nothing is left of the transaction.
      database.rollback(session: session)
      recorder.record(.rolledBack(isFailure: true))
    } else {
      // Subtransactions of blocks in functions end with the statement; the client's savepoints stay.
      while let last = database.savepoints.last(where: { Int($0.session) == session }),
        last.name.isNull
      {
        database.rollback(
          session: session, toLevel: database.sessions[session].level, keepsSavepoint: false,
          schema: program.schema)
      }
      database.fail(session: session, schema: program.schema)
    }
  }

  /// Goes on behind the client statement that failed.
  private mutating func skipClientStatement() {
    let instructions = program.routines[routine].instructions
    switch instructions[position] {
    case .begin, .setTransaction, .commit, .rollback, .twoPhase, .savepoint, .rollbackTo, .release,
      .set, .resetAll, .prepare, .deallocate:
      advance()
    default:
      while position < instructions.count {
        defer { advance() }
        if instructions[position] == .commitImplicit { return }
      }
    }
  }
}

extension Instruction {
  /// Whether it stands between the marks of a client's statement, which has taken its step by then.
  fileprivate var isInClientStatement: Bool {
    switch self {
    case .prepare, .deallocate: true
    default: false
    }
  }

  /// Whether it ends the transaction with what it has done.
  fileprivate var isCommit: Bool {
    switch self {
    case .commit, .twoPhase(.prepare, _): true
    default: false
    }
  }
}

extension Routine.Handler {
  /// Whether the handler takes an error: OTHERS takes all but a cancelled query and a failed ASSERT; a
  /// condition that names a class takes the class.
  func handles(_ state: SQLState) -> Bool {
    guard let conditions else { return state != .queryCanceled && state != .assertFailure }
    return conditions.contains {
      $0 == state || ($0.isClass && $0.classPrefix == state.classPrefix)
    }
  }
}
