import SQL
import Store
import Testing

@testable import Writers

/// Runs the statements of a fact and writes down what became of them, as the fact has it.
struct Transcript {
  private let model: Model
  private var machine: Machine
  private var state: MachineState
  /// What each session's statement in progress has brought forth so far.
  private var events: [[Event]]

  init(_ fact: ConformanceTests.Fact) throws {
    let lines = fact.run.split(separator: "\n").map(String.init)
    let scenario = Self.scenario(fact, lines)
    let (compiled, diagnostics) = ScenarioSupport.compile(scenario)
    #expect(diagnostics.filter { $0.severity == .error }.map(\.message) == [])
    model = try #require(compiled?.models.first)
    machine = Machine(model: model, options: MachineOptions())
    var options = Executor.Options()
    options.runsWholeStatements = true
    options.countsEveryStatement = true
    options.goesOnAfterErrors = true
    machine.executor = Executor(program: model.program, instants: model.clock, options: options)
    state = try machine.initialState()
    events = model.sessions.map { _ in [] }
  }

  /// The scenario in which each session's program is its statements in the order of the lines.
  private static func scenario(_ fact: ConformanceTests.Fact, _ lines: [String]) -> String {
    var programs: [String: [String]] = [:]
    for line in lines {
      guard let step = Step(line) else { continue }
      programs[step.session, default: []].append(
        step.isCall ? "\(step.sql) INTO v_result;" : "\(step.sql);")
    }
    let writers = programs.keys.sorted().map { name in
      "writer \(name) {\nDECLARE v_result text;\n"
        + (programs[name] ?? []).joined(separator: "\n") + "\n}"
    }
    return """
      scenario "a fact"
      schema { \(fact.schema) }
      data { \(fact.data) }
      clock '2025-01-01 00:00:00', '2025-01-01 00:00:01', '2025-01-01 00:00:02'
      \(writers.joined(separator: "\n"))
      allow deadlock
      allow unhandled error
      expect proved
      """
  }

  /// A line with a client statement.
  private struct Step {
    var session: String
    var sql: String
    var isCall: Bool { sql.hasPrefix("SELECT f(") }

    init?(_ line: String) {
      guard let arrow = line.firstRange(of: " => "), let first = line.first, first.isLetter,
        line.dropFirst().first == " "
      else { return nil }
      session = String(first)
      sql = String(line[..<arrow.lowerBound].dropFirst(2))
    }
  }

  /// Replays the lines' statements; where a deadlock or a race leaves a choice, the lines make it.
  mutating func replay(_ lines: [String]) throws -> [String] {
    var result: [String] = []
    for (index, line) in lines.enumerated() {
      if line == "+" {
        apply(Choice(.clock))
        result.append("+")
        continue
      }
      guard let step = Step(line) else { continue }
      let session = try #require(model.sessions.firstIndex { $0.name == step.session })
      try #require(enabled().contains(Choice(.step, session: session)), "\(line)")
      apply(Choice(.step, session: session))
      let wanted = lines[(index + 1)...].prefix { $0.hasPrefix("  ") }
      var resumed: [Int] = []
      while let choice = nextResumption(in: line, wanted, session) {
        apply(choice)
        let it = Int(choice.session)
        if it != session, !isWaiting(it), !resumed.contains(it) { resumed.append(it) }
      }
      result.append(
        "\(step.session) \(step.sql) => \(isWaiting(session) ? "waits" : outcome(session))")
      for other in resumed.sorted() {
        result.append("  \(model.sessions[other].name) => \(outcome(other))")
      }
      for done in [session] + resumed where !isWaiting(done) { events[done] = [] }
    }
    for (index, table) in model.program.schema.tables.enumerated() {
      let rows = machine.rows(of: TableID(index), in: state).map { row in
        text(row.values, table.columns.map(\.type))
      }
      let sorted = rows.sorted()
      result.append(
        sorted.isEmpty ? "\(table.name): " : "\(table.name): \(sorted.joined(separator: " "))")
    }
    return result
  }

  private func isWaiting(_ session: Int) -> Bool {
    let wait = state.database.sessions[session].wait
    return wait == .row || wait == .key
  }

  private mutating func enabled() -> ContiguousArray<Choice> {
    var choices: ContiguousArray<Choice> = []
    machine.appendChoices(in: state, to: &choices)
    return choices
  }

  /// A waiting session that can go on, first those that the lines name; or the victim that they name.
  private mutating func nextResumption(
    in line: String, _ wanted: ArraySlice<String>, _ session: Int
  ) -> Choice? {
    let choices = enabled()
    for choice in choices where choice.kind == .victim {
      let it = Int(choice.session)
      let name = "  \(model.sessions[it].name) => ERROR 40P01"
      if it == session
        ? line.contains("=> ERROR 40P01") : wanted.contains(where: { $0.hasPrefix(name) })
      {
        return choice
      }
    }
    let ready = choices.filter { $0.kind == .step && isWaiting(Int($0.session)) }
    let named = ready.filter { choice in
      let name = "  \(model.sessions[Int(choice.session)].name) =>"
      return wanted.contains { $0.hasPrefix(name) }
    }
    return named.first ?? ready.first
  }

  private mutating func apply(_ choice: Choice) {
    var recorder = Recorder(isOn: true)
    machine.apply(choice, to: &state, recorder: &recorder)
    if choice.kind != .clock { events[Int(choice.session)] += recorder.events }
  }

  /// What the client hears of its statement.
  private func outcome(_ session: Int) -> String {
    var told = ""
    var error: SQLError?
    for event in events[session] {
      switch event {
      case .finished(let tag, let columns, let rows):
        let texts = rows.map { text($0, columns.map(\.type)) }
        told = ([tag] + texts).joined(separator: " ")
      case .assigned(let routine, let slot, let value)
      where model.program.routines[Int(routine.index)].variables[slot].name == "v_result":
        told = "SELECT 1 [\(value.asText ?? "NULL")]"
      case .failed(let its): error = its
      case .caught: error = nil
      case .beganTransaction(isImplicit: false): told = "BEGIN"
      case .committed(isImplicit: false, _): told = "COMMIT"
      case .rolledBack where told.isEmpty: told = "ROLLBACK"
      case .savepoint: told = "SAVEPOINT"
      case .rolledBackTo: told = "ROLLBACK"
      default: continue
      }
    }
    if let error { return "ERROR \(error.state.code) \(error.message)" }
    return told
  }

  private func text(_ values: [Value], _ types: [DataType]) -> String {
    let texts = zip(values, types).map { value, type in
      value.isNull
        ? "NULL"
        : value.formatted(as: type, catalog: model.program.types, options: FormatOptions())
    }
    return "[\(texts.joined(separator: ", "))]"
  }
}
