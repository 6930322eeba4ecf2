package import Store

/// `function(…) OVER (PARTITION BY … ORDER BY …)`.
package struct WindowCall: Sendable {
  package enum Function: Sendable {
    case rowNumber, rank, denseRank, lag, lead, firstValue, lastValue
    case aggregate(Aggregates.Resolved)
  }

  package var function: Function
  package var arguments: [Expression]
  package var filter: Expression?
  package var partition: [Expression]
  package var order: [OrderKey]
  /// `ROWS`: the frame ends at the row, not behind its peers.
  package var countsRows = false
  /// The frame ends with the partition.
  package var isWhole = false

  package init(
    function: Function, arguments: [Expression], filter: Expression?, partition: [Expression],
    order: [OrderKey]
  ) {
    self.function = function
    self.arguments = arguments
    self.filter = filter
    self.partition = partition
    self.order = order
  }

  /// All that is evaluated for a row.
  package var expressions: [Expression] {
    arguments + [filter].compactMap { $0 } + partition + order.map(\.expression)
  }
}
