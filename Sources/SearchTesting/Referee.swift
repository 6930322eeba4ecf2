import SQL
import Store
package import Writers

/// Says what is broken in a state, from the rules as they are documented, and shares nothing with the search.
package struct Referee {
  package let model: Model

  package init(_ model: Model) { self.model = model }

  /// The names of everything that can be broken and is seen in one state: all but `endless` and
  /// `serializable`.
  package var propertyNames: [String] {
    model.invariants.map(\.name)
      + [BuiltInProperty.deadlock, .stuck, .unhandledError].map(\.rawValue)
  }

  /// Appends the positions in ``propertyNames`` of what the state breaks.
  ///
  /// `choices` is what can happen in it.
  package func appendBroken(
    in state: MachineState, _ machine: inout Machine, choices: ContiguousArray<Choice>,
    to found: inout [Int]
  ) {
    appendInvariants(in: state, &machine, isFinal: machine.isFinal(state), to: &found)
    var deadlocked: ContiguousArray<Int> = []
    machine.appendDeadlocked(in: state, to: &deadlocked)
    let first = model.invariants.count
    if deadlocked.contains(where: { !model.allowances.deadlock.contains($0) }) {
      found.append(first)
    }
    let waiting = state.controls.indices.filter { state.controls[$0].status == .ready }
    if choices.isEmpty, waiting.contains(where: { !model.allowances.stuck.contains($0) }) {
      found.append(first + 1)
    }
    if state.controls.indices.contains(where: { hasUnhandledError($0, state.controls[$0]) }) {
      found.append(first + 2)
    }
  }

  /// Appends the invariants that the state breaks, `finally` ones only where nobody can go on.
  package func appendInvariants(
    in state: MachineState, _ machine: inout Machine, isFinal: Bool, to found: inout [Int]
  ) {
    for (index, invariant) in model.invariants.enumerated()
    where invariant.moment == .always || isFinal {
      do {
        if try !machine.violations(of: index, in: state).isEmpty { found.append(index) }
      } catch {
        found.append(index)
      }
    }
  }

  private func hasUnhandledError(_ session: Int, _ control: MachineState.Control) -> Bool {
    guard control.status == .ended, let code = control.sqlState.asText else { return false }
    // No entry allows no error, an empty one allows all.
    guard let allowed = model.allowances.errors[session] else { return true }
    return !allowed.isEmpty && !allowed.contains { $0.code == code }
  }

  /// How often the schedule goes from one session to another.
  package static func switches(in schedule: [Choice]) -> Int {
    var last: UInt16?
    var count = 0
    for choice in schedule where choice.kind != .clock {
      if let last, last != choice.session { count += 1 }
      last = choice.session
    }
    return count
  }
}
