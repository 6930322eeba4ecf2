import Store

// Functions on advisory locks.
extension ProgramBuilder {
  /// A call of a function on advisory locks.
  ///
  /// One that `without locks` leaves out gives what it gives where nobody stands against it; with all locks
  /// left out, there is nothing to unlock either.
  func lockCall(
    _ named: LockFunction, _ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var function = named
    let arguments = call.arguments.map { resolve($0.value, scope) }
    let sound = arguments.compactMap { $0 }
    guard sound.count == arguments.count, isAllowed(call, scope) else { return nil }
    function.hasPair = arguments.count == 2
    guard function.argumentCount == arguments.count,
      !call.arguments.contains(where: { $0.name != nil })
    else {
      report(unknownFunction(call.name, sound.map(\.type)))
      return nil
    }
    var code = Code()
    for argument in sound {
      guard
        let cast = converted(argument, to: function.hasPair ? .integer : .bigint, .implicit)
      else {
        report(unknownFunction(call.name, sound.map(\.type)))
        return nil
      }
      let isNarrow =
        argument.type.kind == .smallint || !function.hasPair && argument.type.kind == .integer
      if isNarrow, !isConstant(argument.code) { function.widensKey = true }
      code.append(cast.code)
    }
    touchDatabase(scope, at: span)
    let isKept = function.takesLock ? isLockKept(at: span) : options.omittedLocks != .all
    if isKept {
      code.append(.lockCall(function), at: span)
    } else {
      for _ in sound { code.append(.pop, at: span) }
      code.append(.constant(function.result), at: span)
    }
    return Typed(code, function.resultType, at: span)
  }

  /// Whether lock functions can be called at a place; reports it where not.
  private func isAllowed(_ call: FunctionCallSyntax, _ scope: Scope) -> Bool {
    var reason: String?
    if scope.access == .everything { reason = "an invariant cannot lock" }
    switch scope.clause {
    case .returning: reason = "RETURNING is computed when the row has been written"
    case .check, .defaultValue: reason = "a definition cannot lock"
    default: break
    }
    guard let reason else { return true }
    report(
      Diagnostic(
        .unsupportedFunction, "`\(call.name.text)` cannot be called here", at: call.name.span,
        caption: reason, help: "call it in a statement of its own"))
    return false
  }

  /// Marks the parts of a statement that call lock functions.
  func markLockCalls(_ statement: inout Statement) {
    for index in statement.parts.indices {
      var facts = Facts()
      for expression in expressions(of: statement.parts[index]) {
        facts.add(self.facts(of: code(of: expression)))
      }
      if let source = source(of: statement.parts[index]) {
        facts.add(self.facts(of: source))
        statement.parts[index].lockedInside = lockedInside(source)
      }
      statement.parts[index].callsLocks = facts.callsLocks
    }
  }

  /// How the first subquery of a query's expressions that locks rows does so.
  private func lockedInside(_ id: QueryID) -> RowLockMode? {
    var mode: RowLockMode?
    visit(
      id, level: 0,
      operation: { operation, _ in
        switch operation {
        case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
          mode = mode ?? program.queries[Int(query.index)].locks.first?.mode
        default: break
        }
      }, relation: { _ in })
    return mode
  }

  /// Marks the parts of a statement whose new values take numbers from sequences.
  func markDrawnNumbers(_ statement: inout Statement) {
    for index in statement.parts.indices {
      if case .insert = statement.parts[index].body { continue }
      statement.parts[index].drawsNumbers = expressions(of: statement.parts[index]).contains {
        facts(of: code(of: $0)).usesSequence
      }
    }
  }

  private func source(of part: StatementPart) -> QueryID? {
    switch part.body {
    case .query(let query): query
    case .insert(let insert): insert.source
    case .update(let update): update.source
    case .delete(let delete): delete.source
    case .merge(let merge): merge.source
    case .lockTable, .truncate, .alter: nil
    }
  }

  private func expressions(of part: StatementPart) -> [Expression] {
    switch part.body {
    case .query, .lockTable, .truncate, .alter, .delete: []
    case .insert(let insert):
      (insert.onConflict?.assignments?.map(\.value) ?? [])
        + [insert.onConflict?.condition].compactMap { $0 }
    case .update(let update): update.assignments.map(\.value)
    case .merge(let merge): merge.expressions
    }
  }

  /// Settles how a query that calls lock functions meets its ORDER BY, LIMIT and row locks.
  func checkLockCalls(_ id: QueryID, at span: SourceSpan) -> Bool {
    let query = program.queries[Int(id.index)]
    guard case .select(let select) = query.body else { return true }
    func calls(_ expressions: [Expression?]) -> Bool {
      expressions.contains { $0.map { facts(of: code(of: $0)).callsLocks } ?? false }
    }
    if !query.locks.isEmpty, calls(select.outputs) {
      report(
        Diagnostic(
          .unsupportedFunction,
          "a SELECT that locks rows cannot take advisory locks in its outputs",
          at: span, help: "put the call into WHERE, or into a statement of its own"))
      return false
    }
    guard calls([select.filter] + select.outputs) else { return true }
    var isPlain = select.grouping == nil
    if case .no = select.distinct {} else { isPlain = false }
    guard isPlain, query.order.isEmpty || orderByScan(id, select) else { return true }
    let hasLimit = query.limit != nil || query.offset != nil
    program.queries[Int(id.index)].stopsAtLimit = hasLimit && query.locks.isEmpty
    return true
  }

  /// Lets a query read its only table in the order that it asks for, if that is an index's.
  ///
  /// So PostgreSQL does with a table that was never analyzed. In any other order it sorts the rows when the
  /// calls have been made for all of them.
  private func orderByScan(_ id: QueryID, _ select: Select) -> Bool {
    let query = program.queries[Int(id.index)]
    guard select.relations.count == 1, case .table(let table) = select.relations[0].source else {
      return false
    }
    var keys: [Relation.ScanKey] = []
    for key in query.order {
      guard let offset = code(of: key.expression).ownColumn,
        key.areNullsFirst == key.isDescending,
        key.isDescending == query.order[0].isDescending
      else { return false }
      let column = offset - select.relations[0].offset - 1
      keys.append(Relation.ScanKey(column: column, isDescending: key.isDescending))
    }
    let columns = keys.map(\.column)
    guard
      program.schema[table].uniqueIndexes.contains(where: {
        Array($0.columns.prefix(columns.count)) == columns
      })
    else { return false }
    var ordered = select
    ordered.relations[0].scanOrder = keys
    program.queries[Int(id.index)].body = .select(ordered)
    program.queries[Int(id.index)].isInScanOrder = true
    return true
  }
}
