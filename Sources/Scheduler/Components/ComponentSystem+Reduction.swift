import SQL
import Store
import Writers

/// Choices that need not be explored.
extension ComponentSystem {
  /// A step that nobody can notice, now or later, and that is the only choice of its session (``QuietSteps``).
  mutating func quietChoice(in state: State) -> Choice? {
    guard quietSteps.isReady else { return nil }
    for session in 0..<sessionCount
    where mayBeQuiet(state.parts[session]) {
      let place = run(session, in: state.view)
      guard let entry = memo.entry(view: state.view, place: place, part: state.parts[session])
      else { continue }
      if quietSteps.isQuiet(entry) { return Choice(.step, session: session) }
    }
    return nil
  }

  /// Whether a session with the part may take quiet steps.
  private func mayBeQuiet(_ part: UInt32) -> Bool {
    standing(part).isDisjoint(with: [.isLatecomer, .isReader]) && isReady(part)
  }

  mutating func setSettling(_ isOn: Bool) -> Bool {
    defer { settlesQuietly = isOn }
    return settlesQuietly
  }

  /// Takes all quiet steps of a state, each session as far as it goes, and marks latecomers.
  ///
  /// They leave the view as it is, so that none makes a difference to another session's.
  ///
  /// - Parameter state: The state; it becomes the one after the steps.
  /// - Returns: Whether properties can have changed.
  mutating func settle(_ state: inout State) -> Bool {
    guard quietSteps.isReady else { return false }
    var hasMoved = false
    var isChanged = false
    unsettled.assign(from: state.parts)
    for session in 0..<sessionCount {
      let place = run(session, in: state.view)
      let before = previous[session]
      // What goes for one goes for its like.
      if before >= 0, place != session, unsettled[before] == unsettled[session] {
        state.parts[session] = state.parts[before]
        continue
      }
      while settlesQuietly, mayBeQuiet(state.parts[session]),
        let entry = memo.entry(view: state.view, place: place, part: state.parts[session]),
        quietSteps.isQuiet(entry), let outcome = memo.outcome(of: 0, in: entry)
      {
        state.parts[session] = outcome.part
        hasMoved = true
        isChanged = isChanged || outcome.isChanged
      }
      while marksLatecomers, markLatecomer(session, in: &state) { hasMoved = true }
    }
    if hasMoved { sortRuns(&state) }
    return isChanged
  }

  /// Leaves out, of the choices in a state, steps that only begin to wait and may do so later.
  ///
  /// A session's wait is put off as long as those whom it waits for, and those whom they wait for in turn,
  /// can go on: then there is no cycle of waits that it could be a member of, and its turn comes again when they
  /// have gone on. Nor could it be a member if all who may yet come to the row behind it hold nothing.
  mutating func removeLateWaits(
    in state: State, from choices: inout ContiguousArray<Choice>
  ) {
    guard waitFacts != nil else { return }
    if freesOvertakers(in: state, choices) { lateWaits.refute() }
    if keepIdleVictim(in: state, &choices) { return }
    defer { if marksLatecomers { sortOutLatecomers(in: state, &choices) } }
    latecomersWaits.removeAll(keepingCapacity: true)
    var isAnyLate = false
    for choice in choices where choice.kind == .step {
      let session = Int(choice.session)
      let entry = self.entry(of: session, in: state)
      if outcome(of: .step, session, entry: entry, in: state).isLate { isAnyLate = true }
    }
    guard isAnyLate else { return }
    marks.removeAll(keepingCapacity: true)
    for _ in 0..<sessionCount { marks.append(0) }
    var kept = 0
    for position in choices.indices {
      let choice = choices[position]
      if choice.kind == .step, isLatecomer(state.parts[Int(choice.session)]),
        isLate(Int(choice.session), in: state)
      {
        latecomersWaits.append(choice)
        continue
      }
      if choice.kind == .step, isLate(Int(choice.session), in: state),
        !isNoticed(Int(choice.session), in: state)
          || !leadsToCycle(Int(choice.session), in: state)
          || isOutOfOrder(Int(choice.session), in: state)
      {
        continue
      }
      choices[kept] = choice
      kept += 1
    }
    choices.removeLast(choices.count - kept)
  }

