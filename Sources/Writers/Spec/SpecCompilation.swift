import SQL
import Store

/// One compilation of a spec: its definitions first, then the strings of each connection.
struct SpecCompilation {
  let spec: Spec
  let sources: SourceMap
  let builder: ProgramBuilder
  var diagnostics: [Diagnostic] = []
  /// What each definition of a setup has made, by its place.
  var relations: [SourceSpan: [SpecRelation]] = [:]
  var createsTemporaries = false
  /// The materialized views, by name.
  var materializedViews: [String: CreateTableSyntax] = [:]
  /// Whether steps change definitions in ways that are not prepared.
  var definesInSteps = false

  /// The session whose strings are compiled.
  var definedSession = 0

  /// Where a string is sent, which decides what it may hold.
  enum Place { case control, setup, step }

  init(spec: Spec, sources: SourceMap) {
    self.spec = spec
    self.sources = sources
    builder = ProgramBuilder(sources: sources)
    builder.allowsSystemColumns = true
    builder.program.format = FormatOptions(dateStyle: .postgresMDY, timeZone: .pacific)
  }

  /// The statements of all blocks.
  private struct Statements {
    var setups: [[StatementSyntax]]
    var teardown: [StatementSyntax]?
    var sessions:
      [(setup: [StatementSyntax]?, steps: [[StatementSyntax]], teardown: [StatementSyntax]?)]
  }

  private func everything(in statements: Statements) -> [StatementSyntax] {
    statements.setups.joined()
      + statements.sessions.flatMap { session in
        (session.setup ?? []) + session.steps.joined() + (session.teardown ?? [])
      }
      + (statements.teardown ?? [])
  }

  /// Parses all blocks, and defines what the setups create.
  private mutating func prepare() -> Statements {
    var statements = Statements(setups: spec.setups.map { parse($0) }, sessions: [])
    statements.teardown = spec.teardown.map { parse($0) }
    statements.sessions = spec.sessions.map { session in
      (
        setup: session.setup.map { parse($0) }, steps: session.steps.map { parse($0.block) },
        teardown: session.teardown.map { parse($0) }
      )
    }
    builder.switchesTriggers = true
    builder.program.roles = ["postgres"]
    builder.noteRoles(in: everything(in: statements))
    for statement in statements.setups.joined() { define(statement) }
    for (number, session) in statements.sessions.enumerated() {
      builder.definingSession = number
      for statement in session.setup ?? [] { define(statement) }
    }
    builder.definingSession = nil
    for (number, session) in statements.sessions.enumerated() {
      let all = (session.setup ?? []) + session.steps.joined() + (session.teardown ?? [])
      defineScratch(all, session: number)
    }
    defineScratch(
      statements.setups.joined() + (statements.teardown ?? []),
      session: statements.sessions.count)
    builder.noteIndexWork(in: everything(in: statements))
    for statement in statements.setups.joined() where statement.isSwitch {
      prepareSwitch(statement)
    }
    for statement in statements.sessions.compactMap(\.setup).joined() where statement.isSwitch {
      prepareSwitch(statement)
    }
    let steps = statements.sessions.flatMap(\.steps).joined()
    definesInSteps = steps.contains { !builder.isPrepared($0) }
    if definesInSteps {
      builder.tracksAllTables = true
      for statement in steps { builder.reserveNames(of: statement) }
    }
    for statement in steps
    where statement.isChange && !(definesInSteps && statement.isPlanned) {
      prepareSwitch(statement)
    }
    noteStatistics(Array(statements.setups.joined()))
    let all = everything(in: statements)
    if builder.program.hasRoles { refuseUnguarded(all) }
    createsTemporaries = all.contains {
      if case .createTable(let table) = $0.kind { table.isTemporary } else { false }
    }
    builder.numberLocks(in: all, [])
    builder.compileFunctions()
    return statements
  }

