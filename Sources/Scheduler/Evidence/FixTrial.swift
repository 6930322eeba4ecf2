import Invariants
import SQL
import Store
import Writers

/// Makes a change that advice names, and explores what comes of it.
struct FixTrial {
  /// The most states of a search; one that has more says nothing.
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
    let changed = model.raised(to: level, sessions: sessions).retrying(sessions, times: Self.retries)
    return try explore(
      changed,
      title: "run \(Self.list(writers)) at \(level.name) with "
        + "`retry \(Self.retries) on serialization_failure`")
  }

  /// Explores a changed model; `nil` if it is too large, or the property is not one of it.
  func explore(_ changed: Model, title: String) throws(Diagnostic) -> Trace.Fix? {
    var exploring = ExplorationOptions()
    exploring.machine = options
    exploring.statesLimit = Self.statesLimit
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