  private mutating func isLate(_ session: Int, in state: State) -> Bool {
    let entry = self.entry(of: session, in: state)
    return outcome(of: .step, session, entry: entry, in: state).isLate
  }

  /// Whether the wait of a session can be part of a cycle: others wait for it because it holds something, or somebody
  /// may yet come to stand behind it in the row's queue for whom others wait.
  ///
  /// That is who holds something and comes to the row next, or is there already in a place that nobody knows.
  private mutating func isNoticed(_ session: Int, in state: State) -> Bool {
    let list = blockers(of: session, in: state)
    if waiterHolds(list) { return true }
    for other in 0..<sessionCount where other != session && isReady(state.parts[other]) {
      let others = blockers(of: other, in: state)
      guard others >= 0 else { continue }
      // Who waits for nobody may do so for ever, and so may others behind.
      if blockerPlaces(others).isEmpty { return true }
      guard waitedRow(others) == waitedRow(list) else { continue }
      if isOpen(others) { return true }
      let canStep = memo.choices(of: entry(of: other, in: state)) & 1 == 1
      if canStep && waiterHolds(others) { return true }
    }
    return false
  }

  /// Whether the failure of a victim lets somebody go on who may then come to a row for which a session waits that holds
  /// something.
  ///
  /// Had that one not put its wait off it could have been there when the row was updated, and in no queue since
  /// (``DatabaseState/QueuePlace/direct``); then who comes now could overtake it. Here it stands in the queue, and could
  /// not have come later, as without it there would have been no victim. Who need not wait for the victim comes in time
  /// to be before it.
  private mutating func freesOvertakers(
    in state: State, _ choices: ContiguousArray<Choice>
  ) -> Bool {
    for choice in choices where choice.kind == .victim {
      let victim = Int(choice.session)
      let entry = self.entry(of: victim, in: state)
      let goesOn = isReady(outcome(of: .victim, victim, entry: entry, in: state).part)
      for waiter in 0..<sessionCount where waiter != victim && isReady(state.parts[waiter]) {
        let list = blockers(of: waiter, in: state)
        guard memo.choices(of: self.entry(of: waiter, in: state)) & 1 == 0, waiterHolds(list) else {
          continue
        }
        if goesOn || frees(victim, besides: waiter, whoIsNotAt: waitedRow(list), in: state) {
          return true
        }
      }
    }
    return false
  }

  /// Whether somebody waits, or would, for the victim alone, in a row that it holds, and not for that one.
  private mutating func frees(
    _ victim: Int, besides waiter: Int, whoIsNotAt row: UInt64?, in state: State
  ) -> Bool {
    let place = run(victim, in: state.view)
    let waited = blockers(of: victim, in: state)
    guard waiterHolds(waited) else { return false }
    for other in 0..<sessionCount
    where other != victim && other != waiter && isReady(state.parts[other]) {
      let list = blockers(of: other, in: state)
      guard list >= 0, waitedRow(list) != row, waitedRow(list) != waitedRow(waited) else {
        continue
      }
      let places = blockerPlaces(list)
      if places.count == 1, places.first.map({ run(Int($0), in: state.view) }) == place {
        return true
      }
    }
    return false
  }

  /// Keeps, of the choices in a state, only that an *idle* waiter is the victim of a cycle, if there is one; returns
  /// whether there is.
  ///
  /// Who holds nothing and could have come late need not have come at all, unless to be the victim one day; what
  /// happens until then would have happened without it.
  private mutating func keepIdleVictim(
    in state: State, _ choices: inout ContiguousArray<Choice>
  ) -> Bool {
    guard choices.contains(where: { $0.kind == .victim }) else { return false }
    lateWaits.noteCycle()
    var kept: Choice?
    for choice in choices where choice.kind == .victim {
      let session = Int(choice.session)
      if isIdle(waiterList(of: entry(of: session, in: state), session, in: state)) {
        kept = choice
        break
      }
    }
    guard let kept else { return false }
    choices.removeAll(keepingCapacity: true)
    choices.append(kept)
    return true
  }

