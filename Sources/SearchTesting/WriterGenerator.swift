import RandomCases

/// Draws a writer: a few statements that meet those of others.
struct WriterGenerator {
  let name: String
  var plan: ScenarioPlan
  var dice: Dice
  /// Its sessions, and the statements of each.
  private(set) var count = 1
  private(set) var statements = 0

  /// The row that it is about: a number, or its parameter.
  private var home = "1"
  private var isInTransaction = false
  /// Statements within statements are plain.
  private var nesting = 0

  init(name: String, plan: ScenarioPlan, dice: Dice) {
    self.name = name
    self.plan = plan
    self.dice = dice
  }

  mutating func writer(budget: Int) -> Piece {
    let head = roster()
    let options = drawOptions()
    let length = max(1, min(budget / count, dice.weighted([(2, 1), (5, 2), (3, 3)])))
    let body = program(length)
    plan.sessions += count
    return """
      writer \(head)\(Piece.sequence(options)) {
      \(optional: "  DECLARE x int;\n")\(optional: "  DECLARE b boolean;\n")\
      \(optional: "  DECLARE r record;\n")\(body)\(end())}


      """
  }

  /// The name, parameters and number of sessions.
  private mutating func roster() -> Piece {
    home = String(plan.style == .apart ? 1 + plan.sessions % plan.items : 1)
    let room = plan.sessionsLimit - plan.sessions
    let most = plan.size == .large ? 4 : 3
    guard room >= 2 else { return .text(name) }
    switch dice.below(10) {
    case 0, 1:
      count = min(room, dice.number(2...most))
      plan.note("times")
      return "\(name)\(optional: " times \(count)")"
    case 2, 3, 4:
      count = 2
      home = ":k"
      plan.note("for")
      let values = plan.items == 1 || dice.chance(30) ? "(1, 1)" : "(1, 2)"
      if room >= 4 && dice.chance(40) {
        count = 4
        plan.note("for and times")
        return "\(name)(k) for k in \(values)\(optional: " times 2")"
      }
      return "\(name)(k) for k in \(values)"
    default: return .text(name)
    }
  }

  private mutating func drawOptions() -> [Piece] {
    var options: [Piece] = []
    if dice.chance(18) {
      let level = dice.one(of: ["repeatable read", "serializable"])
      plan.note(level)
      options.append(.optional(" isolation \(level)"))
    }
    if dice.chance(12) {
      plan.note("retry")
      let what = dice.one(of: ["serialization_failure", "deadlock_detected", "unique_violation"])
      options.append(.optional(" retry 1 on \(what)"))
    }
    if dice.chance(6) {
      plan.note("restarts")
      options.append(.optional(" restarts 1\(dice.chance(50) ? " on crash" : "")"))
    }
    return options
  }

  private mutating func end() -> Piece {
    if dice.chance(25) { return .optional("  RETURN 'done';\n") }
    if dice.chance(10) { return .optional("  RETURN x::text;\n") }
    return ""
  }

  private mutating func program(_ length: Int) -> Piece {
    var parts: [Piece] = []
    if plan.hasTimeouts && dice.chance(60) {
      plan.note("timeout")
      let name = dice.weighted([
        (6, "lock_timeout"), (1, "statement_timeout"), (1, "idle_in_transaction_session_timeout"),
      ])
      parts.append(.optional("  SET \(name) = '1s';\n"))
    }
    if dice.chance(plan.style == .crossing ? 5 : 25) {
      parts += (0..<length).map { _ in "  \(statement())\n" }
      plan.note("autocommit")
      return .list(parts, separator: "", minimum: 0)
    }
    let level = dice.weighted([
      (20, ""), (2, " ISOLATION LEVEL REPEATABLE READ"), (2, " ISOLATION LEVEL SERIALIZABLE"),
    ])
    if !level.isEmpty { plan.note("BEGIN\(level)") }
    isInTransaction = true
    let body = (0..<length).map { _ in "  \(statement())\n" as Piece }
    isInTransaction = false
    let last = dice.chance(6) ? "ROLLBACK" : "COMMIT"
    parts.append("  BEGIN\(optional: level);\n")
    parts.append(.list(body, separator: "", minimum: 0))
    parts.append("  \(last);\n")
    if dice.chance(10) { parts.append(.optional("  \(statement())\n")) }
    return .sequence(parts)
  }

