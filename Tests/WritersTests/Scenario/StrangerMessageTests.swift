import SQL
import Testing
import Writers

/// What people type who know PostgreSQL, or another database, and have not read the manual.
@Suite("Messages for strangers")
struct StrangerMessageTests {
  private func messages(_ program: String, schema: String = "", head: String = "") -> [String] {
    let text = """
      scenario "x"
      schema { CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); \(schema) }
      \(head)
      writer w { \(program) }
      expect proved
      """
    return ScenarioSupport.describe(ScenarioSupport.compile(text).diagnostics, in: text)
  }

  @Test(
    "one mistake, one message",
    arguments: [
      (
        "SELECT * FORM t;",
        "RS0001 [FORM] syntax error at or near \"FORM\" | did you mean `FROM`?"
      ),
      (
        "DELETE FROM t WHERE id == 1;",
        "RS0211 [==] there is no operator `==` in SQL | write `=`"
      ),
      (
        "SELECT xmax FROM t;",
        "RS0202 [xmax] the system column `xmax` is not simulated "
          + "| keep what you need in a column of your own"
      ),
      (
        "UPDATE t SET n = :lim;",
        "RS0108 [:lim] no parameter `lim` | declare it outside the blocks: `param lim integer = …`"
      ),
      (
        "DELETE FROM t WHERE id = ?;",
        "RS0001 [?] syntax error at or near \"?\" "
          + "| placeholders have no value here; write the value, or `:name` for a parameter"
      ),
      (
        "BEGIN; UPDATE t SET n = 1;",
        "RS0407 [BEGIN] `w` ends within this transaction "
          + "| end it with `COMMIT;`, or with `ROLLBACK;` if that is what happens"
      ),
    ])
  func single(program: String, message: String) {
    #expect(messages(program) == [message])
  }

  @Test("one DECLARE for several variables")
  func declarations() {
    #expect(
      messages(
        """
        DECLARE
          a int;
          b numeric(10, 2) := 1.5;
          c t.n%TYPE;
          d CONSTANT text NOT NULL DEFAULT 'x';
        BEGIN;
        SELECT n INTO a FROM t WHERE id = 1;
        b := a + 1; c := a;
        UPDATE t SET n = c WHERE id = b AND d = 'x';
        COMMIT;
        """) == [])
    #expect(
      messages("DECLARE a int; UPDTE t SET n = 1;")
        == ["RS0001 [UPDTE] syntax error at or near \"UPDTE\" | did you mean `UPDATE`?"])
  }

  @Test("what follows from a mistake is not reported")
  func consequences() {
    let found = messages(
      "DELETE FROM parent;",
      schema: """
        CREATE TABLE parent (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
        CREATE TABLE child (parent_id uuid REFERENCES parent, other uuid REFERENCES parent (id));
        """)
    #expect(found.map { $0.prefix(24) } == ["RS0204 [gen_random_uuid]"])
    #expect(
      messages("UPDATE t SET n = :x;", head: "param x int = 1/0").map { $0.prefix(12) }
        == ["RS0112 [1/0]"])
  }
}
