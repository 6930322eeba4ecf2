/// The tables of a scenario, as the store needs them.
///
/// Checks and defaults are expressions, which the store does not know; they live beside the program.
package struct Schema: Sendable {
  package var tables: [Table] = []
  package var sequences: [SequenceGenerator] = []
  /// The constraints that SET CONSTRAINTS may defer, at most ``deferrablesLimit``.
  package var deferrables: [DeferrableConstraint] = []

  package static let deferrablesLimit = 32

  /// Somebody asks for `currval` or `lastval`, or a sequence hands out several values at once: what each
  /// session has had of a sequence is part of a state.
  package var tracksSequences = false

  package init() {}

  /// The table of that name, in either half of the schema.
  package func table(named name: String) -> TableID? {
    tables.firstIndex { $0.name == name && !$0.isHidden }.map { TableID($0) }
  }

  package subscript(table: TableID) -> Table {
    _read { yield tables[Int(table.index)] }
    _modify { yield &tables[Int(table.index)] }
  }
}

/// An index into ``Schema/tables``.
package struct TableID: Hashable, Sendable {
  package var index: UInt16

  package init(_ index: Int) { self.index = UInt16(index) }
}

/// A table's shape and keys.
package struct Table: Sendable {
  package var name: String
  /// Outside the database: not transactional, never locked.
  package var isWorld: Bool
  /// Nobody can name it: it has been dropped, or somebody has created it whose transaction is open.
  package var isHidden = false
  package var columns: [Column]
  /// In order of creation, which is the order in which PostgreSQL checks them.
  package var uniqueIndexes: [UniqueIndex] = []
  package var foreignKeys: [ForeignKey] = []
  /// Indexes that are not unique: what serializable transactions lock, and the order of rows, depend on
  /// them.
  package var plainIndexes: [PlainIndex] = []
  /// Whether the planner knows how small the table is, so that it reads the whole of it.
  package var isAnalyzed = false
  /// What indexes need besides the columns, stored behind them under the text that was written.
  ///
  /// The values of expressions, and whether the row meets a condition.
  package var computed: [Column] = []
  /// The columns that expressions and conditions of unique indexes name.
  package var expressionColumns: [Int] = []
  /// How its rows are spread over partitions; it has none itself then.
  package var partitioning: Partitioning?
  /// The tables whose rows a statement finds that names this one, in the order of a scan: partitions, or the table
  /// itself and those that inherit from it; empty for an ordinary table.
  package var family: [TableID] = []
  /// It becomes a partition by a step of an isolation spec.
  package var isLatePartition = false
  /// The table that it is a partition of.
  package var partitioned: TableID?
  /// The session that has a temporary table which inherits from an ordinary one: others do not find its rows there.
  package var owner: UInt16?
  /// The columns in the order in which the table was written, where a partition has another one than its
  /// partitioned table; empty otherwise.
  package var writtenOrder: [Int] = []

  package init(name: String, isWorld: Bool, columns: [Column]) {
    self.name = name
    self.isWorld = isWorld
    self.columns = columns
  }

  /// The columns in the order in which `*` and INSERT list them.
  package var listedColumns: [Int] { writtenOrder.isEmpty ? Array(columns.indices) : writtenOrder }

  /// How many words a version of a row has.
  package var storedCount: Int { columns.count + computed.count }

  /// What is stored at a position, a column or what an index needs.
  package func stored(_ position: Int) -> Column {
    position < columns.count ? columns[position] : computed[position - columns.count]
  }

  /// Makes indexes find what is stored behind a position when it moves.
  package mutating func moveIndexes(past position: Int, by distance: Int) {
    func moved(_ place: Int) -> Int { place > position ? place + distance : place }
    for index in uniqueIndexes.indices {
      uniqueIndexes[index].columns = uniqueIndexes[index].columns.map(moved)
      uniqueIndexes[index].predicate = uniqueIndexes[index].predicate.map(moved)
    }
  }

  package struct Column: Sendable {
    package var name: String
    package var type: DataType
    package var isNotNull = false

    package init(name: String, type: DataType, isNotNull: Bool = false) {
      self.name = name
      self.type = type
      self.isNotNull = isNotNull
    }
  }

  /// A unique index.
  package struct UniqueIndex: Sendable {
    package var name: String
    /// Positions of what is stored: columns, and behind them the values of expressions.
    package var columns: [Int]
    package var isPrimary: Bool
    /// Where a partial index's condition is stored: TRUE, or NULL for rows that are not in the index.
    package var predicate: Int?
    /// `NULLS NOT DISTINCT`.
    package var areNullsEqual = false
    /// Made by a constraint, so that ON CONFLICT ON CONSTRAINT can name it.
    package var isConstraint = false
    /// Over columns alone and of all rows: a foreign key could use it, and an UPDATE that changes its
    /// columns takes FOR UPDATE.
    package var isPlain = true
    /// Its position in ``Schema/deferrables``: a key that others have is then no error before the end of the
    /// statement, or of the transaction.
    package var deferrable: UInt8?

    package init(name: String, columns: [Int], isPrimary: Bool) {
      self.name = name
      self.columns = columns
      self.isPrimary = isPrimary
    }
  }

  /// An index that is not unique.
  package struct PlainIndex: Sendable {
    package var name: String
    package var columns: [Int]
    /// Columns whose change is one of an entry, though it is not over them.
    package var otherColumns: [Int] = []
    /// Where a partial index's condition is stored: TRUE, or NULL for rows that are not in the index.
    package var predicate: Int?
    /// Whether conditions on its columns can find rows by it.
    package var isSearchable = true
    /// For an index USING hash, into how many buckets its entries go; 0 for a tree.
    package var buckets: UInt32 = 0

    package init(name: String, columns: [Int]) {
      self.name = name
      self.columns = columns
    }
  }

  /// The number of the first index that is not unique.
  package static let plainIndexBase = 64

  /// The index of a number, if it is one that is not unique.
  func plainIndex(numbered number: Int) -> PlainIndex? {
    let position = number - Self.plainIndexBase
    return plainIndexes.indices.contains(position) ? plainIndexes[position] : nil
  }

  /// The columns whose change makes an update enter the row in the indexes anew.
  package var indexedColumns: [Int] {
    uniqueIndexes.flatMap(\.columns).filter { $0 < columns.count } + expressionColumns
      + plainIndexes.flatMap { $0.columns + $0.otherColumns }
  }

  package struct ForeignKey: Sendable {
    package enum Action: UInt8, Sendable { case noAction, restrict, cascade, setNull, setDefault }

    package var name: String
    package var columns: [Int]
    package var parent: TableID
    /// Columns of a unique index of the parent, in the order of ``columns``.
    package var parentColumns: [Int]
    package var onDelete: Action = .noAction
    package var onUpdate: Action = .noAction
    /// Its position in ``Schema/deferrables``.
    package var deferrable: UInt8?
    /// Its bit in ``DatabaseState/inactiveReferences``, if a step of an isolation spec adds it.
    package var switchNumber: UInt8?
    /// A step of an isolation spec has dropped it; the positions of others stay what they are.
    package var isDropped = false
    /// A partition has it from its partitioned table, which looks after the parent's side.
    package var isInherited = false
    /// What it is called for each partition of the parent, whose rows keep children.
    package var partitionNames: [PartitionName] = []

    package struct PartitionName: Sendable {
      package var table: TableID
      package var name: String

      package init(table: TableID, name: String) {
        self.table = table
        self.name = name
      }
    }

    package init(name: String, columns: [Int], parent: TableID, parentColumns: [Int]) {
      self.name = name
      self.columns = columns
      self.parent = parent
      self.parentColumns = parentColumns
    }
  }

  /// Whether the column belongs to a unique index that a foreign key could use: changing it takes
  /// FOR UPDATE instead of FOR NO KEY UPDATE.
  ///
  /// Source: `RelationGetIndexAttrBitmap(INDEX_ATTR_BITMAP_KEY)` in relcache.c.
  package func isKeyColumn(_ column: Int) -> Bool {
    uniqueIndexes.contains { $0.isPlain && $0.columns.contains(column) }
  }
}

