import Store

/// Window functions: over all rows of a select, before DISTINCT, ORDER BY and LIMIT.
extension Executor {
  /// Calls `body` for each tuple with the values of its window functions behind its columns, in the order
  /// of the last window.
  mutating func forEachWindowed(of select: Select, _ body: RowBody) throws(SQLError) {
    let width = select.groupOffset
    var rows = RowSet(width: width)
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      let base = executor.levels[executor.levels.count - 1]
      rows.append(executor.tuples[base..<base + width])
      return true
    }
    var results = RowSet(width: select.windows.count)
    results.count = rows.count
    for _ in 0..<rows.count * results.width { results.words.append(.null) }
    var order = Array(0..<rows.count)
    pushLevel(width: select.tupleWidth)
    let depth = levels.count
    defer { while levels.count >= depth { popLevel() } }
    let base = levels[depth - 1]
    for (number, window) in select.windows.enumerated() {
      let keys = try windowKeys(window, rows, base: base)
      Self.sort(&order, by: keys, window)
      try compute(window, number, keys, order, &results)
    }
    for row in order {
      for (word, value) in rows.row(row).enumerated() { tuples[base + word] = value }
      for (word, value) in results.row(row).enumerated() { tuples[base + width + word] = value }
      if try !body(&self) { return }
    }
  }

  /// For each row what divides it into partitions, what orders it, the arguments, and whether the filter
  /// lets it through.
  private mutating func windowKeys(
    _ window: WindowCall, _ rows: RowSet, base: Int
  ) throws(SQLError) -> RowSet {
    var keys = RowSet(
      width: window.partition.count + window.order.count + window.arguments.count + 1)
    for row in 0..<rows.count {
      for (word, value) in rows.row(row).enumerated() { tuples[base + word] = value }
      for key in window.partition { keys.words.append(try evaluate(key)) }
      for key in window.order { keys.words.append(try evaluate(key.expression)) }
      for argument in window.arguments { keys.words.append(try evaluate(argument)) }
      keys.words.append(Value(try isTrue(window.filter)))
      keys.count += 1
    }
    return keys
  }

  /// Rows that compare alike stay in the order that they have.
  private static func sort(_ order: inout [Int], by keys: RowSet, _ window: WindowCall) {
    let partition = OrderKey(
      expression: Expression(start: 0, count: 0), isDescending: false, areNullsFirst: false)
    let sortKeys = window.partition.map { _ in partition } + window.order
    let places = order.enumerated().map { (place: $0.offset, row: $0.element) }
    order = places.sorted { left, right in
      for (column, key) in sortKeys.enumerated() {
        let comparison = compare(
          keys.words[left.row * keys.width + column], keys.words[right.row * keys.width + column],
          key)
        if comparison != 0 { return comparison < 0 }
      }
      return left.place < right.place
    }.map(\.row)
  }

  private mutating func compute(
    _ window: WindowCall, _ number: Int, _ keys: RowSet, _ order: [Int], _ results: inout RowSet
  ) throws(SQLError) {
    let partitionWidth = window.partition.count
    let peerWidth = partitionWidth + window.order.count
    func agree(_ left: Int, _ right: Int, in width: Int) -> Bool {
      Self.isSameRow(
        keys.row(order[left]).prefix(width), keys.row(order[right]).prefix(width))
    }
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count && agree(start, end, in: partitionWidth) { end += 1 }
      var span = WindowSpan(start: start, end: end)
      var running = RunningAggregate(window)
      for place in start..<end {
        span.place = place
        if place == start || !agree(span.peers, place, in: peerWidth) {
          span.peers = place
          span.peerNumber += 1
          span.peerEnd = place + 1
          while span.peerEnd < end && agree(place, span.peerEnd, in: peerWidth) {
            span.peerEnd += 1
          }
        }
        span.frameEnd = window.isWhole ? end : window.countsRows ? place + 1 : span.peerEnd
        results.words[order[place] * results.width + number] = try value(
          of: window, span, keys, order, &running)
      }
      start = end
    }
  }

  /// Where a row stands in its partition, in places of the sorted rows.
  private struct WindowSpan {
    var start: Int
    var end: Int
    var place = 0
    var peers = 0
    var peerEnd = 0
    var peerNumber: Int64 = 0
    var frameEnd = 0

    init(start: Int, end: Int) {
      self.start = start
      self.end = end
    }
  }

  /// An aggregate over the frame so far.
  private struct RunningAggregate {
    var state: AggregateState?
    var count = 0

    init(_ window: WindowCall) {
      if case .aggregate(let function) = window.function { state = AggregateState(function) }
    }
  }

  private mutating func value(
    of window: WindowCall, _ span: WindowSpan, _ keys: RowSet, _ order: [Int],
    _ running: inout RunningAggregate
  ) throws(SQLError) -> Value {
    let first = window.partition.count + window.order.count
    func argument(_ index: Int, at place: Int) -> Value {
      keys.words[order[place] * keys.width + first + index]
    }
    switch window.function {
    case .rowNumber: return Value(integer: Int64(span.place - span.start + 1))
    case .rank: return Value(integer: Int64(span.peers - span.start + 1))
    case .denseRank: return Value(integer: span.peerNumber)
    case .firstValue: return argument(0, at: span.start)
    case .lastValue: return argument(0, at: span.frameEnd - 1)
    case .lag, .lead:
      var distance = 1
      if window.arguments.count > 1 {
        guard let given = argument(1, at: span.place).asInteger else { return .null }
        distance = Int(given)
      }
      if case .lag = window.function { distance = -distance }
      let (place, overflow) = span.place.addingReportingOverflow(distance)
      if !overflow, place >= span.start, place < span.end { return argument(0, at: place) }
      return window.arguments.count > 2 ? argument(2, at: span.place) : .null
    case .aggregate:
      guard var state = running.state else { return .null }
      let count = window.arguments.count
      while span.start + running.count < span.frameEnd {
        let words = order[span.start + running.count] * keys.width + first
        if keys.words[words + count].isTrue {
          try state.add(keys.words.span.extracting(words..<words + count), context)
        }
        running.count += 1
      }
      running.state = state
      return try state.result()
    }
  }
}
