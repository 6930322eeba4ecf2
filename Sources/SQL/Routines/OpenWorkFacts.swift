import Store

/// Whether a transaction that has not ended can have made a difference to others only by keeping them waiting.
///
/// Then a way to a state that breaks a rule about what is committed can do without the steps of the transactions that are
/// open there: nobody has seen what they wrote, who waits for them has come no further, and all others would have
/// done the same. So on a shortest way every transaction that begins also ends, and each that is open owes a step.
///
/// The exceptions are in what a transaction can do that is noticed at once, or taken back before it ends:
///
/// - numbers of sequences, writes to world tables, locks of the session;
/// - savepoints and blocks with handlers, which give locks back;
/// - places of rows (`ctid`), which depend on versions that are not committed;
///
/// and in what can fail because somebody holds a lock: NOWAIT, SKIP LOCKED, functions that try for a lock, timeouts.
/// Shared locks on tables and of functions are left out too, as the server may put such a queue into another order.
/// Cycles of waits are another, which only a search can tell.
package struct OpenWorkFacts: Sendable {
  package let isUnnoticed: Bool

  /// What the setup does, which runs alone, is left out.
  package init(of program: Program, setup: RoutineID) {
    let ofSetup = LockModes.statements(of: program.routines[Int(setup.index)])
    isUnnoticed =
      !program.hasSettings && program.trackedTables.isEmpty
      && program.schema.deferrables.isEmpty && program.routines.allSatisfy(Self.onlyEnds)
      && program.operations.allSatisfy(Self.isUnnoticed)
      && program.queries.allSatisfy { $0.locks.allSatisfy { $0.policy == .wait } }
      && program.statements.indices.allSatisfy {
        ofSetup.contains($0) || Self.isUnnoticed(program.statements[$0], program.schema)
      }
  }

  /// Whether the routine gives nothing back but at the end of a transaction.
  private static func onlyEnds(_ routine: Routine) -> Bool {
    routine.instructions.allSatisfy {
      switch $0 {
      case .assign, .jump, .jumpUnless, .call, .finish, .finishTrigger, .returnNext, .raise,
        .nextRow, .closeCursor, .statement, .openCursor, .beginImplicit, .commitImplicit,
        .sleepUntil, .begin, .setTransaction, .commit, .rollback:
        true
      case .reraise, .enterBlock, .leaveBlock, .twoPhase, .savepoint, .fetch, .endCursor, .listen,
        .unlisten, .notify, .role, .indexStep, .setConstraints, .rollbackTo, .release, .set,
        .resetAll, .prepare, .deallocate, .jumpUnlessPrepared:
        false
      }
    }
  }

  private static func isUnnoticed(_ operation: Operation) -> Bool {
    switch operation {
    case .nextValue, .sequence, .place, .configure, .sessionCall: false
    case .lockCall(let call): call.action == .lock && call.isForTransaction && !call.isShared
    default: true
    }
  }

  private static func isUnnoticed(_ statement: Statement, _ schema: Schema) -> Bool {
    statement.tableLocks.isEmpty
      && statement.parts.allSatisfy { part in
        switch part.body {
        case .query: true
        case .insert(let insert): !schema.tables[Int(insert.table.index)].isWorld
        case .update(let update): !schema.tables[Int(update.table.index)].isWorld
        case .delete(let delete): !schema.tables[Int(delete.table.index)].isWorld
        case .merge(let merge): !schema.tables[Int(merge.table.index)].isWorld
        case .lockTable, .truncate, .alter: false
        }
      }
  }
}
