import Postgres
import Reports
import SQL
import Scheduler
import Writers

/// `racesim conform`: runs schedules on a real PostgreSQL and compares every result, error and wait.
struct ConformCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let console: Console
  private let style: Style
  private let usesJSON: Bool

  /// A schedule to run.
  private enum Schedule {
    case token(String)
    case choices(name: String, [Choice])
    case timeline(Timeline)
  }

  /// What the command line asks for cannot be had.
  private struct Problem: Error {
    var message: String
    var notes: [String] = []
    var status = ExitStatus.usage
  }

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    console = command.console
    style = command.console.style(arguments)
    usesJSON = arguments.text("--format") == "json"
  }

  func run() -> ExitStatus {
    let given = ["--token", "--timeline"].filter { arguments.text($0) != nil }
    guard given.count < 2 else {
      command.fail("\(given.joined(separator: " and ")) exclude each other")
      return .usage
    }
    let (scenarios, _, loadStatus) = command.load(arguments)
    guard !scenarios.isEmpty else {
      if loadStatus == .success { command.fail("nothing to run") }
      return ExitStatus.nothing.or(loadStatus)
    }
    do throws(Problem) {
      return try run(scenarios).or(loadStatus)
    } catch {
      command.fail(error.message, notes: error.notes)
      return error.status.or(loadStatus)
    }
  }

  // MARK: The server

  private func run(_ scenarios: [Scenario]) throws(Problem) -> ExitStatus {
    let environment = console.environment
    let libpq: Libpq
    var server: ThrowawayServer?
    var target = arguments.text("--server") ?? "auto"
    do throws(PostgresError) {
      libpq = try Libpq.load(environment: environment)
      if target == "auto" {
        let started = try ThrowawayServer(
          programs: try ServerPrograms.find(environment: environment), libpq: libpq,
          environment: environment, isCancelled: command.isInterrupted)
        server = started
        target = started.target
      }
      try removeStale(libpq, target)
    } catch {
      throw problem(error)
    }
    defer { server?.stop() }
    var report = ConformReport(style: style)
    if usesJSON {
      print(
        ConformReport.start(
          version: RaceSimCommand.version, server: server == nil ? "given" : "auto"))
    }
    for scenario in scenarios {
      for model in try models(of: scenario) {
        if command.isInterrupted() { break }
        try run(scenario, model, libpq, target, &report)
      }
    }
    let status =
      command.isInterrupted() ? ExitStatus.interrupted : report.counts.status
    if usesJSON {
      print(report.summaryJSON(status))
    } else {
      console.print([Line(), report.summary()], style)
    }
    return status
  }

  private func print(_ value: JSONValue) { console.output(value.compact + "\n") }

  private func problem(_ error: PostgresError) -> Problem {
    Problem(
      message: error.description, notes: error.help.map { [$0] } ?? [], status: .unavailable)
  }

  /// Removes what a run that was killed has left on the server.
  private func removeStale(_ libpq: Libpq, _ target: String) throws(PostgresError) {
    let connection = try Connection(libpq, to: target)
    defer { connection.close() }
    try NamespaceNames.removeStale(connection)
  }

  // MARK: What to run

  private func models(of scenario: Scenario) throws(Problem) -> [Model] {
    if let wanted = arguments.text("--variant") {
      let found = scenario.models.filter {
        $0.name == wanted || wanted == "base" && $0.name.isEmpty
      }
      if !found.isEmpty { return found }
      let names = scenario.models.map(\.name).filter { !$0.isEmpty }
      throw Problem(
        message: "\(scenario.path) has no variant `\(wanted)`",
        notes: didYouMean(wanted, among: names).map { ["did you mean '\($0)'?"] } ?? [])
    }
    if let token = arguments.text("--token") {
      let parts = token.split(separator: "_")
      let named = scenario.models.filter { model in
        parts.count > 1 && parts[1] == ScheduleToken.name(of: model.fingerprint)
      }
      return (named.isEmpty ? scenario.models : named).prefix(1).map {
        ScheduleToken.model($0, for: token)
      }
    }
    return arguments.text("--timeline") == nil ? scenario.models : Array(scenario.models.prefix(1))
  }

  private func schedules(
    of scenario: Scenario, _ model: Model
  ) throws(Problem) -> [(model: Model, schedules: [Schedule])] {
    if let token = arguments.text("--token") { return [(model, [.token(token)])] }
    if let wanted = arguments.text("--timeline") {
      guard let timeline = scenario.timelines.first(where: { $0.name == wanted }) else {
        let names = scenario.timelines.map(\.name)
        throw Problem(
          message: "\(scenario.path) has no timeline `\(wanted)`",
          notes: didYouMean(wanted, among: names).map { ["did you mean '\($0)'?"] } ?? [])
      }
      return [(model, [.timeline(timeline)])]
    }
    if arguments.number("--samples") != nil { return [(model, [])] }
    var options = ExplorationOptions()
    let isInterrupted = command.isInterrupted
    options.progress = { _ in !isInterrupted() }
    options.statesLimit = arguments.number("--max-states") ?? options.statesLimit
    let exploration: Exploration
    do throws(Diagnostic) {
      exploration = try command.engine.explore(model, options)
    } catch {
      command.report([error], model.program.sources, arguments)
      throw Problem(message: "the scenario's data cannot be set up", status: .invalidScenario)
    }
    let timelines = model.name.isEmpty ? scenario.timelines.map { Schedule.timeline($0) } : []
    let broken = exploration.model(of: model)
    let examples = exploration.counterexamples.map { example in
      let token = ScheduleToken.encode(example.schedule, for: broken)
      return Schedule.choices(name: "\(example.property) \(token)", example.schedule)
    }
    // Where a writer runs `times many`, those of a counterexample are a number of their own.
    return model.isParametric
      ? [(model, timelines), (broken, examples)] : [(model, timelines + examples)]
  }

  // MARK: Running

  private func run(
    _ scenario: Scenario, _ model: Model, _ libpq: Libpq, _ target: String,
    _ report: inout ConformReport
  ) throws(Problem) {
    for (model, schedules) in try schedules(of: scenario, model) {
      try run(schedules, scenario, model, libpq, target, &report)
    }
  }

  private func run(
    _ schedules: [Schedule], _ scenario: Scenario, _ model: Model, _ libpq: Libpq, _ target: String,
    _ report: inout ConformReport
  ) throws(Problem) {
    let schedules = try schedules.map { (schedule) throws(Problem) in
      try steps(of: schedule, model)
    }
    let samples = arguments.number("--samples") ?? 0
    if schedules.isEmpty, samples == 0 { return }
    do throws(ConformSession.Obstacle) {
      let session = try ConformSession(
        scenario: scenario, model: model, libpq: libpq, target: target)
      defer { session.close() }
      for (name, steps) in schedules where !command.isInterrupted() {
        show(try session.run(name: name, steps: steps), scenario, model, &report)
      }
      var generator = SplitMix64(seed: UInt64(arguments.number("--seed") ?? 1))
      for number in 0..<samples where !command.isInterrupted() {
        let found = try session.sample(name: "sample \(number + 1)", generator: &generator)
        show(found, scenario, model, &report)
      }
    } catch {
      try fail(error, scenario, model, &report)
    }
  }

  /// Says why a model cannot be run; a server that is gone is the end of all.
  private func fail(
    _ obstacle: ConformSession.Obstacle, _ scenario: Scenario, _ model: Model,
    _ report: inout ConformReport
  ) throws(Problem) {
    report.addFailure()
    switch obstacle {
    case .server(let error): throw problem(error)
    case .setup(let diagnostic):
      command.report([diagnostic], model.program.sources, arguments)
    case .text(let reason, let span):
      let sources = model.program.sources
      let place = span.map { "\(sources.file(of: $0).path):\(sources.position(of: $0).line)" }
      let name = Summary.name(path: scenario.path, variant: model.name)
      command.fail(
        "\(name) cannot be run on the server: \(reason)", notes: place.map { ["at \($0)"] } ?? [])
    }
  }

  private func show(
    _ conformance: Conformance, _ scenario: Scenario, _ model: Model, _ report: inout ConformReport
  ) {
    let lines = report.add(
      conformance, model: Summary.name(path: scenario.path, variant: model.name))
    if usesJSON {
      print(ConformReport.json(conformance, path: scenario.path, variant: model.name))
    } else {
      console.print(lines, style)
    }
  }

  /// The steps of a schedule, as it was recorded.
  private func steps(
    of schedule: Schedule, _ model: Model
  ) throws(Problem) -> (name: String, steps: [Replayer.Step]) {
    var replayer: Replayer
    do throws(Diagnostic) {
      replayer = try Replayer(model: model, options: MachineOptions())
    } catch {
      command.report([error], model.program.sources, arguments)
      throw Problem(message: "the scenario's data cannot be set up", status: .invalidScenario)
    }
    do throws(Divergence) {
      switch schedule {
      case .token(let token): return ("token \(token)", try replayer.replay(token: token))
      case .choices(let name, let choices): return (name, try replayer.replay(choices))
      case .timeline(let timeline):
        return ("timeline \(timeline.name)", try replayer.replay(timeline).map(\.step))
      }
    } catch {
      throw Problem(message: error.description, status: .divergence)
    }
  }
}
