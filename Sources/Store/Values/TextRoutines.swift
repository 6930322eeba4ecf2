/// Functions on texts.
///
/// A character is a Unicode code point, as in PostgreSQL with UTF-8.
enum TextRoutines {
  static func call(
    _ routine: TextRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    let first = arguments.count > 0 ? arguments[0].asText ?? "" : ""
    let second = arguments.count > 1 ? arguments[1].asText : nil
    switch routine {
    case .concatenate: return Value(text: first + (second ?? ""))
    case .like: return Value(try TextPattern.matches(first, second ?? ""))
    case .likeEscape:
      return Value(text: try TextPattern.escaping(first, with: second ?? ""))
    case .notLike: return Value(!(try TextPattern.matches(first, second ?? "")))
    case .iLike:
      return Value(try TextPattern.matches(first.lowercased(), (second ?? "").lowercased()))
    case .notILike:
      return Value(!(try TextPattern.matches(first.lowercased(), (second ?? "").lowercased())))
    case .length: return Value(integer: first.unicodeScalars.count)
    case .byteLength: return Value(integer: first.utf8.count)
    case .lower: return Value(text: first.lowercased())
    case .upper: return Value(text: first.uppercased())
    case .capitalize: return Value(text: capitalized(first))
    case .trimBoth, .trimLeft, .trimRight:
      return Value(text: trimmed(first, second ?? " ", routine))
    case .substring, .left, .right, .overlay, .repeat, .splitPart, .padLeft, .padRight:
      return try slice(routine, first, arguments)
    case .replace: return Value(text: replaced(first, second ?? "", arguments[2].asText ?? ""))
    case .translate: return Value(text: translated(first, second ?? "", arguments[2].asText ?? ""))
    case .position: return Value(integer: position(of: second ?? "", in: first))
    case .reverse:
      return Value(text: String(String.UnicodeScalarView(first.unicodeScalars.reversed())))
    case .concat, .concatSeparated, .format: return try joined(routine, arguments, context)
    case .md5: return Value(text: Digest.md5(arguments[0].asBytes ?? Array(first.utf8)))
    case .character: return try character(arguments[0].asInteger ?? 0)
    case .code: return Value(integer: Int64(first.unicodeScalars.first?.value ?? 0))
    case .startsWith: return Value(first.utf8.starts(with: (second ?? "").utf8))
    case .quoteLiteral: return Value(text: quotedLiteral(first))
    case .quoteIdentifier: return Value(text: quotedIdentifier(first))
    case .quoteNullable:
      return Value(text: arguments[0].isNull ? "NULL" : quotedLiteral(first))
    case .hash: return Value(integer: Int64(Int32(bitPattern: Digest.hash(Array(first.utf8)))))
    case .hashExtended:
      let seed = UInt64(bitPattern: arguments[1].asInteger ?? 0)
      return Value(
        integer: Int64(bitPattern: Digest.hashExtended(Array(first.utf8), seed: seed)))
    case .toHex: return Value(text: hexadecimal(arguments[0].asInteger ?? 0))
    case .formatType, .numberToText:
      return Value(
        text: try NumberPattern.format(arguments[0].asNumeric ?? .zero, second ?? ""))
    case .bytesConcatenate:
      return Value(bytes: (arguments[0].asBytes ?? []) + (arguments[1].asBytes ?? []))
    case .bytesLength: return Value(integer: (arguments[0].asBytes ?? []).count)
    }
  }

  private static func hexadecimal(_ number: Int64) -> String {
    let isShort = number < 0 && number >= Int64(Int32.min)
    let bits = UInt64(bitPattern: number)
    return String(isShort ? bits & 0xFFFF_FFFF : bits, radix: 16)
  }

