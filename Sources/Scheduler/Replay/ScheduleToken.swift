package import Writers

/// A schedule as a short text: to be pasted into a shell, a file's name, an address or a scenario.
///
///     rs1_9c41e07a_aabVTTc3_4f
///      │     │        │     └ checksum over all before it
///      │     │        └ schedule
///      │     └ the first 32 bits of the model's fingerprint
///      └ format 1
///
/// The schedule is read from left to right, a choice at a time:
///
/// | text | choice |
/// |---|---|
/// | `a` … `z` | the 1st … 26th session takes its next step |
/// | `N27n` | the 27th session does (all after the 26th are written so) |
/// | `bV` | the 2nd session is the victim of a deadlock |
/// | `bL`, `bS`, `bI` | its `lock_timeout`, its `statement_timeout`, its idle timeout is over |
/// | `bX` | the 2nd session's client dies |
/// | `T` | the clock moves to its next instant |
///
/// Where writers run `times many`, the schedule begins with the number of their sessions: `M3m` for three.
///
/// A number behind a choice repeats it: `a3` is `aaa`, `bV2` is `bVbV`, `N27n4` is four steps of the 27th
/// session. Numbers are written where they make the text shorter, so that a schedule has exactly one text;
/// they are read everywhere. Letters, digits and underscores are all there is: a double click selects it,
/// and neither shells nor addresses need quotes.
package enum ScheduleToken {
  /// The text of a schedule of the model.
  package static func encode(_ schedule: [Choice], for model: Model) -> String {
    encode(schedule, fingerprint: model.fingerprint, copies: model.copiesHere)
  }

  /// The text of a schedule.
  ///
  /// `copies` is the number of sessions of those writers that run `times many`, if there are any.
  package static func encode(
    _ schedule: [Choice], fingerprint: UInt64, copies: Int? = nil
  ) -> String {
    let head = copies.map { "M\($0)m" } ?? ""
    let body = "rs1_\(name(of: fingerprint))_\(head)\(text(of: schedule))_"
    return body + checksum(of: body)
  }

  /// The schedule that a token says, for the model.
  package static func decode(_ token: String, for model: Model) throws(TokenError) -> [Choice] {
    try decode(token, fingerprint: model.fingerprint, copies: model.copiesHere)
  }

  /// The model with as many sessions of those writers that run `times many` as the token says.
  package static func model(_ model: Model, for token: String) -> Model {
    guard model.isParametric else { return model }
    let parts = trimmed(token).split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == name(of: model.fingerprint) else { return model }
    var reader = Reader(bytes: Array(parts[2].utf8))
    guard let copies = copies(&reader), copies <= ScenarioLimits.sessions else { return model }
    return model.with(copies: copies)
  }

  /// Reads `M3m`; `nil` if nothing like it is there.
  private static func copies(_ reader: inout Reader) -> Int? {
    guard reader.take("M"), let copies = reader.number(), copies > 0, reader.take("m") else {
      return nil
    }
    return copies
  }

  /// The schedule that a token says, for a model with that fingerprint and number of sessions.
  ///
  /// White space around the token is ignored, as it comes with pasting.
  package static func decode(
    _ token: String, fingerprint: UInt64, copies: Int? = nil
  ) throws(TokenError) -> [Choice] {
    let token = trimmed(token)
    guard token.hasPrefix("rs") else { throw .noToken }
    let parts = token.split(separator: "_", omittingEmptySubsequences: false)
    guard parts[0] == "rs1" else { throw .unknownFormat(String(parts[0])) }
    guard parts.count == 4, parts[1].utf8.count == 8, parts[3].utf8.count == 2 else {
      throw parts.count > 4 ? .noToken : .truncated
    }
    let body = parts[0...2].joined(separator: "_") + "_"
    let wanted = checksum(of: body)
    guard parts[3] == wanted else { throw .wrongChecksum(found: String(parts[3]), wanted: wanted) }
    guard parts[1] == name(of: fingerprint) else {
      throw .otherScenario(token: String(parts[1]), scenario: name(of: fingerprint))
    }
    return try schedule(of: String(parts[2]), copies: copies)
  }

  /// The first 32 bits as eight hexadecimal digits: how a model is named in tokens.
  package static func name(of fingerprint: UInt64) -> String {
    let digits = String(fingerprint >> 32, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// One choice as it stands in tokens.
  package static func text(of choice: Choice) -> String {
    guard choice.kind != .clock else { return "T" }
    let session = Int(choice.session)
    let letter =
      session < 26
      ? String(UnicodeScalar(UInt8(ascii: "a") + UInt8(session))) : "N\(session + 1)n"
    switch choice.kind {
    case .step, .clock: return letter
    case .victim: return letter + "V"
    case .refused: return letter + "R"
    case .lockTimeout: return letter + "L"
    case .statementTimeout: return letter + "S"
    case .idleTimeout: return letter + "I"
    case .crash: return letter + "X"
    }
  }

  /// A schedule as it stands between the underscores.
  package static func text(of schedule: [Choice]) -> String {
    var text = ""
    var position = 0
    while position < schedule.count {
      var end = position + 1
      while end < schedule.count && schedule[end] == schedule[position] { end += 1 }
      let choice = Self.text(of: schedule[position])
      let count = end - position
      let counted = "\(choice)\(count)"
      let isShorter = counted.utf8.count < choice.utf8.count * count
      text += isShorter ? counted : String(repeating: choice, count: count)
      position = end
    }
    return text
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace: (Character) -> Bool = { $0.isWhitespace }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  /// Two characters of a polynomial over the bytes, modulo a prime below 36²: they catch every single
  /// wrong character, every exchange of neighbours, and all but one in 1,291 other mistakes.
  private static func checksum(of text: String) -> String {
    var sum = 0
    for byte in text.utf8 { sum = (sum * 37 + Int(byte)) % 1291 }
    let digits = String(sum, radix: 36)
    return String(repeating: "0", count: 2 - digits.count) + digits
  }

  /// The most choices that a token may stand for: one that was not made by hand stays far below.
  package static let lengthLimit = 1_000_000

  private static func schedule(
    of text: String, copies wanted: Int?
  ) throws(TokenError) -> [Choice] {
    var reader = Reader(bytes: Array(text.utf8))
    if let wanted {
      guard let copies = copies(&reader) else { throw .invalidSchedule(place: 1) }
      guard copies == wanted else { throw .otherCopies(token: copies, here: wanted) }
    }
    var schedule: [Choice] = []
    while let byte = reader.peek {
      let place = reader.position + 1
      reader.position += 1
      var choice: Choice
      switch byte {
      case UInt8(ascii: "T"): choice = Choice(.clock)
      case UInt8(ascii: "a")...UInt8(ascii: "z"):
        choice = Choice(.step, session: Int(byte - UInt8(ascii: "a")))
      case UInt8(ascii: "N"):
        guard let number = reader.number(), reader.take("n"), number > 26, number < 1 << 14 else {
          throw .invalidSchedule(place: place)
        }
        choice = Choice(.step, session: number - 1)
      default: throw .invalidSchedule(place: place)
      }
      if byte != UInt8(ascii: "T") {
        if reader.take("V") {
          choice.kind = .victim
        } else if reader.take("R") {
          choice.kind = .refused
        } else if reader.take("X") {
          choice.kind = .crash
        } else if reader.take("L") {
          choice.kind = .lockTimeout
        } else if reader.take("S") {
          choice.kind = .statementTimeout
        } else if reader.take("I") {
          choice.kind = .idleTimeout
        }
      }
      var count = 1
      if let next = reader.peek, next >= UInt8(ascii: "0"), next <= UInt8(ascii: "9") {
        guard let number = reader.number(), number > 1, number <= lengthLimit else {
          throw .invalidSchedule(place: place)
        }
        count = number
      }
      guard schedule.count + count <= lengthLimit else { throw .invalidSchedule(place: place) }
      schedule.append(contentsOf: repeatElement(choice, count: count))
    }
    return schedule
  }

  private struct Reader {
    var bytes: [UInt8]
    var position = 0

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ scalar: UnicodeScalar) -> Bool {
      guard peek == UInt8(ascii: scalar) else { return false }
      position += 1
      return true
    }

    /// A decimal number without leading zeros, `nil` if there is none.
    mutating func number() -> Int? {
      var number = 0
      let start = position
      while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        if position > start && number == 0 || number > 1 << 32 { return nil }
        number = number * 10 + Int(byte - UInt8(ascii: "0"))
        position += 1
      }
      return position > start ? number : nil
    }
  }
}

/// Why a text is no token for the model at hand.
package enum TokenError: Error, Hashable, Sendable {
  case noToken
  case unknownFormat(String)
  case truncated
  case wrongChecksum(found: String, wanted: String)
  /// Both fingerprints as they stand in tokens.
  case otherScenario(token: String, scenario: String)
  /// Numbers of sessions of writers that run `times many`.
  case otherCopies(token: Int, here: Int)
  /// The place within the schedule, from 1.
  case invalidSchedule(place: Int)
}

extension TokenError: CustomStringConvertible {
  /// What is wrong, as messages are written: lower case, no full stop.
  package var description: String {
    switch self {
    case .noToken: "this is no token: one looks like `rs1_9c41e07a_aabb_k3`"
    case .unknownFormat(let format): "the token's format `\(format)` is not known, only `rs1`"
    case .truncated: "the token is not complete: was it cut off when it was copied?"
    case .wrongChecksum(let found, let wanted):
      "the token ends in `\(found)` where `\(wanted)` would fit: "
        + "was it cut off or changed when it was copied?"
    case .otherScenario(let token, let scenario):
      "the token was made for another scenario, or this one has changed since "
        + "(`\(token)`, now `\(scenario)`)"
    case .otherCopies(let token, let here):
      "the token is for \(token) sessions of each writer that runs `times many`, here are \(here)"
    case .invalidSchedule(let place):
      "the token's schedule cannot be read from character \(place) on"
    }
  }
}
