import Store

/// A comparison that an index could use: `left < right`.
struct Comparison {
  var left: Typed
  var right: Typed
  var isEquality: Bool
  /// The whole condition.
  var code: Code
}

// How PostgreSQL would find the rows of a small table that has never been analysed: it takes such tables for
// ten pages, so that every index is used whose first column the condition compares with something known, and
// everything else is a sequential scan. What a serializable transaction locks follows from that.
extension ProgramBuilder {
  /// The indexes by which a relation's rows are found; `nil` for a sequential scan.
  func access(of index: Int, in level: QueryLevel) -> IndexAccess? {
    guard case .table(let table) = level.relations[index].source else { return nil }
    let definition = program.schema[table]
    guard !definition.isWorld, !definition.isAnalyzed || avoidsScans, definition.hasIndexes else {
      return nil
    }
    if isContradictory(level) { return .never }
    var all: [Comparison] = []
    var choices: [[[Comparison]]] = []
    for condition in level.accessConditions where condition.relations.contains(index) {
      if condition.uses.count == 1 {
        all += condition.uses[0]
      } else if condition.uses.count > 1 {
        choices.append(condition.uses)
      }
    }
    all += constants(all, of: index, in: level)
    var best = path(all, of: index, definition, in: level)
    for choice in choices {
      let paths = choice.map { path($0 + all, of: index, definition, in: level) }
      guard paths.allSatisfy({ $0 != nil }) else { continue }
      let either = AccessPath(either: paths.compactMap { $0 })
      if either.share > 0.5, !avoidsScans { continue }
      if either.share > 0.3, !avoidsScans, rowWidth(of: table) > Self.widestChoice { continue }
      if best.map({ either.share < $0.share }) ?? true { best = either }
    }
    guard let best else { return membershipAccess(of: index, definition, in: level) }
    // Of wide rows, a third of ten pages is too much for a bitmap.
    if best.share > 0.3, !avoidsScans, rowWidth(of: table) > Self.widestRange { return nil }
    var access = IndexAccess(
      indexes: best.indexes, condition: disjunction(best.branches), share: best.share)
    access.hashKeys = best.keys.map {
      IndexAccess.HashKey(index: $0.index, value: commit($0.value))
    }
    return access
  }

  /// A search for what a subquery gives, if it gives anything (a nested loop with the table inside).
  private func membershipAccess(
    of index: Int, _ definition: Table, in level: QueryLevel
  ) -> IndexAccess? {
    let relation = level.relations[index]
    for condition in level.accessConditions where condition.relations.contains(index) {
      guard let membership = condition.membership, let offset = membership.column.ownColumn,
        let found = definition.searchableIndexes.first(where: {
          $0.columns.first == offset - relation.offset - 1
        })
      else { continue }
      var access = IndexAccess(
        indexes: [found.number], condition: commit(membership.code), share: 0.005)
      access.gate = membership.query
      return access
    }
    return nil
  }

  /// What a relation's columns equal because other columns that they equal do: `a = b AND b = 1`
  /// (`generate_base_implied_equalities`).
  private func constants(
    _ comparisons: [Comparison], of index: Int, in level: QueryLevel
  ) -> [Comparison] {
    let sides = comparisons.filter(\.isEquality).flatMap {
      [($0.left, $0.right), ($0.right, $0.left)]
    }
    let relation = level.relations[index]
    var found: [Comparison] = []
    for (own, other) in sides {
      guard let column = own.code.ownColumn,
        (relation.offset + 1...relation.offset + relation.columnCount).contains(column)
      else { continue }
      var equals: Set<Int> = [column]
      var open = [other]
      while let next = open.popLast() {
        guard let place = next.code.ownColumn, equals.insert(place).inserted else { continue }
        for (left, right) in sides where left.code.ownColumn == place {
          if isConstant(right.code), let equal = apply("=", own, right, at: own.span) {
            found += equal.uses.flatMap { $0 }
          }
          open.append(right)
        }
      }
    }
    return found
  }

