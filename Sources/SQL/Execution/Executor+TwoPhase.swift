import Store

/// PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED.
extension Executor {
  /// The session that stands for a prepared transaction.
  func session(ofPrepared number: UInt16) -> Int {
    database.sessions.count - program.preparedNames.count + Int(number)
  }

  /// COMMIT or ROLLBACK of a transaction that is prepared (`FinishPreparedTransaction`).
  mutating func finishPrepared(_ command: TwoPhaseCommand, _ number: UInt16) throws(SQLError) {
    switch database.sessions[session].phase {
    case .failed: throw SQLError.inFailedTransaction
    case .active: throw SQLError.notInTransactionBlock(command.rawValue)
    case .idle: break
    }
    let other = session(ofPrepared: number)
    guard database.isPrepared(other) else {
      let name = program.preparedNames[Int(number)]
      throw SQLError(
        .undefinedObject, "prepared transaction with identifier \"\(name)\" does not exist")
    }
    guard command == .commit else {
      database.rollback(session: other)
      recorder.record(.rolledBack(isFailure: false))
      return
    }
    let didWrite = database.commit(session: other)
    if didWrite { hasChangedData = true }
    recorder.record(.committed(isImplicit: false, didWrite: didWrite))
  }
}
