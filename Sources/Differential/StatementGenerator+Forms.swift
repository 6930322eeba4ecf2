import RandomCases

/// Other ways to say what back ends say: cursors that change the row they stand on, whole tables joined to others,
/// get-or-create in one statement, guards over sums, pages of a queue.
extension StatementGenerator {
  func form(_ table: TableShape, _ dice: inout Dice) -> Piece {
    switch dice.below(16) {
    case 0: return cursorLoop(table, &dice)
    case 1: return cursorSteps(table, &dice)
    case 2: return grouped(table, &dice)
    case 3: return changeJoined(table, &dice)
    case 4: return selfJoined(table, &dice)
    case 5: return conditioned(table, &dice)
    case 6: return getOrCreate(table, &dice)
    case 7: return guardedInsert(table, &dice)
    case 8: return page(table, &dice)
    case 9: return optimistic(table, &dice)
    case 10: return byPlace(table, &dice)
    case 11: return mergeMany(table, &dice)
    case 12: return threeParts(table, &dice)
    case 13: return twoKeys(table, &dice)
    case 14: return outerLock(table, &dice)
    default: return anyway(table, &dice)
    }
  }

  /// A cursor of PL/pgSQL that changes each row it comes to.
  private func cursorLoop(_ table: TableShape, _ dice: inout Dice) -> Piece {
    guard table.hasKey, !table.hasParts else { return update(table, &dice) }
    let name = table.name
    // Without a lock the rows could not be sorted.
    let isLocked = dice.chance(75)
    let lock = isLocked ? " ORDER BY id FOR \(dice.one(of: ["UPDATE", "NO KEY UPDATE"]))" : ""
    let condition: Piece =
      isLocked
      ? .optional(" WHERE \(dice.one(of: ["b < 2", "id <= 2", "b = 0", "id > 1"]))")
      : " WHERE id = \(key(table, &dice))"
    let change =
      dice.chance(70)
      ? "UPDATE \(name) SET b = r.b + 1 WHERE CURRENT OF c"
      : "DELETE FROM \(name) WHERE CURRENT OF c"
    let exit: Piece = " EXIT WHEN n > \(dice.below(2));"
    return """
      DO $$ DECLARE c CURSOR FOR SELECT * FROM \(name)\(condition)\(lock); \
      n int := 0; BEGIN FOR r IN c LOOP \(change); n := n + 1;\(optional: exit) END LOOP; \
      RAISE NOTICE 'n %', n; END $$
      """
  }

  /// A cursor of PL/pgSQL that is asked for a row, and for another after something else.
  private func cursorSteps(_ table: TableShape, _ dice: inout Dice) -> Piece {
    // A row that the block itself has changed since OPEN would be passed over.
    guard table.hasKey, !table.hasTrigger, tables.count > 1 else { return update(table, &dice) }
    let other = dice.one(of: tables.filter { $0.name != table.name }).name
    let patience = self.patience(&dice)
    let between: Piece = "UPDATE \(other) SET b = b + 1 WHERE id = \(dice.number(1...3)); "
    return """
      DO $$ DECLARE c CURSOR FOR SELECT id, b FROM \(table.name) WHERE b >= 0 ORDER BY id \
      FOR \(strength(&dice))\(optional: patience); k int; m int; BEGIN OPEN c; FETCH c INTO k, m; \
      RAISE NOTICE 'first % %', k, m; \(optional: between)FETCH c INTO k, m; RAISE NOTICE 'second % %', k, m; \
      CLOSE c; END $$
      """
  }

  private func grouped(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(50) ? " WHERE \(predicate(table, "", &dice))" : ""
    let list = dice.one(of: [
      "count(DISTINCT b), count(*) FILTER (WHERE b > 0)", "string_agg(c, ',' ORDER BY id, a)",
      "array_agg(id ORDER BY id DESC)", "bool_or(b > 1), min(c)", "coalesce(sum(a), 0) - count(*)",
    ])
    let having: Piece = " HAVING count(*) > \(dice.below(2))"
    return """
      SELECT b % 2 AS odd, \(list) FROM \(table.name)\(optional: condition) GROUP BY b % 2\(optional: having) ORDER BY 1
      """
  }

  /// A change of all rows that have a partner in another table.
  private func changeJoined(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let on = table.parent == source.name ? "u.r = o.id" : "u.id = o.id"
    let condition: Piece = " AND \(predicate(source, "o.", &dice))"
    if dice.chance(40) {
      return "DELETE FROM \(table.name) u USING \(source.name) o WHERE \(on)\(optional: condition)"
    }
    return """
      UPDATE \(table.name) u SET b = \(dice.one(of: ["o.b", "u.b + 1", "u.b + o.b"])) FROM \(source.name) o \
      WHERE \(on)\(optional: condition)
      """
  }

  private func selfJoined(_ table: TableShape, _ dice: inout Dice) -> Piece {
    """
    UPDATE \(table.name) x SET b = y.b + 1 FROM \(table.name) y WHERE x.id = \(key(table, &dice)) \
    AND y.id = \(key(table, &dice)) RETURNING x.id, x.b, y.b
    """
  }

