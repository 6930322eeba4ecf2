package import Scheduler

/// A check, or some traces, as one HTML file that needs nothing besides itself.
///
/// Every finding is a table that reads without a script; the script adds a scrubber, the rows and versions
/// at each step, what each writer sees, and links to a step. The content security policy allows this style
/// and this script by their hashes, and nothing else.
package struct HTMLReport {
  /// A finding, or a run that was asked for.
  private struct Run {
    var trace: Trace
    var role: TextTrace.Role
    /// All that was checked; empty if that is not known.
    var properties: [String]
    /// `6 of 14 interleavings end like this`.
    var measure: String?
    /// Positions of the model and of the finding within it.
    var origin: [Int] = []
  }

  /// The most runs in one file, those that nobody expected first.
  package static let runsLimit = 400

  private let report: CheckReport?
  private let runs: [Run]
  private let leftOut: Int
  /// The text of the files that statements stand in.
  private let sources: [String: String]

  /// The report of a check.
  ///
  /// Findings that nobody expected come first; the shortest of each kind.
  package init(_ report: CheckReport, sources: [String: String] = [:]) {
    self.report = report
    self.sources = sources
    var all: [Run] = []
    for (position, model) in report.models.enumerated() {
      for (index, finding) in model.findings.enumerated() {
        all.append(
          Run(
            trace: finding.trace, role: finding.isExpected ? .expected : .failure,
            properties: model.properties, measure: Self.measure(finding, model),
            origin: [position, index]))
      }
    }
    let sorted = all.enumerated().sorted { left, right in
      let ranks = [left, right].map { ($0.element.role == .failure ? 0 : 1, $0.offset) }
      return ranks[0] < ranks[1]
    }.map(\.element)
    runs = Array(sorted.prefix(Self.runsLimit))
    leftOut = sorted.count - runs.count
  }

  /// Traces alone.
  package init(traces: [Trace], sources: [String: String] = [:]) {
    report = nil
    self.sources = sources
    runs = traces.prefix(Self.runsLimit).map { trace in
      Run(
        trace: trace, role: trace.finding == nil ? .replay : .failure,
        properties: trace.finding.map { [$0.name] } ?? [], measure: nil)
    }
    leftOut = traces.count - runs.count
  }

  private static func measure(
    _ finding: CheckReport.Finding, _ model: CheckReport.Model
  ) -> String? {
    guard let count = finding.violatingInterleavings,
      let all = model.row.exploration.interleavings, all != Exploration.infinitelyMany
    else { return nil }
    return "\(grouped(count)) of \(grouped(all)) interleavings end like this"
  }

  // MARK: The document

  /// The whole file; ends with a line feed.
  package func text() -> String {
    let policy =
      "default-src 'none'; style-src 'sha256-\(SHA256.base64(HTMLStyle.text))'; "
      + "script-src 'sha256-\(SHA256.base64(HTMLScript.text))'; base-uri 'none'; form-action 'none'"
    var text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    text += "<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)\">\n"
    text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    text += "<meta name=\"color-scheme\" content=\"light dark\">\n"
    text += "<title>\(XMLText.escaped(title))</title>\n<style>\(HTMLStyle.text)</style>\n</head>\n"
    text += "<body class=\"\(opening)\">\n"
    text += "<header class=\"top\"><h1>\(XMLText.escaped(title))</h1>\(totals())</header>\n"
    text += "<main>\n\(overview())"
    for (index, run) in runs.enumerated() { text += section(run, number: index + 1) }
    text += HTMLFiles(runs.map(\.trace), sources: sources).text()
    text += "</main>\n<footer>\(footer())</footer>\n"
    text += "<script type=\"application/json\" id=\"data\">\(data())</script>\n"
    text += "<script>\(HTMLScript.text)</script>\n</body>\n</html>\n"
    return text
  }

  private var title: String {
    if let report {
      if report.status == .success { return "RaceSim: all as expected" }
      let failed = report.counts.failed + report.counts.failedTimelines
      return failed > 0 ? "RaceSim: \(failed) failed" : "RaceSim: not all was decided"
    }
    guard runs.count == 1, let trace = runs.first?.trace else {
      return "RaceSim: \(counted(runs.count, "run"))"
    }
    let name = trace.finding.map { " · \($0.anomalyName.isEmpty ? $0.name : $0.anomalyName)" } ?? ""
    return Summary.name(path: trace.scenarioPath, variant: trace.variant) + name
  }

  /// What the script shows first: a failure, if there is one; else all models, unless they are so few that
  /// they stand above each finding.
  private var opening: String {
    guard let report else { return "single" }
    if report.entries.count + report.invalidPaths.count <= 12 { return "small" }
    return runs.first?.role == .failure ? "found" : "starts"
  }

  private func totals() -> String {
    guard let report else { return "" }
    var parts = [counted(report.counts.models, "model")]
    if !report.timelines.isEmpty { parts.append(counted(report.timelines.count, "timeline")) }
    return "<p>\(XMLText.escaped(parts.joined(separator: ", ")))</p>"
  }

  private func footer() -> String {
    var text = leftOut > 0 ? "\(counted(leftOut, "more finding")) left out. " : ""
    text += "Keys: ← → step, Home End first and last, [ ] finding, space play"
    text += report == nil ? "." : ", a all models, / search."
    return XMLText.escaped(text)
  }

  // MARK: The models

  private func overview() -> String {
    guard let report else { return "" }
    var numbers: [[Int]: Int] = [:]
    for (index, run) in runs.enumerated() { numbers[run.origin] = index + 1 }
    return HTMLOverview(report) { numbers[[$0, $1]] }.text()
  }

  // MARK: A run

  private func section(_ run: Run, number: Int) -> String {
    let trace = run.trace
    var text = "<section class=\"run\" id=\"f\(number)\" data-run=\"\(number)\">\n"
    text += heading(run, number: number)
    text += "<div class=\"controls\" hidden></div>\n<div class=\"stage\">\n<div class=\"steps\">\n"
    text += HTMLTrace(trace, prefix: "f\(number)").text()
    text += "</div>\n<aside class=\"panel\" hidden></aside>\n</div>\n"
    text += HTMLFinding(trace, properties: run.properties).text()
    return text + "</section>\n"
  }

  private func heading(_ run: Run, number: Int) -> String {
    let trace = run.trace
    let (word, ink): (String, String) =
      switch run.role {
      case .failure: ("FAIL", "bad")
      case .expected: ("expected", "good")
      case .replay: ("replay", "plain")
      case .sample: ("ok", "good")
      }
    var text = "<h2><span class=\"badge \(ink)\">\(word)</span> "
    if let finding = trace.finding {
      text += "\(XMLText.escaped(FindingText.property(finding))) "
    }
    let name = Summary.name(path: trace.scenarioPath, variant: trace.variant)
    text += "<small>\(XMLText.escaped(name))</small></h2>\n"
    if !trace.scenarioTitle.isEmpty {
      text += "<p class=\"dim\">\(XMLText.escaped(trace.scenarioTitle))</p>\n"
    }
    if let finding = trace.finding {
      text += "<p class=\"headline\">"
      if !finding.anomalyName.isEmpty {
        text += "<b>\(XMLText.escaped(finding.anomalyName))</b>"
        text += finding.explanation.isEmpty ? "" : ": "
      }
      text += "\(XMLText.escaped(finding.explanation))</p>\n"
    }
    if let measure = run.measure { text += "<p class=\"dim\">\(XMLText.escaped(measure))</p>\n" }
    return text
  }

  // MARK: For the script

  /// What the script needs besides the tables: the steps' texts, the rows' versions, the snapshots.
  private func data() -> String {
    let values = runs.map { run -> JSONValue in
      let history = RowHistory(run.trace)
      return .object([
        ("lanes", .array(run.trace.lanes.map(Self.lane))),
        ("tables", .array(run.trace.tables.map(Self.table))),
        ("steps", .array(run.trace.steps.map(Self.step))),
        ("rows", .array(history.rows.map(Self.row))),
        (
          "snapshots",
          .array(history.snapshots.map { .array($0.map { $0.map { .int($0) } ?? .null }) })
        ),
        ("properties", .strings(run.properties)),
        ("finding", run.trace.finding.map { .int($0.step) } ?? .null),
        ("token", .string(run.trace.token)),
      ])
    }
    // `</script>` within a text would end the element, `<!--` would hide what follows.
    var text = ""
    for character in JSONValue.array(values).compact {
      text += character == "<" ? "\\u003c" : String(character)
    }
    return text
  }

  private static func lane(_ lane: Trace.Lane) -> JSONValue {
    .object([("letter", .string(lane.letter)), ("name", .string(lane.name))])
  }

  private static func table(_ table: Trace.TableShape) -> JSONValue {
    .object([
      ("name", .string(table.name)), ("columns", .strings(table.columns)),
      ("world", .bool(table.isWorld)),
    ])
  }

  private static func step(_ step: Trace.Step) -> JSONValue {
    .object([
      ("n", .int(step.number)),
      ("lane", step.lane.map { .int($0) } ?? .null),
      ("clock", .text(step.instant)),
      ("wakes", .array(step.wakes.map { .int($0) })),
      ("waits", .bool(step.wait != nil)),
      ("broken", .strings(step.broken)),
      ("others", .strings(step.alternatives)),
      (
        "statements",
        .array(
          step.entries.filter { !$0.sql.isEmpty }.map { entry in
            .object([
              ("sql", .string(entry.sql)), ("in", .text(entry.routine)),
              ("path", .text(entry.path)),
              ("line", entry.line.map { .int($0) } ?? .null),
              ("on", .bool(entry.isContinued)), ("tag", .text(entry.tag)),
              ("error", .text(entry.error.map { "\($0.state) \($0.message)" })),
            ])
          })
      ),
    ])
  }

  private static func row(_ row: RowHistory.Row) -> JSONValue {
    .object([
      ("table", .int(row.table)), ("name", .string(row.name)),
      (
        "versions",
        .array(
          row.versions.map { version in
            .object([
              ("v", version.isDeletion ? .null : .array(version.values.map { .text($0) })),
              ("by", version.lane.map { .int($0) } ?? .null), ("at", .int(version.created)),
              ("in", version.committed.map { .int($0) } ?? .null),
              ("out", version.undone.map { .int($0) } ?? .null),
            ])
          })
      ),
    ])
  }
}
