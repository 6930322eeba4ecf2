import Scheduler

/// Which numbers of sessions a verdict is about, in words, where writers run `times many`.
struct ParametricText {
  private let exploration: Exploration
  private let facts: ParametricFacts

  /// - Returns: `nil` if the scenario gives all numbers.
  init?(_ exploration: Exploration) {
    guard let facts = exploration.parametric else { return nil }
    self.exploration = exploration
    self.facts = facts
  }

  /// `for every number of verify sessions`, `with 2 verify sessions`, `with up to 8 verify sessions nothing is broken`.
  var scope: String {
    switch exploration.verdict {
    case .proved: return "for every number of \(sessions(2))"
    case .violated: return "with \(facts.copies) \(sessions(facts.copies))"
    case .inconclusive:
      if exploration.coverage != nil || exploration.interleavings != nil || facts.copies == 0 {
        return facts.copies == 0 ? "" : "with \(facts.copies) \(sessions(facts.copies))"
      }
      return "nothing is broken with up to \(facts.copies) \(sessions(facts.copies))"
    }
  }

  /// How it was proved, or why it was not; empty if there is nothing to say.
  var detail: String {
    switch exploration.verdict {
    case .proved: "closed when counted up to \(facts.cut)"
    case .violated: ""
    case .inconclusive: facts.reason ?? ""
    }
  }

  /// Both, for places with one line.
  var line: String { [scope, detail].filter { !$0.isEmpty }.joined(separator: "; ") }

  private func sessions(_ count: Int) -> String {
    let noun = count == 1 ? "session" : "sessions"
    guard facts.writers.count != 1 else { return "\(facts.writers[0].visible) \(noun)" }
    return "\(noun) of each of \(facts.writers.map(\.visible).joined(separator: ", "))"
  }
}
