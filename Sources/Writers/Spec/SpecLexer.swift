import SQL

/// A piece of a spec file.
struct SpecToken: Hashable {
  enum Kind: Hashable {
    /// A reserved word, unquoted.
    case keyword
    /// A name, with its quotes taken off.
    case identifier
    case integer
    /// The text between braces.
    case block
    /// One of `( ) , *`.
    case mark
    case end
  }

  var kind: Kind
  var text: String
  var span: SourceSpan
}

/// Cuts a spec file into tokens (`specscanner.l`).
///
/// A comment runs from `#` to the end of its line; a block of SQL from `{` to the next `}`, whatever
/// stands between.
struct SpecLexer {
  static let keywords: Set<String> = [
    "notices", "permutation", "session", "setup", "step", "teardown",
  ]

  private let bytes: [UInt8]
  private let file: UInt16
  private var cursor = 0
  private(set) var diagnostics: [Diagnostic] = []

  init(_ source: SourceFile, index: UInt16) {
    bytes = source.bytes
    file = index
  }

  /// All tokens, with ``SpecToken/Kind/end`` at the end.
  mutating func tokens() -> [SpecToken] {
    var result: [SpecToken] = []
    while let token = next() { result.append(token) }
    result.append(SpecToken(kind: .end, text: "", span: span(bytes.count, bytes.count)))
    return result
  }

  private func span(_ start: Int, _ end: Int) -> SourceSpan {
    SourceSpan(file: file, start: start, end: end)
  }

  private func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func next() -> SpecToken? {
    while cursor < bytes.count {
      let start = cursor
      let byte = bytes[cursor]
      cursor += 1
      switch byte {
      case UInt8(ascii: "\n"): continue
      case let byte where Self.isBlank(byte): continue
      case UInt8(ascii: "#"):
        while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\n") { cursor += 1 }
      case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "*"):
        return SpecToken(kind: .mark, text: text(start, cursor), span: span(start, cursor))
      case UInt8(ascii: "{"): return block(from: start)
      case UInt8(ascii: "\""):
        if let name = quotedName(from: start) { return name }
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        while cursor < bytes.count, Self.isDigit(bytes[cursor]) { cursor += 1 }
        return SpecToken(kind: .integer, text: text(start, cursor), span: span(start, cursor))
      case let byte where Self.beginsName(byte):
        while cursor < bytes.count, Self.continuesName(bytes[cursor]) { cursor += 1 }
        let word = text(start, cursor)
        return SpecToken(
          kind: Self.keywords.contains(word) ? .keyword : .identifier, text: word,
          span: span(start, cursor))
      default:
        report(
          .unexpectedCharacter, "unexpected character `\(text(start, cursor))`", start, cursor,
          help: "SQL stands between braces; a comment begins with `#`")
      }
    }
    return nil
  }

  private mutating func block(from start: Int) -> SpecToken {
    while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "}") { cursor += 1 }
    let isClosed = cursor < bytes.count
    if !isClosed {
      report(
        .unclosedBlock, "this block is never closed", start, start + 1,
        help: "add `}`; a block ends at the first one, also within quotes")
    }
    var first = start + 1
    var last = cursor
    while first < last, Self.isBlank(bytes[first]) { first += 1 }
    while last > first, Self.isBlank(bytes[last - 1]) { last -= 1 }
    if isClosed { cursor += 1 }
    return SpecToken(kind: .block, text: text(first, last), span: span(first, last))
  }

  /// A name in double quotes; a quote in it is doubled.
  private mutating func quotedName(from start: Int) -> SpecToken? {
    var name: [UInt8] = []
    while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\n") {
      let byte = bytes[cursor]
      cursor += 1
      guard byte == UInt8(ascii: "\"") else {
        name.append(byte)
        continue
      }
      guard cursor < bytes.count, bytes[cursor] == byte else {
        return SpecToken(
          kind: .identifier, text: String(decoding: name, as: UTF8.self), span: span(start, cursor))
      }
      name.append(byte)
      cursor += 1
    }
    report(
      .unterminatedIdentifier, "this name is never closed", start, cursor,
      help: "add `\"`; a name is on one line")
    return nil
  }

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, _ start: Int, _ end: Int, help: String
  ) {
    guard diagnostics.count < Diagnostic.countLimit else { return }
    diagnostics.append(Diagnostic(code, message, at: span(start, end), help: help))
  }

  // MARK: Bytes

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
      || byte == 0x0C
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func beginsName(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_")
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  static func continuesName(_ byte: UInt8) -> Bool {
    beginsName(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
  }
}
