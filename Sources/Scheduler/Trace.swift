package import Invariants
package import SQL

/// One run of a model, told step by step in words and values: all that a report needs, and nothing that
/// needs the machine.
package struct Trace: Sendable {
  package var scenarioPath: String
  package var scenarioTitle: String
  /// Empty for the scenario as written.
  package var variant: String
  package var token: String
  package var lanes: [Lane]
  package var tables: [TableShape]
  /// The rows at the start, by table.
  package var initial: [TableRows]
  package var steps: [Step]
  /// The committed rows after the last step, by table.
  package var final: [TableRows]
  /// What the run breaks, if anything.
  package var finding: Finding?

  package init(scenarioPath: String, scenarioTitle: String, variant: String) {
    self.scenarioPath = scenarioPath
    self.scenarioTitle = scenarioTitle
    self.variant = variant
    token = ""
    lanes = []
    tables = []
    initial = []
    steps = []
    final = []
  }

  /// A session.
  package struct Lane: Hashable, Sendable {
    package var letter: String
    package var name: String
    package var writer: String
    package var isolation: String
    /// `ended`, `crashed`, `waiting`, `not started`, `in progress` at the end of the trace.
    package var status: String
    /// What the program returned, or the error that ended it.
    package var outcome: String?
    package var sqlState: String?

    package init(letter: String, name: String, writer: String, isolation: String) {
      self.letter = letter
      self.name = name
      self.writer = writer
      self.isolation = isolation
      status = "not started"
    }
  }

  package struct TableShape: Hashable, Sendable {
    package var name: String
    package var columns: [String]
    /// Positions of the primary key's columns; empty if there is none.
    package var key: [Int]
    package var isWorld: Bool

    package init(name: String, columns: [String], key: [Int], isWorld: Bool) {
      self.name = name
      self.columns = columns
      self.key = key
      self.isWorld = isWorld
    }
  }

  package struct TableRows: Hashable, Sendable {
    package var table: Int
    /// SQL text output; `nil` is NULL.
    package var rows: [[String?]]

    package init(table: Int, rows: [[String?]]) {
      self.table = table
      self.rows = rows
    }
  }

  package struct Step: Hashable, Sendable {
    package enum Kind: String, Sendable {
      /// The session's program does its next step.
      case step
      /// It goes on after a wait.
      case resume
      /// The database fails it to end a deadlock.
      case victim
      /// The database fails it for a dependency that only its coarser predicate locks show.
      case refused
      /// The server cancels its statement, or ends its connection, because a timeout is over.
      case timeout
      case crash
      case clock
    }

    /// From 1.
    package var number: Int
    package var kind: Kind
    /// A position in ``Trace/lanes``; `nil` for the clock.
    package var lane: Int?
    /// The instant of the clock at the step, as SQL prints it; `nil` if the model has no clock.
    package var instant: String?
    /// The margin's label in a timeline.
    package var label: String?
    package var entries: [Entry] = []
    package var changes: [Change] = []
    package var locksTaken: [Lock] = []
    package var locksReleased: [Lock] = []
    /// Set if the session waits at the end of the step.
    package var wait: Wait?
    /// Lanes that this step lets go on.
    package var wakes: [Int] = []
    /// What could have happened instead, as tokens' letters (`a`, `b!v`, `c!x`, `+`).
    package var alternatives: [String] = []
    /// Names of the invariants that the state after this step breaks.
    package var broken: [String] = []
    /// Whether the session's transaction is open before, and after, the step: a block, or a statement by
    /// itself that takes several steps.
    package var wasInTransaction = false
    package var isInTransaction = false

    package init(number: Int, kind: Kind, lane: Int?) {
      self.number = number
      self.kind = kind
      self.lane = lane
    }
  }

  /// A statement or command within a step, or the rest of one that began before.
  package struct Entry: Hashable, Sendable {
    /// The text in the file, white space folded; empty for what has no text of its own.
    package var sql: String
    package var span: SourceSpan?
    package var path: String?
    package var line: Int?
    package var column: Int?
    /// The function it stands in; `nil` for the client's own statements.
    package var routine: String?
    /// Whether it began in an earlier step.
    package var isContinued = false
    /// PostgreSQL's command tag (`UPDATE 1`, `COMMIT`), once it has ended.
    package var tag: String?
    /// What it returned.
    package var resultColumns: [String] = []
    package var resultRows: [[String?]] = []
    package var error: ErrorText?
    /// `rechecked orders(1): no longer matches`, `NOTICE: …`, `crashes`, `runs again (2 left)`: in order.
    package var notes: [String] = []

    package init(sql: String) { self.sql = sql }
  }

  package struct ErrorText: Hashable, Sendable {
    package var state: String
    package var message: String
    /// Whether the writer handles it (a block, a retry).
    package var isHandled: Bool

    package init(state: String, message: String, isHandled: Bool) {
      self.state = state
      self.message = message
      self.isHandled = isHandled
    }
  }

  /// A row that appeared, changed or went.
  package struct Change: Hashable, Sendable {
    package enum Kind: String, Sendable { case insert, update, delete, commit, rollback }

    package var kind: Kind
    package var table: Int
    /// `orders(1)`.
    package var row: String
    /// For an update, the columns that changed; all columns for insert and delete; for a commit or
    /// rollback, those of the row's uncommitted change.
    package var cells: [Cell]
    /// Not committed yet.
    package var isPending: Bool
    /// The lane whose committed change is overwritten, if the writer had not seen it.
    package var overwrites: Int?

    package init(kind: Kind, table: Int, row: String, cells: [Cell], isPending: Bool) {
      self.kind = kind
      self.table = table
      self.row = row
      self.cells = cells
      self.isPending = isPending
    }
  }

  package struct Cell: Hashable, Sendable {
    package var column: String
    package var before: String?
    package var after: String?

    package init(column: String, before: String?, after: String?) {
      self.column = column
      self.before = before
      self.after = after
    }
  }

  package struct Lock: Hashable, Sendable {
    package var row: String
    /// `FOR UPDATE`.
    package var mode: String

    package init(row: String, mode: String) {
      self.row = row
      self.mode = mode
    }
  }

  package struct Wait: Hashable, Sendable {
    /// `orders(1)`, or `key (tx_hash)=(0xabc) of crypto_payments`, or `12:16:00` for a sleep.
    package var what: String
    package var mode: String?
    package var lanes: [Int]

    package init(what: String, mode: String?, lanes: [Int]) {
      self.what = what
      self.mode = mode
      self.lanes = lanes
    }
  }

  /// What is wrong with the run.
  package struct Finding: Hashable, Sendable {
    package enum Kind: String, Sendable {
      case invariant, finally, deadlock, stuck, endless, error, serializable
    }

    package var kind: Kind
    /// The invariant's name, or the built-in property's.
    package var name: String
    /// What the invariant says.
    package var text: String
    /// The step after which it is broken.
    package var step: Int
    /// No run with fewer steps breaks it.
    package var isShortest = true
    /// The query's text, its place, and the rows it returned.
    package var query: String?
    package var path: String?
    package var line: Int?
    package var columns: [String] = []
    package var rows: [[String?]] = []
    /// The part of the condition that makes the row a violation: `o.status IN ('expired', 'cancelled')`
    /// is true, with the values of the columns in it.
    package var falsePart: String?
    /// `lost update`, `write skew`, `logic error`: in plain words.
    package var anomaly: String?
    /// `P4`, `A5B`, `G2`; `nil` for those without a code.
    package var anomalyCode: String?
    /// One sentence with names and step numbers.
    package var explanation: String = ""
    /// What to try, most promising first.
    package var advice: [String] = []
    /// For a deadlock: `confirm waits for cron on payments(1)`, around the cycle.
    package var cycle: [String] = []
    /// For a run without an end: the steps that come again and again.
    package var loop: ClosedRange<Int>?
    /// The SELECTs that the advice would have end in FOR UPDATE.
    package var lockSites: [SourceSpan] = []
    /// For a lost update, the change that hides another one; told as ``Change/overwrites``.
    package var overwrite: Diagnosis.Overwrite?
    /// What was tried beside the run; empty if that was not asked for.
    package var evidence = Evidence()

    package init(kind: Kind, name: String, text: String, step: Int) {
      self.kind = kind
      self.name = name
      self.text = text
      self.step = step
    }
  }
}
