import Store

/// In which modes sessions may ask for locks on the rows of each table, by the statements of a program.
///
/// It is never less than what they ask for. What the setup does, which runs alone, is left out.
package struct LockModes: Sendable {
  /// For each table a bit for each ``RowLockMode``, by its raw value.
  private var masks: [UInt8]
  /// For each table, whether sessions may add rows or take rows away.
  package private(set) var changesRows: [Bool]
  /// For each table, whether sessions add rows with INSERT.
  package private(set) var inserts: [Bool]
  /// For each table, whether sessions change or take away rows that are there.
  package private(set) var replaces: [Bool]

  package init(of program: Program, setup: RoutineID) {
    let count = program.schema.tables.count
    masks = [UInt8](repeating: 0, count: count)
    changesRows = [Bool](repeating: false, count: count)
    inserts = changesRows
    replaces = changesRows
    var survey = Survey(count)
    let ofSetup = Self.statements(of: program.routines[Int(setup.index)])
    for (index, statement) in program.statements.enumerated() where !ofSetup.contains(index) {
      for part in statement.parts { survey.add(part, program) }
    }
    for (table, columns) in program.generated.enumerated()
    where !columns.isEmpty && !survey.updated[table].isEmpty {
      survey.updated[table] = Set(program.schema.tables[table].columns.indices)
    }
    survey.followForeignKeys(program.schema)
    for query in program.queries where !query.locks.isEmpty { add(query) }
    for table in 0..<count { add(survey, table, program) }
  }

  /// The statements that a routine has in its own code.
  static func statements(of routine: Routine) -> Set<Int> {
    var found: Set<Int> = []
    for instruction in routine.instructions {
      switch instruction {
      case .statement(let index, _), .openCursor(let index), .prepare(_, let index):
        found.insert(Int(index))
      default: break
      }
    }
    return found
  }

  private mutating func add(_ query: Query) {
    for lock in query.locks {
      if case .select(let select) = query.body,
        case .table(let table) = select.relations[lock.relation].source
      {
        masks[Int(table.index)] |= 1 << lock.mode.rawValue
      } else {
        for table in masks.indices { masks[table] |= 1 << lock.mode.rawValue }
      }
    }
  }

  private mutating func add(_ survey: Survey, _ table: Int, _ program: Program) {
    let shape = program.schema.tables[table]
    if survey.isUnknown {
      masks[table] = Self.all
      (changesRows[table], inserts[table], replaces[table]) = (true, true, true)
      return
    }
    let isUpdated = !survey.updated[table].isEmpty
    inserts[table] = survey.inserted[table]
    replaces[table] = isUpdated || survey.deleted[table]
    changesRows[table] = survey.inserted[table] || survey.deleted[table]
    if isUpdated {
      masks[table] |= 1 << RowLockMode.noKeyUpdate.rawValue
      if survey.updated[table].contains(where: shape.isKeyColumn) || !shape.computed.isEmpty {
        masks[table] |= 1 << RowLockMode.update.rawValue
      }
    }
    if survey.deleted[table] { masks[table] |= 1 << RowLockMode.update.rawValue }
    for key in shape.foreignKeys
    where survey.inserted[table] || key.columns.contains(where: survey.updated[table].contains) {
      masks[Int(key.parent.index)] |= 1 << RowLockMode.keyShare.rawValue
    }
    // A reference is looked for and locked when its parent goes.
    for child in survey.followed[table] { masks[child] = Self.all }
  }

  private static let all: UInt8 = RowLockMode.allCases.reduce(0) { $0 | 1 << $1.rawValue }

  /// The modes for a table.
  func modes(of table: Int) -> [RowLockMode] {
    RowLockMode.allCases.filter { masks[table] >> $0.rawValue & 1 == 1 }
  }

  /// The modes that stand against no mode in which anybody asks for a row of the table; a bit for each.
  package func harmlessModes(of table: Int) -> UInt8 {
    let asked = modes(of: table)
    return RowLockMode.allCases.reduce(0) { mask, mode in
      asked.contains { $0.conflicts(with: mode) } ? mask : mask | 1 << mode.rawValue
    }
  }

  /// Whether any two modes for the table stand against each other, those aside that stand against none.
  ///
  /// Then whoever is kept waiting by somebody who waits for a row is kept waiting by those, too, whom that one waits
  /// for.
  func isUniform(_ table: Int) -> Bool {
    let asked = modes(of: table).filter { harmlessModes(of: table) >> $0.rawValue & 1 == 0 }
    return asked.allSatisfy { mode in asked.allSatisfy { $0.conflicts(with: mode) } }
  }

  /// What statements do to tables.
  private struct Survey {
    var inserted: [Bool]
    var deleted: [Bool]
    /// For each table the columns that get new values.
    var updated: [Set<Int>]
    /// For each table those whose rows may refer to rows of it that go or get another key.
    var followed: [Set<Int>]
    var isUnknown = false

    init(_ count: Int) {
      inserted = [Bool](repeating: false, count: count)
      deleted = inserted
      updated = [Set<Int>](repeating: [], count: count)
      followed = updated
    }

    mutating func add(_ part: StatementPart, _ program: Program) {
      switch part.body {
      case .query, .lockTable: break
      case .update(let update): add(update)
      case .delete(let delete): deleted[Int(delete.table.index)] = true
      case .insert(let insert):
        inserted[Int(insert.table.index)] = true
        updated[Int(insert.table.index)].formUnion(
          insert.onConflict?.assignments?.map(\.column) ?? [])
      case .merge(let merge):
        for clause in merge.clauses {
          switch clause.action {
          case .nothing: break
          case .delete: deleted[Int(merge.table.index)] = true
          case .update(let update): add(update)
          case .insert: inserted[Int(merge.table.index)] = true
          }
        }
      case .truncate, .alter: isUnknown = true
      }
    }

    private mutating func add(_ update: Update) {
      updated[Int(update.table.index)].formUnion(update.assignments.map(\.column))
    }

    /// Adds what foreign keys do to the rows that refer to others.
    mutating func followForeignKeys(_ schema: Schema) {
      var hasChanged = true
      while hasChanged {
        hasChanged = false
        for (index, child) in schema.tables.enumerated() {
          for key in child.foreignKeys {
            let parent = Int(key.parent.index)
            let isMoved = key.parentColumns.contains(where: updated[parent].contains)
            guard deleted[parent] || isMoved, followed[parent].insert(index).inserted else {
              continue
            }
            hasChanged = true
            deleted[index] = deleted[index] || key.onDelete == .cascade
            updated[index].formUnion(key.columns)
          }
        }
      }
    }
  }
}
