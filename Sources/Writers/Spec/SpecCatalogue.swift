import SQL
import Store

/// What is defined while a spec runs whose steps define things.
///
/// Like a server, it finds out what a statement means when the statement begins: under the definitions of that moment,
/// those of transactions that have been committed and those of the session's own. Definitions are a log of
/// statements that is done again for each session that sees another part of it:
///
///     log               s1 sees      s2 sees
///     1 ALTER TABLE t   1 2          1          ← 1 was committed; 2 is s1's, whose transaction is open
///     2 DROP TABLE u
///
/// Tables keep their numbers, so that what is stored is the same for all. Who changes a table's shape has locked it
/// for itself: what is stored has the shape that *that* session sees.
struct SpecCatalogue {
  /// A statement of a string, ready to run.
  enum Plan {
    case run(RoutineID)
    /// Takes the locks of a definition, which is to be made then.
    case define(RoutineID)
    case refused(Diagnostic)
  }

  /// A definition that has been made.
  private struct Entry {
    var number: Int
    /// Whose transaction is open; `nil` for what was committed.
    var session: Int?
    var statement: StatementSyntax
    var firstTable: Int
    var firstSequence: Int
    var definition: StepDefinition
    var former: [(table: TableID, cells: DatabaseState.FormerCells)] = []
    /// For a temporary table, whose it is.
    var owner: Int?
  }

  /// What a transaction's end has done to definitions.
  struct Ending {
    var created: [StepDefinition.Relation] = []
    var dropped: [String] = []
    var renamed: [(old: String, new: String)] = []
    /// Rows whose tables have their former shape again.
    var former: [(table: TableID, cells: DatabaseState.FormerCells)] = []
    /// Tables that were written anew, whose rows older snapshots do not find.
    var rewritten: [TableID] = []
  }

  private struct Place: Hashable {
    var view: [Int]
    /// The statement's: definitions of a setup divide a string into several.
    var span: SourceSpan
    var statement: Int
    var found: ProgramBuilder.TablesFound
  }

  private let builder: ProgramBuilder
  private var contexts: [ClientContext]
  private let base: ProgramBuilder.Definitions
  private var entries: [Entry] = []
  private var views: [[Int]: ProgramBuilder.Definitions] = [:]
  private var plans: [Place: Plan] = [:]
  /// Those that the builder has at hand.
  private var current: [Int] = []
  private var entryCount = 0
  private var tableCount: Int
  private var sequenceCount: Int

  /// The contexts are those of the sessions, the control connection's last.
  init(_ builder: ProgramBuilder, contexts: [ClientContext]) {
    self.builder = builder
    self.contexts = contexts
    base = builder.definitions
    views[[]] = base
    tableCount = base.tableCount
    sequenceCount = base.sequenceCount
  }

  // MARK: Views

  /// The numbers of the definitions that a session sees; `nil` for those that all see.
  func view(of session: Int?) -> [Int] {
    entries.filter { entry in
      entry.session == nil
        ? entry.owner == nil || entry.owner == session : entry.session == session
    }.map(\.number)
  }

  private mutating func activate(_ view: [Int]) {
    guard current != view else { return }
    current = view
    if let known = views[view] {
      builder.restore(known)
      return
    }
    builder.restore(base)
    builder.renewFunctions()
    for entry in entries where view.contains(entry.number) {
      builder.reserve(tables: entry.firstTable, sequences: entry.firstSequence)
      // It has been done before, under the same definitions or such that have nothing to do with it.
      _ = try? builder.applyStep(entry.statement)
    }
    builder.compileRenewed()
    views[view] = builder.definitions
  }

  /// The program with the tables as they are stored now.
  ///
  /// For tables whose children have been found before, `families` says which those were.
  mutating func program(for session: Int, families: [TableID: [TableID]]? = nil) -> Program {
    let own = view(of: session)
    activate(view(of: nil))
    let common = builder.definitions
    var others: [(definitions: ProgramBuilder.Definitions, tables: Set<Int>)] = []
    for other in Set(entries.compactMap { $0.session ?? $0.owner }).sorted() {
      activate(view(of: other))
      let touched = entries.filter { ($0.session ?? $0.owner) == other }
        .reduce(into: Set<Int>()) { $0.formUnion($1.definition.touched) }
      others.append((builder.definitions, touched))
    }
    activate(own)
    let mine = builder.definitions
    builder.overlay(common, tables: Set(0..<common.tableCount))
    for other in others { builder.overlay(other.definitions, tables: other.tables) }
    builder.reserve(tables: tableCount, sequences: sequenceCount)
    if let families { builder.fix(families) }
    let program = builder.program
    builder.restore(mine)
    return program
  }

