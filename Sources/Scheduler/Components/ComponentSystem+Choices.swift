import Writers

/// What can happen next in a state.
extension ComponentSystem {
  func run(_ session: Int, in view: UInt32) -> Int {
    Int(views.word(view, 1 + session) >> 32)
  }

  mutating func appendChoices(in state: State, to choices: inout ContiguousArray<Choice>) {
    appendChoices(in: state, skipsTwins: false, to: &choices)
  }

  mutating func appendDistinctChoices(in state: State, to choices: inout ContiguousArray<Choice>) {
    appendChoices(in: state, skipsTwins: true, to: &choices)
  }

  func multiplicity(of choice: Choice) -> Int {
    choice.kind == .clock ? 1 : twinCounts[Int(choice.session)]
  }

  private mutating func appendChoices(
    in state: State, skipsTwins: Bool, to choices: inout ContiguousArray<Choice>
  ) {
    twinCounts.removeAll(keepingCapacity: true)
    var isAnyoneLeft = false
    for session in 0..<sessionCount {
      twinCounts.append(1)
      let part = state.parts[session]
      guard standing(part).contains(.isReady) else { continue }
      isAnyoneLeft = true
      if skipsTwins, isTwin(session, in: state) {
        var first = previous[session]
        while twinCounts[first] == 0 { first = previous[first] }
        twinCounts[first] += 1
        twinCounts[session] = 0
        continue
      }
      let mask = memo.choices(of: entry(of: session, in: state))
      guard mask != 0 else { continue }
      if mask == 1 {
        choices.append(Choice(.step, session: session))
      } else {
        append(mask, session, to: &choices)
      }
    }
    guard isAnyoneLeft, canMoveClock(state.view) else { return }
    // In a cycle that its last member closes nothing comes between.
    if let first = choices.first, first.kind == .victim, isDoomed(state) { return }
    choices.append(Choice(.clock))
  }

  /// Whether the session is like the one before it.
  func isTwin(_ session: Int, in state: State) -> Bool {
    let before = previous[session]
    return usesSymmetry && before >= 0 && state.parts[before] == state.parts[session]
      && run(session, in: state.view) != session
  }

  private func append(
    _ mask: UInt8, _ session: Int, to choices: inout ContiguousArray<Choice>
  ) {
    for kind in Self.kinds where mask >> kind.rawValue & 1 == 1 {
      choices.append(Choice(kind, session: session))
    }
  }

  /// In the order in which a machine lists them.
  static let kinds: [Choice.Kind] = [
    .step, .refused, .victim, .lockTimeout, .statementTimeout, .idleTimeout, .crash,
  ]

  private mutating func isDoomed(_ state: State) -> Bool {
    makeRoomForFacts(of: state.view)
    if facts[Int(state.view)].doomed < 0 {
      join(view: state.view, state.parts)
      choices.removeAll(keepingCapacity: true)
      plain.appendChoices(in: machineState, to: &choices)
      facts[Int(state.view)].doomed = choices.last?.kind != .clock ? 1 : 0
    }
    return facts[Int(state.view)].doomed == 1
  }

  /// The number of what is remembered of a session in a state.
  mutating func entry(of session: Int, in state: State) -> Int {
    let place = memoPlace(of: session, in: state)
    let part = state.parts[session]
    let last = lastEntries[session]
    if memo.isEntry(last, view: state.view, place: place, part: part) { return last }
    if let found = memo.entry(view: state.view, place: place, part: part) {
      lastEntries[session] = found
      return found
    }
    findChoices(in: state)
    guard let found = memo.entry(view: state.view, place: place, part: part) else {
      preconditionFailure("the choices of session \(session) were not found")
    }
    lastEntries[session] = found
    return found
  }

  /// Asks the machine for the choices of all sessions, and remembers them.
  private mutating func findChoices(in state: State) {
    join(view: state.view, state.parts)
    choices.removeAll(keepingCapacity: true)
    plain.appendChoices(in: machineState, to: &choices)
    masks.removeAll(keepingCapacity: true)
    for _ in 0..<sessionCount { masks.append(0) }
    for choice in choices where choice.kind != .clock {
      masks[Int(choice.session)] |= 1 << choice.kind.rawValue
    }
    for session in 0..<sessionCount {
      let place = memoPlace(of: session, in: state)
      let part = state.parts[session]
      guard memo.entry(view: state.view, place: place, part: part) == nil else { continue }
      memo.add(view: state.view, place: place, part: part, choices: masks[session])
    }
  }
}
