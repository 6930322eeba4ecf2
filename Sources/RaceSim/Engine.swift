import Reports
import SQL
import Scheduler
import Store
import Writers

/// What the command asks of the modules below it: the one place that knows their calls.
///
/// Tests put answers of their own in place of ``live``.
struct Engine {
  /// A scenario file, read.
  struct Loaded {
    /// `nil` if the file has errors.
    var scenario: Scenario?
    var diagnostics: [Diagnostic]
    var sources: SourceMap
    /// Whether the file has no title, and so is meant to be included by others.
    var isLibrary: Bool
    /// Whether the file itself, not one that it includes, cannot be read.
    var isUnreadable = false
  }

  /// Which run to show.
  enum Schedule {
    /// A search has found it; it is told how it breaks the property.
    case counterexample(Counterexample)
    case choices([Choice])
    case timeline(Timeline)
    /// A run to the end in which the writers take turns.
    case sample
  }

  /// A run, told; `divergence` says why it goes no further than its schedule.
  struct Told {
    var trace: Trace
    var divergence: String?
    /// What was chosen in each step.
    var choices: [Choice] = []
  }

  /// Reads and compiles a file.
  var load: (_ path: String) -> Loaded
  /// Explores a model.
  var explore: @Sendable (Model, ExplorationOptions) throws(Diagnostic) -> Exploration
  /// Runs a schedule and tells it; with a property, also how the run breaks it.
  var tell:
    (Scenario, Model, MachineOptions, Schedule, _ property: String?) throws(Diagnostic) -> Told

  /// What stands beside a counterexample of a property, told; with `verifiesFixes`, changes are explored too.
  var evidence:
    (Scenario, Model, MachineOptions, [Choice], _ property: String, Trace, _ verifiesFixes: Bool)
      throws(Diagnostic) -> Trace.Evidence = { (_, _, _, _, _, _, _) throws(Diagnostic) in
        Trace.Evidence()
      }

  /// The bytes of a file, `nil` if it cannot be read.
  var bytes: (_ path: String) -> [UInt8]? = { _ in nil }

  /// A model of a file with explicit locks left out, by their numbers; `nil` if there is no such model.
  var withoutLocks: (_ path: String, _ model: String, _ locks: [Int]) -> Model? = { _, _, _ in nil }

  /// The real modules.
  static var live: Engine {
    Engine(
      load: { path in load(path) },
      explore: { (model, options) throws(Diagnostic) in
        if let random = options.random {
          return try RandomExplorer(
            model: model, options: options, random: random, parallel: ThreadTeam.run
          ).run()
        }
        var explorer = Explorer(model: model, options: options)
        return try explorer.run()
      },
      tell: { (scenario, model, options, schedule, property) throws(Diagnostic) in
        try tell(scenario, model, options, schedule, property)
      },
      evidence: {
        (scenario, model, options, schedule, property, trace, verifies) throws(Diagnostic) in
        let finder = EvidenceFinder(
          scenario: scenario, model: model, options: options, verifiesFixes: verifies)
        return try finder.evidence(for: property, schedule, told: trace)
      },
      bytes: { System.bytes(at: $0) },
      withoutLocks: { path, model, locks in
        let parsed = ScenarioReader.read(path: path) { System.bytes(at: $0) }
        guard parsed.isUsable else { return nil }
        return ScenarioCompiler.compile(parsed.value, model: model, withoutLocks: locks)
      })
  }

  private static func load(_ path: String) -> Loaded {
    guard let bytes = System.bytes(at: path) else {
      return Loaded(
        scenario: nil, diagnostics: [], sources: SourceMap(), isLibrary: false, isUnreadable: true)
    }
    if path.hasSuffix(".spec") {
      let spec = SpecCompiler.scenario(SourceFile(path: path, bytes: bytes))
      return Loaded(
        scenario: spec.scenario, diagnostics: spec.diagnostics, sources: spec.sources,
        isLibrary: false)
    }
    let parsed = ScenarioReader.read(path: path) { $0 == path ? bytes : System.bytes(at: $0) }
    let title = parsed.value.scenario.title
    let isLibrary = title.map { $0.span.file != 0 } ?? true
    var loaded = Loaded(
      scenario: nil, diagnostics: parsed.diagnostics, sources: parsed.value.sources,
      isLibrary: isLibrary)
    // A tree with gaps would only bring mistakes that are none.
    guard parsed.isUsable else { return loaded }
    let (scenario, diagnostics) = ScenarioCompiler.compile(parsed.value, path: path)
    loaded.scenario = scenario
    loaded.diagnostics += diagnostics
    return loaded
  }

  private static func tell(
    _ scenario: Scenario, _ model: Model, _ options: MachineOptions, _ schedule: Schedule,
    _ property: String?
  ) throws(Diagnostic) -> Told {
    var replayer = try Replayer(model: model, options: options)
    let initial = replayer.state
    var steps: [Replayer.Step] = []
    var divergence: String?
    do throws(Divergence) {
      switch schedule {
      case .counterexample(let example):
        for choice in example.schedule { steps.append(try replayer.take(choice)) }
      case .choices(let choices):
        for choice in choices { steps.append(try replayer.take(choice)) }
      case .timeline(let timeline):
        for entry in timeline.entries { steps += try replayer.replay(entry) }
      case .sample:
        try takeTurns(&replayer, &steps)
      }
    } catch {
      divergence = error.description
    }
    var teller = TraceTeller(scenario: scenario, model: model, options: options)
    var trace = teller.tell(steps, from: initial)
    if case .counterexample(let example) = schedule {
      teller.tellFinding(example.property, in: steps, from: initial, on: &trace)
      trace.finding?.isShortest = example.isShortest
    } else if let property {
      teller.tellFinding(property, in: steps, from: initial, on: &trace)
      trace.finding?.isShortest = false
    }
    return Told(trace: trace, divergence: divergence, choices: steps.map(\.choice))
  }

  /// Lets the sessions step one after the other, round and round, until none can.
  ///
  /// The clock moves when
  /// nobody else can, and a deadlock is ended when nothing else is left.
  private static func takeTurns(
    _ replayer: inout Replayer, _ steps: inout [Replayer.Step]
  ) throws(Divergence) {
    var last = -1
    while steps.count < 10_000 {
      let enabled = replayer.enabled()
      let moves = enabled.filter { $0.kind == .step }
      let next =
        moves.first { Int($0.session) > last } ?? moves.first
        ?? enabled.first { $0.kind == .clock } ?? enabled.first { $0.kind == .victim }
        ?? enabled.first { $0.kind.timeout != nil }
      guard let next else { return }
      if next.kind == .step { last = Int(next.session) }
      steps.append(try replayer.take(next))
    }
  }
}