  /// Conditions of other shapes.
  private func conditioned(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = key(table, &dice)
    let other = dice.one(of: tables).name
    let condition = dice.one(of: [
      "(id, b) IN ((\(k), 0), (\(k), 1))", "id BETWEEN \(k) AND \(k + 1)",
      "id = ANY (ARRAY[1, \(k)])",
      "c IS DISTINCT FROM 'x'", "NOT (id = \(k) OR b > 1)", "c LIKE 'x%'", "id NOT IN (1, \(k))",
      "b < ALL (SELECT n.b FROM \(other) n WHERE n.id > 2)",
      "coalesce(b, 0) + 1 > \(dice.number(1...2))",
      "id % 2 = 1 AND b >= 0", "(c = 'x') IS NOT TRUE", "id IN (VALUES (1), (\(k)))",
      "b = (SELECT min(n.b) FROM \(other) n)",
      "NOT EXISTS (SELECT FROM \(other) n WHERE n.b = \(table.name).b + 1)",
    ])
    switch dice.below(3) {
    case 0: return "UPDATE \(table.name) SET b = b + 1 WHERE \(condition)"
    case 1: return "DELETE FROM \(table.name) WHERE \(condition)"
    default:
      return """
        SELECT id, b FROM \(table.name) WHERE \(condition) ORDER BY id, b\
        \(optional: dice.chance(60) ? " FOR \(strength(&dice))" : "")
        """
    }
  }

  /// A row that is inserted, or else read, in one statement.
  private func getOrCreate(_ table: TableShape, _ dice: inout Dice) -> Piece {
    guard let arbiter = table.arbiters.first else { return insertMissing(table, &dice) }
    let k = dice.chance(50) ? dice.number(6...8) : key(table, &dice)
    let lock: Piece = dice.chance(30) ? " FOR \(strength(&dice))" : ""
    let action = dice.one(of: ["DO NOTHING", "DO NOTHING", "DO UPDATE SET c = 'g'"])
    return """
      WITH w AS (INSERT INTO \(table.name) (id, a, b) VALUES (\(k), \(k * 10), 0) ON CONFLICT \(arbiter) \
      \(action) RETURNING id, b), v AS (SELECT id, b FROM \(table.name) WHERE id = \(k)\(optional: lock)) \
      SELECT 1 AS n, id, b FROM w UNION ALL SELECT 2, id, b FROM v ORDER BY 1, 2, 3
      """
  }

