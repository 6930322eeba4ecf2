import SQL
import Store
import Writers

/// What to try about an anomaly, in terms of the SQL that showed it.
struct Advisor {
  let narrator: Narrator

  /// The longest statement that is quoted.
  private static let quoteLimit = 120

  private var ledger: Ledger { narrator.ledger }

  private func names(_ sessions: [Int]) -> String {
    narrator.list(sessions.map { narrator.writer($0) })
  }

  /// Writers, not sessions: `confirm`, not `confirm(1)` and `confirm(2)`.
  private func writers(_ sessions: [Int]) -> String {
    narrator.list(
      sessions.map {
        narrator.model.sessions.indices.contains($0)
          ? narrator.model.sessions[$0].writer : narrator.writer($0)
      })
  }

  private func session(of transaction: Int) -> Int { ledger.transactions[transaction].session }

  // MARK: Locks

  /// `SELECT status FROM orders WHERE id = 1 FOR UPDATE`: the statement that read, if it can carry a lock.
  private func lockingRead(_ statement: Int?, of table: Table, mode: String = "FOR UPDATE")
    -> String
  {
    let generic =
      "`SELECT … FROM \(table.name) WHERE \(narrator.keyCondition(table)) \(mode)`"
    guard let statement else { return generic }
    let text = narrator.text(statement)
    guard text.kind == .select, !text.survey.hasLockingClause, !text.survey.hasAggregate,
      text.survey.groupColumns.isEmpty, text.survey.tables.count == 1,
      text.text.count <= Self.quoteLimit, text.text.uppercased().hasPrefix("SELECT")
    else { return generic }
    return "`\(text.text) \(mode)`"
  }

  /// For a lost update: lock, or look again, or let the database refuse it.
  func lockRead(_ read: Ledger.Read, writing write: Ledger.Write?) -> [String] {
    guard let table = narrator.table(read.row.table) else { return [] }
    let session = session(of: read.transaction)
    let writer = writers([session])
    if table.isWorld { return conditionalWorldWrite() }
    var advice = [
      "lock the row before the check: \(lockingRead(read.statement, of: table)) in \(writer)"
    ]
    if let write, write.kind == .update {
      advice.append(
        "repeat the check in the UPDATE on \(table.name) in \(writer) "
          + "(\(guardExample(write, table))), and RAISE when it matches no row")
    }
    advice.append(
      "run \(writer) at REPEATABLE READ with `retry 3 on serialization_failure`: its write is then "
        + "refused with 40001")
    return advice
  }

  /// `… AND status = 'pending'`, with what the row held before anybody changed it.
  private func guardExample(_ write: Ledger.Write, _ table: Table) -> String {
    let chain = ledger.versions[write.row] ?? []
    let column = narrator.changedColumns(write).first { !table.isKeyColumn($0) }
    guard let column, table.columns.indices.contains(column) else { return "`… AND …`" }
    let name = table.columns[column].name
    guard let expected = chain.first?.values, expected.indices.contains(column),
      !expected[column].isNull
    else { return "`… AND \(name) = …`" }
    return "`… AND \(name) = \(narrator.literal(expected[column], table.columns[column].type))`"
  }

  func guardWrite(_ write: Ledger.Write, column: Int, expecting values: [Value]?) -> [String] {
    guard let table = narrator.table(write.row.table) else { return [] }
    let writer = writers([session(of: write.transaction)])
    let name = table.columns[column].name
    let value = values.flatMap { $0.indices.contains(column) ? $0[column] : nil }
    let test =
      value.map {
        $0.isNull
          ? "\(name) IS NULL" : "\(name) = \(narrator.literal($0, table.columns[column].type))"
      } ?? "\(name) = …"
    return [
      "let the UPDATE on \(table.name) in \(writer) say what it expects: `… AND \(test)`",
      "check its row count and RAISE, or look at the row, when it is 0",
    ]
  }

