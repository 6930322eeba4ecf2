/// TRUNCATE, which is not MVCC-safe: once it commits, no snapshot shows the rows that were there.
extension DatabaseState {
  /// Records that the session empties a table; it holds ACCESS EXCLUSIVE, so that nobody else has changed it.
  ///
  /// Every row that any snapshot may still show is written off, those that were deleted before too.
  package mutating func truncate(table: UInt16, session: Int, command: Int32) {
    footprint?.noteTruncation(of: table)
    if isHeapOrdered { heap.append(HeapEntry(table: table, cells: nil)) }
    var rows: ContiguousArray<Int32> = []
    for version in versions[versionRange(of: table)] where rows.last != version.row {
      rows.append(version.row)
    }
    for write in writes
    where write.table == table && Int(write.session) == session && write.kind == .insert {
      rows.append(write.row)
    }
    for row in rows {
      writes.append(
        Write(
          session: UInt16(session), table: table, row: row, kind: .delete,
          indexed: Write.truncated, level: sessions[session].level, command: command, cells: 0))
    }
  }

  /// Forgets a row whose truncation is committed.
  mutating func eraseVersions(table: UInt16, row: Int32) {
    versions.removeAll { $0.table == table && $0.row == row }
  }
}

extension DatabaseState.Write {
  /// What ``indexed`` is for a row that TRUNCATE has written off: a deletion is in no index.
  static var truncated: UInt8 { 0x3F }

  package var isTruncation: Bool { kind == .delete && indexed == Self.truncated }
}
