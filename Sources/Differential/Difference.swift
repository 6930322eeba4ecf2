/// The first thing in which two transcripts differ.
package struct Difference: Hashable, Sendable {
  /// What is compared.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case setup, waiting, error, message, rowCount = "row count", rows, order, columns, notices,
      blockers, results, problem
  }

  package var kind: Kind
  package var step: String
  package var session: Int
  package var ours: String
  package var servers: String

  /// What stays the same while the case is made smaller.
  package var signature: String {
    kind == .error || kind == .waiting || kind == .message
      ? "\(kind.rawValue): \(ours.prefix(24)), \(servers.prefix(24))" : kind.rawValue
  }

  /// Compares two transcripts.
  ///
  /// - Returns: The first difference; one in the order of rows only where there is no other.
  package static func first(ours: Transcript, servers: Transcript) -> Difference? {
    var softer: Difference?
    for (mine, its) in zip(ours.moments, servers.moments) {
      let sessions = Set(mine.ends.keys).union(mine.waits.keys).union(its.ends.keys).union(
        its.waits.keys)
      for session in sessions.sorted() {
        guard let found = compare(mine, its, session) else { continue }
        if found.kind != .order { return found }
        softer = softer ?? found
      }
    }
    if ours.problem != servers.problem {
      return Difference(
        kind: ours.moments.isEmpty ? .setup : .problem,
        step: ours.moments.last?.step ?? "", session: 0, ours: ours.problem ?? "none",
        servers: servers.problem ?? "none")
    }
    return softer
  }

  private static func compare(
    _ mine: Transcript.Moment, _ its: Transcript.Moment, _ session: Int
  ) -> Difference? {
    func differ(_ kind: Kind, _ ours: String, _ servers: String) -> Difference {
      Difference(kind: kind, step: mine.step, session: session, ours: ours, servers: servers)
    }
    guard let ours = mine.ends[session], let servers = its.ends[session] else {
      let ourState = state(mine, session)
      let itsState = state(its, session)
      if ourState != itsState { return differ(.waiting, ourState, itsState) }
      // The server names those that hold a row one after the other, and not always anybody where a session waits
      // for a safe snapshot.
      guard let blockers = mine.waits[session], let its = its.waits[session], !its.isEmpty else {
        return nil
      }
      return blockers.isDisjoint(with: its)
        ? differ(.blockers, "\(blockers.sorted())", "\(its.sorted())") : nil
    }
    if ours.failure?.state != servers.failure?.state {
      return differ(.error, text(ours.failure), text(servers.failure))
    }
    if ours.failure?.message != servers.failure?.message {
      return differ(.message, text(ours.failure), text(servers.failure))
    }
    if ours.results.count != servers.results.count {
      return differ(.results, "\(ours.results.count)", "\(servers.results.count)")
    }
    for (left, right) in zip(ours.results, servers.results) {
      if left.tag != right.tag { return differ(.rowCount, left.tag, right.tag) }
      if left.columns != right.columns {
        return differ(.columns, "\(left.columns)", "\(right.columns)")
      }
      if left.rows == right.rows { continue }
      let isOrder = sorted(left.rows) == sorted(right.rows)
      return differ(isOrder ? .order : .rows, rows(left), rows(right))
    }
    if ours.notices != servers.notices {
      return differ(
        ours.notices.sorted() == servers.notices.sorted() ? .order : .notices,
        ours.notices.joined(separator: "; "), servers.notices.joined(separator: "; "))
    }
    return nil
  }

  private static func state(_ moment: Transcript.Moment, _ session: Int) -> String {
    if moment.waits[session] != nil { return "waits" }
    guard let end = moment.ends[session] else { return "not there" }
    return "ended, " + text(end.failure)
  }

  private static func text(_ failure: Transcript.Failure?) -> String {
    failure.map { "\($0.state): \($0.message)" } ?? "no error"
  }

  private static func rows(_ result: Transcript.Result) -> String {
    result.rows.map { row in "(" + row.map { $0 ?? "NULL" }.joined(separator: ", ") + ")" }
      .joined(separator: " ")
  }

  private static func sorted(_ rows: [[String?]]) -> [[String?]] {
    rows.sorted { left, right in
      left.lexicographicallyPrecedes(right) { ($0 ?? "\u{0}") < ($1 ?? "\u{0}") }
    }
  }
}