  /// For write skew: make the readers meet.
  func lockReads(_ edges: [DependencyGraph.Edge], _ sessions: [Int]) -> [String] {
    var advice: [String] = []
    let isPhantom = edges.contains { $0.kind == .rw && $0.isPredicate }
    for edge in edges where edge.kind == .rw && !isPhantom {
      guard let table = narrator.table(edge.row.table), let statement = edge.statement else {
        continue
      }
      let reader = ledger.statements[statement].session
      let line =
        "lock what the check reads: \(lockingRead(statement, of: table)) in \(writers([reader]))"
      if !advice.contains(line) { advice.append(line) }
    }
    if isPhantom {
      let parent = edges.compactMap { edge in
        narrator.table(edge.row.table)?.foreignKeys.first.flatMap { narrator.table($0.parent) }
      }.first
      let row = parent.map { "lock the row that they share, \(lockingRead(nil, of: $0))" }
      advice.append(
        "let the writers meet on a row that exists: \(row ?? "lock the parent row"), or take an advisory "
          + "lock on the key (`SELECT pg_advisory_xact_lock(…)`), before the check in \(writers(sessions))"
      )
    }
    return advice + serialize(sessions)
  }

  /// `orders before payments in every writer`.
  func orderLocks(_ wanted: [(session: Int, row: RowKey?)], retrying sessions: [Int]) -> [String] {
    let rows = wanted.compactMap(\.row)
    var tables: [TableID] = []
    for row in rows.reversed() where !tables.contains(row.table) { tables.append(row.table) }
    var advice: [String] = []
    if tables.count > 1 {
      let ordered = parentsFirst(tables).map { narrator.tableName($0) }
      advice.append(
        "take the locks in one order: \(ordered.joined(separator: " before ")) in every writer "
          + "(\(writers(sessions)))")
      if let first = parentsFirst(tables).first, let table = narrator.table(first) {
        advice.append(
          "begin each of them with \(lockingRead(nil, of: table)), so that they queue there")
      }
    } else if rows.count == wanted.count, let row = rows.first, Set(rows).count == 1,
      let table = narrator.table(row.table)
    {
      // No order of one row: each holds a weak lock on it and wants a stronger one.
      advice.append(
        "take the strongest lock on \(narrator.row(row)) that the transaction needs at once, before the "
          + "statement that takes the weaker one: \(lockingRead(nil, of: table)) in \(writers(sessions))"
      )
    } else if let table = tables.first.flatMap({ narrator.table($0) }) {
      let key = table.uniqueIndexes.first(where: \.isPrimary)?.columns.map {
        table.columns[$0].name
      }
      advice.append(
        "lock the rows of \(table.name) in one order before changing them: `SELECT … FROM "
          + "\(table.name) WHERE … ORDER BY \(key?.joined(separator: ", ") ?? "…") FOR UPDATE` in "
          + writers(sessions))
    } else {
      advice.append("insert the keys in one order in every writer (\(writers(sessions)))")
    }
    return advice + retry(sessions, on: "deadlock_detected")
  }

  /// `take advisory lock 1 before advisory lock 2 in every writer`; of one object, the stronger lock at once.
  func orderObjects(
    _ wanted: [String], _ objects: [LockObject], retrying sessions: [Int]
  ) -> [String] {
    var names: [String] = []
    for name in wanted.reversed() where !names.contains(name) { names.append(name) }
    let isOneObject = objects.count == wanted.count && objects.allSatisfy { $0 == objects[0] }
    let first =
      isOneObject
      ? "take the strongest lock on \(narrator.name(of: objects[0])) that the transaction needs first, "
        + "in every writer (\(writers(sessions)))"
      : "take the locks in one order: \(names.joined(separator: " before ")) in every writer "
        + "(\(writers(sessions)))"
    return [first] + retry(sessions, on: "deadlock_detected")
  }

  /// Referenced tables before those that refer to them, otherwise as they come.
  private func parentsFirst(_ tables: [TableID]) -> [TableID] {
    var rest = tables
    var ordered: [TableID] = []
    while !rest.isEmpty {
      let index =
        rest.firstIndex { candidate in
          let keys = narrator.table(candidate)?.foreignKeys ?? []
          return !keys.contains { $0.parent != candidate && rest.contains($0.parent) }
        } ?? 0
      ordered.append(rest.remove(at: index))
    }
    return ordered
  }

  // MARK: Isolation

