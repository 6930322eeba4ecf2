import SQL
import Store
import Writers

/// The simulation as a server can be steered: a session stops only where the real one can be held.
///
/// A **stop** is such a place: before each command of a client (BEGIN and COMMIT of a statement outside a
/// transaction block are commands of their own), and before each statement of a PL/pgSQL function, where a
/// gate stands on the server. Between two stops a session runs on, or waits for a lock and goes on as soon as
/// it can. A **move** lets one session go from its stop; what comes of it is not one state but all that the
/// server may choose from: who goes first of those that were woken, and who is the victim of a deadlock.
///
///     moves(in: situation)                what can be let go
///     outcomes(of: move, from: situation) every situation in which all sessions stand or wait again
struct SteeredMachine {
  /// Where a session stands that runs no command.
  enum Stop: Hashable, Sendable {
    /// Before an instruction of its client's own program.
    case client(Int)
    /// Before a statement of a function; the gate's number.
    case gate(Int)
    case ended
  }

  enum Move: Hashable, Sendable {
    case session(Int)
    case crash(Int)
    case clock
  }

  /// A state with what each session's client is in the middle of.
  struct Situation: Sendable {
    var state: MachineState
    var pending: [Pending]
    /// What clients have been told in the last move.
    var told: [[Told]]
    /// Whether the last move failed a session to end a deadlock.
    var victims: [Int] = []
    /// The last end of a transaction in the last move.
    var lastCommitted: [Bool?]
    /// How much each session has done so far, in events that mean something.
    var progress: [Int]
    /// For each session, the gates that it has gone through in the last move.
    var crossed: [[Int]]
  }

  /// A command that a client has sent and that has not ended.
  struct Pending: Hashable, Sendable {
    var unit: Int?
    /// It is the COMMIT that we send for a statement outside a transaction block.
    var isCommit = false
    var last: Told?
  }

  /// What a client is told of a command.
  enum Told: Hashable, Sendable {
    case result(tag: String, columns: [String], rows: [[String?]])
    case error(state: String, message: String)
    /// It has ended well; nothing to compare.
    case done

    var isError: Bool {
      if case .error = self { true } else { false }
    }
  }

  let script: ScenarioScript
  private(set) var machine: Machine
  private let model: Model
  private var choices: ContiguousArray<Choice> = []
  private var words: ContiguousArray<UInt64> = []
  private var order: ContiguousArray<Int> = []

  /// The most situations that one move may lead to.
  static let outcomesLimit = 4_000

  init(script: ScenarioScript) {
    self.script = script
    model = script.model
    machine = Machine(model: script.model, options: Self.options)
  }

  /// Row by row, each command of a client's a step of its own.
  static let options: MachineOptions = {
    var options = MachineOptions()
    options.countsBegin = true
    options.usesSymmetry = false
    return options
  }()

  mutating func initial() throws(Diagnostic) -> Situation {
    situation(of: try machine.initialState())
  }

  /// A situation in which no client is in the middle of a command, as far as is known.
  func situation(of state: MachineState) -> Situation {
    let count = model.sessions.count
    return Situation(
      state: state, pending: Array(repeating: Pending(), count: count),
      told: Array(repeating: [], count: count), lastCommitted: Array(repeating: nil, count: count),
      progress: Array(repeating: 0, count: count), crossed: Array(repeating: [], count: count))
  }

  // MARK: Stops

  func client(of session: Int) -> ClientProgram {
    // Every session's routine has one: the script is made so.
    script.clients[model.sessions[session].routine] ?? ClientProgram()
  }

  /// Where a session stands; `nil` while it runs a statement or waits in one.
  func stop(of session: Int, in state: MachineState) -> Stop? {
    guard let place = machine.place(of: session, in: state), let top = place.frames.last else {
      return .ended
    }
    let wait = state.database.sessions[session].wait
    if place.isWithinStatement || (wait != .none && wait != .clock) { return nil }
    guard place.frames.count == 1 else {
      if let unit = unitBeforeSnapshot(of: session, place, state) { return .client(unit.start + 1) }
      return script.gates[Int(top.routine.index)][top.position].map { .gate($0) }
    }
    let client = client(of: session)
    guard top.position < client.unitAt.count, let index = client.unitAt[top.position] else {
      return nil
    }
    let unit = client.units[index]
    switch unit.kind {
    case .world, .transactionCommand: return .client(top.position)
    case .sleep: return wait == .clock || top.position == unit.start ? .client(top.position) : nil
    case .statement:
      // Within a transaction block there is no BEGIN of ours to stop behind.
      let isBegun =
        top.position == unit.start + 1 && state.database.sessions[session].isImplicit
      let isEdge = isBegun || top.position == unit.start || top.position == unit.end
      return isEdge ? .client(top.position) : nil
    }
  }

