/// Sequences, which no rollback undoes.
///
/// Source: `nextval_internal`, `currval_oid`, `lastval` and `do_setval` in sequence.c.
extension DatabaseState {
  /// The next value for a session.
  package mutating func nextValue(
    of sequence: Int, session: Int, schema: Schema
  ) throws(SQLError) -> Int64 {
    let generator = generator(sequence, schema)
    guard schema.tracksSequences else { return try take(1, from: sequence, generator).first }
    let use = sequenceUse(sequence, session: session)
    if sequenceUses[use].last != sequenceUses[use].cached {
      sequenceUses[use].last = sequenceUses[use].last &+ generator.increment
    } else {
      let taken = try take(generator.cache, from: sequence, generator)
      sequenceUses[use].last = taken.first
      sequenceUses[use].cached = taken.last
    }
    sequenceUses[use].isDefined = true
    noteLatest(use, session: session)
    return sequenceUses[use].last
  }

  /// The sequence as it is now.
  private func generator(_ sequence: Int, _ schema: Schema) -> SequenceGenerator {
    alteredSequences.first { Int($0.sequence) == sequence }?.generator ?? schema.sequences[sequence]
  }

  /// `ALTER SEQUENCE` in a transaction, which undoes it if it is rolled back.
  package mutating func alter(
    sequence: Int, _ change: SequenceChange, session: Int, schema: Schema
  ) throws(SQLError) {
    let before = generator(sequence, schema)
    var generator = before
    generator.first = nil
    try generator.apply(change)
    let next = sequences[sequence]
    // A sequence that has given a value goes on from that.
    let isCalled = next != before.first ?? before.start
    let last = isCalled ? next &- before.increment : next
    if generator.first == nil, last > generator.maximum {
      throw SQLError(
        .invalidParameterValue,
        "RESTART value (\(last)) cannot be greater than MAXVALUE (\(generator.maximum))")
    }
    noteSwitch(.sequence(UInt16(sequence), before, next: next), session: session)
    if let first = generator.first {
      sequences[sequence] = first
    } else {
      generator.first = before.first
      if isCalled { sequences[sequence] = generator.next(after: last) }
    }
    set(sequence, generator)
    // What sessions have taken for themselves is gone (`AlterSequence`).
    for index in sequenceUses.indices where Int(sequenceUses[index].sequence) == sequence {
      sequenceUses[index].cached = sequenceUses[index].last
    }
  }

  mutating func set(_ sequence: Int, _ generator: SequenceGenerator) {
    alteredSequences.removeAll { Int($0.sequence) == sequence }
    alteredSequences.append(AlteredSequence(sequence: UInt16(sequence), generator: generator))
  }

  /// Takes up to `count` values in a row, which end at a bound.
  private mutating func take(
    _ count: Int64, from sequence: Int, _ generator: SequenceGenerator
  ) throws(SQLError) -> (first: Int64, last: Int64) {
    footprint?.noteSequence(sequence)
    let first = sequences[sequence]
    guard generator.minimum <= first, first <= generator.maximum else {
      let isRising = generator.increment > 0
      throw SQLError(
        .sequenceGeneratorLimitExceeded,
        "nextval: reached \(isRising ? "maximum" : "minimum") value of sequence "
          + "\"\(generator.name)\" (\(isRising ? generator.maximum : generator.minimum))")
    }
    var last = first
    var next = generator.next(after: last)
    for _ in 1..<max(count, 1) {
      // A cycle begins with a request of its own.
      let isInARow = generator.increment > 0 ? next > last : next < last
      guard isInARow, generator.minimum <= next, next <= generator.maximum else { break }
      last = next
      next = generator.next(after: last)
    }
    sequences[sequence] = next
    return (first, last)
  }

  private mutating func sequenceUse(_ sequence: Int, session: Int) -> Int {
    let found = sequenceUses.firstIndex {
      Int($0.session) == session && Int($0.sequence) == sequence
    }
    if let found { return found }
    // In order, so that equal states are equal words.
    let place =
      sequenceUses.firstIndex {
        Int($0.session) > session
          || Int($0.session) == session && Int($0.sequence) > sequence
      } ?? sequenceUses.count
    sequenceUses.insert(
      SequenceUse(
        session: UInt16(session), sequence: UInt16(sequence), isDefined: false, isLatest: false,
        last: 0, cached: 0), at: place)
    return place
  }

  private mutating func noteLatest(_ use: Int, session: Int) {
    for index in sequenceUses.indices where Int(sequenceUses[index].session) == session {
      sequenceUses[index].isLatest = index == use
    }
  }

  /// `currval`.
  package func currentValue(
    of sequence: Int, session: Int, schema: Schema
  ) throws(SQLError) -> Int64 {
    for use in sequenceUses
    where Int(use.session) == session && Int(use.sequence) == sequence && use.isDefined {
      return use.last
    }
    throw SQLError(
      .objectNotInPrerequisiteState,
      "currval of sequence \"\(schema.sequences[sequence].name)\" is not yet defined in this session"
    )
  }

  /// `lastval`.
  package func lastValue(session: Int) throws(SQLError) -> Int64 {
    for use in sequenceUses where Int(use.session) == session && use.isLatest { return use.last }
    throw SQLError(
      .objectNotInPrerequisiteState, "lastval is not yet defined in this session")
  }

  /// `setval`: the next value is the one after `value`, or itself if it is not `isCalled`.
  package mutating func setValue(
    of sequence: Int, to value: Int64, isCalled: Bool, session: Int, schema: Schema
  ) throws(SQLError) {
    footprint?.noteSequence(sequence)
    let generator = generator(sequence, schema)
    guard generator.minimum <= value, value <= generator.maximum else {
      throw SQLError(
        .numericValueOutOfRange,
        "setval: value \(value) is out of bounds for sequence \"\(generator.name)\" "
          + "(\(generator.minimum)..\(generator.maximum))")
    }
    sequences[sequence] = isCalled ? generator.next(after: value) : value
    guard schema.tracksSequences else { return }
    let use = sequenceUse(sequence, session: session)
    if isCalled {
      sequenceUses[use].last = value
      sequenceUses[use].isDefined = true
    }
    // What the session had taken for itself is gone; what others have is theirs.
    sequenceUses[use].cached = sequenceUses[use].last
  }
}
