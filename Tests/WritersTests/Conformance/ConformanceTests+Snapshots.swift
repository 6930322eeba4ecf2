/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Facts 1 to 5.
  static let snapshots: [Fact] = [
    // 1: READ COMMITTED waits, then looks at the newest version.
    Fact(
      "UPDATE waits and computes from the newest version",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = v - 30 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE t SET v = v - 30 WHERE id = 1 RETURNING v => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [40]
        b COMMIT => COMMIT
        t: [1, 40, open] [2, 200, open]
        """),
    Fact(
      "UPDATE whose row no longer matches changes nothing",
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
        b UPDATE t SET v = 0 WHERE id = 1 AND st = 'open' => waits
        a COMMIT => COMMIT
          b => UPDATE 0
        b COMMIT => COMMIT
        t: [1, 100, done] [2, 200, open]
        """),
    Fact(
      "DELETE re-checks the newest version",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 5 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b DELETE FROM t WHERE id = 1 AND v = 100 => waits
        a COMMIT => COMMIT
          b => DELETE 0
        b COMMIT => COMMIT
        t: [1, 5, open] [2, 200, open]
        """),
    Fact(
      "a locking SELECT returns the newest version",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 5 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id, v FROM t WHERE id = 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1, 5]
        b COMMIT => COMMIT
        t: [1, 5, open] [2, 200, open]
        """),
    Fact(
      "a deleted row is skipped",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM t WHERE id = 1 => DELETE 1
        b BEGIN => BEGIN
        b UPDATE t SET v = 0 WHERE id IN (1, 2) RETURNING id => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [2]
        b COMMIT => COMMIT
        t: [2, 0, open]
        """),
    Fact(
      "after a rollback the row is as it was",
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
        b UPDATE t SET v = 0 WHERE id = 1 AND st = 'open' RETURNING st => waits
        a ROLLBACK => ROLLBACK
          b => UPDATE 1 [open]
        b COMMIT => COMMIT
        t: [1, 0, open] [2, 200, open]
        """),
    Fact(
      "an error by the old version needs no wait",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE t SET v = 10 / (v - 100) WHERE id = 1 => ERROR 22012 division by zero
        a COMMIT => COMMIT
        b COMMIT => ROLLBACK
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "a check that the old version fails needs no wait",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v < 120));
        """,
      data: """
        INSERT INTO t VALUES (1, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE t SET v = v + 50 WHERE id = 1 => ERROR 23514 new row for relation "t" violates check constraint "t_v_check"
        a COMMIT => COMMIT
        b COMMIT => ROLLBACK
        t: [1, 1]
        """),
    // 2: a re-check keeps the snapshot for everything but the row.
    Fact(
      "a subquery over the same row keeps the snapshot",
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
        b UPDATE t SET v = 0 WHERE id = 1 AND EXISTS (SELECT 1 FROM t x WHERE x.id = 1 AND x.st = 'open') => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        b COMMIT => COMMIT
        t: [1, 0, done] [2, 200, open]
        """),
    Fact(
      "a joined row keeps the snapshot",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = v + 1 => UPDATE 2
        b BEGIN => BEGIN
        b UPDATE t SET v = o.v FROM t o WHERE t.id = 1 AND o.id = 2 RETURNING t.v => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [200]
        b COMMIT => COMMIT
        t: [1, 200, open] [2, 201, open]
        """),
    Fact(
      "a locked join re-checks with the other table's old row",
      schema: """
        CREATE TABLE parent (id int PRIMARY KEY, v int);
        CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
        """,
      data: """
        INSERT INTO parent VALUES (1, 0), (2, 0);
        INSERT INTO child VALUES (1, 1);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE parent SET v = 7 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT p.v, c.id FROM parent p JOIN child c ON c.parent_id = p.id WHERE p.id = 1 FOR UPDATE OF p => waits
        a COMMIT => COMMIT
          b => SELECT 1 [7, 1]
        b COMMIT => COMMIT
        parent: [1, 7] [2, 0]
        child: [1, 1]
        """),
    // 3: a row that starts to match is not found.
    Fact(
      "a row that starts to match is not found",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = v + 100 => UPDATE 2
        b BEGIN => BEGIN
        b DELETE FROM t WHERE v = 200 RETURNING id => waits
        a COMMIT => COMMIT
          b => DELETE 0
        b COMMIT => COMMIT
        t: [1, 200, open] [2, 300, open]
        """),
    // 4: a value beside the lock is stale.
    Fact(
      "a value read beside the lock is stale",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 0 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b WITH l AS (SELECT id FROM t WHERE id = 1 FOR UPDATE) SELECT (SELECT v FROM t WHERE id = 1) FROM l => waits
        a COMMIT => COMMIT
          b => SELECT 1 [100]
        b COMMIT => COMMIT
        t: [1, 0, open] [2, 200, open]
        """),
    Fact(
      "the locked row's own value is fresh",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 0 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b WITH l AS (SELECT id, v FROM t WHERE id = 1 FOR UPDATE) SELECT v FROM l => waits
        a COMMIT => COMMIT
          b => SELECT 1 [0]
        b COMMIT => COMMIT
        t: [1, 0, open] [2, 200, open]
        """),
    // 5: when a snapshot is taken.
    Fact(
      "BEGIN takes no snapshot, the first query does",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [1]
        b UPDATE t SET v = 2 WHERE id = 1 => UPDATE 1
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [1]
        a COMMIT => COMMIT
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [2]
        t: [1, 2, open] [2, 200, open]
        """),
    Fact(
      "READ COMMITTED: a new snapshot for each statement",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [100]
        b UPDATE t SET v = 2 WHERE id = 1 => UPDATE 1
        a SELECT v FROM t WHERE id = 1 => SELECT 1 [2]
        a COMMIT => COMMIT
        t: [1, 2, open] [2, 200, open]
        """),
  ]
}
