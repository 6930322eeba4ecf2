/// A natural number of any size, for counting interleavings.
///
/// Numbers below 2⁶⁴ need no memory of their own, so that most entries of a table of counts are 16
/// bytes.
package struct BigNatural: Hashable, Sendable {
  /// The lowest 64 bits.
  private var low: UInt64
  /// The rest, lowest first, without zeros at the end.
  private var rest: [UInt64] = []

  package init(_ number: UInt64) { low = number }

  package var isZero: Bool { low == 0 && rest.isEmpty }

  package static func += (left: inout BigNatural, right: BigNatural) {
    let (sum, overflow) = left.low.addingReportingOverflow(right.low)
    left.low = sum
    if !overflow && right.rest.isEmpty { return }
    var carry: UInt64 = overflow ? 1 : 0
    var index = 0
    while index < right.rest.count || carry != 0 {
      if index == left.rest.count { left.rest.append(0) }
      let addend = index < right.rest.count ? right.rest[index] : 0
      let (partial, first) = left.rest[index].addingReportingOverflow(addend)
      let (total, second) = partial.addingReportingOverflow(carry)
      left.rest[index] = total
      carry = (first ? 1 : 0) + (second ? 1 : 0)
      index += 1
    }
  }

  package static func + (left: BigNatural, right: BigNatural) -> BigNatural {
    var sum = left
    sum += right
    return sum
  }

  /// Subtracts a number that is not larger.
  package static func -= (left: inout BigNatural, right: BigNatural) {
    precondition(right <= left, "\(left) is less than \(right)")
    let (difference, overflow) = left.low.subtractingReportingOverflow(right.low)
    left.low = difference
    var borrow: UInt64 = overflow ? 1 : 0
    var index = 0
    while index < right.rest.count || borrow != 0 {
      let subtrahend = index < right.rest.count ? right.rest[index] : 0
      let (partial, first) = left.rest[index].subtractingReportingOverflow(subtrahend)
      let (total, second) = partial.subtractingReportingOverflow(borrow)
      left.rest[index] = total
      borrow = (first ? 1 : 0) + (second ? 1 : 0)
      index += 1
    }
    while left.rest.last == 0 { left.rest.removeLast() }
  }

  package static func - (left: BigNatural, right: BigNatural) -> BigNatural {
    var difference = left
    difference -= right
    return difference
  }

  package static func *= (left: inout BigNatural, factor: UInt64) {
    var product = left.low.multipliedFullWidth(by: factor)
    left.low = product.low
    var carry = product.high
    for index in left.rest.indices {
      product = left.rest[index].multipliedFullWidth(by: factor)
      let (sum, overflow) = product.low.addingReportingOverflow(carry)
      left.rest[index] = sum
      carry = product.high + (overflow ? 1 : 0)
    }
    if carry != 0 { left.rest.append(carry) }
    while left.rest.last == 0 { left.rest.removeLast() }
  }

  package static func * (left: BigNatural, factor: UInt64) -> BigNatural {
    var product = left
    product *= factor
    return product
  }

  /// Divides in place and returns the remainder.
  package mutating func divide(by divisor: UInt64) -> UInt64 {
    precondition(divisor != 0, "a number cannot be divided by zero")
    var remainder: UInt64 = 0
    for index in rest.indices.reversed() {
      (rest[index], remainder) = divisor.dividingFullWidth((remainder, rest[index]))
    }
    (low, remainder) = divisor.dividingFullWidth((remainder, low))
    while rest.last == 0 { rest.removeLast() }
    return remainder
  }
}

extension BigNatural: Comparable {
  package static func < (left: BigNatural, right: BigNatural) -> Bool {
    if left.rest.count != right.rest.count { return left.rest.count < right.rest.count }
    for index in left.rest.indices.reversed() where left.rest[index] != right.rest[index] {
      return left.rest[index] < right.rest[index]
    }
    return left.low < right.low
  }
}

extension BigNatural: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: UInt64) { self.init(value) }
}

extension BigNatural: CustomStringConvertible {
  /// The decimal digits.
  package var description: String {
    var number = self
    var groups: [String] = []
    while !number.rest.isEmpty {
      let digits = String(number.divide(by: 1_000_000_000_000_000_000))
      groups.append(String(repeating: "0", count: 18 - digits.count) + digits)
    }
    groups.append(String(number.low))
    return groups.reversed().joined()
  }
}
