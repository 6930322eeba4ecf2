import Reports
import SQL
import Scheduler
import Testing
import Writers

@testable import RaceSim

@Suite("The command")
struct CommandTests {
  /// What a run printed.
  final class Screen {
    var output = ""
    var error = ""
  }

  private func run(_ words: [String], files: [String: [String]] = [:]) -> (
    Reports.ExitStatus, Screen
  ) {
    let screen = Screen()
    let console = Console(
      output: { screen.output += $0 }, error: { screen.error += $0 })
    let engine = Engine(
      load: { path in
        Engine.Loaded(
          scenario: nil, diagnostics: [], sources: SourceMap(SourceFile(path: path, text: "")),
          isLibrary: path.contains("library"))
      },
      explore: { (_, _) throws(Diagnostic) in Exploration(verdict: .proved) },
      tell: { (_, _, _, _, _) throws(Diagnostic) in
        Engine.Told(trace: Trace(scenarioPath: "", scenarioTitle: "", variant: ""), divergence: nil)
      })
    let finder = ScenarioFinder(
      entry: { path in
        if files[path] != nil { return .folder }
        return path.hasSuffix(".race") && !path.contains("missing") ? .file : .nothing
      }, names: { files[$0] ?? [] })
    let command = RaceSimCommand(
      console: console, engine: engine, finder: finder, isInterrupted: { false })
    return (command.run(words), screen)
  }

  @Test("help goes to standard output")
  func help() {
    for words in [["--help"], ["help"], ["-h"], ["help", "check"], ["replay", "--help"]] {
      let (status, screen) = run(words)
      #expect(status == .success)
      #expect(screen.output.hasPrefix("OVERVIEW: "))
      #expect(screen.error.isEmpty)
      for line in screen.output.split(separator: "\n") { #expect(line.count <= 100) }
    }
  }

  @Test("options of random runs are refused where they mean nothing")
  func misuse() {
    let cases: [([String], String)] = [
      (["--runs", "5"], "--runs is about random runs"),
      (["--seed", "5", "--strategy", "exhaustive"], "--seed is about random runs"),
      (["--depth", "2", "--strategy", "uniform"], "--depth is about PCT"),
      (["--count", "--strategy", "pct"], "--count is no matter of random runs"),
    ]
    for (words, message) in cases {
      let (status, screen) = run(["check", "x.race"] + words)
      #expect(status == .usage)
      #expect(screen.error.hasPrefix("error: \(message)"), "\(screen.error)")
    }
  }

  @Test("wrong usage is 64 and says where help is")
  func usage() {
    let (status, screen) = run(["check", "--frobnicate"])
    #expect(status == .usage)
    #expect(screen.output.isEmpty)
    #expect(screen.error.contains("See 'racesim check --help' for more information."))
  }

  @Test("files that cannot be read are 66, files with errors 65, nothing to check 4")
  func exits() {
    #expect(run(["missing.race"]).0 == .unreadableFile)
    #expect(run(["a.race"]).0 == .invalidScenario)
    #expect(run(["folder"], files: ["folder": ["library.race"]]).0 == .nothing)
    #expect(run(["replay", "missing.race"]).0 == .unreadableFile)
  }

  @Test("conform without libpq is 69 and names the package that has it")
  func conformWithoutLibrary() {
    let screen = Screen()
    let file = SourceFile(
      path: "a.race", text: "scenario \"A\" writer w { SELECT 1; } expect proved")
    var engine = Engine.live
    engine.load = { path in
      let compiled = ScenarioCompiler.compile(path: path) { _ in file.bytes }
      return Engine.Loaded(
        scenario: compiled.scenario, diagnostics: compiled.diagnostics, sources: compiled.sources,
        isLibrary: false)
    }
    var console = Console(output: { screen.output += $0 }, error: { screen.error += $0 })
    console.environment = ["RACESIM_LIBPQ": "/nowhere/libpq.so.5"]
    let command = RaceSimCommand(
      console: console, engine: engine,
      finder: ScenarioFinder(entry: { _ in .file }, names: { _ in [] }), isInterrupted: { false })
    #expect(command.run(["conform", "a.race"]) == .unavailable)
    #expect(screen.error.contains("/nowhere/libpq.so.5"))
    #expect(screen.error.contains("apt-get install libpq5"))
    #expect(command.run(["conform", "a.race", "--token", "x", "--timeline", "y"]) == .usage)
  }

  @Test("folders are searched in order, hidden ones are not, each file once")
  func finding() {
    let folders = ["s": ["b.race", "a", ".git", "c.inc"], "s/a": ["z.race"], "s/.git": ["x.race"]]
    let finder = ScenarioFinder(
      entry: { path in
        if folders[path] != nil || path == "s/" { return .folder }
        return path.contains(".") ? .file : .nothing
      }, names: { folders[$0] ?? [] })
    let (found, missing) = finder.find(["s/", "s/b.race", "gone"])
    #expect(found.map(\.path) == ["s/a/z.race", "s/b.race"])
    #expect(missing == ["gone"])
  }

  @Test("explain knows anomalies and codes, and suggests")
  func explain() {
    #expect(run(["explain", "lost", "update"]).1.output.hasPrefix("lost update (P4)"))
    #expect(run(["explain", "rs0104"]).1.output.contains("RS0104"))
    #expect(run(["explain", "ded lock"]).1.error.contains("did you mean 'deadlock'?"))
    #expect(run(["explain"]).1.output.contains("P4"))
  }

  @Test("colour: the option, then NO_COLOR, then FORCE_COLOR, then the terminal")
  func color() {
    var console = Console(output: { _ in }, error: { _ in })
    #expect(!console.usesColor(nil))
    console.isOutputTerminal = true
    #expect(console.usesColor(nil))
    console.environment = ["TERM": "dumb"]
    #expect(!console.usesColor("auto"))
    console.environment = ["NO_COLOR": "1", "FORCE_COLOR": "1"]
    #expect(!console.usesColor(nil))
    #expect(console.usesColor("always"))
    console.isOutputTerminal = false
    console.environment = ["FORCE_COLOR": "1"]
    #expect(console.usesColor(nil))
  }
}
