extension Value {
  /// The value as PostgreSQL prints it; NULL is the empty text.
  package func formatted(
    as type: DataType, catalog: TypeCatalog = TypeCatalog(),
    options: FormatOptions = FormatOptions()
  ) -> String { "" }

  /// Reads a text as PostgreSQL's input function of the type does.
  package static func parse(
    _ text: String, as type: DataType, catalog: TypeCatalog = TypeCatalog(),
    options: FormatOptions = FormatOptions(), time: EvaluationTime? = nil
  ) throws(SQLError) -> Value { .null }
}

extension Interval {
  /// The interval as PostgreSQL prints it.
  package func formatted(style: FormatOptions.IntervalStyle) -> String { "" }
}
