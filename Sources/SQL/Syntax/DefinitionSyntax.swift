/// `CREATE TABLE [IF NOT EXISTS] name (columns, constraints)`.
package struct CreateTableSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var ifNotExists: Bool
  package var columns: [ColumnSyntax]
  package var constraints: [TableConstraintSyntax]

  /// `CREATE TABLE name [(columns)] AS query`, in an isolation spec.
  package var query: QuerySyntax?
  package var queryColumns: [NameSyntax] = []

  /// `WITH NO DATA`.
  package var hasNoRows = false
  /// `PARTITION BY …`.
  package var partitionKey: PartitionKeySyntax?
  /// `PARTITION OF table …`.
  package var partition: PartitionSyntax?
  /// `INHERITS (table)`.
  package var inherited: [QualifiedNameSyntax] = []
  /// `LIKE table`, in an isolation spec.
  package var likes: [LikeSyntax] = []
  /// `CREATE TEMPORARY TABLE`.
  package var isTemporary = false
  /// `CREATE MATERIALIZED VIEW`, with its query.
  package var isMaterializedView = false

  package init(
    name: QualifiedNameSyntax, ifNotExists: Bool, columns: [ColumnSyntax],
    constraints: [TableConstraintSyntax]
  ) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.columns = columns
    self.constraints = constraints
  }
}

/// How a partition is detached.
package enum DetachmentSyntax: Hashable, Sendable {
  case atOnce
  /// `CONCURRENTLY`, in two transactions.
  case concurrently
  /// `FINALIZE`: the second of them.
  case finalize
}

/// `LIKE table [{INCLUDING | EXCLUDING} what …]` among the columns of a table.
package struct LikeSyntax: Hashable, Sendable {
  package enum Part: String, Hashable, CaseIterable, Sendable {
    case defaults, constraints, generated, identity, indexes
  }

  package var table: QualifiedNameSyntax
  package var parts: Set<Part>
  /// How many columns are written before it.
  package var position: Int
}

/// `name type [constraints]`.
package struct ColumnSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var type: TypeNameSyntax
  package var constraints: [ColumnConstraintSyntax]
  package var span: SourceSpan

  package init(
    name: NameSyntax, type: TypeNameSyntax, constraints: [ColumnConstraintSyntax],
    span: SourceSpan
  ) {
    self.name = name
    self.type = type
    self.constraints = constraints
    self.span = span
  }
}

/// `[CONSTRAINT name] …` after a column's type.
package struct ColumnConstraintSyntax: Hashable, Sendable {
  /// The forms of a column constraint.
  package enum Kind: Hashable, Sendable {
    case notNull
    case null
    case defaultValue(ExpressionSyntax)
    case primaryKey
    case unique(nullsNotDistinct: Bool)
    case check(ExpressionSyntax)
    case references(ReferenceSyntax)

    /// `GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY`.
    case identity(always: Bool, SequenceOptionsSyntax)

    /// `GENERATED ALWAYS AS (expression) STORED`.
    case generated(ExpressionSyntax)
  }

  package var name: NameSyntax?
  package var kind: Kind
  package var deferral: DeferralSyntax
  package var span: SourceSpan

  package init(
    name: NameSyntax?, kind: Kind, deferral: DeferralSyntax = DeferralSyntax(), span: SourceSpan
  ) {
    self.name = name
    self.kind = kind
    self.deferral = deferral
    self.span = span
  }
}

/// `[NOT] DEFERRABLE [INITIALLY {DEFERRED | IMMEDIATE}]`.
package struct DeferralSyntax: Hashable, Sendable {
  package var isDeferrable: Bool
  package var isInitiallyDeferred: Bool
  /// `NOT VALID`.
  package var isNotValid = false

  package init(isDeferrable: Bool = false, isInitiallyDeferred: Bool = false) {
    self.isDeferrable = isDeferrable
    self.isInitiallyDeferred = isInitiallyDeferred
  }
}

