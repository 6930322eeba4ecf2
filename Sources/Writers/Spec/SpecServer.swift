import SQL
import Store

/// The server side of a spec: sessions that are sent strings, on a clock of its own.
///
/// Time passes while the tester waits, and what takes time in the server happens then: a sleeping session
/// looks for a deadlock once its `deadlock_timeout` is over, and fails if it is in one (`CheckDeadLock` in
/// proc.c).
struct SpecServer {
  /// What a session tells its client.
  enum Message {
    case notice(String)
    case answer(Answer)
    case error(SQLError)
  }

  /// A wait that a timer belongs to.
  private struct Sleep {
    /// Tells one sleep from the next (``DatabaseState/Session/sleepRank``).
    var rank: Int32
    var since: Int64
    var hasLooked = false
  }

  /// A string whose statements are compiled one by one.
  struct Job {
    enum Phase { case next, running, locking }

    var text: SpecText
    var next = 0
    var phase = Phase.next
    /// What its session saw when the statement was compiled.
    var view: [Int] = []
    var families: [TableID: [TableID]] = [:]
    /// Whether the statement keeps to the children that it found when it was compiled first.
    var keepsFamilies = false
    /// Whether it has ended with an error.
    var hasFailed = false
    /// Whether the name that the statement gives was free when it began.
    var foundNameFree = false
  }

  let compiled: CompiledSpec
  var machine: Machine
  var state: MachineState
  /// Microseconds since the file was begun.
  private(set) var now: Int64 = 0
  private var sleeps: [Sleep?]
  /// When the string that each session runs was sent.
  private var launches: [Int64]
  /// For a session in pg_sleep, when it wakes.
  private var alarms: [Int64?]
  /// For each session, what its client has not taken yet.
  var mailboxes: [[Message]]
  /// Which of several sessions that could go on does, one number for each time there was a choice; the one
  /// that has waited longest (0) where the numbers end.
  var wakes: [Int] = []
  /// How many sessions there were to choose from each time.
  private(set) var wakeCounts: [Int] = []
  /// Whether a look for deadlocks has found one, or a queue to be put into another order.
  private(set) var hasMetCycle = false
  /// What a step has asked for that is not simulated.
  private(set) var refusal: SQLError?
  /// Why a statement that was compiled when it ran could not be.
  var refusalReason: Diagnostic?
  /// Where steps change definitions: what is defined, and the string that each session runs.
  var catalogue: SpecCatalogue?
  var jobs: [Job?]
  /// The relations that are there, by name.
  var relations: [String: SpecRelation] = [:]
  /// Tables of a setup that were never dropped.
  let initial: DatabaseState

  init(_ compiled: CompiledSpec) throws(Diagnostic) {
    self.compiled = compiled
    var options = MachineOptions()
    options.granularity = .statement
    options.takesLaunches = true
    machine = Machine(model: compiled.model, options: options)
    state = try machine.initialState()
    state.database.isHeapOrdered = true
    // None has been created yet.
    state.database.inactiveTriggers = .max
    state.database.inactiveReferences = .max
    initial = state.database
    let count = compiled.model.sessions.count
    sleeps = Array(repeating: nil, count: count)
    alarms = Array(repeating: nil, count: count)
    launches = Array(repeating: 0, count: count)
    mailboxes = Array(repeating: [], count: count)
    jobs = Array(repeating: nil, count: count)
    if compiled.definesInSteps {
      let (builder, contexts) = SpecCompiler.builder(of: compiled)
      catalogue = SpecCatalogue(builder, contexts: contexts)
    }
  }

  // MARK: Sessions

  func isBusy(_ session: Int) -> Bool { state.controls[session].status == .ready }

  /// Whether a session waits for another (`pg_isolation_test_session_is_blocked`).
  func isBlocked(_ session: Int) -> Bool {
    guard isWaiting(session) else { return false }
    // A prepared transaction belongs to no session that the tester knows.
    guard !compiled.model.program.preparedNames.isEmpty else { return true }
    return blockers(of: session).contains { $0 <= compiled.control }
  }

  /// Whether a session sleeps until another transaction does something.
  private func isWaiting(_ session: Int) -> Bool {
    isBusy(session) && state.database.isBlocked(session)
  }

  /// Sends a part of a string to a session that is at rest.
  ///
  /// - Returns: False for what is no matter of the session, but for ``apply(_:)``.
  mutating func send(_ part: SpecString.Part, to session: Int) -> Bool {
    switch part {
    case .run(let routine): send(routine, to: session)
    case .text(let text):
      launches[session] = now
      jobs[session] = Job(text: text)
      goOn(session)
      settle()
    case .create, .drop, .truncate, .forgetFunction: return false
    }
    return true
  }

  /// Sends a routine to a session that is at rest.
  private mutating func send(_ routine: RoutineID, to session: Int) {
    launches[session] = now
    run(session) { machine, state, recorder in
      machine.launch(routine, session: session, in: &state, recorder: &recorder)
      machine.proceed(session: session, in: &state, recorder: &recorder)
    }
    settle()
  }

