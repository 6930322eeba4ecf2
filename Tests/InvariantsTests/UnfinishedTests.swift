import Invariants
import SQL
import Store
import Testing
import Writers

/// Work that is begun and not done, compiled and run; and advice that must not mislead.
@Suite("Unfinished work")
struct UnfinishedTests {
  struct Unusable: Error { var messages: [String] }

  /// Runs a schedule of session names (`!x` crashes one, `clock` moves the clock) and names what it breaks.
  func diagnose(
    _ text: String, _ schedule: String, kind: Violation.Kind? = nil, serial: Bool? = false
  ) throws -> Diagnosis {
    let compiled = ScenarioCompiler.compile(path: "test.race") { _ in Array(text.utf8) }
    guard let model = compiled.scenario?.models.first else {
      throw Unusable(messages: compiled.diagnostics.map(\.message))
    }
    var machine = Machine(model: model, options: MachineOptions())
    var state = try machine.initialState()
    var history = History(from: state, in: machine)
    for word in schedule.split(separator: " ") {
      let isCrash = word.hasSuffix("!x")
      let name = isCrash ? word.dropLast(2) : word
      let session = model.sessions.firstIndex { $0.name == name }
      let choice =
        name == "clock"
        ? Choice(.clock) : Choice(isCrash ? .crash : .step, session: try #require(session))
      var enabled: ContiguousArray<Choice> = []
      machine.appendChoices(in: state, to: &enabled)
      try #require(enabled.contains(choice), "\(word) cannot step")
      var recorder = Recorder(isOn: true)
      machine.apply(choice, to: &state, recorder: &recorder)
      history.append(choice, events: recorder.events)
    }
    let violation =
      try kind.map { Violation(kind: $0, name: $0.rawValue) }
      ?? Violation(of: #require(model.invariants.first), in: model)
    return Diagnosis.diagnose(
      history: history, model: model, violation: violation, serialViolates: serial)
  }

  private static let payment = """
    scenario "Payment"
    schema { CREATE TABLE session (id int PRIMARY KEY, status text NOT NULL); }
    world { CREATE TABLE webhook (session_id int NOT NULL); }
    data { INSERT INTO session VALUES (1, 'pending'); }
    writer pay times 2 {
      DECLARE v_status text;
      BEGIN;
      SELECT status INTO v_status FROM session WHERE id = 1 FOR UPDATE;
      IF v_status = 'paid' THEN
        COMMIT;
        RETURN 'done already';
      END IF;
      UPDATE session SET status = 'paid' WHERE id = 1;
      COMMIT;
      INSERT INTO webhook VALUES (1);
    }
    faults { crash pay up to 2 }
    finally heard { SELECT id FROM session WHERE id NOT IN (SELECT session_id FROM webhook) }
    """

  @Test("a crash between a commit and what was to follow loses the effect")
  func lostEffect() throws {
    let diagnosis = try diagnose(
      Self.payment, "pay#1 pay#1 pay#1 pay#1!x pay#2 pay#2")
    #expect(diagnosis.name == "lost effect")
    #expect(
      diagnosis.explanation.contains(
        "pay#1 changed status of session(1) from 'pending' to 'paid' at step 2 (committed at step 3) and "
          + "crashed at step 4"))
    #expect(diagnosis.explanation.contains("pay#2 came after that and took it for done."))
    #expect(diagnosis.advice.first?.contains("outbox") == true)
  }

  @Test("crashes before anything is committed lose the work")
  func lostWork() throws {
    let diagnosis = try diagnose(Self.payment, "pay#1 pay#1!x pay#2 pay#2!x")
    #expect(diagnosis.name == "lost work")
    #expect(diagnosis.explanation.hasPrefix("pay#1 at step 2 and pay#2 at step 4 crashed"))
  }

  @Test("a rule about the end that a wait breaks names who waits for whom")
  func blocked() throws {
    let diagnosis = try diagnose(
      """
      scenario "Who has to wait"
      schema { CREATE TABLE invoice (id int PRIMARY KEY, paid int NOT NULL); }
      data { INSERT INTO invoice VALUES (1, 0); }
      writer hung {
        BEGIN;
        UPDATE invoice SET paid = 1 WHERE id = 1;
        SELECT pg_sleep_until('2025-01-02 00:00:00');
        COMMIT;
      }
      writer other { UPDATE invoice SET paid = 2 WHERE id = 1; RETURN 'done'; }
      finally other_goes_on { SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outcomes WHERE writer = 'other') }
      """, "hung hung other")
    #expect(diagnosis.name == "stuck session")
    #expect(diagnosis.explanation.contains("other has waited since step 3 for invoice(1)"))
    // The advice is for the wait for the lock, not for the sleep.
    #expect(diagnosis.advice.first == "let hung end its transaction")
  }

  @Test("a guarded write that comes too late, and is not tried again")
  func gaveUp() throws {
    let diagnosis = try diagnose(
      """
      scenario "Seats"
      schema { CREATE TABLE seat (id int PRIMARY KEY, holder text); }
      data { INSERT INTO seat VALUES (1, NULL), (2, NULL); }
      writer book times 2 {
        DECLARE v_seat int;
        BEGIN;
        SELECT id INTO v_seat FROM seat WHERE holder IS NULL ORDER BY id LIMIT 1;
        UPDATE seat SET holder = 'x' WHERE id = v_seat AND holder IS NULL;
        IF NOT FOUND THEN
          ROLLBACK;
          RETURN 'taken';
        END IF;
        COMMIT;
        RETURN 'booked';
      }
      finally everybody_sits { SELECT session FROM outcomes WHERE outcome <> 'booked' }
      """, "book#1 book#2 book#2 book#2 book#1")
    #expect(diagnosis.name == "optimistic lock failure")
    #expect(diagnosis.explanation.hasPrefix("book#1 read seat(1) at step 1, book#2 changed holder"))
    #expect(diagnosis.advice.first?.contains("go back to the SELECT in book") == true)
  }

  @Test("a key that would refuse what the rule allows is not advised")
  func countedUses() throws {
    let diagnosis = try diagnose(
      """
      scenario "Coupon"
      schema {
        CREATE TABLE coupon (code text PRIMARY KEY, uses_max int NOT NULL);
        CREATE TABLE use (code text NOT NULL REFERENCES coupon, customer int NOT NULL);
      }
      data { INSERT INTO coupon VALUES ('SPRING', 2); INSERT INTO use VALUES ('SPRING', 0); }
      writer redeem(customer) for customer in 1..2 {
        DECLARE v_uses int;
        BEGIN;
        SELECT count(*) INTO v_uses FROM use WHERE code = 'SPRING';
        IF v_uses < 2 THEN INSERT INTO use VALUES ('SPRING', :customer); END IF;
        COMMIT;
      }
      invariant not_overused { SELECT code FROM use GROUP BY code HAVING count(*) > 2 }
      """, "redeem(1) redeem(2) redeem(1) redeem(2) redeem(1) redeem(2)")
    #expect(diagnosis.name == "phantom write skew")
    #expect(!diagnosis.advice.contains { $0.contains("UNIQUE") })
    #expect(
      diagnosis.advice.first?.contains("`SELECT … FROM coupon WHERE code = … FOR UPDATE`") == true)
  }

  @Test("a deadlock on one row is none of order")
  func upgrade() throws {
    let diagnosis = try diagnose(
      """
      scenario "Upgrade"
      schema { CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL); }
      data { INSERT INTO account VALUES (1, 0); }
      writer add times 2 {
        BEGIN;
        PERFORM 1 FROM account WHERE id = 1 FOR SHARE;
        UPDATE account SET balance = balance + 1 WHERE id = 1;
        COMMIT;
      }
      """, "add#1 add#2 add#1 add#2", kind: .deadlock)
    #expect(diagnosis.name == "deadlock")
    #expect(diagnosis.advice.first?.hasPrefix("take the strongest lock on account(1)") == true)
    #expect(!diagnosis.advice.contains { $0.contains("one order") })
  }
}
