package import SQL
package import Store

/// Runs a model: what can happen in a state, and what becomes of the state when it does.
///
/// This is the seam between what is explored and the exploring. A driver (search, replay, spec runner)
/// needs nothing else:
///
///     var machine = Machine(model: model, options: options)
///     var state = try machine.initialState()
///     machine.appendChoices(in: state, to: &choices)
///     machine.apply(choices[0], to: &state, recorder: &recorder)
///     machine.pack(state, to: &words, order: &order)
///
/// A machine holds only scratch memory between calls; each thread has its own.
package struct Machine {
  package let model: Model
  package let options: MachineOptions

  package init(model: Model, options: MachineOptions) {
    self.model = model
    self.options = options
  }

  /// The state after the setup, with every program before its first step.
  ///
  /// - Throws: the setup's error, with the place of its statement.
  package mutating func initialState() throws(Diagnostic) -> MachineState {
    MachineState()
  }

  /// Appends what can happen next: sessions in order (each `step`, then `victim`, then `crash`), then
  /// the clock.
  package mutating func appendChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {}

  /// Whether no session can ever step again, so that `finally` invariants are due.
  package mutating func isFinal(_ state: MachineState) -> Bool { true }

  /// Carries out one choice; `state` must be one in which it is enabled.
  ///
  /// - Returns: Whether invariants can have changed: something was committed, the world changed, or a
  ///   session ended.
  @discardableResult
  package mutating func apply(
    _ choice: Choice, to state: inout MachineState, recorder: inout Recorder
  ) -> Bool { false }

  /// Writes the state's canonical words: equal for states that no future can tell apart.
  ///
  /// - Parameter order: Becomes the sessions in the order in which they are written: identical ones are
  ///   sorted, so position `i` of the packed state is session `order[i]`.
  package mutating func pack(
    _ state: MachineState, to words: inout ContiguousArray<UInt64>,
    order: inout ContiguousArray<Int>
  ) {}

  /// Reads back what ``pack(_:to:order:)`` wrote.
  package mutating func unpack(
    _ words: UnsafeBufferPointer<UInt64>, into state: inout MachineState
  ) {}

  /// Appends the members of cycles of waits.
  package mutating func appendDeadlocked(
    in state: MachineState, to sessions: inout ContiguousArray<Int>
  ) {}

  /// The rows that an invariant's query returns in the state; empty if it holds.
  ///
  /// - Throws: the query's error (a division by zero, say), which counts as a violation of its own.
  package mutating func violations(
    of invariant: Int, in state: MachineState
  ) throws(SQLError) -> [[Value]] { [] }

  /// Whether the invariant's query returns a row.
  package mutating func isViolated(_ invariant: Int, in state: MachineState) throws(SQLError)
    -> Bool
  { false }

  /// The newest committed rows of a table, for reports; with `session`, as that session sees them.
  package func rows(
    of table: TableID, in state: MachineState, seenBy session: Int? = nil
  ) -> [(row: Int32, values: [Value])] { [] }

  /// Where a session is: the source text of what it does next, `nil` if it has ended.
  package func position(of session: Int, in state: MachineState) -> SourceSpan? { nil }
}
