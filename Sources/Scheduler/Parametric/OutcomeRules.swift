import SQL
import Store
import Writers

/// Rules about how sessions have ended, where there may be any number of them.
///
/// A rule that looks at one ended session at a time is the same for two that have ended alike and for a thousand. One
/// that counts is, if its WHERE leaves out all of which there are several:
///
///     SELECT count(*) FROM outcomes WHERE outcome = 'captured' HAVING count(*) <> 1
///
/// is decided as long as no more than one can end with `captured`, however many end otherwise.
struct OutcomeRules {
  /// Why the rules cannot be decided for every number of sessions; `nil` if they may be.
  private(set) var obstacle: String?
  /// The model, with a query for each rule that counts which says what it counts.
  private(set) var model: Model
  /// Positions in ``Model/invariants``, and those queries.
  private var counting: [(invariant: Int, filter: QueryID)] = []

  // The columns of `outcomes` are writer, session, outcome, sqlstate, behind the row's identity.
  private static let sessionColumn = 2

  init(_ model: Model) {
    self.model = model
    for (index, query) in model.program.queries.enumerated() {
      guard case .select(let select) = query.body, select.relations.contains(where: \.isOutcomes)
      else { continue }
      let rule = model.invariants.firstIndex { Int($0.query.index) == index }
      guard let rule, isPlain(query, select) else {
        let name = rule.map { "`\(model.invariants[$0].name)`" } ?? "a rule"
        obstacle = "\(name) does more with `outcomes` than to select or to count some of its rows"
        return
      }
      guard select.grouping != nil else { continue }
      var filter = select
      filter.grouping = nil
      filter.having = nil
      filter.outputs = []
      filter.distinct = .no
      counting.append((rule, QueryID(self.model.program.queries.count)))
      self.model.program.queries.append(Query(body: .select(filter), columns: []))
    }
  }

  /// The name of a rule that counts the sessions of a section among others, whatever their number; `nil` if there is
  /// none.
  func ruleThatCounts(
    sectionOf words: ContiguousArray<UInt64>, group: Int, _ machine: inout Machine
  ) -> String? {
    guard !counting.isEmpty, let end = machine.end(ofSection: words[...]),
      let writer = model.sessions.first(where: { $0.group == group })?.writer
    else { return nil }
    for (invariant, filter) in counting where machine.counts(end, writer: writer, filter) {
      return model.invariants[invariant].name
    }
    return nil
  }

  /// Whether the query does no more than select rows of `outcomes`, or count them, whatever the sessions' names.
  private func isPlain(_ query: Query, _ select: Select) -> Bool {
    guard query.limit == nil, query.offset == nil, select.windows.isEmpty,
      select.relations.count == 1, case .relation = select.from
    else { return false }
    let grouping = select.grouping
    var expressions = [select.filter, select.having].compactMap(\.self)
    expressions += grouping?.keys ?? []
    for call in grouping?.aggregates ?? [] {
      expressions += call.arguments + call.order.map(\.expression)
      if let filter = call.filter { expressions.append(filter) }
    }
    expressions += query.order.map(\.expression)
    if case .on(let keys) = select.distinct { expressions += keys }
    // What is only shown may be the name.
    expressions += select.outputs.filter { $0.count > 1 }
    let session = select.relations[0].offset + Self.sessionColumn
    return expressions.allSatisfy { expression in
      model.program.operations[model.program.range(of: expression)].allSatisfy {
        switch $0 {
        case .column(let depth, let offset): depth == 0 && Int(offset) != session
        case .scalarSubquery, .exists, .quantified, .routine, .slot: false
        default: true
        }
      }
    }
  }
}

extension Relation {
  fileprivate var isOutcomes: Bool {
    if case .outcomes = source { true } else { false }
  }
}
