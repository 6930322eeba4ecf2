package import Store

/// What happened in a step, in order; recorded when a schedule is replayed, never during a search.
///
/// Row numbers and commit numbers name versions uniquely within one replay.
package enum Event: Sendable {
  /// A statement or command begins. `depth` is 0 for the client's, more inside functions, whose names
  /// are in `routine`.
  case began(span: SourceSpan, routine: RoutineID, depth: Int)
  /// A session that waited goes on.
  case woke
  /// A row was read from a snapshot and met the conditions; version is the commit that made it, or
  /// ``FoundRow/own``.
  case read(table: TableID, row: Int32, version: Int32)
  /// A table was searched, so that rows that match later are missed (a predicate read).
  ///
  /// `key` is the whole key of a unique index that alone was looked up, if it was one.
  case searched(table: TableID, snapshot: Int32, key: IndexKey? = nil)
  /// A unique index was asked whether somebody has the key of a row that is to be in it.
  case probed(IndexKey)
  case locked(table: TableID, row: Int32, mode: RowLockMode)
  /// A table or an advisory lock was locked, or an advisory lock given back.
  case lockedObject(LockObject, mode: ObjectLockMode)
  case unlockedObject(LockObject)
  /// The deadlock check put these queues into other orders.
  case rearranged([DatabaseState.QueueOrder])
  /// A lock that others hold was asked for, and not waited for.
  case refused(WaitReason)
  /// It waits for these sessions.
  case waits(WaitReason, blockers: [Int])
  /// The newest version of a row was looked at again after a concurrent change.
  case rechecked(table: TableID, row: Int32, matches: Bool)
  /// Two serializable transactions, by their sessions, that overlap: one has read what the other has changed, and
  /// must come before it.
  case depended(reader: Int, writer: Int)
  /// A foreign key of a changed row was looked up, and its parent is there.
  case referenced(table: TableID, row: Int32)
  case skippedLocked(table: TableID, row: Int32)
  case inserted(table: TableID, row: Int32, after: [Value])
  case updated(table: TableID, row: Int32, before: [Value], after: [Value])
  case deleted(table: TableID, row: Int32, before: [Value])
  /// A statement ended: PostgreSQL's command tag (`UPDATE 1`) and what it returned.
  case finished(tag: String, columns: [OutputColumn], rows: [[Value]])
  case notice(level: Routine.RaiseLevel, message: String)
  /// A statement failed; ``caught(_:)`` or ``retried(left:)`` follows if something goes on from here.
  case failed(SQLError)
  case caught(SQLError)
  case beganTransaction(isImplicit: Bool)
  case committed(isImplicit: Bool, didWrite: Bool)
  /// `isFailure`: COMMIT of a failed transaction, an error, or a crash.
  case rolledBack(isFailure: Bool)
  case savepoint(name: String)
  case rolledBackTo(name: String)
  case retried(left: Int)
  case restarted(left: Int)
  /// The program ended.
  case ended(outcome: Value, error: SQLError?)
  case crashed
  case clockMoved(to: Int64)
  /// Variables of a frame were assigned (for `-v`).
  case assigned(routine: RoutineID, slot: Int, value: Value)
}

/// A key of a unique index, whether or not some row has it.
package struct IndexKey: Hashable, Sendable {
  package var table: TableID
  /// A position in the table's unique indexes.
  package var index: Int
  package var values: [Value]

  package init(table: TableID, index: Int, values: [Value]) {
    self.table = table
    self.index = index
    self.values = values
  }
}

package enum WaitReason: Hashable, Sendable {
  case row(table: TableID, row: Int32, mode: RowLockMode)
  /// A unique index of the table, and the key.
  case key(table: TableID, index: Int, values: [Value])
  case clock(until: Int64)
  /// READ ONLY DEFERRABLE: the writers that could make the snapshot unsafe must end.
  case safeSnapshot
  case object(LockObject, mode: ObjectLockMode)
}

/// What a client is sent for one of its statements; without columns, nothing but that it is done.
package struct Answer: Sendable {
  package var columns: [OutputColumn]
  package var rows: [[Value]]
  /// PostgreSQL's command tag (`UPDATE 1`); empty for commands that find and change no rows.
  package var tag: String
  /// Whether the transaction that the string began by itself ends next.
  ///
  /// The client is sent this only then: an error of that commit takes its place.
  package var isBeforeCommit = false
  /// How many events had been recorded before.
  package fileprivate(set) var position = 0

  package init(columns: [OutputColumn] = [], rows: [[Value]] = [], tag: String = "") {
    self.columns = columns
    self.rows = rows
    self.tag = tag
  }
}

/// Collects events while `isOn`.
package struct Recorder: Sendable {
  package var isOn: Bool
  package var events: [Event] = []
  /// The results of the client's own statements, in order.
  package private(set) var answers: [Answer] = []

  /// The least level of messages that the client wants, a position in ``SettingName/messageLevels``; `nil` for all.
  package var messagesFrom: Int64?

  package init(isOn: Bool) { self.isOn = isOn }

  /// Adds an event; where making one costs more than a few words, ask ``isOn`` first.
  package mutating func record(_ event: Event) {
    guard isOn else { return }
    if case .notice(let level, _) = event, let messagesFrom, level.messageRank < messagesFrom {
      return
    }
    events.append(event)
  }

  /// Adds what the client is sent for a statement.
  package mutating func record(_ answer: Answer) {
    guard isOn else { return }
    var answer = answer
    answer.position = events.count
    answers.append(answer)
  }
}

extension Routine.RaiseLevel {
  /// Among ``SettingName/messageLevels``; INFO is always sent.
  fileprivate var messageRank: Int64 {
    switch self {
    case .debug: 4
    case .log: 5
    case .notice: 6
    case .warning: 7
    case .info, .exception: .max
    }
  }
}
