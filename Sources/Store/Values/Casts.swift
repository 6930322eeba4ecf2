/// Conversions between types.
package enum Casts {
  /// Where a cast happens; each takes all that the one before takes.
  package enum Context: Int, Hashable, Sendable, Comparable {
    /// In an expression, unasked.
    case implicit
    /// On storing into a column or variable.
    case assignment
    /// Written as `CAST` or `::`.
    case explicit

    package static func < (left: Context, right: Context) -> Bool { left.rawValue < right.rawValue }
  }

  package static func canCast(from: DataType, to: DataType, context: Context) -> Bool { true }

  /// Converts a value, or says that its content does not go into the type.
  package static func cast(
    _ value: Value, from: DataType, to: DataType, isExplicit: Bool, _ context: EvaluationContext
  ) throws(SQLError) -> Value { value }
}
