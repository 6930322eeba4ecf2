/// How the rows of a partitioned table are spread over its partitions, which are tables of their own.
package struct Partitioning: Sendable {
  package enum Strategy: String, Hashable, Sendable { case list, range }

  package var strategy: Strategy
  /// The positions of the key's columns.
  package var columns: [Int]
  /// In the order in which a scan goes through them (`partition_bounds_create`): by their bounds, the default
  /// partition last.
  package var partitions: [Partition] = []

  package init(strategy: Strategy, columns: [Int]) {
    self.strategy = strategy
    self.columns = columns
  }

  /// A partition and what is in it.
  package struct Partition: Sendable {
    package var table: TableID
    package var bound: Bound

    package init(table: TableID, bound: Bound) {
      self.table = table
      self.bound = bound
    }
  }

  package enum Bound: Sendable {
    /// `FOR VALUES IN (…)`; NULL is a value like any other.
    case list([Value])
    /// `FOR VALUES FROM (…) TO (…)`, without the upper end.
    case range([Limit], [Limit])
    /// `DEFAULT`: what is in no other partition.
    case otherwise
  }

  /// One end of a range, in one column.
  package enum Limit: Sendable {
    case minimum
    case value(Value)
    case maximum
  }

  /// Adds a partition in its place.
  package mutating func add(_ partition: Partition) {
    let place = partitions.firstIndex { Self.isOrdered(partition.bound, before: $0.bound) }
    partitions.insert(partition, at: place ?? partitions.count)
  }

  /// The first partition that a new one has rows in common with, by their bounds; `nil` if none.
  package func overlap(with bound: Bound) -> TableID? {
    partitions.first { partition in
      switch (partition.bound, bound) {
      case (.list(let known), .list(let values)):
        known.contains { one in values.contains { Self.isSame(one, $0) } }
      case (.range(let low, let high), .range(let otherLow, let otherHigh)):
        Self.compare(low, otherHigh) < 0 && Self.compare(otherLow, high) < 0
      case (.otherwise, .otherwise): true
      default: false
      }
    }?.table
  }

  /// Whether a range holds nothing.
  package static func isEmpty(_ bound: Bound) -> Bool {
    guard case .range(let low, let high) = bound else { return false }
    return compare(low, high) >= 0
  }

  /// The partition that rows with a key belong to, `nil` if there is none for them.
  ///
  /// `key` gives the value in a column of the key, by its position in ``columns``.
  package func partition(where key: (Int) -> Value) -> TableID? {
    var other: TableID?
    for partition in partitions {
      switch partition.bound {
      case .otherwise: other = partition.table
      case .list(let values):
        let value = key(0)
        if values.contains(where: { Self.isSame($0, value) }) { return partition.table }
      case .range(let low, let high):
        if Self.compare(low, key) <= 0, Self.compare(high, key) > 0 { return partition.table }
      }
    }
    return other
  }

  private static func isSame(_ left: Value, _ right: Value) -> Bool {
    left.isNull || right.isNull ? left.isNull && right.isNull : Value.equal(left, right)
  }

  /// Compares the end of a range with a key: negative if the end is less, or equal.
  ///
  /// Rows with NULLs in their key are in no range (`get_partition_for_tuple`): every end is above them.
  private static func compare(_ limits: [Limit], _ key: (Int) -> Value) -> Int {
    for position in limits.indices where key(position).isNull { return 1 }
    for (position, limit) in limits.enumerated() {
      switch limit {
      case .minimum: return -1
      case .maximum: return 1
      case .value(let value):
        let comparison = Value.compare(value, key(position))
        if comparison != 0 { return comparison }
      }
    }
    return 0
  }

  private static func compare(_ left: [Limit], _ right: [Limit]) -> Int {
    for (one, other) in zip(left, right) {
      switch (one, other) {
      case (.minimum, .minimum), (.maximum, .maximum): return 0
      case (.minimum, _), (_, .maximum): return -1
      case (.maximum, _), (_, .minimum): return 1
      case (.value(let first), .value(let second)):
        let comparison = Value.compare(first, second)
        if comparison != 0 { return comparison }
      }
    }
    return 0
  }

  private static func isOrdered(_ left: Bound, before right: Bound) -> Bool {
    switch (left, right) {
    case (.otherwise, _): false
    case (_, .otherwise): true
    case (.list(let one), .list(let other)):
      // NULL comes last.
      switch (least(one), least(other)) {
      case (nil, _): false
      case (_, nil): true
      case (let first?, let second?): Value.compare(first, second) < 0
      }
    case (.range(let one, _), .range(let other, _)): compare(one, other) < 0
    case (.list, .range), (.range, .list): false
    }
  }

  private static func least(_ values: [Value]) -> Value? {
    values.filter { !$0.isNull }.min { Value.compare($0, $1) < 0 }
  }
}
