/// What running one schedule on the server and in the simulation has shown.
package struct Conformance: Sendable {
  package enum Outcome: Hashable, Sendable {
    /// Every result, error, wait and table is the same.
    case agreed
    /// They differ; ``Conformance/differences`` says where.
    case differs
    /// No moves lead a server through the schedule.
    case notReproducible(reason: String)
  }

  /// One thing that is not the same.
  package struct Difference: Hashable, Sendable {
    /// The move, from 1; `nil` for the end.
    package var move: Int?
    /// What is compared: `confirm's result`, `the rows of orders`.
    package var what: String
    package var ours: String
    package var servers: String
  }

  /// One move, as it went.
  package struct Line: Hashable, Sendable {
    package var move: Int
    /// The session, or `clock`.
    package var who: String
    /// What was sent, or where the session went on.
    package var text: String
    /// What came of it, by session.
    package var results: [String]
  }

  /// `token rs1_…`, `timeline napkin`, `sample 17`.
  package var name: String
  package var outcome: Outcome
  package var differences: [Difference] = []
  package var lines: [Line] = []
  package var moves = 0
  /// The server took a choice of its own (another victim), so that the schedule went another way.
  package var wentAnotherWay = false
  /// Rules that the end breaks, here and on the server alike.
  package var broken: [String] = []
}
