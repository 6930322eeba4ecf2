@testable import Store

/// A database with one table `t (id, v)` and some sessions, for tests.
///
/// `id` is the primary key; `v` is unique only in `keyed` worlds.
struct DatabaseWorld {
  var state: DatabaseState
  let schema: Schema

  init(
    sessions: Int = 3, rows: [(Int64, String)] = [(1, "a"), (2, "b")], uniqueValue: Bool = false,
    deferrables: [DeferrableConstraint] = []
  ) {
    var table = Table(
      name: "t", isWorld: false,
      columns: [
        Table.Column(name: "id", type: .integer, isNotNull: true),
        Table.Column(name: "v", type: .text),
      ])
    table.uniqueIndexes.append(Table.UniqueIndex(name: "t_pkey", columns: [0], isPrimary: true))
    if uniqueValue {
      table.uniqueIndexes.append(Table.UniqueIndex(name: "t_v_key", columns: [1], isPrimary: false))
    }
    var schema = Schema()
    schema.tables = [table]
    schema.deferrables = deferrables
    self.schema = schema
    state = DatabaseState(schema: schema, sessionCount: sessions)
    for row in rows {
      let cells = state.append(cells: [Value(integer: row.0), Value(text: row.1)])
      state.insertCommitted(table: 0, cells: cells)
    }
  }

  mutating func begin(_ session: Int, _ isolation: IsolationLevel = .readCommitted) {
    state.begin(
      session: session, isolation: isolation, isReadOnly: false, isDeferrable: false,
      isImplicit: false, clock: 0)
  }

  /// Takes the row's lock and writes it; the row must be free.
  mutating func update(_ session: Int, row: Int32, to value: String, command: Int32 = 0) {
    _ = state.lock(table: 0, row: row, mode: .noKeyUpdate, session: session)
    let id = state.newest(0, row, session: session).map { state.cells[Int($0.cells)] } ?? .null
    let cells = state.append(cells: [id, Value(text: value)])
    state.write(
      .update, table: 0, row: row, session: session, command: command, cells: cells)
  }

  mutating func delete(_ session: Int, row: Int32, command: Int32 = 0) {
    _ = state.lock(table: 0, row: row, mode: .update, session: session)
    state.write(.delete, table: 0, row: row, session: session, command: command, cells: 0)
  }

  @discardableResult
  mutating func insert(_ session: Int, _ id: Int64, _ value: String, command: Int32 = 0) -> Int32 {
    let cells = state.append(cells: [Value(integer: id), Value(text: value)])
    let row = state.insert(table: 0, session: session, command: command, cells: cells)
    if let last = state.writes.indices.last {
      state.writes[last].indexed = UInt8(schema.tables[0].uniqueIndexes.count)
    }
    return row
  }

  /// `1a 2b`: the rows as a session sees them.
  func seen(by session: Int, snapshot: Int32? = nil, command: Int32 = .max) -> String {
    var scan = state.scan(
      0, session: session, snapshot: snapshot ?? state.commits, command: command)
    var texts: [String] = []
    while let found = state.next(&scan) {
      let id = state.cells[Int(found.cells)].asInteger ?? -1
      texts.append("\(id)\(state.cells[Int(found.cells) + 1].asText ?? "-")")
    }
    return texts.joined(separator: " ")
  }

  func words() -> [UInt64] {
    var canonicalizer = Canonicalizer(
      schema: schema, keepsWaitOrder: false, tracking: state.serializable.tracking)
    canonicalizer.prepare(state, stack: [])
    var words: ContiguousArray<UInt64> = []
    canonicalizer.appendShared(state, to: &words)
    for session in state.sessions.indices {
      canonicalizer.appendSession(session, of: state, to: &words)
    }
    canonicalizer.appendConflicts(
      state, order: ContiguousArray(state.sessions.indices), to: &words)
    return Array(words)
  }

  /// The state read back from its words.
  func unpacked() -> DatabaseWorld {
    var copy = self
    let canonicalizer = Canonicalizer(
      schema: schema, keepsWaitOrder: false, tracking: state.serializable.tracking)
    words().withUnsafeBufferPointer { words in
      var cursor = 0
      canonicalizer.readShared(words, at: &cursor, into: &copy.state)
      for _ in state.sessions {
        canonicalizer.readSession(words, at: &cursor, into: &copy.state)
      }
      canonicalizer.readConflicts(words, at: &cursor, into: &copy.state)
    }
    return copy
  }
}
