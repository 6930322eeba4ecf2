import Foundation
import Reports
import SQL
import Scheduler
import Writers

@testable import RaceSim

/// The whole command over a text that is no file: read, compiled, explored, told and printed.
struct DamagedPipeline {
  /// The package's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What came of a text.
  struct Outcome {
    var status: Reports.ExitStatus
    var output: String
    var errors: String
    /// What is wrong with the answer itself; empty when nothing is.
    var complaints: [String]
  }

  /// The files of the package that scenarios are made of, by path from its root.
  private let files: [String: [UInt8]]

  /// The texts of all scenarios of the package, with those of its documents.
  let texts: [String]

  init() {
    var files: [String: [UInt8]] = [:]
    var texts: [String] = []
    for folder in ["Scenarios", "Tests"] {
      let found = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
      let names = (found?.compactMap { $0 as? String } ?? []).sorted()
      for name in names where name.hasSuffix(".race") || name.hasSuffix(".inc") {
        let path = "\(folder)/\(name)"
        guard let data = try? Data(contentsOf: Self.root.appending(path: path)) else { continue }
        files[path] = Array(data)
        guard name.hasSuffix(".race") else { continue }
        // The text is read as a file of the root: what it includes is named from there.
        let home = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        texts.append(
          String(decoding: data, as: UTF8.self).replacing("include '", with: "include '\(home)"))
      }
    }
    let document = (try? Data(contentsOf: Self.root.appending(path: "docs/SCENARIOS.md"))) ?? Data()
    let parts = String(decoding: document, as: UTF8.self).components(separatedBy: "```race")
    for part in parts.dropFirst() {
      let text = part.components(separatedBy: "```")[0]
      if text.hasPrefix(" file=account.inc") {
        files["account.inc"] = Array(text.dropFirst(" file=account.inc".count).utf8)
      } else {
        texts.append(text)
      }
    }
    self.files = files
    self.texts = texts
  }

  /// Checks a text with small bounds.
  func run(_ text: [UInt8], statesLimit: Int = 100) -> Outcome {
    var output = ""
    var errors = ""
    var complaints: [String] = []
    let console = Console(output: { output += $0 }, error: { errors += $0 })
    var engine = Engine.live
    engine.load = { path in
      let parsed = ScenarioReader.read(path: path) { $0 == path ? text : files[$0] }
      var loaded = Engine.Loaded(
        scenario: nil, diagnostics: parsed.diagnostics, sources: parsed.value.sources,
        isLibrary: false)
      if parsed.isUsable {
        let (scenario, diagnostics) = ScenarioCompiler.compile(parsed.value, path: path)
        loaded.scenario = scenario
        loaded.diagnostics += diagnostics
      }
      complaints += Self.complaints(about: loaded)
      return loaded
    }
    let finder = ScenarioFinder(entry: { _ in .file }, names: { _ in [] })
    let command = RaceSimCommand(
      console: console, engine: engine, finder: finder, isInterrupted: { false })
    let status = command.run([
      "check", "damaged.race", "--max-states", "\(statesLimit)", "--max-depth", "150",
      "--explain-pass",
    ])
    if errors.contains("mistake in RaceSim") { complaints.append("a run cannot be replayed") }
    if status == .invalidScenario, !errors.contains("error[RS") {
      complaints.append("refused without a word")
    }
    return Outcome(status: status, output: output, errors: errors, complaints: complaints)
  }

  private static func complaints(about loaded: Engine.Loaded) -> [String] {
    var complaints: [String] = []
    let hasErrors = loaded.diagnostics.contains { $0.severity == .error }
    if loaded.scenario == nil, !hasErrors { complaints.append("refused without an error") }
    if loaded.scenario != nil, hasErrors { complaints.append("accepted with an error") }
    let files = loaded.sources.files
    for diagnostic in loaded.diagnostics {
      for span in [diagnostic.span] + diagnostic.labels.map(\.span) {
        let isInside =
          Int(span.file) < files.count && span.start >= 0 && span.start <= span.end
          && Int(span.end) <= files[Int(span.file)].bytes.count
        if !isInside { complaints.append("a span outside the file: \(diagnostic.message)") }
      }
      let isComplete = !diagnostic.message.isEmpty && !(diagnostic.help?.text.isEmpty ?? false)
      if !isComplete { complaints.append("an empty message: \(diagnostic)") }
    }
    return complaints
  }
}
