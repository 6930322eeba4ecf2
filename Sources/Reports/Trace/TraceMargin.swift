import Scheduler

/// The left margin of a trace: step numbers, a timeline's labels, the clock.
struct TraceMargin {
  private let numberWidth: Int
  private let labelWidth: Int
  private let clockWidth: Int
  private let instantText: InstantText
  /// For each step by number, whether its clock differs from that of the step before.
  private let movesClock: Set<Int>
  private let movesLabel: Set<Int>
  private let ruleSign: String

  init(_ trace: Trace, glyphs: Glyphs) {
    ruleSign = glyphs.line
    numberWidth = max(2, String(trace.steps.last?.number ?? 0).count)
    let instants = trace.steps.compactMap(\.instant)
    instantText = InstantText(trace)
    let hasClock = Set(instants).count > 1
    var widest = 0
    var moves: Set<Int> = []
    var labels: Set<Int> = []
    var last: String?
    var lastLabel: String?
    for step in trace.steps {
      if step.instant != last { moves.insert(step.number) }
      if step.label != lastLabel { labels.insert(step.number) }
      last = step.instant
      lastLabel = step.label
    }
    movesClock = moves
    movesLabel = labels
    for instant in instants {
      let text = instantText.short(instant).visible
      widest = max(widest, TextWidth.columns(of: text))
    }
    clockWidth = hasClock ? max(5, widest) : 0
    labelWidth =
      trace.steps.contains { $0.label != nil }
      ? max(2, trace.steps.compactMap(\.label).map { TextWidth.columns(of: $0.visible) }.max() ?? 0)
      : 0
  }

  /// Whether the clock has a column.
  var hasClock: Bool { clockWidth > 0 }

  /// The columns that the margin takes, without the gap after it.
  var width: Int {
    numberWidth + 2 + (labelWidth > 0 ? labelWidth + 2 : 0) + (clockWidth > 0 ? clockWidth + 2 : 0)
  }

  /// The titles of the margin's columns.
  func heading() -> Line {
    line(number: "#", label: "at", clock: "clock", ink: .dim)
  }

  /// The line under the titles.
  func rule() -> Line {
    func dashes(_ count: Int) -> String { String(repeating: ruleSign, count: count) }
    return line(
      number: dashes(numberWidth), label: dashes(labelWidth), clock: dashes(clockWidth), ink: .dim)
  }

  /// The margin of a step; empty after its first line.
  func cell(_ step: Trace.Step, isFirst: Bool) -> Line {
    guard isFirst else {
      var line = Line()
      line.pad(to: width)
      return line
    }
    let label = movesLabel.contains(step.number) ? step.label?.visible ?? "" : ""
    let instant = movesClock.contains(step.number) ? step.instant ?? "" : ""
    return line(
      number: String(step.number), label: label, clock: short(instant), ink: .dim,
      clockInk: step.kind == .clock ? .strong : .dim)
  }

  /// An instant without what it shares with all others.
  func short(_ instant: String) -> String {
    instantText.short(instant).visible
  }

  private func line(
    number: String, label: String, clock: String, ink: Ink, clockInk: Ink? = nil
  ) -> Line {
    var line = Line("  ")
    line.append(number.paddedLeft(to: numberWidth), ink)
    if labelWidth > 0 {
      line.append("  ")
      line.append(label.paddedLeft(to: labelWidth), ink)
    }
    if clockWidth > 0 {
      line.append("  ")
      line.append(clock.padded(to: clockWidth), clockInk ?? ink)
    }
    return line
  }
}
