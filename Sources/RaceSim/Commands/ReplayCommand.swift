import Postgres
import Reports
import SQL
import Scheduler
import Writers

/// `racesim replay`: one schedule, shown step by step.
struct ReplayCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let console: Console

  /// The command line names something that is not there.
  private struct Problem: Error {
    var message: String
    var notes: [String] = []
    var status = ExitStatus.usage
  }

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    console = command.console
  }

  func run() -> ExitStatus {
    let path = arguments.positionals.first ?? ""
    guard command.finder.entry(path) == .file else {
      let isFolder = command.finder.entry(path) == .folder
      command.fail(
        "`\(path)` cannot be read: \(isFolder ? "it is a folder" : "there is no such file")")
      return .unreadableFile
    }
    let loaded = command.engine.load(path)
    if loaded.isUnreadable {
      command.fail("`\(path)` cannot be read")
      return .unreadableFile
    }
    command.report(loaded.diagnostics, loaded.sources, arguments)
    guard let scenario = loaded.scenario else { return .invalidScenario }
    do throws(Problem) {
      var model = try model(of: scenario)
      if let token = arguments.text("--token") { model = ScheduleToken.model(model, for: token) }
      let (schedule, expectation) = try schedule(of: scenario, model)
      return try show(scenario, model, schedule, expectation)
    } catch {
      command.fail(error.message, notes: error.notes)
      return error.status
    }
  }

  // MARK: What to run

  private func model(of scenario: Scenario) throws(Problem) -> Model {
    guard let base = scenario.models.first else { throw Problem(message: "there is no model") }
    if let wanted = arguments.text("--variant") {
      if wanted == "base" || wanted.isEmpty { return base }
      if let model = scenario.models.first(where: { $0.name == wanted }) { return model }
      let names = scenario.models.map(\.name).filter { !$0.isEmpty }
      throw Problem(
        message: "there is no variant `\(wanted)`", notes: [Self.help(wanted, among: names)])
    }
    guard let token = arguments.text("--token") else { return base }
    let parts = token.split(separator: "_")
    let named = scenario.models.first { model in
      parts.count > 1 && parts[1] == ScheduleToken.name(of: model.fingerprint)
    }
    return named ?? base
  }

  private func schedule(
    of scenario: Scenario, _ model: Model
  ) throws(Problem) -> (Engine.Schedule, Expectation) {
    let given = ["--timeline", "--token", "--order"].filter { arguments.text($0) != nil }
    guard given.count < 2 else {
      throw Problem(message: "\(given.joined(separator: " and ")) exclude each other")
    }
    if let token = arguments.text("--token") {
      do throws(TokenError) {
        let choices = try ScheduleToken.decode(token, for: model)
        return (.choices(choices), .none)
      } catch {
        var problem = Problem(message: error.description)
        if case .otherScenario = error { problem.status = .divergence }
        throw problem
      }
    }
    if let order = arguments.text("--order") {
      do throws(UnknownName) {
        return (.choices(try NamedStep.choices(order, in: model)), .none)
      } catch {
        throw Problem(message: error.description)
      }
    }
    let timeline = try timeline(of: scenario)
    return (.timeline(timeline), timeline.expectation)
  }

  private func timeline(of scenario: Scenario) throws(Problem) -> Timeline {
    let names = scenario.timelines.map(\.name)
    if let wanted = arguments.text("--timeline") {
      if let timeline = scenario.timelines.first(where: { $0.name == wanted }) { return timeline }
      throw Problem(
        message: "there is no timeline `\(wanted)`", notes: [Self.help(wanted, among: names)])
    }
    if scenario.timelines.count == 1, let only = scenario.timelines.first { return only }
    if names.isEmpty {
      throw Problem(
        message: "\(scenario.path) has no timeline: give --token or --order",
        notes: ["for example: --order '\(Self.sampleOrder(scenario))'"])
    }
    throw Problem(
      message: "\(scenario.path) has \(names.count) timelines: give --timeline",
      notes: ["they are \(names.joined(separator: ", "))"])
  }

  private static func sampleOrder(_ scenario: Scenario) -> String {
    (scenario.models.first?.sessions ?? []).prefix(3).map(\.name).joined(separator: " ")
  }

  private static func help(_ wanted: String, among names: [String]) -> String {
    if let meant = didYouMean(wanted, among: names) { return "did you mean '\(meant)'?" }
    if names.isEmpty { return "the file has none" }
    return "there are \(names.map { "'\($0)'" }.joined(separator: ", "))"
  }

  // MARK: Running it

  private func show(
    _ scenario: Scenario, _ model: Model, _ schedule: Engine.Schedule, _ expectation: Expectation
  ) throws(Problem) -> ExitStatus {
    var told: Engine.Told
    do throws(Diagnostic) {
      told = try run(scenario, model, schedule)
    } catch {
      command.report([error], model.program.sources, arguments)
      throw Problem(message: "the scenario's data cannot be set up", status: .invalidScenario)
    }
    let format = arguments.text("--format") ?? "text"
    let shown = shortened(told.trace)
    if let export = ExportFormat(rawValue: format) {
      guard told.divergence == nil else { return diverged(told) }
      return try self.export(scenario, model, told, as: export)
    }
    let traceFormat = TraceFormat(rawValue: format) ?? .text
    if traceFormat == .text {
      let style = console.style(arguments)
      console.print(TextTrace(shown, role: .replay, style: style).lines(), style)
    } else {
      guard let text = text(of: shown, traceFormat, model) else {
        throw Problem(
          message: "the trace of \(shown.steps.count) steps is too long for \(format)",
          status: .unwritableReport)
      }
      console.output(text)
    }
    if told.divergence != nil { return diverged(told) }
    return compare(told.trace, with: expectation)
  }

  /// Runs the schedule; where it ends by breaking a property, with why, and with what was tried beside it.
  ///
  /// The text of a timeline goes without: the file says what it is about.
  private func run(
    _ scenario: Scenario, _ model: Model, _ schedule: Engine.Schedule
  ) throws(Diagnostic) -> Engine.Told {
    let options = command.machineOptions(arguments)
    let told = try command.engine.tell(scenario, model, options, schedule, nil)
    let isText = (arguments.text("--format") ?? "text") == "text"
    if case .timeline = schedule, isText { return told }
    guard told.divergence == nil, let property = told.trace.steps.last?.broken.first else {
      return told
    }
    var explained = try command.engine.tell(scenario, model, options, schedule, property)
    guard !arguments.has("--no-evidence"), arguments.number("--to") == nil,
      ExportFormat(rawValue: arguments.text("--format") ?? "") == nil
    else { return explained }
    let evidence = try command.engine.evidence(
      scenario, model, options, told.choices, property, explained.trace,
      !arguments.has("--no-verify-fixes"))
    explained.trace.finding?.evidence = evidence
    return explained
  }

  private func diverged(_ told: Engine.Told) -> ExitStatus {
    command.fail(told.divergence ?? "")
    return .divergence
  }

  private func text(of trace: Trace, _ format: TraceFormat, _ model: Model) -> String? {
    guard format.isDocument else { return format.text(of: trace, style: console.style(arguments)) }
    var sources: [String: String] = [:]
    for file in model.program.sources.files {
      sources[file.path] = String(decoding: file.bytes, as: UTF8.self)
    }
    return HTMLReport(traces: [trace], sources: sources).text()
  }

  /// Prints the schedule as a spec or a script for a server.
  private func export(
    _ scenario: Scenario, _ model: Model, _ told: Engine.Told, as format: ExportFormat
  ) throws(Problem) -> ExitStatus {
    do throws(ScheduleExport.Refusal) {
      let export = FindingExport(
        scenario: scenario, model: model, choices: told.choices, trace: told.trace,
        options: command.machineOptions(arguments))
      console.output(try export.text(as: format))
      return .success
    } catch {
      throw Problem(
        message: "this run cannot be exported: \(error.reason)",
        notes: error.span.map { span in
          let sources = model.program.sources
          return ["at \(sources.file(of: span).path):\(sources.position(of: span).line)"]
        } ?? [], status: .unwritableReport)
    }
  }

  /// The trace up to the step that `--to` names.
  private func shortened(_ trace: Trace) -> Trace {
    guard let limit = arguments.number("--to"), limit < trace.steps.count else { return trace }
    var trace = trace
    trace.steps.removeLast(trace.steps.count - limit)
    trace.final = []
    trace.finding = nil
    return trace
  }

  /// Whether a timeline ends as it says.
  private func compare(_ trace: Trace, with expectation: Expectation) -> ExitStatus {
    let judgement = TimelineJudgement(trace, expectation: expectation)
    guard !judgement.remark.isEmpty else { return .success }
    command.fail("the timeline \(judgement.remark)")
    return .violation
  }
}
