import SQL
import Store
import Writers

/// Reads a history from front to back and fills a ``Ledger``.
struct LedgerBuilder {
  /// Where a session is.
  private struct Cursor {
    var run = 0
    /// Its open database transaction, and that of the world statement that it is in.
    var transaction: Int?
    var worldTransaction: Int?
    var statement: Int?
    /// For each depth of calls, the statement that was begun last.
    var calls: [Int] = []
    /// Savepoints by name, with the number of writes at the time.
    var savepoints: [(name: String, writes: Int)] = []
    var wait: Int?
  }

  private let history: History
  private let model: Model
  private var cursors: [Int: Cursor] = [:]
  private var commits: Int32
  private var step = 0
  private var session = 0
  private var ledgerTransactions: [Ledger.Transaction] = []
  private(set) var statements: [Ledger.Statement] = []
  private var reads: [Ledger.Read] = []
  private var searches: [Ledger.Search] = []
  var writes: [Ledger.Write] = []
  private var locks: [Ledger.Lock] = []
  private var objectLocks: [Ledger.ObjectLock] = []
  private var waits: [Ledger.Wait] = []
  private var failures: [Ledger.Failure] = []
  private var clockMoves: [(step: Int, instant: Int64)] = []
  private var ends: [Int: Int] = [:]
  private var crashes: [(session: Int, step: Int)] = []

  init(_ history: History, _ model: Model) {
    self.history = history
    self.model = model
    commits = history.initialCommits
  }

  mutating func run() {
    for step in history.steps {
      self.step = step.number
      session = step.session ?? -1
      for event in step.events { take(event) }
    }
  }

  /// Hands over what was gathered.
  func finish(_ ledger: inout Ledger) {
    ledger.transactions = ledgerTransactions
    ledger.statements = statements
    ledger.reads = reads
    ledger.searches = searches
    ledger.writes = writes
    ledger.locks = locks
    ledger.objectLocks = objectLocks
    ledger.waits = waits
    ledger.failures = failures
    ledger.clockMoves = clockMoves
    ledger.ends = ends
    ledger.crashes = crashes
    addVersions(to: &ledger)
  }

  private func addVersions(to ledger: inout Ledger) {
    for row in history.initialRows {
      ledger.versions[RowKey(table: row.table, row: row.row), default: []].append(
        Ledger.Version(number: history.initialCommits, write: nil, values: row.values))
    }
    for (index, write) in writes.enumerated() {
      guard let number = write.version else { continue }
      var chain = ledger.versions[write.row] ?? []
      // Of several writes in one transaction the last counts.
      if chain.last?.number == number { chain.removeLast() }
      if chain.isEmpty, let before = write.before {
        chain.append(
          Ledger.Version(number: history.initialCommits, write: nil, values: before))
      }
      chain.append(Ledger.Version(number: number, write: index, values: write.after))
      ledger.versions[write.row] = chain
    }
    for row in ledger.versions.keys { ledger.versions[row]?.sort { $0.number < $1.number } }
    ledger.rows = ledger.versions.keys.sorted()
  }

  // MARK: Events

  private var cursor: Cursor {
    get { cursors[session] ?? Cursor() }
    set { cursors[session] = newValue }
  }

  private mutating func take(_ event: Event) {
    switch event {
    case .began(let span, let routine, let depth): begin(span, routine, depth)
    case .woke: endWait()
    case .read(let table, let row, let version):
      read(RowKey(table: table, row: row), version)
    case .searched(let table, let snapshot, _):
      let transaction = transaction(for: table)
      searches.append(
        Ledger.Search(
          table: table, snapshot: snapshot < 0 ? commits : min(snapshot, commits), step: step,
          statement: statement(), transaction: transaction))
    case .locked(let table, let row, let mode):
      locks.append(
        Ledger.Lock(
          row: RowKey(table: table, row: row), mode: mode, step: step, session: session,
          transaction: transaction(for: table)))
    case .waits(let reason, let blockers): beginWait(reason, blockers)
    case .rechecked(let table, let row, let matches):
      if !matches { statements[statement()].lostRow = RowKey(table: table, row: row) }
    case .inserted(let table, let row, let after): write(.insert, table, row, nil, after)
    case .updated(let table, let row, let before, let after):
      write(.update, table, row, before, after)
    case .deleted(let table, let row, let before): write(.delete, table, row, before, nil)
    case .finished(let tag, _, _): finishStatement(tag)
    default: takeControl(event)
    }
  }

