import Scheduler

/// The files with the statements that ran, each once however many runs are shown.
///
/// The script shows those of the current run, and lights the lines of its current step.
struct HTMLFiles {
  private let traces: [Trace]
  private let sources: [String: String]

  init(_ traces: [Trace], sources: [String: String]) {
    self.traces = traces
    self.sources = sources
  }

  /// Empty if no file is known.
  func text() -> String {
    var paths: [String] = []
    var ran: [String: Set<Int>] = [:]
    for trace in traces {
      for entry in trace.steps.flatMap(\.entries) {
        guard let path = entry.path, sources[path] != nil else { continue }
        if ran[path] == nil { paths.append(path) }
        ran[path, default: []].formUnion(entry.line.map { [$0] } ?? [])
      }
    }
    guard !paths.isEmpty else { return "" }
    return "<section class=\"files\"><h3>Files</h3>\n"
      + paths.map { file($0, ran: ran[$0] ?? []) }.joined() + "</section>\n"
  }

  private func file(_ path: String, ran: Set<Int>) -> String {
    var text = "<details class=\"source\" data-path=\"\(XMLText.attribute(path))\">"
    text += "<summary>\(XMLText.escaped(path))</summary><pre>"
    let lines = (sources[path] ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let mark = ran.contains(index + 1) ? " class=\"ran\"" : ""
      text += "<span data-line=\"\(index + 1)\"\(mark)><i>\(index + 1)</i>"
      text += "\(XMLText.escaped(String(line)))</span>\n"
    }
    return text + "</pre></details>\n"
  }
}
