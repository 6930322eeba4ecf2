import Reports
import SQL
import Writers

/// The command: reads its arguments and runs the subcommand that they name.
struct RaceSimCommand {
  static let version = "0.1.0"

  var console: Console
  var engine: Engine
  var finder: ScenarioFinder
  /// Files besides scenarios.
  var files = Files.none
  /// Files of long searches.
  var searchFiles = SearchFiles.none
  /// Whether the user has asked to stop.
  var isInterrupted: @Sendable () -> Bool

  /// Runs the command with the words after the program's name.
  func run(_ words: [String]) -> ExitStatus {
    let arguments: Arguments
    do throws(UsageError) {
      arguments = try Arguments.parse(words) { finder.entry($0) != .nothing }
    } catch {
      console.error(HelpText.text(of: error))
      return .usage
    }
    if arguments.has("--help") {
      let width = min(console.style(arguments).width, 100)
      console.output(
        arguments.has("--top")
          ? HelpText.top(width: width) : HelpText.text(of: arguments.command, width: width))
      return .success
    }
    if arguments.has("--version") {
      console.output("racesim \(Self.version)\n")
      return .success
    }
    if let text = Generator.text(arguments) {
      console.output(text)
      return .success
    }
    switch arguments.command.name {
    case "replay": return ReplayCommand(self, arguments).run()
    case "conform": return ConformCommand(self, arguments).run()
    case "report": return ReportCommand(self, arguments).run()
    case "list": return ListCommand(self, arguments).run()
    case "spec": return SpecCommand(self, arguments).run()
    case "napkin": return NapkinCommand(self, arguments).run()
    case "audit": return AuditCommand(self, arguments).run()
    case "init": return InitCommand(self, arguments).run()
    case "explain": return ExplainCommand(self, arguments).run()
    default: return CheckCommand(self, arguments).run()
    }
  }

  /// What to do where there is no scenario yet.
  static let starterNote = "`racesim init` writes one to begin with"

  /// Prints one line to standard error: `error: …`.
  func fail(_ message: String, notes: [String] = []) {
    console.error("error: \(message.visible)\n" + notes.map { "  \($0.visible)\n" }.joined())
  }

  /// Prints one line to standard error: `warning: …`.
  func warn(_ message: String) { console.error("warning: \(message.visible)\n") }

  /// Prints diagnostics to standard error, at most ``Diagnostic/countLimit`` of them.
  func report(_ diagnostics: [Diagnostic], _ sources: SourceMap, _ arguments: Arguments) {
    guard !diagnostics.isEmpty else { return }
    // What no text is has mistakes without number.
    if let garbage = diagnostics.first(where: { $0.code == .invalidUTF8 || $0.code == .nulByte }),
      diagnostics.count > 1
    {
      return report([garbage], sources, arguments)
    }
    let usesColor = console.usesColor(arguments.text("--color"), isError: true)
    let renderer = DiagnosticRenderer(sources, usesColor: usesColor)
    let shown = diagnostics.prefix(Diagnostic.countLimit)
    console.error(renderer.render(Array(shown)) + "\n")
    let more = diagnostics.count - shown.count
    if more > 0 { console.error("and \(more) more\n\n") }
  }

  /// The paths' scenarios, compiled; what is wrong with them goes to standard error.
  func load(
    _ arguments: Arguments
  ) -> (scenarios: [Scenario], invalid: [String], status: ExitStatus) {
    let (found, missing) = finder.find(arguments.positionals)
    var status = ExitStatus.success
    for path in missing {
      let isDefault = arguments.positionals.isEmpty
      fail(
        "`\(path)` cannot be read: there is no such file or folder",
        notes: isDefault ? ["name scenario files or folders that hold some", Self.starterNote] : [])
      status = status.or(.unreadableFile)
    }
    var scenarios: [Scenario] = []
    var invalid: [String] = []
    for file in found {
      let loaded = engine.load(file.path)
      if loaded.isUnreadable {
        fail("`\(file.path)` cannot be read")
        status = status.or(.unreadableFile)
        continue
      }
      if loaded.isLibrary, !file.isNamed { continue }
      report(loaded.diagnostics, loaded.sources, arguments)
      if let scenario = loaded.scenario {
        scenarios.append(scenario)
      } else {
        invalid.append(file.path)
        status = status.or(.invalidScenario)
      }
    }
    return (scenarios, invalid, status)
  }

  /// The step size that the options ask for.
  func machineOptions(_ arguments: Arguments) -> MachineOptions {
    var options = MachineOptions()
    if let word = arguments.text("--granularity"),
      let granularity = MachineOptions.Granularity(rawValue: word)
    {
      options.granularity = granularity
    }
    options.countsBegin = arguments.has("--count-begin")
    options.usesSymmetry = !arguments.has("--no-symmetry")
    if arguments.has("--isolationtester") {
      options.granularity = .statement
      options.countsBegin = true
      options.followsIsolationTester = true
    }
    return options
  }
}
