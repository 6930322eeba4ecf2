/// `pay K N`: K copies of each of the four writers of an order, on each of N orders.
///
/// The SQL is that of a shop whose payments come in by several ways (see `Scenarios/order-confirmation`),
/// without deadlines, so that every writer may run at any time:
///
/// | writer | what it does, in one transaction |
/// |---|---|
/// | `confirm(o)` | payment → confirmed, insert a receipt, order → paid; no order row changed: roll back |
/// | `poll(o)` | order → expired |
/// | `admin(o)` | order → cancelled |
/// | `cron(o)` | payment → expired where the order is pending, order → expired |
///
/// Every change is guarded by the status that it asks for. What one order's writers do is what another's
/// do, up to the key, and no two orders share a row.
package struct PayModel: Sendable {
  /// How many sessions run each of the four writers, for each order.
  package var copies: Int
  package var orders: Int
  /// Whether the order is locked first by `confirm`.
  ///
  /// It then meets `cron`, which locks the payment first, in a deadlock.
  package var locksOrder = false
  /// Whether a confirm commits although its last statement has changed no row: the mistake to be found.
  package var ignoresRowCount = false

  package init(
    copies: Int, orders: Int, locksOrder: Bool = false, ignoresRowCount: Bool = false
  ) {
    self.copies = copies
    self.orders = orders
    self.locksOrder = locksOrder
    self.ignoresRowCount = ignoresRowCount
  }

  /// The verdict that every explorer must come to.
  ///
  /// With the mistake a receipt is kept for an order that was not pending: the second of two, or one beside
  /// an order that has ended. The lock does not help, for it may be taken after the order's end.
  package var isProved: Bool { !ignoresRowCount }

  /// The scenario file.
  package var text: String {
    """
    scenario "pay \(copies) \(orders)\(locksOrder ? ", for update" : "")\
    \(ignoresRowCount ? ", row count ignored" : "")"

    schema {
      CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
      CREATE TABLE payments (
        id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, status text NOT NULL);
      CREATE TABLE crypto_payments (payment_id int NOT NULL REFERENCES payments);
    }

    data {
      INSERT INTO orders VALUES \(rows { "(\($0), 'pending_payment')" });
      INSERT INTO payments VALUES \(rows { "(\($0), \($0), 'initiated')" });
    }

    \(confirm)

    writer poll(o) for o in 1..\(orders) times \(copies) {
      BEGIN;
      UPDATE orders SET status = 'expired' WHERE id = :o AND status = 'pending_payment';
      COMMIT;
    }

    writer admin(o) for o in 1..\(orders) times \(copies) {
      BEGIN;
      UPDATE orders SET status = 'cancelled' WHERE id = :o AND status = 'pending_payment';
      COMMIT;
    }

    writer cron(o) for o in 1..\(orders) times \(copies) {
      BEGIN;
      UPDATE payments SET status = 'expired'
      WHERE id = :o AND status = 'initiated'
        AND EXISTS (SELECT 1 FROM orders WHERE id = :o AND status = 'pending_payment');
      UPDATE orders SET status = 'expired' WHERE id = :o AND status = 'pending_payment';
      COMMIT;
    }

    invariant no_paid_but_dead "a confirmed payment never belongs to a dead order" {
      SELECT p.id, o.status FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE p.status = 'confirmed' AND o.status IN ('expired', 'cancelled')
    }

    invariant no_double_capture "a payment is credited once" {
      SELECT payment_id, count(*) FROM crypto_payments GROUP BY payment_id HAVING count(*) > 1
    }
    \(deadlocks)
    expect \(isProved ? "proved" : "violated no_paid_but_dead\(copies > 1 ? ", no_double_capture" : "")")

    """
  }

  private var confirm: String {
    let lock = "  PERFORM 1 FROM orders WHERE id = :o FOR UPDATE;\n"
    let check = """
        IF NOT FOUND THEN
          ROLLBACK;
          RETURN 'refused';
        END IF;

      """
    return """
      writer confirm(o) for o in 1..\(orders) times \(copies) {
        BEGIN;
      \(locksOrder ? lock : "")\
        UPDATE payments SET status = 'confirmed' WHERE id = :o AND status = 'initiated';
        INSERT INTO crypto_payments VALUES (:o);
        UPDATE orders SET status = 'paid' WHERE id = :o AND status = 'pending_payment';
      \(ignoresRowCount ? "" : check)\
        COMMIT;
        RETURN 'confirmed';
      }
      """
  }

  private var deadlocks: String {
    locksOrder
      ? "\nallow deadlock\nallow unhandled error deadlock_detected\n" : ""
  }

  private func rows(_ row: (Int) -> String) -> String {
    (1...max(orders, 1)).map(row).joined(separator: ", ")
  }
}
