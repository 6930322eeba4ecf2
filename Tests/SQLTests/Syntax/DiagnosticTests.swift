import SQL
import Testing

@Suite("Mistakes in SQL")
struct DiagnosticTests {
  private func expectMistakes(
    _ marked: String, _ codes: [DiagnosticCode], _ parsed: (SourceFile) -> [Diagnostic]
  ) {
    let source = MarkedSource(marked)
    let diagnostics = parsed(SourceFile(path: "s.sql", text: source.text))
    #expect(diagnostics.map(\.code) == codes, "\(marked): \(diagnostics.map(\.message))")
    #expect(diagnostics.map { Int($0.span.start) } == source.offsets, "\(marked)")
  }

  @Test(
    "are reported where they are",
    arguments: [
      ("👉SELEC 1", [DiagnosticCode.syntaxError]), ("SELECT FROM 👉FROM t", [.syntaxError]),
      ("SELECT 1 FROM 👉;", [.syntaxError]), ("SELECT a b 👉c", [.syntaxError]),
      ("INSERT INTO t 👉VALUE (1)", [.syntaxError]), ("UPDATE t 👉WHERE a", [.syntaxError]),
      ("DELETE 👉t", [.syntaxError]), ("SELECT 👉'abc", [.unterminatedString]),
      ("SELECT 👉\"abc", [.unterminatedIdentifier]),
      ("SELECT 1 👉/* a /* b */", [.unterminatedComment]),
      ("DO 👉$x$ BEGIN END $X$", [.unterminatedDollarQuote]), ("SELECT 👉\"\"", [.emptyIdentifier]),
      ("SELECT 👉12ab", [.invalidNumber]), ("SELECT E'👉\\u12'", [.invalidEscape]),
      ("SELECT 👉\u{0}1", [.nulByte]), ("SELECT 👉‘a’", [.unexpectedCharacter]),
      ("👉\\d t", [.unexpectedCharacter]), ("SELECT f👉(1", [.unclosedParenthesis]),
      ("SELECT 1 WHERE a IN 👉(1, 2;", [.unclosedParenthesis]),
      ("VALUES (1, 2), (👉3)", [.columnCountMismatch]),
      (
        "WITH RECURSIVE t AS (SELECT 1 UNION SELECT 1 FROM t) 👉CYCLE a SET b USING c SELECT 1",
        [.unsupportedRecursion]
      ),
      ("👉LISTEN jobs", [.unsupportedStatement]), ("👉EXPLAIN SELECT 1", [.unsupportedStatement]),
      ("👉COPY t FROM stdin", [.unsupportedStatement]), ("👉VACUUM t", [.unsupportedStatement]),
      ("👉FETCH c", [.unsupportedCursor]),
      ("👉CREATE MATERIALIZED VIEW v AS SELECT 1", [.unsupportedStatement]),
      ("👉CREATE TEMP TABLE t (a int)", [.unsupportedStatement]),
      ("ALTER TABLE t 👉RENAME TO u", [.unsupportedClause]),
      ("👉ALTER TYPE t ADD VALUE 'x'", [.unsupportedStatement]),
      ("SELECT 1 👉INTO t FROM u", [.unsupportedStatement]),
      ("👉PREPARE TRANSACTION 'x'", [.unsupportedStatement]),
      ("SELECT 1 GROUP BY 👉ROLLUP (a)", [.unsupportedClause]),
      ("SELECT sum(a) OVER 👉w FROM t", [.unsupportedWindow]),
      ("CREATE FUNCTION f() RETURNS int LANGUAGE 👉c AS 'x'", [.unsupportedLanguage]),
      ("INSERT INTO t VALUES (1) 👉ON CONFLICT DO UPDATE SET a = 1", [.syntaxError]),
      ("UPDATE t SET 👉t.a = 1", [.unsupportedExpression]),
      ("UPDATE t SET a = 1 WHERE 👉CURRENT OF c", [.unsupportedCursor]),
      ("SELECT a FROM t FOR 👉UPDAT", [.syntaxError]), ("👉n := 1", [.syntaxError]),
    ])
  func places(marked: String, codes: [DiagnosticCode]) {
    expectMistakes(marked, codes) { SQLReader.statements(in: $0).diagnostics }
  }

