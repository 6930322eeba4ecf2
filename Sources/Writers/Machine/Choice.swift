/// One choice of the scheduler: who does what next.
package struct Choice: Hashable, Sendable, BitwiseCopyable {
  package enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// The session takes its next step (starts, goes on, or goes on after a wait).
    case step
    /// The database ends a deadlock by failing the session's statement (40P01).
    case victim
    /// The database fails the session's statement (40001) for a read/write dependency that only its coarser
    /// predicate locks show.
    case refused
    /// A wait of the session outlasts its `lock_timeout` (55P03), or its statement `statement_timeout` (57014).
    case lockTimeout, statementTimeout
    /// The session idles in its transaction for longer than `idle_in_transaction_session_timeout`: the server
    /// ends it (25P03).
    case idleTimeout
    /// The session's client dies.
    case crash
    /// The environment moves the clock to its next instant.
    case clock
  }

  package var kind: Kind
  /// A position in ``Model/sessions``; 0 for the clock.
  package var session: UInt16

  @inlinable package init(_ kind: Kind, session: Int = 0) {
    self.kind = kind
    self.session = UInt16(session)
  }
}

/// How finely writers are interleaved, and what the database may choose.
package struct MachineOptions: Hashable, Sendable {
  package enum Granularity: String, Sendable, CaseIterable {
    /// A step for each row, as PostgreSQL.
    case row
    /// A step for each client statement, as PostgreSQL's isolationtester.
    case statement
  }

  package var granularity = Granularity.row
  /// BEGIN is a step of its own always, not only where it can be noticed.
  package var countsBegin = false
  /// Sessions that can go on after a wait do so at once, in order of arrival, within the step that
  /// woke them; the victim of a deadlock is the member whose wait began first, at once; and a
  /// writer goes on with its next statement after an error, as isolationtester's sessions do.
  ///
  /// Otherwise each of these is the scheduler's choice, and an error ends the writer.
  package var followsIsolationTester = false
  /// Sessions have no programs: a driver sends them one after another (``Machine/launch``), and what they
  /// hold stays when one has ended.
  package var takesLaunches = false
  /// Identical sessions are exchanged freely.
  package var usesSymmetry = true

  package init() {}
}
