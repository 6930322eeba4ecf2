import SQL
import Store
import Writers

extension Search where System: ~Copyable {
  /// Where the search stood before a state that it has begun to expand.
  ///
  /// What the state led to is met already and stays so: expanded once more, it leads to the same numbers.
  struct Mark {
    var transitions: Int
    var finalStates: Int
    var violations: Int
    var ends: Int
    var edges: EdgeLog.Mark
  }

  var mark: Mark {
    Mark(
      transitions: transitions, finalStates: finalStates, violations: violations.count,
      ends: ends.count, edges: log.mark)
  }

  /// Saves the search as it was at a mark, if that is asked for.
  func saveCheckpoint(at mark: Mark) {
    guard let saving = options.checkpoint, let key = checkpointKey else { return }
    saving.save { sink in
      var writer = CheckpointWriter(key, to: sink)
      let isWhole = write(at: mark, to: &writer)
      return writer.finish() && isWhole
    }
  }

  private func write(at mark: Mark, to writer: inout CheckpointWriter) -> Bool {
    // Values that threads meet while this is written are in no state that is.
    writer.append(ValuePool.words())
    for number in [
      expanded, mark.transitions, mark.finalStates, nextLevelStart, quietLimit, nextQuietSearch + 1,
      (hasQuietSteps ? 1 : 0) + (hasDoubted ? 2 : 0),
    ] {
      writer.append(number)
    }
    writer.append(levelStarts.lazy.map { UInt64($0) })
    writer.append(levelTransitions.lazy.map { UInt64($0) })
    writer.append(
      violations[..<mark.violations].lazy.map { UInt64($0.property) << 32 | UInt64($0.state) })
    writer.append(ends[..<mark.ends].lazy.map { $0 ? 1 : 0 })
    writer.append(visited.count)
    for state in 0..<visited.count {
      let fingerprint = visited.fingerprint(at: state)
      writer.append(fingerprint.low)
      writer.append(fingerprint.high)
      writer.append(links[state].bits)
    }
    log.write(at: mark.edges, to: &writer)
    system.save(to: &writer)
    return frontier.forEachRun(skipping: takenCount) { words in
      for word in words { writer.append(word) }
    }
  }

  /// Takes over what a checkpoint holds; returns whether it makes sense.
  mutating func restore(from checkpoint: Checkpoint) -> Bool {
    var reader = checkpoint.takeReader()
    guard ValuePool.intern(words: reader.run()) else { return false }
    expanded = reader.number()
    transitions = reader.number()
    finalStates = reader.number()
    nextLevelStart = reader.number()
    quietLimit = reader.number()
    nextQuietSearch = reader.number() - 1
    let facts = reader.number()
    hasQuietSteps = facts & 1 != 0
    hasDoubted = facts & 2 != 0
    levelStarts = ContiguousArray(reader.run().map { Int(truncatingIfNeeded: $0) })
    levelTransitions = ContiguousArray(reader.run().map { Int(truncatingIfNeeded: $0) })
    let broken = reader.run()
    ends = ContiguousArray(reader.run().map { $0 == 1 })
    let count = reader.count()
    guard reader.isSound, expanded <= count, nextLevelStart <= count,
      levelStarts.count == levelTransitions.count, levelStarts.allSatisfy({ $0 <= expanded })
    else { return false }
    for state in 0..<count {
      let low = reader.word()
      let fingerprint = Fingerprint(low: low, high: reader.word())
      let link = ParentLink(bits: reader.word())
      guard visited.insert(fingerprint).isNew, link.parent < max(state, 1) else { return false }
      links.append(link)
    }
    for word in broken {
      let violation = Violation(property: Int(word >> 32), state: Int(word & 0xFFFF_FFFF))
      guard violation.property < firstDepths.count, violation.state <= expanded else {
        return false
      }
      violations.append(violation)
      if firstDepths[violation.property] < 0 {
        firstDepths[violation.property] = depth(of: violation.state)
      }
    }
    settle()
    isDraining = options.stopsAtFirst && firstDepths.contains { $0 >= 0 }
    guard log.restore(from: &reader), system.restore(from: &reader) else { return false }
    while reader.isSound && !reader.isAtEnd { frontier.append(reader.run()) }
    return reader.isSound && frontier.count == count - expanded
  }
}

extension EdgeLog {
  /// How much was in the log.
  struct Mark {
    var states: Int
    var edges: Int
  }

  var mark: Mark { Mark(states: stateCount, edges: edges.count) }

  func write(at mark: Mark, to writer: inout CheckpointWriter) {
    writer.append(mark.states)
    for state in 0..<mark.states { writer.append(range(of: state).lowerBound) }
    writer.append(mark.edges)
    for edge in 0..<mark.edges { writer.append(edges[edge].bits) }
    let permutations = self.permutations(before: mark.edges)
    writer.append(permutations.edges.lazy.map { UInt64($0) })
    writer.append(permutations.orders.lazy.map { UInt64($0) })
  }

  mutating func restore(from reader: inout CheckpointReader) -> Bool {
    let states = (0..<reader.count()).map { _ in reader.number() }
    let edges = (0..<reader.count()).map { _ in Edge(bits: reader.word()) }
    let permuted = reader.run()
    let orders = reader.run()
    guard reader.isSound, states.allSatisfy({ $0 <= edges.count }),
      orders.count == permuted.count * sessionCount
    else { return false }
    restore(
      starts: states, edges: edges, permutedEdges: permuted.map { Int(truncatingIfNeeded: $0) },
      orders: orders.map { UInt16(truncatingIfNeeded: $0) })
    return true
  }
}
