extension Value {
  /// The value as PostgreSQL prints it; NULL is the empty text.
  package func formatted(
    as type: DataType, catalog: TypeCatalog = TypeCatalog(),
    options: FormatOptions = FormatOptions()
  ) -> String {
    switch tag {
    case .null: return ""
    case .boolean: return isTrue ? "t" : "f"
    case .integer, .bigInteger: return "\(asInteger ?? 0)"
    case .numeric, .bigNumeric:
      return type.kind == .doublePrecision ? doubleText : asNumeric?.description ?? ""
    case .text, .longText:
      let text = asText ?? ""
      if case .char(let length?) = type.kind { return text.padded(to: length) }
      return text
    case .timestamp, .bigTimestamp:
      var zone: TimeZone?
      if case .timestamptz = type.kind { zone = options.timeZone }
      return Timestamp.text(asTimestamp ?? 0, in: zone, options.dateStyle)
    case .date: return Timestamp.dateText(asDate ?? 0, options.dateStyle)
    case .time: return Timestamp.clockText(signedPayload.magnitude)
    case .interval, .bigInterval:
      return asInterval?.formatted(style: options.intervalStyle) ?? ""
    case .uuid:
      let (high, low) = asUUID ?? (0, 0)
      return Value.uuidText(high, low)
    case .json: return asJSON ?? ""
    case .bytes: return "\\x" + hexadecimalText(asBytes ?? [])
    case .enumLabel:
      guard let (type, ordinal) = asEnumLabel, type < catalog.enums.count,
        ordinal < catalog.enums[type].labels.count
      else { return description }
      return catalog.enums[type].labels[ordinal]
    case .array:
      return ArrayRoutines.text(
        asElements ?? [], of: type.element ?? .text, catalog: catalog, options: options)
    case .row, .snapshot, .header, .raw: return description
    }
  }

  private static func uuidText(_ high: UInt64, _ low: UInt64) -> String {
    let bytes = [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hexadecimalText(bytes[$0]) }
      .joined(separator: "-")
  }

  /// Reads a text as PostgreSQL's input function of the type does.
  ///
  /// `time` is what `now` and `today` mean; without it they are refused.
  package static func parse(
    _ text: String, as type: DataType, catalog: TypeCatalog = TypeCatalog(),
    options: FormatOptions = FormatOptions(), time: EvaluationTime? = nil
  ) throws(SQLError) -> Value {
    switch type.kind {
    case .boolean: return try parseBoolean(text)
    case .smallint, .integer, .bigint: return try parseInteger(text, type)
    case .numeric(let precision, let scale):
      guard let number = try Numeric.parse(text) else { throw .invalidInput("numeric", text) }
      guard let precision else { return Value(numeric: number) }
      return Value(numeric: try number.fitted(precision: precision, scale: scale))
    case .text, .unknown: return Value(text: text)
    case .varchar, .char: return try Value(text: text).fitted(to: type, isExplicit: false)
    case .timestamptz(let digits):
      return try parseTimestamp(text, type, options.timeZone, options, time).rounded(to: digits)
    case .timestamp(let digits):
      return try parseTimestamp(text, type, nil, options, time).rounded(to: digits)
    case .date: return try parseDate(text, options, time)
    case .time(let digits): return try parseTime(text).rounded(to: digits)
    case .interval: return try parseInterval(text)
    case .uuid: return try parseUUID(text)
    case .json:
      _ = try JSONReader.read(text, isBinary: false)
      return Value(json: text)
    case .jsonb: return Value(json: try JSONReader.read(text, isBinary: true).normalized.text)
    case .bytea: return try parseBytes(text)
    case .enumeration(let number):
      guard number < catalog.enums.count else {
        preconditionFailure("the catalog has no enum type \(number)")
      }
      let enumeration = catalog.enums[number]
      guard let ordinal = enumeration.labels.firstIndex(where: { $0.utf8.elementsEqual(text.utf8) })
      else { throw .invalidEnumLabel(type: enumeration.name, text) }
      return Value(enumType: number, ordinal: ordinal)
    case .array(let element):
      return try ArrayRoutines.parse(
        text, of: DataType(element), catalog: catalog, options: options, time: time)
    case .void: return .null
    case .doublePrecision: return try parseDouble(text)
    case .record, .trigger:
      throw .unsupported("cannot accept a value of type \(type.name)")
    }
  }
}

// MARK: - Plain values

extension Value {
  private static func parseBoolean(_ text: String) throws(SQLError) -> Value {
    let trimmed = Array(text.utf8)[...].trimmingSpaces()
    let word = String(decoding: trimmed, as: UTF8.self).lowercased()
    for (spelling, value) in [("true", true), ("false", false), ("yes", true), ("no", false)]
    where !word.isEmpty && spelling.hasPrefix(word) { return Value(value) }
    switch word {
    case "on", "1": return .true
    case "off", "of", "0": return .false
    default: throw .invalidInput("boolean", text)
    }
  }

