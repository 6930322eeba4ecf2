/// Functions on dates, times and intervals.
enum DatetimeRoutines {
  static func call(
    _ routine: DatetimeRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    let zone = context.options.timeZone
    switch routine {
    case .now: return Value(timestamp: context.time.transactionStart)
    case .statementTimestamp: return Value(timestamp: context.time.statementStart)
    case .clockTimestamp: return Value(timestamp: context.time.clock)
    case .currentDate:
      return Value(date: Int32(Timestamp.split(zone.local(context.time.transactionStart)).days))
    case .localTimestamp: return Value(timestamp: zone.local(context.time.transactionStart))
    case .localTime:
      return Value(
        time: Timestamp.split(zone.local(context.time.transactionStart)).microseconds)
    case .addInterval, .addIntervalLocal, .intervalAdd, .intervalAddLocal, .subtractInterval,
      .subtractIntervalLocal, .dateAddInterval, .dateSubtractInterval, .intervalAddDate:
      return try addInterval(routine, arguments[0], arguments[1], zone)
    case .dateAddDays: return try addDays(arguments[0], arguments[1].asInteger ?? 0)
    case .daysAddDate: return try addDays(arguments[1], arguments[0].asInteger ?? 0)
    case .dateSubtractDays: return try addDays(arguments[0], -(arguments[1].asInteger ?? 0))
    case .dateSubtract: return try dateDifference(arguments[0], arguments[1])
    case .dateAddTime, .timeAddDate:
      let (date, time) = routine == .dateAddTime ? (0, 1) : (1, 0)
      let midnight = try Casts.timestamp(arguments[date], nil).asTimestamp ?? 0
      if Timestamp.isInfinite(midnight) { return Value(timestamp: midnight) }
      return Value(timestamp: midnight + (arguments[time].asTime ?? 0))
    case .subtract: return try subtract(arguments[0], arguments[1])
    case .timeAddInterval: return shift(arguments[0], arguments[1], 1)
    case .timeSubtractInterval: return shift(arguments[0], arguments[1], -1)
    case .intervalAddTime: return shift(arguments[1], arguments[0], 1)
    case .timeSubtract:
      return Value(
        interval: Interval(
          microseconds: (arguments[0].asTime ?? 0) - (arguments[1].asTime ?? 0)))
    case .sum, .difference, .negate, .multiply, .multiplied, .divide, .justifyHours,
      .justifyDays, .justifyInterval, .makeInterval:
      return try interval(routine, arguments)
    case .truncate, .truncateLocal, .truncateInterval, .extract, .extractLocal, .extractDate,
      .extractTime, .extractInterval:
      return try DatetimeFields.call(routine, arguments, zone)
    case .makeDate, .makeTimestamp: return try make(routine, arguments)
    case .age, .ageLocal, .ageToday, .ageTodayLocal:
      return try age(routine, arguments, context)
    case .fromEpoch: return try fromEpoch(arguments[0].asNumeric ?? .zero)
    case .atZone, .atZoneLocal: return try atZone(routine, arguments)
    case .isFinite: return Value(!Timestamp.isInfinite(arguments[0].asTimestamp ?? 0))
    case .isFiniteDate:
      let days = arguments[0].asDate ?? 0
      return Value(days != Timestamp.infiniteDate && days != Timestamp.minusInfiniteDate)
    case .isFiniteInterval: return .true
    case .toText, .toTextLocal:
      return try DatePattern.format(
        arguments[0].asTimestamp ?? 0, arguments[1].asText ?? "",
        routine == .toText ? zone : nil)
    }
  }

  // MARK: Timestamps

  private static func addInterval(
    _ routine: DatetimeRoutine, _ first: Value, _ second: Value, _ zone: TimeZone
  ) throws(SQLError) -> Value {
    let isZoned: Bool
    var (point, span) = (first, second)
    switch routine {
    case .addInterval, .subtractInterval: isZoned = true
    case .intervalAdd: (isZoned, point, span) = (true, second, first)
    case .intervalAddLocal, .intervalAddDate: (isZoned, point, span) = (false, second, first)
    default: isZoned = false
    }
    if point.tag == .date { point = try Casts.timestamp(point, nil) }
    var interval = span.asInterval ?? Interval()
    switch routine {
    case .subtractInterval, .subtractIntervalLocal, .dateSubtractInterval:
      interval = try interval.negated()
    default: break
    }
    return Value(
      timestamp: try add(point.asTimestamp ?? 0, interval, isZoned ? zone : nil))
  }

