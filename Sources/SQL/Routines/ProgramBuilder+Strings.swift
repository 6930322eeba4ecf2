/// A client's session, as far as what it sends later can be compiled by what it sent before.
package struct ClientContext {
  /// Statements that PREPARE names in any of the strings.
  var prepared: [PrepareSyntax] = []

  package init() {}

  /// Notes what a string may prepare, before any of the client's strings is compiled.
  package mutating func add(_ statements: [StatementSyntax]) {
    prepared += PrepareSyntax.all(in: statements)
  }
}

extension ProgramBuilder {
  /// Compiles what a client sends as one string (the protocol's simple query).
  ///
  /// Several statements are one transaction, up to a COMMIT or ROLLBACK among them
  /// (`exec_simple_query` in postgres.c).
  ///
  /// - Returns: `nil` where there are mistakes; they are in ``diagnostics``.
  package func compileString(
    name: String, _ statements: [StatementSyntax], at span: SourceSpan,
    context: inout ClientContext
  ) -> RoutineID? {
    compileStrings(name: name, [statements], at: span, context: &context)
  }

  /// Compiles strings that a client sends one after another.
  package func compileStrings(
    name: String, _ strings: [[StatementSyntax]], at span: SourceSpan,
    context: inout ClientContext
  ) -> RoutineID? {
    let errorsBefore = errorCount
    let id = newRoutine()
    let routine = Routine(name: name, kind: .writer, parameters: [])
    let compiler = RoutineCompiler(builder: self, routine: routine, label: nil, span: span)
    compiler.prepared = context.prepared
    for statements in strings {
      compiler.isOneTransaction = statements.count > 1
      compiler.compile(statements.map { ProceduralStatementSyntax(.sql($0), at: $0.span) })
      if compiler.isOneTransaction { compiler.emit(.commitImplicit) }
    }
    compiler.span = span.atEnd
    compiler.emit(.finish(nil))
    context.prepared = compiler.prepared
    install(compiler, as: id)
    return errorCount == errorsBefore ? id : nil
  }
}
