import RandomCases
/// Queries of several levels, changes of several parts, calls.
extension StatementGenerator {
  // MARK: Queries

  func window(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(50) ? " WHERE \(predicate(table, "", &dice))" : ""
    let function = dice.one(of: [
      "row_number() OVER (ORDER BY id, a, b, c)", "sum(b) OVER (PARTITION BY c ORDER BY id, a)",
      "lag(b) OVER (ORDER BY id, a, b)", "rank() OVER (ORDER BY b)",
      "count(*) OVER (PARTITION BY b)", "max(id) OVER ()",
    ])
    return """
      SELECT id, b, \(function) AS w FROM \(table.name)\(optional: condition) ORDER BY id, a, b, c
      """
  }

  func combined(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let word = dice.one(of: ["UNION", "UNION ALL", "EXCEPT", "INTERSECT"])
    return """
      SELECT id, b FROM \(table.name) WHERE \(predicate(table, "", &dice)) \(word) \
      SELECT id, b FROM \(other.name) WHERE \(predicate(other, "", &dice)) ORDER BY 1, 2
      """
  }

  func nested(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let condition: Piece = dice.chance(50) ? " WHERE \(predicate(table, "x.", &dice))" : ""
    switch dice.below(5) {
    case 0:
      return """
        SELECT q.b, q.n FROM (SELECT x.b, count(*) AS n FROM \(table.name) x\(optional: condition) \
        GROUP BY x.b\(optional: " HAVING count(*) > 1")) q ORDER BY 1, 2
        """
    case 1:
      return """
        SELECT x.id, m.best FROM \(table.name) x, LATERAL (SELECT max(y.id) AS best FROM \
        \(other.name) y WHERE y.b = x.b) m\(optional: condition) ORDER BY x.id, 2
        """
    case 2:
      return """
        WITH w AS \(dice.chance(50) ? "MATERIALIZED " : "")(SELECT x.id, x.b FROM \(table.name) x\
        \(optional: condition)) SELECT w.id, y.b FROM w LEFT JOIN \(other.name) y ON y.id = w.id \
        ORDER BY 1, 2
        """
    case 3:
      let kind = dice.one(of: ["FULL JOIN", "RIGHT JOIN"])
      return """
        SELECT x.id, y.id FROM \(table.name) x \(kind) \(other.name) y ON x.id = y.b\
        \(optional: condition) ORDER BY 1, 2
        """
    default:
      return """
        SELECT x.id, (SELECT count(*) FROM \(other.name) y WHERE y.b >= x.b) AS n, \
        coalesce((SELECT y.c FROM \(other.name) y WHERE y.id = x.id\(other.hasKey ? "" : " LIMIT 1")), '-') \
        FROM \(table.name) x\(optional: condition) ORDER BY x.id, 2, 3
        """
    }
  }

  /// The rows that references, or values, lead to.
  func recursive(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let link = table.parent == table.name ? "x.r = w.id" : "x.b = w.id"
    let word = dice.chance(50) ? "UNION ALL" : "UNION"
    return """
      WITH RECURSIVE w (id, n) AS (SELECT id, 1 FROM \(table.name) WHERE \(predicate(table, "", &dice)) \
      \(word) SELECT x.id, w.n + 1 FROM w JOIN \(table.name) x ON \(link) WHERE w.n < 4) \
      SELECT id, n FROM w ORDER BY 1, 2
      """
  }

  func distinct(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(50) ? " WHERE \(predicate(table, "", &dice))" : ""
    if dice.chance(50) {
      return "SELECT DISTINCT b, c FROM \(table.name)\(optional: condition) ORDER BY b, c"
    }
    return """
      SELECT DISTINCT ON (b) b, id, c FROM \(table.name)\(optional: condition) ORDER BY b, id, a, c
      """
  }

  func view(_ dice: inout Dice) -> Piece {
    let name = dice.one(of: views)
    switch dice.below(3) {
    case 0: return "SELECT count(*), sum(b) FROM \(name)"
    case 1: return "SELECT id, b FROM \(name) WHERE id = \(dice.number(1...3)) ORDER BY id, b"
    default:
      let table = dice.one(of: tables)
      return """
        UPDATE \(table.name) SET b = 1 WHERE id IN (SELECT n.id FROM \(name) n)\(returning(&dice))
        """
    }
  }

  // MARK: Changes

