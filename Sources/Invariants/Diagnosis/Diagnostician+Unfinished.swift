import SQL
import Store
import Writers

/// Work that was begun and is not done at the end: the client died, still waits, or gave up.
extension Diagnostician {
  /// Why a rule about the end is broken although nobody did anything wrong.
  func unfinished() -> Diagnosis? {
    guard violation.kind == .finally else { return nil }
    return lostEffect() ?? blockedAtTheEnd() ?? gaveUp()
  }

  // MARK: Crashes

  /// A client died between a commit (or an effect in the world) and what was to follow.
  private func lostEffect() -> Diagnosis? {
    guard serialViolates != true, !ledger.crashes.isEmpty else { return nil }
    for crash in ledger.crashes {
      guard let kept = lastKeptWrite(of: crash.session, before: crash.step) else { continue }
      return describeLostEffect(kept, crash)
    }
    let deaths = ledger.crashes.map { "\(narrator.writer($0.session)) at step \($0.step)" }
    let each = deaths.count == 1 ? "" : "each "
    return Diagnosis(
      name: "lost work",
      explanation:
        "\(narrator.list(deaths)) crashed, \(each)before it had committed anything, and nobody took the "
        + "work over.",
      advice: advisor.takeOver(ledger.crashes.map(\.session)))
  }

  /// What the run of the program that died had committed, or done in the world, last.
  private func lastKeptWrite(of session: Int, before step: Int) -> Ledger.Write? {
    let own = ledger.transactions.indices.filter {
      ledger.transactions[$0].session == session && ledger.transactions[$0].begin <= step
    }
    guard let run = own.last.map({ ledger.transactions[$0].run }) else { return nil }
    return ledger.writes.last {
      let transaction = ledger.transactions[$0.transaction]
      return transaction.session == session && transaction.run == run && transaction.isCommitted
        && !$0.isUndone && $0.step < step
    }
  }

  private func describeLostEffect(
    _ kept: Ledger.Write, _ crash: (session: Int, step: Int)
  ) -> Diagnosis {
    let name = narrator.writer(crash.session)
    var explanation =
      "\(name) \(narrator.deed(kept)) \(narrator.moment(kept)) and crashed at step \(crash.step), before "
      + "it had done the rest: what was to follow never happens."
    // Those who looked afterwards and changed nothing.
    var idle: [String] = []
    for transaction in ledger.transactions where transaction.begin > crash.step {
      let hasWritten = ledger.writes.contains {
        !$0.isUndone && $0.step > crash.step
          && ledger.transactions[$0.transaction].session == transaction.session
      }
      let who = narrator.writer(transaction.session)
      if !hasWritten, ledger.ends[transaction.session] != nil, !idle.contains(who) {
        idle.append(who)
      }
    }
    if !idle.isEmpty {
      let isAgain = idle == [name] ? " when it ran again" : ""
      explanation += " \(narrator.list(idle)) came after that\(isAgain) and took it for done."
    }
    let isWorldMissing = violation.tables.contains { narrator.table($0)?.isWorld ?? false }
    return Diagnosis(
      name: "lost effect", explanation: explanation,
      advice: advisor.surviveCrash(
        crash.session,
        isWithinDatabase: !isWorldMissing && !ledger.transactions[kept.transaction].isWorld))
  }

  // MARK: Waits

  /// Somebody still waits for a lock when all that can happen has happened.
  private func blockedAtTheEnd() -> Diagnosis? {
    let isBlocked = ledger.waits.contains { wait in
      if case .clock = wait.reason { return false }
      return wait.until == nil && ledger.ends[wait.session] == nil
    }
    return isBlocked ? stuck() : nil
  }

  // MARK: Errors that nobody hears of

  /// A handler took an error, and its writer went on as if nothing had happened.
  ///
  /// Either the transaction had failed with the error, so that its COMMIT was a rollback; or the block's
  /// part of the work is undone and the rest committed, with nothing in its place.
  func swallowedError() -> Diagnosis? {
    guard serialViolates != false else { return nil }
    for failure in ledger.failures.reversed() where failure.isHandled && !failure.isRetried {
      guard let index = failure.transaction else { continue }
      let transaction = ledger.transactions[index]
      let isLater = { (write: Ledger.Write) in
        ledger.transactions[write.transaction].session == failure.session && !write.isUndone
          && write.step > failure.step
      }
      if let found = transaction.isCommitted
        ? halfOfTheWork(failure, index) : commitThatRollsBack(failure, transaction),
        !ledger.writes.contains(where: isLater)
      {
        return found
      }
    }
    return nil
  }

