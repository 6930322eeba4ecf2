import SQL
import Scheduler
import Store
import Testing
import Writers

/// Timeouts, deadlock checks and sessions' own locks as choices of the scheduler.
@Suite("Timeouts and queues as choices")
struct TimeoutTests {
  private static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "test.race") { _ in Array(text.utf8) }
    #expect(result.diagnostics.filter { $0.severity == .error }.map(\.message) == [])
    return try #require(result.scenario?.models.first)
  }

  private static let waits = """
    scenario "waits"
    schema { CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); }
    data { INSERT INTO t VALUES (1, 0); }
    writer a { BEGIN; UPDATE t SET n = 1 WHERE id = 1; COMMIT; }
    writer b { SET lock_timeout = 100; SET statement_timeout = 200; UPDATE t SET n = 2 WHERE id = 1; }
    """

  @Test("a wait may end in either timeout, or not")
  func bothTimeouts() throws {
    var replayer = try Replayer(model: try Self.model(Self.waits), options: MachineOptions())
    for choice in try NamedStep.choices("a b", in: replayer.machine.model) {
      _ = try replayer.take(choice)
    }
    #expect(
      replayer.enabled() == [
        Choice(.step), Choice(.lockTimeout, session: 1), Choice(.statementTimeout, session: 1),
      ])
    var other = replayer
    _ = try replayer.take(Choice(.lockTimeout, session: 1))
    #expect(replayer.state.controls[1].sqlState.asText == "55P03")
    _ = try other.take(Choice(.statementTimeout, session: 1))
    #expect(other.state.controls[1].sqlState.asText == "57014")
  }

  @Test("a lock timeout that is not shorter than the statement's never ends a wait")
  func longerLockTimeout() throws {
    let text = Self.waits.replacing("lock_timeout = 100", with: "lock_timeout = '1s'")
    var replayer = try Replayer(model: try Self.model(text), options: MachineOptions())
    for choice in try NamedStep.choices("a b", in: replayer.machine.model) {
      _ = try replayer.take(choice)
    }
    #expect(replayer.enabled() == [Choice(.step), Choice(.statementTimeout, session: 1)])
  }

  @Test("where a run has one course, the shortest time is over first, but only if nobody can go on")
  func onlyCourse() throws {
    let text = """
      scenario "ring"
      schema { CREATE TABLE t (id int PRIMARY KEY); }
      writer a { SET lock_timeout = 50; BEGIN; PERFORM pg_advisory_xact_lock(1); PERFORM pg_advisory_xact_lock(2); COMMIT; }
      writer b { SET lock_timeout = 20; BEGIN; PERFORM pg_advisory_xact_lock(2); PERFORM pg_advisory_xact_lock(1); COMMIT; }
      """
    let model = try Self.model(text)
    var options = MachineOptions()
    options.granularity = .statement
    options.followsIsolationTester = true
    var replayer = try Replayer(model: model, options: options)
    var failures: [SQLError] = []
    var turns = 0
    while let choice = replayer.enabled().first(where: { $0.session == turns % 2 })
      ?? replayer.enabled().first, turns < 50
    {
      let step = try replayer.take(choice)
      for case .failed(let error) in step.events { failures.append(error) }
      turns += 1
    }
    #expect(turns < 50)
    #expect(failures.first == .lockTimeout)
    #expect(!failures.contains(.deadlockDetected))
  }
}