/// `REFERENCES table [(columns)] [ON DELETE …] [ON UPDATE …]`.
package struct ReferenceSyntax: Hashable, Sendable {
  /// What happens to the child.
  package enum Action: String, Hashable, Sendable {
    case noAction = "NO ACTION"
    case restrict = "RESTRICT"
    case cascade = "CASCADE"
    case setNull = "SET NULL"
    case setDefault = "SET DEFAULT"
  }

  package var table: QualifiedNameSyntax

  /// Empty for the table's primary key.
  package var columns: [NameSyntax]

  package var onDelete: Action
  package var onUpdate: Action

  /// `MATCH FULL`.
  package var isMatchFull: Bool

  package init(
    table: QualifiedNameSyntax, columns: [NameSyntax], onDelete: Action = .noAction,
    onUpdate: Action = .noAction, isMatchFull: Bool = false
  ) {
    self.table = table
    self.columns = columns
    self.onDelete = onDelete
    self.onUpdate = onUpdate
    self.isMatchFull = isMatchFull
  }
}

/// `[CONSTRAINT name] …` as an item of a table, or in ALTER TABLE ADD.
package struct TableConstraintSyntax: Hashable, Sendable {
  /// The forms of a table constraint.
  package enum Kind: Hashable, Sendable {
    case primaryKey([NameSyntax])
    case unique([NameSyntax], nullsNotDistinct: Bool)
    case check(ExpressionSyntax)
    case foreignKey([NameSyntax], ReferenceSyntax)
  }

  package var name: NameSyntax?
  package var kind: Kind
  package var deferral: DeferralSyntax
  package var span: SourceSpan

  package init(
    name: NameSyntax?, kind: Kind, deferral: DeferralSyntax = DeferralSyntax(), span: SourceSpan
  ) {
    self.name = name
    self.kind = kind
    self.deferral = deferral
    self.span = span
  }
}

/// `CREATE [UNIQUE] INDEX [name] ON table (elements) [INCLUDE …] [WHERE …]`.
package struct CreateIndexSyntax: Hashable, Sendable {
  package var name: NameSyntax?
  package var isUnique: Bool
  package var ifNotExists: Bool
  package var table: QualifiedNameSyntax

  /// `btree` unless `USING` says otherwise.
  package var method: NameSyntax?

  /// Columns or expressions, with their order.
  package var elements: [OrderItemSyntax]

  package var include: [NameSyntax]
  package var nullsNotDistinct: Bool
  package var condition: ExpressionSyntax?

  /// `CONCURRENTLY`, which makes a difference only where a step of a spec runs it.
  package var isConcurrent = false

  package init(
    name: NameSyntax?, isUnique: Bool, ifNotExists: Bool, table: QualifiedNameSyntax,
    method: NameSyntax?, elements: [OrderItemSyntax], include: [NameSyntax],
    nullsNotDistinct: Bool, condition: ExpressionSyntax?
  ) {
    self.name = name
    self.isUnique = isUnique
    self.ifNotExists = ifNotExists
    self.table = table
    self.method = method
    self.elements = elements
    self.include = include
    self.nullsNotDistinct = nullsNotDistinct
    self.condition = condition
  }
}

/// `CREATE [OR REPLACE] {FUNCTION | PROCEDURE} name(arguments) …`.
package struct CreateFunctionSyntax: Hashable, Sendable {
  /// What a function gives back.
  package enum Result: Hashable, Sendable {
    /// A procedure, or a function whose result is its OUT arguments.
    case none

    case void
    case trigger

    /// A value, or a set of them with `SETOF`.
    case type(TypeNameSyntax)

    /// `RETURNS TABLE (name type, …)`.
    case table([ArgumentSyntax])
  }

  /// What the optimizer may assume; VOLATILE unless written.
  package enum Volatility: String, Hashable, Sendable {
    case volatile, stable, immutable
  }

  package var name: QualifiedNameSyntax
  package var isProcedure: Bool
  package var orReplace: Bool
  package var arguments: [ArgumentSyntax]
  package var result: Result
  package var volatility: Volatility

  /// `STRICT`: NULL in, NULL out.
  package var isStrict: Bool

  /// `SET name = value` clauses, in force while the function runs.
  package var settings: [SetSyntax]

  package var body: FunctionBodySyntax

  package init(
    name: QualifiedNameSyntax, isProcedure: Bool, orReplace: Bool, arguments: [ArgumentSyntax],
    result: Result, volatility: Volatility, isStrict: Bool, settings: [SetSyntax],
    body: FunctionBodySyntax
  ) {
    self.name = name
    self.isProcedure = isProcedure
    self.orReplace = orReplace
    self.arguments = arguments
    self.result = result
    self.volatility = volatility
    self.isStrict = isStrict
    self.settings = settings
    self.body = body
  }
}

