/// Texts as parts of SQL.
package enum Quoting {
  /// A string constant that reads the same whatever `standard_conforming_strings` is.
  package static func literal(_ text: String) -> String {
    let doubled = text.replacing("'", with: "''")
    guard text.contains("\\") else { return "'\(doubled)'" }
    return "E'\(doubled.replacing("\\", with: "\\\\"))'"
  }

  /// A string constant or NULL.
  package static func literal(_ text: String?) -> String {
    guard let text else { return "NULL" }
    return literal(text)
  }

  /// A name in double quotes.
  package static func identifier(_ name: String) -> String {
    "\"\(name.replacing("\"", with: "\"\""))\""
  }

  /// A word for a shell, in single quotes.
  package static func shell(_ text: String) -> String {
    "'\(text.replacing("'", with: "'\\''"))'"
  }

  /// A dollar quote that the text does not hold.
  package static func dollarQuoted(_ text: String) -> String {
    var tag = "$racesim$"
    var number = 0
    while text.contains(tag) {
      number += 1
      tag = "$racesim\(number)$"
    }
    return tag + text + tag
  }
}
