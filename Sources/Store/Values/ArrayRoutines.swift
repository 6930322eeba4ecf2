/// Arrays: their text, their order, and the functions on them.
///
/// Source: arrayfuncs.c, array_userfuncs.c, and `text_to_array` in varlena.c.
package enum ArrayRoutines {
  /// The most elements that an array may have here.
  static let elementsLimit = 10_000

  // MARK: Text

  /// As `array_out` writes an array.
  static func text(
    _ elements: [Value], of type: DataType, catalog: TypeCatalog, options: FormatOptions
  ) -> String {
    let items = elements.map { element -> String in
      if element.isNull { return "NULL" }
      let text = element.formatted(as: type, catalog: catalog, options: options)
      return needsQuotes(text) ? quoted(text) : text
    }
    return "{" + items.joined(separator: ",") + "}"
  }

  private static func needsQuotes(_ text: String) -> Bool {
    text.isEmpty || text.utf8.count == 4 && text.lowercased() == "null"
      || text.utf8.contains { $0.isSpace || #"{}",\"#.utf8.contains($0) }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for character in text.unicodeScalars {
      if character == "\"" || character == "\\" { result += "\\" }
      result.unicodeScalars.append(character)
    }
    return result + "\""
  }

  /// As `array_in` reads an array of one dimension.
  ///
  /// - Throws: 22P02 where the text is none, and a refusal where it has several dimensions or bounds.
  static func parse(
    _ text: String, of type: DataType, catalog: TypeCatalog, options: FormatOptions,
    time: EvaluationTime?
  ) throws(SQLError) -> Value {
    var elements: [Value] = []
    for item in try items(of: text) {
      guard let item else {
        elements.append(.null)
        continue
      }
      elements.append(
        try Value.parse(item, as: type, catalog: catalog, options: options, time: time))
    }
    return Value(elements: elements)
  }

  /// The elements of an array's text; `nil` for NULL.
  private static func items(of text: String) throws(SQLError) -> [String?] {
    let bytes = Array(text.utf8)[...].trimmingSpaces()
    func malformed(_ detail: String) -> SQLError {
      SQLError(
        .invalidTextRepresentation, "malformed array literal: \"\(text)\"", detail: detail)
    }
    if bytes.first == UInt8(ascii: "[") { throw .unsupported("an array with bounds of its own") }
    guard bytes.first == UInt8(ascii: "{") else {
      throw malformed("Array value must start with \"{\" or dimension information.")
    }
    var result: [String?] = []
    var item: [UInt8] = []
    // What stands in quotes, or behind a backslash, is not trimmed.
    var kept = 0
    var (isQuoted, wasQuoted, isEscaped) = (false, false, false)
    func take() throws(SQLError) {
      while item.count > kept, item.last?.isSpace ?? false { item.removeLast() }
      if item.isEmpty, !wasQuoted { throw malformed("Unexpected \",\" character.") }
      let word = String(decoding: item, as: UTF8.self)
      result.append(!wasQuoted && kept == 0 && word.uppercased() == "NULL" ? nil : word)
      (item, kept, wasQuoted) = ([], 0, false)
    }
    for (index, byte) in bytes.enumerated().dropFirst() {
      if isEscaped {
        item.append(byte)
        kept = item.count
        isEscaped = false
        continue
      }
      switch byte {
      case UInt8(ascii: "\\"): isEscaped = true
      case UInt8(ascii: "\""):
        if !isQuoted, wasQuoted || !item.isEmpty {
          throw malformed("Unexpected array element.")
        }
        isQuoted.toggle()
        wasQuoted = true
      case _ where isQuoted:
        item.append(byte)
        kept = item.count
      case UInt8(ascii: "{"): throw .unsupported("an array of several dimensions")
      case UInt8(ascii: ","): try take()
      case UInt8(ascii: "}"):
        guard index == bytes.count - 1 else { throw malformed("Junk after closing right brace.") }
        if result.isEmpty, !wasQuoted, item.allSatisfy(\.isSpace) { return [] }
        try take()
        return result
      case _ where byte.isSpace && item.isEmpty: break
      default:
        guard !wasQuoted || byte.isSpace else { throw malformed("Unexpected array element.") }
        if !wasQuoted { item.append(byte) }
      }
    }
    throw malformed("Unexpected end of input.")
  }

  // MARK: Order

  /// As `array_cmp`: element by element, NULLs being equal and greater than all else, then by length.
  static func compare(_ left: [Value], _ right: [Value]) -> Int {
    for (one, other) in zip(left, right) {
      if one.isNull || other.isNull {
        if one.isNull && other.isNull { continue }
        return one.isNull ? 1 : -1
      }
      let order = Value.compare(one, other)
      if order != 0 { return order }
    }
    return left.count < right.count ? -1 : left.count == right.count ? 0 : 1
  }

  private static func isSame(_ left: Value, _ right: Value) -> Bool {
    left.isNull || right.isNull ? left.isNull && right.isNull : Value.equal(left, right)
  }

  // MARK: Functions

  /// Calls a function; the arguments have the types that it takes.
  package static func call(
    _ function: ArrayFunction, _ arguments: [Value]
  ) throws(SQLError) -> Value {
    if function.isStrict, arguments.contains(where: \.isNull) { return .null }
    let array = arguments.first?.asElements ?? []
    let second = arguments.count > 1 ? arguments[1] : .null
    switch function {
    case .make: return try made(arguments)
    case .element:
      guard let place = place(second, in: array) else { return .null }
      return array[place]
    case .slice: return Value(elements: slice(array, second, arguments[2]))
    case .assign: return try assigned(array, second, arguments[2])
    case .length: return dimension(second, array) { Value(integer: $0) }
    case .lower: return dimension(second, array) { _ in Value(integer: 1) }
    case .upper: return dimension(second, array) { Value(integer: $0) }
    case .dimensions: return array.isEmpty ? .null : Value(integer: 1)
    case .cardinality: return Value(integer: array.count)
    case .append: return try made(array + [second])
    case .prepend: return try made([arguments[0]] + (second.asElements ?? []))
    case .concatenate:
      if arguments[0].isNull { return second }
      return second.isNull ? arguments[0] : try made(array + (second.asElements ?? []))
    case .remove:
      return arguments[0].isNull ? .null : Value(elements: array.filter { !isSame($0, second) })
    case .replace:
      if arguments[0].isNull { return .null }
      return Value(elements: array.map { isSame($0, second) ? arguments[2] : $0 })
    case .position, .positions: return try position(function, array, arguments)
    case .contains: return Value(contains(array, second.asElements ?? []))
    case .containedIn: return Value(contains(second.asElements ?? [], array))
    case .overlaps:
      let other = (second.asElements ?? []).filter { !$0.isNull }
      return Value(array.contains { one in !one.isNull && other.contains { isSame(one, $0) } })
    case .join: return joined(arguments)
    case .split: return try made(split(arguments), isNull: arguments[0].isNull)
    case .trim:
      let count = Int(second.asInteger ?? 0)
      guard (0...array.count).contains(count) else {
        throw SQLError(
          SQLState("2202E") ?? .invalidParameterValue,
          "number of elements to trim must be between 0 and \(array.count)")
      }
      return Value(elements: Array(array.dropLast(count)))
    case .jsonPath, .jsonPathText:
      return try JSONRoutines.part(
        arguments[0], second.asElements ?? [], asText: function == .jsonPathText)
    case .jsonElements, .jsonElementTexts:
      return try made(
        try JSONRoutines.elements(arguments[0], asText: function == .jsonElementTexts))
    case .jsonSet:
      return try JSONRoutines.setting(
        arguments[0], second.asElements ?? [], to: arguments[2],
        creates: arguments.count < 4 || arguments[3].isTrue)
    case .looped:
      if arguments[0].isNull {
        throw SQLError(.nullValueNotAllowed, "FOREACH expression must not be null")
      }
      return arguments[0]
    }
  }

  private static func made(_ elements: [Value], isNull: Bool = false) throws(SQLError) -> Value {
    if isNull { return .null }
    guard elements.count <= elementsLimit else {
      throw SQLError(
        .programLimitExceeded,
        "an array has more than \(elementsLimit) elements; RaceSim goes no further")
    }
    return Value(elements: elements)
  }

  private static func place(_ number: Value, in array: [Value]) -> Int? {
    guard let number = number.asInteger, number >= 1, number <= Int64(array.count) else {
      return nil
    }
    return Int(number) - 1
  }

  private static func slice(_ array: [Value], _ low: Value, _ high: Value) -> [Value] {
    let first = max(low.asInteger ?? 1, 1)
    let last = min(high.asInteger ?? 0, Int64(array.count))
    return first > last ? [] : Array(array[Int(first) - 1..<Int(last)])
  }

  private static func assigned(
    _ array: [Value], _ number: Value, _ value: Value
  ) throws(SQLError) -> Value {
    guard let number = number.asInteger else {
      throw SQLError(.nullValueNotAllowed, "array subscript in assignment must not be null")
    }
    // The first element of an empty array may have any number in PostgreSQL; here it is 1.
    guard number >= 1, array.isEmpty ? number == 1 : number <= Int64(elementsLimit) else {
      throw .unsupported("an array whose first element has another number than 1")
    }
    var result = array
    while result.count < Int(number) { result.append(.null) }
    result[Int(number) - 1] = value
    return Value(elements: result)
  }

  private static func dimension(
    _ number: Value, _ array: [Value], _ result: (Int) -> Value
  ) -> Value { number.asInteger == 1 && !array.isEmpty ? result(array.count) : .null }

  private static func position(
    _ function: ArrayFunction, _ array: [Value], _ arguments: [Value]
  ) throws(SQLError) -> Value {
    if arguments[0].isNull { return .null }
    let start = arguments.count > 2 ? Int(arguments[2].asInteger ?? 1) : 1
    let places = array.indices.filter { $0 + 1 >= start && isSame(array[$0], arguments[1]) }
    if function == .positions { return Value(elements: places.map { Value(integer: $0 + 1) }) }
    return places.first.map { Value(integer: $0 + 1) } ?? .null
  }

  /// Whether each element is one of the others; NULL is none.
  private static func contains(_ array: [Value], _ elements: [Value]) -> Bool {
    elements.allSatisfy { one in
      !one.isNull && array.contains { !$0.isNull && Value.equal($0, one) }
    }
  }

  private static func joined(_ arguments: [Value]) -> Value {
    guard let elements = arguments[0].asElements, let separator = arguments[1].asText else {
      return .null
    }
    let null = arguments.count > 2 ? arguments[2].asText : nil
    let items = elements.compactMap { $0.isNull ? null : $0.asText }
    return Value(text: items.joined(separator: separator))
  }

  private static func split(_ arguments: [Value]) -> [Value] {
    guard let text = arguments[0].asText, !text.isEmpty else { return [] }
    let null = arguments.count > 2 ? arguments[2].asText : nil
    var items: [String]
    if let separator = arguments[1].asText {
      items = separator.isEmpty ? [text] : split(text, by: separator)
    } else {
      items = text.unicodeScalars.map { String($0) }
    }
    return items.map { $0 == null ? .null : Value(text: $0) }
  }

  private static func split(_ text: String, by separator: String) -> [String] {
    let (bytes, wanted) = (Array(text.utf8), Array(separator.utf8))
    var items: [String] = []
    var start = 0
    var index = 0
    while index + wanted.count <= bytes.count {
      guard bytes[index..<index + wanted.count].elementsEqual(wanted) else {
        index += 1
        continue
      }
      items.append(String(decoding: bytes[start..<index], as: UTF8.self))
      index += wanted.count
      start = index
    }
    return items + [String(decoding: bytes[start...], as: UTF8.self)]
  }
}
