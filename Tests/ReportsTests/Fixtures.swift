import Scheduler

/// Traces that the golden files show.
enum Fixtures {
  /// Two writers; the second had chosen its row before the first committed.
  static let lostUpdate: Trace = {
    var trace = Trace.make(
      "Scenarios/seats.race", "Two guests, two seats", token: "rs1_9c41e07a_aabbabb_k3",
      lanes: [("alice", "ended"), ("bob", "ended")])
    trace.lanes[0].outcome = "seated"
    trace.lanes[1].outcome = "seated"
    trace.tables = [.init(name: "seat", columns: ["id", "holder"], key: [0], isWorld: false)]
    trace.initial = [.init(table: 0, rows: [["1", nil], ["2", nil]])]
    trace.final = [.init(table: 0, rows: [["1", "bob"], ["2", nil]])]
    trace.step(0, open: (false, true)) { $0.run("BEGIN", tag: "BEGIN") }
    trace.step(0, open: (true, true)) {
      $0.run(
        "UPDATE seat SET holder = 'alice' WHERE id = (SELECT min(id) FROM seat WHERE holder IS NULL)",
        tag: "UPDATE 1")
      $0.lock("seat(1)")
      $0.change(.update, 0, "seat(1)", [("holder", nil, "alice")], pending: true)
    }
    trace.step(1, open: (false, true)) { $0.run("BEGIN", tag: "BEGIN") }
    trace.step(1, open: (true, true)) {
      $0.run(
        "UPDATE seat SET holder = 'bob' WHERE id = (SELECT min(id) FROM seat WHERE holder IS NULL)")
      $0.wait = .init(what: "seat(1)", mode: "FOR NO KEY UPDATE", lanes: [0])
    }
    trace.step(0, open: (true, false)) {
      $0.run("COMMIT", tag: "COMMIT")
      $0.change(.commit, 0, "seat(1)", [("holder", nil, "alice")])
      $0.wakes = [1]
    }
    trace.step(1, .resume, open: (true, true)) {
      $0.run(
        "UPDATE seat SET holder = 'bob' WHERE id = (SELECT min(id) FROM seat WHERE holder IS NULL)",
        tag: "UPDATE 1", continued: true, notes: ["re-checks seat(1): still matches"])
      $0.lock("seat(1)")
      $0.change(.update, 0, "seat(1)", [("holder", "alice", "bob")], pending: true, overwrites: 0)
    }
    trace.step(1, open: (true, false)) {
      $0.run("COMMIT", tag: "COMMIT")
      $0.change(.commit, 0, "seat(1)", [("holder", "alice", "bob")])
      $0.broken = ["everyone_seated"]
    }
    var finding = Trace.Finding(
      kind: .finally, name: "everyone_seated", text: "both guests have a seat", step: 7)
    finding.query =
      "SELECT 'unseated' AS who, count(holder) AS seated FROM seat HAVING count(holder) <> 2"
    finding.path = "Scenarios/seats.race"
    finding.line = 24
    finding.columns = ["who", "seated"]
    finding.rows = [["unseated", "1"]]
    finding.falsePart = "count(holder) <> 2"
    finding.anomaly = "lost update"
    finding.anomalyCode = "P4"
    finding.explanation = """
      bob overwrote alice's change of seat(1) at step 6; he had chosen the row at step 4, before she \
      committed.
      """
    finding.advice = [
      "lock the row you pick and skip taken ones: SELECT id FROM seat WHERE holder IS NULL ORDER BY id "
        + "LIMIT 1 FOR UPDATE SKIP LOCKED",
      "ISOLATION LEVEL REPEATABLE READ: bob gets 40001 and must try again",
      "add AND holder IS NULL to the outer WHERE, and look at the row count",
    ]
    finding.evidence = seatsEvidence
    trace.finding = finding
    return trace
  }()

