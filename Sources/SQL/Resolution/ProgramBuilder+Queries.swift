import Store

/// A query in ``Program/queries``.
struct CompiledQuery {
  var id: QueryID
  /// `unknown` for quoted literals that nothing gave a type yet.
  var columns: [OutputColumn]
}

// Queries: SELECT, VALUES and what connects them.
extension ProgramBuilder {
  /// Compiles a query that only reads.
  package func query(_ syntax: QuerySyntax, in scope: Scope) -> QueryID? {
    let context = StatementContext(takesParts: false)
    var scope = scope.refusingCalls("only queries that read can stand here")
    scope.statement = context
    guard let compiled = compile(syntax, scope) else { return nil }
    guard settled(compiled, at: syntax.span) != nil else { return nil }
    if let lock = program.queries[Int(compiled.id.index)].locks.first {
      reportLockNotHere(at: span(ofLock: lock.number) ?? syntax.span)
      return nil
    }
    var facts = self.facts(of: compiled.id)
    facts.calls = context.calls
    guard checkTouches(context, facts, scope, at: syntax.span) else { return nil }
    return compiled.id
  }

  /// Compiles a query as a statement (`PERFORM`, `FOR … IN query`, `RETURN QUERY`).
  package func statement(_ syntax: QuerySyntax, in scope: Scope) -> CompiledStatement? {
    statement(StatementSyntax(.select(syntax), at: syntax.span), in: scope)
  }

  /// Compiles a query whose quoted literals may still lack a type, and whose own locks stay in it.
  func compile(_ syntax: QuerySyntax, _ scope: Scope) -> CompiledQuery? {
    guard let scope = defining(syntax.with, scope) else { return nil }
    switch syntax.body {
    case .select(let select): return compile(select, syntax, scope)
    case .values(let rows):
      guard checkNoLocks(syntax, "VALUES") else { return nil }
      guard let compiled = values(rows, scope) else { return nil }
      return finish(compiled, syntax, scope)
    case .setOperation(let operation, let all, let left, let right):
      guard checkNoLocks(syntax, operation.rawValue.uppercased()) else { return nil }
      guard let compiled = combine(operation, all, left, right, syntax.span, scope) else {
        return nil
      }
      return finish(compiled, syntax, scope)
    case .nested(let inner):
      return merged(syntax, into: inner).flatMap { compile($0, scope) }
    }
  }

  /// `(query) ORDER BY …`: the clauses join those of the query in parentheses.
  private func merged(_ outer: QuerySyntax, into inner: QuerySyntax) -> QuerySyntax? {
    var result = inner
    func clash(_ clause: String) -> QuerySyntax? {
      report(
        Diagnostic(
          .syntaxError, "multiple \(clause) clauses are not allowed", at: outer.span))
      return nil
    }
    if !outer.orderBy.isEmpty {
      if !inner.orderBy.isEmpty { return clash("ORDER BY") }
      result.orderBy = outer.orderBy
    }
    if let limit = outer.limit {
      if inner.limit != nil { return clash("LIMIT") }
      result.limit = limit
    }
    if let offset = outer.offset {
      if inner.offset != nil { return clash("OFFSET") }
      result.offset = offset
    }
    result.locking += outer.locking
    return result
  }

  func checkNoLocks(_ syntax: QuerySyntax, _ what: String) -> Bool {
    guard let clause = syntax.locking.first(where: isKept) else { return true }
    report(
      Diagnostic(
        .unsupportedClause, "FOR \(clause.strength.rawValue) is not allowed with \(what)",
        at: clause.span))
    return false
  }

  func append(_ query: Query) -> QueryID {
    program.queries.append(query)
    return QueryID(program.queries.count - 1)
  }

  // MARK: VALUES

  /// VALUES: columns have the type that their rows have in common.
  func values(_ rows: [[ExpressionSyntax]], _ scope: Scope) -> CompiledQuery? {
    var inner = scope.entering(QueryLevel()).inside(.values)
    if rows.count > 1 { inner = inner.refusingCalls("VALUES has several rows") }
    let width = rows.first?.count ?? 0
    var columns = [[Typed]](repeating: [], count: width)
    var isSound = true
    for row in rows {
      guard row.count == width else {
        report(
          Diagnostic(
            .columnCountMismatch, "VALUES lists must all be the same length",
            at: (row.last ?? rows[0][0]).span))
        return nil
      }
      for (index, item) in row.enumerated() {
        if let typed = resolve(item, inner) {
          columns[index].append(typed)
        } else {
          isSound = false
        }
      }
    }
    guard isSound else { return nil }
    return values(columns: columns, count: rows.count)
  }

