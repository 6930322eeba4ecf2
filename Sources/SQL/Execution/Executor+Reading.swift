package import Store

/// Reading from outside any session: invariants, and where a session is.
extension Executor {
  /// The rows of a query on the newest committed data.
  package mutating func readRows(of query: QueryID) throws(SQLError) -> [[Value]] {
    beginReading()
    do throws(SQLError) {
      let rows = try rows(of: query)
      return (0..<rows.count).map { Array(rows.row($0)) }
    } catch {
      reset()
      throw error
    }
  }

  /// Whether a query on the newest committed data returns a row.
  package mutating func readsRow(of query: QueryID) throws(SQLError) -> Bool {
    beginReading()
    do throws(SQLError) {
      return try returnsRow(query)
    } catch {
      reset()
      throw error
    }
  }

  private mutating func beginReading() {
    session = Int(UInt16.max)
    context.time = EvaluationTime(instants[Int(clock)])
    view = View(snapshot: database.commits, command: 0)
    controlSteps = 0
    visits = 0
  }

  /// Empties the scratch after an error.
  mutating func reset() {
    operands.removeAll(keepingCapacity: true)
    tuples.removeAll(keepingCapacity: true)
    levels.removeAll(keepingCapacity: true)
    rowBuffer.removeAll(keepingCapacity: true)
    fixedTuple = nil
    readsNewest = false
    subqueryDepth = 0
    inlineDepth = 0
  }

  /// The text of what the stack's top frame does next.
  package func span(at stack: ContiguousArray<Value>) -> SourceSpan? {
    guard let header = topFrame(of: stack) else { return nil }
    let spans = program.routines[header.headerA].spans
    return header.headerB < spans.count ? spans[header.headerB] : nil
  }

  /// The function that the stack's top frame belongs to, `nil` for the bottom frame.
  package func routine(at stack: ContiguousArray<Value>) -> RoutineID? {
    guard let header = topFrame(of: stack), program.routines[header.headerA].kind != .writer else {
      return nil
    }
    return RoutineID(header.headerA)
  }

  private func topFrame(of stack: ContiguousArray<Value>) -> Value? {
    var position = 0
    var top: Value?
    while position < stack.count {
      if stack[position].headerKind == EntryKind.frame.rawValue { top = stack[position] }
      position += entryLength(in: stack, at: position)
    }
    return top
  }

  /// The text at the top frame's position.
  package var lastSpan: SourceSpan? { span(at: stack) }

  /// Whether the session does what COMMIT, or the end of a statement outside a transaction block, has to do.
  package func isCommitting(_ stack: ArraySlice<Value>) -> Bool {
    var position = stack.startIndex
    while position < stack.endIndex {
      let header = stack[position]
      if header.headerKind == EntryKind.statement.rawValue,
        StatementProgress.isCommit(stack[position...])
      {
        return true
      }
      position += entryLength(of: header)
    }
    return false
  }

  /// Whether the client is between two of its statements.
  package func isBetweenClientStatements(_ stack: ArraySlice<Value>) -> Bool {
    guard let header = stack.first else { return false }
    var position = stack.startIndex
    while position < stack.endIndex {
      let entry = stack[position]
      switch EntryKind(rawValue: entry.headerKind) {
      case .frame:
        if position > stack.startIndex { return false }
        position += Self.frameHeader + program.routines[header.headerA].variables.count
      case .cursor, .result: position += 1 + entry.headerA * entry.headerB
      case .block: position += 1
      case .statement, nil: return false
      }
    }
    return true
  }
}
