import Scheduler

/// Tells how the rows changed in each step of a trace, and where it goes wrong.
struct ChangeTelling {
  let trace: Trace
  let style: Style
  private let glyphs: Glyphs
  private let values: ValueText
  /// For each table, the only column that updates change; `nil` if there are more.
  private var onlyColumn: [Int: String] = [:]

  /// For each step, what the column for rows shows.
  private(set) var paragraphs: [[Paragraph]] = []
  /// What the rows that will change hold before the first step: `orders(1).status`, `pending_payment`.
  private(set) var start: [(name: String, value: String)] = []

  /// `tellsWakes`: say who is let go on, because the lanes do not show it.
  init(_ trace: Trace, style: Style, tellsWakes: Bool) {
    self.trace = trace
    self.style = style
    glyphs = style.glyphs
    values = ValueText(
      glyphs: style.glyphs, limit: style.isVerbose ? nil : 28, instants: InstantText(trace))
    onlyColumn = Self.onlyColumns(trace)
    var pending: [String: Trace.Change.Kind] = [:]
    var broken: [String] = []
    for step in trace.steps {
      var told: [Paragraph] = []
      for change in step.changes { told += tell(change, in: step, pending: &pending) }
      var words = step.broken.filter { !broken.contains($0) }.map { Self.wording(ofBroken: $0) }
      broken = step.broken
      if let word = builtInFinding(at: step), !words.contains(word) { words.append(word) }
      told += words.map { wrong($0) }
      if tellsWakes, !step.wakes.isEmpty {
        let names = step.wakes.filter(trace.lanes.indices.contains).map { trace.lanes[$0].name }
        told.append(Paragraph("wakes \(names.joined(separator: ", "))", .dim))
      }
      paragraphs.append(told)
    }
    start = startingCells()
  }

  private func wrong(_ text: String) -> Paragraph {
    Paragraph(.broken, glyphs.broken, text, .bad, leadInk: .bad)
  }

  private static func wording(ofBroken name: String) -> String {
    switch name {
    case "deadlock": "deadlock"
    case "unhandled_error": "error that nobody handles"
    default: "breaks \(name)"
    }
  }

  private func builtInFinding(at step: Trace.Step) -> String? {
    guard let finding = trace.finding, finding.step == step.number else { return nil }
    switch finding.kind {
    case .invariant, .finally:
      return step.broken.contains(finding.name) ? nil : "breaks \(finding.name)"
    case .deadlock: return "deadlock"
    case .stuck: return "nobody can go on"
    case .endless:
      guard let loop = finding.loop else { return "no end can be reached" }
      return loop.lowerBound == 1
        ? "everything is as at the start" : "everything is as after step \(loop.lowerBound - 1)"
    case .error: return "error that nobody handles"
    case .serializable: return "no serial order ends like this"
    }
  }

  private static func onlyColumns(_ trace: Trace) -> [Int: String] {
    var columns: [Int: Set<String>] = [:]
    for change in trace.steps.flatMap(\.changes) where change.kind == .update {
      columns[change.table, default: []].formUnion(change.cells.map(\.column))
    }
    return columns.compactMapValues { $0.count == 1 ? $0.first : nil }
  }

  /// The first `before` of every cell that an update changes, and every row that is deleted.
  private func startingCells() -> [(name: String, value: String)] {
    var seen: Set<String> = []
    var insertedRows: Set<String> = []
    var result: [(name: String, value: String)] = []
    for change in trace.steps.flatMap(\.changes) {
      if change.kind == .insert { insertedRows.insert(change.row) }
      guard change.kind == .update, !insertedRows.contains(change.row) else { continue }
      for cell in change.cells where seen.insert(change.row + "." + cell.column).inserted {
        let name = "\(change.row.visible)\(world(change.table)).\(cell.column.visible)"
        result.append((name, values.text(cell.before)))
      }
    }
    return result
  }