  /// The command whose function a session is in without a snapshot, though its transaction has but one.
  ///
  /// The server takes the snapshot when the command arrives, the simulation when the function's first
  /// statement runs. So the command is not sent before that.
  private func unitBeforeSnapshot(
    of session: Int, _ place: ProgramPlace, _ state: MachineState
  ) -> ClientProgram.Unit? {
    let it = state.database.sessions[session]
    guard it.isolation != .readCommitted, it.snapshot < 0, let frame = place.frames.first else {
      return nil
    }
    let client = client(of: session)
    guard frame.position < client.unitAt.count, let unit = client.unitAt[frame.position] else {
      return nil
    }
    return client.units[unit]
  }

  /// Whether a session's command has not been sent though the session is in a function of it.
  func isHeldBack(_ session: Int, in state: MachineState) -> Bool {
    guard let place = machine.place(of: session, in: state), place.frames.count > 1 else {
      return false
    }
    return unitBeforeSnapshot(of: session, place, state) != nil
  }

  /// What can be let go.
  mutating func moves(in situation: Situation) -> [Move] {
    choices.removeAll(keepingCapacity: true)
    machine.appendChoices(in: situation.state, to: &choices)
    return choices.compactMap { choice in
      switch choice.kind {
      case .clock: return .clock
      case .crash: return .crash(Int(choice.session))
      // The server's own choices, which come with whatever is let go.
      case .victim, .refused, .lockTimeout, .statementTimeout, .idleTimeout: return nil
      case .step:
        let session = Int(choice.session)
        return stop(of: session, in: situation.state) == nil ? nil : .session(session)
      }
    }
  }

  // MARK: Moves

  /// All situations that a move can lead to in which every session stands at a stop or waits.
  mutating func outcomes(of move: Move, from situation: Situation) -> [Situation] {
    var next = situation
    next.told = Array(repeating: [], count: next.told.count)
    next.lastCommitted = Array(repeating: nil, count: next.told.count)
    next.crossed = Array(repeating: [], count: next.told.count)
    next.victims = []
    switch move {
    case .clock: take(Choice(.clock), in: &next)
    case .crash(let session):
      take(Choice(.crash, session: session), in: &next)
      next.pending[session] = Pending()
    case .session(let session): take(Choice(.step, session: session), in: &next)
    }
    let results = settled(next)
    return results + results.flatMap { refused(in: $0) }
  }

  /// The same with one statement refused that the move has ended: a server that may fail a serializable transaction does so in the
  /// statement by which it may, the simulation before the next.
  private mutating func refused(in situation: Situation) -> [Situation] {
    model.sessions.indices.flatMap { session -> [Situation] in
      guard let last = situation.told[session].last, !last.isError else { return [] }
      choices.removeAll(keepingCapacity: true)
      machine.appendChoices(in: situation.state, to: &choices)
      let choice = Choice(.refused, session: session)
      guard choices.contains(choice) else { return [] }
      var next = situation
      next.pending[session] = Pending()
      take(choice, in: &next)
      guard let error = next.told[session].last, error.isError else { return [] }
      next.told[session] = situation.told[session].dropLast() + [error]
      return settled(next)
    }
  }

  /// All situations in which a situation's running sessions come to stand.
  mutating func settled(_ start: Situation) -> [Situation] {
    var open = [start]
    var results: [Situation] = []
    var seen: Set<Seen> = []
    while let situation = open.popLast() {
      guard seen.insert(key(of: situation)).inserted else { continue }
      if seen.count > Self.outcomesLimit { break }
      let running = runningChoices(in: situation)
      if running.isEmpty {
        results.append(situation)
        for choice in choices where choice.kind.timeout != nil {
          var next = situation
          take(choice, in: &next)
          open.append(next)
        }
        continue
      }
      if mayPassUnseen(running, in: situation) { results.append(situation) }
      // The first of the choices is on top, so that the plain order comes first.
      for choice in running.reversed() {
        var next = situation
        take(choice, in: &next)
        open.append(next)
      }
    }
    return results
  }

