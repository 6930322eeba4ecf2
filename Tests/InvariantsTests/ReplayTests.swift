import Invariants
import SQL
import Store
import Testing
import Writers

/// Scenarios that are compiled and run, so that the histories are the machine's own.
@Suite("Diagnoses of replays")
struct ReplayTests {
  private struct Unusable: Error { var messages: [String] }

  /// Runs a schedule of session names; `!v` makes one the victim of a deadlock.
  private func run(
    _ text: String, _ schedule: String
  ) throws -> (history: History, model: Model) {
    let compiled = ScenarioCompiler.compile(path: "test.race") { _ in Array(text.utf8) }
    guard let model = compiled.scenario?.models.first else {
      throw Unusable(messages: compiled.diagnostics.map(\.message))
    }
    var machine = Machine(model: model, options: MachineOptions())
    var state = try machine.initialState()
    var history = History(from: state, in: machine)
    for word in schedule.split(separator: " ") {
      let isVictim = word.hasSuffix("!v")
      let name = isVictim ? word.dropLast(2) : word
      let session = try #require(model.sessions.firstIndex { $0.name == name })
      let choice = Choice(isVictim ? .victim : .step, session: session)
      var enabled: ContiguousArray<Choice> = []
      machine.appendChoices(in: state, to: &enabled)
      try #require(enabled.contains(choice), "\(word) cannot step")
      var recorder = Recorder(isOn: true)
      machine.apply(choice, to: &state, recorder: &recorder)
      history.append(choice, events: recorder.events)
    }
    return (history, model)
  }

