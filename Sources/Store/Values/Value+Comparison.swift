extension Value {
  /// Orders two values of comparable types, neither of them NULL: negative, zero or positive.
  ///
  /// Integers and numerics compare with each other; everything else with its own kind. Texts
  /// compare by their bytes (the "C" collation).
  @inlinable package static func compare(_ left: Value, _ right: Value) -> Int {
    if left.bits == right.bits { return 0 }
    if left.tagBits == right.tagBits, left.hasOrderedPayload {
      return left.signedPayload < right.signedPayload ? -1 : 1
    }
    return compareSlowly(left, right)
  }

  /// Whether two values of comparable types, neither of them NULL, are equal in SQL.
  @inlinable package static func equal(_ left: Value, _ right: Value) -> Bool {
    if left.bits == right.bits { return true }
    if left.tagBits == right.tagBits, left.hasOrderedPayload { return false }
    return compareSlowly(left, right) == 0
  }

  /// Whether values of this tag compare as their payloads do.
  @inlinable var hasOrderedPayload: Bool {
    switch tagBits {
    case Tag.integer.rawValue, Tag.boolean.rawValue, Tag.timestamp.rawValue, Tag.date.rawValue,
      Tag.time.rawValue, Tag.interval.rawValue, Tag.enumLabel.rawValue:
      true
    default: tagBits >= Tag.row.rawValue
    }
  }

  /// Compares values that are not the same bits.
  @usableFromInline static func compareSlowly(_ left: Value, _ right: Value) -> Int {
    switch left.tag {
    case .text, .longText: return compareTexts(left, right)
    case .integer, .bigInteger, .numeric, .bigNumeric: return compareNumbers(left, right)
    case .timestamp, .bigTimestamp: return order(left.asTimestamp, right.asTimestamp)
    case .interval, .bigInterval:
      return order(left.asInterval?.comparisonKey, right.asInterval?.comparisonKey)
    case .uuid:
      let high = order(left.asUUID?.high, right.asUUID?.high)
      return high != 0 ? high : order(left.asUUID?.low, right.asUUID?.low)
    case .json:
      return JSON.compare(left.asJSON ?? "null", right.asJSON ?? "null")
    case .bytes:
      let (left, right) = (left.asBytes ?? [], right.asBytes ?? [])
      return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    case .array: return ArrayRoutines.compare(left.asElements ?? [], right.asElements ?? [])
    case .null, .boolean, .date, .time, .enumLabel, .row, .snapshot, .header, .raw:
      return left.bits < right.bits ? -1 : 1
    }
  }

  private static func order<Key: Comparable>(_ left: Key?, _ right: Key?) -> Int {
    guard let left, let right else { return left == nil ? (right == nil ? 0 : -1) : 1 }
    return left < right ? -1 : left == right ? 0 : 1
  }

  private static func compareTexts(_ left: Value, _ right: Value) -> Int {
    if left.tagBits == Tag.text.rawValue, right.tagBits == Tag.text.rawValue {
      return left.payload < right.payload ? -1 : 1
    }
    guard let left = left.asText, let right = right.asText else { return left.isText ? 1 : -1 }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
  }

  private static func compareNumbers(_ left: Value, _ right: Value) -> Int {
    if let (first, second) = aligned(left, right) {
      return first < second ? -1 : first == second ? 0 : 1
    }
    guard let first = left.asNumeric, let second = right.asNumeric else {
      return left.bits < right.bits ? -1 : 1
    }
    return Numeric.compare(first, second)
  }

  /// Two numbers of the payload as whole numbers of one unit, where 128 bits suffice.
  private static func aligned(_ left: Value, _ right: Value) -> (Int128, Int128)? {
    guard let first = left.smallNumber, let second = right.smallNumber else { return nil }
    let difference = first.scale - second.scale
    guard abs(difference) <= 21 else { return nil }
    var (one, other) = (Int128(first.mantissa), Int128(second.mantissa))
    for _ in 0..<max(0, -difference) { one *= 10 }
    for _ in 0..<max(0, difference) { other *= 10 }
    return (one, other)
  }

  /// The mantissa and scale of a finite number that is kept in the payload.
  private var smallNumber: (mantissa: Int64, scale: Int)? {
    if tagBits == Tag.integer.rawValue { return (signedPayload, 0) }
    guard tagBits == Tag.numeric.rawValue else { return nil }
    let parts = Numeric.inlineParts(payload)
    return parts.scale == 63 ? nil : parts
  }
}
