import SQL
import Testing
import Writers

@testable import Scheduler

/// Whatever a file asks for, an answer comes in time.
@Suite("Bounds on what one step does")
struct BoundTests {
  private func scenario(_ text: String) throws -> Scenario {
    let head = """
      scenario "bounds"
      schema {
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE FUNCTION again(x int) RETURNS int LANGUAGE sql AS $$ SELECT again(x + 1) $$;
      }
      expect proved

      """
    let result = ScenarioCompiler.compile(path: "b.race") { _ in Array((head + text).utf8) }
    return try #require(result.scenario, "\(result.diagnostics.map(\.message))")
  }

  /// The explanation of the first thing that is broken.
  private func explanation(_ text: String) throws -> String {
    let scenario = try scenario(text)
    let model = scenario.models[0]
    var explorer = Explorer(model: model, options: ExplorationOptions())
    let example = try #require(try explorer.run().counterexamples.first)
    var replayer = try Replayer(model: model, options: MachineOptions())
    let initial = replayer.state
    var steps: [Replayer.Step] = []
    for choice in example.schedule { steps.append(try replayer.take(choice)) }
    var teller = TraceTeller(scenario: scenario, model: model, options: MachineOptions())
    _ = teller.tell(steps, from: initial)
    return teller.finding(example.property, in: steps, from: initial).explanation
  }

  @Test("a series, a statement and a recursion have an end")
  func steps() throws {
    #expect(
      try explanation(
        "writer w { INSERT INTO t SELECT g FROM generate_series(1, 9223372036854775807) g; }"
      ).contains("a step visits more than"))
    #expect(
      try explanation("writer w { INSERT INTO t SELECT g FROM generate_series(1, 9000) g; }")
        .contains("a statement touches more than"))
    #expect(try explanation("writer w { SELECT again(1); }").contains("stack depth limit exceeded"))
  }

  @Test("a program that fails before its first step says how")
  func start() throws {
    #expect(
      try explanation("writer w { DECLARE x int := 2147483647; x := x + 1; }")
        == "w ends with 22003 before its first step: integer out of range")
    #expect(
      try explanation(
        "writer w { DECLARE s text := '9223372036854775807 h'; d interval; d := s::interval; }"
      ).contains("interval field value out of range"))
    #expect(
      try explanation("writer w { FOR i IN 1..3000000 LOOP NULL; END LOOP; }")
        .contains("instructions without a step"))
  }

  @Test("data that never end are a mistake with a place")
  func data() throws {
    let scenario = try scenario(
      """
      data { DO $$ BEGIN FOR i IN 1..99999 LOOP INSERT INTO t VALUES (i); END LOOP; END $$; }
      writer w { DELETE FROM t; }
      """)
    let problem = #expect(throws: Diagnostic.self) {
      _ = try Replayer(model: scenario.models[0], options: MachineOptions())
    }
    #expect(problem?.code == .failingSetup)
    #expect(problem?.message.contains("take more than") == true)
  }
}
