import Reports
import Scheduler

/// The reports of a whole check that `--report kind=path` writes.
enum ReportKind: String, CaseIterable {
  case json, junit, sarif, tap, markdown

  /// `json, junit, … or markdown`.
  static var list: String {
    let names = allCases.map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  func text(of report: CheckReport) -> String {
    switch self {
    case .json: JSONReport.lines(report)
    case .junit: JUnitReport(report).text()
    case .sarif: SARIFReport(report).text()
    case .tap: TAPReport(report).text()
    case .markdown: MarkdownReport.text(report)
    }
  }
}

/// What one trace can be rendered as.
enum TraceFormat: String, CaseIterable {
  case text, json, markdown, mermaid

  /// Ends with a line feed; `nil` if the format cannot hold so long a trace.
  func text(of trace: Trace, style: Style) -> String? {
    let role: TextTrace.Role = trace.finding == nil ? .replay : .failure
    switch self {
    case .text: return TextTrace(trace, role: role, style: style).text()
    case .json: return JSONReport.trace(trace).pretty + "\n"
    case .markdown: return MarkdownReport.text(trace, role: role)
    case .mermaid: return MermaidDiagram(trace).text()
    }
  }
}
