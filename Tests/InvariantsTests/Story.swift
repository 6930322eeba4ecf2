import Invariants
import SQL
import Store
import Writers

/// A history told by hand, a call for each step, with the version numbers that a replay would give.
///
///     var story = Story(writers: ["confirm", "poll"])
///     story.given(.orders, 1, "pending")
///     story.select("confirm", "SELECT status FROM orders WHERE id = 1", [.orders(1)])
///
/// A row is known by its primary key, which is its row number too.
struct Story {
  enum TableName: Int, CaseIterable { case orders, payments, bookings, captures }

  struct Row: Hashable {
    var table: TableName
    var number: Int

    static func orders(_ number: Int) -> Row { Row(table: .orders, number: number) }
    static func payments(_ number: Int) -> Row { Row(table: .payments, number: number) }
    static func bookings(_ number: Int) -> Row { Row(table: .bookings, number: number) }
    static func captures(_ number: Int) -> Row { Row(table: .captures, number: number) }

    var id: TableID { TableID(table.rawValue) }
    var key: Int32 { Int32(number) }
  }

  let writers: [String]
  var source = ""
  var history = History(initialCommits: 10)
  private var commits: Int32 = 10
  private var committed: [Row: (version: Int32, values: [Value])] = [:]
  private var pending: [String: [(row: Row, values: [Value]?)]] = [:]
  var invariants: [Invariant] = []
  var routines: [Routine] = []
  var depth = 0
  var routine = 0

  init(writers: [String]) { self.writers = writers }

  // MARK: The model

  static let schema: Schema = {
    func table(_ name: String, _ columns: [(String, DataType)], isWorld: Bool = false) -> Table {
      var table = Table(
        name: name, isWorld: isWorld,
        columns: columns.map { Table.Column(name: $0.0, type: $0.1) })
      table.uniqueIndexes = [
        Table.UniqueIndex(name: "\(name)_pkey", columns: [0], isPrimary: true)
      ]
      return table
    }
    var schema = Schema()
    schema.tables = [
      table("orders", [("id", .integer), ("status", .text)]),
      table("payments", [("id", .integer), ("status", .text), ("order_id", .integer)]),
      table("bookings", [("id", .integer), ("room", .integer), ("holder", .text)]),
      table("captures", [("id", .integer), ("order_id", .integer)], isWorld: true),
    ]
    schema.tables[1].foreignKeys = [
      Table.ForeignKey(
        name: "payments_order_id_fkey", columns: [2], parent: TableID(0), parentColumns: [0])
    ]
    return schema
  }()

  var model: Model {
    let sources = SourceMap(SourceFile(path: "story.race", text: source))
    var program = Program(schema: Self.schema, types: TypeCatalog(), sources: sources)
    program.routines =
      routines.isEmpty ? [Routine(name: "main", kind: .writer, parameters: [])] : routines
    var model = Model(
      name: "", program: program, setup: RoutineID(0), span: SourceSpan(file: 0, start: 0, end: 0))
    model.sessions = writers.enumerated().map { index, name in
      SessionDefinition(
        writer: name, name: name, routine: RoutineID(0), arguments: [], isolation: .readCommitted,
        group: index)
    }
    model.invariants = invariants
    return model
  }

  func diagnose(
    _ kind: Violation.Kind = .invariant, tables: [TableName] = [], serial: Bool? = false,
    name: String = "rule"
  ) -> Diagnosis {
    Diagnosis.diagnose(
      history: history, model: model,
      violation: Violation(kind: kind, name: name, tables: tables.map { TableID($0.rawValue) }),
      serialViolates: serial)
  }

  /// Adds text to the file and returns where it stands.
  mutating func place(_ text: String) -> SourceSpan {
    let start = source.utf8.count
    source += text
    let span = SourceSpan(file: 0, start: start, end: source.utf8.count)
    source += "\n"
    return span
  }

  mutating func invariant(_ name: String, _ query: String) {
    let span = place(query)
    invariants.append(
      Invariant(name: name, text: "", moment: .always, query: QueryID(0), span: span))
  }

  // MARK: Steps

  /// Appends a step with whatever events.
  mutating func step(_ writer: String, _ events: [Event], as kind: Choice.Kind = .step) {
    history.append(Choice(kind, session: writers.firstIndex(of: writer) ?? 0), events: events)
  }

  mutating func given(_ row: Row, _ values: Value...) {
    let all = [Value(integer: row.number)] + values
    committed[row] = (commits, all)
    history.initialRows.append(History.Row(table: row.id, row: row.key, values: all))
  }

  func version(_ row: Row) -> Int32 { committed[row]?.version ?? 0 }

  mutating func began(_ text: String) -> Event {
    .began(span: place(text), routine: RoutineID(routine), depth: depth)
  }

  mutating func begin(_ writer: String) {
    step(writer, [began("BEGIN"), .beganTransaction(isImplicit: false)])
  }

  private func tables(_ rows: [Row], _ searching: [TableName]) -> [TableName] {
    TableName.allCases.filter { name in
      searching.contains(name) || rows.contains { $0.table == name }
    }
  }

  private func searched(_ table: TableName, _ snapshot: Int32?) -> Event {
    .searched(table: TableID(table.rawValue), snapshot: snapshot ?? commits)
  }

