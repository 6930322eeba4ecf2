/// Reads JSON texts, with PostgreSQL's errors.
struct JSONReader {
  private let bytes: [UInt8]
  private var cursor = 0
  /// Whether the text is read as `jsonb`, which decodes every string.
  private let isBinary: Bool
  private var depth = 0
  /// How deep arrays and objects may nest.
  private static let depthLimit = 1000

  static func read(_ text: String, isBinary: Bool) throws(SQLError) -> JSON {
    var reader = JSONReader(bytes: Array(text.utf8), isBinary: isBinary)
    reader.skipSpaces()
    let json = try reader.readValue { "Expected JSON value, but found \"\($0)\"." }
    reader.skipSpaces()
    if reader.cursor < reader.bytes.count {
      throw reader.failure { "Expected end of input, but found \"\($0)\"." }
    }
    return json
  }

  private init(bytes: [UInt8], isBinary: Bool) {
    self.bytes = bytes
    self.isBinary = isBinary
  }

  private var current: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

  private mutating func skipSpaces() {
    while let byte = current, byte == 32 || byte == 9 || byte == 10 || byte == 13 { cursor += 1 }
  }

  private static func invalid(_ detail: String) -> SQLError {
    SQLError(
      .invalidTextRepresentation, "invalid input syntax for type json", detail: detail)
  }

  /// The token at the cursor, and whether it is one at all.
  private var token: (text: String, isValid: Bool) {
    var copy = self
    guard let byte = current else { return ("", false) }
    let start = cursor
    if "{}[],:".utf8.contains(byte) {
      copy.cursor += 1
      return (String(decoding: [byte], as: UTF8.self), true)
    }
    if byte == UInt8(ascii: "\"") {
      let isValid = (try? copy.readString()) != nil
      return (String(decoding: bytes[start..<copy.cursor], as: UTF8.self), isValid)
    }
    if byte == 45 || byte.isDigit {
      let isValid = (try? copy.readNumber()) != nil
      return (String(decoding: bytes[start..<copy.cursor], as: UTF8.self), isValid)
    }
    while let byte = copy.current, byte.isLetter || byte.isDigit || byte == 95 || byte >= 128 {
      copy.cursor += 1
    }
    if copy.cursor == start { copy.cursor += 1 }
    let text = String(decoding: bytes[start..<copy.cursor], as: UTF8.self)
    return (text, ["true", "false", "null"].contains(text))
  }

  private func failure(_ expected: (String) -> String) -> SQLError {
    if current == nil { return Self.invalid("The input string ended unexpectedly.") }
    let token = token
    return Self.invalid(
      token.isValid ? expected(token.text) : "Token \"\(token.text)\" is invalid.")
  }

  private mutating func readValue(_ expected: (String) -> String) throws(SQLError) -> JSON {
    let start = cursor
    let kind: JSON.Kind
    switch current {
    case UInt8(ascii: "{"): kind = try readObject()
    case UInt8(ascii: "["): kind = try readArray()
    case UInt8(ascii: "\""): kind = .string(try readString())
    case .some(let byte) where byte == 45 || byte.isDigit: kind = .number(try readNumber())
    case .some(let byte) where byte.isLetter:
      switch token.text {
      case "true": kind = .boolean(true)
      case "false": kind = .boolean(false)
      case "null": kind = .null
      default: throw failure(expected)
      }
      cursor += token.text.utf8.count
    default: throw failure(expected)
    }
    return JSON(kind, source: start..<cursor)
  }

  private mutating func enter() throws(SQLError) {
    depth += 1
    cursor += 1
    if depth > Self.depthLimit {
      throw SQLError(.programLimitExceeded, "stack depth limit exceeded")
    }
    skipSpaces()
  }

  private mutating func readArray() throws(SQLError) -> JSON.Kind {
    try enter()
    defer { depth -= 1 }
    var elements: [JSON] = []
    if current == UInt8(ascii: "]") {
      cursor += 1
      return .array([])
    }
    while true {
      elements.append(try readValue { "Expected JSON value, but found \"\($0)\"." })
      skipSpaces()
      if current == UInt8(ascii: "]") { break }
      guard current == UInt8(ascii: ",") else {
        throw failure { "Expected \",\" or \"]\", but found \"\($0)\"." }
      }
      cursor += 1
      skipSpaces()
    }
    cursor += 1
    return .array(elements)
  }

