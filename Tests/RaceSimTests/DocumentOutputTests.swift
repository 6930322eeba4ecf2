import Foundation
import Testing

@testable import RaceSim

/// What the documents show of the command's output is what it prints.
///
/// In a ` ```text ` block, the first line is the command after `$ `, the rest its output; a line `…` stands
/// for any number of lines. `RACESIM_BLESS=1 swift test` fills in blocks of which only the command is there,
/// and those without such a line that are out of date.
///
/// A page in `docs/findings` belongs to the folder of `Scenarios` with its name. Each number in its sentences
/// is one that a block of the page shows; what others claim stands in a quotation or in backticks.
@Suite("Output in documents")
struct DocumentOutputTests {
  static let findings = TidyTests.files.filter {
    $0.isIn("docs/findings") && $0.path.hasSuffix(".md")
  }.map(\.path)

  @Test("is what the command prints", arguments: findings)
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
      let isSame = matches(block.dropFirst()[...], printed[...])
      if blesses && (block.count == 1 || !isSame && !block.contains("…")) {
        parts[index] =
          ([command] + printed.dropLast()).joined(separator: "\n") + parts[index][end.lowerBound...]
        continue
      }
      #expect(isSame, "\(command) prints:\n\(printed.joined(separator: "\n"))")
    }
    if blesses {
      try parts.joined(separator: "\n```text\n").write(to: url, atomically: true, encoding: .utf8)
    }
  }

  @Test("a number in a sentence is one that a command of the page printed", arguments: findings)
  func numbers(document: String) throws {
    let text = try String(
      contentsOf: TidyTests.root.appending(path: document), encoding: .utf8)
    let page = PageNumbers(text)
    #expect(page.unprinted == [], "\(document)")
    let folder = document.replacing("docs/findings/", with: "Scenarios/").dropLast(".md".count)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(
      atPath: TidyTests.root.appending(path: String(folder)).path, isDirectory: &isFolder)
    #expect(exists && isFolder.boolValue, "\(document) is about no folder of Scenarios")
  }

  @Test("numbers are found in sentences and in output")
  func numbersFound() {
    let page = PageNumbers(
      """
      # 11 things
      1. A search of 1,060 states finds 3 ways, in 12 steps, of [which](page-7.md) `8` is `SQLSTATE 99`.
      > Response time goes from 150 to 160 ms.

      ```text
      $ racesim check 4
      violated in 3 ways, 1,060 states, 12.5 steps, page2
      ```
      """)
    #expect(page.unprinted == ["11", "12"])
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

/// The numbers of a page: those in its sentences, and those in the output that it shows.
private struct PageNumbers {
  /// Numbers in sentences that no block of output has, in their order.
  var unprinted: [String] = []

  init(_ text: String) {
    var printed: Set<String> = []
    var claimed: [String] = []
    var fence: Substring?
    var isCommand = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        fence = fence == nil ? line.dropFirst(3) : nil
        isCommand = true
      } else if let fence {
        if fence == "text", !isCommand { printed.formUnion(Self.numbers(in: line)) }
        isCommand = false
      } else if !line.hasPrefix(">") {
        claimed += Self.numbers(in: Self.sentence(of: line))
      }
    }
    unprinted = claimed.filter { !printed.contains($0) }
  }

  /// The line without the number of its list item, code and the targets of links.
  private static func sentence(of line: Substring) -> Substring {
    let item = line.drop { $0 == " " }.drop(while: \.isNumber)
    let rest = item.hasPrefix(". ") ? item.dropFirst() : line
    let spoken = rest.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined(separator: " ")
    var result = Substring()
    for (index, part) in spoken.split(separator: "](", omittingEmptySubsequences: false)
      .enumerated()
    {
      result += index == 0 ? part : part.drop { $0 != ")" }
    }
    return result
  }

  /// Such as `7`, `1,060` and `2.5`, but not the digits of a name.
  private static func numbers(in line: Substring) -> [String] {
    line.split { !($0.isLetter || $0.isNumber || ",._".contains($0)) }.compactMap { word in
      let bare = word.drop { ",.".contains($0) }.reversed().drop { ",.".contains($0) }.reversed()
      let number = String(bare)
      return !number.isEmpty && number.allSatisfy { $0.isNumber || ",.".contains($0) }
        ? number : nil
    }
  }
}
