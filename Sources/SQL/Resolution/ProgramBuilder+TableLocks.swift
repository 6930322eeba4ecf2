import Store

// LOCK TABLE, TRUNCATE, and the locks on tables that every statement takes.
extension ProgramBuilder {
  // MARK: Statements

  func compile(_ syntax: LockTableSyntax, _ scope: Scope) -> StatementPart? {
    for name in withoutViews(syntax.tables) where lockableTable(name, "LOCK TABLE", scope) == nil {
      return nil
    }
    return StatementPart(body: .lockTable, columns: [])
  }

  /// Names of tables, with those that a view reads in its place (`LockViewRecurse`).
  func withoutViews(_ names: [QualifiedNameSyntax]) -> [QualifiedNameSyntax] {
    names.flatMap { name -> [QualifiedNameSyntax] in
      guard let view = views[name.last.text] else { return [name] }
      var tables: [QualifiedNameSyntax] = []
      SyntaxWalker(from: { item in
        if case .table(let table, _) = item.kind { tables.append(table) }
      }).walk(view.query)
      return withoutViews(tables)
    }
  }

  func compile(_ syntax: TruncateSyntax, _ scope: Scope) -> StatementPart? {
    var tables: [TableID] = []
    for name in syntax.tables {
      guard let table = lockableTable(name, "TRUNCATE", scope) else { return nil }
      if !tables.contains(table) { tables.append(table) }
    }
    if syntax.restartsIdentity, !switchesTriggers, let name = syntax.tables.first {
      report(
        Diagnostic(
          .unsupportedClause, "`RESTART IDENTITY` is not simulated", at: name.span,
          help: "sequences go on: write CONTINUE IDENTITY, or nothing"))
      return nil
    }
    tables = withFamilies(tables)
    let namedCount = tables.count
    var references = referencesFromOutside(to: tables)
    while syntax.isCascade, !references.isEmpty {
      for reference in references where !tables.contains(reference.child) {
        tables.append(reference.child)
      }
      references = referencesFromOutside(to: tables)
    }
    var truncate = Truncate(
      tables: tables, namedCount: namedCount, reference: references.first)
    if syntax.restartsIdentity {
      truncate.sequences = tables.flatMap { ownedSequences(of: $0) }.map { UInt16(clamping: $0) }
    }
    return StatementPart(body: .truncate(truncate), columns: [])
  }

  /// The foreign keys of other tables that refer to some, in the order of the tables' creation.
  private func referencesFromOutside(to tables: [TableID]) -> [Truncate.Reference] {
    var references: [Truncate.Reference] = []
    for (index, child) in program.schema.tables.enumerated() where !tables.contains(TableID(index))
    {
      for parent in tables
      where child.foreignKeys.contains(where: {
        $0.parent == parent && !$0.isInherited && !$0.isDropped
      }) {
        references.append(Truncate.Reference(child: TableID(index), parent: parent))
      }
    }
    return references
  }

  private func lockableTable(
    _ name: QualifiedNameSyntax, _ statement: String, _ scope: Scope
  ) -> TableID? {
    guard checkSchema(of: name) else { return nil }
    guard let table = program.schema.table(named: name.last.text) else {
      let isView = views[name.last.text] != nil
      report(
        isView
          ? Diagnostic(
            .unsupportedStatement, "`\(statement)` of a view is not simulated", at: name.span,
            help: "name the tables that it reads")
          : .misspelt(
            .unknownTable, "no table `\(name.text)`", at: name.span, name: name.last.text,
            among: program.schema.tables.map(\.name)))
      return nil
    }
    guard checkOnly(name, table) else { return nil }
    touch(table, at: name.span, scope)
    if program.schema[table].isWorld {
      report(
        Diagnostic(
          .worldAndDatabase, "`\(statement)` of a world table is not simulated", at: name.span,
          caption: "a world table", help: "the world is never locked"))
      return nil
    }
    return table
  }

  // MARK: All locks of a statement

  /// Compiles LOCK TABLE with its locks; `nil` after a report.
  package func lockStatement(_ syntax: StatementSyntax, in scope: Scope) -> CompiledStatement? {
    guard let compiled = statement(syntax, in: scope), case .lockTable(let lock) = syntax.kind
    else { return nil }
    guard isLockKept(at: syntax.span) else {
      program.statements[Int(compiled.index)].isTrivial = true
      return compiled
    }
    let tables = withoutViews(lock.tables).compactMap {
      program.schema.table(named: $0.last.text)
    }
    program.statements[Int(compiled.index)].tableLocks = withFamilies(tables).map { table in
      let isNamed = tables.contains(table)
      var taken = TableLock(
        table: table, mode: lock.mode.objectMode, waits: !lock.isNowait,
        permission: isNamed ? .any(lock.mode.privileges) : nil)
      if !isNamed { taken.parent = parent(of: table, named: nil) }
      return taken
    }
    return compiled
  }