  private mutating func readObject() throws(SQLError) -> JSON.Kind {
    try enter()
    defer { depth -= 1 }
    var members: [(key: String, value: JSON)] = []
    if current == UInt8(ascii: "}") {
      cursor += 1
      return .object([])
    }
    while true {
      guard current == UInt8(ascii: "\"") else {
        throw failure {
          members.isEmpty
            ? "Expected string or \"}\", but found \"\($0)\"."
            : "Expected string, but found \"\($0)\"."
        }
      }
      let key = try readString()
      skipSpaces()
      guard current == UInt8(ascii: ":") else {
        throw failure { "Expected \":\", but found \"\($0)\"." }
      }
      cursor += 1
      skipSpaces()
      members.append((key, try readValue { "Expected JSON value, but found \"\($0)\"." }))
      skipSpaces()
      if current == UInt8(ascii: "}") { break }
      guard current == UInt8(ascii: ",") else {
        throw failure { "Expected \",\" or \"}\", but found \"\($0)\"." }
      }
      cursor += 1
      skipSpaces()
    }
    cursor += 1
    return .object(members)
  }

  private mutating func readNumber() throws(SQLError) -> Numeric {
    let start = cursor
    if current == 45 { cursor += 1 }
    var isValid = true
    if current == 48 { cursor += 1 } else { isValid = skipDigits() }
    if current == UInt8(ascii: ".") {
      cursor += 1
      isValid = skipDigits() && isValid
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      cursor += 1
      if current == 43 || current == 45 { cursor += 1 }
      isValid = skipDigits() && isValid
    }
    while let byte = current, byte.isLetter || byte.isDigit || byte == 95 || byte >= 128 {
      isValid = false
      cursor += 1
    }
    let text = String(decoding: bytes[start..<cursor], as: UTF8.self)
    guard isValid else { throw Self.invalid("Token \"\(text)\" is invalid.") }
    guard isBinary else { return .zero }
    guard let number = try Numeric.parse(text) else { throw .invalidInput("numeric", text) }
    return number
  }

  private mutating func skipDigits() -> Bool {
    let start = cursor
    while current?.isDigit == true { cursor += 1 }
    return cursor > start
  }

  private mutating func readString() throws(SQLError) -> String {
    let start = cursor
    cursor += 1
    var decoded: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      if byte < 32 {
        cursor += 1
        let code = hexadecimalText([byte])
        throw Self.invalid("Character with value 0x\(code) must be escaped.")
      }
      cursor += 1
      if byte == UInt8(ascii: "\\") {
        try readEscape(&decoded, from: start)
      } else {
        decoded.append(byte)
      }
    }
    guard current != nil else {
      let text = String(decoding: bytes[start..<cursor], as: UTF8.self)
      throw Self.invalid("Token \"\(text)\" is invalid.")
    }
    cursor += 1
    return String(decoding: decoded, as: UTF8.self)
  }

  private mutating func readEscape(_ decoded: inout [UInt8], from start: Int) throws(SQLError) {
    guard let byte = current else { return }
    cursor += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
    case UInt8(ascii: "b"): decoded.append(8)
    case UInt8(ascii: "f"): decoded.append(12)
    case UInt8(ascii: "n"): decoded.append(10)
    case UInt8(ascii: "r"): decoded.append(13)
    case UInt8(ascii: "t"): decoded.append(9)
    case UInt8(ascii: "u"): try readUnicode(&decoded)
    default:
      let escaped = String(decoding: [byte], as: UTF8.self)
      throw Self.invalid("Escape sequence \"\\\(escaped)\" is invalid.")
    }
  }

  private mutating func readUnicode(_ decoded: inout [UInt8]) throws(SQLError) {
    var code = try readHexadecimal()
    if (0xD800..<0xDC00).contains(code) {
      guard current == UInt8(ascii: "\\"), cursor + 1 < bytes.count,
        bytes[cursor + 1] == UInt8(ascii: "u")
      else {
        throw Self.invalid("Unicode low surrogate must follow a high surrogate.")
      }
      cursor += 2
      let low = try readHexadecimal()
      guard (0xDC00..<0xE000).contains(low) else {
        throw Self.invalid("Unicode low surrogate must follow a high surrogate.")
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    if code == 0, isBinary {
      throw SQLError(
        .untranslatableCharacter, "unsupported Unicode escape sequence",
        detail: "\\u0000 cannot be converted to text.")
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw Self.invalid("Unicode low surrogate must follow a high surrogate.")
    }
    decoded.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func readHexadecimal() throws(SQLError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current?.hexadecimal else {
        throw Self.invalid("\"\\u\" must be followed by four hexadecimal digits.")
      }
      code = code << 4 | UInt32(digit)
      cursor += 1
    }
    return code
  }
}
