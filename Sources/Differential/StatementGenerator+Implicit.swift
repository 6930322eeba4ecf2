import RandomCases

/// What locks, waits or fails without saying so on its face: locks inside subqueries, checks of other tables, keys
/// that change hands, calls in the middle of a scan, handlers around all of them.
extension StatementGenerator {
  func implicit(_ table: TableShape, _ dice: inout Dice) -> Piece {
    switch dice.below(15) {
    case 0: return lockTwo(table, &dice)
    case 1: return lockDerived(table, &dice)
    case 2: return lockEach(table, &dice)
    case 3: return advisoryScan(table, &dice)
    case 4: return move(table, &dice)
    case 5: return swapKeys(table, &dice)
    case 6: return upsertRows(table, &dice)
    case 7: return insertSeries(table, &dice)
    case 8: return claimArray(table, &dice)
    case 9: return lockTables(&dice)
    case 10: return insertLocked(table, &dice)
    case 11: return referenced(table, &dice)
    case 12: return mergeWide(table, &dice)
    case 13: return wholeTransaction(table, &dice)
    default: return guardedBlock(table, &dice)
    }
  }

  /// Two tables' rows, each under a lock of its own.
  private func lockTwo(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let on = other.parent == table.name ? "y.r = x.id" : "y.id = x.id"
    let second: Piece = " FOR \(strength(&dice)) OF y\(optional: patience(&dice))"
    return """
      SELECT x.id, x.b, y.id, y.b FROM \(table.name) x JOIN \(other.name) y ON \(on) \
      WHERE x.id = \(key(table, &dice)) ORDER BY x.id, y.id FOR \(strength(&dice)) OF x\(optional: second)
      """
  }

  /// Locks below a condition that is looked at after them.
  private func lockDerived(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let limit: Piece = dice.chance(40) ? " LIMIT 2" : ""
    let condition: Piece = dice.chance(70) ? " WHERE \(predicate(table, "", &dice))" : ""
    let after: Piece = dice.chance(60) ? "WHERE s.b < \(dice.number(1...2)) " : ""
    return """
      SELECT s.id, s.b FROM (SELECT id, b FROM \(table.name)\(optional: condition) \
      ORDER BY id\(optional: limit) FOR \(strength(&dice))\(optional: patience(&dice))) s \
      \(optional: after)ORDER BY s.id
      """
  }

  /// A lock of one row for each row around it.
  private func lockEach(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let end = other.hasKey ? "" : " LIMIT 1"
    let inner: Piece = """
      SELECT n.b FROM \(other.name) n WHERE n.id = x.id\(end) FOR \(strength(&dice))\(optional: patience(&dice))
      """
    if dice.chance(50) {
      return """
        SELECT x.id, (\(inner)) AS n FROM \(table.name) x WHERE \(predicate(table, "x.", &dice)) ORDER BY x.id
        """
    }
    return """
      UPDATE \(table.name) x SET b = x.b + 1 WHERE x.id = \(key(table, &dice)) AND EXISTS (\(inner))
      """
  }

  /// Advisory locks that a scan takes on its way.
  private func advisoryScan(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let number = dice.one(of: ["id", "b", "1", "coalesce(b, 0), 2"])
    let shared = dice.chance(25) ? "_shared" : ""
    let call = "pg_advisory_xact_lock\(shared)(\(number)) IS NOT NULL"
    let k = key(table, &dice)
    switch dice.below(4) {
    case 0:
      return "UPDATE \(table.name) SET b = b + 1 WHERE id = \(k) AND \(call)\(returning(&dice))"
    case 1:
      return "SELECT id, b FROM \(table.name) WHERE id = \(k) AND \(call) FOR \(strength(&dice))"
    case 2: return "DELETE FROM \(table.name) WHERE id = \(k) AND \(call)\(returning(&dice))"
    default:
      return "SELECT count(*), sum(b) FROM \(table.name) WHERE id <= \(k) AND \(call)"
    }
  }

  /// Rows that one table loses and another gets.
  private func move(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let conflict: Piece = other.hasDeferrableKey ? "" : .optional(" ON CONFLICT DO NOTHING")
    let k = dice.chance(50) ? "w.id" : "w.id + 5"
    return """
      WITH w AS (DELETE FROM \(table.name) WHERE id = \(key(table, &dice)) RETURNING id, a, b) \
      INSERT INTO \(other.name) (id, a, b) SELECT \(k), w.a + 1, w.b FROM w\(conflict)\(returning(&dice))
      """
  }

