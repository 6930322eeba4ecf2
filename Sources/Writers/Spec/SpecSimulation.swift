package import SQL
package import Store

/// The sessions of a spec, driven by hand: for programs that want values instead of what isolationtester
/// prints.
///
///     var simulation = try SpecSimulation(compiled)
///     if let problem = simulation.setUp() { … }
///     simulation.launch(session: 0, step: 0)
///     simulation.rest()
///     if !simulation.isBusy(0) { let told = simulation.take(0) }
///
/// Steps are launched in any order, as long as their sessions are not busy. ``rest()`` lets so much time
/// pass that every timer has gone off: who is waiting then waits until another step is launched.
package struct SpecSimulation {
  /// What a session has told since its last step was launched.
  package struct Told: Sendable {
    package var answers: [Answer] = []
    package var error: SQLError?
    /// `NOTICE:  text`.
    package var notices: [String] = []
  }

  private let compiled: CompiledSpec
  private var server: SpecServer

  /// The choices are those of who goes on first: see ``wakeCounts``.
  ///
  /// - Throws: where the spec's tables cannot be set up at all.
  package init(_ compiled: CompiledSpec, wakes: [Int] = []) throws(Diagnostic) {
    self.compiled = compiled
    server = try SpecServer(compiled)
    server.wakes = wakes
  }

  /// How many sessions could have gone on first, each time there were several.
  package var wakeCounts: [Int] { server.wakeCounts }
  /// Whether a deadlock has been found, or a queue been put into another order to avoid one.
  package var hasMetCycle: Bool { server.hasMetCycle }
  /// What a step has asked for that is not simulated.
  package var refusal: SQLError? { server.refusal }

  /// Runs the setups, that of the spec and those of its sessions.
  ///
  /// - Returns: The first error.
  package mutating func setUp() -> SQLError? {
    for setup in compiled.setups {
      if let error = runAtOnce(setup, session: compiled.control) { return error }
    }
    for (session, strings) in compiled.sessions.enumerated() {
      if let setup = strings.setup, let error = runAtOnce(setup, session: session) { return error }
    }
    return nil
  }

  private mutating func runAtOnce(_ string: SpecString, session: Int) -> SQLError? {
    for part in string.parts {
      guard server.send(part, to: session) else {
        if let error = server.apply(part) { return error }
        continue
      }
      rest()
      if server.isBusy(session) { return SQLError(.lockNotAvailable, "the setup waits for ever") }
      if let error = take(session).error { return error }
    }
    return nil
  }

  /// Sends a step to a session that is not busy.
  package mutating func launch(session: Int, step: Int) {
    let string = compiled.sessions[session].steps[step]
    if let part = string.parts.first { _ = server.send(part, to: session) }
  }

  /// Lets time pass until nothing happens by itself any more.
  package mutating func rest() { while server.advanceToTimer(before: .max) {} }

  package func isBusy(_ session: Int) -> Bool { server.isBusy(session) }

  /// The sessions that a session waits for.
  package func blockers(of session: Int) -> Set<Int> { server.blockers(of: session) }

  /// Takes what a session has told.
  package mutating func take(_ session: Int) -> Told {
    var told = Told()
    for message in server.takeMessages(session) {
      switch message {
      case .notice(let text): told.notices.append(text)
      case .answer(let answer): told.answers.append(answer)
      case .error(let error): told.error = error
      }
    }
    return told
  }

  /// A value as the server writes it.
  package func text(_ value: Value, of column: OutputColumn) -> String? {
    let program = compiled.model.program
    return value.isNull
      ? nil : value.formatted(as: column.type, catalog: program.types, options: program.format)
  }
}