  /// Compiles the spec as one scenario, whose writers are the sessions.
  mutating func compileScenario(path: String) -> Scenario {
    let statements = prepare()
    refuseFamilies(statements.setups)
    var control = ClientContext()
    let data = statements.setups.map { $0.filter { !$0.isDefinition && !$0.isTruncate } }
    let setup = builder.compileStrings(
      name: "setup", data, at: spec.setups.first?.span ?? .nowhere, context: &control)
    var model = Model(
      name: "", program: builder.program, setup: setup ?? RoutineID(0), span: .nowhere)
    var fingerprint = ScenarioFingerprint(sources: sources)
    for block in spec.setups { fingerprint.add(block.text) }
    for (position, session) in spec.sessions.enumerated() {
      let parsed = statements.sessions[position]
      for statement in parsed.steps.joined()
      where statement.isDefinition || statement.isSwitch || statement.isChange {
        refuseExplored(statement)
      }
      for statement in (parsed.setup ?? []) + parsed.steps.joined() where statement.isRole {
        diagnostics.append(
          Diagnostic(
            .unsupportedStatement, "roles are not explored", at: statement.span,
            help: "run the spec, or leave the roles out"))
      }
      for statement in (parsed.setup ?? []) + parsed.steps.joined() where statement.isTwoPhase {
        diagnostics.append(
          Diagnostic(
            .unsupportedStatement, "two-phase commit is not explored", at: statement.span,
            help: "run the spec, or use COMMIT or ROLLBACK alone"))
      }
      let strings = ([parsed.setup ?? []] + parsed.steps).map { string in
        string.filter { !$0.isDefinition && !$0.isSwitch }
      }
      var context = ClientContext()
      let routine = builder.compileStrings(
        name: session.name.text, strings.filter { !$0.isEmpty }, at: session.name.span,
        context: &context)
      let name = session.name.text
      model.sessions.append(
        SessionDefinition(
          writer: name, name: name, routine: routine ?? RoutineID(0), arguments: [],
          isolation: .readCommitted, group: position))
      fingerprint.add(name)
      for block in [session.setup].compactMap({ $0 }) + session.steps.map(\.block) {
        fingerprint.add(block.text)
      }
    }
    builder.finishRoutines()
    takeDiagnostics()
    model.program = builder.program
    model.lockSites = builder.lockSites
    model.clock = [SpecCompiler.instant]
    model.fingerprint = fingerprint.value
    let title = path.split(separator: "/").last.map(String.init) ?? path
    return Scenario(
      path: path, title: title, description: "", models: [model], timelines: [], sources: sources)
  }

  /// Compiles what a run needs that compiles its statements when they begin.
  mutating func prepareSteps() -> [ClientContext] {
    let statements = prepare()
    _ = idle()
    builder.finishRoutines()
    builder.diagnostics = []
    var contexts = [ClientContext](repeating: ClientContext(), count: spec.sessions.count + 1)
    for (session, parsed) in statements.sessions.enumerated() {
      for string in [parsed.setup ?? []] + parsed.steps + [parsed.teardown ?? []] {
        contexts[session].add(string)
      }
    }
    return contexts
  }

  /// Has the model know of the transactions that there may be, where no statement is compiled before it runs.
  private mutating func compileCommands(_ statements: Statements) {
    let all = everything(in: statements)
    var context = ClientContext()
    let commands = all.filter(\.isCommand)
    _ = builder.compileString(
      name: "commands", commands, at: commands.first?.span ?? .nowhere, context: &context)
    for statement in all where statement.isTwoPhase {
      refuseBeside("two-phase commit", statement)
    }
    if builder.program.hasRoles, let role = all.first(where: \.namesRole) {
      refuseBeside("a role", role)
    }
    for statement in statements.sessions.flatMap(\.steps).joined() {
      if let command = statement.preparedAlone { refuseBeside(command, statement) }
    }
  }

  mutating func compile() -> CompiledSpec {
    let statements = prepare()
    let setups = statements.setups
    let teardown = statements.teardown
    let sessions = statements.sessions
    var control = ClientContext()
    var compiled = CompiledSpec(
      spec: spec, model: Model(name: "", program: builder.program, setup: idle(), span: .nowhere),
      setups: [], teardown: nil, sessions: [])
    definedSession = spec.sessions.count
    compiled.setups = zip(spec.setups, setups).map {
      string("setup", $0, $1, in: .control, &control)
    }
    for (number, (session, parsed)) in zip(spec.sessions, sessions).enumerated() {
      definedSession = number
      compiled.sessions.append(strings(of: session, parsed.setup, parsed.steps, parsed.teardown))
    }
    definedSession = spec.sessions.count
    if let block = spec.teardown {
      compiled.teardown = string("teardown", block, teardown ?? [], in: .control, &control)
    }
    if definesInSteps { compileCommands(statements) }
    compiled.definesInSteps = definesInSteps
    builder.finishRoutines()
    takeDiagnostics()
    compiled.model.program = builder.program
    compiled.model.lockSites = builder.lockSites
    compiled.model.clock = [SpecCompiler.instant]
    if compiled.model.hasSerializableTransactions {
      refuseIndexMethods(setups)
      if !definesInSteps { refuseIndexSteps(sessions.flatMap { $0.steps.joined() }) }
    }
    let names =
      spec.sessions.map(\.name.text) + ["control connection"] + builder.program.preparedNames
    compiled.model.sessions = names.enumerated().map { index, name in
      SessionDefinition(
        writer: name, name: name, routine: compiled.model.setup, arguments: [],
        isolation: .readCommitted, group: index)
    }
    return compiled
  }

