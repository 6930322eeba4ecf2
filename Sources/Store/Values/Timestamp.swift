/// Instants and dates: constants and the arithmetic of the calendar.
package enum Timestamp {
  package static let infinity = Int64.max
  package static let minusInfinity = Int64.min
  /// What stands for infinity in a value's 56 bits.
  static let inlineInfinity: Int64 = 1 << 55 - 1
  package static let infiniteDate = Int32.max
  package static let minusInfiniteDate = Int32.min
  package static let microsecondsPerDay: Int64 = 86_400_000_000
  package static let microsecondsPerSecond: Int64 = 1_000_000
  /// Days from 1970-01-01 to 2000-01-01.
  package static let unixEpochDays: Int64 = 10_957

  package static func isInfinite(_ timestamp: Int64) -> Bool {
    timestamp == infinity || timestamp == minusInfinity
  }

  /// The first and last instants that a timestamp may have: 4713 BC to 294276 AD.
  package static let minimum: Int64 = -211_813_488_000_000_000
  package static let end: Int64 = 9_223_371_331_200_000_000

  package static func isInRange(_ timestamp: Int64) -> Bool {
    timestamp >= minimum && timestamp < end
  }

  /// A day of the (proleptic Gregorian) calendar as days since 2000-01-01.
  package static func days(year: Int, month: Int, day: Int) -> Int {
    // Counting years from March puts the leap day at the end.
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 730_425
  }

  /// Year, month and day of a number of days since 2000-01-01; year 0 is 1 BC.
  package static func date(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 730_425
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  package static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  package static func daysInMonth(year: Int, month: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Sunday is 0.
  package static func weekday(days: Int) -> Int {
    let remainder = (days + 6) % 7
    return remainder < 0 ? remainder + 7 : remainder
  }

  package static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
  }

  /// Splits a timestamp into days and the microseconds of the day.
  package static func split(_ timestamp: Int64) -> (days: Int, microseconds: Int64) {
    let days = floorDivide(Int(timestamp), Int(microsecondsPerDay))
    return (days, timestamp - Int64(days) * microsecondsPerDay)
  }
}
