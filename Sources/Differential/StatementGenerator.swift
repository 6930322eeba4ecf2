import RandomCases

/// Draws statements over tables.
struct StatementGenerator {
  let tables: [TableShape]
  let functions: [FunctionShape]
  let views: [String]
  let hasSequence: Bool
  let hasDeferrable: Bool

  init(_ schema: SchemaGenerator) {
    tables = schema.tables
    functions = schema.functions
    views = schema.views
    hasSequence = schema.hasSequence
    hasDeferrable = schema.hasDeferrable
  }

  private enum Kind {
    case select, lock, aggregate, join, claim, insert, upsert, insertSelect, update, updateFrom,
      delete, deleteUsing, merge, with, lockTable, advisory, call, block, sequence, constraints,
      truncate, window, combined, nested, distinct, view, mergeTable, updateRow, twoChanges, drawn,
      recursive,
      insertMissing, updateValues, work, implicit, form
  }

  func statement(_ dice: inout Dice) -> Piece {
    let hasTwo = tables.count > 1
    let kind: Kind = dice.weighted([
      (8, .select), (12, .lock), (3, .aggregate), (hasTwo ? 4 : 0, .join), (4, .claim),
      (9, .insert), (9, .upsert), (2, .insertSelect), (24, .update), (4, .updateFrom),
      (8, .delete), (2, .deleteUsing), (5, .merge), (5, .with), (3, .lockTable), (4, .advisory),
      (functions.isEmpty ? 0 : 8, .call), (2, .block), (hasSequence ? 4 : 0, .sequence),
      (hasDeferrable ? 4 : 0, .constraints), (1, .truncate), (2, .window), (2, .combined),
      (3, .nested), (1, .distinct), (views.isEmpty ? 0 : 5, .view), (2, .mergeTable),
      (2, .updateRow), (2, .twoChanges), (hasSequence ? 3 : 0, .drawn), (1, .recursive),
      (2, .insertMissing), (2, .updateValues), (12, .work), (25, .implicit), (35, .form),
    ])
    let table = dice.one(of: tables)
    switch kind {
    case .select: return select(table, &dice)
    case .lock: return lock(table, &dice)
    case .aggregate: return aggregate(table, &dice)
    case .join: return join(&dice)
    case .claim: return claim(table, &dice)
    case .insert: return insert(table, &dice)
    case .upsert: return upsert(table, &dice)
    case .insertSelect: return insertSelect(table, &dice)
    case .update: return update(table, &dice)
    case .updateFrom: return updateFrom(table, &dice)
    case .delete: return delete(table, &dice)
    case .deleteUsing: return deleteUsing(table, &dice)
    case .merge: return merge(table, &dice)
    case .with: return with(table, &dice)
    case .lockTable: return lockTable(table, &dice)
    case .advisory: return advisory(&dice)
    case .call: return call(table, &dice)
    case .block: return block(table, &dice)
    case .sequence: return sequence(&dice)
    case .constraints:
      return "SET CONSTRAINTS ALL \(dice.chance(60) ? "DEFERRED" : "IMMEDIATE")"
    case .truncate:
      let isLast = dice.chance(70)
      return "TRUNCATE \(tables[isLast ? tables.count - 1 : 0].name)\(isLast ? "" : " CASCADE")"
    case .window: return window(table, &dice)
    case .combined: return combined(table, &dice)
    case .nested: return nested(table, &dice)
    case .distinct: return distinct(table, &dice)
    case .view: return view(&dice)
    case .mergeTable: return mergeTable(table, &dice)
    case .updateRow: return updateRow(table, &dice)
    case .twoChanges: return twoChanges(table, &dice)
    case .drawn: return drawn(table, &dice)
    case .recursive: return recursive(table, &dice)
    case .insertMissing: return insertMissing(table, &dice)
    case .updateValues: return updateValues(table, &dice)
    case .work: return work(table, &dice)
    case .implicit: return implicit(table, &dice)
    case .form: return form(table, &dice)
    }
  }

  // MARK: Parts

  /// The number of a row, mostly one that is there.
  func key(_ table: TableShape, _ dice: inout Dice) -> Int {
    guard let key = table.keys.first, dice.chance(85) else { return dice.number(6...8) }
    return dice.chance(60) ? key : dice.one(of: table.keys)
  }

