/// Rows under headings; numbers stand at the right of their column.
struct TextTable {
  let heading: [String]
  let rows: [[String]]

  init(heading: [String], rows: [[String]]) {
    self.heading = heading
    self.rows = rows
  }

  func lines() -> [Line] {
    let count = max(heading.count, rows.map(\.count).max() ?? 0)
    let widths = (0..<count).map { column in
      ([heading] + rows).reduce(1) { widest, row in
        column < row.count ? max(widest, TextWidth.columns(of: row[column])) : widest
      }
    }
    let isNumeric = (0..<count).map { column in
      rows.contains { column < $0.count && Self.isNumber($0[column]) }
        && rows.allSatisfy {
          column >= $0.count || Self.isNumber($0[column]) || $0[column].count == 1
        }
    }
    func line(_ row: [String], _ ink: Ink) -> Line {
      var line = Line()
      for (column, text) in row.enumerated() {
        if column > 0 { line.append("  ") }
        let padded =
          isNumeric[column]
          ? text.paddedLeft(to: widths[column]) : text.padded(to: widths[column])
        line.append(padded, ink)
      }
      return line
    }
    let body = rows.map { line($0, .plain) }
    return heading.isEmpty ? body : [line(heading, .dim)] + body
  }

  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.first, first == "-" || first.isNumber else { return false }
    return text.dropFirst().allSatisfy { ("0"..."9").contains($0) || $0 == "." }
  }
}
