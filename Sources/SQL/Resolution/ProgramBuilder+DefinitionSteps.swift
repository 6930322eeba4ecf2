import Store

// What steps of an isolation spec do to definitions: it is compiled as if it had been done, and switched on by
// the step.
extension ProgramBuilder {
  /// Prepares what a step defines, before anything is compiled.
  ///
  /// - Returns: False, after a report, for what steps cannot do.
  package func defineStep(_ statement: StatementSyntax) -> Bool {
    switch statement.kind {
    case .truncate(let truncate):
      // Sequences that begin again are locked.
      let tables = truncate.tables.compactMap { program.schema.table(named: $0.last.text) }
      for sequence in withFamilies(tables).flatMap({ ownedSequences(of: $0) }) {
        addLockTable(ofSequence: sequence)
      }
    case .createTrigger: define([statement], isWorld: false)
    case .drop(let drop) where drop.kind == .trigger || drop.kind == .index: break
    case .createIndex: break
    case .alterSequence(let syntax):
      guard let (sequence, change) = change(of: syntax) else { return false }
      if change.cache.map({ $0 > 1 }) ?? false { program.schema.tracksSequences = true }
      addLockTable(ofSequence: sequence)
    case .alterTable(let change):
      for action in change.actions where !isSwitch(action) {
        refuseStep(statement)
        return false
      }
      guard let table = table(named: change.name) else { return false }
      let adds = change.actions.contains { if case .addConstraint = $0 { true } else { false } }
      if adds, program.schema[table].partitioning != nil || program.schema[table].partitioned != nil
      {
        refuseStep(statement)
        return false
      }
      for action in change.actions {
        switch action {
        case .attachPartition(let name, let partition):
          guard defineAttachment(name, partition, at: statement.span) else { return false }
        case .detachPartition(let name, _):
          guard defineDetachment(name, of: table) else { return false }
        default: break
        }
      }
      defineReferences(change, table, at: statement.span)
    default:
      refuseStep(statement)
      return false
    }
    return true
  }

  /// Whether a step's statement can be prepared for before anything runs, so that the step switches it on.
  package func isPrepared(_ statement: StatementSyntax) -> Bool {
    switch statement.kind {
    case .alterTable(let change): change.actions.allSatisfy { isSwitch($0) }
    case .createIndex(let index): index.isConcurrent || index.isPlain
    case .drop(let drop) where drop.kind == .index: drop.isConcurrent || dropsPlainIndex(drop)
    default: !statement.isStepDefinition
    }
  }

  /// Refuses a step that changes the schema in another way.
  package func refuseStep(_ statement: StatementSyntax) {
    report(
      Diagnostic(
        .unsupportedStatement, "a step that changes the schema in this way is not simulated",
        at: statement.span,
        help:
          "steps may create, drop, enable and disable triggers, add foreign keys, alter sequences, and make and "
          + "drop indexes; "
          + "move others to a `setup` block"))
  }

  private func isSwitch(_ action: AlterTableSyntax.Action) -> Bool {
    switch action {
    case .setTrigger(let name, _): return name != nil
    case .validateConstraint, .setOwner, .attachPartition, .detachPartition: return true
    case .addConstraint(let constraint):
      if case .foreignKey = constraint.kind { return true }
      return false
    default: return false
    }
  }

  private func defineReferences(
    _ change: AlterTableSyntax, _ table: TableID, at span: SourceSpan
  ) {
    for case .addConstraint(let constraint) in change.actions {
      let first = program.schema[table].foreignKeys.count
      add(constraint, to: table)
      switchReferences(of: table, from: first, at: span)
    }
  }

  /// Foreign keys from a position on are there once the statement has run.
  func switchReferences(of table: TableID, from first: Int, at span: SourceSpan) {
    for key in first..<program.schema[table].foreignKeys.count {
      let number = addedReferences.values.reduce(0) { $0 + $1.count }
      guard number < 64 else {
        report(
          Diagnostic(
            .limitExceeded, "the steps of a spec add at most 64 foreign keys", at: span))
        return
      }
      program.schema[table].foreignKeys[key].switchNumber = UInt8(number)
      addedReferences[span, default: []].append((table, key))
    }
  }

  private func addLockTable(ofSequence sequence: Int) {
    guard sequenceTables[sequence] == nil else { return }
    let name = "$sequence \(program.schema.sequences[sequence].name)"
    sequenceTables[sequence] = TableID(program.schema.tables.count)
    program.schema.tables.append(Table(name: name, isWorld: false, columns: []))
    program.checks.append([])
  }

  // MARK: Compiling

  /// Compiles a statement that changes definitions, with its locks; `nil` after a report.
  func alteration(_ syntax: StatementSyntax) -> CompiledStatement? {
    guard let (alteration, found) = changes(of: syntax) else { return nil }
    var locks = locksDefinitions ? found : []
    for index in locks.indices where alteration.name != "CREATE TRIGGER" {
      locks[index].permission = index == 0 ? .owner : nil
    }
    return self.alteration(
      named: alteration.name, alteration.changes, locks: locks, at: syntax.span)
  }