  /// Whether a session that holds nothing would begin to wait behind an idle waiter that it can as well come before.
  ///
  /// Those who come to be victims are in the queue before somebody who holds something, in whatever order: so
  /// they come in the order of their groups.
  private mutating func isOutOfOrder(_ session: Int, in state: State) -> Bool {
    let list = blockers(of: session, in: state)
    if waiterHolds(list) { return false }
    let group = plain.machine.model.sessions[session].group
    for other in 0..<sessionCount where other != session && isReady(state.parts[other]) {
      let entry = self.entry(of: other, in: state)
      guard memo.choices(of: entry) & 1 == 0 else { continue }
      let others = waiterList(of: entry, other, in: state)
      if isIdle(others), isLast(others), waitedRow(others) == waitedRow(list),
        plain.machine.model.sessions[other].group > group
      {
        return true
      }
    }
    return false
  }

  /// Whether following those whom a session waits for, or would, leads round in a circle.
  ///
  /// Marks: 1 on the way, 2 led to no cycle, 3 led to one.
  private mutating func leadsToCycle(_ session: Int, in state: State) -> Bool {
    if marks[session] == 1 { return true }
    if marks[session] > 1 { return marks[session] == 3 }
    guard isReady(state.parts[session]) else { return false }
    let list = blockers(of: session, in: state)
    guard list >= 0 else {
      marks[session] = 2
      return false
    }
    marks[session] = 1
    // Who waits for nobody waits for the clock, and may do so for ever.
    var isCyclic = blockerPlaces(list).isEmpty
    let place = run(session, in: state.view)
    for blocker in blockerPlaces(list) {
      var other = Int(blocker)
      // The list speaks of the first of those who are alike in the view.
      if other == session { other = place }
      if leadsToCycle(other, in: state) {
        isCyclic = true
        break
      }
    }
    marks[session] = isCyclic ? 3 : 2
    return isCyclic
  }

  /// The list of those whom a session waits for, or would if it took its step; -1 if it can go on.
  private mutating func blockers(of session: Int, in state: State) -> Int32 {
    let entry = self.entry(of: session, in: state)
    let choices = memo.choices(of: entry)
    if choices & 1 == 1 {
      return outcome(of: .step, session, entry: entry, in: state).blockers
    }
    return waiterList(of: entry, session, in: state)
  }

  /// The list of those whom a session waits for that cannot step.
  mutating func waiterList(of entry: Int, _ session: Int, in state: State) -> Int32 {
    if let list = waiterLists[entry] { return list }
    let place = run(session, in: state.view)
    join(view: state.view, state.parts)
    let list = listBlockers(of: place)
    waiterLists[entry] = list
    return list
  }

  /// Adds the list of those whom a session waits for in the machine's state.
  mutating func listBlockers(of session: Int) -> Int32 {
    var blockers: ContiguousArray<Int> = []
    plain.machine.appendBlockers(of: session, in: machineState, to: &blockers)
    let waiter = machineState.database.sessions[session]
    var note: WaiterNote = []
    var row: UInt64 = 0
    if waiter.wait == .row {
      note.insert(.waitsForRow)
      row = Self.key(waiter.waitTable, waiter.waitRow)
      if [.unknown, .adrift].contains(waiter.place) { note.insert(.isOpen) }
    }
    if plain.machine.holdsSomething(session, in: machineState) {
      note.insert(.holdsSomething)
    }
    if let facts = waitFacts,
      plain.machine.waitsForItselfAlone(session, in: machineState, facts)
    {
      note.insert(.isUnburdened)
      // That its statement has begun in an earlier step cannot be told by now.
      if plain.machine.mayWaitLater(session, in: machineState, beganBefore: false, facts) {
        note.insert(.isIdle)
      }
    }
    if machineState.database.isLastInQueue(session) { note.insert(.isLast) }
    var words: ContiguousArray<UInt64> = [row << WaiterNote.bitCount | UInt64(note.rawValue)]
    for blocker in blockers { words.append(UInt64(blocker)) }
    return Int32(blockerLists.number(of: words, words.indices))
  }

