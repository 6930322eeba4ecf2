/// Counts the complete schedules that a graph of states stands for.
///
/// The number of ways to a state is the sum of those to the states before it; the ways to states without
/// choices are the complete schedules. A graph in which packing exchanges identical sessions counts as the
/// plain one does, because a packed state lists a choice for every session:
///
///     plain      {a ready, b ready} ─a→ {a done, b ready} ─b→ …      2 ways
///                                   ─b→ {a ready, b done} ─a→ …
///     packed     {ready, ready}     ─a→ {done, ready}     ─b→ …      2 edges to one state: 2 ways
///                                   ─b→ {done, ready}
enum PathCounter {
  /// The number of ways from state 0 to states without edges.
  ///
  /// - Parameters:
  ///   - edges: The edges of all states.
  ///   - isAvoided: Ways through these states are not counted; empty for none.
  /// - Returns: `nil` if a way can come back to a state, so that schedules have no greatest length.
  static func count(
    _ edges: borrowing EdgeLog, avoiding isAvoided: ContiguousArray<Bool> = []
  ) -> BigNatural? {
    let states = edges.stateCount
    guard states > 0 else { return 0 }
    var incoming = ContiguousArray<UInt32>(repeating: 0, count: states)
    for position in 0..<edges.edges.count { incoming[edges.edges[position].target] += 1 }
    var ways = ContiguousArray<BigNatural>(repeating: 0, count: states)
    var ready: ContiguousArray<Int> = []
    var sum: BigNatural = 0
    var done = 0
    if incoming[0] == 0 { ready.append(0) }
    ways[0] = 1
    while let state = ready.popLast() {
      done += 1
      var number: BigNatural = 0
      swap(&number, &ways[state])
      if !isAvoided.isEmpty && isAvoided[state] { number = 0 }
      let range = edges.range(of: state)
      if range.isEmpty { sum += number }
      for position in range {
        let target = edges.edges[position].target
        ways[target] += number
        incoming[target] -= 1
        if incoming[target] == 0 { ready.append(target) }
      }
    }
    return done == states ? sum : nil
  }
}
