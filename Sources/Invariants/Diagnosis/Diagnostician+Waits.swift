import SQL
import Store
import Writers

/// Deadlocks, sessions that never end, and errors.
extension Diagnostician {
  // MARK: Deadlock

  /// One session in a cycle of waits.
  private struct Link {
    var wait: Ledger.Wait
    var blocker: Int
  }

  func deadlock() -> Diagnosis? {
    for (index, wait) in ledger.waits.enumerated() {
      guard let links = cycle(closedBy: index) else { continue }
      return describe(links, closedBy: wait)
    }
    return nil
  }

  /// The waits that are still on when a wait begins, around a cycle through it.
  private func cycle(closedBy index: Int) -> [Link]? {
    let step = ledger.waits[index].step
    var current: [Int: Ledger.Wait] = [:]
    for wait in ledger.waits.prefix(index + 1) where wait.until ?? Int.max >= step {
      if let until = wait.until, until == step, wait.session != ledger.waits[index].session {
        continue
      }
      current[wait.session] = wait
    }
    let start = ledger.waits[index].session
    var path: [Link] = []
    return search(from: start, to: start, current, &path) ? path : nil
  }

  private func search(
    from session: Int, to goal: Int, _ current: [Int: Ledger.Wait], _ path: inout [Link]
  ) -> Bool {
    guard let wait = current[session], !path.contains(where: { $0.wait.session == session }) else {
      return false
    }
    for blocker in wait.blockers {
      path.append(Link(wait: wait, blocker: blocker))
      if blocker == goal { return true }
      if search(from: blocker, to: goal, current, &path) { return true }
      path.removeLast()
    }
    return false
  }

  private func describe(_ links: [Link], closedBy last: Ledger.Wait) -> Diagnosis {
    var parts: [String] = []
    for (index, link) in links.enumerated() {
      let name = narrator.writer(link.wait.session)
      let previous = links[(index + links.count - 1) % links.count].wait
      let wanted = "wants \(object(of: link.wait)) at step \(link.wait.step)"
      if let held = holding(of: previous, by: link.wait.session, before: last.step) {
        parts.append("\(name) locked \(held.name) at step \(held.step) and \(wanted)")
      } else {
        parts.append("\(name) \(wanted)")
      }
    }
    let members = links.map { $0.wait.session }
    var explanation = parts.joined(separator: "; ") + ": each waits for the other."
    if links.count > 2 { explanation = parts.joined(separator: "; ") + ": none can go on." }
    let victims = ledger.failures.filter { $0.error.state == .deadlockDetected }
      .map { narrator.writer($0.session) }
    if victims.isEmpty {
      explanation +=
        " PostgreSQL ends it by failing one of \(narrator.list(members.map { narrator.writer($0) })) "
        + "with 40P01, and it may be any."
    } else {
      let isCertain =
        links.count == 2 && objects(links).count == 2
        && objects(links)[0] == objects(links)[1]
      explanation +=
        " Here \(narrator.list(victims)) failed with 40P01; "
        + (isCertain
          ? "as it asked last, it is always the one." : "it could have been any.")
    }
    return Diagnosis(
      name: "deadlock", explanation: explanation,
      advice: advice(for: links),
      edges: links.map { link in
        "\(narrator.writer(link.wait.session)) waits for \(narrator.writer(link.blocker)) on "
          + object(of: link.wait)
      })
  }

  private func objects(_ links: [Link]) -> [LockObject] {
    links.compactMap { link in
      if case .object(let object, _) = link.wait.reason { return object }
      return nil
    }
  }

  private func advice(for links: [Link]) -> [String] {
    let members = links.map { $0.wait.session }
    let objects = self.objects(links)
    if objects.isEmpty {
      return advisor.orderLocks(
        links.map { ($0.wait.session, row(of: $0.wait)) }, retrying: members)
    }
    return advisor.orderObjects(links.map { object(of: $0.wait) }, objects, retrying: members)
  }

  private func row(of wait: Ledger.Wait) -> RowKey? {
    if case .row(let table, let row, _) = wait.reason { return RowKey(table: table, row: row) }
    return nil
  }

  /// `orders(1) FOR UPDATE`, `key (tx_hash) = ('0xabc') of crypto_payments`.
  func object(of wait: Ledger.Wait) -> String {
    switch wait.reason {
    case .row(let table, let row, let mode):
      return "\(narrator.row(RowKey(table: table, row: row))) \(mode.name)"
    case .key(let id, let index, let values):
      guard let table = narrator.table(id), table.uniqueIndexes.indices.contains(index) else {
        return "a key of \(narrator.tableName(id))"
      }
      let columns = table.uniqueIndexes[index].columns
      let names = columns.map { table.stored($0).name }.joined(separator: ", ")
      let texts = zip(columns, values).map { narrator.literal($1, table.stored($0).type) }
      return "key (\(names)) = (\(texts.joined(separator: ", "))) of \(table.name)"
    case .object(let object, let mode):
      return object.isAdvisory
        ? narrator.name(of: object) : "\(narrator.name(of: object)) \(mode.name)"
    case .clock(let until):
      return "the clock to reach \(narrator.plain(Value(timestamp: until), .timestamptz))"
    case .safeSnapshot: return "a safe snapshot"
    }
  }

