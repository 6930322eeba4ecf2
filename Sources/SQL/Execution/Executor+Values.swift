import Store

/// VALUES of several rows that advance sequences: PostgreSQL evaluates a row when the one before it has been inserted
/// (nodeValuesscan.c), so that a row that fails, or waits, leaves the numbers of those behind it alone.
///
/// A row that has not been evaluated is kept as its number among the candidates.
extension Executor {
  /// Whether the rows of an insert are evaluated one by one.
  func drawsRowByRow(_ insert: Insert) -> Bool {
    let query = program.queries[Int(insert.source.index)]
    guard case .values(let rows) = query.body, query.isPlain, rows.count > 1, !rows[0].isEmpty
    else {
      return false
    }
    return rows.contains { row in
      row.contains { expression in
        program.operations[program.range(of: expression)].contains { operation in
          switch operation {
          case .nextValue, .sequence: true
          default: false
          }
        }
      }
    }
  }

  /// Makes all rows candidates, none of which has been evaluated.
  mutating func postponeRows(_ insert: Insert) {
    guard case .values(let rows) = program.queries[Int(insert.source.index)].body else { return }
    progress.stride = max(rows[0].count, 1)
    for (number, row) in rows.enumerated() {
      progress.candidates.append(.raw(number))
      for _ in row.dropFirst() { progress.candidates.append(.null) }
    }
  }

  /// Evaluates the row that is next, unless that has been done.
  mutating func evaluatePostponed(_ insert: Insert) throws(SQLError) {
    guard !insert.columns.isEmpty, progress.next < progress.candidates.count,
      let number = progress.candidates[progress.next].asRaw,
      case .values(let rows) = program.queries[Int(insert.source.index)].body,
      rows.indices.contains(number)
    else { return }
    pushLevel(width: 0)
    defer { popLevel() }
    for (column, expression) in rows[number].enumerated() {
      progress.candidates[progress.next + column] = try evaluate(expression)
    }
  }
}
