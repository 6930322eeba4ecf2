import SQL
import Testing

/// Reads one statement that must be without mistakes.
func statement(_ text: String) throws -> StatementSyntax {
  let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
  #expect(parsed.diagnostics.isEmpty, "\(text): \(parsed.diagnostics.map(\.message))")
  return try #require(parsed.value.first)
}

@Suite("Syntax of statements")
struct StatementSyntaxTests {
  @Test("every form is read whole", arguments: SyntaxSamples.statements)
  func accepted(text: String) throws {
    for suffix in ["", ";", " ; -- end\n /* ; */ ;"] {
      let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text + suffix))
      #expect(parsed.diagnostics.isEmpty, "\(parsed.diagnostics.map(\.message))")
      #expect(parsed.value.count == 1)
      #expect(parsed.value.first?.span == SourceSpan(file: 0, start: 0, end: text.utf8.count))
    }
  }

  @Test("keywords and names fold to lower case, quoted ones do not")
  func folding() throws {
    let lower = try statement("select a from \"T\" where ÄB = 1")
    let upper = try statement("SELECT A FROM \"T\" WHERE Äb = 1")
    #expect(lower == upper)
    guard case .select(let query) = lower.kind, case .select(let select) = query.body,
      case .table(let name, _) = select.from[0].kind
    else {
      Issue.record("no SELECT")
      return
    }
    #expect(name.text == "T")
    #expect(name.last.isQuoted)
  }

  @Test("row locks keep their strength, tables and policy in order")
  func locking() throws {
    let text = "SELECT 1 FROM a, b FOR NO KEY UPDATE OF a NOWAIT FOR SHARE SKIP LOCKED"
    guard case .select(let query) = try statement(text).kind else { return }
    #expect(query.locking.map(\.strength) == [.noKeyUpdate, .share])
    #expect(query.locking.map(\.waitPolicy) == [.nowait, .skipLocked])
    #expect(query.locking[0].tables.map(\.text) == ["a"])
    #expect(query.locking[1].tables.isEmpty)
  }

  @Test("INTERSECT binds tighter than UNION")
  func setOperations() throws {
    guard
      case .select(let query) = try statement("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3").kind,
      case .setOperation(.union, all: false, .select, let right) = query.body,
      case .setOperation(.intersect, all: false, .select, .select) = right
    else {
      Issue.record("another tree")
      return
    }
  }

  @Test("joins lean to the left, and ON belongs to the innermost join that lacks it")
  func joins() throws {
    let text = "SELECT 1 FROM a LEFT JOIN b JOIN c ON 1 = 2 ON 3 = 4 CROSS JOIN d"
    guard case .select(let query) = try statement(text).kind,
      case .select(let select) = query.body, case .join(let cross) = select.from[0].kind,
      case .join(let left) = cross.left.kind, case .join(let inner) = left.right.kind
    else {
      Issue.record("another tree")
      return
    }
    #expect(cross.kind == .cross)
    #expect(left.kind == .left)
    #expect(inner.kind == .inner)
  }

  @Test("INSERT knows its source and its conflict action")
  func insert() throws {
    let text = """
      INSERT INTO t (a) VALUES (DEFAULT)
      ON CONFLICT (a) DO UPDATE SET b = 1 WHERE t.c RETURNING a AS x
      """
    guard case .insert(let insert) = try statement(text).kind,
      case .values(let rows) = insert.source,
      case .update(let assignments, let condition) = insert.onConflict?.action
    else {
      Issue.record("another tree")
      return
    }
    #expect(rows.map { $0.map(\.kind) } == [[.defaultValue]])
    #expect(assignments.map { $0.columns[0].text } == ["b"])
    #expect(condition != nil)
    #expect(insert.returning.map { $0.alias?.text } == ["x"])
    guard case .insert(let other) = try statement("INSERT INTO t VALUES (1) LIMIT 1").kind,
      case .query = other.source
    else {
      Issue.record("VALUES with LIMIT is a query")
      return
    }
  }

  @Test("a table's columns and constraints are kept apart")
  func createTable() throws {
    guard case .createTable(let table) = try statement(SyntaxSamples.definitions[0]).kind else {
      return
    }
    #expect(table.name.text == "public.orders")
    #expect(
      table.columns.map(\.name.text) == [
        "id", "status", "n", "at", "amount", "parent", "g", "h", "d",
      ])
    #expect(table.columns[3].constraints.count == 2)
    guard case .references(let reference) = table.columns[5].constraints[0].kind else {
      Issue.record("no reference")
      return
    }
    #expect(reference.onDelete == .cascade)
    #expect(reference.onUpdate == .setNull)
    #expect(table.columns[5].constraints[0].name?.text == "fk")
    #expect(table.columns[5].constraints[0].deferral.isInitiallyDeferred)
  }

  @Test("a mistake in one statement does not hide those of the next")
  func recovery() {
    let text = "SELEC 1; SELECT FROM FROM; DELETE t; SELECT 2;"
    let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
    #expect(parsed.diagnostics.map { Int($0.span.start) } == [0, 21, 34])
    #expect(parsed.value.count == 1)
  }

  @Test("no more than twenty mistakes are reported")
  func limit() {
    let text = String(repeating: "oops; ", count: 100)
    let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
    #expect(parsed.diagnostics.count == Diagnostic.countLimit)
  }

  @Test("deep nesting is an error, not a crash")
  func depth() {
    let openings = [
      "(", "(SELECT ", "- ", "NOT ", "(SELECT 1 FROM (", "CASE WHEN ", "f(", "a + (", "ARRAY[",
    ]
    for opening in openings {
      let text = "SELECT " + String(repeating: opening, count: 20_000)
      let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
      #expect(parsed.diagnostics.contains { $0.code == .nestedTooDeeply }, "\(opening)")
    }
    for chain in [" + 1", " OR a", "::int", " UNION SELECT 1", " AND a = 1", " IS NULL"] {
      let text = "SELECT 1" + String(repeating: chain, count: 20_000)
      let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
      #expect(parsed.diagnostics.contains { $0.code == .nestedTooDeeply }, "\(chain)")
    }
    let joins = "SELECT 1 FROM a" + String(repeating: " CROSS JOIN b", count: 20_000)
    let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: joins))
    #expect(parsed.diagnostics.contains { $0.code == .nestedTooDeeply })
  }

  @Test("long lists are no deep nesting")
  func longLists() {
    let values = Array(repeating: "1", count: 50_000).joined(separator: ", ")
    let rows = Array(repeating: "(1, 'x'::text)", count: 50_000).joined(separator: ", ")
    for text in ["SELECT 1 WHERE 1 IN (\(values))", "INSERT INTO t VALUES \(rows)"] {
      let parsed = SQLReader.statements(in: SourceFile(path: "s.sql", text: text))
      #expect(parsed.diagnostics.isEmpty)
    }
  }
}
