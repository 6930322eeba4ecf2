/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Waiters queue; a newcomer may overtake who waits; an upgrade skips the queue; a deadlock.
  static let waits: [Fact] = [
    // 10: waiters queue.
    Fact(
      "waiters of one who only locked go in order of arrival",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v => waits
        c UPDATE t SET v = v * 2 WHERE id = 1 RETURNING v => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [101]
        b COMMIT => COMMIT
          c => UPDATE 1 [202]
        t: [1, 202, open] [2, 200, open]
        """),
    // 11: a newcomer may overtake who waits.
    Fact(
      "FOR SHARE is granted while FOR UPDATE waits",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR SHARE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        c BEGIN => BEGIN
        c SELECT id FROM t WHERE id = 1 FOR SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        c COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    // 12: an upgrade skips the queue.
    Fact(
      "an upgrade skips the queue",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR SHARE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        a UPDATE t SET v = 0 WHERE id = 1 => UPDATE 1
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 0, open] [2, 200, open]
        """),
    // 13: a deadlock.
    Fact(
      "a cycle of waits costs one its transaction",
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
        b UPDATE t SET v = 2 WHERE id = 2 => UPDATE 1
        a UPDATE t SET v = 1 WHERE id = 2 => waits
        b UPDATE t SET v = 2 WHERE id = 1 => ERROR 40P01 deadlock detected
          a => UPDATE 1
        a COMMIT => COMMIT
        b COMMIT => ROLLBACK
        t: [1, 1, open] [2, 1, open]
        """),
  ]
}
