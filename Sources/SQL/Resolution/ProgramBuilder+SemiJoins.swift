import Store

// Subqueries in WHERE that PostgreSQL makes joins (`pull_up_sublinks` in prepjointree.c): how their tables are then
// read, and that they are looked at when all other conditions are met.
extension ProgramBuilder {
  /// The query of a condition that becomes a join: `EXISTS` of a query that names columns of the one around it, `IN`
  /// of one that does not.
  private func joinedQuery(_ code: Code) -> QueryID? {
    switch code.operations.last {
    case .exists(let id) where code.operations.count == 1: existing(id)
    case .not where code.operations.count == 2:
      if case .exists(let id) = code.operations[0] { existing(id) } else { nil }
    case .quantified(let id, _, _, isAll: false):
      isCorrelated(id) || isConstant(code) ? nil : id
    default: nil
    }
  }

  /// As `convert_EXISTS_sublink_to_join` has it: only the query's own WHERE may name columns from outside.
  private func existing(_ id: QueryID) -> QueryID? {
    let query = program.queries[Int(id.index)]
    guard isCorrelated(id), query.isPlain, case .select(let select) = query.body,
      select.grouping == nil, select.having == nil, select.windows.isEmpty, select.filter != nil
    else { return nil }
    return id
  }

  /// Whether a table is searched for the rows of the subquery, and not the other way round.
  private func leads(_ id: QueryID, in level: QueryLevel) -> Bool {
    level.accessConditions.contains { $0.membership?.query == id }
      && level.relations.indices.contains { access(of: $0, in: level)?.gate == id }
  }

  /// The conditions in the order in which PostgreSQL evaluates them for a row: the cheapest first, equal ones as they
  /// are written (`order_qual_clauses`); last those that become joins, above the scan.
  ///
  /// Where a subquery would be evaluated for each row, and the join can lead to rows by an index, the join goes first.
  func cheapestFirst(_ conditions: [Typed], in level: QueryLevel) -> [Typed] {
    let joined = conditions.map { condition in
      joinedQuery(condition.code).flatMap { leads($0, in: level) ? nil : $0 }
    }
    let costs = zip(conditions, joined).map { condition, id in
      guard let id else { return cost(of: condition.code) }
      return isIndexed(condition.code, id, in: level) ? 1000 : Int.max
    }
    return conditions.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }.map { conditions[$0] }
  }

  /// Whether a join that keeps rows with a partner compares a column by which an index leads to rows.
  private func isIndexed(_ code: Code, _ id: QueryID, in level: QueryLevel) -> Bool {
    var columns = outerColumns[id] ?? []
    switch code.operations.last {
    case .not: return false
    case .quantified where code.count == 2:
      if case .column(0, let offset) = code.operations[0] { columns = [Int(offset)] }
    default: break
    }
    return level.relations.contains { relation in
      guard case .table(let table) = relation.source else { return false }
      return program.schema[table].searchableIndexes.contains { index in
        columns.contains { $0 == index.columns[0] + relation.offset + 1 }
      }
    }
  }

  /// Remembers how a subquery's tables would be read if nothing were known of the query around it, where that is
  /// another way, and to which of that one's columns it is joined.
  func noteReadsAlone(_ id: QueryID, _ level: QueryLevel) {
    outerColumns[id] = level.keyConditions.flatMap { [$0.equality.left, $0.equality.right] }
      .compactMap {
        guard $0.code.operations.count == 1,
          case .column(depth: 1, let offset) = $0.code.operations[0]
        else { return nil }
        return Int(offset)
      }
    guard case .select(let select) = program.queries[Int(id.index)].body,
      select.relations.contains(where: { namesOuter($0.access) })
    else { return }
    level.hidesOuter = true
    readsAlone[id] = level.relations.indices.map { access(of: $0, in: level) }
    level.hidesOuter = false
  }

  private func namesOuter(_ access: IndexAccess?) -> Bool {
    guard let condition = access?.condition else { return false }
    var namesOuter = false
    visitColumns(of: code(of: condition)) { depth, _ in namesOuter = namesOuter || depth > 0 }
    return namesOuter
  }

  /// Settles how the tables of subqueries that become joins are read: by an index for each row of the query around
  /// them where few rows are expected of that, else on their own, for a hash join.
  func settleJoinedReads(_ filters: [Typed], in level: QueryLevel) {
    for filter in filters {
      guard let id = joinedQuery(filter.code),
        case .select(var select) = program.queries[Int(id.index)].body
      else { continue }
      if let alone = readsAlone[id] {
        for index in select.relations.indices where namesOuter(select.relations[index].access) {
          if !isNarrow(around: select.relations[index], in: level) {
            select.relations[index].access = alone[index]
          }
        }
      } else if let access = searched(select, filter, id, in: level) {
        select.relations[0].access = access
      }
      program.queries[Int(id.index)].body = .select(select)
    }
  }

  /// Whether few rows are expected of the query around a subquery.
  private func isNarrow(around inner: Relation, in level: QueryLevel) -> Bool {
    level.relations.indices.allSatisfy { index in
      guard case .table = level.relations[index].source else { return false }
      return isNarrow(index, for: inner, in: level)
    }
  }

  /// The search by an index for what is looked for in `IN (SELECT column FROM table …)`, where few rows are expected
  /// of the query around it.
  private func searched(
    _ select: Select, _ filter: Typed, _ id: QueryID, in level: QueryLevel
  ) -> IndexAccess? {
    guard case .quantified(_, let function, columns: 1, _) = filter.code.operations.last,
      program.queries[Int(id.index)].isPlain, select.grouping == nil, select.windows.isEmpty,
      select.relations.count == 1, let relation = select.relations.first,
      case .table(let table) = relation.source, !program.schema[table].isAnalyzed,
      !(relation.access?.isNarrow ?? false), !leads(id, in: level),
      isNarrow(around: relation, in: level), let output = select.outputs.first,
      let column = code(of: output).ownColumn,
      let index = program.schema[table].searchableIndexes.first(where: {
        $0.columns.first == column - relation.offset - 1
      })
    else { return nil }
    var operand = Code()
    for operation in filter.code.operations.dropLast() {
      switch operation {
      case .column(let depth, let offset):
        operand.append(.column(depth: depth + 1, offset: offset), at: filter.span)
      case .constant, .call, .cast: operand.append(operation, at: filter.span)
      default: return nil
      }
    }
    operand.append(code(of: output))
    operand.append(.call(function: function, arguments: 2, isStrict: true), at: filter.span)
    return IndexAccess(indexes: [index.number], condition: commit(operand), share: 0.005)
  }
}