  private static func parseInteger(_ text: String, _ type: DataType) throws(SQLError) -> Value {
    var bytes = Array(text.utf8)[...].trimmingSpaces()
    var isNegative = false
    if let first = bytes.first, first == 43 || first == 45 {
      isNegative = first == 45
      bytes.removeFirst()
    }
    guard !bytes.isEmpty, bytes.allSatisfy(\.isDigit) else {
      throw .invalidInput(type.name, text)
    }
    let limit = type.integerLimit
    var number: Int128 = 0
    for byte in bytes {
      number = number * 10 + Int128(byte - 48)
      if number > limit + 1 { break }
    }
    if isNegative { number = -number }
    guard number <= limit, number >= -limit - 1 else {
      throw SQLError(
        .numericValueOutOfRange, "value \"\(text)\" is out of range for type \(type.name)")
    }
    return Value(integer: Int64(truncatingIfNeeded: number))
  }

  private static func parseUUID(_ text: String) throws(SQLError) -> Value {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") {
      bytes = bytes.dropFirst().dropLast()
    }
    var digits: [UInt8] = []
    for byte in bytes {
      if let digit = byte.hexadecimal {
        digits.append(digit)
      } else if byte != 45 || digits.isEmpty || digits.count % 4 != 0 || digits.count == 32 {
        throw .invalidInput("uuid", text)
      }
    }
    guard digits.count == 32 else { throw .invalidInput("uuid", text) }
    let words = [digits[..<16], digits[16...]].map { half in
      half.reduce(UInt64(0)) { $0 << 4 | UInt64($1) }
    }
    return Value(uuidHigh: words[0], low: words[1])
  }

  private static func parseBytes(_ text: String) throws(SQLError) -> Value {
    let source = Array(text.utf8)
    if source.starts(with: "\\x".utf8) {
      let digits = source.dropFirst(2).filter { !$0.isSpace }
      var bytes: [UInt8] = []
      for byte in digits where byte.hexadecimal == nil {
        let character = String(decoding: [byte], as: UTF8.self)
        throw SQLError(.invalidParameterValue, "invalid hexadecimal digit: \"\(character)\"")
      }
      guard digits.count % 2 == 0 else {
        throw SQLError(.invalidParameterValue, "invalid hexadecimal data: odd number of digits")
      }
      for index in stride(from: 0, to: digits.count, by: 2) {
        bytes.append((digits[index].hexadecimal ?? 0) << 4 | (digits[index + 1].hexadecimal ?? 0))
      }
      return Value(bytes: bytes)
    }
    guard !source.contains(UInt8(ascii: "\\")) else {
      throw .unsupported("escapes in bytea literals are not supported: write them as \\x…")
    }
    return Value(bytes: source)
  }
}

// MARK: - Dates and times

extension Value {
  private static func reading<Result>(
    _ type: DataType, _ text: String,
    _ body: () throws(DatetimeReader.Problem) -> Result
  ) throws(SQLError) -> Result {
    let problem: DatetimeReader.Problem
    do throws(DatetimeReader.Problem) {
      return try body()
    } catch {
      problem = error
    }
    switch problem {
    case .syntax: throw .invalidDatetime(type.inputName, text)
    case .range: throw .datetimeFieldOutOfRange(text)
    case .zone:
      throw SQLError(
        .invalidTimeZoneDisplacement, "time zone displacement out of range: \"\(text)\"")
    case .fieldOrder:
      var error = SQLError.datetimeFieldOutOfRange(text)
      error.hint = "Perhaps you need a different \"datestyle\" setting."
      throw error
    }
  }

  /// Reads a `timestamptz` where there is a zone, else a `timestamp`.
  private static func parseTimestamp(
    _ text: String, _ type: DataType, _ zone: TimeZone?, _ options: FormatOptions,
    _ time: EvaluationTime?
  ) throws(SQLError) -> Value {
    let reader = try reading(type, text) { () throws(DatetimeReader.Problem) in
      try DatetimeReader(text)
    }
    var local: Int64
    switch reader.word {
    case .infinity: return Value(timestamp: Timestamp.infinity)
    case .minusInfinity: return Value(timestamp: Timestamp.minusInfinity)
    case .epoch: return Value(timestamp: -Timestamp.unixEpochDays * Timestamp.microsecondsPerDay)
    case .now:
      guard let time else { throw .unsupported("\"\(text)\" depends on when it is read") }
      if zone != nil { return Value(timestamp: time.transactionStart) }
      return Value(timestamp: options.timeZone.local(time.transactionStart))
    case .today, .tomorrow, .yesterday:
      local = Int64(try relativeDay(reader, text, options, time)) * Timestamp.microsecondsPerDay
    case nil:
      guard let days = reader.days else { throw .invalidDatetime(type.inputName, text) }
      local = Int64(days) * Timestamp.microsecondsPerDay
    }
    local += reader.microseconds ?? 0
    let instant = zone.map { (reader.zone ?? $0).instant(ofLocal: local) } ?? local
    guard Timestamp.isInRange(instant) else {
      throw SQLError(.datetimeFieldOverflow, "timestamp out of range: \"\(text)\"")
    }
    return Value(timestamp: instant)
  }

