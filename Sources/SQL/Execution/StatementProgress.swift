import Store

/// How far a statement has come: everything that it needs to go on in a later step.
struct StatementProgress {
  enum Phase: Int {
    /// The current part has not looked for its rows.
    case start
    /// Tables are being locked before the statement takes its snapshot; ``found`` of them are.
    case tables
    /// ``candidates`` are being locked and changed, one by one.
    case rows
    /// The row of the session's last write is being entered in the unique indexes.
    case indexes
    /// What the changes have queued is being done: foreign keys, AFTER triggers, deferrable keys.
    case references
    /// The part's BEFORE STATEMENT triggers have been called.
    case started
    /// BEFORE STATEMENT triggers are being called: ``pending`` lists them.
    case statementTriggers
    /// BEFORE ROW triggers are being called for the row in ``pending``.
    case rowTriggers
    /// No statement, but what COMMIT or SET CONSTRAINTS has to do first.
    case deferred
    /// As ``indexes``, for a row of INSERT … ON CONFLICT that no arbiter index was against, and that waits for
    /// another index.
    case arbitrated
  }

  var statement = 0
  var part = 0
  var phase = Phase.start
  /// -1 where nothing in the rest of the statement depends on it.
  var snapshot: Int32 = -1
  var command: Int32 = 0
  /// Rows changed, or returned, by the current part.
  var affected = 0
  var outputCount = 0
  /// Rows changed, or returned, by the part that the statement's result comes from, where parts follow it.
  var resultAffected = 0
  /// Rows of a locking query still to be passed over (OFFSET), and still wanted (LIMIT; -1 for all).
  var offset = 0
  var limit = -1
  /// What is left to do: for each row `stride` words.
  var candidates: ContiguousArray<Value> = []
  var stride = 1
  /// The first candidate that is left (only within a step; the rest is dropped between steps).
  var next = 0
  /// The current part's result rows.
  var output: ContiguousArray<Value> = []
  /// The results of the parts before: for each a word with the number of its rows, then the rows.
  var parts: ContiguousArray<Value> = []
  /// What the calls of lock functions (and sequences beside them) have given since the part began, the first
  /// ``scanCalls`` of them while rows were looked for, the others for the row in hand.
  var calls: ContiguousArray<Value> = []
  var scanCalls = 0
  /// Rows found one by one so far; or tables locked.
  var found = 0
  /// Foreign keys to check at the end of the statement (``Executor/PendingReference``).
  var references: ContiguousArray<Value> = []
  /// The row whose BEFORE triggers are running (``Executor/PendingRow``).
  var pending: ContiguousArray<Value> = []
  /// Rows that the cascade in hand was told to leave alone.
  var passed: ContiguousArray<Value> = []

  mutating func begin(_ statement: Int, snapshot: Int32, command: Int32) {
    self.statement = statement
    self.snapshot = snapshot
    self.command = command
    part = 0
    parts.removeAll(keepingCapacity: true)
    references.removeAll(keepingCapacity: true)
    resultAffected = 0
    passed.removeAll(keepingCapacity: true)
    beginPart()
  }

  mutating func beginPart() {
    phase = .start
    affected = 0
    outputCount = 0
    offset = 0
    limit = -1
    stride = 1
    next = 0
    scanCalls = 0
    found = 0
    calls.removeAll(keepingCapacity: true)
    candidates.removeAll(keepingCapacity: true)
    output.removeAll(keepingCapacity: true)
    pending.removeAll(keepingCapacity: true)
  }

  /// Keeps the part's rows for the parts after it, and begins the next.
  mutating func endPart(width: Int) {
    parts.append(.header(kind: 0, a: width, b: outputCount))
    parts.append(contentsOf: output)
    part += 1
    beginPart()
  }

  /// Makes an earlier part's rows and count those of the current one.
  mutating func restore(part number: Int) {
    var position = 0
    for _ in 0..<number { position += 1 + parts[position].headerA * parts[position].headerB }
    let width = parts[position].headerA
    outputCount = parts[position].headerB
    output.removeAll(keepingCapacity: true)
    output.append(contentsOf: parts[position + 1..<position + 1 + width * outputCount])
    affected = resultAffected
  }

  var hasCandidates: Bool { next < candidates.count }

  // MARK: On the stack

