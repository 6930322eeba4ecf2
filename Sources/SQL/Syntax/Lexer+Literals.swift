extension Lexer {
  // MARK: Strings

  /// Reads `E'…'`, `N'…'` and refuses `B'…'`, `X'…'`, `U&'…'`; false when none begins here.
  mutating func readPrefixedString() -> Bool {
    let start = cursor
    let quote = UInt8(ascii: "'")
    let prefix = byte(0) | 0x20
    if prefix == UInt8(ascii: "u"), byte(1) == UInt8(ascii: "&"),
      byte(2) == quote || byte(2) == UInt8(ascii: "\"")
    {
      report(
        .unexpectedCharacter, "`U&` strings are not supported", from: start, to: start + 2,
        help: "write the characters themselves, or use `E'\\u0041'`")
      advance(2)
      return true
    }
    guard byte(1) == quote else { return false }
    switch prefix {
    case UInt8(ascii: "e"):
      advance(1)
      readString(from: start, escapes: true)
    case UInt8(ascii: "n"):
      advance(1)
      readString(from: start, escapes: false)
    case UInt8(ascii: "b"), UInt8(ascii: "x"):
      report(
        .unexpectedCharacter, "bit strings are not supported", from: start, to: start + 2,
        help: "write a number instead")
      advance(1)
      readString(from: start, escapes: false)
    default:
      return false
    }
    return true
  }

  /// Reads a string whose opening quote is at the cursor.
  ///
  /// Two strings with a line break between them are one, as the standard has it.
  mutating func readString(from start: Int, escapes: Bool) {
    let opening = cursor
    var text: [UInt8] = []
    advance(1)
    let contentStart = cursor
    while true {
      guard cursor < end else {
        report(
          .unterminatedString, "string literal is never closed", from: start, to: opening + 1,
          help: "add a closing `'`")
        break
      }
      let next = byte(0)
      if next == UInt8(ascii: "'") {
        if byte(1) == next {
          text.append(next)
          advance(2)
          continue
        }
        let contentEnd = cursor
        advance(1)
        if skipToContinuation() { continue }
        return emitString(
          text, from: start, content: (contentStart, contentEnd), stop: contentEnd + 1)
      }
      if escapes, next == UInt8(ascii: "\\") {
        readEscape(into: &text)
      } else {
        text.append(next)
        advance(1)
      }
    }
    emitString(text, from: start, content: (contentStart, cursor), stop: cursor)
  }

  private mutating func emitString(
    _ text: [UInt8], from start: Int, content: (start: Int, end: Int), stop: Int
  ) {
    precondition(stop == cursor, "a string ends at \(stop), not at \(cursor)")
    emit(.string, String(decoding: text, as: UTF8.self), from: start, content: content)
  }

  /// Moves behind the opening quote of a string on a later line, if only blanks come before it.
  private mutating func skipToContinuation() -> Bool {
    var distance = 0
    var sawLineBreak = false
    while byte(distance) == 0x20 || (byte(distance) >= 0x09 && byte(distance) <= 0x0D) {
      if byte(distance) == UInt8(ascii: "\n") { sawLineBreak = true }
      distance += 1
    }
    guard sawLineBreak, byte(distance) == UInt8(ascii: "'") else { return false }
    advance(distance + 1)
    return true
  }

  /// Reads one backslash escape of an `E'…'` string.
  private mutating func readEscape(into text: inout [UInt8]) {
    let start = cursor
    advance(1)
    let letter = byte(0)
    guard cursor < end else { return }
    advance(1)
    switch letter {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      cursor -= 1
      appendScalar(readDigits(base: 8, most: 3), isByte: true, from: start, to: &text)
    case UInt8(ascii: "x") where byte(0).digitValue(base: 16) != nil:
      appendScalar(readDigits(base: 16, most: 2), isByte: true, from: start, to: &text)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let wanted = letter == UInt8(ascii: "u") ? 4 : 8
      let before = cursor
      let value = readDigits(base: 16, most: wanted)
      let isComplete = cursor - before == wanted
      appendScalar(isComplete ? value : 0, isByte: false, from: start, to: &text)
    default:
      text.append(letter)
    }
  }

  private mutating func appendScalar(
    _ value: UInt32, isByte: Bool, from start: Int, to text: inout [UInt8]
  ) {
    // A byte above 127 would be part of a UTF-8 sequence that the writer spells out.
    guard let scalar = UnicodeScalar(value), value != 0, !isByte || value < 0x80 else {
      report(
        .invalidEscape, "this escape stands for no character", from: start, to: cursor,
        help: "write the character itself, or `\\u` with four digits")
      return
    }
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func readDigits(base: UInt32, most: Int) -> UInt32 {
    var value: UInt32 = 0
    var count = 0
    while count < most, cursor < end, let digit = byte(0).digitValue(base: base) {
      value = value &* base &+ digit
      count += 1
      advance(1)
    }
    return value
  }

  // MARK: Quoted identifiers

  mutating func readQuotedIdentifier() {
    let start = cursor
    let quote = UInt8(ascii: "\"")
    var text: [UInt8] = []
    advance(1)
    while cursor < end {
      let next = byte(0)
      advance(1)
      if next != quote {
        text.append(next)
      } else if byte(0) == quote {
        text.append(quote)
        advance(1)
      } else {
        if text.isEmpty {
          report(
            .emptyIdentifier, "a name in quotes is empty", from: start, to: cursor,
            help: "write a name between the quotes; text goes between `'`")
        }
        let content = (start + 1, cursor - 1)
        return emit(
          .quoted, String(decoding: text, as: UTF8.self), from: start, content: content)
      }
    }
    report(
      .unterminatedIdentifier, "name in quotes is never closed", from: start, to: start + 1,
      help: "add a closing `\"`")
    emit(
      .quoted, String(decoding: text, as: UTF8.self), from: start, content: (start + 1, cursor))
  }

  // MARK: Dollars

  /// Reads `$1`, `$$…$$` or `$tag$…$tag$`.
  mutating func readDollar() {
    let start = cursor
    if byte(1).isDigit {
      advance(1)
      while byte(0).isDigit { advance(1) }
      emit(.positional, input.text(start + 1, cursor), from: start)
      return
    }
    var length = 1
    if byte(1).startsIdentifier {
      while byte(length).startsIdentifier || byte(length).isDigit { length += 1 }
    }
    guard byte(length) == UInt8(ascii: "$") else {
      advance(1)
      report(
        .unexpectedCharacter, "a dollar sign alone means nothing", from: start, to: cursor,
        help: "write `$1` for an argument, `$$ … $$` around a function's body")
      return emit(.invalid, "$", from: start)
    }
    readDollarString(delimiter: input.bytes[start...(start + length)])
  }

  private mutating func readDollarString(delimiter: ArraySlice<UInt8>) {
    let start = cursor
    advance(delimiter.count)
    let contentStart = cursor
    while cursor < end {
      if byte(0) == UInt8(ascii: "$"), matches(delimiter) {
        let contentEnd = cursor
        advance(delimiter.count)
        return emit(
          .dollarString, input.text(contentStart, contentEnd), from: start,
          content: (contentStart, contentEnd))
      }
      advance(1)
    }
    let tag = String(decoding: delimiter, as: UTF8.self)
    report(
      .unterminatedDollarQuote, "text between dollar quotes is never closed", from: start,
      to: contentStart, help: "add a closing `\(tag)`")
    emit(
      .dollarString, input.text(contentStart, cursor), from: start,
      content: (contentStart, cursor))
  }

  /// Whether `delimiter` stands at the cursor.
  ///
  /// It holds no `$` but at its ends, so that all comparisons of a text together look at each
  /// byte at most twice.
  private func matches(_ delimiter: ArraySlice<UInt8>) -> Bool {
    guard end - cursor >= delimiter.count else { return false }
    return input.bytes[cursor..<(cursor + delimiter.count)] == delimiter
  }

  // MARK: Numbers

  mutating func readNumber() {
    let start = cursor
    var isDecimal = false
    skipDigits()
    if byte(0) == UInt8(ascii: "."), byte(1) != UInt8(ascii: ".") {
      isDecimal = true
      advance(1)
      skipDigits()
    }
    if byte(0) | 0x20 == UInt8(ascii: "e") {
      let hasSign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-")
      if byte(hasSign ? 2 : 1).isDigit {
        isDecimal = true
        advance(hasSign ? 2 : 1)
        skipDigits()
      }
    }
    let stop = cursor
    if cursor < end, byte(0).startsIdentifier {
      while cursor < end, byte(0).continuesIdentifier { advance(1) }
      report(
        .invalidNumber, "trailing junk after numeric literal", from: start, to: cursor,
        help: "put a space after the number, or quotes around a name that starts with a digit")
    }
    emit(isDecimal ? .decimal : .integer, input.text(start, stop), from: start)
  }

  private mutating func skipDigits() {
    while byte(0).isDigit { advance(1) }
  }
}

extension UInt8 {
  /// The digit's value in a base, `nil` if it is none.
  fileprivate func digitValue(base: UInt32) -> UInt32? {
    let value: UInt32
    switch self {
    case 0x30...0x39: value = UInt32(self) - 0x30
    case 0x41...0x46: value = UInt32(self) - 0x37
    case 0x61...0x66: value = UInt32(self) - 0x57
    default: return nil
    }
    return value < base ? value : nil
  }
}
