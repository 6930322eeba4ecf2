import Store

/// The variables that a row goes to: `INTO a, b`, `INTO record`, `FOR r IN …`.
struct RowTargets {
  /// A column's value that has to be cast or checked on its way into a variable.
  struct Move {
    var source: UInt16
    var type: DataType
    var target: VariableScope.Variable
    var span: SourceSpan
  }

  /// For each column of the row, the slot that receives it.
  var received: [UInt16] = []
  var moves: [Move] = []
  /// Variables that the row has no column for.
  var missing: [VariableScope.Variable] = []
  /// All variables that are set.
  var targets: [VariableScope.Variable] = []
}

extension RoutineCompiler {
  /// Finds the variables that a row of these columns goes to; `nil` after a mistake.
  ///
  /// A single record takes all columns; it gets their shape if it has none. Several targets are
  /// variables, each for one column; what is too much is dropped, what is missing is NULL.
  func rowTargets(
    _ names: [QualifiedNameSyntax], columns: [OutputColumn], isLoop: Bool = false
  ) -> RowTargets? {
    guard let first = names.first else { return nil }
    if names.count == 1 {
      switch variables.find(first.parts.map(\.text)) {
      case .record(let fields):
        return recordTargets(first, fields: fields, columns: columns)
      case nil where isLoop && isWriter && first.parts.count == 1:
        guard let fields = variables.declareRecord(first.text, columns: columns) else {
          return nil
        }
        return targets(fields.map { ($0.variable, first.span) }, columns: columns)
      case .variable, .missingField, nil: break
      }
    }
    var targets: [(VariableScope.Variable, SourceSpan)] = []
    for name in names {
      guard let variable = assignable(name, suggesting: columns[safe: targets.count]?.type) else {
        return nil
      }
      targets.append((variable, name.span))
    }
    if targets.count != columns.count { warnOfCount(names, columns) }
    return self.targets(targets, columns: columns)
  }

  private func recordTargets(
    _ name: QualifiedNameSyntax, fields: [VariableScope.Field]?, columns: [OutputColumn]
  ) -> RowTargets? {
    if let fields, let first = fields.first {
      if rowVariables.contains(first.variable.slot) {
        return targets(fields.map { ($0.variable, name.span) }, columns: columns)
      }
      let isSame =
        fields.map(\.name) == columns.map(\.name)
        && fields.map(\.variable.type) == columns.map(\.type)
      if !isSame {
        report(
          Diagnostic(
            .unsupportedClause, "record `\(name.text)` is filled with two different shapes",
            at: name.span, caption: "was \(shape(fields)), now \(shape(columns))",
            help: "use one record for each query"))
        return nil
      }
    }
    guard let fields = variables.shapeRecord(name.last.text, columns: columns) else { return nil }
    shapedRecord(name.last.text, fields)
    return targets(fields.map { ($0.variable, name.span) }, columns: columns)
  }

  private func shape(_ fields: [VariableScope.Field]) -> String {
    shape(fields.map { OutputColumn(name: $0.name, type: $0.variable.type) })
  }

  private func shape(_ columns: [OutputColumn]) -> String {
    let types = builder.program.types
    let list = columns.map { "\($0.name) \($0.type.name(in: types))" }
    return "(" + list.joined(separator: ", ") + ")"
  }

  /// Gives every column a slot.
  private func targets(
    _ variables: [(VariableScope.Variable, SourceSpan)], columns: [OutputColumn]
  ) -> RowTargets {
    var row = RowTargets()
    row.targets = variables.map(\.0)
    for (index, column) in columns.enumerated() {
      guard let (variable, span) = variables[safe: index] else {
        row.received.append(newTemporary(column.type))
        continue
      }
      let isRepeated = row.received.contains(variable.slot)
      if variable.type == column.type, notNullVariables[variable.slot] == nil, !isRepeated {
        row.received.append(variable.slot)
      } else {
        let source = newTemporary(column.type)
        row.received.append(source)
        row.moves.append(
          RowTargets.Move(source: source, type: column.type, target: variable, span: span))
      }
    }
    row.missing = variables.dropFirst(columns.count).map(\.0)
    return row
  }

