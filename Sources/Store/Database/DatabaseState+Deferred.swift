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
      isOnce && Int(item.session) == session && item.level == level && item.constraint == constraint
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
    deferred.contains { Int($0.session) == session && mask >> UInt32($0.constraint) & 1 == 1 }
  }

  /// Moves what was put off by the constraints of the mask to the end of `words`.
  package mutating func takeDeferred(
    session: Int, mask: UInt32, into words: inout ContiguousArray<Value>
  ) {
    for item in deferred
    where Int(item.session) == session && mask >> UInt32(item.constraint) & 1 == 1 {
      words.append(contentsOf: cells[Int(item.cells)..<Int(item.cells + item.count)])
    }
    deferred.removeAll { Int($0.session) == session && mask >> UInt32($0.constraint) & 1 == 1 }
  }
}
