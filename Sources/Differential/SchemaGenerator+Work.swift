import RandomCases

/// What back ends that take payments have beside their tables: counters kept by triggers, guards, functions
/// that answer a request once.
extension SchemaGenerator {
  /// A trigger that writes another table, locks a row there, or refuses.
  mutating func makeWorkTrigger(_ dice: inout Dice) {
    let table = dice.one(of: tables)
    let other = dice.one(of: tables.filter { $0.name != table.name } + [table])
    let events = dice.one(of: ["INSERT", "UPDATE", "INSERT OR UPDATE", "UPDATE OF b, a"])
    var timing = "AFTER"
    var body: Piece
    switch dice.below(5) {
    case 0:
      timing = dice.one(of: ["BEFORE", "AFTER"])
      body = "IF NEW.b > 2 THEN RAISE EXCEPTION 'b is %', NEW.b USING ERRCODE = 'P0009'; END IF;"
    case 1 where other.name != table.name:
      timing = dice.one(of: ["BEFORE", "AFTER"])
      let strength = dice.one(of: ["UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE"])
      body = "PERFORM 1 FROM \(other.name) WHERE id = NEW.id FOR \(strength);"
    case 2 where other.name != table.name:
      body = """
        IF (SELECT count(*) FROM \(other.name) WHERE b > 0) > 2 THEN \
        RAISE EXCEPTION 'too many' USING ERRCODE = 'check_violation'; END IF;
        """
    case 3 where other.name != table.name && other.hasKey:
      body = """
        INSERT INTO \(other.name) (id, a, b) VALUES (NEW.id, NEW.id * 10, 1) \
        ON CONFLICT (id) DO UPDATE SET b = \(other.name).b + 1;
        """
    default:
      add(table: "tally", "CREATE TABLE tally (k int PRIMARY KEY, n int, c text)")
      let group = dice.one(of: ["NEW.b", "1", "NEW.id"])
      body = """
        INSERT INTO tally VALUES (\(group), 1) ON CONFLICT (k) DO UPDATE SET n = tally.n + 1;
        """
    }
    let name = "tv()"
    let function: Piece = """
      CREATE FUNCTION \(name) RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(body) RETURN NEW; END $$
      """
    let trigger: Piece = """
      CREATE TRIGGER tx \(timing) \(events) ON \(table.name) FOR EACH ROW EXECUTE FUNCTION \(name)
      """
    add(function: name, function, trigger: trigger, on: table.name)
  }

  /// A function that does a piece of work once, or gives it up.
  mutating func makeWorkFunction(_ dice: inout Dice) {
    let table = dice.one(of: tables.filter(\.hasKey) + [tables[0]])
    let second = dice.one(of: tables)
    let other = second.name
    let name = table.name
    let body: Piece
    switch dice.below(7) {
    case 0 where table.hasKey:
      body = """
        INSERT INTO \(name) (id, a, b) VALUES (k, k * 10, 0) ON CONFLICT (id) DO NOTHING \
        RETURNING b INTO n; IF NOT FOUND THEN SELECT b INTO n FROM \(name) WHERE id = k FOR UPDATE; \
        \(optional: "IF n > 1 THEN RETURN -n; END IF; ")END IF; \
        UPDATE \(name) SET b = b + 1 WHERE id = k RETURNING b INTO n; RETURN n;
        """
    case 1:
      body = """
        FOR i IN 1..3 LOOP UPDATE \(name) SET b = b + 1 WHERE id = k; IF FOUND THEN RETURN i; END IF; \
        BEGIN INSERT INTO \(name) (id, a, b) VALUES (k, k * 10, 0); RETURN -i; \
        EXCEPTION WHEN unique_violation THEN NULL; END; END LOOP; RETURN 0;
        """
    case 2:
      body = """
        PERFORM 1 FROM \(name) WHERE id IN (k, 1) ORDER BY id FOR UPDATE; \
        SELECT b INTO n FROM \(name) WHERE id = k; \
        IF n IS NULL OR n < 1 THEN RAISE EXCEPTION 'not enough: %', n USING ERRCODE = 'P0009'; END IF; \
        UPDATE \(name) SET b = b - 1 WHERE id = k; UPDATE \(name) SET b = b + 1 WHERE id = 1; RETURN n;
        """
    case 3:
      body = """
        LOOP SELECT id INTO j FROM \(name) WHERE b < 2 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; \
        EXIT WHEN NOT FOUND OR n >= k; UPDATE \(name) SET b = 2 WHERE id = j; n := n + 1; END LOOP; \
        RETURN n;
        """
    case 4:
      let condition = dice.one(of: ["lock_not_available", "OTHERS", "unique_violation"])
      body = """
        IF NOT pg_try_advisory_xact_lock(k) THEN RETURN -1; END IF; \
        BEGIN SELECT b INTO STRICT n FROM \(name) WHERE id = k FOR UPDATE NOWAIT; \
        UPDATE \(other) SET b = b + 1 WHERE id = n; \
        EXCEPTION WHEN \(condition) THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; RETURN -2; END; RETURN n;
        """
    case 5:
      body = """
        DELETE FROM \(name) WHERE id = k RETURNING b INTO n; IF FOUND THEN \
        INSERT INTO \(other) (id, a, b) VALUES (k + 6, k * 10 + 60, coalesce(n, 0)) \
        \(second.hasDeferrableKey ? "" : "ON CONFLICT DO NOTHING"); GET DIAGNOSTICS j = ROW_COUNT; END IF; RETURN j;
        """
    default:
      body = """
        BEGIN UPDATE \(name) SET b = b + 1 WHERE id = k; BEGIN UPDATE \(other) SET a = 10 WHERE id <= k; \
        EXCEPTION WHEN unique_violation THEN n := 7; END; \
        IF n = 7 THEN RAISE EXCEPTION 'again'; END IF; \
        EXCEPTION WHEN raise_exception THEN UPDATE \(name) SET c = 'e' WHERE id = k; END; RETURN n;
        """
    }
    add(
      routine: FunctionShape(name: "w"),
      """
      CREATE FUNCTION w(k int) RETURNS int LANGUAGE plpgsql AS $$ \
      DECLARE n int := 0; j int := 0; BEGIN \(body) END $$
      """)
  }
}
