import Store

// ALTER TABLE in steps of isolation specs.
extension ProgramBuilder {
  func missingRelation(_ name: String) -> SQLError {
    SQLError(.undefinedTable, "relation \"\(name)\" does not exist")
  }

  private func missingColumn(_ name: String, _ table: TableID) -> SQLError {
    SQLError(
      .undefinedColumn,
      "column \"\(name)\" of relation \"\(program.schema[table].name)\" does not exist")
  }

  private func position(
    _ name: NameSyntax, _ table: TableID
  ) throws(StepDefinition.Failure) -> Int {
    guard let place = program.schema[table].columns.firstIndex(where: { $0.name == name.text })
    else { throw .error(missingColumn(name.text, table)) }
    return place
  }

  /// Tables that have their rows in others are changed with those, which is not followed.
  func refuseFamily(
    _ table: TableID, at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    let shape = program.schema[table]
    guard !shape.family.isEmpty || shape.partitioned != nil || shape.partitioning != nil else {
      return
    }
    throw .refused(
      Diagnostic(
        .unsupportedClause,
        "a step that changes a table with partitions or children, or a partition, is not simulated",
        at: span, help: "write CREATE TABLE as the table is afterwards"))
  }

  func apply(
    _ syntax: AlterTableSyntax, at span: SourceSpan
  ) throws(StepDefinition.Failure) -> StepDefinition {
    var result = StepDefinition(command: "ALTER TABLE")
    guard let table = program.schema.table(named: syntax.name.last.text) else {
      guard syntax.ifExists else { throw .error(missingRelation(syntax.name.last.text)) }
      result.notices.append(
        "NOTICE:  relation \"\(syntax.name.last.text)\" does not exist, skipping")
      return result
    }
    result.touched.insert(Int(table.index))
    let before = program.schema[table]
    var columns: [StepDefinition.Reshape.Source] = before.columns.indices.map { .old($0) }
    for action in syntax.actions {
      try apply(action, table, &columns, &result, at: span)
      try throwReported()
    }
    compileChecks(of: table)
    compileComputed(of: table)
    compileGenerated(of: table)
    try throwReported()
    reshape(before, table, columns: columns, &result)
    return result
  }

  func reshape(
    _ before: Table, _ table: TableID, columns: [StepDefinition.Reshape.Source],
    _ result: inout StepDefinition
  ) {
    let after = program.schema[table]
    let isSame = columns.enumerated().allSatisfy { index, source in
      if case .old(index) = source { true } else { false }
    }
    if isSame, columns.count == before.columns.count,
      before.computed.map(\.name) == after.computed.map(\.name)
    {
      return
    }
    result.reshapes.append(
      StepDefinition.Reshape(
        table: table, width: before.storedCount, columns: columns,
        types: after.columns.map(\.type)))
  }

  private func apply(
    _ action: AlterTableSyntax.Action, _ table: TableID,
    _ columns: inout [StepDefinition.Reshape.Source], _ result: inout StepDefinition,
    at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    let shape = program.schema[table]
    switch action {
    case .addColumn(let syntax, let ifNotExists):
      try refuseFamily(table, at: span)
      if shape.columns.contains(where: { $0.name == syntax.name.text }) {
        let message =
          "column \"\(syntax.name.text)\" of relation \"\(shape.name)\" already exists"
        guard ifNotExists else { throw .error(SQLError(.duplicateColumn, message)) }
        result.notices.append("NOTICE:  \(message), skipping")
        return
      }
      try addColumn(syntax, table, &columns, &result)
    case .dropColumn(let name, let ifExists):
      try refuseFamily(table, at: span)
      guard let place = shape.columns.firstIndex(where: { $0.name == name.text }) else {
        let error = missingColumn(name.text, table)
        guard ifExists else { throw .error(error) }
        result.notices.append("NOTICE:  \(error.message), skipping")
        return
      }
      try dropColumn(place, name, table, &result)
      columns.remove(at: place)
    case .addConstraint(let constraint): try add(constraint, table, &result, at: span)
    case .dropConstraint(let name, let ifExists):
      try drop(name, ifExists, table, &result, at: span)
    case .setNotNull(let name):
      try refuseFamily(table, at: span)
      let place = try position(name, table)
      alter(table, action)
      result.checks.append(.notNull(table, column: place))
    case .dropNotNull(let name):
      try refuseFamily(table, at: span)
      let place = try position(name, table)
      if shape.uniqueIndexes.contains(where: { $0.isPrimary && $0.columns.contains(place) }) {
        throw .error(
          SQLError(.invalidTableDefinition, "column \"\(name.text)\" is in a primary key"))
      }
      alter(table, action)
    case .setDefault(let name, _):
      _ = try position(name, table)
      alter(table, action)
    case .renameColumn(let name, let new):
      try refuseFamily(table, at: span)
      guard shape.columns.contains(where: { $0.name == name.text }) else {
        throw .error(SQLError(.undefinedColumn, "column \"\(name.text)\" does not exist"))
      }
      if shape.columns.contains(where: { $0.name == new.text }) {
        throw .error(
          SQLError(
            .duplicateColumn,
            "column \"\(new.text)\" of relation \"\(shape.name)\" already exists"))
      }
      alter(table, action)
    case .renameTable(let new):
      if relationNames.contains(new.text) { throw .error(alreadyExists(new.text)) }
      alter(table, action)
      result.renamed.append((old: shape.name, new: new.text))
    case .setType(let name, _, let using):
      try setType(name, action, table, &columns, &result, hasExpression: using != nil, at: span)
    case .inherit(let parent, _):
      guard let other = program.schema.table(named: parent.last.text) else {
        throw .error(missingRelation(parent.last.text))
      }
      alter(table, action)
      result.touched.insert(Int(other.index))
    case .validateConstraint(let name): try validate(name, table, &result)
    case .setOwner:
      // There is but one role where steps define things.
      break
    case .setTrigger, .attachPartition, .detachPartition:
      throw .refused(
        Diagnostic(
          .unsupportedClause, "this change beside others is not simulated", at: span,
          help: "give it a statement of its own"))
    }
  }

