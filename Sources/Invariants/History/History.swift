package import SQL
package import Store
package import Writers

/// One run of a model, as its replay recorded it: what an anomaly is named from.
///
/// Nothing in it is inferred. The store counts commits, versions are named by the commit that made
/// them, and every read says which version it found; so the order of versions, and who saw which, is
/// known:
///
///     initial rows      commit 4                        initialCommits = 4
///     confirm           reads orders(1), version 4
///     poll              writes orders(1), commits: 5    .committed(didWrite: true) is the next commit
///     gateway           a world row, at once: 6         so is each change of a world row
///     confirm           writes orders(1), commits: 7    its read was of version 4: 5 was lost
///
/// ``Ledger`` does that bookkeeping, ``DependencyGraph`` draws who depends on whom, and ``Diagnosis``
/// says what went wrong.
package struct History: Sendable {
  /// A step of the schedule and what happened in it.
  package struct Step: Sendable {
    /// From 1.
    package var number: Int
    package var choice: Choice
    /// The session that took it; `nil` for the clock.
    package var session: Int?
    package var events: [Event]

    package init(number: Int, choice: Choice, session: Int?, events: [Event]) {
      self.number = number
      self.choice = choice
      self.session = session
      self.events = events
    }
  }

  /// A row that was there before the first step; names the row in words.
  package struct Row: Sendable {
    package var table: TableID
    package var row: Int32
    package var values: [Value]

    package init(table: TableID, row: Int32, values: [Value]) {
      self.table = table
      self.row = row
      self.values = values
    }
  }

  /// ``DatabaseState/commits`` before the first step: versions up to this one are initial data.
  package var initialCommits: Int32
  package var initialRows: [Row]
  package var steps: [Step]

  package init(initialCommits: Int32, initialRows: [Row] = [], steps: [Step] = []) {
    self.initialCommits = initialCommits
    self.initialRows = initialRows
    self.steps = steps
  }

  /// The history of a run that begins in a state; its steps are to be added.
  package init(from initial: MachineState, in machine: Machine) {
    var rows: [Row] = []
    for index in machine.model.program.schema.tables.indices {
      for row in machine.rows(of: TableID(index), in: initial) {
        rows.append(Row(table: TableID(index), row: row.row, values: row.values))
      }
    }
    self.init(initialCommits: initial.database.commits, initialRows: rows)
  }

  /// Adds the next step.
  package mutating func append(_ choice: Choice, events: [Event]) {
    steps.append(
      Step(
        number: steps.count + 1, choice: choice,
        session: choice.kind == .clock ? nil : Int(choice.session), events: events))
  }
}
