/// A row as one reader finds it: where its values are, and which version they are.
package struct FoundRow: Hashable, Sendable {
  package var row: Int32
  /// Where its column values begin in ``DatabaseState/cells``.
  package var cells: Int32
  /// The commit that made the version; ``own`` for a write of the reader's own transaction.
  package var version: Int32
  /// The place that an index leads to, which is that of an earlier version where only columns have been
  /// updated that are in no index (a heap-only tuple, README.HOT).
  package var root: Int32 = 0

  package static let own: Int32 = -1
}

extension DatabaseState.Write {
  /// The row as its writer finds it.
  var found: FoundRow { FoundRow(row: row, cells: cells, version: FoundRow.own, root: root) }
}

extension DatabaseState {
  /// The positions of a table's versions in ``versions``.
  package func versionRange(of table: UInt16) -> Range<Int> {
    let low = versionPosition(of: table, 0)
    guard low < versions.count, versions[low].table == table else { return low..<low }
    return low..<versionPosition(of: table + 1, 0)
  }

  /// The positions of a row's versions in ``versions``.
  func versionRange(of table: UInt16, _ row: Int32) -> Range<Int> {
    let low = versionPosition(of: table, row)
    var high = low
    while high < versions.count && versions[high].row == row && versions[high].table == table {
      high += 1
    }
    return low..<high
  }

