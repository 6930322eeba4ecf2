import Foundation
import SQL
import Scheduler
import Testing
import Writers

@testable import Postgres

// Where PostgreSQL is not installed these are reported as skipped; `.ci/run` installs it.
@Suite(
  "Schedules on a server", .enabled(if: LiveServer.isInstalled, "PostgreSQL is not installed"))
struct ConformTests {
  /// Runs a schedule that names its sessions, or else the timeline of the text.
  private func run(
    _ text: String, _ order: String?, variant: Int = 0,
    change: (inout Model) -> Void = { _ in }
  ) throws -> Conformance {
    let scenario = try ScenarioFixture.compile(text)
    let steps =
      try order.map { try ScenarioFixture.steps($0, of: scenario.models[variant]) }
      ?? ScenarioFixture.stepsOfTimeline(scenario)
    var model = scenario.models[variant]
    change(&model)
    let live = try LiveServer.shared.get()
    let session = try ConformSession(
      scenario: scenario, model: model, libpq: live.libpq, target: live.server.target)
    defer { session.close() }
    return try session.run(name: "schedule", steps: steps)
  }

  /// Draws schedules of every model of a file of the tests.
  private func sample(_ text: String, _ count: Int) throws {
    let scenario = try ScenarioFixture.compile(text)
    let live = try LiveServer.shared.get()
    for model in scenario.models {
      let session = try ConformSession(
        scenario: scenario, model: model, libpq: live.libpq, target: live.server.target)
      defer { session.close() }
      var generator = SplitMix64(seed: 7)
      for number in 1...count {
        let found = try session.sample(name: "sample \(number)", generator: &generator)
        #expect(found.outcome == .agreed, "\(found)")
      }
    }
  }

  @Test("an update that is lost inside a function is lost on the server too")
  func lostUpdate() throws {
    let found = try run(
      ScenarioFixture.withdrawals,
      "inside outside outside outside inside inside", variant: 1)
    #expect(found.outcome == .agreed, "\(found)")
    #expect(found.lines.contains { $0.text.contains("goes on before SELECT balance") })
  }

  @Test("what has no value is the same on both sides, from locks and from functions")
  func voids() throws {
    try sample(
      """
      scenario "x"
      schema {
        CREATE TABLE t (id int PRIMARY KEY);
        CREATE FUNCTION f(p int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO t VALUES (p);
        END $$;
      }
      writer a { BEGIN; PERFORM pg_advisory_xact_lock(1); SELECT f(1); COMMIT; }
      writer b { SELECT pg_advisory_lock(1); PERFORM f(2); SELECT pg_advisory_unlock(1); }
      expect proved
      """, 4)
  }

  @Test("COMMIT stops in the triggers that it calls, and waits in the checks that it makes")
  func deferred() throws {
    try sample(
      """
      scenario "x"
      schema {
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM 1 FROM p WHERE id = 1 FOR UPDATE;
          IF NOT EXISTS (SELECT 1 FROM t WHERE p = 1) THEN RAISE EXCEPTION 'none'; END IF;
          RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER c AFTER DELETE ON t DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION f();
      }
      data { INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 1); }
      writer a { BEGIN; DELETE FROM t WHERE id = 1; COMMIT; }
      writer b { DELETE FROM t WHERE id = 2; }
      writer c { BEGIN; INSERT INTO t VALUES (3, 2); COMMIT; }
      writer d { DELETE FROM p WHERE id = 2; }
      allow unhandled error raise_exception, foreign_key_violation
      expect proved
      """, 12)
  }

  @Test("a wait is seen, by whom and for whom")
  func waits() throws {
    let found = try run(ScenarioFixture.withdrawals, "outside outside inside inside")
    #expect(found.outcome == .agreed, "\(found)")
    #expect(found.lines.contains { $0.results.contains("inside waits for outside") })
  }

  @Test("what the server does otherwise is a difference, with both sides")
  func difference() throws {
    // The server is given another text than the simulation has compiled.
    let found = try run(ScenarioFixture.withdrawals, "inside inside inside") { model in
      let other = ScenarioFixture.withdrawals.replacing("VALUES (1, 100,", with: "VALUES (1, 300,")
      model.program.sources = SourceMap(SourceFile(path: "scenario.race", text: other))
    }
    #expect(found.outcome == .differs)
    let difference = try #require(found.differences.first)
    #expect(difference.what == "the committed rows of account")
    #expect(difference.ours.hasPrefix("(1, 20,"))
    #expect(difference.servers.hasPrefix("(1, 220,"))
  }

