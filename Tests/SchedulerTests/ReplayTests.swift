import SQL
import Testing
import Writers

@testable import Scheduler

@Suite("Replay")
struct ReplayTests {
  private static let text = """
    scenario "seats"
    schema { CREATE TABLE seat (id int PRIMARY KEY, holder text); }
    data { INSERT INTO seat VALUES (1, NULL), (2, NULL); }
    clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'
    writer alice {
      BEGIN;
      UPDATE seat SET holder = 'alice' WHERE id = 1;
      UPDATE seat SET holder = 'alice' WHERE id = 2;
      COMMIT;
    }
    writer bob {
      BEGIN;
      UPDATE seat SET holder = 'bob' WHERE id = 2;
      UPDATE seat SET holder = 'bob' WHERE id = 1;
      COMMIT;
    }
    writer guest times 2 { UPDATE seat SET holder = 'guest' WHERE id = 2; }
    faults { crash bob up to 1 }
    allow deadlock
    allow unhandled error deadlock_detected
    expect proved
    timeline polite { at '0s' alice; at '1s' clock '2025-01-01 00:01:00'; at '2s' bob; }
    """

  private static func scenario() throws -> Scenario {
    let bytes = Array(text.utf8)
    let result = ScenarioCompiler.compile(path: "seats.race") { $0 == "seats.race" ? bytes : nil }
    #expect(result.diagnostics.map(\.message) == [])
    return try #require(result.scenario)
  }

  /// What is said about a schedule of names that does not fit.
  private static func divergence(_ names: String) throws -> String {
    let model = try #require(try scenario().models.first)
    var replayer = try Replayer(model: model, options: MachineOptions())
    let schedule = try NamedStep.choices(names, in: model)
    return replayer.replayAsFarAsPossible(schedule).divergence?.description ?? "fits"
  }

  @Test(
    "says which step does not fit, and why",
    arguments: [
      ("alice bob", "fits"),
      ("alice alice alice", "fits"),
      (
        "alice bob alice bob alice",
        "step 5 says `alice`, but alice is waiting for bob on seat(2), in a deadlock "
          + "(`alice!v` makes it the victim)"
      ),
      ("alice guest#1 guest#1 guest#1", "step 4 says `guest#1`, but guest#1 has ended"),
      (
        "bob alice guest#1 guest#1",
        "step 4 says `guest#1`, but guest#1 is waiting for bob on seat(2)"
      ),
      ("clock clock", "step 2 says `clock`, but the clock is at its last instant"),
      ("alice alice!v", "step 2 says `alice!v`, but alice is in no deadlock"),
      ("alice alice!x", "step 2 says `alice!x`, but the scenario has no fault that crashes alice"),
      ("bob bob!x bob", "step 3 says `bob`, but bob has crashed"),
    ])
  func divergences(names: String, expected: String) throws {
    let found = try Self.divergence(names)
    #expect(found == (expected == "fits" ? expected : "schedule does not fit: " + expected))
  }

  @Test("names that name nothing say what there is")
  func names() throws {
    let model = try #require(try Self.scenario().models.first)
    #expect(throws: UnknownName.self) { try NamedStep.choices("alice carol", in: model) }
    #expect(
      UnknownName(word: "carol", model: model).description
        == "no session `carol`; there are alice, bob, guest#1, guest#2, clock")
    #expect(
      UnknownName(word: "guest", model: model).description
        == "writer `guest` has 2 sessions: guest#1, guest#2")
    let words = "alice bob!v guest#2 clock bob!x"
    let choices = try NamedStep.choices(words, in: model)
    #expect(choices.map { NamedStep.word(for: $0, in: model) }.joined(separator: " ") == words)
  }

  @Test("a timeline runs each entry to its end")
  func timeline() throws {
    let scenario = try Self.scenario()
    let model = try #require(scenario.models.first)
    let timeline = try #require(scenario.timelines.first)
    var replayer = try Replayer(model: model, options: MachineOptions())
    let steps = try replayer.replay(timeline)
    let words = steps.map { NamedStep.word(for: $0.step.choice, in: model) }
    #expect(words.filter { $0 == "clock" }.count == 1)
    #expect(words.first == "alice" && words.last == "bob")
    #expect(steps.map(\.entry) == steps.map(\.entry).sorted())
    #expect(replayer.state.controls[0].status == .ended)
    #expect(replayer.state.controls[1].status == .ended)
  }

  @Test("exploring finds the same twice, and a token leads back to it")
  func twice() throws {
    var model = try #require(try Self.scenario().models.first)
    model.allowances = Allowances()
    var schedules: [[Choice]] = []
    for _ in 0..<2 {
      var explorer = Explorer(model: model, options: ExplorationOptions())
      let exploration = try explorer.run()
      #expect(exploration.verdict == .violated)
      let deadlock = try #require(
        exploration.counterexamples.first { $0.property == BuiltInProperty.deadlock.rawValue })
      #expect(deadlock.switches == 2)
      schedules.append(deadlock.schedule)
    }
    #expect(schedules[0] == schedules[1])
    let token = ScheduleToken.encode(schedules[0], fingerprint: model.fingerprint)
    var replayer = try Replayer(model: model, options: MachineOptions())
    let steps = try replayer.replay(token: token)
    #expect(steps.map(\.choice) == schedules[0])
    #expect(replayer.enabled().contains { $0.kind == .victim })
  }
}
