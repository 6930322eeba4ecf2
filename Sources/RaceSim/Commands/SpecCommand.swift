import Reports
import SQL
import Scheduler
import Writers

/// `racesim spec`: runs PostgreSQL isolation specs.
struct SpecCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let style: Style

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    style = command.console.style(arguments)
  }

  func run() -> ExitStatus {
    let (files, missing) = command.finder.find(arguments.positionals, suffix: ".spec")
    var status = ExitStatus.success
    for path in missing {
      command.fail("`\(path)` cannot be read: there is no such file or folder")
      status = status.or(.unreadableFile)
    }
    if let scenario = files.first(where: { $0.path.hasSuffix(".race") }) {
      command.fail(
        "`\(scenario.path)` is a scenario, not a spec",
        notes: ["`racesim check \(scenario.path)` explores it"])
      return .usage
    }
    guard !files.isEmpty else {
      if status == .success { command.fail("there is no spec to run") }
      return status.or(.nothing)
    }
    if arguments.has("--compare") || arguments.has("--diff") {
      return compare(files.map(\.path)).or(status)
    }
    if arguments.has("--explore") {
      for file in files {
        if command.isInterrupted() { return .interrupted }
        status = status.or(explore(file.path))
      }
      return status
    }
    for file in files {
      if command.isInterrupted() { return .interrupted }
      let (output, problem) = self.output(of: file.path)
      if let problem { status = status.or(problem) }
      guard let output else { continue }
      command.console.output(output.text)
      if output.isCancelled { return .interrupted }
      if !output.isComplete { status = status.or(.invalidScenario) }
    }
    return status
  }

  /// What isolationtester would print for a file; mistakes in it go to standard error.
  private func output(of path: String) -> (SpecRunner.Output?, ExitStatus?) {
    guard let bytes = command.engine.bytes(path) else {
      command.fail("`\(path)` cannot be read")
      return (nil, .unreadableFile)
    }
    let (compiled, diagnostics, sources) = SpecCompiler.compile(
      SourceFile(path: path, bytes: bytes))
    command.report(diagnostics, sources, arguments)
    guard let compiled else { return (nil, .invalidScenario) }
    do throws(Diagnostic) {
      var runner = try SpecRunner(compiled)
      let output = runner.run(isCancelled: command.isInterrupted)
      guard let refusal = output.refusal else { return (output, nil) }
      throw refusal
    } catch {
      command.report([error], sources, arguments)
      return (nil, .invalidScenario)
    }
  }

  // MARK: Exploring

  /// Explores all interleavings of a spec's sessions, and shows a shortest run to each kind of outcome.
  private func explore(_ path: String) -> ExitStatus {
    let loaded = command.engine.load(path)
    if loaded.isUnreadable {
      command.fail("`\(path)` cannot be read")
      return .unreadableFile
    }
    command.report(loaded.diagnostics, loaded.sources, arguments)
    guard let scenario = loaded.scenario, let model = scenario.models.first else {
      return .invalidScenario
    }
    var options = ExplorationOptions()
    options.machine = command.machineOptions(arguments)
    options.countsInterleavings = arguments.has("--count")
    let isInterrupted = command.isInterrupted
    options.progress = { _ in !isInterrupted() }
    if let limit = arguments.number("--max-states") { options.statesLimit = limit }
    do throws(Diagnostic) {
      let exploration = try command.engine.explore(model, options)
      command.console.print(SpecOutcomes.lines(exploration, path: path), style)
      for example in exploration.counterexamples {
        let told = try command.engine.tell(
          scenario, model, options.machine, .counterexample(example), nil)
        command.console.output("\n")
        command.console.print(TextTrace(told.trace, role: .expected, style: style).lines(), style)
      }
      if command.isInterrupted() { return .interrupted }
      if exploration.bound != nil { return .inconclusive }
      let isStrict = arguments.has("--strict")
      return isStrict && !exploration.counterexamples.isEmpty ? .violation : .success
    } catch {
      command.report([error], model.program.sources, arguments)
      return .invalidScenario
    }
  }

  // MARK: Comparing

  private func compare(_ paths: [String]) -> ExitStatus {
    var rows: [SpecComparison.Row] = []
    for path in paths {
      if command.isInterrupted() { break }
      let (output, _) = self.output(of: path)
      if output?.isCancelled ?? false { break }
      let base = path.hasSuffix(".spec") ? String(path.dropLast(5)) : path
      let expected = ([base + ".out"] + (0...9).map { "\(base)_\($0).out" }).compactMap { name in
        command.engine.bytes(name).map { (name, String(decoding: $0, as: UTF8.self)) }
      }
      rows.append(
        SpecComparison.compare(
          path, output: output?.text, permutations: output?.permutations ?? 0, with: expected))
    }
    if arguments.has("--diff") {
      for row in rows { command.console.print(row.difference, style) }
    }
    command.console.print(SpecComparison.table(rows), style)
    if command.isInterrupted() { return .interrupted }
    return rows.allSatisfy(\.passes) ? .success : .violation
  }
}
