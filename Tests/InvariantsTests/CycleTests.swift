import Invariants
import SQL
import Store
import Testing

@Suite("Anomalies that are cycles")
struct CycleTests {
  @Test("a row that was read is overwritten: P4")
  func lostUpdate() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.begin("confirm")
    story.select("confirm", "SELECT status FROM orders WHERE id = 1;", [.orders(1)])
    story.update("poll", "UPDATE orders SET status = 'expired' WHERE id = 1", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.update("confirm", "UPDATE orders SET status = 'paid' WHERE id = 1", .orders(1), "paid")
    story.commit("confirm")
    let diagnosis = story.diagnose(tables: [.orders])
    #expect(diagnosis.name == "lost update")
    #expect(diagnosis.code == "P4")
    #expect(
      diagnosis.explanation
        == "confirm read orders(1) at step 2, poll changed status of orders(1) from 'pending' to "
        + "'expired' at step 3 (committed at step 4), and confirm changed status of orders(1) from "
        + "'expired' to 'paid' at step 5 (committed at step 6) without looking at it again, so "
        + "that poll's change is lost.")
    #expect(
      diagnosis.advice.first
        == "lock the row before the check: `SELECT status FROM orders WHERE id = 1 FOR UPDATE` in "
        + "confirm")
    #expect(diagnosis.advice.contains { $0.contains("`… AND status = 'pending'`") })
    #expect(diagnosis.edges.count == 2)
  }

  @Test("an UPDATE that looks at the new value overwrites it on the strength of the old")
  func staleCheck() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "10")
    story.begin("a")
    story.select("a", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    let text = "UPDATE orders SET status = status - 10 WHERE id = 1"
    story.update("b", text, .orders(1), "0")
    story.commit("b", isImplicit: true)
    story.update("a", text, .orders(1), "-10")
    story.commit("a")
    let diagnosis = story.diagnose()
    #expect(diagnosis.code == "P4")
    #expect(diagnosis.explanation.hasSuffix("on the strength of what it had read."))
  }

  @Test("a cycle about other rows explains nothing that serial orders break too")
  func irrelevantCycle() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    for (writer, read) in [("a", 1), ("b", 2)] {
      story.begin(writer)
      story.select(writer, "SELECT * FROM orders WHERE id = \(read)", [.orders(read)])
    }
    story.update("a", "UPDATE orders SET status = '1' WHERE id = 2", .orders(2), "1")
    story.update("b", "UPDATE orders SET status = '1' WHERE id = 1", .orders(1), "1")
    story.commit("a")
    story.commit("b")
    #expect(story.diagnose(tables: [.payments], serial: true).name == "logic error")
    #expect(story.diagnose(tables: [.payments], serial: false).code == "A5B")
    #expect(story.diagnose(tables: [.orders], serial: true).code == "A5B")
  }

  @Test("the lost update of the violation's table is the one that is told")
  func lostUpdateOfTheRightTable() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("a")
    story.select("a", "SELECT * FROM orders", [.orders(1)])
    story.select("a", "SELECT * FROM payments", [.payments(1)])
    story.begin("b")
    story.update("b", "UPDATE orders SET status = 'x'", .orders(1), "x")
    story.update("b", "UPDATE payments SET status = 'x'", .payments(1), "x", 1)
    story.commit("b")
    story.update("a", "UPDATE orders SET status = 'y'", .orders(1), "y")
    story.update("a", "UPDATE payments SET status = 'y'", .payments(1), "y", 1)
    story.commit("a")
    #expect(story.diagnose(tables: [.payments]).explanation.contains("payments(1)"))
    #expect(story.diagnose(tables: [.orders]).explanation.contains("orders(1)"))
  }

  @Test("an UPDATE that waited and looked again has lost nothing")
  func lookingAgain() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.update("a", "UPDATE orders SET status = status || '1' WHERE id = 1", .orders(1), "01")
    story.updateWaits(
      "b", "UPDATE orders SET status = status || '2' WHERE id = 1", .orders(1), for: "a")
    story.commit("a", isImplicit: true)
    story.updateWakes("b", .orders(1), "012")
    story.commit("b", isImplicit: true)
    #expect(story.diagnose(tables: [.orders]).code == nil)
  }

  @Test("a value that a subquery found before the wait is lost all the same")
  func subqueryBeforeWait() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "")
    let text = "UPDATE orders SET status = 'b' WHERE id = (SELECT min(id) FROM orders)"
    story.update("a", "UPDATE orders SET status = 'a' WHERE id = 1", .orders(1), "a")
    let old = story.version(.orders(1))
    let table = Story.Row.orders(1).id
    let began = story.began(text)
    story.step(
      "b",
      [
        began, .searched(table: table, snapshot: old), .searched(table: table, snapshot: old),
        .read(table: table, row: 1, version: old), .read(table: table, row: 1, version: old),
        story.wait(.orders(1), for: "a"),
      ])
    story.commit("a", isImplicit: true)
    story.updateWakes("b", .orders(1), "b")
    story.commit("b", isImplicit: true)
    #expect(story.diagnose(tables: [.orders]).code == "P4")
  }

  @Test("two rows of no single moment: A5A")
  func readSkew() {
    var story = Story(writers: ["report", "confirm"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("report")
    story.select("report", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.begin("confirm")
    story.update("confirm", "UPDATE orders SET status = 'paid'", .orders(1), "paid")
    story.update("confirm", "UPDATE payments SET status = 'done'", .payments(1), "done", 1)
    story.commit("confirm")
    story.select("report", "SELECT status FROM payments WHERE id = 1", [.payments(1)])
    story.commit("report")
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "read skew")
    #expect(diagnosis.code == "A5A")
    #expect(diagnosis.explanation.contains("payments(1) at step 7 as confirm had left it"))
    #expect(diagnosis.advice.first?.contains("REPEATABLE READ") == true)
  }

  @Test("one row read twice: P2")
  func nonRepeatableRead() {
    var story = Story(writers: ["report", "poll"])
    story.given(.orders(1), "pending")
    story.begin("report")
    story.select("report", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.select("report", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.commit("report")
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "non-repeatable read")
    #expect(diagnosis.code == "P2")
  }

  @Test("one search made twice: P3")
  func phantom() {
    var story = Story(writers: ["report", "book"])
    story.begin("report")
    let search = "SELECT id FROM bookings WHERE room = 7"
    story.select("report", search, searching: [.bookings])
    story.insert("book", "INSERT INTO bookings VALUES (1, 7, 'x')", .bookings(1), 7, "x")
    story.commit("book", isImplicit: true)
    story.select("report", search, [.bookings(1)])
    story.commit("report")
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "phantom")
    #expect(diagnosis.code == "P3")
  }

  @Test("a row that the condition excludes is no phantom")
  func noPhantom() {
    var story = Story(writers: ["report", "book"])
    story.given(.orders(1), "open")
    story.begin("report")
    story.select("report", "SELECT id FROM bookings WHERE room = 7", searching: [.bookings])
    story.begin("book")
    story.insert("book", "INSERT INTO bookings VALUES (1, 8, 'x')", .bookings(1), 8, "x")
    story.update("book", "UPDATE orders SET status = 'x'", .orders(1), "x")
    story.commit("book")
    story.select("report", "SELECT * FROM orders WHERE id = 1", [.orders(1)])
    story.commit("report")
    #expect(story.diagnose().name == "unclassified interleaving")
  }

  @Test("each decides on the row that the other changes: A5B")
  func writeSkew() {
    var story = Story(writers: ["confirm", "cron"])
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    story.begin("confirm")
    story.begin("cron")
    story.select("confirm", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.select("cron", "SELECT status FROM payments WHERE id = 1", [.payments(1)])
    story.update("confirm", "UPDATE payments SET status = 'done'", .payments(1), "done", 1)
    story.update("cron", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("confirm")
    story.commit("cron")
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "write skew")
    #expect(diagnosis.code == "A5B")
    #expect(
      diagnosis.advice.first
        == "lock what the check reads: `SELECT status FROM orders WHERE id = 1 FOR UPDATE` in confirm"
    )
    #expect(diagnosis.advice.last?.contains("SERIALIZABLE") == true)
  }

  @Test("each counts rows and inserts one: phantom write skew")
  func phantomWriteSkew() {
    var story = Story(writers: ["a", "b"])
    for writer in ["a", "b"] {
      story.begin(writer)
      story.select(writer, "SELECT count(*) FROM bookings", searching: [.bookings])
    }
    story.insert("a", "INSERT INTO bookings VALUES (1, 1, 'a')", .bookings(1), 1, "a")
    story.insert("b", "INSERT INTO bookings VALUES (2, 2, 'b')", .bookings(2), 2, "b")
    story.commit("a")
    story.commit("b")
    let diagnosis = story.diagnose(tables: [.bookings])
    #expect(diagnosis.name == "phantom write skew")
    #expect(diagnosis.code == "G2")
    #expect(diagnosis.advice.first?.contains("advisory lock") == true)
  }

  @Test("both look for a key, and both insert it: duplicate insert")
  func duplicateInsert() {
    var story = Story(writers: ["a", "b"])
    for writer in ["a", "b"] {
      story.begin(writer)
      story.select(writer, "SELECT id FROM bookings WHERE room = 7", searching: [.bookings])
    }
    story.insert("a", "INSERT INTO bookings VALUES (1, 7, 'a')", .bookings(1), 7, "a")
    story.insert("b", "INSERT INTO bookings VALUES (2, 7, 'b')", .bookings(2), 7, "b")
    story.commit("a")
    story.commit("b")
    let diagnosis = story.diagnose(tables: [.bookings])
    #expect(diagnosis.name == "duplicate insert")
    #expect(diagnosis.explanation.contains("(room) = (7)"))
    #expect(diagnosis.advice.first?.contains("UNIQUE (room) on bookings") == true)
  }

  @Test("a reader that makes the cycle alone: read-only anomaly")
  func readOnlyAnomaly() {
    // Fekete's example: the checking account is orders(1), the savings account orders(2).
    var story = Story(writers: ["withdraw", "deposit", "report"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    let snapshot = story.version(.orders(1))
    story.begin("withdraw")
    story.select("withdraw", "SELECT * FROM orders", [.orders(1), .orders(2)])
    story.begin("deposit")
    story.update("deposit", "UPDATE orders SET status = '20' WHERE id = 2", .orders(2), "20")
    story.commit("deposit")
    story.begin("report")
    story.select("report", "SELECT * FROM orders WHERE id = 1", [.orders(1)], version: snapshot)
    story.select("report", "SELECT * FROM orders WHERE id = 2", [.orders(2)])
    story.commit("report")
    story.update("withdraw", "UPDATE orders SET status = '-11' WHERE id = 1", .orders(1), "-11")
    story.commit("withdraw")
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "read-only anomaly")
    #expect(diagnosis.explanation.hasPrefix("report wrote nothing"))
  }

  @Test("a stale read that ends in another row: G-single")
  func staleRead() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    story.begin("a")
    story.select("a", "SELECT * FROM orders WHERE id = 1", [.orders(1)])
    story.begin("b")
    story.update("b", "UPDATE orders SET status = '1' WHERE id = 1", .orders(1), "1")
    story.insert("b", "INSERT INTO bookings VALUES (1, 1, '')", .bookings(1), 1, "")
    story.commit("b")
    story.begin("a")
    let table = Story.Row.bookings(1).id
    let began = story.began("UPDATE bookings SET room = 2")
    story.step(
      "a",
      [
        began,
        .updated(
          table: table, row: 1, before: [1, 1, ""], after: [1, 2, ""]),
        .finished(tag: "UPDATE 1", columns: [], rows: []),
      ])
    story.step("a", [.committed(isImplicit: false, didWrite: true)])
    let diagnosis = story.diagnose()
    #expect(diagnosis.name == "stale read")
    #expect(diagnosis.code == "G-single")
  }

  @Test("check and write in two transactions: scope anomaly")
  func scopeAnomaly() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.select("confirm", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.commit("confirm", isImplicit: true)
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.update("confirm", "UPDATE orders SET status = 'paid' WHERE id = 1", .orders(1), "paid")
    story.commit("confirm", isImplicit: true)
    let diagnosis = story.diagnose(tables: [.orders])
    #expect(diagnosis.name == "scope anomaly")
    #expect(diagnosis.code == "P4")
    #expect(diagnosis.advice.first?.contains("into one transaction") == true)
  }

  @Test("writers that overwrite each other in turn: a scope anomaly of kind G0")
  func interleavedTransactions() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    for (writer, row) in [("a", 1), ("b", 1), ("b", 2), ("a", 2)] {
      story.update(
        writer, "UPDATE orders SET status = '\(writer)' WHERE id = \(row)", .orders(row),
        Value(text: writer))
      story.commit(writer, isImplicit: true)
    }
    let diagnosis = story.diagnose(tables: [.orders])
    #expect(diagnosis.name == "scope anomaly")
    #expect(diagnosis.code == "G0")
    #expect(story.diagnose(tables: [.orders], serial: true).name == "unguarded write")
  }

  @Test("a run after a restart is an operation of its own")
  func restartedRun() {
    var story = Story(writers: ["confirm", "poll"])
    story.given(.orders(1), "pending")
    story.select("confirm", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
    story.commit("confirm", isImplicit: true)
    story.step("confirm", [.ended(outcome: .null, error: nil), .restarted(left: 0)])
    story.update("poll", "UPDATE orders SET status = 'expired'", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.update("confirm", "UPDATE orders SET status = 'paid' WHERE id = 1", .orders(1), "paid")
    story.commit("confirm", isImplicit: true)
    #expect(story.diagnose(tables: [.orders]).name == "unguarded write")
  }
}
