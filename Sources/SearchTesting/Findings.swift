package import SQL
package import Scheduler
import Synchronization
package import Writers

/// What an exploration of a model comes to, as far as two ways to explore it can be compared.
package struct Findings: Sendable {
  package var verdict: Exploration.Verdict
  /// By the properties' names.
  package var broken: [String: NaiveExplorer.Best]
  /// `nil` if they were not collected, or are too many to be put together.
  package var finalStates: FinalStateSet?
  /// Complete schedules, and those that break a property; `nil` if they were not counted.
  package var interleavings: String?
  package var violating: [String: String] = [:]
  package var states = 0
  /// In how many parts the sessions were explored.
  package var parts = 1
  /// The bound that ended the search.
  package var bound: String?
  /// What is wrong with the counterexamples themselves.
  package var faults: [String] = []

  /// What the naive explorer has found.
  package init(_ naive: NaiveExplorer) {
    verdict = naive.broken.isEmpty ? .proved : .violated
    broken = naive.broken
    finalStates = naive.finalStates
    interleavings = "\(naive.interleavings)"
    violating = naive.violating.mapValues { "\($0)" }
    states = naive.steps
  }

  /// Searches.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package init(_ model: Model, _ mode: SearchMode, observes: Bool) throws(Diagnostic) {
    let referee = Referee(model)
    let options = mode.options
    var explorer: Explorer
    let found: Exploration
    if observes {
      let collector = Collector(referee)
      let partCollector = PartCollector()
      var options = options
      options.finalStateObserver = { collector.note($0, $1) }
      options.partObserver = partCollector.observer
      explorer = Explorer(model: model, options: options)
      found = try explorer.run()
      if found.parts > 1 {
        var machine = Machine(model: model, options: options.machine)
        let initial = try machine.initialState()
        finalStates = partCollector.finalStates(
          of: found.partSessions, from: initial, machine, limit: Self.finalStatesLimit)
      } else {
        finalStates = collector.states
      }
    } else {
      explorer = Explorer(model: model, options: options)
      found = try explorer.run()
      finalStates = nil
    }
    parts = found.parts
    verdict = found.verdict
    broken = [:]
    for example in found.counterexamples {
      broken[example.property] = .init(steps: example.schedule.count, switches: example.switches)
      violating[example.property] = example.violatingInterleavings
    }
    interleavings = found.interleavings
    states = found.states
    bound = found.bound
    for example in found.counterexamples {
      faults += try Self.faults(of: example, model, referee, options.machine)
    }
  }

  /// The most final states that are put together from those of parts.
  private static var finalStatesLimit: Int { 20_000 }

  /// Follows a counterexample step by step: each choice must be there, and the last state must break the
  /// property.
  private static func faults(
    of example: Counterexample, _ model: Model, _ referee: Referee, _ options: MachineOptions
  ) throws(Diagnostic) -> [String] {
    var machine = Machine(model: model, options: options)
    var state = try machine.initialState()
    var recorder = Recorder(isOn: false)
    var choices: ContiguousArray<Choice> = []
    for (index, choice) in example.schedule.enumerated() {
      choices.removeAll()
      machine.appendChoices(in: state, to: &choices)
      guard choices.contains(choice) else {
        return ["\(example.property): step \(index + 1) of the counterexample is not there"]
      }
      machine.apply(choice, to: &state, recorder: &recorder)
    }
    choices.removeAll()
    machine.appendChoices(in: state, to: &choices)
    var found: [Int] = []
    referee.appendBroken(in: state, &machine, choices: choices, to: &found)
    let isSeen = referee.propertyNames.contains(example.property)
    guard !isSeen || found.contains(where: { referee.propertyNames[$0] == example.property })
    else { return ["\(example.property): the counterexample does not break it"] }
    if let switches = example.switches, example.property != BuiltInProperty.endless.rawValue,
      switches != Referee.switches(in: example.schedule)
    {
      return ["\(example.property): the counterexample has not \(switches) switches"]
    }
    let token = ScheduleToken.encode(example.schedule, for: model)
    var replayer = try Replayer(model: model, options: options)
    guard let replayed = try? replayer.replay(token: token),
      replayed.map(\.choice) == example.schedule
    else {
      return ["\(example.property): the counterexample's token is not replayed"]
    }
    return []
  }
}

/// Takes in final states from the threads of a search.
private final class Collector: Sendable {
  private let referee: Referee
  private let found = Mutex(FinalStateSet())

  init(_ referee: Referee) { self.referee = referee }

  func note(_ state: MachineState, _ machine: Machine) {
    var machine = machine
    var broken: [Int] = []
    referee.appendInvariants(in: state, &machine, isFinal: true, to: &broken)
    let names = broken.map { referee.model.invariants[$0].name }
    found.withLock { $0.insert(state, machine, broken: names) }
  }

  var states: FinalStateSet { found.withLock { $0 } }
}