  /// Adds months, then days, by the calendar of the zone; then the microseconds.
  static func add(_ timestamp: Int64, _ interval: Interval, _ zone: TimeZone?) throws(SQLError)
    -> Int64
  {
    if Timestamp.isInfinite(timestamp) { return timestamp }
    var result = timestamp
    if interval.months != 0 || interval.days != 0 {
      let local = zone?.local(result) ?? result
      let (day, time) = Timestamp.split(local)
      var days = day
      if interval.months != 0 {
        let date = Timestamp.date(days: days)
        let months = date.year * 12 + date.month - 1 + Int(interval.months)
        let year = Timestamp.floorDivide(months, 12)
        let month = months - year * 12 + 1
        let day = min(date.day, Timestamp.daysInMonth(year: year, month: month))
        days = Timestamp.days(year: year, month: month, day: day)
      }
      days += Int(interval.days)
      let (midnight, overflows) = Int64(days).multipliedReportingOverflow(
        by: Timestamp.microsecondsPerDay)
      let (moved, carries) = midnight.addingReportingOverflow(time)
      guard !overflows, !carries, Timestamp.isInRange(moved) else { throw .timestampOutOfRange }
      result = zone?.instant(ofLocal: moved) ?? moved
    }
    let (sum, overflows) = result.addingReportingOverflow(interval.microseconds)
    guard !overflows, Timestamp.isInRange(sum) else { throw .timestampOutOfRange }
    return sum
  }

  private static func subtract(_ left: Value, _ right: Value) throws(SQLError) -> Value {
    let (left, right) = (left.asTimestamp ?? 0, right.asTimestamp ?? 0)
    if Timestamp.isInfinite(left) || Timestamp.isInfinite(right) {
      throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite timestamps")
    }
    let (difference, overflows) = left.subtractingReportingOverflow(right)
    if overflows { throw .intervalOutOfRange }
    return Value(interval: try Interval(microseconds: difference).justifiedHours())
  }

  private static func shift(_ time: Value, _ interval: Value, _ sign: Int64) -> Value {
    let day = Timestamp.microsecondsPerDay
    let change = (interval.asInterval?.microseconds ?? 0) % day
    let sum = ((time.asTime ?? 0) + sign * change) % day
    return Value(time: sum < 0 ? sum + day : sum)
  }

  private static func fromEpoch(_ seconds: Numeric) throws(SQLError) -> Value {
    switch seconds.special {
    case .notANumber:
      throw SQLError(.datetimeFieldOverflow, "timestamp cannot be NaN")
    case .infinity: return Value(timestamp: Timestamp.infinity)
    case .minusInfinity: return Value(timestamp: Timestamp.minusInfinity)
    case .finite: break
    }
    let epoch = Timestamp.unixEpochDays * 86_400
    let microseconds = (seconds - Numeric(epoch)) * Numeric(1_000_000)
    guard let timestamp = microseconds.asInteger, Timestamp.isInRange(timestamp) else {
      throw SQLError(
        .datetimeFieldOverflow, "timestamp out of range: \"\(seconds.trimmed)\"")
    }
    return Value(timestamp: timestamp)
  }

  private static func atZone(_ routine: DatetimeRoutine, _ arguments: Span<Value>)
    throws(SQLError) -> Value
  {
    let name = arguments[0].asText ?? ""
    guard let zone = TimeZone(named: name) else {
      throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
    }
    let timestamp = arguments[1].asTimestamp ?? 0
    let moved = routine == .atZone ? zone.local(timestamp) : zone.instant(ofLocal: timestamp)
    return Value(timestamp: moved)
  }

  // MARK: Dates

  private static func addDays(_ date: Value, _ days: Int64) throws(SQLError) -> Value {
    let start = date.asDate ?? 0
    if start == Timestamp.infiniteDate || start == Timestamp.minusInfiniteDate { return date }
    let sum = Int64(start) + days
    guard sum >= -2_451_545, sum < 2_145_031_949 else { throw .dateOutOfRange }
    return Value(date: Int32(sum))
  }

  private static func dateDifference(_ left: Value, _ right: Value) throws(SQLError) -> Value {
    let limits = [Timestamp.infiniteDate, Timestamp.minusInfiniteDate]
    let (left, right) = (left.asDate ?? 0, right.asDate ?? 0)
    if limits.contains(left) || limits.contains(right) {
      throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite dates")
    }
    return Value(integer: Int64(left) - Int64(right))
  }

