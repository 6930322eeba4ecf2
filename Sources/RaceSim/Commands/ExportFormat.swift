import Reports
import Scheduler

/// What a schedule can be written as for a server to run.
enum ExportFormat: String, CaseIterable {
  /// For PostgreSQL's isolationtester.
  case spec
  /// A script that runs psql.
  case psql

  /// The lines at the top of the file.
  static func heading(_ trace: Trace) -> [String] {
    var lines = [
      trace.scenarioTitle.visible,
      Summary.name(path: trace.scenarioPath, variant: trace.variant).visible,
    ]
    if let finding = trace.finding {
      let kind = finding.name == finding.kind.rawValue ? "" : "breaks "
      lines += WordWrap.lines("\(kind)\(finding.name): \(finding.headline)".visible, width: 98)
    }
    return lines + ["", "Written by: \(TextTrace.replayCommand(trace))"]
  }
}
