/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// The locks that changes take on rows that others change.
  static let changes: [Fact] = [
    Fact(
      "SET of a key to its own value takes FOR NO KEY UPDATE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET id = 1, n = 5 WHERE id = 1 => UPDATE 1
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        t: [1, new, 5] [2, new, 20]
        """),
    Fact(
      "but FOR UPDATE on a row that has changed in the meantime",
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
        b UPDATE t SET id = 1, n = t.n + 1 WHERE id = 1 AND st = 'new' => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, new, 12] [2, new, 20]
        """),
    Fact(
      "also where the check fails",
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
        b UPDATE t SET id = 1, n = t.n + 1 WHERE id = 1 AND st = 'new' => waits
        a COMMIT => COMMIT
          b => UPDATE 0
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, old, 10] [2, new, 20]
        """),
    Fact(
      "without the key it is FOR NO KEY UPDATE",
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
        b UPDATE t SET n = t.n + 1 WHERE id = 1 AND st = 'new' => waits
        a COMMIT => COMMIT
          b => UPDATE 0
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        c SELECT id FROM t WHERE id = 1 FOR SHARE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        b COMMIT => COMMIT
        t: [1, old, 10] [2, new, 20]
        """),
    Fact(
      "a DELETE whose check fails holds FOR UPDATE",
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
        b DELETE FROM t WHERE id = 1 AND st = 'new' => waits
        a COMMIT => COMMIT
          b => DELETE 0
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        b COMMIT => COMMIT
        t: [1, old, 10] [2, new, 20]
        """),
    Fact(
      "a key that two rows exchange is checked at once",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a UPDATE t SET id = 3 - id => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "DO UPDATE that sets the key waits for key shares, whatever the value",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        b INSERT INTO t VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET id = t.id => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        t: [1, new, 10] [2, new, 20]
        """),
    Fact(
      "several rows, the second of which is held",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, st text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'new', 10), (2, 'new', 20);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET id = 7 WHERE id = 2 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE t SET id = id, n = n + 1 => waits
        c SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        a COMMIT => COMMIT
          b => UPDATE 2
        c SELECT id FROM t WHERE id = 7 FOR KEY SHARE NOWAIT => SELECT 1 [7]
        b COMMIT => COMMIT
        t: [1, new, 11] [7, new, 21]
        """),
  ]
}
