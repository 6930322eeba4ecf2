package import SQL
import Store
package import Writers

/// What went wrong in a run, by its name in the literature, in plain words, and what to try.
///
/// The name is decided in this order; the first that fits is it:
///
/// 1. a deadlock, a session that waits or loops for ever, an error: from the waits and the error itself
/// 2. double effect, effect leak: what the world kept and the database did not
/// 3. lost update (P4), on a row that the violation is about
/// 4. ignored row count: an UPDATE lost its row to somebody else, and its writer committed all the same
/// 5. the best cycle of the dependency graph: read skew (A5A), write skew (A5B), phantom, …
/// 6. a lease that ran out before its holder was done; a cycle among whole writers instead of
///    transactions: scope anomaly
/// 7. no cycle: ignored row count, deadlock or refused transaction, lost effect, somebody who still waits or
///    gave up, unguarded write, timing, swallowed error, logic error, an error that ended somebody,
///    a double effect in tables that the rule does not read
/// 8. unclassified interleaving: none of these, and it says so
package struct Diagnosis: Hashable, Sendable {
  /// `lost update`, `write skew`, `logic error`.
  package var name: String
  /// `P4`, `A5B`, `G2`; `nil` for those without a code.
  package var code: String?
  /// One or two sentences with the names of writers, rows and steps.
  package var explanation: String
  /// What to try, the most promising first.
  package var advice: [String]
  /// The dependencies (for a deadlock: the waits) that it follows from, around the cycle.
  package var edges: [String]
  /// The SELECTs that the advice would have end in FOR UPDATE.
  package var lockSites: [SourceSpan] = []
  /// For a lost update, the change that hides another one.
  package var overwrite: Overwrite?

  /// A change that is written over another writer's, which its own has not looked at.
  package struct Overwrite: Hashable, Sendable {
    /// When the later change is made.
    package var step: Int
    /// `account(1)`.
    package var row: String
    /// Whose change is lost.
    package var session: Int
  }

  package init(
    name: String, code: String? = nil, explanation: String, advice: [String] = [],
    edges: [String] = []
  ) {
    self.name = name
    self.code = code
    self.explanation = explanation
    self.advice = advice
    self.edges = edges
  }

  /// Names the anomaly of a run.
  ///
  /// - Parameters:
  ///   - history: The run, from the initial state.
  ///   - model: What was run.
  ///   - violation: What the run breaks.
  ///   - serialViolates: Whether some order of the writers, one after the other, breaks it as well; `nil`
  ///     if that is not known.
  /// - Returns: A diagnosis always; where nothing fits it says so.
  package static func diagnose(
    history: History, model: Model, violation: Violation, serialViolates: Bool?
  ) -> Diagnosis {
    var violation = violation
    if violation.tables.isEmpty, violation.kind == .invariant || violation.kind == .finally,
      let invariant = model.invariants.first(where: { $0.name == violation.name })
    {
      violation.tables = model.program.tables(readBy: invariant.query)
    }
    let ledger = Ledger(history, model)
    let diagnostician = Diagnostician(
      model: model, ledger: ledger, violation: violation, serialViolates: serialViolates)
    var diagnosis = diagnostician.diagnose()
    diagnosis.lockSites = diagnostician.lockSites(in: diagnosis.advice)
    return diagnosis
  }
}

/// Finds the name; see ``Diagnosis`` for the order.
struct Diagnostician {
  let model: Model
  let ledger: Ledger
  let violation: Violation
  let serialViolates: Bool?
  let narrator: Narrator
  let graph: DependencyGraph

  init(model: Model, ledger: Ledger, violation: Violation, serialViolates: Bool?) {
    self.model = model
    self.ledger = ledger
    self.violation = violation
    self.serialViolates = serialViolates
    narrator = Narrator(model: model, ledger: ledger)
    graph = DependencyGraph(ledger, narrator, grouping: .transaction)
  }

  var advisor: Advisor { Advisor(narrator: narrator) }

