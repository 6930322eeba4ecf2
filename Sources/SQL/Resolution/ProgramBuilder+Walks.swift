import Foundation
import Store

// Where PostgreSQL walks along an index and stops early: ORDER BY with LIMIT, and min and max. What a walk would
// cost is reckoned as its planner does (costsize.c, selfuncs.c, planagg.c) for a table that was never analysed.
extension ProgramBuilder {
  /// What the planner takes a table for: ten pages of rows of its width (`estimate_rel_size`).
  struct Expectation {
    static let pages = 10.0
    /// Rows in the table.
    let rows: Double
    /// Comparisons in the condition, each evaluated for every row.
    var filters = 0.0
    /// The share of the rows that meets the condition.
    var share = 1.0

    init(rowWidth: Int) {
      rows = Double(8168 / (rowWidth + 28)) * Self.pages
    }

    /// Rows that meet the condition (`clamp_row_est`).
    var matches: Double { max(1, (rows * share).rounded()) }

    /// A sequential scan (`cost_seqscan`).
    var wholeTable: Double { Self.pages + rows * (0.01 + 0.0025 * filters) }

    /// An index scan over a share of the index, with so many comparisons of its own (`cost_index`).
    func indexScan(share: Double, conditions: Double) -> Double {
      let found = max(1, (rows * share).rounded())
      let filters = max(0, filters - conditions)
      return indexOnly(found, conditions) + heapPages(of: found) * 4
        + found * (0.01 + 0.0025 * filters)
    }

    /// The part of an index scan after which there are enough rows.
    func indexScan(share: Double, conditions: Double, wanted: Double) -> Double {
      0.15 + indexScan(share: share, conditions: conditions) * part(wanted, of: share)
    }

    /// The same of a bitmap scan, which searches the index whole.
    func bitmapScan(share: Double, conditions: Double, wanted: Double) -> Double {
      let start = indexOnly(max(1, (rows * share).rounded()), conditions)
      let rest = bitmapScan(share: share, conditions: conditions) - start
      return start + rest * part(wanted, of: share)
    }

    /// The part of a scan that gives so many rows, of those that an index leads to.
    private func part(_ wanted: Double, of share: Double) -> Double {
      min(1, wanted / min(matches, max(1, (rows * share).rounded())))
    }

    /// A bitmap scan (`cost_bitmap_heap_scan`).
    func bitmapScan(share: Double, conditions: Double) -> Double {
      let found = max(1, (rows * share).rounded())
      let pages = min(Self.pages, (2 * Self.pages * found / (2 * Self.pages + found)).rounded(.up))
      let perPage = 4 - 3 * (pages / Self.pages).squareRoot()
      return indexOnly(found, conditions) + pages * perPage + found * (0.01 + 0.0025 * filters)
    }

    private func indexOnly(_ found: Double, _ conditions: Double) -> Double {
      (found * 2 / rows).rounded(.up) * 4 + found * (0.005 + 0.0025 * conditions) + 0.15
    }

    /// Pages that rows in no order lie on (`index_pages_fetched`).
    func heapPages(of found: Double) -> Double {
      min(Self.pages, (2 * Self.pages * found / (2 * Self.pages + found)).rounded(.up))
    }

    /// A sort of all that match (`cost_tuplesort`).
    var sort: Double {
      let count = max(2, matches)
      return 0.005 * count * log2(count) + 0.0025 * count
    }
  }

  /// What is known of a select over one table that may walk along an index.
  private struct Candidate {
    let table: TableID
    let relation: Relation
    let expectation: Expectation
    /// What the search would cost without walking.
    var plain: Double { indexed ?? expectation.wholeTable }
    /// The same by its indexes.
    let indexed: Double?
    let comparisons: [Comparison]
  }

