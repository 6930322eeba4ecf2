import Reports
import Scheduler

/// The reports of a whole check that `--report kind=path` writes.
enum ReportKind: String, CaseIterable {
  case html, json, junit, sarif, tap, markdown

  /// What may stand before the `=`: these, and those that fill a folder.
  static var kinds: [String] { allCases.map(\.rawValue) + ExportFormat.allCases.map(\.rawValue) }

  /// `html, json, … or psql`.
  static var list: String {
    let names = kinds
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  /// `sources`: the text of the scenarios' files, by path.
  func text(of report: CheckReport, sources: [String: String]) -> String {
    switch self {
    case .html: HTMLReport(report, sources: sources).text()
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
  case text, html, json, markdown, mermaid, svg

  /// Ends with a line feed; `nil` if the format cannot hold so long a trace.
  ///
  /// A document cannot follow another: several traces are one file, see ``isDocument``.
  func text(of trace: Trace, style: Style) -> String? {
    let role: TextTrace.Role = trace.finding == nil ? .replay : .failure
    switch self {
    case .html: return HTMLReport(traces: [trace]).text()
    case .text: return TextTrace(trace, role: role, style: style).text()
    case .json: return JSONReport.trace(trace).pretty + "\n"
    case .markdown: return MarkdownReport.text(trace, role: role)
    case .mermaid: return MermaidDiagram(trace).text()
    case .svg: return SVGPicture(trace).text()
    }
  }

  /// Whether all traces belong in one document.
  var isDocument: Bool { self == .html }
}
