import Reports
import Scheduler

/// What a search found out about one variant of a scenario.
public struct Exploration: Sendable {
  /// How a search ends.
  public enum Verdict: String, Sendable {
    /// Every rule holds in every interleaving.
    case proved
    /// At least one rule is broken in at least one interleaving.
    case violated
    /// A bound was hit before anything was decided.
    case inconclusive
  }

  /// How the search ended.
  public let verdict: Verdict
  /// The shortest interleaving for each rule that is broken, shortest first.
  public let counterexamples: [Counterexample]
  /// The different states that were met.
  public let states: Int
  /// The steps between them.
  public let transitions: Int
  /// The states among them in which no session can go on.
  public let finalStates: Int
  /// The number of interleavings in decimal digits, or `infinite`; only if it was asked for.
  public let interleavings: String?
  /// The bound that ended the search, such as `states` or `time`.
  public let bound: String?

  init(_ exploration: Scheduler.Exploration, counterexamples: [Counterexample]) {
    verdict =
      switch exploration.verdict {
      case .proved: .proved
      case .violated: .violated
      case .inconclusive: .inconclusive
      }
    self.counterexamples = counterexamples
    states = exploration.states
    transitions = exploration.transitions
    finalStates = exploration.finalStates
    interleavings = exploration.interleavings
    bound = exploration.bound
  }
}

/// A shortest interleaving in which a rule is broken.
public struct Counterexample: Sendable, CustomStringConvertible {
  /// The invariant's name; or `deadlock`, `stuck`, `unhandled_error`, `serializable`.
  public let property: String
  /// The name of the anomaly, such as `lost update`, where it has one.
  public let anomaly: String?
  /// The anomaly's code in the literature, such as `P4`, where it has one.
  public let anomalyCode: String?
  /// The number of steps.
  public let steps: Int
  /// What `racesim replay FILE --token` takes to show the run again.
  public let token: String
  /// The run, told in full: the steps of each writer and what they change, why the rule is false, and what
  /// to try.
  public let description: String

  init(_ trace: Trace, property: String, description: String) {
    self.property = property
    anomaly = trace.finding?.anomaly
    anomalyCode = trace.finding?.anomalyCode
    steps = trace.steps.count
    token = trace.token
    self.description = description
  }
}

/// A scenario that comes out otherwise than a test says.
public struct RaceFailure: Error, CustomStringConvertible, Sendable {
  /// What was expected and what happened instead, followed by the counterexamples in full.
  public let description: String
  /// The runs that nobody expected.
  public let counterexamples: [Counterexample]

  init(_ message: String, _ counterexamples: [Counterexample] = []) {
    description = ([message] + counterexamples.map(\.description)).joined(separator: "\n\n")
    self.counterexamples = counterexamples
  }
}
