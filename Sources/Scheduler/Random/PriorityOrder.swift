import Writers

/// Probabilistic concurrency testing: who goes next by random priorities that change at random points.
///
/// Every actor has a priority, drawn at the beginning of a run; the enabled actor of the highest goes next. At
/// `d - 1` steps, drawn from the `k` that a run is expected to have, the actor that would go next falls below
/// all others. A bug of depth `d` is one for which `d` steps must come in a certain order, whatever happens
/// else; with `n` actors, each run finds it with a chance of at least 1/(n·k^(d-1)).
///
/// An actor is a session with its steps (a deadlock's victim is one of them); for each session, what the
/// environment may do to it, by kind: its client dies, a wait of it times out, the database refuses it; and
/// the clock.
///
/// A run that has become much longer than expected goes on uniformly: a session that asks again and again for
/// what another has yet to do would keep all others from doing it.
///
/// Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, *A Randomized Scheduler with Probabilistic Guarantees
/// of Finding Bugs*, ASPLOS 2010.
struct PriorityOrder {
  let depth: Int
  /// The steps that a run is expected to have.
  let length: Int
  private let sessionCount: Int

  private var priorities: [UInt64]
  /// For each change point, the number of the step before which it lies; 0 once it is past.
  private var changePoints: [Int] = []

  /// All initial priorities are above those that actors fall to.
  private static let initial: UInt64 = 1 << 63

  init(depth: Int, length: Int, sessionCount: Int) {
    self.depth = depth
    self.length = max(1, length)
    self.sessionCount = sessionCount
    priorities = Array(repeating: 0, count: Self.actorCount(sessions: sessionCount))
  }

  /// The number that actors' numbers are below.
  static func actorCount(sessions: Int) -> Int { sessions * 6 + 1 }

  /// The actor who makes a choice.
  static func actor(of choice: Choice, sessions: Int) -> Int {
    let session = Int(choice.session)
    switch choice.kind {
    case .step, .victim: return session
    case .crash: return sessions + session
    case .refused: return sessions * 2 + session
    case .lockTimeout: return sessions * 3 + session
    case .statementTimeout: return sessions * 4 + session
    case .idleTimeout: return sessions * 5 + session
    case .clock: return sessions * 6
    }
  }

  /// The length from which on a run goes on uniformly.
  var patience: Int { length * 2 + 100 }

  /// Draws the priorities and change points of a run.
  mutating func begin(_ generator: inout SplitMix64) {
    for actor in priorities.indices { priorities[actor] = Self.initial | generator.next() >> 1 }
    changePoints.removeAll(keepingCapacity: true)
    for _ in 1..<max(depth, 1) { changePoints.append(1 + generator.below(length)) }
  }

  /// Which of the choices is made in a step, numbered from 1.
  mutating func pick(
    _ choices: ContiguousArray<Choice>, step: Int, _ generator: inout SplitMix64
  ) -> Int {
    if step > patience { return generator.below(choices.count) }
    for point in changePoints.indices where changePoints[point] == step {
      priorities[actor(choices[first(of: choices)])] = UInt64(point)
      changePoints[point] = 0
    }
    let best = first(of: choices)
    // A session has two where the database may choose for it, too.
    let mine = actor(choices[best])
    let count = choices.count { actor($0) == mine }
    guard count > 1 else { return best }
    var skip = generator.below(count)
    for (position, choice) in choices.enumerated() where actor(choice) == mine {
      if skip == 0 { return position }
      skip -= 1
    }
    return best
  }

  private func actor(_ choice: Choice) -> Int { Self.actor(of: choice, sessions: sessionCount) }

  private func first(of choices: ContiguousArray<Choice>) -> Int {
    var best = 0
    for position in choices.indices.dropFirst()
    where priorities[actor(choices[position])] > priorities[actor(choices[best])] {
      best = position
    }
    return best
  }
}
