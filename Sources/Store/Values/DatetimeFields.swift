/// `extract` and `date_trunc`.
enum DatetimeFields {
  enum Field {
    case microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year
    case decade, century, millennium, weekday, isoWeekday, dayOfYear, isoYear, epoch, julian
    case zone, zoneHour, zoneMinute

    init?(named name: String) {
      switch name.lowercased() {
      case "microseconds", "microsecond", "us", "usec", "usecs": self = .microseconds
      case "milliseconds", "millisecond", "ms", "msec", "msecs": self = .milliseconds
      case "second", "seconds", "s", "sec", "secs": self = .second
      case "minute", "minutes", "m", "min", "mins": self = .minute
      case "hour", "hours", "h", "hr", "hrs": self = .hour
      case "day", "days", "d": self = .day
      case "week", "weeks", "w": self = .week
      case "month", "months", "mon", "mons": self = .month
      case "quarter", "qtr": self = .quarter
      case "year", "years", "y", "yr", "yrs": self = .year
      case "decade", "decades", "dec", "decs": self = .decade
      case "century", "centuries", "c", "cent": self = .century
      case "millennium", "millennia", "mil", "mils": self = .millennium
      case "dow": self = .weekday
      case "isodow": self = .isoWeekday
      case "doy": self = .dayOfYear
      case "isoyear": self = .isoYear
      case "epoch": self = .epoch
      case "julian", "jd": self = .julian
      case "timezone": self = .zone
      case "timezone_hour": self = .zoneHour
      case "timezone_minute": self = .zoneMinute
      default: return nil
      }
    }
  }

  static func call(_ routine: DatetimeRoutine, _ arguments: Span<Value>, _ zone: TimeZone)
    throws(SQLError) -> Value
  {
    let name = arguments[0].asText ?? ""
    let type = type(of: routine)
    guard let field = Field(named: name) else {
      throw SQLError(
        .invalidParameterValue, "unit \"\(name)\" not recognized for type \(type.name)")
    }
    let result: Value?
    switch routine {
    case .extract: result = extract(field, arguments[1].asTimestamp ?? 0, zone)
    case .extractLocal: result = extract(field, arguments[1].asTimestamp ?? 0, nil)
    case .extractDate: result = try extractDate(field, arguments[1])
    case .extractTime: result = extractTime(field, arguments[1].asTime ?? 0)
    case .extractInterval: result = extractInterval(field, arguments[1].asInterval ?? Interval())
    case .truncateInterval: result = truncate(field, arguments[1].asInterval ?? Interval())
    case .truncateLocal: result = truncate(field, arguments[1].asTimestamp ?? 0, nil)
    default:
      var zone = zone
      if arguments.count > 2 {
        let zoneName = arguments[2].asText ?? ""
        guard let named = TimeZone(named: zoneName) else {
          throw SQLError(.invalidParameterValue, "time zone \"\(zoneName)\" not recognized")
        }
        zone = named
      }
      result = truncate(field, arguments[1].asTimestamp ?? 0, zone)
    }
    guard let result else {
      throw .unsupported("unit \"\(name)\" not supported for type \(type.name)")
    }
    return result
  }

  private static func type(of routine: DatetimeRoutine) -> DataType {
    switch routine {
    case .extract, .truncate: .timestamptz
    case .extractDate: .date
    case .extractTime: .time
    case .extractInterval, .truncateInterval: .interval
    default: .timestamp
    }
  }

  private static func number(_ integer: Int) -> Value { Value(numeric: Numeric(Int64(integer))) }

  /// A number of units of `10^-scale`.
  private static func number(_ units: Int128, scale: Int) -> Value {
    let high = Numeric(Int64(units / 1_000_000_000)) * Numeric(1_000_000_000)
    let whole = high + Numeric(Int64(units % 1_000_000_000))
    return Value(numeric: Numeric(isNegative: whole.isNegative, limbs: whole.limbs, scale: scale))
  }

  // MARK: extract

  private static func extract(_ field: Field, _ timestamp: Int64, _ zone: TimeZone?) -> Value? {
    if Timestamp.isInfinite(timestamp) { return infinite(field, timestamp < 0) }
    switch field {
    case .epoch:
      let epoch = Int128(timestamp) + Int128(Timestamp.unixEpochDays) * 86_400_000_000
      return number(epoch, scale: 6)
    case .zone, .zoneHour, .zoneMinute:
      guard let seconds = zone?.offset(at: timestamp).seconds else { return nil }
      return number(
        field == .zone ? seconds : field == .zoneHour ? seconds / 3600 : seconds / 60 % 60)
    default:
      let (days, time) = Timestamp.split(zone?.local(timestamp) ?? timestamp)
      if field == .julian { return julian(days, time) }
      return clockField(field, time) ?? dateField(field, days)
    }
  }

  /// The Julian day, the time of day as its fraction.
  private static func julian(_ days: Int, _ time: Int64) -> Value? {
    let day = Numeric(Int64(days) + 2_451_545)
    guard let fraction = try? Numeric(time).divided(by: Numeric(Timestamp.microsecondsPerDay))
    else { return nil }
    return Value(numeric: day + fraction)
  }

  /// What only grows with time is infinite; the rest is NULL.
  private static func infinite(_ field: Field, _ isNegative: Bool) -> Value {
    switch field {
    case .year, .decade, .century, .millennium, .isoYear, .epoch, .julian:
      Value(numeric: isNegative ? .minusInfinity : .infinity)
    default: .null
    }
  }

