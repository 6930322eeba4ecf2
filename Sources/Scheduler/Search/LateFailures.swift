import SQL
import Writers

/// Failures of sessions that have put their waits off, on the way of a reduced search, and where the waits belong.
///
///     the way           x waits …  possible  … the session fails
///     the schedule   the session waits, x waits …  the session fails …
struct LateFailures {
  private struct Step {
    var choice: Choice
    /// Its position on the way; `nil` if it has been placed anew.
    var origin: Int?
    /// It is no failure that is still to be placed.
    var isPlaced = true
  }

  private var failures: [(position: Int, session: Int)] = []
  /// For each session, how many steps had been taken when it might first have failed.
  private var possible: [Int: Int] = [:]

  var isEmpty: Bool { failures.isEmpty }

  mutating func append(at position: Int, of session: Int) {
    failures.append((position, session))
  }

  mutating func notePossible(after count: Int, of session: Int) {
    if possible[session] == nil { possible[session] = count }
  }

  /// Has the sessions wait before they fail, and fail as soon as they might.
  ///
  /// - Parameters:
  ///   - schedule: The way that the search took.
  ///   - system: What says whether a schedule can be followed.
  /// - Returns: A schedule that can be followed; `nil` if none was found.
  /// - Throws: What is wrong with the scenario's setup.
  func placeWaits<System: TransitionSystem & ~Copyable>(
    in schedule: [Choice], _ system: inout System
  ) throws(Diagnostic) -> [Choice]? {
    let failed = Set(failures.map(\.position))
    var steps = schedule.indices.map {
      Step(choice: schedule[$0], origin: $0, isPlaced: !failed.contains($0))
    }
    for failure in failures {
      guard let count = possible[failure.session],
        let failing = steps.firstIndex(where: { $0.origin == failure.position })
      else { return nil }
      steps.remove(at: failing)
      let last = steps.firstIndex { $0.origin.map { $0 >= count } ?? false } ?? steps.count
      steps.insert(Step(choice: schedule[failure.position]), at: last)
      guard let trial = try placeWait(of: failure.session, in: steps, upTo: last, &system) else {
        return nil
      }
      steps = trial
    }
    return steps.map(\.choice)
  }

  /// The steps with one in which a session begins to wait, at the latest place that will do.
  private func placeWait<System: TransitionSystem & ~Copyable>(
    of session: Int, in steps: [Step], upTo last: Int, _ system: inout System
  ) throws(Diagnostic) -> [Step]? {
    for place in (0...last).reversed() {
      var trial = steps
      trial.insert(Step(choice: Choice(.step, session: session)), at: place)
      if try canBeFollowed(trial, &system) { return trial }
    }
    return nil
  }

  private func canBeFollowed<System: TransitionSystem & ~Copyable>(
    _ steps: [Step], _ system: inout System
  ) throws(Diagnostic) -> Bool {
    var state = try system.initialOwn()
    var left: Set<UInt16> = []
    for step in steps {
      // Nobody notices that a session fails that is to be placed yet, nor what it does then.
      if !step.isPlaced { left.insert(step.choice.session) }
      if step.choice.kind != .clock, left.contains(step.choice.session) { continue }
      guard system.isEnabled(step.choice, inOwn: state) else { return false }
      system.apply(step.choice, toOwn: &state)
    }
    return true
  }
}
