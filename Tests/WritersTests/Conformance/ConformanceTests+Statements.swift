/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Facts 17 to 20.
  static let statements: [Fact] = [
    // 17: statements with parts that write.
    Fact(
      "parts of a statement share its snapshot",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a WITH w AS (UPDATE t SET v = v + 1 RETURNING v) SELECT sum(v), (SELECT sum(v) FROM t) FROM w => SELECT 1 [302, 300]
        a WITH w AS (UPDATE t SET v = v + 1 RETURNING v) SELECT sum(v) FROM w => SELECT 1 [304]
        a WITH w AS (DELETE FROM t WHERE id = 1 RETURNING id, v) INSERT INTO t SELECT id + 10, v FROM w RETURNING id, v => INSERT 0 1 [11, 102]
        t: [11, 102, open] [2, 202, open]
        """),
    // 18: FOR UPDATE of nothing.
    Fact(
      "FOR UPDATE of nothing locks nothing",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 3 FOR UPDATE => SELECT 0
        b INSERT INTO t VALUES (3, 1) => INSERT 0 1
        a INSERT INTO t VALUES (3, 2) => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        a COMMIT => ROLLBACK
        t: [1, 100, open] [2, 200, open] [3, 1, open]
        """),
    Fact(
      "INSERT WHERE NOT EXISTS races",
      schema: """
        CREATE TABLE t (id int, v int);
        """,
      data: "",
      run: """
        a BEGIN => BEGIN
        a INSERT INTO t SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM t WHERE id = 1) => INSERT 0 1
        b INSERT INTO t SELECT 1, 2 WHERE NOT EXISTS (SELECT 1 FROM t WHERE id = 1) => INSERT 0 1
        a COMMIT => COMMIT
        a SELECT v FROM t ORDER BY v => SELECT 2 [1] [2]
        t: [1, 1] [1, 2]
        """),
    // 19: LIMIT and ORDER BY with locks.
    Fact(
      "LIMIT goes on to the next row after a failed re-check",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET st = 'done' WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE st = 'open' ORDER BY id LIMIT 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [2]
        b COMMIT => COMMIT
        t: [1, 100, done] [2, 200, open]
        """),
    Fact(
      "a claim without a lock is made twice",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id IN (SELECT id FROM t WHERE st = 'open' ORDER BY id LIMIT 1) RETURNING id => UPDATE 1 [1]
        b BEGIN => BEGIN
        b UPDATE t SET v = 2 WHERE id IN (SELECT id FROM t WHERE st = 'open' ORDER BY id LIMIT 1) RETURNING id => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [1]
        b COMMIT => COMMIT
        t: [1, 2, open] [2, 200, open]
        """),
    Fact(
      "a claim that skips what is locked is not",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id IN (SELECT id FROM t WHERE st = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id => UPDATE 1 [1]
        b BEGIN => BEGIN
        b UPDATE t SET v = 2 WHERE id IN (SELECT id FROM t WHERE st = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id => UPDATE 1 [2]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 1, open] [2, 2, open]
        """),
    Fact(
      "ORDER BY comes before the lock, so rows may be out of order",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 300 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id, v FROM t ORDER BY v FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 2 [1, 300] [2, 200]
        b COMMIT => COMMIT
        t: [1, 300, open] [2, 200, open]
        """),
    // 20: an error ends the transaction.
    Fact(
      "an error lets go of the locks at once, and COMMIT is a ROLLBACK",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a INSERT INTO t VALUES (2, 0) => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
          b => UPDATE 1
        a SELECT v FROM t WHERE id = 1 => ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block
        a COMMIT => ROLLBACK
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [2]
        t: [1, 2, open] [2, 200, open]
        """),
  ]
}
