import Store

/// Reads and index entries as the server remembers them for small tables, where schedules are run as
/// isolationtester does.
///
/// A sequential scan locks the relation. An index is one page, which is locked when it is searched and run into by
/// every new entry; the rows that it leads to are locked one by one. Of a hash index a bucket is locked.
extension Executor {
  mutating func noteServerRead(_ table: TableID, _ relation: Relation) throws(SQLError) {
    guard let access = relation.access else {
      database.addPredicateLock(
        SerializableState.Lock(.relation, table: table.index), session: session)
      try visit(table, byIndex: false) { (_, _, _) in true }
      return
    }
    if access.isNever { return }
    if let gate = access.gate, try !returnsRow(gate) { return }
    guard access.walks.isEmpty else {
      for walk in access.walks { try walkIndex(walk, table, relation) }
      return
    }
    for index in access.indexes where !access.hashKeys.contains(where: { $0.index == index }) {
      lockIndex(index, of: table)
    }
    for key in access.hashKeys {
      let value = try evaluate(key.value)
      lockBucket(of: value, key.index, of: table)
    }
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

  /// Whoever searches a hash index locks a bucket of it, by its first page (`_hash_first`).
  private mutating func lockBucket(of value: Value, _ index: Int, of table: TableID) {
    let buckets = program.schema[table].plainIndexes[index - Table.plainIndexBase].buckets
    guard let bucket = value.bucket(of: buckets) else { return }
    lockIndex(index, of: table, bucket: bucket)
  }

  private mutating func lockIndex(_ index: Int, of table: TableID, bucket: Int32 = 0) {
    var lock = SerializableState.Lock(.indexPage, table: table.index)
    lock.index = UInt8(clamping: index)
    lock.row = bucket
    database.addPredicateLock(lock, session: session)
  }

  /// Reads along an index until there are enough rows.
  private mutating func walkIndex(
    _ walk: IndexWalk, _ table: TableID, _ relation: Relation
  ) throws(SQLError) {
    var wanted = walk.extraRows
    for count in walk.rows { wanted += Int(try evaluate(count).asInteger ?? 0) }
    guard wanted > 0 else { return }
    lockIndex(walk.index, of: table)
    try visit(
      table, byIndex: true, along: walk,
      where: { (executor, row, cells) throws(SQLError) in
        if walk.skipsNulls, executor.database.cells[Int(cells) + walk.columns[0]].isNull {
          return false
        }
        guard let condition = walk.condition else { return true }
        executor.setRow(relation, table: table, row: row, cells: cells)
        return try executor.evaluate(condition).isTrue
      },
      goesOn: { (executor, row, cells) throws(SQLError) in
        executor.setRow(relation, table: table, row: row, cells: cells)
        guard try executor.isTrue(walk.filter) else { return true }
        if let mode = walk.skips,
          executor.database.isConflicting(
            table: table.index, row: row, mode: mode, session: executor.session)
        {
          return true
        }
        wanted -= 1
        return wanted > 0
      })
  }

  /// The versions of a table, then its writes as negative numbers, in the order in which an index, or the table,
  /// leads to them.
  private func places(_ table: TableID, along walk: IndexWalk?) -> [Int] {
    var places = Array(database.versionRange(of: table.index))
    for (position, write) in database.writes.enumerated()
    where write.table == table.index && write.kind != .delete && !write.isTentative {
      places.append(-1 - position)
    }
    guard let walk else { return places }
    func cells(_ place: Int) -> Int {
      Int(place < 0 ? database.writes[-1 - place].cells : database.versions[place].cells)
    }
    let key = OrderKey(
      expression: Expression(start: 0, count: 0), isDescending: false, areNullsFirst: false)
    let sorted = places.indices.sorted { left, right in
      for column in walk.columns {
        let comparison = Self.compare(
          database.cells[cells(places[left]) + column],
          database.cells[cells(places[right]) + column], key)
        if comparison != 0 { return comparison < 0 }
      }
      return left < right
    }.map { places[$0] }
    return walk.isDescending ? sorted.reversed() : sorted
  }

  /// Looks at each version that a scan would meet, as `HeapCheckForSerializableConflictOut` does.
  ///
  /// `goesOn` is asked after each row that the scan returns.
  private mutating func visit(
    _ table: TableID, byIndex: Bool, on snapshot: Int32? = nil, along walk: IndexWalk? = nil,
    where isMet: (inout Executor, Int32, Int32) throws(SQLError) -> Bool,
    goesOn: (inout Executor, Int32, Int32) throws(SQLError) -> Bool = { (_, _, _) in true }
  ) throws(SQLError) {
    let own = max(database.sessions[session].snapshot, 0)
    let snapshot = snapshot ?? own
    for place in places(table, along: walk) {
      if place < 0 {
        let write = database.writes[-1 - place]
        let isReturned = try visit(write, table, byIndex: byIndex, where: isMet)
        if isReturned, try !goesOn(&self, write.row, write.cells) { return }
      } else {
        let version = database.versions[place]
        if snapshot > own { try visitUnseen(version, own, snapshot, where: isMet) }
        let isReturned = try visit(version, table, byIndex: byIndex, snapshot, where: isMet)
        if isReturned, try !goesOn(&self, version.row, version.cells) { return }
      }
    }
  }

  /// Looks at versions that were made and superseded since the transaction's snapshot, where a newer one is read by.
  ///
  /// Whoever made them has written what the transaction does not know of.
  private mutating func visitUnseen(
    _ version: DatabaseState.Version, _ own: Int32, _ snapshot: Int32,
    where isMet: (inout Executor, Int32, Int32) throws(SQLError) -> Bool
  ) throws(SQLError) {
    guard database.isHeapOrdered, version.begin > own,
      version.isRewritten || version.end <= snapshot,
      try isMet(&self, version.row, version.cells),
      let writer = database.serializable.position(ofCommit: version.begin)
    else { return }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    try depend(on: writer)
  }

  /// - Returns: Whether the scan returns the version.
  private mutating func visit(
    _ version: DatabaseState.Version, _ table: TableID, byIndex: Bool, _ snapshot: Int32,
    where isMet: (inout Executor, Int32, Int32) throws(SQLError) -> Bool
  ) throws(SQLError) -> Bool {
    guard version.end > snapshot else {
      // A scan comes by what is dead, too, and a transaction that must fail does so at the first row it comes to.
      if database.isHeapOrdered, database.isDoomed(session: session),
        try isMet(&self, version.row, version.cells)
      {
        try database.refuseDoomed(session: session, during: "conflict out checking")
      }
      return false
    }
    guard try isMet(&self, version.row, version.cells) else { return false }
    let isVisible = version.begin <= snapshot
    if byIndex, !isVisible,
      isBehindVisible(table, version.row, before: version.begin, version.cells)
    {
      return false
    }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    if database.ownWrite(table.index, version.row, session: session, command: .max) != nil {
      return false
    }
    if let writer = database.writer(past: version, snapshot: snapshot) { try depend(on: writer) }
    guard isVisible else { return false }
    if let other = database.uncommittedWriter(table.index, version.row, besides: session),
      let writer = database.serializable.position(ofSession: other)
    {
      try depend(on: writer)
    }
    guard byIndex else { return true }
    var lock = SerializableState.Lock(.tuple, table: table.index)
    lock.row = version.row
    lock.version = version.begin
    database.addPredicateLock(lock, session: session)
    return true
  }

  /// - Returns: Whether the scan returns the version.
  private mutating func visit(
    _ write: DatabaseState.Write, _ table: TableID, byIndex: Bool,
    where isMet: (inout Executor, Int32, Int32) throws(SQLError) -> Bool
  ) throws(SQLError) -> Bool {
    guard try isMet(&self, write.row, write.cells) else { return false }
    let isOwn = Int(write.session) == session
    if byIndex, !isOwn, isBehindVisible(table, write.row, before: .max, write.cells) {
      return false
    }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    if !isOwn, let writer = database.serializable.position(ofSession: Int(write.session)) {
      try depend(on: writer)
    }
    guard isOwn else { return false }
    let last = database.ownWrite(table.index, write.row, session: session, command: .max)
    return last.map { database.writes[$0].cells } == write.cells
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
