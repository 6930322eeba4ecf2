import SQL

/// Finds programs that end within a transaction: the server then rolls it back, and nothing of it stays.
///
///     writer pay { BEGIN; UPDATE orders SET status = 'paid'; }      -- and COMMIT?
///
/// A writer that does so on purpose says it with ROLLBACK.
enum OpenEndChecker {
  /// Warns about each writer whose last BEGIN no COMMIT or ROLLBACK follows.
  static func check(
    _ sessions: [SessionDefinition], in program: Program, _ diagnostics: inout DiagnosticList
  ) {
    var checked: Set<String> = []
    for session in sessions where checked.insert(session.writer).inserted {
      let index = Int(session.routine.index)
      guard program.routines.indices.contains(index) else { continue }
      let routine = program.routines[index]
      guard let last = routine.instructions.lastIndex(where: { $0.beginsTransaction }),
        !routine.instructions[last...].contains(where: { $0.endsTransaction }),
        routine.spans.indices.contains(last)
      else { continue }
      diagnostics.add(
        Diagnostic(
          .neverCommitted, "`\(session.writer)` ends within this transaction",
          at: routine.spans[last], caption: "so it is rolled back",
          help: "end it with `COMMIT;`, or with `ROLLBACK;` if that is what happens"))
    }
  }
}

extension Instruction {
  fileprivate var beginsTransaction: Bool {
    if case .begin = self { return true }
    return false
  }

  fileprivate var endsTransaction: Bool {
    switch self {
    case .commit, .rollback: true
    default: false
    }
  }
}
