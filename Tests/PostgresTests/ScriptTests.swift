import SQL
import Scheduler
import Store
import Testing
import Writers

@testable import Postgres

@Suite("The scenario's text for a server")
struct ScriptTests {
  private func setup(_ text: String, variant: Int = 0) throws -> String {
    let scenario = try ScenarioFixture.compile(text)
    return try ScenarioFixture.script(scenario, variant: variant).setup().map(\.sql)
      .joined(separator: "\n")
  }

  /// What a writer's client sends for each of its commands, variables being NULL.
  private func commands(_ text: String, variant: Int = 0, session: Int = 0) throws -> [String] {
    let scenario = try ScenarioFixture.compile(text)
    let script = try ScenarioFixture.script(scenario, variant: variant)
    let routine = script.model.sessions[session].routine
    let slots = script.model.program.routines[Int(routine.index)].variables.count
    var values = Array(repeating: Value.null, count: slots)
    for (index, argument) in script.model.sessions[session].arguments.enumerated() {
      values[Int(Routine.Slot.first) + index] = argument
    }
    return try #require(script.clients[routine]).units.map {
      script.text(of: $0.command, session: session, variables: values)
    }
  }

  @Test("gates stand before the statements of functions, and change neither FOUND nor rows")
  func gates() throws {
    let text = try setup(ScenarioFixture.withdrawals)
    let select = "IF racesim_1_kit.gate(0) THEN END IF; SELECT balance INTO v_balance FROM account"
    #expect(text.contains(select))
    let update = "IF racesim_1_kit.gate(1) THEN END IF; UPDATE account SET balance"
    #expect(text.contains(update))
    // A condition that reads no table is no place to stop at.
    #expect(!text.contains("IF racesim_1_kit.gate(2)"))
  }

  @Test("parameters become typed constants, in functions too")
  func parameters() throws {
    let text = try setup(ScenarioFixture.withdrawals)
    #expect(text.contains("IF v_balance >= '80'::integer THEN"))
    #expect(!text.contains(":amount"))
  }

  @Test("the clock's keywords become calls that the search path can answer")
  func clockWords() throws {
    #expect(try setup(ScenarioFixture.withdrawals).contains("VALUES (1, 100, now())"))
  }

  @Test("a command is the user's text without INTO, and with the variables' values")
  func commandTexts() throws {
    #expect(
      try commands(ScenarioFixture.withdrawals, session: 1) == [
        "BEGIN", "SELECT balance  FROM account WHERE id = 1 FOR UPDATE",
        "UPDATE account SET balance = NULL::integer - '80'::integer WHERE id = 1", "COMMIT",
      ])
  }

  @Test("a lock that the variant leaves out is left out here too")
  func omittedLocks() throws {
    let sent = try commands(ScenarioFixture.withdrawals, variant: 1, session: 1)
    #expect(sent[1] == "SELECT balance  FROM account WHERE id = 1 ")
  }

  @Test("expressions that need the database are asked of it, and sleeping is not sent")
  func expressions() throws {
    let sent = try commands(
      """
      scenario "Expressions"
      schema { CREATE TABLE t (a int PRIMARY KEY, b text); }
      clock '2025-12-01 12:00:00', '2025-12-01 12:00:05'
      writer w(k) for k in ('x') {
        DECLARE n int := (SELECT count(*) FROM t);
        DECLARE r record;
        PERFORM 1 FROM t WHERE a = n;
        IF EXISTS (SELECT 1 FROM t WHERE b = :k) THEN
          n := (SELECT max(a) FROM t);
        END IF;
        SELECT pg_sleep(5);
        FOR r IN SELECT a, b FROM t ORDER BY a LOOP
          DELETE FROM t WHERE a = r.a;
        END LOOP;
        RETURN (SELECT min(b) FROM t);
      }
      expect proved
      """)
    #expect(
      sent == [
        "SELECT ((SELECT count(*) FROM t))", "SELECT 1 FROM t WHERE a = NULL::integer",
        "SELECT (EXISTS (SELECT 1 FROM t WHERE b = 'x'::text))",
        "SELECT ((SELECT max(a) FROM t))", "SELECT pg_sleep(5)", "SELECT a, b FROM t ORDER BY a",
        "DELETE FROM t WHERE a = NULL::integer", "SELECT ((SELECT min(b) FROM t))::text",
      ])
  }

  @Test("the schema public and a function's own search path become the run's")
  func schemas() throws {
    let text = try setup(
      """
      scenario "Schemas"
      schema {
        CREATE TABLE public.t (a int PRIMARY KEY);
        CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SET search_path = public AS $$
        BEGIN INSERT INTO public.t VALUES (1); END; $$;
      }
      writer w { SELECT f(); }
      expect proved
      """)
    #expect(text.contains("CREATE TABLE racesim_1.t"))
    #expect(text.contains("SET search_path = racesim_1, racesim_1_kit, pg_catalog AS $$"))
    #expect(text.contains("INSERT INTO racesim_1.t VALUES"))
  }
}

@Suite("Schedules as moves")
struct ProjectionTests {
  private typealias Move = SteeredMachine.Move

  private func project(_ order: String, variant: Int = 0) throws -> [SteeredMachine.Move] {
    let scenario = try ScenarioFixture.compile(ScenarioFixture.withdrawals)
    let script = try ScenarioFixture.script(scenario, variant: variant)
    var machine = SteeredMachine(script: script)
    let steps = try ScenarioFixture.steps(order, of: script.model)
    var projection = ScheduleProjection(machine: machine, steps: steps)
    return try projection.project(from: try machine.initial()).moves
  }

  @Test("a schedule between a function's statements is led through gates")
  func insideFunction() throws {
    let moves = try project("inside outside outside outside inside")
    // BEGIN of ours, the call, the SELECT; then all of the other; then the UPDATE waits no longer.
    #expect(moves.first == .session(0))
    #expect(moves.contains(.session(1)))
    #expect(moves.last == .session(0))
    let switches = zip(moves, moves.dropFirst()).count { $0 != $1 }
    #expect(switches == 2)
  }

  @Test("waiting is part of the schedule")
  func waiting() throws {
    let moves = try project("outside inside inside outside outside")
    #expect(!moves.isEmpty)
  }
}