  /// The statements that advice quotes with FOR UPDATE behind them.
  func lockSites(in advice: [String]) -> [SourceSpan] {
    var sites: [SourceSpan] = []
    for (index, statement) in ledger.statements.enumerated() {
      let quote = "`\(narrator.text(index).text) FOR UPDATE`"
      guard let span = statement.span, !sites.contains(span),
        advice.contains(where: { $0.contains(quote) })
      else { continue }
      sites.append(span)
    }
    return sites
  }

  func diagnose() -> Diagnosis {
    switch violation.kind {
    case .deadlock: return deadlock() ?? unclassified()
    case .stuck: return stuck()
    case .endless: return endless()
    case .error: return failure() ?? interleaving()
    case .invariant, .finally, .serializable: return interleaving()
    }
  }

  /// The name of a run that left wrong data.
  func interleaving() -> Diagnosis {
    if let found = doubleEffect() ?? effectLeak() { return found }
    if let found = lostUpdate(in: graph) { return found }
    if let found = ignoredRowCount(isConcurrent: true) { return found }
    if let cycle = bestCycle(of: graph) { return classify(cycle, of: graph) }
    if let found = leaseExpired() { return found }
    let writers = DependencyGraph(ledger, narrator, grouping: .writer)
    if let found = scopeAnomaly(in: writers) { return found }
    if let found = ignoredRowCount(isConcurrent: false) { return found }
    if let found = refusal() { return found }
    if let found = unfinished() ?? unguardedWrite() ?? timing() ?? swallowedError() { return found }
    return logicError() ?? deathOfError() ?? doubleEffect(isAnywhere: true) ?? unclassified()
  }

  // MARK: What matters

  /// Whether a row could decide the violation.
  func isRelevant(_ row: RowKey) -> Bool {
    violation.tables.isEmpty || violation.tables.contains(row.table)
  }

  /// The cycle that explains the violation.
  ///
  /// One about other rows may do so as well, unless the writers need no overlap to break the rule.
  func bestCycle(of graph: DependencyGraph) -> DependencyGraph.Cycle? {
    let cycle = graph.bestCycle { isRelevant($0.row) }
    if serialViolates == true, let cycle, !cycle.edges.contains(where: { isRelevant($0.row) }) {
      return nil
    }
    return cycle
  }

  func sentences(_ cycle: DependencyGraph.Cycle, _ graph: DependencyGraph) -> [String] {
    cycle.edges.map { graph.sentence($0, narrator) }
  }

  func writers(_ cycle: DependencyGraph.Cycle, _ graph: DependencyGraph) -> [String] {
    cycle.nodes.map { narrator.writer(graph.nodes[$0].session) }
  }

  // MARK: Without a cycle

  /// A write that only went by the key of its row undoes what somebody else had just committed.
  private func unguardedWrite() -> Diagnosis? {
    for row in ledger.rows where isRelevant(row) {
      let chain = ledger.versions[row] ?? []
      for (earlier, later) in zip(chain, chain.dropFirst()).reversed() {
        guard let first = earlier.write, let second = later.write,
          let found = unguardedWrite(ledger.writes[second], over: ledger.writes[first])
        else { continue }
        return found
      }
    }
    return nil
  }

  private func unguardedWrite(
    _ write: Ledger.Write, over earlier: Ledger.Write
  ) -> Diagnosis? {
    let writer = ledger.transactions[write.transaction].session
    let other = ledger.transactions[earlier.transaction].session
    let text = narrator.text(write.statement)
    guard writer != other, write.kind == .update, let table = narrator.table(write.row.table),
      text.kind == .update, text.target == table.name
    else { return nil }
    // Also where it sets what is there already: its writer takes it for a change of its own.
    let changed = narrator.changedColumns(earlier)
    let overwritten = changed.filter { text.assigned.contains(table.columns[$0].name) }
    guard let column = overwritten.first, !looks(write, atWhat: earlier) else { return nil }
    let name = narrator.writer(writer)
    return Diagnosis(
      name: "unguarded write",
      explanation:
        "\(narrator.writer(other)) \(narrator.deed(earlier)) \(narrator.moment(earlier)); "
        + "\(name) \(narrator.deed(write)) \(narrator.moment(write)), whatever it was: its UPDATE "
        + "on \(table.name) does not look at \(table.columns[column].name).",
      advice: advisor.guardWrite(write, column: column, expecting: earlier.before),
      edges: [
        "\(name) wrote \(narrator.row(write.row)) \(narrator.moment(write)), after "
          + "\(narrator.writer(other)) had \(narrator.moment(earlier))"
      ])
  }

