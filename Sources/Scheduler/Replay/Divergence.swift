/// A schedule that does not fit the model: where, and why.
package struct Divergence: Error, Hashable, Sendable {
  /// The step that cannot be taken, from 1.
  package var step: Int
  /// What was to happen: `alice`, `bob as the victim`, `the clock`.
  package var wanted: String
  /// Why it cannot, in words: `alice is waiting for bob on seat(1)`.
  package var reason: String

  package init(step: Int, wanted: String, reason: String) {
    self.step = step
    self.wanted = wanted
    self.reason = reason
  }
}

extension Divergence: CustomStringConvertible {
  package var description: String {
    "schedule does not fit: step \(step) says `\(wanted)`, but \(reason)"
  }
}
