import SQL
import Testing
import Writers

@testable import Scheduler

/// How the statements of a run are told.
@Suite("Statements in traces")
struct TellingTests {
  @Test("locks that a variant leaves out are comments")
  func leftOutLocks() throws {
    let text = """
      scenario "locks"
      schema { CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO item VALUES (1, 0); }
      writer reader {
        DECLARE v int;
        BEGIN;
        PERFORM pg_advisory_xact_lock(7);
        SELECT n INTO v FROM item WHERE id = 1 FOR UPDATE;
        COMMIT;
      }
      invariant ok { SELECT id FROM item WHERE n < 0 }
      variant "bare" { without locks }
      """
    let scenario = try #require(
      ScenarioCompiler.compile(path: "test.race") { _ in Array(text.utf8) }.scenario)
    #expect(
      try Self.statements(of: "", in: scenario) == [
        "PERFORM pg_advisory_xact_lock(7)", "SELECT n INTO v FROM item WHERE id = 1 FOR UPDATE",
      ])
    #expect(
      try Self.statements(of: "bare", in: scenario) == [
        "PERFORM /* pg_advisory_xact_lock(7) */",
        "SELECT n INTO v FROM item WHERE id = 1 /* FOR UPDATE */",
      ])
  }

  /// The statements on items and locks of a model's only session, run alone.
  private static func statements(of model: String, in scenario: Scenario) throws -> [String] {
    let model = try #require(scenario.models.first { $0.name == model })
    var replayer = try Replayer(model: model, options: MachineOptions())
    let initial = replayer.state
    var steps: [Replayer.Step] = []
    while let choice = replayer.enabled().first { steps.append(try replayer.take(choice)) }
    var teller = TraceTeller(scenario: scenario, model: model, options: MachineOptions())
    return teller.tell(steps, from: initial).steps.flatMap(\.entries).map(\.sql)
      .filter { $0.contains("item") || $0.contains("lock") }
      .map { $0.hasSuffix(";") ? String($0.dropLast()) : $0 }
  }
}
