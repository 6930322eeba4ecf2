/// All that can be seen of a run of steps: the same for the simulation and for a server.
package struct Transcript: Hashable, Sendable {
  /// What one statement has given.
  package struct Result: Hashable, Sendable {
    package var columns: [String] = []
    package var rows: [[String?]] = []
    /// The command tag: `UPDATE 1`.
    package var tag = ""
  }

  package struct Failure: Hashable, Sendable {
    package var state: String
    package var message: String
    package var detail: String?
  }

  /// What a step has come to.
  package struct End: Hashable, Sendable {
    package var results: [Result] = []
    package var failure: Failure?
    package var notices: [String] = []
  }

  /// How things stand when a step has been launched and everybody has come to rest.
  package struct Moment: Hashable, Sendable {
    package var step: String
    /// The steps that have ended, by session.
    package var ends: [Int: End] = [:]
    /// Who waits, and for whom.
    package var waits: [Int: Set<Int>] = [:]
  }

  package var moments: [Moment] = []
  /// Why the run ended early: the setup failed, or a step was to be launched in a session that waits.
  package var problem: String?

  package init() {}

  /// Whether a command tag belongs to a statement whose result is compared.
  static func isCompared(_ tag: String) -> Bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"].contains { tag.hasPrefix($0) }
  }
}

extension Transcript {
  /// The transcript for people, the sessions by their names.
  package func text(sessions: [String]) -> String {
    var text = ""
    for moment in moments {
      text += "step \(moment.step)\n"
      for (session, end) in moment.ends.sorted(by: { $0.key < $1.key }) {
        for notice in end.notices { text += "  \(sessions[session]): \(notice)\n" }
        for result in end.results {
          text += "  \(sessions[session]): \(result.tag)\n"
          for row in result.rows {
            text += "    " + row.map { $0 ?? "NULL" }.joined(separator: " | ") + "\n"
          }
        }
        if let failure = end.failure {
          text += "  \(sessions[session]): ERROR:  \(failure.state): \(failure.message)\n"
          if let detail = failure.detail { text += "    DETAIL:  \(detail)\n" }
        }
        if end.results.isEmpty, end.failure == nil { text += "  \(sessions[session]): done\n" }
      }
      for (session, blockers) in moment.waits.sorted(by: { $0.key < $1.key }) {
        let names = blockers.sorted().map { sessions[$0] }.joined(separator: ", ")
        text += "  \(sessions[session]): waits for \(names)\n"
      }
    }
    if let problem { text += "\(problem)\n" }
    return text
  }
}
