/// The words of the simulator's control state, which are no SQL values.
extension Value {
  /// A row of a table: 12 bits for the table, 40 for the row.
  @inlinable package static func row(table: Int, id: Int) -> Value {
    precondition(table >= 0 && table < 1 << 12, "a row's table must fit into 12 bits")
    precondition(id >= 0 && id < 1 << 40, "a row's number must fit into 40 bits")
    return Value(bits: 64 << 56 | UInt64(table) << 40 | UInt64(id))
  }

  @inlinable package var isRow: Bool { tagBits == Tag.row.rawValue }
  @inlinable package var rowTable: Int { Int((bits >> 40) & 0xFFF) }
  @inlinable package var rowID: Int { Int(bits & 0xFF_FFFF_FFFF) }

  @inlinable package static func snapshot(_ number: Int) -> Value {
    precondition(fitsPayload(Int64(number)), "a snapshot's number must fit into 56 bits")
    return Value(bits: 65 << 56 | (UInt64(bitPattern: Int64(number)) & payloadMask))
  }

  @inlinable package var isSnapshot: Bool { tagBits == Tag.snapshot.rawValue }
  @inlinable package var asSnapshot: Int? { isSnapshot ? Int(signedPayload) : nil }

  /// The first word of a record: what it is (8 bits) and two numbers (24 bits each).
  @inlinable package static func header(kind: UInt8, a: Int, b: Int) -> Value {
    precondition(a >= 0 && a < 1 << 24, "a header's first number must fit into 24 bits")
    precondition(b >= 0 && b < 1 << 24, "a header's second number must fit into 24 bits")
    return Value(bits: 66 << 56 | UInt64(kind) << 48 | UInt64(a) << 24 | UInt64(b))
  }

  @inlinable package var isHeader: Bool { tagBits == Tag.header.rawValue }
  @inlinable package var headerKind: UInt8 { UInt8(truncatingIfNeeded: bits >> 48) }
  @inlinable package var headerA: Int { Int((bits >> 24) & 0xFF_FFFF) }
  @inlinable package var headerB: Int { Int(bits & 0xFF_FFFF) }

  @inlinable package static func raw(_ number: Int) -> Value {
    precondition(fitsPayload(Int64(number)), "a raw word must fit into 56 bits")
    return Value(bits: 67 << 56 | (UInt64(bitPattern: Int64(number)) & payloadMask))
  }

  @inlinable package var isRaw: Bool { tagBits == Tag.raw.rawValue }
  @inlinable package var asRaw: Int? { isRaw ? Int(signedPayload) : nil }
}