  private mutating func takeControl(_ event: Event) {
    switch event {
    case .failed(let error): fail(error)
    case .caught(let error):
      undoBlock(for: error)
      markHandled()
    case .beganTransaction: _ = openTransaction()
    case .committed(_, let didWrite): commit(didWrite: didWrite)
    case .rolledBack(let isFailure): rollback(isFailure: isFailure)
    case .savepoint(let name):
      cursor.savepoints.append((name, writes.count))
    case .rolledBackTo(let name):
      guard let index = cursor.savepoints.lastIndex(where: { $0.name == name }) else { return }
      undoWrites(from: cursor.savepoints[index].writes)
      cursor.savepoints.removeLast(cursor.savepoints.count - index - 1)
    case .retried:
      markHandled(isRetried: true)
      restartProgram(isNewRun: false)
    case .restarted: restartProgram(isNewRun: true)
    case .ended(_, let error):
      ends[session] = step
      endWait()
      if error != nil, let last = failures.lastIndex(where: { $0.session == session }) {
        failures[last].isFinal = true
      }
    case .crashed:
      crashes.append((session, step))
      ends[session] = step
      endWait()
    case .clockMoved(let instant): clockMoves.append((step, instant))
    case .lockedObject(let object, let mode):
      objectLocks.append(
        Ledger.ObjectLock(object: object, mode: mode, step: step, session: session))
    case .skippedLocked, .referenced, .probed, .refused, .depended, .unlockedObject, .rearranged,
      .notice, .assigned,
      .began, .woke, .read, .searched, .locked,
      .waits,
      .rechecked, .inserted, .updated, .deleted, .finished:
      return
    }
  }

  // MARK: Statements and transactions

  private mutating func begin(_ span: SourceSpan, _ routine: RoutineID, _ depth: Int) {
    statements.append(
      Ledger.Statement(
        session: session, step: step, lastStep: step, span: span, routine: routine, depth: depth,
        transaction: cursor.transaction))
    let index = statements.count - 1
    cursor.statement = index
    cursor.worldTransaction = nil
    let kept = cursor.calls.prefix(max(depth, 0))
    cursor.calls = Array(kept) + [index]
  }

  /// The statement that runs; an unnamed one if the history does not say.
  private mutating func statement() -> Int {
    if let statement = cursor.statement {
      statements[statement].lastStep = step
      return statement
    }
    statements.append(
      Ledger.Statement(session: session, step: step, lastStep: step, depth: 0))
    cursor.statement = statements.count - 1
    return statements.count - 1
  }

  private mutating func finishStatement(_ tag: String) {
    let index = statement()
    statements[index].tag = tag
    cursor.worldTransaction = nil
  }

  private mutating func openTransaction() -> Int {
    if let open = cursor.transaction { return open }
    let begin = cursor.statement.map { statements[$0].step } ?? step
    ledgerTransactions.append(
      Ledger.Transaction(session: session, run: cursor.run, begin: begin))
    cursor.transaction = ledgerTransactions.count - 1
    if let statement = cursor.statement { statements[statement].transaction = cursor.transaction }
    return ledgerTransactions.count - 1
  }

  /// The transaction that an access to a table belongs to.
  private mutating func transaction(for table: TableID) -> Int {
    let tables = model.program.schema.tables
    guard Int(table.index) < tables.count, tables[Int(table.index)].isWorld else {
      return openTransaction()
    }
    if let open = cursor.worldTransaction { return open }
    var transaction = Ledger.Transaction(session: session, run: cursor.run, begin: step)
    transaction.isWorld = true
    transaction.surrounding = cursor.transaction
    transaction.end = step
    transaction.fate = .committed(nil)
    ledgerTransactions.append(transaction)
    cursor.worldTransaction = ledgerTransactions.count - 1
    return ledgerTransactions.count - 1
  }

  private mutating func commit(didWrite: Bool) {
    guard let open = cursor.transaction else {
      if didWrite { commits += 1 }
      return
    }
    if didWrite {
      commits += 1
      for index in writes.indices
      where writes[index].transaction == open && !writes[index].isUndone {
        writes[index].version = commits
      }
    }
    ledgerTransactions[open].fate = .committed(didWrite ? commits : nil)
    close(open)
  }

  private mutating func rollback(isFailure: Bool) {
    guard let open = cursor.transaction else { return }
    for index in writes.indices where writes[index].transaction == open {
      writes[index].isUndone = true
    }
    ledgerTransactions[open].fate = .rolledBack(isFailure: isFailure)
    close(open)
  }

  private mutating func close(_ transaction: Int) {
    ledgerTransactions[transaction].end = step
    cursor.transaction = nil
    cursor.savepoints = []
  }

  private mutating func restartProgram(isNewRun: Bool) {
    if isNewRun { cursor.run += 1 }
    cursor.statement = nil
    cursor.calls = []
    ends[session] = nil
  }

  // MARK: Rows

  private mutating func read(_ row: RowKey, _ version: Int32) {
    let statement = statement()
    let transaction = transaction(for: row.table)
    guard version >= 0 else { return }
    // Statements of the setup commit one by one; what they leave is one version here.
    let version = max(version, history.initialCommits)
    // Within one snapshot a row has one version. Another one means that the statement has looked at
    // the newest, and forgets what it found first; a subquery that found it too has not.
    if let replaced = reads.lastIndex(where: {
      $0.statement == statement && $0.row == row && $0.version < version && !$0.isReplaced
    }) {
      reads[replaced].isReplaced = true
    }
    reads.append(
      Ledger.Read(
        row: row, version: version, step: step, statement: statement, transaction: transaction))
  }

