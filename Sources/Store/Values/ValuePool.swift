private import Synchronization

/// The contents of values that do not fit into 56 bits, one pool for the process.
///
/// The pool only grows. A content's key is made from the content alone, so that two threads, or
/// two processes, that intern the same contents in any order hold the same values.
package enum ValuePool {
  /// What a pooled value stands for.
  package enum Content: Hashable, Sendable {
    case word(Int64)
    case text(String)
    case numeric(Numeric)
    case interval(Interval)
    case uuid(UInt64, UInt64)
    case bytes([UInt8])
    /// The bits of an array's elements, which depend on the elements alone.
    case elements([UInt64])
  }

  private final class Shard: Sendable {
    let contents = Mutex<[UInt64: Content]>([:])
  }

  /// Sharded by the low bits of the key, so that threads seldom meet.
  private static let shards: [Shard] = (0..<64).map { _ in Shard() }

  package static func intern(_ tag: Value.Tag, _ content: Content) -> Value {
    let value = Value(tag: tag, payload: hash(content))
    let existing = shards[Int(value.bits & 63)].contents.withLock { contents -> Content? in
      if let existing = contents[value.bits] { return existing }
      contents[value.bits] = content
      return nil
    }
    if let existing, !isSame(existing, content) {
      preconditionFailure(
        "two contents share the 56-bit hash \(value.payload): \(existing) and \(content)")
    }
    return value
  }

  package static func content(of value: Value) -> Content {
    let content = shards[Int(value.bits & 63)].contents.withLock { $0[value.bits] }
    guard let content else {
      preconditionFailure("the pool holds nothing for \(value.tag) \(value.payload)")
    }
    return content
  }

  /// Everything that is held, by the bits of its values.
  static func all() -> [UInt64: Content] {
    shards.reduce(into: [:]) { all, shard in
      all.merge(shard.contents.withLock { $0 }) { first, _ in first }
    }
  }

  /// Compares texts by their bytes: Swift's `==` also calls canonical equivalents equal.
  private static func isSame(_ left: Content, _ right: Content) -> Bool {
    if case .text(let left) = left, case .text(let right) = right {
      return left.utf8.elementsEqual(right.utf8)
    }
    return left == right
  }

  private static func hash(_ content: Content) -> UInt64 {
    var mixer = ContentHash()
    switch content {
    case .word(let word): mixer.add(UInt64(bitPattern: word))
    case .text(var text): text.withUTF8 { mixer.add($0) }
    case .numeric(let numeric):
      mixer.add(UInt64(numeric.isNegative ? 1 : 0) | UInt64(numeric.scale) << 1)
      for limb in numeric.limbs { mixer.add(UInt64(limb)) }
    case .interval(let interval):
      mixer.add(UInt64(UInt32(bitPattern: interval.months)))
      mixer.add(UInt64(UInt32(bitPattern: interval.days)))
      mixer.add(UInt64(bitPattern: interval.microseconds))
    case .uuid(let high, let low):
      mixer.add(high)
      mixer.add(low)
    case .bytes(let bytes): bytes.withUnsafeBufferPointer { mixer.add($0) }
    case .elements(let words): for word in words { mixer.add(word) }
    }
    return mixer.finished & Value.payloadMask
  }
}

/// A hash that is the same in every process: 64×64→128-bit multiplication, folded.
package struct ContentHash {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var count: UInt64 = 0

  package init() {}

  package mutating func add(_ word: UInt64) {
    count &+= 1
    let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    state = product.high ^ product.low ^ (word &* 0xA076_1D64_78BD_642F) &+ count
  }

  package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      word = word << 8 | UInt64(byte)
      if index & 7 == 7 {
        add(word)
        word = 0
      }
    }
    add(word)
    add(UInt64(bytes.count))
  }

  package var finished: UInt64 {
    let product = (state ^ count).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    let folded = product.high ^ product.low
    return folded ^ folded >> 32
  }
}
