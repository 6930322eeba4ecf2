import Store
import Writers

/// Sessions that put a wait off, and what might have become of them had they not.
///
/// A *latecomer* is a session that holds nothing and whose next step has, in some view since it came to it, been one
/// that only begins to wait for a row and may do so later. It never stands in a queue. What its wait could have led
/// to, but for what it finds when it comes, is that it is the victim of a cycle; only it notices that. So its
/// private part says how far that has got, and nothing else does:
///
///     p ──▶ p, might wait ──▶ p, might have been the victim ──▶ failed
///
/// Whether and when a cycle makes it a possible victim is told by the view alone: somebody who holds something stands
/// in the row's queue where the latecomer could have come before him, and waits in a circle. Where that cannot be told
/// for certain, the search is done again with no wait put off.
///
/// docs/SEARCH.md has the argument.
extension ComponentSystem {
  /// What the words of a latecomer's private part say.
  struct Latecomer {
    /// The private part that it would have without the mark.
    var base: UInt32
    /// The one that it has as the victim of a cycle.
    var failed: UInt32
    /// The row that it might wait for.
    var row: UInt64
    /// Who would wait before it.
    var behind: Behind
    /// The words of the base that the machine reads.
    var words: ContiguousArray<UInt64>
  }

  /// Somebody who waits for a row while others may wait for him.
  struct HoldingWaiter {
    var row: UInt64
    var place: DatabaseState.QueuePlace
    /// His place among those of the queue.
    var rank: Int32
    /// He waits in a circle.
    var isInCycle: Bool
  }

  /// Of those who hold something and wait for a latecomer's row, how many have been there before it might wait.
  ///
  /// They are the first ones of the queue, until some go while others have come behind.
  struct Behind: Equatable {
    /// How many have been there before; ``unknown`` if that cannot be told.
    var count: Int
    /// How many are there.
    var total: Int

    static let none = Behind(count: 0, total: 0)
    static let unknown = 0xFF
    /// Where it lies in the word of the row.
    private static let shift: UInt64 = 48

    private init(count: Int, total: Int) {
      self.count = count
      self.total = total
    }

    /// All that wait now have been there before.
    init(all waiters: [HoldingWaiter]) {
      let isOrdered = waiters.allSatisfy { $0.place == .queued } && waiters.count < Self.unknown
      count = isOrdered ? waiters.count : Self.unknown
      total = min(waiters.count, Self.unknown)
    }

    init(ofWord word: UInt64) {
      count = Int(word >> Self.shift & 0xFF)
      total = Int(word >> (Self.shift + 8))
    }

    var word: UInt64 { UInt64(count) << Self.shift | UInt64(total) << (Self.shift + 8) }

    static func row(ofWord word: UInt64) -> UInt64 { word & (1 << shift - 1) }

    /// What it becomes when these are there.
    func updated(_ waiters: [HoldingWaiter]) -> Behind {
      if waiters.isEmpty || count == 0 { return .none }
      var now = Behind(all: waiters)
      guard count != Self.unknown, now.count != Self.unknown else {
        now.count = Self.unknown
        return now
      }
      if now.total >= total {
        now.count = count
      } else if count != total {
        // Those who have gone need not have been there before.
        now.count = Self.unknown
      }
      return now
    }
  }

  /// What a latecomer's part becomes in a view.
  struct LatecomerMark {
    var part: UInt32
    /// Whether it can have been the victim there is not known for certain.
    var isDoubtful = false
  }

  /// Whether sessions that put waits off are latecomers, of whom it is known what may have become of them.
  var marksLatecomers: Bool { quietSteps.marksLatecomers }

  func mustBeginAgain(mayLearn: Bool) -> Bool {
    guard waitFacts != nil else { return false }
    return marksLatecomers || mayLearn ? lateWaits.isRefuted : lateWaits.isDoubtful
  }

  func isLatecomer(_ part: UInt32) -> Bool { standing(part).contains(.isLatecomer) }

  func hasLatecomers(in state: State) -> Bool {
    for part in state.parts where isLatecomer(part) { return true }
    return false
  }

  func mayBeVictim(_ session: Int, in state: State) -> Bool {
    standing(state.parts[session]).contains(.mayBeVictim)
  }

