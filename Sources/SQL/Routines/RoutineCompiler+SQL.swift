import Store

/// SQL statements inside a body: rows and where they go, transaction commands, settings.
extension RoutineCompiler {
  /// Compiles a SQL statement, with its INTO.
  func compile(_ statement: StatementSyntax) {
    span = statement.span
    switch statement.kind {
    case .select(let query):
      // A spec shows the row that the sleep returns.
      if let sleep = sleepCall(in: query), statement.into == nil,
        !(isWriter && builder.allowsSystemColumns)
      {
        if !isWriter { refuseDroppedRows(statement) }
        compileSleep(sleep, at: statement.span)
      } else {
        compileRows(statement)
      }
    case .insert, .update, .delete, .merge, .truncate: compileRows(statement)
    case .lockTable: compileLockTable(statement)
    case .maintenance(let maintenance): compileMaintenance(maintenance, at: statement.span)
    case .indexWork(let work): compileIndexWork(work, at: statement.span)
    case .createIndex(let index) where builder.locksDefinitions:
      compileCreateIndex(index, at: statement.span)
    case .drop(let drop) where drop.kind == .index && builder.locksDefinitions:
      compileDropIndex(drop, at: statement.span)
    case .alterTable(let change) where change.detachment != nil && builder.locksDefinitions:
      if let (name, kind) = change.detachment {
        compileDetachment(change, name, kind, at: statement.span)
      }
    case .role(let role):
      guard let command = builder.roleCommand(role) else { break }
      switch command {
      case .assume, .authorize: emit(setting: .role(command))
      case .create, .drop, .grant: markedAsClient { emit(.role(command)) }
      }
    case .begin, .commit, .rollback, .twoPhase, .savepoint, .rollbackTo, .release, .setTransaction,
      .setSessionCharacteristics:
      if !cursors.isEmpty {
        report(
          Diagnostic(
            .unsupportedCursor, "the end of a transaction beside a cursor is not simulated",
            at: statement.span, help: "loop over the query: FOR r IN SELECT … LOOP"))
      }
      compileTransactionCommand(statement)
    case .set, .show, .reset: compileSetting(statement)
    case .setConstraints(let names, let isDeferred): compileSetConstraints(names, isDeferred)
    case .prepare, .execute, .deallocate: compilePrepared(statement)
    case .call(let call): compileCall(call, at: statement.span)
    case .anonymousBlock(let body): compileDo(body, at: statement.span)
    case .declareCursor(let cursor): compileClientCursor(cursor, at: statement.span)
    case .fetch(let name, let direction, let isMove):
      markedAsClient { emit(.fetch(Value(text: name.text), direction, isMove: isMove)) }
    case .closeCursor(let name):
      markedAsClient { emit(.endCursor(name.map { Value(text: $0.text) } ?? .null)) }
    case .listen(let channel):
      markedAsClient { emit(.listen(Value(text: channel.text))) }
    case .unlisten(let channel):
      markedAsClient { emit(.unlisten(channel.map { Value(text: $0.text) } ?? .null)) }
    case .notify(let channel, let payload):
      markedAsClient {
        emit(.notify(Value(text: channel.text), payload: Value(text: payload?.text ?? "")))
      }
    case .ignored(let words): warnIgnored(words, at: statement.span)
    case .createTrigger, .drop, .alterTable, .alterSequence:
      guard builder.switchesTriggers, isWriter else {
        refuseDefinition(statement)
        return
      }
      if let compiled = builder.alteration(statement) { emit(compiled, into: .discard) }
    case .createTable, .createIndex, .createFunction, .createEnum, .createSequence, .createView,
      .createSchema, .refresh:
      refuseDefinition(statement)
    }
  }

  private func compileClientCursor(_ cursor: CursorSyntax, at place: SourceSpan) {
    if let clause = cursor.query.locking.first {
      report(
        Diagnostic(
          .unsupportedCursor, "a cursor that locks the rows that it fetches is not simulated",
          at: clause.span, help: "lock the rows with a SELECT"))
      return
    }
    guard let compiled = builder.statement(cursor.query, in: scope) else { return }
    span = place
    let options = CursorOptions(
      name: Value(text: cursor.name.text), isScroll: cursor.isScroll, isHeld: cursor.isHeld)
    emit(compiled, into: .cursor(options))
  }

  private func compileLockTable(_ statement: StatementSyntax) {
    guard let compiled = builder.lockStatement(statement, in: scope) else { return }
    emit(compiled, into: .discard)
  }

  /// VACUUM, and ANALYZE where it is a string of its own, have a transaction for each table (`vacuum`).
  private func compileMaintenance(_ maintenance: MaintenanceSyntax, at place: SourceSpan) {
    guard let statements = builder.maintenance(maintenance, at: place) else { return }
    span = place
    for statement in statements {
      switch statement {
      case .work(let statement): emit(statement, into: .discard)
      case .skipped(let name):
        let verb = maintenance.isVacuum ? "vacuum" : "analyze"
        emit(.warning("skipping \(verb) of \"\(name)\" --- relation no longer exists"))
      }
    }
  }

  private func refuseDefinition(_ statement: StatementSyntax) {
    report(
      Diagnostic(
        .unsupportedStatement, "a statement that changes the schema is not simulated here",
        at: statement.span, help: "move it to the `schema` block"))
  }

