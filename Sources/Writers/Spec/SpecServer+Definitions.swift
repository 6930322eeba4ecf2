import SQL
import Store

// Strings whose statements are compiled one by one, because steps change definitions.
extension SpecServer {
  /// Goes on with the string of a session that has nothing to do at the moment.
  mutating func goOn(_ session: Int) {
    guard let job = jobs[session], state.controls[session].status != .ready else { return }
    if job.hasFailed || refusalReason != nil {
      jobs[session] = nil
      return
    }
    switch job.phase {
    case .running:
      jobs[session]?.next += 1
      begin(session)
    case .next: begin(session)
    case .locking: define(session)
    }
  }

  /// Begins the next statement of a session's string.
  ///
  /// It may have been begun before, and have waited for somebody who has changed definitions; `families` says which
  /// children it has found then, if it keeps to those, and `found` which of its tables VACUUM or ANALYZE
  /// has found.
  private mutating func begin(
    _ session: Int, isRetry: Bool = false, found: ProgramBuilder.TablesFound = .none,
    families: [TableID: [TableID]]? = nil
  ) {
    guard let job = jobs[session], catalogue != nil else { return }
    guard job.next < job.text.statements.count else {
      jobs[session] = nil
      return
    }
    if !isRetry {
      let isFree = catalogue?.isNameFree(job.text.statements[job.next], session: session)
      jobs[session]?.foundNameFree = isFree ?? false
    }
    if families == nil {
      jobs[session]?.families = catalogue?.families(for: session) ?? [:]
    }
    jobs[session]?.keepsFamilies = families != nil
    jobs[session]?.view = catalogue?.view(of: session) ?? []
    let plan = catalogue?.plan(
      job.text, job.next, session: session, families: families, found: found)
    switch plan {
    case .run(let routine):
      jobs[session]?.phase = .running
      launch(routine, session)
    case .define(let routine):
      jobs[session]?.phase = .locking
      launch(routine, session)
    case .refused(let reason): refusalReason = reason
    case nil: break
    }
  }

  private mutating func launch(_ routine: RoutineID, _ session: Int) {
    install(for: session)
    run(session) { machine, state, recorder in
      machine.launch(routine, session: session, in: &state, recorder: &recorder)
      machine.proceed(session: session, in: &state, recorder: &recorder)
    }
  }

  mutating func install(for session: Int) {
    let families = jobs[session].flatMap { $0.keepsFamilies ? $0.families : nil }
    guard let program = catalogue?.program(for: session, families: families) else { return }
    machine.replace(program: program, in: &state)
  }

  /// Makes the definition whose locks a session has got.
  private mutating func define(_ session: Int) {
    guard let job = jobs[session] else { return }
    let statement = job.text.statements[job.next]
    var command = ""
    var problem: SQLError?
    do throws(StepDefinition.Failure) {
      if job.foundNameFree, catalogue?.isNameFree(statement, session: session) == false {
        throw .error(Self.meetsName(statement))
      }
      let made = try catalogue?.define(statement, session: session, in: &state.database)
      command = made?.command ?? ""
      for notice in made?.notices ?? [] { mailboxes[session].append(.notice(notice)) }
    } catch {
      switch error {
      case .error(let error): problem = error
      case .refused(let reason):
        refusalReason = reason
        return
      }
    }
    jobs[session]?.phase = .running
    let routine = catalogue?.end(
      job.text, job.next, session: session, command: command, error: problem)
    if let routine { launch(routine, session) }
  }

  /// Who has waited for another to give a name meets it in the index of names.
  private static func meetsName(_ statement: StatementSyntax) -> SQLError {
    let index = statement.namesTypes ? "pg_type_typname_nsp_index" : "pg_class_relname_nsp_index"
    return SQLError(
      .uniqueViolation, "duplicate key value violates unique constraint \"\(index)\"")
  }

  /// Whether a session that has waited for a table sees other definitions than its statement was compiled under.
  func isOutdated(_ session: Int) -> Bool {
    guard let job = jobs[session], let catalogue, state.database.sessions[session].wait == .object,
      !state.database.sessions[session].request.object.isAdvisory
    else { return false }
    return job.view != catalogue.view(of: session)
  }

  /// Compiles a statement anew that has waited for a table.
  mutating func planAnew(_ session: Int) {
    guard let job = jobs[session] else { return }
    let statement = job.text.statements[job.next]
    let table = state.database.sessions[session].request.object.table
    let isNamed = table.map { catalogue?.names($0, statement, session: session) ?? true } ?? true
    let isLook = state.database.sessions[session].request.mode == .accessShare
    let found: ProgramBuilder.TablesFound =
      table.map { isLook ? .before($0) : .working(on: $0) } ?? .none
    guard machine.abandon(session: session, in: &state) else {
      refusalReason = Diagnostic(
        .unsupportedStatement,
        "a table has been changed for which a function or a later part of a statement waited, which is "
          + "not simulated", at: statement.span, help: "leave the permutations out that come here")
      return
    }
    jobs[session]?.phase = .next
    begin(
      session, isRetry: true, found: found,
      families: isNamed || statement.isStepDefinition ? nil : job.families)
  }

  /// Takes notice of transactions that have ended.
  mutating func endDefinitions() {
    guard catalogue != nil else { return }
    let ended = state.database.takeEndedDefinitions()
    guard !ended.isEmpty else { return }
    for (number, isKept) in ended {
      guard let ending = catalogue?.end(number, isKept: isKept) else { continue }
      for table in ending.rewritten { state.database.noteRewrite(of: table) }
      for (table, cells) in ending.former { state.database.undoReshape(of: table, cells) }
      for name in ending.dropped {
        if let relation = relations.removeValue(forKey: name) { clear(relation) }
      }
      for relation in ending.created {
        relations[relation.name] = SpecRelation(
          name: relation.name, ifNotExists: false, tables: relation.tables,
          sequences: relation.sequences)
      }
      for (old, new) in ending.renamed {
        guard var relation = relations.removeValue(forKey: old) else { continue }
        relation.name = new
        relations[new] = relation
      }
    }
    install(for: compiled.control)
  }

  mutating func forgetDefinitions(of relation: SpecRelation) {
    guard catalogue != nil else { return }
    catalogue?.forget(relation)
    install(for: compiled.control)
  }
}
