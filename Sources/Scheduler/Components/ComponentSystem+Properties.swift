import Writers

/// What is wrong with a state. What depends on the view alone is asked of the machine once for each.
extension ComponentSystem {
  mutating func appendBroken(
    in state: State, choices: ContiguousArray<Choice>, isChanged: Bool,
    isSettled: ContiguousArray<Bool>, to broken: inout ContiguousArray<Int>
  ) -> Bool {
    if isChanged { appendBrokenAlways(state, isSettled, &broken) }
    let prospects = Prospects(choices)
    let deadlock = plain.property(.deadlock)
    if prospects.isDeadlocked && !isSettled[deadlock] && hasUnexpectedDeadlock(state) {
      broken.append(deadlock)
    }
    if prospects.canStep || prospects.isDeadlocked { return false }
    join(view: state.view, state.parts)
    let stuck = plain.property(.stuck)
    if !prospects.canMoveClock && !isSettled[stuck] && plain.isStuck(machineState) {
      broken.append(stuck)
    }
    guard plain.machine.isFinal(machineState) else { return false }
    plain.finalStateObserver?(machineState, plain.machine)
    makeRoomForFacts(of: state.view)
    if facts[Int(state.view)].finally < 0 {
      facts[Int(state.view)].finally = list(plain.brokenFinally(in: machineState))
    }
    for property in brokenLists[Int(facts[Int(state.view)].finally)] where !isSettled[property] {
      broken.append(property)
    }
    if plain.breaksSerializable(machineState, isSettled) {
      broken.append(plain.property(.serializable))
    }
    return true
  }

  private mutating func appendBrokenAlways(
    _ state: State, _ isSettled: ContiguousArray<Bool>, _ broken: inout ContiguousArray<Int>
  ) {
    makeRoomForFacts(of: state.view)
    if facts[Int(state.view)].always < 0 {
      join(view: state.view, state.parts)
      facts[Int(state.view)].always = list(plain.brokenAlways(in: machineState))
    }
    let number = Int(facts[Int(state.view)].always)
    if number > 0 {
      for property in brokenLists[number] where !isSettled[property] { broken.append(property) }
    }
    let errors = plain.property(.unhandledError)
    guard !isSettled[errors] else { return }
    for part in state.parts where standing(part).contains(.hasUnhandledError) {
      broken.append(errors)
      return
    }
  }

  private mutating func hasUnexpectedDeadlock(_ state: State) -> Bool {
    makeRoomForFacts(of: state.view)
    if facts[Int(state.view)].deadlock < 0 {
      join(view: state.view, state.parts)
      facts[Int(state.view)].deadlock = plain.hasUnexpectedDeadlock(machineState) ? 1 : 0
    }
    return facts[Int(state.view)].deadlock == 1
  }

  /// The position of a list of properties in ``brokenLists``.
  private mutating func list(_ properties: [Int]) -> Int32 {
    if let position = brokenLists.firstIndex(of: properties) { return Int32(position) }
    brokenLists.append(properties)
    return Int32(brokenLists.count - 1)
  }

  mutating func isEnd(_ state: State, isFinal: Bool) -> Bool {
    if isFinal { return true }
    join(view: state.view, state.parts)
    return plain.isEnd(machineState, isFinal: isFinal)
  }
}
