package import Scheduler

/// A trace as text: what goes wrong, the lanes, why, what to try, and how to see it again.
///
/// The same trace and style give the same bytes. No line ends in a space.
package struct TextTrace: Sendable {
  /// What the trace is shown as.
  package enum Role: Hashable, Sendable {
    /// A violation that nobody expected.
    case failure
    /// A violation that the scenario expects.
    case expected
    /// A schedule that was asked for: a timeline, a token, an order.
    case replay
    /// One run of a model that was proved.
    case sample
  }

  private let trace: Trace
  private let role: Role
  private let style: Style

  package init(_ trace: Trace, role: Role, style: Style) {
    self.trace = trace
    self.role = role
    self.style = style
  }

  /// The whole report; ends with a line feed.
  package func text() -> String { lines().text(style) }

  /// The whole report in lines.
  package func lines() -> [Line] {
    let grid = TraceGrid(trace, style: style)
    var lines = header()
    lines.append(Line())
    if trace.steps.isEmpty {
      let isFailure = trace.finding?.kind == .error
      let reason =
        isFailure ? "a writer fails before its first" : "the data at the start are enough"
      lines.append(Line("  no step is needed: \(reason)", .dim))
    } else {
      lines += grid.lines()
      lines += Legend(marks: grid.marks(), style: style, hasOtherLocks: trace.hasOtherLocks).lines()
    }
    if role == .replay || role == .sample {
      let ending = EndingText(trace, style: style).lines()
      if !ending.isEmpty { lines += [Line()] + ending }
    }
    if let finding = trace.finding {
      lines += FindingText(finding, trace: trace, style: style).lines()
    }
    if !trace.token.isEmpty {
      lines.append(Line())
      lines += replayLines()
    }
    return lines
  }

  // MARK: The header

  private func header() -> [Line] {
    let dot = " \(style.glyphs.dot) "
    var line = Line()
    switch role {
    case .failure: line.append("FAIL", .bad)
    case .expected: line.append("expected", .good)
    case .replay: line.append("replay", .strong)
    case .sample: line.append("ok", .good)
    }
    line.append("  ")
    line.append(trace.scenarioPath.visible, .strong)
    let indent = line.width - TextWidth.columns(of: trace.scenarioPath.visible)
    var parts: [String] = []
    if !trace.variant.isEmpty { parts.append("variant \"\(trace.variant.visible)\"") }
    if let finding = trace.finding { parts.append(FindingText.property(finding)) }
    if let level = sharedLevel { parts.append(level) }
    var lines: [Line] = []
    for part in parts {
      if line.width + dot.count + TextWidth.columns(of: part) > style.width {
        lines.append(line)
        line = Line(String(repeating: " ", count: indent) + part)
      } else {
        line.append(dot + part)
      }
    }
    lines.append(line)
    if !trace.scenarioTitle.isEmpty { lines.append(Line(trace.scenarioTitle.visible, .dim)) }
    if let finding = trace.finding { lines += sentence(finding) }
    if trace.finding != nil, role == .failure || role == .expected {
      lines += WordWrap.lines(measure, width: style.width).map { Line($0, .dim) }
    }
    return lines
  }

  private var takingPart: [Trace.Lane] {
    trace.lanes.indices.filter { lane in trace.steps.contains { $0.lane == lane } }
      .map { trace.lanes[$0] }
  }

  private var sharedLevel: String? {
    let levels = Set(takingPart.map(\.isolation))
    return levels.count == 1 ? levels.first?.uppercased() : nil
  }

  /// `lost update (P4): bob overwrites …`, wrapped.
  private func sentence(_ finding: Trace.Finding) -> [Line] {
    var name = finding.anomaly ?? ""
    if let code = finding.anomalyCode, !code.isEmpty { name += name.isEmpty ? code : " (\(code))" }
    let explanation = finding.explanation.visible
    let text = [name.visible, explanation].filter { !$0.isEmpty }.joined(separator: ": ")
    guard !text.isEmpty else { return [] }
    return WordWrap.lines(text, width: style.width).enumerated().map { position, text in
      guard position == 0, !name.isEmpty, text.hasPrefix(name) else { return Line(text) }
      var line = Line(name, .strong)
      line.append(String(text.dropFirst(name.count)))
      return line
    }
  }

  /// How long the run is, in steps and switches.
  private var measure: String {
    let order = trace.steps.compactMap(\.lane)
    let switches = zip(order, order.dropFirst()).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    let switchText = switches == 1 ? "1 switch" : "\(switches) switches"
    let words = "\(counted(trace.steps.count, "step")), \(switchText) between writers"
    let run =
      trace.finding?.isShortest ?? true
      ? "The shortest such run" : "Such a run, not known to be the shortest"
    return "\(run): \(words)."
  }

  // MARK: The way back

  private func replayLines() -> [Line] {
    var result = [SectionLine.line("replay", Line(Self.replayCommand(trace)))]
    if let finding = trace.finding, let code = finding.anomalyCode ?? finding.anomaly,
      let entry = Glossary.find(code)
    {
      result.append(SectionLine.line("more", Line("racesim explain \(entry.argument)")))
    }
    return result
  }

  /// What a shell runs to see the trace again.
  package static func replayCommand(_ trace: Trace, token: String? = nil) -> String {
    let token = (token ?? trace.token).visible
    let command = "racesim replay \(quoted(trace.scenarioPath)) --token \(token)"
    return trace.variant.isEmpty ? command : command + " --variant \(quoted(trace.variant))"
  }

  /// A word for a shell.
  package static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "_-./:,+@%=!".unicodeScalars.contains(scalar)
    }
    if isPlain, !word.isEmpty { return word }
    return "'"
      + word.visible.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}

