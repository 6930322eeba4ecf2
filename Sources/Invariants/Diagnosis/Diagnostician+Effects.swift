import SQL
import Store
import Writers

/// What is no cycle of committed transactions: row counts that nobody looked at, and what the world keeps
/// when the database does not.
extension Diagnostician {
  // MARK: Ignored row count

  /// An UPDATE or DELETE found its rows taken by somebody else, and its writer committed all the same.
  ///
  /// - Parameter isConcurrent: Only if the rows went while the transaction was under way.
  /// - Returns: `nil` if there is no such statement.
  func ignoredRowCount(isConcurrent: Bool) -> Diagnosis? {
    var found: Diagnosis?
    for (index, statement) in ledger.statements.enumerated() {
      guard let tag = statement.tag, tag == "UPDATE 0" || tag == "DELETE 0",
        let taken = taker(ofRowsOf: index, isConcurrent: isConcurrent),
        let kept = keptWrite(besides: index)
      else { continue }
      // The first, unless a later one is about what the violation is about.
      if found != nil && !isRelevant(taken.row) { continue }
      found = describeIgnored(index, taken, kept)
      if isRelevant(taken.row) { break }
    }
    return found
  }

  /// The write of another session because of which the statement matched nothing.
  private func taker(ofRowsOf statement: Int, isConcurrent: Bool) -> Ledger.Write? {
    let session = ledger.statements[statement].session
    if let row = ledger.statements[statement].lostRow {
      return (ledger.versions[row] ?? []).compactMap { $0.write.map { ledger.writes[$0] } }.last {
        ledger.transactions[$0.transaction].session != session
          && $0.step <= ledger.statements[statement].lastStep
      }
    }
    let edge = graph.edges.last {
      guard $0.kind == .wr, $0.isPredicate, $0.statement == statement,
        graph.nodes[$0.source].session != session
      else { return false }
      guard isConcurrent else { return true }
      let transaction = ledger.statements[statement].transaction
      let begin = transaction.map { ledger.transactions[$0].begin } ?? 0
      let commit = narrator.commitStep(ofTransaction: ledger.writes[$0.write].transaction) ?? 0
      return commit > begin
    }
    return edge.map { ledger.writes[$0.write] }
  }

  /// What the statement's writer committed with it, or went on to commit.
  private func keptWrite(besides statement: Int) -> Ledger.Write? {
    let it = ledger.statements[statement]
    guard let own = it.transaction, ledger.transactions[own].isCommitted else { return nil }
    let run = ledger.transactions[own].run
    return ledger.writes.first {
      let transaction = ledger.transactions[$0.transaction]
      return !$0.isUndone && transaction.isCommitted && transaction.session == it.session
        && transaction.run == run && isRelevant($0.row)
        && ($0.transaction == own || $0.step > it.step)
    }
  }

  private func describeIgnored(
    _ statement: Int, _ taken: Ledger.Write, _ kept: Ledger.Write
  ) -> Diagnosis {
    let it = ledger.statements[statement]
    let name = narrator.writer(it.session)
    let verb = it.tag == "DELETE 0" ? "DELETE" : "UPDATE"
    let table = narrator.text(statement).target ?? narrator.tableName(taken.row.table)
    let other = narrator.writer(ofTransaction: taken.transaction)
    return Diagnosis(
      name: "ignored row count",
      explanation:
        "\(other) \(narrator.deed(taken)) \(narrator.moment(taken)), so \(name)'s \(verb) on "
        + "\(table) at step \(it.lastStep) matched no row; \(name) did not notice and committed what "
        + "else it had done: it \(narrator.deed(kept)) \(narrator.moment(kept)).",
      advice: advisor.checkRowCount(statement, table: table, verb: verb),
      edges: [
        "\(name) searched \(table) at step \(it.step) after \(other) had \(narrator.deed(taken))"
      ])
  }

  // MARK: The world

  private func effects(isAnywhere: Bool) -> [Ledger.Write] {
    ledger.writes.filter {
      ledger.transactions[$0.transaction].isWorld && !$0.isUndone
        && (isAnywhere || isRelevant($0.row))
    }
  }

  /// Two rows in a world table that say the same.
  ///
  /// - Parameter isAnywhere: Also in tables that the violation is not about.
  /// - Returns: `nil` if there are none.
  func doubleEffect(isAnywhere: Bool = false) -> Diagnosis? {
    let inserted = effects(isAnywhere: isAnywhere).filter { $0.kind == .insert }
    for (index, second) in inserted.enumerated() {
      for first in inserted.prefix(index) where first.row.table == second.row.table {
        guard let table = narrator.table(first.row.table),
          let key = sharedKey(first, second, table)
        else { continue }
        return describe(first, second, table, key)
      }
    }
    return nil
  }