  /// What the session has of that which the other waits for, and since when.
  private func holding(
    of wait: Ledger.Wait, by session: Int, before step: Int
  ) -> (name: String, step: Int)? {
    switch wait.reason {
    case .clock, .safeSnapshot: return nil
    case .object(let object, let mode):
      let lock = ledger.objectLocks.last {
        $0.object == object && $0.session == session && $0.step <= step
          && $0.mode.bit.conflicts(with: mode)
      }
      return lock.map { held in
        let name = narrator.name(of: object)
        return (object.isAdvisory ? name : "\(name) \(held.mode.name)", held.step)
      }
    case .row(let table, let row, let mode):
      let key = RowKey(table: table, row: row)
      let lock = ledger.locks.last {
        $0.row == key && $0.session == session && $0.step <= step && $0.mode.conflicts(with: mode)
      }
      if let lock { return ("\(narrator.row(key)) \(lock.mode.name)", lock.step) }
      let write = ledger.writes.last {
        $0.row == key && ledger.transactions[$0.transaction].session == session && $0.step <= step
      }
      return write.map { (narrator.row(key), $0.step) }
    case .key(let table, _, _):
      let write = ledger.writes.last {
        $0.row.table == table && $0.kind != .delete && $0.step <= step
          && ledger.transactions[$0.transaction].session == session
      }
      return write.map { (narrator.row($0.row), $0.step) }
    }
  }

  // MARK: Stuck

  func stuck() -> Diagnosis {
    let waiting = ledger.waits.filter { $0.until == nil && ledger.ends[$0.session] == nil }
    // Who sleeps holds others up; those wait for a lock.
    let locked = waiting.first { if case .clock = $0.reason { false } else { true } }
    guard let first = locked ?? waiting.first else {
      return Diagnosis(
        name: "stuck session",
        explanation: "A session has not ended, and none can take a step.", advice: [])
    }
    let lines = waiting.map { wait -> String in
      let blockers = narrator.list(wait.blockers.map { narrator.writer($0) })
      let why = blockers.isEmpty ? "" : ", held by \(blockers)"
      return "\(narrator.writer(wait.session)) has waited since step \(wait.step) for "
        + "\(object(of: wait))\(why)"
    }
    return Diagnosis(
      name: "stuck session", explanation: lines.joined(separator: "; ") + ".",
      advice: advisor.endWait(first), edges: lines)
  }

  // MARK: Without an end

  /// Sessions that go round and round: one alone, or several that each make the other's work undone.
  func endless() -> Diagnosis {
    let loop = violation.loop ?? 1...max(1, ledger.length)
    let turning = ledger.statements.filter { loop.overlaps($0.step...max($0.step, $0.lastStep)) }
    var sessions: [Int] = []
    for statement in turning where !sessions.contains(statement.session) {
      sessions.append(statement.session)
    }
    let who = narrator.list(sessions.map { narrator.writer($0) })
    let verb = sessions.count > 1 ? "go" : "goes"
    let first = loop.lowerBound
    let last = loop.upperBound
    let before = first == 1 ? "at the start" : "after step \(first - 1)"
    let again = first == last ? "step \(first) comes" : "steps \(first) to \(last) come"
    var explanation =
      "\(who) \(verb) on for ever: after step \(last) everything is as it was \(before), so \(again) "
      + "again and again, and nothing that can still happen lets every session end."
    let changes = ledger.writes.contains { loop.contains($0.step) && !$0.isUndone }
    if !changes { explanation += " Nothing is changed in the loop: what it waits for never comes." }
    return Diagnosis(
      name: sessions.count > 1 ? "livelock" : "endless loop", explanation: explanation,
      advice: advisor.endLoop(sessions))
  }

  // MARK: Errors

  /// The database failed a writer to keep the others right, and the writer gave up.
  func refusal() -> Diagnosis? {
    let last = ledger.failures.last(where: \.isFinal)
    switch last?.error.state {
    case .uniqueViolation: return serialViolates == true ? nil : failure()
    case .deadlockDetected, .serializationFailure, .lockNotAvailable, .queryCanceled,
      .idleInTransactionSessionTimeout:
      return failure()
    default: return nil
    }
  }

  /// `does not try again`, or how often it has.
  private func afterTries(_ session: Int) -> String {
    switch ledger.failures.count(where: { $0.session == session && $0.isRetried }) {
    case 0: "does not try again"
    case 1: "has tried again once, and gives up"
    case 2: "has tried again twice, and gives up"
    case let tries: "has tried again \(tries) times, and gives up"
    }
  }

