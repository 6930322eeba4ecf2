/// Breaks and shortens SQL for a narrow column: at clauses, never inside a word.
package struct StatementText: Sendable {
  /// A clause, or a condition of one.
  private struct Part {
    var text: String
    /// Whether it starts with AND or OR, and so stands deeper than the clause that it belongs to.
    var isCondition: Bool
  }

  private let text: String
  private let parts: [Part]
  private let ellipsis: String

  /// `text`: one statement, white space folded.
  package init(_ text: String, ellipsis: String = "…") {
    self.text = text
    self.ellipsis = ellipsis
    parts = Self.parts(of: text)
  }

  /// The statement in lines of at most `width` columns; later ones are indented.
  ///
  /// `limit`: the most lines; what is left out is marked by an ellipsis. `nil` for no limit.
  package func lines(width: Int, limit: Int?) -> [String] {
    if TextWidth.columns(of: text) <= width { return [text] }
    return brokenLines(width: width, limit: limit).map { line in
      line.contains(Self.glue) ? String(line.map { $0 == Self.glue ? " " : $0 }) : line
    }
  }

  /// A space at which no line is broken.
  private static let glue: Character = "\u{A0}"

  private func brokenLines(width: Int, limit: Int?) -> [String] {
    let whole = filled(parts, width: width)
    guard let limit, whole.count > limit else { return whole }
    let short = StatementText(withoutSubqueries(), ellipsis: ellipsis)
    let lines = short.filled(short.parts, width: width)
    guard lines.count > limit else { return lines }
    return cut(lines, to: limit, width: width)
  }

  /// The columns of the longest part that should stay together, with its indentation.
  package var widestPart: Int {
    parts.enumerated().reduce(0) { widest, part in
      max(widest, WordWrap.widestWord(part.element.text) + (part.offset == 0 ? 0 : 2))
    }
  }

  /// The first words, up to the table or function that the statement is about: `UPDATE orders`.
  package var beginning: String {
    guard let first = parts.first else { return text }
    return first.text
  }

  // MARK: Filling lines

  private func filled(_ parts: [Part], width: Int) -> [String] {
    var lines: [String] = []
    var current = ""
    for part in parts {
      let joined = current.isEmpty ? part.text : current + " " + part.text
      if !current.isEmpty, TextWidth.columns(of: joined) <= width {
        current = joined
        continue
      }
      if !current.isEmpty { lines.append(current) }
      let indent = lines.isEmpty ? "" : (part.isCondition ? "    " : "  ")
      current = indent + part.text
      guard TextWidth.columns(of: current) > width else { continue }
      let deeper = indent.count + 2
      let wrapped = WordWrap.lines(
        part.text, width: width - indent.count, hanging: deeper - indent.count)
      for (position, line) in wrapped.enumerated() {
        let space = position == 0 ? indent : String(repeating: " ", count: deeper)
        if position == wrapped.count - 1 {
          current = space + line
        } else {
          lines.append(space + line)
        }
      }
    }
    if !current.isEmpty { lines.append(current) }
    return lines
  }

  /// Keeps the first lines and ends them with an ellipsis.
  private func cut(_ lines: [String], to limit: Int, width: Int) -> [String] {
    var kept = Array(lines.prefix(max(1, limit)))
    let last = kept.count - 1
    let mark = " " + ellipsis
    while TextWidth.columns(of: kept[last]) + TextWidth.columns(of: mark) > width,
      let space = kept[last].lastIndex(of: " "),
      kept[last][..<space].contains(where: { $0 != " " })
    {
      kept[last] = String(kept[last][..<space])
    }
    kept[last] += mark
    return kept
  }

  /// The statement with all but the first clause of each subquery left out.
  private func withoutSubqueries() -> String {
    var result = ""
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "(") {
      result += rest[..<rest.index(after: open)]
      rest = rest[rest.index(after: open)...]
      guard rest.prefix(7).uppercased() == "SELECT ", let close = Self.closing(rest) else {
        continue
      }
      let inner = Self.parts(of: String(rest[..<close]))
      if inner.count > 1 {
        result += inner[0].text + String(Self.glue) + ellipsis
      } else {
        result += rest[..<close]
      }
      rest = rest[close...]
    }
    return result + rest
  }

  /// The position of the parenthesis that closes the one before the text.
  private static func closing(_ text: Substring) -> Substring.Index? {
    var depth = 1
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
        continue
      }
      switch character {
      case "'", "\"": quote = character
      case "(": depth += 1
      case ")":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }

  // MARK: Clauses

  /// Words that begin a clause when they stand outside parentheses and quotes.
  private static let clauseWords: Set<String> = [
    "FROM", "WHERE", "SET", "VALUES", "JOIN", "LEFT", "INNER", "CROSS", "GROUP", "HAVING",
    "ORDER", "LIMIT", "FOR", "ON", "RETURNING", "USING", "UNION", "INTO", "SELECT",
  ]

  private static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var current = ""
    var previous = ""
    var isInBetween = false
    for word in topLevelWords(of: text) {
      let upper = word.uppercased()
      let isCondition = (upper == "AND" && !isInBetween) || upper == "OR"
      if upper == "BETWEEN" { isInBetween = true } else if upper == "AND" { isInBetween = false }
      if !current.isEmpty, isCondition || startsClause(upper, after: previous) {
        parts.append(part(current))
        current = word
      } else {
        current += current.isEmpty ? word : " " + word
      }
      previous = upper
    }
    if !current.isEmpty { parts.append(part(current)) }
    return parts
  }

  private static func part(_ text: String) -> Part {
    let upper = text.uppercased()
    return Part(text: text, isCondition: upper.hasPrefix("AND ") || upper.hasPrefix("OR "))
  }

  private static func startsClause(_ word: String, after previous: String) -> Bool {
    guard clauseWords.contains(word) else { return false }
    switch word {
    case "FROM": return previous != "DELETE" && previous != "DISTINCT"
    case "JOIN": return !["LEFT", "INNER", "CROSS", "OUTER"].contains(previous)
    case "INTO": return previous != "INSERT" && previous != "MERGE"
    case "SET": return previous != "UPDATE"
    default: return true
    }
  }

  /// The words of a text; what stands in parentheses or quotes belongs to the word that it touches.
  private static func topLevelWords(of text: String) -> [String] {
    var words: [String] = []
    var current = ""
    var depth = 0
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else {
        switch character {
        case "'", "\"": quote = character
        case "(": depth += 1
        case ")": depth = max(0, depth - 1)
        case " " where depth == 0:
          if !current.isEmpty { words.append(current) }
          current = ""
          continue
        default: break
        }
      }
      current.append(character)
    }
    if !current.isEmpty { words.append(current) }
    return words
  }
}
