package import Store

/// One of PostgreSQL's functions on advisory locks.
package struct LockFunction: Hashable, Sendable {
  package enum Action: UInt8, Hashable, Sendable {
    case lock, tryLock, unlock, unlockAll
  }

  package var action: Action
  package var isShared = false
  /// The lock belongs to the transaction, not to the session.
  package var isForTransaction = false
  /// Two keys of 32 bits instead of one of 64.
  package var hasPair = false
  /// Whether a column's value is converted to the key's type, which PostgreSQL reckons as a function's call.
  package var widensKey = false

  /// The function of that name, as it is with one key; `nil` if it is none of these.
  package init?(named name: String) {
    var rest = name[...]
    func take(_ prefix: String) -> Bool {
      guard rest.hasPrefix(prefix) else { return false }
      rest = rest.dropFirst(prefix.count)
      return true
    }
    func takeEnd(_ suffix: String) -> Bool {
      guard rest.hasSuffix(suffix) else { return false }
      rest = rest.dropLast(suffix.count)
      return true
    }
    let tries = take("pg_try_advisory")
    guard tries || take("pg_advisory") else { return nil }
    isShared = takeEnd("_shared")
    switch rest {
    case "_lock": action = tries ? .tryLock : .lock
    case "_xact_lock":
      action = tries ? .tryLock : .lock
      isForTransaction = true
    case "_unlock" where !tries: action = .unlock
    case "_unlock_all" where !tries && !isShared: action = .unlockAll
    default: return nil
    }
  }

  package var mode: ObjectLockMode { isShared ? .share : .exclusive }

  package var argumentCount: Int { action == .unlockAll ? 0 : hasPair ? 2 : 1 }

  /// Whether it takes a lock, so that `without locks` leaves it out.
  package var takesLock: Bool { action == .lock || action == .tryLock }

  package var resultType: DataType {
    switch action {
    case .lock, .unlockAll: .void
    case .tryLock, .unlock: .boolean
    }
  }

  /// What it yields where all goes well.
  package var result: Value { resultType == .void ? Value(text: "") : .true }

  /// As SQL writes it.
  package var name: String {
    var name = action == .tryLock ? "pg_try_advisory" : "pg_advisory"
    if isForTransaction { name += "_xact" }
    switch action {
    case .lock, .tryLock: name += "_lock"
    case .unlock: name += "_unlock"
    case .unlockAll: name += "_unlock_all"
    }
    return isShared ? name + "_shared" : name
  }
}

/// A lock on a table that a statement takes, written or not.
package struct TableLock: Hashable, Sendable {
  package var table: TableID
  package var mode: ObjectLockMode
  package var waits: Bool
  /// `nil` if that is an error when it cannot be locked at once.
  package var skip: Skip?
  /// What the role must be allowed before the lock is asked for.
  package var permission: Permission?
  /// The partitioned table in whose name it is locked, if it is one of its partitions then.
  package var parent: TableID?
  /// It is held beyond the transaction, until it is given back.
  package var isForSession = false

  /// What cannot be locked is left out (`SKIP_LOCKED` of VACUUM and ANALYZE); with a warning where it was named.
  package enum Skip: Hashable, Sendable { case warning, silently }

  package enum Permission: Hashable, Sendable {
    case owner
    /// The owner's of the table that an index of this name is on.
    case ownerOfIndex(String)
    /// One of the privileges.
    case any(Privileges)
    /// That of VACUUM or ANALYZE: the owner's; others are warned, and the table is left alone.
    case maintenance
    /// The owner's; for others the statement does nothing, and says nothing.
    case silentOwner
  }

  package init(
    table: TableID, mode: ObjectLockMode, waits: Bool = true, skip: Skip? = nil,
    permission: Permission? = nil
  ) {
    self.permission = permission
    self.table = table
    self.mode = mode
    self.waits = waits && skip == nil
    self.skip = skip
  }
}

/// `TRUNCATE table, …`.
package struct Truncate: Hashable, Sendable {
  /// With those that CASCADE adds.
  package var tables: [TableID]
  /// How many of them are written; the others come after these.
  package var namedCount: Int
  /// A table that is left out, and one of ``tables`` that it refers to: an error.
  package var reference: Reference?
  /// The sequences of the tables' columns, which begin again (RESTART IDENTITY).
  package var sequences: [UInt16] = []

  package struct Reference: Hashable, Sendable {
    package var child: TableID
    package var parent: TableID

    package init(child: TableID, parent: TableID) {
      self.child = child
      self.parent = parent
    }
  }

  package init(tables: [TableID], namedCount: Int, reference: Reference?) {
    self.tables = tables
    self.namedCount = namedCount
    self.reference = reference
  }
}
