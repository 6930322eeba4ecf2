import Foundation
import SQL
import Testing
import Writers

@testable import Scheduler

/// Scenarios as users of other trades write them, each with the verdicts that must come out.
@Suite("Scenarios of other trades")
struct OutsideScenarioTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Scenarios")

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".race") }.sorted()

  @Test("there are some") func some() { #expect(Self.names.count >= 10) }

  @Test("verdicts are as the files expect", arguments: names)
  func verdicts(name: String) throws {
    let data = try Data(contentsOf: Self.folder.appending(path: name))
    let compiled = ScenarioCompiler.compile(path: name) { $0 == name ? Array(data) : nil }
    let renderer = DiagnosticRenderer(compiled.sources)
    #expect(compiled.diagnostics.isEmpty, "\(renderer.render(compiled.diagnostics))")
    let scenario = try #require(compiled.scenario)
    for model in scenario.models {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let found = try explorer.run()
      let comment: Comment = "variant \"\(model.name)\""
      switch model.expectation {
      case .proved: #expect(found.verdict == .proved, comment)
      case .violated(let names):
        #expect(found.verdict == .violated, comment)
        #expect(Set(found.counterexamples.map(\.property)) == Set(names), comment)
      case .inconclusive, .none: Issue.record(comment)
      }
    }
    for timeline in scenario.timelines {
      var replayer = try Replayer(model: scenario.models[0], options: MachineOptions())
      for entry in timeline.entries { _ = try replayer.replay(entry) }
    }
  }
}