  /// The position of the first version of a row, or of those behind it.
  private func versionPosition(of table: UInt16, _ row: Int32) -> Int {
    var low = 0
    var high = versions.count
    while low < high {
      let middle = (low + high) / 2
      let version = versions[middle]
      if version.table < table || version.table == table && version.row < row {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// A walk over the rows of a table that a session sees, in scan order.
  package struct Scan {
    let table: UInt16
    let session: Int
    let snapshot: Int32
    let command: Int32
    var position: Int
    let end: Int
    /// The session's own inserts have numbers between those of committed rows: both are walked in order.
    var lastInsert: Int32 = -1
    /// The session's own writes, where they are too many to be searched for each row.
    var writes: OwnWrites?
    /// The rows in the order of the heap; empty where that of their numbers counts.
    var heap: ContiguousArray<FoundRow> = []
    var nextInHeap = 0
    let isByIndex: Bool
  }

  /// Begins a scan.
  ///
  /// - Parameters:
  ///   - table: A position in the schema's tables.
  ///   - session: The reader.
  ///   - snapshot: Commits up to this one are seen.
  ///   - command: The reader's own writes by earlier commands are seen.
  ///   - isByIndex: Whether the places of the rows are those that an index leads to.
  ///   - isNoted: Whether the caller has noted which rows it looks for (``noteLookup(_:_:_:takesNulls:)``);
  ///     otherwise it counts as reading all of them.
  /// - Returns: A place in front of the first row, for ``next(_:)``.
  package func scan(
    _ table: UInt16, session: Int, snapshot: Int32, command: Int32, isByIndex: Bool = false,
    isNoted: Bool = false
  ) -> Scan {
    if let footprint, !isNoted { footprint.noteScan(of: table) }
    let range = versionRange(of: table)
    var scan = Scan(
      table: table, session: session, snapshot: snapshot, command: command,
      position: range.lowerBound, end: range.upperBound, isByIndex: isByIndex)
    if writes.count > OwnWrites.least {
      scan.writes = OwnWrites(in: self, of: table, session: session, command: command)
    }
    if isHeapOrdered { sortByHeap(&scan) }
    return scan
  }

  /// Collects the rows that a scan gives, by the places of their versions.
  ///
  /// The values of a new version go behind all that were there (``append(cells:)``), as its tuple goes
  /// behind those of the heap; a small table is never pruned. So the order of the cells is the order of the
  /// heap.
  private func sortByHeap(_ scan: inout Scan) {
    while let found = nextByNumber(&scan) { scan.heap.append(found) }
    if scan.isByIndex {
      scan.heap.sort { ($0.root, $0.row) < ($1.root, $1.row) }
    } else {
      scan.heap.sort { ($0.cells, $0.row) < ($1.cells, $1.row) }
    }
  }

  /// The next row of a scan; the rows must not change while it is under way.
  package func next(_ scan: inout Scan) -> FoundRow? {
    guard isHeapOrdered else { return nextByNumber(&scan) }
    guard scan.nextInHeap < scan.heap.count else { return nil }
    scan.nextInHeap += 1
    return scan.heap[scan.nextInHeap - 1]
  }

  private func nextByNumber(_ scan: inout Scan) -> FoundRow? {
    while true {
      let inserted =
        scan.writes != nil
        ? scan.writes?.nextInsert(in: self)
        : nextOwnInsert(
          scan.table, session: scan.session, command: scan.command, after: scan.lastInsert)
      if let inserted, scan.position == scan.end || inserted.row < versions[scan.position].row {
        scan.lastInsert = inserted.row
        scan.writes?.passInsert()
        return inserted
      }
      guard scan.position < scan.end else { return nil }
      let row = versions[scan.position].row
      var visible: FoundRow?
      while scan.position < scan.end && versions[scan.position].row == row {
        let version = versions[scan.position]
        if version.begin <= scan.snapshot && scan.snapshot < version.end {
          visible = FoundRow(
            row: row, cells: version.cells, version: version.begin, root: version.root)
        }
        scan.position += 1
      }
      let own =
        scan.writes != nil
        ? scan.writes?.last[row]
        : ownWrite(scan.table, row, session: scan.session, command: scan.command)
      if let write = own {
        visible =
          writes[write].kind == .delete
          ? nil : writes[write].found
      }
      if let visible { return visible }
    }
  }

  /// The row as a snapshot shows it.
  package func visible(
    _ table: UInt16, _ row: Int32, session: Int, snapshot: Int32, command: Int32
  ) -> FoundRow? {
    if let write = ownWrite(table, row, session: session, command: command) {
      return writes[write].kind == .delete
        ? nil : writes[write].found
    }
    for version in versions[versionRange(of: table, row)]
    where version.begin <= snapshot && snapshot < version.end {
      return FoundRow(
        row: row, cells: version.cells, version: version.begin, root: version.root)
    }
    return nil
  }

  /// The row's newest state: the session's own last write, or the last committed version; `nil` if
  /// that is its deletion.
  package func newest(_ table: UInt16, _ row: Int32, session: Int) -> FoundRow? {
    if let write = ownWrite(table, row, session: session, command: .max) {
      return writes[write].kind == .delete
        ? nil : writes[write].found
    }
    return newestCommitted(table, row)
  }

  /// The last committed version, `nil` if there is none or it was deleted.
  package func newestCommitted(_ table: UInt16, _ row: Int32) -> FoundRow? {
    for version in versions[versionRange(of: table, row)] where version.end == Version.forever {
      return FoundRow(
        row: row, cells: version.cells, version: version.begin, root: version.root)
    }
    return nil
  }

  /// The last write of the session to the row by a command before `command`.
  package func ownWrite(_ table: UInt16, _ row: Int32, session: Int, command: Int32) -> Int? {
    var index = writes.count - 1
    while index >= 0 {
      let write = writes[index]
      if write.row == row && write.table == table && Int(write.session) == session
        && write.command < command
      {
        return index
      }
      index -= 1
    }
    return nil
  }

  /// Whether the command itself has already changed the row; PostgreSQL then leaves it alone
  /// (`TM_SelfModified`).
  package func isWritten(_ table: UInt16, _ row: Int32, session: Int, byCommand command: Int32)
    -> Bool
  {
    writes.contains {
      $0.row == row && $0.table == table && Int($0.session) == session && $0.command >= command
    }
  }

  private func nextOwnInsert(_ table: UInt16, session: Int, command: Int32, after row: Int32)
    -> FoundRow?
  {
    var next: Int32?
    for write in writes
    where write.kind == .insert && write.table == table && Int(write.session) == session
      && write.command < command && write.row > row && write.row < next ?? .max
    {
      next = write.row
    }
    guard let next else { return nil }
    let last = ownWrite(table, next, session: session, command: command)
    guard let last, writes[last].kind != .delete else {
      return nextOwnInsert(table, session: session, command: command, after: next)
    }
    return writes[last].found
  }

  /// Adds column values and returns where they begin.
  package mutating func append(cells values: some Collection<Value>) -> Int32 {
    let start = Int32(cells.count)
    cells.append(contentsOf: values)
    return start
  }

  /// Records an uncommitted insert under a new row number.
  package mutating func insert(
    table: UInt16, session: Int, command: Int32, cells: Int32
  ) -> Int32 {
    let row = nextRow[Int(table)]
    nextRow[Int(table)] += 1
    footprint?.noteChange(table, cells, in: self)
    noteInHeap(table, cells)
    numberTransaction(session: session)
    writes.append(
      Write(
        session: UInt16(session), table: table, row: row, kind: .insert, indexed: 0,
        level: sessions[session].level, command: command, cells: cells, root: cells))
    return row
  }

  /// Records an uncommitted update or delete; the caller holds the row lock.
  ///
  /// An update that is `isHeapOnly` changes no column of an index.
  package mutating func write(
    _ kind: Write.Kind, table: UInt16, row: Int32, session: Int, command: Int32, cells: Int32,
    isHeapOnly: Bool = false
  ) {
    assert(
      locks.contains {
        $0.row == row && $0.table == table && Int($0.session) == session && $0.mode >= .noKeyUpdate
      } || ownWrite(table, row, session: session, command: .max) != nil,
      "session \(session) writes row \(row) of table \(table) without its lock")
    noteChange(table: table, row: row, session: session)
    if kind != .delete {
      footprint?.noteChange(table, cells, in: self)
      noteInHeap(table, cells)
    }
    let before = isHeapOnly ? newest(table, row, session: session) : nil
    let isRewritten = ownWrite(table, row, session: session, command: .max) != nil
    writes.append(
      Write(
        session: UInt16(session), table: table, row: row, kind: kind, indexed: 0,
        level: sessions[session].level, command: command, cells: cells,
        root: before?.root ?? cells,
        endsKey: holds(table: table, row: row, mode: .update, session: session),
        isUpdated: kind == .update || isRewritten, isRewritten: isRewritten))
  }

  // MARK: Committed data at once (initial rows, world tables)

  /// Inserts a row that everybody sees from now on.
  package mutating func insertCommitted(table: UInt16, cells: Int32) {
    let row = nextRow[Int(table)]
    nextRow[Int(table)] += 1
    footprint?.noteChange(table, cells, in: self)
    noteInHeap(table, cells)
    commits += 1
    addVersion(
      Version(
        table: table, row: row, begin: commits, end: Version.forever, cells: cells, root: cells))
  }

  /// Replaces (or with `nil` deletes) a row for everybody.
  package mutating func replaceCommitted(table: UInt16, row: Int32, cells: Int32?) {
    noteChange(table: table, row: row, session: nil)
    if let cells { footprint?.noteChange(table, cells, in: self) }
    commits += 1
    endVersion(table: table, row: row)
    if let cells {
      addVersion(
        Version(
          table: table, row: row, begin: commits, end: Version.forever, cells: cells, root: cells))
    }
  }

  /// Keeps ``versions`` sorted.
  mutating func addVersion(_ version: Version) {
    if let last = versions.last,
      last.table < version.table
        || last.table == version.table && last.row < version.row
    {
      versions.append(version)
      return
    }
    let range = versionRange(of: version.table, version.row)
    var index = range.upperBound
    while index > range.lowerBound, versions[index - 1].begin > version.begin { index -= 1 }
    versions.insert(version, at: index)
  }

  mutating func endVersion(
    table: UInt16, row: Int32, endsKey: Bool = false, isUpdated: Bool = false,
    isMoved: Bool = false
  ) {
    for index in versionRange(of: table, row) {
      if endsKey { versions[index].endsKey = true }
      guard versions[index].end == Version.forever else { continue }
      versions[index].end = commits
      versions[index].isUpdated = isUpdated
      versions[index].isMoved = isMoved
    }
  }

  /// Whether a row that is gone is in another partition by now.
  package func isMoved(_ table: UInt16, _ row: Int32) -> Bool {
    versions[versionRange(of: table, row)].contains(where: \.isMoved)
  }

  /// Marks the session's last write as the first half of a move to another partition.
  package mutating func markMoved(session: Int) {
    guard let last = writes.lastIndex(where: { Int($0.session) == session }) else { return }
    writes[last].isMoved = true
    writes[last].isUpdated = true
  }

  /// The version that a reader has found, among those that are committed.
  package func committed(_ table: UInt16, _ found: FoundRow) -> Version? {
    versions[versionRange(of: table, found.row)].first { $0.begin == found.version }
  }
}
