import Store
import Testing

@testable import SQL

@Suite("Shapes of compiled statements")
struct StatementShapeTests {
  @Test(
    "rows are found by a whole unique key",
    arguments: [
      ("SELECT 1 FROM orders o WHERE o.id = 1", [[0]]),
      ("SELECT 1 FROM orders o WHERE 1 = o.id AND total > 2", [[0]]),
      ("SELECT 1 FROM orders o WHERE o.id = v", [[0]]),
      ("SELECT 1 FROM orders o WHERE o.id = 1 OR total > 2", [nil]),
      ("SELECT 1 FROM orders o WHERE o.id = o.user_id", [nil]),
      ("SELECT 1 FROM orders o WHERE o.id = 1.5", [nil]),
      ("SELECT 1 FROM orders o WHERE o.user_id = 1 AND o.status = 'new'", [[1, 2]]),
      ("SELECT 1 FROM orders o WHERE o.status = 'new'", [nil]),
      ("SELECT 1 FROM orders o JOIN users u ON u.id = o.user_id", [nil, [0]]),
      ("SELECT 1 FROM users u JOIN orders o ON u.id = o.user_id", [[0], nil]),
      ("SELECT 1 FROM orders o LEFT JOIN users u ON u.id = o.user_id", [nil, [0]]),
      ("SELECT 1 FROM orders o LEFT JOIN users u ON o.id = 1", [nil, nil]),
      ("SELECT 1 FROM orders o LEFT JOIN users u ON true WHERE o.id = 1", [[0], nil]),
      ("SELECT 1 FROM orders o RIGHT JOIN users u ON u.id = o.user_id", [nil, nil]),
      ("SELECT 1 FROM orders o RIGHT JOIN users u ON o.id = 1", [[0], nil]),
      ("SELECT 1 FROM orders o FULL JOIN users u ON o.id = 1", [nil, nil]),
      ("SELECT 1 FROM orders o JOIN users USING (id)", [[0], nil]),
      ("SELECT 1 FROM users JOIN orders o USING (id)", [nil, [0]]),
      ("SELECT 1 FROM users u JOIN orders o ON u.id = o.user_id LIMIT 1", [nil, nil]),
      ("SELECT 1 FROM orders o WHERE o.id = (SELECT 1)", [[0]]),
      ("SELECT 1 FROM orders o WHERE o.id IN (1)", [[0]]),
      ("SELECT 1 FROM orders o WHERE o.id IN (1, 2)", [nil]),
      ("SELECT 1 FROM items WHERE (order_id, line) = (1, 2)", [[0, 1]]),
      ("SELECT 1 FROM orders o WHERE o.id = nextval('orders_id_seq')", [nil]),
      ("SELECT 1 FROM orders o WHERE NOT o.id = 1", [nil]),
    ] as [(String, [[Int]?])])
  func keys(_ text: String, _ expected: [[Int]?]) throws {
    let script = ResolvedScript(text)
    #expect(script.builder.diagnostics.isEmpty, "\(script.builder.diagnostics.map(\.message))")
    #expect(try script.select().relations.map(\.key?.columns) == expected)
  }

  @Test(
    "one row by key is touched in one step",
    arguments: [
      ("UPDATE orders SET total = total + 1 WHERE id = 1", true, false),
      ("UPDATE orders SET total = 0 WHERE id = v AND total > 1", true, false),
      ("UPDATE orders SET total = 0", false, false),
      ("UPDATE orders SET total = (SELECT 1) WHERE id = 1", false, true),
      ("UPDATE orders o SET total = 0 FROM users u WHERE o.id = 1", false, true),
      ("UPDATE orders SET total = 0 WHERE id = (SELECT 1)", false, true),
      ("DELETE FROM orders WHERE id = 1", true, false),
      ("DELETE FROM orders WHERE id = 1 RETURNING (SELECT 1)", false, true),
      ("SELECT 1 FROM orders WHERE id = 1 FOR UPDATE", true, false),
      ("SELECT 1 FROM orders WHERE id = 1", false, false),
      ("INSERT INTO users VALUES (1, 'a')", true, false),
      ("INSERT INTO users VALUES (1, 'a'), (2, 'b')", false, false),
      ("INSERT INTO users SELECT 1, 'a'", false, false),
      ("INSERT INTO users VALUES (1, (SELECT name FROM users))", false, false),
    ] as [(String, Bool, Bool)])
  func steps(_ text: String, _ oneRow: Bool, _ rereads: Bool) throws {
    let script = ResolvedScript(text)
    let part = try script.main()
    #expect(part.touchesOneRowByKey == oneRow)
    #expect(part.rereadsSnapshot == rereads)
  }

  @Test("correlated columns count the queries between")
  func depths() throws {
    let script = ResolvedScript(
      "SELECT (SELECT o.total FROM items i WHERE i.order_id = o.id) FROM orders o")
    let select = try script.select()
    #expect(select.tupleWidth == 6)
    let query = try #require(script.builder.program.queries.first)
    guard case .select(let inner) = query.body else { return }
    #expect(script.operations(inner.outputs[0]) == [.column(depth: 1, offset: 4)])
    #expect(inner.relations[0].key == nil)
  }

