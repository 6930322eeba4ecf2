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
  /// What is asked now and then of a search on another thread.
  typealias Question = @Sendable () -> Bool

  /// Lets the user see how far a search gets, and end it.
  func observe(_ options: inout ExplorationOptions, name: String, isQuiet: Bool) {
    observer(name: name, isQuiet: isQuiet)(&options, { true }, { true })
  }

  /// What lets the user see how far a search gets that begins later, on whatever thread.
  ///
  /// The search is shown while the first question says so, and ends when the second does not.
  func observer(
    name: String, isQuiet: Bool
  ) -> @Sendable (inout ExplorationOptions, @escaping Question, @escaping Question) -> Void {
    let isInterrupted = isInterrupted
    let clock = console.monotonicSeconds
    let width = console.isErrorTerminal ? min(console.terminalWidth ?? 80, 100) : nil
    return { options, isShown, isGoingOn in
      options.monotonicSeconds = clock
      options.progressInterval = 512
      let line = ProgressLine(name: name, start: clock(), width: width, clock: clock)
      options.progress = { progress in
        if !isQuiet, isShown() { line.show(progress) }
        return isGoingOn() && !isInterrupted()
      }
    }
  }

  /// Takes the line off the terminal.
  func clearProgress(isQuiet: Bool) {
    if console.isErrorTerminal, !isQuiet { console.error("\r\u{1B}[K") }
  }
}
