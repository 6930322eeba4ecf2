import SQL
import Testing
import Writers

/// What docs/SQL.md says is in, and what it says is refused.
@Suite("The document on SQL")
struct SQLRefusalTests {
  /// A line of a table of refusals.
  struct Refusal: Sendable, CustomTestStringConvertible {
    /// What stands above it: `refused`, `refused definition`, and so on.
    var kind: String
    var text: String
    var code: String

    var testDescription: String { text }
  }

  private static let lines =
    String(decoding: ScenarioSupport.bytes("docs/SQL.md") ?? [], as: UTF8.self)
    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

  /// The fenced examples whose mark is ```` ```sql runnable ```` and what `mark` adds to it.
  private static func examples(_ mark: String) -> [String] {
    var examples: [String] = []
    var isOpen = false
    for line in lines {
      if line == "```sql runnable\(mark)" {
        isOpen = true
        examples.append("")
      } else if line.hasPrefix("```") {
        isOpen = false
      } else if isOpen {
        examples[examples.count - 1] += line + "\n"
      }
    }
    return examples
  }

  private static let schema = examples(" schema").joined(separator: "\n")

  static let programs = examples("")

  /// The lines of tables whose second column is a code, by hand; generated ones have tests of their own.
  static let refusals: [Refusal] = {
    var refusals: [Refusal] = []
    var kind = ""
    var isGenerated = false
    for line in lines {
      if line.hasPrefix("<!-- ") { isGenerated = line.hasPrefix("<!-- generated") }
      guard line.hasPrefix("| "), !isGenerated else { continue }
      let cells = line.dropFirst(2).split(separator: " | ").map(String.init)
      if cells.count >= 2, cells[1] == "code" { kind = cells[0] }
      guard cells.count >= 2, cells[1].hasPrefix("`RS"), cells[0].hasPrefix("`") else { continue }
      refusals.append(
        Refusal(
          kind: kind, text: String(cells[0].dropFirst().dropLast()),
          code: String(cells[1].split(separator: "`")[0])))
    }
    return refusals
  }()

  private func diagnostics(schema: String = "", program: String = "SELECT 1;") -> [Diagnostic] {
    ScenarioSupport.compile(
      "scenario \"x\"\nschema {\n\(Self.schema)\n\(schema)}\nwriter w {\n\(program)}\nexpect proved"
    ).diagnostics
  }

  @Test("there are examples and refusals") func any() {
    #expect(Self.programs.count >= 4)
    #expect(Self.refusals.count > 80)
  }

  @Test("each example compiles without a warning", arguments: programs)
  func compiles(program: String) {
    #expect(diagnostics(program: program).map(\.message) == [])
  }

  @Test("each refusal has its code", arguments: refusals)
  func refused(_ refusal: Refusal) {
    let found =
      switch refusal.kind {
      case "refused definition": diagnostics(schema: refusal.text + ";\n")
      case "refused in PL/pgSQL":
        diagnostics(
          schema: "CREATE FUNCTION z() RETURNS int LANGUAGE plpgsql AS $z$\n"
            + "DECLARE v text; BEGIN RETURN 1; "
            + "EXCEPTION WHEN OTHERS THEN \(refusal.text); RETURN 1; END $z$;\n")
      case "refused expression":
        diagnostics(
          program: "DECLARE r record; SELECT \(refusal.text) AS x INTO r FROM orders;\n")
      default: diagnostics(program: refusal.text + ";\n")
      }
    let codes = Set(found.map(\.code.rawValue))
    #expect(codes.contains(refusal.code), "\(found.map { "\($0.code.rawValue) \($0.message)" })")
    #expect(codes.count == 1)
  }
}
