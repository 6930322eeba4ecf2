import Writers

/// The runs so far, in the order of their numbers: what they broke and what they came through.
struct RunTally: ~Copyable {
  var coverage: RandomCoverage
  /// For each property, the shortest schedule that broke it, the earliest run's among equals.
  private(set) var found: [[Choice]?]

  private var visited = VisitedSet()
  private let statesLimit: Int
  private let memoryLimit: Int?
  /// How often each class was met, 2 for more than once.
  private var classes: [Fingerprint: UInt8] = [:]
  private var known: Set<RandomCoverage.Pair> = []
  private var actors: Set<Int> = []
  private var transitions = 0
  private var finalStates: Set<Fingerprint> = []
  private var longest = 0
  private var wasCutOff = false
  /// What had been met after each run.
  private var history: [RandomCoverage.Point] = []

  /// The most classes that are told apart.
  private static let classesLimit = 1_000_000

  init(options: RandomOptions, propertyCount: Int, statesLimit: Int, memoryLimit: Int?) {
    coverage = RandomCoverage(options: options)
    found = Array(repeating: nil, count: propertyCount)
    self.statesLimit = statesLimit
    self.memoryLimit = memoryLimit
  }

  var hasFound: Bool { found.contains { $0 != nil } }

  var bound: Bound { wasCutOff ? .steps : .runs }

  var progress: ExplorationProgress {
    ExplorationProgress(
      states: visited.count, frontier: 0, transitions: transitions, depth: longest,
      violations: found.count { $0 != nil }, memoryBytes: visited.byteCount)
  }

  mutating func add(_ record: RunRecord) {
    coverage.runs += 1
    transitions += record.steps
    longest = max(longest, record.steps)
    if record.isFinal, finalStates.count < Self.classesLimit, let last = record.states.last {
      finalStates.insert(last)
    }
    if record.wasCutOff { wasCutOff = true }
    if let length = coverage.length, record.steps > length { coverage.longerRuns += 1 }
    for (property, schedule) in record.broken
    where schedule.count < found[property]?.count ?? .max {
      found[property] = schedule
    }
    for state in record.states { add(state) }
    if let count = classes[record.trace] {
      if count == 1 { classes[record.trace] = 2 }
    } else if classes.count < Self.classesLimit {
      classes[record.trace] = 1
    } else {
      coverage.isClassesExact = false
    }
    for pair in record.pairs where known.insert(pair).inserted { coverage.pairs.append(pair) }
    actors.formUnion(record.actors)
    history.append(point)
  }

  private mutating func add(_ state: Fingerprint) {
    let isFull =
      visited.count >= statesLimit || memoryLimit.map { visited.byteCount > $0 } ?? false
    if !isFull {
      _ = visited.insert(state)
    } else if visited.index(of: state) == nil {
      coverage.isStatesExact = false
    }
  }

  private var point: RandomCoverage.Point {
    .init(
      runs: coverage.runs, states: visited.count, classes: classes.count,
      pairs: coverage.pairs.count)
  }

  /// All but the counterexamples.
  var exploration: Exploration {
    var result = Exploration(verdict: hasFound ? .violated : .inconclusive)
    result.states = visited.count
    result.transitions = transitions
    result.depth = longest
    result.finalStates = finalStates.count
    result.memoryBytes = visited.byteCount
    var coverage = coverage
    coverage.states = visited.count
    coverage.classes = classes.count
    coverage.singleClasses = classes.values.count { $0 == 1 }
    coverage.actors = actors.count
    coverage.growth = growth
    coverage.latest = latest
    result.coverage = coverage
    return result
  }

  /// After 1, 2, 5, 10, 20, … runs and the last.
  private var growth: [RandomCoverage.Point] {
    var points: [RandomCoverage.Point] = []
    var power = 1
    while power <= history.count {
      for step in [1, 2, 5] where power * step < history.count {
        points.append(history[power * step - 1])
      }
      power *= 10
    }
    return points + history.suffix(1)
  }

  private var latest: RandomCoverage.Point {
    guard let last = history.last else { return .init(runs: 0, states: 0, classes: 0, pairs: 0) }
    let count = max(1, history.count / 10)
    guard history.count > count else { return last }
    let before = history[history.count - count - 1]
    return .init(
      runs: count, states: last.states - before.states, classes: last.classes - before.classes,
      pairs: last.pairs - before.pairs)
  }
}
