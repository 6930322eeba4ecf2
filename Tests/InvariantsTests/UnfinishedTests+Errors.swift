import Invariants
import Testing

/// Errors that somebody took, died of, or tried again after.
extension UnfinishedTests {
  private static func checkout(_ program: String) -> String {
    """
    scenario "The last item"
    schema {
      CREATE TABLE orders (id int PRIMARY KEY, state text NOT NULL);
      CREATE TABLE stock (item int PRIMARY KEY, n int NOT NULL CHECK (n >= 0));
      CREATE FUNCTION checkout(p_id int) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE orders SET state = 'paid' WHERE id = p_id;
        BEGIN
          UPDATE stock SET n = n - 1 WHERE item = 1;
        EXCEPTION WHEN OTHERS THEN
          NULL;
        END;
        RETURN 'paid';
      END;
      $$;
    }
    data { INSERT INTO orders VALUES (1, 'open'), (2, 'open'); INSERT INTO stock VALUES (1, 1); }
    writer buy(id) for id in 1..2 { \(program) }
    finally as_told {
      SELECT count(*) FROM orders WHERE state = 'paid' HAVING count(*) <> 1
      UNION ALL
      SELECT count(*) FROM outcomes WHERE outcome = 'paid' HAVING count(*) <> 1
    }
    """
  }

  @Test("a handler in a function takes an error, and half of the work stays")
  func swallowedInFunction() throws {
    let diagnosis = try diagnose(
      Self.checkout("DECLARE v text; BEGIN; SELECT checkout(:id) INTO v; COMMIT; RETURN v;"),
      "buy(1) buy(1) buy(1) buy(2) buy(2) buy(2)", serial: true)
    #expect(diagnosis.name == "swallowed error")
    #expect(diagnosis.explanation.hasPrefix("buy(2)'s statement at step 5 failed: new row for"))
    #expect(
      diagnosis.explanation.hasSuffix(
        "It changed state of orders(2) from 'open' to 'paid' at step 4 (committed at step 6)."))
    #expect(
      diagnosis.advice.first
        == "put what belongs together into the block of buy, so that the error takes all of it")
  }

  @Test("a handler in an application takes an error, and the COMMIT is a rollback")
  func swallowedInApplication() throws {
    let diagnosis = try diagnose(
      Self.checkout(
        """
        BEGIN;
        UPDATE orders SET state = 'paid' WHERE id = :id;
        BEGIN
          UPDATE stock SET n = n - 1 WHERE item = 1;
        EXCEPTION WHEN OTHERS THEN
          NULL;
        END;
        COMMIT;
        RETURN 'paid';
        """), "buy(1) buy(1) buy(1) buy(2) buy(2)", serial: true)
    #expect(diagnosis.name == "swallowed error")
    #expect(
      diagnosis.explanation.contains("the COMMIT at step 5 was a rollback, and buy(2) went on"))
    #expect(
      diagnosis.advice.first == "roll back in the handler of buy, and say that it failed")
  }

  @Test("a handler that says so swallows nothing")
  func handled() throws {
    let diagnosis = try diagnose(
      Self.checkout(
        """
        BEGIN;
        UPDATE orders SET state = 'paid' WHERE id = :id;
        BEGIN
          UPDATE stock SET n = n - 1 WHERE item = 1;
        EXCEPTION WHEN check_violation THEN
          ROLLBACK;
          RETURN 'sold out';
        END;
        COMMIT;
        RETURN 'paid';
        """), "buy(1) buy(1) buy(1) buy(2) buy(2)", serial: true)
    #expect(diagnosis.name == "logic error")
  }

  private static func signup(_ retry: String) -> String {
    """
    scenario "Sign-up"
    schema {
      CREATE TABLE users (id int PRIMARY KEY, name text UNIQUE);
      CREATE TABLE visits (user_id int);
    }
    writer signup(id) for id in 1..2 \(retry) {
      BEGIN;
      INSERT INTO users VALUES (:id, 'ann');
      INSERT INTO visits VALUES (:id);
      COMMIT;
    }
    finally two_visits { SELECT count(*) FROM visits HAVING count(*) <> 2 }
    """
  }

  @Test("a rule about the end that a session's 23505 breaks is told by the error")
  func diedOfDuplicate() throws {
    let diagnosis = try diagnose(
      Self.signup(""), "signup(1) signup(1) signup(1) signup(2)")
    #expect(diagnosis.name == "duplicate insert")
    #expect(diagnosis.explanation.contains("signup(1) inserted users(1) at step 1"))
    // Where every order does so, there is nothing to order.
    let serial = try diagnose(
      Self.signup(""), "signup(1) signup(1) signup(1) signup(2)", serial: true)
    #expect(serial.name == "logic error")
  }

  @Test("any other error that ended somebody is told before giving up on a name")
  func diedOfError() throws {
    let diagnosis = try diagnose(
      """
      scenario "A limit"
      schema { CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n < 2)); CREATE TABLE log (id int); }
      data { INSERT INTO t VALUES (1, 0); }
      writer add(id) for id in 1..2 {
        BEGIN;
        UPDATE t SET n = n + 1 WHERE t.id = 1;
        INSERT INTO log VALUES (:id);
        COMMIT;
      }
      finally two { SELECT count(*) FROM log HAVING count(*) <> 2 }
      """, "add(1) add(1) add(1) add(2)", serial: nil)
    #expect(diagnosis.name == "unhandled error")
    #expect(diagnosis.explanation.hasPrefix("add(2) ended with 23514 at step 4"))
  }

  @Test("two blind writes of the same value")
  func sameValue() throws {
    let text = """
      scenario "Claim"
      schema { CREATE TABLE job (id int PRIMARY KEY, state text); CREATE TABLE run (job_id int); }
      data { INSERT INTO job VALUES (1, 'open'); }
      writer work times 2 {
        UPDATE job SET state = 'taken' WHERE id = 1;
        INSERT INTO run VALUES (1);
      }
      finally once { SELECT count(*) FROM run, job WHERE state = 'taken' HAVING count(*) > 1 }
      """
    for serial in [nil, true] as [Bool?] {
      let diagnosis = try diagnose(
        text, "work#1 work#1 work#2 work#2 work#1 work#1 work#2 work#2", serial: serial)
      #expect(diagnosis.name == "unguarded write")
      #expect(
        diagnosis.advice.first
          == "let the UPDATE on job in work say what it expects: `… AND state = 'open'`")
    }
  }

  @Test(
    "who has tried again is not told to try",
    arguments: [(1, "once"), (2, "twice"), (3, "3 times")])
  func triesUsedUp(tries: Int, words: String) throws {
    let round = " other other add "
    let diagnosis = try diagnose(
      """
      scenario "Counter"
      isolation repeatable read
      schema { CREATE TABLE t (id int PRIMARY KEY, n int); }
      data { INSERT INTO t VALUES (1, 0); }
      writer add retry \(tries) on serialization_failure {
        BEGIN;
        PERFORM n FROM t WHERE id = 1;
        UPDATE t SET n = n + 1 WHERE id = 1;
        COMMIT;
      }
      writer other restarts 9 { UPDATE t SET n = n + 10 WHERE id = 1; }
      """, String(repeating: "add" + round, count: tries + 1), kind: .error)
    #expect(diagnosis.name == "serialization failure")
    #expect(
      diagnosis.explanation.hasSuffix("the writer has tried again \(words), and gives up."))
    #expect(
      diagnosis.advice.first
        == "try again as often as it takes: `retry on serialization_failure` in add")
  }
}

