import Scheduler

/// Tells what each step of a trace did, in the lane of its session.
struct StepTelling {
  let trace: Trace
  let style: Style
  private let glyphs: Glyphs
  private let values: ValueText

  /// For each step, what its lane shows.
  private(set) var paragraphs: [[Paragraph]] = []
  /// For each step and lane, whether the lane's transaction (or statement) is open before the step.
  private(set) var isOpen: [[Bool]] = []
  /// For each step and lane, whether the lane waits before the step.
  private(set) var isWaiting: [[Bool]] = []

  /// `repeatsRoutine`: name the function again whenever the lanes change, because steps of
  ///   different sessions stand in one column.
  init(_ trace: Trace, style: Style, repeatsRoutine: Bool) {
    let trace = Self.withCallsFolded(trace)
    self.trace = trace
    self.style = style
    glyphs = style.glyphs
    values = ValueText(
      glyphs: style.glyphs, limit: style.isVerbose ? nil : 40, instants: InstantText(trace))
    var open = [Bool](repeating: false, count: trace.lanes.count)
    var waiting = open
    var routines = [String?](repeating: nil, count: trace.lanes.count)
    var lastLane: Int?
    for position in trace.steps.indices {
      isOpen.append(open)
      isWaiting.append(waiting)
      let step = trace.steps[position]
      guard let lane = step.lane, trace.lanes.indices.contains(lane) else {
        paragraphs.append([])
        continue
      }
      if repeatsRoutine, lastLane != lane { routines[lane] = nil }
      lastLane = lane
      let told = tell(position, isOpen: open[lane], routine: &routines[lane])
      paragraphs.append(told)
      open[lane] = told.last?.isOpenAfter ?? step.isInTransaction
      waiting[lane] = step.wait != nil
    }
  }

  /// The trace in which a client's `SELECT f()` is one statement: it runs the function, and then begins
  /// again to return what that gave.
  private static func withCallsFolded(_ trace: Trace) -> Trace {
    var trace = trace
    var callers = [Trace.Entry?](repeating: nil, count: trace.lanes.count)
    var hasRun = [Bool](repeating: false, count: trace.lanes.count)
    for position in trace.steps.indices {
      guard let lane = trace.steps[position].lane, callers.indices.contains(lane) else { continue }
      for index in trace.steps[position].entries.indices {
        let entry = trace.steps[position].entries[index]
        if entry.routine != nil {
          hasRun[lane] = true
          continue
        }
        if entry.isContinued { continue }
        if hasRun[lane], let caller = callers[lane], caller.span != nil, caller.span == entry.span {
          trace.steps[position].entries[index].isContinued = true
          callers[lane] = nil
        } else {
          callers[lane] = entry
        }
        hasRun[lane] = false
      }
    }
    return trace
  }

  // MARK: A step

  private func tell(_ position: Int, isOpen: Bool, routine: inout String?) -> [Paragraph] {
    let step = trace.steps[position]
    let continues = isStatementOpen(after: position)
    let lockEntry = entryThatLocks(step)
    var result: [Paragraph] = []
    // A function that calls itself a thousand times.
    let left = step.entries.count > 40 && !style.isVerbose ? 12..<step.entries.count - 8 : 0..<0
    var isOpen = isOpen
    let opening = isOpen ? nil : entryThatOpens(step, continues: continues)
    if step.kind == .crash {
      result.append(
        Paragraph(.failed, glyphs.failed, "crashes: the client is gone", leadInk: .strong))
    }
    for (index, entry) in step.entries.enumerated()
    where !Self.isFirstHalfOfSleep(step.entries, index) {
      if left.contains(index) {
        if index == left.lowerBound {
          result.append(Paragraph("\(glyphs.ellipsis) \(left.count) more statements", .dim))
        }
        continue
      }
      let locks = index == lockEntry ? step.locksTaken : []
      var told = tell(entry, of: step, at: index, locks: locks, routine: &routine)
      if index == step.entries.count - 1, let wait = step.wait {
        told.append(tell(wait, in: entry))
      }
      guard !told.isEmpty else { continue }
      if index == opening || Self.begins(entry) { isOpen = true }
      for part in told.indices { told[part].isOpenAfter = isOpen }
      if Self.ends(entry) {
        isOpen = false
        told[told.count - 1].isOpenAfter = false
      }
      result += told
    }
    if step.entries.isEmpty, let wait = step.wait { result.append(tell(wait, in: nil)) }
    if let outcome = outcome(at: position) { result.append(outcome) }
    if result.isEmpty { result.append(Paragraph(emptyStep(position), .dim)) }
    result[result.count - 1].isOpenAfter = step.isInTransaction || continues
    // What is told after the end of a transaction stands outside of it.
    if !(step.isInTransaction || continues), let end = result.lastIndex(where: \.isOpenAfter) {
      for part in result.indices where part > end { result[part].isOpenAfter = false }
    }
    return result
  }

