import Store

/// Reads and index entries as the server remembers them for small tables, where schedules are run as
/// isolationtester does.
///
/// A sequential scan locks the relation. An index is one page, which is locked when it is searched and run into by
/// every new entry; the rows that it leads to are locked one by one.
extension Executor {
  mutating func noteServerRead(_ table: TableID, _ relation: Relation) throws(SQLError) {
    guard let access = relation.access else {
      database.addPredicateLock(
        SerializableState.Lock(.relation, table: table.index), session: session)
      try visit(table, byIndex: false) { (_, _, _) in true }
      return
    }
    for index in access.indexes { lockIndex(index, of: table) }
    guard let condition = access.condition else {
      try visit(table, byIndex: true) { (_, _, _) in true }
      return
    }
    try visit(table, byIndex: true) { (executor, row, cells) throws(SQLError) in
      executor.setRow(relation, table: table, row: row, cells: cells)
      return try executor.evaluate(condition).isTrue
    }
  }

  /// A foreign key's query searches an index by a key, or the table where there is none.
  mutating func noteServerRead(
    _ table: TableID, columns: [Int], values: [Value], on snapshot: Int32? = nil
  ) throws(SQLError) {
    let found = program.schema[table].searchableIndexes.first { index in
      index.columns.first.map(columns.contains) ?? false
    }
    guard let found else {
      database.addPredicateLock(
        SerializableState.Lock(.relation, table: table.index), session: session)
      try visit(table, byIndex: false, on: snapshot) { (_, _, _) in true }
      return
    }
    lockIndex(found.number, of: table)
    try visit(table, byIndex: true, on: snapshot) { (executor, _, cells) in
      zip(columns, values).allSatisfy { column, value in
        let cell = executor.database.cells[Int(cells) + column]
        return !cell.isNull && !value.isNull && Value.equal(cell, value)
      }
    }
  }

  private mutating func lockIndex(_ index: Int, of table: TableID) {
    var lock = SerializableState.Lock(.indexPage, table: table.index)
    lock.index = UInt8(clamping: index)
    database.addPredicateLock(lock, session: session)
  }

  /// Looks at each version that a scan would meet, as `HeapCheckForSerializableConflictOut` does.
  private mutating func visit(
    _ table: TableID, byIndex: Bool, on snapshot: Int32? = nil,
    where isMet: (inout Executor, Int32, Int32) throws(SQLError) -> Bool
  ) throws(SQLError) {
    let snapshot = snapshot ?? max(database.sessions[session].snapshot, 0)
    for position in database.versionRange(of: table.index) {
      let version = database.versions[position]
      guard version.end > snapshot, try isMet(&self, version.row, version.cells) else { continue }
      let isVisible = version.begin <= snapshot
      if byIndex, !isVisible,
        isBehindVisible(table, version.row, before: version.begin, version.cells)
      {
        continue
      }
      try database.refuseDoomed(session: session, during: "conflict out checking")
      if database.ownWrite(table.index, version.row, session: session, command: .max) != nil {
        continue
      }
      if let writer = database.writer(past: version, snapshot: snapshot) { try depend(on: writer) }
      guard isVisible else { continue }
      if let other = database.uncommittedWriter(table.index, version.row, besides: session),
        let writer = database.serializable.position(ofSession: other)
      {
        try depend(on: writer)
      }
      guard byIndex else { continue }
      var lock = SerializableState.Lock(.tuple, table: table.index)
      lock.row = version.row
      lock.version = version.begin
      database.addPredicateLock(lock, session: session)
    }
    for write in database.writes where write.table == table.index {
      guard write.kind != .delete, try isMet(&self, write.row, write.cells) else { continue }
      if byIndex, Int(write.session) != session,
        isBehindVisible(table, write.row, before: .max, write.cells)
      {
        continue
      }
      try database.refuseDoomed(session: session, during: "conflict out checking")
      if Int(write.session) != session,
        let writer = database.serializable.position(ofSession: Int(write.session))
      {
        try depend(on: writer)
      }
    }
  }

  /// Whether an index leads to a version only through one that the snapshot shows, where a search ends: it was
  /// made by an update of no indexed column (a heap-only tuple).
  private func isBehindVisible(
    _ table: TableID, _ row: Int32, before begin: Int32, _ cells: Int32
  ) -> Bool {
    let snapshot = max(database.sessions[session].snapshot, 0)
    let end = begin == .max ? DatabaseState.Version.forever : begin
    for version in database.versions[database.versionRange(of: table.index)]
    where version.row == row && version.end == end {
      guard isHeapOnly(table, version.cells, cells) else { return false }
      if version.begin <= snapshot { return true }
      return isBehindVisible(table, row, before: version.begin, version.cells)
    }
    return false
  }

  /// Whether an update from one version to the other changes nothing that an index knows.
  private func isHeapOnly(_ table: TableID, _ old: Int32, _ new: Int32) -> Bool {
    !program.schema[table].indexedColumns.contains { column in
      database.cells[Int(old) + column] != database.cells[Int(new) + column]
    }
  }

  /// Whether the new row on the operands changes nothing that an index knows of the row in the top tuple.
  func isHeapOnly(_ table: TableID, old: Int, new: Int) -> Bool {
    !program.schema[table].indexedColumns.contains { tuples[old + $0] != operands[new + $0] }
  }

  // MARK: Index entries

  /// Notes the entries of the last written row in the indexes that are not unique.
  mutating func notePlainEntries() throws(SQLError) {
    guard database.serializable.tracking == .server, isWatched, let write = lastWrite else {
      return
    }
    let it = database.writes[write]
    let table = TableID(Int(it.table))
    for (index, plain) in program.schema[table].plainIndexes.enumerated() {
      if let predicate = plain.predicate, database.cells[Int(it.cells) + predicate].isNull {
        continue
      }
      try noteWrite(
        .entry(index: Table.plainIndexBase + index, columns: plain.columns, cells: it.cells), table)
    }
  }

  /// Notes the entries of an updated row whose unique keys have not changed, unless it needs none.
  mutating func noteUpdatedEntries(
    _ table: TableID, isHeapOnly: Bool
  ) throws(SQLError) {
    guard database.serializable.tracking == .server, isWatched, !isHeapOnly, let write = lastWrite
    else { return }
    let cells = database.writes[write].cells
    for index in program.schema[table].uniqueIndexes.indices {
      try noteEntry(index: index, of: table, cells: cells)
    }
    try notePlainEntries()
  }
}
