/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// INSERT … ON CONFLICT at each isolation level, on keys that others move.
  static let upserts: [Fact] = [
    Fact(
      "DO NOTHING at REPEATABLE READ: nothing to see before the wait (insert-conflict-do-nothing-2)",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a INSERT INTO u VALUES (1, 'a') ON CONFLICT DO NOTHING => INSERT 0 1
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT DO NOTHING => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        u: [1, a]
        """),
    Fact(
      "the same, the first rolls back",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a INSERT INTO u VALUES (1, 'a') ON CONFLICT DO NOTHING => INSERT 0 1
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT DO NOTHING => waits
        a ROLLBACK => ROLLBACK
          b => INSERT 0 1
        b COMMIT => COMMIT
        u: [1, b]
        """),
    Fact(
      "the same row twice in one command is none of another's business",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a INSERT INTO u VALUES (1, 'a'), (1, 'b') ON CONFLICT DO NOTHING => INSERT 0 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (1, 'c'), (1, 'd') ON CONFLICT DO NOTHING => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        u: [1, a]
        """),
    Fact(
      "in one transaction, by two statements",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a INSERT INTO u VALUES (1, 'a') => INSERT 0 1
        a INSERT INTO u VALUES (1, 'b') ON CONFLICT DO NOTHING => INSERT 0 0
        a INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET val = 'c' RETURNING val => INSERT 0 1 [c]
        a COMMIT => COMMIT
        u: [1, c]
        """),
    Fact(
      "DO UPDATE at REPEATABLE READ",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET val = 'a' WHERE key = 1 => UPDATE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET val = u.val || excluded.val => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b ROLLBACK => ROLLBACK
        u: [1, a]
        """),
    Fact(
      "of a row that was deleted",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM u WHERE key = 1 => DELETE 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET val = u.val || excluded.val => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        b ROLLBACK => ROLLBACK
        u: 
        """),
    Fact(
      "of one that was inserted after the snapshot",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b SELECT count(*) FROM u => SELECT 1 [1]
        a INSERT INTO u VALUES (2, 'a') => INSERT 0 1
        b INSERT INTO u VALUES (2, 'b') ON CONFLICT (key) DO UPDATE SET val = u.val || excluded.val WHERE false => ERROR 40001 could not serialize access due to concurrent update
        b ROLLBACK => ROLLBACK
        u: [1, x] [2, a]
        """),
    Fact(
      "of one that was only locked",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT val FROM u WHERE key = 1 FOR UPDATE => SELECT 1 [x]
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET val = u.val || excluded.val => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        b COMMIT => COMMIT
        u: [1, xb]
        """),
    Fact(
      "a key share is no obstacle",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT val FROM u WHERE key = 1 FOR KEY SHARE => SELECT 1 [x]
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET val = u.val || excluded.val => INSERT 0 1
        a COMMIT => COMMIT
        u: [1, xb]
        """),
    Fact(
      "setting the key waits for it, changed or not",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT val FROM u WHERE key = 1 FOR KEY SHARE => SELECT 1 [x]
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO UPDATE SET key = excluded.key, val = u.val || excluded.val => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        u: [1, xb]
        """),
    Fact(
      "DO NOTHING does not wait for a lock",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT val FROM u WHERE key = 1 FOR UPDATE => SELECT 1 [x]
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO NOTHING => INSERT 0 0
        a COMMIT => COMMIT
        u: [1, x]
        """),
    Fact(
      "but for an update",
      schema: """
        CREATE TABLE u (key int PRIMARY KEY, val text);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET val = 'a' WHERE key = 1 => UPDATE 1
        b INSERT INTO u VALUES (1, 'b') ON CONFLICT (key) DO NOTHING => waits
        a COMMIT => COMMIT
          b => INSERT 0 0
        u: [1, a]
        """),
    Fact(
      "a key that another update moves away (insert-conflict-do-update-4)",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET i = 50 WHERE i = 1 => UPDATE 1
        b INSERT INTO u VALUES (1, 20, 1) ON CONFLICT (i) DO UPDATE SET k = u.k + 1 RETURNING * => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [1, 20, 1]
        u: [1, 20, 1] [50, 10, 100]
        """),
    Fact(
      "or deletes",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM u WHERE i = 1 => DELETE 1
        b INSERT INTO u VALUES (1, 10, 1) ON CONFLICT (i) DO UPDATE SET k = u.k + 1 RETURNING * => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [1, 10, 1]
        u: [1, 10, 1]
        """),
    Fact(
      "a conflict in an index that is not named",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 20, 0) => INSERT 0 1
        b INSERT INTO u VALUES (3, 20, 1) ON CONFLICT (i) DO UPDATE SET k = u.k + 1 RETURNING * => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "u_j"
        u: [1, 10, 100] [2, 20, 0]
        """),
    Fact(
      "the named index is looked at first",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        b INSERT INTO u VALUES (1, 20, 1) ON CONFLICT (i) DO UPDATE SET j = excluded.j RETURNING * => INSERT 0 1 [1, 20, 100]
        b INSERT INTO u VALUES (7, 20, 1) ON CONFLICT DO NOTHING => INSERT 0 0
        b INSERT INTO u VALUES (7, 30, 1), (8, 30, 2), (7, 31, 3) ON CONFLICT DO NOTHING RETURNING i => INSERT 0 1 [7]
        u: [1, 20, 100] [7, 30, 1]
        """),
    Fact(
      "the update of a conflict meets another key",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        b INSERT INTO u VALUES (2, 20, 0) => INSERT 0 1
        b INSERT INTO u VALUES (2, 10, 1) ON CONFLICT (i) DO UPDATE SET j = excluded.j => ERROR 23505 duplicate key value violates unique constraint "u_j"
        u: [1, 10, 100] [2, 20, 0]
        """),
    Fact(
      "WHERE sees the newest row; the lock stays",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET k = 7 WHERE i = 1 => UPDATE 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 10, 100) ON CONFLICT (i) DO UPDATE SET k = 0 WHERE u.k = excluded.k => waits
        a COMMIT => COMMIT
          b => INSERT 0 0
        c SELECT k FROM u WHERE i = 1 FOR UPDATE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "u"
        b COMMIT => COMMIT
        u: [1, 10, 7]
        """),
    Fact(
      "two upserts of several rows in the other order",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (5, 5, 0) ON CONFLICT (i) DO UPDATE SET k = 1 => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (6, 6, 0) ON CONFLICT (i) DO UPDATE SET k = 1 => INSERT 0 1
        a INSERT INTO u VALUES (6, 6, 0) ON CONFLICT (i) DO UPDATE SET k = 2 => waits
        b COMMIT => COMMIT
          a => INSERT 0 1
        a COMMIT => COMMIT
        u: [1, 10, 100] [5, 5, 0] [6, 6, 2]
        """),
    Fact(
      "a subquery in the update reads the snapshot",
      schema: """
        CREATE TABLE u (i int, j int, k int);
        CREATE UNIQUE INDEX u_i ON u (i);
        CREATE UNIQUE INDEX u_j ON u (j);
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET k = 7 WHERE i = 1 => UPDATE 1
        b INSERT INTO u VALUES (1, 10, 1) ON CONFLICT (i) DO UPDATE SET k = u.k * 1000 + (SELECT k FROM u WHERE i = 1) RETURNING k => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [7100]
        u: [1, 10, 7100]
        """),
    Fact(
      "ON CONFLICT ON CONSTRAINT",
      schema: """
        CREATE TABLE u (i int, j int, k int, CONSTRAINT i_j UNIQUE (i, j));
        """,
      data: """
        INSERT INTO u VALUES (1, 10, 100), (1, NULL, 0);
        """,
      run: """
        a INSERT INTO u VALUES (1, 10, 1), (1, NULL, 1) ON CONFLICT ON CONSTRAINT i_j DO UPDATE SET (j, k) = (excluded.j + 1, u.k + excluded.k) RETURNING u.* => INSERT 0 2 [1, 11, 101] [1, NULL, 1]
        a INSERT INTO u AS x VALUES (1, 11, 1) ON CONFLICT (j, i) DO UPDATE SET k = (SELECT max(k) FROM u) + x.k WHERE excluded.k > 0 RETURNING x.k + 1 AS more => INSERT 0 1 [203]
        u: [1, 11, 202] [1, NULL, 0] [1, NULL, 1]
        """),
  ]
}