  private func warnOfCount(_ names: [QualifiedNameSyntax], _ columns: [OutputColumn]) {
    guard let first = names.first, let last = names.last else { return }
    var diagnostic = Diagnostic(
      .columnCountMismatch,
      "the row has \(columns.count) column\(columns.count == 1 ? "" : "s") and goes to "
        + "\(names.count) variable\(names.count == 1 ? "" : "s")",
      at: first.span.through(last.span),
      help: columns.count > names.count
        ? "the columns that are left over are dropped"
        : "the variables that are left over become NULL")
    diagnostic.severity = .warning
    report(diagnostic)
  }

  /// Emits what is left to do once the row has been received.
  func storeRow(_ row: RowTargets) {
    for move in row.moves {
      store(typed(move.source, move.type), in: move.target, at: move.span)
    }
    for variable in row.missing { store(.null, in: variable) }
  }

  // MARK: Single variables

  /// Assigns a value to a variable: casts it, and refuses NULL where the declaration says so.
  func store(_ value: TypedExpression, in variable: VariableScope.Variable, at span: SourceSpan) {
    guard let cast = castForVariable(value, to: variable.type, at: span) else { return }
    guard let name = notNullVariables[variable.slot], !isNeverNull(cast.expression) else {
      emit(.assign(slot: variable.slot, cast.expression))
      return
    }
    let checked = newTemporary(variable.type)
    emit(.assign(slot: checked, cast.expression))
    raiseIfNull(
      checked, .nullValueNotAllowed,
      "null value cannot be assigned to variable \"\(name)\" declared NOT NULL")
    copy(checked, to: variable.slot)
  }

  /// Assigns a constant to a variable of its type.
  func store(_ value: Value, in variable: VariableScope.Variable) {
    store(
      TypedExpression(expression: constant(value), type: variable.type, facts: Facts()),
      in: variable, at: span)
  }

  /// The variable that a statement assigns to; reports what is wrong with it.
  ///
  /// The type is the one that an undeclared variable should have had.
  func assignable(
    _ name: QualifiedNameSyntax, suggesting type: DataType? = nil
  ) -> VariableScope.Variable? {
    switch variables.find(name.parts.map(\.text)) {
    case .variable(let variable):
      guard variable.isConstant else { return variable }
      report(
        Diagnostic(
          .notAssignable, "`\(name.text)` is declared CONSTANT", at: name.span,
          help: "drop `CONSTANT` from its declaration"))
      return nil
    case .record:
      report(
        Diagnostic(
          .notAssignable, "`\(name.text)` is a record; it cannot be one of several targets",
          at: name.span, help: "name a field of it, as in `\(name.text).id`"))
      return nil
    case .missingField(let record, let field, let fields):
      reportMissingField(record, field, fields, at: name)
      return nil
    case nil:
      reportUnknownVariable(name, suggesting: type)
      return nil
    }
  }

  private func reportMissingField(
    _ record: String, _ field: String, _ fields: [VariableScope.Field]?,
    at name: QualifiedNameSyntax
  ) {
    guard let fields else {
      report(
        Diagnostic(
          .unknownVariable, "record `\(record)` has no shape yet", at: name.span,
          help: "fill it first, with `SELECT … INTO \(record)`"))
      return
    }
    report(
      .misspelt(
        .unknownVariable, "record `\(record)` has no field `\(field)`", at: name.last.span,
        name: field, among: fields.map(\.name)))
  }

  private func reportUnknownVariable(_ name: QualifiedNameSyntax, suggesting type: DataType?) {
    var diagnostic = Diagnostic.misspelt(
      .unknownVariable, "there is no variable `\(name.text)`", at: name.span,
      name: name.text, among: variables.visibleNames)
    if diagnostic.help == nil {
      let typeName = (type ?? .text).name(in: builder.program.types)
      diagnostic.help = Diagnostic.Help(
        "declare it before, with `DECLARE \(name.last.text) \(typeName);`")
    }
    report(diagnostic)
  }
}

extension Array {
  /// The element at a position, if there is one.
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