  private func emptyStep(_ position: Int) -> String {
    let step = trace.steps[position]
    switch step.kind {
    case .step: return restOfStatement(before: position) ?? "goes on"
    case .resume: return glyphs.woken + " goes on"
    case .victim: return glyphs.failed + " is chosen to end the deadlock"
    case .refused: return glyphs.failed + " is refused"
    case .timeout: return glyphs.failed + " its time is over"
    case .crash, .clock: return ""
    }
  }

  /// `… INSERT INTO orders`: the statement that the session was at in the step before.
  private func restOfStatement(before position: Int) -> String? {
    let lane = trace.steps[position].lane
    let earlier = trace.steps[..<position].last { $0.lane == lane && !$0.entries.isEmpty }
    guard let sql = earlier?.entries.last?.sql, !sql.isEmpty else { return nil }
    return "\(glyphs.ellipsis) \(StatementText(sql).beginning.visible)"
  }

  /// Whether the lane's next step goes on with a statement that this one leaves unfinished.
  private func isStatementOpen(after position: Int) -> Bool {
    let step = trace.steps[position]
    if step.wait != nil { return true }
    let next = trace.steps[(position + 1)...].first { $0.lane == step.lane }
    guard let next, next.kind != .crash else { return false }
    return next.entries.first?.isContinued ?? false
  }

  /// The entry with which the session's transaction, or its unfinished statement, begins.
  private func entryThatOpens(_ step: Trace.Step, continues: Bool) -> Int? {
    guard step.isInTransaction || continues else { return nil }
    return step.entries.firstIndex(where: Self.begins)
      ?? step.entries.lastIndex { $0.routine == nil && !$0.sql.isEmpty } ?? 0
  }

  /// A sleep is two steps of a program, one that works out until when and one that waits; they are told
  /// as one statement.
  private static func isFirstHalfOfSleep(_ entries: [Trace.Entry], _ index: Int) -> Bool {
    guard index + 1 < entries.count, entries[index].sql.contains("pg_sleep") else { return false }
    return entries[index].sql == entries[index + 1].sql && !entries[index + 1].isContinued
  }

  private static func begins(_ entry: Trace.Entry) -> Bool {
    guard !entry.isContinued, entry.error == nil else { return false }
    let words = entry.sql.uppercased().split(separator: " ", maxSplits: 1)
    return words.first == "BEGIN" || words.first == "START"
  }

  private static func ends(_ entry: Trace.Entry) -> Bool {
    guard entry.routine == nil else { return false }
    let words = entry.sql.uppercased().split(separator: " ").prefix(2)
    switch words.first {
    case "COMMIT", "ABORT", "END": return entry.error == nil || entry.tag != nil
    case "ROLLBACK": return words.count < 2 || words.last != "TO"
    default: return false
    }
  }

  /// The entry to which the step's locks belong: the first that names the table and is no plain read.
  private func entryThatLocks(_ step: Trace.Step) -> Int? {
    guard let lock = step.locksTaken.first else { return nil }
    let table = lock.row.prefix { $0 != "(" }
    let found = step.entries.firstIndex { entry in
      let upper = entry.sql.uppercased()
      guard entry.sql.contains(table) else { return false }
      return !upper.hasPrefix("SELECT") || upper.contains(" FOR ")
    }
    return found ?? (step.entries.isEmpty ? nil : step.entries.count - 1)
  }

