import Invariants
import SQL
import Store
import Testing

@Suite("Anomalies without a cycle")
struct RowTests {
  // MARK: Row counts

  @Test("the row went while the UPDATE waited, and its writer committed")
  func ignoredRowCountAfterWait() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.update("confirm", "UPDATE payments SET status = 'done'", .payments(1), "done", 1)
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    let text = "UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending'"
    story.updateWaits("confirm", text, .orders(1), for: "poll")
    story.commit("poll", isImplicit: true)
    story.updateWakes("confirm", .orders(1))
    story.commit("confirm")
    let diagnosis = story.diagnose(tables: [.orders, .payments])
    #expect(diagnosis.name == "ignored row count")
    #expect(
      diagnosis.explanation
        == "poll changed status of orders(1) from 'pending' to 'expired' at step 3 (committed at step "
        + "5), so confirm's UPDATE on orders at step 6 matched no row; confirm did not notice and "
        + "committed what else it had done: it changed status of payments(1) from 'initiated' to 'done' "
        + "at step 2 (committed at step 7).")
    #expect(
      diagnosis.advice.first?.hasPrefix(
        "check the row count of the UPDATE on orders in confirm and RAISE when it is 0") == true)
  }

  @Test("the row went before the UPDATE, and its writer committed", arguments: [true, false, nil])
  func ignoredRowCountWithoutWait(serial: Bool?) {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.update("confirm", "UPDATE payments SET status = 'done'", .payments(1), "done", 1)
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.updateNothing(
      "confirm", "UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending'", .orders)
    story.commit("confirm")
    #expect(story.diagnose(tables: [.payments], serial: serial).name == "ignored row count")
  }

  @Test("of several, the one about the violation's rows is told")
  func relevantRowCount() {
    var story = Story(writers: ["confirm", "cron"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.begin("cron")
    story.update("cron", "UPDATE payments SET status = 'x'", .payments(1), "expired", 1)
    story.update("cron", "UPDATE orders SET status = 'x'", .orders(1), "expired")
    story.commit("cron")
    let payment = "UPDATE payments SET status = 'done' WHERE id = 1 AND status = 'initiated'"
    let order = "UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending'"
    story.updateNothing("confirm", payment, .payments)
    story.updateNothing("confirm", order, .orders)
    story.insert("confirm", "INSERT INTO bookings VALUES (1, 1, '')", .bookings(1), 1, "")
    story.commit("confirm")
    let first = story.diagnose(tables: [.bookings, .payments])
    #expect(first.explanation.contains("confirm's UPDATE on payments"))
    let second = story.diagnose(tables: [.bookings, .orders])
    #expect(second.explanation.contains("confirm's UPDATE on orders"))
  }

  @Test("a writer that rolls back has not ignored it")
  func noticedRowCount() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.update("confirm", "UPDATE payments SET status = 'done'", .payments(1), "done", 1)
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.updateNothing(
      "confirm", "UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending'", .orders)
    story.rollback("confirm", error: SQLError(.raiseException, "order is gone"))
    let diagnosis = story.diagnose(.finally, serial: true)
    #expect(diagnosis.name == "logic error")
    #expect(diagnosis.explanation.hasSuffix("confirm failed at step 6: order is gone."))
  }

  // MARK: Unguarded writes

  @Test("an UPDATE by key alone undoes what was committed before")
  func unguardedWrite() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.update("confirm", "UPDATE orders SET status = 'paid' WHERE id = 1", .orders(1), "paid")
    story.commit("confirm", isImplicit: true)
    story.update("poll", "UPDATE orders SET status = 'expired' WHERE id = 1", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    let diagnosis = story.diagnose(tables: [.orders], serial: true)
    #expect(diagnosis.name == "unguarded write")
    #expect(diagnosis.code == nil)
    #expect(
      diagnosis.advice.first
        == "let the UPDATE on orders in poll say what it expects: `… AND status = 'pending'`")
  }

  @Test("an UPDATE that looks at the column is guarded")
  func guardedWrite() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.update("confirm", "UPDATE orders SET status = 'paid' WHERE id = 1", .orders(1), "paid")
    story.commit("confirm", isImplicit: true)
    story.update(
      "poll", "UPDATE orders SET status = 'refunded' WHERE id = 1 AND status = 'paid'", .orders(1),
      "refunded")
    story.commit("poll", isImplicit: true)
    #expect(story.diagnose(tables: [.orders], serial: true).name == "logic error")
    #expect(story.diagnose(tables: [.orders]).name == "unclassified interleaving")
  }

  // MARK: Time

  @Test("the clock decides")
  func timing() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.moveClock(to: 0)
    story.update(
      "poll", "UPDATE orders SET status = 'expired' WHERE id = 1 AND now() > '2000-01-01'",
      .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    let diagnosis = story.diagnose(.finally, tables: [.orders], serial: true)
    #expect(diagnosis.name == "timing")
    #expect(
      diagnosis.explanation.contains("the clock had moved to 2000-01-01 00:00:00+00 at step 1"))
  }

  @Test("the change whose condition reads the clock is the one that is told")
  func deadline() {
    var story = Story(writers: ["chain", "poll"])
    story.given(.orders(1), "pending")
    story.moveClock(to: 0)
    story.insert(
      "chain", "INSERT INTO captures VALUES (1, extract(day FROM now()))", .captures(1), 1)
    story.update(
      "poll", "UPDATE orders SET status = 'expired' WHERE id = 1 AND '2000-01-01' < now()",
      .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.begin("chain")
    story.rollback("chain", error: SQLError(.raiseException, "too late"))
    let diagnosis = story.diagnose(.finally, tables: [.bookings], serial: nil)
    #expect(diagnosis.name == "timing")
    #expect(diagnosis.explanation.hasPrefix("poll changed status of orders(1)"))
    #expect(
      diagnosis.explanation.hasSuffix("chain came after that and failed at step 6: too late."))
    #expect(story.diagnose(.finally, serial: false).name == "unhandled error")
  }

  @Test("a clock that nobody looks at decides nothing")
  func idleClock() {
    var story = Story(writers: ["poll"])
    story.given(.orders(1), "pending")
    story.moveClock(to: 0)
    story.update("poll", "UPDATE orders SET status = 'expired' WHERE id = 1", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    #expect(story.diagnose(tables: [.orders], serial: true).name == "logic error")
  }

  // MARK: The world

  @Test("the same is done twice in the world")
  func doubleEffect() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "pending")
    for writer in ["a", "b"] {
      story.select(writer, "SELECT status FROM orders WHERE id = 1", [.orders(1)])
      story.commit(writer, isImplicit: true)
    }
    story.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    story.insert("b", "INSERT INTO captures VALUES (2, 1)", .captures(2), 1)
    let diagnosis = story.diagnose(tables: [.captures])
    #expect(diagnosis.name == "double effect")
    #expect(diagnosis.explanation.contains("a inserted into captures at step 5 and b at step 6"))
    #expect(diagnosis.explanation.contains("order_id = 1"))
  }

  @Test("two different effects are no double effect")
  func differentEffects() {
    var story = Story(writers: ["a", "b"])
    story.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    story.insert("b", "INSERT INTO captures VALUES (2, 2)", .captures(2), 2)
    #expect(story.diagnose(tables: [.captures]).name == "unclassified interleaving")
  }

  @Test("the invariant's GROUP BY says what the same is")
  func effectsGrouped() {
    var story = Story(writers: ["a", "b"])
    story.invariant("once", "SELECT id FROM captures GROUP BY id HAVING count(*) > 1")
    story.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    story.insert("b", "INSERT INTO captures VALUES (2, 1)", .captures(2), 1)
    #expect(
      story.diagnose(tables: [.captures], name: "once").name == "unclassified interleaving")
    #expect(story.diagnose(tables: [.captures], name: "other").name == "double effect")
  }

  @Test("the world keeps what the transaction gave up")
  func effectLeak() {
    var story = Story(writers: ["a"])
    story.given(.orders(1), "pending")
    story.begin("a")
    story.update("a", "UPDATE orders SET status = 'paid'", .orders(1), "paid")
    story.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    story.rollback("a", error: SQLError(.raiseException, "no"))
    let diagnosis = story.diagnose(tables: [.captures], serial: nil)
    #expect(diagnosis.name == "effect leak")
    #expect(diagnosis.explanation.contains("rolled back at step 4: no"))
  }

  @Test("the client dies between the effect and its record")
  func effectLeakByCrash() {
    var story = Story(writers: ["a", "b"])
    story.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    story.crash("a")
    #expect(story.diagnose(.finally, tables: [.captures]).name == "effect leak")
    var recorded = Story(writers: ["a", "b"])
    recorded.given(.orders(1), "pending")
    recorded.insert("a", "INSERT INTO captures VALUES (1, 1)", .captures(1), 1)
    recorded.update("a", "UPDATE orders SET status = 'paid'", .orders(1), "paid")
    recorded.commit("a", isImplicit: true)
    recorded.crash("a")
    #expect(recorded.diagnose(.finally, tables: [.captures]).name == "lost effect")
  }

  @Test("check and change of the world in two statements: scope anomaly")
  func worldScope() {
    var story = Story(writers: ["a", "b"])
    story.given(.captures(1), 5)
    let row = Story.Row.captures(1)
    story.select("a", "SELECT order_id FROM captures WHERE id = 1", [row])
    for (writer, before, after) in [("b", 5, 6), ("a", 6, 6)] as [(String, Value, Value)] {
      let began = story.began("UPDATE captures SET order_id = 6 WHERE id = 1")
      story.step(
        writer,
        [
          began, .updated(table: row.id, row: 1, before: [1, before], after: [1, after]),
          .finished(tag: "UPDATE 1", columns: [], rows: []),
        ])
    }
    let diagnosis = story.diagnose(tables: [.captures])
    #expect(diagnosis.name == "scope anomaly")
    #expect(
      diagnosis.advice.first?.hasPrefix("check and change the world in one statement") == true)
  }
}
