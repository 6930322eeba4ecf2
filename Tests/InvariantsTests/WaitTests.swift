import Invariants
import SQL
import Store
import Testing
import Writers

@Suite("Deadlocks, stuck sessions, errors")
struct WaitTests {
  /// confirm: orders, then payments; cron: payments, then orders.
  private func crossed() -> Story {
    var story = Story(writers: ["confirm", "cron"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.begin("cron")
    story.lock("confirm", "SELECT * FROM orders WHERE id = 1 FOR UPDATE", .orders(1))
    story.update("cron", "UPDATE payments SET status = 'expired'", .payments(1), "expired", 1)
    story.updateWaits("confirm", "UPDATE payments SET …", .payments(1), for: "cron")
    story.updateWaits("cron", "UPDATE orders SET …", .orders(1), for: "confirm")
    return story
  }

  @Test("locks in opposite orders")
  func deadlock() {
    let diagnosis = crossed().diagnose(.deadlock, name: "deadlock")
    #expect(diagnosis.name == "deadlock")
    #expect(
      diagnosis.explanation
        == "cron locked payments(1) FOR NO KEY UPDATE at step 4 and wants orders(1) FOR NO KEY UPDATE "
        + "at step 6; confirm locked orders(1) FOR UPDATE at step 3 and wants payments(1) FOR NO KEY "
        + "UPDATE at step 5: each waits for the other. PostgreSQL ends it by failing one of cron and "
        + "confirm with 40P01, and it may be any.")
    #expect(
      diagnosis.edges == [
        "cron waits for confirm on orders(1) FOR NO KEY UPDATE",
        "confirm waits for cron on payments(1) FOR NO KEY UPDATE",
      ])
    #expect(
      diagnosis.advice.first
        == "take the locks in one order: orders before payments in every writer (cron and confirm)")
  }

  @Test("the victim is named")
  func victim() {
    var story = crossed()
    story.step(
      "cron", [.failed(.deadlockDetected), .rolledBack(isFailure: true)], as: .victim)
    #expect(story.diagnose(.deadlock).explanation.contains("Here cron failed with 40P01"))
    story.step("cron", [.ended(outcome: .null, error: .deadlockDetected)])
    #expect(story.diagnose(.error).name == "deadlock")
    #expect(story.diagnose(.finally, serial: true).name == "deadlock")
  }

  @Test("rows of one table")
  func deadlockInOneTable() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    for (writer, row) in [("a", 1), ("b", 2)] {
      story.begin(writer)
      story.update(writer, "UPDATE orders SET status = '1'", .orders(row), "1")
    }
    story.updateWaits("a", "UPDATE orders", .orders(2), for: "b")
    story.updateWaits("b", "UPDATE orders", .orders(1), for: "a")
    #expect(story.diagnose(.deadlock).advice.first?.contains("ORDER BY id FOR UPDATE") == true)
  }

  @Test("keys that two transactions insert in opposite orders")
  func deadlockOnKeys() {
    var story = Story(writers: ["a", "b"])
    for (writer, row) in [("a", 1), ("b", 2)] {
      story.begin(writer)
      story.insert(writer, "INSERT", .bookings(row), 1, "")
    }
    let table = Story.Row.bookings(1).id
    for (writer, key, blocker) in [("a", 2, 1), ("b", 1, 0)] as [(String, Value, Int)] {
      let began = story.began("INSERT")
      story.step(
        writer, [began, .waits(.key(table: table, index: 0, values: [key]), blockers: [blocker])])
    }
    let diagnosis = story.diagnose(.deadlock)
    #expect(diagnosis.edges.first == "b waits for a on key (id) = (1) of bookings")
    #expect(diagnosis.advice.first?.contains("insert the keys in one order") == true)
  }

  @Test("three sessions around")
  func ring() {
    var story = Story(writers: ["a", "b", "c"])
    let names = ["a", "b", "c"]
    for number in 0..<3 {
      story.given(.orders(number), "0")
      story.begin(names[number])
      story.update(names[number], "UPDATE orders", .orders(number), "1")
    }
    for number in 0..<3 {
      let next = (number + 1) % 3
      story.updateWaits(names[number], "UPDATE orders", .orders(next), for: names[next])
    }
    let diagnosis = story.diagnose(.deadlock)
    #expect(diagnosis.edges.count == 3)
    #expect(diagnosis.explanation.contains("none can go on"))
  }

  @Test("a wait that is over closes no cycle")
  func noDeadlock() {
    var story = crossed()
    story.history.steps.removeLast()
    #expect(story.diagnose(.deadlock).name == "unclassified interleaving")
  }

  @Test("a session waits for ever")
  func stuck() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.update("a", "UPDATE orders", .orders(1), "1")
    story.updateWaits("b", "UPDATE orders", .orders(1), for: "a")
    let diagnosis = story.diagnose(.stuck)
    #expect(diagnosis.name == "stuck session")
    #expect(
      diagnosis.explanation
        == "b has waited since step 3 for orders(1) FOR NO KEY UPDATE, held by a.")
  }

  @Test("a sleep that the clock never reaches")
  func sleeping() {
    var story = Story(writers: ["a"])
    let began = story.began("SELECT pg_sleep(60)")
    story.step("a", [began, .waits(.clock(until: 60_000_000), blockers: [])])
    let diagnosis = story.diagnose(.stuck)
    #expect(diagnosis.explanation.contains("the clock to reach 2000-01-01 00:01:00+00"))
    #expect(diagnosis.advice.first?.contains("add an instant") == true)
  }

  // MARK: Errors

  @Test("40001 that nobody retries")
  func serializationFailure() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.select("a", "SELECT * FROM orders", [.orders(1)])
    story.update("b", "UPDATE orders SET status = '1'", .orders(1), "1")
    story.commit("b", isImplicit: true)
    story.rollback("a", error: .concurrentUpdate)
    let diagnosis = story.diagnose(.error)
    #expect(diagnosis.name == "serialization failure")
    #expect(diagnosis.explanation.contains("Before that, b changed status of orders(1)"))
    #expect(diagnosis.advice.first?.contains("retry 3 on serialization_failure") == true)
  }

  @Test("23505 names who was first")
  func duplicateKey() {
    var story = Story(writers: ["a", "b"])
    story.insert("a", "INSERT INTO bookings VALUES (1, 7, '')", .bookings(1), 7, "")
    story.commit("a", isImplicit: true)
    let error = SQLError.uniqueViolation(
      constraint: "bookings_pkey", table: "bookings", key: "id", values: "1")
    story.rollback("b", error: error)
    let diagnosis = story.diagnose(.error)
    #expect(diagnosis.name == "duplicate insert")
    #expect(diagnosis.explanation.contains("a inserted bookings(1) at step 1"))
  }

  @Test("an error after two reads that disagree: P2")
  func errorAfterTwoReads() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.select("a", "SELECT * FROM orders", [.orders(1)])
    story.update("b", "UPDATE orders SET status = '1'", .orders(1), "1")
    story.commit("b", isImplicit: true)
    story.select("a", "SELECT * FROM orders", [.orders(1)])
    story.rollback("a", error: SQLError(.raiseException, "changed"))
    #expect(story.diagnose(.error).code == "P2")
  }

  @Test("a wait that outlasts its timeout")
  func timeout() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.update("a", "UPDATE orders SET status = '1'", .orders(1), "1")
    story.begin("b")
    story.updateWaits("b", "UPDATE orders SET status = '2'", .orders(1), for: "a")
    story.rollback("b", error: .lockTimeout)
    let diagnosis = story.diagnose(.error)
    #expect(diagnosis.name == "timeout")
    #expect(diagnosis.explanation.contains("for orders(1) FOR NO KEY UPDATE, held by a."))
    #expect(diagnosis.advice.first == "try again: `retry 3 on lock_not_available` in b")
  }

  @Test("locks on tables and advisory locks are named")
  func deadlockOnObjects() {
    var story = Story(writers: ["a", "b"])
    let first = LockObject(advisory: 1)
    let second = LockObject(advisory: 2)
    let holders = [("a", first, second, 1), ("b", second, first, 0)]
    for (writer, held, _, _) in holders {
      story.begin(writer)
      let began = story.began("SELECT pg_advisory_xact_lock")
      story.step(writer, [began, .lockedObject(held, mode: .exclusive)])
    }
    for (writer, _, wanted, blocker) in holders {
      let began = story.began("SELECT pg_advisory_xact_lock")
      story.step(
        writer, [began, .waits(.object(wanted, mode: .exclusive), blockers: [blocker])])
    }
    let diagnosis = story.diagnose(.deadlock)
    #expect(diagnosis.edges.first == "b waits for a on advisory lock 1")
    #expect(diagnosis.explanation.contains("a locked advisory lock 1 at step 2"))
    #expect(diagnosis.advice.first?.hasPrefix("take the locks in one order: advisory lock") == true)
  }

  @Test("any other error")
  func unhandled() {
    var story = Story(writers: ["a"])
    story.rollback("a", error: SQLError(.divisionByZero, "division by zero"))
    let diagnosis = story.diagnose(.error)
    #expect(diagnosis.name == "unhandled error")
    #expect(diagnosis.explanation == "a ended with 22012 at step 1: division by zero.")
    #expect(diagnosis.advice.last?.contains("allow unhandled error division_by_zero in a") == true)
  }
}
