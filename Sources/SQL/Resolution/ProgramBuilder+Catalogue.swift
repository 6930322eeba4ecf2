package import Store

// What is defined at one moment of an isolation spec whose steps define things.
extension ProgramBuilder {
  /// All that names mean: what DDL makes, without what has been compiled.
  ///
  /// What is compiled stays in the program for good, so that one program holds what was compiled under different
  /// definitions; tables and sequences keep their numbers.
  package struct Definitions {
    fileprivate var schema: Schema
    fileprivate var checks: [[CheckConstraint]]
    fileprivate var computed: [[ComputedCell]]
    fileprivate var generated: [[GeneratedColumn]]
    fileprivate var triggers: [Trigger]
    fileprivate var tableTriggers: [[UInt16]]
    fileprivate var rowDefaults: [[Expression?]]
    fileprivate var functions: [FunctionSignature]
    fileprivate var defaults: [TableID: [Int: Code]]
    fileprivate var identities: [TableID: [Int: Bool]]
    fileprivate var ownedSequences: [TableID: [String: String]]
    fileprivate var checkSyntax: [TableID: [String: ExpressionSyntax]]
    fileprivate var generatedSyntax: [TableID: [Int: ExpressionSyntax]]
    fileprivate var computedSyntax: [TableID: [ComputedSyntax]]
    fileprivate var views: [String: CreateViewSyntax]
    fileprivate var relationNames: Set<String>
    fileprivate var plainIndexes: Set<String>
    fileprivate var triggerDefinitions: [TriggerDefinition]
    fileprivate var triggerNumbers: [SourceSpan: [Int]]
    fileprivate var addedReferences: [SourceSpan: [(table: TableID, key: Int)]]
    fileprivate var tableSpans: [TableID: SourceSpan]
    fileprivate var shadowed: [TableID: TableID]

    /// How many tables and sequences there are, those that nobody can name included.
    package var tableCount: Int { schema.tables.count }
    package var sequenceCount: Int { schema.sequences.count }
  }

  package var definitions: Definitions {
    Definitions(
      schema: program.schema, checks: program.checks, computed: program.computed,
      generated: program.generated, triggers: program.triggers,
      tableTriggers: program.tableTriggers, rowDefaults: program.defaults, functions: functions,
      defaults: defaults, identities: identities, ownedSequences: ownedSequences,
      checkSyntax: checkSyntax, generatedSyntax: generatedSyntax, computedSyntax: computedSyntax,
      views: views, relationNames: relationNames,
      plainIndexes: plainIndexes, triggerDefinitions: triggerDefinitions,
      triggerNumbers: triggerNumbers, addedReferences: addedReferences, tableSpans: tableSpans,
      shadowed: shadowed)
  }

  /// Makes names mean what they meant when the definitions were taken.
  package func restore(_ it: Definitions) {
    program.schema = it.schema
    program.checks = it.checks
    program.computed = it.computed
    program.generated = it.generated
    program.triggers = it.triggers
    program.tableTriggers = it.tableTriggers
    program.defaults = it.rowDefaults
    functions = it.functions
    defaults = it.defaults
    identities = it.identities
    ownedSequences = it.ownedSequences
    checkSyntax = it.checkSyntax
    generatedSyntax = it.generatedSyntax
    computedSyntax = it.computedSyntax
    views = it.views
    relationNames = it.relationNames
    plainIndexes = it.plainIndexes
    triggerDefinitions = it.triggerDefinitions
    triggerNumbers = it.triggerNumbers
    addedReferences = it.addedReferences
    tableSpans = it.tableSpans
    shadowed = it.shadowed
    traitsCache = [:]
  }

  /// Gives tables the shapes that other definitions have for them.
  ///
  /// What is stored is what the one made of it who may change the table.
  package func overlay(_ it: Definitions, tables: Set<Int>) {
    reserve(tables: it.tableCount, sequences: it.sequenceCount)
    for table in tables where table < it.tableCount {
      program.schema.tables[table] = it.schema.tables[table]
      program.checks[table] = it.checks[table]
      Self.overlay(&program.computed, it.computed, table, [])
      Self.overlay(&program.generated, it.generated, table, [])
      Self.overlay(&program.defaults, it.rowDefaults, table, [])
    }
    for (index, sequence) in it.schema.sequences.enumerated()
    where program.schema.sequences[index].name.isEmpty {
      program.schema.sequences[index] = sequence
    }
  }

