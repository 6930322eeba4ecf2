package import Store

/// A compiled query: what it reads, how it combines the rows, what it returns.
///
/// **Tuples.** While a query runs, its current row is one flat run of words: for each relation of
/// ``Select/relations`` in turn, first the row's identity (``Value/Tag-swift.enum/row`` for a table,
/// NULL otherwise or where an outer join found no partner), then its columns. After grouping, the
/// tuple is extended at ``Select/groupOffset`` by the grouping keys and then the aggregates.
package struct Query: Sendable {
  package indirect enum Body: Sendable {
    case select(Select)
    case values([[Expression]])
    case combined(SetOperation, isAll: Bool, QueryID, QueryID)
    /// WITH RECURSIVE: the rows of the first, then again and again those that the second makes of the rows that were
    /// new last, which it finds in the working table of that number (``Relation/Source/working(_:)``).
    case recursive(isAll: Bool, QueryID, QueryID, table: Int)
  }

  package var body: Body
  package var columns: [OutputColumn]
  /// Sort keys.
  ///
  /// For `select` bodies they are evaluated in the select's tuple, for others in a tuple that is
  /// the output row itself (offset 0 is the first output).
  package var order: [OrderKey] = []
  package var limit: Expression?
  package var offset: Expression?
  /// Row locks that the query takes, in the order of its relations; only with a `select` body.
  package var locks: [LockClause] = []
  /// Stops at its LIMIT, because what it computes for a row is noticed by others.
  package var stopsAtLimit = false
  /// Its ORDER BY is the order in which its only table is read (``Relation/scanOrder``).
  package var isInScanOrder = false

  package init(body: Body, columns: [OutputColumn]) {
    self.body = body
    self.columns = columns
  }

  /// Neither ordered nor limited.
  package var isPlain: Bool { order.isEmpty && limit == nil && offset == nil }
}

/// A column that a query returns.
package struct OutputColumn: Hashable, Sendable {
  package var name: String
  package var type: DataType

  package init(name: String, type: DataType) {
    self.name = name
    self.type = type
  }
}

package enum SetOperation: Hashable, Sendable { case union, intersect, except }

package struct OrderKey: Hashable, Sendable {
  package var expression: Expression
  package var isDescending: Bool
  package var areNullsFirst: Bool

  package init(expression: Expression, isDescending: Bool, areNullsFirst: Bool) {
    self.expression = expression
    self.isDescending = isDescending
    self.areNullsFirst = areNullsFirst
  }
}

/// `SELECT … FROM … WHERE … GROUP BY … HAVING …`.
package struct Select: Sendable {
  package var relations: [Relation] = []
  /// How the relations are joined; `nil` without FROM (one empty tuple).
  package var from: FromTree?
  package var filter: Expression?
  /// The conditions of ``filter`` that name no column of FROM: they are evaluated once, and if they are not true,
  /// no table is read (a one-time filter: `create_gating_plan`).
  package var gate: Expression?
  package var grouping: Grouping?
  package var having: Expression?
  /// Their values stand in the tuple behind the columns; not together with ``grouping``.
  package var windows: [WindowCall] = []
  package var outputs: [Expression] = []
  package var distinct: Distinct = .no
  /// Words in a tuple before grouping; the grouping's words begin here.
  package var groupOffset = 0
  /// Words in a whole tuple.
  package var tupleWidth = 0

  package init() {}

  package enum Distinct: Sendable {
    case no, all
    case on([Expression])
  }
}

package struct Grouping: Sendable {
  /// Empty for aggregates over the whole input.
  package var keys: [Expression]
  package var aggregates: [AggregateCall]

  package init(keys: [Expression], aggregates: [AggregateCall]) {
    self.keys = keys
    self.aggregates = aggregates
  }
}

