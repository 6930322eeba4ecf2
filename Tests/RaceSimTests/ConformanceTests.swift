import Foundation
import Reports
import SQL
import Scheduler
import Testing
import Writers

/// The rules of PostgreSQL that docs/CONFORMANCE.md lists, each shown by a scenario that is explored whole.
@Suite("Rules of PostgreSQL")
struct ConformanceTests {
  private static let folder = "Tests/RaceSimTests/Conformance"

  static let names = TidyTests.files.map(\.path)
    .filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".race") }
    .map { String($0.dropFirst(folder.count + 1).dropLast(".race".count)) }

  private static func bytes(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: TidyTests.root.appending(path: path).path).map {
      Array($0)
    }
  }

  @Test("each comes out as it expects", arguments: names)
  func rule(name: String) throws {
    let result = ScenarioCompiler.compile(
      path: "\(Self.folder)/\(name).race", load: Self.bytes)
    #expect(result.diagnostics.map(\.message) == [])
    for model in try #require(result.scenario).models {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let exploration = try explorer.run()
      let judgement = Judgement(exploration, expectation: model.expectation)
      let properties = exploration.counterexamples.map(\.property)
      #expect(
        judgement.status == .ok || judgement.status == .expected,
        "\(model.name): \(exploration.verdict) \(properties)")
    }
  }

  @Test("each is in the document", arguments: names)
  func documented(name: String) throws {
    let document = try #require(TidyTests.files.first { $0.path == "docs/CONFORMANCE.md" })
    #expect(document.lines.contains { $0.hasPrefix("| ") && $0.contains("`\(name)`") })
  }

  /// The lines of the document's last table, as far as they are options and counts.
  static let counts: [(options: String, locked: String, unlocked: String)] = {
    let document = TidyTests.files.first { $0.path == "docs/CONFORMANCE.md" }
    let head = document?.lines.firstIndex { $0.hasPrefix("| options |") } ?? 0
    let rows = document?.lines.dropFirst(head + 2).prefix { $0.hasPrefix("| ") } ?? []
    return rows.map { row in
      let cells = row.split(separator: "|").map {
        $0.filter { !" `,".contains($0) }
      }
      return (cells[0], cells[1], cells[2])
    }
  }()

  @Test("the counts of the document are those of the search", arguments: counts)
  func counted(options: String, locked: String, unlocked: String) throws {
    let result = ScenarioCompiler.compile(
      path: "Scenarios/order-confirmation/isolationtester-counts.race", load: Self.bytes)
    var exploration = ExplorationOptions()
    exploration.countsInterleavings = true
    let isTester = options.contains("--isolationtester")
    exploration.machine.followsIsolationTester = isTester
    exploration.machine.countsBegin = isTester || options.contains("--count-begin")
    if isTester || options.contains("--granularity") {
      exploration.machine.granularity = .statement
    }
    let found = try (try #require(result.scenario)).models.map { model in
      var explorer = Explorer(model: model, options: exploration)
      return try explorer.run().interleavings
    }
    #expect(found == [locked, unlocked])
  }

  @Test("isolationtester's valid schedules are as many as its model says")
  func validSchedules() throws {
    let row = try #require(Self.counts.last)
    #expect(Self.counts.count == 4)
    #expect(row.options == "--isolationtester")
    #expect(row.locked == "5459136")
    #expect(row.unlocked == "3010522")
  }
}