  func mergeTable(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let matched = dice.one(of: ["UPDATE SET b = m.b + o.b", "DELETE", "UPDATE SET c = 'm'"])
    let extra: Piece = dice.chance(50) ? " AND \(predicate(table, "m.", &dice))" : ""
    let missing: Piece =
      dice.chance(60)
      ? " WHEN NOT MATCHED AND o.b > 0 THEN INSERT (id, a, b) VALUES (o.id, o.a, 7)" : ""
    return """
      MERGE INTO \(table.name) m USING \(source.name) o ON m.id = o.id\(optional: extra) \
      WHEN MATCHED\(optional: " AND o.b < 2") THEN \(matched)\(optional: missing)
      """
  }

  func updateRow(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let end = source.hasKey ? "" : " ORDER BY n.b, n.c LIMIT 1"
    return """
      UPDATE \(table.name) SET (b, c) = (SELECT n.b + 1, n.c FROM \(source.name) n WHERE n.id = \
      \(table.name).id\(end)) WHERE \(predicate(table, "", &dice))\(returning(&dice))
      """
  }

  func twoChanges(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let first: Piece = """
      UPDATE \(table.name) SET \(assignments(table, &dice)) WHERE \(predicate(table, "", &dice)) \
      RETURNING id
      """
    let second: Piece =
      dice.chance(50)
      ? "DELETE FROM \(other.name) WHERE \(predicate(other, "", &dice)) RETURNING id"
      : "INSERT INTO \(other.name) \(columns(other)) VALUES \(row(other, &dice)) RETURNING id"
    return """
      WITH v AS (\(first)), w AS (\(second)) SELECT (SELECT count(*) FROM v), count(*) FROM w
      """
  }

  /// An insert of a row that is not there, as the statement sees it.
  func insertMissing(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = dice.chance(50) ? dice.number(6...8) : key(table, &dice)
    return """
      INSERT INTO \(table.name) (id, a, b) SELECT \(k), \(k * 10), 0 WHERE NOT EXISTS \
      (SELECT 1 FROM \(table.name) WHERE id = \(k))\(returning(&dice))
      """
  }

  /// An update of the row that a list of one names: of several, the order would be the plan's.
  func updateValues(_ table: TableShape, _ dice: inout Dice) -> Piece {
    """
    UPDATE \(table.name) SET b = v.n FROM (VALUES (\(key(table, &dice)), \(dice.below(4)))) v (k, n) \
    WHERE id = v.k\(returning(&dice))
    """
  }

  // MARK: Sequences, calls

  func sequence(_ dice: inout Dice) -> Piece {
    let call = dice.weighted([
      (6, "nextval('s')"), (1, "setval('s', 3)"), (1, "setval('s', 9, false)"),
      (2, "currval('s')"), (1, "lastval()"), (1, "nextval('s'), nextval('s'), currval('s')"),
    ])
    return "SELECT \(call)"
  }

  /// An insert whose number a sequence gives.
  func drawn(_ table: TableShape, _ dice: inout Dice) -> Piece {
    """
    INSERT INTO \(table.name) (id, a, b) VALUES (nextval('s') + 20, nextval('s') * 10, \(dice.below(3)))\
    \(returning(&dice))
    """
  }

  func call(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let function = dice.one(of: functions)
    let argument = key(table, &dice)
    switch function.kind {
    case .value: return "SELECT \(function.name)(\(argument))"
    case .rows: return "SELECT * FROM \(function.name)(\(argument))"
    case .procedure: return "CALL \(function.name)(\(argument))"
    case .stable:
      if dice.chance(40) { return "SELECT \(function.name)(\(dice.below(3)))" }
      if dice.chance(50) {
        return """
          SELECT id, b FROM \(table.name) WHERE b < \(function.name)(\(dice.below(3))) \
          ORDER BY id, b
          """
      }
      return """
        UPDATE \(table.name) SET b = \(function.name)(1) WHERE id = \(argument)\(returning(&dice))
        """
    }
  }

  /// A statement with a parameter, and a call of it by the name.
  func prepared(_ name: String, _ table: TableShape, _ dice: inout Dice) -> (Piece, Piece) {
    let body: Piece =
      switch dice.below(5) {
      case 0: "SELECT id, a, b FROM \(table.name) WHERE id = $1 FOR \(strength(&dice))"
      case 1: "UPDATE \(table.name) SET b = b + $1 WHERE id <= $1\(returning(&dice))"
      case 2: "DELETE FROM \(table.name) WHERE id = $1"
      case 3: "SELECT count(*), sum(b) FROM \(table.name) WHERE b >= $1"
      default: "UPDATE \(table.name) SET b = b + 1 WHERE id = $1\(returning(&dice))"
      }
    return ("PREPARE \(name) (int) AS \(body)", "EXECUTE \(name)(\(key(table, &dice)))")
  }
}