  func warnIgnored(_ words: String, at place: SourceSpan) {
    report(
      Diagnostic(
        .statementIgnored, "`\(words)` has no effect here", at: place, help: "drop it"))
  }

  // MARK: Rows

  private func compileRows(_ statement: StatementSyntax) {
    guard let statement = namingCurrentRow(statement) else { return }
    guard let compiled = builder.statement(statement, in: scope) else { return }
    guard let into = statement.into else {
      if !isWriter, !compiled.columns.isEmpty { refuseDroppedRows(statement) }
      emit(compiled, into: .discard)
      return
    }
    guard !compiled.columns.isEmpty else {
      report(
        Diagnostic(
          .invalidReturn, "`INTO` needs rows, but this statement returns none", at: into.span,
          help: "add `RETURNING …`"))
      return
    }
    guard let row = rowTargets(into.targets, columns: compiled.columns) else { return }
    span = statement.span
    emit(compiled, into: .slots(slotList(row.received), isStrict: into.isStrict))
    storeRow(row)
  }

  private func refuseDroppedRows(_ statement: StatementSyntax) {
    let isSelect: Bool
    if case .select = statement.kind { isSelect = true } else { isSelect = false }
    report(
      Diagnostic(
        .invalidReturn, "query has no destination for result data", at: statement.span,
        help: isSelect
          ? "use `PERFORM …` to drop the rows, or `SELECT … INTO variable`"
          : "drop `RETURNING`, or add `INTO variable`"))
  }

  /// `PERFORM query`.
  func compilePerform(_ query: QuerySyntax, at place: SourceSpan) {
    if let sleep = sleepCall(in: query) {
      compileSleep(sleep, at: place)
      return
    }
    guard let compiled = builder.statement(query, in: scope) else { return }
    span = place
    emit(compiled, into: .discard)
  }

  // MARK: Transaction commands

  private func compileTransactionCommand(_ statement: StatementSyntax) {
    guard isWriter || endsTransaction(statement) else {
      refuseTransactionCommand(statement)
      return
    }
    switch statement.kind {
    case .begin(let modes): emit(.begin(Self.options(modes)))
    case .setTransaction(let modes): emit(setting: .setTransaction(Self.options(modes)))
    case .commit(let isChained):
      if isChained { refuseChain(statement) }
      emit(.commit)
    case .rollback(let isChained):
      if isChained { refuseChain(statement) }
      emit(.rollback)
    case .twoPhase(let command, let name):
      emit(.twoPhase(command, number(ofPrepared: name)))
    case .savepoint(let name): emit(.savepoint(Value(text: name.text)))
    case .rollbackTo(let name): emit(.rollbackTo(Value(text: name.text)))
    case .release(let name): emit(.release(Value(text: name.text)))
    case .setSessionCharacteristics(let modes): compileCharacteristics(modes, at: statement.span)
    default: break
    }
  }

  /// COMMIT or ROLLBACK of a procedure or a DO block.
  private func endsTransaction(_ statement: StatementSyntax) -> Bool {
    guard routine.kind == .procedure else { return false }
    switch statement.kind {
    case .commit, .rollback: return true
    default: return false
    }
  }

  /// The number of a name that PREPARE TRANSACTION or what ends it uses.
  private func number(ofPrepared name: StringSyntax) -> UInt16 {
    if let known = builder.program.preparedNames.firstIndex(of: name.text) {
      return UInt16(clamping: known)
    }
    if name.text.utf8.count >= 200 {
      report(
        Diagnostic(
          .limitExceeded, "the name of a prepared transaction has less than 200 bytes",
          at: name.span, help: "use a shorter name"))
    }
    builder.program.preparedNames.append(name.text)
    return UInt16(clamping: builder.program.preparedNames.count - 1)
  }

  private func refuseChain(_ statement: StatementSyntax) {
    report(
      Diagnostic(
        .unsupportedClause, "`AND CHAIN` is not simulated", at: statement.span,
        help: "write `BEGIN` after it, with the same modes"))
  }

  private func refuseTransactionCommand(_ statement: StatementSyntax) {
    switch statement.kind {
    case .commit, .rollback:
      report(
        Diagnostic(
          .misplacedStatement,
          "invalid transaction termination: a function cannot end the transaction",
          at: statement.span, help: "end the transaction in the writer"))
    case .savepoint, .rollbackTo, .release:
      report(
        Diagnostic(
          .misplacedStatement, "PL/pgSQL has no savepoints", at: statement.span,
          help: "use a block with `EXCEPTION`"))
    default:
      report(
        Diagnostic(
          .misplacedStatement, "a function cannot change the transaction that it runs in",
          at: statement.span, help: "do it in the writer"))
    }
  }

  static func options(_ modes: TransactionModesSyntax) -> TransactionOptions {
    var isolation: IsolationLevel?
    switch modes.isolation {
    case .readUncommitted, .readCommitted: isolation = .readCommitted
    case .repeatableRead: isolation = .repeatableRead
    case .serializable: isolation = .serializable
    case nil: break
    }
    return TransactionOptions(
      isolation: isolation, isReadOnly: modes.isReadOnly, isDeferrable: modes.isDeferrable)
  }
}
