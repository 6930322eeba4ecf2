package import Scheduler

/// A trace as one picture: lanes, transactions, locks as bars, waiting hatched, the rows at the right.
///
/// It is text and shapes and nothing else, needs no fonts of its own, and is light or dark as its reader is:
/// a README shows it as it is.
package struct SVGPicture {
  /// Where a column stands.
  private struct Column {
    var x: Int
    var width: Int
  }

  /// What is told in one step's row, broken into lines.
  private struct Row {
    var lines: [Line] = []
    var rows: [Line] = []
    var height = 0
    var y = 0
  }

  /// Pixels.
  ///
  /// A letter is as wide as fixed-width fonts have it, 0.6 of its height.
  private static let width = 960
  private static let margin = 20
  private static let letter = 7.25
  private static let lineHeight = 17
  private static let lockWidth = 16
  private static let stripWidth = 18

  private let trace: Trace
  private let lanes: [Int]
  private let telling: StepTelling
  private let spans: LockSpans
  private let instants: InstantText
  private let style = Style()
  private var number = Column(x: 0, width: 0)
  private var clock: Column?
  private var laneColumns: [Column] = []
  /// Where steps are told if the lanes are strips.
  private var what: Column?
  private var lockColumns: [Column] = []
  private var rowsColumn = Column(x: 0, width: 0)
  private var rows: [Row] = []
  private var headLines: [String] = []
  private var top = 0
  private var bottom = 0

  package init(_ trace: Trace) {
    self.trace = trace
    lanes = trace.lanes.indices.filter { lane in trace.steps.contains { $0.lane == lane } }
    telling = StepTelling(trace, style: style, repeatsRoutine: false)
    spans = LockSpans(trace)
    instants = InstantText(trace)
    placeColumns()
    placeRows()
  }

  // MARK: Places

  private mutating func placeColumns() {
    var x = Self.margin
    func take(_ width: Int) -> Column {
      defer { x += width }
      return Column(x: x, width: width)
    }
    number = take(30)
    if trace.steps.contains(where: { $0.instant != nil }) {
      let longest = trace.steps.map { instants.short($0.instant ?? "").count }.max() ?? 0
      clock = take(Int(Double(longest) * Self.letter) + 14)
    }
    let locks = spans.rows.count * Self.lockWidth + (spans.rows.isEmpty ? 0 : 12)
    let areStrips = lanes.count > HTMLTrace.wideLanesLimit
    let strips = areStrips ? lanes.count * Self.stripWidth + 8 : 0
    let room = Self.width - 2 * Self.margin - (x - Self.margin) - locks - strips
    let rowsWidth = min(260, max(170, room * 28 / 100))
    if areStrips {
      laneColumns = lanes.map { _ in take(Self.stripWidth) }
      x += 8
      what = take(room - rowsWidth)
    } else {
      laneColumns = lanes.map { _ in take((room - rowsWidth) / max(1, lanes.count)) }
    }
    lockColumns = spans.rows.map { _ in take(Self.lockWidth) }
    if !lockColumns.isEmpty { x += 12 }
    rowsColumn = Column(x: x, width: Self.width - Self.margin - x)
  }

  private func columns(_ width: Int) -> Int { max(12, Int(Double(width) / Self.letter)) }

  private mutating func placeRows() {
    let changes = ChangeTelling(trace, style: style, tellsWakes: false)
    headLines = trace.finding.map { WordWrap.lines($0.headline.visible, width: 122) } ?? []
    top = 52 + 19 * headLines.count + headHeight
    var y = top
    var start = Row()
    start.rows = changes.start.flatMap { cell in
      Paragraph("\(cell.name): \(cell.value)".visible, .dim)
        .lines(width: columns(rowsColumn.width), glyphs: style.glyphs)
    }
    rows = [start]
    let width = columns((what ?? laneColumns.first ?? rowsColumn).width - 18)
    for (position, step) in trace.steps.enumerated() {
      var row = Row()
      if what != nil, let lane = step.lane, trace.lanes.indices.contains(lane) {
        row.lines.append(Line(trace.lanes[lane].name.visible, .dim))
      }
      for paragraph in telling.paragraphs[position] {
        row.lines += paragraph.lines(width: width, glyphs: style.glyphs)
      }
      if step.lane == nil { row.rows.append(Line("the clock moves", .dim)) }
      for paragraph in changes.paragraphs[position] {
        row.rows += paragraph.lines(width: columns(rowsColumn.width), glyphs: style.glyphs)
      }
      rows.append(row)
    }
    for index in rows.indices {
      rows[index].height =
        max(1, rows[index].lines.count, rows[index].rows.count) * Self.lineHeight + 9
      rows[index].y = y
      y += rows[index].height
    }
    bottom = y
  }

  /// Room for the names of lanes, and for those of locked rows, which stand upright.
  private var headHeight: Int {
    let longest = spans.rows.map { TextWidth.columns(of: $0.visible) }.max() ?? 0
    return max(30, min(130, Int(Double(longest) * 6.1) + 14))
  }

  // MARK: The picture

  /// The whole file; ends with a line feed.
  package func text() -> String {
    let height = bottom + 46
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" \
      width="\(Self.width)" height="\(height)" role="img" aria-labelledby="t d">
      <title id="t">\(XMLText.escaped(title.visible))</title>
      <desc id="d">\(XMLText.escaped(description))</desc>
      <style>\(SVGStyle.text)</style>
      <defs>\(patterns)</defs>
      <rect class="bg" x=".5" y=".5" width="\(Self.width - 1)" height="\(height - 1)" rx="10"/>

      """
    text += heading()
    for index in rows.indices { text += shapes(index) }
    text += bars()
    text += arrows()
    for index in rows.indices { text += texts(index) }
    return text + legend(height) + "</svg>\n"
  }

  private var title: String {
    let name = Summary.name(path: trace.scenarioPath, variant: trace.variant)
    return trace.finding.map { "\($0.name) · \(name)" } ?? name
  }

  private var description: String {
    let said = (trace.finding?.headline ?? trace.scenarioTitle).visible
    return
      "\(counted(trace.steps.count, "step")) of \(lanes.map { trace.lanes[$0].name.visible }.joined(separator: ", ")). \(said)"
  }

  private var patterns: String {
    lanes.map { lane in
      "<pattern id=\"w\(lane)\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        + "patternTransform=\"rotate(45)\"><path class=\"s\(lane % 8) hatch\" d=\"M0 0V7\"/></pattern>"
    }.joined()
  }

  private func heading() -> String {
    var text = ""
    let badge = trace.finding == nil ? "" : "<tspan class=\"bad\">✗ </tspan>"
    let name = trace.finding.map(\.name) ?? trace.scenarioTitle
    text +=
      "<text class=\"h\" x=\"\(Self.margin)\" y=\"32\">\(badge)\(XMLText.escaped(name.visible))"
    text += "<tspan class=\"path\" dx=\"10\">"
    text += XMLText.escaped(Summary.name(path: trace.scenarioPath, variant: trace.variant).visible)
    text += "</tspan></text>\n"
    for (index, line) in headLines.enumerated() {
      text += "<text class=\"p\" x=\"\(Self.margin)\" y=\"\(56 + 19 * index)\">"
      text += "\(XMLText.escaped(line))</text>\n"
    }
    let base = top - 10
    for (index, lane) in lanes.enumerated() {
      let column = laneColumns[index]
      let it = trace.lanes[lane]
      if what != nil {
        let middle = column.x + column.width / 2
        text +=
          "<text class=\"b f\(lane % 8)\" x=\"\(middle)\" y=\"\(base)\" text-anchor=\"middle\">"
        text += "\(XMLText.escaped(it.letter))</text>\n"
      } else {
        text +=
          "<text class=\"b\" x=\"\(column.x + 6)\" y=\"\(base)\"><tspan class=\"f\(lane % 8)\">"
        text += "\(XMLText.escaped(it.letter))</tspan> \(XMLText.escaped(it.name.visible))"
        text +=
          "<tspan class=\"path\" dx=\"8\">\(XMLText.escaped(it.isolation.lowercased()))</tspan></text>\n"
      }
      text += "<rect class=\"f\(lane % 8)\" x=\"\(column.x)\" y=\"\(top - 3)\" "
      text += "width=\"\(column.width - (what == nil ? 10 : 2))\" height=\"3\" rx=\"1.5\"/>\n"
    }
    for (index, row) in spans.rows.enumerated() {
      let x = lockColumns[index].x + 11
      text += "<text class=\"lock\" transform=\"translate(\(x) \(base)) rotate(-90)\">"
      text += "\(XMLText.escaped(row.visible))</text>\n"
    }
    text += "<text class=\"b\" x=\"\(rowsColumn.x)\" y=\"\(base)\">rows</text>\n"
    return text
  }

  /// What stands behind the texts of a row: its line, open transactions, waiting.
  private func shapes(_ index: Int) -> String {
    let row = rows[index]
    var text = ""
    if index > 0, isBad(trace.steps[index - 1]) {
      text += "<rect class=\"wrong\" x=\"\(Self.margin - 8)\" y=\"\(row.y)\" "
      text += "width=\"\(Self.width - 2 * Self.margin + 16)\" height=\"\(row.height)\" rx=\"4\"/>\n"
    }
    text += "<path class=\"line\" d=\"M\(Self.margin) \(row.y)H\(Self.width - Self.margin)\"/>\n"
    guard index > 0 else { return text }
    let position = index - 1
    let step = trace.steps[position]
    for (place, lane) in lanes.enumerated() {
      let column = laneColumns[place]
      let acts = step.lane == lane
      let isOpen =
        telling.isOpen[position][lane] || acts && (step.isInTransaction || step.wasInTransaction)
      if telling.isWaiting[position][lane], !acts {
        text += "<rect fill=\"url(#w\(lane))\" x=\"\(column.x + 2)\" y=\"\(row.y + 1)\" "
        text +=
          "width=\"\(column.width - (what == nil ? 14 : 6))\" height=\"\(row.height - 1)\"/>\n"
      }
      let x = what == nil ? column.x + 3 : column.x + column.width / 2
      if isOpen {
        text += "<path class=\"s\(lane % 8) open\" d=\"M\(x) \(row.y)V\(row.y + row.height)\"/>\n"
      }
      if acts, what != nil {
        text += "<circle class=\"f\(lane % 8)\" cx=\"\(x)\" cy=\"\(row.y + 13)\" r=\"5\"/>\n"
      }
    }
    return text
  }

  private func isBad(_ step: Trace.Step) -> Bool {
    !step.broken.isEmpty || trace.finding?.step == step.number
  }

  /// Locks: a bar from where it is taken to where it is released, and waiting beside it.
  private func bars() -> String {
    var text = ""
    for column in spans.rows.indices {
      let x = lockColumns[column].x
      for position in trace.steps.indices {
        let cell = spans.cells[position][column]
        let row = rows[position + 1]
        for (place, hold) in cell.holds.enumerated() {
          let y = row.y + (hold.begins ? 5 : 0)
          let end = row.y + row.height - (hold.ends ? 5 : 0)
          text +=
            "<path class=\"s\(hold.lane % 8) bar\" d=\"M\(x + 5 + 4 * place) \(y)V\(end)\"/>\n"
        }
        for lane in cell.waits {
          text +=
            "<path class=\"s\(lane % 8) wait\" d=\"M\(x + 12) \(row.y + 3)V\(row.y + row.height - 2)\"/>\n"
        }
      }
    }
    return text
  }

  /// From the step that wakes a session to the session's next.
  private func arrows() -> String {
    var text = ""
    for (position, step) in trace.steps.enumerated() {
      guard let from = step.lane.flatMap({ lanes.firstIndex(of: $0) }) else { continue }
      for lane in step.wakes {
        guard let to = lanes.firstIndex(of: lane),
          let next = trace.steps.indices.first(where: {
            $0 > position && trace.steps[$0].lane == lane
          })
        else { continue }
        let isRight = to > from
        let a = laneColumns[from]
        let b = laneColumns[to]
        let x1 = what == nil ? (isRight ? a.x + a.width / 2 : a.x + 6) : a.x + a.width / 2
        let x2 =
          what == nil
          ? (isRight ? b.x : b.x + b.width - 16) : b.x + b.width / 2 + (isRight ? -7 : 7)
        let y1 = rows[position + 1].y + rows[position + 1].height - 9
        let y2 = rows[next + 1].y + 13
        let bend = max(24, abs(x2 - x1) / 2) * (isRight ? 1 : -1)
        let tip = isRight ? -7 : 7
        text +=
          "<path class=\"arrow\" d=\"M\(x1) \(y1)C\(x1 + bend) \(y1) \(x2 - bend) \(y2) \(x2) \(y2)\"/>"
        text += "<path class=\"tip\" d=\"M\(x2) \(y2)l\(tip) -4v8z\"/>\n"
      }
    }
    return text
  }

  private func texts(_ index: Int) -> String {
    let row = rows[index]
    let y = row.y + 17
    var text = "<text class=\"n\(index > 0 && isBad(trace.steps[index - 1]) ? " bad" : "")\" "
    text += "x=\"\(number.x + 14)\" y=\"\(y)\" text-anchor=\"end\">\(index)</text>\n"
    if index == 0 {
      text +=
        "<text class=\"n\" x=\"\((laneColumns.first ?? number).x + 8)\" y=\"\(y)\">start</text>\n"
    } else if let clock, let instant = trace.steps[index - 1].instant {
      text += "<text class=\"n\" x=\"\(clock.x)\" y=\"\(y)\">"
      text += "\(XMLText.escaped(instants.short(instant)))</text>\n"
    }
    if index > 0, let lane = trace.steps[index - 1].lane, let place = lanes.firstIndex(of: lane) {
      let x = what.map(\.x) ?? laneColumns[place].x + 12
      text += block(row.lines, x: x, y: y)
    }
    return text + block(row.rows, x: rowsColumn.x, y: y)
  }

  private func block(_ lines: [Line], x: Int, y: Int) -> String {
    var text = ""
    for (index, line) in lines.enumerated() {
      var spans = ""
      var column = 0
      for span in line.pieces {
        // Spaces at the beginning would be folded: the line starts further right instead.
        if spans.isEmpty {
          let blank = span.text.prefix { $0 == " " }.count
          column += blank
          if blank == span.text.count { continue }
        }
        let said = XMLText.escaped(spans.isEmpty ? String(span.text.drop { $0 == " " }) : span.text)
        let ink = Self.ink(span.ink)
        spans += ink.isEmpty ? said : "<tspan class=\"\(ink)\">\(said)</tspan>"
      }
      guard !spans.isEmpty else { continue }
      let left = x + Int(Double(column) * Self.letter)
      text +=
        "<text class=\"m\" x=\"\(left)\" y=\"\(y + index * Self.lineHeight)\">\(spans)</text>\n"
    }
    return text
  }

  private static func ink(_ ink: Ink) -> String {
    switch ink {
    case .dim: "dim"
    case .bad: "bad"
    default: ""
    }
  }

  private func legend(_ height: Int) -> String {
    let y = height - 18
    let token = trace.token.isEmpty ? "" : TextTrace.replayCommand(trace)
    var text =
      "<path class=\"line\" d=\"M\(Self.margin) \(bottom)H\(Self.width - Self.margin)\"/>\n"
    text +=
      "<text class=\"path\" x=\"\(Self.margin)\" y=\"\(y)\">bar: row lock · hatched: waiting · "
    text += "* not committed</text>\n"
    if TextWidth.columns(of: token) < 110 {
      text +=
        "<text class=\"token\" x=\"\(Self.width - Self.margin)\" y=\"\(y)\" text-anchor=\"end\">"
      text += "\(XMLText.escaped(token))</text>\n"
    }
    return text
  }
}

/// The style of pictures: the colours of the HTML report, light and dark.
enum SVGStyle {
  static let text: String = {
    let light = ["0068a3", "8a5a00", "00734f", "9c3d7e", "5b4bb0", "7d5a3c", "52700b", "3f6377"]
    let dark = ["58b6ee", "f0b73e", "3fcfa5", "e49ac9", "a99bff", "c9a27f", "b0cf5c", "9fc3d6"]
    func lanes(_ colours: [String]) -> String {
      colours.enumerated().map { ".f\($0){fill:#\($1)}.s\($0){stroke:#\($1)}" }.joined()
    }
    let mono =
      "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
    let sans =
      "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans',Arial,sans-serif"
    return """
      text{font:12.5px \(sans);fill:#1b1f24;white-space:pre}.m,.n,.token,.lock{font-family:\(mono);font-size:12px}
      .h{font-size:17px;font-weight:600}.p{font-size:13.5px}.b{font-weight:600}.n,.dim,.path,.lock,.token{fill:#5b636d}
      .path{font-size:12px;font-weight:400}.lock,.token{font-size:10.5px}.bad{fill:#c01528;font-weight:600}
      .bg{fill:#fff;stroke:#dfe3e8}.line{stroke:#e3e7eb}.wrong{fill:#fdecee}.open{stroke-width:2;opacity:.55}
      .bar{stroke-width:7}.wait{stroke-width:5;stroke-dasharray:2 3}.hatch{stroke-width:3;opacity:.4}
      .arrow{fill:none;stroke:#5b636d;stroke-width:1.4;stroke-dasharray:4 3}.tip{fill:#5b636d}\(lanes(light))
      @media (prefers-color-scheme:dark){text{fill:#e4e7eb}.n,.dim,.path,.lock,.token{fill:#98a1ab}.bad{fill:#ff7a87}
      .bg{fill:#14171b;stroke:#2c3239}.line{stroke:#2c3239}.wrong{fill:#3b1a1f}.arrow{stroke:#98a1ab}.tip{fill:#98a1ab}
      \(lanes(dark))}
      """
  }()
}