  // MARK: An entry

  private func tell(
    _ entry: Trace.Entry, of step: Trace.Step, at index: Int, locks: [Trace.Lock],
    routine: inout String?
  ) -> [Paragraph] {
    let indent = entry.routine == nil ? 0 : 2
    var details: [Paragraph] = []
    let wakes = step.kind == .resume && index == 0
    let lateNotes = entry.notes.filter(Self.isLate)
    for note in entry.notes
    where !isToldOtherwise(note, wakes: wakes) && !lateNotes.contains(note) {
      if wakes, details.isEmpty {
        details.append(Paragraph(.woken, glyphs.woken, note.visible, indent: indent))
      } else {
        details.append(Paragraph(note.visible, .dim, indent: indent))
      }
    }
    if wakes, details.isEmpty {
      details.append(Paragraph(.woken, glyphs.woken, "goes on", indent: indent))
    }
    if let result = tellResult(entry, locks: locks, indent: indent) { details.append(result) }
    // An error that leaves a function fails the statements around it too; it is told once, inside.
    let isToldLater = step.entries[(index + 1)...].contains { $0.error == entry.error }
    if let error = entry.error, !isToldLater {
      details.append(tell(error, isVictim: step.kind == .victim, indent: indent))
    }
    details += lateNotes.map { note in
      guard let outcome = Self.outcome(in: note) else {
        return Paragraph(note.visible, .dim, indent: indent)
      }
      return Paragraph(.outcome, glyphs.outcome, values.text(outcome), leadInk: .strong)
    }
    var result: [Paragraph] = []
    if let name = entry.routine, name != routine, !isCalled(name, before: index, in: step),
      !details.isEmpty || !entry.isContinued
    {
      result.append(Paragraph("in \(name)", .dim))
    }
    if !entry.isContinued, !entry.sql.isEmpty {
      result.append(statement(entry.sql, indent: indent))
    } else if entry.isContinued, step.kind == .step, !details.isEmpty {
      let beginning = StatementText(entry.sql).beginning
      result.append(Paragraph("\(glyphs.ellipsis) \(beginning.visible)", .dim, indent: indent))
    }
    result += details
    if !result.isEmpty { routine = entry.routine }
    return result
  }

  /// Whether a note is about what follows from the statement's end.
  private static func isLate(_ note: String) -> Bool {
    note.hasPrefix("runs again") || note.hasPrefix("starts again") || outcome(in: note) != nil
  }

  /// Whether the marks say the same, or the note goes without saying.
  private func isToldOtherwise(_ note: String, wakes: Bool) -> Bool {
    if note.hasSuffix("still matches") { return !wakes && !style.isVerbose }
    return note == "crashes" || note == "ends with the error"
      || note == "its transaction is rolled back"
  }

  /// `paid` for `returns 'paid'`: what the writer's program came to.
  private static func outcome(in note: String) -> String? {
    guard note.hasPrefix("returns '"), note.hasSuffix("'"), note.count > 9 else { return nil }
    return String(note.dropFirst(9).dropLast())
  }

  private func statement(_ sql: String, indent: Int) -> Paragraph {
    var paragraph = Paragraph(sql.visible, indent: indent)
    paragraph.isStatement = true
    paragraph.linesLimit = style.isVerbose ? nil : 6
    if sql.uppercased().hasPrefix("BEGIN") { paragraph.innerMarks = [.transaction] }
    return paragraph
  }

  /// Whether the client's statement just before names the function, so that it needs no heading.
  private func isCalled(_ routine: String, before index: Int, in step: Trace.Step) -> Bool {
    guard index > 0 else { return false }
    let caller = step.entries[index - 1]
    return !caller.isContinued && caller.sql.contains(routine + "(")
  }

  private func tell(_ error: Trace.ErrorText, isVictim: Bool, indent: Int) -> Paragraph {
    var text = "\(error.state) \(error.message.visible)"
    if isVictim { text += ": chosen as the victim" }
    if error.isHandled { text += " (handled)" }
    return Paragraph(.failed, glyphs.failed, text, leadInk: .strong, indent: indent)
  }

