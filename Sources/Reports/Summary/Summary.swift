package import Scheduler

/// The lines that a check prints: one for each model, then the totals.
///
///               Scenarios/seats.race
///     ok          as written                26 states   proved
///     expected    no lock                   96 states   violated everyone_seated: lost update (P4)
///     FAIL      Scenarios/transfer.race     22 states   violated deadlock
///     BOUND     Scenarios/seats_9.race  ≥ 10,000 states   inconclusive, bound: states
///
/// A scenario with variants has a line of its own before them. Columns are as wide as the names that are
/// known before the first line is printed, so that lines can be printed one by one.
package struct Summary: Sendable {
  /// What is known of one model when its search has ended.
  package struct Row: Sendable {
    package var path: String
    /// Empty for the scenario as written.
    package var variant: String
    package var exploration: Exploration
    package var judgement: Judgement
    /// For each counterexample, its anomaly: `lost update (P4)`; empty if it has no name.
    package var anomalies: [String]
    /// Only if times are asked for.
    package var milliseconds: Int?

    package init(
      path: String, variant: String, exploration: Exploration, judgement: Judgement,
      anomalies: [String] = [], milliseconds: Int? = nil
    ) {
      self.path = path
      self.variant = variant
      self.exploration = exploration
      self.judgement = judgement
      self.anomalies = anomalies
      self.milliseconds = milliseconds
    }
  }

  /// How many models came to what.
  package struct Counts: Hashable, Sendable {
    package var ok = 0
    package var expected = 0
    package var failed = 0
    package var bounded = 0
    package var invalidFiles = 0
    package var timelines = 0
    package var failedTimelines = 0

    /// The models.
    package var models: Int { ok + expected + failed + bounded }
  }

  private let style: Style
  private let nameWidth: Int
  /// Scenarios with more than one model.
  private let groups: Set<String>
  private var lastGroup = ""
  private let countsInterleavings: Bool
  package private(set) var counts = Counts()
  /// The run was cut short by the user.
  package var isInterrupted = false

  /// Needs what all lines need to line up.
  ///
  /// `models`: The scenario's path and the variant of all models that will be summed up.
  package init(
    models: [(path: String, variant: String)], countsInterleavings: Bool, style: Style
  ) {
    self.style = style
    self.countsInterleavings = countsInterleavings
    var seen: Set<String> = []
    groups = Set(models.map(\.path).filter { !seen.insert($0).inserted })
    let groups = groups
    let widths = models.map { model in
      groups.contains(model.path)
        ? TextWidth.columns(of: Self.variantName(model.variant)) + 2
        : TextWidth.columns(of: Self.name(path: model.path, variant: model.variant))
    }
    nameWidth = min(widths.max() ?? 0, max(24, style.width - (countsInterleavings ? 74 : 48)))
  }

  private static func variantName(_ variant: String) -> String {
    variant.isEmpty ? "as written" : variant.visible
  }

  /// A model's name: the path, and the variant in parentheses.
  package static func name(path: String, variant: String) -> String {
    variant.isEmpty ? path.visible : "\(path.visible) (\(variant.visible))"
  }

  /// Counts a file that could not be read or compiled.
  package mutating func addInvalidFile() { counts.invalidFiles += 1 }

  /// Counts a model and gives its lines.
  package mutating func add(_ row: Row) -> [Line] {
    switch row.judgement.status {
    case .ok: counts.ok += 1
    case .expected: counts.expected += 1
    case .failed: counts.failed += 1
    case .bounded: counts.bounded += 1
    }
    var lines: [Line] = []
    let isGrouped = groups.contains(row.path)
    if isGrouped, lastGroup != row.path {
      lines.append(Line(String(repeating: " ", count: 10) + row.path.visible, .strong))
    }
    lastGroup = row.path
    var line = Line()
    let (word, ink) = Self.word(row.judgement.status)
    line.append(word.padded(to: 8), ink)
    line.append("  ")
    let name =
      isGrouped
      ? "  " + Self.variantName(row.variant) : Self.name(path: row.path, variant: row.variant)
    line.append(name)
    if TextWidth.columns(of: name) > nameWidth {
      lines.append(line)
      line = Line()
    }
    line.pad(to: 10 + nameWidth)
    let exploration = row.exploration
    if countsInterleavings {
      let count = exploration.interleavings.map(Self.interleavings) ?? ""
      line.append("  " + count.paddedLeft(to: 22), .dim)
    }
    let least = exploration.bound == nil ? "" : style.usesASCII ? ">= " : "≥ "
    line.append("  " + (least + counted(exploration.states, "state")).paddedLeft(to: 20), .dim)
    if style.isVerbose, exploration.parts > 1 {
      line.append("  in \(counted(exploration.parts, "independent part"))", .dim)
    }
    if let milliseconds = row.milliseconds {
      line.append("  " + Self.duration(milliseconds).paddedLeft(to: 8), .dim)
    }
    line.append("   ")
    let start = line.width
    let details = verdict(row)
    line.append(details.first ?? Line())
    lines.append(line)
    for detail in details.dropFirst() {
      var more = Line()
      more.pad(to: start)
      more.append(detail)
      lines.append(more)
    }
    if let coverage = exploration.coverage {
      for text in CoverageText(coverage, style).lines {
        var more = Line(String(repeating: " ", count: 12))
        more.append(text, .dim)
        lines.append(more)
      }
    }
    return lines
  }

  /// Counts a timeline that was run, and gives its line.
  package mutating func add(_ timeline: CheckReport.Timeline) -> Line {
    counts.timelines += 1
    let isGood = timeline.remark.isEmpty
    if !isGood { counts.failedTimelines += 1 }
    var line = Line()
    let word = !isGood ? "FAIL" : timeline.broken.isEmpty ? "ok" : "expected"
    line.append(word.padded(to: 8), isGood ? .good : .bad)
    line.append("  ")
    line.append(
      groups.contains(timeline.path)
        ? "  timeline \(timeline.name.visible)"
        : "\(timeline.path.visible) (timeline \(timeline.name.visible))")
    line.pad(to: 10 + nameWidth)
    line.append("  " + counted(timeline.steps, "step").paddedLeft(to: 20), .dim)
    line.append("   ")
    line.append(timeline.outcome, isGood ? .plain : .bad)
    return line
  }

  private static func interleavings(_ digits: String) -> String {
    if digits == Exploration.infinitelyMany { return "endless interleavings" }
    return grouped(digits) + (digits == "1" ? " interleaving" : " interleavings")
  }

  /// `2 ms`, `3.1 s`, `4 min`.
  package static func duration(_ milliseconds: Int) -> String {
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
    return "\(milliseconds / 60_000) min \(milliseconds % 60_000 / 1000) s"
  }

  private static func word(_ status: Judgement.Status) -> (String, Ink) {
    switch status {
    case .ok: ("ok", .good)
    case .expected: ("expected", .good)
    case .failed: ("FAIL", .bad)
    case .bounded: ("BOUND", .warning)
    }
  }

  /// What came out, one line for each property that is broken.
  private func verdict(_ row: Row) -> [Line] {
    let exploration = row.exploration
    var lines: [Line] = []
    for (position, example) in exploration.counterexamples.enumerated() {
      let isUnexpected = row.judgement.unexpected.contains(example.property)
      var line = Line("violated ")
      line.append(example.property.visible, isUnexpected ? .bad : .plain)
      if position < row.anomalies.count, !row.anomalies[position].isEmpty {
        line.append(": \(row.anomalies[position].visible)")
      }
      if let count = example.violatingInterleavings {
        line.append(", in \(Self.interleavings(count))", .dim)
      }
      lines.append(line)
    }
    if lines.isEmpty { lines.append(Line(exploration.verdict.rawValue)) }
    let parametric = ParametricText(exploration)
    if let parametric, exploration.verdict != .inconclusive {
      lines[lines.count - 1].append(", \(parametric.scope)")
    }
    if let bound = exploration.bound {
      lines[lines.count - 1].append(", bound: \(bound)", .warning)
    }
    if exploration.verdict == .inconclusive, let parametric {
      lines += [parametric.scope, parametric.detail].filter { !$0.isEmpty }.map { Line($0, .dim) }
    }
    if !row.judgement.remark.isEmpty { lines.append(Line(row.judgement.remark, .dim)) }
    return lines
  }

  // MARK: Totals

  /// What the whole run comes to.
  package var exitStatus: ExitStatus {
    var status = ExitStatus.success
    if counts == Counts(), !isInterrupted { return .nothing }
    if counts.bounded > 0 { status = status.or(.inconclusive) }
    if counts.failed + counts.failedTimelines > 0 { status = status.or(.violation) }
    if counts.invalidFiles > 0 { status = status.or(.invalidScenario) }
    if isInterrupted { status = status.or(.interrupted) }
    return status
  }

  /// `4 models: 1 failed, 1 inconclusive, 1 as expected, 1 ok`.
  package func totals() -> Line {
    var line = Line(counted(counts.models, "model"), .strong)
    if counts.timelines > 0 { line.append(", \(counted(counts.timelines, "timeline"))", .strong) }
    var parts: [(String, Ink)] = []
    func add(_ count: Int, _ word: String, _ ink: Ink) {
      if count > 0 { parts.append(("\(grouped(String(count))) \(word)", ink)) }
    }
    add(counts.failed + counts.failedTimelines, "failed", .bad)
    add(
      counts.invalidFiles, counts.invalidFiles == 1 ? "file with errors" : "files with errors", .bad
    )
    add(counts.bounded, "inconclusive", .warning)
    add(counts.expected, "as expected", .good)
    add(counts.ok, "ok", .good)
    if isInterrupted { parts.append(("interrupted", .warning)) }
    for (position, part) in parts.enumerated() {
      line.append(position == 0 ? ": " : ", ")
      line.append(part.0, part.1)
    }
    return line
  }
}
