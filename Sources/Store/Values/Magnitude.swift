/// Whole numbers without sign as digits of base 10⁹, lowest first, no zeros at the top.
enum Magnitude {
  static let base: UInt64 = 1_000_000_000

  static func trim(_ limbs: inout [UInt32]) {
    while limbs.last == 0 { limbs.removeLast() }
  }

  static func limbs(of number: UInt64) -> [UInt32] {
    var limbs: [UInt32] = []
    var rest = number
    while rest > 0 {
      limbs.append(UInt32(rest % base))
      rest /= base
    }
    return limbs
  }

  /// The number in decimal, as ASCII; nothing for zero.
  static func digits(_ limbs: [UInt32]) -> [UInt8] {
    var digits: [UInt8] = []
    for (index, limb) in limbs.enumerated() {
      var rest = limb
      for _ in 0..<9 {
        if rest == 0 && index == limbs.count - 1 { break }
        digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
      }
    }
    return digits.reversed()
  }

  /// Reads decimal digits in ASCII.
  static func limbs(digits: ArraySlice<UInt8>) -> [UInt32] {
    var limbs: [UInt32] = []
    var end = digits.endIndex
    while end > digits.startIndex {
      let start = max(digits.startIndex, end - 9)
      var limb: UInt32 = 0
      for digit in digits[start..<end] { limb = limb * 10 + UInt32(digit - UInt8(ascii: "0")) }
      limbs.append(limb)
      end = start
    }
    trim(&limbs)
    return limbs
  }

  static func compare(_ left: [UInt32], _ right: [UInt32]) -> Int {
    if left.count != right.count { return left.count < right.count ? -1 : 1 }
    for index in left.indices.reversed() where left[index] != right[index] {
      return left[index] < right[index] ? -1 : 1
    }
    return 0
  }

  static func add(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var sum: [UInt32] = []
    sum.reserveCapacity(max(left.count, right.count) + 1)
    var carry: UInt32 = 0
    for index in 0..<max(left.count, right.count) {
      var limb = carry
      if index < left.count { limb += left[index] }
      if index < right.count { limb += right[index] }
      carry = limb >= UInt32(base) ? 1 : 0
      sum.append(limb - carry * UInt32(base))
    }
    if carry > 0 { sum.append(carry) }
    return sum
  }

  /// The difference, the left being no less than the right.
  static func subtract(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var difference = left
    var borrow: Int64 = 0
    for index in left.indices {
      var limb = Int64(left[index]) - borrow
      if index < right.count { limb -= Int64(right[index]) }
      borrow = limb < 0 ? 1 : 0
      difference[index] = UInt32(limb + borrow * Int64(base))
    }
    trim(&difference)
    return difference
  }

  static func multiply(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    guard !left.isEmpty, !right.isEmpty else { return [] }
    var product = [UInt32](repeating: 0, count: left.count + right.count)
    for (offset, limb) in left.enumerated() where limb != 0 {
      var carry: UInt64 = 0
      for (index, other) in right.enumerated() {
        let sum = UInt64(product[offset + index]) + UInt64(limb) * UInt64(other) + carry
        product[offset + index] = UInt32(sum % base)
        carry = sum / base
      }
      product[offset + right.count] = UInt32(carry)
    }
    trim(&product)
    return product
  }

  static func powerOfTen(_ exponent: Int) -> [UInt32] {
    var limbs = [UInt32](repeating: 0, count: exponent / 9)
    var top: UInt32 = 1
    for _ in 0..<exponent % 9 { top *= 10 }
    limbs.append(top)
    return limbs
  }

  static func divide(_ number: [UInt32], by divisor: UInt32) -> (
    quotient: [UInt32], remainder: UInt32
  ) {
    var quotient = number
    var remainder: UInt64 = 0
    for index in number.indices.reversed() {
      let current = remainder * base + UInt64(number[index])
      quotient[index] = UInt32(current / UInt64(divisor))
      remainder = current % UInt64(divisor)
    }
    trim(&quotient)
    return (quotient, UInt32(remainder))
  }

  /// Long division (Knuth, The Art of Computer Programming 4.3.1, algorithm D).
  static func divide(_ number: [UInt32], by divisor: [UInt32]) -> (
    quotient: [UInt32], remainder: [UInt32]
  ) {
    precondition(!divisor.isEmpty, "division of a magnitude by zero")
    if compare(number, divisor) < 0 { return ([], number) }
    if divisor.count == 1 {
      let (quotient, remainder) = divide(number, by: divisor[0])
      return (quotient, remainder == 0 ? [] : [remainder])
    }
    let factor = UInt32(base / (UInt64(divisor[divisor.count - 1]) + 1))
    var rest = multiply(number, [factor])
    let scaled = multiply(divisor, [factor])
    while rest.count <= number.count { rest.append(0) }
    let size = scaled.count
    var quotient = [UInt32](repeating: 0, count: rest.count - size)
    for place in quotient.indices.reversed() {
      quotient[place] = quotientDigit(&rest, scaled, at: place)
    }
    trim(&quotient)
    trim(&rest)
    return (quotient, divide(rest, by: factor).quotient)
  }

  private static func quotientDigit(
    _ rest: inout [UInt32], _ divisor: [UInt32], at place: Int
  ) -> UInt32 {
    let size = divisor.count
    let top = UInt64(rest[place + size]) * base + UInt64(rest[place + size - 1])
    var guess = min(top / UInt64(divisor[size - 1]), base - 1)
    while true {
      let remainder = top - guess * UInt64(divisor[size - 1])
      if remainder >= base { break }
      let next = remainder * base + UInt64(rest[place + size - 2])
      if guess * UInt64(divisor[size - 2]) <= next { break }
      guess -= 1
    }
    var borrow: Int64 = 0
    var carry: UInt64 = 0
    for index in 0...size {
      let product = (index < size ? guess * UInt64(divisor[index]) : 0) + carry
      carry = product / base
      let limb = Int64(rest[place + index]) - Int64(product % base) - borrow
      borrow = limb < 0 ? 1 : 0
      rest[place + index] = UInt32(limb + borrow * Int64(base))
    }
    guard borrow > 0 else { return UInt32(guess) }
    // The guess was one too high: add the divisor back.
    var back: UInt32 = 0
    for index in 0...size {
      let sum = rest[place + index] + (index < size ? divisor[index] : 0) + back
      back = sum >= UInt32(base) ? 1 : 0
      rest[place + index] = sum - back * UInt32(base)
    }
    return UInt32(guess - 1)
  }
}