  func predicate(_ table: TableShape, _ prefix: String, _ dice: inout Dice) -> Piece {
    let first = simplePredicate(table, prefix, &dice)
    guard dice.chance(20) else { return .either(first, simpler: ["true"]) }
    let second = simplePredicate(table, prefix, &dice)
    let word = dice.chance(70) ? "AND" : "OR"
    return .either("\(first) \(word) \(second)", simpler: [first, second, "true"])
  }

  private func simplePredicate(
    _ table: TableShape, _ prefix: String, _ dice: inout Dice
  ) -> Piece {
    let p = prefix
    let k = key(table, &dice)
    let other = dice.one(of: tables)
    let own = p.isEmpty ? "\(table.name)." : p
    switch dice.below(30) {
    case 0...11: return "\(p)id = \(k)"
    case 12: return "\(p)id IN (\(k), \(key(table, &dice)))"
    case 13: return "\(p)id <= \(k)"
    case 14: return "\(p)id > \(k)"
    case 15: return "\(p)a = \(k * 10)"
    case 16: return "\(p)a >= \(k * 10)"
    case 17, 18: return "\(p)b = \(dice.below(3))"
    case 19, 20: return "\(p)b > \(dice.below(2))"
    case 21: return "\(p)c \(dice.one(of: ["= 'x'", "IS NULL", "<> 'y'"]))"
    case 22: return "EXISTS (SELECT 1 FROM \(other.name) e WHERE e.b = \(dice.below(3)))"
    case 25:
      return
        "EXISTS (SELECT 1 FROM \(other.name) e WHERE e.id = \(own)id AND e.b > \(dice.below(2)))"
    case 26: return "\(p)b = (SELECT n.b FROM \(other.name) n WHERE n.id = \(own)id)"
    case 27:
      return
        "\(p)id \(dice.chance(70) ? "IN" : "NOT IN") (SELECT n.id FROM \(other.name) n WHERE n.b > 0)"
    case 28: return "CASE WHEN \(p)b > 0 THEN \(p)id = \(k) ELSE \(p)id = 1 END"
    case 23: return "\(p)id = (SELECT max(m.id) FROM \(other.name) m)"
    case 24: return "\(p)b <= (SELECT count(*) FROM \(other.name) n WHERE n.b > 0)"
    default:
      return table.parent == nil ? "\(p)id >= 1" : "\(p)r = \(dice.number(1...2))"
    }
  }

  func assignments(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = key(table, &dice)
    let other = dice.one(of: tables)
    var choices: [(Int, Piece)] = [
      (30, "b = \(Piece.either("b + 1", simpler: ["1"]))"), (8, "b = \(dice.below(4))"),
      (6, "a = a + \(dice.number(1...10))"), (6, "a = \(k * 10)"), (5, "c = c || 'z'"),
      (3, "b = (SELECT count(*) FROM \(other.name))"), (2, "(a, b) = (b, a)"),
      (2, "a = (SELECT max(a) + 1 FROM \(other.name))"), (2, "b = DEFAULT"),
      (4, "id = \(dice.number(6...9))"), (2, "id = id + 10"),
      (3, "b = b + (SELECT sum(n.b) FROM \(other.name) n WHERE n.id = \(table.name).id)"),
      (2, "b = CASE WHEN b > 1 THEN 0 ELSE b + 1 END"),
    ]
    if table.hasPairKey { choices.append((10, "z = \(dice.number(1...3))")) }
    if table.hasAmount { choices.append((20, "m = m - \(dice.one(of: ["5.25", "10.50", "11"]))")) }
    if table.parent != nil {
      choices.append((10, "r = \(dice.chance(20) ? "NULL" : "\(dice.number(1...4))")"))
    }
    let first = dice.weighted(choices)
    guard dice.chance(15) else { return first }
    let column = first.text.prefix { $0 != " " }
    guard column == "b" else { return first }
    return .commas([first, "c = 'w'"])
  }

  func returning(_ dice: inout Dice) -> Piece {
    guard dice.chance(35) else { return "" }
    return .optional(
      dice.one(of: [" RETURNING id, a, b", " RETURNING *", " RETURNING id + b AS s"]))
  }