  private func changes(of syntax: StatementSyntax) -> (Alteration, [TableLock])? {
    switch syntax.kind {
    case .createTrigger(let trigger):
      guard let numbers = triggerNumbers[syntax.span],
        let table = program.schema.table(named: trigger.table.last.text)
      else { return nil }
      return (
        Alteration(
          name: "CREATE TRIGGER",
          changes: numbers.map { .trigger(UInt8(clamping: $0), isOn: true) }),
        withFamilies([table]).map { TableLock(table: $0, mode: .shareRowExclusive) }
      )
    case .drop(let drop) where drop.kind == .trigger:
      guard let table = drop.table.flatMap({ program.schema.table(named: $0.last.text) }),
        let name = drop.names.first, let number = triggerNumber(name.last, of: table)
      else { return nil }
      return (
        Alteration(name: "DROP TRIGGER", changes: [.trigger(number, isOn: false)]),
        [TableLock(table: table, mode: .accessExclusive)]
      )
    case .alterSequence(let sequence):
      guard let (number, change) = change(of: sequence) else { return nil }
      let locks = sequenceTables[number].map { [TableLock(table: $0, mode: .shareRowExclusive)] }
      return (
        Alteration(
          name: "ALTER SEQUENCE", changes: [.sequence(UInt16(clamping: number), change)]),
        locks ?? []
      )
    case .alterTable(let change): return changes(of: change, at: syntax.span)
    default:
      refuseStep(syntax)
      return nil
    }
  }

  private func changes(
    of syntax: AlterTableSyntax, at span: SourceSpan
  ) -> (Alteration, [TableLock])? {
    guard let table = program.schema.table(named: syntax.name.last.text) else { return nil }
    var result = Alteration(name: "ALTER TABLE", changes: [])
    var locks: [TableLock] = []
    var added = addedReferences[span] ?? []
    for action in syntax.actions {
      switch action {
      case .setTrigger(let name?, let isEnabled):
        guard let number = triggerNumber(name, of: table) else { return nil }
        result.changes.append(.trigger(number, isOn: isEnabled))
        locks.append(TableLock(table: table, mode: .shareRowExclusive))
      case .attachPartition(let name, _):
        guard let child = program.schema.table(named: name.last.text) else { return nil }
        locks += attachmentLocks(child, of: table)
        result.changes.append(.partition(child, of: table, .attached))
        for (table, key) in added {
          let reference = program.schema[table].foreignKeys[key]
          result.changes.append(.reference(reference.switchNumber ?? 0))
          result.changes.append(.validate(table, key: key))
          locks += withFamilies([reference.parent]).map {
            TableLock(table: $0, mode: .shareRowExclusive)
          }
        }
        added = []
      case .detachPartition(let name, _):
        guard let child = program.schema.table(named: name.last.text) else { return nil }
        locks.append(TableLock(table: table, mode: .accessExclusive))
        locks +=
          defaultPartition(of: table, besides: child).map {
            [TableLock(table: $0, mode: .accessExclusive)]
          } ?? []
        locks.append(TableLock(table: child, mode: .accessExclusive))
        locks += referringLocks(to: table)
        result.changes.append(.partition(child, of: table, .detached))
      case .setOwner(let name):
        guard let role = roleNumber(name) else { return nil }
        result.changes.append(.owner(table, role))
        locks.append(TableLock(table: table, mode: .accessExclusive))
      case .validateConstraint(let name):
        guard
          let key = program.schema[table].foreignKeys.firstIndex(where: { $0.name == name.text })
        else {
          report(
            .misspelt(
              .unknownConstraint, "no foreign key `\(name.text)` on `\(syntax.name.text)`",
              at: name.span, name: name.text,
              among: program.schema[table].foreignKeys.map(\.name)))
          return nil
        }
        result.changes.append(.validate(table, key: key))
        locks.append(TableLock(table: table, mode: .shareUpdateExclusive))
        locks.append(
          TableLock(table: program.schema[table].foreignKeys[key].parent, mode: .rowShare))
      case .addConstraint(let constraint):
        guard let (table, key) = added.first else { return nil }
        added.removeFirst()
        let reference = program.schema[table].foreignKeys[key]
        result.changes.append(.reference(reference.switchNumber ?? 0))
        if !constraint.deferral.isNotValid { result.changes.append(.validate(table, key: key)) }
        locks.append(TableLock(table: table, mode: .shareRowExclusive))
        locks.append(TableLock(table: reference.parent, mode: .shareRowExclusive))
      default: return nil
      }
    }
    return (result, locks)
  }

  private func triggerNumber(_ name: NameSyntax, of table: TableID) -> UInt8? {
    let number = program.triggers.firstIndex { $0.table == table && $0.name == name.text }
    if number == nil { reportNoTrigger(name, program.schema[table].name, of: table) }
    return number.map { UInt8(clamping: $0) }
  }
}
