/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Unique keys wait for whoever is writing them; ON CONFLICT DO NOTHING; ON CONFLICT DO UPDATE.
  static let keys: [Fact] = [
    // 14: unique keys wait for whoever is writing them.
    Fact(
      "an equal key is waited for; COMMIT",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (3, 'y', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "u_code_key"
        b COMMIT => ROLLBACK
        u: [1, x, 0] [2, y, 0]
        """),
    Fact(
      "so is one that is being deleted; COMMIT",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM u WHERE id = 1 => DELETE 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 'z', 0) => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        b COMMIT => COMMIT
        u: [1, z, 0]
        """),
    Fact(
      "so is one whose row is changed elsewhere; COMMIT",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 'z', 0) => waits
        a COMMIT => COMMIT
          b => ERROR 23505 duplicate key value violates unique constraint "u_pkey"
        b COMMIT => ROLLBACK
        u: [1, x, 1]
        """),
    Fact(
      "an equal key is waited for; ROLLBACK",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (3, 'y', 0) => waits
        a ROLLBACK => ROLLBACK
          b => INSERT 0 1
        b COMMIT => COMMIT
        u: [1, x, 0] [3, y, 0]
        """),
    Fact(
      "so is one that is being deleted; ROLLBACK",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM u WHERE id = 1 => DELETE 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 'z', 0) => waits
        a ROLLBACK => ROLLBACK
          b => ERROR 23505 duplicate key value violates unique constraint "u_pkey"
        b COMMIT => ROLLBACK
        u: [1, x, 0]
        """),
    Fact(
      "so is one whose row is changed elsewhere; ROLLBACK",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET v = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 'z', 0) => waits
        a ROLLBACK => ROLLBACK
          b => ERROR 23505 duplicate key value violates unique constraint "u_pkey"
        b COMMIT => ROLLBACK
        u: [1, x, 0]
        """),
    Fact(
      "a key that was inserted and deleted again is waited for",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        a DELETE FROM u WHERE id = 2 => DELETE 1
        b INSERT INTO u VALUES (2, 'y', 1) => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        u: [1, x, 0] [2, y, 1]
        """),
    Fact(
      "a key that was passed through is waited for, unless its savepoint is gone",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a SAVEPOINT s => SAVEPOINT
        a UPDATE u SET code = 'p' WHERE id = 1 => UPDATE 1
        a ROLLBACK TO s => ROLLBACK
        b INSERT INTO u VALUES (2, 'p', 1) => INSERT 0 1
        a UPDATE u SET code = 'q' WHERE id = 1 => UPDATE 1
        a UPDATE u SET code = 'r' WHERE id = 1 => UPDATE 1
        b INSERT INTO u VALUES (3, 'q', 1) => waits
        a COMMIT => COMMIT
          b => INSERT 0 1
        u: [1, r, 0] [2, p, 1] [3, q, 1]
        """),
    Fact(
      "a row that is only locked has its key",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM u WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (1, 'z', 0) => ERROR 23505 duplicate key value violates unique constraint "u_pkey"
        a COMMIT => COMMIT
        b COMMIT => ROLLBACK
        u: [1, x, 0]
        """),
    // 15: ON CONFLICT DO NOTHING.
    Fact(
      "DO NOTHING waits; COMMIT",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO NOTHING RETURNING id => waits
        a COMMIT => COMMIT
          b => INSERT 0 0
        b COMMIT => COMMIT
        u: [1, x, 0] [2, y, 0]
        """),
    Fact(
      "DO NOTHING waits; ROLLBACK",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO NOTHING RETURNING id => waits
        a ROLLBACK => ROLLBACK
          b => INSERT 0 1 [2]
        b COMMIT => COMMIT
        u: [1, x, 0] [2, y, 7]
        """),
    Fact(
      "REPEATABLE READ: DO NOTHING beside a row it cannot see",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 0) => INSERT 0 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO NOTHING RETURNING id => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        u: [1, x, 0] [2, y, 0]
        """),
    Fact(
      "REPEATABLE READ: nor beside a version it cannot see",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a SELECT v FROM u WHERE id = 1 => SELECT 1 [0]
        b UPDATE u SET v = 1 WHERE id = 1 => UPDATE 1
        a INSERT INTO u VALUES (1, 'n', 0) ON CONFLICT DO NOTHING => ERROR 40001 could not serialize access due to concurrent update
        a COMMIT => ROLLBACK
        u: [1, x, 1]
        """),
    // 16: ON CONFLICT DO UPDATE.
    Fact(
      "DO UPDATE takes a row it cannot see; COMMIT",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 1) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO UPDATE SET v = u.v + EXCLUDED.v RETURNING id, v => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [2, 8]
        b COMMIT => COMMIT
        u: [1, x, 0] [2, y, 8]
        """),
    Fact(
      "DO UPDATE takes a row it cannot see; ROLLBACK",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 1) => INSERT 0 1
        b BEGIN => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO UPDATE SET v = u.v + EXCLUDED.v RETURNING id, v => waits
        a ROLLBACK => ROLLBACK
          b => INSERT 0 1 [2, 7]
        b COMMIT => COMMIT
        u: [1, x, 0] [2, y, 7]
        """),
    Fact(
      "REPEATABLE READ: DO UPDATE does not",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (2, 'y', 1) => INSERT 0 1
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b INSERT INTO u VALUES (2, 'y', 7) ON CONFLICT (id) DO UPDATE SET v = u.v + EXCLUDED.v RETURNING id, v => waits
        a COMMIT => COMMIT
          b => ERROR 40001 could not serialize access due to concurrent update
        b COMMIT => ROLLBACK
        u: [1, x, 0] [2, y, 1]
        """),
    Fact(
      "WHERE false leaves the row locked",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a INSERT INTO u VALUES (1, 'n', 0) ON CONFLICT (id) DO UPDATE SET v = 1 WHERE false => INSERT 0 0
        b UPDATE u SET v = 5 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        u: [1, x, 5]
        """),
    Fact(
      "one row twice",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a INSERT INTO u VALUES (1, 'n', 0), (1, 'm', 0) ON CONFLICT (id) DO UPDATE SET v = 1 => ERROR 21000 ON CONFLICT DO UPDATE command cannot affect row a second time
        a INSERT INTO u VALUES (1, 'n', 0), (7, 'm', 0) ON CONFLICT (id) DO UPDATE SET v = u.v + 1 RETURNING id, v => INSERT 0 2 [1, 1] [7, 0]
        u: [1, x, 1] [7, m, 0]
        """),
    Fact(
      "a conflict outside the arbiter: one row, once",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM u WHERE id = 1 => DELETE 1
        b INSERT INTO u VALUES (1, 'w', 4) ON CONFLICT (code) DO UPDATE SET v = 9 RETURNING id, v => waits
        a COMMIT => COMMIT
          b => INSERT 0 1 [1, 4]
        u: [1, w, 4]
        """),
  ]
}
