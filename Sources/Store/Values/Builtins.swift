/// A function or operator of the catalogue, chosen for given argument types.
package struct ResolvedFunction: Hashable, Sendable {
  /// The place in the catalogue: what ``Builtins/call(_:_:_:)`` takes.
  package var id: UInt16
  /// The types that the arguments must be cast to before the call.
  package var argumentTypes: [DataType]
  package var resultType: DataType
  /// Whether any NULL argument makes the result NULL; ``Builtins/call(_:_:_:)`` sees to it.
  package var isStrict: Bool
  package var volatility: Volatility
  /// Whether the result depends on the ``EvaluationTime``.
  package var usesTime: Bool
}

/// How freely a function may be evaluated: PostgreSQL's IMMUTABLE, STABLE and VOLATILE.
package enum Volatility: UInt8, Hashable, Sendable {
  case immutable, stable, volatile
}

/// The operators and functions that need no database.
package enum Builtins {
  /// Chooses an operator; `left` is nil for a prefix operator. Nil where none fits.
  package static func resolveOperator(
    _ symbol: String, _ left: DataType?, _ right: DataType?
  ) -> ResolvedFunction? { nil }

  /// Chooses a function by its name, in lower case. Nil where none fits.
  package static func resolveFunction(_ name: String, _ arguments: [DataType]) -> ResolvedFunction?
  { nil }

  /// Whether there is a function of this name, with whatever arguments.
  package static func exists(_ name: String) -> Bool { false }

  /// Names of functions that look like this one, the likeliest first.
  package static func similarNames(to name: String) -> [String] { [] }

  /// Functions of PostgreSQL that are refused, with the reason.
  package static let refused: [String: String] = [:]

  /// Why PostgreSQL would find a function here and this program does not, if so.
  package static func refusal(function name: String, _ arguments: [DataType]) -> String? { nil }

  /// The same for an operator.
  package static func refusal(operator symbol: String, _ left: DataType?, _ right: DataType?)
    -> String?
  { nil }

  /// Calls a function of the catalogue; the arguments have its argument types.
  package static func call(
    _ id: UInt16, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value { .null }

  /// Calls a function of the catalogue; the arguments have its argument types.
  package static func call(
    _ id: UInt16, _ arguments: [Value], _ context: EvaluationContext
  ) throws(SQLError) -> Value { try call(id, arguments.span, context) }
}
