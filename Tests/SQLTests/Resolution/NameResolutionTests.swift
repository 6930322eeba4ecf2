import Testing

@testable import SQL

@Suite("Mistakes in statements")
struct NameResolutionTests {
  struct Mistake: CustomTestStringConvertible, Sendable {
    var code: DiagnosticCode
    var text: String
    var help: String?

    init(_ code: DiagnosticCode, _ text: String, help: String? = nil) {
      self.code = code
      self.text = text
      self.help = help
    }

    var testDescription: String { text }
  }

  static let names: [Mistake] = [
    Mistake(.unknownTable, "SELECT 1 FROM 👉ordrs", help: "did you mean `orders`?"),
    Mistake(.unknownTable, "SELECT 1 FROM 👉shop.orders"),
    Mistake(.unknownTable, "UPDATE 👉nothing SET a = 1"),
    Mistake(.unknownColumn, "SELECT 👉totl FROM orders", help: "did you mean `total`?"),
    Mistake(.unknownColumn, "SELECT o.👉totl FROM orders o", help: "did you mean `total`?"),
    Mistake(.unknownColumn, "UPDATE orders SET 👉stat = 1"),
    Mistake(.unknownColumn, "INSERT INTO orders (id, 👉usr_id) VALUES (1, 2)"),
    Mistake(.unknownColumn, "SELECT 👉zebra FROM orders o JOIN users u ON u.id = o.user_id"),
    Mistake(
      .unknownTable, "SELECT 👉orders.id FROM orders o", help: "the table has the alias `o` here"),
    Mistake(.unknownTable, "SELECT 👉x.id FROM orders"),
    Mistake(.unknownTable, "SELECT 👉x.* FROM orders"),
    Mistake(.ambiguousName, "SELECT 👉id FROM orders, users"),
    Mistake(.ambiguousName, "SELECT 1 FROM orders WHERE 👉status = 'new'"),
    Mistake(.duplicateName, "SELECT 1 FROM orders, 👉orders"),
    Mistake(.duplicateName, "UPDATE orders SET total = 1, 👉total = 2"),
    Mistake(.duplicateName, "INSERT INTO items (qty, 👉qty) VALUES (1, 2)"),
    Mistake(.duplicateName, "WITH x AS (SELECT 1), 👉x AS (SELECT 2) SELECT 1"),
    Mistake(.unknownVariable, "SELECT 👉w1"),
    Mistake(.unknownColumn, "SELECT r.👉b"),
    Mistake(.unknownParameter, "SELECT 👉:q"),
    Mistake(.unknownTable, "SELECT 1 FROM (SELECT 1 AS a) x, (SELECT 👉x.a) y"),
    Mistake(.invalidReference, "SELECT 👉*"),
    Mistake(.invalidReference, "SELECT id FROM users ORDER BY 👉2"),
    Mistake(.invalidReference, "SELECT id FROM users GROUP BY 👉3"),
    Mistake(.invalidReference, "SELECT DISTINCT name FROM users ORDER BY 👉id"),
    Mistake(.invalidReference, "SELECT DISTINCT ON (id) id FROM users ORDER BY 👉name"),
    Mistake(.invalidReference, "SELECT 1 UNION SELECT 2 ORDER BY 👉1 + 1"),
    Mistake(.unknownColumn, "SELECT id FROM orders JOIN users USING (👉total)"),
    Mistake(.syntaxError, "SELECT 1 FROM 👉(SELECT 1)"),
  ]