  /// Whether a column would have to equal two constants: then nothing is read at all (a "one-time filter").
  private func isContradictory(_ level: QueryLevel) -> Bool {
    let sides = level.accessConditions
      .filter { $0.relations == 0..<Int.max && $0.uses.count == 1 }
      .flatMap { $0.uses[0] }.filter(\.isEquality)
      .flatMap { [($0.left, $0.right), ($0.right, $0.left)] }
    for (own, _) in sides {
      guard let column = own.code.ownColumn else { continue }
      var equals: Set<Int> = []
      var open = [column]
      var constant: Value?
      while let next = open.popLast() {
        guard equals.insert(next).inserted else { continue }
        for (left, right) in sides where left.code.ownColumn == next {
          if let place = right.code.ownColumn { open.append(place) }
          guard let value = right.code.constant, !value.isNull else { continue }
          if let constant, !Value.equal(constant, value) { return true }
          constant = value
        }
      }
    }
    return false
  }

  /// Whether code names no column of its own query.
  func isConstant(_ code: Code) -> Bool {
    var isConstant = true
    visitColumns(of: code) { queryLevel, _ in if queryLevel == 0 { isConstant = false } }
    return isConstant
  }

  /// A way to find rows: by which indexes, under what conditions, and what share of the table that may be.
  private struct AccessPath {
    var indexes: [Int]
    var branches: [[Code]]
    var share: Double
    /// What hash indexes are searched for.
    var keys: [(index: Int, value: Code)] = []

    init(index: Int, conditions: [Code], share: Double) {
      indexes = [index]
      branches = [conditions]
      self.share = share
    }

    init(either paths: [AccessPath]) {
      indexes = []
      branches = paths.flatMap(\.branches)
      keys = paths.flatMap(\.keys)
      share = paths.reduce(0) { $0 + $1.share }
      for index in paths.flatMap(\.indexes) where !indexes.contains(index) { indexes.append(index) }
    }
  }

  private func path(
    _ comparisons: [Comparison], of index: Int, _ definition: Table, in level: QueryLevel
  ) -> AccessPath? {
    let relation = level.relations[index]
    let usable = comparisons.compactMap { comparison -> (column: Int, Comparison, Code)? in
      for (column, value) in [
        (comparison.left, comparison.right), (comparison.right, comparison.left),
      ] {
        guard let offset = column.code.ownColumn else { continue }
        let position = offset - relation.offset - 1
        guard (0..<relation.columnCount).contains(position),
          isKnownNarrowly(value.code, before: index, in: level)
        else { continue }
        return (position, comparison, value.code)
      }
      return nil
    }
    var best: AccessPath?
    for (number, columns, isUnique) in definition.searchableIndexes {
      var share = 1.0
      var conditions: [Code] = []
      var equalities = 0
      var isBounded = true
      for column in columns {
        let here = usable.filter { $0.column == column }
        if here.isEmpty {
          isBounded = false
          if conditions.isEmpty { break }
          continue
        }
        conditions += here.map(\.1.code)
        if isBounded, here.contains(where: \.1.isEquality) {
          share *= 0.005
          equalities += 1
        } else {
          isBounded = false
          share *= here.count > 1 ? 0.005 : 1.0 / 3
        }
      }
      guard !conditions.isEmpty else { continue }
      if isUnique, equalities == columns.count { share = min(share, 0.0005) }
      // Of equal ones the newest, which the planner looks at first (`get_relation_info`).
      if best.map({ share <= $0.share }) ?? true {
        best = AccessPath(index: number, conditions: conditions, share: share)
      }
    }
    for (number, column) in definition.hashIndexes {
      guard let here = usable.first(where: { $0.column == column && $0.1.isEquality }) else {
        continue
      }
      if let best, best.share < 0.005 { continue }
      best = AccessPath(index: number, conditions: [here.1.code], share: 0.005)
      best?.keys = [(number, here.2)]
    }
    return best
  }

  /// Whether code can be evaluated before a relation is scanned, and only a few times: a large outer side would
  /// be joined by hash, with sequential scans.
  private func isKnownNarrowly(_ code: Code, before index: Int, in level: QueryLevel) -> Bool {
    guard isKnown(code, before: index, in: level) else { return false }
    var isNarrow = true
    visitColumns(of: code) { queryLevel, offset in
      guard queryLevel == 0,
        let outer = level.relations.lastIndex(where: { $0.offset <= offset })
      else { return }
      switch level.relations[outer].source {
      case .table:
        if !self.isNarrow(outer, for: level.relations[index], in: level) { isNarrow = false }
      case .query(let query, _):
        if !self.isNarrow(query, for: level.relations[index]) { isNarrow = false }
      case .series, .function, .result, .working: isNarrow = false
      case .part, .outcomes, .given: break
      }
    }
    return isNarrow
  }

