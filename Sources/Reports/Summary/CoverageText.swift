import Scheduler

/// What random runs have met, in a few lines below a model's verdict.
///
///     1,000 runs (pct, depth 3, seed 1): 812 interleaving classes, 34 pairs of statements
///     the last 100 runs: 12 new states, 40 new classes, 0 new pairs
///     about 17 % of further runs would be of a new class
///     a bug of depth 3: found by a run with a chance of at least 1/(4·38²), by all with 16 %
struct CoverageText {
  private let coverage: RandomCoverage
  private let style: Style

  init(_ coverage: RandomCoverage, _ style: Style) {
    self.coverage = coverage
    self.style = style
  }

  var lines: [String] {
    [drawn, latest, saturation, guarantee].compactMap(\.self)
  }

  private var drawn: String {
    let options = coverage.options
    let how = options.strategy == .pct ? "pct, depth \(options.depth)" : "uniform"
    let least = coverage.isClassesExact ? "" : style.usesASCII ? ">= " : "≥ "
    return "\(counted(coverage.runs, "run")) (\(how), seed \(options.seed)): "
      + "\(least)\(counted(coverage.classes, "interleaving class", "interleaving classes")), "
      + "\(counted(coverage.pairs.count, "pair")) of statements"
  }

  private var latest: String {
    let it = coverage.latest
    let parts = [
      counted(it.states, "new state"), counted(it.classes, "new class", "new classes"),
      counted(it.pairs, "new pair"),
    ]
    let runs = it.runs == 1 ? "the last run" : "the last \(counted(it.runs, "run"))"
    return "\(runs): \(parts.joined(separator: ", "))"
  }

  private var saturation: String? {
    coverage.newClassChance.map { "about \(percent($0)) of further runs would be of a new class" }
  }

  private var guarantee: String? {
    guard let chance = coverage.chance, let length = coverage.length else { return nil }
    let depth = coverage.options.depth
    let times = style.usesASCII ? "*" : "·"
    let power = depth > 2 ? "^\(depth - 1)" : ""
    let steps = depth > 1 ? "\(times)\(length)\(power)" : ""
    let longer =
      coverage.longerRuns > 0
      ? ", were it not for \(counted(coverage.longerRuns, "run")) of more than \(length) steps" : ""
    return "a bug of depth \(depth): found by a run with a chance of at least "
      + "1/(\(coverage.actors)\(steps)), by all with \(percent(chance))\(longer)"
  }

  /// `0.3 %`, `16 %`; never 0 or 100 where it is not exactly that.
  private func percent(_ part: Double) -> String {
    let tenths = Int((part * 1_000).rounded())
    if part > 0, tenths == 0 { return "less than 0.1 %" }
    if part < 1, tenths == 1_000 { return "more than 99.9 %" }
    if tenths >= 100 || tenths % 10 == 0 { return "\((tenths + (tenths >= 100 ? 5 : 0)) / 10) %" }
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
