import Store
import Testing

@testable import SQL

/// SQL text compiled: a schema, then statements.
struct ResolvedScript {
  let builder: ProgramBuilder
  /// Of the statements that are sound.
  private(set) var statements: [CompiledStatement] = []
  let variables: VariableScope

  /// The tables that most tests use.
  static let shop = """
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, mood mood DEFAULT 'ok');
    CREATE TABLE orders (
      id bigserial PRIMARY KEY, user_id int REFERENCES users, status text NOT NULL DEFAULT 'new',
      total numeric(10,2), created_at timestamptz DEFAULT now(), UNIQUE (user_id, status));
    CREATE TABLE items (order_id bigint, line int, sku text, qty int DEFAULT 1,
      PRIMARY KEY (order_id, line));
    CREATE FUNCTION pay(p_order int) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN UPDATE orders SET status = 'paid' WHERE id = p_order; RETURN 1; END $$;
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
    """

  init(
    _ text: String, schema: String = Self.shop, world: String = "",
    access: Scope.Access = .databaseOrWorld, options: ProgramBuilder.Options = .init()
  ) {
    let files = [("schema", schema), ("statements", text), ("world", world)].map {
      SourceFile(path: $0.0, text: $0.1)
    }
    var sources = SourceMap()
    for file in files { _ = sources.add(file) }
    let builder = ProgramBuilder(sources: sources, options: options)
    self.builder = builder
    variables = VariableScope(label: "w")
    variables.declare("v", type: .integer)
    variables.declare("status", type: .text)
    variables.declareRecord("r", columns: [OutputColumn(name: "a", type: .bigint)])
    builder.addParameter(name: "p", type: .integer, value: 7)
    let parsed = files.enumerated().map { SQLReader.statements(in: $1, index: UInt16($0)) }
    for part in parsed { builder.diagnostics += part.diagnostics }
    for part in parsed { builder.numberLocks(in: part.value) }
    builder.define(parsed[0].value, isWorld: false)
    builder.define(parsed[2].value, isWorld: true)
    let scope = Scope(variables: variables, access: access)
    statements = parsed[1].value.compactMap { builder.statement($0, in: scope) }
  }

  /// The codes of the diagnostics, in order.
  var codes: [DiagnosticCode] { builder.diagnostics.map(\.code) }

  /// The last part of a statement.
  func main(_ index: Int = 0) throws -> StatementPart {
    let statement = builder.program.statements[
      Int(try #require(statements.dropFirst(index).first).index)]
    return statement.parts[statement.resultPart]
  }

  func compiled(_ index: Int = 0) throws -> Statement {
    builder.program.statements[Int(try #require(statements.dropFirst(index).first).index)]
  }

  /// The query or source of a statement's last part.
  func query(_ index: Int = 0) throws -> Query {
    let id: QueryID
    switch try main(index).body {
    case .query(let query): id = query
    case .insert(let insert): id = insert.source
    case .update(let update): id = update.source
    case .delete(let delete): id = delete.source
    case .merge(let merge): id = merge.source
    case .lockTable, .truncate, .alter: throw Missing()
    }
    return builder.program.queries[Int(id.index)]
  }

  func select(_ index: Int = 0) throws -> Select {
    guard case .select(let select) = try query(index).body else { throw Missing() }
    return select
  }

  func operations(_ expression: Expression) -> [SQL.Operation] {
    Array(builder.program.operations[builder.program.range(of: expression)])
  }

  struct Missing: Error {}
}