  mutating func takeDiagnostics() {
    diagnostics += builder.diagnostics
    builder.diagnostics = []
  }

  /// A routine that does nothing.
  private func idle() -> RoutineID {
    var context = ClientContext()
    return builder.compileString(name: "idle", [], at: .nowhere, context: &context)
      ?? RoutineID(0)
  }

  private mutating func parse(_ block: SpecBlock) -> [StatementSyntax] {
    let file = sources.file(of: block.span)
    var parser = Parser(
      LexerInput(bytes: file.bytes, range: block.span.range, file: block.span.file))
    parser.ignoresMaintenance = true
    let statements = parser.parseStatements()
    diagnostics += parser.diagnostics
    return statements.flatMap(Self.withRows)
  }

  /// `CREATE TABLE … AS query` as two statements, of which the second fills the table.
  private static func withRows(_ statement: StatementSyntax) -> [StatementSyntax] {
    guard case .createTable(let table) = statement.kind, let query = table.query, !table.hasNoRows
    else { return [statement] }
    var target = TargetTableSyntax(name: table.name)
    if table.isMaterializedView {
      target.alias = NameSyntax(
        ProgramBuilder.refreshAlias, at: table.name.span, isQuoted: true)
    }
    let insert = InsertSyntax(
      table: target, columns: [], overriding: nil, source: .query(query))
    return [statement, StatementSyntax(.insert(insert), at: statement.span)]
  }

  // MARK: Definitions

  /// Defines what a setup creates; what it drops is taken to be left from before.
  private mutating func define(_ statement: StatementSyntax) {
    guard statement.isDefinition, !statement.isSwitch else { return }
    if case .drop(let drop) = statement.kind, drop.kind.isRelation { return }
    if case .createTable(let table) = statement.kind { noteView(table) }
    let tables = builder.program.schema.tables.count
    let sequences = builder.program.schema.sequences.count
    builder.define([statement], isWorld: false)
    takeDiagnostics()
    let relation = SpecRelation(
      name: "", ifNotExists: false,
      tables: tables..<builder.program.schema.tables.count,
      sequences: sequences..<builder.program.schema.sequences.count)
    guard var made = Self.relation(of: statement) else { return }
    made.tables = relation.tables
    made.sequences = relation.sequences
    relations[statement.span] = [made]
  }

  private static func relation(of statement: StatementSyntax) -> SpecRelation? {
    switch statement.kind {
    case .createTable(let table):
      SpecRelation(
        name: table.name.last.text, ifNotExists: table.ifNotExists, tables: 0..<0, sequences: 0..<0)
    case .createSequence(let sequence):
      SpecRelation(
        name: sequence.name.last.text, ifNotExists: sequence.ifNotExists, tables: 0..<0,
        sequences: 0..<0)
    case .createView(let view):
      SpecRelation(
        name: view.name.last.text, ifNotExists: view.orReplace, tables: 0..<0, sequences: 0..<0)
    default: nil
    }
  }

  /// Compiles what a trigger, a foreign key or a sequence will be, once the statement has run.
  private mutating func prepareSwitch(_ statement: StatementSyntax) {
    _ = builder.defineStep(statement)
    takeDiagnostics()
  }

  /// Finds the tables of which the planner knows how small they are: VACUUM, ANALYZE and making an index
  /// count the rows that are there.
  private mutating func noteStatistics(_ statements: [StatementSyntax]) {
    var filled: Set<String> = []
    var analyzed: Set<String> = []
    for statement in statements {
      switch statement.kind {
      case .insert(let insert): filled.insert(insert.table.name.last.text)
      case .createIndex(let index): analyzed.formUnion(filled.intersection([index.table.last.text]))
      case .alterTable(let change): analyzed.formUnion(filled.intersection([change.name.last.text]))
      case .maintenance:
        analyzed.formUnion(filled)
      default: break
      }
    }
    for table in builder.program.schema.tables.indices
    where analyzed.contains(builder.program.schema.tables[table].name) {
      builder.program.schema.tables[table].isAnalyzed = true
    }
  }
}
