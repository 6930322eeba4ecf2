import SQL
package import Store
import Writers

/// A row of a table, for the length of one history.
package struct RowKey: Hashable, Comparable, Sendable {
  package var table: TableID
  package var row: Int32

  package init(table: TableID, row: Int32) {
    self.table = table
    self.row = row
  }

  package static func < (left: RowKey, right: RowKey) -> Bool {
    (left.table.index, left.row) < (right.table.index, right.row)
  }
}

/// A history, sorted: transactions, statements, reads, searches, writes, locks, waits and versions.
///
/// Statements on world tables are no part of a database transaction, even where they stand inside one:
/// each is a transaction of its own here, committed at once.
///
/// Positions refer to each other: `write.transaction` is an index into ``transactions``, and so on.
struct Ledger {
  struct Transaction {
    enum Fate: Equatable {
      case open
      /// The number is the commit's; `nil` if it wrote nothing.
      case committed(Int32?)
      case rolledBack(isFailure: Bool)
    }

    var session: Int
    /// Which run of the program it belongs to: 0, and one more after each restart.
    var run: Int
    /// The steps in which it begins and ends.
    var begin: Int
    var end: Int?
    var fate = Fate.open
    /// A statement on world tables; `surrounding` is the open transaction that it stands in.
    var isWorld = false
    var surrounding: Int?

    var isCommitted: Bool {
      if case .committed = fate { return true }
      return false
    }

    var isRolledBack: Bool {
      if case .rolledBack = fate { return true }
      return false
    }
  }

  struct Statement {
    var session: Int
    var step: Int
    var lastStep: Int
    var span: SourceSpan?
    var routine: RoutineID?
    var depth: Int
    var transaction: Int?
    /// `UPDATE 1`, once it has ended.
    var tag: String?
    /// Some row no longer met its conditions when it was looked at again.
    var lostRow: RowKey?
  }

  struct Read {
    var row: RowKey
    /// The commit that made the version; never the reader's own.
    var version: Int32
    var step: Int
    var statement: Int
    var transaction: Int
    /// The row was looked at again, and this is what its statement goes by.
    var isReplaced = false
  }

  struct Search {
    var table: TableID
    /// Commits up to this one were seen.
    var snapshot: Int32
    var step: Int
    var statement: Int
    var transaction: Int
  }

  struct Write {
    enum Kind: String { case insert, update, delete }

    var kind: Kind
    var row: RowKey
    var before: [Value]?
    var after: [Value]?
    var step: Int
    var statement: Int
    var transaction: Int
    var isUndone = false
    /// The commit that made it everybody's.
    var version: Int32?
  }

  struct Lock {
    var row: RowKey
    var mode: RowLockMode
    var step: Int
    var session: Int
    var transaction: Int
  }

  /// A lock on a table, or an advisory lock.
  struct ObjectLock {
    var object: LockObject
    var mode: ObjectLockMode
    var step: Int
    var session: Int
  }

  struct Wait {
    var session: Int
    var reason: WaitReason
    var blockers: [Int]
    var step: Int
    var statement: Int?
    /// The step in which it is over; `nil` if it never is.
    var until: Int?
  }

  struct Failure {
    var session: Int
    var error: SQLError
    var step: Int
    var statement: Int?
    var transaction: Int?
    /// It ended the program.
    var isFinal = false
    /// A block took it, or the program ran again.
    var isHandled = false
    /// The program ran again because of it.
    var isRetried = false
  }

  /// A committed state of a row.
  struct Version {
    var number: Int32
    /// `nil` for initial data.
    var write: Int?
    /// `nil` if the row was deleted, or is not known.
    var values: [Value]?
  }

  var transactions: [Transaction] = []
  var statements: [Statement] = []
  var reads: [Read] = []
  var searches: [Search] = []
  var writes: [Write] = []
  var locks: [Lock] = []
  var objectLocks: [ObjectLock] = []
  var waits: [Wait] = []
  var failures: [Failure] = []
  /// For each row, its committed versions from the oldest.
  var versions: [RowKey: [Version]] = [:]
  /// The rows of ``versions`` in order, so that nothing depends on the dictionary's.
  var rows: [RowKey] = []
  /// Steps at which the clock moved, and to what.
  var clockMoves: [(step: Int, instant: Int64)] = []
  /// Sessions whose programs have ended or whose clients have died, with the step.
  var ends: [Int: Int] = [:]
  var crashes: [(session: Int, step: Int)] = []
  var initialCommits: Int32
  /// The number of steps.
  var length: Int

  init(_ history: History, _ model: Model) {
    initialCommits = history.initialCommits
    length = history.steps.count
    var builder = LedgerBuilder(history, model)
    builder.run()
    builder.finish(&self)
  }

  /// The transaction that made a version; `nil` for initial data.
  func installer(of version: Version) -> Int? { version.write.map { writes[$0].transaction } }

  /// The row's values in some version: the newest up to `number`, or else any.
  func values(of row: RowKey, at number: Int32 = .max) -> [Value]? {
    let chain = versions[row] ?? []
    let known = chain.last { $0.number <= number && $0.values != nil }
    if let values = known?.values { return values }
    if let values = chain.first(where: { $0.values != nil })?.values { return values }
    let write = writes.last { $0.row == row }
    return write?.after ?? write?.before
  }
}
