import SQL
import Store
import Writers

/// Takes a counterexample's order of steps with its writers at a stronger level of isolation.
///
/// The steps of another level need not be those of the schedule: a COMMIT that nobody could notice is one now, a
/// re-check is none. So the same order means: whenever a session stepped in the counterexample, it goes on until it is
/// where it was after that step, or has failed, or waits. After the last step the sessions run on to their ends, in the order
/// in which they came last.
struct LevelTrial {
  /// The most steps that one step of the counterexample may stand for.
  private static let stretchLimit = 8
  /// The most steps after the last.
  private static let endLimit = 1_000

  private let model: Model
  private let options: MachineOptions
  private let property: Int

  init(model: Model, options: MachineOptions, property: Int) {
    self.model = model
    self.options = options
    self.property = property
  }

  /// What comes of the schedule at a level.
  func outcome(
    of schedule: [Choice], at level: IsolationLevel, sessions: [Int]
  ) throws(Diagnostic) -> Trace.Level {
    var original = Machine(model: model, options: options)
    var before = try original.initialState()
    var run = Run(
      model: model.raised(to: level, sessions: sessions), options: options, property: property,
      level: level)
    try run.begin()
    var recorder = Recorder(isOn: false)
    for (index, choice) in schedule.enumerated() {
      original.apply(choice, to: &before, recorder: &recorder)
      let session = Int(choice.session)
      var wanted: SourceSpan?
      if choice.kind != .clock { wanted = original.position(of: session, in: before) }
      let isLeft =
        before.controls.indices.contains(session) && before.controls[session].status == .ready
      for _ in 0..<Self.stretchLimit {
        guard run.take(choice, at: index + 1) else { break }
        if run.isDecided { return run.outcome }
        guard choice.kind == .step else { break }
        if isLeft, run.position(of: session) == wanted { break }
      }
    }
    var order: [Int] = []
    for choice in schedule.reversed() where choice.kind != .clock {
      if !order.contains(Int(choice.session)) { order.append(Int(choice.session)) }
    }
    for _ in 0..<Self.endLimit {
      guard let choice = run.next(order) else { break }
      _ = run.take(choice, at: nil)
      if run.isDecided { break }
    }
    return run.outcome
  }

  /// A run at the level, until it is decided.
  private struct Run {
    private var system: ModelSystem
    private var state = MachineState()
    private let property: Int
    private let isSettled: ContiguousArray<Bool>
    private(set) var outcome: Trace.Level
    private(set) var isDecided = false

    init(model: Model, options: MachineOptions, property: Int, level: IsolationLevel) {
      system = ModelSystem(model: model, options: options)
      self.property = property
      isSettled = ContiguousArray((0..<system.propertyCount).map { $0 != property })
      outcome = Trace.Level(isolation: level.name, outcome: .kept)
    }

    mutating func begin() throws(Diagnostic) { state = try system.initialState() }

    func position(of session: Int) -> SourceSpan? {
      system.machine.position(of: session, in: state)
    }

    /// Takes a choice if it can be taken, and looks at what came of it.
    mutating func take(_ choice: Choice, at step: Int?) -> Bool {
      var choices: ContiguousArray<Choice> = []
      system.appendChoices(in: state, to: &choices)
      guard choices.contains(choice) else { return false }
      var recorder = Recorder(isOn: true)
      system.machine.apply(choice, to: &state, recorder: &recorder)
      judge(recorder.events, choice, step)
      return true
    }

    private mutating func judge(_ events: [Event], _ choice: Choice, _ step: Int?) {
      for event in events {
        guard case .failed(let error) = event, error.state == .serializationFailure else {
          continue
        }
        isDecided = true
        outcome.outcome = .refused
        outcome.session = system.machine.model.sessions[Int(choice.session)].name
        outcome.step = step
        outcome.isRetried = events.contains { if case .retried = $0 { true } else { false } }
        return
      }
      var choices: ContiguousArray<Choice> = []
      var broken: ContiguousArray<Int> = []
      system.appendChoices(in: state, to: &choices)
      _ = system.appendBroken(
        in: state, choices: choices, isChanged: true, isSettled: isSettled, to: &broken)
      guard broken.contains(property) else { return }
      isDecided = true
      outcome.outcome = .broken
    }

    /// Who goes on after the last step: these sessions, then the others, then the clock, then a victim.
    mutating func next(_ order: [Int]) -> Choice? {
      var choices: ContiguousArray<Choice> = []
      system.appendChoices(in: state, to: &choices)
      let steps = choices.filter { $0.kind == .step }
      for session in order {
        if let step = steps.first(where: { Int($0.session) == session }) { return step }
      }
      return steps.first ?? choices.first { $0.kind == .clock }
        ?? choices.first { $0.kind == .victim }
    }
  }
}
