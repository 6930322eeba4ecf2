/// Tables whose shape changes while a spec runs.
///
/// - Note: Only runs of specs change definitions, which pack no states.
extension DatabaseState {
  /// Where the values of a table's versions stood before it got another shape, by where they stand now.
  package typealias FormerCells = [Int32: Int32]

  /// Gives a table's rows, in all their versions, other values.
  ///
  /// - Parameters:
  ///   - table: The table, to which nobody else has access.
  ///   - width: How many words a version had.
  ///   - convert: The words of a version in the new shape.
  /// - Returns: What ``undoReshape(of:_:)`` needs to take it back.
  /// - Throws: the first error of a conversion; nothing is changed then.
  package mutating func reshape(
    _ table: TableID, width: Int, convert: ([Value]) throws(SQLError) -> [Value]
  ) throws(SQLError) -> FormerCells {
    var moved: [Int32: Int32] = [:]
    let live = Set(places(of: table))
    let dead = Set(heap.filter { $0.table == table.index }.compactMap(\.cells)).subtracting(live)
    // Their order is that of the heap.
    for place in live.union(dead).sorted() {
      let former = Array(cells[Int(place)..<min(Int(place) + width, cells.count)])
      let values = live.contains(place) ? try convert(former) : (try? convert(former)) ?? former
      moved[place] = Int32(cells.count)
      cells.append(contentsOf: values)
      // A version without values has a place of its own all the same.
      if values.isEmpty { cells.append(.null) }
    }
    move(table, moved)
    return Dictionary(uniqueKeysWithValues: moved.map { ($1, $0) })
  }

  /// Gives a table's rows the shape that they had before.
  package mutating func undoReshape(of table: TableID, _ former: FormerCells) {
    move(table, former)
  }

  /// A table was written anew by a transaction that has just been committed: older snapshots find no rows in it.
  package mutating func noteRewrite(of table: TableID) {
    // It may have been the only thing that was committed.
    commits += 1
    versions.removeAll { $0.table == table.index && $0.end != Version.forever }
    for index in versions.indices where versions[index].table == table.index {
      versions[index].begin = commits
    }
  }

  private func places(of table: TableID) -> [Int32] {
    var places: [Int32] = []
    for version in versions where version.table == table.index {
      places += [version.cells, version.root]
    }
    for write in writes where write.table == table.index { places += [write.cells, write.root] }
    return places
  }

  private mutating func move(_ table: TableID, _ places: [Int32: Int32]) {
    for index in versions.indices where versions[index].table == table.index {
      versions[index].cells = places[versions[index].cells] ?? versions[index].cells
      versions[index].root = places[versions[index].root] ?? versions[index].root
    }
    for index in writes.indices where writes[index].table == table.index {
      writes[index].cells = places[writes[index].cells] ?? writes[index].cells
      writes[index].root = places[writes[index].root] ?? writes[index].root
    }
    for index in heap.indices where heap[index].table == table.index {
      heap[index].cells = heap[index].cells.map { places[$0] ?? $0 }
    }
  }

  /// Makes room for tables and sequences that the schema has got.
  package mutating func grow(to schema: Schema) {
    while nextRow.count < schema.tables.count { nextRow.append(0) }
    for sequence in schema.sequences.dropFirst(sequences.count) {
      sequences.append(sequence.first ?? sequence.start)
    }
  }
}
