import SQL
import Store
import Writers

/// Leads one schedule through the simulation and a server at once, move by move.
///
/// The simulation gives for each move all situations that the server may choose from; what the server does
/// rules some of them out. Where none is left, they differ. The statements sent are the user's own, with the
/// values that variables have: those of the simulation, which up to there were found equal to the server's.
struct ConformRun {
  typealias Situation = SteeredMachine.Situation
  typealias Told = SteeredMachine.Told

  private let script: ScenarioScript
  private let model: Model
  private let group: SessionGroup
  private let worlds: WorldConnections
  private let namespace: ServerNamespace
  private var machine: SteeredMachine
  /// What may be the case, as far as the server has shown.
  private var candidates: [Situation]
  /// What the server has told each client in the current move.
  private var told: [[Told]]
  /// The command that each session's client has sent and that has not ended.
  private var sent: [Sent?]
  /// The command has been sent when the simulation had passed its first gate already.
  private var passesNextGate: [Bool]
  /// The variables of each session's client before its command.
  private var variablesAtStart: [[Value]]
  private var result: Conformance
  /// The server has ended a deadlock.
  private var hasDeadlocked = false
  private let usesStatementTime: Bool

  /// What a client has sent.
  private enum Sent { case begin, commit, command(ClientProgram.Unit) }

  init(
    name: String, machine: SteeredMachine, group: SessionGroup, worlds: WorldConnections
  ) throws(Diagnostic) {
    script = machine.script
    model = machine.script.model
    self.machine = machine
    self.group = group
    self.worlds = worlds
    namespace = ServerNamespace(script: machine.script, group: group)
    candidates = [try self.machine.initial()]
    let count = model.sessions.count
    told = Array(repeating: [], count: count)
    sent = Array(repeating: nil, count: count)
    passesNextGate = Array(repeating: false, count: count)
    variablesAtStart = Array(repeating: [], count: count)
    result = Conformance(name: name, outcome: .agreed)
    usesStatementTime = model.clock.count > 1
  }

  // MARK: Moves

  /// Takes a schedule's moves and compares the end.
  mutating func run(_ moves: [SteeredMachine.Move]) throws(PostgresError) -> Conformance {
    for move in moves where try !take(move) {
      return result
    }
    try compareEnd()
    return result
  }

  /// Takes moves as they are drawn until there are none.
  mutating func run(
    limit: Int, draw: (Int) -> Int
  ) throws(PostgresError) -> Conformance {
    while result.moves < limit, let first = candidates.first {
      let moves = machine.moves(in: first)
      if moves.isEmpty { break }
      if try !take(moves[draw(moves.count)]) { return result }
    }
    try compareEnd()
    return result
  }

  /// - Returns: Whether server and simulation still agree.
  private mutating func take(_ move: SteeredMachine.Move) throws(PostgresError) -> Bool {
    let able = candidates.filter { machine.moves(in: $0).contains(move) }
    guard let before = able.first else {
      // The server has chosen otherwise than the schedule has it.
      result.wentAnotherWay = true
      return true
    }
    candidates = unique(able.flatMap { machine.outcomes(of: move, from: $0) })
    result.moves += 1
    told = told.map { _ in [] }
    defer { noteDeadlock() }
    let all = candidates
    var line = Conformance.Line(move: result.moves, who: name(of: move), text: "", results: [])
    switch move {
    case .clock:
      let instant = model.clock[Int(before.state.clock) + 1]
      line.text = ServerNamespace.text(instant)
      try namespace.setClock(instant)
    case .crash(let session):
      line.text = "its client dies"
      sent[session] = nil
      try group.crash(session)
      try worlds.crash(session)
    case .session(let session): line.text = try letGo(session, from: before)
    }
    try comeToRest()
    line.results = model.sessions.indices.flatMap { session in
      told[session].map { "\(model.sessions[session].name): \(Self.text($0))" }
        + waitText(session)
    }
    if !line.text.isEmpty || !line.results.isEmpty { result.lines.append(line) }
    return compare(with: all)
  }

  private func unique(_ situations: [Situation]) -> [Situation] {
    var machine = machine
    var kept: [Situation] = []
    var words: [(ContiguousArray<UInt64>, [[Told]])] = []
    for situation in situations {
      let key = (machine.packed(situation.state), situation.told)
      if words.contains(where: { $0.0 == key.0 && $0.1 == key.1 }) { continue }
      words.append(key)
      kept.append(situation)
    }
    return kept
  }

  /// Does on the server what lets a session go from its stop; gives what was sent.
  private mutating func letGo(
    _ session: Int, from before: Situation
  ) throws(PostgresError) -> String {
    switch machine.stop(of: session, in: before.state) {
    case .gate(let number)?:
      try group.pass(session)
      return "goes on before " + folded(script.gateSpans[number])
    case .client(let position)?: return try sendCommand(at: position, session, before)
    case .ended?, nil: return ""
    }
  }

