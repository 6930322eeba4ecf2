import SQL
import Store
import Writers

/// The order that a run's steps must keep: which steps conflict, and which of two came first.
///
/// Two runs are of one class (a Mazurkiewicz trace) if they have the same steps and the same order between
/// those that conflict; what they do to rows and sessions is then the same. The class is told by a
/// fingerprint: each step has one of its session's group, its number in the session, its kind, the step
/// before it in the session and the steps before it that it conflicts with; the sum of all is the run's.
///
/// Steps conflict where they touch the same thing in ways that do not go together:
///
/// | thing | ways | conflict |
/// |---|---|---|
/// | a row's lock | the four modes: asked for, taken or given back | as in PostgreSQL |
/// | a table's, an advisory lock | its modes, likewise | as in PostgreSQL |
/// | a key of a unique index | entered, asked for, given back | always |
/// | what a key finds, what a table holds | searched / changed by a commit | search and change |
/// | the snapshots that outlive a step | taken / a commit that writes | one with the other |
/// | the clock | read by the session / moved | move and read |
/// | a sequence; a fault that is left; dependencies of serializable transactions | | always |
///
/// A search by a whole key touches that key, any other the table. Where it is not known what a step has
/// looked at (a foreign key's error, say), it is taken to have looked at everything of its kind: classes may
/// then be finer than they need be, and never coarser, but for the order of rows that no ORDER BY gives.
struct HappensBefore {
  /// Something that steps touch.
  private enum Thing: Hashable {
    case row(table: TableID, row: Int32)
    case object(LockObject)
    case entry(IndexKey)
    case key(IndexKey)
    case table(TableID)
    case snapshots
    case clock
    case sequences
    case faults
    case dependencies
  }

  /// A thing and the way in which it is touched: a lock's mode, or ``look`` or ``change``.
  private struct Touch: Hashable {
    var thing: Thing
    var way: UInt8

    static let look: UInt8 = 0
    static let change: UInt8 = 1
  }

  /// The steps that have touched a thing in one way.
  private struct Past {
    var low: UInt64 = 0
    var high: UInt64 = 0
    /// The last of them, 0 if there is none, with who took it.
    var step = 0
    var session = 0
    var statement = 0
  }

  private struct SessionState {
    var last = Fingerprint(low: 0, high: 0)
    var count = 0
    /// The statement that it is in, as a number of ``statements``; -1 before the first.
    var statement = -1
    /// What its transaction holds and gives back at its end, and what its commit changes.
    var held: Set<Touch> = []
    var changed: Set<Touch> = []
    /// Locks that may outlive transactions.
    var kept: Set<Touch> = []
    /// It has deleted or changed keys, so that foreign keys to it are being checked.
    var checked: Set<TableID> = []
    /// It is in a transaction, or a statement, that goes by the snapshot of an earlier step.
    var hasTransactionSnapshot = false
    var hasStatementSnapshot = false
    /// Its transaction is watched for read/write dependencies.
    var isWatched = false
  }

  private struct Site: Hashable {
    var writer: String
    var span: SourceSpan
  }

  private let model: Model
  private let readsClock: [Bool]
  /// For each table, the tables with foreign keys to it.
  private let children: [[TableID]]
  private var past: [Thing: [Past]] = [:]
  private var sessions: [SessionState]
  private var touches: Set<Touch> = []
  private var stepCount = 0
  private var sum = Fingerprint(low: 0, high: 0)
  private(set) var statements: [RandomCoverage.Statement] = []
  private var numbers: [Site: Int] = [:]
  /// Pairs of statements that have met in this run, in order.
  private(set) var pairs: [SIMD2<Int>] = []
  private var known: Set<SIMD2<Int>> = []

  init(_ machine: Machine) {
    model = machine.model
    readsClock = machine.model.sessions.map {
      machine.model.program.routines[Int($0.routine.index)].readsClock
    }
    sessions = Array(repeating: SessionState(), count: model.sessions.count)
    let tables = model.program.schema.tables
    children = tables.indices.map { parent in
      tables.indices.filter { child in
        tables[child].foreignKeys.contains { Int($0.parent.index) == parent }
      }.map { TableID($0) }
    }
  }

  /// Forgets the last run; the statements' numbers stay.
  mutating func begin() {
    past.removeAll(keepingCapacity: true)
    for session in sessions.indices { sessions[session] = SessionState() }
    stepCount = 0
    sum = Fingerprint(low: 0, high: 0)
    pairs.removeAll(keepingCapacity: true)
    known.removeAll(keepingCapacity: true)
  }

  /// The class of the run so far.
  var fingerprint: Fingerprint { sum }