  /// A lock that was not to be had in time, or at once.
  private func timeout(_ failure: Ledger.Failure) -> Diagnosis {
    let name = narrator.writer(failure.session)
    let wait = ledger.waits.last { $0.session == failure.session && $0.until == failure.step }
    let what = wait.map { wait in
      let blockers = narrator.list(wait.blockers.map { narrator.writer($0) })
      let since = " It had waited since step \(wait.step) for \(object(of: wait))"
      return blockers.isEmpty ? since + "." : since + ", held by \(blockers)."
    }
    let condition = failure.error.state.conditionName ?? failure.error.state.code
    return Diagnosis(
      name: "timeout",
      explanation:
        "\(name) failed at step \(failure.step) with \(failure.error.state.code): "
        + "\(failure.error.message).\(what ?? "") Its work is undone, and it "
        + afterTries(failure.session) + ".",
      advice: advisor.retry([failure.session], on: condition))
  }

  /// What the error that ended a program says about the race before it.
  func failure() -> Diagnosis? {
    guard let failure = ledger.failures.last(where: \.isFinal) ?? ledger.failures.last else {
      return nil
    }
    let name = narrator.writer(failure.session)
    switch failure.error.state {
    case .deadlockDetected:
      if let found = deadlock() { return found }
    case .serializationFailure:
      return Diagnosis(
        name: "serialization failure",
        explanation:
          "\(name) failed at step \(failure.step): \(failure.error.message).\(cause(failure)) The "
          + "database did its part; the writer \(afterTries(failure.session)).",
        advice: advisor.retry([failure.session], on: "serialization_failure"))
    case .uniqueViolation: return duplicateKey(failure)
    case .lockNotAvailable, .queryCanceled, .idleInTransactionSessionTimeout:
      return timeout(failure)
    default: break
    }
    if let reread = changedUnderReader(failure) { return reread }
    return Diagnosis(
      name: "unhandled error",
      explanation:
        "\(name) ended with \(failure.error.state.code) at step \(failure.step): "
        + "\(failure.error.message).\(cause(failure))",
      advice: advisor.handleError(failure))
  }

  /// Who changed a row that the failed transaction had looked at.
  private func cause(_ failure: Ledger.Failure) -> String {
    let other = ledger.writes.last { write in
      let transaction = ledger.transactions[write.transaction]
      guard transaction.session != failure.session, write.version != nil, write.step <= failure.step
      else { return false }
      let isLost = failure.statement.map { ledger.statements[$0].lostRow == write.row } ?? false
      return isLost
        || ledger.reads.contains {
          $0.row == write.row && $0.transaction == failure.transaction
            && $0.version < write.version ?? 0
        }
    }
    let before = other ?? lastForeignWrite(before: failure)
    guard let write = before else { return "" }
    let writer = narrator.writer(ofTransaction: write.transaction)
    return " Before that, \(writer) \(narrator.deed(write)) \(narrator.moment(write))."
  }

  private func lastForeignWrite(before failure: Ledger.Failure) -> Ledger.Write? {
    let searched = ledger.searches.filter { $0.transaction == failure.transaction }.map(\.table)
    return ledger.writes.last {
      ledger.transactions[$0.transaction].session != failure.session && $0.version != nil
        && $0.step <= failure.step && searched.contains($0.row.table)
    }
  }

  private func duplicateKey(_ failure: Ledger.Failure) -> Diagnosis {
    let name = narrator.writer(failure.session)
    let detail = failure.error.detail.map { " \($0)" } ?? ""
    let first = ledger.writes.last {
      narrator.tableName($0.row.table) == failure.error.table && $0.kind != .delete
        && ledger.transactions[$0.transaction].session != failure.session
        && $0.step <= failure.step && !$0.isUndone
    }
    let other = first.map {
      " \(narrator.writer(ofTransaction: $0.transaction)) \(narrator.deed($0)) "
        + "\(narrator.moment($0))."
    }
    return Diagnosis(
      name: "duplicate insert",
      explanation:
        "\(name) failed at step \(failure.step): \(failure.error.message).\(detail)\(other ?? "")",
      advice: advisor.handleDuplicate(failure.error.table ?? "the table", failure))
  }

  /// A failed transaction that read a row twice and found two versions.
  private func changedUnderReader(_ failure: Ledger.Failure) -> Diagnosis? {
    let reads = ledger.reads.filter { $0.transaction == failure.transaction && !$0.isReplaced }
    for (index, second) in reads.enumerated() {
      for first in reads.prefix(index)
      where first.row == second.row && first.version < second.version {
        let chain = ledger.versions[first.row] ?? []
        guard let write = chain.first(where: { $0.number == second.version })?.write else {
          continue
        }
        let name = narrator.writer(failure.session)
        let other = narrator.writer(ofTransaction: ledger.writes[write].transaction)
        return Diagnosis(
          name: "non-repeatable read", code: "P2",
          explanation:
            "\(name) read \(narrator.row(first.row)) at step \(first.step) and again at step "
            + "\(second.step); in between, \(other) \(narrator.deed(ledger.writes[write])) "
            + "\(narrator.moment(ledger.writes[write])). It then failed: \(failure.error.message).",
          advice: advisor.lockRead(first, writing: nil) + advisor.handleError(failure))
      }
    }
    return nil
  }
}