  /// What was tried beside the lost update.
  private static let seatsEvidence: Trace.Evidence = {
    var evidence = Trace.Evidence()
    evidence.near = Trace.Near(
      token: "rs1_9c41e07a_aababb_7q", firstDifference: 4,
      text:
        "passes if step 5 (alice: COMMIT) comes before step 4 (bob: UPDATE seat SET holder = 'bob' …)",
      steps: [
        Trace.NearStep(number: 1, kind: .step, lane: 0, text: "BEGIN", result: ""),
        Trace.NearStep(
          number: 2, kind: .step, lane: 0, text: "UPDATE seat SET holder = 'alice'",
          result: "UPDATE 1"),
        Trace.NearStep(number: 3, kind: .step, lane: 1, text: "BEGIN", result: ""),
        Trace.NearStep(number: 4, kind: .step, lane: 0, text: "COMMIT", result: ""),
        Trace.NearStep(
          number: 5, kind: .step, lane: 1, text: "UPDATE seat SET holder = 'bob'",
          result: "UPDATE 1"),
        Trace.NearStep(number: 6, kind: .step, lane: 1, text: "COMMIT", result: ""),
      ])
    evidence.serial = [
      Trace.SerialOrder(order: ["alice", "bob"], holds: true),
      Trace.SerialOrder(order: ["bob", "alice"], holds: true),
    ]
    evidence.levels = [
      Trace.Level(
        isolation: "REPEATABLE READ", outcome: .refused, session: "bob", step: 6),
      Trace.Level(
        isolation: "SERIALIZABLE", outcome: .refused, session: "bob", step: 6),
    ]
    evidence.fixes = [
      Trace.Fix(
        title: "run alice and bob at REPEATABLE READ with `retry 3 on serialization_failure`",
        holds: true, states: 1034, broken: [])
    ]
    return evidence
  }()

  /// Two functions that lock in opposite orders.
  static let deadlock: Trace = {
    var trace = Trace.make(
      "Scenarios/order-confirmation/published.race", "Order confirmation: four writers, one row",
      token: "rs1_77b0d1c2_abab_9f",
      lanes: [
        ("confirm", "waiting"), ("cron_expire", "waiting"), ("poll", "not started"),
        ("admin_cancel", "not started"),
      ])
    trace.tables = [
      .init(name: "orders", columns: ["id", "status"], key: [0], isWorld: false),
      .init(name: "payments", columns: ["id", "order_id", "status"], key: [0], isWorld: false),
    ]
    let instant = "2025-12-01 12:16:01+00"
    trace.step(nil, .clock, at: instant)
    trace.step(0, open: (false, true), at: instant) {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run("SELECT confirm_payment_atomic(1, '0xabc')")
      $0.run(
        "SELECT order_id INTO v_order_id FROM payments WHERE id = p_payment_id",
        in: "confirm_payment_atomic", tag: "SELECT 1", returns: ["order_id"], [["1"]])
      $0.run(
        "SELECT status INTO v_status FROM orders WHERE id = v_order_id FOR UPDATE",
        in: "confirm_payment_atomic", tag: "SELECT 1", returns: ["status"], [["pending_payment"]])
      $0.lock("orders(1)", "FOR UPDATE")
    }
    let sweep = """
      UPDATE payments SET status = 'expired' WHERE status = 'initiated' AND order_id IN (SELECT id FROM \
      orders WHERE status = 'pending_payment' AND expires_at + :grace < now())
      """
    trace.step(1, open: (false, true), at: instant) {
      $0.run("SELECT expire_orders_and_payments()")
      $0.run(sweep, in: "expire_orders_and_payments", tag: "UPDATE 1")
      $0.lock("payments(1)")
      $0.change(.update, 1, "payments(1)", [("status", "initiated", "expired")], pending: true)
    }
    trace.step(0, open: (true, true), at: instant) {
      $0.run("SELECT confirm_payment_atomic(1, '0xabc')", continued: true)
      $0.run(
        "UPDATE payments SET status = 'confirmed', confirmed_at = now() WHERE id = p_payment_id "
          + "AND status = 'initiated'", in: "confirm_payment_atomic")
      $0.wait = .init(what: "payments(1)", mode: "FOR NO KEY UPDATE", lanes: [1])
    }
    trace.step(1, open: (true, true), at: instant) {
      $0.run("SELECT expire_orders_and_payments()", continued: true)
      $0.run(
        "UPDATE orders SET status = 'expired' WHERE status = 'pending_payment' "
          + "AND expires_at + :grace < now()", in: "expire_orders_and_payments")
      $0.wait = .init(what: "orders(1)", mode: "FOR NO KEY UPDATE", lanes: [0])
    }
    for index in trace.steps.indices { trace.steps[index].instant = instant }
    trace.steps[0].instant = instant
    var finding = Trace.Finding(
      kind: .deadlock, name: "deadlock", text: "each waits for a lock that the other holds", step: 5
    )
    finding.cycle = [
      "confirm waits for cron_expire on payments(1)", "cron_expire waits for confirm on orders(1)",
    ]
    finding.anomaly = "deadlock"
    finding.explanation =
      "confirm locks orders(1), then payments(1); cron_expire locks them the other way round."
    finding.advice = [
      "lock rows in one order everywhere: let expire_orders_and_payments lock the orders first "
        + "(SELECT … FROM orders … ORDER BY id FOR UPDATE), then update payments",
      "or let confirm try again: retry 3 on deadlock_detected",
    ]
    trace.finding = finding
    return trace
  }()

