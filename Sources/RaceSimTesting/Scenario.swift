public import Foundation
import SQL
import Writers

/// A scenario file, compiled: what a test asks questions about.
///
///     import RaceSimTesting
///     import Testing
///
///     @Test func reservations() async throws {
///       let scenario = try Scenario("Reservations.race")
///       try await scenario.proven()
///       try await scenario.violated("never_oversold", in: "without the lock")
///     }
///
/// A question that is answered otherwise than the test says is a ``RaceFailure``, whose text is the whole
/// counterexample: who does what in which order, what it changes, why the rule is false, what to try, and
/// the command that shows the run again. The same file gives the same answer in every run.
///
/// The language of the files is described in `docs/SCENARIOS.md`.
///
/// - Note: A debug build explores about twenty times slower than an optimized one. Where that matters, run
///   `swift test -Xswiftc -O`.
public struct Scenario: Sendable {
  /// What the modules below made of the file.
  let compiled: Writers.Scenario
  /// What the compiler remarks without refusing the file, each as it prints it.
  public let warnings: [String]

  /// Reads a file and what it includes.
  ///
  /// - Throws: A ``ScenarioError`` that shows what is wrong, and where.
  public init(contentsOf url: URL) throws(ScenarioError) {
    try self.init(path: Self.shown(url.standardizedFileURL.path)) { path in
      FileManager.default.contents(atPath: path).map { Array($0) }
    }
  }

  /// Reads a file that lies beside the test's source file.
  ///
  /// Nothing needs to be declared as a resource for that; the package has to be where it was built.
  ///
  /// - Parameters:
  ///   - name: The file's name, or its path from the folder of the source file.
  ///   - source: The source file; where the call is written, unless said otherwise.
  /// - Throws: A ``ScenarioError`` that shows what is wrong, and where.
  public init(_ name: String, beside source: String = #filePath) throws(ScenarioError) {
    let folder = URL(fileURLWithPath: source).deletingLastPathComponent()
    try self.init(contentsOf: folder.appendingPathComponent(name))
  }

  /// Takes a scenario from a text, such as one that is put together from the SQL of the code under test.
  ///
  /// - Parameters:
  ///   - text: The text of a scenario file; it can include nothing.
  ///   - name: What messages call the text.
  /// - Throws: A ``ScenarioError`` that shows what is wrong, and where.
  public init(text: String, name: String = "scenario.race") throws(ScenarioError) {
    try self.init(path: name) { $0 == name ? Array(text.utf8) : nil }
  }

  private init(path: String, load: (String) -> [UInt8]?) throws(ScenarioError) {
    guard let bytes = load(path) else {
      throw ScenarioError(description: "`\(path)` cannot be read")
    }
    let (scenario, diagnostics, sources) = ScenarioCompiler.compile(path: path) {
      $0 == path ? bytes : load($0)
    }
    let renderer = DiagnosticRenderer(sources)
    guard let scenario else {
      throw ScenarioError(description: renderer.render(diagnostics))
    }
    compiled = scenario
    warnings = diagnostics.map { renderer.render($0) }
  }

  /// The title at the head of the file.
  public var title: String { compiled.title }

  /// The names of the variants, in the order of the file; the scenario as written is none of them.
  ///
  /// They can be the arguments of a parameterized test.
  public var variants: [String] { compiled.models.map(\.name).filter { !$0.isEmpty } }

  /// The model of a variant, or of the scenario as written.
  func model(_ variant: String?) throws(ScenarioError) -> Model {
    if let model = compiled.models.first(where: { $0.name == variant ?? "" }) { return model }
    let known = variants.map { "\"\($0)\"" }.joined(separator: ", ")
    let help = known.isEmpty ? "it has none" : "it has \(known)"
    throw ScenarioError(
      description: "`\(compiled.path)` has no variant \"\(variant ?? "")\": \(help)")
  }

  /// A path from the current folder, if it lies in there.
  private static func shown(_ path: String) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }
}

/// A scenario that cannot be explored: its file cannot be read or has mistakes, or what is asked for is not
/// in it.
public struct ScenarioError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, with the lines of the file that it is about.
  public let description: String

  init(description: String) { self.description = description }

  init(_ diagnostic: Diagnostic, in model: Model) {
    description = DiagnosticRenderer(model.program.sources).render([diagnostic])
  }
}
