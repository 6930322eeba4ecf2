import SQL
import Testing
import Writers

@testable import Scheduler

/// What is left out, and what must not be.
@Suite("Reductions")
struct ReductionTests {
  private static let schema = """
    scenario "reductions"
    schema { CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL, n int NOT NULL); }
    data { INSERT INTO item VALUES (1, 'new', 0), (2, 'new', 0); }

    """

  private func explore(
    _ text: String, _ change: (inout ExplorationOptions) -> Void = { _ in }
  ) throws -> Exploration {
    let result = ScenarioCompiler.compile(path: "r.race") { _ in
      Array((Self.schema + text).utf8)
    }
    let scenario = try #require(result.scenario, "\(result.diagnostics.map(\.message))")
    var options = ExplorationOptions()
    options.quietThreshold = 0
    change(&options)
    var explorer = Explorer(model: scenario.models[0], options: options)
    return try explorer.run()
  }

  private func plain(_ text: String) throws -> Exploration {
    try explore(text) {
      $0.takesQuietSteps = false
      $0.delaysWaits = false
    }
  }

  @Test("waits for one who waits for the clock are not put off") func clock() throws {
    let text = """
      writer hung {
        BEGIN;
        SELECT 1 FROM item WHERE id = 1 FOR UPDATE;
        SELECT pg_sleep_until('infinity');
        COMMIT;
      }
      writer late { UPDATE item SET n = 1 WHERE id = 1; }
      allow stuck
      finally goes_on {
        SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outcomes WHERE writer = 'late')
      }
      """
    let found = try explore(text)
    #expect(found.verdict == .violated)
    #expect(found.counterexamples.map(\.property) == ["goes_on"])
  }

  @Test("a number that is drawn before a wait is drawn again after it") func drawnNumbers() throws {
    let text = """
      schema { CREATE SEQUENCE numbers START 40; }
      writer draw { UPDATE item SET n = nextval('numbers') WHERE id = 1; }
      writer other { BEGIN; UPDATE item SET status = 'old' WHERE id = 1; COMMIT; }
      finally first { SELECT id FROM item WHERE id = 1 AND n <> 40 }
      """
    #expect(try explore(text).counterexamples.map(\.property) == ["first"])
  }

  @Test("the clock may move before the last session ends") func lastEnd() throws {
    let text = """
      clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'
      writer late { UPDATE item SET n = 1 WHERE id = 1 AND now() < '2024-01-01'; }
      writer later { UPDATE item SET n = 1 WHERE id = 2 AND now() < '2024-01-01'; }
      finally early { SELECT 1 FROM item WHERE id = 1 AND now() > '2025-01-01 00:00:30' }
      """
    #expect(try explore(text).counterexamples.map(\.property) == ["early"])
  }

  @Test("guards that nobody can meet any more are not interleaved") func quiet() throws {
    let text = """
      writer take times 5 { UPDATE item SET status = 'taken' WHERE id = 1 AND status = 'new'; }
      invariant once { SELECT 1 FROM item WHERE n > 0 }
      """
    let reduced = try explore(text)
    let all = try plain(text)
    #expect(reduced.verdict == .proved)
    #expect(all.verdict == .proved)
    #expect(reduced.states < all.states)
  }

  @Test("callers of one row with its lock take time that grows with their number")
  func callers() throws {
    func text(_ count: Int) -> String {
      """
      writer verify times \(count) {
        DECLARE v text;
        BEGIN;
        SELECT status INTO v FROM item WHERE id = 1 FOR UPDATE;
        IF v = 'new' THEN UPDATE item SET status = 'paid', n = n + 1 WHERE id = 1; END IF;
        COMMIT;
      }
      invariant once { SELECT 1 FROM item WHERE n > 1 }
      """
    }
    let ten = try explore(text(10))
    let twenty = try explore(text(20))
    #expect(ten.verdict == .proved)
    #expect(twenty.verdict == .proved)
    #expect(twenty.states <= 2 * ten.states + 2)
  }

  private static func adders(_ count: Int) -> String {
    """
    writer verify times \(count) {
      DECLARE v text;
      BEGIN;
      SELECT status INTO v FROM item WHERE id = 1;
      IF v = 'paid' THEN COMMIT; RETURN 'known'; END IF;
      UPDATE item SET status = 'paid', n = n + 1 WHERE id = 1;
      COMMIT;
    }
    invariant once { SELECT 1 FROM item WHERE n > 100 }
    """
  }

  @Test("a sum that grows does not keep steps from being quiet") func sums() throws {
    let ten = try explore(Self.adders(10))
    let twenty = try explore(Self.adders(20))
    #expect(ten.verdict == .proved)
    #expect(twenty.verdict == .proved)
    // About with the square of their number, not with its cube.
    #expect(twenty.states < 5 * ten.states)
    #expect(ten.states < (try plain(Self.adders(10))).states / 2)
  }

  @Test("where quiet steps are found late, what was met before does not count")
  func late() throws {
    let early = try explore(Self.adders(12))
    let late = try explore(Self.adders(12)) { $0.quietThreshold = 100 }
    #expect(early.states == late.states)
    #expect(early.transitions == late.transitions)
    #expect(early.finalStates == late.finalStates)
    #expect(late.verdict == .proved)
  }

  @Test(
    "without symmetry each order of identical sessions is a state of its own, and is remembered for all"
  )
  func names() throws {
    let text = """
      writer take times 4 { UPDATE item SET n = n + 1 WHERE id = 1; }
      invariant few { SELECT 1 FROM item WHERE n > 4 }
      """
    func states(_ change: (inout ExplorationOptions) -> Void) throws -> [Int] {
      let found = try explore(text) {
        $0.takesQuietSteps = false
        $0.delaysWaits = false
        $0.machine.usesSymmetry = false
        change(&$0)
      }
      #expect(found.verdict == .proved)
      return [found.states, found.transitions, found.finalStates]
    }
    let remembered = try states { _ in }
    #expect(remembered == (try states { $0.remembersSteps = false }))
    #expect(remembered[0] > (try plain(text)).states)
  }

  @Test("a lock kept after a re-check that fails can still close a cycle") func uselessLock() throws
  {
    let text = """
      writer first { BEGIN; UPDATE item SET status = 'done' WHERE id = 1; COMMIT; }
      writer second {
        BEGIN;
        UPDATE item SET n = 1 WHERE id = 1 AND status = 'new';
        UPDATE item SET n = 1 WHERE id = 2;
        COMMIT;
      }
      writer third {
        BEGIN;
        UPDATE item SET n = 2 WHERE id = 2;
        UPDATE item SET n = 2 WHERE id = 1 AND status = 'done';
        COMMIT;
      }
      """
    let names = try explore(text).counterexamples.map(\.property).sorted()
    #expect(names == (try plain(text).counterexamples.map(\.property).sorted()))
    #expect(names.contains("deadlock"))
  }

  @Test("what is found broken is found as short as without", arguments: [2, 3])
  func shortest(count: Int) throws {
    let text = """
      writer add times \(count) {
        DECLARE v int;
        SELECT n INTO v FROM item WHERE id = 1;
        UPDATE item SET n = v + 1 WHERE id = 1;
      }
      finally all { SELECT 1 FROM item WHERE id = 1 AND n < \(count) }
      """
    let reduced = try explore(text)
    let all = try plain(text)
    #expect(reduced.verdict == .violated)
    #expect(
      reduced.counterexamples.map(\.schedule.count) == all.counterexamples.map(\.schedule.count))
    #expect(reduced.counterexamples.map(\.switches) == all.counterexamples.map(\.switches))
  }
}
