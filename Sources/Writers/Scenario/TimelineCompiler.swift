import SQL
import Store

/// Turns the timelines of a file into schedules over the sessions of the scenario as written.
struct TimelineCompiler {
  let roster: Roster
  let clock: [Int64]
  /// The names that `expect violated` may have.
  let properties: PropertyNames
  let evaluate: Evaluate
  private(set) var diagnostics: DiagnosticList

  init(
    roster: Roster, clock: [Int64], properties: PropertyNames, diagnostics: DiagnosticList,
    evaluate: @escaping Evaluate
  ) {
    self.roster = roster
    self.clock = clock
    self.properties = properties
    self.diagnostics = diagnostics
    self.evaluate = evaluate
  }

  mutating func compile(_ timeline: TimelineSyntax) -> Timeline {
    var entries: [Timeline.Entry] = []
    checkTimes(of: timeline)
    if timeline.entries.count > ScenarioLimits.timelineEntries {
      diagnostics.add(
        Diagnostic(
          .limitExceeded,
          "timeline `\(timeline.name.text)` has \(timeline.entries.count) entries",
          at: timeline.name.span,
          help: "a timeline has at most \(ScenarioLimits.timelineEntries) entries"))
    }
    if timeline.entries.isEmpty {
      diagnostics.add(
        Diagnostic(
          .invalidTimeline, "timeline `\(timeline.name.text)` is empty", at: timeline.name.span,
          help: "write its moves: `at '0s' writer;`"))
    }
    var position = 0
    for entry in timeline.entries.prefix(ScenarioLimits.timelineEntries) {
      guard let action = action(of: entry, clockPosition: &position) else { continue }
      entries.append(.init(time: entry.time?.text, action: action, span: entry.span))
    }
    checkToken(of: timeline)
    return Timeline(
      name: timeline.name.text, text: timeline.text?.text ?? "", entries: entries,
      expectation: properties.expectation(timeline.expectation, &diagnostics),
      span: timeline.span)
  }

  private mutating func action(
    of entry: TimelineEntrySyntax, clockPosition: inout Int
  ) -> Timeline.Action? {
    switch entry.action {
    case .clock(let text):
      guard let position = position(of: text, after: clockPosition) else { return nil }
      clockPosition = position
      return .clock(position)
    case .token(let text):
      return .token(text.text)
    case .move(let references, let extent):
      var sessions: [Int] = []
      for reference in references {
        for session in self.sessions(of: reference) where !sessions.contains(session) {
          sessions.append(session)
        }
      }
      guard let extent = self.extent(extent), !sessions.isEmpty else { return nil }
      return .move(sessions, extent)
    }
  }

  /// A token is a whole schedule: nothing can stand beside it.
  private mutating func checkToken(of timeline: TimelineSyntax) {
    guard timeline.entries.count > 1 else { return }
    for entry in timeline.entries {
      guard case .token(let text) = entry.action else { continue }
      diagnostics.add(
        Diagnostic(
          .invalidTimeline, "a token is a whole schedule", at: text.span,
          help: "let the token be the only entry of its timeline"))
    }
  }

  private mutating func extent(_ extent: TimelineEntrySyntax.Extent) -> Timeline.Extent? {
    switch extent {
    case .untilEndOrWait: return .untilEndOrWait
    case .completion: return .completion
    case .waiting: return .waiting
    case .steps(let number):
      guard (1...ScenarioLimits.timelineEntries).contains(number.value) else {
        diagnostics.add(
          Diagnostic(
            .invalidTimeline, "a writer cannot take \(plural(number.value, "step"))",
            at: number.span, help: "write a number from 1 to \(ScenarioLimits.timelineEntries)"))
        return nil
      }
      return .steps(number.value)
    }
  }

  // MARK: Times