  private static func clockField(_ field: Field, _ time: Int64) -> Value? {
    switch field {
    case .microseconds: number(Int128(time % 60_000_000), scale: 0)
    case .milliseconds: number(Int128(time % 60_000_000), scale: 3)
    case .second: number(Int128(time % 60_000_000), scale: 6)
    case .minute: number(Int(time / 60_000_000 % 60))
    case .hour: number(Int(time / 3_600_000_000))
    default: nil
    }
  }

  private static func dateField(_ field: Field, _ days: Int) -> Value? {
    let date = Timestamp.date(days: days)
    switch field {
    case .day: return number(date.day)
    case .month: return number(date.month)
    case .quarter: return number((date.month - 1) / 3 + 1)
    case .year: return number(date.year > 0 ? date.year : date.year - 1)
    case .decade: return number(Timestamp.floorDivide(date.year, 10))
    case .century: return number(period(date.year, 100))
    case .millennium: return number(period(date.year, 1000))
    case .weekday: return number(Timestamp.weekday(days: days))
    case .isoWeekday: return number((Timestamp.weekday(days: days) + 6) % 7 + 1)
    case .dayOfYear:
      return number(days - Timestamp.days(year: date.year, month: 1, day: 1) + 1)
    case .week: return number(isoWeek(days).week)
    case .isoYear:
      let year = isoWeek(days).year
      return number(year > 0 ? year : year - 1)
    case .julian: return number(days + 2_451_545)
    default: return nil
    }
  }

  /// Centuries and millennia count from year 1, and backwards from year -1.
  private static func period(_ year: Int, _ length: Int) -> Int {
    year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length)
  }

  /// The week belongs to the year that its Thursday lies in.
  static func isoWeek(_ days: Int) -> (year: Int, week: Int) {
    let thursday = days - (Timestamp.weekday(days: days) + 6) % 7 + 3
    let year = Timestamp.date(days: thursday).year
    let start = Timestamp.days(year: year, month: 1, day: 1)
    return (year, (thursday - start) / 7 + 1)
  }

  private static func extractDate(_ field: Field, _ value: Value) throws(SQLError) -> Value? {
    let days = value.asDate ?? 0
    if days == Timestamp.infiniteDate || days == Timestamp.minusInfiniteDate {
      return clockField(field, 0) == nil ? infinite(field, days < 0) : nil
    }
    if field == .epoch { return number((Int(days) + Int(Timestamp.unixEpochDays)) * 86_400) }
    return dateField(field, Int(days))
  }

  private static func extractTime(_ field: Field, _ time: Int64) -> Value? {
    field == .epoch ? number(Int128(time), scale: 6) : clockField(field, time)
  }

  private static func extractInterval(_ field: Field, _ interval: Interval) -> Value? {
    let (years, months) = (Int(interval.months / 12), Int(interval.months % 12))
    switch field {
    case .epoch:
      // A year counts 365.25 days, a month 30.
      let quarters = Int128(years) * 1461 + Int128(months) * 120 + Int128(interval.days) * 4
      return number(quarters * 21_600_000_000 + Int128(interval.microseconds), scale: 6)
    case .day: return number(Int(interval.days))
    case .month: return number(months)
    case .quarter: return number(months / 3 + 1)
    case .year: return number(years)
    case .decade: return number(years / 10)
    case .century: return number(years / 100)
    case .millennium: return number(years / 1000)
    default: return clockField(field, interval.microseconds)
    }
  }

  // MARK: date_trunc

  private static func clockUnit(_ field: Field) -> Int64? {
    switch field {
    case .microseconds: 1
    case .milliseconds: 1000
    case .second: 1_000_000
    case .minute: 60_000_000
    case .hour: 3_600_000_000
    default: nil
    }
  }

  private static func truncate(_ field: Field, _ timestamp: Int64, _ zone: TimeZone?) -> Value? {
    if Timestamp.isInfinite(timestamp) { return Value(timestamp: timestamp) }
    let local = zone?.local(timestamp) ?? timestamp
    let (days, time) = Timestamp.split(local)
    if let unit = clockUnit(field) {
      // Less than a day is cut off the instant itself, which a change of the clock leaves alone.
      return Value(timestamp: timestamp - time % unit)
    }
    let date = Timestamp.date(days: days)
    let start: Int
    switch field {
    case .day: start = days
    case .week: start = days - (Timestamp.weekday(days: days) + 6) % 7
    case .month: start = Timestamp.days(year: date.year, month: date.month, day: 1)
    case .quarter:
      start = Timestamp.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
    case .year: start = Timestamp.days(year: date.year, month: 1, day: 1)
    case .decade:
      start = Timestamp.days(year: Timestamp.floorDivide(date.year, 10) * 10, month: 1, day: 1)
    case .century, .millennium:
      let length = field == .century ? 100 : 1000
      let first = Timestamp.floorDivide(date.year - 1, length) * length + 1
      start = Timestamp.days(year: first, month: 1, day: 1)
    default: return nil
    }
    let midnight = Int64(start) * Timestamp.microsecondsPerDay
    return Value(timestamp: zone?.instant(ofLocal: midnight) ?? midnight)
  }

  private static func truncate(_ field: Field, _ interval: Interval) -> Value? {
    if let unit = clockUnit(field) {
      var result = interval
      result.microseconds -= interval.microseconds % unit
      return Value(interval: result)
    }
    if field == .day {
      return Value(interval: Interval(months: interval.months, days: interval.days))
    }
    let months: Int32
    switch field {
    case .month: months = 1
    case .quarter: months = 3
    case .year: months = 12
    case .decade: months = 120
    case .century: months = 1200
    case .millennium: months = 12_000
    default: return nil
    }
    return Value(interval: Interval(months: interval.months / months * months))
  }
}
