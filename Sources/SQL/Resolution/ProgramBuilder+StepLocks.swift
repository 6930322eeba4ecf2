package import Store

// The tables that steps of isolation specs lock before they find out what they mean, and what the server says
// where they mean nothing.
extension ProgramBuilder {
  /// The locks of a statement that changes definitions, under those of the moment.
  ///
  /// Source: `AlterTableGetLockLevel` in tablecmds.c, and the commands' own.
  package func stepLocks(_ statement: StatementSyntax) -> [TableLock] {
    var locks: [TableLock] = []
    func add(_ name: QualifiedNameSyntax, _ mode: ObjectLockMode) {
      guard let table = program.schema.table(named: name.last.text) else { return }
      locks.append(TableLock(table: table, mode: mode))
    }
    switch statement.kind {
    case .alterTable(let change):
      let mode = change.actions.map { lockMode(of: $0) }.max { $0.rawValue < $1.rawValue }
      add(change.name, mode ?? .accessExclusive)
      for action in change.actions { addOthers(of: action, change.name, &locks) }
    case .createTable(let table):
      for constraint in table.columns.flatMap({ Self.constraints(of: $0) }) + table.constraints {
        if case .foreignKey(_, let reference) = constraint.kind {
          add(reference.table, .shareRowExclusive)
        }
      }
      for like in table.likes { add(like.table, .accessShare) }
      if table.query != nil { locks += namedLocks(statement) }
    case .createIndex(let index): add(index.table, .share)
    case .alterSequence(let syntax):
      let index = program.schema.sequences.firstIndex { $0.name == syntax.name.last.text }
      if let table = index.flatMap({ sequenceTables[$0] }) {
        locks.append(TableLock(table: table, mode: .shareRowExclusive))
      }
    case .createView: locks += namedLocks(statement)
    case .drop(let drop): addDropped(drop, &locks)
    default: break
    }
    // Names that several transactions might give wait for each other.
    for name in statement.createdNames where !relationNames.contains(name) {
      guard let table = nameTables[name] else { continue }
      locks.append(TableLock(table: table, mode: .accessExclusive))
    }
    return locks
  }

  /// The tables that ALTER TABLE and DROP TABLE change.
  package func changedTables(_ statement: StatementSyntax) -> [TableID] {
    switch statement.kind {
    case .alterTable(let change):
      return [program.schema.table(named: change.name.last.text)].compactMap { $0 }
    case .drop(let drop) where drop.kind == .table:
      return drop.names.compactMap { program.schema.table(named: $0.last.text) }
    default: return []
    }
  }

  /// Makes room for the names that steps give to relations, before anything is compiled.
  package func reserveNames(of statement: StatementSyntax) {
    for name in statement.createdNames where nameTables[name] == nil {
      nameTables[name] = TableID(program.schema.tables.count)
      var table = Table(name: "$name \(name)", isWorld: false, columns: [])
      table.isHidden = true
      program.schema.tables.append(table)
      program.checks.append([])
    }
  }

  private func lockMode(of action: AlterTableSyntax.Action) -> ObjectLockMode {
    switch action {
    case .validateConstraint: .shareUpdateExclusive
    case .setTrigger: .shareRowExclusive
    case .addConstraint(let constraint):
      if case .foreignKey = constraint.kind { .shareRowExclusive } else { .accessExclusive }
    case .addColumn, .dropColumn, .dropConstraint, .setNotNull, .dropNotNull, .setDefault,
      .attachPartition, .detachPartition, .setOwner, .renameColumn, .renameTable, .setType,
      .inherit:
      .accessExclusive
    }
  }

  /// The other tables that a change of a table locks.
  private func addOthers(
    of action: AlterTableSyntax.Action, _ name: QualifiedNameSyntax, _ locks: inout [TableLock]
  ) {
    let table = program.schema.table(named: name.last.text)
    func key(_ constraint: NameSyntax) -> Table.ForeignKey? {
      table.flatMap { table in
        program.schema[table].foreignKeys.first { $0.name == constraint.text && !$0.isDropped }
      }
    }
    switch action {
    case .addConstraint(let constraint):
      if case .foreignKey(_, let reference) = constraint.kind,
        let parent = program.schema.table(named: reference.table.last.text)
      {
        locks.append(TableLock(table: parent, mode: .shareRowExclusive))
      }
    case .addColumn(let column, _):
      for case .foreignKey(_, let reference) in Self.constraints(of: column).map(\.kind) {
        if let parent = program.schema.table(named: reference.table.last.text) {
          locks.append(TableLock(table: parent, mode: .shareRowExclusive))
        }
      }
    case .dropConstraint(let name, _):
      if let key = key(name) {
        locks.append(TableLock(table: key.parent, mode: .accessExclusive))
      }
    case .validateConstraint(let name):
      if let key = key(name) { locks.append(TableLock(table: key.parent, mode: .rowShare)) }
    case .inherit(let parent, let isOn):
      if let parent = program.schema.table(named: parent.last.text) {
        locks.append(
          TableLock(table: parent, mode: isOn ? .shareUpdateExclusive : .accessShare))
      }
    default: break
    }
  }

