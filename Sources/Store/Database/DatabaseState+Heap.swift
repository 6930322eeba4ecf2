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
}
