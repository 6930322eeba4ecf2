import Store

/// What a transaction does that nobody can notice before it commits, so that it belongs to its session alone.
///
/// - **Rows that it adds** to a table that no session reads, changes or refers to, and that has no unique key. When
///   they are committed, only invariants see them, and those that read the table do not depend on the order of
///   its rows.
/// - **Locks** in modes that stand against none in which anybody asks for a row of the table (``LockModes``), such as that
///   of a foreign key's check on a row whose key nobody changes. Only in tables whose rows stay the same ones.
///
/// Found once for a program; nothing is unnoticed where more than rows and locks could tell: triggers, deferred
/// checks, locks on tables, settings, serializable transactions.
package struct NoticeFacts: Sendable {
  /// For each table, whether nobody notices the rows that are added to it.
  package private(set) var hidesInserts: [Bool]
  /// For each table, the modes of locks that nobody notices: a bit for each ``RowLockMode``, by its raw value.
  package private(set) var hidesLocks: [UInt8]

  /// Whether anything is hidden.
  package var isAny: Bool { hidesInserts.contains(true) || hidesLocks.contains { $0 != 0 } }

  package init(of program: Program, setup: RoutineID, invariants: [QueryID]) {
    let tables = program.schema.tables
    hidesInserts = [Bool](repeating: false, count: tables.count)
    hidesLocks = [UInt8](repeating: 0, count: tables.count)
    guard program.triggers.isEmpty, program.schema.deferrables.isEmpty, !program.hasSettings,
      program.trackedTables.isEmpty
    else { return }
    let modes = LockModes(of: program, setup: setup)
    var asked = Asked(program: program)
    for invariant in invariants { asked.add(invariant) }
    let read = asked.tablesRead(
      besides: program.queries.indices.filter { !asked.queries.contains($0) })
    for (index, table) in tables.enumerated() where !table.isWorld {
      let isParent = tables.contains { child in
        child.foreignKeys.contains { Int($0.parent.index) == index }
      }
      hidesInserts[index] =
        modes.inserts[index] && !modes.replaces[index] && !read.contains(index) && !isParent
        && table.uniqueIndexes.isEmpty && table.computed.isEmpty
        && (asked.isOrderFree || !asked.tables.contains(index))
      if !modes.changesRows[index] { hidesLocks[index] = modes.harmlessModes(of: index) }
    }
  }

  /// The queries of invariants.
  private struct Asked {
    let program: Program
    var queries: Set<Int> = []
    var tables: Set<Int> = []
    /// Whether no order of rows makes a difference to them.
    var isOrderFree = true

    init(program: Program) { self.program = program }

    mutating func add(_ id: QueryID) {
      guard queries.insert(Int(id.index)).inserted else { return }
      let query = program.queries[Int(id.index)]
      if query.limit != nil || query.offset != nil || !query.locks.isEmpty { isOrderFree = false }
      for key in query.order { add(key.expression) }
      switch query.body {
      case .values(let rows): for expression in rows.joined() { add(expression) }
      case .combined(_, _, let left, let right):
        add(left)
        add(right)
      case .recursive(_, let left, let right, _):
        isOrderFree = false
        add(left)
        add(right)
      case .select(let select): add(select)
      }
    }

    private mutating func add(_ select: Select) {
      if !select.windows.isEmpty { isOrderFree = false }
      if case .on = select.distinct { isOrderFree = false }
      for relation in select.relations {
        switch relation.source {
        case .table(let table): tables.insert(Int(table.index))
        case .query(let query, _): add(query)
        case .series(let bounds): for expression in bounds { add(expression) }
        case .outcomes: break
        case .part, .working, .function, .result, .given: isOrderFree = false
        }
        for expression in relation.key?.values ?? [] { add(expression) }
      }
      if let from = select.from { add(from) }
      for expression in [select.filter, select.gate, select.having] { add(expression) }
      for expression in select.outputs { add(expression) }
      for expression in select.grouping?.keys ?? [] { add(expression) }
      for call in select.grouping?.aggregates ?? [] {
        if !Self.isOrderFree(call.function) { isOrderFree = false }
        for expression in call.arguments { add(expression) }
        add(call.filter)
      }
    }

    private static func isOrderFree(_ function: Aggregates.Resolved) -> Bool {
      switch function.kind {
      case .countRows, .count, .minimum, .maximum, .boolAnd, .boolOr: true
      // Sums of floating numbers depend on the order, and text on how it is strung together.
      case .sum, .average:
        function.argumentTypes.allSatisfy { [.integer, .bigint, .numeric].contains($0) }
      case .stringAggregate, .arrayAggregate, .jsonAggregate, .jsonObjectAggregate: false
      }
    }

    private mutating func add(_ from: FromTree) {
      guard case .join(_, let left, let right, let condition) = from else { return }
      add(left)
      add(right)
      add(condition)
    }

    private mutating func add(_ expression: Expression?) {
      guard let expression else { return }
      for operation in program.operations[program.range(of: expression)] {
        switch operation {
        case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
          add(query)
        case .routine, .nextValue, .lockCall, .configure, .sequence, .sessionCall:
          isOrderFree = false
        default: break
        }
      }
    }

    /// The tables that some of the program's queries read.
    func tablesRead(besides others: [Int]) -> Set<Int> {
      var read: Set<Int> = []
      for index in others {
        guard case .select(let select) = program.queries[index].body else { continue }
        for relation in select.relations {
          if case .table(let table) = relation.source { read.insert(Int(table.index)) }
        }
      }
      return read
    }
  }
}
