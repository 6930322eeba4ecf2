import Scheduler

/// The steps of a trace as a grid: numbers, times and labels, lanes, rows; time runs downwards.
///
/// Three layouts, the first that fits:
///
/// 1. a lane for each session, and a column for the rows at the right;
/// 2. a lane for each session, the rows under the step that changes them;
/// 3. a list: the sessions' names in one column, what they do in the next.
struct TraceGrid {
  /// What stands where.
  private enum Plan {
    case lanes(hasRowsColumn: Bool)
    case list(hasRowsColumn: Bool)

    var hasRowsColumn: Bool {
      switch self {
      case .lanes(let hasRowsColumn), .list(let hasRowsColumn): hasRowsColumn
      }
    }

    var isList: Bool {
      switch self {
      case .lanes: false
      case .list: true
      }
    }
  }

  private let trace: Trace
  private let style: Style
  private let glyphs: Glyphs
  /// The lanes that take part.
  private let lanes: [Int]
  private let margin: TraceMargin
  private let plan: Plan
  private let telling: StepTelling
  private let changes: ChangeTelling
  /// Of the lanes (of the one text column in a list), then of the rows' column.
  private let widths: [Int]
  private let namesWidth: Int

  init(_ trace: Trace, style: Style) {
    self.trace = trace
    self.style = style
    glyphs = style.glyphs
    lanes = trace.lanes.indices.filter { lane in trace.steps.contains { $0.lane == lane } }
    margin = TraceMargin(trace, glyphs: style.glyphs)
    let names = lanes.map { TextWidth.columns(of: trace.lanes[$0].name.visible) }
    namesWidth = min(24, max(6, (names.max() ?? 0) + Self.letterWidth(trace)))
    let laneTelling = StepTelling(trace, style: style, repeatsRoutine: false)
    let laneChanges = ChangeTelling(trace, style: style, tellsWakes: false)
    let room = style.width - margin.width - 2
    if style.layout != .list, !lanes.isEmpty {
      for hasRowsColumn in [true, false] {
        let needs = Self.needs(
          lanes, laneTelling, laneChanges, hasRowsColumn: hasRowsColumn, trace: trace)
        let isForced = style.layout == .lanes && !hasRowsColumn
        guard let widths = Self.fit(needs, room: room, isForced: isForced) else { continue }
        plan = .lanes(hasRowsColumn: hasRowsColumn)
        telling = laneTelling
        changes = laneChanges
        self.widths = widths
        return
      }
    }
    telling = StepTelling(trace, style: style, repeatsRoutine: true)
    changes = ChangeTelling(trace, style: style, tellsWakes: true)
    let textRoom = max(24, room - namesWidth - 2)
    let needs = Self.listNeeds(telling, changes)
    if let widths = Self.fit(needs, room: textRoom, isForced: false) {
      plan = .list(hasRowsColumn: true)
      self.widths = widths
    } else {
      plan = .list(hasRowsColumn: false)
      widths = [min(textRoom, 76)]
    }
  }

  // MARK: Widths

  /// What a column cannot do without, what it reads well with, and what puts everything on one line.
  private struct Need {
    var least: Int
    var good: Int
    var most: Int
  }

  private static func needs(
    _ lanes: [Int], _ telling: StepTelling, _ changes: ChangeTelling, hasRowsColumn: Bool,
    trace: Trace
  ) -> [Need] {
    var result = lanes.map { lane in
      var told: [Paragraph] = []
      for (position, step) in trace.steps.enumerated() where step.lane == lane {
        told += telling.paragraphs[position]
        if !hasRowsColumn { told += changes.paragraphs[position] }
      }
      let name = TextWidth.columns(of: trace.lanes[lane].name.visible) + letterWidth(trace)
      // Two columns for the line that marks the transaction.
      let needed = max(name, 2 + (told.map(\.widthNeeded).max() ?? 0))
      let wanted = max(needed, 2 + (told.map(\.widthWanted).max() ?? 0))
      return Need(
        least: min(max(needed, 16), 34), good: min(wanted, hasRowsColumn ? 30 : 22),
        most: min(wanted, 60))
    }
    if hasRowsColumn { result.append(rowsNeed(changes)) }
    return result
  }

  private static func listNeeds(_ telling: StepTelling, _ changes: ChangeTelling) -> [Need] {
    let told = Array(telling.paragraphs.joined())
    let wanted = 2 + (told.map(\.widthWanted).max() ?? 0)
    return [Need(least: 40, good: 40, most: min(wanted, 76)), rowsNeed(changes)]
  }

  private static func rowsNeed(_ changes: ChangeTelling) -> Need {
    let told = changes.paragraphs.joined()
    let start = changes.start.map { TextWidth.columns(of: $0.name) + 2 }
    let needed = max(told.map(\.widthNeeded).max() ?? 0, start.max() ?? 0)
    let wanted = max(needed, told.map(\.widthWanted).max() ?? 0)
    return Need(
      least: min(max(needed, 18), 34), good: min(max(wanted, 18), 32), most: min(wanted, 40))
  }