  private static func relativeDay(
    _ reader: DatetimeReader, _ text: String, _ options: FormatOptions, _ time: EvaluationTime?
  ) throws(SQLError) -> Int {
    guard let time else { throw .unsupported("\"\(text)\" depends on when it is read") }
    let today = Timestamp.split(options.timeZone.local(time.transactionStart)).days
    return reader.word == .tomorrow ? today + 1 : reader.word == .yesterday ? today - 1 : today
  }

  private static func parseDate(
    _ text: String, _ options: FormatOptions, _ time: EvaluationTime?
  ) throws(SQLError) -> Value {
    let reader = try reading(.date, text) { () throws(DatetimeReader.Problem) in
      try DatetimeReader(text)
    }
    switch reader.word {
    case .infinity: return Value(date: Timestamp.infiniteDate)
    case .minusInfinity: return Value(date: Timestamp.minusInfiniteDate)
    case .epoch: return Value(date: Int32(-Timestamp.unixEpochDays))
    case .now, .today, .tomorrow, .yesterday:
      return Value(date: Int32(try relativeDay(reader, text, options, time)))
    case nil:
      guard let days = reader.days else { throw .invalidDatetime("date", text) }
      guard days >= -2_451_545 else {
        throw SQLError(.datetimeFieldOverflow, "date out of range: \"\(text)\"")
      }
      return Value(date: Int32(days))
    }
  }

  private static func parseTime(_ text: String) throws(SQLError) -> Value {
    let reader = try reading(.time, text) { () throws(DatetimeReader.Problem) in
      try DatetimeReader(text)
    }
    guard let microseconds = reader.microseconds else {
      throw .invalidDatetime(DataType.time.inputName, text)
    }
    return Value(time: microseconds)
  }

  private static func parseInterval(_ text: String) throws(SQLError) -> Value {
    let problem: IntervalReader.Problem
    do throws(IntervalReader.Problem) {
      return Value(interval: try IntervalReader.read(text))
    } catch {
      problem = error
    }
    switch problem {
    case .syntax: throw .invalidDatetime("interval", text)
    case .range:
      throw SQLError(
        .intervalFieldOverflow, "interval field value out of range: \"\(text)\"")
    }
  }

  /// A time or timestamp rounded to fewer digits of a second's fraction.
  func rounded(to digits: Int?) -> Value {
    guard let digits, digits < 6 else { return self }
    var unit: Int64 = 1
    for _ in digits..<6 { unit *= 10 }
    func round(_ number: Int64) -> Int64 {
      number >= 0 ? (number + unit / 2) / unit * unit : -((-number + unit / 2) / unit * unit)
    }
    if let time = asTime { return Value(time: round(time)) }
    guard let timestamp = asTimestamp, !Timestamp.isInfinite(timestamp) else { return self }
    return Value(timestamp: round(timestamp))
  }
}

// MARK: - Lengths

extension DataType {
  /// The name that the input functions of dates and times give in their errors.
  var inputName: String {
    switch kind {
    case .timestamp: "timestamp"
    case .time: "time"
    default: withoutModifiers.name
    }
  }

  /// The largest number of an integer type.
  var integerLimit: Int128 {
    switch kind {
    case .smallint: 32_767
    case .integer: 2_147_483_647
    default: 9_223_372_036_854_775_807
    }
  }
}

extension Value {
  /// A text made to fit into a `varchar(n)` or `char(n)`.
  ///
  /// What is too long is cut off by an explicit cast, and refused otherwise unless it is blanks.
  /// A `char(n)` is kept without its padding, so that it compares as PostgreSQL compares it.
  func fitted(to type: DataType, isExplicit: Bool) throws(SQLError) -> Value {
    let length: Int?
    let isPadded: Bool
    switch type.kind {
    case .varchar(let limit): (length, isPadded) = (limit, false)
    case .char(let limit): (length, isPadded) = (limit, true)
    default: return self
    }
    var scalars = (asText ?? "").unicodeScalars
    if let length, scalars.count > length {
      let cut = scalars.index(scalars.startIndex, offsetBy: length)
      if !isExplicit, scalars[cut...].contains(where: { $0 != " " }) { throw .tooLong(type) }
      scalars = String.UnicodeScalarView(scalars[..<cut])
    }
    if isPadded { while scalars.last == " " { scalars.removeLast() } }
    return Value(text: String(scalars))
  }
}

extension String {
  /// The text with blanks after it up to a length.
  func padded(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - unicodeScalars.count))
  }
}

extension TimeZone {
  /// What clocks in the zone show at an instant.
  package func local(_ instant: Int64) -> Int64 {
    if Timestamp.isInfinite(instant) { return instant }
    return instant + Int64(offset(at: instant).seconds) * Timestamp.microsecondsPerSecond
  }
}
