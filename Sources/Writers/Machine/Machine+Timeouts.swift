import SQL
package import Store

/// Timeouts: waits have no length here, so that each may end one, or not.
extension Machine {
  /// Appends the timeouts that may end what the session does now.
  func appendTimeouts(
    of session: Int, in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    guard !state.database.settings.isEmpty else { return }
    for kind in [Choice.Kind.lockTimeout, .statementTimeout, .idleTimeout]
    where mayTimeOut(session, kind, in: state) {
      choices.append(Choice(kind, session: session))
    }
  }

  /// Whether any timeout may end what the session does now.
  func mayTimeOut(_ session: Int, in state: MachineState) -> Bool {
    guard !state.database.settings.isEmpty else { return false }
    return mayTimeOut(session, .lockTimeout, in: state)
      || mayTimeOut(session, .statementTimeout, in: state)
      || mayTimeOut(session, .idleTimeout, in: state)
  }

  private func mayTimeOut(_ session: Int, _ kind: Choice.Kind, in state: MachineState) -> Bool {
    guard let name = kind.timeout else { return false }
    let length = state.database.milliseconds(name, session: session)
    guard length > 0 else { return false }
    switch kind {
    case .lockTimeout:
      let whole =
        isCommitting(session, in: state)
        ? 0 : state.database.milliseconds(.statementTimeout, session: session)
      // A statement that may last no longer than one of its waits ends first.
      return state.database.isBlocked(session) && !canStep(session, in: state)
        && state.database.sessions[session].wait != .safeSnapshot && (whole == 0 || length < whole)
    case .statementTimeout:
      return state.database.sessions[session].wait != .none && !canStep(session, in: state)
        && !isCommitting(session, in: state)
    default: return isIdleInTransaction(session, in: state)
    }
  }

  /// Whether a transaction that ends checks what it has put off: no `statement_timeout` runs any more
  /// (`finish_xact_command`).
  func isCommitting(_ session: Int, in state: MachineState) -> Bool {
    let start = Int(state.controls[session].stackStart)
    let count = Int(state.controls[session].stackCount)
    return executor.isCommitting(state.stack[start..<start + count])
  }

  private func isIdleInTransaction(_ session: Int, in state: MachineState) -> Bool {
    let it = state.database.sessions[session]
    guard it.phase != .idle, !it.isImplicit, it.wait == .none else { return false }
    let start = Int(state.controls[session].stackStart)
    let count = Int(state.controls[session].stackCount)
    return executor.isBetweenClientStatements(state.stack[start..<start + count])
  }

  /// The timeout that ends a wait first, where nobody can go on: the shortest, of equal ones that of the session
  /// that sleeps longest.
  func firstTimeout(in state: MachineState) -> (choice: Choice, milliseconds: Int64)? {
    guard !state.database.settings.isEmpty else { return nil }
    var first: (choice: Choice, milliseconds: Int64, rank: Int32)?
    for session in state.controls.indices where state.controls[session].status == .ready {
      for kind in [Choice.Kind.lockTimeout, .statementTimeout]
      where mayTimeOut(session, kind, in: state) {
        guard let name = kind.timeout else { continue }
        let length = state.database.milliseconds(name, session: session)
        let rank = state.database.sessions[session].sleepRank
        if let known = first, (known.milliseconds, known.rank) <= (length, rank) { continue }
        first = (Choice(kind, session: session), length, rank)
      }
    }
    return first.map { ($0.choice, $0.milliseconds) }
  }
}

extension Choice.Kind {
  /// The setting whose time is over; `nil` for what is no timeout.
  package var timeout: SettingName? {
    switch self {
    case .lockTimeout: .lockTimeout
    case .statementTimeout: .statementTimeout
    case .idleTimeout: .idleTimeout
    case .step, .victim, .refused, .crash, .clock: nil
    }
  }

  /// The error that ends what the session does; `nil` where none does.
  package var error: SQLError? {
    switch self {
    case .victim: .deadlockDetected
    case .refused:
      .readWriteDependencies(
        reason: "Canceled on identification as a pivot by locks on more than was read")
    case .lockTimeout: .lockTimeout
    case .statementTimeout: .statementTimeout
    case .idleTimeout: .idleTimeout
    case .step, .crash, .clock: nil
    }
  }
}
