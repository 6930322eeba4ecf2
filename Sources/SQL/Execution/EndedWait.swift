import Store

/// A wait for a row that is over.
struct EndedWait {
  var table: UInt16
  var row: Int32
  var place: DatabaseState.QueuePlace
  /// ``DatabaseState/Session/waitsSince``.
  var since: Int32

  init(_ waiter: DatabaseState.Session) {
    table = waiter.waitTable
    row = waiter.waitRow
    place = waiter.place
    since = waiter.waitsSince
  }
}
