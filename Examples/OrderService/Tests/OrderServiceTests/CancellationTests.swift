import Foundation
import OrderService
import RaceSimTesting
import Testing

/// A scenario around the very statements that the service sends.
@Suite("An order is cancelled while it is shipped")
struct CancellationTests {
  /// The service's two ways to end an order, at the same time.
  private func scenario(cancel: String = OrderStatements.cancel) throws -> Scenario {
    func sql(_ statement: String) -> String {
      statement.replacingOccurrences(of: "$1", with: "1") + ";"
    }
    return try Scenario(
      text: """
        scenario "Cancelled while it is shipped"

        schema {
          CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, shipped_at timestamptz);
          CREATE TABLE refunds (order_id int NOT NULL REFERENCES orders);
        }
        data { INSERT INTO orders VALUES (1, 'paid', NULL); }

        writer warehouse { \(sql(OrderStatements.ship)) }
        writer customer {
          BEGIN;
          \(sql(cancel))
          IF FOUND THEN
            \(sql(OrderStatements.refund))
          END IF;
          COMMIT;
        }

        invariant not_both "nobody has the goods and the money" {
          SELECT o.id FROM orders o JOIN refunds r ON r.order_id = o.id
          WHERE o.shipped_at IS NOT NULL
        }
        finally goods_or_money {
          SELECT o.id FROM orders o LEFT JOIN refunds r ON r.order_id = o.id
          WHERE o.status = 'cancelled' AND r.order_id IS NULL
        }
        expect proved
        """)
  }

  @Test("nobody has the goods and the money")
  func guarded() async throws {
    try await scenario().proven()
  }

  @Test("the condition on the status is what makes it so")
  func unguarded() async throws {
    let cancel = OrderStatements.cancel.replacingOccurrences(of: " AND status = 'paid'", with: "")
    #expect(cancel != OrderStatements.cancel)
    try await scenario(cancel: cancel).violated("not_both")
  }
}
