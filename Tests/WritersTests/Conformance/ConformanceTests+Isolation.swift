/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// REPEATABLE READ: the first to update wins.
  static let isolation: [Fact] = [
    // 6: REPEATABLE READ: the first to update wins.
    Fact(
      "REPEATABLE READ: an updated row",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: a deleted row",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM t WHERE id = 1 => DELETE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent delete
        b COMMIT => ROLLBACK
        t: [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: a deleted row that is locked",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM t WHERE id = 1 => DELETE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        t: [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: an aborted update",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a ROLLBACK => ROLLBACK
          b => UPDATE 1
        b COMMIT => COMMIT
        t: [1, 2, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: a row that was only locked",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        b COMMIT => COMMIT
        t: [1, 2, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: FOR KEY SHARE of a row whose key stays",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b SELECT v FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [100]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: FOR SHARE of an updated row",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b SELECT v FROM t WHERE id = 1 FOR SHARE => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: DELETE of an updated row",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b DELETE FROM t WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: a change since the snapshot is an error at once",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a SELECT v FROM t WHERE id = 2 => SELECT 1 [200]
        b UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE t SET v = 2 WHERE id = 1 => UPDATE 1
        a UPDATE t SET v = 3 WHERE id = 1 => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => COMMIT
        a COMMIT => ROLLBACK
        t: [1, 2, open] [2, 200, open]
        """),
    Fact(
      "REPEATABLE READ: so it is with NOWAIT and SKIP LOCKED",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a SELECT v FROM t WHERE id = 2 => SELECT 1 [200]
        b UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        a SELECT id FROM t WHERE id = 1 FOR UPDATE SKIP LOCKED => ERROR 40001 could not serialize access due to concurrent update
        a ROLLBACK => ROLLBACK
        b COMMIT => COMMIT
        t: [1, 1, open] [2, 200, open]
        """),
  ]
}