/// What the world was told twice, and a rule about what came of it.
extension UnfinishedTests {
  @Test("an event that is sent twice, where the rule is about who acted on it")
  func doubleEffectElsewhere() throws {
    let diagnosis = try diagnose(
      """
      scenario "Relay"
      schema { CREATE TABLE stock (item int PRIMARY KEY, n int NOT NULL); }
      world { CREATE TABLE topic (place int PRIMARY KEY, event int NOT NULL); }
      data { INSERT INTO stock VALUES (1, 0); }
      writer relay times 2 { INSERT INTO topic SELECT count(*) + 1, 7 FROM topic; }
      writer consumer {
        DECLARE v_events int;
        SELECT count(*) INTO v_events FROM topic;
        UPDATE stock SET n = n + v_events WHERE item = 1;
      }
      invariant once { SELECT n FROM stock WHERE n > 1 }
      """, "relay#1 relay#2 consumer consumer consumer", serial: nil)
    #expect(diagnosis.name == "double effect")
    #expect(diagnosis.explanation.hasPrefix("relay#1 inserted into topic at step 1 and relay#2 at"))
  }
}

/// Locks with a time limit.
extension UnfinishedTests {
  @Test("a holder writes when its lease has run out and somebody else has the lock")
  func leaseExpired() throws {
    let text = """
      scenario "Leader"
      schema {
        CREATE TABLE leader (id int PRIMARY KEY, epoch int NOT NULL, until timestamptz NOT NULL);
        CREATE TABLE command (id serial PRIMARY KEY, epoch int NOT NULL);
      }
      data { INSERT INTO leader VALUES (1, 0, '-infinity'); }
      clock '2025-12-01 12:00:00', '2025-12-01 12:00:10'
      writer node times 2 {
        DECLARE v_epoch int;
        UPDATE leader SET epoch = epoch + 1, until = clock_timestamp() + interval '10 s'
        WHERE id = 1 AND until <= clock_timestamp() RETURNING epoch INTO v_epoch;
        IF v_epoch IS NULL THEN
          RETURN 'follower';
        END IF;
        INSERT INTO command (epoch) VALUES (v_epoch);
      }
      invariant in_order {
        SELECT a.id FROM command a JOIN command b ON b.id < a.id WHERE b.epoch > a.epoch
      }
      """
    let diagnosis = try diagnose(
      text, "node#1 node#1 clock node#2 node#2 node#2 node#2 node#1 node#1")
    #expect(diagnosis.name == "lease expired")
    #expect(
      diagnosis.explanation.contains(
        "until 2025-12-01 12:00:10+00; the clock got there at step 3, node#2 took it over"))
    #expect(
      diagnosis.explanation.contains("and node#1, which knew nothing of it, inserted command("))
    #expect(diagnosis.advice.first?.contains("fencing token") == true)
    // Who is done before the time is over has done nothing wrong.
    let early = try diagnose(
      text, "node#1 node#1 node#1 node#1 clock node#2 node#2 node#2 node#2")
    #expect(early.name != "lease expired")
  }
}
