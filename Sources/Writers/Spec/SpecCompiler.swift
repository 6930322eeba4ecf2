package import SQL
import Store

/// Compiles the SQL of a spec.
///
/// All definitions come first, in the order of the file: a table that setup creates and teardown drops is
/// there for good, and empty at the start of each permutation.
package enum SpecCompiler {
  /// - Returns: `nil` for the spec if there is a mistake in it.
  package static func compile(
    _ spec: Spec, sources: SourceMap
  ) -> (compiled: CompiledSpec?, diagnostics: [Diagnostic]) {
    var compilation = SpecCompilation(spec: spec, sources: sources)
    let compiled = compilation.compile()
    let errors = compilation.diagnostics.filter { $0.severity == .error }.inFileOrder
    return (errors.isEmpty ? compiled : nil, errors)
  }

  /// Reads and compiles a file.
  package static func compile(
    _ file: SourceFile
  ) -> (compiled: CompiledSpec?, diagnostics: [Diagnostic], sources: SourceMap) {
    let sources = SourceMap(file)
    let parsed = SpecReader.read(file)
    guard parsed.isUsable else { return (nil, parsed.diagnostics, sources) }
    let (compiled, diagnostics) = compile(parsed.value, sources: sources)
    return (compiled, diagnostics, sources)
  }

  /// Reads a file, and compiles it into a scenario: each session is a writer that runs its setup and then
  /// all of its steps in the order of the file.
  package static func scenario(
    _ file: SourceFile
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic], sources: SourceMap) {
    let sources = SourceMap(file)
    let parsed = SpecReader.read(file)
    guard parsed.isUsable else { return (nil, parsed.diagnostics, sources) }
    var compilation = SpecCompilation(spec: parsed.value, sources: sources)
    let scenario = compilation.compileScenario(path: file.path)
    let errors = compilation.diagnostics.filter { $0.severity == .error }.inFileOrder
    return (errors.isEmpty ? scenario : nil, errors, sources)
  }

  /// What a spec's definitions are before its first step, for runs that compile statements when they begin; and what
  /// each session has prepared, the control connection last.
  static func builder(of compiled: CompiledSpec) -> (ProgramBuilder, [ClientContext]) {
    var compilation = SpecCompilation(
      spec: compiled.spec, sources: compiled.model.program.sources)
    let contexts = compilation.prepareSteps()
    return (compilation.builder, contexts)
  }

  /// The server's clock, which stands still: 2025-01-01 00:00 UTC.
  static let instant: Int64 = 9132 * 86_400 * 1_000_000
}

private struct SpecCompilation {
  let spec: Spec
  let sources: SourceMap
  let builder: ProgramBuilder
  private(set) var diagnostics: [Diagnostic] = []
  /// What each definition of a setup has made, by its place.
  private var relations: [SourceSpan: [SpecRelation]] = [:]
  private var createsTemporaries = false
  /// Whether steps change definitions in ways that are not prepared.
  private var definesInSteps = false

  /// The session whose strings are compiled.
  private var definedSession = 0

  /// Where a string is sent, which decides what it may hold.
  private enum Place { case control, setup, step }

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

