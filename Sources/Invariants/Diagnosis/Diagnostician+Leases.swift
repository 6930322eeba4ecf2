import SQL
import Store
import Writers

/// Locks with a time limit: a row that says until when its holder may go on.
extension Diagnostician {
  private struct Lease {
    /// The write that says until when, and the column that says it.
    var taken: Ledger.Write
    var column: Int
    var end: Int64
    /// The clock's movement past the end, and the write of the next holder after it.
    var expiry: Int
    var takenOver: Ledger.Write
    /// What the first holder did all the same.
    var late: Ledger.Write
  }

  /// Somebody wrote on the strength of a lease that had run out, and that somebody else had by then.
  func leaseExpired() -> Diagnosis? {
    guard !ledger.clockMoves.isEmpty else { return nil }
    for taken in ledger.writes where isKept(taken) {
      if let lease = lease(from: taken) { return describe(lease) }
    }
    return nil
  }

  private func isKept(_ write: Ledger.Write) -> Bool {
    !write.isUndone && ledger.transactions[write.transaction].isCommitted
  }

  private func lease(from taken: Ledger.Write) -> Lease? {
    guard let table = narrator.table(taken.row.table), let values = taken.after else { return nil }
    let start =
      ledger.clockMoves.last { $0.step < taken.step }?.instant
      ?? model.clock.first ?? .min
    for column in table.columns.indices where values.indices.contains(column) {
      guard case .timestamptz = table.columns[column].type.kind,
        let end = values[column].asTimestamp,
        end > start,
        let expiry = ledger.clockMoves.first(where: { $0.step > taken.step && $0.instant >= end }),
        let takenOver = takeover(of: taken, table.columns[column].name, after: expiry.step),
        let late = lateWrite(by: taken.transaction, after: takenOver.step)
      else { continue }
      return Lease(
        taken: taken, column: column, end: end, expiry: expiry.step, takenOver: takenOver,
        late: late)
    }
    return nil
  }

  /// The first write of another session to the row that looks at the column and the clock.
  private func takeover(
    of taken: Ledger.Write, _ column: String, after step: Int
  ) -> Ledger.Write? {
    let holder = ledger.transactions[taken.transaction].session
    return ledger.writes.first { write in
      let survey = narrator.text(write.statement).survey
      return isKept(write) && write.row == taken.row && write.step > step
        && ledger.transactions[write.transaction].session != holder && survey.readsClock
        && survey.columns.contains { $0.last.text == column }
    }
  }

  /// What the run that a transaction belongs to wrote after a step.
  private func lateWrite(by transaction: Int, after step: Int) -> Ledger.Write? {
    let first = ledger.transactions[transaction]
    let late = ledger.writes.filter {
      let other = ledger.transactions[$0.transaction]
      return isKept($0) && $0.step > step && other.session == first.session
        && other.run == first.run
    }
    return late.first { isRelevant($0.row) } ?? late.first
  }

  private func describe(_ lease: Lease) -> Diagnosis {
    let holder = narrator.writer(ofTransaction: lease.taken.transaction)
    let next = narrator.writer(ofTransaction: lease.takenOver.transaction)
    let end = narrator.plain(Value(timestamp: lease.end), .timestamptz)
    return Diagnosis(
      name: "lease expired",
      explanation:
        "\(holder) took \(narrator.row(lease.taken.row)) \(narrator.moment(lease.taken)), until \(end); the "
        + "clock got there at step \(lease.expiry), \(next) took it over "
        + "\(narrator.moment(lease.takenOver)), and \(holder), which knew nothing of it, "
        + "\(narrator.deed(lease.late)) \(narrator.moment(lease.late)).",
      advice: advisor.fence(lease.late),
      edges: [
        "\(next) wrote \(narrator.row(lease.taken.row)) \(narrator.moment(lease.takenOver)), after \(holder) "
          + "had \(narrator.moment(lease.taken))"
      ])
  }
}
