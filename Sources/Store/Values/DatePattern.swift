/// `to_char` of timestamps.
enum DatePattern {
  /// The patterns that are understood; the longest that fits wins.
  private static let keys = [
    "YYYY", "IYYY", "HH24", "HH12", "Month", "MONTH", "month", "YYY", "IYY", "DDD", "Mon", "MON",
    "mon", "Day", "DAY", "day", "AM", "PM", "am", "pm", "A.M.", "P.M.", "SSSS", "YY", "IY", "MM",
    "DD", "HH", "MI", "SS", "MS", "US", "Dy", "DY", "dy", "ID", "IW", "WW", "CC", "TZ", "tz",
    "OF", "FM", "Q", "W", "D", "J", "Y",
  ].sorted { $0.utf8.count > $1.utf8.count }

  static func format(_ timestamp: Int64, _ pattern: String, _ zone: TimeZone?) throws(SQLError)
    -> Value
  {
    if Timestamp.isInfinite(timestamp) { return .null }
    let fields = Fields(timestamp, zone)
    var text = ""
    var rest = pattern[...]
    var isFill = false
    while let first = rest.first {
      if first == "\"" {
        rest.removeFirst()
        let literal = rest.prefix { $0 != "\"" }
        text += literal
        rest = rest.dropFirst(literal.count + 1)
      } else if let key = keys.first(where: { matches($0, rest) }) {
        rest = rest.dropFirst(key.count)
        if key == "FM" {
          isFill = true
          continue
        }
        guard let field = fields.text(key, isFill) else {
          throw .unsupported("to_char() does not support the pattern \"\(pattern)\"")
        }
        text += field
        isFill = false
        if rest.hasPrefix("TH") || rest.hasPrefix("th") {
          throw .unsupported("to_char() does not support the pattern \"\(pattern)\"")
        }
      } else {
        text.append(first)
        rest.removeFirst()
      }
    }
    return Value(text: text)
  }

  /// The patterns that give numbers may be written in either case.
  private static func matches(_ key: String, _ rest: Substring) -> Bool {
    if rest.hasPrefix(key) { return true }
    let isNumber =
      !["M", "D", "A", "P", "T", "O", "F"].contains(key.prefix(1)) || key == "MM"
      || key == "MI" || key == "DD" || key == "DDD" || key == "MS"
    return isNumber && rest.prefix(key.count).uppercased() == key
  }

  private struct Fields {
    var days: Int
    var time: Int64
    var date: (year: Int, month: Int, day: Int)
    var offset: (seconds: Int, abbreviation: String)?

    init(_ timestamp: Int64, _ zone: TimeZone?) {
      offset = zone?.offset(at: timestamp)
      (days, time) = Timestamp.split(zone?.local(timestamp) ?? timestamp)
      date = Timestamp.date(days: days)
    }

    private var hour: Int { Int(time / 3_600_000_000) }
    private var dayOfYear: Int { days - Timestamp.days(year: date.year, month: 1, day: 1) + 1 }

    func text(_ key: String, _ isFill: Bool) -> String? {
      func number(_ number: Int, _ width: Int) -> String { padded(number, isFill ? 0 : width) }
      func name(_ name: String, _ width: Int) -> String {
        isFill ? name : name.padded(to: width)
      }
      let year = date.year > 0 ? date.year : 1 - date.year
      let month = Timestamp.monthNames[date.month - 1]
      let weekday = Timestamp.dayNames[Timestamp.weekday(days: days)]
      switch key {
      case "YYYY": return number(year, 4)
      case "YYY": return number(year % 1000, 3)
      case "YY": return number(year % 100, 2)
      case "Y": return number(year % 10, 1)
      case "IYYY": return number(DatetimeFields.isoWeek(days).year, 4)
      case "IYY": return number(DatetimeFields.isoWeek(days).year % 1000, 3)
      case "IY": return number(DatetimeFields.isoWeek(days).year % 100, 2)
      case "MM": return number(date.month, 2)
      case "DD": return number(date.day, 2)
      case "DDD": return number(dayOfYear, 3)
      case "D": return number(Timestamp.weekday(days: days) + 1, 1)
      case "ID": return number((Timestamp.weekday(days: days) + 6) % 7 + 1, 1)
      case "IW": return number(DatetimeFields.isoWeek(days).week, 2)
      case "WW": return number((dayOfYear - 1) / 7 + 1, 2)
      case "W": return number((date.day - 1) / 7 + 1, 1)
      case "Q": return number((date.month - 1) / 3 + 1, 1)
      case "CC": return number((year + 99) / 100, 2)
      case "J": return number(days + 2_451_545, 1)
      case "Month": return name(month, 9)
      case "MONTH": return name(month.uppercased(), 9)
      case "month": return name(month.lowercased(), 9)
      case "Mon": return String(month.prefix(3))
      case "MON": return month.prefix(3).uppercased()
      case "mon": return month.prefix(3).lowercased()
      case "Day": return name(weekday, 9)
      case "DAY": return name(weekday.uppercased(), 9)
      case "day": return name(weekday.lowercased(), 9)
      case "Dy": return String(weekday.prefix(3))
      case "DY": return weekday.prefix(3).uppercased()
      case "dy": return weekday.prefix(3).lowercased()
      default: return clockText(key, number)
      }
    }

    private func clockText(_ key: String, _ number: (Int, Int) -> String) -> String? {
      switch key {
      case "HH24": return number(hour, 2)
      case "HH12", "HH": return number(hour % 12 == 0 ? 12 : hour % 12, 2)
      case "MI": return number(Int(time / 60_000_000 % 60), 2)
      case "SS": return number(Int(time / 1_000_000 % 60), 2)
      case "MS": return number(Int(time / 1000 % 1000), 3)
      case "US": return number(Int(time % 1_000_000), 6)
      case "SSSS": return number(Int(time / 1_000_000), 1)
      case "AM", "PM": return hour < 12 ? "AM" : "PM"
      case "am", "pm": return hour < 12 ? "am" : "pm"
      case "A.M.", "P.M.": return hour < 12 ? "A.M." : "P.M."
      case "TZ": return offset?.abbreviation ?? ""
      case "tz": return offset?.abbreviation.lowercased() ?? ""
      case "OF": return TimeZone.offsetText(offset?.seconds ?? 0)
      default: return nil
      }
    }
  }
}
