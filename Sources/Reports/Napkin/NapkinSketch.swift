import SQL
import Store
package import Writers

/// A model on a napkin: for each writer and the functions that it calls, what it reads, guards, locks and
/// writes in each table; then the columns over which the writers meet.
///
///       writer  stock                                     orders
///       ──────  ────────────────────────────────────────  ───────
///       order   locks FOR UPDATE where article, reads n   inserts
///               updates n where article
package struct NapkinSketch {
  let scenario: Scenario
  let model: Model
  private let style: Style
  let writers: [Writer]

  /// A writer, and what its program does.
  struct Writer {
    var name: String
    var sessionCount: Int
    var routine: RoutineID
    var accesses: [AccessSurvey.Access]
  }

  /// A column, or the rows of a table, that one session writes and another touches.
  struct Meeting {
    var table: TableID
    /// `nil` for the rows themselves.
    var column: Int?
    /// The names of writers.
    var reading: [String]
    var guarding: [String]
    var locking: [String]
    var changing: [String]
  }

  package init(_ scenario: Scenario, model: Model, style: Style) {
    self.scenario = scenario
    self.model = model
    self.style = style
    var writers: [Writer] = []
    for session in model.sessions {
      if let index = writers.firstIndex(where: { $0.name == session.writer }) {
        writers[index].sessionCount += 1
        continue
      }
      var survey = AccessSurvey(of: model.program)
      survey.add(session.routine)
      writers.append(
        Writer(
          name: session.writer, sessionCount: 1, routine: session.routine,
          accesses: survey.accesses))
    }
    self.writers = writers
  }

  /// The drawing.
  package func lines() -> [Line] {
    var title = Line(scenario.path.visible, .strong)
    if !model.name.isEmpty {
      title.append(" \(style.glyphs.dot) variant \"\(model.name.visible)\"")
    }
    title.append("  \(scenario.title.visible)")
    guard !tables.isEmpty else { return [title, Line("  no writer touches a table", .dim)] }
    var lines = [title, Line()] + (table() ?? list())
    lines += [Line()] + meetingLines()
    if tables.contains(where: { model.program.schema[$0].isWorld }) {
      let (sign, meaning) = style.glyphs.legend(of: .world)
      lines += [Line(), Line("  \(sign) \(meaning)", .dim)]
    }
    return lines
  }

  // MARK: What each writer does

  /// The tables that are touched, in the order of the schema.
  private var tables: [TableID] {
    let touched = Set(writers.flatMap(\.accesses).map(\.table))
    return model.program.schema.tables.indices.map { TableID($0) }.filter(touched.contains)
  }

  /// A writer's routines that touch tables, its own program first; it stands there in any case.
  private func routines(of writer: Writer) -> [RoutineID] {
    var result = [writer.routine]
    for access in writer.accesses where !result.contains(access.routine) {
      result.append(access.routine)
    }
    return result
  }

  private func label(_ routine: RoutineID, of writer: Writer) -> TextGrid.Phrase {
    guard routine == writer.routine else {
      let name = model.program.routines[Int(routine.index)].name.visible
      return TextGrid.Phrase(text: name, indent: 2)
    }
    let count = writer.sessionCount > 1 ? " x\(writer.sessionCount)" : ""
    return TextGrid.Phrase(text: writer.name.visible + count, ink: .strong)
  }

  private func name(_ table: TableID) -> String {
    let shape = model.program.schema[table]
    return shape.name.visible + (shape.isWorld ? " \(style.glyphs.world)" : "")
  }

  private func table() -> [Line]? {
    guard style.layout != .list else { return nil }
    let tables = tables
    var rows: [(cells: [[TextGrid.Phrase]], isApart: Bool)] = []
    for writer in writers {
      for routine in routines(of: writer) {
        let accesses = writer.accesses.filter { $0.routine == routine }
        let cells = tables.map { table in
          accesses.filter { $0.table == table }.map { phrase($0) }
        }
        rows.append(([[label(routine, of: writer)]] + cells, routine == writer.routine))
      }
    }
    return TextGrid(headings: ["writer"] + tables.map(name), rows: rows)
      .lines(width: style.width, style: style)
  }

  /// The same, one below the other: for many tables, or little room.
  private func list() -> [Line] {
    var lines: [Line] = []
    for writer in writers {
      if !lines.isEmpty { lines.append(Line()) }
      for routine in routines(of: writer) {
        let label = label(routine, of: writer)
        lines.append(Line(String(repeating: " ", count: 2 + label.indent) + label.text, label.ink))
        for access in writer.accesses where access.routine == routine {
          let phrase = phrase(access)
          let text = "\(name(access.table)): \(phrase.text)"
          for (index, part) in WordWrap.lines(text, width: style.width - 6, hanging: 2)
            .enumerated()
          {
            lines.append(Line((index == 0 ? "      " : "        ") + part, phrase.ink))
          }
        }
      }
    }
    return lines
  }

  /// `updates status, closed_at where id, status`.
  private func phrase(_ access: AccessSurvey.Access) -> TextGrid.Phrase {
    let reads = access.reads.isEmpty ? "" : ", reads \(columns(access.reads, access.table))"
    let guards = access.guards.isEmpty ? "" : " where \(columns(access.guards, access.table))"
    var text: String
    var ink = Ink.plain
    switch access.kind {
    case .reads:
      let what = access.reads.isEmpty ? "rows" : columns(access.reads, access.table)
      return TextGrid.Phrase(text: "reads \(what)\(guards)")
    case .locks(let mode, let policy):
      text = "locks \(mode.name)"
      if policy == .error { text += " NOWAIT" }
      if policy == .skip { text += " SKIP LOCKED" }
      ink = .warning
    case .locksTable(let mode): return TextGrid.Phrase(text: "locks \(mode.name)", ink: .warning)
    case .inserts:
      guard !access.guards.isEmpty else { return TextGrid.Phrase(text: "inserts", ink: .strong) }
      let key = columns(access.guards, access.table)
      return TextGrid.Phrase(text: "inserts unless \(key) is there", ink: .strong)
    case .updates:
      text = "updates \(columns(access.writes, access.table))"
      ink = .strong
    case .deletes:
      text = "deletes"
      ink = .strong
    case .truncates: return TextGrid.Phrase(text: "truncates", ink: .strong)
    case .refers:
      return TextGrid.Phrase(text: "foreign key: locks FOR KEY SHARE\(guards)", ink: .dim)
    case .cascades:
      let what = access.writes.isEmpty ? "deletes" : "updates"
      return TextGrid.Phrase(text: "foreign key: \(what)\(guards)", ink: .strong)
    }
    return TextGrid.Phrase(text: text + guards + reads, ink: ink)
  }

  private func columns(_ positions: Set<Int>, _ table: TableID) -> String {
    let columns = model.program.schema[table].columns
    return positions.sorted().filter(columns.indices.contains).map { columns[$0].name.visible }
      .joined(separator: ", ")
  }

  // MARK: Where they meet

  /// The columns that one session writes and another touches: where an interleaving can make a difference.
  var meetings: [Meeting] {
    tables.flatMap { table in
      let columns = model.program.schema[table].columns.indices.compactMap { column in
        meeting(
          table, column, reads: { $0.reads.contains(column) },
          guards: { $0.guards.contains(column) },
          writes: { access in
            access.writes.contains(column) && (access.kind == .updates || access.kind == .cascades)
          })
      }
      let rows = meeting(
        table, nil, reads: { $0.kind == .reads },
        guards: { access in
          switch access.kind {
          case .locks, .updates, .deletes: true
          case .reads, .inserts, .truncates, .locksTable, .refers, .cascades: false
          }
        },
        writes: { access in
          switch access.kind {
          case .inserts, .deletes, .truncates: true
          case .cascades: access.writes.isEmpty
          case .reads, .locks, .updates, .locksTable, .refers: false
          }
        })
      return columns + (rows.map { [$0] } ?? [])
    }
  }

  /// `nil` unless somebody writes and somebody else is concerned.
  private func meeting(
    _ table: TableID, _ column: Int?, reads: (AccessSurvey.Access) -> Bool,
    guards: (AccessSurvey.Access) -> Bool, writes: (AccessSurvey.Access) -> Bool
  ) -> Meeting? {
    func whose(_ isMeant: (AccessSurvey.Access) -> Bool) -> [Writer] {
      writers.filter { writer in
        writer.accesses.contains { $0.table == table && isMeant($0) }
      }
    }
    let changing = whose(writes)
    let concerned = whose { reads($0) || guards($0) || writes($0) }
    guard !changing.isEmpty, concerned.reduce(0, { $0 + $1.sessionCount }) > 1 else { return nil }
    let locking = whose {
      switch $0.kind {
      case .locks, .locksTable: true
      default: false
      }
    }
    return Meeting(
      table: table, column: column, reading: whose(reads).map(\.name),
      guarding: whose(guards).map(\.name), locking: locking.map(\.name),
      changing: changing.map(\.name))
  }

  private func meetingLines() -> [Line] {
    let meetings = meetings
    guard !meetings.isEmpty else {
      return [Line("  no writer changes what another one looks at", .dim)]
    }
    let rows = meetings.indices.map { index in
      let isFirst = index == 0 || meetings[index - 1].table != meetings[index].table
      return (cells: cells(meetings[index]), isApart: isFirst)
    }
    let headings = ["where they meet", "read by", "in a condition of", "locked by", "changed by"]
    let grid = TextGrid(headings: headings, rows: rows)
    if style.layout != .list, let lines = grid.lines(width: style.width, style: style) {
      return lines
    }
    return rows.map(\.cells).flatMap { cells in
      [Line("  " + (cells[0].first?.text ?? ""), .strong)]
        + zip(headings, cells).dropFirst().filter { !$0.1.isEmpty }.map { heading, cell in
          Line("      \(heading) " + cell.map(\.text).joined(separator: ", "))
        }
    }
  }

  private func cells(_ meeting: Meeting) -> [[TextGrid.Phrase]] {
    let columns = model.program.schema[meeting.table].columns
    let place = meeting.column.map { ".\(columns[$0].name.visible)" } ?? ", its rows"
    return [[TextGrid.Phrase(text: name(meeting.table) + place)]]
      + [meeting.reading, meeting.guarding, meeting.locking, meeting.changing].map { names in
        names.isEmpty
          ? [] : [TextGrid.Phrase(text: names.map(\.visible).joined(separator: ", "))]
      }
  }
}
