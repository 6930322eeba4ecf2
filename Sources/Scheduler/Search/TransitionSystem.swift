import SQL
import Writers

/// What a search goes through: states, the choices in them, and what is wrong with a state.
///
/// ``ModelSystem`` is the one that explores scenarios; the tests have small graphs. The search is generic
/// and concrete at its only use in the product, so that the compiler specialises it.
protocol TransitionSystem: ~Copyable, SendableMetatype {
  associatedtype State
  /// A state in which nothing has been renamed or renumbered, as a replay has it.
  associatedtype Own

  /// Properties are numbered from 0; each state may break some.
  var propertyCount: Int { get }
  /// Properties that no state can break, because the scenario allows their failure.
  func isChecked(_ property: Int) -> Bool

  mutating func initialState() throws(Diagnostic) -> State
  /// Copies a state into the memory of another.
  func assign(_ source: State, to target: inout State)
  mutating func appendChoices(in state: State, to choices: inout ContiguousArray<Choice>)
  /// Appends the choices in the state that was unpacked last, of those that lead to the same packed state
  /// because their sessions are interchangeable only the first.
  mutating func appendDistinctChoices(in state: State, to choices: inout ContiguousArray<Choice>)
  /// A choice that may be explored alone, if there is one.
  mutating func quietChoice(in state: State) -> Choice?
  /// Leaves out choices that need not be explored here, because they can be taken later.
  mutating func removeLateWaits(in state: State, from choices: inout ContiguousArray<Choice>)
  /// What has been left out should not have been: the search must be done again without. `mayLearn` says that quiet
  /// steps may still be found (``findQuietSteps(from:limit:isTimeUp:)``), with which it would be known better.
  func mustBeginAgain(mayLearn: Bool) -> Bool
  /// Whether a session might have been the victim of a cycle; a choice may say that it has.
  func mayBeVictim(_ session: Int, in state: State) -> Bool
  /// The sessions that have failed if the choice is that one has.
  mutating func failing(with session: Int, in state: State) -> [Int]
  /// Whether states say of a session what it might have done otherwise.
  func hasLatecomers(in state: State) -> Bool
  /// Whether a choice is there in a model's own state.
  mutating func isEnabled(_ choice: Choice, inOwn state: Own) -> Bool
  /// Says whether a step that is applied is followed, in one, by all that may be explored alone then; returns whether
  /// it was so before.
  mutating func setSettling(_ isOn: Bool) -> Bool
  /// Gets ready to give ``quietChoice(in:)`` in all that can be reached from a state, with work for about so many
  /// states; returns whether there are any now that it did not know of before.
  mutating func findQuietSteps(
    from initial: State, limit: Int, isTimeUp: () -> Bool
  ) -> Bool
  /// How many choices such a first one stands for.
  func multiplicity(of choice: Choice) -> Int
  /// Returns whether properties can have changed.
  mutating func apply(_ choice: Choice, to state: inout State) -> Bool
  mutating func pack(
    _ state: State, to words: inout ContiguousArray<UInt64>, order: inout ContiguousArray<Int>)
  mutating func unpack(_ words: UnsafeBufferPointer<UInt64>, into state: inout State)

  /// The transactions that have not ended.
  func openWork(in state: State) -> OpenWork

  mutating func initialOwn() throws(Diagnostic) -> Own
  mutating func apply(_ choice: Choice, toOwn state: inout Own)
  /// What ``pack(_:to:order:)`` writes for the state.
  mutating func packOwn(
    _ state: Own, to words: inout ContiguousArray<UInt64>, order: inout ContiguousArray<Int>)

  /// The memory that grows as more is met.
  var byteCount: Int { get }

  /// A system that gives the same states the same words, for another thread.
  func twin() -> Self
  /// Writes what packed states mean, if that is not in their words.
  func save(to checkpoint: inout CheckpointWriter)
  /// Takes over what ``save(to:)`` has written; returns whether it makes sense.
  mutating func restore(from checkpoint: inout CheckpointReader) -> Bool

  /// Appends the properties that the state breaks.
  ///
  /// `choices` is what can happen in the state; `isChanged` says whether the step to the state can have
  /// changed properties that are about data; properties in `isSettled` need not be looked at.
  ///
  /// - Returns: Whether no session can ever step again.
  mutating func appendBroken(
    in state: State, choices: ContiguousArray<Choice>, isChanged: Bool,
    isSettled: ContiguousArray<Bool>, to broken: inout ContiguousArray<Int>
  ) -> Bool

  /// Looks at the sources of an expansion and goes on from them.
  mutating func expandSources(
    of expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>)

  /// The property that is broken by states from which no end can be reached; `nil` if runs always end.
  ///
  /// The search finds those states when it has seen all.
  var endlessProperty: Int? { get }
  /// Whether everything that must end has ended in the state; `isFinal` says that nobody can step.
  mutating func isEnd(_ state: State, isFinal: Bool) -> Bool
}

extension TransitionSystem where Self: ~Copyable {
  var endlessProperty: Int? { nil }
  func isEnd(_ state: State, isFinal: Bool) -> Bool { isFinal }
  var byteCount: Int { 0 }
  mutating func quietChoice(in state: State) -> Choice? { nil }
  mutating func removeLateWaits(in state: State, from choices: inout ContiguousArray<Choice>) {}
  func mustBeginAgain(mayLearn: Bool) -> Bool { false }
  func mayBeVictim(_ session: Int, in state: State) -> Bool { false }
  mutating func failing(with session: Int, in state: State) -> [Int] { [session] }
  func hasLatecomers(in state: State) -> Bool { false }
  mutating func isEnabled(_ choice: Choice, inOwn state: Own) -> Bool { true }
  mutating func setSettling(_ isOn: Bool) -> Bool { false }
  mutating func findQuietSteps(
    from initial: State, limit: Int, isTimeUp: () -> Bool
  ) -> Bool { false }
  func openWork(in state: State) -> OpenWork { OpenWork() }
  func save(to checkpoint: inout CheckpointWriter) {}
  mutating func restore(from checkpoint: inout CheckpointReader) -> Bool { true }
}

extension TransitionSystem {
  func twin() -> Self { self }
}

extension TransitionSystem where Self: ~Copyable, Own == State {
  mutating func initialOwn() throws(Diagnostic) -> Own { try initialState() }

  mutating func apply(_ choice: Choice, toOwn state: inout Own) {
    _ = apply(choice, to: &state)
  }

  mutating func packOwn(
    _ state: Own, to words: inout ContiguousArray<UInt64>, order: inout ContiguousArray<Int>
  ) {
    pack(state, to: &words, order: &order)
  }
}
