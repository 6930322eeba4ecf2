import SQL
import Store
import Writers

/// Anomalies that are cycles of the dependency graph.
///
/// Sources: Berenson et al., *A Critique of ANSI SQL Isolation Levels* (P4, A5A, A5B); Adya, Liskov,
/// O'Neil (G0, G1c, G-single, G2); Fekete, O'Neil, O'Neil, *A Read-Only Transaction Anomaly Under
/// Snapshot Isolation*; Warszawski, Bailis, *ACIDRain* (scope anomalies).
extension Diagnostician {
  typealias Graph = DependencyGraph
  typealias Cycle = DependencyGraph.Cycle

  // MARK: Lost update

  struct LostUpdate {
    var read: Ledger.Read
    var lost: Ledger.Write
    var write: Ledger.Write
    var writer: Int
    var other: Int
  }

  /// Ti reads a row, Tj changes it, Ti changes it.
  func lostUpdate(in graph: Graph) -> Diagnosis? {
    findLostUpdate(in: graph).map { describe($0, graph) }
  }

  /// The one whose overwriting version is the newest.
  func findLostUpdate(in graph: Graph) -> LostUpdate? {
    var best: (number: Int32, update: LostUpdate)?
    for row in ledger.rows where isRelevant(row) {
      for version in ledger.versions[row] ?? [] where version.number > best?.number ?? -1 {
        guard let update = lostUpdate(row, overwrittenBy: version, graph) else { continue }
        best = (version.number, update)
      }
    }
    return best?.update
  }

  private func lostUpdate(
    _ row: RowKey, overwrittenBy version: Ledger.Version, _ graph: Graph
  ) -> LostUpdate? {
    guard let index = version.write, let writer = graph.nodeOf[ledger.writes[index].transaction]
    else { return nil }
    let write = ledger.writes[index]
    for read in ledger.reads
    where read.row == row && !read.isReplaced && read.version < version.number
      && read.step <= write.step && graph.nodeOf[read.transaction] == writer
    {
      let between = (ledger.versions[row] ?? []).last {
        guard read.version < $0.number, $0.number < version.number, let lost = $0.write,
          let other = graph.nodeOf[ledger.writes[lost].transaction]
        else { return false }
        return other != writer
      }
      guard let lost = between?.write, let other = graph.nodeOf[ledger.writes[lost].transaction]
      else { continue }
      return LostUpdate(
        read: read, lost: ledger.writes[lost], write: write, writer: writer, other: other)
    }
    return nil
  }

  /// Whether the statement of a write mentions a column that another write changed, other than to set it.
  func looks(_ write: Ledger.Write, atWhat lost: Ledger.Write) -> Bool {
    guard let table = narrator.table(write.row.table) else { return false }
    let changed = narrator.changedColumns(lost)
    let text = narrator.text(write.statement)
    return text.survey.columns.contains { name in
      text.column(name, of: table).map { changed.contains($0) } ?? false
    }
  }

  /// Whether a write puts its own values where another one has put some: not if they change other columns.
  private func hides(_ write: Ledger.Write, _ lost: Ledger.Write) -> Bool {
    let changed = narrator.changedColumns(write)
    let before = narrator.changedColumns(lost)
    return changed.isEmpty || changed.contains { before.contains($0) }
  }

  private func describe(_ update: LostUpdate, _ graph: Graph) -> Diagnosis {
    let writer = narrator.writer(graph.nodes[update.writer].session)
    let other = narrator.writer(graph.nodes[update.other].session)
    let row = narrator.row(update.read.row)
    let hasLookedAgain = looks(update.write, atWhat: update.lost)
    let isHidden = hides(update.write, update.lost)
    let ending =
      hasLookedAgain
      ? "\(writer) \(narrator.deed(update.write)) \(narrator.moment(update.write)) on the strength of "
        + "what it had read"
      : "\(writer) \(narrator.deed(update.write)) \(narrator.moment(update.write)) without looking "
        + "at it again" + (isHidden ? ", so that \(other)'s change is lost" : "")
    var diagnosis = Diagnosis(
      name: "lost update", code: "P4",
      explanation:
        "\(writer) read \(row) at step \(update.read.step), \(other) "
        + "\(narrator.deed(update.lost)) \(narrator.moment(update.lost)), and \(ending).",
      advice: advisor.lockRead(update.read, writing: update.write),
      edges: [
        "\(writer) read \(row) at step \(update.read.step), before \(other) "
          + "\(narrator.deed(update.lost)) \(narrator.moment(update.lost))",
        "\(writer) wrote \(row) \(narrator.moment(update.write)), after \(other) had "
          + narrator.moment(update.lost),
      ])
    if !hasLookedAgain, isHidden {
      diagnosis.overwrite = Diagnosis.Overwrite(
        step: update.write.step, row: row, session: graph.nodes[update.other].session)
    }
    return diagnosis
  }

