import SQL
import Store
import Writers

/// Whether an invariant can be false only for rows that one part of the sessions has changed.
///
/// Two parts that never notice each other may still be noticed together, by an invariant that takes rows of both.
/// It does not where all the rows that it takes together have the same value in certain columns, its *tie*:
///
///     SELECT … FROM orders o JOIN payments p ON p.order_id = o.id WHERE …      tie  orders.id, payments.order_id
///     SELECT … FROM receipts GROUP BY payment_id HAVING count(*) > 1           tie  receipts.payment_id
///
/// As long as the values in these columns of the rows that one part changes are none of those of another part,
/// no row of the join, no group and no subquery has rows of both. Rows that nobody changes may be taken together
/// with any.
///
/// What counts as a tie:
/// - columns that equalities at the top of WHERE and ON set equal, down from the query to its subqueries; for an
///   outer join only those that name a column of the side that may be missing;
/// - of each table that somebody changes, wherever it is named, there must be such a column;
/// - a subquery that reads such tables must be tied to a column of a query around it, and the side of an outer
///   join that may be missing to one of the other side, because they may ask for rows that are *not* there;
/// - GROUP BY must have such a column among its keys.
///
/// Anything else (aggregates over the whole, LIMIT, set operations, window functions, subqueries in FROM,
/// functions of the scenario) counts as taking all rows together. Conditions that could fail for rows of two
/// parts before the tie tells them apart do too.
struct Separability {
  /// How an invariant takes changed rows together.
  enum Answer: Equatable {
    /// One at a time.
    case oneByOne
    /// Only those with the same values in these columns.
    case tied([Column])
    /// It takes any.
    case together
  }

  struct Column: Hashable {
    var table: UInt16
    var column: Int
  }

  /// What an invariant reads, however deep.
  struct Reads {
    var tables: Set<UInt16> = []
    var hasOutcomes = false
    var usesTime = false
    /// It calls functions, which may read anything.
    var isUnknown = false
  }

  private let program: Program
  /// Tables that some session changes.
  private var changed: Set<UInt16> = []

  init(program: Program) { self.program = program }

  // MARK: What is read

  func reads(of query: QueryID) -> Reads {
    var reads = Reads()
    collect(query, &reads)
    return reads
  }

  private func collect(_ id: QueryID, _ reads: inout Reads) {
    let query = program.queries[Int(id.index)]
    for expression in Self.expressions(of: query) { collect(expression, &reads) }
    switch query.body {
    case .values: break
    case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
      collect(left, &reads)
      collect(right, &reads)
    case .select(let select):
      for relation in select.relations {
        switch relation.source {
        case .table(let table): reads.tables.insert(table.index)
        case .query(let query, _): collect(query, &reads)
        case .outcomes: reads.hasOutcomes = true
        case .series: break
        case .function, .part, .working, .result, .given: reads.isUnknown = true
        }
      }
    }
  }

  private func collect(_ expression: Expression, _ reads: inout Reads) {
    for operation in program.operations[program.range(of: expression)] {
      switch operation {
      case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
        collect(query, &reads)
      case .call(let function, _, _): if Builtins.usesTime(function) { reads.usesTime = true }
      case .routine, .nextValue, .lockCall, .configure, .sequence, .setting, .refused,
        .sessionCall:
        reads.isUnknown = true
      case .constant, .column, .slot, .cast, .and, .or, .not, .isNull, .isNotNull, .isTrue,
        .isFalse, .isDistinct, .pop, .jump, .jumpIfFalseKeeping, .jumpUnlessTrueKeeping,
        .jumpIfTrueKeeping,
        .jumpIfNotNullKeeping, .jumpUnlessTrue, .greatest, .least, .row, .tableName, .place,
        .array, .anyElement:
        break
      }
    }
  }

  private static func expressions(of query: Query) -> [Expression] {
    var all = query.order.map(\.expression) + [query.limit, query.offset].compactMap { $0 }
    switch query.body {
    case .combined, .recursive: break
    case .values(let rows): all += rows.joined()
    case .select(let select): all += expressions(of: select)
    }
    return all
  }

  private static func expressions(of select: Select) -> [Expression] {
    var all = conditions(of: select) + select.outputs
    all += [select.having].compactMap { $0 }
    if let grouping = select.grouping {
      all += grouping.keys
      for call in grouping.aggregates {
        all += call.arguments + call.order.map(\.expression) + [call.filter].compactMap { $0 }
      }
    }
    if case .on(let keys) = select.distinct { all += keys }
    return all
  }

  /// What is evaluated before a row of the join is taken.
  private static func conditions(of select: Select) -> [Expression] {
    var all = [select.filter].compactMap { $0 }
    func visit(_ tree: FromTree) {
      guard case .join(_, let left, let right, let on) = tree else { return }
      visit(left)
      visit(right)
      if let on { all.append(on) }
    }
    if let from = select.from { visit(from) }
    for relation in select.relations {
      all += relation.key?.values ?? []
      switch relation.source {
      case .series(let bounds): all += bounds
      case .function(_, let arguments): all += arguments
      case .table, .query, .part, .working, .outcomes, .result, .given: break
      }
    }
    return all
  }

