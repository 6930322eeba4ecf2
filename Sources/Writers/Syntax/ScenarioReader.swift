package import SQL

/// A scenario with the files that it was read from.
package struct ScenarioSource: Sendable {
  package var scenario: ScenarioSyntax
  package var sources: SourceMap

  package init(scenario: ScenarioSyntax, sources: SourceMap) {
    self.scenario = scenario
    self.sources = sources
  }
}

/// Reads scenario files.
package enum ScenarioReader {
  /// The most files that one scenario may be made of.
  package static let filesLimit = 256

  /// Reads the file at `path` and everything that it includes.
  ///
  /// An included path is relative to the folder of the file that includes it. A file that is
  /// included twice is read once.
  ///
  /// - Parameters:
  ///   - path: The path of the scenario file.
  ///   - load: Gives the bytes of the file at a path, or `nil` when it cannot be read.
  /// - Returns: The blocks of all files, and what is wrong with them.
  package static func read(
    path: String, load: (_ path: String) -> [UInt8]?
  ) -> Parsed<ScenarioSource> {
    var reading = Reading()
    if let bytes = load(path) {
      reading.read(path: path, bytes: bytes, load: load)
    } else {
      let file = reading.sources.add(SourceFile(path: path, bytes: []))
      reading.diagnostics.append(
        Diagnostic(
          .includeNotFound, "`\(path)` cannot be read",
          at: SourceSpan(file: file, start: 0, end: 0),
          help: "check the path and its permissions"))
    }
    let source = ScenarioSource(scenario: reading.scenario, sources: reading.sources)
    return Parsed(value: source, diagnostics: reading.diagnostics)
  }

  /// Reads a scenario from a text that includes nothing.
  package static func read(text: String, path: String = "scenario.race") -> Parsed<ScenarioSource> {
    read(path: path) { $0 == path ? Array(text.utf8) : nil }
  }

  /// The path of an included file, from that of the file which includes it.
  package static func resolve(_ path: String, from includer: String) -> String {
    if path.hasPrefix("/") { return path }
    var parts = includer.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != "..", !last.isEmpty {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }
}

/// The files of one scenario while they are being read.
private struct Reading {
  var scenario = ScenarioSyntax()
  var sources = SourceMap()
  var diagnostics: [Diagnostic] = []

  /// The files whose blocks are being read, outermost first.
  private var openPaths: [String] = []

  /// Reads one file into the scenario.
  mutating func read(path: String, bytes: [UInt8], load: (String) -> [UInt8]?) {
    let file = SourceFile(path: path, bytes: bytes)
    let index = sources.add(file)
    openPaths.append(path)
    var parser = ScenarioParser(file, index: index, scenario: scenario)
    parser.parseFile { (path, inner) in
      scenario = inner.scenario
      let included = include(path, from: file.path, load: load)
      inner.scenario = scenario
      return included
    }
    scenario = parser.scenario
    openPaths.removeLast()
    diagnostics += parser.parser.diagnostics
  }

  /// Reads an included file and returns its index, `nil` when it cannot be had.
  private mutating func include(
    _ path: StringSyntax, from includer: String, load: (String) -> [UInt8]?
  ) -> UInt16? {
    let resolved = ScenarioReader.resolve(path.text, from: includer)
    guard !openPaths.contains(resolved) else {
      report(
        .includeCycle, "`\(path.text)` includes itself", path,
        help: "the files include one another: "
          + (openPaths + [resolved]).joined(separator: " → "))
      return nil
    }
    if let known = sources.files.firstIndex(where: { $0.path == resolved }) {
      return UInt16(known)
    }
    guard sources.files.count < ScenarioReader.filesLimit, openPaths.count < 32 else {
      report(
        .limitExceeded, "too many files", path,
        help: "a scenario has at most \(ScenarioReader.filesLimit) files, 32 deep")
      return nil
    }
    guard let bytes = load(resolved) else {
      report(
        .includeNotFound, "`\(resolved)` cannot be read", path,
        help: "the path is relative to the folder of this file")
      return nil
    }
    let index = UInt16(sources.files.count)
    read(path: resolved, bytes: bytes, load: load)
    return index
  }

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, _ path: StringSyntax, help: String
  ) {
    diagnostics.append(Diagnostic(code, message, at: path.span, help: help))
  }
}