  /// Keys that two rows exchange.
  private func swapKeys(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = key(table, &dice)
    switch dice.below(4) {
    case 0:
      return "UPDATE \(table.name) SET a = CASE a WHEN 10 THEN 20 ELSE 10 END WHERE a IN (10, 20)"
    case 1: return "UPDATE \(table.name) SET a = 30 - a WHERE id <= 2\(returning(&dice))"
    case 2:
      return """
        UPDATE \(table.name) SET a = (SELECT n.a FROM \(table.name) n WHERE n.id = \(k)\
        \(table.hasKey ? "" : " LIMIT 1")) WHERE id = \(key(table, &dice))
        """
    default:
      return "UPDATE \(table.name) SET id = \(k) WHERE id = \(key(table, &dice))\(returning(&dice))"
    }
  }

  /// Several rows, perhaps one of them twice.
  private func upsertRows(_ table: TableShape, _ dice: inout Dice) -> Piece {
    guard let arbiter = table.arbiters.first else { return insertMissing(table, &dice) }
    let rows = (0..<dice.number(2...3)).map { _ in row(table, &dice) }
    let name = table.name
    let action = dice.one(of: [
      "DO NOTHING", "DO UPDATE SET b = \(name).b + excluded.b", "DO UPDATE SET id = excluded.id",
      "DO UPDATE SET b = (SELECT count(*) FROM \(name) n)",
      "DO UPDATE SET c = 'u' WHERE \(name).b < excluded.b",
    ])
    return """
      INSERT INTO \(name) \(columns(table)) VALUES \(Piece.commas(rows)) ON CONFLICT \(arbiter) \(action)\
      \(returning(&dice))
      """
  }

  private func insertSeries(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let first = dice.number(1...7)
    let conflict: Piece = table.hasDeferrableKey ? "" : .optional(" ON CONFLICT DO NOTHING")
    return """
      INSERT INTO \(table.name) (id, a, b) SELECT g, g * 10, 0 FROM generate_series(\(first), \(first + 2)) g\
      \(conflict)\(returning(&dice))
      """
  }

  /// What a locking subquery has found, as an array.
  private func claimArray(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let inner: Piece = """
      SELECT id FROM \(table.name) WHERE \(predicate(table, "", &dice)) ORDER BY id LIMIT \(dice.number(1...2)) \
      FOR \(strength(&dice))\(optional: patience(&dice))
      """
    switch dice.below(3) {
    case 0: return "UPDATE \(table.name) SET b = b + 1 WHERE id = ANY (ARRAY(\(inner)))"
    case 1: return "SELECT ARRAY(\(inner)) AS ids"
    default: return "DELETE FROM \(table.name) WHERE id = ANY (ARRAY(\(inner)))"
    }
  }

  private func lockTables(_ dice: inout Dice) -> Piece {
    let names = dice.shuffled(tables.map(\.name)).map { Piece.text($0) }
    let mode = dice.one(of: [
      "ROW SHARE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
    ])
    return
      "LOCK TABLE \(Piece.commas(names)) IN \(mode) MODE\(optional: dice.chance(25) ? " NOWAIT" : "")"
  }

  /// An insert of what a locked row says.
  private func insertLocked(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let conflict: Piece = table.hasDeferrableKey ? "" : .optional(" ON CONFLICT DO NOTHING")
    return """
      INSERT INTO \(table.name) (id, a, b) SELECT id + 5, a + 50, b FROM \(source.name) \
      WHERE id = \(key(source, &dice))\(optional: " AND b < 2") FOR \(strength(&dice))\
      \(optional: patience(&dice))\(conflict)\(returning(&dice))
      """
  }

  /// What checks or changes rows of other tables by references.
  private func referenced(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let child = dice.one(of: tables.filter { $0.parent != nil } + [table])
    guard let name = child.parent else { return update(table, &dice) }
    let parent = tables.first { $0.name == name } ?? table
    let k = key(parent, &dice)
    switch dice.below(7) {
    case 0: return "UPDATE \(child.name) SET r = \(k) WHERE id = \(key(child, &dice))"
    case 1: return "UPDATE \(name) SET id = \(dice.number(6...9)) WHERE id = \(k)"
    case 2: return "UPDATE \(name) SET id = id, b = b + 1 WHERE id = \(k)"
    case 3: return "DELETE FROM \(name) WHERE id = \(k)\(returning(&dice))"
    case 4:
      let n = dice.number(6...9)
      return """
        WITH w AS (INSERT INTO \(name) (id, a, b) VALUES (\(n), \(n * 10), 0)\
        \(optional: parent.hasDeferrableKey ? "" : " ON CONFLICT DO NOTHING") RETURNING id) \
        INSERT INTO \(child.name) (id, a, b, r) SELECT \(n), \(n * 10), 1, \(n) \
        \(optional: "FROM w ")RETURNING id, r
        """
    case 5: return "UPDATE \(child.name) SET r = NULL WHERE r = \(k)"
    default: return "UPDATE \(child.name) SET b = b + 1, r = r WHERE id = \(key(child, &dice))"
    }
  }

