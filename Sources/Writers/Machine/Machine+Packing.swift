import SQL
import Store

/// Canonical words of a state:
///
///     clock, faults left, tables, then for each session its control, stack and transaction
///
/// Identical sessions are sorted by their words, so that states which differ only in which of them is
/// where are the same words.
extension Machine {
  /// Writes the state's canonical words: equal for states that no future can tell apart.
  ///
  /// - Parameters:
  ///   - state: What to write.
  ///   - words: What was in it is dropped.
  ///   - order: Becomes the sessions in the order in which they are written: position `i` of the packed
  ///     state is session `order[i]`.
  package mutating func pack(
    _ state: MachineState, to words: inout ContiguousArray<UInt64>,
    order: inout ContiguousArray<Int>
  ) {
    writeShared(state, to: &words)
    sections.removeAll(keepingCapacity: true)
    sectionStarts.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    for session in state.controls.indices {
      sectionStarts.append(sections.count)
      appendSection(session, of: state)
      order.append(session)
    }
    sectionStarts.append(sections.count)
    if options.usesSymmetry { sortIdentical(&order) }
    for session in order {
      words.append(contentsOf: sections[sectionStarts[session]..<sectionStarts[session + 1]])
    }
    canonicalizer.appendConflicts(state.database, order: order, to: &words)
  }

  /// Gets ready to write a state, and writes what belongs to no session; what was in `words` is dropped.
  mutating func writeShared(_ state: MachineState, to words: inout ContiguousArray<UInt64>) {
    words.removeAll(keepingCapacity: true)
    canonicalizer.prepare(state.database, stack: state.stack)
    words.append(UInt64(UInt32(state.clock)))
    for left in state.faultsLeft { words.append(UInt64(UInt32(left))) }
    canonicalizer.appendShared(state.database, to: &words)
  }

  // Where a section's header has what is left; both are at most ``ScenarioLimits/repetitions`` or
  // ``SessionDefinition/asOftenAsItTakes``.
  private static let retriesShift: UInt64 = 8
  private static let restartsShift: UInt64 = 20
  private static let repetitionsMask: UInt64 = 0x7FF

  mutating func appendSection(_ session: Int, of state: MachineState) {
    let control = state.controls[session]
    var header = UInt64(control.status.rawValue)
    if control.hasBegun { header |= 1 << 2 }
    header |= UInt64(UInt16(control.retriesLeft)) << Self.retriesShift
    header |= UInt64(UInt16(control.restartsLeft)) << Self.restartsShift
    header |= UInt64(UInt32(control.stackCount)) << 32
    sections.append(header)
    if control.status != .ready {
      sections.append(control.outcome.bits)
      sections.append(control.sqlState.bits)
    }
    let start = Int(control.stackStart)
    for word in state.stack[start..<start + Int(control.stackCount)] {
      sections.append(canonicalizer.translate(word).bits)
    }
    canonicalizer.appendSession(session, of: state.database, to: &sections)
  }

  /// Sorts the sessions of each group by their sections.
  ///
  /// After a step from an unpacked state one session is out of place, so that insertion is cheap.
  private func sortIdentical(_ order: inout ContiguousArray<Int>) {
    for position in order.indices {
      var place = position
      var previous = previousInGroup[place]
      while previous >= 0, isSectionLess(order[place], order[previous]) {
        order.swapAt(place, previous)
        place = previous
        previous = previousInGroup[place]
      }
    }
  }

  private func isSectionLess(_ left: Int, _ right: Int) -> Bool {
    let a = sectionStarts[left]..<sectionStarts[left + 1]
    let b = sectionStarts[right]..<sectionStarts[right + 1]
    if a.count != b.count { return a.count < b.count }
    for offset in 0..<a.count {
      let first = sections[a.lowerBound + offset]
      let second = sections[b.lowerBound + offset]
      if first != second { return first < second }
    }
    return false
  }

  /// Reads back what ``pack(_:to:order:)`` wrote.
  package mutating func unpack(
    _ words: UnsafeBufferPointer<UInt64>, into state: inout MachineState
  ) {
    var cursor = 0
    state.clock = Int32(truncatingIfNeeded: words[0])
    cursor += 1
    state.faultsLeft.removeAll(keepingCapacity: true)
    for _ in model.faults {
      state.faultsLeft.append(Int32(truncatingIfNeeded: words[cursor]))
      cursor += 1
    }
    while state.database.sequences.count < model.program.schema.sequences.count {
      state.database.sequences.append(0)
    }
    state.database.resumption = resumption
    canonicalizer.readShared(words, at: &cursor, into: &state.database)
    state.controls.removeAll(keepingCapacity: true)
    state.stack.removeAll(keepingCapacity: true)
    twinCounts.removeAll(keepingCapacity: true)
    sectionStarts.removeAll(keepingCapacity: true)
    for session in model.sessions.indices {
      sectionStarts.append(cursor)
      let header = words[cursor]
      cursor += 1
      var control = MachineState.Control()
      control.status = MachineState.Status(rawValue: UInt8(header & 3)) ?? .ready
      control.hasBegun = header >> 2 & 1 == 1
      control.retriesLeft = Int32(header >> Self.retriesShift & Self.repetitionsMask)
      control.restartsLeft = Int32(header >> Self.restartsShift & Self.repetitionsMask)
      control.stackStart = Int32(state.stack.count)
      control.stackCount = Int32(header >> 32)
      if control.status != .ready {
        control.outcome = Value(bits: words[cursor])
        control.sqlState = Value(bits: words[cursor + 1])
        cursor += 2
      }
      for _ in 0..<Int(control.stackCount) {
        state.stack.append(canonicalizer.restored(Value(bits: words[cursor]), of: session))
        cursor += 1
      }
      state.controls.append(control)
      canonicalizer.readSession(words, at: &cursor, into: &state.database)
      noteTwin(session, words, end: cursor)
    }
    canonicalizer.readConflicts(words, at: &cursor, into: &state.database)
    // Dependencies lead from one session to another, so that those with the same words are not interchangeable.
    if !state.database.serializable.conflicts.isEmpty {
      for session in twinCounts.indices { twinCounts[session] = 1 }
    }
    assert(cursor == words.count, "\(words.count - cursor) words of the state are left over")
  }

  /// Compares the session that was read last with the one before it in its group, which is where any with
  /// the same words has been sorted to.
  private mutating func noteTwin(
    _ session: Int, _ words: UnsafeBufferPointer<UInt64>, end: Int
  ) {
    twinCounts.append(1)
    let previous = previousInGroup[session]
    guard previous >= 0 else { return }
    let start = sectionStarts[session]
    let other = sectionStarts[previous]
    guard sectionStarts[previous + 1] - other == end - start else { return }
    for offset in 0..<end - start where words[other + offset] != words[start + offset] { return }
    var first = previous
    while twinCounts[first] == 0 { first = previousInGroup[first] }
    twinCounts[first] += 1
    twinCounts[session] = 0
  }
}
