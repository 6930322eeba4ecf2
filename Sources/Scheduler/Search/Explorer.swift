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
  private var options: ExplorationOptions
  private var hasRun = false

  package init(model: Model, options: ExplorationOptions) {
    self.model = model
    self.options = options
  }

  /// Explores; once.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  package mutating func run() throws(Diagnostic) -> Exploration {
    precondition(!hasRun, "an explorer runs once")
    hasRun = true
    if model.isParametric {
      var explorer = ParametricExplorer(model: model, options: options)
      return try explorer.run()
    }
    if let result = try exploreApart() { return result }
    let plain = ModelSystem(model: model, options: options.machine)
    guard options.remembersSteps && plain.machine.hasParts else {
      var search = Search(
        system: plain, sessionCount: model.sessions.count, options: options)
      var serialBound: Bound?
      search.system.serialOutcomes = try serialOutcomes(plain.machine, &serialBound)
      search.system.finalStateObserver = options.finalStateObserver
      resume(&search)
      try search.run()
      return try result(of: &search, serialBound)
    }
    return try exploreParts(plain, delaysWaits: options.delaysWaits)
  }

  /// Explores sessions apart that can never notice each other; `nil` if that is not possible.
  private mutating func exploreApart() throws(Diagnostic) -> Exploration? {
    guard var decomposition = Decomposition(model: model, options: options) else { return nil }
    let startSeconds = options.monotonicSeconds?() ?? 0
    if let result = try decomposition.run() { return result }
    // The time that this has taken is gone.
    if let limit = options.timeoutSeconds, let clock = options.monotonicSeconds {
      options.timeoutSeconds = max(0, limit - (clock() - startSeconds))
    }
    return nil
  }

  /// Explores with states as numbers of their parts, and leaves out what need not be explored.
  ///
  /// If something is broken, the shortest ways to it are looked for with nothing left out.
  private func exploreParts(
    _ plain: ModelSystem, delaysWaits: Bool
  ) throws(Diagnostic) -> Exploration {
    let reduces = options.reduces && plain.endlessProperty == nil
    var serialBound: Bound?
    let outcomes = try serialOutcomes(plain.machine, &serialBound)
    var search = Search(
      system: ComponentSystem(
        model: model, options: options.machine, delaysWaits: reduces && delaysWaits,
        takesQuietSteps: reduces && options.takesQuietSteps),
      sessionCount: model.sessions.count, options: options, isReduced: reduces)
    search.system.serialOutcomes = outcomes
    search.system.finalStateObserver = options.finalStateObserver
    if delaysWaits == options.delaysWaits {
      resume(&search)
    } else {
      search.checkpointKey = Checkpoint.Key(model, options)
      search.system.lateWaits.refute()
    }
    try search.run()
    if delaysWaits, search.system.mustBeginAgain(mayLearn: false), search.bound == nil {
      return try exploreParts(plain, delaysWaits: false)
    }
    guard reduces else { return try result(of: &search, serialBound) }
    let plainOptions = options.forShortestWays(
      sessions: model.sessions.count, after: search.visited.count)
    let ways = try search.shortestWays(groups: groups) { wanted in
      var whole = Search(
        system: ComponentSystem(model: model, options: options.machine),
        sessionCount: model.sessions.count, options: plainOptions, wanted: wanted)
      whole.system.serialOutcomes = outcomes
      return whole
    }
    guard let ways else { return try exploreParts(plain, delaysWaits: false) }
    return try result(of: &search, serialBound, counterexamples(ways, plain.endlessProperty))
  }

  /// Has the search save checkpoints, and go on from one, as the options say.
  ///
  /// A checkpoint that is none of this search's leaves the search nothing to do but to say so.
  private func resume<System: TransitionSystem & ~Copyable>(_ search: inout Search<System>) {
    search.checkpointKey = Checkpoint.Key(model, options)
    guard let checkpoint = options.resumption else { return }
    if checkpoint.problem(for: model, options) != nil || !search.restore(from: checkpoint) {
      search.bound = .checkpoint
    }
  }

  /// What serial orders lead to, if that is asked; the bound is set if they are too many.
  private func serialOutcomes(
    _ machine: Machine, _ bound: inout Bound?
  ) throws(Diagnostic) -> SerialOutcomes? {
    guard model.checksSerializable else { return nil }
    let outcomes = try SerialOutcomes(machine: machine, statesLimit: options.statesLimit)
    if outcomes == nil { bound = .serialOrders }
    return outcomes
  }

  /// What a search has come to, with its own counterexamples unless others are given.
  private func result<System: TransitionSystem & ~Copyable>(
    of search: inout Search<System>, _ serialBound: Bound?,
    _ counterexamples: [Counterexample]? = nil
  ) throws(Diagnostic) -> Exploration {
    let broken = search.broken
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
    if let counterexamples {
      result.counterexamples = counterexamples
    } else {
      let ways = try search.ways(to: broken, groups: groups) ?? []
      result.counterexamples = try self.counterexamples(ways, search.system.endlessProperty)
    }
    if options.countsInterleavings && search.isExhausted { count(broken, search, &result) }
    Self.sort(&result.counterexamples)
    return result
  }

  /// Whether something is only checked where a run ends.
  private var hasEndRules: Bool {
    model.checksSerializable || model.invariants.contains { $0.moment == .finally }
  }

  /// For each session the number of its writer.
  private var groups: [Int] { model.sessions.map(\.group) }

  private func counterexamples(
    _ ways: [FoundWay], _ endlessProperty: Int?
  ) throws(Diagnostic) -> [Counterexample] {
    let properties = Property.all(of: model)
    var found: [Counterexample] = []
    for way in ways {
      var example = Counterexample(
        property: properties[way.property].name(in: model), schedule: way.schedule)
      if way.property == endlessProperty {
        var run = EndlessRun(model: model, options: options.machine)
        example.schedule += try run.continuation(of: example.schedule)
      }
      example.isShortest = way.isShortest
      example.switches = way.switches
      found.append(example)
    }
    return found
  }

  /// Fills in the numbers of interleavings; `result` has the counterexamples in the order of `broken`.
  private func count<System: TransitionSystem & ~Copyable>(
    _ broken: [Int], _ search: borrowing Search<System>, _ result: inout Exploration
  ) {
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
  static func sort(_ counterexamples: inout [Counterexample]) {
    let sorted = counterexamples.enumerated().sorted { left, right in
      let lengths = (left.element.schedule.count, right.element.schedule.count)
      return lengths.0 != lengths.1 ? lengths.0 < lengths.1 : left.offset < right.offset
    }
    counterexamples = sorted.map(\.element)
  }
}
