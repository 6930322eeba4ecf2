package import Store

/// A part of a command on indexes that is a transaction of its own: of isolation specs.
package enum IndexStep: Hashable, Sendable {
  /// Waits for the ends of other transactions.
  case awaits(DatabaseState.AwaitedKind)
  /// Gives back a table that the command has held from its beginning.
  case unlock(TableID, ObjectLockMode)
  case notice(String)
  case warning(String)
}
