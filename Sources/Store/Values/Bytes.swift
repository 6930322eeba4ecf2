/// What the readers of values ask of bytes.
extension UInt8 {
  var isDigit: Bool { self >= 48 && self <= 57 }

  /// Space, tab, newline, vertical tab, form feed, carriage return.
  var isSpace: Bool { self == 32 || (self >= 9 && self <= 13) }

  var isLetter: Bool { (self | 0x20) >= 97 && (self | 0x20) <= 122 }

  /// The value of a hexadecimal digit.
  var hexadecimal: UInt8? {
    if isDigit { return self - 48 }
    let lower = self | 0x20
    return lower >= 97 && lower <= 102 ? lower - 87 : nil
  }
}

extension ArraySlice where Element == UInt8 {
  func trimmingSpaces() -> ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first, first.isSpace { slice.removeFirst() }
    while let last = slice.last, last.isSpace { slice.removeLast() }
    return slice
  }
}

/// Two lower-case hexadecimal digits for each byte.
func hexadecimalText(_ bytes: some Swift.Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