  /// Shares the room; `nil` if the columns would not be readable.
  private static func fit(_ needs: [Need], room: Int, isForced: Bool) -> [Int]? {
    var left = room - 2 * (needs.count - 1)
    var widths = needs.map { isForced ? min($0.least, $0.good) : max($0.least, $0.good) }
    if isForced, widths.reduce(0, +) > left {
      return needs.map { _ in max(12, left / needs.count) }
    }
    left -= widths.reduce(0, +)
    guard left >= 0 else { return nil }
    while left > 0 {
      // To the column that lacks the most; the first among equals.
      var poorest: Int?
      for column in needs.indices where widths[column] < needs[column].most {
        let lack = needs[column].most - widths[column]
        if let best = poorest, needs[best].most - widths[best] >= lack { continue }
        poorest = column
      }
      guard let poorest else { break }
      widths[poorest] += 1
      left -= 1
    }
    return widths
  }

  private static func letterWidth(_ trace: Trace) -> Int {
    1 + (trace.lanes.map { TextWidth.columns(of: $0.letter) }.max() ?? 0)
  }

  // MARK: Lines

  /// The grid.
  func lines() -> [Line] {
    var result: [Line] = []
    if !plan.hasRowsColumn { result += startLines() }
    result.append(heading())
    if let levels = isolationLevels() { result.append(levels) }
    result.append(rule())
    if plan.hasRowsColumn { result += startRows() }
    for position in trace.steps.indices { result += lines(ofStep: position) }
    result.append(rule())
    return result
  }

  /// The marks that the grid uses.
  func marks() -> Set<Mark> {
    var marks: Set<Mark> = []
    for paragraph in telling.paragraphs.joined() {
      if let mark = paragraph.mark { marks.insert(mark) }
      if paragraph.isOpenAfter { marks.insert(.transaction) }
      marks.formUnion(paragraph.innerMarks)
    }
    for paragraph in changes.paragraphs.joined() {
      if let mark = paragraph.mark { marks.insert(mark) }
      marks.formUnion(paragraph.innerMarks)
    }
    if changes.start.contains(where: { $0.value == glyphs.null }) { marks.insert(.null) }
    return marks
  }

  private func heading() -> Line {
    var line = margin.heading()
    if plan.isList {
      line.append("  ")
      line.append("writer".padded(to: namesWidth), .dim)
      line.append("  ")
      line.append("what it does".padded(to: widths[0]), .dim)
    } else {
      for (column, lane) in lanes.enumerated() {
        line.append("  ")
        var name = laneName(lane)
        name.pad(to: widths[column])
        line.append(name)
      }
    }
    if plan.hasRowsColumn {
      line.append("  ")
      line.append("rows", .dim)
    }
    return line
  }

  private func laneName(_ lane: Int) -> Line {
    var line = Line(trace.lanes[lane].letter.visible, .dim)
    line.append(" ")
    line.append(trace.lanes[lane].name.visible, .lane(lane))
    return line
  }

  /// The lanes' isolation levels, if they differ.
  private func isolationLevels() -> Line? {
    guard !plan.isList, Set(lanes.map { trace.lanes[$0].isolation }).count > 1 else { return nil }
    var line = Line()
    line.pad(to: margin.width)
    for (column, lane) in lanes.enumerated() {
      line.append("  ")
      line.append(trace.lanes[lane].isolation.lowercased().padded(to: widths[column]), .dim)
    }
    return line
  }

  private func rule() -> Line {
    var line = margin.rule()
    let columns = plan.isList ? [namesWidth] + widths : widths
    for width in columns {
      line.append("  ")
      line.append(String(repeating: glyphs.line, count: width), .dim)
    }
    return line
  }

  /// What the rows hold before the first step, above the grid.
  private func startLines() -> [Line] {
    guard !changes.start.isEmpty else { return [] }
    let text = changes.start.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
    var result = WordWrap.lines(text, width: style.width - 9).enumerated().map { position, text in
      var line = Line(position == 0 ? "  start" : "", .dim)
      line.pad(to: 9)
      line.append(text)
      return line
    }
    result.append(Line())
    return result
  }

  /// What the rows hold before the first step, in their column.
  private func startRows() -> [Line] {
    guard let width = widths.last else { return [] }
    let texts = changes.start.flatMap { Paragraph("\($0.name): \($0.value)").hanging(width) }
    return texts.enumerated().map { position, text in
      var line = Line(position == 0 ? "  start" : "", .dim)
      line.pad(to: rowsStart)
      line.append(text, .dim)
      return line
    }
  }

  /// The column at which the rows begin.
  private var rowsStart: Int {
    var start = margin.width + 2
    if plan.isList { start += namesWidth + 2 }
    for width in widths.dropLast() { start += width + 2 }
    return start
  }

  // MARK: A step

