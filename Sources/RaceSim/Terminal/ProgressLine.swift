import Reports
import Scheduler
import Synchronization

/// One line on the terminal that says how far a search has got; at most ten times a second.
///
///     seats_5.race  1,204,331 states · 412,000/s · depth 24 · 18,204 open · 0 violations · 3 s
final class ProgressLine: Sendable {
  private let name: String
  private let start: Double
  private let width: Int
  private let clock: @Sendable () -> Double
  private let next: Mutex<Double>

  init(name: String, start: Double, width: Int, clock: @escaping @Sendable () -> Double) {
    self.name = name
    self.start = start
    self.width = width
    self.clock = clock
    // A search that ends at once shows nothing.
    next = Mutex(start + 0.3)
  }

  /// Prints the line, if it is time.
  func show(_ progress: ExplorationProgress) {
    let now = clock()
    let isDue = next.withLock { next in
      guard now >= next else { return false }
      next = now + 0.1
      return true
    }
    if isDue { System.writeError("\r\u{1B}[K" + text(progress, seconds: now - start)) }
  }

  /// The line, cut to the terminal's width.
  func text(_ progress: ExplorationProgress, seconds: Double) -> String {
    let rate = seconds > 0 ? Int(min(Double(progress.states) / seconds, 1e12)) / 1000 * 1000 : 0
    let parts = [
      "\(name)  \(counted(progress.states, "state"))", "\(grouped(String(rate)))/s",
      "depth \(progress.depth)", "\(grouped(String(progress.frontier))) open",
      counted(progress.violations, "violation"), Summary.duration(Int(seconds) * 1000),
    ]
    var line = parts.joined(separator: " · ")
    while TextWidth.columns(of: line) >= width, !line.isEmpty { line.removeLast() }
    return line
  }
}
