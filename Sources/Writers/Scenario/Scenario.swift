package import SQL
package import Store

/// A scenario file, compiled: the model that it describes and the variants of it.
package struct Scenario: Sendable {
  /// As given on the command line.
  package var path: String
  package var title: String
  package var description: String
  /// The base model first, then the variants in file order.
  package var models: [Model]
  package var timelines: [Timeline]
  package var sources: SourceMap
  /// The blocks as read; for those who run the scenario's own text elsewhere.
  package var syntax: ScenarioSyntax

  package init(
    path: String, title: String, description: String, models: [Model], timelines: [Timeline],
    sources: SourceMap, syntax: ScenarioSyntax = ScenarioSyntax()
  ) {
    self.path = path
    self.title = title
    self.description = description
    self.models = models
    self.timelines = timelines
    self.sources = sources
    self.syntax = syntax
  }
}

/// What is explored: one variant of a scenario.
package struct Model: Sendable {
  /// The variant's name; empty for the scenario as written.
  package var name: String
  package var program: Program
  /// Fills the tables; runs once, alone, at the first instant of the clock.
  package var setup: RoutineID
  package var sessions: [SessionDefinition]
  /// The instants that the environment moves through, ascending, microseconds since 2000; never empty.
  package var clock: [Int64]
  package var invariants: [Invariant]
  package var faults: [Fault]
  package var allowances: Allowances
  package var expectation: Expectation
  /// Where the expectation (or else the variant, or the scenario's title) is written.
  package var span: SourceSpan
  /// Of schema, data, SQL, isolation, clock and faults; not of comments or layout.
  ///
  /// Names the model in tokens: the first 32 bits.
  package var fingerprint: UInt64
  /// The explicit locks as written, by the numbers that `without lock` takes.
  package var lockSites: [(number: Int, span: SourceSpan)] = []
  /// Those among them that this model leaves out.
  package var omittedLocks: Set<Int> = []
  /// What `:name` stands for, besides the sessions' own parameters.
  package var parameters: [Parameter] = []
  /// Where writers and functions read variables, and their slots (``ProgramBuilder/variableUses``).
  package var variableUses: [SourceSpan: UInt16?] = [:]
  /// Every final state must equal that of some serial order of the writers.
  package var checksSerializable = false
  /// The groups of sessions of which there may be any number: those of writers that run `times many`.
  package var manyGroups: Set<Int> = []
  /// How many sessions each group of ``manyGroups`` has here; `nil` if the model stands for every number, with
  /// ``ScenarioLimits/copiesShown`` of each for show.
  package var copies: Int?

  package init(name: String, program: Program, setup: RoutineID, span: SourceSpan) {
    self.name = name
    self.program = program
    self.setup = setup
    self.span = span
    sessions = []
    clock = [0]
    invariants = []
    faults = []
    allowances = Allowances()
    expectation = .none
    fingerprint = 0
  }
}

extension Model {
  /// A `param` with its value in this model.
  package struct Parameter: Hashable, Sendable {
    package var name: String
    package var type: DataType
    package var value: Value

    package init(name: String, type: DataType, value: Value) {
      self.name = name
      self.type = type
      self.value = value
    }
  }
}

/// A session and the program that it runs.
package struct SessionDefinition: Sendable {
  package var writer: String
  /// Unique: `confirm`, `confirm(2)`, `verify#3`.
  package var name: String
  package var routine: RoutineID
  /// The values of the routine's parameters.
  package var arguments: [Value]
  package var isolation: IsolationLevel
  /// How often an error among ``retryConditions`` starts the program again; may be
  /// ``asOftenAsItTakes``.
  package var retries: Int
  package var retryConditions: [SQLState]
  /// How often the program runs again after its end, however it ended.
  package var restarts: Int
  /// Whether it runs again only if its client has died.
  package var restartsOnCrashOnly: Bool
  /// Sessions with the same number are identical: same program, arguments and options.
  package var group: Int

  /// The number of ``retries`` that are never used up.
  package static let asOftenAsItTakes = 0x7FF

  package init(
    writer: String, name: String, routine: RoutineID, arguments: [Value],
    isolation: IsolationLevel, group: Int
  ) {
    self.writer = writer
    self.name = name
    self.routine = routine
    self.arguments = arguments
    self.isolation = isolation
    self.group = group
    retries = 0
    retryConditions = []
    restarts = 0
    restartsOnCrashOnly = false
  }
}

