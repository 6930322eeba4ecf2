import SQL
import Store
import Writers

/// A model as the search sees it: the machine, and what is wrong with its states.
struct ModelSystem: TransitionSystem {
  typealias Own = MachineState

  var machine: Machine
  let properties: [Property]
  /// Which final states serial orders lead to; `nil` if that is not asked.
  var serialOutcomes: SerialOutcomes?
  /// Is shown each final state.
  var finalStateObserver: (@Sendable (MachineState, Machine) -> Void)?

  private let invariantCount: Int
  /// Positions of the invariants that are due after each change, and at the end.
  private let always: [Int]
  private let finally: [Int]
  private let isCheckedBuiltIn: [Bool]
  private let mayDeadlock: [Bool]
  private let mayStick: [Bool]
  private let mayLoop: [Bool]
  /// For each session, the errors that may end it; `nil` for any.
  private let errorsAllowed: [[Value]?]
  private var recorder = Recorder(isOn: false)
  private var deadlocked: ContiguousArray<Int> = []

  init(model: Model, options: MachineOptions) {
    machine = Machine(model: model, options: options)
    properties = Property.all(of: model)
    invariantCount = model.invariants.count
    always = model.invariants.indices.filter { model.invariants[$0].moment == .always }
    finally = model.invariants.indices.filter { model.invariants[$0].moment == .finally }
    let sessions = model.sessions.indices
    let allowances = model.allowances
    mayDeadlock = sessions.map(allowances.deadlock.contains)
    mayStick = sessions.map(allowances.stuck.contains)
    mayLoop = sessions.map(allowances.endless.contains)
    errorsAllowed = sessions.map { session in
      guard let states = allowances.errors[session] else { return [] }
      return states.isEmpty ? nil : states.map { Value(text: $0.code) }
    }
    isCheckedBuiltIn = [
      mayDeadlock.contains(false), mayStick.contains(false),
      model.canLoop && mayLoop.contains(false), errorsAllowed.contains { $0 != nil },
      model.checksSerializable,
    ]
  }

  var propertyCount: Int { properties.count }

  func isChecked(_ property: Int) -> Bool {
    property < invariantCount || isCheckedBuiltIn[property - invariantCount]
  }

  mutating func initialState() throws(Diagnostic) -> MachineState {
    try machine.initialState()
  }

  func assign(_ source: MachineState, to target: inout MachineState) {
    target.assign(from: source)
  }

