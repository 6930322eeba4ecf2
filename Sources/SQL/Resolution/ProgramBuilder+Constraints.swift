import Store

// Keys and checks, and the names that PostgreSQL gives them.
extension ProgramBuilder {
  // MARK: Names

  /// The first of `a_b_label`, `a_b_label1`, … that no relation has.
  ///
  /// Source: `ChooseRelationName` in indexcmds.c.
  func unusedName(_ first: String, _ second: String?, _ label: String) -> String {
    unusedName(first, second, label) { relationNames.contains($0) }
  }

  private func unusedName(
    _ first: String, _ second: String?, _ label: String, _ isTaken: (String) -> Bool
  ) -> String {
    var name = Self.objectName(first, second, label)
    var pass = 1
    while isTaken(name) {
      name = Self.objectName(first, second, "\(label)\(pass)")
      pass += 1
    }
    return name
  }

  /// Joins the parts to at most 63 bytes, cutting the longer of the first two.
  ///
  /// Source: `makeObjectName` in indexcmds.c.
  static func objectName(_ first: String, _ second: String?, _ label: String) -> String {
    var first = Substring(first)
    var second = second.map { Substring($0) }
    func length() -> Int {
      first.utf8.count + (second.map { $0.utf8.count + 1 } ?? 0) + label.utf8.count + 1
    }
    while length() > 63 {
      if let shorter = second, shorter.utf8.count >= first.utf8.count {
        second = shorter.dropLast()
      } else if first.isEmpty {
        break
      } else {
        first = first.dropLast()
      }
    }
    return ([first, second].compactMap { $0.map(String.init) } + [label]).joined(separator: "_")
  }

  private func constraintNames(of table: TableID) -> Set<String> {
    let shape = program.schema[table]
    return Set(
      shape.uniqueIndexes.map(\.name) + shape.foreignKeys.filter { !$0.isDropped }.map(\.name)
        + (checkSyntax[table]?.keys.map { $0 } ?? []))
  }

  /// A constraint's name: as written, or the one that PostgreSQL would choose.
  private func name(
    of constraint: TableConstraintSyntax, on table: TableID, columns: String?, label: String
  ) -> String? {
    let taken = constraintNames(of: table)
    if let written = constraint.name {
      guard !taken.contains(written.text) else {
        report(
          Diagnostic(
            .duplicateName,
            "constraint `\(written.text)` for relation `\(program.schema[table].name)` "
              + "already exists", at: written.span))
        return nil
      }
      return written.text
    }
    return unusedName(program.schema[table].name, columns, label) { taken.contains($0) }
  }

  // MARK: Adding

  /// Adds a constraint to a table; checks are compiled by ``compileChecks(of:)``.
  func add(_ constraint: TableConstraintSyntax, to table: TableID) {
    switch constraint.kind {
    case .primaryKey(let names): addPrimaryKey(names, constraint, table)
    case .unique(let names, let nullsNotDistinct):
      addUnique(names, constraint, table, areNullsEqual: nullsNotDistinct)
    case .check(let condition): addCheck(condition, constraint, table)
    case .foreignKey(let names, let reference):
      addForeignKey(names, reference, constraint, table)
    }
  }

  private func positions(of names: [NameSyntax], _ table: TableID) -> [Int]? {
    var result: [Int] = []
    for name in names {
      guard let position = column(name, of: table) else { return nil }
      if result.contains(position) {
        report(
          Diagnostic(
            .duplicateName, "column `\(name.text)` appears twice in the constraint",
            at: name.span))
        return nil
      }
      result.append(position)
    }
    return result
  }

  /// Registers a constraint that is DEFERRABLE; `nil` for others.
  func deferrable(_ name: String, _ deferral: DeferralSyntax, at span: SourceSpan) -> UInt8? {
    guard deferral.isDeferrable || deferral.isInitiallyDeferred else { return nil }
    guard program.schema.deferrables.count < Schema.deferrablesLimit else {
      report(
        Diagnostic(
          .limitExceeded,
          "there are more than \(Schema.deferrablesLimit) deferrable constraints", at: span,
          help: "leave DEFERRABLE out where nothing is deferred"))
      return nil
    }
    program.schema.deferrables.append(
      DeferrableConstraint(name: name, isInitiallyDeferred: deferral.isInitiallyDeferred))
    return UInt8(clamping: program.schema.deferrables.count - 1)
  }