  private static func overlay<Entry>(
    _ list: inout [Entry], _ other: [Entry], _ index: Int, _ empty: Entry
  ) {
    guard index < other.count || index < list.count else { return }
    while list.count <= index { list.append(empty) }
    list[index] = index < other.count ? other[index] : empty
  }

  /// Numbers that others have given away get tables and sequences that nobody can name.
  package func reserve(tables: Int, sequences: Int) {
    while program.schema.tables.count < tables {
      var table = Table(name: "", isWorld: false, columns: [])
      table.isHidden = true
      program.schema.tables.append(table)
      program.checks.append([])
    }
    while program.schema.sequences.count < sequences {
      program.schema.sequences.append(SequenceGenerator(name: ""))
    }
    if !program.tableTriggers.isEmpty {
      while program.tableTriggers.count < program.schema.tables.count {
        program.tableTriggers.append([])
      }
    }
    while !program.trackedTables.isEmpty,
      program.trackedTables.count < program.schema.tables.count
    {
      program.trackedTables.append(true)
    }
  }

  /// Compiles all functions and triggers anew, into routines of their own: what runs goes on as it was compiled.
  package func renewFunctions() {
    renewedRoutine = program.routines.count
    for index in functions.indices {
      var routine = program.routines[Int(functions[index].routine.index)]
      routine.instructions = []
      functions[index].routine = RoutineID(program.routines.count)
      program.routines.append(
        Routine(name: routine.name, kind: routine.kind, parameters: routine.parameters))
      let last = program.routines.count - 1
      program.routines[last].returnType = routine.returnType
      program.routines[last].volatility = routine.volatility
      program.routines[last].rowWidth = routine.rowWidth
    }
    traitsCache = [:]
  }

  /// Compiles the bodies that ``renewFunctions()`` has made room for.
  ///
  /// A body with a mistake is one that cannot be called.
  package func compileRenewed() {
    let reported = diagnostics
    let firstRoutine = program.routines.count
    let firstStatement = program.statements.count
    compiledBodies = 0
    while compiledBodies < functions.count {
      let signature = functions[compiledBodies]
      diagnostics = []
      compiledBodies += 1
      routineCompiler?(self, signature)
      if let mistake = diagnostics.first(where: { $0.severity == .error }) {
        refuseCalls(of: signature, mistake)
      }
    }
    diagnostics = []
    compileTriggers()
    finishRoutines(from: min(firstRoutine, renewedRoutine), statement: firstStatement)
    diagnostics = reported
  }

  private func refuseCalls(of signature: FunctionSignature, _ mistake: Diagnostic) {
    var routine = program.routines[Int(signature.routine.index)]
    // Where the body is one statement, the call comes to it.
    let known = signature.syntax.body.isOneStatement ? serverError(mistake) : nil
    let error =
      known
      ?? SQLError(
        .featureNotSupported,
        "function `\(signature.name)` cannot be compiled under the definitions of this moment: "
          + mistake.message)
    let statement = failing(error, locks: [], at: signature.span)
    routine.blocks = []
    routine.instructions = [.statement(statement.index, .discard), .finish(nil)]
    routine.spans = [signature.span, signature.span]
    routine.computeLiveness(in: program)
    program.routines[Int(signature.routine.index)] = routine
  }

  /// Whether a name is that of a table, an index, a sequence or a view.
  package func hasRelation(_ name: String) -> Bool { relationNames.contains(name) }

  // MARK: Children

  /// The tables whose rows statements find that name another.
  package var families: [TableID: [TableID]] {
    var result: [TableID: [TableID]] = [:]
    for (index, table) in program.schema.tables.enumerated() where !table.family.isEmpty {
      result[TableID(index)] = table.family
    }
    return result
  }

  /// Has tables keep the children that were found before, as far as they have not been dropped
  /// (`find_inheritance_children`).
  package func fix(_ families: [TableID: [TableID]]) {
    for (table, family) in families where Int(table.index) < program.schema.tables.count {
      let left = family.filter { !program.schema[$0].isHidden }
      program.schema[table].family = left == [table] ? [] : left
    }
  }

