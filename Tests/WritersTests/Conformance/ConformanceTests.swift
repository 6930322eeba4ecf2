import SQL
import Store
import Testing

@testable import Writers

/// Facts about PostgreSQL that the store must honour, each as a short run of statements with what the
/// server answered.
///
/// A run is a list of lines. `a UPDATE … => UPDATE 1` is a client statement of session `a` and its outcome:
/// the command tag with the rows returned, `ERROR` with SQLSTATE and message, or `waits`. A line
/// `  b => UPDATE 0` is what became of a statement that had waited. `+` moves the clock. The lines at the end
/// are the tables.
@Suite("Conformance")
struct ConformanceTests {
  struct Fact: CustomTestStringConvertible, Sendable {
    var title: String
    var schema: String
    var data: String
    var run: String

    init(_ title: String, schema: String, data: String, run: String) {
      self.title = title
      self.schema = schema
      self.data = data
      self.run = run
    }

    var testDescription: String { title }
  }

  @Test("snapshots", arguments: snapshots) func snapshot(_ fact: Fact) throws { try check(fact) }
  @Test("isolation", arguments: isolation) func level(_ fact: Fact) throws { try check(fact) }
  @Test("row locks", arguments: locks) func lock(_ fact: Fact) throws { try check(fact) }
  @Test("references", arguments: references) func reference(_ fact: Fact) throws { try check(fact) }
  @Test("waits", arguments: waits) func wait(_ fact: Fact) throws { try check(fact) }
  @Test("keys", arguments: keys) func key(_ fact: Fact) throws { try check(fact) }
  @Test("MERGE", arguments: merges) func merge(_ fact: Fact) throws { try check(fact) }
  @Test("indexes", arguments: indexes) func index(_ fact: Fact) throws { try check(fact) }
  @Test("WITH", arguments: parts) func part(_ fact: Fact) throws { try check(fact) }
  @Test("ON CONFLICT", arguments: upserts) func upsert(_ fact: Fact) throws { try check(fact) }
  @Test("re-checks", arguments: rechecks) func recheck(_ fact: Fact) throws { try check(fact) }
  @Test("changes", arguments: changes) func change(_ fact: Fact) throws { try check(fact) }
  @Test("queries", arguments: queries) func query(_ fact: Fact) throws { try check(fact) }
  @Test("statements", arguments: statements) func statement(_ fact: Fact) throws {
    try check(fact)
  }
  @Test("transactions", arguments: transactions) func transaction(_ fact: Fact) throws {
    try check(fact)
  }

  private func check(_ fact: Fact) throws {
    var transcript = try Transcript(fact)
    let lines = fact.run.split(separator: "\n").map(String.init)
    #expect(try transcript.replay(lines) == lines)
  }
}
