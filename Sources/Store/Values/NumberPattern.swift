/// `to_char` of numbers, for patterns of `9`, `0`, `.`, `,`, `FM`, `S`, `MI` and literal signs.
enum NumberPattern {
  static func format(_ number: Numeric, _ pattern: String) throws(SQLError) -> String {
    var body = pattern
    let isFill = body.uppercased().hasPrefix("FM")
    if isFill { body.removeFirst(2) }
    let signs: (leading: Bool, trailing: Bool, minus: Bool)
    signs = (body.hasPrefix("S"), body.hasSuffix("S"), body.uppercased().hasSuffix("MI"))
    if signs.leading { body.removeFirst() }
    if signs.trailing { body.removeLast() }
    if signs.minus { body.removeLast(2) }
    let parts = body.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, body.allSatisfy({ "90.,".contains($0) }), number.isFinite else {
      throw .unsupported("to_char() does not support the pattern \"\(pattern)\"")
    }
    let whole = String(parts.first ?? "")
    let fraction = parts.count > 1 ? String(parts[1]) : nil
    let rounded = number.round(fraction?.count ?? 0)
    let isNegative = rounded.signum < 0
    let texts = (isNegative ? -rounded : rounded).description.split(separator: ".")
    var digits = Array(texts[0] == "0" ? "" : texts[0])
    // A zero before the point is left out, unless nothing would stay.
    if digits.isEmpty, fraction == nil || (isFill && rounded.isZero) { digits = ["0"] }
    let places = whole.filter { $0 != "," }.count
    let overflows = digits.count > places
    if overflows { digits = Array(repeating: "#", count: places) }
    var text = integral(whole, digits, isFill)
    if let fraction {
      var shown = texts.count > 1 ? String(texts[1]) : ""
      if overflows { shown = String(repeating: "#", count: fraction.count) }
      if isFill { shown = trimmed(shown, fraction) }
      text += "." + shown
    }
    return signed(text, isNegative, isFill, signs)
  }

  /// The digits before the point under their pattern, zeros and blanks before them.
  private static func integral(_ pattern: String, _ digits: [Character], _ isFill: Bool) -> String {
    var text = ""
    var remaining = pattern.filter { $0 != "," }.count
    var hasBegun = false
    for symbol in pattern {
      if symbol == "," {
        text += hasBegun ? "," : isFill ? "" : " "
        continue
      }
      if remaining <= digits.count {
        hasBegun = true
        text.append(digits[digits.count - remaining])
      } else if symbol == "0" || hasBegun {
        hasBegun = true
        text += "0"
      } else if !isFill {
        text += " "
      }
      remaining -= 1
    }
    return text
  }

  /// Under `FM`, zeros at the end that stand under a `9` go.
  private static func trimmed(_ digits: String, _ pattern: String) -> String {
    var digits = digits
    let kept =
      pattern.lastIndex(of: "0").map { pattern.distance(from: pattern.startIndex, to: $0) + 1 } ?? 0
    while digits.count > kept, digits.hasSuffix("0") { digits.removeLast() }
    return digits
  }

  private static func signed(
    _ text: String, _ isNegative: Bool, _ isFill: Bool,
    _ signs: (leading: Bool, trailing: Bool, minus: Bool)
  ) -> String {
    if signs.trailing { return text + (isNegative ? "-" : "+") }
    if signs.minus { return text + (isNegative ? "-" : isFill ? "" : " ") }
    let sign = isNegative ? "-" : signs.leading ? "+" : isFill ? "" : " "
    // The sign stands right before the first digit.
    let blanks = text.prefix { $0 == " " }
    return blanks + sign + text.dropFirst(blanks.count)
  }
}