  /// Whether a server may not see yet that nobody of a cycle of waits can go on: of several who hold a row it sleeps on
  /// one after the other, and its check follows that one alone (`MultiXactIdWait`).
  private func mayPassUnseen(_ choices: [Choice], in situation: Situation) -> Bool {
    choices.contains { choice in
      choice.kind == .victim
        && blockers(of: Int(choice.session), in: situation.state).count > 1
    }
  }

  /// The steps of sessions that are not at a stop; without any, the ends of deadlocks.
  private mutating func runningChoices(in situation: Situation) -> [Choice] {
    choices.removeAll(keepingCapacity: true)
    machine.appendChoices(in: situation.state, to: &choices)
    let steps = choices.filter {
      guard $0.kind == .step || $0.kind == .refused else { return false }
      switch stop(of: Int($0.session), in: situation.state) {
      case nil: return true
      case .client: return isWithinCommit(Int($0.session), situation)
      case .gate, .ended: return false
      }
    }
    return Array(steps.isEmpty ? choices.filter { $0.kind == .victim } : steps)
  }

  private struct Seen: Hashable {
    var words: ContiguousArray<UInt64>
    var pending: [Pending]
    var told: [[Told]]
  }

  private mutating func key(of situation: Situation) -> Seen {
    Seen(words: packed(situation.state), pending: situation.pending, told: situation.told)
  }

  /// The state's canonical words.
  mutating func packed(_ state: MachineState) -> ContiguousArray<UInt64> {
    machine.pack(state, to: &words, order: &order)
    return words
  }

  /// Takes a step, and notes what the session's client is told.
  private mutating func take(_ choice: Choice, in situation: inout Situation) {
    let session = Int(choice.session)
    if choice.kind == .victim { situation.victims.append(session) }
    if choice.kind != .clock, situation.pending[session].unit == nil,
      let place = machine.place(of: session, in: situation.state), let client = place.frames.first
    {
      let units = self.client(of: session)
      if client.position < units.unitAt.count, let unit = units.unitAt[client.position] {
        let isCommit =
          units.units[unit].kind == .statement && client.position == units.units[unit].end
        situation.pending[session] = Pending(unit: unit, isCommit: isCommit)
      }
    }
    var recorder = Recorder(isOn: true)
    machine.apply(choice, to: &situation.state, recorder: &recorder)
    guard choice.kind != .clock, choice.kind != .crash else { return }
    note(recorder.events, of: session, in: &situation)
  }

  private func note(_ events: [Event], of session: Int, in situation: inout Situation) {
    situation.progress[session] += Self.progress(of: events)
    for event in events {
      switch event {
      case .began(let span, let routine, let depth):
        if depth > 0, let gate = script.gate(before: span, of: routine) {
          situation.crossed[session].append(gate)
        }
      case .finished(let tag, let columns, let rows):
        situation.pending[session].last = .result(
          tag: tag, columns: columns.map(\.name),
          rows: rows.map { row in
            // A function's `void` is the empty text to a client, and no value to the simulation.
            zip(row, columns).map { $1.type == .void ? "" : text($0, $1.type) }
          })
      case .failed where machine.hasClientRaised: break
      case .failed(let error):
        situation.pending[session].last = .error(state: error.state.code, message: error.message)
      case .committed:
        situation.lastCommitted[session] = true
      case .rolledBack: situation.lastCommitted[session] = false
      default: break
      }
    }
    closeUnit(of: session, in: &situation)
  }

  /// Tells the client what its command came to, if it has ended.
  private func closeUnit(of session: Int, in situation: inout Situation) {
    let pending = situation.pending[session]
    guard let number = pending.unit else { return }
    let unit = client(of: session).units[number]
    if let place = machine.place(of: session, in: situation.state), let frame = place.frames.first,
      situation.state.controls[session].hasBegun
    {
      // Still within the command: its COMMIT alone may be left.
      let isInside =
        unit.kind == .transactionCommand || unit.kind == .world
        ? false : frame.position > unit.start && frame.position < unit.end
      let isBefore = unit.kind == .statement && frame.position == unit.end && place.frames.count > 1
      if isInside || isBefore || isWithinCommit(session, situation) { return }
    }
    let told = told(pending, unit)
    if let told { situation.told[session].append(told) }
    situation.pending[session] = Pending()
  }