package struct AggregateCall: Sendable {
  package var function: Aggregates.Resolved
  /// Empty for `count(*)`.
  package var arguments: [Expression]
  package var filter: Expression?
  package var isDistinct = false
  package var order: [OrderKey] = []

  package init(function: Aggregates.Resolved, arguments: [Expression]) {
    self.function = function
    self.arguments = arguments
  }
}

/// One item of FROM.
package struct Relation: Sendable {
  package enum Source: Sendable {
    case table(TableID)
    /// A subquery; a lateral one (or a correlated one) sees the tuple of the query around it at
    /// depth 1, with the words of the relations before it filled in.
    case query(QueryID, isLateral: Bool)
    /// The rows of an earlier part of the same statement (``StatementPart``).
    case part(Int)
    /// What the last round of a recursive query has added.
    case working(Int)
    /// `outcomes(writer, session, outcome, sqlstate)`, for invariants.
    case outcomes
    /// `generate_series(from, to, step)`; ``Relation/addition`` says how to add the step.
    case series([Expression])
    /// The rows of a function that is called in place.
    case function(RoutineID, [Expression])
    /// The rows of a function that was called before the statement: the n-th such call.
    case result(Int)
    /// The rows that a trigger or a MERGE clause works on, or EXCLUDED: filled in by the executor.
    case given
  }

  package var source: Source
  package var alias: String
  /// Where this relation's identity word stands in the tuple; its columns follow.
  package var offset: Int
  package var columnCount: Int
  /// For a table: an equality by a whole unique key that each result row must meet (computed once,
  /// so that a scan by key looks at one row).
  ///
  /// Expressions see the tuple with earlier relations filled.
  package var key: KeyLookup?
  /// How PostgreSQL would find the rows in a small table, so that they come in the order of the places that
  /// the index leads to; `nil` for a sequential scan.
  package var access: IndexAccess?
  /// For the first table of a join of which another is searched by an index for each row: the conditions on it alone.
  ///
  /// A server drops rows that do not meet them before it looks for their partners.
  package var lead: Expression?
  /// The columns in whose order the rows are read, where it is noticed and PostgreSQL would use an index; none for
  /// the order of the table.
  package var scanOrder: [ScanKey] = []

  /// A column of a ``scanOrder``.
  package struct ScanKey: Hashable, Sendable {
    package var column: Int
    package var isDescending: Bool

    package init(column: Int, isDescending: Bool) {
      self.column = column
      self.isDescending = isDescending
    }
  }
  /// For a series that is not of integers: the built-in function that adds its step, and the zero that the
  /// step must not be.
  package var addition: UInt16?
  package var zero = Value(integer: 0)

  package init(source: Source, alias: String, offset: Int, columnCount: Int) {
    self.source = source
    self.alias = alias
    self.offset = offset
    self.columnCount = columnCount
  }
}

/// `column = expression` for each column of a unique key.
package struct KeyLookup: Sendable {
  /// Positions in the table, and the values wanted there.
  package var columns: [Int]
  package var values: [Expression]

  package init(columns: [Int], values: [Expression]) {
    self.columns = columns
    self.values = values
  }
}

/// The indexes by which PostgreSQL would find a table's rows.
package struct IndexAccess: Sendable {
  /// By their numbers: unique ones first, then from ``Table/plainIndexBase`` on.
  package var indexes: [Int]
  /// What the indexes are searched for, in the select's tuple; `nil` if they are read whole.
  package var condition: Expression?
  /// The share of the rows that is expected.
  package var share: Double
  /// The search goes along indexes instead, and ends when there are enough rows.
  package var walks: [IndexWalk] = []

  /// What hash indexes are searched for: a bucket is read.
  package struct HashKey: Hashable, Sendable {
    package var index: Int
    package var value: Expression
  }

  /// For each of ``indexes`` that is one.
  package var hashKeys: [HashKey] = []

  /// Nothing is read unless this query has a row.
  package var gate: QueryID?

  /// Nothing is read: the conditions contradict each other.
  package var isNever = false

  /// Whether few rows are expected.
  package var isNarrow: Bool { share < 0.02 }

  static var never: IndexAccess {
    var access = IndexAccess(indexes: [], condition: nil, share: 0)
    access.isNever = true
    return access
  }

  package init(indexes: [Int], condition: Expression?, share: Double) {
    self.indexes = indexes
    self.condition = condition
    self.share = share
  }

  package init(walks: [IndexWalk]) {
    self.init(indexes: walks.map(\.index), condition: nil, share: 1)
    self.walks = walks
  }
}