  private func values(columns: [[Typed]], count: Int) -> CompiledQuery? {
    var outputs: [OutputColumn] = []
    var converted: [[Typed]] = []
    for (index, column) in columns.enumerated() {
      let name = "column\(index + 1)"
      if column.allSatisfy({ $0.type == .unknown }) {
        converted.append(column)
        outputs.append(OutputColumn(name: name, type: .unknown))
      } else {
        guard let unified = unified(column, in: "VALUES") else { return nil }
        converted.append(unified.values)
        outputs.append(OutputColumn(name: name, type: unified.type))
      }
    }
    let rows = (0..<count).map { row in converted.map { commit($0[row].code) } }
    let id = append(Query(body: .values(rows), columns: outputs))
    return CompiledQuery(id: id, columns: outputs)
  }

  // MARK: UNION and its like

  private func combine(
    _ operation: SetOperator, _ all: Bool, _ left: QueryBodySyntax, _ right: QueryBodySyntax,
    _ span: SourceSpan, _ scope: Scope
  ) -> CompiledQuery? {
    let inner = scope.refusingCalls("it stands in a \(operation.rawValue.uppercased())")
    let first = branch(left, span, inner)
    guard let second = branch(right, span, inner), let first else { return nil }
    guard first.columns.count == second.columns.count else {
      report(
        Diagnostic(
          .columnCountMismatch,
          "each \(operation.rawValue.uppercased()) query must have the same number of columns",
          at: span))
      return nil
    }
    var types: [DataType] = []
    for (a, b) in zip(first.columns, second.columns) {
      if a.type == .unknown, b.type == .unknown {
        types.append(.text)
        continue
      }
      guard let type = commonType([a.type, b.type]) else {
        report(
          Diagnostic(
            .typeMismatch,
            "\(operation.rawValue.uppercased()) types `\(name(a.type))` and `\(name(b.type))` "
              + "cannot be matched", at: span))
        return nil
      }
      types.append(type)
    }
    for branch in [first, second] {
      guard cast(branch, to: types, .implicit, at: span) != nil else { return nil }
    }
    let columns = zip(first.columns, types).map { OutputColumn(name: $0.name, type: $1) }
    let kind: SetOperation =
      switch operation {
      case .union: .union
      case .intersect: .intersect
      case .except: .except
      }
    let id = append(Query(body: .combined(kind, isAll: all, first.id, second.id), columns: columns))
    return CompiledQuery(id: id, columns: columns)
  }

  func branch(
    _ body: QueryBodySyntax, _ span: SourceSpan, _ scope: Scope
  ) -> CompiledQuery? {
    let compiled = compile(QuerySyntax(body: body, span: span), scope)
    if let compiled, let lock = program.queries[Int(compiled.id.index)].locks.first {
      report(
        Diagnostic(
          .unsupportedClause, "row locks are not allowed with UNION, INTERSECT or EXCEPT",
          at: self.span(ofLock: lock.number) ?? span))
      return nil
    }
    return compiled
  }

  /// ORDER BY, LIMIT and OFFSET of VALUES and UNION: the sort keys are outputs.
  func finish(
    _ compiled: CompiledQuery, _ syntax: QuerySyntax, _ scope: Scope
  ) -> CompiledQuery? {
    var order: [OrderKey] = []
    for item in syntax.orderBy {
      guard let index = outputIndex(of: item.value, compiled.columns) else { return nil }
      let typed = Typed(
        .column(depth: 0, offset: UInt16(clamping: index)), compiled.columns[index].type,
        at: item.value.span)
      order.append(orderKey(item, typed))
    }
    guard let limits = limits(of: syntax, scope) else { return nil }
    program.queries[Int(compiled.id.index)].order = order
    program.queries[Int(compiled.id.index)].limit = limits.limit
    program.queries[Int(compiled.id.index)].offset = limits.offset
    return compiled
  }

