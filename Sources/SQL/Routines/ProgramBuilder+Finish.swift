import Store

/// What can be said of routines only when all are compiled.
extension ProgramBuilder {
  /// Called once at the end: drops dead copies, computes liveness, and finds out which routines are
  /// read-only or read the clock, through all that they call.
  ///
  /// - Parameters:
  ///   - first: The first of the routines that are new; those before it have been finished.
  ///   - statement: The first of the statements that are new.
  package func finishRoutines(from first: Int = 0, statement: Int = 0) {
    for index in program.routines.indices[first...] {
      var routine = program.routines[index]
      routine.dropDeadCopies(in: program)
      program.routines[index] = routine
    }
    let facts = program.routines.enumerated().map { index, routine in
      index < first
        ? LocalFacts(writes: !routine.isReadOnly, readsClock: routine.readsClock)
        : localFacts(of: routine)
    }
    var isReadOnly = facts.map { !$0.writes }
    var readsClock = zip(facts, program.routines).map { $0.readsClock || $1.readsClock }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for (index, fact) in facts.enumerated() {
        for callee in fact.callees where callee < facts.count {
          if isReadOnly[index], !isReadOnly[callee] {
            isReadOnly[index] = false
            hasChanged = true
          }
          if !readsClock[index], readsClock[callee] {
            readsClock[index] = true
            hasChanged = true
          }
        }
      }
    }
    for index in program.routines.indices {
      program.routines[index].isReadOnly = isReadOnly[index]
      program.routines[index].readsClock = readsClock[index]
    }
    checkVolatility()
    checkErrorFields()
    placeTableLocks(from: statement)
    placePermissions()
  }

  /// What an error names is not kept by RAISE: where both are there, a handler might be told the wrong thing.
  private func checkErrorFields() {
    guard losesErrorFields else { return }
    var reported: Set<SourceSpan> = []
    for span in errorFieldSpans where reported.insert(span).inserted {
      report(
        Diagnostic(
          .unsupportedClause,
          "what an error names is not simulated beside `RAISE;` and `RAISE … USING CONSTRAINT`",
          at: span,
          help: "tell errors apart by RETURNED_SQLSTATE and MESSAGE_TEXT"))
    }
  }

  private struct LocalFacts {
    var writes = false
    var readsClock = false
    var callees: [Int] = []
  }

  private func localFacts(of routine: Routine) -> LocalFacts {
    var facts = LocalFacts()
    var uses = ProgramUses(of: program)
    for instruction in routine.instructions {
      routine.collect(instruction, into: &uses)
      switch instruction {
      case .call(let callee, _, _): facts.callees.append(Int(callee.index))
      case .statement(let index, _), .openCursor(let index):
        if !program.triggers.isEmpty { facts.callees += triggerRoutines(of: index) }
        if program.statements[Int(index)].readsClock { facts.readsClock = true }
      case .sleepUntil:
        facts.writes = true
        facts.readsClock = true
      case .begin, .setTransaction, .commit, .rollback, .savepoint, .rollbackTo, .release,
        .setConstraints, .set, .resetAll, .listen, .unlisten, .fetch, .endCursor, .notify, .role,
        .indexStep, .prepare,
        .deallocate, .twoPhase,
        .jumpUnlessPrepared:
        facts.writes = true
      case .assign, .jump, .jumpUnless, .finish, .finishTrigger, .returnNext, .raise, .reraise,
        .enterBlock, .leaveBlock,
        .nextRow, .closeCursor, .beginImplicit, .commitImplicit:
        break
      }
    }
    facts.writes = facts.writes || uses.writes
    facts.readsClock = facts.readsClock || readsClock(uses)
    facts.callees.append(contentsOf: uses.routines)
    return facts
  }

  /// The functions of triggers that a statement may fire, those of cascades included.
  private func triggerRoutines(of index: Int32) -> [Int] {
    let writes = program.statements[Int(index)].parts.contains {
      if case .query = $0.body { false } else { true }
    }
    return writes ? program.triggers.map { Int($0.routine.index) } : []
  }

  /// Whether a clock function is called, or a text that may say `now` becomes a date or time.
  private func readsClock(_ uses: ProgramUses) -> Bool {
    if !uses.functions.isDisjoint(with: clockFunctions) { return true }
    return uses.casts.contains { index in
      let cast = program.casts[Int(index)]
      return cast.source.isString && cast.target.group == .datetime
    }
  }

  /// Functions that are called in place run inside their caller's statement: they cannot do anything
  /// that takes a step.
  private func checkVolatility() {
    var isInline = [Bool](repeating: false, count: program.routines.count)
    for case .routine(let index, _) in program.operations { isInline[Int(index)] = true }
    for signature in functions where Int(signature.routine.index) < program.routines.count {
      let routine = program.routines[Int(signature.routine.index)]
      let isVolatile = signature.volatility == .volatile
      if !isVolatile, !routine.isReadOnly {
        report(
          Diagnostic(
            .invalidDefinition,
            "function `\(signature.name)` is \(signature.volatility.name), "
              + "but writes or locks rows", at: signature.syntax.name.span,
            help: "drop `\(signature.volatility.name)`"))
      }
      if isInline[Int(signature.routine.index)], !routine.blocks.isEmpty {
        report(
          Diagnostic(
            .unsupportedFunction,
            "an `EXCEPTION` block is not simulated in `\(signature.name)`, which is "
              + (isVolatile ? "free of SQL" : signature.volatility.name),
            at: signature.syntax.name.span,
            help: isVolatile
              ? "do the same without the block" : "drop `\(signature.volatility.name)`"))
      }
    }
  }
}

extension Volatility {
  /// As SQL writes it.
  fileprivate var name: String {
    switch self {
    case .immutable: "IMMUTABLE"
    case .stable: "STABLE"
    case .volatile: "VOLATILE"
    }
  }
}
