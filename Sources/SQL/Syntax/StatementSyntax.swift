package import Store

/// One SQL statement, without its semicolon.
package struct StatementSyntax: Hashable, Sendable {
  package var kind: StatementKind

  /// PL/pgSQL's `INTO [STRICT] target, …`, wherever in the statement it was written.
  package var into: IntoSyntax?

  package var span: SourceSpan

  package init(_ kind: StatementKind, into: IntoSyntax? = nil, at span: SourceSpan) {
    self.kind = kind
    self.into = into
    self.span = span
  }
}

/// The statements that RaceSim knows.
package indirect enum StatementKind: Hashable, Sendable {
  case select(QuerySyntax)
  case insert(InsertSyntax)
  case update(UpdateSyntax)
  case delete(DeleteSyntax)
  case merge(MergeSyntax)

  case createTable(CreateTableSyntax)
  case createIndex(CreateIndexSyntax)
  case createFunction(CreateFunctionSyntax)
  case createEnum(CreateEnumSyntax)
  case createTrigger(CreateTriggerSyntax)
  case createSequence(CreateSequenceSyntax)
  /// `ALTER SEQUENCE`, with the options that change.
  case alterSequence(CreateSequenceSyntax)
  case createView(CreateViewSyntax)
  case createSchema(NameSyntax)
  case drop(DropSyntax)
  case alterTable(AlterTableSyntax)
  case truncate(TruncateSyntax)

  /// A statement without effect on rows or locks (COMMENT ON, GRANT, REVOKE, ALTER … OWNER TO),
  /// by its first words.
  case ignored(String)

  /// `BEGIN`, `START TRANSACTION`.
  case begin(TransactionModesSyntax)

  /// `COMMIT`, `END`.
  case commit(andChain: Bool)

  /// `ROLLBACK`, `ABORT`.
  case rollback(andChain: Bool)

  /// `PREPARE TRANSACTION`, `COMMIT PREPARED` or `ROLLBACK PREPARED` of a transaction of that name.
  case twoPhase(TwoPhaseCommand, StringSyntax)

  case savepoint(NameSyntax)
  case rollbackTo(NameSyntax)
  case release(NameSyntax)
  case setTransaction(TransactionModesSyntax)
  case setSessionCharacteristics(TransactionModesSyntax)
  case set(SetSyntax)

  /// `SET CONSTRAINTS {ALL | name, …} {DEFERRED | IMMEDIATE}`; `nil` for ALL.
  case setConstraints([QualifiedNameSyntax]?, isDeferred: Bool)
  case show(NameSyntax)

  /// `RESET name`; `nil` for RESET ALL.
  case reset(NameSyntax?)

  case lockTable(LockTableSyntax)
  case maintenance(MaintenanceSyntax)
  case refresh(RefreshSyntax)
  case role(RoleSyntax)
  case indexWork(IndexWorkSyntax)
  case declareCursor(CursorSyntax)

  /// `FETCH` or `MOVE`.
  case fetch(NameSyntax, FetchDirection, isMove: Bool)

  /// `CLOSE name`; `nil` for ALL.
  case closeCursor(NameSyntax?)
  case listen(NameSyntax)

  /// `UNLISTEN name`; `nil` for `*`.
  case unlisten(NameSyntax?)

  /// `NOTIFY channel [, 'payload']`.
  case notify(NameSyntax, payload: StringSyntax?)
  case prepare(PrepareSyntax)
  case execute(NameSyntax, arguments: [ExpressionSyntax])

  /// `DEALLOCATE name`; `nil` for DEALLOCATE ALL.
  case deallocate(NameSyntax?)

  case call(FunctionCallSyntax)

  /// `DO $$ … $$`.
  case anonymousBlock(FunctionBodySyntax)
}

/// `INTO [STRICT] target, …`.
package struct IntoSyntax: Hashable, Sendable {
  package var isStrict: Bool

  /// Variables, or fields of record variables.
  package var targets: [QualifiedNameSyntax]

  package var span: SourceSpan

  package init(isStrict: Bool, targets: [QualifiedNameSyntax], span: SourceSpan) {
    self.isStrict = isStrict
    self.targets = targets
    self.span = span
  }
}

/// The table that INSERT, UPDATE, DELETE or MERGE changes.
package struct TargetTableSyntax: Hashable, Sendable {
  package var name: QualifiedNameSyntax
  package var alias: NameSyntax?

  package init(name: QualifiedNameSyntax, alias: NameSyntax? = nil) {
    self.name = name
    self.alias = alias
  }
}