  /// Only the place of a movement of the clock explains it: a deadline.
  private func timing() -> Diagnosis? {
    guard serialViolates != false, let move = ledger.clockMoves.first else { return nil }
    guard let write = writeByClock(after: move.step) else { return nil }
    let before = ledger.clockMoves.last { $0.step < write.step } ?? move
    let instant = narrator.plain(.init(timestamp: before.instant), .timestamptz)
    let writer = narrator.writer(ofTransaction: write.transaction)
    var explanation =
      "\(writer) \(narrator.deed(write)) \(narrator.moment(write)), because the clock had moved "
      + "to \(instant) at step \(before.step)."
    if let late = ledger.failures.last(where: { $0.step > write.step && !$0.isHandled }) {
      explanation +=
        " \(narrator.writer(late.session)) came after that and failed at step \(late.step): "
        + "\(late.error.message)."
    } else {
      explanation += " No two writers overlap in a way that matters: the deadline decides."
    }
    return Diagnosis(
      name: "timing", explanation: explanation, advice: advisor.alignDeadlines(write))
  }

  /// The change that happened when it did because of the clock: the first whose condition reads it, if
  /// there is one among the rows that matter.
  private func writeByClock(after step: Int) -> Ledger.Write? {
    let later = ledger.writes.filter { $0.step > step && !$0.isUndone }
    let deadlines = later.filter { narrator.text($0.statement).survey.hasDeadline }
    return deadlines.first { isRelevant($0.row) } ?? deadlines.first
      ?? later.first { isRelevant($0.row) && narrator.text($0.statement).survey.readsClock }
  }

  /// Serial orders break it too.
  private func logicError() -> Diagnosis? {
    guard serialViolates == true else { return nil }
    var explanation =
      "The writers break it even when they run one after the other, so no lock and no isolation "
      + "level will help."
    if let failure = ledger.failures.last(where: { !$0.isHandled }) {
      explanation +=
        " Here \(narrator.writer(failure.session)) failed at step \(failure.step): "
        + "\(failure.error.message)."
    } else if let write = ledger.writes.last(where: { isRelevant($0.row) && !$0.isUndone }) {
      explanation +=
        " Here \(narrator.writer(ofTransaction: write.transaction)) \(narrator.deed(write)) "
        + "\(narrator.moment(write))."
    }
    var advice = advisor.changeLogic()
    if let write = writeByClock(after: 0) { advice += advisor.alignDeadlines(write).prefix(1) }
    return Diagnosis(name: "logic error", explanation: explanation, advice: advice)
  }

  /// Somebody died of an error, and what was to follow is missing.
  private func deathOfError() -> Diagnosis? {
    ledger.failures.contains(where: \.isFinal) ? failure() : nil
  }

  func unclassified() -> Diagnosis {
    let writers = ledger.transactions.filter { !$0.isRolledBack }
      .map { narrator.writer($0.session) }
    let who = writers.isEmpty ? "the writers" : narrator.list(writers)
    let serial =
      serialViolates == false
      ? " Every order of whole writers, one after the other, is fine, so their overlap matters."
      : ""
    return Diagnosis(
      name: "unclassified interleaving",
      explanation:
        "No known anomaly fits: the committed transactions of \(who) depend on each other without a "
        + "cycle.\(serial)",
      advice: advisor.compareRuns())
  }
}
