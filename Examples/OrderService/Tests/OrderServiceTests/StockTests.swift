import RaceSimTesting
import Testing

/// A scenario in a file of its own: the rules hold with the fix, and the race is there without it.
@Suite("The last article in stock")
struct StockTests {
  let scenario: Scenario

  init() throws { scenario = try Scenario("Stock.race") }

  @Test("the lock keeps two customers apart, in every interleaving")
  func lock() async throws {
    try await scenario.proven()
  }

  @Test("it is the lock that does it")
  func withoutLock() async throws {
    let races = try await scenario.violated("never_oversold", in: "without the lock")
    #expect(races.first?.anomalyCode == "P4")
  }

  @Test("REPEATABLE READ with retries would do as well")
  func repeatableRead() async throws {
    try await scenario.proven(in: "repeatable read instead")
  }

  @Test("everything in the file comes out as the file says")
  func everything() async throws {
    try await scenario.asExpected()
  }
}