  private func addPrimaryKey(
    _ names: [NameSyntax], _ constraint: TableConstraintSyntax, _ table: TableID
  ) {
    guard let positions = positions(of: names, table) else { return }
    let shape = program.schema[table]
    guard !shape.uniqueIndexes.contains(where: \.isPrimary) else {
      report(
        Diagnostic(
          .invalidDefinition, "multiple primary keys for table `\(shape.name)` are not allowed",
          at: constraint.span))
      return
    }
    for position in positions {
      program.schema.tables[Int(table.index)].columns[position].isNotNull = true
    }
    let name = constraint.name?.text ?? unusedName(shape.name, nil, "pkey")
    guard claim(name, at: constraint.name?.span ?? constraint.span) else { return }
    var index = Table.UniqueIndex(name: name, columns: positions, isPrimary: true)
    index.isConstraint = true
    index.deferrable = deferrable(name, constraint.deferral, at: constraint.span)
    program.schema.tables[Int(table.index)].uniqueIndexes.append(index)
  }

  private func addUnique(
    _ names: [NameSyntax], _ constraint: TableConstraintSyntax, _ table: TableID,
    areNullsEqual: Bool
  ) {
    guard let positions = positions(of: names, table) else { return }
    let shape = program.schema[table]
    // PostgreSQL makes one index of two equal constraints without names.
    if constraint.name == nil,
      shape.uniqueIndexes.contains(where: {
        $0.columns == positions && $0.isConstraint && $0.areNullsEqual == areNullsEqual
      })
    {
      return
    }
    let columns = names.map(\.text).joined(separator: "_")
    let name = constraint.name?.text ?? unusedName(shape.name, columns, "key")
    guard claim(name, at: constraint.name?.span ?? constraint.span) else { return }
    var index = Table.UniqueIndex(name: name, columns: positions, isPrimary: false)
    index.isConstraint = true
    index.areNullsEqual = areNullsEqual
    index.deferrable = deferrable(name, constraint.deferral, at: constraint.span)
    program.schema.tables[Int(table.index)].uniqueIndexes.append(index)
  }

  // MARK: Checks

  private func addCheck(
    _ condition: ExpressionSyntax, _ constraint: TableConstraintSyntax, _ table: TableID
  ) {
    guard let typed = check(condition, table) else { return }
    var offsets: Set<Int> = []
    visitColumns(of: typed.code) { _, offset in offsets.insert(offset) }
    let only = offsets.count == 1 ? offsets.first : nil
    let column = only.map { program.schema[table].columns[$0 - 1].name }
    guard let name = name(of: constraint, on: table, columns: column, label: "check") else {
      return
    }
    checkSyntax[table, default: [:]][name] = condition
  }

  private func check(_ syntax: ExpressionSyntax, _ table: TableID) -> Typed? {
    let level = QueryLevel()
    let shape = program.schema[table]
    let span = tableSpans[table] ?? syntax.span
    guard
      let joined = addRelation(
        .table(table), alias: shape.name,
        columns: shape.columns.map { OutputColumn(name: $0.name, type: $0.type) },
        RelationDetail(kind: .table(table), span: span), definition: span, to: level)
    else { return nil }
    level.namespace = joined.items
    var scope = Scope(access: .database).entering(level).inside(.check)
    scope.callRefusal = "it stands in a check"
    return booleanOperand(syntax, "CHECK", scope)
  }

  /// Compiles a table's checks, in the order of their names, which is that of their evaluation.
  func compileChecks(of table: TableID) {
    let named = (checkSyntax[table] ?? [:]).sorted { $0.key < $1.key }
    program.checks[Int(table.index)] = named.compactMap { name, syntax in
      check(syntax, table).map { CheckConstraint(name: name, condition: commit($0.code)) }
    }
  }

  // MARK: Foreign keys

  private func addForeignKey(
    _ names: [NameSyntax], _ reference: ReferenceSyntax, _ constraint: TableConstraintSyntax,
    _ table: TableID
  ) {
    guard let positions = positions(of: names, table),
      let parent = self.table(named: reference.table)
    else { return }
    if program.schema[parent].isWorld != program.schema[table].isWorld {
      report(
        Diagnostic(
          .worldAndDatabase, "a foreign key cannot lead from the database to the world or back",
          at: reference.table.span))
      return
    }
    if reference.isMatchFull, positions.count > 1 {
      report(Diagnostic(.unsupportedClause, "MATCH FULL is not simulated", at: constraint.span))
      return
    }
    guard let parents = parentColumns(reference, parent, positions.count, constraint) else {
      return
    }
    for (position, other) in zip(positions, parents) {
      guard checkComparable(position, of: table, other, of: parent, constraint.span) else { return }
    }
    let columns = names.map(\.text).joined(separator: "_")
    guard let name = name(of: constraint, on: table, columns: columns, label: "fkey") else {
      return
    }
    var key = Table.ForeignKey(
      name: name, columns: positions, parent: parent, parentColumns: parents)
    key.onDelete = Self.action(reference.onDelete)
    key.onUpdate = Self.action(reference.onUpdate)
    key.deferrable = deferrable(name, constraint.deferral, at: constraint.span)
    program.schema.tables[Int(table.index)].foreignKeys.append(key)
    for partition in program.schema[parent].partitioning?.partitions ?? [] {
      nameReference(table, program.schema[table].foreignKeys.count - 1, of: partition.table)
    }
  }

