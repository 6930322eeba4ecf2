import SQL

enum RoutineCompiler {
  static func compileFunctions(in builder: ProgramBuilder) { builder.compileBodies() }
  static func compileSetup(_ statements: [StatementSyntax], in builder: ProgramBuilder) -> RoutineID { RoutineID(0) }
  static func compileWriter(name: String, parameters: [Routine.Variable], program: ProgramSyntax, in builder: ProgramBuilder) -> RoutineID { RoutineID(0) }
  static func finishRoutines(in builder: ProgramBuilder) {}
}
