/// Reads dates, times and timestamps in the forms that PostgreSQL's input functions take.
///
/// ISO 8601 in all its spellings, `MM/DD/YYYY` and `MM-DD-YYYY`, month names, `Mon Dec 01
/// 12:15:00 2025 PST` (what the `Postgres, MDY` style prints), AM and PM, BC, zones as offsets or
/// names, and the words `infinity`, `epoch`, `now`, `today`, `tomorrow`, `yesterday`, `allballs`.
struct DatetimeReader {
  enum Problem: Error {
    case syntax
    case range
    case zone
    /// Out of range in a way that another field order might cure.
    case fieldOrder
  }

  enum Word { case infinity, minusInfinity, epoch, now, today, tomorrow, yesterday }

  private let bytes: [UInt8]
  private var cursor = 0
  private(set) var year: Int?
  private(set) var month: Int?
  private(set) var day: Int?
  private(set) var microseconds: Int64?
  private(set) var zone: TimeZone?
  private(set) var word: Word?
  private var isBeforeChrist = false
  private var isAfternoon: Bool?
  /// Numbers that stand alone, before they find their meaning.
  private var loose: [(number: Int, width: Int)] = []

  init(_ text: String) throws(Problem) {
    bytes = Array(text.utf8)
    try read()
    try finish()
  }

  private var current: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

  private func peek(_ offset: Int) -> UInt8? {
    cursor + offset < bytes.count ? bytes[cursor + offset] : nil
  }

  /// Whether a whole date has been read, be it one whose numbers still stand alone.
  private var hasDate: Bool { year != nil || (month != nil && loose.count == 2) }

  private mutating func number() -> (number: Int, width: Int)? {
    var number = 0
    var width = 0
    while let byte = current, byte.isDigit, width < 15 {
      number = number * 10 + Int(byte - 48)
      width += 1
      cursor += 1
    }
    return width == 0 ? nil : (number, width)
  }

  private mutating func read() throws(Problem) {
    while let byte = current {
      if byte.isSpace || byte == UInt8(ascii: ",") {
        cursor += 1
      } else if byte.isLetter {
        try readWord()
      } else if byte.isDigit {
        try readNumber()
      } else if byte == 43 || byte == 45 {
        try readSign()
      } else {
        throw .syntax
      }
    }
  }

  private mutating func readSign() throws(Problem) {
    let isNegative = current == 45
    if peek(1)?.isLetter == true {
      cursor += 1
      let start = cursor
      try readWord()
      guard word == .infinity, cursor > start else { throw .syntax }
      word = isNegative ? .minusInfinity : .infinity
      return
    }
    guard microseconds != nil || hasDate, zone == nil else { throw .syntax }
    cursor += 1
    guard let (first, width) = number() else { throw .syntax }
    var hours = first
    var minutes = 0
    var seconds = 0
    if width > 2 {
      (hours, minutes) = (first / 100, first % 100)
    } else if current == UInt8(ascii: ":") {
      cursor += 1
      minutes = number()?.number ?? 0
      if current == UInt8(ascii: ":") {
        cursor += 1
        seconds = number()?.number ?? 0
      }
    }
    guard hours <= 15, minutes < 60, seconds < 60 else { throw .zone }
    let offset = hours * 3600 + minutes * 60 + seconds
    zone = offset == 0 ? .utc : .fixed(isNegative ? -offset : offset)
  }

  private mutating func readWord() throws(Problem) {
    let start = cursor
    while let byte = current, byte.isLetter || byte == 47 || byte == 95 { cursor += 1 }
    // `PST8PDT` is the one name with a digit in it.
    if bytes[start..<cursor].count == 3, current == UInt8(ascii: "8") {
      while let byte = current, byte.isLetter || byte.isDigit { cursor += 1 }
    }
    let name = String(decoding: bytes[start..<cursor], as: UTF8.self).lowercased()
    switch name {
    case "t" where hasDate, "at", "on": return
    case "infinity", "inf": word = .infinity
    case "epoch": word = .epoch
    case "now": word = .now
    case "today": word = .today
    case "tomorrow": word = .tomorrow
    case "yesterday": word = .yesterday
    case "allballs": (microseconds, zone) = (0, .utc)
    case "bc", "b": isBeforeChrist = true
    case "ad": break
    case "am": isAfternoon = false
    case "pm": isAfternoon = true
    case "pst": zone = .fixed(-28_800)
    case "pdt": zone = .fixed(-25_200)
    case "est": zone = .fixed(-18_000)
    case "edt": zone = .fixed(-14_400)
    case "cet": zone = .fixed(3600)
    case "cest": zone = .fixed(7200)
    default:
      if name.utf8.count >= 3,
        Timestamp.dayNames.contains(where: {
          $0.lowercased() == name || $0.lowercased().prefix(3) == name
        })
      {
        return
      }
      if let index = Self.month(named: name) {
        month = index
      } else if let named = TimeZone(named: name) {
        zone = named
      } else {
        throw .syntax
      }
    }
  }

