/// A session's uncommitted writes to a table by row: what a scan of many rows looks up instead of searching
/// ``DatabaseState/writes`` for each.
struct OwnWrites {
  /// With fewer writes a search costs less.
  static let least = 32

  /// The position of the last write to each row.
  private(set) var last: [Int32: Int] = [:]
  /// The rows that the session has inserted, in order.
  private var inserted: ContiguousArray<Int32> = []
  private var position = 0

  /// Collects the writes by commands before `command`.
  init(in database: DatabaseState, of table: UInt16, session: Int, command: Int32) {
    for (position, write) in database.writes.enumerated()
    where write.table == table && Int(write.session) == session && write.command < command {
      last[write.row] = position
      if write.kind == .insert { inserted.append(write.row) }
    }
    inserted.sort()
  }

  /// The next inserted row that has not been deleted again.
  mutating func nextInsert(in database: DatabaseState) -> FoundRow? {
    while position < inserted.count {
      if let write = last[inserted[position]], database.writes[write].kind != .delete {
        return database.writes[write].found
      }
      position += 1
    }
    return nil
  }

  mutating func passInsert() { position += 1 }
}
