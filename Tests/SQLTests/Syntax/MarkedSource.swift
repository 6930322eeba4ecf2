import SQL

/// A text with a 👉 before the place where a mistake is expected.
struct MarkedSource {
  /// The text without its marks.
  let text: String

  /// The offsets of the marks in ``text``.
  let offsets: [Int]

  init(_ marked: String) {
    var bytes: [UInt8] = []
    var offsets: [Int] = []
    for character in marked {
      if character == "👉" {
        offsets.append(bytes.count)
      } else {
        bytes += Array(String(character).utf8)
      }
    }
    self.text = String(decoding: bytes, as: UTF8.self)
    self.offsets = offsets
  }
}
