import Store

// Locking clauses: their numbers, and the relations that they lock.
extension ProgramBuilder {
  /// Gives each locking clause its number by its place among all of the scenario.
  package func numberLocks(
    in statements: [StatementSyntax], _ programs: [ProceduralStatementSyntax] = []
  ) {
    var spans = lockSites.map(\.span)
    func add(_ span: SourceSpan) {
      if !spans.contains(span) { spans.append(span) }
    }
    let walker = SyntaxWalker(
      query: { query in for clause in query.locking { add(clause.span) } },
      expression: { expression in
        if case .call(let call) = expression.kind,
          LockFunction(named: call.name.last.text)?.takesLock ?? false
        {
          add(expression.span)
        }
      },
      statement: { statement in
        if case .lockTable = statement.kind { add(statement.span) }
      })
    for statement in statements { walker.walk(statement) }
    for program in programs { walker.walk(program) }
    spans.sort { ($0.file, $0.start, $0.end) < ($1.file, $1.start, $1.end) }
    lockSites = spans.enumerated().map { ($0 + 1, $1) }
    lockNumbers = Dictionary(uniqueKeysWithValues: lockSites.map { ($0.span, $0.number) })
  }

  /// Where a lock was written.
  func span(ofLock number: Int) -> SourceSpan? {
    lockSites.first { $0.number == number }?.span
  }

  /// Whether a clause is part of this program; `without locks` leaves it out.
  func isKept(_ clause: LockingClauseSyntax) -> Bool { isLockKept(at: clause.span) }

  /// Whether the lock that was written there is part of this program.
  func isLockKept(at span: SourceSpan) -> Bool {
    switch options.omittedLocks {
    case .none: true
    case .all: false
    case .numbers(let numbers): !numbers.contains(lockNumbers[span] ?? 0)
    }
  }

  func reportLockNotHere(at span: SourceSpan) {
    report(
      Diagnostic(
        .unsupportedClause, "rows cannot be locked here", at: span,
        help: "write a statement of its own: `SELECT … INTO … FOR UPDATE`"))
  }

  // MARK: The relations of a SELECT

  /// The row locks of a SELECT in the order of its relations; `nil` after a report.
  func locks(
    _ query: QuerySyntax, _ syntax: SelectSyntax, _ draft: SelectDraft, _ scope: Scope
  ) -> [LockClause]? {
    var locks: [LockClause?] = draft.level.relations.map { _ in nil }
    // A clause that is left out must still be right.
    for clause in query.locking {
      guard checkLockable(clause, syntax, draft, scope) else { return nil }
      guard let relations = lockedRelations(clause, draft.level) else { return nil }
      for index in relations where !draft.level.details[index].isLockedInside {
        guard check(index, clause, draft.level) else { return nil }
        if isKept(clause) { locks[index] = stronger(locks[index], clause, index) }
      }
    }
    return locks.compactMap { $0 }
  }

  private func checkLockable(
    _ clause: LockingClauseSyntax, _ syntax: SelectSyntax, _ draft: SelectDraft, _ scope: Scope
  ) -> Bool {
    var obstacle: String?
    if syntax.distinct != nil { obstacle = "the DISTINCT clause" }
    if !syntax.groupBy.isEmpty { obstacle = "the GROUP BY clause" }
    if syntax.having != nil { obstacle = "the HAVING clause" }
    if !draft.level.aggregates.isEmpty { obstacle = "aggregate functions" }
    if !draft.level.windows.isEmpty { obstacle = "window functions" }
    if let obstacle {
      report(
        Diagnostic(
          .unsupportedClause, "FOR \(clause.strength.rawValue) is not allowed with \(obstacle)",
          at: clause.span, help: "lock the rows in a subquery: `FROM (SELECT … FOR UPDATE) x`"))
      return false
    }
    if scope.access == .everything {
      report(
        Diagnostic(
          .unsupportedClause, "an invariant cannot lock rows", at: clause.span,
          help: "delete the clause"))
      return false
    }
    return true
  }

  /// The relations that a clause names, or all that can be locked.
  private func lockedRelations(_ clause: LockingClauseSyntax, _ level: QueryLevel) -> [Int]? {
    if clause.tables.isEmpty {
      return level.details.indices.filter { level.details[$0].kind != .other }
    }
    var result: [Int] = []
    for name in clause.tables {
      guard name.parts.count == 1 else {
        report(
          Diagnostic(
            .syntaxError, "FOR \(clause.strength.rawValue) must specify unqualified relation names",
            at: name.span))
        return nil
      }
      let own = level.relations.indices.filter { level.relations[$0].alias == name.last.text }
      let pulled = level.relations.indices.filter {
        level.relations[$0].alias.hasPrefix(Self.pulledAlias(name.last.text, ""))
      }
      guard let index = own.first ?? pulled.first else {
        report(
          .misspelt(
            .unknownTable,
            "relation `\(name.text)` in FOR \(clause.strength.rawValue) clause not found in FROM "
              + "clause", at: name.span, name: name.last.text,
            among: level.relations.map(\.alias)))
        return nil
      }
      if !own.isEmpty, level.details[index].kind == .other {
        report(
          Diagnostic(
            .unsupportedClause,
            "FOR \(clause.strength.rawValue) cannot be applied to `\(name.text)`", at: name.span,
            caption: "not a table"))
        return nil
      }
      result += own.isEmpty ? pulled.filter { level.details[$0].kind != .other } : [index]
    }
    return result.sorted()
  }

  private func check(_ index: Int, _ clause: LockingClauseSyntax, _ level: QueryLevel) -> Bool {
    let detail = level.details[index]
    let strength = clause.strength.rawValue
    if case .table(let table) = detail.kind,
      materializedViews.contains(program.schema[table].name)
    {
      report(
        Diagnostic(
          .unsupportedClause,
          "cannot lock rows in materialized view `\(program.schema[table].name)`",
          at: clause.span, help: "lock the rows of the tables that it reads"))
      return false
    }
    if detail.isWorld {
      report(
        Diagnostic(
          .worldAndDatabase, "rows of the world cannot be locked", at: clause.span,
          labels: [.init("a world table", at: detail.span)]))
      return false
    }
    if detail.isNullable {
      report(
        Diagnostic(
          .unsupportedClause,
          "FOR \(strength) cannot be applied to the nullable side of an outer join",
          at: clause.span, labels: [.init("the nullable side", at: detail.span)],
          help: Diagnostic.Help("name the tables to lock: `FOR \(strength) OF …`")))
      return false
    }
    return true
  }

  /// Of two clauses for one relation the stronger lock and the less patient policy hold.
  private func stronger(
    _ lock: LockClause?, _ clause: LockingClauseSyntax, _ relation: Int
  ) -> LockClause {
    let mode: RowLockMode =
      switch clause.strength {
      case .keyShare: .keyShare
      case .share: .share
      case .noKeyUpdate: .noKeyUpdate
      case .update: .update
      }
    let policy: WaitPolicy =
      switch clause.waitPolicy {
      case .wait: .wait
      case .nowait: .error
      case .skipLocked: .skip
      }
    let number = lockNumbers[clause.span] ?? 0
    guard let lock else {
      return LockClause(relation: relation, mode: mode, policy: policy, number: number)
    }
    let patience: [WaitPolicy] = [.wait, .skip, .error]
    let both = [lock.policy, policy].max {
      (patience.firstIndex(of: $0) ?? 0) < (patience.firstIndex(of: $1) ?? 0)
    }
    return LockClause(
      relation: relation, mode: max(lock.mode, mode), policy: both ?? policy,
      number: mode > lock.mode ? number : lock.number)
  }
}