  /// Refuses what cannot be simulated in one spec with steps whose definitions are made as they run.
  private mutating func refuseBeside(_ what: String, _ statement: StatementSyntax) {
    diagnostics.append(
      Diagnostic(
        .unsupportedStatement,
        "\(what) is not simulated where steps change definitions in this way",
        at: statement.span, help: "move the definitions to a `setup` block"))
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

  private mutating func takeDiagnostics() {
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
    let target = TargetTableSyntax(name: table.name)
    let insert = InsertSyntax(
      table: target, columns: [], overriding: nil, source: .query(query))
    return [statement, StatementSyntax(.insert(insert), at: statement.span)]
  }

  // MARK: Definitions

  /// Defines what a setup creates; what it drops is taken to be left from before.
  private mutating func define(_ statement: StatementSyntax) {
    guard statement.isDefinition, !statement.isSwitch else { return }
    if case .drop(let drop) = statement.kind, drop.kind.isRelation { return }
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

  // MARK: Strings

  private mutating func strings(
    of session: SpecSession, _ setup: [StatementSyntax]?, _ steps: [[StatementSyntax]],
    _ teardown: [StatementSyntax]?
  ) -> SpecSessionStrings {
    var context = ClientContext()
    for statements in [setup ?? []] + steps + [teardown ?? []] { context.add(statements) }
    var result = SpecSessionStrings(setup: nil, steps: [], teardown: nil)
    if let block = session.setup, let setup {
      result.setup = string("\(session.name.text) setup", block, setup, in: .setup, &context)
    }
    for (step, statements) in zip(session.steps, steps) {
      result.steps.append(
        string(step.name.text, step.block, statements, in: .step, &context))
    }
    if let block = session.teardown, let teardown {
      result.teardown = string(
        "\(session.name.text) teardown", block, teardown, in: .setup, &context)
    }
    return result
  }

  private mutating func string(
    _ name: String, _ block: SpecBlock, _ statements: [StatementSyntax], in place: Place,
    _ context: inout ClientContext
  ) -> SpecString {
    var string = SpecString(span: block.span)
    builder.locksDefinitions = place == .step
    defer { builder.locksDefinitions = false }
    var pending: [StatementSyntax] = []
    let session = definedSession
    let isStep = place == .step
    let isText = definesInSteps
    func flush(_ string: inout SpecString) {
      guard !pending.isEmpty else { return }
      if isText {
        string.parts.append(
          .text(
            SpecText(
              name: name, statements: pending, span: block.span, session: session,
              locksDefinitions: isStep)))
        pending = []
        return
      }
      let routine = builder.compileString(name: name, pending, at: block.span, context: &context)
      string.parts.append(.run(routine ?? RoutineID(0)))
      pending = []
    }
    refuseTwoPhase(statements)
    for statement in statements {
      if place == .step, !isText, statement.isDefinition, !statement.isChange {
        builder.refuseStep(statement)
        continue
      }
      let isPart =
        place != .step
        && (statement.isTruncate || statement.isDefinition && !statement.isSwitch)
      guard isPart else {
        pending.append(statement)
        continue
      }
      flush(&string)
      string.parts += parts(of: statement)
    }
    flush(&string)
    takeDiagnostics()
    return string
  }

  /// Partitions and inheritance are run, and not explored.
  private mutating func refuseFamilies(_ setups: [[StatementSyntax]]) {
    for statement in setups.joined() {
      guard case .createTable(let table) = statement.kind,
        table.partitionKey != nil || !table.inherited.isEmpty
      else { continue }
      diagnostics.append(
        Diagnostic(
          .unsupportedClause, "partitions and inheritance are not explored", at: statement.span,
          help: "run the spec, or explore it with one table"))
    }
  }

  /// What has privileges of its own, where sessions may be other roles than the one that may do everything.
  private mutating func refuseUnguarded(_ statements: [StatementSyntax]) {
    guard
      statements.contains(where: {
        if case .role(let role) = $0.kind { role.isChangeOfRole } else { false }
      })
    else { return }
    for statement in statements {
      let what: String
      switch statement.kind {
      case .createView: what = "a view"
      case .createSequence: what = "a sequence"
      case .createFunction: what = "a function"
      case .createTable(let table) where builder.drawsNumbers(table): what = "a serial column"
      case .maintenance(let maintenance) where maintenance.tables.isEmpty:
        what = "VACUUM or ANALYZE of all tables"
      case .ignored("grant"), .ignored("revoke"): what = "a privilege on anything but tables"
      default: continue
      }
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement, "\(what) beside SET ROLE is not simulated", at: statement.span,
          help: "leave one of them out"))
    }
  }

  /// What a search of an index locks against writers depends on its kind; here all are trees of one page.
  private mutating func refuseIndexMethods(_ setups: [[StatementSyntax]]) {
    for statement in setups.joined() {
      guard case .createIndex(let index) = statement.kind, let method = index.method,
        method.text != "btree"
      else { continue }
      diagnostics.append(
        Diagnostic(
          .unsupportedClause,
          "what SERIALIZABLE locks in an index of the kind `\(method.text)` is not simulated",
          at: method.span, help: "use `btree`, or another isolation level"))
    }
  }

