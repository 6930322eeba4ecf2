import Store

/// What serializable transactions read and write, as predicate.c must hear of it.
///
/// Nothing here does anything unless some session may run at that level.
extension Executor {
  /// Whether the session's transaction is watched for read/write dependencies.
  var isWatched: Bool {
    database.serializable.tracking != .off && database.isWatched(session: session)
  }

  /// Takes the statement's snapshot.
  ///
  /// - Returns: False if a READ ONLY DEFERRABLE transaction must wait for a safe one.
  mutating func takeSnapshot() -> Bool {
    let isFirst = database.sessions[session].snapshot < 0
    _ = database.statementSnapshot(session: session)
    let it = database.sessions[session]
    guard isFirst, it.isDeferrable, it.isReadOnly, isWatched else { return true }
    return awaitSafeSnapshot()
  }

  /// Goes on after a wait for a safe snapshot, unless another is needed.
  mutating func awaitSafeSnapshot() -> Bool {
    if database.takeSafeSnapshot(session: session) { return true }
    recordWait(.safeSnapshot)
    return false
  }

  // MARK: Reading

  /// Notes that the relation's table is searched; `keyStart` is where the values of its key lie on the operands.
  mutating func noteRead(
    _ table: TableID, _ relation: Relation, keyStart: Int
  ) throws(SQLError) {
    guard isWatched, !program.schema[table].isWorld, !repeatsReads else { return }
    // A search for NULL ends before it begins (`_bt_first`).
    let isForNull = relation.key.map { key in
      key.columns.indices.contains { operands[keyStart + $0].isNull }
    }
    if database.serializable.tracking == .server {
      if isForNull ?? false, let access = relation.access, access.walks.isEmpty { return }
      try noteServerRead(table, relation)
      return
    }
    var index: Int?
    if let key = relation.key {
      if isForNull ?? false { return }
      index = program.schema[table].uniqueIndexes.firstIndex { $0.columns == key.columns }
    }
    guard let index, let key = relation.key else {
      try noteTableRead(table)
      return
    }
    try noteKeyRead(
      table, index: index, columns: key.columns,
      values: operands[keyStart..<keyStart + key.columns.count])
  }

  /// The whole table has been read, on another snapshot than the transaction's where one is given.
  mutating func noteTableRead(_ table: TableID, on snapshot: Int32? = nil) throws(SQLError) {
    guard isWatched else { return }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    database.addPredicateLock(
      SerializableState.Lock(.relation, table: table.index), session: session)
    try readPast(table, on: snapshot) { (_, _) in true }
  }

  /// A key of a unique index has been looked up.
  mutating func noteKeyRead(
    _ table: TableID, index: Int, columns: [Int], values: some Collection<Value>
  ) throws(SQLError) {
    guard isWatched else { return }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    let cells = database.append(cells: values)
    var lock = SerializableState.Lock(.key, table: table.index)
    lock.index = UInt8(index)
    lock.cells = cells
    lock.count = UInt8(columns.count)
    database.addPredicateLock(lock, session: session)
    try readPast(table, index: index) { (executor, start) in
      for (offset, column) in columns.enumerated() {
        let cell = executor.database.cells[Int(start) + column]
        let wanted = executor.database.cells[Int(cells) + offset]
        if cell.isNull || wanted.isNull || !Value.equal(cell, wanted) { return false }
      }
      return true
    }
  }

  /// Notes the changes that the transaction's snapshot does not show, to rows that a search would have
  /// looked at.
  private mutating func readPast(
    _ table: TableID, index: Int? = nil, on snapshot: Int32? = nil,
    where isRead: (Executor, Int32) -> Bool
  ) throws(SQLError) {
    let snapshot = snapshot ?? max(database.sessions[session].snapshot, 0)
    for position in database.versionRange(of: table.index) {
      let version = database.versions[position]
      guard let writer = database.writer(past: version, snapshot: snapshot),
        isRead(self, version.cells)
      else { continue }
      try depend(on: writer)
    }
    for write in database.writes
    where write.table == table.index && Int(write.session) != session {
      var isHit = false
      if write.kind != .delete, !write.isTentative, Int(write.indexed) > index ?? -1 {
        isHit = isRead(self, write.cells)
      }
      if !isHit, write.kind != .insert,
        let seen = database.visible(
          table.index, write.row, session: session, snapshot: snapshot, command: .max)
      {
        isHit = isRead(self, seen.cells)
      }
      guard isHit, let writer = database.serializable.position(ofSession: Int(write.session))
      else { continue }
      try depend(on: writer)
    }
    try database.readTablePossibly(session: session, table: table.index)
  }