/// One argument of a function, or one column of `RETURNS TABLE`.
package struct ArgumentSyntax: Hashable, Sendable {
  /// Which way the value goes.
  package enum Mode: String, Hashable, Sendable {
    case `in`, out, `inout`, variadic
  }

  package var mode: Mode
  package var name: NameSyntax?
  package var type: TypeNameSyntax
  package var defaultValue: ExpressionSyntax?
  package var span: SourceSpan

  package init(
    mode: Mode = .in, name: NameSyntax?, type: TypeNameSyntax,
    defaultValue: ExpressionSyntax? = nil, span: SourceSpan
  ) {
    self.mode = mode
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.span = span
  }
}

/// The parsed body of a function, whose spans point into the file.
package enum FunctionBodySyntax: Hashable, Sendable {
  case procedural(BlockSyntax)

  /// LANGUAGE sql.
  case sql([StatementSyntax])
}

/// `CREATE TYPE name AS ENUM ('label', …)`.
package struct CreateEnumSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var labels: [StringSyntax]

  package init(name: QualifiedNameSyntax, labels: [StringSyntax]) {
    self.name = name
    self.labels = labels
  }
}

/// `CREATE TRIGGER name {BEFORE | AFTER | INSTEAD OF} events ON table … EXECUTE FUNCTION f(…)`.
package struct CreateTriggerSyntax: Hashable, Sendable {
  /// When it fires.
  package enum Timing: String, Hashable, Sendable {
    case before, after, insteadOf
  }

  /// What it fires for.
  package enum Event: Hashable, Sendable {
    case insert
    case delete
    case truncate

    /// `UPDATE [OF columns]`.
    case update([NameSyntax])
  }

  package var name: NameSyntax
  package var orReplace: Bool
  package var timing: Timing
  package var events: [Event]
  package var table: QualifiedNameSyntax

  /// FOR EACH ROW; otherwise FOR EACH STATEMENT.
  package var isForEachRow: Bool

  /// `CREATE CONSTRAINT TRIGGER`.
  package var isConstraint: Bool

  /// `CREATE CONSTRAINT TRIGGER … DEFERRABLE`.
  package var deferral: DeferralSyntax

  package var condition: ExpressionSyntax?
  package var function: QualifiedNameSyntax

  /// The arguments, which PostgreSQL passes as text.
  package var arguments: [ExpressionSyntax]

  package init(
    name: NameSyntax, orReplace: Bool, timing: Timing, events: [Event],
    table: QualifiedNameSyntax, isForEachRow: Bool, isConstraint: Bool, deferral: DeferralSyntax,
    condition: ExpressionSyntax?, function: QualifiedNameSyntax, arguments: [ExpressionSyntax]
  ) {
    self.name = name
    self.orReplace = orReplace
    self.timing = timing
    self.events = events
    self.table = table
    self.isForEachRow = isForEachRow
    self.isConstraint = isConstraint
    self.deferral = deferral
    self.condition = condition
    self.function = function
    self.arguments = arguments
  }
}

/// `CREATE SEQUENCE [IF NOT EXISTS] name [options]`, or `ALTER SEQUENCE [IF EXISTS] name options`.
package struct CreateSequenceSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var ifNotExists: Bool
  package var options: SequenceOptionsSyntax

  package init(name: QualifiedNameSyntax, ifNotExists: Bool, options: SequenceOptionsSyntax) {
    self.name = name
    self.ifNotExists = ifNotExists
    self.options = options
  }
}

/// `START WITH n INCREMENT BY n`, of a sequence or an identity column.
package struct SequenceOptionsSyntax: Hashable, Sendable {
  package var start: Int?
  package var increment: Int?
  package var minimum: Int?
  package var maximum: Int?
  package var cache: Int?
  package var isCycle: Bool?
  package var type: TypeNameSyntax?

  /// `NO MINVALUE`, `NO MAXVALUE`.
  package var resetsMinimum = false
  package var resetsMaximum = false

  /// `RESTART [WITH n]`, in ALTER SEQUENCE.
  package var restart: Int??

  /// `OWNED BY table.column`; an empty list for NONE.
  package var owner: [NameSyntax]?

  package init() {}
}

/// `CREATE [OR REPLACE] VIEW name [(columns)] AS query`.
package struct CreateViewSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var orReplace: Bool
  package var columns: [NameSyntax]
  package var query: QuerySyntax

  package init(
    name: QualifiedNameSyntax, orReplace: Bool, columns: [NameSyntax], query: QuerySyntax
  ) {
    self.name = name
    self.orReplace = orReplace
    self.columns = columns
    self.query = query
  }
}