  /// What PREPARE does with the tables of its statement, or DEALLOCATE with none.
  package func utility(_ utility: Statement.Utility, at span: SourceSpan) -> CompiledStatement {
    var statement = Statement(
      parts: [StatementPart(body: .lockTable, columns: [])], span: span)
    statement.utility = utility
    // Placing the locks may find some.
    statement.isTrivial = true
    program.statements.append(statement)
    return CompiledStatement(
      index: Int32(clamping: program.statements.count - 1), columns: [], facts: Facts(),
      kind: .lockTable)
  }

  /// What VACUUM and ANALYZE do one after the other.
  enum MaintenancePart {
    case work(CompiledStatement)
    /// A table of that name was there when the statement began, and is no more (`vacuum_open_relation`).
    case skipped(String)
  }

  /// The position of the name for whose table, or partition, the statement has waited.
  private func awaitedPosition(in syntax: MaintenanceSyntax) -> Int {
    switch tablesFound {
    case .none: return 0
    case .before(let awaited), .working(let awaited):
      return syntax.tables.firstIndex { name in
        if name.last.text == program.schema[awaited].name { return true }
        let table = program.schema.table(named: name.last.text)
        return table.map { program.schema[$0].family.contains(awaited) } ?? false
      } ?? 0
    }
  }

  /// VACUUM or ANALYZE as a statement for each table, in the order of the work; `nil` after a report.
  func maintenance(_ syntax: MaintenanceSyntax, at span: SourceSpan) -> [MaintenancePart]? {
    var tables: [TableID] = []
    /// The names that have gone, with how many tables are named before each.
    var gone: [(name: String, place: Int)] = []
    let awaited = awaitedPosition(in: syntax)
    let isWorking = if case .working = tablesFound { true } else { false }
    for (position, name) in syntax.tables.enumerated() {
      if isWorking, position < awaited { continue }
      if isWorking || position < awaited, program.schema.table(named: name.last.text) == nil {
        gone.append((name.last.text, tables.count))
        continue
      }
      guard let table = table(named: name) else { return nil }
      tables.append(table)
    }
    let isNamingAll = syntax.tables.isEmpty
    if isNamingAll {
      tables = program.schema.tables.indices.map { TableID($0) }.filter {
        !program.schema[$0].isWorld && !program.schema[$0].isHidden
          && !program.schema[$0].name.hasPrefix("$")
      }
    }
    // Partitions are done one by one; tables that inherit have to be named.
    var all: [TableID] = []
    for table in tables {
      let partitions = program.schema[table].partitioning?.partitions.map(\.table) ?? []
      for member in [table] + partitions where !all.contains(member) { all.append(member) }
    }
    var statements: [MaintenancePart] = []
    if !isNamingAll, !syntax.skipsLocked, !isWorking, !program.hasRoles {
      // All names are looked up before the work begins, one by one, under the weakest lock (`expand_vacuum_rel`).
      for table in tables {
        let look = utility(
          syntax.isVacuum ? .alone("VACUUM") : .none,
          locks: [TableLock(table: table, mode: .accessShare)], at: span)
        statements.append(.work(look))
      }
    }
    func skip(upTo place: Int) {
      while let first = gone.first, first.place <= place {
        statements.append(.skipped(first.name))
        gone.removeFirst()
      }
    }
    for table in all {
      if let place = tables.firstIndex(of: table) { skip(upTo: place) }
      let isNamed = !isNamingAll && tables.contains(table)
      let skip: TableLock.Skip? = syntax.skipsLocked ? isNamed ? .warning : .silently : nil
      // The rows of all members are looked at, whether or not they are locked.
      let members = program.schema[table].family.filter { $0 != table }.map {
        TableLock(table: $0, mode: .accessShare)
      }
      func add(_ work: Statement.Utility, _ mode: ObjectLockMode, _ members: [TableLock]) {
        let compiled = utility(work, at: span)
        program.statements[Int(compiled.index)].tableLocks =
          [
            TableLock(
              table: table, mode: mode, skip: skip,
              permission: !tables.contains(table)
                ? nil : work == .analyze && syntax.isVacuum ? .silentOwner : .maintenance)
          ] + members
        statements.append(.work(compiled))
      }
      let mode: ObjectLockMode = syntax.isFull ? .accessExclusive : .shareUpdateExclusive
      if !syntax.isVacuum {
        add(.analyze, .shareUpdateExclusive, members)
      } else if !syntax.analyzes {
        add(.vacuum, mode, [])
      } else if skip == nil {
        // A transaction for each.
        add(.vacuum, mode, [])
        add(.analyze, .shareUpdateExclusive, members)
      } else if members.isEmpty || !syntax.isFull {
        // A table that VACUUM has passed over is not analyzed.
        add(.vacuum, mode, members)
      } else {
        report(
          Diagnostic(
            .unsupportedClause,
            "VACUUM (FULL, ANALYZE, SKIP_LOCKED) of a table with partitions is not simulated",
            at: span, help: "name the partitions"))
        return nil
      }
    }
    skip(upTo: .max)
    return statements
  }

