import Store

/// DECLARE: variables, constants, records, aliases.
extension RoutineCompiler {
  /// A RECORD variable and where its block begins: there it has no value yet.
  struct RecordEntry {
    var name: NameSyntax
    var entry: Label
    var fields: [VariableScope.Field] = []
    var isOpen = true
  }

  /// Declares variables in the innermost block and sets them to their defaults, in order.
  func declare(_ declarations: [DeclarationSyntax]) {
    for declaration in declarations {
      span = declaration.span
      withTemporaries { declare(declaration) }
    }
  }

  func declare(_ declaration: DeclarationSyntax) {
    let name = declaration.name
    if variables.isDeclaredHere(name.text) {
      report(
        Diagnostic(
          .duplicateName, "variable `\(name.text)` is declared twice in this block",
          at: name.span, help: "give it another name"))
      return
    }
    switch declaration.kind {
    case .alias(let original): declareAlias(name, of: original)
    case .record: declareRecord(declaration)
    case .cursor(let definition): declareCursor(declaration.name, definition)
    case .type(let syntax):
      if case .rowOf(let table) = syntax.kind {
        declareRow(declaration, of: table)
      } else if case .named(let type) = syntax.kind, syntax.arrayDimensions == 0,
        type.parts.count == 1, type.text == "record"
      {
        declareRecord(declaration)
      } else if case .named(let type) = syntax.kind, syntax.arrayDimensions == 0,
        builder.program.schema.table(named: type.last.text) != nil
      {
        declareRow(declaration, of: type)
      } else {
        declareScalar(declaration, type: syntax)
      }
    }
  }

  private func declareScalar(_ declaration: DeclarationSyntax, type syntax: TypeNameSyntax) {
    let name = declaration.name
    guard let type = builder.dataType(syntax, in: scope) else {
      // Known all the same, so that its uses are not mistakes too.
      variables.declare(name.text, type: .unknown)
      return
    }
    if declaration.isNotNull, declaration.value == nil {
      report(
        Diagnostic(
          .invalidDefinition, "variable `\(name.text)` is NOT NULL but has no default",
          at: name.span, help: "add `:= value`"))
    }
    // The default does not see the variable itself.
    let initial = declaration.value.map { value(of: $0, as: type) }
    let variable = variables.declare(
      name.text, type: type, isConstant: declaration.isConstant)
    span = declaration.span
    if declaration.isNotNull { notNullVariables[variable.slot] = name.text }
    switch initial {
    case .none:
      // A missing default has been reported; NULL needs no check then.
      assign(variable.slot, .null)
    case .some(let value):
      if let value { store(value, in: variable, at: declaration.span) }
    }
  }

  private func declareRow(_ declaration: DeclarationSyntax, of table: QualifiedNameSyntax) {
    guard let columns = builder.rowType(table) else {
      variables.declareRecord(declaration.name.text, columns: nil)
      return
    }
    refuseRecordOptions(declaration)
    guard let fields = variables.declareRecord(declaration.name.text, columns: columns) else {
      return
    }
    if let first = fields.first { rowVariables.insert(first.variable.slot) }
    for field in fields { assign(field.variable.slot, .null) }
  }

  private func declareRecord(_ declaration: DeclarationSyntax) {
    refuseRecordOptions(declaration)
    variables.declareRecord(declaration.name.text, columns: nil)
    recordEntries.append(RecordEntry(name: declaration.name, entry: labelHere()))
  }

  private func refuseRecordOptions(_ declaration: DeclarationSyntax) {
    guard declaration.value != nil || declaration.isNotNull || declaration.isConstant else {
      return
    }
    report(
      Diagnostic(
        .unsupportedClause,
        "record `\(declaration.name.text)` cannot have a default or be CONSTANT or NOT NULL here",
        at: declaration.span, help: "fill it with `SELECT … INTO \(declaration.name.text)`"))
  }

  private func declareAlias(_ name: NameSyntax, of original: QualifiedNameSyntax) {
    switch variables.find(original.parts.map(\.text)) {
    case .variable(let variable): variables.declare(name.text, as: .variable(variable))
    case .record(let fields?): variables.declare(name.text, as: .record(fields))
    case .record(nil), .missingField, nil:
      if let position = Self.positionalNumber(original),
        position <= variables.positional.count
      {
        variables.declare(name.text, as: .variable(variables.positional[position - 1]))
        return
      }
      report(
        .misspelt(
          .unknownVariable, "there is no variable `\(original.text)`", at: original.span,
          name: original.text, among: variables.visibleNames))
    }
  }

  /// The number of `$1`, as in `ALIAS FOR $1`.
  private static func positionalNumber(_ name: QualifiedNameSyntax) -> Int? {
    guard name.parts.count == 1, name.text.hasPrefix("$") else { return nil }
    guard let number = Int(name.text.dropFirst()), number > 0 else { return nil }
    return number
  }

  // MARK: Records that may be read before they are filled

  /// Remembers the fields that a RECORD variable has got.
  func shapedRecord(_ name: String, _ fields: [VariableScope.Field]) {
    guard let index = recordEntries.lastIndex(where: { $0.isOpen && $0.name.text == name }) else {
      return
    }
    recordEntries[index].fields = fields
  }

  /// Warns of RECORD variables that the routine may read before it fills them: PostgreSQL fails
  /// then, while here their fields are NULL.
  func warnOfUnfilledRecords(_ routine: Routine) {
    for record in recordEntries {
      guard let position = position(of: record.entry) else { continue }
      let isLive = record.fields.contains { routine.isLive($0.variable.slot, at: position) }
      guard isLive else { continue }
      var diagnostic = Diagnostic(
        .invalidReference, "record `\(record.name.text)` may be read before it is filled",
        at: record.name.span,
        help: "PostgreSQL would fail there with 55000; here its fields are NULL")
      diagnostic.severity = .warning
      report(diagnostic)
    }
  }
}
