import SQL
import Testing
import Writers

/// The examples of docs/SCENARIOS.md.
@Suite("The scenario language's document")
struct ScenarioDocumentTests {
  /// One fenced example.
  struct Example: Sendable, CustomTestStringConvertible {
    /// The name that others include it by; `nil` for a scenario.
    var file: String?
    var line: Int
    var text: String

    var testDescription: String { "line \(line)" }
  }

  /// The fenced blocks marked `race`; `file=name` in the mark makes a file to include.
  static let examples: [Example] = {
    let document = String(decoding: ScenarioSupport.bytes("docs/SCENARIOS.md") ?? [], as: UTF8.self)
    var examples: [Example] = []
    var open: Example?
    for (number, line) in document.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
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

  @Test("there are examples") func any() {
    #expect(Self.examples.count > 10)
  }

  @Test("each example compiles", arguments: examples.filter { $0.file == nil })
  func compiles(example: Example) {
    let result = ScenarioCompiler.compile(path: "example.race") { path in
      if path == "example.race" { return Array(example.text.utf8) }
      return Self.examples.first { $0.file == path }.map { Array($0.text.utf8) }
    }
    let text = ScenarioSupport.render(result.diagnostics, result.sources)
    #expect(text == "")
    #expect(result.scenario != nil)
  }
}
