package import Writers

/// Runs permutations of an isolation spec on a server, and says in plain values what happened.
///
///     let runner = ServerSpecRunner(libpq, target: server.target)
///     let transcript = try runner.run(spec, order: ["s1a", "s2a", "s1c"])
///
/// Each session of the spec is a connection. A step is sent and then looked at until it has ended or the
/// server says that it waits (``SessionGroup``). A step of a session that still waits is sent once that
/// session's step has ended by itself; where it cannot end, the permutation is invalid. Setups run before,
/// teardowns after, whatever happened between.
///
/// Unlike isolationtester it does not print, and it reports the end of a step right after the step that
/// caused it, the sessions in their order.
package struct ServerSpecRunner {
  private let libpq: Libpq
  private let target: String
  /// What each session's connection is told first.
  package var preamble = ""
  /// Who looks for a deadlock when: the server's own time where empty (`10ms`; superusers only).
  package var deadlockTimeout = ""
  package var timeoutSeconds: Double = 30

  package init(_ libpq: Libpq, target: String) {
    self.libpq = libpq
    self.target = target
  }

  /// What happened to one step.
  package struct Event: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// It waits for the steps of these sessions.
      case waits(for: [Int])
      /// It has ended: the results of its statements, up to its error if there is one.
      case ended([QueryResult])
    }

    package var session: Int
    package var step: String
    package var kind: Kind
    package var notices: [Notice]
  }

  package struct Transcript: Hashable, Sendable {
    package var events: [Event] = []
    /// The step that could not be sent, for its session waits for ever.
    package var invalidStep: String?
    /// The queries that were asked at the end, with their results.
    package var final: [[QueryResult]] = []
  }

  /// Runs the steps in an order.
  ///
  /// `finalQueries` are asked after the last step and before the teardowns, by another connection.
  ///
  /// - Returns: What happened.
  /// - Throws: Where a setup or teardown fails, or nothing moves for too long.
  package func run(
    _ spec: Spec, order: [String], finalQueries: [String] = []
  ) throws(PostgresError) -> Transcript {
    let preamble = preamble
    let deadlockTimeout = deadlockTimeout
    let group = try SessionGroup(libpq, target: target, count: spec.sessions.count) {
      (connection, _) throws(PostgresError) in
      if !preamble.isEmpty { try connection.execute(preamble) }
      if !deadlockTimeout.isEmpty {
        try connection.execute("SET deadlock_timeout = '\(deadlockTimeout)'")
      }
    }
    defer { group.close() }
    group.timeoutSeconds = timeoutSeconds
    if !preamble.isEmpty { try group.control.execute(preamble) }
    for setup in spec.setups { try group.control.execute(setup.text) }
    var run = Run(spec: spec, group: group)
    do throws(PostgresError) {
      for (session, it) in spec.sessions.enumerated() {
        if let setup = it.setup { try group.sessions[session].execute(setup.text) }
      }
      for name in order {
        guard let place = spec.place(ofStep: name) else { continue }
        guard try run.launch(place.session, place.step) else {
          run.transcript.invalidStep = name
          break
        }
      }
      for query in finalQueries { run.transcript.final.append(try group.control.run(query)) }
      try tearDown(spec, group)
    } catch {
      try? tearDown(spec, group)
      throw error
    }
    return run.transcript
  }

  private func tearDown(_ spec: Spec, _ group: SessionGroup) throws(PostgresError) {
    for (session, it) in spec.sessions.enumerated() {
      if group.sessions[session].isBusy {
        try group.crash(session)
        continue
      }
      if let teardown = it.teardown { _ = try group.sessions[session].run(teardown.text) }
      if group.sessions[session].transactionStatus != .idle {
        _ = try group.sessions[session].run("ROLLBACK")
      }
    }
    if let teardown = spec.teardown { try group.control.execute(teardown.text) }
  }

  /// One permutation while it runs.
  private struct Run {
    let spec: Spec
    let group: SessionGroup
    var transcript = Transcript()
    /// The step that each session is at.
    private var active: [Int?]

    init(spec: Spec, group: SessionGroup) {
      self.spec = spec
      self.group = group
      active = Array(repeating: nil, count: spec.sessions.count)
    }

    /// Sends a step and lets everybody come to rest.
    ///
    /// - Returns: Whether it could be sent.
    mutating func launch(_ session: Int, _ step: Int) throws(PostgresError) -> Bool {
      if active[session] != nil { return false }
      active[session] = step
      try group.send(spec.sessions[session].steps[step].block.text, to: session)
      try group.settle()
      report(session, isNew: true)
      for other in active.indices where other != session { report(other, isNew: false) }
      return true
    }

    private mutating func report(_ session: Int, isNew: Bool) {
      guard let step = active[session] else { return }
      let kind: Event.Kind
      switch group.status(of: session) {
      case .idle:
        kind = .ended(group.takeResults(of: session))
        active[session] = nil
      case .waiting(let blockers):
        guard isNew else { return }
        kind = .waits(for: blockers.sorted())
      case .running, .atGate: return
      }
      transcript.events.append(
        Event(
          session: session, step: spec.sessions[session].steps[step].name.text, kind: kind,
          notices: group.sessions[session].takeNotices()))
    }
  }
}
