/// How many terminal columns text takes.
///
/// Counted by Unicode scalars: combining marks and joiners take none, East Asian wide characters and
/// emoji two, everything else one. Box drawing counts one, as terminals outside East Asia draw it.
package enum TextWidth {
  /// The columns that a text takes when printed.
  package static func columns(of text: some StringProtocol) -> Int {
    var total = 0
    for scalar in text.unicodeScalars { total += columns(of: scalar) }
    return total
  }

  /// The columns that one scalar takes when printed.
  package static func columns(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    if isZeroWidth(value) { return 0 }
    return isWide(value) ? 2 : 1
  }

  private static func isZeroWidth(_ value: UInt32) -> Bool {
    switch value {
    case 0x300...0x36F, 0x483...0x489, 0x591...0x5BD, 0x610...0x61A, 0x64B...0x65F: true
    case 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x200B...0x200F, 0x2060...0x2064: true
    case 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xFEFF: true
    case 0xE0100...0xE01EF: true
    default: false
    }
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF: true
    case 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3: true
    case 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6: true
    case 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD: true
    default: false
    }
  }
}

extension String {
  /// The text with line breaks, tabs and other control characters made visible (`\n`, `\u{1B}`), so that
  /// no value from a scenario can move the cursor or colour the terminal.
  package var visible: String {
    guard unicodeScalars.contains(where: Self.isControl) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where Self.isControl(scalar):
        result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Control characters, and the marks that turn the direction of the text after them.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The text with spaces after it, so that it takes at least `width` columns.
  package func padded(to width: Int) -> String {
    let missing = width - TextWidth.columns(of: self)
    return missing > 0 ? self + String(repeating: " ", count: missing) : self
  }

  /// The text with spaces before it, so that it takes at least `width` columns.
  package func paddedLeft(to width: Int) -> String {
    let missing = width - TextWidth.columns(of: self)
    return missing > 0 ? String(repeating: " ", count: missing) + self : self
  }
}

/// A whole number as people read it: `9,777,287,520`.
package func grouped(_ digits: String) -> String {
  var result = ""
  for (position, digit) in digits.enumerated() {
    if position > 0, (digits.count - position).isMultiple(of: 3) { result.append(",") }
    result.append(digit)
  }
  return result
}

/// A number with its noun: `1 state`, `4,212 states`.
package func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(grouped(String(count))) \(count == 1 ? noun : plural ?? noun + "s")"
}