  private func candidate(_ select: Select, _ filters: [Typed], in level: QueryLevel) -> Candidate? {
    guard select.relations.count == 1, case .table(let table) = select.relations[0].source else {
      return nil
    }
    let definition = program.schema[table]
    guard !definition.isWorld, !definition.isAnalyzed, definition.hasIndexes else { return nil }
    let relation = select.relations[0]
    if relation.access?.isNever ?? false { return nil }
    var expectation = Expectation(rowWidth: rowWidth(of: table))
    var comparisons: [Comparison] = []
    for filter in filters {
      guard let share = share(of: filter, relation, definition, expectation.rows) else {
        return nil
      }
      expectation.share *= share
      expectation.filters += Double(max(1, filter.uses.reduce(0) { $0 + $1.count }))
      if filter.uses.count == 1 { comparisons += filter.uses[0] }
    }
    var indexed: Double?
    if let access = relation.access, access.condition != nil {
      indexed = min(
        expectation.indexScan(share: access.share, conditions: 1),
        expectation.bitmapScan(share: access.share, conditions: 1))
    }
    return Candidate(
      table: table, relation: relation, expectation: expectation, indexed: indexed,
      comparisons: comparisons)
  }

  /// The share of rows that a condition is expected to leave; `nil` where it becomes a join.
  private func share(
    of filter: Typed, _ relation: Relation, _ definition: Table, _ rows: Double
  ) -> Double? {
    for operation in filter.code.operations {
      switch operation {
      case .exists, .quantified: return nil
      default: break
      }
    }
    guard filter.uses.isEmpty else {
      var none = 1.0
      for branch in filter.uses {
        let both = branch.reduce(1.0) { share, comparison in
          share * self.share(of: comparison, relation, definition, rows)
        }
        none *= 1 - both
      }
      return 1 - none
    }
    switch filter.code.operations.last {
    case .isNull?: return 0.005
    case .isNotNull?, .call?: return 0.995
    case .constant?: return 1
    default: return 0.5
    }
  }

  func share(
    of comparison: Comparison, _ relation: Relation, _ definition: Table, _ rows: Double
  ) -> Double {
    guard comparison.isEquality else { return 1.0 / 3 }
    for side in [comparison.left, comparison.right] {
      guard let offset = side.code.ownColumn else { continue }
      let column = offset - relation.offset - 1
      if definition.uniqueIndexes.contains(where: { $0.isPlain && $0.columns == [column] }) {
        return 1 / rows
      }
    }
    return 0.005
  }

  /// The comparisons by which an index whose first column this is can be entered.
  private func entries(_ column: Int, of candidate: Candidate, in level: QueryLevel) -> [Comparison]
  {
    candidate.comparisons.filter { comparison in
      for (own, value) in [
        (comparison.left, comparison.right), (comparison.right, comparison.left),
      ] where own.code.ownColumn == candidate.relation.offset + 1 + column {
        if isKnown(value.code, before: 0, in: level) { return true }
      }
      return false
    }
  }

  // MARK: ORDER BY … LIMIT

  /// How rows are found in the order of an index until there are enough.
  ///
  /// Where the index gives only the first keys of the order, the rest is sorted group by group, which reads one
  /// row more; where rows are locked above that sort, it reads 32 before the first is locked
  /// (nodeIncrementalSort.c).
  func limitedAccess(
    _ select: Select, _ filters: [Typed], _ query: Query, in level: QueryLevel
  ) -> IndexAccess? {
    guard let limit = query.limit.flatMap(number), !query.order.isEmpty, select.grouping == nil,
      select.windows.isEmpty, case .no = select.distinct,
      query.offset == nil || query.offset.flatMap(number) != nil,
      let candidate = candidate(select, filters, in: level)
    else { return nil }
    let wanted = Double(limit) + Double(query.offset.flatMap(number) ?? 0)
    let columns = query.order.map { key in
      code(of: key.expression).ownColumn.map { $0 - candidate.relation.offset - 1 }
    }
    guard let first = query.order.first, first.areNullsFirst == first.isDescending,
      let column = columns[0]
    else { return nil }
    var best: (cost: Double, access: IndexAccess)?
    for (index, indexed, isUnique) in program.schema[candidate.table].searchableIndexes
    where indexed.first == column {
      let isWhole =
        indexed.count >= columns.count && zip(indexed, columns).allSatisfy({ $0 == $1 })
        && query.order.allSatisfy { $0.isDescending == first.isDescending }
      guard isWhole || (isUnique && indexed.count == 1) else { continue }
      let entries = entries(column, of: candidate, in: level)
      let cost = cost(
        of: candidate, by: entries, wanted: isWhole ? wanted : wanted + 1)
      guard cost < best?.cost ?? candidate.plain + candidate.expectation.sort else { continue }
      var walk = IndexWalk(index: index, columns: indexed, isDescending: first.isDescending)
      walk.filter = select.filter
      walk.rows = [query.limit, query.offset].compactMap { $0 }
      if !isWhole { walk.extraRows = 1 }
      if let lock = query.locks.first {
        if lock.policy == .skip { walk.skips = lock.mode }
        if !isWhole {
          walk.rows = []
          walk.extraRows = 33
        }
      }
      walk.condition = conjunction(entries)
      best = (cost, IndexAccess(walks: [walk]))
    }
    return best?.access
  }

