import RandomCases

/// Draws scenarios whose writers come in groups that keep to rows of their own, so that the model falls into
/// independent parts; and near misses, in which something ties the groups after all.
///
/// Group `g` has the items `2g + 1` and `2g + 2`, with their lines and notes:
///
///     shop 1 ─┬─ item 1, 2   line 1, 2   ▶ w00, w01
///             └─ item 3, 4   line 3, 4   ▶ w10
///
/// What may tie them: a row of another group, the shop, a sequence, a key, a search without a key, locks, the clock,
/// crashes, a rule that takes rows of several.
package struct GroupGenerator {
  private var dice: Dice
  private var features: Set<String> = []
  private let number: Int
  private let groups: Int
  private let hasClock: Bool
  private let hasTrigger: Bool
  private let hasWorld: Bool
  private let sharesShop: Bool
  private let isLeaky: Bool

  /// The case of a number: the same for the same seed, whatever has been drawn before.
  package static func make(seed: UInt64, number: Int) -> SearchCase {
    let dice = Dice(seed: seed, number: number)
    var generator = GroupGenerator(dice: dice, number: number)
    let scenario = generator.scenario()
    return SearchCase(number: number, scenario: scenario, features: generator.features)
  }

  private init(dice: Dice, number: Int) {
    var dice = dice
    groups = dice.weighted([(5, 2), (2, 3)])
    hasClock = dice.chance(10)
    hasTrigger = dice.chance(10)
    hasWorld = dice.chance(10)
    sharesShop = dice.chance(60)
    isLeaky = dice.chance(40)
    self.dice = dice
    self.number = number
  }

  private mutating func scenario() -> Piece {
    var parts: [Piece] = ["scenario \"groups \(number)\"\n\n", .sequence(tables())]
    if hasClock {
      note("clock")
      parts.append("clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\n\n")
    }
    parts.append(.list(writers(), separator: "", minimum: 1))
    if dice.chance(15) {
      let who = dice.chance(40) ? "any" : "w00"
      note("crash \(who)")
      parts.append(.optional("faults { crash \(who) up to \(dice.number(1...2)) }\n"))
    }
    parts.append(.list(rules(), separator: "", minimum: 0))
    if dice.chance(50) { parts.append(.optional("allow deadlock\n")) }
    if dice.chance(50) { parts.append(.optional("allow unhandled error\n")) }
    return .sequence(parts)
  }

  private mutating func note(_ feature: String) { features.insert(feature) }

  // MARK: Tables

  private mutating func tables() -> [Piece] {
    let action = dice.one(of: ["", "", " ON DELETE CASCADE", " ON DELETE SET NULL"])
    let deferral = dice.chance(8) ? " DEFERRABLE INITIALLY DEFERRED" : ""
    var definitions: [Piece] = [
      """
        CREATE TABLE shop (id int PRIMARY KEY, total int NOT NULL);
        CREATE TABLE item (id int PRIMARY KEY, shop_id int REFERENCES shop, v int NOT NULL, w int, tag text);
        CREATE TABLE line (id int PRIMARY KEY, item_id int\
      \(optional: " REFERENCES item\(action)\(deferral)"), u int\(optional: " UNIQUE"));
        CREATE TABLE note (item_id int, n int);
        CREATE SEQUENCE numbers START 40;
        CREATE FUNCTION bump(p_id int) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE item SET v = v + 1 WHERE id = p_id AND v < 2;
          RETURN FOUND;
        END $$;

      """
    ]
    if hasTrigger {
      let apart = dice.chance(60)
      note(apart ? "trigger" : "tying trigger")
      let work =
        apart ? "INSERT INTO note VALUES (NEW.id, NEW.v)" : "UPDATE shop SET total = total + 1"
      definitions.append(
        """
          CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN \(work); RETURN NULL; END $$;
          CREATE TRIGGER changed AFTER UPDATE OF v ON item FOR EACH ROW EXECUTE FUNCTION noted();

        """)
    }
    var parts: [Piece] = ["schema {\n", .sequence(definitions), "}\n"]
    if hasWorld { parts.append("world { CREATE TABLE mail (item_id int); }\n") }
    let ids = 1...2 * groups
    let items: [Piece] = ids.map { id in
      let shop = sharesShop ? 1 : (id + 1) / 2
      return "(\(id), \(shop), \(dice.below(3)), 0, 'g\((id + 1) / 2)')"
    }
    let lines: [Piece] = ids.map { "(\($0), \($0), \($0))" }
    parts.append(
      """
      data {
        INSERT INTO shop VALUES \(Piece.commas((1...groups).map { "(\($0), 0)" }));
        INSERT INTO item VALUES \(Piece.commas(items));
        INSERT INTO line VALUES \(Piece.commas(lines));
      \(optional: "  INSERT INTO note VALUES (1, 1), (3, 1);\n")\
      }

      """)
    return parts
  }

  // MARK: Writers

  private mutating func writers() -> [Piece] {
    if dice.chance(30) {
      note("for")
      let values = (0..<groups).map { String(2 * $0 + 1) }.joined(separator: ", ")
      return (0..<dice.number(1...2)).map { index in
        let times = groups == 2 && index == 0 && dice.chance(15) ? " times 2" : ""
        return writer("w0\(index)(k) for k in (\(values))\(optional: times)", group: nil)
      }
    }
    return (0..<groups).flatMap { group in
      (0..<dice.weighted([(3, 1), (groups == 2 ? 3 : 1, 2)])).map { index in
        let times = dice.chance(6) ? " times 2" : ""
        return writer("w\(group)\(index)\(optional: times)", group: group)
      }
    }
  }

  private mutating func writer(_ head: Piece, group: Int?) -> Piece {
    let isBlock = dice.chance(45)
    let level = dice.weighted([
      (12, ""), (2, " ISOLATION LEVEL REPEATABLE READ"), (1, " ISOLATION LEVEL SERIALIZABLE"),
    ])
    let retry = dice.chance(6) ? " retry 1 on deadlock_detected" : ""
    let count = isBlock ? dice.number(1...2) : dice.weighted([(4, 1), (1, 2)])
    let body: [Piece] = (0..<count).map { _ in "  \(statement(group))\n" }
    if isBlock { note("BEGIN\(level)") }
    return """
      writer \(head)\(optional: retry) {
        DECLARE x int; b boolean; r record;
      \(isBlock ? "  BEGIN\(optional: level);\n" : "")\
      \(Piece.list(body, separator: "", minimum: 0))\
      \(isBlock ? "  \(dice.chance(8) ? "ROLLBACK" : "COMMIT");\n" : "")\
      }

      """
  }

  /// One of the group's items; a group of its own for each value of a parameter.
  private mutating func item(_ group: Int?) -> String {
    guard let group else { return dice.chance(60) ? ":k" : "(:k + 1)" }
    return String(2 * group + dice.number(1...2))
  }

  private mutating func statement(_ group: Int?, isNested: Bool = false) -> Piece {
    if isLeaky && dice.chance(30) { return leak(group) }
    let id = item(group)
    let tag = group.map { "g\($0 + 1)" }
    switch dice.below(isNested ? 15 : 20) {
    case 0: return "UPDATE item SET v = v + 1 WHERE id = \(id)\(optional: " AND v < 2");"
    case 1: return "UPDATE item SET v = \(dice.below(4)), w = v WHERE id = \(id);"
    case 2:
      return "UPDATE item SET w = (SELECT v FROM item WHERE id = \(item(group))) WHERE id = \(id);"
    case 3: return "INSERT INTO line VALUES (10 + \(id), \(id), 10 + \(item(group)));"
    case 4: return "INSERT INTO note VALUES (\(id), \(dice.below(3)));"
    case 5: return "DELETE FROM line WHERE item_id = \(id);"
    case 6: return "DELETE FROM note WHERE item_id = \(id);"
    case 7: return "UPDATE line SET u = u + 10 WHERE id = \(id);"
    case 8:
      return
        "UPDATE item SET v = item.v + 1 FROM line l WHERE l.item_id = item.id AND item.id = \(id);"
    case 9:
      return "INSERT INTO line VALUES (10 + \(id), \(id), 10 + \(id)) ON CONFLICT \(conflict());"
    case 10:
      return
        "UPDATE item SET w = (SELECT count(*) FROM note WHERE item_id = \(id)) WHERE id = \(id);"
    case 11: return "UPDATE line SET item_id = \(item(group)) WHERE id = \(id);"
    case 12: return "DELETE FROM item WHERE id = \(id)\(optional: " AND v > 0");"
    case 13:
      return """
        UPDATE item SET v = 3 WHERE id = \(id) \
        AND \(dice.chance(50) ? "NOT " : "")EXISTS (SELECT 1 FROM line WHERE item_id = \(item(group)));
        """
    case 14:
      note("search by tag")
      guard let tag else { return "UPDATE note SET n = n + 1 WHERE item_id = \(id);" }
      return "UPDATE item SET w = w + 1 WHERE tag = '\(tag)'\(optional: " AND v > 0");"
    case 15, 16:
      return """
        SELECT v INTO x FROM item WHERE id = \(id)\(optional: lock()); \
        UPDATE item SET v = x + 1 WHERE id = \(item(group));
        """
    case 17:
      return dice.chance(50)
        ? "PERFORM pg_advisory_xact_lock(\(id));" : "SELECT bump(\(id)) INTO b;"
    case 18:
      let inner = statement(group, isNested: true)
      return .either("BEGIN \(inner) EXCEPTION WHEN OTHERS THEN NULL; END;", simpler: [inner])
    default: return timed(id)
    }
  }

  private mutating func conflict() -> String {
    dice.one(of: ["DO NOTHING", "(id) DO UPDATE SET u = line.u + 1"])
  }

  private mutating func lock() -> String {
    let mode = dice.one(of: ["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"])
    return " FOR \(mode)\(dice.weighted([(6, ""), (1, " NOWAIT"), (1, " SKIP LOCKED")]))"
  }

  private mutating func timed(_ id: String) -> Piece {
    if hasWorld && dice.chance(50) { return "INSERT INTO mail VALUES (\(id));" }
    if hasClock {
      let now = dice.one(of: ["now()", "clock_timestamp()"])
      return "UPDATE item SET w = 5 WHERE id = \(id) AND \(now) > '2025-01-01 00:00:30';"
    }
    return "PERFORM 1 FROM item WHERE id = \(id)\(lock());"
  }

  /// Something that others may notice, or nearly.
  private mutating func leak(_ group: Int?) -> Piece {
    let id = item(group)
    let other = String(dice.number(1...2 * groups))
    let leaks: [(name: String, statement: Piece)] = [
      ("another's row", "UPDATE item SET v = v + 1 WHERE id = \(other);"),
      ("another's row", "SELECT v INTO x FROM item WHERE id = \(other)\(lock());"),
      (
        "another's row",
        "UPDATE item SET w = (SELECT v FROM item WHERE id = \(other)) WHERE id = \(id);"
      ),
      ("another's lines", "DELETE FROM line WHERE item_id = \(other);"),
      ("shop", "UPDATE shop SET total = total + 1 WHERE id = \(dice.number(1...2));"),
      ("shop", "SELECT total INTO x FROM shop WHERE id = 1\(lock());"),
      ("child of a shop", "INSERT INTO item VALUES (20 + \(id), 1, 0, 0, 'new');"),
      ("deleted shop", "DELETE FROM shop WHERE id = 2;"),
      ("sequence", "UPDATE item SET w = nextval('numbers') WHERE id = \(id);"),
      ("key", "UPDATE line SET u = 99 WHERE id = \(id);"),
      ("key", "INSERT INTO line VALUES (50, \(id), NULL) ON CONFLICT DO NOTHING;"),
      ("key", "UPDATE line SET u = NULL WHERE id = \(id);"),
      ("scan", "UPDATE item SET w = 1 WHERE v > 1;"),
      ("scan", "SELECT count(*) INTO x FROM note; UPDATE item SET w = x WHERE id = \(id);"),
      ("scan", "DELETE FROM note WHERE n > 1;"),
      ("scan", "SELECT max(v) INTO x FROM item WHERE tag = 'g1' OR id = \(id);"),
      ("search by tag", "UPDATE item SET v = 2 WHERE tag = 'g1';"),
      ("tag", "UPDATE item SET tag = '\(dice.one(of: ["g1", "g2", "new"]))' WHERE id = \(id);"),
      ("tag", "UPDATE item SET tag = NULL WHERE id = \(id);"),
      ("failing search", "UPDATE item SET w = 1 WHERE 1 / v = 1 AND tag = 'g1';"),
      ("queue", "SELECT id INTO x FROM item WHERE v = 0 LIMIT 1 FOR UPDATE SKIP LOCKED;"),
      ("advisory lock", "PERFORM pg_advisory_xact_lock(7);"),
      ("advisory lock", "PERFORM pg_advisory_xact_lock_shared(7);"),
      (
        "table lock",
        "BEGIN LOCK TABLE line IN \(dice.one(of: ["SHARE", "EXCLUSIVE", "ROW EXCLUSIVE"])) MODE; EXCEPTION WHEN OTHERS THEN NULL; END;"
      ),
      ("TRUNCATE", "TRUNCATE note;"),
      (
        "loop",
        "FOR r IN SELECT id FROM item WHERE shop_id = 1 LOOP UPDATE item SET w = 9 WHERE id = r.id; END LOOP;"
      ),
      ("copy", "INSERT INTO note SELECT id, v FROM item WHERE shop_id = \(dice.number(1...2));"),
    ]
    let drawn = dice.one(of: leaks)
    note("leak: \(drawn.name)")
    return drawn.statement
  }

  // MARK: Rules

  private mutating func rules() -> [Piece] {
    (0..<dice.number(1...2)).flatMap { index -> [Piece] in
      let isEnd = dice.chance(45)
      let rules = dice.chance(75) ? Self.separable : Self.tying
      let rule = dice.one(of: rules)
      note("\(isEnd ? "finally" : "always"): \(rule.name)")
      return ["\(isEnd ? "finally end" : "invariant rule")\(index) { \(rule.query) }\n"]
    }
  }

  private typealias Rule = (name: String, query: String)

  /// Rules that take no rows of several groups together, as far as groups keep to their own.
  private static let separable: [Rule] = [
    ("one row", "SELECT id FROM item WHERE v > 2"),
    ("one row", "SELECT id FROM item WHERE v <> w AND v > 1"),
    ("one row", "SELECT id FROM item WHERE w > 1 AND id <> 3"),
    ("join", "SELECT l.id FROM line l JOIN item i ON i.id = l.item_id WHERE i.v = 0"),
    (
      "left join",
      "SELECT i.id FROM item i LEFT JOIN line l ON l.item_id = i.id WHERE l.id IS NULL AND i.v > 1"
    ),
    ("having", "SELECT item_id FROM line GROUP BY item_id HAVING count(*) > 1"),
    ("having", "SELECT item_id FROM note GROUP BY item_id HAVING sum(n) > 2"),
    (
      "not exists",
      "SELECT id FROM item WHERE NOT EXISTS (SELECT 1 FROM line WHERE item_id = item.id)"
    ),
    (
      "not exists",
      "SELECT item_id FROM line l WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.id = l.item_id)"
    ),
    ("count", "SELECT id FROM item i WHERE v > (SELECT count(*) FROM line WHERE item_id = i.id)"),
    ("outcomes", "SELECT session FROM outcomes WHERE sqlstate IS NOT NULL"),
    ("by shop", "SELECT s.id FROM shop s JOIN item i ON i.shop_id = s.id WHERE i.v = 3"),
    ("by shop", "SELECT shop_id FROM item GROUP BY shop_id HAVING sum(v) > 3"),
    (
      "by shop",
      "SELECT s.id FROM shop s WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.shop_id = s.id AND i.v < 2)"
    ),
    (
      "by shop",
      "SELECT s.id FROM shop s LEFT JOIN item i ON i.shop_id = s.id AND i.w = 0 WHERE i.id IS NULL"
    ),
    (
      "by shop",
      "SELECT s.id FROM shop s WHERE s.total < (SELECT max(v) FROM item i WHERE i.shop_id = s.id) - 2"
    ),
  ]

  private static let tying: [Rule] = [
    ("sum", "SELECT sum(v) FROM item HAVING sum(v) > 5"),
    ("count of all", "SELECT count(*) FROM line HAVING count(*) > 4"),
    ("self join", "SELECT a.id FROM item a JOIN item b ON a.id < b.id WHERE a.v = b.v AND a.v > 1"),
    ("group by value", "SELECT v FROM item GROUP BY v HAVING count(*) > 2"),
    ("limit", "SELECT id FROM item WHERE v > 1 ORDER BY id OFFSET 1"),
    ("union", "SELECT id FROM item WHERE v > 2 INTERSECT SELECT item_id FROM note"),
    ("in", "SELECT id FROM item WHERE w IN (SELECT n FROM note) AND w > 0"),
    ("none", "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM item WHERE v = 0)"),
    ("subquery in FROM", "SELECT 1 FROM (SELECT max(v) AS m FROM item) t WHERE t.m > 2"),
    ("window", "SELECT id FROM (SELECT id, rank() OVER (ORDER BY v) AS r FROM item) t WHERE r > 3"),
    ("outcomes of all", "SELECT 1 FROM outcomes WHERE sqlstate IS NOT NULL HAVING count(*) > 1"),
    (
      "unequal join",
      "SELECT i.id FROM item i JOIN note n ON n.item_id <> i.id WHERE n.n = i.v AND i.v > 1"
    ),
  ]
}