  /// The sessions that a session waits for.
  func blockers(of session: Int) -> Set<Int> {
    var found: ContiguousArray<Int> = []
    state.database.appendBlockers(
      of: session, schema: machine.model.program.schema, to: &found)
    return Set(found)
  }

  /// Takes what the session has told so far.
  mutating func takeMessages(_ session: Int) -> [Message] {
    let messages = mailboxes[session]
    mailboxes[session] = []
    return messages
  }

  /// Takes the notices that come before anything else.
  mutating func takeNotices(_ session: Int) -> [String] {
    var notices: [String] = []
    for case .notice(let text) in mailboxes[session].prefix(while: \.isNotice) {
      notices.append(text)
    }
    mailboxes[session].removeFirst(notices.count)
    return notices
  }

  /// Takes the notifications that the session's client has been sent.
  mutating func takeNotifications(_ session: Int) -> [Notifications.Sent] {
    state.database.takeNotifications(session: session)
  }

  /// Whether a result has arrived at the client: at the end of the string all, before that those in front of
  /// a notice, which is sent at once with whatever is waiting to be sent.
  func hasResult(_ session: Int) -> Bool {
    guard isBusy(session) else { return true }
    guard let first = mailboxes[session].firstIndex(where: { !$0.isNotice }) else { return false }
    return mailboxes[session][first...].contains(where: \.isNotice)
  }

  /// Cancels what a session is doing, as its client asks for.
  mutating func cancel(_ session: Int) {
    fail(session, SQLError(.queryCanceled, "canceling statement due to user request"))
  }

  private mutating func fail(_ session: Int, _ error: SQLError) {
    run(session) { machine, state, recorder in
      machine.fail(session: session, with: error, in: &state, recorder: &recorder)
      machine.proceed(session: session, in: &state, recorder: &recorder)
    }
    settle()
  }

  mutating func run(
    _ session: Int, _ body: (inout Machine, inout MachineState, inout Recorder) -> Void
  ) {
    // Who waits again sleeps anew, though the sleep may have the same number.
    sleeps[session] = nil
    var recorder = Recorder(isOn: true)
    recorder.messagesFrom =
      state.database.setting(.clientMessages, session: session)?.asInteger
    body(&machine, &state, &recorder)
    var answers = recorder.answers[...]
    for (position, event) in recorder.events.enumerated() {
      while let answer = answers.first, answer.position <= position {
        append(answers.removeFirst(), session)
      }
      switch event {
      case .notice(let level, let message):
        if let severity = level.severity {
          mailboxes[session].append(.notice("\(severity):  \(message)"))
        }
      case .ended(_, let error?):
        if error.isRefusal { refusal = error }
        dropUncommitted(session)
        mailboxes[session].append(.error(error))
        jobs[session]?.hasFailed = true
      default: break
      }
    }
    for answer in answers { append(answer, session) }
    endDefinitions()
    goOn(session)
  }

  /// Takes a result back whose transaction could not be committed.
  private mutating func dropUncommitted(_ session: Int) {
    let last = mailboxes[session].lastIndex { !$0.isNotice }
    guard let last, case .answer(let answer) = mailboxes[session][last], answer.isBeforeCommit
    else { return }
    mailboxes[session].remove(at: last)
  }

  /// The result of a statement with rows is announced when the statement begins, so that its notices come
  /// behind the result before; libpq reads the notices of others as soon as it has read that.
  private mutating func append(_ answer: Answer, _ session: Int) {
    defer { mailboxes[session].append(.answer(answer)) }
    guard answer.columns.isEmpty,
      let last = mailboxes[session].lastIndex(where: { !$0.isNotice })
    else { return }
    mailboxes[session].append(mailboxes[session].remove(at: last))
  }

  /// Lets everybody go on who can, in the order in which they began to wait, and notes who sleeps.
  mutating func settle() {
    while true {
      if let doomed = state.database.doomedSession {
        // The request itself finds the deadlock.
        hasMetCycle = true
        run(doomed) { machine, state, recorder in
          machine.fail(session: doomed, with: .deadlockDetected, in: &state, recorder: &recorder)
          machine.proceed(session: doomed, in: &state, recorder: &recorder)
        }
        continue
      }
      state.database.noteSleeps()
      noteSleeps()
      let ready = state.controls.indices.filter {
        machine.canGoOn(session: $0, in: state) && state.database.sessions[$0].wait != .clock
      }
      guard let first = next(of: ready) else { return }
      if isOutdated(first) {
        planAnew(first)
        if refusalReason != nil { return }
        continue
      }
      if jobs[first]?.keepsFamilies == true { install(for: first) }
      run(first) { machine, state, recorder in
        machine.proceed(session: first, in: &state, recorder: &recorder)
      }
    }
  }

