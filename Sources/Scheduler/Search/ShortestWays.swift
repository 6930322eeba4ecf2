import SQL
import Writers

/// A way to a state that breaks a property, as choices of the model's own sessions.
struct FoundWay {
  var property: Int
  var schedule: [Choice]
  /// How often another session goes on; `nil` if not known to be the least.
  var switches: Int?
  /// No way has fewer steps.
  var isShortest: Bool
}

/// How long the ways are that a search looks for, and what is known of them.
struct WayLimit {
  var length = Int.max
  var owing = OpenWork.Owing.none
}

extension Search where System: ~Copyable {
  /// A shortest way for each property, as far as the search knows (``shortestPaths(to:)``); `nil` if for one of them none
  /// can be told (``schedule(along:groups:)``).
  mutating func ways(
    to properties: [Int], groups: [Int]
  ) throws(Diagnostic) -> [FoundWay]? {
    guard !properties.isEmpty else { return [] }
    var ways: [FoundWay] = []
    for (property, path) in zip(properties, try shortestPaths(to: properties)) {
      guard let schedule = try schedule(along: path, groups: groups) else { return nil }
      ways.append(
        FoundWay(
          property: property, schedule: schedule, switches: path.switches, isShortest: !isReduced))
    }
    return ways
  }
}

extension Search where System == ComponentSystem {
  /// A way to each property that is broken: a shortest one, unless that would take too many states.
  ///
  /// Where choices were left out, the shortest ways are looked for with none left out. What this search has found says
  /// how long they can be, and what is known of shortest ways leaves many states out (``OpenWorkFacts``); so a model may
  /// have many more sessions than the way.
  ///
  /// - Parameters:
  ///   - groups: For each session the number of its writer.
  ///   - plain: Makes a search with nothing left out, for some of the properties.
  /// - Returns: The ways; `nil` if one cannot be told.
  /// - Throws: What is wrong with the scenario's setup.
  mutating func shortestWays(
    groups: [Int], _ plain: (Set<Int>) -> Search
  ) throws(Diagnostic) -> [FoundWay]? {
    let broken = self.broken
    guard isReduced, !broken.isEmpty else { return try ways(to: broken, groups: groups) }
    let told = try ways(to: broken, groups: groups)
    var known = told ?? []
    var limit = WayLimit(length: 0, owing: owing)
    for index in known.indices where isAboutSomeState(known[index].property) {
      try shorten(&known[index])
      limit.length = max(limit.length, known[index].schedule.count)
    }
    var found: [FoundWay] = []
    let early = known.map(\.property).filter { isAboutSomeState($0) }
    for (properties, limit) in [
      (early, limit), (broken.filter { !early.contains($0) }, WayLimit()),
    ] where !properties.isEmpty {
      var search = plain(Set(properties))
      search.wayLimit = limit
      try search.run()
      guard let ways = try search.ways(to: search.broken, groups: groups) else { return nil }
      found += ways
    }
    // What was not met again is told as it was found.
    let rest = broken.filter { property in !found.contains { $0.property == property } }
    if told == nil && !rest.isEmpty { return nil }
    found += known.filter { rest.contains($0.property) }
    return found.sorted { $0.property < $1.property }
  }

  /// Whether a property is broken by a state of which it does not matter what comes after it.
  private func isAboutSomeState(_ property: Int) -> Bool {
    switch system.plain.properties[property] {
    case .invariant(let index): system.plain.machine.model.invariants[index].moment == .always
    case .builtIn(let property): property == .deadlock || property == .unhandledError
    }
  }

  /// Which open transactions owe a step on the ways to such states.
  private var owing: OpenWork.Owing {
    let model = system.plain.machine.model
    guard OpenWorkFacts(of: model.program, setup: model.setup).isUnnoticed else { return .none }
    let deadlock = system.plain.property(.deadlock)
    let hasNoCycles =
      isExhausted && model.allowances.deadlock.isEmpty && isChecked(deadlock)
      && firstDepths[deadlock] < 0
    return hasNoCycles ? .all : .goingOn
  }

  private func isChecked(_ property: Int) -> Bool { system.isChecked(property) }

  /// Leaves out what the way can do without.
  private mutating func shorten(_ way: inout FoundWay) throws(Diagnostic) {
    var shortener = ScheduleShortener(
      system: system.plain, initial: try system.plain.initialState(), property: way.property,
      isAboutEnd: false, stepsLimit: options.stepsLimit, attempts: 200)
    way.schedule = shortener.shorten(way.schedule)
  }
}

extension ExplorationOptions {
  /// The options of a search for shortest ways in which nothing is left out, after one that has met so many states.
  func forShortestWays(sessions: Int, after states: Int) -> ExplorationOptions {
    var options = self
    options.statesLimit = min(
      statesLimit, max(Self.plainStatesLimit(sessions: sessions), 4 * states))
    options.progress = nil
    // A search that is resumed at its end does this once more.
    options.checkpoint = nil
    options.resumption = nil
    options.finalStateObserver = nil
    return options
  }

  /// The least number of states in which the shortest way is looked for: fewer where states are large, and have many ways
  /// to go on.
  static func plainStatesLimit(sessions: Int) -> Int { 300_000 * 8 / max(8, sessions) }
}
