import SQL
import Writers

/// A way from the initial state, in terms of packed states.
struct Path {
  /// For each step, the state that it leads to.
  var states: ContiguousArray<Int> = []
  /// For each step, the choice; sessions are places in the packed order of the state it starts from.
  var choices: ContiguousArray<Choice> = []
  /// How often another session goes on; `nil` if not known to be the least.
  var switches: Int?
}

extension Search where System: ~Copyable {
  /// For each property, a shortest way to a state that breaks it, with the fewest switches between
  /// sessions among all of them; among those the first in the order of choices.
  ///
  /// A switch is a step by another session than the last session that stepped; the clock's steps do not
  /// count. Which session is "the same" is a matter of bookkeeping, because each packed state has its
  /// sessions in an order of its own.
  ///
  /// The edges of the levels above the deepest of the states are collected by going through them once
  /// more. If that could exceed the memory limit, or the time is up, the way that the search took is
  /// returned instead.
  mutating func shortestPaths(to properties: [Int]) throws(Diagnostic) -> [Path] {
    let deepest = properties.map { firstDepths[$0] }.max() ?? 0
    if options.countsInterleavings && isExhausted {
      return properties.map { fewestSwitches(to: $0, in: log) }
    }
    let estimate = levelTransitions[min(deepest, levelTransitions.count - 1)] * 10
    let isTooLarge = options.memoryLimitBytes.map { byteCount + estimate > $0 } ?? false
    // With choices left out there are other ways that the search does not know.
    if isReduced || isTooLarge || bound == .time || bound == .interrupted {
      return properties.map { linkedPath(to: firstState(breaking: $0)) }
    }
    let edges = try logEdges(above: deepest)
    return properties.map { fewestSwitches(to: $0, in: edges) }
  }

  private func firstState(breaking property: Int) -> Int {
    guard let violation = violations.first(where: { $0.property == property }) else {
      preconditionFailure("property \(property) is not broken")
    }
    return violation.state
  }

  /// The way that the search took.
  func linkedPath(to state: Int) -> Path {
    var path = Path()
    var state = state
    while state != 0 {
      path.states.append(state)
      path.choices.append(links[state].choice)
      state = links[state].parent
    }
    path.states.reverse()
    path.choices.reverse()
    return path
  }

  /// The edges from each level to the next, for the levels above a depth.
  ///
  /// States are met in the order in which the search met them, so that a state is new when its number is
  /// the next one.
  private mutating func logEdges(above depth: Int) throws(Diagnostic) -> EdgeLog {
    var edges = EdgeLog(sessionCount: log.sessionCount)
    var arena = StateArena()
    var current = try system.initialState()
    var next = current
    packWords(of: current)
    arena.append(words)
    var met = 1
    for source in 0..<level(depth).lowerBound {
      arena.takeFirst { system.unpack($0, into: &current) }
      choices.removeAll(keepingCapacity: true)
      system.appendChoices(in: current, to: &choices)
      edges.beginState()
      let below = level(self.depth(of: source) + 1)
      for choice in choices {
        system.assign(current, to: &next)
        _ = system.apply(choice, to: &next)
        packWords(of: next)
        guard let target = visited.index(of: Fingerprint(words)) else { continue }
        if target == met {
          arena.append(words)
          met += 1
        }
        if below.contains(target) { edges.append(target: target, choice: choice, order: order) }
      }
    }
    return edges
  }

  private mutating func packWords(ofOwn state: System.Own) {
    words.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    system.packOwn(state, to: &words, order: &order)
  }

  private mutating func packWords(of state: System.State) {
    words.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    system.pack(state, to: &words, order: &order)
  }

  private func fewestSwitches(to property: Int, in edges: borrowing EdgeLog) -> Path {
    let depth = firstDepths[property]
    let last = level(depth)
    var isTarget = ContiguousArray(repeating: false, count: last.count)
    for violation in violations where violation.property == property {
      if last.contains(violation.state) { isTarget[violation.state - last.lowerBound] = true }
    }
    var costs = SwitchCosts(edgeCount: edges.edges.count, lastLevel: last, isTarget: isTarget)
    for level in (0..<depth).reversed() {
      for source in self.level(level) {
        costs.fill(from: source, level: self.level(level + 1), in: edges)
      }
    }
    return costs.path(in: edges)
  }