/// A constraint (or a constraint trigger) declared DEFERRABLE.
package struct DeferrableConstraint: Sendable {
  package var name: String
  package var isInitiallyDeferred: Bool

  package init(name: String, isInitiallyDeferred: Bool) {
    self.name = name
    self.isInitiallyDeferred = isInitiallyDeferred
  }
}

/// A sequence; its value is never rolled back.
package struct SequenceGenerator: Sendable {
  package var name: String
  /// The first value; RESTART goes back to it.
  package var start: Int64
  package var increment: Int64
  package var minimum: Int64
  package var maximum: Int64
  package var isCycle = false
  /// How many values a session takes at once.
  package var cache: Int64 = 1
  /// What `nextval` gives first, if that is not ``start`` (RESTART WITH).
  package var first: Int64?

  package init(
    name: String, start: Int64 = 1, increment: Int64 = 1, minimum: Int64? = nil,
    maximum: Int64? = nil
  ) {
    self.name = name
    self.start = start
    self.increment = increment
    self.minimum = minimum ?? (increment > 0 ? 1 : Int64.min)
    self.maximum = maximum ?? (increment > 0 ? Int64.max : -1)
  }

  /// The value after another; one that is out of bounds when there is none left.
  package func next(after value: Int64) -> Int64 {
    let (next, overflow) = value.addingReportingOverflow(increment)
    if !overflow, minimum <= next, next <= maximum { return next }
    if isCycle { return increment > 0 ? minimum : maximum }
    return overflow ? (increment > 0 ? Int64.min : Int64.max) : next
  }
}

package enum IsolationLevel: UInt8, Hashable, Sendable, CaseIterable {
  case readCommitted, repeatableRead, serializable

  /// As SQL writes it.
  package var name: String {
    switch self {
    case .readCommitted: "READ COMMITTED"
    case .repeatableRead: "REPEATABLE READ"
    case .serializable: "SERIALIZABLE"
    }
  }
}

/// The strengths of a row lock, from the weakest.
///
/// Source: table 13.3 of PostgreSQL's manual (row-level lock conflicts).
package enum RowLockMode: UInt8, Hashable, Sendable, Comparable, CaseIterable {
  case keyShare, share, noKeyUpdate, update

  package static func < (left: RowLockMode, right: RowLockMode) -> Bool {
    left.rawValue < right.rawValue
  }

  package func conflicts(with other: RowLockMode) -> Bool {
    switch (self, other) {
    case (.keyShare, .update), (.update, .keyShare): true
    case (.keyShare, _), (_, .keyShare): false
    case (.share, .share): false
    default: true
    }
  }

  /// As SQL writes it.
  package var name: String {
    switch self {
    case .keyShare: "FOR KEY SHARE"
    case .share: "FOR SHARE"
    case .noKeyUpdate: "FOR NO KEY UPDATE"
    case .update: "FOR UPDATE"
    }
  }
}