  private static func make(_ routine: DatetimeRoutine, _ arguments: Span<Value>)
    throws(SQLError) -> Value
  {
    var parts: [Int] = []
    for index in arguments.indices { parts.append(Int(arguments[index].asInteger ?? 0)) }
    var year = parts[0]
    let isDate = year != 0 && (1...12).contains(parts[1])
    if year < 0 { year += 1 }
    guard isDate, abs(year) < 300_000, parts[2] >= 1,
      parts[2] <= Timestamp.daysInMonth(year: year, month: parts[1])
    else {
      throw SQLError(
        .datetimeFieldOverflow,
        "date field value out of range: \(parts[0])-\(padded(parts[1], 2))-\(padded(parts[2], 2))")
    }
    let days = Timestamp.days(year: year, month: parts[1], day: parts[2])
    if routine == .makeDate { return Value(date: Int32(days)) }
    let seconds = (arguments[5].asNumeric ?? .zero) * Numeric(1_000_000)
    guard (0..<24).contains(parts[3]), (0..<60).contains(parts[4]),
      let microseconds = seconds.asInteger, (0...60_000_000).contains(microseconds)
    else {
      throw SQLError(.datetimeFieldOverflow, "time field value out of range")
    }
    let time = Int64(parts[3] * 3600 + parts[4] * 60) * 1_000_000 + microseconds
    return Value(timestamp: Int64(days) * Timestamp.microsecondsPerDay + time)
  }

  // MARK: Intervals

  private static func interval(_ routine: DatetimeRoutine, _ arguments: Span<Value>)
    throws(SQLError) -> Value
  {
    let left = arguments.count > 0 ? arguments[0].asInterval ?? Interval() : Interval()
    let right = arguments.count > 1 ? arguments[1].asInterval ?? Interval() : Interval()
    let result: Interval
    switch routine {
    case .sum: result = try .sum(left, right)
    case .difference: result = try .sum(left, right.negated())
    case .negate: result = try left.negated()
    case .multiply: result = try left.multiplied(by: arguments[1].asNumeric ?? .zero)
    case .multiplied: result = try right.multiplied(by: arguments[0].asNumeric ?? .zero)
    case .divide: result = try left.divided(by: arguments[1].asNumeric ?? .zero)
    case .justifyHours: result = try left.justifiedHours()
    case .justifyDays: result = try left.justifiedDays()
    case .justifyInterval: result = try left.justified()
    default: result = try madeInterval(arguments)
    }
    return Value(interval: result)
  }

  /// `make_interval(years, months, weeks, days, hours, mins, secs)`, each of them 0 if left out.
  private static func madeInterval(_ arguments: Span<Value>) throws(SQLError) -> Interval {
    func part(_ index: Int) -> Int {
      index < arguments.count ? Int(arguments[index].asInteger ?? 0) : 0
    }
    let seconds = arguments.count > 6 ? arguments[6].asNumeric ?? .zero : .zero
    guard let microseconds = (seconds * Numeric(1_000_000)).asInteger else {
      throw .intervalOutOfRange
    }
    return try Interval(
      checkedMonths: part(0) * 12 + part(1), days: part(2) * 7 + part(3),
      microseconds: Int128(part(4) * 3600 + part(5) * 60) * 1_000_000 + Int128(microseconds))
  }

  private static func age(
    _ routine: DatetimeRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    let zone = context.options.timeZone
    var (later, earlier) = (arguments[0].asTimestamp ?? 0, Int64(0))
    switch routine {
    case .age: (later, earlier) = (zone.local(later), zone.local(arguments[1].asTimestamp ?? 0))
    case .ageLocal: earlier = arguments[1].asTimestamp ?? 0
    default:
      earlier = routine == .ageToday ? zone.local(later) : later
      let today = Timestamp.split(zone.local(context.time.transactionStart)).days
      later = Int64(today) * Timestamp.microsecondsPerDay
    }
    if Timestamp.isInfinite(later) || Timestamp.isInfinite(earlier) {
      throw .timestampOutOfRange
    }
    let isNegative = later < earlier
    let difference =
      isNegative ? calendarDifference(earlier, later) : calendarDifference(later, earlier)
    return Value(interval: isNegative ? try difference.negated() : difference)
  }

  /// Years, months, days and time between two instants, a missing day taken from a month.
  private static func calendarDifference(_ later: Int64, _ earlier: Int64) -> Interval {
    let (first, second) = (Timestamp.split(later), Timestamp.split(earlier))
    let (end, start) = (Timestamp.date(days: first.days), Timestamp.date(days: second.days))
    var months = (end.year - start.year) * 12 + end.month - start.month
    var days = end.day - start.day
    var time = first.microseconds - second.microseconds
    if time < 0 { (time, days) = (time + Timestamp.microsecondsPerDay, days - 1) }
    // The month that a day is taken from has the length of the earlier instant's month.
    while days < 0 {
      days += Timestamp.daysInMonth(year: start.year, month: start.month)
      months -= 1
    }
    return Interval(months: Int32(months), days: Int32(days), microseconds: time)
  }
}
