import Scheduler

/// What stands under a run: why it is wrong, what to try, each property at each step, and how to see it again.
struct HTMLFinding {
  private let trace: Trace
  private let properties: [String]

  init(_ trace: Trace, properties: [String]) {
    self.trace = trace
    self.properties = properties
  }

  func text() -> String {
    var text = "<div class=\"evidence\">\n"
    if let finding = trace.finding {
      text += why(finding)
      text += beside(finding)
      text += advice(finding)
      text += compare(finding)
    }
    text += matrix()
    text += replay()
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
    let remedies = finding.remedies
    guard !remedies.isEmpty else { return "" }
    let items = remedies.map { remedy in
      let result = remedy.result.map { "<p class=\"good\">\(Self.withCode($0))</p>" } ?? ""
      return "<li>\(Self.withCode(remedy.text))\(result)</li>"
    }.joined()
    return "<section><h3>What to try</h3><ol>\(items)</ol></section>\n"
  }

  /// Text in which backticks set off code.
  private static func withCode(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      index % 2 == 0
        ? XMLText.escaped(String(part)) : "<code>\(XMLText.escaped(String(part)))</code>"
    }.joined()
  }

  // MARK: What was tried beside the run

  private func beside(_ finding: Trace.Finding) -> String {
    let evidence = EvidenceText(finding.evidence)
    let items = [
      ("One after the other", evidence.serial), ("Isolation", evidence.level),
      ("Nearest passing run", finding.evidence.near?.text),
    ].compactMap { title, text in
      text.map { "<dt>\(title)</dt><dd>\(Self.withCode($0))</dd>" }
    }
    guard !items.isEmpty else { return "" }
    return "<section><h3>Beside it</h3><dl>\(items.joined())</dl></section>\n"
  }

  /// The nearest run that passes, step by step; the first that is another is marked.
  private func compare(_ finding: Trace.Finding) -> String {
    guard let near = finding.evidence.near else { return "" }
    var text =
      "<section class=\"compare\"><h3>Compare: the nearest run that passes</h3>"
      + "<p>\(Self.withCode(near.text))</p><div class=\"scroll\"><table><thead><tr><th scope=\"col\">"
      + "</th><th scope=\"col\">this run</th><th scope=\"col\">the run that passes</th></tr></thead>"
      + "<tbody>\n"
    for index in 0..<max(near.steps.count, trace.steps.count) {
      let number = index + 1
      let kind =
        number < near.firstDifference
        ? " class=\"same\"" : number == near.firstDifference ? " class=\"differs\"" : ""
      text += "<tr\(kind)><th scope=\"row\">\(number)</th>"
      text += "<td>\(trace.steps.indices.contains(index) ? brief(trace.steps[index]) : "")</td>"
      text +=
        "<td>\(near.steps.indices.contains(index) ? brief(near.steps[index]) : "")</td></tr>\n"
    }
    text += "</tbody></table></div><p class=\"copy\"><code>"
    text += XMLText.escaped(TextTrace.replayCommand(trace, token: near.token))
    return text + "</code></p></section>\n"
  }

  private func brief(_ step: Trace.Step) -> String {
    let sql = step.entries.map(\.sql).filter { !$0.isEmpty }.joined(separator: "; ")
    var results = step.entries.compactMap {
      $0.error.map { "\($0.state): \($0.message)" } ?? $0.tag
    }
    if step.wait != nil { results.append("waits") }
    if step.lane == nil || sql.isEmpty { results += step.entries.flatMap(\.notes) }
    return brief(step.lane, sql, results.joined(separator: " · "))
  }

  private func brief(_ step: Trace.NearStep) -> String { brief(step.lane, step.text, step.result) }

  private func brief(_ lane: Int?, _ sql: String, _ result: String) -> String {
    var parts: [String] = []
    if let lane, trace.lanes.indices.contains(lane) {
      let name = XMLText.escaped(trace.lanes[lane].name)
      parts.append("<span class=\"who l\(lane % 8)\">\(name)</span>")
    } else {
      parts.append("<span class=\"dim\">clock</span>")
    }
    if !sql.isEmpty { parts.append("<code>\(XMLText.escaped(sql))</code>") }
    if !result.isEmpty { parts.append("<span class=\"dim\">\(XMLText.escaped(result))</span>") }
    return parts.joined(separator: " ")
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

  private func plain() -> String {
    let role: TextTrace.Role = trace.finding == nil ? .replay : .failure
    let body = XMLText.escaped(TextTrace(trace, role: role, style: Style()).text())
    return "<details><summary>As text</summary><pre class=\"copy\">\(body)</pre></details>\n"
  }
}
