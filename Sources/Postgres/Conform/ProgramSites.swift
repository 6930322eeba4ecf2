import SQL

/// The statements of a body, those in branches, loops and handlers too, found by what they cover.
struct ProgramSites {
  private(set) var statements: [ProceduralStatementSyntax] = []

  init(_ statements: [ProceduralStatementSyntax]) { add(statements) }

  private mutating func add(_ list: [ProceduralStatementSyntax]) {
    for statement in list {
      statements.append(statement)
      for inner in statement.kind.inner { add(inner) }
    }
  }

  /// The innermost statement around a text.
  func innermost(around span: SourceSpan) -> ProceduralStatementSyntax? {
    statements.filter { $0.span.covers(span) }.min { $0.span.range.count < $1.span.range.count }
  }
}

extension ProceduralStatementKind {
  /// The lists of statements within a statement.
  var inner: [[ProceduralStatementSyntax]] {
    switch self {
    case .block(let block): [block.statements] + block.handlers.map(\.statements)
    case .ifElse(let branches, let otherwise):
      branches.map(\.statements) + (otherwise.map { [$0] } ?? [])
    case .caseOf(_, let arms, let otherwise):
      arms.map(\.statements) + (otherwise.map { [$0] } ?? [])
    case .loop(let body), .whileLoop(_, let body), .forQuery(_, _, let body): [body]
    case .forRange(let loop): [loop.body]
    case .cursor(.loop(_, _, _, let body)): [body]
    case .sql, .declare, .assign, .exit, .next, .returnValue, .returnNext, .returnQuery, .raise,
      .assert, .perform, .getDiagnostics, .dynamic, .cursor, .null:
      []
    }
  }

  /// Whether control always comes by the statement's start before it comes to `span` within it, each
  /// time: what a gate before the statement needs in order to be a gate before `span`.
  func isEntered(before span: SourceSpan) -> Bool {
    switch self {
    case .whileLoop: false
    case .ifElse(let branches, _): branches.first?.condition.span.covers(span) ?? false
    case .caseOf(let operand, _, _): operand?.span.covers(span) ?? false
    case .block: false
    default: true
    }
  }
}
