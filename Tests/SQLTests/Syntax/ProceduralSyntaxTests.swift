import SQL
import Testing

@Suite("Syntax of programs")
struct ProceduralSyntaxTests {
  private func program(_ text: String) -> [ProceduralStatementSyntax] {
    let parsed = SQLReader.program(in: SourceFile(path: "p.sql", text: text))
    #expect(parsed.diagnostics.isEmpty, "\(text): \(parsed.diagnostics.map(\.message))")
    return parsed.value
  }

  @Test("every form is read whole", arguments: SyntaxSamples.programs)
  func accepted(text: String) { _ = program(text) }

  @Test("BEGIN with a semicolon or modes is a transaction, otherwise a block")
  func begin() {
    func kinds(_ text: String) -> [String] {
      program(text).map {
        switch $0.kind {
        case .block(let block): "block \(block.statements.count)"
        case .sql(let statement):
          switch statement.kind {
          case .begin(let modes): "begin \(modes.isolation?.rawValue ?? "-")"
          case .commit: "commit"
          default: "sql"
          }
        default: "other"
        }
      }
    }
    #expect(kinds("BEGIN; SELECT 1; END;") == ["begin -", "sql", "commit"])
    #expect(kinds("BEGIN SELECT 1; SELECT 2; END;") == ["block 2"])
    #expect(
      kinds("BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT")
        == ["begin serializable", "commit"])
    #expect(kinds("BEGIN BEGIN; COMMIT; END; END") == ["block 2", "commit"])
  }

  @Test("a writer declares one variable for each DECLARE, or those of a block")
  func declarations() {
    let plain = program("DECLARE a int; DECLARE b text := 'x'; SELECT 1;")
    #expect(plain.count == 3)
    guard case .declare(let first) = plain[0].kind else {
      Issue.record("no declaration")
      return
    }
    #expect(first.name.text == "a")
    // Outside of all constructs they are the program's, and the block's where they stand in one.
    let outside = program("DECLARE a int; b text; BEGIN a := 1; END;")
    #expect(outside.count == 3)
    let inside = program("LOOP DECLARE a int; b text; BEGIN a := 1; END; END LOOP;")
    guard case .loop(let statements) = inside.first?.kind,
      case .block(let block) = statements.first?.kind
    else {
      Issue.record("no block")
      return
    }
    #expect(block.declarations.map(\.name.text) == ["a", "b"])
  }

  @Test("INTO is taken from wherever it stands")
  func into() {
    for text in [
      "SELECT a, b INTO x, y.z FROM t", "SELECT INTO x, y.z a, b FROM t",
      "SELECT a, b FROM t INTO x, y.z WHERE c", "SELECT a, b FROM t WHERE c INTO x, y.z",
      "SELECT a, b FROM t ORDER BY a INTO x, y.z LIMIT 1 FOR UPDATE",
      "SELECT a, b FROM t LIMIT 1 FOR UPDATE INTO x, y.z",
      "UPDATE t SET a = 1 RETURNING a, b INTO x, y.z",
      "WITH w AS (SELECT 1) SELECT a, b INTO x, y.z FROM w",
    ] {
      guard case .sql(let statement) = program(text).first?.kind else {
        Issue.record("no statement")
        continue
      }
      #expect(statement.into?.targets.map(\.text) == ["x", "y.z"], "\(text)")
      #expect(statement.into?.isStrict == false)
    }
  }

  @Test("an assignment may read a table without SELECT")
  func assignment() {
    guard case .assign(let name, let value) = program("n := count(*) FROM t;").first?.kind else {
      Issue.record("no assignment")
      return
    }
    #expect(name.text == "n")
    #expect(SyntaxDescription.of(value) == "query")
    guard case .assign(let field, _) = program("status.if = 1").first?.kind else {
      Issue.record("no assignment")
      return
    }
    #expect(field.text == "status.if")
  }

  @Test("the spans of a function's body point into the file")
  func bodySpans() throws {
    let text = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN v := 'x'; END $$"
    guard case .createFunction(let function) = try statement(text).kind,
      case .procedural(let block) = function.body,
      case .assign(let name, let value) = block.statements[0].kind
    else {
      Issue.record("no function")
      return
    }
    let file = SourceFile(path: "s.sql", text: text)
    #expect(file.text(in: name.span.range) == "v")
    #expect(file.text(in: value.span.range) == "'x'")
  }

  @Test("so they do in a body in single quotes")
  func quotedBodySpans() throws {
    let text = "DO 'BEGIN a := ''x''''y''; v := 2; END'"
    guard case .anonymousBlock(.procedural(let block)) = try statement(text).kind,
      case .assign(_, let first) = block.statements[0].kind,
      case .assign(let name, _) = block.statements[1].kind
    else {
      Issue.record("no block")
      return
    }
    let file = SourceFile(path: "s.sql", text: text)
    #expect(first.kind == .string("x'y"))
    #expect(file.text(in: name.span.range) == "v")
  }

  @Test("handlers, labels and branches are kept")
  func structure() throws {
    guard case .createFunction(let function) = try statement(SyntaxSamples.functions[0]).kind,
      case .procedural(let block) = function.body
    else {
      Issue.record("no function")
      return
    }
    #expect(block.label?.text == "outer")
    #expect(block.declarations.count == 5)
    #expect(function.arguments.map(\.mode) == [.in, .in, .out, .inout, .variadic])
    #expect(function.volatility == .stable)
    #expect(function.settings.map(\.name.text) == ["search_path", "lock_timeout"])
    let blocks = block.statements.compactMap { statement -> BlockSyntax? in
      guard case .block(let block) = statement.kind else { return nil }
      return block
    }
    #expect(blocks.count == 1)
    #expect(blocks[0].handlers.map { $0.conditions.count } == [2, 1])
  }

  @Test("one broken condition is one mistake")
  func recovery() {
    let text = """
      IF a = THEN b := 1; ELSE c := 2; END IF;
      WHILE LOOP d := 1; END LOOP;
      d := ;
      e := 1;
      """
    let parsed = SQLReader.program(in: SourceFile(path: "p.sql", text: text))
    #expect(parsed.diagnostics.map(\.code) == [.syntaxError, .syntaxError, .syntaxError])
  }
}
