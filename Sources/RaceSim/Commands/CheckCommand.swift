import Reports
import SQL
import Scheduler
import Writers

/// `racesim check`: explores every model of the scenarios that the paths name.
struct CheckCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let console: Console
  private let style: Style
  private let usesJSON: Bool
  private let isQuiet: Bool

  /// One model to explore.
  private struct Job {
    var scenario: Scenario
    var model: Model
    var name: String
  }

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    console = command.console
    style = command.console.style(arguments)
    usesJSON = arguments.text("--format") == "json"
    isQuiet = arguments.has("--quiet")
  }

  func run() -> ExitStatus {
    let (scenarios, invalid, loadStatus) = command.load(arguments)
    let jobs = self.jobs(of: scenarios)
    if jobs.isEmpty, invalid.isEmpty {
      if loadStatus == .success { explainNothing(scenarios) }
      return ExitStatus.nothing.or(loadStatus)
    }
    var summary = Summary(
      models: jobs.map { ($0.scenario.path, $0.model.name) },
      countsInterleavings: arguments.has("--count"), style: style)
    if usesJSON { print(JSONReport.start(version: RaceSimCommand.version, models: jobs.count)) }
    for path in invalid {
      summary.addInvalidFile()
      if usesJSON { print(JSONReport.invalid(path: path)) }
    }
    var reports: [TextTrace] = []
    for job in jobs {
      if command.isInterrupted() {
        summary.isInterrupted = true
        break
      }
      let status = check(job, &summary, &reports)
      if job.model.name.isEmpty { runTimelines(of: job, &summary) }
      if arguments.has("--fail-fast"), status == .failed { break }
    }
    if command.isInterrupted() { summary.isInterrupted = true }
    let status = summary.exitStatus.or(loadStatus)
    if usesJSON {
      print(JSONReport.summary(summary.counts, status: status))
    } else {
      for report in reports {
        console.output("\n")
        console.print(report.lines(), style)
      }
      if jobs.count > 1 || !invalid.isEmpty || !reports.isEmpty { console.output("\n") }
      console.print([summary.totals()], style)
    }
    return status
  }

  private func print(_ value: JSONValue) { console.output(value.compact + "\n") }

  // MARK: What to explore

  private func jobs(of scenarios: [Scenario]) -> [Job] {
    var jobs: [Job] = []
    for scenario in scenarios {
      for model in scenario.models where isWanted(model, of: scenario) {
        let name = Summary.name(path: scenario.path, variant: model.name)
        jobs.append(Job(scenario: scenario, model: model, name: name))
      }
    }
    return jobs
  }

  private func isWanted(_ model: Model, of scenario: Scenario) -> Bool {
    if let wanted = arguments.text("--variant") {
      guard wanted == model.name || (wanted == "base" && model.name.isEmpty) else { return false }
    }
    guard let pattern = arguments.text("--filter") else { return true }
    let name = Summary.name(path: scenario.path, variant: model.name)
    return [name, scenario.path, model.name].contains { Glob.matches($0, pattern) }
  }

  private func explainNothing(_ scenarios: [Scenario]) {
    var notes: [String] = []
    let variants = scenarios.flatMap(\.models).map(\.name).filter { !$0.isEmpty }
    if let wanted = arguments.text("--variant"), let meant = didYouMean(wanted, among: variants) {
      notes.append("did you mean --variant '\(meant)'?")
    } else if arguments.text("--variant") != nil, !scenarios.isEmpty {
      let names = ["base"] + variants.prefix(10).map { "'\($0)'" }
      notes.append("the variants are \(names.joined(separator: ", "))")
    }
    if scenarios.isEmpty { notes.append("scenario files end in .race and begin with a title") }
    command.fail("nothing to check", notes: notes)
  }

  // MARK: A model

  private func options(_ name: String, start: Double) -> ExplorationOptions {
    var options = ExplorationOptions()
    options.machine = command.machineOptions(arguments)
    if let limit = arguments.number("--max-states") { options.statesLimit = limit }
    options.memoryLimitBytes = arguments.number("--max-memory")
    if let limit = arguments.number("--max-depth") { options.stepsLimit = limit }
    options.timeoutSeconds = arguments.number("--timeout").map { Double($0) / 1000 }
    options.stopsAtFirst = arguments.has("--stop-at-first")
    options.countsInterleavings = arguments.has("--count")
    options.monotonicSeconds = console.monotonicSeconds
    let isInterrupted = command.isInterrupted
    options.progressInterval = 4096
    guard console.isErrorTerminal, !isQuiet else {
      options.progress = { _ in !isInterrupted() }
      return options
    }
    let width = min(console.terminalWidth ?? 80, 100)
    let line = ProgressLine(
      name: name, start: start, width: width, clock: console.monotonicSeconds)
    options.progress = { progress in
      line.show(progress)
      return !isInterrupted()
    }
    return options
  }

  private func check(
    _ job: Job, _ summary: inout Summary, _ reports: inout [TextTrace]
  ) -> Judgement.Status? {
    let start = console.monotonicSeconds()
    let exploration: Exploration
    do throws(Diagnostic) {
      exploration = try command.engine.explore(job.model, options(job.name, start: start))
    } catch {
      clearProgress()
      command.report([error], job.model.program.sources, arguments)
      summary.addInvalidFile()
      return nil
    }
    clearProgress()
    let judgement = Judgement(exploration, expectation: job.model.expectation)
    let traces = exploration.counterexamples.map { tell($0, of: job) }
    var row = Summary.Row(
      path: job.scenario.path, variant: job.model.name, exploration: exploration,
      judgement: judgement, anomalies: traces.map { Self.anomaly($0) })
    if arguments.has("--times") {
      row.milliseconds = Int((console.monotonicSeconds() - start) * 1000)
    }
    let lines = summary.add(row)
    if usesJSON {
      for (trace, example) in zip(traces, exploration.counterexamples) {
        guard let trace else { continue }
        print(
          JSONReport.finding(
            trace, isExpected: !judgement.unexpected.contains(example.property),
            violatingInterleavings: example.violatingInterleavings))
      }
      print(JSONReport.scenario(row))
      return judgement.status
    }
    let isGood = judgement.status == .ok || judgement.status == .expected
    if !isQuiet || !isGood { console.print(lines, style) }
    for (trace, example) in zip(traces, exploration.counterexamples) {
      guard let trace else { continue }
      let isUnexpected = judgement.unexpected.contains(example.property)
      if isUnexpected || style.isVerbose {
        let role: TextTrace.Role = isUnexpected ? .failure : .expected
        reports.append(TextTrace(trace, role: role, style: style))
      }
    }
    if arguments.has("--explain-pass"), exploration.verdict == .proved {
      reports += sample(job).map { [TextTrace($0, role: .sample, style: style)] } ?? []
    }
    return judgement.status
  }

  // MARK: Timelines

  /// Runs the scenario's timelines and compares each with its expectation.
  private func runTimelines(of job: Job, _ summary: inout Summary) {
    guard arguments.text("--granularity") != "statement", !arguments.has("--isolationtester") else {
      // Timelines that count steps count those of rows.
      return
    }
    for timeline in job.scenario.timelines {
      do throws(Diagnostic) {
        let told = try command.engine.tell(
          job.scenario, job.model, command.machineOptions(arguments), .timeline(timeline), nil)
        let judgement = TimelineJudgement(told.trace, expectation: timeline.expectation)
        let remark = told.divergence ?? judgement.remark
        let line = summary.addTimeline(
          timeline.name, path: job.scenario.path, steps: told.trace.steps.count,
          judgement: judgement, remark: remark)
        if usesJSON {
          print(
            JSONReport.timeline(
              timeline.name, path: job.scenario.path, steps: told.trace.steps.count,
              judgement: judgement, remark: remark))
        } else if !isQuiet || !remark.isEmpty {
          console.print([line], style)
        }
      } catch {
        command.report([error], job.model.program.sources, arguments)
        summary.addInvalidFile()
      }
    }
  }

  private func tell(_ example: Counterexample, of job: Job) -> Trace? {
    told(job, .choices(example.schedule), property: example.property)
  }

  private func sample(_ job: Job) -> Trace? { told(job, .sample, property: nil) }

  private func told(_ job: Job, _ schedule: Engine.Schedule, property: String?) -> Trace? {
    do throws(Diagnostic) {
      let told = try command.engine.tell(
        job.scenario, job.model, command.machineOptions(arguments), schedule, property)
      if let divergence = told.divergence {
        command.fail(
          "the search found a run that its replay cannot follow: \(divergence)",
          notes: ["this is a mistake in RaceSim, not in \(job.name)"])
      }
      return told.trace
    } catch {
      command.report([error], job.model.program.sources, arguments)
      return nil
    }
  }

  /// `lost update (P4)`.
  private static func anomaly(_ trace: Trace?) -> String {
    guard let finding = trace?.finding else { return "" }
    guard let name = finding.anomaly, name != finding.name else { return finding.anomalyCode ?? "" }
    return finding.anomalyCode.map { "\(name) (\($0))" } ?? name
  }

  private func clearProgress() {
    if console.isErrorTerminal, !isQuiet { console.error("\r\u{1B}[K") }
  }
}
