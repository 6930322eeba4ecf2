package import Scheduler
package import Writers

/// How a timeline's run compares with what the timeline expects.
package struct TimelineJudgement: Hashable, Sendable {
  /// The properties that the run breaks, sorted.
  package var broken: [String]
  /// What differs from the expectation, as the rest of a sentence about the timeline: `also breaks x`; empty
  /// if nothing does.
  package var remark: String

  package init(_ trace: Trace, expectation: Expectation) {
    broken = Set(trace.steps.flatMap(\.broken)).sorted()
    remark = ""
    switch expectation {
    case .none, .inconclusive: return
    case .proved:
      if !broken.isEmpty { remark = "breaks \(Self.listed(broken))" }
    case .violated(let wanted):
      let missing = wanted.filter { !broken.contains($0) }
      let unexpected = wanted.isEmpty ? [] : broken.filter { !wanted.contains($0) }
      if !missing.isEmpty {
        remark = "was expected to break \(Self.listed(missing))"
      } else if !unexpected.isEmpty {
        remark = "also breaks \(Self.listed(unexpected))"
      } else if broken.isEmpty {
        remark = "was expected to break something"
      }
    }
  }

  private static func listed(_ names: [String]) -> String { names.joined(separator: ", ") }
}
