import SQL
import Testing
import Writers

/// What specs may not ask of prepared transactions, of VACUUM, and of indexes.
@Suite("Two-phase commit")
struct TwoPhaseTests {
  private func messages(_ blocks: String) -> [String] {
    let text = """
      setup { CREATE TABLE t (id int PRIMARY KEY, n int); }
      teardown { DROP TABLE t; }
      session a
      \(blocks)
      """
    return SpecCompiler.compile(SourceFile(path: "t.spec", text: text)).diagnostics.map(\.message)
  }

  @Test("What ends a prepared transaction stands alone in its step")
  func amongOthers() {
    #expect(messages("step s { COMMIT PREPARED 'x'; }").isEmpty)
    #expect(messages("step s { ROLLBACK PREPARED 'x'; }").isEmpty)
    #expect(
      messages("step s { SELECT 1; COMMIT PREPARED 'x'; }") == [
        "COMMIT PREPARED cannot run among several statements, which are one transaction"
      ])
    #expect(
      messages("step s { ROLLBACK PREPARED 'x'; SELECT 1; }") == [
        "ROLLBACK PREPARED cannot run among several statements, which are one transaction"
      ])
    #expect(messages("step s { INSERT INTO t VALUES (1); PREPARE TRANSACTION 'x'; }").isEmpty)
  }

  @Test("A transaction is not prepared where there are temporary tables")
  func temporaries() {
    let blocks = """
      setup { CREATE TEMP TABLE u (id int); }
      step s { PREPARE TRANSACTION 'x'; }
      """
    #expect(
      messages(blocks) == [
        "PREPARE TRANSACTION is not simulated where a spec has temporary tables"
      ])
  }

  @Test("The name of a prepared transaction has a bound")
  func longNames() {
    let name = String(repeating: "x", count: 200)
    #expect(
      messages("step s { PREPARE TRANSACTION '\(name)'; }") == [
        "the name of a prepared transaction has less than 200 bytes"
      ])
  }

  @Test("Prepared transactions are run, and not explored")
  func explored() {
    let text = """
      setup { CREATE TABLE t (id int PRIMARY KEY); }
      session a
      setup { BEGIN; INSERT INTO t VALUES (1); }
      step p { PREPARE TRANSACTION 'x'; }
      """
    let file = SourceFile(path: "t.spec", text: text)
    let messages = SpecCompiler.scenario(file).diagnostics.map(\.message)
    #expect(messages == ["two-phase commit is not explored"])
  }

  @Test("SERIALIZABLE knows the locks of trees, and of hash indexes whose buckets it knows")
  func indexMethods() {
    func messages(_ method: String, _ level: String, on column: String = "n") -> [String] {
      let text = """
        setup { CREATE TABLE t (n int, b boolean); CREATE INDEX ON t USING \(method) (\(column)); }
        session a
        setup { BEGIN ISOLATION LEVEL \(level); }
        step s { SELECT * FROM t WHERE n = 1; }
        """
      return SpecCompiler.compile(SourceFile(path: "t.spec", text: text)).diagnostics.map(\.message)
    }
    #expect(messages("btree", "SERIALIZABLE").isEmpty)
    #expect(messages("hash", "SERIALIZABLE").isEmpty)
    #expect(messages("hash", "REPEATABLE READ", on: "b").isEmpty)
    #expect(
      messages("hash", "SERIALIZABLE", on: "b") == [
        "what SERIALIZABLE locks in an index of the kind `hash` is not simulated"
      ])
  }

  @Test("What VACUUM passes over and then does not analyze is not guessed")
  func skippedPartitions() {
    let text = """
      setup
      {
        CREATE TABLE t (n int) PARTITION BY LIST (n);
        CREATE TABLE u PARTITION OF t FOR VALUES IN (1);
      }
      session a
      step s { VACUUM (FULL, ANALYZE, SKIP_LOCKED) t; }
      """
    let file = SourceFile(path: "t.spec", text: text)
    #expect(
      SpecCompiler.compile(file).diagnostics.map(\.message) == [
        "VACUUM (FULL, ANALYZE, SKIP_LOCKED) of a table with partitions is not simulated"
      ])
  }
}
