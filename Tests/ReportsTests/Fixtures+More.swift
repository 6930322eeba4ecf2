import Scheduler

extension Fixtures {
  /// Five writers: too many for lanes.
  static let fiveWriters: Trace = {
    var trace = Trace.make(
      "Scenarios/order-confirmation/all.race", "Order confirmation: five writers",
      variant: "locking off", token: "rs1_0be1aa42_eabcda4d_2w",
      lanes: [
        ("confirm", "ended"), ("poll", "ended"), ("admin_cancel", "ended"),
        ("cron_expire", "ended"),
        ("bank_transfer", "ended"),
      ])
    trace.tables = [
      .init(name: "orders", columns: ["id", "status"], key: [0], isWorld: false),
      .init(name: "payments", columns: ["id", "status"], key: [0], isWorld: false),
    ]
    trace.step(4, open: (false, true), at: "2025-12-01 12:15:00+00") {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run(
        "SELECT status INTO v_status FROM orders WHERE id = 2", tag: "SELECT 1",
        returns: ["status"], [["pending_payment"]])
    }
    trace.step(0, open: (false, true), at: "2025-12-01 12:15:00+00") {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run("SELECT confirm_payment_atomic(1, '0xabc')")
      $0.run(
        "UPDATE payments SET status = 'confirmed' WHERE id = p_payment_id AND status = 'initiated'",
        in: "confirm_payment_atomic", tag: "UPDATE 1")
      $0.lock("payments(1)")
      $0.change(.update, 1, "payments(1)", [("status", "initiated", "confirmed")], pending: true)
    }
    trace.step(nil, .clock, at: "2025-12-01 12:16:01+00")
    trace.step(1, at: "2025-12-01 12:16:01+00") {
      $0.run(
        "UPDATE orders SET status = 'expired' WHERE id = 1 AND status = 'pending_payment' "
          + "AND expires_at + :grace < now()", tag: "UPDATE 1")
      $0.lock("orders(1)")
      $0.change(.update, 0, "orders(1)", [("status", "pending_payment", "expired")])
    }
    trace.step(2, at: "2025-12-01 12:16:01+00") {
      $0.run(
        "UPDATE orders SET status = 'cancelled' WHERE id = 1 AND status = 'pending_payment'",
        tag: "UPDATE 0")
    }
    trace.step(3, open: (false, false), at: "2025-12-01 12:16:01+00") {
      $0.run("UPDATE payments SET status = 'expired' WHERE status = 'initiated'")
      $0.wait = .init(what: "payments(1)", mode: "FOR NO KEY UPDATE", lanes: [0])
    }
    trace.step(0, open: (true, false), at: "2025-12-01 12:16:01+00") {
      $0.run(
        "UPDATE orders SET status = 'paid' WHERE id = v_order_id AND status = 'pending_payment'",
        in: "confirm_payment_atomic", tag: "UPDATE 0")
      $0.run("COMMIT", tag: "COMMIT")
      $0.change(.commit, 1, "payments(1)", [("status", "initiated", "confirmed")])
      $0.wakes = [3]
      $0.broken = ["no_paid_but_expired"]
    }
    trace.step(3, .resume, at: "2025-12-01 12:16:01+00") {
      $0.run(
        "UPDATE payments SET status = 'expired' WHERE status = 'initiated'", tag: "UPDATE 0",
        continued: true, notes: ["re-checks payments(1): no longer matches"])
      $0.broken = ["no_paid_but_expired"]
    }
    trace.step(4, open: (true, false), at: "2025-12-01 12:16:01+00") {
      $0.run("COMMIT", tag: "COMMIT")
      $0.broken = ["no_paid_but_expired"]
    }
    var finding = Trace.Finding(
      kind: .invariant, name: "no_paid_but_expired",
      text: "a confirmed payment never belongs to a dead order", step: 7)
    finding.query = """
      SELECT p.id, o.status FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.status = \
      'confirmed' AND o.status IN ('expired', 'cancelled')
      """
    finding.path = "Scenarios/order-confirmation/all.race"
    finding.line = 72
    finding.columns = ["id", "status"]
    finding.rows = [["1", "expired"]]
    finding.falsePart = "o.status IN ('expired', 'cancelled')"
    finding.anomaly = "scope anomaly"
    finding.explanation =
      "poll commits between confirm's two updates, and confirm does not look at \"0 rows\"."
    finding.advice = [
      "lock the order before the payment: SELECT … FROM orders WHERE id = … FOR UPDATE"
    ]
    trace.finding = finding
    return trace
  }()