  func keepSnapshot(_ missed: DependencyGraph.Edge, reader: Int) -> [String] {
    guard let table = narrator.table(missed.row.table) else { return [] }
    var advice = [
      "let \(writers([reader])) read from one snapshot: ISOLATION LEVEL REPEATABLE READ, with "
        + "`retry 3 on serialization_failure` if it writes"
    ]
    if !missed.isPredicate && !table.isWorld {
      advice.append(
        "or keep the row from changing in between: "
          + "\(lockingRead(missed.statement, of: table, mode: "FOR SHARE")) in \(writers([reader]))"
      )
    }
    return advice
  }

  func keepSnapshots(_ sessions: [Int]) -> [String] {
    ["run \(writers(sessions)) at REPEATABLE READ with `retry 3 on serialization_failure`"]
  }

  func serialize(_ sessions: [Int]) -> [String] {
    guard !sessions.isEmpty else { return [] }
    return [
      "run \(writers(sessions)) at SERIALIZABLE with `retry 3 on serialization_failure`"
    ]
  }

  func retry(_ sessions: [Int], on condition: String) -> [String] {
    let hasTried = ledger.failures.contains { $0.isRetried && sessions.contains($0.session) }
    return hasTried
      ? ["try again as often as it takes: `retry on \(condition)` in \(writers(sessions))"]
      : ["try again: `retry 3 on \(condition)` in \(writers(sessions))"]
  }

  func oneTransaction(_ sessions: [Int]) -> [String] {
    guard !sessions.isEmpty else { return [] }
    return [
      "put the check and the write of \(writers(sessions)) into one transaction "
        + "(`BEGIN; SELECT … FOR UPDATE; …; COMMIT;`)"
    ]
  }

  // MARK: Keys and row counts

  func uniqueKey(_ table: Table, _ key: String) -> [String] {
    [
      "let the database refuse the second: UNIQUE (\(key)) on \(table.name)",
      "insert with `ON CONFLICT (\(key)) DO NOTHING` and look at the row count",
      "without such a key, take `SELECT pg_advisory_xact_lock(…)` on it before the check",
    ]
  }

  func checkRowCount(_ statement: Int, table: String, verb: String) -> [String] {
    let writer = writers([ledger.statements[statement].session])
    return [
      "check the row count of the \(verb) on \(table) in \(writer) and RAISE when it is 0 "
        + "(`IF NOT FOUND THEN RAISE EXCEPTION …`)",
      "lock the row of \(table) at the start of \(writer) (`SELECT … FROM \(table) WHERE … FOR "
        + "UPDATE`) and stop there if it is not as expected",
    ]
  }

  func handleDuplicate(_ table: String, _ failure: Ledger.Failure) -> [String] {
    let writer = writers([failure.session])
    return [
      "insert into \(table) with `ON CONFLICT DO NOTHING` in \(writer) and look at the row count",
      "or handle it: `EXCEPTION WHEN unique_violation THEN …` in \(writer)",
    ]
  }

  // MARK: The world, time, logic

  func makeIdempotent(_ table: Table) -> [String] {
    [
      "give the effect a key that the world refuses twice: an idempotency key on \(table.name)",
      "claim the work in the database first (a row under a unique key, committed), and only then do it",
    ]
  }

  func useOutbox() -> [String] {
    [
      "write the intention to an outbox table in the same transaction, and do it after COMMIT",
      "make the effect idempotent, so that it can be repeated when nobody knows whether it happened",
    ]
  }

  func surviveCrash(_ session: Int, isWithinDatabase: Bool) -> [String] {
    let writer = writers([session])
    if isWithinDatabase {
      return [
        "put what belongs together in \(writer) into one transaction, so that a crash takes all of it",
        "or let a run after the crash find what is half done and finish it: a status for it, and a job "
          + "that looks for it",
      ]
    }
    return [
      "write the intention to an outbox table in the same transaction, and let somebody who can come "
        + "again do it and mark it as done",
      "let whoever comes later ask whether the effect is there, not only whether \(writer) had begun",
    ]
  }

