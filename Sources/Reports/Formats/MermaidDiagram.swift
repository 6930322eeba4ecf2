package import Scheduler

/// A trace as a Mermaid sequence diagram: sessions and the rows that they touch, time downward.
///
/// GitHub and GitLab draw it from a fenced block in Markdown.
package struct MermaidDiagram {
  /// Mermaid refuses texts beyond 50,000 characters; GitHub shows an error instead of the diagram.
  package static let charactersLimit = 40_000

  private let trace: Trace
  private let steps: StepText

  package init(_ trace: Trace) {
    self.trace = trace
    steps = StepText(trace)
  }

  /// The diagram; `nil` if it would be too long to be drawn.
  ///
  /// Ends with a line feed.
  package func text() -> String? {
    var text = "sequenceDiagram\n"
    for lane in trace.lanes.indices where takesPart(lane) {
      text += "  participant \(id(lane)) as \(Self.escaped(trace.lanes[lane].name))\n"
    }
    text += "  participant DB as rows\n"
    for step in trace.steps.indices { text += lines(step) }
    if let finding = trace.finding {
      text +=
        "  Note over DB: \(Self.escaped("\(finding.name): \(finding.anomalyName)", limit: 120))\n"
    }
    return text.count <= Self.charactersLimit ? text : nil
  }

  private func takesPart(_ lane: Int) -> Bool { trace.steps.contains { $0.lane == lane } }

  /// An identifier that is no word of Mermaid's.
  private func id(_ lane: Int) -> String { "W\(lane + 1)" }

  private func lines(_ position: Int) -> String {
    let step = trace.steps[position]
    guard let lane = step.lane, trace.lanes.indices.contains(lane) else {
      let instant = steps.instant(position) ?? "moves"
      return "  Note over DB: \(step.number) the clock: \(Self.escaped(instant))\n"
    }
    var text = ""
    if step.kind == .resume { text += "  DB-->>\(id(lane)): wakes\n" }
    let arrow = step.wait != nil || step.kind == .crash || step.kind == .victim ? "-x" : "->>"
    let actions = steps.actions(position).map { Self.escaped($0, limit: 90) }
    let said = actions.joined(separator: "<br/>")
    text += "  \(id(lane))\(arrow)DB: \(step.number) \(said)\n"
    let effects = steps.effects(position).map { Self.escaped($0, limit: 90) }
    if !effects.isEmpty { text += "  Note over DB: \(effects.joined(separator: "<br/>"))\n" }
    return text
  }

  /// Text within a message: what Mermaid would read as its own is written as a character's number.
  private static func escaped(_ text: String, limit: Int = 60) -> String {
    var result = ""
    for (count, character) in text.visible.enumerated() {
      if count == limit { return result + "…" }
      switch character {
      case "#": result += "#35;"
      case ";": result += "#59;"
      case ":": result += "#58;"
      case "<": result += "#lt;"
      case ">": result += "#gt;"
      case "%": result += "#37;"
      case "\n": result += " "
      default: result.append(character)
      }
    }
    // `end` alone would close a block.
    return result.lowercased() == "end" ? "\"\(result)\"" : result
  }
}
