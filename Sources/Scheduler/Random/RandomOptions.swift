/// How random runs are drawn.
package struct RandomOptions: Hashable, Sendable {
  package enum Strategy: String, Hashable, Sendable, CaseIterable {
    /// At each step one of the choices, each with the same chance.
    case uniform
    /// By priorities that change at a few random points (``PriorityOrder``).
    case pct
  }

  package var strategy = Strategy.uniform
  package var runs = 1_000
  package var seed: UInt64 = 1
  /// For PCT: the depth of the bugs that it has a guaranteed chance to find, 1 or more.
  package var depth = 3
  /// How many runs are made at the same time; the result is the same.
  package var threads = 1

  package init() {}
}