  private func tell(_ wait: Trace.Wait, in entry: Trace.Entry?) -> Paragraph {
    let indent = entry?.routine == nil ? 0 : 2
    let text: String
    if wait.lanes.isEmpty {
      text = "sleeps until \(InstantText(trace).short(wait.what).visible)"
    } else {
      let names = wait.lanes.filter(trace.lanes.indices.contains).map { trace.lanes[$0].name }
      text = "waits for \(names.joined(separator: " and ")) on \(wait.what.visible)"
    }
    return Paragraph(.waiting, glyphs.waiting, text, leadInk: .strong, indent: indent)
  }

  private func outcome(at position: Int) -> Paragraph? {
    let step = trace.steps[position]
    guard let index = step.lane, trace.lanes.indices.contains(index),
      trace.steps.lastIndex(where: { $0.lane == index }) == position,
      !step.entries.contains(where: { $0.notes.contains { Self.outcome(in: $0) != nil } })
    else { return nil }
    let lane = trace.lanes[index]
    guard lane.status == "ended", lane.sqlState == nil, let outcome = lane.outcome else {
      return nil
    }
    return Paragraph(.outcome, glyphs.outcome, values.text(outcome), leadInk: .strong)
  }

  // MARK: Results

  private func tellResult(
    _ entry: Trace.Entry, locks: [Trace.Lock], indent: Int
  ) -> Paragraph? {
    let result = resultText(entry)
    guard !locks.isEmpty else {
      return result.map { Paragraph($0, .dim, indent: indent) }
    }
    var text = locks.map { $0.row.visible }.joined(separator: ", ")
    let modes = locks.map(\.mode).reduce(into: [String]()) { modes, mode in
      if !modes.contains(mode) { modes.append(mode) }
    }
    if !Self.implies(entry.sql, modes) || style.isVerbose {
      text += " \(glyphs.dot) " + modes.joined(separator: ", ")
    }
    if let result { text += " \(glyphs.dot) " + result }
    return Paragraph(.lock, glyphs.lock, text, leadInk: .strong, indent: indent)
  }

  /// Whether the statement says by itself which locks it takes.
  private static func implies(_ sql: String, _ modes: [String]) -> Bool {
    let word = sql.uppercased().prefix { $0 != " " }
    guard word == "UPDATE" || word == "DELETE" || word == "INSERT" else { return false }
    return modes.allSatisfy { $0.hasSuffix("UPDATE") || $0.isEmpty }
  }

  private func resultText(_ entry: Trace.Entry) -> String? {
    guard let tag = entry.tag else { return nil }
    if entry.sql.isEmpty {
      return tag == "COMMIT" ? "commits" : tag == "ROLLBACK" ? "rolls back" : nil
    }
    let words = tag.split(separator: " ")
    let isNone = words.last == "0"
    switch words.first {
    case "UPDATE", "DELETE", "MERGE":
      return isNone ? "\(tag): no row matches" : tag
    case "INSERT":
      return isNone ? "\(tag): no row inserted" : nil
    case "SELECT":
      return returned(entry)
    case "ROLLBACK" where !entry.sql.uppercased().hasPrefix("ROLLBACK"):
      return "answers ROLLBACK"
    default:
      return nil
    }
  }

  private func returned(_ entry: Trace.Entry) -> String? {
    let rows = entry.resultRows
    guard !entry.resultColumns.isEmpty || !rows.isEmpty else { return nil }
    if entry.sql.uppercased().hasPrefix("PERFORM"), !rows.isEmpty { return nil }
    guard let first = rows.first else { return "no rows" }
    if rows.count == 1, first.count == 1 {
      // A function without a result.
      if first[0]?.isEmpty ?? true, !entry.sql.uppercased().contains(" FROM ") { return nil }
      return "returns \(values.text(first[0]))"
    }
    if rows.count == 1 { return "returns \(values.row(first))" }
    let limit = style.isVerbose ? rows.count : 3
    let shown = rows.prefix(limit).map { values.row($0) }.joined(separator: " ")
    let more = rows.count > limit ? " " + glyphs.ellipsis : ""
    return "returns \(rows.count) rows: \(shown)\(more)"
  }
}
