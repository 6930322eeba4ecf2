package import Store

/// A compiled SQL statement that reads or changes tables.
///
/// It runs as its parts in order, all on one snapshot. The parts before ``resultPart`` fill temporary
/// relations: CTEs that lock or write, and subqueries that lock rows. Those after it are CTEs that
/// write and that nothing refers to: PostgreSQL runs them last.
package struct Statement: Sendable {
  package var parts: [StatementPart]
  /// The part whose rows and count are the statement's; the last one, nearly always.
  package var resultPart: Int
  /// The statement's text in the scenario.
  package var span: SourceSpan
  /// Touches world tables only: runs in one step, outside any transaction.
  package var isWorld = false
  /// Reads or writes no table at all (`SELECT 1`): no step of its own.
  package var isTrivial = false
  /// Reads the clock (`now()` and its kin) in some expression.
  package var readsClock = false
  /// Reads or changes a table.
  package var readsTables = false
  /// The tables that are locked before the statement starts, in order; only those for which there is anything to
  /// conflict with (``Program/trackedTables``).
  package var tableLocks: [TableLock] = []
  /// What its role needs on which tables; empty where there are no roles.
  package var permissions: [TablePermission] = []

  /// Whether it is LOCK TABLE, which takes no snapshot.
  package var isLockTable: Bool {
    if case .lockTable = parts[resultPart].body { return true }
    return false
  }

  /// Whether it says itself which locks it takes.
  var hasOwnLocks: Bool {
    if case .alter = parts[resultPart].body { return true }
    return isLockTable
  }

  var isTruncate: Bool {
    if case .truncate = parts[resultPart].body { return true }
    return false
  }

  /// PREPARE and DEALLOCATE: what they do besides, a statement with ``StatementPart/Body/lockTable`` for its body.
  package var utility: Utility?

  /// What a utility command does with snapshots and tables: it takes the transaction's snapshot (`PortalRunUtility`).
  package enum Utility: Hashable, Sendable {
    /// Locks what a statement locks, which it analyses.
    case analysis(of: Int32)
    /// VACUUM and ANALYZE, which lock the tables of ``Statement/tableLocks``.
    case vacuum, analyze
    /// The beginning of a command with several transactions, which cannot be part of one.
    case alone(String)
    case none

    /// What a command is called that cannot be part of a transaction block.
    var nameAlone: String? {
      switch self {
      case .vacuum: "VACUUM"
      case .alone(let name): name
      case .analysis, .analyze, .none: nil
      }
    }
  }
  /// It is one of several in a string, which are one transaction.
  package var isOneOfSeveral = false
  /// How many functions that return rows are called before it; their results lie on the stack.
  package var resultCount = 0

  package init(parts: [StatementPart], span: SourceSpan) {
    self.parts = parts
    self.span = span
    resultPart = parts.count - 1
  }
}

/// What a statement does with a table, as far as privileges are concerned.
package struct TablePermission: Hashable, Sendable {
  package var table: TableID
  package var privileges: Privileges
}

package struct StatementPart: Sendable {
  package enum Body: Sendable {
    /// Reads rows, and locks them if the query has lock clauses.
    case query(QueryID)
    case insert(Insert)
    case update(Update)
    case delete(Delete)
    case merge(Merge)
    /// Does nothing but what ``Statement/tableLocks`` says.
    case lockTable
    case truncate(Truncate)
    case alter(Alteration)
  }

  package var body: Body
  /// What the part returns: the query's columns, or RETURNING's; empty if nothing.
  package var columns: [OutputColumn]
  /// A row can only be touched if the filter needs nothing but the row itself: taking the snapshot
  /// and touching the row are then one step, and the snapshot need not outlive the scan.
  package var touchesOneRowByKey = false
  /// Re-checking or computing a later row still reads the statement's snapshot (a subquery, another
  /// relation).
  package var rereadsSnapshot = false
  /// Calls functions on advisory locks.
  package var callsLocks = false
  /// How a subquery in an expression locks its rows: the first that does.
  package var lockedInside: RowLockMode?
  /// Its new values take numbers from sequences: a row's are kept while it waits (as results of ``callsLocks`` are).
  package var drawsNumbers = false

  package init(body: Body, columns: [OutputColumn]) {
    self.body = body
    self.columns = columns
  }
}

/// `INSERT INTO table (…) query`.
package struct Insert: Sendable {
  package var table: TableID
  /// Gives the rows (VALUES is a query too); its outputs go to ``columns`` in order.
  package var source: QueryID
  /// The positions in the table that the source's outputs fill, already cast to the column's type.
  package var columns: [Int]
  /// For the other columns, in the order of the table: the default (NULL constant if none).
  ///
  /// A `DEFAULT` in VALUES is compiled in place. For columns in ``columns`` the entry is unused.
  package var defaults: [Expression?]
  /// Evaluated in a tuple of one relation, the table (identity word, then columns).
  package var returning: [Expression]
  package var onConflict: OnConflict?

  package init(
    table: TableID, source: QueryID, columns: [Int], defaults: [Expression?],
    returning: [Expression]
  ) {
    self.table = table
    self.source = source
    self.columns = columns
    self.defaults = defaults
    self.returning = returning
  }
}

/// `ON CONFLICT … DO NOTHING`, or `DO UPDATE SET … WHERE …`.
package struct OnConflict: Sendable {
  /// Positions in the table's unique indexes; all of them where no target is written.
  package var indexes: [Int]
  /// No target is written: a partition's own unique indexes count, too.
  package var isUntargeted = false
  /// `nil` for DO NOTHING.
  ///
  /// Like ``condition``, in a tuple of two relations: the row that is there (identity word, then
  /// columns), then EXCLUDED (the same).
  package var assignments: [Assignment]?
  package var condition: Expression?

  package init(indexes: [Int], assignments: [Assignment]?, condition: Expression?) {
    self.indexes = indexes
    self.assignments = assignments
    self.condition = condition
  }
}

/// `UPDATE table SET … FROM … WHERE …`.
package struct Update: Sendable {
  package var table: TableID
  /// Finds the rows: a `select` body whose relation 0 is the target; its outputs are unused.
  package var source: QueryID
  /// New values in the source's tuple, already cast.
  package var assignments: [Assignment]
  /// Evaluated in the source's tuple, with the new row in relation 0.
  package var returning: [Expression]

  package init(
    table: TableID, source: QueryID, assignments: [Assignment], returning: [Expression]
  ) {
    self.table = table
    self.source = source
    self.assignments = assignments
    self.returning = returning
  }
}

package struct Assignment: Sendable {
  package var column: Int
  package var value: Expression

  package init(column: Int, value: Expression) {
    self.column = column
    self.value = value
  }
}

/// `DELETE FROM table USING … WHERE …`.
package struct Delete: Sendable {
  package var table: TableID
  /// As for ``Update/source``.
  package var source: QueryID
  /// Evaluated in the source's tuple.
  package var returning: [Expression]

  package init(table: TableID, source: QueryID, returning: [Expression]) {
    self.table = table
    self.source = source
    self.returning = returning
  }
}
