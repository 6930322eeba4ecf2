package import RandomCases

/// A scenario whose text knows what can be left out of it.
package struct SearchCase: Sendable {
  package var number: Int
  package var scenario: Piece
  /// What was drawn, by name.
  package var features: Set<String>

  package var text: String { scenario.text }
}

/// Draws small scenarios in which writers meet.
///
/// Most cases are small enough for ``NaiveExplorer``; a part has more sessions, for searches that are held
/// against the plain one. In most, writers contend for one row; in some, they take rows in different orders;
/// in some, each works on rows of its own, so that a model may fall apart.
package struct ScenarioGenerator {
  private var dice: Dice
  private var plan: ScenarioPlan
  private let number: Int

  /// How many statements and sessions there are.
  package enum Size: String, Sendable, CaseIterable {
    /// A few hundred steps for the naive explorer.
    case small
    /// Thousands of steps.
    case medium
    /// Mostly too many steps.
    case large
  }

  /// The case of a number: the same for the same seed, whatever has been drawn before.
  ///
  /// - Parameters:
  ///   - seed: One for all the cases.
  ///   - number: The case's.
  ///   - size: Drawn if it is `nil`.
  /// - Returns: The case.
  package static func make(seed: UInt64, number: Int, size: Size? = nil) -> SearchCase {
    var dice = Dice(seed: seed, number: number)
    let drawn = dice.weighted([(30, .small), (45, .medium), (25, Size.large)])
    let plan = ScenarioPlan(&dice, size ?? drawn)
    var generator = ScenarioGenerator(dice: dice, plan: plan, number: number)
    let scenario = generator.scenario()
    return SearchCase(number: number, scenario: scenario, features: generator.plan.features)
  }

  private mutating func scenario() -> Piece {
    let schema = SchemaPieces.make(plan, &dice)
    var parts: [Piece] = ["scenario \"random \(number)\"\n\n"]
    if dice.chance(8) {
      let level = dice.one(of: ["repeatable read", "serializable"])
      plan.note("isolation \(level)")
      parts.append(.optional("isolation \(level)\n\n"))
    }
    parts += schema
    if plan.hasClock {
      parts.append("clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'\(thirdInstant())\n\n")
    }
    var writers: [Piece] = []
    var names: [String] = []
    var budget = plan.statementBudget
    while writers.isEmpty || (budget > 0 && plan.sessions < plan.sessionsLimit) {
      let name = "w\(writers.count)"
      var writer = WriterGenerator(name: name, plan: plan, dice: dice)
      writers.append(writer.writer(budget: budget))
      (plan, dice) = (writer.plan, writer.dice)
      budget -= writer.statements * writer.count
      names.append(name)
    }
    parts.append(.list(writers, separator: "", minimum: 1))
    if dice.chance(14) {
      plan.note("crash")
      let who = dice.chance(25) ? "any" : dice.one(of: names)
      parts.append(
        .optional("faults { crash \(who) up to \(dice.weighted([(4, 1), (1, 2)])) }\n\n"))
    }
    parts.append(.list(InvariantPieces.make(&plan, &dice), separator: "", minimum: 0))
    parts += allowances(names)
    return .sequence(parts)
  }

  private mutating func thirdInstant() -> Piece {
    dice.chance(30) ? .optional(", '2025-01-01 00:02:00'") : ""
  }

  private mutating func allowances(_ names: [String]) -> [Piece] {
    var parts: [Piece] = []
    if dice.chance(50) {
      let who = dice.chance(20) ? " in \(dice.one(of: names))" : ""
      parts.append(.optional("allow deadlock\(who)\n"))
    }
    if dice.chance(60) {
      let errors = dice.one(of: [
        "", "", "", " unique_violation, foreign_key_violation", " serialization_failure",
        " deadlock_detected", " lock_not_available, deadlock_detected",
      ])
      parts.append(.optional("allow unhandled error\(errors)\n"))
    }
    if dice.chance(20) { parts.append(.optional("allow stuck\n")) }
    if dice.chance(12) {
      plan.note("check serializable")
      parts.append(.optional("check serializable\n"))
    }
    return parts
  }
}

/// What a scenario is about: drawn first, so that its parts fit.
struct ScenarioPlan {
  /// How writers meet.
  enum Style: String {
    /// For one row.
    case contended
    /// In rows that they take in different orders.
    case crossing
    /// Not at all: each has a row of its own.
    case apart
  }

