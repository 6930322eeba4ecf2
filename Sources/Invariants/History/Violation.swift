package import SQL
package import Store
package import Writers

/// What a run breaks.
package struct Violation: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case invariant, finally, deadlock, stuck, endless, error, serializable
  }

  package var kind: Kind
  /// The invariant's name, or the built-in property's.
  package var name: String
  /// The tables whose rows decide it, which are those that the invariant's query reads.
  ///
  /// Empty for all.
  package var tables: [TableID]
  /// For a run without an end: the steps that come again and again.
  package var loop: ClosedRange<Int>?

  package init(kind: Kind, name: String, tables: [TableID] = []) {
    self.kind = kind
    self.name = name
    self.tables = tables
  }

  /// The violation of an invariant of the model.
  package init(of invariant: Invariant, in model: Model) {
    self.init(
      kind: invariant.moment == .always ? .invariant : .finally, name: invariant.name,
      tables: model.program.tables(readBy: invariant.query))
  }
}

extension Program {
  /// The tables that a query and its subqueries read, in the order of the schema.
  package func tables(readBy query: QueryID) -> [TableID] {
    var pending = [query]
    var visited: Set<QueryID> = []
    var tables: Set<TableID> = []
    while let id = pending.popLast() {
      guard queries.indices.contains(Int(id.index)), visited.insert(id).inserted else { continue }
      switch queries[Int(id.index)].body {
      case .combined(_, _, let left, let right), .recursive(_, let left, let right, _):
        pending += [left, right]
      case .values(let rows):
        for expression in rows.joined() { pending += subqueries(of: expression) }
      case .select(let select):
        for relation in select.relations {
          switch relation.source {
          case .table(let table): tables.insert(table)
          case .query(let inner, _): pending.append(inner)
          case .part, .working, .outcomes, .series, .given, .function, .result: break
          }
        }
        for expression in select.expressions { pending += subqueries(of: expression) }
      }
    }
    return schema.tables.indices.map { TableID($0) }.filter { tables.contains($0) }
  }

  private func subqueries(of expression: Expression) -> [QueryID] {
    let start = Int(expression.start)
    let range = (start..<start + Int(expression.count)).clamped(to: operations.indices)
    return operations[range].compactMap { operation in
      switch operation {
      case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _): query
      default: nil
      }
    }
  }
}

extension Select {
  /// Everything that is evaluated for a tuple or a group.
  fileprivate var expressions: [Expression] {
    var all = outputs
    all += [filter, having].compactMap { $0 }
    if let grouping {
      all += grouping.keys
      for aggregate in grouping.aggregates {
        all += aggregate.arguments
        if let filter = aggregate.filter { all.append(filter) }
      }
    }
    if let from { all += from.conditions }
    return all
  }
}

extension FromTree {
  fileprivate var conditions: [Expression] {
    switch self {
    case .relation: []
    case .join(_, let left, let right, let on):
      left.conditions + right.conditions + [on].compactMap { $0 }
    }
  }
}
