import Store

/// What decides whether a query returns rows.
package struct QueryFootprint: Sendable {
  /// The columns of each table that its conditions name.
  ///
  /// A column may be listed for a table that is not meant: two queries of one statement number their columns alike.
  package var tables: [Int: Set<Int>] = [:]
  /// It depends on something else, too: the clock, a function, what sessions returned.
  package var isOpen = false
  /// It returns a row whatever the tables hold: an aggregate over all rows, without HAVING.
  package var alwaysHasRow = false
}

extension ProgramBuilder {
  /// The footprint of an invariant's query; what it shows of a row it finds does not count.
  package func footprint(of query: QueryID) -> QueryFootprint {
    var result = QueryFootprint()
    var mentioned: Set<Int> = []
    var relations: [Relation] = []
    visitConditions(
      of: query,
      operation: { operation, _ in
        switch operation {
        case .column(_, let offset): mentioned.insert(Int(offset))
        case .routine: result.isOpen = true
        default: break
        }
      }, relation: { relations.append($0) })
    if facts(of: query).readsClock { result.isOpen = true }
    for relation in relations {
      switch relation.source {
      case .table(let table):
        let first = relation.offset + 1
        let named = mentioned.filter { $0 >= first && $0 < first + relation.columnCount }
        result.tables[Int(table.index), default: []].formUnion(named.map { $0 - first })
      case .outcomes, .function, .part, .result, .given: result.isOpen = true
      case .query, .series, .working: break
      }
    }
    if case .select(let select) = program.queries[Int(query.index)].body,
      let grouping = select.grouping
    {
      result.alwaysHasRow =
        grouping.keys.isEmpty && select.having == nil
        && program.queries[Int(query.index)].limit == nil
        && program.queries[Int(query.index)].offset == nil
    }
    return result
  }
}
