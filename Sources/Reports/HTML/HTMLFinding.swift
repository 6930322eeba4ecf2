import Scheduler

/// What stands under a run: why it is wrong, what to try, each property at each step, how to see it again,
/// and the files with the statements that ran.
struct HTMLFinding {
  private let trace: Trace
  private let properties: [String]
  private let sources: [String: String]

  init(_ trace: Trace, properties: [String], sources: [String: String]) {
    self.trace = trace
    self.properties = properties
    self.sources = sources
  }

  func text() -> String {
    var text = "<div class=\"evidence\">\n"
    if let finding = trace.finding {
      text += why(finding)
      text += advice(finding)
    }
    text += matrix()
    text += replay()
    text += source()
    return text + plain() + "</div>\n"
  }

  // MARK: Why

  private func why(_ finding: Trace.Finding) -> String {
    var text = "<section><h3>Why</h3>\n"
    if !finding.text.isEmpty {
      let moment =
        finding.kind == .invariant
        ? "must always hold: " : finding.kind == .finally ? "must hold at the end: " : ""
      text += "<p>\(XMLText.escaped(moment + finding.text))</p>\n"
    }
    if !finding.cycle.isEmpty {
      text += "<ul>" + finding.cycle.map { "<li>\(XMLText.escaped($0))</li>" }.joined() + "</ul>\n"
    }
    if let query = finding.query, !query.isEmpty {
      if let path = finding.path {
        let place = finding.line.map { "\(path):\($0)" } ?? path
        text += "<p class=\"dim\">\(XMLText.escaped(place))</p>"
      }
      text += "<pre class=\"sql\">\(marked(query, finding.falsePart))</pre>\n"
    } else if let part = finding.falsePart {
      text += "<pre class=\"sql\"><mark>\(XMLText.escaped(part))</mark></pre>\n"
    }
    if !finding.rows.isEmpty {
      text +=
        "<div class=\"scroll\"><table><caption>must return no row; it returns</caption><thead><tr>"
      for column in finding.columns { text += "<th scope=\"col\">\(XMLText.escaped(column))</th>" }
      text += "</tr></thead><tbody>"
      for row in finding.rows.prefix(50) {
        text += "<tr>" + row.map { "<td>\(Self.value($0))</td>" }.joined() + "</tr>"
      }
      text += "</tbody></table></div>\n"
    }
    return text + "</section>\n"
  }

  private static func value(_ value: String?) -> String {
    value.map { XMLText.escaped($0) } ?? "<span class=\"null\">NULL</span>"
  }

  /// The query with its false part marked, where that stands in it.
  private func marked(_ query: String, _ part: String?) -> String {
    let lines = StatementText(query).lines(width: 88, limit: nil).joined(separator: "\n")
    guard let part, !part.isEmpty else { return XMLText.escaped(lines) }
    var start = lines.startIndex
    while start < lines.endIndex {
      if lines[start...].hasPrefix(part) {
        let end = lines.index(start, offsetBy: part.count)
        return XMLText.escaped(String(lines[..<start]))
          + "<mark>\(XMLText.escaped(part))</mark>" + XMLText.escaped(String(lines[end...]))
      }
      start = lines.index(after: start)
    }
    return XMLText.escaped(lines) + "\n<mark>\(XMLText.escaped(part))</mark>"
  }

  // MARK: What to try

  private func advice(_ finding: Trace.Finding) -> String {
    guard !finding.advice.isEmpty else { return "" }
    let items = finding.advice.map { "<li>\(Self.withCode($0))</li>" }.joined()
    return "<section><h3>What to try</h3><ol>\(items)</ol></section>\n"
  }

  /// Text in which backticks set off code.
  private static func withCode(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      index % 2 == 0
        ? XMLText.escaped(String(part)) : "<code>\(XMLText.escaped(String(part)))</code>"
    }.joined()
  }

  // MARK: Properties and steps

  private func matrix() -> String {
    let broken = trace.steps.flatMap(\.broken)
    var names = properties
    for name in broken where !names.contains(name) { names.append(name) }
    guard !names.isEmpty, !trace.steps.isEmpty else { return "" }
    var text =
      "<section><h3>Properties at each step</h3><div class=\"scroll\"><table class=\"matrix\">"
    text += "<thead><tr><th scope=\"col\"></th>"
    for step in trace.steps { text += "<th scope=\"col\">\(step.number)</th>" }
    text += "</tr></thead><tbody>\n"
    for name in names {
      text += "<tr><th scope=\"row\">\(XMLText.escaped(name))</th>"
      for step in trace.steps {
        let isBroken =
          step.broken.contains(name)
          || trace.finding.map { $0.name == name && $0.step == step.number } ?? false
        text += isBroken ? "<td class=\"no\">✗</td>" : "<td class=\"yes\">·</td>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody></table></div></section>\n"
  }

  // MARK: Again

  private func replay() -> String {
    guard !trace.token.isEmpty else { return "" }
    var text = "<section><h3>See it again</h3><p class=\"copy\"><code>"
    text += "\(XMLText.escaped(TextTrace.replayCommand(trace)))</code></p>"
    if let code = trace.finding.flatMap({ $0.anomalyCode ?? $0.anomaly }),
      let entry = Glossary.find(code)
    {
      text +=
        "<p class=\"copy\"><code>racesim explain \(XMLText.escaped(entry.argument))</code></p>"
    }
    return text + "</section>\n"
  }

  // MARK: The files

  private func source() -> String {
    var paths: [String] = []
    for entry in trace.steps.flatMap(\.entries) {
      if let path = entry.path, !paths.contains(path), sources[path] != nil { paths.append(path) }
    }
    var text = ""
    for path in paths {
      let ran = Set(trace.steps.flatMap(\.entries).filter { $0.path == path }.compactMap(\.line))
      text += "<details class=\"source\" data-path=\"\(XMLText.attribute(path))\">"
      text += "<summary>\(XMLText.escaped(path))</summary><pre>"
      let lines = (sources[path] ?? "").split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        let mark = ran.contains(index + 1) ? " class=\"ran\"" : ""
        text += "<span data-line=\"\(index + 1)\"\(mark)><i>\(index + 1)</i>"
        text += "\(XMLText.escaped(String(line)))</span>\n"
      }
      text += "</pre></details>\n"
    }
    return text
  }

  private func plain() -> String {
    let role: TextTrace.Role = trace.finding == nil ? .replay : .failure
    let body = XMLText.escaped(TextTrace(trace, role: role, style: Style()).text())
    return "<details><summary>As text</summary><pre class=\"copy\">\(body)</pre></details>\n"
  }
}
