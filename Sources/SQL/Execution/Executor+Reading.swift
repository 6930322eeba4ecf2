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
  }

  /// Empties the scratch after an error.
  mutating func reset() {
    operands.removeAll(keepingCapacity: true)
    tuples.removeAll(keepingCapacity: true)
    levels.removeAll(keepingCapacity: true)
    rowBuffer.removeAll(keepingCapacity: true)
    fixedTuple = nil
    subqueryDepth = 0
    inlineDepth = 0
  }

  /// The text of what the stack's top frame does next.
  package func span(at stack: ContiguousArray<Value>) -> SourceSpan? {
    var position = 0
    var span: SourceSpan?
    while position < stack.count {
      let header = stack[position]
      var length = 1
      switch EntryKind(rawValue: header.headerKind) {
      case .frame:
        let routine = program.routines[header.headerA]
        length = Self.frameHeader + routine.variables.count
        if header.headerB < routine.spans.count { span = routine.spans[header.headerB] }
      case .cursor: length = 1 + header.headerA * header.headerB
      case .block: break
      case .statement: length = header.headerB
      case nil: preconditionFailure("the stack holds \(header) where an entry should begin")
      }
      position += length
    }
    return span
  }

  /// The text at the top frame's position.
  package var lastSpan: SourceSpan? { span(at: stack) }

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
      case .cursor: position += 1 + entry.headerA * entry.headerB
      case .block: position += 1
      case .statement, nil: return false
      }
    }
    return true
  }
}
