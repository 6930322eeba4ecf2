/// Cursors that clients declare, in runs of isolation specs.
///
/// A cursor has its rows from the start: they are those of the snapshot that DECLARE takes.
///
/// - Note: Only runs of specs have them, so that they are not part of a state's words.
package struct ClientCursor: Sendable {
  package var session: UInt16
  package var name: Value
  /// Declared in that subtransaction, whose end in an error takes it along.
  package var level: UInt16
  /// WITH HOLD: it outlives its transaction.
  package var isHeld: Bool
  /// Whether that transaction has committed.
  package var isKept = false
  package var isScroll: Bool
  /// The statement in the program that the rows come from.
  package var statement: Int32
  package var rows: [[Value]]
  /// The row that it stands on, from 1; 0 is before the first.
  package var position = 0

  package init(
    session: Int, name: Value, level: UInt16, isHeld: Bool, isScroll: Bool, statement: Int32,
    rows: [[Value]]
  ) {
    self.session = UInt16(session)
    self.name = name
    self.level = level
    self.isHeld = isHeld
    self.isScroll = isScroll
    self.statement = statement
    self.rows = rows
  }
}

/// Which rows FETCH wants; `nil` for all that are left.
package enum FetchDirection: Hashable, Sendable {
  case forward(Int?)
  case backward(Int?)
  case absolute(Int)
  case relative(Int)
}

extension ClientCursor {
  /// Moves, and gives the rows that it comes by (`DoPortalRunFetch` in pquery.c).
  package mutating func fetch(_ direction: FetchDirection) throws(SQLError) -> [[Value]] {
    switch direction {
    case .forward(let count):
      if let count, count < 0 { return try fetch(.backward(-count)) }
      if count == 0 { return current }
      let left = max(rows.count - position, 0)
      let taken = min(count ?? left, left)
      let first = position
      position = taken < count ?? .max ? rows.count + 1 : position + taken
      return Array(rows.dropFirst(first).prefix(taken))
    case .backward(let count):
      if let count, count < 0 { return try fetch(.forward(-count)) }
      if count == 0 { return current }
      try requireScroll()
      let before = max(min(position, rows.count + 1) - 1, 0)
      let taken = min(count ?? before, before)
      position = taken < count ?? .max ? 0 : before + 1 - taken
      return rows.prefix(before).suffix(taken).reversed()
    case .absolute(let place):
      let target = place < 0 ? max(rows.count + 1 + place, 0) : min(place, rows.count + 1)
      if target < position { try requireScroll() }
      position = target
      return current
    case .relative(let distance):
      if distance == 0 { return current }
      return try fetch(.absolute(max(position + distance, 0)))
    }
  }

  private var current: [[Value]] {
    position > 0 && position <= rows.count ? [rows[position - 1]] : []
  }

  private func requireScroll() throws(SQLError) {
    if !isScroll { throw .unsupported("going back with a cursor that is not declared SCROLL") }
  }
}

extension DatabaseState {
  package mutating func declare(_ cursor: ClientCursor) throws(SQLError) {
    guard position(ofCursor: cursor.name, session: Int(cursor.session)) == nil else {
      throw SQLError(
        .duplicateCursor, "cursor \"\(cursor.name.asText ?? "")\" already exists")
    }
    cursors.append(cursor)
  }

  package func position(ofCursor name: Value, session: Int) -> Int? {
    cursors.firstIndex { Int($0.session) == session && $0.name == name }
  }

  /// Closes a cursor, or with NULL all of the session.
  package mutating func closeCursor(_ name: Value, session: Int) throws(SQLError) {
    if !name.isNull, position(ofCursor: name, session: session) == nil {
      throw .noCursor(name.asText ?? "")
    }
    cursors.removeAll { Int($0.session) == session && (name.isNull || $0.name == name) }
  }

  mutating func commitCursors(session: Int) {
    for index in cursors.indices where Int(cursors[index].session) == session {
      cursors[index].isKept = cursors[index].isHeld
    }
  }

  mutating func rollbackCursors(session: Int, from level: UInt16) {
    if cursors.isEmpty { return }
    cursors.removeAll { Int($0.session) == session && !$0.isKept && $0.level >= level }
  }

  mutating func mergeCursors(session: Int, from level: UInt16) {
    for index in cursors.indices
    where Int(cursors[index].session) == session && cursors[index].level >= level {
      cursors[index].level = level - 1
    }
  }
}

extension SQLError {
  package static func noCursor(_ name: String) -> SQLError {
    SQLError(.invalidCursorName, "cursor \"\(name)\" does not exist")
  }
}
