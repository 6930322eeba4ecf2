import Store

/// A trigger as written.
struct TriggerDefinition {
  var syntax: CreateTriggerSyntax
  var span: SourceSpan
  var table: TableID
  var deferrable: UInt8?
  var isEnabled = true

  /// Whether it fires for an UPDATE of the columns that are named, or any.
  var updated: [NameSyntax] {
    syntax.events.flatMap { event -> [NameSyntax] in
      if case .update(let names) = event { names } else { [] }
    }
  }
}

// CREATE TRIGGER and what switches triggers off.
extension ProgramBuilder {
  func define(_ syntax: CreateTriggerSyntax, at span: SourceSpan) {
    guard checkTrigger(syntax, at: span), let table = table(named: syntax.table) else { return }
    guard !program.schema[table].isWorld else {
      report(
        Diagnostic(
          .unsupportedClause, "the world has no triggers", at: syntax.table.span,
          help: "let the writer do it"))
      return
    }
    var definition = TriggerDefinition(syntax: syntax, span: span, table: table)
    for name in definition.updated where column(name, of: table) == nil { return }
    let same = triggerDefinitions.firstIndex {
      $0.table == table && $0.syntax.name.text == syntax.name.text
    }
    if let same {
      guard syntax.orReplace else {
        report(
          Diagnostic(
            .duplicateName,
            "trigger `\(syntax.name.text)` for relation `\(syntax.table.text)` already exists",
            at: syntax.name.span,
            labels: [.init("defined here", at: triggerDefinitions[same].syntax.name.span)]))
        return
      }
      triggerDefinitions.remove(at: same)
    }
    definition.deferrable = deferrable(syntax.name.text, syntax.deferral, at: span)
    let count = triggerDefinitions.count { $0.table == table }
    guard count < Program.triggersLimit else {
      report(
        Diagnostic(
          .limitExceeded, "a table has at most \(Program.triggersLimit) triggers", at: span))
      return
    }
    triggerDefinitions.append(definition)
  }

  /// Refuses what is not simulated, and what PostgreSQL refuses.
  private func checkTrigger(_ syntax: CreateTriggerSyntax, at span: SourceSpan) -> Bool {
    func refuse(_ code: DiagnosticCode, _ message: String, _ help: String) -> Bool {
      report(Diagnostic(code, message, at: span, help: Diagnostic.Help(help)))
      return false
    }
    if syntax.timing == .insteadOf {
      return refuse(
        .unsupportedClause, "INSTEAD OF triggers are not simulated", "write to the table itself")
    }
    if syntax.events.contains(.truncate) {
      return refuse(
        .unsupportedClause, "triggers for TRUNCATE are not simulated", "leave TRUNCATE out")
    }
    if syntax.isConstraint, syntax.timing != .after || !syntax.isForEachRow {
      return refuse(
        .invalidDefinition, "a constraint trigger is AFTER and FOR EACH ROW",
        "drop CONSTRAINT, or write AFTER … FOR EACH ROW")
    }
    if !syntax.isConstraint, syntax.deferral.isDeferrable {
      return refuse(
        .invalidDefinition, "only constraint triggers can be deferrable",
        "write CREATE CONSTRAINT TRIGGER")
    }
    return triggerFunction(syntax) != nil
  }

  private func triggerFunction(_ syntax: CreateTriggerSyntax) -> FunctionSignature? {
    let name = syntax.function.last
    let named = functions.filter { $0.name == name.text }
    if let found = named.first(where: { $0.isTrigger && $0.parameters.isEmpty }) { return found }
    if let other = named.first {
      report(
        Diagnostic(
          .invalidDefinition, "function `\(name.text)` must return type `trigger`",
          at: name.span, labels: [.init("defined here", at: other.syntax.name.span)],
          help: Diagnostic.Help("declare it `RETURNS trigger`")))
    } else {
      report(
        .misspelt(
          .unknownFunction, "there is no function `\(name.text)()` before this", at: name.span,
          name: name.text, among: functions.filter(\.isTrigger).map(\.name)))
    }
    return nil
  }

  func dropTrigger(_ name: NameSyntax, _ syntax: DropSyntax) {
    let table = syntax.table.flatMap { program.schema.table(named: $0.last.text) }
    let index = triggerDefinitions.firstIndex {
      $0.table == table && $0.syntax.name.text == name.text
    }
    if let index {
      triggerDefinitions.remove(at: index)
    } else if !syntax.ifExists {
      reportNoTrigger(name, syntax.table?.text ?? "", of: table)
    }
  }

  /// `ALTER TABLE … ENABLE | DISABLE TRIGGER`.
  func enableTrigger(_ name: NameSyntax?, _ isEnabled: Bool, of table: TableID) {
    var isFound = name == nil
    for index in triggerDefinitions.indices
    where triggerDefinitions[index].table == table
      && (name == nil || triggerDefinitions[index].syntax.name.text == name?.text)
    {
      triggerDefinitions[index].isEnabled = isEnabled
      isFound = true
    }
    if !isFound, let name { reportNoTrigger(name, program.schema[table].name, of: table) }
  }

  func reportNoTrigger(_ name: NameSyntax, _ relation: String, of table: TableID?) {
    report(
      .misspelt(
        .unknownConstraint, "trigger `\(name.text)` for table `\(relation)` does not exist",
        at: name.span, name: name.text,
        among: triggerDefinitions.filter { $0.table == table }.map(\.syntax.name.text)))
  }

  // MARK: Compiling