  /// Whether the COMMIT that a session has been sent has work left: it checks what was put off, and calls triggers, in steps.
  private func isWithinCommit(_ session: Int, _ situation: Situation) -> Bool {
    let pending = situation.pending[session]
    guard let number = pending.unit, situation.state.controls[session].hasBegun,
      let frame = machine.place(of: session, in: situation.state)?.frames.first
    else { return false }
    let unit = client(of: session).units[number]
    switch unit.kind {
    case .transactionCommand: return frame.position == unit.start
    case .statement: return pending.isCommit && frame.position == unit.end
    case .world, .sleep: return false
    }
  }

  private func told(_ pending: Pending, _ unit: ClientProgram.Unit) -> Told? {
    let last = pending.last
    switch (unit.kind, last) {
    case (.sleep, _): return nil
    case (_, .error?): return last
    case (.statement, _) where pending.isCommit: return nil
    case (.transactionCommand, _): return .done
    case (_, .result?) where unit.hasResult: return last
    default: return .done
    }
  }

  /// How much the events of a step stand for: the same for one run whatever its steps are.
  static func progress(of events: [Event]) -> Int {
    events.count { event in
      switch event {
      case .began, .inserted, .updated, .deleted, .locked, .finished, .failed, .caught, .committed,
        .rolledBack, .savepoint, .rolledBackTo, .beganTransaction, .retried, .restarted, .ended,
        .crashed:
        true
      default: false
      }
    }
  }

  private func text(_ value: Value, _ type: DataType) -> String? {
    value.isNull ? nil : value.formatted(as: type, catalog: model.program.types)
  }

  // MARK: Reading

  /// The sessions that a waiting session waits for.
  func blockers(of session: Int, in state: MachineState) -> Set<Int> {
    var found: ContiguousArray<Int> = []
    state.database.appendBlockers(of: session, schema: model.program.schema, to: &found)
    return Set(found)
  }

  /// The sessions that wait for the same row as a session does: who of them stands before whom is known to
  /// the server at once, and in the simulation only when it matters.
  func fellows(of session: Int, in state: MachineState) -> Set<Int> {
    let sessions = state.database.sessions
    let it = sessions[session]
    guard it.wait == .row else { return [] }
    return Set(
      sessions.indices.filter {
        $0 != session && sessions[$0].wait == .row && sessions[$0].waitTable == it.waitTable
          && sessions[$0].waitRow == it.waitRow
      })
  }

  /// The variables of a session's own program.
  func variables(of session: Int, in state: MachineState) -> [Value] {
    machine.place(of: session, in: state)?.clientSlots ?? []
  }

  /// The committed rows of a table as text, in the order of their texts.
  func rows(of table: TableID, in state: MachineState) -> [[String?]] {
    let columns = model.program.schema[table].columns
    return machine.rows(of: table, in: state).map { row in
      zip(row.values, columns).map { text($0, $1.type) }
    }.sorted(by: Self.isInOrder)
  }

  /// The rows that a rule's query returns, as text; `nil` where it fails.
  mutating func violations(of invariant: Int, in state: MachineState) -> [[String?]]? {
    let columns = model.program.queries[Int(model.invariants[invariant].query.index)].columns
    guard let rows = try? machine.violations(of: invariant, in: state) else { return nil }
    return rows.map { row in zip(row, columns).map { text($0, $1.type) } }
      .sorted(by: Self.isInOrder)
  }

  /// Whether no session can step ever again.
  mutating func isFinal(_ state: MachineState) -> Bool { machine.isFinal(state) }

  /// Rows as text in the order in which they are compared.
  static func isInOrder(_ left: [String?], _ right: [String?]) -> Bool {
    left.lexicographicallyPrecedes(right) { a, b in
      guard let a, let b else { return a == nil && b != nil }
      return Array(a.utf8).lexicographicallyPrecedes(Array(b.utf8))
    }
  }
}
