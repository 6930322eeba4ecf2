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

/// Finds row locks that protect nothing: without a transaction around, they end with their statement.
///
///     writer pay { SELECT * FROM orders WHERE id = 1 FOR UPDATE; UPDATE orders SET …; }      -- and BEGIN?
enum ShortLockChecker {
  /// Warns about each writer that begins no transaction, locks rows by a SELECT, and changes rows after it.
  static func check(
    _ sessions: [SessionDefinition], in program: Program, _ diagnostics: inout DiagnosticList
  ) {
    var checked: Set<String> = []
    for session in sessions where checked.insert(session.writer).inserted {
      let index = Int(session.routine.index)
      guard program.routines.indices.contains(index),
        !program.routines[index].instructions.contains(where: { $0.beginsTransaction })
      else { continue }
      let statements = program.routines[index].instructions.compactMap { instruction -> Int? in
        if case .statement(let number, _) = instruction { Int(number) } else { nil }
      }
      guard let lastChange = statements.lastIndex(where: program.changesRows) else { continue }
      for number in statements[..<lastChange] {
        guard let statement = program.lockingSelect(number) else { continue }
        diagnostics.add(
          Diagnostic(
            .lockReleasedAtOnce, "this lock ends with its statement", at: statement.span,
            caption: "`\(session.writer)` begins no transaction",
            help: "write `BEGIN;` before it and `COMMIT;` where the rows may change again"))
      }
    }
  }
}

extension Program {
  /// Whether a statement does more than read.
  fileprivate func changesRows(_ index: Int) -> Bool {
    guard statements.indices.contains(index) else { return false }
    return statements[index].parts.contains { part in
      switch part.body {
      case .query, .lockTable: false
      case .insert, .update, .delete, .merge, .truncate, .alter: true
      }
    }
  }

  /// The statement, if it does nothing but read and lock rows.
  fileprivate func lockingSelect(_ index: Int) -> Statement? {
    guard statements.indices.contains(index), statements[index].parts.count == 1,
      case .query(let query) = statements[index].parts[0].body,
      !queries[Int(query.index)].locks.isEmpty
    else { return nil }
    return statements[index]
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
