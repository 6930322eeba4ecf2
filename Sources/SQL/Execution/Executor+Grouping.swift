import Store

extension Executor {
  /// Groups while they fill: the first tuple of each, its keys, and its aggregates.
  private struct Groups {
    var tuples: RowSet
    var keys: RowSet
    var states: [[AggregateState]] = []
    /// For aggregates with DISTINCT or ORDER BY: the rows of arguments and sort keys.
    var collected: [[RowSet]] = []
  }

  /// Calls `body` for each group that meets HAVING, with the group's tuple on top of ``tuples``.
  mutating func forEachGroup(
    of select: Select, _ grouping: Grouping, _ body: RowBody
  ) throws(SQLError) {
    var groups = Groups(
      tuples: RowSet(width: select.groupOffset), keys: RowSet(width: grouping.keys.count))
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      try executor.add(to: &groups, grouping, width: select.groupOffset)
      return true
    }
    if grouping.keys.isEmpty && groups.tuples.count == 0 {
      groups.tuples.append(repeatElement(.null, count: select.groupOffset))
      open(&groups, grouping)
    }
    pushLevel(width: select.tupleWidth)
    let depth = levels.count
    defer { while levels.count >= depth { popLevel() } }
    let base = levels[depth - 1]
    for group in 0..<groups.tuples.count {
      for (word, value) in groups.tuples.row(group).enumerated() { tuples[base + word] = value }
      var word = base + select.groupOffset
      for key in grouping.keys.isEmpty ? [] : groups.keys.row(group) {
        tuples[word] = key
        word += 1
      }
      for (index, aggregate) in grouping.aggregates.enumerated() {
        tuples[word] = try finish(aggregate, &groups, group: group, index: index)
        word += 1
      }
      guard try isTrue(select.having) else { continue }
      if try !body(&self) { return }
    }
  }

  private func open(_ groups: inout Groups, _ grouping: Grouping) {
    groups.states.append(grouping.aggregates.map { AggregateState($0.function) })
    groups.collected.append(
      grouping.aggregates.map { RowSet(width: $0.arguments.count + $0.order.count) })
  }

  private mutating func add(
    to groups: inout Groups, _ grouping: Grouping, width: Int
  ) throws(SQLError) {
    var key: ContiguousArray<Value> = []
    for expression in grouping.keys { key.append(try evaluate(expression)) }
    var group = grouping.keys.isEmpty ? (groups.tuples.count > 0 ? 0 : -1) : -1
    if !grouping.keys.isEmpty {
      group =
        (0..<groups.keys.count).first { Self.isSameRow(groups.keys.row($0), key[...]) } ?? -1
    }
    if group < 0 {
      group = groups.tuples.count
      let base = levels[levels.count - 1]
      groups.tuples.append(tuples[base..<base + width])
      if !grouping.keys.isEmpty { groups.keys.append(key) }
      open(&groups, grouping)
    }
    for (index, aggregate) in grouping.aggregates.enumerated() where try isTrue(aggregate.filter) {
      var row: ContiguousArray<Value> = []
      for argument in aggregate.arguments { row.append(try evaluate(argument)) }
      if aggregate.isDistinct || !aggregate.order.isEmpty {
        for key in aggregate.order { row.append(try evaluate(key.expression)) }
        groups.collected[group][index].append(row)
      } else {
        try groups.states[group][index].add(row.span, context)
      }
    }
  }

  /// Rows with all of their words behind them once more, to be sorted by.
  private static func withSortKeys(_ rows: RowSet) -> RowSet {
    var result = RowSet(width: 2 * rows.width)
    for index in 0..<rows.count { result.append(Array(rows.row(index)) + rows.row(index)) }
    return result
  }

  private mutating func finish(
    _ aggregate: AggregateCall, _ groups: inout Groups, group: Int, index: Int
  ) throws(SQLError) -> Value {
    let width = aggregate.arguments.count
    if aggregate.isDistinct || !aggregate.order.isEmpty {
      var rows = groups.collected[group][index]
      if aggregate.isDistinct { rows = Self.distinct(rows, width: width) }
      var order = aggregate.order
      if aggregate.isDistinct, order.isEmpty {
        // PostgreSQL sorts, to find what is equal.
        rows = Self.withSortKeys(rows)
        order = aggregate.arguments.map {
          OrderKey(expression: $0, isDescending: false, areNullsFirst: false)
        }
      }
      let sorted = Self.arrange(rows, width: width, order: order, offset: 0, limit: nil)
      for row in 0..<sorted.count {
        let start = row * sorted.width
        try groups.states[group][index].add(
          sorted.words.span.extracting(start..<start + width), context)
      }
    }
    return try groups.states[group][index].result()
  }
}