  var style: Style
  var items: Int
  var size: ScenarioGenerator.Size
  var hasLines: Bool
  var hasMails: Bool
  var hasClock: Bool
  var hasFunction: Bool
  var hasTrigger: Bool
  var hasSequence: Bool
  var hasAdvisoryLocks: Bool
  var hasTableLocks: Bool
  var hasTimeouts: Bool
  var statementBudget: Int
  var sessionsLimit: Int
  var sessions = 0
  var features: Set<String> = []

  init(_ dice: inout Dice, _ size: ScenarioGenerator.Size) {
    self.size = size
    style = dice.weighted([(50, .contended), (25, .crossing), (25, .apart)])
    items = dice.weighted([(1, 1), (6, 2), (3, 3)])
    hasLines = dice.chance(55)
    hasMails = dice.chance(15)
    hasClock = dice.chance(15)
    hasFunction = dice.chance(20)
    hasTrigger = dice.chance(8)
    hasSequence = dice.chance(8)
    hasAdvisoryLocks = dice.chance(18)
    hasTableLocks = dice.chance(10)
    hasTimeouts = dice.chance(10)
    switch size {
    case .small: (statementBudget, sessionsLimit) = (dice.number(2...3), 2)
    case .medium: (statementBudget, sessionsLimit) = (dice.number(3...5), 3)
    case .large: (statementBudget, sessionsLimit) = (dice.number(5...8), 5)
    }
    if style != .contended { items = max(items, 2) }
    note("style \(style.rawValue)")
  }

  mutating func note(_ feature: String) { features.insert(feature) }

  /// A condition of a guard, or the end of one, where time matters.
  static let later = "'2025-01-01 00:00:30'"
}

/// The tables and what is in them.
enum SchemaPieces {
  static func make(_ plan: ScenarioPlan, _ dice: inout Dice) -> [Piece] {
    var definitions: [Piece] = [
      """
        CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL, v int NOT NULL, w int, due timestamptz);

      """
    ]
    if plan.hasLines {
      let action = dice.one(of: ["", "", " ON DELETE CASCADE", " ON DELETE SET NULL"])
      let deferral = dice.chance(10) ? " DEFERRABLE INITIALLY DEFERRED" : ""
      definitions.append(
        """
          CREATE TABLE line (id int PRIMARY KEY, item_id int\
        \(optional: " REFERENCES item\(action)\(deferral)"), u int\(optional: " UNIQUE"), n int DEFAULT 0);

        """)
    }
    if plan.hasSequence { definitions.append("  CREATE SEQUENCE numbers START 10;\n") }
    if plan.hasFunction { definitions.append(function(plan, &dice)) }
    if plan.hasTrigger { definitions.append(trigger) }
    var parts: [Piece] = ["schema {\n", .sequence(definitions), "}\n\n"]
    if plan.hasMails {
      parts.append("world {\n  CREATE TABLE mail (item_id int, note text);\n}\n\n")
    }
    var rows: [Piece] = []
    for id in 1...plan.items {
      let v = dice.below(3)
      let due = plan.hasClock && dice.chance(60) ? ScenarioPlan.later : "NULL"
      rows.append("(\(id), 'open', \(v), \(dice.chance(50) ? v : 0), \(due))")
    }
    var data: [Piece] = ["  INSERT INTO item VALUES \(Piece.commas(rows));\n"]
    if plan.hasLines {
      let rows: [Piece] = (1...dice.number(1...2)).map {
        "(\($0), \(1 + dice.below(plan.items)), \($0))"
      }
      data.append(.optional("  INSERT INTO line VALUES \(Piece.commas(rows));\n"))
    }
    parts.append("data {\n\(Piece.sequence(data))}\n\n")
    return parts
  }

  private static func function(_ plan: ScenarioPlan, _ dice: inout Dice) -> Piece {
    let lock = dice.one(of: ["", " FOR UPDATE", " FOR SHARE"])
    let risky =
      plan.hasLines
      ? "INSERT INTO line VALUES (5, p_id, 1);" : "INSERT INTO item VALUES (p_id, 'new', 0);"
    return """
        CREATE FUNCTION take(p_id int) RETURNS boolean LANGUAGE plpgsql AS $$
        DECLARE v_v int;
        BEGIN
          SELECT v INTO v_v FROM item WHERE id = p_id\(optional: lock);
      \(optional: "    UPDATE item SET v = v_v + 1 WHERE id = p_id AND status = 'open';\n")\
      \(optional: "    BEGIN \(risky) EXCEPTION WHEN unique_violation THEN NULL; END;\n")\
          RETURN FOUND;
        END $$;

      """
  }

