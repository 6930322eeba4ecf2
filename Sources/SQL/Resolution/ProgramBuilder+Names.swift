import Store

// What a name means: tables, columns, variables, parameters.
extension ProgramBuilder {
  // MARK: Tables

  /// The table of that name; reports where there is none.
  func table(named name: QualifiedNameSyntax) -> TableID? {
    guard checkSchema(of: name) else { return nil }
    if let table = program.schema.table(named: name.last.text) {
      return checkOnly(name, table) ? table : nil
    }
    if views[name.last.text] != nil {
      report(Diagnostic(.unknownTable, "`\(name.last.text)` is a view", at: name.span))
      return nil
    }
    report(
      .misspelt(
        .unknownTable, "no table `\(name.last.text)`", at: name.last.span, name: name.last.text,
        among: program.schema.tables.map(\.name) + views.keys.sorted()))
    return nil
  }

  /// ONLY makes a difference where a table has the rows of others.
  func checkOnly(_ name: QualifiedNameSyntax, _ table: TableID) -> Bool {
    guard name.isOnly, !program.schema[table].family.isEmpty else { return true }
    report(
      Diagnostic(
        .unsupportedClause, "`ONLY` is not simulated where tables inherit from `\(name.text)`",
        at: name.span, help: "leave it out, or name a table without children"))
    return false
  }

  /// Whether the schema before a name is `public`, or none; reports others.
  func checkSchema(of name: QualifiedNameSyntax) -> Bool {
    guard let schema = name.qualifiers.last else { return true }
    if name.parts.count == 2, ["public", "pg_catalog"].contains(schema.text) { return true }
    report(
      Diagnostic(
        .unknownTable, "no schema `\(schema.text)`", at: schema.span,
        help: "a scenario has one schema, `public`; leave the name before the dot out"))
    return false
  }

  /// The position of a table's column; reports where there is none.
  func column(_ name: NameSyntax, of table: TableID) -> Int? {
    let columns = program.schema[table].columns
    if let position = columns.firstIndex(where: { $0.name == name.text }) { return position }
    report(
      unknownColumn(
        name, in: program.schema[table].name, columns: columns.map(\.name),
        definition: tableSpans[table]))
    return nil
  }

  private static let systemColumns: Set<String> = [
    "xmin", "xmax", "cmin", "cmax", "ctid", "tableoid",
  ]