/// `INSERT INTO table [(columns)] source [ON CONFLICT …] [RETURNING …]`.
package struct InsertSyntax: Hashable, Sendable {
  /// Where the rows come from.
  package enum Source: Hashable, Sendable {
    case defaultValues

    /// `VALUES` rows; an element may be ``ExpressionKind/defaultValue``.
    case values([[ExpressionSyntax]])

    case query(QuerySyntax)
  }

  package var with: [CommonTableSyntax]
  package var table: TargetTableSyntax
  package var columns: [NameSyntax]

  /// `OVERRIDING SYSTEM VALUE` or `OVERRIDING USER VALUE`.
  package var overriding: Overriding?

  package var source: Source
  package var onConflict: OnConflictSyntax?
  package var returning: [TargetSyntax]

  /// Which value of an identity column counts.
  package enum Overriding: String, Hashable, Sendable {
    case system, user
  }

  package init(
    with: [CommonTableSyntax] = [], table: TargetTableSyntax, columns: [NameSyntax],
    overriding: Overriding? = nil, source: Source, onConflict: OnConflictSyntax? = nil,
    returning: [TargetSyntax] = []
  ) {
    self.with = with
    self.table = table
    self.columns = columns
    self.overriding = overriding
    self.source = source
    self.onConflict = onConflict
    self.returning = returning
  }
}

/// `ON CONFLICT [target] DO …`.
package struct OnConflictSyntax: Hashable, Sendable {
  /// Which unique key may be violated.
  package enum Target: Hashable, Sendable {
    /// Columns or expressions of an index, with the predicate of a partial one.
    case elements([ExpressionSyntax], condition: ExpressionSyntax?)

    case constraint(NameSyntax)
  }

  /// What happens then.
  package enum Action: Hashable, Sendable {
    case nothing
    case update([AssignmentSyntax], condition: ExpressionSyntax?)
  }

  package var target: Target?
  package var action: Action
  package var span: SourceSpan

  package init(target: Target?, action: Action, span: SourceSpan) {
    self.target = target
    self.action = action
    self.span = span
  }
}

/// `column = value`, or `(a, b) = (1, 2)`, or `(a, b) = (SELECT …)`.
package struct AssignmentSyntax: Hashable, Sendable {
  /// One column, or several when ``isRow``.
  package var columns: [NameSyntax]

  /// Whether the left side was in parentheses; then the value is a row or a scalar subquery.
  package var isRow: Bool

  package var value: ExpressionSyntax
  package var span: SourceSpan

  package init(columns: [NameSyntax], isRow: Bool, value: ExpressionSyntax, span: SourceSpan) {
    self.columns = columns
    self.isRow = isRow
    self.value = value
    self.span = span
  }
}

/// `UPDATE table SET … [FROM …] [WHERE …] [RETURNING …]`.
package struct UpdateSyntax: Hashable, Sendable {
  package var with: [CommonTableSyntax]
  package var table: TargetTableSyntax
  package var assignments: [AssignmentSyntax]
  package var from: [FromSyntax]
  package var condition: ExpressionSyntax?
  package var returning: [TargetSyntax]

  package init(
    with: [CommonTableSyntax] = [], table: TargetTableSyntax, assignments: [AssignmentSyntax],
    from: [FromSyntax] = [], condition: ExpressionSyntax? = nil, returning: [TargetSyntax] = []
  ) {
    self.with = with
    self.table = table
    self.assignments = assignments
    self.from = from
    self.condition = condition
    self.returning = returning
  }
}

/// `DELETE FROM table [USING …] [WHERE …] [RETURNING …]`.
package struct DeleteSyntax: Hashable, Sendable {
  package var with: [CommonTableSyntax]
  package var table: TargetTableSyntax
  package var using: [FromSyntax]
  package var condition: ExpressionSyntax?
  package var returning: [TargetSyntax]

  package init(
    with: [CommonTableSyntax] = [], table: TargetTableSyntax, using: [FromSyntax] = [],
    condition: ExpressionSyntax? = nil, returning: [TargetSyntax] = []
  ) {
    self.with = with
    self.table = table
    self.using = using
    self.condition = condition
    self.returning = returning
  }
}

/// `MERGE INTO table USING source ON condition WHEN …`.
package struct MergeSyntax: Hashable, Sendable {
  /// What a WHEN clause does.
  package enum Action: Hashable, Sendable {
    case nothing
    case delete
    case update([AssignmentSyntax])

    /// `values` is `nil` for DEFAULT VALUES.
    case insert(
      columns: [NameSyntax], overriding: InsertSyntax.Overriding?, values: [ExpressionSyntax]?)
  }

  /// `WHEN [NOT] MATCHED [AND condition] THEN action`.
  package struct When: Hashable, Sendable {
    package var isMatched: Bool
    package var condition: ExpressionSyntax?
    package var action: Action
    package var span: SourceSpan

    package init(
      isMatched: Bool, condition: ExpressionSyntax?, action: Action, span: SourceSpan
    ) {
      self.isMatched = isMatched
      self.condition = condition
      self.action = action
      self.span = span
    }
  }

  package var with: [CommonTableSyntax]
  package var table: TargetTableSyntax
  package var source: FromSyntax
  package var condition: ExpressionSyntax
  package var clauses: [When]

  package init(
    with: [CommonTableSyntax] = [], table: TargetTableSyntax, source: FromSyntax,
    condition: ExpressionSyntax, clauses: [When]
  ) {
    self.with = with
    self.table = table
    self.source = source
    self.condition = condition
    self.clauses = clauses
  }
}

/// `DECLARE name [[NO] SCROLL] CURSOR [WITH HOLD] FOR query`.
package struct CursorSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var isScroll: Bool
  package var isHeld: Bool
  package var query: QuerySyntax
}
