/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Partial and expression unique indexes, NULLS NOT DISTINCT, and ON CONFLICT with them.
  static let indexes: [Fact] = [
    Fact(
      "a partial unique index: one pending for each customer",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a INSERT INTO o VALUES (3, 1, 'paid', 0) => INSERT 0 1
        a INSERT INTO o VALUES (4, 1, 'pending', 0) => ERROR 23505 duplicate key value violates unique constraint "o_pending"
        a INSERT INTO o VALUES (5, 1, NULL, 0) => INSERT 0 1
        a INSERT INTO o VALUES (6, NULL, 'pending', 0) => INSERT 0 1
        a INSERT INTO o VALUES (7, NULL, 'pending', 0) => INSERT 0 1
        a UPDATE o SET st = 'pending' WHERE id = 2 => ERROR 23505 duplicate key value violates unique constraint "o_pending"
        a UPDATE o SET n = 1 WHERE id = 1 => UPDATE 1
        a UPDATE o SET st = 'paid' WHERE id = 1 => UPDATE 1
        a UPDATE o SET st = 'pending' WHERE id = 2 => UPDATE 1
        o: [1, 1, paid, 1] [2, 1, pending, 0] [3, 1, paid, 0] [5, 1, NULL, 0] [6, NULL, pending, 0] [7, NULL, pending, 0]
        """),
    Fact(
      "an insert waits for its key in a partial index",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO o VALUES (3, 2, 'pending', 0) => INSERT 0 1
        b INSERT INTO o VALUES (4, 2, 'paid', 0) => INSERT 0 1
        b INSERT INTO o VALUES (5, 2, 'pending', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "o_pending"
        o: [1, 1, pending, 0] [2, 1, paid, 0] [3, 2, pending, 0] [4, 2, paid, 0]
        """),
    Fact(
      "and has it if the other rolls back",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO o VALUES (3, 2, 'pending', 0) => INSERT 0 1
        b INSERT INTO o VALUES (5, 2, 'pending', 0) => waits
        a ROLLBACK => ROLLBACK
          b => INSERT 0 1
        o: [1, 1, pending, 0] [2, 1, paid, 0] [5, 2, pending, 0]
        """),
    Fact(
      "so does an update into the condition",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO o VALUES (3, 2, 'pending', 0) => INSERT 0 1
        b INSERT INTO o VALUES (4, 2, 'paid', 0) => INSERT 0 1
        b UPDATE o SET st = 'pending' WHERE id = 4 => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "o_pending"
        o: [1, 1, pending, 0] [2, 1, paid, 0] [3, 2, pending, 0] [4, 2, paid, 0]
        """),
    Fact(
      "one out of the condition frees the key when it commits",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE o SET st = 'paid' WHERE id = 1 => UPDATE 1
        b INSERT INTO o VALUES (3, 1, 'pending', 0) => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        o: [1, 1, paid, 0] [2, 1, paid, 0] [3, 1, pending, 0]
        """),
    Fact(
      "and not when it rolls back",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE o SET st = 'paid' WHERE id = 1 => UPDATE 1
        b INSERT INTO o VALUES (3, 1, 'pending', 0) => waits
        a ROLLBACK => ROLLBACK
          b => ERROR 23505 duplicate key value violates unique constraint "o_pending"
        o: [1, 1, pending, 0] [2, 1, paid, 0]
        """),
    Fact(
      "the columns of a partial index are no key for row locks",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending';
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE o SET c = 5, st = 'paid' WHERE id = 1 => UPDATE 1
        b SELECT id FROM o WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        o: [1, 5, paid, 0] [2, 1, paid, 0]
        """),
    Fact(
      "an expression is a key",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, email text, n int);
        CREATE UNIQUE INDEX u_email ON u (lower(email));
        """,
      data: """
        INSERT INTO u VALUES (1, 'Ann@x', 0);
        """,
      run: """
        a INSERT INTO u VALUES (2, 'ann@X', 0) => ERROR 23505 duplicate key value violates unique constraint "u_email"
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (3, 'BOB', 0) => INSERT 0 1
        b INSERT INTO u VALUES (4, 'bob', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "u_email"
        b UPDATE u SET email = 'bOb' WHERE id = 3 => UPDATE 1
        b UPDATE u SET email = 'ANN@x' WHERE id = 3 => ERROR 23505 duplicate key value violates unique constraint "u_email"
        b INSERT INTO u VALUES (5, NULL, 0), (6, NULL, 0) => INSERT 0 2
        u: [1, Ann@x, 0] [3, bOb, 0] [5, NULL, 0] [6, NULL, 0]
        """),
    Fact(
      "changing it takes no FOR UPDATE",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, email text, n int);
        CREATE UNIQUE INDEX u_email ON u (lower(email));
        """,
      data: """
        INSERT INTO u VALUES (1, 'Ann@x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET email = 'other' WHERE id = 1 => UPDATE 1
        b SELECT id FROM u WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        c INSERT INTO u VALUES (2, 'ANN@X', 0) => waits
        a COMMIT => COMMIT
          c => INSERT 0 1
        u: [1, other, 0] [2, ANN@X, 0]
        """),
    Fact(
      "a key that is left and taken again",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, email text, n int);
        CREATE UNIQUE INDEX u_email ON u (lower(email));
        """,
      data: """
        INSERT INTO u VALUES (1, 'Ann@x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET email = 'other' WHERE id = 1 => UPDATE 1
        a UPDATE u SET email = 'ann@x' WHERE id = 1 => UPDATE 1
        b INSERT INTO u VALUES (2, 'OTHER', 0) => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        u: [1, ann@x, 0] [2, OTHER, 0]
        """),
    Fact(
      "a column and an expression with a condition",
      schema: """
        CREATE TABLE w (id int PRIMARY KEY, shop int, ref text, gone timestamptz);
        CREATE UNIQUE INDEX ON w (shop, upper(ref)) INCLUDE (id) WHERE gone IS NULL;
        """,
      data: """
        INSERT INTO w VALUES (1, 1, 'a', NULL), (2, 1, 'A', '2025-01-01');
        """,
      run: """
        a INSERT INTO w VALUES (3, 1, 'A', NULL) => ERROR 23505 duplicate key value violates unique constraint "w_shop_upper_id_idx"
        a INSERT INTO w VALUES (4, 2, 'A', NULL) => INSERT 0 1
        a UPDATE w SET gone = NULL WHERE id = 2 => ERROR 23505 duplicate key value violates unique constraint "w_shop_upper_id_idx"
        w: [1, 1, a, NULL] [2, 1, A, 2025-01-01 00:00:00+00] [4, 2, A, NULL]
        """),
    Fact(
      "NULLs that are not distinct",
      schema: """
        CREATE TABLE v (id int PRIMARY KEY, a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
        CREATE UNIQUE INDEX v_b ON v (b) NULLS NOT DISTINCT WHERE a > 5;
        """,
      data: """
        INSERT INTO v VALUES (1, NULL, 1), (2, 6, NULL);
        """,
      run: """
        a INSERT INTO v VALUES (3, NULL, 1) => ERROR 23505 duplicate key value violates unique constraint "v_a_b_key"
        a INSERT INTO v VALUES (4, NULL, 2) => INSERT 0 1
        a INSERT INTO v VALUES (5, 7, NULL) => ERROR 23505 duplicate key value violates unique constraint "v_b"
        a INSERT INTO v VALUES (6, 3, NULL) => INSERT 0 1
        a BEGIN => BEGIN
        a INSERT INTO v VALUES (7, NULL, NULL) => INSERT 0 1
        b INSERT INTO v VALUES (8, NULL, NULL) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "v_a_b_key"
        c BEGIN => BEGIN
        c UPDATE v SET b = 9 WHERE id = 1 => UPDATE 1
        d SELECT id FROM v WHERE id = 1 FOR KEY SHARE => waits
        c ROLLBACK => ROLLBACK
          d => SELECT 1 [1]
        v: [1, NULL, 1] [2, 6, NULL] [4, NULL, 2] [6, 3, NULL] [7, NULL, NULL]
        """),
    Fact(
      "ON CONFLICT infers a partial index",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending' AND n >= 0;
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a INSERT INTO o VALUES (3, 1, 'pending', 5) ON CONFLICT (c) WHERE n >= 0 AND st = 'pending' DO NOTHING => INSERT 0 0
        a INSERT INTO o VALUES (3, 1, 'pending', 5) ON CONFLICT (c) WHERE st = 'pending' AND n >= 0 AND id > 0 DO UPDATE SET n = o.n + excluded.n RETURNING id, n => INSERT 0 1 [1, 5]
        a INSERT INTO o VALUES (4, 1, 'paid', 5) ON CONFLICT (c) WHERE st = 'pending' AND n >= 0 DO UPDATE SET n = 99 RETURNING id, n => INSERT 0 1 [4, 5]
        a INSERT INTO o VALUES (4, 9, 'pending', 5) ON CONFLICT (c) WHERE st = 'pending' AND n >= 0 DO UPDATE SET n = 99 RETURNING id, n => ERROR 23505 duplicate key value violates unique constraint "o_pkey"
        o: [1, 1, pending, 5] [2, 1, paid, 0] [4, 1, paid, 5]
        """),
    Fact(
      "and waits for it",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending' AND n >= 0;
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO o VALUES (3, 2, 'pending', 1) => INSERT 0 1
        b INSERT INTO o VALUES (4, 2, 'pending', 2) ON CONFLICT (c) WHERE st = 'pending' AND n >= 0 DO UPDATE SET n = o.n + 10 RETURNING id, n => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [3, 11]
        o: [1, 1, pending, 0] [2, 1, paid, 0] [3, 2, pending, 11]
        """),
    Fact(
      "a row that leaves the condition is no conflict any more",
      schema: """
        CREATE TABLE o (id int PRIMARY KEY, c int, st text, n int);
        CREATE UNIQUE INDEX o_pending ON o (c) WHERE st = 'pending' AND n >= 0;
        """,
      data: """
        INSERT INTO o VALUES (1, 1, 'pending', 0), (2, 1, 'paid', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE o SET st = 'paid' WHERE id = 1 => UPDATE 1
        b INSERT INTO o VALUES (3, 1, 'pending', 5) ON CONFLICT (c) WHERE st = 'pending' AND n >= 0 DO UPDATE SET n = 99 RETURNING id, n => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [3, 5]
        o: [1, 1, paid, 0] [2, 1, paid, 0] [3, 1, pending, 5]
        """),
    Fact(
      "ON CONFLICT infers an expression",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, email text, n int, x text UNIQUE);
        CREATE UNIQUE INDEX u_email ON u (lower(email));
        """,
      data: """
        INSERT INTO u VALUES (1, 'Ann', 0, 'x');
        """,
      run: """
        a INSERT INTO u VALUES (2, 'ANN', 1, 'y') ON CONFLICT (lower(email)) DO UPDATE SET email = excluded.email, n = u.n + 1 WHERE u.n < 1 RETURNING * => INSERT 0 1 [1, ANN, 1, x]
        a INSERT INTO u VALUES (2, 'aNN', 1, 'y') ON CONFLICT (lower(email)) DO UPDATE SET email = excluded.email, n = u.n + 1 WHERE u.n < 1 RETURNING * => INSERT 0 0
        a INSERT INTO u VALUES (2, 'bob', 1, 'x') ON CONFLICT (lower(email)) DO NOTHING => ERROR 23505 duplicate key value violates unique constraint "u_x_key"
        a INSERT INTO u VALUES (3, 'carl', 1, 'c'), (4, 'CARL', 1, 'd') ON CONFLICT (lower(email)) DO UPDATE SET n = 7 => ERROR 21000 ON CONFLICT DO UPDATE command cannot affect row a second time
        a INSERT INTO u VALUES (3, 'carl', 1, 'c'), (4, 'CARL', 1, 'd'), (5, 'dora', 1, 'x') ON CONFLICT DO NOTHING => INSERT 0 1
        u: [1, ANN, 1, x] [3, carl, 1, c]
        """),
  ]
}