  // MARK: Statements

  private enum Kind: String {
    case guarded, increment, set, fromAll = "subquery", many = "many rows", readWrite =
      "read, write"
    case readIf = "IF", lock, lockMany = "lock many", claim = "SKIP LOCKED queue"
    case two = "two rows", delete, insert, upsert, loop = "loop over rows", count = "counting loop"
    case addLine = "insert line", upsertLine = "ON CONFLICT on a unique key"
    case moveKey = "update of a unique key", repoint = "update of a foreign key"
    case deleteLines = "delete lines", join = "UPDATE FROM", copy = "INSERT SELECT"
    case mail = "world", timed = "time", sleep, call = "function", nextNumber = "nextval"
    case advisory = "advisory lock", tryAdvisory = "try advisory lock", table = "LOCK TABLE"
    case savepoint, handled = "EXCEPTION", block = "DO with EXCEPTION"
  }

  private mutating func kind() -> Kind {
    var kinds: [(weight: Int, value: Kind)] = [
      (10, .guarded), (8, .increment), (4, .set), (3, .fromAll), (3, .many), (8, .lock),
      (3, .delete),
      (2, .insert), (3, .upsert),
    ]
    if plan.style == .crossing && nesting == 0 { kinds.append((60, .two)) }
    if plan.hasLines {
      kinds += [
        (5, .addLine), (4, .upsertLine), (3, .moveKey), (3, .repoint), (3, .deleteLines),
        (2, .join),
        (2, .copy),
      ]
    }
    if plan.hasMails { kinds.append((8, .mail)) }
    if plan.hasClock { kinds.append((8, .timed)) }
    if plan.hasSequence { kinds.append((8, .nextNumber)) }
    guard nesting == 0 else { return dice.weighted(kinds) }
    kinds += [(8, .readWrite), (7, .readIf), (2, .lockMany), (3, .claim), (2, .loop), (2, .count)]
    kinds += [(4, .handled), (2, .block)]
    if isInTransaction { kinds.append((4, .savepoint)) }
    if plan.hasClock { kinds.append((3, .sleep)) }
    if plan.hasFunction { kinds.append((10, .call)) }
    if plan.hasAdvisoryLocks { kinds += [(8, .advisory), (4, .tryAdvisory)] }
    if plan.hasTableLocks && isInTransaction { kinds.append((8, .table)) }
    return dice.weighted(kinds)
  }

  /// The row that a statement is about, mostly the writer's own.
  private mutating func row() -> String {
    switch plan.style {
    case .apart: home
    case .contended: dice.chance(85) ? home : String(1 + dice.below(plan.items))
    case .crossing: dice.chance(40) ? home : String(1 + dice.below(plan.items))
    }
  }

  private mutating func strength() -> String {
    dice.weighted([
      (5, " FOR UPDATE"), (2, " FOR NO KEY UPDATE"), (2, " FOR SHARE"), (2, " FOR KEY SHARE"),
    ])
  }

  private mutating func statement() -> Piece {
    let kind = kind()
    plan.note(kind.rawValue)
    statements += 1
    let row = row()
    switch kind {
    case .guarded, .increment, .set, .fromAll, .many, .delete, .insert, .upsert:
      return change(kind, row)
    case .addLine, .upsertLine, .moveKey, .repoint, .deleteLines, .join, .copy:
      return lineChange(kind, row)
    case .readWrite, .readIf, .claim, .two, .loop, .count: return several(kind, row)
    case .lock:
      let wait = dice.weighted([(8, ""), (1, " NOWAIT"), (1, " SKIP LOCKED")])
      if !wait.isEmpty { plan.note("\(wait.dropFirst())") }
      return "PERFORM 1 FROM item WHERE id = \(row)\(strength())\(optional: wait);"
    case .lockMany:
      let order = dice.chance(50) ? " DESC" : ""
      return "PERFORM 1 FROM item ORDER BY id\(order)\(strength());"
    case .savepoint, .handled, .block: return wrapped(kind)
    case .advisory, .tryAdvisory, .table: return objectLock(kind)
    case .mail: return "INSERT INTO mail VALUES (\(row), 'hello');"
    case .timed: return timed(row)
    case .sleep: return "PERFORM pg_sleep_until(\(ScenarioPlan.later));"
    case .call: return "SELECT take(\(row)) INTO b;"
    case .nextNumber:
      return plan.hasLines
        ? "INSERT INTO line VALUES (nextval('numbers'), \(row), NULL);"
        : "UPDATE item SET w = nextval('numbers') WHERE id = \(row);"
    }
  }

