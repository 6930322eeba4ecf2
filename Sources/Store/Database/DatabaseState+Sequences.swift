/// Sequences, which no rollback undoes.
///
/// Source: `nextval_internal`, `currval_oid`, `lastval` and `do_setval` in sequence.c.
extension DatabaseState {
  /// The next value for a session.
  package mutating func nextValue(
    of sequence: Int, session: Int, schema: Schema
  ) throws(SQLError) -> Int64 {
    let generator = schema.sequences[sequence]
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

  /// Takes up to `count` values in a row, which end at a bound.
  private mutating func take(
    _ count: Int64, from sequence: Int, _ generator: SequenceGenerator
  ) throws(SQLError) -> (first: Int64, last: Int64) {
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
    let generator = schema.sequences[sequence]
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
