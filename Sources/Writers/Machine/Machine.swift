package import SQL
package import Store

/// Runs a model: what can happen in a state, and what becomes of the state when it does.
///
/// This is the seam between what is explored and the exploring. A driver (search, replay, spec runner)
/// needs nothing else:
///
///     var machine = Machine(model: model, options: options)
///     var state = try machine.initialState()
///     machine.appendChoices(in: state, to: &choices)
///     machine.apply(choices[0], to: &state, recorder: &recorder)
///     machine.pack(state, to: &words, order: &order)
///
/// A machine holds only scratch memory between calls; each thread has its own.
package struct Machine {
  package private(set) var model: Model
  package let options: MachineOptions
  var executor: Executor
  var canonicalizer: Canonicalizer
  /// For each session, whether its program reads the time that its transaction or statement began.
  let readsClock: [Bool]
  /// Whether invariants may ask how sessions have ended.
  package let readsOutcomes: Bool
  /// For each table the modes of locks that are nobody else's business (``hide(_:)``); empty for none.
  var hiddenLocks: [UInt8] = []
  /// What sessions begin with, once that is known.
  private var data: DatabaseState?
  /// Scratch: members of cycles of waits; sections of packed sessions.
  var deadlocked: ContiguousArray<Int> = []
  var sections: ContiguousArray<UInt64> = []
  var sectionStarts: ContiguousArray<Int> = []
  /// For each session, the one before it that runs the same program with the same arguments, or -1.
  let previousInGroup: [Int]
  /// About the state that was unpacked last: for each session, how many have the same words as it, itself
  /// included; 0 if one before it has them.
  package internal(set) var twinCounts: ContiguousArray<Int> = []

  /// Whether an error of the last step was raised by the client's own program: its server knows nothing of it.
  package var hasClientRaised: Bool { executor.hasClientRaised }

  /// The errors with which sessions failed before their first step, when the initial state was made.
  package private(set) var startFailures: [(session: Int, error: SQLError)] = []

  package init(model: Model, options: MachineOptions) {
    self.model = model
    self.options = options
    var executorOptions = Executor.Options()
    executorOptions.runsWholeStatements = options.granularity == .statement
    executorOptions.countsEveryStatement = options.countsBegin
    executorOptions.goesOnAfterErrors = options.followsIsolationTester
    executorOptions.keepsTransactions = options.takesLaunches
    if options.takesLaunches {
      // One course is run, not all: what a test suite's setups fill tables with is no matter.
      executorOptions.visitsLimit = 100_000_000
      executorOptions.rowsLimit = 10_000_000
    }
    executor = Executor(program: model.program, instants: model.clock, options: executorOptions)
    canonicalizer = Canonicalizer(
      schema: model.program.schema, keepsWaitOrder: options.followsIsolationTester,
      hasSettings: model.program.hasSettings, tracking: Self.tracking(model, options))
    readsOutcomes = Self.readsOutcomes(model.program)
    readsClock = model.sessions.map {
      model.program.routines[Int($0.routine.index)].readsClock
    }
    previousInGroup =
      options.usesSymmetry
      ? model.identicalBefore : [Int](repeating: -1, count: model.sessions.count)
  }

  /// How the reads of serializable transactions are remembered; not at all where there can be none.
  private static func tracking(
    _ model: Model, _ options: MachineOptions
  ) -> SerializableState.Tracking {
    guard model.hasSerializableTransactions else { return .off }
    return options.followsIsolationTester || options.takesLaunches ? .server : .precise
  }

  var resumption: DatabaseState.Resumption {
    options.followsIsolationTester ? .oneQueue : options.takesLaunches ? .inOrder : .open
  }

  /// Goes on with another program, which holds all routines that are running, and all tables and sequences.
  package mutating func replace(program: Program, in state: inout MachineState) {
    model.program = program
    executor.program = program
    state.database.grow(to: program.schema)
  }

  // MARK: The beginning

  /// The state after the setup, with every program before its first step.
  ///
  /// - Throws: the setup's error, with the place of its statement.
  package mutating func initialState() throws(Diagnostic) -> MachineState {
    var state = MachineState()
    let count = model.sessions.count
    state.database = try initialData()
    state.database.serializable.tracking = Self.tracking(model, options)
    state.database.resumption = resumption
    state.database.sequenceUses = []
    state.database.sessions = ContiguousArray(
      repeating: DatabaseState.Session(), count: count)
    state.controls = ContiguousArray(repeating: MachineState.Control(), count: count)
    state.faultsLeft = ContiguousArray(model.faults.map { Int32($0.limit) })
    var recorder = Recorder(isOn: false)
    startFailures = []
    for session in model.sessions.indices {
      state.controls[session].retriesLeft = Int32(model.sessions[session].retries)
      state.controls[session].restartsLeft = Int32(model.sessions[session].restarts)
      lend(&state, session: session, &recorder)
      let result = executor.start(
        model.sessions[session].routine, arguments: model.sessions[session].arguments)
      if case .failed(let error) = result { startFailures.append((session, error)) }
      settle(result, session: session, isStart: true, &state)
      takeBack(&state, session: session, &recorder)
    }
    state.database.footprint = nil
    return state
  }

  /// What the setup makes, which is run once.
  ///
  /// - Throws: the setup's error, with the place of its statement.
  package mutating func initialData() throws(Diagnostic) -> DatabaseState {
    if let data { return data }
    var made = DatabaseState(schema: model.program.schema, sessionCount: 1)
    try runSetup(&made)
    data = made
    return made
  }

  /// Has the sessions begin with other data than the setup makes; what they read before their first steps goes into
  /// the data's footprint, if there is one.
  package mutating func begin(with data: DatabaseState) { self.data = data }

  /// The most rows and statements of the data block.
  private static let setupStepsLimit = 1_000

  /// Runs the setup to its end, alone.
  private mutating func runSetup(_ database: inout DatabaseState) throws(Diagnostic) {
    executor.session = 0
    executor.clock = 0
    executor.defaultIsolation = .readCommitted
    executor.recorder = Recorder(isOn: false)
    swap(&database, &executor.database)
    defer { swap(&database, &executor.database) }
    var result = executor.start(model.setup, arguments: [])
    var steps = 0
    while result == .yielded, steps < Self.setupStepsLimit {
      result = executor.step()
      steps += 1
    }
    let span = executor.lastSpan ?? model.span
    executor.stack.removeAll(keepingCapacity: true)
    switch result {
    case .ended: return
    case .yielded:
      throw Diagnostic(
        .failingSetup, "the initial data take more than \(Self.setupStepsLimit) steps", at: span,
        help: "a race needs few rows")
    case .waiting:
      throw Diagnostic(.failingSetup, "the data block waits for the clock", at: span)
    case .failed(let error):
      throw Diagnostic(
        .failingSetup, "the initial data cannot be made: \(error.message)",
        at: span,
        notes: ["SQLSTATE \(error.state.code)"] + (error.detail.map { [$0] } ?? []))
    }
  }

  // MARK: Choices

  /// Appends what can happen next: sessions in order (each `step`, then `victim`, then `crash`), then
  /// the clock.
  package mutating func appendChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    appendChoices(in: state, skipsTwins: false, to: &choices)
  }

  /// Appends what can happen next in the state that was unpacked last, except for sessions that have the
  /// same words as one before them.
  ///
  /// Exchanging the two changes nothing in the state, so that what one does leads to the same packed
  /// state as what the other does.
  package mutating func appendDistinctChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    appendChoices(in: state, skipsTwins: true, to: &choices)
  }

  private mutating func appendChoices(
    in state: MachineState, skipsTwins: Bool, to choices: inout ContiguousArray<Choice>
  ) {
    deadlocked.removeAll(keepingCapacity: true)
    if !options.followsIsolationTester {
      state.database.appendCycles(schema: model.program.schema, to: &deadlocked)
      if let doomed = deadlocked.first, state.database.sessions[doomed].request.isDoomed {
        // It fails in the very request that closes the cycle: nothing comes between.
        choices.append(Choice(.victim, session: doomed))
        return
      }
    }
    var isAnyoneLeft = false
    for session in state.controls.indices where state.controls[session].status == .ready {
      isAnyoneLeft = true
      if skipsTwins && twinCounts[session] == 0 { continue }
      if canStep(session, in: state) {
        choices.append(Choice(.step, session: session))
        if state.database.mayRefuse(session: session) {
          choices.append(Choice(.refused, session: session))
        }
      }
      if deadlocked.contains(session) { choices.append(Choice(.victim, session: session)) }
      if !options.followsIsolationTester { appendTimeouts(of: session, in: state, to: &choices) }
      if canCrash(session, in: state) { choices.append(Choice(.crash, session: session)) }
    }
    if isAnyoneLeft && Int(state.clock) + 1 < model.clock.count { choices.append(Choice(.clock)) }
  }

  func canStep(_ session: Int, in state: MachineState) -> Bool {
    let it = state.database.sessions[session]
    switch it.wait {
    case .none: return true
    case .clock: return it.wakeTime <= model.clock[Int(state.clock)]
    case .row, .key, .safeSnapshot, .object:
      return state.database.isWaitOver(session: session, schema: model.program.schema)
    }
  }

  /// A client dies between two of its statements.
  ///
  /// One that dies during a statement is noticed by the server when the statement has ended, so that
  /// nothing more can come of it; a statement outside a transaction block commits all the same.
  private func canCrash(_ session: Int, in state: MachineState) -> Bool {
    guard state.controls[session].hasBegun, fault(hitting: session, in: state) != nil else {
      return false
    }
    guard !state.database.sessions[session].isImplicit else { return false }
    guard state.database.sessions[session].wait == .none else { return false }
    let start = Int(state.controls[session].stackStart)
    let count = Int(state.controls[session].stackCount)
    return executor.isBetweenClientStatements(state.stack[start..<start + count])
  }

  private func fault(hitting session: Int, in state: MachineState) -> Int? {
    model.faults.indices.first {
      state.faultsLeft[$0] > 0 && model.faults[$0].sessions.contains(session)
    }
  }

  /// Whether no session can ever step again, so that `finally` invariants are due.
  package mutating func isFinal(_ state: MachineState) -> Bool {
    var mayWake = false
    for session in state.controls.indices where state.controls[session].status == .ready {
      if canStep(session, in: state) || mayTimeOut(session, in: state) { return false }
      let it = state.database.sessions[session]
      if it.wait == .clock, let last = model.clock.last, it.wakeTime <= last { mayWake = true }
    }
    if mayWake { return false }
    deadlocked.removeAll(keepingCapacity: true)
    state.database.appendCycles(schema: model.program.schema, to: &deadlocked)
    return deadlocked.isEmpty
  }

  /// Appends the members of cycles of waits that only an error can end.
  package mutating func appendDeadlocked(
    in state: MachineState, to sessions: inout ContiguousArray<Int>
  ) {
    state.database.appendDeadlocked(schema: model.program.schema, to: &sessions)
  }

  // MARK: Steps

  /// Carries out one choice; `state` must be one in which it is enabled.
  ///
  /// - Returns: Whether invariants can have changed: something was committed, the world changed, the clock
  ///   moved, or a session ended.
  @discardableResult
  package mutating func apply(
    _ choice: Choice, to state: inout MachineState, recorder: inout Recorder
  ) -> Bool {
    let session = Int(choice.session)
    var hasChanged: Bool
    switch choice.kind {
    case .clock:
      state.clock += 1
      recorder.record(.clockMoved(to: model.clock[Int(state.clock)]))
      return true
    case .crash:
      crash(session, &state, &recorder)
      hasChanged = true
    case .step, .victim, .refused, .lockTimeout, .statementTimeout, .idleTimeout:
      hasChanged = run(choice, &state, &recorder)
    }
    if options.followsIsolationTester, settleWaits(&state, &recorder) { hasChanged = true }
    return hasChanged
  }

  private mutating func run(
    _ choice: Choice, _ state: inout MachineState, _ recorder: inout Recorder
  ) -> Bool {
    let session = Int(choice.session)
    state.controls[session].hasBegun = true
    if choice.kind == .victim, rearrange(session, &state, &recorder) { return false }
    lend(&state, session: session, &recorder)
    let result: Executor.Result
    switch choice.kind {
    case .idleTimeout: result = executor.endConnection(with: .idleTimeout)
    default: result = choice.kind.error.map { executor.fail(with: $0) } ?? executor.step()
    }
    settle(result, session: session, &state)
    let hasChanged = executor.hasChangedData || state.controls[session].status != .ready
    takeBack(&state, session: session, &recorder)
    return hasChanged
  }

  /// Breaks the cycles of waits by other orders of the queues, if the session's deadlock check finds such.
  private func rearrange(
    _ session: Int, _ state: inout MachineState, _ recorder: inout Recorder
  ) -> Bool {
    guard
      case .soft(let orders) = state.database.checkDeadlock(
        of: session, schema: model.program.schema)
    else { return false }
    state.database.rearrange(orders)
    recorder.record(.rearranged(orders))
    return true
  }

  private mutating func crash(
    _ session: Int, _ state: inout MachineState, _ recorder: inout Recorder
  ) {
    if let fault = fault(hitting: session, in: state) { state.faultsLeft[fault] -= 1 }
    recorder.record(.crashed)
    if state.database.sessions[session].phase != .idle {
      recorder.record(.rolledBack(isFailure: true))
    }
    lend(&state, session: session, &recorder)
    executor.database.rollback(session: session)
    executor.database.endSession(session)
    executor.database.sequenceUses.removeAll { Int($0.session) == session }
    executor.stack.removeAll(keepingCapacity: true)
    state.controls[session].status = .crashed
    restart(session, &state)
    takeBack(&state, session: session, &recorder)
  }

  /// As isolationtester's server would: waits that are over end at once, in order of arrival, and a
  /// deadlock costs the session that has waited longest its statement.
  private mutating func settleWaits(
    _ state: inout MachineState, _ recorder: inout Recorder
  ) -> Bool {
    var hasChanged = false
    while true {
      state.database.noteSleeps()
      deadlocked.removeAll(keepingCapacity: true)
      state.database.appendCycles(schema: model.program.schema, to: &deadlocked)
      let victim = deadlocked.min {
        let left = state.database.milliseconds(.deadlockTimeout, session: $0)
        let right = state.database.milliseconds(.deadlockTimeout, session: $1)
        return (left, state.database.sessions[$0].sleepRank)
          < (right, state.database.sessions[$1].sleepRank)
      }
      let timeout = firstTimeout(in: state)
      if let timeout, let victim,
        timeout.milliseconds < state.database.milliseconds(.deadlockTimeout, session: victim)
      {
        if run(timeout.choice, &state, &recorder) { hasChanged = true }
        continue
      }
      if let victim {
        if run(Choice(.victim, session: victim), &state, &recorder) { hasChanged = true }
        continue
      }
      var woken: ContiguousArray<Int> = []
      for session in state.controls.indices where state.controls[session].status == .ready {
        let wait = state.database.sessions[session].wait
        if wait != .none, wait != .clock, canStep(session, in: state) { woken.append(session) }
      }
      let first = woken.min {
        state.database.sessions[$0].waitRank < state.database.sessions[$1].waitRank
      }
      guard let first else {
        let isStuck = !state.controls.indices.contains {
          state.controls[$0].status == .ready && canStep($0, in: state)
        }
        guard isStuck, let timeout else { return hasChanged }
        if run(timeout.choice, &state, &recorder) { hasChanged = true }
        continue
      }
      if run(Choice(.step, session: first), &state, &recorder) { hasChanged = true }
    }
  }

  // MARK: The executor's loan

  mutating func lend(
    _ state: inout MachineState, session: Int, _ recorder: inout Recorder
  ) {
    swap(&state.database, &executor.database)
    swap(&recorder, &executor.recorder)
    executor.session = session
    executor.clock = state.clock
    executor.defaultIsolation = model.sessions[session].isolation
    executor.stack.removeAll(keepingCapacity: true)
    let start = Int(state.controls[session].stackStart)
    executor.stack.append(
      contentsOf: state.stack[start..<start + Int(state.controls[session].stackCount)])
  }

  mutating func takeBack(
    _ state: inout MachineState, session: Int, _ recorder: inout Recorder
  ) {
    executor.clearDeadVariables()
    swap(&state.database, &executor.database)
    swap(&recorder, &executor.recorder)
    if !readsClock[session] {
      state.database.sessions[session].transactionStart = 0
      state.database.sessions[session].statementStart = 0
    }
    let start = Int(state.controls[session].stackStart)
    let count = Int(state.controls[session].stackCount)
    state.stack.replaceSubrange(start..<start + count, with: executor.stack)
    let growth = Int32(executor.stack.count - count)
    state.controls[session].stackCount += growth
    for other in state.controls.indices where state.controls[other].stackStart >= start + count {
      if other != session { state.controls[other].stackStart += growth }
    }
  }

  /// Notes how the session stands after its step, and begins its program again if it may.
  ///
  /// An error before the program's first step comes each time: a writer that tries again as often as it
  /// takes ends with it.
  mutating func settle(
    _ result: Executor.Result, session: Int, isStart: Bool = false, _ state: inout MachineState
  ) {
    switch result {
    case .yielded, .waiting: return
    case .ended(let outcome):
      executor.recorder.record(.ended(outcome: outcome, error: nil))
      state.controls[session].status = .ended
      state.controls[session].outcome = outcome
      state.controls[session].sqlState = .null
      restartAfterEnd(session, &state)
    case .failed(let error):
      if executor.database.sessions[session].phase != .idle, !options.takesLaunches {
        executor.recorder.record(.rolledBack(isFailure: true))
        executor.database.rollback(session: session)
      }
      executor.stack.removeAll(keepingCapacity: true)
      if error == .idleTimeout { executor.database.endSession(session) }
      let definition = model.sessions[session]
      let isUnbounded = definition.retries == SessionDefinition.asOftenAsItTakes
      if state.controls[session].retriesLeft > 0, definition.retryConditions.contains(error.state),
        !isUnbounded || !isStart
      {
        if !isUnbounded { state.controls[session].retriesLeft -= 1 }
        executor.recorder.record(.retried(left: Int(state.controls[session].retriesLeft)))
        begin(session, &state)
        return
      }
      if !options.takesLaunches { executor.database.endSession(session) }
      executor.recorder.record(.ended(outcome: .null, error: error))
      state.controls[session].status = .ended
      state.controls[session].outcome = .null
      state.controls[session].sqlState = Value(text: error.state.code)
      // An error that the scenario does not list is a finding: it is left to be seen.
      if model.allowances.allows(error.state, session: session) {
        restartAfterEnd(session, &state)
      }
    }
  }

  /// Begins the program again that has come to an end; what waits for a crash waits in vain.
  private mutating func restartAfterEnd(_ session: Int, _ state: inout MachineState) {
    if model.sessions[session].restartsOnCrashOnly {
      state.controls[session].restartsLeft = 0
    } else {
      restart(session, &state)
    }
  }

  private mutating func restart(_ session: Int, _ state: inout MachineState) {
    guard state.controls[session].restartsLeft > 0 else { return }
    state.controls[session].restartsLeft -= 1
    executor.recorder.record(.restarted(left: Int(state.controls[session].restartsLeft)))
    state.controls[session].retriesLeft = Int32(model.sessions[session].retries)
    begin(session, &state)
  }

  private mutating func begin(_ session: Int, _ state: inout MachineState) {
    state.controls[session].status = .ready
    state.controls[session].hasBegun = false
    state.controls[session].outcome = .null
    state.controls[session].sqlState = .null
    let result = executor.start(
      model.sessions[session].routine, arguments: model.sessions[session].arguments)
    settle(result, session: session, isStart: true, &state)
  }
}

extension Allowances {
  /// Whether the error may end the session.
  package func allows(_ state: SQLState, session: Int) -> Bool {
    guard let states = errors[session] else { return false }
    return states.isEmpty || states.contains(state)
      || states.contains { $0.isClass && $0.classPrefix == state.classPrefix }
  }
}
