package import Scheduler
import Writers

/// What can come of a spec's sessions, whatever their order.
package enum SpecOutcomes {
  package static func lines(_ exploration: Exploration, path: String) -> [Line] {
    var line = Line(path, .strong)
    line.append("  \(exploration.states) states")
    if let count = exploration.interleavings { line.append(", \(count) interleavings") }
    if let bound = exploration.bound { line.append("  not all: \(bound)", .warning) }
    var lines = [line]
    for example in exploration.counterexamples {
      let steps = example.schedule.count
      var outcome = Line("  can happen: ", .warning)
      outcome.append("\(example.property), after \(steps) step\(steps == 1 ? "" : "s")")
      lines.append(outcome)
    }
    if exploration.counterexamples.isEmpty {
      let isWhole = exploration.bound == nil
      lines.append(
        Line(
          isWhole
            ? "  no deadlock, no error and no session that waits for ever, in any interleaving"
            : "  no deadlock and no error so far", isWhole ? .good : .plain))
    }
    return lines
  }
}
