import Store

// DROP in steps of isolation specs, and what ALTER TABLE does in steps and setups alone.
extension ProgramBuilder {
  func apply(
    _ syntax: DropSyntax, at span: SourceSpan
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "DROP \(syntax.kind.rawValue.uppercased())")
    switch syntax.kind {
    case .table: try dropTables(syntax, &result, at: span)
    case .index: for name in syntax.names { try dropIndex(name.last, syntax, &result) }
    case .view: for name in syntax.names { try dropView(name.last, syntax, &result) }
    case .sequence: for name in syntax.names { try dropSequence(name.last, syntax, &result) }
    case .function, .procedure:
      for (position, name) in syntax.names.enumerated() {
        try dropFunction(name.last, position, syntax, &result)
      }
    case .trigger, .type, .schema, .materializedView:
      throw .refused(
        Diagnostic(
          .unsupportedStatement,
          "DROP \(syntax.kind.rawValue.uppercased()) in a step is not simulated", at: span,
          help: "leave it out"))
    }
    return result
  }

  /// What is to be dropped is not there: a notice with IF EXISTS.
  private func missing(
    _ name: String, _ syntax: DropSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    let kind = syntax.kind.rawValue
    if relationNames.contains(name) {
      throw .error(
        SQLError(
          .wrongObjectType,
          "\"\(name)\" is not \(kind == "index" ? "an" : "a") \(kind)"))
    }
    let message = "\(kind) \"\(name)\" does not exist"
    guard syntax.ifExists else {
      let state: SQLState = syntax.kind == .index ? .undefinedObject : .undefinedTable
      throw .error(SQLError(state, message))
    }
    result.notices.append("NOTICE:  \(message), skipping")
  }

  private func stillNeeded(_ what: String) -> StepDefinition.Failure {
    .error(
      SQLError(
        .dependentObjectsStillExist,
        "cannot drop \(what) because other objects depend on it"))
  }

  // MARK: Tables

  private func dropTables(
    _ syntax: DropSyntax, _ result: inout StepDefinition, at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    var tables: [TableID] = []
    for name in syntax.names {
      guard let table = program.schema.table(named: name.last.text) else {
        try missing(name.last.text, syntax, &result)
        continue
      }
      if !tables.contains(table) { tables.append(table) }
      for partition in program.schema[table].partitioning?.partitions ?? []
      where !tables.contains(partition.table) {
        tables.append(partition.table)
      }
    }
    for table in tables {
      let shape = program.schema[table]
      let kind = syntax.kind.rawValue
      let children = shape.family.filter { !tables.contains($0) && $0 != table }
      if !children.isEmpty || isNamedInView(shape.name) {
        guard !syntax.isCascade else {
          throw .refused(
            Diagnostic(
              .unsupportedClause,
              "DROP … CASCADE of a table with children or views is not simulated", at: span,
              help: "drop those first"))
        }
        throw stillNeeded("\(kind) \(shape.name)")
      }
      for (index, child) in program.schema.tables.enumerated()
      where !tables.contains(TableID(index)) {
        for key in child.foreignKeys.indices
        where child.foreignKeys[key].parent == table && !child.foreignKeys[key].isDropped {
          guard syntax.isCascade else { throw stillNeeded("\(kind) \(shape.name)") }
          program.schema.tables[index].foreignKeys[key].isDropped = true
          result.notices.append(
            "NOTICE:  drop cascades to constraint \(child.foreignKeys[key].name) on table "
              + child.name)
          result.touched.insert(index)
        }
      }
    }
    for table in tables { forget(table, &result) }
  }

  /// Takes a table's name away, and the names that go with it.
  private func forget(_ table: TableID, _ result: inout StepDefinition) {
    let shape = program.schema[table]
    result.touched.insert(Int(table.index))
    relationNames.remove(shape.name)
    if let other = shadowed.removeValue(forKey: table) {
      result.isTemporary = true
      if other != table {
        program.schema[other].isHidden = false
        relationNames.insert(shape.name)
      }
    } else {
      result.dropped.append(shape.name)
    }
    for index in shape.uniqueIndexes { relationNames.remove(index.name) }
    for index in shape.plainIndexes {
      relationNames.remove(index.name)
      plainIndexes.remove(index.name)
    }
    for name in (ownedSequences[table] ?? [:]).values { forgetSequence(name) }
    for key in shape.foreignKeys { result.touched.insert(Int(key.parent.index)) }
    program.schema[table].isHidden = true
    program.schema[table].foreignKeys = []
    for other in program.schema.tables.indices {
      program.schema.tables[other].family.removeAll { $0 == table }
      if program.schema.tables[other].family == [TableID(other)] {
        program.schema.tables[other].family = []
        result.touched.insert(other)
      }
      guard let parts = program.schema.tables[other].partitioning?.partitions,
        parts.contains(where: { $0.table == table })
      else { continue }
      program.schema.tables[other].partitioning?.partitions.removeAll { $0.table == table }
      result.touched.insert(other)
    }
  }

  private func forgetSequence(_ name: String) {
    relationNames.remove(name)
    for index in program.schema.sequences.indices
    where program.schema.sequences[index].name == name {
      program.schema.sequences[index].name = ""
    }
  }

  // MARK: Others

  private func dropIndex(
    _ name: NameSyntax, _ syntax: DropSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    for (number, table) in program.schema.tables.enumerated() where !table.isHidden {
      if let index = table.uniqueIndexes.firstIndex(where: { $0.name == name.text }) {
        if table.uniqueIndexes[index].isConstraint {
          throw .error(
            SQLError(
              .dependentObjectsStillExist,
              "cannot drop index \(name.text) because constraint \(name.text) on table "
                + "\(table.name) requires it"))
        }
        let columns = table.uniqueIndexes[index].columns
        let isNeeded = program.schema.tables.contains { other in
          other.foreignKeys.contains {
            $0.parent == TableID(number) && !$0.isDropped && Set($0.parentColumns) == Set(columns)
          }
        }
        if isNeeded { throw stillNeeded("index \(name.text)") }
        program.schema.tables[number].uniqueIndexes.remove(at: index)
      } else if let index = table.plainIndexes.firstIndex(where: { $0.name == name.text }) {
        program.schema.tables[number].plainIndexes.remove(at: index)
        plainIndexes.remove(name.text)
      } else {
        continue
      }
      relationNames.remove(name.text)
      result.touched.insert(number)
      return
    }
    try missing(name.text, syntax, &result)
  }

  private func dropView(
    _ name: NameSyntax, _ syntax: DropSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    guard views[name.text] != nil else {
      try missing(name.text, syntax, &result)
      return
    }
    if isNamedInView(name.text) { throw stillNeeded("view \(name.text)") }
    views[name.text] = nil
    relationNames.remove(name.text)
    result.dropped.append(name.text)
  }

  private func dropSequence(
    _ name: NameSyntax, _ syntax: DropSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    guard program.schema.sequences.contains(where: { $0.name == name.text }) else {
      try missing(name.text, syntax, &result)
      return
    }
    let owners = ownedSequences.values.flatMap(\.values)
    if owners.contains(name.text) { throw stillNeeded("sequence \(name.text)") }
    forgetSequence(name.text)
    result.dropped.append(name.text)
  }

  private func dropFunction(
    _ name: NameSyntax, _ position: Int, _ syntax: DropSyntax, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    let kind = syntax.kind.rawValue
    var types: [DataType]?
    if let written = syntax.arguments[position] {
      types = written.compactMap { dataType($0)?.withoutModifiers }
      guard types?.count == written.count else { return }
    }
    let named = functions.indices.filter { functions[$0].name == name.text }
    let found = named.filter { index in
      types == nil || functions[index].parameters.map(\.type.withoutModifiers) == types
    }
    guard let only = found.first else {
      let list = types.map { $0.map { self.name($0) }.joined(separator: ", ") }
      let message =
        list.map { "\(kind) \(name.text)(\($0)) does not exist" }
        ?? "could not find a \(kind) named \"\(name.text)\""
      guard syntax.ifExists else { throw .error(SQLError(.undefinedFunction, message)) }
      result.notices.append(
        "NOTICE:  \(kind) \(name.text)(\(list ?? "")) does not exist, skipping")
      return
    }
    guard found.count == 1 else {
      throw .error(
        SQLError(.ambiguousFunction, "\(kind) name \"\(name.text)\" is not unique"))
    }
    let isUsed = triggerDefinitions.contains { $0.syntax.function.last.text == name.text }
    if isUsed { throw stillNeeded("function \(name.text)()") }
    functions.remove(at: only)
    result.changesOthers = true
    traitsCache = [:]
  }

  // MARK: Names, types, parents

  func rename(_ name: NameSyntax, to new: NameSyntax, of table: TableID) {
    guard let position = column(name, of: table) else { return }
    let written =
      (checkSyntax[table] ?? [:]).values.map { $0 } + (generatedSyntax[table] ?? [:]).values
      + (computedSyntax[table] ?? []).map(\.syntax)
    let isWritten = written.contains { Self.names(name.text, in: $0) }
    if isWritten || isNamedInView(program.schema[table].name) {
      report(
        Diagnostic(
          .unsupportedClause,
          "another name for a column that a check, an expression or a view names is not simulated",
          at: name.span, help: "create the table with the new name"))
      return
    }
    if program.schema[table].columns.contains(where: { $0.name == new.text }) {
      report(
        Diagnostic(.duplicateName, "column `\(new.text)` already exists", at: new.span))
      return
    }
    program.schema[table].columns[position].name = new.text
    if let sequence = ownedSequences[table]?.removeValue(forKey: name.text) {
      ownedSequences[table]?[new.text] = sequence
    }
  }

  func rename(_ table: TableID, to new: NameSyntax) {
    let name = program.schema[table].name
    if isNamedInView(name) {
      report(
        Diagnostic(
          .unsupportedClause, "another name for a table that a view reads is not simulated",
          at: new.span, help: "create it with the new name"))
      return
    }
    guard claim(new.text, at: new.span) else { return }
    relationNames.remove(name)
    program.schema[table].name = new.text
  }

  /// ALTER COLUMN TYPE of a table that has no rows yet.
  func setType(
    of name: NameSyntax, _ syntax: TypeNameSyntax, _ using: ExpressionSyntax?, of table: TableID
  ) {
    guard let position = column(name, of: table), let type = dataType(syntax) else { return }
    let former = program.schema[table].columns[position].type
    program.schema[table].columns[position].type = type
    guard let written = defaults[table]?[position] else { return }
    defaults[table]?[position] =
      converted(Typed(written, former, at: syntax.span), to: type, .assignment)?.code
  }

  /// `INHERIT` and `NO INHERIT`.
  func inherit(_ table: TableID, _ name: QualifiedNameSyntax, isOn: Bool) {
    guard let parent = self.table(named: name) else { return }
    if !isOn {
      guard program.schema[parent].family.contains(table), parent != table else {
        report(
          Diagnostic(
            .invalidDefinition,
            "relation `\(name.text)` is not a parent of relation `\(program.schema[table].name)`",
            at: name.span))
        return
      }
      program.schema[parent].family.removeAll { $0 == table }
      if program.schema[parent].family == [parent] { program.schema[parent].family = [] }
      return
    }
    let own = program.schema[table]
    let other = program.schema[parent]
    let isAlike =
      own.columns.map(\.name) == other.columns.map(\.name)
      && own.columns.map(\.type) == other.columns.map(\.type)
    guard isAlike, own.family.isEmpty, own.partitioning == nil, own.partitioned == nil,
      other.partitioning == nil, !isChild(table), !isChild(parent)
    else {
      report(
        Diagnostic(
          .unsupportedClause,
          "INHERIT is simulated for ordinary tables with the same columns alone", at: name.span,
          help: "give both tables the same columns in the same order"))
      return
    }
    if other.family.isEmpty { program.schema[parent].family = [parent] }
    program.schema[parent].family.append(table)
  }
}
