import Store

// Which of two sides of a join PostgreSQL reads first, whose rows then give the order of the result and of what is
// locked: reckoned as its planner does (costsize.c, selfuncs.c) for tables that were never analysed.
extension ProgramBuilder {
  /// Puts the first relation of FROM inside the others where the server would: it is searched by an index for each of
  /// their few rows (a nested loop), or is put into the table of a hash join.
  func orderJoin(_ draft: inout SelectDraft, _ scope: Scope) {
    let level = draft.level
    guard level.relations.count > 1, !level.hasRightJoin,
      let inside = draft.select.from?.withFirstInside,
      level.relations.dropFirst().allSatisfy({ !dependsOnOthers($0) }),
      level.accessConditions.allSatisfy({ $0.membership == nil })
    else { return }
    let isFound = access(of: 0, in: level)?.isNarrow ?? false
    let searchesSecond = access(of: 1, in: level)?.isNarrow ?? false
    level.scansFirstLast = true
    if hashesWorking(level)
      || (!isFound && (searchesFirst(level, scope) || (!searchesSecond && hashesFirst(level))))
    {
      draft.select.from = inside
    } else {
      level.scansFirstLast = false
    }
  }

  /// Whether a relation of FROM is computed from those before it, or can be.
  func dependsOnOthers(_ relation: Relation) -> Bool {
    switch relation.source {
    case .table, .part, .query(_, isLateral: false): false
    case .query, .series, .function, .result, .working, .outcomes, .given: true
    }
  }

  /// Whether few rows are expected of the others, and the first is found by what they say.
  private func searchesFirst(_ level: QueryLevel, _ scope: Scope) -> Bool {
    (1..<level.relations.count).allSatisfy { isNarrow($0, in: level, scope) }
      && access(of: 0, in: level)?.isNarrow ?? false
  }

  private func isNarrow(_ index: Int, in level: QueryLevel, _ scope: Scope) -> Bool {
    switch level.relations[index].source {
    case .table: isNarrow(index, for: level.relations[0], in: level)
    case .query(let query, _): isNarrow(query, for: level.relations[0])
    case .part(let part):
      scope.statement.map { isNarrow($0.parts[part], for: level.relations[0]) } ?? false
    case .series, .function, .result, .working: false
    case .outcomes, .given: true
    }
  }

  private func isNarrow(_ part: StatementPart, for inner: Relation) -> Bool {
    switch part.body {
    case .query(let query): isNarrow(query, for: inner)
    case .insert(let insert): isNarrow(insert.source, for: inner)
    case .update(let update): isNarrow(update.source, for: inner)
    case .delete(let delete): isNarrow(delete.source, for: inner)
    case .merge, .lockTable, .truncate, .alter: false
    }
  }

  /// Whether so few rows are expected of a table that another is searched by an index for each of them.
  func isNarrow(_ index: Int, for inner: Relation, in level: QueryLevel) -> Bool {
    access(of: index, in: level)?.isNarrow ?? false
      || isFew(expectedRows(index, in: level), for: inner)
  }

  /// Whether it costs less to search a table by an index of one page for each of so many rows than to read it whole
  /// for a hash join.
  func isFew(_ rows: Double, for inner: Relation) -> Bool {
    guard case .table(let table) = inner.source else { return false }
    let it = Expectation(rowWidth: rowWidth(of: table))
    let pages = it.heapPages(of: rows)
    let search = 4 * pages + (rows > 1 ? 8 : 4) + 0.1725 * rows
    return search < it.wholeTable + 0.00375 * it.rows + 0.03 * rows
  }

  /// Whether the first of two tables that are joined by equality is hashed: the one whose column is unique, as the
  /// planner expects few of its rows to share a place; of two unique ones the smaller.
  private func hashesFirst(_ level: QueryLevel) -> Bool {
    guard level.relations.count == 2 else { return false }
    var isUnique = [false, false]
    var isJoined = false
    for condition in level.keyConditions {
      let sides = [condition.equality.left, condition.equality.right].compactMap {
        place(of: $0.code, in: level)
      }
      guard sides.count == 2, Set(sides.map(\.relation)) == [0, 1] else { continue }
      isJoined = true
      for side in sides {
        guard case .table(let table) = level.relations[side.relation].source else { return false }
        if program.schema[table].uniqueIndexes.contains(where: {
          $0.isPlain && $0.columns == [side.column]
        }) {
          isUnique[side.relation] = true
        }
      }
    }
    guard isJoined, isUnique[0], hasNoStatistics(level) else { return false }
    return !isUnique[1]
      || expectedRows(0, in: level) < 0.9 * expectedRows(1, in: level)
  }

  /// Whether what the last round of a recursion has added is hashed, or sorted, and the table read first, even where
  /// nothing was added.
  private func hashesWorking(_ level: QueryLevel) -> Bool {
    guard level.relations.count == 2, case .working = level.relations[0].source,
      case .table(let table) = level.relations[1].source, !program.schema[table].isWorld
    else { return false }
    return level.keyConditions.contains { condition in
      let sides = [condition.equality.left, condition.equality.right].compactMap {
        place(of: $0.code, in: level)
      }
      guard sides.count == 2, let own = sides.first(where: { $0.relation == 1 }),
        sides.contains(where: { $0.relation == 0 })
      else { return false }
      return !program.schema[table].uniqueIndexes.contains {
        $0.isPlain && $0.columns == [own.column]
      }
    }
  }

  private func hasNoStatistics(_ level: QueryLevel) -> Bool {
    level.relations.allSatisfy { relation in
      guard case .table(let table) = relation.source else { return false }
      return !program.schema[table].isAnalyzed && !program.schema[table].isWorld
    }
  }

  /// The relation and the column that code stands for, where it is nothing else.
  private func place(of code: Code, in level: QueryLevel) -> (relation: Int, column: Int)? {
    guard let offset = code.ownColumn,
      let index = level.relations.lastIndex(where: { $0.offset < offset })
    else { return nil }
    return (index, offset - level.relations[index].offset - 1)
  }

  /// How many rows of a table are expected to meet the conditions that name no other.
  private func expectedRows(_ index: Int, in level: QueryLevel) -> Double {
    let relation = level.relations[index]
    guard case .table(let table) = relation.source else { return .infinity }
    var rows = Expectation(rowWidth: rowWidth(of: table)).rows
    let all = rows
    for condition in level.accessConditions
    where condition.relations.contains(index) && condition.uses.count == 1 {
      for comparison in condition.uses[0] {
        let sides = [comparison.left, comparison.right]
        guard sides.contains(where: { place(of: $0.code, in: level)?.relation == index }),
          sides.contains(where: { isConstant($0.code) })
        else { continue }
        rows *= share(of: comparison, relation, program.schema[table], all)
      }
    }
    return max(1, rows.rounded())
  }
}
