import Scheduler

/// Each step of a trace in a line or two, for diagrams and lists that have no lanes.
struct StepText {
  private let telling: StepTelling
  private let changes: ChangeTelling
  let trace: Trace

  init(_ trace: Trace) {
    let style = Style()
    telling = StepTelling(trace, style: style, repeatsRoutine: true)
    changes = ChangeTelling(trace, style: style, tellsWakes: false)
    self.trace = trace
  }

  /// What the session did: `UPDATE orders SET …`, `■ orders(1) · UPDATE 1`.
  func actions(_ step: Int) -> [String] { Self.texts(telling.paragraphs[step]) }

  /// What became of the rows: `~ orders(1).status: pending → paid*`.
  func effects(_ step: Int) -> [String] { Self.texts(changes.paragraphs[step]) }

  /// Who does the step: a session, or the clock.
  func actor(_ step: Int) -> String {
    let it = trace.steps[step]
    guard let lane = it.lane, trace.lanes.indices.contains(lane) else { return "clock" }
    return trace.lanes[lane].name
  }

  /// The instant that the clock moves to in a step that is the clock's.
  func instant(_ step: Int) -> String? {
    trace.steps[step].kind == .clock ? trace.steps[step].instant : nil
  }

  /// `alice: UPDATE seat … ■ seat(1) · UPDATE 1; seat(1): ∅ → 'alice'*`.
  func sentence(_ step: Int) -> String {
    if let instant = instant(step) { return "the clock moves to \(instant)" }
    let done = actions(step).joined(separator: " ")
    let parts = [done] + effects(step)
    return "\(actor(step).visible): " + parts.filter { !$0.isEmpty }.joined(separator: "; ")
  }

  private static func texts(_ paragraphs: [Paragraph]) -> [String] {
    paragraphs.map { $0.lead.isEmpty ? $0.text : "\($0.lead) \($0.text)" }
  }
}
