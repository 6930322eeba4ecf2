import Store

// ALTER TABLE and DROP in a schema block.
extension ProgramBuilder {
  func alter(_ syntax: AlterTableSyntax, at span: SourceSpan) {
    if syntax.ifExists, program.schema.table(named: syntax.name.last.text) == nil { return }
    guard let table = table(named: syntax.name) else { return }
    if !program.schema[table].family.isEmpty || program.schema[table].partitioned != nil {
      guard checkFamily(syntax, table, at: span) else { return }
    }
    for action in syntax.actions { alter(table, action) }
    compileChecks(of: table)
    compileComputed(of: table)
    compileGenerated(of: table)
    updatePartitions(of: table, at: span)
  }

  func alter(_ table: TableID, _ action: AlterTableSyntax.Action) {
    let index = Int(table.index)
    switch action {
    case .addColumn(let syntax, let ifNotExists):
      let exists = program.schema[table].columns.contains { $0.name == syntax.name.text }
      if exists, ifNotExists { return }
      guard addColumn(syntax, to: table) else { return }
      for constraint in Self.constraints(of: syntax) { add(constraint, to: table) }
    case .dropColumn(let name, let ifExists):
      let exists = program.schema[table].columns.contains { $0.name == name.text }
      if !exists, ifExists { return }
      guard let position = column(name, of: table) else { return }
      dropColumn(position, of: table, at: name.span)
    case .addConstraint(let constraint): add(constraint, to: table)
    case .dropConstraint(let name, let ifExists): dropConstraint(name, ifExists, of: table)
    case .setNotNull(let name):
      guard let position = column(name, of: table) else { return }
      program.schema.tables[index].columns[position].isNotNull = true
    case .dropNotNull(let name):
      guard let position = column(name, of: table) else { return }
      if program.schema[table].uniqueIndexes.contains(where: {
        $0.isPrimary && $0.columns.contains(position)
      }) {
        report(
          Diagnostic(
            .invalidDefinition, "column `\(name.text)` is in a primary key", at: name.span))
        return
      }
      program.schema.tables[index].columns[position].isNotNull = false
    case .setDefault(let name, let value):
      guard let position = column(name, of: table) else { return }
      if generatedSyntax[table]?[position] != nil {
        report(
          Diagnostic(
            .invalidDefinition, "column `\(name.text)` is a generated column", at: name.span))
        return
      }
      _ = setDefault(value, position, of: table)
    case .setTrigger(let name, let isEnabled): enableTrigger(name, isEnabled, of: table)
    case .validateConstraint, .setOwner: break
    case .detachPartition(let name, _):
      report(
        Diagnostic(
          .unsupportedClause, "DETACH PARTITION is simulated in the steps of isolation specs only",
          at: name.span, help: "create the table as one of its own"))
    case .attachPartition(let name, let syntax): attach(name, syntax)
    case .renameColumn(let name, let newName): rename(name, to: newName, of: table)
    case .renameTable(let newName): rename(table, to: newName)
    case .setType(let name, let type, let using): setType(of: name, type, using, of: table)
    case .inherit(let parent, let isOn): inherit(table, parent, isOn: isOn)
    }
  }

  /// What is done to a table must be done to those that have their columns from it.
  private func checkFamily(
    _ syntax: AlterTableSyntax, _ table: TableID, at span: SourceSpan
  ) -> Bool {
    for action in syntax.actions {
      switch action {
      case .attachPartition, .detachPartition, .setDefault, .validateConstraint, .setTrigger,
        .setOwner, .inherit:
        continue
      case .addConstraint where program.schema[table].partitioning != nil: continue
      case .addConstraint, .addColumn, .dropColumn, .dropConstraint, .setNotNull, .dropNotNull,
        .renameColumn, .renameTable, .setType:
        report(
          Diagnostic(
            .unsupportedClause,
            "this change of a table that has partitions, or is one, is not simulated", at: span,
            help: "write CREATE TABLE as the table is afterwards"))
        return false
      }
    }
    return true
  }

  /// Drops a column with the table's constraints that use it.
  private func dropColumn(_ position: Int, of table: TableID, at span: SourceSpan) {
    let name = program.schema[table].columns[position].name
    for other in program.schema.tables {
      for key in other.foreignKeys
      where key.parent == table && !key.isDropped && key.parentColumns.contains(position) {
        report(
          Diagnostic(
            .invalidDefinition,
            "cannot drop column `\(name)`: constraint `\(key.name)` of table `\(other.name)` "
              + "depends on it", at: span))
        return
      }
    }
    func moved(_ columns: [Int]) -> [Int] { columns.map { $0 > position ? $0 - 1 : $0 } }
    dropComputed(naming: name, of: table)
    var shape = program.schema[table]
    for unique in shape.uniqueIndexes where unique.columns.contains(position) {
      relationNames.remove(unique.name)
    }
    shape.columns.remove(at: position)
    shape.uniqueIndexes.removeAll { $0.columns.contains(position) }
    shape.foreignKeys.removeAll { $0.columns.contains(position) }
    shape.moveIndexes(past: position, by: -1)
    for index in shape.foreignKeys.indices {
      shape.foreignKeys[index].columns = moved(shape.foreignKeys[index].columns)
    }
    program.schema[table] = shape
    for other in program.schema.tables.indices {
      for key in program.schema.tables[other].foreignKeys.indices
      where program.schema.tables[other].foreignKeys[key].parent == table {
        let columns = program.schema.tables[other].foreignKeys[key].parentColumns
        program.schema.tables[other].foreignKeys[key].parentColumns = moved(columns)
      }
    }
    defaults[table] = Self.moved(defaults[table], past: position)
    identities[table] = Self.moved(identities[table], past: position)
    generatedSyntax[table] = Self.moved(generatedSyntax[table], past: position)
    checkSyntax[table] = checkSyntax[table]?.filter { !Self.names(name, in: $0.value) }
  }

