import Store

/// What a piece of compiled code uses of the frame that runs it, found by walking its operations.
///
/// An expression reads slots by itself, and through every query that it contains; a statement through
/// all of its parts. Queries are walked once each.
struct ProgramUses {
  /// Slots that are read.
  private(set) var slots = SlotSet()
  /// STABLE and IMMUTABLE routines that are called in place.
  private(set) var routines: [Int] = []
  /// Built-in functions that are called, and conversions.
  private(set) var functions: Set<UInt16> = []
  private(set) var casts: Set<UInt16> = []
  /// Whether something changes or locks rows, or advances a sequence.
  private(set) var writes = false

  private let program: Program
  private var visitedQueries: [Bool]

  init(of program: Program) {
    self.program = program
    visitedQueries = Array(repeating: false, count: program.queries.count)
  }

  // MARK: Expressions

  mutating func add(_ expression: Expression?) {
    guard let expression else { return }
    for operation in program.operations[program.range(of: expression)] {
      add(operation)
    }
  }

  mutating func add(_ expressions: [Expression]) {
    for expression in expressions { add(expression) }
  }

  mutating func add(_ expressions: [Expression?]) {
    for expression in expressions { add(expression) }
  }

  /// Adds a range of ``Program/arguments``.
  mutating func add(_ arguments: Expressions) {
    let start = Int(arguments.start)
    for expression in program.arguments[start..<(start + Int(arguments.count))] {
      add(expression)
    }
  }

  private mutating func add(_ operation: Operation) {
    switch operation {
    case .slot(let slot): slots.insert(slot)
    case .setting: break
    case .configure, .sessionCall: writes = true
    case .routine(let routine, _): routines.append(Int(routine))
    case .nextValue, .sequence, .lockCall: writes = true
    case .refused, .row, .tableName, .place, .array: break
    case .anyElement(let function, _): functions.insert(function)
    case .call(let function, _, _): functions.insert(function)
    case .cast(let index): casts.insert(index)
    case .scalarSubquery(let query), .exists(let query): add(query)
    case .quantified(let query, let function, _, _):
      functions.insert(function)
      add(query)
    case .constant, .column, .and, .or, .not, .isNull, .isNotNull, .isTrue, .isFalse,
      .isDistinct, .pop, .jump, .jumpIfFalseKeeping, .jumpUnlessTrueKeeping, .jumpIfTrueKeeping,
      .jumpIfNotNullKeeping,
      .jumpUnlessTrue, .greatest, .least:
      break
    }
  }

  // MARK: Queries

  mutating func add(_ id: QueryID) {
    let index = Int(id.index)
    guard !visitedQueries[index] else { return }
    visitedQueries[index] = true
    let query = program.queries[index]
    if !query.locks.isEmpty { writes = true }
    switch query.body {
    case .select(let select): add(select)
    case .values(let rows): for row in rows { add(row) }
    case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
      add(left)
      add(right)
    }
    add(query.order)
    add(query.limit)
    add(query.offset)
  }

  private mutating func add(_ order: [OrderKey]) {
    for key in order { add(key.expression) }
  }

  private mutating func add(_ select: Select) {
    for relation in select.relations { add(relation) }
    if let from = select.from { add(from) }
    add(select.filter)
    if let grouping = select.grouping {
      add(grouping.keys)
      for aggregate in grouping.aggregates {
        add(aggregate.arguments)
        add(aggregate.filter)
        add(aggregate.order)
      }
    }
    for window in select.windows { add(window.expressions) }
    add(select.having)
    add(select.outputs)
    if case .on(let keys) = select.distinct { add(keys) }
  }

  private mutating func add(_ relation: Relation) {
    switch relation.source {
    case .query(let query, _): add(query)
    case .series(let bounds): add(bounds)
    case .function(let routine, let arguments):
      routines.append(Int(routine.index))
      add(arguments)
    case .table, .part, .working, .outcomes, .given, .result: break
    }
    if let key = relation.key { add(key.values) }
  }

  private mutating func add(_ from: FromTree) {
    if case .join(_, let left, let right, let condition) = from {
      add(left)
      add(right)
      add(condition)
    }
  }

  // MARK: Statements

  /// Adds an entry of ``Program/statements``.
  mutating func add(statement index: Int32) {
    for part in program.statements[Int(index)].parts { add(part) }
  }

  private mutating func add(_ part: StatementPart) {
    switch part.body {
    case .query(let query): add(query)
    case .insert(let insert):
      writes = true
      add(insert.source)
      add(insert.defaults)
      add(insert.returning)
      for assignment in insert.onConflict?.assignments ?? [] { add(assignment.value) }
      add(insert.onConflict?.condition)
    case .update(let update):
      writes = true
      add(update.source)
      for assignment in update.assignments { add(assignment.value) }
      add(update.returning)
    case .delete(let delete):
      writes = true
      add(delete.source)
      add(delete.returning)
    case .merge(let merge):
      writes = true
      add(merge.source)
      add(merge.expressions)
    case .lockTable, .truncate, .alter: writes = true
    }
  }
}

/// A set of slots, one bit each.
struct SlotSet: Hashable, Sendable {
  private(set) var words: [UInt64] = []

  init() {}

  init(_ slots: [UInt16]) {
    for slot in slots { insert(slot) }
  }

  func contains(_ slot: UInt16) -> Bool {
    let word = Int(slot) >> 6
    return word < words.count && words[word] & (1 << (UInt64(slot) & 63)) != 0
  }

  mutating func insert(_ slot: UInt16) {
    let word = Int(slot) >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << (UInt64(slot) & 63)
  }

  mutating func remove(_ slot: UInt16) {
    let word = Int(slot) >> 6
    if word < words.count { words[word] &= ~(1 << (UInt64(slot) & 63)) }
  }

  /// Adds the members of another set and reports whether there were new ones.
  @discardableResult
  mutating func formUnion(_ other: SlotSet) -> Bool {
    while words.count < other.words.count { words.append(0) }
    var hasGrown = false
    for (index, word) in other.words.enumerated() where words[index] | word != words[index] {
      words[index] |= word
      hasGrown = true
    }
    return hasGrown
  }

  /// The set as `count` words.
  func words(count: Int) -> [UInt64] {
    Array(words.prefix(count)) + Array(repeating: 0, count: max(0, count - words.count))
  }
}
