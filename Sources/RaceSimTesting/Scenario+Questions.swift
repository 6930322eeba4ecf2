import Reports
import SQL
import Scheduler
import Writers

extension Scenario {
  /// Explores every interleaving, and reports what there is to report.
  ///
  /// ``proven(in:options:)`` and ``violated(_:in:options:)`` are made of this; use it to look at
  /// counterexamples more closely.
  ///
  /// - Parameters:
  ///   - variant: The name of a variant; `nil` for the scenario as written.
  ///   - options: Bounds of the search.
  /// - Returns: The verdict, with the shortest counterexample to each rule that is broken.
  /// - Throws: A ``ScenarioError`` if there is no such variant or its data cannot be set up;
  ///   `CancellationError` if the task was cancelled.
  public func explore(
    in variant: String? = nil, options: SearchOptions = SearchOptions()
  ) async throws -> Exploration {
    try await search(try model(variant), options).exploration
  }

  /// Demands that every rule holds in every interleaving.
  ///
  /// - Parameters:
  ///   - variant: The name of a variant; `nil` for the scenario as written.
  ///   - options: Bounds of the search; one that is hit is a failure, as nothing is proved then.
  /// - Returns: What the proof rests on.
  /// - Throws: A ``RaceFailure`` with the shortest counterexample to each rule that does not hold.
  @discardableResult
  public func proven(
    in variant: String? = nil, options: SearchOptions = SearchOptions()
  ) async throws -> Exploration {
    let model = try model(variant)
    let exploration = try await search(model, options).exploration
    switch exploration.verdict {
    case .proved: return exploration
    case .violated:
      let names = exploration.counterexamples.map(\.property)
      throw RaceFailure(
        "\(place(model)): expected to be proved, but \(Self.list(names)) can be violated",
        exploration.counterexamples)
    case .inconclusive:
      throw RaceFailure(
        "\(place(model)): expected to be proved, but \(Self.undecided(exploration))")
    }
  }

  /// Demands that exactly these rules are broken, each in some interleaving.
  ///
  /// That keeps a known race known: the test fails when the race is gone, or when another one comes.
  ///
  /// - Parameters:
  ///   - properties: Names of invariants, or `deadlock`, `stuck`, `unhandled_error`, `serializable`; with
  ///     none, any rule may be the broken one.
  ///   - variant: The name of a variant; `nil` for the scenario as written.
  ///   - options: Bounds of the search.
  /// - Returns: The shortest counterexample to each rule, in the order of the names; shortest first, if
  ///   there are none.
  /// - Throws: A ``RaceFailure`` that says which rule holds, or shows the rule that nobody named.
  @discardableResult
  public func violated(
    _ properties: String..., in variant: String? = nil, options: SearchOptions = SearchOptions()
  ) async throws -> [Counterexample] {
    let model = try model(variant)
    let known = Property.checkedNames(in: model)
    if let unknown = properties.first(where: { !known.contains($0) }) {
      throw ScenarioError(
        description: "\(place(model)) has no rule `\(unknown)`: it has \(Self.list(known))")
    }
    let exploration = try await search(model, options).exploration
    let found = exploration.counterexamples
    let missing = properties.filter { name in !found.contains { $0.property == name } }
    if !missing.isEmpty || found.isEmpty {
      let wanted = missing.isEmpty ? "a violation" : "a violation of \(Self.list(missing))"
      let isDecided = exploration.bound == nil && !options.stopsAtFirst
      let instead =
        !isDecided && exploration.verdict != .proved
        ? Self.undecided(exploration)
        : "none of \(exploration.states) states is one"
      throw RaceFailure("\(place(model)): expected \(wanted), but \(instead)")
    }
    guard !properties.isEmpty else { return found }
    let unexpected = found.filter { !properties.contains($0.property) }
    guard unexpected.isEmpty else {
      let names = unexpected.map(\.property)
      throw RaceFailure(
        "\(place(model)): expected violations of \(Self.list(properties)) only, but "
          + "\(Self.list(names)) can be violated too", unexpected)
    }
    return properties.compactMap { name in found.first { $0.property == name } }
  }

