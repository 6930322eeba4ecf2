/// A JSON document, for reading, normalising and comparing `json` and `jsonb`.
struct JSON {
  indirect enum Kind {
    case null
    case boolean(Bool)
    case number(Numeric)
    case string(String)
    case array([JSON])
    case object([(key: String, value: JSON)])
  }

  var kind: Kind
  /// The place of the text that it was read from.
  var source: Range<Int> = 0..<0

  init(_ kind: Kind) { self.kind = kind }

  init(_ kind: Kind, source: Range<Int>) {
    self.kind = kind
    self.source = source
  }

  /// The document as `jsonb` prints it.
  var text: String {
    switch kind {
    case .null: return "null"
    case .boolean(let boolean): return boolean ? "true" : "false"
    case .number(let number): return number.description
    case .string(let string): return Self.quoted(string)
    case .array(let elements): return "[" + elements.map(\.text).joined(separator: ", ") + "]"
    case .object(let members):
      let texts = members.map { Self.quoted($0.key) + ": " + $0.value.text }
      return "{" + texts.joined(separator: ", ") + "}"
    }
  }

  /// The document with the keys of objects in `jsonb`'s order, the last of equal ones kept.
  var normalized: JSON {
    switch kind {
    case .null, .boolean, .number, .string: return self
    case .array(let elements): return JSON(.array(elements.map(\.normalized)))
    case .object(let members):
      var kept: [(key: String, value: JSON)] = []
      let sorted = members.enumerated().sorted { left, right in
        let order = Self.compareKeys(left.element.key, right.element.key)
        return order != 0 ? order < 0 : left.offset < right.offset
      }
      for (_, member) in sorted {
        if let last = kept.last, Self.compareKeys(last.key, member.key) == 0 { kept.removeLast() }
        kept.append((member.key, member.value.normalized))
      }
      return JSON(.object(kept))
    }
  }

  /// Shorter keys come first.
  private static func compareKeys(_ left: String, _ right: String) -> Int {
    let (first, second) = (left.utf8, right.utf8)
    if first.count != second.count { return first.count < second.count ? -1 : 1 }
    if first.elementsEqual(second) { return 0 }
    return first.lexicographicallyPrecedes(second) ? -1 : 1
  }

  /// A string as JSON writes it.
  static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        if scalar.value < 0x20 {
          text += "\\u00" + hexadecimalText([UInt8(scalar.value)])
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return text + "\""
  }

  /// The member of a key, or the element at a position (negative ones count from the end).
  func member(_ key: String) -> JSON? {
    guard case .object(let members) = kind else { return nil }
    return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  func element(_ position: Int) -> JSON? {
    guard case .array(let elements) = kind else { return nil }
    let index = position < 0 ? elements.count + position : position
    return elements.indices.contains(index) ? elements[index] : nil
  }

  /// The name that `jsonb_typeof` gives.
  var typeName: String {
    switch kind {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

// MARK: - Comparison

extension JSON {
  /// Orders two documents, given as text, as `jsonb` does.
  static func compare(_ left: String, _ right: String) -> Int {
    guard let first = try? JSONReader.read(left, isBinary: true),
      let second = try? JSONReader.read(right, isBinary: true)
    else { return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1 }
    // PostgreSQL keeps a lone scalar as an array of one: an empty array is below it.
    if case .array(let elements) = first.kind, elements.isEmpty, !second.isContainer { return -1 }
    if case .array(let elements) = second.kind, elements.isEmpty, !first.isContainer { return 1 }
    return compare(first.normalized, second.normalized)
  }

  private var rank: Int {
    switch kind {
    case .null: 0
    case .string: 1
    case .number: 2
    case .boolean: 3
    case .array: 4
    case .object: 5
    }
  }

  static func compare(_ left: JSON, _ right: JSON) -> Int {
    switch (left.kind, right.kind) {
    case (.null, .null): return 0
    case (.boolean(let left), .boolean(let right)): return left == right ? 0 : left ? 1 : -1
    case (.number(let left), .number(let right)): return Numeric.compare(left, right)
    case (.string(let left), .string(let right)): return compareBytes(left, right)
    case (.array(let left), .array(let right)):
      if left.count != right.count { return left.count < right.count ? -1 : 1 }
      for (first, second) in zip(left, right) {
        let order = compare(first, second)
        if order != 0 { return order }
      }
      return 0
    case (.object(let left), .object(let right)):
      if left.count != right.count { return left.count < right.count ? -1 : 1 }
      for (first, second) in zip(left, right) {
        let keys = compareKeys(first.key, second.key)
        if keys != 0 { return keys }
        let values = compare(first.value, second.value)
        if values != 0 { return values }
      }
      return 0
    default:
      return left.rank < right.rank ? -1 : 1
    }
  }

  private static func compareBytes(_ left: String, _ right: String) -> Int {
    if left.utf8.elementsEqual(right.utf8) { return 0 }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
  }

  /// `@>`: whether every part of the other document is found here.
  func contains(_ other: JSON, isTop: Bool = true) -> Bool {
    switch (kind, other.kind) {
    case (.object, .object(let members)):
      return members.allSatisfy { key, value in
        member(key).map { $0.contains(value, isTop: false) } ?? false
      }
    case (.array(let elements), .array(let others)):
      return others.allSatisfy { other in
        elements.contains { $0.contains(other, isTop: false) }
      }
    case (.array(let elements), .null), (.array(let elements), .boolean),
      (.array(let elements), .number), (.array(let elements), .string):
      return isTop && elements.contains { Self.compare($0, other) == 0 }
    default:
      return Self.compare(self, other) == 0
    }
  }
}