  /// Which of the sessions that can go on is first.
  private mutating func next(of ready: [Int]) -> Int? {
    guard ready.count > 1 else { return ready.first }
    let choice = wakeCounts.count < wakes.count ? wakes[wakeCounts.count] : 0
    wakeCounts.append(ready.count)
    let sessions = state.database.sessions
    return ready.sorted { sessions[$0].waitRank < sessions[$1].waitRank }[
      min(choice, ready.count - 1)]
  }

  private mutating func noteSleeps() {
    for session in sleeps.indices {
      let it = state.database.sessions[session]
      if it.wait == .clock {
        alarms[session] = alarms[session] ?? now + max(it.wakeTime - SpecCompiler.instant, 0)
      } else {
        alarms[session] = nil
      }
      guard isWaiting(session) else {
        sleeps[session] = nil
        continue
      }
      if sleeps[session]?.rank != it.sleepRank {
        sleeps[session] = Sleep(rank: it.sleepRank, since: now)
      }
    }
  }

  // MARK: Time

  /// Lets time pass.
  mutating func advance(microseconds: Int64) {
    let end = now + microseconds
    while let due = nextTimer, due.time <= end { fire(due) }
    now = max(now, end)
  }

  /// Lets time pass until something happens by itself, but not beyond `end`.
  ///
  /// - Returns: Whether anything did.
  mutating func advanceToTimer(before end: Int64) -> Bool {
    guard let due = nextTimer, due.time <= end else { return false }
    fire(due)
    return true
  }

  private struct Timer {
    var time: Int64
    var session: Int
    var kind: Kind

    enum Kind { case alarm, deadlock, lock, statement }
  }

  /// A timeout in microseconds; `nil` for none.
  private func timeout(_ name: SettingName, of session: Int) -> Int64? {
    let length = state.database.milliseconds(name, session: session)
    return length > 0 ? length * 1000 : nil
  }

  private var nextTimer: Timer? {
    var first: Timer?
    func consider(_ timer: Timer) {
      if first.map({ timer.time < $0.time }) ?? true { first = timer }
    }
    for session in sleeps.indices {
      if let alarm = alarms[session] {
        consider(Timer(time: alarm, session: session, kind: .alarm))
      }
      if isBusy(session), let length = timeout(.statementTimeout, of: session),
        state.database.sessions[session].wait != .none,
        !machine.isCommitting(session, in: state)
      {
        consider(Timer(time: launches[session] + length, session: session, kind: .statement))
      }
      // Waiting for a safe snapshot has no timers (`GetSafeSnapshot`).
      guard let sleep = sleeps[session], state.database.sessions[session].wait != .safeSnapshot
      else { continue }
      if let length = timeout(.lockTimeout, of: session) {
        consider(Timer(time: sleep.since + length, session: session, kind: .lock))
      }
      if !sleep.hasLooked {
        let length = timeout(.deadlockTimeout, of: session) ?? 0
        consider(Timer(time: sleep.since + length, session: session, kind: .deadlock))
      }
    }
    return first
  }

  private mutating func fire(_ timer: Timer) {
    now = max(now, timer.time)
    let session = timer.session
    switch timer.kind {
    case .lock: fail(session, .lockTimeout)
    case .statement: fail(session, .statementTimeout)
    case .deadlock: lookForDeadlock(session)
    case .alarm:
      alarms[session] = nil
      run(session) { machine, state, recorder in
        machine.wake(session: session, in: &state, recorder: &recorder)
        machine.proceed(session: session, in: &state, recorder: &recorder)
      }
      settle()
    }
  }

  private mutating func lookForDeadlock(_ session: Int) {
    sleeps[session]?.hasLooked = true
    let schema = machine.model.program.schema
    switch state.database.checkDeadlock(of: session, schema: schema, seesSnapshots: false) {
    case .none: return
    case .hard:
      hasMetCycle = true
      fail(session, .deadlockDetected)
    case .soft(let orders):
      hasMetCycle = true
      state.database.rearrange(orders)
      settle()
    }
  }
}

extension SQLError {
  /// Whether it is not the server's, but stands for what is not simulated.
  fileprivate var isRefusal: Bool {
    // These are the server's own.
    let own: [SQLError] = [
      .conflictMovesRow, .triggerMovesRow, .preparedNotification, .preparedCursor,
      .preparedSessionLock,
    ]
    if own.contains(self) || message == Self.truncateReferencedMessage { return false }
    return state == .featureNotSupported || state == .programLimitExceeded
  }
}

extension SpecServer.Message {
  var isNotice: Bool {
    if case .notice = self { return true }
    return false
  }
}

extension Routine.RaiseLevel {
  /// As the client sees it; `nil` for what is not sent to it (`client_min_messages` is `notice`).
  fileprivate var severity: String? {
    switch self {
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARNING"
    case .debug, .log, .exception: nil
    }
  }
}
