import SQL
import Scheduler
package import Writers

/// Explores a scenario naively and in other ways, and compares.
package struct SearchJudge: Sendable {
  /// What two ways to explore disagree about.
  package enum Matter: String, Hashable, Sendable, CaseIterable {
    case verdict, bound, properties, depth, switches, interleavings, counterexample
    case finalStates = "final states"
  }

  package struct Difference: Hashable, Sendable {
    /// The mode whose search is at odds with the judge.
    package var mode: String
    package var matter: Matter
    package var details: String
  }

  package enum Outcome: Sendable {
    /// All modes agree with the naive explorer or, if its findings are `nil`, with the plain search.
    /// `parts` is how many parts the model was explored in, at most.
    case agreed(naive: NaiveExplorer?, Findings, parts: Int)
    /// Too large even for the plain search.
    case skipped
    case differs(Difference)
    /// It does not compile, or its setup fails.
    case refused(String)
  }

  /// What the others are held against where the naive explorer does not end.
  package var baseline = SearchMode.plain
  package var modes = SearchMode.all
  /// The most steps of the naive explorer, and states of the baseline.
  package var naiveStepsLimit = 60_000
  package var statesLimit = 30_000

  package init() {}

  /// - Returns: The scenario as written, or what is wrong with it.
  package static func compile(_ text: String) -> (model: Model?, problem: String) {
    let path = "random.race"
    let result = ScenarioCompiler.compile(path: path) { $0 == path ? Array(text.utf8) : nil }
    if let model = result.scenario?.models.first { return (model, "") }
    return (nil, result.diagnostics.map(\.message).joined(separator: "; "))
  }

  package func judge(_ text: String) -> Outcome {
    let (model, problem) = Self.compile(text)
    guard let model else { return .refused(problem) }
    do throws(Diagnostic) {
      return try judge(model)
    } catch {
      return .refused(error.message)
    }
  }

  private func judge(_ model: Model) throws(Diagnostic) -> Outcome {
    let naive = try NaiveExplorer(model, options: MachineOptions(), stepsLimit: naiveStepsLimit)
    if !naive.isTooLarge {
      let wanted = Findings(naive)
      var parts = 1
      for mode in modes {
        if let difference = try difference(model, mode, wanted, &parts) {
          return .differs(difference)
        }
      }
      return .agreed(naive: naive, wanted, parts: parts)
    }
    var plain = baseline
    plain.options.statesLimit = statesLimit
    let wanted = try Findings(model, plain, observes: true)
    // A bound that is no matter of size must be the same for all.
    if wanted.bound == Bound.states.rawValue { return .skipped }
    var parts = 1
    for mode in modes where mode.name != plain.name {
      if let difference = try difference(model, mode, wanted, &parts) {
        return .differs(difference)
      }
    }
    return .agreed(naive: nil, wanted, parts: parts)
  }

  /// Searches in one mode, with an eye on the final states, and without if the search then ends earlier.
  private func difference(
    _ model: Model, _ mode: SearchMode, _ wanted: Findings, _ parts: inout Int
  ) throws(Diagnostic) -> Difference? {
    let found = try Findings(model, mode, observes: true)
    parts = max(parts, found.parts)
    let comparison = Comparison(mode: mode, wanted: wanted, found: found)
    if let difference = comparison.first(hasFinalStates: true) { return difference }
    if found.broken.isEmpty { return nil }
    let early = try Findings(model, mode, observes: false)
    return Comparison(mode: mode, wanted: wanted, found: early).first(hasFinalStates: false)
  }
}

/// Two explorations of one model, side by side.
private struct Comparison {
  let mode: SearchMode
  let wanted: Findings
  let found: Findings

  /// The first thing that differs.
  func first(hasFinalStates: Bool) -> SearchJudge.Difference? {
    if let fault = found.faults.first { return difference(.counterexample, fault) }
    if found.verdict != wanted.verdict {
      return difference(.verdict, "\(wanted.verdict) is \(found.verdict) here")
    }
    if found.bound != wanted.bound, !mode.options.stopsAtFirst {
      return difference(.bound, "\(wanted.bound ?? "none") is \(found.bound ?? "none") here")
    }
    if let difference = properties() { return difference }
    for (property, best) in found.broken.sorted(by: { $0.key < $1.key }) {
      if let difference = schedule(property, best) { return difference }
    }
    if let difference = counts() { return difference }
    if hasFinalStates && !mode.options.stopsAtFirst { return finalStates() }
    return nil
  }

  private func difference(
    _ matter: SearchJudge.Matter, _ details: String
  ) -> SearchJudge.Difference {
    .init(mode: mode.name, matter: matter, details: details)
  }

  private func properties() -> SearchJudge.Difference? {
    let names = Set(found.broken.keys)
    let expected = Set(wanted.broken.keys)
    // A search that ends with the first finding may have found some of them.
    let isRight = mode.options.stopsAtFirst ? names.isSubset(of: expected) : names == expected
    if isRight { return nil }
    let texts = [expected, names].map { $0.sorted().joined(separator: ", ") }
    return difference(.properties, "broken are \(texts[0]), here \(texts[1])")
  }

  private func schedule(
    _ property: String, _ best: NaiveExplorer.Best
  ) -> SearchJudge.Difference? {
    guard let expected = wanted.broken[property] else { return nil }
    // How long a loop is made is a matter of taste.
    if property == BuiltInProperty.endless.rawValue { return nil }
    if mode.promisesShortest ? best.steps != expected.steps : best.steps < expected.steps {
      return difference(
        .depth, "\(property) is broken after \(expected.steps) steps, here after \(best.steps)")
    }
    if mode.promisesFewestSwitches, best.steps == expected.steps, let count = best.switches,
      let least = expected.switches, count != least
    {
      return difference(
        .switches, "\(property) is broken with \(least) switches, here with \(count)")
    }
    return nil
  }

  private func counts() -> SearchJudge.Difference? {
    guard let here = found.interleavings, let expected = wanted.interleavings else { return nil }
    if here != expected {
      return difference(.interleavings, "there are \(expected), here \(here)")
    }
    for (property, count) in found.violating.sorted(by: { $0.key < $1.key }) {
      if let expected = wanted.violating[property], expected != count {
        return difference(.interleavings, "\(expected) break \(property), here \(count)")
      }
    }
    return nil
  }

  private func finalStates() -> SearchJudge.Difference? {
    guard let expected = wanted.finalStates, let here = found.finalStates else { return nil }
    let missing = expected.subtracting(here)
    let added = here.subtracting(expected)
    if missing.isEmpty && added.isEmpty { return nil }
    var lines = ["\(expected.count) are \(here.count) here"]
    for text in missing.prefix(3) { lines.append("missing:\n\(text)") }
    for text in added.prefix(3) { lines.append("not to be reached:\n\(text)") }
    return difference(.finalStates, lines.joined(separator: "\n"))
  }
}
