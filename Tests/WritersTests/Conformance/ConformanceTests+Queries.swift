/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Queries and columns: what they give, alone and on rows that others change.
  static let queries: [Fact] = [
    Fact(
      "generated columns follow",
      schema: """
        CREATE TABLE g (id int PRIMARY KEY, net int, tax int DEFAULT 1, gross int GENERATED ALWAYS AS (net + tax) STORED UNIQUE, t text GENERATED ALWAYS AS (upper(id || 'x')) STORED);
        """,
      data: """
        INSERT INTO g (id, net) VALUES (1, 10);
        """,
      run: """
        a INSERT INTO g (id, net, tax) VALUES (2, 20, 5) RETURNING * => INSERT 0 1 [2, 20, 5, 25, 2X]
        a INSERT INTO g VALUES (3, 30, 3, DEFAULT) => INSERT 0 1
        a UPDATE g SET net = 11, gross = DEFAULT WHERE id = 1 RETURNING gross => UPDATE 1 [12]
        a UPDATE g SET net = 20, tax = 5 WHERE id = 1 => ERROR 23505 duplicate key value violates unique constraint "g_gross_key"
        a INSERT INTO g (id, net) VALUES (2, 9) ON CONFLICT (id) DO UPDATE SET net = excluded.gross RETURNING net, gross => INSERT 0 1 [10, 15]
        g: [1, 11, 1, 12, 1X] [2, 10, 5, 15, 2X] [3, 30, 3, 33, 3X]
        """),
    Fact(
      "on the newest row",
      schema: """
        CREATE TABLE g (id int PRIMARY KEY, net int, tax int DEFAULT 1, gross int GENERATED ALWAYS AS (net + tax) STORED UNIQUE, t text GENERATED ALWAYS AS (upper(id || 'x')) STORED);
        """,
      data: """
        INSERT INTO g (id, net) VALUES (1, 10);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE g SET tax = 7 WHERE id = 1 => UPDATE 1
        b UPDATE g SET net = net + 1 WHERE id = 1 RETURNING net, gross => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [11, 18]
        g: [1, 11, 7, 18, 1X]
        """),
    Fact(
      "a key that is generated",
      schema: """
        CREATE TABLE g (id int PRIMARY KEY, net int, tax int DEFAULT 1, gross int GENERATED ALWAYS AS (net + tax) STORED UNIQUE, t text GENERATED ALWAYS AS (upper(id || 'x')) STORED);
        """,
      data: """
        INSERT INTO g (id, net) VALUES (1, 10);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE g SET tax = 2 WHERE id = 1 => UPDATE 1
        b SELECT id FROM g WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        g: [1, 10, 2, 12, 1X]
        """),
    Fact(
      "SELECT 1 fixes the snapshot of REPEATABLE READ",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, grp text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 20), (4, 'b', 5), (5, 'b', NULL);
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a SELECT 1 => SELECT 1 [1]
        b UPDATE t SET n = 99 WHERE id = 1 => UPDATE 1
        a SELECT n FROM t WHERE id = 1 => SELECT 1 [10]
        a UPDATE t SET n = 1 WHERE id = 1 => ERROR 40001 could not serialize access due to concurrent update
        a ROLLBACK => ROLLBACK
        t: [1, a, 99] [2, a, 10] [3, a, 20] [4, b, 5] [5, b, NULL]
        """),
    Fact(
      "window functions",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, grp text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 20), (4, 'b', 5), (5, 'b', NULL);
        """,
      run: """
        a SELECT id, row_number() OVER (PARTITION BY grp ORDER BY n DESC, id), rank() OVER (PARTITION BY grp ORDER BY n), dense_rank() OVER (PARTITION BY grp ORDER BY n) FROM t ORDER BY id => SELECT 5 [1, 2, 1, 1] [2, 3, 1, 1] [3, 1, 3, 2] [4, 2, 1, 1] [5, 1, 2, 2]
        a SELECT id, sum(n) OVER (ORDER BY id), sum(n) OVER (PARTITION BY grp), count(*) OVER (), sum(n) OVER (PARTITION BY grp ORDER BY n) AS peers, sum(n) OVER (PARTITION BY grp ORDER BY n ROWS UNBOUNDED PRECEDING) AS each FROM t ORDER BY id => SELECT 5 [1, 10, 40, 5, 20, 10] [2, 20, 40, 5, 20, 20] [3, 40, 40, 5, 40, 40] [4, 45, 5, 5, 5, 5] [5, 45, 5, 5, 5, 5]
        a SELECT id, lag(n) OVER (ORDER BY id), lead(id, 2, 0) OVER (ORDER BY id), first_value(id) OVER (PARTITION BY grp ORDER BY id), last_value(id) OVER (PARTITION BY grp ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), max(n) FILTER (WHERE id > 1) OVER (ORDER BY id) FROM t ORDER BY id DESC => SELECT 5 [5, 5, 0, 4, 5, 20] [4, 20, 0, 4, 5, 20] [3, 10, 5, 1, 3, 20] [2, 10, 4, 1, 3, 10] [1, NULL, 3, 1, 3, NULL]
        a SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY grp ORDER BY id) AS r FROM t) x WHERE r = 1 ORDER BY id => SELECT 2 [1] [4]
        a DELETE FROM t USING (SELECT id, row_number() OVER (PARTITION BY grp, n ORDER BY id) AS r FROM t) x WHERE x.id = t.id AND r > 1 RETURNING t.id => DELETE 1 [2]
        t: [1, a, 10] [3, a, 20] [4, b, 5] [5, b, NULL]
        """),
    Fact(
      "a re-check keeps the row of the window",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, grp text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 20), (4, 'b', 5), (5, 'b', NULL);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET n = 11 WHERE id = 2 => UPDATE 1
        b UPDATE t SET n = t.n * 100 + r FROM (SELECT id, row_number() OVER (ORDER BY id) AS r FROM t) x WHERE x.id = t.id AND t.id = 2 RETURNING t.n => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [1102]
        t: [1, a, 10] [2, a, 1102] [3, a, 20] [4, b, 5] [5, b, NULL]
        """),
    Fact(
      "lists of values",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, grp text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 20), (4, 'b', 5), (5, 'b', NULL);
        """,
      run: """
        a SELECT id FROM t WHERE id = ANY ('{1,3}'::int[]) ORDER BY id => SELECT 2 [1] [3]
        a SELECT id FROM t WHERE grp = ANY ('{a,"x y",NULL}') AND id <> ALL ('{1}') ORDER BY id => SELECT 2 [2] [3]
        a SELECT id FROM t WHERE (id, grp) IN ((1, 'a'), (4, 'b'), (5, 'a')) AND (id, n) <> (1, 5) ORDER BY id => SELECT 2 [1] [4]
        a TABLE t ORDER BY id LIMIT 1 + 1 => SELECT 2 [1, a, 10] [2, a, 10]
        a SELECT id FROM t ORDER BY id DESC LIMIT 9223372036854775807 OFFSET 3 => SELECT 2 [2] [1]
        a SELECT id FROM t ORDER BY id LIMIT 9223372036854775807 OFFSET 9223372036854775807 => SELECT 0
        t: [1, a, 10] [2, a, 10] [3, a, 20] [4, b, 5] [5, b, NULL]
        """),
    Fact(
      "patterns with an escape of their own",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, grp text, n int);
        """,
      data: """
        INSERT INTO t VALUES (1, 'a', 10), (2, 'a', 10), (3, 'a', 20), (4, 'b', 5), (5, 'b', NULL);
        """,
      run: """
        a SELECT 'a%b' LIKE 'a!%b' ESCAPE '!', 'axb' LIKE 'a!%b' ESCAPE '!', 'a\\b' LIKE 'a\\b' ESCAPE '', 'a_' NOT ILIKE 'A#_' ESCAPE '#' => SELECT 1 [t, f, t, f]
        a SELECT 'a' LIKE 'a' ESCAPE '!!' => ERROR 22025 invalid escape string
        t: [1, a, 10] [2, a, 10] [3, a, 20] [4, b, 5] [5, b, NULL]
        """),
  ]
}
