import Store
import Testing

@Suite("Values as PostgreSQL has them")
struct PostgresTests {
  @Test("reading and printing", arguments: Expectation.parsing)
  func parsing(_ expectation: Expectation) {
    #expect(expectation.actual() == expectation.answer)
  }

  @Test("operators", arguments: Expectation.operators)
  func operators(_ expectation: Expectation) {
    #expect(expectation.actual() == expectation.answer)
  }

  @Test("functions", arguments: Expectation.functions)
  func functions(_ expectation: Expectation) {
    #expect(expectation.actual() == expectation.answer)
  }

  @Test("casts", arguments: Expectation.casts)
  func casts(_ expectation: Expectation) {
    #expect(expectation.actual() == expectation.answer)
  }
}
