package import SQL
import Synchronization
package import Writers

/// Runs random schedules of a model: for what is too large to be explored whole.
///
/// Each run begins at the initial state and takes, at each step, one of the choices, by the strategy of
/// ``RandomOptions``, until there is none or ``ExplorationOptions/stepsLimit`` is reached. The same seed gives
/// the same runs and the same result, whatever the number of threads. The verdict is never `proved`.
///
/// A counterexample is the shortest schedule among the runs that broke its property, made shorter
/// (``ScheduleShortener``): not the shortest there is.
package struct RandomExplorer {
  /// Calls a closure with each number below a count, on as many threads as it likes.
  package typealias Parallel =
    @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void

  private let model: Model
  private let options: ExplorationOptions
  private let random: RandomOptions
  private let workers: Int
  private let parallel: Parallel

  /// Uniform runs that tell PCT how long runs are; they count for nothing else.
  private static let pilotRuns = 16
  /// Runs that are made before their results are looked at.
  private static let batch = 64

  /// Prepares runs; `parallel` is how those are made that are made at the same time.
  package init(
    model: Model, options: ExplorationOptions, random: RandomOptions,
    parallel: @escaping Parallel = { count, body in for index in 0..<count { body(index) } }
  ) {
    self.model = model
    self.options = options
    self.random = random
    workers = max(1, random.threads)
    self.parallel = parallel
  }

  /// Explores.
  ///
  /// `states` counts different states; `bound` is set always, as no number of runs is all.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package func run() throws(Diagnostic) -> Exploration {
    var system = ModelSystem(model: model, options: options.machine)
    if model.checksSerializable {
      system.serialOutcomes = try SerialOutcomes(
        machine: system.machine, statesLimit: options.statesLimit)
    }
    let initial = try system.initialState()
    let length = random.strategy == .pct ? pilotLength(system, initial) : nil
    let drivers = (0..<workers).map { _ in
      Driver(
        RandomRun(
          system: system, initial: initial, options: random, stepsLimit: options.stepsLimit,
          length: length))
    }
    var tally = RunTally(
      options: random, propertyCount: system.propertyCount, statesLimit: options.statesLimit,
      memoryLimit: options.memoryLimitBytes)
    tally.coverage.length = length
    let bound = makeRuns(drivers, &tally)
    var result = tally.exploration
    result.bound = bound.rawValue
    result.collisionProbability = Fingerprint.collisionProbability(states: result.states)
    result.counterexamples = counterexamples(tally, system, initial)
    if model.isParametric, let copies = model.copiesHere {
      var facts = ParametricFacts()
      facts.writers = model.manyWriters
      facts.copies = copies
      facts.reason = "runs were drawn with \(copies) sessions of each"
      result.parametric = facts
    }
    return result
  }

  private func makeRuns(_ drivers: [Driver], _ tally: inout RunTally) -> Bound {
    let start = options.monotonicSeconds?() ?? 0
    var done = 0
    while done < random.runs {
      let count = min(Self.batch, random.runs - done)
      let first = done + 1
      let records = Records(count)
      parallel(min(workers, count)) { worker in
        for position in stride(from: worker, to: count, by: workers) {
          records.set(position, drivers[worker].run(first + position))
        }
      }
      for record in records.all {
        guard let record else { continue }
        tally.add(record)
        done += 1
        if options.stopsAtFirst && tally.hasFound { return tally.bound }
      }
      if let limit = options.timeoutSeconds, let clock = options.monotonicSeconds,
        clock() - start > limit
      {
        return .time
      }
      if let progress = options.progress, !progress(tally.progress) { return .interrupted }
    }
    return tally.bound
  }

  /// The steps of the longest of a few uniform runs.
  private func pilotLength(_ system: ModelSystem, _ initial: MachineState) -> Int {
    var pilot = random
    pilot.strategy = .uniform
    // Runs of their own, not those that a uniform exploration of the same seed would make.
    pilot.seed = ~random.seed
    var run = RandomRun(
      system: system, initial: initial, options: pilot, stepsLimit: options.stepsLimit, length: nil)
    return (1...Self.pilotRuns).map { run.run($0).steps }.max() ?? 1
  }

  private func counterexamples(
    _ tally: borrowing RunTally, _ system: ModelSystem, _ initial: MachineState
  ) -> [Counterexample] {
    var examples: [Counterexample] = []
    for (property, schedule) in tally.found.enumerated() {
      guard let schedule else { continue }
      var shortener = ScheduleShortener(
        system: system, initial: initial, property: property,
        isAboutEnd: isAboutEnd(system.properties[property]), stepsLimit: options.stepsLimit)
      var example = Counterexample(
        property: system.properties[property].name(in: model),
        schedule: shortener.shorten(schedule))
      example.isShortest = false
      examples.append(example)
    }
    let sorted = examples.enumerated().sorted { left, right in
      let lengths = (left.element.schedule.count, right.element.schedule.count)
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.offset < right.offset
    }
    return sorted.map(\.element)
  }

  private func isAboutEnd(_ property: Property) -> Bool {
    switch property {
    case .invariant(let index): model.invariants[index].moment == .finally
    case .builtIn(let property): property == .stuck || property == .serializable
    }
  }
}

/// A worker's own machine; used by one thread at a time.
private final class Driver: @unchecked Sendable {
  private var driver: RandomRun

  init(_ driver: RandomRun) { self.driver = driver }

  func run(_ number: Int) -> RunRecord { driver.run(number) }
}

/// What the runs of a batch came to, by their positions.
private final class Records: Sendable {
  private let records: Mutex<[RunRecord?]>

  init(_ count: Int) { records = Mutex(Array(repeating: nil, count: count)) }

  func set(_ position: Int, _ record: RunRecord) { records.withLock { $0[position] = record } }

  var all: [RunRecord?] { records.withLock { $0 } }
}