  /// An insert or update that a sum allows.
  private func guardedInsert(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables).name
    let k = dice.number(6...8)
    let test = dice.one(of: [
      "(SELECT sum(n.b) FROM \(other) n) < \(dice.number(2...5))",
      "(SELECT count(*) FROM \(other) n WHERE n.b > 0) < \(dice.number(1...3))",
      "NOT EXISTS (SELECT 1 FROM \(other) n WHERE n.b = 0)",
      "EXISTS (SELECT 1 FROM \(other) n WHERE n.id = \(dice.number(1...3)) FOR KEY SHARE)",
    ])
    if dice.chance(50) {
      return "INSERT INTO \(table.name) (id, a, b) SELECT \(k), \(k * 10), 1 WHERE \(test)"
    }
    return
      "UPDATE \(table.name) SET b = b + 1 WHERE id = \(key(table, &dice)) AND \(test)\(returning(&dice))"
  }

  /// The rows of a page.
  private func page(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let tie: Piece = table.hasKey ? "" : ", b, a, c"
    let end: Piece = dice.chance(50) ? " OFFSET \(dice.number(1...2))" : ""
    let direction: Piece = dice.chance(40) ? " DESC" : ""
    return """
      SELECT id, b FROM \(table.name) WHERE b >= 0 ORDER BY id\(optional: direction)\(tie)\(optional: end) \
      FETCH FIRST \(dice.one(of: ["ROW", "2 ROWS"])) ONLY FOR \(strength(&dice))\(optional: patience(&dice))
      """
  }

  private func optimistic(_ table: TableShape, _ dice: inout Dice) -> Piece {
    """
    UPDATE \(table.name) SET b = b + 1, c = 'o' WHERE id = \(key(table, &dice)) AND b = \(dice.below(3)) \
    AND a IS NOT DISTINCT FROM \(key(table, &dice) * 10) RETURNING id, b
    """
  }

  /// Rows by the place that a locking subquery has found.
  private func byPlace(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let inner: Piece = """
      SELECT n.ctid FROM \(table.name) n WHERE \(predicate(table, "n.", &dice)) ORDER BY n.id, n.a, n.b LIMIT 1 \
      FOR UPDATE\(optional: patience(&dice))
      """
    return dice.chance(50)
      ? "UPDATE \(table.name) SET b = b + 1 WHERE ctid = (\(inner)) RETURNING id, b"
      : "DELETE FROM \(table.name) WHERE ctid = ANY (ARRAY(\(inner))) RETURNING id, b"
  }

  /// A MERGE of several rows from a list.
  private func mergeMany(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = dice.number(1...6)
    let source =
      dice.chance(60)
      ? "(VALUES (\(k), 1), (\(k + 1), 2), (\(k + 2), 0)) v (k, n)"
      : "(SELECT g AS k, g % 3 AS n FROM generate_series(\(k), \(k + 2)) g) v"
    let matched = dice.one(of: [
      "UPDATE SET b = m.b + v.n", "DELETE", "UPDATE SET a = m.a + 1, c = 'm'",
    ])
    return """
      MERGE INTO \(table.name) m USING \(source) ON m.id = v.k WHEN MATCHED\(optional: " AND v.n > 0") \
      THEN \(matched) WHEN NOT MATCHED\(optional: " AND v.n <> 2") THEN INSERT (id, a, b) VALUES (v.k, v.k * 10, v.n)
      """
  }

  private func threeParts(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let k = key(table, &dice)
    return """
      WITH x AS (SELECT id, b FROM \(table.name) WHERE id = \(k) FOR \(strength(&dice))\(optional: patience(&dice))), \
      y AS (UPDATE \(other.name) SET b = \(other.name).b + 1 FROM x WHERE \(other.name).id = x.id RETURNING \
      \(other.name).id, \(other.name).b), z AS (UPDATE \(table.name) SET c = 'z' WHERE id = \(dice.number(1...3)) \
      RETURNING id) SELECT (SELECT count(*) FROM x), (SELECT sum(b) FROM y), (SELECT count(*) FROM z)
      """
  }

  /// Advisory locks of two numbers, tried and waited for.
  private func twoKeys(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = dice.number(1...2)
    return dice.one(of: [
      "SELECT pg_advisory_xact_lock(1, \(k))", "SELECT pg_try_advisory_xact_lock(1, \(k))",
      "SELECT pg_advisory_xact_lock(\(k)::bigint)",
      "SELECT id FROM \(table.name) WHERE id = \(k) AND pg_try_advisory_xact_lock(1, id) FOR UPDATE",
      "SELECT CASE WHEN pg_try_advisory_xact_lock(\(k)) THEN 'mine' ELSE 'taken' END AS it",
    ])
  }

  /// Locks of one side of an outer join, and of a table beside a group.
  private func outerLock(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let on = other.parent == table.name ? "y.r = x.id" : "y.id = x.id"
    let strength = strength(&dice)
    switch dice.below(3) {
    case 0:
      return """
        SELECT x.id, x.b, y.b FROM \(table.name) x LEFT JOIN \(other.name) y ON \(on)\(optional: " AND y.b > 0") \
        WHERE x.id = \(key(table, &dice)) ORDER BY x.id, y.id, y.b FOR \(strength) OF x\(optional: patience(&dice))
        """
    case 1:
      return """
        SELECT x.id, s.n FROM \(table.name) x, (SELECT count(*) AS n FROM \(other.name) WHERE b > 0) s \
        WHERE x.id <= \(key(table, &dice)) ORDER BY x.id, x.b FOR \(strength) OF x\(optional: patience(&dice))
        """
    default:
      return """
        SELECT x.id, (SELECT sum(y.b) FROM \(other.name) y WHERE \(on)) AS s FROM \(table.name) x \
        WHERE x.id = \(key(table, &dice)) FOR \(strength)
        """
    }
  }

  /// A function's body, sent as a block, that goes on in other ways.
  private func anyway(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let name = table.name
    let other = dice.one(of: tables).name
    let k = key(table, &dice)
    let body: Piece
    switch dice.below(5) {
    case 0:
      body = """
        SELECT b INTO n FROM \(name) WHERE id = \(k) ORDER BY b LIMIT 1; IF n < 2 THEN \
        UPDATE \(other) SET b = b + 1 WHERE id = \(k); END IF; RAISE NOTICE 'n %', n;
        """
    case 1:
      body = """
        UPDATE \(name) SET b = b + 1 WHERE id = \(k) RETURNING b INTO n; \
        CASE WHEN n > 2 THEN RAISE EXCEPTION 'over %', n USING ERRCODE = 'P0009'; ELSE NULL; END CASE;
        """
    case 2:
      body = """
        FOREACH n IN ARRAY ARRAY[2, 1, 3] LOOP BEGIN PERFORM 1 FROM \(name) WHERE id = n FOR UPDATE NOWAIT; \
        UPDATE \(name) SET b = b + 1 WHERE id = n; EXIT; EXCEPTION WHEN lock_not_available THEN \
        RAISE NOTICE 'not %', n; END; END LOOP;
        """
    case 3:
      body = """
        FOR n IN SELECT id FROM \(name) ORDER BY id LOOP UPDATE \(other) SET b = b + 1 WHERE id = n; \
        \(optional: "EXIT WHEN NOT FOUND; ")END LOOP;
        """
    default:
      body = """
        LOOP UPDATE \(name) SET b = b + 1 WHERE id = \(k); EXIT WHEN FOUND; BEGIN INSERT INTO \(name) (id, a, b) \
        VALUES (\(k), \(k * 10), 0); EXIT; EXCEPTION WHEN unique_violation THEN n := coalesce(n, 0) + 1; \
        EXIT WHEN n > 2; END; END LOOP;
        """
    }
    return "DO $$ DECLARE n int; BEGIN \(body) END $$"
  }
}
