package import SQL
package import Store

/// Driving sessions by hand, for clients whose programs are not known beforehand.
///
/// A driver launches a routine in a session and lets it go on until the routine has ended
/// (``MachineState/Status/ended``, with the error if there was one) or the session waits.
extension Machine {
  /// Begins a routine in a session that is at rest, and runs it up to its first step.
  package mutating func launch(
    _ routine: RoutineID, session: Int, in state: inout MachineState, recorder: inout Recorder
  ) {
    precondition(options.takesLaunches, "this machine runs the programs of its model")
    precondition(state.controls[session].status != .ready, "session \(session) is busy")
    state.controls[session].status = .ready
    state.controls[session].hasBegun = true
    lend(&state, session: session, &recorder)
    let result = executor.start(routine, arguments: [])
    settle(result, session: session, &state)
    takeBack(&state, session: session, &recorder)
  }

  /// Lets a session go on until it waits or its routine has ended.
  package mutating func proceed(
    session: Int, in state: inout MachineState, recorder: inout Recorder
  ) {
    while state.controls[session].status == .ready, canStep(session, in: state) {
      lend(&state, session: session, &recorder)
      settle(executor.step(), session: session, &state)
      takeBack(&state, session: session, &recorder)
    }
  }

  /// Fails what a session is doing, as the deadlock detector and timeouts do.
  package mutating func fail(
    session: Int, with error: SQLError, in state: inout MachineState, recorder: inout Recorder
  ) {
    precondition(state.controls[session].status == .ready, "session \(session) does nothing")
    lend(&state, session: session, &recorder)
    settle(executor.fail(with: error), session: session, &state)
    takeBack(&state, session: session, &recorder)
  }

  /// Forgets the statement of a session that has waited for a table, as if it had not been asked for; its
  /// transaction and its locks are kept.
  ///
  /// - Returns: Whether that can be done: the statement is the client's own.
  package mutating func abandon(session: Int, in state: inout MachineState) -> Bool {
    precondition(state.controls[session].status == .ready, "session \(session) does nothing")
    var recorder = Recorder(isOn: false)
    lend(&state, session: session, &recorder)
    let result = executor.abandon()
    if let result { settle(result, session: session, &state) }
    takeBack(&state, session: session, &recorder)
    return result != nil
  }

  /// Ends a session's sleep, whatever the model's clock says.
  package mutating func wake(
    session: Int, in state: inout MachineState, recorder: inout Recorder
  ) {
    precondition(state.database.sessions[session].wait == .clock, "session \(session) is awake")
    lend(&state, session: session, &recorder)
    settle(executor.step(), session: session, &state)
    takeBack(&state, session: session, &recorder)
  }

  /// Whether a busy session can take a step now.
  package func canGoOn(session: Int, in state: MachineState) -> Bool {
    state.controls[session].status == .ready && canStep(session, in: state)
  }
}
