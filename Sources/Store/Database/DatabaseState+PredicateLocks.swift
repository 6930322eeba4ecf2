/// What serializable transactions read, held against what others write.
extension DatabaseState {
  // MARK: Reading

  /// Remembers a read by the session's transaction, unless it has it, or something coarser, already.
  package mutating func addPredicateLock(_ lock: SerializableState.Lock, session: Int) {
    guard let position = serializable.position(ofSession: session) else { return }
    var lock = lock
    lock.owner = serializable.transactions[position].id
    serializable.transactions[position].tablesRead |= SerializableState.bit(lock.table)
    if isCovered(lock) { return }
    insert(lock)
    switch lock.target {
    case .relation:
      serializable.locks.removeAll {
        $0.owner == lock.owner && $0.table == lock.table
          && ($0.target == .tuple || $0.target == .heapPage
            || (serializable.tracking == .precise && $0.target == .key))
      }
    case .tuple:
      // The third tuple of a page stands for the page (`max_pred_locks_per_page`).
      let tuples = serializable.locks.lazy.filter {
        $0.owner == lock.owner && $0.table == lock.table && $0.target == .tuple
      }
      if tuples.count > 2 {
        serializable.locks.removeAll {
          $0.owner == lock.owner && $0.table == lock.table && $0.target == .tuple
        }
        insert(
          SerializableState.Lock(owner: lock.owner, target: .heapPage, table: lock.table))
      }
    case .heapPage, .indexPage, .key: break
    }
  }

  private func isCovered(_ lock: SerializableState.Lock) -> Bool {
    for held in serializable.locks where held.owner == lock.owner && held.table == lock.table {
      switch (held.target, lock.target) {
      case (.relation, .tuple), (.relation, .heapPage), (.heapPage, .tuple): return true
      case (.relation, .key) where serializable.tracking == .precise: return true
      default: if order(held, lock) == 0 { return true }
      }
    }
    return false
  }

  /// Keeps each owner's locks in an order that says nothing of when they were taken.
  private mutating func insert(_ lock: SerializableState.Lock) {
    var index = serializable.locks.count
    while index > 0, order(serializable.locks[index - 1], lock) > 0 { index -= 1 }
    serializable.locks.insert(lock, at: index)
  }

  private func order(_ left: SerializableState.Lock, _ right: SerializableState.Lock) -> Int {
    func compare<T: Comparable>(_ a: T, _ b: T) -> Int { a == b ? 0 : a < b ? -1 : 1 }
    var result = compare(left.owner, right.owner)
    if result == 0 { result = compare(left.table, right.table) }
    if result == 0 { result = compare(left.target.rawValue, right.target.rawValue) }
    if result == 0 { result = compare(left.index, right.index) }
    if result == 0 { result = compare(left.row, right.row) }
    if result == 0 { result = compare(left.version, right.version) }
    if result == 0 { result = compare(left.count, right.count) }
    var column = 0
    while result == 0, column < Int(left.count) {
      result = compare(
        cells[Int(left.cells) + column].bits, cells[Int(right.cells) + column].bits)
      column += 1
    }
    return result
  }

  /// The open or kept transaction that made a version which the snapshot does not show, or that ended one which it
  /// shows; `nil` where nobody who is watched has.
  package func writer(past version: Version, snapshot: Int32) -> Int? {
    if version.begin > snapshot { return serializable.position(ofCommit: version.begin) }
    guard version.end != Version.forever, version.end > snapshot else { return nil }
    return serializable.position(ofCommit: version.end)
  }

  /// What a server might see that locks whole tables: everybody who overlaps and has written to the table.
  package mutating func readTablePossibly(session: Int, table: UInt16) throws(SQLError) {
    guard serializable.tracking == .precise,
      let reader = serializable.position(ofSession: session)
    else { return }
    for index in serializable.transactions.indices {
      let it = serializable.transactions[index]
      guard it.tablesWritten & SerializableState.bit(table) != 0 else { continue }
      if it.isCommitted, !serializable.overlaps(it, serializable.transactions[reader]) { continue }
      try dependOut(session: session, on: index, .possible)
    }
  }

  // MARK: Writing

  /// What a write touches, of which readers may hold a lock.
  package enum WriteTarget: Sendable {
    /// A row that is new in the table.
    case relation
    /// A row whose version was made by a commit, or by the session itself (``FoundRow/own``); its values begin at
    /// `cells`.
    case row(Int32, version: Int32, cells: Int32)
    /// An entry in an index; the key's values are in the columns of a row that begins at `cells`.
    case entry(index: Int, columns: [Int], cells: Int32)
  }

