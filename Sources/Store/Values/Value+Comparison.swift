extension Value {
  /// Orders two values of comparable types, neither of them NULL: negative, zero or positive.
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

  @usableFromInline static func compareSlowly(_ left: Value, _ right: Value) -> Int { 0 }
}
