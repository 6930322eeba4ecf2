/// An error that the simulated database raises: a value, explored like any other result.
package struct SQLError: Error, Hashable, Sendable {
  package var state: SQLState
  package var message: String
  package var detail: String?
  package var hint: String?
  package var constraint: String?
  package var table: String?
  package var column: String?
  package var dataType: String?

  package init(
    _ state: SQLState, _ message: String, detail: String? = nil, hint: String? = nil,
    constraint: String? = nil, table: String? = nil, column: String? = nil
  ) {
    self.state = state
    self.message = message
    self.detail = detail
    self.hint = hint
    self.constraint = constraint
    self.table = table
    self.column = column
  }
}

extension SQLError: CustomStringConvertible {
  /// As psql prints it with `\set VERBOSITY verbose`, without the place.
  package var description: String {
    var text = "ERROR:  \(state.code): \(message)"
    if let detail { text += "\nDETAIL:  \(detail)" }
    if let hint { text += "\nHINT:  \(hint)" }
    return text
  }
}

// MARK: - Constraints

extension SQLError {
  /// A second row with a key that must be unique; `key` and `values` as `a, b` and `1, x`.
  package static func uniqueViolation(
    constraint: String, table: String, key: String, values: String
  ) -> SQLError {
    SQLError(
      .uniqueViolation, "duplicate key value violates unique constraint \"\(constraint)\"",
      detail: "Key (\(key))=(\(values)) already exists.", constraint: constraint, table: table)
  }

  /// A child row whose parent does not exist.
  package static func foreignKeyMissingParent(
    constraint: String, table: String, parent: String, key: String, values: String
  ) -> SQLError {
    SQLError(
      .foreignKeyViolation,
      "insert or update on table \"\(table)\" violates foreign key constraint \"\(constraint)\"",
      detail: "Key (\(key))=(\(values)) is not present in table \"\(parent)\".",
      constraint: constraint, table: table)
  }

  /// A parent row that goes while a child refers to it; `key` is the parent's.
  package static func foreignKeyStillReferenced(
    constraint: String, table: String, child: String, key: String, values: String
  ) -> SQLError {
    SQLError(
      .foreignKeyViolation,
      "update or delete on table \"\(table)\" violates foreign key constraint "
        + "\"\(constraint)\" on table \"\(child)\"",
      detail: "Key (\(key))=(\(values)) is still referenced from table \"\(child)\".",
      constraint: constraint, table: child)
  }

  /// A null in a column that takes none; `row` is the failing row's values as `1, null, x`.
  package static func notNullViolation(column: String, table: String, row: String) -> SQLError {
    SQLError(
      .notNullViolation,
      "null value in column \"\(column)\" of relation \"\(table)\" violates not-null constraint",
      detail: "Failing row contains (\(row)).", table: table, column: column)
  }

  /// A row that fails a check; `row` is its values as `1, null, x`.
  package static func checkViolation(constraint: String, table: String, row: String) -> SQLError {
    SQLError(
      .checkViolation,
      "new row for relation \"\(table)\" violates check constraint \"\(constraint)\"",
      detail: "Failing row contains (\(row)).", constraint: constraint, table: table)
  }
}

extension SQLError {
  /// A row that has no partition to go to; `key` is `(a, b) = (1, 2)`.
  package static func noPartition(of table: String, key: String) -> SQLError {
    SQLError(
      .checkViolation, "no partition of relation \"\(table)\" found for row",
      detail: "Partition key of the failing row contains \(key).", table: table)
  }

  /// A row that a partition was given directly, and that belongs elsewhere.
  package static func partitionViolation(table: String, row: String) -> SQLError {
    SQLError(
      .checkViolation, "new row for relation \"\(table)\" violates partition constraint",
      detail: "Failing row contains (\(row)).", table: table)
  }

  package static let conflictMovesRow = SQLError(
    .featureNotSupported, "invalid ON UPDATE specification",
    detail: "The result tuple would appear in a different partition than the original tuple.")

  package static let triggerMovesRow = SQLError(
    .featureNotSupported,
    "moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported")
}

// MARK: - Transactions

extension SQLError {
  package static let concurrentUpdate = SQLError(
    .serializationFailure, "could not serialize access due to concurrent update")
  package static let concurrentDelete = SQLError(
    .serializationFailure, "could not serialize access due to concurrent delete")
  package static let rowMoved = SQLError(
    .serializationFailure,
    "tuple to be locked was already moved to another partition due to concurrent update")

