import Store

/// One query while it is compiled: its relations and what their names mean.
final class QueryLevel {
  /// The relations so far, in the order of their words in the tuple.
  var relations: [Relation] = []
  /// For each relation, what is known of it besides.
  var details: [RelationDetail] = []
  /// What can be named, in the order of FROM.
  var namespace: [NamespaceItem] = []
  /// Words in the tuple so far.
  var width = 0
  /// Equalities that a row must meet, and the relations that they may narrow.
  var keyConditions: [KeyCondition] = []
  /// Conditions that indexes could use.
  var accessConditions: [AccessCondition] = []
  /// Whether some join keeps unmatched rows of its right side.
  var hasRightJoin = false
  /// Whether the first relation is scanned last, when all others are known: the target of MERGE, and what
  /// ``ProgramBuilder/orderJoin(_:_:)`` puts there.
  var scansFirstLast = false
  /// Whether the query around this one is passed over when it is asked how tables are read.
  var hidesOuter = false
  /// How many keys GROUP BY has; the aggregates follow them in the tuple.
  var keyCount = 0
  var aggregates: [AggregateCall] = []
  var windows: [WindowCall] = []
  /// Where the first window function was written.
  var windowSpan: SourceSpan?
  /// The clauses that lock its relations, while FROM is resolved.
  var locking: [LockingClauseSyntax] = []
  /// The conditions of subqueries whose relations have become its own.
  var pulledConditions: [Typed] = []
  /// Where the first aggregate was written.
  var aggregateSpan: SourceSpan?

  func makeNullable(_ relations: Range<Int>) {
    for index in relations { details[index].isNullable = true }
  }

  /// The most words that a query's tuple may have.
  static let widthLimit = 0x4000
}

/// An equality that decides which rows of some relations can be in the result.
struct KeyCondition {
  var equality: Equality
  /// Positions of the relations that it may narrow: not those whose rows an outer join keeps.
  var relations: Range<Int>
}

/// A condition that a row must meet, and the relations that it may narrow.
struct AccessCondition {
  var uses: [[Comparison]]
  var relations: Range<Int>
  var membership: Membership?
}

/// `column IN (SELECT …)`, where the subquery is expected to give one row: the other table is then searched for each
/// of its rows.
struct Membership {
  var column: Code
  var query: QueryID
  /// The whole condition.
  var code: Code
}

/// What the resolver knows of a relation besides its ``Relation``.
struct RelationDetail {
  /// How a row lock without OF treats it.
  enum Kind: Hashable {
    case table(TableID)
    /// A subquery in FROM or a view.
    case subquery
    /// CTEs, functions, VALUES: locks pass over them.
    case other
  }

  var kind: Kind
  var isWorld = false
  /// An outer join may find no row for it.
  var isNullable = false
  /// It has no rows of its own to lock: they are locked inside, or there are none.
  var isLockedInside = false
  var span: SourceSpan
}

/// A name in FROM and the columns that it brings.
struct NamespaceItem {
  struct Column {
    var name: String
    var type: DataType
    var source: Source
  }

  /// Where a column's value comes from.
  indirect enum Source: Hashable {
    case offset(Int)
    /// USING in a full join: the left value, or the right one where it is NULL.
    case merged(Source, Source)
    case constant(Value)
    case cast(Source, from: DataType, to: DataType)
  }

  /// `nil` for the merged columns of a join.
  var alias: String?
  var columns: [Column]
  /// The relation's position; `nil` for a join's merged columns.
  var relation: Int?
  /// Whether the columns can be named without the alias.
  var areColumnsVisible = true
  /// Names hidden by the merged columns of a join.
  var hiddenColumns: Set<String> = []
  /// Where the relation's columns were defined, for a diagnostic's label.
  var definition: SourceSpan?

  /// The columns that can be named without the alias.
  var bareColumns: [Column] {
    areColumnsVisible ? columns.filter { !hiddenColumns.contains($0.name) } : []
  }
}

/// The statement that is being compiled: what its expressions leave behind for it.
final class StatementContext {
  /// CTEs and subqueries that lock or write, to run before.
  var parts: [StatementPart] = []
  var calls: [HoistedCall] = []
  /// How many of the calls return rows.
  var resultCount = 0
  /// Whether there may be parts; not where only an expression is compiled.
  let takesParts: Bool
  /// What the parts and queries touch, beyond what their code shows.
  var touchesWorld = false
  var touchesDatabase = false
  var worldSpan: SourceSpan?
  var databaseSpan: SourceSpan?

  init(takesParts: Bool) { self.takesParts = takesParts }
}

/// A common table expression in sight.
struct CommonTable {
  enum Meaning {
    /// One query for all references: it refers to nothing around it.
    case query(QueryID)
    /// Compiled anew for each reference, in the scope of its definition.
    case syntax(QuerySyntax, Scope)
    case part(Int)
    /// What the last round of the recursive query has added; only in queries at this depth.
    case working(Int, depth: Int)
    /// Its definition has a mistake that was reported.
    case broken
  }

  var name: String
  var columns: [OutputColumn]
  var meaning: Meaning
}