  mutating func appendChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    machine.appendChoices(in: state, to: &choices)
  }

  mutating func appendDistinctChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    machine.appendDistinctChoices(in: state, to: &choices)
  }

  func multiplicity(of choice: Choice) -> Int {
    choice.kind == .clock ? 1 : machine.twinCounts[Int(choice.session)]
  }

  mutating func apply(_ choice: Choice, to state: inout MachineState) -> Bool {
    machine.apply(choice, to: &state, recorder: &recorder)
  }

  mutating func pack(
    _ state: MachineState, to words: inout ContiguousArray<UInt64>,
    order: inout ContiguousArray<Int>
  ) {
    machine.pack(state, to: &words, order: &order)
  }

  mutating func unpack(
    _ words: UnsafeBufferPointer<UInt64>, into state: inout MachineState
  ) {
    machine.unpack(words, into: &state)
  }

  mutating func appendBroken(
    in state: MachineState, choices: ContiguousArray<Choice>, isChanged: Bool,
    isSettled: ContiguousArray<Bool>, to broken: inout ContiguousArray<Int>
  ) -> Bool {
    if isChanged {
      for invariant in always where !isSettled[invariant] && isBroken(invariant, in: state) {
        broken.append(invariant)
      }
      let errors = property(.unhandledError)
      if !isSettled[errors] && hasUnhandledError(state) { broken.append(errors) }
    }
    let prospects = Prospects(choices)
    let deadlock = property(.deadlock)
    if prospects.isDeadlocked && !isSettled[deadlock] && hasUnexpectedDeadlock(state) {
      broken.append(deadlock)
    }
    if prospects.canStep || prospects.isDeadlocked { return false }
    let stuck = property(.stuck)
    if !prospects.canMoveClock && !isSettled[stuck] && isStuck(state) { broken.append(stuck) }
    guard machine.isFinal(state) else { return false }
    finalStateObserver?(state, machine)
    for invariant in finally where !isSettled[invariant] && isBroken(invariant, in: state) {
      broken.append(invariant)
    }
    if breaksSerializable(state, isSettled) { broken.append(property(.serializable)) }
    return true
  }

  /// The invariants that are broken, of those that are due after each change.
  mutating func brokenAlways(in state: MachineState) -> [Int] {
    var broken: [Int] = []
    for invariant in always where isBroken(invariant, in: state) { broken.append(invariant) }
    return broken
  }

  /// The invariants that are broken, of those that are due at the end.
  mutating func brokenFinally(in state: MachineState) -> [Int] {
    var broken: [Int] = []
    for invariant in finally where isBroken(invariant, in: state) { broken.append(invariant) }
    return broken
  }

  /// Whether no serial order leads to the final state, if that is asked.
  func breaksSerializable(_ state: MachineState, _ isSettled: ContiguousArray<Bool>) -> Bool {
    guard !isSettled[property(.serializable)], let outcomes = serialOutcomes else { return false }
    return !outcomes.contains(state, machine)
  }

  func property(_ builtIn: BuiltInProperty) -> Int {
    switch builtIn {
    case .deadlock: invariantCount
    case .stuck: invariantCount + 1
    case .endless: invariantCount + 2
    case .unhandledError: invariantCount + 3
    case .serializable: invariantCount + 4
    }
  }

  var endlessProperty: Int? {
    let endless = property(.endless)
    return isChecked(endless) ? endless : nil
  }

  /// Sessions that may go on for ever are none that must end.
  func isEnd(_ state: MachineState, isFinal: Bool) -> Bool {
    if isFinal { return true }
    for (session, control) in state.controls.enumerated()
    where control.status == .ready && !mayLoop[session] {
      return false
    }
    return true
  }

  /// Whether the invariant's query returns a row, or fails.
  private mutating func isBroken(_ invariant: Int, in state: MachineState) -> Bool {
    do throws(SQLError) {
      return try machine.isViolated(invariant, in: state)
    } catch {
      return true
    }
  }

  private func hasUnhandledError(_ state: MachineState) -> Bool {
    for (session, control) in state.controls.enumerated()
    where control.status == .ended && !control.sqlState.isNull {
      if isUnhandled(control.sqlState, session: session) { return true }
    }
    return false
  }

  /// Whether the scenario does not list the error as one that may end the session.
  func isUnhandled(_ sqlState: Value, session: Int) -> Bool {
    errorsAllowed[session].map { !$0.contains(sqlState) } ?? false
  }

  mutating func hasUnexpectedDeadlock(_ state: MachineState) -> Bool {
    deadlocked.removeAll(keepingCapacity: true)
    machine.appendDeadlocked(in: state, to: &deadlocked)
    return deadlocked.contains { !mayDeadlock[$0] }
  }

  func isStuck(_ state: MachineState) -> Bool {
    for (session, control) in state.controls.enumerated()
    where control.status == .ready && !mayStick[session] {
      return true
    }
    return false
  }
}

/// What the choices in a state say of it.
struct Prospects {
  /// A session can go on, or a timeout end its statement.
  var canStep = false
  /// A cycle of waits must be broken.
  var isDeadlocked = false
  var canMoveClock = false

  init(_ choices: ContiguousArray<Choice>) {
    for choice in choices {
      switch choice.kind {
      case .step, .lockTimeout, .statementTimeout, .idleTimeout: canStep = true
      case .victim: isDeadlocked = true
      case .clock: canMoveClock = true
      case .crash, .refused: break
      }
    }
  }
}
