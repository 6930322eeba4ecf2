import Reports
import Scheduler
import Synchronization

/// One line that says how far a search has got: on a terminal at most ten times a second, always in the same
/// place; elsewhere, such as in the log of a CI job, a line of its own every 30 seconds.
///
///     seats_5.race  1,204,331 states · 412,000/s · depth 24 · 18,204 open · 0 violations · 3 s
final class ProgressLine: Sendable {
  private let name: String
  private let start: Double
  /// The terminal's columns; `nil` if it is none.
  private let width: Int?
  private let clock: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let next: Mutex<Double>

  init(
    name: String, start: Double, width: Int?, clock: @escaping @Sendable () -> Double,
    write: @escaping @Sendable (String) -> Void = { System.writeError($0) }
  ) {
    self.name = name
    self.start = start
    self.width = width
    self.clock = clock
    self.write = write
    // A search that ends at once shows nothing.
    next = Mutex(start + (width == nil ? 30 : 0.3))
  }

  /// Prints the line, if it is time.
  func show(_ progress: ExplorationProgress) {
    let now = clock()
    let interval = width == nil ? 30 : 0.1
    let isDue = next.withLock { next in
      guard now >= next else { return false }
      next = now + interval
      return true
    }
    guard isDue else { return }
    let line = text(progress, seconds: now - start)
    write(width == nil ? line + "\n" : "\r\u{1B}[K" + line)
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
    guard let width else { return line }
    while TextWidth.columns(of: line) >= width, !line.isEmpty { line.removeLast() }
    return line
  }
}

extension RaceSimCommand {
  /// Lets the user see how far a search gets, and end it.
  func observe(_ options: inout ExplorationOptions, name: String, isQuiet: Bool) {
    let isInterrupted = isInterrupted
    options.monotonicSeconds = console.monotonicSeconds
    options.progressInterval = 4096
    guard !isQuiet else {
      options.progress = { _ in !isInterrupted() }
      return
    }
    let line = ProgressLine(
      name: name, start: console.monotonicSeconds(),
      width: console.isErrorTerminal ? min(console.terminalWidth ?? 80, 100) : nil,
      clock: console.monotonicSeconds)
    options.progress = { progress in
      line.show(progress)
      return !isInterrupted()
    }
  }

  /// Takes the line off the terminal.
  func clearProgress(isQuiet: Bool) {
    if console.isErrorTerminal, !isQuiet { console.error("\r\u{1B}[K") }
  }
}
