import Foundation
import Reports
import SQL
import Scheduler
import Testing
import Writers

@testable import RaceSim

/// What somebody sees who has never used the command: mistakes answered once and with what to type, and
/// everything that a run is about where it is shown.
@Suite("A stranger")
struct StrangerTests {
  private static let counter = """
    scenario "Two counts"
    schema { CREATE TABLE c (id int PRIMARY KEY, n int NOT NULL); }
    data { INSERT INTO c VALUES (1, 0); }
    writer count(k) for k in 1..2 {
      DECLARE v int;
      BEGIN;
      SELECT n INTO v FROM c WHERE id = 1;
      UPDATE c SET n = v + 1 WHERE id = 1;
      COMMIT;
    }
    finally counted { SELECT n FROM c WHERE n <> 2 }
    expect proved
    """

  private struct Printed {
    var status: Reports.ExitStatus
    var output: String
    var error: String
    var explored: Int
  }

  /// Runs the command in a folder with these files.
  private func run(_ files: [String: String], _ words: [String]) -> Printed {
    final class Screen { var (output, error, explored) = ("", "", 0) }
    let screen = Screen()
    var engine = Engine.live
    engine.load = { path in
      guard let bytes = files[path].map({ Array($0.utf8) }) else {
        return Engine.Loaded(
          scenario: nil, diagnostics: [], sources: SourceMap(), isLibrary: false,
          isUnreadable: true)
      }
      let result = ScenarioCompiler.compile(path: path) { $0 == path ? bytes : nil }
      return Engine.Loaded(
        scenario: result.scenario, diagnostics: result.diagnostics, sources: result.sources,
        isLibrary: false)
    }
    engine.bytes = { path in files[path].map { Array($0.utf8) } }
    let command = RaceSimCommand(
      console: Console(
        output: { screen.output += $0 }, error: { screen.error += $0 }), engine: engine,
      finder: ScenarioFinder(
        entry: { path in
          path == "folder" ? .folder : files[path] == nil ? System.entry(at: path) : .file
        }, names: { _ in [] }),
      files: .live, isInterrupted: { false })
    let status = command.run(words)
    return Printed(
      status: status, output: screen.output, error: screen.error, explored: screen.explored)
  }

  // MARK: Mistakes

  @Test("help for a command that there is not is wrong usage, and the one that was meant is named")
  func helpUnknown() {
    let found = run([:], ["help", "chekc"])
    #expect(found.status == .usage)
    #expect(found.error.hasPrefix("Error: Unknown command 'chekc'. Did you mean 'check'?\n"))
    #expect(run([:], ["help", "xyzzy"]).error.hasPrefix("Error: Unknown command 'xyzzy'\n"))
    #expect(run([:], ["help", "--color"]).status == .success)
  }

  @Test("without any scenario it is said how to begin")
  func nothingThere() {
    let found = run([:], ["check", "folder"])
    #expect(found.status == .nothing)
    #expect(found.error.contains("`racesim init` writes one to begin with"))
    let wrong = run(["a.race": Self.counter], ["check", "a.race", "--filter", "zzz*"])
    #expect(wrong.status == .nothing)
    #expect(wrong.error.contains("no name of a model matches --filter 'zzz*'"))
  }

  @Test("data that cannot be set up are told of once, however many variants have them")
  func setupOnce() {
    let text =
      Self.counter.replacing("(1, 0)", with: "(1, 0), (1, 0)")
      + "\nvariant \"x\" { expect violated }\nvariant \"y\" { expect violated }\n"
    let found = run(["a.race": text], ["check", "a.race"])
    #expect(found.status == .invalidScenario)
    #expect(found.error.components(separatedBy: "error[RS0316]").count == 2)
    #expect(found.output.contains("0 models: 1 file with errors"))
  }

  @Test("of a file that is no text only that is told")
  func binary() {
    let found = run(["a.race": "scenario \u{0}\u{0}\u{1}\u{2} 'x \u{7}"], ["check", "a.race"])
    #expect(found.status == .invalidScenario)
    #expect(found.error.components(separatedBy: "error[").count == 2)
    #expect(found.error.hasPrefix("error[RS0008]: a NUL byte"))
  }

  @Test("a scenario given for a spec, a folder for a trace")
  func wrongKind() {
    let found = run(["a.race": Self.counter], ["spec", "a.race"])
    #expect(found.status == .usage)
    #expect(found.error.contains("`racesim check a.race` explores it"))
    #expect(run([:], ["report", "folder"]).error.contains("it is a folder"))
  }

