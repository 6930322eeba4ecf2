import RandomCases
/// Functions, procedures, views, and triggers for whole statements.
extension SchemaGenerator {
  mutating func makeView(_ dice: inout Dice) {
    let table = dice.one(of: tables)
    let definition: Piece =
      dice.chance(50)
      ? "CREATE VIEW v AS SELECT id, b FROM \(table.name) WHERE b > 0"
      : "CREATE VIEW v AS SELECT b AS id, count(*) AS b FROM \(table.name) GROUP BY b"
    add(view: "v", definition)
  }

  mutating func makeStatementTrigger(_ dice: inout Dice) {
    // With actions of foreign keys they are refused.
    guard !tables.contains(where: \.references) else { return }
    let table = dice.one(of: tables).name
    let timing = dice.one(of: ["BEFORE", "AFTER"])
    let function: Piece = """
      CREATE FUNCTION ts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
      RAISE NOTICE '% %, % rows', TG_WHEN, TG_OP, (SELECT count(*) FROM \(table)); RETURN NULL; END $$
      """
    let trigger: Piece = """
      CREATE TRIGGER tw \(timing) INSERT OR UPDATE OR DELETE ON \(table) FOR EACH STATEMENT \
      EXECUTE FUNCTION ts()
      """
    add(function: "ts()", function, trigger: trigger, on: table)
  }

  /// A function in SQL, one with a loop, one that returns rows, or a procedure.
  mutating func makeRoutine(_ dice: inout Dice) {
    let table = dice.one(of: tables).name
    let other = dice.one(of: tables).name
    switch dice.below(8) {
    case 0:
      let body: Piece = "SELECT count(*)::int FROM \(table) WHERE b >= k"
      let head = "CREATE FUNCTION h(k int) RETURNS int LANGUAGE sql STABLE"
      add(routine: FunctionShape(name: "h", kind: .stable), "\(head) AS $$ \(body) $$")
    case 1:
      let first: Piece = "UPDATE \(other) SET b = b + 1 WHERE id = k; "
      add(
        routine: FunctionShape(name: "h"),
        """
        CREATE FUNCTION h(k int) RETURNS int LANGUAGE sql AS $$ \(optional: first)\
        UPDATE \(table) SET b = b + 1 WHERE id >= k AND b < 3 RETURNING id; $$
        """)
    case 2:
      add(
        routine: FunctionShape(name: "h", kind: .rows),
        """
        CREATE FUNCTION h(k int) RETURNS TABLE (n int, m int) LANGUAGE plpgsql AS $$ BEGIN \
        RETURN QUERY UPDATE \(table) t SET b = t.b + 1 WHERE t.id <= k RETURNING t.id, t.b; \
        RETURN QUERY SELECT t.id, t.b FROM \(other) t WHERE t.b > 0 ORDER BY 1, 2; END $$
        """)
    case 3:
      add(
        routine: FunctionShape(name: "h"),
        """
        CREATE FUNCTION h(k int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int := 0; BEGIN \
        FOR i IN 1..k LOOP UPDATE \(table) SET b = b + 1 WHERE id = i; EXIT WHEN NOT FOUND; \
        n := n + 1; END LOOP; RETURN n; END $$
        """)
    case 4:
      let lock = dice.one(of: ["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"])
      add(
        routine: FunctionShape(name: "h"),
        """
        CREATE FUNCTION h(k int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN \
        SELECT b INTO n FROM \(table) WHERE id = k ORDER BY b LIMIT 1 FOR \(lock); \
        IF n IS NULL THEN INSERT INTO \(table) (id, a, b) VALUES (k, k * 10, 0); RETURN 0; \
        ELSIF n > 2 THEN RAISE EXCEPTION 'no more than %', n USING ERRCODE = 'P0009'; END IF; \
        UPDATE \(table) SET b = n + 1 WHERE id = k; RETURN n; END $$
        """)
    case 5:
      add(
        routine: FunctionShape(name: "h", kind: .procedure),
        """
        CREATE PROCEDURE h(k int) LANGUAGE plpgsql AS $$ BEGIN \
        UPDATE \(table) SET b = b + 1 WHERE id = k; COMMIT; \
        UPDATE \(other) SET b = b + 1 WHERE id <= k; \(optional: "ROLLBACK; ")\
        UPDATE \(table) SET c = 'p' WHERE id = k; END $$
        """)
    case 6:
      add(
        routine: FunctionShape(name: "h"),
        """
        CREATE FUNCTION h(k int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int := 0; BEGIN \
        WHILE n < 3 LOOP n := n + 1; BEGIN UPDATE \(table) SET b = b + 1 WHERE id = k + n; \
        INSERT INTO \(other) (id, a, b) VALUES (n, n * 10, 5); \
        EXCEPTION WHEN unique_violation THEN RAISE NOTICE 'again %', n; WHEN OTHERS THEN RAISE; END; \
        END LOOP; RETURN n; END $$
        """)
    default:
      add(
        routine: FunctionShape(name: "h"),
        """
        CREATE FUNCTION h(k int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE r record; n int := 0; BEGIN \
        FOR r IN UPDATE \(table) SET b = b + 1 WHERE id >= k RETURNING id, b LOOP \
        n := n + r.b; UPDATE \(other) SET c = 'l' WHERE id = r.id; END LOOP; RETURN n; END $$
        """)
    }
  }
}