  @Test("a literal takes the column's type, a default its place")
  func insert() throws {
    let script = ResolvedScript(
      "INSERT INTO orders (id, total, created_at) VALUES (DEFAULT, '12.5', '2025-01-01')")
    guard case .values(let rows) = try script.query().body else { return }
    #expect(script.operations(rows[0][0]) == [.nextValue(sequence: 0)])
    #expect(script.operations(rows[0][1]).count == 1)
    #expect(script.operations(rows[0][2]).count == 1)
    guard case .insert(let insert) = try script.main().body else { return }
    #expect(insert.columns == [0, 3, 4])
    let status = try #require(insert.defaults[2])
    #expect(script.operations(status) == [.constant("new")])
  }

  @Test("a subquery that locks becomes a part before")
  func lockingSubquery() throws {
    let text = """
      UPDATE orders SET status = 'x' WHERE id = (
        SELECT id FROM orders ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
      """
    let script = ResolvedScript(text)
    let statement = try script.compiled()
    #expect(statement.parts.count == 2)
    guard case .query(let first) = statement.parts[0].body else { return }
    let locks = script.builder.program.queries[Int(first.index)].locks
    #expect(locks == [LockClause(relation: 0, mode: .update, policy: .skip, number: 1)])
    #expect(script.builder.lockSites.count == 1)

    let unlocked = ResolvedScript(text, options: .init(omittedLocks: .all))
    #expect(try unlocked.compiled().parts.count == 1)
    let kept = ResolvedScript(text, options: .init(omittedLocks: .numbers([2])))
    #expect(try kept.compiled().parts.count == 2)
  }

  @Test("locks name their relations; the stronger clause wins")
  func locks() throws {
    let script = ResolvedScript(
      """
      SELECT 1 FROM orders o JOIN users u ON u.id = o.user_id
        FOR SHARE OF u FOR NO KEY UPDATE OF o NOWAIT FOR UPDATE OF u;
      SELECT 1 FROM users, (VALUES (1)) x FOR KEY SHARE
      """)
    #expect(script.codes.isEmpty)
    #expect(
      try script.query(0).locks == [
        LockClause(relation: 0, mode: .noKeyUpdate, policy: .error, number: 2),
        LockClause(relation: 1, mode: .update, policy: .wait, number: 3),
      ])
    #expect(
      try script.query(1).locks == [
        LockClause(relation: 0, mode: .keyShare, policy: .wait, number: 4)
      ])
  }

  @Test("a VOLATILE function is called before its statement")
  func hoisting() throws {
    let script = ResolvedScript(
      "SELECT pay(pay(:p)); INSERT INTO users VALUES (pay(1), 'a'); SELECT * FROM pay(1)")
    #expect(script.codes.isEmpty, "\(script.builder.diagnostics.map(\.message))")
    #expect(script.statements.map(\.facts.calls.count) == [2, 1, 1])
    let calls = script.statements[0].facts.calls
    let outer = script.builder.program.arguments[Int(calls[1].arguments.start)]
    #expect(script.operations(outer) == [.slot(try #require(calls[0].slot))])
    #expect(try script.compiled(0).isTrivial)
    #expect(script.statements[2].columns.map(\.name) == ["pay"])
  }

  @Test("what a statement needs")
  func facts() throws {
    let script = ResolvedScript(
      """
      SELECT 1; SELECT now(); SELECT twice(2); SELECT nextval('orders_id_seq');
      SELECT 1 FROM users; SELECT 'now'::timestamptz
      """)
    let all = try script.statements.indices.map { try script.compiled($0) }
    #expect(all.map(\.isTrivial) == [true, true, true, false, false, true])
    #expect(all.map(\.readsClock) == [false, true, false, false, false, true])
  }

  @Test("the world and the database do not mix")
  func world() throws {
    let world = "CREATE TABLE chain (tx text PRIMARY KEY, amount numeric);"
    let sound = ResolvedScript("UPDATE chain SET amount = 1", world: world)
    #expect(try sound.compiled().isWorld)
    let text = "INSERT INTO chain SELECT name, 1 FROM users"
    #expect(ResolvedScript(text, world: world).codes == [.worldAndDatabase])
    #expect(
      ResolvedScript("SELECT 1 FROM chain", world: world, access: .database).codes
        == [.worldAndDatabase])
    #expect(
      ResolvedScript("SELECT 1 FROM chain FOR UPDATE", world: world).codes == [.worldAndDatabase])
    let both = "SELECT o.outcome FROM chain, users, outcomes o WHERE o.writer = 'a'"
    #expect(ResolvedScript(both, world: world, access: .everything).codes.isEmpty)
    #expect(ResolvedScript("SELECT 1 FROM outcomes").codes == [.unknownTable])
  }

  @Test("constants are evaluated")
  func constants() throws {
    let builder = ProgramBuilder(sources: SourceMap())
    builder.addParameter(name: "n", type: .integer, value: 3)
    func constant(_ text: String, _ type: DataType?) -> (Value, DataType)? {
      let parsed = SQLReader.expression(in: SourceFile(path: "", text: text))
      return parsed.value.flatMap { builder.constant($0, as: type) }
    }
    #expect(try #require(constant(":n * 2 + 1", nil)).0 == 7)
    #expect(try #require(constant("CASE WHEN :n > 2 THEN 'a' ELSE 'b' END", nil)).0 == "a")
    let interval = try #require(constant("'60 seconds'", .interval))
    #expect(interval.0.asInterval?.microseconds == 60_000_000)
    #expect(constant("now()", nil) == nil)
    #expect(constant("1 / 0", nil) == nil)
    #expect(builder.diagnostics.map(\.code) == [.invalidLiteral, .invalidLiteral])
    #expect(builder.usedParameters == ["n"])
  }
}
