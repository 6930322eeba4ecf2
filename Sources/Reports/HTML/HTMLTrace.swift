import Scheduler

/// A trace as a table: a row for each step, a column for each writer, for each row that is locked, and for
/// what became of the rows.
///
/// Readable as it is, without a script.
struct HTMLTrace {
  private let trace: Trace
  private let lanes: [Int]
  private let telling: StepTelling
  private let changes: ChangeTelling
  private let spans: LockSpans
  private let instants: InstantText
  /// `f1`: what the rows' identifiers begin with.
  private let prefix: String

  init(_ trace: Trace, prefix: String) {
    self.trace = trace
    self.prefix = prefix
    let style = Style()
    lanes = trace.lanes.indices.filter { lane in trace.steps.contains { $0.lane == lane } }
    telling = StepTelling(trace, style: style, repeatsRoutine: false)
    changes = ChangeTelling(trace, style: style, tellsWakes: false)
    spans = LockSpans(trace)
    instants = InstantText(trace)
  }

  /// With more lanes than this they are strips, and what is done stands in one column.
  static let wideLanesLimit = 3

  private var areStrips: Bool { lanes.count > Self.wideLanesLimit }

  func text() -> String {
    var text = "<div class=\"scroll\"><table class=\"trace \(areStrips ? "strips" : "lanes")\">\n"
    text += "<caption>\(XMLText.escaped(caption))</caption>\n<thead><tr>"
    text += "<th scope=\"col\" class=\"n\">#</th>"
    if hasClock { text += "<th scope=\"col\" class=\"clock\">clock</th>" }
    for lane in lanes { text += head(lane) }
    if areStrips { text += "<th scope=\"col\" class=\"what\">what it does</th>" }
    for row in spans.rows {
      text += "<th scope=\"col\" class=\"lock\" title=\"who holds \(XMLText.attribute(row))\">"
      text += "<span>\(XMLText.escaped(row))</span></th>"
    }
    text += "<th scope=\"col\" class=\"rows\">rows</th></tr></thead>\n<tbody>\n"
    text += startRow()
    for position in trace.steps.indices { text += row(position) }
    return text + "</tbody></table></div>\n"
  }

  private func head(_ lane: Int) -> String {
    let it = trace.lanes[lane]
    let name = XMLText.escaped(it.name)
    let letter = XMLText.escaped(it.letter)
    let level = XMLText.escaped(it.isolation.lowercased())
    if areStrips {
      return
        "<th scope=\"col\" class=\"strip l\(lane % 8)\" title=\"\(XMLText.attribute(it.name)), "
        + "\(level)\">\(letter)<span class=\"hidden\"> \(name)</span></th>"
    }
    return "<th scope=\"col\" class=\"lane l\(lane % 8)\"><b>\(letter)</b> \(name)"
      + "<small>\(level)</small></th>"
  }

  private var hasClock: Bool { trace.steps.contains { $0.instant != nil } }

  private var caption: String {
    "\(counted(trace.steps.count, "step")); time runs downwards; a bar is a lock, hatched is waiting"
  }

  private func startRow() -> String {
    var text =
      "<tr class=\"start\" id=\"\(prefix)s0\" data-step=\"0\"><th scope=\"row\" class=\"n\">0</th>"
    let span = lanes.count + spans.rows.count + (hasClock ? 1 : 0) + (areStrips ? 1 : 0)
    // Many values would make the row a tall column: they flow through the whole width.
    text +=
      changes.start.count > 4
      ? "<td colspan=\"\(span + 1)\" class=\"rows wide\"><p>start</p>"
      : "<td colspan=\"\(span)\">start</td><td class=\"rows\">"
    for cell in changes.start {
      text += "<p>\(XMLText.escaped(cell.name)): \(XMLText.escaped(cell.value))</p>"
    }
    return text + "</td></tr>\n"
  }

