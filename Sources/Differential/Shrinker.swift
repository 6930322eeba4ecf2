import RandomCases

/// Makes a case smaller as long as it differs in the same way.
package struct Shrinker {
  private var judge: Judge
  private let signature: String
  /// How many smaller cases may be run.
  package var attemptsLimit = 1500
  private var attempts = 0

  package init(_ judge: Judge, signature: String) {
    self.judge = judge
    self.signature = signature
    self.judge.patience = [1]
  }

  /// - Returns: The smallest case that was found, with one order.
  package mutating func shrink(
    _ it: DifferentialCase, isOver: () -> Bool = { false }
  ) -> DifferentialCase {
    var best = it
    var stage = 0
    while stage < Self.stages.count {
      // Whatever has become smaller may make larger parts superfluous.
      stage = run(Self.stages[stage], &best, isOver) && stage > 0 ? 0 : stage + 1
    }
    return best
  }

  /// - Returns: Whether the case has become smaller.
  private mutating func run(
    _ stage: (DifferentialCase) -> [DifferentialCase], _ best: inout DifferentialCase,
    _ isOver: () -> Bool
  ) -> Bool {
    var hasChanged = false
    var position = 0
    var candidates = stage(best)
    while position < candidates.count, attempts < attemptsLimit, !isOver() {
      guard differs(candidates[position]) else {
        position += 1
        continue
      }
      best = candidates[position]
      candidates = stage(best)
      hasChanged = true
    }
    return hasChanged
  }

  private mutating func differs(_ candidate: DifferentialCase) -> Bool {
    guard let order = candidate.orders.first, !candidate.sessions.isEmpty else { return false }
    guard let compiled = Judge.compile(candidate).compiled else { return false }
    attempts += 1
    guard case .differs(let difference, let ours, _) = judge.judge(compiled, order: order) else {
      return false
    }
    return difference.signature == signature && (ours.problem == nil || difference.kind == .setup)
  }

  // MARK: Smaller cases

  /// The coarse ones first, for there is less to try.
  private static var stages: [(DifferentialCase) -> [DifferentialCase]] {
    [withoutTail, withoutSessions, withoutRelations, withoutSteps, withoutPairs, withSmallerPieces]
  }

  /// Without what comes last, most first.
  private static func withoutTail(_ it: DifferentialCase) -> [DifferentialCase] {
    let order = it.orders.first ?? []
    return (1..<max(order.count, 1)).map { without(Array(order[$0...]), it) }
  }

  private static func withoutSessions(_ it: DifferentialCase) -> [DifferentialCase] {
    it.sessions.indices.map { index in
      var copy = it
      let names = Set(copy.sessions.remove(at: index).steps.map(\.name))
      copy.orders = copy.orders.map { $0.filter { !names.contains($0) } }
      return copy
    }
  }

  private static func withoutRelations(_ it: DifferentialCase) -> [DifferentialCase] {
    it.relations.indices.map { index in
      var copy = it
      copy.relations.remove(at: index)
      return copy
    }
  }

  private static func without(_ names: [String], _ it: DifferentialCase) -> DifferentialCase {
    var copy = it
    for session in copy.sessions.indices {
      copy.sessions[session].steps.removeAll { names.contains($0.name) }
    }
    copy.sessions.removeAll(where: \.steps.isEmpty)
    copy.orders = copy.orders.map { $0.filter { !names.contains($0) } }
    return copy
  }

  private static func withoutSteps(_ it: DifferentialCase) -> [DifferentialCase] {
    (it.orders.first ?? []).reversed().map { without([$0], it) }
  }

  private static func withoutPairs(_ it: DifferentialCase) -> [DifferentialCase] {
    it.sessions.flatMap { session in
      session.steps.indices.flatMap { first in
        session.steps.indices.filter { $0 > first }.map { second in
          without([session.steps[first].name, session.steps[second].name], it)
        }
      }
    }
  }

  private static func withSmallerPieces(_ it: DifferentialCase) -> [DifferentialCase] {
    var smaller: [DifferentialCase] = []
    for session in it.sessions.indices {
      for setup in it.sessions[session].setup.indices.map({ it.sessions[session].setup.without($0) }
      )
        + Piece.reduced(it.sessions[session].setup)
      {
        var copy = it
        copy.sessions[session].setup = setup
        smaller.append(copy)
      }
      for step in it.sessions[session].steps.indices {
        for piece in it.sessions[session].steps[step].sql.reductions {
          var copy = it
          copy.sessions[session].steps[step].sql = piece
          smaller.append(copy)
        }
      }
    }
    for relation in it.relations.indices {
      for definitions in Piece.reduced(it.relations[relation].definitions) {
        var copy = it
        copy.relations[relation].definitions = definitions
        smaller.append(copy)
      }
      guard let data = it.relations[relation].data else { continue }
      for piece in [.sequence([])] + data.reductions {
        var copy = it
        copy.relations[relation].data = piece
        smaller.append(copy)
      }
    }
    return smaller
  }
}
