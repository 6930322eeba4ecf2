package import Store

/// Everything that a scenario's variant runs, compiled: flat tables that the machine reads and
/// never changes.
///
/// Names and texts are beside the code, for reports.
package struct Program: Sendable {
  package var schema: Schema
  package var types: TypeCatalog
  package var operations: [Operation] = []
  package var casts: [Cast] = []
  package var queries: [Query] = []
  /// How many recursive queries there are, each with a working table.
  package var workingTableCount = 0
  package var statements: [Statement] = []
  package var routines: [Routine] = []
  package var arguments: [Expression] = []
  package var slotLists: [UInt16] = []
  /// For each table, what the store does not know: checks in a tuple of the table alone (identity
  /// word first), in the order of their names, and generated names.
  package var checks: [[CheckConstraint]] = []
  /// For each table, whether its table locks are kept: some statement takes one that can conflict.
  ///
  /// Empty if none does.
  package var trackedTables: [Bool] = []
  /// The names that PREPARE TRANSACTION and its like use; each has a session without a client, behind all others.
  package var preparedNames: [String] = []
  /// The roles that a spec names, behind the one that its sessions log in as; empty in scenarios.
  package var roles: [String] = []
  /// For each table with ``Table/computed``, how those are computed.
  package var computed: [[ComputedCell]] = []
  /// For each table that has some, its generated columns.
  package var generated: [[GeneratedColumn]] = []
  /// All triggers that are not disabled.
  package var triggers: [Trigger] = []
  /// For each table its triggers' positions in ``triggers``, in the order of their names; empty where no
  /// table has one.
  package var tableTriggers: [[UInt16]] = []
  /// For each table the defaults of its columns, where a foreign key may set them (ON DELETE SET DEFAULT).
  package var defaults: [[Expression?]] = []
  /// What the rows consist of that expressions make (``Operation/row(_:)``).
  package var rowTypes: [[DataType]] = []
  package var sources: SourceMap
  /// How the session reads and prints dates and times.
  package var format = FormatOptions()

  package init(schema: Schema, types: TypeCatalog, sources: SourceMap) {
    self.schema = schema
    self.types = types
    self.sources = sources
  }

  /// Whether sessions change settings or prepare statements.
  package var hasSettings: Bool {
    let configures = operations.contains { if case .configure = $0 { true } else { false } }
    return configures
      || routines.contains { routine in
        routine.instructions.contains {
          switch $0 {
          case .set, .resetAll, .prepare, .role: true
          default: false
          }
        }
      }
  }

  /// The names of the indexes that steps of a spec make or drop.
  package var stepIndexes: [String] = []
  /// Whether steps of a spec attach or detach partitions.
  package var switchesPartitions = false

  /// Whether sessions may be other roles than the one that may do everything.
  package var hasRoles: Bool { roles.count > 1 }

  /// Whether locks on the whole table are kept.
  package func tracksTable(_ table: TableID) -> Bool {
    !trackedTables.isEmpty && trackedTables[Int(table.index)]
  }
}

/// `GENERATED ALWAYS AS (expression) STORED`.
package struct GeneratedColumn: Sendable {
  package var column: Int
  /// In a tuple of the table alone (identity word first).
  package var expression: Expression
  /// The columns that it depends on.
  package var reads: [Int]

  package init(column: Int, expression: Expression, reads: [Int]) {
    self.column = column
    self.expression = expression
    self.reads = reads
  }
}

/// What is stored behind a row's columns for an index.
package struct ComputedCell: Sendable {
  /// In a tuple of the table alone (identity word first).
  package var expression: Expression
  /// A partial index's condition, stored as TRUE or NULL.
  package var isPredicate: Bool

  package init(expression: Expression, isPredicate: Bool) {
    self.expression = expression
    self.isPredicate = isPredicate
  }
}

package struct CheckConstraint: Sendable {
  package var name: String
  package var condition: Expression

  package init(name: String, condition: Expression) {
    self.name = name
    self.condition = condition
  }
}
