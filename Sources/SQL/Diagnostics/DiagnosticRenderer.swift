/// Prints diagnostics in the shape that rustc made familiar.
///
///     error[RS0104]: no column `holdr` in table `seat`
///       --> Scenarios/seats.race:12:17
///        |
///     12 | UPDATE seat SET holdr = 'alice'
///        |                 ^^^^^ not a column
///        |
///     help: did you mean `holder`?
///        |
///     12 | UPDATE seat SET holder = 'alice'
///        |                 ~~~~~~
///
/// Columns count Unicode scalars; a tab is printed as four spaces, other control characters as `�`.
package struct DiagnosticRenderer: Sendable {
  private let sources: SourceMap
  private let usesColor: Bool

  /// How wide notes run before they are broken.
  private static let textWidth = 80

  /// The most columns of a source line that are printed.
  private static let lineWidth = 160

  package init(_ sources: SourceMap, usesColor: Bool = false) {
    self.sources = sources
    self.usesColor = usesColor
  }

  // MARK: Whole reports

  /// The diagnostics with a blank line between them, each ending in a line feed.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map(render).joined(separator: "\n")
  }

  /// `path:line:column: error[RS0104]: message`, without a line feed.
  package func oneLine(_ diagnostic: Diagnostic) -> String {
    let place = place(of: diagnostic.span)
    return "\(place): \(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]: "
      + Self.clean(diagnostic.message)
  }

  /// One diagnostic over several lines.
  package func render(_ diagnostic: Diagnostic) -> String {
    let width = gutterWidth(of: diagnostic)
    let severity = style(for: diagnostic.severity)
    var lines = [
      painted("\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]", severity)
        + painted(": \(Self.clean(diagnostic.message))", .bold)
    ]
    let bar = String(repeating: " ", count: width + 1) + "|"
    for (index, group) in groups(of: diagnostic).enumerated() {
      let arrow = index == 0 ? "--> " : "::: "
      let pad = String(repeating: " ", count: index == 0 ? width : width + 1)
      lines.append(painted(pad + arrow, .gutter) + place(of: group[0].span))
      lines.append(painted(bar, .gutter))
      lines += snippet(group, gutter: width, severity: severity)
    }
    if !diagnostic.notes.isEmpty || diagnostic.help != nil { lines.append(painted(bar, .gutter)) }
    for note in diagnostic.notes { lines += self.note(note, gutter: width) }
    if let help = diagnostic.help { lines += self.help(help, gutter: width) }
    return lines.map { Self.trimmed($0) + "\n" }.joined()
  }

  // MARK: Places

  private func place(of span: SourceSpan) -> String {
    let position = sources.position(of: span)
    return "\(sources.file(of: span).path):\(position.line):\(position.column)"
  }

  private func line(of span: SourceSpan) -> Int { sources.position(of: span).line }

  private func gutterWidth(of diagnostic: Diagnostic) -> Int {
    var spans = [diagnostic.span] + diagnostic.labels.map(\.span)
    if let replacement = diagnostic.help?.replacement { spans.append(replacement.span) }
    return spans.map { String(line(of: $0)).count }.max() ?? 1
  }

  /// A span to underline, with its words.
  private struct Mark {
    var span: SourceSpan
    var text: String
    var isPrimary: Bool
    var line: Int
  }

  /// The marks by file, the diagnostic's own file first; within a file by line.
  private func groups(of diagnostic: Diagnostic) -> [[Mark]] {
    let primary = Mark(
      span: diagnostic.span, text: diagnostic.caption, isPrimary: true,
      line: line(of: diagnostic.span))
    var groups = [[primary]]
    for label in diagnostic.labels {
      let mark = Mark(
        span: label.span, text: label.text, isPrimary: false, line: line(of: label.span))
      if let index = groups.firstIndex(where: { $0[0].span.file == label.span.file }) {
        groups[index].append(mark)
      } else {
        groups.append([mark])
      }
    }
    return groups
  }

  // MARK: Source lines

  private func snippet(_ group: [Mark], gutter: Int, severity: Style) -> [String] {
    // Insertion keeps the order of marks on one line, which `sorted` does not promise.
    var marks: [Mark] = []
    for mark in group {
      let index = marks.firstIndex { $0.line > mark.line } ?? marks.count
      marks.insert(mark, at: index)
    }
    var lines: [String] = []
    var last: Int?
    for mark in marks {
      if let last, mark.line > last + 1 { lines.append(painted("...", .gutter)) }
      let window = Window(sources.file(of: mark.span), line: mark.line, around: mark.span)
      if mark.line != last { lines.append(sourceLine(mark.line, window.text, gutter: gutter)) }
      last = mark.line
      let sign = mark.isPrimary ? "^" : "-"
      let style = mark.isPrimary ? severity : .gutter
      let underline = String(repeating: sign, count: window.length)
      let text = mark.text.isEmpty ? "" : " \(Self.clean(mark.text))"
      lines.append(
        bar(gutter) + String(repeating: " ", count: window.start)
          + painted(underline + text, style))
    }
    return lines
  }

  private func bar(_ gutter: Int) -> String {
    painted(String(repeating: " ", count: gutter + 1) + "|", .gutter) + " "
  }

  private func sourceLine(_ number: Int, _ text: String, gutter: Int) -> String {
    let digits = String(number)
    let pad = String(repeating: " ", count: max(0, gutter - digits.count))
    return painted("\(pad)\(digits) |", .gutter) + " \(text)"
  }

  // MARK: Notes and help

  private func note(_ text: String, gutter: Int) -> [String] {
    let pad = String(repeating: " ", count: gutter + 1)
    let head = "= note: "
    let lines = Self.wrapped(Self.clean(text), width: Self.textWidth - pad.count - head.count)
    let indent = pad + String(repeating: " ", count: head.count)
    return lines.enumerated().map { index, line in
      guard index == 0 else { return indent + line }
      return painted(pad + "= ", .gutter) + painted("note", .bold) + ": \(line)"
    }
  }

  private func help(_ help: Diagnostic.Help, gutter: Int) -> [String] {
    var lines = [painted("help", .help) + ": \(Self.clean(help.text))"]
    guard let replacement = help.replacement else { return lines }
    let file = sources.file(of: replacement.span)
    let number = line(of: replacement.span)
    let lineRange = file.lineRange(number)
    let isOneLine =
      replacement.span.range.upperBound <= lineRange.upperBound
      && !replacement.text.utf8.contains(UInt8(ascii: "\n"))
    guard isOneLine else { return lines }
    let before = Window.expanded(
      file.text(in: lineRange.lowerBound..<Int(replacement.span.start)))
    let after = Window.expanded(file.text(in: Int(replacement.span.end)..<lineRange.upperBound))
    let middle = Window.expanded(replacement.text)
    let tildes = String(repeating: "~", count: middle.unicodeScalars.count)
    guard before.unicodeScalars.count + middle.unicodeScalars.count <= Self.lineWidth else {
      return lines
    }
    lines.append(painted(String(repeating: " ", count: gutter + 1) + "|", .gutter))
    lines.append(sourceLine(number, before + middle + after, gutter: gutter))
    lines.append(
      bar(gutter) + String(repeating: " ", count: before.unicodeScalars.count)
        + painted(tildes, .help))
    return lines
  }

  /// Breaks a text at spaces so that lines are at most `width` wide where words allow it.
  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.unicodeScalars.count + 1 + word.unicodeScalars.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return lines + [line]
  }

  /// A text without control characters, which could move a terminal's cursor.
  private static func clean(_ text: String) -> String { Window.expanded(text) }

  private static func trimmed(_ line: String) -> String {
    guard line.hasSuffix(" ") else { return line }
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  // MARK: Colour

  private enum Style: String {
    case error = "1;31"
    case warning = "1;33"
    case help = "1;36"
    case gutter = "1;34"
    case bold = "1"
  }

  private func style(for severity: Diagnostic.Severity) -> Style {
    switch severity {
    case .error: .error
    case .warning: .warning
    case .note: .help
    }
  }

  private func painted(_ text: String, _ style: Style) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  // MARK: Windows

  /// The part of a source line that is printed, and where in it a span lies.
  private struct Window {
    var text: String

    /// The column of the first marked scalar, from 0.
    var start: Int

    /// How many scalars are marked; at least 1.
    var length: Int

    init(_ file: SourceFile, line: Int, around span: SourceSpan) {
      let range = file.lineRange(line)
      let first = min(max(Int(span.start), range.lowerBound), range.upperBound)
      let last = min(max(Int(span.end), first), range.upperBound)
      let before = Self.expanded(file.text(in: range.lowerBound..<first))
      let marked = Self.expanded(file.text(in: first..<last))
      let after = Self.expanded(file.text(in: last..<range.upperBound))
      text = before + marked + after
      start = before.unicodeScalars.count
      length = max(1, marked.unicodeScalars.count)
      cut()
    }

    /// Cuts a line that is too long, keeping some of what is before the mark.
    private mutating func cut() {
      let scalars = Array(text.unicodeScalars)
      guard scalars.count > lineWidth else { return }
      let first = start > lineWidth / 2 ? start - lineWidth / 4 : 0
      let last = min(scalars.count, first + lineWidth)
      var kept = String(String.UnicodeScalarView(scalars[first..<last]))
      if first > 0 { kept = "…" + kept }
      if last < scalars.count { kept += "…" }
      length = max(1, min(length, last - start))
      start = start - first + (first > 0 ? 1 : 0)
      text = kept
    }

    /// The text with tabs as four spaces and other control characters as `�`.
    static func expanded(_ text: String) -> String {
      var result = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        if scalar == "\t" {
          result.append(contentsOf: "    ".unicodeScalars)
        } else if scalar.value < 0x20 || (scalar.value >= 0x7F && scalar.value < 0xA0) {
          result.append("\u{FFFD}")
        } else {
          result.append(scalar)
        }
      }
      return String(result)
    }
  }
}
