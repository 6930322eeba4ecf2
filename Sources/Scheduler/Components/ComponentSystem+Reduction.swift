import Writers

/// Choices that need not be explored.
extension ComponentSystem {
  /// A step that nobody can notice, now or later, and that is the only choice of its session (``QuietSteps``).
  mutating func quietChoice(in state: State) -> Choice? {
    guard quietSteps.isReady else { return nil }
    for session in 0..<sessionCount where isReady(state.parts[session]) {
      let place = run(session, in: state.view)
      guard let entry = memo.entry(view: state.view, place: place, part: state.parts[session])
      else { continue }
      if quietSteps.isQuiet(entry) { return Choice(.step, session: session) }
    }
    return nil
  }

  /// Leaves out, of the choices in a state, steps that only begin to wait and may do so later.
  ///
  /// A session's wait is put off as long as those whom it waits for, and those whom they wait for in turn,
  /// can go on: then there is no cycle of waits that it could be a member of, and its turn comes again when they
  /// have gone on.
  mutating func removeLateWaits(
    in state: State, from choices: inout ContiguousArray<Choice>
  ) {
    guard waitFacts != nil else { return }
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
      if choice.kind == .step, isLate(Int(choice.session), in: state),
        !leadsToCycle(Int(choice.session), in: state)
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
    var isCyclic = blockerLists.words(UInt32(list)).isEmpty
    let place = run(session, in: state.view)
    for blocker in blockerLists.words(UInt32(list)) {
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
    let words = ContiguousArray(blockers.map { UInt64($0) })
    return Int32(blockerLists.number(of: words, words.indices))
  }
}
