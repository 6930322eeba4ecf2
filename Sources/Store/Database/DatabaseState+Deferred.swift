/// Checks and triggers that wait for the end of the transaction (trigger.c, "deferred triggers").
extension DatabaseState {
  /// Whether a deferrable constraint is deferred in the session's transaction.
  package func isDeferred(_ constraint: UInt8, session: Int, schema: Schema) -> Bool {
    let isFlipped = sessions[session].constraintFlips >> UInt32(constraint) & 1 == 1
    return schema.deferrables[Int(constraint)].isInitiallyDeferred != isFlipped
  }

  /// SET CONSTRAINTS: gives those of the mask a mode, for the rest of the transaction.
  package mutating func setConstraints(
    _ mask: UInt32, deferred isDeferred: Bool, session: Int, schema: Schema
  ) {
    for (number, constraint) in schema.deferrables.enumerated() where mask >> number & 1 == 1 {
      if constraint.isInitiallyDeferred == isDeferred {
        sessions[session].constraintFlips &= ~(1 << UInt32(number))
      } else {
        sessions[session].constraintFlips |= 1 << UInt32(number)
      }
    }
  }

  /// Queues something for the end of the transaction.
  ///
  /// With `isOnce`, what is queued already, word for word and in the same subtransaction, moves to the end:
  /// a check of the newest state says the same twice.
  package mutating func postpone(
    _ words: some Collection<Value>, constraint: UInt8, isOnce: Bool, session: Int
  ) {
    let level = sessions[session].level
    deferred.removeAll { item in
      isOnce && item.takenLevel == 0 && Int(item.session) == session && item.level == level
        && item.constraint == constraint
        && Int(item.count) == words.count
        && zip(words, Int(item.cells)...).allSatisfy { $0 == cells[$1] }
    }
    deferred.append(
      Deferred(
        session: UInt16(session), level: level, constraint: constraint,
        cells: append(cells: words), count: Int32(words.count)))
  }

  /// Whether the session has put off something that belongs to the mask of constraints.
  package func hasDeferred(session: Int, mask: UInt32 = .max) -> Bool {
    deferred.contains { $0.isDue(session: session, mask: mask) }
  }

  /// Moves what was put off by the constraints of the mask to the end of `words`.
  ///
  /// What a subtransaction takes of those around it is kept until that ends: if it is rolled back, it was never done
  /// (`AfterTriggerEndSubXact`).
  package mutating func takeDeferred(
    session: Int, mask: UInt32, into words: inout ContiguousArray<Value>
  ) {
    let level = sessions[session].level
    for index in deferred.indices where deferred[index].isDue(session: session, mask: mask) {
      let item = deferred[index]
      words.append(contentsOf: cells[Int(item.cells)..<Int(item.cells + item.count)])
      deferred[index].takenLevel = level
    }
    // What was queued in this very subtransaction ends with it, either way.
    deferred.removeAll {
      ($0.takenLevel > 0 || $0.isDue(session: session, mask: mask)) && $0.level >= level
        && Int($0.session) == session
    }
  }

  /// Forgets what subtransactions from the level on have put off, and that they have done something.
  mutating func rollbackDeferred(session: Int, from level: UInt16) {
    deferred.removeAll { Int($0.session) == session && $0.level >= level }
    for index in deferred.indices
    where Int(deferred[index].session) == session && deferred[index].takenLevel >= level {
      deferred[index].takenLevel = 0
    }
  }

  /// Makes what subtransactions from the level on have put off, and done, the business of the one below.
  mutating func mergeDeferred(session: Int, from level: UInt16) {
    // What is then queued where it was done is over, whatever is rolled back.
    deferred.removeAll {
      Int($0.session) == session && $0.takenLevel >= level && $0.level >= level - 1
    }
    for index in deferred.indices where Int(deferred[index].session) == session {
      deferred[index].level = min(deferred[index].level, level - 1)
      deferred[index].takenLevel = min(deferred[index].takenLevel, level - 1)
    }
  }
}

extension DatabaseState.Deferred {
  /// Whether it belongs to the session and to the mask of constraints, and has not been done.
  fileprivate func isDue(session: Int, mask: UInt32) -> Bool {
    takenLevel == 0 && Int(self.session) == session && mask >> UInt32(constraint) & 1 == 1
  }
}
