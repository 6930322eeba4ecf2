@testable import Scheduler

/// Writes small scenarios, each given by its seed.
///
/// Two tables with a primary key, a foreign key and a unique key between them, a few rows, and writers that
/// meet on these: guards, locks of every strength, updates of one row and of several, inserts and deletes
/// that break keys, savepoints, handlers, isolation levels, a clock, crashes. Small enough for
/// ``NaiveExplorer`` most of the time.
struct RandomScenario {
  private var generator: SplitMix64
  private var hasClock = false

  static func text(seed: UInt64) -> String {
    var scenario = RandomScenario(generator: SplitMix64(seed: seed))
    return scenario.text(seed: seed)
  }

  private mutating func text(seed: UInt64) -> String {
    hasClock = chance(4)
    let writerCount = chance(3) ? 3 : 2
    var writers: [String] = []
    var names: [String] = []
    for index in 0..<writerCount {
      let name = "w\(index)"
      let isTwin = writerCount == 2 && index == 1 && chance(3)
      writers.append(writer(name, isTwin: isTwin, length: writerCount == 3 ? 1 : 2))
      names.append(name)
    }
    var lines = [
      "scenario \"random \(seed)\"", "",
      "schema {",
      "  CREATE TABLE a (id int PRIMARY KEY, v int NOT NULL, w int);",
      "  CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, u int UNIQUE);",
      "}", "",
      "data {",
      "  INSERT INTO a VALUES (1, \(below(3)), 0), (2, \(below(3)), 0);",
      chance(2)
        ? "  INSERT INTO b VALUES (1, 1, 1);" : "  INSERT INTO b VALUES (1, 2, 1), (2, 1, 2);",
      "}", "",
    ]
    if hasClock { lines.append("clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\n") }
    lines += writers
    if chance(6) { lines.append("faults { crash \(pick(names)) up to 1 }\n") }
    lines.append("invariant small { SELECT id FROM a WHERE v > \(2 + below(3)) }\n")
    lines.append("invariant paired { \(pick(Self.invariants)) }\n")
    lines.append("finally settled { \(pick(Self.finals)) }\n")
    if chance(3) { lines.append("allow deadlock\n") }
    if chance(2) { lines.append("allow unhandled error unique_violation, foreign_key_violation\n") }
    return lines.joined(separator: "\n")
  }

  private static let invariants = [
    "SELECT b.id FROM b JOIN a ON a.id = b.a_id WHERE a.v = 0",
    "SELECT a.id FROM a WHERE w IS NULL",
    "SELECT sum(v) FROM a HAVING sum(v) > 4",
    "SELECT b.u FROM b WHERE u > 2",
  ]
  private static let finals = [
    "SELECT id FROM a WHERE v <> w",
    "SELECT count(*) FROM b HAVING count(*) > 2",
    "SELECT 1 FROM a HAVING count(*) < 2",
    "SELECT x.id FROM a x JOIN a y ON x.id < y.id WHERE x.v = y.v",
  ]

  private mutating func writer(_ name: String, isTwin: Bool, length: Int) -> String {
    var lines = ["writer \(name)\(isTwin ? " times 2" : "") {"]
    let count = isTwin ? 1 : 1 + below(length)
    lines.append("  DECLARE x int;")
    if chance(4) {
      lines.append("  \(statement())")
    } else {
      let levels = [
        "", "", "", " ISOLATION LEVEL REPEATABLE READ", " ISOLATION LEVEL SERIALIZABLE",
      ]
      lines.append("  BEGIN\(pick(levels));")
      for _ in 0..<count { lines.append("  \(part())") }
      lines.append(chance(8) ? "  ROLLBACK;" : "  COMMIT;")
    }
    if chance(4) { lines.append("  RETURN 'done';") }
    lines.append("}\n")
    return lines.joined(separator: "\n")
  }

  /// A statement, or a few that belong together.
  private mutating func part() -> String {
    switch below(10) {
    case 0: return "SAVEPOINT s; \(statement()) ROLLBACK TO SAVEPOINT s;"
    case 1:
      return "BEGIN \(statement()) EXCEPTION WHEN unique_violation OR foreign_key_violation THEN "
        + "UPDATE a SET w = -1 WHERE id = 1; END;"
    case 2:
      let lock = pick(["", " FOR UPDATE", " FOR SHARE", " FOR NO KEY UPDATE", " FOR KEY SHARE"])
      let id = 1 + below(2)
      return "SELECT v INTO x FROM a WHERE id = \(id)\(lock); "
        + "UPDATE a SET v = x + 1 WHERE id = \(pick([id, id, 3 - id]));"
    case 3:
      return "SELECT v INTO x FROM a WHERE id = \(1 + below(2)); "
        + "IF x > 0 THEN \(statement()) ELSE \(statement()) END IF;"
    case 4, 5:
      // Two rows in either order: where writers differ, they can end in a deadlock.
      let id = 1 + below(2)
      return "UPDATE a SET v = v + 1 WHERE id = \(id); UPDATE a SET w = v WHERE id = \(3 - id);"
    default: return statement()
    }
  }

  private mutating func statement() -> String {
    let id = 1 + below(2)
    switch below(hasClock ? 14 : 12) {
    case 0: return "UPDATE a SET v = v + 1 WHERE id = \(id);"
    case 1: return "UPDATE a SET v = \(below(4)) WHERE id = \(id) AND v = \(below(3));"
    case 2: return "UPDATE a SET w = coalesce(w, 0) + 1 WHERE v > 0;"
    case 3: return "UPDATE a SET w = (SELECT sum(v) FROM a) WHERE id = \(id);"
    case 4:
      return
        "SELECT id FROM a WHERE v >= \(below(2)) ORDER BY id\(chance(2) ? " DESC" : "") FOR UPDATE;"
    case 5: return "INSERT INTO b VALUES (3, \(id), \(2 + below(2)));"
    case 6: return "INSERT INTO b VALUES (\(2 + below(2)), \(id), 3) ON CONFLICT DO NOTHING;"
    case 7: return "UPDATE b SET u = u + 1 WHERE id = \(id);"
    case 8: return "DELETE FROM b WHERE a_id = \(id);"
    case 9: return "DELETE FROM a WHERE id = \(id);"
    case 10: return "UPDATE b SET a_id = \(id) WHERE u < 3;"
    case 11: return "UPDATE a SET v = v + 1 FROM b WHERE b.a_id = a.id AND b.u = \(1 + below(2));"
    case 12: return "UPDATE a SET v = 3 WHERE id = \(id) AND now() > '2025-01-01 00:00:30';"
    default:
      return "UPDATE a SET w = 5 WHERE id = \(id) AND clock_timestamp() > '2025-01-01 00:00:30';"
    }
  }

  private mutating func below(_ bound: Int) -> Int { generator.below(bound) }

  /// True once in so many times.
  private mutating func chance(_ bound: Int) -> Bool { generator.below(bound) == 0 }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[generator.below(elements.count)]
  }
}
