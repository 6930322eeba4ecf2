import RandomCases
import SQL
package import Writers

/// Draws cases.
package enum CaseGenerator {
  /// The case of a number: the same for the same seed, whatever has been drawn before.
  ///
  /// - Returns: The case without orders.
  package static func make(seed: UInt64, number: Int) -> DifferentialCase {
    var dice = Dice(seed: seed, number: number)
    var schema = SchemaGenerator()
    schema.generate(&dice)
    var result = DifferentialCase()
    result.relations = schema.relations
    let statements = StatementGenerator(schema)
    let count = dice.weighted([(5, 2), (4, 3), (1, 4)])
    let isolation = dice.weighted([(6, 0), (2, 1), (2, 2), (1, 3)])
    for position in 0..<count {
      var programs = ProgramGenerator(level: isolation)
      programs.generate(statements, &dice)
      let steps = programs.steps.enumerated().map { index, sql in
        DifferentialCase.Step(name: "s\(position + 1)_\(index + 1)", sql: sql)
      }
      result.sessions.append(
        .init(
          name: "s\(position + 1)", setup: settings(isolation, &dice) + programs.prepared,
          steps: steps))
    }
    return result
  }

  /// What a session sets for all its transactions.
  private static func settings(_ isolation: Int, _ dice: inout Dice) -> [Piece] {
    var settings: [Piece] = []
    if isolation > 0, dice.chance(15) {
      let level = isolation == 1 ? "repeatable read" : "serializable"
      settings.append("SET default_transaction_isolation = '\(level)'")
    }
    if dice.chance(3) { settings.append("SET lock_timeout = '25ms'") }
    return settings
  }

  /// Draws orders of a case's steps, in which no step falls to a session that waits.
  package static func drawOrders(
    _ count: Int, of it: DifferentialCase, compiled: CompiledSpec, seed: UInt64, number: Int
  ) -> [[String]] {
    var dice = Dice(seed: seed ^ 0x5EED_0F_0D_E125 &+ UInt64(truncatingIfNeeded: number))
    var orders: [[String]] = []
    for _ in 0..<count {
      var order: [String] = []
      var places = it.sessions.map { _ in 0 }
      var last = 0
      _ = SimulatedRun.run(compiled, wakes: []) { busy in
        let free = it.sessions.indices.filter {
          !busy.contains($0) && places[$0] < it.sessions[$0].steps.count
        }
        guard !free.isEmpty else { return nil }
        let session = free.contains(last) && dice.chance(30) ? last : dice.one(of: free)
        last = session
        let name = it.sessions[session].steps[places[session]].name
        places[session] += 1
        order.append(name)
        return name
      }
      if !orders.contains(order) { orders.append(order) }
    }
    return orders
  }
}

/// Draws what a session does: transactions and statements of their own.
private struct ProgramGenerator {
  /// 0: mostly READ COMMITTED, 1: REPEATABLE READ, 2: SERIALIZABLE, 3: anything.
  let level: Int
  private(set) var steps: [Piece] = []
  /// Statements that are prepared in the session's setup: PREPARE itself locks no tables here.
  private(set) var prepared: [Piece] = []

  init(level: Int) { self.level = level }

  mutating func generate(_ statements: StatementGenerator, _ dice: inout Dice) {
    for _ in 0..<dice.weighted([(3, 1), (2, 2)]) {
      if dice.chance(85) {
        transaction(statements, &dice)
      } else {
        steps.append(statements.statement(&dice))
      }
    }
  }

  private mutating func begin(_ dice: inout Dice) {
    let levels = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
    let name: String
    switch level {
    case 0: name = dice.chance(95) ? levels[0] : dice.one(of: levels)
    case 1, 2: name = dice.chance(85) ? levels[level] : levels[0]
    default: name = dice.one(of: levels)
    }
    let isDeferrable = name == levels[2] && dice.chance(4)
    let readOnly: Piece =
      isDeferrable ? " READ ONLY DEFERRABLE" : dice.chance(4) ? " READ ONLY" : ""
    if name != levels[0], !isDeferrable, dice.chance(6) {
      steps.append(dice.chance(50) ? "BEGIN" : "START TRANSACTION")
      steps.append("SET TRANSACTION ISOLATION LEVEL \(name)\(optional: readOnly)")
      return
    }
    let isolation: Piece = name == levels[0] ? "" : " ISOLATION LEVEL \(name)"
    steps.append("BEGIN\(optional: isolation)\(optional: readOnly)")
  }

  private mutating func transaction(_ statements: StatementGenerator, _ dice: inout Dice) {
    begin(&dice)
    var savepoints: [String] = []
    let usesSavepoints = dice.chance(25)
    if dice.chance(4) { steps.append("SET LOCAL lock_timeout = '25ms'") }
    var cursor = dice.chance(4) ? statements.cursor(dice.one(of: statements.tables), &dice) : []
    if dice.chance(3) { steps.append("SET LOCAL statement_timeout = '55ms'") }
    for _ in 0..<dice.weighted([(3, 1), (5, 2), (3, 3), (1, 4)]) {
      if dice.chance(usesSavepoints ? 50 : 3) {
        let name = dice.chance(70) ? "p" : "q"
        steps.append("SAVEPOINT \(name)")
        savepoints.append(name)
      }
      steps.append(statement(statements, &dice))
      if !cursor.isEmpty { steps.append(cursor.removeFirst()) }
      if !savepoints.isEmpty, dice.chance(40) {
        let name = dice.one(of: savepoints)
        // The newest of the name is meant.
        let place = savepoints.lastIndex(of: name) ?? 0
        if dice.chance(60) {
          steps.append("ROLLBACK TO \(name)")
          savepoints.removeSubrange((place + 1)...)
        } else {
          steps.append("RELEASE \(name)")
          savepoints.removeSubrange(place...)
        }
      }
    }
    steps.append(dice.chance(78) ? "COMMIT" : "ROLLBACK")
  }

  private mutating func statement(
    _ statements: StatementGenerator, _ dice: inout Dice
  ) -> Piece {
    let first = statements.statement(&dice)
    if dice.chance(6) { return prepared(first, statements, &dice) }
    guard dice.chance(6) else { return first }
    return .list([first, statements.statement(&dice)], separator: "; ", minimum: 1)
  }

  /// A statement that is prepared in the session's setup.
  private mutating func prepared(
    _ statement: Piece, _ statements: StatementGenerator, _ dice: inout Dice
  ) -> Piece {
    let name = "q\(prepared.count + 1)"
    if dice.chance(50) {
      let (definition, call) = statements.prepared(name, dice.one(of: statements.tables), &dice)
      prepared.append(definition)
      return call
    }
    guard let word = statement.text.split(separator: " ").first,
      ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(word)
    else { return statement }
    prepared.append("PREPARE \(name) AS \(statement)")
    return .either("EXECUTE \(name)", simpler: [statement])
  }
}
