import Store
import Writers

/// States of a model with any number of sessions, those that are alike counted up to a cut.
///
///     shared part 3 │ kind 0: several │ kind 2: 1 │ kind 7: 1
///
/// A **kind** is all that matters of a session: its group and its section of words (``StateSections``), in which the
/// place in a queue is replaced by the number of the *stretch* that it stands in. A stretch is a longest row of
/// neighbours in a queue that are bare, of groups of which there may be any number, and either in each other's way alike
/// (``QueueEntry/order``), in any order, or not in each other's way and the same:
///
///     queue     A B A A X B       stretches    0: A several, B one   1: X   2: B
///
/// Bare sessions of groups of which there may be any number are counted up to ``cut``, which stands for itself and
/// all above; all others are counted exactly.
struct CrowdSpace {
  /// A state: the number of its shared part, then kind and count in turn, by ascending kinds.
  typealias State = ContiguousArray<UInt32>

  struct Kind {
    var group: Int
    /// Whether sessions of the kind are counted up to the cut.
    var isCounted: Bool
    /// The section, with a stretch's number where the place in the queue stands.
    var words: ContiguousArray<UInt64>
    var entry: QueueEntry?
  }

  let cut: Int
  /// Whether a rule asks how sessions have ended; if none does, those that have are left out.
  private let keepsEnds: Bool
  private let manyGroups: Set<Int>
  private(set) var kinds: [Kind] = []
  private(set) var sharedParts: [ContiguousArray<UInt64>] = []
  private var kindNumbers: [ContiguousArray<UInt64>: Int] = [:]
  private var sharedNumbers: [ContiguousArray<UInt64>: Int] = [:]
  private var parts = StateSections()
  /// The kinds of the sessions of the state that was looked at last; -1 for those that are left out.
  private(set) var kindsOfSessions: [Int] = []

  init(model: Model, keepsEnds: Bool, cut: Int) {
    self.keepsEnds = keepsEnds
    precondition(cut >= 2, "one session is not several")
    self.cut = cut
    manyGroups = model.manyGroups
  }

  // MARK: From a state

