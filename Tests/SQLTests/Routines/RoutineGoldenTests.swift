import Foundation
import Store
import Testing

@testable import SQL

/// Golden scripts of compiled bodies: source text, `---`, the instructions and the diagnostics.
///
///     What the script shows.
///     ### schema
///     CREATE TABLE t (id int PRIMARY KEY);
///     ### writer w(o integer)
///     DELETE FROM t WHERE id = :o;
///     ---
///     writer w(o integer)
///        0  begin implicit
///        …
///
/// A section named `### live …` also shows, for each instruction, the variables that may still be
/// read. `RACESIM_BLESS=1 swift test` writes what is found over what is expected.
struct RoutineScript: CustomTestStringConvertible, Sendable {
  let path: String

  var testDescription: String { URL(fileURLWithPath: path).lastPathComponent }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static let all: [RoutineScript] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") }.sorted().map {
      RoutineScript(path: folder.appendingPathComponent($0).path)
    }
  }()
}

@Suite("Compiled bodies")
struct RoutineGoldenTests {
  @Test("golden scripts", arguments: RoutineScript.all)
  func golden(_ script: RoutineScript) throws {
    let text = try String(contentsOfFile: script.path, encoding: .utf8)
    let halves = text.components(separatedBy: "\n---\n")
    let source = halves[0] + "\n"
    let found = CompiledScript(source).description
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      try (source + "---\n" + found).write(toFile: script.path, atomically: true, encoding: .utf8)
      return
    }
    #expect(halves.count == 2 && halves[1] == found, "found:\n\(found)")
  }
}

/// A script's source, compiled.
struct CompiledScript: CustomStringConvertible {
  private(set) var description = ""
  private let builder: ProgramBuilder
  private var setups: [StatementSyntax] = []
  private var showsLive = false

  init(_ script: String) {
    var sources = SourceMap()
    var sections: [(head: String, file: SourceFile, index: UInt16)] = []
    for part in script.components(separatedBy: "\n### ").dropFirst() {
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      let file = SourceFile(path: String(lines[0]), text: lines.count > 1 ? String(lines[1]) : "")
      sections.append((String(lines[0]), file, sources.add(file)))
    }
    builder = ProgramBuilder(sources: sources)
    var routines: [RoutineID] = []
    for section in sections where section.head.hasPrefix("schema") || section.head == "world" {
      let parsed = SQLReader.statements(in: section.file, index: section.index)
      builder.diagnostics += parsed.diagnostics
      builder.define(parsed.value, isWorld: section.head == "world")
    }
    builder.addParameter(
      name: "grace", type: .interval,
      value: Value(interval: Interval(microseconds: 60_000_000)))
    builder.compileFunctions()
    for section in sections where section.head.hasPrefix("writer") {
      let parsed = SQLReader.program(in: section.file, index: section.index)
      builder.diagnostics += parsed.diagnostics
      let (name, parameters) = Self.parameters(section.head, section.index)
      _ = builder.compileWriter(name: name, parameters: parameters, program: parsed.value)
    }
    for section in sections where section.head == "data" {
      let parsed = SQLReader.statements(in: section.file, index: section.index)
      builder.diagnostics += parsed.diagnostics
      _ = builder.compileSetup(parsed.value)
    }
    builder.finishRoutines()
    routines = builder.program.routines.indices.map { RoutineID($0) }
    let showsLive = sections.contains { $0.head.hasSuffix(" live") }
    for id in routines { description += listing(id, showsLive) }
    for diagnostic in builder.diagnostics { description += line(diagnostic) }
  }

  private static func parameters(
    _ head: String, _ file: UInt16
  ) -> (String, [(NameSyntax, DataType)]) {
    let words = head.split(whereSeparator: { " (),".contains($0) }).map(String.init)
    let name = words.count > 1 ? words[1] : "writer"
    let rest = words.dropFirst(2).filter { $0 != "live" }
    let span = SourceSpan(file: file, start: 0, end: 0)
    let pairs = stride(from: rest.startIndex, to: rest.endIndex - 1, by: 2).map {
      (NameSyntax(rest[$0], at: span), DataType(named: rest[$0 + 1]) ?? .text)
    }
    return (name, pairs)
  }

  private func listing(_ id: RoutineID, _ showsLive: Bool) -> String {
    let text = builder.program.listing(of: id)
    guard showsLive else { return text }
    let lines = text.split(separator: "\n")
    var result = lines[0] + "\n"
    for (position, line) in lines.dropFirst().enumerated() {
      let names = builder.program.liveNames(of: id, at: position)
      result += "\(line)   {\(names.joined(separator: ", "))}\n"
    }
    return String(result)
  }

  private func line(_ diagnostic: Diagnostic) -> String {
    let sources = builder.program.sources
    let text = sources.text(of: diagnostic.span).split(whereSeparator: \.isWhitespace)
    let severity = diagnostic.severity == .error ? "" : "\(diagnostic.severity.rawValue) "
    let help = diagnostic.help.map { "\n    help: \($0.text)" } ?? ""
    return "\(severity)\(diagnostic.code.rawValue) \(diagnostic.message)\n"
      + "    at: \(text.joined(separator: " "))\(help)\n"
  }
}
