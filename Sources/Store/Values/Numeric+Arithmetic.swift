extension Numeric {
  /// The most digits after the point that a division or a root gives.
  static let scaleLimit = 1000
  /// The most digits before the point.
  static let digitsLimit = 131_072
  static let significantDigits = 16

  static let overflow = SQLError(.numericValueOutOfRange, "value overflows numeric format")

  /// Orders two numerics; NaN equals itself and is above everything.
  package static func compare(_ left: Numeric, _ right: Numeric) -> Int {
    guard left.isFinite, right.isFinite else {
      let (left, right) = (rank(left), rank(right))
      return left < right ? -1 : left > right ? 1 : 0
    }
    if left.signum != right.signum { return left.signum < right.signum ? -1 : 1 }
    let scale = max(left.scale, right.scale)
    let order = Magnitude.compare(left.limbs(atScale: scale), right.limbs(atScale: scale))
    return left.isNegative ? -order : order
  }

  private static func rank(_ numeric: Numeric) -> Int {
    switch numeric.special {
    case .minusInfinity: -1
    case .finite: 0
    case .infinity: 1
    case .notANumber: 2
    }
  }

  /// The digits as a whole number of units of `10^-scale`, the scale being no less than ours.
  private func limbs(atScale wanted: Int) -> [UInt32] {
    wanted == scale ? limbs : Magnitude.multiply(limbs, Magnitude.powerOfTen(wanted - scale))
  }

  package static prefix func - (number: Numeric) -> Numeric {
    switch number.special {
    case .finite:
      Numeric(isNegative: !number.isNegative, limbs: number.limbs, scale: number.scale)
    case .notANumber: notANumber
    case .infinity: minusInfinity
    case .minusInfinity: infinity
    }
  }

  package static func + (left: Numeric, right: Numeric) -> Numeric {
    guard left.isFinite, right.isFinite else {
      if left.isNotANumber || right.isNotANumber { return notANumber }
      if left.isFinite { return right }
      return right.isFinite || left.special == right.special ? left : notANumber
    }
    let scale = max(left.scale, right.scale)
    let (first, second) = (left.limbs(atScale: scale), right.limbs(atScale: scale))
    if left.isNegative == right.isNegative {
      return Numeric(
        isNegative: left.isNegative, limbs: Magnitude.add(first, second), scale: scale)
    }
    if Magnitude.compare(first, second) >= 0 {
      return Numeric(
        isNegative: left.isNegative, limbs: Magnitude.subtract(first, second), scale: scale)
    }
    return Numeric(
      isNegative: right.isNegative, limbs: Magnitude.subtract(second, first), scale: scale)
  }

  package static func - (left: Numeric, right: Numeric) -> Numeric { left + -right }

  package static func * (left: Numeric, right: Numeric) -> Numeric {
    guard left.isFinite, right.isFinite else {
      if left.isNotANumber || right.isNotANumber || left.isZero || right.isZero {
        return notANumber
      }
      return left.signum * right.signum > 0 ? infinity : minusInfinity
    }
    return Numeric(
      isNegative: left.isNegative != right.isNegative,
      limbs: Magnitude.multiply(left.limbs, right.limbs), scale: left.scale + right.scale)
  }

  /// The number, or an error where it has too many digits for a numeric.
  package func checked() throws(SQLError) -> Numeric {
    if isFinite, integralDigits > Self.digitsLimit { throw Self.overflow }
    return self
  }

  /// How many digits stand before the point; zero or less for a number below one.
  private var integralDigits: Int { digitsCount - scale }

  private var digitsCount: Int {
    guard let top = limbs.last else { return 0 }
    return (limbs.count - 1) * 9 + String(top).utf8.count
  }
}

// MARK: - Rounding

extension Numeric {
  enum Rounding { case halfAwayFromZero, towardZero }

