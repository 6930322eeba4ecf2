/// Reads intervals in the forms that PostgreSQL's input function takes.
///
/// `1 hour 30 min`, `1 day 02:03:04`, `@ 1 hour ago`, `1-2` (years and months), a bare number of
/// seconds, and ISO 8601's `P1DT2H` and `P0001-02-03T04:05:06`.
struct IntervalReader {
  enum Problem: Error { case syntax, range }

  /// Twelve digits of a fraction are kept.
  private static let unit: Int128 = 1_000_000_000_000

  private let bytes: [UInt8]
  private var cursor = 0
  private var months: Int128 = 0
  private var days: Int128 = 0
  private var microseconds: Int128 = 0
  /// The units seen so far: none may come twice.
  private var seen: Set<String> = []

  static func read(_ text: String) throws(Problem) -> Interval {
    var reader = IntervalReader(bytes: Array(text.lowercased().utf8))
    try reader.read()
    guard let months = Int32(exactly: reader.months), let days = Int32(exactly: reader.days),
      let microseconds = Int64(exactly: reader.microseconds)
    else { throw .range }
    return Interval(months: months, days: days, microseconds: microseconds)
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

  private mutating func skipSpaces() {
    while let byte = current, byte.isSpace { cursor += 1 }
  }

  private mutating func read() throws(Problem) {
    skipSpaces()
    if current == UInt8(ascii: "p") {
      cursor += 1
      return try readISO()
    }
    if current == UInt8(ascii: "@") { cursor += 1 }
    var isEmpty = true
    skipSpaces()
    while let byte = current {
      if byte.isLetter {
        guard readWord() == "ago", !isEmpty else { throw .syntax }
        skipSpaces()
        guard current == nil else { throw .syntax }
        (months, days, microseconds) = (-months, -days, -microseconds)
        return
      }
      try readPart()
      isEmpty = false
      skipSpaces()
    }
    if isEmpty { throw .syntax }
  }

  private mutating func readWord() -> String {
    let start = cursor
    while current?.isLetter == true { cursor += 1 }
    return String(decoding: bytes[start..<cursor], as: UTF8.self)
  }

  private mutating func readSign() -> Bool {
    let isNegative = current == 45
    if isNegative || current == 43 { cursor += 1 }
    return isNegative
  }

  /// A number with a fraction, in units of 10⁻¹².
  private mutating func readNumber() throws(Problem) -> Int128? {
    var whole: Int128 = 0
    var fraction: Int128 = 0
    var width = 0
    let start = cursor
    while let byte = current, byte.isDigit {
      whole = whole * 10 + Int128(byte - 48)
      if whole > 1 << 63 { throw .range }
      cursor += 1
    }
    let hasWhole = cursor > start
    if current == UInt8(ascii: ".") {
      cursor += 1
      while let byte = current, byte.isDigit {
        if width < 12 {
          fraction = fraction * 10 + Int128(byte - 48)
          width += 1
        }
        cursor += 1
      }
      guard hasWhole || width > 0 else { return nil }
      while width < 12 {
        fraction *= 10
        width += 1
      }
    } else if !hasWhole {
      return nil
    }
    return whole * Self.unit + fraction
  }

  private mutating func readPart() throws(Problem) {
    let isNegative = readSign()
    guard var number = try readNumber() else { throw .syntax }
    if current == UInt8(ascii: ":") { return try readClock(number, isNegative) }
    if current == UInt8(ascii: "-") {
      cursor += 1
      guard let second = try readNumber() else { throw .syntax }
      try claim("y", "month")
      let total = number / Self.unit * 12 + second / Self.unit
      months += isNegative ? -total : total
      return
    }
    if isNegative { number = -number }
    skipSpaces()
    if current?.isLetter == true {
      let start = cursor
      let name = readWord()
      if name == "ago" {
        cursor = start
        return try add(number, "second")
      }
      return try add(number, name)
    }
    // A number before a time of day counts days.
    if isClockAhead { return try add(number, "day") }
    guard current == nil else { throw .syntax }
    try add(number, "second")
  }

  private var isClockAhead: Bool {
    var index = cursor
    if index < bytes.count, bytes[index] == 43 || bytes[index] == 45 { index += 1 }
    let start = index
    while index < bytes.count, bytes[index].isDigit { index += 1 }
    return index > start && index < bytes.count && bytes[index] == UInt8(ascii: ":")
  }

  private mutating func readClock(_ hours: Int128, _ isNegative: Bool) throws(Problem) {
    cursor += 1
    try claim("h", "minute", "second", "ms", "us")
    guard let second = try readNumber() else { throw .syntax }
    var total: Int128
    if current == UInt8(ascii: ":") {
      cursor += 1
      guard let third = try readNumber() else { throw .syntax }
      guard second < 60 * Self.unit, third <= 60 * Self.unit else { throw .range }
      total = hours * 3600 + second * 60 + third
    } else if second % Self.unit != 0 {
      // Two fields with a fraction are minutes and seconds.
      total = hours * 60 + second
    } else {
      guard second < 60 * Self.unit else { throw .range }
      total = hours * 3600 + second * 60
    }
    total = Self.rounded(total, perSecond: 1_000_000)
    microseconds += isNegative ? -total : total
  }

  /// Units of 10⁻¹² to whole ones of `1/perSecond`, ties to even.
  private static func rounded(_ number: Int128, perSecond: Int128) -> Int128 {
    let (scaled, isTooLarge) = number.multipliedReportingOverflow(by: perSecond)
    // Far beyond what an interval holds; the range is checked when all parts are added up.
    if isTooLarge { return number < 0 ? -(1 << 90) : 1 << 90 }
    let quotient = scaled / unit
    let remainder = abs(scaled % unit)
    let isUp = remainder * 2 > unit || (remainder * 2 == unit && quotient & 1 == 1)
    return isUp ? quotient + (number < 0 ? -1 : 1) : quotient
  }

  private mutating func claim(_ units: String...) throws(Problem) {
    for unit in units where !seen.insert(unit).inserted { throw .syntax }
  }

  private mutating func add(_ number: Int128, _ name: String) throws(Problem) {
    try claimUnit(name, isWhole: number % Self.unit == 0)
    switch name {
    case "us", "usec", "usecs", "microsecond", "microseconds", "usecond", "useconds", "microsecon":
      microseconds += Self.rounded(number, perSecond: 1)
    case "ms", "msec", "msecs", "millisecond", "milliseconds", "mseconds", "millisecon":
      microseconds += Self.rounded(number, perSecond: 1000)
    case "s", "sec", "secs", "second", "seconds": addTime(number, seconds: 1)
    case "m", "min", "mins", "minute", "minutes": addTime(number, seconds: 60)
    case "h", "hr", "hrs", "hour", "hours": addTime(number, seconds: 3600)
    case "d", "day", "days": addDays(number)
    case "w", "week", "weeks": addDays(number * 7)
    case "mon", "mons", "month", "months": addMonths(number)
    case "y", "yr", "yrs", "year", "years": addYears(number)
    case "dec", "decs", "decade", "decades": addYears(number * 10)
    case "c", "cent", "century", "centuries": addYears(number * 100)
    case "mil", "mils", "millennia", "millennium": addYears(number * 1000)
    default: throw .syntax
    }
  }

  private mutating func claimUnit(_ name: String, isWhole: Bool) throws(Problem) {
    switch name.prefix(2) {
    case "us": try claim("us")
    case "ms": try claim("ms")
    case "mi" where name.hasPrefix("micro"): try claim("us")
    case "mi" where name.hasPrefix("milli") && name.hasPrefix("millis"): try claim("ms")
    case "mi" where name.hasPrefix("mil"): try claim("millennium")
    case "s", "se":
      if isWhole { try claim("second") } else { try claim("second", "ms", "us") }
    case "m", "mi": try claim("minute")
    case "mo": try claim("month")
    case "de": try claim("decade")
    default: try claim(String(name.prefix(1)))
    }
  }

  private mutating func addTime(_ number: Int128, seconds: Int128) {
    microseconds += Self.rounded(number * seconds, perSecond: 1_000_000)
  }

  private mutating func addDays(_ number: Int128) {
    days += number / Self.unit
    addTime(number % Self.unit, seconds: 86_400)
  }

  private mutating func addMonths(_ number: Int128) {
    months += number / Self.unit
    addDays(number % Self.unit * 30)
  }

  /// A fraction of a year is rounded to months.
  private mutating func addYears(_ number: Int128) {
    months += number / Self.unit * 12 + Self.rounded(number % Self.unit, perSecond: 12)
  }

  private mutating func readISO() throws(Problem) {
    var isTime = false
    var isEmpty = true
    while let byte = current {
      if byte == UInt8(ascii: "t") {
        guard !isTime else { throw .syntax }
        isTime = true
        cursor += 1
        continue
      }
      let isNegative = readSign()
      guard var number = try readNumber() else { throw .syntax }
      isEmpty = false
      if current == UInt8(ascii: ":"), isTime {
        try readClock(number, isNegative)
        continue
      }
      if current == UInt8(ascii: "-"), !isTime {
        try readISODate(number / Self.unit)
        continue
      }
      if isNegative { number = -number }
      guard let letter = current else { throw .syntax }
      cursor += 1
      switch (letter, isTime) {
      case (UInt8(ascii: "y"), false): addYears(number)
      case (UInt8(ascii: "m"), false): addMonths(number)
      case (UInt8(ascii: "w"), false): addDays(number * 7)
      case (UInt8(ascii: "d"), false): addDays(number)
      case (UInt8(ascii: "h"), true): addTime(number, seconds: 3600)
      case (UInt8(ascii: "m"), true): addTime(number, seconds: 60)
      case (UInt8(ascii: "s"), true): addTime(number, seconds: 1)
      default: throw .syntax
      }
    }
    if isEmpty { throw .syntax }
  }

  private mutating func readISODate(_ years: Int128) throws(Problem) {
    cursor += 1
    guard let second = try readNumber() else { throw .syntax }
    months += years * 12 + second / Self.unit
    guard current == UInt8(ascii: "-") else { return }
    cursor += 1
    guard let third = try readNumber() else { throw .syntax }
    days += third / Self.unit
  }
}
