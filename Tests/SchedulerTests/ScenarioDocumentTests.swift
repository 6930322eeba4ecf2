import Foundation
import SQL
import Testing
import Writers

@testable import Scheduler

/// Scenario files of the package, and the examples of docs/SCENARIOS.md: what they expect comes out.
@Suite("Scenarios come out as they say")
struct ScenarioDocumentTests {
  /// One fenced example.
  struct Example: Sendable, CustomTestStringConvertible {
    /// The name that others include it by; `nil` for a scenario.
    var file: String?
    var line: Int
    var text: String

    var testDescription: String { "line \(line)" }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func bytes(_ path: String) -> [UInt8]? {
    (try? Data(contentsOf: root.appending(path: path))).map { Array($0) }
  }

  /// The fenced blocks marked `race`; `file=name` in the mark makes a file to include.
  static let examples: [Example] = {
    let document = String(decoding: bytes("docs/SCENARIOS.md") ?? [], as: UTF8.self)
    var examples: [Example] = []
    var open: Example?
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      if var example = open {
        if line == "```" {
          examples.append(example)
          open = nil
        } else {
          example.text += line + "\n"
          open = example
        }
      } else if line.hasPrefix("```race") {
        let mark = line.dropFirst("```race".count).split(separator: "=")
        let file = mark.count == 2 ? String(mark[1]) : nil
        open = Example(file: file, line: number + 1, text: "")
      }
    }
    return examples
  }()

  @Test("the document has examples") func examplesFound() {
    #expect(Self.examples.count > 10)
  }

  @Test("each example of the document", arguments: examples.filter { $0.file == nil })
  func example(_ example: Example) throws {
    try check("example.race") { path in
      if path == "example.race" { return Array(example.text.utf8) }
      return Self.examples.first { $0.file == path }.map { Array($0.text.utf8) }
    }
  }

  /// Those that are searched in a moment also without the optimizer; `racesim check` runs them all.
  @Test(
    "the order-confirmation scenarios",
    arguments: [
      "already-terminal", "bank-transfer", "deadlock", "matched-by-amount", "napkin",
      "unchecked-count",
    ])
  func orderConfirmation(name: String) throws {
    try check("Scenarios/order-confirmation/\(name).race", load: Self.bytes)
  }

  private func check(_ path: String, load: (String) -> [UInt8]?) throws {
    let result = ScenarioCompiler.compile(path: path, load: load)
    #expect(result.diagnostics.map(\.message) == [])
    let scenario = try #require(result.scenario)
    for model in scenario.models {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let found = try explorer.run()
      let broken = Set(found.counterexamples.map(\.property))
      switch model.expectation {
      case .none: break
      case .proved: #expect(found.verdict == .proved, "\(model.name): \(broken.sorted())")
      case .inconclusive: #expect(found.verdict == .inconclusive, "\(model.name)")
      case .violated(let names):
        #expect(names.isEmpty ? !broken.isEmpty : broken == Set(names), "\(model.name)")
      }
    }
    for timeline in scenario.timelines {
      var replayer = try Replayer(model: scenario.models[0], options: MachineOptions())
      for entry in timeline.entries { _ = try replayer.replay(entry) }
    }
  }
}
