/// The instants that an expression may ask for, in microseconds since 2000-01-01 UTC.
package struct EvaluationTime: Hashable, Sendable {
  /// What `now()` answers.
  package var transactionStart: Int64
  /// What `statement_timestamp()` answers.
  package var statementStart: Int64
  /// What `clock_timestamp()` answers.
  package var clock: Int64

  package init(transactionStart: Int64, statementStart: Int64, clock: Int64) {
    self.transactionStart = transactionStart
    self.statementStart = statementStart
    self.clock = clock
  }

  /// All three instants alike.
  package init(_ instant: Int64) {
    self.init(transactionStart: instant, statementStart: instant, clock: instant)
  }
}

/// What an expression's result depends on besides its arguments.
package struct EvaluationContext: Sendable {
  package var time: EvaluationTime
  package var options: FormatOptions
  package var catalog: TypeCatalog

  package init(
    time: EvaluationTime = EvaluationTime(0), options: FormatOptions = FormatOptions(),
    catalog: TypeCatalog = TypeCatalog()
  ) {
    self.time = time
    self.options = options
    self.catalog = catalog
  }
}

/// How values are printed and texts are read: the session settings that matter to it.
package struct FormatOptions: Hashable, Sendable {
  package enum DateStyle: Hashable, Sendable {
    /// `2025-12-01 12:15:00+00`
    case iso
    /// `Mon Dec 01 12:15:00 2025 UTC`
    case postgresMDY
  }

  package enum IntervalStyle: Hashable, Sendable {
    /// `1 day 01:00:00`
    case postgres
    /// `@ 1 day 1 hour`
    case postgresVerbose
  }

  package var dateStyle: DateStyle
  package var timeZone: TimeZone
  package var intervalStyle: IntervalStyle

  package init(
    dateStyle: DateStyle = .iso, timeZone: TimeZone = .utc,
    intervalStyle: IntervalStyle = .postgres
  ) {
    self.dateStyle = dateStyle
    self.timeZone = timeZone
    self.intervalStyle = intervalStyle
  }
}

/// An enum type that the scenario's schema defines.
package struct EnumType: Hashable, Sendable {
  package var name: String
  /// In the order in which they compare.
  package var labels: [String]

  package init(name: String, labels: [String]) {
    self.name = name
    self.labels = labels
  }
}

/// The types that the scenario's schema defines; a type's number is its position.
package struct TypeCatalog: Hashable, Sendable {
  package var enums: [EnumType]

  package init(enums: [EnumType] = []) { self.enums = enums }
}
