import Store

/// What a scan looks for, for a ``Footprint``: a query that reads a whole table to find rows with a certain value
/// depends on the rows with that value alone.
extension Executor {
  /// Columns of a table, and the values that rows must have there to matter.
  struct RowProbe {
    var columns: [Int] = []
    var values: [Value] = []
  }

  /// Notes which rows a scan looks for.
  ///
  /// - Returns: What rows to pass over: those that ``mayMatch(_:_:)`` refuses; `nil` if the scan reads all rows.
  func noteProbe(
    _ table: TableID, _ relation: Relation, _ select: Select, keyStart: Int
  ) -> RowProbe? {
    if let key = relation.key {
      let values = Array(operands[keyStart..<keyStart + key.columns.count])
      database.noteLookup(table.index, key.columns, values)
      return RowProbe()
    }
    let probe = probe(of: relation, in: select)
    guard !probe.columns.isEmpty else { return nil }
    database.noteLookup(table.index, probe.columns, probe.values, takesNulls: true)
    return probe
  }

  /// Whether the query would not refuse the row at the first look.
  ///
  /// NULL does not end the evaluation of a condition, so that rows with NULL count as read.
  func mayMatch(_ cells: Int32, _ probe: RowProbe) -> Bool {
    for (column, wanted) in zip(probe.columns, probe.values) {
      let cell = database.cells[Int(cells) + column]
      if !cell.isNull && !Value.equal(cell, wanted) { return false }
    }
    return true
  }

  /// The equalities that a row must meet, of those that are known before the scan and are evaluated before
  /// anything that can fail.
  private func probe(of relation: Relation, in select: Select) -> RowProbe {
    var probe = RowProbe()
    guard let from = select.from, let filter = select.filter, isPlain(select, from) else {
      return probe
    }
    for condition in program.conjuncts(of: filter) {
      guard program.onlyCompares(condition) else { break }
      guard let sides = program.equality(at: condition) else { continue }
      for (one, other) in [(sides.left, sides.right), (sides.right, sides.left)] {
        guard case .column(0, let offset) = one else { continue }
        let column = Int(offset) - relation.offset - 1
        guard column >= 0, column < relation.columnCount, !probe.columns.contains(column),
          let value = known(other, before: relation), !value.isNull
        else { continue }
        probe.columns.append(column)
        probe.values.append(value)
      }
    }
    return probe
  }

  /// Whether going on from a row that the condition refuses could neither fail nor be noticed: relations are
  /// tables, and what joins them and finds their rows only compares.
  private func isPlain(_ select: Select, _ from: FromTree) -> Bool {
    for relation in select.relations {
      switch relation.source {
      case .table, .part, .result, .given, .outcomes: break
      case .query, .series, .function, .working: return false
      }
      for value in relation.key?.values ?? [] {
        guard program.onlyCompares(program.range(of: value)) else { return false }
      }
    }
    return isPlain(from)
  }

  private func isPlain(_ tree: FromTree) -> Bool {
    switch tree {
    case .relation: true
    case .join(let kind, let left, let right, let on):
      (kind == .inner || kind == .left) && isPlain(left) && isPlain(right)
        && (on.map { program.onlyCompares(program.range(of: $0)) } ?? true)
    }
  }

  /// An operand's value, if it is known when a relation is scanned.
  private func known(_ operand: Operation, before relation: Relation) -> Value? {
    switch operand {
    case .constant(let value): return value
    case .slot(let number): return slot(number)
    case .column(let depth, let offset):
      if depth == 0 && Int(offset) >= relation.offset { return nil }
      return tuples[levels[levels.count - 1 - Int(depth)] + Int(offset)]
    default: return nil
    }
  }
}
