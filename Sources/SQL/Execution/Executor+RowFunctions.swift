import Store

/// Functions that return rows.
///
/// The rows are collected on the stack, in an entry below the function's frame, and stay there when the
/// frame has gone, for the statement that was to read them.
extension Executor {
  /// Pushes the frame of a function, with an empty result below it if it returns rows.
  mutating func pushFrame(ofFunction callee: RoutineID, resultSlot slot: UInt16?) {
    guard let width = program.routines[Int(callee.index)].rowWidth else {
      pushFrame(callee, resultSlot: slot)
      return
    }
    let entry = stack.count
    stack.append(.header(kind: EntryKind.result.rawValue, a: width, b: 0))
    pushFrame(callee, resultSlot: nil)
    stack[frame + 1] = .raw(-entry - 1)
  }

  /// `RETURN NEXT`.
  mutating func returnNext(_ row: SlotList) throws(SQLError) {
    var words: ContiguousArray<Value> = []
    for index in 0..<Int(row.count) {
      words.append(slot(program.slotLists[Int(row.start) + index]))
    }
    try appendToResult(words[...], rows: 1)
  }

  /// Adds rows to the result of the function whose frame is on top.
  mutating func appendToResult(
    _ words: some Collection<Value>, rows count: Int
  ) throws(SQLError) {
    let entry = -(stack[frame + 1].asRaw ?? 0) - 1
    guard entry >= 0, entry < frame else { return }
    let header = stack[entry]
    guard header.headerB + count <= options.rowsLimit else {
      throw SQLError(
        .programLimitExceeded,
        "a function returns more than \(options.rowsLimit) rows; RaceSim goes no further")
    }
    stack[entry] = .header(
      kind: EntryKind.result.rawValue, a: header.headerA, b: header.headerB + count)
    stack.insert(contentsOf: words, at: frame)
    frame += words.count
  }

  /// Where the results begin that the frame's next statement reads.
  private func results() -> [Int] {
    var entries: [Int] = []
    var position = frame
    while position < stack.count {
      if stack[position].headerKind == EntryKind.result.rawValue { entries.append(position) }
      position += entryLength(at: position)
    }
    return entries
  }

  mutating func scanResult(
    _ number: Int, _ relation: Relation, _ body: RowBody
  ) throws(SQLError) -> Bool {
    let entries = results()
    guard entries.indices.contains(number) else { return true }
    let entry = entries[number]
    let width = stack[entry].headerA
    for row in 0..<stack[entry].headerB {
      let start = entry + 1 + row * width
      setRow(relation, Array(stack[start..<start + width]))
      if try !body(&self) { return false }
    }
    return true
  }

  /// The statement that the results were for has read them.
  mutating func dropResults(_ count: Int) {
    guard count > 0 else { return }
    for entry in results().suffix(count).reversed() {
      stack.removeSubrange(entry..<entry + entryLength(at: entry))
    }
  }

  // MARK: Series

  /// `generate_series` of what is no integer.
  ///
  /// Source: `generate_series_step_numeric`, `generate_series_timestamp`.
  mutating func scanSeries(
    _ bounds: [Expression], _ relation: Relation, adding addition: UInt16, _ body: RowBody
  ) throws(SQLError) -> Bool {
    var values: [Value] = []
    for bound in bounds {
      let value = try evaluate(bound)
      if value.isNull { return true }
      values.append(value)
    }
    let step = values.count > 2 ? values[2] : Value(numeric: Numeric(1))
    let direction = Value.compare(step, relation.zero)
    if direction == 0 {
      throw SQLError(.invalidParameterValue, "step size cannot equal zero")
    }
    var current = values[0]
    while Value.compare(current, values[1]) * direction <= 0 {
      try countVisit()
      setRow(relation, CollectionOfOne(current))
      if try !body(&self) { return false }
      operands.append(current)
      operands.append(step)
      try call(addition, 2, true)
      current = operands.removeLast()
    }
    return true
  }
}
