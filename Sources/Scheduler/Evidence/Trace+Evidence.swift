extension Trace {
  /// What was tried beside a counterexample: each part is the outcome of runs, none is guessed.
  ///
  /// What could not be decided within its bound is left out.
  package struct Evidence: Hashable, Sendable {
    package var near: Near?
    /// What the sessions of the run do one after the other, an entry for each order; empty if they are too many.
    package var serial: [SerialOrder] = []
    /// The same schedule at stronger levels of isolation, the weakest first.
    package var levels: [Level] = []
    /// Changes of the scenario that were made and explored.
    package var fixes: [Fix] = []

    package init() {}

    package var isEmpty: Bool {
      near == nil && serial.isEmpty && levels.isEmpty && fixes.isEmpty
    }
  }

  /// A complete run that breaks nothing and shares the longest beginning with the counterexample.
  package struct Near: Hashable, Sendable {
    package var token: String
    /// The first step that is another, from 1.
    package var firstDifference: Int
    /// `passes if step 5 (bob: COMMIT) comes before step 4 (alice: UPDATE seat …)`.
    package var text: String
    package var steps: [NearStep]

    package init(token: String, firstDifference: Int, text: String, steps: [NearStep]) {
      self.token = token
      self.firstDifference = firstDifference
      self.text = text
      self.steps = steps
    }
  }

  /// A step of the nearest passing run, in brief.
  package struct NearStep: Hashable, Sendable {
    /// From 1.
    package var number: Int
    package var kind: Step.Kind
    /// A position in ``Trace/lanes``; `nil` for the clock.
    package var lane: Int?
    /// The statements, and what became of them.
    package var text: String
    package var result: String

    package init(number: Int, kind: Step.Kind, lane: Int?, text: String, result: String) {
      self.number = number
      self.kind = kind
      self.lane = lane
      self.text = text
      self.result = result
    }
  }

  /// The sessions of the counterexample one after the other.
  package struct SerialOrder: Hashable, Sendable {
    /// The sessions' names.
    package var order: [String]
    /// Whether the property holds; `nil` if that depends on when the clock moves.
    package var holds: Bool?

    package init(order: [String], holds: Bool?) {
      self.order = order
      self.holds = holds
    }
  }

  /// The counterexample's order of steps with its writers at a stronger level.
  package struct Level: Hashable, Sendable {
    package enum Outcome: String, Sendable {
      /// A session fails with 40001.
      case refused
      /// Nobody fails, and the property holds.
      case kept
      /// The property is broken all the same.
      case broken
    }

    /// `repeatable read`.
    package var isolation: String
    package var outcome: Outcome
    /// Who is refused, and at which step of the counterexample; `nil` for the step if it is after its last.
    package var session: String?
    package var step: Int?
    /// Whether the writer runs again after the refusal.
    package var isRetried = false

    package init(isolation: String, outcome: Outcome, session: String? = nil, step: Int? = nil) {
      self.isolation = isolation
      self.outcome = outcome
      self.session = session
      self.step = step
    }
  }

  /// A change that was made and explored.
  package struct Fix: Hashable, Sendable {
    /// What was changed, as advice says it.
    package var title: String
    /// Whether the property holds in every state.
    package var holds: Bool
    /// How many states the search met, all of them if it holds.
    package var states: Int
    /// Other properties that are broken with the change.
    package var broken: [String]

    package init(title: String, holds: Bool, states: Int, broken: [String]) {
      self.title = title
      self.holds = holds
      self.states = states
      self.broken = broken
    }
  }
}