  // MARK: Statements

  /// Finds out what a statement of a string means to a session.
  ///
  /// For tables whose children have been found before, `families` says which those were; `found` which
  /// of its tables VACUUM or ANALYZE has found before.
  mutating func plan(
    _ text: SpecText, _ index: Int, session: Int, families: [TableID: [TableID]]? = nil,
    found: ProgramBuilder.TablesFound = .none
  ) -> Plan {
    let view = view(of: session)
    let place = Place(
      view: view, span: text.statements[index].span, statement: index, found: found)
    if families == nil, let known = plans[place] { return known }
    activate(view)
    guard builder.program.routines.count < Self.routinesLimit else {
      return .refused(
        Diagnostic(
          .limitExceeded, "the permutations define too much to be run at once", at: text.span,
          help: "spread them over several files"))
    }
    let kept = builder.definitions
    if let families { builder.fix(families) }
    builder.tablesFound = found
    defer { builder.tablesFound = .none }
    let plan = compile(text, index)
    if families != nil { builder.restore(kept) } else { plans[place] = plan }
    return plan
  }

  private static let routinesLimit = 60_000

  private mutating func compile(_ text: SpecText, _ index: Int) -> Plan {
    let statement = text.statements[index]
    let isLast = index + 1 == text.statements.count
    let count = text.statements.count
    builder.diagnostics = []
    defer { builder.diagnostics = [] }
    builder.locksDefinitions = text.locksDefinitions
    if statement.isStepDefinition {
      let routine = builder.compileLocks(
        name: text.name, text.locksDefinitions ? builder.stepLocks(statement) : [], of: count,
        isLast: false, at: statement.span, context: &contexts[text.session])
      return routine.map { .define($0) } ?? refusal(at: statement.span)
    }
    if let error = builder.mismatchedChild(in: statement) {
      let routine = builder.compileLocks(
        name: text.name, builder.namedLocks(statement), error: error, of: count, isLast: isLast,
        at: statement.span, context: &contexts[text.session])
      return routine.map { .run($0) } ?? refusal(at: statement.span)
    }
    let routine = builder.compileStatement(
      name: text.name, statement, of: count, isLast: isLast, at: text.span,
      context: &contexts[text.session])
    if let routine { return .run(routine) }
    let mistake = builder.diagnostics.first { $0.severity == .error }
    guard let mistake, let error = builder.serverError(mistake, in: statement) else {
      return refusal(at: statement.span)
    }
    let failing = builder.compileLocks(
      name: text.name, builder.namedLocks(statement), error: error, of: count, isLast: isLast,
      at: statement.span, context: &contexts[text.session])
    return failing.map { .run($0) } ?? refusal(at: statement.span)
  }

  private func refusal(at span: SourceSpan) -> Plan {
    .refused(
      builder.diagnostics.first { $0.severity == .error }
        ?? Diagnostic(.unsupportedStatement, "this statement cannot be run here", at: span))
  }

  /// The end of a statement that has defined something, or could not.
  mutating func end(
    _ text: SpecText, _ index: Int, session: Int, command: String, error: SQLError?
  ) -> RoutineID? {
    activate(view(of: session))
    return builder.compileEnd(
      name: text.name, command: command, error: error, of: text.statements.count,
      isLast: index + 1 == text.statements.count, at: text.statements[index].span,
      context: &contexts[text.session])
  }

  /// Whether a statement gives a name that is free as a session sees it.
  mutating func isNameFree(_ statement: StatementSyntax, session: Int) -> Bool {
    activate(view(of: session))
    return !statement.createdNames.contains { builder.hasRelation($0) }
  }

  /// The tables whose rows those are that a session finds in a table.
  mutating func families(for session: Int) -> [TableID: [TableID]] {
    activate(view(of: session))
    return builder.families
  }

  /// Whether a statement names a table itself.
  mutating func names(_ table: TableID, _ statement: StatementSyntax, session: Int) -> Bool {
    activate(view(of: session))
    return builder.namedLocks(statement).contains { $0.table == table }
  }

  // MARK: Definitions