  /// Gives each statement the table locks that it takes, for the tables where any two of them can conflict.
  ///
  /// - Parameter first: The first of the statements that are new.
  func placeTableLocks(from first: Int = 0) {
    let tracksAll = tracksAllTables || program.hasRoles
    let hasExplicit =
      tracksAll || !awaitedTables.isEmpty
      || program.statements.contains { statement in
        if !statement.tableLocks.isEmpty { return true }
        return statement.parts.contains { if case .truncate = $0.body { true } else { false } }
      }
    guard hasExplicit else { return }
    var modes = [ObjectLockModes](repeating: [], count: program.schema.tables.count)
    var locks: [[TableLock]] = []
    for statement in program.statements[first...] {
      let taken: [TableLock]
      if case .analysis(let other) = statement.utility {
        taken = implicitLocks(of: program.statements[Int(other)])
      } else {
        taken = statement.hasOwnLocks ? statement.tableLocks : implicitLocks(of: statement)
      }
      for lock in taken {
        // An insert locks a partition once it knows which.
        let isAlone = statement.utility == .vacuum || statement.utility == .analyze
        for table in isAlone ? [lock.table] : withFamilies([lock.table]) {
          modes[Int(table.index)].insert(lock.mode.bit)
        }
      }
      locks.append(taken)
    }
    addReferenceModes(to: &modes)
    program.trackedTables = modes.enumerated().map { table, held in
      tracksAll || awaitedTables.contains(TableID(table))
        || ObjectLockMode.allCases.contains { held.contains($0.bit) && held.conflicts(with: $0) }
    }
    for index in program.statements.indices[first...] {
      program.statements[index].tableLocks = locks[index - first].filter {
        program.tracksTable($0.table)
      }
      if program.statements[index].isLockTable {
        program.statements[index].isTrivial = program.statements[index].tableLocks.isEmpty
      }
    }
  }

  /// Foreign keys are checked by queries on the other table.
  private func addReferenceModes(to modes: inout [ObjectLockModes]) {
    for (index, table) in program.schema.tables.enumerated() {
      for key in table.foreignKeys {
        for parent in withFamilies([key.parent]) { modes[Int(parent.index)].insert(.rowShare) }
        modes[index].formUnion([.rowShare, .rowExclusive])
      }
    }
  }

