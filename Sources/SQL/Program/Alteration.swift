package import Store

/// A statement of an isolation spec that changes definitions.
///
/// Its locks are ``Statement/tableLocks``; it sets and unsets what is compiled for good.
package struct Alteration: Sendable {
  package enum Change: Sendable {
    /// CREATE, DROP, ENABLE or DISABLE TRIGGER.
    case trigger(UInt8, isOn: Bool)
    /// ADD FOREIGN KEY: its bit in ``DatabaseState/inactiveReferences``.
    case reference(UInt8)
    /// The rows that are there must meet a foreign key (`RI_Initial_Check`).
    case validate(TableID, key: Int)
    case sequence(UInt16, SequenceChange)
    /// The server's answer to a statement that cannot be done.
    case fail(SQLError)
    case owner(TableID, UInt8)
    /// ATTACH or DETACH PARTITION: what becomes of the table.
    case partition(TableID, of: TableID, DatabaseState.PartitionState)
    case index(IndexChange)
    /// CLUSTER: the values that its index is over.
    case cluster(TableID, [Int])
  }

  /// An index that a step makes or drops.
  package struct IndexChange: Hashable, Sendable {
    package var table: TableID
    /// A position in ``Program/stepIndexes``.
    package var number: UInt16
    package var isCreated: Bool
    /// Whether a setup makes it.
    package var isInitial: Bool
    /// `IF NOT EXISTS`, `IF EXISTS`.
    package var isLenient: Bool
  }

  package var changes: [Change]
  /// As command tags and errors have it: `ALTER TABLE`.
  package var name: String

  package init(name: String, changes: [Change]) {
    self.name = name
    self.changes = changes
  }
}
