import RandomCases

/// What back ends that take payments ask for: jobs, guarded changes, keys of requests, tries.
extension StatementGenerator {
  func work(_ table: TableShape, _ dice: inout Dice) -> Piece {
    switch dice.below(8) {
    case 0, 1: return job(table, &dice)
    case 2, 3: return guarded(table, &dice)
    case 4: return outbox(table, &dice)
    case 5: return tried(table, &dice)
    case 6: return request(table, &dice)
    default: return sets(table, &dice)
    }
  }

  /// Takes the first job that nobody works on.
  private func job(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let name = table.name
    let order = dice.one(of: ["id", "b, id", "a DESC, id", "b DESC, id"])
    let free = dice.one(of: ["b = 0", "b < 2", "c IS NULL", "b <> 1 AND a > 0"])
    // Of several, the order would be the plan's where they are joined.
    let form = dice.below(4)
    let limit = form == 3 ? dice.number(1...3) : 1
    let claim: Piece = """
      SELECT id FROM \(name)\(optional: " WHERE \(free)") ORDER BY \(order) LIMIT \(limit) FOR \(dice.one(of: ["UPDATE", "NO KEY UPDATE"])) SKIP LOCKED
      """
    switch form {
    case 0 where tables.count > 1 && dice.chance(40):
      let other = dice.one(of: tables)
      return """
        SELECT x.id, y.b FROM \(name) x JOIN \(other.name) y ON y.id = x.b ORDER BY x.id, y.id LIMIT 1 \
        FOR UPDATE\(dice.chance(70) ? " OF x" : "")\(optional: " SKIP LOCKED")
        """
    case 0:
      return """
        WITH j AS (\(claim)) UPDATE \(name) u SET b = 2, c = 'j' FROM j WHERE u.id = j.id\
        \(optional: " RETURNING u.id, u.a, u.b")
        """
    case 1:
      return "WITH j AS MATERIALIZED (\(claim)) DELETE FROM \(name) d USING j WHERE d.id = j.id"
    case 2: return "UPDATE \(name) SET b = b + 1 WHERE id IN (\(claim))\(returning(&dice))"
    default: return claim
    }
  }

  /// A change of a row that must be in a certain state.
  private func guarded(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let name = table.name
    let k = key(table, &dice)
    let change = dice.one(of: [
      "b = b - 1 WHERE id = \(k) AND b >= 1", "c = 'p' WHERE id = \(k) AND c IS DISTINCT FROM 'p'",
      "b = 3 WHERE id = \(k) AND b IN (0, 1)", "c = 'p', b = b + 1 WHERE c = 'x' AND b < 2",
      "b = greatest(b - 1, 0), c = coalesce(c, 'n') || b WHERE id = \(k)",
    ])
    return "UPDATE \(name) SET \(change)\(returning(&dice))"
  }

  /// A change, and what is told of it elsewhere, in one statement.
  private func outbox(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let k = key(table, &dice)
    let conflict: Piece =
      other.hasDeferrableKey ? "" : .optional(" ON CONFLICT DO NOTHING")
    return """
      WITH w AS (UPDATE \(table.name) SET b = b + 1 WHERE id = \(k)\(optional: " AND b < 2") \
      RETURNING id, b) INSERT INTO \(other.name) (id, a, b) SELECT w.id + 30, w.id * 10 + 300, w.b \
      FROM w\(conflict) RETURNING id, b
      """
  }

  /// Advisory locks by the number of a row.
  private func tried(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = key(table, &dice)
    switch dice.below(4) {
    case 0: return "SELECT id, pg_try_advisory_xact_lock(id) FROM \(table.name) WHERE id = \(k)"
    case 1:
      return "SELECT pg_try_advisory_xact_lock(1, \(k)), pg_try_advisory_xact_lock_shared(\(k))"
    case 2:
      return """
        UPDATE \(table.name) SET b = b + 1 WHERE id = \(k) AND pg_try_advisory_xact_lock(\(k))\
        \(returning(&dice))
        """
    default:
      return """
        SELECT CASE WHEN pg_try_advisory_xact_lock(\(k)) THEN (SELECT sum(b) FROM \(table.name)) END AS s
        """
    }
  }

  /// An insert that answers with what is there.
  private func request(_ table: TableShape, _ dice: inout Dice) -> Piece {
    guard let arbiter = table.arbiters.first else { return insertMissing(table, &dice) }
    let change = dice.one(of: ["id = excluded.id", "b = \(table.name).b", "c = excluded.c"])
    return """
      INSERT INTO \(table.name) \(columns(table)) VALUES \(row(table, &dice)) ON CONFLICT \(arbiter) \
      DO UPDATE SET \(change) RETURNING id, b
      """
  }

  /// Changes of several rows.
  private func sets(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    switch dice.below(3) {
    case 0:
      return """
        UPDATE \(table.name) SET b = (SELECT coalesce(sum(n.b), 0) FROM \(other.name) n \
        WHERE n.id <> \(table.name).id) WHERE id = \(key(table, &dice))\(returning(&dice))
        """
    case 1:
      return """
        INSERT INTO \(table.name) (id, a, b) SELECT 9, 90, count(*) FROM \(other.name) \
        WHERE b > 0 HAVING count(*) < 3\(returning(&dice))
        """
    default:
      return """
        DELETE FROM \(table.name) WHERE id = \(key(table, &dice)) AND NOT EXISTS \
        (SELECT 1 FROM \(other.name) n WHERE n.b > 1)\(returning(&dice))
        """
    }
  }
}