  /// A dangerous structure among serializable transactions.
  ///
  /// The reason is what follows `Reason code: `, such as
  /// `Canceled on identification as a pivot, during write`.
  package static func readWriteDependencies(reason: String) -> SQLError {
    SQLError(
      .serializationFailure,
      "could not serialize access due to read/write dependencies among transactions",
      detail: "Reason code: \(reason).",
      hint: "The transaction might succeed if retried.")
  }

  /// Whether it is ``readWriteDependencies(reason:)``.
  package var isReadWriteDependency: Bool {
    state == .serializationFailure && message == Self.readWriteDependencies(reason: "").message
  }

  package static let deadlockDetected = SQLError(.deadlockDetected, "deadlock detected")
  package static let inFailedTransaction = SQLError(
    .inFailedSQLTransaction,
    "current transaction is aborted, commands ignored until end of transaction block")

  /// What `FOR UPDATE NOWAIT` meets.
  package static func rowLockNotAvailable(relation: String) -> SQLError {
    SQLError(.lockNotAvailable, "could not obtain lock on row in relation \"\(relation)\"")
  }

  /// What `LOCK TABLE … NOWAIT` meets.
  package static func relationLockNotAvailable(relation: String) -> SQLError {
    SQLError(.lockNotAvailable, "could not obtain lock on relation \"\(relation)\"")
  }

  package static let lockTimeout = SQLError(
    .lockNotAvailable, "canceling statement due to lock timeout")
  package static let statementTimeout = SQLError(
    .queryCanceled, "canceling statement due to statement timeout")

  package static let idleTimeout = SQLError(
    .idleInTransactionSessionTimeout,
    "terminating connection due to idle-in-transaction timeout")

  package static func invalidSetting(_ name: String, _ text: String) -> SQLError {
    SQLError(
      .invalidParameterValue, "invalid value for parameter \"\(name)\": \"\(text)\"")
  }

  package static func noPreparedStatement(_ name: String) -> SQLError {
    SQLError(.invalidSQLStatementName, "prepared statement \"\(name)\" does not exist")
  }

  package static func duplicatePreparedStatement(_ name: String) -> SQLError {
    SQLError(.duplicatePreparedStatement, "prepared statement \"\(name)\" already exists")
  }

  /// No error: the work in hand is given up, to be done again in a later step.
  package static let suspended = SQLError(.suspended, "suspended")

  /// TRUNCATE of a table while one that refers to it keeps its rows.
  package static func truncateReferenced(parent: String, child: String) -> SQLError {
    SQLError(
      .featureNotSupported, truncateReferencedMessage,
      detail: "Table \"\(child)\" references \"\(parent)\".",
      hint: "Truncate table \"\(child)\" at the same time, or use TRUNCATE ... CASCADE.")
  }

  package static let truncateReferencedMessage =
    "cannot truncate a table referenced in a foreign key constraint"

  package static func pendingTriggerEvents(table: String) -> SQLError {
    SQLError(
      .objectInUse,
      "cannot TRUNCATE \"\(table)\" because it has pending trigger events")
  }

  package static func usedByQueries(table: String) -> SQLError {
    SQLError(
      .objectInUse,
      "cannot TRUNCATE \"\(table)\" because it is being used by active queries in this session")
  }

  package static func noSuchSavepoint(_ name: String) -> SQLError {
    SQLError(.invalidSavepoint, "savepoint \"\(name)\" does not exist")
  }

  package static func onlyInTransactionBlock(_ command: String) -> SQLError {
    SQLError(.noActiveSQLTransaction, "\(command) can only be used in transaction blocks")
  }

  package static func notInTransactionBlock(_ command: String) -> SQLError {
    SQLError(.activeSQLTransaction, "\(command) cannot run inside a transaction block")
  }

  package static func readOnlyTransaction(_ command: String) -> SQLError {
    SQLError(
      .readOnlySQLTransaction, "cannot execute \(command) in a read-only transaction")
  }

