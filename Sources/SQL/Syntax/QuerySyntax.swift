/// A whole query: common table expressions, body, order, limit and row locks.
package struct QuerySyntax: Hashable, Sendable {
  package var with: [CommonTableSyntax]
  package var body: QueryBodySyntax
  package var orderBy: [OrderItemSyntax]
  package var limit: ExpressionSyntax?
  package var offset: ExpressionSyntax?
  package var locking: [LockingClauseSyntax]
  package var span: SourceSpan

  package init(
    with: [CommonTableSyntax] = [], body: QueryBodySyntax, orderBy: [OrderItemSyntax] = [],
    limit: ExpressionSyntax? = nil, offset: ExpressionSyntax? = nil,
    locking: [LockingClauseSyntax] = [], span: SourceSpan
  ) {
    self.with = with
    self.body = body
    self.orderBy = orderBy
    self.limit = limit
    self.offset = offset
    self.locking = locking
    self.span = span
  }
}

/// What a query is made of.
package indirect enum QueryBodySyntax: Hashable, Sendable {
  case select(SelectSyntax)

  /// `VALUES (…), (…)`, all rows of one length.
  case values([[ExpressionSyntax]])

  case setOperation(SetOperator, all: Bool, QueryBodySyntax, QueryBodySyntax)

  /// A query in parentheses that has clauses of its own (ORDER BY, LIMIT, FOR UPDATE).
  case nested(QuerySyntax)
}

/// How two queries are put together.
package enum SetOperator: String, Hashable, Sendable {
  case union, intersect, except
}

/// `SELECT … FROM … WHERE … GROUP BY … HAVING …`.
package struct SelectSyntax: Hashable, Sendable {
  /// Which duplicates go.
  package enum Distinct: Hashable, Sendable {
    case all
    case on([ExpressionSyntax])
  }

  package var distinct: Distinct?

  /// The result columns; empty in `SELECT FROM t`.
  package var targets: [TargetSyntax]

  package var from: [FromSyntax]
  package var condition: ExpressionSyntax?
  package var groupBy: [ExpressionSyntax]
  package var having: ExpressionSyntax?
  package var span: SourceSpan

  package init(
    distinct: Distinct? = nil, targets: [TargetSyntax], from: [FromSyntax] = [],
    condition: ExpressionSyntax? = nil, groupBy: [ExpressionSyntax] = [],
    having: ExpressionSyntax? = nil, span: SourceSpan
  ) {
    self.distinct = distinct
    self.targets = targets
    self.from = from
    self.condition = condition
    self.groupBy = groupBy
    self.having = having
    self.span = span
  }
}

/// One result column of SELECT or RETURNING: `expression [[AS] alias]`.
package struct TargetSyntax: Hashable, Sendable {
  package var value: ExpressionSyntax
  package var alias: NameSyntax?
  package var span: SourceSpan

  package init(value: ExpressionSyntax, alias: NameSyntax? = nil, span: SourceSpan) {
    self.value = value
    self.alias = alias
    self.span = span
  }
}

/// `[AS] alias [(column, …)]`.
package struct AliasSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var columns: [NameSyntax]

  package init(name: NameSyntax, columns: [NameSyntax] = []) {
    self.name = name
    self.columns = columns
  }
}

/// One item of a FROM list.
package struct FromSyntax: Hashable, Sendable {
  /// The forms of an item.
  package indirect enum Kind: Hashable, Sendable {
    case table(QualifiedNameSyntax, alias: AliasSyntax?)
    case subquery(QuerySyntax, alias: AliasSyntax?, lateral: Bool)

    /// `function(…) [WITH ORDINALITY] [alias]`.
    case function(FunctionCallSyntax, alias: AliasSyntax?, lateral: Bool)

    case join(JoinSyntax)
  }

  package var kind: Kind
  package var span: SourceSpan

  package init(_ kind: Kind, at span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// `left [kind] JOIN right [condition]`.
package struct JoinSyntax: Hashable, Sendable {
  /// Which unmatched rows stay.
  package enum Kind: String, Hashable, Sendable {
    case inner, left, right, full, cross
  }

  /// How rows are matched.
  package enum Condition: Hashable, Sendable {
    /// CROSS JOIN.
    case none

    case natural
    case on(ExpressionSyntax)
    case using([NameSyntax])
  }

  package var kind: Kind
  package var left: FromSyntax
  package var right: FromSyntax
  package var condition: Condition

  package init(kind: Kind, left: FromSyntax, right: FromSyntax, condition: Condition) {
    self.kind = kind
    self.left = left
    self.right = right
    self.condition = condition
  }
}

/// `expression [ASC | DESC] [NULLS FIRST | LAST]`.
package struct OrderItemSyntax: Hashable, Sendable {
  package var value: ExpressionSyntax
  package var isDescending: Bool

  /// `nil` when not written: then NULLs come last in ascending order and first in descending.
  package var nullsFirst: Bool?

  package init(value: ExpressionSyntax, isDescending: Bool = false, nullsFirst: Bool? = nil) {
    self.value = value
    self.isDescending = isDescending
    self.nullsFirst = nullsFirst
  }
}

/// `name [(columns)] AS [[NOT] MATERIALIZED] (statement)`.
package struct CommonTableSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var columns: [NameSyntax]

  /// `nil` when neither MATERIALIZED nor NOT MATERIALIZED was written.
  package var isMaterialized: Bool?

  /// Whether it stands behind WITH RECURSIVE, so that it may name itself.
  package var isRecursive = false

  /// A SELECT, INSERT, UPDATE, DELETE or MERGE.
  package var statement: StatementSyntax

  package init(
    name: NameSyntax, columns: [NameSyntax], isMaterialized: Bool?, statement: StatementSyntax
  ) {
    self.name = name
    self.columns = columns
    self.isMaterialized = isMaterialized
    self.statement = statement
  }
}

/// `FOR UPDATE OF orders SKIP LOCKED` and the like.
package struct LockingClauseSyntax: Hashable, Sendable {
  /// The four strengths, weakest first.
  package enum Strength: String, Hashable, Sendable {
    case keyShare = "KEY SHARE"
    case share = "SHARE"
    case noKeyUpdate = "NO KEY UPDATE"
    case update = "UPDATE"
  }

  package var strength: Strength

  /// `OF table, …`; empty for every table of the query.
  package var tables: [QualifiedNameSyntax]

  package var waitPolicy: LockWaitPolicy
  package var span: SourceSpan

  package init(
    strength: Strength, tables: [QualifiedNameSyntax], waitPolicy: LockWaitPolicy,
    span: SourceSpan
  ) {
    self.strength = strength
    self.tables = tables
    self.waitPolicy = waitPolicy
    self.span = span
  }
}

/// What to do about a lock that another session holds.
package enum LockWaitPolicy: String, Hashable, Sendable {
  case wait, nowait, skipLocked
}
