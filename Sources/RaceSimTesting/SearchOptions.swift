import Scheduler
import Synchronization
import Writers

/// How far a search goes, and what it takes for a step.
public struct SearchOptions: Sendable {
  /// What may be interleaved.
  public enum Granularity: Sendable {
    /// A statement that changes several rows may be interrupted between them, as in PostgreSQL.
    case row
    /// Statements are run whole, as PostgreSQL's isolationtester does: fewer interleavings, and races
    /// within a statement are not seen.
    case statement
  }

  /// The most states; a search that reaches it proves nothing.
  public var statesLimit = 10_000_000
  /// The most time; a search that reaches it proves nothing.
  ///
  /// `nil` is no such bound.
  public var timeout: Duration?
  /// What may be interleaved.
  public var granularity = Granularity.row
  /// Whether a search ends with the first broken rule, rather than look for the others too.
  public var stopsAtFirst = false
  /// Whether to count the interleavings, exactly.
  public var countsInterleavings = false
  /// The columns of a counterexample's text.
  public var width = 100

  /// The defaults of `racesim check`.
  public init() {}

  /// The options for the explorer, which ends when `isCancelled` says so.
  func explorationOptions(_ isCancelled: @escaping @Sendable () -> Bool) -> ExplorationOptions {
    var options = ExplorationOptions()
    options.machine = machineOptions
    options.statesLimit = max(1, statesLimit)
    options.stopsAtFirst = stopsAtFirst
    options.countsInterleavings = countsInterleavings
    options.timeoutSeconds = timeout.map { $0 / .seconds(1) }
    let start = ContinuousClock.now
    options.monotonicSeconds = { start.duration(to: .now) / .seconds(1) }
    options.progressInterval = 256
    options.progress = { _ in !isCancelled() }
    return options
  }

  var machineOptions: MachineOptions {
    var options = MachineOptions()
    options.granularity = granularity == .row ? .row : .statement
    return options
  }
}

/// Whether the task that waits for a search has been cancelled.
final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  var isRequested: Bool { flag.load(ordering: .relaxed) }

  func request() { flag.store(true, ordering: .relaxed) }
}
