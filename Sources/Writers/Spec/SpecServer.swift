import SQL
import Store

/// The server side of a spec: sessions that are sent strings, on a clock of its own.
///
/// Time passes while the tester waits, and what takes time in the server happens then: a sleeping session
/// looks for a deadlock once its `deadlock_timeout` is over, and fails if it is in one (`CheckDeadLock` in
/// proc.c).
struct SpecServer {
  /// What a session has to tell its client.
  struct Mailbox {
    var notices: [String] = []
    var answers: [Answer] = []
    var error: SQLError?
  }

  /// A wait that a timer belongs to.
  private struct Sleep {
    /// Tells one sleep from the next (``DatabaseState/Session/sleepRank``).
    var rank: Int32
    var since: Int64
    var hasLooked = false
  }

  private let compiled: CompiledSpec
  private var machine: Machine
  private(set) var state: MachineState
  /// Microseconds since the file was begun.
  private(set) var now: Int64 = 0
  private var sleeps: [Sleep?]
  private var deadlockTimeouts: [Int64]
  /// For a session in pg_sleep, when it wakes.
  private var alarms: [Int64?]
  private var mailboxes: [Mailbox]
  /// The relations that are there, by name.
  private var relations: [String: SpecRelation] = [:]
  /// Tables of a setup that were never dropped.
  private let initial: DatabaseState

  init(_ compiled: CompiledSpec) throws(Diagnostic) {
    self.compiled = compiled
    var options = MachineOptions()
    options.granularity = .statement
    options.takesLaunches = true
    machine = Machine(model: compiled.model, options: options)
    state = try machine.initialState()
    state.database.isHeapOrdered = true
    initial = state.database
    let count = compiled.model.sessions.count
    sleeps = Array(repeating: nil, count: count)
    alarms = Array(repeating: nil, count: count)
    deadlockTimeouts = Array(repeating: 1_000_000, count: count)
    mailboxes = Array(repeating: Mailbox(), count: count)
  }

  // MARK: Sessions

  func isBusy(_ session: Int) -> Bool { state.controls[session].status == .ready }

  /// Whether a session waits for another (`pg_isolation_test_session_is_blocked`).
  func isBlocked(_ session: Int) -> Bool {
    let wait = state.database.sessions[session].wait
    return isBusy(session) && wait != .none && wait != .clock
  }

  /// Sends a routine to a session that is at rest.
  mutating func send(_ routine: RoutineID, to session: Int) {
    run(session) { machine, state, recorder in
      machine.launch(routine, session: session, in: &state, recorder: &recorder)
      machine.proceed(session: session, in: &state, recorder: &recorder)
    }
    settle()
  }

  /// Takes what the session has told so far.
  mutating func takeMail(_ session: Int) -> Mailbox {
    let mail = mailboxes[session]
    mailboxes[session] = Mailbox()
    return mail
  }

  mutating func takeNotices(_ session: Int) -> [String] {
    let notices = mailboxes[session].notices
    mailboxes[session].notices = []
    return notices
  }

  mutating func setDeadlockTimeout(_ milliseconds: Int, of session: Int) {
    deadlockTimeouts[session] = Int64(milliseconds) * 1000
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

  private mutating func run(
    _ session: Int, _ body: (inout Machine, inout MachineState, inout Recorder) -> Void
  ) {
    var recorder = Recorder(isOn: true)
    body(&machine, &state, &recorder)
    for event in recorder.events {
      switch event {
      case .notice(let level, let message):
        if let severity = level.severity {
          mailboxes[session].notices.append("\(severity):  \(message)")
        }
      case .ended(_, let error?): mailboxes[session].error = error
      default: break
      }
    }
    mailboxes[session].answers += recorder.answers
  }

  /// Lets everybody go on who can, in the order in which they began to wait, and notes who sleeps.
  private mutating func settle() {
    while true {
      state.database.noteSleeps()
      noteSleeps()
      let ready = state.controls.indices.filter {
        machine.canGoOn(session: $0, in: state) && state.database.sessions[$0].wait != .clock
      }
      let first = ready.min {
        state.database.sessions[$0].waitRank < state.database.sessions[$1].waitRank
      }
      guard let first else { return }
      run(first) { machine, state, recorder in
        machine.proceed(session: first, in: &state, recorder: &recorder)
      }
    }
  }

  private mutating func noteSleeps() {
    for session in sleeps.indices {
      let it = state.database.sessions[session]
      if it.wait == .clock {
        alarms[session] = alarms[session] ?? now + max(it.wakeTime - SpecCompiler.instant, 0)
      } else {
        alarms[session] = nil
      }
      guard isBlocked(session) else {
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
    var isAlarm: Bool
  }

  private var nextTimer: Timer? {
    var first: Timer?
    func consider(_ timer: Timer) {
      if first.map({ timer.time < $0.time }) ?? true { first = timer }
    }
    for session in sleeps.indices {
      if let alarm = alarms[session] {
        consider(Timer(time: alarm, session: session, isAlarm: true))
      }
      if let sleep = sleeps[session], !sleep.hasLooked {
        let time = sleep.since + deadlockTimeouts[session]
        consider(Timer(time: time, session: session, isAlarm: false))
      }
    }
    return first
  }

  private mutating func fire(_ timer: Timer) {
    now = max(now, timer.time)
    let session = timer.session
    if timer.isAlarm {
      alarms[session] = nil
      run(session) { machine, state, recorder in
        machine.wake(session: session, in: &state, recorder: &recorder)
        machine.proceed(session: session, in: &state, recorder: &recorder)
      }
      settle()
      return
    }
    sleeps[session]?.hasLooked = true
    var deadlocked: ContiguousArray<Int> = []
    machine.appendDeadlocked(in: state, to: &deadlocked)
    if deadlocked.contains(session) { fail(session, .deadlockDetected) }
  }

  // MARK: Relations

  /// Does what a definition does to rows.
  ///
  /// - Returns: The error that the server would give.
  mutating func apply(_ part: SpecString.Part) -> SQLError? {
    switch part {
    case .run: return nil
    case .truncate(let table): clear(Int(table.index))
    case .create(let relation):
      if relations[relation.name] != nil {
        guard !relation.ifNotExists else { return nil }
        return SQLError(.duplicateTable, "relation \"\(relation.name)\" already exists")
      }
      relations[relation.name] = relation
      clear(relation)
    case .drop(let name, let ifExists):
      guard let relation = relations.removeValue(forKey: name) else {
        return ifExists ? nil : SQLError(.undefinedTable, "table \"\(name)\" does not exist")
      }
      clear(relation)
    }
    return nil
  }

  private mutating func clear(_ relation: SpecRelation) {
    for table in relation.tables { clear(table) }
    for sequence in relation.sequences {
      state.database.sequences[sequence] = initial.sequences[sequence]
    }
  }

  private mutating func clear(_ table: Int) {
    state.database.versions.removeAll { Int($0.table) == table }
    state.database.nextRow[table] = 0
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