/// A walk along an index, up to the last row that is asked for.
package struct IndexWalk: Hashable, Sendable {
  /// As in ``IndexAccess/indexes``.
  package var index: Int
  /// The index's columns: the order of its entries.
  package var columns: [Int]
  package var isDescending: Bool
  /// What the index is entered by; other entries are not looked at.
  package var condition: Expression?
  /// What a row must meet to count.
  package var filter: Expression?
  /// How many rows are wanted: the sum of LIMIT and OFFSET, and ``extraRows``.
  package var rows: [Expression] = []
  package var extraRows = 0
  /// Rows that others hold against this mode do not count (SKIP LOCKED).
  package var skips: RowLockMode?
  /// NULLs in the first column are not looked at.
  package var skipsNulls = false

  package init(index: Int, columns: [Int], isDescending: Bool) {
    self.index = index
    self.columns = columns
    self.isDescending = isDescending
  }
}

package indirect enum FromTree: Sendable {
  case relation(Int)
  case join(JoinKind, FromTree, FromTree, on: Expression?)
}

extension FromTree {
  /// The positions of the relations.
  var relations: [Int] {
    switch self {
    case .relation(let index): [index]
    case .join(_, let left, let right, _): left.relations + right.relations
    }
  }

  /// The relation whose rows are gone through first, once; `nil` if there is none.
  var first: Int? {
    switch self {
    case .relation(let index): index
    case .join(.inner, let left, _, _), .join(.left, let left, _, _): left.first
    case .join(.right, _, let right, _): right.first
    case .join(.full, _, _, _): nil
    }
  }

  /// The same with the first relation inside all others, where it is joined to them by inner joins.
  var withFirstInside: FromTree? {
    switch self {
    case .join(.inner, .relation(0), let others, let on):
      return .join(.inner, others, .relation(0), on: on)
    case .join(.inner, let left, let right, nil):
      guard case .join(.inner, let others, let first, nil)? = left.withFirstInside else {
        return nil
      }
      return .join(.inner, .join(.inner, others, right, on: nil), first, on: nil)
    case .relation, .join: return nil
    }
  }

  /// The same where rows in which one of some relations is NULL do not count.
  func reduced(_ certain: Set<Int>) -> FromTree {
    guard case .join(let kind, let left, let right, let on) = self else { return self }
    let keepsLeft = right.relations.allSatisfy { !certain.contains($0) }
    let keepsRight = left.relations.allSatisfy { !certain.contains($0) }
    let reduced: JoinKind =
      switch kind {
      case .inner: .inner
      case .left: keepsLeft ? .left : .inner
      case .right: keepsRight ? .right : .inner
      case .full: keepsLeft ? (keepsRight ? .full : .left) : keepsRight ? .right : .inner
      }
    return .join(reduced, left.reduced(certain), right.reduced(certain), on: on)
  }
}

package enum JoinKind: Hashable, Sendable { case inner, left, right, full }

/// `FOR UPDATE OF relation NOWAIT`.
package struct LockClause: Hashable, Sendable {
  package var relation: Int
  package var mode: RowLockMode
  package var policy: WaitPolicy
  /// Number of this lock among all explicit locks of the scenario, in file order, from 1.
  package var number: Int

  package init(relation: Int, mode: RowLockMode, policy: WaitPolicy, number: Int) {
    self.relation = relation
    self.mode = mode
    self.policy = policy
    self.number = number
  }
}

package enum WaitPolicy: UInt8, Hashable, Sendable { case wait, error, skip }
