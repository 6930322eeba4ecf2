import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// A run from which no end can be reached must not make `finally` rules vacuously true.
@Suite("Runs without an end")
struct EndlessTests {
  private static let job = """
    scenario "jobs"
    schema { CREATE TABLE job (id int PRIMARY KEY, done boolean NOT NULL); }
    data { INSERT INTO job VALUES (1, false); }
    """

  private static let poller = """
    writer poller {
      DECLARE v_done boolean;
      LOOP
        SELECT done INTO v_done FROM job WHERE id = 1;
        EXIT WHEN v_done;
      END LOOP;
    }
    """

  private static let importer = "writer importer { UPDATE job SET done = true WHERE id = 1; }"

  private static func model(_ parts: String...) throws -> Model {
    let text = ([job] + parts).joined(separator: "\n")
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    let scenario = try #require(result.scenario, "\(result.diagnostics.map(\.message))")
    return try #require(scenario.models.first)
  }

  private static func explore(
    _ model: Model, _ change: (inout ExplorationOptions) -> Void = { _ in }
  ) throws -> Exploration {
    var options = ExplorationOptions()
    change(&options)
    var explorer = Explorer(model: model, options: options)
    return try explorer.run()
  }

  @Test("a loop that nothing ends is a violation, and no proof of a rule about the end")
  func endless() throws {
    let model = try Self.model(
      Self.poller, "finally bad { SELECT 1 }", "expect violated endless")
    let exploration = try Self.explore(model)
    #expect(exploration.verdict == .violated)
    #expect(exploration.counterexamples.map(\.property) == ["endless"])
    // Into the loop, where v_done is no longer NULL, and once around.
    let step = Choice(.step, session: 0)
    #expect(exploration.counterexamples.first?.schedule == [step, step])
  }

  @Test("waiting for what another session is still going to do is no violation")
  func polling() throws {
    for counts in [false, true] {
      let model = try Self.model(Self.poller, Self.importer, "expect proved")
      let exploration = try Self.explore(model) { $0.countsInterleavings = counts }
      #expect(exploration.verdict == .proved)
      #expect(exploration.interleavings == (counts ? Exploration.infinitelyMany : nil))
    }
  }

  @Test("the importer's crash leaves the poller without an end; its own crash would be no way out")
  func crash() throws {
    let model = try Self.model(
      Self.poller, "writer importer { BEGIN; UPDATE job SET done = true WHERE id = 1; COMMIT; }",
      "faults { crash importer up to 1 crash poller up to 1 }", "expect violated endless")
    let exploration = try Self.explore(model)
    let example = try #require(exploration.counterexamples.first)
    #expect(example.property == "endless")
    #expect(
      example.schedule == [
        Choice(.step, session: 1), Choice(.crash, session: 1), Choice(.step, session: 0),
        Choice(.step, session: 0),
      ])
  }

  @Test("a loop of two that keep each other going is shown whole")
  func livelock() throws {
    let flip = { (name: String, from: String, to: String) in
      """
      writer \(name) {
        LOOP
          UPDATE job SET done = \(to) WHERE id = 1 AND done = \(from);
        END LOOP;
      }
      """
    }
    let model = try Self.model(
      flip("up", "false", "true"), flip("down", "true", "false"), "expect violated endless")
    let exploration = try Self.explore(model)
    let example = try #require(exploration.counterexamples.first)
    var replayer = try Replayer(model: model, options: MachineOptions())
    let initial = replayer.state
    let steps = try replayer.replay(example.schedule)
    let scenario = Scenario(
      path: "test.race", title: "", description: "", models: [model], timelines: [],
      sources: model.program.sources)
    var teller = TraceTeller(scenario: scenario, model: model, options: MachineOptions())
    _ = teller.tell(steps, from: initial)
    let finding = teller.finding("endless", in: steps, from: initial)
    #expect(finding.kind == .endless)
    #expect(finding.loop?.upperBound == steps.count)
    #expect(finding.anomaly == "endless loop" || finding.anomaly == "livelock")
    #expect(finding.explanation.contains("again and again"))
  }

  @Test("sessions that may go on for ever need not end, but the others must be able to")
  func allowed() throws {
    let model = try Self.model(
      Self.poller, Self.importer, "writer idle { LOOP PERFORM 1 FROM job; END LOOP; }",
      "allow endless in idle", "expect proved")
    #expect(try Self.explore(model).verdict == .proved)

    let stuck = try Self.model(
      Self.poller, "writer idle { LOOP PERFORM 1 FROM job; END LOOP; }",
      "allow endless in idle", "expect violated endless")
    #expect(try Self.explore(stuck).counterexamples.map(\.property) == ["endless"])
  }

  @Test("where no run ends, a rule about the end is not proved")
  func noEnd() throws {
    let model = try Self.model(
      Self.poller, "allow endless", "finally bad { SELECT 1 }", "expect inconclusive")
    let exploration = try Self.explore(model)
    #expect(exploration.verdict == .inconclusive)
    #expect(exploration.bound == "no run ends")
    let without = try Self.model(Self.poller, "allow endless", "expect proved")
    #expect(try Self.explore(without).verdict == .proved)
  }

  @Test("programs without loops log no edges")
  func costs() throws {
    let straight = try Self.model(Self.importer, "expect proved")
    #expect(!straight.canLoop)
    let system = ModelSystem(model: straight, options: MachineOptions())
    #expect(system.endlessProperty == nil)
    let looping = try Self.model(Self.poller, "expect violated endless")
    #expect(looping.canLoop)
  }

  @Test("`expect violated endless` without a loop is a mistake")
  func unchecked() throws {
    let text = [Self.job, Self.importer, "expect violated endless"].joined(separator: "\n")
    let result = ScenarioCompiler.compile(path: "test.race") { _ in Array(text.utf8) }
    #expect(result.diagnostics.contains { $0.message == "`endless` cannot be violated" })
  }

  @Test("ends are followed backwards along all edges but crashes")
  func reachability() {
    var log = EdgeLog(sessionCount: 1)
    let order: ContiguousArray<Int> = [0]
    // 0 → 1 → 2 (an end); 0 → 3 ⇄ 4; 4 crashes into 2.
    let edges: [[(Int, Choice.Kind)]] = [
      [(1, .step), (3, .step)], [(2, .step)], [], [(4, .step)], [(3, .step), (2, .crash)],
    ]
    for targets in edges {
      log.beginState()
      for (target, kind) in targets {
        log.append(target: target, choice: Choice(kind, session: 0), order: order)
      }
    }
    let reached = EndReachability.states(reaching: [false, false, true, false, false], in: log)
    #expect(reached == [true, true, true, false, false])
  }
}
