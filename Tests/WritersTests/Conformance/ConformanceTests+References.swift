/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Which lock a change takes; foreign keys lock the parent.
  static let references: [Fact] = [
    // 8: which lock a change takes.
    Fact(
      "an UPDATE of other columns takes NO KEY UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 1, open] [2, 200, open]
        """),
    Fact(
      "an UPDATE of the key takes UPDATE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET id = 9 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 0
        b COMMIT => COMMIT
        t: [2, 200, open] [9, 100, open]
        """),
    Fact(
      "an UPDATE of the key to its own value takes NO KEY UPDATE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET id = 1 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "a DELETE takes UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 0
        b COMMIT => COMMIT
        t: [2, 200, open]
        """),
    Fact(
      "any unique index counts",
      schema: """
        CREATE TABLE u (id int PRIMARY KEY, code text UNIQUE, v int);
        """,
      data: """
        INSERT INTO u VALUES (1, 'x', 0);
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE u SET code = 'y' WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        b SELECT code FROM u WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [y]
        b COMMIT => COMMIT
        u: [1, y, 0]
        """),
    Fact(
      "a re-check takes no stronger lock than the change",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        b BEGIN => BEGIN
        b UPDATE t SET id = 1, v = 3 WHERE id = 1 => UPDATE 1
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 3, open] [2, 200, open]
        """),
    // 9: foreign keys lock the parent.
    Fact(
      "a child's insert lets the parent's other columns change",
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
        a INSERT INTO child VALUES (2, 1) => INSERT 0 1
        b BEGIN => BEGIN
        b UPDATE parent SET v = 1 WHERE id = 1 => UPDATE 1
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        parent: [1, 1] [2, 0]
        child: [1, 1] [2, 1]
        """),
    Fact(
      "a child's insert holds the parent's deletion",
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
        a INSERT INTO child VALUES (2, 2) => INSERT 0 1
        b BEGIN => BEGIN
        b DELETE FROM parent WHERE id = 2 => waits
        a COMMIT => COMMIT
          b => ERROR 23503 update or delete on table "parent" violates foreign key constraint "child_parent_id_fkey" on table "child"
        b COMMIT => ROLLBACK
        parent: [1, 0] [2, 0]
        child: [1, 1] [2, 2]
        """),
    Fact(
      "the deletion goes on if the child is rolled back",
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
        a INSERT INTO child VALUES (2, 2) => INSERT 0 1
        b BEGIN => BEGIN
        b DELETE FROM parent WHERE id = 2 => waits
        a ROLLBACK => ROLLBACK
          b => DELETE 1
        b COMMIT => COMMIT
        parent: [1, 0]
        child: [1, 1]
        """),
    Fact(
      "a parent's deletion holds the child's insert",
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
        a DELETE FROM parent WHERE id = 2 => DELETE 1
        b BEGIN => BEGIN
        b INSERT INTO child VALUES (2, 2) => waits
        a COMMIT => COMMIT
          b => ERROR 23503 insert or update on table "child" violates foreign key constraint "child_parent_id_fkey"
        b COMMIT => ROLLBACK
        parent: [1, 0]
        child: [1, 1]
        """),
    Fact(
      "a re-pointed child is checked too",
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
        a DELETE FROM parent WHERE id = 2 => DELETE 1
        b BEGIN => BEGIN
        b UPDATE child SET parent_id = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => ERROR 23503 insert or update on table "child" violates foreign key constraint "child_parent_id_fkey"
        b COMMIT => ROLLBACK
        parent: [1, 0]
        child: [1, 1]
        """),
    Fact(
      "an unchanged reference is not",
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
        a UPDATE parent SET id = 5 WHERE id = 2 => UPDATE 1
        b BEGIN => BEGIN
        b UPDATE child SET parent_id = 1 WHERE id = 1 => UPDATE 1
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        parent: [1, 0] [5, 0]
        child: [1, 1]
        """),
    Fact(
      "keys are checked at the end of the statement, not of its part",
      schema: """
        CREATE TABLE parent (id int PRIMARY KEY, v int);
        CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
        """,
      data: """
        INSERT INTO parent VALUES (1, 0), (2, 0);
        INSERT INTO child VALUES (1, 1);
        """,
      run: """
        a WITH d AS (DELETE FROM child WHERE parent_id = 1 RETURNING parent_id) DELETE FROM parent USING d WHERE parent.id = d.parent_id RETURNING parent.id => DELETE 1 [1]
        a WITH p AS (INSERT INTO parent VALUES (3, 0) RETURNING id) INSERT INTO child SELECT 3, id FROM p => INSERT 0 1
        a INSERT INTO child VALUES (4, 4) => ERROR 23503 insert or update on table "child" violates foreign key constraint "child_parent_id_fkey"
        a DELETE FROM parent WHERE id = 3 => ERROR 23503 update or delete on table "parent" violates foreign key constraint "child_parent_id_fkey" on table "child"
        parent: [2, 0] [3, 0]
        child: [3, 3]
        """),
    Fact(
      "REPEATABLE READ: a cascade does not change what the snapshot does not show",
      schema: """
        CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent ON DELETE CASCADE);
        """,
      data: """
        INSERT INTO parent VALUES (1);
        """,
      run: """
        a BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        a SELECT count(*) FROM child => SELECT 1 [0]
        b INSERT INTO child VALUES (1, 1) => INSERT 0 1
        a DELETE FROM parent WHERE id = 1 => ERROR 40001 could not serialize access due to concurrent update
        a ROLLBACK => ROLLBACK
        parent: [1]
        child: [1, 1]
        """),
  ]
}