  // MARK: The answer

  /// How the query takes rows of the changed tables together.
  ///
  /// `outcomes` counts as changed by all.
  mutating func answer(for id: QueryID, changed tables: Set<UInt16>) -> Answer {
    changed = tables
    let query = program.queries[Int(id.index)]
    guard query.limit == nil, query.offset == nil, hasPlainOrder(query),
      case .select(let select) = query.body, select.windows.isEmpty
    else { return .together }
    let own = changedRelations(of: select)
    let inner = subqueries(of: select).filter(takesChanged)
    if own.count == 1 && inner.isEmpty && select.grouping == nil
      && !hasChangedSubqueryInFrom(select) && !Self.mayMiss(own[0], in: select.from)
    {
      return .oneByOne
    }
    // Any column of the query itself may be the one that all are tied to.
    for (index, relation) in select.relations.enumerated() {
      for column in 0..<relation.columnCount {
        let anchor = Node(level: 0, relation: index, column: column)
        var columns: Set<Column> = []
        let isTied = isTied(select, level: 0, [select], Classes(), anchor, &columns)
        if isTied {
          return .tied(columns.sorted { ($0.table, $0.column) < ($1.table, $1.column) })
        }
      }
    }
    return .together
  }

  /// A column of a relation of a query, which is so deep.
  private struct Node: Hashable {
    var level: Int
    var relation: Int
    var column: Int
  }

  /// Columns that are equal.
  private struct Classes {
    private var parents: [Node: Node] = [:]

    func root(_ node: Node) -> Node {
      var node = node
      while let parent = parents[node] { node = parent }
      return node
    }

    mutating func unite(_ one: Node, _ other: Node) {
      let (a, b) = (root(one), root(other))
      if a != b { parents[a] = b }
    }
  }

  /// Whether all changed rows that the select takes together have the anchor's value in some column; these
  /// columns are collected.
  private func isTied(
    _ select: Select, level: Int, _ around: [Select], _ classes: Classes, _ anchor: Node,
    _ columns: inout Set<Column>
  ) -> Bool {
    guard select.windows.isEmpty || level > 0, !hasChangedSubqueryInFrom(select) else {
      return false
    }
    if level > 0 || select.relations.count > 1 || !subqueries(of: select).isEmpty {
      for condition in Self.conditions(of: select) where !isHarmless(condition) { return false }
    }
    var classes = classes
    addEqualities(of: select, around, &classes)
    let root = classes.root(anchor)
    func isIn(_ node: Node) -> Bool { classes.root(node) == root }
    // What a subquery looks for is decided around it.
    if level > 0 && !columnsAround(around.dropLast()).contains(where: isIn) { return false }
    for index in changedRelations(of: select) {
      let relation = select.relations[index]
      guard case .table(let table) = relation.source else { return false }
      let column = (0..<relation.columnCount).first {
        isIn(Node(level: level, relation: index, column: $0))
      }
      guard let column else { return false }
      columns.insert(Column(table: table.index, column: column))
    }
    if let from = select.from {
      let isOuterTied = isOuterSideTied(from, select) { relation in
        (0..<select.relations[relation].columnCount).contains {
          isIn(Node(level: level, relation: relation, column: $0))
        }
      }
      if !isOuterTied { return false }
    }
    if level == 0, let grouping = select.grouping {
      let hasKey = grouping.keys.contains { key in
        let range = program.range(of: key)
        guard range.count == 1 else { return false }
        return node(program.operations[range.lowerBound], around).map(isIn) ?? false
      }
      if !hasKey { return false }
    }
    for id in subqueries(of: select) where takesChanged(id) {
      let query = program.queries[Int(id.index)]
      guard case .select(let inner) = query.body, hasPlainOrder(query),
        isTied(inner, level: level + 1, around + [inner], classes, anchor, &columns)
      else { return false }
    }
    return true
  }

  /// Whether a relation is on a side of an outer join that may be missing.
  private static func mayMiss(_ relation: Int, in tree: FromTree?) -> Bool {
    guard case .join(let kind, let left, let right, _) = tree else { return false }
    let isLeft = relations(of: left).contains(relation)
    switch kind {
    case .full: return true
    case .left where !isLeft, .right where isLeft: return true
    case .inner, .left, .right: return mayMiss(relation, in: isLeft ? left : right)
    }
  }

  /// Whether each side that may be missing, if its rows change, is looked for by a tied column of the other.
  private func isOuterSideTied(
    _ tree: FromTree, _ select: Select, _ isTied: (Int) -> Bool
  ) -> Bool {
    guard case .join(let kind, let left, let right, _) = tree else { return true }
    guard isOuterSideTied(left, select, isTied), isOuterSideTied(right, select, isTied) else {
      return false
    }
    let changed = Set(changedRelations(of: select))
    let sides = (Self.relations(of: left), Self.relations(of: right))
    switch kind {
    case .inner: return true
    case .left: return changed.isDisjoint(with: sides.1) || sides.0.contains(where: isTied)
    case .right: return changed.isDisjoint(with: sides.0) || sides.1.contains(where: isTied)
    case .full: return changed.isDisjoint(with: sides.0.union(sides.1))
    }
  }

