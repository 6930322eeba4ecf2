import Store

/// WITH RECURSIVE.
extension Executor {
  /// The rows of a recursive query in PostgreSQL's order: those of the first query, then each round's
  /// (`ExecRecursiveUnion`).
  mutating func recursiveRows(
    _ first: QueryID, _ next: QueryID, isAll: Bool, _ table: Int
  ) throws(SQLError) -> RowSet {
    // A function that is called in a round may run the same query.
    let outer = workingTables[table]
    defer { workingTables[table] = outer }
    let width = program.queries[Int(first.index)].columns.count
    var result = RowSet(width: width)
    var round = try rows(of: first)
    var rounds = 0
    while true {
      var added = RowSet(width: width)
      for index in 0..<round.count {
        let row = round.row(index)
        try countVisit()
        if !isAll, Self.contains(result, row) { continue }
        added.append(row)
        result.append(row)
      }
      // The second query is asked at least once, even where the first has no rows.
      if added.count == 0, rounds > 0 { return result }
      rounds += 1
      workingTables[table] = added
      round = try rows(of: next)
    }
  }

  private static func contains(_ rows: RowSet, _ row: ArraySlice<Value>) -> Bool {
    (0..<rows.count).contains { isSameRow(rows.row($0), row) }
  }
}