  /// What a state of the machine is, up to the numbers of sessions that are alike.
  mutating func state(of state: MachineState, _ system: inout ModelSystem) -> State {
    system.machine.takeApart(state, into: &parts)
    let model = system.machine.model
    let sessions = state.controls.indices
    var sections: [ContiguousArray<UInt64>] = []
    var entries: [QueueEntry?] = []
    for session in sessions {
      let section = parts.words[parts.section(session)]
      entries.append(system.machine.queueEntry(ofSection: section))
      sections.append(ContiguousArray(section))
    }
    numberStretches(&sections, entries, model)
    kindsOfSessions.removeAll(keepingCapacity: true)
    var counts: [Int: UInt32] = [:]
    for session in sessions {
      // Who has ended does nothing any more, and is noticed by nobody.
      if !keepsEnds, state.controls[session].status != .ready, isCounted(session, model),
        entries[session] == nil, mayEnd(state.controls[session], session, system)
      {
        kindsOfSessions.append(-1)
        continue
      }
      let kind = kind(
        of: sections[session], entries[session], group: model.sessions[session].group,
        isBare: parts.isBare[session])
      kindsOfSessions.append(kind)
      counts[kind, default: 0] += 1
    }
    var result: State = [UInt32(sharedNumber(parts.shared))]
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) {
      result.append(UInt32(kind))
      result.append(kinds[kind].isCounted ? min(count, UInt32(cut)) : count)
    }
    return result
  }

  /// Whether nothing is wrong with how the session has ended.
  private func mayEnd(
    _ control: MachineState.Control, _ session: Int, _ system: borrowing ModelSystem
  ) -> Bool {
    control.sqlState.isNull || !system.isUnhandled(control.sqlState, session: session)
  }

  /// Replaces places in queues by the numbers of stretches.
  private func numberStretches(
    _ sections: inout [ContiguousArray<UInt64>], _ entries: [QueueEntry?], _ model: Model
  ) {
    var queues: [QueueEntry.Queue] = []
    for entry in entries {
      if let entry, !queues.contains(entry.queue) { queues.append(entry.queue) }
    }
    for queue in queues {
      var waiters: [(session: Int, entry: QueueEntry, place: Int)] = []
      for (session, entry) in entries.enumerated() {
        guard let entry, entry.queue == queue else { continue }
        waiters.append((session, entry, entry.place(in: sections[session][...])))
        entry.set(0, in: &sections[session])
      }
      waiters.sort { $0.place < $1.place }
      var numbers: [Int] = []
      for (index, waiter) in waiters.enumerated() {
        guard index > 0 else {
          numbers.append(0)
          continue
        }
        let before = waiters[index - 1]
        let isSame =
          isCounted(before.session, model) && isCounted(waiter.session, model)
          && before.entry.order == waiter.entry.order
          && (waiter.entry.order != nil
            || sections[before.session] == sections[waiter.session]
              && model.sessions[before.session].group == model.sessions[waiter.session].group)
        numbers.append(numbers[index - 1] + (isSame ? 0 : 1))
      }
      for (waiter, number) in zip(waiters, numbers) {
        waiter.entry.set(number, in: &sections[waiter.session])
      }
    }
  }

  private func isCounted(_ session: Int, _ model: Model) -> Bool {
    parts.isBare[session] && manyGroups.contains(model.sessions[session].group)
  }

  private mutating func kind(
    of section: ContiguousArray<UInt64>, _ entry: QueueEntry?, group: Int, isBare: Bool
  ) -> Int {
    var key = section
    key.append(UInt64(group) << 1 | (isBare ? 1 : 0))
    if let known = kindNumbers[key] { return known }
    kindNumbers[key] = kinds.count
    kinds.append(
      Kind(
        group: group, isCounted: isBare && manyGroups.contains(group), words: section, entry: entry)
    )
    return kinds.count - 1
  }

  private mutating func sharedNumber(_ words: ContiguousArray<UInt64>) -> Int {
    if let known = sharedNumbers[words] { return known }
    sharedNumbers[words] = sharedParts.count
    sharedParts.append(words)
    return sharedParts.count - 1
  }

  // MARK: Back

  /// The kinds of a state with their counts.
  func kinds(of state: State) -> [(kind: Int, count: Int)] {
    stride(from: 1, to: state.count, by: 2).map { (Int(state[$0]), Int(state[$0 + 1])) }
  }

  /// Whether a kind's count in a state stands for itself and all above.
  func isSeveral(_ kind: Int, _ count: Int) -> Bool { kinds[kind].isCounted && count >= cut }

  /// A stretch of a queue, and the kinds in it.
  struct Stretch: Hashable {
    var queue: QueueEntry.Queue
    var number: Int
    var kinds: [Int]
  }

  /// The stretches of a state's queues.
  func stretches(of state: State) -> [Stretch] {
    var result: [Stretch] = []
    for (kind, _) in kinds(of: state) {
      guard let (queue, number) = place(of: kind) else { continue }
      if let known = result.firstIndex(where: { $0.queue == queue && $0.number == number }) {
        result[known].kinds.append(kind)
      } else {
        result.append(Stretch(queue: queue, number: number, kinds: [kind]))
      }
    }
    return result
  }

  private func place(of kind: Int) -> (queue: QueueEntry.Queue, number: Int)? {
    kinds[kind].entry.map { ($0.queue, $0.place(in: kinds[kind].words[...])) }
  }

  /// For each group, the sections of its sessions in a state of the machine that the state stands for, and their kinds.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - more: Kinds of which there is one more than it says.
  ///   - first: Kinds that come first in their stretches.
  /// - Returns: The sections, by group.
  func sections(
    of state: State, more: Set<Int>, first: Set<Int>
  ) -> [Int: [(kind: Int, words: ContiguousArray<UInt64>)]] {
    let counts = kinds(of: state).map {
      (kind: $0.kind, count: $0.count + (more.contains($0.kind) ? 1 : 0))
    }
    var result: [Int: [(kind: Int, words: ContiguousArray<UInt64>)]] = [:]
    for (number, count) in counts {
      let kind = kinds[number]
      var start = 0
      if let here = place(of: number) {
        for (other, otherCount) in counts {
          guard other != number, let there = place(of: other), there.queue == here.queue else {
            continue
          }
          let isAhead =
            there.number != here.number
            ? there.number < here.number
            : first.contains(other) || !first.contains(number) && other < number
          if isAhead { start += otherCount }
        }
      }
      for index in 0..<count {
        var words = kind.words
        kind.entry?.set(start + index, in: &words)
        result[kind.group, default: []].append((number, words))
      }
    }
    return result
  }
}