  private func columnsAround(_ selects: some Collection<Select>) -> [Node] {
    selects.enumerated().flatMap { level, select in
      select.relations.indices.flatMap { relation in
        (0..<select.relations[relation].columnCount).map {
          Node(level: level, relation: relation, column: $0)
        }
      }
    }
  }

  private func addEqualities(
    of select: Select, _ around: [Select], _ classes: inout Classes
  ) {
    func add(_ condition: Expression, naming relations: Set<Int>?) {
      for range in program.conjuncts(of: condition) {
        guard let sides = program.equality(at: range), let left = node(sides.left, around),
          let right = node(sides.right, around)
        else { continue }
        if let relations {
          let level = around.count - 1
          let isNamed = [left, right].contains {
            $0.level == level && relations.contains($0.relation)
          }
          if !isNamed { continue }
        }
        classes.unite(left, right)
      }
    }
    if let filter = select.filter { add(filter, naming: nil) }
    func visit(_ tree: FromTree) {
      guard case .join(let kind, let left, let right, let on) = tree else { return }
      visit(left)
      visit(right)
      guard let on else { return }
      switch kind {
      case .inner: add(on, naming: nil)
      case .left: add(on, naming: Self.relations(of: right))
      case .right: add(on, naming: Self.relations(of: left))
      case .full: break
      }
    }
    if let from = select.from { visit(from) }
  }

  private static func relations(of tree: FromTree) -> Set<Int> {
    switch tree {
    case .relation(let index): [index]
    case .join(_, let left, let right, _): relations(of: left).union(relations(of: right))
    }
  }

  /// The column that an operand is; the last of `around` is the select that it is evaluated in.
  private func node(_ operand: Operation, _ around: [Select]) -> Node? {
    guard case .column(let depth, let offset) = operand, Int(depth) < around.count else {
      return nil
    }
    let level = around.count - 1 - Int(depth)
    for (index, relation) in around[level].relations.enumerated() {
      let column = Int(offset) - relation.offset - 1
      if column >= 0 && column < relation.columnCount {
        return Node(level: level, relation: index, column: column)
      }
    }
    return nil
  }

  /// The relations whose rows somebody changes.
  private func changedRelations(of select: Select) -> [Int] {
    select.relations.indices.filter {
      switch select.relations[$0].source {
      case .table(let table): changed.contains(table.index)
      case .outcomes: true
      case .series, .query: false
      case .function, .part, .working, .result, .given: true
      }
    }
  }

  private func hasChangedSubqueryInFrom(_ select: Select) -> Bool {
    select.relations.contains {
      if case .query(let query, _) = $0.source { takesChanged(query) } else { false }
    }
  }

  private func takesChanged(_ query: QueryID) -> Bool {
    let reads = reads(of: query)
    return reads.isUnknown || reads.hasOutcomes || !reads.tables.isDisjoint(with: changed)
  }

  /// The queries that the select's expressions ask.
  private func subqueries(of select: Select) -> [QueryID] {
    Self.expressions(of: select).flatMap { expression in
      program.operations[program.range(of: expression)].compactMap(Self.subquery(of:))
    }
  }

  private static func subquery(of operation: Operation) -> QueryID? {
    switch operation {
    case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _): query
    default: nil
    }
  }

  /// Whether a condition cannot fail, whatever rows it is evaluated for.
  private func isHarmless(_ condition: Expression) -> Bool {
    program.operations[program.range(of: condition)].allSatisfy { operation in
      if operation.onlyCompares { return true }
      switch operation {
      case .cast(let number): return Self.isWidening(program.casts[Int(number)])
      case .exists(let query): return isHarmless(query)
      case .scalarSubquery(let query):
        // An aggregate over all rows is one row.
        guard case .select(let select) = program.queries[Int(query.index)].body,
          let grouping = select.grouping
        else { return false }
        return grouping.keys.isEmpty && isHarmless(query)
      default: return false
      }
    }
  }

  private func isHarmless(_ id: QueryID) -> Bool {
    let query = program.queries[Int(id.index)]
    guard case .select = query.body else { return false }
    return Self.expressions(of: query).allSatisfy(isHarmless)
  }

  private static func isWidening(_ cast: Cast) -> Bool {
    switch (cast.source.kind, cast.target.kind) {
    case (.smallint, .integer), (.smallint, .bigint), (.integer, .bigint): true
    default: false
    }
  }

  /// Whether ORDER BY, LIMIT and OFFSET ask no queries.
  private func hasPlainOrder(_ query: Query) -> Bool {
    let expressions = query.order.map(\.expression) + [query.limit, query.offset].compactMap { $0 }
    return expressions.allSatisfy { expression in
      program.operations[program.range(of: expression)].allSatisfy { Self.subquery(of: $0) == nil }
    }
  }
}