  static func month(named name: String) -> Int? {
    Timestamp.monthNames.firstIndex {
      $0.lowercased() == name || ($0.lowercased().prefix(3) == name && name.utf8.count == 3)
        || (name == "sept" && $0 == "September")
    }.map { $0 + 1 }
  }

  private mutating func readNumber() throws(Problem) {
    guard let (first, width) = number() else { throw .syntax }
    switch current {
    case UInt8(ascii: ":"):
      try readTime(hours: first)
    case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "."):
      try readDate(first, width)
    default:
      if width == 8, year == nil, month == nil {
        (year, month, day) = (first / 10_000, first / 100 % 100, first % 100)
      } else if width == 6, hasDate, microseconds == nil {
        setTime(first / 10_000, first / 100 % 100, first % 100, 0)
      } else {
        loose.append((first, width))
      }
    }
  }

  private mutating func readDate(_ first: Int, _ width: Int) throws(Problem) {
    guard year == nil, let separator = current else { throw .syntax }
    cursor += 1
    var isNamed = false
    var second = 0
    if current?.isLetter == true {
      let start = cursor
      while current?.isLetter == true { cursor += 1 }
      let name = String(decoding: bytes[start..<cursor], as: UTF8.self).lowercased()
      guard let index = Self.month(named: name) else { throw .syntax }
      (second, isNamed) = (index, true)
    } else {
      guard let (number, _) = number() else { throw .syntax }
      second = number
    }
    guard current == separator else { throw .syntax }
    cursor += 1
    guard let (third, thirdWidth) = number() else { throw .syntax }
    if width > 2 {
      (year, month, day) = (first, second, third)
    } else if isNamed {
      (year, month, day) = (Self.century(third, thirdWidth), second, first)
    } else {
      (year, month, day) = (Self.century(third, thirdWidth), first, second)
      if first > 12 { throw .fieldOrder }
    }
  }

  /// Two digits mean a year from 1970 to 2069.
  private static func century(_ year: Int, _ width: Int) -> Int {
    width > 2 ? year : year < 70 ? year + 2000 : year + 1900
  }

  private mutating func readTime(hours: Int) throws(Problem) {
    guard microseconds == nil else { throw .syntax }
    cursor += 1
    guard let (minutes, _) = number() else { throw .syntax }
    var seconds = 0
    var fraction = 0
    if current == UInt8(ascii: ":") {
      cursor += 1
      guard let (number, _) = number() else { throw .syntax }
      seconds = number
      if current == UInt8(ascii: ".") {
        cursor += 1
        fraction = readFraction()
      }
    }
    guard minutes < 60, seconds <= 60, hours <= 24 else { throw .range }
    guard hours < 24 || (minutes == 0 && seconds == 0 && fraction == 0) else { throw .range }
    setTime(hours, minutes, seconds, fraction)
  }

  private mutating func setTime(_ hours: Int, _ minutes: Int, _ seconds: Int, _ fraction: Int) {
    microseconds = Int64(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction)
  }

  /// The digits after the point, rounded to microseconds.
  private mutating func readFraction() -> Int {
    var fraction = 0
    var width = 0
    var roundsUp = false
    while let byte = current, byte.isDigit {
      if width < 6 {
        fraction = fraction * 10 + Int(byte - 48)
      } else if width == 6 {
        roundsUp = byte >= 53
      }
      width += 1
      cursor += 1
    }
    while width < 6 {
      fraction *= 10
      width += 1
    }
    return fraction + (roundsUp ? 1 : 0)
  }

  private mutating func finish() throws(Problem) {
    for (number, width) in loose {
      if day == nil, month != nil, width <= 2 {
        day = number
      } else if year == nil, month != nil {
        year = Self.century(number, width)
      } else {
        throw .syntax
      }
    }
    if let isAfternoon {
      guard let time = microseconds else { throw .syntax }
      let hour: Int64 = 3_600_000_000
      guard time >= 0, time < 13 * hour else { throw .range }
      let morning = time % (12 * hour)
      microseconds = isAfternoon ? morning + 12 * hour : morning
    }
    guard year != nil || month != nil || day != nil else {
      guard word != nil || microseconds != nil else { throw .syntax }
      return
    }
    guard word == nil, let year, let month, let day else { throw .syntax }
    if isBeforeChrist {
      guard year > 0 else { throw .range }
      self.year = 1 - year
    } else if year == 0 {
      throw .range
    }
    guard (1...12).contains(month), (1...31).contains(day) else { throw .fieldOrder }
    guard year < 300_000, day <= Timestamp.daysInMonth(year: self.year ?? year, month: month)
    else { throw .range }
  }

  /// The days since 2000-01-01, where there is a date.
  var days: Int? {
    guard let year, let month, let day else { return nil }
    return Timestamp.days(year: year, month: month, day: day)
  }
}
