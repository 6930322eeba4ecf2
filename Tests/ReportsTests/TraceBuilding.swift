import Scheduler

/// Short ways to write traces down in tests.
extension Trace {
  static func make(
    _ path: String, _ title: String, variant: String = "", token: String = "",
    lanes: [(name: String, status: String)], isolation: String = "read committed"
  ) -> Trace {
    var trace = Trace(scenarioPath: path, scenarioTitle: title, variant: variant)
    trace.token = token
    let letters = "abcdefghijklmnop".map(String.init)
    trace.lanes = lanes.enumerated().map { position, lane in
      var made = Lane(
        letter: letters[position], name: lane.name, writer: lane.name, isolation: isolation)
      made.status = lane.status
      return made
    }
    return trace
  }

  /// Adds a step and lets `fill` complete it.
  mutating func step(
    _ lane: Int?, _ kind: Step.Kind = .step, open: (Bool, Bool) = (false, false),
    at instant: String? = nil, label: String? = nil, fill: (inout Step) -> Void = { _ in }
  ) {
    var step = Step(number: steps.count + 1, kind: kind, lane: lane)
    step.instant = instant
    step.label = label
    step.wasInTransaction = open.0
    step.isInTransaction = open.1
    fill(&step)
    steps.append(step)
  }
}

extension Trace.Step {
  mutating func run(
    _ sql: String, in routine: String? = nil, tag: String? = nil, continued: Bool = false,
    returns columns: [String] = [], _ rows: [[String?]] = [], notes: [String] = [],
    error: Trace.ErrorText? = nil
  ) {
    var entry = Trace.Entry(sql: sql)
    entry.routine = routine
    entry.tag = tag
    entry.isContinued = continued
    entry.resultColumns = columns
    entry.resultRows = rows
    entry.notes = notes
    entry.error = error
    entries.append(entry)
  }

  mutating func lock(_ row: String, _ mode: String = "FOR NO KEY UPDATE") {
    locksTaken.append(Trace.Lock(row: row, mode: mode))
  }

  mutating func change(
    _ kind: Trace.Change.Kind, _ table: Int, _ row: String,
    _ cells: [(String, String?, String?)], pending: Bool = false, overwrites: Int? = nil
  ) {
    var change = Trace.Change(
      kind: kind, table: table, row: row,
      cells: cells.map { Trace.Cell(column: $0.0, before: $0.1, after: $0.2) }, isPending: pending)
    change.overwrites = overwrites
    changes.append(change)
  }
}
