extension Timestamp {
  static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  static let dayNames = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  /// `12:15:00.5`, from microseconds.
  static func clockText(_ microseconds: UInt64) -> String {
    let seconds = Int(microseconds / 1_000_000)
    return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":"
      + padded(seconds % 60, 2) + fractionText(microseconds % 1_000_000)
  }

  /// `.5` for 500 000 microseconds; nothing for none.
  static func fractionText(_ microseconds: UInt64) -> String {
    guard microseconds != 0 else { return "" }
    var digits = padded(Int(microseconds), 6)
    while digits.hasSuffix("0") { digits.removeLast() }
    return "." + digits
  }

  private static func yearText(_ year: Int) -> (digits: String, era: String) {
    year > 0 ? (padded(year, 4), "") : (padded(1 - year, 4), " BC")
  }

  static func infinityText(_ isNegative: Bool) -> String { isNegative ? "-infinity" : "infinity" }

  /// A date as PostgreSQL prints it.
  static func dateText(_ days: Int32, _ style: FormatOptions.DateStyle) -> String {
    if days == infiniteDate || days == minusInfiniteDate { return infinityText(days < 0) }
    let parts = date(days: Int(days))
    let (year, era) = yearText(parts.year)
    switch style {
    case .iso: return "\(year)-\(padded(parts.month, 2))-\(padded(parts.day, 2))\(era)"
    case .postgresMDY: return "\(padded(parts.month, 2))-\(padded(parts.day, 2))-\(year)\(era)"
    }
  }

  /// A `timestamp`, or with a zone a `timestamptz`, as PostgreSQL prints it.
  static func text(_ timestamp: Int64, in zone: TimeZone?, _ style: FormatOptions.DateStyle)
    -> String
  {
    if isInfinite(timestamp) { return infinityText(timestamp < 0) }
    let offset = zone?.offset(at: timestamp)
    let local = timestamp + Int64(offset?.seconds ?? 0) * microsecondsPerSecond
    let (days, time) = split(local)
    let parts = date(days: days)
    let (year, era) = yearText(parts.year)
    let clock = clockText(UInt64(time))
    switch style {
    case .iso:
      let suffix = offset.map { TimeZone.offsetText($0.seconds) } ?? ""
      return "\(year)-\(padded(parts.month, 2))-\(padded(parts.day, 2)) \(clock)\(suffix)\(era)"
    case .postgresMDY:
      let suffix = offset.map { " " + $0.abbreviation } ?? ""
      return "\(dayNames[weekday(days: days)].prefix(3)) \(monthNames[parts.month - 1].prefix(3)) "
        + "\(padded(parts.day, 2)) \(clock) \(year)\(suffix)\(era)"
    }
  }
}