  private func addColumn(
    _ syntax: ColumnSyntax, _ table: TableID, _ columns: inout [StepDefinition.Reshape.Source],
    _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    guard addColumn(syntax, to: table) else {
      try throwReported()
      return
    }
    let place = program.schema[table].columns.count - 1
    if let code = defaults[table]?[place] {
      columns.append(.code(code))
    } else if let expression = generatedSyntax[table]?[place] {
      guard let typed = indexOperand(expression, isPredicate: false, table, inside: .generation),
        let value = stored(typed, in: place, of: table)
      else {
        try throwReported()
        return
      }
      columns.append(.code(value.code))
    } else {
      columns.append(.value(.null))
    }
    if program.schema[table].columns[place].isNotNull {
      result.checks.append(.notNull(table, column: place))
    }
    for constraint in Self.constraints(of: syntax) {
      try add(constraint, table, &result, at: syntax.span)
    }
  }

  private func dropColumn(
    _ place: Int, _ name: NameSyntax, _ table: TableID, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    let isNeeded = program.schema.tables.contains { other in
      other.foreignKeys.contains {
        $0.parent == table && !$0.isDropped && $0.parentColumns.contains(place)
      }
    }
    let generated = (generatedSyntax[table] ?? [:]).contains { position, syntax in
      position != place && Self.names(name.text, in: syntax)
    }
    if isNeeded || generated || isNamedInView(program.schema[table].name) {
      throw .error(
        SQLError(
          .dependentObjectsStillExist,
          "cannot drop column \(name.text) of table \(program.schema[table].name) because other "
            + "objects depend on it"))
    }
    for (index, other) in program.schema.tables.enumerated()
    where other.foreignKeys.contains(where: { $0.parent == table }) {
      result.touched.insert(index)
    }
    alter(table, .dropColumn(name, ifExists: false))
  }

  /// Whether a view reads a table: by name, as views are kept.
  func isNamedInView(_ name: String) -> Bool {
    var isNamed = false
    let walker = SyntaxWalker(from: { item in
      if case .table(let table, _) = item.kind, table.last.text == name { isNamed = true }
    })
    for view in views.values { walker.walk(view.query) }
    return isNamed
  }

  private func add(
    _ constraint: TableConstraintSyntax, _ table: TableID, _ result: inout StepDefinition,
    at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    try refuseFamily(table, at: span)
    let before = program.schema[table]
    let checks = Set((checkSyntax[table] ?? [:]).keys)
    if case .foreignKey(_, let reference) = constraint.kind {
      guard let parent = program.schema.table(named: reference.table.last.text) else {
        throw .error(missingRelation(reference.table.last.text))
      }
      try refuseFamily(parent, at: span)
    }
    if let name = constraint.name?.text {
      if relationNames.contains(name), constraint.isKey { throw .error(alreadyExists(name)) }
      let names =
        before.uniqueIndexes.map(\.name)
        + before.foreignKeys.filter { !$0.isDropped }.map(\.name) + checks
      if names.contains(name) {
        throw .error(
          SQLError(
            .duplicateObject,
            "constraint \"\(name)\" for relation \"\(before.name)\" already exists"))
      }
    }
    add(constraint, to: table)
    try throwReported()
    let after = program.schema[table]
    let isNotValid = constraint.deferral.isNotValid
    for (position, column) in after.columns.enumerated()
    where column.isNotNull && position < before.columns.count && !before.columns[position].isNotNull
    {
      result.checks.append(.notNull(table, column: position))
    }
    if after.uniqueIndexes.count > before.uniqueIndexes.count,
      let index = after.uniqueIndexes.last
    {
      result.checks.append(.unique(table, name: index.name))
    }
    if after.foreignKeys.count > before.foreignKeys.count {
      let key = after.foreignKeys.count - 1
      result.touched.insert(Int(after.foreignKeys[key].parent.index))
      if !isNotValid { result.checks.append(.reference(table, key: key)) }
    }
    for name in (checkSyntax[table] ?? [:]).keys.sorted()
    where !checks.contains(name) && !isNotValid {
      result.checks.append(.condition(table, name: name))
    }
  }

