/// Values and rows as traces show them.
struct ValueText: Sendable {
  let glyphs: Glyphs
  /// The most columns of one value; `nil` for no limit.
  let limit: Int?
  /// What instants share, which is left out; `nil` to print them whole.
  var instants: InstantText?

  init(glyphs: Glyphs, limit: Int?, instants: InstantText? = nil) {
    self.glyphs = glyphs
    self.limit = limit
    self.instants = instants
  }

  /// A value: NULL as its sign, an empty text as quotes, others as SQL prints them.
  func text(_ value: String?) -> String {
    guard let value else { return glyphs.null }
    if value.isEmpty || value.first == " " || value.last == " " { return "'\(value.visible)'" }
    let text = (instants?.short(value) ?? value).visible
    guard let limit, TextWidth.columns(of: text) > limit else { return text }
    var kept = ""
    var columns = TextWidth.columns(of: glyphs.ellipsis)
    for scalar in text.unicodeScalars {
      columns += TextWidth.columns(of: scalar)
      if columns > limit { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept + glyphs.ellipsis
  }

  /// A row: `(1, paid)`.
  func row(_ values: [String?]) -> String {
    "(" + values.map { text($0) }.joined(separator: ", ") + ")"
  }
}