  /// A row to be inserted.
  func row(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = dice.chance(50) ? dice.number(6...8) : key(table, &dice)
    let id = table.hasIdentity && dice.chance(50) ? "DEFAULT" : String(k)
    let number = dice.chance(80) ? k * 10 : dice.number(1...4) * 10
    let a = dice.chance(4) ? "NULL" : String(number)
    let r: Piece =
      table.parent == nil ? "" : ", \(dice.chance(15) ? "NULL" : "\(dice.number(1...4))")"
    return "(\(id), \(a), \(dice.below(3)), 'i'\(r))"
  }

  /// How a number is given where the table would draw one itself.
  func overriding(_ table: TableShape, _ dice: inout Dice) -> Piece {
    guard table.hasIdentity, dice.chance(10) else { return "" }
    return .optional(" OVERRIDING \(dice.chance(50) ? "SYSTEM" : "USER") VALUE")
  }

  func columns(_ table: TableShape) -> String {
    table.parent == nil ? "(id, a, b, c)" : "(id, a, b, c, r)"
  }

  func strength(_ dice: inout Dice) -> String {
    dice.weighted([(5, "UPDATE"), (3, "NO KEY UPDATE"), (3, "SHARE"), (3, "KEY SHARE")])
  }

  func patience(_ dice: inout Dice) -> Piece {
    dice.chance(30) ? (dice.chance(50) ? " NOWAIT" : " SKIP LOCKED") : ""
  }

  // MARK: Queries

  private func select(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let list = dice.one(of: ["*", "id, b", "a, b, c", "id"])
    let condition: Piece = dice.chance(70) ? " WHERE \(predicate(table, "", &dice))" : ""
    let order: Piece = dice.chance(85) ? " ORDER BY id, a, b" : ""
    return "SELECT \(list) FROM \(table.name)\(optional: condition)\(optional: order)"
  }

  private func lock(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(80) ? " WHERE \(predicate(table, "", &dice))" : ""
    let order: Piece = dice.chance(70) ? " ORDER BY id\(dice.chance(30) ? " DESC" : ""), a, b" : ""
    let limit: Piece = dice.chance(20) ? " LIMIT \(dice.number(1...2))" : ""
    return """
      SELECT id, a, b FROM \(table.name)\(optional: condition)\(optional: order)\(optional: limit) \
      FOR \(strength(&dice))\(optional: patience(&dice))
      """
  }

  private func aggregate(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(60) ? " WHERE \(predicate(table, "", &dice))" : ""
    if dice.chance(30) {
      return """
        SELECT b, count(*) FROM \(table.name)\(optional: condition) GROUP BY b ORDER BY b
        """
    }
    let list = dice.one(of: ["count(*)", "sum(b)", "max(id), min(a)", "count(*), sum(a + b)"])
    return "SELECT \(list) FROM \(table.name)\(optional: condition)"
  }

  private func join(_ dice: inout Dice) -> Piece {
    let child = dice.one(of: tables.filter { $0.parent != nil } + [tables[tables.count - 1]])
    let parent = tables.first { $0.name == child.parent } ?? tables[0]
    let on = child.parent == nil ? "y.id = x.id" : "y.r = x.id"
    let kind = dice.weighted([(5, "JOIN"), (2, "LEFT JOIN")])
    let condition: Piece = dice.chance(70) ? " WHERE \(predicate(parent, "x.", &dice))" : ""
    var lock: Piece = ""
    if dice.chance(50) {
      let of = kind == "JOIN" ? dice.one(of: ["", " OF x", " OF y", " OF x, y"]) : " OF x"
      lock = " FOR \(strength(&dice))\(of)\(optional: patience(&dice))"
    }
    return """
      SELECT x.id, x.b, y.id, y.b FROM \(parent.name) x \(kind) \(child.name) y ON \(on)\
      \(optional: condition) ORDER BY x.id, y.id\(optional: lock)
      """
  }