  private func commitThatRollsBack(
    _ failure: Ledger.Failure, _ transaction: Ledger.Transaction
  ) -> Diagnosis? {
    let commit = ledger.statements.indices.last {
      ledger.statements[$0].session == failure.session
        && ledger.statements[$0].lastStep == transaction.end
        && ["COMMIT", "END"].contains(narrator.text($0).text.uppercased())
    }
    guard let commit else { return nil }
    let name = narrator.writer(failure.session)
    return Diagnosis(
      name: "swallowed error",
      explanation:
        "\(name)'s statement at step \(failure.step) failed: \(failure.error.message). A handler took the "
        + "error, but the transaction had failed with it: the COMMIT at step "
        + "\(ledger.statements[commit].step) was a rollback, and \(name) went on as if its work were done.",
      advice: advisor.minding(failure, isTransactionGone: true))
  }

  private func halfOfTheWork(_ failure: Ledger.Failure, _ transaction: Int) -> Diagnosis? {
    let kept = ledger.writes.last {
      $0.transaction == transaction && !$0.isUndone && $0.step <= failure.step && isRelevant($0.row)
    }
    guard let kept else { return nil }
    let name = narrator.writer(failure.session)
    return Diagnosis(
      name: "swallowed error",
      explanation:
        "\(name)'s statement at step \(failure.step) failed: \(failure.error.message). A handler took the "
        + "error, and \(name) went on as if nothing had happened: what stood before the block stays. It "
        + "\(narrator.deed(kept)) \(narrator.moment(kept)).",
      advice: advisor.minding(failure, isTransactionGone: false))
  }

  // MARK: Giving up

  /// A guarded write found that somebody had been faster, and its writer left it at that.
  private func gaveUp() -> Diagnosis? {
    guard serialViolates != true else { return nil }
    for (index, statement) in ledger.statements.enumerated() {
      guard statement.tag == "UPDATE 0" || statement.tag == "DELETE 0",
        !goesOn(statement.session, after: statement.step),
        let (read, lost) = overtakenRead(before: index)
      else { continue }
      let name = narrator.writer(statement.session)
      let verb = statement.tag == "DELETE 0" ? "DELETE" : "UPDATE"
      let table = narrator.tableName(read.row.table)
      let other = narrator.writer(ofTransaction: lost.transaction)
      return Diagnosis(
        name: "optimistic lock failure",
        explanation:
          "\(name) read \(narrator.row(read.row)) at step \(read.step), \(other) "
          + "\(narrator.deed(lost)) \(narrator.moment(lost)), and so \(name)'s \(verb) on \(table) at step "
          + "\(statement.lastStep) matched no row. It gave up, where it could have looked again.",
        advice: advisor.lookAgain(read))
    }
    return nil
  }

  /// Whether a session commits anything that it writes after a step.
  private func goesOn(_ session: Int, after step: Int) -> Bool {
    ledger.writes.contains {
      ledger.transactions[$0.transaction].session == session && !$0.isUndone && $0.version != nil
        && $0.step > step
    }
  }

  /// A read by the session that runs the statement, of a row that somebody else has changed since.
  private func overtakenRead(before statement: Int) -> (Ledger.Read, Ledger.Write)? {
    let it = ledger.statements[statement]
    guard let target = narrator.text(statement).target else { return nil }
    for read in ledger.reads.reversed()
    where read.step < it.step && ledger.statements[read.statement].session == it.session
      && narrator.tableName(read.row.table) == target
    {
      let lost = (ledger.versions[read.row] ?? []).first { version in
        guard version.number > read.version, let write = version.write else { return false }
        return ledger.transactions[ledger.writes[write].transaction].session != it.session
          && ledger.writes[write].step <= it.lastStep
      }
      if let write = lost?.write { return (read, ledger.writes[write]) }
    }
    return nil
  }
}