  @Test("a value that is none of a few is answered with all of them")
  func values() {
    #expect(
      run([:], ["check", "--color", "pink"]).error.contains("it must be auto, always or never"))
    #expect(
      run([:], ["check", "--report", "psql"]).error.contains(
        "write a folder after it, as psql=races"))
  }

  // MARK: Reports

  @Test("what cannot be written is said before the search")
  func unwritable() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "racesim-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "file")
    try Data().write(to: file)
    for destination in [
      "html=/nonexistent/x.html", "json=\(folder.path)", "spec=\(file.path)",
      "psql=\(file.path)/b",
    ] {
      let found = run(["a.race": Self.counter], ["check", "a.race", "--report", destination])
      #expect(found.status == .unwritableReport, "\(destination)")
      #expect(found.output.isEmpty)
      #expect(found.error.hasPrefix("error: `"))
    }
  }

  @Test("each finding becomes a spec and a script, named after it")
  func exports() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "racesim-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let text =
      Self.counter + "\nvariant \"At a level: repeatable READ!\" { isolation repeatable read }\n"
      + "variant \"twice\" { expect violated counted }\n"
    let words = [
      "check", "a.race", "-q", "--no-evidence", "--report", "spec=\(folder.path)/s", "--report",
      "psql=\(folder.path)/p",
    ]
    #expect(run(["a.race": text], words).status == .violation)
    let specs = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/s").sorted()
    #expect(specs.contains("a.counted.spec"))
    #expect(specs.contains("a.twice.counted.spec"))
    let scripts = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/p").sorted()
    #expect(scripts == specs.map { $0.replacing(".spec", with: ".sh") })
    let script = try String(
      contentsOf: folder.appending(path: "p/a.counted.sh"), encoding: .utf8)
    #expect(script.hasPrefix("#!/usr/bin/env bash\n# Two counts\n# a.race\n# breaks counted: "))
    let statements = run(["a.race": text], words + ["--granularity", "statement"])
    #expect(statements.error.contains("cannot be written as spec: its steps are whole statements"))
  }

  // MARK: Runs

  private func token(_ text: String) throws -> String {
    let found = run(["a.race": text], ["check", "a.race", "--no-evidence"])
    let line = try #require(
      found.output.split(separator: "\n").first { $0.hasPrefix("  replay ") })
    return String(try #require(line.split(separator: " ").last))
  }

  @Test("a change that hides another one is marked, also where it writes the same value")
  func overwritten() {
    let found = run(["a.race": Self.counter], ["check", "a.race", "--no-evidence"])
    #expect(found.output.contains("~ c(1): the same values*"))
    #expect(found.output.contains("◀ overwrites count(2)'s change"))
    let looks = Self.counter.replacing(
      "SET n = v + 1 WHERE id = 1", with: "SET n = n + v + 1 WHERE id = 1")
    let other = run(["a.race": looks], ["check", "a.race", "--no-evidence"])
    #expect(!other.output.contains("overwrites"))
    let columns = """
      scenario "Two columns"
      schema { CREATE TABLE p (id int PRIMARY KEY, price int NOT NULL, discount int NOT NULL); }
      data { INSERT INTO p VALUES (1, 100, 0); }
      writer lower { DECLARE v record; BEGIN; SELECT * INTO v FROM p WHERE id = 1;
        IF v.discount = 0 THEN UPDATE p SET price = 50 WHERE id = 1; END IF; COMMIT; }
      writer give { UPDATE p SET discount = 60 WHERE id = 1 AND price > 60; }
      finally fair { SELECT id FROM p WHERE discount > price }
      expect proved
      """
    let apart = run(["a.race": columns], ["check", "a.race", "--no-evidence"])
    #expect(!apart.output.contains("overwrites"))
    #expect(apart.output.contains("without looking at it again."))
  }

  @Test("with --ascii nothing but ASCII is printed, at any width", arguments: [40, 80, 200])
  func ascii(width: Int) throws {
    for words in [["check", "-v"], ["audit"], ["napkin"], ["list"]] {
      let found = run(
        ["a.race": Self.counter], words + ["a.race", "--ascii", "--width", String(width)])
      #expect(found.output.utf8.allSatisfy { $0 < 0x80 }, "\(words)")
    }
    for entry in Glossary.entries {
      let found = run([:], ["explain", entry.argument, "--ascii", "--width", String(width)])
      #expect(found.output.utf8.allSatisfy { $0 < 0x80 }, "\(entry.argument)")
    }
  }

  @Test("a replay by token says why the run breaks a rule, and what was tried beside it")
  func replayTellsWhy() throws {
    let words = ["replay", "a.race", "--token", try token(Self.counter)]
    let full = run(["a.race": Self.counter], words)
    #expect(full.status == .success)
    for part in [
      "  why    must hold at the end: counted", "  near   ", "  level  ", "  serial ", "verified: ",
    ] {
      #expect(full.output.contains(part), "\(part)")
    }
    #expect(full.output.contains("  at the end\n"))
    let bare = run(["a.race": Self.counter], words + ["--no-evidence"]).output
    #expect(bare.contains("  why    "))
    #expect(!bare.contains("  near   "))
    #expect(!bare.contains("verified: "))
    #expect(
      !run(["a.race": Self.counter], words + ["--no-verify-fixes"]).output.contains("verified: "))
    #expect(!run(["a.race": Self.counter], words + ["--to", "3"]).output.contains("  why    "))
    let json = run(["a.race": Self.counter], words + ["--format", "json"]).output
    let trace = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect((trace?["evidence"] as? [String: Any])?["near"] is [String: Any])
  }
}
