/// Roles, the owners of tables, what is granted on them, and which partitions are attached: of isolation specs.
///
/// A role is a number; 0 is the one that the sessions log in as, which may do everything and owns what has no other
/// owner. What an open transaction changes counts for itself alone, and for everybody once it has committed: no
/// lock keeps others away, unless the owner changes (`ExecGrant_Relation`, `ATExecChangeOwner`).
///
/// - Note: Only runs of specs have roles, which pack no states: none of this is in a state's words.
extension DatabaseState {
  /// Something about a role or a table that is not as it was at the start.
  package struct RoleFact: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
      /// Which kind of role it is (``RoleKind``).
      case role(UInt8)
      /// The number of the role that owns the table.
      case owner(table: UInt16)
      /// The bits of ``Privileges``.
      case grant(table: UInt16, role: UInt8)
      /// What has become of a table as a partition (``PartitionState``).
      case partition(UInt16)
      /// Whether an index is there that steps make or drop, by a number of its own.
      case index(table: UInt16, number: UInt16)
    }

    var subject: Subject
    var value: UInt16
    /// ``committed``, or the session whose transaction has changed it.
    var session: UInt16
    var level: UInt16
    /// When it was committed, by ``DatabaseState/factClock``.
    var clock: Int32 = 0

    static let committed = UInt16.max
  }

  package enum RoleKind: UInt16, Hashable, Sendable { case none, ordinary, superuser }

  /// What has become of a partition that steps attach or detach.
  package enum PartitionState: UInt16, Hashable, Sendable {
    case detached, attached
    /// `DETACH … CONCURRENTLY` waits for those who may still look at it.
    case pending
  }

  /// What was committed last of a partition up to a moment, and when; `nil` if nothing was ever done to it.
  package func partitionState(
    of table: TableID, for session: Int, until limit: Int32
  ) -> (state: PartitionState, clock: Int32)? {
    var found: RoleFact?
    for fact in roleFacts where fact.subject == .partition(table.index) {
      let isOwn = Int(fact.session) == session
      guard isOwn || fact.session == RoleFact.committed && fact.clock <= limit else { continue }
      if isOwn || found.map({ $0.session == RoleFact.committed && $0.clock <= fact.clock }) ?? true
      {
        found = fact
      }
    }
    guard let found, let state = PartitionState(rawValue: found.value) else { return nil }
    return (state, found.session == RoleFact.committed ? found.clock : factClock + 1)
  }

  package mutating func setPartitionState(
    _ state: PartitionState, of table: TableID, session: Int
  ) throws(SQLError) {
    try set(.partition(table.index), to: state.rawValue, session: session)
  }

  private func value(of subject: RoleFact.Subject, for session: Int) -> UInt16? {
    var found: RoleFact?
    for fact in roleFacts where fact.subject == subject {
      if Int(fact.session) == session {
        if found.map({ $0.session == RoleFact.committed || $0.level < fact.level }) ?? true {
          found = fact
        }
      } else if fact.session == RoleFact.committed, found == nil {
        found = fact
      }
    }
    return found?.value
  }

  /// - Throws: where another open transaction has changed the same: a race of the catalogue's own.
  private mutating func set(
    _ subject: RoleFact.Subject, to value: UInt16, session: Int
  ) throws(SQLError) {
    footprint?.noteEverything()
    for fact in roleFacts where fact.subject == subject {
      guard fact.session == RoleFact.committed || Int(fact.session) == session else {
        throw .unsupported("two open transactions that change the same role or privilege")
      }
    }
    let level = sessions[session].level
    roleFacts.removeAll {
      $0.subject == subject && Int($0.session) == session && $0.level == level
    }
    roleFacts.append(
      RoleFact(subject: subject, value: value, session: UInt16(session), level: level))
  }

  package func kind(ofRole role: UInt8, for session: Int) -> RoleKind {
    if role == 0 { return .superuser }
    return value(of: .role(role), for: session).flatMap { RoleKind(rawValue: $0) } ?? .none
  }

  package mutating func setKind(
    _ kind: RoleKind, ofRole role: UInt8, session: Int
  ) throws(SQLError) {
    try set(.role(role), to: kind.rawValue, session: session)
  }

  package func owner(of table: TableID, for session: Int) -> UInt8 {
    UInt8(clamping: value(of: .owner(table: table.index), for: session) ?? 0)
  }

  package mutating func setOwner(
    of table: TableID, to role: UInt8, session: Int
  ) throws(SQLError) {
    try set(.owner(table: table.index), to: UInt16(role), session: session)
  }

  /// What was granted to a role itself, or to ``publicRole``.
  package func granted(on table: TableID, to role: UInt8, for session: Int) -> Privileges {
    Privileges(rawValue: value(of: .grant(table: table.index, role: role), for: session) ?? 0)
  }

  package mutating func setGranted(
    _ privileges: Privileges, on table: TableID, to role: UInt8, session: Int
  ) throws(SQLError) {
    try set(
      .grant(table: table.index, role: role), to: privileges.rawValue, session: session)
  }

  /// Whether an index is there; `nil` where no step has made or dropped it.
  package func hasIndex(_ number: UInt16, of table: TableID, for session: Int) -> Bool? {
    value(of: .index(table: table.index, number: number), for: session).map { $0 != 0 }
  }

  package mutating func setIndex(
    _ number: UInt16, of table: TableID, isThere: Bool, session: Int
  ) throws(SQLError) {
    try set(
      .index(table: table.index, number: number), to: isThere ? 1 : 0, session: session)
  }

  /// PUBLIC.
  package static let publicRole = UInt8.max

  /// Forgets who owns a table that is dropped, and what was granted on it.
  package mutating func forgetRoles(of table: TableID) {
    roleFacts.removeAll { fact in
      switch fact.subject {
      case .role: false
      case .owner(let other), .grant(let other, _), .partition(let other), .index(let other, _):
        other == table.index
      }
    }
  }

  // MARK: Transactions

  mutating func commitRoles(session: Int) {
    guard !roleFacts.isEmpty else { return }
    factClock += 1
    for fact in roleFacts.filter({ Int($0.session) == session }).sorted(by: { $0.level < $1.level })
    {
      // Statements that have begun see partitions as they were.
      let keepsHistory = if case .partition = fact.subject { true } else { false }
      roleFacts.removeAll {
        $0.subject == fact.subject
          && ($0.session == RoleFact.committed && !keepsHistory || Int($0.session) == session)
      }
      var lasting = fact
      lasting.clock = factClock
      lasting.session = RoleFact.committed
      roleFacts.append(lasting)
    }
  }

  mutating func rollbackRoles(session: Int, from level: UInt16) {
    guard !roleFacts.isEmpty else { return }
    roleFacts.removeAll { Int($0.session) == session && $0.level >= level }
  }

  mutating func mergeRoles(session: Int, from level: UInt16) {
    for fact in roleFacts where Int(fact.session) == session && fact.level >= level {
      roleFacts.removeAll {
        $0.subject == fact.subject && Int($0.session) == session && $0.level >= level - 1
      }
      var merged = fact
      merged.level = level - 1
      roleFacts.append(merged)
    }
  }
}

/// What may be granted on a table.
package struct Privileges: OptionSet, Hashable, Sendable {
  package var rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let select = Privileges(rawValue: 1)
  package static let insert = Privileges(rawValue: 2)
  package static let update = Privileges(rawValue: 4)
  package static let delete = Privileges(rawValue: 8)
  package static let truncate = Privileges(rawValue: 16)
  package static let references = Privileges(rawValue: 32)
  package static let trigger = Privileges(rawValue: 64)
  package static let all = Privileges(rawValue: 127)

  /// A privilege as GRANT writes it, in lower case.
  package init?(named name: String) {
    switch name {
    case "select": self = .select
    case "insert": self = .insert
    case "update": self = .update
    case "delete": self = .delete
    case "truncate": self = .truncate
    case "references": self = .references
    case "trigger": self = .trigger
    default: return nil
    }
  }
}
