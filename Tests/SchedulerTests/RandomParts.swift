@testable import Scheduler

/// Writes scenarios whose writers come in two groups that mostly keep to rows of their own, each given by its seed.
///
/// Some meet after all: by a row, a key, a scan, a sequence, or in an invariant.
struct RandomParts {
  private var generator: SplitMix64
  private var isLeaky = false
  private var hasClock = false

  static func text(seed: UInt64) -> String {
    var scenario = RandomParts(generator: SplitMix64(seed: seed))
    return scenario.text(seed: seed)
  }

  private mutating func text(seed: UInt64) -> String {
    isLeaky = chance(4)
    hasClock = chance(8)
    var lines = [
      "scenario \"random parts \(seed)\"", "",
      "schema {",
      "  CREATE TABLE a (id int PRIMARY KEY, v int NOT NULL, w int);",
      "  CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, u int UNIQUE);",
      "}",
      "data {",
      "  INSERT INTO a VALUES (1, \(below(3)), 0), (2, \(below(3)), 0), (3, \(below(3)), 0), (4, 1, 0);",
      "  INSERT INTO b VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 4);",
      "}",
    ]
    if hasClock { lines.append("clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'") }
    for group in 0..<2 {
      for index in 0...(chance(2) ? 0 : 1) {
        lines.append("writer w\(group)\(index) {\n  DECLARE x int;")
        let isBlock = chance(2)
        if isBlock {
          lines.append("  BEGIN\(chance(3) ? " ISOLATION LEVEL REPEATABLE READ" : "");")
        }
        for _ in 0...(isBlock ? below(2) : 0) { lines.append("  \(statement(group))") }
        if isBlock { lines.append(chance(8) ? "  ROLLBACK;" : "  COMMIT;") }
        lines.append("}")
      }
    }
    if chance(8) { lines.append("faults { crash w00 up to 1 }") }
    lines.append("invariant rule { \(pick(Self.rules)) }")
    lines.append("finally end { \(pick(Self.rules)) }")
    if chance(2) { lines.append("allow deadlock") }
    if chance(2) { lines.append("allow unhandled error") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let rules = [
    "SELECT id FROM a WHERE v > 2",
    "SELECT id FROM a WHERE v <> w",
    "SELECT b.id FROM b JOIN a ON a.id = b.a_id WHERE a.v = 0",
    "SELECT a.id FROM a LEFT JOIN b ON b.a_id = a.id WHERE b.id IS NULL AND a.v > 1",
    "SELECT a_id FROM b GROUP BY a_id HAVING count(*) > 1",
    "SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)",
    "SELECT id FROM a WHERE v > (SELECT count(*) FROM b WHERE b.a_id = a.id)",
    "SELECT session FROM outcomes WHERE sqlstate IS NOT NULL",
    "SELECT count(*) FROM b HAVING count(*) > 4",
    "SELECT x.id FROM a x JOIN a y ON x.id < y.id WHERE x.v = y.v AND x.v > 1",
    "SELECT v FROM a GROUP BY v HAVING count(*) > 2",
  ]

  private mutating func statement(_ group: Int) -> String {
    let id = row(group)
    switch below(hasClock ? 14 : 13) {
    case 0: return "UPDATE a SET v = v + 1 WHERE id = \(id);"
    case 1: return "UPDATE a SET v = \(below(4)) WHERE id = \(id) AND v = \(below(3));"
    case 2: return "UPDATE a SET w = v WHERE id = \(id);"
    case 3: return "INSERT INTO b VALUES (\(10 + id), \(id), \(10 + row(group)));"
    case 4: return "INSERT INTO b VALUES (\(10 + id), \(id), \(10 + id)) ON CONFLICT DO NOTHING;"
    case 5: return "DELETE FROM b WHERE a_id = \(id);"
    case 6: return "DELETE FROM a WHERE id = \(id);"
    case 7: return "UPDATE b SET u = u + 10 WHERE id = \(id);"
    case 8: return "UPDATE a SET v = v + 1 FROM b WHERE b.a_id = a.id AND a.id = \(id);"
    case 9:
      let lock = pick(["", " FOR UPDATE", " FOR SHARE", " FOR KEY SHARE"])
      return "SELECT v INTO x FROM a WHERE id = \(id)\(lock); "
        + "UPDATE a SET v = x + 1 WHERE id = \(row(group));"
    case 10: return "UPDATE b SET a_id = \(row(group)) WHERE u = \(id);"
    case 11: return "UPDATE a SET w = (SELECT count(*) FROM b WHERE a_id = \(id)) WHERE id = \(id);"
    case 12:
      return chance(4)
        ? "UPDATE a SET w = 1 WHERE v > 1;" : "SELECT pg_advisory_xact_lock(\(row(group)));"
    default:
      return "UPDATE a SET w = 5 WHERE id = \(id) AND clock_timestamp() > '2025-01-01 00:00:30';"
    }
  }

  private mutating func row(_ group: Int) -> Int {
    isLeaky && chance(4) ? 1 + below(4) : 1 + 2 * group + below(2)
  }

  private mutating func below(_ bound: Int) -> Int { generator.below(bound) }

  /// True once in so many times.
  private mutating func chance(_ bound: Int) -> Bool { generator.below(bound) == 0 }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[generator.below(elements.count)]
  }
}
