import Scheduler

/// How a run ends: what became of each writer, and the rows that are left.
struct EndingText {
  private let trace: Trace
  private let style: Style
  private let values: ValueText

  init(_ trace: Trace, style: Style) {
    self.trace = trace
    self.style = style
    values = ValueText(glyphs: style.glyphs, limit: style.isVerbose ? nil : 32)
  }

  func lines() -> [Line] {
    var result = writerLines()
    let tables = tableLines()
    if !tables.isEmpty {
      if !result.isEmpty { result.append(Line()) }
      result += tables
    }
    return result.isEmpty ? [] : [Line("  at the end", .strong)] + result
  }

  private func writerLines() -> [Line] {
    let letters = trace.lanes.map { TextWidth.columns(of: $0.letter.visible) }.max() ?? 0
    let names = trace.lanes.map { TextWidth.columns(of: $0.name.visible) }.max() ?? 0
    return trace.lanes.indices.flatMap { position in
      let lane = trace.lanes[position]
      var head = Line("  ")
      head.append(lane.letter.visible.padded(to: letters), .dim)
      head.append(" ")
      head.append(lane.name.visible.padded(to: names), .lane(position))
      head.append("  ")
      let start = head.width
      return WordWrap.lines(ending(of: position), width: max(20, style.width - start)).enumerated()
        .map { row, text in
          var line = row == 0 ? head : Line()
          line.pad(to: start)
          line.append(text)
          return line
        }
    }
  }

  private func ending(of position: Int) -> String {
    let lane = trace.lanes[position]
    var text = lane.status
    if let state = lane.sqlState {
      text = "failed: \(state)"
      if let message = message(of: state, position) { text += " \(message.visible)" }
    } else if let outcome = lane.outcome {
      text += " \(style.glyphs.outcome) \(values.text(outcome))"
    }
    return text
  }

  /// The message of the error that ended a session.
  private func message(of state: String, _ lane: Int) -> String? {
    let errors = trace.steps.filter { $0.lane == lane }.flatMap(\.entries).compactMap(\.error)
    return errors.last { $0.state == state }?.message ?? trace.lanes[lane].outcome
  }

  private func tableLines() -> [Line] {
    let shapes = trace.tables
    let ending = trace.final.filter { shapes.indices.contains($0.table) }
    var result: [Line] = []
    var empty: [String] = []
    for entry in ending {
      let shape = shapes[entry.table]
      let name = shape.name.visible + (shape.isWorld ? style.glyphs.world : "")
      if entry.rows.isEmpty {
        empty.append(name)
        continue
      }
      result.append(Line("  \(name)", .strong))
      let rows = entry.rows.map { row in row.map { values.text($0) } }
      for line in TextTable(heading: shape.columns.map(\.visible), rows: rows).lines() {
        var indented = Line("    ")
        indented.append(line)
        result.append(indented)
      }
    }
    if !empty.isEmpty { result.append(Line("  no rows in \(empty.joined(separator: ", "))", .dim)) }
    return result
  }
}
