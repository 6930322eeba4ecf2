package import Store

/// One instruction of a compiled expression.
///
/// An expression is postfix code over a stack of values, so that evaluating it neither allocates
/// nor counts references:
///
///     status = 'paid' AND :n > 2      column, constant, call =, jumpIfFalse, slot, constant, call >, and
///
/// Jump targets are offsets from the start of the expression.
package enum Operation: Hashable, Sendable {
  /// Pushes a value.
  case constant(Value)
  /// Pushes a word of a tuple; depth 0 is the query that the expression belongs to, 1 the query
  /// around it, and so on. `offset` counts from the start of that query's tuple.
  case column(depth: UInt8, offset: UInt16)
  /// Pushes a variable of the current frame.
  case slot(UInt16)

  /// Calls a built-in function on the topmost arguments; a strict one yields NULL for NULL.
  case call(function: UInt16, arguments: UInt8, isStrict: Bool)
  /// Calls a STABLE or IMMUTABLE function of the scenario at once, with the caller's snapshot.
  case routine(UInt16, arguments: UInt8)
  /// Converts the top; the number is an index into ``Program/casts``.
  case cast(UInt16)

  /// Three-valued connectives of the two topmost values.
  case and
  case or
  case not
  /// Tests of the top; the result is never NULL.
  case isNull
  case isNotNull
  case isTrue
  case isFalse
  /// Whether the two topmost values differ, NULL being a value like any other.
  case isDistinct

  /// Drops the top.
  case pop
  case jump(Int32)
  /// Jumps if the top is false (true, not NULL), leaving it; goes on, leaving it, if not.
  case jumpIfFalseKeeping(Int32)
  /// Jumps if the top is false or NULL, leaving it: so a list of conditions ends, where AND would go on (`ExecQual`).
  case jumpUnlessTrueKeeping(Int32)
  case jumpIfTrueKeeping(Int32)
  case jumpIfNotNullKeeping(Int32)
  /// Pops the top and jumps unless it is true.
  case jumpUnlessTrue(Int32)

  /// Pushes the first output of the query's only row, NULL when there is none; two rows are error
  /// 21000.
  case scalarSubquery(QueryID)
  /// Pushes whether the query returns a row.
  case exists(QueryID)
  /// Compares the topmost `columns` values with each row of the query: `ANY` is true if one
  /// compares true, `ALL` if each does, with SQL's rule for NULL. `IN` is `= ANY`, `NOT IN` is
  /// `<> ALL`.
  case quantified(QueryID, function: UInt16, columns: UInt8, isAll: Bool)
  /// Pushes the greatest (least) of the topmost values, passing over NULLs.
  case greatest(count: UInt8)
  case least(count: UInt8)
  /// Pushes the next value of a sequence.
  case nextValue(sequence: UInt16)
  /// Makes a row of the topmost values, of the types in ``Program/rowTypes``; it is kept as the text that the server
  /// prints for it.
  case row(UInt16)
  /// Calls a function of arrays with the topmost values.
  case array(ArrayFunction, arguments: UInt8)
  /// Compares a value with each element of the array on top, as ``quantified(_:function:columns:isAll:)`` does with
  /// rows.
  case anyElement(function: UInt16, isAll: Bool)
  /// The name of the table of the row whose identity is on top; NULL where there is none.
  case tableName
  /// Where the version of the row whose identity is on top lies in its table (`ctid`); NULL where there is none.
  case place
  /// Refuses to be evaluated, with a text that says why: there is no value for it.
  case refused(Value)
  /// Calls a function on advisory locks with the topmost arguments.
  case lockCall(LockFunction)
  /// Pushes a setting's value as text.
  case setting(ShownSetting)
  /// `set_config`: pops whether the change is local, and the new value; pushes that.
  case configure(SettingName)
  /// A function that is called for its effect.
  case sessionCall(SessionFunction)
  /// Another function of sequences.
  case sequence(SequenceFunction, UInt16)
}

/// Functions that isolation specs call for their effect.
package enum SessionFunction: String, Hashable, Sendable {
  case notify = "pg_notify"
  case sleep = "pg_sleep"
  case queueUsage = "pg_notification_queue_usage"

  package var argumentTypes: [DataType] {
    switch self {
    case .notify: [.text, .text]
    case .sleep: [.numeric]
    case .queueUsage: []
    }
  }

  package var argumentCount: Int { argumentTypes.count }
  package var resultType: DataType { self == .queueUsage ? .numeric : .void }
}

/// What one can do with a sequence besides `nextval`.
package enum SequenceFunction: UInt8, Hashable, Sendable {
  /// `currval`.
  case current
  /// `lastval`, of whichever sequence.
  case last
  /// `setval` with one argument on the stack, or with two.
  case set
  case setCalled
}

/// What SHOW and `current_setting` know.
package enum ShownSetting: Hashable, Sendable {
  /// `current_user`, `session_user`, and what SET ROLE has set.
  case currentUser, sessionUser, role
  case name(SettingName)
  case isolation, readOnly
  case constant(Value)

  package var text: String {
    switch self {
    case .currentUser: "current_user"
    case .sessionUser: "session_user"
    case .role: "role"
    case .name(let name): name.name
    case .isolation: "transaction_isolation"
    case .readOnly: "transaction_read_only"
    case .constant(let value): value.asText ?? ""
    }
  }
}

/// A compiled expression: a range of ``Program/operations``.
package struct Expression: Hashable, Sendable {
  package var start: Int32
  package var count: Int32

  package init(start: Int32, count: Int32) {
    self.start = start
    self.count = count
  }
}

/// A conversion that an expression asks for.
package struct Cast: Hashable, Sendable {
  package var source: DataType
  package var target: DataType
  package var isExplicit: Bool

  package init(source: DataType, target: DataType, isExplicit: Bool) {
    self.source = source
    self.target = target
    self.isExplicit = isExplicit
  }
}

/// An index into ``Program/queries``.
package struct QueryID: Hashable, Sendable {
  package var index: Int32

  package init(_ index: Int) { self.index = Int32(index) }
}
