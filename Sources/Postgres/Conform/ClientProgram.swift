import SQL
import Store

/// A writer's program as its client sees it: the commands that go to the server, by the instructions that
/// they are in the compiled program.
struct ClientProgram {
  /// What is sent for one statement of the client's.
  struct Command {
    /// The text in the file, between ``prefix`` and ``suffix``.
    var span: SourceSpan
    var prefix = ""
    var suffix = ""
    /// Texts within it that are sent otherwise: no `INTO …`, and `SELECT` for `PERFORM`.
    var replaced: [(span: SourceSpan, text: String)] = []
    /// Whether the rows' order means something.
    var isOrdered = false
  }

  /// One command and the instructions that it stands for.
  struct Unit {
    enum Kind: Hashable {
      /// Between `beginImplicit` and `commitImplicit`.
      case statement
      /// A statement on the world, on the session's other connection.
      case world
      /// `pg_sleep` and its kin, which are not sent: the clock of the scenario decides.
      case sleep
      /// BEGIN, COMMIT, SAVEPOINT, …
      case transactionCommand
    }

    var kind: Kind
    var start: Int
    /// The position of `commitImplicit`; `start` for a single instruction.
    var end: Int
    var command: Command
    /// Whether a query's result ends it; not so where functions alone are called.
    var hasResult = true
  }

  private(set) var units: [Unit] = []
  /// For each instruction, the unit that it belongs to.
  private(set) var unitAt: [Int?]

  /// Of a session that sends nothing.
  init() { unitAt = [] }

  init(
    routine: Routine, program: Program, syntax: [ProceduralStatementSyntax]
  ) throws(UnsupportedText) {
    unitAt = Array(repeating: nil, count: routine.instructions.count)
    let sites = ProgramSites(syntax)
    var position = 0
    while position < routine.instructions.count {
      let start = position
      position += 1
      var unit: Unit
      switch routine.instructions[start] {
      case .beginImplicit:
        unit = try Self.region(from: start, routine, program, sites)
        position = unit.end + 1
      case .statement(let index, _), .openCursor(let index):
        guard program.statements[Int(index)].isWorld else { continue }
        unit = Unit(
          kind: .world, start: start, end: start,
          command: try Self.command(routine.spans[start], sites, isOrdered: false))
      case .begin, .setTransaction, .commit, .rollback, .savepoint, .rollbackTo, .release:
        unit = Unit(
          kind: .transactionCommand, start: start, end: start,
          command: Command(span: routine.spans[start]))
      default: continue
      }
      for index in unit.start...unit.end { unitAt[index] = units.count }
      units.append(unit)
    }
  }

  private static func region(
    from start: Int, _ routine: Routine, _ program: Program, _ sites: ProgramSites
  ) throws(UnsupportedText) -> Unit {
    var end = start
    var span: SourceSpan?
    var kind = Unit.Kind.statement
    var hasResult = false
    while end + 1 < routine.instructions.count {
      end += 1
      switch routine.instructions[end] {
      case .statement, .openCursor:
        hasResult = true
        span = span ?? routine.spans[end]
      case .sleepUntil: kind = .sleep
      case .call: span = span ?? routine.spans[end]
      default: break
      }
      if routine.instructions[end] == .commitImplicit { break }
    }
    let place = span ?? routine.spans[start]
    return Unit(
      kind: kind, start: start, end: end,
      command: try command(place, sites, isOrdered: false), hasResult: hasResult)
  }

  /// What is sent for the text that an instruction comes from.
  private static func command(
    _ span: SourceSpan, _ sites: ProgramSites, isOrdered: Bool
  ) throws(UnsupportedText) -> Command {
    guard let statement = sites.innermost(around: span) else {
      throw UnsupportedText(reason: "this text has no statement around it", span: span)
    }
    func expression(_ value: ExpressionSyntax, suffix: String = ")") -> Command {
      // PL/pgSQL's `expression FROM table …` is a query without its first word.
      var isQuery = false
      if case .scalarSubquery(let query) = value.kind { isQuery = query.span == value.span }
      return Command(
        span: value.span, prefix: isQuery ? "SELECT (SELECT " : "SELECT (", suffix: suffix)
    }
    switch statement.kind {
    case .sql(let sql):
      // EXECUTE runs the statement that PREPARE holds, which lies within another one.
      var command = Command(span: sql.span.covers(span) && sql.isPrepare ? span : sql.span)
      if let into = sql.into { command.replaced.append((into.span, "")) }
      command.isOrdered = sql.isOrdered
      return command
    case .perform(let query):
      var command = Command(span: query.span, isOrdered: !query.orderBy.isEmpty)
      let start = Int(query.span.start)
      let word = SourceSpan(file: query.span.file, start: start, end: start + "PERFORM".utf8.count)
      command.replaced.append((word, "SELECT"))
      return command
    case .assign(_, let value): return expression(value)
    case .returnValue(let value?):
      return expression(value, suffix: ")::text")
    case .declare(let declaration):
      guard let value = declaration.value else { break }
      return expression(value)
    case .forQuery(_, let source, _):
      switch source {
      case .query(let query):
        return Command(span: query.span, isOrdered: !query.orderBy.isEmpty)
      case .statement(let inner): return Command(span: inner.span)
      case .dynamic(let text, _): return expression(text)
      }
    case .ifElse(let branches, _):
      guard let branch = branches.first(where: { $0.condition.span.covers(span) }) else { break }
      return expression(branch.condition)
    case .whileLoop(let condition, _): return expression(condition)
    case .exit(_, let condition?), .next(_, let condition?): return expression(condition)
    case .assert(let condition, _): return expression(condition)
    default: break
    }
    throw UnsupportedText(
      reason: "a value that is computed here cannot be asked of a server; assign it to a variable "
        + "first", span: span)
  }
}

extension StatementSyntax {
  fileprivate var isPrepare: Bool {
    if case .prepare = kind { return true }
    return false
  }

  fileprivate var isOrdered: Bool {
    guard case .select(let query) = kind else { return false }
    return !query.orderBy.isEmpty
  }
}