  /// Whether few rows are expected of a subquery.
  func isNarrow(_ id: QueryID, for inner: Relation) -> Bool {
    if let limit = program.queries[Int(id.index)].limit.flatMap(number),
      isFew(Double(limit), for: inner)
    {
      return true
    }
    switch program.queries[Int(id.index)].body {
    case .values(let rows): return isFew(Double(rows.count), for: inner)
    case .combined, .recursive: return false
    case .select(let select):
      if let grouping = select.grouping { return grouping.keys.isEmpty }
      return select.relations.allSatisfy { relation in
        switch relation.source {
        case .table: return relation.access?.isNarrow ?? false
        case .query(let nested, _): return isNarrow(nested, for: inner)
        case .series, .function, .result, .working: return false
        case .part, .outcomes, .given: return true
        }
      }
    }
  }

  private func disjunction(_ branches: [[Code]]) -> Expression? {
    let span = SourceSpan(file: 0, start: 0, end: 0)
    let arms = branches.compactMap { conditions in
      conjunction(conditions.map { Typed($0, .boolean, at: span) })
    }
    guard arms.count == branches.count, let first = arms.first else { return nil }
    let whole = arms.dropFirst().reduce(first) { connect($0, $1, isAnd: false, at: span) }
    return commit(whole.code)
  }

  /// Where the only relation is read whole in the order of an index, the index is walked.
  func orderedAccess(_ select: Select, _ order: [OrderKey]) -> IndexAccess? {
    guard select.relations.count == 1, select.filter == nil, !order.isEmpty,
      case .table(let table) = select.relations[0].source
    else { return nil }
    let columns = order.map { key in
      code(of: key.expression).ownColumn.map { $0 - select.relations[0].offset - 1 }
    }
    let directions = Set(order.map(\.isDescending))
    guard directions.count == 1 else { return nil }
    for (number, indexed, _) in program.schema[table].searchableIndexes
    where indexed.count >= columns.count
      && zip(indexed, columns).allSatisfy({ $0 == $1 })
    {
      return IndexAccess(indexes: [number], condition: nil, share: 1)
    }
    return nil
  }
  // MARK: Widths

  /// The width of a row from which on a third of the rows of ten pages is too much for a bitmap.
  private static let widestRange = 80

  /// The same where several bitmaps are joined, and all conditions are looked at again.
  private static let widestChoice = 40

  /// The width that the planner expects (`get_typavgwidth`).
  func rowWidth(of table: TableID) -> Int {
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

extension Typed {
  /// What must hold for a conjunction to be true: one of these lists of comparisons, all of it.
  static func bothOf(_ left: Typed, _ right: Typed) -> [[Comparison]] {
    if left.uses.isEmpty { return right.uses }
    if right.uses.isEmpty { return left.uses }
    guard left.uses.count * right.uses.count <= 16 else { return left.uses }
    return left.uses.flatMap { first in right.uses.map { first + $0 } }
  }

  static func eitherOf(_ left: Typed, _ right: Typed) -> [[Comparison]] {
    left.uses.isEmpty || right.uses.isEmpty ? [] : left.uses + right.uses
  }
}

extension Table {
  var hasIndexes: Bool { !uniqueIndexes.isEmpty || !plainIndexes.isEmpty }

  /// The indexes over columns, by their numbers: unique ones first, in the order of creation.
  var searchableIndexes: [(number: Int, columns: [Int], isUnique: Bool)] {
    uniqueIndexes.enumerated().map { ($0, $1.columns, true) }
      + plainIndexes.enumerated().filter { $1.isSearchable && $1.buckets == 0 }.map {
        (Table.plainIndexBase + $0, $1.columns, false)
      }
  }

  /// The hash indexes over a column, by their numbers.
  var hashIndexes: [(number: Int, column: Int)] {
    plainIndexes.enumerated().filter { $1.isSearchable && $1.buckets > 0 && $1.columns.count == 1 }
      .map { (Table.plainIndexBase + $0, $1.columns[0]) }
  }
}
