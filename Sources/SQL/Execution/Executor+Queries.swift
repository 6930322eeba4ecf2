import Store

/// Rows of equal width, one after the other.
struct RowSet {
  var words: ContiguousArray<Value> = []
  var count = 0
  var width: Int

  init(width: Int) { self.width = width }

  mutating func append(_ row: some Collection<Value>) {
    words.append(contentsOf: row)
    count += 1
  }

  func row(_ index: Int) -> ArraySlice<Value> {
    ArraySlice(words[index * width..<(index + 1) * width])
  }
}

/// What is done with each tuple or row; returns whether to go on.
typealias RowBody = (inout Executor) throws(SQLError) -> Bool

extension Executor {
  /// A scalar subquery's value.
  mutating func scalar(_ query: QueryID) throws(SQLError) -> Value {
    var result = Value.null
    var count = 0
    try forEachRow(of: query) { (executor, row) throws(SQLError) in
      count += 1
      if count > 1 { throw SQLError.subqueryManyRows }
      result = executor.rowBuffer[row]
      return true
    }
    return result
  }

  /// Whether the query returns a row.
  mutating func returnsRow(_ query: QueryID) throws(SQLError) -> Bool {
    var found = false
    try forEachRow(of: query) { (_, _) throws(SQLError) in
      found = true
      return false
    }
    return found
  }

  /// Calls `body` with the place of each result row in ``rowBuffer``, until it returns false.
  ///
  /// `dynamic` keeps the optimizer from specializing the recursion of closures through here,
  /// ``join`` and ``forEachTuple`` without end.
  dynamic mutating func forEachRow(
    of id: QueryID, _ body: (inout Executor, Int) throws(SQLError) -> Bool
  ) throws(SQLError) {
    guard subqueryDepth < Self.depthLimit else { throw Self.tooDeep }
    subqueryDepth += 1
    // In a re-check only the statement's own relations are fixed, not those of its subqueries.
    let outerFixedTuple = fixedTuple
    let wasReadingNewest = readsNewest
    fixedTuple = nil
    readsNewest = false
    defer {
      subqueryDepth -= 1
      fixedTuple = outerFixedTuple
      readsNewest = wasReadingNewest
    }
    if case .select(let select) = program.queries[Int(id.index)].body,
      !program.queries[Int(id.index)].locks.isEmpty
    {
      try forEachLockedRow(of: program.queries[Int(id.index)], select, body)
      return
    }
    if case .select(let select) = program.queries[Int(id.index)].body, isStreamed(id, select) {
      try stream(select, body)
      return
    }
    let rows = try rows(of: id)
    for index in 0..<rows.count {
      let start = rowBuffer.count
      rowBuffer.append(contentsOf: rows.row(index))
      let goesOn: Bool
      do throws(SQLError) {
        goesOn = try body(&self, start)
      } catch {
        rowBuffer.removeLast(rowBuffer.count - start)
        throw error
      }
      rowBuffer.removeLast(rowBuffer.count - start)
      if !goesOn { return }
    }
  }

  static let depthLimit = 100
  static let tooDeep = SQLError(.programLimitExceeded, "stack depth limit exceeded")

  /// Rows come out as they are found, in any order the query allows.
  func isStreamed(_ id: QueryID, _ select: Select) -> Bool {
    guard program.queries[Int(id.index)].isPlain else { return false }
    guard select.grouping == nil, select.having == nil, select.windows.isEmpty else {
      return false
    }
    if case .no = select.distinct { return true }
    return false
  }

