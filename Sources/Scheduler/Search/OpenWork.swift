/// The transactions of a state that have written or locked something, or wait: what they have done can be undone.
struct OpenWork: BitwiseCopyable {
  /// Which of them have at least one step before them on every shortest way (``WayLimit``).
  enum Owing: Sendable {
    case none
    /// Those that do not wait: the others may do their part in a deadlock.
    case goingOn
    case all
  }

  var all = 0
  /// Those that do not wait.
  var goingOn = 0

  @inline(__always)
  func stepsOwed(_ owing: Owing) -> Int {
    switch owing {
    case .none: 0
    case .goingOn: goingOn
    case .all: all
    }
  }
}