  /// A client dies; a deadlock's victim; a unique key; a value in Japanese.
  static let crash: Trace = {
    var trace = Trace.make(
      "Scenarios/checkout-sessions/crash.race", "Exactly once: the process dies",
      token: "rs1_5d0c9e11_aacX_p0",
      lanes: [("process", "crashed"), ("recover", "ended")], isolation: "read committed")
    trace.lanes[1].isolation = "repeatable read"
    trace.lanes[1].outcome = "nothing to recover"
    trace.tables = [
      .init(name: "sessions", columns: ["id", "status", "note"], key: [0], isWorld: false),
      .init(name: "payments", columns: ["id", "session_id", "tx_hash"], key: [0], isWorld: false),
      .init(name: "webhooks", columns: ["id", "session_id"], key: [0], isWorld: true),
    ]
    trace.step(0, open: (false, true)) {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run(
        "SELECT status INTO v_status FROM sessions WHERE id = 1 FOR UPDATE", tag: "SELECT 1",
        returns: ["status"], [["pending"]])
      $0.lock("sessions(1)", "FOR UPDATE")
    }
    trace.step(0, open: (true, true)) {
      $0.run(
        "UPDATE sessions SET status = 'paid', note = '支払い済み' WHERE id = 1", tag: "UPDATE 1")
      $0.change(
        .update, 0, "sessions(1)", [("status", "pending", "paid"), ("note", nil, "支払い済み")],
        pending: true)
    }
    trace.step(0, open: (true, true)) {
      $0.run(
        "INSERT INTO payments (session_id, tx_hash) VALUES (1, '0xabc') ON CONFLICT (tx_hash) DO NOTHING",
        tag: "INSERT 0 1")
      $0.lock("sessions(1)", "FOR KEY SHARE")
      $0.change(
        .insert, 1, "payments(1)",
        [("id", nil, "1"), ("session_id", nil, "1"), ("tx_hash", nil, "0xabc")], pending: true)
    }
    trace.step(1, open: (false, true)) {
      $0.run("BEGIN ISOLATION LEVEL REPEATABLE READ", tag: "BEGIN")
      $0.run(
        "SELECT id FROM sessions WHERE status = 'pending' FOR UPDATE")
      $0.wait = .init(what: "sessions(1)", mode: "FOR UPDATE", lanes: [0])
    }
    trace.step(0, open: (true, true)) {
      $0.run("INSERT INTO webhooks (session_id) VALUES (1)", tag: "INSERT 0 1")
      $0.change(.insert, 2, "webhooks(1)", [("id", nil, "1"), ("session_id", nil, "1")])
      $0.broken = ["webhook_means_payment"]
    }
    trace.step(0, .crash, open: (true, false)) {
      $0.change(
        .rollback, 0, "sessions(1)", [("status", "paid", "pending"), ("note", "支払い済み", nil)])
      $0.change(
        .rollback, 1, "payments(1)",
        [("id", "1", nil), ("session_id", "1", nil), ("tx_hash", "0xabc", nil)])
      $0.wakes = [1]
      $0.broken = ["webhook_means_payment"]
    }
    trace.step(1, .resume, open: (true, true)) {
      $0.run(
        "SELECT id FROM sessions WHERE status = 'pending' FOR UPDATE", tag: "SELECT 1",
        continued: true, returns: ["id"], [["1"]])
      $0.lock("sessions(1)", "FOR UPDATE")
      $0.broken = ["webhook_means_payment"]
    }
    trace.step(1, open: (true, false)) {
      $0.run("COMMIT", tag: "COMMIT")
      $0.broken = ["webhook_means_payment"]
    }
    var finding = Trace.Finding(
      kind: .finally, name: "webhook_means_payment",
      text: "a webhook was sent only for a session that has a payment", step: 8)
    finding.query =
      "SELECT w.id FROM webhooks w WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.session_id = w.session_id)"
    finding.path = "Scenarios/checkout-sessions/crash.race"
    finding.line = 51
    finding.columns = ["id"]
    finding.rows = [["1"]]
    finding.anomaly = "effect leak"
    finding.explanation =
      "process told the shop at step 5 and died at step 6 before its COMMIT; the webhook cannot be taken back."
    finding.advice = [
      "write the webhook into an outbox table in the same transaction, and send it after COMMIT"
    ]
    trace.finding = finding
    return trace
  }()

