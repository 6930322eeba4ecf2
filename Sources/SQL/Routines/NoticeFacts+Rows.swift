import Store

extension NoticeFacts {
  /// The most rows that a run of a routine without loops adds to the tables whose new rows nobody notices; `nil` if its
  /// statements do not say.
  ///
  /// Only rows that statements of the routine itself list in VALUES are counted.
  package func rowsAdded(by routine: RoutineID, of program: Program) -> Int? {
    for (index, other) in program.routines.enumerated()
    where other.kind == .function && addsRows(other, program) && index != Int(routine.index) {
      return nil
    }
    var count = 0
    for part in parts(of: program.routines[Int(routine.index)], program) {
      guard case .insert(let insert) = part.body, hidesInserts[Int(insert.table.index)] else {
        continue
      }
      guard case .values(let rows) = program.queries[Int(insert.source.index)].body else {
        return nil
      }
      count += rows.count
    }
    return count
  }

  private func addsRows(_ routine: Routine, _ program: Program) -> Bool {
    parts(of: routine, program).contains {
      if case .insert(let insert) = $0.body { return hidesInserts[Int(insert.table.index)] }
      return false
    }
  }

  private func parts(of routine: Routine, _ program: Program) -> [StatementPart] {
    LockModes.statements(of: routine).sorted().flatMap { program.statements[$0].parts }
  }
}
