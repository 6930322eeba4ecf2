import SQL
import Testing
import Writers

@Suite("Mistakes in scenario files")
struct ScenarioMistakeTests {
  private func expectMistakes(_ marked: String, _ codes: [DiagnosticCode]) {
    var offsets: [Int] = []
    var bytes: [UInt8] = []
    for character in marked {
      if character == "👉" {
        offsets.append(bytes.count)
      } else {
        bytes += Array(String(character).utf8)
      }
    }
    let parsed = readScenario(String(decoding: bytes, as: UTF8.self))
    #expect(parsed.diagnostics.map(\.code) == codes, "\(parsed.diagnostics.map(\.message))")
    #expect(parsed.diagnostics.map { Int($0.span.start) } == offsets, "\(marked)")
  }

  @Test(
    "are reported where they are",
    arguments: [
      ("👉writter a { SELECT 1; }", DiagnosticCode.unknownBlock),
      ("👉SELECT 1;", .unknownBlock), ("scenario \"a\"\n👉scenario \"b\"", .duplicateBlock),
      ("👉}", .syntaxError), ("writer 👉{ SELECT 1 }", .syntaxError),
      ("writer a 👉time 3 { COMMIT }", .unknownOption),
      ("writer a 👉sometimes { COMMIT }", .syntaxError),
      ("writer a times 👉x { COMMIT }", .syntaxError),
      ("writer a times 2 👉times 3 { COMMIT }", .syntaxError),
      ("writer a isolation 👉snapshot { COMMIT }", .syntaxError),
      ("writer a(x, y) for (x, y) in ((1, 2), 👉3) { COMMIT }", .columnCountMismatch),
      ("writer a(x) for x in 1👉, 2 { COMMIT }", .syntaxError),
      ("writer a 👉{ SELECT 1;", .unclosedBlock), ("data 👉{", .unclosedBlock),
      ("variant \"v\" 👉{ without locks", .unclosedBlock),
      ("writer a { IF true THEN NULL; ELSIF 👉}", .syntaxError),
      ("param 👉= 1", .syntaxError), ("param a int\n👉writer a { COMMIT }", .syntaxError),
      ("clock 👉12", .syntaxError), ("clock from 'a' 👉every 'b'", .syntaxError),
      ("invariant i { SELECT 1; 👉SELECT 2 }", .syntaxError),
      ("invariant i { 👉DELETE FROM t }", .syntaxError),
      ("faults { 👉crush a }", .unknownOption), ("allow 👉deadlocks", .unknownOption),
      ("allow 👉everything", .syntaxError), ("allow unhandled error 👉'1'", .invalidLiteral),
      ("check 👉serialisable", .unknownOption), ("expect 👉prooved", .unknownOption),
      ("expect 👉", .syntaxError), ("variant 👉v { }", .syntaxError),
      ("variant \"v\" { 👉witout locks }", .unknownOption),
      ("variant \"v\" { without 👉lokcs }", .unknownOption),
      ("variant \"v\" { set n 👉to 3 }", .syntaxError),
      ("timeline t { at 👉0 a }", .syntaxError), ("timeline t { a 3 👉; }", .syntaxError),
      ("timeline t { a to 👉end }", .syntaxError), ("include 👉'nowhere.race'", .includeNotFound),
      ("include 👉'example.race'", .includeCycle), ("include 👉x", .syntaxError),
      ("writer a { 👉UPDAT t SET a = 1; }", .syntaxError),
      ("schema { CREATE TABLE t (a int 👉b); }", .syntaxError),
    ])
  func places(marked: String, code: DiagnosticCode) {
    expectMistakes(marked, [code])
  }

