/// The versions of rows as they lie in PostgreSQL's heap, for `ctid`.
extension DatabaseState {
  /// A version that was made, whatever became of it since.
  package struct HeapEntry: Hashable, Sendable {
    package var table: UInt16
    /// Where its values begin; `nil` for TRUNCATE, after which places are not known.
    package var cells: Int32?
  }

  mutating func noteInHeap(_ table: UInt16, _ cells: Int32) {
    if isHeapOrdered { heap.append(HeapEntry(table: table, cells: cells)) }
  }

  /// A version's place among all that were made in its table, from 1.
  ///
  /// - Parameters:
  ///   - cells: Where the version's values begin.
  ///   - table: Its table.
  ///   - width: How many columns the table has.
  /// - Returns: `nil` where it is not known: after TRUNCATE, and where the table may be larger than one page
  ///   (8 KB), the end of which is cleaned up.
  package func placeInHeap(of cells: Int32, _ table: UInt16, width: Int) -> Int? {
    var place = 0
    var bytes = 0
    for entry in heap where entry.table == table {
      guard let start = entry.cells else { return nil }
      if start <= cells { place += 1 }
      bytes += Self.tupleBytes
      for cell in self.cells[Int(start)..<Int(start) + width] {
        bytes += max(16, (cell.asText?.utf8.count ?? 0) + 8)
      }
    }
    return bytes <= Self.pageBytes ? place : nil
  }

  /// A tuple's header and its pointer, with padding.
  private static let tupleBytes = 40
  /// What a page holds before it is first cleaned up: all but a tenth (`heap_page_prune_opt`).
  private static let pageBytes = 7200

  /// Writes the versions of a table anew in the order of some of their values, NULLs last (`cluster_rel`).
  ///
  /// - Parameters:
  ///   - table: The table.
  ///   - columns: Where the values lie, of an index.
  ///   - width: How many values a version has.
  ///   - session: Whose transaction does it; it is undone with that.
  package mutating func cluster(_ table: UInt16, by columns: [Int], width: Int, session: Int) {
    var places: [Int32] = []
    for version in versions where version.table == table { places.append(version.cells) }
    for write in writes where write.table == table && write.kind != .delete {
      places.append(write.cells)
    }
    places = Set(places).sorted { isOrdered($0, before: $1, by: columns) }
    var moved: [Int32: Int32] = [:]
    for place in places {
      moved[place] = append(cells: Array(cells[Int(place)..<Int(place) + width]))
    }
    var changes: [Switch.Rewrite] = []
    for index in versions.indices where versions[index].table == table {
      guard let new = moved[versions[index].cells] else { continue }
      changes.append(
        Switch.Rewrite(cells: new, oldCells: versions[index].cells, oldRoot: versions[index].root))
      versions[index].cells = new
      versions[index].root = new
    }
    for index in writes.indices where writes[index].table == table && writes[index].kind != .delete
    {
      guard let new = moved[writes[index].cells] else { continue }
      writes[index].cells = new
      writes[index].root = new
    }
    noteSwitch(.rewritten(table, changes), session: session)
    heap.append(HeapEntry(table: table, cells: nil))
  }

  private func isOrdered(_ left: Int32, before right: Int32, by columns: [Int]) -> Bool {
    for column in columns {
      let (one, other) = (cells[Int(left) + column], cells[Int(right) + column])
      if one.isNull || other.isNull {
        if one.isNull != other.isNull { return other.isNull }
        continue
      }
      let order = Value.compare(one, other)
      if order != 0 { return order < 0 }
    }
    return left < right
  }
}