  /// Gives a foreign key another name for a partition of its parent (`addFkRecurseReferenced`).
  func nameReference(_ table: TableID, _ index: Int, of partition: TableID) {
    let shape = program.schema[table]
    let key = shape.foreignKeys[index]
    let columns = key.columns.map { shape.columns[$0].name }.joined(separator: "_")
    let name = unusedName(shape.name, columns, "fkey") { name in
      constraintNames(of: table).contains(name)
        || shape.foreignKeys.contains { $0.partitionNames.contains { $0.name == name } }
    }
    program.schema[table].foreignKeys[index].partitionNames.append(
      Table.ForeignKey.PartitionName(table: partition, name: name))
  }

  private static func action(_ action: ReferenceSyntax.Action) -> Table.ForeignKey.Action {
    switch action {
    case .noAction: .noAction
    case .restrict: .restrict
    case .cascade: .cascade
    case .setNull: .setNull
    case .setDefault: .setDefault
    }
  }

  private func parentColumns(
    _ reference: ReferenceSyntax, _ parent: TableID, _ count: Int,
    _ constraint: TableConstraintSyntax
  ) -> [Int]? {
    let shape = program.schema[parent]
    guard !reference.columns.isEmpty else {
      guard let primary = shape.uniqueIndexes.first(where: \.isPrimary) else {
        report(
          Diagnostic(
            .noMatchingUniqueKey,
            "there is no primary key for referenced table `\(shape.name)`",
            at: reference.table.span))
        return nil
      }
      guard checkImmediate(primary, of: shape, reference) else { return nil }
      return checkCount(primary.columns, count, constraint)
    }
    guard let positions = positions(of: reference.columns, parent) else { return nil }
    let matching = shape.uniqueIndexes.filter {
      $0.isPlain && Set($0.columns) == Set(positions)
    }
    if let first = matching.first, matching.allSatisfy({ $0.deferrable != nil }) {
      guard checkImmediate(first, of: shape, reference) else { return nil }
    }
    guard !matching.isEmpty else {
      report(
        Diagnostic(
          .noMatchingUniqueKey,
          "there is no unique constraint matching given keys for referenced table `\(shape.name)`",
          at: reference.table.span))
      return nil
    }
    return checkCount(positions, count, constraint)
  }

  private func checkImmediate(
    _ index: Table.UniqueIndex, of shape: Table, _ reference: ReferenceSyntax
  ) -> Bool {
    guard index.deferrable != nil else { return true }
    report(
      Diagnostic(
        .noMatchingUniqueKey,
        "cannot use a deferrable unique constraint for referenced table `\(shape.name)`",
        at: reference.table.span, help: "drop DEFERRABLE from `\(index.name)`"))
    return false
  }

  private func checkCount(
    _ positions: [Int], _ count: Int, _ constraint: TableConstraintSyntax
  ) -> [Int]? {
    if positions.count == count { return positions }
    report(
      Diagnostic(
        .columnCountMismatch,
        "number of referencing and referenced columns for foreign key disagree",
        at: constraint.span))
    return nil
  }

  private func checkComparable(
    _ position: Int, of table: TableID, _ other: Int, of parent: TableID, _ span: SourceSpan
  ) -> Bool {
    let child = program.schema[table].columns[position]
    let key = program.schema[parent].columns[other]
    let isSame =
      child.type.withoutModifiers == key.type.withoutModifiers
      || Builtins.resolveOperator("=", key.type, child.type) != nil
    if !isSame {
      report(
        Diagnostic(
          .typeMismatch,
          "key columns `\(child.name)` and `\(key.name)` are of incompatible types: "
            + "`\(name(child.type))` and `\(name(key.type))`", at: span))
    }
    return isSame
  }
}
