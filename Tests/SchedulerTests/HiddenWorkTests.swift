import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// What of a session's work is nobody else's business, and what comes of that.
@Suite("Work that nobody notices")
struct HiddenWorkTests {
  private func explore(
    _ text: String, _ change: (inout ExplorationOptions) -> Void = { _ in }
  ) throws -> Exploration {
    var options = ExplorationOptions()
    options.quietThreshold = 0
    change(&options)
    var explorer = Explorer(model: try ModelRuns.model(text), options: options)
    return try explorer.run()
  }

  private func plain(_ text: String) throws -> Exploration {
    try explore(text) {
      $0.takesQuietSteps = false
      $0.delaysWaits = false
    }
  }

  private func facts(_ model: Model) -> NoticeFacts {
    NoticeFacts(
      of: model.program, setup: model.setup, invariants: model.invariants.map(\.query))
  }

  /// Orders that sessions settle, each noting what it has done beforehand.
  private static func settling(
    _ count: Int, receipt: String = "CREATE TABLE receipt (item_id int NOT NULL REFERENCES item);",
    rest: String = "", rule: String = "SELECT item_id FROM receipt GROUP BY 1 HAVING count(*) > 1"
  ) -> String {
    """
    scenario "settling"
    schema {
      CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL);
      \(receipt)
    }
    data { INSERT INTO item VALUES (1, 'new'); }
    writer settle times \(count) {
      BEGIN;
      INSERT INTO receipt VALUES (1);
      UPDATE item SET status = 'paid' WHERE id = 1 AND status = 'new';
      IF NOT FOUND THEN ROLLBACK; RETURN 'refused'; END IF;
      COMMIT;
    }
    writer end { UPDATE item SET status = 'dead' WHERE id = 1 AND status = 'new'; }
    \(rest)
    invariant once { \(rule) }
    """
  }

