import Store

// Rows as values: `ROW(a, b)`, a row of FROM, a record.
extension ProgramBuilder {
  /// `ROW(…)`, whose items may be `t.*`.
  func row(_ items: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope) -> Typed? {
    var fields: [ExpressionSyntax] = []
    for item in items {
      guard case .star(let name?) = item.kind else {
        fields.append(item)
        continue
      }
      guard let listed = fieldNames(of: name, scope) else {
        reportNoRow(name)
        return nil
      }
      fields += listed.map { Self.field($0, of: name) }
    }
    return row(ofFields: fields, at: span, scope)
  }

  /// A whole row by its name; `nil` if the name is none's.
  ///
  /// Of two things with the name the one in FROM is meant.
  func wholeRow(_ name: QualifiedNameSyntax, _ scope: Scope) -> Typed?? {
    guard let names = fieldNames(of: name, scope) else { return nil }
    let fields = names.map { Self.field($0, of: name) }
    guard let row = row(ofFields: fields, at: name.span, scope) else { return .some(nil) }
    if let identity = identity(of: name, scope) {
      return .some(null(unless: Typed(identity, .bigint, at: name.span), .isNotNull, row))
    }
    return .some(record(row, name, fields, scope))
  }

  /// A call that makes documents, with a row as an object of its fields, and with what `jsonb_agg` and
  /// `jsonb_object_agg` collect as documents; `nil` after a report.
  func makingDocuments(_ call: FunctionCallSyntax, _ scope: Scope) -> FunctionCallSyntax? {
    let aggregates = ["jsonb_agg", "jsonb_object_agg"]
    let name = call.name.last.text
    guard aggregates.contains(name) || name == "to_jsonb",
      let value = call.arguments.last?.value, !functions.contains(where: { $0.name == name })
    else { return call }
    var result = call
    let last = call.arguments.count - 1
    if case .column(let row) = value.kind, findColumn(row, scope) == nil,
      let fields = fieldNames(of: row, scope)
    {
      if let (item, level, _) = visibleItem(row, scope), let relation = item.relation,
        level.details[relation].isNullable
      {
        report(
          Diagnostic(
            .unsupportedExpression,
            "a row that an outer join may not find, as a document, is not simulated",
            at: value.span, help: "write `jsonb_build_object(…)`"))
        return nil
      }
      let items = fields.flatMap { field in
        [ExpressionSyntax(.string(field), at: value.span), Self.field(field, of: row)]
      }
      result.arguments[last].value = .call("jsonb_build_object", items, at: value.span)
      if name == "to_jsonb" {
        result.name = QualifiedNameSyntax([NameSyntax("jsonb_build_object", at: call.name.span)])
        result.arguments = items.map { FunctionCallSyntax.Argument(value: $0) }
      }
    } else if aggregates.contains(name) {
      result.arguments[last].value = .call("to_jsonb", [value], at: value.span)
    }
    if name == "jsonb_object_agg", let key = call.arguments.first?.value {
      let text = TypeNameSyntax(
        kind: .named(QualifiedNameSyntax([NameSyntax("text", at: key.span)])), span: key.span)
      result.arguments[0].value = ExpressionSyntax(.cast(key, text), at: key.span)
    }
    return result
  }

  /// `(expression).field`, of rows that have a name.
  func field(
    _ operand: ExpressionSyntax, _ field: NameSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    if case .column(let name) = operand.kind, fieldNames(of: name, scope) != nil {
      return resolve(QualifiedNameSyntax(name.parts + [field]), scope)
    }
    report(
      Diagnostic(
        .unsupportedExpression, "fields of a composite value are not simulated", at: span,
        help: "name a column of a table, or a record's field"))
    return nil
  }

  /// `t.*` where one value is wanted: the row.
  func starRow(_ name: QualifiedNameSyntax, _ scope: Scope) -> Typed? {
    if let row = wholeRow(name, scope) { return row }
    reportNoRow(name)
    return nil
  }

  private func reportNoRow(_ name: QualifiedNameSyntax) {
    report(
      Diagnostic(
        .unknownTable, "there is no row `\(name.text)` here", at: name.span,
        help: "name a table of FROM, or a record"))
  }

