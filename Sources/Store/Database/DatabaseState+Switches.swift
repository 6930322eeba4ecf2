/// Definitions that steps of an isolation spec change: triggers and foreign keys that come and go, sequences
/// that are altered.
///
/// A change is there at once, for everybody: the lock on the table (or sequence) that it takes keeps those
/// away whom it would concern, until the transaction ends. It is undone with its transaction or savepoint.
///
/// - Note: Only runs of specs change definitions, which pack no states: none of this is in a state's words.
extension DatabaseState {
  /// A change of a definition by an open transaction.
  package struct Switch: Sendable {
    package enum Change: Sendable {
      /// The trigger's bit in ``inactiveTriggers``, as it was.
      case trigger(UInt8, wasInactive: Bool)
      /// The foreign key's bit in ``inactiveReferences``, as it was.
      case reference(UInt8, wasInactive: Bool)
      /// A definition that the runner of a spec has made, by its number there.
      case definition(Int32)
      /// The sequence, and its next value, as they were.
      case sequence(UInt16, SequenceGenerator, next: Int64)
      /// Where the versions of a table were before they were written anew.
      case rewritten(UInt16, [Rewrite])
    }

    /// A version that was written anew.
    package struct Rewrite: Sendable {
      var cells: Int32
      var oldCells: Int32
      var oldRoot: Int32
    }

    var session: UInt16
    var level: UInt16
    var change: Change
  }

  /// A sequence that is no longer as the schema has it.
  package struct AlteredSequence: Sendable {
    var sequence: UInt16
    var generator: SequenceGenerator
  }

  /// Creates, drops, enables or disables a trigger.
  package mutating func setTrigger(_ number: Int, isOn: Bool, session: Int) {
    let bit: UInt64 = 1 << UInt64(number)
    noteSwitch(
      .trigger(UInt8(number), wasInactive: inactiveTriggers & bit != 0), session: session)
    inactiveTriggers = isOn ? inactiveTriggers & ~bit : inactiveTriggers | bit
  }

  /// Adds a foreign key.
  package mutating func addReference(_ number: UInt8, session: Int) {
    let bit: UInt64 = 1 << UInt64(number)
    noteSwitch(
      .reference(number, wasInactive: inactiveReferences & bit != 0), session: session)
    inactiveReferences &= ~bit
  }

  /// Notes a definition that the runner of a spec has made for an open transaction; ``endedDefinitions`` tells
  /// what has become of it.
  package mutating func noteDefinition(_ number: Int, session: Int) {
    noteSwitch(.definition(Int32(number)), session: session)
  }

  /// Takes the definitions whose transactions (or savepoints) have ended, and whether they stay.
  package mutating func takeEndedDefinitions() -> [(number: Int, isKept: Bool)] {
    let ended = endedDefinitions.map { (number: Int($0.number), isKept: $0.isKept) }
    endedDefinitions = []
    return ended
  }

  /// Whether a foreign key is there.
  package func isActive(_ key: Table.ForeignKey) -> Bool {
    guard let number = key.switchNumber else { return !key.isDropped }
    return !key.isDropped && inactiveReferences >> UInt64(number) & 1 == 0
  }

  /// Makes a sequence what the schema says that it is.
  package mutating func restore(sequence: Int, from initial: DatabaseState) {
    // A step has created it, and it is dropped.
    guard sequence < initial.sequences.count else { return }
    alteredSequences.removeAll { Int($0.sequence) == sequence }
    sequences[sequence] = initial.sequences[sequence]
    sequenceUses.removeAll { Int($0.sequence) == sequence }
  }

  mutating func noteSwitch(_ change: Switch.Change, session: Int) {
    footprint?.noteEverything()
    switches.append(
      Switch(session: UInt16(session), level: sessions[session].level, change: change))
  }

  mutating func commitSwitches(session: Int) {
    if switches.isEmpty { return }
    for it in switches where Int(it.session) == session {
      if case .definition(let number) = it.change { endedDefinitions.append((number, true)) }
    }
    switches.removeAll { Int($0.session) == session }
  }

  mutating func rollbackSwitches(session: Int, from level: UInt16) {
    while let last = switches.lastIndex(where: {
      Int($0.session) == session && $0.level >= level
    }) {
      switch switches.remove(at: last).change {
      case .trigger(let number, let wasInactive):
        let bit: UInt64 = 1 << UInt64(number)
        inactiveTriggers = wasInactive ? inactiveTriggers | bit : inactiveTriggers & ~bit
      case .reference(let number, let wasInactive):
        let bit: UInt64 = 1 << UInt64(number)
        inactiveReferences = wasInactive ? inactiveReferences | bit : inactiveReferences & ~bit
      case .definition(let number): endedDefinitions.append((number, false))
      case .sequence(let sequence, let generator, let next):
        set(Int(sequence), generator)
        sequences[Int(sequence)] = next
      case .rewritten(let table, let changes):
        for index in versions.indices where versions[index].table == table {
          guard let change = changes.first(where: { $0.cells == versions[index].cells }) else {
            continue
          }
          versions[index].cells = change.oldCells
          versions[index].root = change.oldRoot
        }
      }
    }
  }

  mutating func mergeSwitches(session: Int, from level: UInt16) {
    for index in switches.indices
    where Int(switches[index].session) == session && switches[index].level >= level {
      switches[index].level = level - 1
    }
  }
}