  mutating func isEnabled(_ choice: Choice, inOwn state: MachineState) -> Bool {
    var enabled: ContiguousArray<Choice> = []
    plain.appendChoices(in: state, to: &enabled)
    return enabled.contains(choice)
  }

  // MARK: Marks

  /// Marks the private part of a session for what it could do in the state's view; returns whether that changes it.
  mutating func markLatecomer(_ session: Int, in state: inout State) -> Bool {
    let mark = self.mark(of: session, in: state)
    if mark.isDoubtful { lateWaits.refute() }
    guard mark.part != state.parts[session] else { return false }
    state.parts[session] = mark.part
    return true
  }

  /// What the private part of a session becomes in the state's view.
  mutating func mark(of session: Int, in state: State) -> LatecomerMark {
    let part = state.parts[session]
    let standing = self.standing(part)
    guard standing.contains(.isReady), !standing.contains(.mayBeVictim),
      publicPart(of: session, in: state.view) == 0
    else { return LatecomerMark(part: part) }
    let entry = self.entry(of: session, in: state)
    while entry >= latecomerMarks.count { latecomerMarks.append(0) }
    let known = latecomerMarks[entry]
    if known != 0 {
      return LatecomerMark(part: known & 0x7FFF_FFFF - 1, isDoubtful: known >> 31 == 1)
    }
    let mark =
      standing.contains(.isLatecomer)
      ? self.mark(ofLatecomer: session, entry, in: state) : newMark(of: session, entry, in: state)
    latecomerMarks[entry] = mark.part + 1 | (mark.isDoubtful ? 1 << 31 : 0)
    return mark
  }

  /// The row for which a session would begin to wait with its next step, if it may do so later and holds nothing.
  private mutating func rowToComeLateFor(_ session: Int, _ entry: Int, in state: State) -> UInt64? {
    guard memo.choices(of: entry) & 1 == 1 else { return nil }
    let outcome = self.outcome(of: .step, session, entry: entry, in: state)
    guard outcome.isLate, isUnburdened(outcome.blockers) else { return nil }
    return waitedRow(outcome.blockers)
  }

  private mutating func newMark(
    of session: Int, _ entry: Int, in state: State
  ) -> LatecomerMark {
    let part = state.parts[session]
    guard let row = rowToComeLateFor(session, entry, in: state) else {
      return LatecomerMark(part: part)
    }
    guard let (failed, isSelect) = failing(session, in: state) else {
      return LatecomerMark(part: part, isDoubtful: true)
    }
    var standing: Standing = [.isReady, .isLatecomer]
    if isSelect { standing.insert(.isLockingSelect) }
    if isReader(part) { standing.insert(.isReader) }
    let behind = Behind(all: holdingWaiters(in: state).filter { $0.row == row })
    var words: ContiguousArray<UInt64> = []
    privateParts.append(part, to: &words)
    privateParts.append(failed, from: 1, to: &words)
    words.append(row | behind.word)
    words.append(
      PartTail(label: label(of: part), count: privateParts.length(part), standing: standing).word)
    return LatecomerMark(
      part: privateParts.number(of: words, words.indices, note: standing.rawValue))
  }

  private mutating func mark(
    ofLatecomer session: Int, _ entry: Int, in state: State
  ) -> LatecomerMark {
    let part = state.parts[session]
    let row = latecomer(part).row
    let standing = self.standing(part)
    let rowNow = rowToComeLateFor(session, entry, in: state)
    let waiters = holdingWaiters(in: state).filter { $0.row == row }
    let behind = latecomer(part).behind.updated(waiters)
    var isVictim = false
    var isDoubtful = rowNow != nil && rowNow != row
    for (position, waiter) in waiters.enumerated() where waiter.isInCycle {
      switch waiter.place {
      case .queued:
        // Who has been there before waits for nobody who came later.
        if behind.count != Behind.unknown && position < behind.count { continue }
        // It could have come before him, unless it has got to where it is, or its guard, too late.
        if rowNow != nil && behind.count != Behind.unknown {
          isVictim = true
        } else {
          isDoubtful = true
        }
      case .unknown: isVictim = true
      case .adrift: isDoubtful = true
      case .direct: if standing.contains(.isLockingSelect) { isDoubtful = true }
      // It could have come between him and a locking SELECT that stays there.
      case .previous: isDoubtful = true
      case .upgrading: break
      }
    }
    return LatecomerMark(
      part: marked(
        part, isVictim || isDoubtful ? standing.union(.mayBeVictim) : standing, behind),
      isDoubtful: isDoubtful)
  }

