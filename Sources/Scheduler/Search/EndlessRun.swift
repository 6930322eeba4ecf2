import SQL
import Writers

/// Goes on from a state from which no end can be reached until the run has come round.
///
/// The steps to such a state say little: often there are none. What a reader wants to see is the loop:
///
///     … ──▶ state ── stem ──▶ ● ──┐
///                             ▲   │ cycle
///                             └───┘
///
/// A loop of one session that no other can let out is preferred, then one of all those sessions, then any.
struct EndlessRun {
  /// The most states that are looked at to find a loop.
  static let statesLimit = 5_000
  /// The most steps taken along edges to find the shortest.
  private static let effortLimit = 200_000

  private var machine: Machine
  private let allowed: Set<Int>
  private var recorder = Recorder(isOn: false)

  init(model: Model, options: MachineOptions) {
    var options = options
    // A session is to stay the session that it is.
    options.usesSymmetry = false
    machine = Machine(model: model, options: options)
    allowed = model.allowances.endless
  }

  /// The steps to append to a schedule that leads to an endless state: the last of them come round.
  mutating func continuation(of schedule: [Choice]) throws(Diagnostic) -> [Choice] {
    var state = try machine.initialState()
    for choice in schedule { machine.apply(choice, to: &state, recorder: &recorder) }
    let everybody = Set(state.controls.indices)
    let endless = sessionsThatNeverEnd(from: state)
    var best: [Choice]?
    for session in endless.sorted() {
      guard let found = loop(from: state, of: [session]) else { continue }
      if found.count < best?.count ?? .max { best = found }
    }
    return best ?? loop(from: state, of: endless) ?? loop(from: state, of: everybody) ?? []
  }

  /// The sessions that have ended in no state that can be reached; empty if there are too many to tell.
  private mutating func sessionsThatNeverEnd(from state: MachineState) -> Set<Int> {
    var sessions = Set(
      state.controls.indices.filter {
        state.controls[$0].status == .ready && !allowed.contains($0)
      })
    let graph = Graph(from: state, by: Set(state.controls.indices), &machine) { met in
      sessions = sessions.filter { met.controls[$0].status == .ready }
    }
    return graph.isComplete ? sessions : []
  }

  /// The shortest way into and around a loop of these sessions' steps.
  private mutating func loop(from state: MachineState, of sessions: Set<Int>) -> [Choice]? {
    guard !sessions.isEmpty else { return nil }
    let graph = Graph(from: state, by: sessions, &machine) { _ in }
    var effort = 0
    var best: (length: Int, stem: [Choice], cycle: [Choice])?
    for node in graph.nodes.indices {
      let depth = graph.nodes[node].depth
      if depth + 1 >= best?.length ?? .max || effort > Self.effortLimit { break }
      guard let cycle = graph.cycle(through: node, &effort) else { continue }
      if depth + cycle.count < best?.length ?? .max {
        best = (depth + cycle.count, graph.way(to: node), cycle)
      }
    }
    return best.map { $0.stem + $0.cycle }
  }

  /// The states that some sessions' steps lead to, in order of their distance.
  private struct Graph {
    struct Node {
      var depth: Int
      var parent: Int
      var choice: Choice
      var edges: [(choice: Choice, target: Int)] = []
    }

    var nodes: [Node] = []
    /// All states were looked at.
    var isComplete = true

    init(
      from initial: MachineState, by sessions: Set<Int>, _ machine: inout Machine,
      visit: (MachineState) -> Void
    ) {
      var numbers: [Fingerprint: Int] = [:]
      var states: [MachineState] = []
      var words: ContiguousArray<UInt64> = []
      var order: ContiguousArray<Int> = []
      var choices: ContiguousArray<Choice> = []
      var recorder = Recorder(isOn: false)
      func number(_ state: MachineState, _ source: Int, _ choice: Choice, _ machine: inout Machine)
        -> Int
      {
        machine.pack(state, to: &words, order: &order)
        let fingerprint = Fingerprint(words)
        if let known = numbers[fingerprint] { return known }
        numbers[fingerprint] = nodes.count
        let depth = nodes.isEmpty ? 0 : nodes[source].depth + 1
        nodes.append(Node(depth: depth, parent: source, choice: choice))
        states.append(state)
        return nodes.count - 1
      }
      _ = number(initial, 0, Choice(.clock), &machine)
      var source = 0
      while source < nodes.count {
        visit(states[source])
        choices.removeAll(keepingCapacity: true)
        machine.appendChoices(in: states[source], to: &choices)
        for choice in choices where choice.isSure {
          if choice.kind != .clock, !sessions.contains(Int(choice.session)) { continue }
          if nodes.count >= EndlessRun.statesLimit {
            isComplete = false
            return
          }
          var next = states[source]
          machine.apply(choice, to: &next, recorder: &recorder)
          nodes[source].edges.append((choice, number(next, source, choice, &machine)))
        }
        source += 1
      }
    }

    /// The choices that lead to a node.
    func way(to node: Int) -> [Choice] {
      var way: [Choice] = []
      var node = node
      while node != 0 {
        way.append(nodes[node].choice)
        node = nodes[node].parent
      }
      return way.reversed()
    }

    /// A shortest way from a node back to it.
    func cycle(through goal: Int, _ effort: inout Int) -> [Choice]? {
      var links: [Int: (source: Int, choice: Choice)] = [:]
      var pending = [goal]
      var position = 0
      while position < pending.count {
        let source = pending[position]
        position += 1
        for edge in nodes[source].edges {
          effort += 1
          guard links[edge.target] == nil else { continue }
          links[edge.target] = (source, edge.choice)
          if edge.target == goal { return cycle(to: goal, links) }
          pending.append(edge.target)
        }
        if effort > EndlessRun.effortLimit { return nil }
      }
      return nil
    }

    private func cycle(
      to goal: Int, _ links: [Int: (source: Int, choice: Choice)]
    ) -> [Choice] {
      var cycle: [Choice] = []
      var node = goal
      repeat {
        guard let link = links[node] else { break }
        cycle.append(link.choice)
        node = link.source
      } while node != goal
      return cycle.reversed()
    }
  }
}
