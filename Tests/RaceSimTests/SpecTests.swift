import Foundation
import Reports
import SQL
import Testing
import Writers

/// Specs that a PostgreSQL 15 server has run: what isolationtester printed for each is beside it.
@Suite("Isolation specs")
struct SpecTests {
  private static let folder = "Tests/RaceSimTests/Specs"

  static let names = TidyTests.files.map(\.path)
    .filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".spec") }
    .map { String($0.dropFirst(folder.count + 1).dropLast(".spec".count)) }

  private static func text(_ name: String) throws -> String {
    let path = TidyTests.root.appending(path: "\(folder)/\(name)").path
    return String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
  }

  @Test("each prints what the server's does", arguments: names)
  func spec(name: String) throws {
    let file = SourceFile(path: "\(name).spec", text: try Self.text("\(name).spec"))
    let result = SpecCompiler.compile(file)
    #expect(result.diagnostics.map(\.message) == [])
    var runner = try SpecRunner(try #require(result.compiled))
    let output = runner.run()
    #expect(output.text == (try Self.text("\(name).out")))
  }

  @Test("a spec that is written and read again is the same", arguments: names)
  func written(name: String) throws {
    let spec = SpecReader.read(SourceFile(path: name, text: try Self.text("\(name).spec"))).value
    let copy = SpecReader.read(SourceFile(path: name, text: spec.text))
    #expect(copy.diagnostics == [])
    #expect(copy.value.text == spec.text)
    #expect(copy.value.sessions.map(\.name.text) == spec.sessions.map(\.name.text))
    #expect(
      copy.value.sessions.flatMap(\.steps).map(\.block.text)
        == spec.sessions.flatMap(\.steps).map(\.block.text))
    #expect(copy.value.permutations.count == spec.permutations.count)
  }

  @Test("the command runs, compares and explores them")
  func command() {
    let path = "\(Self.folder)/blockers.spec"
    let table = CommandInProcess.output(["spec", "--compare", Self.folder])
    #expect(table.contains("\(Self.names.count) of \(Self.names.count) specs as expected"))
    let outcomes = CommandInProcess.output(["spec", "--explore", path, "--count"])
    #expect(outcomes.contains("  can happen: deadlock, after 4 steps\n"))
    #expect(outcomes.contains("s1 ──door(2)──▶ s2 ──door(1)──▶ s1"))
    let token = outcomes.split(separator: "--token ").dropFirst().first?.prefix { $0 != "\n" } ?? ""
    let replay = CommandInProcess.output(["replay", path, "--token", String(token)])
    #expect(replay.contains("waits for s2 on door(2)"))
  }

  @Test("an interrupt ends a run between two steps, and a comparison between two files")
  func interrupted() throws {
    let file = SourceFile(path: "blockers.spec", text: try Self.text("blockers.spec"))
    var runner = try SpecRunner(try #require(SpecCompiler.compile(file).compiled))
    var steps = 0
    let output = runner.run(isCancelled: {
      steps += 1
      return steps > 2
    })
    #expect(output.isCancelled && !output.isComplete)
    #expect(output.text.contains("starting permutation"))
    let whole = try Self.text("blockers.out")
    #expect(whole.hasPrefix(output.text) && whole != output.text)
    for words in [["spec"], ["spec", "--compare"], ["spec", "--explore"]] {
      let status = CommandInProcess.status(
        words + ["\(Self.folder)/blockers.spec"], isInterrupted: { true })
      #expect(status == .interrupted)
    }
  }

  @Test(
    "what is not simulated is refused by name",
    arguments: [
      ("SET ROLE guest;", "CREATE VIEW v AS SELECT 1 AS one;", "a view beside SET ROLE"),
      ("SET ROLE guest;", "CREATE SEQUENCE q;", "a sequence beside SET ROLE"),
      ("BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE INDEX i ON t (n);", "", "beside SERIALIZABLE"),
      ("REINDEX SCHEMA public;", "", "REINDEX of more than a table"),
      ("CLUSTER t;", "", "CLUSTER by the index of last time"),
      ("CREATE UNIQUE INDEX CONCURRENTLY u ON t (n);", "", "only plain indexes over columns"),
      ("DROP INDEX CONCURRENTLY t_pkey;", "", "drops a unique index"),
      ("REINDEX INDEX nothing;", "", "no index `nothing`"),
      ("GRANT SELECT (n) ON t TO guest;", "", "privileges on columns"),
      ("GRANT FLY ON t TO guest;", "", "no privilege `fly`"),
      ("ALTER TABLE t DETACH PARTITION o;", "", "is no partition of `t`"),
    ])
  func refused(step: String, setup: String, message: String) {
    let text = """
      setup { CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE o (id int); \(setup) }
      session a step x { \(step) }
      """
    let result = SpecCompiler.compile(SourceFile(path: "refused.spec", text: text))
    #expect(result.diagnostics.contains { $0.message.contains(message) })
  }

  @Test("there are specs") func some() { #expect(Self.names.count > 4) }
}
