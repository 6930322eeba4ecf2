package import SQL
import Store
package import Writers

/// Finds what stands beside a counterexample: the nearest run that passes, what serial orders give, what stronger
/// levels do to the schedule, and which changes are a remedy.
///
///     var finder = EvidenceFinder(scenario: scenario, model: model, options: options)
///     finding.evidence = try finder.evidence(for: "everyone_seated", schedule, told: trace)
///
/// All of it is run, within bounds of states, and the same each time.
package struct EvidenceFinder {
  private let scenario: Scenario
  private let model: Model
  private let options: MachineOptions
  /// Whether changes are explored, which takes longest.
  private let verifiesFixes: Bool

  package init(
    scenario: Scenario, model: Model, options: MachineOptions, verifiesFixes: Bool = true
  ) {
    self.scenario = scenario
    self.model = model
    self.options = options
    self.verifiesFixes = verifiesFixes
  }

  /// The evidence beside a counterexample of a property.
  ///
  /// - Parameters:
  ///   - name: The property's name.
  ///   - schedule: The counterexample.
  ///   - trace: The same, told.
  /// - Returns: What could be decided within the bounds.
  /// - Throws: What is wrong with the scenario's setup.
  package func evidence(
    for name: String, _ schedule: [Choice], told trace: Trace
  ) throws(Diagnostic) -> Trace.Evidence {
    var evidence = Trace.Evidence()
    let properties = Property.all(of: model)
    guard let property = properties.firstIndex(where: { $0.name(in: model) == name }),
      !schedule.isEmpty
    else { return evidence }
    evidence.near = try near(schedule, trace)
    let sessions = involved(in: schedule)
    guard Self.isAboutData(properties[property]) else { return evidence }
    var orders = SerialOrders(model: model, options: options, property: property)
    evidence.serial = try orders.outcomes(of: sessions)
    // What is wrong in any order is no matter of isolation.
    if !evidence.serial.isEmpty, !evidence.serial.contains(where: { $0.holds == true }) {
      return evidence
    }
    let trial = LevelTrial(model: model, options: options, property: property)
    for level in model.levels(above: sessions) {
      evidence.levels.append(try trial.outcome(of: schedule, at: level, sessions: sessions))
    }
    if verifiesFixes { evidence.fixes = try fixes(name, sessions, evidence.levels, trace.finding) }
    return evidence
  }

  /// A bound of states for a model: with more than eight sessions fewer, because each state then has more choices, and each
  /// of them takes longer.
  static func limit(_ states: Int, for model: Model) -> Int {
    let sessions = max(8, model.sessions.count)
    return states * 64 / (sessions * sessions)
  }

  /// Deadlocks and waits without an end have nothing to do with levels, or with serial orders.
  private static func isAboutData(_ property: Property) -> Bool {
    switch property {
    case .invariant, .builtIn(.unhandledError): true
    case .builtIn: false
    }
  }

  /// The sessions that take a step, in the order in which they come first.
  private func involved(in schedule: [Choice]) -> [Int] {
    var sessions: [Int] = []
    for choice in schedule where choice.kind != .clock {
      if !sessions.contains(Int(choice.session)) { sessions.append(Int(choice.session)) }
    }
    return sessions.sorted()
  }

  private func near(_ schedule: [Choice], _ trace: Trace) throws(Diagnostic) -> Trace.Near? {
    guard var search = try NearestPassing(model: model, options: options),
      let (passing, shared) = try search.find(beside: schedule)
    else { return nil }
    var replayer = try Replayer(model: model, options: options)
    let initial = replayer.state
    let (steps, divergence) = replayer.replayAsFarAsPossible(passing)
    guard divergence == nil else { return nil }
    var teller = TraceTeller(scenario: scenario, model: model, options: options)
    let told = teller.tell(steps, from: initial)
    return NearTelling(
      counterexample: trace, schedule: schedule, passing: told, passingSchedule: passing,
      shared: shared
    ).near()
  }

  /// The locks that the advice names, and the weakest level that helps, with retries.
  private func fixes(
    _ name: String, _ sessions: [Int], _ levels: [Trace.Level], _ finding: Trace.Finding?
  ) throws(Diagnostic) -> [Trace.Fix] {
    let trial = FixTrial(model: model, options: options, property: name)
    var fixes: [Trace.Fix] = []
    let sites = finding?.lockSites ?? []
    let advised = finding?.advice.filter { $0.contains(" FOR UPDATE`") } ?? []
    if let first = advised.first {
      let title =
        sites.count == 1 ? first : "lock what is read: FOR UPDATE behind all of these SELECTs"
      if let fix = try trial.locks(sites, in: scenario, title: title), fix.holds {
        fixes.append(fix)
      }
    }
    for (level, outcome) in zip(model.levels(above: sessions), levels)
    where outcome.outcome != .broken {
      guard let fix = try trial.level(level, sessions: sessions), fix.holds else { continue }
      fixes.append(fix)
      break
    }
    return fixes
  }
}