  /// Takes in a step: what happened, the state after it, and the sequences before it.
  mutating func take(
    _ choice: Choice, _ events: [Event], after state: MachineState,
    sequences: ContiguousArray<Int64>
  ) {
    stepCount += 1
    touches.removeAll(keepingCapacity: true)
    guard choice.kind != .clock else {
      touch(.clock, Touch.change)
      finish(nil, choice)
      return
    }
    let session = Int(choice.session)
    if readsClock[session] { touch(.clock, Touch.look) }
    if choice.kind == .crash { touch(.faults, Touch.change) }
    for table in sessions[session].checked {
      for child in children[Int(table.index)] { touch(.table(child), Touch.look) }
    }
    for event in events { take(event, session) }
    if sequences != state.database.sequences { touch(.sequences, Touch.change) }
    noteSnapshots(
      session, state, hasBegun: events.contains { if case .began = $0 { true } else { false } })
    finish(session, choice)
  }

  /// A snapshot that later steps go by is taken when it first appears, or anew by a new statement.
  private mutating func noteSnapshots(_ session: Int, _ state: MachineState, hasBegun: Bool) {
    let it = state.database.sessions[session]
    let control = state.controls[session]
    let start = Int(control.stackStart)
    let hasStatementSnapshot = state.stack[start..<start + Int(control.stackCount)].contains {
      $0.asSnapshot ?? -1 >= 0
    }
    let isNew =
      (it.snapshot >= 0 && !sessions[session].hasTransactionSnapshot)
      || (hasStatementSnapshot && it.snapshot < 0
        && (hasBegun || !sessions[session].hasStatementSnapshot))
    if isNew { touch(.snapshots, Touch.look) }
    sessions[session].hasTransactionSnapshot = it.snapshot >= 0
    sessions[session].hasStatementSnapshot = hasStatementSnapshot
    let isWatched =
      state.database.serializable.tracking != .off && it.phase != .idle
      && it.isolation == .serializable
    if isWatched || sessions[session].isWatched { touch(.dependencies, Touch.change) }
    sessions[session].isWatched = isWatched
  }

  private mutating func touch(_ thing: Thing, _ way: UInt8) {
    touches.insert(Touch(thing: thing, way: way))
  }

  // MARK: Events

  private mutating func take(_ event: Event, _ session: Int) {
    switch event {
    case .began(let span, _, _):
      // What it reads is not what an earlier statement's snapshot shows.
      sessions[session].hasStatementSnapshot = false
      sessions[session].statement = number(
        Site(writer: model.sessions[session].writer, span: span))
    case .searched(let table, _, let key):
      // What an older snapshot shows was settled when it was taken.
      let it = sessions[session]
      let isFresh = !it.hasTransactionSnapshot && !it.hasStatementSnapshot
      guard isFresh || model.program.schema[table].isWorld else { return }
      touch(thing(table, key), Touch.look)
    case .probed(let key):
      touch(thing(key.table, key), Touch.look)
      hold(.entry(key), Touch.change, session)
    case .locked(let table, let row, let mode):
      hold(.row(table: table, row: row), mode.rawValue, session)
    case .lockedObject(let object, let mode):
      hold(.object(object), mode.rawValue, session)
      sessions[session].kept.insert(Touch(thing: .object(object), way: mode.rawValue))
    case .unlockedObject(let object):
      touch(.object(object), ObjectLockMode.accessExclusive.rawValue)
    case .waits(let reason, _), .refused(let reason): wait(reason)
    case .skippedLocked(let table, let row):
      touch(.row(table: table, row: row), RowLockMode.update.rawValue)
    case .inserted(let table, _, let after): change(table, [after], session)
    case .updated(let table, _, let before, let after):
      change(table, [before, after], session)
      if hasKeyChanged(table, before, after) { sessions[session].checked.insert(table) }
    case .deleted(let table, _, let before):
      change(table, [before], session)
      sessions[session].checked.insert(table)
    case .committed(_, let didWrite):
      touches.formUnion(sessions[session].changed)
      if didWrite { touch(.snapshots, Touch.change) }
      release(session)
    case .rolledBack: release(session)
    case .crashed, .ended:
      touches.formUnion(sessions[session].kept)
      release(session)
    case .rolledBackTo, .caught, .rearranged: touches.formUnion(sessions[session].held)
    case .failed(let error):
      if error.state == .foreignKeyViolation { lookEverywhere() }
    case .woke, .read, .rechecked, .depended, .referenced, .finished, .notice, .beganTransaction,
      .savepoint, .retried, .restarted, .clockMoved, .assigned:
      return
    }
  }

  private mutating func number(_ site: Site) -> Int {
    if let number = numbers[site] { return number }
    let sources = model.program.sources
    let place = sources.position(of: site.span)
    numbers[site] = statements.count
    statements.append(
      RandomCoverage.Statement(
        writer: site.writer, path: sources.file(of: site.span).path, line: place.line,
        column: place.column))
    return statements.count - 1
  }

  private func thing(_ table: TableID, _ key: IndexKey?) -> Thing {
    guard let key, isComparable(key.values) else { return .table(table) }
    return .key(key)
  }

  /// Whether equal keys are equal words, whatever the types of what they are compared with.
  private func isComparable(_ values: [Value]) -> Bool {
    values.allSatisfy { $0.asInteger != nil || $0.asText != nil || $0.asUUID != nil }
  }