  @Test("a table without rows, before one that has some, hides none of these")
  func emptyTable() throws {
    let text = """
      scenario "notes first"
      schema {
        CREATE TABLE note (who int NOT NULL);
        CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL);
      }
      data { INSERT INTO item VALUES (1, 0), (2, 0); }
      writer w times 2 {
        DECLARE n int;
        BEGIN;
        SELECT v INTO n FROM item WHERE id = 1;
        INSERT INTO note VALUES (n);
        UPDATE item SET v = n + 1 WHERE id = 1;
        COMMIT;
      }
      finally sum { SELECT v FROM item WHERE id = 1 AND v <> 2 }
      """
    let found = try explore(text)
    #expect(found.counterexamples.map(\.property) == ["sum"])
    #expect(
      found.counterexamples.map(\.schedule) == (try plain(text)).counterexamples.map(\.schedule))
  }

  @Test("rows and locks that nobody can notice are their session's own") func found() throws {
    let facts = facts(try ModelRuns.model(Self.settling(2)))
    #expect(facts.hidesInserts == [false, true])
    // FOR KEY SHARE stands against nothing that anybody asks for.
    #expect(facts.hidesLocks[0] == 1 << RowLockMode.keyShare.rawValue)
  }

  @Test(
    "rows are noticed where they are read, changed, referred to, unique, or asked for in order",
    arguments: [
      (
        receipt: "CREATE TABLE receipt (item_id int UNIQUE);", rest: "",
        rule: "SELECT 1 WHERE false"
      ),
      (
        receipt: "CREATE TABLE receipt (item_id int);",
        rest: "writer read { PERFORM 1 FROM receipt; }", rule: "SELECT 1 WHERE false"
      ),
      (
        receipt: "CREATE TABLE receipt (item_id int);",
        rest:
          "writer count { UPDATE item SET status = 'x' WHERE (SELECT count(*) FROM receipt) > 1; }",
        rule: "SELECT 1 WHERE false"
      ),
      (
        receipt: "CREATE TABLE receipt (item_id int);",
        rest: "writer drop { DELETE FROM receipt; }",
        rule: "SELECT 1 WHERE false"
      ),
      (
        receipt: "CREATE TABLE receipt (item_id int);", rest: "",
        rule: "SELECT 1 FROM receipt WHERE false LIMIT 1"
      ),
      (
        receipt: "CREATE TABLE receipt (item_id int);", rest: "",
        rule: "SELECT string_agg(item_id::text, ',') FROM receipt HAVING count(*) > 9"
      ),
    ])
  func noticed(receipt: String, rest: String, rule: String) throws {
    let model = try ModelRuns.model(Self.settling(1, receipt: receipt, rest: rest, rule: rule))
    #expect(facts(model).hidesInserts == [false, false])
  }

  @Test(
    "locks are noticed where a mode stands against them, or rows come and go",
    arguments: [
      "writer lock { PERFORM 1 FROM item WHERE id = 1 FOR UPDATE; }",
      "writer drop { DELETE FROM item WHERE id = 7; }",
      "writer move { UPDATE item SET id = 3 WHERE id = 7; }",
      "writer add { INSERT INTO item VALUES (9, 'new'); }",
    ])
  func noticedLocks(rest: String) throws {
    #expect(facts(try ModelRuns.model(Self.settling(1, rest: rest))).hidesLocks[0] == 0)
  }

  @Test("sessions that note what they do are no more states for it") func states() throws {
    let three = try explore(Self.settling(3))
    let six = try explore(Self.settling(6))
    let all = try plain(Self.settling(3))
    #expect(three.verdict == .proved)
    #expect(six.verdict == .proved)
    #expect(all.verdict == .proved)
    #expect(three.finalStates == all.finalStates)
    // As many as there are sessions, not as many as there are ways in which they may have got so far.
    #expect(six.states <= 2 * three.states + 10)
    #expect(three.states * 4 < all.states)
  }

  @Test("what is broken is found, and by a schedule that can be followed") func violated() throws {
    let text = Self.settling(3, rule: "SELECT item_id FROM receipt")
    let reduced = try explore(text)
    let all = try plain(text)
    #expect(reduced.verdict == .violated)
    #expect(
      reduced.counterexamples.map(\.schedule.count) == all.counterexamples.map(\.schedule.count))
  }

  /// What a reduced search has found itself, quiet steps and hidden rows included.
  @Test("the way of a reduced search is one of the machine's") func way() throws {
    let text = Self.settling(
      3,
      rest: """
        writer late { BEGIN; INSERT INTO receipt VALUES (1); UPDATE item SET status = 'late' WHERE id = 1; COMMIT; }
        finally never { SELECT 1 FROM receipt HAVING count(*) = 2 }
        """, rule: "SELECT 1 WHERE false")
    let model = try ModelRuns.model(text)
    var search = try ModelRuns.search(model)
    let broken = search.broken
    try #require(broken.count == 1)
    let (path, schedule) = try ModelRuns.schedule(to: broken[0], in: &search, of: model)
    // Sessions that are refused have gone on in the wake of others' steps.
    #expect(schedule.count > path.choices.count)
    var machine = Machine(model: model, options: MachineOptions())
    let state = try ModelRuns.follow(schedule, &machine)
    let isFinal = machine.isFinal(state)
    #expect(isFinal)
    let rows = machine.rows(of: TableID(1), in: state).count
    #expect(rows == 2)
  }

  @Test("states with hidden rows are read back whole") func packing() throws {
    let model = try ModelRuns.model(Self.settling(3))
    var machine = Machine(model: model, options: MachineOptions())
    machine.hide(facts(model))
    var recorder = Recorder(isOn: false)
    var met: Set<[UInt64]> = []
    var pending = [try machine.initialState()]
    while let state = pending.popLast() {
      var words: ContiguousArray<UInt64> = []
      var order: ContiguousArray<Int> = []
      machine.pack(state, to: &words, order: &order)
      guard met.insert(Array(words)).inserted else { continue }
      var copy = MachineState()
      words.withUnsafeBufferPointer { machine.unpack($0, into: &copy) }
      var again: ContiguousArray<UInt64> = []
      machine.pack(copy, to: &again, order: &order)
      #expect(again == words)
      var choices: ContiguousArray<Choice> = []
      machine.appendChoices(in: copy, to: &choices)
      for choice in choices {
        var next = copy
        _ = machine.apply(choice, to: &next, recorder: &recorder)
        pending.append(next)
      }
    }
    // A session that has noted something is not one that has not.
    #expect(met.count > 50)
  }

  // MARK: Late waits

  /// `w` waits for `g`, and `x` behind `w`; `h` holds the row in a mode that only `w` minds, and waits for `x`.
  @Test("a wait is not put off where a cycle may close through it alone") func throughWaiter()
    throws
  {
    let text = """
      scenario "modes"
      schema { CREATE TABLE a (id int PRIMARY KEY, v int NOT NULL); }
      data { INSERT INTO a VALUES (1, 0), (2, 0); }
      writer h {
        BEGIN;
        PERFORM 1 FROM a WHERE id = 1 FOR KEY SHARE;
        UPDATE a SET v = 1 WHERE id = 2;
        COMMIT;
      }
      writer g { BEGIN; PERFORM 1 FROM a WHERE id = 1 FOR NO KEY UPDATE; COMMIT; }
      writer w { BEGIN; PERFORM 1 FROM a WHERE id = 1 FOR UPDATE; COMMIT; }
      writer x {
        BEGIN;
        UPDATE a SET v = 2 WHERE id = 2;
        PERFORM 1 FROM a WHERE id = 1 FOR NO KEY UPDATE;
        COMMIT;
      }
      """
    let names = try explore(text).counterexamples.map(\.property).sorted()
    #expect(names.contains("deadlock"))
    #expect(names == (try plain(text).counterexamples.map(\.property).sorted()))
  }

  /// What a session does after waiting for a guarded row can differ from what it would do had it come late.
  @Test("who holds something does not wait late for a guarded row") func guardedHolder() throws {
    let text = """
      scenario "guarded"
      schema { CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL, v int NOT NULL); }
      data { INSERT INTO item VALUES (1, 'open', 0), (2, 'open', 0); }
      writer up {
        BEGIN;
        UPDATE item SET v = v + 1 WHERE id = 1 AND status = 'open';
        UPDATE item SET v = v + 1 WHERE id = 2;
        COMMIT;
      }
      writer once { UPDATE item SET status = 'dead' WHERE id = 1; }
      writer down {
        BEGIN;
        UPDATE item SET v = v + 1 WHERE id = 2;
        DELETE FROM item WHERE id = 1 AND status = 'open';
        COMMIT;
      }
      allow deadlock
      allow unhandled error
      finally never {
        SELECT 1 FROM item a, item b
        WHERE a.id = 1 AND a.v = 0 AND a.status = 'dead' AND b.id = 2 AND b.v = 1
          AND EXISTS (SELECT 1 FROM outcomes WHERE writer = 'down' AND sqlstate = '40P01')
      }
      """
    #expect(try plain(text).counterexamples.map(\.property) == ["never"])
    #expect(try explore(text).counterexamples.map(\.property) == ["never"])
  }

  /// `poll` stands in the queue between the two that close the cycle.
  @Test("a waiter that holds nothing may be the victim of a cycle that others close")
  func idleVictim() throws {
    let text = """
      scenario "victim"
      schema { CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL); }
      data { INSERT INTO item VALUES (1, 'open'), (2, 'open'); }
      writer confirm {
        BEGIN;
        PERFORM 1 FROM item WHERE id = 1 FOR UPDATE;
        UPDATE item SET status = 'paid' WHERE id = 2 AND status = 'open';
        COMMIT;
      }
      writer cron {
        BEGIN;
        UPDATE item SET status = 'late' WHERE id = 2 AND status = 'open';
        UPDATE item SET status = 'late' WHERE id = 1 AND status = 'open';
        COMMIT;
      }
      writer poll { UPDATE item SET status = 'late' WHERE id = 1 AND status = 'open'; }
      allow deadlock
      allow unhandled error
      finally never { SELECT 1 FROM outcomes WHERE writer = 'poll' AND sqlstate = '40P01' }
      """
    #expect(try plain(text).counterexamples.map(\.property) == ["never"])
    #expect(try explore(text).counterexamples.map(\.property) == ["never"])
  }

  /// A search that goes on from a checkpoint meets the rest of what refutes its late waits.
  @Test("what stands against late waits is in checkpoints") func lateWaitsInCheckpoints() {
    func resumed(_ note: (LateWaits) -> Void) -> LateWaits {
      let before = LateWaits()
      note(before)
      let after = LateWaits()
      #expect(after.restore(before.words))
      return after
    }
    let guarded = resumed { $0.noteGuarded() }
    #expect(!guarded.isDoubtful)
    guarded.noteCycle()
    #expect(guarded.isDoubtful)
    let late = resumed { $0.note(.lateSelect, table: 3) }
    late.note(.early, table: 2)
    #expect(!late.isDoubtful)
    late.note(.early, table: 3)
    #expect(late.isDoubtful)
    #expect(resumed { $0.refute() }.isRefuted)
  }

  @Test("modes that differ are no matter where each session asks for one row") func oneRow() throws
  {
    func text(_ count: Int) -> String {
      """
      scenario "callers"
      schema {
        CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL);
        CREATE TABLE call (item_id int NOT NULL REFERENCES item, who int UNIQUE);
      }
      data { INSERT INTO item VALUES (1, 0); }
      writer verify times \(count) {
        BEGIN;
        PERFORM 1 FROM item WHERE id = 1 FOR UPDATE;
        INSERT INTO call VALUES (1, NULL);
        UPDATE item SET n = n + 1 WHERE id = 1;
        COMMIT;
      }
      invariant few { SELECT 1 FROM item WHERE n > 100 }
      """
    }
    let ten = try explore(text(10))
    let twenty = try explore(text(20))
    #expect(twenty.verdict == .proved)
    #expect(twenty.states <= 2 * ten.states + 2)
  }

  @Test("in the graph of views no more rows are added than sessions add")
  func greatestRowCount() throws {
    let text = """
      scenario "receipts"
      schema {
        CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL);
        CREATE TABLE receipt (item_id int NOT NULL);
      }
      data { INSERT INTO item VALUES (1, 'new'); INSERT INTO receipt VALUES (7); }
      writer settle times 2 {
        BEGIN;
        UPDATE item SET status = 'paid' WHERE id = 1 AND status = 'new';
        INSERT INTO receipt VALUES (1), (2);
        COMMIT;
      }
      writer end { UPDATE item SET status = 'dead' WHERE id = 1 AND status = 'new'; }
      invariant once { SELECT item_id FROM receipt GROUP BY 1 HAVING count(*) > 1 }
      """
    let model = try ModelRuns.model(text)
    #expect(model.greatestRowCount(facts(model)) == 4)
    let search = try ModelRuns.search(model)
    #expect(search.system.quietSteps.isReady)
    // One step too many is looked at, and not followed.
    let counts = (0..<search.system.views.count).map {
      ComponentSystem.ViewNote(rawValue: search.system.views.note(UInt32($0))).hiddenRows
    }
    #expect(counts.max() == 1 + 4 + 2)

    let chosen = text.replacing("VALUES (1), (2)", with: "SELECT 1")
    let other = try ModelRuns.model(chosen)
    #expect(other.greatestRowCount(facts(other)) == nil)
    let function = text.replacing(
      "INSERT INTO receipt VALUES (1), (2);", with: "PERFORM note();"
    ).replacing(
      "CREATE TABLE receipt (item_id int NOT NULL);",
      with: """
        CREATE TABLE receipt (item_id int NOT NULL);
        CREATE FUNCTION note() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO receipt VALUES (1); END $$;
        """)
    let calling = try ModelRuns.model(function)
    #expect(calling.greatestRowCount(facts(calling)) == nil)
  }
}
