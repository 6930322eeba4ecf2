/// A client's session, as far as what it sends later can be compiled by what it sent before.
package struct ClientContext {
  /// Statements that PREPARE has named.
  var prepared: [(name: String, syntax: PrepareSyntax)] = []

  package init() {}
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
    let errorsBefore = errorCount
    let id = newRoutine()
    let routine = Routine(name: name, kind: .writer, parameters: [])
    let compiler = RoutineCompiler(builder: self, routine: routine, label: nil, span: span)
    compiler.isOneTransaction = statements.count > 1
    compiler.prepared = context.prepared
    compiler.compile(statements.map { ProceduralStatementSyntax(.sql($0), at: $0.span) })
    compiler.span = span.atEnd
    if compiler.isOneTransaction { compiler.emit(.commitImplicit) }
    compiler.emit(.finish(nil))
    context.prepared = compiler.prepared
    install(compiler, as: id)
    return errorCount == errorsBefore ? id : nil
  }
}
