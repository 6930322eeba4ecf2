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
  /// Reads the file at `path` and everything that it includes.
  ///
  /// - Parameter load: gives the bytes of the file at a path, or `nil` when it cannot be read.
  ///   An included path is relative to the folder of the file that includes it.
  package static func read(
    path: String, load: (_ path: String) -> [UInt8]?
  ) -> Parsed<ScenarioSource> {
    Parsed(
      value: ScenarioSource(scenario: ScenarioSyntax(), sources: SourceMap()), diagnostics: [])
  }

  /// Reads a scenario from a text that includes nothing.
  package static func read(text: String, path: String = "scenario.race") -> Parsed<ScenarioSource> {
    read(path: path) { $0 == path ? Array(text.utf8) : nil }
  }
}