  func unknownColumn(
    _ name: NameSyntax, in relation: String, columns: [String], definition: SourceSpan?
  ) -> Diagnostic {
    if Self.systemColumns.contains(name.text) {
      return Diagnostic(
        .unsupportedExpression, "the system column `\(name.text)` is not simulated", at: name.span,
        help: "keep what you need in a column of your own")
    }
    var diagnostic = Diagnostic.misspelt(
      .unknownColumn, "no column `\(name.text)` in `\(relation)`", at: name.span,
      name: name.text, among: columns, caption: "not a column")
    if let definition, definition.file == name.span.file {
      let list = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", …" : "")
      diagnostic.labels = [.init("`\(relation)` has the columns \(list)", at: definition)]
    }
    return diagnostic
  }

  // MARK: Columns and variables

  /// What a name in an expression was found to be.
  enum Resolved {
    case column(NamespaceItem.Column, depth: Int)
    case ambiguous
  }

  /// A name in an expression: a column, a variable, or a field of one.
  func resolve(_ name: QualifiedNameSyntax, _ scope: Scope) -> Typed? {
    let span = name.span
    let found = findColumn(name, scope)
    if case .ambiguous? = found {
      report(
        Diagnostic(
          .ambiguousName, "column reference `\(name.text)` is ambiguous", at: span,
          help: "write the table's name before it"))
      return nil
    }
    let variable = scope.variables?.find(name.parts.map(\.text))
    switch (found, variable) {
    case (.column(let column, let depth)?, let variable):
      if isVariable(variable), scope.variables?.columnsWin == false {
        report(
          Diagnostic(
            .ambiguousName, "column reference `\(name.text)` is ambiguous", at: span,
            caption: "could be a variable or a column",
            help: "write the table's name before it, or rename the variable"))
        return nil
      }
      return Typed(code(for: column.source, depth: depth, at: span), column.type, at: span)
    case (_, .variable(let variable)?):
      noteUse(of: variable.slot, at: span)
      return Typed(.slot(variable.slot), variable.type, at: span)
    case (_, .record(let fields?)?) where !fields.isEmpty:
      return wholeRow(name, scope) ?? nil
    case (_, .record?):
      report(
        Diagnostic(
          .unsupportedExpression, "the record `\(name.text)` has no fields yet", at: span,
          help: "fill it before"))
      return nil
    case (_, .missingField(let record, let field, let fields)?):
      reportMissingField(record, field, fields, name)
      return nil
    default:
      if let row = wholeRow(name, scope) { return row }
      if allowsSystemColumns, let place = place(name, scope) { return place }
      if allowsSystemColumns, Self.systemColumns.contains(name.last.text) {
        let reason = "the system column `\(name.last.text)` has no value here"
        return Typed(.refused(Value(text: reason)), .bigint, at: span)
      }
      reportUnknown(name, scope)
      return nil
    }
  }

  private func isVariable(_ found: VariableScope.Found?) -> Bool {
    switch found {
    case .variable?, .record?: true
    case .missingField?, nil: false
    }
  }

  private func reportMissingField(
    _ record: String, _ field: String, _ fields: [VariableScope.Field]?, _ name: QualifiedNameSyntax
  ) {
    guard let fields else {
      report(
        Diagnostic(
          .unknownVariable, "record `\(record)` is not assigned yet", at: name.span,
          help: "fill it before, with `SELECT … INTO \(record)` or `FOR \(record) IN …`"))
      return
    }
    report(
      .misspelt(
        .unknownColumn, "record `\(record)` has no field `\(field)`", at: name.last.span,
        name: field, among: fields.map(\.name)))
  }

  /// Looks for a column in the queries around the place, the innermost first.
  func findColumn(_ name: QualifiedNameSyntax, _ scope: Scope) -> Resolved? {
    for (index, reference) in scope.levels.enumerated().reversed() where reference.isVisible {
      let depth = scope.levels.count - 1 - index
      if name.parts.count == 1 {
        let matches = reference.level.namespace.flatMap { item in
          item.bareColumns.filter { $0.name == name.last.text }
        }
        if matches.count > 1 { return .ambiguous }
        if let match = matches.first { return .column(match, depth: depth) }
      } else if let item = item(named: name.qualifiers, in: reference.level) {
        let matches = item.columns.filter { $0.name == name.last.text }
        if matches.count > 1 { return .ambiguous }
        return matches.first.map { .column($0, depth: depth) }
      }
    }
    return nil
  }

  /// The item of FROM that stands before a dot.
  func item(named parts: ArraySlice<NameSyntax>, in level: QueryLevel) -> NamespaceItem? {
    guard let last = parts.last, parts.count <= 2 else { return nil }
    if parts.count == 2, parts.first?.text != "public" { return nil }
    return level.namespace.first { $0.alias == last.text }
  }

  /// Code that pushes a column's value.
  func code(for source: NamespaceItem.Source, depth: Int, at span: SourceSpan) -> Code {
    switch source {
    case .offset(let offset):
      return Code(
        .column(depth: UInt8(clamping: depth), offset: UInt16(clamping: offset)), at: span)
    case .constant(let value): return Code(.constant(value), at: span)
    case .merged(let left, let right):
      var code = self.code(for: left, depth: depth, at: span)
      let jump = code.appendJump(.jumpIfNotNullKeeping(0), at: span)
      code.append(.pop, at: span)
      code.append(self.code(for: right, depth: depth, at: span))
      code.land(jump)
      return code
    case .cast(let inner, let from, let to):
      let typed = Typed(self.code(for: inner, depth: depth, at: span), from, at: span)
      return converted(typed, to: to, .implicit)?.code ?? typed.code
    }
  }

  // MARK: Names that mean nothing

  private func reportUnknown(_ name: QualifiedNameSyntax, _ scope: Scope) {
    if name.parts.count > 1 {
      reportUnknownQualified(name, scope)
      return
    }
    let text = name.last.text
    let visible = scope.levels.filter(\.isVisible).reversed().flatMap(\.level.namespace)
    if let relations = scope.levels.last(where: \.isVisible)?.level.namespace
      .filter({ $0.alias != nil }), relations.count == 1, let only = relations.first,
      scope.variables == nil || scope.variables?.visibleNames.count == 1
    {
      report(
        unknownColumn(
          name.last, in: only.alias ?? "", columns: only.columns.map(\.name),
          definition: only.definition))
      return
    }
    let candidates =
      visible.flatMap { $0.bareColumns.map(\.name) } + (scope.variables?.visibleNames ?? [])
    let isColumn = !visible.isEmpty
    let what = isColumn ? scope.variables == nil ? "column" : "column or variable" : "variable"
    var diagnostic = Diagnostic.misspelt(
      isColumn ? .unknownColumn : .unknownVariable, "no \(what) `\(text)`", at: name.span,
      name: text, among: candidates)
    if isHidden(name, scope) {
      diagnostic.notes = [
        "a table of this query has a column `\(text)`, but it cannot be named in this part"
      ]
    }
    report(diagnostic)
  }

  private func isHidden(_ name: QualifiedNameSyntax, _ scope: Scope) -> Bool {
    var unveiled = scope
    for index in unveiled.levels.indices { unveiled.levels[index].isVisible = true }
    return findColumn(name, unveiled) != nil
  }

  private func reportUnknownQualified(_ name: QualifiedNameSyntax, _ scope: Scope) {
    let visible = scope.levels.filter(\.isVisible).reversed()
    for reference in visible {
      guard let item = item(named: name.qualifiers, in: reference.level) else { continue }
      report(
        unknownColumn(
          name.last, in: item.alias ?? "", columns: item.columns.map(\.name),
          definition: item.definition))
      return
    }
    guard let qualifier = name.qualifiers.last else { return }
    let aliases = visible.flatMap { $0.level.namespace.compactMap(\.alias) }
    var diagnostic = Diagnostic.misspelt(
      .unknownTable, "no table `\(qualifier.text)` in this query's FROM", at: qualifier.span,
      name: qualifier.text, among: aliases + (scope.variables?.visibleNames ?? []))
    if isHidden(name, scope) {
      diagnostic.notes = ["`\(qualifier.text)` cannot be named in this part of the query"]
    } else if let table = program.schema.table(named: qualifier.text) {
      let alias = visible.flatMap(\.level.namespace).first { item in
        item.relation.map { index in
          visible.contains { reference in
            reference.level.relations.indices.contains(index)
              && reference.level.details[index].kind == .table(table)
              && reference.level.relations[index].alias == item.alias
          }
        } ?? false
      }
      if let alias = alias?.alias {
        diagnostic.help = Diagnostic.Help(
          "the table has the alias `\(alias)` here",
          replacement: Diagnostic.Replacement(alias, at: qualifier.span))
      }
    }
    report(diagnostic)
  }

  // MARK: Parameters

  /// `:name`.
  func parameter(_ name: NameSyntax, _ scope: Scope) -> Typed? {
    if let variable = scope.variables?.parameters[name.text] {
      return Typed(.slot(variable.slot), variable.type, at: name.span)
    }
    if let parameter = parameters[name.text] {
      usedParameters.insert(name.text)
      return .constant(parameter.value, parameter.type, at: name.span)
    }
    var diagnostic = Diagnostic.misspelt(
      .unknownParameter, "no parameter `\(name.text)`", at: name.span, name: name.text,
      among: parameters.keys.sorted() + (scope.variables?.parameters.keys.sorted() ?? []))
    if let meant = diagnostic.help?.replacement?.text {
      // The span is that of the name, with or without its colon.
      let text = program.sources.text(of: name.span).hasPrefix(":") ? ":\(meant)" : meant
      diagnostic.help = Diagnostic.Help(
        "did you mean `:\(meant)`?",
        replacement: Diagnostic.Replacement(text, at: name.span))
    }
    diagnostic.help =
      diagnostic.help
      ?? Diagnostic.Help("declare it outside the blocks: `param \(name.text) integer = …`")
    report(diagnostic)
    return nil
  }

  /// `$1`.
  func positional(_ number: Int, at span: SourceSpan, _ scope: Scope) -> Typed? {
    if let positional = scope.variables?.positional, positional.indices.contains(number - 1) {
      let variable = positional[number - 1]
      noteUse(of: variable.slot, at: span)
      return Typed(.slot(variable.slot), variable.type, at: span)
    }
    report(Diagnostic(.unknownParameter, "no parameter `$\(number)`", at: span))
    return nil
  }
}
