import SQL
import Testing
import Writers

/// What steps may not define, or not where they do it.
@Suite("Definitions in steps")
struct StepDefinitionTests {
  private func compile(_ setup: String, _ blocks: String) throws -> CompiledSpec {
    let text = """
      setup { CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 10); \(setup) }
      teardown { DROP TABLE t; }
      session a
      \(blocks)
      """
    let result = SpecCompiler.compile(SourceFile(path: "t.spec", text: text))
    #expect(result.diagnostics.map(\.message) == [])
    return try #require(result.compiled)
  }

  private func refusal(_ setup: String = "", _ blocks: String) throws -> String? {
    var runner = try SpecRunner(compile(setup, blocks))
    return runner.run().refusal?.message
  }

  private func output(_ setup: String = "", _ blocks: String) throws -> String {
    var runner = try SpecRunner(compile(setup, blocks))
    let output = runner.run()
    #expect(output.refusal == nil)
    return output.text
  }

  @Test("Names that mean nothing when a step runs are the server's errors")
  func serverErrors() throws {
    let text = try output(
      "",
      """
      step s { SELECT m FROM t; }
      step t { ALTER TABLE t RENAME n TO m; }
      step u { SELECT m FROM t; }
      permutation s t u
      permutation u
      """)
    #expect(text.contains("step s: SELECT m FROM t;\nERROR:  column \"m\" does not exist"))
    #expect(text.contains("step u: SELECT m FROM t;\n m\n--\n10\n(1 row)"))
    #expect(text.hasSuffix("step u: SELECT m FROM t;\nERROR:  column \"m\" does not exist\n"))
  }

  @Test("What is not simulated is refused when it is come to, with its place")
  func refusals() throws {
    #expect(
      try refusal(
        "CREATE TABLE c () INHERITS (t);", "step s { ALTER TABLE t ADD COLUMN m int; }")
        == "a step that changes a table with partitions or children, or a partition, is not "
        + "simulated")
    #expect(
      try refusal("", "step s { CREATE TYPE mood AS ENUM ('sad'); }")
        == "a step that defines this is not simulated")
    #expect(
      try refusal(
        "CREATE VIEW v AS SELECT n FROM t;", "step s { ALTER TABLE t RENAME n TO m; }")
        == "another name for a column that a check, an expression or a view names is not simulated")
    #expect(
      try refusal("", "step s { ALTER TABLE t ADD COLUMN m float DEFAULT random(); }") != nil)
  }

  @Test("A function that waits in a later statement for a table that changes is refused")
  func waitingFunctions() throws {
    let body = """
      CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN UPDATE t SET n = 11; RETURN (SELECT count(*) FROM u); END $$;
      CREATE TABLE u (id int);
      """
    let blocks = """
      step b { BEGIN; ALTER TABLE u ADD COLUMN n int; }
      step c { COMMIT; }
      session z
      step f { SELECT f(); }
      permutation b f c
      """
    #expect(try refusal(body, blocks)?.hasPrefix("a table has been changed for which") == true)
  }

  @Test("Two-phase commit and exploring are refused beside definitions")
  func others() {
    func messages(_ step: String) -> [String] {
      let text = """
        setup { CREATE TABLE t (id int); }
        session a
        step s { ALTER TABLE t ADD COLUMN n int; }
        step u { \(step) }
        """
      let file = SourceFile(path: "t.spec", text: text)
      return SpecCompiler.compile(file).diagnostics.map(\.message)
        + SpecCompiler.scenario(file).diagnostics.map(\.message)
    }
    #expect(messages("SELECT 1;") == ["a step that changes the schema is not explored"])
    #expect(
      messages("PREPARE TRANSACTION 'x';").contains(
        "two-phase commit is not simulated where steps change definitions in this way"))
  }

  @Test(
    "Commands that are prepared before anything runs are refused beside definitions",
    arguments: [
      ("SET ROLE guest;", "a role"), ("ALTER TABLE t OWNER TO guest;", "a role"),
      ("REINDEX TABLE t;", "REINDEX"), ("CLUSTER t USING t_pkey;", "CLUSTER"),
      ("CREATE INDEX CONCURRENTLY i ON t (n);", "CREATE INDEX CONCURRENTLY"),
      ("DROP INDEX CONCURRENTLY i;", "DROP INDEX CONCURRENTLY"),
      ("ALTER TABLE q ATTACH PARTITION o FOR VALUES IN (1);", "ATTACH PARTITION"),
      ("ALTER TABLE q DETACH PARTITION r;", "DETACH PARTITION"),
    ])
  func alone(step: String, what: String) throws {
    func messages(_ definition: String) -> [String] {
      let text = """
        setup {
          CREATE TABLE t (id int PRIMARY KEY, n int); CREATE INDEX i0 ON t (n);
          CREATE TABLE q (id int) PARTITION BY LIST (id); CREATE TABLE o (id int);
          CREATE TABLE r PARTITION OF q FOR VALUES IN (2);
        }
        session a
        step s { \(definition) }
        step u { \(step.replacing(" i;", with: " i0;")) }
        """
      return SpecCompiler.compile(SourceFile(path: "t.spec", text: text)).diagnostics.map(\.message)
    }
    #expect(
      messages("ALTER TABLE t ADD COLUMN m int;") == [
        "\(what) is not simulated where steps change definitions in this way"
      ])
    // By themselves they are simulated, also beside indexes that are not unique.
    #expect(messages("CREATE INDEX j ON t (n);") == [])
  }

  @Test("A setup whose definitions stand between its rows fills each table with its own")
  func dividedSetups() throws {
    let text = try output(
      "CREATE TABLE u (id int); INSERT INTO u VALUES (2);",
      "step s { ALTER TABLE t ADD COLUMN m int; } step u { SELECT * FROM t, u; }")
    #expect(text.contains("id| n|m|id\n--+--+-+--\n 1|10| | 2\n(1 row)"))
  }
}
