import SQL
import Store
import Writers

/// What one run came to.
struct RunRecord: Sendable {
  /// The properties that it broke, each with the schedule up to there, in the order of their breaking.
  var broken: [(property: Int, schedule: [Choice])] = []
  /// The states that it came through.
  var states: [Fingerprint] = []
  /// Its Mazurkiewicz trace.
  var trace = Fingerprint(low: 0, high: 0)
  var pairs: [RandomCoverage.Pair] = []
  /// The actors (``PriorityOrder``) that could act.
  var actors: Set<Int> = []
  var steps = 0
  var isFinal = false
  var wasCutOff = false
}

/// Makes runs, one after the other; each is given by the seed and its number alone.
struct RandomRun {
  private var system: ModelSystem
  private let initial: MachineState
  private let options: RandomOptions
  private let stepsLimit: Int
  /// `nil` for uniform runs.
  private var order: PriorityOrder?
  private var happensBefore: HappensBefore

  private var state: MachineState
  private var schedule: [Choice] = []
  private var choices: ContiguousArray<Choice> = []
  private var broken: ContiguousArray<Int> = []
  private var words: ContiguousArray<UInt64> = []
  private var places: ContiguousArray<Int> = []
  private let isUnchecked: ContiguousArray<Bool>
  private var isSettled: ContiguousArray<Bool>

  /// `length` is the number of steps that a run is expected to have, `nil` for uniform runs.
  init(
    system: ModelSystem, initial: MachineState, options: RandomOptions, stepsLimit: Int,
    length: Int?
  ) {
    self.system = system
    self.initial = initial
    self.options = options
    self.stepsLimit = stepsLimit
    let sessions = initial.controls.count
    order = length.map {
      PriorityOrder(depth: options.depth, length: $0, sessionCount: sessions)
    }
    happensBefore = HappensBefore(system.machine)
    state = initial
    isUnchecked = ContiguousArray((0..<system.propertyCount).map { !system.isChecked($0) })
    isSettled = isUnchecked
  }

  /// Takes the schedule of a number to its end.
  mutating func run(_ number: Int) -> RunRecord {
    var generator = SplitMix64(seed: options.seed)
    generator = SplitMix64(seed: generator.next() ^ (UInt64(number) &* 0x9E37_79B9_7F4A_7C15))
    var record = RunRecord()
    state.assign(from: initial)
    schedule.removeAll(keepingCapacity: true)
    isSettled = isUnchecked
    order?.begin(&generator)
    happensBefore.begin()
    var isChanged = true
    while true {
      choices.removeAll(keepingCapacity: true)
      system.appendChoices(in: state, to: &choices)
      system.pack(state, to: &words, order: &places)
      record.states.append(Fingerprint(words))
      look(isChanged: isChanged, &record)
      for choice in choices {
        record.actors.insert(PriorityOrder.actor(of: choice, sessions: state.controls.count))
      }
      if choices.isEmpty { break }
      if schedule.count >= stepsLimit {
        record.wasCutOff = true
        break
      }
      let position =
        order?.pick(choices, step: schedule.count + 1, &generator)
        ?? generator.below(choices.count)
      isChanged = take(choices[position])
    }
    record.steps = schedule.count
    record.trace = happensBefore.fingerprint
    record.pairs = happensBefore.pairs.map {
      RandomCoverage.Pair(
        first: happensBefore.statements[$0.x], second: happensBefore.statements[$0.y])
    }.sorted()
    return record
  }

  private mutating func take(_ choice: Choice) -> Bool {
    var recorder = Recorder(isOn: true)
    let sequences = state.database.sequences
    let isChanged = system.machine.apply(choice, to: &state, recorder: &recorder)
    schedule.append(choice)
    happensBefore.take(choice, recorder.events, after: state, sequences: sequences)
    return isChanged
  }

  private mutating func look(isChanged: Bool, _ record: inout RunRecord) {
    broken.removeAll(keepingCapacity: true)
    let isFinal = system.appendBroken(
      in: state, choices: choices, isChanged: isChanged, isSettled: isSettled, to: &broken)
    if isFinal { record.isFinal = true }
    for property in broken {
      isSettled[property] = true
      record.broken.append((property, schedule))
    }
  }
}