  // MARK: Other cycles

  /// The name of a cycle that is no lost update.
  func classify(_ cycle: Cycle, of graph: Graph) -> Diagnosis {
    switch cycle.antiDependencies {
    case 0: return withoutAntiDependency(cycle, graph)
    case 1: return withOneAntiDependency(cycle, graph)
    default: return withAntiDependencies(cycle, graph)
    }
  }

  private func make(
    _ name: String, _ code: String, _ cycle: Cycle, _ graph: Graph, _ explanation: String? = nil,
    advice: [String]
  ) -> Diagnosis {
    let edges = sentences(cycle, graph)
    let who = narrator.list(writers(cycle, graph))
    return Diagnosis(
      name: name, code: code,
      explanation: explanation
        ?? "\(edges.joined(separator: "; ")): no order of \(who) explains all of it.",
      advice: advice, edges: edges)
  }

  private func withoutAntiDependency(_ cycle: Cycle, _ graph: Graph) -> Diagnosis {
    let isDirty = cycle.edges.allSatisfy { $0.kind == .ww }
    let sessions = cycle.nodes.map { graph.nodes[$0].session }
    return make(
      isDirty ? "dirty write" : "circular information flow", isDirty ? "G0" : "G1c", cycle, graph,
      advice: advisor.oneTransaction(sessions) + advisor.serialize(sessions))
  }

  private func withOneAntiDependency(_ cycle: Cycle, _ graph: Graph) -> Diagnosis {
    guard let first = cycle.edges.firstIndex(where: { $0.kind == .rw }) else {
      return unclassified()
    }
    let missed = cycle.edges[first]
    let reader = graph.nodes[missed.source].session
    let other = graph.nodes[missed.target].session
    let closing = cycle.edges[(first + 1) % cycle.edges.count]
    if cycle.edges.count == 2, closing.kind == .ww, !missed.isPredicate, closing.row == missed.row {
      // A lost update, if on a row that the violation does not speak of.
      for version in (ledger.versions[missed.row] ?? []).reversed() {
        if let update = lostUpdate(missed.row, overwrittenBy: version, graph) {
          return describe(update, graph)
        }
      }
    }
    let advice = advisor.keepSnapshot(missed, reader: reader)
    guard cycle.edges.count == 2, closing.kind == .wr, let again = closing.readStep,
      let step = missed.readStep
    else { return make("stale read", "G-single", cycle, graph, advice: advice) }
    let write = ledger.writes[missed.write]
    let change = "\(narrator.writer(other)) \(narrator.deed(write)) \(narrator.moment(write))"
    let name = narrator.writer(reader)
    if !missed.isPredicate && missed.row == closing.row {
      return make(
        "non-repeatable read", "P2", cycle, graph,
        "\(name) read \(narrator.row(missed.row)) at step \(step) and again at step \(again); in "
          + "between, \(change), so that the two reads disagree.",
        advice: advice)
    }
    if missed.isPredicate && missed.row.table == closing.row.table && again > step {
      return make(
        "phantom", "P3", cycle, graph,
        "\(name) searched \(narrator.tableName(missed.row.table)) at step \(step) and again at step "
          + "\(again); in between, \(change), so that the two searches disagree.",
        advice: advice)
    }
    let seen =
      missed.isPredicate
      ? "searched \(narrator.tableName(missed.row.table))" : "read \(narrator.row(missed.row))"
    let seenLater =
      closing.isPredicate
      ? "searched \(narrator.tableName(closing.row.table))" : "read \(narrator.row(closing.row))"
    return make(
      "read skew", missed.isPredicate || closing.isPredicate ? "G-single" : "A5A", cycle, graph,
      "\(name) \(seen) at step \(step), before \(change), and \(seenLater) at step \(again) as "
        + "\(narrator.writer(other)) had left it: no single moment shows both.",
      advice: advice)
  }

  private func withAntiDependencies(_ cycle: Cycle, _ graph: Graph) -> Diagnosis {
    if let observer = readOnlyNode(of: cycle, graph) {
      let name = narrator.writer(graph.nodes[observer].session)
      return make(
        "read-only anomaly", cycle.hasPredicate ? "G2" : "G2-item", cycle, graph,
        "\(name) wrote nothing, yet what it read fits no order of the others: "
          + "\(sentences(cycle, graph).joined(separator: "; ")).",
        advice: advisor.serialize(cycle.nodes.map { graph.nodes[$0].session }))
    }
    if cycle.edges.count == 2 {
      if let found = duplicateInsert(cycle, graph) { return found }
      return writeSkew(cycle, graph)
    }
    let sessions = cycle.nodes.map { graph.nodes[$0].session }
    if !cycle.hasAdjacentAntiDependencies {
      return make(
        "stale reads", cycle.hasPredicate ? "G-nonadjacent" : "G-nonadjacent-item", cycle, graph,
        advice: advisor.keepSnapshots(sessions))
    }
    return make(
      cycle.hasPredicate ? "phantom write skew" : "write skew",
      cycle.hasPredicate ? "G2" : "G2-item", cycle, graph,
      advice: advisor.lockReads(cycle.edges, sessions))
  }

