package import Store

extension ProgramBuilder {
  /// Defines tables, indexes, enums, sequences, views and functions; functions by their heads only.
  package func define(_ statements: [StatementSyntax], isWorld: Bool) {}

  /// Compiles the bodies of the functions defined since the last call.
  package func compileBodies() {}

  /// Gives each locking clause its number by its place among all of the scenario.
  package func numberLocks(
    in statements: [StatementSyntax], _ programs: [ProceduralStatementSyntax] = []
  ) {}

  /// Evaluates an expression of literals and parameters; a quoted literal takes the type.
  package func constant(_ syntax: ExpressionSyntax, as type: DataType?) -> (Value, DataType)? {
    nil
  }

  /// The type that a name stands for; `%TYPE` of a variable needs the scope.
  package func dataType(_ syntax: TypeNameSyntax, in scope: Scope? = nil) -> DataType? { nil }

  /// The columns of `table%ROWTYPE`.
  package func rowType(_ name: QualifiedNameSyntax) -> [OutputColumn]? { nil }

  /// Compiles a query that only reads.
  package func query(_ syntax: QuerySyntax, in scope: Scope) -> QueryID? { nil }

  /// Compiles SELECT, INSERT, UPDATE or DELETE; the statement's INTO is the caller's.
  package func statement(_ syntax: StatementSyntax, in scope: Scope) -> CompiledStatement? { nil }

  /// Compiles a query as a statement (`PERFORM`, `FOR … IN query`, `RETURN QUERY`).
  package func statement(_ syntax: QuerySyntax, in scope: Scope) -> CompiledStatement? {
    statement(StatementSyntax(.select(syntax), at: syntax.span), in: scope)
  }

  /// Compiles `SELECT expression`, for an expression that reads tables; with a type, cast to it as an
  /// assignment to a variable is.
  package func statement(
    computing syntax: ExpressionSyntax, as type: DataType?, in scope: Scope
  ) -> CompiledStatement? { nil }

  /// Compiles an expression; where a type is expected, a quoted literal takes it.
  package func expression(
    _ syntax: ExpressionSyntax, in scope: Scope, expecting type: DataType? = nil
  ) -> TypedExpression? { nil }

  /// Adds the cast that storing into a column or variable makes. A variable takes whatever can be
  /// converted through text.
  package func assignmentCast(
    _ expression: TypedExpression, to type: DataType, at span: SourceSpan, isVariable: Bool
  ) -> TypedExpression? { nil }

  /// Resolves `CALL name(…)`, or a function that is called as a statement of its own.
  package func call(_ syntax: FunctionCallSyntax, at span: SourceSpan, in scope: Scope)
    -> ResolvedCall?
  { nil }
}