  /// The locks of a statement in the order of its analysis: a part's target, then what it reads.
  private func implicitLocks(of statement: Statement) -> [TableLock] {
    var locks: [TableLock] = []
    func add(_ table: TableID, _ mode: ObjectLockMode, alone: Bool = false) {
      guard !program.schema[table].isWorld else { return }
      for member in alone ? [table] : withFamilies([table]) {
        var lock = TableLock(table: member, mode: mode)
        lock.parent = parent(of: member, named: table)
        if !locks.contains(lock) { locks.append(lock) }
      }
    }
    func add(_ table: TableID, _ mode: ObjectLockMode) { add(table, mode, alone: false) }
    func read(_ query: QueryID, target: TableID? = nil) {
      let entry = program.queries[Int(query.index)]
      var isTarget = target != nil
      if case .select(let select) = entry.body {
        for (index, relation) in select.relations.enumerated() {
          guard case .table(let table) = relation.source else { continue }
          if entry.locks.contains(where: { $0.relation == index }) { add(table, .rowShare) }
        }
      }
      visit(
        query, level: 0, operation: { operation, _ in addCalled(operation, add) },
        relation: { relation in
          guard case .table(let table) = relation.source else { return }
          if isTarget, table == target {
            isTarget = false
            return
          }
          if !entry.locks.isEmpty, locks.contains(TableLock(table: table, mode: .rowShare)) {
            return
          }
          add(table, .accessShare)
        })
    }
    func evaluate(_ expression: Expression?) {
      guard let expression else { return }
      visit(
        program.operations[program.range(of: expression)], level: 0,
        operation: { operation, _ in addCalled(operation, add) },
        relation: { relation in
          if case .table(let table) = relation.source { add(table, .accessShare) }
        })
    }
    for part in statement.parts {
      switch part.body {
      case .query(let query): read(query)
      case .insert(let insert):
        add(insert.table, .rowExclusive, alone: true)
        read(insert.source)
        for expression in insert.defaults { evaluate(expression) }
        for expression in insert.returning { evaluate(expression) }
        for assignment in insert.onConflict?.assignments ?? [] { evaluate(assignment.value) }
        evaluate(insert.onConflict?.condition)
      case .update(let update):
        add(update.table, .rowExclusive)
        read(update.source, target: update.table)
        for assignment in update.assignments { evaluate(assignment.value) }
        for expression in update.returning { evaluate(expression) }
      case .delete(let delete):
        add(delete.table, .rowExclusive)
        read(delete.source, target: delete.table)
        for expression in delete.returning { evaluate(expression) }
      case .merge(let merge):
        add(merge.table, .rowExclusive)
        read(merge.source, target: merge.table)
        for expression in merge.expressions { evaluate(expression) }
      case .lockTable, .alter: break
      case .truncate(let truncate):
        for (index, table) in truncate.tables.enumerated() {
          let isNamed = index < truncate.namedCount && !isMember(table, ofAny: truncate.tables)
          var lock = TableLock(
            table: table, mode: .accessExclusive, permission: isNamed ? .any(.truncate) : nil)
          if isMember(table, ofAny: truncate.tables) { lock.parent = parent(of: table, named: nil) }
          if !locks.contains(where: { $0.table == table }) { locks.append(lock) }
        }
        for table in truncate.sequences.compactMap({ sequenceTables[Int($0)] }) {
          add(table, .accessExclusive)
        }
      }
    }
    // The planner locks the indexes of the tables in the same modes.
    for lock in locks {
      guard let indexes = indexTables[lock.table],
        lock.mode.rawValue < ObjectLockMode.shareUpdateExclusive.rawValue
      else {
        continue
      }
      locks.append(TableLock(table: indexes, mode: lock.mode))
    }
    return locks
  }

  /// The partitioned table in whose name a statement comes to a partition, which may be none by then.
  private func parent(of member: TableID, named table: TableID?) -> TableID? {
    guard program.switchesPartitions, member != table else { return nil }
    return program.schema[member].partitioned
  }

  /// Whether a table has its rows in the name of another one of some.
  private func isMember(_ table: TableID, ofAny others: [TableID]) -> Bool {
    others.contains { $0 != table && program.schema[$0].family.contains(table) }
  }

  /// The tables of a function that is called in place are locked with the statement's own.
  private func addCalled(_ operation: Operation, _ add: (TableID, ObjectLockMode) -> Void) {
    switch operation {
    case .nextValue(let sequence), .sequence(.current, let sequence), .sequence(.set, let sequence),
      .sequence(.setCalled, let sequence):
      if let table = sequenceTables[Int(sequence)] { add(table, .rowExclusive) }
    default: break
    }
    guard case .routine(let index, _) = operation else { return }
    var pending = [Int(index)]
    var visited: Set<Int> = []
    while let next = pending.popLast() {
      guard visited.insert(next).inserted else { continue }
      for instruction in program.routines[next].instructions {
        switch instruction {
        case .call(let callee, _, _): pending.append(Int(callee.index))
        case .statement(let statement, _), .openCursor(let statement):
          for part in program.statements[Int(statement)].parts {
            guard case .query(let query) = part.body else { continue }
            visit(
              query, level: 0,
              operation: { operation, _ in
                if case .routine(let callee, _) = operation { pending.append(Int(callee)) }
              },
              relation: { relation in
                if case .table(let table) = relation.source { add(table, .accessShare) }
              })
          }
        default: break
        }
      }
    }
  }
}

extension LockTableSyntax.Mode {
  var objectMode: ObjectLockMode {
    switch self {
    case .accessShare: .accessShare
    case .rowShare: .rowShare
    case .rowExclusive: .rowExclusive
    case .shareUpdateExclusive: .shareUpdateExclusive
    case .share: .share
    case .shareRowExclusive: .shareRowExclusive
    case .exclusive: .exclusive
    case .accessExclusive: .accessExclusive
    }
  }
}