  /// Demands that the scenario, each of its variants and each of its timelines comes out as its `expect`
  /// says: what `racesim check` does.
  ///
  /// - Parameter options: Bounds of each search.
  /// - Throws: A ``RaceFailure`` with all that comes out otherwise.
  public func asExpected(options: SearchOptions = SearchOptions()) async throws {
    var messages: [String] = []
    var unexpected: [Counterexample] = []
    for model in compiled.models {
      let (result, exploration) = try await search(model, options)
      let judgement = Judgement(result, expectation: model.expectation)
      guard judgement.status == .failed || judgement.status == .bounded else { continue }
      let broken = exploration.counterexamples.filter {
        judgement.unexpected.contains($0.property)
      }
      unexpected += broken
      let remarks = [
        judgement.remark,
        broken.isEmpty ? "" : "\(Self.list(broken.map(\.property))) can be violated",
        judgement.status == .bounded ? Self.undecided(exploration) : "",
      ]
      let texts = remarks.filter { !$0.isEmpty }
      messages.append("\(place(model)): \(texts.joined(separator: "; "))")
    }
    if let base = compiled.models.first {
      for timeline in compiled.timelines {
        let remark = try remark(timeline, base, options)
        guard !remark.isEmpty else { continue }
        messages.append("\(place(base)): the timeline \(timeline.name) \(remark)")
      }
    }
    guard messages.isEmpty else {
      throw RaceFailure(messages.joined(separator: "\n"), unexpected)
    }
  }

  // MARK: Searching

  private func search(
    _ model: Model, _ options: SearchOptions
  ) async throws -> (result: Scheduler.Exploration, exploration: Exploration) {
    let cancellation = Cancellation()
    let (result, counterexamples) = try await withTaskCancellationHandler {
      do throws(Diagnostic) {
        return try run(model, options) { cancellation.isRequested }
      } catch {
        throw ScenarioError(error, in: model)
      }
    } onCancel: {
      cancellation.request()
    }
    if cancellation.isRequested { throw CancellationError() }
    return (result, Exploration(result, counterexamples: counterexamples))
  }

  private func run(
    _ model: Model, _ options: SearchOptions, isCancelled: @escaping @Sendable () -> Bool
  ) throws(Diagnostic) -> (Scheduler.Exploration, [Counterexample]) {
    var explorer = Explorer(model: model, options: options.explorationOptions(isCancelled))
    let result = try explorer.run()
    var counterexamples: [Counterexample] = []
    let told = result.model(of: model)
    for example in result.counterexamples {
      counterexamples.append(try tell(example, of: told, options))
    }
    return (result, counterexamples)
  }

  private func tell(
    _ example: Scheduler.Counterexample, of model: Model, _ options: SearchOptions
  ) throws(Diagnostic) -> Counterexample {
    var replayer = try Replayer(model: model, options: options.machineOptions)
    let initial = replayer.state
    let (steps, divergence) = replayer.replayAsFarAsPossible(example.schedule)
    var teller = TraceTeller(scenario: compiled, model: model, options: options.machineOptions)
    var trace = teller.tell(steps, from: initial)
    teller.tellFinding(example.property, in: steps, from: initial, on: &trace)
    trace.finding?.isShortest = example.isShortest
    var style = Style()
    style.width = min(max(options.width, Style.widthMin), Style.widthMax)
    var text = TextTrace(trace, role: .failure, style: style).text()
    if let divergence {
      text += "\nthe replay stops early, which is a mistake in RaceSim: \(divergence.description)\n"
    }
    return Counterexample(trace, property: example.property, description: text)
  }

  /// What differs from a timeline's expectation; empty if nothing does.
  private func remark(
    _ timeline: Timeline, _ model: Model, _ options: SearchOptions
  ) throws -> String {
    do throws(Diagnostic) {
      // A timeline counts steps of rows.
      let machine = MachineOptions()
      var replayer = try Replayer(model: model, options: machine)
      let initial = replayer.state
      var steps: [Replayer.Step] = []
      do throws(Divergence) {
        for entry in timeline.entries { steps += try replayer.replay(entry) }
      } catch {
        return "cannot be followed: \(error.description)"
      }
      var teller = TraceTeller(scenario: compiled, model: model, options: machine)
      let trace = teller.tell(steps, from: initial)
      return TimelineJudgement(trace, expectation: timeline.expectation).remark
    } catch {
      throw ScenarioError(error, in: model)
    }
  }

  // MARK: Wording

  private func place(_ model: Model) -> String {
    model.name.isEmpty ? compiled.path : "\(compiled.path), variant \"\(model.name)\""
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

  private static func undecided(_ exploration: Exploration) -> String {
    guard let bound = exploration.bound else { return "the search was ended early" }
    return "the search ended at its bound (\(bound)) after \(exploration.states) states"
  }
}
