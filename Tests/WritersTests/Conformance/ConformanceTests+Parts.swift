/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// WITH: parts that write or lock, asked for or not.
  static let parts: [Fact] = [
    Fact(
      "unreferenced writing CTEs run after the main query, the last first",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a AS (INSERT INTO l (what) VALUES ('a')), b AS (INSERT INTO l (what) VALUES ('b')) INSERT INTO l (what) VALUES ('main') RETURNING id, what => INSERT 0 1 [1, main]
        a WITH a AS (INSERT INTO l (what) VALUES ('a') RETURNING id), b AS (INSERT INTO l (what) SELECT 'b' || id FROM a), c AS (INSERT INTO l (what) VALUES ('c')) SELECT 1 AS one => SELECT 1 [1]
        a WITH a AS (INSERT INTO l (what) VALUES ('a') RETURNING id), b AS (INSERT INTO l (what) SELECT 'b' FROM a RETURNING id) SELECT id FROM b => SELECT 1 [8]
        t: [1, 0] [2, 0] [3, 0]
        l: [1, main] [2, b] [3, a] [4, c] [5, a] [6, b5] [7, a] [8, b]
        """),
    Fact(
      "their number is not the statement's",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a AS (UPDATE t SET n = n + 1 RETURNING id), b AS (DELETE FROM l RETURNING id) UPDATE t SET n = 5 WHERE id = 9 => UPDATE 0
        a WITH a AS (UPDATE t SET n = n + 1) SELECT id, n FROM t ORDER BY id => SELECT 3 [1, 1] [2, 1] [3, 1]
        a WITH a AS (DELETE FROM t WHERE id = 3) INSERT INTO l (what) SELECT 'x' FROM t RETURNING id => INSERT 0 3 [1] [2] [3]
        t: [1, 2] [2, 2]
        l: [1, x] [2, x] [3, x]
        """),
    Fact(
      "a row is changed once by a statement",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a AS (UPDATE t SET n = n + 1 RETURNING id, n) UPDATE t SET n = t.n + 10 FROM a WHERE a.id = t.id RETURNING t.id, t.n => UPDATE 0
        a WITH a AS (UPDATE t SET n = n + 1 WHERE id = 1) UPDATE t SET n = n + 10 RETURNING id, n => UPDATE 3 [1, 11] [2, 11] [3, 11]
        a WITH a AS (DELETE FROM t WHERE id = 1 RETURNING id) UPDATE t SET n = t.n + 10 FROM a WHERE a.id = t.id RETURNING t.id, t.n => UPDATE 0
        a WITH a AS (UPDATE t SET n = 7 WHERE id = 2 RETURNING id) DELETE FROM t USING a WHERE a.id = t.id RETURNING t.id => DELETE 0
        a WITH a AS (UPDATE t SET n = 8 WHERE id = 2 RETURNING id, n) SELECT t.id, t.n, a.n FROM t JOIN a ON a.id = t.id => SELECT 1 [2, 7, 8]
        a WITH a AS (UPDATE t SET n = 9 WHERE id = 2 RETURNING id) SELECT t.id, t.n FROM t WHERE id IN (SELECT id FROM a) FOR UPDATE => SELECT 0
        t: [2, 9] [3, 11]
        l: 
        """),
    Fact(
      "INSERT … ON CONFLICT meets what another part has done",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a AS (UPDATE t SET n = 3 WHERE id = 1 RETURNING id) INSERT INTO t SELECT id, 0 FROM a ON CONFLICT (id) DO UPDATE SET n = 99 => ERROR 21000 ON CONFLICT DO UPDATE command cannot affect row a second time
        a WITH a AS (INSERT INTO t VALUES (7, 1) RETURNING id) INSERT INTO t SELECT id, 0 FROM a ON CONFLICT (id) DO NOTHING RETURNING id => INSERT 0 0
        a WITH a AS (INSERT INTO t VALUES (8, 1) RETURNING id) INSERT INTO t SELECT id, 0 FROM a => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        a WITH a AS (DELETE FROM t WHERE id = 1 RETURNING id) INSERT INTO t SELECT id, 0 FROM a => INSERT 0 1
        t: [1, 0] [2, 0] [3, 0] [7, 1]
        l: 
        """),
    Fact(
      "rows move from one table to another",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH gone AS (DELETE FROM t WHERE id < 3 RETURNING id, n AS amount) INSERT INTO l (what) SELECT 'gone ' || id || ' ' || amount FROM gone RETURNING what => INSERT 0 2 [gone 1 0] [gone 2 0]
        t: [3, 0]
        l: [1, gone 1 0] [2, gone 2 0]
        """),
    Fact(
      "a chain of parts, with expressions and names of their own",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a (x, y) AS (INSERT INTO t VALUES (11, 1), (12, 2) RETURNING id * 10, n + 1), b AS (SELECT sum(x) AS s FROM a), c AS (UPDATE t SET n = (SELECT s FROM b) WHERE id = 3 RETURNING *) SELECT c.n, b.s, (SELECT max(y) FROM a) FROM c, b => SELECT 1 [230, 230, 3]
        t: [1, 0] [11, 1] [12, 2] [2, 0] [3, 230]
        l: 
        """),
    Fact(
      "a CTE that locks rows and is referred to",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a BEGIN => BEGIN
        a WITH k AS (SELECT id FROM t WHERE id = 1 FOR UPDATE) UPDATE t SET n = 1 FROM k WHERE k.id = t.id RETURNING t.id => UPDATE 1 [1]
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        t: [1, 1] [2, 0] [3, 0]
        l: 
        """),
    Fact(
      "one that is not referred to locks nothing",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a BEGIN => BEGIN
        a WITH k AS (SELECT id FROM t WHERE id = 1 FOR UPDATE) SELECT 2 AS two => SELECT 1 [2]
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        a COMMIT => COMMIT
        t: [1, 0] [2, 0] [3, 0]
        l: 
        """),
    Fact(
      "all parts have one snapshot",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 100 WHERE id = 1 => UPDATE 1
        b WITH a AS (UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n) SELECT a.n, t.n FROM a, t WHERE t.id = 1 => waits
        a COMMIT => COMMIT
          b => SELECT 1 [101, 0]
        t: [1, 101] [2, 0] [3, 0]
        l: 
        """),
    Fact(
      "an unreferenced part waits when the main query is done",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 100 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b WITH a AS (UPDATE t SET n = n + 1 WHERE id = 1) UPDATE t SET n = 5 WHERE id = 2 RETURNING id => waits
        c SELECT id FROM t WHERE id = 2 FOR UPDATE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        a COMMIT => COMMIT
          b => UPDATE 1 [2]
        b COMMIT => COMMIT
        t: [1, 101] [2, 5] [3, 0]
        l: 
        """),
    Fact(
      "an error in a part undoes all",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH a AS (INSERT INTO t VALUES (1, 1)) UPDATE t SET n = 9 WHERE id = 2 RETURNING n => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        t: [1, 0] [2, 0] [3, 0]
        l: 
        """),
    Fact(
      "a READ ONLY transaction",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a BEGIN READ ONLY => BEGIN
        a WITH a AS (INSERT INTO t VALUES (20, 1) RETURNING id) SELECT id FROM a => ERROR 25006 cannot execute SELECT in a read-only transaction
        a ROLLBACK => ROLLBACK
        t: [1, 0] [2, 0] [3, 0]
        l: 
        """),
    Fact(
      "DELETE and INSERT of one key in parts",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, n int);
        CREATE TABLE l (id serial, what text);
        """,
      data: """
        INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
        """,
      run: """
        a WITH d AS (DELETE FROM t WHERE id = 1) INSERT INTO t VALUES (1, 5) => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        a WITH u AS (UPDATE t SET id = 30 WHERE id = 2 RETURNING id) INSERT INTO t SELECT 2, id FROM u RETURNING * => INSERT 0 1 [2, 30]
        t: [1, 0] [2, 30] [3, 0] [30, 0]
        l: 
        """),
  ]
}
