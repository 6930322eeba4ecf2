/// Cuts a text into tokens by PostgreSQL's rules (manual section 4.1, `scan.l`).
///
/// It reads every byte once, never fails and never stops early: what it cannot read is reported
/// and becomes an ``Token/Kind/invalid`` token or nothing. The last token is always
/// ``Token/Kind/endOfFile``.
///
/// - Note: Unlike PostgreSQL, a colon before a letter begins a parameter: `:grace`. Array slices
///   whose upper bound is a name must have a space there; RaceSim has no arrays to slice.
struct Lexer {
  let input: LexerInput
  var cursor: Int
  private(set) var tokens: [Token] = []
  private(set) var diagnostics: [Diagnostic] = []

  init(_ input: LexerInput) {
    self.input = input
    self.cursor = input.range.lowerBound
  }

  /// The offset after the last byte.
  var end: Int { input.range.upperBound }

  /// The largest text that is read.
  static let bytesLimit = 16 << 20

  /// Reads all tokens.
  static func tokens(of input: LexerInput) -> (tokens: [Token], diagnostics: [Diagnostic]) {
    guard input.range.count <= bytesLimit else {
      let place = input.span(input.range.lowerBound, input.range.lowerBound)
      let diagnostic = Diagnostic(
        .fileTooLarge, "the file has \(input.range.count) bytes", at: place,
        help: "a file may have at most \(bytesLimit) bytes")
      return ([Token(.endOfFile, "", at: place)], [diagnostic])
    }
    var lexer = Lexer(input)
    lexer.run()
    return (lexer.tokens, lexer.diagnostics)
  }

  private mutating func run() {
    if input.offsets == nil, input.range == input.bytes.indices { checkEncoding() }
    if byte(0) == 0xEF, byte(1) == 0xBB, byte(2) == 0xBF { cursor += 3 }
    while cursor < end {
      readNext()
    }
    emit(.endOfFile, "", from: end)
  }

  /// Reports the first byte that is not UTF-8.
  private mutating func checkEncoding() {
    var decoder = UTF8Scanner(bytes: input.bytes)
    guard let offset = decoder.firstInvalidOffset() else { return }
    report(
      .invalidUTF8, "the file is not valid UTF-8", from: offset,
      to: min(offset + 1, input.bytes.count), help: "save the file with the encoding UTF-8")
  }

  // MARK: Bytes

  /// The byte at a distance from the cursor; zero past the end.
  func byte(_ distance: Int) -> UInt8 {
    let offset = cursor + distance
    return offset < end ? input.bytes[offset] : 0
  }

  mutating func advance(_ count: Int) { cursor = min(cursor + count, end) }

  mutating func emit(_ kind: Token.Kind, _ text: String, from start: Int) {
    tokens.append(Token(kind, text, at: input.span(start, cursor)))
  }

  mutating func emit(
    _ kind: Token.Kind, _ text: String, from start: Int, content: (start: Int, end: Int)
  ) {
    let span = input.span(start, cursor)
    tokens.append(
      Token(kind, text, at: span, content: input.span(content.start, content.end)))
  }

  mutating func report(
    _ code: DiagnosticCode, _ message: String, from start: Int, to stop: Int, help: String
  ) {
    guard diagnostics.count < Diagnostic.countLimit else { return }
    diagnostics.append(Diagnostic(code, message, at: input.span(start, stop), help: help))
  }

  // MARK: Dispatch

  private mutating func readNext() {
    let first = byte(0)
    switch first {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0B,
      0x0C:
      cursor += 1
    case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"):
      skipLineComment()
    case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
      skipBlockComment()
    case UInt8(ascii: "'"):
      readString(from: cursor, escapes: false)
    case UInt8(ascii: "\""):
      readQuotedIdentifier()
    case UInt8(ascii: "$"):
      readDollar()
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      readNumber()
    case UInt8(ascii: ".") where byte(1).isDigit:
      readNumber()
    case UInt8(ascii: ":"):
      readColon()
    case let letter where letter.startsIdentifier:
      readWord()
    case let mark where mark.isOperatorCharacter:
      readOperator()
    default:
      readPunctuation()
    }
  }

  private mutating func skipLineComment() {
    while cursor < end, byte(0) != UInt8(ascii: "\n") { cursor += 1 }
  }