  /// What stands at the beginning of a list of those whom a session waits for, below a number for the row.
  private struct WaiterNote: OptionSet {
    static let bitCount: UInt64 = 6
    let rawValue: UInt8
    /// It is a row that is waited for.
    static let waitsForRow = WaiterNote(rawValue: 1)
    /// The waiter's place in the row's queue is open.
    static let isOpen = WaiterNote(rawValue: 2)
    /// The waiter holds something that others may wait for.
    static let holdsSomething = WaiterNote(rawValue: 4)
    /// The waiter holds nothing, and could have begun to wait later.
    static let isIdle = WaiterNote(rawValue: 8)
    /// Nobody stands behind the waiter in the row's queue.
    static let isLast = WaiterNote(rawValue: 16)
    /// The waiter holds nothing, and closes no cycle for others.
    static let isUnburdened = WaiterNote(rawValue: 32)
  }

  private func note(_ list: Int32) -> WaiterNote {
    WaiterNote(
      rawValue: UInt8(truncatingIfNeeded: blockerLists.word(UInt32(list), 0))
        & (1 << UInt8(WaiterNote.bitCount) - 1))
  }

  func blockerPlaces(_ list: Int32) -> Slice<UnsafeBufferPointer<UInt64>> {
    blockerLists.words(UInt32(list)).dropFirst()
  }

  /// A number for the row that is waited for; `nil` for other things.
  func waitedRow(_ list: Int32) -> UInt64? {
    note(list).contains(.waitsForRow)
      ? blockerLists.word(UInt32(list), 0) >> WaiterNote.bitCount : nil
  }

  func isOpen(_ list: Int32) -> Bool { note(list).contains(.isOpen) }
  func isIdle(_ list: Int32) -> Bool { note(list).contains(.isIdle) }
  func isUnburdened(_ list: Int32) -> Bool { note(list).contains(.isUnburdened) }
  func isLast(_ list: Int32) -> Bool { note(list).contains(.isLast) }
  func waiterHolds(_ list: Int32) -> Bool { note(list).contains(.holdsSomething) }

  // MARK: Watching

  /// Notes the rows that a session holds before its step.
  mutating func noteHeldRows(of session: Int, _ facts: WaitFacts) {
    heldRows.removeAll(keepingCapacity: true)
    guard facts.isUniform.contains(false) else { return }
    for lock in machineState.database.locks where Int(lock.session) == session {
      heldRows.append(Self.key(lock.table, lock.row))
    }
  }

  /// Looks at the rows that a session's step has asked for.
  func watchRequests(of session: Int, _ facts: WaitFacts) {
    guard facts.isUniform.contains(false), !lateWaits.isRefuted else { return }
    let database = machineState.database
    var asked: ContiguousArray<UInt64> = []
    func note(_ table: UInt16, _ row: Int32) {
      let key = Self.key(table, row)
      if !facts.isUniform[Int(table)], !heldRows.contains(key), !asked.contains(key) {
        asked.append(key)
      }
    }
    for lock in database.locks where Int(lock.session) == session { note(lock.table, lock.row) }
    let it = database.sessions[session]
    if it.wait == .row { note(it.waitTable, it.waitRow) }
    guard !asked.isEmpty else { return }
    let holdsMore =
      !heldRows.isEmpty || asked.count > 1
      || database.writes.contains { Int($0.session) == session }
      || database.objectLocks.contains { Int($0.session) == session }
      || database.locks.contains {
        Int($0.session) == session && !asked.contains(Self.key($0.table, $0.row))
      }
    if holdsMore { lateWaits.refute() }
  }

  static func key(_ table: UInt16, _ row: Int32) -> UInt64 {
    UInt64(table) << 32 | UInt64(UInt32(bitPattern: row))
  }

  /// Notes that a session has begun to wait for a row, and whether it could do so later.
  func noteWait(of session: Int, isLate: Bool) {
    let database = machineState.database
    let it = database.sessions[session]
    guard it.wait == .row else { return }
    if isLate {
      lateWaits.note(.late, table: it.waitTable)
      if it.isLockingSelect { lateWaits.note(.lateSelect, table: it.waitTable) }
      return
    }
    guard plain.machine.holdsSomething(session, in: machineState) else { return }
    lateWaits.note(.early, table: it.waitTable)
    if it.isolation != .readCommitted { lateWaits.note(.earlySnapshot, table: it.waitTable) }
  }
}
