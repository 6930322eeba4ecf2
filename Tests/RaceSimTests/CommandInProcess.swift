import Foundation
import Reports
import SQL
import Writers

@testable import RaceSim

/// The command, run in the test's process from the package's folder.
enum CommandInProcess {
  private static func bytes(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: TidyTests.root.appending(path: path).path).map {
      Array($0)
    }
  }

  /// What a command prints, with paths from the package's folder.
  static func output(_ words: [String]) -> String { run(words, isInterrupted: { false }).text }

  /// How a command ends that is interrupted, or not.
  static func status(_ words: [String], isInterrupted: @escaping @Sendable () -> Bool) -> ExitStatus
  {
    run(words, isInterrupted: isInterrupted).status
  }

  private static func run(
    _ words: [String], isInterrupted: @escaping @Sendable () -> Bool
  ) -> (text: String, status: ExitStatus) {
    final class Screen { var text = "" }
    let screen = Screen()
    var engine = Engine.live
    engine.bytes = bytes
    engine.load = { path in
      if path.hasSuffix(".spec") {
        let spec = SpecCompiler.scenario(SourceFile(path: path, bytes: bytes(path) ?? []))
        return Engine.Loaded(
          scenario: spec.scenario, diagnostics: spec.diagnostics, sources: spec.sources,
          isLibrary: false)
      }
      let result = ScenarioCompiler.compile(path: path, load: bytes)
      return Engine.Loaded(
        scenario: result.scenario, diagnostics: result.diagnostics, sources: result.sources,
        isLibrary: false)
    }
    let command = RaceSimCommand(
      console: Console(output: { screen.text += $0 }, error: { screen.text += $0 }),
      engine: engine,
      finder: ScenarioFinder(
        entry: { System.entry(at: TidyTests.root.appending(path: $0).path) },
        names: { System.names(in: TidyTests.root.appending(path: $0).path) }),
      isInterrupted: isInterrupted)
    let status = command.run(words)
    return (screen.text, status)
  }
}