  @Test("another error, another wait and another result are differences")
  func otherBehaviour() throws {
    let text = """
      scenario "One row"
      schema { CREATE TABLE t (a int PRIMARY KEY, b int); }
      data { INSERT INTO t VALUES (1, 0); }
      writer x { BEGIN; UPDATE t SET b = 1 WHERE a = 1; COMMIT; }
      writer y { UPDATE t SET b = 2 WHERE a = 1; }
      expect proved
      """
    func differences(_ old: String, _ new: String) throws -> [String] {
      let found = try run(text, "x y x y y") { model in
        let other = text.replacing(old, with: new)
        model.program.sources = SourceMap(SourceFile(path: "scenario.race", text: other))
      }
      return found.differences.map(\.what)
    }
    #expect(try differences("b = 9", "b = 9").isEmpty)
    #expect(try differences("b = 2 WHERE a = 1", "b = 2 WHERE a = 7").first == "y's result")
    #expect(try differences("b = 1 WHERE a = 1", "b = 1 WHERE a / 0").first == "x's result")
  }

  @Test("an error that the client's own program raises is none of the server's")
  func clientError() throws {
    let text = """
      scenario "The client gives up"
      schema { CREATE TABLE t (a int PRIMARY KEY); }
      data { INSERT INTO t VALUES (1); }
      writer x {
        DECLARE v int;
        SELECT a INTO v FROM t;
        IF v = 1 THEN RAISE EXCEPTION 'one is not enough'; END IF;
      }
      expect violated unhandled_error
      """
    let found = try run(text, "x")
    #expect(found.outcome == .agreed, "\(found)")
  }

  @Test("a transaction that waits still sees the old now()")
  func clock() throws {
    let text = """
      scenario "The clock"
      schema {
        CREATE TABLE t (
          a int PRIMARY KEY, began timestamptz DEFAULT now(), stated timestamptz, read timestamptz);
        CREATE FUNCTION touch(p int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE t SET began = now() WHERE a = p;
          UPDATE t SET stated = statement_timestamp(), read = clock_timestamp() WHERE a = p;
        END; $$;
      }
      data { INSERT INTO t (a) VALUES (1); }
      clock '2025-12-01 12:00:00', '2025-12-01 12:00:05', '2025-12-01 12:00:09'
      writer holder { BEGIN; UPDATE t SET a = 1 WHERE a = 1; COMMIT; }
      writer waiter { SELECT touch(1); }
      writer late { BEGIN; SELECT 1; INSERT INTO t (a, stated) VALUES (2, CURRENT_TIMESTAMP); COMMIT; }
      finally shown { SELECT * FROM t ORDER BY a }
      expect violated shown
      timeline long_wait {
        holder 1 step;
        clock '2025-12-01 12:00:05';
        waiter until waiting;
        clock '2025-12-01 12:00:09';
        late;
        holder;
        waiter;
      }
      """
    let found = try run(text, nil)
    #expect(found.broken == ["shown"])
    #expect(found.outcome == .agreed, "\(found)")
    #expect(found.lines.contains { $0.results.contains("waiter waits for holder") })
    try sample(text, 12)
  }

  @Test("the world stands outside transactions, and clients die with theirs")
  func worldAndCrash() throws {
    try sample(
      """
      scenario "A receipt is mailed inside the transaction"
      schema { CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL); }
      world { CREATE TABLE mails (order_id int NOT NULL, sent timestamptz DEFAULT now()); }
      data { INSERT INTO orders VALUES (1, 'pending'); }
      clock '2025-12-01 12:00:00', '2025-12-01 12:00:05'
      writer checkout restarts 1 {
        DECLARE v_count int;
        BEGIN;
        UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending';
        IF FOUND THEN
          INSERT INTO mails (order_id) VALUES (1);
        END IF;
        SELECT count(*) INTO v_count FROM mails;
        COMMIT;
        RETURN v_count;
      }
      faults { crash checkout up to 1 }
      finally told { SELECT session, outcome FROM outcomes }
      expect violated
      """, 20)
  }

