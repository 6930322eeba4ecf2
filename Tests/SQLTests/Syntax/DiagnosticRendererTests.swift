import SQL
import Testing

@Suite("Printing of mistakes")
struct DiagnosticRendererTests {
  private static let seats = """
    -- seats

    schema {
    CREATE TABLE seat (id int PRIMARY KEY, holder text);
    }

    writer alice {




    UPDATE seat SET holdr = 'alice'
    }

    """

  private func source(_ text: String, path: String = "Scenarios/seats.race") -> SourceMap {
    SourceMap(SourceFile(path: path, text: text))
  }

  private func span(of word: String, in sources: SourceMap) -> SourceSpan {
    let text = sources.files[0].text(in: sources.files[0].bytes.indices)
    guard let range = text.firstRange(of: word) else {
      return SourceSpan(file: 0, start: 0, end: 0)
    }
    let start = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
    return SourceSpan(file: 0, start: start, end: start + word.utf8.count)
  }

  @Test("a label, a caption and a replacement")
  func full() {
    let sources = source(Self.seats)
    var diagnostic = Diagnostic.misspelt(
      .unknownColumn, "no column `holdr` in table `seat`", at: span(of: "holdr", in: sources),
      name: "holdr", among: ["id", "holder"], caption: "not a column")
    diagnostic.labels = [
      Diagnostic.Label("`seat` has the columns id, holder", at: span(of: "seat (", in: sources))
    ]
    diagnostic.labels[0].span.end -= 2
    let expected = """
      error[RS0104]: no column `holdr` in table `seat`
        --> Scenarios/seats.race:12:17
         |
       4 | CREATE TABLE seat (id int PRIMARY KEY, holder text);
         |              ---- `seat` has the columns id, holder
      ...
      12 | UPDATE seat SET holdr = 'alice'
         |                 ^^^^^ not a column
         |
      help: did you mean `holder`?
         |
      12 | UPDATE seat SET holder = 'alice'
         |                 ~~~~~~

      """
    let renderer = DiagnosticRenderer(sources)
    #expect(renderer.render(diagnostic) == expected)
    #expect(
      renderer.oneLine(diagnostic)
        == "Scenarios/seats.race:12:17: error[RS0104]: no column `holdr` in table `seat`")
    #expect(renderer.render([diagnostic, diagnostic]) == expected + "\n" + expected)
  }

  @Test("notes are broken at spaces")
  func notes() {
    let text = String(repeating: "\n", count: 30) + "LISTEN jobs;\n"
    let parsed = SQLReader.statements(in: SourceFile(path: "jobs.race", text: text))
    let rendered = DiagnosticRenderer(source(text, path: "jobs.race")).render(parsed.diagnostics)
    let expected = """
      error[RS0201]: `LISTEN` is not simulated
        --> jobs.race:31:1
         |
      31 | LISTEN jobs;
         | ^^^^^^ statements of this kind have no effect on rows or locks
         |
         = note: RaceSim knows SELECT, INSERT, UPDATE, DELETE, SET, BEGIN, COMMIT,
                 ROLLBACK, SAVEPOINT, CALL, DO and the definitions of tables, indexes,
                 views, functions, procedures, enums and sequences
      help: delete the statement

      """
    #expect(rendered == expected)
  }

  @Test("tabs are four spaces, control characters are shown, columns count scalars")
  func tabs() {
    let sources = source("\tä\u{1B}[31m oops\n")
    let diagnostic = Diagnostic(.syntaxError, "bad \u{1B}[0m", at: span(of: "oops", in: sources))
    let expected = """
      error[RS0001]: bad \u{FFFD}[0m
       --> Scenarios/seats.race:1:9
        |
      1 |     ä\u{FFFD}[31m oops
        |            ^^^^

      """
    #expect(DiagnosticRenderer(sources).render(diagnostic) == expected)
  }

  @Test("an empty span at the end has one caret, and colour is on request only")
  func end() {
    let sources = source("SELECT")
    let end = SourceSpan(file: 0, start: 6, end: 6)
    let diagnostic = Diagnostic(.syntaxError, "m", at: end, help: "h")
    let plain = DiagnosticRenderer(sources).render(diagnostic)
    #expect(plain.contains("1 | SELECT\n  |       ^\n  |\nhelp: h\n"))
    let colored = DiagnosticRenderer(sources, usesColor: true).render(diagnostic)
    #expect(colored.contains("\u{1B}[1;31merror[RS0001]\u{1B}[0m"))
    #expect(!plain.contains("\u{1B}"))
  }

  @Test("a very long line is cut around the mistake")
  func longLine() {
    let sources = source(
      String(repeating: "a ", count: 500) + "oops" + String(repeating: " b", count: 500))
    let diagnostic = Diagnostic(.syntaxError, "m", at: span(of: "oops", in: sources))
    let lines = DiagnosticRenderer(sources).render(diagnostic).split(separator: "\n")
    #expect(lines.allSatisfy { $0.unicodeScalars.count < 180 })
    let column = lines[4].firstIndex(of: "^").map {
      lines[4].distance(from: lines[4].startIndex, to: $0)
    }
    let word = lines[3].firstRange(of: "oops").map {
      lines[3].distance(from: lines[3].startIndex, to: $0.lowerBound)
    }
    #expect(column == word)
    #expect(column != nil)
  }

  @Test("a label in another file has a place of its own")
  func otherFile() {
    var sources = source("one\n", path: "a.race")
    let other = sources.add(SourceFile(path: "b.race", text: "two\n"))
    let label = Diagnostic.Label("here", at: SourceSpan(file: other, start: 0, end: 3))
    let diagnostic = Diagnostic(
      .duplicateName, "m", at: SourceSpan(file: 0, start: 0, end: 3), labels: [label])
    let expected = """
      error[RS0102]: m
       --> a.race:1:1
        |
      1 | one
        | ^^^
        ::: b.race:1:1
        |
      1 | two
        | --- here

      """
    #expect(DiagnosticRenderer(sources).render(diagnostic) == expected)
  }
}
