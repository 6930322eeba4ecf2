/// SQL as markup, with its key words and literals set off.
enum HTMLStatement {
  private static let words: Set<String> = [
    "ALL", "AND", "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CALL", "CASE", "COMMIT", "CONFLICT",
    "CROSS", "DEFAULT",
    "DELETE", "DESC", "DISTINCT", "DO", "ELSE", "END", "EXCEPT", "EXECUTE", "EXISTS", "FOR", "FROM",
    "FULL",
    "GROUP", "HAVING", "IF", "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "ISOLATION",
    "JOIN", "KEY", "LEFT",
    "LEVEL", "LIKE", "LIMIT", "LOCK", "LOCKED", "MATCHED", "MERGE", "NO", "NOT", "NOTHING",
    "NOWAIT", "NULL",
    "OFFSET", "ON", "OR", "ORDER", "OUTER", "PERFORM", "RAISE", "READ", "RELEASE", "REPEATABLE",
    "RETURN",
    "RETURNING", "RIGHT", "ROLLBACK", "SAVEPOINT", "SELECT", "SERIALIZABLE", "SET", "SHARE", "SKIP",
    "START",
    "TABLE", "THEN", "TO", "TRANSACTION", "TRUNCATE", "UNION", "UPDATE", "USING", "VALUES", "WHEN",
    "WHERE", "WITH",
  ]

  /// The statement's text, escaped, with `<b class="k">` and `<span class="s">` around such parts.
  static func text(_ sql: String) -> String {
    var text = ""
    var rest = Substring(sql)
    while let first = rest.first {
      if first == "'" {
        let body = rest.dropFirst().prefix { $0 != "'" }
        let literal = rest[
          ..<(rest.index(body.endIndex, offsetBy: 1, limitedBy: rest.endIndex) ?? rest.endIndex)]
        text += "<span class=\"s\">\(XMLText.escaped(String(literal)))</span>"
        rest = rest[literal.endIndex...]
      } else if isLetter(first) {
        let word = rest.prefix { isLetter($0) || $0.isNumber }
        let isKey = words.contains(word.uppercased())
        let escaped = XMLText.escaped(String(word))
        text += isKey ? "<b class=\"k\">\(escaped)</b>" : escaped
        rest = rest[word.endIndex...]
      } else {
        let other = rest.prefix { $0 != "'" && !isLetter($0) }
        text += XMLText.escaped(String(other))
        rest = rest[other.endIndex...]
      }
    }
    return text
  }

  private static func isLetter(_ character: Character) -> Bool {
    character.isLetter || character == "_" || character == ":"
  }
}
