package import Store

/// One instruction of a routine: control flow, or something that happens at the database.
///
/// Slots are the frame's variables; the first four of each routine are fixed (``Routine/Slot``).
/// Jump targets are positions in ``Routine/instructions``.
package enum Instruction: Hashable, Sendable {
  // MARK: Control flow (no step of its own)

  case assign(slot: UInt16, Expression)
  case jump(Int32)
  case jumpUnless(Expression, Int32)
  /// Pushes a frame of the routine with its arguments (a range of ``Program/arguments``) in its
  /// parameters' slots; the result goes to `slot`.
  case call(RoutineID, arguments: Expressions, into: UInt16?)
  /// Ends the routine. In a writer program: ends the program with the value as its outcome.
  case finish(Expression?)
  /// Ends a trigger's function with a row, `nil` for NULL; which record it is tells whether there is one.
  case finishTrigger(SlotList?, Routine.TriggerRow)
  /// Adds the slots as a row to the result of a function that returns rows.
  case returnNext(SlotList)
  /// `GET DIAGNOSTICS slot = ROW_COUNT` is an assignment from ``Routine/Slot/rowCount``.
  case raise(Int32)
  /// `RAISE` without arguments, in a handler.
  case reraise
  /// Opens a block with handlers (an index into ``Routine/blocks``): a subtransaction begins.
  case enterBlock(Int32)
  /// Leaves it normally: the subtransaction's work joins the one around it.
  case leaveBlock
  /// Takes the next row of the innermost cursor into slots (a range of ``Program/slotLists``), or
  /// drops the cursor and jumps.
  case nextRow(into: SlotList, atEnd: Int32)
  /// Drops the innermost cursor (EXIT or RETURN out of a loop does so once for each loop left).
  case closeCursor

  // MARK: Statements

  /// Runs an entry of ``Program/statements``; sets FOUND and ROW_COUNT.
  case statement(Int32, Into)
  /// Runs a query and keeps its rows as a cursor for ``nextRow(into:atEnd:)``.
  case openCursor(Int32)
  /// Client statements of a writer program stand between these two: outside a transaction block they
  /// open one of their own and commit it.
  case beginImplicit
  case commitImplicit
  /// The session sleeps until the clock has reached the instant (`pg_sleep` and its kin).
  ///
  /// A pause has a length, not an end: where the clock never moves it lets others go on, and ends.
  case sleepUntil(Expression, isPause: Bool)

  // MARK: Transaction commands

  case begin(TransactionOptions)
  case setTransaction(TransactionOptions)
  case commit
  case rollback
  /// `PREPARE TRANSACTION` and what ends it, by position in ``Program/preparedNames``.
  case twoPhase(TwoPhaseCommand, UInt16)
  case savepoint(Value)
  /// Fetches rows of a client's cursor, or only moves it.
  case fetch(Value, FetchDirection, isMove: Bool)
  /// Closes a client's cursor; NULL for all.
  case endCursor(Value)
  case listen(Value)
  /// NULL for all channels.
  case unlisten(Value)
  case notify(Value, payload: Value)
  case role(RoleCommand)
  case indexStep(IndexStep)
  /// `SET CONSTRAINTS` for those of a mask of ``Schema/deferrables``.
  case setConstraints(UInt32, isDeferred: Bool)
  case rollbackTo(Value)
  case release(Value)
  /// Changes a setting; NULL brings the default back.
  case set(SettingName, Value, isLocal: Bool)
  case resetAll

  // MARK: Prepared statements

  /// Prepares the statement of that number under a name.
  case prepare(Value, Int32)
  /// Forgets a prepared statement; NULL for all.
  case deallocate(Value)
  /// Jumps unless that statement is prepared under the name.
  case jumpUnlessPrepared(Value, Int32, Int32)
}

/// What is done with a prepared transaction.
package enum TwoPhaseCommand: String, Hashable, Sendable {
  case prepare = "PREPARE TRANSACTION"
  case commit = "COMMIT PREPARED"
  case rollback = "ROLLBACK PREPARED"
}

/// What becomes of a statement's rows.
package enum Into: Hashable, Sendable {
  /// They go to the client, or nowhere.
  case discard
  /// The first row's columns go to slots; NULLs if there is none. Strict: P0002 and P0003 if there is
  /// not exactly one.
  case slots(SlotList, isStrict: Bool)
  /// They are kept for a client's cursor.
  case cursor(CursorOptions)
  /// They are added to the result of a set-returning function.
  case result
}

/// What DECLARE says of a cursor.
package struct CursorOptions: Hashable, Sendable {
  package var name: Value
  package var isScroll: Bool
  package var isHeld: Bool
}

/// A range of ``Program/slotLists``.
package struct SlotList: Hashable, Sendable {
  package var start: Int32
  package var count: Int32

  package init(start: Int, count: Int) {
    self.start = Int32(start)
    self.count = Int32(count)
  }
}

/// A range of ``Program/arguments``.
package struct Expressions: Hashable, Sendable {
  package var start: Int32
  package var count: Int32

  package init(start: Int, count: Int) {
    self.start = Int32(start)
    self.count = Int32(count)
  }
}

/// `BEGIN ISOLATION LEVEL … READ ONLY DEFERRABLE`; `nil` is the default.
package struct TransactionOptions: Hashable, Sendable {
  package var isolation: IsolationLevel?
  package var isReadOnly: Bool?
  package var isDeferrable: Bool?

  package init(
    isolation: IsolationLevel? = nil, isReadOnly: Bool? = nil, isDeferrable: Bool? = nil
  ) {
    self.isolation = isolation
    self.isReadOnly = isReadOnly
    self.isDeferrable = isDeferrable
  }
}

/// An index into ``Program/routines``.
package struct RoutineID: Hashable, Sendable {
  package var index: UInt16

  package init(_ index: Int) { self.index = UInt16(index) }
}
