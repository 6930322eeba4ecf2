/// Aggregate functions, as arithmetic on a state.
package enum Aggregates {
  package enum Kind: UInt8, Hashable, Sendable {
    case countRows, count, sum, average, minimum, maximum, boolAnd, boolOr, stringAggregate,
      arrayAggregate, jsonAggregate, jsonObjectAggregate
  }

  package struct Resolved: Hashable, Sendable {
    package var kind: Kind
    /// The types that the arguments must be cast to.
    package var argumentTypes: [DataType]
    package var resultType: DataType
  }

  /// Whether the name is that of an aggregate.
  package static func exists(_ name: String) -> Bool { names.contains(name) }

  static let names: Set<String> = [
    "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "string_agg",
    "array_agg", "jsonb_agg", "jsonb_object_agg",
  ]

  /// Chooses an aggregate, or nil where none fits.
  ///
  /// `count(*)` is `count` without arguments.
  package static func resolve(_ name: String, _ arguments: [DataType]) -> Resolved? {
    let types = arguments.map(\.withoutModifiers)
    switch (name, types.count) {
    case ("count", 0):
      return Resolved(kind: .countRows, argumentTypes: [], resultType: .bigint)
    case ("count", 1):
      return Resolved(kind: .count, argumentTypes: types, resultType: .bigint)
    case ("sum", 1), ("avg", 1): return sumOrAverage(name, types[0])
    case ("min", 1), ("max", 1):
      guard let type = orderedType(types[0]) else { return nil }
      return Resolved(
        kind: name == "min" ? .minimum : .maximum, argumentTypes: [type], resultType: type)
    case ("bool_and", 1), ("every", 1), ("bool_or", 1):
      guard types[0] == .boolean || types[0] == .unknown else { return nil }
      return Resolved(
        kind: name == "bool_or" ? .boolOr : .boolAnd, argumentTypes: [.boolean],
        resultType: .boolean)
    case ("string_agg", 2):
      guard types.allSatisfy({ $0.isString || $0 == .unknown }) else { return nil }
      return Resolved(
        kind: .stringAggregate, argumentTypes: [.text, .text], resultType: .text)
    // What goes into a document is one already (`to_jsonb`).
    case ("jsonb_agg", 1):
      guard types[0] == .jsonb else { return nil }
      return Resolved(kind: .jsonAggregate, argumentTypes: [.jsonb], resultType: .jsonb)
    case ("jsonb_object_agg", 2):
      guard types[1] == .jsonb, types[0].isString || types[0] == .unknown else { return nil }
      return Resolved(
        kind: .jsonObjectAggregate, argumentTypes: [.text, .jsonb], resultType: .jsonb)
    case ("array_agg", 1):
      let type = types[0] == .unknown ? .text : types[0]
      guard type.element == nil, type != .record, type != .void else { return nil }
      return Resolved(
        kind: .arrayAggregate, argumentTypes: [type], resultType: .array(of: type))
    default: return nil
    }
  }

  private static func sumOrAverage(_ name: String, _ type: DataType) -> Resolved? {
    let kind: Kind = name == "sum" ? .sum : .average
    switch type.kind {
    case .smallint, .integer:
      return Resolved(
        kind: kind, argumentTypes: [type], resultType: kind == .sum ? .bigint : .numeric)
    case .bigint, .numeric:
      return Resolved(kind: kind, argumentTypes: [type], resultType: .numeric)
    case .interval: return Resolved(kind: kind, argumentTypes: [type], resultType: .interval)
    default: return nil
    }
  }

  private static func orderedType(_ type: DataType) -> DataType? {
    switch type.kind {
    case .smallint, .integer, .bigint, .numeric, .text, .char, .timestamptz, .timestamp, .date,
      .time, .interval, .enumeration, .array, .doublePrecision:
      type
    case .varchar, .unknown: .text
    case .boolean, .uuid, .json, .jsonb, .bytea, .void, .record, .trigger: nil
    }
  }
}

/// The running state of one aggregate over one group.
package struct AggregateState: Sendable {
  private let aggregate: Aggregates.Resolved
  private var count: Int64 = 0
  private var best: Value = .null
  private var sum = Numeric.zero
  private var interval = Interval()
  private var text = ""
  /// Of `array_agg` and of documents, with the keys of theirs.
  private var elements: [Value] = []
  private var keys: [String] = []

  package init(_ aggregate: Aggregates.Resolved) { self.aggregate = aggregate }

  /// Takes one row's arguments, which have the aggregate's argument types.
  package mutating func add(_ arguments: Span<Value>, _ context: EvaluationContext)
    throws(SQLError)
  {
    guard aggregate.kind != .countRows else {
      count += 1
      return
    }
    let value = arguments[0]
    switch aggregate.kind {
    case .arrayAggregate, .jsonAggregate:
      elements.append(value)
      return
    case .jsonObjectAggregate:
      guard let key = value.asText else {
        throw SQLError(.invalidParameterValue, "field name must not be null")
      }
      keys.append(key)
      elements.append(arguments[1])
      return
    default: break
    }
    if value.isNull { return }
    count += 1
    switch aggregate.kind {
    case .countRows, .count, .arrayAggregate, .jsonAggregate, .jsonObjectAggregate: break
    case .sum, .average:
      if let interval = value.asInterval {
        self.interval = try .sum(self.interval, interval)
      } else {
        sum = sum + (value.asNumeric ?? .zero)
      }
    case .minimum: if best.isNull || Value.compare(value, best) < 0 { best = value }
    case .maximum: if best.isNull || Value.compare(value, best) > 0 { best = value }
    case .boolAnd: best = Value((best.isNull || best.isTrue) && value.isTrue)
    case .boolOr: best = Value(best.isTrue || value.isTrue)
    case .stringAggregate:
      if count > 1 { text += arguments[1].asText ?? "" }
      text += value.asText ?? ""
    }
  }

  /// The same for arguments in an array.
  package mutating func add(_ arguments: [Value], _ context: EvaluationContext) throws(SQLError) {
    try add(arguments.span, context)
  }

  /// The aggregate over the rows so far.
  package func result() throws(SQLError) -> Value {
    switch aggregate.kind {
    case .countRows, .count: return Value(integer: count)
    case .minimum, .maximum, .boolAnd, .boolOr: return best
    case .stringAggregate: return count == 0 ? .null : Value(text: text)
    case .arrayAggregate: return elements.isEmpty ? .null : Value(elements: elements)
    case .jsonAggregate, .jsonObjectAggregate:
      return elements.isEmpty ? .null : try JSONRoutines.collected(elements, keys: keys)
    case .sum, .average: break
    }
    if count == 0 { return .null }
    if aggregate.resultType == .interval {
      guard aggregate.kind == .average else { return Value(interval: interval) }
      return Value(interval: try interval.divided(by: Numeric(count)))
    }
    if aggregate.kind == .average {
      return Value(numeric: try sum.divided(by: Numeric(count)))
    }
    guard aggregate.resultType == .bigint else { return Value(numeric: try sum.checked()) }
    guard let integer = sum.asInteger else { throw .outOfRange(.bigint) }
    return Value(integer: integer)
  }
}
