import RandomCases
import Scheduler

/// Judges many scenarios, counts, and shows what differs.
package struct SearchCampaign {
  package struct Options: Sendable {
    package var seed: UInt64 = 1
    package var first = 1
    package var cases = 1_000
    /// Drawn for each case if it is `nil`.
    package var size: ScenarioGenerator.Size?
    /// Only cases whose writers come in groups (``GroupGenerator``), instead of some.
    package var drawsGroups = false
    /// Only cases in which many wait for one row (``QueueGenerator``).
    package var drawsQueues = false
    package var shrinks = true
    package var isVerbose = false
    package var judge = SearchJudge()

    package init() {}
  }

  package struct Counts: Sendable {
    package var cases = 0
    package var skipped = 0
    package var refused = 0
    package var differences = 0
    /// Of those that agreed: held against the naive explorer, and against the plain search.
    package var naive = 0
    package var plain = 0
    package var proved = 0
    package var violated = 0
    package var inconclusive = 0
    /// Explored in several parts, of those that agreed; and how many parts at most.
    package var split = 0
    package var parts = 1
    package var naiveSteps = 0
    package var interleavings = 0
    package var finalStates = 0
    /// Cases with more than one final state, with waits, with cycles of waits.
    package var undetermined = 0
    package var waiting = 0
    package var deadlocked = 0
    /// Cases by a broken property, an error at the end, a drawn feature.
    package var broken: [String: Int] = [:]
    package var errors: [String: Int] = [:]
    package var features: [String: Int] = [:]

    package init() {}
  }

  package let options: Options
  package private(set) var counts = Counts()
  private let output: (String) -> Void
  /// Whether the time is up.
  private let isOver: () -> Bool

  package init(
    _ options: Options, isOver: @escaping () -> Bool = { false }, output: @escaping (String) -> Void
  ) {
    self.options = options
    self.isOver = isOver
    self.output = output
  }

  package mutating func run() {
    for number in options.first..<options.first + options.cases {
      if isOver() { break }
      run(number)
      if counts.cases % 1_000 == 0 { output("\(number): \(line)\n") }
    }
  }

  private func draw(_ number: Int) -> SearchCase {
    if options.drawsQueues { return QueueGenerator.make(seed: options.seed, number: number) }
    if options.drawsGroups { return GroupGenerator.make(seed: options.seed, number: number) }
    return ScenarioGenerator.make(seed: options.seed, number: number, size: options.size)
  }

  private mutating func run(_ number: Int) {
    let it = draw(number)
    counts.cases += 1
    if options.isVerbose { output("case \(number)\n\(it.text)\n") }
    switch options.judge.judge(it.text) {
    case .refused(let problem):
      counts.refused += 1
      output("case \(number) refused: \(problem)\n")
    case .skipped:
      counts.skipped += 1
    case .agreed(let naive, let findings, let parts):
      note(it, naive, findings)
      if parts > 1 { counts.split += 1 }
      counts.parts = max(counts.parts, parts)
    case .differs(let difference):
      counts.differences += 1
      report(it, difference)
    }
  }

  private mutating func note(_ it: SearchCase, _ naive: NaiveExplorer?, _ findings: Findings) {
    switch findings.verdict {
    case .proved: counts.proved += 1
    case .violated: counts.violated += 1
    case .inconclusive: counts.inconclusive += 1
    }
    if let naive {
      counts.naive += 1
      counts.naiveSteps += naive.steps
      counts.interleavings += naive.interleavings
      if naive.hasWaits { counts.waiting += 1 }
      if naive.hasDeadlocks { counts.deadlocked += 1 }
    } else {
      counts.plain += 1
    }
    let finalStates = findings.finalStates ?? FinalStateSet()
    counts.finalStates += finalStates.count
    if finalStates.count > 1 { counts.undetermined += 1 }
    for property in findings.broken.keys { counts.broken[property, default: 0] += 1 }
    for error in finalStates.errors { counts.errors[error, default: 0] += 1 }
    for feature in it.features { counts.features[feature, default: 0] += 1 }
  }

  private func report(_ it: SearchCase, _ difference: SearchJudge.Difference) {
    output("case \(it.number) differs: \(Self.text(difference))\n")
    guard options.shrinks else { return output("\n\(it.text)\n") }
    let smallest = CaseShrinker(options.judge, difference).shrink(it.scenario, isOver: isOver)
    output("\nthe smallest that was found:\n\n\(smallest.scenario.text)\n")
    output("\(Self.text(smallest.difference))\n\n")
  }

  private static func text(_ difference: SearchJudge.Difference) -> String {
    "\(difference.mode), \(difference.matter.rawValue): \(difference.details)"
  }

  private var line: String {
    "\(counts.cases) cases: \(counts.naive) agree with the naive explorer, \(counts.plain) with the "
      + "plain search, \(counts.skipped) too large, \(counts.refused) refused, "
      + "\(counts.differences) differ"
  }

  /// All that has been counted.
  package var summary: String {
    [
      line,
      "  of those that agree: \(counts.proved) proved, \(counts.violated) violated, "
        + "\(counts.inconclusive) inconclusive; \(counts.undetermined) with several final states, "
        + "\(counts.finalStates) in all; \(counts.split) explored in up to \(counts.parts) parts",
      "  naive: \(counts.interleavings) interleavings in \(counts.naiveSteps) steps; "
        + "\(counts.waiting) cases with waits, \(counts.deadlocked) with cycles of waits",
      "  broken: \(Self.text(counts.broken))",
      "  errors at the end: \(Self.text(counts.errors))",
      "  drawn: \(Self.text(counts.features))",
    ].joined(separator: "\n")
  }

  private static func text(_ counts: [String: Int]) -> String {
    if counts.isEmpty { return "none" }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
  }
}
