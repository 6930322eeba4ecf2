import Store

/// REINDEX, CLUSTER and the concurrent forms of index commands: of isolation specs.
extension Executor {
  mutating func run(_ step: IndexStep) -> Result? {
    switch step {
    case .awaits(let kind):
      if !database.isAwaiting(session) {
        recordBegin()
        database.awaitEnds(kind, session: session)
      }
      if let transaction = database.nextAwaited(kind, session: session) {
        _ = database.lock(
          transaction, .share, session: session, isForSession: false, waits: true)
        recordWait(.object(transaction, mode: .share))
        return .waiting
      }
    case .unlock(let table, let mode):
      _ = database.unlock(LockObject(table: table), mode, session: session)
    case .notice(let text): recorder.record(.notice(level: .notice, message: text))
    case .warning(let text): recorder.record(.notice(level: .warning, message: text))
    }
    advance()
    return nil
  }

  /// Makes or drops an index, as far as that is more than its locks: it is there, or not.
  mutating func setIndex(_ change: Alteration.IndexChange) throws(SQLError) {
    let name = program.stepIndexes[Int(change.number)]
    let isThere =
      database.hasIndex(change.number, of: change.table, for: session) ?? change.isInitial
    guard isThere == change.isCreated else {
      return try database.setIndex(
        change.number, of: change.table, isThere: change.isCreated, session: session)
    }
    let message =
      change.isCreated
      ? "relation \"\(name)\" already exists" : "index \"\(name)\" does not exist"
    guard change.isLenient else {
      throw SQLError(change.isCreated ? .duplicateTable : .undefinedObject, message)
    }
    recorder.record(.notice(level: .notice, message: message + ", skipping"))
  }

  /// Writes a table anew in the order of an index (`cluster_rel`); a partition of somebody else's is left alone.
  mutating func cluster(_ table: TableID, by columns: [Int]) {
    guard !program.hasRoles || owns(table) else { return }
    database.cluster(
      table.index, by: columns, width: program.schema[table].storedCount, session: session)
  }
}
