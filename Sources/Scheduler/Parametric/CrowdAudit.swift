package import SQL
package import Writers

/// Holds the states of a closed ``CrowdSearch`` against those of searches with given numbers of sessions: each of these
/// must be among them.
///
/// Rules play no part, so that models whose rules are broken are looked at as well.
package struct CrowdAudit: ~Copyable {
  private let model: Model
  private var search: CrowdSearch
  private var known: Set<CrowdSpace.State> = []
  /// Whether the search has closed; if it has not, there is nothing to hold against.
  package let isClosed: Bool

  /// The states up to the numbers of sessions.
  package var stateCount: Int { known.count }

  /// Searches.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package init(_ model: Model, cut: Int, limit: Int) throws(Diagnostic) {
    self.model = model
    let machine = Machine(model: model, options: MachineOptions())
    search = CrowdSearch(model: model, options: ExplorationOptions(), cut: cut, looksAtRules: false)
    guard
      machine.hasParts
    else {
      isClosed = false
      return
    }
    isClosed = try search.run(limit: limit) { _, _ in false } == .closed
    if isClosed { known = Set(search.states) }
  }

  /// Goes through the states with so many sessions of each kind.
  ///
  /// - Parameters:
  ///   - copies: How many.
  ///   - limit: The most states.
  /// - Returns: How many states there are, at most the limit and a few; and the shortest schedule to one that the closed
  ///   search does not know, if there is one.
  /// - Throws: What is wrong with the scenario's setup.
  package mutating func stray(
    copies: Int, limit: Int
  ) throws(Diagnostic) -> (states: Int, schedule: [Choice]?) {
    precondition(isClosed, "the search has not closed")
    var system = ModelSystem(model: model.with(copies: copies), options: MachineOptions())
    var words: ContiguousArray<UInt64> = []
    var order: ContiguousArray<Int> = []
    var choices: ContiguousArray<Choice> = []
    var seen: Set<Fingerprint> = []
    // Sessions are exchanged in packed states, so that a schedule is told by its choices' kinds alone.
    var waiting: [(words: ContiguousArray<UInt64>, path: [Choice])] = []
    var state = try system.initialState()
    system.pack(state, to: &words, order: &order)
    seen.insert(Fingerprint(words))
    waiting.append((words, []))
    var next = 0
    while next < waiting.count, waiting.count <= limit {
      let (source, path) = waiting[next]
      waiting[next].words = []
      next += 1
      source.withUnsafeBufferPointer { system.unpack($0, into: &state) }
      if !known.contains(search.abstract(state, &system)) { return (waiting.count, path) }
      choices.removeAll()
      system.appendDistinctChoices(in: state, to: &choices)
      var target = state
      for choice in choices {
        target.assign(from: state)
        _ = system.apply(choice, to: &target)
        system.pack(target, to: &words, order: &order)
        guard seen.insert(Fingerprint(words)).inserted else { continue }
        waiting.append((words, path + [choice]))
      }
    }
    return (waiting.count, nil)
  }
}