  @Test("retries, handlers, savepoints and levels of isolation go the same way")
  func control() throws {
    try sample(
      """
      scenario "Control"
      schema { CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL); }
      data { INSERT INTO t VALUES (1, 0), (2, 0); }
      writer retried isolation repeatable read retry 2 on serialization_failure {
        DECLARE v int;
        BEGIN;
        SELECT b INTO v FROM t WHERE a = 1;
        UPDATE t SET b = v + 1 WHERE a = 1;
        COMMIT;
      }
      writer saved {
        BEGIN;
        SAVEPOINT s;
        UPDATE t SET b = b + 10 WHERE a = 1;
        ROLLBACK TO s;
        UPDATE t SET b = b + 10 WHERE a = 2;
        COMMIT;
      }
      writer handled {
        BEGIN
          INSERT INTO t VALUES (3, 1);
        EXCEPTION WHEN unique_violation THEN
          UPDATE t SET b = b + 1 WHERE a = 3;
        END;
      }
      writer other { INSERT INTO t VALUES (3, 2); }
      allow unhandled error
      expect proved
      """, 25)
  }

  @Test("a deadlock ends as the server chooses, and where asked as the schedule does")
  func deadlock() throws {
    let text = """
      scenario "Two rows"
      schema { CREATE TABLE t (a int PRIMARY KEY, b int); }
      data { INSERT INTO t VALUES (1, 0), (2, 0); }
      writer x { BEGIN; UPDATE t SET b = 1 WHERE a = 1; UPDATE t SET b = 1 WHERE a = 2; COMMIT; }
      writer y { BEGIN; UPDATE t SET b = 2 WHERE a = 2; UPDATE t SET b = 2 WHERE a = 1; COMMIT; }
      allow deadlock
      allow unhandled error
      expect proved
      """
    for victim in ["x", "y"] {
      let found = try run(text, "x y x y \(victim)!v")
      #expect(found.outcome == .agreed, "\(found)")
      #expect(!found.wentAnotherWay)
      #expect(
        found.lines.joined(\.results).contains("\(victim): ERROR 40P01: deadlock detected"))
    }
  }

  @Test("a deadlock behind one of several who hold a row is found when that one has ended")
  func deadlockBehindOthers() throws {
    let text = """
      scenario "Two share a row, a third holds it for an update"
      schema { CREATE TABLE t (a int PRIMARY KEY, b int); }
      data { INSERT INTO t VALUES (1, 0); }
      writer x {
        BEGIN; PERFORM 1 FROM t WHERE a = 1 FOR KEY SHARE; PERFORM 1 FROM t WHERE a = 1 FOR UPDATE; COMMIT;
      }
      writer y {
        BEGIN; PERFORM 1 FROM t WHERE a = 1 FOR KEY SHARE; PERFORM 1 FROM t WHERE a = 1 FOR UPDATE; COMMIT;
      }
      writer z { BEGIN; PERFORM 1 FROM t WHERE a = 1 FOR NO KEY UPDATE; UPDATE t SET b = 1 WHERE a = 1; COMMIT; }
      allow deadlock
      allow unhandled error
      expect proved
      """
    let found = try run(text, "z x y x y z z")
    #expect(found.outcome == .agreed, "\(found)")
    let failing = found.lines.firstIndex {
      $0.results.contains { $0.contains("ERROR 40P01: deadlock detected") }
    }
    let ending = found.lines.firstIndex { $0.text == "COMMIT" && $0.who == "z" }
    #expect(failing != nil && failing == ending, "\(found)")
  }

  @Test("data fire triggers whose functions have gates")
  func dataWithTriggers() throws {
    try sample(
      """
      scenario "A trigger counts, the first row too"
      schema {
        CREATE TABLE t (a int PRIMARY KEY);
        CREATE TABLE n (k int PRIMARY KEY, c int);
        CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO n VALUES (1, 1) ON CONFLICT (k) DO UPDATE SET c = n.c + 1;
          RETURN NULL;
        END $$;
        CREATE TRIGGER c AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION counts();
      }
      data { INSERT INTO t VALUES (1); }
      writer w(k) for k in (2, 3) { INSERT INTO t VALUES (:k); }
      invariant all { SELECT 1 FROM n WHERE c <> (SELECT count(*) FROM t) }
      expect proved
      """, 3)
  }

  @Test(
    "a serializable transaction that a server may refuse is refused in the statement by which it may"
  )
  func refusedInStatement() throws {
    let found = try run(
      """
      scenario "Keys of one page"
      isolation serializable
      schema { CREATE TABLE t (id int PRIMARY KEY, v int UNIQUE); }
      data { INSERT INTO t VALUES (1, 10); }
      writer a { BEGIN; PERFORM v FROM t WHERE id = 2; INSERT INTO t VALUES (2, 20); COMMIT; }
      writer b { BEGIN; DELETE FROM t WHERE id = 1; ROLLBACK; }
      writer c { BEGIN; UPDATE t SET v = v + 1 WHERE id = 1; COMMIT; }
      allow unhandled error
      expect proved
      """, "b c a a a b")
    #expect(found.outcome == .agreed, "\(found)")
    #expect(
      found.lines.last?.results.contains { $0.hasPrefix("c: ERROR 40001") } ?? false, "\(found)")
  }

  @Test("schemas are gone when it is closed, and those of killed runs with the next")
  func cleaning() throws {
    let live = try LiveServer.shared.get()
    let connection = try live.connect()
    try connection.execute("CREATE SCHEMA racesim_4999999_kit; CREATE SCHEMA racesim_mine")
    _ = try run(ScenarioFixture.withdrawals, "inside")
    try NamespaceNames.removeStale(connection)
    let left = try connection.execute(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'racesim\\_4999999%' "
        + "OR nspname = 'racesim_mine'")
    #expect(left.first?.rows == [["racesim_mine"]])
    try connection.execute("DROP SCHEMA racesim_mine")
  }

  @Test("text that the server refuses is named with its place")
  func refusal() throws {
    #expect {
      _ = try run(ScenarioFixture.withdrawals, "inside") { model in
        let other = ScenarioFixture.withdrawals.replacing("balance int", with: "balance inx")
        model.program.sources = SourceMap(SourceFile(path: "scenario.race", text: other))
      }
    } throws: { error in
      guard case ConformSession.Obstacle.text(let reason, let span?) = error else { return false }
      return reason.contains("42704") && span.start > 0
    }
  }
}

