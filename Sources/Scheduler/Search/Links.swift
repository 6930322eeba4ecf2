import Writers

/// How a state was first met: from which state and by which choice, in 8 bytes.
///
///     63              32 31  29 28      16 15            0
///     [ parent's number ] [kind] [ session ] [ is changed ]
///
/// The session is a place in the *parent's packed* order, because the search goes on from packed states.
struct ParentLink: BitwiseCopyable {
  var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  init(parent: Int, choice: Choice, isChanged: Bool) {
    bits = UInt64(parent) << 32 | PackedChoice.bits(choice) << 16 | (isChanged ? 1 : 0)
  }

  var parent: Int { Int(bits >> 32) }
  var choice: Choice { PackedChoice.choice(bits >> 16) }
  var isChanged: Bool { bits & 1 == 1 }
}

/// A step between two states, in 8 bytes.
///
///     63              32 31  29 28      16 15  14 13       0
///     [ target's number ] [kind] [ session ] [flag] [ place ]
///
/// The place is where the session that acted stands in the *target's* packed order. A step that no
/// session makes (the clock's) has no such place; if it puts the sessions into another order, the flag is
/// set and ``EdgeLog`` keeps the order apart.
struct Edge: BitwiseCopyable {
  var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  init(target: Int, choice: Choice, place: Int, isPermuted: Bool) {
    bits =
      UInt64(target) << 32 | PackedChoice.bits(choice) << 16 | (isPermuted ? 1 << 14 : 0)
      | UInt64(place)
  }

  var target: Int { Int(bits >> 32) }
  var choice: Choice { PackedChoice.choice(bits >> 16) }
  var place: Int { Int(bits & 0x3FFF) }
  var isPermuted: Bool { bits >> 14 & 1 == 1 }
}

/// A choice in 16 bits.
private enum PackedChoice {
  static func bits(_ choice: Choice) -> UInt64 {
    precondition(choice.session < 1 << 13, "session \(choice.session) does not fit into 13 bits")
    return UInt64(choice.kind.rawValue) << 13 | UInt64(choice.session)
  }

  static func choice(_ bits: UInt64) -> Choice {
    guard let kind = Choice.Kind(rawValue: UInt8(bits >> 13 & 7)) else {
      preconditionFailure("\(bits) is no packed choice")
    }
    return Choice(kind, session: Int(bits & 0x1FFF))
  }
}

/// All steps out of the states that have been expanded, state by state in the order of their numbers.
///
/// Kept only where it is needed: to count interleavings, to show that an end can be reached, and to choose
/// among shortest counterexamples.
struct EdgeLog: ~Copyable {
  private(set) var edges = ChunkedStorage<Edge>()
  /// For each state, where its edges begin.
  private var starts = ChunkedStorage<Int>()
  /// The edges that put the sessions into another order, ascending, and the orders one after the other.
  private var permutedEdges: ContiguousArray<Int> = []
  private var orders: ContiguousArray<UInt16> = []
  let sessionCount: Int

  init(sessionCount: Int) { self.sessionCount = sessionCount }

  var stateCount: Int { starts.count }
  var byteCount: Int { edges.byteCount + starts.byteCount + orders.count * 2 }

  /// The edges that follow belong to the next state.
  mutating func beginState() { starts.append(edges.count) }

  /// Adds an edge of the state that was begun last.
  ///
  /// `order` gives for each place in the target's packed order the session's place in the source's.
  mutating func append(target: Int, choice: Choice, order: ContiguousArray<Int>) {
    guard choice.kind == .clock else {
      let place = order.firstIndex(of: Int(choice.session)) ?? Int(choice.session)
      edges.append(Edge(target: target, choice: choice, place: place, isPermuted: false))
      return
    }
    var isPermuted = false
    for (place, session) in order.enumerated() where place != session { isPermuted = true }
    if isPermuted {
      permutedEdges.append(edges.count)
      for session in order { orders.append(UInt16(session)) }
    }
    edges.append(Edge(target: target, choice: choice, place: 0, isPermuted: isPermuted))
  }

  /// The edges before one that put the sessions into another order, and the orders.
  func permutations(
    before edge: Int
  ) -> (edges: ContiguousArray<Int>.SubSequence, orders: ContiguousArray<UInt16>.SubSequence) {
    let count = permutedEdges.firstIndex { $0 >= edge } ?? permutedEdges.count
    return (permutedEdges[..<count], orders[..<(count * sessionCount)])
  }

  /// Takes over what an earlier log held.
  mutating func restore(
    starts: [Int], edges: [Edge], permutedEdges: [Int], orders: [UInt16]
  ) {
    for start in starts { self.starts.append(start) }
    for edge in edges { self.edges.append(edge) }
    self.permutedEdges = ContiguousArray(permutedEdges)
    self.orders = ContiguousArray(orders)
  }

  /// The positions of a state's edges; empty for one that was not expanded.
  func range(of state: Int) -> Range<Int> {
    guard state < starts.count else { return edges.count..<edges.count }
    return starts[state]..<(state + 1 < starts.count ? starts[state + 1] : edges.count)
  }

  /// Where a session stands after a step that no session makes.
  func place(of session: Int, after edge: Int) -> Int {
    guard edges[edge].isPermuted else { return session }
    var low = 0
    var high = permutedEdges.count
    while low < high {
      let middle = (low + high) / 2
      if permutedEdges[middle] < edge { low = middle + 1 } else { high = middle }
    }
    let start = low * sessionCount
    for place in 0..<sessionCount where Int(orders[start + place]) == session { return place }
    return session
  }
}
