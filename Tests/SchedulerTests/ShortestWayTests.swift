import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// The shortest ways to what is broken, looked for with nothing left out but what no shortest way has.
@Suite("Shortest ways")
struct ShortestWayTests {
  /// Sessions that capture a payment without looking at the row count.
  private static func captures(
    _ count: Int, lock: String = "", begin: String = "BEGIN;", middle: String = "",
    capture: String = "id int", setting: String = "", rest: String = ""
  ) -> String {
    """
    scenario "captures"
    schema {
      CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL);
      CREATE TABLE capture (\(capture));
      CREATE SEQUENCE numbers;
    }
    world { CREATE TABLE mails (item int NOT NULL); }
    data { INSERT INTO item VALUES (1, 'new'); }
    writer capture times \(count) \(setting) {
      \(begin)
      \(lock)
      UPDATE item SET status = 'paid' WHERE id = 1 AND status = 'new';
      \(middle)
      INSERT INTO capture (id) VALUES (1);
      COMMIT;
    }
    \(rest)
    invariant once { SELECT id FROM capture GROUP BY id HAVING count(*) > 1 }
    """
  }

  private func isUnnoticed(_ text: String) throws -> Bool {
    let model = try ModelRuns.model(text)
    return OpenWorkFacts(of: model.program, setup: model.setup).isUnnoticed
  }

  @Test("what a transaction has done matters before it ends only where something tells of it")
  func facts() throws {
    #expect(try isUnnoticed(Self.captures(2)))
    #expect(try isUnnoticed(Self.captures(2, lock: "SELECT id FROM item WHERE id = 1 FOR UPDATE;")))
    #expect(try isUnnoticed(Self.captures(2, lock: "SELECT pg_advisory_xact_lock(1);")))
    let telling = [
      "SELECT id FROM item WHERE id = 1 FOR UPDATE NOWAIT;",
      "SELECT id FROM item WHERE id = 1 FOR UPDATE SKIP LOCKED;",
      "SELECT pg_try_advisory_xact_lock(1);", "SELECT pg_advisory_lock(1);",
      "SELECT pg_advisory_xact_lock_shared(1);", "SELECT nextval('numbers');",
      "SET lock_timeout = 10;", "SAVEPOINT s;", "INSERT INTO mails VALUES (1);",
      "LOCK TABLE item IN SHARE MODE;",
    ]
    for statement in telling {
      #expect(try !isUnnoticed(Self.captures(2, lock: statement)), "\(statement)")
    }
    #expect(try !isUnnoticed(Self.captures(2, capture: "id int, number serial")))
    #expect(
      try !isUnnoticed(
        Self.captures(2, capture: "id int REFERENCES item DEFERRABLE INITIALLY DEFERRED")))
  }

  private func search(
    _ model: Model, _ limit: WayLimit
  ) throws -> Search<ComponentSystem> {
    var search = Search(
      system: ComponentSystem(model: model, options: MachineOptions()),
      sessionCount: model.sessions.count, options: ExplorationOptions(), wanted: [0])
    search.wayLimit = limit
    try search.run()
    return search
  }

  @Test("transactions that are open owe a step, so that ways with many of them are too long")
  func owing() throws {
    let model = try ModelRuns.model(Self.captures(5))
    var whole = try search(model, WayLimit())
    var limited = try search(model, WayLimit(length: 6, owing: .all))
    let groups = model.sessions.map(\.group)
    let shortest = try #require(try whole.ways(to: [0], groups: groups)?.first)
    let found = try #require(try limited.ways(to: [0], groups: groups)?.first)
    #expect(shortest.schedule.count == 6)
    #expect(found.schedule == shortest.schedule && found.switches == shortest.switches)
    #expect(limited.visited.count * 2 < whole.visited.count)
    let tooShort = try search(model, WayLimit(length: 5, owing: .all))
    #expect(tooShort.broken.isEmpty)
  }

  @Test("where cycles of waits can close, only sessions that do not wait owe a step")
  func cycles() throws {
    let text = """
      scenario "cycles"
      schema { CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL); }
      data { INSERT INTO item VALUES (1, 0), (2, 0); }
      writer forth { BEGIN; UPDATE item SET n = 1 WHERE id = 1; UPDATE item SET n = 1 WHERE id = 2; COMMIT; }
      writer back { BEGIN; UPDATE item SET n = 2 WHERE id = 2; UPDATE item SET n = 2 WHERE id = 1; COMMIT; }
      allow unhandled error
      """
    let model = try ModelRuns.model(text)
    var explorer = Explorer(model: model, options: ExplorationOptions())
    let found = try explorer.run().counterexamples
    #expect(found.map(\.property) == ["deadlock"])
    #expect(found.first?.schedule.count == 4 && found.first?.isShortest == true)
  }

  @Test("a shortest way is told though most sessions have no part in it")
  func manySessions() throws {
    for count in [2, 6] {
      let model = try ModelRuns.model(Self.captures(count))
      var options = ExplorationOptions()
      options.quietThreshold = 0
      var explorer = Explorer(model: model, options: options)
      let found = try #require(try explorer.run().counterexamples.first)
      #expect(found.isShortest && found.schedule.count == 6 && found.switches == 1)
    }
  }
}