  /// The transaction has read past what another has written.
  mutating func depend(on writer: Int) throws(SQLError) {
    let other = Int(database.serializable.transactions[writer].session)
    do throws(SQLError) {
      if try !database.dependOut(session: session, on: writer, .certain) { return }
    } catch {
      recorder.record(.depended(reader: session, writer: other))
      throw error
    }
    recorder.record(.depended(reader: session, writer: other))
  }

  // MARK: Writing

  /// Notes a write: those who have read what it changes come before it.
  mutating func noteWrite(
    _ target: DatabaseState.WriteTarget, _ table: TableID
  ) throws(SQLError) {
    guard isWatched else { return }
    try database.beginWrite(table: table.index, session: session)
    var next = 0
    while let reader = database.nextReader(
      of: target, table: table.index, of: program.schema[table], session: session, from: &next)
    {
      let other = Int(database.serializable.transactions[reader].session)
      do throws(SQLError) {
        if try !database.dependIn(session: session, from: reader, .certain) { continue }
      } catch {
        recorder.record(.depended(reader: other, writer: session))
        throw error
      }
      recorder.record(.depended(reader: other, writer: session))
    }
    try database.endWrite(target, table: table.index, session: session)
  }

  /// Notes that a row's newest version is replaced or deleted.
  mutating func noteRowWrite(_ table: TableID, _ row: Int32) throws(SQLError) {
    guard isWatched, let newest = database.newest(table.index, row, session: session) else {
      return
    }
    try noteWrite(.row(row, version: newest.version, cells: newest.cells), table)
  }

  /// Notes that a row is entered in one of the unique indexes.
  mutating func noteEntry(index: Int, of table: TableID, cells: Int32) throws(SQLError) {
    guard isWatched else { return }
    let columns = program.schema[table].uniqueIndexes[index].columns
    try noteWrite(.entry(index: index, columns: columns, cells: cells), table)
  }
}

extension Executor {
  /// The row that is in the way of an insert has been found: one that the snapshot does not show has been read
  /// past.
  mutating func noteConflictRead(_ table: TableID, _ row: Int32, index: Int) throws(SQLError) {
    guard isWatched, let found = database.newest(table.index, row, session: session) else { return }
    guard database.serializable.tracking == .server else {
      let columns = program.schema[table].uniqueIndexes[index].columns
      let values = columns.map { database.cells[Int(found.cells) + $0] }
      try noteKeyRead(table, index: index, columns: columns, values: values)
      return
    }
    try database.refuseDoomed(session: session, during: "conflict out checking")
    guard found.version != FoundRow.own else { return }
    guard visible(table, row)?.version == found.version else {
      if let writer = database.serializable.position(ofCommit: found.version) {
        try depend(on: writer)
      }
      return
    }
    var lock = SerializableState.Lock(.tuple, table: table.index)
    lock.row = row
    lock.version = found.version
    database.addPredicateLock(lock, session: session)
  }

  /// A foreign key's parent has been looked up by its key.
  mutating func noteParentRead(
    _ key: Table.ForeignKey, _ parent: TableID, _ values: [Value]
  ) throws(SQLError) {
    if database.serializable.tracking == .server {
      try noteServerRead(parent, columns: key.parentColumns, values: values)
      return
    }
    let indexes = program.schema[parent].uniqueIndexes
    guard let index = indexes.firstIndex(where: { Set($0.columns) == Set(key.parentColumns) })
    else {
      try noteTableRead(parent)
      return
    }
    let ordered = indexes[index].columns.compactMap { column in
      key.parentColumns.firstIndex(of: column).map { values[$0] }
    }
    try noteKeyRead(parent, index: index, columns: indexes[index].columns, values: ordered)
  }

  /// The children of a parent have been looked up, on a new snapshot: a committed child is found, and so not
  /// missed.
  mutating func noteChildRead(
    _ table: TableID, _ key: Table.ForeignKey, _ values: [Value]
  ) throws(SQLError) {
    if database.serializable.tracking == .server {
      try noteServerRead(table, columns: key.columns, values: values, on: database.commits)
    } else {
      try noteTableRead(table, on: database.commits)
    }
  }
}
