import Scheduler

/// A check as JUnit XML: a suite for each file, a case for each property of each model.
///
/// Fields follow what Jenkins, GitLab and GitHub's actions read: a violation that nobody expected is a
/// `failure` whose type is the anomaly's code, a bound and a file with errors are an `error`, a violation
/// that the scenario expects passes and says so in a property. There are no times of day.
package struct JUnitReport {
  private let report: CheckReport

  package init(_ report: CheckReport) { self.report = report }

  /// One test case.
  private struct Case {
    var name: String
    var className: String
    var milliseconds: Int?
    var properties: [(name: String, value: String)] = []
    /// `failure` or `error`.
    var problem: (element: String, type: String, message: String, text: String)?
  }

  /// The whole document; ends with a line feed.
  package func text() -> String {
    let suites = report.paths.map { (path: $0, cases: cases(of: $0)) }
    let all = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"racesim\"\(Self.counts(all))>\n"
    for suite in suites {
      text += "  <testsuite name=\"\(XMLText.attribute(suite.path))\"\(Self.counts(suite.cases))>\n"
      for it in suite.cases { text += Self.element(it) }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func counts(_ cases: [Case]) -> String {
    let failures = cases.count { $0.problem?.element == "failure" }
    let errors = cases.count { $0.problem?.element == "error" }
    return " tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\""
  }

  // MARK: Cases

  private func cases(of path: String) -> [Case] {
    var cases: [Case] = []
    if report.invalidPaths.contains(path) {
      var it = Case(name: "the file compiles", className: Self.className(path))
      it.problem = (
        "error", "invalid", "the file has errors", "see the diagnostics of racesim check"
      )
      cases.append(it)
    }
    for model in report.models where model.row.path == path { cases += self.cases(of: model) }
    for timeline in report.timelines where timeline.path == path {
      var it = Case(name: "timeline \(timeline.name)", className: Self.className(path))
      if !timeline.remark.isEmpty {
        it.problem = ("failure", "timeline", timeline.remark, timeline.remark)
      }
      cases.append(it)
    }
    return cases
  }

  private func cases(of model: CheckReport.Model) -> [Case] {
    let variant = model.row.variant.isEmpty ? "" : " (\(model.row.variant))"
    var cases = model.properties.map { property in
      var it = Case(name: property + variant, className: Self.className(model.row.path))
      if let finding = model.finding(property) { fill(&it, finding) }
      if let text = ParametricText(model.row.exploration), !text.line.isEmpty {
        it.properties.append(("sessions", text.line))
      }
      return it
    }
    if let complaint = model.complaint {
      var it = Case(name: "expectation" + variant, className: Self.className(model.row.path))
      let isBound = model.row.judgement.status == .bounded
      it.problem = (
        isBound ? "error" : "failure", isBound ? "bound" : "expectation", complaint, complaint
      )
      cases.append(it)
    }
    // The time of a search belongs to all of its properties: the first case carries it.
    if !cases.isEmpty { cases[0].milliseconds = model.row.milliseconds }
    return cases
  }

  private func fill(_ it: inout Case, _ finding: CheckReport.Finding) {
    if !finding.trace.token.isEmpty { it.properties.append(("token", finding.trace.token)) }
    if !finding.anomaly.isEmpty { it.properties.append(("anomaly", finding.anomaly)) }
    if finding.isExpected {
      it.properties.append(("expected", "violated"))
      return
    }
    let headline = finding.trace.finding?.headline ?? "violated"
    it.problem = (
      "failure", finding.trace.finding?.anomalyCode ?? finding.trace.finding?.kind.rawValue ?? "",
      headline, TextTrace(finding.trace, role: .failure, style: Style()).text()
    )
  }

  /// `Scenarios.seats` for `Scenarios/seats.race`: the tools make a tree of it.
  private static func className(_ path: String) -> String {
    let bare = path.hasSuffix(".race") ? String(path.dropLast(5)) : path
    return bare.split(separator: "/").joined(separator: ".")
  }

  // MARK: Elements

  private static func element(_ it: Case) -> String {
    var text = "    <testcase name=\"\(XMLText.attribute(it.name))\""
    text += " classname=\"\(XMLText.attribute(it.className))\""
    if let milliseconds = it.milliseconds {
      let thousandths = String(milliseconds % 1000)
      let padding = String(repeating: "0", count: 3 - thousandths.count)
      text += " time=\"\(milliseconds / 1000).\(padding)\(thousandths)\""
    }
    guard !it.properties.isEmpty || it.problem != nil else { return text + "/>\n" }
    text += ">\n"
    if !it.properties.isEmpty {
      text += "      <properties>\n"
      for property in it.properties {
        text += "        <property name=\"\(property.name)\""
        text += " value=\"\(XMLText.attribute(property.value))\"/>\n"
      }
      text += "      </properties>\n"
    }
    if let problem = it.problem {
      text += "      <\(problem.element) type=\"\(XMLText.attribute(problem.type))\""
      text += " message=\"\(XMLText.attribute(problem.message))\">"
      text += "\(XMLText.escaped(problem.text))</\(problem.element)>\n"
    }
    return text + "    </testcase>\n"
  }
}
