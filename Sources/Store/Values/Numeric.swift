/// PostgreSQL's numeric: an exact decimal number with a display scale, or NaN or ±infinity.
///
/// The number is `±limbs × 10^-scale`, the limbs being digits of base 10⁹, lowest first, without
/// zeros at the top. The scale is how many digits after the point are shown: `1.0` and `1.00` are
/// equal and not the same.
package struct Numeric: Hashable, Sendable {
  package enum Special: UInt8, Hashable, Sendable {
    case finite, notANumber, infinity, minusInfinity
  }

  package private(set) var special: Special
  package private(set) var isNegative: Bool
  package private(set) var limbs: [UInt32]
  package private(set) var scale: Int

  package init(isNegative: Bool, limbs: [UInt32], scale: Int) {
    var limbs = limbs
    Magnitude.trim(&limbs)
    special = .finite
    self.isNegative = isNegative && !limbs.isEmpty
    self.limbs = limbs
    self.scale = scale
  }

  private init(special: Special) {
    self.special = special
    isNegative = special == .minusInfinity
    limbs = []
    scale = 0
  }

  package init(_ integer: Int64) {
    self.init(
      isNegative: integer < 0, limbs: Magnitude.limbs(of: integer.magnitude), scale: 0)
  }

  package static let notANumber = Numeric(special: .notANumber)
  package static let infinity = Numeric(special: .infinity)
  package static let minusInfinity = Numeric(special: .minusInfinity)
  package static let zero = Numeric(0)
  package static let one = Numeric(1)

  package var isFinite: Bool { special == .finite }
  package var isNotANumber: Bool { special == .notANumber }
  package var isZero: Bool { isFinite && limbs.isEmpty }

  /// -1, 0 or 1.
  package var signum: Int {
    switch special {
    case .finite: limbs.isEmpty ? 0 : isNegative ? -1 : 1
    case .infinity: 1
    case .minusInfinity: -1
    case .notANumber: 1
    }
  }
}

// MARK: - In 56 bits

extension Numeric {
  private static let mantissaBits = 50
  private static let specialScale: UInt64 = 63

  /// Mantissa (50 bits, signed) and scale (6 bits), where the number fits.
  var inlinePayload: UInt64? {
    guard isFinite else { return Self.specialScale << 50 | UInt64(special.rawValue) }
    guard scale >= 0, scale < 63, limbs.count <= 2 else { return nil }
    var magnitude: UInt64 = 0
    for limb in limbs.reversed() { magnitude = magnitude * 1_000_000_000 + UInt64(limb) }
    guard magnitude < 1 << 49 else { return nil }
    let signed = isNegative ? -Int64(magnitude) : Int64(magnitude)
    return UInt64(scale) << 50 | (UInt64(bitPattern: signed) & (1 << 50 - 1))
  }

  init(inlinePayload payload: UInt64) {
    let (mantissa, scale) = Self.inlineParts(payload)
    guard scale != 63 else {
      self.init(special: Special(rawValue: UInt8(truncatingIfNeeded: mantissa)) ?? .notANumber)
      return
    }
    self.init(
      isNegative: mantissa < 0, limbs: Magnitude.limbs(of: mantissa.magnitude), scale: scale)
  }

  /// Mantissa and scale of a payload; the scale 63 marks NaN and the infinities.
  static func inlineParts(_ payload: UInt64) -> (mantissa: Int64, scale: Int) {
    (Int64(bitPattern: payload << 14) >> 14, Int(payload >> 50))
  }
}

// MARK: - Text

extension Numeric: CustomStringConvertible {
  /// The number as SQL prints it.
  package var description: String {
    switch special {
    case .notANumber: return "NaN"
    case .infinity: return "Infinity"
    case .minusInfinity: return "-Infinity"
    case .finite: break
    }
    var digits = Magnitude.digits(limbs)
    if digits.count <= scale {
      digits.insert(contentsOf: repeatElement(48, count: scale + 1 - digits.count), at: 0)
    }
    if scale > 0 { digits.insert(UInt8(ascii: "."), at: digits.count - scale) }
    if isNegative { digits.insert(UInt8(ascii: "-"), at: 0) }
    return String(decoding: digits, as: UTF8.self)
  }
}
