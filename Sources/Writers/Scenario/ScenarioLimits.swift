/// The bounds of a scenario: reaching one is a diagnostic, never a trap or a silent cut.
package enum ScenarioLimits {
  /// All sessions of a scenario together.
  package static let sessions = 1000

  /// The sessions that stand for those of `times many` where runs are shown: timelines, orders, samples.
  package static let copiesShown = 3

  /// Instants of the clock.
  package static let instants = 10_000

  /// `restarts N`, `retry N` and `crash … up to N`.
  package static let repetitions = 1000

  /// Entries of one timeline.
  package static let timelineEntries = 10_000

  /// Variants of a scenario: each is compiled and explored on its own.
  package static let variants = 256
}