  private mutating func change(_ kind: Kind, _ row: String) -> Piece {
    switch kind {
    case .guarded:
      let status = dice.one(of: ["done", "done", "late", "taken"])
      return """
        UPDATE item SET status = '\(status)'\(optional: ", v = v + 1") \
        WHERE id = \(row)\(optional: " AND status = 'open'");
        """
    case .increment:
      let step = dice.one(of: ["+ 1", "+ 1", "- 1"])
      let guarded = dice.chance(40) ? " AND v \(dice.one(of: [">", "<"])) \(dice.below(3))" : ""
      return "UPDATE item SET v = v \(step) WHERE id = \(row)\(optional: guarded);"
    case .set:
      return "UPDATE item SET v = \(dice.below(4))\(optional: ", w = v") WHERE id = \(row);"
    case .fromAll: return "UPDATE item SET w = (SELECT sum(v) FROM item) WHERE id = \(row);"
    case .delete: return "DELETE FROM item WHERE id = \(row)\(optional: " AND v > 0");"
    case .insert: return "INSERT INTO item VALUES (\(dice.number(3...4)), 'open', 1, 0);"
    case .upsert:
      let id = dice.chance(60) ? row : String(dice.number(3...4))
      let action = dice.one(of: [
        "DO NOTHING", "(id) DO UPDATE SET v = item.v + 1",
        "(id) DO UPDATE SET status = excluded.status WHERE item.v > 0",
      ])
      return "INSERT INTO item VALUES (\(id), 'new', 0, 0) ON CONFLICT \(action);"
    default:
      let condition = dice.one(of: ["v > 0", "status = 'open'", "true", "w IS NOT NULL"])
      return "UPDATE item SET w = coalesce(w, 0) + 1 WHERE \(condition);"
    }
  }

  private mutating func lineChange(_ kind: Kind, _ row: String) -> Piece {
    let key = dice.number(1...3)
    switch kind {
    case .addLine: return "INSERT INTO line VALUES (\(dice.number(2...4)), \(row), \(key));"
    case .upsertLine:
      let action = dice.one(of: [
        "DO NOTHING", "(id) DO UPDATE SET n = line.n + 1",
        "(id) DO UPDATE SET item_id = excluded.item_id",
      ])
      return
        "INSERT INTO line VALUES (\(dice.number(1...3)), \(row), \(dice.one(of: ["NULL", "3"]))) ON CONFLICT \(action);"
    case .moveKey: return "UPDATE line SET u = \(key) WHERE id = \(dice.number(1...2));"
    case .repoint: return "UPDATE line SET item_id = \(row) WHERE u < \(dice.number(2...4));"
    case .deleteLines: return "DELETE FROM line WHERE item_id = \(row);"
    case .join:
      return
        "UPDATE item SET v = item.v + 1 FROM line l WHERE l.item_id = item.id AND l.u = \(key);"
    default:
      return """
        INSERT INTO line SELECT id + 4, id, NULL FROM item WHERE status = 'open'\
        \(optional: " ON CONFLICT DO NOTHING");
        """
    }
  }

