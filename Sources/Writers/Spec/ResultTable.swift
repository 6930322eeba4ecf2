package import SQL
package import Store

/// A result as isolationtester prints it (`PQprint` with `header`, `align` and `|`).
package enum ResultTable {
  /// The lines, each with its line break; nothing for a result without columns.
  package static func text(_ answer: Answer, catalog: TypeCatalog, format: FormatOptions) -> String
  {
    guard !answer.columns.isEmpty else { return "" }
    let rows = answer.rows.map { row in
      zip(row, answer.columns).map { value, column in
        value.isNull ? "" : value.formatted(as: column.type, catalog: catalog, options: format)
      }
    }
    var widths = answer.columns.map(\.name.utf8.count)
    var isRight = answer.columns.map { _ in true }
    for row in rows {
      for (column, text) in row.enumerated() where !text.isEmpty {
        widths[column] = max(widths[column], text.utf8.count)
        if !isNumeric(text) { isRight[column] = false }
      }
    }
    func line(_ texts: [String]) -> String {
      texts.enumerated().map { column, text in
        let padding = String(repeating: " ", count: widths[column] - text.utf8.count)
        return isRight[column] ? padding + text : text + padding
      }.joined(separator: "|") + "\n"
    }
    var text = line(answer.columns.map(\.name))
    text += widths.map { String(repeating: "-", count: $0) }.joined(separator: "+") + "\n"
    for row in rows { text += line(row) }
    return text + (rows.count == 1 ? "(1 row)\n\n" : "(\(rows.count) rows)\n\n")
  }

  /// Whether `PQprint` takes a value for a number.
  private static func isNumeric(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard let first = bytes.first, let last = bytes.last, isDigit(last) else { return false }
    if first | 0x20 == UInt8(ascii: "e") { return false }
    return bytes.allSatisfy { isDigit($0) || ".Ee -".utf8.contains($0) }
  }
}
