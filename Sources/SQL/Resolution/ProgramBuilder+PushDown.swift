import Store

// Conditions on what a locking subquery in FROM returns. PostgreSQL gives them to the subquery (`subquery_push_qual` in
// allpaths.c), so that rows which do not meet them are never locked.
extension ProgramBuilder {
  /// Hands conditions on to the locking subqueries whose columns they name.
  func pushDown(_ conditions: [Typed], in level: QueryLevel, _ scope: Scope) {
    guard let statement = scope.statement else { return }
    for condition in conditions + implied(by: conditions) {
      guard let index = onlyRelation(of: condition.code, in: level),
        !level.details[index].isNullable, level.details[index].kind == .subquery,
        case .part(let number) = level.relations[index].source,
        statement.parts.indices.contains(number),
        case .query(let id) = statement.parts[number].body
      else { continue }
      pushDown(condition, on: level.relations[index], into: id)
    }
  }

  /// What follows from `a = b AND b = 1` for `a` (`generate_base_implied_equalities`).
  private func implied(by conditions: [Typed]) -> [Typed] {
    let sides = conditions.filter { $0.uses.count == 1 }.flatMap { $0.uses[0] }
      .filter(\.isEquality).flatMap { [($0.left, $0.right), ($0.right, $0.left)] }
    return sides.flatMap { own, other in
      guard own.code.ownColumn != nil, let column = other.code.ownColumn else { return [Typed]() }
      return sides.compactMap { left, right in
        guard left.code.ownColumn == column, isConstant(right.code) else { return nil }
        return apply("=", own, right, at: own.span)
      }
    }
  }

  private func pushDown(_ condition: Typed, on relation: Relation, into id: QueryID) {
    let query = program.queries[Int(id.index)]
    guard !query.locks.isEmpty, query.limit == nil, query.offset == nil,
      case .select(var select) = query.body, select.grouping == nil, select.windows.isEmpty,
      let code = condition.code.named(by: {
        outputColumn(Int($0) - relation.offset - 1, of: select)
      })
    else { return }
    var conditions = [Typed(code, .boolean, at: condition.span)]
    if let filter = select.filter {
      conditions.append(Typed(self.code(of: filter), .boolean, at: condition.span))
    }
    // The cheapest first, equal ones as they are written, the subquery's own before.
    if conditions.count == 2, cost(of: conditions[0].code) >= cost(of: conditions[1].code) {
      conditions.swapAt(0, 1)
    }
    select.filter = conjunction(conditions).map { commit($0.code) }
    program.queries[Int(id.index)].body = .select(select)
  }

  /// The conditions on the first table of a join alone (``Relation/lead``).
  func lead(
    _ first: Int, among relations: [Relation], _ filters: [Typed], in level: QueryLevel
  ) -> Expression? {
    let leadsOn = relations.indices.contains { index in
      guard index != first, let condition = relations[index].access?.condition else { return false }
      var namesFirst = false
      let start = relations[first].offset + 1
      let own = start..<start + relations[first].columnCount
      visitColumns(of: code(of: condition)) { depth, offset in
        namesFirst = namesFirst || depth == 0 && own.contains(offset)
      }
      return namesFirst
    }
    guard leadsOn else { return nil }
    let own = filters.filter {
      onlyRelation(of: $0.code, in: level) == first && $0.code.named(by: { $0 }) != nil
    }
    return conjunction(cheapestFirst(own, in: level)).map { commit($0.code) }
  }

  /// Where the column is that a subquery gives as its output, if that is nothing else.
  private func outputColumn(_ position: Int, of select: Select) -> UInt16? {
    guard select.outputs.indices.contains(position) else { return nil }
    return code(of: select.outputs[position]).ownColumn.map { UInt16(clamping: $0) }
  }

  /// The only relation of which code names columns.
  private func onlyRelation(of code: Code, in level: QueryLevel) -> Int? {
    var found: Set<Int> = []
    visitColumns(of: code) { depth, offset in
      guard depth == 0 else { return }
      found.insert(level.relations.lastIndex { $0.offset < offset } ?? -1)
    }
    return found.count == 1 ? found.first.flatMap { $0 < 0 ? nil : $0 } : nil
  }
}

extension Code {
  /// The same with other columns in place of its own.
  ///
  /// - Returns: `nil` where a column has no other, and where code does more than compute a value from columns: what calls
  ///   functions of one's own, locks, numbers or subqueries stays where it is.
  fileprivate func named(by column: (UInt16) -> UInt16?) -> Code? {
    var result = self
    for (index, operation) in operations.enumerated() {
      switch operation {
      case .column(0, let offset):
        guard let other = column(offset) else { return nil }
        result.replace(index, with: .column(depth: 0, offset: other))
      case .constant, .slot, .call, .cast, .and, .or, .not, .isNull, .isNotNull, .isTrue, .isFalse,
        .isDistinct, .pop, .jump, .jumpIfFalseKeeping, .jumpUnlessTrueKeeping, .jumpIfTrueKeeping,
        .jumpIfNotNullKeeping,
        .jumpUnlessTrue, .greatest, .least, .array, .anyElement:
        break
      case .column, .routine, .scalarSubquery, .exists, .quantified, .nextValue, .row, .tableName,
        .place, .refused, .lockCall, .setting, .configure, .sessionCall, .sequence:
        return nil
      }
    }
    return result
  }
}
