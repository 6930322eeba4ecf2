/// The statements that the service sends when an order leaves the open state.
///
/// They stand in one place, so that what runs against the database and what the tests explore is the same
/// text. `$1` is the order.
public enum OrderStatements {
  /// Hands the order to the carrier, unless it has been cancelled.
  public static let ship =
    "UPDATE orders SET status = 'shipped', shipped_at = now() WHERE id = $1 AND status = 'paid'"

  /// Cancels the order, unless it is on its way; only if a row was changed the money goes back.
  public static let cancel =
    "UPDATE orders SET status = 'cancelled' WHERE id = $1 AND status = 'paid'"

  /// Gives the money back.
  public static let refund = "INSERT INTO refunds (order_id) VALUES ($1)"
}
