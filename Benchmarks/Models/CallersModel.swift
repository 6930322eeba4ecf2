/// `callers n`: n identical calls of one endpoint, `verify_payment`, on one payment.
///
/// Each reads the payment's status, and unless it is captured, captures it: status and amount in one
/// UPDATE that asks for nothing but the key. With the lock the second call finds the payment captured;
/// without it two calls that have both read `pending` capture twice.
package struct CallersModel: Sendable {
  package var callers: Int
  /// Whether the status is read FOR UPDATE.
  package var isLocked: Bool

  package init(callers: Int, isLocked: Bool) {
    self.callers = callers
    self.isLocked = isLocked
  }

  /// The verdict that every explorer must come to.
  package var isProved: Bool { isLocked || callers < 2 }

  /// The scenario file.
  package var text: String {
    """
    scenario "callers \(callers), \(isLocked ? "locked" : "unlocked")"

    schema {
      CREATE TABLE payments (
        id int PRIMARY KEY, amount int NOT NULL, captured int NOT NULL, status text NOT NULL);
    }

    data {
      INSERT INTO payments VALUES (1, 25, 0, 'pending');
    }

    writer verify_payment times \(callers) {
      DECLARE v_status text;
      BEGIN;
      SELECT status INTO v_status FROM payments WHERE id = 1\(isLocked ? " FOR UPDATE" : "");
      IF v_status = 'captured' THEN
        COMMIT;
        RETURN 'already captured';
      END IF;
      UPDATE payments SET status = 'captured', captured = captured + amount WHERE id = 1;
      COMMIT;
      RETURN 'captured';
    }

    invariant captured_once "no more than the amount is captured" {
      SELECT id, captured FROM payments WHERE captured > amount
    }

    expect \(isProved ? "proved" : "violated captured_once")

    """
  }
}