  /// A statement that takes the row that a locking subquery has found.
  private func claim(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(60) ? " WHERE \(predicate(table, "", &dice))" : ""
    let subquery: Piece = """
      (SELECT id FROM \(table.name)\(optional: condition) ORDER BY id LIMIT 1 \
      FOR \(strength(&dice))\(optional: patience(&dice)))
      """
    switch dice.below(4) {
    case 3:
      return """
        UPDATE \(table.name) SET \(assignments(table, &dice)) FROM (SELECT id AS k FROM \(table.name) \
        WHERE b < 3 ORDER BY id LIMIT 1 FOR \(strength(&dice))\(optional: patience(&dice))) q \
        WHERE id = q.k\(returning(&dice))
        """
    case 0: return "DELETE FROM \(table.name) WHERE id = \(subquery)\(returning(&dice))"
    case 1: return "SELECT * FROM \(table.name) WHERE id = \(subquery)"
    default:
      return """
        UPDATE \(table.name) SET \(assignments(table, &dice)) WHERE id = \(subquery)\
        \(returning(&dice))
        """
    }
  }

  // MARK: Changes

  private func insert(_ table: TableShape, _ dice: inout Dice) -> Piece {
    var rows = [row(table, &dice)]
    if dice.chance(20) { rows.append(row(table, &dice)) }
    return """
      INSERT INTO \(table.name) \(columns(table))\(overriding(table, &dice)) VALUES \
      \(Piece.commas(rows))\(returning(&dice))
      """
  }

  private func upsert(_ table: TableShape, _ dice: inout Dice) -> Piece {
    var rows = [row(table, &dice)]
    if dice.chance(20) { rows.append(row(table, &dice)) }
    let head: Piece = """
      INSERT INTO \(table.name) \(columns(table))\(overriding(table, &dice)) VALUES \(Piece.commas(rows))
      """
    if table.hasDeferrableKey, table.arbiters.isEmpty { return "\(head)\(returning(&dice))" }
    if table.arbiters.isEmpty || dice.chance(40) {
      let hasTarget = !table.arbiters.isEmpty && (table.hasDeferrableKey || dice.chance(50))
      let target: Piece = !hasTarget ? "" : " \(dice.one(of: table.arbiters))"
      return
        "\(head) ON CONFLICT\(table.hasDeferrableKey ? target : .optional(target)) DO NOTHING\(returning(&dice))"
    }
    let name = table.name
    let change = dice.one(of: [
      "b = \(name).b + 1", "b = excluded.b", "a = excluded.a", "c = excluded.c, b = \(name).b + 1",
      "a = \(name).a + 1",
    ])
    let condition: Piece =
      dice.chance(30) ? " WHERE \(predicate(table, "\(name).", &dice))" : ""
    return """
      \(head) ON CONFLICT \(dice.one(of: table.arbiters)) DO UPDATE SET \(change)\
      \(optional: condition)\(returning(&dice))
      """
  }

  private func insertSelect(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let shift = dice.one(of: [0, 5, 10])
    let end: Piece = !table.hasDeferrableKey && dice.chance(40) ? " ON CONFLICT DO NOTHING" : ""
    return """
      INSERT INTO \(table.name) (id, a, b, c) SELECT id + \(shift), a + \(shift), b, 's' FROM \
      \(source.name) WHERE \(predicate(source, "", &dice)) ORDER BY id, a\(optional: end)
      """
  }

  func update(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let condition: Piece = dice.chance(92) ? " WHERE \(predicate(table, "", &dice))" : ""
    return """
      UPDATE \(table.name) SET \(assignments(table, &dice))\(optional: condition)\
      \(returning(&dice))
      """
  }

  private func updateFrom(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let on = table.parent == source.name ? "u.r = o.id" : "u.id = o.id"
    let change = dice.one(of: ["b = u.b + o.b", "b = o.b", "b = u.b + 1", "c = o.c"])
    let more: Piece = " AND \(predicate(source, "o.", &dice))"
    let returned: Piece = dice.chance(40) ? " RETURNING u.id, u.b, o.id, o.b" : ""
    return """
      UPDATE \(table.name) u SET \(change) FROM \(source.name) o WHERE \(on) AND \
      u.id = \(key(table, &dice))\(optional: more)\(optional: returned)
      """
  }

  private func delete(_ table: TableShape, _ dice: inout Dice) -> Piece {
    "DELETE FROM \(table.name) WHERE \(predicate(table, "", &dice))\(returning(&dice))"
  }