  private func row(_ position: Int) -> String {
    let step = trace.steps[position]
    let isBad = !step.broken.isEmpty || trace.finding?.step == step.number
    var text = "<tr id=\"\(prefix)s\(step.number)\" data-step=\"\(step.number)\""
    text += isBad ? " class=\"broken\">" : ">"
    text +=
      "<th scope=\"row\" class=\"n\"><a href=\"#f=\(prefix.dropFirst())&amp;s=\(step.number)\">"
    text += "\(step.number)</a></th>"
    if hasClock {
      text += "<td class=\"clock\">\(XMLText.escaped(instants.short(step.instant ?? "")))</td>"
    }
    for lane in lanes { text += laneCell(lane, position) }
    if areStrips { text += whatCell(position) }
    for column in spans.rows.indices { text += lockCell(column, position) }
    text += "<td class=\"rows\">"
    if step.lane == nil { text += "<p class=\"dim\">the clock moves</p>" }
    for paragraph in changes.paragraphs[position] { text += element(paragraph) }
    return text + "</td></tr>\n"
  }

  private func laneCell(_ lane: Int, _ position: Int) -> String {
    let step = trace.steps[position]
    let acts = step.lane == lane
    var classes = [areStrips ? "strip" : "lane", "l\(lane % 8)"]
    let isOpen = telling.isOpen[position][lane]
    if acts ? isOpen || step.isInTransaction || step.wasInTransaction : isOpen {
      classes.append("open")
    }
    if !acts, telling.isWaiting[position][lane] || acts && step.wait != nil {
      classes.append("waits")
    }
    if acts { classes.append("acts") }
    if areStrips, acts, step.wait != nil { classes.append("stuck") }
    var text = "<td class=\"\(classes.joined(separator: " "))\">"
    guard acts else { return text + "</td>" }
    if areStrips {
      text += "<i class=\"dot\"\(waits(step))></i>"
      for other in step.wakes { text += "<i class=\"dot\" data-wakes=\"\(other)\"></i>" }
      return text + "</td>"
    }
    text += "<b class=\"who\">\(XMLText.escaped(trace.lanes[lane].name))</b>"
    return text + said(position, arrows: true) + "</td>"
  }

  /// What a step does, under its writer's name.
  private func whatCell(_ position: Int) -> String {
    guard let lane = trace.steps[position].lane, trace.lanes.indices.contains(lane) else {
      return "<td class=\"what\"></td>"
    }
    let name = XMLText.escaped(trace.lanes[lane].name)
    return "<td class=\"what l\(lane % 8)\"><b class=\"who\">\(name)</b>"
      + said(position, arrows: false) + "</td>"
  }

  /// `arrows`: whether the script's arrows begin in this text.
  private func said(_ position: Int, arrows: Bool) -> String {
    let step = trace.steps[position]
    var text = ""
    for paragraph in telling.paragraphs[position] {
      text += element(paragraph, arrows && paragraph.mark == .waiting ? waits(step) : "")
    }
    for other in step.wakes where trace.lanes.indices.contains(other) {
      let mark = arrows ? " data-wakes=\"\(other)\"" : ""
      text += "<p class=\"wakes\"\(mark)>→ wakes \(XMLText.escaped(trace.lanes[other].name))</p>"
    }
    return text
  }

  /// For a session that is in a circle of waits at the end, whom it waits for.
  private func waits(_ step: Trace.Step) -> String {
    guard trace.finding?.kind == .deadlock, let other = step.wait?.lanes.first,
      trace.lanes.indices.contains(other),
      trace.steps.last(where: { $0.lane == step.lane })?.number == step.number
    else { return "" }
    return " data-waits=\"\(other)\""
  }