  private mutating func hold(_ thing: Thing, _ way: UInt8, _ session: Int) {
    touch(thing, way)
    sessions[session].held.insert(Touch(thing: thing, way: way))
  }

  private mutating func release(_ session: Int) {
    touches.formUnion(sessions[session].held)
    sessions[session].held.removeAll(keepingCapacity: true)
    sessions[session].changed.removeAll(keepingCapacity: true)
    sessions[session].checked.removeAll(keepingCapacity: true)
  }

  private mutating func wait(_ reason: WaitReason) {
    switch reason {
    case .row(let table, let row, let mode): touch(.row(table: table, row: row), mode.rawValue)
    case .key(let table, let index, let values):
      touch(.entry(IndexKey(table: table, index: index, values: values)), Touch.change)
    case .clock: touch(.clock, Touch.look)
    case .safeSnapshot: touch(.dependencies, Touch.change)
    case .object(let object, let mode): touch(.object(object), mode.rawValue)
    }
  }

  /// Notes what a changed row was and is found by: now for the world, at the commit for the database.
  private mutating func change(_ table: TableID, _ rows: [[Value]], _ session: Int) {
    let definition = model.program.schema[table]
    var found: Set<Touch> = [Touch(thing: .table(table), way: Touch.change)]
    for (index, definition) in definition.uniqueIndexes.enumerated() where definition.isPlain {
      let keys = rows.map { row in
        IndexKey(table: table, index: index, values: definition.columns.map { row[$0] })
      }
      let isEntered = rows.count == 1 || keys.first != keys.last
      for key in keys {
        found.insert(Touch(thing: .key(key), way: Touch.change))
        if isEntered { hold(.entry(key), Touch.change, session) }
      }
    }
    if definition.isWorld {
      touches.formUnion(found)
      return
    }
    sessions[session].changed.formUnion(found)
  }

  private func hasKeyChanged(_ table: TableID, _ before: [Value], _ after: [Value]) -> Bool {
    model.program.schema[table].uniqueIndexes.contains { index in
      index.columns.contains { $0 < before.count && $0 < after.count && before[$0] != after[$0] }
    }
  }

  /// An error does not say which rows were not there.
  private mutating func lookEverywhere() {
    for table in model.program.schema.tables.indices { touch(.table(TableID(table)), Touch.look) }
  }

  // MARK: Order

  private static func conflicts(_ thing: Thing, _ left: UInt8, _ right: UInt8) -> Bool {
    switch thing {
    case .row:
      guard let left = RowLockMode(rawValue: left), let right = RowLockMode(rawValue: right) else {
        return true
      }
      return left.conflicts(with: right)
    case .object:
      guard let left = ObjectLockMode(rawValue: left), let right = ObjectLockMode(rawValue: right)
      else { return true }
      return left.bit.conflicts(with: right)
    case .key, .table, .snapshots, .clock: return left != right
    case .entry, .sequences, .faults, .dependencies: return true
    }
  }

  /// Gives the step its fingerprint, notes the pairs that it makes, and adds it to what has been.
  ///
  /// `session` is `nil` for the clock.
  private mutating func finish(_ session: Int?, _ choice: Choice) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    for touch in touches {
      guard let ways = past[touch.thing] else { continue }
      var latest: Past?
      for (way, past) in ways.enumerated()
      where past.step > 0 && Self.conflicts(touch.thing, touch.way, UInt8(way)) {
        low &+= past.low
        high &+= past.high
        if past.step > latest?.step ?? 0 { latest = past }
      }
      if let session, let latest, latest.session >= 0, latest.session != session {
        note(latest.statement, sessions[session].statement)
      }
    }
    let own = session.map { sessions[$0] } ?? SessionState()
    let group = session.map { model.sessions[$0].group } ?? -1
    let words: ContiguousArray<UInt64> = [
      UInt64(truncatingIfNeeded: group), UInt64(own.count), UInt64(choice.kind.rawValue),
      own.last.low, own.last.high, low, high,
    ]
    let fingerprint = Fingerprint(words)
    sum.low &+= fingerprint.low
    sum.high &+= fingerprint.high
    if let session {
      sessions[session].last = fingerprint
      sessions[session].count += 1
    }
    for touch in touches {
      var ways = past[touch.thing] ?? Array(repeating: Past(), count: 8)
      ways[Int(touch.way)].low &+= fingerprint.low
      ways[Int(touch.way)].high &+= fingerprint.high
      ways[Int(touch.way)].step = stepCount
      ways[Int(touch.way)].session = session ?? -1
      ways[Int(touch.way)].statement = own.statement
      past[touch.thing] = ways
    }
  }

  private mutating func note(_ first: Int, _ second: Int) {
    guard first >= 0, second >= 0 else { return }
    let pair = SIMD2(first, second)
    if known.insert(pair).inserted { pairs.append(pair) }
  }
}
