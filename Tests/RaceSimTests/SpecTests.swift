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

  @Test("there are specs") func some() { #expect(Self.names.count > 4) }
}