  private func world(_ table: Int) -> String {
    trace.tables.indices.contains(table) && trace.tables[table].isWorld ? glyphs.world : ""
  }

  // MARK: A change

  private func tell(
    _ change: Trace.Change, in step: Trace.Step, pending: inout [String: Trace.Change.Kind]
  ) -> [Paragraph] {
    let row = change.row.visible + world(change.table)
    let star = change.isPending ? "*" : ""
    var result: [Paragraph]
    switch change.kind {
    case .insert:
      if pending[change.row] == nil { pending[change.row] = .insert }
      result = [Paragraph(.added, "+", "\(row)\(star)\(contents(change))", leadInk: .good)]
      result[0].linesLimit = style.isVerbose ? nil : 3
    case .delete:
      pending[change.row] = .delete
      result = [Paragraph(.removed, "-", "\(row)\(star)", leadInk: .strong)]
    case .update:
      if pending[change.row] == nil { pending[change.row] = .update }
      result = change.cells.map { cell in
        let column = onlyColumn[change.table] == cell.column ? "" : ".\(cell.column.visible)"
        let values = "\(values.text(cell.before)) \(glyphs.arrow) \(values.text(cell.after))"
        return Paragraph(.changed, "~", "\(row)\(column): \(values)\(star)")
      }
      if change.cells.isEmpty {
        result = [Paragraph(.changed, "~", "\(row): the same values\(star)")]
      }
    case .commit, .rollback:
      result = tellEnd(change, row: row, first: pending.removeValue(forKey: change.row), in: step)
    }
    if !change.isPending { pending[change.row] = nil }
    if let other = change.overwrites, trace.lanes.indices.contains(other) {
      result.append(wrong("overwrites \(trace.lanes[other].name)'s change"))
    }
    for index in result.indices { result[index].innerMarks += innerMarks(change) }
    return result
  }

  private func innerMarks(_ change: Trace.Change) -> [Mark] {
    var marks: [Mark] = []
    if change.isPending, change.kind != .commit, change.kind != .rollback { marks.append(.pending) }
    if !world(change.table).isEmpty { marks.append(.world) }
    let showsCells = change.kind == .update || change.kind == .rollback
    if showsCells, change.cells.contains(where: { $0.before == nil || $0.after == nil }) {
      marks.append(.null)
    }
    return marks
  }

  private func tellEnd(
    _ change: Trace.Change, row: String, first: Trace.Change.Kind?, in step: Trace.Step
  ) -> [Paragraph] {
    let cell = change.cells.count == 1 ? change.cells.first : nil
    if change.kind == .commit {
      // A change that was committed in its own step has been told without the star.
      let isTold = step.changes.contains {
        $0.row == change.row && $0.table == change.table && !$0.isPending && $0.kind != .commit
      }
      if isTold { return [] }
      let value = first == .update ? cell.map { ": " + values.text($0.after) } ?? "" : ""
      return [Paragraph(.committed, glyphs.committed, row + value, leadInk: .good)]
    }
    let text: String
    switch first {
    case .insert: text = "\(row) is gone"
    case .delete: text = "\(row) is back"
    default:
      text =
        cell.map { cell in
          "\(row): \(values.text(cell.before)) \(glyphs.arrow) \(values.text(cell.after))"
        } ?? "\(row) as before"
    }
    return [Paragraph(.undone, glyphs.undone, text, leadInk: .strong)]
  }

  /// The values of a new row, without its key and its NULLs.
  private func contents(_ change: Trace.Change) -> String {
    let shape = trace.tables.indices.contains(change.table) ? trace.tables[change.table] : nil
    let key = Set((shape?.key ?? []).compactMap { shape?.columns[$0] })
    let cells = change.cells.filter { !key.contains($0.column) && $0.after != nil }
    if cells.isEmpty { return "" }
    return ": "
      + cells.map { "\($0.column.visible) \(values.text($0.after))" }.joined(separator: ", ")
  }
}
