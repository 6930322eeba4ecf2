/// Scenario files that must be read without a word.
enum ScenarioSamples {
  /// Every form of the grammar.
  static let full = """
    -- A scenario with one of everything.
    include 'common/schema.race';
    scenario "Order confirmation: four writers, one row"
    description "Money must never be taken for a dead order."

    param grace interval = '60 seconds'   -- a comment
    param n int = 2 + 1;

    schema {
      CREATE TABLE orders (
        id         int PRIMARY KEY,
        status     text NOT NULL CHECK (status IN ('pending', 'paid')),
        data jsonb,
        expires_at timestamptz NOT NULL
      );
      CREATE FUNCTION confirm(p_id int) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE v_id int;
        BEGIN
          SELECT id INTO STRICT v_id FROM orders WHERE id = p_id FOR UPDATE;
          UPDATE orders SET status = 'paid' WHERE id = v_id AND expires_at + :grace > now();
        END;
      $$;
    }
    world { CREATE TABLE transfers (tx_hash text PRIMARY KEY) }
    data {
      INSERT INTO orders VALUES (1, 'pending', NULL, '2025-12-01 12:15:00');
    }

    clock '2025-12-01 12:14:59', '2025-12-01 12:15:30',
          '2025-12-01 12:16:01'
    clock from '2025-12-01 12:00' to '2025-12-01 13:00' every '1 minute';
    isolation read committed

    writer confirm "the scanner" {
      BEGIN;
      SELECT confirm(1);
      COMMIT;
    }
    writer poll        { UPDATE orders SET status = 'expired' WHERE expires_at + :grace < now() }
    writer verify(o) for o in 1..100 isolation repeatable read {
      UPDATE orders SET status = 'paid' WHERE id = :o;
    }
    writer cancel(o, who)
      for (o, who) in ((1, 'a'), (2, 'b'))
      retry 3 on serialization_failure, deadlock_detected, sqlstate '55P03'
      restarts 2
    {
      DECLARE v int;
      SELECT id INTO v FROM orders WHERE id = :o FOR UPDATE;
      IF v IS NULL THEN RETURN 'gone'; END IF;
    }
    writer list for x in (1, :n, 3) { SELECT :x }
    writer same times 3 restarts 1 on crash { SELECT 1; }

    invariant paid_once "an order is paid once" {
      SELECT id FROM orders WHERE status = 'paid' GROUP BY id HAVING count(*) > 1;
    }
    always also { SELECT 1 WHERE false }
    finally no_stranded "every transfer is credited" { SELECT 1 FROM transfers WHERE false; }

    faults { crash confirm up to 1; crash any up to 2 times crash poll }
    allow deadlock, stuck
    allow unhandled error
    allow unhandled error unique_violation, '23503', sqlstate '40001' in confirm, poll
    check serializable
    expect violated paid_once, deadlock

    variant "locking off" { without locks  expect violated paid_once }
    variant "much" {
      set grace = interval '0 seconds'
      set n = 3
      without lock 2
      without writers poll, same
      without invariant also
      only writers confirm, verify
      only invariants paid_once
      isolation serializable
      clock '2025-12-01 12:14:59'
      faults { crash any }
      allow deadlock;
      check serializable
      expect inconclusive
    }
    variant "proof" { expect proved }

    timeline napkin "as drawn" {
      at '0s' confirm 2 steps;
      at '1s' poll, same(2) until waiting
      at '2s' clock '2025-12-01 12:15:30';
      at '8s' verify(1) to completion; cancel(1, 'a')
      expect violated
    }
    timeline replay { token 'rs1_9c41e07a_aabbabb_k3' expect proved }
    """

  static let included = """
    scenario "the common schema"
    schema { CREATE TABLE t (a int); }
    """
}
