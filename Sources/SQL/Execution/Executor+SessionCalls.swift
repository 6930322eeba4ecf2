import Store

/// LISTEN and NOTIFY, and functions that do something to the session: of isolation specs.
extension Executor {
  mutating func notify(_ command: Instruction) throws(SQLError) {
    recordBegin()
    switch command {
    case .listen(let channel): database.listen(to: channel, session: session, isListen: true)
    case .unlisten(let channel): database.listen(to: channel, session: session, isListen: false)
    case .notify(let channel, let payload):
      try database.notify(channel, payload, session: session)
    default: preconditionFailure("\(command) has nothing to do with notifications")
    }
    recorder.record(Answer())
    advance()
  }

  // MARK: Cursors

  /// The rows of DECLARE are there.
  mutating func declare(_ cursor: CursorOptions, width: Int, count: Int) throws(SQLError) {
    if isAlone(program.statements[progress.statement]),
      database.sessions[session].isImplicit, !cursor.isHeld
    {
      throw SQLError.onlyInTransactionBlock("DECLARE CURSOR")
    }
    let rows = (0..<count).map { Array(progress.output[$0 * width..<($0 + 1) * width]) }
    try database.declare(
      ClientCursor(
        session: session, name: cursor.name, level: database.sessions[session].level,
        isHeld: cursor.isHeld, isScroll: cursor.isScroll, statement: Int32(progress.statement),
        rows: rows))
    recorder.record(Answer())
  }

  mutating func fetch(
    _ name: Value, _ direction: FetchDirection, _ isMove: Bool
  ) throws(SQLError) {
    recordBegin()
    guard let position = database.position(ofCursor: name, session: session) else {
      throw SQLError.noCursor(name.asText ?? "")
    }
    let rows = try database.cursors[position].fetch(direction)
    let statement = program.statements[Int(database.cursors[position].statement)]
    if isMove {
      recorder.record(Answer())
    } else {
      recorder.record(
        Answer(
          columns: statement.parts[statement.resultPart].columns, rows: rows,
          tag: "FETCH \(rows.count)"))
    }
    advance()
  }

  /// Calls a function for its effect, once: work that is done again is given the first result.
  mutating func call(_ function: SessionFunction) throws(SQLError) {
    let first = operands.count - function.argumentCount
    let arguments = Array(operands[first...])
    operands.removeLast(function.argumentCount)
    if keepsCalls, let known = nextKnownCall() {
      operands.append(known)
      return
    }
    var result = Value(text: "")
    switch function {
    case .notify: try database.notify(arguments[0], arguments[1], session: session)
    case .sleep:
      guard let seconds = arguments[0].asNumeric ?? arguments[0].asInteger.map({ Numeric($0) })
      else {
        operands.append(.null)
        return
      }
      let length = (seconds * Numeric(1_000_000)).asInteger ?? 0
      guard length > 0 else { break }
      database.waitForClock(session: session, until: instants[Int(clock)] + length)
      throw suspend(.waiting)
    case .queueUsage: result = try queueUsage()
    }
    operands.append(result)
    if keepsCalls { noteCall(result) }
  }

  /// `pg_notification_queue_usage`: of 2^20 pages, those that lie between the slowest listener and the end.
  private func queueUsage() throws(SQLError) -> Value {
    database.footprint?.noteEverything()
    let bytes = database.notificationQueueBytes
    let page = 8192
    guard bytes == 0 || bytes >= page else {
      throw .unsupported(
        "how much of the queue is in use depends on where its pages end, with so little in it")
    }
    let share = try Numeric(Int64(bytes / page)).divided(by: Numeric(1 << 20))
    return Value(numeric: share)
  }
}
