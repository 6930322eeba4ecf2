import SQL
import Store
import Writers

/// Who depends on whom among the committed transactions of a history: Adya's direct serialization graph.
///
///     ww   poll ──▶ confirm     confirm's version of the row comes after poll's
///     wr   poll ──▶ confirm     confirm read what poll had written
///     rw   confirm ──▶ poll     confirm read a version, and poll installed the next
///
/// An edge says *must come before*, so a cycle is a history that no serial order explains. An edge is a
/// predicate edge where what was read is not the row but that a search did, or did not, find it.
///
/// The variant by writer has one node for each run of a writer's program. A cycle that only it has is
/// a business operation that is spread over several transactions.
///
/// Source: Adya, Liskov, O'Neil, *Generalized Isolation Level Definitions*, ICDE 2000.
///
/// - Note: A search says which table it looked through, not by which condition. The condition is read
///   from the statement's text as far as it compares columns with constants; where it does not, a row
///   that appears later is taken to match.
struct DependencyGraph {
  enum Grouping { case transaction, writer }

  struct Node: Equatable {
    var session: Int
    /// Positions in ``Ledger/transactions``, all committed.
    var transactions: [Int]
  }

  struct Edge: Equatable {
    enum Kind: String { case ww, wr, rw }

    var kind: Kind
    var isPredicate = false
    var source: Int
    var target: Int
    var row: RowKey
    /// The write that installed the version: the later one of ww, the one read of wr, the one missed
    /// of rw.
    var write: Int
    /// For ww, the write that is overwritten.
    var overwritten: Int?
    /// For wr and rw, the statement that read, and its step.
    var statement: Int?
    var readStep: Int?
  }

  private(set) var nodes: [Node] = []
  private(set) var edges: [Edge] = []
  /// For each transaction of the ledger its node; `nil` if it has not committed.
  private(set) var nodeOf: [Int?] = []

  init(_ ledger: Ledger, _ narrator: Narrator, grouping: Grouping) {
    addNodes(ledger, grouping)
    addVersionOrder(ledger)
    for read in ledger.reads { addRead(read, ledger) }
    for search in ledger.searches { addSearch(search, ledger, narrator) }
    edges.sort { Self.sortKey($0) < Self.sortKey($1) }
  }

  private static func sortKey(_ edge: Edge) -> (Int, Int, Int, Int, RowKey, Int) {
    let kind = edge.kind == .ww ? 0 : edge.kind == .wr ? 1 : 2
    return (
      edge.source, edge.target, kind, edge.isPredicate ? 1 : 0, edge.row, edge.readStep ?? 0
    )
  }

  private mutating func addNodes(_ ledger: Ledger, _ grouping: Grouping) {
    var runs: [[Int]: Int] = [:]
    for (index, transaction) in ledger.transactions.enumerated() {
      guard transaction.isCommitted else {
        nodeOf.append(nil)
        continue
      }
      let run = [transaction.session, transaction.run]
      if grouping == .writer, let node = runs[run] {
        nodes[node].transactions.append(index)
        nodeOf.append(node)
        continue
      }
      nodes.append(Node(session: transaction.session, transactions: [index]))
      runs[run] = nodes.count - 1
      nodeOf.append(nodes.count - 1)
    }
  }

  private mutating func add(_ edge: Edge) {
    if edge.source != edge.target { edges.append(edge) }
  }

  /// Drops the other edges.
  mutating func keepEdges(where isKept: (Edge) -> Bool) { edges = edges.filter(isKept) }

  private func node(of version: Ledger.Version, _ ledger: Ledger) -> Int? {
    ledger.installer(of: version).flatMap { nodeOf[$0] }
  }

  private mutating func addVersionOrder(_ ledger: Ledger) {
    for row in ledger.rows {
      let chain = ledger.versions[row] ?? []
      for (earlier, later) in zip(chain, chain.dropFirst()) {
        guard let source = node(of: earlier, ledger), let target = node(of: later, ledger),
          let write = later.write
        else { continue }
        add(
          Edge(
            kind: .ww, source: source, target: target, row: row, write: write,
            overwritten: earlier.write))
      }
    }
  }