  static let types: [Mistake] = [
    Mistake(.unknownOperator, "SELECT 👉id = name FROM users"),
    Mistake(.invalidLiteral, "SELECT 1 FROM users WHERE id = 👉'one'"),
    Mistake(
      .unknownLabel, "SELECT 1 FROM users WHERE mood = 👉'hapy'", help: "did you mean `happy`?"),
    Mistake(.invalidLiteral, "SELECT timestamptz 👉'yesterdoy'"),
    Mistake(.invalidLiteral, "SELECT 👉'2025-13-01'::date"),
    Mistake(.typeMismatch, "SELECT 1 FROM users WHERE 👉id"),
    Mistake(.typeMismatch, "SELECT 1 FROM users WHERE id = 1 AND 👉name"),
    Mistake(.typeMismatch, "UPDATE orders SET total = 👉now()"),
    Mistake(.typeMismatch, "INSERT INTO users (id, name) VALUES (👉true, 'x')"),
    Mistake(.typeMismatch, "SELECT CASE WHEN true THEN 👉1 ELSE now() END"),
    Mistake(.typeMismatch, "SELECT COALESCE(now(), 👉1)"),
    Mistake(.typeMismatch, "👉SELECT 1 UNION SELECT now()"),
    Mistake(.typeMismatch, "SELECT 👉now()::int"),
    Mistake(.unknownType, "SELECT 1::👉intt"),
    Mistake(.unsupportedType, "SELECT 👉ARRAY[ARRAY[1], ARRAY[2]]"),
    Mistake(.typeMismatch, "SELECT 👉ARRAY[]"),
    Mistake(.typeMismatch, "SELECT 1 = ANY (👉id) FROM users"),
    Mistake(.typeMismatch, "SELECT 👉id[1] FROM users"),
    Mistake(.unknownFunction, "SELECT 👉array_length(ARRAY[1])"),
    Mistake(.invalidLiteral, "SELECT 👉'{1,x}'::int[]"),
    Mistake(.unsupportedType, "SELECT 1::👉float4"),
    Mistake(.unknownFunction, "SELECT 👉coalesc(1)"),
    Mistake(.unknownFunction, "SELECT 👉lower(1)"),
    Mistake(.wrongArgumentCount, "SELECT 👉twice(1, 2)"),
    Mistake(.columnCountMismatch, "INSERT INTO users (id) VALUES (1, 👉2)"),
    Mistake(.columnCountMismatch, "INSERT INTO users (id, 👉name) VALUES (1)"),
    Mistake(.columnCountMismatch, "SELECT 1 WHERE 1 IN (👉SELECT 1, 2)"),
    Mistake(.columnCountMismatch, "SELECT (👉SELECT 1, 2)"),
    Mistake(.columnCountMismatch, "SELECT 👉(1, 2) = (1, 2, 3)"),
    Mistake(.columnCountMismatch, "👉SELECT 1 UNION SELECT 1, 2"),
  ]

  static let grouping: [Mistake] = [
    Mistake(.notGrouped, "SELECT 👉name, count(*) FROM users"),
    Mistake(.notGrouped, "SELECT mood, 👉name FROM users GROUP BY mood"),
    Mistake(.notGrouped, "SELECT count(*) FROM users ORDER BY 👉name"),
    Mistake(.notGrouped, "SELECT lower(name), upper(👉name) FROM users GROUP BY lower(name)"),
    Mistake(
      .notGrouped, "SELECT 👉(SELECT 1 FROM items WHERE sku = u.name) FROM users u GROUP BY mood"),
    Mistake(.misplacedAggregate, "SELECT 1 FROM users WHERE 👉count(*) > 1"),
    Mistake(.misplacedAggregate, "SELECT sum(👉sum(id)) FROM users"),
    Mistake(.misplacedAggregate, "UPDATE users SET id = 👉max(id)"),
    Mistake(.misplacedAggregate, "SELECT 1 FROM users GROUP BY 👉count(*)"),
  ]

