/// PostgreSQL's interval: months, days and microseconds, none of which turns into another.
package struct Interval: Hashable, Sendable {
  package var months: Int32
  package var days: Int32
  package var microseconds: Int64

  package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  /// An interval of parts that may be too large for it.
  package init(checkedMonths months: Int, days: Int, microseconds: Int128) throws(SQLError) {
    guard let months = Int32(exactly: months), let days = Int32(exactly: days),
      let microseconds = Int64(exactly: microseconds)
    else { throw .intervalOutOfRange }
    self.init(months: months, days: days, microseconds: microseconds)
  }

  /// What intervals compare by: a month counts 30 days, a day 24 hours.
  package var comparisonKey: Int128 {
    let days = Int128(months) * 30 + Int128(self.days)
    return days * Int128(Timestamp.microsecondsPerDay) + Int128(microseconds)
  }
}

// MARK: - Output

extension Interval {
  /// The interval as PostgreSQL prints it.
  package func formatted(style: FormatOptions.IntervalStyle) -> String {
    switch style {
    case .postgres: plainText
    case .postgresVerbose: verboseText
    }
  }

  private var plainText: String {
    var text = ""
    var isBefore = false
    for (number, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")]
    where number != 0 {
      if !text.isEmpty { text += " " }
      if isBefore && number > 0 { text += "+" }
      text += "\(number) \(unit)\(number == 1 ? "" : "s")"
      isBefore = number < 0
    }
    guard text.isEmpty || microseconds != 0 else { return text }
    if !text.isEmpty { text += " " }
    text += microseconds < 0 ? "-" : isBefore ? "+" : ""
    return text + Timestamp.clockText(microseconds.magnitude)
  }

  private var verboseText: String {
    var text = "@"
    var isZero = true
    var isBefore = false
    let second: Int64 = 1_000_000
    let seconds = microseconds / second % 60
    let fraction = microseconds % second
    let parts: [(Int64, String)] = [
      (Int64(months / 12), "year"), (Int64(months % 12), "mon"), (Int64(days), "day"),
      (microseconds / (3600 * second), "hour"), (microseconds / (60 * second) % 60, "min"),
    ]
    for (number, unit) in parts where number != 0 {
      if isZero { isBefore = number < 0 }
      let shown = isBefore ? -number : number
      text += " \(shown) \(unit)\(shown == 1 ? "" : "s")"
      isZero = false
    }
    if seconds != 0 || fraction != 0 {
      let isNegative = seconds < 0 || fraction < 0
      if isZero { isBefore = isNegative }
      text += isNegative == isBefore ? " " : " -"
      text += String(abs(seconds)) + Timestamp.fractionText(fraction.magnitude)
      text += abs(seconds) != 1 || fraction != 0 ? " secs" : " sec"
      isZero = false
    }
    return text + (isZero ? " 0" : "") + (isBefore ? " ago" : "")
  }
}

// MARK: - Arithmetic

extension Interval {
  package static func sum(_ left: Interval, _ right: Interval) throws(SQLError) -> Interval {
    try Interval(
      checkedMonths: Int(left.months) + Int(right.months),
      days: Int(left.days) + Int(right.days),
      microseconds: Int128(left.microseconds) + Int128(right.microseconds))
  }

  package func negated() throws(SQLError) -> Interval {
    try Interval(
      checkedMonths: -Int(months), days: -Int(days), microseconds: -Int128(microseconds))
  }

  /// The interval times a number, what is less than a month or a day going to the next unit.
  package func multiplied(by factor: Numeric) throws(SQLError) -> Interval {
    guard factor.isFinite else { throw .intervalOutOfRange }
    return try scaled { $0 * factor }
  }

  package func divided(by divisor: Numeric) throws(SQLError) -> Interval {
    if divisor.isZero { throw .divisionByZero }
    guard divisor.isFinite else { throw .intervalOutOfRange }
    return try scaled { $0.divided(by: divisor, scale: 24) }
  }

  private func scaled(_ scale: (Numeric) -> Numeric) throws(SQLError) -> Interval {
    let exactMonths = scale(Numeric(Int64(months)))
    let exactDays = scale(Numeric(Int64(days)))
    let wholeMonths = exactMonths.truncate(0)
    let wholeDays = exactDays.truncate(0)
    // What PostgreSQL computes in floating point, it rounds to microseconds at these places.
    let monthDays = ((exactMonths - wholeMonths) * Numeric(30)).round(6)
    let extraDays = monthDays.truncate(0)
    var seconds = ((exactDays - wholeDays + monthDays - extraDays) * Numeric(86_400)).round(6)
    let carriedDays = try seconds.wholeQuotient(by: Numeric(86_400))
    seconds = seconds - carriedDays * Numeric(86_400)
    let time = scale(Numeric(microseconds)) + seconds * Numeric(1_000_000)
    guard let months = wholeMonths.asInteger, let time = time.asInteger,
      let days = (wholeDays + extraDays + carriedDays).asInteger
    else { throw .intervalOutOfRange }
    return try Interval(
      checkedMonths: Int(months), days: Int(days), microseconds: Int128(time))
  }

  /// `justify_hours`: every 24 hours become a day, the signs made alike.
  package func justifiedHours() throws(SQLError) -> Interval {
    var days = Int(self.days) + Int(microseconds / Timestamp.microsecondsPerDay)
    var rest = microseconds % Timestamp.microsecondsPerDay
    if days > 0, rest < 0 {
      (days, rest) = (days - 1, rest + Timestamp.microsecondsPerDay)
    } else if days < 0, rest > 0 {
      (days, rest) = (days + 1, rest - Timestamp.microsecondsPerDay)
    }
    return try Interval(checkedMonths: Int(months), days: days, microseconds: Int128(rest))
  }

  /// `justify_days`: every 30 days become a month, the signs made alike.
  package func justifiedDays() throws(SQLError) -> Interval {
    var months = Int(self.months) + Int(days / 30)
    var rest = Int(days % 30)
    if months > 0, rest < 0 {
      (months, rest) = (months - 1, rest + 30)
    } else if months < 0, rest > 0 {
      (months, rest) = (months + 1, rest - 30)
    }
    return try Interval(checkedMonths: months, days: rest, microseconds: Int128(microseconds))
  }

  /// `justify_interval`: both, and the three signs made alike.
  package func justified() throws(SQLError) -> Interval {
    let day = Timestamp.microsecondsPerDay
    var days = Int(self.days) + Int(microseconds / day)
    var time = microseconds % day
    var months = Int(self.months) + days / 30
    days %= 30
    if months > 0, days < 0 || (days == 0 && time < 0) {
      (months, days) = (months - 1, days + 30)
    } else if months < 0, days > 0 || (days == 0 && time > 0) {
      (months, days) = (months + 1, days - 30)
    }
    if days > 0, time < 0 {
      (days, time) = (days - 1, time + day)
    } else if days < 0, time > 0 {
      (days, time) = (days + 1, time - day)
    }
    return try Interval(checkedMonths: months, days: days, microseconds: Int128(time))
  }
}
