/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// MERGE: its clauses, on rows that others change.
  static let merges: [Fact] = [
    Fact(
      "MERGE updates and inserts, a row of the source at a time",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int DEFAULT 7);
        CREATE TABLE s (id int, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        INSERT INTO s VALUES (1, 1), (3, 3);
        """,
      run: """
        a MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = t.n + s.n WHEN NOT MATCHED AND s.n < 5 THEN INSERT (id, st) VALUES (s.id, 'ins') WHEN NOT MATCHED THEN DO NOTHING => MERGE 2
        a MERGE INTO t USING (VALUES (1, 100), (2, 5)) v (id, n) ON t.id = v.id WHEN MATCHED AND v.n > t.n THEN DELETE WHEN MATCHED THEN UPDATE SET (st, n) = ('low', DEFAULT) => MERGE 2
        a MERGE INTO t AS x USING (SELECT 9 AS id) v ON x.id = v.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES => ERROR 23502 null value in column "id" of relation "t" violates not-null constraint
        t: [2, low, 7] [3, ins, 7]
        s: [1, 1] [3, 3]
        """),
    Fact(
      "a row that still joins goes through the clauses again",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 3 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id AND t.st = 'new' WHEN MATCHED AND t.n >= 10 THEN DELETE WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id + 10, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => MERGE 1
        b COMMIT => COMMIT
        t: [1, new, 103] [2, new, 20]
        """),
    Fact(
      "one that joins no more is not matched, and stays locked",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET st = 'old' WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id AND t.st = 'new' WHEN MATCHED AND t.n >= 10 THEN DELETE WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id + 10, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => MERGE 1
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        c SELECT id FROM t WHERE id = 1 FOR SHARE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        b COMMIT => COMMIT
        t: [1, old, 10] [11, ins, 0] [2, new, 20]
        """),
    Fact(
      "so is one that has gone",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM t WHERE id = 1 => DELETE 1
        b BEGIN => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => MERGE 1
        b COMMIT => COMMIT
        t: [1, ins, 0] [2, new, 20]
        """),
    Fact(
      "one whose clauses do nothing is not waited for",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 3 WHERE id = 1 => UPDATE 1
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED AND t.n < 10 THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => MERGE 0
        a COMMIT => COMMIT
        t: [1, new, 3] [2, new, 20]
        """),
    Fact(
      "the insert of a row that is not matched may meet its key",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO t VALUES (3, 'a', 0) => INSERT 0 1
        b MERGE INTO t USING (VALUES (3)) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        t: [1, new, 10] [2, new, 20] [3, a, 0]
        """),
    Fact(
      "without NOT MATCHED a row that joins no more is passed over",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET st = 'old' WHERE id = 1 => UPDATE 1
        b MERGE INTO t USING (VALUES (1), (2)) v (id) ON t.id = v.id AND t.st = 'new' WHEN MATCHED THEN UPDATE SET n = t.n + 100 => waits
        a COMMIT => COMMIT
          b => MERGE 1
        t: [1, old, 10] [2, new, 120]
        """),
    Fact(
      "REPEATABLE READ refuses what has changed",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 3 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b ROLLBACK => ROLLBACK
        t: [1, new, 3] [2, new, 20]
        """),
    Fact(
      "and what has gone",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM t WHERE id = 1 => DELETE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = t.n + 100 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent delete
        b ROLLBACK => ROLLBACK
        t: [2, new, 20]
        """),
    Fact(
      "a row is changed once",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        b MERGE INTO t USING (VALUES (1), (1)) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET n = t.n + 100 => ERROR 21000 MERGE command cannot affect row a second time
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "but it may be looked at twice",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        b MERGE INTO t USING (VALUES (1), (1)) v (id) ON t.id = v.id WHEN MATCHED THEN DO NOTHING => MERGE 0
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "what it has inserted it does not see",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        b MERGE INTO t USING (VALUES (8), (8)) v (id) ON t.id = v.id WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'ins', 0) => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "MERGE that can do nothing does not write",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        b BEGIN READ ONLY => BEGIN
        b MERGE INTO t USING (VALUES (8)) v (id) ON t.id = v.id WHEN MATCHED THEN DO NOTHING => MERGE 0
        b ROLLBACK => ROLLBACK
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "one that could does",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        b BEGIN READ ONLY => BEGIN
        b MERGE INTO t USING (VALUES (8)) v (id) ON t.id = v.id WHEN NOT MATCHED AND v.id < 3 THEN INSERT VALUES (1, 'x', 1) => ERROR 25006 cannot execute MERGE in a read-only transaction
        b ROLLBACK => ROLLBACK
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "the lock on a row that is joined again is by the columns that some clause may set",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 11 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED AND t.n < 100 THEN UPDATE SET n = t.n + 1 WHEN MATCHED THEN UPDATE SET id = t.id => waits
        a COMMIT => COMMIT
          b => MERGE 1
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        b COMMIT => COMMIT
        t: [1, new, 12] [2, new, 20]
        """),
    Fact(
      "and by those alone if it is to be deleted",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 11 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b MERGE INTO t USING (VALUES (1)) v (id) ON t.id = v.id WHEN MATCHED AND t.n = 10 THEN DELETE => waits
        a COMMIT => COMMIT
          b => MERGE 0
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        c SELECT id FROM t WHERE id = 1 FOR SHARE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        b COMMIT => COMMIT
        t: [1, new, 11] [2, new, 20]
        """),
  ]
}
