/// Serializable transactions as words.
///
/// Committed ones are numbered by the order of their commits, and stand before the sessions; what an open one
/// has read stands with its session; dependencies come last, when the order of the sessions is known.
extension Canonicalizer {
  // MARK: Numbers

  /// Makes the commits of watched transactions distinct, and numbers what else their future depends on.
  mutating func prepareSerializable(_ state: DatabaseState) {
    committed.removeAll(keepingCapacity: true)
    commitPlaces.removeAll(keepingCapacity: true)
    numbers.removeAll(keepingCapacity: true)
    for (position, it) in state.serializable.transactions.enumerated() {
      if it.isCommitted {
        var index = committed.count
        while index > 0, state.serializable.transactions[committed[index - 1]].place > it.place {
          index -= 1
        }
        committed.insert(position, at: index)
      }
      if it.commit >= 0 {
        add(it.commit - 1)
        add(it.commit)
      }
      for place in [it.place, it.firstOut, it.firstPossibleOut] where place > 0 {
        Self.insert(place, in: &commitPlaces)
      }
      if state.serializable.tracking == .server {
        Self.insert(it.isCommitted ? it.finishedBefore : it.xmin, in: &numbers)
      }
    }
    guard state.serializable.tracking == .server else { return }
    for session in state.sessions where session.number > 0 {
      Self.insert(session.number, in: &numbers)
    }
  }

  private static func insert(_ value: Int32, in values: inout ContiguousArray<Int32>) {
    var index = values.count
    while index > 0 && values[index - 1] > value { index -= 1 }
    if index > 0 && values[index - 1] == value { return }
    values.insert(value, at: index)
  }

  /// How many of the values are no greater.
  private static func rank(_ value: Int32, in values: ContiguousArray<Int32>) -> UInt64 {
    var index = 0
    while index < values.count && values[index] <= value { index += 1 }
    return UInt64(index)
  }

  private func isKept(commit: Int32, in state: DatabaseState) -> Bool {
    for (index, version) in state.versions.enumerated()
    where isKept[index] && (version.begin == commit || version.end == commit) {
      return true
    }
    return false
  }

  // MARK: Writing

  /// Appends the committed transactions.
  func appendCommitted(_ state: DatabaseState, to words: inout ContiguousArray<UInt64>) {
    words.append(UInt64(committed.count))
    for position in committed {
      let it = state.serializable.transactions[position]
      let commit =
        it.commit >= 0 && isKept(commit: it.commit, in: state)
        ? UInt64(rank(commit: it.commit)) + 1 : 0
      let before = it.isReadOnly ? Self.rank(it.commitsBefore, in: commitPlaces) : 0
      words.append(
        Self.rank(it.place, in: commitPlaces) | Self.rank(it.firstOut, in: commitPlaces) << 16
          | Self.rank(it.firstPossibleOut, in: commitPlaces) << 32 | before << 48)
      let finished = Self.rank(it.finishedBefore, in: numbers)
      words.append(
        (it.isReadOnly ? 1 : 0) | (it.isDeclaredReadOnly ? 2 : 0) | commit << 2 | finished << 32)
      words.append(it.tablesRead)
      words.append(it.tablesWritten)
      appendLocks(of: it.id, state, to: &words)
    }
  }

  /// Appends a session's open transaction, as far as it is one that is watched.
  func appendWatched(
    _ session: Int, of state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    if state.serializable.tracking == .server {
      let number = state.sessions[session].number
      words.append(number > 0 ? Self.rank(number, in: numbers) : 0)
    }
    guard let position = state.serializable.position(ofSession: session) else {
      words.append(0)
      return
    }
    let it = state.serializable.transactions[position]
    var flags: UInt64 = 1
    if it.isDeclaredReadOnly { flags |= 1 << 1 }
    if it.isDoomed { flags |= 1 << 2 }
    if it.mayFail { flags |= 1 << 3 }
    if it.isUnsafe { flags |= 1 << 4 }
    flags |= Self.rank(it.commitsBefore, in: commitPlaces) << 16
    flags |= Self.rank(it.xmin, in: numbers) << 32
    words.append(flags)
    words.append(it.tablesRead)
    words.append(it.tablesWritten)
    words.append(signature(of: it.id, state))
    appendLocks(of: it.id, state, to: &words)
  }

