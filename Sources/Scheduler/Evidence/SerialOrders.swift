import SQL
import Writers

/// Runs the sessions of a counterexample one after the other, in each order, and asks whether the property holds.
///
/// Each runs to its end before the next begins; the clock may move at any point, nobody crashes. Sessions that took
/// no part in the counterexample take none here.
struct SerialOrders {
  /// The most sessions whose orders are tried.
  static let sessionsLimit = 4
  /// The most states that are looked at for one order, with up to eight sessions.
  static let statesLimit = 5_000

  private var system: ModelSystem
  private let limit: Int
  private let property: Int
  private let isSettled: ContiguousArray<Bool>

  init(model: Model, options: MachineOptions, property: Int) {
    system = ModelSystem(model: model, options: options)
    limit = EvidenceFinder.limit(Self.statesLimit, for: model)
    self.property = property
    isSettled = ContiguousArray((0..<system.propertyCount).map { $0 != property })
  }

  /// The outcomes, identical orders once; empty if there are too many, or one of them has too many states.
  mutating func outcomes(of sessions: [Int]) throws(Diagnostic) -> [Trace.SerialOrder] {
    guard (1...Self.sessionsLimit).contains(sessions.count) else { return [] }
    let all = system.machine.model.sessions
    var seen: Set<[Int]> = []
    var outcomes: [Trace.SerialOrder] = []
    for order in Self.permutations(of: sessions)
    where seen.insert(order.map { all[$0].group }).inserted {
      guard let (holds, isBroken) = try run(order) else { return [] }
      outcomes.append(
        Trace.SerialOrder(
          order: order.map { all[$0].name }, holds: holds && isBroken ? nil : !isBroken))
    }
    return outcomes
  }

  static func permutations(of items: [Int]) -> [[Int]] {
    if items.isEmpty { return [[]] }
    return items.indices.flatMap { index in
      var rest = items
      let item = rest.remove(at: index)
      return permutations(of: rest).map { [item] + $0 }
    }
  }

  /// Whether some run of this order holds to the property, and whether some breaks it.
  private mutating func run(_ order: [Int]) throws(Diagnostic) -> (holds: Bool, isBroken: Bool)? {
    var visited: Set<Fingerprint> = []
    var pending = [try system.initialState()]
    var words: ContiguousArray<UInt64> = []
    var places: ContiguousArray<Int> = []
    var result = (holds: false, isBroken: false)
    while let state = pending.popLast() {
      system.pack(state, to: &words, order: &places)
      guard visited.insert(Fingerprint(words)).inserted else { continue }
      if visited.count > limit { return nil }
      var choices: ContiguousArray<Choice> = []
      var broken: ContiguousArray<Int> = []
      system.appendChoices(in: state, to: &choices)
      _ = system.appendBroken(
        in: state, choices: choices, isChanged: true, isSettled: isSettled, to: &broken)
      if broken.contains(property) {
        result.isBroken = true
        continue
      }
      let next = moves(in: state, order, choices)
      if next.isEmpty { result.holds = true }
      for choice in next {
        var following = state
        _ = system.apply(choice, to: &following)
        pending.append(following)
      }
    }
    return result
  }

  /// The step of the session whose turn it is, and the clock's.
  private func moves(
    in state: MachineState, _ order: [Int], _ choices: ContiguousArray<Choice>
  ) -> [Choice] {
    let clock = choices.filter { $0.kind == .clock }
    let isAnyoneLeft = order.contains { state.controls[$0].status == .ready }
    guard isAnyoneLeft else { return [] }
    for session in order where state.controls[session].status == .ready {
      let own = choices.filter { $0.kind == .step && Int($0.session) == session }
      if !own.isEmpty || !clock.isEmpty { return Array(own + clock) }
      // It sleeps for longer than time lasts: the next one has its turn.
    }
    return []
  }
}