  /// The timeline of the published post: the poll expires the order before the scanner confirms.
  static let napkin: Trace = {
    var trace = Trace.make(
      "Scenarios/order-confirmation/napkin.race", "Order confirmation: four writers, one row",
      token: "rs1_4a10be22_abacc_m1",
      lanes: [
        ("chain", "ended"), ("poll", "ended"), ("confirm", "ended"),
        ("admin_cancel", "not started"),
      ])
    trace.lanes[2].sqlState = "P0001"
    trace.lanes[2].outcome = "order 1 is not pending"
    trace.tables = [
      .init(name: "orders", columns: ["id", "status", "paid_at"], key: [0], isWorld: false),
      .init(name: "payments", columns: ["id", "order_id", "status"], key: [0], isWorld: false),
      .init(
        name: "crypto_payments", columns: ["payment_id", "tx_hash"], key: [0], isWorld: false),
      .init(
        name: "transfers", columns: ["tx_hash", "block_time", "amount"], key: [0], isWorld: true),
    ]
    trace.final = [
      .init(table: 0, rows: [["1", "expired", nil]]),
      .init(table: 1, rows: [["1", "1", "initiated"]]),
      .init(table: 2, rows: []),
      .init(table: 3, rows: [["0xabc", "2025-12-01 12:16:02+00", "25.00"]]),
    ]
    let start = "2025-12-01 12:16:01+00"
    trace.step(0, at: start, label: "0s") {
      $0.run("INSERT INTO transfers (tx_hash, amount) VALUES ('0xabc', 25.00)", tag: "INSERT 0 1")
      $0.change(
        .insert, 3, "transfers(0xabc)",
        [("tx_hash", nil, "0xabc"), ("block_time", nil, nil), ("amount", nil, "25.00")])
    }
    trace.step(1, at: start, label: "1s") {
      $0.run(
        "UPDATE orders SET status = 'expired' WHERE id = 1 AND status = 'pending_payment' "
          + "AND expires_at + :grace < now()", tag: "UPDATE 1")
      $0.lock("orders(1)")
      $0.change(.update, 0, "orders(1)", [("status", "pending_payment", "expired")])
    }
    trace.step(0, at: start, label: "2s") {
      $0.run(
        "UPDATE transfers SET block_time = clock_timestamp() WHERE tx_hash = '0xabc'",
        tag: "UPDATE 1")
      $0.change(
        .update, 3, "transfers(0xabc)", [("block_time", nil, "2025-12-01 12:16:02+00")])
    }
    let body = "confirm_payment_atomic"
    trace.step(2, open: (false, true), at: start, label: "8s") {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run("SELECT confirm_payment_atomic(1, '0xabc')")
      $0.run(
        "UPDATE payments SET status = 'confirmed' WHERE id = p_payment_id AND status = 'initiated'",
        in: body, tag: "UPDATE 1")
      $0.lock("payments(1)")
      $0.change(.update, 1, "payments(1)", [("status", "initiated", "confirmed")], pending: true)
    }
    trace.step(2, open: (true, true), at: start, label: "8s") {
      $0.run("SELECT confirm_payment_atomic(1, '0xabc')", continued: true)
      $0.run(
        "INSERT INTO crypto_payments (payment_id, tx_hash) VALUES (p_payment_id, p_tx_hash)",
        in: body, tag: "INSERT 0 1")
      $0.lock("payments(1)", "FOR KEY SHARE")
      $0.change(
        .insert, 2, "crypto_payments(1)",
        [("payment_id", nil, "1"), ("tx_hash", nil, "0xabc")], pending: true)
    }
    trace.step(2, open: (true, false), at: start, label: "8s") {
      let error = Trace.ErrorText(
        state: "P0001", message: "order 1 is not pending", isHandled: false)
      $0.run(
        "SELECT confirm_payment_atomic(1, '0xabc')", continued: true, error: error)
      $0.run(
        "UPDATE orders SET status = 'paid', paid_at = now() WHERE id = v_order_id "
          + "AND status = 'pending_payment'", in: body, tag: "UPDATE 0")
      $0.run("RAISE EXCEPTION 'order % is not pending', v_order_id", in: body, error: error)
      $0.change(.rollback, 1, "payments(1)", [("status", "confirmed", "initiated")])
      $0.change(
        .rollback, 2, "crypto_payments(1)", [("payment_id", "1", nil), ("tx_hash", "0xabc", nil)])
      $0.broken = ["no_stranded_funds"]
    }
    return trace
  }()
}