  private func diagnose(
    _ text: String, _ schedule: String, kind: Violation.Kind? = nil, serial: Bool? = false
  ) throws -> Diagnosis {
    let (history, model) = try run(text, schedule)
    let violation =
      try kind.map { Violation(kind: $0, name: $0.rawValue) }
      ?? Violation(of: #require(model.invariants.first), in: model)
    return Diagnosis.diagnose(
      history: history, model: model, violation: violation, serialViolates: serial)
  }

  @Test("statements of their own: a row that is read, then written for what was read")
  func statementsOfTheirOwn() throws {
    let diagnosis = try diagnose(
      """
      scenario "Checkout"
      schema {
        CREATE TABLE session (id int PRIMARY KEY, status text NOT NULL);
        CREATE TABLE payment (session_id int NOT NULL REFERENCES session, tx_hash text NOT NULL);
      }
      data { INSERT INTO session VALUES (1, 'pending'); INSERT INTO session VALUES (2, 'paid'); }
      writer pay(event) for event in 1..2 {
        DECLARE v_status text;
        SELECT status INTO v_status FROM session WHERE id = 1;
        IF v_status <> 'pending' THEN RETURN 'not pending'; END IF;
        UPDATE session SET status = 'paid' WHERE id = 1;
        INSERT INTO payment VALUES (1, 'a');
      }
      invariant one_payment {
        SELECT session_id FROM payment GROUP BY session_id HAVING count(*) > 1
      }
      """,
      "pay(1) pay(2) pay(2) pay(2) pay(2) pay(2) pay(1) pay(1) pay(1) pay(1)")
    #expect(diagnosis.name == "scope anomaly")
    #expect(diagnosis.code == "P4")
  }

  @Test("a lost update on a row that the invariant does not read")
  func oversold() throws {
    let diagnosis = try diagnose(
      """
      scenario "Stock"
      schema {
        CREATE TABLE product (id int PRIMARY KEY, stock int NOT NULL);
        CREATE TABLE sale (product_id int, buyer text);
      }
      data { INSERT INTO product VALUES (1, 1); }
      writer buy(who) for who in ('ann', 'ben') {
        DECLARE v int;
        BEGIN;
        SELECT stock INTO v FROM product WHERE id = 1;
        IF v > 0 THEN
          UPDATE product SET stock = v - 1 WHERE id = 1;
          INSERT INTO sale VALUES (1, :who);
        END IF;
        COMMIT;
      }
      invariant not_oversold { SELECT count(*) FROM sale HAVING count(*) > 1 }
      """,
      "buy(ann) buy(ben) buy(ben) buy(ben) buy(ben) buy(ann) buy(ann) buy(ann)")
    #expect(diagnosis.name == "lost update")
    #expect(diagnosis.code == "P4")
  }

  @Test("a seat chosen by a subquery before the wait")
  func seats() throws {
    let diagnosis = try diagnose(
      """
      scenario "Seats"
      schema { CREATE TABLE seat (id int PRIMARY KEY, holder text); }
      data { INSERT INTO seat VALUES (1, NULL), (2, NULL); }
      writer alice {
        UPDATE seat SET holder = 'alice' WHERE id = (SELECT min(id) FROM seat WHERE holder IS NULL);
      }
      writer bob {
        UPDATE seat SET holder = 'bob' WHERE id = (SELECT min(id) FROM seat WHERE holder IS NULL);
      }
      finally everyone_seated { SELECT 'unseated' FROM seat HAVING count(holder) <> 2 }
      expect violated everyone_seated
      """, "alice alice bob bob alice bob bob")
    #expect(diagnosis.code == "P4")
    #expect(diagnosis.explanation.hasPrefix("bob read seat(1) at step 3, alice changed holder"))
  }

  @Test("two increments that wait for each other lose nothing")
  func counter() throws {
    let text = """
      scenario "Counter"
      schema { CREATE TABLE counter (id int PRIMARY KEY, n int); }
      data { INSERT INTO counter VALUES (1, 0); }
      writer a { UPDATE counter SET n = n + 1 WHERE id = 1; }
      writer b { UPDATE counter SET n = n + 1 WHERE id = 1; }
      finally counted { SELECT n FROM counter WHERE n <> 3 }
      expect violated
      """
    #expect(try diagnose(text, "a b a b b", serial: true).name == "logic error")
    #expect(try diagnose(text, "a b a b b").name == "unclassified interleaving")
  }

  @Test("doctors on call, at REPEATABLE READ")
  func doctors() throws {
    let diagnosis = try diagnose(
      """
      scenario "Doctors"
      schema { CREATE TABLE doctors (name text PRIMARY KEY, on_call boolean NOT NULL); }
      data { INSERT INTO doctors VALUES ('alice', true), ('bob', true); }
      writer alice isolation repeatable read {
        BEGIN;
        DECLARE others int;
        SELECT count(*) INTO others FROM doctors WHERE on_call;
        IF others > 1 THEN UPDATE doctors SET on_call = false WHERE name = 'alice'; END IF;
        COMMIT;
      }
      writer bob isolation repeatable read {
        BEGIN;
        DECLARE others int;
        SELECT count(*) INTO others FROM doctors WHERE on_call;
        IF others > 1 THEN UPDATE doctors SET on_call = false WHERE name = 'bob'; END IF;
        COMMIT;
      }
      invariant someone { SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM doctors WHERE on_call) }
      expect violated someone
      """, "alice bob alice bob alice bob")
    #expect(diagnosis.name == "write skew")
    #expect(diagnosis.code == "A5B")
  }

  @Test("a subtransaction that was undone wrote nothing")
  func caught() throws {
    let (history, model) = try run(
      """
      scenario "Caught"
      schema {
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE t SET n = 1 WHERE id = 1;
          BEGIN
            UPDATE t SET n = 2 WHERE id = 1;
            RAISE EXCEPTION 'no';
          EXCEPTION WHEN OTHERS THEN
            UPDATE t SET n = 3 WHERE id = 2;
          END;
        END;
        $$;
      }
      data { INSERT INTO t VALUES (1, 0), (2, 0); }
      writer a { SELECT f(); }
      invariant i { SELECT 1 FROM t WHERE n = 3 }
      expect violated i
      """, "a a a a")
    let part = try #require(
      FalsePart.find(
        in: model.invariants[0], model: model,
        columns: [OutputColumn(name: "?column?", type: .integer)], rows: [[1]], history: history))
    #expect(part.text == "n = 3")
    let diagnosis = Diagnosis.diagnose(
      history: history, model: model, violation: Violation(of: model.invariants[0], in: model),
      serialViolates: true)
    #expect(diagnosis.explanation.contains("a changed n of t(2) from 0 to 3"))
  }

  @Test("two rows locked in opposite orders")
  func deadlock() throws {
    let text = """
      scenario "Transfers"
      schema { CREATE TABLE account (id int PRIMARY KEY, balance int); }
      data { INSERT INTO account VALUES (1, 0), (2, 0); }
      writer a {
        BEGIN;
        UPDATE account SET balance = 1 WHERE id = 1;
        UPDATE account SET balance = 1 WHERE id = 2;
        COMMIT;
      }
      writer b {
        BEGIN;
        UPDATE account SET balance = 2 WHERE id = 2;
        UPDATE account SET balance = 2 WHERE id = 1;
        COMMIT;
      }
      expect violated deadlock
      """
    let diagnosis = try diagnose(text, "a b a b", kind: .deadlock)
    #expect(
      diagnosis.edges == [
        "b waits for a on account(1) FOR NO KEY UPDATE",
        "a waits for b on account(2) FOR NO KEY UPDATE",
      ])
    let ended = try diagnose(text, "a b a b a!v", kind: .error)
    #expect(ended.name == "deadlock")
    #expect(ended.explanation.hasSuffix("Here a failed with 40P01; it could have been any."))
  }
}