  private static func field(_ field: String, of row: QualifiedNameSyntax) -> ExpressionSyntax {
    let parts = row.parts + [NameSyntax(field, at: row.span, isQuoted: true)]
    return ExpressionSyntax(.column(QualifiedNameSyntax(parts)), at: row.span)
  }

  /// The names of the fields of a row of FROM, or of a record.
  private func fieldNames(of name: QualifiedNameSyntax, _ scope: Scope) -> [String]? {
    if let item = visibleItem(name, scope)?.item { return item.columns.map(\.name) }
    guard case .record(let fields?)? = scope.variables?.find(name.parts.map(\.text)) else {
      return nil
    }
    return fields.map(\.name)
  }

  private func visibleItem(
    _ name: QualifiedNameSyntax, _ scope: Scope
  ) -> (item: NamespaceItem, level: QueryLevel, depth: Int)? {
    for (index, reference) in scope.levels.enumerated().reversed() where reference.isVisible {
      if let item = item(named: name.parts[...], in: reference.level) {
        return (item, reference.level, scope.levels.count - 1 - index)
      }
    }
    return nil
  }

  /// Code for the word that is NULL where an outer join has found no row.
  private func identity(of name: QualifiedNameSyntax, _ scope: Scope) -> Code? {
    guard let (item, level, depth) = visibleItem(name, scope), let relation = item.relation else {
      return nil
    }
    let offset = level.relations[relation].offset
    return Code(
      .column(depth: UInt8(clamping: depth), offset: UInt16(clamping: offset)), at: name.span)
  }

  private func row(
    ofFields fields: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var code = Code()
    var types: [DataType] = []
    for field in fields {
      guard let typed = resolve(field, scope) else { return nil }
      let value = resolvingUnknown(typed)
      code.append(value.code)
      types.append(value.type)
    }
    let number = program.rowTypes.firstIndex(of: types) ?? program.rowTypes.count
    if number == program.rowTypes.count { program.rowTypes.append(types) }
    code.append(.row(UInt16(clamping: number)), at: span)
    return Typed(code, .record, at: span)
  }

  /// The row, or NULL unless a test of a value is true.
  private func null(unless value: Typed, _ test: Operation?, _ row: Typed) -> Typed {
    let span = row.span
    var code = value.code
    if let test { code.append(test, at: span) }
    let skip = code.appendJump(.jumpUnlessTrue(0), at: span)
    code.append(row.code)
    let end = code.appendJump(.jump(0), at: span)
    code.land(skip)
    code.append(.constant(.null), at: span)
    code.land(end)
    return Typed(code, .record, at: span)
  }

  /// A record of PL/pgSQL.
  ///
  /// OLD is NULL in a trigger on INSERT, NEW in one on DELETE; of others it is not known whether they are NULL
  /// or have a row of NULLs.
  private func record(
    _ row: Typed, _ name: QualifiedNameSyntax, _ fields: [ExpressionSyntax], _ scope: Scope
  ) -> Typed {
    let span = row.span
    if name.parts.count == 1, ["old", "new"].contains(name.last.text),
      case .variable(let operation)? = scope.variables?.find(["tg_op"]),
      case .variable(let level)? = scope.variables?.find(["tg_level"])
    {
      let absent = name.last.text == "old" ? "INSERT" : "DELETE"
      var code = Code(.slot(operation.slot), at: span)
      code.append(.constant(Value(text: absent)), at: span)
      code.append(.isDistinct, at: span)
      code.append(.slot(level.slot), at: span)
      code.append(.constant(Value(text: "STATEMENT")), at: span)
      code.append(.isDistinct, at: span)
      code.append(.and, at: span)
      return null(unless: Typed(code, .boolean, at: span), nil, row)
    }
    var code = Code()
    for (index, field) in fields.enumerated() {
      guard let typed = resolve(field, scope) else { return row }
      code.append(typed.code)
      code.append(.isNotNull, at: span)
      if index > 0 { code.append(.or, at: span) }
    }
    guard !fields.isEmpty else { return row }
    let skip = code.appendJump(.jumpUnlessTrue(0), at: span)
    code.append(row.code)
    let end = code.appendJump(.jump(0), at: span)
    code.land(skip)
    let reason = "a record without values, of which it is not known whether it is NULL"
    code.append(.refused(Value(text: reason)), at: span)
    code.land(end)
    return Typed(code, .record, at: span)
  }
}
