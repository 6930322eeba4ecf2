import Store

extension FunctionSignature {
  /// Whether its result columns are variables of its body: OUT arguments and RETURNS TABLE, not the columns
  /// of a table's type.
  var hasOutputVariables: Bool {
    if case .type = syntax.result { return syntax.arguments.contains { $0.mode != .in } }
    return true
  }
}

/// Functions that return rows: RETURN NEXT, RETURN QUERY, and the end.
extension RoutineCompiler {
  /// The body has come to its end.
  func endRows(_ signature: FunctionSignature) {
    if signature.isSet {
      emit(.finish(nil))
    } else if outputSlots.isEmpty {
      raise(.functionExecutedNoReturn, "control reached end of function without RETURN")
    } else {
      emit(.returnNext(slotList(outputSlots)))
      emit(.finish(nil))
    }
  }

  /// `RETURN` in a function that returns a set, OUT arguments, or a row.
  func compileRowReturn(
    _ value: ExpressionSyntax?, _ signature: FunctionSignature, at place: SourceSpan
  ) {
    span = place
    let takesValue = !signature.isSet && outputSlots.isEmpty
    guard let value, takesValue else {
      if value == nil, !takesValue {
        endRows(signature)
        return
      }
      let kind = signature.isSet ? "a function that returns a set" : "a function with OUT arguments"
      report(
        Diagnostic(
          .invalidReturn,
          value == nil
            ? "`RETURN` needs a row in `\(signature.name)`"
            : "`RETURN` cannot have a value in \(kind)",
          at: value?.span ?? place,
          help: Diagnostic.Help(
            signature.isSet
              ? "use `RETURN NEXT` or `RETURN QUERY`"
              : value == nil ? "return a record" : "assign to the OUT arguments")))
      return
    }
    guard let row = rowSlots(value, signature) else { return }
    emit(.returnNext(slotList(row)))
    emit(.finish(nil))
  }

  /// The slots of a row that is returned: a record's, or NULLs.
  private func rowSlots(_ value: ExpressionSyntax, _ signature: FunctionSignature) -> [UInt16]? {
    let columns = signature.rowColumns
    if case .null = value.kind {
      let slot = newTemporary(.text)
      assign(slot, .null)
      return columns.map { _ in slot }
    }
    if case .column(let name) = value.kind,
      case .record(let fields?)? = variables.find(name.parts.map(\.text))
    {
      if fields.map(\.variable.type.withoutModifiers) == columns.map(\.type.withoutModifiers) {
        return fields.map(\.variable.slot)
      }
      refuseRow(columns, at: value.span)
      return nil
    }
    report(
      Diagnostic(
        .invalidReturn, "`\(signature.name)` returns a row, and this is none", at: value.span,
        help: "return a record that a query has filled"))
    return nil
  }

  private func refuseRow(_ columns: [OutputColumn], at place: SourceSpan) {
    let types = columns.map { $0.type.name(in: builder.program.types) }.joined(separator: ", ")
    report(
      Diagnostic(
        .typeMismatch, "structure of query does not match function result type", at: place,
        caption: "the function returns (\(types))", help: "cast the columns"))
  }

  /// `RETURN NEXT [expression]`.
  func compileReturnNext(_ value: ExpressionSyntax?, at place: SourceSpan) {
    guard let signature, signature.isSet else {
      report(
        Diagnostic(
          .invalidReturn, "`RETURN NEXT` stands in functions that return a set only", at: place,
          help: "write `RETURNS SETOF …`"))
      return
    }
    span = place
    guard outputSlots.isEmpty else {
      guard value == nil else {
        report(
          Diagnostic(
            .invalidReturn, "`RETURN NEXT` cannot have a value where the columns have names",
            at: place, help: "assign to the columns, and write `RETURN NEXT;`"))
        return
      }
      emit(.returnNext(slotList(outputSlots)))
      return
    }
    guard let value else {
      report(
        Diagnostic(
          .invalidReturn, "`RETURN NEXT` needs a value here", at: place,
          help: "write `RETURN NEXT value`"))
      return
    }
    guard signature.outputs.isEmpty else {
      if let row = rowSlots(value, signature) { emit(.returnNext(slotList(row))) }
      return
    }
    guard let result = self.value(of: value, as: signature.returnType) else { return }
    let slot = newTemporary(signature.returnType)
    emit(.assign(slot: slot, result.expression))
    emit(.returnNext(slotList([slot])))
  }

  /// `RETURN QUERY query`.
  func compileReturnQuery(_ source: QuerySourceSyntax, at place: SourceSpan) {
    guard let signature, signature.isSet else {
      report(
        Diagnostic(
          .invalidReturn, "`RETURN QUERY` stands in functions that return a set only", at: place,
          help: "write `RETURNS SETOF …`"))
      return
    }
    let statement = withStatement(of: source) { builder.statement($0, in: scope) }
    guard let compiled = statement ?? nil else { return }
    let columns = signature.rowColumns
    guard
      compiled.columns.map(\.type.withoutModifiers) == columns.map(\.type.withoutModifiers)
    else {
      refuseRow(columns, at: source.span)
      return
    }
    span = place
    emit(compiled, into: .result)
  }

  /// The last statement of a LANGUAGE sql function that returns rows.
  func compileRowResult(_ statement: StatementSyntax, _ signature: FunctionSignature) {
    guard let compiled = builder.statement(statement, in: scope) else { return }
    let columns = signature.rowColumns
    guard compiled.columns.count == columns.count,
      builder.castResult(of: compiled, to: columns.map(\.type), at: statement.span)
    else {
      if compiled.columns.count != columns.count { refuseRow(columns, at: statement.span) }
      return
    }
    if signature.isSet {
      emit(compiled, into: .result)
    } else {
      let slots = columns.map { newTemporary($0.type) }
      emit(compiled, into: .slots(slotList(slots), isStrict: false))
      emit(.returnNext(slotList(slots)))
    }
    emit(.finish(nil))
  }
}

extension ProgramBuilder {
  /// Casts a statement's rows to the types that a function returns.
  func castResult(of compiled: CompiledStatement, to types: [DataType], at span: SourceSpan) -> Bool
  {
    let statement = program.statements[Int(compiled.index)]
    if case .query(let id)? = statement.parts.last?.body {
      let query = CompiledQuery(id: id, columns: compiled.columns)
      guard let cast = cast(query, to: types, .assignment, at: span) else { return false }
      program.statements[Int(compiled.index)].parts[statement.parts.count - 1].columns =
        cast.columns
      return true
    }
    let isSame = zip(compiled.columns, types).allSatisfy {
      $0.type.withoutModifiers == $1.withoutModifiers
    }
    if !isSame {
      report(
        Diagnostic(
          .typeMismatch, "RETURNING gives other types than the function", at: span,
          help: "cast the columns"))
    }
    return isSame
  }
}
