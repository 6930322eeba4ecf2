import Postgres
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
  private let format: Format
  private let isQuiet: Bool

  /// What goes to standard output.
  private enum Format: String {
    case text, json, tap
    /// Text, then annotations; and a summary of the workflow's step.
    case github
  }

  /// One model to explore.
  struct Job {
    var scenario: Scenario
    var model: Model
    var name: String
  }

  /// What a check has come to so far.
  private struct Progress {
    var summary: Summary
    var report: CheckReport
    /// What is shown after the last model.
    var traces: [TextTrace] = []
    /// What goes into folders of specs and scripts.
    var exports: [FindingExport] = []
    /// Scenarios that cannot be begun: said once, however many variants they have.
    var failures: Set<Diagnostic> = []
  }

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    console = command.console
    style = command.console.style(arguments)
    format = Self.format(arguments, command.console)
    isQuiet = arguments.has("--quiet")
  }

  func run() -> ExitStatus {
    if let (problem, note) = misuse {
      command.fail(problem, notes: [note])
      return .usage
    }
    let problem = destinationProblem()
    if problem != .success { return problem }
    let (scenarios, invalid, loadStatus) = command.load(arguments)
    let jobs = self.jobs(of: scenarios)
    let session: SearchSession
    do throws(SearchSession.Problem) {
      session = try SearchSession(
        command, arguments, models: jobs.map { (name: $0.name, model: $0.model) },
        options: options(jobs: jobs.count))
    } catch {
      command.fail(error.message, notes: error.notes)
      return error.status.or(loadStatus)
    }
    if jobs.isEmpty, invalid.isEmpty {
      if loadStatus == .success { explainNothing(scenarios) }
      return ExitStatus.nothing.or(loadStatus)
    }
    var progress = Progress(
      summary: Summary(
        models: jobs.map { ($0.scenario.path, $0.model.name) },
        countsInterleavings: arguments.has("--count"), style: style),
      report: CheckReport(version: RaceSimCommand.version))
    progress.report.plannedModels = jobs.count
    if format == .json {
      print(JSONReport.start(version: RaceSimCommand.version, models: jobs.count))
    }
    for path in invalid { addInvalid(path, &progress) }
    explore(jobs, session, &progress)
    progress.report.counts = progress.summary.counts
    progress.report.status = progress.summary.exitStatus.or(loadStatus).or(session.status)
    finish(progress, jobs: jobs.count)
    return progress.report.status.or(writeReports(progress, sources(of: scenarios)))
  }

  private func explore(
    _ jobs: [Job], _ session: SearchSession, _ progress: inout Progress
  ) {
    let threads = arguments.number("--threads") ?? console.cores
    // One model's random runs are shared out; several models are explored side by side.
    let explorations = ExplorationQueue(
      jobs.map { exploration($0, session.options, threads: jobs.count == 1 ? threads : 1) },
      threads: threads)
    defer { explorations.cancel() }
    for (index, job) in jobs.enumerated() {
      if command.isInterrupted() { break }
      let outcome = explorations.outcome(of: index)
      let status = check(job, outcome, &progress)
      if job.model.name.isEmpty { runTimelines(of: job, &progress) }
      if arguments.has("--fail-fast"), status == .failed { break }
    }
    if command.isInterrupted() { progress.summary.isInterrupted = true }
  }

  /// Counts a file with errors.
  private func addInvalid(_ path: String, _ progress: inout Progress) {
    guard !progress.report.invalidPaths.contains(path) else { return }
    progress.report.invalidPaths.append(path)
    progress.summary.addInvalidFile()
    if format == .json { print(JSONReport.invalid(path: path)) }
  }

  /// Says why a model cannot be run, unless that has been said.
  private func refuse(_ error: Diagnostic, _ job: Job, _ progress: inout Progress) {
    if progress.failures.insert(error).inserted {
      command.report([error], job.model.program.sources, arguments)
    }
    addInvalid(job.scenario.path, &progress)
  }

  private var strategy: RandomOptions.Strategy? {
    arguments.text("--strategy").flatMap(RandomOptions.Strategy.init)
  }

  /// Options that do not go together, and what to do.
  private var misuse: (problem: String, note: String)? {
    guard let strategy else {
      let name = ["--runs", "--seed", "--depth"].first { arguments.text($0) != nil }
      return name.map {
        (
          "\($0) is about random runs, and all interleavings are explored",
          "add --strategy uniform or --strategy pct"
        )
      }
    }
    if arguments.has("--count") {
      return (
        "--count is no matter of random runs", "leave out --strategy: only a whole search can count"
      )
    }
    if strategy == .uniform, arguments.text("--depth") != nil {
      return ("--depth is about PCT", "add --strategy pct, or leave --depth out")
    }
    return nil
  }

  private func print(_ value: JSONValue) { console.output(value.compact + "\n") }

  /// Prints what comes after the last model.
  private func finish(_ progress: Progress, jobs: Int) {
    let report = progress.report
    switch format {
    case .json: print(JSONReport.summary(report.counts, status: report.status))
    case .tap: console.output(TAPReport(report).text())
    case .text, .github:
      for trace in progress.traces {
        console.output("\n")
        console.print(trace.lines(), style)
      }
      if jobs > 1 || !report.invalidPaths.isEmpty || !progress.traces.isEmpty {
        console.output("\n")
      }
      console.print([progress.summary.totals()], style)
      if format == .github { console.output(GitHubReport(report).text()) }
    }
  }

  // MARK: Reports

  /// What `--report` says: kinds and paths.
  private var destinations: [(kind: String, path: String)] {
    arguments.texts("--report").map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      return (parts[0], parts.count > 1 ? parts[1] : "")
    }
  }

  /// Looks before a long search whether the reports can be written after it.
  private func destinationProblem() -> ExitStatus {
    var status = ExitStatus.success
    for (kind, path) in destinations {
      let problem =
        ExportFormat(rawValue: kind) == nil
        ? command.files.obstacle(path) : command.files.folderObstacle(path)
      guard let problem else { continue }
      command.fail("`\(path)` cannot be written: \(problem)")
      status = .unwritableReport
    }
    return status
  }

  /// Writes the files that were asked for.
  private func writeReports(
    _ progress: Progress, _ sources: [String: String]
  ) -> ExitStatus {
    var status = ExitStatus.success
    for (kind, path) in destinations {
      let problem: String?
      if let kind = ReportKind(rawValue: kind) {
        problem = command.files.write(kind.text(of: progress.report, sources: sources), path)
      } else if let format = ExportFormat(rawValue: kind) {
        problem = FindingExport.write(progress.exports, as: format, into: path, command)
      } else {
        continue
      }
      guard let problem else { continue }
      command.fail("`\(path)` cannot be written: \(problem)")
      status = .unwritableReport
    }
    if format == .github, let path = console.environment["GITHUB_STEP_SUMMARY"], !path.isEmpty,
      let problem = command.files.append(MarkdownReport.text(progress.report), path)
    {
      command.fail("the step summary cannot be written: \(problem)")
    }
    return status
  }

  /// The text of the scenarios' files, by path.
  private func sources(of scenarios: [Scenario]) -> [String: String] {
    guard !arguments.texts("--report").isEmpty else { return [:] }
    var texts: [String: String] = [:]
    for file in scenarios.flatMap(\.models).flatMap(\.program.sources.files) {
      texts[file.path] = String(decoding: file.bytes, as: UTF8.self)
    }
    return texts
  }

  /// What `--format` says; without it text, or GitHub's annotations in one of its workflows.
  private static func format(_ arguments: Arguments, _ console: Console) -> Format {
    if let format = arguments.text("--format").flatMap(Format.init) { return format }
    return console.environment["GITHUB_ACTIONS"] == "true" ? .github : .text
  }

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
    if scenarios.isEmpty {
      notes = ["scenario files end in .race and begin with a title", RaceSimCommand.starterNote]
    } else if let wanted = arguments.text("--variant") {
      if let meant = didYouMean(wanted, among: variants) {
        notes.append("did you mean --variant '\(meant)'?")
      } else {
        notes.append("there is no variant `\(wanted)`; there are:")
        notes += ["base"] + variants.prefix(20).map { "'\($0)'" }
      }
    }
    if let pattern = arguments.text("--filter"), !scenarios.isEmpty {
      notes.append("no name of a model matches --filter '\(pattern)'; * stands for any letters")
    }
    command.fail("nothing to check", notes: notes)
  }

  // MARK: A model

  /// The search of one model, for whatever thread takes it.
  private func exploration(
    _ job: Job, _ options: ExplorationOptions, threads: Int
  ) -> ExplorationQueue.Job {
    let explore = command.engine.explore
    let clock = console.monotonicSeconds
    var plain = options
    plain.random?.threads = threads
    let model = job.model
    let observe = command.observer(name: job.name, isQuiet: isQuiet)
    return { [plain] isShown, isGoingOn in
      var options = plain
      observe(&options, isShown, isGoingOn)
      let start = clock()
      let result: Result<Exploration, Diagnostic>
      do throws(Diagnostic) {
        result = .success(try explore(model, options))
      } catch {
        result = .failure(error)
      }
      return ExplorationQueue.Outcome(
        result: result, milliseconds: Int((clock() - start) * 1000))
    }
  }

  private var threads: Int { arguments.number("--threads") ?? console.cores }

  private func options(jobs: Int) -> ExplorationOptions {
    var options = ExplorationOptions()
    // Threads that have no model of their own help with the others'.
    options.threads = max(1, threads / max(1, min(jobs, threads)))
    options.machine = command.machineOptions(arguments)
    if let limit = arguments.number("--max-states") { options.statesLimit = limit }
    options.memoryLimitBytes = arguments.number("--max-memory")
    if let limit = arguments.number("--max-depth") { options.stepsLimit = limit }
    options.timeoutSeconds = arguments.number("--timeout").map { Double($0) / 1000 }
    options.stopsAtFirst = arguments.has("--stop-at-first")
    options.countsInterleavings = arguments.has("--count")
    options.remembersSteps = !arguments.has("--no-memo")
    let reduces = !arguments.has("--no-reduction")
    options.takesQuietSteps = reduces && !arguments.has("--no-quiet-steps")
    options.delaysWaits = reduces && !arguments.has("--no-late-waits")
    options.splitsIndependentParts = reduces && !arguments.has("--no-split")
    options.random = strategy.map { strategy in
      var random = RandomOptions()
      random.strategy = strategy
      if let runs = arguments.number("--runs") { random.runs = runs }
      if let seed = arguments.number("--seed") { random.seed = UInt64(seed) }
      if let depth = arguments.number("--depth") { random.depth = depth }
      return random
    }
    return options
  }

  private func check(
    _ job: Job, _ outcome: ExplorationQueue.Outcome, _ progress: inout Progress
  ) -> Judgement.Status? {
    command.clearProgress(isQuiet: isQuiet)
    let exploration: Exploration
    do throws(Diagnostic) {
      exploration = try outcome.result.get()
    } catch {
      refuse(error, job, &progress)
      return nil
    }
    let judgement = Judgement(exploration, expectation: job.model.expectation)
    var job = job
    job.model = exploration.model(of: job.model)
    let traces = exploration.counterexamples.map { tell($0, of: job) }
    var row = Summary.Row(
      path: job.scenario.path, variant: job.model.name, exploration: exploration,
      judgement: judgement, anomalies: traces.map { $0?.finding?.anomalyName ?? "" })
    if arguments.has("--times") {
      row.milliseconds = outcome.milliseconds
    }
    let lines = progress.summary.add(row)
    let findings = zip(traces, exploration.counterexamples).compactMap { trace, example in
      trace.map { trace in
        let isExpected = !judgement.unexpected.contains(example.property)
        return CheckReport.Finding(
          trace: isShown(isExpected) ? withEvidence(trace, example, job) : trace,
          isExpected: isExpected, violatingInterleavings: example.violatingInterleavings)
      }
    }
    if destinations.contains(where: { ExportFormat(rawValue: $0.kind) != nil }) {
      for (trace, example) in zip(traces, exploration.counterexamples) {
        guard let trace else { continue }
        progress.exports.append(
          FindingExport(
            scenario: job.scenario, model: job.model, choices: example.schedule, trace: trace,
            options: command.machineOptions(arguments)))
      }
    }
    let model = CheckReport.Model(
      row: row, title: job.scenario.title, properties: Property.checkedNames(in: job.model),
      findings: findings)
    progress.report.entries.append(.model(model))
    show(model, lines, job, &progress.traces)
    return judgement.status
  }

  /// Prints a model whose search has ended, and keeps the traces that are shown in the end.
  private func show(
    _ model: CheckReport.Model, _ lines: [Line], _ job: Job, _ shown: inout [TextTrace]
  ) {
    switch format {
    case .tap: return
    case .json:
      for line in JSONReport.lines(model) { print(line) }
      return
    case .text, .github: break
    }
    let status = model.row.judgement.status
    if !isQuiet || (status != .ok && status != .expected) { console.print(lines, style) }
    for finding in model.findings where !finding.isExpected || style.isVerbose {
      let role: TextTrace.Role = finding.isExpected ? .expected : .failure
      shown.append(TextTrace(finding.trace, role: role, style: style))
    }
    if arguments.has("--explain-pass"), model.row.exploration.verdict == .proved {
      shown += sample(job).map { [TextTrace($0, role: .sample, style: style)] } ?? []
    }
  }

  // MARK: Timelines

  /// Runs the scenario's timelines and compares each with its expectation.
  private func runTimelines(of job: Job, _ progress: inout Progress) {
    guard arguments.text("--granularity") != "statement", !arguments.has("--isolationtester") else {
      // Timelines that count steps count those of rows.
      return
    }
    for timeline in job.scenario.timelines {
      do throws(Diagnostic) {
        let told = try command.engine.tell(
          job.scenario, job.model, command.machineOptions(arguments), .timeline(timeline), nil)
        let judgement = TimelineJudgement(told.trace, expectation: timeline.expectation)
        let result = CheckReport.Timeline(
          name: timeline.name, path: job.scenario.path, steps: told.trace.steps.count,
          broken: judgement.broken, remark: told.divergence ?? judgement.remark)
        progress.report.entries.append(.timeline(result))
        let line = progress.summary.add(result)
        switch format {
        case .tap: break
        case .json: print(JSONReport.timeline(result))
        case .text, .github:
          if !isQuiet || !result.remark.isEmpty { console.print([line], style) }
        }
      } catch {
        refuse(error, job, &progress)
      }
    }
  }

  private func tell(_ example: Counterexample, of job: Job) -> Trace? {
    told(job, .counterexample(example))
  }

  /// Whether more than the name of a finding is written anywhere.
  private func isShown(_ isExpected: Bool) -> Bool {
    !isExpected || style.isVerbose || format == .json || !arguments.texts("--report").isEmpty
  }

  /// The trace with what was tried beside it.
  private func withEvidence(_ trace: Trace, _ example: Counterexample, _ job: Job) -> Trace {
    guard !arguments.has("--no-evidence") else { return trace }
    do throws(Diagnostic) {
      let evidence = try command.engine.evidence(
        job.scenario, job.model, command.machineOptions(arguments), example.schedule,
        example.property, trace, !arguments.has("--no-verify-fixes"))
      var told = trace
      told.finding?.evidence = evidence
      return told
    } catch {
      command.report([error], job.model.program.sources, arguments)
      return trace
    }
  }

  private func sample(_ job: Job) -> Trace? { told(job, .sample) }

  private func told(_ job: Job, _ schedule: Engine.Schedule) -> Trace? {
    do throws(Diagnostic) {
      let told = try command.engine.tell(
        job.scenario, job.model, command.machineOptions(arguments), schedule, nil)
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
}