  private static func capitalized(_ text: String) -> String {
    var result = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      let isWord = scalar.properties.isAlphabetic || (scalar.value >= 48 && scalar.value <= 57)
      let character = String(scalar)
      result += isInside ? character.lowercased() : character.uppercased()
      isInside = isWord
    }
    return result
  }

  private static func trimmed(_ text: String, _ set: String, _ routine: TextRoutine) -> String {
    var scalars = text.unicodeScalars[...]
    let trimmed = Set(set.unicodeScalars)
    if routine != .trimRight {
      while let scalar = scalars.first, trimmed.contains(scalar) { scalars.removeFirst() }
    }
    if routine != .trimLeft {
      while let scalar = scalars.last, trimmed.contains(scalar) { scalars.removeLast() }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  static func replaced(_ text: String, _ old: String, _ new: String) -> String {
    let (source, pattern) = (Array(text.utf8), Array(old.utf8))
    guard !pattern.isEmpty else { return text }
    var result: [UInt8] = []
    var cursor = 0
    while cursor < source.count {
      if source[cursor...].starts(with: pattern) {
        result.append(contentsOf: new.utf8)
        cursor += pattern.count
      } else {
        result.append(source[cursor])
        cursor += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func translated(_ text: String, _ from: String, _ to: String) -> String {
    let (from, to) = (Array(from.unicodeScalars), Array(to.unicodeScalars))
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard let index = from.firstIndex(of: scalar) else {
        result.append(scalar)
        continue
      }
      if index < to.count { result.append(to[index]) }
    }
    return String(result)
  }

  /// The place of a text in another, counted in characters from 1; 0 where it is not.
  private static func position(of part: String, in text: String) -> Int {
    let (source, pattern) = (Array(text.unicodeScalars), Array(part.unicodeScalars))
    if pattern.isEmpty { return 1 }
    guard source.count >= pattern.count else { return 0 }
    for start in 0...(source.count - pattern.count)
    where source[start..<(start + pattern.count)].elementsEqual(pattern) { return start + 1 }
    return 0
  }

  private static func character(_ code: Int64) throws(SQLError) -> Value {
    if code == 0 { throw SQLError(.programLimitExceeded, "null character not permitted") }
    if code < 0 { throw SQLError(.programLimitExceeded, "character number must be positive") }
    guard let code = UInt32(exactly: code), let scalar = Unicode.Scalar(code) else {
      throw SQLError(
        .programLimitExceeded, "requested character too large for encoding: \(code)")
    }
    return Value(text: String(scalar))
  }

  static func quotedLiteral(_ text: String) -> String {
    let quoted = replaced(replaced(text, "'", "''"), "\\", "\\\\")
    return (text.utf8.contains(UInt8(ascii: "\\")) ? "E'" : "'") + quoted + "'"
  }

  static func quotedIdentifier(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let isPlain =
      bytes.first.map { ($0 >= 97 && $0 <= 122) || $0 == 95 } ?? false
      && bytes.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == 95 || $0.isDigit }
    if isPlain, !ReservedWords.contains(text) { return text }
    return "\"" + replaced(text, "\"", "\"\"") + "\""
  }

  // MARK: Pieces

  private static let lengthError = SQLError(
    .programLimitExceeded, "requested length too large")
  private static let lengthLimit = 1 << 28

  private static func slice(
    _ routine: TextRoutine, _ text: String, _ arguments: Span<Value>
  ) throws(SQLError) -> Value {
    let scalars = Array(text.unicodeScalars)
    let number = arguments.count > 1 ? Int(arguments[1].asInteger ?? 0) : 0
    switch routine {
    case .left:
      let count = number < 0 ? max(0, scalars.count + number) : min(number, scalars.count)
      return Value(text: string(scalars[..<count]))
    case .right:
      let skipped = number < 0 ? min(-number, scalars.count) : max(0, scalars.count - number)
      return Value(text: string(scalars[skipped...]))
    case .substring:
      let count = arguments.count > 2 ? Int(arguments[2].asInteger ?? 0) : nil
      return Value(text: string(try part(scalars, number, count)))
    case .overlay:
      let new = Array((arguments[1].asText ?? "").unicodeScalars)
      let start = Int(arguments[2].asInteger ?? 0)
      let count = arguments.count > 3 ? Int(arguments[3].asInteger ?? 0) : new.count
      if start <= 0 { throw SQLError(.substringError, "negative substring length not allowed") }
      let head = try part(scalars, 1, start - 1)
      let tail = try part(scalars, start + count, nil)
      return Value(text: string((head + new + tail)[...]))
    case .repeat:
      guard scalars.count * max(0, number) < lengthLimit else { throw lengthError }
      return Value(text: String(repeating: text, count: max(0, number)))
    case .splitPart: return try splitPart(text, arguments)
    default:
      let fill = arguments.count > 2 ? arguments[2].asText ?? "" : " "
      guard number < lengthLimit else { throw lengthError }
      return Value(text: padded(scalars, max(0, number), Array(fill.unicodeScalars), routine))
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  private static func part(_ scalars: [Unicode.Scalar], _ start: Int, _ count: Int?)
    throws(SQLError) -> ArraySlice<Unicode.Scalar>
  {
    if let count, count < 0 {
      throw SQLError(.substringError, "negative substring length not allowed")
    }
    let lower = min(max(start - 1, 0), scalars.count)
    let upper = count.map { min(max(start - 1 + $0, lower), scalars.count) } ?? scalars.count
    return scalars[lower..<upper]
  }

  private static func padded(
    _ scalars: [Unicode.Scalar], _ length: Int, _ fill: [Unicode.Scalar], _ routine: TextRoutine
  ) -> String {
    if scalars.count >= length { return string(scalars[..<length]) }
    guard !fill.isEmpty else { return string(scalars[...]) }
    let padding = (0..<(length - scalars.count)).map { fill[$0 % fill.count] }
    return string((routine == .padLeft ? padding + scalars : scalars + padding)[...])
  }

  private static func splitPart(_ text: String, _ arguments: Span<Value>) throws(SQLError) -> Value
  {
    let wanted = Int(arguments[2].asInteger ?? 0)
    if wanted == 0 {
      throw SQLError(.invalidParameterValue, "field position must not be zero")
    }
    let (source, pattern) = (Array(text.utf8), Array((arguments[1].asText ?? "").utf8))
    var fields: [[UInt8]] = [[]]
    var cursor = 0
    while cursor < source.count {
      if !pattern.isEmpty, source[cursor...].starts(with: pattern) {
        fields.append([])
        cursor += pattern.count
      } else {
        fields[fields.count - 1].append(source[cursor])
        cursor += 1
      }
    }
    let index = wanted > 0 ? wanted - 1 : fields.count + wanted
    guard fields.indices.contains(index) else { return Value(text: "") }
    return Value(text: String(decoding: fields[index], as: UTF8.self))
  }

  // MARK: Any number of arguments

  /// The text of an argument that was cast to text, or is a boolean.
  private static func text(_ value: Value, _ context: EvaluationContext) -> String {
    value.asText ?? value.formatted(as: .boolean, catalog: context.catalog)
  }

  private static func joined(
    _ routine: TextRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    var texts: [String?] = []
    for index in arguments.indices {
      texts.append(arguments[index].isNull ? nil : text(arguments[index], context))
    }
    switch routine {
    case .concat: return Value(text: texts.compactMap { $0 }.joined())
    case .concatSeparated:
      guard let separator = texts[0] else { return .null }
      return Value(text: texts.dropFirst().compactMap { $0 }.joined(separator: separator))
    default:
      guard let pattern = texts[0] else { return .null }
      return Value(text: try FormatPattern.format(pattern, Array(texts.dropFirst())))
    }
  }
}
