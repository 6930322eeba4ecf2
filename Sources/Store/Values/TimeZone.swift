/// A time zone whose rules this program knows by itself.
///
/// - Note: PostgreSQL reads the system's zone database. A result must not depend on the machine,
///   so only zones with fixed rules are here.
package enum TimeZone: Hashable, Sendable {
  case utc
  /// `PST8PDT`: the Pacific coast, with the daylight saving rules of the United States since 1967.
  case pacific
  /// Seconds east of Greenwich.
  case fixed(Int)

  /// Looks up a zone by name, in any case.
  package init?(named name: String) {
    switch name.lowercased() {
    case "utc", "gmt", "etc/utc", "z", "zulu", "uct", "universal", "etc/gmt", "greenwich":
      self = .utc
    case "pst8pdt", "america/los_angeles", "us/pacific": self = .pacific
    default: return nil
    }
  }

  /// Seconds east of Greenwich at an instant, and the zone's abbreviation then.
  package func offset(at instant: Int64) -> (seconds: Int, abbreviation: String) {
    switch self {
    case .utc: return (0, "UTC")
    case .fixed(let seconds): return (seconds, Self.offsetText(seconds))
    case .pacific:
      let isDaylight = Self.isPacificDaylight(instant)
      return isDaylight ? (-25_200, "PDT") : (-28_800, "PST")
    }
  }

  /// The instant at which clocks in the zone show a local time.
  ///
  /// A time that daylight saving skips or repeats is read as standard time, as PostgreSQL does.
  package func instant(ofLocal local: Int64) -> Int64 {
    if Timestamp.isInfinite(local) { return local }
    switch self {
    case .utc: return local
    case .fixed(let seconds): return local - Int64(seconds) * Timestamp.microsecondsPerSecond
    case .pacific:
      let standard = local + 28_800 * Timestamp.microsecondsPerSecond
      let daylight = local + 25_200 * Timestamp.microsecondsPerSecond
      let isDaylight = Self.isPacificDaylight(daylight) && Self.isPacificDaylight(standard)
      return isDaylight ? daylight : standard
    }
  }

  /// `+05:30` and the like; the minutes and seconds only where there are any.
  package static func offsetText(_ seconds: Int) -> String {
    let magnitude = abs(seconds)
    var text = (seconds < 0 ? "-" : "+") + padded(magnitude / 3600, 2)
    if magnitude % 3600 != 0 { text += ":" + padded(magnitude / 60 % 60, 2) }
    if magnitude % 60 != 0 { text += ":" + padded(magnitude % 60, 2) }
    return text
  }

  private static func isPacificDaylight(_ instant: Int64) -> Bool {
    guard !Timestamp.isInfinite(instant) else { return false }
    let standard = instant - 28_800 * Timestamp.microsecondsPerSecond
    let year = Timestamp.date(days: Timestamp.split(standard).days).year
    guard year >= 1967 else { return false }
    let start: Int
    let end: Int
    switch year {
    case 2007...:
      start = sunday(year, 3, onOrAfter: 8)
      end = sunday(year, 11, onOrAfter: 1)
    case 1987...:
      start = sunday(year, 4, onOrAfter: 1)
      end = sunday(year, 10, onOrAfter: 25)
    case 1974:
      (start, end) = (Timestamp.days(year: 1974, month: 1, day: 6), sunday(1974, 10, onOrAfter: 25))
    case 1975:
      (start, end) = (
        Timestamp.days(year: 1975, month: 2, day: 23), sunday(1975, 10, onOrAfter: 25)
      )
    default:
      start = sunday(year, 4, onOrAfter: 24)
      end = sunday(year, 10, onOrAfter: 25)
    }
    // Two o'clock by the clock: standard time in spring, daylight time in autumn.
    let hour = 3600 * Timestamp.microsecondsPerSecond
    let begins = Int64(start) * Timestamp.microsecondsPerDay + 2 * hour
    let ends = Int64(end) * Timestamp.microsecondsPerDay + hour
    return standard >= begins && standard < ends
  }

  private static func sunday(_ year: Int, _ month: Int, onOrAfter day: Int) -> Int {
    let days = Timestamp.days(year: year, month: month, day: day)
    return days + (7 - Timestamp.weekday(days: days)) % 7
  }
}

/// A number in decimal, with zeros before it up to a width.
func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