  private static func moved<Entry>(_ entries: [Int: Entry]?, past position: Int) -> [Int: Entry]? {
    guard let entries else { return nil }
    var result: [Int: Entry] = [:]
    for (key, value) in entries where key != position {
      result[key > position ? key - 1 : key] = value
    }
    return result
  }

  static func names(_ column: String, in syntax: ExpressionSyntax) -> Bool {
    var isNamed = false
    let walker = SyntaxWalker(expression: { expression in
      if case .column(let name) = expression.kind, name.last.text == column { isNamed = true }
    })
    walker.walk(syntax)
    return isNamed
  }

  private func dropConstraint(_ name: NameSyntax, _ ifExists: Bool, of table: TableID) {
    let shape = program.schema[table]
    if let index = shape.uniqueIndexes.firstIndex(where: { $0.name == name.text }) {
      guard checkUnused(shape.uniqueIndexes[index], of: table, at: name.span) else { return }
      program.schema.tables[Int(table.index)].uniqueIndexes.remove(at: index)
      relationNames.remove(name.text)
    } else if let index = shape.foreignKeys.firstIndex(where: {
      $0.name == name.text && !$0.isDropped
    }) {
      if switchesTriggers {
        program.schema.tables[Int(table.index)].foreignKeys[index].isDropped = true
      } else {
        program.schema.tables[Int(table.index)].foreignKeys.remove(at: index)
      }
    } else if checkSyntax[table]?[name.text] != nil {
      checkSyntax[table]?[name.text] = nil
    } else if !ifExists {
      let names =
        shape.uniqueIndexes.map(\.name) + shape.foreignKeys.map(\.name)
        + (checkSyntax[table]?.keys.sorted() ?? [])
      report(
        .misspelt(
          .unknownConstraint, "no constraint `\(name.text)` on `\(shape.name)`", at: name.span,
          name: name.text, among: names))
    }
  }

  private func checkUnused(
    _ unique: Table.UniqueIndex, of table: TableID, at span: SourceSpan
  ) -> Bool {
    for other in program.schema.tables {
      for key in other.foreignKeys
      where key.parent == table && Set(key.parentColumns) == Set(unique.columns) {
        report(
          Diagnostic(
            .invalidDefinition,
            "cannot drop `\(unique.name)`: constraint `\(key.name)` of table `\(other.name)` "
              + "depends on it", at: span))
        return false
      }
    }
    return true
  }

  // MARK: DROP

  func drop(_ syntax: DropSyntax, at span: SourceSpan) {
    for name in syntax.names { drop(name.last, syntax, at: span) }
  }

  private func drop(_ name: NameSyntax, _ syntax: DropSyntax, at span: SourceSpan) {
    let exists: Bool
    switch syntax.kind {
    case .index:
      if plainIndexes.remove(name.text) != nil {
        relationNames.remove(name.text)
        for table in program.schema.tables.indices {
          program.schema.tables[table].plainIndexes.removeAll { $0.name == name.text }
        }
        return
      }
      if dropUniqueIndex(name) { return }
      exists = false
    case .function, .procedure:
      exists = functions.contains { $0.name == name.text }
    case .view:
      if views.removeValue(forKey: name.text) != nil {
        relationNames.remove(name.text)
        return
      }
      exists = false
    case .table, .materializedView: exists = program.schema.table(named: name.text) != nil
    case .sequence: exists = program.schema.sequences.contains { $0.name == name.text }
    case .type: exists = program.types.enums.contains { $0.name == name.text }
    case .trigger:
      dropTrigger(name, syntax)
      return
    case .schema: exists = name.text == "public"
    }
    if exists {
      report(
        Diagnostic(
          .unsupportedStatement,
          "`DROP \(syntax.kind.rawValue.uppercased())` of something defined before is not simulated",
          at: span, help: "leave the definition out"))
    } else if !syntax.ifExists {
      report(
        Diagnostic(
          .unknownTable, "no \(syntax.kind.rawValue) `\(name.text)`", at: name.span))
    }
  }

  private func dropUniqueIndex(_ name: NameSyntax) -> Bool {
    for (number, table) in program.schema.tables.enumerated() {
      guard let index = table.uniqueIndexes.firstIndex(where: { $0.name == name.text }) else {
        continue
      }
      if checkUnused(table.uniqueIndexes[index], of: TableID(number), at: name.span) {
        program.schema.tables[number].uniqueIndexes.remove(at: index)
        relationNames.remove(name.text)
      }
      return true
    }
    return false
  }
}
