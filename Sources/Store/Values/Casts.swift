/// Conversions between types, as PostgreSQL's `pg_cast` and its input and output functions.
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

  package static func canCast(from: DataType, to: DataType, context: Context) -> Bool {
    needed(from: from.withoutModifiers, to: to.withoutModifiers).map { $0 <= context } ?? false
  }

  /// How loudly a cast must be asked for; nil where there is none.
  private static func needed(from: DataType, to: DataType) -> Context? {
    if from == to || from == .unknown { return .implicit }
    switch (from.kind, to.kind) {
    case (.smallint, .integer), (.smallint, .bigint), (.integer, .bigint): return .implicit
    case (.smallint, .numeric), (.integer, .numeric), (.bigint, .numeric): return .implicit
    case (.smallint, .doublePrecision), (.integer, .doublePrecision), (.bigint, .doublePrecision),
      (.numeric, .doublePrecision):
      return .implicit
    case (.doublePrecision, .smallint), (.doublePrecision, .integer), (.doublePrecision, .bigint),
      (.doublePrecision, .numeric):
      return .assignment
    case (.bigint, .integer), (.bigint, .smallint), (.integer, .smallint): return .assignment
    case (.numeric, .smallint), (.numeric, .integer), (.numeric, .bigint): return .assignment
    case (.date, .timestamp), (.date, .timestamptz), (.timestamp, .timestamptz),
      (.time, .interval):
      return .implicit
    case (.timestamptz, .timestamp), (.timestamptz, .date), (.timestamptz, .time),
      (.timestamp, .date), (.timestamp, .time), (.interval, .time):
      return .assignment
    case (.json, .jsonb), (.jsonb, .json): return .assignment
    case (.integer, .boolean), (.boolean, .integer): return .explicit
    case (.jsonb, .boolean), (.jsonb, .smallint), (.jsonb, .integer), (.jsonb, .bigint),
      (.jsonb, .numeric):
      return .explicit
    case (.array(let one), .array(let other)):
      return needed(from: DataType(one), to: DataType(other))
    case (.record, _) where to.isString: return .assignment
    case (.void, _), (_, .void), (.record, _), (_, .record), (.trigger, _), (_, .trigger),
      (_, .unknown):
      return nil
    default: break
    }
    if from.isString, to.isString { return .implicit }
    if to.isString { return .assignment }
    return from.isString ? .explicit : nil
  }

  package static func noCast(from: DataType, to: DataType, catalog: TypeCatalog) -> SQLError {
    SQLError(
      .cannotCoerce, "cannot cast type \(from.name(in: catalog)) to \(to.name(in: catalog))")
  }

  /// Converts a value, or says that its content does not go into the type.
  package static func cast(
    _ value: Value, from: DataType, to: DataType, isExplicit: Bool, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    if value.isNull || from == to { return value }
    if let elements = value.asElements, let source = from.element, let target = to.element {
      var converted: [Value] = []
      for element in elements {
        converted.append(
          try cast(element, from: source, to: target, isExplicit: isExplicit, context))
      }
      return Value(elements: converted)
    }
    switch to.kind {
    case .smallint, .integer, .bigint:
      if from.kind == .doublePrecision { return try value.integer(ofDouble: to) }
      if let integer = value.asInteger, from != .unknown {
        return try Value(integer: integer).inRange(of: to)
      }
      if value.tag == .boolean { return Value(integer: value.isTrue ? 1 : 0) }
      if let number = value.asNumeric { return try integer(number, to) }
    case .doublePrecision:
      if !value.isText { return Value(double: try value.double()) }
    case .numeric(let precision, let scale):
      if from.kind == .doublePrecision { return try value.numeric(ofDouble: to) }
      if let number = value.asNumeric {
        guard let precision else { return Value(numeric: number) }
        return Value(numeric: try number.fitted(precision: precision, scale: scale))
      }
    case .boolean:
      if let integer = value.asInteger { return Value(integer != 0) }
    case .text, .varchar, .char, .unknown: return try string(value, from, to, isExplicit, context)
    case .timestamptz, .timestamp, .date, .time, .interval:
      if let converted = try datetime(value, from, to, context) { return converted }
    case .json, .jsonb:
      if let text = value.asJSON {
        return try Value.parse(text, as: to)
      }
    case .uuid, .bytea, .enumeration, .array, .void, .record, .trigger:
      if !value.isText { return value }
    }
    if value.isText {
      // A cast of a `char(n)` sees the text without its padding.
      return try Value.parse(
        value.asText ?? "", as: to, catalog: context.catalog, options: context.options,
        time: context.time)
    }
    if let text = value.asJSON { return try scalar(text, from, to, context) }
    if from.withoutModifiers == to.withoutModifiers { return value }
    throw noCast(from: from, to: to, catalog: context.catalog)
  }

  private static func integer(_ number: Numeric, _ to: DataType) throws(SQLError) -> Value {
    if number.isNotANumber { throw .unsupported("cannot convert NaN to \(to.name)") }
    if !number.isFinite { throw .unsupported("cannot convert infinity to \(to.name)") }
    guard let integer = number.asInteger else { throw .outOfRange(to) }
    return try Value(integer: integer).inRange(of: to)
  }

  private static func string(
    _ value: Value, _ from: DataType, _ to: DataType, _ isExplicit: Bool,
    _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    if value.isText { return try value.fitted(to: to, isExplicit: isExplicit) }
    if value.tag == .boolean {
      return try Value(text: value.isTrue ? "true" : "false").fitted(
        to: to, isExplicit: isExplicit)
    }
    let text = value.formatted(as: from, catalog: context.catalog, options: context.options)
    return try Value(text: text).fitted(to: to, isExplicit: isExplicit)
  }

  private static func datetime(
    _ value: Value, _ from: DataType, _ to: DataType, _ context: EvaluationContext
  ) throws(SQLError) -> Value? {
    let zone = context.options.timeZone
    let result: Value
    switch (from.kind, to.kind) {
    case (.date, .timestamp): result = try timestamp(value, nil)
    case (.date, .timestamptz): result = try timestamp(value, zone)
    case (.timestamp, .timestamptz):
      result = Value(timestamp: zone.instant(ofLocal: value.asTimestamp ?? 0))
    case (.timestamptz, .timestamp): result = Value(timestamp: zone.local(value.asTimestamp ?? 0))
    case (.timestamptz, .date): return date(zone.local(value.asTimestamp ?? 0))
    case (.timestamp, .date): return date(value.asTimestamp ?? 0)
    case (.timestamptz, .time): result = time(zone.local(value.asTimestamp ?? 0))
    case (.timestamp, .time): result = time(value.asTimestamp ?? 0)
    case (.time, .interval): return Value(interval: Interval(microseconds: value.asTime ?? 0))
    case (.interval, .time): result = time(value.asInterval?.microseconds ?? 0)
    case (.timestamp, .timestamp), (.timestamptz, .timestamptz), (.time, .time),
      (.date, .date), (.interval, .interval):
      result = value
    default: return nil
    }
    switch to.kind {
    case .timestamptz(let digits), .timestamp(let digits), .time(let digits):
      return result.rounded(to: digits)
    default: return result
    }
  }

  /// Midnight of a date, in a zone where there is one.
  static func timestamp(_ date: Value, _ zone: TimeZone?) throws(SQLError) -> Value {
    let days = date.asDate ?? 0
    if days == Timestamp.infiniteDate { return Value(timestamp: Timestamp.infinity) }
    if days == Timestamp.minusInfiniteDate { return Value(timestamp: Timestamp.minusInfinity) }
    let (local, overflows) = Int64(days).multipliedReportingOverflow(
      by: Timestamp.microsecondsPerDay)
    guard !overflows, Timestamp.isInRange(local) else {
      throw SQLError(.datetimeFieldOverflow, "date out of range for timestamp")
    }
    return Value(timestamp: zone?.instant(ofLocal: local) ?? local)
  }

  private static func date(_ local: Int64) -> Value {
    if local == Timestamp.infinity { return Value(date: Timestamp.infiniteDate) }
    if local == Timestamp.minusInfinity { return Value(date: Timestamp.minusInfiniteDate) }
    return Value(date: Int32(Timestamp.split(local).days))
  }

  private static func time(_ local: Int64) -> Value {
    Timestamp.isInfinite(local) ? .null : Value(time: Timestamp.split(local).microseconds)
  }

  /// A number or boolean out of a `jsonb`.
  private static func scalar(
    _ text: String, _ from: DataType, _ to: DataType, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    let json = try JSONReader.read(text, isBinary: true)
    switch (json.kind, to.kind) {
    case (.boolean(let boolean), .boolean): return Value(boolean)
    case (.number(let number), .smallint), (.number(let number), .integer),
      (.number(let number), .bigint), (.number(let number), .numeric):
      return try cast(
        Value(numeric: number), from: .numeric, to: to, isExplicit: true, context)
    default:
      let article = json.isContainer ? "\(json.typeName)" : "\(json.typeName)"
      throw SQLError(
        .invalidParameterValue,
        "cannot cast jsonb \(article) to type \(to.withoutModifiers.name)")
    }
  }
}

extension JSON {
  var isContainer: Bool {
    switch kind {
    case .array, .object: true
    case .null, .boolean, .number, .string: false
    }
  }
}

extension Value {
  /// The integer, or an error where it is too large for the type.
  func inRange(of type: DataType) throws(SQLError) -> Value {
    let limit = type.integerLimit
    let integer = Int128(asInteger ?? 0)
    guard integer <= limit, integer >= -limit - 1 else { throw .outOfRange(type) }
    return self
  }
}
