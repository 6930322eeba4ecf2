/// One SQL value, or one word of the simulator's control state, in 64 bits.
///
/// The high 8 bits say what the word is, the low 56 bits are its payload:
///
///     63      56 55                                       0
///     [  tag   ] [ payload: the number, the letters, or   ]
///                [ the hash of contents kept in the pool  ]
///
/// Small contents live in the payload. Larger ones live in the process-wide ``ValuePool`` and the
/// payload is a hash of the content, so that the bits of a value depend on nothing but the value:
/// not on the order in which contents were first seen, the thread, or the process.
///
/// One content has exactly one representation. Two values of one type that SQL prints alike are
/// therefore the same bits, and the reverse. Values that are *equal* in SQL may still print
/// differently (`1.0` and `1.00`); compare them with ``Value/equal(_:_:)``, not with `==`.
package struct Value: Hashable, Sendable {
  /// Tag and payload.
  package var bits: UInt64

  /// Takes the bits as they are.
  package init(bits: UInt64) { self.bits = bits }

  package init(tag: Tag, payload: UInt64) {
    bits = UInt64(tag.rawValue) << 56 | (payload & Self.payloadMask)
  }

  /// What the payload of a value means.
  package enum Tag: UInt8, Sendable {
    case null = 0
    case boolean
    /// An integer that fits into 56 bits.
    case integer
    /// An integer that does not: pooled.
    case bigInteger
    /// A numeric of at most 15 digits: mantissa (50 bits) and display scale (6 bits).
    case numeric
    /// Any other finite numeric: pooled.
    case bigNumeric
    /// A text of at most seven bytes.
    case text
    /// Any other text: pooled.
    case longText
    /// Microseconds since 2000-01-01, also ±infinity.
    case timestamp
    /// A timestamp more than 1141 years away from 2000: pooled.
    case bigTimestamp
    /// Days since 2000-01-01, also ±infinity.
    case date
    /// Microseconds since midnight.
    case time
    /// An interval of microseconds only.
    case interval
    /// Any other interval: pooled.
    case bigInterval
    case uuid
    case json
    case bytes
    /// The number of an enum type (24 bits) and the position of the label (32 bits).
    case enumLabel
    /// An array: pooled.
    case array
    /// A row of a table, for the simulator.
    case row = 64
    case snapshot
    case header
    case raw
  }

  @inlinable package static var payloadMask: UInt64 { 0x00FF_FFFF_FFFF_FFFF }
  @inlinable package static var null: Value { Value(bits: 0) }
  @inlinable package static var `true`: Value { Value(bits: 1 << 56 | 1) }
  @inlinable package static var `false`: Value { Value(bits: 1 << 56) }

  @inlinable package var isNull: Bool { bits == 0 }

  /// Whether this is the boolean TRUE; false for FALSE, NULL and everything else.
  @inlinable package var isTrue: Bool { bits == 1 << 56 | 1 }

  /// Whether this is the boolean FALSE; false for TRUE, NULL and everything else.
  @inlinable package var isFalse: Bool { bits == 1 << 56 }

  @inlinable package var tagBits: UInt8 { UInt8(truncatingIfNeeded: bits >> 56) }

  /// What the value is.
  package var tag: Tag {
    guard let tag = Tag(rawValue: tagBits) else {
      preconditionFailure("the word \(bits) carries no known tag")
    }
    return tag
  }

  @inlinable package var payload: UInt64 { bits & Self.payloadMask }

  /// The payload as a number with a sign.
  @inlinable package var signedPayload: Int64 { Int64(bitPattern: bits << 8) >> 8 }

  @inlinable static func fitsPayload(_ number: Int64) -> Bool { (number << 8) >> 8 == number }
}

extension Value: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral
{
  package init(booleanLiteral value: Bool) { self.init(value) }
  package init(integerLiteral value: Int64) { self.init(integer: value) }
  package init(stringLiteral value: String) { self.init(text: value) }
}

extension Value: CustomStringConvertible {
  /// The value as it helps in a test's message; SQL's output is ``formatted(as:catalog:options:)``.
  package var description: String {
    switch tag {
    case .null: return "NULL"
    case .boolean: return isTrue ? "true" : "false"
    case .integer, .bigInteger: return "\(asInteger ?? 0)"
    case .numeric, .bigNumeric: return asNumeric?.description ?? "?"
    case .text, .longText: return "'\(asText ?? "?")'"
    case .timestamp, .bigTimestamp: return "timestamp \(asTimestamp ?? 0)"
    case .date: return "date \(signedPayload)"
    case .time: return "time \(signedPayload)"
    case .interval, .bigInterval:
      return "interval '\(asInterval?.formatted(style: .postgres) ?? "?")'"
    case .uuid: return formatted(as: .uuid)
    case .json: return asJSON ?? "?"
    case .bytes: return formatted(as: .bytea)
    case .enumLabel: return "label \(asEnumLabel?.ordinal ?? 0) of enum \(asEnumLabel?.type ?? 0)"
    case .array: return formatted(as: .text)
    case .row: return "row \(rowTable).\(rowID)"
    case .snapshot: return "snapshot \(signedPayload)"
    case .header: return "header \(headerKind)(\(headerA), \(headerB))"
    case .raw: return "raw \(signedPayload)"
    }
  }
}