  /// Makes a definition for a session, which has its locks.
  ///
  /// - Returns: what it does.
  mutating func define(
    _ statement: StatementSyntax, session: Int, in database: inout DatabaseState
  ) throws(StepDefinition.Failure) -> StepDefinition {
    activate(view(of: session))
    try refusePending(statement, session: session, database)
    let before = builder.definitions
    builder.reserve(tables: tableCount, sequences: sequenceCount)
    var entry = Entry(
      number: entryCount, session: session, statement: statement, firstTable: tableCount,
      firstSequence: sequenceCount, definition: StepDefinition(command: ""))
    builder.renewFunctions()
    do throws(StepDefinition.Failure) {
      entry.definition = try builder.applyStep(statement)
      try reshape(&entry, session, &database)
    } catch {
      builder.restore(before)
      throw error
    }
    if entry.definition.isNothing {
      builder.restore(before)
      return entry.definition
    }
    builder.compileRenewed()
    if entry.definition.isTemporary { entry.owner = session }
    entryCount += 1
    entries.append(entry)
    current = view(of: session)
    views[current] = builder.definitions
    tableCount = max(tableCount, builder.definitions.tableCount)
    sequenceCount = max(sequenceCount, builder.definitions.sequenceCount)
    database.noteDefinition(entry.number, session: session)
    return entry.definition
  }

  private func reshape(
    _ entry: inout Entry, _ session: Int, _ database: inout DatabaseState
  ) throws(StepDefinition.Failure) {
    let builder = builder
    do throws(SQLError) {
      for reshape in entry.definition.reshapes {
        let cells = try database.reshape(reshape.table, width: reshape.width) {
          (row) throws(SQLError) in try builder.reshaped(row, reshape)
        }
        entry.former.append((reshape.table, cells))
      }
      let found = database
      let schema = builder.program.schema
      try builder.check(entry.definition) { table in
        found.rows(of: table, width: schema[table].storedCount, session: session)
      }
    } catch {
      for (table, cells) in entry.former { database.undoReshape(of: table, cells) }
      entry.former = []
      throw .error(error)
    }
  }

  /// A definition's transaction has ended; it is kept if that was committed.
  mutating func end(_ number: Int, isKept: Bool) -> Ending {
    var ending = Ending()
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return ending }
    guard isKept else {
      ending.former = entries[index].former
      entries.remove(at: index)
      return ending
    }
    entries[index].session = nil
    entries[index].former = []
    ending.created = entries[index].definition.created
    ending.dropped = entries[index].definition.dropped
    ending.renamed = entries[index].definition.renamed
    ending.rewritten = entries[index].definition.rewritten
    return ending
  }

  /// Forgets what has been done to a relation that a setup creates anew, or that is dropped.
  mutating func forget(_ relation: SpecRelation) {
    entries.removeAll { entry in
      entry.session == nil
        && (entry.definition.touched.contains { relation.tables.contains($0) }
          || entry.definition.created.contains { $0.name == relation.name }
          || entry.definition.dropped.contains(relation.name))
    }
  }

  /// Forgets what has been done to functions of a name, which a setup defines anew, or which are dropped.
  mutating func forgetFunctions(named name: String) {
    entries.removeAll { $0.session == nil && $0.statement.functionNames.contains(name) }
  }

  /// Tables for whose rows the session has put work off are not changed (`CheckTableNotInUse`).
  private func refusePending(
    _ statement: StatementSyntax, session: Int, _ database: DatabaseState
  ) throws(StepDefinition.Failure) {
    for table in builder.changedTables(statement)
    where database.hasDeferred(table, session: session) {
      let command = statement.isDrop ? "DROP TABLE" : "ALTER TABLE"
      throw .error(
        SQLError(
          .objectInUse,
          "cannot \(command) \"\(builder.program.schema[table].name)\" because it has pending "
            + "trigger events"))
    }
  }
}

extension StatementSyntax {
  /// The functions that it defines or drops.
  fileprivate var functionNames: [String] {
    switch kind {
    case .createFunction(let function): [function.name.last.text]
    case .drop(let drop) where drop.kind == .function || drop.kind == .procedure:
      drop.names.map(\.last.text)
    default: []
    }
  }

  fileprivate var isDrop: Bool {
    if case .drop = kind { return true }
    return false
  }
}

extension DatabaseState {
  /// Whether work on rows of a table waits for the end of a session's transaction.
  fileprivate func hasDeferred(_ table: TableID, session: Int) -> Bool {
    deferred.contains { item in
      guard Int(item.session) == session, item.takenLevel == 0 else { return false }
      let row = cells[Int(item.cells) + 1]
      return row.isRow && row.rowTable == Int(table.index)
    }
  }

  /// The rows of a table as a definition finds them: the newest, the session's own included.
  fileprivate func rows(of table: TableID, width: Int, session: Int) -> [[Value]] {
    var rows: [[Value]] = []
    var scan = scan(table.index, session: session, snapshot: commits, command: .max)
    while let found = next(&scan) {
      rows.append(Array(cells[Int(found.cells)..<Int(found.cells) + width]))
    }
    return rows
  }
}
