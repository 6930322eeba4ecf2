import Foundation
import Reports
import SQL
import Scheduler
import Testing
import Writers

@testable import RaceSim

/// README.md shows what the command prints, and an example that runs.
///
/// `RACESIM_BLESS=1 swift test` writes the command's output into it.
@Suite("README.md", .serialized)
struct ReadmeTests {
  private static let url = TidyTests.root.appending(path: "README.md")

  /// The block that begins with a line, up to its closing fence.
  private static func block(
    _ opening: String, _ first: String = "", in text: String
  ) throws -> Range<String.Index> {
    let start = try #require(text.range(of: "\n\(opening)\n\(first)")).upperBound
    let end = try #require(text[start...].range(of: "\n```")).lowerBound
    return text.index(start, offsetBy: -first.count)..<end
  }

  @Test("the counterexample is what the command prints")
  func counterexample() throws {
    let readme = try String(contentsOf: Self.url, encoding: .utf8)
    let block = try Self.block("```text", "$ racesim check -v", in: readme)
    let lines = readme[block].split(separator: "\n", omittingEmptySubsequences: false)
    let command = try #require(lines.first)
    #expect(lines.count <= 42)
    let words = command.split(separator: " ").dropFirst(2).map(String.init)
    let printed = CommandInProcess.output(words)
    let start = try #require(printed.range(of: "   #  writer")).lowerBound
    let wanted = "\(command)\n…\n" + String(printed[start...]).trimmed + "\n…"
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      try readme.replacingCharacters(in: block, with: wanted)
        .write(to: Self.url, atomically: true, encoding: .utf8)
      return
    }
    #expect(readme[block] == wanted)
  }

  @Test("every block is what its command prints")
  func blocks() throws { try DocumentOutputTests().output(document: "README.md") }

  @Test("the example comes out as it expects")
  func example() throws {
    let readme = try String(contentsOf: Self.url, encoding: .utf8)
    let text = readme[try Self.block("```race", in: readme)]
    let result = ScenarioCompiler.compile(path: "seats.race") { path in
      path == "seats.race" ? Array(text.utf8) : nil
    }
    #expect(result.diagnostics.map(\.message) == [])
    let models = try #require(result.scenario).models
    #expect(models.count == 2)
    for model in models {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let judgement = Judgement(try explorer.run(), expectation: model.expectation)
      #expect(judgement.status == .ok || judgement.status == .expected, "\(model.name)")
    }
  }
}

extension String {
  /// The text up to the first line that tells how to replay the run, that line included.
  fileprivate var trimmed: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    guard let last = lines.firstIndex(where: { $0.hasPrefix("  replay ") }) else { return self }
    return lines[...last].joined(separator: "\n")
  }
}