  // MARK: LIMIT alone

  /// Whether so few rows are wanted, in any order, that a sequential scan finds them sooner than an index would.
  func isReadInSequence(
    _ select: Select, _ filters: [Typed], _ query: Query, in level: QueryLevel
  ) -> Bool {
    guard let limit = query.limit.flatMap(number), query.order.isEmpty, select.grouping == nil,
      select.windows.isEmpty, case .no = select.distinct,
      query.offset == nil || query.offset.flatMap(number) != nil,
      let candidate = candidate(select, filters, in: level), candidate.indexed != nil,
      let share = candidate.relation.access?.share
    else { return false }
    let wanted = max(1, Double(limit) + Double(query.offset.flatMap(number) ?? 0))
    let it = candidate.expectation
    let whole = it.wholeTable * min(1, wanted / it.matches)
    return whole
      < min(
        it.indexScan(share: share, conditions: 1, wanted: wanted),
        it.bitmapScan(share: share, conditions: 1, wanted: wanted))
  }

  func number(_ expression: Expression) -> Int? {
    guard expression.count == 1,
      case .constant(let value) = program.operations[Int(expression.start)]
    else { return nil }
    return value.asInteger.map { Int(clamping: $0) }
  }

  /// What the part of a walk costs after which there are so many rows.
  private func cost(of candidate: Candidate, by entries: [Comparison], wanted: Double) -> Double {
    let it = candidate.expectation
    let share = entries.reduce(1.0) { share, comparison in
      share
        * self.share(
          of: comparison, candidate.relation, program.schema[candidate.table], it.rows)
    }
    let total = it.indexScan(share: share, conditions: Double(entries.count))
    return 0.15 + total * min(1, wanted / it.matches)
  }

  private func conjunction(_ comparisons: [Comparison]) -> Expression? {
    let span = SourceSpan(file: 0, start: 0, end: 0)
    return conjunction(comparisons.map { Typed($0.code, .boolean, at: span) }).map {
      commit($0.code)
    }
  }

  // MARK: min, max

  /// How the rows with the least or greatest values are found, each at an end of an index
  /// (`preprocess_minmax_aggregates`).
  func extremeAccess(_ select: Select, _ filters: [Typed], in level: QueryLevel) -> IndexAccess? {
    guard let grouping = select.grouping, grouping.keys.isEmpty, !grouping.aggregates.isEmpty,
      select.having == nil, let candidate = candidate(select, filters, in: level)
    else { return nil }
    var walks: [IndexWalk] = []
    var cost = 0.0
    for aggregate in grouping.aggregates {
      guard [.minimum, .maximum].contains(aggregate.function.kind), aggregate.filter == nil,
        let column = aggregate.arguments.first.flatMap({ code(of: $0).ownColumn })
          .map({ $0 - candidate.relation.offset - 1 }),
        let index = program.schema[candidate.table].searchableIndexes.first(where: {
          $0.columns.first == column
        })
      else { return nil }
      var walk = IndexWalk(
        index: index.number, columns: index.columns,
        isDescending: aggregate.function.kind == .maximum)
      let entries = entries(column, of: candidate, in: level)
      walk.filter = select.filter
      walk.extraRows = 1
      walk.skipsNulls = true
      walk.condition = conjunction(entries)
      if !walks.contains(walk) {
        walks.append(walk)
        cost += self.cost(of: candidate, by: entries, wanted: 1)
      }
    }
    let it = candidate.expectation
    let aggregated = Double(grouping.aggregates.count) * 0.0025 * it.matches
    return cost < candidate.plain + aggregated ? IndexAccess(walks: walks) : nil
  }
}
