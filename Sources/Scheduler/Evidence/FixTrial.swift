import Invariants
import SQL
import Store
import Writers

/// Makes a change that advice names, and explores what comes of it.
struct FixTrial {
  /// The most states of a search, with up to eight sessions; one that has more says nothing.
  static let statesLimit = 50_000
  /// How often the writers try again.
  static let retries = 3

  private let model: Model
  private let options: MachineOptions
  private let property: String

  init(model: Model, options: MachineOptions, property: String) {
    self.model = model
    self.options = options
    self.property = property
  }

  /// The writers at a stronger level, trying again when they are refused.
  func level(_ level: IsolationLevel, sessions: [Int]) throws(Diagnostic) -> Trace.Fix? {
    var writers: [String] = []
    for session in sessions where !writers.contains(model.sessions[session].writer) {
      writers.append(model.sessions[session].writer)
    }
    let changed = model.raised(to: level, sessions: sessions).retrying(
      sessions, times: Self.retries)
    return try explore(
      changed,
      title: "run \(Self.list(writers)) at \(level.name) with "
        + "`retry \(Self.retries) on serialization_failure`")
  }

  /// The scenario with FOR UPDATE behind some SELECTs, compiled anew.
  ///
  /// - Returns: `nil` if the model leaves locks out, which would take the new ones too, or if the text does not compile.
  func locks(_ sites: [SourceSpan], in scenario: Scenario, title: String) throws(Diagnostic)
    -> Trace.Fix?
  {
    guard !sites.isEmpty, model.omittedLocks.isEmpty else { return nil }
    let sources = model.program.sources
    var files: [String: [UInt8]] = [:]
    for file in sources.files { files[file.path] = Array(file.bytes) }
    // From the end of each file, so that the places before stay right.
    for site in sites.sorted(by: { ($0.file, $0.end) > ($1.file, $1.end) }) {
      let path = sources.file(of: site).path
      guard var bytes = files[path] else { return nil }
      var end = Int(site.end)
      let trailing = [UInt8(ascii: ";"), UInt8(ascii: " "), UInt8(ascii: "\n")]
      while end > Int(site.start), trailing.contains(bytes[end - 1]) { end -= 1 }
      bytes.insert(contentsOf: Array(" FOR UPDATE".utf8), at: end)
      files[path] = bytes
    }
    let compiled = ScenarioCompiler.compile(path: scenario.path) { files[$0] }
    let isValid = !compiled.diagnostics.contains { $0.severity == .error }
    guard isValid, let changed = compiled.scenario?.models.first(where: { $0.name == model.name })
    else { return nil }
    return try explore(changed, title: title)
  }

  /// Explores a changed model; `nil` if it is too large, or the property is not one of it.
  func explore(_ changed: Model, title: String) throws(Diagnostic) -> Trace.Fix? {
    var exploring = ExplorationOptions()
    exploring.machine = options
    exploring.statesLimit = EvidenceFinder.limit(Self.statesLimit, for: changed)
    var explorer = Explorer(model: changed, options: exploring)
    let exploration = try explorer.run()
    let broken = exploration.counterexamples.map(\.property)
    if broken.contains(property) {
      return Trace.Fix(title: title, holds: false, states: exploration.states, broken: broken)
    }
    guard exploration.bound == nil else { return nil }
    return Trace.Fix(title: title, holds: true, states: exploration.states, broken: broken)
  }

  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