  /// A latecomer's part with another mark; who might have been the victim need not know any more who was before it.
  private func marked(_ part: UInt32, _ standing: Standing, _ behind: Behind) -> UInt32 {
    var words: ContiguousArray<UInt64> = []
    privateParts.append(part, to: &words)
    let behind = standing.contains(.mayBeVictim) ? Behind.none : behind
    words[words.count - 2] = Behind.row(ofWord: words[words.count - 2]) | behind.word
    var tail = PartTail(words[words.count - 1])
    tail.standing = standing
    words[words.count - 1] = tail.word
    return privateParts.number(of: words, words.indices, note: standing.rawValue)
  }

  /// What a latecomer's part says.
  mutating func latecomer(_ part: UInt32) -> Latecomer {
    if let known = latecomers[part] { return known }
    let words = privateParts.words(part)
    let count = PartTail(words[words.count - 1]).count
    let machineWords = words[1..<(isReader(part) ? count - 1 : count)]
    var base = ContiguousArray(words[0..<count])
    var failed: ContiguousArray<UInt64> = [words[0]]
    failed.append(contentsOf: words[count..<words.count - 2])
    // Both have been numbered before.
    let found = Latecomer(
      base: privateParts.number(of: base, base.indices),
      failed: privateParts.number(of: failed, failed.indices),
      row: Behind.row(ofWord: words[words.count - 2]),
      behind: Behind(ofWord: words[words.count - 2]),
      words: ContiguousArray(machineWords))
    base.removeAll()
    latecomers[part] = found
    return found
  }

  /// What becomes of a session that begins to wait and is the victim of a cycle, which nobody else notices; `nil` if
  /// somebody does.
  private mutating func failing(
    _ session: Int, in state: State
  ) -> (part: UInt32, isLockingSelect: Bool)? {
    let actor = run(session, in: state.view)
    joinExchanged(session, actor, in: state)
    let label = self.label(of: newParts[actor])
    _ = plain.apply(Choice(.step, session: actor), to: &machineState)
    let waiter = machineState.database.sessions[actor]
    guard waiter.wait == .row else { return nil }
    _ = plain.apply(Choice(.victim, session: actor), to: &machineState)
    guard machineState.database.sessions[actor].wait == .none else { return nil }
    let outcome = outcomeReached(by: actor, from: state.view)
    guard !isReader(outcome.part) else { return nil }
    if outcome.view != state.view {
      // With the last reader of a label that goes, and nothing else.
      guard label != 0, !isHeld(label, besides: session, in: state) else { return nil }
      newParts[actor] = outcome.part
      join(view: state.view, newParts)
      guard outcomeReached(by: nil, from: state.view).view == outcome.view else { return nil }
    }
    return (outcome.part, waiter.isLockingSelect)
  }

  /// Those who hold something and wait for a row, in the order of its queue.
  private mutating func holdingWaiters(in state: State) -> [HoldingWaiter] {
    if let known = holdingWaiters[state.view] { return known }
    join(view: state.view, state.parts)
    var found: [HoldingWaiter] = []
    for session in 0..<sessionCount {
      let it = machineState.database.sessions[session]
      guard it.wait == .row, plain.machine.holdsSomething(session, in: machineState) else {
        continue
      }
      found.append(
        HoldingWaiter(
          row: Self.key(it.waitTable, it.waitRow), place: it.place, rank: it.waitRank,
          isInCycle: waitsInCircle(session)))
    }
    found.sort { $0.rank < $1.rank }
    holdingWaiters[state.view] = found
    return found
  }

