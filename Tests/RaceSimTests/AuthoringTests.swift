import Foundation
import Reports
import SQL
import Scheduler
import Synchronization
import Testing
import Writers

@testable import RaceSim

/// `racesim napkin` and `racesim audit`, on texts that are no files.
@Suite("Napkin and audit")
struct AuthoringTests {
  /// Two counters of which one is locked in vain, and a lock that only one of two writers needs.
  private static let accounts = """
    scenario "Accounts"
    schema {
      CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text);
      CREATE TABLE log (account_id int NOT NULL REFERENCES account, amount int NOT NULL);
      CREATE FUNCTION take(p_id int, p_amount int) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE v_balance int;
      BEGIN
        SELECT balance INTO v_balance FROM account WHERE id = p_id FOR UPDATE;
        UPDATE account SET balance = v_balance - p_amount WHERE id = p_id;
        INSERT INTO log VALUES (p_id, p_amount);
      END $$;
    }
    data { INSERT INTO account VALUES (1, 100, NULL), (2, 0, NULL); }
    writer debit times 2 { SELECT take(1, 10); }
    writer annotate {
      BEGIN;
      PERFORM 1 FROM account WHERE id = 2 FOR UPDATE;
      UPDATE account SET note = 'seen' WHERE id = 2;
      COMMIT;
    }
    finally sum { SELECT balance FROM account WHERE id = 1 AND balance <> 80 }
    expect proved
    """

  private static let twins = """
    scenario "Either lock is enough"
    schema {
      CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL);
      CREATE TABLE b (id int PRIMARY KEY, n int NOT NULL);
    }
    data { INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0); }
    writer count times 2 {
      DECLARE v int;
      BEGIN;
      PERFORM 1 FROM a WHERE id = 1 FOR UPDATE;
      PERFORM 1 FROM b WHERE id = 1 FOR UPDATE;
      SELECT n INTO v FROM b WHERE id = 1;
      UPDATE b SET n = v + 1 WHERE id = 1;
      COMMIT;
    }
    finally counted { SELECT n FROM b WHERE n <> 2 }
    expect proved
    """

  private static let everything = """
    scenario "Everything that a writer can do to a table"
    schema {
      CREATE TABLE team (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE person (
        id int PRIMARY KEY, team_id int REFERENCES team ON DELETE CASCADE, age int, score int);
      CREATE TABLE seen (person_id int PRIMARY KEY, n int NOT NULL);
      CREATE TABLE audit (what text NOT NULL);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO audit VALUES ('score');
        RETURN NEW;
      END $$;
      CREATE TRIGGER noted AFTER UPDATE OF score ON person
        FOR EACH ROW EXECUTE FUNCTION note();
    }
    data { INSERT INTO team VALUES (1, 'red'); INSERT INTO person VALUES (1, 1, 20, 0); }
    writer join_ {
      UPDATE person p SET score = p.score + 1
      FROM team t WHERE t.id = p.team_id AND t.name = 'red';
    }
    writer nested {
      SELECT name FROM team t
      WHERE EXISTS (SELECT 1 FROM person p WHERE p.team_id = t.id AND p.age > 18);
    }
    writer upsert {
      INSERT INTO seen VALUES (1, 1)
      ON CONFLICT (person_id) DO UPDATE SET n = seen.n + 1 WHERE seen.n < 9;
    }
    writer dissolve { DELETE FROM team WHERE name = 'red' RETURNING id; }
    writer move {
      MERGE INTO seen s USING person p ON p.id = s.person_id
      WHEN MATCHED AND p.age > 30 THEN UPDATE SET n = s.n + p.score
      WHEN NOT MATCHED THEN INSERT VALUES (p.id, 1);
    }
    writer age { UPDATE person SET age = 21 WHERE id = 1; }
    expect proved
    """