  func takeOver(_ sessions: [Int]) -> [String] {
    [
      "run \(writers(sessions)) again after a crash (`restarts N` in the scenario): a queue that delivers "
        + "until it is acknowledged, a job that looks for what is left",
      "or, if so many crashes are more than anybody promises to survive, allow fewer: `up to N`",
    ]
  }

  func lookAgain(_ read: Ledger.Read) -> [String] {
    guard let table = narrator.table(read.row.table) else { return [] }
    let writer = writers([ledger.statements[read.statement].session])
    return [
      "when the UPDATE matches no row, go back to the SELECT in \(writer), as often as it takes",
      "or lock the row when it is chosen: "
        + "\(lockingRead(read.statement, of: table)) in \(writer); with SKIP LOCKED it takes the next one",
    ]
  }

  func conditionalWorldWrite() -> [String] {
    [
      "check and change the world in one statement (`UPDATE … WHERE … = what was read`, or an insert "
        + "under a unique key)",
      "guard the section by a row lock in the database that is held for all of it",
    ]
  }

  func alignDeadlines(_ write: Ledger.Write) -> [String] {
    let writer = writers([session(of: write.transaction)])
    return [
      "let everybody who enforces the deadline use the same one, with the longest delay that an event "
        + "can have added to it in \(writer)",
      "give what comes too late a way of its own (credit it, or queue it for people), since some "
        + "always will",
    ]
  }

  func changeLogic() -> [String] {
    [
      "decide what should happen in that order, and change the writer's conditions accordingly",
      "or, if it is meant to be possible, the invariant asks for too much",
    ]
  }

  func compareRuns() -> [String] {
    [
      "find the step that makes the difference: exchange neighbouring steps of this run and replay it"
    ]
  }

  func handleError(_ failure: Ledger.Failure) -> [String] {
    let writer = writers([failure.session])
    let condition = failure.error.state.conditionName ?? "sqlstate '\(failure.error.state.code)'"
    return [
      "handle it in \(writer): `EXCEPTION WHEN \(condition) THEN …`",
      "or, if it is a proper answer, say so in the scenario: `allow unhandled error \(condition) in "
        + "\(writer)`",
    ]
  }

  /// For a lock with a time limit.
  func fence(_ late: Ledger.Write) -> [String] {
    let writer = writers([session(of: late.transaction)])
    return [
      "give each holder a number that grows (a fencing token), and let what \(writer) writes afterwards "
        + "check that it is still the highest",
      "or lock the row of the lease and look at it and at the clock again, in the transaction that writes "
        + "(clock_timestamp(); now() is the transaction's start)",
    ]
  }

  /// What a handler should do with an error.
  func minding(_ failure: Ledger.Failure, isTransactionGone: Bool) -> [String] {
    let writer = writers([failure.session])
    let condition = failure.error.state.conditionName ?? "sqlstate '\(failure.error.state.code)'"
    return [
      isTransactionGone
        ? "roll back in the handler of \(writer), and say that it failed"
        : "put what belongs together into the block of \(writer), so that the error takes all of it",
      isTransactionGone
        ? "or go back to a savepoint before the statement: `SAVEPOINT s; … ROLLBACK TO s;`"
        : "or raise it again: `EXCEPTION WHEN \(condition) THEN …; RAISE;`",
      "handle the one condition that is meant, not OTHERS: here it was \(condition)",
    ]
  }

  func endLoop(_ sessions: [Int]) -> [String] {
    let writers = writers(sessions)
    return [
      "bound the loop in \(writers): count the rounds, or leave it at a deadline "
        + "(`EXIT WHEN clock_timestamp() > …`), and say what happens then",
      "let whoever ends the wait do so on every path, errors and crashes included",
      "or, if it is meant to go on for ever, say so in the scenario: `allow endless in \(writers)`",
    ]
  }

  func endWait(_ wait: Ledger.Wait) -> [String] {
    if case .clock = wait.reason {
      return [
        "add an instant to the scenario's clock that the sleep of "
          + "\(writers([wait.session])) reaches"
      ]
    }
    let holders = names(wait.blockers)
    return [
      "let \(holders.isEmpty ? "the holder" : holders) end its transaction",
      "or bound the wait: NOWAIT, or SKIP LOCKED, in \(writers([wait.session]))",
    ]
  }
}
