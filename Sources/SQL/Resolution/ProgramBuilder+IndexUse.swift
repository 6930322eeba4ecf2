import Store

// Which tables PostgreSQL reads with an index: what decides the order of their rows.
extension ProgramBuilder {
  /// Notes the relation whose rows a condition of WHERE finds by an index.
  ///
  /// A table that was never analyzed is taken to have ten pages (`estimate_rel_size`), of which a bitmap
  /// scan reads fewer: for equality, for IN, and for ranges unless the rows are so wide that they are
  /// few. An analyzed small table has one page, and is read whole.
  func markIndexUse(_ condition: ExpressionSyntax, in level: QueryLevel) {
    guard let use = indexUse(condition, in: level) else { return }
    let relation = level.relations[use.relation]
    guard case .table(let table) = relation.source, !program.schema[table].isAnalyzed else {
      return
    }
    if use.isRange, rowWidth(of: table) > Self.widestRange { return }
    level.relations[use.relation].usesIndex = true
  }

  /// The width of a row from which on a third of the rows of ten pages is too much for a bitmap.
  private static let widestRange = 80

  private struct IndexUse {
    var relation: Int
    var isRange: Bool
  }

  private func indexUse(_ condition: ExpressionSyntax, in level: QueryLevel) -> IndexUse? {
    switch condition.kind {
    case .binary(let comparison, let left, let right):
      let isRange: Bool
      switch comparison {
      case .equal: isRange = false
      case .less, .lessOrEqual, .greater, .greaterOrEqual: isRange = true
      default: return nil
      }
      for (column, value) in [(left, right), (right, left)] where isKnown(value, in: level) {
        if let relation = indexedRelation(column, in: level) {
          return IndexUse(relation: relation, isRange: isRange)
        }
      }
      return nil
    case .inList(let column, let values, negated: false):
      guard values.allSatisfy({ isKnown($0, in: level) }) else { return nil }
      return indexedRelation(column, in: level).map { IndexUse(relation: $0, isRange: false) }
    case .between(let column, let low, let high, symmetric: false, negated: false):
      guard isKnown(low, in: level), isKnown(high, in: level) else { return nil }
      return indexedRelation(column, in: level).map { IndexUse(relation: $0, isRange: false) }
    case .or(let left, let right):
      guard let first = indexUse(left, in: level), let second = indexUse(right, in: level),
        first.relation == second.relation
      else { return nil }
      return IndexUse(relation: first.relation, isRange: first.isRange || second.isRange)
    case .and(let left, let right):
      return indexUse(left, in: level) ?? indexUse(right, in: level)
    default: return nil
    }
  }

  /// The relation whose column leads an index.
  private func indexedRelation(_ syntax: ExpressionSyntax, in level: QueryLevel) -> Int? {
    guard case .column(let name) = syntax.kind else { return nil }
    return level.relations.indices.first { index in
      let relation = level.relations[index]
      guard case .table(let table) = relation.source else { return false }
      let qualifier = name.parts.dropLast().last?.text
      guard qualifier == nil || qualifier == relation.alias else { return false }
      guard
        let column = program.schema[table].columns.firstIndex(where: { $0.name == name.last.text })
      else { return false }
      return program.schema[table].leadsIndex(column)
    }
  }

  /// Whether a value is known before the rows are read: it names no column of them.
  private func isKnown(_ syntax: ExpressionSyntax, in level: QueryLevel) -> Bool {
    switch syntax.kind {
    case .null, .boolean, .integer, .decimal, .string, .typedLiteral, .parameter, .positional,
      .keywordFunction:
      return true
    case .scalarSubquery: return true
    case .column(let name):
      return !level.relations.contains { relation in
        guard case .table(let table) = relation.source else { return true }
        return program.schema[table].columns.contains { $0.name == name.last.text }
      }
    case .cast(let value, _), .unary(_, let value): return isKnown(value, in: level)
    case .binary(_, let left, let right):
      return isKnown(left, in: level) && isKnown(right, in: level)
    default: return false
    }
  }

  /// The width that the planner expects (`get_typavgwidth`).
  private func rowWidth(of table: TableID) -> Int {
    program.schema[table].columns.reduce(0) { sum, column in
      switch column.type.kind {
      case .boolean: sum + 1
      case .smallint: sum + 2
      case .integer, .date, .enumeration: sum + 4
      case .bigint, .timestamp, .timestamptz, .time: sum + 8
      case .uuid, .interval: sum + 16
      case .char(let length?): sum + length + 4
      case .varchar(let length?): sum + min(length * 4 + 4, 32)
      default: sum + 32
      }
    }
  }
}
