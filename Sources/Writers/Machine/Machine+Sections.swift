package import Store

/// A state taken apart for counting its sessions: what is shared, and for each session a section of words that
/// says all that matters of it.
///
/// Two sessions of one group with the same section are interchangeable. In a section, one thing names a place among
/// other sessions: its place in a queue (``QueueEntry``).
package struct StateSections: Sendable {
  /// Clock, faults left, tables.
  package var shared: ContiguousArray<UInt64> = []
  package var words: ContiguousArray<UInt64> = []
  /// For each session, where its section begins; and the end.
  package var starts: ContiguousArray<Int> = []
  /// For each session, whether it holds nothing that stands against others.
  ///
  /// It has no writes, no locks on rows or objects, no
  /// deferred work. It may wait, and it may have a snapshot.
  package var isBare: ContiguousArray<Bool> = []

  package init() {}

  package func section(_ session: Int) -> Range<Int> { starts[session]..<starts[session + 1] }
}

extension Machine {
  /// Takes a state apart; sessions stay where they are.
  ///
  /// The model must be one with ``hasParts``.
  package mutating func takeApart(_ state: MachineState, into parts: inout StateSections) {
    parts.starts.removeAll(keepingCapacity: true)
    parts.isBare.removeAll(keepingCapacity: true)
    writeShared(state, to: &parts.shared)
    sections.removeAll(keepingCapacity: true)
    for session in state.controls.indices {
      parts.starts.append(sections.count)
      appendSection(session, of: state)
      let section = sections[parts.starts[session]...]
      parts.isBare.append(
        QueueEntry.holdsNothing(section, transactionStart: transactionStart(ofSection: section))
          && !state.database.deferred.contains { Int($0.session) == session })
    }
    parts.starts.append(sections.count)
    parts.words.assign(from: sections)
  }

  /// Where a section has the words of the session's transaction, from its beginning.
  private func transactionStart(ofSection words: ArraySlice<UInt64>) -> Int {
    let header = words[words.startIndex]
    let isReady = Self.status(ofPrivatePart: header) == .ready
    return (isReady ? 1 : 3) + Int(header >> 32)
  }

  /// The place of a section's session in the queue that it waits in, if its place matters.
  package func queueEntry(ofSection words: ArraySlice<UInt64>) -> QueueEntry? {
    QueueEntry(section: words, transactionStart: transactionStart(ofSection: words))
  }

  /// How a section's session has ended; `nil` if it has not.
  package func end(ofSection words: ArraySlice<UInt64>) -> SessionEnd? {
    let first = words.startIndex
    let status = Self.status(ofPrivatePart: words[first])
    guard status != .ready else { return nil }
    return (status, Value(bits: words[first + 1]), Value(bits: words[first + 2]))
  }
}
