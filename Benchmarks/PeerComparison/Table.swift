/// A table of text, as it is read in a terminal or in Markdown.
struct Table {
  var header: [String]
  var rows: [[String]] = []
  /// The columns with numbers, which stand at the right.
  var numeric: Set<Int>

  /// The lines of the table.
  func lines(isMarkdown: Bool) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return numeric.contains(column) ? space + cell : cell + space
      }
      if isMarkdown { return "| " + padded.joined(separator: " | ") + " |" }
      let text = padded.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    let rule = header.indices.map { column in
      let dashes = String(repeating: "-", count: max(3, widths[column]) - (isMarkdown ? 1 : 0))
      return isMarkdown ? (numeric.contains(column) ? dashes + ":" : dashes + "-") : dashes
    }
    return [line(header), isMarkdown ? "|" + rule.map { " \($0) |" }.joined() : line(rule)]
      + rows.map(line)
  }
}
