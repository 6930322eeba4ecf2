/// The strengths of a lock on a whole object (a table, an advisory key), from the weakest.
///
/// Source: `LockConflicts` in PostgreSQL's lock.c, table 13.2 of its manual.
package enum ObjectLockMode: UInt8, Hashable, Sendable, CaseIterable {
  case accessShare, rowShare, rowExclusive, shareUpdateExclusive, share, shareRowExclusive
  case exclusive, accessExclusive

  /// The bit that stands for the mode in a ``ObjectLockModes``.
  package var bit: ObjectLockModes { ObjectLockModes(rawValue: 1 << rawValue) }

  /// The modes that it cannot be held beside, by another session.
  package var conflicts: ObjectLockModes {
    switch self {
    case .accessShare: [.accessExclusive]
    case .rowShare: [.exclusive, .accessExclusive]
    case .rowExclusive: [.share, .shareRowExclusive, .exclusive, .accessExclusive]
    case .shareUpdateExclusive:
      [.shareUpdateExclusive, .share, .shareRowExclusive, .exclusive, .accessExclusive]
    case .share:
      [.rowExclusive, .shareUpdateExclusive, .shareRowExclusive, .exclusive, .accessExclusive]
    case .shareRowExclusive:
      [
        .rowExclusive, .shareUpdateExclusive, .share, .shareRowExclusive, .exclusive,
        .accessExclusive,
      ]
    case .exclusive:
      [
        .rowShare, .rowExclusive, .shareUpdateExclusive, .share, .shareRowExclusive, .exclusive,
        .accessExclusive,
      ]
    case .accessExclusive: .all
    }
  }

  /// As SQL writes it.
  package var name: String {
    switch self {
    case .accessShare: "ACCESS SHARE"
    case .rowShare: "ROW SHARE"
    case .rowExclusive: "ROW EXCLUSIVE"
    case .shareUpdateExclusive: "SHARE UPDATE EXCLUSIVE"
    case .share: "SHARE"
    case .shareRowExclusive: "SHARE ROW EXCLUSIVE"
    case .exclusive: "EXCLUSIVE"
    case .accessExclusive: "ACCESS EXCLUSIVE"
    }
  }
}

/// A set of ``ObjectLockMode``.
package struct ObjectLockModes: OptionSet, Hashable, Sendable {
  package var rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let accessShare = ObjectLockMode.accessShare.bit
  package static let rowShare = ObjectLockMode.rowShare.bit
  package static let rowExclusive = ObjectLockMode.rowExclusive.bit
  package static let shareUpdateExclusive = ObjectLockMode.shareUpdateExclusive.bit
  package static let share = ObjectLockMode.share.bit
  package static let shareRowExclusive = ObjectLockMode.shareRowExclusive.bit
  package static let exclusive = ObjectLockMode.exclusive.bit
  package static let accessExclusive = ObjectLockMode.accessExclusive.bit
  package static let all = ObjectLockModes(rawValue: 0xFF)

  /// Whether a mode cannot be held beside one of these.
  package func conflicts(with mode: ObjectLockMode) -> Bool {
    !isDisjoint(with: mode.conflicts)
  }
}

/// What a lock of PostgreSQL's lock manager is on, rows apart.
package struct LockObject: Hashable, Sendable {
  package enum Space: UInt8, Sendable {
    case table
    /// An advisory lock with one key of 64 bits.
    case advisory
    /// An advisory lock with two keys of 32 bits: these are a space of their own.
    case advisoryPair
    /// The transaction that a session is in, which it holds as soon as somebody waits for its end: of isolation specs.
    case transaction
  }

  package var space: Space
  /// A position in the schema's tables; the key; both keys, the first one in the high half.
  package var key: Int64

  package init(table: TableID) {
    space = .table
    key = Int64(table.index)
  }

  package init(advisory key: Int64) {
    space = .advisory
    self.key = key
  }

  package init(advisory first: Int32, _ second: Int32) {
    space = .advisoryPair
    key = Int64(first) << 32 | Int64(UInt32(bitPattern: second))
  }

  init(space: Space, key: Int64) {
    self.space = space
    self.key = key
  }

  package var isAdvisory: Bool { space == .advisory || space == .advisoryPair }

  /// The table, `nil` for advisory locks.
  package var table: TableID? { space == .table ? TableID(Int(key)) : nil }

  /// `advisory lock 42`, `advisory lock (1, 2)`, or the table's name.
  package func name(in schema: Schema) -> String {
    switch space {
    case .table: schema.tables[Int(key)].name
    case .advisory: "advisory lock \(key)"
    case .advisoryPair: "advisory lock (\(key >> 32), \(Int32(truncatingIfNeeded: key)))"
    case .transaction: "the end of a transaction"
    }
  }
}

extension DatabaseState {
  /// What a session holds of an object.
  ///
  /// A transaction's locks on an object are one entry for each subtransaction that took some; locks of
  /// the session itself (advisory ones only) one for each mode, counted.
  package struct ObjectLock: Hashable, Sendable {
    package var session: UInt16
    package var object: LockObject
    package var modes: ObjectLockModes
    /// The subtransaction, or ``sessionLevel``.
    package var level: UInt16
    /// How often a session lock is held; 0 for a transaction's.
    package var count: UInt16 = 0

    package static let sessionLevel = UInt16.max
  }

  /// A session's request that is not granted yet, or has just been granted: what ``WaitKind/object`` means.
  package struct ObjectRequest: Hashable, Sendable {
    package var object = LockObject(space: .table, key: 0)
    package var mode = ObjectLockMode.accessShare
    /// Asked for the session, not for its transaction.
    package var isForSession = false
    /// The lock is held, and the session may go on.
    package var isGranted = false
    /// It closed a cycle of two at once, so that it fails without waiting (`RememberSimpleDeadLock`).
    package var isDoomed = false
    /// The place in the object's queue, comparable within it.
    package var place: Int32 = 0

    package init() {}
  }
}
