import SQL
import Scheduler
import Writers

/// Judges proofs for every number of sessions: random scenarios in which a writer runs `times many`.
///
/// - Where a rule is said to hold for every number, searches with one to seven sessions find nothing.
/// - Where it is said to be broken, a search with that number finds it, and with one less does not.
/// - Where the states up to the numbers of sessions close, whatever the rules, each state of the plain searches is one of
///   them. That is what proofs rest on, and is looked at one state after the other.
package struct ManyCampaign {
  package struct Counts: Sendable {
    package var cases = 0
    package var refused = 0
    package var differences = 0
    package var proved = 0
    package var violated = 0
    package var inconclusive = 0
    package var closed = 0
    package var abstractStates = 0
    package var auditedStates = 0
    package var searches = 0
    /// Inconclusive cases by their reasons.
    package var reasons: [String: Int] = [:]

    package init() {}
  }

  /// The most sessions of each kind that are searched with.
  private static let copiesLimit = 7

  package let options: SearchCampaign.Options
  package private(set) var counts = Counts()
  private let output: (String) -> Void
  private let isOver: () -> Bool

  package init(
    _ options: SearchCampaign.Options, isOver: @escaping () -> Bool = { false },
    output: @escaping (String) -> Void
  ) {
    self.options = options
    self.isOver = isOver
    self.output = output
  }

  package mutating func run() {
    for number in options.first..<options.first + options.cases {
      if isOver() { break }
      let it = ScenarioGenerator.make(seed: options.seed, number: number, size: options.size)
      let text = Self.withMany(it.text)
      counts.cases += 1
      if options.isVerbose { output("case \(number)\n\(text)\n") }
      do throws(Diagnostic) {
        guard let problem = try judge(text) else { continue }
        counts.differences += 1
        output("case \(number): \(problem)\n\n\(text)\n")
      } catch {
        counts.refused += 1
      }
      if counts.cases % 500 == 0 { output("\(number): \(summary)\n") }
    }
  }

  /// The scenario with `times many` in place of a number, or behind its first writer's name.
  static func withMany(_ text: String) -> String {
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if let times = words.firstIndex(of: "times") {
      words[times + 1] = "many"
      return words.joined(separator: " ")
    }
    guard let writer = words.firstIndex(where: { $0.hasSuffix("writer") }) else { return text }
    words.insert("times many", at: writer + 2)
    return words.joined(separator: " ")
  }

  private mutating func judge(_ text: String) throws(Diagnostic) -> String? {
    let compiled = ScenarioCompiler.compile(path: "case.race") { _ in Array(text.utf8) }
    guard let model = compiled.scenario?.models.first, model.isParametric else {
      counts.refused += 1
      return nil
    }
    var exploring = ExplorationOptions()
    exploring.statesLimit = options.judge.statesLimit
    var explorer = Explorer(model: model, options: exploring)
    let found = try explorer.run()
    switch found.verdict {
    case .proved: counts.proved += 1
    case .violated: counts.violated += 1
    case .inconclusive:
      counts.inconclusive += 1
      counts.reasons[Self.shortened(found.parametric?.reason ?? found.bound ?? ""), default: 0] += 1
    }
    if let problem = try compare(found, model) { return problem }
    return try audit(model)
  }

  /// Holds a verdict against searches with given numbers.
  private mutating func compare(
    _ found: Exploration, _ model: Model
  ) throws(Diagnostic) -> String? {
    let copies = found.parametric?.copies ?? 0
    let last = found.verdict == .proved ? Self.copiesLimit : found.verdict == .violated ? copies : 0
    for number in stride(from: 1, through: last, by: 1) {
      var plain = ExplorationOptions()
      plain.statesLimit = options.judge.statesLimit
      plain.takesQuietSteps = false
      plain.delaysWaits = false
      var explorer = Explorer(model: model.with(copies: number), options: plain)
      let there = try explorer.run()
      counts.searches += 1
      // A search that has hit its bound may have missed rules.
      if there.bound != nil || found.bound != nil && found.verdict == .violated { return nil }
      let isBroken = found.verdict == .violated && number == copies
      if isBroken != (there.verdict == .violated) {
        return "\(found.verdict.rawValue) (\(copies)), but \(there.verdict.rawValue) with \(number)"
      }
      guard isBroken else { continue }
      let lengths = { (it: Exploration) in
        it.counterexamples.map { "\($0.property) \($0.schedule.count)" }.sorted()
      }
      if lengths(found) != lengths(there) {
        return "\(lengths(found)), but \(lengths(there)) with \(number)"
      }
    }
    return nil
  }

  /// Holds states up to the numbers of sessions against those of searches with given numbers.
  private mutating func audit(_ model: Model) throws(Diagnostic) -> String? {
    for cut in 2...3 {
      var audit = try CrowdAudit(model, cut: cut, limit: options.judge.statesLimit / 4)
      guard audit.isClosed else { return nil }
      counts.closed += cut == 2 ? 1 : 0
      counts.abstractStates += audit.stateCount
      for copies in 1...Self.copiesLimit {
        let (states, schedule) = try audit.stray(copies: copies, limit: options.judge.statesLimit)
        counts.auditedStates += states
        if let schedule {
          return "cut \(cut): with \(copies) sessions a state is unknown, after "
            + ScheduleToken.text(of: schedule)
        }
        if states > options.judge.statesLimit { break }
      }
    }
    return nil
  }

  /// A reason without what differs from case to case.
  private static func shortened(_ reason: String) -> String {
    let parts = reason.split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().map { $0.offset % 2 == 0 ? String($0.element) : "…" }.joined()
  }

  /// All that has been counted.
  package var summary: String {
    let reasons = counts.reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\n    \($0.value) × \($0.key)" }.joined()
    return
      "\(counts.cases) cases: \(counts.proved) proved for every number, \(counts.violated) violated, "
      + "\(counts.inconclusive) inconclusive, \(counts.refused) refused, \(counts.differences) differ\n"
      + "  \(counts.searches) searches agree; \(counts.closed) closed, with \(counts.abstractStates) states, "
      + "among which all \(counts.auditedStates) are\(reasons)"
  }
}