  private mutating func stream(
    _ select: Select, _ body: (inout Executor, Int) throws(SQLError) -> Bool
  ) throws(SQLError) {
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      let start = executor.rowBuffer.count
      defer { executor.rowBuffer.removeLast(executor.rowBuffer.count - start) }
      for output in select.outputs {
        executor.rowBuffer.append(try executor.evaluate(output))
      }
      return try body(&executor, start)
    }
  }

  /// All rows of a query, ordered and limited.
  mutating func rows(of id: QueryID) throws(SQLError) -> RowSet {
    let query = program.queries[Int(id.index)]
    let width = query.columns.count
    var sorted = RowSet(width: width + query.order.count)
    if query.stopsAtLimit, case .select(let select) = query.body {
      return try firstRows(of: query, select)
    }
    switch query.body {
    case .select(let select): sorted = try selectRows(select, order: query.order, width: width)
    case .values(let rows):
      pushLevel(width: 0)
      defer { popLevel() }
      for row in rows {
        for expression in row { sorted.words.append(try evaluate(expression)) }
        sorted.count += 1
        try appendOrderKeys(query.order, to: &sorted, width: width)
      }
    case .combined(let operation, let isAll, let left, let right):
      let combined = Self.combine(
        try self.rows(of: left), try self.rows(of: right), operation, isAll: isAll)
      for index in 0..<combined.count {
        sorted.words.append(contentsOf: combined.row(index))
        sorted.count += 1
        try appendOrderKeys(query.order, to: &sorted, width: width)
      }
    case .recursive(let isAll, let first, let next, let table):
      let found = try recursiveRows(first, next, isAll: isAll, table)
      for index in 0..<found.count {
        sorted.words.append(contentsOf: found.row(index))
        sorted.count += 1
        try appendOrderKeys(query.order, to: &sorted, width: width)
      }
    }
    let offset = try count(query.offset, clause: "OFFSET") ?? 0
    let limit = try count(query.limit, clause: "LIMIT")
    return Self.arrange(sorted, width: width, order: query.order, offset: offset, limit: limit)
  }

  /// The rows up to the LIMIT; no others are looked at.
  private mutating func firstRows(of query: Query, _ select: Select) throws(SQLError) -> RowSet {
    var offset = try count(query.offset, clause: "OFFSET") ?? 0
    var limit = try count(query.limit, clause: "LIMIT") ?? .max
    var rows = RowSet(width: query.columns.count)
    guard limit > 0 else { return rows }
    try forEachTuple(of: select) { (executor) throws(SQLError) in
      let start = rows.words.count
      for output in select.outputs { rows.words.append(try executor.evaluate(output)) }
      if offset > 0 {
        offset -= 1
        rows.words.removeLast(rows.words.count - start)
        return true
      }
      rows.count += 1
      limit -= 1
      return limit > 0
    }
    return rows
  }

  /// The value of a LIMIT or OFFSET; `nil` for none.
  mutating func count(_ expression: Expression?, clause: String) throws(SQLError) -> Int? {
    guard let expression, let number = try evaluate(expression).asInteger else { return nil }
    if number < 0 {
      let state = SQLState(clause == "LIMIT" ? "2201W" : "2201X")
      throw SQLError(state ?? .invalidParameterValue, "\(clause) must not be negative")
    }
    return Int(number)
  }

  /// For a row just appended, the sort keys, with the row itself as the tuple.
  private mutating func appendOrderKeys(
    _ order: [OrderKey], to rows: inout RowSet, width: Int
  ) throws(SQLError) {
    guard !order.isEmpty else { return }
    pushLevel(width: width)
    defer { popLevel() }
    let base = tuples.count - width
    for column in 0..<width {
      tuples[base + column] = rows.words[rows.words.count - width + column]
    }
    for key in order { rows.words.append(try evaluate(key.expression)) }
  }

  /// Sorts rows that carry their sort keys behind them, cuts the keys off, and limits.
  static func arrange(
    _ rows: RowSet, width: Int, order: [OrderKey], offset: Int, limit: Int?
  ) -> RowSet {
    guard !order.isEmpty || offset > 0 || limit != nil else { return rows }
    var indices = Array(0..<rows.count)
    func comparison(_ left: Int, _ right: Int) -> Int {
      for (position, key) in order.enumerated() {
        let a = rows.words[left * rows.width + width + position]
        let b = rows.words[right * rows.width + width + position]
        let comparison = compare(a, b, key)
        if comparison != 0 { return comparison }
      }
      return 0
    }
    if let limit, offset < rows.count, max(limit, 0) < (rows.count + 1) / 2 - offset {
      // PostgreSQL keeps the best rows in a heap here, whose order of equals is not followed.
      indices.sort { left, right in
        let order = comparison(left, right)
        return order == 0 ? left < right : order < 0
      }
    } else if !order.isEmpty {
      ServerSort.sort(&indices[...], by: comparison)
    }
    var result = RowSet(width: width)
    for index in indices.dropFirst(offset).prefix(limit ?? .max) {
      result.append(rows.row(index).prefix(width))
    }
    return result
  }

  static func compare(_ left: Value, _ right: Value, _ key: OrderKey) -> Int {
    if left.isNull || right.isNull {
      if left.isNull && right.isNull { return 0 }
      return left.isNull == key.areNullsFirst ? -1 : 1
    }
    let comparison = Value.compare(left, right)
    return key.isDescending ? -comparison : comparison
  }

  private static func combine(
    _ left: RowSet, _ right: RowSet, _ operation: SetOperation, isAll: Bool
  ) -> RowSet {
    var result = RowSet(width: left.width)
    var isUsed = [Bool](repeating: false, count: right.count)
    func partner(of index: Int) -> Int? {
      (0..<right.count).first {
        (!isAll || !isUsed[$0]) && isSameRow(left.row(index), right.row($0))
      }
    }
    for index in 0..<left.count {
      switch operation {
      case .union: result.append(left.row(index))
      case .intersect, .except:
        let match = partner(of: index)
        if let match { isUsed[match] = true }
        if (match != nil) == (operation == .intersect) { result.append(left.row(index)) }
      }
    }
    if operation == .union {
      for index in 0..<right.count { result.append(right.row(index)) }
    }
    return isAll ? result : distinct(result, width: left.width)
  }

  static func isSameRow(_ left: ArraySlice<Value>, _ right: ArraySlice<Value>) -> Bool {
    zip(left, right).allSatisfy { isSame($0, $1) }
  }

  /// The first of each set of rows that agree in their first `width` words.
  static func distinct(_ rows: RowSet, width: Int) -> RowSet {
    var result = RowSet(width: rows.width)
    for index in 0..<rows.count {
      let row = rows.row(index)
      let isKnown = (0..<result.count).contains {
        isSameRow(result.row($0).prefix(width), row.prefix(width))
      }
      if !isKnown { result.append(row) }
    }
    return result
  }

  // MARK: SELECT

  /// A select's rows with their sort keys behind them, duplicates removed.
  private mutating func selectRows(
    _ select: Select, order: [OrderKey], width: Int
  ) throws(SQLError) -> RowSet {
    var distinctKeys: [Expression] = []
    if case .on(let keys) = select.distinct { distinctKeys = keys }
    var rows = RowSet(width: width + order.count + distinctKeys.count)
    let emit: RowBody = { (executor) throws(SQLError) in
      for output in select.outputs { rows.words.append(try executor.evaluate(output)) }
      for key in order { rows.words.append(try executor.evaluate(key.expression)) }
      for key in distinctKeys { rows.words.append(try executor.evaluate(key)) }
      rows.count += 1
      return true
    }
    if let grouping = select.grouping {
      try forEachGroup(of: select, grouping, emit)
    } else if !select.windows.isEmpty {
      try forEachWindowed(of: select, emit)
    } else {
      try forEachTuple(of: select) { (executor) throws(SQLError) in
        guard try executor.isTrue(select.having) else { return true }
        return try emit(&executor)
      }
    }
    switch select.distinct {
    case .no: return rows
    case .all: return Self.distinct(rows, width: width)
    case .on: return Self.firstOfEach(rows, width: width, order: order)
    }
  }

  /// DISTINCT ON: the first row, in the query's order, of those that agree in the keys at the end.
  private static func firstOfEach(_ rows: RowSet, width: Int, order: [OrderKey]) -> RowSet {
    let keyStart = width + order.count
    var indices = Array(0..<rows.count)
    indices.sort { left, right in
      for (position, key) in order.enumerated() {
        let comparison = compare(
          rows.words[left * rows.width + width + position],
          rows.words[right * rows.width + width + position], key)
        if comparison != 0 { return comparison < 0 }
      }
      return left < right
    }
    var result = RowSet(width: keyStart)
    var kept: [Int] = []
    for index in indices {
      let key = rows.row(index).dropFirst(keyStart)
      if kept.contains(where: { isSameRow(rows.row($0).dropFirst(keyStart), key) }) { continue }
      kept.append(index)
      result.append(rows.row(index).prefix(keyStart))
    }
    return result
  }

  mutating func pushLevel(width: Int) {
    levels.append(tuples.count)
    for _ in 0..<width { tuples.append(.null) }
  }

  mutating func popLevel() {
    tuples.removeLast(tuples.count - levels.removeLast())
  }

  /// Calls `body` for each tuple of FROM that meets WHERE, with the tuple on top of ``tuples``.
  dynamic mutating func forEachTuple(of select: Select, _ body: RowBody) throws(SQLError) {
    pushLevel(width: select.tupleWidth)
    let depth = levels.count
    defer {
      // An error may leave deeper levels behind.
      while levels.count >= depth { popLevel() }
    }
    func filtered(_ executor: inout Executor) throws(SQLError) -> Bool {
      guard try executor.isTrue(select.filter) else { return true }
      if executor.recorder.isOn { executor.recordReads(select) }
      return try body(&executor)
    }
    if let from = select.from {
      if fixedTuple == nil, let gate = select.gate, try !evaluate(gate).isTrue { return }
      _ = try join(from, select, filtered)
    } else {
      _ = try filtered(&self)
    }
  }

  private mutating func recordReads(_ select: Select) {
    guard fixedTuple == nil else { return }
    let base = levels[levels.count - 1]
    for relation in select.relations {
      guard case .table = relation.source else { continue }
      let word = tuples[base + relation.offset]
      guard word.isRow else { continue }
      let table = TableID(word.rowTable)
      let found = visible(table, Int32(word.rowID))
      recorder.record(
        .read(table: table, row: Int32(word.rowID), version: found?.version ?? FoundRow.own))
    }
  }

  /// The row as the current statement sees it.
  func visible(_ table: TableID, _ row: Int32) -> FoundRow? {
    database.visible(
      table.index, row, session: session, snapshot: snapshot(for: table), command: view.command)
  }

  /// World tables are always read as they are now.
  func snapshot(for table: TableID) -> Int32 {
    program.schema[table].isWorld ? DatabaseState.Version.forever - 1 : view.snapshot
  }

  // MARK: Joins

  /// Calls `body` for each joined tuple; returns whether to go on.
  private dynamic mutating func join(
    _ tree: FromTree, _ select: Select, _ body: RowBody
  ) throws(SQLError) -> Bool {
    switch tree {
    case .relation(let index): return try scan(select.relations[index], select, body)
    case .join(.inner, let left, let right, let on):
      return try join(left, select) { (executor) throws(SQLError) in
        try executor.join(right, select) { (executor) throws(SQLError) in
          guard try executor.isTrue(on) else { return true }
          return try body(&executor)
        }
      }
    case .join(.left, let left, let right, let on):
      return try outerJoin(left, right, on, select, body)
    case .join(.right, let left, let right, let on):
      return try outerJoin(right, left, on, select, body)
    case .join(.full, let left, let right, let on):
      guard try outerJoin(left, right, on, select, body) else { return false }
      return try join(right, select) { (executor) throws(SQLError) in
        var isMatched = false
        _ = try executor.join(left, select) { (executor) throws(SQLError) in
          isMatched = try executor.isTrue(on)
          return !isMatched
        }
        if isMatched { return true }
        executor.clear(left, select)
        return try body(&executor)
      }
    }
  }

  private mutating func outerJoin(
    _ outer: FromTree, _ inner: FromTree, _ on: Expression?, _ select: Select, _ body: RowBody
  ) throws(SQLError) -> Bool {
    try join(outer, select) { (executor) throws(SQLError) in
      var isMatched = false
      let goesOn = try executor.join(inner, select) { (executor) throws(SQLError) in
        guard try executor.isTrue(on) else { return true }
        isMatched = true
        return try body(&executor)
      }
      guard goesOn, !isMatched else { return goesOn }
      executor.clear(inner, select)
      return try body(&executor)
    }
  }

  /// Sets the words of relations without a partner to NULL.
  private mutating func clear(_ tree: FromTree, _ select: Select) {
    switch tree {
    case .relation(let index):
      let relation = select.relations[index]
      let start = levels[levels.count - 1] + relation.offset
      for word in start...start + relation.columnCount { tuples[word] = .null }
    case .join(_, let left, let right, _):
      clear(left, select)
      clear(right, select)
    }
  }

  private mutating func scan(
    _ relation: Relation, _ select: Select, _ body: RowBody
  ) throws(SQLError) -> Bool {
    if let fixedTuple { return try scanFixed(relation, fixedTuple, body) }
    switch relation.source {
    case .table(let table):
      guard !program.schema.tables[Int(table.index)].family.isEmpty else {
        return try scan(table, relation, select, body)
      }
      for member in try wantedMembers(of: table, relation)
      where try !scan(member, relation, select, body) {
        return false
      }
      return true
    case .query(let query, _):
      // All rows first: what comes after a row must find this select's tuple on top.
      let rows = try rows(of: query)
      for index in 0..<rows.count {
        setRow(relation, rows.row(index))
        if try !body(&self) { return false }
      }
      return true
    case .part(let number): return try scanPart(number, relation, body)
    case .working(let number):
      guard let rows = workingTables[number] else { return true }
      for index in 0..<rows.count {
        try countVisit()
        setRow(relation, rows.row(index))
        if try !body(&self) { return false }
      }
      return true
    case .outcomes:
      for row in outcomes {
        setRow(relation, row)
        if try !body(&self) { return false }
      }
      return true
    case .series(let bounds): return try scanSeries(bounds, relation, body)
    case .function(let routine, let arguments):
      let rows = try callInlineRows(routine, arguments)
      for index in 0..<rows.count {
        setRow(relation, rows.row(index))
        if try !body(&self) { return false }
      }
      return true
    case .result(let number): return try scanResult(number, relation, body)
    case .given: return true
    }
  }

  mutating func setRow(_ relation: Relation, _ row: some Collection<Value>) {
    let start = levels[levels.count - 1] + relation.offset
    tuples[start] = .raw(1)
    for (column, value) in row.enumerated() { tuples[start + 1 + column] = value }
  }

  /// Fills a relation's words with a version of a row.
  mutating func setRow(_ relation: Relation, table: TableID, row: Int32, cells: Int32) {
    let start = levels[levels.count - 1] + relation.offset
    tuples[start] = .row(table: Int(table.index), id: Int(row))
    for column in 0..<relation.columnCount {
      tuples[start + 1 + column] = database.cells[Int(cells) + column]
    }
  }

  private mutating func scan(
    _ table: TableID, _ relation: Relation, _ select: Select, _ body: RowBody
  ) throws(SQLError) -> Bool {
    let keyStart = operands.count
    let keyColumns = relation.key?.columns ?? []
    if let key = relation.key {
      for value in key.values { operands.append(try evaluate(value)) }
    }
    defer { operands.removeLast(operands.count - keyStart) }
    if recorder.isOn { recordSearch(table, keyColumns, keyStart: keyStart) }
    if database.serializable.tracking != .off { try noteRead(table, relation, keyStart: keyStart) }
    let probe =
      database.footprint == nil ? nil : noteProbe(table, relation, select, keyStart: keyStart)
    var scan = database.scan(
      table.index, session: session, snapshot: snapshot(for: table), command: view.command,
      isByIndex: relation.access != nil, isNoted: probe != nil)
    var sorted = relation.scanOrder.isEmpty ? nil : sortedRows(&scan, relation)
    while let found = sorted == nil ? database.next(&scan) : sorted?.popLast() {
      try countVisit()
      var isWanted = true
      for (index, column) in keyColumns.enumerated() {
        let cell = database.cells[Int(found.cells) + column]
        let wanted = operands[keyStart + index]
        if cell.isNull || wanted.isNull || !Value.equal(cell, wanted) {
          isWanted = false
          break
        }
      }
      guard isWanted else { continue }
      if let probe, !mayMatch(found.cells, probe) { continue }
      setRow(relation, table: table, row: found.row, cells: found.cells)
      if database.serializable.tracking == .server, relation.lead != nil, try !isTrue(relation.lead)
      {
        continue
      }
      if try !body(&self) { return false }
    }
    return true
  }

  private mutating func recordSearch(_ table: TableID, _ columns: [Int], keyStart: Int) {
    let index = program.schema[table].uniqueIndexes.firstIndex {
      $0.isPlain && $0.columns == columns
    }
    let key = index.map {
      IndexKey(table: table, index: $0, values: columns.indices.map { operands[keyStart + $0] })
    }
    recorder.record(.searched(table: table, snapshot: view.snapshot, key: key))
  }

  /// All rows of a scan, the last one first.
  private func sortedRows(
    _ scan: inout DatabaseState.Scan, _ relation: Relation
  ) -> ContiguousArray<FoundRow> {
    var rows: ContiguousArray<FoundRow> = []
    while let found = database.next(&scan) { rows.append(found) }
    let orders = relation.scanOrder.map {
      OrderKey(
        expression: Expression(start: 0, count: 0), isDescending: $0.isDescending,
        areNullsFirst: $0.isDescending)
    }
    let places = rows.indices.sorted { left, right in
      for (key, order) in zip(relation.scanOrder, orders) {
        let comparison = Self.compare(
          database.cells[Int(rows[left].cells) + key.column],
          database.cells[Int(rows[right].cells) + key.column], order)
        if comparison != 0 { return comparison > 0 }
      }
      return left > right
    }
    return ContiguousArray(places.map { rows[$0] })
  }

  private mutating func scanPart(
    _ number: Int, _ relation: Relation, _ body: RowBody
  ) throws(SQLError) -> Bool {
    var position = 0
    for _ in 0..<number {
      position += 1 + progress.parts[position].headerA * progress.parts[position].headerB
    }
    let width = progress.parts[position].headerA
    for row in 0..<progress.parts[position].headerB {
      let start = position + 1 + row * width
      setRow(relation, progress.parts[start..<start + width])
      if try !body(&self) { return false }
    }
    return true
  }

  mutating func countVisit() throws(SQLError) {
    visits += 1
    guard visits > options.visitsLimit else { return }
    throw SQLError(
      .programLimitExceeded,
      "a step visits more than \(options.visitsLimit) rows; RaceSim goes no further")
  }

  private mutating func scanSeries(
    _ bounds: [Expression], _ relation: Relation, _ body: RowBody
  ) throws(SQLError) -> Bool {
    if let addition = relation.addition {
      return try scanSeries(bounds, relation, adding: addition, body)
    }
    var numbers: [Int64] = []
    for bound in bounds {
      guard let number = try evaluate(bound).asInteger else { return true }
      numbers.append(number)
    }
    let step = numbers.count > 2 ? numbers[2] : 1
    if step == 0 { throw SQLError(.invalidParameterValue, "step size cannot equal zero") }
    var current = numbers[0]
    while step > 0 ? current <= numbers[1] : current >= numbers[1] {
      try countVisit()
      setRow(relation, CollectionOfOne(Value(integer: current)))
      if try !body(&self) { return false }
      let (next, overflow) = current.addingReportingOverflow(step)
      if overflow { return true }
      current = next
    }
    return true
  }

  /// In a re-check each relation is the one row that it was when the row was found, or its newest
  /// version (PostgreSQL's EvalPlanQual).
  private mutating func scanFixed(
    _ relation: Relation, _ fixed: Int, _ body: RowBody
  ) throws(SQLError) -> Bool {
    let source = fixed + relation.offset
    guard !tuples[source].isNull else { return true }
    let target = levels[levels.count - 1] + relation.offset
    for word in 0...relation.columnCount { tuples[target + word] = tuples[source + word] }
    return try body(&self)
  }
}
