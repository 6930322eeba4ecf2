import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// Writers that run `times many`: rules for every number of sessions.
@Suite("Any number of sessions")
struct ParametricTests {
  private static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array("scenario \"test\"\n\(text)".utf8) : nil
    }
    let scenario = try #require(result.scenario, "\(result.diagnostics.map(\.message))")
    return try #require(scenario.models.first)
  }

  private static func explore(
    _ text: String, _ options: ExplorationOptions = .init()
  ) throws -> Exploration {
    var explorer = Explorer(model: try model(text), options: options)
    return try explorer.run()
  }

  /// A counter, and who counts.
  private static func counter(_ program: String, rule: String, more: String = "") -> String {
    """
    schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
    data { INSERT INTO c VALUES (1, 0); }
    writer inc times many {
      DECLARE v int;
      \(program)
    }
    always rule { SELECT n FROM c WHERE \(rule) }
    \(more)
    """
  }

  static let locked =
    "BEGIN; SELECT n INTO v FROM c WHERE id = 1 FOR UPDATE; "
    + "IF v = 0 THEN UPDATE c SET n = n + 1 WHERE id = 1; END IF; COMMIT;"
  static let unlocked =
    "SELECT n INTO v FROM c WHERE id = 1; "
    + "IF v = 0 THEN UPDATE c SET n = n + 1 WHERE id = 1; END IF;"

  @Test("a check under a lock holds for every number")
  func lock() throws {
    let exploration = try Self.explore(Self.counter(Self.locked, rule: "n > 1"))
    #expect(exploration.verdict == .proved)
    #expect(exploration.bound == nil)
    let facts = try #require(exploration.parametric)
    #expect(facts.writers == ["inc"])
    #expect(facts.cut == 2)
    #expect(facts.abstractStates == exploration.states)
    #expect(facts.reason == nil)
  }

  @Test("without the lock two sessions break it, and the way is the shortest")
  func noLock() throws {
    let text = Self.counter(Self.unlocked, rule: "n > 1")
    let exploration = try Self.explore(text)
    #expect(exploration.verdict == .violated)
    #expect(exploration.parametric?.copies == 2)
    let plain = try Self.explore(text.replacing("times many", with: "times 2"))
    #expect(exploration.counterexamples.map(\.schedule) == plain.counterexamples.map(\.schedule))
  }

  @Test("violations that need more sessions are found with the least number", arguments: 1...6)
  func thresholds(limit: Int) throws {
    let exploration = try Self.explore(
      Self.counter("UPDATE c SET n = n + 1 WHERE id = 1;", rule: "n >= \(limit)"))
    #expect(exploration.verdict == .violated)
    #expect(exploration.parametric?.copies == limit)
  }

  @Test("what stops growing is proved, whatever number it takes", arguments: [3, 10])
  func stops(limit: Int) throws {
    let program = "UPDATE c SET n = n + 1 WHERE id = 1 AND n < \(limit);"
    let holds = try Self.explore(Self.counter(program, rule: "n > \(limit)"))
    #expect(holds.verdict == .proved)
    // The last value is reached, though more sessions than are explored one number after the other may be needed.
    let reached = try Self.explore(Self.counter(program, rule: "n >= \(limit)"))
    #expect(reached.verdict != .proved)
  }

  @Test("ever more rows, values or open transactions are no proof, and said to grow")
  func growth() throws {
    let rows = try Self.explore(
      """
      schema { CREATE TABLE audit (n int NOT NULL); }
      writer note times many { INSERT INTO audit VALUES (1); }
      always ok { SELECT n FROM audit WHERE n < 1 }
      """)
    #expect(rows.verdict == .inconclusive)
    #expect(rows.bound == "number of sessions")
    #expect(rows.parametric?.reason == "table `audit` gets more and more rows")
    #expect(rows.parametric?.copies == 8)
    let values = try Self.explore(
      Self.counter("UPDATE c SET n = n + 1 WHERE id = 1;", rule: "n < 0"))
    #expect(values.verdict == .inconclusive)
    #expect(values.parametric?.reason == "`c.n` takes ever larger values")
  }

  @Test("deadlocks of many are found, and their absence is proved")
  func deadlocks() throws {
    func text(_ first: String, _ second: String, _ more: String = "") -> String {
      """
      schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO c VALUES (1, 0), (2, 0); }
      writer a times many {
        BEGIN;
        PERFORM 1 FROM c WHERE id = \(first) FOR UPDATE;
        PERFORM 1 FROM c WHERE id = \(second) FOR UPDATE;
        COMMIT;
      }
      writer b {
        BEGIN;
        PERFORM 1 FROM c WHERE id = 1 FOR UPDATE;
        PERFORM 1 FROM c WHERE id = 2 FOR UPDATE;
        COMMIT;
      }
      \(more)
      """
    }
    #expect(try Self.explore(text("1", "2")).verdict == .proved)
    let crossed = try Self.explore(text("2", "1"))
    #expect(crossed.counterexamples.map(\.property).sorted() == ["deadlock", "unhandled_error"])
    #expect(crossed.parametric?.copies == 1)
    let allowed = try Self.explore(
      text("2", "1", "allow deadlock allow unhandled error deadlock_detected"))
    #expect(allowed.verdict == .proved)
  }

  @Test("workers that skip what others have taken share the jobs")
  func queue() throws {
    let text = """
      schema { CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL, done int NOT NULL); }
      data { INSERT INTO job VALUES (1, 'open', 0), (2, 'open', 0); }
      writer worker times many {
        DECLARE v_id int;
        BEGIN;
        SELECT id INTO v_id FROM job WHERE state = 'open' LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF v_id IS NOT NULL THEN
          UPDATE job SET state = 'done', done = done + 1 WHERE id = v_id;
        END IF;
        COMMIT;
      }
      always once { SELECT id FROM job WHERE done > 1 }
      """
    #expect(try Self.explore(text).verdict == .proved)
    let twice = try Self.explore(text.replacing(" FOR UPDATE SKIP LOCKED", with: ""))
    #expect(twice.counterexamples.map(\.property) == ["once"])
  }

  @Test("a coupon of which there are three is redeemed three times, by whomever")
  func coupon() throws {
    let text = """
      schema {
        CREATE TABLE coupon (id int PRIMARY KEY, stock int NOT NULL);
        CREATE TABLE redemption (coupon int NOT NULL);
      }
      data { INSERT INTO coupon VALUES (1, 3); }
      writer redeem times many {
        DECLARE v_stock int;
        BEGIN;
        SELECT stock INTO v_stock FROM coupon WHERE id = 1 FOR UPDATE;
        IF v_stock > 0 THEN
          UPDATE coupon SET stock = stock - 1 WHERE id = 1;
          INSERT INTO redemption VALUES (1);
        END IF;
        COMMIT;
      }
      always enough { SELECT id FROM coupon WHERE stock < 0 }
      always booked {
        SELECT stock FROM coupon WHERE stock + (SELECT count(*) FROM redemption) <> 3
      }
      """
    #expect(try Self.explore(text).verdict == .proved)
    let unlocked = try Self.explore(text.replacing(" FOR UPDATE", with: ""))
    #expect(unlocked.verdict == .violated)
  }

  @Test("crashes share their number among all, and retries are each session's own")
  func faults() throws {
    let faults = "faults { crash inc up to 2 }"
    let crashes = try Self.explore(Self.counter(Self.locked, rule: "n > 1", more: faults))
    #expect(crashes.verdict == .proved)
    let refused = try Self.explore(
      """
      isolation repeatable read
      schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO c VALUES (1, 0); }
      writer inc times many retry 1 on serialization_failure {
        UPDATE c SET n = 1 WHERE id = 1 AND n = 0;
      }
      always ok { SELECT n FROM c WHERE n > 1 }
      """)
    #expect(refused.verdict == .proved)
  }

  @Test("an error that only a third session can get is found")
  func errors() throws {
    // Two are refused once each at most; a third makes the second refusal of one.
    let exploration = try Self.explore(
      """
      isolation repeatable read
      schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO c VALUES (1, 0); }
      writer inc times many retry 1 on serialization_failure {
        UPDATE c SET n = n + 1 WHERE id = 1;
      }
      """)
    #expect(exploration.counterexamples.map(\.property) == ["unhandled_error"])
    #expect(exploration.parametric?.copies == 3)
  }

  @Test(
    "rules about outcomes hold for every number where what they count is not any number",
    arguments: [
      ("SELECT count(*) FROM outcomes WHERE outcome = 'first' HAVING count(*) <> 1", "proved"),
      ("SELECT session FROM outcomes WHERE sqlstate IS NOT NULL", "proved"),
      ("SELECT outcome FROM outcomes WHERE outcome NOT IN ('first', 'late')", "proved"),
      ("SELECT count(*) FROM outcomes WHERE outcome = 'late' HAVING count(*) > 2", "violated"),
      ("SELECT count(*) FROM outcomes WHERE outcome = 'late' HAVING count(*) > 90", "inconclusive"),
      (
        "SELECT 1 FROM outcomes a JOIN outcomes b ON a.session > b.session "
          + "WHERE a.outcome = 'first' AND b.outcome = 'first'", "inconclusive"
      ),
      ("SELECT 1 FROM outcomes WHERE session = 'inc#90'", "inconclusive"),
      ("SELECT n FROM c WHERE (SELECT count(*) FROM outcomes) > 90", "inconclusive"),
    ])
  func outcomes(query: String, verdict: String) throws {
    let program =
      "BEGIN; SELECT n INTO v FROM c WHERE id = 1 FOR UPDATE; "
      + "IF v = 0 THEN UPDATE c SET n = 1 WHERE id = 1; COMMIT; RETURN 'first'; END IF; "
      + "COMMIT; RETURN 'late';"
    let exploration = try Self.explore(
      Self.counter(program, rule: "n > 1", more: "finally told { \(query) }"))
    #expect(exploration.verdict.rawValue == verdict)
    if verdict == "inconclusive" { #expect(exploration.parametric?.reason != nil) }
  }

  @Test("what is only decided for a number is said")
  func obstacles() throws {
    let serializable = try Self.explore(
      Self.counter(
        Self.locked, rule: "n > 1",
        more: "isolation serializable allow unhandled error serialization_failure"))
    #expect(serializable.verdict == .inconclusive)
    #expect(serializable.parametric?.reason?.contains("SERIALIZABLE") == true)
    let serial = try Self.explore(
      Self.counter(Self.locked, rule: "n > 1", more: "check serializable"))
    #expect(serial.verdict == .inconclusive)
    let loop = try Self.explore(
      Self.counter(
        "LOOP SELECT n INTO v FROM c WHERE id = 1; EXIT WHEN v = 0; END LOOP;", rule: "n > 1"))
    #expect(loop.verdict == .inconclusive)
    var counting = ExplorationOptions()
    counting.countsInterleavings = true
    let counted = try Self.explore(Self.counter(Self.locked, rule: "n > 1"), counting)
    #expect(counted.verdict == .inconclusive)
    #expect(counted.interleavings != nil)
    #expect(counted.parametric?.copies == ScenarioLimits.copiesShown)
  }

  @Test("other sessions, the clock and sleeping are part of it")
  func others() throws {
    let text = """
      schema { CREATE TABLE seat (id int PRIMARY KEY, holder int, until_at timestamptz); }
      data { INSERT INTO seat VALUES (1, NULL, NULL); }
      clock '2025-01-01 00:00:00', '2025-01-01 00:05:00', '2025-01-01 00:06:00'
      writer book times many {
        UPDATE seat SET holder = 1, until_at = now() + interval '5 minutes'
        WHERE id = 1 AND holder IS NULL;
      }
      writer sweep times 2 {
        SELECT pg_sleep_until('2025-01-01 00:06:00');
        UPDATE seat SET holder = NULL WHERE id = 1 AND until_at < now();
      }
      always held { SELECT id FROM seat WHERE holder > 1 }
      """
    #expect(try Self.explore(text).verdict == .proved)
  }

  @Test("advisory locks and LOCK TABLE hold any number off")
  func objects() throws {
    for lock in ["PERFORM pg_advisory_xact_lock(1);", "LOCK TABLE c IN EXCLUSIVE MODE;"] {
      let program =
        "BEGIN; \(lock) SELECT n INTO v FROM c WHERE id = 1; "
        + "IF v = 0 THEN UPDATE c SET n = n + 1 WHERE id = 1; END IF; COMMIT;"
      let exploration = try Self.explore(Self.counter(program, rule: "n > 1"))
      #expect(exploration.verdict == .proved, "\(lock) \(exploration.parametric?.reason ?? "")")
    }
  }

  @Test("the states with a given number are among those that closed")
  func audit() throws {
    let two = """
      schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO c VALUES (1, 0); }
      writer a times many {
        BEGIN;
        PERFORM 1 FROM c WHERE id = 1 FOR UPDATE;
        COMMIT;
      }
      writer b times many { UPDATE c SET n = 1 WHERE id = 1 AND n = 0; }
      """
    for text in [two, Self.counter(Self.locked, rule: "n > 1")] {
      let model = try Self.model(text)
      for cut in 2...3 {
        var audit = try CrowdAudit(model, cut: cut, limit: 5_000)
        guard audit.isClosed else { continue }
        for copies in 1...4 {
          let found = try audit.stray(copies: copies, limit: 1_500)
          #expect(found.schedule == nil)
        }
      }
    }
  }

  @Test("sessions of two kinds in one line: whoever is first, the proof closes")
  func lines() throws {
    let exploration = try Self.explore(
      """
      schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO c VALUES (1, 0); }
      writer a times many { BEGIN; PERFORM 1 FROM c WHERE id = 1 FOR UPDATE; COMMIT; }
      writer b times many { BEGIN; PERFORM n FROM c WHERE id = 1 FOR UPDATE; COMMIT; }
      always ok { SELECT n FROM c WHERE n <> 0 }
      """)
    #expect(exploration.verdict == .proved)
  }

  // MARK: Models and tokens

  @Test("a model of a number has that many sessions, with their faults and allowances")
  func copies() throws {
    let model = try Self.model(
      """
      schema { CREATE TABLE c (id int PRIMARY KEY); }
      writer x { INSERT INTO c VALUES (1); }
      writer a(k) for k in (1, 2) times many { INSERT INTO c VALUES (:k); }
      writer z { INSERT INTO c VALUES (9); }
      faults { crash a up to 2 }
      allow deadlock in z
      allow unhandled error unique_violation in a, z
      """)
    #expect(model.isParametric)
    #expect(model.sessions.count == 2 + 2 * ScenarioLimits.copiesShown)
    let five = model.with(copies: 5)
    #expect(!five.isParametric)
    #expect(five.copiesHere == 5)
    #expect(five.fingerprint == model.fingerprint)
    #expect(five.sessions.count == 12)
    #expect(five.sessions[5].name == "a(1)#5")
    #expect(five.sessions[6].name == "a(2)#1")
    #expect(five.sessions[11].name == "z")
    #expect(five.faults[0].sessions == Array(1...10))
    #expect(five.allowances.deadlock == [11])
    #expect(five.allowances.errors.keys.sorted() == Array(1...11))
    #expect(
      model.with(copies: ScenarioLimits.copiesShown).sessions.map(\.name)
        == model.sessions.map(\.name))
  }

  @Test("a token says how many sessions there are")
  func tokens() throws {
    let model = try Self.model(Self.counter(Self.unlocked, rule: "n > 1"))
    let exploration = try Self.explore(Self.counter(Self.unlocked, rule: "n > 1"))
    let two = exploration.model(of: model)
    #expect(two.sessions.count == 2)
    let schedule = try #require(exploration.counterexamples.first?.schedule)
    let token = ScheduleToken.encode(schedule, for: two)
    #expect(token.contains("_M2m"))
    #expect(ScheduleToken.model(model, for: token).sessions.count == 2)
    #expect(try ScheduleToken.decode(token, for: two) == schedule)
    #expect(throws: TokenError.otherCopies(token: 2, here: 3)) {
      try ScheduleToken.decode(token, for: model)
    }
    var replayer = try Replayer(model: two, options: MachineOptions())
    #expect(try replayer.replay(token: token).map(\.choice) == schedule)
  }

  @Test("values that come twice with `times many` are refused; `many` is no number elsewhere")
  func diagnostics() {
    for text in [
      "writer a(k) for k in (1, 1) times many { INSERT INTO c VALUES (:k); }",
      "writer a restarts many { INSERT INTO c VALUES (1); }",
    ] {
      let result = ScenarioCompiler.compile(path: "test.race") { _ in
        Array("scenario \"t\"\nschema { CREATE TABLE c (id int); }\n\(text)".utf8)
      }
      #expect(result.scenario == nil)
    }
  }
}
