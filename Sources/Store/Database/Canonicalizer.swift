/// Writes a state as the shortest run of words that tells it from every state with another future.
///
/// Equal futures, equal words:
///
/// - commits are renumbered by which live snapshots can tell them apart; a version that no live
///   snapshot sees and that is not the newest is left out;
/// - rows are renumbered by their place in their table; locks on vanished rows are left out;
/// - waiting sessions are renumbered by their place in their row's queue;
/// - rows of tables whose order nobody asks for are sorted (``hiddenInserts``).
///
/// Words outside the database that name a row or a snapshot (what a statement in progress has still
/// to do) are renumbered by ``translate(_:)``.
///
/// The buffers are kept between uses, so that writing a state allocates nothing.
package struct Canonicalizer: Sendable {
  private var snapshots: ContiguousArray<Int32> = []
  /// For each distance between snapshots, the number that it gets.
  private var ranks: ContiguousArray<Int32> = []
  /// The rows that are left, sorted; a row's place among those of its table is its new number.
  private var rows: ContiguousArray<UInt64> = []
  private var rowStart: ContiguousArray<Int> = []
  var isKept: ContiguousArray<Bool> = []
  /// Watched transactions that have committed, in that order; the numbers that their future depends on.
  var committed: ContiguousArray<Int> = []
  var commitPlaces: ContiguousArray<Int32> = []
  var numbers: ContiguousArray<Int32> = []
  let tracking: SerializableState.Tracking
  /// More than the sessions of a scenario.
  let sessionLimit = 1 << 20
  /// The sessions whose order of arrival matters, by queue and arrival.
  private var waiters: ContiguousArray<Int> = []
  /// For each session, how many of its queue came before it.
  private var places: ContiguousArray<Int> = []
  private let isWorld: [Bool]
  private let columnCounts: [Int]
  /// Keep the order in which all sessions began to wait, not only within a queue.
  let keepsWaitOrder: Bool
  private let hasDeferrables: Bool
  private let tracksSequences: Bool

  /// Whether sessions change settings or prepare statements.
  let hasSettings: Bool

  /// For each table, whether sessions only add rows to it, which nobody else notices, and whose order is no matter;
  /// empty for none.
  ///
  /// Its committed rows are written in the order of their values, and those that are not committed under
  /// numbers of their session's own.
  package var hiddenInserts: [Bool] = []
  /// The rows of such tables that are not committed, with their numbers.
  private var hiddenRows: ContiguousArray<(key: UInt64, number: Int32)> = []
  private var sortedVersions: ContiguousArray<Int> = []

  package init(
    schema: Schema, keepsWaitOrder: Bool, hasSettings: Bool = false,
    tracking: SerializableState.Tracking = .off
  ) {
    self.hasSettings = hasSettings
    self.tracking = tracking
    isWorld = schema.tables.map(\.isWorld)
    columnCounts = schema.tables.map(\.storedCount)
    hasDeferrables = !schema.deferrables.isEmpty
    tracksSequences = schema.tracksSequences
    self.keepsWaitOrder = keepsWaitOrder
  }

  /// Looks at a state and at the words of its sessions' stacks.
  package mutating func prepare(_ state: DatabaseState, stack: ContiguousArray<Value>) {
    collectSnapshots(state, stack)
    keepVersions(state)
    if tracking != .off { prepareSerializable(state) }
    rankCommits(state)
    numberRows(state)
    placeWaiters(state)
  }

  /// Sorts the waiting sessions.
  ///
  /// Those of an unpacked state are nearly in order, so that insertion is cheap.
  private mutating func placeWaiters(_ state: DatabaseState) {
    // Asked of the type: a method would be given a copy of the whole.
    let keepsAll = keepsWaitOrder
    waiters.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for session in state.sessions.indices {
      places.append(0)
      guard Self.isOrdered(state.sessions[session], keepsAll) else { continue }
      waiters.append(session)
      var index = waiters.count - 1
      while index > 0, Self.isEarlier(session, waiters[index - 1], state, keepsAll) {
        waiters[index] = waiters[index - 1]
        index -= 1
      }
      waiters[index] = session
    }
    var place = 0
    for index in waiters.indices {
      let isNewQueue =
        index == 0
        || Self.queue(state.sessions[waiters[index]], keepsAll)
          != Self.queue(state.sessions[waiters[index - 1]], keepsAll)
      place = isNewQueue ? 0 : place + 1
      places[waiters[index]] = place
    }
  }

  /// Whether it matters when the session began to wait.
  private static func isOrdered(
    _ session: DatabaseState.Session, _ keepsAll: Bool
  ) -> Bool {
    keepsAll
      ? session.wait != .none && session.wait != .clock
      : session.wait == .row && (session.place == .queued || session.place == .previous)
  }

  /// What the session waits for, if arrival matters only among those who wait for the same.
  private static func queue(_ session: DatabaseState.Session, _ keepsAll: Bool) -> UInt64 {
    guard !keepsAll else { return 0 }
    return key(session.waitTable, session.waitRow) << 1
      | (session.place == .previous ? 1 : 0)
  }

  private static func isEarlier(
    _ left: Int, _ right: Int, _ state: DatabaseState, _ keepsAll: Bool
  ) -> Bool {
    let a = queue(state.sessions[left], keepsAll)
    let b = queue(state.sessions[right], keepsAll)
    return a != b ? a < b : state.sessions[left].waitRank < state.sessions[right].waitRank
  }

  private mutating func collectSnapshots(_ state: DatabaseState, _ stack: ContiguousArray<Value>) {
    snapshots.removeAll(keepingCapacity: true)
    for session in state.sessions where session.snapshot >= 0 { add(session.snapshot) }
    for word in stack where word.isSnapshot { add(Int32(word.payload)) }
  }

  mutating func add(_ snapshot: Int32) {
    var index = snapshots.count
    while index > 0 && snapshots[index - 1] > snapshot { index -= 1 }
    if index > 0 && snapshots[index - 1] == snapshot { return }
    snapshots.insert(snapshot, at: index)
  }

  /// Keeps what somebody can still see.
  ///
  /// The world has no snapshots: of it, that is what is there now.
  private mutating func keepVersions(_ state: DatabaseState) {
    isKept.removeAll(keepingCapacity: true)
    for version in state.versions {
      isKept.append(
        version.end == DatabaseState.Version.forever
          || !isWorld[Int(version.table)]
            && (snapshots.contains { version.begin <= $0 && $0 < version.end }
              || (tracking != .off
                && state.serializable.position(ofCommit: version.begin) != nil))
      )
    }
  }

  /// Snapshots between which nothing that is left was committed are one.
  private mutating func rankCommits(_ state: DatabaseState) {
    ranks.removeAll(keepingCapacity: true)
    for _ in 0...snapshots.count { ranks.append(0) }
    for (index, version) in state.versions.enumerated()
    where isKept[index] && !isWorld[Int(version.table)] && !isHidden(version.table) {
      ranks[distance(version.begin)] = 1
      if version.end != DatabaseState.Version.forever { ranks[distance(version.end)] = 1 }
    }
    var sum: Int32 = 0
    ranks[0] = 0
    for index in ranks.indices {
      sum += ranks[index]
      ranks[index] = sum
    }
  }

  /// The number of snapshots that do not see the commit.
  private func distance(_ commit: Int32) -> Int {
    var count = 0
    while count < snapshots.count && snapshots[count] < commit { count += 1 }
    return count
  }

  func rank(commit: Int32) -> Int32 { ranks[distance(commit)] }

  private func rank(snapshot: Int32) -> Int32 {
    var index = 0
    while index < snapshots.count && snapshots[index] != snapshot { index += 1 }
    precondition(index < snapshots.count, "snapshot \(snapshot) was not collected")
    return ranks[index]
  }

  private mutating func numberRows(_ state: DatabaseState) {
    rows.removeAll(keepingCapacity: true)
    for (index, version) in state.versions.enumerated() where isKept[index] {
      let key = Self.key(version.table, version.row)
      if rows.last != key { rows.append(key) }
    }
    numberHiddenRows(state)
    for write in state.writes where write.kind == .insert && !isHidden(write.table) {
      let key = Self.key(write.table, write.row)
      var index = rows.count
      while index > 0 && rows[index - 1] > key { index -= 1 }
      if index == 0 || rows[index - 1] != key { rows.insert(key, at: index) }
    }
    rowStart.removeAll(keepingCapacity: true)
    var next = 0
    for table in columnCounts.indices {
      rowStart.append(next)
      while next < rows.count && rows[next] >> 32 == UInt64(table) { next += 1 }
    }
    rowStart.append(next)
  }

  package func isHidden(_ table: UInt16) -> Bool {
    !hiddenInserts.isEmpty && hiddenInserts[Int(table)]
  }

  /// What is added to the number of a hidden row among those of its session, and the distance between the rows of
  /// sessions in a state that has been read back.
  private static let hiddenRowBase: Int32 = 1 << 28
  private static let hiddenRowsPerSession: Int32 = 1 << 17

  private mutating func numberHiddenRows(_ state: DatabaseState) {
    guard !hiddenInserts.isEmpty else { return }
    hiddenRows.removeAll(keepingCapacity: true)
    for write in state.writes where write.kind == .insert && isHidden(write.table) {
      var place: Int32 = 0
      for other in state.writes
      where other.session == write.session && other.table == write.table && other.row < write.row {
        place += 1
      }
      precondition(place < Self.hiddenRowsPerSession, "a session has added too many rows")
      hiddenRows.append((Self.key(write.table, write.row), Self.hiddenRowBase + place))
    }
  }

  /// The row of a session that has the number in a state that is read back.
  private func hiddenRow(_ number: Int32, of session: Int) -> Int32 {
    number + Int32(session) * Self.hiddenRowsPerSession
  }

  /// A word of a session's stack as it stands in a state that is read back.
  package func restored(_ word: Value, of session: Int) -> Value {
    guard !hiddenInserts.isEmpty, word.isRow, isHidden(UInt16(word.rowTable)),
      word.rowID >= Int(Self.hiddenRowBase), word.rowID != Self.goneRow
    else { return word }
    return .row(
      table: word.rowTable, id: Int(hiddenRow(Int32(word.rowID), of: session)))
  }

  private static func key(_ table: UInt16, _ row: Int32) -> UInt64 {
    UInt64(table) << 32 | UInt64(UInt32(bitPattern: row))
  }

  /// The row's place in its table, `nil` if nothing of it is left.
  func number(_ table: UInt16, _ row: Int32) -> Int32? {
    let key = Self.key(table, row)
    if isHidden(table) { return hiddenRows.first { $0.key == key }?.number }
    var low = rowStart[Int(table)]
    var high = rowStart[Int(table) + 1]
    let start = low
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low < rowStart[Int(table) + 1] && rows[low] == key ? Int32(low - start) : nil
  }

  /// The number that stands for a row of which nothing is left.
  package static let goneRow = (1 << 30) - 1

  /// Renumbers a word that names a row or a snapshot; other words are returned as they are.
  package func translate(_ word: Value) -> Value {
    if word.isRow {
      let table = word.rowTable
      let row = number(UInt16(table), Int32(word.rowID)).map(Int.init) ?? Self.goneRow
      return .row(table: table, id: row)
    }
    return word.isSnapshot ? .snapshot(Int(rank(snapshot: Int32(word.payload)))) : word
  }

  // MARK: Writing

  /// Appends what belongs to no session.
  package mutating func appendShared(
    _ state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    var position = 0
    for table in columnCounts.indices {
      let header = words.count
      words.append(0)
      if isHidden(UInt16(table)) {
        position = appendSorted(table, from: position, of: state, to: &words)
        continue
      }
      while position < state.versions.count && Int(state.versions[position].table) == table {
        let version = state.versions[position]
        if isKept[position] {
          appendVersion(version, of: state, to: &words)
          words[header] += 1
        }
        position += 1
      }
    }
    for sequence in state.sequences { words.append(UInt64(bitPattern: sequence)) }
    if tracking != .off { appendCommitted(state, to: &words) }
  }

  /// Appends the rows of a hidden table behind their number; gives the position of the next table's.
  private mutating func appendSorted(
    _ table: Int, from start: Int, of state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) -> Int {
    sortedVersions.removeAll(keepingCapacity: true)
    var position = start
    while position < state.versions.count && Int(state.versions[position].table) == table {
      var place = sortedVersions.count
      while place > 0, isLess(position, sortedVersions[place - 1], state) { place -= 1 }
      sortedVersions.insert(position, at: place)
      position += 1
    }
    words[words.count - 1] = UInt64(sortedVersions.count)
    for (row, position) in sortedVersions.enumerated() {
      let version = state.versions[position]
      words.append(UInt64(row) | 0xFFFF << 48)
      appendCells(of: version.table, version.cells, state, to: &words)
    }
    return position
  }

  private func isLess(_ left: Int, _ right: Int, _ state: DatabaseState) -> Bool {
    let a = Int(state.versions[left].cells)
    let b = Int(state.versions[right].cells)
    for column in 0..<columnCounts[Int(state.versions[left].table)] {
      let first = state.cells[a + column].bits
      let second = state.cells[b + column].bits
      if first != second { return first < second }
    }
    return false
  }

  private func appendVersion(
    _ version: DatabaseState.Version, of state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    let world = isWorld[Int(version.table)]
    let begin = world ? 0 : rank(commit: version.begin)
    let end = version.end == DatabaseState.Version.forever ? 0xFFFF : rank(commit: version.end)
    let row = number(version.table, version.row) ?? 0
    words.append(
      UInt64(UInt32(row)) | UInt64(UInt16(begin)) << 32 | (version.endsKey ? 1 << 47 : 0)
        | UInt64(UInt16(end)) << 48)
    appendCells(of: version.table, version.cells, state, to: &words)
  }

  /// Appends the values of a version of a row.
  private func appendCells(
    of table: UInt16, _ cells: Int32, _ state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    let start = Int(cells)
    for cell in start..<start + columnCounts[Int(table)] { words.append(state.cells[cell].bits) }
  }

  /// Appends a session's transaction, and all that it holds.
  package func appendSession(
    _ session: Int, of state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    let it = state.sessions[session]
    let header = words.count
    var flags = UInt64(it.phase.rawValue) | UInt64(it.isolation.rawValue) << 2
    if it.isReadOnly { flags |= 1 << 4 }
    if it.isDeferrable { flags |= 1 << 5 }
    if it.isImplicit { flags |= 1 << 6 }
    if it.staysOnVersion { flags |= 1 << 7 }
    flags |= UInt64(it.wait.rawValue) << 8 | UInt64(it.waitMode.rawValue) << 11
    flags |= UInt64(it.level & 0xFF) << 14
    let snapshot = it.snapshot < 0 ? 0xFFFF : UInt64(rank(snapshot: it.snapshot))
    words.append(
      flags | snapshot << 22 | UInt64(it.command & 0x7FFF) << 38 | UInt64(it.waitIndex) << 53
        | UInt64(it.place.rawValue) << 61)
    words.append(
      UInt64(UInt32(it.transactionStart)) | UInt64(UInt32(it.statementStart)) << 32
        | (it.isStuck ? 1 << 63 : 0) | (it.isVersionHeld ? 1 << 62 : 0)
        | (it.isLockingSelect ? 1 << 61 : 0))
    if it.wait != .none { appendWait(it, session, of: state, to: &words) }
    var counts: UInt64 = 0
    for write in state.writes where Int(write.session) == session {
      appendWrite(write, of: state, to: &words)
      counts += 1
    }
    for lock in state.locks where Int(lock.session) == session {
      guard let row = number(lock.table, lock.row) else { continue }
      words.append(
        UInt64(UInt32(row)) | UInt64(lock.table) << 32 | UInt64(lock.mode.rawValue) << 48
          | UInt64(lock.level & 0xFF) << 52 | (lock.isEnded ? 1 << 60 : 0)
          | (lock.isGone ? 1 << 61 : 0))
      counts += 1 << 16
    }
    sortLocks(&words, count: Int(counts >> 16))
    counts |= appendObjectLocks(of: session, state, to: &words) << 48
    for savepoint in state.savepoints where Int(savepoint.session) == session {
      words.append(savepoint.name.bits)
      if hasDeferrables { words.append(UInt64(savepoint.constraintFlips)) }
      counts += 1 << 32
    }
    appendSettings(of: session, state, to: &words)
    appendPrepared(of: session, state, to: &words)
    if tracksSequences { appendSequenceUses(session, of: state, to: &words) }
    if hasDeferrables { appendDeferred(session, of: state, to: &words) }
    // The counts stand beside the flags, in a word of their own only to keep the fields wide.
    words.insert(counts, at: header + 1)
    if tracking != .off { appendWatched(session, of: state, to: &words) }
  }

  private func appendSequenceUses(
    _ session: Int, of state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    let header = words.count
    words.append(0)
    for use in state.sequenceUses where Int(use.session) == session {
      words.append(
        UInt64(use.sequence) | (use.isDefined ? 1 << 16 : 0) | (use.isLatest ? 1 << 17 : 0))
      words.append(UInt64(bitPattern: use.last))
      words.append(UInt64(bitPattern: use.cached))
      words[header] += 1
    }
  }

  private func readSequenceUses(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    let count = words[cursor]
    cursor += 1
    for _ in 0..<count {
      state.sequenceUses.append(
        DatabaseState.SequenceUse(
          session: session, sequence: UInt16(words[cursor] & 0xFFFF),
          isDefined: words[cursor] >> 16 & 1 == 1, isLatest: words[cursor] >> 17 & 1 == 1,
          last: Int64(bitPattern: words[cursor + 1]), cached: Int64(bitPattern: words[cursor + 2])))
      cursor += 3
    }
  }

  /// Appends what is deferred, and returns how much that is.
  private func appendDeferred(
    _ session: Int, of state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    let header = words.count
    words.append(UInt64(state.sessions[session].constraintFlips))
    for item in state.deferred where Int(item.session) == session {
      words.append(
        UInt64(item.level) | UInt64(item.constraint) << 16 | UInt64(UInt16(item.count)) << 32
          | UInt64(item.takenLevel) << 48)
      for cell in Int(item.cells)..<Int(item.cells + item.count) {
        words.append(translate(state.cells[cell]).bits)
      }
      words[header] += 1 << 32
    }
  }

  private func readDeferred(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    state.sessions[Int(session)].constraintFlips = UInt32(truncatingIfNeeded: words[cursor])
    let count = words[cursor] >> 32
    cursor += 1
    for _ in 0..<count {
      let word = words[cursor]
      cursor += 1
      let length = Int(word >> 32 & 0xFFFF)
      state.deferred.append(
        DatabaseState.Deferred(
          session: session, level: UInt16(word & 0xFFFF), takenLevel: UInt16(word >> 48),
          constraint: UInt8(word >> 16 & 0xFF), cells: Int32(state.cells.count),
          count: Int32(length)))
      appendCells(length, words, &cursor, to: &state)
    }
  }

  /// The order in which locks were taken says nothing.
  private func sortLocks(_ words: inout ContiguousArray<UInt64>, count: Int) {
    guard count > 1 else { return }
    let start = words.count - count
    for index in start + 1..<words.count {
      let word = words[index]
      var place = index
      while place > start && words[place - 1] > word {
        words[place] = words[place - 1]
        place -= 1
      }
      words[place] = word
    }
  }

  private func appendWait(
    _ waiter: DatabaseState.Session, _ session: Int, of state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    guard waiter.wait != .object else {
      appendRequest(waiter, session, of: state, to: &words)
      return
    }
    guard waiter.wait != .clock else {
      words.append(UInt64(bitPattern: waiter.wakeTime))
      return
    }
    let rank = places[session]
    let row = number(waiter.waitTable, waiter.waitRow) ?? Int32(Self.goneRow)
    words.append(
      UInt64(UInt32(row)) | UInt64(waiter.waitTable) << 32 | UInt64(UInt16(rank + 1)) << 48)
    guard keepsWaitOrder else { return }
    appendSleep(waiter, of: state, to: &words)
  }

  func appendSleep(
    _ waiter: DatabaseState.Session, of state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    let sleepers = state.sessions.lazy.filter {
      $0.sleepRank > 0 && $0.sleepRank < waiter.sleepRank
    }
    words.append(UInt64(sleepers.count + 1) << 1 | (waiter.isBehindWaiter ? 1 : 0))
  }

  private func appendWrite(
    _ write: DatabaseState.Write, of state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    let row = number(write.table, write.row) ?? 0
    words.append(
      UInt64(UInt32(row)) | UInt64(write.table) << 32 | UInt64(write.kind.rawValue) << 48
        | UInt64(write.indexed) << 50 | UInt64(write.level & 0xFF) << 56)
    words.append(
      UInt64(UInt32(write.command)) | (write.endsKey ? 1 << 32 : 0)
        | (write.isEnded ? 1 << 33 : 0) | (write.isTentative ? 1 << 34 : 0)
        | (write.isRewritten && write.kind != .insert ? 1 << 35 : 0))
    guard write.kind != .delete else { return }
    appendCells(of: write.table, write.cells, state, to: &words)
  }

  // MARK: Reading

  /// Reads what ``appendShared(_:to:)`` wrote; `cursor` moves past it.
  package func readShared(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, into state: inout DatabaseState
  ) {
    state.versions.removeAll(keepingCapacity: true)
    state.cells.removeAll(keepingCapacity: true)
    state.writes.removeAll(keepingCapacity: true)
    state.locks.removeAll(keepingCapacity: true)
    state.objectLocks.removeAll(keepingCapacity: true)
    state.settings.removeAll(keepingCapacity: true)
    state.prepared.removeAll(keepingCapacity: true)
    state.savepoints.removeAll(keepingCapacity: true)
    state.deferred.removeAll(keepingCapacity: true)
    state.sequenceUses.removeAll(keepingCapacity: true)
    state.sessions.removeAll(keepingCapacity: true)
    state.nextRow.removeAll(keepingCapacity: true)
    state.commits = 0
    for table in columnCounts.indices {
      let count = Int(words[cursor])
      cursor += 1
      var next: Int32 = 0
      for _ in 0..<count {
        let word = words[cursor]
        cursor += 1
        let end = UInt16(truncatingIfNeeded: word >> 48)
        let version = DatabaseState.Version(
          table: UInt16(table), row: Int32(truncatingIfNeeded: word & 0xFFFF_FFFF),
          begin: Int32(word >> 32 & 0x7FFF),
          end: end == 0xFFFF ? DatabaseState.Version.forever : Int32(end),
          cells: Int32(state.cells.count), endsKey: word >> 47 & 1 == 1)
        state.versions.append(version)
        state.commits = max(state.commits, version.begin, end == 0xFFFF ? 0 : Int32(end))
        next = max(next, version.row + 1)
        appendCells(columnCounts[table], words, &cursor, to: &state)
      }
      state.nextRow.append(next)
    }
    for index in state.sequences.indices {
      state.sequences[index] = Int64(bitPattern: words[cursor])
      cursor += 1
    }
    if tracking != .off { readCommitted(words, at: &cursor, into: &state) }
  }

  private func appendCells(
    _ count: Int, _ words: UnsafeBufferPointer<UInt64>, _ cursor: inout Int,
    to state: inout DatabaseState
  ) {
    for _ in 0..<count {
      state.cells.append(Value(bits: words[cursor]))
      cursor += 1
    }
  }

  /// Reads what ``appendSession(_:of:to:)`` wrote, as the next session.
  package func readSession(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, into state: inout DatabaseState
  ) {
    let session = UInt16(state.sessions.count)
    let flags = words[cursor]
    let counts = words[cursor + 1]
    let starts = words[cursor + 2]
    cursor += 3
    var it = DatabaseState.Session()
    it.phase = DatabaseState.Phase(rawValue: UInt8(flags & 3)) ?? .idle
    it.isolation = IsolationLevel(rawValue: UInt8(flags >> 2 & 3)) ?? .readCommitted
    it.isReadOnly = flags >> 4 & 1 == 1
    it.isDeferrable = flags >> 5 & 1 == 1
    it.isImplicit = flags >> 6 & 1 == 1
    it.staysOnVersion = flags >> 7 & 1 == 1
    it.place = DatabaseState.QueuePlace(rawValue: UInt8(flags >> 61 & 7)) ?? .queued
    it.wait = DatabaseState.WaitKind(rawValue: UInt8(flags >> 8 & 7)) ?? .none
    it.waitMode = RowLockMode(rawValue: UInt8(flags >> 11 & 7)) ?? .keyShare
    it.level = UInt16(flags >> 14 & 0xFF)
    let snapshot = flags >> 22 & 0xFFFF
    it.snapshot = snapshot == 0xFFFF ? -1 : Int32(snapshot)
    it.command = Int32(flags >> 38 & 0x7FFF)
    it.waitIndex = UInt8(flags >> 53 & 0xFF)
    it.transactionStart = Int32(truncatingIfNeeded: starts & 0xFFFF_FFFF)
    it.statementStart = Int32(truncatingIfNeeded: starts >> 32 & 0x1FFF_FFFF)
    it.isLockingSelect = starts >> 61 & 1 == 1
    it.isVersionHeld = starts >> 62 & 1 == 1
    it.isStuck = starts >> 63 == 1
    if it.wait != .none {
      let word = words[cursor]
      cursor += 1
      if it.wait == .clock {
        it.wakeTime = Int64(bitPattern: word)
      } else if it.wait == .object {
        readRequest(word, words, at: &cursor, into: &it)
      } else {
        it.waitRow = Int32(truncatingIfNeeded: word & 0xFFFF_FFFF)
        it.waitTable = UInt16(truncatingIfNeeded: word >> 32)
        it.waitRank = Int32(UInt16(truncatingIfNeeded: word >> 48))
        if keepsWaitOrder { readSleep(words, at: &cursor, into: &it) }
      }
    }
    state.sessions.append(it)
    for _ in 0..<counts & 0xFFFF { readWrite(words, at: &cursor, of: session, into: &state) }
    for _ in 0..<counts >> 16 & 0xFFFF {
      let word = words[cursor]
      cursor += 1
      state.locks.append(
        DatabaseState.RowLock(
          session: session, table: UInt16(truncatingIfNeeded: word >> 32),
          row: Int32(truncatingIfNeeded: word & 0xFFFF_FFFF),
          mode: RowLockMode(rawValue: UInt8(word >> 48 & 0xF)) ?? .update,
          level: UInt16(word >> 52 & 0xFF), isEnded: word >> 60 & 1 == 1,
          isGone: word >> 61 & 1 == 1))
    }
    readObjectLocks(Int(counts >> 48), words, at: &cursor, of: session, into: &state)
    for _ in 0..<counts >> 32 & 0xFFFF {
      state.savepoints.append(
        DatabaseState.Savepoint(session: session, name: Value(bits: words[cursor])))
      cursor += 1
      if hasDeferrables {
        state.savepoints[state.savepoints.count - 1].constraintFlips = UInt32(
          truncatingIfNeeded: words[cursor])
        cursor += 1
      }
    }
    readSettings(words, at: &cursor, of: session, into: &state)
    readPrepared(words, at: &cursor, of: session, into: &state)
    if tracksSequences { readSequenceUses(words, at: &cursor, of: session, into: &state) }
    if hasDeferrables { readDeferred(words, at: &cursor, of: session, into: &state) }
    if tracking != .off { readWatched(words, at: &cursor, session: session, into: &state) }
  }

  private func readWrite(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    let word = words[cursor]
    let kind = DatabaseState.Write.Kind(rawValue: UInt8(word >> 48 & 3)) ?? .insert
    var write = DatabaseState.Write(
      session: session, table: UInt16(truncatingIfNeeded: word >> 32),
      row: Int32(truncatingIfNeeded: word & 0xFFFF_FFFF), kind: kind,
      indexed: UInt8(word >> 50 & 0x3F), level: UInt16(word >> 56),
      command: Int32(truncatingIfNeeded: words[cursor + 1] & 0xFFFF_FFFF),
      cells: Int32(state.cells.count), endsKey: words[cursor + 1] >> 32 & 1 == 1,
      isRewritten: words[cursor + 1] >> 35 & 1 == 1,
      isEnded: words[cursor + 1] >> 33 & 1 == 1,
      isTentative: words[cursor + 1] >> 34 & 1 == 1)
    cursor += 2
    if kind == .insert, isHidden(write.table) {
      write.row = hiddenRow(write.row, of: Int(session))
    }
    state.writes.append(write)
    let next = Int(write.table)
    state.nextRow[next] = max(state.nextRow[next], write.row + 1)
    if kind != .delete { appendCells(columnCounts[next], words, &cursor, to: &state) }
  }
}