  private mutating func sendCommand(
    at position: Int, _ session: Int, _ before: Situation
  ) throws(PostgresError) -> String {
    let client = machine.client(of: session)
    guard let number = client.unitAt[position] else { return "" }
    let unit = client.units[number]
    let instant = model.clock[Int(before.state.clock)]
    let it = before.state.database.sessions[session]
    switch unit.kind {
    case .sleep: return folded(unit.command.span)
    case .world:
      let start = it.phase == .idle ? instant : model.clock[Int(it.transactionStart)]
      let sql = text(of: unit, session, before)
      told[session].append(
        Self.told(try worlds.run(sql, session: session, transactionStart: start, now: instant)))
      return sql
    case .transactionCommand:
      if group.sessions[session].transactionStatus == .idle {
        try group.sessions[session].execute(ServerNamespace.transactionStart(instant))
      }
      let sql = text(of: unit, session, before)
      sent[session] = .command(unit)
      try group.send(sql, to: session)
      return sql
    case .statement: break
    }
    if position == unit.end {
      guard group.sessions[session].transactionStatus != .idle, it.isImplicit else { return "" }
      sent[session] = .commit
      try group.send("COMMIT", to: session)
      return "COMMIT"
    }
    if position == unit.start {
      variablesAtStart[session] = machine.variables(of: session, in: before.state)
    }
    if position == unit.start, it.phase == .idle {
      try group.sessions[session].execute(ServerNamespace.transactionStart(instant))
      try group.sessions[session].execute("BEGIN")
      if candidates.allSatisfy({ stands($0, session, at: unit.start + 1) }) { return "BEGIN" }
    } else if position == unit.start,
      candidates.allSatisfy({ stands($0, session, at: unit.start + 1) })
    {
      return ""
    }
    if usesStatementTime, group.sessions[session].transactionStatus != .inError {
      try group.sessions[session].execute(ServerNamespace.statementStart(instant))
    }
    let sql = text(of: unit, session, before)
    sent[session] = .command(unit)
    passesNextGate[session] = machine.isHeldBack(session, in: before.state)
    try group.send(sql, to: session)
    return sql
  }

  /// Whether a session has begun a statement's transaction and nothing more.
  private func stands(_ situation: Situation, _ session: Int, at position: Int) -> Bool {
    machine.stop(of: session, in: situation.state) == .client(position)
  }

  private func text(of unit: ClientProgram.Unit, _ session: Int, _ before: Situation) -> String {
    // Where the simulation is in the function already, it has forgotten what is no longer read.
    let variables =
      machine.isHeldBack(session, in: before.state)
      ? variablesAtStart[session] : machine.variables(of: session, in: before.state)
    return script.text(of: unit.command, session: session, variables: variables)
  }

  // MARK: Coming to rest

  /// Lets the server run until every session stands where the simulation can be, sending what clients
  /// send by themselves on the way: the end of a transaction whose statement or program has ended.
  private mutating func comeToRest() throws(PostgresError) {
    while true {
      try group.settle()
      takeResults()
      narrow()
      if try passGates() { continue }
      if try endTransactions() { continue }
      return
    }
  }

  private mutating func takeResults() {
    for session in model.sessions.indices {
      guard let command = sent[session], group.status(of: session) == .idle else { continue }
      let results = group.takeResults(of: session)
      sent[session] = nil
      let failed = results.first { $0.error != nil }
      switch command {
      case .begin: break
      case .commit:
        if let failed { told[session].append(Self.told(failed)) }
      case .command(let unit):
        let told = Self.told(failed ?? results.last ?? QueryResult())
        if case .error = told {
          self.told[session].append(told)
        } else {
          self.told[session].append(
            unit.kind == .transactionCommand || !unit.hasResult ? .done : told)
        }
      }
    }
  }

  private static func told(_ result: QueryResult) -> Told {
    if let error = result.error { return .error(state: error.state, message: error.message) }
    // A function's `void` is the empty text to a client, and no value to the simulation.
    let voids = result.columns.map { $0.type == 2278 }
    let rows =
      voids.contains(true)
      ? result.rows.map { zip($0, voids).map { $1 ? nil : $0 } } : result.rows
    return .result(tag: result.tag, columns: result.columns.map(\.name), rows: rows)
  }

  /// Drops the situations that what the server has told so far rules out; the last is kept.
  private mutating func narrow() {
    let left = candidates.filter { situation in
      model.sessions.indices.allSatisfy { session in
        let ours = situation.told[session]
        let servers = told[session]
        return servers.count <= ours.count
          && zip(servers, ours).allSatisfy { isSame($0, $1, session) }
      }
    }
    if !left.isEmpty { candidates = left }
  }

