import Writers

/// From which states of an exhausted search an end can be reached.
///
///     0 ──▶ 1 ──▶ 2 ──▶ end          3 and 4 are endless: whatever happens there, no run ends
///     ╰───▶ 3 ⇄ 4
///
/// Ends are followed backwards along all edges but those that need never be taken (``Choice/isSure``): that a client
/// might die is no way out of a loop.
/// A run that could go on for ever, but need not, is none of these: a session that asks again and again for
/// something that another is still going to do.
enum EndReachability {
  /// For each state whether one of the ends can be reached from it.
  static func states(
    reaching ends: ContiguousArray<Bool>, in log: borrowing EdgeLog
  ) -> ContiguousArray<Bool> {
    // The sources of the edges into each state, one state after the other.
    var starts = ContiguousArray<Int>(repeating: 0, count: ends.count + 1)
    for position in 0..<log.edges.count where log.edges[position].choice.isSure {
      starts[log.edges[position].target + 1] += 1
    }
    for state in ends.indices { starts[state + 1] += starts[state] }
    var sources = ContiguousArray<UInt32>(repeating: 0, count: starts[ends.count])
    var places = starts
    for source in ends.indices {
      for position in log.range(of: source) where log.edges[position].choice.isSure {
        let target = log.edges[position].target
        sources[places[target]] = UInt32(source)
        places[target] += 1
      }
    }
    var isReaching = ends
    var pending = ContiguousArray(ends.indices.filter { ends[$0] })
    while let state = pending.popLast() {
      for place in starts[state]..<starts[state + 1] {
        let source = Int(sources[place])
        if isReaching[source] { continue }
        isReaching[source] = true
        pending.append(source)
      }
    }
    return isReaching
  }

  /// The memory that finding out takes.
  static func byteCount(_ log: borrowing EdgeLog, states: Int) -> Int {
    log.edges.count * 4 + states * 25
  }
}

extension Choice {
  /// Whether it happens in the end if nothing else does: no crash, and no refusal that the database may spare.
  var isSure: Bool {
    switch kind {
    case .crash, .refused: false
    case .step, .victim, .lockTimeout, .statementTimeout, .idleTimeout, .clock: true
    }
  }
}
