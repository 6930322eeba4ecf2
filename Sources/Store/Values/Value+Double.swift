/// Values of `double precision`.
///
/// A double is kept as the shortest decimal number that is read as it, so that what is equal has the same bits and
/// values compare as numbers do. It can be stored, compared, cast and shown; computing with it is refused where types are
/// resolved.
extension Value {
  /// The value of a finite double or not; negative zero becomes zero.
  package init(double: Double) {
    if double.isNaN {
      self.init(numeric: .notANumber)
    } else if double.isInfinite {
      self.init(numeric: double < 0 ? .minusInfinity : .infinity)
    } else {
      let (digits, exponent) = Self.shortestDigits(of: double.magnitude)
      // The digits are behind the point of a number between 0 and 1, times ten to the exponent.
      let zeros = max(exponent - digits.count, 0)
      let whole = (digits + repeatElement(0, count: zeros)).map { $0 + UInt8(ascii: "0") }
      let limbs = Magnitude.limbs(digits: whole[...])
      self.init(
        numeric: Numeric(
          isNegative: double < 0, limbs: limbs, scale: max(digits.count - exponent, 0)))
    }
  }

  /// The double that a value of `double precision`, or of a type of numbers, is or is nearest to.
  ///
  /// - Throws: 22003 for one that is too large.
  package func double() throws(SQLError) -> Double {
    if let integer = asInteger { return Double(integer) }
    let number = asNumeric ?? .zero
    if number.isNotANumber { return .nan }
    guard number.isFinite else { return number.signum < 0 ? -.infinity : .infinity }
    return try Self.double(reading: number.description)
  }

  /// Reads a text as `float8in` does.
  static func parseDouble(_ text: String) throws(SQLError) -> Value {
    let trimmed = String(decoding: Array(text.utf8)[...].trimmingSpaces(), as: UTF8.self)
    switch trimmed.lowercased() {
    case "nan": return Value(double: .nan)
    case "inf", "infinity", "+inf", "+infinity": return Value(double: .infinity)
    case "-inf", "-infinity": return Value(double: -.infinity)
    default: break
    }
    let isPlain = trimmed.utf8.allSatisfy { byte in
      byte.isDigit
        || [
          UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "e"), UInt8(ascii: "E"),
        ].contains(byte)
    }
    guard isPlain, Double(trimmed) != nil else {
      throw .invalidInput("double precision", text)
    }
    return Value(double: try double(reading: trimmed))
  }

  private static func double(reading text: String) throws(SQLError) -> Double {
    let number = Double(text) ?? 0
    let isNothing = !text.prefix(while: { $0 != "e" && $0 != "E" })
      .contains { ("1"..."9").contains($0) }
    guard number.isFinite, number != 0 || isNothing else {
      throw SQLError(
        .numericValueOutOfRange, "\"\(text)\" is out of range for type double precision")
    }
    return number
  }

  /// A value of `double precision` as it is shown: in the shortest digits that are read as it
  /// (`float8out` with `extra_float_digits` 1).
  var doubleText: String {
    let number = asNumeric ?? .zero
    guard number.isFinite, !number.isZero, let double = Double(number.description) else {
      return number.isZero ? "0" : number.description
    }
    let (digits, exponent) = Self.shortestDigits(of: double.magnitude)
    let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    let sign = double < 0 ? "-" : ""
    switch exponent {
    case -3...0: return "\(sign)0." + String(repeating: "0", count: -exponent) + text
    case 1...15:
      if digits.count <= exponent {
        return sign + text + String(repeating: "0", count: exponent - digits.count)
      }
      return sign + text.prefix(exponent) + "." + text.dropFirst(exponent)
    default:
      let power = exponent - 1
      let mantissa = text.prefix(1) + (digits.count > 1 ? "." + text.dropFirst() : "")
      let magnitude = power.magnitude < 10 ? "0\(power.magnitude)" : "\(power.magnitude)"
      return "\(sign)\(mantissa)e\(power < 0 ? "-" : "+")\(magnitude)"
    }
  }

  /// The digits of a finite number, without zeros at either end, and where its point is: behind so many of them.
  private static func shortestDigits(of number: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var exponent = 0
    var hasPoint = false
    let parts = number.description.split(separator: "e")
    for byte in parts[0].utf8 {
      if byte == UInt8(ascii: ".") {
        hasPoint = true
      } else {
        digits.append(byte - UInt8(ascii: "0"))
        if !hasPoint { exponent += 1 }
      }
    }
    if parts.count > 1 { exponent += Int(parts[1]) ?? 0 }
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    exponent -= zeros
    while digits.last == 0 { digits.removeLast() }
    return digits.isEmpty ? ([0], 1) : (digits, exponent)
  }

  /// A double as an integer: the nearest one, and of two the even one (`dtoi4`).
  func integer(ofDouble to: DataType) throws(SQLError) -> Value {
    let rounded = try double().rounded(.toNearestOrEven)
    guard let integer = Int64(exactly: rounded) else { throw .outOfRange(to) }
    return try Value(integer: integer).inRange(of: to)
  }

  /// A double as a numeric.
  ///
  /// - Throws: for more than the 15 digits that PostgreSQL keeps, which would have to be rounded.
  func numeric(ofDouble to: DataType) throws(SQLError) -> Value {
    let number = asNumeric ?? .zero
    if number.isFinite, !number.isZero,
      Self.shortestDigits(of: try double().magnitude).digits.count > 15
    {
      throw .unsupported("a double precision number of more than 15 digits as a numeric")
    }
    guard case .numeric(let precision?, let scale) = to.kind else { return self }
    return Value(numeric: try number.fitted(precision: precision, scale: scale))
  }
}