  private mutating func several(_ kind: Kind, _ row: String) -> Piece {
    nesting += 1
    defer { nesting -= 1 }
    switch kind {
    case .readWrite:
      let lock = dice.chance(50) ? strength() : ""
      return """
        SELECT v INTO x FROM item WHERE id = \(row)\(optional: lock); \
        \(optional: "UPDATE item SET v = x + 1 WHERE id = \(row);")
        """
    case .readIf:
      let lock = dice.chance(30) ? strength() : ""
      let condition = dice.one(of: ["x > 0", "x = 0", "x IS NOT NULL", "x < 2"])
      let other = dice.chance(35) ? " ELSE \(statement())" as Piece : ""
      return """
        SELECT v INTO x FROM item WHERE id = \(row)\(optional: lock); \
        IF \(condition) THEN \(statement())\(optional: other) END IF;
        """
    case .claim:
      plan.note("SKIP LOCKED")
      return """
        SELECT id INTO x FROM item WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; \
        UPDATE item SET status = 'done', v = v + 1 WHERE id = x;
        """
    case .two:
      let first = 1 + dice.below(plan.items)
      let second = 1 + first % plan.items
      return .list(
        [
          "UPDATE item SET v = v + 1 WHERE id = \(first);",
          "UPDATE item SET w = v WHERE id = \(second);",
        ], separator: " ", minimum: 1)
    case .loop:
      return """
        FOR r IN SELECT id, v FROM item ORDER BY id\(optional: " DESC") LOOP \
        UPDATE item SET w = r.v WHERE id = r.id; END LOOP;
        """
    default:
      return "FOR i IN 1..2 LOOP UPDATE item SET v = v + i WHERE id = \(row); END LOOP;"
    }
  }

  private mutating func wrapped(_ kind: Kind) -> Piece {
    nesting += 1
    defer { nesting -= 1 }
    switch kind {
    case .savepoint:
      let inner = statement()
      return .either("SAVEPOINT s; \(inner) ROLLBACK TO SAVEPOINT s;", simpler: [inner])
    case .handled:
      let condition = dice.one(of: [
        "unique_violation OR foreign_key_violation", "OTHERS", "lock_not_available",
        "deadlock_detected",
      ])
      let inner = statement()
      let handler = dice.chance(40) ? statement() : "NULL;"
      return .either(
        "BEGIN \(inner) EXCEPTION WHEN \(condition) THEN \(handler) END;", simpler: [inner])
    default:
      // A DO block knows no parameters of the writer, and cannot reach the world.
      let (before, world) = (home, plan.hasMails)
      (home, plan.hasMails) = ("1", false)
      defer { (home, plan.hasMails) = (before, world) }
      let inner = statement()
      return "DO $$ BEGIN \(inner) EXCEPTION WHEN OTHERS THEN NULL; END $$;"
    }
  }

  private mutating func objectLock(_ kind: Kind) -> Piece {
    nesting += 1
    defer { nesting -= 1 }
    let key = plan.style == .apart ? home : String(dice.number(1...2))
    switch kind {
    case .advisory:
      if isInTransaction { return "PERFORM pg_advisory_xact_lock(\(key));" }
      return """
        PERFORM pg_advisory_lock(\(key)); \(statement()) \
        \(optional: "PERFORM pg_advisory_unlock(\(key));")
        """
    case .tryAdvisory:
      return "SELECT pg_try_advisory_xact_lock(\(key)) INTO b; IF b THEN \(statement()) END IF;"
    default:
      let mode = dice.one(of: [
        "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE", "ROW EXCLUSIVE",
      ])
      return
        "LOCK TABLE item IN \(mode) MODE\(optional: dice.chance(20) ? " NOWAIT" : "" as String);"
    }
  }

  private mutating func timed(_ row: String) -> Piece {
    switch dice.below(4) {
    case 0: return "UPDATE item SET status = 'late' WHERE id = \(row) AND due < now();"
    case 1: return "UPDATE item SET status = 'late' WHERE due < clock_timestamp();"
    case 2: return "UPDATE item SET due = now() + interval '1 minute' WHERE id = \(row);"
    default:
      return "UPDATE item SET v = v + 1 WHERE id = \(row) AND now() > \(ScenarioPlan.later);"
    }
  }
}
