package import SQL
import Store

/// A state taken apart: what belongs to no session, and for each session what others can notice of it and what
/// they cannot.
///
///     shared     clock, faults left, tables
///     session    private part: control, stack         public part: writes, locks, waits, snapshots
///
/// What a session does next depends on its own private part, on what is shared and on all public parts; it
/// changes no private part but its own. A session that holds nothing has an empty public part.
package struct StateParts: Sendable {
  package struct Bounds: Sendable {
    package var start: Int
    package var publicStart: Int
    package var end: Int
  }

  package var shared: ContiguousArray<UInt64> = []
  package var words: ContiguousArray<UInt64> = []
  /// For each session, where its parts are in ``words``.
  package var bounds: ContiguousArray<Bounds> = []

  package init() {}

  package func privatePart(_ session: Int) -> Range<Int> {
    bounds[session].start..<bounds[session].publicStart
  }

  package func publicPart(_ session: Int) -> Range<Int> {
    bounds[session].publicStart..<bounds[session].end
  }
}

extension Machine {
  /// Whether a session's private part depends on itself alone, so that ``split(_:into:)`` may be used.
  ///
  /// Serializable transactions have dependencies on one another, and some drivers let a step of one session move
  /// others.
  package var hasParts: Bool {
    !model.hasSerializableTransactions && !options.followsIsolationTester
      && !options.takesLaunches
  }

  /// Takes what nobody can notice of a session for its own (``NoticeFacts``): from now on packed states have other words.
  package mutating func hide(_ facts: NoticeFacts) {
    canonicalizer.hiddenInserts = facts.hidesInserts
    hiddenLocks = facts.hidesLocks
  }

  /// How many committed rows there are in tables whose new rows nobody notices.
  package func hiddenRowCount(_ state: MachineState) -> Int {
    guard !canonicalizer.hiddenInserts.isEmpty else { return 0 }
    return state.database.versions.count { canonicalizer.isHidden($0.table) }
  }

  /// Whether a session has written or locked something that others can notice.
  package func holdsSomething(_ session: Int, in state: MachineState) -> Bool {
    state.database.holdsSomething(
      session, hiddenInserts: canonicalizer.hiddenInserts, hiddenLocks: hiddenLocks)
  }

  /// Whether a session that goes on holds nothing and waits for nothing: at most the versions that it can see are kept for
  /// its sake.
  package func isBare(_ session: Int, in state: MachineState) -> Bool {
    state.controls[session].status == .ready && state.database.sessions[session].wait == .none
      && !holdsSomething(session, in: state)
  }

  /// Takes a state apart; ``join(_:into:)`` puts it together.
  ///
  /// Sessions stay where they are: identical ones are not sorted. Of those in `skipped` the parts are left empty.
  package mutating func split(
    _ state: MachineState, into parts: inout StateParts,
    skipping skipped: ContiguousArray<Bool> = []
  ) {
    parts.words.removeAll(keepingCapacity: true)
    parts.bounds.removeAll(keepingCapacity: true)
    writeShared(state, to: &parts.shared)
    for session in state.controls.indices {
      if session < skipped.count && skipped[session] {
        let end = parts.words.count
        parts.bounds.append(StateParts.Bounds(start: end, publicStart: end, end: end))
      } else {
        split(session, of: state, into: &parts)
      }
    }
  }

  private mutating func split(
    _ session: Int, of state: MachineState, into parts: inout StateParts
  ) {
    sections.removeAll(keepingCapacity: true)
    appendSection(session, of: state)
    let control = state.controls[session]
    let headCount = control.status == .ready ? 1 : 3
    let stackEnd = headCount + Int(control.stackCount)
    let start = Int(control.stackStart)
    var isAboutOthers = false
    for word in state.stack[start..<start + Int(control.stackCount)]
    where word.isRow && !canonicalizer.isHidden(UInt16(word.rowTable)) || word.isSnapshot {
      isAboutOthers = true
    }
    let isIdle = state.database.isUnnoticed(
      session, hiddenInserts: canonicalizer.hiddenInserts, hiddenLocks: hiddenLocks)
    let privateCount = isAboutOthers ? headCount : isIdle ? sections.count : stackEnd
    let begin = parts.words.count
    parts.words.append(contentsOf: sections[..<privateCount])
    let publicStart = parts.words.count
    // A rule that reads `outcomes` notices how a session has ended.
    let copies = readsOutcomes && control.status != .ready ? headCount : 0
    if copies > 0 || privateCount < sections.count {
      parts.words.append(UInt64(copies))
      parts.words.append(contentsOf: sections[..<copies])
      parts.words.append(contentsOf: sections[privateCount...])
    }
    parts.bounds.append(
      StateParts.Bounds(start: begin, publicStart: publicStart, end: parts.words.count))
  }

  /// How many words of a public part are there only to be noticed, the first among them included.
  package static func copiedWords(ofPublicPart first: UInt64) -> Int { 1 + Int(first) }

  /// How a session stands, by the first word of its private part.
  package static func status(ofPrivatePart first: UInt64) -> MachineState.Status {
    MachineState.Status(rawValue: UInt8(first & 3)) ?? .ready
  }
}