  private mutating func skipBlockComment() {
    let start = cursor
    var depth = 0
    repeat {
      if byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
        depth += 1
        advance(2)
      } else if byte(0) == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
        depth -= 1
        advance(2)
      } else {
        advance(1)
      }
    } while depth > 0 && cursor < end
    if depth > 0 {
      report(
        .unterminatedComment, "comment is never closed", from: start, to: start + 2,
        help: "add a closing `*/`; comments nest, so every `/*` needs its own")
    }
  }

  // MARK: Words and marks

  private mutating func readWord() {
    let start = cursor
    if isStrayTypography() { return }
    if readPrefixedString() { return }
    while cursor < end, byte(0).continuesIdentifier { cursor += 1 }
    emit(.word, folded(start, cursor), from: start)
  }

  /// The text of a range with the letters A to Z made small, as PostgreSQL folds names.
  func folded(_ start: Int, _ stop: Int) -> String {
    String(
      decoding: input.bytes[start..<stop].lazy.map { byte in
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      }, as: UTF8.self)
  }

  /// Reports the quotes and spaces that word processors put in; PostgreSQL takes them for letters.
  private mutating func isStrayTypography() -> Bool {
    let scalar = (UInt32(byte(0)) << 16) | (UInt32(byte(1)) << 8) | UInt32(byte(2))
    let start = cursor
    switch scalar {
    case 0xE28098, 0xE28099, 0xE2809C, 0xE2809D:
      advance(3)
      report(
        .unexpectedCharacter, "a curly quote is no quote in SQL", from: start, to: cursor,
        help: "type `'` around text and `\"` around names")
    case 0xE2808B, 0xEFBBBF:
      advance(3)
      report(
        .unexpectedCharacter, "an invisible character", from: start, to: cursor,
        help: "delete it")
    case let other where other >> 8 == 0xC2A0:
      advance(2)
      report(
        .unexpectedCharacter, "a no-break space is no space in SQL", from: start, to: cursor,
        help: "type a plain space")
    default:
      return false
    }
    return true
  }

  private mutating func readColon() {
    let start = cursor
    let next = byte(1)
    if next == UInt8(ascii: ":") || next == UInt8(ascii: "=") {
      advance(2)
      emit(.symbol, next == UInt8(ascii: ":") ? "::" : ":=", from: start)
    } else if next.startsIdentifier {
      cursor += 1
      let nameStart = cursor
      while cursor < end, byte(0).continuesIdentifier { cursor += 1 }
      emit(.parameter, folded(nameStart, cursor), from: start)
    } else {
      cursor += 1
      emit(.symbol, ":", from: start)
    }
  }

  private mutating func readOperator() {
    let start = cursor
    var stop = cursor
    while stop < end, input.bytes[stop].isOperatorCharacter {
      let second = stop + 1 < end ? input.bytes[stop + 1] : 0
      let isComment =
        (input.bytes[stop] == UInt8(ascii: "-") && second == UInt8(ascii: "-"))
        || (input.bytes[stop] == UInt8(ascii: "/") && second == UInt8(ascii: "*"))
      if isComment { break }
      stop += 1
    }
    // A run that ends in + or - is one operator only if it holds a mark that SQL's own
    // operators lack; otherwise `=-1` would not be `= -1`.
    let hasSpecialMark = input.bytes[start..<stop].contains { $0.isSpecialOperatorCharacter }
    while stop > start + 1, !hasSpecialMark,
      input.bytes[stop - 1] == UInt8(ascii: "+") || input.bytes[stop - 1] == UInt8(ascii: "-")
    {
      stop -= 1
    }
    cursor = stop
    let text = input.text(start, stop)
    emit(.symbol, text == "!=" ? "<>" : text, from: start)
  }

  private mutating func readPunctuation() {
    let start = cursor
    let first = byte(0)
    cursor += 1
    switch first {
    case UInt8(ascii: ".") where byte(0) == UInt8(ascii: "."):
      cursor += 1
      emit(.symbol, "..", from: start)
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ";"),
      UInt8(ascii: "."):
      emit(.symbol, String(UnicodeScalar(first)), from: start)
    case 0:
      report(
        .nulByte, "a NUL byte", from: start, to: cursor,
        help: "the file is damaged, or is not text in UTF-8")
      emit(.invalid, "", from: start)
    case UInt8(ascii: "\\"):
      report(
        .unexpectedCharacter, "backslash commands belong to psql, not to SQL", from: start,
        to: cursor, help: "delete the line")
      emit(.invalid, "\\", from: start)
    default:
      report(
        .unexpectedCharacter, "unexpected control character \(Int(first))", from: start,
        to: cursor, help: "delete it")
      emit(.invalid, "", from: start)
    }
  }
}

/// Finds the first byte of a text that is not UTF-8.
private struct UTF8Scanner {
  let bytes: [UInt8]

  mutating func firstInvalidOffset() -> Int? {
    var offset = 0
    while offset < bytes.count {
      let length = sequenceLength(at: offset)
      if length == 0 { return offset }
      offset += length
    }
    return nil
  }

  /// The length of the well-formed sequence at `offset`, 0 if there is none (Unicode table 3-7).
  private func sequenceLength(at offset: Int) -> Int {
    let first = bytes[offset]
    let (length, second): (Int, ClosedRange<UInt8>)
    switch first {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return 0 }
    for next in bytes[(offset + 2)..<max(offset + 2, offset + length)] where next & 0xC0 != 0x80 {
      return 0
    }
    return length
  }
}

extension UInt8 {
  var isDigit: Bool { self >= 0x30 && self <= 0x39 }

  var startsIdentifier: Bool {
    let small = self | 0x20
    return (small >= 0x61 && small <= 0x7A) || self == 0x5F || self >= 0x80
  }

  var continuesIdentifier: Bool { startsIdentifier || isDigit || self == 0x24 }

  var isOperatorCharacter: Bool {
    switch self {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="):
      true
    default:
      isSpecialOperatorCharacter
    }
  }

  /// Marks that no operator of standard SQL has.
  var isSpecialOperatorCharacter: Bool {
    switch self {
    case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"),
      UInt8(ascii: "%"), UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"),
      UInt8(ascii: "`"), UInt8(ascii: "?"):
      true
    default:
      false
    }
  }
}