  package static let isolationAfterQuery = SQLError(
    .activeSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
  package static let isolationInSubtransaction = SQLError(
    .activeSQLTransaction,
    "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction")
  package static let invalidTransactionTermination = SQLError(
    .invalidTransactionTermination, "invalid transaction termination")
}

// MARK: - Statements and PL/pgSQL

extension SQLError {
  package static let subqueryManyRows = SQLError(
    .cardinalityViolation, "more than one row returned by a subquery used as an expression")
  package static let conflictRowTwice = SQLError(
    .cardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time",
    hint: "Ensure that no rows proposed for insertion within the same command have duplicate "
      + "constrained values.")
  package static let mergeRowTwice = SQLError(
    .cardinalityViolation, "MERGE command cannot affect row a second time",
    hint: "Ensure that not more than one source row matches any one target row.")
  package static let queryNoRows = SQLError(.noDataFound, "query returned no rows")
  /// A trigger's function has changed the row that the statement was about to change.
  ///
  /// Source: `ExecUpdate` and `ExecDelete` in nodeModifyTable.c.
  /// `change` is what the command wanted: `updated`, `deleted`, or both.
  package static func alreadyModified(toBe change: String) -> SQLError {
    SQLError(
      .triggeredDataChangeViolation,
      "tuple to be \(change) was already modified by an operation "
        + "triggered by the current command",
      hint: "Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to "
        + "other rows.")
  }
  package static let queryManyRows = SQLError(
    .tooManyRows, "query returned more than one row",
    hint: "Make sure the query returns a single row, or use LIMIT 1.")
  package static let caseNotFound = SQLError(
    .caseNotFound, "case not found", hint: "CASE statement is missing ELSE part.")
  package static let assertionFailed = SQLError(.assertFailure, "assertion failed")
  package static let functionWithoutReturn = SQLError(
    .functionExecutedNoReturn, "control reached end of function without RETURN")

  package static func nullAssignment(variable: String) -> SQLError {
    SQLError(
      .nullValueNotAllowed,
      "null value cannot be assigned to variable \"\(variable)\" declared NOT NULL")
  }
}

// MARK: - Values

extension SQLError {
  package static let divisionByZero = SQLError(.divisionByZero, "division by zero")

  /// A number outside of its type; `type` as in `integer out of range`.
  package static func outOfRange(_ type: DataType) -> SQLError {
    SQLError(.numericValueOutOfRange, "\(type.name) out of range")
  }

  package static let intervalOutOfRange = SQLError(.datetimeFieldOverflow, "interval out of range")
  package static let timestampOutOfRange = SQLError(
    .datetimeFieldOverflow, "timestamp out of range")
  package static let dateOutOfRange = SQLError(.datetimeFieldOverflow, "date out of range")

  /// A text that is no value of the type.
  package static func invalidInput(_ type: String, _ text: String) -> SQLError {
    SQLError(.invalidTextRepresentation, "invalid input syntax for type \(type): \"\(text)\"")
  }

  /// A text that is no date, time, timestamp or interval.
  package static func invalidDatetime(_ type: String, _ text: String) -> SQLError {
    SQLError(.invalidDatetimeFormat, "invalid input syntax for type \(type): \"\(text)\"")
  }

  package static func datetimeFieldOutOfRange(_ text: String) -> SQLError {
    SQLError(.datetimeFieldOverflow, "date/time field value out of range: \"\(text)\"")
  }

  package static func invalidEnumLabel(type: String, _ label: String) -> SQLError {
    SQLError(
      .invalidTextRepresentation, "invalid input value for enum \(type): \"\(label)\"")
  }

  /// A text too long for `character varying(n)` or `character(n)`.
  package static func tooLong(_ type: DataType) -> SQLError {
    SQLError(.stringDataRightTruncation, "value too long for type \(type.name)")
  }

  /// What this program does not do, said as PostgreSQL says it.
  package static func unsupported(_ message: String) -> SQLError {
    SQLError(.featureNotSupported, message)
  }
}

// MARK: - Names

extension SQLError {
  package static func undefinedFunction(
    _ name: String, _ arguments: [DataType], catalog: TypeCatalog
  ) -> SQLError {
    let types = arguments.map { $0.withoutModifiers.name(in: catalog) }.joined(separator: ", ")
    return SQLError(
      .undefinedFunction, "function \(name)(\(types)) does not exist",
      hint: "No function matches the given name and argument types. "
        + "You might need to add explicit type casts.")
  }

  /// An operator that no pair of types has; `left` is nil for a prefix operator.
  package static func undefinedOperator(
    _ symbol: String, _ left: DataType?, _ right: DataType?, catalog: TypeCatalog
  ) -> SQLError {
    let parts = [
      left?.withoutModifiers.name(in: catalog), symbol, right?.withoutModifiers.name(in: catalog),
    ].compactMap { $0 }
    return SQLError(
      .undefinedFunction, "operator does not exist: \(parts.joined(separator: " "))",
      hint: left == nil || right == nil
        ? "No operator matches the given name and argument type. "
          + "You might need to add an explicit type cast."
        : "No operator matches the given name and argument types. "
          + "You might need to add explicit type casts.")
  }
}
