import Scheduler

/// A check as GitHub's workflow commands: annotations on the lines of the files.
///
/// GitHub shows ten errors a step and drops the rest without a word, so that the worst nine are sent, and a
/// notice that says how many more there are.
package struct GitHubReport {
  package static let annotationsLimit = 9

  private let report: CheckReport

  package init(_ report: CheckReport) { self.report = report }

  /// A command for each annotation; empty if nothing is wrong.
  package func text() -> String {
    var commands: [String] = []
    for path in report.invalidPaths {
      commands.append(Self.command("error", file: path, title: "scenario", "the file has errors"))
    }
    for model in report.models {
      for finding in model.findings where !finding.isExpected {
        commands.append(Self.command(finding, of: model))
      }
      if let complaint = model.complaint {
        commands.append(
          Self.command(
            model.row.judgement.status == .bounded ? "warning" : "error", file: model.row.path,
            title: model.name, complaint))
      }
    }
    for timeline in report.timelines where !timeline.remark.isEmpty {
      commands.append(
        Self.command(
          "error", file: timeline.path, title: "timeline \(timeline.name)", timeline.remark))
    }
    let left = commands.count - Self.annotationsLimit
    if left > 0 {
      commands.removeLast(left)
      commands.append("::notice title=racesim::\(counted(left, "more finding")) in the log")
    }
    return commands.map { $0 + "\n" }.joined()
  }

  private static func command(
    _ finding: CheckReport.Finding, of model: CheckReport.Model
  ) -> String {
    let it = finding.trace.finding
    let title = finding.anomaly.isEmpty ? finding.property : finding.anomaly
    var message = "\(model.name): \(finding.property)\n\(it?.headline ?? "")"
    if !finding.trace.token.isEmpty { message += "\nreplay with --token \(finding.trace.token)" }
    return command(
      "error", file: it?.path ?? model.row.path, line: it?.line, title: title, message)
  }

  private static func command(
    _ kind: String, file: String, line: Int? = nil, title: String, _ message: String
  ) -> String {
    var properties = "file=\(property(file))"
    if let line { properties += ",line=\(line)" }
    return "::\(kind) \(properties),title=\(property(title))::\(data(message))"
  }

  /// The escapes of GitHub's runner for a message.
  private static func data(_ text: String) -> String { encoded(text, "%\r\n") }

  /// … and for a property.
  private static func property(_ text: String) -> String { encoded(text, "%\r\n:,") }

  private static func encoded(_ text: String, _ special: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      guard special.unicodeScalars.contains(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      result += "%" + (digits.count == 1 ? "0" : "") + digits
    }
    return result
  }
}