  private func read(_ writer: String, _ row: Row, _ version: Int32?) -> Event {
    let isOwn = (pending[writer] ?? []).contains { $0.row == row }
    return .read(
      table: row.id, row: row.key, version: isOwn ? FoundRow.own : version ?? self.version(row))
  }

  /// A plain SELECT; the version is that of all its rows, the newest by default.
  mutating func select(
    _ writer: String, _ text: String, _ rows: [Row] = [], searching: [TableName] = [],
    version: Int32? = nil
  ) {
    var events = [began(text)]
    for table in tables(rows, searching) {
      events.append(searched(table, version))
      for row in rows where row.table == table { events.append(read(writer, row, version)) }
    }
    step(writer, events + [.finished(tag: "SELECT \(rows.count)", columns: [], rows: [])])
  }

  private mutating func change(_ writer: String, _ row: Row, _ values: [Value]?) -> Event {
    let own = (pending[writer] ?? []).last { $0.row == row }?.values
    let before = own ?? committed[row]?.values
    pending[writer, default: []].append((row, values))
    guard let values else {
      return .deleted(table: row.id, row: row.key, before: before ?? [])
    }
    guard let before else { return .inserted(table: row.id, row: row.key, after: values) }
    return .updated(table: row.id, row: row.key, before: before, after: values)
  }

  /// An UPDATE of one row (or, with no values, its DELETE).
  mutating func update(_ writer: String, _ text: String, _ row: Row, _ values: Value...) {
    var events = [began(text), searched(row.table, nil), read(writer, row, nil)]
    events.append(.locked(table: row.id, row: row.key, mode: .noKeyUpdate))
    events.append(change(writer, row, [Value(integer: row.number)] + values))
    step(writer, events + [.finished(tag: "UPDATE 1", columns: [], rows: [])])
  }

  mutating func insert(_ writer: String, _ text: String, _ row: Row, _ values: Value...) {
    let event = change(writer, row, [Value(integer: row.number)] + values)
    step(writer, [began(text), event, .finished(tag: "INSERT 0 1", columns: [], rows: [])])
    if row.table == .captures { settle(writer) }
  }

  /// An UPDATE that finds nothing.
  mutating func updateNothing(_ writer: String, _ text: String, _ table: TableName) {
    step(
      writer,
      [began(text), searched(table, nil), .finished(tag: "UPDATE 0", columns: [], rows: [])])
  }

  /// An UPDATE that finds a row and has to wait for it.
  mutating func updateWaits(_ writer: String, _ text: String, _ row: Row, for blocker: String) {
    step(
      writer,
      [began(text), searched(row.table, nil), read(writer, row, nil), wait(row, for: blocker)])
  }

  func wait(_ row: Row, _ mode: RowLockMode = .noKeyUpdate, for blocker: String) -> Event {
    .waits(
      .row(table: row.id, row: row.key, mode: mode),
      blockers: [writers.firstIndex(of: blocker) ?? 0])
  }

  /// …which is over; the row is looked at again and, with values, changed.
  mutating func updateWakes(_ writer: String, _ row: Row, _ values: Value...) {
    var events: [Event] = [
      .woke, .locked(table: row.id, row: row.key, mode: .noKeyUpdate),
      .rechecked(table: row.id, row: row.key, matches: !values.isEmpty), read(writer, row, nil),
    ]
    if !values.isEmpty {
      events.append(change(writer, row, [Value(integer: row.number)] + values))
    }
    let tag = values.isEmpty ? "UPDATE 0" : "UPDATE 1"
    step(writer, events + [.finished(tag: tag, columns: [], rows: [])])
  }

  mutating func lock(_ writer: String, _ text: String, _ row: Row) {
    step(
      writer,
      [
        began(text), searched(row.table, nil), read(writer, row, nil),
        .locked(table: row.id, row: row.key, mode: .update),
        .finished(tag: "SELECT 1", columns: [], rows: []),
      ])
  }

  mutating func commit(_ writer: String, isImplicit: Bool = false) {
    let didWrite = !(pending[writer] ?? []).isEmpty
    settle(writer)
    let committed = Event.committed(isImplicit: isImplicit, didWrite: didWrite)
    step(writer, isImplicit ? [committed] : [began("COMMIT"), committed])
  }

  private mutating func settle(_ writer: String) {
    let writes = pending.removeValue(forKey: writer) ?? []
    if !writes.isEmpty { commits += 1 }
    for write in writes { committed[write.row] = write.values.map { (commits, $0) } }
  }

  mutating func rollback(_ writer: String, error: SQLError? = nil) {
    pending[writer] = nil
    guard let error else {
      step(writer, [began("ROLLBACK"), .rolledBack(isFailure: false)])
      return
    }
    step(
      writer,
      [.failed(error), .rolledBack(isFailure: true), .ended(outcome: .null, error: error)])
  }

  mutating func crash(_ writer: String) {
    pending[writer] = nil
    step(writer, [.crashed, .rolledBack(isFailure: true)], as: .crash)
  }

  mutating func moveClock(to instant: Int64) {
    history.append(Choice(.clock), events: [.clockMoved(to: instant)])
  }
}
