import SQL
import Store
package import Writers

/// Runs a compiled spec in the simulation.
package enum SimulatedRun {
  package struct Outcome: Sendable {
    package var transcript = Transcript()
    /// What is not simulated.
    package var refusal: String?
    package var wakeCounts: [Int] = []
    /// Whether deadlock timers had a part in it, so that a server needs time for them.
    package var hasMetCycle = false
  }

  /// Runs the steps of an order.
  package static func run(
    _ compiled: CompiledSpec, order: [String], wakes: [Int] = []
  ) -> Outcome {
    var steps = order.makeIterator()
    return run(compiled, wakes: wakes) { _ in steps.next() }
  }

  /// Runs steps that are asked for, one after the other.
  ///
  /// `next` is told which sessions are busy.
  package static func run(
    _ compiled: CompiledSpec, wakes: [Int], next: (Set<Int>) -> String?
  ) -> Outcome {
    var outcome = Outcome()
    guard var simulation = try? SpecSimulation(compiled, wakes: wakes) else {
      outcome.refusal = "the spec cannot be set up"
      return outcome
    }
    if let error = simulation.setUp() {
      outcome.transcript.problem = "setup: \(error.state.code): \(error.message)"
      return outcome
    }
    let sessions = compiled.spec.sessions.indices
    var busy: Set<Int> = []
    while let name = next(busy) {
      guard let place = compiled.spec.place(ofStep: name) else { continue }
      guard !busy.contains(place.session) else {
        outcome.transcript.problem = "step \(name): its session waits"
        break
      }
      simulation.launch(session: place.session, step: place.step)
      simulation.rest()
      busy.insert(place.session)
      var moment = Transcript.Moment(step: name)
      for session in sessions where busy.contains(session) {
        if simulation.isBusy(session) {
          moment.waits[session] = simulation.blockers(of: session)
        } else {
          moment.ends[session] = end(simulation.take(session), simulation)
          busy.remove(session)
        }
      }
      outcome.transcript.moments.append(moment)
      if let refusal = simulation.refusal {
        outcome.refusal = refusal.message
        break
      }
    }
    outcome.wakeCounts = simulation.wakeCounts
    outcome.hasMetCycle = simulation.hasMetCycle
    return outcome
  }

  private static func end(
    _ told: SpecSimulation.Told, _ simulation: SpecSimulation
  ) -> Transcript.End {
    var end = Transcript.End()
    for answer in told.answers where Transcript.isCompared(answer.tag) {
      end.results.append(
        Transcript.Result(
          columns: answer.columns.map(\.name),
          rows: answer.rows.map { row in
            zip(row, answer.columns).map { simulation.text($0, of: $1) }
          }, tag: answer.tag))
    }
    end.failure = told.error.map {
      Transcript.Failure(state: $0.state.code, message: $0.message, detail: $0.detail)
    }
    end.notices = told.notices
    return end
  }
}