  /// The way as choices of the model's own sessions, beginning at the initial state.
  ///
  /// The way is followed twice at once: from packed state to packed state as the search went, which tells
  /// where each session of the model stands at each step; and in the model's own state, which is never
  /// packed and unpacked. Both must lead to the states that the search met.
  ///
  /// Identical sessions are then renamed in the order in which they first act.
  ///
  /// - Returns: The schedule; `nil` if the way has sessions fail that have put their waits off, and no place is found
  ///   for these waits.
  mutating func schedule(along path: Path, groups: [Int]) throws(Diagnostic) -> [Choice]? {
    var own = try system.initialOwn()
    var packed = try system.initialState()
    packWords(ofOwn: own)
    words.withUnsafeBufferPointer { system.unpack($0, into: &packed) }
    var sessions = order
    var schedule: [Choice] = []
    var failures = LateFailures()
    // Steps that followed others in the search are steps of the schedule.
    let settlesQuietly = system.setSettling(false)
    defer { _ = system.setSettling(settlesQuietly) }
    for (target, choice) in zip(path.states, path.choices) {
      var next = Optional(choice)
      while let choice = next {
        var actual = choice
        if choice.kind != .clock { actual.session = UInt16(sessions[Int(choice.session)]) }
        if choice.kind == .victim, system.mayBeVictim(Int(choice.session), in: packed) {
          for place in system.failing(with: Int(choice.session), in: packed) {
            failures.append(at: schedule.count, of: sessions[place])
            schedule.append(Choice(.victim, session: sessions[place]))
          }
        } else {
          if failures.isEmpty { system.apply(actual, toOwn: &own) }
          schedule.append(actual)
        }
        _ = system.apply(choice, to: &packed)
        packWords(of: packed)
        sessions = ContiguousArray(order.map { sessions[$0] })
        words.withUnsafeBufferPointer { system.unpack($0, into: &packed) }
        for place in sessions.indices where system.mayBeVictim(place, in: packed) {
          failures.notePossible(after: schedule.count, of: sessions[place])
        }
        next = settlesQuietly ? system.quietChoice(in: packed) : nil
      }
      let wanted = visited.fingerprint(at: target)
      packWords(of: packed)
      precondition(
        Fingerprint(words) == wanted,
        "step \(schedule.count) leads to state \(Fingerprint(words)), the search found \(wanted)")
      // What a session might have done otherwise is nothing that the model's own state says.
      if !failures.isEmpty || system.hasLatecomers(in: packed) { continue }
      packWords(ofOwn: own)
      let found = Fingerprint(words)
      precondition(
        found == wanted,
        "step \(schedule.count) of a replay leads to state \(found), the search found \(wanted)")
    }
    if !failures.isEmpty { return try failures.placeWaits(in: schedule, &system) }
    let renamed = Self.renamed(schedule, groups: groups)
    guard renamed != schedule else { return schedule }
    var other = try system.initialOwn()
    for choice in renamed { system.apply(choice, toOwn: &other) }
    packWords(ofOwn: other)
    let isSame = path.states.last.map { visited.fingerprint(at: $0) == Fingerprint(words) } ?? true
    return isSame ? renamed : schedule
  }

  /// Exchanges identical sessions so that they first act in the order of their numbers.
  static func renamed(_ schedule: [Choice], groups: [Int]) -> [Choice] {
    var names = [Int](repeating: -1, count: groups.count)
    var isTaken = [Bool](repeating: false, count: groups.count)
    return schedule.map { choice in
      guard choice.kind != .clock else { return choice }
      let session = Int(choice.session)
      if names[session] < 0 {
        let free = groups.indices.first { groups[$0] == groups[session] && !isTaken[$0] }
        names[session] = free ?? session
        isTaken[names[session]] = true
      }
      return Choice(choice.kind, session: names[session])
    }
  }
}

/// For each edge, the fewest switches on any shortest way that begins with it and ends in one of the
/// wanted states, not counting one before the edge itself.
///
/// Filled from the last level upwards. The cost of a state depends on who acted last; it is not kept,
/// but read off the edges of the state: one more for each that another session makes.
private struct SwitchCosts {
  private var costs: ContiguousArray<UInt16>
  private let lastLevel: Range<Int>
  private let isTarget: ContiguousArray<Bool>

  private static let unreachable = UInt16.max
  /// Who acted last, before the first step.
  private static let nobody = -1

  init(edgeCount: Int, lastLevel: Range<Int>, isTarget: ContiguousArray<Bool>) {
    costs = ContiguousArray(repeating: Self.unreachable, count: edgeCount)
    self.lastLevel = lastLevel
    self.isTarget = isTarget
  }

  /// Fills in the edges of one state; those of the level below it must have been filled.
  mutating func fill(from source: Int, level: Range<Int>, in edges: borrowing EdgeLog) {
    for position in edges.range(of: source) {
      let edge = edges.edges[position]
      // A log of all edges has some that lead up or along, which no shortest way takes.
      guard level.contains(edge.target) else { continue }
      // Who acted last passes through a step of the clock, so its cost is found at each use.
      costs[position] =
        edge.choice.kind == .clock ? 0 : cost(from: edge.target, last: edge.place, in: edges)
    }
  }

  /// The fewest switches from a state on, if the session at that place acted last.
  private func cost(from state: Int, last: Int, in edges: borrowing EdgeLog) -> UInt16 {
    if lastLevel.contains(state) {
      return isTarget[state - lastLevel.lowerBound] ? 0 : Self.unreachable
    }
    var least = Self.unreachable
    for position in edges.range(of: state) {
      least = min(least, cost(of: position, last: last, in: edges))
    }
    return least
  }

  /// The same for the ways that begin with one edge.
  private func cost(
    of position: Int, last: Int, in edges: borrowing EdgeLog
  ) -> UInt16 {
    let edge = edges.edges[position]
    guard edge.choice.kind == .clock else {
      let rest = costs[position]
      let isSwitch = last != Self.nobody && last != Int(edge.choice.session)
      return isSwitch && rest != Self.unreachable ? rest + 1 : rest
    }
    guard costs[position] != Self.unreachable else { return Self.unreachable }
    let place = last == Self.nobody ? last : edges.place(of: last, after: position)
    return cost(from: edge.target, last: place, in: edges)
  }

  /// The first of the cheapest ways.
  func path(in edges: borrowing EdgeLog) -> Path {
    var path = Path()
    var state = 0
    var last = Self.nobody
    var budget = cost(from: 0, last: last, in: edges)
    precondition(budget != Self.unreachable, "no way leads to states \(lastLevel)")
    path.switches = Int(budget)
    while !lastLevel.contains(state) {
      let position = edges.range(of: state).first {
        cost(of: $0, last: last, in: edges) == budget
      }
      guard let position else { preconditionFailure("state \(state) has lost its way") }
      let edge = edges.edges[position]
      path.choices.append(edge.choice)
      path.states.append(edge.target)
      if edge.choice.kind == .clock {
        last = last == Self.nobody ? last : edges.place(of: last, after: position)
      } else {
        budget = costs[position]
        last = edge.place
      }
      state = edge.target
    }
    return path
  }
}
