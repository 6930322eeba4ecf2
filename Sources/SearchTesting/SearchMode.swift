package import Scheduler
import Writers

/// A way to search, under a name, and what it promises.
package struct SearchMode: Sendable {
  package var name: String
  package var options = ExplorationOptions()
  /// A counterexample is as short as any that breaks the property.
  package var promisesShortest = true
  /// Among those it has the fewest switches between sessions, where it says how many it has.
  package var promisesFewestSwitches = true

  package init(_ name: String, _ change: (inout SearchMode) -> Void = { _ in }) {
    self.name = name
    options.splitsIndependentParts = false
    change(&self)
  }

  /// No symmetry, no reductions: what the others are held against where schedules are too many to be gone
  /// through.
  package static let plain = SearchMode("plain") {
    $0.options.machine.usesSymmetry = false
    $0.options.remembersSteps = false
  }

  /// All ways to search; a line for each.
  package static let all: [SearchMode] = [
    plain,
    SearchMode("symmetry") { $0.options.remembersSteps = false },
    SearchMode("remembered") {
      $0.options.takesQuietSteps = false
      $0.options.delaysWaits = false
    },
    SearchMode("quiet-steps") {
      $0.options.delaysWaits = false
      $0.options.quietThreshold = 0
    },
    SearchMode("late-waits") { $0.options.takesQuietSteps = false },
    SearchMode("reduced") { $0.options.quietThreshold = 0 },
    SearchMode("reduced-plain") {
      $0.options.machine.usesSymmetry = false
      $0.options.quietThreshold = 0
    },
    SearchMode("parts") {
      $0.options.splitsIndependentParts = true
      $0.options.quietThreshold = 0
    },
    SearchMode("parts-plain") {
      $0.options.splitsIndependentParts = true
      $0.options.machine.usesSymmetry = false
      $0.options.takesQuietSteps = false
      $0.options.delaysWaits = false
    },
    SearchMode("parts-first") {
      $0.options.splitsIndependentParts = true
      $0.options.stopsAtFirst = true
    },
    SearchMode("counts") { $0.options.countsInterleavings = true },
    SearchMode("plain-counts") {
      $0.options.machine.usesSymmetry = false
      $0.options.countsInterleavings = true
    },
    SearchMode("first") { $0.options.stopsAtFirst = true },
  ]
}