  /// The number with another scale; a negative one rounds before the point.
  func rounded(to wanted: Int, _ rounding: Rounding = .halfAwayFromZero) -> Numeric {
    guard isFinite else { return self }
    if wanted >= scale {
      return Numeric(isNegative: isNegative, limbs: limbs(atScale: wanted), scale: wanted)
    }
    let divisor = Magnitude.powerOfTen(scale - wanted)
    var (quotient, remainder) = Magnitude.divide(limbs, by: divisor)
    if rounding == .halfAwayFromZero,
      Magnitude.compare(Magnitude.add(remainder, remainder), divisor) >= 0
    {
      quotient = Magnitude.add(quotient, [1])
    }
    if wanted < 0 { quotient = Magnitude.multiply(quotient, Magnitude.powerOfTen(-wanted)) }
    return Numeric(isNegative: isNegative, limbs: quotient, scale: max(0, wanted))
  }

  /// `round(number, digits)` with PostgreSQL's limits.
  package func round(_ digits: Int) -> Numeric { rounded(to: min(max(digits, -2000), 2000)) }

  package func truncate(_ digits: Int) -> Numeric {
    rounded(to: min(max(digits, -2000), 2000), .towardZero)
  }

  package var floor: Numeric {
    let whole = rounded(to: 0, .towardZero)
    return isNegative && Numeric.compare(whole, self) != 0 ? whole - .one : whole
  }

  package var ceiling: Numeric {
    let whole = rounded(to: 0, .towardZero)
    return isFinite && !isNegative && Numeric.compare(whole, self) != 0 ? whole + .one : whole
  }

  /// The number without zeros at the end of its fraction.
  package var trimmed: Numeric {
    var result = self
    while result.scale > 0 {
      let (quotient, remainder) = Magnitude.divide(result.limbs, by: 10)
      guard remainder == 0 else { break }
      result = Numeric(isNegative: isNegative, limbs: quotient, scale: result.scale - 1)
    }
    return result
  }

  /// The nearest whole number, where it fits.
  package var asInteger: Int64? {
    guard isFinite else { return nil }
    var magnitude: UInt64 = 0
    for limb in rounded(to: 0).limbs.reversed() {
      let (product, overflows) = magnitude.multipliedReportingOverflow(by: Magnitude.base)
      let (sum, carries) = product.addingReportingOverflow(UInt64(limb))
      if overflows || carries { return nil }
      magnitude = sum
    }
    if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int64(exactly: magnitude)
  }

  /// Rounds to the modifiers of a `numeric(precision, scale)`.
  package func fitted(precision: Int, scale wanted: Int) throws(SQLError) -> Numeric {
    if isNotANumber { return self }
    var error = SQLError(.numericValueOutOfRange, "numeric field overflow")
    let field = "A field with precision \(precision), scale \(wanted)"
    guard isFinite else {
      error.detail = "\(field) cannot hold an infinite value."
      throw error
    }
    let result = rounded(to: wanted)
    let digits = precision - wanted
    if !result.isZero, result.integralDigits > digits {
      error.detail =
        "\(field) must round to an absolute value less than \(digits == 0 ? "1" : "10^\(digits)")."
      throw error
    }
    return result
  }
}

// MARK: - Division and roots

extension Numeric {
  /// The place of the first digit of base 10⁴ and that digit: what PostgreSQL picks scales by.
  private var leadingDigit: (weight: Int, digit: Int) {
    guard isFinite, !limbs.isEmpty else { return (0, 0) }
    let weight = Timestamp.floorDivide(integralDigits - 1, 4)
    let count = integralDigits - weight * 4
    var digit = 0
    let digits = Magnitude.digits(limbs)
    for index in 0..<count {
      digit = digit * 10 + (index < digits.count ? Int(digits[index] - 48) : 0)
    }
    return (weight, digit)
  }