  @Test(
    "are reported in programs, too",
    arguments: [
      ("👉IF true THEN NULL;", [DiagnosticCode.unclosedBlock]),
      ("👉LOOP EXIT; ", [.unclosedBlock]), ("👉BEGIN NULL;", [.unclosedBlock]),
      ("IF true THEN NULL; 👉END LOOP;", [.syntaxError]), ("👉END IF;", [.syntaxError]),
      ("👉ELSE", [.syntaxError]),
      ("FOREACH x 👉SLICE 1 IN ARRAY a LOOP END LOOP;", [.unsupportedClause]),
      ("👉EXECUTE 'DELETE FROM t';", [.unsupportedDynamicSQL]),
      ("<<a>> LOOP EXIT; END LOOP 👉b;", [.labelMismatch]),
      ("RAISE EXCEPTION 👉'% %', 1;", [.wrongArgumentCount]),
      ("RAISE EXCEPTION 'x' USING 👉COD = 'x';", [.syntaxError]),
      ("BEGIN NULL; EXCEPTION WHEN SQLSTATE 👉'1' THEN NULL; END;", [.invalidLiteral]),
      ("PERFORM 👉SELECT 1;", [.syntaxError]),
      ("SELECT a INTO x, y 👉INTO z FROM t;", [.syntaxError]),
      ("SELECT (SELECT 1 👉INTO x);", [.syntaxError]),
      ("FOR r IN 👉c LOOP NULL; END LOOP;", [.unsupportedCursor]),
      ("FOR a, b IN 1..2 LOOP NULL; END LOOP;".replacingFirst("a, b", "👉a, b"), [.syntaxError]),
      ("DECLARE 👉c CURSOR FOR SELECT 1;", [.unsupportedCursor]),
      ("a[1] 👉+ 2;", [.syntaxError]),
      ("👉PREFORM f(1);", [.syntaxError]), ("a := 1 👉b := 2;", [.syntaxError]),
    ])
  func programs(marked: String, codes: [DiagnosticCode]) {
    expectMistakes(marked, codes) { SQLReader.program(in: $0).diagnostics }
  }

  @Test("a misspelt keyword is guessed")
  func guesses() {
    func help(_ text: String) -> String? {
      SQLReader.statements(in: SourceFile(path: "s.sql", text: text)).diagnostics.first?.help?.text
    }
    #expect(help("SELEC 1") == "did you mean `SELECT`?")
    #expect(help("UDPATE t SET a = 1") == "did you mean `UPDATE`?")
    #expect(
      help("IF a THEN NULL; END IF")
        == "control flow belongs into a writer or into a function's body")
    #expect(help("SELECT 1 FROM") == "expected a table, a subquery or a function")
  }

  @Test("invalid UTF-8 is reported where it starts")
  func invalidUTF8() {
    for tail: [UInt8] in [
      [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF5, 0x80, 0x80, 0x80],
    ] {
      let file = SourceFile(path: "s.sql", bytes: Array("SELECT '".utf8) + tail + Array("'".utf8))
      let diagnostics = SQLReader.statements(in: file).diagnostics
      #expect(diagnostics.map(\.code) == [.invalidUTF8])
      #expect(diagnostics.first?.span.start == 8)
    }
    let fine = SourceFile(path: "s.sql", text: "SELECT 'äé€😀'")
    #expect(SQLReader.statements(in: fine).isUsable)
  }

  @Test("close names are guessed, others are not")
  func didYouMeanCloseNames() {
    #expect(didYouMean("holdr", among: ["id", "holder"]) == "holder")
    #expect(didYouMean("confrim", among: ["confirm"]) == "confirm")
    #expect(didYouMean("id", among: ["ad", "holder"]) == "ad")
    #expect(didYouMean("status", among: ["id", "expires_at"]) == nil)
    #expect(didYouMean("ab", among: ["xy"]) == nil)
    #expect(didYouMean("", among: ["a"]) == nil)
    #expect(didYouMean("Orders", among: ["orders"]) == "orders")
  }

  @Test("every code has an explanation", arguments: DiagnosticCode.allCases)
  func explained(code: DiagnosticCode) {
    let explanation = code.explanation
    #expect(explanation.title != code.rawValue)
    #expect(!explanation.text.isEmpty)
    #expect(explanation.wrong != explanation.right)
    #expect(!explanation.wrong.isEmpty)
    #expect(!explanation.right.isEmpty)
  }

  @Test("positions count scalars and lines")
  func positions() {
    let file = SourceFile(path: "s", text: "a\r\nä\tb\n")
    #expect(file.lineCount == 3)
    #expect(file.position(at: 0) == SourcePosition(line: 1, column: 1))
    #expect(file.position(at: 6) == SourcePosition(line: 2, column: 3))
    #expect(file.position(at: 99) == SourcePosition(line: 3, column: 1))
    #expect(file.text(in: file.lineRange(1)) == "a")
  }
}

extension String {
  /// The text with the first occurrence of one piece replaced.
  fileprivate func replacingFirst(_ piece: String, _ other: String) -> String {
    guard let range = firstRange(of: piece) else { return self }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
