package import RandomCases

/// Makes a scenario smaller as long as the same mode is at odds about the same matter.
package struct CaseShrinker {
  private let judge: SearchJudge
  private let wanted: SearchJudge.Difference
  /// How many smaller scenarios may be judged.
  package var attemptsLimit = 2_000

  package init(_ judge: SearchJudge, _ wanted: SearchJudge.Difference) {
    var judge = judge
    judge.modes = judge.modes.filter { $0.name == wanted.mode }
    self.judge = judge
    self.wanted = wanted
  }

  /// - Returns: The smallest scenario that was found, and what differs in it.
  package func shrink(
    _ scenario: Piece, isOver: () -> Bool = { false }
  ) -> (scenario: Piece, difference: SearchJudge.Difference) {
    var best = (scenario: scenario, difference: wanted)
    var attempts = 0
    var position = 0
    var hasChanged = false
    var candidates = scenario.reductions
    while attempts < attemptsLimit, !isOver() {
      guard position < candidates.count else {
        // Whatever has become smaller may make other parts superfluous.
        if !hasChanged { break }
        (position, hasChanged) = (0, false)
        continue
      }
      attempts += 1
      let candidate = candidates[position]
      guard candidate.text != best.scenario.text,
        case .differs(let difference) = judge.judge(candidate.text),
        difference.matter == wanted.matter
      else {
        position += 1
        continue
      }
      best = (candidate, difference)
      candidates = candidate.reductions
      hasChanged = true
    }
    return best
  }
}
