package import Reports

/// What `racesim conform` prints: a line for each schedule, differences side by side, a summary.
package struct ConformReport {
  /// How many schedules came out how.
  package struct Counts: Hashable, Sendable {
    package var agreed = 0
    package var differs = 0
    package var notReproducible = 0
    /// Models that could not be run at all.
    package var failed = 0

    package var total: Int { agreed + differs + notReproducible }

    /// The command's exit status.
    package var status: ExitStatus {
      if differs > 0 { return .violation }
      if failed > 0 { return .invalidScenario }
      if notReproducible > 0 { return .inconclusive }
      return total == 0 ? .nothing : .success
    }
  }

  package private(set) var counts = Counts()
  private let style: Style

  package init(style: Style) { self.style = style }

  /// Counts a model that could not be run.
  package mutating func addFailure() { counts.failed += 1 }

  /// Counts a schedule and gives its lines.
  package mutating func add(_ conformance: Conformance, model: String) -> [Line] {
    var line = Line()
    switch conformance.outcome {
    case .agreed:
      counts.agreed += 1
      line.append("agreed".padded(to: 10), .good)
    case .differs:
      counts.differs += 1
      line.append("differs".padded(to: 10), .bad)
    case .notReproducible:
      counts.notReproducible += 1
      line.append("not run".padded(to: 10), .warning)
    }
    line.append("\(model)  \(conformance.name.visible)")
    line.append("  " + counted(conformance.moves, "move"), .dim)
    if !conformance.broken.isEmpty {
      line.append("  breaks " + conformance.broken.joined(separator: ", "))
    }
    if conformance.wentAnotherWay {
      line.append("  the server chose another way", .dim)
    }
    var lines = [line]
    if case .notReproducible(let reason) = conformance.outcome {
      lines.append(Line("          \(reason.visible)", .dim))
    }
    if style.isVerbose || conformance.outcome == .differs {
      lines += conformance.lines.flatMap(self.lines)
    }
    for difference in conformance.differences {
      let place = difference.move.map { "move \($0)" } ?? "at the end"
      lines.append(Line("          \(place): \(difference.what.visible)", .strong))
      lines.append(Line("            ours      \(difference.ours.visible)"))
      lines.append(Line("            server's  \(difference.servers.visible)"))
    }
    return lines
  }

  private func lines(_ line: Conformance.Line) -> [Line] {
    let number = String(line.move)
    let pad = String(repeating: " ", count: max(0, 4 - number.count))
    var head = Line("        \(pad)\(number)  ", .dim)
    head.append(line.who.visible, .strong)
    head.append("  " + shortened(line.text.visible))
    return [head]
      + line.results.map { Line("              → " + shortened($0.visible), .dim) }
  }

  private func shortened(_ text: String) -> String {
    let folded = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let limit = max(style.width - 20, 20)
    return style.isVerbose || folded.count <= limit ? folded : folded.prefix(limit - 1) + "…"
  }

  /// `12 schedules: 11 agreed, 1 differs`.
  package func summary() -> Line {
    var parts: [String] = []
    if counts.agreed > 0 { parts.append("\(counts.agreed) agreed") }
    if counts.differs > 0 { parts.append("\(counts.differs) differ") }
    if counts.notReproducible > 0 {
      parts.append("\(counts.notReproducible) cannot be run on a server")
    }
    if counts.failed > 0 { parts.append(counted(counts.failed, "model") + " not run") }
    return Line(
      counted(counts.total, "schedule") + (parts.isEmpty ? "" : ": ")
        + parts.joined(separator: ", "))
  }

  // MARK: JSON

  /// The first object.
  package static func start(version: String, server: String) -> JSONValue {
    .object([
      ("event", .string("start")), ("format", .string("racesim.conform")), ("version", .int(1)),
      ("racesim", .string(version)), ("server", .string(server)),
    ])
  }

  /// A schedule that was run.
  package static func json(_ conformance: Conformance, path: String, variant: String) -> JSONValue {
    var outcome = "agreed"
    var reason = JSONValue.null
    switch conformance.outcome {
    case .agreed: break
    case .differs: outcome = "differs"
    case .notReproducible(let why):
      outcome = "not_reproducible"
      reason = .string(why)
    }
    let differences = conformance.differences.map { difference in
      JSONValue.object([
        ("move", difference.move.map { .int($0) } ?? .null), ("what", .string(difference.what)),
        ("ours", .string(difference.ours)), ("server", .string(difference.servers)),
      ])
    }
    let moves = conformance.lines.map { line in
      JSONValue.object([
        ("move", .int(line.move)), ("who", .string(line.who)), ("sent", .string(line.text)),
        ("results", .strings(line.results)),
      ])
    }
    return .object([
      ("event", .string("schedule")), ("path", .string(path)),
      ("variant", variant.isEmpty ? .null : .string(variant)),
      ("schedule", .string(conformance.name)), ("outcome", .string(outcome)), ("reason", reason),
      ("broken", .strings(conformance.broken)),
      ("wentAnotherWay", .bool(conformance.wentAnotherWay)),
      ("differences", .array(differences)), ("moves", .array(moves)),
    ])
  }

  /// The last object.
  package func summaryJSON(_ status: ExitStatus) -> JSONValue {
    .object([
      ("event", .string("summary")), ("agreed", .int(counts.agreed)),
      ("differs", .int(counts.differs)), ("notReproducible", .int(counts.notReproducible)),
      ("failed", .int(counts.failed)), ("exit", .int(Int(status.rawValue))),
    ])
  }
}
