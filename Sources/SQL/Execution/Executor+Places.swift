import Store

/// `ctid`, in isolation specs: a table that is not cleaned up holds its versions in the order in which they were made.
extension Executor {
  /// The place of the version in hand of a row, as text.
  func place(of word: Value) throws(SQLError) -> Value {
    guard word.isRow else { return .null }
    let table = TableID(word.rowTable)
    guard let version = versionInHand(table, Int32(word.rowID)) else { return .null }
    let width = program.schema[table].columns.count
    guard let place = database.placeInHeap(of: version.cells, table.index, width: width) else {
      throw SQLError.unsupported("`ctid` after TRUNCATE, or of a table that fills a page")
    }
    return Value(text: "(0,\(place))")
  }

  /// The version that the tuple on top shows: the snapshot's, or the newest one of a row that has been locked.
  private func versionInHand(_ table: TableID, _ row: Int32) -> FoundRow? {
    let seen = visible(table, row)
    guard readsNewest, let newest = database.newest(table.index, row, session: session),
      newest.version == FoundRow.own || isLocked(table, row, seen: seen)
    else { return seen }
    return newest
  }

  /// Whether the session has locked the newest version: FOR KEY SHARE may be content with an older one.
  private func isLocked(_ table: TableID, _ row: Int32, seen: FoundRow?) -> Bool {
    database.holds(table: table.index, row: row, mode: .share, session: session)
      || database.holds(table: table.index, row: row, mode: .keyShare, session: session)
        && !keepsKeys(table, row, since: seen)
  }
}