  /// The scale that PostgreSQL's `/` gives: at least 16 significant digits (`select_div_scale`).
  private static func divisionScale(_ left: Numeric, _ right: Numeric) -> Int {
    let (first, second) = (left.leadingDigit, right.leadingDigit)
    var weight = first.weight - second.weight
    if first.digit <= second.digit { weight -= 1 }
    let scale = max(significantDigits - weight * 4, left.scale, right.scale, 0)
    return min(scale, scaleLimit)
  }

  package func divided(by divisor: Numeric) throws(SQLError) -> Numeric {
    if isNotANumber || divisor.isNotANumber { return .notANumber }
    if !isFinite {
      if !divisor.isFinite { return .notANumber }
      if divisor.isZero { throw .divisionByZero }
      return signum * divisor.signum > 0 ? .infinity : .minusInfinity
    }
    if !divisor.isFinite { return .zero }
    if divisor.isZero { throw .divisionByZero }
    return divided(by: divisor, scale: Self.divisionScale(self, divisor))
  }

  /// The quotient of two finite numbers, rounded to a scale; the divisor is not zero.
  func divided(by divisor: Numeric, scale wanted: Int, _ rounding: Rounding = .halfAwayFromZero)
    -> Numeric
  {
    let shift = wanted + 1 + divisor.scale - scale
    var (number, by) = (limbs, divisor.limbs)
    if shift >= 0 {
      number = Magnitude.multiply(number, Magnitude.powerOfTen(shift))
    } else {
      by = Magnitude.multiply(by, Magnitude.powerOfTen(-shift))
    }
    // One digit more than wanted is enough to round by: what is cut off lies below it.
    let quotient = Magnitude.divide(number, by: by).quotient
    return Numeric(
      isNegative: isNegative != divisor.isNegative, limbs: quotient, scale: wanted + 1
    ).rounded(to: wanted, rounding)
  }

  /// `%`: the remainder has the sign of the dividend.
  package func remainder(by divisor: Numeric) throws(SQLError) -> Numeric {
    if isNotANumber || divisor.isNotANumber { return .notANumber }
    if !isFinite {
      if divisor.isZero { throw .divisionByZero }
      return .notANumber
    }
    if !divisor.isFinite { return self }
    if divisor.isZero { throw .divisionByZero }
    let scale = max(self.scale, divisor.scale)
    let remainder = Magnitude.divide(
      limbs(atScale: scale), by: divisor.limbs(atScale: scale)
    ).remainder
    return Numeric(isNegative: isNegative, limbs: remainder, scale: scale)
  }

  /// `div`: the whole part of the quotient.
  package func wholeQuotient(by divisor: Numeric) throws(SQLError) -> Numeric {
    guard isFinite, divisor.isFinite else {
      let quotient = try divided(by: divisor)
      return quotient
    }
    if divisor.isZero { throw .divisionByZero }
    return divided(by: divisor, scale: 0, .towardZero)
  }

  package func squareRoot() throws(SQLError) -> Numeric {
    if isNotANumber || special == .infinity { return self }
    if signum < 0 {
      throw SQLError(.invalidArgumentForPower, "cannot take square root of a negative number")
    }
    let weight = leadingDigit.weight
    let digits = weight >= 0 ? weight * 2 + 1 : 1 - (1 - weight * 4) / 2
    let wanted = min(max(Self.significantDigits - digits, scale, 0), Self.scaleLimit)
    let square = Magnitude.multiply(
      limbs, Magnitude.powerOfTen(max(0, 2 * (wanted + 1) - scale)))
    let root = Magnitude.squareRoot(square)
    return Numeric(
      isNegative: false, limbs: root, scale: (scale + max(0, 2 * (wanted + 1) - scale)) / 2
    ).rounded(to: wanted)
  }

