import Foundation
import SQL
import Testing
import Writers

/// Compiling scenarios in tests.
enum ScenarioSupport {
  /// The package's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Reads a file of the package, by a path relative to it.
  static func bytes(_ path: String) -> [UInt8]? {
    (try? Data(contentsOf: root.appending(path: path))).map { Array($0) }
  }

  /// The scenario files below a folder of the package, by relative path, sorted.
  static func scenarioFiles(in folder: String) -> [String] {
    let start = root.appending(path: folder)
    let found = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String }
    return (found ?? []).filter { $0.hasSuffix(".race") }.sorted().map { "\(folder)/\($0)" }
  }

  /// Compiles a text that includes nothing.
  static func compile(_ text: String) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    return (result.scenario, result.diagnostics)
  }

  /// Diagnostics as a test compares them: `RS0304 vol: there is no writer … | help`.
  static func describe(_ diagnostics: [Diagnostic], in text: String) -> [String] {
    let bytes = Array(text.utf8)
    return diagnostics.map { diagnostic in
      let range = diagnostic.span.range.clamped(to: bytes.indices)
      let place = String(decoding: bytes[range], as: UTF8.self)
      let help = diagnostic.help.map { " | \($0.text)" } ?? ""
      return "\(diagnostic.code.rawValue) [\(place)] \(diagnostic.message)\(help)"
    }
  }

  /// A diagnostic as a compiler prints it, for a test's message.
  static func render(_ diagnostics: [Diagnostic], _ sources: SourceMap) -> String {
    diagnostics.map { diagnostic in
      let position = sources.position(of: diagnostic.span)
      let file = sources.file(of: diagnostic.span).path
      let help = diagnostic.help.map { "\n  help: \($0.text)" } ?? ""
      return "\(file):\(position.line):\(position.column): \(diagnostic.severity): "
        + "[\(diagnostic.code.rawValue)] \(diagnostic.message)\(help)"
    }.joined(separator: "\n")
  }
}
