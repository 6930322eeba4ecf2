package import Writers

/// What to explore, how far, and whom to tell.
package struct ExplorationOptions: Sendable {
  package var machine = MachineOptions()

  /// Remember what steps do, and carry each out once for each view that sessions have of one another
  /// (``ComponentSystem``), where the model allows it.
  package var remembersSteps = true

  /// Explore a step that nobody can notice alone, without the choices of others (``QuietSteps``).
  package var takesQuietSteps = true
  /// Let a session begin to wait only where that can make a difference (``WaitFacts``).
  package var delaysWaits = true
  /// So many states are expanded before it is worth while to ask which steps nobody can notice.
  package var quietThreshold = 500

  /// Whether choices may be left out.
  ///
  /// When something is found broken, the shortest way to it is looked for with none left out. Where schedules are
  /// counted, each counts.
  var reduces: Bool { (takesQuietSteps || delaysWaits) && !countsInterleavings }

  /// Explore sessions that can never notice each other apart (``Decomposition``), where the model allows it.
  package var splitsIndependentParts = true

  /// The most states; reaching it makes the verdict inconclusive, as do the other bounds.
  package var statesLimit = 10_000_000
  /// The most memory for states, links and the frontier.
  package var memoryLimitBytes: Int?
  /// The most time; needs ``monotonicSeconds``.
  package var timeoutSeconds: Double?
  /// The most steps in one run.
  package var stepsLimit = 10_000

  /// End with the level in which the first property is found broken.
  package var stopsAtFirst = false
  /// Count the complete schedules, and those in which each broken property is broken.
  package var countsInterleavings = false

  /// How many threads expand states; what is found does not depend on it.
  package var threads = 1
  /// How many states a thread takes at a time.
  package var statesAtOnce = 64
  /// Where to save how far the search has got; at intervals it needs ``monotonicSeconds``.
  package var checkpoint: CheckpointSaving?
  /// Where to go on from: a checkpoint of the same model and options (``Checkpoint/problem(for:_:)``).
  package var resumption: Checkpoint?
  /// A file for waiting states, used when three quarters of ``memoryLimitBytes`` are in use.
  package var spill: SpillFile?

  /// Draw runs at random instead of going through all states; for ``RandomExplorer``.
  package var random: RandomOptions?

  /// Called with each state in which no session can step any more, by the thread that looks at it.
  ///
  /// With it a search goes on when nothing is left to be found broken, so that it comes through all of them.
  package var finalStateObserver: (@Sendable (MachineState, Machine) -> Void)?

  /// Is shown the states in which independent parts begin and end, so that they may be explored apart although there is
  /// a ``finalStateObserver``; that is called where they are not.
  package var partObserver: PartObserver?

  /// Reads a clock that never runs backwards; the search knows no clock of its own.
  package var monotonicSeconds: (@Sendable () -> Double)?
  /// Called every ``progressInterval`` states; returning false ends the search, inconclusive.
  package var progress: (@Sendable (ExplorationProgress) -> Bool)?
  package var progressInterval = 100_000

  package init() {}
}

/// Is shown how some of a model's sessions begin and end, where they are explored apart (``Decomposition``).
///
/// What is found of sessions holds if ``Exploration/partSessions`` has them as a part, and nothing has
/// begun with them later.
package struct PartObserver: Sendable {
  /// Positions in the model's sessions, and a state and machine that have only these.
  package typealias Note = @Sendable ([Int], MachineState, Machine) -> Void

  /// Called with the initial state of a search.
  package var begins: Note
  /// Called with each state in which none of the sessions can step any more, by the thread that looks at it.
  package var ends: Note

  package init(begins: @escaping Note, ends: @escaping Note) {
    self.begins = begins
    self.ends = ends
  }
}

/// How far a search has got.
package struct ExplorationProgress: Hashable, Sendable {
  /// States met, and those among them that it has not gone on from.
  package var states: Int
  package var frontier: Int
  package var transitions: Int
  package var depth: Int
  /// Properties found broken.
  package var violations: Int
  package var memoryBytes: Int

  package init(
    states: Int, frontier: Int, transitions: Int, depth: Int, violations: Int, memoryBytes: Int
  ) {
    self.states = states
    self.frontier = frontier
    self.transitions = transitions
    self.depth = depth
    self.violations = violations
    self.memoryBytes = memoryBytes
  }
}

/// A bound that can end a search before it is complete.
package enum Bound: String, Hashable, Sendable {
  case states, memory, time, steps
  /// ``ExplorationOptions/progress`` said so.
  case interrupted
  /// The file to which states were spilled could not be read.
  case disk
  /// The checkpoint to go on from does not fit the search.
  case checkpoint

  /// Runs were drawn at random, which can be no proof.
  case runs = "random runs"
  /// Too many serial orders to compare with.
  case serialOrders = "serial orders"
  /// Every number of sessions is asked for (`times many`), and only some were explored.
  case copies = "number of sessions"
  /// No run ends, as the scenario allows: rules about the end have nowhere to be checked.
  case noEnd = "no run ends"
}
