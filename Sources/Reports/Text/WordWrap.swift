/// Breaks text into lines between words.
package enum WordWrap {
  /// The lines of a text, each at most `width` columns.
  ///
  /// Breaks between words; a word that is longer than a line is broken after a parenthesis or a comma,
  /// else after one of `_ . / = :`, and only if it has none, anywhere.
  ///
  /// `hanging`: the columns by which the lines after the first are narrower.
  package static func lines(_ text: String, width: Int, hanging: Int = 0) -> [String] {
    var lines: [String] = []
    var current = ""
    var currentWidth = 0
    func room() -> Int { max(4, lines.isEmpty ? width : width - hanging) }
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      var rest = String(word)
      var restWidth = TextWidth.columns(of: rest)
      if !current.isEmpty, currentWidth + 1 + restWidth <= room() {
        current += " " + rest
        currentWidth += 1 + restWidth
        continue
      }
      if !current.isEmpty {
        lines.append(current)
        current = ""
      }
      while restWidth > room() {
        let head = headThatFits(rest, width: room())
        lines.append(head)
        rest = String(rest.unicodeScalars.dropFirst(head.unicodeScalars.count))
        restWidth = TextWidth.columns(of: rest)
      }
      current = rest
      currentWidth = restWidth
    }
    if !current.isEmpty || lines.isEmpty { lines.append(current) }
    return lines
  }

  /// The columns of the longest part that should stay together.
  package static func widestWord(_ text: String) -> Int {
    text.split(separator: " ").reduce(0) { max($0, TextWidth.columns(of: $1)) }
  }

  private static func headThatFits(_ word: String, width: Int) -> String {
    var head = String.UnicodeScalarView()
    var good = 0
    var best = 0
    var columns = 0
    for scalar in word.unicodeScalars {
      columns += TextWidth.columns(of: scalar)
      if columns > width, !head.isEmpty { break }
      head.append(scalar)
      if "_./=:".unicodeScalars.contains(scalar) { good = head.count }
      if ",(".unicodeScalars.contains(scalar) { best = head.count }
    }
    // A break after the first letters helps nobody.
    if best >= 4 { good = best }
    if good >= 4 { return String(String.UnicodeScalarView(head.prefix(good))) }
    return String(head)
  }
}
