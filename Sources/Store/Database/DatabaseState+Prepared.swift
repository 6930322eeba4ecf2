/// Statements that sessions have prepared; they outlive transactions, and end with the session.
extension DatabaseState {
  package struct Prepared: Hashable, Sendable {
    package var session: UInt16
    package var name: Value
    /// Which of the session's PREPARE statements it is.
    package var index: Int32
  }

  /// The number of the statement that is prepared under a name.
  package func preparedStatement(_ name: Value, session: Int) -> Int32? {
    prepared.first { Int($0.session) == session && $0.name == name }?.index
  }

  /// - Returns: False if there is one of that name.
  package mutating func prepare(_ name: Value, as index: Int32, session: Int) -> Bool {
    guard preparedStatement(name, session: session) == nil else { return false }
    prepared.append(Prepared(session: UInt16(session), name: name, index: index))
    return true
  }

  /// Forgets a prepared statement, or with NULL all of the session.
  ///
  /// - Returns: False if there is none of that name.
  package mutating func deallocate(_ name: Value, session: Int) -> Bool {
    let count = prepared.count
    prepared.removeAll { Int($0.session) == session && (name.isNull || $0.name == name) }
    return name.isNull || prepared.count < count
  }
}

extension Canonicalizer {
  func appendPrepared(
    of session: Int, _ state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    guard hasSettings else { return }
    let header = words.count
    words.append(0)
    for statement in state.prepared.filter({ Int($0.session) == session }).sorted(by: {
      $0.name.bits < $1.name.bits
    }) {
      words.append(statement.name.bits)
      words.append(UInt64(UInt32(statement.index)))
      words[header] += 1
    }
  }

  func readPrepared(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    guard hasSettings else { return }
    let count = Int(words[cursor])
    cursor += 1
    for _ in 0..<count {
      state.prepared.append(
        DatabaseState.Prepared(
          session: session, name: Value(bits: words[cursor]), index: Int32(words[cursor + 1])))
      cursor += 2
    }
  }
}
