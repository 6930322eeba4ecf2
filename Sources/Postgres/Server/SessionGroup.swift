/// Several sessions on a server that run against each other, and a control connection that watches them.
///
///     try group.send("UPDATE …", to: 0)
///     try group.send("UPDATE …", to: 1)
///     try group.settle()
///     group.status(of: 1)              // .waiting(for: [0])
///
/// Settled is a group in which every session has ended its statement or waits for one that does nothing by
/// itself: what isolationtester calls blocked, by the same functions of the server (`pg_blocking_pids`,
/// `pg_safe_snapshot_blocking_pids`). A cycle of waits is not settled: the server ends it.
package final class SessionGroup {
  /// What a session is doing.
  package enum Status: Hashable, Sendable {
    /// Nothing: its results are there to be taken.
    case idle
    case running
    /// It waits for these sessions' transactions to end.
    case waiting(for: Set<Int>)
    /// It stands before a gate of ours, by its number.
    case atGate(Int)
  }

  package let control: Connection
  private let libpq: Libpq
  private let target: String
  private let prepare: (Connection, Int) throws(PostgresError) -> Void
  package private(set) var sessions: [Connection] = []
  private var statuses: [Status]
  /// Sessions that wait for a safe snapshot, which the search for deadlocks does not see.
  private var awaitSafety: Set<Int> = []
  /// When a wait that the server gives no name for has lasted long enough.
  private var held: [Int: Deadline] = [:]
  /// The most that the sessions may take to come to rest.
  package var timeoutSeconds: Double = 30

  /// Connects.
  ///
  /// `prepare` makes each session ready: search path, isolation level, and so on.
  ///
  /// - Throws: Why there is no connection.
  package init(
    _ libpq: Libpq, target: String, count: Int,
    prepare: @escaping (Connection, Int) throws(PostgresError) -> Void = { _, _ in }
  ) throws(PostgresError) {
    self.libpq = libpq
    self.target = target
    self.prepare = prepare
    control = try Connection(libpq, to: target)
    statuses = Array(repeating: .idle, count: count)
    for session in 0..<count {
      let connection = try Connection(libpq, to: target)
      try prepare(connection, session)
      sessions.append(connection)
    }
  }

  // MARK: Statements

  /// Sends a session's next statement and does not wait.
  package func send(_ sql: String, to session: Int) throws(PostgresError) {
    try sessions[session].send(sql)
    statuses[session] = sessions[session].isBusy ? .running : .idle
  }

  /// The results of a session's last statement.
  package func takeResults(of session: Int) -> [QueryResult] { sessions[session].takeResults() }

  package func status(of session: Int) -> Status { statuses[session] }

  /// Ends a session as a client that dies does, and opens it anew.
  package func crash(_ session: Int) throws(PostgresError) {
    let pid = sessions[session].backendPID
    sessions[session].cancel()
    sessions[session].close()
    let deadline = Deadline(seconds: timeoutSeconds)
    while try isAlive(pid) {
      guard !deadline.isOver else {
        throw .timedOut(what: "the end of a session whose client died", seconds: timeoutSeconds)
      }
      Connection.wait(for: [], seconds: 0.002)
    }
    let connection = try Connection(libpq, to: target)
    try prepare(connection, session)
    sessions[session] = connection
    statuses[session] = .idle
  }

  private func isAlive(_ pid: Int32) throws(PostgresError) -> Bool {
    let rows = try control.execute("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid)")
    return rows.first?.rows.isEmpty == false
  }

  /// Brings every session back to where it began: nothing runs, nothing is open.
  package func reset() throws(PostgresError) {
    for session in sessions.indices {
      if sessions[session].isBusy {
        try crash(session)
        continue
      }
      _ = sessions[session].takeResults()
      _ = sessions[session].takeNotices()
      if sessions[session].transactionStatus != .idle { try sessions[session].execute("ROLLBACK") }
      try sessions[session].execute("DISCARD ALL")
      try prepare(sessions[session], session)
      statuses[session] = .idle
    }
  }

  /// Ends all connections.
  package func close() {
    for session in sessions {
      if session.isBusy { session.cancel() }
      session.close()
    }
    control.close()
  }

  /// How long a wait without a name must last, in which whoever has been woken goes on.
  private static let unnamedSeconds = 0.3

  // MARK: Settling

  /// Waits until every session has ended its statement or waits for another.
  package func settle() throws(PostgresError) {
    let deadline = Deadline(seconds: timeoutSeconds)
    held = [:]
    var pause = 0.0005
    var last: [Status] = []
    while true {
      let hasEnded = try advance()
      let busy = sessions.indices.filter { sessions[$0].isBusy }
      if busy.isEmpty { return }
      if !hasEnded {
        let seen = try look(at: busy)
        // What ended while the control connection asked makes its answer stale.
        if try !advance(), isSettled(seen) {
          if seen == last {
            statuses = seen
            return
          }
          last = seen
          continue
        }
        last = []
      }
      guard !deadline.isOver else {
        throw .timedOut(what: "waiting for sessions to end or to wait", seconds: timeoutSeconds)
      }
      Connection.wait(for: busy.map { sessions[$0] }, seconds: pause)
      pause = min(pause * 1.5, 0.02)
    }
  }

  /// Takes in what has arrived.
  ///
  /// - Returns: Whether a statement has ended.
  private func advance() throws(PostgresError) -> Bool {
    var hasEnded = false
    for session in sessions.indices where sessions[session].isBusy {
      if try sessions[session].advance() {
        statuses[session] = .idle
        hasEnded = true
      }
    }
    return hasEnded
  }

  /// Asks the server what busy sessions wait for.
  private func look(at busy: [Int]) throws(PostgresError) -> [Status] {
    let pids = busy.map { String(sessions[$0].backendPID) }.joined(separator: ", ")
    let sql = """
      SELECT p.pid, pg_catalog.pg_blocking_pids(p.pid), \
      pg_catalog.pg_safe_snapshot_blocking_pids(p.pid), \
      (SELECT l.objid FROM pg_catalog.pg_locks l WHERE l.pid = p.pid AND l.locktype = 'advisory' \
      AND l.classid = \(gateClass) AND l.granted LIMIT 1), \
      (SELECT a.wait_event FROM pg_catalog.pg_stat_activity a WHERE a.pid = p.pid) \
      FROM (SELECT pg_catalog.unnest(ARRAY[\(pids)]) AS pid) p
      """
    let rows = try control.execute(sql).first?.rows ?? []
    var seen = statuses
    awaitSafety = []
    for session in busy {
      let pid = String(sessions[session].backendPID)
      seen[session] = .running
      guard let row = rows.first(where: { $0[0] == pid }) else { continue }
      if row[4] == "SafeSnapshot" { awaitSafety.insert(session) }
      let blockers = Self.numbers(row[1]) + Self.numbers(row[2])
      if blockers.contains(control.backendPID) {
        if let gate = row[3].flatMap({ Int($0) }) { seen[session] = .atGate(gate) }
        continue
      }
      // Whoever is none of ours (vacuum, another client) goes away by itself.
      let ours = blockers.compactMap { blocker in
        sessions.firstIndex { $0.backendPID == blocker }
      }
      if !ours.isEmpty { seen[session] = .waiting(for: Set(ours)) }
      if blockers.isEmpty, isHeldUnnamed(session, event: row[4]) {
        seen[session] = .waiting(for: [])
      }
    }
    return seen
  }

  /// Whether a session has waited for a safe snapshot for a while, and the server does not say for whom:
  /// `pg_safe_snapshot_blocking_pids` looks at the oldest serializable transaction of a process, which may be one
  /// that has ended and is still kept.
  private func isHeldUnnamed(_ session: Int, event: String?) -> Bool {
    guard event == "SafeSnapshot" else {
      held[session] = nil
      return false
    }
    guard let deadline = held[session] else {
      held[session] = Deadline(seconds: Self.unnamedSeconds)
      return false
    }
    return deadline.isOver
  }

  /// Whether nothing will happen by itself: everyone waits, in no circle that the server would break.
  private func isSettled(_ seen: [Status]) -> Bool {
    for (session, status) in seen.enumerated() {
      switch status {
      case .running: return false
      case .idle, .atGate: continue
      case .waiting:
        var reached: Set<Int> = []
        var open = [session]
        while let current = open.popLast() {
          guard case .waiting(let blockers) = seen[current], !awaitSafety.contains(current) else {
            continue
          }
          for blocker in blockers where reached.insert(blocker).inserted { open.append(blocker) }
        }
        if reached.contains(session) { return false }
      }
    }
    return true
  }

  /// The numbers of an array as the server prints it: `{1,2}`.
  static func numbers(_ text: String?) -> [Int32] {
    (text ?? "").dropFirst().dropLast().split(separator: ",").compactMap { Int32($0) }
  }

  // MARK: Gates

  /// The first number of the advisory locks that say at which gate a session stands.
  ///
  /// Locks are told apart
  /// by this connection's process number, so that two groups on one server do not meet.
  package var gateClass: Int32 { 0x5300_0000 + control.backendPID % 0x40_0000 }
  /// The first number of the locks that hold sessions; the second is twice the session's number, and one
  /// more for the gate's inner door.
  package var doorClass: Int32 { 0x5200_0000 + control.backendPID % 0x40_0000 }

  /// Closes every session's gates.
  package func closeGates() throws(PostgresError) {
    let doors = sessions.indices.map { "pg_advisory_lock(\(doorClass), \(2 * $0))" }
    if !doors.isEmpty { try control.execute("SELECT " + doors.joined(separator: ", ")) }
  }

  /// Opens every gate for good, so that nobody stands before one.
  package func openGates() throws(PostgresError) {
    try control.execute("SELECT pg_advisory_unlock_all()")
  }

  /// Lets a session through the gate that it stands before, and no further than the next.
  ///
  /// A gate has two doors. The outer one is closed while sessions run. To let one through, the inner door
  /// is closed, the outer one opened, closed again behind the session, and then the inner one opened.
  package func pass(_ session: Int) throws(PostgresError) {
    let outer = "(\(doorClass), \(2 * session))"
    let inner = "(\(doorClass), \(2 * session + 1))"
    try control.execute("SELECT pg_advisory_lock\(inner)")
    try control.execute("SELECT pg_advisory_unlock\(outer)")
    try control.execute("SELECT pg_advisory_lock\(outer)")
    try control.execute("SELECT pg_advisory_unlock\(inner)")
    statuses[session] = .running
  }

  /// The body of the function that a gate calls with its number, in a session whose setting
  /// `racesim.session` has the session's number; without one, as where the data are put in, all gates are open.
  package static func gateFunction(
    schema: String, gateClass: Int32, doorClass: Int32
  ) -> String {
    """
    CREATE FUNCTION \(schema).gate(number integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
    DECLARE door integer := 2 * NULLIF(pg_catalog.current_setting('racesim.session', true), '')::integer;
    BEGIN
      IF door IS NULL THEN RETURN false; END IF;
      PERFORM pg_catalog.pg_advisory_lock_shared(\(gateClass), number);
      PERFORM pg_catalog.pg_advisory_lock_shared(\(doorClass), door);
      PERFORM pg_catalog.pg_advisory_unlock_shared(\(doorClass), door);
      PERFORM pg_catalog.pg_advisory_lock_shared(\(doorClass), door + 1);
      PERFORM pg_catalog.pg_advisory_unlock_shared(\(doorClass), door + 1);
      PERFORM pg_catalog.pg_advisory_unlock_shared(\(gateClass), number);
      RETURN false;
    END $$
    """
  }
}
