extension DependencyGraph {
  /// A closed path: each edge's target is the next one's source.
  struct Cycle: Equatable {
    var edges: [Edge]

    var antiDependencies: Int { edges.count { $0.kind == .rw } }
    var hasPredicate: Bool { edges.contains { $0.isPredicate } }

    /// Whether two rw edges follow each other.
    var hasAdjacentAntiDependencies: Bool {
      guard edges.count > 1 else { return false }
      return edges.indices.contains {
        edges[$0].kind == .rw && edges[($0 + 1) % edges.count].kind == .rw
      }
    }

    var nodes: [Int] { edges.map(\.source) }
  }

  /// The strongly connected components with more than one node, by their first node (Tarjan).
  var components: [[Int]] {
    var finder = ComponentFinder(successors: successors)
    for node in nodes.indices where finder.index[node] == nil { finder.visit(node) }
    return finder.components.filter { $0.count > 1 }.map { $0.sorted() }
      .sorted { $0[0] < $1[0] }
  }

  private var successors: [[Int]] {
    var successors = [[Int]](repeating: [], count: nodes.count)
    for edge in edges where successors[edge.source].last != edge.target {
      successors[edge.source].append(edge.target)
    }
    return successors
  }

  /// The cycle that says most: through a row that matters if there is one, then with the fewest rw
  /// edges, then without predicate edges, then the shortest.
  ///
  /// - Parameter isRelevant: Whether an edge is about rows that the violation is about.
  /// - Returns: `nil` if there is no cycle.
  func bestCycle(where isRelevant: (Edge) -> Bool) -> Cycle? {
    let component = componentOfNode
    let inner = edges.filter {
      component[$0.source] != nil && component[$0.source] == component[$0.target]
    }
    let relevant = inner.filter(isRelevant)
    var leaving = [[Edge]](repeating: [], count: nodes.count)
    for edge in inner { leaving[edge.source].append(edge) }
    var best: (cost: Cost, cycle: Cycle)?
    for edge in relevant.isEmpty ? inner : relevant {
      guard let path = cheapestPath(from: edge.target, to: edge.source, over: leaving) else {
        continue
      }
      let cycle = Cycle(edges: [edge] + path)
      let cost = cycle.edges.reduce(Cost()) { $0.adding($1) }
      if let current = best?.cost, !(cost < current) { continue }
      best = (cost, cycle)
    }
    return best?.cycle
  }

  private var componentOfNode: [Int?] {
    var result = [Int?](repeating: nil, count: nodes.count)
    for (number, component) in components.enumerated() {
      for node in component { result[node] = number }
    }
    return result
  }

  private struct Cost: Comparable {
    var antiDependencies = 0
    var predicates = 0
    var length = 0

    func adding(_ edge: Edge) -> Cost {
      Cost(
        antiDependencies: antiDependencies + (edge.kind == .rw ? 1 : 0),
        predicates: predicates + (edge.isPredicate ? 1 : 0), length: length + 1)
    }

    static func < (left: Cost, right: Cost) -> Bool {
      (left.antiDependencies, left.predicates, left.length)
        < (right.antiDependencies, right.predicates, right.length)
    }
  }

  /// Dijkstra's algorithm; the first of equally good paths in the order of the edges.
  private func cheapestPath(from start: Int, to end: Int, over leaving: [[Edge]]) -> [Edge]? {
    var cost = [Cost?](repeating: nil, count: nodes.count)
    var last = [Edge?](repeating: nil, count: nodes.count)
    var isDone = [Bool](repeating: false, count: nodes.count)
    cost[start] = Cost()
    while true {
      var nearest: Int?
      for node in nodes.indices where !isDone[node] {
        guard let candidate = cost[node] else { continue }
        if let known = nearest.flatMap({ cost[$0] }), !(candidate < known) { continue }
        nearest = node
      }
      guard let node = nearest, let base = cost[node] else { return nil }
      if node == end { break }
      isDone[node] = true
      for edge in leaving[node] where !isDone[edge.target] {
        let next = base.adding(edge)
        if let known = cost[edge.target], !(next < known) { continue }
        cost[edge.target] = next
        last[edge.target] = edge
      }
    }
    var path: [Edge] = []
    var node = end
    while node != start, let edge = last[node] {
      path.append(edge)
      node = edge.source
    }
    return path.reversed()
  }

  /// Whether nothing but these nodes keeps the graph from being acyclic.
  func isAcyclic(without removed: Set<Int>) -> Bool {
    var rest = self
    rest.keepEdges { !removed.contains($0.source) && !removed.contains($0.target) }
    return rest.components.isEmpty
  }
}

/// Tarjan's algorithm, with a stack of its own instead of recursion.
private struct ComponentFinder {
  let successors: [[Int]]
  var index: [Int?]
  private(set) var components: [[Int]] = []
  private var low: [Int]
  private var isOnStack: [Bool]
  private var stack: [Int] = []
  private var counter = 0

  init(successors: [[Int]]) {
    self.successors = successors
    index = [Int?](repeating: nil, count: successors.count)
    low = [Int](repeating: 0, count: successors.count)
    isOnStack = [Bool](repeating: false, count: successors.count)
  }

  mutating func visit(_ root: Int) {
    var calls: [(node: Int, next: Int)] = []
    enter(root)
    calls.append((root, 0))
    while let (node, next) = calls.last {
      guard next < successors[node].count else {
        calls.removeLast()
        if let caller = calls.last?.node { low[caller] = min(low[caller], low[node]) }
        if low[node] == index[node] { close(node) }
        continue
      }
      calls[calls.count - 1].next += 1
      let successor = successors[node][next]
      if let known = index[successor] {
        if isOnStack[successor] { low[node] = min(low[node], known) }
      } else {
        enter(successor)
        calls.append((successor, 0))
      }
    }
  }

  private mutating func enter(_ node: Int) {
    index[node] = counter
    low[node] = counter
    counter += 1
    stack.append(node)
    isOnStack[node] = true
  }

  private mutating func close(_ root: Int) {
    var component: [Int] = []
    while let node = stack.popLast() {
      isOnStack[node] = false
      component.append(node)
      if node == root { break }
    }
    components.append(component)
  }
}
