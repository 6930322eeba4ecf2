/// What stands for a state in the visited set: 128 bits, made of its canonical words alone.
///
/// Two lanes read the words one by one. Each multiplies 64×64 bits into 128 and folds the halves; they
/// differ in their constants and in how they take a word in, so that a difference which one lane
/// swallows does not vanish in the other:
///
///     low    ← fold((low  ^ word)          × K₀)
///     high   ← fold((high + word rotated)  × K₁)
///
/// The number of words goes in last. Nothing else does: no seed, no address, so the same state has the
/// same fingerprint in every process.
///
/// **What a collision costs.** Two states with one fingerprint are taken for one, and what only the
/// second leads to is never seen. If fingerprints are as good as random, among `n` states that happens
/// with a chance of at most `n² / 2¹²⁹`: 10⁻²⁵ for ten million. ``collisionProbability(states:)`` gives
/// the number that reports print beside a verdict.
package struct Fingerprint: Hashable, Sendable, BitwiseCopyable {
  package var low: UInt64
  package var high: UInt64

  @inlinable package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// The fingerprint of a state's words.
  package init(_ words: ContiguousArray<UInt64>) {
    self = words.withUnsafeBufferPointer { Fingerprint($0) }
  }

  package init(_ words: UnsafeBufferPointer<UInt64>) {
    var low: UInt64 = 0x9E37_79B9_7F4A_7C15
    var high: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    for word in words {
      low = Self.fold(low ^ word, 0xA076_1D64_78BD_642F)
      high = Self.fold(high &+ (word << 29 | word >> 35), 0xE703_7ED1_A0B4_28DB)
    }
    let count = UInt64(truncatingIfNeeded: words.count)
    self.low = Self.fold(low ^ count ^ (high >> 31), 0x8EBC_6AF0_9C88_C6E3)
    self.high = Self.fold(high &+ count &+ low, 0xD6E8_FEB8_6659_FD93)
  }

  @inline(__always) private static func fold(_ word: UInt64, _ factor: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }

  /// An upper bound of the chance that two of so many states share a fingerprint.
  package static func collisionProbability(states: Int) -> Double {
    let count = Double(states)
    return count * max(0, count - 1) / 2 / 0x1p128
  }
}

extension Fingerprint: CustomStringConvertible {
  /// 32 hexadecimal digits.
  package var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

  private static func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
