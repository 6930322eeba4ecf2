/// Observed on PostgreSQL 15.18: the texts behind `=>` are the server's.
extension ConformanceTests {
  /// Savepoints and EXCEPTION blocks; NOWAIT and SKIP LOCKED; now(); functions.
  static let transactions: [Fact] = [
    // 21: savepoints and EXCEPTION blocks.
    Fact(
      "ROLLBACK TO lets go of what was locked since the savepoint",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        a SAVEPOINT s => SAVEPOINT
        a UPDATE t SET v = 1 WHERE id = 2 => UPDATE 1
        a ROLLBACK TO s => ROLLBACK
        b UPDATE t SET v = 2 WHERE id = 2 => UPDATE 1
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        t: [1, 2, open] [2, 2, open]
        """),
    Fact(
      "an error below a savepoint keeps what was locked before",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 1 WHERE id = 1 => UPDATE 1
        a SAVEPOINT s => SAVEPOINT
        a UPDATE t SET v = 1 WHERE id = 2 => UPDATE 1
        a INSERT INTO t VALUES (1, 0) => ERROR 23505 duplicate key value violates unique constraint "t_pkey"
        b UPDATE t SET v = 2 WHERE id = 2 => UPDATE 1
        a ROLLBACK TO s => ROLLBACK
        b UPDATE t SET v = 2 WHERE id = 1 => waits
        a COMMIT => COMMIT
          b => UPDATE 1
        t: [1, 2, open] [2, 2, open]
        """),
    Fact(
      "an EXCEPTION block undoes its work and lets go of its locks",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        CREATE FUNCTION f(p int) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE n int;
        BEGIN
          BEGIN
            UPDATE t SET v = 0 WHERE id = p;
            INSERT INTO t VALUES (p, 1);
          EXCEPTION WHEN unique_violation THEN
            GET DIAGNOSTICS n = ROW_COUNT;
            RETURN SQLSTATE || ' ' || SQLERRM;
          END;
          RETURN 'none';
        END $$;
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT f(1) => SELECT 1 [23505 duplicate key value violates unique constraint "t_pkey"]
        b UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v => UPDATE 1 [101]
        a COMMIT => COMMIT
        t: [1, 101, open] [2, 200, open]
        """),
    // 22: NOWAIT and SKIP LOCKED.
    Fact(
      "NOWAIT",
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
        b SELECT id FROM t WHERE id = 1 FOR UPDATE NOWAIT => ERROR 55P03 could not obtain lock on row in relation "t"
        a COMMIT => COMMIT
        b COMMIT => ROLLBACK
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "NOWAIT is content with what does not conflict",
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
        b SELECT id FROM t WHERE id = 1 FOR KEY SHARE NOWAIT => SELECT 1 [1]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    Fact(
      "SKIP LOCKED",
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
        b SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED => SELECT 1 [2]
        a COMMIT => COMMIT
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 200, open]
        """),
    // 23: now().
    Fact(
      "now() is the start of the transaction, also after a wait",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 0 WHERE id = 1 => UPDATE 1
        b BEGIN => BEGIN
        +
        b SELECT now() = transaction_timestamp(), now() < statement_timestamp(), statement_timestamp() <= clock_timestamp() => SELECT 1 [t, t, t]
        b UPDATE t SET st = 'late' WHERE id = 1 RETURNING now() < clock_timestamp(), now() < statement_timestamp() => waits
        +
        a COMMIT => COMMIT
          b => UPDATE 1 [t, t]
        b COMMIT => COMMIT
        t: [1, 0, late] [2, 200, open]
        """),
    // 24: functions.
    Fact(
      "a VOLATILE function takes a snapshot for each statement",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        CREATE FUNCTION f(p int) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE a int; b int;
        BEGIN
          SELECT v INTO a FROM t WHERE id = 2;
          PERFORM 1 FROM t WHERE id = 1 FOR UPDATE;
          SELECT v INTO b FROM t WHERE id = 2;
          RETURN a || ' ' || b;
        END $$;
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a UPDATE t SET v = 5 => UPDATE 2
        b SELECT f(1) => waits
        a COMMIT => COMMIT
          b => SELECT 1 [200 5]
        t: [1, 5, open] [2, 5, open]
        """),
    Fact(
      "REPEATABLE READ: it does not",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        CREATE FUNCTION f(p int) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE a int; b int;
        BEGIN
          SELECT v INTO a FROM t WHERE id = 2;
          PERFORM 1 FROM t WHERE id = 1 FOR UPDATE;
          SELECT v INTO b FROM t WHERE id = 2;
          RETURN a || ' ' || b;
        END $$;
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a BEGIN => BEGIN
        a SELECT id FROM t WHERE id = 1 FOR UPDATE => SELECT 1 [1]
        b BEGIN ISOLATION LEVEL REPEATABLE READ => BEGIN
        b SELECT f(1) => waits
        a UPDATE t SET v = 5 WHERE id = 2 => UPDATE 1
        a COMMIT => COMMIT
          b => SELECT 1 [200 200]
        b COMMIT => COMMIT
        t: [1, 100, open] [2, 5, open]
        """),
    Fact(
      "FOUND, ROW_COUNT, INTO, RAISE",
      schema: """
        CREATE TABLE t (id int PRIMARY KEY, v int, st text DEFAULT 'open');
        CREATE FUNCTION f(p int) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE n int; r record; s text := '';
        BEGIN
          UPDATE t SET v = v + 1 WHERE id <= p;
          GET DIAGNOSTICS n = ROW_COUNT;
          s := s || n || FOUND;
          SELECT v INTO n FROM t WHERE id = p + 5;
          s := s || ' ' || coalesce(n, -1) || FOUND;
          PERFORM 1 FROM t WHERE id = p;
          s := s || ' ' || FOUND;
          FOR r IN SELECT id FROM t WHERE id > 99 LOOP s := s || 'x'; END LOOP;
          s := s || ' ' || FOUND;
          BEGIN
            SELECT v INTO STRICT n FROM t WHERE id <= 2;
          EXCEPTION WHEN too_many_rows THEN s := s || ' ' || SQLSTATE || ' ' || SQLERRM;
          END;
          RAISE EXCEPTION '% at %%', s USING ERRCODE = 'P0042';
        END $$;
        """,
      data: """
        INSERT INTO t VALUES (1, 100, 'open'), (2, 200, 'open');
        """,
      run: """
        a SELECT f(1) => ERROR P0042 1true -1false true false P0003 query returned more than one row at %
        a SELECT f(2) => ERROR P0042 2true -1false true false P0003 query returned more than one row at %
        t: [1, 100, open] [2, 200, open]
        """),
  ]
}
