import Foundation
package import Postgres
package import Writers

/// Runs specs on a server, in a schema of their own, with connections that are kept from one to the next.
package final class ServerRun {
  private let libpq: Libpq
  private let target: String
  private let schema: String
  private let sessionsLimit: Int
  private var group: SessionGroup?

  /// - Throws: Why there is no connection.
  package init(_ libpq: Libpq, target: String, sessionsLimit: Int) throws(PostgresError) {
    self.libpq = libpq
    self.target = target
    self.sessionsLimit = sessionsLimit
    let control = try Connection(libpq, to: target)
    schema = "racesim_difftest_\(control.backendPID)"
    try control.execute("CREATE SCHEMA \(schema)")
    control.close()
  }

  /// Drops the schema, and ends the connections.
  package func close() {
    group?.close()
    group = nil
    guard let control = try? Connection(libpq, to: target) else { return }
    _ = try? control.run("SET client_min_messages = error; DROP SCHEMA \(schema) CASCADE")
    control.close()
  }

  /// Runs the steps of an order.
  ///
  /// `timersSeconds` is how long a server is left alone after a step with which waiting has begun, so that
  /// the sessions look for deadlocks before the next step. `slowness` makes that so many times longer, and all times
  /// that the spec sets.
  ///
  /// - Throws: where nothing can be said: no connection, or no rest within a time.
  package func run(
    _ spec: Spec, order: [String], timersSeconds: Double, slowness: Int = 1
  ) throws(PostgresError) -> Transcript {
    do throws(PostgresError) {
      return try attempt(spec, order, timersSeconds * Double(slowness), slowness)
    } catch {
      group?.close()
      group = nil
      throw error
    }
  }

  private func makeReady() throws(PostgresError) -> SessionGroup {
    let first =
      "SET search_path = \(schema); SET timezone = 'PST8PDT'; SET datestyle = 'Postgres, MDY'"
    if let group {
      try group.reset()
      return group
    }
    let made = try SessionGroup(libpq, target: target, count: sessionsLimit) {
      (connection, _) throws(PostgresError) in
      try connection.execute(first)
    }
    made.timeoutSeconds = 15
    try made.control.execute(first + "; SET client_min_messages = warning")
    group = made
    return made
  }

  private func attempt(
    _ spec: Spec, _ order: [String], _ timersSeconds: Double, _ slowness: Int
  ) throws(PostgresError) -> Transcript {
    let group = try makeReady()
    group.timeoutSeconds = 15 * Double(slowness)
    try group.control.execute("DROP SCHEMA \(schema) CASCADE; CREATE SCHEMA \(schema)")
    var transcript = Transcript()
    for setup in spec.setups {
      for result in try group.control.run(setup.text) {
        guard let error = result.error else { continue }
        transcript.problem = "setup: \(error.state): \(error.message)"
        return transcript
      }
    }
    for (session, it) in spec.sessions.enumerated() {
      guard let setup = it.setup else { continue }
      try group.sessions[session].execute(Self.slowed(setup.text, slowness))
    }
    var waiting: Set<Int> = []
    for name in order {
      guard let place = spec.place(ofStep: name) else { continue }
      guard !waiting.contains(place.session) else {
        transcript.problem = "step \(name): its session waits"
        break
      }
      let sql = spec.sessions[place.session].steps[place.step].block.text
      try group.send(Self.slowed(sql, slowness), to: place.session)
      try group.settle()
      waiting.insert(place.session)
      if timersSeconds > 0, waiting.contains(where: { group.sessions[$0].isBusy }) {
        Connection.wait(for: [], seconds: timersSeconds)
        try group.settle()
      }
      var moment = Transcript.Moment(step: name)
      for session in waiting {
        switch group.status(of: session) {
        case .idle:
          moment.ends[session] = end(of: session, group)
          waiting.remove(session)
        case .waiting(let blockers): moment.waits[session] = blockers
        case .running, .atGate: break
        }
      }
      transcript.moments.append(moment)
    }
    return transcript
  }

  /// SQL in which settings of times, `= '40ms'`, are so many times longer.
  static func slowed(_ sql: String, _ times: Int) -> String {
    guard times > 1 else { return sql }
    var result = ""
    var rest = sql[...]
    while let start = rest.range(of: " = '") {
      result += rest[..<start.upperBound]
      rest = rest[start.upperBound...]
      let digits = rest.prefix(while: \.isNumber)
      guard let number = Int(digits), rest.dropFirst(digits.count).hasPrefix("ms'") else {
        continue
      }
      result += String(number * times)
      rest = rest.dropFirst(digits.count)
    }
    return result + rest
  }

  private func end(of session: Int, _ group: SessionGroup) -> Transcript.End {
    var end = Transcript.End()
    for result in group.takeResults(of: session) {
      if let error = result.error {
        end.failure = Transcript.Failure(
          state: error.state, message: error.message, detail: error.detail)
      } else if Transcript.isCompared(result.tag) {
        end.results.append(
          Transcript.Result(
            columns: result.columns.map(\.name), rows: result.rows, tag: result.tag))
      }
    }
    end.notices = group.sessions[session].takeNotices().map { "\($0.severity):  \($0.message)" }
    return end
  }
}
