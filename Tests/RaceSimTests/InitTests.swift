import Foundation
import Reports
import SQL
import Scheduler
import Synchronization
import Testing
import Writers

@testable import RaceSim

@Suite("racesim init")
struct InitTests {
  /// A disk in memory.
  final class Disk: Sendable {
    private let texts: Mutex<[String: String]>

    init(_ texts: [String: String] = [:]) { self.texts = Mutex(texts) }

    var contents: [String: String] { texts.withLock { $0 } }

    func command(_ output: @escaping (String) -> Void) -> RaceSimCommand {
      var files = Files.none
      files.create = { text, path in
        self.texts.withLock { texts in
          guard texts[path] == nil else { return "it is there" }
          texts[path] = text
          return nil
        }
      }
      let finder = ScenarioFinder(
        entry: { self.contents[$0] == nil ? .nothing : .file }, names: { _ in [] })
      return RaceSimCommand(
        console: Console(output: output, error: output), engine: .live, finder: finder,
        files: files, isInterrupted: { false })
    }
  }

  private func run(_ disk: Disk, _ words: String...) -> (Reports.ExitStatus, String) {
    var output = ""
    let status = disk.command { output += $0 }.run(["init"] + words)
    return (status, output)
  }

  @Test("writes a scenario and a workflow, and says what to do next")
  func writes() {
    let disk = Disk()
    let (status, output) = run(disk, "shop/")
    #expect(status == .success)
    #expect(
      disk.contents.keys.sorted() == [
        "shop/.github/workflows/races.yml", "shop/Scenarios/last-ticket.race",
      ])
    #expect(output.contains("wrote shop/Scenarios/last-ticket.race\n"))
    #expect(output.contains("racesim check shop/Scenarios"))
    #expect(run(Disk()).1.contains("wrote .github/workflows/races.yml\n"))
  }

  @Test("overwrites nothing, and then writes nothing")
  func keeps() {
    let disk = Disk([".github/workflows/races.yml": "mine"])
    let (status, output) = run(disk)
    #expect(status == .unwritableReport)
    #expect(output.contains("`.github/workflows/races.yml` is there already"))
    #expect(disk.contents == [".github/workflows/races.yml": "mine"])
    #expect(run(Disk(["shop": "a file"]), "shop").0 == .unwritableReport)
  }

  @Test("the starter comes out as it says: proved, and a race without the lock")
  func starter() throws {
    let path = Starter.scenarioPath
    let result = ScenarioCompiler.compile(path: path) {
      $0 == path ? Array(Starter.scenario.utf8) : nil
    }
    #expect(result.diagnostics.map(\.message) == [])
    let scenario = try #require(result.scenario)
    #expect(scenario.models.map(\.name) == ["", "without the lock", "repeatable read"])
    #expect(scenario.timelines.count == 1)
    for model in scenario.models {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let exploration = try explorer.run()
      let judgement = Judgement(exploration, expectation: model.expectation)
      #expect(judgement.status == (model.name.isEmpty ? .ok : .expected), "\(model.name)")
    }
    let timeline = try #require(scenario.timelines.first)
    let base = try #require(scenario.models.first)
    let told = try Engine.live.tell(scenario, base, MachineOptions(), .timeline(timeline), nil)
    #expect(told.divergence == nil)
    #expect(TimelineJudgement(told.trace, expectation: timeline.expectation).remark.isEmpty)
  }

  @Test("the workflow runs the check on what was written")
  func workflow() {
    #expect(Starter.workflow.contains("check Scenarios\n"))
    #expect(Starter.scenarioPath.hasPrefix("Scenarios/"))
    #expect(!Starter.workflow.contains("\t"))
    #expect(Starter.scenario.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }
}
