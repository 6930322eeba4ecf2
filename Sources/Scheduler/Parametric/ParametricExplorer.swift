import SQL
import Writers

/// Explores a model of writers that run `times many`: proves its rules for every number of their sessions, or finds
/// the least number with which one is broken.
///
///     1, 2 sessions ─▶ every number, counted up to 2 ─▶ 3, 4 sessions ─▶ every number, counted up to 3 ─▶ …
///
/// A proof comes from a ``CrowdSearch`` that closes; a violation from a search with a number of sessions. Where neither
/// comes, the answer is inconclusive, with the largest number that was proved.
struct ParametricExplorer {
  private let model: Model
  private var options: ExplorationOptions
  private let start: Double?
  /// The states that are left to be met.
  private var statesLeft: Int
  private var facts = ParametricFacts()
  private var wasInterrupted = false

  /// The most sessions of a group that are explored one number after the other, and the largest cut.
  private static let copiesLimit = 8
  private static let cutLimit = 4
  /// The most states of all searches with a number, once it is plain that no proof comes of more.
  private static let boundedStates = 200_000
  /// The most states up to the numbers of sessions.
  private static let crowdStates = 100_000

  init(model: Model, options: ExplorationOptions) {
    self.model = model
    self.options = options
    start = options.monotonicSeconds?()
    statesLeft = options.statesLimit
    facts.writers = model.manyWriters
    // A checkpoint is one of a search with given numbers; so is the file of one.
    self.options.checkpoint = nil
    self.options.resumption = nil
    self.options.spill = nil
  }

  /// Explores.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  mutating func run() throws(Diagnostic) -> Exploration {
    let plain = ModelSystem(model: model, options: options.machine)
    facts.reason = CrowdSearch.obstacle(
      model, plain.machine, isEndlessChecked: plain.endlessProperty != nil)
    if options.countsInterleavings {
      facts.reason = "interleavings are counted for a number of sessions"
      var counted = try explore(copies: ScenarioLimits.copiesShown)
      facts.copies = ScenarioLimits.copiesShown
      counted.parametric = facts
      if counted.verdict == .proved {
        counted.verdict = .inconclusive
        counted.bound = Bound.copies.rawValue
      }
      return counted
    }
    var cut = 2
    var mayClose = facts.reason == nil
    var last: Exploration?
    var total = 0
    for copies in 1...Self.copiesLimit {
      var bounded = try explore(copies: copies)
      total += bounded.states
      statesLeft -= bounded.states
      if bounded.verdict != .proved {
        guard bounded.verdict == .violated || last == nil else { break }
        facts.copies = bounded.verdict == .violated ? copies : 0
        bounded.parametric = facts
        return bounded
      }
      facts.copies = copies
      last = bounded
      guard !isTimeUp, !wasInterrupted, statesLeft > 0 else { break }
      if mayClose, copies >= cut, cut <= Self.cutLimit {
        if let proof = try prove(cut: cut, &mayClose) { return proof }
        cut += 1
      }
      if total > Self.boundedStates || wasInterrupted { break }
    }
    var result = last ?? Exploration(verdict: .inconclusive)
    result.verdict = .inconclusive
    let bound: Bound = wasInterrupted ? .interrupted : isTimeUp ? .time : .copies
    result.bound = bound.rawValue
    result.parametric = facts
    return result
  }

  private func explore(copies: Int) throws(Diagnostic) -> Exploration {
    var options = options
    options.statesLimit = max(1, statesLeft)
    if let left = secondsLeft { options.timeoutSeconds = max(0.001, left) }
    var explorer = Explorer(model: model.with(copies: copies), options: options)
    return try explorer.run()
  }

  /// Tries a proof; what it has met is in the facts.
  private mutating func prove(
    cut: Int, _ mayClose: inout Bool
  ) throws(Diagnostic) -> Exploration? {
    var search = CrowdSearch(model: model, options: options, cut: cut)
    let deadline = secondsLeft.map { (options.monotonicSeconds?() ?? 0) + $0 }
    var isEnded = false
    let limit = min(statesLeft, Self.crowdStates)
    let end = try search.run(limit: limit) { states, transitions in
      if let deadline, let now = options.monotonicSeconds?(), now > deadline { return true }
      let report = ExplorationProgress(
        states: states, frontier: 0, transitions: transitions, depth: 0, violations: 0,
        memoryBytes: 0)
      if states % options.progressInterval < 256, options.progress?(report) == false {
        isEnded = true
      }
      return isEnded
    }
    wasInterrupted = isEnded
    statesLeft -= search.states.count
    facts.abstractStates = search.states.count
    facts.cut = cut
    switch end {
    case .closed:
      facts.reason = nil
      var result = Exploration(verdict: .proved)
      result.states = search.states.count
      result.transitions = search.transitions
      result.finalStates = search.finalStates
      result.parametric = facts
      return result
    case .broken(let properties):
      let all = Property.all(of: model)
      let names = properties.map { "`\(all[$0].name(in: model))`" }
      facts.reason =
        "counted up to \(cut), sessions seem to break \(names.joined(separator: ", ")), "
        + "which no number that was explored does"
    case .refused(let reason), .growing(let reason):
      facts.reason = reason
      mayClose = false
    case .bound:
      facts.reason = search.growing ?? "more than \(limit) states do not close"
      mayClose = false
    }
    return nil
  }

  private var secondsLeft: Double? {
    guard let timeout = options.timeoutSeconds, let start, let now = options.monotonicSeconds?()
    else { return nil }
    return timeout - (now - start)
  }

  private var isTimeUp: Bool { secondsLeft.map { $0 <= 0 } ?? false }
}

/// What is known of a model of writers that run `times many`.
package struct ParametricFacts: Hashable, Sendable {
  /// The writers.
  package var writers: [String] = []
  /// The number of sessions of each kind: with a violation, the least with which there is one; else the largest up to
  /// which everything holds, as each number was explored.
  package var copies = 0
  /// The states up to the numbers of sessions, and the number from which on those were not told apart; 0 if no proof
  /// for every number was tried.
  package var abstractStates = 0
  package var cut = 0
  /// Why there is no proof for every number; `nil` if there is one, or a violation.
  package var reason: String?

  package init() {}
}