  /// Compiles every trigger with its function: a function is compiled for each trigger anew, because OLD and
  /// NEW have the columns of its table.
  func compileTriggers() {
    compileDefaults()
    program.triggers = []
    program.tableTriggers = []
    triggerNumbers = [:]
    let enabled = triggerDefinitions.filter { $0.isEnabled || switchesTriggers }.sorted {
      $0.table == $1.table
        ? $0.syntax.name.text.utf8.lexicographicallyPrecedes($1.syntax.name.text.utf8)
        : $0.table.index < $1.table.index
    }
    guard !enabled.isEmpty else { return }
    program.tableTriggers = program.schema.tables.map { _ in [] }
    for definition in enabled {
      guard let function = triggerFunction(definition.syntax) else { continue }
      if !program.schema[definition.table].writtenOrder.isEmpty, definition.syntax.isForEachRow {
        report(
          Diagnostic(
            .unsupportedClause,
            "a row trigger of a partition whose columns have another order is not simulated",
            at: definition.span, help: "write its columns as in the partitioned table"))
        continue
      }
      // A function of several triggers has its mistakes once.
      let before = diagnostics
      let routine = compileTriggerBody(function, of: definition)
      let condition = definition.syntax.condition.flatMap { self.condition($0, of: definition) }
      let known = Set(before)
      diagnostics = before + diagnostics[before.count...].filter { !known.contains($0) }
      checkCascades(definition)
      var trigger = Trigger(
        name: definition.syntax.name.text, table: definition.table,
        timing: definition.syntax.timing == .before ? .before : .after,
        isForEachRow: definition.syntax.isForEachRow, events: Self.events(of: definition.syntax),
        columns: definition.updated.compactMap { column($0, of: definition.table) },
        routine: routine)
      trigger.condition = condition
      trigger.deferrable = definition.deferrable
      program.triggers.append(trigger)
      triggerNumbers[definition.span, default: []].append(program.triggers.count - 1)
      if switchesTriggers, program.triggers.count > 64 {
        report(
          Diagnostic(
            .limitExceeded, "a spec has at most 64 triggers", at: definition.span))
      }
      program.tableTriggers[Int(definition.table.index)].append(
        UInt16(clamping: program.triggers.count - 1))
    }
  }

  /// The defaults of tables whose foreign keys set them.
  private func compileDefaults() {
    let isNeeded = program.schema.tables.contains { table in
      table.foreignKeys.contains { $0.onDelete == .setDefault || $0.onUpdate == .setDefault }
    }
    guard isNeeded else { return }
    program.defaults = program.schema.tables.indices.map { number in
      let table = TableID(number)
      return program.schema[table].columns.indices.map { column in
        defaults[table]?[column].map { commit($0) }
      }
    }
  }

  private static func events(of syntax: CreateTriggerSyntax) -> UInt8 {
    syntax.events.reduce(0) { bits, event in
      switch event {
      case .insert: bits | RowEvent.insert.bit
      case .update: bits | RowEvent.update.bit
      case .delete: bits | RowEvent.delete.bit
      case .truncate: bits
      }
    }
  }

  /// WHEN, in a tuple of OLD and NEW.
  private func condition(
    _ syntax: ExpressionSyntax, of definition: TriggerDefinition
  ) -> Expression? {
    let level = QueryLevel()
    if definition.syntax.isForEachRow {
      let columns = columns(of: definition.table)
      for alias in ["old", "new"] {
        guard
          let joined = addRelation(
            .given, alias: alias, columns: columns,
            RelationDetail(kind: .other, span: definition.syntax.table.span),
            definition: tableSpans[definition.table], to: level)
        else { return nil }
        level.namespace += joined.items
      }
    }
    var scope = Scope(access: .database).entering(level).inside(.trigger)
    scope.callRefusal = "it stands in the condition of a trigger"
    guard let typed = listedCondition(syntax, "WHEN", scope) else { return nil }
    return commit(typed.code)
  }

  /// STATEMENT triggers of a table that foreign keys' actions write to fire for those, too.
  private func checkCascades(_ definition: TriggerDefinition) {
    guard !definition.syntax.isForEachRow else { return }
    let keys = program.schema[definition.table].foreignKeys
    let isChild = keys.contains { key in
      [key.onDelete, key.onUpdate].contains { $0 != .noAction && $0 != .restrict }
    }
    guard isChild else { return }
    report(
      Diagnostic(
        .unsupportedClause,
        "a FOR EACH STATEMENT trigger on a table with cascading foreign keys is not simulated",
        at: definition.syntax.name.span, help: "make it FOR EACH ROW"))
  }

  // MARK: Whole rows

  /// The fields of `record.*`, or of a record or a row of FROM that is named as a whole.
  func recordItems(_ syntax: ExpressionSyntax, _ scope: Scope) -> [ExpressionSyntax]? {
    let isStar: Bool
    let name: QualifiedNameSyntax
    switch syntax.kind {
    case .star(let qualifier?): (name, isStar) = (qualifier, true)
    case .column(let column) where column.parts.count == 1: (name, isStar) = (column, false)
    default: return nil
    }
    let visible = scope.levels.filter(\.isVisible).map(\.level)
    var fields: [String]?
    if let level = visible.last(where: { item(named: name.parts[...], in: $0) != nil }) {
      // A star over a row of FROM is the query's own matter, but in a condition there is no query.
      guard scope.clause != .none, !(isStar && scope.clause == .output) else { return nil }
      if !isStar, findColumn(name, scope) != nil { return nil }
      fields = item(named: name.parts[...], in: level)?.columns.map(\.name)
    } else if isStar || findColumn(name, scope) == nil,
      case .record(let known?)? = scope.variables?.find(name.parts.map(\.text))
    {
      fields = known.map(\.name)
    }
    return fields?.map { field in
      let parts = name.parts + [NameSyntax(field, at: syntax.span, isQuoted: true)]
      return ExpressionSyntax(.column(QualifiedNameSyntax(parts)), at: syntax.span)
    }
  }
}
