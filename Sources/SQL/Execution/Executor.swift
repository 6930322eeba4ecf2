package import Store

/// Executes one session's routines against a database, a step at a time.
///
/// **A step** is one unit of work that other sessions could notice, together with the control flow up
/// to the next such unit. The units of a statement are PostgreSQL's own:
///
///     UPDATE orders SET … WHERE status = 'pending' AND NOT EXISTS (…)
///
///     1  start: takes the snapshot, finds orders 1 and 4
///     2  locks order 1, re-checks it if it has changed, writes it       (or waits, then goes on here)
///     3  locks order 4, …                                               statement done, control flow
///     4  COMMIT
///
/// Where nothing but the one row can decide what happens, 1 and 2 are one step
/// (``StatementPart/touchesOneRowByKey``).
///
/// **The stack** of a session is a run of tagged words: frames of routines, cursors of FOR loops,
/// blocks with handlers, and at the top, between steps, a statement in progress. The executor works on
/// a copy of the active session's stack and on the database itself; both are lent to it for the step.
///
/// Errors are values: a failing statement unwinds the stack to the nearest handler, as PL/pgSQL does,
/// or to the client.
package struct Executor {
  package enum Result: Hashable, Sendable {
    /// The session can go on with another step.
    case yielded
    /// It waits for a row, a key or the clock.
    case waiting
    /// The program has ended with this outcome.
    case ended(Value)
    /// An error that no handler took; the transaction has been failed or rolled back.
    case failed(SQLError)
  }

  /// What the machine asks for (a subset of its options).
  package struct Options: Hashable, Sendable {
    /// Run client statements whole.
    package var runsWholeStatements = false
    /// BEGIN, COMMIT and every client statement is a step.
    package var countsEveryStatement = false
    /// After an error the client goes on with its next statement.
    package var goesOnAfterErrors = false
    /// The client stays when a routine of its has ended, and its transaction with it.
    package var keepsTransactions = false
    /// The most rows that one step may visit: a join without a condition is not waited for.
    package var visitsLimit = 300_000
    /// The most rows that one statement may change, lock or return.
    package var rowsLimit = 1_000

    package init() {}
  }

  package var program: Program
  package let options: Options
  /// The instants of the clock; time words are positions in it.
  package let instants: [Int64]

  // Lent for a step.
  package var database = DatabaseState()
  package var stack: ContiguousArray<Value> = []
  package var session = 0
  package var clock: Int32 = 0
  package var recorder = Recorder(isOn: false)
  package var defaultIsolation = IsolationLevel.readCommitted
  /// Committed data or the world has changed in this step.
  package var hasChangedData = false

  // Scratch of the step.
  var frame = 0
  var isConsumed = false
  var controlSteps = 0
  var visits = 0
  /// What the last round of each recursive query has added.
  var workingTables: [Int: RowSet] = [:]
  var progress = StatementProgress()
  var isInStatement = false
  /// The error being handled was raised by the client's own program, so that the server knows nothing of it.
  var isClientError = false
  /// In this step the client's own program has raised an error, of which the server knows nothing.
  package internal(set) var hasClientRaised = false
  /// The session has just been woken from a wait for a row or key, and goes on with what it waited for.
  var isResumed = false
  /// Whether what is read now has been read, by this statement and for the same row, before it waited.
  var repeatsReads = false
  /// The wait for a row from which the step goes on.
  var endedWait: EndedWait?
  /// The session has just been woken from a wait for a safe snapshot.
  var isResumedForSnapshot = false
  /// The statement's rows were found in this step, so that they stand as its snapshot shows them.
  var isFirstLook = false
  /// In this step a statement took its snapshot and read by it; a lock function was called.
  var hasRead = false
  var hasCalled = false
  /// The next of ``StatementProgress/calls``; the part in hand has any.
  var callIndex = 0
  var keepsCalls = false
  /// How ``SQLError/suspended`` ends the step.
  var suspension = Progression.waiting
  /// A row has been locked or changed in this step.
  var hasTouchedRow = false
  /// A trigger's function has ended in this step, so that what is noticed next takes another.
  var isAfterTrigger = false
  /// Statements begun so far, and when BEFORE triggers were called last; -1 in an earlier step.
  var statementsBegun = 0
  var statementsAtCall = -1
  /// The columns that the UPDATE in hand sets; kept up to date where there are triggers.
  var assignedColumns: [Int] = []
  /// What COMMIT had to do first has been done in this step.
  var isDeferredDone = false
  /// The keys of unique indexes, while a step inserts many rows.
  var keyFilters: [KeyFilter] = []
  var parentIndexes: [ParentIndex] = []

  // Scratch of evaluation.
  var context: EvaluationContext
  var operands: ContiguousArray<Value> = []
  var tuples: ContiguousArray<Value> = []
  var levels: ContiguousArray<Int> = []
  /// The rows that queries are handing over, innermost last.
  var rowBuffer: ContiguousArray<Value> = []
  var view = View(snapshot: 0, command: 0)
  var fixedTuple: Int?
  /// The tuple on top shows rows that have been locked or changed, in their newest versions.
  var readsNewest = false
  var subqueryDepth = 0
  var inlineDepth = 0
  package var outcomes: [[Value]] = []

  /// Which versions a query sees.
  struct View {
    var snapshot: Int32
    var command: Int32
  }

  package init(program: Program, instants: [Int64], options: Options) {
    self.program = program
    self.instants = instants
    self.options = options
    context = EvaluationContext(
      time: EvaluationTime(instants[0]), options: program.format, catalog: program.types)
  }

  /// The most control-flow instructions in one step: a program that runs on without touching the
  /// database is taken to loop for ever.
  static let controlStepsLimit = 100_000
  /// The most words in a session's stack: deeper recursion is an error, as in PostgreSQL.
  static let stackLimit = 20_000

  // MARK: Driving

  /// Puts the routine's first frame on an empty stack and runs its control flow up to its first step.
  package mutating func start(_ routine: RoutineID, arguments: [Value]) -> Result {
    stack.removeAll(keepingCapacity: true)
    // The step before may have been another session's, and have ended within a statement.
    isInStatement = false
    isResumed = false
    frame = 0
    pushFrame(routine, resultSlot: nil)
    for (index, argument) in arguments.enumerated() {
      stack[frame + Self.frameHeader + Int(Routine.Slot.first) + index] = argument
    }
    isConsumed = true
    return run()
  }

  /// Takes the session's next step.
  package mutating func step() -> Result {
    prepare()
    isConsumed = false
    if database.sessions[session].wait != .none {
      let wait = database.sessions[session].wait
      let request = database.sessions[session].request
      isResumedForSnapshot = wait == .safeSnapshot
      if wait == .row { endedWait = EndedWait(database.sessions[session]) }
      database.endWait(session: session)
      recorder.record(.woke)
      isResumed = wait == .row || wait == .key
      if wait == .clock, isInStatement {
        // pg_sleep in the middle of a query.
        progress.calls.append(Value(text: ""))
      } else if wait == .clock {
        advance()
        if options.countsEveryStatement { isConsumed = true }
      }
      if wait == .object { resume(request) }
    }
    if isInStatement {
      isConsumed = true
      statementsAtCall = statementsBegun
    }
    return run()
  }

  /// Fails the session's current statement, as the deadlock detector does.
  package mutating func fail(with error: SQLError) -> Result {
    prepare()
    isConsumed = true
    database.endWait(session: session)
    isInStatement = false
    if let result = handle(error) { return result }
    return run()
  }

  /// Forgets the session's routine and its wait for a table; the transaction goes on.
  ///
  /// - Returns: `nil` if the client's statement may have done something before.
  package mutating func abandon() -> Result? {
    prepare()
    guard isInStatement, progress.phase == .tables, hasDoneNothing else {
      if isInStatement { progress.encode(to: &stack) }
      return nil
    }
    database.endWait(session: session)
    isInStatement = false
    stack.removeAll(keepingCapacity: true)
    return .ended(.null)
  }

  /// Whether the statement in progress is the first that the client's statement comes to: its own, or the only one of
  /// functions that it calls.
  private var hasDoneNothing: Bool {
    var position = 0
    while position < stack.count {
      let header = stack[position]
      switch EntryKind(rawValue: header.headerKind) {
      case .frame where position > 0:
        let routine = program.routines[header.headerA]
        let statements = routine.instructions.count {
          switch $0 {
          case .statement, .openCursor, .call: true
          default: false
          }
        }
        guard routine.isReadOnly, statements == 1 else { return false }
      case .frame: break
      default: return false
      }
      position += entryLength(at: position)
    }
    return true
  }

  /// Ends the session's connection between two of its statements; its program fails with the error.
  package mutating func endConnection(with error: SQLError) -> Result {
    prepare()
    recorder.record(.failed(error))
    return .failed(error)
  }

  /// Finds the top frame and takes a statement in progress off the stack.
  private mutating func prepare() {
    hasChangedData = false
    hasClientRaised = false
    endedWait = nil
    isInStatement = false
    isResumed = false
    isResumedForSnapshot = false
    isFirstLook = false
    hasRead = false
    hasCalled = false
    keepsCalls = false
    hasTouchedRow = false
    isAfterTrigger = false
    isDeferredDone = false
    keyFilters.removeAll()
    parentIndexes.removeAll()
    statementsAtCall = -1
    frame = 0
    var position = 0
    while position < stack.count {
      let header = stack[position]
      switch EntryKind(rawValue: header.headerKind) {
      case .frame: frame = position
      case .statement where position + header.headerB == stack.count:
        progress.decode(from: stack, at: position)
        stack.removeSubrange(position...)
        isInStatement = true
        return
      default: break
      }
      position += entryLength(at: position)
    }
  }

  /// Runs until the session has done one unit of work and stands before the next.
  private mutating func run() -> Result {
    controlSteps = 0
    visits = 0
    while true {
      do throws(SQLError) {
        let result = isInStatement ? try continueStatement() : try execute()
        if let result {
          if isInStatement { progress.encode(to: &stack) }
          return result
        }
      } catch {
        if error == .suspended {
          reset()
          progress.encode(to: &stack)
          return suspension == .waiting ? .waiting : .yielded
        }
        isInStatement = false
        if let result = handle(error) { return result }
      }
    }
  }

  /// The lock that the session waited for is held.
  private mutating func resume(_ request: DatabaseState.ObjectRequest) {
    recorder.record(.lockedObject(request.object, mode: request.mode))
    guard request.object.isAdvisory else { return }
    hasCalled = true
    progress.calls.append(Value(text: ""))
  }

  // MARK: The stack

  enum EntryKind: UInt8 {
    case frame = 1
    case cursor, block, statement
    /// The rows of a function that was called before a statement.
    case result
  }

  /// Words before a frame's slots: the header with routine and position, then where the result goes.
  static let frameHeader = 2

  func entryLength(at position: Int) -> Int { entryLength(in: stack, at: position) }

  func entryLength(in stack: ContiguousArray<Value>, at position: Int) -> Int {
    entryLength(of: stack[position])
  }

  func entryLength(of header: Value) -> Int {
    switch EntryKind(rawValue: header.headerKind) {
    case .frame: return Self.frameHeader + program.routines[header.headerA].variables.count
    case .cursor, .result: return 1 + header.headerA * header.headerB
    case .block: return 1
    case .statement: return header.headerB
    case nil: preconditionFailure("the stack holds \(header) where an entry should begin")
    }
  }

  var routine: Int { stack[frame].headerA }

  var position: Int {
    get { stack[frame].headerB }
    set {
      stack[frame] = .header(
        kind: EntryKind.frame.rawValue, a: stack[frame].headerA, b: newValue)
    }
  }

  mutating func advance() { position += 1 }

  func slot(_ slot: UInt16) -> Value { stack[frame + Self.frameHeader + Int(slot)] }

  mutating func assign(_ value: Value, to slot: UInt16) {
    stack[frame + Self.frameHeader + Int(slot)] = value
    if recorder.isOn && slot >= Routine.Slot.first {
      recorder.record(
        .assigned(routine: RoutineID(routine), slot: Int(slot), value: value))
    }
  }

  mutating func pushFrame(_ routine: RoutineID, resultSlot: UInt16?) {
    frame = stack.count
    stack.append(.header(kind: EntryKind.frame.rawValue, a: Int(routine.index), b: 0))
    stack.append(.raw(resultSlot.map { Int($0) + 1 } ?? 0))
    for _ in program.routines[Int(routine.index)].variables { stack.append(.null) }
    stack[frame + Self.frameHeader + Int(Routine.Slot.found)] = .false
    stack[frame + Self.frameHeader + Int(Routine.Slot.rowCount)] = Value(integer: 0)
  }

  /// Drops the top frame with everything above it and finds the frame below.
  mutating func popFrame() {
    stack.removeSubrange(frame...)
    frame = 0
    var position = 0
    while position < stack.count {
      if stack[position].headerKind == EntryKind.frame.rawValue { frame = position }
      position += entryLength(at: position)
    }
  }

  /// Where the last entry of the stack begins.
  var topEntry: Int {
    var position = frame
    while true {
      let next = position + entryLength(at: position)
      if next >= stack.count { return position }
      position = next
    }
  }

  /// Whether the top frame runs for a statement that is in progress below it: a trigger's function does.
  var isNested: Bool {
    guard !program.triggers.isEmpty else { return false }
    var position = 0
    while position < frame {
      if stack[position].headerKind == EntryKind.statement.rawValue { return true }
      position += entryLength(at: position)
    }
    return false
  }

  /// How many frames there are.
  var depth: Int {
    var count = 0
    var position = 0
    while position < stack.count {
      if stack[position].headerKind == EntryKind.frame.rawValue { count += 1 }
      position += entryLength(at: position)
    }
    return count
  }

  /// Sets every variable that its routine can no longer read to NULL, in all frames.
  package mutating func clearDeadVariables() {
    var position = 0
    while position < stack.count {
      let header = stack[position]
      if header.headerKind == EntryKind.frame.rawValue {
        let routine = program.routines[header.headerA]
        let words = routine.liveWords
        let base = header.headerB * words
        if base + words <= routine.live.count {
          for slot in routine.variables.indices
          where routine.live[base + slot / 64] >> UInt64(slot % 64) & 1 == 0 {
            stack[position + Self.frameHeader + slot] = .null
          }
        }
      }
      position += entryLength(at: position)
    }
  }

  /// Brings the clocks that expressions read up to date.
  mutating func setTime() {
    let it = database.sessions[session]
    context.time = EvaluationTime(
      transactionStart: instants[Int(it.transactionStart)],
      statementStart: instants[Int(it.statementStart)], clock: instants[Int(clock)])
  }
}