  /// Whether a session in the machine's state waits for itself in the end.
  private func waitsInCircle(_ session: Int) -> Bool {
    var isMet = ContiguousArray(repeating: false, count: sessionCount)
    var pending: ContiguousArray<Int> = []
    plain.machine.appendBlockers(of: session, in: machineState, to: &pending)
    while let next = pending.popLast() {
      if next == session { return true }
      guard !isMet[next] else { continue }
      isMet[next] = true
      plain.machine.appendBlockers(of: next, in: machineState, to: &pending)
    }
    return false
  }

  // MARK: Choices

  /// The sessions that fail together with a latecomer that might have been the victim of a cycle.
  ///
  /// A failure that nobody notices, and after which the session does nothing that anybody does, may be the last thing that
  /// happens. Of those who are alike, some have gone on before that, and all that are left fail.
  mutating func failing(with session: Int, in state: State) -> [Int] {
    let part = state.parts[session]
    guard endsQuietly(latecomer(part).failed, session, in: state.view) else { return [session] }
    return state.parts.indices.filter {
      state.parts[$0] == part && run($0, in: state.view) == run(session, in: state.view)
    }
  }

  /// Has a latecomer fail, and those that fail with it.
  mutating func fail(_ session: Int, in state: inout State) {
    keepOrder(of: &state)
    let failed = latecomer(state.parts[session]).failed
    let label = self.label(of: state.parts[session])
    for session in failing(with: session, in: state) { state.parts[session] = failed }
    if label != 0 && !isHeld(label, besides: session, in: state) {
      moveOn(nil, by: outcome(ofDropping: label, in: state), &state)
    } else {
      sortRuns(&state)
    }
  }

  /// Whether a session goes on to its end from a private part by quiet steps alone.
  private mutating func endsQuietly(_ part: UInt32, _ session: Int, in view: UInt32) -> Bool {
    let place = run(session, in: view)
    var part = part
    while isReady(part) {
      guard !isLatecomer(part), let entry = memo.entry(view: view, place: place, part: part),
        quietSteps.isQuiet(entry), let outcome = memo.outcome(of: 0, in: entry)
      else { return false }
      part = outcome.part
    }
    return true
  }

  /// Whether what a latecomer does next is nothing to anybody, whenever it does it, and the last that it does.
  private mutating func canComeLast(_ session: Int, in state: State) -> Bool {
    let entry = self.entry(of: session, in: state)
    guard quietSteps.isQuiet(entry), let outcome = memo.outcome(of: 0, in: entry) else {
      return false
    }
    return endsQuietly(outcome.part, session, in: state.view)
  }

  /// Leaves out, of the choices in a state, what latecomers may do later, and adds that they have failed.
  ///
  /// They begin to wait only where nobody else can do anything. Steps that end a latecomer and that nobody notices are
  /// its last, whenever they are taken; so is, mostly, its failure. They are taken when nobody else can go on, one
  /// session after the other.
  mutating func sortOutLatecomers(
    in state: State, _ choices: inout ContiguousArray<Choice>
  ) {
    var last: Choice?
    var isAnyoneGoingOn = false
    var isOtherGoingOn = false
    var kept = 0
    for position in choices.indices {
      let choice = choices[position]
      // A crash need not come.
      if choice.kind != .clock && choice.kind != .crash {
        let session = Int(choice.session)
        if choice.kind == .step, isLatecomer(state.parts[session]),
          canComeLast(session, in: state)
        {
          if last == nil { last = choice }
          continue
        }
        isAnyoneGoingOn = true
        if !mayBeVictim(session, in: state) { isOtherGoingOn = true }
      }
      choices[kept] = choice
      kept += 1
    }
    choices.removeLast(choices.count - kept)
    if !isAnyoneGoingOn {
      if let last {
        choices.append(last)
      } else {
        choices.append(contentsOf: latecomersWaits)
      }
    }
    var hasFailed = false
    for session in 0..<sessionCount where mayBeVictim(session, in: state) {
      if isTwin(session, in: state) { continue }
      if endsQuietly(latecomer(state.parts[session]).failed, session, in: state.view) {
        if let last, !isAnyoneGoingOn {
          guard Int(last.session) == session else { continue }
        } else {
          if isOtherGoingOn || hasFailed || last != nil && canComeLast(session, in: state) {
            continue
          }
          hasFailed = true
        }
      }
      choices.append(Choice(.victim, session: session))
    }
  }
}
