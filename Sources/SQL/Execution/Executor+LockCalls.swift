import Store

/// Functions on advisory locks, which may stand anywhere in an expression.
///
/// A call may have to wait in the middle of a scan, on the statement's snapshot. The piece of work is then given
/// up (``SQLError/suspended``) and done again from its start when the lock is there. The results of
/// the calls that it has made are kept (``StatementProgress/calls``) and given again without another
/// effect, so that it comes to the same place: nothing else in it depends on when it runs.
///
/// Calls are seen by others, so that each takes a step: of a step's calls the second gives the work up
/// too. Taking a lock may share the step of the snapshot before it: whatever happens in between could as
/// well have happened while the session waited. A call that may fail, or lets go, may not.
extension Executor {
  mutating func callLock(_ function: LockFunction) throws(SQLError) {
    let first = operands.count - function.argumentCount
    let isNull = operands[first...].contains(where: \.isNull)
    let keys = operands[first...].map { $0.asInteger ?? 0 }
    operands.removeLast(function.argumentCount)
    if isNull {
      operands.append(.null)
      return
    }
    if let known = nextKnownCall() {
      operands.append(known)
      return
    }
    let sharesSnapshot = function.action == .lock || !hasRead
    if hasCalled || !sharesSnapshot, !options.runsWholeStatements { throw suspend(.boundary) }
    let result = try perform(function, keys)
    hasCalled = true
    noteCall(result)
    operands.append(result)
  }

  /// The result of a call that was made when the same work was done before.
  mutating func nextKnownCall() -> Value? {
    guard callIndex < progress.calls.count else { return nil }
    callIndex += 1
    return progress.calls[callIndex - 1]
  }

  mutating func noteCall(_ result: Value) {
    progress.calls.append(result)
    callIndex += 1
  }

  /// The error that gives up the work in hand without failing the statement.
  mutating func suspend(_ progression: Progression) -> SQLError {
    suspension = progression
    return .suspended
  }

  private mutating func perform(_ function: LockFunction, _ keys: [Int64]) throws(SQLError) -> Value
  {
    if function.action == .unlockAll {
      for lock in database.sessionLocks(of: session) {
        recorder.record(.unlockedObject(lock.object))
      }
      database.unlockAll(session: session)
      return function.result
    }
    let object =
      function.hasPair
      ? LockObject(
        advisory: Int32(truncatingIfNeeded: keys[0]), Int32(truncatingIfNeeded: keys[1]))
      : LockObject(advisory: keys[0])
    if function.action == .unlock {
      let isHeld = database.unlock(object, function.mode, session: session)
      if isHeld {
        recorder.record(.unlockedObject(object))
      } else {
        let name = function.isShared ? "ShareLock" : "ExclusiveLock"
        recorder.record(
          .notice(level: .warning, message: "you don't own a lock of type \(name)"))
      }
      return Value(isHeld)
    }
    let isTry = function.action == .tryLock
    switch database.lock(
      object, function.mode, session: session, isForSession: !function.isForTransaction,
      waits: !isTry)
    {
    case .granted:
      recorder.record(.lockedObject(object, mode: function.mode))
      return function.result
    case .unavailable:
      recorder.record(.refused(.object(object, mode: function.mode)))
      return .false
    case .mustWait:
      recordWait(.object(object, mode: function.mode))
      throw suspend(.waiting)
    }
  }

  // MARK: Row by row

  /// Finds the next row that a part whose conditions call lock functions locks or changes.
  ///
  /// Others find all of theirs first; here each call must come after what was done to the row before it.
  ///
  /// - Returns: False if there is none.
  mutating func findNextCandidate(_ part: StatementPart) throws(SQLError) -> Bool {
    let source: QueryID
    switch part.body {
    case .query(let query): source = query
    case .update(let update): source = update.source
    case .delete(let delete): source = delete.source
    case .insert, .merge, .lockTable, .truncate, .alter: return false
    }
    guard case .select(let select) = program.queries[Int(source.index)].body else { return false }
    callIndex = 0
    var passed = 0
    let wanted = progress.found
    var candidate: ContiguousArray<Value> = []
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      guard try executor.isTrue(select.having) else { return true }
      passed += 1
      guard passed > wanted else { return true }
      executor.appendCandidate(select, to: &candidate)
      return false
    }
    progress.scanCalls = progress.calls.count
    guard passed > wanted else { return false }
    progress.found += 1
    progress.stride = Self.candidateWidth(select)
    progress.candidates = candidate
    progress.next = 0
    return true
  }

  /// The row in hand is done: its calls need not be remembered.
  mutating func forgetRowCalls() {
    guard progress.calls.count > progress.scanCalls else { return }
    progress.calls.removeLast(progress.calls.count - progress.scanCalls)
  }
}