  private func addDropped(_ drop: DropSyntax, _ locks: inout [TableLock]) {
    for name in drop.names.map(\.last.text) {
      switch drop.kind {
      case .table:
        guard let table = program.schema.table(named: name) else { continue }
        let partitions = program.schema[table].partitioning?.partitions.map(\.table) ?? []
        for member in [table] + partitions {
          locks.append(TableLock(table: member, mode: .accessExclusive))
        }
        for (index, child) in program.schema.tables.enumerated()
        where drop.isCascade
          && child.foreignKeys.contains(where: { $0.parent == table && !$0.isDropped })
        {
          locks.append(TableLock(table: TableID(index), mode: .accessExclusive))
        }
        for key in program.schema[table].foreignKeys where !key.isDropped {
          locks.append(TableLock(table: key.parent, mode: .accessExclusive))
        }
      case .index:
        let table = program.schema.tables.firstIndex { table in
          !table.isHidden
            && (table.uniqueIndexes.contains { $0.name == name }
              || table.plainIndexes.contains { $0.name == name })
        }
        if let table { locks.append(TableLock(table: TableID(table), mode: .accessExclusive)) }
      case .view, .sequence, .function, .procedure, .trigger, .type, .schema, .materializedView:
        break
      }
    }
  }

  /// The locks of a statement that means nothing under the definitions of the moment: it may mean something once it
  /// has them.
  package func namedLocks(_ statement: StatementSyntax) -> [TableLock] {
    var locks: [TableLock] = []
    func add(_ name: QualifiedNameSyntax, _ mode: ObjectLockMode) {
      guard let table = program.schema.table(named: name.last.text),
        !locks.contains(where: { $0.table == table })
      else { return }
      locks.append(TableLock(table: table, mode: mode))
    }
    switch statement.kind {
    case .insert(let insert): add(insert.table.name, .rowExclusive)
    case .update(let update): add(update.table.name, .rowExclusive)
    case .delete(let delete): add(delete.table.name, .rowExclusive)
    case .merge(let merge): add(merge.table.name, .rowExclusive)
    case .truncate(let truncate): for name in truncate.tables { add(name, .accessExclusive) }
    case .lockTable(let lock):
      for name in withoutViews(lock.tables) { add(name, lock.mode.objectMode) }
    default: break
    }
    let walker = SyntaxWalker(from: { item in
      if case .table(let name, _) = item.kind { add(name, .accessShare) }
    })
    if case .createTable(let table) = statement.kind, let query = table.query {
      walker.walk(query)
    } else {
      walker.walk(statement)
    }
    return locks
  }

  // MARK: What the server says

  /// The server's error for a mistake in a statement; `nil` where it is none, or not known what it says.
  package func serverError(
    _ mistake: Diagnostic, in statement: StatementSyntax? = nil
  ) -> SQLError? {
    let parts = mistake.message.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count > 1 || mistake.code == .columnCountMismatch else { return nil }
    let name = parts.count > 1 ? String(parts[1]) : ""
    switch mistake.code {
    case .unknownTable:
      if mistake.message.hasSuffix("in this query's FROM") {
        return SQLError(
          .undefinedTable, "missing FROM-clause entry for table \"\(name)\"")
      }
      guard mistake.message.hasPrefix("no ") else { return nil }
      return SQLError(.undefinedTable, "relation \"\(name)\" does not exist")
    case .unknownColumn:
      if let target = statement.flatMap({ target(of: mistake.span, in: $0) }) {
        return SQLError(
          .undefinedColumn, "column \"\(name)\" of relation \"\(target)\" does not exist")
      }
      if let qualifier = qualifier(before: mistake.span) {
        return SQLError(.undefinedColumn, "column \(qualifier).\(name) does not exist")
      }
      return SQLError(.undefinedColumn, "column \"\(name)\" does not exist")
    case .unknownFunction where name.hasSuffix(")") && mistake.message.hasPrefix("no function"):
      return SQLError(.undefinedFunction, "function \(name) does not exist")
    case .invalidLiteral where mistake.message.hasPrefix("invalid input syntax for type"):
      return SQLError(
        .invalidTextRepresentation,
        mistake.message.split(separator: "`", omittingEmptySubsequences: false)
          .joined(separator: "\""))
    case .columnCountMismatch where mistake.message.hasPrefix("INSERT has more"):
      return SQLError(.syntaxError, mistake.message)
    default: return nil
    }
  }

  /// The table whose column is to be set, if that is what stands at a place.
  private func target(of span: SourceSpan, in statement: StatementSyntax) -> String? {
    switch statement.kind {
    case .insert(let insert):
      return insert.columns.contains { $0.span == span } ? insert.table.name.last.text : nil
    case .update(let update):
      return update.assignments.contains { $0.columns.contains { $0.span == span } }
        ? update.table.name.last.text : nil
    default: return nil
    }
  }

  /// What stands before a name with a dot.
  private func qualifier(before span: SourceSpan) -> String? {
    let bytes = program.sources.file(of: span).bytes
    let start = span.range.lowerBound
    guard start > 1, bytes[start - 1] == UInt8(ascii: ".") else { return nil }
    let isPart: (UInt8) -> Bool = { byte in
      byte == UInt8(ascii: "_") || byte >= 0x80
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    let name = bytes[..<(start - 1)].reversed().prefix(while: isPart)
    return name.isEmpty ? nil : String(decoding: name.reversed(), as: UTF8.self).lowercased()
  }
}
