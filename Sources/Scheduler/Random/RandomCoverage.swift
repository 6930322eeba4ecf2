/// What random runs have been, and how much of the model they have come through.
package struct RandomCoverage: Sendable {
  /// Two statements of different sessions' writers that met: the second was the next to touch something that
  /// the first had touched, in a way that conflicts.
  package struct Pair: Hashable, Comparable, Sendable {
    package var first: Statement
    package var second: Statement

    package static func < (left: Pair, right: Pair) -> Bool {
      left.first != right.first ? left.first < right.first : left.second < right.second
    }
  }

  /// A statement of a writer, or of a function that it has called, by where it begins.
  package struct Statement: Hashable, Comparable, Sendable {
    package var writer: String
    package var path: String
    package var line: Int
    package var column: Int

    package static func < (left: Statement, right: Statement) -> Bool {
      (left.writer, left.path, left.line, left.column)
        < (right.writer, right.path, right.line, right.column)
    }
  }

  /// What had been met after so many runs.
  package struct Point: Hashable, Sendable {
    package var runs: Int
    package var states: Int
    package var classes: Int
    package var pairs: Int
  }

  package var options: RandomOptions
  /// The runs that were made; fewer than ``RandomOptions/runs`` if a bound or a finding ended them.
  package var runs = 0
  /// For PCT: the expected length of a run (the longest of a few uniform ones), and how many were longer.
  package var length: Int?
  package var longerRuns = 0
  /// Sessions that stepped, the clock if it moves, and what the environment may do: ``PriorityOrder``.
  package var actors = 0

  /// Different canonical states, by fingerprint: exact, unless the set was full.
  package var states = 0
  package var isStatesExact = true
  /// Interleavings that differ in more than the order of steps that nobody can tell apart.
  package var classes = 0
  /// Those among them that exactly one run has met.
  package var singleClasses = 0
  package var isClassesExact = true
  /// In the order of the runs that met them first, by their places within a run.
  package var pairs: [Pair] = []
  /// After 1, 2, 5, 10, 20, … runs and the last.
  package var growth: [Point] = []
  /// What the last tenth of the runs has met first.
  package var latest = Point(runs: 0, states: 0, classes: 0, pairs: 0)

  package init(options: RandomOptions) { self.options = options }

  /// The least chance that one run of PCT finds a bug of its depth, if no run is longer than expected:
  /// 1/(n·k^(d-1)).
  package var chancePerRun: Double? {
    guard options.strategy == .pct, let length, actors > 0 else { return nil }
    var chance = 1 / Double(actors)
    for _ in 1..<max(options.depth, 1) { chance /= Double(max(length, 1)) }
    return chance
  }

  /// The same for all runs together.
  package var chance: Double? {
    chancePerRun.map { chance in
      var missed = 1.0
      var factor = 1 - chance
      var left = runs
      while left > 0 {
        if left & 1 == 1 { missed *= factor }
        factor *= factor
        left >>= 1
      }
      return 1 - missed
    }
  }

  /// The chance that one more run is of a class that none has met: Good and Turing's estimate, the part of the
  /// runs whose class was met once.
  package var newClassChance: Double? {
    runs > 0 && isClassesExact ? Double(singleClasses) / Double(runs) : nil
  }
}
