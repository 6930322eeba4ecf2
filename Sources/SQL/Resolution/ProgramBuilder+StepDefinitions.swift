import Store

// What steps of an isolation spec define, at the moment at which they run.
extension ProgramBuilder {
  /// Makes definitions what a statement makes of them.
  ///
  /// - Throws: the error of the server; the definitions are then in disorder, and to be restored.
  package func applyStep(
    _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    let reported = diagnostics
    diagnostics = []
    defer { diagnostics = reported }
    let result: StepDefinition
    switch statement.kind {
    case .alterTable(let change): result = try apply(change, at: statement.span)
    case .createTable(let table): result = try apply(table, statement)
    case .createIndex(let index): result = try apply(index, statement)
    case .createView(let view): result = try apply(view, statement)
    case .createSequence(let sequence): result = try apply(sequence, statement)
    case .createFunction(let function): result = try apply(function, statement)
    case .alterSequence(let sequence): result = try applyOwner(sequence, statement)
    case .drop(let drop): result = try apply(drop, at: statement.span)
    default:
      throw .refused(
        Diagnostic(
          .unsupportedStatement, "a step that defines this is not simulated", at: statement.span,
          help: "move it to a `setup` block"))
    }
    try throwReported()
    return result
  }

  /// Fails with the first mistake that has been reported.
  func throwReported() throws(StepDefinition.Failure) {
    guard let mistake = diagnostics.first(where: { $0.severity == .error }) else { return }
    throw serverError(mistake).map { .error($0) } ?? .refused(mistake)
  }

  private func define(
    _ statement: StatementSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    let tables = program.schema.tables.count
    let sequences = program.schema.sequences.count
    define([statement], isWorld: false)
    try throwReported()
    for name in statement.createdNames where result.created.isEmpty {
      result.created.append(
        StepDefinition.Relation(
          name: name, tables: tables..<program.schema.tables.count,
          sequences: sequences..<program.schema.sequences.count))
    }
    result.touched.formUnion(tables..<program.schema.tables.count)
  }

  // MARK: CREATE

  func alreadyExists(_ name: String) -> SQLError {
    SQLError(.duplicateTable, "relation \"\(name)\" already exists")
  }

  /// Whether a relation's name is taken; a notice, where that is no error.
  private func isTaken(
    _ name: String, ifNotExists: Bool, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) -> Bool {
    guard relationNames.contains(name) else { return false }
    guard ifNotExists else { throw .error(alreadyExists(name)) }
    result.notices.append("NOTICE:  relation \"\(name)\" already exists, skipping")
    return true
  }

  private func apply(
    _ syntax: CreateTableSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "CREATE TABLE")
    let name = syntax.name.last.text
    var hidden: TableID?
    if syntax.isTemporary, let other = program.schema.table(named: name), !isTemporary(other) {
      // The session's own comes first.
      program.schema[other].isHidden = true
      relationNames.remove(name)
      hidden = other
    }
    if try isTaken(name, ifNotExists: syntax.ifNotExists, &result) { return result }
    if syntax.partition != nil || !syntax.inherited.isEmpty || syntax.partitionKey != nil {
      throw .refused(
        Diagnostic(
          .unsupportedClause, "a step that creates a partition or a child is not simulated",
          at: statement.span, help: "move it to a `setup` block"))
    }
    let first = TableID(program.schema.tables.count)
    try define(statement, &result)
    if syntax.isTemporary {
      result.isTemporary = true
      shadowed[first] = hidden ?? first
      result.created = []
    }
    for table in result.touched {
      for key in program.schema.tables[table].foreignKeys {
        result.touched.insert(Int(key.parent.index))
      }
    }
    return result
  }

  /// Whether a step has created a table for its session alone.
  func isTemporary(_ table: TableID) -> Bool { shadowed[table] != nil }

  private func apply(
    _ syntax: CreateIndexSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "CREATE INDEX")
    guard let table = program.schema.table(named: syntax.table.last.text) else {
      throw .error(missingRelation(syntax.table.last.text))
    }
    if let name = syntax.name, try isTaken(name.text, ifNotExists: syntax.ifNotExists, &result) {
      return result
    }
    try refuseFamily(table, at: statement.span)
    let before = program.schema[table]
    define([statement], isWorld: false)
    try throwReported()
    reshape(before, table, columns: before.columns.indices.map { .old($0) }, &result)
    if syntax.isUnique, let index = program.schema[table].uniqueIndexes.last {
      result.checks.append(.unique(table, name: index.name))
    }
    // Making an index counts the rows.
    program.schema[table].isAnalyzed = true
    result.touched.insert(Int(table.index))
    return result
  }

  private func apply(
    _ syntax: CreateViewSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "CREATE VIEW")
    let name = syntax.name.last.text
    if !syntax.orReplace || views[name] == nil {
      _ = try isTaken(name, ifNotExists: false, &result)
    }
    try define(statement, &result)
    return result
  }

  private func apply(
    _ syntax: CreateSequenceSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "CREATE SEQUENCE")
    if try isTaken(syntax.name.last.text, ifNotExists: syntax.ifNotExists, &result) {
      return result
    }
    try define(statement, &result)
    return result
  }

  /// `ALTER SEQUENCE … OWNED BY …`, which changes nothing else.
  private func applyOwner(
    _ syntax: CreateSequenceSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    guard program.schema.sequences.contains(where: { $0.name == syntax.name.last.text }) else {
      throw .error(missingRelation(syntax.name.last.text))
    }
    var options = syntax.options
    options.owner = nil
    if options != SequenceOptionsSyntax() {
      throw .refused(
        Diagnostic(
          .unsupportedClause, "OWNED BY with other options is not simulated in a step",
          at: statement.span, help: "give it a statement of its own"))
    }
    setOwner(of: syntax)
    var result = StepDefinition(command: "ALTER SEQUENCE")
    result.changesOthers = true
    return result
  }

  private func apply(
    _ syntax: CreateFunctionSyntax, _ statement: StatementSyntax
  ) throws(StepDefinition.Failure) -> StepDefinition {
    define([statement], isWorld: false)
    if let mistake = diagnostics.first, mistake.code == .duplicateName {
      throw .error(
        SQLError(
          .duplicateFunction,
          "function \"\(syntax.name.last.text)\" already exists with same argument types"))
    }
    try throwReported()
    var result = StepDefinition(
      command: syntax.isProcedure ? "CREATE PROCEDURE" : "CREATE FUNCTION")
    result.changesOthers = true
    return result
  }
}
