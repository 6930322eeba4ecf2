/// Observed on PostgreSQL 15.20: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// EvalPlanQual: what a re-check sees of each relation.
  static let rechecks: [Fact] = [
    Fact(
      "the other tables of a join keep the row that was found",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = bal + 450 WHERE id = 'c' => UPDATE 1
        b SELECT a1.bal, a2.bal FROM acc a1, acc a2 WHERE a1.id = a2.id ORDER BY a1.id FOR UPDATE OF a1 => waits
        a COMMIT => COMMIT
          b => SELECT 2 [1050, 600] [600, 600]
        acc: [c, 1050] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "both locked: both new",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = bal + 450 WHERE id = 'c' => UPDATE 1
        b SELECT a1.bal, a2.bal FROM acc a1, acc a2 WHERE a1.id = a2.id ORDER BY a1.id FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 2 [1050, 1050] [600, 600]
        acc: [c, 1050] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "a condition on the row that is not locked is not asked again of its new version",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 0 WHERE id = 'c' => UPDATE 1
        b SELECT a1.bal, a2.bal FROM acc a1, acc a2 WHERE a1.id = a2.id AND a2.bal > 100 AND a1.id = 'c' FOR UPDATE OF a1 => waits
        a COMMIT => COMMIT
          b => SELECT 1 [0, 600]
        acc: [c, 0] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "UPDATE … FROM: joined again to the same rows",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        a UPDATE p SET v = 'x' WHERE id = 1 => UPDATE 1
        b UPDATE acc SET bal = acc.bal + p.id FROM p WHERE p.v = acc.id RETURNING acc.id, acc.bal, p.v => waits
        a COMMIT => COMMIT
          b => UPDATE 2 [c, 8, c] [s, 602, s]
        acc: [c, 8] [s, 602]
        p: [1, x] [2, s]
        """),
    Fact(
      "a join that fails on the new version",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET id = 'd' WHERE id = 'c' => UPDATE 1
        b UPDATE acc SET bal = acc.bal + p.id FROM p WHERE p.v = acc.id RETURNING acc.id, acc.bal, p.v => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [s, 602, s]
        acc: [d, 600] [s, 602]
        p: [1, c] [2, s]
        """),
    Fact(
      "and one that would succeed with another row of the other table only",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET id = 'k' WHERE id = 'c' => UPDATE 1
        a UPDATE p SET v = 'k' WHERE id = 1 => UPDATE 1
        b UPDATE acc SET bal = acc.bal + p.id FROM p WHERE p.v = acc.id RETURNING acc.id, acc.bal, p.v => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [s, 602, s]
        acc: [k, 600] [s, 602]
        p: [1, k] [2, s]
        """),
    Fact(
      "VALUES lists",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b SELECT acc.*, v.n FROM acc, (VALUES ('c', 1), ('s', 2)) v (id, n) WHERE acc.id = v.id ORDER BY v.n FOR UPDATE OF acc => waits
        a COMMIT => COMMIT
          b => SELECT 2 [c, 7, 1] [s, 600, 2]
        acc: [c, 7] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "a scalar subquery in SET and one in WHERE",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b UPDATE acc SET bal = bal * 1000 + (SELECT bal FROM acc x WHERE x.id = acc.id) WHERE id = 'c' AND (SELECT bal FROM acc x WHERE x.id = acc.id) = 600 RETURNING bal => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [7600]
        acc: [c, 7600] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "a CTE that reads",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b WITH old AS (SELECT id, bal FROM acc) UPDATE acc SET bal = acc.bal + old.bal FROM old WHERE old.id = acc.id RETURNING acc.id, acc.bal, old.bal => waits
        a COMMIT => COMMIT
          b => UPDATE 2 [c, 607, 600] [s, 1200, 600]
        acc: [c, 607] [s, 1200]
        p: [1, c] [2, s]
        """),
    Fact(
      "a CTE that locks, under one that reads",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b WITH one AS (SELECT v FROM p WHERE id = 1), two AS (SELECT * FROM acc WHERE id = (SELECT v FROM one) FOR UPDATE) SELECT * FROM two => waits
        a COMMIT => COMMIT
          b => SELECT 1 [c, 7]
        acc: [c, 7] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "a left join whose partner is lost",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b SELECT acc.*, p.id AS pid FROM acc LEFT JOIN p ON p.v = acc.id AND acc.bal > 100 ORDER BY acc.id FOR UPDATE OF acc => waits
        a COMMIT => COMMIT
          b => SELECT 2 [c, 7, NULL] [s, 600, 2]
        acc: [c, 7] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "a deleted row of two that are locked",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a DELETE FROM p WHERE id = 1 => DELETE 1
        b SELECT acc.id, p.id AS pid FROM acc JOIN p ON p.v = acc.id ORDER BY p.id FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [s, 2]
        acc: [c, 600] [s, 600]
        p: [2, s]
        """),
    Fact(
      "DELETE … USING",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b DELETE FROM acc USING p WHERE p.v = acc.id AND acc.bal > 100 RETURNING acc.id, p.id => waits
        a COMMIT => COMMIT
          b => DELETE 1 [s, 2]
        acc: [c, 7]
        p: [1, c] [2, s]
        """),
    Fact(
      "two tables, two modes",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM p WHERE id = 1 FOR SHARE => SELECT 1 [1]
        b SELECT acc.id FROM acc JOIN p ON p.v = acc.id WHERE p.id = 1 FOR SHARE OF p FOR UPDATE OF acc => SELECT 1 [c]
        c SELECT acc.id FROM acc JOIN p ON p.v = acc.id WHERE p.id = 1 FOR UPDATE OF p SKIP LOCKED => SELECT 0
        c SELECT acc.id FROM acc JOIN p ON p.v = acc.id WHERE p.id = 1 FOR UPDATE OF p NOWAIT => ERROR 55P03 could not obtain lock on row in relation "p"
        a COMMIT => COMMIT
        acc: [c, 600] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "DISTINCT and ORDER BY over a locking subquery",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b SELECT DISTINCT bal FROM (SELECT bal FROM acc FOR UPDATE) x ORDER BY bal => waits
        a COMMIT => COMMIT
          b => SELECT 2 [7] [600]
        acc: [c, 7] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "IN with a subquery that locks",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        b UPDATE acc SET bal = bal + 1 WHERE id IN (SELECT id FROM acc WHERE bal > 100 ORDER BY id FOR UPDATE) RETURNING id, bal => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [s, 601]
        acc: [c, 7] [s, 601]
        p: [1, c] [2, s]
        """),
    Fact(
      "an UPDATE … FROM that finds a row twice changes it once",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a UPDATE acc SET bal = x.n FROM (VALUES ('c', 1), ('c', 2)) x (id, n) WHERE x.id = acc.id RETURNING acc.id, acc.bal => UPDATE 1 [c, 1]
        acc: [c, 1] [s, 600]
        p: [1, c] [2, s]
        """),
    Fact(
      "EXISTS is asked by the snapshot",
      schema: """
        CREATE TABLE acc (id text PRIMARY KEY, bal int);
        CREATE TABLE p (id int, v text);
        """,
      data: """
        INSERT INTO acc VALUES ('c', 600), ('s', 600);
        INSERT INTO p VALUES (1, 'c'), (2, 's');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE acc SET bal = 7 WHERE id = 'c' => UPDATE 1
        a DELETE FROM p WHERE id = 1 => DELETE 1
        b UPDATE acc SET bal = bal + 1 WHERE id = 'c' AND EXISTS (SELECT 1 FROM p WHERE p.v = acc.id) RETURNING bal => waits
        a COMMIT => COMMIT
          b => UPDATE 1 [8]
        acc: [c, 8] [s, 600]
        p: [2, s]
        """),
  ]
}
