import Foundation
import Scheduler
import Testing

@testable import Reports

@Suite("HTML")
struct HTMLTests {
  /// What stands between two marks, first found.
  private func part(_ text: String, _ start: String, _ end: String) -> String {
    guard let from = text.range(of: start),
      let to = text.range(of: end, range: from.upperBound..<text.endIndex)
    else { return "" }
    return String(text[from.upperBound..<to.lowerBound])
  }

  @Test(
    "the file stands alone: no address but links within, style and script allowed by their hashes")
  func alone() {
    let text = HTMLReport(CheckReportFixture.everything).text()
    let policy = part(text, "Content-Security-Policy\" content=\"", "\"")
    #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
    #expect(policy.contains("script-src 'sha256-"))
    #expect(!policy.contains("unsafe"))
    #expect(!text.contains("http:") || !part(text, "<main>", "</main>").contains("http:"))
    for mark in ["src=", "@import", "url(", " style=\"", " onclick"] {
      #expect(!text.contains(mark), "\(mark)")
    }
    // A browser compares the hash with the element's text, to the byte.
    #expect(policy.components(separatedBy: "sha256-").count == 3)
  }

  @Test("no text of a scenario becomes markup")
  func hostile() throws {
    var trace = Fixtures.lostUpdate
    let attack = "</script><script>alert(1)</script><!--"
    trace.scenarioTitle = attack
    trace.lanes[0].name = attack
    trace.steps[0].entries[0].sql = attack
    trace.finding?.explanation = attack
    trace.finding?.rows = [[attack, nil]]
    let text = HTMLReport(traces: [trace], sources: ["x": attack]).text()
    #expect(!text.contains("<script>alert"))
    #expect(!text.contains("<!--"))
    let data = part(text, "id=\"data\">", "</script>")
    let runs = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [[String: Any]]
    let lanes = runs?.first?["lanes"] as? [[String: Any]]
    #expect(lanes?.first?["name"] as? String == attack)
  }

  @Test("without the script every step of every run is there", arguments: TextTraceTests.samples)
  func steps(sample: TextTraceTests.Sample) {
    let text = HTMLReport(traces: [sample.trace]).text()
    for step in sample.trace.steps {
      #expect(text.contains("id=\"f1s\(step.number)\" data-step=\"\(step.number)\""))
    }
    for lane in sample.trace.lanes where sample.trace.steps.contains(where: { $0.lane != nil }) {
      #expect(text.contains(lane.name))
    }
  }

  @Test("findings that nobody expected come first, and the overview leads to them")
  func order() {
    let text = HTMLReport(CheckReportFixture.everything).text()
    let first = part(text, "<section class=\"run\" id=\"f1\"", "</h2>")
    let second = part(text, "<section class=\"run\" id=\"f2\"", "</h2>")
    #expect(first.contains("FAIL"))
    #expect(second.contains("expected"))
    let overview = part(text, "<section class=\"overview\" id=\"all\">", "</section>")
    #expect(
      overview.contains(
        "<a class=\"hit bad\" href=\"#f=1\"><b>everyone_seated</b> lost update (P4)</a>"))
    #expect(overview.contains("<a class=\"hit\" href=\"#f=2\"><b>deadlock</b>"))
  }

  @Test("the overview has every model, timeline and file with errors, and counts what they came to")
  func overview() {
    let report = CheckReportFixture.everything
    let text = part(
      HTMLReport(report).text(), "<section class=\"overview\" id=\"all\">", "</section>")
    let entries = report.entries.count + report.invalidPaths.count
    #expect(text.components(separatedBy: "<tr class=\"model\"").count == entries + 1)
    let counts = text.components(separatedBy: "<b>").compactMap { part in
      part.firstRange(of: "</b> ").flatMap { Int(part[..<$0.lowerBound]) }
    }
    #expect(counts.reduce(0, +) == entries)
    #expect(text.contains("data-verdict=\"failed\""))
    #expect(text.contains("data-verdict=\"proved\""))
  }

  @Test("key words and literals are set off, and nothing else of a statement becomes markup")
  func statements() {
    let text = HTMLStatement.text("UPDATE t SET a = 'it''s <b>' WHERE \"x\" < :k AND b = 'open")
    let plain = text.replacing("&#39;", with: "'").replacing("&quot;", with: "\"")
    #expect(
      plain
        == "<b class=\"k\">UPDATE</b> t <b class=\"k\">SET</b> a = <span class=\"s\">'it'</span>"
        + "<span class=\"s\">'s &lt;b&gt;'</span> <b class=\"k\">WHERE</b> \"x\" &lt; :k "
        + "<b class=\"k\">AND</b> b = <span class=\"s\">'open</span>")
  }

  @Test("files are shown once, with the lines that ran")
  func sources() {
    var trace = Fixtures.lostUpdate
    trace.steps[0].entries[0].path = "a.race"
    trace.steps[0].entries[0].line = 2
    let text = HTMLReport(traces: [trace, trace], sources: ["a.race": "one\ntwo <b>\n"]).text()
    #expect(text.components(separatedBy: "data-path=\"a.race\"").count == 2)
    #expect(text.contains("<span data-line=\"1\"><i>1</i>one</span>"))
    #expect(text.contains("<span data-line=\"2\" class=\"ran\"><i>2</i>two &lt;b&gt;</span>"))
  }

  @Test("the nearest run that passes stands beside the finding, its first difference marked")
  func compare() {
    let text = HTMLReport(traces: [Fixtures.lostUpdate]).text()
    let table = part(text, "<section class=\"compare\">", "</section>")
    #expect(table.components(separatedBy: "<tr class=\"same\">").count == 4)
    #expect(table.components(separatedBy: "<tr class=\"differs\">").count == 2)
    #expect(part(table, "<tr class=\"differs\">", "</tr>").contains("COMMIT"))
    #expect(table.contains("--token rs1_9c41e07a_aababb_7q"))
    #expect(text.contains("<dt>Isolation</dt><dd>REPEATABLE READ refuses this schedule"))
    #expect(text.contains("verified: 0 of 1,034 states violate anything"))
    var plain = Fixtures.lostUpdate
    plain.finding?.evidence = Trace.Evidence()
    #expect(!HTMLReport(traces: [plain]).text().contains("class=\"compare\""))
  }
}