  /// The session is about to write to the table.
  ///
  /// - Throws: 40001 if the transaction is doomed.
  package mutating func beginWrite(table: UInt16, session: Int) throws(SQLError) {
    guard let position = serializable.position(ofSession: session) else { return }
    try refuseDoomed(session: session, during: "conflict in checking")
    serializable.transactions[position].tablesWritten |= SerializableState.bit(table)
  }

  /// The session empties a whole table: whoever has read anything of it comes before
  /// (`CheckTableForSerializableConflictIn`).
  ///
  /// - Throws: 40001 if that completes a dangerous structure.
  package mutating func emptyTable(_ table: UInt16, session: Int) throws(SQLError) {
    guard let position = serializable.position(ofSession: session) else { return }
    serializable.transactions[position].tablesWritten |= SerializableState.bit(table)
    let id = serializable.transactions[position].id
    var next = 0
    while next < serializable.locks.count {
      let lock = serializable.locks[next]
      next += 1
      // Only the table's own locks count (`CheckTableForSerializableConflictIn`).
      guard lock.table == table, lock.target != .indexPage, lock.owner != id,
        let reader = serializable.position(of: lock.owner)
      else { continue }
      _ = try dependIn(session: session, from: reader, .certain)
    }
  }

  /// The position of the next transaction, in the order of their locks from the finest to the coarsest, that has
  /// read what the session writes; for ``dependIn(session:from:_:)``.
  package func nextReader(
    of target: WriteTarget, table: UInt16, of definition: Table, session: Int, from next: inout Int
  ) -> Int? {
    guard let position = serializable.position(ofSession: session) else { return nil }
    let id = serializable.transactions[position].id
    let kinds = Self.targetsFinestFirst
    let count = serializable.locks.count
    while next < kinds.count * count {
      let lock = serializable.locks[next % count]
      let kind = kinds[next / count]
      next += 1
      guard lock.target == kind, lock.table == table, lock.owner != id,
        isHit(lock, by: target, definition)
      else { continue }
      return serializable.position(of: lock.owner)
    }
    return nil
  }

  /// Ends a write: what only coarser locks would see, and what the transaction need no longer remember.
  package mutating func endWrite(
    _ target: WriteTarget, table: UInt16, session: Int
  ) throws(SQLError) {
    guard let position = serializable.position(ofSession: session) else { return }
    let id = serializable.transactions[position].id
    try writeTablePossibly(session: session, table: table)
    dropOwnLock(on: target, table: table, id: id, session: session)
  }

  private static var targetsFinestFirst: [SerializableState.Lock.Target] {
    [.tuple, .key, .indexPage, .heapPage, .relation]
  }

  private func isHit(
    _ lock: SerializableState.Lock, by target: WriteTarget, _ definition: Table
  ) -> Bool {
    switch (lock.target, target) {
    case (.relation, .relation), (.relation, .row), (.heapPage, .row): return true
    case (.tuple, .row(let row, let version, _)):
      return lock.row == row && lock.version == version
    case (.indexPage, .entry(let index, let columns, let cells)):
      guard Int(lock.index) == index else { return false }
      guard let plain = definition.plainIndex(numbered: index), plain.buckets > 0,
        let column = columns.first
      else { return true }
      return self.cells[Int(cells) + column].bucket(of: plain.buckets) == lock.row
    case (.key, .row(_, _, let cells)):
      guard Int(lock.index) < definition.uniqueIndexes.count else { return false }
      return isKey(lock, definition.uniqueIndexes[Int(lock.index)].columns, cells)
    case (.key, .entry(let index, let columns, let cells)):
      return Int(lock.index) == index && isKey(lock, columns, cells)
    default: return false
    }
  }

  private func isKey(
    _ lock: SerializableState.Lock, _ columns: [Int], _ start: Int32
  ) -> Bool {
    for (offset, column) in columns.enumerated() where offset < Int(lock.count) {
      let wanted = self.cells[Int(lock.cells) + offset]
      let cell = self.cells[Int(start) + column]
      if wanted.isNull || cell.isNull || !Value.equal(wanted, cell) { return false }
    }
    return true
  }

  private mutating func writeTablePossibly(session: Int, table: UInt16) throws(SQLError) {
    guard serializable.tracking == .precise else { return }
    var index = 0
    while index < serializable.transactions.count {
      if serializable.transactions[index].tablesRead & SerializableState.bit(table) != 0 {
        _ = try dependIn(session: session, from: index, .possible)
      }
      index += 1
    }
  }

  /// A write lock on the row makes the transaction's own read of it needless; not in a subtransaction, which
  /// may be undone.
  private mutating func dropOwnLock(
    on target: WriteTarget, table: UInt16, id: Int32, session: Int
  ) {
    guard case .row(let row, let version, _) = target, sessions[session].level == 0 else { return }
    serializable.locks.removeAll {
      $0.owner == id && $0.target == .tuple && $0.table == table && $0.row == row
        && $0.version == version
    }
  }
}
