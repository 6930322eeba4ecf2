import Scheduler
import Synchronization
import Writers

/// Takes in the states in which parts of a model begin and end, and puts final states of the whole together from
/// them: any end of one part goes with any end of another.
final class PartCollector: Sendable {
  private struct Part {
    var initial: Ending
    /// With a text for each.
    var ends: [Ending: String] = [:]
  }

  private let parts = Mutex<[[Int]: Part]>([:])

  var observer: PartObserver {
    PartObserver(
      begins: { sessions, state, machine in
        let initial = Ending(state, machine)
        self.parts.withLock { $0[sessions] = Part(initial: initial) }
      },
      ends: { sessions, state, machine in
        let end = Ending(state, machine)
        let text = FinalState.text(of: state, machine, broken: [])
        self.parts.withLock { $0[sessions]?.ends[end] = text }
      })
  }

  /// The final states of the whole.
  ///
  /// - Parameters:
  ///   - parts: The sessions of each part.
  ///   - whole: The initial state of the whole.
  ///   - machine: A machine for the whole.
  ///   - limit: How many there may be.
  /// - Returns: `nil` if they are more.
  func finalStates(
    of parts: [[Int]], from whole: MachineState, _ machine: Machine, limit: Int
  ) -> FinalStateSet? {
    let known = self.parts.withLock { $0 }
    var initial = Ending(whole, machine)
    initial.sessions = []
    var met: [Ending: String] = [initial: ""]
    var states = FinalStateSet(knowsRules: false)
    for sessions in parts {
      guard let part = known[sessions] else { return nil }
      var next: [Ending: String] = [:]
      for (before, text) in met {
        for (end, more) in part.ends {
          guard let after = before.adding(end, after: part.initial) else {
            states.insert(
              FinalState(end, broken: []), text: "sessions \(sessions) take others' rows: \(more)")
            return states
          }
          next[after] = text + "sessions \(sessions):\n\(more)\n"
        }
        if next.count > limit { return nil }
      }
      met = next
    }
    for (state, text) in met { states.insert(FinalState(state, broken: []), text: text) }
    return states
  }
}