  /// Opens gates at which the simulation does not stop.
  private mutating func passGates() throws(PostgresError) -> Bool {
    var hasPassed = false
    for session in model.sessions.indices {
      guard case .atGate(let number) = group.status(of: session) else { continue }
      let isStop =
        !passesNextGate[session]
        && candidates.contains {
          machine.stop(of: session, in: $0.state) == .gate(number)
        }
      if isStop { continue }
      passesNextGate[session] = false
      try group.pass(session)
      hasPassed = true
    }
    return hasPassed
  }

  private mutating func endTransactions() throws(PostgresError) -> Bool {
    guard let situation = candidates.first else { return false }
    var hasSent = false
    for session in model.sessions.indices
    where group.status(of: session) == .idle && sent[session] == nil {
      let status = group.sessions[session].transactionStatus
      guard status == .inTransaction || status == .inError,
        situation.state.database.sessions[session].phase == .idle
      else { continue }
      let commits = status == .inTransaction && situation.lastCommitted[session] == true
      sent[session] = .commit
      try group.send(commits ? "COMMIT" : "ROLLBACK", to: session)
      hasSent = true
    }
    return hasSent
  }

  private mutating func noteDeadlock() {
    hasDeadlocked =
      hasDeadlocked
      || told.joined().contains {
        if case .error(let state, _) = $0 { state == "40P01" } else { false }
      }
  }

  // MARK: Comparing

  /// Keeps the situations that are what the server shows; notes the differences if there is none.
  private mutating func compare(with all: [Situation]) -> Bool {
    let fitting = all.filter { differences(to: $0).isEmpty }
    if !fitting.isEmpty {
      candidates = fitting
      return true
    }
    // The nearest of ours is shown.
    let nearest = all.map { differences(to: $0) }.min { $0.count < $1.count } ?? []
    result.differences += nearest
    result.outcome = .differs
    return false
  }

  private func differences(to situation: Situation) -> [Conformance.Difference] {
    var found: [Conformance.Difference] = []
    for session in model.sessions.indices {
      let name = model.sessions[session].name
      let ours = situation.told[session]
      let servers = told[session]
      for index in 0..<max(ours.count, servers.count) {
        let our = index < ours.count ? ours[index] : nil
        let server = index < servers.count ? servers[index] : nil
        if let our, let server, isSame(server, our, session) { continue }
        found.append(
          difference(
            "\(name)'s result", our.map(Self.text) ?? "nothing yet",
            server.map(Self.text) ?? "nothing yet"))
      }
      let our = standing(of: session, in: situation)
      let server = standingOnServer(of: session)
      if !isSame(our, server, fellows: machine.fellows(of: session, in: situation.state)) {
        found.append(difference("where \(name) stands", text(our), text(server)))
      }
    }
    return found
  }

  private func difference(
    _ what: String, _ ours: String, _ servers: String
  ) -> Conformance.Difference {
    Conformance.Difference(move: result.moves, what: what, ours: ours, servers: servers)
  }

  /// Where a session stands, as a server can show it.
  private enum Standing: Equatable {
    case betweenCommands
    case gate(Int)
    case waiting(Set<Int>)
    case running
  }

  private func standing(of session: Int, in situation: Situation) -> Standing {
    switch machine.stop(of: session, in: situation.state) {
    case .client?, .ended?: .betweenCommands
    case .gate(let number)?: .gate(number)
    case nil: .waiting(machine.blockers(of: session, in: situation.state))
    }
  }

  private func standingOnServer(of session: Int) -> Standing {
    switch group.status(of: session) {
    case .idle: .betweenCommands
    case .atGate(let number): .gate(number)
    case .waiting(let blockers): .waiting(blockers)
    case .running: .running
    }
  }

  /// A server names those whom a session waits for one after the other where several hold a row, and it may
  /// name those who stand before it in the row's queue.
  private func isSame(_ ours: Standing, _ servers: Standing, fellows: Set<Int>) -> Bool {
    if case .waiting(let our) = ours, case .waiting(let server) = servers {
      return server.isSubset(of: our.union(fellows))
    }
    return ours == servers
  }

  private func isSame(_ server: Told, _ ours: Told, _ session: Int) -> Bool {
    switch (server, ours) {
    case (.result(_, let serverColumns, let serverRows), .result(_, let columns, let rows)):
      guard serverColumns == columns else { return false }
      return serverRows == rows
        || serverRows.sorted(by: SteeredMachine.isInOrder)
          == rows.sorted(by: SteeredMachine.isInOrder)
    default: return server == ours
    }
  }

  // MARK: The end

