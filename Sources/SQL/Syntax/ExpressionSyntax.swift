/// An expression as written, with its place.
package struct ExpressionSyntax: Hashable, Sendable {
  package var kind: ExpressionKind
  package var span: SourceSpan

  package init(_ kind: ExpressionKind, at span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// The forms of an expression; parentheses leave no node but widen the span.
package indirect enum ExpressionKind: Hashable, Sendable {
  case null
  case boolean(Bool)

  /// Digits only, of any length.
  case integer(String)

  /// Digits with a point or an exponent.
  case decimal(String)

  case string(String)

  /// `interval '60 seconds'`, `timestamptz '…'`, `date '…'`.
  case typedLiteral(TypeNameSyntax, StringSyntax)

  /// `:name`, a parameter of the scenario or the writer.
  case parameter(NameSyntax)

  /// `$1`.
  case positional(Int)

  /// `status`, `o.status`, `public.orders.status`; also a variable, or a field of one.
  case column(QualifiedNameSyntax)

  /// `*`, or `o.*` with its qualifier.
  case star(QualifiedNameSyntax?)

  /// `(expression).field`.
  case field(ExpressionSyntax, NameSyntax)

  case unary(UnaryOperator, ExpressionSyntax)
  case binary(BinaryOperator, ExpressionSyntax, ExpressionSyntax)
  case and(ExpressionSyntax, ExpressionSyntax)
  case or(ExpressionSyntax, ExpressionSyntax)
  case not(ExpressionSyntax)

  /// `IS [NOT] NULL`, `TRUE`, `FALSE`, `UNKNOWN`; also `ISNULL` and `NOTNULL`.
  case isTest(ExpressionSyntax, IsTest, negated: Bool)

  /// `IS DISTINCT FROM`; negated, `IS NOT DISTINCT FROM`.
  case isDistinct(ExpressionSyntax, ExpressionSyntax, negated: Bool)

  case between(
    ExpressionSyntax, low: ExpressionSyntax, high: ExpressionSyntax, symmetric: Bool,
    negated: Bool)
  case inList(ExpressionSyntax, [ExpressionSyntax], negated: Bool)
  case inSubquery(ExpressionSyntax, QuerySyntax, negated: Bool)
  case like(
    ExpressionSyntax, pattern: ExpressionSyntax, escape: ExpressionSyntax?,
    caseInsensitive: Bool, negated: Bool)
  case exists(QuerySyntax)
  case scalarSubquery(QuerySyntax)

  /// `left = ANY (SELECT …)`, `left <> ALL (array)`; `SOME` is `ANY`.
  case quantified(BinaryOperator, ExpressionSyntax, Quantifier, QuantifiedOperand)

  /// `ARRAY[…]`.
  case array([ExpressionSyntax])

  /// `ARRAY(SELECT …)`.
  case arraySubquery(QuerySyntax)

  /// `ROW(a, b)` or `(a, b)`.
  case row([ExpressionSyntax])

  /// `CASE [operand] WHEN … THEN … ELSE … END`.
  case caseWhen(
    operand: ExpressionSyntax?, branches: [CaseBranchSyntax], otherwise: ExpressionSyntax?)

  /// `CAST(x AS type)` or `x::type`.
  case cast(ExpressionSyntax, TypeNameSyntax)

  case call(FunctionCallSyntax)
  case coalesce([ExpressionSyntax])
  case nullif(ExpressionSyntax, ExpressionSyntax)
  case greatest([ExpressionSyntax])
  case least([ExpressionSyntax])

  /// `EXTRACT(field FROM source)`.
  case extract(NameSyntax, ExpressionSyntax)

  /// `POSITION(needle IN haystack)`.
  case position(ExpressionSyntax, in: ExpressionSyntax)

  /// `SUBSTRING(text FROM start FOR count)`; with commas it is a ``call(_:)``.
  case substring(ExpressionSyntax, from: ExpressionSyntax?, count: ExpressionSyntax?)

  /// `TRIM([side] [characters FROM] text)`.
  case trim(TrimSide, characters: ExpressionSyntax?, ExpressionSyntax)

  /// `value AT TIME ZONE zone`.
  case atTimeZone(ExpressionSyntax, ExpressionSyntax)

  /// `CURRENT_TIMESTAMP` and its like, which are called without parentheses.
  case keywordFunction(KeywordFunction)

  /// `DEFAULT` as a value of INSERT, UPDATE or MERGE; nowhere else.
  case defaultValue
}

/// An operator before its operand.
package enum UnaryOperator: String, Hashable, Sendable {
  case plus = "+"
  case minus = "-"
  case bitNot = "~"
  case absolute = "@"
}

/// An operator between its operands; the raw value is how it is written (`!=` becomes `<>`).
package enum BinaryOperator: String, Hashable, CaseIterable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case concatenate = "||"
  case bitAnd = "&"
  case bitOr = "|"
  case bitXor = "#"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case matches = "~"
  case matchesIgnoringCase = "~*"
  case notMatches = "!~"
  case notMatchesIgnoringCase = "!~*"
  case jsonField = "->"
  case jsonFieldText = "->>"
  case jsonPath = "#>"
  case jsonPathText = "#>>"
  case contains = "@>"
  case containedIn = "<@"
  case overlaps = "&&"
  case hasKey = "?"
}

/// What `IS` asks for.
package enum IsTest: String, Hashable, Sendable {
  case null, `true`, `false`, unknown
}

/// `ANY` or `ALL`.
package enum Quantifier: String, Hashable, Sendable {
  case any, all
}

/// What ANY or ALL ranges over.
package enum QuantifiedOperand: Hashable, Sendable {
  case subquery(QuerySyntax)
  case array(ExpressionSyntax)
}

/// Which ends `TRIM` cuts.
package enum TrimSide: String, Hashable, Sendable {
  case both, leading, trailing
}

/// The functions that SQL writes without parentheses.
package enum KeywordFunction: String, Hashable, CaseIterable, Sendable {
  case currentTimestamp = "current_timestamp"
  case currentDate = "current_date"
  case currentTime = "current_time"
  case localTimestamp = "localtimestamp"
  case localTime = "localtime"
  case currentUser = "current_user"
  case currentRole = "current_role"
  case sessionUser = "session_user"
  case user = "user"
  case currentCatalog = "current_catalog"
  case currentSchema = "current_schema"
}

/// `WHEN condition THEN result`.
package struct CaseBranchSyntax: Hashable, Sendable {
  package var condition: ExpressionSyntax
  package var result: ExpressionSyntax

  package init(condition: ExpressionSyntax, result: ExpressionSyntax) {
    self.condition = condition
    self.result = result
  }
}

/// `name([DISTINCT] arguments [ORDER BY …]) [FILTER (WHERE …)]`.
package struct FunctionCallSyntax: Hashable, Sendable {
  /// One argument, named when written `name => value`.
  package struct Argument: Hashable, Sendable {
    package var name: NameSyntax?
    package var value: ExpressionSyntax

    package init(name: NameSyntax? = nil, value: ExpressionSyntax) {
      self.name = name
      self.value = value
    }
  }

  package var name: QualifiedNameSyntax

  package var arguments: [Argument]

  /// `count(*)`: no arguments, but a star.
  package var isStar: Bool

  package var isDistinct: Bool
  package var orderBy: [OrderItemSyntax]
  package var filter: ExpressionSyntax?

  /// `OVER (…)`.
  package var over: WindowSyntax?

  package init(
    name: QualifiedNameSyntax, arguments: [Argument], isStar: Bool = false,
    isDistinct: Bool = false, orderBy: [OrderItemSyntax] = [], filter: ExpressionSyntax? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.isStar = isStar
    self.isDistinct = isDistinct
    self.orderBy = orderBy
    self.filter = filter
  }
}

/// `OVER ([PARTITION BY …] [ORDER BY …] [frame])`.
package struct WindowSyntax: Hashable, Sendable {
  package var partition: [ExpressionSyntax] = []
  package var order: [OrderItemSyntax] = []

  /// `ROWS` instead of `RANGE`: the frame ends at the row, not behind its peers.
  package var countsRows = false

  /// The frame ends at the end of the partition.
  package var isWhole = false

  package var span: SourceSpan

  package init(span: SourceSpan) { self.span = span }
}
