import SQL
import Store
import Writers

/// What exploring some of a model's sessions alone has found.
struct PartFinding {
  /// A way to a state that breaks a property; sessions are those of the whole model.
  struct Way {
    var property: Int
    var schedule: [Choice]
    /// How many steps lead to the state; the schedule of an endless run goes on.
    var depth: Int
    var switches: Int?
    /// No way of the part's sessions has fewer steps.
    var isShortest: Bool
  }

  var states = 0
  var transitions = 0
  var depth = 0
  var finalStates = 0
  var memoryBytes = 0
  var bound: Bound?
  var isExhausted = false
  /// One for each property that is broken.
  var ways: [Way] = []
}

/// Explores some of a model's sessions alone.
struct PartSearch {
  enum Question {
    /// What the sessions notice and change, and no more.
    case footprint
    case properties
  }

  let model: Model
  /// Positions in the model's sessions, ascending.
  let sessions: [Int]
  /// What the sessions begin with.
  let data: DatabaseState
  var options: ExplorationOptions

  /// Explores.
  ///
  /// - Parameters:
  ///   - question: What to find out.
  ///   - footprint: Where to note what the sessions notice and change.
  /// - Returns: What was found.
  /// - Throws: What is wrong with the scenario's setup.
  func run(_ question: Question, into footprint: Footprint?) throws(Diagnostic) -> PartFinding {
    let asksProperties = question == .properties
    let part = model.restricted(to: sessions, keepsInvariants: asksProperties)
    var search = self.search(
      part, footprint, reduces: options.reduces, asksProperties: asksProperties,
      observer: asksProperties ? options.partObserver : nil)
    if let observer = options.partObserver, asksProperties {
      observer.begins(sessions, try search.system.plain.initialState(), search.system.plain.machine)
    }
    try search.run()
    if options.delaysWaits, search.system.mustBeginAgain(mayLearn: false), search.bound == nil {
      var again = self
      again.options.delaysWaits = false
      return try again.run(question, into: footprint)
    }
    var finding = PartFinding()
    finding.states = search.visited.count
    finding.transitions = search.transitions
    finding.depth = search.depth(of: max(0, search.visited.count - 1))
    finding.finalStates = search.finalStates
    finding.memoryBytes = search.byteCount
    finding.bound = search.bound
    finding.isExhausted = search.isExhausted
    if asksProperties {
      guard let ways = try ways(part, footprint, &search) else {
        var again = self
        again.options.delaysWaits = false
        return try again.run(question, into: footprint)
      }
      finding.ways = ways
    }
    footprint?.gather()
    return finding
  }

  /// The shortest way to a state in which nobody can go on; `nil` if none is found within the bounds.
  ///
  /// As for broken properties, it is the shortest of all only where that can be found in not too many states.
  ///
  /// - Throws: What is wrong with the scenario's setup.
  func shortestEnd() throws(Diagnostic) -> PartFinding.Way? {
    let part = model.restricted(to: sessions, keepsInvariants: false)
    var options = options
    options.progress = nil
    options.statesLimit = min(
      options.statesLimit, ExplorationOptions.plainStatesLimit(sessions: sessions.count))
    var plain = search(part, nil, reduces: false, asksProperties: false, options: options)
    if let way = try firstEnd(part, &plain) { return way }
    var reduced = search(part, nil, reduces: self.options.reduces, asksProperties: false)
    return try firstEnd(part, &reduced)
  }

  private func firstEnd(
    _ part: Model, _ search: inout Search<ComponentSystem>
  ) throws(Diagnostic) -> PartFinding.Way? {
    search.stopsAtFirstEnd = true
    try search.run()
    guard let first = search.firstFinalStates.first else { return nil }
    // No property is asked for, so that the first one's place is free.
    search.firstDepths[0] = search.depth(of: first)
    search.violations = ContiguousArray(
      search.firstFinalStates.map { Search.Violation(property: 0, state: $0) })
    return try search.ways(to: [0], groups: part.sessions.map(\.group))?.first.map(way)
  }

  private func search(
    _ part: Model, _ footprint: Footprint?, reduces: Bool, asksProperties: Bool,
    options: ExplorationOptions? = nil, observer: PartObserver? = nil, wanted: Set<Int>? = nil
  ) -> Search<ComponentSystem> {
    var options = options ?? self.options
    if let observer {
      options.finalStateObserver = { [sessions] in observer.ends(sessions, $0, $1) }
    }
    var system = ComponentSystem(
      model: part, options: options.machine, delaysWaits: reduces && options.delaysWaits,
      takesQuietSteps: reduces && options.takesQuietSteps)
    system.footprint = footprint
    var data = data
    data.footprint = footprint
    system.plain.machine.begin(with: data)
    system.checksProperties = asksProperties
    system.finalStateObserver = options.finalStateObserver
    let isReduced = reduces && system.endlessProperty == nil
    return Search(
      system: system, sessionCount: sessions.count, options: options, isReduced: isReduced,
      wanted: wanted)
  }

  /// A way to each property that is broken; `nil` if one cannot be told (``Search/schedule(along:groups:)``).
  private func ways(
    _ part: Model, _ footprint: Footprint?, _ search: inout Search<ComponentSystem>
  ) throws(Diagnostic) -> [PartFinding.Way]? {
    let options = options.forShortestWays(sessions: sessions.count, after: search.visited.count)
    let found = try search.shortestWays(groups: part.sessions.map(\.group)) { wanted in
      self.search(
        part, footprint, reduces: false, asksProperties: true, options: options, wanted: wanted)
    }
    guard let found else { return nil }
    var ways = found.map(way)
    for index in ways.indices where ways[index].property == search.system.endlessProperty {
      var run = EndlessRun(model: part, options: self.options.machine)
      ways[index].schedule += try run.continuation(of: found[index].schedule).map {
        renamed($0, by: session)
      }
    }
    return ways
  }

  private func way(_ found: FoundWay) -> PartFinding.Way {
    PartFinding.Way(
      property: found.property, schedule: found.schedule.map { renamed($0, by: session) },
      depth: found.schedule.count, switches: found.switches, isShortest: found.isShortest)
  }

  private func session(at place: Int) -> Int { sessions[place] }

  private func renamed(_ choice: Choice, by name: (Int) -> Int) -> Choice {
    choice.kind == .clock ? choice : Choice(choice.kind, session: name(Int(choice.session)))
  }
}