  static let refusals: [Mistake] = [
    Mistake(.unsupportedClause, "SELECT DISTINCT id FROM users 👉FOR UPDATE"),
    Mistake(.unsupportedClause, "SELECT count(*) FROM users 👉FOR UPDATE"),
    Mistake(.unsupportedClause, "SELECT 1 FROM users GROUP BY id 👉FOR UPDATE"),
    Mistake(.unsupportedClause, "SELECT 1 UNION SELECT 2 👉FOR UPDATE"),
    Mistake(
      .unsupportedClause,
      "SELECT 1 FROM orders o LEFT JOIN users u ON u.id = o.user_id 👉FOR UPDATE"),
    Mistake(.unknownTable, "SELECT 1 FROM orders o FOR UPDATE OF 👉orders"),
    Mistake(
      .unsupportedClause, "SELECT 1 FROM (SELECT count(*) FROM users) x 👉FOR UPDATE"),
    Mistake(
      .unsupportedClause,
      "SELECT 1 FROM orders o, LATERAL (SELECT id FROM users u WHERE u.id = o.id 👉FOR UPDATE) x"),
    Mistake(
      .unsupportedClause,
      "DELETE FROM orders o RETURNING (SELECT id FROM users u WHERE u.id = o.id 👉FOR UPDATE)"),
    Mistake(
      .unsupportedClause,
      "WITH x AS (👉MERGE INTO users USING items ON id = line WHEN MATCHED THEN DELETE) SELECT 1"),
    Mistake(
      .syntaxError,
      "MERGE INTO users u USING items ON u.id = line WHEN MATCHED THEN DELETE "
        + "👉WHEN MATCHED AND u.id > 1 THEN DO NOTHING"),
    Mistake(
      .unknownTable,
      "MERGE INTO users u USING items i ON u.id = i.line "
        + "WHEN NOT MATCHED AND 👉u.id > 1 THEN DO NOTHING"),
    Mistake(.unsupportedClause, "SELECT 👉pay(line) FROM items"),
    Mistake(.unsupportedClause, "SELECT CASE WHEN v = 1 THEN 👉pay(1) END"),
    Mistake(.unsupportedClause, "SELECT 👉pay(1), (SELECT count(*) FROM users)"),
    Mistake(.unknownTable, "SELECT currval(👉'nothing')"),
    Mistake(.unknownTable, "SELECT nextval(👉'order_seq')"),
    Mistake(.unknownFunction, "SELECT * FROM 👉generate_series(now(), now())"),
    Mistake(.misplacedStatement, "👉CREATE TABLE t (a int)"),
    Mistake(
      .noMatchingUniqueKey, "INSERT INTO users VALUES (1, 'a') 👉ON CONFLICT (name) DO NOTHING"),
    Mistake(
      .ambiguousName,
      "INSERT INTO items VALUES (1, 1, 'a') ON CONFLICT (order_id, line) DO UPDATE SET qty = 👉qty"),
  ]

  @Test("mistakes", arguments: names + types + grouping + refusals)
  func mistake(_ mistake: Mistake) {
    let source = MarkedSource(mistake.text)
    let script = ResolvedScript(source.text)
    let found = script.builder.diagnostics
    #expect(found.map(\.code) == [mistake.code], "\(found.map(\.message))")
    #expect(found.map { Int($0.span.start) } == source.offsets, "\(found.map(\.message))")
    #expect(found.allSatisfy { $0.span.file == 1 })
    if let help = mistake.help { #expect(found.first?.help?.text == help) }
  }

  @Test("an unknown column shows the table's definition")
  func label() throws {
    let script = ResolvedScript("")
    let table = "CREATE TABLE seat (id int PRIMARY KEY, holder text);\n"
    var sources = SourceMap()
    let file = SourceFile(path: "a", text: table + "UPDATE seat SET holdr = 'alice'")
    _ = sources.add(file)
    let builder = ProgramBuilder(sources: sources)
    let parsed = SQLReader.statements(in: file)
    builder.define(Array(parsed.value.prefix(1)), isWorld: false)
    #expect(builder.statement(parsed.value[1], in: Scope(access: .database)) == nil)
    let diagnostic = try #require(builder.diagnostics.first)
    #expect(diagnostic.message == "no column `holdr` in `seat`")
    #expect(diagnostic.labels.map(\.text) == ["`seat` has the columns id, holder"])
    #expect(diagnostic.help?.replacement?.text == "holder")
    #expect(script.builder.diagnostics.isEmpty)
  }

  @Test("the shop's schema has no mistakes")
  func sound() {
    #expect(ResolvedScript("").builder.diagnostics.isEmpty)
  }
}
