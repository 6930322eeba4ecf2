/// What SERIALIZABLE transactions have read, and who of them depends on whom: PostgreSQL's serializable
/// snapshot isolation (SSI, predicate.c) as flat data.
///
/// A transaction at this level runs on a snapshot, as under REPEATABLE READ, and leaves *predicate locks*
/// on what it reads. They block nobody. When one transaction reads what another, concurrent one changes,
/// whichever comes first, there is a *read/write dependency*: the reader must come before the writer in any
/// serial order. Two of them in a row, of which the last transaction commits first, make a *dangerous
/// structure*:
///
///     T1 ──reads what──▶ T2 ──reads what──▶ T3        T3 commits before T1 and T2
///          T2 writes           T3 writes
///
/// Every cycle has one, so failing one of the three (40001) keeps the outcome serial. T2 is called the pivot.
///
/// A committed transaction is kept as long as one that overlapped it is open. Empty, and without cost, where no
/// session can run at this level.
package struct SerializableState: Sendable {
  /// How reads are remembered.
  package enum Tracking: UInt8, Sendable {
    /// No session is ever SERIALIZABLE.
    case off
    /// A whole unique key, found or not, or else the table.
    ///
    /// What only coarser locks would see is kept as *possible* dependencies (``Conflict/Kind/possible``).
    case precise
    /// As the server does for small tables: tuples, one page for each table and index, relations.
    case server
  }

  /// A transaction at the level SERIALIZABLE from its snapshot on (`SERIALIZABLEXACT`).
  package struct Transaction: Sendable {
    package var id: Int32
    /// While it is open, its session; after that only good for telling a run.
    package var session: UInt16
    package var isCommitted = false
    /// Declared so.
    package var isDeclaredReadOnly = false
    /// Declared so, or committed without a write.
    package var isReadOnly = false
    /// To fail at the next thing that it does (`SXACT_FLAG_DOOMED`).
    package var isDoomed = false
    /// Part of a dangerous structure that only coarser locks show: the database may fail it.
    package var mayFail = false
    /// READ ONLY, and its snapshot shows what no serial order could (`SXACT_FLAG_RO_UNSAFE`).
    package var isUnsafe = false
    /// Tables read and written, by position modulo 64.
    package var tablesRead: UInt64 = 0
    package var tablesWritten: UInt64 = 0
    /// How many such transactions had committed when it took its snapshot.
    package var commitsBefore: Int32 = 0
    /// Its place among the commits of such transactions, from 1; 0 while it is open.
    package var place: Int32 = 0
    /// Its place among them when PREPARE TRANSACTION was done (`prepareSeqNo`), 0 if it was not: from then on it
    /// cannot fail any more.
    package var prepared: Int32 = 0
    /// After its commit: the first place of those that it must come before and that committed before it, or 0.
    package var firstOut: Int32 = 0
    /// The same, possible dependencies included.
    package var firstPossibleOut: Int32 = 0
    /// The commit that made its versions; -1 if it has none.
    package var commit: Int32 = -1
    /// The oldest transaction number in use at its snapshot, and the next free one at its end, as the server
    /// counts them (`xmin`, `finishedBefore`).
    package var xmin: Int32 = 0
    package var finishedBefore: Int32 = 0

    package var didWrite: Bool { tablesWritten != 0 }
    /// Whether it is beyond failing: committed, or ready for COMMIT PREPARED.
    package var isPrepared: Bool { isCommitted || prepared > 0 }
    /// Where it is in the order of those that could no longer fail.
    package var preparedPlace: Int32 { prepared > 0 ? prepared : place }
  }

  /// The reader must come before the writer in any serial order.
  package struct Conflict: Sendable {
    package enum Kind: UInt8, Sendable, Comparable {
      /// No dependency: the reader is READ ONLY and its snapshot may yet turn out unsafe by what the
      /// writer does (`possibleUnsafeConflicts`).
      case unsafe
      /// Both have touched the table, and coarser locks than ours may see a dependency.
      case possible
      case certain

      package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    package var reader: Int32
    package var writer: Int32
    package var kind: Kind
  }

  /// What a transaction has read (a `SIREAD` lock).
  package struct Lock: Sendable {
    package enum Target: UInt8, Sendable {
      case relation
      /// All rows that the table had.
      case heapPage
      /// A version of a row, known by the commit that made it.
      case tuple
      /// An index, whole: it has one leaf page. Of a hash index a bucket, which is ``row``.
      case indexPage
      /// A key of a unique index, whether there is a row with it or not.
      case key
    }

    package var owner: Int32
    package var target: Target
    package var table: UInt16
    package var index: UInt8 = 0
    package var row: Int32 = 0
    package var version: Int32 = 0
    /// Where a key's values begin in ``DatabaseState/cells``, and how many they are.
    package var cells: Int32 = 0
    package var count: UInt8 = 0

    /// A lock of a transaction that is not named yet.
    package init(_ target: Target, table: UInt16) {
      owner = -1
      self.target = target
      self.table = table
    }

    init(owner: Int32, target: Target, table: UInt16) {
      self.owner = owner
      self.target = target
      self.table = table
    }
  }

  package var tracking = Tracking.off
  package var transactions: ContiguousArray<Transaction> = []
  package var conflicts: ContiguousArray<Conflict> = []
  /// For each owner in an order of their contents.
  package var locks: ContiguousArray<Lock> = []
  /// Commits of such transactions so far.
  package var commits: Int32 = 0
  package var nextID: Int32 = 0
  /// The next transaction number, as the server gives them to transactions that write or lock.
  package var nextNumber: Int32 = 1

  package init() {}

  /// Becomes a copy of another state, keeping its own memory.
  mutating func assign(from other: SerializableState) {
    tracking = other.tracking
    guard tracking != .off else { return }
    transactions.assign(from: other.transactions)
    conflicts.assign(from: other.conflicts)
    locks.assign(from: other.locks)
    commits = other.commits
    nextID = other.nextID
    nextNumber = other.nextNumber
  }

  /// The bit of a table in ``Transaction/tablesRead``.
  static func bit(_ table: UInt16) -> UInt64 { 1 << UInt64(table & 63) }

  /// The position of the session's open transaction.
  package func position(ofSession session: Int) -> Int? {
    transactions.firstIndex { !$0.isCommitted && Int($0.session) == session }
  }

  func position(of id: Int32) -> Int? { transactions.firstIndex { $0.id == id } }

  /// The position of the transaction that made a commit.
  package func position(ofCommit commit: Int32) -> Int? {
    transactions.firstIndex { $0.commit == commit }
  }

  func conflict(from reader: Int32, to writer: Int32) -> Int? {
    conflicts.firstIndex { $0.reader == reader && $0.writer == writer && $0.kind != .unsafe }
  }

  /// Whether two transactions overlapped, of which the first has committed.
  func overlaps(_ committed: Transaction, _ other: Transaction) -> Bool {
    tracking == .server
      ? other.xmin < committed.finishedBefore : other.commitsBefore < committed.place
  }
}
