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
  private struct Job {
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

  private let compiled: CompiledSpec
  private var machine: Machine
  private(set) var state: MachineState
  /// Microseconds since the file was begun.
  private(set) var now: Int64 = 0
  private var sleeps: [Sleep?]
  /// When the string that each session runs was sent.
  private var launches: [Int64]
  /// For a session in pg_sleep, when it wakes.
  private var alarms: [Int64?]
  /// For each session, what its client has not taken yet.
  private var mailboxes: [[Message]]
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
  private(set) var refusalReason: Diagnostic?
  /// Where steps change definitions: what is defined, and the string that each session runs.
  private var catalogue: SpecCatalogue?
  private var jobs: [Job?]
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

  private mutating func run(
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
  private mutating func settle() {
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

  // MARK: Definitions in steps

  /// Goes on with the string of a session that has nothing to do at the moment.
  private mutating func goOn(_ session: Int) {
    guard let job = jobs[session], state.controls[session].status != .ready else { return }
    if job.hasFailed || refusalReason != nil {
      jobs[session] = nil
      return
    }
    switch job.phase {
    case .running:
      jobs[session]?.next += 1
      begin(session)
    case .next: begin(session)
    case .locking: define(session)
    }
  }

  /// Begins the next statement of a session's string.
  ///
  /// It may have been begun before, and have waited for somebody who has changed definitions; `families` says which
  /// children it has found then, if it keeps to those.
  private mutating func begin(
    _ session: Int, isRetry: Bool = false, families: [TableID: [TableID]]? = nil
  ) {
    guard let job = jobs[session], catalogue != nil else { return }
    guard job.next < job.text.statements.count else {
      jobs[session] = nil
      return
    }
    if !isRetry {
      let isFree = catalogue?.isNameFree(job.text.statements[job.next], session: session)
      jobs[session]?.foundNameFree = isFree ?? false
    }
    if families == nil {
      jobs[session]?.families = catalogue?.families(for: session) ?? [:]
    }
    jobs[session]?.keepsFamilies = families != nil
    jobs[session]?.view = catalogue?.view(of: session) ?? []
    switch catalogue?.plan(job.text, job.next, session: session, families: families) {
    case .run(let routine):
      jobs[session]?.phase = .running
      launch(routine, session)
    case .define(let routine):
      jobs[session]?.phase = .locking
      launch(routine, session)
    case .refused(let reason): refusalReason = reason
    case nil: break
    }
  }

  private mutating func launch(_ routine: RoutineID, _ session: Int) {
    install(for: session)
    run(session) { machine, state, recorder in
      machine.launch(routine, session: session, in: &state, recorder: &recorder)
      machine.proceed(session: session, in: &state, recorder: &recorder)
    }
  }

  private mutating func install(for session: Int) {
    let families = jobs[session].flatMap { $0.keepsFamilies ? $0.families : nil }
    guard let program = catalogue?.program(for: session, families: families) else { return }
    machine.replace(program: program, in: &state)
  }

  /// Makes the definition whose locks a session has got.
  private mutating func define(_ session: Int) {
    guard let job = jobs[session] else { return }
    let statement = job.text.statements[job.next]
    var command = ""
    var problem: SQLError?
    do throws(StepDefinition.Failure) {
      if job.foundNameFree, catalogue?.isNameFree(statement, session: session) == false {
        throw .error(Self.meetsName(statement))
      }
      let made = try catalogue?.define(statement, session: session, in: &state.database)
      command = made?.command ?? ""
      for notice in made?.notices ?? [] { mailboxes[session].append(.notice(notice)) }
    } catch {
      switch error {
      case .error(let error): problem = error
      case .refused(let reason):
        refusalReason = reason
        return
      }
    }
    jobs[session]?.phase = .running
    let routine = catalogue?.end(
      job.text, job.next, session: session, command: command, error: problem)
    if let routine { launch(routine, session) }
  }

  /// Who has waited for another to give a name meets it in the index of names.
  private static func meetsName(_ statement: StatementSyntax) -> SQLError {
    let index = statement.namesTypes ? "pg_type_typname_nsp_index" : "pg_class_relname_nsp_index"
    return SQLError(
      .uniqueViolation, "duplicate key value violates unique constraint \"\(index)\"")
  }

  /// Whether a session that has waited for a table sees other definitions than its statement was compiled under.
  private func isOutdated(_ session: Int) -> Bool {
    guard let job = jobs[session], let catalogue, state.database.sessions[session].wait == .object,
      !state.database.sessions[session].request.object.isAdvisory
    else { return false }
    return job.view != catalogue.view(of: session)
  }

  /// Compiles a statement anew that has waited for a table.
  private mutating func planAnew(_ session: Int) {
    guard let job = jobs[session] else { return }
    let statement = job.text.statements[job.next]
    let table = state.database.sessions[session].request.object.table
    let isNamed = table.map { catalogue?.names($0, statement, session: session) ?? true } ?? true
    guard machine.abandon(session: session, in: &state) else {
      refusalReason = Diagnostic(
        .unsupportedStatement,
        "a table has been changed for which a function or a later part of a statement waited, which is "
          + "not simulated", at: statement.span, help: "leave the permutations out that come here")
      return
    }
    jobs[session]?.phase = .next
    begin(
      session, isRetry: true, families: isNamed || statement.isStepDefinition ? nil : job.families)
  }

  /// Takes notice of transactions that have ended.
  private mutating func endDefinitions() {
    guard catalogue != nil else { return }
    let ended = state.database.takeEndedDefinitions()
    guard !ended.isEmpty else { return }
    for (number, isKept) in ended {
      guard let ending = catalogue?.end(number, isKept: isKept) else { continue }
      for table in ending.rewritten { state.database.noteRewrite(of: table) }
      for (table, cells) in ending.former { state.database.undoReshape(of: table, cells) }
      for name in ending.dropped {
        if let relation = relations.removeValue(forKey: name) { clear(relation) }
      }
      for relation in ending.created {
        relations[relation.name] = SpecRelation(
          name: relation.name, ifNotExists: false, tables: relation.tables,
          sequences: relation.sequences)
      }
      for (old, new) in ending.renamed {
        guard var relation = relations.removeValue(forKey: old) else { continue }
        relation.name = new
        relations[new] = relation
      }
    }
    install(for: compiled.control)
  }

  private mutating func forgetDefinitions(of relation: SpecRelation) {
    guard catalogue != nil else { return }
    catalogue?.forget(relation)
    install(for: compiled.control)
  }

  // MARK: Relations

  /// What DROP … IF EXISTS tells the client that sends it, where there is nothing to drop.
  func notice(of part: SpecString.Part) -> String? {
    switch part {
    case .drop(let name, ifExists: true, let kind) where relations[name] == nil:
      "NOTICE:  \(kind) \"\(name)\" does not exist, skipping"
    default: nil
    }
  }

  /// Does what a definition does to rows.
  ///
  /// - Returns: The error that the server would give.
  mutating func apply(_ part: SpecString.Part) -> SQLError? {
    switch part {
    case .run, .text: return nil
    case .forgetFunction(let name):
      catalogue?.forgetFunctions(named: name)
      if catalogue != nil { install(for: compiled.control) }
    case .truncate(let table, let sequences):
      clear(Int(table.index))
      for sequence in sequences { state.database.restore(sequence: sequence, from: initial) }
    case .create(let relation):
      if relations[relation.name] != nil {
        guard !relation.ifNotExists else { return nil }
        return SQLError(.duplicateTable, "relation \"\(relation.name)\" already exists")
      }
      relations[relation.name] = relation
      forgetDefinitions(of: relation)
      clear(relation)
      takeTriggers(of: relation)
    case .drop(let name, let ifExists, let kind):
      guard let relation = relations.removeValue(forKey: name) else {
        return ifExists ? nil : SQLError(.undefinedTable, "\(kind) \"\(name)\" does not exist")
      }
      forgetDefinitions(of: relation)
      clear(relation)
      dropMembers(of: relation)
    }
    return nil
  }

  /// The tables that have a dropped table's rows go with it: partitions, and what inherits, with CASCADE.
  private mutating func dropMembers(of relation: SpecRelation) {
    let tables = machine.model.program.schema.tables
    for table in relation.tables {
      for member in tables[table].family
      where Int(member.index) != table && isMember(member) {
        guard let other = relations.removeValue(forKey: tables[Int(member.index)].name) else {
          continue
        }
        clear(other)
      }
    }
  }

  /// Whether a table that has another one's rows does so now: partitions come and go.
  private func isMember(_ table: TableID) -> Bool {
    let known = state.database.partitionState(of: table, for: compiled.control, until: .max)
    return known.map { $0.state != .detached }
      ?? !machine.model.program.schema[table].isLatePartition
  }

  private mutating func clear(_ relation: SpecRelation) {
    for table in relation.tables { clear(table) }
    for (number, trigger) in machine.model.program.triggers.enumerated().prefix(64)
    where relation.tables.contains(Int(trigger.table.index)) {
      state.database.inactiveTriggers |= 1 << UInt64(number)
    }
    for table in relation.tables {
      for key in machine.model.program.schema.tables[table].foreignKeys {
        guard let number = key.switchNumber else { continue }
        state.database.inactiveReferences |= 1 << UInt64(number)
      }
    }
    for table in relation.tables { state.database.forgetRoles(of: TableID(table)) }
    for sequence in relation.sequences {
      state.database.restore(sequence: sequence, from: initial)
    }
  }

  /// A new partition has the row triggers that its partitioned table has by now.
  private mutating func takeTriggers(of relation: SpecRelation) {
    let program = machine.model.program
    let triggers = program.triggers.enumerated().prefix(64)
    for table in relation.tables {
      guard let parent = program.schema.tables[table].partitioned else { continue }
      for (number, trigger) in triggers where Int(trigger.table.index) == table {
        let isThere = triggers.contains {
          $1.table == parent && $1.name == trigger.name
            && state.database.inactiveTriggers >> UInt64($0) & 1 == 0
        }
        if isThere { state.database.inactiveTriggers &= ~(1 << UInt64(number)) }
      }
    }
  }

  private mutating func clear(_ table: Int) {
    state.database.versions.removeAll { Int($0.table) == table }
    state.database.heap.removeAll { Int($0.table) == table }
    state.database.nextRow[table] = 0
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
