import Scheduler

/// A check as SARIF 2.1.0 (OASIS), for code scanning: a result for each violation that nobody expected.
///
/// GitHub reads the first location only (the invariant's line), expands `codeFlows[].threadFlows[].locations[]`
/// and knows an alert again by `primaryLocationLineHash`, which is made of scenario, property and anomaly
/// alone, so that edits elsewhere do not open it anew.
package struct SARIFReport {
  private let report: CheckReport

  package init(_ report: CheckReport) { self.report = report }

  /// The whole document; ends with a line feed.
  package func text() -> String { document.pretty + "\n" }

  private struct Rule {
    var id: String
    var name: String
    var description: String
    var help: String
  }

  private var document: JSONValue {
    let found = report.models.flatMap { model in
      model.findings.filter { !$0.isExpected }.map { (model: model, finding: $0) }
    }
    var rules: [Rule] = []
    var results: [JSONValue] = []
    for (model, finding) in found {
      guard let it = finding.trace.finding else { continue }
      let rule = Self.rule(of: it)
      let index = rules.firstIndex { $0.id == rule.id } ?? rules.count
      if index == rules.count { rules.append(rule) }
      results.append(result(finding, it, of: model, rule: rule, index: index))
    }
    let driver = JSONValue.object([
      ("name", .string("racesim")), ("semanticVersion", .string(report.version)),
      ("rules", .array(rules.map(Self.object))),
    ])
    return .object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
      ("version", .string("2.1.0")),
      (
        "runs",
        .array([
          .object([
            ("tool", .object([("driver", driver)])),
            ("columnKind", .string("unicodeCodePoints")),
            ("invocations", .array([invocation])),
            ("results", .array(results)),
          ])
        ])
      ),
    ])
  }

  // MARK: Rules

  private static func rule(of finding: Trace.Finding) -> Rule {
    let code = finding.anomalyCode ?? finding.anomaly ?? finding.kind.rawValue
    if let entry = Glossary.find(code) {
      return Rule(
        id: entry.argument, name: entry.name, description: entry.meaning, help: entry.fix)
    }
    return Rule(
      id: code, name: code, description: "A property of the scenario is violated.", help: "")
  }

  private static func object(_ rule: Rule) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string(rule.id)), ("name", .string(rule.name)),
      ("shortDescription", .object([("text", .string(rule.description))])),
    ]
    if !rule.help.isEmpty { members.append(("help", .object([("text", .string(rule.help))]))) }
    members.append(("defaultConfiguration", .object([("level", .string("error"))])))
    return .object(members)
  }

  // MARK: Results

  private func result(
    _ finding: CheckReport.Finding, _ it: Trace.Finding, of model: CheckReport.Model, rule: Rule,
    index: Int
  ) -> JSONValue {
    let trace = finding.trace
    let identity = "\(model.row.path)\u{0}\(model.row.variant)\u{0}\(it.name)\u{0}\(rule.id)"
    var message = "\(it.name) is violated in \(model.name). \(it.headline)"
    if !trace.token.isEmpty { message += " Replay: \(TextTrace.replayCommand(trace))" }
    var members: [(key: String, value: JSONValue)] = [
      ("ruleId", .string(rule.id)), ("ruleIndex", .int(index)), ("level", .string("error")),
      ("message", .object([("text", .string(message))])),
      (
        "locations",
        .array([
          .object([
            ("physicalLocation", Self.place(it.path ?? model.row.path, it.line ?? 1, nil))
          ])
        ])
      ),
      (
        "partialFingerprints",
        .object([("primaryLocationLineHash", .string(Self.hash(identity) + ":1"))])
      ),
    ]
    if !trace.steps.isEmpty { members.append(("codeFlows", codeFlows(trace))) }
    if !trace.token.isEmpty {
      members.append(("properties", .object([("token", .string(trace.token))])))
    }
    return .object(members)
  }

  /// The run in the order of its steps, then by sessions.
  private func codeFlows(_ trace: Trace) -> JSONValue {
    let steps = StepText(trace)
    func location(_ position: Int) -> JSONValue {
      let step = trace.steps[position]
      let entry = step.entries.first { $0.line != nil }
      let place = Self.place(
        entry?.path ?? trace.scenarioPath, entry?.line ?? trace.finding?.line ?? 1, entry?.column)
      return .object([
        (
          "location",
          .object([
            ("physicalLocation", place),
            ("message", .object([("text", .string(steps.sentence(position)))])),
          ])
        ),
        ("executionOrder", .int(step.number)),
      ])
    }
    func thread(_ id: String, _ positions: [Int]) -> JSONValue {
      .object([("id", .string(id)), ("locations", .array(positions.map(location)))])
    }
    let all = Array(trace.steps.indices)
    let lanes = trace.lanes.indices.compactMap { lane -> JSONValue? in
      let positions = all.filter { trace.steps[$0].lane == lane }
      return positions.isEmpty ? nil : thread(trace.lanes[lane].name, positions)
    }
    var flows: [JSONValue] = [.object([("threadFlows", .array([thread("schedule", all)]))])]
    if !lanes.isEmpty { flows.append(.object([("threadFlows", .array(lanes))])) }
    return .array(flows)
  }

  private static func place(_ path: String, _ line: Int, _ column: Int?) -> JSONValue {
    var region: [(key: String, value: JSONValue)] = [("startLine", .int(max(1, line)))]
    if let column { region.append(("startColumn", .int(max(1, column)))) }
    return .object([
      (
        "artifactLocation",
        .object([("uri", .string(uri(path))), ("uriBaseId", .string("%SRCROOT%"))])
      ),
      ("region", .object(region)),
    ])
  }

  /// A path as a relative reference (RFC 3986).
  private static func uri(_ path: String) -> String {
    var result = ""
    for byte in path.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        byte < 0x80
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "-._~/".unicodeScalars.contains(scalar))
      if isPlain {
        result.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }

  /// FNV-1a, 64 bits.
  private static func hash(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // MARK: The run

  /// Bounds, unmet expectations and files with errors are no results: the tool tells them of itself.
  private var invocation: JSONValue {
    var notes: [(level: String, text: String)] = report.invalidPaths.map {
      ("error", "\($0) has errors")
    }
    for model in report.models {
      guard let complaint = model.complaint else { continue }
      let isBound = model.row.judgement.status == .bounded
      notes.append((isBound ? "warning" : "error", "\(model.name): \(complaint)"))
    }
    for timeline in report.timelines where !timeline.remark.isEmpty {
      notes.append(("error", "\(timeline.path), timeline \(timeline.name): \(timeline.remark)"))
    }
    return .object([
      ("executionSuccessful", .bool(report.invalidPaths.isEmpty)),
      ("exitCode", .int(Int(report.status.rawValue))),
      (
        "toolExecutionNotifications",
        .array(
          notes.map { note in
            .object([
              ("level", .string(note.level)), ("message", .object([("text", .string(note.text))])),
            ])
          })
      ),
    ])
  }
}