  private func run(_ text: String, _ words: String...) -> (Reports.ExitStatus, String) {
    let source = Array(text.utf8)
    var engine = Engine.live
    engine.load = { path in
      let result = ScenarioCompiler.compile(path: path) { _ in source }
      return Engine.Loaded(
        scenario: result.scenario, diagnostics: result.diagnostics, sources: result.sources,
        isLibrary: false)
    }
    engine.withoutLocks = { path, model, locks in
      let parsed = ScenarioReader.read(path: path) { _ in source }
      return ScenarioCompiler.compile(parsed.value, model: model, withoutLocks: locks)
    }
    var output = ""
    let command = RaceSimCommand(
      console: Console(output: { output += $0 }, error: { output += $0 }), engine: engine,
      finder: ScenarioFinder(entry: { _ in .file }, names: { _ in [] }), isInterrupted: { false })
    let status = command.run(words + ["accounts.race"])
    return (status, output)
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test("the audit as JSON says what the text says")
  func auditJSON() throws {
    let (status, output) = run(Self.twins, "audit", "--format", "json")
    #expect(status == .success)
    #expect(output.split(separator: "\n").count == 1)
    let audit = try object(output)
    #expect(audit["format"] as? String == "racesim.audit")
    #expect((audit["locks"] as? [[String: Any]])?.map { $0["number"] as? Int } == [1, 2])
    #expect((audit["withAll"] as? [String: Any])?["verdict"] as? String == "proved")
    #expect(audit["matter"] as? [Int] == [])
    #expect(audit["standInForEachOther"] as? [Int] == [1, 2])
    let without = try #require(audit["without"] as? [[String: Any]])
    #expect(without.map { $0["matters"] as? Bool } == [false, false, true])
    let broken = try #require(without[2]["breaks"] as? [[String: Any]])
    #expect(broken.map { $0["property"] as? String } == ["counted"])
    #expect(broken.map { $0["code"] as? String } == ["P4"])
  }

  @Test("the napkin as JSON says what the text says")
  func napkinJSON() throws {
    let (status, output) = run(Self.accounts, "napkin", "--format", "json")
    #expect(status == .success)
    let napkin = try object(output)
    #expect(napkin["format"] as? String == "racesim.napkin")
    let writers = try #require(napkin["writers"] as? [[String: Any]])
    #expect(writers.map { $0["name"] as? String } == ["debit", "annotate"])
    #expect(writers.map { $0["sessions"] as? Int } == [2, 1])
    let accesses = try #require(writers[0]["accesses"] as? [[String: Any]])
    #expect(accesses.first?["kind"] as? String == "lock")
    #expect(accesses.first?["function"] as? String == "take")
    #expect(accesses.first?["mode"] as? String == "FOR UPDATE")
    let meetings = try #require(napkin["meetings"] as? [[String: Any]])
    let balance = try #require(meetings.first { $0["column"] as? String == "balance" })
    #expect(balance["table"] as? String == "account")
    #expect(balance["lockedBy"] as? [String] == ["debit", "annotate"])
    #expect(balance["changedBy"] as? [String] == ["debit"])
  }

  @Test("each lock is judged by what breaks without it")
  func audit() {
    let (status, output) = run(Self.accounts, "audit")
    #expect(status == .success)
    #expect(
      output == """
        accounts.race: 2 explicit locks
          with all of them: proved, 13 states

          lock 1  FOR UPDATE · accounts.race:8
                  matters: without it sum can be violated, in 11 steps: lost update (P4)

          lock 2  FOR UPDATE · accounts.race:17
                  no rule needs it: without it also proved, 13 states

          1 of 2 locks matters alone

          To keep it so, add to the scenario:

          variant "without lock 1" { without lock 1  expect violated sum }

        """)
  }