  private func lockCell(_ column: Int, _ position: Int) -> String {
    let cell = spans.cells[position][column]
    var text = "<td class=\"lock\">"
    for hold in cell.holds {
      let ends = (hold.begins ? " begins" : "") + (hold.ends ? " ends" : "")
      text += "<i class=\"bar l\(hold.lane % 8)\(ends)\" title=\"\(title(hold))\">"
      text += "<span class=\"hidden\">\(title(hold))</span></i>"
    }
    for lane in cell.waits {
      let name = XMLText.attribute(trace.lanes[lane].name)
      text += "<i class=\"bar wait l\(lane % 8)\" title=\"\(name) waits\">"
      text += "<span class=\"hidden\">\(name) waits</span></i>"
    }
    return text + "</td>"
  }

  private func title(_ hold: LockSpans.Hold) -> String {
    XMLText.attribute("\(trace.lanes[hold.lane].name) holds \(hold.mode)")
  }

  private func element(_ paragraph: Paragraph, _ data: String = "") -> String {
    var classes: [String] = []
    if paragraph.isStatement { classes.append("sql") }
    if paragraph.indent > 0 { classes.append("inner") }
    if paragraph.ink == .dim { classes.append("dim") }
    if paragraph.ink == .bad || paragraph.mark == .broken { classes.append("wrong") }
    if paragraph.mark == .failed { classes.append("failed") }
    if paragraph.mark == .waiting { classes.append("waiting") }
    let attribute = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
    let lead = paragraph.lead.isEmpty ? "" : "<b>\(XMLText.escaped(paragraph.lead))</b> "
    let body =
      paragraph.isStatement ? HTMLStatement.text(paragraph.text) : XMLText.escaped(paragraph.text)
    return "<p\(attribute)\(data)>\(lead)\(body)</p>"
  }
}

/// Which rows are locked by whom, and who waits for them, step by step.
struct LockSpans {
  /// A lock during one step.
  struct Hold {
    var lane: Int
    var mode: String
    /// Taken, or released, in this step.
    var begins: Bool
    var ends: Bool
  }

  struct Cell {
    var holds: [Hold] = []
    var waits: [Int] = []
  }

  /// More columns than this would push the text out of sight.
  private static let rowsLimit = 8

  /// The rows that are locked or waited for, in the order in which they first are.
  private(set) var rows: [String] = []
  /// For each step, a cell for each row.
  private(set) var cells: [[Cell]] = []

  init(_ trace: Trace) {
    for step in trace.steps {
      let names =
        step.locksTaken.map(\.row) + (step.wait.map { $0.lanes.isEmpty ? [] : [$0.what] } ?? [])
      for name in names where !rows.contains(name) && rows.count < Self.rowsLimit {
        rows.append(name)
      }
    }
    var held: [[(lane: Int, mode: String)]] = rows.map { _ in [] }
    var waiting: [[Int]] = rows.map { _ in [] }
    for step in trace.steps {
      if let lane = step.lane {
        for row in rows.indices { waiting[row].removeAll { $0 == lane } }
        if let wait = step.wait, let row = rows.firstIndex(of: wait.what) {
          waiting[row].append(lane)
        }
      }
      cells.append(rows.indices.map { row in cell(row, step, &held[row], waiting[row]) })
    }
  }

  private func cell(
    _ row: Int, _ step: Trace.Step, _ held: inout [(lane: Int, mode: String)], _ waiting: [Int]
  ) -> Cell {
    var cell = Cell(holds: [], waits: waiting)
    var taken: Set<Int> = []
    if let lane = step.lane {
      for lock in step.locksTaken where lock.row == rows[row] {
        held.removeAll { $0.lane == lane }
        held.append((lane, lock.mode))
        taken.insert(lane)
      }
    }
    var released: Set<Int> = []
    if let lane = step.lane, step.locksReleased.contains(where: { $0.row == rows[row] }) {
      released.insert(lane)
    }
    cell.holds = held.map { hold in
      Hold(
        lane: hold.lane, mode: hold.mode, begins: taken.contains(hold.lane),
        ends: released.contains(hold.lane))
    }
    held.removeAll { released.contains($0.lane) }
    return cell
  }
}
