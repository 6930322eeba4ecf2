import Foundation
import Testing

@testable import RaceSim

/// What the documents show of the command's output is what it prints.
///
/// In a ` ```text ` block, the first line is the command after `$ `, the rest its output; a line `…` stands
/// for any number of lines. `RACESIM_BLESS=1 swift test` fills in blocks of which only the command is there.
@Suite("Output in documents")
struct DocumentOutputTests {
  @Test("is what the command prints", arguments: ["docs/order-confirmation.md"])
  func output(document: String) throws {
    let url = TidyTests.root.appending(path: document)
    let text = try String(contentsOf: url, encoding: .utf8)
    var parts = text.components(separatedBy: "\n```text\n")
    #expect(parts.count > 1)
    let blesses = ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil
    for index in parts.indices.dropFirst() {
      let end = try #require(parts[index].range(of: "\n```"))
      let block = parts[index][..<end.lowerBound].split(
        separator: "\n", omittingEmptySubsequences: false
      ).map(String.init)
      let command = try #require(block.first)
      let printed = CommandInProcess.output(words(of: command)).split(
        separator: "\n", omittingEmptySubsequences: false
      ).map(String.init)
      if blesses && block.count == 1 {
        parts[index] =
          ([command] + printed.dropLast()).joined(separator: "\n") + parts[index][end.lowerBound...]
        continue
      }
      let isSame = matches(block.dropFirst()[...], printed[...])
      #expect(isSame, "\(command) prints:\n\(printed.joined(separator: "\n"))")
    }
    if blesses {
      try parts.joined(separator: "\n```text\n").write(to: url, atomically: true, encoding: .utf8)
    }
  }

  /// The words of `$ racesim check 'a b'` after the program's name.
  private func words(of command: String) -> [String] {
    var words: [String] = []
    for (index, part) in command.split(separator: "'", omittingEmptySubsequences: false)
      .enumerated()
    {
      if index % 2 == 1 {
        words.append(String(part))
      } else {
        words += part.split(separator: " ").map(String.init)
      }
    }
    return Array(words.dropFirst(2))
  }

  /// Whether the shown lines are the printed ones, with `…` for those left out.
  private func matches(_ shown: ArraySlice<String>, _ printed: ArraySlice<String>) -> Bool {
    guard let first = shown.first else { return printed.allSatisfy(\.isEmpty) }
    if first == "…" {
      let rest = shown.dropFirst()
      return (printed.startIndex...printed.endIndex).contains { matches(rest, printed[$0...]) }
    }
    return printed.first == first && matches(shown.dropFirst(), printed.dropFirst())
  }
}