/// A query that must return no rows.
package struct Invariant: Sendable {
  package enum Moment: String, Sendable { case always, finally }

  package var name: String
  package var text: String
  package var moment: Moment
  package var query: QueryID
  /// The query's text in the file.
  package var span: SourceSpan

  package init(name: String, text: String, moment: Moment, query: QueryID, span: SourceSpan) {
    self.name = name
    self.text = text
    self.moment = moment
    self.query = query
    self.span = span
  }
}

/// `crash writer up to N`.
package struct Fault: Sendable {
  /// Positions in ``Model/sessions``.
  package var sessions: [Int]
  package var limit: Int

  package init(sessions: [Int], limit: Int) {
    self.sessions = sessions
    self.limit = limit
  }
}

/// Built-in properties that may fail; by session.
package struct Allowances: Sendable {
  /// Sessions that may be in a deadlock; all if it contains every session.
  package var deadlock: Set<Int> = []
  package var stuck: Set<Int> = []
  /// Sessions that may go on for ever.
  package var endless: Set<Int> = []
  /// For each session, the errors that may end it; an empty list for any.
  package var errors: [Int: [SQLState]] = [:]

  package init() {}
}

package enum Expectation: Hashable, Sendable {
  case none
  case proved
  /// Exactly these; any if empty. Built-in properties: ``BuiltInProperty``.
  case violated([String])
  case inconclusive
}

extension Model {
  /// For each session, the one before it that runs the same program with the same arguments, or -1.
  package var identicalBefore: [Int] {
    var last: [Int: Int] = [:]
    return sessions.indices.map { last.updateValue($0, forKey: sessions[$0].group) ?? -1 }
  }

  /// Whether a program or function has a loop, so that a run may have no end.
  package var canLoop: Bool {
    program.routines.contains(where: \.hasLoop)
      || sessions.contains { $0.retries == SessionDefinition.asOftenAsItTakes }
  }

  /// The most rows that all sessions add to the tables whose new rows nobody notices; `nil` if that is not known.
  package func greatestRowCount(_ facts: NoticeFacts) -> Int? {
    guard !canLoop else { return nil }
    var sum = 0
    for session in sessions {
      guard let count = facts.rowsAdded(by: session.routine, of: program) else { return nil }
      sum += count * (1 + session.retries) * (1 + session.restarts)
    }
    return sum
  }

  /// Whether a transaction runs at the level SERIALIZABLE.
  package var hasSerializableTransactions: Bool {
    if sessions.contains(where: { $0.isolation == .serializable }) { return true }
    return program.routines.contains { routine in
      routine.instructions.contains {
        switch $0 {
        case .begin(let options), .setTransaction(let options): options.isolation == .serializable
        case .set(.defaultIsolation, let value, _):
          value.asInteger == Int64(IsolationLevel.serializable.rawValue)
        default: false
        }
      }
    }
  }
}

/// The properties that are always checked unless the scenario allows their failure.
package enum BuiltInProperty: String, CaseIterable, Sendable {
  case deadlock, stuck
  /// A session goes on for ever, whatever the others do.
  case endless
  case unhandledError = "unhandled_error"
  case serializable
}

/// `timeline name { … }`: a schedule by name.
package struct Timeline: Sendable {
  package enum Extent: Hashable, Sendable {
    case untilEndOrWait, completion, waiting
    case steps(Int)
  }

  package enum Action: Hashable, Sendable {
    /// Positions in ``Model/sessions``, moved one after the other.
    case move([Int], Extent)
    /// A position in ``Model/clock``.
    case clock(Int)
    /// The schedule that a replay token stands for, whole.
    case token(String)
  }

  package struct Entry: Hashable, Sendable {
    /// As written in the margin.
    package var time: String?
    package var action: Action
    package var span: SourceSpan

    package init(time: String?, action: Action, span: SourceSpan) {
      self.time = time
      self.action = action
      self.span = span
    }
  }

  package var name: String
  package var text: String
  package var entries: [Entry]
  package var expectation: Expectation
  package var span: SourceSpan

  package init(
    name: String, text: String, entries: [Entry], expectation: Expectation, span: SourceSpan
  ) {
    self.name = name
    self.text = text
    self.entries = entries
    self.expectation = expectation
    self.span = span
  }
}