  /// What SERIALIZABLE reads follows from the indexes that there are.
  private mutating func refuseIndexSteps(_ statements: [StatementSyntax]) {
    for statement in statements {
      switch statement.kind {
      case .createIndex: break
      case .drop(let drop) where drop.kind == .index: break
      default: continue
      }
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement,
          "a step that makes or drops an index is not simulated beside SERIALIZABLE",
          at: statement.span, help: "move it to a `setup` block, or use another isolation level"))
    }
  }

  /// Where the server would not get to the transaction, or would not prepare it.
  private mutating func refuseTwoPhase(_ statements: [StatementSyntax]) {
    for statement in statements {
      guard case .twoPhase(let command, _) = statement.kind else { continue }
      if command != .prepare, statements.count > 1 {
        diagnostics.append(
          Diagnostic(
            .misplacedStatement,
            "\(command.rawValue) cannot run among several statements, which are one transaction",
            at: statement.span, help: "give it a step of its own"))
      }
      if command == .prepare, createsTemporaries {
        diagnostics.append(
          Diagnostic(
            .unsupportedStatement,
            "PREPARE TRANSACTION is not simulated where a spec has temporary tables",
            at: statement.span, help: "use ordinary tables"))
      }
    }
  }

  private mutating func refuseExplored(_ statement: StatementSyntax) {
    diagnostics.append(
      Diagnostic(
        .unsupportedStatement, "a step that changes the schema is not explored",
        at: statement.span, help: "run the spec, or move the definition to a `setup` block"))
  }

  private mutating func parts(of statement: StatementSyntax) -> [SpecString.Part] {
    switch statement.kind {
    case .drop(let drop) where drop.kind.isRelation:
      // Those that go with others, as partitions do, are gone before them.
      let tables = builder.program.schema
      let names = drop.names.filter { tables.isMember($0.last.text) }
      return (names + drop.names.filter { !tables.isMember($0.last.text) }).map {
        .drop($0.last.text, ifExists: drop.ifExists, kind: drop.kind.rawValue)
      }
    case .createFunction(let function): return [.forgetFunction(function.name.last.text)]
    case .drop(let drop) where drop.kind == .function || drop.kind == .procedure:
      return drop.names.map { .forgetFunction($0.last.text) }
    case .truncate(let truncate):
      return truncate.tables.compactMap { name in
        let table = builder.program.schema.table(named: name.last.text)
        if table == nil {
          diagnostics.append(
            .misspelt(
              .unknownTable, "there is no table `\(name.text)`", at: name.span,
              name: name.last.text, among: builder.program.schema.tables.map(\.name)))
        }
        let sequences = truncate.restartsIdentity ? builder.ownedSequences(of: name) : []
        return table.map { .truncate($0, sequences: sequences) }
      }
    default: return (relations[statement.span] ?? []).map { .create($0) }
    }
  }
}

extension Schema {
  /// Whether a table's rows are another one's, too: a partition's, or those of a table that inherits.
  fileprivate func isMember(_ name: String) -> Bool {
    guard let table = table(named: name) else { return false }
    return self[table].partitioned != nil
      || tables.contains { $0.name != name && $0.family.contains(table) }
  }
}

extension DropSyntax.Kind {
  /// Whether things of this kind hold rows or values, or are read as a table.
  fileprivate var isRelation: Bool {
    switch self {
    case .table, .view, .sequence: true
    case .index, .function, .procedure, .trigger, .type, .schema: false
    }
  }
}

extension StatementSyntax {
  fileprivate var isTwoPhase: Bool {
    if case .twoPhase = kind { return true }
    return false
  }

  /// Whether it changes a transaction or a setting, and names no table.
  fileprivate var isCommand: Bool {
    switch kind {
    case .begin, .setTransaction, .setSessionCharacteristics, .set: true
    default: false
    }
  }

  /// Whether it names a role, or a table's owner.
  fileprivate var namesRole: Bool {
    guard case .alterTable(let change) = kind else { return isRole }
    return change.actions.contains { if case .setOwner = $0 { true } else { false } }
  }

  /// The command, if it is one that is followed only where all that steps define is known before they run.
  fileprivate var preparedAlone: String? {
    switch kind {
    case .indexWork(.cluster): return "CLUSTER"
    case .indexWork: return "REINDEX"
    case .createIndex(let index): return index.isConcurrent ? "CREATE INDEX CONCURRENTLY" : nil
    case .drop(let drop): return drop.isConcurrent ? "DROP INDEX CONCURRENTLY" : nil
    case .alterTable(let change):
      for action in change.actions {
        switch action {
        case .attachPartition: return "ATTACH PARTITION"
        case .detachPartition: return "DETACH PARTITION"
        default: continue
        }
      }
      return nil
    default: return nil
    }
  }

  fileprivate var isRole: Bool {
    if case .role = kind { return true }
    return false
  }

  fileprivate var isTruncate: Bool {
    if case .truncate = kind { return true }
    return false
  }

  fileprivate var isDefinition: Bool {
    switch kind {
    case .createTable, .createIndex, .createFunction, .createEnum, .createSequence,
      .alterSequence, .createView, .createSchema, .alterTable:
      true
    case .drop(let drop): drop.kind != .trigger
    default: false
    }
  }

  /// Statements on triggers: they are run where they stand.
  fileprivate var isSwitch: Bool {
    switch kind {
    case .createTrigger: true
    case .drop(let drop): drop.kind == .trigger
    case .alterTable(let change):
      change.actions.allSatisfy {
        switch $0 {
        case .setTrigger, .setOwner: true
        default: false
        }
      }
    default: false
    }
  }

  /// What changes definitions in a step.
  fileprivate var isChange: Bool {
    switch kind {
    case .alterTable, .alterSequence, .createIndex: true
    case .drop(let drop) where drop.kind == .index: true
    case .truncate(let truncate): truncate.restartsIdentity
    default: isSwitch
    }
  }

  /// Whether it is compiled with the definitions of the moment at which it runs, and has nothing to prepare.
  fileprivate var isPlanned: Bool {
    if case .alterSequence = kind { return false }
    return isStepDefinition
  }
}