  private func lines(ofStep position: Int) -> [Line] {
    let step = trace.steps[position]
    guard let lane = step.lane else { return [clockLine(position)] }
    let width = plan.isList ? widths[0] : widths[lanes.firstIndex(of: lane) ?? 0]
    var cell = laneLines(position, lane: lane, width: width)
    var rows: [Line] = []
    if plan.hasRowsColumn, let width = widths.last {
      rows = changes.paragraphs[position].flatMap { $0.lines(width: width, glyphs: glyphs) }
    } else {
      let bar = cell.isOpenAfter ? glyphs.inside : " "
      for line in changes.paragraphs[position].flatMap({
        $0.lines(width: width - 2, glyphs: glyphs)
      }) {
        var barred = Line(bar, .lane(lane))
        barred.append(" ")
        barred.append(line)
        cell.lines.append(barred)
      }
    }
    return (0..<max(1, cell.lines.count, rows.count)).map { row in
      var line = margin.cell(step, isFirst: row == 0)
      if plan.isList {
        appendListCells(lane, row: row, cell: cell, width: width, to: &line)
      } else {
        appendLaneCells(lane, position: position, row: row, cell: cell, to: &line)
      }
      if row < rows.count {
        line.append("  ")
        line.append(rows[row])
      }
      return line
    }
  }

  private typealias Cell = (lines: [Line], isOpenAfter: Bool)

  private func appendListCells(
    _ lane: Int, row: Int, cell: Cell, width: Int, to line: inout Line
  ) {
    line.append("  ")
    var name = row == 0 ? laneName(lane) : Line()
    name.pad(to: namesWidth)
    line.append(name)
    line.append("  ")
    var content = Line()
    if row < cell.lines.count {
      content = cell.lines[row]
    } else if cell.isOpenAfter {
      content = Line(glyphs.inside, .lane(lane))
    }
    content.pad(to: width)
    line.append(content)
  }

  private func appendLaneCells(
    _ lane: Int, position: Int, row: Int, cell: Cell, to line: inout Line
  ) {
    for (column, other) in lanes.enumerated() {
      line.append("  ")
      var content = Line()
      if other != lane {
        content = filler(other, at: position)
      } else if row < cell.lines.count {
        content = cell.lines[row]
      } else if cell.isOpenAfter {
        content = Line(glyphs.inside, .lane(other))
      }
      content.pad(to: widths[column])
      line.append(content)
    }
  }

  /// What stands in a lane while others move.
  private func filler(_ lane: Int, at position: Int) -> Line {
    guard telling.isOpen[position][lane] else { return Line() }
    var line = Line(glyphs.inside, .lane(lane))
    if telling.isWaiting[position][lane] { line.append(" \(glyphs.waiting)", .strong) }
    return line
  }

  private func clockLine(_ position: Int) -> Line {
    var line = margin.cell(trace.steps[position], isFirst: true)
    if plan.isList {
      line.append("  ")
      let text = margin.hasClock ? "clock moves on" : clockText(position)
      line.append(text.padded(to: namesWidth), .dim)
      return line
    }
    for (column, lane) in lanes.enumerated() {
      var content = filler(lane, at: position)
      if content.width > 0 { content.append(" ") }
      let rest = widths[column] - content.width
      let isFirst = column == 0 && !margin.hasClock
      let text = isFirst && rest > 16 ? clockText(position) + " " : ""
      content.append(text, .dim)
      let missing = max(0, widths[column] - content.width)
      content.append(String(repeating: glyphs.dash, count: missing), .dim)
      line.append("  ")
      line.append(content)
    }
    return line
  }

  private func clockText(_ position: Int) -> String {
    let instant = trace.steps[position].instant ?? ""
    return "clock \(glyphs.arrow) \(margin.short(instant))"
  }

  /// The lines of the session's own lane, with the line of its transaction.
  private func laneLines(_ position: Int, lane: Int, width: Int) -> Cell {
    var isOpen = telling.isOpen[position][lane]
    var result: [Line] = []
    for paragraph in telling.paragraphs[position] {
      let lines = paragraph.lines(width: width - 2, glyphs: glyphs)
      for (row, content) in lines.enumerated() {
        let isLast = row == lines.count - 1
        let sign: String
        if !isOpen, paragraph.isOpenAfter {
          sign = row == 0 ? glyphs.begin : glyphs.inside
        } else if isOpen, !paragraph.isOpenAfter {
          sign = isLast ? glyphs.end : glyphs.inside
        } else {
          sign = isOpen ? glyphs.inside : " "
        }
        var line = Line(sign, .lane(lane))
        line.append(" ")
        line.append(content)
        result.append(line)
      }
      isOpen = paragraph.isOpenAfter
    }
    return (result, isOpen)
  }
}

extension Paragraph {
  /// The text wrapped with the later lines indented by two.
  fileprivate func hanging(_ width: Int) -> [String] {
    WordWrap.lines(text, width: width, hanging: 2).enumerated().map { position, line in
      position == 0 ? line : "  " + line
    }
  }
}
