import SQL
import Testing
import Writers

/// What materialized views of isolation specs may not do.
@Suite("Materialized views")
struct MaterializedViewTests {
  private func mistakes(_ setup: String, _ step: String) -> [String] {
    let text = """
      setup { CREATE TABLE t (id int, n int);
        CREATE MATERIALIZED VIEW v AS SELECT id, n FROM t; \(setup) }
      teardown { DROP MATERIALIZED VIEW v; DROP TABLE t; }
      session a
      step s { \(step) }
      """
    return SpecCompiler.compile(SourceFile(path: "v.spec", text: text)).diagnostics.map(\.message)
  }

  @Test("they are changed by REFRESH alone")
  func unchanged() {
    #expect(mistakes("", "REFRESH MATERIALIZED VIEW v;") == [])
    for change in [
      "INSERT INTO v VALUES (1, 1);", "UPDATE v SET n = 2;", "DELETE FROM v;",
      "MERGE INTO v USING t ON t.id = v.id WHEN MATCHED THEN DELETE;",
    ] {
      #expect(mistakes("", change) == ["cannot change materialized view `v`"])
    }
    #expect(
      mistakes("", "SELECT * FROM v FOR SHARE;") == ["cannot lock rows in materialized view `v`"])
  }

  @Test("REFRESH needs a materialized view, and with CONCURRENTLY a unique index of all rows")
  func refresh() {
    #expect(
      mistakes("", "REFRESH MATERIALIZED VIEW t;") == ["there is no materialized view `t`"])
    let concurrently = "REFRESH MATERIALIZED VIEW CONCURRENTLY v;"
    let refusal = "cannot refresh materialized view `v` concurrently"
    #expect(mistakes("", concurrently) == [refusal])
    #expect(mistakes("CREATE UNIQUE INDEX ON v (id) WHERE n > 0;", concurrently) == [refusal])
    #expect(mistakes("CREATE UNIQUE INDEX ON v (id);", concurrently) == [])
  }

  @Test("steps neither create nor drop them, and they have their data")
  func definitions() {
    #expect(
      mistakes("", "DROP MATERIALIZED VIEW v;")
        == ["a step that drops a materialized view is not simulated"])
    #expect(
      mistakes("", "CREATE MATERIALIZED VIEW w AS SELECT 1 AS one;")
        .contains("a step that creates a materialized view is not simulated"))
    #expect(
      mistakes("", "REFRESH MATERIALIZED VIEW v WITH NO DATA;")
        == ["a materialized view without data is not simulated"])
  }

  @Test("they are not explored")
  func unexplored() {
    let text = """
      setup { CREATE TABLE t (id int); CREATE MATERIALIZED VIEW v AS SELECT id FROM t; }
      session a
      step s { SELECT * FROM v; }
      """
    let result = SpecCompiler.scenario(SourceFile(path: "v.spec", text: text))
    #expect(
      result.diagnostics.map(\.message).contains("materialized views are not explored"))
  }
}