  private static let trigger: Piece = """
      CREATE TABLE audit (item_id int, was int, is_now int);
      CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO audit VALUES (NEW.id, OLD.v, NEW.v);
        RETURN NULL;
      END $$;
      CREATE TRIGGER noted AFTER UPDATE OF v ON item FOR EACH ROW
        WHEN (OLD.v IS DISTINCT FROM NEW.v) EXECUTE FUNCTION note_change();

    """
}

/// What must hold.
enum InvariantPieces {
  static func make(_ plan: inout ScenarioPlan, _ dice: inout Dice) -> [Piece] {
    var parts: [Piece] = []
    for (index, kind) in dice.shuffled(always(plan, &dice)).prefix(dice.number(1...3)).enumerated()
    {
      plan.note("always: \(kind.name)")
      parts.append("invariant rule\(index) { \(kind.query) }\n")
    }
    for (index, kind) in dice.shuffled(finally(plan, &dice)).prefix(dice.number(0...2)).enumerated()
    {
      plan.note("finally: \(kind.name)")
      parts.append("finally end\(index) { \(kind.query) }\n")
    }
    return parts
  }

  private static func always(
    _ plan: ScenarioPlan, _ dice: inout Dice
  ) -> [(name: String, query: Piece)] {
    var all: [(name: String, query: Piece)] = [
      ("one row", "SELECT id FROM item WHERE v > \(dice.number(1...5))"),
      ("one row", "SELECT id FROM item WHERE id = \(1 + dice.below(plan.items)) AND v < 0"),
      ("two columns", "SELECT id FROM item WHERE status = 'done' AND v = \(dice.below(3))"),
      ("aggregate", "SELECT sum(v) FROM item HAVING sum(v) > \(dice.number(2...7))"),
      (
        "aggregate",
        "SELECT count(*) FROM item WHERE status = 'done' HAVING count(*) > \(dice.number(1...2))"
      ),
      ("self join", "SELECT a.id FROM item a JOIN item b ON a.id < b.id WHERE a.v > b.v + 2"),
      (
        "outcomes",
        "SELECT writer FROM outcomes WHERE outcome = 'done' GROUP BY writer HAVING count(*) > 1"
      ),
    ]
    if plan.hasLines {
      all += [
        ("join", "SELECT l.id FROM line l JOIN item i ON i.id = l.item_id WHERE i.v = 0"),
        (
          "not exists",
          "SELECT l.id FROM line l WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.id = l.item_id)"
        ),
        ("having", "SELECT item_id FROM line GROUP BY item_id HAVING count(*) > 1"),
      ]
    }
    if plan.hasMails {
      all += [
        (
          "world",
          "SELECT m.item_id FROM mail m JOIN item i ON i.id = m.item_id WHERE i.status <> 'done'"
        ), ("world", "SELECT item_id FROM mail GROUP BY item_id HAVING count(*) > 1"),
      ]
    }
    if plan.hasClock {
      all.append(("time", "SELECT id FROM item WHERE status = 'late' AND due > now()"))
    }
    return all
  }

  private static func finally(
    _ plan: ScenarioPlan, _ dice: inout Dice
  ) -> [(name: String, query: Piece)] {
    var all: [(name: String, query: Piece)] = [
      ("one row", "SELECT id FROM item WHERE status = 'open' AND id = 1"),
      ("two columns", "SELECT id FROM item WHERE v <> w"),
      ("count", "SELECT count(*) FROM item HAVING count(*) <> \(plan.items)"),
      ("self join", "SELECT a.id FROM item a JOIN item b ON a.id < b.id WHERE a.v = b.v"),
      ("outcomes", "SELECT session FROM outcomes WHERE sqlstate LIKE '40%'"),
      (
        "outcomes",
        "SELECT count(*) FROM outcomes WHERE outcome = 'error' HAVING count(*) > \(dice.below(2))"
      ),
    ]
    if plan.hasLines {
      all.append(
        (
          "not exists",
          "SELECT i.id FROM item i WHERE NOT EXISTS (SELECT 1 FROM line l WHERE l.item_id = i.id)"
        ))
    }
    if plan.hasMails {
      all.append(
        (
          "world",
          "SELECT id FROM item WHERE status = 'done' AND id NOT IN (SELECT item_id FROM mail)"
        ))
    }
    if plan.hasClock {
      all.append(("time", "SELECT id FROM item WHERE status = 'open' AND due < now()"))
    }
    return all
  }
}