  private func deleteUsing(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let source = dice.one(of: tables)
    let on = table.parent == source.name ? "d.r = o.id" : "d.id = o.id"
    let returned: Piece = dice.chance(40) ? " RETURNING d.id, o.b" : ""
    return """
      DELETE FROM \(table.name) d USING \(source.name) o WHERE \(on) AND \
      d.id = \(key(table, &dice)) AND \(predicate(source, "o.", &dice))\(optional: returned)
      """
  }

  private func merge(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let k = dice.chance(60) ? key(table, &dice) : dice.number(6...8)
    var whens: [Piece] = []
    if dice.chance(40) {
      let action = dice.one(of: ["DELETE", "DO NOTHING", "UPDATE SET b = m.b + 10"])
      whens.append(" WHEN MATCHED AND \(predicate(table, "m.", &dice)) THEN \(action)")
    }
    whens.append(
      " WHEN MATCHED THEN \(dice.one(of: ["UPDATE SET b = m.b + v.n", "UPDATE SET a = v.n", "DELETE"]))"
    )
    whens.append(
      " WHEN NOT MATCHED THEN INSERT (id, a, b) VALUES (v.k, v.n, 0)")
    return """
      MERGE INTO \(table.name) m USING (VALUES (\(k), \(dice.number(1...3)))) v (k, n) \
      ON m.id = v.k\(Piece.list(whens, separator: "", minimum: 1))
      """
  }

  private func with(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let other = dice.one(of: tables)
    let first: Piece
    switch dice.below(3) {
    case 0:
      first = """
        UPDATE \(table.name) SET \(assignments(table, &dice)) WHERE \
        \(predicate(table, "", &dice)) RETURNING id, b
        """
    case 1: first = "DELETE FROM \(table.name) WHERE \(predicate(table, "", &dice)) RETURNING id, b"
    default:
      first = """
        SELECT id, b FROM \(table.name) WHERE \(predicate(table, "", &dice)) ORDER BY id \
        FOR \(strength(&dice))\(optional: patience(&dice))
        """
    }
    let second: Piece
    switch dice.below(5) {
    case 3:
      second = """
        INSERT INTO \(other.name) (id, a, b) SELECT id + 20, id * 10 + 200, b FROM w ORDER BY id, b\
        \(returning(&dice))
        """
    case 4: second = "DELETE FROM \(other.name) WHERE id IN (SELECT id FROM w)\(returning(&dice))"
    case 0: second = "SELECT count(*), sum(b) FROM w"
    case 1:
      second =
        "UPDATE \(other.name) SET b = b + 1 WHERE id IN (SELECT id FROM w)\(returning(&dice))"
    default: second = "SELECT id, b FROM w ORDER BY id, b"
    }
    return "WITH w AS (\(first)) \(second)"
  }

  // MARK: Locks, blocks

  private func lockTable(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let mode = dice.one(of: [
      "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE",
      "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
    ])
    let patience: Piece = dice.chance(25) ? " NOWAIT" : ""
    return "LOCK TABLE \(table.name) IN \(mode) MODE\(optional: patience)"
  }

  private func advisory(_ dice: inout Dice) -> Piece {
    let name = dice.one(of: [
      "pg_advisory_lock", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared",
      "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "pg_advisory_unlock",
      "pg_advisory_lock_shared", "pg_try_advisory_xact_lock_shared", "pg_advisory_unlock_shared",
    ])
    if dice.chance(5) { return "SELECT pg_advisory_unlock_all()" }
    return "SELECT \(name)(\(dice.number(1...2)))"
  }

  private func block(_ table: TableShape, _ dice: inout Dice) -> Piece {
    let change = dice.chance(50) ? update(table, &dice) : insert(table, &dice)
    // PL/pgSQL has no place for rows that nobody takes.
    guard !change.text.contains("RETURNING") else { return update(table, &dice) }
    let handler: Piece =
      " EXCEPTION WHEN \(dice.one(of: ["unique_violation", "OTHERS"])) THEN RAISE NOTICE '%', SQLSTATE;"
    return "DO $$ BEGIN \(change);\(optional: handler) END $$"
  }
}
