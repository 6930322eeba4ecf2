package import SQL
package import Scheduler
import Store
package import Writers

/// A schedule as a list of what is sent to a server by whom, in order: what a spec for PostgreSQL's
/// isolationtester, or a script that runs psql, is written from.
///
/// It is led as `racesim conform` leads it (see ``SteeredMachine``), but nothing is asked of a server:
/// everything is known beforehand. Inside functions a session is held by **gates**. Each counts how many the
/// session has come to, in a temporary sequence, which no rollback takes back, and waits there if the control
/// session holds the advisory lock (session, count):
///
///     control   holds (7001, 1), (7001, 2), …     CALL racesim_export_kit.pass(1, 2)
///     a         … gate() … waits for (7001, 2)                                       … goes on
package struct ScheduleExport {
  /// Why a schedule cannot be exported.
  package struct Refusal: Error {
    package var reason: String
    package var span: SourceSpan?

    package init(reason: String, span: SourceSpan?) {
      self.reason = reason
      self.span = span
    }
  }

  enum Actor: Hashable, Sendable {
    case session(Int)
    /// The session's second connection, on which its statements on the world run.
    case world(Int)
    case control
  }

  /// What one of them sends at once.
  struct Action: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case begin, commit, other }

    var actor: Actor
    var kind = Kind.other
    /// Sent before `sql`.
    var settings: [String] = []
    var sql: String
    /// What it is for, where that is not plain.
    var remark: String?
  }

  let heading: [String]
  let script: ScenarioScript
  let model: Model
  private(set) var actions: [Action] = []
  /// The gates at which sessions are held: a session and how many gates it has come to.
  private(set) var closedGates: [(session: Int, count: Int)] = []
  /// The sessions that deadlocks fail, to be led to by their `deadlock_timeout`; `nil` without a deadlock.
  private(set) var victims: [Int]?
  /// Whether a session that is to fail began to wait before the circle was closed.
  ///
  /// A session looks for a
  /// deadlock once, so long after it began to wait as its `deadlock_timeout` says.
  private(set) var victimWaitsFirst = false
  /// The rules that the end breaks: their names and queries.
  private(set) var rules: [(name: String, query: String)] = []
  /// The sessions' outcomes, for rules that read them.
  private(set) var outcomes: [[String?]] = []
  /// The instant at which the schedule ends.
  private(set) var lastInstant: Int64

  private var machine: SteeredMachine
  /// Whether each session is in a transaction of the server's.
  private(set) var isOpen: [Bool]
  /// Whether each session is still in a statement at the end.
  private(set) var isRunning: [Bool]
  private var crossings: [Int]
  private var variablesAtStart: [[Value]]

  /// Leads a schedule; `heading` stands at the top of the file.
  ///
  /// - Throws: Why the schedule cannot be exported.
  package init(
    scenario: Scenario, model: Model, steps: [Replayer.Step], heading: [String]
  ) throws(Refusal) {
    self.model = model
    self.heading = heading
    do throws(UnsupportedText) {
      script = try ScenarioScript(
        model: model, syntax: scenario.syntax, namespace: NamespaceNames(prefix: "racesim_export"))
    } catch {
      throw Refusal(reason: error.reason, span: error.span)
    }
    let count = model.sessions.count
    machine = SteeredMachine(script: script)
    isOpen = Array(repeating: false, count: count)
    isRunning = isOpen
    crossings = Array(repeating: 0, count: count)
    variablesAtStart = Array(repeating: [], count: count)
    lastInstant = model.clock[0]
    try lead(steps)
    mergeImplicitTransactions()
  }

  // MARK: Leading the schedule

  private mutating func lead(_ steps: [Replayer.Step]) throws(Refusal) {
    let initial: SteeredMachine.Situation
    do throws(Diagnostic) { initial = try machine.initial() } catch {
      throw Refusal(reason: error.message, span: error.span)
    }
    var projection = ScheduleProjection(machine: machine, steps: steps)
    let found: ScheduleProjection.Result
    do throws(ScheduleProjection.Failure) {
      found = try projection.project(from: initial)
    } catch {
      throw Refusal(reason: error.reason, span: nil)
    }
    guard let path = projection.path(of: found.moves, from: initial) else {
      throw Refusal(reason: "its moves do not lead to its end", span: nil)
    }
    let failed = path.flatMap(\.victims)
    if !failed.isEmpty { victims = failed }
    var before = initial
    for (move, after) in zip(found.moves, path) {
      perform(move, before, after)
      before = after
    }
    noteEnd(before)
  }

  private mutating func perform(
    _ move: SteeredMachine.Move, _ before: SteeredMachine.Situation,
    _ after: SteeredMachine.Situation
  ) {
    switch move {
    case .clock:
      let instant = model.clock[Int(before.state.clock) + 1]
      actions.append(
        Action(
          actor: .control,
          sql: "SELECT pg_catalog.setval('\(script.namespace.kit).clock', \(instant))",
          remark: "the clock moves to \(ServerNamespace.text(instant))"))
    case .crash(let session):
      if isOpen[session] {
        actions.append(
          Action(
            actor: .session(session), sql: "ROLLBACK",
            remark: "the client dies, and the server rolls back"))
      }
      isOpen[session] = false
    case .session(let session): letGo(session, before, after)
    }
    for session in model.sessions.indices where move != .session(session) {
      crossings[session] += after.crossed[session].count
    }
    if !after.victims.isEmpty {
      let mover: Int? = if case .session(let session) = move { session } else { nil }
      if after.victims.contains(where: { $0 != mover }) { victimWaitsFirst = true }
      actions.append(
        Action(
          actor: .control,
          sql: "SELECT pg_catalog.pg_sleep(\(mover.map { after.victims == [$0] } == true ? 1 : 4))",
          remark: "the server looks for a deadlock and ends it"))
    }
    endTransactions(after)
  }

  private mutating func letGo(
    _ session: Int, _ before: SteeredMachine.Situation, _ after: SteeredMachine.Situation
  ) {
    var crossed = after.crossed[session]
    switch machine.stop(of: session, in: before.state) {
    case .gate(let number)?:
      if crossed.first != number { crossed.insert(number, at: 0) }
      crossings[session] += 1
      closedGates.append((session, crossings[session]))
      let text = SourceFile.folded(model.program.sources.text(of: script.gateSpans[number]))
      actions.append(
        Action(
          actor: .control,
          sql: "CALL \(script.namespace.kit).pass(\(session + 1), \(crossings[session]))",
          remark: "\(model.sessions[session].name) goes on: \(Self.shortened(text))"))
      crossings[session] += crossed.count - 1
    case .client(let position)?:
      send(at: position, session, before, after)
      crossings[session] += crossed.count
    case .ended?, nil: crossings[session] += crossed.count
    }
  }

  private static func shortened(_ text: String) -> String {
    text.count > 70 ? text.prefix(69) + "…" : text
  }

  /// As ``ConformRun`` does.
  private mutating func send(
    at position: Int, _ session: Int, _ before: SteeredMachine.Situation,
    _ after: SteeredMachine.Situation
  ) {
    let client = machine.client(of: session)
    guard let number = client.unitAt[position] else { return }
    let unit = client.units[number]
    let instant = model.clock[Int(before.state.clock)]
    let it = before.state.database.sessions[session]
    let actor = Actor.session(session)
    switch unit.kind {
    case .sleep: return
    case .world:
      let start = it.phase == .idle ? instant : model.clock[Int(it.transactionStart)]
      actions.append(
        Action(
          actor: .world(session), settings: clockSettings(transaction: start, statement: instant),
          sql: text(of: unit, session, before), remark: "at once, outside any transaction"))
      return
    case .transactionCommand:
      let settings = isOpen[session] ? [] : clockSettings(transaction: instant, statement: instant)
      actions.append(
        Action(actor: actor, settings: settings, sql: text(of: unit, session, before)))
      isOpen[session] = after.state.database.sessions[session].phase != .idle
      return
    case .statement: break
    }
    if position == unit.end {
      guard isOpen[session], it.isImplicit else { return }
      actions.append(Action(actor: actor, kind: .commit, sql: "COMMIT"))
      isOpen[session] = false
      return
    }
    let begins = machine.stop(of: session, in: after.state) == .client(unit.start + 1)
    if position == unit.start {
      variablesAtStart[session] = machine.variables(of: session, in: before.state)
      if it.phase == .idle {
        actions.append(
          Action(
            actor: actor, kind: .begin,
            settings: clockSettings(transaction: instant, statement: instant), sql: "BEGIN"))
        isOpen[session] = true
      }
      if begins { return }
    }
    let settings = it.phase == .failed ? [] : clockSettings(transaction: nil, statement: instant)
    actions.append(
      Action(actor: actor, settings: settings, sql: text(of: unit, session, before)))
  }

  private func text(
    of unit: ClientProgram.Unit, _ session: Int, _ before: SteeredMachine.Situation
  ) -> String {
    let variables =
      machine.isHeldBack(session, in: before.state)
      ? variablesAtStart[session] : machine.variables(of: session, in: before.state)
    return script.text(of: unit.command, session: session, variables: variables)
  }

  /// Nothing where the clock never moves: each session is told the instant at its start.
  private func clockSettings(transaction: Int64?, statement: Int64) -> [String] {
    guard model.clock.count > 1 else { return [] }
    let start = transaction.map {
      "SET racesim.transaction_start = '\(ServerNamespace.text($0))'"
    }
    return (start.map { [$0] } ?? [])
      + ["SET racesim.statement_start = '\(ServerNamespace.text(statement))'"]
  }

  /// Ends the transactions of statements outside a block, and of programs that have ended.
  private mutating func endTransactions(_ after: SteeredMachine.Situation) {
    for session in model.sessions.indices
    where isOpen[session] && after.state.database.sessions[session].phase == .idle {
      let stop = machine.stop(of: session, in: after.state)
      guard stop != nil else { continue }
      let commits = after.lastCommitted[session] == true
      actions.append(
        Action(actor: .session(session), kind: .commit, sql: commits ? "COMMIT" : "ROLLBACK"))
      isOpen[session] = false
    }
  }

  // MARK: The end

  private mutating func noteEnd(_ end: SteeredMachine.Situation) {
    lastInstant = model.clock[Int(end.state.clock)]
    for session in model.sessions.indices {
      switch machine.stop(of: session, in: end.state) {
      case .gate?:
        closedGates.append((session, crossings[session] + 1))
        isRunning[session] = true
      case nil: isRunning[session] = true
      case .client?, .ended?: break
      }
    }
    let isFinal = machine.isFinal(end.state)
    for (index, invariant) in model.invariants.enumerated()
    where invariant.moment == .always || isFinal {
      guard let rows = machine.violations(of: index, in: end.state), !rows.isEmpty else { continue }
      rules.append((invariant.name, script.query(of: invariant)))
    }
    guard rules.contains(where: { $0.query.lowercased().contains("outcomes") }) else { return }
    for (session, control) in end.state.controls.enumerated() where control.status != .ready {
      let definition = model.sessions[session]
      let outcome =
        control.status == .crashed
        ? "crashed"
        : control.outcome.isNull && !control.sqlState.isNull ? "error" : control.outcome.asText
      outcomes.append([definition.writer, definition.name, outcome, control.sqlState.asText])
    }
  }

  /// A `BEGIN` and a `COMMIT` of ours around a statement that nobody comes between are left out.
  private mutating func mergeImplicitTransactions() {
    var merged: [Action] = []
    var index = 0
    while index < actions.count {
      if index + 2 < actions.count, actions[index].kind == .begin,
        actions[index + 1].actor == actions[index].actor, actions[index + 1].kind == .other,
        actions[index + 2].actor == actions[index].actor, actions[index + 2].kind == .commit
      {
        var whole = actions[index + 1]
        whole.settings = actions[index].settings
        merged.append(whole)
        index += 3
      } else {
        merged.append(actions[index])
        index += 1
      }
    }
    actions = merged
  }

  /// The sessions that do something.
  var sessionsUsed: [Int] {
    model.sessions.indices.filter { session in
      actions.contains { $0.actor == .session(session) || $0.actor == .world(session) }
    }
  }

  /// Whether a session does something on the world.
  func usesWorld(_ session: Int) -> Bool { actions.contains { $0.actor == .world(session) } }
}
