package import Scheduler
package import Writers

/// How a model's verdict compares with what its scenario expects.
package struct Judgement: Hashable, Sendable {
  package enum Status: String, CaseIterable, Sendable {
    /// Proved, and nothing else was expected.
    case ok
    /// Violated or inconclusive, as the scenario says.
    case expected
    /// A violation that nobody expected, or an expected one that did not happen.
    case failed
    /// A bound was hit before anything was decided.
    case bounded
  }

  package var status: Status
  /// What differs from the expectation: `expected a violation of x`; empty if nothing does.
  package var remark: String
  /// The properties whose violation nobody expected.
  package var unexpected: [String]

  package init(_ exploration: Exploration, expectation: Expectation) {
    let found = exploration.counterexamples.map(\.property)
    let isComplete = exploration.bound == nil && exploration.verdict != .inconclusive
    status = .ok
    remark = ""
    unexpected = []
    switch expectation {
    case .none, .proved:
      unexpected = found
      if exploration.verdict == .violated {
        status = .failed
      } else if exploration.verdict == .inconclusive {
        status = .bounded
      }
    case .violated(let wanted):
      compare(found, with: wanted, isComplete: isComplete)
    case .inconclusive:
      unexpected = found
      status = exploration.verdict == .inconclusive ? .expected : .failed
      if status == .failed { remark = "expected to be inconclusive" }
    }
  }

  private mutating func compare(_ found: [String], with wanted: [String], isComplete: Bool) {
    unexpected = wanted.isEmpty ? [] : found.filter { !wanted.contains($0) }
    let missing = wanted.filter { !found.contains($0) }
    if !unexpected.isEmpty {
      status = .failed
      remark = "only \(Self.listed(wanted)) was expected"
    } else if !missing.isEmpty || found.isEmpty {
      status = isComplete ? .failed : .bounded
      let what = missing.isEmpty ? "a violation" : Self.listed(missing)
      remark = isComplete ? "expected \(what) to be violated" : "\(what) not violated so far"
    } else {
      status = .expected
    }
  }

  private static func listed(_ names: [String]) -> String { names.joined(separator: ", ") }
}

/// The exit status of a command.
package enum ExitStatus: Int32, CaseIterable, Sendable {
  case success = 0
  /// A violation nobody expected, or an expected one that did not happen.
  case violation = 1
  /// A bound was hit before the search was complete.
  case inconclusive = 2
  /// The schedule no longer fits the scenario.
  case divergence = 3
  /// No scenario ran.
  case nothing = 4
  case usage = 64
  /// A scenario file has errors.
  case invalidScenario = 65
  case unreadableFile = 66
  /// No PostgreSQL to run on: no library, no server, or the connection is lost.
  case unavailable = 69
  /// A bug in RaceSim.
  case software = 70
  case unwritableReport = 73
  case interrupted = 130

  /// Which of two wins when a run has both.
  private var severity: Int {
    switch self {
    case .success: 0
    case .nothing: 1
    case .inconclusive: 2
    case .divergence: 3
    case .violation: 4
    case .unwritableReport: 5
    case .unavailable: 6
    case .unreadableFile: 7
    case .invalidScenario: 8
    case .usage: 9
    case .interrupted: 10
    case .software: 11
    }
  }

  /// The graver of the two.
  package func or(_ other: ExitStatus) -> ExitStatus {
    other.severity > severity ? other : self
  }
}
