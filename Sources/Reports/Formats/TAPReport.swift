import Scheduler

/// A check in the Test Anything Protocol, version 14: a test point for each property of each model.
package struct TAPReport {
  private let report: CheckReport

  package init(_ report: CheckReport) { self.report = report }

  /// The whole stream; ends with a line feed.
  package func text() -> String {
    var points: [String] = []
    func add(_ isOK: Bool, _ description: String, _ details: [(key: String, value: String)] = []) {
      let number = points.count + 1
      var text = "\(isOK ? "ok" : "not ok") \(number) - \(Self.description(description))\n"
      if !details.isEmpty {
        text += "  ---\n"
        for detail in details { text += Self.yaml(detail.key, detail.value) }
        text += "  ...\n"
      }
      points.append(text)
    }
    for path in report.invalidPaths { add(false, path, [("message", "the file has errors")]) }
    for model in report.models {
      for property in model.properties {
        let name = "\(model.name): \(property)"
        guard let finding = model.finding(property) else {
          let scope =
            model.row.exploration.verdict == .proved
            ? ParametricText(model.row.exploration).map { ", \($0.scope)" } ?? "" : ""
          add(true, name + scope)
          continue
        }
        let headline = finding.trace.finding?.headline ?? ""
        if finding.isExpected {
          add(true, name + ", violated as expected", Self.details(finding, headline, trace: false))
        } else {
          add(false, name, Self.details(finding, headline, trace: true))
        }
      }
      if let complaint = model.complaint {
        add(false, "\(model.name): expectation", [("message", complaint)])
      }
    }
    for timeline in report.timelines {
      let name = "\(timeline.path): timeline \(timeline.name)"
      add(
        timeline.remark.isEmpty, name,
        timeline.remark.isEmpty ? [] : [("message", timeline.remark)])
    }
    return "TAP version 14\n1..\(points.count)\n" + points.joined()
  }

  private static func details(
    _ finding: CheckReport.Finding, _ headline: String, trace: Bool
  ) -> [(key: String, value: String)] {
    var details = [("message", headline)]
    if !finding.trace.token.isEmpty { details.append(("token", finding.trace.token)) }
    if trace {
      details.append(
        ("trace", TextTrace(finding.trace, role: .failure, style: Style()).text()))
    }
    return details
  }

  /// A description: `#` would begin a directive, a line feed would end it.
  private static func description(_ text: String) -> String {
    var result = ""
    for character in text.visible {
      if character == "#" || character == "\\" { result += "\\" }
      result.append(character)
    }
    return result
  }

  /// A key with a text: on one line in quotes, or a literal block.
  private static func yaml(_ key: String, _ value: String) -> String {
    guard value.contains("\n") else {
      return "  \(key): \(JSONValue.string(value).compact)\n"
    }
    let lines = value.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.dropLast(lines.last == "" ? 1 : 0).map { $0.isEmpty ? "" : "    \($0)" }
    // The number says how far the block is indented, as its first line may begin with spaces.
    return "  \(key): |2\n" + body.map { $0 + "\n" }.joined()
  }
}
