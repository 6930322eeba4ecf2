/// The four writers of an order, so many of each: the case that the simulator is built for.
enum FourWriters {
  /// A scenario with `copies` sessions of each writer, all on one order.
  static func text(copies: Int) -> String {
    """
    scenario "four writers, \(copies) of each"

    schema {
      CREATE TABLE orders (
        id int PRIMARY KEY, status text NOT NULL, expires_at timestamptz NOT NULL);
      CREATE TABLE payments (
        id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, status text NOT NULL);
      CREATE TABLE crypto_payments (payment_id int NOT NULL REFERENCES payments, writer int);
    }

    data {
      INSERT INTO orders VALUES (1, 'pending_payment', '2025-12-01 12:15:00');
      INSERT INTO payments VALUES (1, 1, 'initiated');
    }

    clock '2025-12-01 12:14:59', '2025-12-01 12:16:01'

    writer confirm times \(copies) {
      BEGIN;
      SELECT 1 FROM orders WHERE id = 1 FOR UPDATE;
      UPDATE payments SET status = 'confirmed' WHERE id = 1 AND status = 'initiated';
      INSERT INTO crypto_payments VALUES (1, 1);
      UPDATE orders SET status = 'paid' WHERE id = 1 AND status = 'pending_payment';
      COMMIT;
    }

    writer poll times \(copies) {
      UPDATE orders SET status = 'expired'
      WHERE id = 1 AND status = 'pending_payment' AND expires_at < now();
    }

    writer admin_cancel times \(copies) {
      BEGIN;
      UPDATE orders SET status = 'cancelled' WHERE id = 1 AND status = 'pending_payment';
      COMMIT;
    }

    writer cron times \(copies) {
      BEGIN;
      UPDATE payments SET status = 'expired'
      WHERE status = 'initiated' AND order_id IN (
        SELECT id FROM orders WHERE status = 'pending_payment' AND expires_at < now());
      UPDATE orders SET status = 'expired'
      WHERE status = 'pending_payment' AND expires_at < now();
      COMMIT;
    }

    invariant no_paid_but_dead {
      SELECT p.id, o.status FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE p.status = 'confirmed' AND o.status IN ('expired', 'cancelled')
    }

    allow deadlock
    allow unhandled error deadlock_detected
    """
  }
}
