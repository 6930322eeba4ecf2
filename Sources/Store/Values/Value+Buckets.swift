extension Value {
  /// The bucket of a hash index into which an entry goes, of a number of buckets that is a power of two; `nil` for NULL,
  /// which has none.
  ///
  /// Source: `hashint4`, `hashint8` and `hashtext` in hashfunc.c, `_hash_hashkey2bucket` in hashutil.c.
  package func bucket(of count: UInt32) -> Int32? {
    let bytes: [UInt8]
    switch tag {
    case .integer, .bigInteger: bytes = Self.hashedBytes(asInteger ?? 0)
    case .date: bytes = Self.hashedBytes(signedPayload)
    case .text, .longText: bytes = Array((asText ?? "").utf8)
    default: return nil
    }
    return Int32(bitPattern: Digest.hash(bytes) & (count - 1))
  }

  /// A number's bytes, such that it is the same in all integer types.
  private static func hashedBytes(_ number: Int64) -> [UInt8] {
    let high = UInt32(truncatingIfNeeded: number >> 32)
    let word = UInt32(truncatingIfNeeded: number) ^ (number >= 0 ? high : ~high)
    return (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }
}

extension DataType {
  /// Whether it is known into which bucket of a hash index a value goes.
  package var hasBuckets: Bool {
    switch kind {
    case .smallint, .integer, .bigint, .date, .text, .varchar: true
    default: false
    }
  }
}