/// `DROP kind [IF EXISTS] name, … [CASCADE]`.
package struct DropSyntax: Hashable, Sendable {
  /// What is dropped.
  package enum Kind: String, Hashable, CaseIterable, Sendable {
    case table, view, index, sequence, function, procedure, trigger, type, schema
    case materializedView = "materialized view"
  }

  package var kind: Kind
  package var ifExists: Bool
  package var names: [QualifiedNameSyntax]

  /// The table of DROP TRIGGER.
  package var table: QualifiedNameSyntax?

  package var isCascade: Bool

  /// For functions, the types of their arguments, where they are written.
  package var arguments: [[TypeNameSyntax]?] = []
  /// `DROP INDEX CONCURRENTLY`.
  package var isConcurrent = false

  package init(
    kind: Kind, ifExists: Bool, names: [QualifiedNameSyntax], table: QualifiedNameSyntax? = nil,
    isCascade: Bool
  ) {
    self.kind = kind
    self.ifExists = ifExists
    self.names = names
    self.table = table
    self.isCascade = isCascade
  }
}

/// `ALTER TABLE name action, …`.
package struct AlterTableSyntax: Hashable, Sendable {
  /// One change.
  package enum Action: Hashable, Sendable {
    case addColumn(ColumnSyntax, ifNotExists: Bool)
    case dropColumn(NameSyntax, ifExists: Bool)
    case addConstraint(TableConstraintSyntax)
    case dropConstraint(NameSyntax, ifExists: Bool)
    case setNotNull(NameSyntax)
    case dropNotNull(NameSyntax)

    /// `nil` for DROP DEFAULT.
    case setDefault(NameSyntax, ExpressionSyntax?)

    /// `{ENABLE | DISABLE} TRIGGER name`; `nil` for USER.
    case setTrigger(NameSyntax?, isEnabled: Bool)
    case validateConstraint(NameSyntax)
    /// `RENAME [COLUMN] name TO name`.
    case renameColumn(NameSyntax, NameSyntax)
    /// `RENAME TO name`.
    case renameTable(NameSyntax)
    /// `ALTER COLUMN name TYPE type [USING expression]`.
    case setType(NameSyntax, TypeNameSyntax, using: ExpressionSyntax?)
    /// `INHERIT table`, `NO INHERIT table`.
    case inherit(QualifiedNameSyntax, isOn: Bool)
    /// `ATTACH PARTITION table FOR VALUES …`; the bound names the table that is attached to.
    case attachPartition(QualifiedNameSyntax, PartitionSyntax)
    case detachPartition(QualifiedNameSyntax, DetachmentSyntax)
    /// `OWNER TO role`, in an isolation spec.
    case setOwner(NameSyntax)
  }

  package var name: QualifiedNameSyntax
  package var ifExists: Bool
  package var actions: [Action]

  package init(name: QualifiedNameSyntax, ifExists: Bool, actions: [Action]) {
    self.name = name
    self.ifExists = ifExists
    self.actions = actions
  }
}

/// `PARTITION BY strategy (column, …)`.
package struct PartitionKeySyntax: Hashable, Sendable {
  package var strategy: NameSyntax
  package var elements: [ExpressionSyntax]
  package var span: SourceSpan
}

/// `PARTITION OF table FOR VALUES …`, or what ATTACH PARTITION says.
package struct PartitionSyntax: Hashable, Sendable {
  package enum Bound: Hashable, Sendable {
    case list([ExpressionSyntax])
    case range([Limit], [Limit])
    case otherwise
  }

  package enum Limit: Hashable, Sendable {
    case minimum
    case value(ExpressionSyntax)
    case maximum
  }

  /// The partitioned table.
  package var table: QualifiedNameSyntax
  package var bound: Bound
  package var span: SourceSpan
}

/// `TRUNCATE table, … [RESTART IDENTITY] [CASCADE]`.
package struct TruncateSyntax: Hashable, Sendable {
  package var tables: [QualifiedNameSyntax]
  package var restartsIdentity: Bool
  package var isCascade: Bool

  package init(tables: [QualifiedNameSyntax], restartsIdentity: Bool, isCascade: Bool) {
    self.tables = tables
    self.restartsIdentity = restartsIdentity
    self.isCascade = isCascade
  }
}