  @Test("a missing brace is shown at its opening, and the next block is read")
  func missingBrace() {
    let text = """
      writer a 👉{
        UPDATE t SET x = 1

      writer b {
        SELECT 1;
      }
      schema 👉{
        CREATE TABLE t (a int);

      invariant i { SELECT 1 }
      """
    expectMistakes(text, [.unclosedBlock, .unclosedBlock])
    let scenario = readScenario(text.replacing("👉")).value.scenario
    #expect(scenario.writers.map(\.name.text) == ["a", "b"])
    #expect(scenario.writers.map { $0.program.statements.count } == [1, 1])
    #expect(scenario.invariants.count == 1)
  }

  @Test("mistakes of several blocks are reported together")
  func several() {
    expectMistakes(
      """
      writer a { 👉SELEC 1; SELECT 👉FROM FROM; SELECT 2; }
      👉invarant i { SELECT 1 }
      expect 👉maybe
      variant "v" {
        👉locks
        without 👉everything
        expect proved
      }
      """.replacingFirst("SELECT 👉FROM FROM", "SELECT FROM 👉FROM"),
      [.syntaxError, .syntaxError, .unknownBlock, .syntaxError, .syntaxError, .syntaxError])
  }

  @Test("an unknown block is guessed")
  func guess() {
    let parsed = readScenario("wrter a { SELECT 1 }")
    #expect(parsed.diagnostics.first?.help?.text == "did you mean `writer`?")
    #expect(parsed.diagnostics.first?.help?.replacement?.text == "writer")
  }

  @Test("a column that is called like a block is no block")
  func columnsLikeBlocks() {
    let scenario = scenario(
      """
      schema {
        CREATE TABLE t (
          data jsonb,
          writer text,
          check_ int
        );
        INSERT INTO t
        SELECT
          data,
          writer
        FROM t;
      }
      """)
    #expect(scenario.schemas[0].statements.count == 2)
  }

  @Test("files that include one another are refused, a file included twice is read once")
  func includes() {
    let files = [
      "a": "include 'b' include 'c'", "b": "include 'c'", "c": "writer w { COMMIT }",
      "x": "include 'y'", "y": "include 'x'",
    ]
    let twice = ScenarioReader.read(path: "a") { files[$0].map { Array($0.utf8) } }
    #expect(twice.isUsable)
    #expect(twice.value.scenario.writers.count == 1)
    #expect(twice.value.sources.files.map(\.path) == ["a", "b", "c"])
    let cycle = ScenarioReader.read(path: "x") { files[$0].map { Array($0.utf8) } }
    #expect(cycle.diagnostics.map(\.code) == [.includeCycle])
    let none = ScenarioReader.read(path: "nothing") { _ in nil }
    #expect(none.diagnostics.map(\.code) == [.includeNotFound])
    let endless = ScenarioReader.read(path: "0") { path in
      Array("include '\((Int(path) ?? 0) + 1)'".utf8)
    }
    #expect(endless.diagnostics.map(\.code) == [.limitExceeded])
  }

  @Test(
    "the examples of the explanations are what they say", arguments: DiagnosticCode.allCases)
  func explanations(code: DiagnosticCode) {
    let right = readScenario(code.explanation.right)
    #expect(right.diagnostics.isEmpty, "\(right.diagnostics.map(\.message))")
    let isFoundLater: Set<DiagnosticCode> = [.invalidUTF8, .fileTooLarge, .unsupportedType]
    let wrong = readScenario(code.explanation.wrong).diagnostics
    let isSyntax = code.rawValue.hasPrefix("RS00") || code.rawValue.hasPrefix("RS02")
    if isSyntax, !isFoundLater.contains(code) {
      #expect(wrong.first?.code == code, "\(wrong.map(\.message))")
    } else {
      #expect(wrong.allSatisfy { $0.code == code }, "\(wrong.map(\.message))")
    }
  }
}

extension String {
  /// The text without a piece.
  fileprivate func replacing(_ piece: Character) -> String { filter { $0 != piece } }

  /// The text with the first occurrence of one piece replaced.
  fileprivate func replacingFirst(_ piece: String, _ other: String) -> String {
    guard let range = firstRange(of: piece) else { return self }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
