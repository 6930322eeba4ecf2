package import SQL
package import Writers

/// Runs random schedules of a model: for what is too large to be explored whole.
///
/// Each run begins at the initial state and takes, at each step, one of the choices with equal chance,
/// until there is none or ``ExplorationOptions/stepsLimit`` is reached. The same seed gives the same runs.
/// The verdict is never `proved`.
///
/// A counterexample is the shortest schedule among the runs that broke its property, not the shortest
/// there is.
package struct RandomExplorer {
  private let model: Model
  private let options: ExplorationOptions
  private let seed: UInt64
  private let runs: Int

  /// Prepares so many runs, all given by the seed.
  package init(model: Model, options: ExplorationOptions, seed: UInt64, runs: Int) {
    self.model = model
    self.options = options
    self.seed = seed
    self.runs = runs
  }

  /// Explores.
  ///
  /// `states` counts the states that runs came through, each as often as it was met; `bound` is set only if
  /// the runs ended before their number was reached, or one of them did not end.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package func run() throws(Diagnostic) -> Exploration {
    var system = ModelSystem(model: model, options: options.machine)
    if model.checksSerializable {
      system.serialOutcomes = try SerialOutcomes(
        machine: system.machine, statesLimit: options.statesLimit)
    }
    var walk = RandomWalk(
      system: system, initial: try system.initialState(), seed: seed, stepsLimit: options.stepsLimit
    )
    let start = options.monotonicSeconds?() ?? 0
    var done = 0
    while done < runs && walk.bound == nil {
      walk.run()
      done += 1
      if options.stopsAtFirst && walk.hasFound { break }
      if let limit = options.timeoutSeconds, let clock = options.monotonicSeconds,
        clock() - start > limit
      {
        walk.bound = .time
      }
      if let progress = options.progress, done % 1024 == 0, !progress(walk.progress) {
        walk.bound = .interrupted
      }
    }
    var result = Exploration(verdict: walk.hasFound ? .violated : .inconclusive)
    result.states = walk.states
    result.transitions = walk.transitions
    result.depth = walk.longest
    result.finalStates = walk.finalStates
    result.bound = (walk.bound ?? (walk.wasCutOff ? .steps : nil))?.rawValue
    result.counterexamples = walk.counterexamples(model)
    return result
  }
}

/// The runs so far, and what they broke.
private struct RandomWalk {
  private var system: ModelSystem
  private let initial: MachineState
  private let stepsLimit: Int
  private var generator: SplitMix64

  var states = 0
  var transitions = 0
  var finalStates = 0
  var longest = 0
  var wasCutOff = false
  var bound: Bound?
  /// For each property, the shortest schedule that broke it.
  private var found: [[Choice]?]
  private var isSettled: ContiguousArray<Bool>

  private var state: MachineState
  private var schedule: [Choice] = []
  private var choices: ContiguousArray<Choice> = []
  private var broken: ContiguousArray<Int> = []

  init(system: ModelSystem, initial: MachineState, seed: UInt64, stepsLimit: Int) {
    self.system = system
    self.initial = initial
    self.stepsLimit = stepsLimit
    generator = SplitMix64(seed: seed)
    state = initial
    found = Array(repeating: nil, count: system.propertyCount)
    isSettled = ContiguousArray((0..<system.propertyCount).map { !system.isChecked($0) })
  }

  var hasFound: Bool { found.contains { $0 != nil } }

  var progress: ExplorationProgress {
    ExplorationProgress(
      states: states, frontier: 0, transitions: transitions, depth: longest,
      violations: found.count { $0 != nil }, memoryBytes: 0)
  }

  /// Takes one schedule to its end.
  mutating func run() {
    system.assign(initial, to: &state)
    schedule.removeAll(keepingCapacity: true)
    var isChanged = true
    while true {
      states += 1
      choices.removeAll(keepingCapacity: true)
      system.appendChoices(in: state, to: &choices)
      look(isChanged: isChanged)
      if choices.isEmpty { break }
      if schedule.count >= stepsLimit {
        wasCutOff = true
        break
      }
      let choice = choices[generator.below(choices.count)]
      isChanged = system.apply(choice, to: &state)
      schedule.append(choice)
      transitions += 1
    }
    longest = max(longest, schedule.count)
  }

  private mutating func look(isChanged: Bool) {
    broken.removeAll(keepingCapacity: true)
    let isFinal = system.appendBroken(
      in: state, choices: choices, isChanged: isChanged, isSettled: isSettled, to: &broken)
    if isFinal { finalStates += 1 }
    for property in broken where schedule.count < found[property]?.count ?? .max {
      found[property] = schedule
    }
  }

  func counterexamples(_ model: Model) -> [Counterexample] {
    var examples: [Counterexample] = []
    for (property, schedule) in zip(system.properties, found) {
      guard let schedule else { continue }
      examples.append(Counterexample(property: property.name(in: model), schedule: schedule))
    }
    let sorted = examples.enumerated().sorted { left, right in
      let lengths = (left.element.schedule.count, right.element.schedule.count)
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.offset < right.offset
    }
    return sorted.map(\.element)
  }
}
