package import SQL
import Store

/// What a search asks about waits.
extension Machine {
  /// Whether the session has a statement in progress.
  package func isInStatement(_ session: Int, in state: MachineState) -> Bool {
    executor.isInStatement(stack(of: session, in: state))
  }

  /// Whether the session, which has just begun to wait, could as well begin to wait later (``WaitFacts``).
  ///
  /// - Parameters:
  ///   - session: Who waits.
  ///   - state: The state in which it does.
  ///   - beganBefore: Whether its statement had begun in an earlier step.
  ///   - isGuardMoot: Whether it is no matter that its guard may no longer hold after the wait.
  ///   - facts: What is known of the model's program.
  /// - Returns: Whether nothing comes of a late wait that does not come of this one.
  package func mayWaitLater(
    _ session: Int, in state: MachineState, beganBefore: Bool, isGuardMoot: Bool = true,
    _ facts: WaitFacts
  ) -> Bool {
    let it = state.database.sessions[session]
    guard it.wait == .row, it.isolation == .readCommitted else { return false }
    if readsClock[session], Int(state.clock) + 1 < model.clock.count { return false }
    return executor.mayWaitLater(
      stack(of: session, in: state), beganBefore: beganBefore, isAlone: it.isImplicit,
      holdsNothing: isGuardMoot && !holdsSomething(session, in: state), facts)
  }

  /// Whether a session waits for a row in such a way that its wait closes no cycle for others.
  ///
  /// It holds nothing and stands in the queue of the newest version, of a table whose rows are asked for in modes that
  /// stand against each other.
  package func waitsForItselfAlone(
    _ session: Int, in state: MachineState, _ facts: WaitFacts
  ) -> Bool {
    let it = state.database.sessions[session]
    return it.wait == .row && it.place == .queued && facts.isUniform[Int(it.waitTable)]
      && model.program.schema.sequences.isEmpty && !holdsSomething(session, in: state)
  }

  /// Appends the sessions that a waiting session waits for.
  package func appendBlockers(
    of session: Int, in state: MachineState, to blockers: inout ContiguousArray<Int>
  ) {
    state.database.appendBlockers(of: session, schema: model.program.schema, to: &blockers)
  }

  private func stack(of session: Int, in state: MachineState) -> ArraySlice<Value> {
    let start = Int(state.controls[session].stackStart)
    return ArraySlice(state.stack[start..<start + Int(state.controls[session].stackCount)])
  }
}