  private mutating func write(
    _ kind: Ledger.Write.Kind, _ table: TableID, _ row: Int32, _ before: [Value]?,
    _ after: [Value]?
  ) {
    let statement = statement()
    let transaction = transaction(for: table)
    var write = Ledger.Write(
      kind: kind, row: RowKey(table: table, row: row), before: before, after: after, step: step,
      statement: statement, transaction: transaction)
    if ledgerTransactions[transaction].isWorld {
      commits += 1
      write.version = commits
      ledgerTransactions[transaction].fate = .committed(commits)
    }
    writes.append(write)
  }

  mutating func undoWrites(from first: Int) {
    guard first < writes.count else { return }
    for index in first..<writes.count
    where ledgerTransactions[writes[index].transaction].session == session
      && !ledgerTransactions[writes[index].transaction].isWorld
    {
      writes[index].isUndone = true
    }
  }

  // MARK: Waits and errors

  private mutating func beginWait(_ reason: WaitReason, _ blockers: [Int]) {
    waits.append(
      Ledger.Wait(
        session: session, reason: reason, blockers: blockers, step: step,
        statement: cursor.statement))
    cursor.wait = waits.count - 1
  }

  private mutating func endWait() {
    guard let wait = cursor.wait else { return }
    waits[wait].until = step
    cursor.wait = nil
  }

  private mutating func markHandled(isRetried: Bool = false) {
    if let last = failures.lastIndex(where: { $0.session == session }) {
      failures[last].isHandled = true
      failures[last].isRetried = isRetried
    }
  }

  private mutating func fail(_ error: SQLError) {
    endWait()
    failures.append(
      Ledger.Failure(
        session: session, error: error, step: step, statement: cursor.statement,
        transaction: cursor.transaction))
    guard let world = cursor.worldTransaction else { return }
    // A failing statement on the world has changed nothing.
    let undone = writes.indices.filter { writes[$0].transaction == world }
    commits -= Int32(undone.count)
    for index in undone {
      writes[index].isUndone = true
      writes[index].version = nil
    }
    ledgerTransactions[world].fate = .rolledBack(isFailure: true)
    cursor.worldTransaction = nil
  }
}

// MARK: - Blocks with handlers

extension LedgerBuilder {
  /// A handler takes an error: what was written since its block was entered is undone.
  ///
  /// - Note: Entering a block is no event. It is where the failing statement, or a call around it, stands
  ///   in the routine; a block that was entered several times in a loop is told apart by the routine's
  ///   position going back.
  private mutating func undoBlock(for error: SQLError) {
    guard let failed = cursor.statement else { return }
    for call in cursor.calls.reversed() {
      guard let block = block(around: call, handling: error) else { continue }
      let first = firstStatement(of: block, endingAt: call)
      if let index = writes.firstIndex(where: {
        $0.statement >= first && statements[$0.statement].session == session
      }) {
        undoWrites(from: index)
      }
      return
    }
    if let index = writes.firstIndex(where: { $0.statement == failed }) { undoWrites(from: index) }
  }

  private struct BlockRange {
    var routine: RoutineID
    var depth: Int
    var positions: Range<Int>
  }

  private func position(of statement: Int) -> Int? {
    guard let routine = routine(of: statement) else { return nil }
    return routine.spans.firstIndex { $0 == statements[statement].span }
  }

  private func routine(of statement: Int) -> Routine? {
    guard let id = statements[statement].routine else { return nil }
    let routines = model.program.routines
    return Int(id.index) < routines.count ? routines[Int(id.index)] : nil
  }

  /// The innermost block of the statement's routine that stands around it and handles the error.
  private func block(around statement: Int, handling error: SQLError) -> BlockRange? {
    guard let routine = routine(of: statement), let id = statements[statement].routine,
      let position = position(of: statement)
    else { return nil }
    for (start, instruction) in routine.instructions.enumerated().prefix(position + 1).reversed() {
      guard case .enterBlock(let index) = instruction, Int(index) < routine.blocks.count else {
        continue
      }
      let block = routine.blocks[Int(index)]
      guard let end = block.handlers.map({ Int($0.target) }).min(), start < position,
        position < end, block.handlers.contains(where: { $0.takes(error.state) })
      else { continue }
      return BlockRange(
        routine: id, depth: statements[statement].depth, positions: start..<end)
    }
    return nil
  }

  private func firstStatement(of block: BlockRange, endingAt last: Int) -> Int {
    var first = last
    var next = position(of: last) ?? Int.max
    for index in statements.indices.prefix(last).reversed()
    where statements[index].session == session {
      if statements[index].depth > block.depth { continue }
      guard statements[index].depth == block.depth, statements[index].routine == block.routine,
        let position = position(of: index), block.positions.contains(position), position < next
      else { break }
      first = index
      next = position
    }
    return first
  }
}

extension Routine.Handler {
  fileprivate func takes(_ state: SQLState) -> Bool {
    guard let conditions else { return true }
    return conditions.contains { state.isMatched(by: $0) }
  }
}