  private func outputIndex(of syntax: ExpressionSyntax, _ columns: [OutputColumn]) -> Int? {
    switch syntax.kind {
    case .integer(let digits):
      if let position = Int(digits), (1...max(1, columns.count)).contains(position) {
        return position - 1
      }
      report(
        Diagnostic(
          .invalidReference, "ORDER BY position \(digits) is not in select list",
          at: syntax.span))
    case .column(let name) where name.parts.count == 1:
      let matches = columns.indices.filter { columns[$0].name == name.last.text }
      if let match = matches.first, matches.count == 1 { return match }
      report(
        matches.isEmpty
          ? .misspelt(
            .unknownColumn, "no column `\(name.text)` in the result", at: syntax.span,
            name: name.text, among: columns.map(\.name))
          : Diagnostic(.ambiguousName, "ORDER BY `\(name.text)` is ambiguous", at: syntax.span))
    default:
      report(
        Diagnostic(
          .invalidReference,
          "only names and numbers of result columns can be in this ORDER BY", at: syntax.span,
          help: "put the query into FROM, and order around it"))
    }
    return nil
  }

  func orderKey(_ item: OrderItemSyntax, _ typed: Typed) -> OrderKey {
    OrderKey(
      expression: commit(typed.code), isDescending: item.isDescending,
      areNullsFirst: item.nullsFirst ?? item.isDescending)
  }

  /// LIMIT and OFFSET, which belong to the query around; `nil` after a report.
  func limits(
    of syntax: QuerySyntax, _ scope: Scope
  ) -> (limit: Expression?, offset: Expression?)? {
    func count(_ value: ExpressionSyntax?, _ clause: String) -> Expression?? {
      guard let value else { return .some(nil) }
      let place = scope.inside(.limit).refusingCalls("it stands in \(clause)")
      guard let typed = resolve(value, place) else { return nil }
      guard let number = converted(typed, to: .bigint, .assignment) else {
        report(
          Diagnostic(
            .typeMismatch,
            "argument of \(clause) must be type `bigint`, not type `\(name(typed.type))`",
            at: value.span))
        return nil
      }
      return .some(commit(number.code))
    }
    guard let limit = count(syntax.limit, "LIMIT"), let offset = count(syntax.offset, "OFFSET")
    else { return nil }
    return (limit, offset)
  }

  // MARK: Converting a query's outputs

  /// Gives quoted literals among the outputs the type text.
  func settled(_ compiled: CompiledQuery, at span: SourceSpan) -> CompiledQuery? {
    guard compiled.columns.contains(where: { $0.type == .unknown }) else { return compiled }
    let types = compiled.columns.map { $0.type == .unknown ? DataType.text : $0.type }
    return cast(compiled, to: types, .implicit, at: span)
  }

  /// Converts the outputs of a query that nothing else uses.
  func cast(
    _ compiled: CompiledQuery, to types: [DataType], _ context: Casts.Context, at span: SourceSpan
  ) -> CompiledQuery? {
    for (index, type) in types.enumerated() {
      guard castOutput(index, of: compiled.id, to: type, context, at: span) else { return nil }
    }
    return CompiledQuery(id: compiled.id, columns: program.queries[Int(compiled.id.index)].columns)
  }

  private func castOutput(
    _ index: Int, of id: QueryID, to type: DataType, _ context: Casts.Context, at span: SourceSpan
  ) -> Bool {
    let query = program.queries[Int(id.index)]
    let source = query.columns[index].type
    if source == type { return true }
    func cast(_ expression: Expression) -> Expression? {
      var code = Code()
      for operation in program.operations[program.range(of: expression)] {
        code.append(operation, at: span)
      }
      return converted(Typed(code, source, at: span), to: type, context).map { commit($0.code) }
    }
    switch query.body {
    case .select(var select):
      guard let output = cast(select.outputs[index]) else {
        return reportNoCast(source, type, at: span)
      }
      select.outputs[index] = output
      program.queries[Int(id.index)].body = .select(select)
    case .values(var rows):
      for row in rows.indices {
        guard let value = cast(rows[row][index]) else {
          return reportNoCast(source, type, at: span)
        }
        rows[row][index] = value
      }
      program.queries[Int(id.index)].body = .values(rows)
    case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
      guard castOutput(index, of: left, to: type, context, at: span),
        castOutput(index, of: right, to: type, context, at: span)
      else { return false }
    }
    program.queries[Int(id.index)].columns[index].type = type
    return true
  }

  private func reportNoCast(_ source: DataType, _ target: DataType, at span: SourceSpan) -> Bool {
    // A variable whose own type is a mistake, which has been reported.
    guard target != .unknown else { return false }
    report(
      Diagnostic(
        .typeMismatch,
        "a value of type `\(name(source))` cannot be used as `\(name(target))`", at: span))
    return false
  }
}
