/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Which row locks conflict.
  static let locks: [Fact] = [
    // 7: which row locks conflict.
    Fact(
      "FOR KEY SHARE, then FOR KEY SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR KEY SHARE, then FOR SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR KEY SHARE, then FOR NO KEY UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR KEY SHARE, then FOR UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR SHARE, then FOR KEY SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR SHARE, then FOR SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR SHARE, then FOR NO KEY UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR SHARE, then FOR UPDATE",
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
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR NO KEY UPDATE, then FOR KEY SHARE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR NO KEY UPDATE, then FOR SHARE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR NO KEY UPDATE, then FOR NO KEY UPDATE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR NO KEY UPDATE, then FOR UPDATE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => SELECT 1 [1]
        b BEGIN => BEGIN
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR UPDATE, then FOR KEY SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR UPDATE, then FOR SHARE",
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
        b SELECT id FROM t WHERE id = 1 FOR SHARE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR UPDATE, then FOR NO KEY UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR NO KEY UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "FOR UPDATE, then FOR UPDATE",
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
        b SELECT id FROM t WHERE id = 1 FOR UPDATE => waits
        a COMMIT => COMMIT
          b => SELECT 1 [1]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
  ]
}
