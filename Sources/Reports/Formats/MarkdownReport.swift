package import Scheduler

/// Traces and checks as GitHub's Markdown, for pull requests and step summaries.
package enum MarkdownReport {
  /// One trace: the sentence, the text trace, the diagram, and how to replay it.
  package static func text(_ trace: Trace, role: TextTrace.Role) -> String {
    var text = "### \(heading(trace))\n\n"
    if let finding = trace.finding { text += escaped(finding.headline) + "\n\n" }
    text += fenced(TextTrace(trace, role: role, style: Style()).text(), "text")
    if let diagram = MermaidDiagram(trace).text() { text += "\n" + fenced(diagram, "mermaid") }
    return text
  }

  /// A check: a table of all models, then each finding folded away, as many as fit.
  ///
  /// `byteLimit`: GitHub drops a step summary beyond 1 MiB whole; what does not fit is left out, and said.
  package static func text(_ report: CheckReport, byteLimit: Int = 900 << 10) -> String {
    var text = "## \(report.status == .success ? "✅" : "❌") racesim: "
    text += totals(report) + "\n\n"
    text += table(report)
    var leftOut = 0
    for model in report.models {
      for finding in model.findings where !finding.isExpected {
        let section = section(finding, of: model)
        if text.utf8.count + section.utf8.count > byteLimit {
          leftOut += 1
        } else {
          text += "\n" + section
        }
      }
    }
    if leftOut > 0 {
      text += "\n\(leftOut) more findings are left out: too long to be shown here.\n"
    }
    return text
  }

  // MARK: The check

  private static func totals(_ report: CheckReport) -> String {
    let counts = report.counts
    var parts = [counted(counts.models, "model")]
    if counts.timelines > 0 { parts.append(counted(counts.timelines, "timeline")) }
    let failed = counts.failed + counts.failedTimelines
    if failed > 0 { parts.append("\(failed) failed") }
    if counts.invalidFiles > 0 { parts.append("\(counts.invalidFiles) with errors") }
    if counts.bounded > 0 { parts.append("\(counts.bounded) inconclusive") }
    return parts.joined(separator: ", ")
  }

  private static func table(_ report: CheckReport) -> String {
    var text = "| | scenario | states | verdict |\n|---|---|--:|---|\n"
    for path in report.invalidPaths { text += "| ❌ | \(cell(path)) | | has errors |\n" }
    for model in report.models {
      let exploration = model.row.exploration
      let least = exploration.bound == nil ? "" : "≥ "
      var verdicts = model.findings.map { finding in
        let name = finding.anomaly.isEmpty ? "" : ": \(finding.anomaly)"
        return "violated \(finding.property)\(name)"
      }
      if verdicts.isEmpty { verdicts.append(exploration.verdict.rawValue) }
      if exploration.verdict != .inconclusive, let text = ParametricText(exploration) {
        verdicts[verdicts.count - 1] += ", \(text.scope)"
      }
      if let complaint = model.complaint { verdicts.append(complaint) }
      let verdict = verdicts.map { cell($0) }.joined(separator: "<br>")
      text += "| \(mark(model.row.judgement.status)) | \(cell(model.name)) | "
      text += "\(least)\(grouped(String(exploration.states))) | \(verdict) |\n"
    }
    for timeline in report.timelines {
      text += "| \(timeline.remark.isEmpty ? "✅" : "❌") | "
      text +=
        "\(cell("\(timeline.path) (timeline \(timeline.name))")) | | \(cell(timeline.outcome)) |\n"
    }
    return text
  }

  private static func mark(_ status: Judgement.Status) -> String {
    switch status {
    case .ok: "✅"
    case .expected: "✅ expected"
    case .failed: "❌"
    case .bounded: "⚠️ bound"
    }
  }

  private static func section(
    _ finding: CheckReport.Finding, of model: CheckReport.Model
  ) -> String {
    var text = "<details>\n<summary>❌ <b>\(XMLText.escaped(finding.property))</b> · "
    text += "\(XMLText.escaped(model.name))</summary>\n\n"
    text += self.text(finding.trace, role: .failure)
    return text + "\n</details>\n"
  }

  // MARK: Text

  private static func heading(_ trace: Trace) -> String {
    let name = Summary.name(path: trace.scenarioPath, variant: trace.variant)
    guard let finding = trace.finding else { return escaped(name) }
    return escaped("\(FindingText.property(finding)) · \(name)")
  }

  /// A fenced block, its fence longer than any run of backticks inside.
  static func fenced(_ text: String, _ language: String) -> String {
    var longest = 0
    var run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)\(language)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")\(fence)\n"
  }

  /// Text in a table's cell.
  private static func cell(_ text: String) -> String {
    var result = ""
    for character in escaped(text) {
      if character == "|" { result += "\\" }
      result.append(character)
    }
    return result
  }

  /// Text of which nothing is markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.visible {
      if "\\`*_[]<>#&~".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
