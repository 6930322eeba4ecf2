extension Value {
  @inlinable package init(_ boolean: Bool) { bits = boolean ? 1 << 56 | 1 : 1 << 56 }

  @inlinable package init(integer: Int64) {
    if Value.fitsPayload(integer) {
      bits = 2 << 56 | (UInt64(bitPattern: integer) & Value.payloadMask)
    } else {
      self = Value.pooledInteger(integer)
    }
  }

  @inlinable package init(integer: Int) { self.init(integer: Int64(integer)) }

  @usableFromInline package static func pooledInteger(_ integer: Int64) -> Value {
    ValuePool.intern(.bigInteger, .word(integer))
  }

  package init(text: String) {
    var text = text
    let inline: UInt64? = text.withUTF8 { bytes -> UInt64? in
      guard bytes.count <= 7 else { return nil }
      var packed: UInt64 = 0
      for index in 0..<7 {
        packed <<= 8
        guard index < bytes.count else { continue }
        // A zero byte would be lost among the padding.
        if bytes[index] == 0 { return nil }
        packed |= UInt64(bytes[index])
      }
      return packed
    }
    if let inline {
      self.init(tag: .text, payload: inline)
    } else {
      self = ValuePool.intern(.longText, .text(text))
    }
  }

  package init(numeric: Numeric) {
    if let packed = numeric.inlinePayload {
      self.init(tag: .numeric, payload: packed)
    } else {
      self = ValuePool.intern(.bigNumeric, .numeric(numeric))
    }
  }

  /// A `timestamp` or `timestamptz`, in microseconds since 2000-01-01 (of UTC, for the latter).
  package init(timestamp microseconds: Int64) {
    if microseconds == Timestamp.infinity {
      self.init(tag: .timestamp, payload: UInt64(bitPattern: Timestamp.inlineInfinity))
    } else if microseconds == Timestamp.minusInfinity {
      self.init(tag: .timestamp, payload: UInt64(bitPattern: -Timestamp.inlineInfinity))
    } else if abs(microseconds) < Timestamp.inlineInfinity {
      self.init(tag: .timestamp, payload: UInt64(bitPattern: microseconds))
    } else {
      self = ValuePool.intern(.bigTimestamp, .word(microseconds))
    }
  }

  package init(date days: Int32) {
    self.init(tag: .date, payload: UInt64(bitPattern: Int64(days)))
  }

  /// A time of day, in microseconds since midnight.
  package init(time microseconds: Int64) {
    self.init(tag: .time, payload: UInt64(bitPattern: microseconds))
  }

  package init(interval: Interval) {
    let isInline =
      interval.months == 0 && interval.days == 0 && Value.fitsPayload(interval.microseconds)
    if isInline {
      self.init(tag: .interval, payload: UInt64(bitPattern: interval.microseconds))
    } else {
      self = ValuePool.intern(.bigInterval, .interval(interval))
    }
  }

  package init(uuidHigh high: UInt64, low: UInt64) {
    self = ValuePool.intern(.uuid, .uuid(high, low))
  }

  /// A `json` or `jsonb`; the text of the latter must be in its normal form already.
  package init(json text: String) { self = ValuePool.intern(.json, .text(text)) }

  package init(bytes: [UInt8]) { self = ValuePool.intern(.bytes, .bytes(bytes)) }

  /// An array of one dimension, whose first element has the number 1.
  package init(elements: [Value]) {
    self = ValuePool.intern(.array, .elements(elements.map(\.bits)))
  }

  /// The label at a position of an enum type of the ``TypeCatalog``.
  package init(enumType: Int, ordinal: Int) {
    self.init(tag: .enumLabel, payload: UInt64(enumType) << 32 | UInt64(ordinal))
  }
}

extension Value {
  @inlinable package var asBoolean: Bool? {
    tagBits == Tag.boolean.rawValue ? bits & 1 == 1 : nil
  }

  @inlinable package var asInteger: Int64? {
    if tagBits == Tag.integer.rawValue { return signedPayload }
    return pooledWord(.bigInteger)
  }

  @usableFromInline package func pooledWord(_ expected: Tag) -> Int64? {
    guard tagBits == expected.rawValue, case .word(let word) = ValuePool.content(of: self) else {
      return nil
    }
    return word
  }

  package var isText: Bool {
    tagBits == Tag.text.rawValue || tagBits == Tag.longText.rawValue
  }

  package var asText: String? {
    if tagBits == Tag.text.rawValue {
      return withShortText { String(decoding: $0, as: UTF8.self) }
    }
    guard tagBits == Tag.longText.rawValue, case .text(let text) = ValuePool.content(of: self)
    else { return nil }
    return text
  }

  /// Lends the bytes of a text that is kept in the payload.
  private func withShortText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    var word = (payload << 8).bigEndian
    let count = payload == 0 ? 0 : 7 - payload.trailingZeroBitCount / 8
    return withUnsafeBytes(of: &word) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  package var asNumeric: Numeric? {
    switch tag {
    case .numeric: return Numeric(inlinePayload: payload)
    case .integer, .bigInteger: return asInteger.map { Numeric($0) }
    case .bigNumeric:
      guard case .numeric(let numeric) = ValuePool.content(of: self) else { return nil }
      return numeric
    default: return nil
    }
  }

  /// Microseconds since 2000-01-01; ``Timestamp/infinity`` and its negative stand for infinity.
  package var asTimestamp: Int64? {
    guard tagBits == Tag.timestamp.rawValue else { return pooledWord(.bigTimestamp) }
    let number = signedPayload
    if number == Timestamp.inlineInfinity { return Timestamp.infinity }
    return number == -Timestamp.inlineInfinity ? Timestamp.minusInfinity : number
  }

  package var asDate: Int32? {
    tagBits == Tag.date.rawValue ? Int32(truncatingIfNeeded: signedPayload) : nil
  }

  package var asTime: Int64? { tagBits == Tag.time.rawValue ? signedPayload : nil }

  package var asInterval: Interval? {
    if tagBits == Tag.interval.rawValue { return Interval(microseconds: signedPayload) }
    guard tagBits == Tag.bigInterval.rawValue,
      case .interval(let interval) = ValuePool.content(of: self)
    else { return nil }
    return interval
  }

  package var asUUID: (high: UInt64, low: UInt64)? {
    guard tagBits == Tag.uuid.rawValue, case .uuid(let high, let low) = ValuePool.content(of: self)
    else { return nil }
    return (high, low)
  }

  /// The text of a `json` or `jsonb`.
  package var asJSON: String? {
    guard tagBits == Tag.json.rawValue, case .text(let text) = ValuePool.content(of: self) else {
      return nil
    }
    return text
  }

  package var asBytes: [UInt8]? {
    guard tagBits == Tag.bytes.rawValue, case .bytes(let bytes) = ValuePool.content(of: self)
    else { return nil }
    return bytes
  }

  /// An array's elements, NULLs among them.
  package var asElements: [Value]? {
    guard tagBits == Tag.array.rawValue, case .elements(let bits) = ValuePool.content(of: self)
    else { return nil }
    return bits.map { Value(bits: $0) }
  }

  /// The enum type's number in the ``TypeCatalog`` and the label's position.
  package var asEnumLabel: (type: Int, ordinal: Int)? {
    guard tagBits == Tag.enumLabel.rawValue else { return nil }
    return (Int(payload >> 32), Int(payload & 0xFFFF_FFFF))
  }
}