extension [Conformance.Line] {
  fileprivate func joined(_ path: KeyPath<Conformance.Line, [String]>) -> [String] {
    flatMap { $0[keyPath: path] }
  }
}

// Where PostgreSQL is not installed these are reported as skipped; `.ci/run` installs it.
@Suite(
  "Specs on a server", .serialized,
  .enabled(if: LiveServer.isInstalled, "PostgreSQL is not installed"))
struct ServerSpecTests {
  private let spec = Spec(
    setups: [
      SpecBlock("CREATE TABLE seat (id int PRIMARY KEY, holder text)"),
      SpecBlock("INSERT INTO seat VALUES (1, NULL)"),
    ],
    teardown: SpecBlock("DROP TABLE seat"),
    sessions: [
      SpecSession(
        name: SpecName("s1"), setup: SpecBlock("BEGIN"),
        steps: [
          SpecStep(
            name: SpecName("u1"),
            block: SpecBlock("UPDATE seat SET holder = 'ann' WHERE id = 1 RETURNING holder")),
          SpecStep(name: SpecName("c1"), block: SpecBlock("COMMIT")),
        ]),
      SpecSession(
        name: SpecName("s2"),
        steps: [
          SpecStep(
            name: SpecName("u2"),
            block: SpecBlock("UPDATE seat SET holder = 'bob' WHERE holder IS NULL"))
        ]),
    ])

  @Test("steps end or wait, and end when what they wait for has")
  func transcript() throws {
    let live = try LiveServer.shared.get()
    let runner = ServerSpecRunner(live.libpq, target: live.server.target)
    let found = try runner.run(
      spec, order: ["u1", "u2", "c1"], finalQueries: ["SELECT holder FROM seat"])
    #expect(found.events.map(\.step) == ["u1", "u2", "c1", "u2"])
    #expect(found.events[1].kind == .waits(for: [0]))
    guard case .ended(let results) = found.events[3].kind else {
      Issue.record("the second update has not ended")
      return
    }
    #expect(results.map(\.tag) == ["UPDATE 0"])
    #expect(found.final.first?.first?.rows == [["ann"]])
    #expect(found.invalidStep == nil)
  }

  @Test("a step of a session that waits for ever is invalid, and all is taken away again")
  func invalid() throws {
    let live = try LiveServer.shared.get()
    let runner = ServerSpecRunner(live.libpq, target: live.server.target)
    let found = try runner.run(spec, order: ["u1", "u2", "u2"])
    #expect(found.invalidStep == "u2")
    let connection = try live.connect()
    let rows = try connection.execute("SELECT to_regclass('seat')")
    #expect(rows.first?.rows == [[nil]])
  }
}
