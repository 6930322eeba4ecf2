import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// What is said beside a counterexample was run: each claim is held against runs of its own.
@Suite("Evidence beside a counterexample")
struct EvidenceTests {
  private struct Found {
    var scenario: Scenario
    var model: Model
    var schedule: [Choice]
    var evidence: Trace.Evidence
  }

  private static func scenario(_ text: String) throws -> Scenario {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    return try #require(result.scenario, "\(result.diagnostics.map(\.message))")
  }

  private static func model(_ text: String) throws -> Model {
    let scenario = try scenario(text)
    return try #require(scenario.models.first)
  }

  private static func find(_ text: String, _ property: String) throws -> Found {
    let scenario = try scenario(text)
    let model = try #require(scenario.models.first)
    var explorer = Explorer(model: model, options: ExplorationOptions())
    let exploration = try explorer.run()
    let example = try #require(
      exploration.counterexamples.first { $0.property == property }, "\(exploration)")
    let (trace, _) = try told(example.schedule, scenario, model, property)
    let finder = EvidenceFinder(scenario: scenario, model: model, options: MachineOptions())
    return Found(
      scenario: scenario, model: model, schedule: example.schedule,
      evidence: try finder.evidence(for: property, example.schedule, told: trace))
  }

  private static func told(
    _ schedule: [Choice], _ scenario: Scenario, _ model: Model, _ property: String?
  ) throws -> (Trace, MachineState) {
    var replayer = try Replayer(model: model, options: MachineOptions())
    let initial = replayer.state
    let steps = try replayer.replay(schedule)
    var teller = TraceTeller(scenario: scenario, model: model, options: MachineOptions())
    var trace = teller.tell(steps, from: initial)
    if let property { trace.finding = teller.finding(property, in: steps, from: initial) }
    return (trace, steps.last?.after ?? initial)
  }

  /// Plays the passing run and holds it to all that is said of it.
  private static func check(_ found: Found, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let near = try #require(found.evidence.near, sourceLocation: sourceLocation)
    let schedule = try ScheduleToken.decode(near.token, fingerprint: found.model.fingerprint)
    let (trace, last) = try told(schedule, found.scenario, found.model, nil)
    #expect(trace.steps.flatMap(\.broken).isEmpty, sourceLocation: sourceLocation)
    var machine = Machine(model: found.model, options: MachineOptions())
    let isFinal = machine.isFinal(last)
    #expect(isFinal, sourceLocation: sourceLocation)
    let shared = zip(schedule, found.schedule).prefix { $0 == $1 }.count
    #expect(near.firstDifference == shared + 1, sourceLocation: sourceLocation)
    #expect(near.steps.count == schedule.count, sourceLocation: sourceLocation)
  }

  private static let seats = """
    scenario "Seats"
    schema { CREATE TABLE seat (id int PRIMARY KEY, holder text); }
    data { INSERT INTO seat VALUES (1, NULL), (2, NULL); }
    writer book(who) for who in ('ann', 'bob') {
      DECLARE v_id int;
      BEGIN;
      SELECT id INTO v_id FROM seat WHERE holder IS NULL ORDER BY id LIMIT 1;
      UPDATE seat SET holder = :who WHERE id = v_id;
      COMMIT;
    }
    finally everyone_sits { SELECT count(holder) FROM seat HAVING count(holder) <> 2 }
    """

  @Test("a lost update: serial orders, the level that refuses it, a run that passes")
  func lostUpdate() throws {
    let found = try Self.find(Self.seats, "everyone_sits")
    try Self.check(found)
    #expect(
      found.evidence.serial == [
        Trace.SerialOrder(order: ["book(ann)", "book(bob)"], holds: true),
        Trace.SerialOrder(order: ["book(bob)", "book(ann)"], holds: true),
      ])
    let level = try #require(found.evidence.levels.first)
    #expect(level.isolation == "REPEATABLE READ")
    #expect(level.outcome == .refused)
    #expect(level.session != nil)
    #expect(level.step != nil)
    // Each of them would have to read before the other writes: nothing later can help.
    #expect(found.evidence.near?.text.hasPrefix("passes if step") == true)
  }

  @Test(
    "no later beginning of a passing run was missed: all runs with a longer one break something")
  func longest() throws {
    let found = try Self.find(Self.seats, "everyone_sits")
    let near = try #require(found.evidence.near)
    var system = ModelSystem(model: found.model, options: MachineOptions())
    var state = try system.initialState()
    for choice in found.schedule.prefix(near.firstDifference) {
      _ = system.apply(choice, to: &state)
    }
    // Everything from the state after the step that differs, all interleavings of it.
    var pending = [state]
    while let state = pending.popLast() {
      var choices: ContiguousArray<Choice> = []
      system.appendChoices(in: state, to: &choices)
      if choices.isEmpty {
        let isViolated = try system.machine.isViolated(0, in: state)
        #expect(isViolated)
      }
      for choice in choices {
        var next = state
        _ = system.apply(choice, to: &next)
        pending.append(next)
      }
    }
  }

  @Test("the verified changes: retries at the level, and the lock that the advice names")
  func fixes() throws {
    let found = try Self.find(Self.seats, "everyone_sits")
    #expect(found.evidence.fixes.count == 2)
    let lock = try #require(found.evidence.fixes.first)
    #expect(lock.title.contains("LIMIT 1 FOR UPDATE` in book"))
    #expect(lock.holds)
    let level = try #require(found.evidence.fixes.last)
    #expect(
      level.title == "run book at REPEATABLE READ with `retry 3 on serialization_failure`")
    #expect(level.holds)
    #expect(level.broken.isEmpty)
    // The same changes, written by hand.
    let locked = Self.seats.replacing("LIMIT 1;", with: "LIMIT 1 FOR UPDATE;")
    var explorer = Explorer(
      model: try Self.model(locked), options: ExplorationOptions())
    let exploration = try explorer.run()
    #expect(exploration.verdict == .proved)
    #expect(exploration.states == lock.states)
    let raised = Self.seats.replacing(
      "writer book(who) for who in ('ann', 'bob') {",
      with: "writer book(who) for who in ('ann', 'bob') isolation repeatable read "
        + "retry 3 on serialization_failure {")
    var other = Explorer(
      model: try Self.model(raised), options: ExplorationOptions())
    let states = try other.run().states
    #expect(states == level.states)
  }

  private static let doctors = """
    scenario "On call"
    schema { CREATE TABLE doctor (id int PRIMARY KEY, on_call boolean NOT NULL); }
    data { INSERT INTO doctor VALUES (1, true), (2, true); }
    writer leave(me) for me in 1..2 {
      DECLARE v_count int;
      BEGIN;
      SELECT count(*) INTO v_count FROM doctor WHERE on_call;
      IF v_count > 1 THEN UPDATE doctor SET on_call = false WHERE id = :me; END IF;
      COMMIT;
    }
    invariant somebody { SELECT count(*) FROM doctor WHERE on_call HAVING count(*) = 0 }
    """

  @Test("write skew passes at REPEATABLE READ and is refused at SERIALIZABLE")
  func writeSkew() throws {
    let found = try Self.find(Self.doctors, "somebody")
    try Self.check(found)
    #expect(found.evidence.levels.map(\.outcome) == [.broken, .refused])
    #expect(found.evidence.levels.map(\.isolation) == ["REPEATABLE READ", "SERIALIZABLE"])
    #expect(
      found.evidence.fixes.map(\.title) == [
        "run leave at SERIALIZABLE with `retry 3 on serialization_failure`"
      ])
  }

  @Test("a level that is written after BEGIN is raised, never lowered")
  func writtenLevels() throws {
    let text = Self.doctors.replacing("BEGIN;", with: "BEGIN ISOLATION LEVEL REPEATABLE READ;")
    let found = try Self.find(text, "somebody")
    #expect(found.evidence.levels.map(\.outcome) == [.broken, .refused])
    let written = Self.doctors.replacing("BEGIN;", with: "BEGIN ISOLATION LEVEL SERIALIZABLE;")
    let scenario = try Self.scenario(written)
    let model = try #require(scenario.models.first)
    let raised = model.raised(to: .repeatableRead, sessions: [0, 1])
    let levels = raised.program.routines.flatMap(\.instructions).compactMap { instruction in
      if case .begin(let options) = instruction { options.isolation } else { nil }
    }
    #expect(levels.allSatisfy { $0 == .serializable })
    #expect(raised.sessions.allSatisfy { $0.isolation == .repeatableRead })
  }

  @Test("a logic error: every serial order breaks it, and nothing is said of levels")
  func logicError() throws {
    let found = try Self.find(
      """
      scenario "Overdraft"
      schema { CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL); }
      data { INSERT INTO account VALUES (1, 100); }
      writer take(amount) for amount in (70, 80) {
        UPDATE account SET balance = balance - :amount WHERE id = 1;
      }
      invariant never_negative { SELECT id FROM account WHERE balance < 0 }
      """, "never_negative")
    #expect(found.evidence.serial.map(\.holds) == [false, false])
    #expect(found.evidence.levels.isEmpty)
    #expect(found.evidence.near == nil)
    #expect(found.evidence.fixes.isEmpty)
  }

  @Test("one order breaks it, and the clock decides in the other")
  func clock() throws {
    let found = try Self.find(
      """
      scenario "Deadline"
      schema { CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, due timestamptz NOT NULL); }
      data { INSERT INTO orders VALUES (1, 'open', '2025-01-01 00:00:10'); }
      clock '2025-01-01 00:00:00', '2025-01-01 00:00:11'
      writer pay { UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'open'; }
      writer expire { UPDATE orders SET status = 'dead' WHERE id = 1 AND status = 'open' AND due < now(); }
      finally paid { SELECT status FROM orders WHERE status <> 'paid' }
      """, "paid")
    #expect(
      found.evidence.serial == [
        Trace.SerialOrder(order: ["pay", "expire"], holds: true),
        Trace.SerialOrder(order: ["expire", "pay"], holds: nil),
      ])
    try Self.check(found)
  }

  @Test("a deadlock has a nearest passing run, and no levels or serial orders")
  func deadlock() throws {
    let found = try Self.find(
      """
      scenario "Transfers"
      schema { CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL); }
      data { INSERT INTO account VALUES (1, 0), (2, 0); }
      writer move(source, target) for (source, target) in ((1, 2), (2, 1)) {
        BEGIN;
        UPDATE account SET balance = balance - 1 WHERE id = :source;
        UPDATE account SET balance = balance + 1 WHERE id = :target;
        COMMIT;
      }
      """, "deadlock")
    try Self.check(found)
    #expect(found.evidence.serial.isEmpty)
    #expect(found.evidence.levels.isEmpty)
  }

  @Test("evidence is the same each time")
  func deterministic() throws {
    let first = try Self.find(Self.seats, "everyone_sits").evidence
    #expect(try Self.find(Self.seats, "everyone_sits").evidence == first)
  }

  @Test("orders of sessions")
  func permutations() {
    #expect(SerialOrders.permutations(of: [1, 2]) == [[1, 2], [2, 1]])
    #expect(SerialOrders.permutations(of: [1, 2, 3]).count == 6)
    #expect(Set(SerialOrders.permutations(of: [1, 2, 3, 4])).count == 24)
  }
}
