import SQL
import Testing
import Writers

/// Spec files as they are read, and what is wrong with those that cannot be.
@Suite("Reading specs")
struct SpecReaderTests {
  private func read(_ text: String) -> Parsed<Spec> {
    SpecReader.read(SourceFile(path: "a.spec", text: text))
  }

  @Test("blocks end at the first brace and lose the blanks beside the braces, not the line breaks")
  func blocks() throws {
    let spec = read("session s step a {\t SELECT '{';  } step b {\n x \n} step c { }").value
    #expect(spec.sessions[0].steps.map(\.block.text) == ["SELECT '{';", "\n x \n", ""])
  }

  @Test("names may be anything in quotes, and comments stand outside of blocks")
  func names() throws {
    let spec = read(
      #"""
      # session x
      session "a ""b""" setup{x} step "step" { # stays
      }
      teardown {y}
      permutation "step" step1(*, "step" notices 12)
      """#)
    #expect(spec.value.sessions[0].name.text == "a \"b\"")
    #expect(spec.value.sessions[0].steps[0].block.text == "# stays\n")
    #expect(spec.value.sessions[0].teardown?.text == "y")
    #expect(spec.diagnostics.map(\.message).first == "there is no step `step1`")
  }

  @Test(
    "mistakes say where they are and what to type",
    arguments: [
      ("", 1, 1, "expected `setup`, `teardown` or `session`, not the end of the file"),
      ("sesion s step a { }", 1, 1, "expected `setup`, `teardown` or `session`, not `sesion`"),
      ("session s\nstep step { }", 2, 6, "expected the name of a step, not `step`"),
      ("session s step a SELECT", 1, 18, "expected `{`, not `SELECT`"),
      ("session s setup { }", 1, 20, "expected `step`, not the end of the file"),
      ("session s step a { SELECT 1;", 1, 18, "this block is never closed"),
      ("session s step \"a { }", 1, 16, "this name is never closed"),
      ("session s step a { } step a { }", 1, 27, "there are two steps called `a`"),
      ("session s step a { }\npermutation a b", 2, 15, "there is no step `b`"),
      (
        "session s step a { } permutation a(", 1, 36,
        "expected the name of a step, not the end of the file"
      ),
      (
        "session s step a { } step b { } permutation a(b) b", 1, 47,
        "step `b` is one of the same session"
      ),
      (
        "session s step a { } session t step b { } permutation a(b)", 1, 57,
        "step `b` is not part of this permutation"
      ),
      (
        "session s step a { } teardown { } step b { }", 1, 35,
        "expected `session` or `permutation`, not `step`"
      ),
      ("session s step a { } permutation a(a notices x)", 1, 46, "expected a number, not `x`"),
      ("session s step a { }; ", 1, 21, "unexpected character `;`"),
    ])
  func mistakes(text: String, line: Int, column: Int, message: String) throws {
    let diagnostics = read(text).diagnostics
    let first = try #require(diagnostics.first { $0.message == message })
    let position = SourceFile(path: "", text: text).position(at: Int(first.span.start))
    #expect(position == SourcePosition(line: line, column: column))
    #expect(first.help != nil)
  }

  @Test("a mistake in SQL is reported where it stands in the file")
  func sql() throws {
    let text = "setup { CREATE TABLE t (a int); }\nsession s\nstep a { SELECT b FROM t; }"
    let result = SpecCompiler.compile(SourceFile(path: "a.spec", text: text))
    #expect(result.compiled == nil)
    let diagnostic = try #require(result.diagnostics.first)
    #expect(result.sources.position(of: diagnostic.span) == SourcePosition(line: 3, column: 17))
  }

  @Test("what only shows when it runs is refused then")
  func refusal() throws {
    let text = """
      setup { CREATE TABLE t (a int); INSERT INTO t VALUES (1); }
      teardown { DROP TABLE t; }
      session s
      step a { SELECT xmin FROM t WHERE a = 2; }
      step b { SELECT xmin FROM t; }
      permutation a
      permutation b
      """
    let compiled = SpecCompiler.compile(SourceFile(path: "a.spec", text: text)).compiled
    var runner = try SpecRunner(try #require(compiled))
    let output = runner.run()
    #expect(!output.isComplete)
    #expect(output.refusal?.message.contains("step `b` cannot be run") == true)
    #expect(output.text.contains("xmin\n----\n(0 rows)"))
  }

  @Test("random bytes are read without a trap")
  func robustness() {
    var state: UInt64 = 7
    let pieces = [
      "session", "s", "step", "{", "}", "\"", "#", "\n", "(", ")", "*", ",", "permutation",
      "notices",
      "12", "setup", "teardown", " ", "SELECT 1", "é", "\u{0}",
    ]
    for _ in 0..<2000 {
      var text = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count] + (state >> 60 > 7 ? " " : "")
      }
      let parsed = read(text)
      if parsed.isUsable { _ = SpecCompiler.compile(SourceFile(path: "a", text: text)) }
    }
  }
}
