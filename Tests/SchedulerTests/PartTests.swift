import SQL
import Store
import Synchronization
import Testing
import Writers

@testable import Scheduler

/// Sessions that can never notice each other are explored apart; what is found is as if they had not been.
@Suite("Independent parts")
struct PartTests {
  private static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    guard let model = result.scenario?.models.first else {
      throw Uncompiled(text: text, messages: result.diagnostics.map(\.message))
    }
    return model
  }

  private struct Uncompiled: Error {
    var text: String
    var messages: [String]
  }

  private static func explore(_ model: Model, splits: Bool) throws -> Exploration {
    var options = ExplorationOptions()
    options.splitsIndependentParts = splits
    var explorer = Explorer(model: model, options: options)
    return try explorer.run()
  }

  /// Explores with and without parts, and holds the two against each other.
  ///
  /// - Returns: The exploration with parts.
  @discardableResult
  private static func check(_ text: String, _ location: SourceLocation = #_sourceLocation) throws
    -> Exploration
  {
    let model = try model(text)
    let split = try explore(model, splits: true)
    let whole = try explore(model, splits: false)
    #expect(whole.parts == 1, sourceLocation: location)
    #expect(split.verdict == whole.verdict, "\(text)", sourceLocation: location)
    #expect(split.bound == whole.bound, sourceLocation: location)
    #expect(
      split.counterexamples.map { "\($0.property) \($0.schedule.count) \($0.switches ?? -1)" }
        .sorted()
        == whole.counterexamples.map { "\($0.property) \($0.schedule.count) \($0.switches ?? -1)" }
        .sorted(), "\(text)", sourceLocation: location)
    #expect((split.finalStates == 0) == (whole.finalStates == 0), sourceLocation: location)
    return split
  }

  private static let schema = """
    scenario "parts"
    schema {
      CREATE TABLE customers (id int PRIMARY KEY);
      CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, ref int UNIQUE, customer int);
      CREATE TABLE payments (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, amount int);
      CREATE TABLE log (n serial PRIMARY KEY, order_id int);
    }
    data {
      INSERT INTO customers VALUES (7);
      INSERT INTO orders VALUES (1, 'pending', 1, 7), (2, 'pending', 2, 7);
      INSERT INTO payments VALUES (1, 1, 10), (2, 2, 20);
    }

    """

  /// Two writers to each of two orders.
  private static func pairs(_ statement: (Int) -> String) -> String {
    (1...2).map { order in
      """
      writer pay_\(order) { BEGIN; UPDATE orders SET status = 'paid' WHERE id = \(order)
        AND status = 'pending'; \(statement(order)) COMMIT; }
      writer expire_\(order) { UPDATE orders SET status = 'expired' WHERE id = \(order)
        AND status = 'pending'; }

      """
    }.joined()
  }

  @Test("two orders are two parts")
  func independent() throws {
    let found = try Self.check(Self.schema + Self.pairs { _ in "" })
    #expect(found.verdict == .proved)
    #expect(found.parts == 2)
  }

  @Test("a search by a column without an index ties only what it finds")
  func columnSearch() throws {
    let text =
      Self.schema
      + Self.pairs { "UPDATE payments SET amount = 0 WHERE order_id = \($0) AND amount > 5;" }
    #expect(try Self.check(text).parts == 2)
    let join =
      Self.schema
      + Self.pairs {
        "UPDATE payments SET amount = 0 FROM orders o WHERE o.id = order_id AND o.ref = \($0);"
      }
    #expect(try Self.check(join).parts == 1)
  }

  @Test("a condition that may fail for others' rows reads them")
  func failingCondition() throws {
    let text =
      Self.schema
      + Self.pairs { "UPDATE orders SET customer = 0 WHERE status::boolean AND ref = \($0);" }
    let found = try Self.check(text.replacing(" UNIQUE", with: ""))
    #expect(found.parts == 1)
    #expect(found.counterexamples.map(\.property) == ["unhandled_error"])
    // The cheaper condition is evaluated first, so that this one is not for others' rows.
    let cheaper =
      Self.schema
      + Self.pairs { "UPDATE payments SET amount = 0 WHERE 1 / amount = 0 AND order_id = \($0);" }
    #expect(try Self.check(cheaper).parts == 2)
  }

  @Test(
    "what ties two orders",
    arguments: [
      "UPDATE orders SET customer = 8 WHERE customer = 7;",
      "SELECT count(*) FROM orders WHERE status = 'paid';",
      "INSERT INTO log (order_id) VALUES (1);",
      "SELECT pg_advisory_xact_lock(5);",
      "LOCK TABLE payments;",
      "UPDATE orders SET ref = 9 WHERE status = 'paid';",
      "INSERT INTO orders VALUES (3, 'new', 3, 7) ON CONFLICT DO NOTHING;",
      "INSERT INTO payments VALUES (3, 1, 5) ON CONFLICT DO NOTHING;",
    ])
  func ties(statement: String) throws {
    let text = Self.schema + Self.pairs { _ in statement } + "allow deadlock\n"
    #expect(try Self.check(text).parts == 1, "\(statement)")
  }

  @Test(
    "what leaves two orders apart",
    arguments: [
      "SELECT pg_advisory_xact_lock(ORDER);",
      "INSERT INTO payments VALUES (2 + ORDER, ORDER, 5);",
      "INSERT INTO orders VALUES (2 + ORDER, 'new', 2 + ORDER, 7);",
      "UPDATE payments SET amount = amount + 1 WHERE id = ORDER;",
      "DELETE FROM payments WHERE id = ORDER;",
      "SELECT 1 FROM payments WHERE id = ORDER FOR UPDATE;",
      "INSERT INTO log VALUES (ORDER, ORDER);",
    ])
  func apart(statement: String) throws {
    let text =
      Self.schema
      + Self.pairs { statement.replacing("ORDER", with: String($0)) } + "allow deadlock\n"
    #expect(try Self.check(text).parts == 2, "\(statement)")
  }

  @Test("a unique key that only some orders take")
  func uniqueKey() throws {
    let text =
      Self.schema + Self.pairs { _ in "UPDATE orders SET ref = 9 WHERE id = 1;" }
      + "allow deadlock\nallow unhandled error unique_violation\n"
    #expect(try Self.check(text).parts == 1)
    let keys =
      Self.schema + Self.pairs { "UPDATE orders SET ref = 9 WHERE id = \($0);" }
      + "allow unhandled error unique_violation\n"
    #expect(try Self.check(keys).parts == 1)
    let others =
      Self.schema + Self.pairs { "UPDATE orders SET ref = \($0 + 7) WHERE id = \($0);" }
    #expect(try Self.check(others).parts == 2)
  }

  @Test("a foreign key ties the parent's deletion and the child's insertion")
  func foreignKey() throws {
    let text =
      Self.schema + """
        writer insert { INSERT INTO payments VALUES (5, 2, 1); }
        writer remove { BEGIN; DELETE FROM payments WHERE id = 2; DELETE FROM orders WHERE id = 2; COMMIT; }
        writer other { UPDATE payments SET amount = 3 WHERE id = 1; }
        allow unhandled error foreign_key_violation

        """
    let found = try Self.check(text)
    #expect(found.parts == 2)
    let shared =
      Self.schema + """
        writer one { INSERT INTO payments VALUES (5, 2, 1); }
        writer two { INSERT INTO payments VALUES (6, 2, 1); }

        """
    #expect(try Self.check(shared).parts == 2)
  }

  @Test("one writer to all rows ties all")
  func cron() throws {
    let text =
      Self.schema + Self.pairs { _ in "" }
      + "writer cron { UPDATE orders SET status = 'late' WHERE status = 'pending'; }\n"
      + "allow deadlock\n"
    #expect(try Self.check(text).parts == 1)
  }

  @Test(
    "an invariant of each row leaves parts apart",
    arguments: [
      "SELECT id FROM orders WHERE status = 'paid' AND ref > 2",
      "SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.status = 'paid' AND p.amount > 10",
      "SELECT order_id FROM payments GROUP BY order_id HAVING sum(amount) > 15",
      "SELECT o.id FROM orders o WHERE o.status = 'paid' AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.amount > 12)",
      "SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.amount < 15 WHERE p.id IS NULL AND o.status = 'paid'",
      "SELECT o.id FROM orders o WHERE (SELECT count(*) FROM payments p WHERE p.order_id = o.id) > 1",
      "SELECT session FROM outcomes WHERE sqlstate IS NOT NULL",
    ])
  func separable(query: String) throws {
    for moment in ["invariant", "finally"] {
      let text =
        Self.schema
        + Self.pairs { "UPDATE payments SET amount = amount + 3 WHERE id = \($0);" }
        + "\(moment) rule { \(query) }\n"
      #expect(try Self.check(text).parts == 2, "\(moment) \(query)")
    }
  }

  @Test(
    "an invariant that takes rows of both ties them",
    arguments: [
      "SELECT 1 FROM orders a JOIN orders b ON a.id < b.id WHERE a.status = 'paid' AND b.status = 'paid'",
      "SELECT count(*) FROM orders WHERE status = 'paid' HAVING count(*) > 1",
      "SELECT status FROM orders GROUP BY status HAVING count(*) > 1 AND status = 'paid'",
      "SELECT customer FROM orders WHERE status = 'paid' GROUP BY customer HAVING count(*) > 1",
      "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM orders WHERE status = 'pending')",
      "SELECT 1 FROM outcomes HAVING count(*) > 3",
      "SELECT o.id FROM orders o LEFT JOIN orders p ON p.customer = o.customer AND p.status = 'expired' AND p.id <> o.id WHERE p.id IS NOT NULL AND o.status = 'paid'",
      "SELECT id FROM orders WHERE status = 'paid' OFFSET 1",
      "SELECT c.id FROM customers c LEFT JOIN orders o ON o.customer = c.id AND o.status = 'pending' WHERE o.id IS NULL",
      "SELECT c.id FROM customers c LEFT JOIN orders o ON o.status = 'pending' WHERE o.id IS NULL",
      "SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND o.status = 'pending')",
      "SELECT o.id FROM orders o WHERE o.status = 'paid' AND o.ref IN (SELECT p.ref + 1 FROM orders p WHERE p.status = 'paid')",
    ])
  func inseparable(query: String) throws {
    for moment in ["invariant", "finally"] {
      let text = Self.schema + Self.pairs { _ in "" } + "\(moment) rule { \(query) }\n"
      #expect(try Self.check(text).parts == 1, "\(moment) \(query)")
    }
  }

  @Test("a rule about the end is checked when all have ended, on a schedule of all")
  func finally() throws {
    let text =
      Self.schema + Self.pairs { _ in "" }
      + "finally paid { SELECT id FROM orders WHERE status <> 'paid' }\n"
    let found = try Self.check(text)
    #expect(found.parts == 2)
    #expect(found.verdict == .violated)
    let pending =
      Self.schema + Self.pairs { _ in "" }
      + "finally settled { SELECT id FROM orders WHERE status = 'pending' }\n"
    #expect(try Self.check(pending).verdict == .proved)
  }

  @Test("deadlocks, stuck sessions and errors are found in the part that has them")
  func builtIn() throws {
    let text =
      Self.schema + """
        writer a { BEGIN; UPDATE orders SET ref = 11 WHERE id = 1; UPDATE payments SET amount = 1 WHERE id = 1;
          COMMIT; }
        writer b { BEGIN; UPDATE payments SET amount = 2 WHERE id = 1; UPDATE orders SET ref = 12 WHERE id = 1;
          COMMIT; }
        writer c { BEGIN; UPDATE orders SET ref = 13 WHERE id = 2; COMMIT; }
        writer d { INSERT INTO orders VALUES (2, 'again', 14, 7); }
        """
    let found = try Self.check(text)
    #expect(found.parts > 1)
    #expect(
      Set(found.counterexamples.map(\.property)) == ["deadlock", "unhandled_error"])
  }

  @Test("the clock is each part's own")
  func clock() throws {
    let text =
      Self.schema + "clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\n"
      + Self.pairs {
        "UPDATE payments SET amount = 0 WHERE id = \($0) AND now() > '2025-01-01 00:00:30';"
      }
      + "invariant kept { SELECT id FROM payments WHERE amount = 0 }\n"
    #expect(try Self.check(text).parts == 2)
    let finally =
      Self.schema + "clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\n"
      + Self.pairs {
        "UPDATE payments SET amount = 0 WHERE id = \($0) AND now() > '2025-01-01 00:00:30';"
      }
      + "finally kept { SELECT id FROM payments WHERE amount = 0 }\n"
    try Self.check(finally)
    let timed =
      Self.schema + "clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\n" + Self.pairs { _ in "" }
      + "invariant late { SELECT id FROM orders WHERE status = 'paid' AND now() > '2025-01-01 00:00:30' }\n"
    #expect(try Self.check(timed).parts == 1)
  }

  @Test("crashes that sessions share tie them")
  func faults() throws {
    let text = Self.schema + Self.pairs { _ in "" }
    #expect(try Self.check(text + "faults { crash pay_1 up to 1 }\n").parts == 2)
    #expect(try Self.check(text + "faults { crash any up to 1 }\n").parts == 1)
  }

  @Test("several threads find what one does")
  func threads() throws {
    let model = try Self.model(
      Self.schema
        + Self.pairs { "UPDATE payments SET amount = amount + 3 WHERE order_id = \($0);" }
        + "finally rule { SELECT id FROM payments WHERE amount > 20 }\n")
    var options = ExplorationOptions()
    options.quietThreshold = 0
    var explorer = Explorer(model: model, options: options)
    let one = try explorer.run()
    options.threads = 3
    options.statesAtOnce = 1
    var many = Explorer(model: model, options: options)
    let several = try many.run()
    #expect(one.parts == 2)
    #expect(several.partSessions == [[0, 1], [2, 3]])
    #expect(several.states == one.states && several.transitions == one.transitions)
    #expect(several.counterexamples.map(\.schedule) == one.counterexamples.map(\.schedule))
  }

  @Test("bounds hold for all parts together, and prove nothing")
  func bounds() throws {
    let model = try Self.model(Self.schema + Self.pairs { _ in "" })
    let states = try Self.explore(model, splits: true).states
    for limit in 1..<states {
      var options = ExplorationOptions()
      options.statesLimit = limit
      var explorer = Explorer(model: model, options: options)
      let found = try explorer.run()
      #expect(found.verdict == .inconclusive && found.bound == "states", "\(limit)")
    }
  }

  @Test("an exploration that is interrupted proves nothing", arguments: 0..<40)
  func interruption(calls: Int) throws {
    let model = try Self.model(Self.schema + Self.pairs { _ in "" })
    let calls = Countdown(calls)
    var options = ExplorationOptions()
    options.progressInterval = 1
    options.progress = { _ in calls.next() }
    var explorer = Explorer(model: model, options: options)
    let found = try explorer.run()
    if calls.isOver {
      #expect(found.verdict == .inconclusive && found.bound == "interrupted")
    } else {
      #expect(found.verdict == .proved)
    }
  }

  private final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    /// Whether there is still time.
    func next() -> Bool {
      left.withLock {
        $0 -= 1
        return $0 >= 0
      }
    }

    var isOver: Bool { left.withLock { $0 < 0 } }
  }

  @Test("rows that programs read before their first steps count as read")
  func declarations() throws {
    let text =
      Self.schema + Self.pairs { _ in "" } + """
        writer counts { DECLARE n int := (SELECT count(*) FROM orders WHERE status = 'pending');
          UPDATE payments SET amount = n WHERE id = 2; }
        finally all { SELECT id FROM payments WHERE id = 2 AND amount < 2 }

        """
    #expect(try Self.check(text).parts == 1)
  }

  @Test("values that are written differently are the same rows")
  func equalValues() throws {
    let text = """
      scenario "numerics"
      schema { CREATE TABLE t (n numeric PRIMARY KEY, v int NOT NULL); }
      data { INSERT INTO t VALUES (1.0, 0), (2.0, 0); }
      writer a { BEGIN; UPDATE t SET v = v + 1 WHERE n = 1.00; COMMIT; }
      writer b { DECLARE x int; SELECT v INTO x FROM t WHERE n = 1;
        UPDATE t SET v = x + 1 WHERE n = 1.000; }
      finally two { SELECT 1 FROM t WHERE n = 1 AND v < 2 }

      """
    let found = try Self.check(text)
    #expect(found.parts == 1 && found.verdict == .violated)
  }

  @Test("a rule that asks for rows that are not there is checked on the whole")
  func absence() throws {
    // Each part is asked about all customers, and has the orders of one.
    let text = """
      scenario "absence"
      schema {
        CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, customer int);
      }
      data {
        INSERT INTO customers VALUES (7), (8);
        INSERT INTO orders VALUES (1, 'pending', 7), (2, 'pending', 8);
      }
      writer a { UPDATE orders SET status = 'pending' WHERE id = 1; }
      writer b { UPDATE orders SET status = 'pending' WHERE id = 2; }
      invariant served {
        SELECT c.id FROM customers c
        WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND o.status = 'pending')
      }

      """
    #expect(try Self.check(text).verdict == .proved)
  }

  @Test("a hundred orders cost as much as a hundred times one")
  func linear() throws {
    func text(_ count: Int) -> String {
      let all = 1...count
      return """
        scenario "many"
        schema { CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL); }
        data { INSERT INTO orders VALUES \(all.map { "(\($0), 'pending')" }.joined(separator: ", ")); }
        \(all.map {
          "writer a_\($0) { UPDATE orders SET status = 'a' WHERE id = \($0); }\n"
            + "writer b_\($0) { UPDATE orders SET status = 'b' WHERE id = \($0); }"
        }.joined(separator: "\n"))
        invariant known { SELECT id FROM orders WHERE status NOT IN ('pending', 'a', 'b') }

        """
    }
    let one = try Self.explore(try Self.model(text(1)), splits: true)
    let many = try Self.explore(try Self.model(text(20)), splits: true)
    #expect(many.verdict == .proved)
    #expect(many.parts == 20)
    #expect(many.states == 20 * one.states)
  }

  @Test("random groups of writers", arguments: 0..<60 as Range<UInt64>)
  func random(seed: UInt64) throws {
    let text = RandomParts.text(seed: seed)
    try Self.check(text)
  }

  @Test("many of the random groups are explored apart")
  func randomParts() throws {
    let parts = try (0..<60 as Range<UInt64>).map {
      try Self.explore(try Self.model(RandomParts.text(seed: $0)), splits: true).parts
    }
    #expect(parts.count { $0 > 1 } > 15)
    #expect(parts.count { $0 == 1 } > 15)
  }
}
