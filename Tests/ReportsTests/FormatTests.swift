import Foundation
import Reports
import Scheduler
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Reports for tools")
struct FormatTests {
  @Test("each looks as its reader wants it")
  func golden() {
    let report = CheckReportFixture.everything
    GoldenFile.expect(JUnitReport(report).text(), is: "check.junit.xml")
    GoldenFile.expect(SARIFReport(report).text(), is: "check.sarif")
    GoldenFile.expect(TAPReport(report).text(), is: "check.tap")
    GoldenFile.expect(MarkdownReport.text(report), is: "check.markdown")
    GoldenFile.expect(GitHubReport(report).text(), is: "check.github.txt")
    GoldenFile.expect(JSONReport.lines(report), is: "check.jsonl")
    GoldenFile.expect(MermaidDiagram(Fixtures.crash).text() ?? "", is: "crash.mmd")
    GoldenFile.expect(MermaidDiagram(Fixtures.victim).text() ?? "", is: "victim.mmd")
  }

  @Test("nothing is wrong with a proof")
  func green() {
    let report = CheckReportFixture.green
    #expect(GitHubReport(report).text().isEmpty)
    #expect(!TAPReport(report).text().contains("not ok"))
    #expect(JUnitReport(report).text().contains("failures=\"0\" errors=\"0\""))
    #expect(SARIFReport(report).text().contains("\"results\": []"))
    #expect(MarkdownReport.text(report).hasPrefix("## ✅ racesim: 1 model\n"))
  }

  /// What an XML parser makes of a document.
  private final class Elements: NSObject, XMLParserDelegate {
    var names: [String: Int] = [:]
    var messages: [String] = []
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      names[name, default: 0] += 1
      if let message = attributes["message"] { messages.append(message) }
    }
  }

  @Test("JUnit is XML whatever the texts hold, and counts what it has")
  func xml() {
    var report = CheckReportFixture.everything
    guard case .model(var model) = report.entries[1] else {
      Issue.record("the second entry is a model")
      return
    }
    let hostile = "a < b && c > \"d\" ]]> \u{1} ü\n'x'"
    model.findings[0].trace.finding?.explanation = hostile
    report.entries[1] = .model(model)
    let text = JUnitReport(report).text()
    let elements = Elements()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = elements
    #expect(parser.parse())
    // One for each property of the four models, one for the bound, the file and each timeline.
    #expect(elements.names["testcase"] == 4 * 3 + 1 + 1 + 2)
    #expect(elements.names["failure"] == 2)
    #expect(elements.names["error"] == 2)
    #expect(elements.messages.contains { $0.contains("a < b && c > \"d\" ]]> \u{FFFD} ü\n'x'") })
  }

  @Test("SARIF names only rules that it has, and is the same alert after edits elsewhere")
  func sarif() throws {
    func results(_ report: CheckReport) throws -> (run: [String: Any], results: [[String: Any]]) {
      let data = Data(SARIFReport(report).text().utf8)
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let run = try #require((object["runs"] as? [[String: Any]])?.first)
      return (run, try #require(run["results"] as? [[String: Any]]))
    }
    var report = CheckReportFixture.everything
    let before = try results(report)
    let driver = (before.run["tool"] as? [String: Any])?["driver"] as? [String: Any]
    let rules = try #require(driver?["rules"] as? [[String: Any]])
    #expect(before.results.count == 1)
    for result in before.results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
    }
    guard case .model(var model) = report.entries[1] else {
      Issue.record("the second entry is a model")
      return
    }
    model.findings[0].trace.steps.removeLast()
    model.findings[0].trace.finding?.line = 99
    report.entries[1] = .model(model)
    let after = try results(report)
    #expect(
      before.results[0]["partialFingerprints"] as? [String: String]
        == after.results[0]["partialFingerprints"] as? [String: String])
  }

  @Test("GitHub gets at most ten commands, each on one line")
  func annotations() {
    var report = CheckReportFixture.everything
    report.entries += Array(repeating: report.entries[1], count: 20)
    let lines = GitHubReport(report).text().split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.allSatisfy { $0.hasPrefix("::") })
    #expect(lines.last == "::notice title=racesim::15 more findings in the log")
    #expect(
      lines[0] == "::error file=Scenarios/broken%2Cfile.race,title=scenario::the file has errors")
  }

  @Test("a summary that is too long loses whole findings, and says so")
  func summaryLimit() {
    let report = CheckReportFixture.everything
    let whole = MarkdownReport.text(report)
    let short = MarkdownReport.text(report, byteLimit: 1000)
    #expect(whole.contains("<details>"))
    #expect(!short.contains("<details>"))
    #expect(short.hasSuffix("1 more findings are left out: too long to be shown here.\n"))
  }

  @Test("a diagram that Mermaid would refuse is not made")
  func mermaidLimit() {
    var trace = Fixtures.lostUpdate
    let steps = trace.steps
    for _ in 0..<400 { trace.steps += steps }
    #expect(MermaidDiagram(trace).text() == nil)
    #expect(!MarkdownReport.text(trace, role: .failure).contains("```mermaid"))
  }
}
