/// What can go wrong between writers: names, meanings, smallest examples, ways out.
package enum Glossary {
  /// One anomaly.
  package struct Entry: Hashable, Sendable {
    /// What `racesim explain` takes: `P4`, `deadlock`.
    package var code: String
    /// In plain words: `lost update`.
    package var name: String
    /// Other names that it goes by.
    package var aliases: [String]
    /// What it means, in a sentence or two.
    package var meaning: String
    /// The smallest run that shows it, one step in a line: the writer, then what it does.
    package var example: [(writer: String, action: String)]
    /// What the run comes to.
    package var result: String
    /// The weakest isolation level at which PostgreSQL refuses the run.
    package var refusedAt: String
    /// What people usually do about it.
    package var fix: String

    /// The code as one word for the command line: `scope-anomaly`.
    package var argument: String { String(code.map { $0 == " " ? "-" : $0 }) }

    package static func == (left: Entry, right: Entry) -> Bool { left.code == right.code }
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
  }

  /// All entries, in the order in which they are listed.
  package static let entries: [Entry] = databaseEntries + databaseCycleEntries + systemEntries

  /// The entry of a code or a name; letter case, hyphens and spaces make no difference.
  package static func find(_ name: String) -> Entry? {
    let wanted = folded(name)
    return entries.first { entry in
      folded(entry.code) == wanted || folded(entry.name) == wanted
        || entry.aliases.contains { folded($0) == wanted }
    }
  }

  /// Every code and name, for "did you mean".
  package static var names: [String] {
    entries.flatMap { [$0.code, $0.name] + $0.aliases }
  }

  private static func folded(_ text: String) -> String {
    text.lowercased().filter { $0 != "-" && $0 != " " && $0 != "_" }
  }
}

extension Glossary {
  /// An entry as text.
  package static func lines(_ entry: Entry, style: Style) -> [Line] {
    var head = Line(entry.name, .strong)
    if folded(entry.code) != folded(entry.name) { head.append(" (\(entry.code))", .strong) }
    if !entry.aliases.isEmpty {
      head.append("  also: \(entry.aliases.joined(separator: ", "))", .dim)
    }
    var result = [head, Line()]
    let width = min(style.width, 88)
    result += WordWrap.lines(entry.meaning, width: width).map { Line($0) }
    result.append(Line())
    result += exampleLines(entry, style: style)
    result.append(Line())
    for (title, text) in [
      ("result", entry.result), ("refused at", entry.refusedAt), ("fix", entry.fix),
    ] {
      for (position, part) in WordWrap.lines(text, width: width - 14).enumerated() {
        var line = Line("  ")
        line.append(position == 0 ? title : "", .dim)
        line.pad(to: 14)
        line.append(part)
        result.append(line)
      }
    }
    return result
  }

  /// The example in lanes, one for each writer.
  private static func exampleLines(_ entry: Entry, style: Style) -> [Line] {
    var writers: [String] = []
    for (writer, _) in entry.example where !writers.contains(writer) { writers.append(writer) }
    let widths = writers.map { writer in
      entry.example.filter { $0.writer == writer }.reduce(TextWidth.columns(of: writer)) {
        max($0, TextWidth.columns(of: $1.action))
      }
    }
    guard widths.reduce(3, { $0 + $1 + 2 }) <= style.width else { return exampleList(entry) }
    var heading = Line("     ")
    var rule = Line("  ")
    rule.append(style.glyphs.line, .dim)
    for (column, writer) in writers.enumerated() {
      heading.append(writer.padded(to: widths[column] + 2), .lane(column))
      rule.append("  " + String(repeating: style.glyphs.line, count: widths[column]), .dim)
    }
    var result = [heading, rule]
    for (position, step) in entry.example.enumerated() {
      var line = Line("  ")
      line.append(String(position + 1), .dim)
      line.append("  ")
      for (column, writer) in writers.enumerated() {
        line.append((writer == step.writer ? step.action : "").padded(to: widths[column]))
        line.append("  ")
      }
      result.append(line)
    }
    return result
  }

  /// The example as a list, for a narrow terminal.
  private static func exampleList(_ entry: Entry) -> [Line] {
    let width = entry.example.map { TextWidth.columns(of: $0.writer) }.max() ?? 0
    return entry.example.enumerated().map { position, step in
      var line = Line("  ")
      line.append(String(position + 1), .dim)
      line.append("  " + step.writer.padded(to: width), .strong)
      line.append("  " + step.action)
      return line
    }
  }

  /// One line for each entry: code, name.
  package static func listing(style: Style) -> [Line] {
    let width = entries.map { TextWidth.columns(of: $0.code) }.max() ?? 0
    return entries.map { entry in
      var line = Line("  ")
      line.append(entry.code.padded(to: width), .strong)
      line.append("  ")
      let isNamed = folded(entry.code) != folded(entry.name)
      let text = isNamed ? entry.name : firstWords(entry.meaning)
      let lines = WordWrap.lines(text, width: max(20, style.width - line.width - 2))
      line.append((lines.first ?? "") + (lines.count > 1 ? " " + style.glyphs.ellipsis : ""))
      return line
    }
  }

  /// The text up to its first full stop or colon, without a capital.
  private static func firstWords(_ text: String) -> String {
    let first = text.prefix { $0 != "." && $0 != ":" && $0 != ";" }
    return first.prefix(1).lowercased() + first.dropFirst()
  }
}
