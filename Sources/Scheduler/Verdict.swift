package import Writers

/// What an exploration of one model found.
package struct Exploration: Sendable {
  package enum Verdict: String, Sendable {
    case proved, violated, inconclusive
  }

  package var verdict: Verdict
  /// The shortest counterexample for each property that is broken, shortest first.
  package var counterexamples: [Counterexample] = []
  /// In how many parts, which can never notice each other, the sessions were explored; 1 for all together.
  ///
  /// With several, ``states``, ``transitions``, ``finalStates`` and ``depth`` are sums over the parts, not what their
  /// product would have been; there are no final states if one of the parts has none.
  package var parts: Int = 1
  /// Canonical states visited, and steps between them.
  package var states: Int = 0
  package var transitions: Int = 0
  /// The longest shortest path.
  package var depth: Int = 0
  /// Complete schedules, as a decimal number or ``infinitelyMany``; only if asked for.
  package var interleavings: String?
  package static let infinitelyMany = "infinite"
  /// Distinct states in which no session can step any more.
  package var finalStates: Int = 0
  /// The bound that ended the search: the text of a ``Bound``.
  package var bound: String?
  /// Upper bound of the chance that a fingerprint hid a state.
  package var collisionProbability: Double = 0
  /// The memory that states, links and the frontier took at the end.
  package var memoryBytes: Int = 0

  /// How random runs were drawn and what they met; `nil` if the search was no random one.
  package var coverage: RandomCoverage?

  /// The sessions of each part, if there are several: positions in the model's.
  package var partSessions: [[Int]] = []
  /// Which numbers of sessions the verdict is about; `nil` if the scenario gives all.
  package var parametric: ParametricFacts?

  package init(verdict: Verdict) { self.verdict = verdict }

  /// The model whose schedules the counterexamples are: one with the number of sessions that a violation takes, where the
  /// scenario leaves that open.
  package func model(of model: Model) -> Model {
    guard model.isParametric, let parametric, parametric.copies > 0 else { return model }
    return model.with(copies: parametric.copies)
  }
}

package struct Counterexample: Sendable {
  /// The invariant's name, or the built-in property's.
  package var property: String
  /// Choices from the initial state, in terms of the model's own sessions.
  package var schedule: [Choice]
  /// No schedule with fewer steps breaks the property.
  package var isShortest = true
  /// Switches between sessions: the fewest among the shortest schedules; `nil` if that was not sought.
  package var switches: Int?
  /// Complete schedules that pass through a state which breaks the property; only if asked for.
  package var violatingInterleavings: String?

  package init(property: String, schedule: [Choice]) {
    self.property = property
    self.schedule = schedule
  }
}
