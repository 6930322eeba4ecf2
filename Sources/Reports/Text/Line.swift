/// What a piece of text is, from which its colour follows.
package enum Ink: Hashable, Sendable {
  case plain
  case dim
  case strong
  /// A writer, by the position of its lane.
  case lane(Int)
  /// The verdict, the part that is false, and where it goes wrong; nothing else is red.
  case bad
  case good
  case warning

  /// The numbers of the terminal's "select graphic rendition".
  fileprivate var codes: String? {
    switch self {
    case .plain: nil
    case .dim: "2"
    case .strong: "1"
    case .lane(let position): Self.palette[position % Self.palette.count]
    case .bad: "1;31"
    case .good: "32"
    case .warning: "33"
    }
  }

  /// Distinct on light and dark grounds, none of them red.
  private static let palette = ["36", "33", "35", "34", "32", "96", "93", "95", "94", "92"]
}

/// One line of a report: pieces of text, each with its ink.
package struct Line: Hashable, Sendable {
  /// A piece of text in one ink.
  package struct Piece: Hashable, Sendable {
    package var text: String
    package var ink: Ink
  }

  package private(set) var pieces: [Piece] = []
  /// The columns that the line takes.
  package private(set) var width = 0

  package init() {}

  package init(_ text: String, _ ink: Ink = .plain) {
    append(text, ink)
  }

  /// Adds a text at the end.
  package mutating func append(_ text: String, _ ink: Ink = .plain) {
    guard !text.isEmpty else { return }
    pieces.append(Piece(text: text, ink: ink))
    width += TextWidth.columns(of: text)
  }

  /// Adds another line's pieces at the end.
  package mutating func append(_ other: Line) {
    pieces += other.pieces
    width += other.width
  }

  /// Adds spaces until the line takes at least `width` columns.
  package mutating func pad(to width: Int) {
    if self.width < width { append(String(repeating: " ", count: width - self.width)) }
  }

  /// The line without spaces at its end, coloured if the style says so.
  package func text(_ style: Style) -> String {
    var kept = pieces
    while var last = kept.popLast() {
      while last.text.last == " " { last.text.removeLast() }
      guard last.text.isEmpty else {
        kept.append(last)
        break
      }
    }
    if style.usesASCII {
      for index in kept.indices { kept[index].text = Self.plain(kept[index].text) }
    }
    guard style.usesColor else { return kept.reduce(into: "") { $0 += $1.text } }
    var result = ""
    for piece in kept {
      guard let codes = piece.ink.codes, piece.text.contains(where: { $0 != " " }) else {
        result += piece.text
        continue
      }
      result += "\u{1B}[\(codes)m\(piece.text)\u{1B}[0m"
    }
    return result
  }

  /// A text with the signs of our own sentences in ASCII; what users have named stays as it is.
  private static func plain(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    return text.reduce(into: "") { $0 += signs[$1] ?? String($1) }
  }

  private static let signs: [Character: String] = [
    "…": "...", "→": "->", "⇒": "=>", "≥": ">=", "≤": "<=", "·": "-", "×": "x", "–": "-", "—": "-",
    "‘": "'", "’": "'", "“": "\"", "”": "\"", "∅": "NULL",
  ]
}

extension [Line] {
  /// The lines as text; each ends with a line feed.
  package func text(_ style: Style) -> String {
    reduce(into: "") { $0 += $1.text(style) + "\n" }
  }
}