  /// A transaction of the cycle that wrote nothing, if without it there were no cycle.
  private func readOnlyNode(of cycle: Cycle, _ graph: Graph) -> Int? {
    cycle.nodes.sorted().first { node in
      let hasWritten = ledger.writes.contains {
        graph.nodes[node].transactions.contains($0.transaction) && !$0.isUndone
      }
      return !hasWritten && graph.isAcyclic(without: [node])
    }
  }

  private func writeSkew(_ cycle: Cycle, _ graph: Graph) -> Diagnosis {
    let sessions = cycle.nodes.map { graph.nodes[$0].session }
    let parts = cycle.edges.enumerated().map { index, edge in
      let other = cycle.edges[(index + 1) % cycle.edges.count]
      let name = narrator.writer(graph.nodes[edge.source].session)
      let seen =
        edge.isPredicate
        ? "searched \(narrator.tableName(edge.row.table))" : "read \(narrator.row(edge.row))"
      let write = ledger.writes[other.write]
      return "\(name) \(seen) at step \(edge.readStep ?? 0) and \(narrator.deed(write)) "
        + narrator.moment(write)
    }
    return make(
      cycle.hasPredicate ? "phantom write skew" : "write skew",
      cycle.hasPredicate ? "G2" : "A5B", cycle, graph,
      "\(parts.joined(separator: "; ")): each decided on what the other was changing, and "
        + "neither waited.",
      advice: advisor.lockReads(cycle.edges, sessions))
  }

  /// Both looked for a row, found none, and inserted it.
  private func duplicateInsert(_ cycle: Cycle, _ graph: Graph) -> Diagnosis? {
    let first = ledger.writes[cycle.edges[1].write]
    let second = ledger.writes[cycle.edges[0].write]
    guard cycle.edges.allSatisfy(\.isPredicate), first.kind == .insert, second.kind == .insert,
      first.row.table == second.row.table, let table = narrator.table(first.row.table),
      let left = first.after, let right = second.after
    else { return nil }
    var checked: Set<Int> = []
    for edge in cycle.edges {
      guard let statement = edge.statement else { continue }
      // Who counts or adds up allows more than one.
      if narrator.text(statement).survey.hasAggregate { return nil }
      checked.formUnion(narrator.text(statement).conditionColumns(of: table))
    }
    let shared = checked.sorted().filter {
      left.indices.contains($0) && right.indices.contains($0) && !left[$0].isNull
        && left[$0] == right[$0]
    }
    guard !shared.isEmpty else { return nil }
    let key = shared.map { table.columns[$0].name }.joined(separator: ", ")
    let value = shared.map { narrator.literal(left[$0], table.columns[$0].type) }
      .joined(separator: ", ")
    let names = cycle.edges.map { narrator.writer(graph.nodes[$0.source].session) }
    let steps = cycle.edges.map { $0.readStep ?? 0 }
    return make(
      "duplicate insert", "G2", cycle, graph,
      "\(names[0]) looked into \(table.name) at step \(steps[0]) and \(names[1]) at step "
        + "\(steps[1]); neither could see the other's row, and both inserted one with (\(key)) = "
        + "(\(value)), \(narrator.moment(first)) and \(narrator.moment(second)).",
      advice: advisor.uniqueKey(table, key))
  }

  // MARK: Writers instead of transactions

  /// A cycle that only whole writers have: one business operation, several transactions.
  ///
  /// Whole writers in some order must be fine, or else it is not what breaks the rule.
  func scopeAnomaly(in writers: Graph) -> Diagnosis? {
    if serialViolates == true { return nil }
    var inner: Diagnosis
    let splits: [Int]
    let rows: [RowKey]
    if let update = findLostUpdate(in: writers) {
      inner = describe(update, writers)
      splits = [update.writer]
      rows = [update.read.row]
    } else if let cycle = bestCycle(of: writers) {
      inner = classify(cycle, of: writers)
      splits = cycle.nodes.filter { writers.nodes[$0].transactions.count > 1 }
      rows = cycle.edges.map(\.row)
    } else {
      return nil
    }
    let sessions = splits.map { writers.nodes[$0].session }
    let isWorld = rows.allSatisfy { narrator.table($0.table)?.isWorld ?? false }
    let names = narrator.list(sessions.map { narrator.writer($0) })
    inner.explanation +=
      " \(names) read and wrote in different transactions, so that no isolation level of "
      + "either applies (\(inner.name))."
    inner.name = "scope anomaly"
    inner.advice =
      isWorld ? advisor.conditionalWorldWrite() : advisor.oneTransaction(sessions) + inner.advice
    return inner
  }
}