  /// The columns that make the two rows the same effect: those that the invariant groups by, or else
  /// everything but keys and times.
  private func sharedKey(
    _ first: Ledger.Write, _ second: Ledger.Write, _ table: Table
  ) -> [Int]? {
    guard let left = first.after, let right = second.after, left.count == right.count else {
      return nil
    }
    let grouped = invariantText?.survey.groupColumns ?? []
    var columns = table.columns.indices.filter { grouped.contains(table.columns[$0].name) }
    if columns.isEmpty {
      columns = table.columns.indices.filter { column in
        switch table.columns[column].type.kind {
        case .timestamp, .timestamptz, .date, .time: return false
        default: return !table.uniqueIndexes.contains { $0.columns.contains(column) }
        }
      }
    }
    columns = columns.filter { left.indices.contains($0) }
    guard !columns.isEmpty, columns.allSatisfy({ left[$0] == right[$0] }),
      columns.contains(where: { !left[$0].isNull })
    else { return nil }
    return columns
  }

  /// The text of the violated invariant's query.
  var invariantText: StatementText? {
    guard let invariant = model.invariants.first(where: { $0.name == violation.name }),
      Int(invariant.span.file) < model.program.sources.files.count
    else { return nil }
    return StatementText(model.program.sources.text(of: invariant.span))
  }

  private func describe(
    _ first: Ledger.Write, _ second: Ledger.Write, _ table: Table, _ key: [Int]
  ) -> Diagnosis {
    let values = first.after ?? []
    let what = key.map {
      "\(table.columns[$0].name) = \(narrator.literal(values[$0], table.columns[$0].type))"
    }.joined(separator: ", ")
    let one = narrator.writer(ofTransaction: first.transaction)
    let two = narrator.writer(ofTransaction: second.transaction)
    var explanation =
      "\(one) inserted into \(table.name) at step \(first.step) and \(one == two ? "again" : two) "
      + "at step \(second.step), both with \(what): what is done in the world cannot be undone, and "
      + "nothing there refuses the second."
    if let lost = lostTransaction(of: first) {
      explanation +=
        " The transaction around the first was rolled back at step \(lost.end ?? first.step)."
    }
    let writers = DependencyGraph(ledger, narrator, grouping: .writer)
    let cycle = writers.bestCycle { _ in true }
    return Diagnosis(
      name: "double effect", explanation: explanation, advice: advisor.makeIdempotent(table),
      edges: cycle.map { sentences($0, writers) } ?? [])
  }

  /// The transaction that an effect was part of, if it was rolled back.
  private func lostTransaction(of effect: Ledger.Write) -> Ledger.Transaction? {
    guard let around = ledger.transactions[effect.transaction].surrounding,
      ledger.transactions[around].isRolledBack
    else { return nil }
    return ledger.transactions[around]
  }

  /// The world has an effect whose transaction did not come to be.
  func effectLeak() -> Diagnosis? {
    for effect in effects(isAnywhere: false) {
      let session = ledger.transactions[effect.transaction].session
      let name = narrator.writer(session)
      let start =
        "\(name) \(narrator.deed(effect)) in the world at step \(effect.step)"
      if let lost = lostTransaction(of: effect), let end = lost.end {
        let reason = ledger.failures.last { $0.session == session && $0.step <= end }
        let why = reason.map { ": \($0.error.message)" } ?? ""
        return Diagnosis(
          name: "effect leak",
          explanation:
            "\(start), inside a transaction that was rolled back at step \(end)\(why). The effect "
            + "stays, and the database knows nothing of it.",
          advice: advisor.useOutbox())
      }
      if let crash = ledger.crashes.first(where: { $0.session == session && $0.step > effect.step }
      ),
        !hasCommitted(session, between: effect.step, and: crash.step)
      {
        return Diagnosis(
          name: "effect leak",
          explanation:
            "\(start) and crashed at step \(crash.step), before it had written that down. The effect "
            + "stays, and the database knows nothing of it.",
          advice: advisor.useOutbox())
      }
    }
    return nil
  }

  private func hasCommitted(_ session: Int, between first: Int, and last: Int) -> Bool {
    ledger.writes.contains {
      let transaction = ledger.transactions[$0.transaction]
      guard transaction.session == session, !transaction.isWorld, transaction.isCommitted,
        let end = transaction.end
      else { return false }
      return end > first && end < last
    }
  }
}