  /// A MERGE whose clauses look at other tables.
  private func mergeWide(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let k = dice.number(1...7)
    var whens: [Piece] = []
    if dice.chance(40) {
      whens.append(
        " WHEN MATCHED AND EXISTS (SELECT 1 FROM \(other.name) e WHERE e.b > \(dice.below(3))) THEN \(dice.one(of: ["DO NOTHING", "DELETE"]))"
      )
    }
    whens.append(
      " WHEN MATCHED\(optional: " AND m.b < 2") THEN \(dice.one(of: ["UPDATE SET id = m.id + 20", "UPDATE SET b = m.b + 1", "UPDATE SET a = v.k * 10 + 1", "DELETE"]))"
    )
    whens.append(
      " WHEN NOT MATCHED\(optional: " AND v.k > 5") THEN \(dice.one(of: ["DO NOTHING", "INSERT (id, a, b) VALUES (v.k, v.k * 10, 0)"]))"
    )
    let source =
      dice.chance(50)
      ? "(VALUES (\(k), \(k * 10))) v (k, n)"
      : "(SELECT n.id AS k, n.a AS n FROM \(other.name) n WHERE n.id = \(key(other, &dice))) v"
    let on = dice.one(of: ["m.id = v.k", "m.id = v.k", "m.a = v.n"])
    return """
      MERGE INTO \(table.name) m USING \(source) ON \(on)\(Piece.list(whens, separator: "", minimum: 1))
      """
  }

  /// A transaction that is sent at once.
  private func wholeTransaction(_ table: TableShape, _ dice: inout Dice) -> Piece {
    // Where a transaction is open already BEGIN warns, and COMMIT ends that one.
    let first = update(table, &dice)
    let other = dice.one(of: tables)
    let second = dice.chance(50) ? update(other, &dice) : lockEach(other, &dice)
    let pieces: [Piece] =
      dice.chance(50)
      ? ["SAVEPOINT u", first, dice.chance(50) ? "ROLLBACK TO u" : "RELEASE u", second]
      : ["SAVEPOINT u", first, "SAVEPOINT w", second, "ROLLBACK TO \(dice.chance(50) ? "u" : "w")"]
    return .list(pieces, separator: "; ", minimum: 1)
  }

  /// A block that goes on after what may go wrong.
  private func guardedBlock(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let name = table.name
    let other = dice.one(of: tables).name
    let k = key(table, &dice)
    let condition = dice.one(of: [
      "lock_not_available", "deadlock_detected", "serialization_failure", "unique_violation",
      "foreign_key_violation", "query_canceled", "OTHERS",
    ])
    let patience: Piece =
      dice.chance(25) ? "PERFORM set_config('lock_timeout', '25ms', true); " : ""
    let body: Piece
    switch dice.below(5) {
    case 0:
      body =
        "UPDATE \(name) SET b = b + 1 WHERE id = \(k); UPDATE \(other) SET b = b + 1 WHERE id = 1;"
    case 1:
      body = """
        FOR r IN SELECT id, b FROM \(name) WHERE id <= \(k) ORDER BY id FOR \(strength(&dice))\
        \(optional: dice.chance(40) ? " NOWAIT" : "") LOOP UPDATE \(other) SET b = r.b + 1 WHERE id = r.id; \
        EXIT WHEN r.b > 1; END LOOP;
        """
    case 2:
      body = """
        INSERT INTO \(name) (id, a, b) VALUES (\(k), \(k * 10), 0); RAISE NOTICE 'new'; \
        UPDATE \(other) SET a = 10 WHERE id = 2;
        """
    case 3:
      body = "DELETE FROM \(name) WHERE id = \(k); IF NOT FOUND THEN RAISE NOTICE 'gone'; END IF;"
    default:
      body =
        "PERFORM b FROM \(name) WHERE id = \(k) FOR \(strength(&dice))\(optional: self.patience(&dice));"
    }
    return """
      DO $$ DECLARE r record; BEGIN FOR i IN 1..2 LOOP BEGIN \(optional: patience)\(body) EXIT; \
      EXCEPTION WHEN \(condition) THEN RAISE NOTICE '% %', i, SQLSTATE; \
      \(optional: "UPDATE \(other) SET c = 'e' WHERE id = 1; ")END; END LOOP; END $$
      """
  }

  // MARK: Of several steps

  /// A cursor of the client: its steps, in their order, for other statements to come between.
  func cursor(_ table: TableShape, _ dice: inout Dice) -> [Piece] {
    let condition: Piece = dice.chance(60) ? " WHERE \(predicate(table, "", &dice))" : ""
    let declaration: Piece = """
      DECLARE k CURSOR FOR SELECT id, a, b FROM \(table.name)\(optional: condition) ORDER BY id, a, b
      """
    let fetch = dice.one(of: ["FETCH k", "FETCH 2 FROM k", "FETCH ALL FROM k"])
    // Here a cursor has read all its rows when it is declared, there when it is first asked for one.
    return ["\(declaration); \(fetch)", .text(fetch), "CLOSE k"]
  }
}
