import SQL
import Testing
import Writers

@testable import Scheduler

/// Sessions that put their waits off, and might have been the victims of cycles meanwhile.
@Suite("Latecomers")
struct LatecomerTests {
  /// Writers of an order and its payment, of which two can close a cycle while the others wait.
  private static func order(
    confirms: Int = 1, polls: Int = 1, admins: Int = 0, crons: Int = 1, rest: String = ""
  ) -> String {
    func writer(_ name: String, _ count: Int, _ body: String) -> String {
      count == 0 ? "" : "writer \(name) times \(count) {\n\(body)\n}"
    }
    let confirm = """
      BEGIN;
      PERFORM 1 FROM orders WHERE id = 1 FOR UPDATE;
      UPDATE payments SET status = 'confirmed' WHERE id = 1 AND status = 'initiated';
      UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending';
      IF NOT FOUND THEN ROLLBACK; RETURN 'refused'; END IF;
      COMMIT;
      """
    func change(_ status: String) -> String {
      "UPDATE orders SET status = '\(status)' WHERE id = 1 AND status = 'pending';"
    }
    let cron = """
      BEGIN;
      UPDATE payments SET status = 'expired' WHERE id = 1 AND status = 'initiated'
        AND EXISTS (SELECT 1 FROM orders WHERE id = 1 AND status = 'pending');
      \(change("expired"))
      COMMIT;
      """
    return """
      scenario "order"
      schema {
        CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
        CREATE TABLE payments (id int PRIMARY KEY, status text NOT NULL);
      }
      data { INSERT INTO orders VALUES (1, 'pending'); INSERT INTO payments VALUES (1, 'initiated'); }
      \(writer("confirm", confirms, confirm))
      \(writer("poll", polls, change("expired")))
      \(writer("admin", admins, "BEGIN; " + change("cancelled") + " COMMIT;"))
      \(writer("cron", crons, cron))
      \(rest)
      allow deadlock
      allow unhandled error
      invariant dead {
        SELECT 1 FROM payments p JOIN orders o ON o.id = p.id
        WHERE p.status = 'confirmed' AND o.status <> 'paid'
      }
      """
  }

  @Test(
    "end as they do where they wait in queues",
    arguments: [
      (1, 1, 0, 1), (1, 2, 0, 1), (2, 1, 0, 1), (1, 1, 1, 1), (1, 1, 0, 2), (2, 2, 0, 1),
      (2, 0, 0, 2),
    ])
  func ends(confirms: Int, polls: Int, admins: Int, crons: Int) throws {
    let model = try ModelRuns.model(
      Self.order(confirms: confirms, polls: polls, admins: admins, crons: crons))
    let reduced = try ModelRuns.search(model)
    let all = try ModelRuns.plain(model)
    let mustBeginAgain = reduced.system.mustBeginAgain(mayLearn: false)
    #expect(!mustBeginAgain)
    #expect(reduced.finalStates == all.finalStates)
    #expect(reduced.broken.isEmpty == all.counterexamples.isEmpty)
    #expect(reduced.visited.count < all.states)
  }

  @Test("sessions that wait for one row are no more states for the order in which they do")
  func states() throws {
    let two = try ModelRuns.search(try ModelRuns.model(Self.order(polls: 2, admins: 2)))
    let four = try ModelRuns.search(try ModelRuns.model(Self.order(polls: 4, admins: 4)))
    // Who has failed and who has not: 3 * 3 and 5 * 5 ends of polls and admins, for each of the others' ends.
    #expect(four.visited.count < 3 * two.visited.count)
  }

  /// What a reduced search has found itself, if the plain one cannot look.
  @Test(
    "a session that has failed without waiting waits in the schedule",
    arguments: [
      "SELECT 1 FROM outcomes WHERE writer = 'poll' AND sqlstate = '40P01'",
      """
      SELECT 1 FROM outcomes WHERE sqlstate = '40P01' AND writer IN ('poll', 'admin')
      HAVING count(*) = 3
      """,
      """
      SELECT 1 FROM outcomes o, orders
      WHERE o.writer = 'poll' AND o.sqlstate = '40P01' AND orders.status = 'cancelled'
      """,
    ])
  func schedule(rule: String) throws {
    let text = Self.order(
      confirms: 2, polls: 2, admins: 1, rest: "finally never { \(rule) }")
    let model = try ModelRuns.model(text)
    var search = try ModelRuns.search(model)
    let never = try #require(search.broken.last)
    let (_, schedule) = try ModelRuns.schedule(to: never, in: &search, of: model)
    var machine = Machine(model: model, options: MachineOptions())
    let state = try ModelRuns.follow(schedule, &machine)
    let isFinal = machine.isFinal(state)
    #expect(isFinal)
    var system = ModelSystem(model: model, options: MachineOptions())
    let broken = system.brokenFinally(in: state)
    #expect(broken.contains(never))
  }
}
