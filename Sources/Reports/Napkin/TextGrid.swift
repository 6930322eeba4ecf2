/// Rows and columns of cells that hold phrases, each of which is wrapped in its column.
struct TextGrid {
  /// A phrase in a cell.
  struct Phrase: Hashable {
    var text: String
    var ink = Ink.plain
    /// The columns by which it is moved to the right.
    var indent = 0
  }

  let headings: [String]
  /// Each row has a cell for each heading; rows that are not set apart from the one above follow it closely.
  let rows: [(cells: [[Phrase]], isApart: Bool)]

  private static let indent = 2
  private static let gap = 2
  private static let columnMin = 14

  /// The grid in so many columns; `nil` if it does not fit.
  func lines(width: Int, style: Style) -> [Line]? {
    guard let widths = widths(width) else { return nil }
    var lines = [line(headings.map { Phrase(text: $0, ink: .strong) }, widths)]
    let rule = widths.map { String(repeating: style.glyphs.line, count: $0) }
    lines.append(line(rule.map { Phrase(text: $0, ink: .dim) }, widths))
    for (position, row) in rows.enumerated() {
      if row.isApart, position > 0 { lines.append(Line()) }
      let cells = zip(row.cells, widths).map { cell, width in
        cell.flatMap { phrase in
          WordWrap.lines(phrase.text, width: width - phrase.indent, hanging: 2).enumerated()
            .map { index, text in
              let indent = phrase.indent + (index == 0 ? 0 : 2)
              return Phrase(text: String(repeating: " ", count: indent) + text, ink: phrase.ink)
            }
        }
      }
      for index in 0..<(cells.map(\.count).max() ?? 0) {
        lines.append(line(cells.map { index < $0.count ? $0[index] : Phrase(text: "") }, widths))
      }
    }
    return lines
  }

  private func line(_ cells: [Phrase], _ widths: [Int]) -> Line {
    var line = Line()
    var start = Self.indent
    for (cell, width) in zip(cells, widths) {
      line.pad(to: start)
      line.append(cell.text, cell.ink)
      start += width + Self.gap
    }
    return line
  }

  /// As wide as the phrases are; the widest columns give way until all fit, the first one last.
  private func widths(_ width: Int) -> [Int]? {
    var widths = headings.indices.map { column in
      let phrases = rows.flatMap { $0.cells[column] } + [Phrase(text: headings[column])]
      return phrases.map { $0.indent + TextWidth.columns(of: $0.text) }.max() ?? 0
    }
    let room = width - Self.indent - Self.gap * (widths.count - 1)
    while widths.reduce(0, +) > room {
      let wide = widths.indices.filter { widths[$0] > Self.columnMin }
      let others = wide.filter { $0 > 0 }
      guard let widest = (others.isEmpty ? wide : others).max(by: { widths[$0] < widths[$1] })
      else { return nil }
      widths[widest] -= 1
    }
    return widths
  }
}
