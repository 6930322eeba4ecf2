package import SQL
import Store
import Writers

/// A model as text for a server: what makes its schemas, and what each writer's client sends.
struct ScenarioScript {
  let model: Model
  let namespace: NamespaceNames
  private let syntax: ScenarioSyntax
  /// For each of the program's routines, the gate before each of its instructions.
  let gates: [[Int?]]
  /// The gates' statements.
  let gateSpans: [SourceSpan]
  /// For each writer's routine, its client's commands.
  let clients: [RoutineID: ClientProgram]

  /// - Throws: ``UnsupportedText`` for what cannot be said to a server.
  init(
    model: Model, syntax: ScenarioSyntax, namespace: NamespaceNames
  ) throws(UnsupportedText) {
    self.model = model
    self.syntax = syntax
    self.namespace = namespace
    (gates, gateSpans) = Self.placeGates(model, syntax)
    var clients: [RoutineID: ClientProgram] = [:]
    for session in model.sessions where clients[session.routine] == nil {
      guard let writer = syntax.writers.first(where: { $0.name.text == session.writer }) else {
        throw UnsupportedText(reason: "the writer \(session.writer) has no text", span: model.span)
      }
      clients[session.routine] = try ClientProgram(
        routine: model.program.routines[Int(session.routine.index)], program: model.program,
        syntax: writer.program.statements)
    }
    self.clients = clients
  }

  // MARK: Gates

  /// Numbers the statements of functions before which a session may have to stop.
  private static func placeGates(
    _ model: Model, _ syntax: ScenarioSyntax
  ) -> (gates: [[Int?]], spans: [SourceSpan]) {
    let sites = ProgramSites(syntax.schemas.flatMap(\.statements).flatMap(\.gatedStatements))
    var spans: [SourceSpan] = []
    var gates: [[Int?]] = []
    for routine in model.program.routines {
      var row: [Int?] = Array(repeating: nil, count: routine.instructions.count)
      if routine.kind != .writer {
        for (position, instruction) in routine.instructions.enumerated() {
          switch instruction {
          case .statement, .openCursor, .sleepUntil: break
          default: continue
          }
          let span = routine.spans[position]
          guard let statement = sites.innermost(around: span),
            statement.kind.isEntered(before: span)
          else { continue }
          if let known = spans.firstIndex(of: statement.span) {
            row[position] = known
          } else {
            row[position] = spans.count
            spans.append(statement.span)
          }
        }
      }
      gates.append(row)
    }
    return (gates, spans)
  }

  // MARK: Setup

  /// A statement that makes the schema, the world or the data, with the search path that it needs.
  struct SetupStatement {
    var sql: String
    var searchPath: String
    var span: SourceSpan
  }

  /// Everything that stands before the first step, in order.
  func setup() -> [SetupStatement] {
    var rewriter = TextRewriter(model: model, namespace: namespace)
    for (number, span) in gateSpans.enumerated() {
      rewriter.insert("IF \(namespace.kit).gate(\(number)) THEN END IF; ", before: span)
    }
    let enums = syntax.schemas.flatMap(\.statements).filter(\.isEnum)
    let rest = syntax.schemas.flatMap(\.statements).filter { !$0.isEnum }
    let parts = [
      (enums + rest, namespace.searchPath),
      (syntax.worlds.flatMap(\.statements), namespace.worldSearchPath),
      (syntax.data.flatMap(\.statements), namespace.everythingSearchPath),
    ]
    var result: [SetupStatement] = []
    for (statements, path) in parts {
      for statement in statements where statement.isSent {
        result.append(
          SetupStatement(
            sql: rewriter.text(of: statement.span), searchPath: path, span: statement.span))
      }
    }
    return result
  }

  /// A rule's query for the server.
  func query(of invariant: Invariant) -> String {
    var rewriter = TextRewriter(model: model, namespace: namespace)
    return rewriter.text(of: invariant.span)
  }

  // MARK: What clients send

  /// What a session's client sends for a command, with its variables as they stand.
  func text(
    of command: ClientProgram.Command, session: Int, variables: [Value]
  ) -> String {
    let routine = model.program.routines[Int(model.sessions[session].routine.index)]
    var rewriter = TextRewriter(model: model, namespace: namespace)
    for part in command.replaced { rewriter.replace(part.span, with: part.text) }
    let text = rewriter.text(
      of: command.span, TextRewriter.Variables(values: variables, routine: routine))
    return command.prefix + text + command.suffix
  }
}

/// A text of the scenario that cannot be run on a server.
package struct UnsupportedText: Error, Hashable, Sendable {
  package var reason: String
  package var span: SourceSpan

  package init(reason: String, span: SourceSpan) {
    self.reason = reason
    self.span = span
  }
}

extension StatementSyntax {
  fileprivate var isEnum: Bool {
    if case .createEnum = kind { return true }
    return false
  }

  /// Whether a server is told; comments and grants are not, nor is `CREATE SCHEMA`.
  fileprivate var isSent: Bool {
    switch kind {
    case .ignored, .createSchema, .set, .show, .reset: false
    default: true
    }
  }

  /// The statements of a PL/pgSQL body.
  fileprivate var gatedStatements: [ProceduralStatementSyntax] {
    guard case .createFunction(let function) = kind,
      case .procedural(let block) = function.body
    else { return [] }
    return block.statements + block.handlers.flatMap(\.statements)
  }
}