  @Test("locks that stand in for each other are found together")
  func twins() {
    let (status, output) = run(Self.twins, "audit", "-v")
    #expect(status == .success)
    #expect(output.contains("  0 of 2 locks matter alone; 1 and 2 stand in for each other\n"))
    #expect(
      output.contains(
        """
          variant "without locks 1 and 2" { without lock 1  without lock 2  expect violated counted }
        """))
    // The variants that it proposes are right, and -v shows the run.
    #expect(output.contains("FAIL  accounts.race · variant \"without locks 1 and 2\""))
  }

  @Test("a variant is audited with the locks that it has")
  func auditOfVariant() {
    let text = Self.accounts + "\nvariant \"bare\" { without lock 2  expect proved }"
    let (status, output) = run(text, "audit", "--variant", "bare")
    #expect(status == .success)
    #expect(output.contains("accounts.race · variant \"bare\": 1 explicit lock\n"))
    #expect(output.contains("1 of 1 lock matters\n"))
    let (missing, message) = run(text, "audit", "--variant", "bar")
    #expect(missing == .nothing)
    #expect(message.contains("did you mean 'bare'?"))
  }

  @Test("a bound that is hit is no answer")
  func bound() {
    let (status, output) = run(Self.accounts, "audit", "--max-states", "5")
    #expect(status == .inconclusive)
    #expect(output.contains("undecided"))
  }

  @Test("the napkin shows what each writer does to each table, and where writers meet")
  func napkin() {
    let (status, output) = run(Self.accounts, "napkin")
    #expect(status == .success)
    #expect(
      output == """
        accounts.race  Accounts

          writer    account                                    log
          ────────  ─────────────────────────────────────────  ───────
          debit x2
            take    locks FOR UPDATE where id, reads balance   inserts
                    updates balance where id
                    foreign key: locks FOR KEY SHARE where id

          annotate  locks FOR UPDATE where id
                    updates note where id

          where they meet  read by  in a condition of  locked by        changed by
          ───────────────  ───────  ─────────────────  ───────────────  ──────────
          account.balance  debit                       debit, annotate  debit

          log, its rows                                                 debit

        """)
    let (_, ascii) = run(Self.accounts, "napkin", "--ascii", "--width", "60")
    #expect(ascii.split(separator: "\n").allSatisfy { $0.count <= 60 })
    #expect(ascii.allSatisfy { $0.isASCII })
  }

  @Test("joins, subqueries, upserts, MERGE, triggers, foreign keys: the napkin has them all")
  func everything() throws {
    let output = run(Self.everything, "napkin").1
    let url = TidyTests.root.appending(path: "Tests/RaceSimTests/Golden/napkin.txt")
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      try output.write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(output == (try String(contentsOf: url, encoding: .utf8)))
  }

  @Test("progress: ten times a second on a terminal, every thirty seconds elsewhere")
  func progress() {
    final class Recorder: Sendable {
      let now = Mutex(0.0)
      let lines = Mutex<[String]>([])
    }
    for (width, times) in [(nil, [30.0, 60]), (80, [0.5, 1])] as [(Int?, [Double])] {
      let recorder = Recorder()
      let line = ProgressLine(
        name: "a.race", start: 0, width: width, clock: { recorder.now.withLock { $0 } },
        write: { text in recorder.lines.withLock { $0.append(text) } })
      let progress = ExplorationProgress(
        states: 12, frontier: 3, transitions: 20, depth: 4, violations: 0, memoryBytes: 100)
      let moments: [Double] = [0, 0.1, times[0], times[0] + 0.01, times[1], times[1] + 0.01]
      for time in moments {
        recorder.now.withLock { $0 = time }
        line.show(progress)
      }
      let lines = recorder.lines.withLock { $0 }
      #expect(lines.count == 2)
      #expect(lines.allSatisfy { $0.contains("a.race  12 states") })
      #expect(lines.allSatisfy { $0.hasSuffix("\n") == (width == nil) })
      #expect(lines.allSatisfy { $0.hasPrefix("\r") == (width != nil) })
    }
  }
}
