/// Everything the database holds at one moment of an interleaving, as flat data.
///
/// **Rows.** A row is known by its table and a number that grows with insertion, so that the order of
/// numbers is the order of a scan. It has committed *versions*, each live from one commit to another,
/// and at most one session's uncommitted *writes* on top:
///
///     row 1   [commit 0, commit 3)  pending      ← still seen by a snapshot taken before commit 3
///             [commit 3, ∞)         paid
///             write of session 2    refunded     ← not committed
///
/// **What a session holds is kept apart from the rows**: its writes and row locks name the session, and
/// nothing in a row does. So two identical sessions can be exchanged by exchanging what they hold, and
/// rolling back is forgetting.
///
/// **Time** is the number of commits. A snapshot is such a number: it sees what had been committed by
/// then. ``Canonicalizer`` renumbers commits, rows and commands, so that states that no future can tell
/// apart are equal; between steps of a replay the numbers are left as they are, and name versions.
///
/// PostgreSQL keeps locks and writers in tuple headers and snapshots as lists of running transactions;
/// as commits are atomic here, the two give the same visibility (`HeapTupleSatisfiesMVCC`).
package struct DatabaseState: Sendable {
  /// A committed version of a row; they are sorted by table, row, begin.
  package struct Version: Sendable {
    package var table: UInt16
    package var row: Int32
    package var begin: Int32
    package var end: Int32
    /// Where its column values begin in ``cells``.
    package var cells: Int32
    /// Where the values of the version begin that its index entries lead to (``DatabaseState/isHeapOrdered``).
    package var root: Int32 = 0
    /// Whether the transaction that ended it, or a later one, changed the row under FOR UPDATE: its keys
    /// count as changed (`HEAP_KEYS_UPDATED`), whatever their values.
    package var endsKey = false
    /// Whether the transaction that ended it updated the row, even if it deleted it in the end.
    ///
    /// It decides no more than an error's text, and is not part of the canonical words.
    package var isUpdated = false
    /// Whether the transaction that made it had made another of the row before, which nobody ever saw.
    ///
    /// As the order of versions, it is known only where ``DatabaseState/isHeapOrdered`` says so.
    package var isRewritten = false
    /// Whether the transaction that ended it moved the row to another partition.
    ///
    /// Only isolation specs have partitions, and their states are not packed.
    package var isMoved = false

    package static let forever = Int32.max
  }

  /// A change by a session's open transaction; they are in order of execution.
  package struct Write: Sendable {
    package enum Kind: UInt8, Sendable { case insert, update, delete }

    package var session: UInt16
    package var table: UInt16
    package var row: Int32
    package var kind: Kind
    /// How many of the table's unique indexes the new version has been entered in; others meet its
    /// keys only there.
    package var indexed: UInt8
    /// The subtransaction that made it; 0 is the transaction itself.
    package var level: UInt16
    package var command: Int32
    package var cells: Int32
    /// As for ``Version/root``.
    package var root: Int32 = 0
    /// As for ``Version/endsKey``.
    package var endsKey = false
    /// For a deletion, whether the transaction had updated the row before.
    package var isUpdated = false
    /// As for ``Version/isRewritten``.
    package var isRewritten = false
    /// As for ``Version/isMoved``.
    package var isMoved = false
    /// As for ``RowLock/isEnded``.
    package var isEnded = false
    /// An INSERT … ON CONFLICT has not been decided yet: nobody can have met the row.
    package var isTentative = false
  }

  package struct RowLock: Sendable {
    package var session: UInt16
    package var table: UInt16
    package var row: Int32
    package var mode: RowLockMode
    package var level: UInt16
    /// The subtransaction that took it has ended, and one around that is open: who waits for it sleeps until the
    /// end of the whole transaction (`XactLockTableWait`).
    package var isEnded = false
    /// It has been undone, and stands only against those who sleep on the transaction (``Session/isStuck``).
    package var isGone = false
    /// How many transactions had committed when the version was found on which it was taken: those that were superseded
    /// later are held, too.
    ///
    /// Kept where one server's course is followed (``Resumption/inOrder``); such states are not packed.
    package var takenAt: Int32 = 0
  }

  /// A named (or a block's unnamed) savepoint; its position among its session's is its level - 1.
  package struct Savepoint: Sendable {
    package var session: UInt16
    /// NULL for the savepoint of a block with handlers.
    package var name: Value
    /// ``Session/constraintFlips`` at its definition.
    package var constraintFlips: UInt32 = 0
  }

  /// A check, or a trigger, that waits for the end of its session's transaction.
  package struct Deferred: Sendable {
    package var session: UInt16
    /// The subtransaction that queued it.
    package var level: UInt16
    /// The subtransaction in which SET CONSTRAINTS has done it, deeper than ``level``; 0 if it is still to be done.
    ///
    /// It is to be done again if that is rolled back.
    package var takenLevel: UInt16 = 0
    /// The position in ``Schema/deferrables``.
    package var constraint: UInt8
    /// What to do, as the executor wrote it: a range of ``DatabaseState/cells``.
    package var cells: Int32
    package var count: Int32
  }

  /// What a session has had of a sequence; it outlives transactions.
  package struct SequenceUse: Sendable {
    package var session: UInt16
    package var sequence: UInt16
    /// `currval` is defined, and it is ``last``.
    package var isDefined: Bool
    /// It is the one that `lastval` means.
    package var isLatest: Bool
    package var last: Int64
    /// The last value that the session has taken for itself; up to it nobody need be asked.
    package var cached: Int64
  }

  /// What a session waits for.
  package enum WaitKind: UInt8, Sendable {
    case none
    /// A row lock held by others: ``Session/waitTable``, ``Session/waitRow``, ``Session/waitMode``.
    case row
    /// A key that others have written and not committed: that of the session's last write in the index
    /// ``Session/waitIndex``.
    case key
    /// The clock.
    case clock
    /// READ ONLY DEFERRABLE: the end of the writers that could make the snapshot unsafe.
    case safeSnapshot
    /// A table or an advisory lock: ``Session/request``.
    case object
  }

  package enum Phase: UInt8, Sendable { case idle, active, failed }

  /// A session's transaction and wait.
  package struct Session: Sendable {
    package var phase = Phase.idle
    package var isolation = IsolationLevel.readCommitted
    package var isReadOnly = false
    package var isDeferrable = false
    /// Opened by a statement outside a transaction block.
    package var isImplicit = false
    /// Of the whole transaction, from its first statement; -1 if none and in READ COMMITTED.
    package var snapshot: Int32 = -1
    /// Number of open subtransactions.
    package var level: UInt16 = 0
    /// The deferrable constraints that SET CONSTRAINTS has given the other mode than the declared one: bit
    /// `n` is number n.
    package var constraintFlips: UInt32 = 0
    package var command: Int32 = 0
    /// Positions in the scenario's clock.
    package var transactionStart: Int32 = 0
    package var statementStart: Int32 = 0

    package var wait = WaitKind.none
    package var waitMode = RowLockMode.keyShare
    package var place = QueuePlace.queued
    /// Whether a session that waits for a row is a locking SELECT.
    package var isLockingSelect = false
    /// Whether it is one that has found the row updated, in the queue of a version: it keeps the tuple lock of that
    /// version until it has locked the newest one.
    package var staysOnVersion = false
    /// Whether it goes to sleep anew when it is first in its queue, and looks then what it finds: those whom it has
    /// found hold the row no more.
    ///
    /// Kept where one server's course is followed (``Resumption/inOrder``); such states are not packed.
    package var looksAgain = false
    package var waitTable: UInt16 = 0
    package var waitRow: Int32 = 0
    package var waitIndex: UInt8 = 0
    /// The order in which the waiting sessions began to wait.
    package var waitRank: Int32 = 0
    /// The order in which the waiting sessions last went to sleep, where that decides the victim of
    /// a deadlock: moving up to the head of a queue is a new sleep.
    ///
    /// Kept by ``DatabaseState/noteSleeps()``.
    package var sleepRank: Int32 = 0
    package var isBehindWaiter = false
    /// Whether others held the row against the session, REPEATABLE READ or above, when the version that it waits for
    /// was superseded: it sleeps on until they have ended, too, and only then fails.
    package var isVersionHeld = false
    /// How many transactions had committed when the session came to the version that it waits for.
    ///
    /// As ``RowLock/takenAt``.
    package var waitsSince: Int32 = 0
    /// The holder of the row that the session sleeps on, where one server's course is followed
    /// (``Resumption/inOrder``); such states are not packed.
    package var sleepsOn: UInt16?
    /// Whether the session waits for the end of a transaction, though what it waits for has been undone: see
    /// ``RowLock/isGone``.
    package var isStuck = false
    /// The instant that a sleeping session wakes at, microseconds since 2000.
    package var wakeTime: Int64 = 0
    /// The number that a server would have given the transaction at its first write or row lock; 0 if
    /// none, or where that is not asked for (``SerializableState/Tracking/server``).
    package var number: Int32 = 0
    package var request = ObjectRequest()
    /// Whether a statement in progress has a snapshot, where somebody may wait for its end: only runs of specs ask.
    package var isInSnapshot = false
    /// When the statement in progress has looked which partitions there are (``DatabaseState/factClock``); -1 before.
    package var partitionsSeen: Int32 = -1
    /// When the transaction has taken its snapshot, by the same clock.
    package var snapshotClock: Int32 = 0

    package init() {}
  }

  package var versions: ContiguousArray<Version> = []
  package var cells: ContiguousArray<Value> = []
  package var writes: ContiguousArray<Write> = []
  package var locks: ContiguousArray<RowLock> = []
  package var objectLocks: ContiguousArray<ObjectLock> = []
  package var settings: ContiguousArray<Setting> = []
  package var prepared: ContiguousArray<Prepared> = []
  package var savepoints: ContiguousArray<Savepoint> = []
  package var sessions: ContiguousArray<Session> = []
  /// What the sessions have had of sequences, where somebody asks for it.
  package var sequenceUses: ContiguousArray<SequenceUse> = []
  /// Triggers that an isolation spec has not created yet, or dropped: bit `n` is number n of the program's.
  package var inactiveTriggers: UInt64 = 0
  /// Foreign keys that a spec's steps have not added yet, by ``Table/ForeignKey/switchNumber``.
  package var inactiveReferences: UInt64 = 0
  /// Sequences that a spec's steps have altered.
  package var alteredSequences: ContiguousArray<AlteredSequence> = []
  /// Cursors that clients have declared.
  package var cursors: ContiguousArray<ClientCursor> = []
  /// LISTEN and NOTIFY.
  package var notifications = Notifications()
  /// What open transactions have done to definitions, in order.
  package var switches: ContiguousArray<Switch> = []
  /// Definitions whose transactions have ended, for the runner of a spec.
  var endedDefinitions: ContiguousArray<(number: Int32, isKept: Bool)> = []
  /// How often facts of ``roleFacts`` were committed.
  package var factClock: Int32 = 0
  /// The transactions that sessions wait for the end of.
  package var awaited: ContiguousArray<Awaited> = []
  /// How many transactions were ever waited for, which tells them apart.
  package var transactionsAwaited: Int64 = 0
  /// What has become of roles, owners and privileges.
  package var roleFacts: ContiguousArray<RoleFact> = []
  /// Deferred work, in the order in which it was queued.
  package var deferred: ContiguousArray<Deferred> = []
  /// The next row number of each table.
  package var nextRow: ContiguousArray<Int32> = []
  /// The next value of each sequence.
  package var sequences: ContiguousArray<Int64> = []
  /// Commits so far: the newest snapshot.
  package var commits: Int32 = 0
  /// Dependencies among serializable transactions.
  package var serializable = SerializableState()
  /// Whether scans give rows in the order in which their versions were made, as PostgreSQL's heap does.
  ///
  /// Otherwise a row keeps its place when it is updated, which makes fewer states. In a state that was
  /// packed into words and read back the order of versions is lost.
  package var isHeapOrdered = false
  /// Where ``isHeapOrdered``: the versions that were ever made, in their order.
  package var heap: ContiguousArray<HeapEntry> = []
  package var resumption = Resumption.open
  /// Where it is noted what is read and changed; `nil` where nobody asks.
  ///
  /// Not part of a state, and not copied by ``assign(from:)``.
  package var footprint: Footprint?

  package init() {}

  package init(schema: Schema, sessionCount: Int) {
    sessions = ContiguousArray(repeating: Session(), count: sessionCount)
    nextRow = ContiguousArray(repeating: 0, count: schema.tables.count)
    sequences = ContiguousArray(schema.sequences.map { $0.first ?? $0.start })
  }

  /// Becomes a copy of another state, keeping its own memory.
  package mutating func assign(from other: DatabaseState) {
    versions.assign(from: other.versions)
    cells.assign(from: other.cells)
    writes.assign(from: other.writes)
    locks.assign(from: other.locks)
    objectLocks.assign(from: other.objectLocks)
    settings.assign(from: other.settings)
    prepared.assign(from: other.prepared)
    savepoints.assign(from: other.savepoints)
    sessions.assign(from: other.sessions)
    inactiveTriggers = other.inactiveTriggers
    inactiveReferences = other.inactiveReferences
    alteredSequences.assign(from: other.alteredSequences)
    switches.assign(from: other.switches)
    endedDefinitions.assign(from: other.endedDefinitions)
    roleFacts.assign(from: other.roleFacts)
    factClock = other.factClock
    awaited.assign(from: other.awaited)
    transactionsAwaited = other.transactionsAwaited
    notifications = other.notifications
    cursors.assign(from: other.cursors)
    deferred.assign(from: other.deferred)
    sequenceUses.assign(from: other.sequenceUses)
    nextRow.assign(from: other.nextRow)
    sequences.assign(from: other.sequences)
    commits = other.commits
    serializable.assign(from: other.serializable)
    isHeapOrdered = other.isHeapOrdered
    heap.assign(from: other.heap)
    resumption = other.resumption
  }
}

extension ContiguousArray {
  /// Becomes a copy of the other without giving up its own memory.
  @inlinable package mutating func assign(from other: ContiguousArray) {
    removeAll(keepingCapacity: true)
    append(contentsOf: other)
  }
}
