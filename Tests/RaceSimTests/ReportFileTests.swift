import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import RaceSim

/// Reports that the command writes to files, and pictures.
@Suite("Report files")
struct ReportFileTests {
  private static let scenario = "Scenarios/classics/lost-update.race"

  private func run(_ words: [String]) -> (status: Reports.ExitStatus, error: String) {
    final class Screen { var text = "" }
    let screen = Screen()
    let command = RaceSimCommand(
      console: Console(output: { _ in }, error: { screen.text += $0 }), engine: .live,
      finder: ScenarioFinder(
        entry: { System.entry(at: $0) }, names: { System.names(in: $0) }),
      files: .live, isInterrupted: { false })
    return (command.run(words), screen.text)
  }

  private func path(_ name: String) -> String { TidyTests.root.appending(path: name).path }

  @Test("a report into a folder that is not there is exit 73, and says which folder")
  func missingFolder() {
    let found = run([
      "check", "-q", path(Self.scenario), "--report", "sarif=/nonexistent/folder/x.sarif",
    ])
    #expect(found.status == .unwritableReport)
    #expect(found.status.rawValue == 73)
    #expect(
      found.error.contains(
        "`/nonexistent/folder/x.sarif` cannot be written: there is no folder /nonexistent/folder"))
  }

  @Test("two runs write the same bytes", arguments: ReportKind.allCases)
  func sameBytes(kind: ReportKind) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "racesim-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let texts = try ["a", "b"].map { name in
      let file = folder.appending(path: name).path
      #expect(
        run(["check", "-q", path(Self.scenario), "--report", "\(kind.rawValue)=\(file)"]).status
          == .success)
      return try Data(contentsOf: URL(fileURLWithPath: file))
    }
    #expect(texts[0] == texts[1])
    #expect(!texts[0].isEmpty)
  }

  @Test("the picture of the README is what the command draws")
  func picture() throws {
    let url = TidyTests.root.appending(path: "docs/pictures/deadlock.svg")
    let drawn = CommandInProcess.output([
      "replay", "Scenarios/order-confirmation/deadlock.race", "--token", "rs1_f4de5f26_aab4a_ob",
      "--format",
      "svg",
    ])
    #expect(XMLParser(data: Data(drawn.utf8)).parse())
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      try Data(drawn.utf8).write(to: url)
      return
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == drawn)
  }
}
