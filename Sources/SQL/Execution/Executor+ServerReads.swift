import Store

/// Reads as the server remembers them for small tables, where schedules are run as isolationtester does.
extension Executor {
  mutating func noteServerRead(_ table: TableID, _ relation: Relation) throws(SQLError) {
    try noteTableRead(table)
  }
}