  private static let fixedWords = 12
  /// Beside the phase: words for ``calls``, ``scanCalls`` and ``found`` follow.
  private static let callsFlag = 0x80
  /// … and, at the end, ``pending`` and ``passed``.
  private static let triggerFlag = 0x40

  /// Whether words on a stack, from a header on, are work that was put off and that is done by COMMIT.
  static func isCommit(_ words: ArraySlice<Value>) -> Bool {
    let word = words[words.startIndex + 1].asRaw ?? 0
    return word & 0x3F == Phase.deferred.rawValue && words[words.startIndex + 6].asRaw == 1
  }

  func encode(to stack: inout ContiguousArray<Value>) {
    let left = candidates.count - next
    let hasCalls = !calls.isEmpty || found > 0
    let isInTrigger = !pending.isEmpty || !passed.isEmpty
    var length = Self.fixedWords + left + output.count + parts.count + references.count
    if hasCalls { length += 1 + calls.count }
    if isInTrigger { length += pending.count + passed.count + 2 }
    stack.append(
      .header(kind: Executor.EntryKind.statement.rawValue, a: statement, b: length))
    let flags = (hasCalls ? Self.callsFlag : 0) | (isInTrigger ? Self.triggerFlag : 0)
    stack.append(.raw(part << 8 | flags | phase.rawValue))
    stack.append(snapshot < 0 ? .null : .snapshot(Int(snapshot)))
    stack.append(.raw(Int(command)))
    stack.append(.raw(affected | resultAffected << 28))
    stack.append(.raw(outputCount))
    stack.append(.raw(offset))
    stack.append(.raw(limit))
    stack.append(.raw(stride))
    stack.append(.raw(left))
    stack.append(.raw(output.count))
    stack.append(.raw(parts.count))
    if hasCalls {
      stack.append(.raw(calls.count | scanCalls << 16 | found << 32))
      stack.append(contentsOf: calls)
    }
    stack.append(contentsOf: candidates[next...])
    stack.append(contentsOf: output)
    stack.append(contentsOf: parts)
    stack.append(contentsOf: references)
    guard isInTrigger else { return }
    stack.append(contentsOf: pending)
    stack.append(contentsOf: passed)
    stack.append(.raw(pending.count))
    stack.append(.raw(passed.count))
  }

  mutating func decode(from stack: ContiguousArray<Value>, at start: Int) {
    let header = stack[start]
    statement = header.headerA
    let word = stack[start + 1].asRaw ?? 0
    part = word >> 8
    phase = Phase(rawValue: word & 0x3F) ?? .start
    snapshot = Int32(stack[start + 2].asSnapshot ?? -1)
    command = Int32(stack[start + 3].asRaw ?? 0)
    let counts = stack[start + 4].asRaw ?? 0
    affected = counts & 0xFFF_FFFF
    resultAffected = counts >> 28
    outputCount = stack[start + 5].asRaw ?? 0
    offset = stack[start + 6].asRaw ?? 0
    limit = stack[start + 7].asRaw ?? -1
    stride = stack[start + 8].asRaw ?? 1
    next = 0
    var position = start + Self.fixedWords
    func take(_ count: Int, into words: inout ContiguousArray<Value>) {
      words.removeAll(keepingCapacity: true)
      words.append(contentsOf: stack[position..<position + count])
      position += count
    }
    scanCalls = 0
    found = 0
    if word & Self.callsFlag != 0 {
      let counts = stack[position].asRaw ?? 0
      position += 1
      scanCalls = counts >> 16 & 0xFFFF
      found = counts >> 32
      take(counts & 0xFFFF, into: &calls)
    } else {
      calls.removeAll(keepingCapacity: true)
    }
    take(stack[start + 9].asRaw ?? 0, into: &candidates)
    take(stack[start + 10].asRaw ?? 0, into: &output)
    take(stack[start + 11].asRaw ?? 0, into: &parts)
    let end = start + header.headerB
    guard word & Self.triggerFlag != 0 else {
      take(end - position, into: &references)
      pending.removeAll(keepingCapacity: true)
      passed.removeAll(keepingCapacity: true)
      return
    }
    let pendingCount = stack[end - 2].asRaw ?? 0
    let passedCount = stack[end - 1].asRaw ?? 0
    take(end - 2 - pendingCount - passedCount - position, into: &references)
    take(pendingCount, into: &pending)
    take(passedCount, into: &passed)
  }
}
