import Foundation
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

  @Test("there are specs") func some() { #expect(Self.names.count > 4) }
}
