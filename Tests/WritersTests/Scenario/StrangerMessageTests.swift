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
      (
        "DELETE FROM t WEHRE id = 1;",
        "RS0001 [WEHRE] syntax error at or near \"WEHRE\" | did you mean `WHERE`?"
      ),
      (
        "SELECT n FRMO t WHERE id = 1;",
        "RS0001 [FRMO] syntax error at or near \"FRMO\" | did you mean `FROM`?"
      ),
      (
        "UPDATE t ST n = 1;",
        "RS0001 [n] syntax error at or near \"n\" | expected `SET`"
      ),
      (
        "UPDATE t SET n = 1; EXCEPTION WHEN OTHERS THEN NULL;",
        "RS0001 [EXCEPTION] syntax error at or near \"EXCEPTION\" "
          + "| put the statements that may fail into a block: `BEGIN … EXCEPTION WHEN … THEN … END;`"
      ),
      (
        "IF true THEN UPDATE t SET n = 1 END IF;",
        "RS0001 [END] syntax error at or near \"END\" | expected `;` or more of this statement"
      ),
      (
        "v_n int;",
        "RS0001 [v_n] syntax error at or near \"v_n\" "
          + "| write `DECLARE` before the name if this declares a variable"
      ),
      (
        "DECLARE v_n integr; SELECT n INTO v_n FROM t;",
        "RS0107 [integr] no type `integr` | did you mean `integer`?"
      ),
      (
        "DECLARE r record; FOR r IN SELECT * FROM t LOOP UPDATE t SET n = r.*; END LOOP;",
        "RS0202 [r.*] `*` cannot stand here "
          + "| name one column or field; `r.*` fills `VALUES (r.*)`"
      ),
      (
        "BEGIN UPDATE t SET n = 1; COMMIT;",
        "RS0014 [BEGIN] this is never closed "
          + "| add `END;`, or write `BEGIN;` if it begins a transaction"
      ),
      (
        "BEGIN UPDATE t SET n = 1; END;",
        "RS0409 [BEGIN] this `BEGIN` opens a block and no transaction "
          + "| write `BEGIN;` and `COMMIT;` if one is meant"
      ),
      (
        "PERFORM 1 FROM t WHERE id = 1 FOR UPDATE; UPDATE t SET n = 1 WHERE id = 1;",
        "RS0410 [PERFORM 1 FROM t WHERE id = 1 FOR UPDATE] this lock ends with its statement "
          + "| write `BEGIN;` before it and `COMMIT;` where the rows may change again"
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

  @Test(
    "what PL/pgSQL takes as an expression is one here, too",
    arguments: [
      "IF n > 1 FROM t WHERE id = 1 THEN UPDATE t SET n = 1; END IF;",
      "IF count(*) = 0 FROM t THEN INSERT INTO t VALUES (1, 1); END IF;",
      "WHILE n > 1 FROM t WHERE id = 1 LOOP UPDATE t SET n = n - 1; END LOOP;",
      "LOOP EXIT WHEN n > 1 FROM t WHERE id = 1; UPDATE t SET n = n + 1; END LOOP;",
      "CASE n FROM t WHERE id = 1 WHEN 1 THEN UPDATE t SET n = 2; ELSE NULL; END CASE;",
    ])
  func queries(program: String) {
    #expect(messages(program) == [])
  }

  @Test("what is declared before a program's first block outlives the block")
  func blockAfterDeclarations() {
    #expect(
      messages(
        """
        DECLARE v_done boolean := false;
        BEGIN
          UPDATE t SET n = 1;
          v_done := true;
        EXCEPTION WHEN check_violation THEN
          NULL;
        END;
        IF v_done THEN RETURN 'done'; END IF;
        """) == [])
    // In a loop, the declarations are the block's, as in PL/pgSQL.
    #expect(
      messages("LOOP DECLARE v int; BEGIN v := 1; END; EXIT WHEN v = 1; END LOOP; SELECT n FROM t;")
        .map { $0.prefix(10) } == ["RS0109 [v]"])
  }

  @Test(
    "a rule that says nothing",
    arguments: [
      ("SELECT id FROM t WHERE false", "RS0401 [i] `i` is never at risk"),
      ("SELECT id, n FROM t WHERE id = 7", "RS0401 [i] `i` is never at risk"),
      ("SELECT id FROM u WHERE id = 7", "RS0401 [i] `i` is never at risk"),
      ("SELECT id FROM t WHERE n = 7", ""), ("SELECT id FROM t GROUP BY id HAVING sum(n) > 1", ""),
      ("SELECT 1 FROM outcomes WHERE outcome = 'x'", ""),
      ("SELECT t.id FROM t JOIN u ON u.id = t.n", ""),
      ("SELECT id FROM u WHERE id = (SELECT max(n) FROM t)", ""),
      ("SELECT id FROM t WHERE id = 1 AND now() > '2025-01-01'", ""),
      (
        "SELECT count(*) FROM t WHERE n < 0",
        "RS0408 [SELECT count(*) FROM t WHERE n < 0] `i` is violated whatever the tables hold"
      ),
      ("SELECT count(*) FROM t WHERE n < 0 HAVING count(*) > 0", ""),
      ("SELECT n, count(*) FROM t GROUP BY n", ""),
    ])
  func emptyRules(query: String, message: String) {
    let found = messages(
      "UPDATE t SET n = n + 1;", schema: "CREATE TABLE u (id int);",
      head: "invariant i { \(query) }")
    #expect(found.count == (message.isEmpty ? 0 : 1))
    #expect(found.allSatisfy { $0.hasPrefix(message) }, "\(found)")
  }

  @Test("a timeline may name a session as reports do")
  func sessionNumber() {
    let text = """
      scenario "x"
      schema { CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL); }
      writer w times 2 { UPDATE t SET n = 1; }
      writer v(a) for a in 1..2 times 2 { UPDATE t SET n = :a; }
      expect proved
      timeline t { w#2; v(2)#1; w(1); v(1, 2); }
      """
    let compiled = ScenarioSupport.compile(text)
    #expect(ScenarioSupport.describe(compiled.diagnostics, in: text) == [])
    let sessions = compiled.scenario?.timelines.first?.entries.map { entry -> [Int] in
      if case .move(let sessions, _) = entry.action { return sessions }
      return []
    }
    #expect(sessions == [[1], [4], [0], [3]])
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