  private mutating func compareEnd() throws(PostgresError) {
    guard let situation = candidates.first else { return }
    for (index, table) in model.program.schema.tables.enumerated() {
      let schema = table.isWorld ? namespace.names.world : namespace.names.main
      let sql = "SELECT * FROM \(schema).\(Quoting.identifier(table.name))"
      let servers =
        try group.control.execute(ServerNamespace.settings + "; " + sql).last?.rows ?? []
      let sorted = servers.sorted(by: SteeredMachine.isInOrder)
      let ours = machine.rows(of: TableID(index), in: situation.state)
      if sorted == ours { continue }
      result.outcome = .differs
      result.differences.append(
        Conformance.Difference(
          move: nil, what: "the committed rows of \(table.name)", ours: Self.text(ours),
          servers: Self.text(sorted)))
    }
    try compareRules(in: situation)
  }

  /// Asks the server for what breaks each rule at the end.
  private mutating func compareRules(in situation: Situation) throws(PostgresError) {
    if hasDeadlocked { result.broken.append(BuiltInProperty.deadlock.rawValue) }
    let isUnhandled = situation.state.controls.enumerated().contains { session, end in
      guard let code = end.sqlState.asText, let state = SQLState(code) else { return false }
      return !model.allowances.allows(state, session: session)
    }
    if isUnhandled { result.broken.append(BuiltInProperty.unhandledError.rawValue) }
    let isFinal = machine.isFinal(situation.state)
    try makeOutcomes(situation)
    for (index, invariant) in model.invariants.enumerated() {
      guard invariant.moment == .always || isFinal,
        let ours = machine.violations(of: index, in: situation.state)
      else { continue }
      let answer = try group.control.run(script.query(of: invariant)).last ?? QueryResult()
      if let error = answer.error {
        result.outcome = .differs
        result.differences.append(
          Conformance.Difference(
            move: nil, what: "the rule \(invariant.name)", ours: Self.text(ours),
            servers: "ERROR \(error.state): \(error.message)"))
        continue
      }
      let servers = answer.rows.sorted(by: SteeredMachine.isInOrder)
      if !ours.isEmpty, servers == ours { result.broken.append(invariant.name) }
      if servers == ours { continue }
      result.outcome = .differs
      result.differences.append(
        Conformance.Difference(
          move: nil, what: "what breaks \(invariant.name)", ours: Self.text(ours),
          servers: Self.text(servers)))
    }
  }

  /// The table that rules read how sessions have ended in: their programs run on our side.
  private func makeOutcomes(_ situation: Situation) throws(PostgresError) {
    let control = group.control
    let instant = model.clock[Int(situation.state.clock)]
    try control.execute(
      "SET search_path = \(namespace.names.everythingSearchPath); "
        + ServerNamespace.transactionStart(instant))
    try control.execute(
      "SET client_min_messages = warning; DROP TABLE IF EXISTS pg_temp.outcomes; "
        + "CREATE TEMP TABLE outcomes (writer text, session text, outcome text, sqlstate text)")
    for (session, end) in situation.state.controls.enumerated() where end.status != .ready {
      let definition = model.sessions[session]
      let outcome =
        end.status == .crashed
        ? "crashed" : end.outcome.isNull && !end.sqlState.isNull ? "error" : end.outcome.asText
      let values = [definition.writer, definition.name, outcome, end.sqlState.asText]
      try control.execute(
        "INSERT INTO pg_temp.outcomes VALUES "
          + "(\(values.map { Quoting.literal($0) }.joined(separator: ", ")))")
    }
  }

  // MARK: Texts

  private func name(of move: SteeredMachine.Move) -> String {
    switch move {
    case .clock: "clock"
    case .crash(let session), .session(let session): model.sessions[session].name
    }
  }

  private func folded(_ span: SourceSpan) -> String {
    SourceFile.folded(model.program.sources.text(of: span))
  }

  private func waitText(_ session: Int) -> [String] {
    switch group.status(of: session) {
    case .waiting: ["\(model.sessions[session].name) \(text(standingOnServer(of: session)))"]
    default: []
    }
  }

  private func text(_ standing: Standing) -> String {
    switch standing {
    case .betweenCommands: "between commands"
    case .gate(let number): "before \(folded(script.gateSpans[number]))"
    case .running: "running"
    case .waiting(let sessions):
      "waits for "
        + sessions.sorted().map { model.sessions[$0].name }.joined(separator: ", ")
    }
  }

  private static func text(_ told: Told) -> String {
    switch told {
    case .done: "done"
    case .error(let state, let message): "ERROR \(state): \(message)"
    case .result(let tag, _, let rows): rows.isEmpty ? tag : "\(tag) \(text(rows))"
    }
  }

  private static func text(_ rows: [[String?]]) -> String {
    if rows.isEmpty { return "no rows" }
    return rows.map { row in
      "(" + row.map { $0 ?? "NULL" }.joined(separator: ", ") + ")"
    }.joined(separator: " ")
  }
}
