import SQL
import Store

/// Turns a `clock` block into the instants that the environment moves through.
enum ClockCompiler {
  /// The one instant of a scenario without a clock: 2025-01-01 00:00:00 UTC.
  static let defaultInstants: [Int64] = [
    Int64(Timestamp.days(year: 2025, month: 1, day: 1)) * Timestamp.microsecondsPerDay
  ]

  /// The instants of a clock in microseconds since 2000-01-01 UTC; what is wrong goes to
  /// `diagnostics`, and then the result is the default.
  static func instants(of clock: ClockSyntax?, _ diagnostics: inout DiagnosticList) -> [Int64] {
    guard let clock else { return defaultInstants }
    let found =
      switch clock.kind {
      case .instants(let texts): listed(texts, at: clock.span, &diagnostics)
      case .range(let first, let last, let step): range(first, last, step, &diagnostics)
      }
    return found.isEmpty ? defaultInstants : found
  }

  /// Reads one instant as PostgreSQL reads a timestamptz, UTC where no zone is written.
  static func instant(_ text: StringSyntax, _ diagnostics: inout DiagnosticList) -> Int64? {
    guard let value = try? Value.parse(text.text, as: .timestamptz),
      let instant = value.asTimestamp
    else {
      diagnostics.add(
        Diagnostic(
          .invalidClock, "`\(text.text)` is no instant", at: text.span,
          help: "write a date and a time: '2025-12-01 12:15:00'"))
      return nil
    }
    guard Timestamp.isInRange(instant) else {
      diagnostics.add(
        Diagnostic(
          .invalidClock, "the clock cannot reach `\(text.text)`", at: text.span,
          help: "write a date and a time: '2025-12-01 12:15:00'"))
      return nil
    }
    return instant
  }

  private static func listed(
    _ texts: [StringSyntax], at span: SourceSpan, _ diagnostics: inout DiagnosticList
  ) -> [Int64] {
    guard texts.count <= ScenarioLimits.instants else {
      diagnostics.add(tooMany(texts.count, at: span))
      return []
    }
    var instants: [Int64] = []
    var previous: StringSyntax?
    for text in texts {
      guard let instant = instant(text, &diagnostics) else { continue }
      if let last = instants.last, let previous, instant <= last {
        let problem = instant == last ? "is the same instant as" : "is before"
        diagnostics.add(
          Diagnostic(
            .invalidClock, "`\(text.text)` \(problem) `\(previous.text)`", at: text.span,
            labels: [.init("the instant before it", at: previous.span)],
            help: Diagnostic.Help("list the instants in ascending order, each once")))
        continue
      }
      instants.append(instant)
      previous = text
    }
    return instants
  }

  private static func range(
    _ first: StringSyntax, _ last: StringSyntax, _ step: StringSyntax,
    _ diagnostics: inout DiagnosticList
  ) -> [Int64] {
    let start = instant(first, &diagnostics)
    let end = instant(last, &diagnostics)
    let every = interval(step, &diagnostics)
    guard let start, let end, let every else { return [] }
    guard end >= start else {
      diagnostics.add(
        Diagnostic(
          .invalidClock, "the clock would run backwards: `\(last.text)` is before `\(first.text)`",
          at: last.span, help: "put the earlier instant after `from`"))
      return []
    }
    var instants: [Int64] = []
    var current = start
    while current <= end {
      guard instants.count < ScenarioLimits.instants else {
        diagnostics.add(tooMany(nil, at: step.span))
        return []
      }
      instants.append(current)
      guard let next = adding(every, times: instants.count, to: start), next > current else {
        break
      }
      current = next
    }
    return instants
  }

  /// A positive interval.
  private static func interval(
    _ text: StringSyntax, _ diagnostics: inout DiagnosticList
  ) -> Interval? {
    let parsed = (try? Value.parse(text.text, as: .interval))?.asInterval
    guard let interval = parsed else {
      diagnostics.add(
        Diagnostic(
          .invalidClock, "`\(text.text)` is no interval", at: text.span,
          help: "write a number and a unit: '30 seconds'"))
      return nil
    }
    let parts = [Int64(interval.months), Int64(interval.days), interval.microseconds]
    guard parts.allSatisfy({ $0 >= 0 }), parts.contains(where: { $0 > 0 }) else {
      diagnostics.add(
        Diagnostic(
          .invalidClock, "the clock cannot move by `\(text.text)`", at: text.span,
          help: "write a step that goes forward: '30 seconds'"))
      return nil
    }
    return interval
  }

  private static func tooMany(_ count: Int?, at span: SourceSpan) -> Diagnostic {
    let number = count.map { "\($0) instants" } ?? "more than \(ScenarioLimits.instants) instants"
    return Diagnostic(
      .limitExceeded, "the clock has \(number)", at: span,
      help: "a clock has at most \(ScenarioLimits.instants) instants; "
        + "list only those at which something can change")
  }

  /// The instant `count` steps after the start; `nil` past the range of timestamps.
  ///
  /// As PostgreSQL adds an interval: months by the calendar, where the day is cut to the month's
  /// length, then days, then microseconds.
  private static func adding(_ interval: Interval, times count: Int, to start: Int64) -> Int64? {
    var (days, microseconds) = Timestamp.split(start)
    let months = Int(interval.months) * count
    if months > 0 {
      let date = Timestamp.date(days: days)
      let month = date.year * 12 + date.month - 1 + months
      let year = Timestamp.floorDivide(month, 12)
      guard year < 294_277 else { return nil }
      let monthOfYear = month - year * 12 + 1
      let day = min(date.day, Timestamp.daysInMonth(year: year, month: monthOfYear))
      days = Timestamp.days(year: year, month: monthOfYear, day: day)
    }
    days += Int(interval.days) * count
    let (product, productOverflows) = interval.microseconds.multipliedReportingOverflow(
      by: Int64(count))
    let (dayPart, dayOverflows) = Int64(days).multipliedReportingOverflow(
      by: Timestamp.microsecondsPerDay)
    let (time, timeOverflows) = product.addingReportingOverflow(microseconds)
    let (sum, sumOverflows) = dayPart.addingReportingOverflow(time)
    microseconds = sum
    guard !productOverflows, !dayOverflows, !timeOverflows, !sumOverflows else { return nil }
    return Timestamp.isInRange(microseconds) ? microseconds : nil
  }
}
