import SQL
import Writers

/// Looks for the complete run that breaks nothing and goes along with a counterexample for as long as it can.
///
///     counterexample   a  b  b  a  a ✗
///     from its last    a  b  b  a ╭ …          is there another choice from which a run can pass?
///     state back       a  b  b ╭ a a b ✓       the first that is found shares the longest beginning
///
/// After the first difference the choices of the counterexample are preferred, in their order, so that the run
/// found differs in little. A state that no passing run leaves is never looked at twice.
struct NearestPassing {
  /// The most states that are looked at, with up to eight sessions.
  static let statesLimit = 20_000
  /// The most steps after the first difference.
  private static let stepsLimit = 400

  private var system: ModelSystem
  private let limit: Int
  private let isSettled: ContiguousArray<Bool>
  private var failed: Set<Fingerprint> = []
  private var words: ContiguousArray<UInt64> = []
  private var order: ContiguousArray<Int> = []

  /// - Returns: `nil` if what a run must not break cannot be decided.
  init?(model: Model, options: MachineOptions) throws(Diagnostic) {
    system = ModelSystem(model: model, options: options)
    limit = EvidenceFinder.limit(Self.statesLimit, for: model)
    if model.checksSerializable {
      guard
        let outcomes = try SerialOutcomes(
          machine: system.machine, statesLimit: limit)
      else { return nil }
      system.serialOutcomes = outcomes
    }
    isSettled = ContiguousArray(
      (0..<system.propertyCount).map { [system] in !system.isChecked($0) })
  }

  /// The run, and how many steps it shares with the schedule; `nil` if none was found within the bounds.
  mutating func find(
    beside schedule: [Choice]
  ) throws(Diagnostic) -> (schedule: [Choice], shared: Int)? {
    var states = [try system.initialState()]
    for choice in schedule {
      guard let last = states.last, !isBroken(last) else { break }
      var next = last
      _ = system.apply(choice, to: &next)
      states.append(next)
    }
    for shared in states.indices.reversed() where shared < schedule.count {
      if isBroken(states[shared]) { continue }
      let rest = Array(schedule[shared...])
      if let found = completion(from: states[shared], rest, avoiding: schedule[shared]) {
        return (Array(schedule[..<shared]) + found, shared)
      }
      if failed.count >= limit { return nil }
      failed.insert(fingerprint(of: states[shared]))
    }
    return nil
  }

  private struct Frame {
    var state: MachineState
    /// What can happen here, the best last.
    var choices: [Choice]
    /// What is left of the counterexample's choices.
    var rest: [Choice]
  }

  /// Depth first, to the first complete run in which nothing is broken.
  private mutating func completion(
    from state: MachineState, _ rest: [Choice], avoiding avoided: Choice
  ) -> [Choice]? {
    var way: [Choice] = []
    var frames = [
      Frame(state: state, choices: candidates(in: state, rest).filter { $0 != avoided }, rest: rest)
    ]
    while let frame = frames.last {
      guard let choice = frame.choices.last else {
        frames.removeLast()
        if !frames.isEmpty { way.removeLast() }
        continue
      }
      frames[frames.count - 1].choices.removeLast()
      var next = frame.state
      _ = system.apply(choice, to: &next)
      guard failed.count < limit else { return nil }
      guard failed.insert(fingerprint(of: next)).inserted, way.count < Self.stepsLimit else {
        continue
      }
      let judgement = judge(next)
      if judgement.isBroken { continue }
      way.append(choice)
      if judgement.isFinal { return way }
      var left = frame.rest
      if let position = left.firstIndex(of: choice) { left.remove(at: position) }
      frames.append(Frame(state: next, choices: candidates(in: next, left), rest: left))
    }
    return nil
  }

  /// What can happen, the best last: as the counterexample goes on, then other steps, then the clock.
  ///
  /// Nobody crashes who has not crashed there.
  private mutating func candidates(in state: MachineState, _ rest: [Choice]) -> [Choice] {
    var enabled: ContiguousArray<Choice> = []
    system.appendChoices(in: state, to: &enabled)
    var ranked: [(rank: Int, choice: Choice)] = []
    for (index, choice) in enabled.enumerated() {
      let place = rest.firstIndex(of: choice)
      if place == nil, !choice.isSure { continue }
      ranked.append((place ?? rest.count + index, choice))
    }
    return ranked.sorted { $0.rank > $1.rank }.map(\.choice)
  }

  private mutating func isBroken(_ state: MachineState) -> Bool { judge(state).isBroken }

  private mutating func judge(_ state: MachineState) -> (isBroken: Bool, isFinal: Bool) {
    var choices: ContiguousArray<Choice> = []
    var broken: ContiguousArray<Int> = []
    system.appendChoices(in: state, to: &choices)
    let isFinal = system.appendBroken(
      in: state, choices: choices, isChanged: true, isSettled: isSettled, to: &broken)
    return (!broken.isEmpty, isFinal)
  }

  private mutating func fingerprint(of state: MachineState) -> Fingerprint {
    words.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    system.pack(state, to: &words, order: &order)
    return Fingerprint(words)
  }
}