  /// The position in the clock that an entry moves to.
  private mutating func position(of text: StringSyntax, after previous: Int) -> Int? {
    guard let instant = ClockCompiler.instant(text, &diagnostics) else { return nil }
    guard let position = clock.firstIndex(of: instant) else {
      let near = clock.min { abs($0 - instant) < abs($1 - instant) } ?? instant
      let shown = Value(timestamp: near).formatted(as: .timestamptz)
      diagnostics.add(
        Diagnostic(
          .invalidTimeline, "the clock has no instant `\(text.text)`", at: text.span,
          help: "add it to the `clock` block; the nearest is '\(shown)'"))
      return nil
    }
    guard position >= previous else {
      diagnostics.add(
        Diagnostic(
          .invalidTimeline, "the clock cannot go back to `\(text.text)`", at: text.span,
          help: "put the entry before those with later instants"))
      return nil
    }
    return position
  }

  /// Whether the labels in the margin ascend, where they can be compared.
  private mutating func checkTimes(of timeline: TimelineSyntax) {
    var previous: (text: StringSyntax, isInterval: Bool, microseconds: Int128)?
    for entry in timeline.entries {
      guard let text = entry.time, let time = Self.time(of: text.text) else { continue }
      if let previous, previous.isInterval == time.isInterval,
        time.microseconds < previous.microseconds
      {
        diagnostics.add(
          Diagnostic(
            .invalidTimeline, "`\(text.text)` is before `\(previous.text.text)`", at: text.span,
            labels: [.init("the entry before it", at: previous.text.span)],
            help: Diagnostic.Help("put the entries in the order in which they happen")))
        continue
      }
      previous = (text, time.isInterval, time.microseconds)
    }
  }

  /// A label as a length of time since the start, or as an instant; `nil` when it is neither.
  private static func time(of text: String) -> (isInterval: Bool, microseconds: Int128)? {
    if let interval = (try? Value.parse(text, as: .interval))?.asInterval {
      return (true, interval.comparisonKey)
    }
    if let instant = (try? Value.parse(text, as: .timestamptz))?.asTimestamp {
      return (false, Int128(instant))
    }
    return nil
  }

  // MARK: Sessions

  /// The sessions that a reference means, in order; none when it is wrong.
  private mutating func sessions(of reference: SessionReferenceSyntax) -> [Int] {
    guard let plan = roster.plan(of: reference.writer, &diagnostics) else { return [] }
    let all = roster.positions(of: reference.writer.text)
    guard !reference.arguments.isEmpty else { return Array(all) }
    var values: [TypedValue] = []
    for argument in reference.arguments {
      guard let value = evaluate(argument, &diagnostics) else { return [] }
      values.append(value)
    }
    let count = plan.parameters.count
    let hasNumber = values.count == count + 1 && plan.writer.times != nil
    guard values.count == count || hasNumber else {
      reportArguments(of: reference, plan: plan)
      return []
    }
    let wanted = zip(values, plan.parameters).map { value, parameter in
      try? Casts.cast(
        value.value, from: value.type, to: parameter.type, isExplicit: false,
        EvaluationContext())
    }
    let number = hasNumber ? values[count].value.asInteger : nil
    let found = zip(all, plan.sessions).filter { _, session in
      zip(session.arguments, wanted).allSatisfy { $0 == $1 }
        && (!hasNumber || number == Int64(session.number))
    }
    if found.isEmpty { reportNoSession(reference, plan: plan) }
    return found.map(\.0)
  }

  private mutating func reportArguments(of reference: SessionReferenceSyntax, plan: WriterPlan) {
    let name = plan.writer.name.text
    let help =
      plan.sessions.count == 1
      ? "write `\(name)`" : "its sessions are \(enumerated(plan.sessions.map(\.name)))"
    diagnostics.add(
      Diagnostic(
        .wrongArgumentCount,
        "writer `\(name)` has no session with \(plural(reference.arguments.count, "value"))",
        at: reference.span, help: help))
  }

  private mutating func reportNoSession(_ reference: SessionReferenceSyntax, plan: WriterPlan) {
    diagnostics.add(
      Diagnostic(
        .invalidTimeline, "writer `\(plan.writer.name.text)` has no such session",
        at: reference.span,
        help: "its sessions are \(enumerated(plan.sessions.map(\.name)))"))
  }
}
