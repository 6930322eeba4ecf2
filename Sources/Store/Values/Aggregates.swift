/// Aggregate functions, as arithmetic on a state.
package enum Aggregates {
  package enum Kind: UInt8, Hashable, Sendable {
    case countRows, count, sum, average, minimum, maximum, boolAnd, boolOr, stringAggregate
  }

  package struct Resolved: Hashable, Sendable {
    package var kind: Kind
    /// The types that the arguments must be cast to.
    package var argumentTypes: [DataType]
    package var resultType: DataType
  }

  /// Chooses an aggregate; `count(*)` is `count` without arguments. Nil where none fits.
  package static func resolve(_ name: String, _ arguments: [DataType]) -> Resolved? { nil }

  /// Whether the name is that of an aggregate.
  package static func exists(_ name: String) -> Bool { false }
}

/// The running state of one aggregate over one group.
package struct AggregateState: Sendable {
  package init(_ aggregate: Aggregates.Resolved) {}

  /// Takes one row's arguments.
  package mutating func add(_ arguments: Span<Value>, _ context: EvaluationContext)
    throws(SQLError)
  {}

  /// The aggregate over the rows so far.
  package func result() throws(SQLError) -> Value { .null }
}
