import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// Programs that begin again after an error: so many times, or as often as it takes.
@Suite("Trying again")
struct RetryTests {
  private static func explore(_ text: String) throws -> Exploration {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    let scenario = try #require(result.scenario, "\(result.diagnostics.map(\.message))")
    var explorer = Explorer(model: try #require(scenario.models.first), options: .init())
    return try explorer.run()
  }

  /// A gateway that answers the third time.
  private static func gateway(_ retry: String) -> String {
    """
    scenario "a gateway"
    schema { CREATE TABLE t (n int NOT NULL); }
    world { CREATE TABLE calls (n int NOT NULL); }
    data { INSERT INTO t VALUES (0); INSERT INTO calls VALUES (0); }
    writer a \(retry) on raise_exception {
      DECLARE v_calls int;
      UPDATE calls SET n = least(n + 1, 3) RETURNING n INTO v_calls;
      IF v_calls < 3 THEN
        RAISE EXCEPTION 'no answer';
      END IF;
      UPDATE t SET n = 1;
    }
    finally done { SELECT n FROM t WHERE n <> 1 }
    expect proved
    """
  }

  @Test(
    "as many tries as are needed, and not one fewer; large numbers are kept whole",
    arguments: [
      ("retry 1", ["done", "unhandled_error"]), ("retry 2", []), ("retry 256", []),
      ("retry 1000", []), ("retry", []),
    ])
  func tries(retry: String, violated: [String]) throws {
    let exploration = try Self.explore(Self.gateway(retry))
    #expect(exploration.counterexamples.map(\.property).sorted() == violated)
  }

  private static func transfers(_ retry: String) -> String {
    """
    scenario "two directions"
    schema { CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL); }
    data { INSERT INTO account VALUES (1, 100), (2, 100); }
    writer transfer(a, b) for (a, b) in ((1, 2), (2, 1)) \(retry) on deadlock_detected {
      BEGIN;
      UPDATE account SET balance = balance - 10 * :a WHERE id = :a;
      UPDATE account SET balance = balance + 10 * :a WHERE id = :b;
      COMMIT;
    }
    finally both { SELECT id FROM account WHERE balance <> CASE id WHEN 1 THEN 110 ELSE 90 END }
    allow deadlock
    expect proved
    """
  }

  @Test("who is failed may be failed again; as often as it takes comes through")
  func deadlocks() throws {
    let bounded = try Self.explore(Self.transfers("retry 1"))
    #expect(Set(bounded.counterexamples.map(\.property)) == ["both", "unhandled_error"])
    let unbounded = try Self.explore(Self.transfers("retry"))
    #expect(unbounded.verdict == .proved)
    #expect(unbounded.states < bounded.states)
  }

  @Test("an error that always comes is an endless loop")
  func endless() throws {
    let exploration = try Self.explore(
      """
      scenario "a key that is taken"
      schema { CREATE TABLE t (id int PRIMARY KEY); }
      data { INSERT INTO t VALUES (1); }
      writer a retry on unique_violation { INSERT INTO t VALUES (1); }
      expect violated endless
      """)
    #expect(exploration.counterexamples.map(\.property) == ["endless"])
  }

  @Test("an error before the first step ends the program, for it would come again")
  func start() throws {
    let exploration = try Self.explore(
      """
      scenario "a mistake"
      schema { CREATE TABLE t (id int PRIMARY KEY); }
      writer a retry on division_by_zero {
        DECLARE v int := 0;
        v := 1 / v;
        INSERT INTO t VALUES (v);
      }
      expect violated unhandled_error
      """)
    #expect(exploration.counterexamples.map(\.property) == ["unhandled_error"])
  }
}