  /// The power to a whole exponent, rounded as PostgreSQL rounds it.
  package func power(_ exponent: Int) throws(SQLError) -> Numeric {
    let wanted = min(max(Self.significantDigits, scale), Self.scaleLimit)
    if exponent == 0 { return Numeric.one.rounded(to: wanted) }
    if isZero {
      if exponent < 0 {
        throw SQLError(
          .invalidArgumentForPower, "zero raised to a negative power is undefined")
      }
      return Numeric.zero.rounded(to: wanted)
    }
    let digits = integralDigits * abs(exponent)
    if abs(integralDigits) > 1, abs(digits - abs(exponent)) > Self.digitsLimit {
      if (digits > 0) == (exponent > 0) { throw Self.overflow }
      return Numeric.zero.rounded(to: wanted)
    }
    let precision = wanted + max(0, -2 * digits) + abs(exponent) / 2 + 24
    var result = Numeric.one
    var factor = self
    var rest = abs(exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = (result * factor).shortened(to: precision) }
      rest >>= 1
      if rest > 0 { factor = (factor * factor).shortened(to: precision) }
    }
    guard exponent < 0 else { return result.rounded(to: wanted) }
    return Numeric.one.divided(by: result, scale: wanted)
  }

  private func shortened(to digits: Int) -> Numeric { scale > digits ? rounded(to: digits) : self }
}

extension Magnitude {
  /// The whole part of the square root, by Newton's method.
  static func squareRoot(_ number: [UInt32]) -> [UInt32] {
    guard !number.isEmpty else { return [] }
    var root = powerOfTen((digits(number).count + 1) / 2)
    while true {
      let sum = add(root, divide(number, by: root).quotient)
      let next = divide(sum, by: 2).quotient
      if compare(next, root) >= 0 { return root }
      root = next
    }
  }
}

// MARK: - Reading

extension Numeric {
  /// Reads a numeric as PostgreSQL's input function does; nil where the text is none.
  package static func parse(_ text: String) throws(SQLError) -> Numeric? {
    let bytes = Array(text.utf8)[...].trimmingSpaces()
    switch String(decoding: bytes, as: UTF8.self).lowercased() {
    case "nan": return notANumber
    case "infinity", "+infinity", "inf", "+inf": return infinity
    case "-infinity", "-inf": return minusInfinity
    default: break
    }
    var cursor = bytes.startIndex
    var isNegative = false
    if cursor < bytes.endIndex, bytes[cursor] == 43 || bytes[cursor] == 45 {
      isNegative = bytes[cursor] == 45
      cursor += 1
    }
    var digits: [UInt8] = []
    var scale = 0
    var isFraction = false
    while cursor < bytes.endIndex {
      let byte = bytes[cursor]
      if byte.isDigit {
        digits.append(byte)
        if isFraction { scale += 1 }
      } else if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        break
      }
      cursor += 1
    }
    guard !digits.isEmpty else { return nil }
    var exponent = 0
    if cursor < bytes.endIndex, bytes[cursor] | 0x20 == UInt8(ascii: "e") {
      guard let number = Int(String(decoding: bytes[(cursor + 1)...], as: UTF8.self)),
        abs(number) < 1 << 30
      else { return nil }
      exponent = number
      cursor = bytes.endIndex
    }
    guard cursor == bytes.endIndex else { return nil }
    return try assemble(isNegative, digits, scale - exponent)
  }

  private static func assemble(_ isNegative: Bool, _ digits: [UInt8], _ scale: Int)
    throws(SQLError) -> Numeric
  {
    var limbs = Magnitude.limbs(digits: digits[...])
    if limbs.isEmpty {
      return Numeric(isNegative: false, limbs: [], scale: max(0, min(scale, 16_383)))
    }
    if scale < -digitsLimit { throw overflow }
    if scale < 0 { limbs = Magnitude.multiply(limbs, Magnitude.powerOfTen(-scale)) }
    let number = Numeric(isNegative: isNegative, limbs: limbs, scale: max(0, scale))
    if number.scale > 16_383 { return number.rounded(to: 16_383) }
    return try number.checked()
  }
}
