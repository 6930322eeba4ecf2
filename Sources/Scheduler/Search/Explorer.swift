package import SQL
package import Writers

/// Explores every interleaving of a model, and either proves its properties or finds the shortest
/// interleaving that breaks each.
///
///     var explorer = Explorer(model: model, options: options)
///     let exploration = try explorer.run()
///
/// The same model and options give the same result, byte for byte, unless a bound of time or memory is
/// hit or the caller interrupts.
package struct Explorer: ~Copyable {
  private let model: Model
  private let options: ExplorationOptions
  private var search: Search<ModelSystem>

  package init(model: Model, options: ExplorationOptions) {
    self.model = model
    self.options = options
    search = Search(
      system: ModelSystem(model: model, options: options.machine),
      sessionCount: model.sessions.count, options: options)
    search.system.finalStateObserver = options.finalStateObserver
  }

  /// Explores; once.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package mutating func run() throws(Diagnostic) -> Exploration {
    precondition(search.visited.count == 0, "an explorer runs once")
    var serialBound: Bound?
    if model.checksSerializable {
      let outcomes = try SerialOutcomes(
        machine: search.system.machine, statesLimit: options.statesLimit)
      search.system.serialOutcomes = outcomes
      if outcomes == nil { serialBound = .serialOrders }
    }
    try search.run()

    let broken = search.firstDepths.indices.filter { search.firstDepths[$0] >= 0 }
    let bound =
      search.bound ?? serialBound
      ?? (broken.isEmpty && search.finalStates == 0 && hasEndRules ? .noEnd : nil)
    let isProof = search.isExhausted && bound == nil
    var result = Exploration(
      verdict: !broken.isEmpty ? .violated : isProof ? .proved : .inconclusive)
    result.states = search.visited.count
    result.transitions = search.transitions
    result.depth = search.depth(of: max(0, search.visited.count - 1))
    result.finalStates = search.finalStates
    result.bound = bound?.rawValue
    result.memoryBytes = search.byteCount
    result.collisionProbability = Fingerprint.collisionProbability(states: result.states)
    result.counterexamples = try counterexamples(broken)
    if options.countsInterleavings && search.isExhausted { count(broken, &result) }
    sort(&result.counterexamples)
    return result
  }

  /// Whether something is only checked where a run ends.
  private var hasEndRules: Bool {
    model.checksSerializable || model.invariants.contains { $0.moment == .finally }
  }

  /// The choices of the model's own sessions that lead to a state of the search, the way it was met.
  package mutating func schedule(to state: Int) throws(Diagnostic) -> [Choice] {
    try search.schedule(
      along: search.linkedPath(to: state), groups: model.sessions.map(\.group))
  }

  private mutating func counterexamples(_ broken: [Int]) throws(Diagnostic) -> [Counterexample] {
    guard !broken.isEmpty else { return [] }
    let groups = model.sessions.map(\.group)
    let paths = try search.shortestPaths(to: broken)
    var found: [Counterexample] = []
    for (property, path) in zip(broken, paths) {
      var example = Counterexample(
        property: search.system.properties[property].name(in: model),
        schedule: try search.schedule(along: path, groups: groups))
      if property == search.system.endlessProperty {
        var run = EndlessRun(model: model, options: options.machine)
        example.schedule += try run.continuation(of: example.schedule)
      }
      example.switches = path.switches
      found.append(example)
    }
    return found
  }

  /// Fills in the numbers of interleavings; `result` has the counterexamples in the order of `broken`.
  private func count(_ broken: [Int], _ result: inout Exploration) {
    guard let all = PathCounter.count(search.log) else {
      result.interleavings = Exploration.infinitelyMany
      return
    }
    result.interleavings = all.description
    for (position, property) in broken.enumerated() {
      var isBroken = ContiguousArray(repeating: false, count: search.visited.count)
      for violation in search.violations where violation.property == property {
        isBroken[violation.state] = true
      }
      guard let spared = PathCounter.count(search.log, avoiding: isBroken) else { continue }
      result.counterexamples[position].violatingInterleavings = (all - spared).description
    }
  }

  /// Shortest first; the order of the properties decides between equals.
  private func sort(_ counterexamples: inout [Counterexample]) {
    let sorted = counterexamples.enumerated().sorted { left, right in
      let lengths = (left.element.schedule.count, right.element.schedule.count)
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.offset < right.offset
    }
    counterexamples = sorted.map(\.element)
  }
}