  /// The error that a child gives that no longer has the columns of a table that a statement names
  /// (`make_inh_translation_list`).
  package func mismatchedChild(in statement: StatementSyntax) -> SQLError? {
    for lock in namedLocks(statement) {
      let table = program.schema[lock.table]
      guard table.partitioning == nil else { continue }
      for child in table.family {
        let shape = program.schema[child]
        for column in table.columns {
          let own = shape.columns.first { $0.name == column.name }
          guard let own else {
            return SQLError(
              .undefinedColumn,
              "could not find inherited attribute \"\(column.name)\" of relation \"\(shape.name)\"")
          }
          if own.type != column.type {
            return SQLError(
              .datatypeMismatch,
              "attribute \"\(column.name)\" of relation \"\(shape.name)\" does not match parent's type"
            )
          }
        }
      }
    }
    return nil
  }

  // MARK: Statements

  /// Compiles one statement of a client's string.
  ///
  /// - Returns: `nil` where there are mistakes; they are in ``diagnostics``.
  package func compileStatement(
    name: String, _ statement: StatementSyntax, of count: Int, isLast: Bool, at span: SourceSpan,
    context: inout ClientContext
  ) -> RoutineID? {
    compilePiece(name: name, of: count, isLast: isLast, at: span, context: &context) { compiler in
      compiler.compile([ProceduralStatementSyntax(.sql(statement), at: statement.span)])
    }
  }

  /// Compiles a statement that takes locks, and does nothing or is an error.
  package func compileLocks(
    name: String, _ locks: [TableLock], error: SQLError? = nil, of count: Int, isLast: Bool,
    at span: SourceSpan, context: inout ClientContext
  ) -> RoutineID? {
    compilePiece(name: name, of: count, isLast: isLast, at: span, context: &context) { compiler in
      if let error {
        compiler.emit(self.failing(error, locks: locks, at: span), into: .discard)
      } else {
        compiler.emit(self.utility(.none, locks: locks, at: span), into: .discard)
      }
    }
  }

  /// Compiles the end of a statement that has changed definitions.
  package func compileEnd(
    name: String, command: String, error: SQLError?, of count: Int, isLast: Bool,
    at span: SourceSpan, context: inout ClientContext
  ) -> RoutineID? {
    compilePiece(name: name, of: count, isLast: isLast, at: span, context: &context) { compiler in
      let changes = error.map { [Alteration.Change.fail($0)] } ?? []
      let compiled = self.alteration(named: command, changes, locks: [], at: span)
      compiler.emit(compiled, into: .discard)
    }
  }

  private func failing(
    _ error: SQLError, locks: [TableLock], at span: SourceSpan
  ) -> CompiledStatement {
    alteration(named: "", [.fail(error)], locks: locks, at: span)
  }

  /// A routine for a part of a string: the last part ends the transaction of the others.
  private func compilePiece(
    name: String, of count: Int, isLast: Bool, at span: SourceSpan, context: inout ClientContext,
    _ body: (RoutineCompiler) -> Void
  ) -> RoutineID? {
    let errorsBefore = errorCount
    let firstStatement = program.statements.count
    let id = newRoutine()
    let routine = Routine(name: name, kind: .writer, parameters: [])
    let compiler = RoutineCompiler(builder: self, routine: routine, label: nil, span: span)
    compiler.prepared = context.prepared
    compiler.isOneTransaction = count > 1 || !isLast
    body(compiler)
    if compiler.isOneTransaction, isLast { compiler.emit(.commitImplicit) }
    compiler.span = span.atEnd
    compiler.emit(.finish(nil))
    context.prepared = compiler.prepared
    install(compiler, as: id)
    guard errorCount == errorsBefore else { return nil }
    finishRoutines(from: Int(id.index), statement: firstStatement)
    return id
  }
}

extension FunctionBodySyntax {
  /// Whether it does one thing, whatever its arguments.
  fileprivate var isOneStatement: Bool {
    switch self {
    case .sql(let statements): return statements.count == 1
    case .procedural(let block):
      guard block.declarations.isEmpty, block.handlers.isEmpty, block.statements.count == 1 else {
        return false
      }
      switch block.statements[0].kind {
      case .sql, .returnValue, .returnQuery, .perform: return true
      default: return false
      }
    }
  }
}
