/// A JSON value whose keys keep their order.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// A whole number; beyond 2⁵³ it is written as a string, since many readers would round it.
  case int(Int)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// A text, or null.
  package static func text(_ value: String?) -> JSONValue {
    value.map { .string($0) } ?? .null
  }

  package static func strings(_ values: [String]) -> JSONValue {
    .array(values.map { .string($0) })
  }

  /// The value over several lines, indented by two spaces, without a line feed at the end.
  ///
  /// Lists and
  /// objects that hold nothing nested and fit in a line of 100 columns stay on one.
  package var pretty: String {
    var text = ""
    write(to: &text, indent: 0, column: 0)
    return text
  }

  /// The value on one line.
  package var compact: String {
    var text = ""
    writeCompact(to: &text, space: "")
    return text
  }

  private var isFlat: Bool {
    func isScalar(_ value: JSONValue) -> Bool {
      switch value {
      case .null, .bool, .int, .string: true
      case .array(let values): values.isEmpty
      case .object(let members): members.isEmpty
      }
    }
    switch self {
    case .null, .bool, .int, .string: return true
    case .array(let values): return values.allSatisfy(isScalar)
    case .object(let members): return members.allSatisfy { isScalar($0.value) }
    }
  }

  private func write(to text: inout String, indent: Int, column: Int) {
    if isFlat {
      var line = ""
      writeCompact(to: &line, space: " ")
      if column + TextWidth.columns(of: line) <= 100 || isScalarValue {
        text += line
        return
      }
    }
    let inner = String(repeating: " ", count: indent + 2)
    switch self {
    case .null, .bool, .int, .string: writeCompact(to: &text, space: " ")
    case .array(let values):
      text += "["
      for (position, value) in values.enumerated() {
        text += position == 0 ? "\n" + inner : ",\n" + inner
        value.write(to: &text, indent: indent + 2, column: indent + 3)
      }
      text += "\n" + String(repeating: " ", count: indent) + "]"
    case .object(let members):
      text += "{"
      for (position, member) in members.enumerated() {
        text += position == 0 ? "\n" + inner : ",\n" + inner
        let key = Self.quoted(member.key) + ": "
        text += key
        let column = indent + 3 + TextWidth.columns(of: key)
        member.value.write(to: &text, indent: indent + 2, column: column)
      }
      text += "\n" + String(repeating: " ", count: indent) + "}"
    }
  }

  private var isScalarValue: Bool {
    switch self {
    case .null, .bool, .int, .string: true
    case .array(let values): values.isEmpty
    case .object(let members): members.isEmpty
    }
  }

  private func writeCompact(to text: inout String, space: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value):
      let isExact = value.magnitude <= 1 << 53
      text += isExact ? String(value) : "\"\(value)\""
    case .string(let value): text += Self.quoted(value)
    case .array(let values):
      text += "["
      for (position, value) in values.enumerated() {
        if position > 0 { text += "," + space }
        value.writeCompact(to: &text, space: space)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (position, member) in members.enumerated() {
        text += position == 0 ? (members.isEmpty ? "" : space) : "," + space
        text += Self.quoted(member.key) + ":" + space
        member.value.writeCompact(to: &text, space: space)
      }
      if !members.isEmpty { text += space }
      text += "}"
    }
  }

  /// The text as a JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _
      where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028
        || scalar.value == 0x2029:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