  /// An error that a block handles, a victim, and a retry.
  static let victim: Trace = {
    var trace = Trace.make(
      "Scenarios/transfer.race", "Transfers in both directions", token: "rs1_3c0ffee0_ababVa_7q",
      lanes: [("there", "ended"), ("back", "ended")])
    trace.lanes[0].outcome = "moved"
    trace.lanes[1].status = "in progress"
    trace.tables = [.init(name: "account", columns: ["id", "balance"], key: [0], isWorld: false)]
    func move(_ from: String, _ to: String) -> [String] {
      [
        "UPDATE account SET balance = balance - 10 WHERE id = \(from)",
        "UPDATE account SET balance = balance + 10 WHERE id = \(to)",
      ]
    }
    trace.step(0, open: (false, true)) {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run(move("1", "2")[0], tag: "UPDATE 1")
      $0.lock("account(1)")
      $0.change(.update, 0, "account(1)", [("balance", "100", "90")], pending: true)
    }
    trace.step(1, open: (false, true)) {
      $0.run("BEGIN", tag: "BEGIN")
      $0.run(move("2", "1")[0], tag: "UPDATE 1")
      $0.lock("account(2)")
      $0.change(.update, 0, "account(2)", [("balance", "100", "90")], pending: true)
    }
    trace.step(0, open: (true, true)) {
      $0.run(move("1", "2")[1])
      $0.wait = .init(what: "account(2)", mode: "FOR NO KEY UPDATE", lanes: [1])
    }
    trace.step(1, open: (true, true)) {
      $0.run(move("2", "1")[1])
      $0.wait = .init(what: "account(1)", mode: "FOR NO KEY UPDATE", lanes: [0])
    }
    trace.step(1, .victim, open: (true, false)) {
      $0.run(
        move("2", "1")[1], continued: true, notes: ["runs again (2 left)"],
        error: .init(state: "40P01", message: "deadlock detected", isHandled: true))
      $0.change(.rollback, 0, "account(2)", [("balance", "90", "100")])
      $0.wakes = [0]
    }
    trace.step(0, .resume, open: (true, true)) {
      $0.run(
        move("1", "2")[1], tag: "UPDATE 1", continued: true)
      $0.lock("account(2)")
      $0.change(.update, 0, "account(2)", [("balance", "100", "110")], pending: true)
    }
    trace.step(0, open: (true, false)) {
      $0.run("COMMIT", tag: "COMMIT")
      $0.change(.commit, 0, "account(1)", [("balance", "100", "90")])
      $0.change(.commit, 0, "account(2)", [("balance", "100", "110")])
    }
    trace.final = [.init(table: 0, rows: [["1", "90"], ["2", "110"]])]
    return trace
  }()
}
