import RandomCases

/// Draws scenarios in which many wait for one row, while those who hold something may close a cycle of waits; and in
/// which sessions note what they do in a table that nobody reads.
///
///     movers     item 1, then item 2; the other way round; with FOR UPDATE or a note in between
///     waiters    one statement on one item, which they may have to wait for
///
/// In some, rows are locked first and changed then, by movers and waiters alike: who waits with a locking SELECT may
/// have come before the row was updated, or after, and that decides who can be next.
///
/// So the same row is asked for in several modes, by sessions that hold something and by such as do not, and who comes
/// before whom decides who can be the victim of a deadlock.
package struct QueueGenerator {
  private var dice: Dice
  private var features: Set<String> = []
  private let number: Int
  private let hasNotes: Bool
  private let hasReferences: Bool
  private let isGuarded: Bool
  /// Rows are only asked for in modes that all stand against each other.
  private let isUniform: Bool
  /// Rows are locked with a SELECT before they are changed.
  private let locksFirst: Bool

  /// The case of a number: the same for the same seed, whatever has been drawn before.
  package static func make(seed: UInt64, number: Int) -> SearchCase {
    let dice = Dice(seed: seed, number: number)
    var generator = QueueGenerator(dice: dice, number: number)
    let scenario = generator.scenario()
    return SearchCase(number: number, scenario: scenario, features: generator.features)
  }

  private init(dice: Dice, number: Int) {
    var dice = dice
    hasNotes = dice.chance(50)
    let hasReferences = dice.chance(50)
    isGuarded = dice.chance(50)
    isUniform = dice.chance(60)
    locksFirst = dice.chance(40)
    self.hasReferences = hasReferences && !isUniform
    self.dice = dice
    self.number = number
  }

  private mutating func note(_ feature: String) { features.insert(feature) }

  private mutating func scenario() -> Piece {
    var writers: [Piece] = []
    for index in 0..<dice.weighted([(6, 2), (1, 3)]) { writers.append(mover(index)) }
    for index in 0..<dice.weighted([(3, 1), (3, 2), (1, 3)]) { writers.append(waiter(index)) }
    var parts: [Piece] = ["scenario \"queues \(number)\"\n\n", .sequence(tables())]
    parts.append(.list(dice.shuffled(writers), separator: "", minimum: 1))
    parts.append(.list(rules(), separator: "", minimum: 0))
    if dice.chance(70) { parts.append(.optional("allow deadlock\n")) }
    if dice.chance(70) { parts.append(.optional("allow unhandled error\n")) }
    return .sequence(parts)
  }

  private mutating func tables() -> [Piece] {
    var parts: [Piece] = [
      "schema {\n  CREATE TABLE item (id int PRIMARY KEY, status text NOT NULL, v int NOT NULL);\n"
    ]
    if hasNotes {
      note("notes")
      let key = dice.chance(20) ? " UNIQUE" : ""
      parts.append(
        "  CREATE TABLE note (item_id int\(optional: hasReferences ? " REFERENCES item" : "" as String), who int\(optional: key));\n"
      )
    }
    let more = locksFirst ? ", (4, 'open', 0), (5, 'open', 0), (6, 'open', 0)" : ""
    parts.append(
      "}\n\ndata { INSERT INTO item VALUES (1, 'open', 0), (2, 'open', 0), (3, 'open', 0)\(more); }\n\n"
    )
    return parts
  }

  private mutating func guarded() -> Piece {
    isGuarded && dice.chance(60) ? .optional(" AND status = 'open'") : ""
  }

  /// A statement that asks for a row.
  private mutating func request(_ item: Int) -> Piece {
    switch dice.below(10) {
    case 0...2:
      let mode =
        isUniform
        ? dice.one(of: ["UPDATE", "UPDATE", "NO KEY UPDATE"])
        : dice.weighted([(5, "UPDATE"), (2, "NO KEY UPDATE"), (2, "SHARE"), (2, "KEY SHARE")])
      note("FOR \(mode)")
      return "PERFORM 1 FROM item WHERE id = \(item) FOR \(mode);"
    case 3:
      note("delete")
      return "DELETE FROM item WHERE id = \(item)\(guarded());"
    case 4:
      note("subquery")
      return """
        UPDATE item SET v = v + 1 WHERE id = \(item)\
        \(optional: " AND EXISTS (SELECT 1 FROM item o WHERE o.id = 3 AND o.status = 'open')");
        """
    case 5, 6: return "UPDATE item SET v = v + 1 WHERE id = \(item)\(guarded());"
    default:
      note("guarded")
      return
        "UPDATE item SET status = '\(dice.one(of: ["done", "dead"]))' WHERE id = \(item)\(guarded());"
    }
  }

  /// A row is locked, then changed, once or twice.
  private mutating func lockedChange(_ item: Int) -> Piece {
    note("locked first")
    let mode = isUniform || dice.chance(70) ? "UPDATE" : "NO KEY UPDATE"
    var changes: [Piece] = []
    for _ in 0..<dice.weighted([(2, 0), (6, 1), (2, 2)]) {
      changes.append(.optional("  UPDATE item SET v = v + 1 WHERE id = \(item);\n"))
    }
    return """
        PERFORM 1 FROM item WHERE id = \(item) FOR \(mode);
      \(Piece.list(changes, separator: "", minimum: 0))
      """
  }

  private mutating func mover(_ index: Int) -> Piece {
    let first = 1 + (index & 1)
    var statements: [Piece] = []
    if hasNotes && dice.chance(30) { statements.append(noted(first)) }
    if locksFirst && dice.chance(60) {
      statements.append(lockedChange(first))
    } else {
      statements.append("  \(request(first))\n")
    }
    if dice.chance(25) { statements.append("  \(request(3))\n") }
    if hasNotes && dice.chance(40) { statements.append(noted(first)) }
    statements.append("  \(request(dice.chance(80) ? 3 - first : first))\n")
    if dice.chance(20) {
      statements.append(
        .optional("  IF NOT FOUND THEN ROLLBACK; RETURN 'refused'; END IF;\n"))
    }
    let count = dice.chance(20) ? " times 2" : ""
    let level = dice.chance(7) ? " isolation repeatable read" : ""
    let retry = dice.chance(10) ? " retry 1 on deadlock_detected" : ""
    return """
      writer m\(index)\(optional: count)\(optional: level)\(optional: retry) {
        BEGIN;
      \(Piece.list(statements, separator: "", minimum: 0))\
        \(dice.chance(10) ? "ROLLBACK" : "COMMIT");
      }


      """
  }

  private mutating func noted(_ item: Int) -> Piece {
    .optional("  INSERT INTO note VALUES (\(item), \(dice.number(1...2)));\n")
  }

  private mutating func waiter(_ index: Int) -> Piece {
    let item = dice.number(1...2)
    let count = dice.weighted([(3, ""), (3, " times 2"), (1, " times 3")])
    let isLocked = locksFirst && dice.chance(60)
    let isBlock = isLocked || dice.chance(50)
    var body: [Piece] = isLocked ? [lockedChange(item)] : ["  \(request(item))\n"]
    if isLocked && dice.chance(50) {
      // Holds something when it comes to wait.
      body.insert(.optional("  PERFORM 1 FROM item WHERE id = \(4 + index) FOR UPDATE;\n"), at: 0)
    }
    if isBlock {
      if hasNotes && dice.chance(40) { body.insert(noted(item), at: dice.below(2)) }
      if dice.chance(15) { body.append(.optional("  \(request(dice.number(1...2)))\n")) }
      body = ["  BEGIN;\n", .list(body, separator: "", minimum: 0), "  COMMIT;\n"]
    }
    return """
      writer w\(index)\(optional: count) {
      \(Piece.sequence(body))}


      """
  }

  private mutating func rules() -> [Piece] {
    var rules: [Piece] = [
      "invariant sum { SELECT sum(v) FROM item HAVING sum(v) > \(dice.number(2...5)) }\n"
    ]
    if hasNotes {
      rules.append(
        "invariant notes { SELECT item_id FROM note GROUP BY item_id HAVING count(*) > \(dice.number(1...2)) }\n"
      )
      if dice.chance(30) {
        rules.append(
          "finally last { SELECT n.who FROM note n JOIN item i ON i.id = n.item_id WHERE i.status = 'dead' }\n"
        )
      }
    }
    if dice.chance(40) {
      rules.append(
        "finally ends { SELECT count(*) FROM outcomes WHERE outcome = 'error' HAVING count(*) > \(dice.number(1...2)) }\n"
      )
    }
    return rules
  }
}
