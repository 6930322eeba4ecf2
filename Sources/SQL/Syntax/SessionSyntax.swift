/// The four isolation levels as PostgreSQL spells them.
package enum IsolationLevelSyntax: String, Hashable, CaseIterable, Sendable {
  /// Behaves as READ COMMITTED in PostgreSQL.
  case readUncommitted = "read uncommitted"
  case readCommitted = "read committed"
  case repeatableRead = "repeatable read"
  case serializable = "serializable"
}

/// The modes after BEGIN or SET TRANSACTION; `nil` where not written.
package struct TransactionModesSyntax: Hashable, Sendable {
  package var isolation: IsolationLevelSyntax?
  package var isReadOnly: Bool?
  package var isDeferrable: Bool?

  package init(
    isolation: IsolationLevelSyntax? = nil, isReadOnly: Bool? = nil, isDeferrable: Bool? = nil
  ) {
    self.isolation = isolation
    self.isReadOnly = isReadOnly
    self.isDeferrable = isDeferrable
  }
}

/// `SET [LOCAL | SESSION] name {= | TO} value, …`.
package struct SetSyntax: Hashable, Sendable {
  package var isLocal: Bool

  /// The setting; a custom one has a dot in it.
  package var name: NameSyntax

  /// The values as text, in order; empty for `TO DEFAULT`.
  package var values: [StringSyntax]

  package init(isLocal: Bool, name: NameSyntax, values: [StringSyntax]) {
    self.isLocal = isLocal
    self.name = name
    self.values = values
  }
}

/// `LOCK [TABLE] name, … [IN mode MODE] [NOWAIT]`.
package struct LockTableSyntax: Hashable, Sendable {
  /// The eight table lock modes, weakest first.
  package enum Mode: String, Hashable, CaseIterable, Sendable {
    case accessShare = "access share"
    case rowShare = "row share"
    case rowExclusive = "row exclusive"
    case shareUpdateExclusive = "share update exclusive"
    case share = "share"
    case shareRowExclusive = "share row exclusive"
    case exclusive = "exclusive"
    case accessExclusive = "access exclusive"
  }

  package var tables: [QualifiedNameSyntax]

  /// ACCESS EXCLUSIVE unless written.
  package var mode: Mode

  package var isNowait: Bool

  package init(tables: [QualifiedNameSyntax], mode: Mode, isNowait: Bool) {
    self.tables = tables
    self.mode = mode
    self.isNowait = isNowait
  }
}

/// `PREPARE name [(types)] AS statement`.
package struct PrepareSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var types: [TypeNameSyntax]
  package var statement: StatementSyntax

  package init(name: NameSyntax, types: [TypeNameSyntax], statement: StatementSyntax) {
    self.name = name
    self.types = types
    self.statement = statement
  }
}

/// `REINDEX` and `CLUSTER`, in an isolation spec.
package enum IndexWorkSyntax: Hashable, Sendable {
  case reindexTable(QualifiedNameSyntax, isConcurrent: Bool)
  case reindexIndex(QualifiedNameSyntax, isConcurrent: Bool)
  case cluster(QualifiedNameSyntax, by: NameSyntax)
}

/// `REFRESH MATERIALIZED VIEW [CONCURRENTLY] name`, in an isolation spec.
package struct RefreshSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var isConcurrent: Bool

  package init(name: QualifiedNameSyntax, isConcurrent: Bool) {
    self.name = name
    self.isConcurrent = isConcurrent
  }
}

/// `VACUUM` and `ANALYZE`, in an isolation spec: what they lock, and that the planner knows how small the tables are
/// from then on.
package struct MaintenanceSyntax: Hashable, Sendable {
  package var isVacuum: Bool
  /// `FULL`: the tables are written anew, and locked against everybody.
  package var isFull = false
  /// ANALYZE, or VACUUM with it.
  package var analyzes = false
  /// `SKIP_LOCKED`.
  package var skipsLocked = false
  /// Empty for all tables.
  package var tables: [QualifiedNameSyntax] = []

  package init(isVacuum: Bool) { self.isVacuum = isVacuum }
}
