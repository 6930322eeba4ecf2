import Foundation
import RaceSimTesting
import Testing

/// The library as a test of somebody else's sees it.
@Suite("RaceSimTesting")
struct ScenarioTests {
  private static let seats = """
    scenario "Two people, two seats"

    schema { CREATE TABLE seat (id int PRIMARY KEY, holder text); }
    data   { INSERT INTO seat VALUES (1, NULL), (2, NULL); }

    writer take(who) for who in ('alice', 'bob') {
      DECLARE v_id int;
      BEGIN;
      SELECT id INTO v_id FROM seat WHERE holder IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
      UPDATE seat SET holder = :who WHERE id = v_id;
      COMMIT;
    }

    always at_most_two { SELECT 1 FROM seat HAVING count(holder) > 2 }
    finally everyone_is_seated { SELECT count(holder) FROM seat HAVING count(holder) <> 2 }

    expect proved

    variant "without the lock" { without locks  expect violated everyone_is_seated }
    """

  private func scenario(_ changes: [(String, String)] = []) throws -> Scenario {
    let text = changes.reduce(Self.seats) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    return try Scenario(text: text, name: "seats.race")
  }

  /// The failure of a question that is answered otherwise.
  private func failure(_ question: () async throws -> Void) async throws -> RaceFailure {
    do {
      try await question()
    } catch let failure as RaceFailure {
      return failure
    }
    throw RaceExpected()
  }

  private struct RaceExpected: Error {}

  @Test("a proof says what it rests on")
  func proof() async throws {
    let scenario = try scenario()
    #expect(scenario.title == "Two people, two seats")
    #expect(scenario.variants == ["without the lock"])
    #expect(scenario.warnings.isEmpty)
    var options = SearchOptions()
    options.countsInterleavings = true
    let proof = try await scenario.proven(options: options)
    #expect(proof.verdict == .proved)
    #expect(proof.counterexamples.isEmpty)
    #expect(proof.states > 10)
    #expect(proof.interleavings.flatMap(Int.init) ?? 0 > 1)
    try await scenario.asExpected()
  }

  @Test("a violation is a value, with the run in full")
  func violation() async throws {
    let scenario = try scenario()
    let found = try await scenario.violated("everyone_is_seated", in: "without the lock")
    let example = try #require(found.first)
    #expect(found.count == 1)
    #expect(example.anomalyCode == "P4")
    #expect(example.anomaly == "lost update")
    #expect(example.token.hasPrefix("rs1_"))
    #expect(example.description.contains("UPDATE seat SET holder"))
    #expect(example.description.contains("racesim replay seats.race --token \(example.token)"))
    #expect(try await scenario.violated(in: "without the lock").count == 1)
  }

  @Test("a race that nobody expected is a failure that shows the whole run")
  func unexpectedViolation() async throws {
    let scenario = try scenario()
    let failure = try await failure { try await scenario.proven(in: "without the lock") }
    let lines = failure.description.split(separator: "\n")
    #expect(
      lines.first
        == "seats.race, variant \"without the lock\": expected to be proved, but everyone_is_seated can be violated"
    )
    #expect(failure.counterexamples.map(\.property) == ["everyone_is_seated"])
    #expect(failure.description.contains("FAIL  seats.race"))
    #expect(failure.description.contains("  why "))
    #expect(failure.description.contains("--token rs1_"))
    #expect(lines.allSatisfy { $0.count <= 110 })
  }

  @Test("a race that is gone is a failure")
  func missingViolation() async throws {
    let scenario = try scenario()
    let gone = try await failure { try await scenario.violated("everyone_is_seated") }
    #expect(gone.description.contains("expected a violation of everyone_is_seated, but none of"))
    let other = try await failure {
      try await scenario.violated("at_most_two", in: "without the lock")
    }
    #expect(other.description.contains("expected a violation of at_most_two"))
    #expect(try await failure { try await scenario.violated() }.counterexamples.isEmpty)
  }

  @Test("violations besides the named ones are failures")
  func furtherViolation() async throws {
    let scenario = try scenario([("count(holder) > 2", "count(holder) > 0")])
    let failure = try await failure {
      try await scenario.violated("at_most_two", in: "without the lock")
    }
    #expect(failure.counterexamples.map(\.property) == ["everyone_is_seated"])
    #expect(failure.description.contains("everyone_is_seated can be violated too"))
    let both = try await scenario.violated(
      "everyone_is_seated", "at_most_two", in: "without the lock")
    #expect(both.map(\.property) == ["everyone_is_seated", "at_most_two"])
  }

  @Test("what the file expects is checked: variants and timelines")
  func expectations() async throws {
    let wrong = try scenario([
      ("expect violated everyone_is_seated", "expect proved")
    ])
    let failure = try await failure { try await wrong.asExpected() }
    #expect(failure.description.contains("variant \"without the lock\""))
    #expect(failure.counterexamples.count == 1)
    let timeline = try Scenario(
      text: Self.seats
        + "\ntimeline one { take('alice'); take('bob'); expect violated everyone_is_seated }",
      name: "seats.race")
    let remark = try await self.failure { try await timeline.asExpected() }
    #expect(
      remark.description
        == "seats.race: the timeline one was expected to break everyone_is_seated")
  }

  @Test("a bound that is hit proves nothing")
  func bounds() async throws {
    var options = SearchOptions()
    options.statesLimit = 3
    let scenario = try scenario()
    let failure = try await failure { try await scenario.proven(options: options) }
    #expect(failure.description.contains("the search ended at its bound (states)"))
    #expect(try await scenario.explore(options: options).verdict == .inconclusive)
  }

  @Test("a search ends when its task is cancelled")
  func cancellation() async throws {
    let many = try scenario([("for who in ('alice', 'bob')", "for who in 1..9")])
    let task = Task { try await many.explore() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("mistakes in the file are shown with their place")
  func mistakes() throws {
    let error = #expect(throws: ScenarioError.self) {
      try scenario([("SET holder", "SET holdr")])
    }
    let text = try #require(error).description
    #expect(text.contains("seats.race:10:19"))
    #expect(text.contains("did you mean `holder`?"))
    #expect(throws: ScenarioError.self) { try Scenario("missing.race") }
  }

  @Test("unknown variants and rules are named, not passed over")
  func unknownNames() async throws {
    let scenario = try scenario()
    let error = await #expect(throws: ScenarioError.self) {
      try await scenario.proven(in: "with the lock")
    }
    #expect(try #require(error).description.contains("it has \"without the lock\""))
    await #expect(throws: ScenarioError.self) { try await scenario.violated("everybody") }
  }

  @Test("files are found beside the test, with what they include")
  func files() async throws {
    let folder = "../../Scenarios/order-confirmation"
    let scenario = try Scenario("\(folder)/deadlock.race")
    let found = try await scenario.violated("deadlock", "scan_survives")
    #expect(found.map(\.anomaly).first == "deadlock")
  }
}
