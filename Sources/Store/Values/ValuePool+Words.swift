extension ValuePool {
  /// All that the pool holds as words, in an order that depends on the contents alone; ``intern(words:)`` reads
  /// them.
  package static func words() -> ContiguousArray<UInt64> {
    var words: ContiguousArray<UInt64> = []
    for (bits, content) in all().sorted(by: { $0.key < $1.key }) {
      words.append(bits)
      switch content {
      case .word(let word): words += [0, UInt64(bitPattern: word)]
      case .text(let text):
        words.append(1)
        append(Array(text.utf8), to: &words)
      case .numeric(let numeric):
        words += [
          2, numeric.isNegative ? 1 : 0, UInt64(numeric.scale), UInt64(numeric.limbs.count),
        ]
        for limb in numeric.limbs { words.append(UInt64(limb)) }
      case .interval(let interval):
        words += [
          3, UInt64(UInt32(bitPattern: interval.months)), UInt64(UInt32(bitPattern: interval.days)),
          UInt64(bitPattern: interval.microseconds),
        ]
      case .uuid(let high, let low): words += [4, high, low]
      case .bytes(let bytes):
        words.append(5)
        append(bytes, to: &words)
      case .elements(let elements): words += [6, UInt64(elements.count)] + elements
      }
    }
    return words
  }

  private static func append(_ bytes: [UInt8], to words: inout ContiguousArray<UInt64>) {
    words.append(UInt64(bytes.count))
    var start = 0
    while start < bytes.count {
      var word: UInt64 = 0
      for (index, byte) in bytes[start..<min(start + 8, bytes.count)].enumerated() {
        word |= UInt64(byte) << UInt64(8 * index)
      }
      words.append(word)
      start += 8
    }
  }

  /// Adds what ``words()`` wrote, in whatever process; returns whether it makes sense.
  package static func intern(words: ContiguousArray<UInt64>) -> Bool {
    var reader = WordReader(words: words[...])
    while let bits = reader.next() {
      guard let tag = Value.Tag(rawValue: UInt8(bits >> 56)), let content = reader.content(),
        intern(tag, content).bits == bits
      else { return false }
    }
    return true
  }

  private struct WordReader {
    var words: ContiguousArray<UInt64>.SubSequence

    mutating func next() -> UInt64? { words.popFirst() }

    /// A count of things that take so many bytes each.
    mutating func count(bytes: Int) -> Int? {
      guard let word = next(), let count = Int(exactly: word), count <= words.count * 8 / bytes
      else { return nil }
      return count
    }

    mutating func content() -> Content? {
      switch next() {
      case 0: return next().map { .word(Int64(bitPattern: $0)) }
      case 1:
        return bytes().map { .text(String(decoding: $0, as: UTF8.self)) }
      case 2:
        guard let isNegative = next(), let word = next(), let scale = Int(exactly: word),
          let limbs = count(bytes: 8)
        else { return nil }
        let numbers = (0..<limbs).compactMap { _ in next().flatMap { UInt32(exactly: $0) } }
        return .numeric(Numeric(isNegative: isNegative == 1, limbs: numbers, scale: scale))
      case 3:
        guard let months = next(), let days = next(), let microseconds = next() else { return nil }
        return .interval(
          Interval(
            months: Int32(truncatingIfNeeded: months), days: Int32(truncatingIfNeeded: days),
            microseconds: Int64(bitPattern: microseconds)))
      case 4:
        guard let high = next(), let low = next() else { return nil }
        return .uuid(high, low)
      case 5: return bytes().map { .bytes($0) }
      case 6:
        guard let count = count(bytes: 8) else { return nil }
        let elements = (0..<count).compactMap { _ in next() }
        return elements.count == count ? .elements(elements) : nil
      default: return nil
      }
    }

    private mutating func bytes() -> [UInt8]? {
      guard let count = count(bytes: 1) else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      while bytes.count < count {
        guard let word = next() else { return nil }
        for index in 0..<min(8, count - bytes.count) {
          bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index)))
        }
      }
      return bytes
    }
  }
}
