package import Store

/// The whole state of an interleaving: the database, and where each session is in its program.
///
/// Plain data: copied, compared, packed into words and back.
package struct MachineState: Sendable {
  /// Where a session's program is.
  package enum Status: UInt8, Sendable {
    case ready, ended, crashed
  }

  package struct Control: Sendable {
    package var status = Status.ready
    package var hasBegun = false
    package var retriesLeft: Int32 = 0
    package var restartsLeft: Int32 = 0
    /// Where the session's stack begins in ``MachineState/stack``, and its length.
    package var stackStart: Int32 = 0
    package var stackCount: Int32 = 0
    /// The program's RETURN value, once it has ended; NULL if it gave none.
    package var outcome = Value.null
    /// SQLSTATE as text if an error ended it, else NULL.
    package var sqlState = Value.null

    package init() {}
  }

  package var database: DatabaseState
  package var controls: ContiguousArray<Control>
  /// The sessions' stacks, one after the other: frames, cursors, blocks, a statement in progress.
  package var stack: ContiguousArray<Value>
  /// A position in ``Model/clock``.
  package var clock: Int32
  /// For each of ``Model/faults``, how many are left.
  package var faultsLeft: ContiguousArray<Int32>

  package init() {
    database = DatabaseState()
    controls = []
    stack = []
    clock = 0
    faultsLeft = []
  }

  /// Becomes a copy of another state, keeping its own memory.
  package mutating func assign(from other: MachineState) {
    database.assign(from: other.database)
    controls.assign(from: other.controls)
    stack.assign(from: other.stack)
    clock = other.clock
    faultsLeft.assign(from: other.faultsLeft)
  }
}