/// A line of the part under the grid: a title in the margin, then text.
enum SectionLine {
  /// The columns before the text.
  static let indent = 9

  static func line(_ title: String, _ content: Line) -> Line {
    var line = Line("  ")
    line.append(title, .dim)
    line.pad(to: indent)
    line.append(content)
    return line
  }

  static func line(_ content: Line) -> Line { line("", content) }

  /// A text in lines, the title before the first.
  static func wrapped(_ title: String, _ text: String, width: Int, ink: Ink = .plain) -> [Line] {
    WordWrap.lines(text, width: width - indent).enumerated().map { position, text in
      line(position == 0 ? title : "", Line(text, ink))
    }
  }
}

extension Trace {
  /// Whether a step takes a lock on something other than a row.
  var hasOtherLocks: Bool {
    steps.contains { step in step.locksTaken.contains { !$0.mode.hasPrefix("FOR ") } }
  }
}

/// The marks of a trace and what they mean.
struct Legend {
  let marks: Set<Mark>
  let style: Style
  /// Locks on tables, and advisory locks, are among those taken.
  let hasOtherLocks: Bool

  init(marks: Set<Mark>, style: Style, hasOtherLocks: Bool = false) {
    self.marks = marks
    self.style = style
    self.hasOtherLocks = hasOtherLocks
  }

  func lines() -> [Line] {
    var result: [Line] = []
    var line = Line()
    for mark in Mark.allCases where marks.contains(mark) {
      let (sign, usual) = style.glyphs.legend(of: mark)
      let meaning = mark == .lock && hasOtherLocks ? "lock taken" : usual
      if sign == meaning { continue }
      let text = "\(sign) \(meaning)"
      if line.width > 0, line.width + 3 + TextWidth.columns(of: text) > style.width {
        result.append(line)
        line = Line()
      }
      line.append(line.width == 0 ? "  " : "   ")
      line.append(sign, mark == .broken ? .bad : .strong)
      line.append(" " + meaning, .dim)
    }
    if line.width > 0 { result.append(line) }
    return result
  }
}
