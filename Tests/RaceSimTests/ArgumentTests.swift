import Testing

@testable import RaceSim

@Suite("Command lines")
struct ArgumentTests {
  private func parse(_ words: String...) throws(UsageError) -> Arguments {
    try Arguments.parse(words) { $0.hasSuffix(".race") }
  }

  @Test("the default command is check")
  func defaultCommand() throws {
    let arguments = try parse("a.race", "--count", "b.race")
    #expect(arguments.command.name == "check")
    #expect(arguments.positionals == ["a.race", "b.race"])
    #expect(arguments.has("--count"))
  }

  @Test("values stand after a space or an equals sign")
  func values() throws {
    let arguments = try parse(
      "check", "--max-states=1_000", "--timeout", "10m", "--max-memory", "4g", "-qv", "--", "-x")
    #expect(arguments.number("--max-states") == 1000)
    #expect(arguments.number("--timeout") == 600_000)
    #expect(arguments.number("--max-memory") == 4 << 30)
    #expect(arguments.has("--quiet") && arguments.has("--verbose"))
    #expect(arguments.positionals == ["-x"])
  }

  @Test(
    "mistakes are named",
    arguments: [
      (["chek"], "Unknown command 'chek'. Did you mean 'check'?"),
      (["--max-state", "3"], "Unknown option '--max-state'. Did you mean '--max-states'?"),
      (["--max-states"], "Missing value for '--max-states <n>'"),
      (
        ["--max-states", "-1"],
        "The value '-1' is invalid for '--max-states <n>': not a whole number"
      ),
      (
        ["--max-states", "99999999999999999999"],
        "The value '99999999999999999999' is invalid for '--max-states <n>': "
          + "it must be 1 to 4000000000"
      ),
      (["--count=3"], "The option '--count' takes no value"),
      (
        ["--width", "10", "x"],
        "The value '10' is invalid for '--width <columns>': it must be 40 to 400"
      ),
      (["--variant", "a", "--variant", "b"], "The option '--variant' is given twice"),
      (["replay"], "Missing expected argument '<file>'"),
      (["replay", "a.race", "b.race"], "Unexpected argument 'b.race'"),
      (["-z"], "Unknown option '-z'"),
      (
        ["--timeout", "9999999999999999h"],
        "The value '9999999999999999h' is invalid for '--timeout <duration>': write it as 500ms, 90s, 10m or 2h"
      ),
    ] as [([String], String)])
  func mistakes(words: [String], message: String) {
    #expect {
      try Arguments.parse(words) { $0.hasSuffix(".race") }
    } throws: { error in
      (error as? UsageError)?.message == message
    }
  }

  @Test(
    "no command line traps", arguments: ["", "-", "--", "---", "--=", "-é", "--=x", "=", "\u{0}"])
  func hostile(word: String) {
    for command in ["check", "replay", "list", "explain", ""] {
      _ = try? Arguments.parse([command, word, word]) { _ in false }
    }
  }

  @Test("globs")
  func globs() {
    #expect(Glob.matches("Scenarios/seats.race", "*seats*"))
    #expect(Glob.matches("abc", "a?c"))
    #expect(Glob.matches("", "*"))
    #expect(!Glob.matches("abc", "a*d"))
    #expect(Glob.matches("aXbXc", "a*b*c"))
  }
}