  private func drop(
    _ name: NameSyntax, _ ifExists: Bool, _ table: TableID, _ result: inout StepDefinition,
    at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    try refuseFamily(table, at: span)
    let shape = program.schema[table]
    let unique = shape.uniqueIndexes.first { $0.name == name.text && $0.isConstraint }
    let key = shape.foreignKeys.first { $0.name == name.text && !$0.isDropped }
    guard unique != nil || key != nil || checkSyntax[table]?[name.text] != nil else {
      let message =
        "constraint \"\(name.text)\" of relation \"\(shape.name)\" does not exist"
      guard ifExists else { throw .error(SQLError(.undefinedObject, message)) }
      result.notices.append("NOTICE:  \(message), skipping")
      return
    }
    if let unique {
      let isNeeded = program.schema.tables.contains { other in
        other.foreignKeys.contains {
          $0.parent == table && !$0.isDropped && Set($0.parentColumns) == Set(unique.columns)
        }
      }
      if isNeeded {
        throw .error(
          SQLError(
            .dependentObjectsStillExist,
            "cannot drop constraint \(name.text) on table \(shape.name) because other objects "
              + "depend on it"))
      }
    }
    if let key { result.touched.insert(Int(key.parent.index)) }
    alter(table, .dropConstraint(name, ifExists: false))
  }

  private func validate(
    _ name: NameSyntax, _ table: TableID, _ result: inout StepDefinition
  ) throws(StepDefinition.Failure) {
    let shape = program.schema[table]
    if let key = shape.foreignKeys.firstIndex(where: { $0.name == name.text && !$0.isDropped }) {
      result.checks.append(.reference(table, key: key))
    } else if checkSyntax[table]?[name.text] != nil {
      result.checks.append(.condition(table, name: name.text))
    } else {
      throw .error(
        SQLError(
          .undefinedObject,
          "constraint \"\(name.text)\" of relation \"\(shape.name)\" does not exist"))
    }
    // Others may go on writing to the table.
    result.touched = []
  }

  private func setType(
    _ name: NameSyntax, _ action: AlterTableSyntax.Action, _ table: TableID,
    _ columns: inout [StepDefinition.Reshape.Source], _ result: inout StepDefinition,
    hasExpression: Bool, at span: SourceSpan
  ) throws(StepDefinition.Failure) {
    let place = try position(name, table)
    guard case .setType(_, let type, let using) = action else { return }
    if isChild(table) {
      throw .error(
        SQLError(
          .invalidTableDefinition, "cannot alter inherited column \"\(name.text)\""))
    }
    try refuseFamily(table, at: span)
    guard let target = dataType(type) else {
      try throwReported()
      return
    }
    let column = ExpressionSyntax(.column(QualifiedNameSyntax([name])), at: name.span)
    guard
      let typed = indexOperand(using ?? column, isPredicate: false, table, inside: .generation)
    else {
      try throwReported()
      return
    }
    guard let cast = converted(typed, to: target, .assignment) else {
      let what =
        hasExpression
        ? "result of USING clause for column \"\(name.text)\"" : "column \"\(name.text)\""
      throw .error(
        SQLError(
          .datatypeMismatch,
          "\(what) cannot be cast automatically to type \(self.name(target))"))
    }
    try checkReferences(to: place, of: table, target)
    if isNamedInView(program.schema[table].name) {
      throw .error(
        SQLError(
          .featureNotSupported, "cannot alter type of a column used by a view or rule"))
    }
    let former = program.schema[table].columns[place].type
    program.schema[table].columns[place].type = target
    if let written = defaults[table]?[place] {
      defaults[table]?[place] =
        converted(
          Typed(written, program.schema[table].columns[place].type, at: type.span), to: target,
          .assignment)?.code
    }
    columns[place] = .code(cast.code)
    let isSame = former.withoutModifiers == target.withoutModifiers
    if hasExpression || !isSame && !(former.isString && target.isString) {
      result.rewritten.append(table)
    }
  }

  /// Foreign keys need an operator for the new type.
  private func checkReferences(
    to place: Int, of table: TableID, _ type: DataType
  ) throws(StepDefinition.Failure) {
    for (index, child) in program.schema.tables.enumerated() {
      for key in child.foreignKeys where !key.isDropped {
        for (column, other) in zip(key.columns, key.parentColumns) {
          let isChild = TableID(index) == table && column == place
          let isParent = key.parent == table && other == place
          guard isChild || isParent else { continue }
          let left = isParent ? type : program.schema[key.parent].columns[other].type
          let right = isChild ? type : child.columns[column].type
          if left.withoutModifiers == right.withoutModifiers { continue }
          if Builtins.resolveOperator("=", left, right) != nil { continue }
          throw .error(
            SQLError(
              .datatypeMismatch, "foreign key constraint \"\(key.name)\" cannot be implemented"))
        }
      }
    }
  }
}

extension TableConstraintSyntax {
  /// Whether it makes an index, which has a name among those of relations.
  fileprivate var isKey: Bool {
    switch kind {
    case .primaryKey, .unique: true
    case .check, .foreignKey: false
    }
  }
}