  /// What tells apart identical sessions by their dependencies, so that sorting them puts like beside like.
  private func signature(of id: Int32, _ state: DatabaseState) -> UInt64 {
    var signature: UInt64 = 0
    for conflict in state.serializable.conflicts
    where conflict.reader == id || conflict.writer == id {
      let isReader = conflict.reader == id
      let other = isReader ? conflict.writer : conflict.reader
      let place = committed.firstIndex { state.serializable.transactions[$0].id == other }
      let kind = UInt64(conflict.kind.rawValue) << 1 | (isReader ? 1 : 0)
      // A sum, so that the order of the dependencies says nothing; of scattered numbers, so that different ones do
      // not have the same sum.
      signature &+= Self.scattered((1 + kind) | UInt64(place.map { $0 + 1 } ?? 0) << 8)
    }
    return signature
  }

  /// A number with its bits mixed (the finalizer of SplitMix64; Steele, Lea, Flood: *Fast Splittable Pseudorandom Number
  /// Generators*, 2014).
  private static func scattered(_ number: UInt64) -> UInt64 {
    var bits = number
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  private func appendLocks(
    of id: Int32, _ state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    let header = words.count
    words.append(0)
    for lock in state.serializable.locks where lock.owner == id {
      var row: Int32 = 0
      if lock.target == .tuple {
        guard let number = number(lock.table, lock.row), isKept(commit: lock.version, in: state)
        else { continue }
        row = number
      }
      // The bucket of a hash index.
      if lock.target == .indexPage { row = lock.row }
      words.append(
        UInt64(lock.target.rawValue) | UInt64(lock.index) << 4 | UInt64(lock.count) << 12
          | UInt64(lock.table) << 20 | UInt64(UInt32(row)) << 36)
      if lock.target == .tuple { words.append(UInt64(rank(commit: lock.version))) }
      for cell in 0..<Int(lock.count) { words.append(state.cells[Int(lock.cells) + cell].bits) }
      words[header] += 1
    }
  }

  /// Appends the dependencies; `order` is that in which the sessions have been written.
  package func appendConflicts(
    _ state: DatabaseState, order: ContiguousArray<Int>, to words: inout ContiguousArray<UInt64>
  ) {
    guard state.serializable.tracking != .off else { return }
    let header = words.count
    words.append(0)
    for conflict in state.serializable.conflicts {
      guard let reader = number(of: conflict.reader, state, order),
        let writer = number(of: conflict.writer, state, order)
      else { continue }
      let word = UInt64(reader) | UInt64(writer) << 24 | UInt64(conflict.kind.rawValue) << 48
      var place = words.count
      while place > header + 1 && words[place - 1] > word { place -= 1 }
      words.insert(word, at: place)
      words[header] += 1
    }
  }

  private func number(
    of id: Int32, _ state: DatabaseState, _ order: ContiguousArray<Int>
  ) -> Int? {
    guard let position = state.serializable.position(of: id) else { return nil }
    let it = state.serializable.transactions[position]
    if it.isCommitted { return committed.firstIndex(of: position) }
    return order.firstIndex(of: Int(it.session)).map { committed.count + $0 }
  }

  // MARK: Reading

  func readCommitted(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, into state: inout DatabaseState
  ) {
    state.serializable.transactions.removeAll(keepingCapacity: true)
    state.serializable.conflicts.removeAll(keepingCapacity: true)
    state.serializable.locks.removeAll(keepingCapacity: true)
    state.serializable.tracking = tracking
    state.serializable.commits = 0
    state.serializable.nextNumber = 1
    let count = Int32(words[cursor])
    cursor += 1
    for id in 0..<count {
      let places = words[cursor]
      let flags = words[cursor + 1]
      var it = SerializableState.Transaction(id: id, session: .max)
      it.isCommitted = true
      it.isReadOnly = flags & 1 == 1
      it.isDeclaredReadOnly = flags >> 1 & 1 == 1
      it.commit = Int32(flags >> 2 & 0xFFFF) - 1
      it.finishedBefore = Int32(flags >> 32 & 0xFFFF)
      it.place = Int32(places & 0xFFFF)
      it.firstOut = Int32(places >> 16 & 0xFFFF)
      it.firstPossibleOut = Int32(places >> 32 & 0xFFFF)
      it.commitsBefore = Int32(places >> 48)
      it.tablesRead = words[cursor + 2]
      it.tablesWritten = words[cursor + 3]
      cursor += 4
      state.serializable.commits = max(state.serializable.commits, it.place)
      state.serializable.nextNumber = max(state.serializable.nextNumber, it.finishedBefore)
      state.serializable.transactions.append(it)
      readLocks(of: id, words, at: &cursor, into: &state)
    }
    state.serializable.nextID = count + Int32(sessionLimit)
  }

  /// The number of the open transaction of a session is that of the session, behind the committed ones.
  func readWatched(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, session: UInt16,
    into state: inout DatabaseState
  ) {
    if tracking == .server {
      let number = Int32(words[cursor])
      cursor += 1
      state.sessions[Int(session)].number = number
      state.serializable.nextNumber = max(state.serializable.nextNumber, number + 1)
    }
    let flags = words[cursor]
    cursor += 1
    guard flags & 1 == 1 else { return }
    let committed = state.serializable.transactions.lazy.filter(\.isCommitted).count
    var it = SerializableState.Transaction(id: Int32(committed) + Int32(session), session: session)
    it.isDeclaredReadOnly = flags >> 1 & 1 == 1
    it.isReadOnly = it.isDeclaredReadOnly
    it.isDoomed = flags >> 2 & 1 == 1
    it.mayFail = flags >> 3 & 1 == 1
    it.isUnsafe = flags >> 4 & 1 == 1
    it.commitsBefore = Int32(flags >> 16 & 0xFFFF)
    it.xmin = Int32(flags >> 32 & 0xFFFF)
    it.tablesRead = words[cursor]
    it.tablesWritten = words[cursor + 1]
    cursor += 3
    state.serializable.commits = max(state.serializable.commits, it.commitsBefore)
    state.serializable.nextNumber = max(state.serializable.nextNumber, it.xmin)
    state.serializable.transactions.append(it)
    readLocks(of: it.id, words, at: &cursor, into: &state)
  }

  private func readLocks(
    of owner: Int32, _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int,
    into state: inout DatabaseState
  ) {
    let count = Int(words[cursor])
    cursor += 1
    for _ in 0..<count {
      let word = words[cursor]
      cursor += 1
      var lock = SerializableState.Lock(
        owner: owner,
        target: SerializableState.Lock.Target(rawValue: UInt8(word & 0xF)) ?? .relation,
        table: UInt16(word >> 20 & 0xFFFF))
      lock.index = UInt8(word >> 4 & 0xFF)
      lock.count = UInt8(word >> 12 & 0xFF)
      lock.row = Int32(word >> 36)
      if lock.target == .tuple {
        lock.version = Int32(truncatingIfNeeded: words[cursor])
        cursor += 1
      }
      lock.cells = Int32(state.cells.count)
      for _ in 0..<Int(lock.count) {
        state.cells.append(Value(bits: words[cursor]))
        cursor += 1
      }
      state.serializable.locks.append(lock)
    }
  }

  /// Reads what ``appendConflicts(_:order:to:)`` wrote.
  package func readConflicts(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, into state: inout DatabaseState
  ) {
    guard tracking != .off else { return }
    let count = Int(words[cursor])
    cursor += 1
    for _ in 0..<count {
      let word = words[cursor]
      cursor += 1
      state.serializable.conflicts.append(
        SerializableState.Conflict(
          reader: Int32(word & 0xFF_FFFF), writer: Int32(word >> 24 & 0xFF_FFFF),
          kind: SerializableState.Conflict.Kind(rawValue: UInt8(word >> 48)) ?? .certain))
    }
  }
}
