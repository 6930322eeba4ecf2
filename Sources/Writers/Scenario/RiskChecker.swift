import SQL
import Store

/// Tells which invariants the writers of a model can break at all.
///
///     invariant paid { SELECT id FROM orders WHERE paid_at < created_at }   -- and nobody writes either
///
/// What a writer may write is taken from the text of all statements and functions, so that an invariant
/// called safe is; one that is at risk here may still be safe.
struct RiskChecker {
  /// For each table, the columns that some statement may change; `nil` for rows that come and go.
  private var written: [Set<Int>?]

  /// - Parameters:
  ///   - program: what the model runs.
  ///   - setup: the routine that fills the tables, which is over before the writers begin.
  init(program: Program, setup: RoutineID) {
    let schema = program.schema
    written = Array(repeating: [], count: schema.tables.count)
    for (index, table) in schema.tables.enumerated()
    where table.foreignKeys.contains(where: { $0.onDelete.changesChild || $0.onUpdate.changesChild }
    ) {
      written[index] = nil
    }
    var isSetup: Set<Int32> = []
    if program.routines.indices.contains(Int(setup.index)) {
      for case .statement(let index, _) in program.routines[Int(setup.index)].instructions {
        isSetup.insert(index)
      }
    }
    for (index, statement) in program.statements.enumerated() where !isSetup.contains(Int32(index))
    {
      for part in statement.parts { add(part.body) }
    }
    // Triggers and generated columns change more than the statement says.
    for table in written.indices {
      let isComputed =
        program.tableTriggers.indices.contains(table) && !program.tableTriggers[table].isEmpty
        || program.generated.indices.contains(table) && !program.generated[table].isEmpty
      if isComputed, written[table]?.isEmpty == false { written[table] = nil }
    }
  }

  private mutating func add(_ body: StatementPart.Body) {
    switch body {
    case .query, .lockTable, .alter: return
    case .insert(let insert): written[Int(insert.table.index)] = nil
    case .delete(let delete): written[Int(delete.table.index)] = nil
    case .update(let update): add(update)
    case .truncate(let truncate):
      for table in truncate.tables { written[Int(table.index)] = nil }
    case .merge(let merge):
      for clause in merge.clauses {
        switch clause.action {
        case .nothing: continue
        case .update(let update): add(update)
        case .insert, .delete: written[Int(merge.table.index)] = nil
        }
      }
    }
  }

  private mutating func add(_ update: Update) {
    written[Int(update.table.index)]?.formUnion(update.assignments.map(\.column))
  }

  /// Whether some statement may change what a query without rows depends on.
  func isAtRisk(_ footprint: QueryFootprint) -> Bool {
    guard !footprint.isOpen else { return true }
    return footprint.tables.contains { table, columns in
      guard let changed = written[table] else { return true }
      return !changed.isDisjoint(with: columns)
    }
  }
}

extension Table.ForeignKey.Action {
  /// Whether it changes the referencing rows.
  fileprivate var changesChild: Bool {
    switch self {
    case .noAction, .restrict: false
    case .cascade, .setNull, .setDefault: true
    }
  }
}