  private mutating func addRead(_ read: Ledger.Read, _ ledger: Ledger) {
    guard !read.isReplaced, let reader = nodeOf[read.transaction] else { return }
    let chain = ledger.versions[read.row] ?? []
    if let seen = chain.last(where: { $0.number <= read.version }),
      let source = node(of: seen, ledger), let write = seen.write
    {
      add(
        Edge(
          kind: .wr, source: source, target: reader, row: read.row, write: write,
          statement: read.statement, readStep: read.step))
    }
    if let next = chain.first(where: { $0.number > read.version }),
      let target = node(of: next, ledger), let write = next.write
    {
      add(
        Edge(
          kind: .rw, source: reader, target: target, row: read.row, write: write,
          statement: read.statement, readStep: read.step))
    }
  }

  // MARK: Predicate edges

  private mutating func addSearch(
    _ search: Ledger.Search, _ ledger: Ledger, _ narrator: Narrator
  ) {
    guard let reader = nodeOf[search.transaction], let table = narrator.table(search.table) else {
      return
    }
    let text = narrator.text(search.statement)
    let found = Set(
      ledger.reads.filter { $0.statement == search.statement && $0.row.table == search.table }
        .map(\.row))
    let equated = text.equatedColumns(of: table)
    let isByKey = table.uniqueIndexes.contains { $0.isPlain && equated.isSuperset(of: $0.columns) }
    if isByKey && !found.isEmpty { return }
    let catalog = narrator.model.program.types
    func matches(_ values: [Value]?) -> Bool? {
      values.map { text.matches($0, of: table, in: catalog) } ?? false
    }
    for row in ledger.rows where row.table == search.table && !found.contains(row) {
      let chain = ledger.versions[row] ?? []
      let later = chain.first {
        $0.number > search.snapshot && node(of: $0, ledger) != reader
          && matches($0.values) != false
      }
      if let later, let target = node(of: later, ledger), let write = later.write {
        add(edge(.rw, reader, target, row, write, search))
      }
      // The row was not found: it may be the last change that took it out of the condition.
      guard let last = chain.lastIndex(where: { $0.number <= search.snapshot }), last > 0 else {
        continue
      }
      let matched = matches(chain[last - 1].values)
      guard matched == true || (matched == nil && found.isEmpty),
        matches(chain[last].values) != true,
        let source = node(of: chain[last], ledger), let write = chain[last].write
      else { continue }
      add(edge(.wr, source, reader, row, write, search))
    }
  }

  private func edge(
    _ kind: Edge.Kind, _ source: Int, _ target: Int, _ row: RowKey, _ write: Int,
    _ search: Ledger.Search
  ) -> Edge {
    Edge(
      kind: kind, isPredicate: true, source: source, target: target, row: row, write: write,
      statement: search.statement, readStep: search.step)
  }
}

extension DependencyGraph {
  /// One edge as a sentence: `confirm read orders(1) at step 2, before poll changed …`.
  func sentence(_ edge: Edge, _ narrator: Narrator) -> String {
    let source = narrator.writer(nodes[edge.source].session)
    let target = narrator.writer(nodes[edge.target].session)
    let write = narrator.ledger.writes[edge.write]
    let step = edge.readStep ?? 0
    let row = narrator.row(edge.row)
    let table = narrator.tableName(edge.row.table)
    switch (edge.kind, edge.isPredicate) {
    case (.ww, _):
      let earlier = edge.overwritten.map { narrator.moment(narrator.ledger.writes[$0]) } ?? ""
      return "\(target) wrote \(row) \(narrator.moment(write)), after \(source) had \(earlier)"
    case (.wr, false):
      return "\(target) read \(row) at step \(step) as \(source) had left it"
    case (.wr, true):
      return "\(target) searched \(table) at step \(step) after \(source) had "
        + narrator.deed(write)
    case (.rw, false):
      return "\(source) read \(row) at step \(step), before \(target) \(narrator.deed(write)) "
        + narrator.moment(write)
    case (.rw, true):
      return "\(source) searched \(table) at step \(step), before \(target) "
        + "\(narrator.deed(write)) \(narrator.moment(write))"
    }
  }
}
